/* SPDX-License-Identifier: Apache-2.0 */
/* The center's figures: the four numbers, month by month, and how each department keeps its
 * dates for each service.
 *
 *   page -> catalogue, months, departments, the first cells -> more cells -> the page */
#include <string.h>

#include "front/pages_rows.h"

enum { ASK_CATALOG, ASK_MONTHS, ASK_DEPARTMENTS, ASK_CELLS };

/* The table of departments and services, so that the page stays one that can be read. */
#define SERVICES_MAX 24
#define DEPARTMENTS_MAX 120

/* -- Asking -- */

static void put_span(struct base_buffer *query, struct front_visit *visit)
{
    static const char *const names[] = {"from", "to"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = front_visit_query(visit, names[i]);

        if (value == NULL)
            continue;
        base_buffer_put_format(query, "&%s=", names[i]);
        front_visit_put_encoded(query, value);
    }
}

static void ask(struct front_visit *visit, const char *name, const char *by, const char *cursor)
{
    struct base_buffer query = {0};

    base_buffer_put_format(&query, "by=%s", by);
    put_span(&query, visit);
    base_buffer_put_text(&query, "&limit=1000"); /* each page adds the sums up anew */
    if (cursor != NULL)
        base_buffer_put_format(&query, "&cursor=%s", cursor);
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_STATISTICS,
                                                      .name = name,
                                                      .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
}

/* -- The table of departments and services -- */

/* One walk over the cells of every answer, in their order. */
struct walk {
    const struct front_visit *visit;
    unsigned ask;
    const struct base_json *item; /* NULL = the end */
};

static void walk_on(struct walk *walk)
{
    if (walk->item != NULL)
        walk->item = base_json_next(walk->item);
    while (walk->item == NULL && ++walk->ask < walk->visit->ask_count)
        walk->item =
            base_json_first(base_json_member(walk->visit->asks[walk->ask].json, "items"));
}

static struct walk walk_start(const struct front_visit *visit)
{
    struct walk walk = {.visit = visit, .ask = ASK_CELLS - 1};

    walk_on(&walk);
    return walk;
}

/* The services that have a cell, each once, as they come: each with an item that names it. */
struct services {
    const struct base_json *items[SERVICES_MAX];
    size_t count;
    bool is_cut; /* there are more */
};

static void services_find(const struct front_visit *visit, struct services *services)
{
    for (struct walk walk = walk_start(visit); walk.item != NULL; walk_on(&walk)) {
        const char *id = base_json_member_text(walk.item, "service");
        size_t i = 0;

        while (id != NULL && i < services->count &&
               strcmp(base_json_member_text(services->items[i], "service"), id) != 0)
            i++;
        if (id == NULL || i < services->count)
            continue;
        services->is_cut = services->is_cut || services->count == SERVICES_MAX;
        if (services->count < SERVICES_MAX)
            services->items[services->count++] = walk.item;
    }
}

static void put_head(struct base_buffer *view, const struct base_json *item)
{
    base_json_open(view, NULL, '{');
    base_json_put(view, "name", base_json_member(item, "service_name"));
    base_json_close(view, '}');
}

/* Of nothing there is no level. */
static void put_rate(struct base_buffer *view, const struct base_json *item)
{
    const struct base_json *rate = base_json_member(item, "on_time"),
                           *late = base_json_member(item, "late");
    const char *percent = base_json_member_text(rate, "percent");

    if (percent == NULL)
        return;
    base_json_put_text(view, "percent", percent);
    base_json_put(view, "level", base_json_member(rate, "level"));
    base_json_put(view, "of", base_json_member(rate, "of"));
    if (base_json_number(late) > 0)
        base_json_put(view, "late", late);
}

static bool has_text(const struct base_json *item, const char *key, const char *text)
{
    const char *found = base_json_member_text(item, key);

    return found != NULL && text != NULL && strcmp(found, text) == 0;
}

/* The department's figures for one service; row: at its first cell. */
static void put_cell(struct base_buffer *view, struct walk row, const char *department,
                     const struct base_json *service)
{
    const char *id = base_json_member_text(service, "service");

    while (has_text(row.item, "department", department) && !has_text(row.item, "service", id))
        walk_on(&row);
    base_json_open(view, NULL, '{');
    if (has_text(row.item, "department", department)) {
        base_json_put(view, "service", base_json_member(row.item, "service"));
        base_json_put(view, "service_name", base_json_member(service, "service_name"));
        put_rate(view, row.item);
    }
    base_json_close(view, '}');
}

static void put_row(struct base_buffer *view, const struct walk *row,
                    const struct base_json *item, const struct services *services)
{
    const char *department = base_json_member_text(item, "department");

    base_json_open(view, NULL, '{');
    base_json_put_text(view, "department", department);
    base_json_put(view, "name", base_json_member(item, "name"));
    base_json_put_bool(view, "red", base_json_number(base_json_member(item, "red")) > 0);
    base_json_open(view, "whole", '{');
    put_rate(view, item);
    base_json_close(view, '}');
    base_json_open(view, "cells", '[');
    for (size_t i = 0; i < services->count; i++)
        put_cell(view, *row, department, services->items[i]);
    base_json_close(view, ']');
    base_json_close(view, '}');
}

/* Departments and cells come in the same order, by the department's id. */
static bool put_rows(struct base_buffer *view, const struct front_visit *visit,
                     const struct services *services)
{
    const struct base_json *item = base_json_first(
        base_json_member(visit->asks[ASK_DEPARTMENTS].json, "items"));
    struct walk walk = walk_start(visit);

    base_json_open(view, "rows", '[');
    for (size_t i = 0; i < DEPARTMENTS_MAX && item != NULL; i++, item = base_json_next(item)) {
        const char *department = base_json_member_text(item, "department");

        while (walk.item != NULL && department != NULL &&
               strcmp(base_json_member_text(walk.item, "department"), department) < 0)
            walk_on(&walk);
        put_row(view, &walk, item, services);
    }
    base_json_close(view, ']');
    return item != NULL;
}

static void put_heat(struct base_buffer *view, const struct front_visit *visit, bool is_cut)
{
    struct services services = {.count = 0};

    services_find(visit, &services);
    base_json_open(view, "services", '[');
    for (size_t i = 0; i < services.count; i++)
        put_head(view, services.items[i]);
    base_json_close(view, ']');
    bool has_more = put_rows(view, visit, &services);
    base_json_put_bool(view, "is_cut", is_cut || has_more || services.is_cut);
}

/* -- The page -- */

static const char *cursor_of(const struct front_visit_ask *ask)
{
    return front_visit_is_fine(ask) ? base_json_member_text(ask->json, "next_cursor") : NULL;
}

static void put_span_view(struct base_buffer *view, struct front_visit *visit)
{
    const struct front_visit_ask *months = &visit->asks[ASK_MONTHS];
    struct base_buffer span = {0};
    const char *from = base_json_member_text(months->json, "from"),
               *to = base_json_member_text(months->json, "to");

    put_span(&span, visit);
    base_json_put_text(view, "span", base_buffer_text(&span));
    base_json_put_text(view, "from",
                       from != NULL ? from : front_visit_query(visit, "from"));
    base_json_put_text(view, "to", to != NULL ? to : front_visit_query(visit, "to"));
    base_buffer_fini(&span);
}

static void page_step(struct front_visit *visit)
{
    const struct front_visit_ask *months = &visit->asks[ASK_MONTHS],
                                 *last = &visit->asks[visit->ask_count - 1];
    bool is_wrong = months->status == 422; /* the form says what, and may be corrected */

    if (!front_visit_is_fine(months) && !is_wrong) {
        front_visit_problem(visit, months);
        return;
    }
    if (cursor_of(last) != NULL && visit->ask_count < FRONT_VISIT_ASKS_MAX) {
        ask(visit, "more", "department,service", cursor_of(last));
        front_visit_go(visit, page_step);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    put_span_view(&visit->view, visit);
    put_heat(&visit->view, visit, cursor_of(last) != NULL);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, is_wrong ? 422 : 200, "statistics");
}

void front_page_statistics(struct front_visit *visit)
{
    ask(visit, "months", "month", NULL);
    ask(visit, "departments", "department", NULL);
    ask(visit, "cells", "department,service", NULL);
    front_visit_go(visit, page_step);
}

/* -- The tables as files -- */

static void file_step(struct front_visit *visit)
{
    struct front_visit_ask *ask = &visit->asks[1];

    if (front_visit_is_fine(ask))
        front_visit_file(visit, ask, "text/csv; charset=utf-8", "statistics.csv");
    else
        front_visit_problem(visit, ask);
}

void front_page_statistics_file(struct front_visit *visit)
{
    struct base_buffer query = {0};
    const char *by = front_visit_query(visit, "by");

    base_buffer_put_text(&query, "format=csv&by=");
    front_visit_put_encoded(&query, by == NULL ? "month" : by);
    put_span(&query, visit);
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_STATISTICS,
                                                      .name = "file",
                                                      .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, file_step);
}
