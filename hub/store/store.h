/* SPDX-License-Identifier: Apache-2.0 */
/* The durable truth: one writer with group commit, readers beside it.
 *
 *   engine fills a batch -> store_commit_start -> [writer thread: one transaction]
 *   -> bell -> on_committed on the loop -> only then effects
 *
 * While one batch is being synced the engine fills the next one. The seam for
 * other stores is this header; hub/store/sqlite*.c is the only user of sqlite3.h.
 *
 * Loop thread: everything named store_*; except store_reader_* and store_read_*,
 * which may run on any thread, one reader per thread at a time. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include <onedoor/error.h>

#include "base/buffer.h"
#include "base/memory.h"

struct store;

#define STORE_KEY_MERGE_MAX 32768u

struct store_options {
    const char *folder;        /* data directory; created 0700 when absent */
    const char *vfs;           /* SQLite VFS name, NULL = default; tests crash and fill the disk through it */
    uint32_t cache_mib;        /* writer's page cache, MiB; 0 = 32 */
    uint32_t reader_count;     /* reader connections; 0 = 4 */
    uint32_t page_size;        /* bytes, of a new store; 0 = the measured default */
    uint32_t key_merge_count;  /* newest idempotency keys, and persons, held in memory; 0 = STORE_KEY_MERGE_MAX */
};

/* Open or create, migrate, lock the folder against a second hub. *text gets an English
 * sentence with the remedy on error (caller's 512 bytes).
 * Errors: OD_EBUSY another hub has it; OD_EIO; OD_EFULL disk full; OD_EUNSUPPORTED schema of a newer hub;
 * OD_ENOMEM. */
OD_MUST_CHECK int store_open(uv_loop_t *loop, const struct store_options *options, struct store **out,
                             char text[512]);

/* Waits for the batch in hand (its on_committed runs), then closes; on_closed, which may be NULL, runs
 * later from the loop. All readers are given back by then. */
typedef void (*store_closed_cb)(void *owner);
void store_close(struct store *store, store_closed_cb on_closed, void *owner);

/* A copy of the store in `folder` as it is at one moment, in to_folder (created 0700 when absent), while a hub
 * serves it or not. Until it is whole and synced it bears another name, so that a copy that was interrupted is no
 * store. on_copied, which may be NULL, runs after each stretch, in pages; what it returns but OD_OK ends the copy
 * and is returned. Any thread; blocks. *text as with store_open.
 * Errors (no store in to_folder): OD_ENOTFOUND no store in folder; OD_EEXIST one in to_folder already; OD_EBUSY a hub
 * or another copy has to_folder; OD_EUNSUPPORTED not a store, or of a newer hub; OD_EFULL; OD_EIO; OD_ENOMEM.
 * Cost: O(store); the log of a hub that serves it cannot start anew meanwhile, so it grows. */
typedef int (*store_copied_cb)(void *owner, uint64_t done, uint64_t total);
OD_MUST_CHECK int store_copy(const char *folder, const char *to_folder, store_copied_cb on_copied, void *owner,
                             char text[512]);

/* -- Writing -- */

enum store_write_kind {
    STORE_WRITE_NONE = 0,   /* nothing: passed over */
    STORE_WRITE_INTAKE,     /* a new application with its document, key and owed tasks */
    STORE_WRITE_TRANSITION, /* a new state of one application */
    STORE_WRITE_CHECKPOINT, /* a connector's checkpoint of one task */
    STORE_WRITE_SETTING,    /* one named value (connectors, secrets, epochs, catalogue snapshots) */
    STORE_WRITE_JOURNAL,    /* an event of the hub itself, no application */
    STORE_WRITE_KV,         /* a value that a connector keeps */
    STORE_WRITE_KV_DROP,    /* all that it keeps */
    STORE_WRITE_EVENT,      /* what a department called back about a task */
    STORE_WRITE_REFERENCE,  /* a department's own number of a task */
    STORE_WRITE_ENTRY,      /* an entry of a register: new, changed or removed */
    STORE_WRITE_PINS,       /* the pins of an application alone; OD_ENOTFOUND where there is none of that id */
};

/* What is owed to a department: one row per open task that a department or officer
 * must act on; the row goes when nothing is owed. This is the outbox. */
struct store_owed {
    bool is_removed;      /* false: insert or replace, true: delete */
    bool is_for_officer;  /* worklist or parked: listed to people, due first */
    uint8_t task;         /* index */
    uint16_t department;  /* the store's department number, see store_department */
    int32_t due_day;      /* promised day of the task; INT32_MAX = none */
    uint8_t parked;       /* why, a number of the caller; 0 = it is not parked */
    int64_t parked_at_ms; /* UTC */
    const char *claimant; /* id of the key that claimed it, borrowed until on_committed; NULL = nobody */
};

/* Something that members of staff must be told: a warning, an escalation, a late request. Kept for good. */
struct store_alert {
    uint32_t roles;      /* who should see it, one bit each */
    uint8_t kind;        /* numbers of the caller; 0 is none */
    uint8_t level;
    uint8_t task;        /* index */
    uint16_t department; /* the store's department number, 0 = none */
    int32_t due_day;     /* of the clock it is about; INT32_MAX = none */
    const char *body;    /* JSON text */
    uint32_t body_size;
};

/* What statistics add up, once for all; the row is the sum of its deltas, or the greatest of them. */
struct store_count {
    int32_t month;       /* yyyymm */
    uint32_t service;    /* the store's service number */
    uint16_t department; /* the store's department number; 0 = the application as a whole */
    uint32_t window;     /* the store's window number, 0 = none */
    uint8_t measure;     /* number of the caller */
    bool is_greatest;    /* the row keeps the greatest delta in place of their sum: always the same for a measure; not in reads */
    int64_t delta;       /* to be added; in reads the sum */
};

/* A place in the line of a matter that grants a limited number. Places stand in the order in which they were taken,
 * over all applications; one that was given up is gone. */
struct store_place {
    const char *line;  /* of which: a name of the caller; borrowed until on_committed */
    uint8_t task;
    int32_t day;       /* as of which it was accepted: the line's order, then that of the commits; fixed with the first write */
    bool is_granted;
    bool is_given_up;
};

/* A row of the statistics that is put right: it alone, not the sums that it is part of, which are rows of their own. A row
 * that comes to nothing goes. */
struct store_correction {
    struct store_count row; /* counted as any other, but that */
    bool is_set;            /* row.delta is what the row has from now on */
    bool is_sum;            /* row.month is a period: yyyymm, or yyyy00; service 0 = all of them */
};

/* From now until a day, that day included, applications of a person that ask for the same are refused. */
struct store_bar {
    struct store_bar *next;  /* of the same write, later; NULL = the last */
    uint8_t person_hash[32]; /* keyed hash of the person and of what for, one of bar_hashes of an INTAKE */
    int32_t until_day;
    uint8_t reason;          /* number of the caller */
    uint8_t task;            /* of the write's application, that gives rise to it */
    bool is_lifted;          /* every one of the hash that the write's application gave rise to goes */
    bool is_nameless;        /* to lift without the hashes: every one of the task, and those of before that know of none */
    uint8_t older_hash[32];  /* lifted as well: of the person alone, as bars of before have it */
};

#define STORE_ENTRY_KINDS 32    /* kinds are 1..STORE_ENTRY_KINDS - 1 */
#define STORE_ENTRY_NAME_MAX 255 /* bytes */
#define STORE_SALT_SIZE 16

/* An entry of a register beside the applications: an inquiry, a payment, a message ... */
struct store_entry {
    uint8_t kind;          /* number of the caller, 1..STORE_ENTRY_KINDS - 1 */
    uint8_t state;         /* number of the caller */
    uint16_t department;   /* the store's department number, 0 = of none */
    uint64_t id;           /* of its kind, from 1: store_entry_next */
    uint64_t application;  /* 0 = of none */
    uint64_t revision;     /* writing: that it is to be changed from, 0 = it is new; reading: what it has */
    int64_t wake_minute;   /* minutes since 1970 in UTC; INT64_MAX = never */
    int64_t at_ms;         /* when it was made; kept from then on */
    const char *name;      /* unique within its kind; NULL = none; kept from the first write on */
    const uint8_t *salt;   /* STORE_SALT_SIZE bytes */
    const char *body;      /* JSON text; NULL when writing: it is removed */
    uint32_t body_size;
};

/* Entries that stand for something outside the store, such as a document's content, and the applications that need it. One is
 * `loose` while no application pins it and `kept` from its first pin on; it is `freed` when the last one is released, in the same
 * transaction, and from then on nobody can pin it. One that has a wake by then is held for somebody: it is loose again.
 * Each new pin is a new revision of the entry. */
struct store_pins {
    uint8_t kind;                /* of the entries */
    uint8_t loose, kept, freed;  /* their states, numbers of the caller */
    bool releases;               /* the application releases all that it has of the kind, before it pins these */
    uint32_t count;
    const char *const *names;    /* of those that are pinned; one that is not there, or freed, is passed over */
    const struct store_pins *next; /* NULL = no more */
};

/* Of the earlier applications with the same person_hash, so many of the newest are looked at for a duplicate. */
#define STORE_PERSON_SCAN_MAX 64

struct store_write {
    enum store_write_kind kind;
    uint64_t application;       /* id; 0 with SETTING and JOURNAL */
    /* INTAKE and TRANSITION */
    uint32_t service;           /* the store's service number, see store_service; INTAKE, and with takes_sequence */
    uint8_t status;             /* enum core_status */
    bool is_overdue;            /* any clock */
    int32_t due_day;            /* joint promised day, INT32_MAX = none */
    int64_t wake_minute;        /* minutes since 1970 in UTC; INT64_MAX = never */
    const void *state;          /* packed state and texts; state_size bytes; borrowed until on_committed */
    uint32_t state_size;
    const struct store_owed *owed;
    uint32_t owed_count;
    const struct store_place *places; /* taken, granted, given up; borrowed until on_committed */
    uint32_t place_count;
    bool erases_document;       /* TRANSITION: body and salt of its document go for good, the hash stays */
    bool takes_sequence;        /* it is accepted now: the next number of its service, 1, 2, 3 ... without gaps,
                                 * in the order of the writes */
    /* INTAKE */
    const void *document;       /* applicant, form, materials as received; borrowed */
    uint32_t document_size;
    uint8_t document_hash[32];  /* salted SHA-256, as the journal quotes it */
    uint8_t document_salt[16];
    bool has_key;
    uint8_t key_hash[32];       /* of the Idempotency-Key */
    uint8_t body_hash[32];      /* canonical hash of the body */
    bool has_bar_check;         /* asked after the key: who repeats a submission gets the answer of then */
    uint8_t bar_hash[32];       /* keyed hash of the person alone */
    const uint8_t *bar_hashes;  /* of the person and what is asked for, 32 bytes each; borrowed until on_committed */
    uint32_t bar_count;         /* of those */
    int32_t bar_day;            /* a bar until this day or later refuses the intake */
    bool has_person;
    uint8_t person_hash[32];    /* keyed hash of person and service: the newest earlier application that is still
                                 * open is a possible duplicate; kept for those to come */
    /* Journal record of this write: JSON text; empty = none. */
    const char *record;
    uint32_t record_size;
    int64_t at_ms;              /* UTC of the events in the record */
    /* CHECKPOINT */
    uint8_t task;
    const void *checkpoint;     /* size 0 deletes */
    uint32_t checkpoint_size;
    /* SETTING */
    const char *name;           /* e.g. "connector/fire" */
    const void *value;          /* size 0 and NULL deletes */
    uint32_t value_size;
    /* KV, name: the connector, value: NULL deletes. KV_DROP, name alone */
    const void *key;
    uint32_t key_size;
    uint64_t quota;             /* bytes of all its keys and values; a write that grows them past it is refused */
    /* EVENT of task, which is owed to department: name is the department's id of it, value its body, at_ms when it
     * came. REFERENCE of such a task: name is its number there. Both go when nothing is owed for the task any more. */
    uint16_t department;        /* the store's department number */
    /* Any kind: what comes with this write, and is not there when the write is refused. */
    const struct store_alert *alerts; /* of the application, at at_ms; borrowed until on_committed */
    uint32_t alert_count;
    const struct store_count *counts; /* borrowed until on_committed */
    uint32_t count_count;
    const struct store_correction *corrections; /* borrowed until on_committed */
    uint32_t correction_count;
    struct store_bar *bar;            /* the first; NULL = none; borrowed until on_committed */
    const struct store_pins *pins;    /* of the application; NULL = none; borrowed until on_committed */
    /* ENTRY: entry and what it points to are borrowed until on_committed; application is the entry's, so that a record
     * stands in the history of that. */
    const struct store_entry *entry;
    uint32_t only_after;        /* 1 + the index of an earlier write of the batch, without which this one is not written
                                 * (OD_ECANCELLED); 0 = by itself */
    /* Results, valid in on_committed. */
    int rc;                     /* OD_OK; OD_EEXIST: INTAKE met its key; OD_ENOTFOUND: TRANSITION, or CHECKPOINT
                                 * with a record, of an unknown application; OD_EDENIED: INTAKE met a bar;
                                 * nothing of it was written then. OD_EFULL: as the batch. OD_ELIMIT: KV past its
                                 * quota, or one EVENT more than STORE_EVENTS_MAX; OD_EEXIST: the task has an EVENT
                                 * of that id; OD_ENOTFOUND: nothing is owed to the department for the task.
                                 * ENTRY: OD_EEXIST its name is taken; OD_ENOTFOUND there is none of that id, or no such
                                 * application; OD_ESTATE it was changed meanwhile; nothing of it was written then */
    uint64_t existing;          /* OD_EEXIST: the application that has the key, or the entry that has the name */
    bool is_same_body;          /* OD_EEXIST: its body hash is the same */
    int32_t barred_until;       /* OD_EDENIED: the last day of the longest bar, and its reason */
    uint8_t bar_reason;
    uint64_t duplicate;         /* OD_OK: the open application of the same person_hash, 0 = none; only a warning */
    uint64_t journal_seq;       /* of this write's record */
    uint64_t alert_seq;         /* of the first of its alerts; the others follow on */
    uint32_t event_seq;         /* of the EVENT, from 1 for each task */
    uint64_t sequence;          /* that it took, 0 = none */
};

#define STORE_BATCH_WRITES_MAX 4096
#define STORE_EVENTS_MAX 64 /* of one task */

/* A batch belongs to the engine while it is filled and to the store from
 * store_commit_start until on_committed. */
struct store_batch {
    struct store_write writes[STORE_BATCH_WRITES_MAX];
    uint32_t count;
    struct base_arena arena;    /* memory for what the writes borrow; the owner frees it */
    void *owner;
    int rc;                     /* of the whole: OD_OK; OD_EFULL disk full, nothing of it was written */
};

/* A batch, zeroed, or NULL. */
struct store_batch *store_batch_create(void);
void store_batch_destroy(struct store_batch *batch);

/* Runs once, on the loop. An I/O or fsync error never gets here: after it what is on
 * disk is unknown, so the process stops (abort with a log line), and the idempotency
 * keys settle it after the restart. */
typedef void (*store_committed_cb)(struct store_batch *batch);

/* One transaction, synced. One batch at a time: OD_EBUSY while another is in hand
 * (the callback will not run); OD_ESTATE after store_close. */
OD_MUST_CHECK int store_commit_start(struct store *store, struct store_batch *batch,
                                     store_committed_cb on_committed);
bool store_is_committing(const struct store *store);

/* Small numbers for catalogue ids, the same for ever in this store: rows hold numbers,
 * people see ids. Known ones answer at once; a new one is written with the next batch,
 * before the batch's own rows. Errors: OD_ENOMEM, OD_ELIMIT. */
OD_MUST_CHECK int store_department(struct store *store, const char *id, uint16_t *number);
OD_MUST_CHECK int store_service(struct store *store, const char *id, uint32_t *number);
/* Windows are named by people and not by the catalogue, so they are bounded: OD_ELIMIT past the last. */
#define STORE_WINDOWS_MAX 4096
OD_MUST_CHECK int store_window(struct store *store, const char *name, uint32_t *number);
/* NULL when unknown; borrowed for the store's life. */
const char *store_department_name(struct store *store, uint16_t number);
const char *store_service_name(struct store *store, uint32_t number);
const char *store_window_name(struct store *store, uint32_t number);

/* Known at open: the next application id to give, the last journal seq, its hash. */
uint64_t store_application_next(const struct store *store);
uint64_t store_journal_last(const struct store *store);
/* The next id of a kind of entries, past all that ever were, removed ones too: the caller counts on from there, and writes each id once. Known at open. */
uint64_t store_entry_next(const struct store *store, uint8_t kind);

struct store_figures {
    uint64_t commits, writes, journal_seq;
    uint64_t commit_us_sum, commit_us_max; /* of the writer, since open */
    uint64_t wal_bytes, disk_free_bytes;
};
void store_figures(const struct store *store, struct store_figures *figures);

/* -- Reading: committed state only -- */

struct store_reader; /* one connection; borrowed from the pool */
/* Blocks until one is free; from pool threads, or from the loop at start-up. */
struct store_reader *store_reader_take(struct store *store);
void store_reader_give(struct store *store, struct store_reader *reader);

/* A reader of its own, of the store in folder, whether a hub serves it meanwhile or not. Any thread, one at a time; no
 * store is needed, store_read_key apart. *text as with store_open. Errors: OD_ENOTFOUND no store in folder; OD_EUNSUPPORTED
 * not a store, or of another version; OD_EIO; OD_ENOMEM. */
OD_MUST_CHECK int store_reader_open(const char *folder, struct store_reader **out, char text[512]);
void store_reader_close(struct store_reader *reader); /* accepts NULL */

/* All reads until the release see the store of one moment; the log of a hub that serves it grows meanwhile. Errors: OD_EIO. */
OD_MUST_CHECK int store_reader_hold(struct store_reader *reader);
void store_reader_release(struct store_reader *reader);

struct store_row {
    uint64_t application;
    uint32_t service;
    uint8_t status;
    bool is_overdue;
    int32_t due_day;
    uint64_t sequence; /* of acceptance within the service, 0 = not accepted */
    const void *state; /* in the arena that was given */
    uint32_t state_size;
};

/* How far the store reaches: ids and seqs go up from 1, ids with gaps, so both bound the work of a walk. O(1). */
struct store_extent {
    uint64_t application_last, journal_last; /* 0 = none */
};
OD_MUST_CHECK int store_read_extent(struct store_reader *reader, struct store_extent *extent);

/* Errors of all reads: OD_ENOTFOUND, OD_ENOMEM, OD_EIO. Results are copied into arena. */
OD_MUST_CHECK int store_read_application(struct store_reader *reader, uint64_t application,
                                         struct base_arena *arena, struct store_row *row);
OD_MUST_CHECK int store_read_document(struct store_reader *reader, uint64_t application,
                                      struct base_arena *arena, const char **document, size_t *size);
OD_MUST_CHECK int store_read_checkpoint(struct store_reader *reader, uint64_t application, uint8_t task,
                                        struct base_arena *arena, const void **bytes, size_t *size);
OD_MUST_CHECK int store_read_setting(struct store_reader *reader, const char *name,
                                     struct base_arena *arena, const void **value, size_t *size);
OD_MUST_CHECK int store_read_key(struct store_reader *reader, const uint8_t key_hash[32],
                                 uint64_t *application, uint8_t body_hash[32]);

/* Earlier applications with the person_hash, newest first, at most room: of STORE_PERSON_SCAN_MAX rows that were looked at. */
OD_MUST_CHECK int store_read_persons(struct store_reader *reader, const uint8_t person_hash[32], uint64_t *applications,
                                     size_t room, size_t *count);

/* The longest bar of the hash that holds on the day: its last day and reason. Errors: OD_ENOTFOUND no bar. */
OD_MUST_CHECK int store_read_bar(struct store_reader *reader, const uint8_t hash[32], int32_t day, int32_t *until_day, uint8_t *reason);

/* Settings whose name starts with prefix, ascending; value is borrowed for the call. What on_setting
 * returns but OD_OK ends the walk and is returned. */
typedef int (*store_setting_cb)(void *owner, const char *name, const void *value, size_t size);
OD_MUST_CHECK int store_read_settings(struct store_reader *reader, const char *prefix,
                                      store_setting_cb on_setting, void *owner);

struct store_filter {
    uint8_t status;        /* 0 = any */
    int64_t service;       /* -1 = any */
    int32_t department;    /* -1 = any; only applications with something owed to it */
    int32_t due_before;    /* INT32_MAX = any: due_day < due_before */
    int8_t overdue;        /* -1 any, 0 no, 1 yes */
    uint64_t before;       /* keyset: ids below this, newest first; UINT64_MAX = from the newest */
    uint32_t limit;        /* rows wanted, 1..BASE_PAGE_MAX */
};

/* Rows newest first. Looks at a bounded number of rows (STORE_SCAN_MAX): fewer than limit may come
 * back while *next (the `before` of the next page, 0 = no more) is not 0. */
#define STORE_SCAN_MAX 20000
OD_MUST_CHECK int store_read_list(struct store_reader *reader, const struct store_filter *filter,
                                  struct base_arena *arena, struct store_row *rows, size_t *count,
                                  uint64_t *next);

struct store_owed_key { /* keyset of owed rows */
    int32_t due_day;
    uint64_t application;
    uint8_t task;
    bool is_for_officer; /* in results only: the row is on the worklist */
    bool is_claimed;     /* in results of store_read_worklist and store_read_claims only */
};

/* Owed to a department or to its officers, ascending by (application, task), strictly after *after,
 * NULL = from the first; for offers and resumes. */
OD_MUST_CHECK int store_read_owed(struct store_reader *reader, uint16_t department,
                                  const struct store_owed_key *after, struct store_owed_key *keys,
                                  size_t room, size_t *count);
/* The officers' worklist, due first, strictly after *after, NULL = from the first; department -1 = all. */
OD_MUST_CHECK int store_read_worklist(struct store_reader *reader, int32_t department,
                                      const struct store_owed_key *after, struct store_owed_key *keys,
                                      size_t room, size_t *count);
/* Applications with wake_minute <= until (minutes since 1970 in UTC; 0 = a store of an earlier version was
 * brought up to this one, and the application must be woken once to get its minute), ascending by
 * (wake_minute, id), strictly after the pair. */
OD_MUST_CHECK int store_read_due(struct store_reader *reader, int64_t until, int64_t after_minute,
                                 uint64_t after_application, uint64_t *applications, int64_t *minutes,
                                 size_t room, size_t *count);
/* Earliest wake_minute, INT64_MAX when none. */
OD_MUST_CHECK int store_read_wake(struct store_reader *reader, int64_t *minute);

/* Ids of all applications, or of those that are open (CORE_STATUS_INCOMPLETE, _IN_REVIEW, _RECEIVED), ascending,
 * strictly after `after`, at most room. */
OD_MUST_CHECK int store_read_ids(struct store_reader *reader, uint64_t after, uint64_t *applications, size_t room,
                                 size_t *count);
OD_MUST_CHECK int store_read_open(struct store_reader *reader, uint64_t after, uint64_t *applications, size_t room,
                                  size_t *count);

struct store_alert_filter {
    uint32_t roles;       /* alerts of any of these bits; 0 = of all */
    int32_t department;   /* -1 = any, 0 = of none */
    uint64_t application; /* 0 = any */
    uint8_t kind;         /* 0 = any */
    uint64_t before;      /* keyset: seqs below this; UINT64_MAX = from the newest */
};

struct store_alert_row {
    uint64_t seq, application;
    int64_t at_ms;
    struct store_alert alert; /* body in the arena, with a NUL behind it */
};

/* Alerts newest first, at most room (not 0). Looks at a bounded number of rows, as store_read_list does: fewer
 * than room may come back while *next (the `before` of the next page, 0 = no more) is not 0. */
OD_MUST_CHECK int store_read_alerts(struct store_reader *reader, const struct store_alert_filter *filter,
                                    struct base_arena *arena, struct store_alert_row *rows, size_t room,
                                    size_t *count, uint64_t *next);

/* Sums of the months from..to (yyyymm, both included), ascending by month, service, department, window and measure.
 * What on_count returns but OD_OK ends the walk and is returned. Cost: O(sums of those months). */
typedef int (*store_count_cb)(void *owner, const struct store_count *count);
OD_MUST_CHECK int store_read_counts(struct store_reader *reader, int32_t month_from, int32_t month_to,
                                    store_count_cb on_count, void *owner);
/* All of them, and then what they are added up to (month: the period, see struct store_correction), as of one moment: *seq is
 * the last journal record whose writes they have counted, 0 = none. */
OD_MUST_CHECK int store_read_counts_all(struct store_reader *reader, uint64_t *seq, store_count_cb on_count, store_count_cb on_sum,
                                        void *owner);

/* What a connector keeps under a key. */
OD_MUST_CHECK int store_read_kv(struct store_reader *reader, const char *connector, const void *key, size_t key_size,
                                struct base_arena *arena, const void **value, size_t *size);
/* Keys in byte order that begin with prefix and come after `after` ("" = from the first), at most room. */
OD_MUST_CHECK int store_read_kv_keys(struct store_reader *reader, const char *connector, const char *prefix, const char *after,
                                     struct base_arena *arena, const char **keys, size_t room, size_t *count);

struct store_event {
    uint32_t seq; /* of the task, ascending */
    int64_t at_ms;
    const char *id, *body; /* in the arena */
    size_t size;           /* of body */
};
/* Is there any event at all? */
OD_MUST_CHECK int store_read_has_events(struct store_reader *reader, bool *has_events);
/* Events of a task with seq > after, at most room. */
OD_MUST_CHECK int store_read_events(struct store_reader *reader, uint64_t application, uint8_t task, uint32_t after,
                                    struct base_arena *arena, struct store_event *events, size_t room, size_t *count);
/* Open tasks that the department calls by this number, newest first, at most room. */
OD_MUST_CHECK int store_read_reference(struct store_reader *reader, uint16_t department, const char *reference, uint64_t *handles,
                                       size_t room, size_t *count);

OD_MUST_CHECK int store_read_entry(struct store_reader *reader, uint8_t kind, uint64_t id, struct base_arena *arena,
                                   struct store_entry *entry);
OD_MUST_CHECK int store_read_entry_named(struct store_reader *reader, uint8_t kind, const char *name, struct base_arena *arena,
                                         struct store_entry *entry);

struct store_entry_filter {
    uint8_t kind;         /* 0 = any; then application is given */
    int16_t state;        /* -1 = any */
    int32_t department;   /* -1 = any, 0 = of none */
    uint64_t application; /* 0 = any */
    uint64_t before;      /* keyset: ids below this; UINT64_MAX = from the newest. Of any kind: of each */
};

/* Entries newest first (all of an application: by kind, then oldest first), at most room (not 0). Looks at a bounded number of
 * rows, as store_read_list does: fewer than room may come back while *next (the `before` of the next page, 0 = no more) is
 * not 0. Of any kind there is one page only. */
OD_MUST_CHECK int store_read_entries(struct store_reader *reader, const struct store_entry_filter *filter, struct base_arena *arena,
                                     struct store_entry *entries, size_t room, size_t *count, uint64_t *next);
/* Those of a kind in one state with id > after, oldest first, at most room. */
OD_MUST_CHECK int store_read_entries_up(struct store_reader *reader, uint8_t kind, uint8_t state, uint64_t after, struct base_arena *arena,
                                        struct store_entry *entries, size_t room, size_t *count);
/* Entries of a kind up to *id were made before at_ms, 0 = none was; times ascend with ids but for moments. Cost: O(log entries). */
OD_MUST_CHECK int store_read_entry_before(struct store_reader *reader, uint8_t kind, int64_t at_ms, uint64_t *id);
/* Those with wake_minute <= until, ascending by (wake_minute, kind, id), at most room. */
OD_MUST_CHECK int store_read_entries_due(struct store_reader *reader, int64_t until, struct base_arena *arena,
                                         struct store_entry *entries, size_t room, size_t *count);
/* Earliest wake_minute of all entries, INT64_MAX when none. */
OD_MUST_CHECK int store_read_entry_wake(struct store_reader *reader, int64_t *minute);

/* Who pins an entry: applications with a number > after, ascending, at most room. */
OD_MUST_CHECK int store_read_pins(struct store_reader *reader, uint8_t kind, uint64_t entry, uint64_t after, uint64_t *applications,
                                  size_t room, size_t *count);

struct store_record {
    uint64_t seq;
    uint64_t application; /* 0 = of the hub itself */
    uint64_t previous;    /* seq of the record before it of the same application, 0 = none */
    int64_t at_ms;
    const char *record;   /* JSON */
    size_t size;
    uint8_t hash[32];     /* SHA-256(previous hash || seq, application, at_ms as little-endian u64 || record) */
};

/* One application's records in order, those with seq > after. */
OD_MUST_CHECK int store_read_history(struct store_reader *reader, uint64_t application, uint64_t after,
                                     struct base_arena *arena, struct store_record **records, size_t *count);
/* The journal itself, seq > after, at most room records. */
OD_MUST_CHECK int store_read_journal(struct store_reader *reader, uint64_t after, struct base_arena *arena,
                                     struct store_record *records, size_t room, size_t *count);

/* The hashes of the records with seq > after, 32 bytes each, at most room of them. */
OD_MUST_CHECK int store_read_hashes(struct store_reader *reader, uint64_t after, uint8_t *hashes, size_t room, size_t *count);

/* How many entries there are, of every kind. Cost: O(entries), in the narrowest index. */
OD_MUST_CHECK int store_count_entries(struct store_reader *reader, uint64_t *count);

/* Where the history of an application ends. */
struct store_head {
    uint64_t application, last_seq; /* 0 = it has no record */
    uint8_t status;
};
/* Of applications with a number > after, ascending, at most room. */
OD_MUST_CHECK int store_read_heads(struct store_reader *reader, uint64_t after, struct store_head *heads, size_t room, size_t *count);

/* The last record of before at_ms, 0 = none; times ascend with the records but for moments. Cost: O(log journal). */
OD_MUST_CHECK int store_read_seq_before(struct store_reader *reader, int64_t at_ms, uint64_t *seq);
/* Applications with after < number <= until that have ended, whose last record is last_seq or an earlier one, and whose
 * document is not erased yet; ascending, at most room. */
OD_MUST_CHECK int store_read_erasable(struct store_reader *reader, uint64_t after, uint64_t until, uint64_t last_seq, uint64_t *applications,
                                      size_t room, size_t *count);
/* Applications with after < number <= until whose document is erased; ascending, at most room. */
OD_MUST_CHECK int store_read_erased(struct store_reader *reader, uint64_t after, uint64_t until, uint64_t *applications, size_t room, size_t *count);
/* Entries of a kind with an id > after, of no application, that nothing is to wake, made before at_ms: ascending, at most room. Looks
 * at STORE_SCAN_MAX rows at most; *next: go on after this id, 0 = there are no more. */
OD_MUST_CHECK int store_read_entries_before(struct store_reader *reader, uint8_t kind, uint64_t after, int64_t at_ms, struct base_arena *arena,
                                            struct store_entry *entries, size_t room, size_t *count, uint64_t *next);

/* A document with what the journal quotes it by. */
struct store_document {
    uint8_t hash[32];    /* SHA-256(salt | body) */
    const uint8_t *salt; /* STORE_SALT_SIZE bytes; NULL = it was erased */
    const char *body;
    size_t size;
};
OD_MUST_CHECK int store_read_document_whole(struct store_reader *reader, uint64_t application, struct base_arena *arena,
                                            struct store_document *document);

/* Recompute the whole chain; *bad_seq is the first broken record, 0 = sound. Cost: O(journal). */
OD_MUST_CHECK int store_verify(struct store_reader *reader, uint64_t *bad_seq);

#endif
