/* SPDX-License-Identifier: Apache-2.0 */
/* A refund of a payment, whole or in part: the entry is changed, and says who gave back what, and why. */
#include "engine/payment_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool engine_refund_read_request(struct engine_payment_work *work)
{
    const char *reason = base_json_member_text(work->request->body, "reason"), *id = work->request->params[1];
    const char *receipt = base_json_member_text(work->request->body, "receipt");
    char *end = NULL;

    work->refunded = id != NULL && strncmp(id, "pay-", 4) == 0 && id[4] >= '1' && id[4] <= '9' ? strtoull(id + 4, &end, 10) : 0;
    if (work->refunded == 0 || *end != '\0' || work->refunded > INT64_MAX)
        engine_answer_rc(work->request, OD_ENOTFOUND);
    else if (reason == NULL || engine_text_is_blank(reason) || strlen(reason) > ENGINE_REFUND_REASON_MAX)
        engine_refuse(work->request, "/reason", "required", "请写明退还的原因（reason），不超过 1 KiB。", "Say why it is refunded (reason), in at most 1 KiB.");
    else if (receipt != NULL && strlen(receipt) > ENGINE_RECEIPT_MAX)
        engine_refuse(work->request, "/receipt", "length", "退款凭证号最长 64 字节。", "The number of a refund's voucher has at most 64 bytes.");
    else
        return true;
    return false;
}

static void on_refund_stored(struct engine *engine, void *data, int rc)
{
    struct engine_payment_work *work = data;

    (void)engine;
    if (rc != OD_OK)
        engine_payment_end_rc(work, rc);
    else
        engine_payment_answer(work, work->entry.id, 200, "");
}

static void put_refunded_body(struct engine_payment_work *work, const struct engine_payment *payment, core_money amount)
{
    struct base_buffer *out = &work->body;
    const struct base_json *body = work->request->body;

    base_json_open(out, NULL, '{');
    for (const struct base_json *member = base_json_first(payment->tree); member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "refunds") != 0)
            base_json_put(out, base_json_key(member), member);
    base_json_open(out, "refunds", '[');
    for (const struct base_json *item = base_json_first(base_json_member(payment->tree, "refunds")); item != NULL; item = base_json_next(item))
        base_json_put(out, NULL, item);
    base_json_open(out, NULL, '{');
    catalog_put_money(out, "amount", amount);
    base_json_put_text(out, "reason", base_json_member_text(body, "reason"));
    base_json_put_text(out, "receipt", base_json_member_text(body, "receipt"));
    engine_put_ms(out, "at", work->engine->now.ms);
    base_json_put_text(out, "by", work->request->identity.key_id);
    base_json_close(out, '}');
    base_json_close(out, ']');
    base_json_close(out, '}');
}

static int put_refund(struct engine_payment_work *work, const struct engine_payment *payment, core_money amount)
{
    struct base_buffer more = {0};
    bool is_whole = payment->refunded + amount == payment->amount;

    put_refunded_body(work, payment, amount);
    work->entry = (struct store_entry){.kind = ENGINE_ENTRY_PAYMENT, .id = payment->id, .application = payment->application, .revision = payment->revision,
                                       .state = is_whole ? ENGINE_PAYMENT_REFUNDED : ENGINE_PAYMENT_REFUNDED_IN_PART, .wake_minute = INT64_MAX,
                                       .at_ms = payment->at_ms, .body = work->body.bytes, .body_size = (uint32_t)work->body.size};
    base_json_put_text(&more, "payment", work->request->params[1]);
    base_json_put_text(&more, "fee", payment->fee);
    catalog_put_money(&more, "amount", amount);
    base_json_put_text(&more, "currency", payment->currency);
    struct engine_entry_event event = {.type = "payment_refunded", .by = work->request->identity.key_id, .number = work->account.number,
                                       .more = base_buffer_text(&more)};
    int rc = work->body.is_broken || more.is_broken ? OD_ENOMEM : engine_payment_entry_put(work, &event, on_refund_stored);
    base_buffer_fini(&more);
    return rc;
}

/* The sum of the body, or all that is left; false when it was refused. */
static bool read_refund(struct engine_payment_work *work, const struct engine_payment *payment, core_money *amount)
{
    const char *text = base_json_member_text(work->request->body, "amount");
    core_money left = payment->amount - payment->refunded;
    char sum[CORE_MONEY_SIZE], zh[128], en[128];

    *amount = left;
    if (base_json_member(work->request->body, "amount") == NULL && left > 0)
        return true;
    if (text != NULL && core_money_parse(text, amount) == OD_OK && *amount > 0 && *amount <= left)
        return true;
    core_money_format(left, sum);
    snprintf(zh, sizeof(zh), "amount 应为大于 0 的金额文本，至多为尚未退还的 %s。", sum);
    snprintf(en, sizeof(en), "amount is a sum above 0 as text, at most the %s that is not refunded yet.", sum);
    engine_payment_end_refused(work, "/amount", "range", zh, en);
    return false;
}

/* The account with the refund in place of the payment before. */
static int recount(struct engine_payment_work *work, const struct engine_payment *before, core_money amount)
{
    struct engine_payment *payment = &work->account.payments[before - work->account.payments], fresh;
    struct store_entry entry = work->entry;
    bool is_ambiguous;

    entry.revision++;
    entry.body = work->body.bytes;
    entry.body_size = (uint32_t)work->body.size;
    int rc = engine_payment_read(&entry, &fresh);
    if (rc != OD_OK)
        return rc;
    struct engine_account_line *line = engine_account_find(&work->account, payment->matter, payment->fee, &is_ambiguous);
    if (line != NULL)
        line->refunded += amount;
    engine_payment_fini(payment);
    *payment = fresh;
    return OD_OK;
}

void engine_refund_decide(struct engine_payment_work *work)
{
    const struct engine_payment *payment = engine_payment_find(&work->account, work->refunded);
    const char *match = front_header(work->request, "if-match");
    core_money amount;
    bool is_ambiguous;
    char tag[32];

    if (payment == NULL) {
        engine_payment_end_rc(work, OD_ENOTFOUND);
        return;
    }
    snprintf(tag, sizeof(tag), "\"%llu\"", (unsigned long long)payment->revision);
    if (match != NULL && strcmp(match, "*") != 0 && strstr(match, tag) == NULL) {
        front_answer_problem(work->request, FRONT_PRECONDITION,
                             front_say(work->request, "这笔缴费在您查看之后已有变化，请刷新后再操作。",
                                       "The payment has changed since you looked at it; look again, then act."), NULL, 0);
        engine_payment_work_end(work);
        return;
    }
    if (base_json_count(base_json_member(payment->tree, "refunds")) >= ENGINE_REFUNDS_MAX) {
        engine_payment_end_refused(work, "", "limit", "一笔缴费最多退还 32 次。", "A payment is refunded in at most 32 parts.");
        return;
    }
    if (!read_refund(work, payment, &amount))
        return;
    int rc = put_refund(work, payment, amount);
    if (rc == OD_OK)
        engine_payment_tell(work, "payment_refunded", engine_account_find(&work->account, payment->matter, payment->fee, &is_ambiguous), amount,
                            payment->receipt, base_json_member_text(work->request->body, "reason"));
    if (rc != OD_OK)
        engine_payment_end_rc(work, rc);
    else if (recount(work, payment, amount) != OD_OK)
        base_log(BASE_LOG_ERROR, "no memory to show a refund; it is recorded");
}
