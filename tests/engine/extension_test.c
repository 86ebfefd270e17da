/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions, milestones, pauses, and what staff are told of limits. */
#include <stdio.h>

#include "engine/desk.h"
#include "engine/mark.h"
#include "engine/replay.h"
#include "lib/check.h"

#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"

static const char *in_review(void)
{
    return desk_submit("plain", "{\"area\":100}", BOTH);
}

static void test_refused(void **state)
{
    static const struct { const struct front_identity *who; bool is_whole; int status; const char *body, *pointer, *why; } rows[] = {
        {&desk_land_head, false, 422, "{\"length\":5}", "/reason", "no reason"},
        {&desk_land_head, false, 422, "{\"length\":5,\"reason\":\"  \"}", "/reason", "a blank one"},
        {&desk_land_head, false, 422, "{\"reason\":\"r\"}", "/length", "no length"},
        {&desk_land_head, false, 422, "{\"length\":0,\"reason\":\"r\"}", "/length", "none at all"},
        {&desk_land_head, false, 422, "{\"length\":11,\"reason\":\"r\"}", "/length", "limit + 1"},
        {&desk_land_head, false, 422, "{\"length\":2.5,\"reason\":\"r\"}", "/length", "no whole number"},
        {&desk_land_head, false, 422, "{\"clock\":\"delivery\",\"length\":5,\"reason\":\"r\"}", "/clock", "another clock"},
        {&desk_land, false, 403, "{\"length\":5,\"reason\":\"r\"}", "", "an officer for the statute"},
        {&desk_water, false, 403, "{\"clock\":\"promised\",\"length\":5,\"reason\":\"r\"}", "", "another department"},
        {&desk_supervisor, false, 403, "{\"clock\":\"promised\",\"length\":5,\"reason\":\"r\"}", "", "a supervisor only looks"},
        {&desk_land_head, true, 403, "{\"length\":5,\"reason\":\"r\"}", "", "a department for the whole"},
        {&desk_front, true, 403, "{\"length\":5,\"reason\":\"r\"}", "", "the window for the whole"},
        {&desk_government, true, 409, "{\"clock\":\"promised\",\"length\":5,\"reason\":\"r\"}", "", "a limit that cannot be extended"},
        {&desk_government, true, 422, "{\"length\":16,\"reason\":\"r\"}", "/length", "limit + 1 of the whole"},
        {&desk_land, false, 422, "{\"clock\":\"promised\",\"length\":11,\"reason\":\"r\"}", "/length", "limit + 1 of the promise"},
    };
    const char *number = in_review();
    struct engine_application *before = desk_read_row(number), *after;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage_request *asked =
            stage_ask_as(rows[i].who, rows[i].is_whole ? FRONT_APPLICATION_EXTEND : FRONT_TASK_EXTEND,
                         rows[i].is_whole ? number : desk_task(number, 0), NULL, rows[i].body);
        stage_drain();
        CHECK_I64(rows[i].status, asked->status, rows[i].why);
        CHECK_TEXT(rows[i].pointer, asked->pointer, rows[i].why);
    }
    after = desk_read_row(number);
    CHECK_I64(before->core->revision, after->core->revision, "and nothing came of it");
    engine_application_destroy(before);
    engine_application_destroy(after);
}

static void test_granted(void **state)
{
    const char *number = in_review();
    struct engine_application *before = desk_read_row(number), *after;

    (void)state;
    desk_do(&desk_land_head, FRONT_TASK_EXTEND, desk_task(number, 0), 200, "{\"length\":10,\"reason\":\"a complicated case\"}");
    desk_do(&desk_land_head, FRONT_TASK_EXTEND, desk_task(number, 0), 409, "{\"length\":1,\"reason\":\"again\"}");
    desk_do(&desk_land, FRONT_TASK_EXTEND, desk_task(number, 0), 200, "{\"clock\":\"promised\",\"length\":10,\"reason\":\"r\"}");
    desk_do(&desk_government, FRONT_APPLICATION_EXTEND, number, 200, "{\"length\":15,\"reason\":\"the mayor agrees\"}");
    after = desk_read_row(number);
    CHECK(after->core->tasks[0].clocks[CORE_CLOCK_STATUTORY].due > before->core->tasks[0].clocks[CORE_CLOCK_STATUTORY].due, "later");
    CHECK(after->core->clocks[CORE_CLOCK_STATUTORY].due > before->core->clocks[CORE_CLOCK_STATUTORY].due, "the whole, too");
    CHECK_I64(before->core->tasks[1].clocks[CORE_CLOCK_STATUTORY].due, after->core->tasks[1].clocks[CORE_CLOCK_STATUTORY].due,
              "the other department's is as it was");
    engine_application_destroy(before);
    engine_application_destroy(after);
    struct stage_request *notices = desk_get(FRONT_APPLICATION_NOTICES, number, NULL);
    CHECK_TEXT("extended", desk_of(notices, "items.1.notice"), "the applicant is told");
    CHECK(strstr(desk_of(notices, "items.1.text.en"), "a complicated case") != NULL, "and why");
    replay_check(desk_id(number));
}

/* A promise cannot be moved past the statute, however often it may be extended. */
static void test_promise_stays_below_the_statute(void **state)
{
    const char *number = in_review();

    (void)state;
    desk_do(&desk_land, FRONT_TASK_EXTEND, desk_task(number, 0), 200, "{\"clock\":\"promised\",\"length\":10,\"reason\":\"to the statute\"}");
    struct stage_request *asked =
        desk_do(&desk_land, FRONT_TASK_EXTEND, desk_task(number, 0), 422, "{\"clock\":\"promised\",\"length\":1,\"reason\":\"past it\"}");
    CHECK_TEXT("statutory", asked->code, "why");
    replay_check(desk_id(number));
}

/* Asked for after the end: refused, on record, counted as late, told. */
static void test_too_late(void **state)
{
    const char *number = in_review();
    struct engine_application *before, *after;

    (void)state;
    before = desk_read_row(number);
    core_day due = before->core->tasks[0].clocks[CORE_CLOCK_STATUTORY].due;
    while (stage.engine->now.day < due)
        desk_pass(1);
    desk_do(&desk_land_head, FRONT_TASK_EXTEND, desk_task(number, 0), 200, "{\"length\":1,\"reason\":\"on the last day\"}");
    desk_pass(4);
    desk_do(&desk_land_head, FRONT_TASK_EXTEND, desk_task(number, 0), 409, "{\"length\":1,\"reason\":\"times over\"}");
    desk_do(&desk_land, FRONT_TASK_EXTEND, desk_task(number, 0), 409, "{\"clock\":\"promised\",\"length\":1,\"reason\":\"too late\"}");
    after = desk_read_row(number);
    CHECK_I64(0, after->core->tasks[0].clocks[CORE_CLOCK_PROMISED].extensions, "refused");
    CHECK(after->core->tasks[0].has_late_extension, "and on record");
    engine_application_destroy(before);
    engine_application_destroy(after);
    CHECK_I64(1, desk_alerts("late_extension"), "staff are told");
    replay_check(desk_id(number));
}

/* -- Milestones: a hearing -- */

static void mark(const struct front_identity *who, const char *number, int status, const char *body)
{
    desk_do(who, FRONT_TASK_MILESTONE, desk_task(number, 0), status, body);
}

static void test_hearing(void **state)
{
    const char *number = in_review();

    (void)state;
    mark(&desk_water, number, 403, "{\"milestone\":\"hearing_told\"}");
    mark(&desk_land, number, 422, "{\"milestone\":\"workable\"}"); /* the hub's own */
    mark(&desk_land, number, 422, "{\"milestone\":\"lunch\"}");
    mark(&desk_land, number, 422, "{}");
    mark(&desk_land, number, 200, "{\"milestone\":\"hearing_told\"}");
    mark(&desk_land, number, 409, "{\"milestone\":\"hearing_told\"}");
    mark(&desk_land, number, 200, "{\"milestone\":\"hearing_requested\"}");
    mark(&desk_land, number, 422, "{\"milestone\":\"hearing_announced\"}");
    mark(&desk_land, number, 422, "{\"milestone\":\"hearing_announced\",\"on\":\"2024-02-30\",\"chair\":\"c\"}");
    mark(&desk_land, number, 422, "{\"milestone\":\"hearing_announced\",\"on\":\"2024-01-29\"}");
    mark(&desk_land, number, 422, "{\"milestone\":\"hearing_announced\",\"on\":\"2024-01-29\",\"chair\":\"land-1\"}"); /* art. 48 */
    desk_do(&desk_land, FRONT_TASK_CLAIM, desk_task(number, 0), 200, "{}");
    struct stage_request *asked =
        desk_do(&desk_land_head, FRONT_TASK_MILESTONE, desk_task(number, 0), 422, "{\"milestone\":\"hearing_announced\",\"on\":\"2024-01-29\",\"chair\":\"land-1\"}");
    CHECK_TEXT("same_person", asked->code, "nor who has claimed the task, whoever tells of it");
    desk_do(&desk_land, FRONT_TASK_RELEASE, desk_task(number, 0), 200, "{}");
    mark(&desk_land, number, 422, "{\"milestone\":\"hearing_announced\",\"on\":\"2024-01-23\",\"chair\":\"other\"}"); /* six days before */
    mark(&desk_land, number, 422, "{\"milestone\":\"hearing_announced\",\"on\":\"2024-01-12\",\"chair\":\"other\"}"); /* gone by */
    mark(&desk_land, number, 200, "{\"milestone\":\"hearing_announced\",\"on\":\"2024-01-24\",\"chair\":\"other\"}"); /* seven */
    replay_check(desk_id(number));
}

/* To whom it is delegated (art. 24), and which two look (art. 55). */
static void test_milestones_say_who(void **state)
{
    static const char *const refused[] = {
        "{\"milestone\":\"delegated\"}", "{\"milestone\":\"delegated\",\"text\":\" \"}", "{\"milestone\":\"inspectors_assigned\"}",
        "{\"milestone\":\"inspectors_assigned\",\"text\":\"Li Na\"}", "{\"milestone\":\"inspectors_assigned\",\"text\":\"Li Na, , \"}",
        "{\"milestone\":\"inspectors_assigned\",\"text\":\"Li Na , Li Na\"}", "{\"milestone\":\"inspectors_assigned\",\"text\":\"，、；\"}",
    };
    static const char *const taken[] = {"Li Na, Wang Fang", "李娜、王芳", "李娜，王芳，张伟", "Li; Wang", "Li\\nWang", " , Li,Li, Lin"};

    (void)state;
    for (size_t i = 0; i < COUNT(taken); i++) {
        const char *number = in_review();
        char body[128];

        for (size_t k = 0; k < COUNT(refused); k++)
            CHECK_TEXT("/text", desk_do(&desk_land, FRONT_TASK_MILESTONE, desk_task(number, 0), 422, refused[k])->pointer, refused[k]);
        snprintf(body, sizeof(body), "{\"milestone\":\"inspectors_assigned\",\"text\":\"%s\"}", taken[i]);
        mark(&desk_land, number, 200, body);
        mark(&desk_land, number, 409, body);
        mark(&desk_land, number, 200, "{\"milestone\":\"delegated\",\"text\":\"the county's land office\"}");
        CHECK(strstr(desk_get(FRONT_APPLICATION_EVENTS, number, NULL)->answer, "the county's land office") != NULL, "in the journal");
        replay_check(desk_id(number));
    }
}

static const char *delegations(const char *query)
{
    struct stage_request *asked = stage_ask_as(&desk_citizen, FRONT_DELEGATION_LIST, NULL, query, NULL);

    stage_drain();
    CHECK_I64(200, asked->status, query);
    return asked->answer;
}

#define TOWN "{\"matter\":\"land\",\"matter_name\":"

/* H-5: to everybody, without the application; to the applicant; once for the same words. */
static void test_a_delegation_is_announced(void **state)
{
    const char *number = in_review();

    (void)state;
    mark(&desk_land, number, 200, "{\"milestone\":\"delegated\",\"to\":\" Linjiang Town \",\"text\":\"plots below 200 m2\"}");
    mark(&desk_land, number, 409, "{\"milestone\":\"delegated\",\"to\":\"another body\"}"); /* no further */
    struct stage_request *shown = desk_get(FRONT_APPLICATION_SHOW, number, NULL);
    CHECK_TEXT("Linjiang Town", desk_of(shown, "tasks.0.delegated.to"), "on the application");
    CHECK_TEXT("plots below 200 m2", desk_of(shown, "tasks.0.delegated.text"), "what of it");
    CHECK_TEXT("2024-01-15", desk_of(shown, "tasks.0.delegated.on"), "dated");
    struct stage_request *notices = desk_get(FRONT_APPLICATION_NOTICES, number, NULL);
    CHECK_TEXT("delegated", desk_of(notices, "items.1.notice"), "the applicant is told");
    CHECK(strstr(desk_of(notices, "items.1.text.en"), "Linjiang Town") != NULL, "to whom");
    CHECK(strstr(desk_of(notices, "items.1.text.zh-CN"), "plots below 200 m2") != NULL, "and what");
    replay_check(desk_id(number));
    number = in_review();
    mark(&desk_land, number, 200, "{\"milestone\":\"delegated\",\"to\":\" Linjiang Town \",\"text\":\"plots below 200 m2\"}");
    number = in_review();
    mark(&desk_land, number, 200, "{\"milestone\":\"delegated\",\"to\":\"Linjiang Town\"}");
    stage_restart(false);
    stage_drain();
    struct stage_request *all = stage_ask_as(&desk_citizen, FRONT_DELEGATION_LIST, NULL, NULL, NULL);
    stage_drain();
    CHECK_I64(2, desk_count(all, "items"), "the same words once, others beside them");
    CHECK(strncmp(all->answer, "{\"items\":[" TOWN, strlen("{\"items\":[" TOWN)) == 0, "the newest first");
    CHECK_TEXT("", desk_of(all, "items.0.text"), "nothing more was said of it");
    CHECK_TEXT("plots below 200 m2", desk_of(all, "items.1.text"), "what of it");
    CHECK(strstr(all->answer, "20240115-") == NULL, "no application is named");
    CHECK(strstr(delegations("department=water"), "\"items\":[]") != NULL, "of another department");
    CHECK(strstr(delegations("department=land&limit=1"), "\"next_cursor\":\"2\"") != NULL, "page by page");
    CHECK(strstr(delegations("cursor=2"), "plots below") != NULL, "to the end");
}

static void test_delegations_refuse(void **state)
{
    static const char *const queries[] = {"department=nowhere", "limit=0", "limit=201", "cursor=0", "cursor=x"};
    const char *number = in_review();
    char body[ENGINE_DELEGATE_MAX + 64], name[ENGINE_DELEGATE_MAX + 2];

    (void)state;
    for (size_t i = 0; i < COUNT(queries); i++) {
        struct stage_request *asked = stage_ask_as(&desk_citizen, FRONT_DELEGATION_LIST, NULL, queries[i], NULL);

        stage_drain();
        CHECK_I64(422, asked->status, queries[i]);
    }
    memset(name, 'n', sizeof(name));
    name[ENGINE_DELEGATE_MAX + 1] = '\0';
    snprintf(body, sizeof(body), "{\"milestone\":\"delegated\",\"to\":\"%s\"}", name);
    CHECK_TEXT("/to", desk_do(&desk_land, FRONT_TASK_MILESTONE, desk_task(number, 0), 422, body)->pointer, "limit + 1");
    CHECK_TEXT("/to", desk_do(&desk_land, FRONT_TASK_MILESTONE, desk_task(number, 0), 422, "{\"milestone\":\"delegated\",\"to\":\" \"}")->pointer, "blank");
    CHECK_TEXT("/to", desk_do(&desk_land, FRONT_TASK_MILESTONE, desk_task(number, 0), 422, "{\"milestone\":\"delegated\",\"to\":7,\"text\":\"x\"}")->pointer, "no text");
    CHECK_I64(0, desk_count(desk_get(FRONT_DELEGATION_LIST, NULL, NULL), "items"), "nothing is announced");
    name[ENGINE_DELEGATE_MAX] = '\0';
    snprintf(body, sizeof(body), "{\"milestone\":\"delegated\",\"to\":\"%s\"}", name);
    mark(&desk_land, number, 200, body);
    CHECK_I64(1, desk_count(desk_get(FRONT_DELEGATION_LIST, NULL, NULL), "items"), "the limit itself is");
}

static void test_a_milestone_says_at_most_so_much(void **state)
{
    static char text[BASE_TEXT_MAX + 2], body[BASE_TEXT_MAX + 128];
    const char *number = in_review();

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    snprintf(body, sizeof(body), "{\"milestone\":\"preliminary_reviewed\",\"text\":\"%s\"}", text);
    CHECK_TEXT("/text", desk_do(&desk_land, FRONT_TASK_MILESTONE, desk_task(number, 0), 422, body)->pointer, "limit + 1");
    text[BASE_TEXT_MAX] = '\0';
    snprintf(body, sizeof(body), "{\"milestone\":\"preliminary_reviewed\",\"text\":\"%s\"}", text);
    mark(&desk_land, number, 200, body);
}

/* H-6 */
static void test_a_hearing_is_told(void **state)
{
    const char *number = in_review();

    (void)state;
    mark(&desk_land, number, 200, "{\"milestone\":\"hearing_announced\",\"on\":\"2024-02-20\",\"chair\":\"judge\",\"text\":\"room 7\"}");
    struct stage_request *notices = desk_get(FRONT_APPLICATION_NOTICES, number, NULL);
    CHECK_TEXT("hearing", desk_of(notices, "items.1.notice"), "the applicant is told");
    CHECK(strstr(desk_of(notices, "items.1.text.en"), "2024-02-20, chaired by judge") != NULL, "when, and who chairs");
    CHECK(strstr(desk_of(notices, "items.1.text.zh-CN"), "2024-02-20") != NULL && strstr(desk_of(notices, "items.1.text.zh-CN"), "room 7") != NULL, "in Chinese");
}

/* A stage that is late is told although the whole is on time. */
static void test_late_stage(void **state)
{
    const char *number = in_review();

    (void)state;
    mark(&desk_land, number, 200, "{\"milestone\":\"hearing_told\"}");
    desk_pass(8);
    CHECK_I64(1, desk_alerts("overdue"), "the stage alone");
    struct stage_request *alerts = desk_get(FRONT_ALERT_LIST, NULL, "kind=overdue");
    CHECK_TEXT("hearing-request", desk_of(alerts, "items.0.clock"), "which stage");
    CHECK_TEXT("2024-01-22", desk_of(alerts, "items.0.due"), "its day");
    desk_pass(7); /* past the promise of the matter */
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"approve\"}");
    struct engine_application *row = desk_read_row(number);
    CHECK(row->core->is_late_stage, "on record");
    CHECK(!row->core->clocks[CORE_CLOCK_PROMISED].is_overdue, "although the whole is in time");
    engine_application_destroy(row);
    replay_check(desk_id(number));
}

/* -- Pauses and warnings -- */

static size_t alerts_of(const char *kind, const char *clock, const char *matter)
{
    char query[64], path[64];
    size_t count = 0;

    snprintf(query, sizeof(query), "kind=%s&limit=100", kind);
    struct stage_request *asked = stage_ask_as(&(const struct front_identity){.key_id = "all", .roles = UINT32_MAX, .department = ""},
                                               FRONT_ALERT_LIST, NULL, query, NULL);
    stage_drain();
    for (size_t i = 0; i < desk_count(asked, "items"); i++) {
        snprintf(path, sizeof(path), "items.%zu.clock", i);
        bool is_clock = strcmp(desk_of(asked, path), clock) == 0;
        snprintf(path, sizeof(path), "items.%zu.matter", i);
        count += is_clock && strcmp(desk_of(asked, path), matter) == 0;
    }
    return count;
}

/* Yellow once, red once, each on its day, and never while it stands still. */
static void test_warned_once_and_muted_while_paused(void **state)
{
    const char *number = in_review();

    (void)state;
    desk_do(&desk_land, FRONT_TASK_TAKE, desk_task(number, 0), 200, NULL);
    desk_do(&desk_land, FRONT_TASK_PAUSE, desk_task(number, 0), 422, "{\"kind\":\"auction\"}");
    desk_do(&desk_land, FRONT_TASK_PAUSE, desk_task(number, 0), 200, "{\"kind\":\"inspection\",\"expected_days\":3,\"text\":\"on site\"}");
    desk_pass(30);
    CHECK_I64(0, alerts_of("due_soon", "promised", "land"), "muted");
    CHECK_I64(0, alerts_of("overdue", "promised", "land"), "muted");
    desk_do(&desk_land, FRONT_TASK_RESUME, desk_task(number, 0), 200, NULL);
    CHECK_I64(0, alerts_of("due_soon", "promised", "land"), "its time goes on with what was left");
    desk_pass(40);
    CHECK_I64(1, alerts_of("due_soon", "promised", "land"), "yellow, once");
    CHECK_I64(1, alerts_of("overdue", "promised", "land"), "red, once");
    CHECK_I64(1, alerts_of("due_soon", "statutory", "land"), "yellow, once");
    CHECK_I64(1, alerts_of("overdue", "statutory", "land"), "red, once");
    replay_check(desk_id(number));
}

/* An officer sees what is the own department's, a page at a time, newest first. */
static void test_alerts_are_paged_and_filtered(void **state)
{
    struct stage_request *asked;
    char query[128], before[32] = "";
    size_t seen = 0;

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        in_review();
    desk_pass(40);
    asked = stage_ask_as(&desk_land, FRONT_ALERT_LIST, NULL, "department=water&limit=100", NULL);
    stage_drain();
    for (size_t i = 0; i < desk_count(asked, "items"); i++) {
        snprintf(query, sizeof(query), "items.%zu.department", i);
        CHECK_TEXT("land", desk_of(asked, query), "the own department's alone, whatever is asked for");
    }
    size_t all = desk_count(desk_get(FRONT_ALERT_LIST, NULL, "limit=100"), "items");
    CHECK(all > 6, "there are some");
    do {
        snprintf(query, sizeof(query), "limit=3%s%s", before[0] != '\0' ? "&cursor=" : "", before);
        asked = desk_get(FRONT_ALERT_LIST, NULL, query);
        CHECK(desk_count(asked, "items") <= 3, "a page");
        seen += desk_count(asked, "items");
        snprintf(before, sizeof(before), "%s", desk_of(asked, "next_cursor"));
    } while (strcmp(before, "null") != 0 && before[0] != '\0' && seen <= all);
    CHECK_I64(all, seen, "each once");
}

static void test_alert_queries(void **state)
{
    static const struct { const char *query; int status; } rows[] = {
        {"limit=0", 422}, {"limit=1", 200}, {"limit=200", 200}, {"limit=201", 422}, {"cursor=0", 422}, {"cursor=x", 422}, {"kind=none", 422}, {"kind=rain", 422},
        {"department=nowhere", 422}, {"number=1", 422}, {"kind=overdue&department=land", 200},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage_request *asked = stage_ask_as(&desk_supervisor, FRONT_ALERT_LIST, NULL, rows[i].query, NULL);

        stage_drain();
        CHECK_I64(rows[i].status, asked->status, rows[i].query);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refused, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_granted, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_promise_stays_below_the_statute, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_too_late, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_hearing, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_delegation_is_announced, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_delegations_refuse, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_milestone_says_at_most_so_much, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_hearing_is_told, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_milestones_say_who, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_late_stage, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_warned_once_and_muted_while_paused, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_alerts_are_paged_and_filtered, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_alert_queries, desk_open, desk_close),
    };

    base_log_init("engine_extension_test", NULL, BASE_LOG_NONE);
    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
