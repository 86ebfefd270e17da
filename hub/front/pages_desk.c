/* SPDX-License-Identifier: Apache-2.0 */
/* Applications as staff sees them: the list. */
#include <string.h>

#include "front/pages_rows.h"

enum { LIST_CATALOG, LIST_DEPARTMENTS, LIST_APPLICATIONS };

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
    const struct front_visit_ask *found = &visit->asks[LIST_APPLICATIONS];
    const char *cursor = base_json_member_text(found->json, "next_cursor");
    struct base_buffer next = {0};

    if (!front_visit_is_fine(found)) {
        front_visit_problem(visit, found);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    put_statuses(&visit->view, front_visit_query(visit, "status"));
    front_page_put_options(&visit->view, "services", visit->asks[LIST_CATALOG].json,
                           front_visit_query(visit, "service"));
    front_page_put_options(&visit->view, "departments", visit->asks[LIST_DEPARTMENTS].json,
                           front_visit_query(visit, "department"));
    base_json_put_text(&visit->view, "overdue", front_visit_query(visit, "overdue"));
    base_json_put_text(&visit->view, "happened", front_visit_query(visit, "happened"));
    base_json_put_text(&visit->view, "on", front_visit_query(visit, "on"));
    put_filters(&next, visit, cursor);
    base_json_put_text(&visit->view, "next", cursor == NULL ? NULL : base_buffer_text(&next));
    base_json_close(&visit->view, '}');
    base_buffer_fini(&next);
    visit->is_private = true;
    front_visit_render(visit, 200, "applications");
}

void front_page_applications(struct front_visit *visit)
{
    struct base_buffer query = {0};

    put_filters(&query, visit, front_visit_query(visit, "cursor"));
    front_visit_ask(visit,
                    &(struct front_visit_wish){.route = FRONT_SERVICE_LIST, .name = "catalog"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST,
                                                      .name = "departments"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_LIST,
                                                      .name = "applications",
                                                      .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, list_step);
}
