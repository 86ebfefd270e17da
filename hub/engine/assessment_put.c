/* SPDX-License-Identifier: Apache-2.0 */
/* A sheet as JSON and as CSV, for who asks. */
#include "engine/assessment.h"

#include <stdio.h>
#include <string.h>

static const char *const languages[CATALOG_LANGUAGES] = {[CATALOG_ZH_CN] = "zh-CN", [CATALOG_EN] = "en"};

static const char *state_of(const struct engine_assessment_query *query, const struct engine_sheet *sheet)
{
    return !query->is_over ? "running" : base_json_count(sheet->amendments) > 0 ? "amended" : "closed";
}

static const char *month_of(int32_t month, char room[16])
{
    return engine_dimension_id(NULL, ENGINE_BY_MONTH, (uint32_t)month, room);
}

static const char *period_of(const struct engine_assessment_query *query, char room[16])
{
    month_of(query->from, room);
    if (query->is_year)
        room[4] = '\0';
    return room;
}

static bool is_shown(const struct front_request *request, const struct engine_assessment_query *query, const struct engine_unit *unit)
{
    return (query->kinds >> unit->kind & 1) != 0 && engine_assessment_may_see(request, unit);
}

static bool is_after(const struct engine_assessment_query *query, const struct engine_unit *unit)
{
    return unit->kind != query->after_kind ? unit->kind > query->after_kind : strcmp(unit->id, query->after_id) > 0;
}

/* -- JSON -- */

/* Those of the unit, as they are told. */
static const int64_t *told_of(const struct engine_unit *unit, int64_t room[ENGINE_MEASURES])
{
    if (unit->kind != ENGINE_UNIT_OFFICER)
        return unit->sums;
    memcpy(room, unit->sums, ENGINE_MEASURES * sizeof(*room));
    room[ENGINE_ACCEPTED] = engine_measure_in_hand(unit->sums);
    return room;
}

static void put_unit(struct base_buffer *body, const struct engine_unit *unit)
{
    int64_t told[ENGINE_MEASURES];

    base_json_open(body, NULL, '{');
    base_json_put_text(body, "unit", engine_unit_kind_name((enum engine_unit_kind)unit->kind));
    base_json_put_text(body, "id", unit->id);
    base_json_open(body, "name", '{');
    for (unsigned i = 0; i < CATALOG_LANGUAGES; i++)
        base_json_put_text(body, languages[i], unit->name[i]);
    base_json_close(body, '}');
    if (unit->rank != 0)
        base_json_put_i64(body, "rank", unit->rank);
    else
        base_json_put_null(body, "rank");
    base_json_put_i64(body, "ranked", unit->ranked);
    engine_statistics_put_figures(body, told_of(unit, told), unit->kind == ENGINE_UNIT_DEPARTMENT);
    base_json_close(body, '}');
}

/* Only those of units that the reader may see: an amendment tells no more than the sheet. */
static void put_differences(struct base_buffer *body, const struct front_request *request, const struct base_json *differences)
{
    base_json_open(body, "differences", '[');
    for (const struct base_json *item = base_json_first(differences); item != NULL; item = base_json_next(item)) {
        const char *kind = base_json_member_text(item, "unit"), *id = base_json_member_text(item, "id");
        struct engine_unit unit = {.kind = (uint8_t)engine_unit_kind_find(kind != NULL ? kind : ""), .id = id != NULL ? id : ""};

        if (engine_assessment_may_see(request, &unit))
            base_json_put(body, NULL, item);
    }
    base_json_close(body, ']');
}

static void put_amendment(struct base_buffer *body, const struct front_request *request, const struct base_json *amendment)
{
    base_json_open(body, NULL, '{');
    for (const struct base_json *member = base_json_first(amendment); member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "at_ms") == 0)
            engine_put_ms(body, "at", (core_ms)base_json_number(member));
        else if (strcmp(base_json_key(member), "differences") == 0)
            put_differences(body, request, member);
        else
            base_json_put(body, base_json_key(member), member);
    base_json_close(body, '}');
}

static void put_head(struct base_buffer *body, const struct front_request *request, const struct engine_assessment_query *query,
                     const struct engine_sheet *sheet)
{
    char room[16];

    base_json_put_text(body, "period", period_of(query, room));
    base_json_put_text(body, "from", month_of(sheet->from, room));
    base_json_put_text(body, "to", month_of(sheet->until, room));
    base_json_put_text(body, "state", state_of(query, sheet));
    engine_put_ms(body, "generated_at", sheet->at_ms);
    base_json_put_text(body, "asked_by", sheet->by);
    base_json_put_i64(body, "journal_seq", (int64_t)sheet->journal_seq);
    base_json_put_text(body, "catalog_version", sheet->catalog_version);
    engine_put_ms(body, "catalog_since", sheet->catalog_since_ms);
    base_json_put(body, "calendars", sheet->calendars);
    base_json_put(body, "center", sheet->center);
    base_json_open(body, "amendments", '[');
    for (const struct base_json *item = base_json_first(sheet->amendments); item != NULL; item = base_json_next(item))
        put_amendment(body, request, item);
    base_json_close(body, ']');
}

/* One page; cursor is that of its last unit, "" when it is the last page. Returns how many units there are in all. */
static uint32_t put_units(struct base_buffer *body, const struct front_request *request, const struct engine_assessment_query *query,
                          const struct engine_sheet *sheet, char cursor[2 * BASE_ID_MAX + 4])
{
    const struct engine_unit *last = NULL;
    uint32_t count = 0, put = 0;

    *cursor = '\0';
    for (uint32_t i = 0; i < sheet->unit_count; i++) {
        const struct engine_unit *unit = &sheet->units[i];

        if (!is_shown(request, query, unit))
            continue;
        count++;
        if (!is_after(query, unit))
            continue;
        if (put < query->limit)
            put_unit(body, last = unit);
        else if (put == query->limit && last != NULL)
            base_hex((const uint8_t *)last->id, strlen(last->id), cursor + snprintf(cursor, 4, "%u.", last->kind));
        put++;
    }
    return count;
}

/* The line of the whole center: everybody may see it. */
static void put_center(struct base_buffer *body, const struct engine_sheet *sheet)
{
    base_json_open(body, "total", '{');
    if (sheet->unit_count > 0)
        engine_statistics_put_figures(body, sheet->units[0].sums, false);
    base_json_close(body, '}');
}

static void answer_json(struct front_request *request, const struct engine_assessment_query *query, const struct engine_sheet *sheet)
{
    char cursor[2 * BASE_ID_MAX + 4];
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    put_head(&body, request, query, sheet);
    put_center(&body, sheet);
    base_json_open(&body, "items", '[');
    uint32_t count = put_units(&body, request, query, sheet, cursor);
    base_json_close(&body, ']');
    base_json_put_text(&body, "next_cursor", *cursor != '\0' ? cursor : NULL);
    base_json_put_i64(&body, "count", count);
    engine_assessment_put_words(&body, query);
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", *cursor != '\0' ? engine_link_next(request, "/v1/assessments", cursor) : NULL, &body);
}

/* -- CSV: the center, and every unit that the reader may see -- */

static void put_row(struct base_buffer *body, const struct front_request *request, const struct engine_assessment_query *query,
                    const struct engine_sheet *sheet, const struct engine_unit *unit)
{
    char room[16];
    int64_t told[ENGINE_MEASURES];

    base_buffer_put_format(body, "%s,%s,%llu,%s,", period_of(query, room), state_of(query, sheet), (unsigned long long)sheet->journal_seq,
                           engine_unit_kind_name((enum engine_unit_kind)unit->kind));
    engine_csv_put_text(body, unit->id);
    base_buffer_put_text(body, ",");
    engine_csv_put_text(body, unit->name[request->language == FRONT_EN ? CATALOG_EN : CATALOG_ZH_CN]);
    if (unit->rank != 0)
        base_buffer_put_format(body, ",%u,%u", unit->rank, unit->ranked);
    else
        base_buffer_put_text(body, ",,");
    engine_statistics_put_cells(body, told_of(unit, told), false);
    base_buffer_put_text(body, "\r\n");
}

static void answer_csv(struct front_request *request, const struct engine_assessment_query *query, const struct engine_sheet *sheet)
{
    struct base_buffer body = {0};

    base_buffer_put_text(&body, "period,state,journal_seq,unit,id,name,rank,ranked");
    engine_statistics_put_heads(&body, false);
    base_buffer_put_text(&body, "\r\n");
    for (uint32_t i = 0; i < sheet->unit_count; i++)
        if (sheet->units[i].kind == ENGINE_UNIT_CENTER || is_shown(request, query, &sheet->units[i]))
            put_row(&body, request, query, sheet, &sheet->units[i]);
    front_answer(request, 200, "text/csv; charset=utf-8; header=present", NULL, &body);
}

void engine_assessment_answer(struct front_request *request, const struct engine_assessment_query *query, const struct engine_sheet *sheet)
{
    if (query->is_csv)
        answer_csv(request, query, sheet);
    else
        answer_json(request, query, sheet);
}
