/* SPDX-License-Identifier: Apache-2.0 */
/* Who is bound to which department, and what of a person a role sees. */
#include "engine/scope.h"

#include <stdlib.h>

#include "lib/check.h"

#define OFFICER FRONT_ROLE_OFFICER
#define HEAD FRONT_ROLE_HEAD
#define DESK FRONT_ROLE_FRONT_DESK
#define SUPERVISOR FRONT_ROLE_SUPERVISOR
#define ADMIN FRONT_ROLE_ADMIN

static void binds_by_role_and_department(void **state)
{
    static const struct {
        uint32_t roles;
        const char *department;
        bool is_bound, acts_for_fire, acts_for_land;
        const char *why;
    } rows[] = {
        {OFFICER, "fire", true, true, false, "an officer"},
        {HEAD, "fire", true, true, false, "a head of a department"},
        {HEAD, "", false, true, true, "the head of the government"},
        {OFFICER | HEAD, "fire", true, true, false, "both"},
        {OFFICER, "", false, false, false, "an officer of none acts for none"},
        {OFFICER | DESK, "fire", false, true, false, "the desk sees everything and still acts for its own"},
        {SUPERVISOR, "fire", false, true, true, "supervision is of no department"},
        {ADMIN, "fire", false, true, true, "nor are admins"},
        {DESK, "", false, false, false, "the desk gives no opinion"},
        {FRONT_ROLE_CITIZEN, "", false, false, false, "nobody"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct front_request request = {.identity = {.key_id = "k", .roles = rows[i].roles, .department = rows[i].department}};
        const char *bound = engine_scope_of(&request);

        CHECK_I64(rows[i].is_bound, bound != NULL, rows[i].why);
        if (bound != NULL)
            CHECK_TEXT("fire", bound, rows[i].why);
        CHECK_I64(rows[i].acts_for_fire, engine_may_act(&request, "fire"), rows[i].why);
        CHECK_I64(rows[i].acts_for_land, engine_may_act(&request, "land"), rows[i].why);
    }
}

static void every_kind_by_every_role(void **state)
{
    static const struct {
        const char *member;
        bool is_for_supervisors;
    } rows[] = {{"kind", true},   {"id_type", true}, {"locale", true},   {"name", true},     {"id_number", false},
                {"phone", false}, {"email", false},  {"address", false}, {"birthday", false}};
    static const uint32_t handlers[] = {DESK, OFFICER, HEAD, ADMIN};
    static const uint32_t nobody[] = {0, FRONT_ROLE_CITIZEN, FRONT_ROLE_CONNECTOR};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum engine_personal kind = engine_personal_kind(rows[i].member);

        CHECK_I64(rows[i].is_for_supervisors, engine_personal_may_see(SUPERVISOR, kind), rows[i].member);
        for (size_t k = 0; k < COUNT(handlers); k++)
            CHECK(engine_personal_may_see(handlers[k], kind), rows[i].member);
        for (size_t k = 0; k < COUNT(nobody); k++)
            CHECK(!engine_personal_may_see(nobody[k], kind), rows[i].member);
        CHECK(engine_personal_may_see(SUPERVISOR | OFFICER, kind), "the widest role counts");
    }
}

static void cuts_at_any_depth(void **state)
{
    static const char text[] = "{\"kind\":\"person\",\"name\":\"A\",\"id_number\":\"1\",\"agent\":{\"name\":\"B\",\"phone\":\"2\",\"deeper\":{\"name\":\"C\"}},"
                               "\"representative\":[{\"name\":\"D\",\"id_number\":\"3\"}],\"other\":\"4\"}";
    static const struct {
        uint32_t roles;
        const char *shown;
    } rows[] = {
        {DESK, text},
        {SUPERVISOR, "{\"kind\":\"person\",\"name\":\"A\",\"agent\":{\"name\":\"B\"}}"},
        {FRONT_ROLE_CITIZEN, "{}"},
    };
    struct base_json_error error;
    struct base_json *applicant = NULL;

    (void)state;
    CHECK_I64(OD_OK, base_json_parse(text, sizeof(text) - 1, &applicant, &error), "JSON");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer buffer = {0};

        engine_applicant_put(&buffer, NULL, applicant, rows[i].roles);
        CHECK_TEXT(rows[i].shown, base_buffer_text(&buffer), "what is left");
        base_buffer_fini(&buffer);
    }
    struct base_buffer none = {0};
    engine_applicant_put(&none, NULL, NULL, DESK);
    CHECK_TEXT("{}", base_buffer_text(&none), "none");
    base_buffer_fini(&none);
    base_json_destroy(applicant);
}

static void personal_fields_are_for_handlers(void **state)
{
    static const struct catalog_field fields[] = {{.id = "area"}, {.id = "home", .is_personal = true}};
    static const struct catalog_service service = {.fields = fields, .field_count = COUNT(fields)};

    (void)state;
    CHECK(engine_field_may_see(SUPERVISOR, &service, "area"), "of a place");
    CHECK(!engine_field_may_see(SUPERVISOR, &service, "home"), "of a person");
    CHECK(!engine_field_may_see(SUPERVISOR, &service, "gone"), "of nobody knows what");
    CHECK(engine_field_may_see(OFFICER, &service, "home"), "whoever handles it");
}

static void routes_of_applications(void **state)
{
    (void)state;
    CHECK(front_route_is_of_application(FRONT_APPLICATION_SHOW), "one");
    CHECK(front_route_is_of_application(FRONT_APPLICATION_CERTIFICATE), "below one");
    CHECK(!front_route_is_of_application(FRONT_APPLICATION_LIST), "all");
    CHECK(!front_route_is_of_application(FRONT_TASK_SHOW), "a task");
    CHECK(!front_route_is_of_application(FRONT_ROUTE_NONE), "none");
    CHECK(!front_route_is_of_application(FRONT_PAGE), "a page");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binds_by_role_and_department),
        cmocka_unit_test(every_kind_by_every_role),
        cmocka_unit_test(cuts_at_any_depth),
        cmocka_unit_test(personal_fields_are_for_handlers),
        cmocka_unit_test(routes_of_applications),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
