/* SPDX-License-Identifier: Apache-2.0 */
/* Applications as staff sees them: the list. */
#include <string.h>

#include "front/pages_rows.h"

/* -- One by its number -- */

/* What was typed without the blanks around it; NULL = nothing. In the request's arena. */
static const char *number_of(struct front_visit *visit)
{
    const char *text = front_visit_query(visit, "number");

    if (text == NULL)
        return NULL;
    text += strspn(text, " ");
    size_t size = strcspn(text, " ");
    return size == 0 ? NULL : base_arena_text(&visit->request->arena, text, size);
}

/* Its page, when there is one with the number. */
static bool is_led_on(struct front_visit *visit, const struct front_visit_ask *found)
{
    const struct base_json *item = base_json_first(base_json_member(found->json, "items"));
    struct base_buffer path = {0};

    if (number_of(visit) == NULL || item == NULL)
        return false;
    base_buffer_put_format(&path, "/applications/%s", base_json_member_text(item, "number"));
    const char *copy = path.is_broken ? NULL : base_arena_text(&visit->request->arena, base_buffer_text(&path), path.size);
    base_buffer_fini(&path);
    if (copy != NULL)
        front_visit_redirect(visit, copy);
    return copy != NULL;
}

/* -- The list -- */

static const char *const filters[] = {"status", "service", "department", "overdue",
                                      "due_before", "happened", "on"};
#define FILTERS (sizeof(filters) / sizeof(filters[0]))

static void put_filters(struct base_buffer *query, struct front_visit *visit, const char *cursor)
{
    if (number_of(visit) != NULL) {
        front_page_put_pair(query, "number", number_of(visit));
        return;
    }
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

    bool is_unknown = number_of(visit) != NULL && (front_visit_is_fine(found) || found->status == 422);

    if (is_led_on(visit, found))
        return;
    if (!front_visit_is_fine(found) && !is_unknown) {
        front_visit_problem(visit, found);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    base_json_put_text(&visit->view, "number", number_of(visit));
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
