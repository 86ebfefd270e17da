/* SPDX-License-Identifier: Apache-2.0 */
/* Fees, payments and the delivery of a result, as parts of the pages that show an application. Private to
 * hub/front/pages*.c. */
#ifndef FRONT_PAGES_FEE_H
#define FRONT_PAGES_FEE_H

#include "front/pages_act.h"

/* Ask for what staff sees: "fees" and "handover". */
void front_fee_ask(struct front_visit *visit);
/* Is something owed by these fees, and not paid? fees: may be NULL. */
bool front_fee_is_open(const struct base_json *fees);
/* Members of the view: what the reader may do about them. */
void front_fee_put_rights(struct front_visit *visit, const struct base_json *application);
/* Bodies of a payment, of a refund and of a delivery. */
void front_fee_put_refund(struct base_buffer *body, struct front_visit *visit, const struct base_json *service);
void front_fee_put_payment(struct base_buffer *body, struct front_visit *visit, const struct base_json *service);
void front_fee_put_delivery(struct base_buffer *body, struct front_visit *visit, const struct base_json *service);

/* Ask for what the applicant sees, by number and look-up code: "fees" and "result". */
void front_fee_ask_tracked(struct front_visit *visit, const char *number, const char *code);
/* Members of the view: is something still to be paid, and does the result wait at the window? */
void front_fee_put_citizen(struct front_visit *visit, const struct base_json *application);

/* /applications/{number}/result, /track/{number}/result: the signed document, to be printed. */
void front_page_result(struct front_visit *visit);
void front_page_track_result(struct front_visit *visit); /* pages_public.c, which keeps the number that was tracked */
/* Its second step: the answer to "document", or the form to track by. */
void front_fee_show_result(struct front_visit *visit);

/* /payments: the books of some days; the same as a file. */
void front_page_payments(struct front_visit *visit);
void front_page_payments_file(struct front_visit *visit);

#endif
