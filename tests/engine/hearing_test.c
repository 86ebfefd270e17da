/* SPDX-License-Identifier: Apache-2.0 */
/* H-4: who chairs a hearing does not review, and who reviews does not chair it (Licensing Law art. 48). */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "engine/mark.h"
#include "engine/replay.h"
#include "lib/check.h"

#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"
#define STAND "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}"
#define ANNOUNCED(chair) "{\"milestone\":\"hearing_announced\",\"on\":\"2024-02-20\",\"chair\":\"" chair "\"}"

static const struct front_identity land_2 = {.key_id = "land-2", .roles = FRONT_ROLE_OFFICER, .department = "land"};
static const struct front_identity all = {.key_id = "all", .roles = UINT32_MAX, .department = ""};

static const char *in_review(void)
{
    return desk_submit("plain", "{\"area\":100}", BOTH);
}

static void announce(const struct front_identity *who, const char *number, unsigned task, int status, const char *chair)
{
    char body[256];

    snprintf(body, sizeof(body), ANNOUNCED("%s"), chair);
    struct stage_request *asked = desk_do(who, FRONT_TASK_MILESTONE, desk_task(number, task), status, body);
    CHECK_TEXT(status == 200 ? "" : "same_person", asked->code, chair);
    CHECK_TEXT(status == 200 ? "" : "/chair", asked->pointer, chair);
}

/* -- The chair does not review -- */

static void refused(const struct front_identity *who, enum front_route route, const char *number, unsigned task, const char *body, const char *pointer)
{
    struct stage_request *asked = desk_do(who, route, desk_task(number, task), 422, body);

    CHECK_TEXT("same_person", asked->code, body);
    CHECK_TEXT(pointer, asked->pointer, body);
}

static void nothing_by_the_chair(const char *number)
{
    refused(&land_2, FRONT_TASK_CLAIM, number, 0, "{}", "");
    refused(&land_2, FRONT_TASK_CLAIM, number, 0, "{\"take_over\":true,\"reason\":\"r\"}", "");
    refused(&land_2, FRONT_TASK_TAKE, number, 0, "{}", "");
    refused(&land_2, FRONT_TASK_ASK, number, 0, "{\"text\":\"what for?\"}", "");
    refused(&land_2, FRONT_TASK_OPINION, number, 0, "{\"opinion\":\"approve\"}", "");
    refused(&desk_land, FRONT_TASK_OPINION, number, 0, "{\"opinion\":\"approve\",\"officers\":[\"li\",\"Land-2 \"]}", "/officers/1");
    refused(&desk_land, FRONT_TASK_MILESTONE, number, 0, "{\"milestone\":\"inspectors_assigned\",\"text\":\"Li Na, land-2\"}", "/text");
}

static void test_the_chair_does_not_review(void **state)
{
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", in_review());
    announce(&desk_land, number, 0, 200, " land-2 ");
    nothing_by_the_chair(number);
    CHECK_TEXT("offered", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "tasks.0.state"), "and nothing came of it");
    stage_restart(false);
    stage_drain();
    nothing_by_the_chair(number);
    struct stage_request *task = stage_ask_as(&desk_land, FRONT_TASK_SHOW, desk_task(number, 0), NULL, NULL);
    stage_drain();
    CHECK_TEXT("land-2", desk_of(task, "hearing.chair"), "who chairs is told");
    CHECK_TEXT("2024-02-20", desk_of(task, "hearing.on"), "and when");
    desk_do(&land_2, FRONT_TASK_MILESTONE, desk_task(number, 0), 200, "{\"milestone\":\"hearing_held\"}");
    desk_do(&desk_land, FRONT_TASK_TAKE, desk_task(number, 0), 200, "{}");
    desk_do(&land_2, FRONT_TASK_PAUSE, desk_task(number, 0), 200, "{\"kind\":\"hearing\"}");
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"approve\",\"officers\":[\"li\",\"land-22\"]}");
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 200, "{\"opinion\":\"approve\"}");
    replay_check(desk_id(number));
}

/* It is one application: whoever chairs the hearing of one department reviews it for no other. */
static void test_the_chair_reviews_for_no_department(void **state)
{
    const char *number = in_review();

    (void)state;
    announce(&desk_land, number, 0, 200, "water-1");
    refused(&desk_water, FRONT_TASK_OPINION, number, 1, "{\"opinion\":\"approve\"}", "");
    refused(&desk_water, FRONT_TASK_CLAIM, number, 1, "{}", "");
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(in_review(), 1), 200, "{\"opinion\":\"approve\"}"); /* of another application */
}

static int open_linked(void **state)
{
    (void)state;
    stage_open_text(1, fixture_text);
    return 0;
}

static uint8_t state_of_the_task(void)
{
    struct engine_application *row = stage_read(1);
    uint8_t task = row->core->tasks[0].state;

    engine_application_destroy(row);
    return task;
}

static void test_a_connector_names_the_chair(void **state)
{
    struct connect_link *market = stage_link("market");
    char task[BASE_NUMBER_SIZE];

    (void)state;
    stage_link_ready(market);
    struct stage_request *asked = stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    snprintf(task, sizeof(task), "%s", desk_of(asked, "tasks.0.id"));
    stage_report(market, BASE_ITEM_ACCEPT, base_task_handle(1, 0), "{}");
    stage_drain();
    asked = stage_ask_as(&all, FRONT_TASK_MILESTONE, task, NULL, ANNOUNCED("Wang Fang"));
    stage_drain();
    CHECK_I64(200, asked->status, "announced");
    stage_report(market, BASE_ITEM_OPINION, base_task_handle(1, 0), "{\"opinion\":\"approve\",\"officers\":[\"Li Na\",\"wang fang\"]}");
    stage_drain();
    CHECK_I64(CORE_TASK_ACCEPTED, state_of_the_task(), "refused, and the task goes on");
    stage_report(market, BASE_ITEM_OPINION, base_task_handle(1, 0), "{\"opinion\":\"approve\",\"officers\":[\"Li Na\",\"Zhao Min\"]}");
    stage_drain();
    CHECK_I64(CORE_TASK_DONE, state_of_the_task(), "others may");
    replay_check(1);
}

/* -- Who reviewed does not chair -- */

struct part {
    const char *why, *chair;
    enum front_route route;
    unsigned task;
    const struct front_identity *who;
    const char *body;
    bool lets_go;
};

static void test_a_reviewer_does_not_chair(void **state)
{
    static const struct part parts[] = {
        {"has claimed it", "land-2", FRONT_TASK_CLAIM, 0, &land_2, "{}", false},
        {"had claimed it, and let go", "land-2", FRONT_TASK_CLAIM, 0, &land_2, "{}", true},
        {"has taken it", "land-2", FRONT_TASK_TAKE, 0, &land_2, "{}", false},
        {"has taken it, in other letters", " LAND-2", FRONT_TASK_TAKE, 0, &land_2, "{}", false},
        {"gave an opinion on another matter", "water-1", FRONT_TASK_OPINION, 1, &desk_water, "{\"opinion\":\"approve\"}", false},
        {"is an officer of an opinion", "Li Na", FRONT_TASK_OPINION, 1, &desk_water, "{\"opinion\":\"approve\",\"officers\":[\"Zhao\",\"Li Na\"]}", false},
        {"inspects", "Li Na", FRONT_TASK_MILESTONE, 0, &desk_land, "{\"milestone\":\"inspectors_assigned\",\"text\":\"Zhao Min；Li Na\"}", false},
        {"announces it", "land-1", FRONT_TASK_MILESTONE, 0, &desk_land, "{\"milestone\":\"hearing_told\"}", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++) {
        char number[BASE_NUMBER_SIZE];

        snprintf(number, sizeof(number), "%s", in_review());
        desk_do(parts[i].who, parts[i].route, desk_task(number, parts[i].task), 200, parts[i].body);
        if (parts[i].lets_go)
            desk_do(parts[i].who, FRONT_TASK_RELEASE, desk_task(number, parts[i].task), 200, "{}");
        announce(&desk_land, number, 0, 422, parts[i].chair);
        stage_restart(false);
        stage_drain();
        announce(&desk_land, number, 0, 422, parts[i].chair);
        announce(&desk_land, number, 0, 200, "judge");
        replay_check(desk_id(number));
    }
}

/* Asked of the applicant and answered: the note of the task says nothing of it any more, the journal does. */
static void test_who_asked_does_not_chair(void **state)
{
    const char *number = in_review();

    (void)state;
    desk_do(&land_2, FRONT_TASK_TAKE, desk_task(number, 0), 200, "{}");
    desk_do(&land_2, FRONT_TASK_ASK, desk_task(number, 0), 200, "{\"text\":\"which plot?\"}");
    desk_pass(1);
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"text\":\"the second\"}");
    announce(&desk_land, number, 0, 422, "land-2");
    announce(&desk_land, number, 0, 200, "land-3");
}

/* What is under way while the journal is read counts: whoever is first keeps the other out. */
static void test_both_at_once(void **state)
{
    char number[BASE_NUMBER_SIZE], task[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", in_review());
    snprintf(task, sizeof(task), "%s", desk_task(number, 0));
    struct stage_request *announced = stage_ask_as(&desk_land, FRONT_TASK_MILESTONE, task, NULL, ANNOUNCED("land-2"));
    struct stage_request *claimed = stage_ask_as(&land_2, FRONT_TASK_CLAIM, task, NULL, "{}");
    stage_drain();
    CHECK_I64(200, claimed->status, "the claim was there before the journal was read");
    CHECK_I64(422, announced->status, "and is seen");
    CHECK_TEXT("same_person", announced->code, "why");
}

/* -- What is kept of it -- */

static void test_a_row_of_an_earlier_hub(void **state)
{
    const char *number = in_review();
    struct engine *engine;

    (void)state;
    announce(&desk_land, number, 0, 200, "land-2");
    desk_do(&desk_land, FRONT_TASK_MILESTONE, desk_task(number, 0), 200, "{\"milestone\":\"delegated\",\"text\":\"the town\"}");
    struct engine_application *application = engine_application_find(stage.engine, desk_id(number));
    CHECK_I64(OD_OK, engine_text_set(engine_task_text(application, 0, ENGINE_TEXT_MARKS), NULL, 0), "as it was written then");
    CHECK_I64(OD_OK, engine_note(stage.engine, application, "note", 0, "hub", NULL), "into its row");
    stage_drain();
    stage_restart(false);
    stage_drain();
    engine = stage.engine;
    struct engine_application *row = desk_read_row(number);
    CHECK(engine_task_text(row, 0, ENGINE_TEXT_MARKS)->bytes == NULL, "the row does not say it");
    engine_application_destroy(row);
    refused(&land_2, FRONT_TASK_OPINION, number, 0, "{\"opinion\":\"approve\"}", "");
    desk_do(&desk_land, FRONT_TASK_CLAIM, desk_task(number, 0), 200, "{}");
    CHECK(engine == stage.engine, "the same hub");
    struct stage_request *shown = desk_get(FRONT_APPLICATION_SHOW, number, NULL);
    CHECK_TEXT("land-2", desk_of(shown, "tasks.0.hearing.chair"), "it is in the row again");
    CHECK_TEXT("the town", desk_of(shown, "tasks.0.delegated.to"), "all of it");
    replay_check(desk_id(number));
}

static bool is_announced(const struct engine_application *application)
{
    return (application->core->tasks[0].milestones >> CORE_MILESTONE_HEARING_ANNOUNCED & 1) != 0;
}

/* One allocation fails, of the journal's reading or of the milestone. True: it was announced. */
static bool announces_without(uint64_t at, const char *number)
{
    struct engine_application *application;

    stage_ask_as(&desk_land, FRONT_TASK_MILESTONE, desk_task(number, 0), NULL, ANNOUNCED("land-2"));
    base_alloc_fail_at(at);
    while (stage_job())
        ;
    base_alloc_fail_at(0);
    application = engine_application_find(stage.engine, desk_id(number));
    CHECK(application != NULL, "it is in memory");
    CHECK_I64(is_announced(application), engine_task_text(application, 0, ENGINE_TEXT_MARKS)->bytes != NULL, "announced with its chair, or not at all");
    if (application->record.is_broken)
        base_buffer_fini(&application->record); /* the hub would end here and go on from the store; the stage goes on */
    stage_drain();
    return is_announced(application);
}

static void test_no_memory(void **state)
{
    char number[BASE_NUMBER_SIZE];
    uint64_t at = 1;

    (void)state;
    snprintf(number, sizeof(number), "%s", in_review());
    while (!announces_without(at, number) && at < 500)
        at++;
    CHECK(at > 10 && at < 500, "announced at last");
    refused(&land_2, FRONT_TASK_OPINION, number, 0, "{\"opinion\":\"approve\"}", "");
}

/* -- Names -- */

static void test_names(void **state)
{
    static const struct { const char *text, *name; bool is_there, are_two; } rows[] = {
        {"Li Na, Wang Fang", "wang fang", true, true}, {"李娜、王芳", "王芳", true, true}, {"李娜　，　王芳", "李娜", true, true},
        {"Li;Wang\nZhao", " Zhao ", true, true},       {"Li Na", "Li Na", true, false},    {"Li Na, li na ,", "Li", false, false},
        {"", "Li", false, false},                      {"，、；", "，", false, false},      {"Li Nan, Li Na", "Li N", false, true},
        {"　", "　", false, false},                    {"Li", "", false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(rows[i].is_there, engine_names_have(rows[i].text, rows[i].name), rows[i].text);
        CHECK_I64(rows[i].are_two, engine_names_are_two(rows[i].text), rows[i].text);
    }
    CHECK(engine_name_is("\tLi Na　", "LI NA") && !engine_name_is("", "") && !engine_name_is(" ", "　"), "nobody is nobody");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_chair_does_not_review, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_the_chair_reviews_for_no_department, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_connector_names_the_chair, open_linked, desk_close),
        cmocka_unit_test_setup_teardown(test_a_reviewer_does_not_chair, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_who_asked_does_not_chair, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_both_at_once, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_row_of_an_earlier_hub, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_no_memory, desk_open, desk_close),
        cmocka_unit_test(test_names),
    };

    base_log_init("hearing_test", NULL, BASE_LOG_NONE);
    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
