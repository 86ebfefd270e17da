/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics: what each event counts for, kept in the transaction of the journal record
 * that tells of the event. Private to hub/engine. docs/statistics.md says what each
 * measure means.
 *
 *   engine_apply -> engine_statistics_note -> counts of the write -> (the store adds them up)
 *   GET /v1/statistics -> [pool: the sums of the months] -> groups -> JSON or CSV
 *   GET /v1/statistics?verify=true -> [pool: the journal once more through the core] -> compared
 *   POST /v1/statistics/repair -> the same -> what differs is put right, a piece a transaction -> the same again
 *
 * A count is of an application as a whole (department 0), by month, service and window;
 * or of a department's tasks, by month, service and department. The same measures serve
 * both: what "decided" is to an application, an opinion is to a task. */
#ifndef ENGINE_STATISTICS_H
#define ENGINE_STATISTICS_H

#include "engine/internal.h"
#include "evidence/fold.h"

/* Stored: numbers are never changed or used again. */
enum engine_measure {
    ENGINE_MEASURE_NONE = 0,
    /* In the month in which it happened. */
    ENGINE_RECEIVED = 1,
    ENGINE_ACCEPTED = 2, /* of a task: it could begin */
    ENGINE_NOT_ACCEPTED = 3,
    ENGINE_INCOMPLETE = 4, /* told at the intake that something is missing; each application once */
    ENGINE_SILENT = 5,     /* accepted because nothing was told in time */
    ENGINE_DECIDED = 6,    /* of a task: it has its opinion */
    ENGINE_CLOSED = 7,
    ENGINE_WITHDRAWN = 8,
    ENGINE_LAPSED = 9,
    ENGINE_PAUSES = 10,
    ENGINE_ASKS = 11,    /* requests of departments to the applicant */
    ENGINE_NOTICES = 12, /* notices that asked the applicant for something */
    ENGINE_SECOND_NOTICES = 13,
    ENGINE_EXTENSIONS = 14,
    ENGINE_LATE_EXTENSIONS = 15,
    ENGINE_YELLOW = 16, /* clocks that were warned of */
    ENGINE_RED = 17,    /* clocks that ran out */
    /* Of what was decided, in the month of the decision. */
    ENGINE_ON_THE_SPOT = 18,
    ENGINE_PROMISED = 19, /* had a promised date; what on time and ahead are a part of */
    ENGINE_ON_TIME = 20,
    ENGINE_AHEAD = 21,
    ENGINE_STATUTORY = 22, /* had a statutory date; what late by statute is a part of */
    ENGINE_STATUTORY_LATE = 23,
    ENGINE_DEEMED = 24,
    ENGINE_LATE_STAGE = 25,
    ENGINE_TIMED = 26, /* had any date; what the legal days are a sum over */
    ENGINE_LEGAL_DAYS = 27,
    ENGINE_ELAPSED_DAYS = 28,
    ENGINE_PAUSED_DAYS = 29,
    ENGINE_WAITING_DAYS = 30,
    /* After-care, in the month in which it happened; counted from its registers, not from the events of applications. */
    ENGINE_INQUIRIES = 31,
    ENGINE_INQUIRIES_REPLIED = 32,
    ENGINE_INQUIRIES_ON_TIME = 33, /* of those replied to */
    ENGINE_COMPLAINTS = 34,
    ENGINE_COMPLAINTS_REPLIED = 35,
    ENGINE_COMPLAINTS_ON_TIME = 36,
    ENGINE_COMPLAINTS_UPHELD = 37,
    ENGINE_EVALUATIONS = 38,
    ENGINE_ATTITUDE_1 = 39, /* one measure a level; the worst first */
    ENGINE_ATTITUDE_2 = 40,
    ENGINE_ATTITUDE_3 = 41,
    ENGINE_ATTITUDE_4 = 42,
    ENGINE_ATTITUDE_5 = 43,
    ENGINE_ABILITY_1 = 44,
    ENGINE_ABILITY_2 = 45,
    ENGINE_ABILITY_3 = 46,
    ENGINE_ABILITY_4 = 47,
    ENGINE_ABILITY_5 = 48,
    ENGINE_BAD_EVALUATIONS = 49, /* each opened a repair */
    ENGINE_REPAIRS = 50,
    ENGINE_REPAIRS_ON_TIME = 51,
    ENGINE_GRIEVANCES = 52, /* confirmed */
    /* Told by no record of the journal: a recount leaves them out. */
    ENGINE_VISITS = 53, /* of the guide's page of a service */
    /* Of what was decided, in the month of the decision. */
    ENGINE_PROMISE_USED = 54,       /* per cent of the promised time that was used, added up over what was promised */
    ENGINE_PROMISE_USED_WORST = 55, /* the greatest of them, no sum */
    ENGINE_REJECTED = 56,
    ENGINE_REJECTED_REASONED = 57,  /* of these, with reasons: all that the law itself has not put in place of an answer */
    /* After-care once more. */
    ENGINE_CONCERNS_OVERDUE = 58,   /* replies and repairs whose time ran out */
    ENGINE_MEASURES,
};

const char *engine_measure_name(enum engine_measure measure); /* "received" ... */

/* Told by the journal, so that a recount gives it again. */
static inline bool engine_measure_is_recounted(uint8_t measure)
{
    return measure != ENGINE_VISITS;
}

/* The greatest is kept, in place of the sum. */
static inline bool engine_measure_is_greatest(uint8_t measure)
{
    return measure == ENGINE_PROMISE_USED_WORST;
}

/* One more to what is known of a measure. */
static inline void engine_measure_add(int64_t *sum, uint8_t measure, int64_t delta)
{
    if (!engine_measure_is_greatest(measure))
        *sum += delta;
    else if (delta > *sum)
        *sum = delta;
}

#define ENGINE_MEASURED_MAX (28 * CORE_TASKS_MAX + 32)

/* What one event counts for. */
struct engine_measured {
    size_t count;
    struct engine_measured_item {
        uint8_t task;    /* index, or CORE_TASKS_MAX for the whole */
        uint8_t measure; /* enum engine_measure */
        int32_t delta;
    } items[ENGINE_MEASURED_MAX];
};

/* Pure: rules and event as core_step took them, application and effects as it left them. Cost: O(effects),
 * and O(days) for what ends. */
void engine_measure(const struct core_rules *rules, const struct core_application *application,
                    const struct core_event *event, const struct core_effects *effects,
                    struct engine_measured *measured);

/* Who of the staff did it, by the journal's "by": NULL for a department's own connector, the hub, time and citizens.
 * department: of the task; NULL = the event is of the whole. */
const char *engine_measure_officer(const char *by, const char *department);
/* Does what the event of an officer counts for count for the officer, too? What was done to the task of the event; of an
 * application, that it was received, taken in, or found incomplete. */
bool engine_measure_is_of_officer(const struct core_event *event, const struct engine_measured_item *item);

/* 202611 of a civil day. */
int32_t engine_month_of(core_day day);

/* -- Reading -- */

#define ENGINE_STATISTICS_MONTHS_MAX 120  /* of one question -> 422 */
#define ENGINE_STATISTICS_PAGE_MAX 1000   /* items of one page -> 422 */
#define ENGINE_STATISTICS_SERVICES_MAX 100 /* services of one page of services -> 422 */
#define ENGINE_STATISTICS_CELLS_MAX 16384 /* services times months, by both at once -> 422 */
#define ENGINE_STATISTICS_GROUPS_MAX 32768 /* that one question may part the sums into -> 422 */

#define ENGINE_LEVEL_GOOD 98  /* per cent on time, at least */
#define ENGINE_LEVEL_WATCH 90 /* below it is poor */

enum engine_dimension {
    ENGINE_DIMENSION_NONE = 0,
    ENGINE_BY_SERVICE,
    ENGINE_BY_DEPARTMENT,
    ENGINE_BY_WINDOW,
    ENGINE_BY_MONTH,
    ENGINE_BY_OFFICER, /* what each did, and who was rated and complained of */
    ENGINE_DIMENSIONS,
};

/* Counts of an officer stand beside those of the whole: under this in place of a department, and under a window of that name. */
#define ENGINE_COUNT_OFFICER UINT16_MAX
#define ENGINE_OFFICER_PREFIX "@o/"
/* The store's number of an officer; 0 = there is no room for one more, or for so long a name. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_officer_number(struct engine *engine, const char *name, uint32_t *number);
/* The store's number of a window, or of an officer by the prefix, that is known; 0 = it is not. Cost: O(windows). */
uint32_t engine_window_find(const struct engine *engine, const char *name);

/* The sums of one value of the dimensions. */
struct engine_group {
    uint32_t keys[2];     /* the store's numbers, or yyyymm; 0 = no such dimension, or no window */
    const char *names[2]; /* the ids, for order; NULL until they are looked up; borrowed */
    int64_t sums[ENGINE_MEASURES];
};

struct engine_groups {
    struct engine_group *items; /* owned */
    uint32_t count, room;
    uint32_t *slots;            /* owned; index + 1, 0 = free; slot_count is a power of two */
    uint32_t slot_count;
};

/* The group of the keys, made when there is none. Valid until the next call. Errors: OD_ENOMEM, OD_ELIMIT. */
OD_MUST_CHECK int engine_group_get(struct engine_groups *groups, const uint32_t keys[2], struct engine_group **out);
void engine_groups_fini(struct engine_groups *groups);

/* A question, its answer, and how it is to be told. */
struct engine_statistics_query {
    int32_t from, until; /* yyyymm, both included */
    enum engine_dimension by[2];
    uint32_t service;    /* the store's number; 0 = all */
    uint16_t department; /* 0 = applications as a whole, unless by says otherwise */
    bool is_of_tasks;    /* the items are */
    bool is_csv;
    uint32_t limit, after[2];
    bool has_cursor;
    bool is_brief;       /* items have the figures of a table alone */
    uint32_t services_max; /* so many services that have figures; 0 = all, read at once */
    uint32_t *services;  /* owned; those that may be told, by id; NULL = of all */
    size_t service_count, service_used; /* of these; gone through */
    bool is_of_items, is_of_total; /* what is read is added to */
    struct engine_group total;
    struct engine_groups groups;
};

/* "service" ...; NONE is NULL. */
const char *engine_dimension_name(enum engine_dimension dimension);
/* The id of a key: "fire", "2026-11"; room for those that are made up. */
const char *engine_dimension_id(const struct engine *engine, enum engine_dimension dimension, uint32_t key, char room[16]);
/* Its texts for people. */
void engine_dimension_put_name(struct base_buffer *body, const char *key, const struct engine *engine,
                               enum engine_dimension dimension, uint32_t number);
const char *engine_dimension_text(const struct engine *engine, enum engine_dimension dimension, uint32_t number,
                                  enum front_language language, char room[64]);

/* statistics_put.c. from..until: of groups. */
void engine_statistics_put_json(struct base_buffer *body, const struct engine *engine,
                                const struct engine_statistics_query *query, uint32_t from, uint32_t until,
                                const char *cursor);
void engine_statistics_put_csv(struct base_buffer *body, const struct engine *engine,
                               const struct engine_statistics_query *query, uint32_t from, uint32_t until,
                               enum front_language language);

/* statistics_figures.c. Members of the object that is open, and cells behind those of the row: every figure that the sums
 * give. is_of_tasks: without those that a task has not. */
void engine_statistics_put_figures(struct base_buffer *body, const int64_t *sums, bool is_of_tasks);
void engine_statistics_put_brief(struct base_buffer *body, const int64_t *sums, bool is_of_tasks); /* those of a table's line */
void engine_statistics_put_heads(struct base_buffer *body, bool is_of_tasks);
void engine_statistics_put_cells(struct base_buffer *body, const int64_t *sums, bool is_of_tasks);
/* One cell, in quotes; a table program takes it for a text, never for a formula. NULL = empty. */
void engine_csv_put_text(struct base_buffer *body, const char *text);
/* What an officer had in hand: what he or she took in, and the tasks that he or she finished, whoever had taken those in. */
static inline int64_t engine_measure_in_hand(const int64_t sums[ENGINE_MEASURES])
{
    return sums[ENGINE_ACCEPTED] + sums[ENGINE_DECIDED];
}
/* "accepted", "on_the_spot", "on_time", "ahead": members of the object that is open. */
void engine_statistics_put_four(struct base_buffer *body, const int64_t sums[ENGINE_MEASURES]);
/* "98.4" of count in of, "100.0" of all and "0.0" of none alone; NULL of nothing. */
const char *engine_percent(int64_t count, int64_t of, char room[32]);
/* "7.3", rounded half up; NULL of nothing. */
const char *engine_average(int64_t sum, int64_t of, char room[32]);

/* -- Recounting: the journal through the core once more -- */

#define ENGINE_RECOUNT_SUMS_MAX 1000000 /* of one level of a recount; more -> it fails and says so */
#define ENGINE_RECOUNT_ADDED 65536      /* counts that one slice adds up into sums */
#define ENGINE_RECOUNT_IDS 256          /* applications of one slice, at most */
#define ENGINE_RECOUNT_RECORDS 1024     /* a slice ends with the application that passes it; of the hub's own, so many are read */

/* One sum: as the statistics have it, and as the journal gives it. */
struct engine_recount_sum {
    struct store_count kept; /* key, and the sum that is kept */
    int64_t counted;
};

/* The statistics are kept in two levels: what each month, service, department and window counted, and what that adds up to
 * by year and for all services (struct store_correction says what month and service are there). */
enum engine_recount_level { ENGINE_RECOUNT_COUNTS = 0, ENGINE_RECOUNT_SUMS, ENGINE_RECOUNT_LEVELS };

struct engine_recount_table {
    struct engine_recount_sum *items; /* owned; count of them */
    uint32_t count, room;
    uint32_t *slots;                  /* owned; index + 1, 0 = free; twice room */
};

/* What one event of one application counts for, by names. */
struct engine_recount_item {
    const char *service, *department; /* ids; department NULL = the whole; these four are borrowed from the slice's arena */
    const char *window;               /* NULL = of none */
    const char *officer;              /* the item is of this one, in place of the whole; NULL = not */
    uint32_t officer_number;          /* the same by the store's number; 0 = not */
    int32_t month, delta;
    uint8_t measure;
};

enum engine_recount_state { ENGINE_RECOUNT_NONE = 0, ENGINE_RECOUNT_RUNNING, ENGINE_RECOUNT_DONE, ENGINE_RECOUNT_FAILED };

struct engine_recount {
    enum engine_recount_state state;
    int rc;                        /* FAILED: why */
    int64_t started_ms, ended_ms;  /* wall; ended 0 = not yet */
    uint64_t journal_seq;          /* both sides are as of this record */
    uint64_t next, last;           /* application ids */
    uint64_t own_seq;              /* the hub's own records are recounted up to this one */
    uint64_t applications;         /* recounted */
    uint64_t unreadable, first_unreadable; /* applications whose journal cannot be followed; id of the first */
    uint64_t unreadable_own;       /* records of the hub itself that cannot be read */
    struct engine_recount_table tables[ENGINE_RECOUNT_LEVELS];
    uint32_t added;                /* counts that are added up into sums */
    bool is_added;                 /* all of them */
    uint32_t differences;          /* in both tables; once it is DONE */
    struct evidence_fold fold;     /* owned: applications made again, with catalogues of the recount alone */
    struct engine_recount_item *items; /* owned; of the slice */
    size_t item_count, item_room;
    struct front_request *request; /* who waits for the end; NULL = nobody */
    int64_t wait_until_ms;         /* monotonic */
};

/* statistics_recount.c. The sum of a key. Valid until the next call. Errors: OD_ENOMEM, OD_ELIMIT. */
OD_MUST_CHECK int engine_recount_sum_get(struct engine_recount_table *table, const struct store_count *key,
                                         struct engine_recount_sum **out);
void engine_recount_table_fini(struct engine_recount_table *table);
/* In the pool: the sums that are kept; then applications from recount->next on, until the slice is full. */
OD_MUST_CHECK int engine_recount_begin(struct engine_recount *recount, struct store_reader *reader);
/* The applications first, then what after-care is of none of them; when every count is there they are added up. */
OD_MUST_CHECK int engine_recount_slice(struct engine_recount *recount, struct store_reader *reader,
                                       struct base_arena *arena);
bool engine_recount_is_counted(const struct engine_recount *recount); /* the counts are there */
bool engine_recount_is_over(const struct engine_recount *recount);    /* and so are the sums */

/* statistics_query.c. May the reader see what each member of the staff did? Supervision and the head of the government. */
bool engine_sees_officers(const struct front_request *request);

/* statistics_verify.c. */
void engine_statistics_verify(struct engine *engine, struct front_request *request);
/* A recount, in place of the last one; request waits for its end, NULL = nobody. Errors: OD_ENOMEM, OD_EBUSY (the last one stays). */
OD_MUST_CHECK int engine_recount_start(struct engine *engine, struct front_request *request);
bool engine_recount_is_running(const struct engine *engine); /* it, or a repair of what it found */
/* An item of an array: level, month or year, service, department, window or officer, measure, kept, journal. */
void engine_recount_put_difference(struct base_buffer *body, const struct engine *engine, enum engine_recount_level level,
                                   const struct engine_recount_sum *sum);
/* How far it is, and what it found: the answer. */
void engine_recount_answer(struct engine *engine, struct front_request *request, int status);

/* statistics_repair.c: POST /v1/statistics/repair. */
bool engine_repair_is_running(const struct engine *engine);
void engine_repair_go_on(struct engine *engine); /* a recount has come to its end */
void engine_repair_put(struct base_buffer *body, const struct engine *engine); /* the member "repair", when there is one */

#define ENGINE_WINDOW_OTHER "other" /* number 0: windows past STORE_WINDOWS_MAX, and none */

#endif
