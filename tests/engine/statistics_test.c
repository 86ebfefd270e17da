/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of the statistics, and that they are those of the journal. */
#include "engine/statistics.h"

#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/recount.h"
#include "engine/stand.h"
#include "lib/check.h"

#define CAFE                                                                                                      \
    "{\"service\":\"open-cafe\",\"applicant\":{\"kind\":\"person\",\"name\":\"Li\"},\"form\":{\"area_m2\":312,\"seats\":10,\"title\":\"t\"}," \
    "\"materials\":[{\"material\":\"id-copy\"},{\"material\":\"plan\"},{\"material\":\"certificate\"}]}"

static const struct base_json *answer; /* of the last question */

static struct stage_request *ask(const char *query, int status, const char *why)
{
    struct stage_request *asked = stage_ask_query(FRONT_STATISTICS, query);

    stage_drain();
    CHECK_I64(status, asked->status, why);
    answer = status == 200 && strcmp(asked->media_type, "application/json") == 0 ? stand_answer(asked) : NULL;
    return asked;
}

/* "total/on_time/count", "items/0/service". */
static const struct base_json *at(const char *path)
{
    const struct base_json *json = answer;
    char key[64];

    while (json != NULL && *path != '\0') {
        size_t size = strcspn(path, "/");

        snprintf(key, sizeof(key), "%.*s", (int)size, path);
        if (base_json_type(json) == BASE_JSON_ARRAY) {
            json = base_json_first(json);
            for (long i = strtol(key, NULL, 10); i > 0; i--)
                json = base_json_next(json);
        } else {
            json = base_json_member(json, key);
        }
        path += size + (path[size] == '/');
    }
    return json;
}

static int64_t number_at(const char *path)
{
    int64_t number = -1;

    CHECK_I64(OD_OK, base_json_i64(at(path), INT64_MIN / 2048, INT64_MAX / 2048, &number), path);
    return number;
}

static void check_text(const char *path, const char *expected)
{
    if (expected == NULL)
        CHECK(base_json_type(at(path)) == BASE_JSON_NULL, path);
    else
        CHECK_TEXT(expected, base_json_text(at(path)), path);
}

/* Three in January at two windows and the net, one of them late in February. */
static void live(void)
{
    stand_submit(",\"channel\":\"window\",\"window\":\"12\"");
    stand_submit(",\"channel\":\"online\"");
    stand_submit(",\"window\":\"3\"");
    stand_pass(2);
    stand_approve(1);
    stand_approve(2);
    stand_pass(28);
    stand_approve(3);
}

static void test_total(void **state)
{
    (void)state;
    live();
    ask("", 200, "the year so far");
    check_text("from", "2024-01");
    check_text("to", "2024-02");
    check_text("by", NULL);
    check_text("counts/total", "applications");
    CHECK_I64(3, number_at("total/received"), "received");
    CHECK_I64(3, number_at("total/accepted"), "accepted");
    CHECK_I64(3, number_at("total/decided"), "decided");
    CHECK_I64(2, number_at("total/on_time/count"), "on time");
    CHECK_I64(3, number_at("total/on_time/of"), "of those that had a promise");
    check_text("total/on_time/percent", "66.7");
    check_text("total/ahead/percent", "66.7");
    check_text("total/on_the_spot/percent", "0.0");
    CHECK_I64(1, number_at("total/late"), "late");
    CHECK_I64(34, number_at("total/sum/elapsed_days"), "two, two and thirty");
    check_text("total/average/elapsed_days", "11.3");
    CHECK_I64(0, number_at("count"), "not parted");
    recount_check();
}

static void test_nothing_of_nothing(void **state)
{
    (void)state;
    ask("from=2023-01&to=2023-12&by=service", 200, "a year without anything");
    check_text("total/on_time/percent", NULL);
    check_text("total/on_the_spot/percent", NULL);
    check_text("total/average/legal_days", NULL);
    CHECK_I64(0, number_at("total/on_time/of"), "of nothing");
    CHECK(at("items/0") == NULL, "no item");
    recount_check();
}

static void test_by_month(void **state)
{
    (void)state;
    live();
    ask("by=month", 200, "by month");
    CHECK_I64(2, number_at("count"), "two months");
    check_text("items/0/month", "2024-01");
    check_text("items/0/name/en", "January 2024");
    check_text("items/0/name/zh-CN", "2024\xe5\xb9\xb4""1\xe6\x9c\x88");
    CHECK_I64(3, number_at("items/0/received"), "received in January");
    CHECK_I64(2, number_at("items/0/decided"), "two decided in it");
    check_text("items/0/on_time/percent", "100.0");
    CHECK_I64(0, number_at("items/1/received"), "none in February");
    check_text("items/1/on_time/percent", "0.0");
    ask("from=2024-02&to=2024-02", 200, "February alone");
    CHECK_I64(1, number_at("total/decided"), "one");
}

static void test_by_window(void **state)
{
    (void)state;
    live();
    ask("by=window", 200, "by window");
    check_text("items/0/window", "12");
    check_text("items/0/name/en", "12");
    check_text("items/1/window", "3");
    CHECK_I64(1, number_at("items/1/late"), "the late one");
    check_text("items/2/window", "online");
    check_text("items/2/name/en", "Online");
    stage_restart(true);
    stage_link_ready(stage_link("market"));
    ask("by=window,service", 200, "by two");
    check_text("items/0/window", "12");
    check_text("items/0/service", "open-stand");
    check_text("items/0/service_name/en", "Open a stand");
}

/* Windows past the last one are one, and stay so when the process has died. */
static void test_windows_are_bounded(void **state)
{
    char name[32];
    uint32_t number = 0;

    (void)state;
    for (unsigned i = 0; store_window(stage.engine->store, (snprintf(name, sizeof(name), "w%u", i), name), &number) == OD_OK; i++)
        ;
    stand_submit(",\"window\":\"one more\"");
    stand_submit(",\"window\":\"another\"");
    stage_restart(true);
    stage_link_ready(stage_link("market"));
    stand_approve(1);
    ask("by=window", 200, "by window");
    CHECK_I64(1, number_at("count"), "one");
    check_text("items/0/window", "other");
    CHECK_I64(2, number_at("items/0/received"), "both");
    CHECK_I64(1, number_at("items/0/decided"), "and what follows");
    recount_check();
}

static void test_by_department(void **state)
{
    (void)state;
    live();
    ask("by=department,service", 200, "the heat");
    check_text("counts/items", "tasks");
    CHECK_I64(1, number_at("count"), "one of each");
    check_text("items/0/department", "market");
    check_text("items/0/name/en", "Market");
    check_text("items/0/service", "open-stand");
    CHECK_I64(3, number_at("items/0/accepted"), "tasks that could begin");
    CHECK_I64(2, number_at("items/0/on_time/count"), "on time");
    CHECK(at("items/0/received") == NULL, "a task is not received");
    CHECK_I64(3, number_at("total/received"), "the whole still is");
    ask("department=market&by=month", 200, "one department's months");
    check_text("counts/total", "tasks");
    CHECK_I64(3, number_at("total/decided"), "its tasks");
    CHECK_I64(2, number_at("items/0/decided"), "in January");
    ask("department=fire", 200, "another");
    CHECK_I64(0, number_at("total/decided"), "nothing");
    ask("service=open-cafe", 200, "another service");
    CHECK_I64(0, number_at("total/received"), "nothing");
    ask("service=open-stand", 200, "this service");
    CHECK_I64(3, number_at("total/received"), "all");
}

static void test_refused(void **state)
{
    static const struct { const char *query, *why; } rows[] = {
        {"from=2024", "a year is no month"},
        {"from=2024-13", "no such month"},
        {"to=2024-1", "two digits"},
        {"from=2024-01-01", "a day is no month"},
        {"from=2024-03&to=2024-02", "backwards"},
        {"from=2014-02&to=2024-02", "limit + 1: 121 months"},
        {"by=planet", "no such dimension"},
        {"by=service,service", "twice the same"},
        {"by=service,month,window", "three"},
        {"by=department,window", "a window has no tasks"},
        {"by=window&department=fire", "likewise"},
        {"by=service,", "half"},
        {"service=nothing", "no such service"},
        {"department=nothing", "no such department"},
        {"limit=0", "none"},
        {"limit=1001", "limit + 1"},
        {"limit=ten", "no number"},
        {"cursor=x", "no cursor"},
        {"cursor=1", "half"},
        {"cursor=1.2.3", "more than one"},
        {"format=xml", "no such form"},
        {"verify=yes", "true or status"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        ask(rows[i].query, 422, rows[i].why);
    ask("from=2014-03&to=2024-02", 200, "the limit: 120 months");
    ask("limit=1000", 200, "the limit");
}

static void test_pages(void **state)
{
    static const char *const expected[] = {"1", "2", "5"};
    char query[128] = "by=window&limit=1";

    (void)state;
    stand_submit(",\"window\":\"2\"");
    stand_submit(",\"window\":\"1\"");
    stand_submit(",\"window\":\"5\"");
    for (unsigned i = 0; i < 3; i++) {
        ask(query, 200, "a page");
        check_text("items/0/window", expected[i]);
        CHECK(at("items/1") == NULL, "of one");
        if (i == 2)
            check_text("next_cursor", NULL);
        else
            snprintf(query, sizeof(query), "by=window&limit=1&cursor=%s", base_json_text(at("next_cursor")));
    }
    ask("by=window&cursor=77.0", 200, "a cursor of something that is not there");
    CHECK(at("items/0") == NULL, "is the end");
}

/* -- The four numbers -- */

static const char *const four[] = {"accepted", "on_the_spot/count", "on_the_spot/of", "on_time/count", "on_time/of", "ahead/count", "ahead/of"};

static void four_read(enum front_route route, const char *query, const char *under, int64_t numbers[COUNT(four)])
{
    struct stage_request *asked = stage_ask_query(route, query);
    char path[96];

    stage.monotonic_ms += 6000; /* what is public may be told for five seconds */
    stage_drain();
    CHECK_I64(200, asked->status, query);
    answer = stand_answer(asked);
    for (size_t i = 0; i < COUNT(four); i++) {
        snprintf(path, sizeof(path), "%s/%s", under, four[i]);
        numbers[i] = number_at(path);
    }
}

/* Wherever they are told, they are the same at the same moment: the hall and the register (center), the page and the API of
 * statistics, the assessment, by whatever they are parted. */
static void four_check(void)
{
    static const struct {
        enum front_route route;
        const char *query, *under, *why;
    } places[] = {
        {FRONT_CENTER, "", "year", "the hall, the register, the home page"},
        {FRONT_STATISTICS, "by=month&brief=true&limit=1000", "total", "the page of statistics"},
        {FRONT_STATISTICS, "by=service&services=2", "total", "by some services"},
        {FRONT_STATISTICS, "by=department,service", "total", "by departments and services"},
        {FRONT_STATISTICS, "by=window", "total", "by windows"},
        {FRONT_ASSESSMENTS, "year=2024", "total", "the assessment"},
    };
    int64_t first[COUNT(four)], other[COUNT(four)];

    four_read(FRONT_STATISTICS, "", "total", first);
    for (size_t i = 0; i < COUNT(places); i++) {
        four_read(places[i].route, places[i].query, places[i].under, other);
        for (size_t k = 0; k < COUNT(four); k++)
            CHECK_I64(first[k], other[k], places[i].why);
    }
}

static void test_four_numbers_are_the_same_everywhere(void **state)
{
    static const char *const windows[] = {"", ",\"window\":\"1\"", ",\"window\":\"2\"", ",\"channel\":\"online\""};
    uint64_t next = 1;

    (void)state;
    stage_link_ready(stage_link("fire"));
    four_check();
    for (unsigned i = 0; i < 60; i++) {
        stand_submit(windows[stage_roll(4)]);
        if (stage_roll(3) == 0)
            stand_pass(1 + (int)stage_roll(9));
        if (i % 20 == 19)
            stand_pass(30); /* what waits is late */
        while (next <= i && stage_roll(3) != 0)
            stand_approve(next++);
        if (i % 10 == 9)
            four_check();
    }
    ask("", 200, "the year so far");
    CHECK(number_at("total/decided") > 20, "many were decided");
    CHECK(number_at("total/late") > 0, "and some of them late");
    recount_check();
}

/* -- Some services at a time -- */

static void test_pages_of_services(void **state)
{
    char query[128] = "by=service&services=1";
    unsigned pages = 0;

    (void)state;
    stage_link_ready(stage_link("fire"));
    stand_submit("");
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, CAFE);
    stage_drain();
    ask("by=service&services=9", 200, "all of them");
    CHECK_I64(2, number_at("count"), "those that have figures alone");
    check_text("next_service", NULL);
    for (const char *next = ""; next != NULL; pages++) {
        ask(query, 200, "a page");
        CHECK_I64(1, number_at("count"), "of one");
        CHECK_I64(2, number_at("total/received"), "the total is of all");
        check_text("items/0/service", pages == 0 ? "open-cafe" : "open-stand");
        next = base_json_text(at("next_service"));
        if (next != NULL)
            snprintf(query, sizeof(query), "by=service&services=1&after_service=%s", next);
    }
    CHECK_I64(2, pages, "two pages");
    ask("by=department,service&services=5&department=fire", 200, "of a department");
    CHECK_I64(0, number_at("count"), "that had nothing to do yet");
    ask("by=service&services=100", 200, "the limit");
    ask("by=service&services=101", 422, "limit + 1");
    ask("by=service&services=0", 422, "none");
    ask("by=month&services=5", 422, "not by service");
    ask("by=service&services=5&service=open-cafe", 422, "and one chosen");
    ask("by=service&after_service=open-cafe", 422, "half");
    ask("by=service&brief=true", 200, "the figures of a table");
    CHECK_I64(1, number_at("items/0/received"), "received");
    CHECK(at("items/0/aftercare") == NULL && at("items/0/sum") == NULL, "and no more");
    CHECK(at("total/aftercare") != NULL, "but of the total");
}

static void test_csv(void **state)
{
    (void)state;
    stand_submit(",\"window\":\"=1+1\"");
    stand_submit(",\"window\":\"a \\\"b\\\"\"");
    stand_approve(1);
    struct stage_request *asked = ask("by=window&format=csv", 200, "CSV");
    CHECK_TEXT("text/csv; charset=utf-8; header=present", asked->media_type, "its type");
    CHECK(strncmp(asked->answer, "from,to,window,window_name,accepted,on_the_spot,on_the_spot_percent,promised,on_time,on_time_percent,", 96) == 0,
          asked->answer);
    CHECK(strstr(asked->answer, "\r\n2024-01,2024-01,\"'=1+1\",\"'=1+1\",1,0,0.0,1,1,100.0,1,100.0,1,0,") != NULL, asked->answer);
    CHECK(strstr(asked->answer, "\r\n2024-01,2024-01,\"a \"\"b\"\"\",\"a \"\"b\"\"\",1,0,,0,0,,0,,0,0,") != NULL, asked->answer);
    asked = ask("format=csv", 200, "the total");
    CHECK(strstr(asked->answer, "\r\n2024-01,2024-01,2,0,0.0,1,1,100.0,") != NULL, asked->answer);
}

/* -- Verifying -- */

static void test_a_difference_is_told(void **state)
{
    const struct store_count wrong[] = {{.month = 202401, .service = 1, .measure = ENGINE_RECEIVED, .delta = 2},
                                        {.month = 202312, .service = 1, .department = 1, .measure = ENGINE_RED, .delta = 1}};

    (void)state;
    stand_submit(",\"window\":\"1\"");
    recount_check();
    struct store_write *write = &stage.engine->filling->store->writes[stage.engine->filling->store->count++];
    *write = (struct store_write){.kind = STORE_WRITE_JOURNAL, .record = "{\"type\":\"test\"}", .record_size = 15, .counts = wrong, .count_count = 2};
    stage_drain();
    ask("verify=true", 200, "what was added by hand");
    CHECK(!base_json_is_true(at("verify/is_equal")), "is found");
    CHECK_I64(8, number_at("verify/difference_count"), "both, and what they add up to");
    check_text("verify/differences/1/measure", "received");
    check_text("verify/differences/1/month", "2024-01");
    check_text("verify/differences/1/window", "other");
    check_text("verify/differences/1/level", "count");
    check_text("verify/differences/0/department", "fire");
    CHECK_I64(2, number_at("verify/differences/1/kept"), "what the statistics say");
    CHECK_I64(0, number_at("verify/differences/1/journal"), "and the journal");
    check_text("verify/differences/2/level", "sum");
    check_text("verify/differences/2/year", "2023");
    check_text("verify/differences/2/service", NULL);
    ask("verify=status", 200, "it stays to be read");
    CHECK_I64(8, number_at("verify/difference_count"), "all of them");
}

/* A recount is of one moment: what comes while it runs is in neither side. */
static void test_verify_while_work_goes_on(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 600; i++)
        stand_submit(i % 2 == 0 ? "" : ",\"window\":\"1\"");
    struct stage_request *asked = stage_ask_query(FRONT_STATISTICS, "verify=true");
    CHECK(stage_job(), "it begins");
    stand_submit("");
    stand_approve(1);
    ask("verify=status", 200, "how far it is");
    stage_drain();
    CHECK_I64(200, asked->status, "answered at its end");
    CHECK(strstr(asked->answer, "\"is_equal\":true") != NULL, asked->answer);
    CHECK(strstr(asked->answer, "\"applications\":600,") != NULL, asked->answer);
    recount_check();
}

static void test_only_one_runs(void **state)
{
    (void)state;
    stand_submit("");
    struct stage_request *first = stage_ask_query(FRONT_STATISTICS, "verify=true"), *second;
    second = stage_ask_query(FRONT_STATISTICS, "verify=true");
    CHECK_I64(200, second->status, "the second is told how far it is");
    CHECK(strstr(second->answer, "\"state\":\"running\"") != NULL, second->answer);
    CHECK(!first->is_answered, "the first waits");
    stage_drain();
    CHECK_I64(200, first->status, "until it is done");
}

static void test_stop_ends_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 300; i++)
        stand_submit("");
    struct stage_request *asked = stage_ask_query(FRONT_STATISTICS, "verify=true");
    stage_stop();
    CHECK_I64(200, asked->status, "who waits is answered when the hub stops");
    stage_start();
}

static void test_only_administrators_verify(void **state)
{
    (void)state;
    stage.roles = FRONT_ROLE_SUPERVISOR;
    ask("", 200, "a supervisor may read");
    ask("verify=true", 403, "and not have them counted anew");
    ask("verify=status", 403, "nor see how far it is");
    ask("by=officer", 200, "what each member of the staff did");
    stage.roles = FRONT_ROLE_OFFICER;
    ask("by=officer", 403, "which is not for the others");
    ask("by=month,officer", 403, "in any way");
    ask("by=window", 200, "windows are nobody's own");
    stage.roles = 0;
}

#define HOLIDAYS "\"holidays\": ["

/* The catalogue's calendar gets days off more, from the days when they are of February. */
static void amend(const char *from, const char *to)
{
    char added[256];

    snprintf(added, sizeof(added), HOLIDAYS "{\"from\": \"%s\", \"to\": \"%s\", \"name\": {\"zh-CN\": \"n\", \"en\": \"n\"}}, ", from, to);
    char *changed = fixture_replace(fixture_text, HOLIDAYS, added);
    fixture_write(stage.catalog, "catalog.json", changed, strlen(changed));
    free(changed);
}

static void reload(void)
{
    char text[512] = "";

    stage_wait(1000); /* what came before is told from what comes after by the time */
    stage_tick();
    CHECK_I64(OD_OK, engine_reload(stage.engine, &stage.config, text), text);
    stage_drain();
}

/* The license is given at once, the fire brigade has it then. */
static void open_cafe(uint64_t id)
{
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, CAFE);
    stage_drain();
    stand_approve(id);
}

static void fire_approves(uint64_t id)
{
    stage_report(stage_link("fire"), BASE_ITEM_OPINION, base_task_handle(id, 1), "{\"opinion\":\"approve\"}");
    stage_drain();
}

static int64_t late_of_fire(void)
{
    ask("department=fire", 200, "its tasks");
    return number_at("total/late");
}

/* Dates are worked out with the calendars of their day, those of older applications too: so is the recount. */
static void test_amended_calendars(void **state)
{
    (void)state;
    stage_link_ready(stage_link("fire"));
    open_cafe(1); /* fire by 2024-01-29 */
    amend("2024-01-22", "2024-01-26");
    reload(); /* now by 2024-02-05: told of the application that runs */
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, CAFE);
    stage_drain();
    amend("2024-01-22", "2024-02-02");
    reload();
    stand_approve(2); /* fire begins with the calendars of now, in an application of those before: by 2024-02-09 */
    stand_pass(22); /* 2024-02-06 */
    fire_approves(1);
    fire_approves(2);
    CHECK_I64(0, late_of_fire(), "both in time by the calendars of their day");
    recount_check();
    fixture_write(stage.catalog, "catalog.json", fixture_text, strlen(fixture_text));
}

static void test_started_with_other_calendars(void **state)
{
    (void)state;
    stage_link_ready(stage_link("fire"));
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, CAFE);
    stage_drain();
    amend("2024-01-22", "2024-02-02");
    stage_stop();
    stage_wait(1000);
    stage_start();
    stage_link_ready(stage_link("market"));
    stage_link_ready(stage_link("fire"));
    stage_drain();
    stand_approve(1);
    stand_pass(22);
    fire_approves(1);
    CHECK_I64(0, late_of_fire(), "in time");
    recount_check();
    stage_stop();
    stage_wait(1000);
    fixture_write(stage.catalog, "catalog.json", fixture_text, strlen(fixture_text));
    stage_start();
    stage_drain();
    recount_check();
}

/* More versions than a recount holds at once, an application of each, and none of the calendars moves. */
static void test_many_catalogues(void **state)
{
    char name[64];

    (void)state;
    for (unsigned i = 0; i < EVIDENCE_CATALOGS_KEPT + 3; i++) {
        snprintf(name, sizeof(name), "Matter license %u", i);
        char *changed = fixture_replace(fixture_text, "Matter license", name);
        fixture_write(stage.catalog, "catalog.json", changed, strlen(changed));
        free(changed);
        reload();
        stand_submit("");
        stand_approve(i + 1);
    }
    fixture_write(stage.catalog, "catalog.json", fixture_text, strlen(fixture_text));
    recount_check();
}

/* -- Limits -- */

static void test_groups(void **state)
{
    struct engine_groups groups = {.count = 0};
    struct engine_group *group = NULL;
    int rc = OD_OK;

    (void)state;
    for (uint32_t i = 0; i < ENGINE_STATISTICS_GROUPS_MAX; i++) {
        CHECK_I64(OD_OK, engine_group_get(&groups, (uint32_t[2]){i / 7, i % 7}, &group), "up to the limit");
        group->sums[ENGINE_RECEIVED] += i;
    }
    CHECK_I64(OD_ELIMIT, engine_group_get(&groups, (uint32_t[2]){1, 9}, &group), "limit + 1");
    for (uint32_t i = 0; i < ENGINE_STATISTICS_GROUPS_MAX; i += 1001) {
        CHECK_I64(OD_OK, engine_group_get(&groups, (uint32_t[2]){i / 7, i % 7}, &group), "found again");
        CHECK_I64(i, group->sums[ENGINE_RECEIVED], "with its sums");
    }
    CHECK_I64(ENGINE_STATISTICS_GROUPS_MAX, groups.count, "none came twice");
    engine_groups_fini(&groups);
    for (uint64_t fail = 1; rc != OD_OK || fail == 1; fail++) { /* until a clean pass */
        base_alloc_fail_at(fail);
        rc = OD_OK;
        for (uint32_t i = 0; i < 100 && rc == OD_OK; i++)
            rc = engine_group_get(&groups, (uint32_t[2]){i, 0}, &group);
        base_alloc_fail_at(0);
        CHECK(rc == OD_OK || rc == OD_ENOMEM, "it works or says why not");
        engine_groups_fini(&groups);
    }
}

static void test_recount_sums(void **state)
{
    struct engine_recount_table *recount = calloc(1, sizeof(*recount));
    struct engine_recount_sum *sum = NULL;
    struct store_count key = {.month = 202401};

    (void)state;
    assert_non_null(recount);
    for (uint32_t i = 0; i < ENGINE_RECOUNT_SUMS_MAX; i++) {
        key.service = i;
        if (engine_recount_sum_get(recount, &key, &sum) != OD_OK)
            fail_msg("up to the limit: %u", i);
        sum->counted += i;
    }
    key.service = ENGINE_RECOUNT_SUMS_MAX;
    CHECK_I64(OD_ELIMIT, engine_recount_sum_get(recount, &key, &sum), "limit + 1");
    key.service = 4711;
    CHECK_I64(OD_OK, engine_recount_sum_get(recount, &key, &sum), "found again");
    CHECK_I64(4711, sum->counted, "with its sum");
    engine_recount_table_fini(recount);
    free(recount);
}

static void test_figures(void **state)
{
    static const struct { int64_t count, of; const char *percent, *average, *why; } rows[] = {
        {0, 0, NULL, NULL, "of nothing there is no percentage"},
        {0, 7, "0.0", "0.0", "none"},
        {7, 7, "100.0", "1.0", "all"},
        {1, 3, "33.3", "0.3", "rounded down"},
        {2, 3, "66.7", "0.7", "rounded up"},
        {1, 8, "12.5", "0.1", "a half"},
        {9999, 10000, "99.9", "1.0", "not all is never all"},
        {1, 10000, "0.1", "0.0", "some is never none"},
        {1999, 2000, "99.9", "1.0", "nor by rounding"},
        {1000000000000, 3000000000000, "33.3", "0.3", "many"},
    };
    char room[32];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *percent = engine_percent(rows[i].count, rows[i].of, room);
        CHECK(rows[i].percent == NULL ? percent == NULL : percent != NULL && strcmp(percent, rows[i].percent) == 0, rows[i].why);
        const char *average = engine_average(rows[i].count, rows[i].of, room);
        CHECK(rows[i].average == NULL ? average == NULL : average != NULL && strcmp(average, rows[i].average) == 0, rows[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_total, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_nothing_of_nothing, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_by_month, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_by_window, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_windows_are_bounded, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_by_department, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_refused, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_pages, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_four_numbers_are_the_same_everywhere, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_pages_of_services, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_csv, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_a_difference_is_told, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_verify_while_work_goes_on, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_only_one_runs, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_stop_ends_it, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_only_administrators_verify, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_amended_calendars, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_started_with_other_calendars, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_many_catalogues, stand_open, stand_close),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_recount_sums),
        cmocka_unit_test(test_figures),
    };

    base_log_init("engine_statistics_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
