/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/assessments: what is asked, and who may see what. */
#include "engine/assessment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YEAR_MIN 1970
#define YEAR_MAX 9999

static bool refuse(struct front_request *request, const char *name, const char *zh, const char *en)
{
    struct front_problem_item item = {.pointer = "", .code = name, .detail = front_say(request, zh, en)};

    front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
    return false;
}

static bool read_digits(const char *text, size_t size, int32_t *number)
{
    *number = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *number = *number * 10 + (text[i] - '0');
    }
    return true;
}

/* "2026-11", or "2026". */
static bool read_period(const char *month, const char *year, struct engine_assessment_query *query)
{
    const char *text = month != NULL ? month : year;
    int32_t years, months = 1;

    if (strlen(text) != (month != NULL ? 7 : 4) || !read_digits(text, 4, &years) || years < YEAR_MIN || years > YEAR_MAX)
        return false;
    if (month != NULL && (month[4] != '-' || !read_digits(month + 5, 2, &months) || months < 1 || months > 12))
        return false;
    query->is_year = month == NULL;
    query->from = years * 100 + months;
    query->until = month != NULL ? query->from : years * 100 + 12;
    return true;
}

static bool is_period_fine(const struct engine *engine, struct front_request *request, struct engine_assessment_query *query)
{
    const char *month = front_query(request, "month"), *year = front_query(request, "year");
    int32_t present = engine_month_of(engine->now.day);

    query->from = query->until = present;
    if (month != NULL && year != NULL)
        return refuse(request, "month", "month 与 year 只能填一项。", "Ask by month or by year, not by both.");
    if ((month != NULL || year != NULL) && !read_period(month, year, query))
        return refuse(request, month != NULL ? "month" : "year", "month 应为年月，如 2026-11；year 应为年份，如 2026。",
                      "month is a month, such as 2026-11; year is a year, such as 2026.");
    if (query->from > present)
        return refuse(request, month != NULL ? "month" : "year", "这一期还没有开始。", "That period has not begun.");
    query->is_over = query->until < present;
    return true;
}

static bool is_by_fine(struct front_request *request, struct engine_assessment_query *query)
{
    const char *by = front_query(request, "by");
    enum engine_unit_kind kind = engine_unit_kind_find(by);

    query->kinds = by != NULL ? 1u << kind : 1u << ENGINE_UNIT_DEPARTMENT | 1u << ENGINE_UNIT_WINDOW | 1u << ENGINE_UNIT_OFFICER;
    return by == NULL || kind > ENGINE_UNIT_CENTER ||
           refuse(request, "by", "by 为 department、window、officer 之一；不填为全部。", "by is one of department, window, officer; without it, all.");
}

static bool is_form_fine(struct front_request *request, struct engine_assessment_query *query)
{
    const char *format = front_query(request, "format"), *accept = front_header(request, "Accept");

    query->is_csv = format != NULL ? strcmp(format, "csv") == 0 : accept != NULL && strstr(accept, "text/csv") != NULL;
    return format == NULL || query->is_csv || strcmp(format, "json") == 0 ||
           refuse(request, "format", "format 为 json 或 csv。", "format is json or csv.");
}

/* "2.66697265": a kind, and the hexadecimal bytes of an id. */
static bool read_cursor(const char *cursor, struct engine_assessment_query *query)
{
    size_t digits = strlen(cursor) > 2 ? strlen(cursor) - 2 : 0;

    if (cursor[0] <= '0' + ENGINE_UNIT_CENTER || cursor[0] >= '0' + ENGINE_UNIT_KINDS || cursor[1] != '.' || digits % 2 != 0 ||
        digits > 2 * BASE_ID_MAX || base_unhex(cursor + 2, (uint8_t *)query->after_id, digits / 2) != OD_OK)
        return false;
    query->after_kind = (uint8_t)(cursor[0] - '0');
    return true;
}

static bool is_page_fine(struct front_request *request, struct engine_assessment_query *query)
{
    const char *limit = front_query(request, "limit"), *cursor = front_query(request, "cursor");
    int32_t size = BASE_PAGE_MAX;

    if (limit != NULL && (strlen(limit) > 3 || *limit == '\0' || !read_digits(limit, strlen(limit), &size) || size < 1 || size > BASE_PAGE_MAX))
        return refuse(request, "limit", "limit 应为 1 到 200。", "limit is 1 to 200.");
    query->limit = (uint32_t)size;
    return cursor == NULL || read_cursor(cursor, query) ||
           refuse(request, "cursor", "cursor 应为上一页给出的值。", "cursor is what the page before gave.");
}

bool engine_assessment_read(const struct engine *engine, struct front_request *request, struct engine_assessment_query *query)
{
    *query = (struct engine_assessment_query){0};
    return is_period_fine(engine, request, query) && is_by_fine(request, query) && is_form_fine(request, query) && is_page_fine(request, query);
}

bool engine_assessment_may_see(const struct front_request *request, const struct engine_unit *unit)
{
    const struct front_identity *who = &request->identity;

    if (engine_sees_officers(request))
        return true;
    switch ((enum engine_unit_kind)unit->kind) {
    case ENGINE_UNIT_CENTER: return true;
    case ENGINE_UNIT_DEPARTMENT: return who->department[0] != '\0' && strcmp(who->department, unit->id) == 0;
    case ENGINE_UNIT_OFFICER: return who->key_id[0] != '\0' && strcmp(who->key_id, unit->id) == 0;
    case ENGINE_UNIT_NONE:
    case ENGINE_UNIT_WINDOW:
    case ENGINE_UNIT_KINDS: break;
    }
    return false;
}
