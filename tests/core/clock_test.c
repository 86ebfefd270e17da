/* SPDX-License-Identifier: Apache-2.0 */
/* Rules K-1 to K-7 on single clocks; K-8 and K-9 are in task_test.c. */
#include <string.h>

#include "core/office.h"

#define WD CORE_UNIT_WORKING_DAY
#define CD CORE_UNIT_CALENDAR_DAY
#define NO_ROLL CORE_END_ROLL_NONE
#define ROLL CORE_END_ROLL_NEXT_WORKING_DAY

static core_day in_2024(int month, int day)
{
    return office_day(2024, month, day);
}

static struct core_clock start(const struct core_limit *limit, core_day from)
{
    struct core_clock clock = {0};

    assert_int_equal(OD_OK, core_clock_start(&clock, &office_calendar, limit, from));
    return clock;
}

static void resume(struct core_clock *clock, const struct core_limit *limit, core_day on)
{
    assert_int_equal(OD_OK, core_clock_resume(clock, &office_calendar, limit, on));
}

/* K-1 and K-2. */
/* clang-format off */
static const struct {
    struct core_limit limit;
    int month, day, due_month, due_day;
    const char *why;
} starts[] = {
    {{WD, 20, false, NO_ROLL}, 2, 8, 3, 13, "K-1: the day after is day 1"},
    {{WD, 20, true, NO_ROLL}, 2, 8, 3, 12, "K-1: the start day is day 1"},
    {{WD, 1, true, NO_ROLL}, 2, 8, 2, 8, "one day that is used up by the start day"},
    {{WD, 1, true, NO_ROLL}, 2, 10, 2, 18, "a start on a day off uses nothing"},
    {{CD, 10, false, NO_ROLL}, 2, 8, 2, 18, "K-2: every day counts"},
    {{CD, 10, true, NO_ROLL}, 2, 8, 2, 17, "K-2: and may end on a holiday"},
    {{CD, 10, true, ROLL}, 2, 8, 2, 18, "K-2: rolled to the make-up Sunday"},
    {{CD, 2, false, ROLL}, 2, 8, 2, 18, "K-2: rolled over the festival"},
    {{CD, 1, true, NO_ROLL}, 2, 10, 2, 10, "one calendar day that is the start day"},
};
/* clang-format on */

static void start_sets_the_due_day(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(starts); i++) {
        core_day from = in_2024(starts[i].month, starts[i].day);
        struct core_clock clock = start(&starts[i].limit, from);
        if (clock.due != in_2024(starts[i].due_month, starts[i].due_day))
            fail_msg("%s: %d", starts[i].why, (int)(clock.due - from));
        assert_int_equal(CORE_CLOCK_RUNNING, clock.state);
        assert_int_equal(from, clock.start);
        assert_false(clock.is_provisional);
    }
}

static void start_knows_no_limit_and_the_end_of_time(void **state)
{
    struct core_limit none = {.unit = CORE_UNIT_NONE};
    struct core_limit one = office_limit(1);
    struct core_limit calendar_day = {.unit = CORE_UNIT_CALENDAR_DAY, .length = 1};
    struct core_clock clock;
    struct core_clock before;

    (void)state;
    memset(&clock, 0x5a, sizeof(clock));
    before = clock;
    assert_int_equal(OD_ERANGE, core_clock_start(&clock, &office_calendar, &one, CORE_DAY_MAX));
    assert_int_equal(OD_ERANGE,
                     core_clock_start(&clock, &office_calendar, &calendar_day, CORE_DAY_MAX));
    assert_memory_equal(&before, &clock, sizeof(clock));
    assert_int_equal(OD_OK, core_clock_start(&clock, &office_calendar, &none, CORE_DAY_MAX));
    assert_int_equal(CORE_CLOCK_NONE, clock.state);

    core_clock_init(&clock, &none);
    assert_int_equal(CORE_CLOCK_NONE, clock.state);
    core_clock_init(&clock, &one);
    assert_int_equal(CORE_CLOCK_NOT_STARTED, clock.state);
    assert_int_equal(0, clock.due);
}

/* C-3. */
static void dates_outside_the_published_days_are_provisional(void **state)
{
    struct core_limit one = office_limit(1);
    struct core_limit calendar_days = {.unit = CORE_UNIT_CALENDAR_DAY, .length = 1};
    struct core_limit rolled = {.unit = CORE_UNIT_CALENDAR_DAY, .length = 1, .end_roll = ROLL};

    (void)state;
    assert_false(start(&one, in_2024(12, 30)).is_provisional);
    assert_true(start(&one, in_2024(12, 31)).is_provisional);
    assert_false(start(&calendar_days, in_2024(12, 31)).is_provisional);
    assert_true(start(&rolled, in_2024(12, 31)).is_provisional);
    assert_false(start(&one, in_2024(1, 1)).is_provisional);
    assert_true(start(&one, in_2024(1, 1) - 1).is_provisional);
    assert_true(start(&one, 0).is_provisional);
    assert_false(start(&calendar_days, 0).is_provisional);
    assert_true(start(&rolled, in_2024(1, 1) - 1).is_provisional);
    assert_false(start(&rolled, in_2024(1, 1)).is_provisional);
    struct core_calendar without_first = office_calendar;
    without_first.published_from = 0;
    struct core_clock unknown = {0};
    assert_int_equal(OD_OK, core_clock_start(&unknown, &without_first, &one, 0));
    assert_false(unknown.is_provisional);

    struct core_clock clock = start(&one, in_2024(12, 30));
    core_clock_pause(&clock, &office_calendar, &one, in_2024(12, 30));
    resume(&clock, &one, in_2024(12, 31));
    assert_true(clock.is_provisional);

    clock = start(&one, in_2024(1, 1) - 1);
    core_clock_pause(&clock, &office_calendar, &one, in_2024(1, 1) - 1);
    resume(&clock, &one, in_2024(3, 1));
    assert_true(clock.is_provisional); /* what was left was counted from before */
}

/* K-3. */
static void overdue_begins_with_the_day_after(void **state)
{
    struct core_limit limit = office_limit(5);
    struct core_clock clock = start(&limit, in_2024(2, 8));

    (void)state;
    assert_false(core_clock_check(&clock, in_2024(2, 21)));
    assert_true(core_clock_check(&clock, in_2024(2, 22)));
    assert_false(core_clock_check(&clock, in_2024(2, 23)));
    assert_true(clock.is_overdue);
    assert_false(core_clock_end(&clock, CORE_CLOCK_MET, in_2024(2, 23)));
    assert_true(clock.is_overdue);
    assert_int_equal(CORE_CLOCK_MET, clock.state);
    assert_int_equal(in_2024(2, 23), clock.ended);
}

static void end_marks_what_nobody_was_woken_for(void **state)
{
    struct core_limit limit = office_limit(5);
    struct core_clock on_time = start(&limit, in_2024(2, 8));
    struct core_clock late = on_time;
    struct core_clock ended = on_time;

    (void)state;
    assert_false(core_clock_end(&on_time, CORE_CLOCK_MET, in_2024(2, 21)));
    assert_false(on_time.is_overdue);
    assert_true(core_clock_end(&late, CORE_CLOCK_STOPPED, in_2024(2, 22)));
    assert_true(late.is_overdue);
    assert_int_equal(CORE_CLOCK_STOPPED, late.state);

    assert_false(core_clock_end(&ended, CORE_CLOCK_MET, in_2024(2, 9)));
    assert_false(core_clock_end(&ended, CORE_CLOCK_STOPPED, in_2024(3, 9)));
    assert_int_equal(CORE_CLOCK_MET, ended.state);
    assert_int_equal(in_2024(2, 9), ended.ended);
}

/* K-4 to K-7: accepted 02-08, paused and resumed on the days of the row. */
/* clang-format off */
static const struct {
    struct core_limit limit;
    int pause_month, pause_day, left, resume_month, resume_day, due_month, due_day;
    const char *why;
} pauses[] = {
    {{WD, 5, false, NO_ROLL}, 2, 18, 3, 2, 18, 2, 21, "K-4: no day passed, none is won"},
    {{WD, 5, false, NO_ROLL}, 2, 18, 3, 2, 19, 2, 22, "K-4: one working day longer"},
    {{WD, 5, false, NO_ROLL}, 2, 9, 4, 2, 17, 2, 21, "K-4: a pause over the holidays wins nothing"},
    {{WD, 5, false, NO_ROLL}, 2, 9, 4, 2, 18, 2, 22, "K-4: the make-up Sunday is won"},
    {{WD, 5, false, NO_ROLL}, 2, 8, 5, 2, 26, 3, 4, "K-4: paused at once, the whole limit is left"},
    {{WD, 5, false, NO_ROLL}, 2, 21, 0, 2, 21, 2, 21, "K-5: paused and resumed on the last day"},
    {{WD, 5, false, NO_ROLL}, 2, 21, 0, 2, 24, 2, 26, "K-5: nothing left, resumed on a Saturday"},
    {{WD, 5, false, NO_ROLL}, 2, 22, -1, 2, 29, 2, 21, "K-6: past due is not paused"},
    {{CD, 10, false, NO_ROLL}, 2, 12, 6, 2, 14, 2, 20, "K-4: calendar days"},
    {{CD, 2, false, ROLL}, 2, 9, 1, 2, 19, 2, 20, "K-7: the roll is not a day left"},
    {{CD, 2, false, ROLL}, 2, 9, 1, 2, 10, 2, 18, "K-7: and is made again"},
    {{CD, 2, false, ROLL}, 2, 12, 0, 2, 24, 2, 26, "K-7: paused in the roll itself"},
};
/* clang-format on */

static void pause_keeps_the_days_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pauses); i++) {
        struct core_clock clock = start(&pauses[i].limit, in_2024(2, 8));
        core_clock_pause(&clock, &office_calendar, &pauses[i].limit,
                         in_2024(pauses[i].pause_month, pauses[i].pause_day));
        if (pauses[i].left >= 0 && clock.left != pauses[i].left)
            fail_msg("%s: %d left", pauses[i].why, (int)clock.left);
        assert_int_equal(pauses[i].left < 0 ? CORE_CLOCK_RUNNING : CORE_CLOCK_PAUSED,
                         clock.state);
        resume(&clock, &pauses[i].limit, in_2024(pauses[i].resume_month, pauses[i].resume_day));
        if (clock.due != in_2024(pauses[i].due_month, pauses[i].due_day))
            fail_msg("%s: due %+d days off", pauses[i].why,
                     (int)(clock.due - in_2024(pauses[i].due_month, pauses[i].due_day)));
        assert_int_equal(CORE_CLOCK_RUNNING, clock.state);
    }
}

/* K-5 and K-7: resumed on a Saturday with nothing left, and paused again before the Monday. */
static void nothing_left_stays_nothing(void **state)
{
    struct core_limit limit = office_limit(5);
    struct core_clock clock = start(&limit, in_2024(2, 8));

    (void)state;
    core_clock_pause(&clock, &office_calendar, &limit, in_2024(2, 21));
    resume(&clock, &limit, in_2024(2, 24));
    assert_int_equal(in_2024(2, 26), clock.due);
    core_clock_pause(&clock, &office_calendar, &limit, in_2024(2, 25));
    assert_int_equal(0, clock.left);
    resume(&clock, &limit, in_2024(2, 27));
    assert_int_equal(in_2024(2, 27), clock.due);
}

/* K-4: not even when the calendar was amended while the clock stood still. */
static void a_due_day_never_gets_earlier(void **state)
{
    struct core_calendar weekdays_only = {.weekend = 0x60, .published_until = CORE_DAY_MAX};
    struct core_limit limit = office_limit(5);
    struct core_clock clock = start(&limit, in_2024(2, 8));

    (void)state;
    core_clock_pause(&clock, &office_calendar, &limit, in_2024(2, 9));
    assert_int_equal(4, clock.left);
    assert_int_equal(OD_OK, core_clock_resume(&clock, &weekdays_only, &limit, in_2024(2, 9)));
    assert_int_equal(in_2024(2, 21), clock.due); /* four weekdays after 02-09 end on 02-15 */
}

static void pause_has_its_edges(void **state)
{
    struct core_limit limit = office_limit(5);
    struct core_clock clock = start(&limit, in_2024(2, 19));
    core_day due = clock.due;

    (void)state;
    core_clock_pause(&clock, &office_calendar, &limit, in_2024(2, 9));
    assert_int_equal(5, clock.left); /* paused before it began: as on its start */
    core_clock_pause(&clock, &office_calendar, &limit, in_2024(2, 22));
    assert_int_equal(in_2024(2, 19), clock.paused_on);
    assert_false(core_clock_check(&clock, in_2024(12, 1)));
    resume(&clock, &limit, in_2024(2, 10));
    assert_int_equal(due, clock.due);
    resume(&clock, &limit, in_2024(3, 10));
    assert_int_equal(due, clock.due); /* a second resumption does nothing */

    core_clock_pause(&clock, &office_calendar, &limit, in_2024(2, 20));
    assert_int_equal(OD_ERANGE,
                     core_clock_resume(&clock, &office_calendar, &limit, CORE_DAY_MAX));
    assert_int_equal(CORE_CLOCK_PAUSED, clock.state);
    assert_int_equal(due, clock.due);
    assert_false(core_clock_end(&clock, CORE_CLOCK_MET, in_2024(12, 1)));
    assert_false(clock.is_overdue); /* it stood still */
}

static void days_left_counts_limit_days(void **state)
{
    struct core_limit limit = office_limit(5);
    struct core_limit calendar_days = {.unit = CORE_UNIT_CALENDAR_DAY, .length = 10};
    struct core_clock clock = start(&limit, in_2024(2, 8));
    struct core_clock plain = start(&calendar_days, in_2024(2, 8));
    static const struct {
        int month, day, left, plain_left;
    } rows[] = {
        {2, 8, 5, 10},   {2, 12, 4, 6},   {2, 18, 3, NO_ROLL}, {2, 21, 0, -3},
        {2, 22, -1, -4}, {2, 24, -2, -6}, {2, 26, -3, -8},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        core_day today = in_2024(rows[i].month, rows[i].day);
        assert_int_equal(rows[i].left,
                         core_clock_days_left(&clock, &office_calendar, &limit, today));
        assert_int_equal(rows[i].plain_left,
                         core_clock_days_left(&plain, &office_calendar, &calendar_days, today));
    }
    struct core_limit to_friday = office_limit(1);
    struct core_clock friday = start(&to_friday, in_2024(2, 22));
    assert_int_equal(
        -1, core_clock_days_left(&friday, &office_calendar, &to_friday, in_2024(2, 24)));
    core_clock_pause(&clock, &office_calendar, &limit, in_2024(2, 18));
    assert_int_equal(3, core_clock_days_left(&clock, &office_calendar, &limit, in_2024(9, 1)));
    core_clock_end(&clock, CORE_CLOCK_MET, in_2024(9, 1));
    assert_int_equal(0, core_clock_days_left(&clock, &office_calendar, &limit, in_2024(9, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_sets_the_due_day),
        cmocka_unit_test(start_knows_no_limit_and_the_end_of_time),
        cmocka_unit_test(dates_outside_the_published_days_are_provisional),
        cmocka_unit_test(overdue_begins_with_the_day_after),
        cmocka_unit_test(end_marks_what_nobody_was_woken_for),
        cmocka_unit_test(pause_keeps_the_days_left),
        cmocka_unit_test(nothing_left_stays_nothing),
        cmocka_unit_test(a_due_day_never_gets_earlier),
        cmocka_unit_test(pause_has_its_edges),
        cmocka_unit_test(days_left_counts_limit_days),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
