/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling for one person, and what a department may ask. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "lib/check.h"

static struct catalog *catalog;
static struct catalog_problems problems;

static struct base_json *parsed(const char *text)
{
    struct base_json *json = NULL;
    struct base_json_error error;

    CHECK_I64(OD_OK, base_json_parse(text, strlen(text), &json, &error), text);
    return json;
}

static const char *person(const char *applicant)
{
    static struct base_buffer buffer;
    char text[4096];

    snprintf(text, sizeof(text), "{\"applicant\": %s}", applicant);
    struct base_json *body = parsed(text);
    base_buffer_fini(&buffer);
    bool is_known = catalog_person_put(&buffer, body);
    base_json_destroy(body);
    CHECK(is_known || buffer.size == 0, "nothing is put for nobody");
    return is_known ? base_buffer_text(&buffer) : NULL;
}

static const struct { const char *applicant, *text, *why; } persons[] = {
    {"{\"name\": \"A\", \"id_type\": \"resident_id\", \"id_number\": \"11010519491231002X\"}", "id\nresidentid\n11010519491231002x", "type and number"},
    {"{\"name\": \"B\", \"id_type\": \"Resident_ID\", \"id_number\": \" 110105 1949-1231.002x \"}", "id\nresidentid\n11010519491231002x", "case, spaces, dashes and points"},
    {"{\"name\": \"B\", \"id_type\": \"resident_id\", \"id_number\": \"１１０１０５１９４９１２３１００２Ｘ\"}", "id\nresidentid\n11010519491231002x", "full width"},
    {"{\"name\": \"B\", \"id_number\": \"京A-12\"}", "id\n\n京a12", "no type, letters of any script"},
    {"{\"name\": \"李 小明\", \"phone\": \"+86 139-0000-0001\"}", "name\n李小明\n900000001", "without a number: name and telephone"},
    {"{\"name\": \"李小明\", \"phone\": \"13900000001\"}", "name\n李小明\n900000001", "the same without the country"},
    {"{\"name\": \"李小明　\", \"phone\": \"（139）00000001\"}", "name\n李小明\n900000001", "wide spaces and brackets"},
    {"{\"name\": \"买买提·艾山\", \"phone\": \"110\"}", "name\n买买提艾山\n110", "a dot between, a short number"},
    {"{\"name\": \"José Łuç Đá\", \"phone\": \"110\"}", "name\njosełucđa\n110", "accents in one part"},
    {"{\"name\": \"JOSE\\u0301 łUC\\u0327 đA\\u0301\", \"phone\": \"110\"}", "name\njosełucđa\n110", "accents in two parts, capitals"},
    {"{\"name\": \"Nguyễn Ấn\", \"phone\": \"110\"}", "name\nnguyenan\n110", "two accents"},
    {"{\"name\": \"ИВАНОВ Ёж ΑΒΓ\", \"phone\": \"110\"}", "name\nивановёжαβγ\n110", "Cyrillic and Greek capitals"},
    {"{\"name\": \"A\", \"id_number\": \" - \", \"phone\": \"110\"}", "name\na\n110", "a number of nothing"},
    {"{\"name\": \"A\"}", NULL, "a name is nobody"},
    {"{\"name\": \"A\", \"phone\": \"12\"}", NULL, "no telephone number"},
    {"{\"name\": \" · \", \"phone\": \"110\"}", NULL, "no name"},
    {"{\"phone\": \"110\"}", NULL, "no name at all"},
    {"{\"name\": 3, \"id_number\": 4}", NULL, "numbers for texts"},
    {"7", NULL, "no applicant"},
};

static void one_spelling_for_one_person(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(persons); i++) {
        const char *text = person(persons[i].applicant);
        if (persons[i].text == NULL)
            CHECK(text == NULL, persons[i].why);
        else
            CHECK_TEXT(persons[i].text, text, persons[i].why);
    }
    CHECK(strcmp(person(persons[0].applicant), "id\n\n11010519491231002x") != 0, "the type tells apart");
}

/* The largest that passed the check of the applicant, and what did not pass it. */
static void a_person_is_bounded(void **state)
{
    static char text[4096], name[2048];

    (void)state;
    for (int i = 0; i < 200; i++)
        strcat(name, "𠀀"); /* four bytes each: the longest name */
    snprintf(text, sizeof(text), "{\"name\": \"%s\", \"phone\": \"123456789\"}", name);
    const char *whole = person(text);
    CHECK(whole != NULL, "the longest name");
    CHECK_I64(5 + 800 + 1 + 9, strlen(whole), "whole");
    for (int i = 0; i < 60; i++)
        strcat(name, "𠀀");
    snprintf(text, sizeof(text), "{\"name\": \"%s\", \"phone\": \"123456789\"}", name);
    CHECK(person(text) == NULL, "beyond CATALOG_PERSON_MAX nobody is told apart");
    snprintf(text, sizeof(text), "{\"name\": \"A\", \"phone\": \"110\", \"id_number\": \"%s\"}", name);
    CHECK_TEXT("name\na\n110", person(text), "a number that long is none");
    person("7");
}

/* -- Asks -- */

static struct catalog_ask ask;

static int check(const char *body_text)
{
    struct base_json *body = parsed(body_text);
    int rc = catalog_ask_check(catalog_service_find(catalog, "open-cafe"), body, &problems, &ask);

    ask.text = NULL; /* borrowed from the body */
    base_json_destroy(body);
    return rc;
}

static const struct { const char *body; size_t fields, materials; bool has_citation; const char *why; } asks[] = {
    {"{\"text\": \"请补充\\n说明\"}", 0, 0, false, "words alone cite nothing"},
    {"{\"fields\": [\"seats\", \"area_m2\"]}", 2, 0, true, "fields"},
    {"{\"text\": \"x\", \"materials\": [\"plan\"]}", 0, 1, true, "a material"},
    {"{\"text\": \"x\", \"rule\": \"r-31\"}", 0, 0, true, "a rule"},
    {"{\"text\": \"x\", \"fields\": [], \"materials\": [], \"department\": 1}", 0, 0, false, "empty lists; other members are somebody else's"},
};

static const struct { const char *body, *pointer, *code, *detail, *why; } bad_asks[] = {
    {"{}", "/text", "required", "say what the applicant is asked for", "nothing"},
    {"{\"text\": \" \\n\"}", "/text", "required", "say what", "a blank text"},
    {"{\"rule\": \"r-31\"}", "/text", "required", "say what", "a rule alone asks for nothing"},
    {"{\"text\": 3}", "/text", "type", "a text", "a number"},
    {"{\"text\": \"a\\u001b[2J\"}", "/text", "format", "control characters", "an escape sequence"},
    {"{\"text\": \"x\", \"fields\": \"seats\"}", "/fields", "type", "an array of ids", "no list"},
    {"{\"text\": \"x\", \"fields\": [\"seats\", \"seat\"]}", "/fields/1", "unknown_field", "did you mean \"seats\"?", "no field"},
    {"{\"text\": \"x\", \"fields\": [3]}", "/fields/0", "type", "none of this name", "a number for a field"},
    {"{\"text\": \"x\", \"materials\": [\"plans\"]}", "/materials/0", "unknown_material", "did you mean \"plan\"?", "no material"},
    {"{\"text\": \"x\", \"rule\": \"r-32\"}", "/rule", "unknown_rule", "the id of a rule", "no rule"},
    {"{\"text\": \"x\", \"rule\": 32}", "/rule", "type", "the id of a rule", "a number for a rule"},
};

static void an_ask_is_checked_and_tells_whether_it_cites(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(asks); i++) {
        CHECK_I64(OD_OK, check(asks[i].body), asks[i].why);
        CHECK_I64(asks[i].fields, ask.field_count, asks[i].why);
        CHECK_I64(asks[i].materials, ask.material_count, asks[i].why);
        CHECK_I64(asks[i].has_citation, ask.has_citation, asks[i].why);
    }
    CHECK_I64(OD_OK, check(asks[3].body), "a rule");
    CHECK_TEXT("31", ask.rule->article, "its article");
    for (size_t i = 0; i < COUNT(bad_asks); i++) {
        ask.field_count = 77;
        CHECK_I64(OD_EINVAL, check(bad_asks[i].body), bad_asks[i].why);
        CHECK_I64(1, problems.count, bad_asks[i].why);
        CHECK_TEXT(bad_asks[i].pointer, problems.items[0].pointer, bad_asks[i].why);
        CHECK_TEXT(bad_asks[i].code, problems.items[0].code, bad_asks[i].why);
        CHECK(strstr(problems.items[0].detail[CATALOG_EN], bad_asks[i].detail) != NULL, problems.items[0].detail[CATALOG_EN]);
        CHECK_I64(77, ask.field_count, "unchanged");
    }
}

static void an_ask_is_limited(void **state)
{
    static char body[BASE_ITEM_FIELD_MAX + 4096];

    (void)state;
    for (int size = BASE_ITEM_FIELD_MAX; size <= BASE_ITEM_FIELD_MAX + 1; size++) {
        snprintf(body, sizeof(body), "{\"text\": \"%0*d\"}", size, 7);
        CHECK_I64(size > BASE_ITEM_FIELD_MAX ? OD_EINVAL : OD_OK, check(body), "text: limit and limit + 1");
    }
    CHECK_TEXT("length", problems.items[0].code, "told");
    for (int count = BASE_MATERIALS_MAX; count <= BASE_MATERIALS_MAX + 1; count++) {
        strcpy(body, "{\"materials\": [");
        for (int i = 0; i < count; i++)
            strcat(body, i > 0 ? ",\"plan\"" : "\"plan\"");
        strcat(body, "]}");
        CHECK_I64(count > BASE_MATERIALS_MAX ? OD_EINVAL : OD_OK, check(body), "materials: limit and limit + 1");
    }
    CHECK_TEXT("limit", problems.items[0].code, "told");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_spelling_for_one_person),
        cmocka_unit_test(a_person_is_bounded),
        cmocka_unit_test(an_ask_is_checked_and_tells_whether_it_cites),
        cmocka_unit_test(an_ask_is_limited),
    };
    static struct catalog_findings findings;

    if (!fixture_open())
        return 1;
    char *text = fixture_replace(fixture_text, "\"calendars\": [", "\"rule_sets\": [{\"id\": \"law\", \"name\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"source\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"rules\": [{\"id\": \"r-31\", \"article\": \"31\", \"text\": {\"zh-CN\": \"a\", \"en\": \"a\"}}]}], \"calendars\": [");
    if (fixture_load_text(text, &catalog, &findings) != OD_OK)
        return 1;
    free(text);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    catalog_release(catalog);
    return failed;
}
