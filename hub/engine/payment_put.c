/* SPDX-License-Identifier: Apache-2.0 */
/* Recording a payment: what the body says, what the standard allows, the entry. */
#include "engine/message.h"
#include "engine/payment_work.h"
#include "engine/repeat.h"

#include <stdio.h>
#include <string.h>

/* -- Outside the standard: refused, in the journal, and told to supervision -- */

struct refusal {
    struct front_request *request;
    const char *pointer, *zh, *en;
};

static void on_refusal_stored(struct engine *engine, void *data, int rc)
{
    const struct refusal *refusal = data;

    (void)engine;
    if (rc != OD_OK)
        engine_answer_rc(refusal->request, rc);
    else
        engine_refuse(refusal->request, refusal->pointer, "outside_standard", refusal->zh, refusal->en);
}

static void put_about(struct base_buffer *details, const struct base_json *body)
{
    static const char *const members[] = {"matter", "fee", "amount", "currency", "receipt"};

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const char *text = base_json_member_text(body, members[i]);

        if (text != NULL && strlen(text) <= ENGINE_RECEIPT_MAX)
            base_json_put_text(details, members[i], text);
    }
}

/* zh, en: static, or in the request's arena. */
static void refuse_outside(struct engine *engine, struct engine_application *application, struct front_request *request,
                           const char *pointer, const char *zh, const char *en)
{
    struct refusal *refusal = base_arena_take(&request->arena, sizeof(*refusal));
    struct base_buffer details = {0};
    int rc = OD_ENOMEM;

    put_about(&details, request->body);
    if (refusal != NULL && !details.is_broken) {
        *refusal = (struct refusal){request, pointer, zh, en};
        rc = engine_note(engine, application, "fee_refused", CORE_TASKS_MAX, request->identity.key_id, base_buffer_text(&details));
    }
    base_buffer_fini(&details);
    if (rc == OD_OK) {
        engine_alert_add(engine, application, ENGINE_ALERT_OUTSIDE_STANDARD, CORE_TASKS_MAX);
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_refusal_stored, .data = refusal});
    }
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

/* -- The entry -- */

/* What was put stands in the account from now on. */
static int count_put(struct engine_payment_work *work, uint64_t revision)
{
    struct engine_payment payment;
    struct store_entry entry = work->entry;

    entry.revision = revision;
    entry.body = work->body.bytes;
    entry.body_size = (uint32_t)work->body.size;
    int rc = engine_payment_read(&entry, &payment);
    if (rc == OD_OK && (rc = engine_account_add(&work->account, &payment)) != OD_OK)
        engine_payment_fini(&payment);
    return rc;
}

static void refuse_receipt(struct engine_payment_work *work)
{
    engine_payment_end_refused(work, "/receipt", "receipt_taken", "这个票据号已用于另一笔缴费，请核对票据。",
                "This receipt number stands for another payment; compare it with the receipt.");
}

static void on_payment_stored(struct engine *engine, void *data, int rc)
{
    struct engine_payment_work *work = data;

    (void)engine;
    if (rc == OD_EEXIST) {
        refuse_receipt(work);
        return;
    }
    if (rc == OD_OK)
        rc = count_put(work, 1);
    if (rc != OD_OK)
        engine_payment_end_rc(work, rc);
    else
        engine_payment_answer(work, work->entry.id, 201, "");
}

static void put_body(struct engine_payment_work *work)
{
    const struct base_json *body = work->request->body;
    const struct catalog_fee_line *fee = &work->line->fee;
    struct base_buffer *out = &work->body;

    base_json_open(out, NULL, '{');
    base_json_put_text(out, "receipt", work->receipt);
    base_json_put_text(out, "number", work->account.number);
    base_json_put_text(out, "service", work->account.service->id);
    base_json_put_text(out, "matter", work->account.service->matters[fee->task]->id);
    base_json_put_text(out, "fee", fee->fee->id);
    base_json_put_text(out, "currency", fee->fee->currency);
    catalog_put_money(out, "amount", work->amount);
    catalog_put_money(out, "owed", engine_line_owed(work->line));
    catalog_put_money(out, "paid_before", work->line->paid - work->line->refunded);
    base_json_put_text(out, "method", base_json_member_text(body, "method"));
    engine_put_ms(out, "paid_at", work->paid_ms);
    base_json_put_text(out, "by", work->request->identity.key_id);
    base_json_put_bool(out, "overpaid", work->amount > engine_line_open(work->line));
    base_json_close(out, '}');
}

static int put_payment(struct engine_payment_work *work)
{
    struct engine *engine = work->engine;
    struct base_buffer more = {0};
    char id[32];

    put_body(work);
    work->entry = (struct store_entry){.kind = ENGINE_ENTRY_PAYMENT, .state = ENGINE_PAYMENT_PAID, .id = engine_entry_id(engine, ENGINE_ENTRY_PAYMENT),
                                       .application = work->account.application, .wake_minute = INT64_MAX, .at_ms = engine->now.ms, .name = work->receipt,
                                       .body = work->body.bytes, .body_size = (uint32_t)work->body.size};
    snprintf(id, sizeof(id), "pay-%llu", (unsigned long long)work->entry.id);
    base_json_put_text(&more, "payment", id);
    put_about(&more, work->request->body);
    struct engine_entry_event event = {.type = "payment_recorded", .by = work->request->identity.key_id, .number = work->account.number,
                                       .more = base_buffer_text(&more)};
    int rc = work->body.is_broken || more.is_broken ? OD_ENOMEM : engine_payment_entry_put(work, &event, on_payment_stored);
    base_buffer_fini(&more);
    return rc;
}

/* More than is open, and nobody says that the money is here already: it is not to be asked for. */
static void refuse_sum(struct engine *engine, struct engine_application *application, struct engine_payment_work *work)
{
    struct front_request *request = work->request;
    char owed[CORE_MONEY_SIZE], open[CORE_MONEY_SIZE], zh[384], en[384];

    core_money_format(engine_line_owed(work->line), owed);
    core_money_format(engine_line_open(work->line), open);
    snprintf(zh, sizeof(zh), "按公布的标准应收 %s，尚欠 %s；不得多收。款项已经到账的，加 \"overpaid\": true 记录，并退还多收部分。", owed, open);
    snprintf(en, sizeof(en), "By the published standard %s is owed and %s open; more may not be asked for. If the money is here already, record it with \"overpaid\": true and refund what is too much.",
             owed, open);
    const char *zh_copy = base_arena_text(&request->arena, zh, strlen(zh)), *en_copy = base_arena_text(&request->arena, en, strlen(en));
    if (zh_copy != NULL && en_copy != NULL)
        refuse_outside(engine, application, request, "/amount", zh_copy, en_copy);
    else
        engine_answer_rc(request, OD_ENOMEM);
    engine_payment_work_end(work);
}

/* Nothing is open any more with this payment. */
static bool is_last(const struct engine_payment_work *work)
{
    core_money open = 0;

    for (size_t i = 0; i < work->account.count; i++)
        open += engine_line_open(&work->account.lines[i]);
    return engine_line_open(work->line) > 0 && open <= work->amount && work->amount >= engine_line_open(work->line);
}

/* What was decided and is paid for can be collected. */
static void follow_last(struct engine *engine, const struct engine_application *application)
{
    const struct core_application *core = application->core;
    bool is_granted = core->outcome == CORE_OUTCOME_APPROVED || core->outcome == CORE_OUTCOME_APPROVED_WITH_CONDITIONS ||
                      core->outcome == CORE_OUTCOME_PARTIALLY_APPROVED;
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, core->received_day, number);
    engine_messages_paid(engine, application->id);
    if (core->status == CORE_STATUS_DECIDED && is_granted)
        engine_message_result_ready(engine, application->id, number);
}

/* Its payments are known, and the application is in memory for what it is told. */
static void on_ready(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct engine_payment_work *work = data;

    if (rc != OD_OK) {
        engine_payment_end_rc(work, rc);
        return;
    }
    engine_account_charge(&work->account, application->core);
    bool is_over = work->amount > engine_line_open(work->line);
    if (is_over && !work->is_over_said) {
        refuse_sum(engine, application, work);
        return;
    }
    if (is_over) {
        struct base_buffer details = {0};

        put_about(&details, work->request->body);
        rc = details.is_broken ? OD_ENOMEM : engine_note(engine, application, "fee_overpaid", CORE_TASKS_MAX, work->request->identity.key_id, base_buffer_text(&details));
        base_buffer_fini(&details);
        if (rc == OD_OK)
            engine_alert_add(engine, application, ENGINE_ALERT_OVERPAID, CORE_TASKS_MAX);
    }
    if (rc == OD_OK && (rc = put_payment(work)) == OD_OK) {
        engine_payment_tell(work, "payment_received", work->line, work->amount, work->receipt, NULL);
        if (is_last(work))
            follow_last(engine, application);
    }
    if (rc != OD_OK)
        engine_payment_end_rc(work, rc);
}

/* The receipt stands already: the same payment again, or another one. */
static bool is_same(const struct engine_payment_work *work, const struct engine_payment *before)
{
    return before->application == work->account.application && before->amount == work->amount &&
           strcmp(before->fee, work->line->fee.fee->id) == 0 && strcmp(before->currency, work->line->fee.fee->currency) == 0 &&
           strcmp(before->matter, work->account.service->matters[work->line->fee.task]->id) == 0;
}

void engine_payment_decide(struct engine_payment_work *work, uint64_t named)
{
    const struct engine_payment *before = named != 0 ? engine_payment_find(&work->account, named) : NULL;

    if (before != NULL && is_same(work, before))
        engine_payment_answer(work, named, 201, ENGINE_REPEAT_HEADER);
    else if (named != 0)
        refuse_receipt(work);
    else if (work->account.payment_count == ENGINE_PAYMENTS_MAX)
        engine_payment_end_refused(work, "/receipt", "limit", "一件申请最多记录 200 笔缴费。", "At most 200 payments are recorded for one application.");
    else
        engine_application_get(work->engine, work->account.application, on_ready, work);
}

/* -- The request -- */

bool engine_payment_read_request(struct engine_payment_work *work)
{
    static const char *const methods[] = {"cash", "card", "transfer", "mobile", "other"};
    const struct base_json *body = work->request->body, *paid_at = base_json_member(body, "paid_at");
    const char *amount = base_json_member_text(body, "amount"), *receipt = base_json_member_text(body, "receipt"),
               *method = base_json_member_text(body, "method");
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    bool is_method = false;

    for (size_t i = 0; method != NULL && i < sizeof(methods) / sizeof(methods[0]); i++)
        is_method = is_method || strcmp(method, methods[i]) == 0;
    work->paid_ms = work->engine->now.ms;
    work->receipt = receipt;
    work->is_over_said = base_json_is_true(base_json_member(body, "overpaid"));
    if (amount == NULL || core_money_parse(amount, &work->amount) != OD_OK || work->amount == 0)
        engine_refuse(work->request, "/amount", "format", "amount 应为大于 0 的金额文本，如 \"80.00\"，至多两位小数。",
                      "amount is a sum above 0 as text, such as \"80.00\", at most two digits after the point.");
    else if (receipt == NULL || strlen(receipt) > ENGINE_RECEIPT_MAX || strspn(receipt, letters) == 0 ||
             receipt[strspn(receipt, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./")] != '\0')
        engine_refuse(work->request, "/receipt", "format", "receipt 应为票据号：1 至 64 个字母、数字或 -_./，以字母或数字开头。",
                      "receipt is the receipt's number: 1 to 64 letters, digits or -_./, a letter or digit first.");
    else if (!is_method)
        engine_refuse(work->request, "/method", "choice", "method 应为 cash、card、transfer、mobile 或 other。",
                      "method is cash, card, transfer, mobile or other.");
    else if (paid_at != NULL && (base_json_text(paid_at) == NULL || base_time_parse(base_json_text(paid_at), &work->paid_ms) != OD_OK ||
                                 work->paid_ms > work->engine->now.ms || work->paid_ms < 0))
        engine_refuse(work->request, "/paid_at", "format", "paid_at 应为带时区的时间，且不晚于现在。",
                      "paid_at is a time with its offset, not later than now.");
    else
        return true;
    return false;
}

struct engine_account_line *engine_payment_line_take(struct engine *engine, struct engine_application *application, struct engine_payment_work *work)
{
    const struct base_json *body = work->request->body;
    const char *fee = base_json_member_text(body, "fee"), *matter = base_json_member_text(body, "matter"),
               *currency = base_json_member_text(body, "currency");
    bool is_ambiguous = false;
    struct engine_account_line *line = fee != NULL ? engine_account_find(&work->account, matter, fee, &is_ambiguous) : NULL;

    if (fee == NULL)
        engine_refuse(work->request, "/fee", "required", "请写明 fee（收费项目）。", "Name the fee: fee.");
    else if (is_ambiguous)
        engine_refuse(work->request, "/matter", "required", "几个事项都有这个收费项目，请写明 matter。",
                      "Several matters have a fee of this id; name the matter.");
    else if (line == NULL)
        refuse_outside(engine, application, work->request, "/fee", "公布的收费标准中没有这一项，不得收取（行政许可法第五十八、五十九条）。",
                       "The published standards of this application have no such fee: it may not be charged (Licensing Law art. 58, 59).");
    else if (currency != NULL && strcmp(currency, line->fee.fee->currency) != 0)
        refuse_outside(engine, application, work->request, "/currency", "币种与公布的收费标准不符。", "The published standard is in another currency.");
    else if (!line->fee.is_computed)
        refuse_outside(engine, application, work->request, "/fee", "表单缺少计费所需的内容，尚不能计算此费用；请先补正。",
                       "The form lacks what this fee is reckoned by; have it supplied first.");
    else if (!line->is_charged)
        refuse_outside(engine, application, work->request, "/fee", "按公布的标准，此项费用目前不应收取。",
                       "By the published standard this fee is not owed now.");
    else if (line->fee.due == 0)
        refuse_outside(engine, application, work->request, "/fee", "按公布的标准，此申请免收该项费用。", "By the published standard this application is exempt from this fee.");
    else
        return line;
    return NULL;
}
