/* SPDX-License-Identifier: Apache-2.0 */
/* Private to hub/store: the parts of the SQLite store and what they share. */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "base/bell.h"
#include "base/chain.h"
#include "store/backup.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_key.h"
#include "store/store.h"

#define STORE_TEXT_MAX 512 /* of the sentence that store_open gives */

/* -- sqlite_migrate.c -- */

/* Bring the file to the newest schema, each step in one transaction.
 * Errors: OD_EUNSUPPORTED newer, or not ours; OD_EFULL; OD_EIO; text says what to do. */
OD_MUST_CHECK int store_schema_migrate(struct store_connection *connection, char text[STORE_TEXT_MAX]);

/* That the file is a store, of this version or an earlier one. Errors: OD_EUNSUPPORTED, OD_EIO; with text. */
OD_MUST_CHECK int store_schema_check(struct store_connection *connection, int64_t *version, char text[STORE_TEXT_MAX]);

/* -- sqlite_names.c: dictionaries, loop thread -- */

enum store_name_kind { STORE_NAME_NONE = 0, STORE_NAME_DEPARTMENT = 1, STORE_NAME_SERVICE = 2, STORE_NAME_WINDOW = 3 };
#define STORE_NAME_KINDS 4

/* Immutable once made, so that the writer may read it while the loop goes on. */
struct store_name {
    struct store_name *next; /* of those not yet written */
    uint32_t number;
    uint8_t kind;
    char id[];
};

struct store_names {
    struct store_name **items; /* [number - 1]; owned */
    uint32_t count, room;
    uint32_t *slots;           /* open addressing: number, 0 = free; slot_count is a power of two */
    uint32_t slot_count;
};

void store_names_fini(struct store_names *names);

/* NULL when unknown. */
struct store_name *store_names_find(const struct store_names *names, const char *id);

/* The next number, or at open the number that a row holds. Errors: OD_ENOMEM, OD_ELIMIT (names unchanged). */
OD_MUST_CHECK int store_names_add(struct store_names *names, enum store_name_kind kind, const char *id,
                                  struct store_name **name);

/* -- sqlite_person.c; these return SQLite codes -- */

/* Sets write->rc = OD_EDENIED and which bar it is, when there is one. */
int store_bar_check(struct store_connection *connection, struct store_write *write);
int store_places_write(struct store_connection *connection, const struct store_write *write);
int store_bars_write(struct store_connection *connection, const struct store_write *write);

/* Record the person of an intake, and say in write->duplicate what else is open. */
int store_person_add(struct store_keys *persons, struct store_connection *connection, struct store_write *write);

/* -- sqlite_alert.c -- */

/* The alerts of a write that is applied, after *last, which moves along. Returns an SQLite code. */
int store_alerts_write(struct store_connection *connection, uint64_t *last, struct store_write *write);

/* -- sqlite_sequence.c -- */

#define STORE_SEQUENCES 256 /* services whose last number is held in memory; a power of two */

struct store_sequence {
    uint32_t service; /* 0 = free */
    bool is_changed;  /* since the last write of the row */
    uint64_t last;    /* given */
};

struct store_sequences {
    struct store_sequence slots[STORE_SEQUENCES]; /* by service number, one after the other as they are given */
};

/* The service's own; who takes a number adds one to last and sets is_changed. Valid until the next call.
 * Returns an SQLite code. */
int store_sequence_find(struct store_sequences *sequences, struct store_connection *connection, uint32_t service,
                        struct store_sequence **sequence);
/* Before the commit: writes what has changed. Returns an SQLite code. */
int store_sequences_write(struct store_sequences *sequences, struct store_connection *connection);

/* -- sqlite_count.c -- */

#define STORE_COUNTS_MERGED 4096 /* sums of one transaction; more are written in several goes */

/* The counts of a transaction for one table, added up, so that each row is touched once. */
struct store_tally {
    struct store_count items[STORE_COUNTS_MERGED];
    uint32_t count;
    uint16_t slots[2 * STORE_COUNTS_MERGED]; /* index + 1, 0 = free; open addressing */
};

struct store_counts {
    struct store_tally counts; /* as they came: by month and service */
    struct store_tally sums;   /* month has the period: of whole years, and of all services */
};

void store_counts_clear(struct store_counts *counts);
/* Add those of a write that is applied; before the commit write the sums. Return an SQLite code. */
int store_counts_add(struct store_counts *counts, struct store_connection *connection, const struct store_write *write);
int store_counts_write(struct store_counts *counts, struct store_connection *connection);
/* Those of a write that is applied. Returns an SQLite code. */
int store_corrections_write(struct store_connection *connection, const struct store_write *write);

/* -- sqlite_kv.c, sqlite_entry.c, sqlite_event.c; these return SQLite codes, what a write met is in write->rc -- */

struct store_heads;
int store_kv_write(struct store_connection *connection, struct store_write *write);
int store_kv_drop(struct store_connection *connection, const struct store_write *write);
int store_event_write(struct store_connection *connection, struct store_heads *heads, struct store_write *write);
int store_reference_write(struct store_connection *connection, struct store_heads *heads, struct store_write *write);
int store_events_drop(struct store_connection *connection, const struct store_heads *heads, uint64_t application, uint8_t task);
/* Whether the entry is written at all; then its row. */
int store_pins_check(struct store_connection *connection, struct store_write *write);
int store_pins_write(struct store_connection *connection, const struct store_write *write);
int store_entry_check(struct store_connection *connection, struct store_write *write);
int store_entry_write(struct store_connection *connection, const struct store_write *write);
/* At open: the next id of each kind. */
int store_entries_load(sqlite3 *db, uint64_t next[STORE_ENTRY_KINDS]);
int store_events_look(struct store_connection *connection, struct store_heads *heads); /* at open */

/* -- sqlite_write.c: the rows of one batch, writer thread -- */

/* What the rows of a transaction change besides the file: kept back when it fails. */
struct store_heads {
    struct base_chain chain;
    uint64_t alert_last; /* seq, 0 = none */
    struct store_keys keys, persons;
    struct store_sequences sequences;
    struct store_counts counts; /* of the transaction in progress */
    bool has_events;            /* there may be events or references; stays true when their transaction fails */
};

/* Writes names and batch in one transaction and moves heads along. Returns an SQLite code;
 * when it is not SQLITE_OK nothing is written and heads are as before. */
int store_rows_commit(struct store_connection *connection, struct store_heads *heads,
                      const struct store_name *names, struct store_batch *batch);

/* -- sqlite_writer.c -- */

/* The writer and the checkpointer, and what passes between them and the loop. */
struct store_writer {
    struct store_connection connection; /* the writer's, from start to stop */
    struct store_connection checkpointer;
    struct store_heads heads;           /* changed by the writer */
    pthread_t thread, checkpoint_thread;
    bool is_started, is_checkpoint_started;
    pthread_mutex_t lock; /* guards the fields from here to room for figures */
    pthread_cond_t has_job, has_pages;
    struct store_batch *job;
    const struct store_name *names;
    struct store_batch *done;
    bool is_stopping, is_checkpoint_wanted;
    uint64_t commit_us;      /* of the batch that is done */
    uint64_t journal_seq;    /* after it */
    uint64_t wal_bytes;
    pthread_mutex_t checkpointing; /* held by whoever copies pages home */
    uint32_t wal_pages;      /* writer thread only, as the next two */
    uint64_t wal_forced_bytes; /* so long a log the writer ends itself */
    uint32_t page_size;
    struct base_bell *bell;  /* rung when a batch is done */
};

/* Threads run from start to stop. Errors: OD_ENOMEM no thread. */
OD_MUST_CHECK int store_writer_start(struct store_writer *writer);
void store_writer_stop(struct store_writer *writer);
void store_writer_give(struct store_writer *writer, struct store_batch *batch, const struct store_name *names);

/* -- sqlite_open.c -- */

struct store_reader {
    struct store_connection connection;
    struct store_keys *keys, *persons; /* the writer's; looked at under their lock */
    bool is_taken;
};

struct store {
    struct base_bell bell;
    struct store_writer writer;
    char *folder;
    int lock_fd;
    /* Loop thread. */
    struct store_batch *batch; /* in hand */
    struct store_name *batch_names;
    store_committed_cb on_committed;
    struct store_names names[STORE_NAME_KINDS];
    struct store_name *pending; /* names that no commit holds yet */
    uint64_t application_next, journal_last;
    uint64_t entry_next[STORE_ENTRY_KINDS]; /* as at open */
    struct store_figures figures;
    bool is_closing;
    store_closed_cb on_closed;
    void *owner;
    /* Any thread. */
    pthread_mutex_t reader_lock;
    pthread_cond_t reader_free;
    struct store_reader *readers;
    uint32_t reader_count;
};

/* A sentence about a data folder for people: what is the matter, and the remedy. Returns rc. */
int store_folder_complain(const char *folder, char text[STORE_TEXT_MAX], int rc, const char *sentence);

/* Stops the threads and closes the files; on_closed follows from the loop. */
void store_close_now(struct store *store);

/* -- sqlite_load.c -- */

/* Chain, keys, names and next numbers, from the writer's connection, whose statements it prepares.
 * Errors: OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int store_heads_load(struct store *store);

/* -- sqlite_commit.c -- */

/* The writer has done a batch. */
void store_on_ring(struct base_bell *bell);

#endif
