/* SPDX-License-Identifier: Apache-2.0 */
/* What if: recorded applications once more through the core, on a clock of their own, under
 * another calendar, catalogue, promise, order of work or delay.
 *
 *   source (journal, event log) -> course: what came from outside, each act with the time since its cause
 *     -> run under the rules of the record: must give what is recorded
 *     -> run under the scenario -> compare -> changes, summary
 *
 * What people and departments did keeps its duration; what the hub made of it is worked out anew by
 * core_step. The original is never written to. Not for several threads. docs/simulate.md. */
#ifndef SIMULATE_SIMULATE_H
#define SIMULATE_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "catalog/catalog.h"
#include "core/core.h"

#define SIMULATE_PATTERNS_MAX 64          /* patterns of one kind in a scenario */
#define SIMULATE_SCALE_ONE 1000
#define SIMULATE_SCALE_MAX (100 * SIMULATE_SCALE_ONE)
#define SIMULATE_DELAY_MAX_MS (INT64_C(3650) * 86400000) /* added or taken away */
#define SIMULATE_ACTS_MAX 16384           /* acts in the life of one application */
#define SIMULATE_STEPS_MAX (CORE_TASKS_MAX - 1) /* steps of one case; its end is a task, too */
#define SIMULATE_ROWS_MAX 20000000        /* rows of one CSV file */
#define SIMULATE_ROW_SIZE_MAX (64 * 1024) /* bytes of one row */
#define SIMULATE_COLUMNS_MAX 256          /* columns of one CSV file */
#define SIMULATE_NAME_MAX 255             /* bytes of a case's or an activity's name */

/* -- What is changed -- */

struct simulate_delay {
    const char *pattern; /* of departments and matters (steps), with * and ?; borrowed */
    int64_t added_ms;    /* to the time until the opinion; -/+ SIMULATE_DELAY_MAX_MS, no stretch gets shorter than 0 */
    int32_t scale;       /* every stretch of the department's own work, in thousandths, 0..SIMULATE_SCALE_MAX */
};

/* Zeroed = as it was. All borrowed. */
struct simulate_scenario {
    const struct core_calendar *calendar; /* in place of every calendar */
    const struct catalog *catalog;        /* its services in place of those of the same id; journals only */
    int promise_length;                   /* of the whole; 0 = as it was */
    enum core_unit promise_unit;          /* NONE = the unit of the promise that it replaces, else calendar days */
    const char *parallel[SIMULATE_PATTERNS_MAX]; /* matters and departments that wait for no other */
    size_t parallel_count;
    struct simulate_delay delays[SIMULATE_PATTERNS_MAX];
    size_t delay_count;
};

bool simulate_scenario_is_empty(const struct simulate_scenario *scenario);

/* Does text match a pattern of letters, * (any run, also none) and ? (one byte)? Cost: O(pattern * text). */
bool simulate_pattern_matches(const char *pattern, const char *text);

/* -- What comes of it -- */

enum simulate_value_kind {
    SIMULATE_VALUE_NONE = 0, /* there is none */
    SIMULATE_VALUE_DAY,      /* .number: core_day */
    SIMULATE_VALUE_TIME,     /* .number: UTC ms */
    SIMULATE_VALUE_WORD,     /* .word: of core/names.h, or "kept", "late", "open", "parked" ... */
};

struct simulate_value {
    enum simulate_value_kind kind;
    int64_t number;
    const char *word;
};

/* One date or decision that is not the same; borrowed for the call. */
struct simulate_change {
    const char *number; /* of the application, or the case's id */
    const char *of;     /* matter or step; "" = the whole */
    const char *clock;  /* "promised", "statutory" ...: the date; "promise": kept or late; "decided": when; "outcome",
                         * "status"; of a task also "opined": when, "opinion", "state" */
    struct simulate_value before, after;
};

enum simulate_finding_kind {
    SIMULATE_FINDING_NONE = 0,
    /* An error of the record: the application is left out. */
    SIMULATE_FINDING_UNREADABLE,      /* a journal record or row that cannot be read */
    SIMULATE_FINDING_NO_CATALOG,      /* .detail: the version that the store does not have */
    SIMULATE_FINDING_REFUSED,         /* .detail: a recorded event that its own rules refuse */
    SIMULATE_FINDING_NOT_THE_ROW,     /* the journal, folded, is not the state of the row */
    SIMULATE_FINDING_NOT_REPRODUCED,  /* run as recorded, something comes out otherwise */
    SIMULATE_FINDING_TOO_MANY_ACTS,   /* more than SIMULATE_ACTS_MAX, or steps than SIMULATE_STEPS_MAX */
    SIMULATE_FINDING_NO_SERVICE,      /* .detail: the service that the other catalogue does not have */
    SIMULATE_FINDING_DATE,            /* .detail: what should be a date in .file */
    SIMULATE_FINDING_CASE_UNKNOWN,    /* steps of a case that the list of cases does not have */
    SIMULATE_FINDING_CASE_TWICE,
    SIMULATE_FINDING_NAME,            /* an empty name, one that is too long, or no UTF-8 */
    SIMULATE_FINDING_PROMISE,         /* the recorded deadline lies too far from the start */
    SIMULATE_FINDING_NOT_PLAYABLE,    /* the scenario's rules do not take it; .detail: why, e.g. a date past the end of time */
    /* A note: it stays in, and this is how. */
    SIMULATE_FINDING_ENDS_BEFORE_START, /* decided at its receipt */
    SIMULATE_FINDING_STEP_BEFORE_START, /* done at its receipt */
    SIMULATE_FINDING_STEP_AFTER_END,  /* .count steps that the decision did not wait for */
    SIMULATE_FINDING_NO_DURATION,     /* .detail: a matter that the record has no time of; nobody gives its opinion */
    SIMULATE_FINDINGS,
};

/* Is the application left out for it? */
bool simulate_finding_is_error(enum simulate_finding_kind kind);

struct simulate_finding {
    enum simulate_finding_kind kind;
    const char *number; /* as struct simulate_change; "" when it is of no application */
    const char *detail; /* may be "" */
    const char *file;   /* NULL = not of a file */
    uint64_t line;
    uint32_t column;
    uint32_t count;
};

/* The figures of one side. Promise: the promised clock of the whole. */
struct simulate_side {
    uint64_t decided, open, ended;        /* ended: withdrawn, lapsed, not accepted */
    uint64_t deemed;                      /* of the decided: some opinion was deemed */
    uint64_t kept, late, open_late;       /* decided in time and too late; open and past its promise */
    int64_t days_ms;                      /* receipt to decision, of those that both sides decide */
};

struct simulate_summary {
    uint64_t applications;                /* compared */
    uint64_t left_out;
    uint64_t both_decided;
    struct simulate_side before, after;
    uint64_t dates_earlier, dates_later;  /* of all changed dates */
    uint64_t decided_earlier, decided_later;
    uint64_t decisions_changed;           /* another outcome or end, or only one side has one */
    uint64_t promises_won, promises_lost; /* late before, kept after; kept before, late after */
    uint64_t acts_dropped;                /* recorded acts that do not fit any more: the task had ended, a pause is not allowed ... */
    uint64_t changes;
    uint64_t findings[SIMULATE_FINDINGS];
    bool is_parallel_used[SIMULATE_PATTERNS_MAX], is_delay_used[SIMULATE_PATTERNS_MAX]; /* the pattern means some task */
};

/* Any may be NULL. What a callback returns but OD_OK ends the run and is returned. */
struct simulate_report {
    int (*on_change)(void *owner, const struct simulate_change *change);
    int (*on_finding)(void *owner, const struct simulate_finding *finding);
    int (*on_progress)(void *owner, uint64_t done, uint64_t total); /* of applications, every now and then */
    int (*on_copied)(void *owner, uint64_t done, uint64_t total);   /* pages of the store's copy */
    void *owner;
};

/* -- The sources -- */

/* The journal of the store in folder, on a copy below to_folder (an empty folder of the caller's, left with the copy in
 * it); a hub may serve folder meanwhile. Sets the process' zone to that of the newest catalogue. *text: an
 * English sentence on error. Errors: as store_copy and store_open; OD_EIO; OD_ENOMEM; what a callback returned.
 * Cost: O(journal); memory of one application. */
OD_MUST_CHECK int simulate_journal(const char *folder, const char *to_folder, const struct simulate_scenario *scenario,
                                   const struct simulate_report *report, struct simulate_summary *summary,
                                   char text[512]);

enum simulate_column {
    SIMULATE_COLUMN_CASE = 0, /* in both files */
    SIMULATE_COLUMN_ACTIVITY,
    SIMULATE_COLUMN_TIME,     /* of the step's end */
    SIMULATE_COLUMN_START,    /* in the list of cases, as the next */
    SIMULATE_COLUMN_DEADLINE,
    SIMULATE_COLUMN_END,
    SIMULATE_COLUMNS,
};

/* "case", "activity" ...: how a column is called in what the user writes. */
extern const char *const simulate_column_names[SIMULATE_COLUMNS];

struct simulate_log {
    const char *events;  /* path of a CSV file (RFC 4180) with one step a row */
    const char *cases;   /* the same with one case a row; NULL = a case begins with its first step and ends with its last */
    const char *columns[SIMULATE_COLUMNS]; /* heads of the columns; NULL = case_id, activity, timestamp, start_date, deadline, end_date */
    const struct core_calendar *calendar;  /* of the recorded promises */
};

/* The cases of an event log in the order of the list of cases, or of their first steps. The process' zone says which day
 * a time is. *text: an English sentence with file:line:column and the remedy on error. Errors: OD_ENOTFOUND no
 * such file; OD_ESYNTAX not CSV, or a column is missing; OD_ELIMIT; OD_EIO; OD_ENOMEM; what a callback
 * returned. Cost: O(rows log rows); 16 bytes of memory a row, the files are mapped. */
OD_MUST_CHECK int simulate_log(const struct simulate_log *log, const struct simulate_scenario *scenario,
                               const struct simulate_report *report, struct simulate_summary *summary, char text[512]);

#endif
