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
#define ROLL CORE_END_ROLL_NEXT_WORKING_DAY

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
    {{.unit = CD, .length = 21, .end_roll = ROLL}, {.unit = CD, .length = 30}, true, "nine days before: the longest run of days off"},
    {{.unit = CD, .length = 22, .end_roll = ROLL}, {.unit = CD, .length = 30}, false, "eight days before"},
    {{.unit = CD, .length = 20}, {.unit = WD, .length = 20}, true, "20 working days are at least 20 days"},
    {{.unit = CD, .length = 21}, {.unit = WD, .length = 20}, false, "and may not be 21: make-up days can fill the weekends"},
    {{.unit = CD, .length = 20, .end_roll = ROLL}, {.unit = WD, .length = 20}, true, "rolled to a working day, where the statute ends too"},
    {{.unit = WD, .length = 5}, {.unit = CD, .length = 7}, false, "a holiday makes five working days longer than a week"},
    {{.unit = WD, .length = 5}, {.unit = CD, .length = 15}, true, "enough for the longest holiday"},
    {{.unit = WD, .length = 3650}, {.unit = CD, .length = 3650}, false, "the largest"},
};

static bool fits(const struct core_limit *promised, const struct core_limit *statutory)
{
    struct base_arena arena = {.head = NULL};
    struct catalog_days days = {.rules = china.rules};
    struct catalog catalog = {.calendar = &days};
    struct catalog_source source = {.path = (char *)(uintptr_t)"x", .text = (char *)(uintptr_t)"{}", .size = 2};
    struct catalog_item item = {.kind = CATALOG_ITEM_MATTER, .size = 2};
    struct catalog_loading loading;
    struct catalog_spot spot = {NULL, "limits", 0};

    catalog_loading_init(&loading, &arena, &findings, &catalog_limits_default);
    loading.catalog = &catalog;
    loading.sources = &source;
    loading.item = &item;
    catalog_promise_check(&loading, &spot, promised, statutory);
    loading.sources = NULL;
    catalog_loading_fini(&loading);
    CHECK_I64(OD_OK, loading.rc, "memory");
    return findings.count == 0;
}

static void each_pair_of_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].fits, fits(&rows[i].promised, &rows[i].statutory), rows[i].why);
}

static core_day due_of(const struct core_limit *limit, core_day from)
{
    struct core_clock clock = {.state = CORE_CLOCK_NONE};
    struct core_span span = {.calendar = &china.rules, .limit = limit, .task = CORE_TASKS_MAX, .pause_on = CORE_PAUSES_NEVER};
    struct core_moment at = {.day = from};

    core_clock_init(&clock, limit);
    CHECK_I64(OD_OK, core_clock_start(&clock, &span, &at), "start");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pair_of_limits),
        cmocka_unit_test(accepted_is_never_later),
    };
    char path[1024];

    if (!fixture_open())
        return 1;
    snprintf(path, sizeof(path), "%s/configs/calendars/cn.json", test_source());
    if (catalog_calendar_load(path, &china, &findings) != OD_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    catalog_calendar_fini(&china);
    return failed;
}
