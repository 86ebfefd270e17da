/* SPDX-License-Identifier: Apache-2.0 */
/* What officers owe beside the opinion itself: two of them where the law wants two, bars of those who deceived, what
 * supervision is told, and that nobody acts on what has changed since it was read. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "engine/replay.h"
#include "lib/check.h"

#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"
#define STAND "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}"
#define LI "\"service\":\"plain\",\"applicant\":{\"name\":\"Li\",\"id_number\":\"330102199001011234\"}"
#define ALL_OF_LI "{" LI ",\"form\":{\"area\":400},\"materials\":[{\"material\":\"deed\"},{\"material\":\"plan\"},{\"material\":\"report\"}]}"
#define OF_LI "{" LI ",\"form\":{\"area\":100},\"materials\":" BOTH "}"

static int open_two(void **state)
{
    char *text = fixture_replace(desk_text, "\"pauses\": [\"hearing\", \"inspection\"]}", "\"pauses\": [\"hearing\", \"inspection\"], \"two_officers\": true}");

    (void)state;
    stage_open_catalog(text, false);
    stage_drain();
    free(text);
    return 0;
}

static int open_linked(void **state)
{
    char *text = fixture_replace(fixture_text, "\"en\": \"Matter license\"},", "\"en\": \"Matter license\"}, \"two_officers\": true,");

    (void)state;
    stage_open_text(1, text);
    free(text);
    return 0;
}

/* -- Two officers (Licensing Law art. 34) -- */

static void test_two_officers_at_the_worklist(void **state)
{
    static const struct { const char *body, *why; } rows[] = {
        {"{\"opinion\":\"approve\"}", "nobody is named"},
        {"{\"opinion\":\"reject\",\"reasons\":[\"r\"]}", "a rejection is checked as well"},
        {"{\"opinion\":\"approve\",\"officers\":[]}", "an empty list"},
        {"{\"opinion\":\"approve\",\"officers\":\"li, wang\"}", "no list"},
        {"{\"opinion\":\"approve\",\"officers\":[\"li\"]}", "one"},
        {"{\"opinion\":\"approve\",\"officers\":[\"li\",\"li\"]}", "one, twice"},
        {"{\"opinion\":\"approve\",\"officers\":[\"li\",\" \"]}", "one and a blank"},
        {"{\"opinion\":\"approve\",\"officers\":[\"li\",7]}", "one and a number"},
    };
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);

    (void)state;
    desk_do(&desk_land, FRONT_TASK_TAKE, desk_task(number, 0), 200, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage_request *asked = desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 422, rows[i].body);

        CHECK_TEXT("two_officers", asked->code, rows[i].why);
        CHECK_TEXT("/officers", asked->pointer, rows[i].why);
    }
    CHECK_TEXT("accepted", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "tasks.0.state"), "and nothing came of it");
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"approve\",\"officers\":[\"li\",\"wang\"]}");
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 200, "{\"opinion\":\"approve\"}");
    struct stage_request *events = desk_get(FRONT_APPLICATION_EVENTS, number, NULL);
    CHECK(strstr(events->answer, "\"officers\":[\"li\",\"wang\"]") != NULL, "both stand in the journal");
    CHECK_TEXT("decided", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "a matter that does not ask for two takes one");
    replay_check(desk_id(number));
}

static uint8_t state_of_the_task(void)
{
    struct engine_application *row = stage_read(1);
    uint8_t task = row->core->tasks[0].state;

    engine_application_destroy(row);
    return task;
}

static void test_two_officers_by_a_connector(void **state)
{
    struct connect_link *market = stage_link("market");

    (void)state;
    stage_link_ready(market);
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    stage_report(market, BASE_ITEM_ACCEPT, base_task_handle(1, 0), "{}");
    stage_report(market, BASE_ITEM_OPINION, base_task_handle(1, 0), "{\"opinion\":\"approve\"}");
    stage_drain();
    CHECK_I64(CORE_TASK_ACCEPTED, state_of_the_task(), "refused, and the task goes on");
    stage_report(market, BASE_ITEM_OPINION, base_task_handle(1, 0), "{\"opinion\":\"approve\",\"officers\":[\"li\",\"wang\"]}");
    stage_drain();
    CHECK_I64(CORE_TASK_DONE, state_of_the_task(), "with both it counts");
    replay_check(1);
}

/* -- Bars (art. 78, 79) -- */

static void check_bar(const char *reject, unsigned days, const char *until)
{
    struct stage_request *asked;
    char number[BASE_NUMBER_SIZE];

    snprintf(number, sizeof(number), "%s", desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, OF_LI), "number"));
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, reject);
    asked = desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 422, OF_LI);
    CHECK_TEXT("barred", asked->code, reject);
    CHECK_TEXT("/applicant", asked->pointer, reject);
    desk_submit("plain", "{\"area\":100}", BOTH); /* who is not known to be the same */
    desk_wait(days * DAY_MS);
    asked = desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 422, OF_LI);
    CHECK_TEXT("barred", asked->code, until);
    desk_wait(DAY_MS);
    desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, OF_LI);
    CHECK(strstr(desk_get(FRONT_APPLICATION_EVENTS, number, NULL)->answer, "\"bar\":\"") != NULL, "it stands in the journal");
    replay_check(desk_id(number));
}

static void test_false_material_bars_for_a_year(void **state)
{
    (void)state;
    check_bar("{\"opinion\":\"reject\",\"reasons\":[\"a forged deed\"],\"bar\":\"false_material\"}", 366, "until 15 January 2025, its last day");
}

static void test_fraud_bars_for_three(void **state)
{
    (void)state;
    check_bar("{\"opinion\":\"reject\",\"reasons\":[\"a bribe\"],\"bar\":\"fraud\"}", 1096, "until 15 January 2027, its last day");
}

static void test_a_bar_goes_with_a_rejection(void **state)
{
    static const char *const bodies[] = {
        "{\"opinion\":\"approve\",\"bar\":\"fraud\"}",
        "{\"opinion\":\"approve_with_conditions\",\"conditions\":[\"c\"],\"bar\":\"false_material\"}",
        "{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"bar\":\"for ever\"}",
        "{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"bar\":3}",
    };
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++)
        CHECK_TEXT("/bar", desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 422, bodies[i])->pointer, bodies[i]);
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"bar\":\"fraud\"}");
    desk_submit("plain", "{\"area\":100}", BOTH); /* by name alone nobody is known: nobody is barred */
}

static const char *submitted_with(unsigned area, const char *materials)
{
    static char number[BASE_NUMBER_SIZE];
    char body[512];

    snprintf(body, sizeof(body), "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li\",\"id_number\":\"330102199001011234\"},\"form\":{\"area\":%u},\"materials\":%s}", area, materials);
    snprintf(number, sizeof(number), "%s", desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, body), "number"));
    return number;
}

static const char *submitted(void)
{
    return submitted_with(100, BOTH);
}

/* A matter of no danger bars nobody; that other matters stay open is seen in e2e/test_clocks.py. */
static void test_a_bar_is_of_a_matter_of_safety(void **state)
{
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", submitted());
    CHECK_TEXT("not_safety", desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 422, "{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"bar\":\"fraud\"}")->code,
               "water is no danger");
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"bar\":\"fraud\"}");
    desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 422, OF_LI);
}

/* Found out later: a permit that was got by fraud. Put on record, told to the store, and lifted where it was wrong. */
static void test_a_bar_afterwards(void **state)
{
    static const struct { const struct front_identity *who; const char *body, *code; int status; } rows[] = {
        {&desk_land_head, "{\"reason\":\"r\"}", "choice", 422},
        {&desk_land_head, "{\"kind\":\"theft\",\"reason\":\"r\"}", "choice", 422},
        {&desk_land_head, "{\"kind\":\"fraud\"}", "required", 422},
        {&desk_land_head, "{\"kind\":\"fraud\",\"reason\":\" \"}", "required", 422},
        {&desk_fire, "{\"kind\":\"fraud\",\"reason\":\"r\"}", "", 403},
    };
    char number[BASE_NUMBER_SIZE], reason[ENGINE_BAR_REASON_MAX + 64];

    (void)state;
    snprintf(number, sizeof(number), "%s", submitted());
    desk_do(&desk_land_head, FRONT_TASK_BAR, desk_task(number, 0), 409, "{\"kind\":\"fraud\",\"reason\":\"it is open yet\"}");
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"approve\"}");
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_TEXT(rows[i].code, desk_do(rows[i].who, FRONT_TASK_BAR, desk_task(number, 0), rows[i].status, rows[i].body)->code, rows[i].body);
    snprintf(reason, sizeof(reason), "{\"kind\":\"fraud\",\"reason\":\"%0*d\"}", ENGINE_BAR_REASON_MAX + 1, 0);
    CHECK_TEXT("required", desk_do(&desk_land_head, FRONT_TASK_BAR, desk_task(number, 0), 422, reason)->code, "limit + 1");
    submitted(); /* nothing came of any */
    snprintf(reason, sizeof(reason), "{\"kind\":\"fraud\",\"reason\":\"%0*d\"}", ENGINE_BAR_REASON_MAX, 0);
    desk_do(&desk_land_head, FRONT_TASK_BAR, desk_task(number, 0), 200, reason);
    CHECK_TEXT("barred", desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 422, OF_LI)->code, "barred");
    stage_restart(true);
    stage_drain();
    CHECK_TEXT("barred", desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 422, OF_LI)->code, "after a crash, too");
    desk_do(&desk_supervisor, FRONT_TASK_BAR, desk_task(number, 0), 200, "{\"kind\":\"none\",\"reason\":\"the judgment was set aside\"}");
    submitted();
    const char *events = desk_get(FRONT_APPLICATION_EVENTS, number, NULL)->answer;
    CHECK(strstr(events, "person_barred") != NULL && strstr(events, "bar_lifted") != NULL, "both stand in the journal");
    replay_check(desk_id(number));
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":100}", BOTH));
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"approve\"}");
    CHECK_TEXT("unknown_person", desk_do(&desk_land_head, FRONT_TASK_BAR, desk_task(number, 0), 422, "{\"kind\":\"fraud\",\"reason\":\"r\"}")->code, "by name alone nobody is known");
}

static void lift(const char *number, unsigned task)
{
    desk_do(&desk_supervisor, FRONT_TASK_BAR, desk_task(number, task), 200, "{\"kind\":\"none\",\"reason\":\"wrong\"}");
}

/* Whoever is barred from a matter does not get into it by a form that is corrected before the acceptance. */
static void test_a_bar_holds_for_what_a_supplement_brings_in(void **state)
{
    static const char small[] = "{" LI ",\"form\":{\"area\":100},\"materials\":[{\"material\":\"plan\"}]}",
                      large[] = "{\"form\":{\"area\":400},\"materials\":[{\"material\":\"deed\"},{\"material\":\"report\"}]}",
                      same[] = "{\"form\":{\"area\":200},\"materials\":[{\"material\":\"deed\"}]}";
    char first[BASE_NUMBER_SIZE], number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(first, sizeof(first), "%s", desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, ALL_OF_LI), "number"));
    desk_do(&desk_fire, FRONT_TASK_OPINION, desk_task(first, 2), 200, "{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"bar\":\"fraud\"}");
    snprintf(number, sizeof(number), "%s", desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, small), "number"));
    CHECK_TEXT("incomplete", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "the deed is missing");
    struct stage_request *asked = desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 422, large);
    CHECK_TEXT("barred", asked->code, "fire safety would come in");
    CHECK_TEXT("/form", asked->pointer, "by the form");
    CHECK_TEXT("incomplete", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "nothing is changed");
    CHECK_TEXT("in_review", desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, same), "status"), "the others go on");
    replay_check(desk_id(number));
    lift(first, 2);
    snprintf(number, sizeof(number), "%s", desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, small), "number"));
    CHECK_TEXT("in_review", desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, large), "status"), "the bar is lifted");
    CHECK_TEXT("offered", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "tasks.2.state"), "it came in");
    replay_check(desk_id(number));
}

/* Three years of a bar are longer than a year of retention: who lifts it needs no name. */
static void test_a_bar_is_lifted_after_the_erasure(void **state)
{
    static const char none[] = "{\"kind\":\"none\",\"reason\":\"the judgment was set aside\"}";
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, ALL_OF_LI), "number"));
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"bar\":\"fraud\"}");
    desk_do(&desk_fire, FRONT_TASK_OPINION, desk_task(number, 2), 200, "{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"bar\":\"fraud\"}");
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 200, "{\"opinion\":\"approve\"}");
    desk_do(&desk_front, FRONT_APPLICATION_DELIVERY, number, 200, "{}");
    desk_age();
    CHECK(strstr(desk_get(FRONT_APPLICATION_EVENTS, number, NULL)->answer, "\"erased\"") != NULL, "its data are gone");
    CHECK_TEXT("barred", desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 422, OF_LI)->code, "the bar holds");
    desk_do(&desk_land_head, FRONT_TASK_BAR, desk_task(number, 0), 409, "{\"kind\":\"fraud\",\"reason\":\"more\"}");
    desk_do(&desk_supervisor, FRONT_TASK_BAR, desk_task(number, 0), 200, none);
    desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, OF_LI);
    CHECK_TEXT("barred", desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 422, ALL_OF_LI)->code, "of the other matter it holds");
    desk_do(&desk_supervisor, FRONT_TASK_BAR, desk_task(number, 2), 200, none);
    desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, ALL_OF_LI);
}

/* Two bars of one application in one commit, and the same bar by two applications on one day: each is of its own. */
static void test_each_bar_is_kept(void **state)
{
    static const char reject[] = "{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"bar\":\"fraud\"}";
    char first[BASE_NUMBER_SIZE], second[BASE_NUMBER_SIZE];
    struct stage_request *both[2];

    (void)state;
    snprintf(first, sizeof(first), "%s", submitted_with(1000, "[{\"material\":\"deed\"},{\"material\":\"plan\"},{\"material\":\"report\"}]"));
    snprintf(second, sizeof(second), "%s", submitted());
    for (unsigned i = 0; i < 3; i++)
        desk_do(i == 0 ? &desk_land : i == 1 ? &desk_water : &desk_fire, FRONT_TASK_OPINION, desk_task(first, i), 200, "{\"opinion\":\"approve\"}");
    for (unsigned i = 0; i < 2; i++)
        both[i] = stage_ask_as(&desk_supervisor, FRONT_TASK_BAR, desk_task(first, 2 * i), NULL, "{\"kind\":\"fraud\",\"reason\":\"found out\"}");
    stage_drain();
    CHECK(both[0]->status == 200 && both[1]->status == 200, "both in one commit");
    lift(first, 2);
    desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 422, OF_LI); /* that of land stands */
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(second, 0), 200, reject);
    lift(first, 0);
    desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 422, OF_LI); /* so does that of the other application */
    lift(second, 0);
    submitted();
}

/* -- What supervision is told -- */

static size_t alerts_for(const struct front_identity *who, const char *query)
{
    struct stage_request *asked = stage_ask_as(who, FRONT_ALERT_LIST, NULL, query, NULL);

    stage_drain();
    CHECK_I64(200, asked->status, query);
    return desk_count(asked, "items");
}

static void test_nobody_found_it_applicable(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);

    (void)state;
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"not_applicable\"}");
    CHECK_I64(0, alerts_for(&desk_supervisor, "kind=not_required"), "one may still find otherwise");
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 200, "{\"opinion\":\"not_applicable\"}");
    CHECK_TEXT("not_required", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "decision.outcome"), "nothing is left");
    CHECK_I64(1, alerts_for(&desk_supervisor, "kind=not_required"), "a supervisor looks at it");
    CHECK_I64(0, alerts_for(&desk_front, "kind=not_required"), "and nobody else is bothered");
    replay_check(desk_id(number));
}

/* The clock has spoken, and nobody was woken yet: the opinion is kept, flagged, and changes nothing. */
static void test_an_opinion_after_its_time(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);
    struct engine_application *row;

    (void)state;
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"approve\"}");
    stage_wait(60 * DAY_MS);
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 200, "{\"opinion\":\"reject\",\"reasons\":[\"the bank is weak\"]}");
    row = desk_read_row(number);
    CHECK(row->core->tasks[1].is_deemed && row->core->tasks[1].has_late_opinion, "silence counted, and the late word is flagged");
    engine_application_destroy(row);
    CHECK_TEXT("approved", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "decision.outcome"), "never applied");
    CHECK_I64(1, alerts_for(&desk_supervisor, "kind=late_opinion"), "supervision is told");
    CHECK_I64(0, alerts_for(&desk_front, "kind=late_opinion"), "the front desk is not");
    replay_check(desk_id(number));
}

/* -- Nobody acts on what has changed since it was read -- */

static void test_a_supplement_for_what_was_read(void **state)
{
    static const char supplement[] = "{\"materials\":[{\"material\":\"plan\"}]}";
    const char *number = desk_submit("plain", "{\"area\":100}", "[{\"material\":\"deed\"}]");

    (void)state;
    stage.if_match = "\"0\"";
    desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 412, supplement);
    stage.if_match = NULL;
    CHECK_TEXT("incomplete", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "it was not taken");
    stage.if_match = "*";
    desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, supplement);
    stage.if_match = NULL;
    replay_check(desk_id(number));
}

static void test_a_check_of_what_was_read(void **state)
{
    const char *number = desk_submit("checked", "{}", BOTH);

    (void)state;
    stage.if_match = "\"0\"";
    desk_do(&desk_front, FRONT_APPLICATION_CHECK, number, 412, "{\"outcome\":\"complete\"}");
    stage.if_match = NULL;
    CHECK_TEXT("received", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "it was not taken");
    stage.if_match = "\"0\", \"1\", \"2\""; /* one of them is right */
    desk_do(&desk_front, FRONT_APPLICATION_CHECK, number, 200, "{\"outcome\":\"complete\"}");
    stage.if_match = NULL;
    replay_check(desk_id(number));
}

static void test_no_such_service(void **state)
{
    struct stage_request *asked =
        desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 422, "{\"service\":\"nowhere\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[]}");

    (void)state;
    CHECK_TEXT("unknown_service", asked->code, "what is wrong");
    CHECK_TEXT("/service", asked->pointer, "and where");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_two_officers_at_the_worklist, open_two, desk_close),
        cmocka_unit_test_setup_teardown(test_two_officers_by_a_connector, open_linked, desk_close),
        cmocka_unit_test_setup_teardown(test_false_material_bars_for_a_year, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_bar_is_of_a_matter_of_safety, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_bar_afterwards, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_bar_holds_for_what_a_supplement_brings_in, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_bar_is_lifted_after_the_erasure, desk_open_retaining, desk_close),
        cmocka_unit_test_setup_teardown(test_each_bar_is_kept, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_fraud_bars_for_three, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_bar_goes_with_a_rejection, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_nobody_found_it_applicable, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_an_opinion_after_its_time, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_supplement_for_what_was_read, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_check_of_what_was_read, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_no_such_service, desk_open, desk_close),
    };

    base_log_init("engine_duty_test", NULL, BASE_LOG_NONE);
    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
