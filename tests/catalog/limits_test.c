/* SPDX-License-Identifier: Apache-2.0 */
/* Each limit of the format at the limit and at limit + 1. Those of whole catalogues are
 * in scale_test.c, those of conditions in condition_test.c. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "catalog/fixture.h"
#include "lib/check.h"

static struct catalog_findings findings;

/* before, count numbered items, after. Item formats have one %zu. */
static char *list_text(const char *before, size_t count, const char *(*item)(size_t), const char *after)
{
    struct base_buffer buffer = {.size = 0};
    size_t size;

    base_buffer_put_text(&buffer, before);
    for (size_t i = 0; i < count; i++) {
        base_buffer_put_text(&buffer, i > 0 ? ", " : "");
        base_buffer_put_text(&buffer, item(i));
    }
    base_buffer_put_text(&buffer, after);
    base_buffer_put(&buffer, "", 1);
    return base_buffer_take(&buffer, &size);
}

static const char *field(size_t i)
{
    static char text[160];

    snprintf(text, sizeof(text), "{\"id\": \"f%zu\", \"type\": \"boolean\", \"label\": {\"zh-CN\": \"a\", \"en\": \"a\"}}", i);
    return text;
}

static const char *choice(size_t i)
{
    static char text[160];

    snprintf(text, sizeof(text), "{\"id\": \"c%zu\", \"label\": {\"zh-CN\": \"a\", \"en\": \"a\"}}", i);
    return text;
}

static const char *step(size_t i)
{
    (void)i;
    return "{\"zh-CN\": \"a\", \"en\": \"a\"}";
}

static const char *material(size_t i)
{
    static char text[160];

    snprintf(text, sizeof(text), "{\"id\": \"x%zu\", \"name\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"required\": false}", i);
    return text;
}

static const struct {
    const char *find;
    const char *before, *after; /* around the items */
    const char *(*item)(size_t);
    size_t limit;
    const char *text;
    const char *why;
} rows[] = {
    {"\"form\": [],", "\"form\": [", "],", field, CATALOG_FIELDS_MAX, "\"form\" has 257 items, at most 256", "fields of a form"},
    {"\"form\": [],", "\"form\": [{\"id\": \"c\", \"type\": \"choice\", \"label\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"choices\": [", "]}],", choice,
     CATALOG_CHOICES_MAX, "\"choices\" has 1025 items, at most 1024", "choices of a field"},
    {"\"procedure\": [{\"zh-CN\": \"受理\", \"en\": \"Receive\"}, {\"zh-CN\": \"审查\", \"en\": \"Examine\"}],", "\"procedure\": [", "],", step,
     CATALOG_ITEMS_MAX, "\"procedure\" has 1025 items, at most 1024", "steps"},
    {"\"materials\": [],", "\"materials\": [", "],", material, BASE_MATERIALS_MAX - 5, "ask for more than 256 different materials", "materials of a service: five are there already"},
    {"\"materials\": [],", "\"materials\": [", "],", material, BASE_MATERIALS_MAX, "\"materials\" has 257 items, at most 256", "materials of a matter"},
};

static void lists(void **state)
{
    struct catalog *catalog = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t count = rows[i].limit; count <= rows[i].limit + 1; count++) {
            char *list = list_text(rows[i].before, count, rows[i].item, rows[i].after);
            char *text = fixture_replace(fixture_text, rows[i].find, list);
            int rc = fixture_load_text(text, &catalog, &findings);
            bool is_told = fixture_finding(&findings, rows[i].text) != NULL;
            if (is_told != (count > rows[i].limit))
                fixture_print(&findings);
            CHECK_I64(count > rows[i].limit, is_told, rows[i].why);
            CHECK(count <= rows[i].limit || rc == OD_EINVAL, rows[i].why);
            if (rc == OD_OK)
                catalog_release(catalog);
            base_free(list);
            free(text);
        }
    }
}

static void texts(void **state)
{
    struct catalog *catalog = NULL;
    char name[CATALOG_TEXT_MAX + 32];

    (void)state;
    for (int size = CATALOG_TEXT_MAX; size <= CATALOG_TEXT_MAX + 1; size++) {
        snprintf(name, sizeof(name), "\"en\": \"%0*d\"}", size, 7);
        char *text = fixture_replace(fixture_text, "\"en\": \"Fire\"}", name);
        CHECK_I64(size > CATALOG_TEXT_MAX ? OD_EINVAL : OD_OK, fixture_load_text(text, &catalog, &findings), "limit and limit + 1");
        free(text);
    }
    CHECK(fixture_finding(&findings, "the text has 4097 bytes, at most 4096 are allowed") != NULL, "told");
    catalog_release(catalog);
}

/* A name that a terminal or a page would take for an order; what was in force once is read all the same. */
static void orders_in_texts(void **state)
{
    static const char *const orders[] = {"\\u001b[31mX", "a\\u009bb", "\\u202eX", "\\u2066X", "a\\u007f"};

    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        struct catalog *catalog = NULL;
        char name[64];

        snprintf(name, sizeof(name), "\"en\": \"%s\"}", orders[i]);
        char *text = fixture_replace(fixture_text, "\"en\": \"Fire\"}", name);
        CHECK_I64(OD_EINVAL, fixture_load_text(text, &catalog, &findings), orders[i]);
        CHECK(fixture_finding(&findings, "the text holds control characters") != NULL, orders[i]);
        CHECK_I64(OD_OK, catalog_restore(text, strlen(text), &catalog, &findings), "of an earlier build");
        catalog_release(catalog);
        free(text);
    }
}

static const char *matter(size_t i)
{
    static char text[640];

    snprintf(text, sizeof(text), "{\"id\": \"n%zu\", \"department\": \"fire\", \"name\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"kind\": \"on_the_spot\","
             " \"legal_basis\": [{\"title\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"article\": \"1\"}], \"procedure\": [{\"zh-CN\": \"a\", \"en\": \"a\"}],"
             " \"materials\": [{\"id\": \"id-copy\", \"name\": {\"zh-CN\": \"a\", \"en\": \"a\"}}], \"fees\": [],"
             " \"limits\": {\"statutory\": {\"unit\": \"working_day\", \"length\": 1}, \"promised\": {\"unit\": \"working_day\", \"length\": 1}}}", i);
    return text;
}

static const char *name(size_t i)
{
    static char text[32];

    snprintf(text, sizeof(text), "\"n%zu\"", i);
    return text;
}

/* All 64 bits of a task set, and a material that all of them share, asked for once. */
static void matters_of_a_service(void **state)
{
    struct catalog *catalog = NULL;
    char *matters = list_text(" \"matters\": [\n", CORE_TASKS_MAX + 1, matter, ",");
    char *base = fixture_replace(fixture_text, " \"matters\": [\n", matters);

    (void)state;
    for (size_t count = CORE_TASKS_MAX; count <= CORE_TASKS_MAX + 1; count++) {
        char *list = list_text("\"matters\": [", count, name, "]");
        char *text = fixture_replace(base, "\"matters\": [\"license\"]", list);
        int rc = fixture_load_text(text, &catalog, &findings);
        CHECK_I64(count > CORE_TASKS_MAX ? OD_EINVAL : OD_OK, rc, "limit and limit + 1");
        if (rc == OD_OK) {
            CHECK_I64(CORE_TASKS_MAX, catalog_service_find(catalog, "open-stand")->rules.matter_count, "all of them");
            catalog_release(catalog);
        }
        base_free(list);
        free(text);
    }
    CHECK(fixture_finding(&findings, "\"matters\" has 65 items, at most 64") != NULL, "told");
    base_free(matters);
    free(base);
}

static void folders_below_folders(void **state)
{
    char root[256], path[1024];
    struct catalog *catalog = NULL;

    (void)state;
    snprintf(root, sizeof(root), "%s", fixture_folder());
    snprintf(path, sizeof(path), "%s", root);
    for (int depth = 1; depth <= CATALOG_FOLDER_DEPTH_MAX; depth++) {
        strcat(path, "/a");
        CHECK_I64(0, mkdir(path, 0700), path);
    }
    fixture_write(path, "catalog.json", fixture_text, strlen(fixture_text));
    CHECK_I64(OD_OK, catalog_load(root, &catalog, &findings), "the deepest");
    catalog_release(catalog);
    strcat(path, "/a");
    CHECK_I64(0, mkdir(path, 0700), path);
    CHECK_I64(OD_EINVAL, catalog_load(root, &catalog, &findings), "one deeper");
    CHECK(fixture_finding(&findings, "nested deeper than 16") != NULL, "told");
    fixture_remove(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(texts), cmocka_unit_test(orders_in_texts),
        cmocka_unit_test(matters_of_a_service),
        cmocka_unit_test(folders_below_folders),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
