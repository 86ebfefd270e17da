/* SPDX-License-Identifier: Apache-2.0 */
/* Calendars on top of one another (C-5), and calendars that are amended under
 * applications that run (C-6). */
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "catalog/calendar.h"
#include "catalog/fixture.h"
#include "catalog/loading.h"
#include "lib/check.h"

#define NAME "\"name\": {\"zh-CN\": \"历\", \"en\": \"Calendar\"}"
#define DAY(key, date) "{\"" key "\": \"" date "\", \"name\": {\"zh-CN\": \"某日\", \"en\": \"Some day\"}}"

#define NATION                                                                                        \
    "{\"id\": \"cn\", \"level\": \"nation\", " NAME ", \"published_until\": \"2025-12-31\",\n"             \
    " \"holidays\": [{\"from\": \"2024-02-10\", \"to\": \"2024-02-17\", \"name\": {\"zh-CN\": \"春节\", \"en\": \"Spring Festival\"}}],\n" \
    " \"working_days\": [{\"date\": \"2024-02-04\", \"name\": {\"zh-CN\": \"调休\", \"en\": \"Make-up day\"}}]}"

static struct catalog_findings findings;

static core_day day_of(const char *text)
{
    core_day day = -1;

    CHECK_I64(OD_OK, base_day_parse(text, &day), text);
    return day;
}

static int load_text(const char *text, struct catalog_calendar *out)
{
    char path[512];
    const char *folder = fixture_folder();

    fixture_write(folder, "calendar.json", text, strlen(text));
    snprintf(path, sizeof(path), "%s/calendar.json", folder);
    int rc = catalog_calendar_load(path, out, &findings);
    fixture_remove(folder);
    return rc;
}

/* What a center on the nation says of single days: the layer's word wins, both ways. */
static const struct {
    const char *members, *date;
    enum core_day_kind kind;
    const char *name, *why;
} rows[] = {
    {"", "2024-02-12", CORE_DAY_HOLIDAY, "Spring Festival", "inherited day off"},
    {"", "2024-02-04", CORE_DAY_MAKE_UP, "Make-up day", "inherited make-up day"},
    {"", "2024-02-24", CORE_DAY_WEEKEND, NULL, "inherited weekend"},
    {", \"holidays\": [" DAY("from", "2024-03-01") "]", "2024-03-01", CORE_DAY_HOLIDAY, "Some day", "a day off of its own"},
    {", \"working_days\": [" DAY("date", "2024-02-12") "]", "2024-02-12", CORE_DAY_MAKE_UP, "Some day", "undoes a day off"},
    {", \"working_days\": [" DAY("date", "2024-02-12") "]", "2024-02-13", CORE_DAY_HOLIDAY, "Spring Festival", "and leaves the rest of it"},
    {", \"holidays\": [" DAY("from", "2024-02-04") "]", "2024-02-04", CORE_DAY_HOLIDAY, "Some day", "undoes a make-up day"},
    {", \"holidays\": [" DAY("from", "2024-02-12") "]", "2024-02-12", CORE_DAY_HOLIDAY, "Some day", "gives a day off its own name"},
    {", \"working_days\": [" DAY("date", "2024-02-04") "]", "2024-02-04", CORE_DAY_MAKE_UP, "Some day", "gives a make-up day its own name"},
    {", \"holidays\": [" DAY("from", "2023-12-29") "]", "2023-12-29", CORE_DAY_HOLIDAY, "Some day", "before everything of the base"},
    {", \"holidays\": [" DAY("from", "2025-12-31") "]", "2025-12-31", CORE_DAY_HOLIDAY, "Some day", "after everything of the base, its last published day"},
    {", \"weekend\": [\"friday\", \"saturday\"]", "2024-03-01", CORE_DAY_WEEKEND, NULL, "a weekend of its own"},
    {", \"weekend\": [\"friday\", \"saturday\"]", "2024-03-03", CORE_DAY_WORKING, NULL, "in place of the inherited one"},
    {", \"weekend\": []", "2024-03-03", CORE_DAY_WORKING, NULL, "no weekend at all"},
};

static void the_layers_word_wins(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct catalog_calendar calendar;
        char text[4096];
        snprintf(text, sizeof(text), "{\"calendars\": [{\"id\": \"center\", \"base\": \"cn\", \"level\": \"center\", " NAME "%s}, " NATION "]}",
                 rows[i].members);
        int rc = load_text(text, &calendar);
        fixture_print(&findings);
        CHECK_I64(OD_OK, rc, rows[i].why);
        CHECK_TEXT("center", calendar.id, "the one that is no base");
        CHECK_I64(rows[i].kind, core_calendar_kind(&calendar.rules, day_of(rows[i].date)), rows[i].why);
        const struct catalog_text *name =
            catalog_listed_name(&calendar.rules, calendar.holiday_names, calendar.make_up_names, day_of(rows[i].date));
        if (rows[i].name != NULL)
            CHECK_TEXT(rows[i].name, name->in[CATALOG_EN], rows[i].why);
        else
            CHECK(name == NULL, rows[i].why);
        CHECK_I64(day_of("2025-12-31"), calendar.rules.published_until, "as the base");
        CHECK_I64(day_of("2024-01-01"), calendar.rules.published_from, "as the base, whatever the layer lists");
        CHECK_I64(1, calendar.layer_count, "one below");
        CHECK(strncmp(calendar.layers[0], "cn@", 3) == 0, "the nation");
        catalog_calendar_fini(&calendar);
    }
}

static const struct { const char *text, *part; uint32_t line; const char *why; } wrong[] = {
    {"{\"calendars\": [\n{\"id\": \"a\", \"base\": \"cm\", " NAME "},\n" NATION "]}", "there is no calendar \"cm\"; did you mean \"cn\"?", 2, "unknown"},
    {"{\"calendars\": [\n{\"id\": \"a\", \"base\": \"a\", " NAME "}]}", "in a circle: a -> a;", 2, "itself"},
    {"{\"calendars\": [\n{\"id\": \"a\", \"base\": \"b\", " NAME "},\n{\"id\": \"b\", \"base\": \"c\", " NAME "},\n{\"id\": \"c\", \"base\": \"a\", " NAME "}]}",
     "in a circle: a -> b -> c -> a;", 2, "three in a circle"},
    {"{\"calendars\": [" NATION ", {\"id\": \"a\", \"base\": \"cn\", " NAME "}, {\"id\": \"b\", \"base\": \"a\", " NAME "}, {\"id\": \"c\", \"base\": \"b\", " NAME "},\n\n\n"
     "{\"id\": \"d\", \"base\": \"c\", " NAME "}]}", "more than 4 calendars on top of one another", 6, "CATALOG_LAYERS_MAX + 1"},
    {"{\"calendars\": [" NATION ",\n{\"id\": \"a\", \"base\": \"cn\", \"level\": \"nation\", " NAME "}]}", "of the level nation cannot build on \"cn\"", 4, "beside, not below"},
    {"{\"calendars\": [" NATION ",\n{\"id\": \"a\", \"base\": \"cn\", \"level\": \"town\", " NAME "}]}", "\"level\" is to be one of: nation, province, center, department", 4, "word"},
    {"{\"calendars\": [" NATION ",\n{\"id\": \"a\", \"base\": \"cn\", \"published_until\": \"2026-01-01\", " NAME "}]}", "lies after that of the base \"cn\", 2025-12-31", 4, "knows more than its base"},
    {"{\"calendars\": [" NATION ",\n{\"id\": \"a\", \"base\": \"cn\", " NAME ",\n\"holidays\": [" DAY("from", "2026-01-01") "]}]}", "the day 2026-01-01 lies after 2025-12-31, the last published day of the base", 5, "past the base"},
    {"{\"calendars\": [" NATION ",\n{\"id\": \"a\", \"base\": \"cn\", " NAME ", \"published_until\": \"2025-06-30\",\n\"holidays\": [" DAY("from", "2025-07-01") "]}]}", "the day lies after \"published_until\"", 5, "past its own"},
    {"{\"calendars\": [" NATION ",\n{\"id\": \"a\", \"base\": 5, " NAME "}]}", "this is no id", 4, "no text"},
    {"{\"calendars\": [\n{\"id\": \"a\", " NAME ", \"published_until\": \"2025-12-31\"}]}", "\"holidays\" is missing", 2, "without a base both lists are due"},
    {"{\"calendars\": [" NATION ",\n{\"id\": \"a\", \"base\": \"cn\", " NAME "},\n{\"id\": \"b\", \"base\": \"cn\", " NAME "}]}", "2 calendars that are no base of another", 0, "which of them?"},
    {"{\"calendars\": [" NATION ",\n" NATION "]}", "\"cn\" is defined already", 4, "twice"},
};

static void layers_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct catalog_calendar calendar = {.id = "unchanged"};
        CHECK_I64(OD_EINVAL, load_text(wrong[i].text, &calendar), wrong[i].why);
        const struct catalog_finding *finding = fixture_finding(&findings, wrong[i].part);
        if (finding == NULL || finding->line != wrong[i].line)
            fixture_print(&findings);
        CHECK(finding != NULL, wrong[i].why);
        CHECK_I64(wrong[i].line, finding->line, wrong[i].why);
        CHECK_TEXT("unchanged", calendar.id, "the output is left alone");
    }
}

static void four_layers_are_the_most(void **state)
{
    struct catalog_calendar calendar;
    const char text[] = "{\"calendars\": [{\"id\": \"d\", \"base\": \"c\", \"level\": \"department\", " NAME ", \"holidays\": [" DAY("from", "2024-03-04") "]}, "
                        "{\"id\": \"c\", \"base\": \"p\", \"level\": \"center\", " NAME ", \"published_until\": \"2025-06-30\"}, "
                        "{\"id\": \"p\", \"base\": \"cn\", \"level\": \"province\", " NAME ", \"working_days\": [" DAY("date", "2024-03-02") "]}, " NATION "]}";

    (void)state;
    CHECK_I64(OD_OK, load_text(text, &calendar), "CATALOG_LAYERS_MAX");
    CHECK_I64(CATALOG_LAYERS_MAX - 1, calendar.layer_count, "below the department");
    CHECK_I64(CORE_DAY_HOLIDAY, core_calendar_kind(&calendar.rules, day_of("2024-03-04")), "the department's");
    CHECK_I64(CORE_DAY_MAKE_UP, core_calendar_kind(&calendar.rules, day_of("2024-03-02")), "the province's");
    CHECK_I64(CORE_DAY_HOLIDAY, core_calendar_kind(&calendar.rules, day_of("2024-02-12")), "the nation's");
    CHECK_I64(day_of("2025-06-30"), calendar.rules.published_until, "the center's, which is earlier");
    CHECK(strncmp(calendar.layers[0], "c@", 2) == 0 && strncmp(calendar.layers[2], "cn@", 3) == 0, "the nearest first");
    catalog_calendar_fini(&calendar);
}

static void a_base_is_found_beside_the_file(void **state)
{
    struct catalog_calendar calendar;
    char path[512];
    const char *folder = fixture_folder();
    const char center[] = "{\"calendars\": [{\"id\": \"center\", \"base\": \"cn\", " NAME "}]}", nation[] = "{\"calendars\": [" NATION "]}";

    (void)state;
    fixture_write(folder, "center.json", center, strlen(center));
    snprintf(path, sizeof(path), "%s/center.json", folder);
    CHECK_I64(OD_EINVAL, catalog_calendar_load(path, &calendar, &findings), "not there");
    CHECK(fixture_finding(&findings, "there is no calendar \"cn\"") != NULL, "told");
    fixture_write(folder, "cn.json", nation, strlen(nation));
    CHECK_I64(OD_OK, catalog_calendar_load(path, &calendar, &findings), "there");
    CHECK_TEXT("center", calendar.id, "the one that was asked for");
    CHECK_I64(CORE_DAY_HOLIDAY, core_calendar_kind(&calendar.rules, day_of("2024-02-12")), "the nation's");
    catalog_calendar_fini(&calendar);
    fixture_write(folder, "cn.json", "{\"calendars\": [{]}", 18);
    CHECK_I64(OD_EINVAL, catalog_calendar_load(path, &calendar, &findings), "broken");
    CHECK(strstr(findings.items[0].file, "/cn.json") != NULL && findings.items[0].line == 1, "told of the file that is broken");
    fixture_remove(folder);
}

/* The version is of the resolved days, not of the way they are written. */
static void versions_follow_the_days(void **state)
{
    static const struct { const char *members; bool is_same; const char *why; } versions[] = {
        {"", true, "nothing of its own"},
        {", \"weekend\": [\"saturday\", \"sunday\"]", true, "the weekend that it would inherit"},
        {", \"holidays\": [" DAY("from", "2024-02-12") "]", true, "another name"},
        {", \"holidays\": [" DAY("from", "2024-03-01") "]", false, "one day more"},
        {", \"working_days\": [" DAY("date", "2024-02-12") "]", false, "one day less"},
        {", \"weekend\": [\"sunday\"]", false, "weekend"},
        {", \"published_until\": \"2025-06-30\"", false, "published days"},
    };
    struct catalog_calendar calendar;
    char nation[CATALOG_VERSION_SIZE], text[4096];

    (void)state;
    CHECK_I64(OD_OK, load_text("{\"calendars\": [" NATION "]}", &calendar), "alone");
    snprintf(nation, sizeof(nation), "%s", calendar.label + strlen("cn@"));
    CHECK_I64(CATALOG_VERSION_SIZE - 1, strspn(nation, "0123456789abcdef"), "16 digits");
    catalog_calendar_fini(&calendar);
    for (size_t i = 0; i < COUNT(versions); i++) {
        snprintf(text, sizeof(text), "{\"calendars\": [{\"id\": \"x\", \"base\": \"cn\", " NAME "%s}, " NATION "]}", versions[i].members);
        CHECK_I64(OD_OK, load_text(text, &calendar), versions[i].why);
        CHECK_I64(versions[i].is_same, strcmp(nation, calendar.label + strlen("x@")) == 0, versions[i].why);
        catalog_calendar_fini(&calendar);
    }
}

/* The fixture with one more calendar, and with a day off added to the nation's. */
static struct catalog *catalog_of(const char *more, const char *day_off)
{
    struct catalog *catalog = NULL;
    char day[256], calendars[1024];

    snprintf(day, sizeof(day), "\"holidays\": [%s", day_off);
    snprintf(calendars, sizeof(calendars), "\"calendars\": [%s", more);
    char *first = fixture_replace(fixture_text, "\"holidays\": [", day);
    char *second = fixture_replace(first, "\"calendars\": [", calendars);
    int rc = fixture_load_text(second, &catalog, &findings);
    fixture_print(&findings);
    CHECK_I64(OD_OK, rc, "the fixture");
    free(first);
    free(second);
    return catalog;
}

#define LOCAL "{\"id\": \"local\", \"base\": \"cn\", \"level\": \"center\", " NAME ", \"holidays\": [" DAY("from", "2024-03-01") "]},\n"

static void a_catalogues_calendars_are_looked_up(void **state)
{
    struct catalog *catalog = catalog_of(LOCAL, "");
    const struct core_calendar *cn = catalog_calendar_find(catalog, "cn"), *local = catalog_calendar_find(catalog, "local");

    (void)state;
    CHECK_I64(2, catalog_calendar_count(catalog), "two");
    CHECK(catalog_calendar_at(catalog, 0) == local && catalog_calendar_at(catalog, 1) == cn, "in the order of the file");
    CHECK(catalog_calendar_find(catalog, "mars") == NULL, "none");
    CHECK(catalog_calendar_rules(catalog) == cn, "the center's, which rules point to");
    CHECK(catalog_calendar_base(catalog, local) == cn && catalog_calendar_base(catalog, cn) == NULL, "base");
    CHECK_I64(CATALOG_LEVEL_CENTER, catalog_calendar_level(catalog, local), "level");
    CHECK_TEXT("Calendar", catalog_calendar_name(catalog, local)->in[CATALOG_EN], "name");
    CHECK(strncmp(catalog_calendar_label(catalog, local), "local@", 6) == 0, "label");
    CHECK_TEXT(catalog_calendar_label(catalog, local) + 6, catalog_calendar_version(catalog, local), "version");
    CHECK_TEXT("Some day", catalog_calendar_day_name(catalog, local, day_of("2024-03-01"))->in[CATALOG_EN], "its own day");
    CHECK_TEXT("春节", catalog_calendar_day_name(catalog, local, day_of("2024-02-12"))->in[CATALOG_ZH_CN], "the nation's day");
    CHECK(catalog_calendar_day_name(catalog, cn, day_of("2024-03-01")) == NULL, "a plain day of the nation");
    catalog_release(catalog);
}

static void a_catalogues_calendars_are_put(void **state)
{
    struct catalog *catalog = catalog_of(LOCAL, "");
    const struct core_calendar *local = catalog_calendar_find(catalog, "local");
    struct base_buffer buffer = {.size = 0};
    struct base_json *json = NULL;
    struct base_json_error error;

    (void)state;
    base_json_open(&buffer, NULL, '{');
    catalog_put_calendar(&buffer, "calendar", catalog, local);
    catalog_put_calendar(&buffer, "nation", catalog, catalog_calendar_base(catalog, local));
    catalog_put_calendar_year_of(&buffer, "year", catalog, local, 2024);
    base_json_close(&buffer, '}');
    CHECK_I64(OD_OK, base_json_parse(buffer.bytes, buffer.size, &json, &error), "is JSON");
    const struct base_json *put = base_json_member(json, "calendar"), *nation = base_json_member(json, "nation");
    const struct base_json *year = base_json_member(json, "year");
    CHECK_TEXT("local", base_json_member_text(put, "id"), "id");
    CHECK_TEXT("center", base_json_member_text(put, "level"), "level");
    CHECK_TEXT(catalog_calendar_label(catalog, local), base_json_member_text(put, "version"), "version");
    CHECK_TEXT(base_json_member_text(nation, "version"), base_json_member_text(put, "base"), "base");
    CHECK_TEXT("2024-01-01", base_json_member_text(put, "published_from"), "from");
    CHECK_TEXT("2024-12-31", base_json_member_text(put, "published_until"), "until");
    CHECK(base_json_member(nation, "base") == NULL && base_json_member(nation, "level") == NULL, "neither is said");
    CHECK_I64(12, base_json_count(base_json_member(year, "months")), "months");
    CHECK_I64(10, (int64_t)base_json_number(base_json_member(year, "days_off")), "8 of the Spring Festival, 1 May, 1 March");
    CHECK_I64(2, (int64_t)base_json_number(base_json_member(year, "make_up_days")), "two");
    CHECK(base_json_is_true(base_json_member(year, "published")), "the whole year is known");
    base_json_destroy(json);
    base_buffer_fini(&buffer);
    catalog_release(catalog);
}

#define OFF DAY("from", "2024-03-04") ", "

static void an_older_catalogue_follows_the_running_one(void **state)
{
    struct catalog *older = catalog_of("", ""), *running = catalog_of("", OFF), *next = catalog_of("", "");
    const struct core_calendar *rules = catalog_service_at(older, 0)->rules.calendar;
    core_day day = day_of("2024-03-04");

    (void)state;
    CHECK(catalog_calendars_differ(older, running), "before");
    CHECK_I64(CORE_DAY_WORKING, core_calendar_kind(rules, day), "before");
    catalog_calendars_adopt(older, running);
    CHECK(!catalog_calendars_differ(older, running), "after");
    CHECK(rules == catalog_service_at(older, 0)->rules.calendar, "the struct that rules point to stays");
    CHECK_I64(CORE_DAY_HOLIDAY, core_calendar_kind(rules, day), "moved");
    CHECK_TEXT("Some day", catalog_day_name(older, day)->in[CATALOG_EN], "and named");
    catalog_calendars_adopt(older, running);
    catalog_release(running); /* lives on as long as its days are lent */
    CHECK_I64(CORE_DAY_HOLIDAY, core_calendar_kind(rules, day), "adopted twice");
    catalog_calendars_adopt(older, next);
    CHECK_I64(CORE_DAY_WORKING, core_calendar_kind(rules, day), "taken back by the next one");
    catalog_calendars_adopt(older, older);
    CHECK_I64(CORE_DAY_WORKING, core_calendar_kind(rules, day), "its own again");
    catalog_release(next);
    catalog_release(older);
}

/* A version that comes back as the running one says what its own files say, and lends to those
 * that it borrowed from. */
static void going_back_makes_no_circle(void **state)
{
    struct catalog *first = catalog_of("", ""), *second = catalog_of("", OFF);
    core_day day = day_of("2024-03-04");

    (void)state;
    catalog_calendars_adopt(first, second);
    CHECK_I64(CORE_DAY_HOLIDAY, core_calendar_kind(catalog_calendar_rules(first), day), "the second runs");
    catalog_calendars_adopt(second, first);
    CHECK_I64(CORE_DAY_WORKING, core_calendar_kind(catalog_calendar_rules(first), day), "the first runs again");
    CHECK_I64(CORE_DAY_WORKING, core_calendar_kind(catalog_calendar_rules(second), day), "and the second follows");
    catalog_release(first);
    catalog_release(second);
}

static void a_calendar_that_went_stays_as_it_was_last(void **state)
{
    struct catalog *older = catalog_of(LOCAL, ""), *running = catalog_of(LOCAL, OFF), *next = catalog_of("", "");
    const struct core_calendar *local = catalog_calendar_find(older, "local");
    core_day day = day_of("2024-03-04");

    (void)state;
    catalog_calendars_adopt(older, running);
    catalog_release(running);
    catalog_calendars_adopt(older, next);
    CHECK_I64(CORE_DAY_HOLIDAY, core_calendar_kind(local, day), "as the last one that had it said");
    CHECK_I64(CORE_DAY_WORKING, core_calendar_kind(catalog_calendar_find(older, "cn"), day), "the nation's moved on");
    catalog_release(older);
    catalog_release(next);
}

static void changes_are_listed(void **state)
{
    struct catalog *before = catalog_of(LOCAL, ""), *after = catalog_of("{\"id\": \"new\", \"base\": \"cn\", " NAME "},\n", OFF);
    struct catalog_calendar_change changes[3];

    (void)state;
    CHECK_I64(3, catalog_calendars_compare(before, after, changes, 3), "new, cn, local");
    CHECK_TEXT("new", changes[0].id, "new");
    CHECK(changes[0].before == NULL && changes[0].after != NULL, "was not there");
    CHECK_TEXT("cn", changes[1].id, "amended");
    CHECK(strcmp(changes[1].before, changes[1].after) != 0, "two versions");
    CHECK_TEXT("local", changes[2].id, "went");
    CHECK(changes[2].after == NULL && changes[2].before != NULL, "is no more");
    CHECK_I64(3, catalog_calendars_compare(before, after, changes, 1), "all are counted");
    CHECK_I64(0, catalog_calendars_compare(before, before, changes, 3), "with itself");
    CHECK(!catalog_calendars_differ(after, after), "with itself");
    catalog_release(before);
    catalog_release(after);
}

static void layers_survive_the_snapshot(void **state)
{
    struct catalog *catalog = catalog_of(LOCAL, ""), *again = NULL;
    size_t size;

    (void)state;
    const char *snapshot = catalog_snapshot(catalog, &size);
    CHECK_I64(OD_OK, catalog_restore(snapshot, size, &again, &findings), "restore");
    CHECK_TEXT(catalog_version(catalog), catalog_version(again), "the same");
    CHECK(!catalog_calendars_differ(catalog, again), "and the same days");
    catalog_release(again);
    catalog_release(catalog);
}

static void the_number_of_calendars_has_a_limit(void **state)
{
    struct catalog_limits limits = catalog_limits_default;
    struct catalog *catalog = NULL;
    const char *folder = fixture_folder();
    char *text = fixture_replace(fixture_text, "\"calendars\": [", "\"calendars\": [" LOCAL);

    (void)state;
    CHECK_I64(CATALOG_CALENDARS_MAX, limits.calendars_max, "the limit of the format");
    fixture_write(folder, "catalog.json", text, strlen(text));
    limits.calendars_max = 2;
    CHECK_I64(OD_OK, catalog_load_within(folder, &limits, &catalog, &findings), "limit");
    catalog_release(catalog);
    limits.calendars_max = 1;
    CHECK_I64(OD_EINVAL, catalog_load_within(folder, &limits, &catalog, &findings), "limit + 1");
    CHECK(fixture_finding(&findings, "there are 2 calendars, at most 1") != NULL, "told");
    fixture_remove(folder);
    free(text);
}

static void running_out_of_memory_ends_well(void **state)
{
    const char text[] = "{\"calendars\": [{\"id\": \"c\", \"base\": \"p\", " NAME "}, {\"id\": \"p\", \"base\": \"cn\", " NAME "}, " NATION "]}";
    uint64_t count = 0;
    int rc = OD_ENOMEM;
    char path[512];
    const char *folder = fixture_folder();

    (void)state;
    fixture_write(folder, "calendar.json", text, strlen(text));
    snprintf(path, sizeof(path), "%s/calendar.json", folder);
    while (rc == OD_ENOMEM) {
        struct catalog_calendar calendar = {.id = NULL};
        base_alloc_fail_at(++count);
        rc = catalog_calendar_load(path, &calendar, &findings);
        base_alloc_fail_at(0);
        CHECK(rc == OD_OK || rc == OD_ENOMEM, "no other error");
        catalog_calendar_fini(&calendar);
    }
    CHECK(count > 20, "the sweep met the allocations");
    fixture_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layers_word_wins),
        cmocka_unit_test(layers_that_do_not_fit_are_refused),
        cmocka_unit_test(four_layers_are_the_most),
        cmocka_unit_test(a_base_is_found_beside_the_file),
        cmocka_unit_test(versions_follow_the_days),
        cmocka_unit_test(a_catalogues_calendars_are_looked_up),
        cmocka_unit_test(a_catalogues_calendars_are_put),
        cmocka_unit_test(an_older_catalogue_follows_the_running_one),
        cmocka_unit_test(going_back_makes_no_circle),
        cmocka_unit_test(a_calendar_that_went_stays_as_it_was_last),
        cmocka_unit_test(changes_are_listed),
        cmocka_unit_test(layers_survive_the_snapshot),
        cmocka_unit_test(the_number_of_calendars_has_a_limit),
        cmocka_unit_test(running_out_of_memory_ends_well),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
