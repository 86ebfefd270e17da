/* SPDX-License-Identifier: Apache-2.0 */
/* What an application owes by the published standards of its pinned catalogue, and what was paid. A payment is an entry
 * of a register; its name is the receipt's number, which therefore stands once in the whole center.
 *
 *   request -> application, document, form as it is now -> lines of the standard
 *     -> [its turn: one change at a time for each application] -> [pool: its payments] -> account
 *     -> shown, or checked against the standard and put -> durable -> answer
 *
 * What the standard does not know is refused and told to supervision; what was paid too much or too little is kept and
 * shown. Source: Licensing Law art. 58, 59; docs/fees.md. Private to hub/engine/payment*.c but for the routes. */
#ifndef ENGINE_PAYMENT_H
#define ENGINE_PAYMENT_H

#include "catalog/fee.h"
#include "engine/entry.h"

#define ENGINE_PAYMENTS_MAX 200        /* of one application */
#define ENGINE_REFUNDS_MAX 32          /* of one payment */
#define ENGINE_RECEIPT_MAX 64          /* bytes of a receipt's number */
#define ENGINE_REFUND_REASON_MAX 1024  /* bytes */
#define ENGINE_REPORT_DAYS_MAX 366     /* of one reconciliation */
#define ENGINE_REPORT_ROWS_MAX 50000   /* payments in one reconciliation */

/* States of a payment; the numbers are stored: only append. */
enum engine_payment_state { ENGINE_PAYMENT_NONE = 0, ENGINE_PAYMENT_PAID, ENGINE_PAYMENT_REFUNDED_IN_PART, ENGINE_PAYMENT_REFUNDED };

/* One payment as read. Texts are borrowed from tree. */
struct engine_payment {
    uint64_t id, application, revision;
    int64_t at_ms;
    uint8_t state;
    const char *receipt, *matter, *fee, *currency;
    core_money amount, refunded;
    struct base_json *tree; /* owned: the body */
};

/* Errors (nothing to free): OD_EIO it is none, OD_ENOMEM. */
OD_MUST_CHECK int engine_payment_read(const struct store_entry *entry, struct engine_payment *payment);
void engine_payment_fini(struct engine_payment *payment);
/* As an object: id, receipt, matter, fee, amount, currency, method, paid_at, recorded_at, by, refunded, refunds, version. */
void engine_payment_put(struct base_buffer *buffer, const char *key, const struct engine_payment *payment, bool hides_staff);

/* One line of the standard with what was paid on it. */
struct engine_account_line {
    struct catalog_fee_line fee;
    bool is_charged; /* owed by now: accepted, or approved, as the fee says */
    bool may_come;   /* not charged, and may still be */
    core_money paid, refunded;
};

/* What one application owes and paid. */
struct engine_account {
    struct catalog *catalog; /* a reference */
    const struct catalog_service *service;
    uint64_t application;
    char number[BASE_NUMBER_SIZE];
    uint8_t language; /* enum catalog_language: the applicant's */
    bool hides_staff; /* shown to the applicant: who recorded what is left out */
    struct engine_account_line *lines; /* owned; count items */
    size_t count;
    struct engine_payment payments[ENGINE_PAYMENTS_MAX];
    size_t payment_count;
};

/* The lines, with nothing paid. The application's document is in memory and parsed. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_account_open(const struct engine_application *application, struct engine_account *account);
/* What is charged by now: the application may have been decided since the account was opened. */
void engine_account_charge(struct engine_account *account, const struct core_application *core);
/* Count a payment: on its line, or as one that no line knows. Takes it over. Errors: OD_ELIMIT (it stays the caller's). */
OD_MUST_CHECK int engine_account_add(struct engine_account *account, const struct engine_payment *payment);
void engine_account_fini(struct engine_account *account); /* accepts one that is all zero */
/* The line of a fee; matter NULL = whichever matter has it. *is_ambiguous: several have. */
struct engine_account_line *engine_account_find(struct engine_account *account, const char *matter, const char *fee, bool *is_ambiguous);
core_money engine_line_owed(const struct engine_account_line *line); /* by the standard, now */
core_money engine_line_open(const struct engine_account_line *line); /* still to be paid: never below 0 */
core_money engine_line_over(const struct engine_account_line *line); /* paid too much: never below 0 */
const char *engine_line_state(const struct engine_account_line *line); /* "open", "paid", ... */
void engine_account_put_line(struct base_buffer *buffer, const char *key, const struct engine_account *account,
                             const struct engine_account_line *line);
void engine_account_put(struct base_buffer *buffer, const struct engine_account *account);

/* Is something owed, by an application that is decided and whose document is in memory, and not paid? Reads its payments in
 * the pool; on_owed is called once, at once where no standard concerns it. rc: OD_ENOMEM, OD_EBUSY, OD_EIO: nothing is known. */
typedef void (*engine_owed_cb)(struct engine *engine, bool is_owed, int rc, void *data);
void engine_owed_get(struct engine *engine, const struct engine_application *application, engine_owed_cb on_owed, void *data);

/* The routes: fees of an application, payments, refunds (payment.c); reconciliation (payment_report.c). */
void engine_payment_perform(struct engine *engine, struct front_request *request);
void engine_payment_report(struct engine *engine, struct front_request *request);

#endif
