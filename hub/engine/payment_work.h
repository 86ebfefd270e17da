/* SPDX-License-Identifier: Apache-2.0 */
/* One request on the payments of an application, between the files that serve it. Private to hub/engine/payment*.c. */
#ifndef ENGINE_PAYMENT_WORK_H
#define ENGINE_PAYMENT_WORK_H

#include "engine/payment.h"

struct engine_payment_work {
    struct base_list node; /* in engine->payments while it changes something */
    struct engine *engine;
    struct front_request *request;
    struct engine_account account;
    bool is_listed, is_running;
    struct engine_account_line *line; /* of a payment, as the four below */
    core_money amount;
    int64_t paid_ms;
    const char *receipt;
    bool is_over_said;       /* the money is more than is owed, and is here already */
    uint64_t refunded;       /* of a refund: the payment */
    uint64_t again;          /* the payment that the same request made, or refunded, before */
    struct base_buffer body; /* of the entry that is put */
    struct store_entry entry;
};

/* payment.c: the next one that waits for the same application has its turn. */
void engine_payment_work_end(struct engine_payment_work *work);
/* Answer, and end. */
void engine_payment_end_rc(struct engine_payment_work *work, int rc);
void engine_payment_end_refused(struct engine_payment_work *work, const char *pointer, const char *code, const char *zh, const char *en);
/* The payment, and its line as it is now; and end. more_headers: as front_answer's. */
void engine_payment_answer(struct engine_payment_work *work, uint64_t id, int status, const char *more_headers);
/* What was put in its entry, with what its Idempotency-Key stands for. Errors (nothing put): OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_payment_entry_put(struct engine_payment_work *work, const struct engine_entry_event *event, engine_call_cb on_stored);
/* In the pool: the payments of an application, newest first, into room for ENGINE_PAYMENTS_MAX. Errors: as store_read_entries. */
OD_MUST_CHECK int engine_payments_read(struct store_reader *reader, struct base_arena *arena, uint64_t application, struct store_entry *entries,
                                       size_t *count);
/* Count them on the account; one that cannot be read is logged and passed over. Errors: OD_ENOMEM, OD_ELIMIT. */
OD_MUST_CHECK int engine_account_count(struct engine_account *account, const struct store_entry *entries, size_t count);
/* Of the account; NULL = none. */
const struct engine_payment *engine_payment_find(const struct engine_account *account, uint64_t id);

/* Tell the applicant, in the batch being filled: "payment_received" or "payment_refunded", of a line and a sum. reason NULL = none.
 * What finds no room stands in the journal and on the applicant's page all the same. */
void engine_payment_tell(struct engine_payment_work *work, const char *kind, const struct engine_account_line *line, core_money amount,
                         const char *receipt, const char *reason);

/* payment_put.c: a payment's fields that need no standard; false when one was refused. */
bool engine_payment_read_request(struct engine_payment_work *work);
/* The line that is paid; NULL when it was refused. */
struct engine_account_line *engine_payment_line_take(struct engine *engine, struct engine_application *application, struct engine_payment_work *work);
/* Its payments are known. named: the payment that has the receipt already, 0 = none. */
void engine_payment_decide(struct engine_payment_work *work, uint64_t named);

/* payment_refund.c */
bool engine_refund_read_request(struct engine_payment_work *work);
void engine_refund_decide(struct engine_payment_work *work);

#endif
