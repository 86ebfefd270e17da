/* SPDX-License-Identifier: Apache-2.0 */
/* Promised never later than statutory: the rule by rows, and against every start day
 * of the calendar by the clocks themselves. */
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "catalog/fixture.h"
#include "catalog/loading.h"
#include "core/clock.h"
#include "lib/check.h"
#include "lib/files.h"

#define WD CORE_UNIT_WORKING_DAY
#define CD CORE_UNIT_CALENDAR_DAY
#define HOUR CORE_UNIT_HOUR
#define MONTH CORE_UNIT_MONTH
#define ROLL CORE_END_ROLL_NEXT_WORKING_DAY
#define NOTHING_STOPS .pause_on = CORE_PAUSES_NEVER

static struct catalog_findings findings;
static struct catalog_calendar china;

static const struct {
    struct core_limit promised, statutory;
    bool fits;
    const char *why;
} rows[] = {
    {{.unit = WD, .length = 20}, {.unit = WD, .length = 20}, true, "equal"},
    {{.unit = WD, .length = 21}, {.unit = WD, .length = 20}, false, "one more"},
    {{.unit = WD, .length = 20, .counts_start_day = true}, {.unit = WD, .length = 20}, true, "counting the start is shorter"},
    {{.unit = WD, .length = 21, .counts_start_day = true}, {.unit = WD, .length = 20}, false, "not on a day off"},
    {{.unit = WD, .length = 20}, {.unit = WD, .length = 20, .counts_start_day = true}, false, "the statute counts the start"},
    {{.unit = WD, .length = 19}, {.unit = WD, .length = 20, .counts_start_day = true}, true, "one less"},
    {{.unit = CD, .length = 30}, {.unit = CD, .length = 30}, true, "equal"},
    {{.unit = CD, .length = 31}, {.unit = CD, .length = 30}, false, "one more"},
    {{.unit = CD, .length = 31, .counts_start_day = true}, {.unit = CD, .length = 30}, true, "the 31st day counted from the start is the 30th after it"},
    {{.unit = CD, .length = 30, .end_roll = ROLL}, {.unit = CD, .length = 30, .end_roll = ROLL}, true, "both are rolled"},
    {{.unit = CD, .length = 30}, {.unit = CD, .length = 30, .end_roll = ROLL}, true, "only the statute is rolled"},
    {{.unit = CD, .length = 30, .end_roll = ROLL}, {.unit = CD, .length = 30}, false, "only the promise is rolled"},
    {{.unit = CD, .length = 21, .end_roll = ROLL, NOTHING_STOPS}, {.unit = CD, .length = 30}, true, "nine days before: the longest run of days off"},
    {{.unit = CD, .length = 22, .end_roll = ROLL, NOTHING_STOPS}, {.unit = CD, .length = 30}, false, "eight days before"},
    {{.unit = CD, .length = 21, .end_roll = ROLL}, {.unit = CD, .length = 30}, false, "and each pause on its last day rolls it again, while the statute runs"},
    {{.unit = CD, .length = 10, .end_roll = ROLL}, {.unit = CD, .length = 660}, true, "65 times ten days"},
    {{.unit = CD, .length = 10, .end_roll = ROLL}, {.unit = CD, .length = 659}, false, "one day less"},
    {{.unit = CD, .length = 20}, {.unit = WD, .length = 20}, true, "20 working days are at least 20 days"},
    {{.unit = CD, .length = 21}, {.unit = WD, .length = 20}, false, "and may not be 21: make-up days can fill the weekends"},
    {{.unit = CD, .length = 20, .end_roll = ROLL}, {.unit = WD, .length = 20}, true, "rolled to a working day, where the statute ends too"},
    {{.unit = WD, .length = 5}, {.unit = CD, .length = 7}, false, "a holiday makes five working days longer than a week"},
    {{.unit = WD, .length = 5, NOTHING_STOPS}, {.unit = CD, .length = 15}, true, "enough for the longest holiday, when nothing stops it"},
    {{.unit = WD, .length = 5, NOTHING_STOPS}, {.unit = CD, .length = 14}, false, "one day less"},
    {{.unit = WD, .length = 5}, {.unit = CD, .length = 15}, false, "but each pause could end before a holiday"},
    {{.unit = WD, .length = 5}, {.unit = CD, .length = 700}, true, "so each day has to be able to take the longest holiday, and so has each of 64 pauses on the last day"},
    {{.unit = WD, .length = 5}, {.unit = CD, .length = 699}, false, "one day less"},
    {{.unit = MONTH, .length = 3}, {.unit = MONTH, .length = 3}, true, "equal months"},
    {{.unit = MONTH, .length = 4}, {.unit = MONTH, .length = 3}, false, "one more month"},
    {{.unit = MONTH, .length = 3}, {.unit = MONTH, .length = 3, .counts_start_day = true}, false, "the statute counts the start"},
    {{.unit = MONTH, .length = 3, .end_roll = ROLL}, {.unit = MONTH, .length = 3}, false, "only the promise is rolled"},
    {{.unit = MONTH, .length = 2, .end_roll = ROLL, NOTHING_STOPS}, {.unit = MONTH, .length = 3}, true, "a month is longer than any holiday"},
    {{.unit = CD, .length = 28}, {.unit = MONTH, .length = 1}, true, "the shortest month"},
    {{.unit = CD, .length = 29}, {.unit = MONTH, .length = 1}, false, "one day more than February"},
    {{.unit = CD, .length = 1460}, {.unit = MONTH, .length = 48}, true, "four years without a leap day, around 2100"},
    {{.unit = CD, .length = 1461}, {.unit = MONTH, .length = 48}, false, "one day more"},
    {{.unit = MONTH, .length = 1}, {.unit = CD, .length = 31}, true, "the longest month"},
    {{.unit = MONTH, .length = 1}, {.unit = CD, .length = 30}, false, "one day less"},
    {{.unit = MONTH, .length = 1}, {.unit = WD, .length = 31}, true, "31 working days are no fewer days"},
    {{.unit = MONTH, .length = 1}, {.unit = WD, .length = 23}, false, "pauses could leave working days only"},
    {{.unit = MONTH, .length = 1, NOTHING_STOPS}, {.unit = WD, .length = 24}, true, "no month has more than 23 working days"},
    {{.unit = WD, .length = 13, NOTHING_STOPS}, {.unit = MONTH, .length = 1}, true, "no month has fewer in this calendar"},
    {{.unit = WD, .length = 20, NOTHING_STOPS}, {.unit = MONTH, .length = 1}, false, "February with its festival"},
    {{.unit = HOUR, .length = 48}, {.unit = HOUR, .length = 48}, true, "equal hours"},
    {{.unit = HOUR, .length = 49}, {.unit = HOUR, .length = 48}, false, "one more"},
    {{.unit = HOUR, .length = 47, NOTHING_STOPS}, {.unit = CD, .length = 2}, true, "an hour is spared for clocks put forward"},
    {{.unit = HOUR, .length = 48, NOTHING_STOPS}, {.unit = CD, .length = 2}, false, "none is left"},
    {{.unit = HOUR, .length = 24}, {.unit = CD, .length = 30}, false, "minutes of a pause are no days of a pause"},
    {{.unit = CD, .length = 1, NOTHING_STOPS}, {.unit = HOUR, .length = 49}, true, "from midnight to the end of the next day, and an hour"},
    {{.unit = CD, .length = 1, NOTHING_STOPS}, {.unit = HOUR, .length = 48}, false, "without it"},
    {{.unit = CD, .length = 1}, {.unit = HOUR, .length = 490}, false, "with pauses"},
    /* start, pauses, resets */
    {{.unit = WD, .length = 1, .start = CORE_START_TAKEN}, {.unit = WD, .length = 20}, false, "starts later: nobody knows how much"},
    {{.unit = WD, .length = 20}, {.unit = WD, .length = 20, .start = CORE_START_TAKEN}, true, "starts earlier"},
    {{.unit = WD, .length = 20, .start = CORE_START_ACCEPTANCE, .not_started_until = CORE_START_TAKEN}, {.unit = WD, .length = 20}, false, "held back until later"},
    {{.unit = WD, .length = 20, .start = CORE_START_ACCEPTANCE, .not_started_until = CORE_START_TAKEN, .is_retroactive = true}, {.unit = WD, .length = 20}, true, "and counted from before"},
    {{.unit = WD, .length = 20}, {.unit = WD, .length = 20, .start = CORE_START_ACCEPTANCE, .not_started_until = CORE_START_WORKABLE, .is_retroactive = true}, false, "the statute is counted from before"},
    {{.unit = WD, .length = 5}, {.unit = WD, .length = 20, .pause_on = CORE_PAUSES_LAW}, false, "the applicant's time stops the promise alone"},
    {{.unit = WD, .length = 5, .pause_on = 1u << CORE_PAUSE_HEARING}, {.unit = WD, .length = 20, .pause_on = CORE_PAUSES_LAW}, true, "fewer kinds"},
    {{.unit = WD, .length = 5}, {.unit = WD, .length = 20, NOTHING_STOPS}, false, "nothing stops the statute"},
    {{.unit = WD, .length = 5, .is_pause_day_free = true}, {.unit = WD, .length = 20}, false, "the day of a pause counts for the statute"},
    {{.unit = CD, .length = 31, .counts_start_day = true, .is_pause_day_free = true}, {.unit = CD, .length = 30, .is_pause_day_free = true}, false, "a pause on the day of the start takes that day away"},
    {{.unit = CD, .length = 30, .counts_start_day = true, .is_pause_day_free = true}, {.unit = CD, .length = 30, .counts_start_day = true, .is_pause_day_free = true}, true, "from both"},
    {{.unit = MONTH, .length = 1, .counts_start_day = true, .is_pause_day_free = true}, {.unit = MONTH, .length = 1, .is_pause_day_free = true}, false, "and from a month that ends in February"},
    {{.unit = WD, .length = 5, .is_pause_day_free = true, NOTHING_STOPS}, {.unit = WD, .length = 20}, true, "when it can be paused"},
    {{.unit = WD, .length = 5}, {.unit = WD, .length = 20, .is_pause_day_free = true}, true, "the other way round"},
    {{.unit = WD, .length = 5}, {.unit = WD, .length = 20, .is_resume_day_counted = true}, false, "the day of a resumption counts for the statute"},
    {{.unit = WD, .length = 5, .is_resume_day_counted = true}, {.unit = WD, .length = 20}, true, "the other way round"},
    {{.unit = WD, .length = 5, .reset_on = 1u << CORE_RESET_RESUMED}, {.unit = WD, .length = 20}, false, "only the promise is counted anew"},
    {{.unit = WD, .length = 5, .reset_on = 1u << CORE_RESET_RESUMED}, {.unit = WD, .length = 20, .reset_on = 6}, true, "both are"},
    /* extensions of the promise: K-12 looks at them when they are granted, where days can be compared */
    {{.unit = WD, .length = 20, .extend = {.times_max = 1, .length_max = 10}}, {.unit = WD, .length = 20}, true, "refused then when the statute is not extended"},
    {{.unit = MONTH, .length = 2, .extend = {.times_max = 1, .length_max = 2}}, {.unit = MONTH, .length = 3}, false, "in months it is looked at here"},
    {{.unit = MONTH, .length = 2, .extend = {.times_max = 1, .length_max = 1}}, {.unit = MONTH, .length = 3}, true, "as long"},
    {{.unit = CD, .length = 10, .extend = {.times_max = 2, .length_max = 5}}, {.unit = WD, .length = 20}, true, "together as long"},
    {{.unit = CD, .length = 10, .extend = {.times_max = 2, .length_max = 6}}, {.unit = WD, .length = 20}, false, "together longer"},
    {{.unit = WD, .length = 3650}, {.unit = CD, .length = 3650}, false, "the largest"},
};

/* The memory of one load serves every pair, as it does in a load. */
static struct catalog_loading loading;
static struct catalog_days days;
static struct catalog catalog = {.calendar = &days};
static struct catalog_source source = {.path = (char *)(uintptr_t)"x", .text = (char *)(uintptr_t)"{}", .size = 2};
static const struct catalog_item item = {.kind = CATALOG_ITEM_MATTER, .size = 2};

static bool fits_at(enum catalog_limit_place place, const struct core_limit *promised, const struct core_limit *statutory)
{
    struct catalog_spot spot = {NULL, "limits", 0};

    findings.count = 0;
    catalog_promise_check(&loading, &spot, place, promised, statutory);
    CHECK_I64(OD_OK, loading.rc, "memory");
    return findings.count == 0;
}

static bool fits(const struct core_limit *promised, const struct core_limit *statutory)
{
    return fits_at(CATALOG_LIMIT_TASK, promised, statutory);
}

static void each_pair_of_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].fits, fits(&rows[i].promised, &rows[i].statutory), rows[i].why);
}

/* The last minute in time, civil. */
static int64_t last_minute(const struct core_clock *clock)
{
    return clock->due_minute != 0 ? clock->due_minute : (int64_t)(clock->due + 1) * CORE_DAY_MINUTES - 1;
}

static void clock_start(struct core_clock *clock, const struct core_limit *limit, core_day from, int minute)
{
    struct core_span span = {.calendar = limit->calendar != NULL ? limit->calendar : &china.rules, .limit = limit, .task = CORE_TASKS_MAX, .pause_on = CORE_PAUSES_NEVER};
    struct core_moment at = {.day = from, .minute = from * CORE_DAY_MINUTES + minute};

    core_clock_init(clock, limit);
    CHECK_I64(OD_OK, core_clock_start(clock, &span, &at), "start");
}

static core_day due_of(const struct core_limit *limit, core_day from)
{
    struct core_clock clock = {.state = CORE_CLOCK_NONE};

    clock_start(&clock, limit, from, 0);
    return clock.due;
}

/* What is accepted is never later, from any day of the calendar: the clocks that the
 * engine runs are the oracle. */
static void accepted_is_never_later(void **state)
{
    size_t accepted = 0;

    (void)state;
    for (int units = 0; units < 4; units++) {
        for (int variant = 0; variant < 16; variant++) {
            for (int promised_length = 1; promised_length <= 12; promised_length++) {
                struct core_limit promised = {.unit = units & 1 ? WD : CD, .length = promised_length, .counts_start_day = variant & 1, .end_roll = variant & 2 ? ROLL : CORE_END_ROLL_NONE};
                struct core_limit statutory = {.unit = units & 2 ? WD : CD, .length = 12, .counts_start_day = variant & 4, .end_roll = variant & 8 ? ROLL : CORE_END_ROLL_NONE};
                if (!fits(&promised, &statutory))
                    continue;
                accepted++;
                for (core_day from = base_day_from_civil(2024, 1, 1); from <= base_day_from_civil(2026, 12, 31); from++)
                    CHECK(due_of(&promised, from) <= due_of(&statutory, from), "accepted, and later on some day");
            }
        }
    }
    CHECK(accepted > 100, "enough pairs were accepted");
}

/* -- Random pairs -- */

static uint64_t seed = 20261129;

static uint32_t next(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static const core_day longer_holidays[] = {19768, 19769, 19772, 19900, 20200}; /* of another calendar, some of them the same */
static const struct core_calendar other = {.holidays = longer_holidays, .holiday_count = 5, .weekend = 0x60, .published_until = 20818, .published_from = 19723};
static const struct core_calendar sixth = {.weekend = 0x40, .published_until = 20818, .published_from = 19723}; /* Saturdays are worked */

static struct core_limit random_limit(bool has_stops)
{
    static const struct core_calendar *const calendars[] = {NULL, NULL, NULL, &other, &sixth};
    struct core_limit limit = {.unit = (enum core_unit)(CORE_UNIT_WORKING_DAY + next(4)), .calendar = calendars[next(5)]};

    limit.length = 1 + (int)next(limit.unit == MONTH ? 3 : limit.unit == HOUR ? 200 : 40);
    if (limit.unit != HOUR) {
        limit.counts_start_day = next(2) != 0;
        limit.end_roll = next(2) != 0 ? ROLL : CORE_END_ROLL_NONE;
        limit.is_pause_day_free = next(4) == 0;
        limit.is_resume_day_counted = next(4) == 0;
    }
    limit.pause_on = !has_stops ? CORE_PAUSES_NEVER : next(3) == 0 ? (uint32_t)(next(512) << 1 | 2) : CORE_PAUSES_ALL;
    return limit;
}

/* Without pauses the check is exact: refused is what ends later from some start. */
static void without_pauses_the_answer_is_exact(void **state)
{
    size_t accepted = 0;

    (void)state;
    for (int i = 0; i < 200; i++) {
        struct core_limit promised = random_limit(false), statutory = random_limit(false);
        bool is_later = false;
        if (promised.unit == HOUR || statutory.unit == HOUR)
            continue; /* an hour is spared there */
        for (core_day from = base_day_from_civil(2024, 1, 1); from <= base_day_from_civil(2028, 2, 1) && !is_later; from++)
            is_later = due_of(&promised, from) > due_of(&statutory, from);
        bool is_accepted = fits(&promised, &statutory);
        accepted += is_accepted;
        CHECK(!is_accepted || !is_later, "accepted, and later on some day");
        CHECK(is_accepted || is_later, "refused, and never later");
    }
    CHECK(accepted > 20, "enough pairs were accepted");
}

/* Stops that begin while the promise still runs; the two clocks as the core would have them in the end. */
static void run_with_stops(const struct core_limit *promised, const struct core_limit *statutory, const char *why)
{
    struct core_stop stops[12] = {{.from = 0}};
    struct core_clock ours, law;
    core_day from = base_day_from_civil(2024, 1, 1) + (core_day)next(1000);
    int minute = (int)next(CORE_DAY_MINUTES);
    struct core_span our_span = {.calendar = promised->calendar != NULL ? promised->calendar : &china.rules, .limit = promised, .stops = stops, .task = CORE_TASKS_MAX, .pause_on = promised->pause_on};
    struct core_span law_span = {.calendar = statutory->calendar != NULL ? statutory->calendar : &china.rules, .limit = statutory, .stops = stops, .task = CORE_TASKS_MAX, .pause_on = statutory->pause_on};
    int64_t at = (int64_t)from * CORE_DAY_MINUTES + minute;

    clock_start(&ours, promised, from, minute);
    clock_start(&law, statutory, from, minute);
    for (size_t count = 0; count < COUNT(stops); count++) {
        if (count > 0 || next(3) != 0) /* else on the day of the start */
            at += next(3) == 0 ? next(CORE_DAY_MINUTES) : next(20 * CORE_DAY_MINUTES);
        if (at > last_minute(&ours))
            break;
        struct core_stop *stop = &stops[count];
        *stop = (struct core_stop){.from = (core_day)(at / CORE_DAY_MINUTES), .from_minute = (int32_t)at, .kind = (uint8_t)(1 + next(CORE_PAUSE_SUPPLEMENT))};
        int64_t end = at + (next(3) == 0 ? next(CORE_DAY_MINUTES) : next(60 * CORE_DAY_MINUTES));
        stop->until = (core_day)(end / CORE_DAY_MINUTES);
        stop->until_minute = (int32_t)end;
        at = next(4) == 0 ? at + next(3 * CORE_DAY_MINUTES) : end; /* some overlap */
        bool on_last_day = next(3) == 0; /* with nothing left: K-5 */
        our_span.stop_count = law_span.stop_count = count + 1;
        CHECK_I64(OD_OK, core_clock_renew(&ours, &our_span), "promise");
        CHECK_I64(OD_OK, core_clock_renew(&law, &law_span), "statute");
        if (on_last_day && last_minute(&ours) - CORE_DAY_MINUTES > at)
            at = last_minute(&ours) - CORE_DAY_MINUTES / 2;
    }
    CHECK(last_minute(&ours) <= last_minute(&law), why);
}

/* What is accepted is never later, whatever pauses come between. */
static void with_pauses_accepted_is_never_later(void **state)
{
    char why[256];
    size_t accepted = 0, by_units[5][5] = {{0}};

    (void)state;
    for (int i = 0; i < 4000; i++) {
        struct core_limit promised = random_limit(true), statutory = random_limit(true);
        if (next(2) == 0)
            statutory.length = statutory.unit == HOUR ? statutory.length * 5 : statutory.unit == MONTH ? statutory.length * 24 : statutory.length * 30;
        if (next(2) == 0)
            statutory.pause_on = CORE_PAUSES_ALL;
        if (next(4) == 0 && promised.unit == statutory.unit) /* as close as may be */
            statutory.length = promised.length + (promised.unit == CD) * ((int)next(3) - 1);
        if (statutory.length < 1)
            continue;
        if (!fits(&promised, &statutory))
            continue;
        accepted++;
        by_units[promised.unit][statutory.unit]++;
        snprintf(why, sizeof(why), "%d of unit %d (start %d, roll %d, free %d, resume %d) against %d of unit %d (start %d, roll %d, free %d, resume %d)",
                 promised.length, promised.unit, promised.counts_start_day, promised.end_roll, promised.is_pause_day_free, promised.is_resume_day_counted,
                 statutory.length, statutory.unit, statutory.counts_start_day, statutory.end_roll, statutory.is_pause_day_free, statutory.is_resume_day_counted);
        for (int run = 0; run < 60; run++)
            run_with_stops(&promised, &statutory, why);
    }
    CHECK(accepted > 500, "enough pairs were accepted");
    CHECK(by_units[WD][WD] > 20 && by_units[WD][CD] > 5 && by_units[CD][WD] > 20 && by_units[CD][CD] > 20, "of days");
    CHECK(by_units[MONTH][MONTH] > 5 && by_units[HOUR][HOUR] > 20 && by_units[WD][MONTH] > 0 && by_units[MONTH][CD] > 5, "of months and hours");
}

/* What a service's limit stands still for is not what a task's does. */
static void a_joint_promise_is_compared_as_such(void **state)
{
    struct core_limit promised = {.unit = WD, .length = 5, .pause_on = CORE_PAUSES_ALL}, statutory = {.unit = WD, .length = 20};

    (void)state;
    CHECK(fits_at(CATALOG_LIMIT_TASK, &promised, &statutory), "a task's statute stands still for the applicant too (K-13)");
    CHECK(!fits_at(CATALOG_LIMIT_JOINT, &promised, &statutory), "the joint one does not");
    CHECK(strstr(findings.items[0].text[CATALOG_EN], "it stands still in pauses that do not stop the statute") != NULL, "told");
    promised.pause_on = CORE_PAUSES_DEFAULT;
    promised.start = CORE_START_RECEIPT;
    CHECK(fits_at(CATALOG_LIMIT_JOINT, &promised, &statutory), "from receipt is earlier than from acceptance");
    CHECK(!fits_at(CATALOG_LIMIT_JOINT, &statutory, &promised), "and later the other way round");
    CHECK(strstr(findings.items[0].text[CATALOG_EN], "it starts with a later event") != NULL, "told");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pair_of_limits),
        cmocka_unit_test(accepted_is_never_later),
        cmocka_unit_test(without_pauses_the_answer_is_exact),
        cmocka_unit_test(with_pauses_accepted_is_never_later),
        cmocka_unit_test(a_joint_promise_is_compared_as_such),
    };
    struct base_arena arena = {.head = NULL};
    char path[1024];

    if (!fixture_open())
        return 1;
    snprintf(path, sizeof(path), "%s/configs/calendars/cn.json", test_source());
    if (catalog_calendar_load(path, &china, &findings) != OD_OK)
        return 1;
    catalog_loading_init(&loading, &arena, &findings, &catalog_limits_default);
    days.rules = china.rules;
    loading.catalog = &catalog;
    loading.sources = &source;
    loading.item = &item;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    loading.sources = NULL;
    catalog_loading_fini(&loading);
    catalog_calendar_fini(&china);
    return failed;
}
