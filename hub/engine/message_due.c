/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and what they hang on: fees that are charged by now; what the applicant was asked, which he may have answered before
 * anybody told him; and the receipts that start his time. */
#include <string.h>

#include "engine/message.h"
#include "engine/payment.h"

/* -- Fees -- */

static bool has_fee(const struct engine_application *application, enum catalog_fee_charge charge)
{
    const struct catalog_service *service = application->service;

    for (size_t i = 0; i < service->matter_count; i++)
        for (size_t j = 0; (application->core->included >> i & 1) != 0 && j < service->matters[i]->fee_count; j++)
            if (service->matters[i]->fees[j].charge == charge)
                return true;
    return false;
}

static int due_note(struct engine *engine, const struct engine_application *application, enum catalog_fee_charge charge)
{
    char number[BASE_NUMBER_SIZE];

    if (!has_fee(application, charge))
        return OD_OK;
    base_number_format(application->id, application->core->received_day, number);
    return engine_message_put(engine, &(struct engine_message){.kind = "payment_due", .application = application->id, .number = number,
                                                               .charged = charge == CATALOG_FEE_ON_APPROVAL ? "approval" : "acceptance"}, NULL);
}

int engine_message_fees_note(struct engine *engine, struct engine_application *application, const struct core_effects *effects)
{
    int rc = OD_OK;

    for (size_t i = 0; i < effects->count && rc == OD_OK; i++) {
        if (effects->items[i].type == CORE_EFFECT_TAKEN_IN)
            rc = due_note(engine, application, CATALOG_FEE_ON_ACCEPTANCE);
        if (effects->items[i].type == CORE_EFFECT_DECIDED && application->core->outcome != CORE_OUTCOME_REJECTED)
            rc = due_note(engine, application, CATALOG_FEE_ON_APPROVAL);
    }
    return rc;
}

/* What was paid, before the application is asked what it owes. */
struct engine_message_paid {
    uint64_t application;
    engine_message_paid_cb on_read;
    void *data;
    struct store_entry entries[ENGINE_PAYMENTS_MAX]; /* what they point to is in the job's arena */
    size_t entry_count;
    struct engine_payment payments[ENGINE_PAYMENTS_MAX]; /* owned; count items */
    size_t count;
};

void engine_message_paid_free(struct engine_message_paid *paid)
{
    for (size_t i = 0; paid != NULL && i < paid->count; i++)
        engine_payment_fini(&paid->payments[i]);
    base_free(paid);
}

static void read_paid(struct engine_job *job, struct store_reader *reader)
{
    struct engine_message_paid *paid = job->data;
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_PAYMENT, .state = -1, .department = -1, .application = paid->application, .before = UINT64_MAX};
    size_t count = 0;

    do {
        job->rc = store_read_entries(reader, &filter, &job->arena, paid->entries + paid->entry_count, ENGINE_PAYMENTS_MAX - paid->entry_count,
                                     &count, &filter.before);
        paid->entry_count += job->rc == OD_OK ? count : 0;
    } while (job->rc == OD_OK && filter.before != 0 && paid->entry_count < ENGINE_PAYMENTS_MAX);
}

static void on_paid(struct engine_job *job)
{
    struct engine_message_paid *paid = job->data;
    int rc = job->rc;

    for (size_t i = 0; i < paid->entry_count && rc == OD_OK; i++) {
        rc = engine_payment_read(&paid->entries[i], &paid->payments[paid->count]);
        paid->count += rc == OD_OK;
        if (rc == OD_EIO)
            rc = OD_OK; /* erased, or damaged: it counts nowhere */
    }
    engine_message_paid_cb on_read = paid->on_read;
    void *data = paid->data;
    if (rc != OD_OK)
        engine_message_paid_free(paid);
    on_read(job->engine, rc == OD_OK ? paid : NULL, rc, data);
}

int engine_message_paid_read(struct engine *engine, uint64_t application, engine_message_paid_cb on_read, void *data)
{
    struct engine_message_paid *paid = base_alloc(sizeof(*paid));
    int rc = OD_ENOMEM;

    if (paid != NULL) {
        paid->application = application;
        paid->on_read = on_read;
        paid->data = data;
        rc = engine_job_start(engine, &(struct engine_job){.run = read_paid, .on_done = on_paid, .data = paid});
    }
    if (rc != OD_OK)
        base_free(paid);
    return rc;
}

/* Each goes over to the account. */
static void count_paid(struct engine_account *account, struct engine_message_paid *paid)
{
    for (size_t i = 0; paid != NULL && i < paid->count; i++)
        if (engine_account_add(account, &paid->payments[i]) != OD_OK)
            engine_payment_fini(&paid->payments[i]);
    if (paid != NULL)
        paid->count = 0;
}

static bool is_due(const struct engine_account_line *line, bool is_on_approval)
{
    return line->is_charged && line->fee.is_computed && engine_line_open(line) > 0 && (line->fee.fee->charge == CATALOG_FEE_ON_APPROVAL) == is_on_approval;
}

static void put_names(struct base_buffer *names, const struct engine_account *account, bool is_on_approval, enum catalog_language language)
{
    for (size_t i = 0; i < account->count; i++)
        if (is_due(&account->lines[i], is_on_approval))
            base_buffer_put_format(names, "%s%s", names->size > 0 ? (language == CATALOG_EN ? ", " : "、") : "", account->lines[i].fee.fee->name.in[language]);
}

/* "80.00", or "80.00 CNY + 10.00 USD" where there are several currencies. */
static void put_amounts(struct base_buffer *text, const struct engine_account *account, bool is_on_approval)
{
    const char *currency = NULL;
    bool is_mixed = false;
    char money[CORE_MONEY_SIZE];

    for (size_t i = 0; i < account->count; i++) {
        const char *own = account->lines[i].fee.fee->currency;

        if (!is_due(&account->lines[i], is_on_approval))
            continue;
        is_mixed = is_mixed || (currency != NULL && strcmp(currency, own) != 0);
        currency = own;
    }
    for (size_t i = 0; i < account->count; i++) {
        core_money sum = 0;
        bool is_first = true;

        currency = account->lines[i].fee.fee->currency;
        for (size_t j = 0; j < account->count; j++) {
            bool is_of_it = is_due(&account->lines[j], is_on_approval) && strcmp(account->lines[j].fee.fee->currency, currency) == 0;

            is_first = is_first && (!is_of_it || j >= i);
            sum += is_of_it ? engine_line_open(&account->lines[j]) : 0;
        }
        if (!is_first || !is_due(&account->lines[i], is_on_approval))
            continue;
        core_money_format(sum, money);
        base_buffer_put_format(text, "%s%s%s%s", text->size > 0 ? " + " : "", money, is_mixed ? " " : "", is_mixed ? currency : "");
    }
}

static bool due_put(struct base_buffer *params, const struct engine_application *application, const struct base_json *about,
                    enum catalog_language language, struct engine_message_paid *paid)
{
    const char *charged = base_json_member_text(about, "charged");
    bool is_on_approval = charged != NULL && strcmp(charged, "approval") == 0, has_any = false;
    struct base_buffer names = {0}, amounts = {0};
    struct engine_account account;

    if (engine_account_open(application, &account) != OD_OK) {
        params->is_broken = true;
        return true;
    }
    count_paid(&account, paid);
    put_names(&names, &account, is_on_approval, language);
    put_amounts(&amounts, &account, is_on_approval);
    has_any = names.size > 0;
    base_json_open(params, NULL, '{');
    base_json_put_text(params, "fee", base_buffer_text(&names));
    base_json_put_text(params, "amount", base_buffer_text(&amounts));
    base_json_close(params, '}');
    params->is_broken = params->is_broken || names.is_broken || amounts.is_broken;
    engine_account_fini(&account);
    base_buffer_fini(&names);
    base_buffer_fini(&amounts);
    return has_any || params->is_broken;
}

bool engine_message_due_read(struct base_buffer *form, const struct engine_application *application, const struct base_json *about,
                             enum catalog_language language, struct engine_message_paid *paid, struct base_json **due)
{
    struct base_buffer params = {0};
    struct base_json_error error;
    bool is_due = application != NULL && due_put(&params, application, about, language, paid);

    if (is_due && (params.is_broken || base_json_parse(params.bytes, params.size, due, &error) != OD_OK))
        form->is_broken = true; /* tried again by the next walk */
    base_buffer_fini(&params);
    return is_due;
}

void engine_message_result_ready(struct engine *engine, uint64_t application, const char *number)
{
    int rc = engine_message_put(engine, &(struct engine_message){.kind = "result_ready", .application = application, .number = number}, NULL);

    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "%s: the applicant is not told that the result is ready: %s", number, base_error_text(rc));
}

/* -- Receipts -- */

/* What goes to the test's address, or to a system of the center's own, reaches no applicant. */
static bool is_for_the_applicant(const struct engine *engine, const struct engine_errand *errand)
{
    const char *channel = engine_message_channel(engine, errand);

    return catalog_notice_rules(engine->catalog)->test_to == NULL && channel != NULL &&
           catalog_channel_find(channel) != CATALOG_CHANNEL_WEBHOOK;
}

/* A receipt of what the applicant is asked for: his time may begin with it. What comes too late, or a second time, is in the
 * journal as the end of the message, and changes nothing. */
void engine_message_told(struct engine *engine, const struct engine_errand *errand, struct engine_application *application)
{
    struct core_event event = {.type = CORE_TOLD, .time = engine->now};
    struct base_buffer details = {0};
    char id[ENGINE_ERRAND_ID_SIZE];
    int64_t asked;

    if (application == NULL || !is_for_the_applicant(engine, errand) ||
        base_json_i64(base_json_member(engine_errand_member(errand, "about"), "asked"), 1, UINT8_MAX, &asked) != OD_OK)
        return;
    event.notice = (uint8_t)asked;
    engine_errand_id_format(errand->kind, errand->id, id);
    base_json_put_text(&details, "message", id);
    int rc = details.is_broken ? OD_ENOMEM : engine_apply(engine, application, &event, errand->connector, base_buffer_text(&details));
    if (rc != OD_OK && rc != OD_ENOTFOUND && rc != OD_EEXIST)
        base_log(BASE_LOG_WARNING, "%s: the receipt of %s starts no limit, the presumed day will: %s", errand->number, id, base_error_text(rc));
    base_buffer_fini(&details);
}

/* -- What is told no more -- */

static bool is_asked(const struct core_application *core)
{
    return core->status == CORE_STATUS_INCOMPLETE || (core->status == CORE_STATUS_IN_REVIEW && core->told != 0);
}

static const char *kind_of(const struct engine_errand *errand)
{
    const char *kind = base_json_member_text(engine_errand_member(errand, "about"), "kind");

    return kind != NULL ? kind : "";
}

static int64_t asked_of(const struct engine_errand *errand)
{
    int64_t asked = 0;

    return base_json_i64(base_json_member(engine_errand_member(errand, "about"), "asked"), 1, UINT8_MAX, &asked) == OD_OK ? asked : 0;
}

bool engine_message_is_due(const struct engine_errand *errand)
{
    return strcmp(kind_of(errand), "payment_due") == 0;
}

bool engine_message_is_moot(const struct engine_errand *errand, const struct engine_application *application)
{
    if (application == NULL)
        return false;
    const struct core_application *core = application->core;
    int64_t asked = asked_of(errand);
    bool is_over = core->status == CORE_STATUS_WITHDRAWN || core->status == CORE_STATUS_LAPSED || core->status == CORE_STATUS_NOT_ACCEPTED;

    if (asked > 0)
        return !is_asked(core) || asked != core->notices;
    return is_over && engine_message_is_due(errand);
}

static bool wants_asked(const struct engine_errand *errand, uint64_t notices)
{
    int64_t asked = asked_of(errand);

    return asked > 0 && asked <= (int64_t)notices;
}

/* What became due after the payment is not paid by it. */
static bool wants_due(const struct engine_errand *errand, uint64_t paid_ms)
{
    return errand->at_ms <= (int64_t)paid_ms && engine_message_is_due(errand);
}

void engine_messages_supersede(struct engine *engine, const struct engine_application *application, const struct core_event *event)
{
    const struct core_application *core = application->core;
    bool may_end = event->type == CORE_SUPPLEMENTED || event->type == CORE_WITHDRAWN || core->status == CORE_STATUS_LAPSED;

    if (may_end && core->notices > 0 && !is_asked(core))
        engine_errands_cancel(engine, &(struct engine_errand_sweep){.entry = ENGINE_ENTRY_MESSAGE, .application = application->id, .by = "hub",
                                                                    .wants = wants_asked, .argument = core->notices});
}

void engine_messages_paid(struct engine *engine, uint64_t application)
{
    engine_errands_cancel(engine, &(struct engine_errand_sweep){.entry = ENGINE_ENTRY_MESSAGE, .application = application, .by = "hub",
                                                                .wants = wants_due, .argument = (uint64_t)engine->now.ms});
}
