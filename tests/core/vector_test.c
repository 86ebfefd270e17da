/* SPDX-License-Identifier: Apache-2.0 */
/* Dates that the laws themselves, and those who apply them, give: counted by hand, one row each, with the answers
 * that a simpler count would give beside them. */
#include "core/office.h"
#include "core/watchmaker.h"

struct date {
    int year, month, day;
};

static core_day of(const struct date *date)
{
    return office_day(date->year, date->month, date->day);
}

static void expect(const struct watchmaker *maker, const struct date *due, const char *why)
{
    if (maker->clock.due != of(due))
        fail_msg("%s: due %+d days off", why, (int)(maker->clock.due - of(due)));
}

/* Licensing Law art. 42, 44 and 82: accepted on Thursday 2024-02-08, before the Spring Festival. */
static const struct {
    int length;
    struct date due, without_make_ups, weekdays_only;
} festival[] = {
    {5, {2024, 2, 21}, {2024, 2, 22}, {2024, 2, 15}},
    {10, {2024, 2, 28}, {2024, 2, 29}, {2024, 2, 22}},
    {20, {2024, 3, 13}, {2024, 3, 14}, {2024, 3, 7}},
};

static void the_licensing_law_counts_make_up_days(void **state)
{
    struct core_calendar without_make_ups = office_calendar;
    struct core_calendar weekdays_only = {.weekend = 0x60, .published_until = CORE_DAY_MAX};

    (void)state;
    without_make_ups.make_up_count = 0;
    for (size_t i = 0; i < COUNT(festival); i++) {
        struct core_limit limit = office_limit(festival[i].length);
        struct watchmaker maker;
        watchmaker_start(&maker, &limit, office_day(2024, 2, 8));
        expect(&maker, &festival[i].due, "with holidays and make-up days");
        watchmaker_amend(&maker, &without_make_ups); /* so that the rows prove something */
        expect(&maker, &festival[i].without_make_ups, "a count that knows no make-up days");
        watchmaker_amend(&maker, &weekdays_only);
        expect(&maker, &festival[i].weekdays_only, "a count that knows no holidays");
    }
}

/* Art. 42: 20 days and 10 more by the head of the body; joint handling 45 and 15 more by the government's. */
static void the_licensing_law_extends_once(void **state)
{
    static const struct {
        int length, more;
        enum core_rank too_low, approver;
        struct date due, extended;
    } rows[] = {
        {20, 10, CORE_RANK_OFFICER, CORE_RANK_HEAD, {2024, 3, 13}, {2024, 3, 27}},
        {45, 15, CORE_RANK_HEAD, CORE_RANK_GOVERNMENT, {2024, 4, 18}, {2024, 5, 11}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct core_limit limit = office_limit(rows[i].length);
        limit.extend = (struct core_extend){
            .times_max = 1, .approver = (uint8_t)rows[i].approver, .length_max = rows[i].more};
        struct watchmaker maker;
        watchmaker_start(&maker, &limit, office_day(2024, 2, 8));
        expect(&maker, &rows[i].due, "art. 42");
        assert_int_equal(OD_EDENIED, watchmaker_extend(&maker, maker.clock.due, rows[i].more, rows[i].too_low));
        assert_int_equal(OD_EINVAL, watchmaker_extend(&maker, maker.clock.due, rows[i].more + 1, rows[i].approver));
        assert_int_equal(OD_OK, watchmaker_extend(&maker, maker.clock.due, rows[i].more, rows[i].approver));
        expect(&maker, &rows[i].extended, "art. 42, extended on the last day");
        assert_int_equal(OD_ELIMIT, watchmaker_extend(&maker, maker.clock.due, 1, rows[i].approver));
    }
}

/* Where a start falls: on a make-up day, on a holiday, at the end of a year of which the next is not published. */
static void a_start_may_fall_on_any_day(void **state)
{
    static const struct {
        struct date start, due;
        bool is_provisional;
        const char *why;
    } rows[] = {
        {{2024, 2, 4}, {2024, 2, 9}, false, "a make-up Sunday is not counted either"},
        {{2024, 2, 10}, {2024, 2, 22}, false, "the first holiday"},
        {{2024, 2, 18}, {2024, 2, 23}, false, "the make-up Sunday after them"},
        {{2024, 12, 31}, {2025, 1, 7}, true, "the days of the next year are not known yet"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct core_limit limit = office_limit(5);
        struct watchmaker maker;
        watchmaker_start(&maker, &limit, of(&rows[i].start));
        expect(&maker, &rows[i].due, rows[i].why);
        assert_int_equal(rows[i].is_provisional, maker.clock.is_provisional);
    }
}

/* -- New Zealand, Building Act 2004 s. 48: the day of the request counts, the clock stops on the next working day and
 *    resumes on the working day after everything arrived; 20 December to 10 January are no working days (s. 7). -- */

#define SHUTDOWN(day_) (20077 + (day_)) /* 2024-12-20 is day 20077 */

static const core_day nz_holidays[] = {
    SHUTDOWN(0),  SHUTDOWN(1),  SHUTDOWN(2),  SHUTDOWN(3),  SHUTDOWN(4),  SHUTDOWN(5),  SHUTDOWN(6),  SHUTDOWN(7),
    SHUTDOWN(8),  SHUTDOWN(9),  SHUTDOWN(10), SHUTDOWN(11), SHUTDOWN(12), SHUTDOWN(13), SHUTDOWN(14), SHUTDOWN(15),
    SHUTDOWN(16), SHUTDOWN(17), SHUTDOWN(18), SHUTDOWN(19), SHUTDOWN(20), SHUTDOWN(21), SHUTDOWN(48), /* Waitangi Day */
};
static const struct core_calendar nz = {.holidays = nz_holidays,
                                        .holiday_count = COUNT(nz_holidays),
                                        .weekend = 0x60,
                                        .published_until = CORE_DAY_MAX};

static const struct {
    struct date start;
    struct date requested, arrived, again, arrived_again; /* year 0 = none */
    struct date due;
    const char *why;
} consents[] = {
    {{2024, 12, 2}, {0}, {0}, {0}, {0}, {2025, 1, 21}, "over the shutdown"},
    {{2024, 12, 20}, {0}, {0}, {0}, {0}, {2025, 2, 10}, "received in it: day 1 is 13 January"},
    {{2024, 12, 2}, {2024, 12, 12}, {2025, 1, 14}, {0}, {0}, {2025, 1, 30}, "12 December counts, 14 January does not"},
    {{2024, 12, 2}, {2024, 12, 12}, {2025, 1, 18}, {0}, {0}, {2025, 2, 4}, "arrived on a Saturday"},
    {{2024, 12, 2}, {2024, 12, 12}, {2024, 12, 12}, {0}, {0}, {2025, 1, 21}, "arrived on the day of the request"},
    {{2024, 12, 2}, {2024, 12, 19}, {2024, 12, 23}, {0}, {0}, {2025, 1, 21}, "asked and answered around the last day"},
    {{2024, 12, 2}, {2024, 12, 3}, {2024, 12, 6}, {2024, 12, 9}, {2024, 12, 10}, {2025, 1, 27}, "asked twice"},
};

static void the_building_act_stops_the_clock(void **state)
{
    (void)state;
    assert_int_equal(SHUTDOWN(0), office_day(2024, 12, 20));
    for (size_t i = 0; i < COUNT(consents); i++) {
        struct core_limit limit = office_limit(20);
        struct watchmaker maker;
        watchmaker_start(&maker, &limit, of(&consents[i].start));
        watchmaker_amend(&maker, &nz);
        if (consents[i].requested.year != 0) {
            watchmaker_pause(&maker, of(&consents[i].requested));
            watchmaker_resume(&maker, of(&consents[i].arrived));
        }
        if (consents[i].again.year != 0) {
            watchmaker_pause(&maker, of(&consents[i].again));
            watchmaker_resume(&maker, of(&consents[i].arrived_again));
        }
        expect(&maker, &consents[i].due, consents[i].why);
    }
}

/* -- Months, K-9: Regulation 1182/71 art. 3(2)(c), BGB sections 187 to 190 -- */

static const struct core_calendar weekdays = {.weekend = 0x60, .published_until = CORE_DAY_MAX};

static const struct {
    struct date start;
    int months;
    bool counts_start_day, rolls;
    struct date due;
    const char *why;
} months[] = {
    {{2023, 1, 15}, 1, false, false, {2023, 2, 15}, "to the day of the same number"},
    {{2023, 1, 31}, 1, false, false, {2023, 2, 28}, "or to the last one"},
    {{2024, 1, 31}, 1, false, false, {2024, 2, 29}, "of a leap year"},
    {{2023, 1, 30}, 1, false, false, {2023, 2, 28}, "30 January as well"},
    {{2024, 1, 30}, 1, false, false, {2024, 2, 29}, "30 January of a leap year"},
    {{2023, 3, 31}, 1, false, false, {2023, 4, 30}, "April has 30 days"},
    {{2023, 8, 31}, 3, false, false, {2023, 11, 30}, "and November"},
    {{2023, 10, 31}, 2, false, false, {2023, 12, 31}, "December has 31"},
    {{2023, 2, 28}, 1, false, false, {2023, 3, 28}, "the last day does not stay the last"},
    {{2024, 2, 29}, 12, false, false, {2025, 2, 28}, "a year from a leap day"},
    {{2023, 2, 28}, 12, false, false, {2024, 2, 28}, "a year into a leap year"},
    {{2024, 2, 29}, 48, false, false, {2028, 2, 29}, "to the next leap day"},
    {{2023, 8, 31}, 6, false, false, {2024, 2, 29}, "over the end of a year"},
    {{2023, 12, 15}, 3, false, false, {2024, 3, 15}, "VwVfG section 42a: three months"},
    {{2099, 11, 30}, 3, false, false, {2100, 2, 28}, "2100 is no leap year"},
    {{2024, 8, 30}, 3, false, true, {2024, 12, 2}, "art. 3(4): a Saturday rolls to the Monday"},
    {{2024, 8, 29}, 3, false, true, {2024, 11, 29}, "a Friday does not roll"},
    {{2023, 1, 1}, 1, true, false, {2023, 1, 31}, "section 187(2): a month that begins with its first day"},
    {{2023, 2, 1}, 1, true, false, {2023, 2, 28}, "February as a whole"},
    {{2024, 2, 1}, 1, true, false, {2024, 2, 29}, "and in a leap year"},
    {{2023, 3, 1}, 1, true, false, {2023, 3, 31}, "section 188(2): the day before 1 April"},
    {{2023, 1, 15}, 1, true, false, {2023, 2, 14}, "the day before the one of the same number"},
    {{2023, 1, 29}, 1, true, false, {2023, 2, 28}, "the day before 29 February: 28 February"},
    {{2023, 1, 30}, 1, true, false, {2023, 2, 28}, "section 188(3): there is no 29 February"},
    {{2023, 1, 31}, 1, true, false, {2023, 2, 28}, "section 188(3): there is no 30 February"},
    {{2024, 1, 31}, 1, true, false, {2024, 2, 29}, "section 188(3), leap year"},
    {{2024, 1, 1}, 12, true, false, {2024, 12, 31}, "a calendar year"},
    {{2024, 1, 1}, CORE_LIMIT_MONTHS_MAX, false, false, {2034, 1, 1}, "the longest: ten years"},
};

static void months_end_on_the_same_day_or_the_last(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(months); i++) {
        struct core_limit limit = {.unit = CORE_UNIT_MONTH,
                                   .length = months[i].months,
                                   .counts_start_day = months[i].counts_start_day,
                                   .end_roll = months[i].rolls ? CORE_END_ROLL_NEXT_WORKING_DAY : CORE_END_ROLL_NONE};
        struct watchmaker maker;
        watchmaker_start(&maker, &limit, of(&months[i].start));
        watchmaker_amend(&maker, &weekdays);
        expect(&maker, &months[i].due, months[i].why);
    }
}

/* BGB section 190: from the end of the former period, which is not rolled, since both are one period. */
static void an_extension_begins_where_the_months_end(void **state)
{
    static const struct {
        struct date start;
        enum core_unit unit;
        int more;
        bool rolls;
        struct date due;
        const char *why;
    } rows[] = {
        {{2023, 12, 15}, CORE_UNIT_NONE, 1, false, {2024, 4, 15}, "by months"},
        {{2023, 11, 30}, CORE_UNIT_NONE, 1, false, {2024, 3, 29}, "from 29 February on"},
        {{2023, 12, 15}, CORE_UNIT_CALENDAR_DAY, 14, false, {2024, 3, 29}, "by days"},
        {{2024, 8, 30}, CORE_UNIT_NONE, 1, true, {2024, 12, 30}, "from Saturday 30 November, not from the Monday"},
        {{2024, 8, 30}, CORE_UNIT_CALENDAR_DAY, 14, true, {2024, 12, 16}, "14 December is a Saturday"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct core_limit limit = {.unit = CORE_UNIT_MONTH,
                                   .length = 3,
                                   .end_roll = rows[i].rolls ? CORE_END_ROLL_NEXT_WORKING_DAY : CORE_END_ROLL_NONE,
                                   .extend = {.times_max = 1, .unit = (uint8_t)rows[i].unit, .length_max = 14}};
        struct watchmaker maker;
        watchmaker_start(&maker, &limit, of(&rows[i].start));
        watchmaker_amend(&maker, &weekdays);
        assert_int_equal(OD_OK, watchmaker_extend(&maker, of(&rows[i].start), rows[i].more, CORE_RANK_OFFICER));
        expect(&maker, &rows[i].due, rows[i].why);
    }
}

/* -- Hours in Berlin, to the minute: 31 March 2024 has 23 of them, 27 October 2024 has 25 -- */

struct wall {
    int month, day, hour, minute;
};

/* 2024 in Europe/Berlin, where the clocks changed at 01:00 UTC; is_again = the second time round. */
static struct core_moment berlin(const struct wall *wall, bool is_again)
{
    core_day day = office_day(2024, wall->month, wall->day);
    core_day spring = office_day(2024, 3, 31), autumn = office_day(2024, 10, 27);
    int minute = wall->hour * 60 + wall->minute;
    bool is_after_spring = day > spring || (day == spring && minute >= 180);
    bool is_before_autumn = day < autumn || (day == autumn && minute < 180 && !is_again);
    int16_t offset = is_after_spring && is_before_autumn ? 120 : 60;

    return (struct core_moment){.day = day, .minute = day * CORE_DAY_MINUTES + minute - offset, .offset = offset};
}

static void hours_are_hours_over_a_change_of_the_wall(void **state)
{
    static const struct {
        struct wall start;
        bool starts_again;
        int hours;
        struct wall due;
        bool ends_again;
        const char *why;
    } rows[] = {
        {{3, 30, 12, 0}, false, 24, {3, 31, 13, 0}, false, "24 hours end an hour later on the wall"},
        {{3, 31, 1, 59}, false, 1, {3, 31, 3, 59}, false, "from 01:59 over the gap"},
        {{10, 26, 12, 0}, false, 24, {10, 27, 11, 0}, false, "24 hours end an hour earlier on the wall"},
        {{10, 27, 2, 30}, false, 1, {10, 27, 2, 30}, true, "from 02:30 to 02:30"},
        {{10, 27, 2, 30}, true, 1, {10, 27, 3, 30}, false, "from the second 02:30"},
        {{2, 28, 23, 30}, false, 24, {2, 29, 23, 30}, false, "over the leap day"},
        {{2, 10, 8, 17}, false, 72, {2, 13, 8, 17}, false, "nights and holidays included"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct core_limit limit = {.unit = CORE_UNIT_HOUR, .length = rows[i].hours};
        struct core_moment from = berlin(&rows[i].start, rows[i].starts_again);
        struct core_moment due = berlin(&rows[i].due, rows[i].ends_again), next = due;
        struct watchmaker maker;
        watchmaker_start_at(&maker, &limit, &from);
        if (maker.clock.due_minute != due.minute)
            fail_msg("%s: %+d minutes off", rows[i].why, (int)(maker.clock.due_minute - due.minute));
        assert_int_equal(due.day, maker.clock.due);
        assert_false(core_clock_check(&maker.clock, &due)); /* in time to the end of its minute */
        next.minute++;
        assert_true(core_clock_check(&maker.clock, &next));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_licensing_law_counts_make_up_days),
        cmocka_unit_test(the_licensing_law_extends_once),
        cmocka_unit_test(a_start_may_fall_on_any_day),
        cmocka_unit_test(the_building_act_stops_the_clock),
        cmocka_unit_test(months_end_on_the_same_day_or_the_last),
        cmocka_unit_test(an_extension_begins_where_the_months_end),
        cmocka_unit_test(hours_are_hours_over_a_change_of_the_wall),
    };

    return cmocka_run_group_tests_name("vector", tests, NULL, NULL);
}
