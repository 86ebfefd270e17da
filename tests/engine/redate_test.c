/* SPDX-License-Identifier: Apache-2.0 */
/* Amended calendars: every date that runs moves, once, whatever happens on the way. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "engine/replay.h"
#include "lib/check.h"

#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"
#define MANY 300 /* more than two windows */
#define MOVED 9  /* days: 9 February is the last one before the Spring Festival */

/* Monday 22 January becomes a day off. */
static char *with_day_off(const char *day)
{
    char holiday[128];

    snprintf(holiday, sizeof(holiday), "\"holidays\": [{\"from\": \"%s\", \"name\": {\"zh-CN\": \"放假\", \"en\": \"Day off\"}},", day);
    return fixture_replace(desk_text, "\"holidays\": [", holiday);
}

static void write_day_off(const char *day)
{
    char *text = day != NULL ? with_day_off(day) : NULL;

    stage_catalog_write(text != NULL ? text : desk_text);
    free(text);
}

static struct stage_request *reload(const char *query)
{
    static const struct front_identity admin = {.key_id = "admin", .roles = FRONT_ROLE_ADMIN, .department = ""};
    struct stage_request *asked = stage_ask_as(&admin, FRONT_CATALOG_RELOAD, NULL, query, "{}");

    return asked;
}

static core_day promised_of(uint64_t id)
{
    struct engine_application *row = stage_read(id);

    CHECK(row != NULL, "stored");
    core_day due = row->core->clocks[CORE_CLOCK_PROMISED].due;
    engine_application_destroy(row);
    return due;
}

static size_t redated(uint64_t id)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    struct store_record *records;
    size_t count, seen = 0;

    CHECK_I64(OD_OK, store_read_history(reader, id, 0, &arena, &records, &count), "its journal");
    for (size_t i = 0; i < count; i++)
        seen += strstr(records[i].record, "\"type\":\"redated\"") != NULL;
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return seen;
}

static void submit_many(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL,
                  "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li\"},\"form\":{\"area\":100},\"materials\":" BOTH "}");
    stage_drain();
}

static void check_all(unsigned count, core_day due, size_t moves, const char *why)
{
    for (uint64_t id = 1; id <= count; id++) {
        CHECK_I64(due, promised_of(id), why);
        CHECK_I64(moves, redated(id), why);
    }
}

static void test_all_move_and_say_so(void **state)
{
    (void)state;
    submit_many(MANY);
    core_day due = promised_of(1);
    write_day_off("2024-01-22");
    struct stage_request *asked = reload(NULL);
    stage_redate();
    CHECK_I64(200, asked->status, "reloaded");
    CHECK_TEXT("cn", desk_of(asked, "calendars.0.id"), "what changed");
    check_all(MANY, due + MOVED, 1, "one working day later, told once");
    CHECK_I64(100, desk_alerts("redated"), "staff are told, a page of it");
    for (uint64_t id = 1; id <= MANY; id += 37)
        replay_check(id);
    asked = reload(NULL);
    stage_redate();
    check_all(MANY, due + MOVED, 1, "the same again changes nothing");
}

/* Every "redated" of the journal of one application, as the dry run lists it. */
static size_t find_moves(const struct stage_request *dry, uint64_t id)
{
    struct engine_application *row = stage_read(id);
    char number[BASE_NUMBER_SIZE], path[64], after[16], place[48];
    size_t found = 0;

    base_number_format(id, row->core->received_day, number);
    for (size_t i = 0; i < desk_count(dry, "changes"); i++) {
        snprintf(path, sizeof(path), "changes.%zu.number", i);
        if (strcmp(desk_of(dry, path), number) != 0)
            continue;
        snprintf(path, sizeof(path), "changes.%zu.after", i);
        snprintf(after, sizeof(after), "%s", desk_of(dry, path));
        snprintf(path, sizeof(path), "changes.%zu.clock", i);
        snprintf(place, sizeof(place), "\"clock\":\"%s\",\"due\":\"%s\"", desk_of(dry, path), after);
        struct stage_request *notices = desk_get(FRONT_APPLICATION_NOTICES, number, NULL);
        CHECK(strstr(notices->answer, place) != NULL, place);
        found++;
    }
    engine_application_destroy(row);
    return found;
}

/* What is told beforehand is what happens: each change, and no other. */
static void test_dry_run_tells_the_run(void **state)
{
    (void)state;
    submit_many(3);
    desk_submit("checked", "{}", BOTH);
    core_day due = promised_of(1);
    write_day_off("2024-01-22");
    struct stage_request *dry = reload("dry_run=true");
    stage_drain();
    CHECK_I64(200, dry->status, "listed");
    CHECK_I64(due, promised_of(1), "and nothing moved");
    CHECK_I64(0, redated(1), "nor is anything on record");
    CHECK_TEXT("4", desk_of(dry, "applications_changed"), "all four");
    reload(NULL);
    stage_redate();
    size_t found = 0;
    for (uint64_t id = 1; id <= 3; id++)
        found += find_moves(dry, id);
    CHECK_I64(desk_count(dry, "changes"), found + 1, "each is told, and the intake of the fourth");
    struct stage_request *again = reload("dry_run=true");
    stage_drain();
    CHECK_TEXT("0", desk_of(again, "dates_changed"), "nothing is left to change");
}

/* Two at once: the second is asked to wait, the first comes to its end. */
static void test_one_dry_run_at_a_time(void **state)
{
    (void)state;
    submit_many(2);
    write_day_off("2024-01-22");
    struct stage_request *first = reload("dry_run=true"), *second = reload("dry_run=true"), *wrong = reload("dry_run=maybe");
    stage_drain();
    CHECK_I64(200, first->status, "listed");
    CHECK_I64(503, second->status, "later");
    CHECK_I64(422, wrong->status, "no such choice");
}

/* A hub that stops answers who waits for a list. */
static void test_stop_during_a_dry_run(void **state)
{
    (void)state;
    submit_many(MANY);
    write_day_off("2024-01-22");
    struct stage_request *asked = reload("dry_run=true");
    stage_turn();
    stage_stop();
    CHECK(asked->is_answered, "answered");
    stage_start();
    stage_redate();
}

/* Death at any moment of it, with a full disk between: at the end each date moved once. */
static void test_death_on_the_way(void **state)
{
    (void)state;
    submit_many(MANY);
    core_day due = promised_of(1);
    write_day_off("2024-01-22");
    reload(NULL);
    for (unsigned life = 0; life < 25; life++) {
        for (unsigned step = stage_roll(12); step > 0; step--)
            switch (stage_roll(4)) {
            case 0: stage_turn(); break;
            case 1: stage_tick(); break;
            case 2: stage_job(); break;
            default: stage_commit(stage_roll(3) == 0); break;
            }
        stage_restart(stage_roll(2) == 0);
    }
    stage_redate();
    check_all(MANY, due + MOVED, 1, "once");
    for (uint64_t id = 1; id <= MANY; id += 37)
        replay_check(id);
}

/* A full disk undoes a window that was passed already: it is dated again. */
static void test_full_disk(void **state)
{
    (void)state;
    submit_many(MANY);
    core_day due = promised_of(1);
    unsigned commits = 0;
    write_day_off("2024-01-22");
    reload(NULL);
    for (unsigned i = 0; i < 60; i++) {
        stage_turn();
        while (stage_job())
            ;
        stage_turn();
        commits += stage_commit(commits % 2 == 1); /* the change itself is kept */
        stage_tick();
    }
    stage_redate();
    CHECK(stage.full_count > 3, "it was full");
    check_all(MANY, due + MOVED, 1, "once");
}

/* A change that the disk has no room for is none: it is refused, and what was in force goes on. */
static void test_full_disk_for_the_change(void **state)
{
    char before[CATALOG_VERSION_SIZE];

    (void)state;
    submit_many(4);
    core_day due = promised_of(1);
    snprintf(before, sizeof(before), "%s", catalog_version(stage.engine->catalog));
    write_day_off("2024-01-22");
    struct stage_request *asked = reload(NULL);
    CHECK(strcmp(before, catalog_version(stage.engine->catalog)) != 0, "it runs at once");
    stage_turn();
    CHECK(stage_commit(true), "and is not kept");
    stage_redate();
    CHECK_I64(503, asked->status, "refused");
    CHECK_TEXT(before, catalog_version(stage.engine->catalog), "the one before is in force");
    check_all(4, due, 0, "no date moved");
    asked = reload(NULL);
    stage_redate();
    CHECK_I64(200, asked->status, "there is room again");
    check_all(4, due + MOVED, 1, "once");
}

/* Amended again while the first is under way, and back to where it was. */
static void test_amended_again_meanwhile(void **state)
{
    (void)state;
    submit_many(MANY);
    core_day due = promised_of(1);
    write_day_off("2024-01-22");
    reload(NULL);
    for (unsigned i = 0; i < 3; i++) {
        stage_turn();
        stage_job();
        stage_commit(false);
    }
    write_day_off(NULL);
    reload(NULL);
    stage_redate();
    for (uint64_t id = 1; id <= MANY; id++)
        CHECK_I64(due, promised_of(id), "back where it was");
    write_day_off("2024-01-23");
    reload(NULL);
    stage_redate();
    for (uint64_t id = 1; id <= MANY; id++)
        CHECK_I64(due + MOVED, promised_of(id), "and on again");
}

/* Cut off half way, and started with the calendars of before: those that had moved move back. */
static void test_taken_back_after_death(void **state)
{
    (void)state;
    submit_many(MANY);
    core_day due = promised_of(1);
    write_day_off("2024-01-22");
    reload(NULL);
    for (unsigned i = 0; i < 40 && promised_of(1) == due; i++) {
        stage_turn();
        (void)stage_job();
        stage_turn();
        stage_commit(false);
    }
    CHECK(promised_of(1) == due + MOVED && promised_of(MANY) == due, "half of it is done");
    write_day_off(NULL);
    stage_restart(true);
    stage_redate();
    for (uint64_t id = 1; id <= MANY; id++)
        CHECK_I64(due, promised_of(id), "all are back");
}

/* Submitted in the moment of the reload: dated by the calendars of before, and then like all others. */
static void test_submitted_meanwhile(void **state)
{
    static const char body[] = "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li\"},\"form\":{\"area\":100},\"materials\":" BOTH "}";

    (void)state;
    submit_many(1);
    core_day due = promised_of(1);
    write_day_off("2024-01-22");
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, body);
    stage_turn(); /* with the store, not durable */
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, body);
    reload(NULL);
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, body);
    while (stage_job()) /* the walk looks before they are durable */
        ;
    stage_redate();
    for (uint64_t id = 1; id <= 4; id++)
        CHECK_I64(due + MOVED, promised_of(id), "by the calendars of now");
}

/* A hub that was down while the files changed finds out at its start; versions that are read from the store
 * later follow, too. */
static void test_at_the_next_start(void **state)
{
    (void)state;
    submit_many(3);
    core_day due = promised_of(1);
    stage_stop();
    write_day_off("2024-01-22");
    stage_start();
    stage_redate();
    check_all(3, due + MOVED, 1, "found at the start");
    stage_restart(true);
    stage_redate();
    check_all(3, due + MOVED, 1, "and once");
}

/* A version that comes back is the same object again, with its own calendars. */
static void test_back_to_an_earlier_version(void **state)
{
    (void)state;
    submit_many(2);
    core_day due = promised_of(1);
    write_day_off("2024-01-22");
    reload(NULL);
    stage_redate();
    write_day_off(NULL);
    reload(NULL);
    stage_redate();
    submit_many(1); /* pinned to the version that came back */
    CHECK_I64(due, promised_of(3), "by its own calendars");
    write_day_off("2024-01-23");
    reload(NULL);
    stage_redate();
    for (uint64_t id = 1; id <= 3; id++)
        CHECK_I64(due + MOVED, promised_of(id), "all follow, those of the returned version, too");
}

/* A year that is published makes provisional dates firm. */
static void test_published_year(void **state)
{
    struct engine_application *row;
    char *text;

    (void)state;
    desk_pass(340); /* December */
    submit_many(1);
    row = stage_read(1);
    CHECK(row->core->clocks[CORE_CLOCK_PROMISED].is_provisional, "into a year that nobody has published");
    engine_application_destroy(row);
    text = fixture_replace(desk_text, "2024-12-31", "2025-12-31");
    stage_catalog_write(text);
    free(text);
    reload(NULL);
    stage_redate();
    row = stage_read(1);
    CHECK(!row->core->clocks[CORE_CLOCK_PROMISED].is_provisional, "firm");
    engine_application_destroy(row);
    CHECK_I64(1, redated(1), "and told");
    replay_check(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_move_and_say_so, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_dry_run_tells_the_run, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_one_dry_run_at_a_time, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_stop_during_a_dry_run, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_death_on_the_way, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_full_disk, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_full_disk_for_the_change, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_amended_again_meanwhile, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_taken_back_after_death, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_submitted_meanwhile, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_at_the_next_start, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_back_to_an_earlier_version, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_published_year, desk_open, desk_close),
    };

    base_log_init("engine_redate_test", NULL, BASE_LOG_NONE);
    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
