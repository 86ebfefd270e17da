/* SPDX-License-Identifier: Apache-2.0 */
/* What a limit may say beside its length, on single clocks: hours with pauses, resets (K-10), extensions (K-11),
 * warnings (W-1 to W-3), and the account that explains a date. */
#include <string.h>

#include "core/office.h"
#include "core/watchmaker.h"

#define MINUTE(day_, hour_, minute_) ((day_) * CORE_DAY_MINUTES + (hour_) * 60 + (minute_))

static core_day in_2024(int month, int day)
{
    return office_day(2024, month, day);
}

/* UTC and on the wall. */
static struct core_moment at(int month, int day, int hour, int minute)
{
    core_day date = in_2024(month, day);

    return (struct core_moment){.day = date, .minute = MINUTE(date, hour, minute)};
}

/* -- Hours -- */

static void a_pause_of_hours_counts_to_the_minute(void **state)
{
    static const struct {
        int hour, minute, resume_day, resume_hour, resume_minute, due_day, due_hour, due_minute;
        const char *why;
    } rows[] = {
        {11, 30, 19, 12, 15, 20, 10, 45, "paused for three quarters of an hour"},
        {10, 0, 19, 10, 0, 20, 10, 0, "paused at once, and resumed at once"},
        {10, 0, 20, 9, 59, 21, 9, 59, "paused at once: the whole limit is left"},
    };
    struct core_limit limit = {.unit = CORE_UNIT_HOUR, .length = 24};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct core_moment start = at(2, 19, 10, 0), pause = at(2, 19, rows[i].hour, rows[i].minute);
        struct core_moment resume = at(2, rows[i].resume_day, rows[i].resume_hour, rows[i].resume_minute);
        struct core_moment due = at(2, rows[i].due_day, rows[i].due_hour, rows[i].due_minute);
        struct watchmaker maker;
        watchmaker_start_at(&maker, &limit, &start);
        watchmaker_pause_at(&maker, &pause);
        watchmaker_resume_at(&maker, &resume);
        if (maker.clock.due_minute != due.minute)
            fail_msg("%s: %+d minutes off", rows[i].why, (int)(maker.clock.due_minute - due.minute));
        assert_int_equal(due.day, maker.clock.due);
    }
}

/* K-5 and K-6 in hours: in the due minute it can still be paused, and goes on with nothing left. */
static void the_last_minute_can_be_paused(void **state)
{
    struct core_limit limit = {.unit = CORE_UNIT_HOUR, .length = 2};
    struct core_moment start = at(2, 19, 10, 0), last = at(2, 19, 12, 0), late = at(2, 19, 12, 1), then = at(2, 20, 9, 0);
    struct watchmaker maker;

    (void)state;
    watchmaker_start_at(&maker, &limit, &start);
    watchmaker_pause_at(&maker, &late);
    assert_int_equal(CORE_CLOCK_RUNNING, maker.clock.state);

    watchmaker_start_at(&maker, &limit, &start);
    watchmaker_pause_at(&maker, &last);
    assert_int_equal(CORE_CLOCK_PAUSED, maker.clock.state);
    watchmaker_resume_at(&maker, &then);
    assert_int_equal(then.minute, maker.clock.due_minute);
}

static int left_at(const struct watchmaker *maker, struct core_moment now)
{
    struct core_span span = watchmaker_span(maker);

    return core_clock_left(&maker->clock, &span, &now);
}

static void left_counts_whole_hours(void **state)
{
    struct core_limit limit = {.unit = CORE_UNIT_HOUR, .length = 24};
    struct core_moment start = at(2, 19, 10, 0), before = at(2, 19, 11, 0), pause = at(2, 19, 12, 30), again = at(2, 19, 14, 0);
    struct watchmaker maker;

    (void)state;
    watchmaker_start_at(&maker, &limit, &start);
    assert_int_equal(24, left_at(&maker, start));
    assert_int_equal(23, left_at(&maker, at(2, 19, 10, 1)));
    assert_int_equal(0, left_at(&maker, at(2, 20, 10, 0)));
    assert_int_equal(-1, left_at(&maker, at(2, 20, 10, 1)));
    assert_int_equal(-1, left_at(&maker, at(2, 20, 11, 0)));
    assert_int_equal(-2, left_at(&maker, at(2, 20, 11, 1)));
    watchmaker_pause_at(&maker, &start);
    watchmaker_resume_at(&maker, &before); /* over, and an hour won */
    watchmaker_pause_at(&maker, &pause);
    watchmaker_pause_at(&maker, &again);                    /* a second department, at two */
    assert_int_equal(22, left_at(&maker, at(2, 25, 0, 0))); /* as it was at half past twelve */
    maker.stops[1].task = 9;
    struct core_span own = watchmaker_span(&maker);
    struct core_moment later = at(2, 25, 0, 0);
    own.task = 0; /* for a clock that honours the second alone: as it was at two */
    assert_int_equal(21, core_clock_left(&maker.clock, &own, &later));
}

/* -- Reset: K-10 -- */

static void a_reset_gives_the_full_length_again(void **state)
{
    struct core_limit limit = office_limit(5);
    struct watchmaker maker;
    struct core_span span;

    (void)state;
    limit.extend = (struct core_extend){.times_max = 1, .length_max = 2};
    watchmaker_start(&maker, &limit, in_2024(2, 18));
    assert_int_equal(OD_OK, watchmaker_extend(&maker, in_2024(2, 19), 2, CORE_RANK_OFFICER));
    assert_int_equal(in_2024(2, 27), maker.clock.due);
    span = watchmaker_span(&maker);
    assert_int_equal(OD_OK, core_clock_reset(&maker.clock, &span, &AT(in_2024(2, 22))));
    assert_int_equal(in_2024(3, 4), maker.clock.due); /* seven days again, with what was granted */
    assert_int_equal(in_2024(2, 22), maker.clock.start);

    assert_int_equal(OD_OK, core_clock_reset(&maker.clock, &span, &AT(in_2024(2, 20))));
    assert_int_equal(in_2024(2, 22), maker.clock.start); /* never earlier than it began */

    assert_true(core_clock_check(&maker.clock, &AT(in_2024(3, 5))));
    assert_int_equal(OD_OK, core_clock_reset(&maker.clock, &span, &AT(in_2024(3, 6))));
    assert_int_equal(in_2024(3, 4), maker.clock.due); /* what has run out is not set back */

    core_clock_end(&maker.clock, CORE_CLOCK_MET, &AT(in_2024(3, 6)));
    assert_int_equal(OD_OK, watchmaker_renew(&maker)); /* what has ended keeps its date */
    assert_int_equal(OD_OK, core_clock_reset(&maker.clock, &span, &AT(in_2024(3, 7))));
    assert_int_equal(in_2024(3, 4), maker.clock.due);
}

static void a_reset_past_the_end_of_time_changes_nothing(void **state)
{
    struct core_limit limit = office_limit(5), hours = {.unit = CORE_UNIT_HOUR, .length = 24};
    struct core_moment start = at(2, 19, 10, 0), again = at(2, 19, 15, 0), never = {CORE_DAY_MAX, INT32_MAX, 60};
    struct watchmaker maker;
    struct core_clock before;

    (void)state;
    before = *watchmaker_start(&maker, &limit, in_2024(2, 18));
    struct core_span span = watchmaker_span(&maker);
    assert_int_equal(OD_ERANGE, core_clock_reset(&maker.clock, &span, &never));
    assert_memory_equal(&before, &maker.clock, sizeof(before));

    watchmaker_start_at(&maker, &hours, &start);
    span = watchmaker_span(&maker);
    assert_int_equal(OD_ERANGE, core_clock_reset(&maker.clock, &span, &never));
    assert_int_equal(OD_OK, core_clock_reset(&maker.clock, &span, &again));
    assert_int_equal(at(2, 20, 15, 0).minute, maker.clock.due_minute);
}

/* -- Extension: K-11 -- */

static void an_extension_is_for_what_runs(void **state)
{
    static const struct core_limit plain = {.unit = CORE_UNIT_WORKING_DAY, .length = 5};
    struct core_limit limit = plain;
    struct watchmaker maker;

    (void)state;
    watchmaker_start(&maker, &plain, in_2024(2, 18));
    assert_int_equal(OD_EUNSUPPORTED, watchmaker_extend(&maker, in_2024(2, 19), 1, CORE_RANK_GOVERNMENT));

    limit.extend = (struct core_extend){.times_max = 2, .approver = CORE_RANK_HEAD, .length_max = 3};
    watchmaker_start(&maker, &limit, in_2024(2, 18)); /* due on the 23rd, a Friday */
    struct core_clock before = maker.clock;
    assert_int_equal(OD_EINVAL, watchmaker_extend(&maker, in_2024(2, 19), 0, CORE_RANK_HEAD));
    assert_int_equal(OD_EINVAL, watchmaker_extend(&maker, in_2024(2, 19), 4, CORE_RANK_HEAD));
    assert_int_equal(OD_EDENIED, watchmaker_extend(&maker, in_2024(2, 19), 3, CORE_RANK_OFFICER));
    assert_int_equal(OD_ESTALE, watchmaker_extend(&maker, in_2024(2, 24), 3, CORE_RANK_HEAD));
    assert_memory_equal(&before, &maker.clock, sizeof(before));
    assert_int_equal(OD_OK, watchmaker_extend(&maker, in_2024(2, 23), 3, CORE_RANK_GOVERNMENT)); /* a higher rank may */
    assert_int_equal(in_2024(2, 28), maker.clock.due);
    assert_int_equal(OD_OK, watchmaker_extend(&maker, in_2024(2, 28), 1, CORE_RANK_HEAD));
    assert_int_equal(in_2024(2, 29), maker.clock.due);
    assert_int_equal(OD_ELIMIT, watchmaker_extend(&maker, in_2024(2, 29), 1, CORE_RANK_HEAD));
    core_clock_end(&maker.clock, CORE_CLOCK_MET, &AT(in_2024(2, 29)));
    assert_int_equal(OD_EUNSUPPORTED, watchmaker_extend(&maker, in_2024(2, 29), 1, CORE_RANK_HEAD));
}

/* It stands still: nothing has run out, and the date that is shown moves by the extension alone. */
static void a_paused_clock_can_be_extended(void **state)
{
    struct core_limit limit = office_limit(5);
    struct watchmaker maker;

    (void)state;
    limit.extend = (struct core_extend){.times_max = 1, .length_max = 3};
    watchmaker_start(&maker, &limit, in_2024(2, 18));
    watchmaker_pause(&maker, in_2024(2, 20));
    assert_int_equal(OD_OK, watchmaker_extend(&maker, in_2024(3, 20), 3, CORE_RANK_OFFICER));
    assert_int_equal(in_2024(2, 28), maker.clock.due);
    assert_int_equal(CORE_CLOCK_PAUSED, maker.clock.state);
    assert_int_equal(6, watchmaker_left(&maker, in_2024(3, 20)));
    watchmaker_resume(&maker, in_2024(3, 20));
    assert_int_equal(in_2024(3, 28), maker.clock.due);
}

/* A stop that ended under another one which lasts belongs to the same standstill. */
static void what_ended_under_a_pause_does_not_count_yet(void **state)
{
    struct core_limit limit = office_limit(5);
    struct watchmaker maker;

    (void)state;
    limit.extend = (struct core_extend){.times_max = 1, .length_max = 1};
    watchmaker_start(&maker, &limit, in_2024(2, 18));
    watchmaker_pause(&maker, in_2024(2, 19));
    watchmaker_resume(&maker, in_2024(2, 20)); /* one day: due on the 26th */
    assert_int_equal(in_2024(2, 26), maker.clock.due);
    watchmaker_pause(&maker, in_2024(2, 21));
    watchmaker_pause(&maker, in_2024(2, 22));
    maker.stops[1].until = in_2024(2, 27); /* the first of the two ends, the second one lasts */
    maker.stops[1].until_minute = MINUTE(in_2024(2, 27), 10, 0);
    assert_int_equal(OD_OK, watchmaker_renew(&maker));
    assert_int_equal(in_2024(2, 26), maker.clock.due);
    assert_int_equal(OD_OK, watchmaker_extend(&maker, in_2024(2, 27), 1, CORE_RANK_OFFICER));
    assert_int_equal(in_2024(2, 27), maker.clock.due);
    watchmaker_resume(&maker, in_2024(2, 28)); /* 22, 23, 26, 27, 28 stood still */
    assert_int_equal(in_2024(3, 5), maker.clock.due);
}

/* -- Warnings -- */

/* W-1: 20 working days from 02-08, due 03-13. */
static void yellow_comes_by_days_or_percent(void **state)
{
    static const struct {
        int32_t warn_days;
        uint8_t warn_percent;
        int month, day;
        const char *why;
    } rows[] = {
        {5, 0, 3, 6, "five working days before the last"},
        {3, 0, 3, 8, "three"},
        {0, 80, 3, 7, "on the 16th of the 20 days"},
        {0, 50, 2, 28, "on the 10th"},
        {0, 51, 2, 29, "a part of a day is a day"},
        {0, 1, 2, 9, "on the first"},
        {0, 100, 3, 13, "on the last"},
        {5, 80, 3, 6, "the earlier of both: by days"},
        {3, 50, 2, 28, "the earlier of both: by percent"},
        {20, 0, 2, 8, "as many days as it has: at once"},
        {21, 0, 2, 8, "never before its start"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct core_limit limit = office_limit(20);
        struct watchmaker maker;
        limit.warn_days = rows[i].warn_days;
        limit.warn_percent = rows[i].warn_percent;
        watchmaker_start(&maker, &limit, in_2024(2, 8));
        if (maker.clock.warn != in_2024(rows[i].month, rows[i].day))
            fail_msg("%s: %+d days off", rows[i].why, (int)(maker.clock.warn - in_2024(rows[i].month, rows[i].day)));
    }
}

static bool is_yellow(struct watchmaker *maker, core_day day)
{
    return core_clock_check_warn(&maker->clock, &AT(day));
}

/* W-2. */
static void yellow_comes_once_and_never_after_red(void **state)
{
    struct core_limit limit = office_limit(20);
    struct watchmaker maker;

    (void)state;
    assert_false(is_yellow((watchmaker_start(&maker, &limit, in_2024(2, 8)), &maker), in_2024(3, 13)));
    limit.warn_days = 5;
    watchmaker_start(&maker, &limit, in_2024(2, 8));
    assert_false(is_yellow(&maker, in_2024(3, 5)));
    assert_true(is_yellow(&maker, in_2024(3, 6)));
    assert_false(is_yellow(&maker, in_2024(3, 7)));

    watchmaker_start(&maker, &limit, in_2024(2, 8));
    assert_true(core_clock_check(&maker.clock, &AT(in_2024(3, 14))));
    assert_false(is_yellow(&maker, in_2024(3, 14)));
    assert_false(maker.clock.is_warned);
}

/* W-2: a later date has a warning of its own; the same date has none again. */
static void an_extension_is_warned_of_again(void **state)
{
    struct core_limit limit = office_limit(20);
    struct watchmaker maker;

    (void)state;
    limit.warn_days = 5;
    limit.extend = (struct core_extend){.times_max = 1, .length_max = 10};
    watchmaker_start(&maker, &limit, in_2024(2, 8));
    assert_true(is_yellow(&maker, in_2024(3, 6)));
    assert_int_equal(OD_OK, watchmaker_renew(&maker));
    assert_false(is_yellow(&maker, in_2024(3, 7)));
    assert_int_equal(OD_OK, watchmaker_extend(&maker, in_2024(3, 7), 10, CORE_RANK_OFFICER));
    assert_false(is_yellow(&maker, in_2024(3, 19)));
    assert_true(is_yellow(&maker, in_2024(3, 20)));
    assert_false(is_yellow(&maker, in_2024(3, 21)));
}

/* W-3. */
static void what_stands_still_is_not_warned_of(void **state)
{
    struct core_limit limit = office_limit(20);
    struct watchmaker maker;

    (void)state;
    limit.warn_days = 5;
    watchmaker_start(&maker, &limit, in_2024(2, 8));
    watchmaker_pause(&maker, in_2024(3, 1));
    assert_false(is_yellow(&maker, in_2024(3, 6)));
    assert_false(is_yellow(&maker, in_2024(5, 6)));
    watchmaker_resume(&maker, in_2024(3, 8)); /* five working days: due on 03-20, yellow on 03-13 */
    assert_false(is_yellow(&maker, in_2024(3, 12)));
    assert_true(is_yellow(&maker, in_2024(3, 13)));
    core_clock_end(&maker.clock, CORE_CLOCK_MET, &AT(in_2024(3, 13)));
    assert_false(is_yellow(&maker, in_2024(3, 13)));
}

static void hours_are_warned_of_by_percent(void **state)
{
    struct core_limit limit = {.unit = CORE_UNIT_HOUR, .length = 10, .warn_percent = 75};
    struct core_moment start = at(2, 19, 10, 0), before = at(2, 19, 17, 29), then = at(2, 19, 17, 30);
    struct watchmaker maker;

    (void)state;
    watchmaker_start_at(&maker, &limit, &start);
    assert_int_equal(then.minute, maker.clock.warn_minute);
    assert_int_equal(then.day, maker.clock.warn);
    assert_false(core_clock_check_warn(&maker.clock, &before));
    assert_true(core_clock_check_warn(&maker.clock, &then));
    assert_false(core_clock_check_warn(&maker.clock, &then));
}

/* -- The account -- */

struct account {
    size_t size;
    char text[512];
    int number; /* of the last counted day */
    core_day first, last;
};

/* One letter a day: s start, 1 counted, - weekend, h holiday, p stopped, r rolled; a make-up day that counts is M. */
static int on_day(void *owner, const struct core_day_account *account)
{
    static const char letters[] = {
        [CORE_DAY_START] = 's', [CORE_DAY_COUNTED] = '1', [CORE_DAY_OFF] = '-', [CORE_DAY_STOPPED] = 'p', [CORE_DAY_ROLLED] = 'r'};
    struct account *own = owner;
    char letter = letters[account->use];

    if (account->use == CORE_DAY_OFF && account->kind == CORE_DAY_HOLIDAY)
        letter = 'h';
    if (account->use == CORE_DAY_COUNTED && account->kind == CORE_DAY_MAKE_UP)
        letter = 'M';
    assert_int_equal(account->use == CORE_DAY_STOPPED, account->stop != NULL);
    assert_int_equal(account->use == CORE_DAY_COUNTED ? own->number + 1 : 0, account->number);
    own->number += account->use == CORE_DAY_COUNTED;
    own->first = own->size == 0 ? account->day : own->first;
    assert_int_equal(own->size == 0 ? account->day : own->last + 1, account->day);
    own->last = account->day;
    own->text[own->size++] = letter;
    return own->size == sizeof(own->text) - 1 ? OD_ELIMIT : OD_OK;
}

static const char *account_of(struct account *own, const struct watchmaker *maker, core_day until)
{
    struct core_span span = watchmaker_span(maker);

    *own = (struct account){0};
    assert_int_equal(OD_OK, core_clock_account(&maker->clock, &span, until, on_day, own));
    assert_int_equal(maker->clock.start, own->first);
    return own->text;
}

static void the_account_is_the_count_itself(void **state)
{
    struct core_limit limit = office_limit(5), rolled = {.unit = CORE_UNIT_CALENDAR_DAY, .length = 2, .end_roll = CORE_END_ROLL_NEXT_WORKING_DAY};
    struct core_limit at_once = {.unit = CORE_UNIT_CALENDAR_DAY, .length = 3, .counts_start_day = true};
    struct watchmaker maker;
    struct account own;

    (void)state;
    watchmaker_start(&maker, &limit, in_2024(2, 8));
    assert_string_equal("s1hhhhhhhhM111", account_of(&own, &maker, 0));
    assert_int_equal(maker.clock.due, own.last);
    assert_int_equal(5, own.number);
    assert_string_equal("s1hhhhhhhhM111rr", account_of(&own, &maker, in_2024(2, 23))); /* and what came after it */
    watchmaker_pause(&maker, in_2024(2, 18));
    assert_string_equal("s1hhhhhhhhMpp", account_of(&own, &maker, in_2024(2, 20)));
    watchmaker_resume(&maker, in_2024(2, 20));
    assert_string_equal("s1hhhhhhhhMpp111", account_of(&own, &maker, 0));
    assert_int_equal(in_2024(2, 23), own.last);

    watchmaker_start(&maker, &rolled, in_2024(2, 8));
    assert_string_equal("s11rrrrrrrr", account_of(&own, &maker, 0));
    assert_int_equal(in_2024(2, 18), own.last);
    watchmaker_start(&maker, &at_once, in_2024(2, 8));
    assert_string_equal("111", account_of(&own, &maker, 0));
}

static int on_third_day(void *owner, const struct core_day_account *account)
{
    (void)account;
    return ++*(int *)owner == 3 ? OD_ECANCELLED : OD_OK;
}

static int on_hour_day(void *owner, const struct core_day_account *account)
{
    ++*(int *)owner;
    assert_int_equal(0, account->number);
    assert_int_equal(*(int *)owner == 1 ? CORE_DAY_START : CORE_DAY_COUNTED, account->use);
    return OD_OK;
}

static void an_account_can_be_left_and_knows_hours(void **state)
{
    struct core_limit limit = office_limit(5), hours = {.unit = CORE_UNIT_HOUR, .length = 30};
    struct core_moment start = at(2, 9, 20, 0);
    struct watchmaker maker;
    int days = 0;

    (void)state;
    watchmaker_start(&maker, &limit, in_2024(2, 8));
    struct core_span span = watchmaker_span(&maker);
    assert_int_equal(OD_ECANCELLED, core_clock_account(&maker.clock, &span, 0, on_third_day, &days));
    assert_int_equal(3, days);
    watchmaker_start_at(&maker, &hours, &start);
    span = watchmaker_span(&maker);
    days = 0;
    assert_int_equal(OD_OK, core_clock_account(&maker.clock, &span, 0, on_hour_day, &days));
    assert_int_equal(3, days); /* the 9th, 10th and 11th, holidays or not */
}

/* Where the date would be without pauses, and without extensions too. */
static void the_date_without_pauses_is_known(void **state)
{
    struct core_limit limit = office_limit(5);
    struct watchmaker maker;
    core_day due = 42;

    (void)state;
    limit.extend = (struct core_extend){.times_max = 1, .length_max = 3};
    watchmaker_start(&maker, &limit, in_2024(2, 18));
    assert_int_equal(OD_OK, watchmaker_extend(&maker, in_2024(2, 19), 3, CORE_RANK_OFFICER));
    watchmaker_pause(&maker, in_2024(2, 19));
    watchmaker_resume(&maker, in_2024(2, 21));
    watchmaker_pause(&maker, in_2024(2, 22));
    struct core_span span = watchmaker_span(&maker);
    assert_int_equal(in_2024(3, 1), maker.clock.due);
    assert_int_equal(OD_OK, core_clock_due_unstopped(&maker.clock, &span, &due));
    assert_int_equal(in_2024(2, 28), due);
    assert_int_equal(OD_OK, core_clock_due_plain(&maker.clock, &span, &due));
    assert_int_equal(in_2024(2, 23), due);
    assert_int_equal(CORE_CLOCK_PAUSED, maker.clock.state); /* only asked */
    maker.clock.start = CORE_DAY_MAX;
    assert_int_equal(OD_ERANGE, core_clock_due_plain(&maker.clock, &span, &due));
    assert_int_equal(in_2024(2, 23), due);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_of_hours_counts_to_the_minute),
        cmocka_unit_test(the_last_minute_can_be_paused),
        cmocka_unit_test(left_counts_whole_hours),
        cmocka_unit_test(a_reset_gives_the_full_length_again),
        cmocka_unit_test(a_reset_past_the_end_of_time_changes_nothing),
        cmocka_unit_test(an_extension_is_for_what_runs),
        cmocka_unit_test(a_paused_clock_can_be_extended),
        cmocka_unit_test(what_ended_under_a_pause_does_not_count_yet),
        cmocka_unit_test(yellow_comes_by_days_or_percent),
        cmocka_unit_test(yellow_comes_once_and_never_after_red),
        cmocka_unit_test(an_extension_is_warned_of_again),
        cmocka_unit_test(what_stands_still_is_not_warned_of),
        cmocka_unit_test(hours_are_warned_of_by_percent),
        cmocka_unit_test(the_account_is_the_count_itself),
        cmocka_unit_test(an_account_can_be_left_and_knows_hours),
        cmocka_unit_test(the_date_without_pauses_is_known),
    };

    return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
