/* SPDX-License-Identifier: Apache-2.0 */
/* The size to hold without noticing: 100,000 matters of 1,000 departments in one file,
 * 2,000 services of six. Load time, memory and the cost of a check are printed. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "catalog/fixture.h"
#include "catalog/loading.h"
#include "lib/check.h"

/* Sanitizers make a load five times slower: a fifth is enough for what they look for. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MATTERS (CATALOG_MATTERS_MAX / 5)
#else
#define MATTERS CATALOG_MATTERS_MAX
#endif
#define SERVICES 2000
#define TASKS 6
#define CHECKS 100000

static struct catalog_findings findings;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Resident memory in MiB. */
static double resident_mib(void)
{
    long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL || fscanf(file, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    if (file != NULL)
        fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

#define TEXT(zh, en) "{\"zh-CN\": \"" zh "\", \"en\": \"" en "\"}"

/* Matter i waits for matter i - 1, except every sixth: chains of six, and one of
 * MATTERS when is_chain. */
static void matter_put(struct base_buffer *buffer, size_t i, bool is_chain)
{
    base_buffer_put_format(buffer, "%s\n{\"id\": \"m%zu\", \"department\": \"d%zu\", \"kind\": \"promised\",\n"
        " \"name\": " TEXT("企业投资项目备案（技术改造）第%zu项", "Filing of an enterprise investment project, item %zu") ",\n"
        " \"legal_basis\": [{\"title\": " TEXT("中华人民共和国行政许可法", "Administrative Licensing Law") ", \"article\": \"42\"}],\n"
        " \"procedure\": [" TEXT("受理", "Receive") ", " TEXT("审查", "Examine") ", " TEXT("决定", "Decide") "],\n"
        " \"materials\": [{\"id\": \"id-copy\", \"name\": " TEXT("身份证复印件", "Copy of the identity card") "},\n"
        "  {\"id\": \"form-%zu\", \"name\": " TEXT("申请表", "Application form") ", \"when\": {\"field\": \"seats\", \"op\": \">\", \"value\": 50}}],\n"
        " \"limits\": {\"statutory\": {\"unit\": \"working_day\", \"length\": 20}, \"promised\": {\"unit\": \"working_day\", \"length\": %zu}},\n"
        " \"fees\": [], \"when\": {\"field\": \"premises_area_m2\", \"op\": \">\", \"value\": %zu}, \"fields\": [\"premises_area_m2\", \"seats\"]",
        i > 0 ? "," : "", i, i % CATALOG_DEPARTMENTS_MAX, i, i, i, 1 + i % 20, i % 10);
    if (i > 0 && (is_chain || i % TASKS != 0))
        base_buffer_put_format(buffer, ", \"after\": [\"m%zu\"]", i - 1);
    base_buffer_put_text(buffer, "}");
}

static void service_put(struct base_buffer *buffer, size_t i)
{
    base_buffer_put_format(buffer, "%s\n{\"id\": \"s%zu\", \"name\": " TEXT("服务", "Service") ", \"summary\": " TEXT("摘要", "Summary") ", \"applicant_kinds\": [\"person\"], \"matters\": [",
                           i > 0 ? "," : "", i);
    for (size_t task = 0; task < TASKS; task++)
        base_buffer_put_format(buffer, "%s\"m%zu\"", task > 0 ? ", " : "", i * TASKS + task);
    base_buffer_put_format(buffer, "], \"policy\": {\"kind\": \"all\"},\n"
        " \"limits\": {\"statutory\": {\"unit\": \"working_day\", \"length\": 45}, \"promised\": {\"unit\": \"working_day\", \"length\": 20}},\n"
        " \"form\": [{\"id\": \"premises_area_m2\", \"type\": \"integer\", \"label\": " TEXT("面积", "Area") ", \"required\": true, \"min\": 1, \"max\": 100000},\n"
        "  {\"id\": \"seats\", \"type\": \"integer\", \"label\": " TEXT("座位", "Seats") "},\n"
        "  {\"id\": \"kitchen\", \"type\": \"boolean\", \"label\": " TEXT("厨房", "Kitchen") "},\n"
        "  {\"id\": \"trade_name\", \"type\": \"text\", \"label\": " TEXT("字号", "Trade name") "}],\n"
        " \"example\": {\"service\": \"s%zu\", \"applicant\": {\"kind\": \"person\", \"name\": \"王小明\"}, \"form\": {\"premises_area_m2\": 312, \"seats\": 40},\n"
        "  \"materials\": [{\"material\": \"id-copy\"}]}}", i);
}

static void catalogue_put(struct base_buffer *buffer, bool is_chain)
{
    base_buffer_put_text(buffer, "{\"center\": {\"id\": \"c\", \"name\": " TEXT("中心", "Center") ", \"time_zone\": \"Asia/Shanghai\", \"calendar\": \"cn\"},\n"
        "\"calendars\": [{\"id\": \"cn\", \"name\": " TEXT("日历", "Calendar") ", \"published_until\": \"2026-12-31\", \"holidays\": [], \"working_days\": []}],\n\"departments\": [");
    for (size_t i = 0; i < CATALOG_DEPARTMENTS_MAX; i++)
        base_buffer_put_format(buffer, "%s\n{\"id\": \"d%zu\", \"name\": " TEXT("部门%zu", "Department %zu") "}", i > 0 ? "," : "", i, i, i);
    base_buffer_put_text(buffer, "],\n\"matters\": [");
    for (size_t i = 0; i < MATTERS; i++)
        matter_put(buffer, i, is_chain);
    base_buffer_put_text(buffer, "],\n\"services\": [");
    for (size_t i = 0; i < SERVICES; i++)
        service_put(buffer, i);
    base_buffer_put_text(buffer, "]}\n");
}

/* A file may have 64 MiB: the catalogue is parted in two. */
static void catalogue_write(const char *folder, struct base_buffer *buffer)
{
    const char *text = base_buffer_text(buffer);
    char middle[64];

    snprintf(middle, sizeof(middle), "\n{\"id\": \"m%d\"", MATTERS / 2);
    const char *half = strstr(text, middle);
    struct base_buffer part = {.size = 0};
    base_buffer_put(&part, text, (size_t)(half - 1 - text));
    base_buffer_put_text(&part, "]}");
    fixture_write(folder, "a.json", base_buffer_text(&part), part.size);
    base_buffer_clear(&part);
    base_buffer_put_text(&part, "{\"matters\": [");
    base_buffer_put_text(&part, half);
    fixture_write(folder, "b.json", base_buffer_text(&part), part.size);
    base_buffer_fini(&part);
}

static void checks_measure(const struct catalog *catalog)
{
    const struct catalog_service *service = catalog_service_find(catalog, "s7");
    static struct catalog_problems problems;
    struct catalog_intake intake;
    struct base_buffer buffer = {.size = 0};
    struct base_json *body = NULL;
    struct base_json_error error;

    catalog_put_example(&buffer, NULL, service);
    CHECK_I64(OD_OK, base_json_parse(base_buffer_text(&buffer), buffer.size, &body, &error), "the example");
    double start = seconds();
    for (size_t i = 0; i < CHECKS; i++)
        CHECK_I64(OD_OK, catalog_submission_check(service, body, 19800, &problems, &intake), "sound");
    print_message("submission check, 6 matters: %.2f us\n", (seconds() - start) / CHECKS * 1e6);
    CHECK_I64((1 << TASKS) - 1, intake.included, "all six");
    base_buffer_clear(&buffer);
    start = seconds();
    for (size_t i = 0; i < CHECKS; i++) {
        base_buffer_clear(&buffer);
        catalog_put_reason(&buffer, NULL, service, i % TASKS, base_json_member(body, "form"));
    }
    print_message("reason: %.2f us\n", (seconds() - start) / CHECKS * 1e6);
    base_json_destroy(body);
    base_buffer_fini(&buffer);
}

static void a_large_catalogue_loads(void **state)
{
    char folder[256];
    struct base_buffer buffer = {.size = 0};
    struct catalog *catalog = NULL, *again = NULL;
    size_t size;

    (void)state;
    snprintf(folder, sizeof(folder), "%s", fixture_folder());
    catalogue_put(&buffer, false);
    catalogue_write(folder, &buffer);
    size_t file_size = buffer.size;
    base_buffer_fini(&buffer);
    double before = resident_mib(), start = seconds();
    int rc = catalog_load(folder, &catalog, &findings);
    double loaded = seconds() - start;
    fixture_print(&findings);
    fixture_remove(folder);
    CHECK_I64(OD_OK, rc, "loads");
    CHECK_I64(MATTERS, catalog_matter_count(catalog), "every matter");
    CHECK(catalog_matter_find(catalog, "m19999") == catalog_matter_at(catalog, 19999), "by id and by index");
    const char *snapshot = catalog_snapshot(catalog, &size);
    print_message("%d matters, %d departments, %d services, %.0f MiB of files: %.2f s, resident +%.0f MiB\n", MATTERS,
                  CATALOG_DEPARTMENTS_MAX, SERVICES, (double)file_size / 1048576, loaded, resident_mib() - before);
    checks_measure(catalog);
    start = seconds();
    CHECK_I64(OD_OK, catalog_restore(snapshot, size, &again, &findings), "restores");
    print_message("restore of %.0f MiB: %.2f s\n", (double)size / 1048576, seconds() - start);
    CHECK_TEXT(catalog_version(catalog), catalog_version(again), "the same version");
    catalog_release(again);
    catalog_release(catalog);
}

/* One chain through all matters, closed at its end: found in linear time, without the
 * thread's stack. Then a matter and a department too many. */
static void a_long_circle_is_found(void **state)
{
    char folder[256];
    struct base_buffer buffer = {.size = 0};
    struct catalog *catalog = NULL;

    (void)state;
    snprintf(folder, sizeof(folder), "%s", fixture_folder());
    catalogue_put(&buffer, true);
    char first[64], told[96];
    snprintf(first, sizeof(first), "\"id\": \"m0\", \"after\": [\"m%d\"],", MATTERS - 1);
    char *text = fixture_replace(base_buffer_text(&buffer), "\"id\": \"m0\",", first);
    base_buffer_clear(&buffer);
    base_buffer_put_text(&buffer, text);
    free(text);
    catalogue_write(folder, &buffer);
    base_buffer_fini(&buffer);
    double start = seconds();
    CHECK_I64(OD_EINVAL, catalog_load(folder, &catalog, &findings), "refused");
    print_message("a circle of %d matters: %.2f s\n", MATTERS, seconds() - start);
    CHECK_I64(1, findings.count, "one circle, one finding");
    snprintf(told, sizeof(told), "\"after\" goes in a circle: m0 -> m%d -> m%d", MATTERS - 1, MATTERS - 2);
    CHECK(fixture_finding(&findings, told) != NULL, findings.items[0].text[CATALOG_EN]);
    fixture_remove(folder);
}

static const struct {
    struct catalog_limits limits;
    const char *text;
    const char *why;
} limit_rows[] = {
    {{.departments_max = 2}, "there are 3 departments, at most 2 are allowed", "departments"},
    {{.matters_max = 3}, "there are 4 matters, at most 3 are allowed", "matters"},
    {{.services_max = 1}, "there are 2 services, at most 1 are allowed", "services"},
    {{.files_max = 1}, "there are 2 files, at most 1 are allowed", "files"},
    {{.file_size_max = 1}, "at most 1 are allowed; split it", "file size"},
    {{.snapshot_size_max = 1}, "without white space, at most 1 are allowed", "snapshot"},
};

/* The fixture has exactly what `at` allows; each row then takes one away. */
static void limits_hold_at_the_limit_and_one_more(void **state)
{
    struct catalog_limits at = {.files_max = 2, .calendars_max = 1, .departments_max = 3, .matters_max = 4, .services_max = 2};
    char folder[256];
    struct catalog *catalog = NULL;
    size_t size;

    (void)state;
    snprintf(folder, sizeof(folder), "%s", fixture_folder());
    fixture_write(folder, "a.json", fixture_text, strlen(fixture_text));
    fixture_write(folder, "b.json", "{}", 2);
    at.file_size_max = strlen(fixture_text);
    CHECK_I64(OD_OK, catalog_load(folder, &catalog, &findings), "under the real limits");
    catalog_snapshot(catalog, &size);
    at.snapshot_size_max = size;
    catalog_release(catalog);
    catalog = NULL;
    CHECK_I64(OD_OK, catalog_load_within(folder, &at, &catalog, &findings), "at every limit");
    catalog_release(catalog);
    for (size_t i = 0; i < COUNT(limit_rows); i++) {
        struct catalog_limits limits = at;
        const struct catalog_limits *row = &limit_rows[i].limits;
        limits.departments_max = row->departments_max != 0 ? row->departments_max : at.departments_max;
        limits.matters_max = row->matters_max != 0 ? row->matters_max : at.matters_max;
        limits.services_max = row->services_max != 0 ? row->services_max : at.services_max;
        limits.files_max = row->files_max != 0 ? row->files_max : at.files_max;
        limits.file_size_max = row->file_size_max != 0 ? row->file_size_max : at.file_size_max;
        limits.snapshot_size_max = row->snapshot_size_max != 0 ? row->snapshot_size_max : at.snapshot_size_max;
        CHECK_I64(OD_EINVAL, catalog_load_within(folder, &limits, &catalog, &findings), limit_rows[i].why);
        CHECK(fixture_finding(&findings, limit_rows[i].text) != NULL, limit_rows[i].why);
    }
    fixture_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_hold_at_the_limit_and_one_more),
        cmocka_unit_test(a_large_catalogue_loads),
        cmocka_unit_test(a_long_circle_is_found),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
