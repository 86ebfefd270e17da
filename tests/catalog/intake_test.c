/* SPDX-License-Identifier: Apache-2.0 */
/* The lawful outcomes of an intake, the promise to hand in later, and the second look. Licensing
 * Law art. 32. */
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "catalog/fixture.h"
#include "core/core.h"
#include "lib/check.h"

static struct catalog_findings findings;
static struct catalog_problems problems;
static struct catalog_intake intake;
static const core_day today = 19800; /* 2024-03-18, a Monday */

static const char tolerance[] = ", \"tolerance\": {\"unit\": \"working_day\", \"length\": 20}}";
static const char further[] =
    "\"stops_on_veto\": true,"
    " \"competence\": [{\"when\": {\"field\": \"area_m2\", \"op\": \">\", \"value\": 5000}, \"body\": {\"zh-CN\": \"市局\", \"en\": \"City bureau\"}, \"text\": {\"zh-CN\": \"请向市局申请\", \"en\": \"Apply to the city bureau\"}},"
    "   {\"when\": {\"field\": \"area_m2\", \"op\": \">\", \"value\": 9000}, \"body\": {\"zh-CN\": \"省厅\", \"en\": \"Province\"}, \"text\": {\"zh-CN\": \"请向省厅申请\", \"en\": \"Apply to the province\"}}],"
    " \"corrections\": [{\"id\": \"no-seats\", \"when\": {\"not\": {\"field\": \"seats\", \"op\": \"exists\"}}, \"fields\": [\"seats\"], \"text\": {\"zh-CN\": \"请填写座位数\", \"en\": \"Fill in the seats\"}},"
    "   {\"id\": \"steep\", \"when\": {\"field\": \"slope\", \"op\": \">\", \"value\": 0.25}, \"fields\": [\"slope\", \"area_m2\"], \"text\": {\"zh-CN\": \"坡度有误\", \"en\": \"The slope is wrong\"}}]";

/* The fixture with all that an intake can have. open-cafe: license (id-copy), fire-check over 300 m² (plan, gas with a
 * kitchen), health-permit (id-copy, certificate tolerant), sign. */
static char *cafe_text(void)
{
    char *limits = fixture_replace(fixture_text, "\"supplement\": {\"unit\": \"calendar_day\", \"length\": 30}}", "\"supplement\": {\"unit\": \"calendar_day\", \"length\": 30}@");
    char *whole = fixture_replace(limits, "@", tolerance);
    char *cafe = fixture_replace(whole, "\"stops_on_veto\": true", further);
    char *seats = fixture_replace(cafe, "{\"area_m2\": 312, \"title\": \"咖啡\", \"foods\": [\"hot\"]}", "{\"area_m2\": 312, \"title\": \"咖啡\", \"foods\": [\"hot\"], \"seats\": 30}");

    free(limits);
    free(whole);
    free(cafe);
    return seats;
}

static struct catalog *cafe_load(const char *find, const char *replace)
{
    char *text = cafe_text(), *changed = fixture_replace(text, find, replace);
    struct catalog *catalog = NULL;

    int rc = fixture_load_text(changed, &catalog, &findings);
    fixture_print(&findings);
    CHECK_I64(OD_OK, rc, "loads");
    free(text);
    free(changed);
    return catalog;
}

static struct base_json *parsed(const char *text)
{
    struct base_json *json = NULL;
    struct base_json_error error;

    CHECK_I64(OD_OK, base_json_parse(text, strlen(text), &json, &error), text);
    return json;
}

static int submit(const struct catalog *catalog, const char *form, const char *materials, const char *promise)
{
    char text[2048];

    snprintf(text, sizeof(text), "{\"applicant\": {\"kind\": \"person\", \"name\": \"A\"}, \"form\": {\"title\": \"x\", %s}, \"materials\": [%s]%s%s}", form, materials,
             promise[0] != '\0' ? ", \"promise\": " : "", promise);
    struct base_json *body = parsed(text);
    memset(&intake, 0xff, sizeof(intake));
    int rc = catalog_submission_check(catalog_service_find(catalog, "open-cafe"), body, today, &problems, &intake);
    base_json_destroy(body);
    return rc;
}

/* "missing | tolerated | corrections". */
static const char *told(void)
{
    static char text[512];
    int used = 0;

    for (size_t i = 0; i < intake.missing_count; i++)
        used += sprintf(text + used, "%s ", intake.missing[i]->id);
    used += sprintf(text + used, "|");
    for (size_t i = 0; i < intake.tolerated_count; i++)
        used += sprintf(text + used, " %s:%s", intake.tolerated[i]->id, intake.tolerated_for[i]->id);
    used += sprintf(text + used, " |");
    for (size_t i = 0; i < intake.correction_count; i++)
        used += sprintf(text + used, " %s", intake.corrections[i]->id);
    return text;
}

/* "material:matter,matter" of everything that is missing. */
static const char *askers(const struct catalog_material *const *materials, const core_task_set *tasks, size_t count)
{
    static char text[512];
    int used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        used += sprintf(text + used, "%s%s:", i > 0 ? " " : "", materials[i]->id);
        for (size_t k = 0; k < intake.service->matter_count; k++)
            if (tasks[i] >> k & 1)
                used += sprintf(text + used, "%s,", intake.service->matters[k]->id);
    }
    return text;
}

#define ID "{\"material\": \"id-copy\"}"
#define ALL "{\"material\": \"id-copy\"}, {\"material\": \"certificate\"}"

static const struct {
    const char *form, *materials, *promise;
    enum core_intake outcome;
    const char *told;
    core_day until;
    const char *why;
} rows[] = {
    {"\"area_m2\": 100, \"seats\": 10", ALL, "", CORE_INTAKE_NONE, "| |", 0, "complete"},
    {"\"area_m2\": 100, \"seats\": 10", ID, "", CORE_INTAKE_NONE, "certificate | |", 0, "incomplete"},
    {"\"area_m2\": 100", ALL, "", CORE_INTAKE_CORRECTABLE, "| | no-seats", 0, "an error that can be put right"},
    {"\"area_m2\": 100, \"slope\": 0.3", ALL, "", CORE_INTAKE_CORRECTABLE, "| | no-seats steep", 0, "two of them"},
    {"\"area_m2\": 100, \"slope\": 0.25", ID, "", CORE_INTAKE_NONE, "certificate | | no-seats", 0, "beside what is missing it is incomplete"},
    {"\"area_m2\": 5000, \"seats\": 10", ALL ", {\"material\": \"plan\"}", "", CORE_INTAKE_NONE, "| |", 0, "at the border of competence"},
    {"\"area_m2\": 5001, \"seats\": 10", ALL ", {\"material\": \"plan\"}", "", CORE_INTAKE_NOT_COMPETENT, "| |", 0, "over it"},
    {"\"area_m2\": 5001", "", "", CORE_INTAKE_NOT_COMPETENT, "id-copy plan certificate | | no-seats", 0, "whatever else is wrong"},
    {"\"area_m2\": 100, \"seats\": 10", ID, "{\"materials\": [\"certificate\"], \"until\": \"2024-03-19\"}", CORE_INTAKE_NONE, "| certificate:health-permit |", 19801, "promised for tomorrow: complete"},
    {"\"area_m2\": 100, \"seats\": 10", ID, "{\"materials\": [\"certificate\"], \"until\": \"2024-04-15\"}", CORE_INTAKE_NONE, "| certificate:health-permit |", 19828, "for the 20th working day"},
    {"\"area_m2\": 100, \"seats\": 10", "", "{\"materials\": [\"certificate\"], \"until\": \"2024-03-19\"}", CORE_INTAKE_NONE, "id-copy | certificate:health-permit |", 19801, "another one is missing: incomplete as ever"},
    {"\"area_m2\": 100", ID, "{\"materials\": [\"certificate\"], \"until\": \"2024-03-19\"}", CORE_INTAKE_CORRECTABLE, "| certificate:health-permit | no-seats", 19801, "promised, and an error"},
};

/* One notice for all departments: what two of them ask for says so. */
static void everybody_who_asks_is_named(void **state)
{
    struct catalog *catalog = cafe_load("\"center\":", "\"center\":");

    (void)state;
    CHECK_I64(OD_OK, submit(catalog, "\"area_m2\": 5000, \"seats\": 10", "", ""), "nothing is handed in");
    CHECK_TEXT("id-copy:license,health-permit, plan:fire-check, certificate:health-permit,",
               askers(intake.missing, intake.missing_tasks, intake.missing_count), "two, one and one");
    CHECK_I64(OD_OK, submit(catalog, "\"area_m2\": 100, \"seats\": 10", ID, "{\"materials\": [\"certificate\"], \"until\": \"2024-03-19\"}"), "promised");
    CHECK_TEXT("certificate:health-permit,", askers(intake.tolerated, intake.tolerated_tasks, intake.tolerated_count), "whom it is promised to");
    catalog_release(catalog);
}

static void each_outcome_of_article_32(void **state)
{
    struct catalog *catalog = cafe_load("\"center\":", "\"center\":");

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int rc = submit(catalog, rows[i].form, rows[i].materials, rows[i].promise);
        if (rc != OD_OK)
            fprintf(stderr, "%s %s\n", problems.items[0].pointer, problems.items[0].detail[CATALOG_EN]);
        CHECK_I64(OD_OK, rc, rows[i].why);
        CHECK_I64(rows[i].outcome, intake.outcome, rows[i].why);
        CHECK_TEXT(rows[i].told, told(), rows[i].why);
        CHECK_I64(rows[i].until, intake.tolerated_until, rows[i].why);
        CHECK_I64(rows[i].outcome == CORE_INTAKE_NOT_COMPETENT, intake.competence != NULL, rows[i].why);
    }
    CHECK_I64(OD_OK, submit(catalog, "\"area_m2\": 9001", "", ""), "two bodies");
    CHECK_TEXT("City bureau", intake.competence->body.in[CATALOG_EN], "the first that holds");
    CHECK_TEXT("请向市局申请", intake.competence->text.in[CATALOG_ZH_CN], "and what the applicant is told");
    catalog_release(catalog);
}

static void an_officer_checks_what_is_neither_foreign_nor_needless(void **state)
{
    struct catalog *catalog = cafe_load("\"stops_on_veto\": true,", "\"stops_on_veto\": true, \"intake\": {\"check\": \"officer\"},");

    (void)state;
    CHECK_I64(OD_OK, submit(catalog, "\"area_m2\": 100", ID, ""), "taken");
    CHECK_I64(CORE_INTAKE_UNCHECKED, intake.outcome, "a person looks");
    CHECK_TEXT("certificate | | no-seats", told(), "and sees what the hub saw");
    CHECK_I64(OD_OK, submit(catalog, "\"area_m2\": 5001", ID, ""), "of another body");
    CHECK_I64(CORE_INTAKE_NOT_COMPETENT, intake.outcome, "said at once");
    catalog_release(catalog);
    char *whole = cafe_text();
    char *policy = fixture_replace(whole, "{\"kind\": \"quorum\", \"threshold\": 3, \"weights\": {\"health\": 2}}", "{\"kind\": \"all\"}, \"intake\": {\"check\": \"officer\"}");
    char *matters = fixture_replace(policy, "\"matters\": [\"license\", \"fire-check\", {\"matter\": \"health-permit\", \"after\": [\"license\"]},",
                                    "\"matters\": [{\"matter\": \"license\", \"when\": {\"field\": \"kitchen\", \"op\": \"exists\"}}, \"fire-check\", {\"matter\": \"health-permit\", \"when\": {\"field\": \"kitchen\", \"op\": \"exists\"}},");
    char *example = fixture_replace(matters, "\"area_m2\": 312, \"title\": \"咖啡\",", "\"area_m2\": 312, \"kitchen\": false, \"title\": \"咖啡\",");
    CHECK_I64(OD_OK, fixture_load_text(example, &catalog, &findings), "every matter has a condition");
    free(whole);
    free(policy);
    free(matters);
    free(example);
    CHECK_I64(OD_OK, submit(catalog, "\"area_m2\": 100, \"seats\": 1", "", ""), "nothing is included");
    CHECK_I64(0, intake.included, "no matter");
    CHECK_I64(CORE_INTAKE_NOT_REQUIRED, intake.outcome, "said at once too");
    catalog_release(catalog);
}

static const struct { const char *promise, *pointer, *code, *detail, *why; } bad[] = {
    {"[]", "/promise", "type", "an object with \"materials\" and \"until\"", "an array"},
    {"{\"until\": \"2024-03-20\"}", "/promise/materials", "required", "the ids of the materials", "of what"},
    {"{\"materials\": [], \"until\": \"2024-03-20\"}", "/promise/materials", "type", "the ids of the materials", "of nothing"},
    {"{\"materials\": \"certificate\", \"until\": \"2024-03-20\"}", "/promise/materials", "type", "in an array", "a word"},
    {"{\"materials\": [\"certificate\"]}", "/promise/until", "required", "a date YYYY-MM-DD", "until when"},
    {"{\"materials\": [\"certificate\"], \"until\": \"soon\"}", "/promise/until", "type", "a date YYYY-MM-DD", "no date"},
    {"{\"materials\": [\"certificate\"], \"until\": \"2024-02-30\"}", "/promise/until", "type", "a date YYYY-MM-DD", "no such day"},
    {"{\"materials\": [\"certificate\"], \"until\": \"2024-03-18\"}", "/promise/until", "range", "after today and not after 2024-04-15", "today"},
    {"{\"materials\": [\"certificate\"], \"until\": \"2024-04-16\"}", "/promise/until", "range", "after today and not after 2024-04-15", "limit + 1"},
    {"{\"materials\": [\"certificate\"], \"until\": \"2024-03-20\", \"signed\": true}", "/promise/signed", "unknown_field", "allowed: materials, until", "member"},
    {"{\"materials\": [\"id-copy\"], \"until\": \"2024-03-20\"}", "/promise/materials/0", "not_missing", "take it out", "it is there"},
    {"{\"materials\": [\"certificate\", \"plan\"], \"until\": \"2024-03-20\"}", "/promise/materials/1", "not_missing", "take it out", "of a matter that is not included"},
    {"{\"materials\": [\"photo\"], \"until\": \"2024-03-20\"}", "/promise/materials/0", "not_missing", "take it out", "not required"},
    {"{\"materials\": [\"certificat\"], \"until\": \"2024-03-20\"}", "/promise/materials/0", "unknown_material", "a material of the service", "no material"},
    {"{\"materials\": [1], \"until\": \"2024-03-20\"}", "/promise/materials/0", "type", "the id of a material", "a number"},
    {"{\"materials\": [\"certificate\", \"certificate\"], \"until\": \"2024-03-20\"}", "/promise/materials/1", "twice", "twice", "twice"},
};

static void a_promise_is_checked_with_place_and_remedy(void **state)
{
    struct catalog *catalog = cafe_load("\"center\":", "\"center\":");

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        CHECK_I64(OD_EINVAL, submit(catalog, "\"area_m2\": 100, \"seats\": 10", ID, bad[i].promise), bad[i].why);
        CHECK_I64(1, problems.count, bad[i].why);
        CHECK_TEXT(bad[i].pointer, problems.items[0].pointer, bad[i].why);
        CHECK_TEXT(bad[i].code, problems.items[0].code, bad[i].why);
        CHECK(strstr(problems.items[0].detail[CATALOG_EN], bad[i].detail) != NULL, problems.items[0].detail[CATALOG_EN]);
        CHECK(problems.items[0].detail[CATALOG_ZH_CN][0] != '\0', bad[i].why);
    }
    CHECK_I64(OD_EINVAL, submit(catalog, "\"area_m2\": 100, \"seats\": 10", "", "{\"materials\": [\"id-copy\"], \"until\": \"2024-03-20\"}"), "not tolerant");
    CHECK_TEXT("not_tolerant", problems.items[0].code, "code");
    CHECK_I64(OD_EINVAL, submit(catalog, "\"area_m2\": 0", ID, "{\"materials\": [\"id-copy\"], \"until\": 3}"), "a wrong form");
    CHECK_I64(2, problems.count, "the form and the shape of the promise; who knows what is missing");
    catalog_release(catalog);
    catalog = cafe_load(tolerance, "}");
    CHECK_I64(OD_EINVAL, submit(catalog, "\"area_m2\": 100, \"seats\": 10", ID, "{\"materials\": [\"certificate\"], \"until\": \"2024-03-20\"}"), "no tolerance");
    CHECK_TEXT("/promise", problems.items[0].pointer, "the promise itself");
    CHECK(strstr(problems.items[0].detail[CATALOG_EN], "hand in every material") != NULL, "and what to do");
    catalog_release(catalog);
}

/* What one matter lets follow later another may want now. */
static void tolerance_is_that_of_every_matter_that_asks(void **state)
{
    struct catalog *catalog = cafe_load("{\"id\": \"id-copy\", \"name\": {\"zh-CN\": \"身份证\", \"en\": \"Identity card\"}}],\n     \"limits\": {\"statutory\": {\"unit\": \"working_day\", \"length\": 20}, \"promised\": {\"unit\": \"working_day\", \"length\": 5}}",
                                        "{\"id\": \"id-copy\", \"name\": {\"zh-CN\": \"身份证\", \"en\": \"Identity card\"}, \"tolerant\": true}],\n     \"limits\": {\"statutory\": {\"unit\": \"working_day\", \"length\": 20}, \"promised\": {\"unit\": \"working_day\", \"length\": 5}}");

    (void)state;
    CHECK_I64(OD_EINVAL, submit(catalog, "\"area_m2\": 100, \"seats\": 10", "", "{\"materials\": [\"id-copy\"], \"until\": \"2024-03-20\"}"), "health-permit wants it now");
    CHECK_TEXT("not_tolerant", problems.items[0].code, "code");
    catalog_release(catalog);
}

static void a_second_look_finds_what_is_left(void **state)
{
    struct catalog *catalog = cafe_load("\"center\":", "\"center\":");
    const struct catalog_service *cafe = catalog_service_find(catalog, "open-cafe");
    struct base_json *form = parsed("{\"title\": \"x\", \"area_m2\": 100, \"seats\": 10}"), *steep = parsed("{\"title\": \"x\", \"area_m2\": 301, \"seats\": 10, \"slope\": 0.3}");
    struct base_json *promise = parsed("{\"materials\": [\"certificate\", \"id-copy\", \"none\", 3], \"until\": \"2024-03-20\"}"), *other = parsed("{\"materials\": 7}");
    const char *const none[] = {"unknown"}, *const both[] = {"certificate", "unknown", "id-copy", "id-copy"};

    (void)state;
    catalog_intake_recheck(cafe, form, none, 1, NULL, today, &intake);
    CHECK_TEXT("id-copy certificate | |", told(), "nothing is there");
    catalog_intake_recheck(cafe, form, both, 4, NULL, today, &intake);
    CHECK_TEXT("| |", told(), "all is there");
    CHECK(intake.outcome == CORE_INTAKE_NONE && intake.included == 5, "complete");
    catalog_intake_recheck(cafe, steep, both, 4, NULL, today, &intake);
    CHECK_TEXT("plan | | steep", told(), "another form asks for more");
    CHECK_I64(7, intake.included, "the fire check too");
    catalog_intake_recheck(cafe, form, NULL, 0, promise, today, &intake);
    CHECK_TEXT("id-copy | certificate:health-permit |", told(), "the promise still holds, as far as it may");
    CHECK_I64(19802, intake.tolerated_until, "until its day");
    catalog_intake_recheck(cafe, form, NULL, 0, promise, 19802, &intake);
    CHECK_I64(1, intake.tolerated_count, "on its last day");
    catalog_intake_recheck(cafe, form, NULL, 0, promise, 19803, &intake);
    CHECK_TEXT("id-copy certificate | |", told(), "not after it");
    catalog_intake_recheck(cafe, form, both, 4, promise, today, &intake);
    CHECK_I64(0, intake.tolerated_until, "nothing is owed any more");
    catalog_intake_recheck(cafe, form, NULL, 0, other, today, &intake);
    CHECK_I64(0, intake.tolerated_count, "a promise of nothing");
    base_json_destroy(form);
    base_json_destroy(steep);
    base_json_destroy(promise);
    base_json_destroy(other);
    catalog_release(catalog);
}

static void no_memory_is_taken(void **state)
{
    struct catalog *catalog = cafe_load("\"center\":", "\"center\":");
    struct base_json *body = parsed("{\"applicant\": {\"kind\": \"person\", \"name\": \"A\"}, \"form\": {\"area_m2\": 100, \"title\": \"x\"}, \"materials\": [" ID "], \"promise\": {\"materials\": [\"certificate\"], \"until\": \"2024-03-20\"}}");

    (void)state;
    base_alloc_fail_at(1);
    int rc = catalog_submission_check(catalog_service_find(catalog, "open-cafe"), body, today, &problems, &intake);
    void *block = base_alloc(1);
    base_alloc_fail_at(0);
    CHECK_I64(OD_OK, rc, "taken");
    CHECK(block == NULL, "the failure was still waiting");
    base_json_destroy(body);
    catalog_release(catalog);
}

/* -- The files -- */

static const struct { const char *find, *replace, *text, *mark, *why; } files[] = {
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 5000", "\"field\": \"area\", \"op\": \">\", \"value\": 5000", "asks for field \"area\", which the form of service \"open-cafe\" does not have", "{\"field\": \"area\",", "competence over an unknown field"},
    {"\"field\": \"slope\", \"op\": \">\", \"value\": 0.25", "\"field\": \"slope\", \"op\": \">\", \"value\": \"x\"", "a number takes", "{\"field\": \"slope\"", "correction with a wrong value"},
    {"\"body\": {\"zh-CN\": \"市局\", \"en\": \"City bureau\"}, ", "", "\"body\" is missing", "{\"when\": {\"field\": \"area_m2\", \"op\": \">\", \"value\": 5000}", "whose competence"},
    {"{\"when\": {\"field\": \"area_m2\", \"op\": \">\", \"value\": 9000}, ", "{", "\"when\" is missing", "{\"body\": {\"zh-CN\": \"省厅\"", "always of another body"},
    {"\"fields\": [\"slope\", \"area_m2\"]", "\"fields\": [\"slop\"]", "there is no form field \"slop\"; did you mean \"slope\"?", "\"slop\"]", "field of a correction"},
    {"\"id\": \"steep\"", "\"id\": \"no-seats\"", "correction \"no-seats\" stands twice", "{\"id\": \"no-seats\", \"when\": {\"field\": \"slope\"", "correction twice"},
    {"\"fields\": [\"seats\"], \"text\": {\"zh-CN\": \"请填写座位数\"", "\"text\": {\"zh-CN\": \"请填写座位数\"", "\"fields\" is missing", "{\"id\": \"no-seats\"", "which fields"},
    {"\"stops_on_veto\": true,", "\"stops_on_veto\": true, \"intake\": {\"check\": \"robot\"},", "\"check\" is to be one of: automatic, officer", "\"robot\"", "who looks"},
    {"\"stops_on_veto\": true,", "\"stops_on_veto\": true, \"intake\": {},", "\"check\" is missing", "{}, \"competence\"", "nobody looks"},
    {"\"area_m2\": 312", "\"area_m2\": 9500", "over the example's form another body is competent (City bureau)", "{\"service\": \"open-cafe\",\n", "an example for somebody else"},
    {", \"seats\": 30}", "}", "the example is to be put right by \"no-seats\"", "{\"service\": \"open-cafe\",\n", "an example with an error"},
};

static void each_check_tells_its_finding_and_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        char *cafe = cafe_text(), *text = fixture_replace(cafe, files[i].find, files[i].replace);
        struct catalog *catalog = NULL;
        uint32_t line, column;
        int rc = fixture_load_text(text, &catalog, &findings);
        const struct catalog_finding *finding = fixture_finding(&findings, files[i].text);
        if (finding == NULL)
            fixture_print(&findings);
        fixture_place(text, files[i].mark, &line, &column);
        CHECK_I64(OD_EINVAL, rc, files[i].why);
        CHECK(finding != NULL, files[i].why);
        CHECK_I64(line, finding->line, files[i].why);
        CHECK_I64(column, finding->column, files[i].why);
        free(cafe);
        free(text);
    }
}

static void competences_and_corrections_hold_at_the_limit_and_one_more(void **state)
{
    (void)state;
    for (size_t count = CATALOG_CORRECTIONS_MAX; count <= CATALOG_CORRECTIONS_MAX + 1; count++) {
        struct base_buffer buffer = {.size = 0};
        struct catalog *catalog = NULL;
        size_t size;
        base_buffer_put_text(&buffer, "\"stops_on_veto\": true, \"competence\": [");
        for (size_t i = 0; i < count; i++)
            base_buffer_put_format(&buffer, "%s{\"when\": {\"field\": \"area_m2\", \"op\": \">\", \"value\": 9000}, \"body\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"text\": {\"zh-CN\": \"a\", \"en\": \"a\"}}", i > 0 ? "," : "");
        base_buffer_put_text(&buffer, "], \"corrections\": [");
        for (size_t i = 0; i < count; i++)
            base_buffer_put_format(&buffer, "%s{\"id\": \"c%zu\", \"when\": {\"field\": \"seats\", \"op\": \"exists\"}, \"fields\": [], \"text\": {\"zh-CN\": \"a\", \"en\": \"a\"}}", i > 0 ? "," : "", i);
        base_buffer_put_text(&buffer, "]");
        base_buffer_put(&buffer, "", 1);
        char *list = base_buffer_take(&buffer, &size);
        char *text = fixture_replace(fixture_text, "\"stops_on_veto\": true", list);
        int rc = fixture_load_text(text, &catalog, &findings);
        CHECK_I64(count > CATALOG_CORRECTIONS_MAX ? OD_EINVAL : OD_OK, rc, "limit and limit + 1");
        if (rc == OD_OK) {
            CHECK_I64(OD_OK, submit(catalog, "\"area_m2\": 1, \"seats\": 2", ALL, ""), "all of them");
            CHECK_I64(CATALOG_CORRECTIONS_MAX, intake.correction_count, "are told");
            CHECK_I64(CATALOG_COMPETENCES_MAX, catalog_service_find(catalog, "open-cafe")->competence_count, "and kept");
        }
        catalog_release(catalog);
        base_free(list);
        free(text);
    }
    CHECK(fixture_finding(&findings, "\"competence\" has 65 items, at most 64 are allowed") != NULL, "told");
    CHECK(fixture_finding(&findings, "\"corrections\" has 65 items, at most 64 are allowed") != NULL, "told");
}

/* The guide says what the intake does, and a restored catalogue does the same. */
static void the_guide_tells_the_intake(void **state)
{
    struct catalog *catalog = cafe_load("\"center\":", "\"center\":"), *again = NULL;
    struct base_buffer buffer = {.size = 0};
    size_t size;

    (void)state;
    const char *snapshot = catalog_snapshot(catalog, &size);
    CHECK_I64(OD_OK, catalog_restore(snapshot, size, &again, &findings), "restored");
    CHECK_I64(OD_OK, submit(again, "\"area_m2\": 5001", "", ""), "the same");
    CHECK_I64(CORE_INTAKE_NOT_COMPETENT, intake.outcome, "outcome");
    catalog_put_service(&buffer, NULL, catalog_service_find(again, "open-cafe"));
    const char *text = base_buffer_text(&buffer);
    CHECK(strstr(text, "\"competence\":[{\"when\":{\"field\":\"area_m2\",\"op\":\">\",\"value\":5000},\"when_text\":{\"zh-CN\":\"面积大于 5000 m²\",\"en\":\"Area is more than 5000 m²\"},\"body\":{\"zh-CN\":\"市局\",\"en\":\"City bureau\"},") != NULL, "competence");
    CHECK(strstr(text, "\"corrections\":[{\"id\":\"no-seats\",") != NULL && strstr(text, "\"fields\":[\"slope\",\"area_m2\"]") != NULL, "corrections");
    CHECK(strstr(text, "\"tolerance\":{\"unit\":\"working_day\",\"length\":20,\"counts_start_day\":false,\"end_roll\":\"none\",\"text\":{\"zh-CN\":\"收到之日起 20 个工作日\",\"en\":\"20 working days from receipt\"}}") != NULL, "tolerance");
    base_buffer_fini(&buffer);
    catalog_release(again);
    catalog_release(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_who_asks_is_named),
        cmocka_unit_test(each_outcome_of_article_32),
        cmocka_unit_test(an_officer_checks_what_is_neither_foreign_nor_needless),
        cmocka_unit_test(a_promise_is_checked_with_place_and_remedy),
        cmocka_unit_test(tolerance_is_that_of_every_matter_that_asks),
        cmocka_unit_test(a_second_look_finds_what_is_left),
        cmocka_unit_test(no_memory_is_taken),
        cmocka_unit_test(each_check_tells_its_finding_and_place),
        cmocka_unit_test(competences_and_corrections_hold_at_the_limit_and_one_more),
        cmocka_unit_test(the_guide_tells_the_intake),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
