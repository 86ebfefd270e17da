/* SPDX-License-Identifier: Apache-2.0 */
/* Assessments at the engine's door: what each unit did, who may see it, and that a period that is over stays as it was
 * told. */
#include "engine/assessment.h"

#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "engine/recount.h"
#include "lib/check.h"

#define ALL "[{\"material\":\"deed\"},{\"material\":\"plan\"},{\"material\":\"report\"}]"
#define MINUTE_MS INT64_C(60000)

static struct stage_request *ask(const struct front_identity *who, const char *query, int status)
{
    struct stage_request *asked = stage_ask_as(who, FRONT_ASSESSMENTS, NULL, query, NULL);

    stage_drain();
    CHECK_I64(status, asked->status, query);
    return asked;
}

/* One application, answered by an officer of each department; fire rejects it. */
static void live(void)
{
    static const struct front_identity *const officers[] = {&desk_land, &desk_water, &desk_fire};
    char number[BASE_NUMBER_SIZE];

    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":400}", ALL));
    desk_pass(1);
    for (unsigned i = 0; i < COUNT(officers); i++) {
        desk_do(officers[i], FRONT_TASK_TAKE, desk_task(number, i), 200, "{}");
        desk_do(officers[i], FRONT_TASK_OPINION, desk_task(number, i), 200,
                i == 2 ? "{\"opinion\":\"reject\",\"reasons\":[\"The exit is too narrow.\"]}" : "{\"opinion\":\"approve\"}");
    }
}

/* The item of a unit: "items.2" by its id, "" when it is not told. Static. */
static const char *item_of(const struct stage_request *asked, const char *unit, const char *id, const char *member)
{
    static char path[96];

    for (size_t i = 0; i < desk_count(asked, "items"); i++) {
        char found[64];

        snprintf(path, sizeof(path), "items.%zu.unit", i);
        bool is_unit = strcmp(unit, desk_of(asked, path)) == 0;
        snprintf(path, sizeof(path), "items.%zu.id", i);
        snprintf(found, sizeof(found), "%s", desk_of(asked, path));
        snprintf(path, sizeof(path), "items.%zu.%s", i, member);
        if (is_unit && strcmp(found, id) == 0)
            return desk_of(asked, path);
    }
    return "";
}

static void test_what_each_did(void **state)
{
    static const struct { const char *unit, *id, *member, *expected, *why; } rows[] = {
        {"department", "fire", "decided", "1", "its task"},
        {"department", "fire", "rejected", "1", "which it rejected"},
        {"department", "fire", "rejected_with_reasons", "1", "with reasons"},
        {"department", "land", "rejected", "0", "the other did not"},
        {"department", "fire", "received", "", "a task is not received"},
        {"officer", "fire-1", "decided", "1", "by this officer"},
        {"officer", "fire-1", "accepted", "1", "had it in hand, whoever took the application in"},
        {"officer", "fire-1", "rejected", "1", "the same"},
        {"officer", "land-1", "on_time.of", "1", "had a promise"},
        {"officer", "window-1", "received", "1", "took it in"},
        {"officer", "window-1", "accepted", "1", "and it was taken in for review"},
        {"officer", "window-1", "decided", "0", "the decision is nobody's own"},
        {"officer", "window-1", "rank", "null", "nothing to be ranked by"},
        {"window", "online", "decided", "1", "by the channel it came by"},
        {"window", "online", "rejected", "1", "the whole is rejected"},
        {"department", "land", "rank", "1", "all are as good"},
        {"department", "fire", "ranked", "3", "of three"},
    };

    (void)state;
    live();
    struct stage_request *asked = ask(&desk_supervisor, "month=2024-01", 200);
    CHECK_TEXT("running", desk_of(asked, "state"), "the month goes on");
    CHECK_TEXT("2024-01", desk_of(asked, "period"), "this one");
    CHECK_TEXT("supervisor", desk_of(asked, "asked_by"), "who asked");
    CHECK_TEXT("1", desk_of(asked, "total.received"), "the center");
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_TEXT(rows[i].expected, item_of(asked, rows[i].unit, rows[i].id, rows[i].member), rows[i].why);
    asked = ask(&desk_supervisor, "month=2024-01&by=officer", 200);
    CHECK_TEXT("4", desk_of(asked, "count"), "three officers and the desk");
    CHECK_TEXT("", item_of(asked, "department", "fire", "decided"), "officers alone");
    CHECK_TEXT("accepted", desk_of(asked, "explained.0.figure"), "every figure is explained");
    CHECK(strstr(desk_of(asked, "explained.0.list"), "from=2024-01&to=2024-01") != NULL, "with its source");
    recount_check();
}

static void test_who_sees_what(void **state)
{
    static const struct { const struct front_identity *who; const char *count, *unit, *id, *why; } rows[] = {
        {&desk_supervisor, "8", "window", "online", "everything"},
        {&desk_government, "8", "officer", "land-1", "everything"},
        {&desk_land, "2", "officer", "land-1", "the own department and the own work"},
        {&desk_land_head, "1", "department", "land", "the own department"},
        {&desk_front, "1", "officer", "window-1", "the own work"},
    };

    (void)state;
    live();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage_request *asked = ask(rows[i].who, "month=2024-01", 200);

        CHECK_TEXT(rows[i].count, desk_of(asked, "count"), rows[i].why);
        CHECK(strcmp("", item_of(asked, rows[i].unit, rows[i].id, "decided")) != 0, rows[i].why);
        CHECK_TEXT("1", desk_of(asked, "total.received"), "the center is nobody's secret");
        asked = ask(rows[i].who, "month=2024-01&format=csv", 200);
        size_t lines = 0;
        for (const char *at = asked->answer; (at = strchr(at, '\n')) != NULL; at++)
            lines++;
        CHECK_I64(strtol(rows[i].count, NULL, 10) + 2, lines, "head, center and the same in CSV");
    }
}

static void test_refused(void **state)
{
    static const struct { const char *query, *code, *why; } rows[] = {
        {"month=2024-13", "month", "no such month"},
        {"month=2024", "month", "a year is no month"},
        {"month=2024-1x", "month", "no digit"},
        {"month=1969-12", "month", "before time began"},
        {"month=2024-02", "month", "limit + 1: the month to come"},
        {"year=2025", "year", "the year to come"},
        {"year=24", "year", "four digits"},
        {"month=2024-01&year=2024", "month", "one of them"},
        {"by=planet", "by", "no such unit"},
        {"by=center", "by", "the center is always told"},
        {"by=", "by", "nothing"},
        {"format=xls", "format", "json or csv"},
        {"limit=0", "limit", "none"},
        {"limit=201", "limit", "limit + 1"},
        {"limit=1a", "limit", "no number"},
        {"cursor=x", "cursor", "none of ours"},
        {"cursor=9.00", "cursor", "no such kind"},
        {"cursor=2.0", "cursor", "half a byte"},
        {"cursor=2.zz", "cursor", "no digits"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_TEXT(rows[i].code, ask(&desk_supervisor, rows[i].query, 422)->code, rows[i].why);
}

/* -- A month that is over -- */

/* 23:59 and 00:01 in the center's zone, eight hours ahead of UTC: each in its month. */
static void test_months_end_by_the_zone_of_the_center(void **state)
{
    (void)state;
    while (stage.engine->now.day < base_day_from_civil(2024, 1, 31))
        desk_pass(1);
    desk_wait((24 * 60 - 1 - stage.engine->now.minute) * MINUTE_MS);
    CHECK_I64(24 * 60 - 1, stage.engine->now.minute, "a minute before midnight");
    CHECK_I64(15, (stage.engine->now.ms / 3600000) % 24, "in the afternoon, UTC");
    desk_submit("plain", "{\"area\":400}", ALL);
    desk_wait(2 * MINUTE_MS);
    desk_submit("plain", "{\"area\":401}", ALL);
    CHECK_TEXT("1", desk_of(ask(&desk_supervisor, "month=2024-01", 200), "total.received"), "the last one of January");
    CHECK_TEXT("1", desk_of(ask(&desk_supervisor, "month=2024-02", 200), "total.received"), "the first one of February");
    CHECK_TEXT("2", desk_of(ask(&desk_supervisor, "year=2024", 200), "total.received"), "both of the year");
    CHECK_TEXT("running", desk_of(ask(&desk_supervisor, "year=2024", 200), "state"), "which goes on");
    recount_check();
}

/* The catalogue has other names. */
static void rename_departments(void)
{
    char *text = fixture_replace(desk_text, "\"Fire\"", "\"Fire and rescue\"");
    char why[512] = "";

    stage_catalog_write(text);
    free(text);
    stage_wait(1000);
    stage_tick();
    CHECK_I64(OD_OK, engine_reload(stage.engine, &stage.config, why), why);
    stage_drain();
}

static void test_closed_once_for_all(void **state)
{
    char first[64 * 1024], csv[64 * 1024];

    (void)state;
    live();
    desk_pass(20); /* February */
    struct stage_request *asked = ask(&desk_government, "month=2024-01", 200);
    CHECK_TEXT("closed", desk_of(asked, "state"), "it is over");
    CHECK_TEXT("mayor", desk_of(asked, "asked_by"), "who asked first");
    snprintf(first, sizeof(first), "%s", asked->answer);
    snprintf(csv, sizeof(csv), "%s", ask(&desk_government, "month=2024-01&format=csv", 200)->answer);
    rename_departments();
    live(); /* of February */
    desk_pass(3);
    asked = ask(&desk_supervisor, "month=2024-01", 200);
    CHECK_TEXT(first, asked->answer, "whoever asks later reads the same bytes");
    CHECK_TEXT(csv, ask(&desk_supervisor, "month=2024-01&format=csv", 200)->answer, "and in CSV");
    CHECK_TEXT("Fire", item_of(asked, "department", "fire", "name.en"), "with the names of then");
    stage_restart(true);
    stage_drain();
    CHECK_TEXT(first, ask(&desk_supervisor, "month=2024-01", 200)->answer, "after a crash, too");
    CHECK_TEXT("Fire and rescue", item_of(ask(&desk_supervisor, "month=2024-02", 200), "department", "fire", "name.en"), "the month of now");
}

/* How many records of a type the journal has. */
static size_t records_of(const char *type)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    struct store_record records[128];
    size_t count = 0, found = 0;

    CHECK_I64(OD_OK, store_read_journal(reader, 0, &arena, records, COUNT(records), &count), "the journal");
    for (size_t i = 0; i < count; i++)
        found += memmem(records[i].record, records[i].size, type, strlen(type)) != NULL;
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return found;
}

static void test_many_ask_at_once(void **state)
{
    struct stage_request *asked[8];

    (void)state;
    live();
    desk_pass(20);
    for (size_t i = 0; i < COUNT(asked); i++)
        asked[i] = stage_ask_as(i % 2 == 0 ? &desk_supervisor : &desk_government, FRONT_ASSESSMENTS, NULL, "month=2024-01", NULL);
    stage_drain();
    for (size_t i = 0; i < COUNT(asked); i++) {
        CHECK_I64(200, asked[i]->status, "each is answered");
        CHECK_TEXT(asked[0]->answer, asked[i]->answer, "with the same");
    }
    CHECK_I64(1, records_of("\"assessment_closed\""), "closed once");
}

/* Killed between the two writes, or after them and before anybody was told. */
static void test_killed(void **state)
{
    char first[64 * 1024];

    (void)state;
    live();
    desk_pass(20);
    for (unsigned steps = 1; steps < 5; steps++) {
        stage_ask_as(&desk_government, FRONT_ASSESSMENTS, NULL, "month=2024-01", NULL);
        for (unsigned i = 0; i < steps; i++) {
            stage_job();
            stage_turn();
            if (i + 1 < steps)
                stage_commit(false);
        }
        stage_restart(steps % 2 == 0);
        stage_drain();
    }
    snprintf(first, sizeof(first), "%s", ask(&desk_supervisor, "month=2024-01", 200)->answer);
    CHECK_TEXT(first, ask(&desk_government, "month=2024-01", 200)->answer, "one sheet");
    CHECK_I64(1, records_of("\"assessment_closed\""), "closed once");
}

/* Sums that no event told: a mending from outside. */
static void put_counts(const struct store_count *counts, uint32_t count)
{
    struct store_batch *batch = stage.engine->filling->store;

    batch->writes[batch->count++] = (struct store_write){.kind = STORE_WRITE_JOURNAL, .counts = counts, .count_count = count};
    stage_turn();
    stage_drain();
}

static void test_amended(void **state)
{
    static const struct store_count more[] = {{.month = 202401, .service = 1, .measure = ENGINE_RECEIVED, .window = 1, .delta = 2}};
    char amended[64 * 1024], first[64 * 1024];

    (void)state;
    live();
    desk_pass(20);
    struct stage_request *asked = ask(&desk_government, "month=2024-01", 200);
    snprintf(first, sizeof(first), "%s", desk_of(asked, "generated_at"));
    put_counts(more, COUNT(more));
    asked = ask(&desk_supervisor, "month=2024-01", 200);
    CHECK_TEXT("amended", desk_of(asked, "state"), "the sums are others");
    CHECK_TEXT("mayor", desk_of(asked, "asked_by"), "the sheet is the first one's");
    CHECK_TEXT(first, desk_of(asked, "generated_at"), "of then");
    CHECK_TEXT("3", desk_of(asked, "total.received"), "with what is so");
    CHECK_TEXT("supervisor", desk_of(asked, "amendments.0.by"), "found by");
    CHECK_TEXT("2", desk_of(asked, "amendments.0.count"), "of the center and of its window");
    CHECK_TEXT("center", desk_of(asked, "amendments.0.differences.0.unit"), "the center");
    CHECK_TEXT("received", desk_of(asked, "amendments.0.differences.0.measure"), "what");
    CHECK_TEXT("1", desk_of(asked, "amendments.0.differences.0.was"), "as it was told");
    CHECK_TEXT("3", desk_of(asked, "amendments.0.differences.0.is"), "as it is");
    CHECK_TEXT("window", desk_of(asked, "amendments.0.differences.1.unit"), "and the window");
    snprintf(amended, sizeof(amended), "%s", asked->answer);
    CHECK_TEXT(amended, ask(&desk_government, "month=2024-01", 200)->answer, "the same again");
    CHECK_I64(1, records_of("\"assessment_amended\""), "once");
    static const struct store_count unit[] = {{.month = 202401, .service = 1, .measure = ENGINE_RECEIVED, .department = ENGINE_COUNT_OFFICER, .window = 0, .delta = 1}};
    put_counts(unit, COUNT(unit));
    asked = ask(&desk_supervisor, "month=2024-01", 200);
    CHECK_I64(2, desk_count(asked, "amendments"), "once more");
    CHECK_TEXT("other", desk_of(asked, "amendments.1.differences.0.id"), "a unit that was not there");
    CHECK_TEXT("0", desk_of(asked, "amendments.1.differences.0.was"), "had nothing");
}

/* -- Limits -- */

/* Officers, by as many numbers. */
static void put_officers(uint32_t from, uint32_t until)
{
    static struct store_count counts[ENGINE_ASSESSMENT_UNITS_MAX + 1];
    char name[BASE_ID_MAX + 1];
    uint32_t count = 0;

    for (uint32_t i = from; i <= until; i++) {
        snprintf(name, sizeof(name), ENGINE_OFFICER_PREFIX "officer-%04u", i);
        counts[count] = (struct store_count){.month = 202401, .service = 1, .department = ENGINE_COUNT_OFFICER, .measure = ENGINE_EVALUATIONS, .delta = 1};
        CHECK_I64(OD_OK, store_window(stage.engine->store, name, &counts[count++].window), name);
    }
    put_counts(counts, count);
}

static void test_units(void **state)
{
    char query[256] = "month=2024-01&by=officer&limit=200", last[64] = "";
    size_t seen = 0;

    (void)state;
    put_officers(2, ENGINE_ASSESSMENT_UNITS_MAX); /* the center is the first unit */
    for (unsigned pages = 0; pages < 12; pages++) {
        struct stage_request *asked = ask(&desk_supervisor, query, 200);
        size_t count = desk_count(asked, "items");

        seen += count;
        CHECK_I64(ENGINE_ASSESSMENT_UNITS_MAX - 1, strtol(desk_of(asked, "count"), NULL, 10), "in all");
        CHECK(strcmp(last, desk_of(asked, "items.0.id")) < 0, "in order");
        snprintf(last, sizeof(last), "%s", desk_of(asked, "items.0.id"));
        if (strcmp(desk_of(asked, "next_cursor"), "null") == 0)
            break;
        CHECK_I64(200, count, "a whole page");
        snprintf(query, sizeof(query), "month=2024-01&by=officer&limit=200&cursor=%s", desk_of(asked, "next_cursor"));
    }
    CHECK_I64(ENGINE_ASSESSMENT_UNITS_MAX - 1, seen, "each once");
    ask(&desk_supervisor, "month=2024-01&format=csv", 200);
    put_officers(ENGINE_ASSESSMENT_UNITS_MAX + 1, ENGINE_ASSESSMENT_UNITS_MAX + 1);
    CHECK_TEXT("units", ask(&desk_supervisor, "month=2024-01", 422)->code, "limit + 1");
    ask(&desk_supervisor, "year=2023", 200);
}

static void test_no_memory(void **state)
{
    unsigned told = 0;

    (void)state;
    live();
    desk_pass(20);
    for (uint64_t n = 1; n < 60; n++) {
        stage.alloc_fail_at = n;
        struct stage_request *asked = stage_ask_as(&desk_supervisor, FRONT_ASSESSMENTS, NULL, "month=2024-01", NULL);
        stage_drain();
        CHECK(asked->status == 200 || asked->status == 503, "told, or refused in words");
        told += asked->status == 200;
    }
    stage.alloc_fail_at = 0;
    CHECK(told > 0, "a clean pass");
    ask(&desk_supervisor, "month=2024-01", 200);
}

/* -- Sheets and ranks -- */

static void test_broken_sheets(void **state)
{
    static const char *const rows[] = {"", "[]", "{}", "{\"from\":202401}",
                                       "{\"from\":202401,\"to\":202401,\"at_ms\":1,\"journal_seq\":1,\"catalog_since_ms\":1,\"by\":\"a\","
                                       "\"catalog_version\":\"v\",\"units\":[{\"kind\":\"planet\",\"id\":\"\",\"sums\":\"\"}]}",
                                       "{\"from\":202401,\"to\":202401,\"at_ms\":1,\"journal_seq\":1,\"catalog_since_ms\":1,\"by\":\"a\","
                                       "\"catalog_version\":\"v\",\"units\":[{\"kind\":\"center\",\"id\":\"\",\"sums\":\"1=2\"}]}"};
    struct engine_sheet sheet;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(OD_EIO, engine_sheet_read(rows[i], strlen(rows[i]), &sheet), rows[i]);
        CHECK(sheet.tree == NULL && sheet.units == NULL, "nothing is held");
    }
}

static void test_ranks(void **state)
{
    struct engine_unit units[6] = {
        {.kind = ENGINE_UNIT_CENTER, .id = "", .sums = {[ENGINE_DECIDED] = 9}},
        {.kind = ENGINE_UNIT_DEPARTMENT, .id = "a", .sums = {[ENGINE_DECIDED] = 3, [ENGINE_PROMISED] = 3, [ENGINE_ON_TIME] = 2}},
        {.kind = ENGINE_UNIT_DEPARTMENT, .id = "b", .sums = {[ENGINE_DECIDED] = 6, [ENGINE_PROMISED] = 6, [ENGINE_ON_TIME] = 4}},
        {.kind = ENGINE_UNIT_DEPARTMENT, .id = "c", .sums = {[ENGINE_DECIDED] = 1, [ENGINE_PROMISED] = 1, [ENGINE_ON_TIME] = 1}},
        {.kind = ENGINE_UNIT_DEPARTMENT, .id = "d", .sums = {[ENGINE_RECEIVED] = 7}},
        {.kind = ENGINE_UNIT_OFFICER, .id = "x", .sums = {[ENGINE_EVALUATIONS] = 1}},
    };
    struct engine_sheet sheet = {.units = units, .unit_count = COUNT(units)};
    static const struct { uint32_t rank, ranked; const char *why; } rows[] = {
        {0, 0, "the center has nobody beside it"}, {2, 3, "two of three"}, {2, 3, "four of six is the same"},
        {1, 3, "all of one"}, {0, 0, "nothing was decided there"}, {1, 1, "another kind"}};

    (void)state;
    CHECK_I64(OD_OK, engine_sheet_rank(&sheet), "ranked");
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(rows[i].rank, units[i].rank, rows[i].why);
        CHECK_I64(rows[i].ranked, units[i].ranked, rows[i].why);
    }
    units[1].sums[ENGINE_COMPLAINTS_UPHELD] = 1;
    CHECK_I64(OD_OK, engine_sheet_rank(&sheet), "again");
    CHECK_I64(3, units[1].rank, "a complaint that was upheld");
    units[2].sums[ENGINE_COMPLAINTS_UPHELD] = 1;
    units[1].sums[ENGINE_PROMISE_USED] = 150; /* 50 each */
    units[2].sums[ENGINE_PROMISE_USED] = 294; /* 49 each */
    CHECK_I64(OD_OK, engine_sheet_rank(&sheet), "again");
    CHECK_I64(3, units[1].rank, "slower");
    CHECK_I64(2, units[2].rank, "faster");
    units[1].sums[ENGINE_EVALUATIONS] = units[1].sums[ENGINE_ATTITUDE_5] = units[1].sums[ENGINE_ABILITY_5] = 1;
    CHECK_I64(OD_OK, engine_sheet_rank(&sheet), "again");
    CHECK_I64(2, units[1].rank, "but rated, and well");
}

/* -- CSV -- */

static void test_csv_is_no_formula(void **state)
{
    static const struct { const char *window, *cell; } rows[] = {
        {"=1+1", "\"'=1+1\""}, {"+1", "\"'+1\""}, {"-1", "\"'-1\""}, {"@SUM(A1)", "\"'@SUM(A1)\""}, {"a\\\"b", "\"a\"\"b\""}, {"=a,b", "\"'=a,b\""}};
    char body[512];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(body, sizeof(body), "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li %zu\"},\"form\":{\"area\":400},\"materials\":" ALL
                 ",\"channel\":\"window\",\"window\":\"%s\"}", i, rows[i].window);
        desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, body);
    }
    struct stage_request *asked = ask(&desk_supervisor, "by=window&format=csv", 200);
    CHECK_TEXT("text/csv; charset=utf-8; header=present", asked->media_type, "what it is");
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK(strstr(asked->answer, rows[i].cell) != NULL, asked->answer);
    CHECK(memcmp(asked->answer, "period,", 7) == 0, "programs read it without a mark");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_each_did, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_who_sees_what, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_refused, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_months_end_by_the_zone_of_the_center, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_closed_once_for_all, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_many_ask_at_once, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_killed, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_amended, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_units, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_no_memory, desk_open, desk_close),
        cmocka_unit_test(test_broken_sheets),
        cmocka_unit_test(test_ranks),
        cmocka_unit_test_setup_teardown(test_csv_is_no_formula, desk_open, desk_close),
    };

    base_log_init("engine_assessment_test", NULL, BASE_LOG_NONE);
    return desk_read() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
