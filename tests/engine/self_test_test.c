/* SPDX-License-Identifier: Apache-2.0 */
/* The daily self-test: it arrives by the way that every warning goes, it is nowhere to be
 * seen, and staff are told once when it does not arrive. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "lib/check.h"

#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"
#define HOUR_MS INT64_C(3600000)

static int open_test(void **state)
{
    (void)state;
    stage_open_catalog(desk_text, true);
    stage_drain();
    return 0;
}

/* Time passes, and the next tick comes a moment later. */
static void live(int64_t ms)
{
    desk_wait(ms);
    stage_tick();
    stage_drain();
}

static void live_days(unsigned days)
{
    for (unsigned i = 0; i < days; i++)
        live(DAY_MS + HOUR_MS);
}

static const struct engine_self_test *test(void)
{
    return &stage.engine->self_test;
}

static void test_arrives_daily(void **state)
{
    uint64_t before = 0;

    (void)state;
    CHECK(test()->due_ms > stage.wall_ms, "put at the start");
    for (unsigned day = 2; day <= 31; day++) {
        for (unsigned hour = 0; hour < 24; hour++)
            live(HOUR_MS);
        CHECK(test()->arrivals - before <= 1, "one a day at most");
        before = test()->arrivals;
    }
    CHECK(test()->arrivals >= 28, "each day");
    CHECK_I64(0, test()->failures, "no alarm");
    CHECK_I64(0, desk_alerts("self_test_failed"), "no alarm");
}

/* Neither number, list, count, feed nor journal knows of it. */
static void test_is_nowhere(void **state)
{
    uint64_t before = store_journal_last(stage.engine->store);
    uint64_t next = stage.engine->application_next, ids[8];
    size_t count = 0;

    (void)state;
    live_days(10);
    CHECK(test()->arrivals >= 5, "it lives");
    CHECK_I64(before, store_journal_last(stage.engine->store), "the journal does not grow by it");
    CHECK_I64(next, stage.engine->application_next, "no number is used");
    CHECK_I64(0, desk_count(desk_get(FRONT_APPLICATION_LIST, NULL, "limit=10"), "items"), "no list");
    CHECK_I64(0, desk_count(desk_get(FRONT_ALERT_LIST, NULL, NULL), "items"), "no alert");
    struct store_reader *reader = store_reader_take(stage.engine->store);
    CHECK_I64(OD_OK, store_read_open(reader, 0, ids, 8, &count), "what is open");
    store_reader_give(stage.engine->store, reader);
    CHECK_I64(0, count, "nothing is");
    CHECK_TEXT("0", desk_of(desk_get(FRONT_OPERATIONS, NULL, NULL), "in_flight.count"), "nor in how the center runs");
    CHECK_TEXT("0", desk_of(desk_get(FRONT_OPERATIONS, NULL, NULL), "late.count"), "not among the late either");
    CHECK_I64(0, stage.engine->decided + stage.engine->accepted, "no figure");
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);
    CHECK_I64(next, desk_id(number), "the first number is the first");
    CHECK_I64(1, desk_count(desk_get(FRONT_APPLICATION_LIST, NULL, "limit=10"), "items"), "the only one");
}

/* The row does not grow from day to day, and there is one of it. */
static void test_does_not_grow(void **state)
{
    struct store_reader *reader;
    struct base_arena arena = {0};
    struct store_row row;
    size_t sizes[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        live_days(20);
        reader = store_reader_take(stage.engine->store);
        CHECK_I64(OD_OK, store_read_application(reader, ENGINE_SELF_TEST_ID, &arena, &row), "its row");
        sizes[i] = row.state_size;
        store_reader_give(stage.engine->store, reader);
        base_arena_fini(&arena);
    }
    CHECK_I64(sizes[0], sizes[1], "as large as before");
}

/* A wake that never comes: one alarm, and one more only after it has worked again. */
static void test_alarm_once(void **state)
{
    (void)state;
    stage.engine->is_waking = true; /* the timer is stuck */
    for (unsigned hour = 0; hour < 72; hour++) {
        stage_wait(HOUR_MS);
        stage.monotonic_ms += HOUR_MS;
        stage_tick();
        stage_drain();
    }
    CHECK_I64(1, test()->failures, "one alarm, however long it lasts");
    CHECK_I64(1, desk_alerts("self_test_failed"), "staff are told once");
    stage.engine->is_waking = false;
    live(1000);
    live_days(2);
    CHECK(test()->arrivals > 0, "it works again");
    stage.engine->is_waking = true;
    for (unsigned hour = 0; hour < 72; hour++) {
        stage_wait(HOUR_MS);
        stage.monotonic_ms += HOUR_MS;
        stage_tick();
        stage_drain();
    }
    stage.engine->is_waking = false;
    CHECK_I64(2, desk_alerts("self_test_failed"), "told again when it breaks again");
}

/* Time that jumps, or a machine that slept: the timer gets its chance first. */
static void test_no_alarm_after_a_jump(void **state)
{
    (void)state;
    stage_wait(40 * DAY_MS);
    stage.monotonic_ms += 1000;
    stage_tick();
    stage_drain();
    stage_tick();
    stage_drain();
    CHECK_I64(1, test()->arrivals, "it arrived, late");
    CHECK_I64(0, test()->failures, "and nobody was alarmed");
}

/* A full disk takes the put and the arrival back: it is put and arrives again. */
static void test_full_disk(void **state)
{
    (void)state;
    for (unsigned day = 0; day < 20; day++) {
        stage_wait(DAY_MS);
        stage.monotonic_ms += 60000;
        for (unsigned i = 0; i < 6; i++) {
            stage_tick();
            stage_turn();
            while (stage_job())
                ;
            stage_turn();
            stage_commit(stage_roll(2) == 0);
            stage.monotonic_ms += 250;
        }
        stage_drain();
        stage_tick();
        stage_drain();
        stage_tick();
        stage_drain();
    }
    CHECK(stage.full_count > 5, "the disk was full now and then");
    CHECK(test()->due_ms > stage.wall_ms, "the next one is put");
    uint64_t before = test()->arrivals;
    live_days(3);
    CHECK(test()->arrivals >= before + 2, "and arrives");
}

/* Death at each step of its way; afterwards it goes on within a day, and no alarm was told. */
static void test_goes_on_after_death(void **state)
{
    (void)state;
    for (unsigned die_at = 0; die_at < 12; die_at++)
        for (unsigned is_written = 0; is_written < 2; is_written++) {
            stage_wait(DAY_MS + HOUR_MS);
            stage.monotonic_ms += 1000;
            for (unsigned step = 0; step < die_at; step++)
                switch (step % 4) {
                case 0: stage_tick(); break;
                case 1: stage_turn(); break;
                case 2: stage_job(); break;
                default: stage_commit(false); break;
                }
            stage_restart(is_written != 0);
            stage_drain();
            desk_wait(1000);
            stage_tick();
            stage_drain();
            CHECK(test()->due_ms > stage.wall_ms, "the next one is put");
            CHECK_I64(0, test()->failures, "no alarm");
        }
    uint64_t before = test()->arrivals;
    live_days(3);
    CHECK(test()->arrivals >= before + 2, "and arrives");
    CHECK_I64(0, desk_alerts("self_test_failed"), "no alarm");
}

/* A hub that has nothing but its self-test starts again, also with another catalogue. */
static void test_restarts_with_nothing_else(void **state)
{
    char *changed = fixture_replace(desk_text, "Land use", "Use of land");

    (void)state;
    stage_stop();
    stage_start();
    stage_drain();
    CHECK_I64(1, stage.engine->application_next, "the first number is still the first");
    stage_stop();
    stage_catalog_write(changed);
    stage_start();
    stage_drain();
    live_days(3);
    CHECK(test()->arrivals >= 2, "it arrives");
    CHECK_I64(1, desk_id(desk_submit("plain", "{\"area\":100}", BOTH)), "and the first application gets it");
    free(changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_arrives_daily, open_test, desk_close),
        cmocka_unit_test_setup_teardown(test_is_nowhere, open_test, desk_close),
        cmocka_unit_test_setup_teardown(test_does_not_grow, open_test, desk_close),
        cmocka_unit_test_setup_teardown(test_alarm_once, open_test, desk_close),
        cmocka_unit_test_setup_teardown(test_no_alarm_after_a_jump, open_test, desk_close),
        cmocka_unit_test_setup_teardown(test_full_disk, open_test, desk_close),
        cmocka_unit_test_setup_teardown(test_goes_on_after_death, open_test, desk_close),
        cmocka_unit_test_setup_teardown(test_restarts_with_nothing_else, open_test, desk_close),
    };

    base_log_init("engine_self_test_test", NULL, BASE_LOG_NONE);
    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
