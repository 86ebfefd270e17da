/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/payment.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* -- Lines of the standard -- */

/* The form with what was supplied later in place of what was there before. NULL when memory is short. */
static struct base_json *form_now(const struct engine_application *application)
{
    const struct base_json *form = base_json_member(application->document_tree, "form");
    struct base_json *answers = NULL, *merged = NULL;
    struct base_buffer text = {0};
    struct base_json_error error;
    int rc = OD_OK;

    if (application->answers.bytes != NULL)
        rc = base_json_parse(application->answers.bytes, application->answers.size, &answers, &error);
    base_json_open(&text, NULL, '{');
    for (size_t i = 0; i < application->service->field_count; i++) {
        const char *id = application->service->fields[i].id;
        const struct base_json *value = base_json_member(answers, id);

        value = value != NULL ? value : base_json_member(form, id);
        if (value != NULL)
            base_json_put(&text, id, value);
    }
    base_json_close(&text, '}');
    if (rc == OD_OK && !text.is_broken)
        (void)!base_json_parse(text.bytes, text.size, &merged, &error);
    base_json_destroy(answers);
    base_buffer_fini(&text);
    return merged;
}

static bool is_accepted(const struct core_application *core)
{
    return core->accepted_ms != 0;
}

/* Fees of a certificate are owed for one that is given, fees of the procedure for one that was begun. */
static void line_charge(const struct core_application *core, struct engine_account_line *line)
{
    const struct core_task *task = &core->tasks[line->fee.task];
    bool is_over = core->status == CORE_STATUS_NOT_ACCEPTED || core->status == CORE_STATUS_WITHDRAWN || core->status == CORE_STATUS_LAPSED;

    if (line->fee.fee->charge == CATALOG_FEE_ON_APPROVAL)
        line->is_charged = task->state == CORE_TASK_DONE &&
                           (task->opinion == CORE_OPINION_APPROVE || task->opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS);
    else
        line->is_charged = is_accepted(core);
    line->may_come = !line->is_charged && !is_over &&
                     (line->fee.fee->charge == CATALOG_FEE_ON_ACCEPTANCE || core_task_is_open(task));
}

void engine_account_charge(struct engine_account *account, const struct core_application *core)
{
    for (size_t i = 0; i < account->count; i++)
        line_charge(core, &account->lines[i]);
}

int engine_account_open(const struct engine_application *application, struct engine_account *account)
{
    const char *locale = base_json_member_text(base_json_member(application->document_tree, "applicant"), "locale");
    struct catalog_fee_lines *fees = base_alloc(sizeof(*fees));
    struct base_json *form = form_now(application);

    *account = (struct engine_account){.service = application->service, .application = application->id,
                                       .language = locale != NULL && strcmp(locale, "en") == 0 ? CATALOG_EN : CATALOG_ZH_CN};
    if (fees == NULL || form == NULL)
        goto fail;
    catalog_fees_compute(application->service, application->core->included, form, fees);
    account->lines = base_alloc((fees->count + 1) * sizeof(*account->lines));
    if (account->lines == NULL)
        goto fail;
    for (size_t i = 0; i < fees->count; i++)
        account->lines[i].fee = fees->items[i];
    account->count = fees->count;
    engine_account_charge(account, application->core);
    account->catalog = catalog_retain(application->catalog);
    base_number_format(application->id, application->core->received_day, account->number);
    base_json_destroy(form);
    base_free(fees);
    return OD_OK;
fail:
    base_json_destroy(form);
    base_free(fees);
    return OD_ENOMEM;
}

void engine_account_fini(struct engine_account *account)
{
    for (size_t i = 0; i < account->payment_count; i++)
        engine_payment_fini(&account->payments[i]);
    base_free(account->lines);
    catalog_release(account->catalog);
    *account = (struct engine_account){0};
}

struct engine_account_line *engine_account_find(struct engine_account *account, const char *matter, const char *fee, bool *is_ambiguous)
{
    struct engine_account_line *found = NULL;

    *is_ambiguous = false;
    for (size_t i = 0; i < account->count; i++) {
        struct engine_account_line *line = &account->lines[i];

        if (strcmp(line->fee.fee->id, fee) != 0 ||
            (matter != NULL && strcmp(account->service->matters[line->fee.task]->id, matter) != 0))
            continue;
        *is_ambiguous = found != NULL;
        found = line;
    }
    return found;
}

int engine_account_add(struct engine_account *account, const struct engine_payment *payment)
{
    bool is_ambiguous;

    if (account->payment_count == ENGINE_PAYMENTS_MAX)
        return OD_ELIMIT;
    struct engine_account_line *line = engine_account_find(account, payment->matter, payment->fee, &is_ambiguous);
    if (line != NULL && strcmp(line->fee.fee->currency, payment->currency) == 0) {
        line->paid += payment->amount;
        line->refunded += payment->refunded;
    }
    account->payments[account->payment_count++] = *payment;
    return OD_OK;
}

/* -- Sums -- */

core_money engine_line_owed(const struct engine_account_line *line)
{
    return line->is_charged ? line->fee.due : 0;
}

core_money engine_line_open(const struct engine_account_line *line)
{
    core_money left = engine_line_owed(line) - (line->paid - line->refunded);

    return left > 0 ? left : 0;
}

core_money engine_line_over(const struct engine_account_line *line)
{
    core_money left = engine_line_owed(line) - (line->paid - line->refunded);

    return left < 0 ? -left : 0;
}

const char *engine_line_state(const struct engine_account_line *line)
{
    if (engine_line_over(line) > 0)
        return "overpaid";
    if (!line->fee.is_computed)
        return "not_computed";
    if (!line->is_charged)
        return line->may_come ? "not_due" : "not_charged";
    if (engine_line_open(line) == 0)
        return line->fee.due == 0 ? "exempt" : "paid";
    return line->paid > line->refunded ? "underpaid" : "open";
}

/* -- As JSON -- */

static bool is_of_line(const struct engine_account *account, const struct engine_account_line *line, const struct engine_payment *payment)
{
    return strcmp(line->fee.fee->id, payment->fee) == 0 &&
           strcmp(account->service->matters[line->fee.task]->id, payment->matter) == 0 &&
           strcmp(line->fee.fee->currency, payment->currency) == 0;
}

void engine_account_put_line(struct base_buffer *buffer, const char *key, const struct engine_account *account,
                             const struct engine_account_line *line)
{
    base_json_open(buffer, key, '{');
    catalog_put_fee_line_members(buffer, account->service, &line->fee);
    base_json_put_text(buffer, "state", engine_line_state(line));
    catalog_put_money(buffer, "owed", engine_line_owed(line));
    catalog_put_money(buffer, "paid", line->paid);
    catalog_put_money(buffer, "refunded", line->refunded);
    catalog_put_money(buffer, "open", engine_line_open(line));
    catalog_put_money(buffer, "overpaid", engine_line_over(line));
    base_json_open(buffer, "payments", '[');
    for (size_t i = 0; i < account->payment_count; i++)
        if (is_of_line(account, line, &account->payments[i]))
            engine_payment_put(buffer, NULL, &account->payments[i], account->hides_staff);
    base_json_close(buffer, ']');
    base_json_close(buffer, '}');
}

/* Payments that no line of the standard knows any more: the form was changed since. All of it is too much. */
static bool is_unmatched(const struct engine_account *account, const struct engine_payment *payment)
{
    for (size_t i = 0; i < account->count; i++)
        if (is_of_line(account, &account->lines[i], payment))
            return false;
    return true;
}

struct sums {
    core_money owed, paid, refunded, open, over;
};

/* Of everything in one currency. */
static struct sums sums_of(const struct engine_account *account, const char *currency)
{
    struct sums sums = {0};

    for (size_t i = 0; i < account->count; i++) {
        const struct engine_account_line *line = &account->lines[i];

        if (strcmp(line->fee.fee->currency, currency) != 0)
            continue;
        sums.owed += engine_line_owed(line);
        sums.paid += line->paid;
        sums.refunded += line->refunded;
        sums.open += engine_line_open(line);
        sums.over += engine_line_over(line);
    }
    for (size_t i = 0; i < account->payment_count; i++) {
        const struct engine_payment *payment = &account->payments[i];

        if (strcmp(payment->currency, currency) != 0 || !is_unmatched(account, payment))
            continue;
        sums.paid += payment->amount;
        sums.refunded += payment->refunded;
        sums.over += payment->amount - payment->refunded;
    }
    return sums;
}

static void put_total(struct base_buffer *buffer, const struct engine_account *account, const char *currency)
{
    struct sums sums = sums_of(account, currency);

    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "currency", currency);
    catalog_put_money(buffer, "owed", sums.owed);
    catalog_put_money(buffer, "paid", sums.paid);
    catalog_put_money(buffer, "refunded", sums.refunded);
    catalog_put_money(buffer, "open", sums.open);
    catalog_put_money(buffer, "overpaid", sums.over);
    base_json_close(buffer, '}');
}

static const char *currency_at(const struct engine_account *account, size_t i)
{
    return i < account->count ? account->lines[i].fee.fee->currency : account->payments[i - account->count].currency;
}

static void put_totals(struct base_buffer *buffer, const struct engine_account *account)
{
    base_json_open(buffer, "totals", '[');
    for (size_t i = 0; i < account->count + account->payment_count; i++) {
        size_t first = 0;

        while (strcmp(currency_at(account, first), currency_at(account, i)) != 0)
            first++;
        if (first == i)
            put_total(buffer, account, currency_at(account, i));
    }
    base_json_close(buffer, ']');
}

void engine_account_put(struct base_buffer *buffer, const struct engine_account *account)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "number", account->number);
    base_json_put_text(buffer, "catalog_version", catalog_version(account->catalog));
    base_json_open(buffer, "lines", '[');
    for (size_t i = 0; i < account->count; i++)
        engine_account_put_line(buffer, NULL, account, &account->lines[i]);
    base_json_close(buffer, ']');
    base_json_open(buffer, "unmatched", '[');
    for (size_t i = 0; i < account->payment_count; i++)
        if (is_unmatched(account, &account->payments[i]))
            engine_payment_put(buffer, NULL, &account->payments[i], account->hides_staff);
    base_json_close(buffer, ']');
    put_totals(buffer, account);
    base_json_close(buffer, '}');
}

/* -- A payment -- */

static core_money money_of(const struct base_json *object, const char *key)
{
    const char *text = base_json_member_text(object, key);
    core_money money = 0;

    return text != NULL && core_money_parse(text, &money) == OD_OK ? money : 0;
}

int engine_payment_read(const struct store_entry *entry, struct engine_payment *payment)
{
    struct base_json_error error;

    *payment = (struct engine_payment){.id = entry->id, .application = entry->application, .revision = entry->revision,
                                       .at_ms = entry->at_ms, .state = entry->state};
    int rc = base_json_parse(entry->body, entry->body_size, &payment->tree, &error);
    if (rc != OD_OK)
        return rc == OD_ESYNTAX ? OD_EIO : rc;
    payment->receipt = base_json_member_text(payment->tree, "receipt");
    payment->matter = base_json_member_text(payment->tree, "matter");
    payment->fee = base_json_member_text(payment->tree, "fee");
    payment->currency = base_json_member_text(payment->tree, "currency");
    payment->amount = money_of(payment->tree, "amount");
    for (const struct base_json *item = base_json_first(base_json_member(payment->tree, "refunds")); item != NULL; item = base_json_next(item))
        payment->refunded += money_of(item, "amount");
    if (payment->receipt == NULL || payment->matter == NULL || payment->fee == NULL || payment->currency == NULL) {
        engine_payment_fini(payment);
        return OD_EIO; /* erased by a retention rule, or damaged */
    }
    return OD_OK;
}

void engine_payment_fini(struct engine_payment *payment)
{
    base_json_destroy(payment->tree);
    payment->tree = NULL;
}

static void put_refund(struct base_buffer *buffer, const struct base_json *refund, bool hides_staff)
{
    base_json_open(buffer, NULL, '{');
    for (const struct base_json *member = base_json_first(refund); member != NULL; member = base_json_next(member))
        if (!hides_staff || strcmp(base_json_key(member), "by") != 0)
            base_json_put(buffer, base_json_key(member), member);
    base_json_close(buffer, '}');
}

void engine_payment_put(struct base_buffer *buffer, const char *key, const struct engine_payment *payment, bool hides_staff)
{
    static const char *const kept[] = {"receipt", "matter", "fee", "currency", "amount", "method", "paid_at", "overpaid", "by"};
    const size_t count = sizeof(kept) / sizeof(kept[0]) - (hides_staff ? 1 : 0);
    char id[32];

    snprintf(id, sizeof(id), "pay-%llu", (unsigned long long)payment->id);
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "id", id);
    for (size_t i = 0; i < count; i++)
        if (base_json_member(payment->tree, kept[i]) != NULL)
            base_json_put(buffer, kept[i], base_json_member(payment->tree, kept[i]));
    engine_put_ms(buffer, "recorded_at", payment->at_ms);
    catalog_put_money(buffer, "refunded", payment->refunded);
    base_json_open(buffer, "refunds", '[');
    for (const struct base_json *item = base_json_first(base_json_member(payment->tree, "refunds")); item != NULL; item = base_json_next(item))
        put_refund(buffer, item, hides_staff);
    base_json_close(buffer, ']');
    base_json_put_i64(buffer, "version", (int64_t)payment->revision);
    base_json_close(buffer, '}');
}
