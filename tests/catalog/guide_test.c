/* SPDX-License-Identifier: Apache-2.0 */
/* What the guide publishes: complete, in both languages, and what the engine executes. */
#include <stdlib.h>

#include "catalog/fixture.h"
#include "lib/check.h"

static struct catalog *catalog;
static struct base_json *guide; /* of open-cafe */

/* "a/b/0/c" in the guide, printed. "" = absent. */
static const char *at(const char *path)
{
    static struct base_buffer buffer;
    const struct base_json *json = guide;
    char copy[256], *rest = copy;

    strcpy(copy, path);
    for (char *token = strtok_r(copy, "/", &rest); token != NULL; token = strtok_r(NULL, "/", &rest)) {
        if (base_json_type(json) != BASE_JSON_ARRAY) {
            json = base_json_member(json, token);
            continue;
        }
        long index = strtol(token, NULL, 10);
        for (json = base_json_first(json); index > 0; index--)
            json = base_json_next(json);
    }
    base_buffer_fini(&buffer);
    if (json == NULL)
        return "";
    base_json_put(&buffer, NULL, json);
    return base_buffer_text(&buffer);
}

static const struct { const char *path, *value, *why; } rows[] = {
    {"id", "\"open-cafe\"", "id"},
    {"name", "{\"zh-CN\":\"开咖啡店\",\"en\":\"Open a cafe\"}", "name"},
    {"summary/en", "\"Summary\"", "summary"},
    {"applicant_kinds", "[\"person\",\"organization\"]", "applicants"},
    {"departments/0", "{\"id\":\"market\",\"name\":{\"zh-CN\":\"市监\",\"en\":\"Market\"}}", "departments in the order of the tasks"},
    {"departments/2/id", "\"health\"", "third"},
    {"departments/3", "", "each department once"},
    {"policy", "{\"kind\":\"quorum\",\"threshold\":3,\"weights\":{\"health\":2}}", "policy"},
    {"stops_on_veto", "true", "stops_on_veto"},
    {"limits/statutory", "{\"unit\":\"working_day\",\"length\":45,\"counts_start_day\":false,\"end_roll\":\"none\","
     "\"text\":{\"zh-CN\":\"受理之日起 45 个工作日\",\"en\":\"45 working days from acceptance\"}}", "joint limit: only what is not the default, and a sentence"},
    {"limits/supplement/text/en", "\"30 calendar days from the notice\"", "a limit that starts with an event of its own"},
    {"limits/intake", "", "none is stated"},
    {"expiry", "\"none\"", "of the joint limit"},
    {"intake", "{\"check\":\"automatic\"}", "who looks"},
    {"limits/supplement/length", "30", "supplement"},
    {"form/0/label/zh-CN", "\"面积\"", "form"},
    {"matters/1/name/en", "\"Matter fire-check\"", "1: name"},
    {"matters/1/legal_basis/0/article", "\"42\"", "2: legal basis"},
    {"matters/1/procedure/1", "{\"zh-CN\":\"审查\",\"en\":\"Examine\"}", "3: procedure"},
    {"matters/1/materials/1/name/zh-CN", "\"燃气\"", "4: materials"},
    {"matters/1/materials/1/when_text", "{\"zh-CN\":\"厨房为是\",\"en\":\"Kitchen is yes\"}", "condition of a material in words"},
    {"matters/1/materials/0/when_text", "null", "no condition"},
    {"matters/1/materials/0/required", "true", "required"},
    {"matters/2/materials/1/tolerant", "true", "tolerant"},
    {"matters/1/limits/promised/length", "10", "5: limits"},
    {"matters/1/fees/0/amount", "\"12.50\"", "6: fees, money as a string"},
    {"matters/0/fees", "[]", "free of charge"},
    {"matters/1/department/name/zh-CN", "\"消防\"", "department"},
    {"matters/1/kind", "\"promised\"", "kind"},
    {"matters/1/when", "{\"field\":\"area_m2\",\"op\":\">\",\"value\":300}", "condition as data"},
    {"matters/1/when_text/zh-CN", "\"面积大于 300 m²\"", "condition in words"},
    {"matters/3/when/any/1/not/field", "\"seats\"", "the condition of the service"},
    {"matters/3/after/1/id", "\"health-permit\"", "after"},
    {"matters/2/after/0/name/en", "\"Matter license\"", "after, by the service"},
    {"matters/1/fields", "[\"area_m2\",\"seats\"]", "fields"},
    {"matters/1/expiry", "\"deemed_consent\"", "expiry"},
    {"matters/1/pauses", "[\"inspection\"]", "pauses"},
    {"matters/1/valid_to", "\"2030-12-31\"", "validity"},
};

static void a_service_is_published_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_TEXT(rows[i].value, at(rows[i].path), rows[i].why);
    CHECK(strstr(at("catalog_version"), catalog_version(catalog)) != NULL, "version");
}

static const char *printed(struct base_buffer *buffer)
{
    struct base_json_error error;

    CHECK_I64(OD_OK, base_json_check(buffer->bytes, buffer->size, &error), "strict JSON");
    return base_buffer_text(buffer);
}

static void the_other_forms_are_strict_json(void **state)
{
    struct base_buffer buffer = {.size = 0};

    (void)state;
    catalog_put_service_brief(&buffer, NULL, catalog_service_find(catalog, "open-stand"));
    CHECK_TEXT("{\"id\":\"open-stand\",\"name\":{\"zh-CN\":\"摆摊\",\"en\":\"Open a stand\"},\"summary\":{\"zh-CN\":\"摘要\",\"en\":\"Summary\"},\"initials\":\"bt\","
               "\"applicant_kinds\":[\"person\"],\"departments\":[{\"id\":\"market\",\"name\":{\"zh-CN\":\"市监\",\"en\":\"Market\"}}],\"matter_count\":1,"
               "\"promised\":{\"unit\":\"calendar_day\",\"length\":20,\"counts_start_day\":false,\"end_roll\":\"none\"}}", printed(&buffer), "brief");
    base_buffer_clear(&buffer);
    catalog_put_department(&buffer, NULL, catalog_department_find(catalog, "fire"));
    CHECK_TEXT("{\"id\":\"fire\",\"name\":{\"zh-CN\":\"消防\",\"en\":\"Fire\"},\"phone\":\"119\",\"address\":{\"zh-CN\":\"一号\",\"en\":\"No. 1\"}}", printed(&buffer), "department");
    base_buffer_clear(&buffer);
    catalog_put_matter(&buffer, NULL, catalog_matter_find(catalog, "fire-check"));
    CHECK(strstr(printed(&buffer), "\"en\":\"area_m2 is more than 300\"") != NULL, "alone, a matter has no labels");
    base_buffer_clear(&buffer);
    catalog_put_example(&buffer, NULL, catalog_service_find(catalog, "open-stand"));
    CHECK_TEXT("{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}", printed(&buffer), "example");
    base_buffer_fini(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_is_published_whole),
        cmocka_unit_test(the_other_forms_are_strict_json),
    };
    struct base_buffer buffer = {.size = 0};
    struct base_json_error error;

    if (!fixture_open())
        return 1;
    catalog = fixture_catalog();
    catalog_put_service(&buffer, NULL, catalog_service_find(catalog, "open-cafe"));
    if (base_json_parse(base_buffer_text(&buffer), buffer.size, &guide, &error) != OD_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    at("id");
    base_json_destroy(guide);
    base_buffer_fini(&buffer);
    catalog_release(catalog);
    return failed;
}
