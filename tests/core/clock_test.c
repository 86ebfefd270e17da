/* SPDX-License-Identifier: Apache-2.0 */
/* Rules K-1 to K-7 on single clocks, in days. Months, hours and warnings are in limit_test.c; K-8 and
 * K-13 need tasks and are in task_test.c. */
#include <string.h>

#include "core/office.h"
#include "core/watchmaker.h"

#define WD(length_) {.unit = CORE_UNIT_WORKING_DAY, .length = (length_)}
#define WD_AT_ONCE(length_) {.unit = CORE_UNIT_WORKING_DAY, .length = (length_), .counts_start_day = true}
#define CD(length_) {.unit = CORE_UNIT_CALENDAR_DAY, .length = (length_)}
#define CD_AT_ONCE(length_) {.unit = CORE_UNIT_CALENDAR_DAY, .length = (length_), .counts_start_day = true}
#define ROLLED(length_)                                                                                      \
    {.unit = CORE_UNIT_CALENDAR_DAY, .length = (length_), .end_roll = CORE_END_ROLL_NEXT_WORKING_DAY}
#define ROLLED_AT_ONCE(length_)                                                                              \
    {.unit = CORE_UNIT_CALENDAR_DAY,                                                                         \
     .length = (length_),                                                                                    \
     .counts_start_day = true,                                                                               \
     .end_roll = CORE_END_ROLL_NEXT_WORKING_DAY}

static core_day in_2024(int month, int day)
{
    return office_day(2024, month, day);
}

/* K-1 and K-2. */
static const struct {
    struct core_limit limit;
    int month, day, due_month, due_day;
    const char *why;
} starts[] = {
    {WD(20), 2, 8, 3, 13, "K-1: the day after is day 1"},
    {WD_AT_ONCE(20), 2, 8, 3, 12, "K-1: the start day is day 1"},
    {WD_AT_ONCE(1), 2, 8, 2, 8, "one day that is used up by the start day"},
    {WD_AT_ONCE(1), 2, 10, 2, 18, "a start on a day off uses nothing"},
    {WD(1), 2, 18, 2, 19, "a start on a make-up day uses nothing either"},
    {WD_AT_ONCE(1), 2, 18, 2, 18, "a make-up day is a working day"},
    {CD(10), 2, 8, 2, 18, "K-2: every day counts"},
    {CD_AT_ONCE(10), 2, 8, 2, 17, "K-2: and may end on a holiday"},
    {ROLLED_AT_ONCE(10), 2, 8, 2, 18, "K-2: rolled to the make-up Sunday"},
    {ROLLED(2), 2, 8, 2, 18, "K-2: rolled over the festival"},
    {CD_AT_ONCE(1), 2, 10, 2, 10, "one calendar day that is the start day"},
};

static void start_sets_the_due_day(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(starts); i++) {
        core_day from = in_2024(starts[i].month, starts[i].day);
        struct watchmaker maker;
        watchmaker_start(&maker, &starts[i].limit, from);
        if (maker.clock.due != in_2024(starts[i].due_month, starts[i].due_day))
            fail_msg("%s: %d", starts[i].why, (int)(maker.clock.due - from));
        assert_int_equal(CORE_CLOCK_RUNNING, maker.clock.state);
        assert_int_equal(from, maker.clock.start);
        assert_int_equal(0, maker.clock.warn);
        assert_int_equal(0, maker.clock.due_minute);
        assert_false(maker.clock.is_provisional);
    }
}

static void start_knows_no_limit_and_the_end_of_time(void **state)
{
    struct core_limit none = {.unit = CORE_UNIT_NONE};
    static const struct core_limit ends[] = {WD(1), CD(1), {.unit = CORE_UNIT_MONTH, .length = 1},
                                             {.unit = CORE_UNIT_HOUR, .length = 1}};
    struct core_span span = {.calendar = &office_calendar, .task = CORE_TASKS_MAX, .pause_on = CORE_PAUSES_ALL};
    struct core_moment last = {.day = CORE_DAY_MAX, .minute = INT32_MAX};
    struct core_clock clock, before;

    (void)state;
    memset(&clock, 0x5a, sizeof(clock));
    before = clock;
    for (size_t i = 0; i < COUNT(ends); i++) {
        span.limit = &ends[i];
        assert_int_equal(OD_ERANGE, core_clock_start(&clock, &span, &last));
        assert_memory_equal(&before, &clock, sizeof(clock));
    }
    span.limit = &none;
    assert_int_equal(OD_OK, core_clock_start(&clock, &span, &last));
    assert_int_equal(CORE_CLOCK_NONE, clock.state);

    core_clock_init(&clock, &none);
    assert_int_equal(CORE_CLOCK_NONE, clock.state);
    core_clock_init(&clock, &ends[0]);
    assert_int_equal(CORE_CLOCK_NOT_STARTED, clock.state);
    assert_int_equal(0, clock.due);
}

/* The last day of all can still be a due day. */
static void the_last_day_is_in_time(void **state)
{
    static const struct {
        struct core_limit limit;
        core_day start;
    } lasts[] = {
        {WD(1), CORE_DAY_MAX - 1}, /* a Friday */
        {CD(1), CORE_DAY_MAX - 1},
        {CD_AT_ONCE(1), CORE_DAY_MAX},
        {{.unit = CORE_UNIT_MONTH, .length = 2}, CORE_DAY_MAX - 61}, /* 31 October 9999 */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lasts); i++) {
        struct core_span span = {.calendar = &office_calendar, .limit = &lasts[i].limit};
        struct core_moment from = {.day = lasts[i].start};
        struct core_clock clock;
        assert_int_equal(OD_OK, core_clock_start(&clock, &span, &from));
        assert_int_equal(CORE_DAY_MAX, clock.due);
    }
}

/* C-3. */
static void dates_outside_the_published_days_are_provisional(void **state)
{
    static const struct core_limit one = WD(1), day = CD(1), rolled = ROLLED(1);
    struct watchmaker maker;

    (void)state;
    assert_false(watchmaker_start(&maker, &one, in_2024(12, 30))->is_provisional);
    assert_true(watchmaker_start(&maker, &one, in_2024(12, 31))->is_provisional);
    assert_false(watchmaker_start(&maker, &day, in_2024(12, 31))->is_provisional);
    assert_true(watchmaker_start(&maker, &rolled, in_2024(12, 31))->is_provisional);
    assert_false(watchmaker_start(&maker, &one, in_2024(1, 1))->is_provisional);
    assert_true(watchmaker_start(&maker, &one, in_2024(1, 1) - 1)->is_provisional);
    assert_true(watchmaker_start(&maker, &one, 0)->is_provisional);
    assert_false(watchmaker_start(&maker, &day, 0)->is_provisional);
    assert_true(watchmaker_start(&maker, &rolled, in_2024(1, 1) - 1)->is_provisional);
    assert_false(watchmaker_start(&maker, &rolled, in_2024(1, 1))->is_provisional);

    struct core_calendar without_first = office_calendar;
    without_first.published_from = 0;
    watchmaker_start(&maker, &one, 0);
    maker.calendar = &without_first;
    assert_int_equal(OD_OK, watchmaker_renew(&maker));
    assert_false(maker.clock.is_provisional);

    watchmaker_start(&maker, &one, in_2024(12, 30));
    watchmaker_pause(&maker, in_2024(12, 30));
    watchmaker_resume(&maker, in_2024(12, 31));
    assert_true(maker.clock.is_provisional);

    watchmaker_start(&maker, &one, in_2024(1, 1) - 1);
    watchmaker_pause(&maker, in_2024(1, 1) - 1);
    watchmaker_resume(&maker, in_2024(3, 1));
    assert_true(maker.clock.is_provisional); /* what was left was counted from before */
}

/* K-3. */
static void overdue_begins_with_the_day_after(void **state)
{
    static const struct core_limit limit = WD(5);
    struct watchmaker maker;
    struct core_clock *clock = watchmaker_start(&maker, &limit, in_2024(2, 8));

    (void)state;
    assert_false(core_clock_check(clock, &AT(in_2024(2, 21))));
    assert_true(core_clock_check(clock, &AT(in_2024(2, 22))));
    assert_false(core_clock_check(clock, &AT(in_2024(2, 23))));
    assert_true(clock->is_overdue);
    assert_false(core_clock_end(clock, CORE_CLOCK_MET, &AT(in_2024(2, 23))));
    assert_true(clock->is_overdue);
    assert_int_equal(CORE_CLOCK_MET, clock->state);
    assert_int_equal(in_2024(2, 23), clock->ended);
}

static void end_marks_what_nobody_was_woken_for(void **state)
{
    static const struct core_limit limit = WD(5);
    struct watchmaker maker;
    struct core_clock on_time = *watchmaker_start(&maker, &limit, in_2024(2, 8));
    struct core_clock late = on_time, ended = on_time, none = {0};

    (void)state;
    assert_false(core_clock_end(&on_time, CORE_CLOCK_MET, &AT(in_2024(2, 21))));
    assert_false(on_time.is_overdue);
    assert_true(core_clock_end(&late, CORE_CLOCK_STOPPED, &AT(in_2024(2, 22))));
    assert_true(late.is_overdue);
    assert_int_equal(CORE_CLOCK_STOPPED, late.state);

    assert_false(core_clock_end(&ended, CORE_CLOCK_MET, &AT(in_2024(2, 9))));
    assert_false(core_clock_end(&ended, CORE_CLOCK_STOPPED, &AT(in_2024(3, 9))));
    assert_int_equal(CORE_CLOCK_MET, ended.state);
    assert_int_equal(in_2024(2, 9), ended.ended);
    assert_false(core_clock_end(&none, CORE_CLOCK_MET, &AT(in_2024(3, 9))));
    assert_int_equal(CORE_CLOCK_NONE, none.state);
}

/* K-4 to K-7: accepted 02-08, paused and resumed on the days of the row. */
static const struct {
    struct core_limit limit;
    int pause_month, pause_day, left, resume_month, resume_day, due_month, due_day;
    const char *why;
} pauses[] = {
    {WD(5), 2, 18, 3, 2, 18, 2, 21, "K-4: no day passed, none is won"},
    {WD(5), 2, 18, 3, 2, 19, 2, 22, "K-4: one working day longer"},
    {WD(5), 2, 9, 4, 2, 17, 2, 21, "K-4: a pause over the holidays wins nothing"},
    {WD(5), 2, 9, 4, 2, 18, 2, 22, "K-4: the make-up Sunday is won"},
    {WD(5), 2, 8, 5, 2, 26, 3, 4, "K-4: paused at once, the whole limit is left"},
    {WD(5), 2, 21, 0, 2, 21, 2, 21, "K-5: paused and resumed on the last day"},
    {WD(5), 2, 21, 0, 2, 24, 2, 26, "K-5: nothing left, resumed on a Saturday"},
    {WD(5), 2, 22, -1, 2, 29, 2, 21, "K-6: past due is not paused"},
    {CD(10), 2, 12, 6, 2, 14, 2, 20, "K-4: calendar days"},
    {ROLLED(2), 2, 9, 1, 2, 19, 2, 20, "K-7: the roll is not a day left"},
    {ROLLED(2), 2, 9, 1, 2, 10, 2, 18, "K-7: and is made again"},
    {ROLLED(2), 2, 12, 0, 2, 24, 2, 26, "K-7: paused in the roll itself"},
};

static void pause_keeps_the_days_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pauses); i++) {
        core_day paused = in_2024(pauses[i].pause_month, pauses[i].pause_day);
        core_day resumed = in_2024(pauses[i].resume_month, pauses[i].resume_day);
        struct watchmaker maker;
        core_day due = watchmaker_start(&maker, &pauses[i].limit, in_2024(2, 8))->due;
        watchmaker_pause(&maker, paused);
        assert_int_equal(due, maker.clock.due); /* as it was, while it stands still */
        assert_int_equal(pauses[i].left < 0 ? CORE_CLOCK_RUNNING : CORE_CLOCK_PAUSED, maker.clock.state);
        for (core_day day = paused; day <= resumed && pauses[i].left >= 0; day++)
            if (watchmaker_left(&maker, day) != pauses[i].left)
                fail_msg("%s: %d left", pauses[i].why, watchmaker_left(&maker, day));
        watchmaker_resume(&maker, resumed);
        if (maker.clock.due != in_2024(pauses[i].due_month, pauses[i].due_day))
            fail_msg("%s: due %+d days off", pauses[i].why,
                     (int)(maker.clock.due - in_2024(pauses[i].due_month, pauses[i].due_day)));
        assert_int_equal(CORE_CLOCK_RUNNING, maker.clock.state);
    }
}

/* K-4: the day of the pause and that of the resumption are parameters; 5 days from 02-19, due 02-26. */
static const struct {
    bool is_pause_day_free, is_resume_day_counted;
    int paused, resumed, due_month, due_day;
    const char *why;
} edges[] = {
    {false, false, 20, 22, 2, 28, "the default: 21 and 22 do not count"},
    {true, false, 20, 22, 2, 29, "nor does the day of the pause"},
    {false, true, 20, 22, 2, 27, "the day of the resumption counts"},
    {true, true, 20, 22, 2, 28, "both the other way round"},
    {false, true, 20, 20, 2, 26, "within one day, counted on both ends"},
    {true, true, 20, 20, 2, 26, "within one day: what is resumed is counted"},
    {true, false, 20, 20, 2, 27, "within one day, counted on neither end"},
    {false, true, 20, 21, 2, 26, "resumed on the next day: nothing was lost"},
};

static void edge_days_of_a_pause_are_parameters(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(edges); i++) {
        struct core_limit limit = WD(5);
        limit.is_pause_day_free = edges[i].is_pause_day_free;
        limit.is_resume_day_counted = edges[i].is_resume_day_counted;
        struct watchmaker maker;
        watchmaker_start(&maker, &limit, in_2024(2, 19));
        watchmaker_pause(&maker, in_2024(2, edges[i].paused));
        watchmaker_resume(&maker, in_2024(2, edges[i].resumed));
        if (maker.clock.due != in_2024(edges[i].due_month, edges[i].due_day))
            fail_msg("%s: due %+d days off", edges[i].why,
                     (int)(maker.clock.due - in_2024(edges[i].due_month, edges[i].due_day)));
    }
}

/* K-5 and K-7: resumed on a Saturday with nothing left, and paused again before the Monday. */
static void nothing_left_stays_nothing(void **state)
{
    static const struct core_limit limit = WD(5);
    struct watchmaker maker;

    (void)state;
    watchmaker_start(&maker, &limit, in_2024(2, 8));
    watchmaker_pause(&maker, in_2024(2, 21));
    watchmaker_resume(&maker, in_2024(2, 24));
    assert_int_equal(in_2024(2, 26), maker.clock.due);
    watchmaker_pause(&maker, in_2024(2, 25));
    assert_int_equal(0, watchmaker_left(&maker, in_2024(2, 25)));
    watchmaker_resume(&maker, in_2024(2, 27));
    assert_int_equal(in_2024(2, 27), maker.clock.due);
}

static void pause_has_its_edges(void **state)
{
    static const struct core_limit limit = WD(5);
    struct watchmaker maker;
    core_day due = watchmaker_start(&maker, &limit, in_2024(2, 19))->due;

    (void)state;
    watchmaker_pause(&maker, in_2024(2, 9));
    assert_int_equal(5, watchmaker_left(&maker, in_2024(2, 9))); /* paused before it began: as on its start */
    assert_int_equal(CORE_CLOCK_PAUSED, maker.clock.state);
    assert_false(core_clock_check(&maker.clock, &AT(in_2024(12, 1))));
    watchmaker_resume(&maker, in_2024(2, 10));
    assert_int_equal(due, maker.clock.due);
    watchmaker_resume(&maker, in_2024(3, 10));
    assert_int_equal(due, maker.clock.due); /* a second resumption does nothing */

    watchmaker_pause(&maker, in_2024(2, 20));
    struct core_span span = watchmaker_span(&maker);
    maker.stops[maker.stop_count - 1].until = CORE_DAY_MAX;
    assert_int_equal(OD_ERANGE, core_clock_resume(&maker.clock, &span));
    assert_int_equal(CORE_CLOCK_PAUSED, maker.clock.state);
    assert_int_equal(due, maker.clock.due);
    assert_false(core_clock_end(&maker.clock, CORE_CLOCK_MET, &AT(in_2024(12, 1))));
    assert_false(maker.clock.is_overdue); /* it stood still */
}

static void left_counts_limit_days(void **state)
{
    static const struct core_limit limit = WD(5), calendar_days = CD(10), to_friday = WD(1);
    struct watchmaker maker, plain, friday;
    static const struct {
        int month, day, left, plain_left;
    } rows[] = {
        {2, 8, 5, 10},   {2, 12, 4, 6},   {2, 18, 3, 0},   {2, 21, 0, -3},
        {2, 22, -1, -4}, {2, 24, -2, -6}, {2, 26, -3, -8},
    };

    (void)state;
    watchmaker_start(&maker, &limit, in_2024(2, 8));
    watchmaker_start(&plain, &calendar_days, in_2024(2, 8));
    for (size_t i = 0; i < COUNT(rows); i++) {
        core_day today = in_2024(rows[i].month, rows[i].day);
        assert_int_equal(rows[i].left, watchmaker_left(&maker, today));
        assert_int_equal(rows[i].plain_left, watchmaker_left(&plain, today));
    }
    watchmaker_start(&friday, &to_friday, in_2024(2, 22));
    assert_int_equal(-1, watchmaker_left(&friday, in_2024(2, 24)));
    watchmaker_pause(&maker, in_2024(2, 18));
    assert_int_equal(3, watchmaker_left(&maker, in_2024(9, 1)));
    core_clock_end(&maker.clock, CORE_CLOCK_MET, &AT(in_2024(9, 1)));
    assert_int_equal(0, watchmaker_left(&maker, in_2024(9, 1)));
}

/* Which stops a clock honours: those of its task, of its kinds. */
static void a_clock_honours_its_own_stops(void **state)
{
    struct core_span span = {.task = 3, .pause_on = 1u << CORE_PAUSE_HEARING | 1u << CORE_PAUSE_SUPPLEMENT};
    struct core_stop stop = {.task = 3, .kind = CORE_PAUSE_HEARING};

    (void)state;
    assert_true(core_span_honours(&span, &stop));
    stop.kind = CORE_PAUSE_SUPPLEMENT;
    assert_true(core_span_honours(&span, &stop));
    stop.kind = CORE_PAUSE_TESTING;
    assert_false(core_span_honours(&span, &stop));
    stop = (struct core_stop){.task = 2, .kind = CORE_PAUSE_HEARING};
    assert_false(core_span_honours(&span, &stop));
    span.task = CORE_TASKS_MAX;
    assert_true(core_span_honours(&span, &stop));
    span.pause_on = CORE_PAUSES_NEVER;
    for (unsigned kind = CORE_PAUSE_HEARING; kind <= CORE_PAUSE_SUPPLEMENT; kind++) {
        stop.kind = (uint8_t)kind;
        span.pause_on = CORE_PAUSES_NEVER;
        assert_false(core_span_honours(&span, &stop));
        span.pause_on = CORE_PAUSES_LAW;
        assert_int_equal(kind != CORE_PAUSE_SUPPLEMENT, core_span_honours(&span, &stop));
        span.pause_on = CORE_PAUSES_ALL;
        assert_true(core_span_honours(&span, &stop));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_sets_the_due_day),
        cmocka_unit_test(start_knows_no_limit_and_the_end_of_time),
        cmocka_unit_test(the_last_day_is_in_time),
        cmocka_unit_test(dates_outside_the_published_days_are_provisional),
        cmocka_unit_test(overdue_begins_with_the_day_after),
        cmocka_unit_test(end_marks_what_nobody_was_woken_for),
        cmocka_unit_test(pause_keeps_the_days_left),
        cmocka_unit_test(edge_days_of_a_pause_are_parameters),
        cmocka_unit_test(nothing_left_stays_nothing),
        cmocka_unit_test(pause_has_its_edges),
        cmocka_unit_test(left_counts_limit_days),
        cmocka_unit_test(a_clock_honours_its_own_stops),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
