/* SPDX-License-Identifier: Apache-2.0 */
/* The center under the sun, for everyone: its register of decisions, and the display in its hall. */
#include <string.h>

#include "front/pages_rows.h"

enum { REGISTER_CATALOG, REGISTER_CENTER, REGISTER_FOUND };

static const char *const filters[] = {"service", "outcome"};
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
    const struct front_visit_ask *found = &visit->asks[REGISTER_FOUND];
    const char *cursor = base_json_member_text(found->json, "next_cursor");
    struct base_buffer next = {0};

    if (!front_visit_is_fine(found)) {
        front_visit_problem(visit, found);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    front_page_put_options(&visit->view, "services", visit->asks[REGISTER_CATALOG].json, front_visit_query(visit, "service"));
    front_page_put_words(&visit->view, "outcomes", outcomes, sizeof(outcomes) / sizeof(outcomes[0]),
                         front_visit_query(visit, "outcome"));
    put_filters(&next, visit, cursor);
    base_json_put_text(&visit->view, "next", cursor == NULL ? NULL : base_buffer_text(&next));
    base_json_close(&visit->view, '}');
    base_buffer_fini(&next);
    front_visit_render(visit, 200, "register");
}

void front_page_register(struct front_visit *visit)
{
    struct base_buffer query = {0};

    put_filters(&query, visit, front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_LIST, .name = "catalog"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CENTER, .name = "center"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_REGISTER, .name = "register", .query = base_buffer_text(&query)});
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
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_REGISTER, .name = "register", .query = "limit=8"});
    front_visit_go(visit, hall_step);
}
