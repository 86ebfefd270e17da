/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to applicants: errands of the notifiers.
 *
 *   event with a notice -> entry NEW, in the batch of the event
 *   on_new -> [the application's document] -> address, language, texts filled -> WAITING
 *   rank: the center's channels, of those that the applicant gave an address for; rest: quiet hours
 *   offer -> the text of the connector's channel; {{code}} is put in here alone, and kept nowhere
 *   receipt -> DONE, with its time; nobody could -> FAILED, and staff are told
 *
 * Without a notifier, loaded or waited for, there are none: what was told stands in the journal and on the applicant's
 * page all the same. Loop thread. */
#ifndef ENGINE_MESSAGE_H
#define ENGINE_MESSAGE_H

#include "catalog/notice.h"
#include "engine/errand.h"

#define ENGINE_MESSAGE_PARAMS_MAX (16 * 1024) /* bytes */
#define ENGINE_MESSAGE_RECEIPT_HOURS 72 /* a receipt that has not come by then does not come */
#define ENGINE_MESSAGE_ROOM 8 /* writes of a batch that are left free for the messages of one event */

/* What another part tells somebody. Texts are copied. */
struct engine_message {
    const char *kind;     /* catalog/notice.h */
    uint64_t application; /* 0 = none */
    const char *number;   /* of the application; NULL = none */
    const char *phone, *email; /* NULL = the applicant's */
    const char *language; /* "zh-CN", "en"; NULL = the applicant's, else zh-CN */
    const char *channel;  /* the only one, "email"; NULL = any that has an address */
    const char *connector; /* the only notifier; NULL = any */
    const char *charged;  /* payment_due: "acceptance", "approval": which fees; NULL = none */
    const char *params;   /* JSON object of texts: what the kind's own names stand for; NULL = none */
};
/* Into the batch being filled. *id, which may be NULL: 0 where there is no notifier. Errors (nothing put): OD_EINVAL no such
 * kind, or params are larger than ENGINE_MESSAGE_PARAMS_MAX; OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_message_put(struct engine *engine, const struct engine_message *message, uint64_t *id);

/* apply.c: is there room for the messages of one more event? */
bool engine_message_has_room(const struct engine *engine);
/* The notices among the effects become messages. details: of the event, members of one object, or NULL. */
void engine_messages_note(struct engine *engine, struct engine_application *application, const struct core_event *event,
                          const struct core_effects *effects, const char *details);

/* "sms" ...: the one that has it, or had it last; NULL = none yet. */
const char *engine_message_channel(const struct engine *engine, const struct engine_errand *errand);

/* message_due.c: what hangs on fees and on what was asked before. */
/* After an event: a fee is due; what waits to be told is told no more. */
int engine_message_fees_note(struct engine *engine, struct engine_application *application, const struct core_effects *effects);
void engine_messages_supersede(struct engine *engine, const struct engine_application *application, const struct core_event *event);
/* The result lies at the window: paid for at last, or come back. In the batch being filled; without room it is on the page alone. */
void engine_message_result_ready(struct engine *engine, uint64_t application, const char *number);
/* Every fee of the application is paid: what says that one is due need not go. With the batch being filled. */
void engine_messages_paid(struct engine *engine, uint64_t application);
/* Its receipt came: his time may begin with it. In the batch that holds that. */
void engine_message_told(struct engine *engine, const struct engine_errand *errand, struct engine_application *application);
bool engine_message_is_moot(const struct engine_errand *errand, const struct engine_application *application);
/* Does it say that a fee is due? */
bool engine_message_is_due(const struct engine_errand *errand);
/* What was paid for an application: read in the pool. on_read: once; rc other than OD_OK: there is nothing to free. */
struct engine_message_paid;
typedef void (*engine_message_paid_cb)(struct engine *engine, struct engine_message_paid *paid, int rc, void *data);
/* Errors (on_read does not run): OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_message_paid_read(struct engine *engine, uint64_t application, engine_message_paid_cb on_read, void *data);
void engine_message_paid_free(struct engine_message_paid *paid); /* accepts NULL */
/* What is open by now of the fees that the message is about, as params: {"fee", "amount"}; the caller destroys *due. False: nothing
 * is. application: with its document; NULL = none. paid: emptied; NULL = nothing was. Errors: form is broken. */
bool engine_message_due_read(struct base_buffer *form, const struct engine_application *application, const struct base_json *about,
                             enum catalog_language language, struct engine_message_paid *paid, struct base_json **due);

/* GET /v1/messages, GET /v1/messages/{id}, POST /v1/messages/{id}/retry */
void engine_message_perform(struct engine *engine, struct front_request *request);

/* Those of an application, as a notice's page shows them: {"id", "channel", "state", "attempts", "sent_at", "delivered_at"}.
 * kind, at_ms: of that notice alone; NULL = all, with "notice". */
void engine_put_messages(struct base_buffer *buffer, const char *key, const struct engine *engine, const struct store_entry *entries,
                         size_t count, const char *kind, int64_t at_ms);

/* message_text.c */
/* The built-in text; kind is one of catalog/notice.h. */
const char *engine_message_text(const char *kind, enum catalog_language language);
struct engine_message_filling {
    struct engine *engine;
    const struct catalog *catalog;      /* whose texts */
    const struct engine_application *application; /* with its document; NULL = none */
    const char *kind, *number;
    enum catalog_language language;
    const struct base_json *params;     /* NULL = none */
    int task;                           /* -1 = of the whole */
};
/* Put "sms", "subject" and "body" into the object that is open. {{code}} stays as it is. */
void engine_message_fill(struct base_buffer *buffer, const struct engine_message_filling *filling);

#endif
