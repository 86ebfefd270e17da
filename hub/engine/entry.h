/* SPDX-License-Identifier: Apache-2.0 */
/* Registers beside the applications: inquiries, complaints, ratings, payments, messages, keys. One table in the store
 * holds them all (store_entry); each kind has a file here that knows what its body and states mean.
 *
 *   put -> batch, with a record that quotes the body by a salted hash only -> durable -> on_stored -> answer
 *   a wake that has come -> [pool: read_due] -> the kind's on_due, which puts the entry with another wake
 *
 * Personal data stands in the body alone, so that it can be erased and the journal still verifies. Loop thread. */
#ifndef ENGINE_ENTRY_H
#define ENGINE_ENTRY_H

#include "engine/internal.h"

/* The numbers are stored: only append. */
enum engine_entry_kind {
    ENGINE_ENTRY_NONE = 0,
    ENGINE_ENTRY_MATERIAL,   /* name: SHA-256 of the document, in hexadecimal */
    ENGINE_ENTRY_KEY,        /* name: the key's id */
    ENGINE_ENTRY_SESSION,    /* name: hash of the session's token */
    ENGINE_ENTRY_INQUIRY,
    ENGINE_ENTRY_COMPLAINT,
    ENGINE_ENTRY_EVALUATION,
    ENGINE_ENTRY_GRIEVANCE,
    ENGINE_ENTRY_PAYMENT,    /* name: the receipt's number */
    ENGINE_ENTRY_PARCEL,     /* name: the waybill's number */
    ENGINE_ENTRY_MESSAGE,    /* to an applicant, through a notifier */
    ENGINE_ENTRY_CHECKPOINT, /* a signed head of the journal's chain */
    ENGINE_ENTRY_REGISTER,   /* a decision in the public register; name: the application's number */
    ENGINE_ENTRY_SCAN,       /* of a document, by a scanner */
    ENGINE_ENTRY_REFERENCE,  /* name: "<connector>/<its number of an errand>" */
    ENGINE_ENTRY_DELIVERY,   /* how a result was handed over; name: the application's number */
    ENGINE_ENTRY_RESULT,     /* a result as a signed document; name: the application's number */
    ENGINE_ENTRY_BATCH,      /* the answer to acts on several tasks; name: SHA-256 of whose and which Idempotency-Key */
    ENGINE_ENTRY_ASSESSMENT, /* of a period that is over; name: "2026-11", or "2026" */
    ENGINE_ENTRY_TOLD,       /* a notice told in person; name: "<number>/<seq of the notice>" */
    ENGINE_ENTRY_CATALOG,    /* a catalogue came into force */
    ENGINE_ENTRY_CANDIDATE,  /* a catalogue that was sent in and waits; name: its version */
    ENGINE_ENTRY_REPEAT,     /* what a request with an Idempotency-Key made; name: keyed hash of whose and which */
    ENGINE_ENTRY_DELEGATION, /* announced; name: SHA-256 of which matter, to whom, what */
    ENGINE_ENTRY_KINDS,
};

/* "inquiry" ...; for the journal and for problems. */
const char *engine_entry_kind_name(uint8_t kind);

/* What the journal says of a change. */
struct engine_entry_event {
    const char *type;   /* "complaint_replied" ... */
    const char *by;     /* who: a key's id, "citizen", "clock", "hub" */
    const char *number; /* of the entry's application; NULL = it has none */
    const char *more;   /* members without personal data, printed ("a":1,"b":2); NULL = none */
};

/* The next id of a kind; it is taken, whether or not an entry of it is ever written. */
uint64_t engine_entry_id(struct engine *engine, uint8_t kind);

/* Put the entry into the batch being filled: new where revision is 0, removed where body is NULL, else changed from that
 * revision. It is copied; a salt is drawn for it. event NULL = nothing in the journal, for what is no business of it.
 * on_stored, which may be NULL, runs once it is durable, or was refused: OD_EEXIST its name is taken, OD_ENOTFOUND,
 * OD_ESTATE it was changed meanwhile, OD_EFULL. Errors (nothing put): OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_entry_put(struct engine *engine, const struct store_entry *entry, const struct engine_entry_event *event,
                                   engine_call_cb on_stored, void *data);
/* From now on, of one application at a time: was an entry of it put, or is one not durable yet? Who reads its entries in the pool and
 * acts on them asks on the loop, before it acts. Cost: O(writes under way). */
void engine_entry_watch(struct engine *engine, uint64_t application);
bool engine_entry_is_touched(const struct engine *engine);

/* What was read: rc OD_OK, OD_ENOTFOUND, OD_EIO, OD_ENOMEM; entry is there until the callback returns, NULL on error. */
typedef void (*engine_entry_cb)(struct engine *engine, const struct store_entry *entry, int rc, void *data);
/* By id, or by name where that is not NULL. Errors (no callback): OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_entry_get(struct engine *engine, uint8_t kind, uint64_t id, const char *name, engine_entry_cb on_entry,
                                   void *data);

struct engine_entry_page {
    struct store_entry_filter filter;
    size_t room;                  /* 1..BASE_PAGE_MAX */
    struct store_entry *entries;  /* count of them, in the job's arena */
    size_t count;
    uint64_t next;                /* the filter's `before` of the next page, 0 = no more */
};
typedef void (*engine_entry_page_cb)(struct engine *engine, const struct engine_entry_page *page, int rc, void *data);
/* As engine_entry_get; newest first. */
OD_MUST_CHECK int engine_entries_get(struct engine *engine, const struct store_entry_filter *filter, size_t room,
                                     engine_entry_page_cb on_page, void *data);

/* Who looks after a kind whose entries wake. It puts the entry anew, with a later wake or none; one that it leaves as it is
 * wakes again after a minute. entry is there until it returns. */
typedef void (*engine_entry_due_cb)(struct engine *engine, const struct store_entry *entry);
void engine_entry_on_due(struct engine *engine, uint8_t kind, engine_entry_due_cb on_due);

OD_MUST_CHECK int engine_entries_start(struct engine *engine);
void engine_entries_run(struct engine *engine);  /* at each tick */
bool engine_entries_are_quiet(const struct engine *engine); /* nothing is due */
void engine_entries_fini(struct engine *engine);

#endif
