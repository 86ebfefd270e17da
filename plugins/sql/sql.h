/* SPDX-License-Identifier: Apache-2.0 */
/* A department whose desk is a table: a row of its inbox for each task, a row of its outbox for
 * each answer.
 *
 *   offer -> (round: insert) -> accept -> (round: look) -> row -> told -> durable -> (round: mark)
 *                                                                -> opinion: the end
 *   withdrawn -> (round: withdraw) -> cancelled
 *   question answered -> (round: answer)
 *
 * Everything that the database is asked goes by rounds, of which one is under way at most: what waits is
 * gathered, done on a work thread in its order, and settled on the plugin's thread. A round that finds the
 * database gone leaves the rest undone. */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include <onedoor/ext/secret.h>
#include <onedoor/ext/timer.h>

#include "database.h"

#define SQL_DEEDS_MAX 64        /* of one round: what waits longer goes with the next */
#define SQL_KEYS_MAX 1000       /* tasks that one look asks for */
#define SQL_CELL_MAX (64 * 1024) /* bytes of a cell that are read */
#define SQL_SECRET "password"
#define FAILURES_DEGRADED 3

enum deed {
    DEED_NONE = 0,
    DEED_INSERT,
    DEED_WITHDRAW,
    DEED_ANSWER, /* the applicant's, to a question */
    DEED_MARK,   /* a row of the outbox was taken */
};

struct task {
    struct task *next, **place; /* of sql->tasks */
    od_task handle;
    char *key;                          /* owned: constant, and the reference of the department, too */
    char *values[COLUMNS_MAX];          /* owned: of the row, until it stands in the inbox */
    char *answer;                       /* owned: of the applicant, not yet written */
    char *row;                          /* owned: id of the outbox row that the hub is being told */
    bool is_registered;                 /* the row stands in the inbox, as far as is known */
    bool may_exist;                     /* an earlier attempt may have written it */
    bool is_asked;                      /* a round has it in hand */
    bool is_cancelling, is_over;        /* over: the end was told; it waits for the hub's word */
    uint64_t looked;                    /* number of the look that asked for it last */
};

/* Something the database is to do for a task, which may be gone when it is done. */
struct work {
    enum deed deed;
    od_task task;
    char *key;                          /* owned: of the task; of a mark: the id of the row */
    char *values[COLUMNS_MAX];          /* owned */
    size_t value_count;
    struct sql_outcome outcome;
    bool is_done;                       /* it was tried at all */
};

struct row {
    char *cells[SQL_CELLS]; /* owned */
};

struct round {
    struct sql *sql;
    char *password;                     /* owned, wiped */
    const char *place;
    struct work work[SQL_DEEDS_MAX];
    size_t work_count;
    char **keys;                        /* owned: whose answers are looked for */
    size_t key_count;
    struct row rows[SQL_ROWS_MAX];
    size_t row_count;
    struct sql_outcome look;            /* of the connection, or of the look */
    bool is_looked;                     /* it came so far */
    bool is_more;                       /* other tasks have not been looked for yet */
};

/* A mark that waits for its round. */
struct mark {
    struct mark *next;
    char *row, *note; /* owned; note NULL = taken */
};

struct sql {
    const struct od_host *host;
    const struct od_timer *timers;
    const struct od_secret *secrets;
    struct settings settings;
    const struct sql_kind_of *kind;
    struct sql_database *database;      /* of the round under way, else of nobody; NULL = not connected */
    struct task *tasks;
    struct mark *marks, **marks_end;
    bool is_round, is_look_due;         /* a round is under way; the time for a look has come */
    uint64_t timer;                     /* 0 = none */
    uint64_t looks;
    uint32_t failures;                  /* rounds in a row that the database failed */
    char failure[SQL_DETAIL_SIZE];
};

/* task.c */
struct task *task_create(struct sql *sql, const struct od_offer *offer); /* NULL = no memory left */
struct task *task_find(const struct sql *sql, od_task handle);           /* NULL = there is none */
void task_free(struct task *task);
void task_forget(struct sql *sql, struct task *task); /* the host forgets it, too */
/* Reports that end the task; it is freed. */
void task_fail(struct sql *sql, struct task *task, enum od_effect effect, int64_t retry_after_ms, const char *code, const char *detail);
void task_cancelled(struct sql *sql, struct task *task, enum od_effect effect);
/* Rows of the outbox, on the plugin's thread. */
void task_take_row(struct sql *sql, const struct row *row);
/* The hub's word on what a row said: its row is marked, and a task that is over is freed. */
void task_told(struct sql *sql, struct task *task, const struct od_answer *answer);
int mark_add(struct sql *sql, const char *row, const char *note); /* Errors: OD_ENOMEM */

/* round.c */
/* Begin a round if something waits and none is under way. */
void round_begin(struct sql *sql);
void sql_wait(struct sql *sql); /* until the next look */

#endif
