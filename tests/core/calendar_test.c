/* SPDX-License-Identifier: Apache-2.0 */
/* Rules C-1 to C-4 on China's calendar of 2024 and on small calendars of our own. */
#include "core/office.h"

static core_day in_2024(int month, int day)
{
    return office_day(2024, month, day);
}

/* C-1 and C-2: the accepted day is Thursday 2024-02-08. */
static void due_counts_working_days(void **state)
{
    static const struct {
        int from_month, from_day, count, year, month, day;
        const char *why;
    } rows[] = {
        {2, 8, 5, 2024, 2, 21, "8 days off, and 02-18 is worked"},
        {2, 8, 10, 2024, 2, 28, "the same, two weeks"},
        {2, 8, 20, 2024, 3, 13, "the limit of art. 42 across the Spring Festival"},
        {2, 8, 1, 2024, 2, 9, "the start day is not counted"},
        {2, 9, 1, 2024, 2, 18, "a Sunday that is worked"},
        {2, 18, 1, 2024, 2, 19, "starts on a make-up day, which is not counted"},
        {2, 3, 1, 2024, 2, 4, "starts on a Saturday, the Sunday is worked"},
        {2, 12, 1, 2024, 2, 18, "starts on a holiday"},
        {2, 28, 2, 2024, 3, 1, "the leap day is a Thursday and worked"},
        {12, 30, 3, 2025, 1, 2, "beyond the published days only weekends are off"},
        {2, 8, -1, 2024, 2, 7, "backwards: strictly before"},
        {2, 18, -1, 2024, 2, 9, "backwards over the holidays"},
        {2, 19, -2, 2024, 2, 9, "backwards, the make-up Sunday counts"},
        {3, 13, -20, 2024, 2, 8, "the way back"},
        {3, 1, -2, 2024, 2, 28, "backwards over the leap day"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        core_day due = -1;
        int rc =
            core_calendar_due(&office_calendar, in_2024(rows[i].from_month, rows[i].from_day),
                              rows[i].count, &due);
        if (rc != OD_OK || due != office_day(rows[i].year, rows[i].month, rows[i].day))
            fail_msg("%s: rc %d, day %d", rows[i].why, rc, (int)due);
    }
}

/* The wrong answers that a simpler calendar gives, so that the vectors above mean something. */
static void due_differs_from_simpler_calendars(void **state)
{
    struct core_calendar no_make_ups = office_calendar;
    struct core_calendar weekdays_only = {.weekend = 0x60, .published_until = CORE_DAY_MAX};
    static const struct {
        int count, month, day, plain_month, plain_day;
    } rows[] = {
        {5, 2, 22, 2, 15},
        {10, 2, 29, 2, 22},
        {20, 3, 14, 3, 7},
    };

    (void)state;
    no_make_ups.make_up_count = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        core_day due = -1;
        assert_int_equal(OD_OK,
                         core_calendar_due(&no_make_ups, in_2024(2, 8), rows[i].count, &due));
        assert_int_equal(in_2024(rows[i].month, rows[i].day), due);
        assert_int_equal(OD_OK,
                         core_calendar_due(&weekdays_only, in_2024(2, 8), rows[i].count, &due));
        assert_int_equal(in_2024(rows[i].plain_month, rows[i].plain_day), due);
    }
}

static void due_refuses_and_leaves_the_output_alone(void **state)
{
    core_day due = 42;
    core_day worked = 42;

    (void)state;
    assert_int_equal(OD_EINVAL, core_calendar_due(&office_calendar, 100, 0, &due));
    assert_int_equal(OD_EINVAL,
                     core_calendar_due(&office_calendar, 9000, CORE_LIMIT_DAYS_MAX + 1, &due));
    assert_int_equal(OD_EINVAL,
                     core_calendar_due(&office_calendar, 9000, -CORE_LIMIT_DAYS_MAX - 1, &due));
    assert_int_equal(OD_ERANGE, core_calendar_due(&office_calendar, CORE_DAY_MAX, 1, &due));
    assert_int_equal(OD_ERANGE, core_calendar_due(&office_calendar, 0, -1, &due));
    assert_int_equal(OD_ERANGE,
                     core_calendar_roll(&office_calendar, CORE_DAY_MAX + 1, &worked));
    assert_int_equal(42, due);
    assert_int_equal(42, worked);
}

static void due_reaches_its_limits(void **state)
{
    struct core_calendar every_day = {.published_until = CORE_DAY_MAX};
    core_day due = -1;

    (void)state;
    assert_int_equal(OD_OK, core_calendar_due(&every_day, 0, CORE_LIMIT_DAYS_MAX, &due));
    assert_int_equal(CORE_LIMIT_DAYS_MAX, due);
    assert_int_equal(OD_OK, core_calendar_due(&every_day, due, -CORE_LIMIT_DAYS_MAX, &due));
    assert_int_equal(0, due);
    assert_int_equal(OD_OK, core_calendar_due(&every_day, CORE_DAY_MAX - 1, 1, &due));
    assert_int_equal(CORE_DAY_MAX, due);
    assert_int_equal(OD_OK, core_calendar_roll(&every_day, CORE_DAY_MAX, &due));
    assert_int_equal(CORE_DAY_MAX, due);
}

/* C-2: every day of February 2024 around the Spring Festival. */
static void kind_tells_why(void **state)
{
    static const struct {
        int month, day;
        enum core_day_kind kind;
    } rows[] = {
        {2, 3, CORE_DAY_WEEKEND},  {2, 4, CORE_DAY_MAKE_UP},  {2, 5, CORE_DAY_WORKING},
        {2, 9, CORE_DAY_WORKING},  {2, 10, CORE_DAY_HOLIDAY}, {2, 14, CORE_DAY_HOLIDAY},
        {2, 17, CORE_DAY_HOLIDAY}, {2, 18, CORE_DAY_MAKE_UP}, {2, 24, CORE_DAY_WEEKEND},
        {2, 29, CORE_DAY_WORKING}, {6, 8, CORE_DAY_WEEKEND},  {6, 10, CORE_DAY_HOLIDAY},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        core_day day = in_2024(rows[i].month, rows[i].day);
        bool is_worked = rows[i].kind == CORE_DAY_WORKING || rows[i].kind == CORE_DAY_MAKE_UP;
        assert_int_equal(rows[i].kind, core_calendar_kind(&office_calendar, day));
        assert_int_equal(is_worked, core_calendar_is_worked(&office_calendar, day));
    }
    assert_int_equal(CORE_DAY_WORKING, core_calendar_kind(&office_calendar, 0));
    assert_int_equal(CORE_DAY_WORKING, core_calendar_kind(&office_calendar, CORE_DAY_MAX));
}

/* C-4. */
static void roll_finds_the_first_worked_day(void **state)
{
    static const struct {
        int month, day, to_month, to_day;
    } rows[] = {
        {2, 8, 2, 8},   {2, 10, 2, 18}, {2, 17, 2, 18},
        {2, 18, 2, 18}, {2, 24, 2, 26}, {10, 1, 10, 8},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        core_day worked = -1;
        assert_int_equal(
            OD_OK,
            core_calendar_roll(&office_calendar, in_2024(rows[i].month, rows[i].day), &worked));
        assert_int_equal(in_2024(rows[i].to_month, rows[i].to_day), worked);
    }
}

/* due, count and is_worked are three programs for one rule: every day of 1,000, counts of +-40.
 */
static void due_and_count_agree(void **state)
{
    (void)state;
    for (core_day from = in_2024(1, 1) - 300; from < in_2024(12, 31) + 300; from++) {
        int worked = 0;
        for (core_day day = from + 1; worked < 40; day++) {
            worked += core_calendar_is_worked(&office_calendar, day);
            assert_int_equal(worked, core_calendar_count(&office_calendar, from, day));
            if (!core_calendar_is_worked(&office_calendar, day))
                continue;
            core_day due = -1;
            assert_int_equal(OD_OK, core_calendar_due(&office_calendar, from, worked, &due));
            assert_int_equal(day, due);
            assert_int_equal(OD_OK, core_calendar_due(&office_calendar, day + 1, -1, &due));
            assert_int_equal(day, due);
        }
    }
    assert_int_equal(0, core_calendar_count(&office_calendar, 20000, 20000));
    assert_int_equal(0, core_calendar_count(&office_calendar, 20000, 19000));
}

/* C-1 word by word: day after day, each asked for its kind. */
static int due_by_walking(const struct core_calendar *calendar, core_day from, int count, core_day *due)
{
    int step = count > 0 ? 1 : -1, left = count > 0 ? count : -count;

    for (core_day day = from + step; day >= 0 && day <= CORE_DAY_MAX; day += step) {
        if (core_calendar_is_worked(calendar, day) && --left == 0) {
            *due = day;
            return OD_OK;
        }
    }
    return OD_ERANGE;
}

static uint32_t random_next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Days that are ascending, some in runs, some far apart; into off or worked, never both. */
static void days_scatter(uint32_t *state, core_day first, core_day *off, size_t *off_count, core_day *worked,
                         size_t *worked_count)
{
    core_day day = first;

    *off_count = *worked_count = 0;
    for (int i = 0; i < 60; i++) {
        day += (core_day)(random_next(state) % 3 == 0 ? 1 + random_next(state) % 40 : 1);
        if (day > CORE_DAY_MAX)
            return;
        if (random_next(state) % 3 > 0)
            off[(*off_count)++] = day;
        else
            worked[(*worked_count)++] = day;
    }
}

static void due_equals_a_walk_day_by_day(void **unused)
{
    static const core_day starts[] = {0, 19700, CORE_DAY_MAX - 400};
    core_day off[60], worked[60];
    uint32_t state = 7;

    (void)unused;
    for (int round = 0; round < 30000; round++) {
        struct core_calendar calendar = {.holidays = off, .make_ups = worked};
        core_day start = starts[round % 3], first = -1, second = -1;
        days_scatter(&state, start, off, &calendar.holiday_count, worked, &calendar.make_up_count);
        calendar.weekend = (uint8_t)(random_next(&state) % 3 == 0 ? random_next(&state) % 127 : 0x60);
        core_day from = start + (core_day)(random_next(&state) % 400);
        int count = (int)(random_next(&state) % 300) + 1;
        count = random_next(&state) % 2 == 0 ? count : -count;
        int rc = core_calendar_due(&calendar, from, count, &first);
        int walked = due_by_walking(&calendar, from, count, &second);
        if (rc != walked || first != second)
            fail_msg("round %d: from %d count %d weekend %x: %d, day %d, not %d, day %d", round, (int)from, count,
                     calendar.weekend, rc, (int)first, walked, (int)second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_counts_working_days),
        cmocka_unit_test(due_differs_from_simpler_calendars),
        cmocka_unit_test(due_refuses_and_leaves_the_output_alone),
        cmocka_unit_test(due_reaches_its_limits),
        cmocka_unit_test(kind_tells_why),
        cmocka_unit_test(roll_finds_the_first_worked_day),
        cmocka_unit_test(due_and_count_agree),
        cmocka_unit_test(due_equals_a_walk_day_by_day),
    };

    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
