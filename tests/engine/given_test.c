/* SPDX-License-Identifier: Apache-2.0 */
/* What neither the matter nor the manifest names is in no byte that a connector is given: offer, resume, input. */
#include <stdio.h>

#include "catalog/fixture.h"
#include "engine/stage.h"
#include "lib/check.h"

#define CAFE                                                                                                        \
    "{\"service\":\"open-cafe\",\"applicant\":{\"kind\":\"person\",\"name\":\"Li-Name\",\"id_type\":\"passport\"," \
    "\"id_number\":\"E1234567\",\"phone\":\"+86 139 5555\"},\"form\":{\"area_m2\":312,\"seats\":77,\"title\":\"TITLE\"},"     \
    "\"materials\":[{\"material\":\"id-copy\",\"name\":\"card.pdf\",\"media_type\":\"application/pdf\",\"size\":9,"      \
    "\"sha256\":\"00000000000000000000000000000000000000000000000000000000000000aa\"},"                               \
    "{\"material\":\"plan\",\"name\":\"plan.pdf\"},{\"material\":\"certificate\",\"name\":\"cert.pdf\"}]}"

static const char *const all[] = {"*"}, *const area[] = {"area_m2"}, *const foreign[] = {"title", "kitchen", "zone"},
                  *const name_only[] = {"name"}, *const seats[] = {"seats"};

#define TEXTS(list) {.items = (const char **)(uintptr_t)(list), .count = COUNT(list)}

static const struct package_manifest nothing = {.credits = 4},
    narrow = {.credits = 4, .capabilities = {.fields = TEXTS(area), .applicant = TEXTS(name_only), .has_materials = true}},
    wide = {.credits = 4, .capabilities = {.fields = TEXTS(all), .applicant = TEXTS(all), .has_materials = true}},
    other = {.credits = 4, .capabilities = {.fields = TEXTS(foreign)}},
    asks = {.credits = 4, .capabilities = {.fields = TEXTS(seats)}};

static int open_stage(void **state)
{
    (void)state;
    stage_open(1);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close();
    return 0;
}

/* The second task, of fire-check, is offered once the first has its opinion. */
static struct connect_link *offer(const struct package_manifest *market, const struct package_manifest *fire)
{
    struct connect_link *first = stage_link("market"), *link = stage_link("fire");

    first->manifest = market;
    link->manifest = fire;
    struct stage_request *asked = stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, CAFE);
    stage_drain();
    CHECK(asked->status == 201, asked->answer);
    stage_link_ready(first);
    stage_link_ready(link);
    stage_drain();
    CHECK(stage_held(first, base_task_handle(1, 0)) != NULL, "the first is offered");
    return link;
}

static void decide_first(void)
{
    stage_report(stage_link("market"), BASE_ITEM_OPINION, base_task_handle(1, 0), "{\"opinion\":\"approve\"}");
    stage_drain();
    CHECK(stage_held(stage_link("fire"), base_task_handle(1, 1)) != NULL, "the second is offered");
}

static void check_absent(const struct connect_link *link)
{
    static const char *const secrets[] = {"Li-Name", "E1234567", "+86 139 5555", "passport", "312", "77", "TITLE", "area_m2",
                                          "seats", "title", ".pdf", "id-copy", "\"plan\"", "00aa"};

    for (size_t i = 0; i < COUNT(secrets); i++)
        CHECK(strstr(link->given, secrets[i]) == NULL, secrets[i]);
}

static void test_nothing_declared_nothing_given(void **state)
{
    struct connect_link *fire = offer(&nothing, &nothing);

    (void)state;
    check_absent(stage_link("market"));
    decide_first();
    check_absent(fire);
    CHECK(strstr(fire->given, "\"form\":{},\"applicant\":{},\"materials\":[]") != NULL, fire->given);
    CHECK(strstr(fire->given, "\"matter\":\"fire-check\"") != NULL, "it is the offer that was looked at");
}

static void test_only_what_both_name(void **state)
{
    struct connect_link *fire = offer(&nothing, &narrow);

    (void)state;
    decide_first();
    CHECK(strstr(fire->given, "\"form\":{\"area_m2\":312},\"applicant\":{\"name\":\"Li-Name\"},"
                              "\"materials\":[{\"material\":\"plan\",\"name\":\"plan.pdf\"}]") != NULL, fire->given);
    CHECK(strstr(fire->given, "77") == NULL, "the matter names seats, the manifest does not");
    CHECK(strstr(fire->given, "E1234567") == NULL, "no other member of the applicant");
    CHECK(strstr(fire->given, "card.pdf") == NULL, "no material of another matter");
}

static void test_a_star_is_all_of_the_matter(void **state)
{
    struct connect_link *fire = offer(&wide, &wide);

    (void)state;
    CHECK(strstr(stage_link("market")->given, "\"form\":{},\"applicant\":{\"kind\":\"person\"") != NULL, "the matter has no fields");
    CHECK(strstr(stage_link("market")->given, "\"materials\":[{\"material\":\"id-copy\",\"name\":\"card.pdf\",\"media_type\":\"application/pdf\","
                                              "\"sha256\":\"0000") != NULL, "each member of a material");
    CHECK(strstr(stage_link("market")->given, "00aa\",\"size\":9}]") != NULL, "and its size");
    decide_first();
    CHECK(strstr(fire->given, "\"form\":{\"area_m2\":312,\"seats\":77},\"applicant\":{\"kind\":\"person\",\"name\":\"Li-Name\","
                              "\"id_type\":\"passport\",\"id_number\":\"E1234567\",\"phone\":\"+86 139 5555\"}") != NULL, fire->given);
    CHECK(strstr(fire->given, "TITLE") == NULL, "no field of another matter");
}

static void test_a_manifest_grants_no_more_than_the_matter(void **state)
{
    struct connect_link *fire = offer(&other, &other);

    (void)state;
    check_absent(stage_link("market"));
    decide_first();
    check_absent(fire);
}

static void test_a_resume_is_cut_too(void **state)
{
    struct connect_link *fire = offer(&nothing, &narrow);

    (void)state;
    decide_first();
    stage_report(fire, BASE_ITEM_ACCEPT, base_task_handle(1, 1), "{\"external_ref\":\"F-1\"}");
    stage_drain();
    stage_link_lose(fire, true, 0);
    stage_drain();
    fire->given[0] = '\0';
    fire->manifest = &nothing; /* the next version wants less */
    stage_link_ready(fire);
    stage_drain();
    CHECK(strstr(fire->given, "\"external_ref\":\"F-1\"") != NULL, "resumed");
    check_absent(fire);
}

static void answer_request(const char *body)
{
    char number[BASE_NUMBER_SIZE];

    base_number_format(1, stage.engine->now.day, number);
    struct stage_request *asked = stage_ask(FRONT_APPLICATION_SUPPLEMENT, number, NULL, body);
    stage_drain();
    CHECK_I64(200, asked->status, "supplied");
}

static void test_an_input_is_cut_too(void **state)
{
    static const struct {
        const struct package_manifest *manifest;
        const char *answer, *why;
    } rows[] = {
        {&asks, "\"answer\":{\"seats\":78}", "what it may see comes"},
        {&narrow, "\"answer\":{}", "what it may not see does not, though it asked"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct connect_link *fire = offer(&nothing, rows[i].manifest);

        decide_first();
        stage_report(fire, BASE_ITEM_NEED_INPUT, base_task_handle(1, 1), "{\"fields\":[\"seats\"],\"text\":\"how many\"}");
        stage_drain();
        answer_request("{\"form\":{\"seats\":78}}");
        CHECK(strstr(fire->given, rows[i].answer) != NULL, rows[i].why);
        stage_close();
        stage_open(2);
    }
}

/* What the applicant supplied after the submission is among the materials, once. */
static void test_materials_supplied_later(void **state)
{
    struct connect_link *fire = offer(&nothing, &narrow);

    (void)state;
    decide_first();
    for (unsigned i = 0; i < 2; i++) {
        stage_report(fire, BASE_ITEM_NEED_INPUT, base_task_handle(1, 1), "{\"text\":\"a photo\"}");
        stage_drain();
        answer_request(i == 0 ? "{\"materials\":[{\"material\":\"photo\",\"name\":\"blurred.jpg\"}],\"text\":\"here\"}"
                              : "{\"materials\":[{\"material\":\"photo\",\"name\":\"sharp.jpg\",\"size\":5}],\"text\":\"here\"}");
    }
    stage_link_lose(fire, true, 0);
    stage_drain();
    stage_link_ready(fire);
    stage_drain();
    CHECK(strstr(fire->given, "\"materials\":[{\"material\":\"plan\",\"name\":\"plan.pdf\"},"
                              "{\"material\":\"photo\",\"name\":\"sharp.jpg\",\"size\":5}]") != NULL, fire->given);
    CHECK(strstr(fire->given, "\"form\":{\"area_m2\":312}") != NULL, "and the form is what it was");
    stage_restart(true); /* it is on the disk */
    fire = stage_link("fire");
    fire->manifest = &narrow;
    stage_link_ready(fire);
    stage_drain();
    CHECK(strstr(fire->given, "sharp.jpg") != NULL, "after a restart, too");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_declared_nothing_given, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_only_what_both_name, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_a_star_is_all_of_the_matter, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_a_manifest_grants_no_more_than_the_matter, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_a_resume_is_cut_too, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_an_input_is_cut_too, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_materials_supplied_later, open_stage, close_stage),
    };

    base_log_init("engine_given_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
