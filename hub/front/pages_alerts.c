/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts: warnings, breaches and what supervision looks at; filters stand in the address. */
#include "front/pages_rows.h"

static const char *const filters[] = {"kind", "department", "number"};
#define FILTERS (sizeof(filters) / sizeof(filters[0]))

static void put_query(struct base_buffer *query, struct front_visit *visit, const char *cursor)
{
    for (size_t i = 0; i < FILTERS; i++)
        front_page_put_pair(query, filters[i], front_visit_query(visit, filters[i]));
    front_page_put_pair(query, "cursor", cursor);
}

static void put_kinds(struct base_buffer *view, const char *chosen)
{
    static const char *const kinds[] = {"due_soon",     "overdue",      "accepted_by_silence", "deemed",
                                        "parked",       "unanswered",   "second_notice",       "late_extension",
                                        "late_opinion", "not_required", "redated",             "self_test_failed",
                                        "clock_jump",   "connector_failing", "connector_distrusted", "notice_undelivered", "bad_rating", "complaint_received", "document_infected", "scan_stuck", "outside_standard", "overpaid", "parcel_returned", "out_of_turn", "not_erased", "handed_over_unpaid"};

    front_page_put_words(view, "kinds", kinds, sizeof(kinds) / sizeof(kinds[0]), chosen);
}

static void alerts_step(struct front_visit *visit)
{
    const struct front_visit_ask *alerts = front_visit_find(visit, "alerts"),
                                 *departments = front_visit_find(visit, "departments");

    if (!front_visit_is_fine(alerts)) {
        front_visit_problem(visit, alerts);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    put_kinds(&visit->view, front_visit_query(visit, "kind"));
    front_page_put_options(&visit->view, "departments", departments->json, front_visit_query(visit, "department"));
    base_json_put_text(&visit->view, "number", front_visit_query(visit, "number"));
    front_page_put_filters(visit, "/alerts", filters, FILTERS, base_json_member_text(alerts->json, "next_cursor"));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, 200, "alerts");
}

void front_page_alerts(struct front_visit *visit)
{
    struct base_buffer query = {0};

    put_query(&query, visit, front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST, .name = "departments", .query = "limit=200"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_ALERT_LIST,
                                                      .name = "alerts",
                                                      .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, alerts_step);
}
