/* SPDX-License-Identifier: Apache-2.0 */
/* A department that works by files: batches of tasks go out, files of answers come in, each
 * with a sequence number and control totals. docs/connectors/spool.md has the format.
 *
 *   offer -> waits for the batch -> [number durable] -> pass: sent/, out/ -> accept
 *   pass: in/ -> parsed whole -> [number known?] -> checked whole -> told row by row -> durable -> [number kept]
 *        -> pass: done/ | refused/ with a report
 *
 * A pass is all the work on files at one time, on a work thread; one is under way at most. The list of files
 * changes only between passes. */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <stdio.h>

#include <onedoor/ext/kv.h>
#include <onedoor/ext/timer.h>

#include "settings.h"

#define SPOOL_FILE_MAX (16 * 1024 * 1024) /* bytes of an incoming file, before and after decoding */
#define SPOOL_BATCH_MAX (8 * SPOOL_FILE_MAX) /* bytes of a batch, in either encoding */
#define SPOOL_ROWS_MAX 20000              /* of an incoming file */
#define SPOOL_FILES_MAX 32                /* incoming files in hand; more wait in their folder */
#define SPOOL_NAME_MAX 200                /* bytes of a file's name */
#define SPOOL_WHY_SIZE 400
#define SPOOL_SENT_MAX 100                /* batches without an acknowledgement */
#define SPOOL_REPORT_MAX (1024 * 1024)
#define SPOOL_LOOKS_MAX 1000              /* names of in/ that one pass looks at: those behind them wait */
#define SPOOL_BUCKETS 4096                /* of tasks, by key */
#define SPOOL_NUMBERS_MAX 4096            /* of incoming files that are remembered each by itself */
#define SPOOL_NUMBERS_OVER 64             /* so many more before the lowest are forgotten, all at once */
#define SPOOL_KEY_SIZE 48                 /* of a key of od.kv/1, with NUL */

enum row_state {
    ROW_NEW = 0,  /* not told yet: its task is not here, or has an answer under way */
    ROW_TOLD,     /* the hub has not said yet that it is durable */
    ROW_TAKEN,
    ROW_REFUSED,  /* by the hub; note says why */
};

struct row {
    struct file *file;
    const char *cells[SPOOL_CELLS]; /* within the file's text; NULL = empty */
    unsigned line;
    enum row_state state;
    char *note; /* owned, or NULL */
};

/* One line of a file of acknowledgements. */
struct acknowledgement {
    int64_t sequence, rows, sum;
    bool is_wanted_again;
};

enum file_state {
    FILE_NONE = 0,
    FILE_PARTIAL,  /* its trailer has not come, or it cannot be read (why) */
    FILE_READ,     /* whole and sound; is its number known? */
    FILE_ASKED,    /* the hub is being asked */
    FILE_OPEN,     /* its rows are being told */
    FILE_KEPT,     /* its number is being kept */
    FILE_DONE,     /* to be moved */
    FILE_REFUSED,  /* to be moved, with a report */
};

/* Which file it is, and as of when. */
struct file_stamp {
    uint64_t device, inode;
    int64_t changed_ns, size;
};

struct file {
    struct file *next;
    char name[SPOOL_NAME_MAX + 1];
    enum file_state state;
    char *text;        /* owned: decoded, cut into cells */
    struct row *rows;  /* owned */
    size_t row_count, row_room, told_count; /* told: of ROW_TOLD */
    struct acknowledgement *acks; /* owned */
    size_t ack_count;
    bool is_acks, is_stale;
    int64_t sequence, size;
    uint64_t hash;     /* of the bytes as they came */
    struct file_stamp stamp; /* tells it from another of its name */
    int64_t seen_ms;
    bool is_reported;  /* its report, where it has one, is written: of the work thread */
    bool is_away;      /* it was moved: of the pass under way */
    char why[SPOOL_WHY_SIZE]; /* of FILE_REFUSED and FILE_PARTIAL; a remark of FILE_DONE */
};

/* What of a task the batch holds that is being written. */
enum part {
    PART_NONE = 0,
    PART_ROW,
    PART_WITHDRAWAL,
    PART_ANSWER,
};

struct task {
    struct task *next, **place; /* of spool->tasks */
    struct task *beside, **slot; /* of its bucket */
    od_task handle;
    char *key;                  /* owned: constant, and the department's reference */
    char *values[COLUMNS_MAX];  /* owned, until the batch is out */
    char *answer;               /* owned: of the applicant; goes out with the next batch */
    struct row *row;            /* that the hub is being told */
    enum part part;
    bool is_written, may_exist, is_cancelling, is_over;
};

/* A batch that was written and is not acknowledged. */
struct sent {
    int64_t sequence, rows, sum, at_ms;
    bool is_due;  /* the department wants it again */
    bool is_late; /* its acknowledgement has been missed, and that was said */
};

struct batch {
    int64_t sequence, rows, sum;
    char *text; /* owned, encoded */
    size_t size;
    bool is_written;
};

struct pass {
    struct spool *spool;
    const char *place;
    struct batch batch;                 /* text NULL = none */
    int64_t again[SPOOL_SENT_MAX];      /* sequences to be put out again */
    bool is_without_copy[SPOOL_SENT_MAX]; /* of again: what was sent is not there any more */
    bool is_out_again[SPOOL_SENT_MAX];    /* of again; neither: with a later pass */
    size_t again_count;
    struct file *away[2 * SPOOL_FILES_MAX]; /* to be moved; borrowed */
    size_t away_count;
    const char *known[2 * SPOOL_FILES_MAX]; /* names of files in hand; borrowed */
    size_t known_count;
    struct file *found;                 /* owned: new ones, and partial ones again */
    bool is_failed;
    char why[SPOOL_WHY_SIZE];
};

/* Of incoming files whose rows were all settled. Those up to floor may be forgotten: a file with one of them is not
 * taken. */
struct numbers {
    int64_t *all; /* owned: ascending */
    size_t count, room;
    int64_t floor, floor_next; /* -1 = none; next: being kept */
    bool is_pruning;
};

struct spool {
    const struct od_host *host;
    const struct od_timer *timers;
    const struct od_kv *kv;
    struct settings settings;
    void *decode, *encode; /* iconv_t of a foreign encoding; NULL = UTF-8 */
    struct task *tasks, *buckets[SPOOL_BUCKETS];
    struct file *files;
    struct sent sent[SPOOL_SENT_MAX];
    size_t sent_count;
    int64_t sequence;      /* of the last batch; -1 = not known yet */
    int64_t batch_due_ms;  /* without a time of day */
    int64_t batched_ms;    /* with one: the last batch, or the start */
    int64_t batched_before_ms; /* should the one that is being written not get out */
    int64_t retry_ms;      /* the next batch has no number before: the hub could not keep it, or the last did not get out */
    bool is_pass, is_numbering, is_look_due;
    struct numbers numbers;
    bool is_claiming, is_owner; /* the folder is this process's: a version that is started beside another may not write */
    uint64_t timer;        /* 0 = none */
    uint32_t failures;
    char failure[SPOOL_WHY_SIZE];
};

/* parse.c: on any thread. */
/* Decode and cut a whole file. Sets state to PARTIAL, READ or REFUSED (why). bytes: size bytes. Takes over nothing. */
void file_parse(const struct settings *settings, void *decode, struct file *file, const char *bytes, size_t size);
uint64_t file_hash(const char *bytes, size_t size); /* Cost: O(size). */
void file_free(struct file *file);

/* disk.c: on the work thread. */
void pass_work(void *arg);

/* batch.c */
/* The text of the next batch with everything that waits. Errors: OD_ENOMEM, OD_ELIMIT. */
OD_MUST_CHECK int batch_make(struct spool *spool, int64_t sequence, struct batch *out);
void batch_settle(struct spool *spool, const struct batch *batch); /* it is out: accept, confirm, keep */

/* pass.c */
void spool_begin(struct spool *spool); /* what is due, if no pass is under way */
void spool_wait(struct spool *spool);

/* file.c: files that were read. */
void file_ask(struct spool *spool, struct file *file);
void file_go_on(struct spool *spool, struct file *file);
void row_settle(struct spool *spool, struct task *task, const struct od_answer *answer);
void row_lose(struct row *row); /* its task left before the hub had said anything */

/* ledger.c: numbers that outlive the process. */
/* Is this process the one that works on the folder? Then read the numbers, and spool_begin. */
void ledger_claim(struct spool *spool);
void ledger_go_on(struct spool *spool, bool is_read); /* the numbers of incoming files are known, or cannot be had now */
void ledger_sent(struct spool *spool, const struct batch *batch);
/* "" = all of them fit. [plugin] */
void ledger_acknowledge(struct spool *spool, const struct file *file, char why[SPOOL_WHY_SIZE]);

/* numbers.c: of incoming files, each known as in.<n>, up to SPOOL_NUMBERS_MAX of them. */
void numbers_key(int64_t number, char key[SPOOL_KEY_SIZE]);
void numbers_read(struct spool *spool); /* then ledger_go_on */
/* It is kept: the lowest are forgotten where there are too many. [plugin] Cost: O(count) at most. */
void numbers_add(struct spool *spool, int64_t number);
/* Nobody knows whether that one, which is not kept, was taken. */
bool numbers_is_forgotten(const struct spool *spool, int64_t number);

/* task.c */
struct task *task_create(struct spool *spool, const struct od_offer *offer);
struct task *task_find(const struct spool *spool, od_task handle);
struct task *task_find_key(const struct spool *spool, const char *key);
void task_free(struct task *task);
void task_forget(struct spool *spool, struct task *task);
void task_fail(struct spool *spool, struct task *task, enum od_effect effect, int64_t retry_after_ms, const char *code, const char *detail);
void task_cancelled(struct spool *spool, struct task *task, enum od_effect effect);

#endif
