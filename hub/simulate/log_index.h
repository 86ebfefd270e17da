/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows of an event log belong to which case: the rows are found by their place, case by case, whatever
 * order they stand in. Private to hub/simulate. */
#ifndef SIMULATE_LOG_INDEX_H
#define SIMULATE_LOG_INDEX_H

#include "simulate/case.h"
#include "simulate/csv.h"

struct simulate_log_case {
    const char *id;      /* in the mapped file or the index's arena; no NUL */
    uint32_t id_size;
    uint32_t line;       /* of its row in the list of cases */
    uint64_t offset;
    uint32_t step_first, step_count; /* in steps, once they are sorted */
    bool is_left_out;    /* it was told why */
};

struct simulate_log_step {
    uint64_t offset;
    uint32_t number; /* of the case, 0.. */
    uint32_t line;
};

struct simulate_log_index {
    const struct simulate_log *log;
    const struct simulate_report *report;
    struct simulate_summary *summary;
    struct simulate_csv *events, *cases;     /* owned; cases may be NULL */
    size_t columns[SIMULATE_COLUMNS];        /* of the file that has it */
    struct simulate_log_case *at;            /* owned; in their order */
    size_t case_count, case_room;
    struct simulate_log_step *steps;         /* owned */
    size_t step_count, step_room;
    uint32_t *table;                         /* owned; hashed by id: case number + 1, 0 = free */
    size_t table_size;                       /* a power of two */
    struct base_arena arena;
    core_ms horizon_ms;                      /* the latest time of all */
    size_t rows_max;                         /* of one file */
    char *text;                              /* 512 bytes of the caller's */
};

/* Read both files once. rows_max: SIMULATE_ROWS_MAX, less in tests. Errors as simulate_log. */
OD_MUST_CHECK int simulate_log_index_build(struct simulate_log_index *index, const struct simulate_log *log, size_t rows_max,
                                           const struct simulate_report *report, struct simulate_summary *summary,
                                           char text[512]);
void simulate_log_index_fini(struct simulate_log_index *index);

/* A time in ISO 8601, with an offset or in the process' zone, or a date alone: its first minute. Errors: OD_ESYNTAX (*ms
 * unchanged). */
OD_MUST_CHECK int simulate_log_time(const struct simulate_field *field, core_ms *ms);

/* Tell what is wrong with a field of a case that is left out for it. Errors: what on_finding returned. */
OD_MUST_CHECK int simulate_log_refuse(struct simulate_log_index *index, const struct simulate_log_case *of,
                                      enum simulate_finding_kind kind, const struct simulate_csv *csv,
                                      const struct simulate_field *field);

#endif
