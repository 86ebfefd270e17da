/* SPDX-License-Identifier: Apache-2.0 */
/* How the center runs, and what stands still in it, grouped by cause. Both are read anew with each visit; where there is a
 * script the page takes fresh figures when something happens.
 *
 *   /operations: incidents, operations -> the page: what stands still first
 *   /incidents: incidents -> the page; sent /incidents/{id}/retry -> the page with what became of each */
#include <string.h>

#include "front/pages_rows.h"

/* -- Operations -- */

static void operations_step(struct front_visit *visit)
{
    const struct front_visit_ask *operations = front_visit_find(visit, "operations"), *incidents = front_visit_find(visit, "incidents");
    uint32_t roles = visit->request->identity.roles;

    if (!front_visit_is_fine(operations)) {
        front_visit_problem(visit, operations);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    base_json_put_bool(&visit->view, "has_incidents", incidents != NULL);
    base_json_put_bool(&visit->view, "may_connectors", front_visit_may(roles, FRONT_CONNECTOR_LIST));
    base_json_put_bool(&visit->view, "may_retry", false); /* acts are on the page of incidents */
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, 200, "operations");
}

void front_page_operations(struct front_visit *visit)
{
    if (front_visit_may(visit->request->identity.roles, FRONT_INCIDENT_LIST))
        front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_INCIDENT_LIST, .name = "incidents"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_OPERATIONS, .name = "operations"});
    front_visit_go(visit, operations_step);
}


/* -- Incidents -- */

static const char *const kinds[] = {"late", "parked", "connector", "callbacks", "messages", "parcels", "scans"};

static void put_query(struct base_buffer *query, struct front_visit *visit)
{
    front_page_put_pair(query, "kind", front_visit_query(visit, "kind"));
    front_page_put_pair(query, "department", front_visit_query(visit, "department"));
}

static void incidents_step(struct front_visit *visit)
{
    static const char *const filters[] = {"kind", "department"};
    const struct front_visit_ask *incidents = front_visit_find(visit, "incidents"), *departments = front_visit_find(visit, "departments"),
                                 *retry = front_visit_find(visit, "retry");
    struct base_buffer query = {0};

    if (!front_visit_is_fine(incidents)) {
        front_visit_problem(visit, incidents);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    front_page_put_words(&visit->view, "kinds", kinds, sizeof(kinds) / sizeof(kinds[0]), front_visit_query(visit, "kind"));
    front_page_put_options(&visit->view, "departments", departments->json, front_visit_query(visit, "department"));
    base_json_put_bool(&visit->view, "may_retry", front_visit_may(visit->request->identity.roles, FRONT_INCIDENT_RETRY));
    put_query(&query, visit);
    base_json_put_text(&visit->view, "query", base_buffer_text(&query));
    front_page_put_filters(visit, "/incidents", filters, sizeof(filters) / sizeof(filters[0]), base_json_member_text(incidents->json, "next_cursor"));
    base_json_close(&visit->view, '}');
    base_buffer_fini(&query);
    visit->is_private = true;
    visit->link = "/incidents";
    front_visit_render(visit, retry == NULL ? 200 : retry->status, "incidents");
}

static void ask_incidents(struct front_visit *visit)
{
    struct base_buffer query = {0};

    put_query(&query, visit);
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST, .name = "departments", .query = "limit=200"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_INCIDENT_LIST, .name = "incidents", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, incidents_step);
}

void front_page_incidents(struct front_visit *visit)
{
    ask_incidents(visit);
}

static void retried_step(struct front_visit *visit)
{
    const struct front_visit_ask *retry = front_visit_find(visit, "retry");

    if (!front_visit_is_fine(retry) && retry->status != 404 && retry->status != 409 && retry->status != 422)
        front_visit_problem(visit, retry);
    else
        ask_incidents(visit);
}

void front_page_incident_sent(struct front_visit *visit)
{
    struct base_buffer body = {0};

    if (strcmp(visit->params[1], "retry") != 0) {
        front_visit_refuse(visit, 404, "not_found");
        return;
    }
    base_json_open(&body, NULL, '{');
    if (front_visit_field(visit, "reason")[0] != '\0')
        base_json_put_text(&body, "reason", front_visit_field(visit, "reason"));
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_INCIDENT_RETRY, .name = "retry", .param = visit->params[0],
                                                      .body = base_buffer_text(&body), .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, retried_step);
}
