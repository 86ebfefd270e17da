/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions over forms: answer, reason, words. Each is put into the fixture as the
 * condition of a matter, so it goes the way of a real one. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/condition.h"
#include "catalog/fixture.h"
#include "lib/check.h"

static struct catalog_findings findings;

static struct catalog *catalog_with(const char *condition)
{
    char *text = fixture_replace(fixture_text, "{\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", condition);
    /* The example need not list the floor plan when the condition leaves the matter out. */
    char *optional = fixture_replace(text, "\"Floor plan\"}, \"required\": true", "\"Floor plan\"}, \"required\": false");
    char *bare = fixture_replace(optional, ", {\"material\": \"plan\"}", "");
    struct catalog *catalog = NULL;

    int rc = fixture_load_text(bare, &catalog, &findings);
    if (rc != OD_OK)
        fixture_print(&findings);
    CHECK_I64(OD_OK, rc, condition);
    free(text);
    free(optional);
    free(bare);
    return catalog;
}

static const struct {
    const char *condition, *form;
    bool holds;
    const char *reason;
    const char *why;
} rows[] = {
    {"{\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", "{\"area_m2\": 312}", true, "area_m2 312 > 300", "more"},
    {"{\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", "{\"area_m2\": 300}", false, "area_m2 300 is not > 300", "equal is not more"},
    {"{\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", "{\"area_m2\": 120}", false, "area_m2 120 is not > 300", "less"},
    {"{\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", "{}", false, "area_m2 is not given", "absent"},
    {"{\"field\": \"area_m2\", \"op\": \">=\", \"value\": 300}", "{\"area_m2\": 300}", true, "area_m2 300 >= 300", "at least"},
    {"{\"field\": \"area_m2\", \"op\": \"<\", \"value\": 300}", "{\"area_m2\": 300}", false, "area_m2 300 is not < 300", "less"},
    {"{\"field\": \"area_m2\", \"op\": \"<=\", \"value\": 300}", "{\"area_m2\": 300}", true, "area_m2 300 <= 300", "at most"},
    {"{\"field\": \"area_m2\", \"op\": \"==\", \"value\": 300}", "{\"area_m2\": 3e2}", true, "area_m2 300 == 300", "equal, however written"},
    {"{\"field\": \"area_m2\", \"op\": \"!=\", \"value\": 300}", "{\"area_m2\": 1}", true, "area_m2 1 != 300", "unequal"},
    {"{\"field\": \"area_m2\", \"op\": \"!=\", \"value\": 300}", "{}", false, "area_m2 is not given", "absent is not unequal"},
    {"{\"field\": \"slope\", \"op\": \">\", \"value\": 0.1}", "{\"slope\": 0.25}", true, "slope 0.25 > 0.1", "fractions"},
    {"{\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}", "{\"kitchen\": true}", true, "kitchen true == true", "boolean"},
    {"{\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}", "{\"kitchen\": false}", false, "kitchen false is not == true", "boolean"},
    {"{\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}", "{\"kitchen\": \"true\"}", false, "kitchen true is not == true", "a form that was not checked: another type is never equal"},
    {"{\"field\": \"opens_on\", \"op\": \">=\", \"value\": \"2026-01-01\"}", "{\"opens_on\": \"2026-01-01\"}", true, "opens_on 2026-01-01 >= 2026-01-01", "date"},
    {"{\"field\": \"opens_on\", \"op\": \"<\", \"value\": \"2026-01-01\"}", "{\"opens_on\": \"2026-01-02\"}", false, "opens_on 2026-01-02 is not < 2026-01-01", "date"},
    {"{\"field\": \"zone\", \"op\": \"in\", \"value\": [\"old\", \"new\"]}", "{\"zone\": \"new\"}", true, "zone new in old, new", "among"},
    {"{\"field\": \"zone\", \"op\": \"in\", \"value\": [\"old\"]}", "{\"zone\": \"new\"}", false, "zone new is not in old", "not among"},
    {"{\"field\": \"title\", \"op\": \"==\", \"value\": \"咖啡\"}", "{\"title\": \"咖啡\"}", true, "title 咖啡 == 咖啡", "text"},
    {"{\"field\": \"foods\", \"op\": \"contains\", \"value\": \"hot\"}", "{\"foods\": [\"cold\", \"hot\"]}", true, "foods [cold, hot] contains hot", "list"},
    {"{\"field\": \"foods\", \"op\": \"contains\", \"value\": \"hot\"}", "{\"foods\": [\"cold\"]}", false, "foods [cold] does not contain hot", "list"},
    {"{\"field\": \"foods\", \"op\": \"contains\", \"value\": \"hot\"}", "{\"foods\": []}", false, "foods [] does not contain hot", "empty list"},
    {"{\"field\": \"seats\", \"op\": \"exists\"}", "{\"seats\": 0}", true, "seats is given", "zero is given"},
    {"{\"field\": \"seats\", \"op\": \"exists\"}", "{}", false, "seats is not given", "absent"},
    {"{\"not\": {\"field\": \"seats\", \"op\": \"exists\"}}", "{}", true, "seats is not given", "not"},
    {"{\"not\": {\"field\": \"seats\", \"op\": \">\", \"value\": 5}}", "{\"seats\": 6}", false, "seats 6 > 5", "not, false: what held"},
    {"{\"all\": [{\"field\": \"seats\", \"op\": \">\", \"value\": 5}, {\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}]}", "{\"seats\": 6, \"kitchen\": true}", true, "seats 6 > 5; kitchen true == true", "all"},
    {"{\"all\": [{\"field\": \"seats\", \"op\": \">\", \"value\": 5}, {\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}]}", "{\"seats\": 6, \"kitchen\": false}", false, "kitchen false is not == true", "all, false: the one that failed"},
    {"{\"any\": [{\"field\": \"seats\", \"op\": \">\", \"value\": 5}, {\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}]}", "{\"seats\": 5, \"kitchen\": true}", true, "kitchen true == true", "any: the one that held"},
    {"{\"any\": [{\"field\": \"seats\", \"op\": \">\", \"value\": 5}, {\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}]}", "{\"seats\": 5}", false, "seats 5 is not > 5; kitchen is not given", "any, false: all of them"},
    {"{\"all\": [{\"any\": [{\"field\": \"seats\", \"op\": \">\", \"value\": 5}, {\"field\": \"seats\", \"op\": \"<\", \"value\": 2}]}, {\"not\": {\"field\": \"zone\", \"op\": \"==\", \"value\": \"old\"}}]}", "{\"seats\": 1, \"zone\": \"new\"}", true, "seats 1 < 2; zone new is not == old", "nested"},
};

static void answers_and_reasons(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct catalog *catalog = catalog_with(rows[i].condition);
        const struct catalog_service *service = catalog_service_find(catalog, "open-cafe");
        struct base_buffer buffer = {.size = 0}, expected = {.size = 0};
        struct base_json *form = NULL;
        struct base_json_error error;

        CHECK_I64(OD_OK, base_json_parse(rows[i].form, strlen(rows[i].form), &form, &error), rows[i].form);
        CHECK_I64(rows[i].holds, catalog_condition_holds(service->whens[1], form), rows[i].why);
        catalog_put_reason(&buffer, NULL, service, 1, form);
        base_json_put_text(&expected, NULL, rows[i].reason);
        CHECK_TEXT(base_buffer_text(&expected), base_buffer_text(&buffer), rows[i].why);
        base_json_destroy(form);
        base_buffer_fini(&buffer);
        base_buffer_fini(&expected);
        catalog_release(catalog);
    }
}

static const struct {
    const char *condition, *zh, *en;
} words[] = {
    {"{\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", "面积大于 300 m²", "Area is more than 300 m²"},
    {"{\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}", "厨房为是", "Kitchen is yes"},
    {"{\"field\": \"opens_on\", \"op\": \"<\", \"value\": \"2026-01-01\"}", "开业日早于 2026-01-01", "Opening day is before 2026-01-01"},
    {"{\"field\": \"zone\", \"op\": \"in\", \"value\": [\"old\", \"new\"]}", "区域为下列之一：老城、新城", "Zone is one of: Old town, New town"},
    {"{\"not\": {\"field\": \"seats\", \"op\": \"exists\"}}", "不符合：座位已填写", "not: Seats is given"},
    {"{\"all\": [{\"field\": \"seats\", \"op\": \">=\", \"value\": 5}, {\"any\": [{\"field\": \"kitchen\", \"op\": \"==\", \"value\": false}, {\"field\": \"foods\", \"op\": \"contains\", \"value\": \"hot\"}]}]}",
     "座位不少于 5，且（厨房为否，或食品包含热食）", "Seats is at least 5 and (Kitchen is no or Foods includes Hot food)"},
};

static void conditions_in_words(void **state)
{
    struct catalog_line line;

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        struct catalog *catalog = catalog_with(words[i].condition);
        const struct catalog_service *service = catalog_service_find(catalog, "open-cafe");
        catalog_line_init(&line);
        catalog_condition_words(service->whens[1], service, CATALOG_ZH_CN, &line);
        CHECK_TEXT(words[i].zh, line.text, words[i].condition);
        catalog_line_init(&line);
        catalog_condition_words(service->whens[1], service, CATALOG_EN, &line);
        CHECK_TEXT(words[i].en, line.text, words[i].condition);
        catalog_release(catalog);
    }
}

static const struct {
    const char *condition, *form, *zh, *en;
} reason_texts[] = {
    {"{\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", "{\"area_m2\": 312}", "面积 312 m² 大于 300", "Area 312 m² is more than 300"},
    {"{\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", "{\"area_m2\": 300}", "面积 300 m² 不超过 300", "Area 300 m² is at most 300"},
    {"{\"field\": \"area_m2\", \"op\": \">=\", \"value\": 300}", "{\"area_m2\": 300}", "面积 300 m² 不少于 300", "Area 300 m² is at least 300"},
    {"{\"field\": \"area_m2\", \"op\": \">=\", \"value\": 300}", "{\"area_m2\": 299}", "面积 299 m² 小于 300", "Area 299 m² is less than 300"},
    {"{\"field\": \"seats\", \"op\": \"<\", \"value\": 20}", "{\"seats\": 20}", "座位 20 不少于 20", "Seats 20 is at least 20"},
    {"{\"field\": \"slope\", \"op\": \"<=\", \"value\": 0.1}", "{\"slope\": 0.25}", "坡度 0.25 大于 0.1", "Slope 0.25 is more than 0.1"},
    {"{\"field\": \"area_m2\", \"op\": \"==\", \"value\": 300}", "{\"area_m2\": 300}", "面积为 300 m²", "Area is 300 m²"},
    {"{\"field\": \"area_m2\", \"op\": \"==\", \"value\": 300}", "{\"area_m2\": 5}", "面积为 5 m²，而非 300", "Area is 5 m², not 300"},
    {"{\"field\": \"zone\", \"op\": \"!=\", \"value\": \"old\"}", "{\"zone\": \"new\"}", "区域为新城，而非老城", "Zone is New town, not Old town"},
    {"{\"field\": \"zone\", \"op\": \"!=\", \"value\": \"old\"}", "{\"zone\": \"old\"}", "区域为老城", "Zone is Old town"},
    {"{\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}", "{\"kitchen\": true}", "厨房为是", "Kitchen is yes"},
    {"{\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}", "{\"kitchen\": false}", "厨房为否", "Kitchen is no"},
    {"{\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}", "{}", "厨房未填写", "Kitchen is not given"},
    {"{\"field\": \"zone\", \"op\": \"in\", \"value\": [\"old\", \"new\"]}", "{\"zone\": \"new\"}", "区域为新城，属于：老城、新城", "Zone is New town, one of: Old town, New town"},
    {"{\"field\": \"zone\", \"op\": \"in\", \"value\": [\"old\"]}", "{\"zone\": \"new\"}", "区域为新城，不属于：老城", "Zone is New town, none of: Old town"},
    {"{\"field\": \"foods\", \"op\": \"contains\", \"value\": \"hot\"}", "{\"foods\": [\"cold\", \"hot\"]}", "食品（冷食、热食）包含热食", "Foods (Cold food, Hot food) includes Hot food"},
    {"{\"field\": \"foods\", \"op\": \"contains\", \"value\": \"hot\"}", "{\"foods\": []}", "食品（无）不包含热食", "Foods (none) does not include Hot food"},
    {"{\"field\": \"opens_on\", \"op\": \"<\", \"value\": \"2026-01-01\"}", "{\"opens_on\": \"2025-12-31\"}", "开业日 2025-12-31 早于 2026-01-01", "Opening day 2025-12-31 is before 2026-01-01"},
    {"{\"field\": \"opens_on\", \"op\": \"<\", \"value\": \"2026-01-01\"}", "{\"opens_on\": \"2026-01-01\"}", "开业日 2026-01-01 不早于 2026-01-01", "Opening day 2026-01-01 is not before 2026-01-01"},
    {"{\"field\": \"seats\", \"op\": \"exists\"}", "{\"seats\": 3}", "座位已填写", "Seats is given"},
    {"{\"not\": {\"field\": \"seats\", \"op\": \"exists\"}}", "{}", "座位未填写", "Seats is not given"},
    {"{\"all\": [{\"field\": \"seats\", \"op\": \">\", \"value\": 5}, {\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}]}", "{\"seats\": 6, \"kitchen\": true}", "座位 6 大于 5；厨房为是", "Seats 6 is more than 5; Kitchen is yes"},
    {"{\"any\": [{\"field\": \"seats\", \"op\": \">\", \"value\": 5}, {\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}]}", "{\"seats\": 5, \"kitchen\": true}", "厨房为是", "Kitchen is yes"},
};

static void reasons_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(reason_texts); i++) {
        struct catalog *catalog = catalog_with(reason_texts[i].condition);
        const struct catalog_service *service = catalog_service_find(catalog, "open-cafe");
        struct base_buffer buffer = {.size = 0};
        struct base_json *form = NULL, *texts = NULL;
        struct base_json_error error;

        CHECK_I64(OD_OK, base_json_parse(reason_texts[i].form, strlen(reason_texts[i].form), &form, &error), reason_texts[i].form);
        catalog_put_reason_texts(&buffer, NULL, service, 1, form);
        CHECK_I64(OD_OK, base_json_parse(buffer.bytes, buffer.size, &texts, &error), "JSON");
        CHECK_TEXT(reason_texts[i].zh, base_json_member_text(texts, "zh-CN"), reason_texts[i].condition);
        CHECK_TEXT(reason_texts[i].en, base_json_member_text(texts, "en"), reason_texts[i].condition);
        base_buffer_clear(&buffer);
        catalog_put_reason_texts(&buffer, NULL, service, 0, form);
        CHECK_TEXT("{\"zh-CN\":\"\",\"en\":\"\"}", base_buffer_text(&buffer), "without a condition");
        base_json_destroy(texts);
        base_json_destroy(form);
        base_buffer_fini(&buffer);
        catalog_release(catalog);
    }
}

/* depth times {"not": ...} around a comparison: the comparison is at depth + 1. */
static char *nested(size_t depth)
{
    static char text[1024];

    text[0] = '\0';
    for (size_t i = 0; i < depth; i++)
        strcat(text, "{\"not\": ");
    strcat(text, "{\"field\": \"seats\", \"op\": \"exists\"}");
    for (size_t i = 0; i < depth; i++)
        strcat(text, "}");
    return text;
}

static void depth_is_limited(void **state)
{
    struct catalog *catalog = catalog_with(nested(CATALOG_CONDITION_DEPTH_MAX - 1));

    (void)state;
    catalog_release(catalog);
    catalog = NULL;
    char *text = fixture_replace(fixture_text, "{\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", nested(CATALOG_CONDITION_DEPTH_MAX));
    CHECK_I64(OD_EINVAL, fixture_load_text(text, &catalog, &findings), "limit + 1");
    CHECK(fixture_finding(&findings, "nested deeper than 8") != NULL, "told");
    free(text);
}

static void parts_are_limited(void **state)
{
    static char condition[8192];
    struct catalog *catalog = NULL;

    (void)state;
    for (int parts = CATALOG_CONDITION_NODES_MAX; parts <= CATALOG_CONDITION_NODES_MAX + 1; parts++) {
        strcpy(condition, "{\"any\": [");
        for (int i = 0; i < parts - 1; i++)
            strcat(condition, i > 0 ? ", {\"field\": \"seats\", \"op\": \"exists\"}" : "{\"field\": \"seats\", \"op\": \"exists\"}");
        strcat(condition, "]}");
        if (parts == CATALOG_CONDITION_NODES_MAX) {
            catalog_release(catalog_with(condition));
            continue;
        }
        char *text = fixture_replace(fixture_text, "{\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", condition);
        CHECK_I64(OD_EINVAL, fixture_load_text(text, &catalog, &findings), "limit + 1");
        CHECK(fixture_finding(&findings, "more than 64 parts") != NULL, "told");
        free(text);
    }
}

static void a_long_line_is_cut_at_a_character(void **state)
{
    struct catalog_line line;

    (void)state;
    catalog_line_init(&line);
    for (size_t i = 0; i < CATALOG_LINE_SIZE; i++)
        catalog_line_put(&line, "咖啡");
    CHECK(line.size < CATALOG_LINE_SIZE, "within the room");
    CHECK_I64(line.size, strlen(line.text), "terminated");
    CHECK_TEXT("...", line.text + line.size - 3, "marked");
    CHECK_I64(0, (line.size - 3) % 3, "whole characters");
    catalog_line_init(&line);
    catalog_line_put_max(&line, "咖啡馆", 7);
    CHECK_TEXT("咖啡...", line.text, "a part of its own is cut too");
    catalog_line_put(&line, "!");
    CHECK_TEXT("咖啡...!", line.text, "and the line goes on");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_and_reasons),
        cmocka_unit_test(conditions_in_words),
        cmocka_unit_test(reasons_in_words),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(parts_are_limited),
        cmocka_unit_test(a_long_line_is_cut_at_a_character),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
