/* SPDX-License-Identifier: Apache-2.0 */
/* A submission against a service: each problem by its code and place, and the tasks
 * and missing materials of a sound one. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "lib/check.h"

static struct catalog *catalog;
static struct catalog_problems problems;
static struct catalog_intake intake;
static const core_day today = 19800; /* 2024-03-18, a Monday */

static const char sound[] =
    "{\"service\": \"open-cafe\", \"applicant\": {\"kind\": \"person\", \"name\": \"王小明\"},"
    " \"form\": {\"area_m2\": 312, \"title\": \"咖啡\"}, \"materials\": [{\"material\": \"id-copy\"}]}";

static struct base_json *parsed(const char *text)
{
    struct base_json *json = NULL;
    struct base_json_error error;

    CHECK_I64(OD_OK, base_json_parse(text, strlen(text), &json, &error), text);
    return json;
}

static int check(const char *service, const char *text)
{
    struct base_json *body = parsed(text);
    int rc = catalog_submission_check(catalog_service_find(catalog, service), body, today, &problems, &intake);

    base_json_destroy(body);
    return rc;
}

static const struct {
    const char *find, *replace;    /* in the sound body */
    const char *pointer, *code;
    const char *detail;            /* part of the English one */
    const char *why;
} rows[] = {
    {"\"applicant\": {\"kind\": \"person\", \"name\": \"王小明\"},", "", "/applicant", "required", "applicant is missing", "no applicant"},
    {"{\"kind\": \"person\", \"name\": \"王小明\"}", "\"Wang\"", "/applicant", "type", "an object", "a text for an applicant"},
    {", \"name\": \"王小明\"", "", "/applicant/name", "required", "\"name\" is missing", "no name"},
    {"\"name\": \"王小明\"", "\"name\": \"  \"", "/applicant/name", "required", "\"name\" is missing", "a blank name"},
    {"\"name\": \"王小明\"", "\"name\": 5", "/applicant/name", "type", "is to be a text", "a number for a name"},
    {"\"kind\": \"person\", ", "", "/applicant/kind", "required", "\"kind\" is missing", "the service leaves a choice"},
    {"\"kind\": \"person\"", "\"kind\": \"robot\"", "/applicant/kind", "choice", "allowed: person, organization", "unknown kind"},
    {"\"name\": \"王小明\"", "\"name\": \"A\", \"phone\": \"12\"", "/applicant/phone", "format", "at least three digits", "a short phone number"},
    {"\"name\": \"王小明\"", "\"name\": \"A\", \"phone\": \"139x0000\"", "/applicant/phone", "format", "digits", "a letter in it"},
    {"\"name\": \"王小明\"", "\"name\": \"A\", \"phone\": \"123456789012345678901234567890123\"", "/applicant/phone", "length", "at most 32", "33 characters"},
    {"\"name\": \"王小明\"", "\"name\": \"A\", \"email\": \"a.b\"", "/applicant/email", "format", "name@domain", "no @"},
    {"\"name\": \"王小明\"", "\"name\": \"A\", \"email\": \"a@b@c\"", "/applicant/email", "format", "name@domain", "two @"},
    {"\"name\": \"王小明\"", "\"name\": \"A\", \"email\": \"a@b c\"", "/applicant/email", "format", "without spaces", "a space"},
    {"\"name\": \"王小明\"", "\"name\": \"A\", \"locale\": \"de\"", "/applicant/locale", "choice", "zh-CN or en", "locale"},
    {"\"name\": \"王小明\"", "\"name\": \"A\", \"age\": 3", "/applicant/age", "unknown_field", "no such member", "of the applicant"},
    {"\"form\":", "\"note\": 1, \"form\":", "/note", "unknown_field", "allowed: service, applicant,", "of the body"},
    {"\"form\":", "\"a/b~c\": 1, \"form\":", "/a~1b~0c", "unknown_field", "allowed", "a pointer with escapes"},
    {"\"form\":", "\"channel\": 1, \"form\":", "/channel", "type", "a text", "channel"},
    {"\"form\":", "\"window\": \"12345678901234567890123456789012345678901234567890123456789012345\", \"form\":", "/window", "length", "at most 64", "window, 65"},
    {"{\"area_m2\": 312, \"title\": \"咖啡\"}", "[]", "/form", "type", "an object", "form"},
    {"\"area_m2\": 312, ", "", "/form/area_m2", "required", "\"Area\" is to be filled in", "a required field"},
    {"\"area_m2\": 312", "\"area_m2\": \"312\"", "/form/area_m2", "type", "a whole number", "a text for a number"},
    {"\"area_m2\": 312", "\"area_m2\": 312.5", "/form/area_m2", "type", "a whole number", "half a metre"},
    {"\"area_m2\": 312", "\"area_m2\": null", "/form/area_m2", "type", "a whole number", "null"},
    {"\"area_m2\": 312", "\"area_m2\": 0", "/form/area_m2", "range", "from 1 to 100000 m²", "min - 1"},
    {"\"area_m2\": 312", "\"area_m2\": 100001", "/form/area_m2", "range", "from 1 to 100000 m²", "max + 1"},
    {"\"title\": \"咖啡\"", "\"title\": \"\"", "/form/title", "length", "1 to 10 characters", "required, so not empty"},
    {"\"title\": \"咖啡\"", "\"title\": \"咖啡咖啡咖啡咖啡咖啡馆\"", "/form/title", "length", "1 to 10 characters", "eleven characters"},
    {"\"title\": \"咖啡\"", "\"title\": [\"咖啡\"]", "/form/title", "type", "a text", "a list for a text"},
    {"\"title\":", "\"slope\": 0.51, \"title\":", "/form/slope", "range", "from -0.5 to 0.5", "number"},
    {"\"title\":", "\"slope\": \"1\", \"title\":", "/form/slope", "type", "a number", "number"},
    {"\"title\":", "\"kitchen\": \"true\", \"title\":", "/form/kitchen", "type", "true or false", "boolean"},
    {"\"title\":", "\"opens_on\": \"2026-02-29\", \"title\":", "/form/opens_on", "type", "a date", "no such day"},
    {"\"title\":", "\"opens_on\": 20260228, \"title\":", "/form/opens_on", "type", "a date", "a number for a date"},
    {"\"title\":", "\"zone\": \"east\", \"title\":", "/form/zone", "choice", "one of: old, new", "choice"},
    {"\"title\":", "\"zone\": 1, \"title\":", "/form/zone", "type", "one of its choices", "a number for a choice"},
    {"\"title\":", "\"foods\": \"hot\", \"title\":", "/form/foods", "type", "a list", "a text for a list"},
    {"\"title\":", "\"foods\": [\"hot\", \"warm\"], \"title\":", "/form/foods/1", "choice", "one of: hot, cold", "choice in a list"},
    {"\"title\":", "\"foods\": [\"hot\", 2], \"title\":", "/form/foods/1", "type", "a list of texts", "a number in a list"},
    {"\"title\":", "\"foods\": [\"hot\", \"hot\", \"hot\", \"hot\"], \"title\":", "/form/foods", "length", "at most 3 items", "max_items + 1"},
    {"\"title\":", "\"partners\": [\"abcde\"], \"title\":", "/form/partners/0", "length", "0 to 4 characters", "a long text in a list"},
    {"\"title\":", "\"seat\": 3, \"title\":", "/form/seat", "unknown_field", "did you mean \"seats\"?", "unknown field"},
    {"[{\"material\": \"id-copy\"}]", "{}", "/materials", "type", "an array", "materials"},
    {"[{\"material\": \"id-copy\"}]", "[\"id-copy\"]", "/materials/0", "type", "an object", "a bare id"},
    {"[{\"material\": \"id-copy\"}]", "[{}]", "/materials/0/material", "required", "missing", "which material"},
    {"\"id-copy\"", "\"id-coppy\"", "/materials/0/material", "unknown_material", "did you mean \"id-copy\"?", "unknown material"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"size\": -1}", "/materials/0/size", "range", "0 or more", "size"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"size\": 1.5}", "/materials/0/size", "range", "0 or more", "half a byte"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"sha256\": \"00\"}", "/materials/0/sha256", "format", "64 hexadecimal", "hash"},
    {"\"name\": \"王小明\"", "\"name\": \"A\\u001b[2J\"", "/applicant/name", "format", "control characters", "an escape sequence in the name"},
    {"\"name\": \"王小明\"", "\"name\": \"A\\nB\"", "/applicant/name", "format", "line breaks", "a name on two lines"},
    {"\"name\": \"王小明\"", "\"name\": \"A\\tB\"", "/applicant/name", "format", "control characters", "a tab in the name"},
    {"\"name\": \"王小明\"", "\"name\": \"A\\u007f\"", "/applicant/name", "format", "control characters", "DEL"},
    {"\"name\": \"王小明\"", "\"name\": \"A\\u0080\"", "/applicant/name", "format", "control characters", "first of C1"},
    {"\"name\": \"王小明\"", "\"name\": \"A\\u009f\"", "/applicant/name", "format", "control characters", "last of C1"},
    {"\"name\": \"王小明\"", "\"name\": \"A\\u202a\"", "/applicant/name", "format", "bidirectional", "first override"},
    {"\"name\": \"王小明\"", "\"name\": \"A\\u202e\"", "/applicant/name", "format", "bidirectional", "last override"},
    {"\"name\": \"王小明\"", "\"name\": \"A\\u2066\"", "/applicant/name", "format", "bidirectional", "first isolate"},
    {"\"name\": \"王小明\"", "\"name\": \"A\\u2069\"", "/applicant/name", "format", "bidirectional", "last isolate"},
    {"\"name\": \"王小明\"", "\"name\": \"A\", \"id_number\": \"1\\u0007\"", "/applicant/id_number", "format", "control characters", "a bell in the number"},
    {"\"form\":", "\"channel\": \"web\\r\", \"form\":", "/channel", "format", "control characters", "a carriage return"},
    {"\"form\":", "\"window\": \"\\u202e21\", \"form\":", "/window", "format", "bidirectional", "a window turned around"},
    {"\"title\": \"咖啡\"", "\"title\": \"a\\u001b]0;b\"", "/form/title", "format", "but line feed and tab", "an escape sequence in the form"},
    {"\"title\": \"咖啡\"", "\"title\": \"a\\r\\nb\"", "/form/title", "format", "but line feed and tab", "a carriage return in the form"},
    {"\"title\": \"咖啡\"", "\"title\": \"a\\u2067b\"", "/form/title", "format", "bidirectional", "an isolate in the form"},
    {"\"title\":", "\"partners\": [\"a\", \"\\u202d\"], \"title\":", "/form/partners/1", "format", "bidirectional", "an override in a list"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"name\": \"\"}", "/materials/0/name", "format", "not empty", "a file without a name"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"name\": \"  \"}", "/materials/0/name", "format", "not empty", "a blank one"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"name\": \"../passwd\"}", "/materials/0/name", "format", "without /", "a path"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"name\": \"a\\\\b\"}", "/materials/0/name", "format", "without /", "a path of another system"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"name\": \"..\"}", "/materials/0/name", "format", "neither . nor ..", "the folder above"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"name\": \".\"}", "/materials/0/name", "format", "neither . nor ..", "the folder itself"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"name\": \"gpj\\u202eexe\"}", "/materials/0/name", "format", "bidirectional", "an ending turned around"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"media_type\": \"pdf\"}", "/materials/0/media_type", "format", "type/subtype", "no subtype"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"media_type\": \"\"}", "/materials/0/media_type", "format", "type/subtype", "an empty media type"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"media_type\": \"a/\"}", "/materials/0/media_type", "format", "type/subtype", "an empty subtype"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"media_type\": \"a/b/c\"}", "/materials/0/media_type", "format", "type/subtype", "two slashes"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"sha256\": \"012345678901234567890123456789012345678901234567890123456789012g\"}", "/materials/0/sha256", "format", "64 hexadecimal", "a letter that is no digit"},
    {"{\"material\": \"id-copy\"}", "{\"material\": \"id-copy\", \"path\": \"/etc\"}", "/materials/0/path", "unknown_field", "allowed: material,", "member of a material"},
};

static void each_problem_has_its_code_and_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = fixture_replace(sound, rows[i].find, rows[i].replace);
        CHECK_I64(OD_EINVAL, check("open-cafe", text), rows[i].why);
        CHECK_I64(1, problems.count, rows[i].why);
        CHECK_TEXT(rows[i].pointer, problems.items[0].pointer, rows[i].why);
        CHECK_TEXT(rows[i].code, problems.items[0].code, rows[i].why);
        CHECK(strstr(problems.items[0].detail[CATALOG_EN], rows[i].detail) != NULL, problems.items[0].detail[CATALOG_EN]);
        CHECK(problems.items[0].detail[CATALOG_ZH_CN][0] != '\0', rows[i].why);
        free(text);
    }
}

static const struct {
    const char *form, *materials;
    core_task_set included;
    const char *missing; /* "material:matter ..." in order */
    const char *why;
} sound_rows[] = {
    {"\"area_m2\": 300", "", 13, "id-copy:license certificate:health-permit", "at the border: no fire check; seats are not given, so not (seats <= 20) holds"},
    {"\"area_m2\": 301", "", 15, "id-copy:license plan:fire-check certificate:health-permit", "over it: the fire check; what two need is told once"},
    {"\"area_m2\": 301, \"kitchen\": true", "", 15, "id-copy:license plan:fire-check gas:fire-check certificate:health-permit", "a material with a condition"},
    {"\"area_m2\": 301, \"kitchen\": false", "{\"material\": \"plan\"}, {\"material\": \"photo\"}", 15, "id-copy:license certificate:health-permit", "an optional material is taken"},
    {"\"area_m2\": 1, \"seats\": 20", "", 5, "id-copy:license certificate:health-permit", "not (seats <= 20) is false"},
    {"\"area_m2\": 1, \"seats\": 21", "{\"material\": \"id-copy\"}, {\"material\": \"id-copy\", \"name\": \"back\"}, {\"material\": \"certificate\"}", 13, "", "two files of one material"},
    {"\"area_m2\": 100000, \"seats\": 500, \"foods\": [\"cold\", \"hot\", \"cold\"], \"slope\": -0.5, \"partners\": [\"\", \"四个字符\"]", "", 15, "id-copy:license plan:fire-check certificate:health-permit", "every limit reached, none passed"},
    {"\"area_m2\": 1, \"partners\": [\"a\\n\\tb\", \"é—\"]", "{\"material\": \"id-copy\", \"name\": \"a..b (1).pdf\", \"media_type\": \"image/svg+xml; charset=utf-8\", \"size\": 0, \"sha256\": \"0123456789abcdefABCDEF0123456789abcdefABCDEF01234567890123456789\"}",
     13, "certificate:health-permit", "lines and tabs in the form; a file told in full"},
    {"\"area_m2\": 1, \"partners\": [\"\\u00a0\\u202f\", \"\\u2065\\u206a\"]", "", 13, "id-copy:license certificate:health-permit", "the neighbours of what is refused"},
    {"\"area_m2\": 5e1, \"seats\": 20.0", "", 5, "id-copy:license certificate:health-permit", "whole numbers, however written"},
};

static void missing_text(char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < intake.missing_count; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s:%s", i > 0 ? " " : "", intake.missing[i]->id, intake.missing_for[i]->id);
}

static void tasks_and_missing_materials_follow_from_the_form(void **state)
{
    char body[1024], missing[512];

    (void)state;
    for (size_t i = 0; i < COUNT(sound_rows); i++) {
        snprintf(body, sizeof(body), "{\"service\": \"open-cafe\", \"applicant\": {\"kind\": \"organization\", \"name\": \"A\", \"email\": \"a@b.cn\", \"phone\": \"+86 (10) 110\"},"
                 " \"form\": {%s, \"title\": \"x\"}, \"materials\": [%s]}", sound_rows[i].form, sound_rows[i].materials);
        int rc = check("open-cafe", body);
        if (rc != OD_OK)
            fprintf(stderr, "%s %s\n", problems.items[0].pointer, problems.items[0].detail[CATALOG_EN]);
        CHECK_I64(OD_OK, rc, sound_rows[i].why);
        CHECK_I64(sound_rows[i].included, intake.included, sound_rows[i].why);
        missing_text(missing, sizeof(missing));
        CHECK_TEXT(sound_rows[i].missing, missing, sound_rows[i].why);
    }
}

static void material_of_an_excluded_matter_is_refused(void **state)
{
    (void)state;
    char *text = fixture_replace(sound, "\"area_m2\": 312", "\"area_m2\": 12");
    char *more = fixture_replace(text, "\"id-copy\"", "\"plan\"");
    CHECK_I64(OD_EINVAL, check("open-cafe", more), "no fire check, no floor plan");
    CHECK_TEXT("unknown_material", problems.items[0].code, "art. 31: nothing unrelated");
    free(text);
    free(more);
}

static void kind_of_a_single_kind_service_may_be_left_out(void **state)
{
    (void)state;
    CHECK_I64(OD_OK, check("open-stand", "{\"applicant\": {\"name\": \"Li\"}}"), "no kind, no form, no materials");
    CHECK_I64(1, intake.missing_count, "the identity card");
    CHECK_I64(OD_EINVAL, check("open-stand", "{\"applicant\": {\"kind\": \"organization\", \"name\": \"Li\"}}"), "but not another one");
    CHECK_TEXT("the service is not open to this kind of applicant; allowed: person", problems.items[0].detail[CATALOG_EN], "told");
    CHECK_I64(OD_EINVAL, check("open-stand", "[]"), "a body that is no object");
    CHECK_TEXT("", problems.items[0].pointer, "the whole");
}

static void materials_are_limited(void **state)
{
    static char body[32768];

    (void)state;
    for (size_t count = BASE_MATERIALS_MAX; count <= BASE_MATERIALS_MAX + 1; count++) {
        strcpy(body, "{\"applicant\": {\"name\": \"Li\"}, \"materials\": [");
        for (size_t i = 0; i < count; i++)
            strcat(body, i > 0 ? ",{\"material\": \"id-copy\"}" : "{\"material\": \"id-copy\"}");
        strcat(body, "]}");
        CHECK_I64(count > BASE_MATERIALS_MAX ? OD_EINVAL : OD_OK, check("open-stand", body), "limit and limit + 1");
    }
    CHECK_TEXT("limit", problems.items[0].code, "code");
    CHECK_TEXT("/materials", problems.items[0].pointer, "place");
}

/* What is supplied later is as strictly looked at as what came first. */
static void materials_supplied_later_are_checked(void **state)
{
    static const struct {
        const char *list, *pointer, *code, *why;
    } supplied[] = {
        {"[]", NULL, NULL, "none"},
        {"[{\"material\":\"plan\",\"name\":\"plan.pdf\",\"media_type\":\"application/pdf\",\"size\":7}]", NULL, NULL, "of any matter of the service"},
        {"[{\"material\":\"passport\"}]", "/materials/0/material", "unknown_material", "of none"},
        {"[{\"name\":\"plan.pdf\"}]", "/materials/0/material", "required", "of which"},
        {"[{\"material\":\"plan\",\"extra\":1}]", "/materials/0/extra", "unknown_field", "another member"},
        {"[{\"material\":\"plan\",\"name\":\"../plan.pdf\"}]", "/materials/0/name", "format", "a path"},
        {"[{\"material\":\"plan\",\"sha256\":\"00\"}]", "/materials/0/sha256", "format", "half a hash"},
        {"[\"plan\"]", "/materials/0", "type", "no object"},
        {"{}", "/materials", "type", "no list"},
    };

    (void)state;
    CHECK_I64(OD_OK, catalog_supplied_check(catalog_service_find(catalog, "open-cafe"), NULL, &problems), "nothing at all");
    for (size_t i = 0; i < COUNT(supplied); i++) {
        struct base_json *list = parsed(supplied[i].list);
        int rc = catalog_supplied_check(catalog_service_find(catalog, "open-cafe"), list, &problems);

        CHECK_I64(supplied[i].code != NULL ? OD_EINVAL : OD_OK, rc, supplied[i].why);
        CHECK_I64(supplied[i].code != NULL, problems.count, supplied[i].why);
        if (supplied[i].code != NULL) {
            CHECK_TEXT(supplied[i].pointer, problems.items[0].pointer, supplied[i].why);
            CHECK_TEXT(supplied[i].code, problems.items[0].code, supplied[i].why);
        }
        base_json_destroy(list);
    }
}

static void problems_beyond_the_limit_are_counted(void **state)
{
    static char body[8192];

    (void)state;
    strcpy(body, "{\"applicant\": {\"name\": \"Li\"}, \"form\": {");
    for (int i = 0; i < CATALOG_PROBLEMS_MAX + 1; i++)
        sprintf(body + strlen(body), "%s\"f%d\": 1", i > 0 ? "," : "", i);
    strcat(body, "}}");
    CHECK_I64(OD_EINVAL, check("open-stand", body), "refused");
    CHECK_I64(CATALOG_PROBLEMS_MAX + 1, problems.count, "counted, not kept");
}

static void long_names_are_cut_at_a_character(void **state)
{
    static char body[8192];

    (void)state;
    strcpy(body, "{\"applicant\": {\"name\": \"Li\"}, \"form\": {\"");
    for (int i = 0; i < 1000; i++)
        strcat(body, "咖");
    strcat(body, "\": 1}}");
    CHECK_I64(OD_EINVAL, check("open-stand", body), "refused");
    size_t size = strlen(problems.items[0].pointer);
    CHECK(size < BASE_JSON_POINTER_MAX, "within the pointer");
    CHECK_TEXT("...", problems.items[0].pointer + size - 3, "marked as cut");
    CHECK_TEXT("咖...", problems.items[0].pointer + size - 6, "a whole character before it");
}

static void a_connector_sees_only_its_fields(void **state)
{
    struct base_buffer buffer = {.size = 0};
    struct base_json *form = parsed("{\"seats\": 3, \"title\": \"x\", \"area_m2\": 312, \"foods\": [\"hot\"]}");
    const struct catalog_service *service = catalog_service_find(catalog, "open-cafe");

    (void)state;
    base_json_open(&buffer, NULL, '{');
    catalog_put_form(&buffer, "fire", service, 1, form);
    catalog_put_form(&buffer, "health", service, 2, form);
    catalog_put_form(&buffer, "license", service, 0, form);
    base_json_close(&buffer, '}');
    CHECK_TEXT("{\"fire\":{\"area_m2\":312,\"seats\":3},\"health\":{\"seats\":3,\"foods\":[\"hot\"]},\"license\":{}}", base_buffer_text(&buffer), "cut");
    base_buffer_fini(&buffer);
    base_json_destroy(form);
}

/* No allocation: the first one would fail. */
static void check_takes_no_memory(void **state)
{
    struct base_json *body = parsed(sound);

    (void)state;
    base_alloc_fail_at(1);
    int rc = catalog_submission_check(catalog_service_find(catalog, "open-cafe"), body, today, &problems, &intake);
    void *block = base_alloc(1);
    base_alloc_fail_at(0);
    CHECK_I64(OD_OK, rc, "sound");
    CHECK(block == NULL, "the failure was still waiting");
    base_json_destroy(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_problem_has_its_code_and_place),
        cmocka_unit_test(tasks_and_missing_materials_follow_from_the_form),
        cmocka_unit_test(material_of_an_excluded_matter_is_refused),
        cmocka_unit_test(kind_of_a_single_kind_service_may_be_left_out),
        cmocka_unit_test(materials_are_limited),
        cmocka_unit_test(materials_supplied_later_are_checked),
        cmocka_unit_test(problems_beyond_the_limit_are_counted),
        cmocka_unit_test(long_names_are_cut_at_a_character),
        cmocka_unit_test(a_connector_sees_only_its_fields),
        cmocka_unit_test(check_takes_no_memory),
    };

    if (!fixture_open())
        return 1;
    catalog = fixture_catalog();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    catalog_release(catalog);
    return failed;
}
