/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_host.h"
#include "settings.h"

#define SERVER "\"database\":\"postgresql\",\"server\":\"db.example:5432\",\"name\":\"permits\",\"user\":\"desk\","
#define FILE_ "\"database\":\"sqlite\",\"file\":\"desk.db\","
#define IN "\"inbox\":{\"table\":\"public.inbox\",\"key\":\"task_key\",\"columns\":{\"area\":\"form.area\",\"who\":\"applicant.name\"}," \
           "\"withdrawn\":\"gone\",\"answer\":\"said\"},"
#define OUT "\"outbox\":{\"table\":\"outbox\",\"id\":\"id\",\"key\":\"task_key\",\"opinion\":\"result\",\"reasons\":\"why\",\"taken\":\"taken_at\"," \
            "\"note\":\"note\"}"

static struct settings settings;

static void test_statements_follow_from_the_names(void **state)
{
    char why[SETTING_WHY_SIZE];

    (void)state;
    CHECK_I64(OD_OK, settings_read(json_host("{" SERVER IN OUT "}"), &settings, why), why);
    CHECK_TEXT("INSERT INTO \"public\".\"inbox\" (\"task_key\", \"area\", \"who\") VALUES ($1, $2, $3) ON CONFLICT (\"task_key\") DO NOTHING",
               settings.insert, "every name quoted, every value bound");
    CHECK_TEXT("UPDATE \"public\".\"inbox\" SET \"gone\" = $2 WHERE \"task_key\" = $1", settings.withdraw, "withdrawn");
    CHECK_TEXT("UPDATE \"public\".\"inbox\" SET \"said\" = $2 WHERE \"task_key\" = $1", settings.answer, "the applicant's answer");
    CHECK_TEXT("UPDATE \"outbox\" SET \"taken_at\" = $2, \"note\" = $3 WHERE \"id\" = $1", settings.mark, "taken");
    CHECK_TEXT("SELECT \"id\", \"task_key\", \"result\", \"why\", NULL, NULL, NULL, NULL, NULL, NULL FROM \"outbox\" WHERE \"taken_at\" IS NULL "
               "AND \"id\" IS NOT NULL AND \"result\" IS NOT NULL AND \"task_key\" = ANY ($1) ORDER BY \"id\" LIMIT 100",
               settings.look, "open rows of open tasks");
    CHECK_I64(ANSWER_REJECT, answer_meaning_of(&settings.words, "reject"), "without values the words stand for themselves");
    CHECK_I64(15000, settings.timeout_ms, "default");
    CHECK_I64(OD_OK, settings_read(json_host("{" FILE_ IN OUT "}"), &settings, why), why);
    CHECK_TEXT("INSERT INTO \"public\".\"inbox\" (\"task_key\", \"area\", \"who\") VALUES (?1, ?2, ?3) ON CONFLICT (\"task_key\") DO NOTHING",
               settings.insert, "SQLite's parameters");
    CHECK(strstr(settings.look, "\"task_key\" IN (SELECT value FROM json_each(?1))") != NULL, "SQLite's list");
}

static void test_what_cannot_work_is_named(void **state)
{
    static const struct {
        const char *config, *fault, *why;
    } rows[] = {
        {"{" IN OUT "}", "database must be postgresql or sqlite", "no database"},
        {"{\"database\":\"oracle\"," IN OUT "}", "database is none of the words", "another one"},
        {"{\"database\":\"postgresql\",\"server\":\"db\",\"name\":\"p\",\"user\":\"u\"," IN OUT "}", "server must be host:port", "no port"},
        {"{\"database\":\"postgresql\",\"server\":\"db:0\",\"name\":\"p\",\"user\":\"u\"," IN OUT "}", "server must be host:port", "port 0"},
        {"{\"database\":\"postgresql\",\"server\":\"db:65536\",\"name\":\"p\",\"user\":\"u\"," IN OUT "}", "server must be host:port", "limit + 1"},
        {"{\"database\":\"postgresql\",\"server\":\"/run/db:1\",\"name\":\"p\",\"user\":\"u\"," IN OUT "}", "server must be host:port", "a path"},
        {"{\"database\":\"postgresql\",\"server\":\"db:1\",\"user\":\"u\"," IN OUT "}", "name must name the database", "no name"},
        {"{\"database\":\"postgresql\",\"server\":\"db:1\",\"name\":\"p\"," IN OUT "}", "user must name who logs in", "no user"},
        {"{\"database\":\"sqlite\"," IN OUT "}", "file must name a file", "no file"},
        {"{\"database\":\"sqlite\",\"file\":\"../desk.db\"," IN OUT "}", "file must name a file", "a way out"},
        {"{\"database\":\"sqlite\",\"file\":\".hidden\"," IN OUT "}", "file must name a file", "hidden"},
        {"{" FILE_ "\"timeout_ms\":99," IN OUT "}", "timeout_ms is outside its range", "limit - 1"},
        {"{" FILE_ "\"timeout_ms\":600001," IN OUT "}", "timeout_ms is outside its range", "limit + 1"},
        {"{" FILE_ "\"poll_ms\":99," IN OUT "}", "poll_ms is outside its range", "limit - 1"},
        {"{" FILE_ "\"poll_ms\":\"1\"," IN OUT "}", "poll_ms must be a whole number", "a text"},
        {"{" FILE_ "\"inbox\":{\"table\":\"a;b\",\"key\":\"k\"}," OUT "}", "inbox.table must be a table", "another statement"},
        {"{" FILE_ "\"inbox\":{\"table\":\"a.b.c\",\"key\":\"k\"}," OUT "}", "inbox.table must be a table", "three parts"},
        {"{" FILE_ "\"inbox\":{\"table\":\"a\",\"key\":\"a\\\"b\"}," OUT "}", "inbox.key must be a column", "a quote"},
        {"{" FILE_ "\"inbox\":{\"table\":\"a\"}," OUT "}", "inbox.key must be a column", "no key"},
        {"{" FILE_ "\"inbox\":{\"table\":\"a\",\"key\":\"k\",\"columns\":{\"x y\":\"task\"}}," OUT "}", "may hold letters", "a blank"},
        {"{" FILE_ "\"inbox\":{\"table\":\"a\",\"key\":\"k\",\"columns\":{\"x\":\"frm.area\"}}," OUT "}", "must be form.NAME", "no such source"},
        {"{" FILE_ "\"inbox\":{\"table\":\"a\",\"key\":\"k\",\"columns\":{\"x\":\"form.\"}}," OUT "}", "must be form.NAME", "no field"},
        {"{" FILE_ IN "\"outbox\":{\"table\":\"o\",\"id\":\"id\",\"key\":\"k\",\"opinion\":\"o\"}}", "outbox.taken must be a column", "taken is needed"},
        {"{" FILE_ IN "\"outbox\":{\"table\":\"o\",\"id\":\"1d\",\"key\":\"k\",\"opinion\":\"o\",\"taken\":\"t\"}}", "outbox.id must be a column", "a digit first"},
        {"{" FILE_ IN "\"outbox\":{\"table\":\"o\",\"id\":\"id\",\"key\":\"k\",\"opinion\":\"o\",\"taken\":\"t\",\"values\":{}}}", "has no word", "no words"},
        {"{" FILE_ IN "\"outbox\":{\"table\":\"o\",\"id\":\"id\",\"key\":\"k\",\"opinion\":\"o\",\"taken\":\"t\",\"values\":{\"ok\":\"yes\"}}}",
         "must be approve", "an unknown meaning"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char why[SETTING_WHY_SIZE];

        CHECK_I64(OD_EINVAL, settings_read(json_host(rows[i].config), &settings, why), rows[i].why);
        if (strstr(why, rows[i].fault) == NULL)
            CHECK_TEXT(rows[i].fault, why, rows[i].why);
    }
}

static void put_columns(char *config, size_t room, int count)
{
    size_t size = (size_t)snprintf(config, room, "{" FILE_ "\"inbox\":{\"table\":\"a\",\"key\":\"k\",\"columns\":{");

    for (int i = 0; i < count; i++)
        size += (size_t)snprintf(config + size, room - size, "%s\"%060d_%02d\":\"task\"", i > 0 ? "," : "", 0, i);
    snprintf(config + size, room - size, "}}," OUT "}");
    for (char *at = config; (at = strstr(at, "\"000")) != NULL; at++)
        at[1] = 'c'; /* no digit first */
}

static void test_limits_of_columns(void **state)
{
    static char config[16384];
    char why[SETTING_WHY_SIZE];

    (void)state;
    put_columns(config, sizeof(config), COLUMNS_MAX - 1);
    CHECK_I64(OD_OK, settings_read(json_host(config), &settings, why), "as many as there may be, with the longest names");
    CHECK(strstr(settings.insert, "$") == NULL && strstr(settings.insert, "?64) ON CONFLICT") != NULL, "the statement is whole");
    put_columns(config, sizeof(config), COLUMNS_MAX);
    CHECK_I64(OD_EINVAL, settings_read(json_host(config), &settings, why), "limit + 1, with the key");
    put_columns(config, sizeof(config), COLUMNS_MAX + 1);
    CHECK_I64(OD_EINVAL, settings_read(json_host(config), &settings, why), "limit + 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements_follow_from_the_names),
        cmocka_unit_test(test_what_cannot_work_is_named),
        cmocka_unit_test(test_limits_of_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
