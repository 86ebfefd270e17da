/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/log_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "lib/check.h"

static char events[] = "/tmp/onedoor-events-XXXXXX", cases[] = "/tmp/onedoor-cases-XXXXXX";
static char text[512];
static struct simulate_log_index built;
static struct simulate_summary summary;
static const struct simulate_report silent;

static void file_put(const char *path, const char *bytes)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    fputs(bytes, file);
    fclose(file);
}

static int build(const char *events_text, const char *cases_text, size_t rows_max)
{
    struct simulate_log log = {.events = events, .cases = cases_text != NULL ? cases : NULL};

    file_put(events, events_text);
    if (cases_text != NULL)
        file_put(cases, cases_text);
    summary = (struct simulate_summary){0};
    return simulate_log_index_build(&built, &log, rows_max, &silent, &summary, text);
}

#define EVENTS "case_id,activity,timestamp\n"
#define CASES "case_id,start_date,deadline,end_date\n"

static void rows_are_grouped_whatever_their_order(void **state)
{
    (void)state;
    CHECK_I64(OD_OK, build(EVENTS "b,x,2011-01-02\na,y,2011-01-03\nb,z,2011-01-04\n\"a\",w,2011-01-01\n", CASES "a,2011-01-01,,\nb,2011-01-01,,\n", 100), "built");
    CHECK_I64(2, built.case_count, "two cases");
    CHECK_I64(2, built.at[0].step_count, "two rows of a");
    CHECK_I64(0, built.at[0].step_first, "a stands first in the list");
    CHECK_I64(3, built.steps[0].line, "its rows in the order of the file");
    CHECK_I64(5, built.steps[1].line, "quoted or not");
    CHECK_I64(2, built.steps[2].line, "then those of b");
    simulate_log_index_fini(&built);
    CHECK_I64(OD_OK, build(EVENTS "b,x,2011-01-02\na,y,2011-01-03\nb,z,2011-01-04\n", NULL, 100), "no list");
    CHECK_I64(2, built.case_count, "two cases");
    CHECK(memcmp(built.at[0].id, "b", 1) == 0, "in the order of their first rows");
    simulate_log_index_fini(&built);
}

static void what_does_not_fit_is_counted(void **state)
{
    (void)state;
    CHECK_I64(OD_OK, build(EVENTS "a,x,2011-01-02\nz,x,2011-01-02\n,x,2011-01-02\n", CASES "a,2011-01-01,,\na,2011-01-01,,\n,,,\n", 100), "built");
    CHECK_I64(1, summary.findings[SIMULATE_FINDING_CASE_UNKNOWN], "z");
    CHECK_I64(1, summary.findings[SIMULATE_FINDING_CASE_TWICE], "a");
    CHECK_I64(2, summary.findings[SIMULATE_FINDING_NAME], "without a name, in either file");
    CHECK(built.at[0].is_left_out, "nobody knows which row of a is right");
    simulate_log_index_fini(&built);
}

static void rows_max(void **state)
{
    (void)state;
    CHECK_I64(OD_OK, build(EVENTS "a,x,2011-01-02\na,y,2011-01-02\n", NULL, 2), "at the limit");
    simulate_log_index_fini(&built);
    CHECK_I64(OD_ELIMIT, build(EVENTS "a,x,2011-01-02\na,y,2011-01-02\na,z,2011-01-02\n", NULL, 2), "limit + 1");
    CHECK(strstr(text, "more than 2 rows; split") != NULL, text);
    CHECK_I64(OD_ELIMIT, build(EVENTS, CASES "a,,,\nb,,,\nc,,,\n", 2), "of the list");
    CHECK(SIMULATE_ROWS_MAX == 20000000, "what the program asks for");
}

static void a_missing_column_is_named_with_those_there_are(void **state)
{
    (void)state;
    CHECK_I64(OD_ESYNTAX, build("id,activity,timestamp\n", NULL, 2), "no case_id");
    CHECK(strstr(text, ":1:1: there is no column \"case_id\"") != NULL, text);
    CHECK(strstr(text, "--column case=NAME") != NULL && strstr(text, "id, activity, timestamp") != NULL, text);
    CHECK_I64(OD_ESYNTAX, build(EVENTS, "case_id,start_date,deadline\n", 2), "no end_date");
    CHECK(strstr(text, "end_date") != NULL, text);
    CHECK_I64(OD_ENOTFOUND, simulate_log_index_build(&built, &(struct simulate_log){.events = "/nowhere.csv"}, 2, &silent, &summary, text), "no file");
}

static void times(void **state)
{
    static const struct { const char *zone, *text; int64_t ms; const char *why; } rows[] = {
        {"Europe/Amsterdam", "2011-10-11T13:45:40.276+02:00", 1318333540276, "an offset is taken as it stands"},
        {"UTC", "2011-10-11T13:45:40.276+02:00", 1318333540276, "whatever the zone"},
        {"UTC", "2011-10-11 11:45:40Z", 1318333540000, "a space, UTC"},
        {"Europe/Amsterdam", "2011-10-11T13:45:40", 1318333540000, "without an offset: of the zone"},
        {"Europe/Amsterdam", "2011-10-11 13:45", 1318333500000, "without seconds"},
        {"Europe/Amsterdam", "2011-10-11", 1318284000000, "a date: its first minute"},
        {"Europe/Amsterdam", "2011-03-27 02:30", 1301189400000, "skipped in spring: after the gap"},
        {"UTC", "2011-02-29", -1, "no such day"},
        {"UTC", "11.10.2011", -1, "another form"},
        {"UTC", "2011-10-11T25:00:00Z", -1, "no such hour"},
        {"UTC", "", -1, "nothing"},
        {"UTC", "2011-10-11T13:45:40.276+02:00 and more, far more than fits", -1, "too long"},
        {"UTC", "1970-01-01T00:00:01Z", -1, "the first day of all"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct simulate_field field = {.text = rows[i].text, .size = (uint32_t)strlen(rows[i].text)};
        core_ms ms = -1;
        CHECK_I64(OD_OK, base_zone_set(rows[i].zone), "zone");
        CHECK_I64(rows[i].ms < 0 ? OD_ESYNTAX : OD_OK, simulate_log_time(&field, &ms), rows[i].why);
        CHECK_I64(rows[i].ms, ms, rows[i].why);
    }
}

/* No leak, and no half an index, whichever allocation fails. */
static void running_out_of_memory(void **state)
{
    int rc = OD_ENOMEM;
    uint64_t at = 0;

    (void)state;
    while (rc == OD_ENOMEM) {
        base_alloc_fail_at(++at);
        rc = build(EVENTS "\"a\"\"b\",x,2011-01-02\nc,y,2011-01-02\n", NULL, 100);
        base_alloc_fail_at(0);
    }
    CHECK_I64(OD_OK, rc, "a clean pass at last");
    CHECK(at > 5, "some failed");
    simulate_log_index_fini(&built);
}

static int on_change(void *owner, const struct simulate_change *change)
{
    (void)change;
    ++*(unsigned *)owner;
    return OD_OK;
}

/* The whole way of a log, whichever allocation fails: an error, or the whole answer. */
static void a_run_out_of_memory(void **state)
{
    static const struct core_calendar week = {.weekend = 0x60, .published_until = CORE_DAY_MAX};
    struct simulate_log log = {.events = events, .cases = cases, .calendar = &week};
    struct simulate_scenario scenario = {.promise_length = 2};
    unsigned changes = 0;
    struct simulate_report report = {.on_change = on_change, .owner = &changes};
    int rc = OD_ENOMEM;
    uint64_t at = 0;

    (void)state;
    file_put(events, EVENTS "a,x,2011-01-04\na,y,2011-01-05\n");
    file_put(cases, CASES "a,2011-01-03,2011-01-07,2011-01-06\n");
    while (rc == OD_ENOMEM) {
        changes = 0;
        base_alloc_fail_at(++at);
        rc = simulate_log(&log, &scenario, &report, &summary, text);
        base_alloc_fail_at(0);
    }
    CHECK_I64(OD_OK, rc, "a clean pass at last");
    CHECK(at > 10, "some failed");
    CHECK(changes == 2 && summary.promises_lost == 1 && summary.applications == 1, "the promised day, and that it was late");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_grouped_whatever_their_order), cmocka_unit_test(what_does_not_fit_is_counted),
        cmocka_unit_test(rows_max), cmocka_unit_test(a_missing_column_is_named_with_those_there_are), cmocka_unit_test(times),
        cmocka_unit_test(running_out_of_memory), cmocka_unit_test(a_run_out_of_memory)};
    int first = mkstemp(events), second = mkstemp(cases);

    if (first < 0 || second < 0)
        return 1;
    close(first);
    close(second);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(events);
    unlink(cases);
    return rc;
}
