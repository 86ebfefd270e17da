/* SPDX-License-Identifier: Apache-2.0 */
/* The center under the sun, for everyone: its register of decisions, and the display in its hall. */
#include <string.h>

#include "front/pages_rows.h"

static const char *const filters[] = {"department", "service", "outcome"};
#define FILTERS (sizeof(filters) / sizeof(filters[0]))

static void put_filters(struct base_buffer *query, struct front_visit *visit, const char *cursor)
{
    for (size_t i = 0; i < FILTERS; i++)
        front_page_put_pair(query, filters[i], front_visit_query(visit, filters[i]));
    front_page_put_pair(query, "cursor", cursor);
}

static void register_step(struct front_visit *visit)
{
    static const char *const outcomes[] = {"approved", "approved_with_conditions", "partially_approved", "rejected",
                                           "not_required"};
    const struct front_visit_ask *found = front_visit_find(visit, "register");

    if (!front_visit_is_fine(found)) {
        front_visit_problem(visit, found);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    front_page_put_services(visit);
    front_page_put_options(&visit->view, "departments", front_visit_find(visit, "departments")->json, front_visit_query(visit, "department"));
    front_page_put_words(&visit->view, "outcomes", outcomes, sizeof(outcomes) / sizeof(outcomes[0]),
                         front_visit_query(visit, "outcome"));
    front_page_put_filters(visit, "/register", filters, FILTERS, base_json_member_text(found->json, "next_cursor"));
    base_json_close(&visit->view, '}');
    front_visit_render(visit, 200, "register");
}

void front_page_register(struct front_visit *visit)
{
    struct base_buffer query = {0};

    put_filters(&query, visit, front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_LIST, .name = "catalog", .query = "limit=1"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CENTER, .name = "center"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_REGISTER, .name = "register", .query = base_buffer_text(&query)});
    base_buffer_clear(&query);
    front_page_put_pair(&query, "department", front_visit_query(visit, "department"));
    front_page_put_pair(&query, "limit", "50");
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DELEGATION_LIST, .name = "delegations", .query = base_buffer_text(&query)});
    front_page_ask_services(visit);
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST, .name = "departments", .query = "limit=200"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CHECKPOINT_LIST, .name = "checkpoints", .query = "limit=1"});
    base_buffer_fini(&query);
    front_visit_go(visit, register_step);
}

/* -- The display in the hall: nobody touches it, and it renews itself -- */

static void hall_step(struct front_visit *visit)
{
    front_visit_render(visit, 200, "hall");
}

void front_page_hall(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_LIST, .name = "catalog", .query = "limit=1"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CENTER, .name = "center"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_REGISTER, .name = "register", .query = "limit=8&to_collect=true"});
    front_visit_go(visit, hall_step);
}
