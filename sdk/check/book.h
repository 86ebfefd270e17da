/* SPDX-License-Identifier: Apache-2.0 */
/* What the mini hub remembers of its tasks, as the hub's store would: it survives the
 * death of the connector, and says what each task needs next. No I/O, no clock.
 *
 *   QUEUED -> OFFERED -> ACCEPTED <-> PAUSED | WAITING -> ENDED | PARKED
 */
#ifndef CHECK_BOOK_H
#define CHECK_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/buffer.h"
#include "base/frame.h"

enum check_task_state {
    CHECK_TASK_NONE = 0,
    CHECK_TASK_QUEUED,
    CHECK_TASK_OFFERED,
    CHECK_TASK_ACCEPTED,
    CHECK_TASK_PAUSED,
    CHECK_TASK_WAITING,
    CHECK_TASK_PARKED, /* for an officer */
    CHECK_TASK_ENDED,
    CHECK_TASK_STATES,
};

enum check_effect { CHECK_EFFECT_NONE = 1, CHECK_EFFECT_DONE, CHECK_EFFECT_UNKNOWN };

struct check_task {
    uint64_t handle;
    char number[40]; /* and idempotency key: "k-" before it */
    char *form;      /* owned: JSON */
    enum check_task_state state;
    uint32_t attempt;      /* offers so far */
    bool is_redelivered;   /* of the next offer: an earlier one may have reached the department */
    bool needs_resume;     /* the next session, or this one, gets it as resume */
    bool is_withdrawn;     /* cancel was sent */
    bool is_asked;         /* need_input, and no answer was sent */
    bool has_paused, has_asked, has_accepted, has_checkpoint;
    char *external_ref, *checkpoint; /* owned; JSON text values: what stood between the quotes */
    char opinion[32];      /* "" = none */
    char code[72];         /* of the last failure */
    enum check_effect effect; /* of it */
    uint32_t failures, opinions, give_backs;
    int64_t due_ms;        /* not offered or resumed before */
};

/* Zero it, then set retries; fini at the end. */
struct check_book {
    struct check_task *tasks; /* owned */
    size_t count, room;
    size_t forgotten;     /* tasks of before, whose numbers are used up */
    bool may_repeat;      /* submit_dedupe native or lookup: offered again after an unknown effect */
    int64_t retry_ms;     /* first pause after a failure; doubles */
    const char *applicant; /* JSON: what the connector may see of the applicant; borrowed */
    uint64_t conflicts;   /* reports that contradict what is recorded */
    char conflict[160];   /* the last of them */
    uint64_t refusals;    /* reports that a hub would refuse */
    char refusal[160];
};

void check_book_fini(struct check_book *book);

/* A new task with this form, QUEUED. NULL = no memory. Borrowed until the next add. */
struct check_task *check_book_add(struct check_book *book, const char *form, size_t size);

/* All tasks go; the numbers of later ones go on. */
void check_book_forget(struct check_book *book);

struct check_task *check_book_find(const struct check_book *book, uint64_t handle);

/* One report of the connector. Returns the answer; reason: of a refusal or conflict. */
enum base_answer check_book_take(struct check_book *book, const struct base_frame *item, int64_t now_ms,
                                 char reason[160]);

/* The session ended: what was offered has an unknown effect, what was accepted is resumed. */
void check_book_lose(struct check_book *book, int64_t now_ms);

/* The JSON of an offer or resume; moves the task to OFFERED, or clears needs_resume. */
void check_book_put(struct check_book *book, struct check_task *task, const char *matter, int64_t now_ms,
                    struct base_buffer *out);

/* The applicant completed the form: fields of answer replace those of the form. */
OD_MUST_CHECK int check_task_complete(struct check_task *task, const char *answer, size_t size);

/* Tasks in this state. */
size_t check_book_count(const struct check_book *book, enum check_task_state state);

/* The next due_ms after now_ms of a task that waits for one; INT64_MAX = none. */
int64_t check_book_next_ms(const struct check_book *book, int64_t now_ms);

const char *check_task_state_name(enum check_task_state state);

#endif
