/* SPDX-License-Identifier: Apache-2.0 */
/* One running legal or promised time limit. Pure.
 *
 *   not started -> running -> met | stopped
 *                  running <-> paused
 *
 * A clock is its start, the stops that it honours and its extensions. Every date of it
 * is worked out from these and the calendar, from the beginning, whenever one of them
 * changes: so a pause, an extension and an amended calendar give the same date as a
 * recount by hand, and the day-by-day account is the count itself.
 *
 * A clock is due at the end of its due day (a limit in hours: of its due minute): it is
 * overdue when the center's civil day is past due. A pause never moves a due date
 * earlier. Source: docs/rules/clock.md. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include "core/calendar.h"

#define CORE_TASKS_MAX 64 /* matters of one service; sets of tasks are bits of a u64 */
#define CORE_STOPS_MAX 64 /* pauses and requests to the applicant on record in one application */
#define CORE_LIMIT_HOURS_MAX 8784
#define CORE_LIMIT_MONTHS_MAX 120
#define CORE_TOLD_AFTER_DAYS 3 /* by default */
#define CORE_TOLD_AFTER_DAYS_MAX 60

enum core_unit {
    CORE_UNIT_NONE = 0, /* no such limit */
    CORE_UNIT_WORKING_DAY,
    CORE_UNIT_CALENDAR_DAY,
    CORE_UNIT_HOUR,  /* elapsed hours, holidays and nights included (Regulation 1182/71 art. 3) */
    CORE_UNIT_MONTH, /* to the same day of the month, or its last one (Regulation 1182/71 art. 3(2)(c)) */
};

enum core_end_roll {
    CORE_END_ROLL_NONE = 0,
    CORE_END_ROLL_NEXT_WORKING_DAY, /* a limit in calendar days or months that ends on a day off ends on the next working day */
};

/* Why a clock may stand still. The first eight are those of the Licensing Law art. 45. */
enum core_pause_kind {
    CORE_PAUSE_NONE = 0,
    CORE_PAUSE_HEARING,
    CORE_PAUSE_INSPECTION,
    CORE_PAUSE_TESTING,
    CORE_PAUSE_QUARANTINE,
    CORE_PAUSE_APPRAISAL,
    CORE_PAUSE_EXPERT_REVIEW,
    CORE_PAUSE_TENDER,
    CORE_PAUSE_AUCTION,
    CORE_PAUSE_SUPPLEMENT, /* the applicant was asked; never given as the kind of a pause */
};

/* Sets of kinds: bit 1u << enum core_pause_kind; bit 0 alone = no kind at all. */
#define CORE_PAUSES_DEFAULT 0u
#define CORE_PAUSES_NEVER 1u
#define CORE_PAUSES_LAW 0x1feu  /* the eight of art. 45 */
#define CORE_PAUSES_ALL 0x3feu  /* and the request to the applicant */

/* What a clock may be started by. */
enum core_start {
    CORE_START_DEFAULT = 0, /* joint: acceptance; task: workable; delivery: decision; intake: receipt */
    CORE_START_RECEIPT,
    CORE_START_ACCEPTANCE,
    CORE_START_WORKABLE, /* of the task: every matter in its `after` has its opinion */
    CORE_START_TAKEN,    /* of the task: the department has it */
    CORE_START_DECISION,
    CORE_START_TOLD, /* of the applicant's time: the notice has reached him, or counts as if it had */
};

/* What sets a clock back to its full length: bits 1u << enum core_reset. */
enum core_reset {
    CORE_RESET_NONE = 0,
    CORE_RESET_SUPPLEMENTED, /* the applicant answered */
    CORE_RESET_RESUMED,      /* a pause ended */
};

/* Who may grant an extension. */
enum core_rank {
    CORE_RANK_NONE = 0,
    CORE_RANK_OFFICER,
    CORE_RANK_HEAD,       /* of the department */
    CORE_RANK_GOVERNMENT, /* the head of the same-level government */
};

struct core_extend {
    uint8_t times_max;  /* 0 = cannot be extended */
    uint8_t approver;   /* enum core_rank, the least that may grant it */
    uint8_t unit;       /* enum core_unit; NONE = the limit's own. A limit in months may be extended by calendar days */
    bool needs_reason;
    int32_t length_max; /* of one extension, units */
};

/* A limit as the catalogue states it. Zero members are the default. */
struct core_limit {
    enum core_unit unit;
    int length;              /* units: 1..CORE_LIMIT_DAYS_MAX days, ..CORE_LIMIT_HOURS_MAX, ..CORE_LIMIT_MONTHS_MAX */
    bool counts_start_day;   /* false: the day after the start is day 1 (default) */
    enum core_end_roll end_roll;
    bool is_retroactive;     /* counts from its start event although something held it back (not_started_until) */
    bool is_pause_day_free;  /* the day of the pause does not count (default: it does) */
    bool is_resume_day_counted; /* the day of the resumption counts (default: it does not) */
    uint8_t start;           /* enum core_start */
    int32_t told_after;      /* start TOLD: without a receipt the notice counts as told on the so manieth day after it; 0 = CORE_TOLD_AFTER_DAYS */
    uint8_t not_started_until; /* enum core_start: held back until then too; DEFAULT = nothing holds it back */
    uint8_t warn_percent;    /* yellow when so much of it is used, 1..100; 0 = not by this */
    int32_t warn_days;       /* yellow when so many working days are left, 1..; 0 = not by this */
    uint32_t pause_on;       /* kinds that stop it; CORE_PAUSES_DEFAULT = those of its place */
    uint32_t reset_on;       /* bits of enum core_reset */
    struct core_extend extend;
    const struct core_calendar *calendar; /* NULL = the rules' calendar; borrowed */
    const char *rule;        /* id of the rule in its rule set, for people; NULL = none; borrowed */
};

enum core_clock_state {
    CORE_CLOCK_NONE = 0,    /* the matter or service has no such limit */
    CORE_CLOCK_NOT_STARTED,
    CORE_CLOCK_RUNNING,
    CORE_CLOCK_PAUSED,
    CORE_CLOCK_MET,     /* ended by what it waited for */
    CORE_CLOCK_STOPPED, /* ended without it: withdrawn, lapsed, cancelled */
};

struct core_clock {
    uint8_t state;       /* enum core_clock_state */
    bool is_warned;      /* yellow was told for the present due day */
    bool is_overdue;     /* its due day has passed while it ran; never taken back */
    bool is_provisional; /* its span leaves the calendar's published days, and its due day depends on them */
    uint8_t extensions;  /* granted */
    int16_t offset;      /* HOUR: minutes that the civil time was ahead of UTC at the start */
    core_day start;      /* the civil day it counts from */
    core_day due;        /* last day in time; while paused: as it was before the pause */
    core_day warn;       /* first yellow day; 0 = none */
    core_day ended;      /* civil day of MET or STOPPED */
    int32_t extended;    /* granted in all, units */
    int32_t start_minute, due_minute, warn_minute; /* HOUR: the same in minutes since 1970 UTC; else 0 */
};

/* One time during which clocks stood still. */
struct core_stop {
    core_day from, until;           /* civil days of the pause and of the resumption; until 0 while it is open */
    int32_t from_minute, until_minute; /* the same in minutes since 1970 UTC */
    uint8_t task;                   /* index: whose stop it is */
    uint8_t kind;                   /* enum core_pause_kind, never NONE */
};

/* What a clock counts by; borrowed for a call. */
struct core_span {
    const struct core_calendar *calendar;
    const struct core_limit *limit;
    const struct core_stop *stops; /* stop_count items, ascending by from */
    size_t stop_count;
    unsigned task;                 /* whose stops count; CORE_TASKS_MAX = those of every task */
    uint32_t pause_on;             /* kinds that stop it, CORE_PAUSES_DEFAULT is resolved already */
};

/* The moment of a change: civil day, and minutes since 1970 UTC with the zone's offset then. */
struct core_moment {
    core_day day;
    int32_t minute; /* UTC */
    int16_t offset; /* minutes of civil time ahead of UTC */
};

/* Does this clock honour that stop? */
bool core_span_honours(const struct core_span *span, const struct core_stop *stop);

/* Zero *clock, NOT_STARTED under limit, or NONE when limit is CORE_UNIT_NONE. */
void core_clock_init(struct core_clock *clock, const struct core_limit *limit);

/* Start *clock at from. A limit of CORE_UNIT_NONE gives CORE_CLOCK_NONE. Stops before from are
 * over for it. Errors (*clock unchanged): OD_ERANGE the due day lies past CORE_DAY_MAX. */
OD_MUST_CHECK int core_clock_start(struct core_clock *clock, const struct core_span *span,
                                   const struct core_moment *from);

/* Work out the due and warn day again from start, stops, extensions and calendar. No effect unless
 * RUNNING or PAUSED; open stops are left out, and while PAUSED all those of the present standstill.
 * A later warn day makes it not warned again. Errors (unchanged): OD_ERANGE. */
OD_MUST_CHECK int core_clock_renew(struct core_clock *clock, const struct core_span *span);

/* No effect unless RUNNING, not overdue and at not past due: what has run out cannot be paused (K-6). */
void core_clock_pause(struct core_clock *clock, const struct core_limit *limit, const struct core_moment *at);

/* RUNNING again, when PAUSED; the closed stop is in the span. Errors (unchanged): OD_ERANGE. */
OD_MUST_CHECK int core_clock_resume(struct core_clock *clock, const struct core_span *span);

/* Count anew from at, at full length with what was granted; RUNNING or PAUSED clocks only.
 * Errors (unchanged): OD_ERANGE. */
OD_MUST_CHECK int core_clock_reset(struct core_clock *clock, const struct core_span *span, const struct core_moment *at);

/* Grant length more units. RUNNING or PAUSED; who may, how often and before expiry is checked here.
 * Errors (unchanged):
 *   OD_EUNSUPPORTED the limit cannot be extended, or its clock does not run
 *   OD_ELIMIT   granted extend.times_max times already
 *   OD_EINVAL   length not in 1..extend.length_max
 *   OD_EDENIED  rank is below extend.approver
 *   OD_ESTALE   too late: it has run out (K-11)
 *   OD_ERANGE   the due day lies past CORE_DAY_MAX */
OD_MUST_CHECK int core_clock_extend(struct core_clock *clock, const struct core_span *span,
                                    const struct core_moment *at, int length, enum core_rank rank);

/* End it as MET or STOPPED; marks it overdue when it ran and at is past due. True when this
 * call marked it. No effect when already ended or NONE. */
bool core_clock_end(struct core_clock *clock, enum core_clock_state end, const struct core_moment *at);

/* Mark it overdue when it runs and now is past due. True when this call marked it. */
bool core_clock_check(struct core_clock *clock, const struct core_moment *now);

/* Mark it warned when it runs, is in time, and its yellow time has come. True when this call did. */
bool core_clock_check_warn(struct core_clock *clock, const struct core_moment *now);

/* Days that counted from its start until the end of the day `until`, by its own unit; one in hours or months counts
 * every day. 0 when it never started. Cost: O(days walked). */
int core_clock_used(const struct core_clock *clock, const struct core_span *span, core_day until);

/* Whole limit units from now until due: 0 on the due day, -1 or less after it. While
 * PAUSED: what is left unused. 0 when it is neither RUNNING nor PAUSED. A limit in months counts calendar
 * days. Cost: O(days walked). */
int core_clock_left(const struct core_clock *clock, const struct core_span *span, const struct core_moment *now);

/* -- The account: why the date is what it is -- */

enum core_day_use {
    CORE_DAY_USE_NONE = 0,
    CORE_DAY_START,   /* the start day, which is not counted */
    CORE_DAY_COUNTED,
    CORE_DAY_OFF,     /* not counted: weekend or holiday */
    CORE_DAY_STOPPED, /* not counted: .stop stood in the way */
    CORE_DAY_ROLLED,  /* not counted: after the end of the count, until it comes to rest on a working day */
};

struct core_day_account {
    core_day day;
    enum core_day_kind kind;
    enum core_day_use use;
    int number;                    /* COUNTED: which day of the limit, 1.. */
    const struct core_stop *stop;  /* STOPPED; borrowed from the span */
};

/* Every day from start until due (until `until` while it is PAUSED or when that is later), one call each. HOUR: the days
 * it touches, COUNTED without a number. What on_day returns but OD_OK ends the walk and is returned. */
typedef int (*core_account_cb)(void *owner, const struct core_day_account *account);
int core_clock_account(const struct core_clock *clock, const struct core_span *span, core_day until,
                       core_account_cb on_day, void *owner);

/* Where the due day would be without any stop, and without extensions too. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_clock_due_unstopped(const struct core_clock *clock, const struct core_span *span, core_day *due);
OD_MUST_CHECK int core_clock_due_plain(const struct core_clock *clock, const struct core_span *span, core_day *due);

#endif
