/* SPDX-License-Identifier: Apache-2.0 */
/* How a result reaches the applicant: at the window, as a signed document, or by courier. The delivery clock of the
 * application runs from the decision until it has (Licensing Law art. 44).
 *
 *   window      handed over: DECIDED -> CLOSED at once
 *   electronic  the signed document is there for whoever has number and code: CLOSED at once (result.h)
 *   courier     on its way, by a courier's connector or with a waybill that staff wrote; CLOSED once it arrived; one that comes
 *               back is told to staff, and delivered another way
 *
 * What people wrote (who took it, where it goes) stands in the register of deliveries alone. docs/delivery.md. */
#ifndef ENGINE_PARCEL_H
#define ENGINE_PARCEL_H

#include "engine/entry.h"

#define ENGINE_DELIVERY_TEXT_MAX 255    /* bytes of a name, a telephone number, a carrier */
#define ENGINE_DELIVERY_ADDRESS_MAX 1024 /* bytes */
#define ENGINE_WAYBILL_MAX 64           /* bytes */
#define ENGINE_PARCELS_SHOWN_MAX 32     /* of one application */

/* States of an entry of the register of deliveries; the numbers are stored: only append. */
enum engine_delivery_state { ENGINE_DELIVERY_NONE = 0, ENGINE_DELIVERY_OUT, ENGINE_DELIVERY_DONE, ENGINE_DELIVERY_RETURNED };

/* One request about the delivery of an application: what is on record before it. */
struct engine_delivery_work {
    struct front_request *request;
    uint64_t application;
    char number[BASE_NUMBER_SIZE];
    uint64_t id, revision; /* of the entry; 0 = there is none */
    int64_t at_ms;
    uint8_t state;
    bool is_unpaid;        /* a fee is owed and not paid */
    struct base_json *before; /* owned: its body; NULL = none */
};

/* Put the entry with body, and the event type for the journal. Errors: as engine_entry_put. */
OD_MUST_CHECK int engine_delivery_put(struct engine *engine, const struct engine_delivery_work *work, enum engine_delivery_state state,
                                      const char *type, struct base_buffer *body);
/* parcel_put.c: POST /v1/applications/{number}/delivery, one function a way. The application is DECIDED, its document
 * parsed; OD_OK: put, or answered already when *is_answered. */
OD_MUST_CHECK int engine_deliver(struct engine *engine, struct engine_application *application, const struct engine_delivery_work *work,
                                 bool *is_answered);

/* parcel_errand.c: tell the applicant, in the batch being filled: "parcel_sent" or "parcel_delivered". */
void engine_parcel_tell(struct engine *engine, const char *kind, uint64_t application, const char *number, const char *carrier, const char *waybill);
/* Is a courier's connector there, or waited for? */
bool engine_parcel_has_courier(const struct engine *engine);
/* Give the parcel to it, in the batch that holds the delivery's entry: work->id, put from work->revision. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_parcel_send(struct engine *engine, const struct engine_delivery_work *work);

/* The result is handed over another way: those that nobody has taken yet need not go. With the batch being filled. */
void engine_parcels_cancel(struct engine *engine, uint64_t application);

/* "parcels": those that a courier's connector has, or had. */
void engine_put_parcels(struct base_buffer *buffer, const char *key, const struct store_entry *entries, size_t count);

/* What is on record about the delivery of one application. */
struct engine_delivery_facts {
    char number[BASE_NUMBER_SIZE];        /* set before it is read */
    struct store_entry delivery, result;  /* id 0 = there is none */
    struct store_entry parcels[ENGINE_PARCELS_SHOWN_MAX]; /* newest first */
    size_t parcel_count;
};
/* In the pool: into the job's arena. Errors: as store_read_entries; none that there is none. */
OD_MUST_CHECK int engine_delivery_read(struct engine_job *job, struct store_reader *reader, struct engine_delivery_facts *facts);
/* What the applicant may know of it: way, state, when, and by which waybill; null while nothing was handed over or sent. */
void engine_delivery_put_told(struct base_buffer *buffer, const char *key, const struct engine_delivery_facts *facts,
                              const struct core_application *core);

/* GET /v1/applications/{number}/delivery */
void engine_delivery_show(struct engine *engine, struct front_request *request);

#endif
