/* SPDX-License-Identifier: Apache-2.0 */
/* What a scanner finds reaches everybody who has the document, at whatever moment it comes. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/desk.h"
#include "engine/material.h"
#include "lib/check.h"

#define BAD "bad document"
#define CLEAN "{\"opinion\":\"approve\"}"
#define INFECTED "{\"opinion\":\"reject\",\"reasons\":[\"EICAR\"]}"

static struct connect_link *scanner;

static int set_up(void **state)
{
    desk_open(state);
    scanner = stage_load("scanner", "{\"module\":\"scan-1\",\"serves\":\"scans\"}", 8);
    stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 8);
    return 0;
}

static const char *digits(void)
{
    static char text[ENGINE_DIGITS_SIZE];
    uint8_t hash[BASE_HASH_SIZE];

    base_hash(BAD, strlen(BAD), hash);
    base_hex(hash, sizeof(hash), text);
    return text;
}

static struct stage_request *submit_start(void)
{
    char body[1024];

    snprintf(body, sizeof(body), "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li\",\"phone\":\"+8613800000001\"},\"form\":{\"area\":100},"
                                 "\"materials\":[{\"material\":\"deed\",\"sha256\":\"%s\"}]}", digits());
    return stage_ask_as(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, NULL, body);
}

static void upload(const char *number, int status)
{
    struct stage_request *asked = number == NULL ? stage_upload(&desk_front, FRONT_MATERIAL_UPLOAD, NULL, "name=a.txt", BAD)
                                                 : stage_upload(&desk_front, FRONT_APPLICATION_MATERIAL_ADD, number, "material=deed&name=a.txt", BAD);

    stage_settle();
    CHECK_I64(status, asked->status, "taken");
}

static void report(uint64_t errand, const char *opinion)
{
    stage_report(scanner, BASE_ITEM_OPINION, engine_errand_handle(&engine_scan_errand, errand), opinion);
}

/* Entries of an application whose body has the text. */
static size_t entries_with(uint8_t kind, uint64_t application, const char *text)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    const struct store_entry_filter filter = {.kind = kind, .state = -1, .department = -1, .application = application, .before = UINT64_MAX};
    struct base_arena arena = {0};
    struct store_entry entries[32];
    size_t count = 0, found = 0;
    uint64_t next;

    CHECK_I64(OD_OK, store_read_entries(reader, &filter, &arena, entries, 32, &count, &next), "entries");
    for (size_t i = 0; i < count; i++)
        found += strstr(entries[i].body, text) != NULL;
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return found;
}

static bool step(void)
{
    if (stage_job() || stage_commit(false))
        return true;
    stage_turn();
    return stage.job_count > 0 || stage.batch != NULL;
}

/* The submission and the verdict, with so many steps between: whichever comes first, the applicant learns of it, once. */
static void meet(unsigned steps, bool is_verdict_first, unsigned *refused, unsigned *told)
{
    struct stage_request *asked = NULL;

    upload(NULL, 201);
    if (is_verdict_first)
        report(1, INFECTED);
    else
        asked = submit_start();
    for (unsigned i = 0; i < steps; i++)
        step();
    if (is_verdict_first)
        asked = submit_start();
    else
        report(1, INFECTED);
    stage_settle();
    CHECK(asked->status == 201 || asked->status == 422, "answered");
    bool is_taken = asked->status == 201;
    *refused += !is_taken;
    *told += is_taken;
    CHECK_I64(is_taken, (int64_t)entries_with(ENGINE_ENTRY_MESSAGE, 1, "material_refused"), "the applicant is told, once");
    CHECK_I64(1, (int64_t)desk_alerts("document_infected"), "and staff are");
}

static void test_a_verdict_that_meets_a_submission_is_told(void **state)
{
    unsigned refused = 0, told = 0;

    for (unsigned steps = 0; steps < 14; steps++)
        for (int is_verdict_first = 0; is_verdict_first < 2; is_verdict_first++) {
            set_up(state);
            stage.dice += steps;
            meet(steps, is_verdict_first != 0, &refused, &told);
            stage_close();
        }
    CHECK(refused > 0 && told > 14, "both happen");
    set_up(state);
}

/* Every one of them, whoever came first; and nobody twice. */
static void test_all_who_named_it_are_told(void **state)
{
    (void)state;
    upload(NULL, 201);
    for (unsigned i = 0; i < 20; i++) {
        submit_start();
        stage_settle();
    }
    report(1, INFECTED);
    stage_settle();
    for (unsigned i = 1; i <= 20; i++)
        CHECK_I64(1, (int64_t)entries_with(ENGINE_ENTRY_MESSAGE, i, "material_refused"), "each, once");
}

/* Steps until the verdict is on the disk. */
static bool is_verdict_durable(void)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    struct store_entry entry;
    enum engine_scan scan = ENGINE_SCAN_NONE;

    CHECK_I64(OD_OK, store_read_entry(reader, ENGINE_ENTRY_SCAN, 1, &arena, &entry), "the errand");
    CHECK_I64(OD_OK, engine_scan_verdict(&entry, &scan), "what it came to");
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return scan == ENGINE_SCAN_INFECTED;
}

static void wake_twice(void)
{
    for (int i = 0; i < 2; i++) {
        desk_wait(3 * 60000);
        stage_settle();
    }
}

/* Killed so many steps after the verdict was on the disk: whoever was not told is told by the next hub, and nobody twice. */
static bool tell_through_a_kill(unsigned steps)
{
    bool was_over = false;

    upload(NULL, 201);
    for (unsigned i = 0; i < 20; i++) {
        submit_start();
        stage_settle();
    }
    report(1, INFECTED);
    while (!is_verdict_durable())
        step();
    for (unsigned i = 0; i < steps && !was_over; i++)
        was_over = !step();
    stage_restart(false);
    stage_settle();
    stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 8);
    wake_twice();
    for (unsigned i = 1; i <= 20; i++)
        CHECK_I64(1, (int64_t)entries_with(ENGINE_ENTRY_MESSAGE, i, "material_refused"), "each, once");
    CHECK_I64(1, (int64_t)desk_alerts("document_infected"), "staff, once");
    CHECK_I64(0, (int64_t)desk_alerts("scan_stuck"), "it waits for no scanner");
    return was_over;
}

static void test_who_was_not_told_before_a_kill_is_told_after_it(void **state)
{
    bool is_over = false;

    for (unsigned steps = 0; steps < 60 && !is_over; steps += steps < 12 ? 1 : 7) {
        set_up(state);
        is_over = tell_through_a_kill(steps);
        stage_close();
    }
    CHECK(is_over, "at every moment, up to the last");
    set_up(state);
}

/* Somebody else uploaded it first: the application that had only declared it gets an errand when it hands it in. */
static void test_who_hands_in_what_was_declared_hears_of_its_scan(void **state)
{
    static const char *const opinions[] = {CLEAN, INFECTED};

    for (size_t i = 0; i < 2; i++) {
        char number[BASE_NUMBER_SIZE];

        set_up(state);
        struct stage_request *asked = submit_start(); /* declared: its content is not there */
        stage_settle();
        snprintf(number, sizeof(number), "%s", desk_of(asked, "number"));
        upload(NULL, 201);
        CHECK_I64(0, (int64_t)entries_with(ENGINE_ENTRY_SCAN, 1, digits()), "for nobody yet");
        upload(number, 200);
        CHECK_I64(1, (int64_t)entries_with(ENGINE_ENTRY_SCAN, 1, digits()), "an errand of its own");
        upload(number, 200);
        CHECK_I64(1, (int64_t)entries_with(ENGINE_ENTRY_SCAN, 1, digits()), "one");
        report(1, opinions[i]);
        report(2, opinions[i]);
        stage_settle();
        CHECK_I64((int64_t)i, (int64_t)entries_with(ENGINE_ENTRY_MESSAGE, 1, "material_refused"), "told when it is infected, once");
        stage_close();
    }
    set_up(state);
}

static bool is_supplied(const char *number)
{
    struct engine_application *row = desk_read_row(number);
    bool is = row->answers.bytes != NULL && strstr((const char *)row->answers.bytes, digits()) != NULL;

    engine_application_destroy(row);
    return is;
}

static const char *submit_nothing(void)
{
    static char number[BASE_NUMBER_SIZE];

    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":100}", "[]"));
    return number;
}

/* The upload and its verdict, so many steps after the scanner had it: supplied and listed in any case, once. */
static void test_a_clean_one_is_listed_and_supplied(void **state)
{
    for (unsigned steps = 0; steps < 16; steps++) {
        set_up(state);
        const char *number = submit_nothing();
        struct stage_request *asked = stage_upload(&desk_front, FRONT_APPLICATION_MATERIAL_ADD, number, "material=deed&name=a.txt", BAD);
        uint64_t errand = engine_errand_handle(&engine_scan_errand, 1);
        for (unsigned i = 0; i < 100 && stage_held(scanner, errand) == NULL; i++) {
            step();
            stage_rooms();
        }
        for (unsigned i = 0; i < steps; i++)
            step();
        report(1, CLEAN);
        stage_settle();
        desk_wait(2 * 60000);
        stage_settle();
        CHECK_I64(201, asked->status, "taken");
        CHECK_TEXT("deed.1", desk_of(asked, "id"), "with its number");
        struct stage_request *list = desk_get(FRONT_APPLICATION_MATERIALS, number, NULL);
        CHECK_I64(1, (int64_t)desk_count(list, "items"), "once");
        CHECK_TEXT("stored", desk_of(list, "items.0.state"), "clean");
        CHECK(is_supplied(number), "and the supplement");
        stage_close();
    }
    set_up(state);
}

/* One too many: it was answered so, and a scanner that finds it clean hands nothing in. */
static void test_a_refused_one_is_not_supplied(void **state)
{
    char body[] = "{\"material\":\"plan\",\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"}";
    const char *number = submit_nothing();

    (void)state;
    for (unsigned i = 0; i < ENGINE_VERSIONS_MAX; i++) {
        struct store_entry entry = {.kind = ENGINE_ENTRY_MATERIAL, .state = ENGINE_MATERIAL_VERSION, .application = desk_id(number), .body = body,
                                    .body_size = sizeof(body) - 1, .id = engine_entry_id(stage.engine, ENGINE_ENTRY_MATERIAL), .wake_minute = INT64_MAX};

        CHECK_I64(OD_OK, engine_entry_put(stage.engine, &entry, NULL, NULL, NULL), "room");
        stage_drain();
    }
    upload(number, 422);
    report(1, CLEAN);
    stage_settle();
    desk_wait(2 * 60000);
    CHECK(!is_supplied(number), "as it was answered");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_clean_one_is_listed_and_supplied, desk_close),
        cmocka_unit_test_setup_teardown(test_a_refused_one_is_not_supplied, set_up, desk_close),
        cmocka_unit_test_teardown(test_a_verdict_that_meets_a_submission_is_told, desk_close),
        cmocka_unit_test_setup_teardown(test_all_who_named_it_are_told, set_up, desk_close),
        cmocka_unit_test_teardown(test_who_was_not_told_before_a_kill_is_told_after_it, desk_close),
        cmocka_unit_test_teardown(test_who_hands_in_what_was_declared_hears_of_its_scan, desk_close),
    };

    return desk_read() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
