/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pages_fee.h"

#include <string.h>

static void ask_of(struct front_visit *visit, enum front_route route, const char *name)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = route, .name = name, .param = visit->params[0]});
}

void front_fee_ask(struct front_visit *visit)
{
    ask_of(visit, FRONT_APPLICATION_FEES, "fees");
    ask_of(visit, FRONT_DELIVERY_SHOW, "handover");
}

/* Something was paid, so that it can be given back. */
static bool has_payments(const struct base_json *fees)
{
    bool is_found = base_json_first(base_json_member(fees, "unmatched")) != NULL;

    for (const struct base_json *line = base_json_first(base_json_member(fees, "lines")); line != NULL; line = base_json_next(line))
        is_found = is_found || base_json_first(base_json_member(line, "payments")) != NULL;
    return is_found;
}

bool front_fee_is_open(const struct base_json *fees)
{
    for (const struct base_json *line = base_json_first(base_json_member(fees, "lines")); line != NULL; line = base_json_next(line)) {
        const char *state = base_json_member_text(line, "state");

        if (state != NULL && (strcmp(state, "open") == 0 || strcmp(state, "underpaid") == 0))
            return true;
    }
    return false;
}

void front_fee_put_rights(struct front_visit *visit, const struct base_json *application)
{
    const struct front_visit_ask *fees = front_visit_find(visit, "fees"), *handover = front_visit_find(visit, "handover");
    const char *status = base_json_member_text(application, "status");
    const char *state = handover != NULL ? base_json_member_text(base_json_member(handover->json, "record"), "state") : NULL;
    uint32_t roles = visit->request->identity.roles;

    base_json_put_bool(&visit->view, "may_pay", fees != NULL && front_visit_is_fine(fees) && front_fee_is_open(fees->json) && front_visit_may(roles, FRONT_PAYMENT_ADD));
    base_json_put_bool(&visit->view, "is_unpaid", fees != NULL && front_visit_is_fine(fees) && front_fee_is_open(fees->json));
    base_json_put_bool(&visit->view, "may_deliver", status != NULL && strcmp(status, "decided") == 0 && front_visit_may(roles, FRONT_APPLICATION_DELIVERY));
    base_json_put_bool(&visit->view, "has_payments", fees != NULL && front_visit_is_fine(fees) && has_payments(fees->json));
    base_json_put_bool(&visit->view, "may_refund", front_visit_may(roles, FRONT_PAYMENT_REFUND));
    base_json_put_bool(&visit->view, "is_on_the_way", state != NULL && strcmp(state, "on_the_way") == 0);
}

void front_fee_put_citizen(struct front_visit *visit, const struct base_json *application)
{
    const struct front_visit_ask *fees = front_visit_find(visit, "fees");
    const char *status = base_json_member_text(application, "status");
    const char *state = base_json_member_text(base_json_member(application, "handover"), "state");
    bool is_decided = status != NULL && strcmp(status, "decided") == 0;

    base_json_put_bool(&visit->view, "is_owing", fees != NULL && front_visit_is_fine(fees) && front_fee_is_open(fees->json));
    base_json_put_bool(&visit->view, "is_to_collect", is_decided && (state == NULL || strcmp(state, "returned") == 0));
}

/* "line" is "matter/fee". */
void front_fee_put_payment(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    const char *line = front_visit_field(visit, "line"), *slash = strchr(line, '/');

    (void)service;
    if (slash != NULL) {
        base_json_put_text_n(body, "matter", line, (size_t)(slash - line));
        base_json_put_text(body, "fee", slash + 1);
    }
    front_act_put_text(body, "amount", visit, "amount");
    front_act_put_text(body, "receipt", visit, "receipt");
    front_act_put_text(body, "method", visit, "method");
    if (*front_visit_field(visit, "overpaid") != '\0')
        base_json_put_bool(body, "overpaid", true);
}

void front_fee_put_refund(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    (void)service;
    front_act_put_text(body, "reason", visit, "reason");
    front_act_put_text(body, "amount", visit, "amount");
    front_act_put_text(body, "receipt", visit, "receipt");
}

void front_fee_put_delivery(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    static const char *const texts[] = {"received_by", "relation", "carrier", "waybill", "state", "note"};
    const char *way = front_visit_field(visit, "way");

    (void)service;
    front_act_put_text(body, "way", visit, "way");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        front_act_put_text(body, texts[i], visit, texts[i]);
    if (strcmp(way, "courier") != 0 || *front_visit_field(visit, "state") != '\0')
        return;
    base_json_open(body, "recipient", '{');
    front_act_put_text(body, "name", visit, "name");
    front_act_put_text(body, "phone", visit, "phone");
    front_act_put_text(body, "address", visit, "address");
    base_json_close(body, '}');
}

void front_fee_ask_tracked(struct front_visit *visit, const char *number, const char *code)
{
    static const struct {
        enum front_route route;
        const char *name;
    } asks[] = {{FRONT_TRACK_FEES, "fees"}, {FRONT_TRACK_RESULT, "result"}};
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "number", number);
    base_json_put_text(&body, "code", code);
    base_json_close(&body, '}');
    for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
        front_visit_ask(visit, &(struct front_visit_wish){.route = asks[i].route, .name = asks[i].name, .body = base_buffer_text(&body), .body_size = body.size});
    base_buffer_fini(&body);
}

void front_fee_show_result(struct front_visit *visit)
{
    const struct front_visit_ask *result = front_visit_find(visit, "document");

    visit->is_private = true;
    if (!front_visit_is_fine(result)) {
        front_visit_problem(visit, result);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    base_json_open(&visit->view, "back", '{');
    base_json_put_text(&visit->view, "number", visit->params[0]);
    base_json_put_bool(&visit->view, strncmp(visit->request->path, "/track/", 7) == 0 ? "is_tracked" : "is_staff", true);
    base_json_close(&visit->view, '}');
    base_json_close(&visit->view, '}');
    front_visit_render(visit, 200, "result");
}

void front_page_result(struct front_visit *visit)
{
    ask_of(visit, FRONT_APPLICATION_RESULT, "document");
    front_visit_go(visit, front_fee_show_result);
}

/* -- The books -- */

static void put_books(struct base_buffer *query, struct front_visit *visit, const char *cursor)
{
    front_page_put_pair(query, "from", front_visit_query(visit, "from"));
    front_page_put_pair(query, "to", front_visit_query(visit, "to"));
    front_page_put_pair(query, "cursor", cursor);
}

static void ask_books(struct front_visit *visit, const char *format)
{
    struct base_buffer query = {0};

    put_books(&query, visit, format == NULL ? front_visit_query(visit, "cursor") : NULL);
    front_page_put_pair(&query, "format", format);
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_PAYMENT_REPORT, .name = "report", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
}

static void books_step(struct front_visit *visit)
{
    const struct front_visit_ask *report = front_visit_find(visit, "report");
    const char *from = front_visit_query(visit, "from"), *to = front_visit_query(visit, "to");
    static const char *const filters[] = {"from", "to"};

    if (!front_visit_is_fine(report) && report->status != 422) { /* the form says what, and may be corrected */
        front_visit_problem(visit, report);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    base_json_put_text(&visit->view, "from", from != NULL ? from : base_json_member_text(report->json, "from"));
    base_json_put_text(&visit->view, "to", to != NULL ? to : base_json_member_text(report->json, "to"));
    base_json_put_bool(&visit->view, "is_wrong", report->status == 422);
    front_page_put_filters(visit, "/payments", filters, 2, base_json_member_text(report->json, "next_cursor"));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, report->status, "payments");
}

void front_page_payments(struct front_visit *visit)
{
    ask_books(visit, NULL);
    front_visit_go(visit, books_step);
}

static void file_step(struct front_visit *visit)
{
    const struct front_visit_ask *report = front_visit_find(visit, "report");

    if (front_visit_is_fine(report))
        front_visit_file(visit, report, "text/csv; charset=utf-8", "payments.csv");
    else
        front_visit_problem(visit, report);
}

void front_page_payments_file(struct front_visit *visit)
{
    ask_books(visit, "csv");
    front_visit_go(visit, file_step);
}
