/* SPDX-License-Identifier: Apache-2.0 */
/* The 1,135 real matters of one district, 34 departments, turned into a catalogue: each
 * matter with a service of its own. Names and codes are the district's; what its list
 * does not hold (limits, steps) is filled in alike for all. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "catalog/fixture.h"
#include "lib/check.h"
#include "lib/files.h"

#define COLUMNS 8
#define DEPARTMENTS_MAX 64
#define MATTERS 1135
#define DEPARTMENTS 34

enum column { COLUMN_DEPARTMENT = 0, COLUMN_NAME = 2, COLUMN_CODE = 4, COLUMN_TYPE = 6 };

static struct catalog_findings findings;

/* The departments by name, in the order met. */
struct departments {
    char *names[DEPARTMENTS_MAX];
    size_t count;
};

/* Cut one record of RFC 4180 in place; the start of the next, or NULL at the end. */
static char *record_cut(char *at, char *fields[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        bool is_quoted = *at == '"';
        char *to = at += is_quoted;
        fields[i] = to;
        while (*at != '\0' && (is_quoted || (*at != ',' && *at != '\n' && *at != '\r'))) {
            if (is_quoted && *at == '"' && *++at != '"')
                break;
            *to++ = *at++;
        }
        char end = *at;
        *to = '\0';
        at += end != '\0';
        if (end == '\r')
            at++;
        if (end != ',')
            break;
    }
    return *at != '\0' ? at : NULL;
}

static size_t department_of(struct departments *departments, const char *name)
{
    size_t i = 0;

    while (i < departments->count && strcmp(departments->names[i], name) != 0)
        i++;
    if (i == departments->count) {
        CHECK(departments->count < DEPARTMENTS_MAX, "departments");
        departments->names[departments->count++] = strdup(name);
    }
    return i;
}

static void text_put(struct base_buffer *buffer, const char *key, const char *zh, const char *en)
{
    const struct catalog_text text = {{zh, en}};

    catalog_put_text(buffer, key, &text);
}

static void limits_put(struct base_buffer *buffer, int promised)
{
    char limits[256];

    int size = snprintf(limits, sizeof(limits), "{\"statutory\":{\"unit\":\"working_day\",\"length\":20},\"promised\":{\"unit\":\"working_day\",\"length\":%d}}", promised);
    base_json_put_raw(buffer, "limits", limits, (size_t)size);
}

static void matter_put(struct base_buffer *buffer, struct departments *departments, char *fields[COLUMNS], const char *id)
{
    char department[32];
    bool is_service = strcmp(fields[COLUMN_TYPE], "公共服务") == 0;

    snprintf(department, sizeof(department), "d%zu", department_of(departments, fields[COLUMN_DEPARTMENT]));
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "id", id);
    base_json_put_text(buffer, "department", department);
    text_put(buffer, "name", fields[COLUMN_NAME], fields[COLUMN_CODE]);
    base_json_put_text(buffer, "kind", is_service ? "on_the_spot" : "promised");
    base_json_open(buffer, "legal_basis", '[');
    base_json_open(buffer, NULL, '{');
    text_put(buffer, "title", "中华人民共和国行政许可法", "Administrative Licensing Law of the PRC");
    base_json_put_text(buffer, "article", "42");
    base_json_close(buffer, '}');
    base_json_close(buffer, ']');
    base_json_open(buffer, "procedure", '[');
    text_put(buffer, NULL, "受理、审查、决定", "Receive, examine, decide");
    base_json_close(buffer, ']');
    base_json_open(buffer, "materials", '[');
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "id", "application-form");
    text_put(buffer, "name", "申请表", "Application form");
    base_json_close(buffer, '}');
    base_json_close(buffer, ']');
    limits_put(buffer, is_service ? 1 : 10);
    base_json_put_raw(buffer, "fees", "[]", 2);
    base_json_close(buffer, '}');
}

static void service_put(struct base_buffer *buffer, char *fields[COLUMNS], const char *id)
{
    char example[512];

    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "id", id);
    text_put(buffer, "name", fields[COLUMN_NAME], fields[COLUMN_CODE]);
    text_put(buffer, "summary", fields[COLUMN_TYPE], "One matter");
    base_json_put_raw(buffer, "applicant_kinds", "[\"person\",\"organization\"]", 25);
    base_json_open(buffer, "matters", '[');
    base_json_put_text(buffer, NULL, id);
    base_json_close(buffer, ']');
    base_json_put_raw(buffer, "policy", "{\"kind\":\"all\"}", 14);
    limits_put(buffer, 10);
    base_json_put_raw(buffer, "form", "[]", 2);
    int size = snprintf(example, sizeof(example), "{\"service\":\"%s\",\"applicant\":{\"kind\":\"person\",\"name\":\"王小明\"},\"form\":{},\"materials\":[{\"material\":\"application-form\"}]}", id);
    base_json_put_raw(buffer, "example", example, (size_t)size);
    base_json_close(buffer, '}');
}

static void list_write(const char *folder, const char *member, struct base_buffer *list)
{
    struct base_buffer file = {.size = 0};
    char name[64];

    base_json_close(list, ']');
    base_json_open(&file, NULL, '{');
    base_json_put_raw(&file, member, base_buffer_text(list), list->size);
    base_json_close(&file, '}');
    snprintf(name, sizeof(name), "%s.json", member);
    fixture_write(folder, name, base_buffer_text(&file), file.size);
    base_buffer_fini(&file);
    base_buffer_fini(list);
}

static void departments_write(const char *folder, const struct departments *departments)
{
    struct base_buffer list = {.size = 0};
    char id[32];

    base_json_open(&list, NULL, '[');
    for (size_t i = 0; i < departments->count; i++) {
        snprintf(id, sizeof(id), "d%zu", i);
        base_json_open(&list, NULL, '{');
        base_json_put_text(&list, "id", id);
        text_put(&list, "name", departments->names[i], id);
        base_json_close(&list, '}');
        free(departments->names[i]);
    }
    list_write(folder, "departments", &list);
}

/* Records counted. */
static size_t catalogue_write(const char *folder, char *csv)
{
    struct base_buffer matters = {.size = 0}, services = {.size = 0};
    struct departments departments = {.count = 0};
    char *fields[COLUMNS], id[BASE_ID_MAX + 1];
    size_t count = 0;
    char *at = record_cut(csv, fields); /* the head */

    base_json_open(&matters, NULL, '[');
    base_json_open(&services, NULL, '[');
    for (; at != NULL; count++) {
        at = record_cut(at, fields);
        size_t i = 0;
        for (; fields[COLUMN_CODE][i] != '\0' && i < BASE_ID_MAX; i++)
            id[i] = (char)tolower((unsigned char)fields[COLUMN_CODE][i]);
        id[i] = '\0';
        matter_put(&matters, &departments, fields, id);
        service_put(&services, fields, id);
    }
    list_write(folder, "matters", &matters);
    list_write(folder, "services", &services);
    departments_write(folder, &departments);
    return count;
}

static void a_districts_real_list_is_a_catalogue(void **state)
{
    const char center[] = "{\"center\": {\"id\": \"district\", \"name\": {\"zh-CN\": \"区政务服务中心\", \"en\": \"District service center\"}, \"time_zone\": \"Asia/Shanghai\", \"calendar\": \"cn\"},"
                          "\"calendars\": [{\"id\": \"cn\", \"name\": {\"zh-CN\": \"日历\", \"en\": \"Calendar\"}, \"published_until\": \"2026-12-31\", \"holidays\": [], \"working_days\": []}]}";
    char path[1024], folder[256];
    struct catalog *catalog = NULL;
    size_t size;

    (void)state;
    if (test_shared() == NULL)
        skip();
    snprintf(path, sizeof(path), "%s/data/catalog/cn_district_matters.csv", test_shared());
    char *csv = test_file_read(path, &size);
    if (csv == NULL)
        skip();
    snprintf(folder, sizeof(folder), "%s", fixture_folder());
    fixture_write(folder, "center.json", center, strlen(center));
    CHECK_I64(MATTERS, catalogue_write(folder, csv), "records");
    free(csv);
    int rc = catalog_load(folder, &catalog, &findings);
    fixture_print(&findings);
    fixture_remove(folder);
    CHECK_I64(OD_OK, rc, "loads");
    CHECK_I64(MATTERS, catalog_matter_count(catalog), "matters");
    CHECK_I64(MATTERS, catalog_service_count(catalog), "services");
    CHECK_I64(DEPARTMENTS, catalog_department_count(catalog), "departments");
    const struct catalog_matter *matter = catalog_matter_find(catalog, "511z07001006-511602000000-000-11511301008778183n-1-00");
    CHECK(matter != NULL, "the first of the list, by its code");
    CHECK_TEXT("企业投资项目备案（技术改造）（市级/县级）", matter->name.in[CATALOG_ZH_CN], "its name");
    CHECK_TEXT("区经信局", matter->department->name.in[CATALOG_ZH_CN], "its department");
    catalog_release(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_districts_real_list_is_a_catalogue),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
