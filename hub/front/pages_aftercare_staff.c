/* SPDX-License-Identifier: Apache-2.0 */
/* After-care for members of staff: what is to be replied to, due first; one of them with its reply; what was asked by
 * word of mouth and answered on the spot; and grievances.
 *
 *   list: type and state of the address -> the API's list
 *   sent: act by the id's kind -> fine: 303 to it -> else: it again with what was typed */
#include <stdio.h>
#include <string.h>

#include "front/pages_act.h"
#include "front/pages_rows.h"
#include "front/pages_strip.h"

/* What a kind is called, and where it is asked for. */
struct register_row {
    const char *type, *prefix;
    enum front_route list, show, add;
    const char *states[4]; /* the open one first */
};

static const struct register_row registers[] = {
    {"inquiry", "inq-", FRONT_INQUIRY_LIST, FRONT_INQUIRY_SHOW, FRONT_INQUIRY_NEW, {"open", "replied"}},
    {"complaint", "cmp-", FRONT_COMPLAINT_LIST, FRONT_COMPLAINT_SHOW, FRONT_COMPLAINT_NEW, {"open", "replied"}},
    {"evaluation", "evl-", FRONT_EVALUATION_LIST, FRONT_EVALUATION_SHOW, FRONT_ROUTE_NONE, {"repair", "repaired", "given"}},
    {"grievance", "grv-", FRONT_GRIEVANCE_LIST, FRONT_GRIEVANCE_SHOW, FRONT_GRIEVANCE_NEW, {"recorded", "confirmed", "dismissed"}},
};

#define REGISTERS (sizeof(registers) / sizeof(registers[0]))

static const struct register_row *register_of_type(const char *type)
{
    for (size_t i = 0; i < REGISTERS; i++)
        if (type != NULL && strcmp(registers[i].type, type) == 0)
            return &registers[i];
    return &registers[0];
}

/* By the id of one; NULL = it is of none. */
static const struct register_row *register_of_id(const char *id)
{
    for (size_t i = 0; i < REGISTERS; i++)
        if (strncmp(registers[i].prefix, id, 4) == 0)
            return &registers[i];
    return NULL;
}

/* -- The list -- */

static const char *type_of(struct front_visit *visit)
{
    const char *sent = front_visit_field(visit, "type"), *query = front_visit_query(visit, "type");

    return register_of_type(visit->request->is_post ? sent : query)->type;
}

/* What waits, unless another state was asked for; "all" is every state. */
static const char *state_of(struct front_visit *visit, const struct register_row *row)
{
    const char *query = front_visit_query(visit, "state");

    if (query != NULL && strcmp(query, "all") == 0)
        return NULL;
    for (size_t i = 0; i < 4 && query != NULL && row->states[i] != NULL; i++)
        if (strcmp(row->states[i], query) == 0)
            return row->states[i];
    return front_visit_query(visit, "number") != NULL ? NULL : row->states[0]; /* of one application: all of them */
}

static void put_choices(struct front_visit *visit, const struct register_row *row, const char *state)
{
    static const char *const types[] = {"inquiry", "complaint", "evaluation", "grievance"};
    size_t count = 0;

    while (count < 4 && row->states[count] != NULL)
        count++;
    front_page_put_words(&visit->view, "types", types, 4, row->type);
    front_page_put_words(&visit->view, "states", row->states, count, state);
    base_json_put_text(&visit->view, "type", row->type);
    base_json_put_text(&visit->view, "state", state != NULL ? state : "all");
    base_json_put_bool(&visit->view, "may_add", row->add != FRONT_ROUTE_NONE);
    base_json_put_bool(&visit->view, "is_grievance", row->add == FRONT_GRIEVANCE_NEW);
}

static void list_step(struct front_visit *visit)
{
    const struct front_visit_ask *concerns = front_visit_find(visit, "concerns"), *departments = front_visit_find(visit, "departments"),
                                 *act = front_visit_find(visit, "act");
    const struct register_row *row = register_of_type(type_of(visit));
    static const char *const filters[] = {"type", "state", "department", "number"};
    const char *state = state_of(visit, row);
    bool is_filtered = false;
    char clear[64];

    if (!front_visit_is_fine(concerns)) {
        front_visit_problem(visit, concerns);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    put_choices(visit, row, state);
    front_page_put_options(&visit->view, "departments", departments->json, front_visit_query(visit, "department"));
    snprintf(clear, sizeof(clear), "/concerns?type=%s", row->type);
    for (size_t i = 1; i < sizeof(filters) / sizeof(filters[0]); i++)
        is_filtered = is_filtered || front_visit_query(visit, filters[i]) != NULL;
    front_page_put_filters(visit, clear, filters, sizeof(filters) / sizeof(filters[0]), base_json_member_text(concerns->json, "next_cursor"));
    base_json_put_bool(&visit->view, "is_narrowed", is_filtered);
    base_json_put_text(&visit->view, "number", front_visit_query(visit, "number"));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, act == NULL ? 200 : act->status, "concerns");
}

void front_page_concerns(struct front_visit *visit)
{
    const struct register_row *row = register_of_type(type_of(visit));
    struct base_buffer query = {0};

    front_page_put_pair(&query, "state", state_of(visit, row));
    front_page_put_pair(&query, "department", front_visit_query(visit, "department"));
    front_page_put_pair(&query, "number", front_visit_query(visit, "number"));
    front_page_put_pair(&query, "cursor", front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST, .name = "departments"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = row->list, .name = "concerns", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, list_step);
}

/* -- What was asked by word of mouth; a grievance -- */

static void added_step(struct front_visit *visit)
{
    const struct front_visit_ask *act = front_visit_find(visit, "act");
    const char *id = base_json_member_text(act->json, "id");
    char path[64];

    if (front_visit_is_fine(act) && id != NULL) {
        snprintf(path, sizeof(path), "/concerns/%.32s?done=record", id);
        front_visit_redirect(visit, path);
    } else if (act->status == 404 || act->status == 409 || act->status == 422) {
        front_page_concerns(visit);
    } else {
        front_visit_problem(visit, act);
    }
}

static void put_upheld(struct base_buffer *body, struct front_visit *visit)
{
    const char *upheld = front_visit_field(visit, "upheld");

    if (*upheld != '\0')
        base_json_put_bool(body, "upheld", strcmp(upheld, "yes") == 0);
}

void front_page_concerns_sent(struct front_visit *visit)
{
    const struct register_row *row = register_of_type(front_visit_field(visit, "type"));
    struct base_buffer body = {0};

    if (row->add == FRONT_ROUTE_NONE) {
        front_visit_refuse(visit, 404, "not_found");
        return;
    }
    base_json_open(&body, NULL, '{');
    front_act_put_text(&body, "text", visit, "text");
    front_act_put_text(&body, "number", visit, "number");
    if (row->add == FRONT_GRIEVANCE_NEW) {
        front_act_put_text(&body, "happened_on", visit, "happened_on");
    } else {
        base_json_put_text(&body, "kind", "oral");
        front_act_put_text(&body, "reply", visit, "reply");
    }
    if (row->add == FRONT_COMPLAINT_NEW)
        put_upheld(&body, visit);
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = row->add, .name = "act", .body = base_buffer_text(&body), .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, added_step);
}

/* -- One -- */

static void one_step(struct front_visit *visit)
{
    const struct front_visit_ask *concern = front_visit_find(visit, "concern"), *departments = front_visit_find(visit, "departments"),
                                 *act = front_visit_find(visit, "act");
    const struct base_json *clock = base_json_first(base_json_member(concern->json, "clocks"));
    const char *next = base_json_member_text(concern->json, "next_action"), *type = base_json_member_text(concern->json, "type");

    if (concern->status == 404 && visit->done != NULL && strcmp(visit->done, "pass") == 0) { /* it is another department's now */
        front_visit_redirect(visit, "/concerns?done=pass");
        return;
    }
    if (!front_visit_is_fine(concern)) {
        front_visit_problem(visit, concern);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    if (clock != NULL) {
        base_json_open(&visit->view, "clock", '{');
        (void)front_strip_put_members(&visit->view, clock, NULL, FRONT_STRIP_DAYS_MAX);
        base_json_close(&visit->view, '}');
    }
    front_page_put_options(&visit->view, "departments", departments->json, base_json_member_text(concern->json, "department"));
    base_json_put_bool(&visit->view, "is_open", next != NULL);
    base_json_put_bool(&visit->view, "may_pass", next != NULL && type != NULL && strcmp(type, "grievance") != 0);
    base_json_put_bool(&visit->view, "may_confirm", front_visit_may(visit->request->identity.roles, FRONT_GRIEVANCE_CONFIRM));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, act == NULL ? 200 : act->status, "concern");
}

void front_page_concern(struct front_visit *visit)
{
    const struct register_row *row = register_of_id(visit->params[0]);

    if (row == NULL) {
        front_visit_refuse(visit, 404, "not_found");
        return;
    }
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST, .name = "departments"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = row->show, .name = "concern", .param = visit->params[0], .query = "explain=true"});
    front_visit_go(visit, one_step);
}

static void put_text(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    (void)service;
    front_act_put_text(body, "text", visit, "text");
}

static void put_judged(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    put_text(body, visit, service);
    put_upheld(body, visit);
}

static void put_confirmed(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    const char *confirmed = front_visit_field(visit, "confirmed_as");

    put_text(body, visit, service);
    if (*confirmed != '\0')
        base_json_put_bool(body, "confirmed", strcmp(confirmed, "yes") == 0);
}

/* An empty one is the center. */
static void put_department(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    const char *department = front_visit_field(visit, "department");

    (void)service;
    base_json_put_text(body, "department", *department != '\0' ? department : NULL);
}

static const struct front_act inquiry_rows[] = {
    {"reply", FRONT_INQUIRY_REPLY, put_text, false},
    {"pass", FRONT_INQUIRY_PASS, put_department, false},
};
static const struct front_act complaint_rows[] = {
    {"reply", FRONT_COMPLAINT_REPLY, put_judged, false},
    {"pass", FRONT_COMPLAINT_PASS, put_department, false},
};
static const struct front_act evaluation_rows[] = {
    {"repair", FRONT_EVALUATION_REPAIR, put_text, false},
    {"pass", FRONT_EVALUATION_PASS, put_department, false},
};
static const struct front_act grievance_rows[] = {
    {"confirm", FRONT_GRIEVANCE_CONFIRM, put_confirmed, false},
};

#define ACTS(table) {.base = "/concerns/", .rows = (table), .count = sizeof(table) / sizeof((table)[0]), .show = front_page_concern}

/* In the order of registers. */
static const struct front_acts acts[] = {ACTS(inquiry_rows), ACTS(complaint_rows), ACTS(evaluation_rows), ACTS(grievance_rows)};

void front_page_concern_sent(struct front_visit *visit)
{
    const struct register_row *row = register_of_id(visit->params[0]);

    if (row == NULL)
        front_visit_refuse(visit, 404, "not_found");
    else
        front_act_sent(visit, &acts[row - registers]);
}
