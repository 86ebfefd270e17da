/* SPDX-License-Identifier: Apache-2.0 */
/* Where the center is found, and the languages of its papers. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "lib/check.h"

static struct catalog_findings findings;

#define SITE_200 "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
_Static_assert(sizeof(SITE_200) - 1 == 200, "the longest site");

/* The fixture with more members in its center. */
static int load(const char *members, struct catalog **out)
{
    char replaced[1024];

    snprintf(replaced, sizeof(replaced), "\"calendar\": \"cn\", %s", members);
    char *text = fixture_replace(fixture_text, "\"calendar\": \"cn\"", replaced);
    int rc = fixture_load_text(text, out, &findings);
    free(text);
    return rc;
}

static void takes_what_is_said(void **state)
{
    static const struct { const char *members, *wanted, *why; } rows[] = {
        {"\"contact\": {}", "\"paper_languages\":[]", "nothing said"},
        {"\"contact\": {\"phone\": \"0543-12345\", \"complaints\": \"12345\"}", "\"phone\":\"0543-12345\",\"complaints\":\"12345\"", "telephones"},
        {"\"contact\": {\"address\": {\"zh-CN\": \"甲\", \"en\": \"A\"}}", "\"address\":{\"zh-CN\":\"甲\",\"en\":\"A\"}", "address"},
        {"\"contact\": {\"site\": \"https://zwfw.example\"}", "\"site\":\"https://zwfw.example\"", "site"},
        {"\"contact\": {\"site\": \"http://[::1]:8080/center\"}", "\"site\":\"http://[::1]:8080/center\"", "with port and path"},
        {"\"contact\": {\"site\": \"" SITE_200 "\"}", SITE_200, "the longest site"},
        {"\"paper_languages\": [\"en\"]", "\"paper_languages\":[\"en\"]", "one language"},
        {"\"paper_languages\": [\"zh-CN\", \"en\"]", "\"paper_languages\":[\"zh-CN\",\"en\"]", "both, the main one first"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct catalog *catalog = NULL;
        struct base_buffer out = {0};

        CHECK_I64(OD_OK, load(rows[i].members, &catalog), rows[i].why);
        catalog_put_center(&out, NULL, catalog);
        CHECK(strstr(base_buffer_text(&out), rows[i].wanted) != NULL, rows[i].why);
        CHECK(strstr(base_buffer_text(&out), "\"en\":\"Center\"") != NULL, "its name");
        base_buffer_fini(&out);
        catalog_release(catalog);
    }
}

static void refuses_what_is_wrong(void **state)
{
    static const struct { const char *members, *text, *why; } rows[] = {
        {"\"contact\": {\"fax\": \"1\"}", "unknown member \"fax\"", "a member that there is not"},
        {"\"contact\": []", "an object {...} is expected here", "no object"},
        {"\"contact\": {\"phone\": \"\"}", "\"phone\" is to be a string of 1 to 64 bytes", "an empty number"},
        {"\"contact\": {\"address\": \"A\"}", "a text in both languages is expected", "one language"},
        {"\"contact\": {\"site\": \"zwfw.example\"}", "\"site\" is to be https://HOST", "no scheme"},
        {"\"contact\": {\"site\": \"https://\"}", "\"site\" is to be https://HOST", "no host"},
        {"\"contact\": {\"site\": \"https:///x\"}", "\"site\" is to be https://HOST", "no host before the path"},
        {"\"contact\": {\"site\": \"https://zwfw.example/\"}", "\"site\" is to be https://HOST", "a / at the end"},
        {"\"contact\": {\"site\": \"https://zwfw.example/?a=1\"}", "\"site\" is to be https://HOST", "a query"},
        {"\"contact\": {\"site\": \"javascript://x\"}", "\"site\" is to be https://HOST", "another scheme"},
        {"\"contact\": {\"site\": \"" SITE_200 "a\"}", "\"site\" is to be a string of 1 to 200 bytes", "limit + 1"},
        {"\"paper_languages\": []", "\"paper_languages\" is empty", "no language"},
        {"\"paper_languages\": [\"de\"]", "lists \"zh-CN\", \"en\" or both", "a third language"},
        {"\"paper_languages\": [7]", "lists \"zh-CN\", \"en\" or both", "a number"},
        {"\"paper_languages\": [\"en\", \"en\"]", "lists \"en\" twice", "twice"},
        {"\"paper_languages\": [\"en\", \"zh-CN\", \"en\"]", "at most 2 are allowed", "limit + 1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct catalog *catalog = NULL;

        CHECK_I64(OD_EINVAL, load(rows[i].members, &catalog), rows[i].why);
        CHECK(fixture_finding(&findings, rows[i].text) != NULL, rows[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_is_said),
        cmocka_unit_test(refuses_what_is_wrong),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
