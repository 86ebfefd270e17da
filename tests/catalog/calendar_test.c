/* SPDX-License-Identifier: Apache-2.0 */
/* Calendars by themselves: the project's file, yearly files, a folder of them; and
 * that the two forms of China's calendar say the same. */
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "catalog/calendar.h"
#include "catalog/fixture.h"
#include "lib/check.h"
#include "lib/files.h"

static struct catalog_findings findings;

static core_day day_of(const char *text)
{
    core_day day = -1;

    CHECK_I64(OD_OK, base_day_parse(text, &day), text);
    return day;
}

static int load_text(const char *name, const char *text, struct catalog_calendar *out)
{
    char path[512];
    const char *folder = fixture_folder();

    fixture_write(folder, name, text, strlen(text));
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int rc = catalog_calendar_load(path, out, &findings);
    fixture_remove(folder);
    return rc;
}

static void check_vectors(const struct core_calendar *rules, const char *why)
{
    static const struct { const char *from; int count; const char *due; } vectors[] = {
        {"2024-02-08", 5, "2024-02-21"}, {"2024-02-08", 10, "2024-02-28"}, {"2024-02-08", 20, "2024-03-13"}};

    for (size_t i = 0; i < COUNT(vectors); i++) {
        core_day due = 0;
        CHECK_I64(OD_OK, core_calendar_due(rules, day_of(vectors[i].from), vectors[i].count, &due), why);
        CHECK_I64(day_of(vectors[i].due), due, why);
    }
}

static void load_project(struct catalog_calendar *out)
{
    char path[1024];

    snprintf(path, sizeof(path), "%s/configs/calendars/cn.json", test_source());
    int rc = catalog_calendar_load(path, out, &findings);
    fixture_print(&findings);
    CHECK_I64(OD_OK, rc, path);
}

static void the_projects_calendar_loads(void **state)
{
    struct catalog_calendar calendar;

    (void)state;
    load_project(&calendar);
    CHECK_TEXT("cn", calendar.id, "id");
    CHECK_I64(day_of("2026-12-31"), calendar.rules.published_until, "published");
    CHECK_I64(day_of("2024-01-01"), calendar.rules.published_from, "the first year listed");
    check_vectors(&calendar.rules, "the vectors of the Spring Festival of 2024");
    CHECK_I64(CORE_DAY_MAKE_UP, core_calendar_kind(&calendar.rules, day_of("2026-02-28")), "a make-up Saturday");
    CHECK_I64(CORE_DAY_HOLIDAY, core_calendar_kind(&calendar.rules, day_of("2025-10-08")), "the last of the long October");
    CHECK_TEXT("Spring Festival", calendar.holiday_names[1].in[CATALOG_EN], "a name in English");
    CHECK_TEXT("春节", calendar.holiday_names[1].in[CATALOG_ZH_CN], "and in Chinese");
    catalog_calendar_fini(&calendar);
    catalog_calendar_fini(NULL);
}

/* The whole folder of the yearly facts, and the project's file against it day by day. */
static void a_folder_of_years_says_the_same(void **state)
{
    char path[1024];
    struct catalog_calendar ours, years;

    (void)state;
    if (test_shared() == NULL)
        skip();
    snprintf(path, sizeof(path), "%s/data/calendars/cn", test_shared());
    CHECK_I64(OD_OK, catalog_calendar_load(path, &years, &findings), path);
    load_project(&ours);
    CHECK_TEXT("cn", years.id, "the folder's name");
    CHECK_I64(day_of("2026-12-31"), years.rules.published_until, "the last year listed");
    CHECK_I64(day_of("2018-01-01"), years.rules.published_from, "the first year listed");
    check_vectors(&years.rules, "yearly");
    CHECK_I64(CORE_DAY_MAKE_UP, core_calendar_kind(&years.rules, day_of("2018-12-29")), "listed by the file of 2019");
    for (core_day day = day_of("2024-01-01"); day <= day_of("2026-12-31"); day++)
        CHECK_I64(core_calendar_kind(&years.rules, day), core_calendar_kind(&ours.rules, day), "every day of three years");
    catalog_calendar_fini(&ours);
    catalog_calendar_fini(&years);
}

static void one_yearly_file_loads(void **state)
{
    struct catalog_calendar calendar;
    const char text[] = "{\"$schema\": \"s\", \"$id\": \"i\", \"year\": 2023, \"papers\": [\"p\"], \"days\": ["
                        "{\"name\": \"元旦\", \"date\": \"2022-12-31\", \"isOffDay\": true},"
                        "{\"name\": \"春节\", \"date\": \"2023-01-28\", \"isOffDay\": false}]}";

    (void)state;
    CHECK_I64(OD_OK, load_text("2023.json", text, &calendar), "one year");
    CHECK_TEXT("2023", calendar.id, "the file's name");
    CHECK_I64(day_of("2023-12-31"), calendar.rules.published_until, "to the end of the year");
    CHECK_I64(day_of("2023-01-01"), calendar.rules.published_from, "not the year before, of which it lists one day");
    CHECK_I64(1, calendar.rules.holiday_count, "one day off, of the year before");
    CHECK_I64(1, calendar.rules.make_up_count, "one make-up day");
    CHECK_TEXT("春节", calendar.make_up_names[0].in[CATALOG_EN], "one name for both languages");
    catalog_calendar_fini(&calendar);
}

static const struct {
    const char *text;
    const char *part;
    uint32_t line, column;
    const char *why;
} rows[] = {
    {"{\"year\": 2023, \"days\": [\n{\"name\": \"a\", \"date\": \"2023-05-01\", \"isOffDay\": true},\n{\"name\": \"b\", \"date\": \"2023-05-01\", \"isOffDay\": true}]}", "2023-05-01 is listed twice", 3, 1, "twice"},
    {"{\"year\": 2023, \"days\": [\n{\"name\": \"a\", \"date\": \"2023-05-01\", \"isOffDay\": true},\n{\"name\": \"b\", \"date\": \"2023-05-01\", \"isOffDay\": false}]}", "as a day off and as a working day", 3, 1, "contradiction"},
    {"{\"year\": 2023, \"days\": [{\"name\": \"a\", \"date\": \"2021-12-31\", \"isOffDay\": true}]}", "neither of 2023 nor of the year before", 1, 25, "two years before"},
    {"{\"year\": 2023, \"days\": [{\"name\": \"a\", \"date\": \"2024-01-01\", \"isOffDay\": true}]}", "neither of 2023", 1, 25, "the year after"},
    {"{\"year\": 2023, \"days\": [{\"name\": \"a\", \"date\": \"2023-02-29\", \"isOffDay\": true}]}", "is to be a date", 1, 47, "no such day"},
    {"{\"year\": 2023, \"days\": [{\"name\": \"a\", \"date\": \"2023-02-28\"}]}", "\"isOffDay\" is missing", 1, 25, "off or worked?"},
    {"{\"year\": 2023, \"days\": [{\"name\": \"a\", \"date\": \"2023-02-28\", \"isOffDay\": 1}]}", "is to be true or false", 1, 73, "a number"},
    {"{\"year\": 1969, \"days\": []}", "from 1970 to 2199", 1, 10, "min - 1"},
    {"{\"year\": 2200, \"days\": []}", "from 1970 to 2199", 1, 10, "max + 1"},
    {"{\"year\": 2023}", "\"days\" is missing", 1, 1, "no days"},
    {"{\"year\": 2023, \"days\": [], \"holidays\": []}", "unknown member \"holidays\"", 1, 40, "member"},
    {"{\"year\": 2023, \"days\": [}", "", 1, 25, "syntax"},
    {"{\"calendars\": []}", "the file has 0 calendars, one is needed", 0, 0, "none"},
    {"{\"calendars\": [{\"id\": \"a\"}, {\"id\": \"b\"}]}", "the file has 2 calendars", 0, 0, "which of them?"},
    {"{\"calendars\": [{\"id\": \"a\", \"name\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"published_until\": \"2024-12-31\", \"holidays\": [],\n \"working_days\": [{\"date\": \"2024-13-01\", \"name\": {\"zh-CN\": \"a\", \"en\": \"a\"}}]}]}", "\"date\" is to be a date", 2, 28, "no such month"},
    {"", "", 1, 1, "an empty file"},
};

static void faults_are_told_with_their_place(void **state)
{
    struct catalog_calendar calendar = {.id = "unchanged"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(OD_EINVAL, load_text("calendar.json", rows[i].text, &calendar), rows[i].why);
        const struct catalog_finding *finding = fixture_finding(&findings, rows[i].part);
        if (finding == NULL || finding->line != rows[i].line || finding->column != rows[i].column)
            fixture_print(&findings);
        CHECK(finding != NULL, rows[i].why);
        CHECK_I64(rows[i].line, finding->line, rows[i].why);
        CHECK_I64(rows[i].column, finding->column, rows[i].why);
        CHECK_TEXT("unchanged", calendar.id, "the output is left alone");
    }
}

static void folders_and_absent_files(void **state)
{
    struct catalog_calendar calendar;
    const char *folder = fixture_folder();

    (void)state;
    CHECK_I64(OD_ENOTFOUND, catalog_calendar_load("/nonexistent/cn.json", &calendar, &findings), "no such file");
    CHECK_I64(OD_EINVAL, catalog_calendar_load(folder, &calendar, &findings), "an empty folder");
    CHECK(fixture_finding(&findings, "no yearly file YYYY.json") != NULL, "told");
    const char one[] = "{\"year\": 2023, \"days\": [{\"name\": \"a\", \"date\": \"2023-12-31\", \"isOffDay\": true}]}";
    const char two[] = "{\"year\": 2024, \"days\": [{\"name\": \"a\", \"date\": \"2023-12-31\", \"isOffDay\": false}]}";
    fixture_write(folder, "2023.json", one, strlen(one));
    fixture_write(folder, "2024.json", two, strlen(two));
    fixture_write(folder, "schema.json", "[", 1);
    CHECK_I64(OD_EINVAL, catalog_calendar_load(folder, &calendar, &findings), "two files contradict each other");
    CHECK_TEXT("2024.json", findings.items[0].file, "told at the later one");
    fixture_remove(folder);
}

static void running_out_of_memory_ends_well(void **state)
{
    char path[1024];
    uint64_t count = 0;
    int rc = OD_ENOMEM;

    (void)state;
    snprintf(path, sizeof(path), "%s/configs/calendars/cn.json", test_source());
    while (rc == OD_ENOMEM) {
        struct catalog_calendar calendar = {.id = NULL};
        base_alloc_fail_at(++count);
        rc = catalog_calendar_load(path, &calendar, &findings);
        base_alloc_fail_at(0);
        CHECK(rc == OD_OK || rc == OD_ENOMEM, "no other error");
        catalog_calendar_fini(&calendar);
    }
    CHECK(count > 10, "the sweep met the allocations");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_projects_calendar_loads),
        cmocka_unit_test(a_folder_of_years_says_the_same),
        cmocka_unit_test(one_yearly_file_loads),
        cmocka_unit_test(faults_are_told_with_their_place),
        cmocka_unit_test(folders_and_absent_files),
        cmocka_unit_test(running_out_of_memory_ends_well),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
