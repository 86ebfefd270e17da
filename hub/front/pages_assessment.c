/* SPDX-License-Identifier: Apache-2.0 */
/* Assessments: the sheet of a month or a year as tables, or one page for each unit, to be printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/pages_rows.h"

enum { ASK_CATALOG, ASK_SHEET };

static const char *const kinds[] = {"department", "window", "officer"};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A form sends what was left empty, too. */
static const char *filled(struct front_visit *visit, const char *name)
{
    const char *value = front_visit_query(visit, name);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* Who chose a year means it, whatever month stands beside it. */
static void put_wish(struct base_buffer *query, struct front_visit *visit)
{
    const char *year = filled(visit, "year");

    front_page_put_pair(query, "year", year);
    front_page_put_pair(query, "month", year == NULL ? filled(visit, "month") : NULL);
    front_page_put_pair(query, "by", filled(visit, "by"));
}

/* "2026-11" -> "month=2026-10"; "2026" -> "year=2025". */
static void put_before(struct base_buffer *view, const char *period)
{
    char text[32] = "";
    int year = atoi(period), month = strlen(period) == 7 ? atoi(period + 5) : 0;

    if (month == 0)
        snprintf(text, sizeof(text), "year=%04d", (year - 1) % 10000);
    else
        snprintf(text, sizeof(text), "month=%04d-%02d", (month > 1 ? year : year - 1) % 10000, month > 1 ? month - 1 : 12);
    base_json_put_text(view, "before", text);
}

static bool is_of(const struct base_json *item, const char *kind)
{
    const char *unit = base_json_member_text(item, "unit");

    return unit != NULL && strcmp(unit, kind) == 0;
}

/* One table a kind, where there is anything of it. */
static void put_tables(struct base_buffer *view, const struct base_json *items)
{
    base_json_open(view, "tables", '[');
    for (size_t i = 0; i < KINDS; i++) {
        bool is_open = false;

        for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
            if (!is_of(item, kinds[i]))
                continue;
            if (!is_open) {
                base_json_open(view, NULL, '{');
                base_json_put_text(view, "kind", kinds[i]);
                base_json_open(view, "units", '[');
            }
            is_open = true;
            base_json_put(view, NULL, item);
        }
        if (is_open) {
            base_json_close(view, ']');
            base_json_close(view, '}');
        }
    }
    base_json_close(view, ']');
}

static void put_links(struct base_buffer *view, struct front_visit *visit, const struct base_json *sheet)
{
    const char *cursor = base_json_member_text(sheet, "next_cursor");
    struct base_buffer query = {0};

    put_wish(&query, visit);
    base_json_put_text(view, "query", base_buffer_text(&query));
    front_page_put_pair(&query, "cursor", cursor);
    front_page_put_pair(&query, "sheets", filled(visit, "sheets"));
    base_json_put_text(view, "next", cursor != NULL ? base_buffer_text(&query) : NULL);
    base_buffer_fini(&query);
}

static void page_step(struct front_visit *visit)
{
    const struct front_visit_ask *ask = &visit->asks[ASK_SHEET];
    const char *period = base_json_member_text(ask->json, "period");
    bool is_wrong = ask->status == 422; /* the form says what, and may be corrected */

    if (!front_visit_is_fine(ask) && !is_wrong) {
        front_visit_problem(visit, ask);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    bool is_month = period != NULL && strlen(period) == 7;
    base_json_put_text(&visit->view, "month", is_month ? period : filled(visit, "month"));
    base_json_put_text(&visit->view, "year", period != NULL && !is_month ? period : filled(visit, "year"));
    front_page_put_words(&visit->view, "kinds", kinds, KINDS, filled(visit, "by"));
    base_json_put_bool(&visit->view, "is_filtered", filled(visit, "month") != NULL || filled(visit, "year") != NULL || filled(visit, "by") != NULL);
    base_json_put_text(&visit->view, "clear", "/assessments");
    base_json_put_bool(&visit->view, "is_sheets", filled(visit, "sheets") != NULL);
    if (period != NULL) {
        put_before(&visit->view, period);
        put_links(&visit->view, visit, ask->json);
        put_tables(&visit->view, base_json_member(ask->json, "items"));
    }
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, is_wrong ? 422 : 200, "assessments");
}

void front_page_assessments(struct front_visit *visit)
{
    struct base_buffer query = {0};

    put_wish(&query, visit);
    front_page_put_pair(&query, "cursor", front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_ASSESSMENTS, .name = "sheet", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, page_step);
}

/* -- As a file -- */

static void file_step(struct front_visit *visit)
{
    struct front_visit_ask *ask = &visit->asks[1];

    if (front_visit_is_fine(ask))
        front_visit_file(visit, ask, "text/csv; charset=utf-8", "assessment.csv");
    else
        front_visit_problem(visit, ask);
}

void front_page_assessments_file(struct front_visit *visit)
{
    struct base_buffer query = {0};

    base_buffer_put_text(&query, "format=csv");
    put_wish(&query, visit);
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_ASSESSMENTS, .name = "file", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, file_step);
}
