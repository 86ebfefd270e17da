/* SPDX-License-Identifier: Apache-2.0 */
/* Applications as staff sees them: the list. */
#include <string.h>

#include "front/pages_rows.h"

/* -- The list -- */

static const char *const filters[] = {"status", "service", "department", "overdue",
                                      "due_before", "happened", "on"};
#define FILTERS (sizeof(filters) / sizeof(filters[0]))

static void put_filters(struct base_buffer *query, struct front_visit *visit, const char *cursor)
{
    for (size_t i = 0; i < FILTERS; i++)
        front_page_put_pair(query, filters[i], front_visit_query(visit, filters[i]));
    front_page_put_pair(query, "cursor", cursor);
}

static void put_statuses(struct base_buffer *view, const char *chosen)
{
    static const char *const statuses[] = {"received", "incomplete", "in_review",    "decided",
                                           "closed",   "withdrawn",  "not_accepted", "lapsed"};

    front_page_put_words(view, "statuses", statuses, sizeof(statuses) / sizeof(statuses[0]), chosen);
}

static void list_step(struct front_visit *visit)
{
    const struct front_visit_ask *found = front_visit_find(visit, "applications");

    if (!front_visit_is_fine(found)) {
        front_visit_problem(visit, found);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    put_statuses(&visit->view, front_visit_query(visit, "status"));
    front_page_put_services(visit);
    front_page_put_options(&visit->view, "departments", front_visit_find(visit, "departments")->json,
                           front_visit_query(visit, "department"));
    base_json_put_text(&visit->view, "overdue", front_visit_query(visit, "overdue"));
    base_json_put_text(&visit->view, "happened", front_visit_query(visit, "happened"));
    base_json_put_text(&visit->view, "on", front_visit_query(visit, "on"));
    base_json_put_text(&visit->view, "due_before", front_visit_query(visit, "due_before"));
    front_page_put_filters(visit, "/applications", filters, FILTERS, base_json_member_text(found->json, "next_cursor"));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, 200, "applications");
}

void front_page_applications(struct front_visit *visit)
{
    struct base_buffer query = {0};

    put_filters(&query, visit, front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_LIST, .name = "catalog", .query = "limit=1"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_LIST,
                                                      .name = "applications",
                                                      .query = base_buffer_text(&query)});
    front_page_ask_services(visit);
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST, .name = "departments", .query = "limit=200"});
    base_buffer_fini(&query);
    front_visit_go(visit, list_step);
}
