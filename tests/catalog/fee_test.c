/* SPDX-License-Identifier: Apache-2.0 */
/* Fee standards: what is refused at load, what a form comes to, and how a standard reads. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fee.h"
#include "catalog/fixture.h"
#include "lib/check.h"

#define OLD "\"amount\": \"12.50\", \"currency\": \"CNY\""
#define CNY ", \"currency\": \"CNY\""
#define BASIS "\"legal_basis\": {\"title\": {\"zh-CN\": \"办法\", \"en\": \"Rules\"}, \"article\": \"3\"}"
#define EACH "\"standard\": {\"kind\": \"per_unit\", \"field\": \"area_m2\", \"unit_amount\": \"0.50\"}" CNY
#define TABLE(steps) "\"standard\": {\"kind\": \"tiers\", \"field\": \"area_m2\", \"steps\": [" steps "]}" CNY
#define OFF(when, share) ", \"exemptions\": [{\"when\": " when ", \"share\": \"" share "\", " BASIS "}]"
#define KITCHEN "{\"field\": \"kitchen\", \"op\": \"==\", \"value\": true}"

static struct catalog_findings findings;
static struct catalog_fee_lines lines;

/* The fixture with its fee as text; NULL when it is refused. */
static struct catalog *load(const char *fee)
{
    char *text = fixture_replace(fixture_text, OLD, fee);
    struct catalog *catalog = NULL;

    if (fixture_load_text(text, &catalog, &findings) != OD_OK)
        catalog = NULL;
    free(text);
    return catalog;
}

static const struct { const char *fee, *text, *why; } refused[] = {
    {"\"currency\": \"CNY\"", "\"amount\" is missing", "neither amount nor standard"},
    {"\"amount\": \"12.505\"" CNY, "\"amount\" is to be a decimal text", "three digits behind the point"},
    {"\"amount\": \"1000000000000\"" CNY, "\"amount\" is to be a decimal text", "limit + 1"},
    {"\"amount\": \"-1\"" CNY, "\"amount\" is to be a decimal text", "less than nothing"},
    {"\"amount\": \"1\", \"currency\": \"cny\"", "\"currency\" is to be an ISO 4217 code", "currency"},
    {"\"amount\": \"1\", " EACH, "\"amount\" and \"standard\" stand side by side", "both"},
    {"\"standard\": 7" CNY, "", "a number"},
    {"\"standard\": {\"kind\": \"per_head\"}" CNY, "\"kind\" is to be one of: fixed, per_unit, tiers", "no such kind"},
    {"\"standard\": {\"kind\": \"fixed\", \"field\": \"seats\", \"amount\": \"1\"}" CNY, "unknown member \"field\"", "a fixed one counts nothing"},
    {"\"standard\": {\"kind\": \"per_unit\", \"field\": \"area_m2\"}" CNY, "\"unit_amount\" is missing", "of what"},
    {"\"standard\": {\"kind\": \"per_unit\", \"unit_amount\": \"1\"}" CNY, "\"field\" is missing", "by what"},
    {"\"standard\": {\"kind\": \"per_unit\", \"field\": \"area\", \"unit_amount\": \"1\"}" CNY, "counts by field \"area\", which the form of this service does not have", "no such field"},
    {"\"standard\": {\"kind\": \"per_unit\", \"field\": \"title\", \"unit_amount\": \"1\"}" CNY, "counts by field \"title\", which is to be an integer or a number", "a text"},
    {"\"standard\": {\"kind\": \"per_unit\", \"field\": \"slope\", \"unit_amount\": \"1\"}" CNY, "counts by field \"slope\", which may be less than 0", "may be negative"},
    {"\"standard\": {\"kind\": \"per_unit\", \"field\": \"area_m2\", \"times\": \"slope\", \"unit_amount\": \"1\"}" CNY, "counts by field \"slope\", which is to be an integer", "times something uneven"},
    {"\"standard\": {\"kind\": \"per_unit\", \"field\": \"area_m2\", \"unit_amount\": \"999999999999.99\"}" CNY, "would pass 999999999999.99 for the largest values", "out of reach"},
    {"\"standard\": {\"kind\": \"per_unit\", \"field\": \"area_m2\", \"unit_amount\": \"1\", \"min\": \"9\", \"max\": \"8\"}" CNY, "\"max\" is less than \"min\"", "bounds"},
    {TABLE(""), "\"steps\" is empty", "no step"},
    {TABLE("{\"up_to\": 9, \"amount\": \"1\"}"), "the last step has no end", "ends"},
    {TABLE("{\"amount\": \"1\"}, {\"amount\": \"2\"}"), "\"up_to\" is missing", "does not end"},
    {TABLE("{\"up_to\": 9, \"amount\": \"1\"}, {\"up_to\": 9, \"amount\": \"2\"}, {\"amount\": \"3\"}"), "is to be more than that of the step before it", "stands still"},
    {TABLE("{\"up_to\": 1000000000000, \"amount\": \"1\"}, {\"amount\": \"3\"}"), "\"up_to\" is to be a number such as 90", "limit + 1"},
    {TABLE("{\"up_to\": -1, \"amount\": \"1\"}, {\"amount\": \"3\"}"), "\"up_to\" is to be a number such as 90", "below nothing"},
    {TABLE("{\"amount\": \"1\", \"unit_amount\": \"1\"}"), "a step has \"amount\" (of the whole) or \"unit_amount\"", "both"},
    {TABLE("{}"), "a step has \"amount\" (of the whole) or \"unit_amount\"", "neither"},
    {EACH ", \"charged_on\": \"birth\"", "\"charged_on\" is to be one of: acceptance, approval", "when"},
    {EACH ", \"when\": {\"field\": \"areas\", \"op\": \">\", \"value\": 1}", "field \"areas\", which the form", "condition over no field"},
    {EACH OFF(KITCHEN, "101%"), "\"share\" is to be a part of the fee", "more than all"},
    {EACH OFF(KITCHEN, "0%"), "\"share\" is to be a part of the fee", "nothing"},
    {EACH OFF("{\"field\": \"kitchen\", \"op\": \">\", \"value\": 1}", "50%"), "operator or value does not fit field \"kitchen\"", "condition of an exemption"},
    {EACH ", \"exemptions\": [{\"share\": \"50%\", " BASIS "}]", "\"when\" is missing", "for whom"},
    {EACH ", \"exemptions\": [{\"when\": " KITCHEN ", \"share\": \"50%\"}]", "\"legal_basis\" is missing", "by which law"},
    {EACH ", \"discount\": 5", "unknown member \"discount\"", "member"},
};

static void what_no_law_allows_is_not_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct catalog *catalog = load(refused[i].fee);

        CHECK(catalog == NULL, refused[i].why);
        if (fixture_finding(&findings, refused[i].text) == NULL)
            fixture_print(&findings);
        CHECK(fixture_finding(&findings, refused[i].text) != NULL, refused[i].why);
    }
}

static const struct { const char *fee, *form; size_t count; bool is_computed; core_money standard, exempted; const char *why; } rows[] = {
    {OLD, "{}", 1, true, 1250, 0, "fixed, whatever the form"},
    {"\"standard\": {\"kind\": \"fixed\", \"amount\": \"8\"}" CNY, "{}", 1, true, 800, 0, "the same as a standard"},
    {EACH, "{\"area_m2\": 312}", 1, true, 15600, 0, "each unit"},
    {EACH, "{}", 1, false, 0, 0, "not filled in yet"},
    {EACH, "{\"area_m2\": \"312\"}", 1, false, 0, 0, "of another type"},
    {EACH, "{\"area_m2\": -1}", 1, false, 0, 0, "below 0"},
    {EACH, "{\"area_m2\": 1e300}", 1, false, 0, 0, "out of range"},
    {"\"standard\": {\"kind\": \"per_unit\", \"field\": \"area_m2\", \"times\": \"seats\", \"unit_amount\": \"0.50\"}" CNY,
     "{\"area_m2\": 10, \"seats\": 3}", 1, true, 1500, 0, "times something"},
    {"\"standard\": {\"kind\": \"per_unit\", \"field\": \"area_m2\", \"times\": \"seats\", \"unit_amount\": \"0.50\"}" CNY, "{\"area_m2\": 10}", 1, false, 0, 0,
     "times something not known"},
    {TABLE("{\"up_to\": 90, \"amount\": \"80\"}, {\"amount\": \"240\"}"), "{\"area_m2\": 90}", 1, true, 8000, 0, "a class"},
    {TABLE("{\"up_to\": 90, \"amount\": \"80\"}, {\"amount\": \"240\"}"), "{\"area_m2\": 91}", 1, true, 24000, 0, "the next"},
    {TABLE("{\"up_to\": 0.5, \"amount\": \"80\"}, {\"unit_amount\": \"1\"}"), "{\"area_m2\": 1}", 1, true, 8050, 0, "a step that ends within a unit"},
    {EACH ", \"when\": {\"field\": \"area_m2\", \"op\": \">\", \"value\": 500}", "{\"area_m2\": 400}", 0, false, 0, 0, "not for this one"},
    {EACH OFF(KITCHEN, "50%"), "{\"area_m2\": 400, \"kitchen\": true}", 1, true, 20000, 10000, "half"},
    {EACH OFF(KITCHEN, "50%"), "{\"area_m2\": 400}", 1, true, 20000, 0, "the condition does not hold"},
    {EACH ", \"exemptions\": [{\"when\": " KITCHEN ", \"share\": \"50%\", " BASIS "}, {\"when\": {\"field\": \"seats\", \"op\": \"<\", \"value\": 9}, \"share\": \"100%\", " BASIS "}]",
     "{\"area_m2\": 400, \"kitchen\": true, \"seats\": 2}", 1, true, 20000, 20000, "the larger of two, not both"},
};

static void a_form_comes_to_its_fee(void **state)
{
    struct base_json_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct catalog *catalog = load(rows[i].fee);
        struct base_json *form = NULL;

        if (catalog == NULL)
            fixture_print(&findings);
        CHECK(catalog != NULL, rows[i].why);
        CHECK_I64(OD_OK, base_json_parse(rows[i].form, strlen(rows[i].form), &form, &error), rows[i].why);
        catalog_fees_compute(catalog_service_find(catalog, "open-cafe"), 0xf, form, &lines);
        CHECK_I64(rows[i].count, lines.count, rows[i].why);
        if (rows[i].count > 0) {
            CHECK_I64(rows[i].is_computed, lines.items[0].is_computed, rows[i].why);
            CHECK_I64(rows[i].standard, lines.items[0].standard, rows[i].why);
            CHECK_I64(rows[i].exempted, lines.items[0].exempted, rows[i].why);
            CHECK_I64(rows[i].standard - rows[i].exempted, lines.items[0].due, rows[i].why);
        }
        base_json_destroy(form);
        catalog_release(catalog);
    }
}

static void only_included_matters_have_fees(void **state)
{
    struct catalog *catalog = load(EACH);

    (void)state;
    catalog_fees_compute(catalog_service_find(catalog, "open-cafe"), 0xd, NULL, &lines);
    CHECK_I64(0, lines.count, "the matter is not part of it");
    catalog_fees_compute(catalog_service_find(catalog, "open-cafe"), 0x2, NULL, &lines);
    CHECK_I64(1, lines.count, "and here it is");
    CHECK_TEXT("area_m2", lines.items[0].needs, "what the form lacks");
    catalog_fees_compute(catalog_service_find(catalog, "open-stand"), 1, NULL, &lines);
    CHECK_I64(0, lines.count, "free of charge");
    catalog_release(catalog);
}

static const struct { const char *fee, *zh, *en; } told[] = {
    {OLD ", \"unit\": {\"zh-CN\": \"证\", \"en\": \"card\"}", "12.50 元 / 证", "12.50 CNY / card"},
    {EACH, "0.50 元 × 面积（m²）", "0.50 CNY × Area (m²)"},
    {"\"standard\": {\"kind\": \"per_unit\", \"field\": \"area_m2\", \"times\": \"seats\", \"unit_amount\": \"0.50\", \"counts_started\": true, \"min\": \"5\", \"max\": \"9\"}" CNY,
     "0.50 元 × 面积（m²） × 座位；不足一个单位的按一个单位计；最低 5.00 元；最高 9.00 元",
     "0.50 CNY × Area (m²) × Seats; a unit that has begun counts whole; at least 5.00 CNY; at most 9.00 CNY"},
    {TABLE("{\"up_to\": 90.5, \"amount\": \"80\"}, {\"unit_amount\": \"1\"}"), "按面积（m²）分档：不超过 90.5：80.00 元；超过 90.5：其中每单位 1.00 元",
     "by Area (m²): up to 90.5: 80.00 CNY; above 90.5: of each unit within, 1.00 CNY"},
    {EACH OFF(KITCHEN, "12.5%"), "0.50 元 × 面积（m²）；减收 12.5%：厨房为是", "0.50 CNY × Area (m²); less 12.5% where Kitchen is yes"},
    {EACH OFF(KITCHEN, "100%"), "0.50 元 × 面积（m²）；免收：厨房为是", "0.50 CNY × Area (m²); nothing where Kitchen is yes"},
};

static void a_standard_reads_as_people_say_it(void **state)
{
    char wanted[512];

    (void)state;
    for (size_t i = 0; i < COUNT(told); i++) {
        struct catalog *catalog = load(told[i].fee);
        struct base_buffer buffer = {0};
        struct base_json_error error;

        CHECK(catalog != NULL, told[i].en);
        catalog_put_fee_standards(&buffer, NULL, catalog_matter_find(catalog, "fire-check"), catalog_service_find(catalog, "open-cafe"));
        CHECK_I64(OD_OK, base_json_check(buffer.bytes, buffer.size, &error), "strict JSON");
        snprintf(wanted, sizeof(wanted), "\"words\":{\"zh-CN\":\"%s\",\"en\":\"%s\"}", told[i].zh, told[i].en);
        if (strstr(base_buffer_text(&buffer), wanted) == NULL)
            fprintf(stderr, "%s\nnot in %s\n", wanted, base_buffer_text(&buffer));
        CHECK(strstr(base_buffer_text(&buffer), wanted) != NULL, told[i].en);
        CHECK(strstr(base_buffer_text(&buffer), "\"id\":\"fee\"") != NULL, "and what the file says");
        base_buffer_fini(&buffer);
        catalog_release(catalog);
    }
}

static const char *preview(struct base_buffer *buffer, const struct catalog *catalog, const char *form_text)
{
    struct base_json_error error;
    struct base_json *form = NULL;

    base_buffer_clear(buffer);
    CHECK_I64(OD_OK, base_json_parse(form_text, strlen(form_text), &form, &error), form_text);
    catalog_put_fees(buffer, NULL, catalog_service_find(catalog, "open-cafe"), 0xf, form);
    base_json_destroy(form);
    CHECK_I64(OD_OK, base_json_check(buffer->bytes, buffer->size, &error), "strict JSON");
    return base_buffer_text(buffer);
}

static void a_preview_says_what_it_is_made_of(void **state)
{
    struct catalog *catalog = load(EACH OFF(KITCHEN, "50%"));
    struct base_buffer buffer = {0};

    (void)state;
    const char *text = preview(&buffer, catalog, "{\"area_m2\": 400, \"kitchen\": true}");
    CHECK(strstr(text, "\"matter\":\"fire-check\"") != NULL, "matter");
    CHECK(strstr(text, "\"how\":\"0.50 × 400\",\"standard\":\"200.00\",\"exempted\":\"100.00\",\"due\":\"100.00\"") != NULL, "sums");
    CHECK(strstr(text, "\"exemption\":{\"share\":\"50%\",\"when_text\":{\"zh-CN\":\"厨房为是\",\"en\":\"Kitchen is yes\"}") != NULL, "why less");
    CHECK(strstr(text, "\"totals\":[{\"currency\":\"CNY\",\"standard\":\"200.00\",\"exempted\":\"100.00\",\"due\":\"100.00\"}],\"is_complete\":true") != NULL, "totals");
    text = preview(&buffer, catalog, "{}");
    CHECK(strstr(text, "\"needs\":\"area_m2\",\"standard\":null") != NULL, "what is missing");
    CHECK(strstr(text, "\"is_complete\":false") != NULL, "not all of it is known");
    base_buffer_fini(&buffer);
    catalog_release(catalog);
}

/* A list of so many fees, exemptions or steps: the limit is taken, one more is told. */
static char *many(const char *head, const char *first, const char *rest, size_t count, const char *tail)
{
    struct base_buffer buffer = {0};

    base_buffer_put_text(&buffer, head);
    for (size_t i = 0; i < count; i++)
        base_buffer_put_format(&buffer, "%s%s%zu%s", i > 0 ? "," : "", first, i, rest);
    base_buffer_put_text(&buffer, tail);
    char *text = strdup(base_buffer_text(&buffer));
    base_buffer_fini(&buffer);
    return text;
}

static void limits_hold(void **state)
{
    struct { char *fee; const char *text; } tries[] = {
        {many("\"standard\": {\"kind\": \"tiers\", \"field\": \"area_m2\", \"steps\": [", "{\"up_to\": ", ", \"amount\": \"1\"}", CORE_FEE_STEPS_MAX - 1, ",{\"amount\":\"1\"}]}" CNY), NULL},
        {many("\"standard\": {\"kind\": \"tiers\", \"field\": \"area_m2\", \"steps\": [", "{\"up_to\": ", ", \"amount\": \"1\"}", CORE_FEE_STEPS_MAX, ",{\"amount\":\"1\"}]}" CNY), "\"steps\" has 65 items, at most 64"},
        {many(EACH ", \"exemptions\": [", "{\"when\": {\"field\": \"seats\", \"op\": \"==\", \"value\": ", "}, \"share\": \"1%\", " BASIS "}", CATALOG_FEE_EXEMPTIONS_MAX, "]"), NULL},
        {many(EACH ", \"exemptions\": [", "{\"when\": {\"field\": \"seats\", \"op\": \"==\", \"value\": ", "}, \"share\": \"1%\", " BASIS "}", CATALOG_FEE_EXEMPTIONS_MAX + 1, "]"), "\"exemptions\" has 33 items, at most 32"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(tries); i++) {
        struct catalog *catalog = load(tries[i].fee);

        CHECK((catalog != NULL) == (tries[i].text == NULL), tries[i].text != NULL ? tries[i].text : "limit");
        if (tries[i].text != NULL)
            CHECK(fixture_finding(&findings, tries[i].text) != NULL, tries[i].text);
        catalog_release(catalog);
        free(tries[i].fee);
    }
}

#define ONE "\", \"name\": {\"zh-CN\": \"费\", \"en\": \"Fee\"}, \"amount\": \"1\", \"currency\": \"CNY\", " BASIS "}"
#define EXTRA "{\"id\": \"extra\", \"department\": \"market\", \"name\": {\"zh-CN\": \"事项\", \"en\": \"Extra\"}, \"kind\": \"promised\"," \
              "\"legal_basis\": [{\"title\": {\"zh-CN\": \"法\", \"en\": \"Law\"}, \"article\": \"1\"}], \"procedure\": [{\"zh-CN\": \"审\", \"en\": \"See\"}]," \
              "\"materials\": [], \"limits\": {\"statutory\": {\"unit\": \"working_day\", \"length\": 20}, \"promised\": {\"unit\": \"working_day\", \"length\": 5}}," \
              "\"fees\": [{\"id\": \"one" ONE "]},"

static char *replaced(char *text, const char *find, const char *replace)
{
    char *next = fixture_replace(text, find, replace);

    free(text);
    return next;
}

/* The fixture with that many fees in each of three matters, as many in the fourth, and one in a fifth if is_over. */
static char *with_fees(size_t count, bool is_over)
{
    char *fees = many("\"fees\": [", "{\"id\": \"f", ONE, count, "]"), *more = many("\"fees\": [", "{\"id\": \"f", ONE, count - 1, ",{");
    char *text = replaced(strdup(fixture_text), "\"fees\": [{", more);

    for (int i = 0; i < 3; i++)
        text = replaced(text, "\"fees\": []", fees);
    if (is_over) {
        text = replaced(text, "\"matters\": [", "\"matters\": [" EXTRA);
        text = replaced(text, "[\"license\", \"fire-check\",", "[\"extra\", \"license\", \"fire-check\",");
    }
    free(fees);
    free(more);
    return text;
}

static void a_matter_and_a_service_have_so_many_fees(void **state)
{
    static const struct { size_t count; bool is_over; const char *text; } tries[] = {
        {CATALOG_FEES_MAX, false, NULL}, {CATALOG_FEES_MAX + 1, false, "\"fees\" has 65 items, at most 64"},
        {CATALOG_FEES_MAX, true, "have 257 fees, at most 256"}};

    (void)state;
    for (size_t i = 0; i < COUNT(tries); i++) {
        char *text = with_fees(tries[i].count, tries[i].is_over);
        struct catalog *catalog = NULL;

        CHECK_I64(tries[i].text == NULL ? OD_OK : OD_EINVAL, fixture_load_text(text, &catalog, &findings), tries[i].text != NULL ? tries[i].text : "limit");
        if (tries[i].text != NULL && fixture_finding(&findings, tries[i].text) == NULL)
            fixture_print(&findings);
        CHECK(tries[i].text == NULL || fixture_finding(&findings, tries[i].text) != NULL, "its finding");
        catalog_release(catalog);
        free(text);
    }
    CHECK_I64(CATALOG_FEE_LINES_MAX, 4 * CATALOG_FEES_MAX, "four matters fill a service");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_law_allows_is_not_published), cmocka_unit_test(a_form_comes_to_its_fee),
        cmocka_unit_test(only_included_matters_have_fees),     cmocka_unit_test(a_standard_reads_as_people_say_it),
        cmocka_unit_test(a_preview_says_what_it_is_made_of),   cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_matter_and_a_service_have_so_many_fees),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
