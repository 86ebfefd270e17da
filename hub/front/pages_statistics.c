/* SPDX-License-Identifier: Apache-2.0 */
/* The center's figures: the four numbers, month by month, and how each department keeps its
 * dates for each service, so many services at a time, of all departments or of one.
 *
 *   page -> months, departments, cells, the departments that there are -> the page */
#include <stdlib.h>
#include <string.h>

#include "front/pages_rows.h"

enum { ASK_CATALOG, ASK_MONTHS, ASK_DEPARTMENTS, ASK_CELLS, ASK_CHOICES };

/* The table of departments and services, so that the page stays one that can be read: the services
 * of one page. Where a department is chosen its row alone is there, and has room for more. */
#define SERVICES_MAX 24
#define SERVICES_OF_ONE_MAX 60
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

/* services: so many of them, behind the one that the page is asked for; 0 = of all together. */
static void ask(struct front_visit *visit, const char *name, const char *by, unsigned services, const char *department)
{
    struct base_buffer query = {0};

    base_buffer_put_format(&query, "by=%s&brief=true&limit=1000", by);
    put_span(&query, visit);
    front_page_put_pair(&query, "department", department);
    if (services > 0) {
        base_buffer_put_format(&query, "&services=%u", services);
        front_page_put_pair(&query, "after_service", front_visit_query(visit, "after_service"));
    }
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_STATISTICS,
                                                      .name = name,
                                                      .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
}

/* -- The table of departments and services -- */

/* One walk over the cells, in their order. */
struct walk {
    const struct base_json *item; /* NULL = the end */
};

static void walk_on(struct walk *walk)
{
    walk->item = base_json_next(walk->item);
}

/* The services that have a cell, each once, as they come: each with an item that names it. */
struct services {
    const struct base_json *items[SERVICES_OF_ONE_MAX];
    size_t count;
};

static int compare_services(const void *left, const void *right)
{
    return strcmp(base_json_member_text(*(const struct base_json *const *)left, "service"),
                  base_json_member_text(*(const struct base_json *const *)right, "service"));
}

/* By their ids, as the pages of them are. */
static void services_find(const struct base_json *cells, struct services *services)
{
    for (const struct base_json *item = base_json_first(cells); item != NULL && services->count < SERVICES_OF_ONE_MAX; item = base_json_next(item)) {
        const char *id = base_json_member_text(item, "service");
        size_t i = 0;

        while (id != NULL && i < services->count &&
               strcmp(base_json_member_text(services->items[i], "service"), id) != 0)
            i++;
        if (id != NULL && i == services->count)
            services->items[services->count++] = item;
    }
    qsort(services->items, services->count, sizeof(services->items[0]), compare_services);
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

    while (row.item != NULL && has_text(row.item, "department", department) && !has_text(row.item, "service", id))
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

/* Departments and cells come in the same order, by the department's id. A department that has no cell on this page has
 * figures all the same. True: there are more departments. */
static bool put_rows(struct base_buffer *view, const struct front_visit *visit,
                     const struct services *services)
{
    const struct base_json *item = base_json_first(
        base_json_member(visit->asks[ASK_DEPARTMENTS].json, "items"));
    struct walk walk = {.item = base_json_first(base_json_member(visit->asks[ASK_CELLS].json, "items"))};

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

static void put_link(struct base_buffer *view, struct front_visit *visit, const char *key, const char *department, const char *after)
{
    struct base_buffer query = {0}, link = {0};

    front_page_put_pair(&query, "from", front_visit_query(visit, "from"));
    front_page_put_pair(&query, "to", front_visit_query(visit, "to"));
    front_page_put_pair(&query, "department", department);
    front_page_put_pair(&query, "after_service", after);
    base_buffer_put_format(&link, "/statistics?%s#heat", base_buffer_text(&query));
    base_json_put_text(view, key, base_buffer_text(&link));
    base_buffer_fini(&query);
    base_buffer_fini(&link);
}

static void put_heat(struct base_buffer *view, struct front_visit *visit)
{
    const struct base_json *cells = visit->asks[ASK_CELLS].json;
    const char *next = base_json_member_text(cells, "next_service"), *after = front_visit_query(visit, "after_service"),
               *department = front_visit_query(visit, "department");
    struct services services = {.count = 0};

    services_find(base_json_member(cells, "items"), &services);
    base_json_open(view, "services", '[');
    for (size_t i = 0; i < services.count; i++)
        put_head(view, services.items[i]);
    base_json_close(view, ']');
    base_json_put_bool(view, "is_cut", put_rows(view, visit, &services) || base_json_member_text(cells, "next_cursor") != NULL);
    base_json_put_bool(view, "has_heat", department != NULL || base_json_first(base_json_member(visit->asks[ASK_DEPARTMENTS].json, "items")) != NULL);
    front_page_put_options(view, "departments", visit->asks[ASK_CHOICES].json, department);
    if (next != NULL)
        put_link(view, visit, "next", department, next);
    if (after != NULL)
        put_link(view, visit, "first", department, NULL);
    if (department != NULL)
        put_link(view, visit, "all_departments", NULL, NULL);
}

/* -- The page -- */

static void put_span_view(struct base_buffer *view, struct front_visit *visit)
{
    const struct front_visit_ask *months = &visit->asks[ASK_MONTHS];
    struct base_buffer span = {0};
    const char *from = base_json_member_text(months->json, "from"),
               *to = base_json_member_text(months->json, "to"), *department = front_visit_query(visit, "department");

    put_span(&span, visit);
    base_json_put_text(view, "span", base_buffer_text(&span));
    if (department != NULL)
        base_buffer_put_text(&span, "&department=");
    if (department != NULL)
        front_visit_put_encoded(&span, department);
    base_json_put_text(view, "heat_span", base_buffer_text(&span));
    base_json_put_text(view, "department", department);
    base_json_put_text(view, "from",
                       from != NULL ? from : front_visit_query(visit, "from"));
    base_json_put_text(view, "to", to != NULL ? to : front_visit_query(visit, "to"));
    base_buffer_fini(&span);
}

static void page_step(struct front_visit *visit)
{
    const struct front_visit_ask *months = &visit->asks[ASK_MONTHS],
                                 *cells = &visit->asks[ASK_CELLS];
    bool is_wrong = months->status == 422; /* the form says what, and may be corrected */

    if (!front_visit_is_fine(months) && !is_wrong) {
        front_visit_problem(visit, months);
        return;
    }
    if (!is_wrong && !front_visit_is_fine(cells)) { /* a department that there is not */
        front_visit_problem(visit, cells);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    put_span_view(&visit->view, visit);
    base_json_put_text(&visit->view, "chosen_from", front_visit_query(visit, "from"));
    base_json_put_text(&visit->view, "chosen_to", front_visit_query(visit, "to"));
    put_heat(&visit->view, visit);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, is_wrong ? 422 : 200, "statistics");
}

void front_page_statistics(struct front_visit *visit)
{
    const char *department = front_visit_query(visit, "department");

    ask(visit, "months", "month", 0, NULL);
    ask(visit, "departments", "department", 0, department);
    ask(visit, "cells", "department,service", department != NULL ? SERVICES_OF_ONE_MAX : SERVICES_MAX, department);
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST, .name = "choices", .query = "limit=200"});
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
    front_page_put_pair(&query, "department", front_visit_query(visit, "department"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_STATISTICS,
                                                      .name = "file",
                                                      .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, file_step);
}
