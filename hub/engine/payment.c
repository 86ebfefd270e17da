/* SPDX-License-Identifier: Apache-2.0 */
/* Fees of an application shown, payments and refunds in their turn. See payment.h for the way of a request. */
#include "engine/message.h"
#include "engine/payment_work.h"
#include "engine/repeat.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void work_read(struct engine_payment_work *work);

/* The next one that waits for the same application. */
void engine_payment_work_end(struct engine_payment_work *work)
{
    struct engine *engine = work->engine;
    uint64_t application = work->account.application;
    struct engine_payment_work *next = NULL;

    if (work->is_listed)
        base_list_remove(&work->node);
    for (struct base_list *node = engine->payments.next; work->is_listed && node != &engine->payments && next == NULL; node = node->next) {
        struct engine_payment_work *waiting = BASE_LIST_ENTRY(node, struct engine_payment_work, node);

        next = waiting->account.application == application && !waiting->is_running ? waiting : NULL;
    }
    base_buffer_fini(&work->body);
    engine_account_fini(&work->account);
    base_free(work);
    if (next != NULL)
        work_read(next);
}

void engine_payment_end_rc(struct engine_payment_work *work, int rc)
{
    engine_answer_rc(work->request, rc);
    engine_payment_work_end(work);
}

void engine_payment_end_refused(struct engine_payment_work *work, const char *pointer, const char *code, const char *zh, const char *en)
{
    engine_refuse(work->request, pointer, code, zh, en);
    engine_payment_work_end(work);
}

/* -- The answer -- */

const struct engine_payment *engine_payment_find(const struct engine_account *account, uint64_t id)
{
    for (size_t i = 0; i < account->payment_count; i++)
        if (account->payments[i].id == id)
            return &account->payments[i];
    return NULL;
}

/* The payment, and its line as it is now. */
void engine_payment_answer(struct engine_payment_work *work, uint64_t id, int status, const char *more_headers)
{
    const struct engine_payment *payment = engine_payment_find(&work->account, id);
    struct base_buffer body = {0};
    char headers[256];
    bool is_ambiguous;

    assert(payment != NULL);
    const struct engine_account_line *line = engine_account_find(&work->account, payment->matter, payment->fee, &is_ambiguous);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "number", work->account.number);
    engine_payment_put(&body, "payment", payment, false);
    if (line != NULL)
        engine_account_put_line(&body, "line", &work->account, line);
    base_json_close(&body, '}');
    snprintf(headers, sizeof(headers), "ETag: \"%llu\"\r\n%s", (unsigned long long)payment->revision, more_headers);
    front_answer(work->request, status, "application/json", headers, &body);
    engine_payment_work_end(work);
}

int engine_payment_entry_put(struct engine_payment_work *work, const struct engine_entry_event *event, engine_call_cb on_stored)
{
    struct engine_batch_mark mark = engine_batch_mark(work->engine);
    int rc = engine_entry_put(work->engine, &work->entry, event, on_stored, work);

    if (rc == OD_OK)
        rc = engine_repeat_keep(work->engine, work->request, work->entry.id, mark.writes);
    if (rc != OD_OK)
        engine_batch_back(work->engine, mark);
    return rc;
}

void engine_payment_tell(struct engine_payment_work *work, const char *kind, const struct engine_account_line *line, core_money amount,
                         const char *receipt, const char *reason)
{
    struct base_buffer params = {0};

    base_json_open(&params, NULL, '{');
    base_json_put_text(&params, "fee", line != NULL ? line->fee.fee->name.in[work->account.language] : "");
    catalog_put_money(&params, "amount", amount);
    base_json_put_text(&params, "receipt", receipt != NULL ? receipt : "");
    if (reason != NULL)
        base_json_put_text(&params, "reason", reason);
    base_json_close(&params, '}');
    int rc = params.is_broken ? OD_ENOMEM
                              : engine_message_put(work->engine,
                                                   &(struct engine_message){.kind = kind, .application = work->account.application, .number = work->account.number,
                                                                            .params = base_buffer_text(&params)}, NULL);
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "%s: the applicant is not told of a payment: %s", work->account.number, base_error_text(rc));
    base_buffer_fini(&params);
}

/* -- Its payments -- */

struct reading {
    struct engine_payment_work *work;
    struct store_entry entries[ENGINE_PAYMENTS_MAX]; /* what they point to is in the job's arena */
    size_t count;
    struct store_entry named; /* has the receipt of the request; id 0 = none has */
};

int engine_payments_read(struct store_reader *reader, struct base_arena *arena, uint64_t application, struct store_entry *entries, size_t *count)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_PAYMENT, .state = -1, .department = -1, .application = application, .before = UINT64_MAX};
    size_t some = 0;
    int rc;

    *count = 0;
    do {
        rc = store_read_entries(reader, &filter, arena, entries + *count, ENGINE_PAYMENTS_MAX - *count, &some, &filter.before);
        *count += rc == OD_OK ? some : 0;
    } while (rc == OD_OK && filter.before != 0 && *count < ENGINE_PAYMENTS_MAX);
    return rc;
}

static void read_payments(struct engine_job *job, struct store_reader *reader)
{
    struct reading *reading = job->data;

    job->rc = engine_payments_read(reader, &job->arena, reading->work->account.application, reading->entries, &reading->count);
    if (job->rc != OD_OK || reading->work->receipt == NULL)
        return;
    job->rc = store_read_entry_named(reader, ENGINE_ENTRY_PAYMENT, reading->work->receipt, &job->arena, &reading->named);
    if (job->rc == OD_ENOTFOUND)
        job->rc = OD_OK;
}

/* As it is now. */
static void answer_again(struct engine_payment_work *work)
{
    if (engine_payment_find(&work->account, work->again) != NULL)
        engine_payment_answer(work, work->again, work->request->route == FRONT_PAYMENT_ADD ? 201 : 200, ENGINE_REPEAT_HEADER);
    else
        engine_payment_end_rc(work, OD_ENOTFOUND);
}

static void answer_account(struct engine_payment_work *work)
{
    struct base_buffer body = {0};

    engine_account_put(&body, &work->account);
    front_answer(work->request, 200, "application/json", NULL, &body);
    engine_payment_work_end(work);
}

int engine_account_count(struct engine_account *account, const struct store_entry *entries, size_t count)
{
    int rc = OD_OK;

    for (size_t i = count; i > 0 && rc == OD_OK; i--) {
        struct engine_payment payment;

        rc = engine_payment_read(&entries[i - 1], &payment);
        if (rc == OD_OK && (rc = engine_account_add(account, &payment)) != OD_OK)
            engine_payment_fini(&payment);
        if (rc == OD_EIO) {
            base_log(BASE_LOG_WARNING, "payment %llu cannot be read", (unsigned long long)entries[i - 1].id);
            rc = OD_OK;
        }
    }
    return rc;
}

static void on_payments(struct engine_job *job)
{
    struct reading *reading = job->data;
    struct engine_payment_work *work = reading->work;
    uint64_t named = reading->named.id;
    int rc = job->rc;

    if (rc == OD_OK)
        rc = engine_account_count(&work->account, reading->entries, reading->count);
    base_free(reading);
    if (rc != OD_OK)
        engine_payment_end_rc(work, rc);
    else if (work->again != 0)
        answer_again(work);
    else if (work->line != NULL)
        engine_payment_decide(work, named);
    else if (work->refunded != 0)
        engine_refund_decide(work);
    else
        answer_account(work);
}

static void work_read(struct engine_payment_work *work)
{
    struct reading *reading = base_alloc(sizeof(*reading));
    int rc = OD_ENOMEM;

    work->is_running = true;
    if (reading != NULL) {
        reading->work = work;
        rc = engine_job_start(work->engine, &(struct engine_job){.run = read_payments, .on_done = on_payments, .data = reading});
    }
    if (rc != OD_OK) {
        base_free(reading);
        engine_payment_end_rc(work, rc);
    }
}

/* One that changes something waits until those before it on the same application are durable. */
static void work_queue(struct engine_payment_work *work)
{
    struct engine *engine = work->engine;
    bool is_free = true;

    if (engine->payments.next == NULL)
        base_list_init(&engine->payments);
    for (struct base_list *node = engine->payments.next; node != &engine->payments; node = node->next)
        is_free = is_free && BASE_LIST_ENTRY(node, struct engine_payment_work, node)->account.application != work->account.application;
    base_list_append(&engine->payments, &work->node);
    work->is_listed = true;
    if (is_free)
        work_read(work);
}

/* -- The request -- */

static void on_document(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct front_request *request = data;
    struct engine_payment_work *work = rc == OD_OK ? base_alloc(sizeof(*work)) : NULL;

    if (work == NULL) {
        engine_answer_rc(request, rc != OD_OK ? rc : OD_ENOMEM);
        return;
    }
    work->engine = engine;
    work->request = request;
    rc = engine_account_open(application, &work->account);
    if (rc != OD_OK) {
        engine_payment_end_rc(work, rc);
        return;
    }
    work->again = engine_repeat_made(request);
    bool is_fine = true, is_shown = work->again != 0 || request->route == FRONT_APPLICATION_FEES || request->route == FRONT_TRACK_FEES;
    work->account.hides_staff = request->route == FRONT_TRACK_FEES;
    if (work->again != 0) {
        is_fine = true; /* it was, then */
    } else if (request->route == FRONT_PAYMENT_ADD) {
        is_fine = engine_payment_read_request(work) && (work->line = engine_payment_line_take(engine, application, work)) != NULL;
    } else if (request->route == FRONT_PAYMENT_REFUND) {
        is_fine = engine_refund_read_request(work);
    }
    if (!is_fine)
        engine_payment_work_end(work); /* answered, or about to be */
    else if (is_shown)
        work_read(work);
    else
        work_queue(work);
}

void engine_payment_perform(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;

    if (request->route == FRONT_TRACK_FEES && !engine_track_open(engine, request, &id))
        return; /* answered */
    else if (request->route != FRONT_TRACK_FEES && base_number_parse(request->params[0], &id, &day) != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    else
        engine_document_get(engine, id, on_document, request);
}
