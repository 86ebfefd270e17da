/* SPDX-License-Identifier: Apache-2.0 */
/* A department's SQLite file, beside which the department may write what it likes. */
#include "lib/check.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "database.h"

static char place[64];
static struct settings settings;

static void run_by_hand(const char *file, const char *statements)
{
    char path[128];
    sqlite3 *database = NULL;

    snprintf(path, sizeof(path), "%s/%s", place, file);
    assert_int_equal(SQLITE_OK, sqlite3_open(path, &database));
    assert_int_equal(SQLITE_OK, sqlite3_exec(database, statements, NULL, NULL, NULL));
    sqlite3_close(database);
}

static struct sql_database *open_file(const char *file, struct sql_outcome *outcome)
{
    snprintf(settings.file, sizeof(settings.file), "%s", file);
    settings.timeout_ms = 1000;
    return sql_sqlite.open(&settings, place, "desk", NULL, outcome);
}

static void a_link_is_not_opened(void **state)
{
    char from[128], to[128];
    struct sql_outcome outcome;

    (void)state;
    run_by_hand("desk.db", "CREATE TABLE o (id INTEGER PRIMARY KEY)");
    struct sql_database *database = open_file("desk.db", &outcome);
    CHECK(database != NULL, "a plain file");
    sql_sqlite.close(database);
    snprintf(from, sizeof(from), "%s/desk.db", place);
    snprintf(to, sizeof(to), "%s/link.db", place);
    assert_int_equal(0, symlink(from, to));
    CHECK(open_file("link.db", &outcome) == NULL, "a link");
    CHECK_TEXT("unreachable", outcome.code, "as if it were not there");
    CHECK_TEXT("it is no plain file", outcome.detail, "and why");
    unlink(to);
    CHECK(open_file("none.db", &outcome) == NULL, "none is made");
    CHECK(access(to, F_OK) != 0, "none was");
}

/* The id is bound as a text: a column without a type does not compare with it, and the caller is told. */
static void a_mark_says_whether_a_row_was_there(void **state)
{
    static const struct {
        const char *type;
        unsigned long changed;
        const char *why;
    } rows[] = {{"INTEGER", 1, "compared as numbers"}, {"TEXT", 1, "compared as texts"}, {"", 0, "never equal"}};
    struct sql_outcome outcome;
    char text[256], file[16];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(file, sizeof(file), "m%zu.db", i);
        snprintf(text, sizeof(text), "CREATE TABLE o (id %s, t); INSERT INTO o (id) VALUES (7)", rows[i].type);
        run_by_hand(file, text);
        struct sql_database *database = open_file(file, &outcome);
        CHECK(database != NULL, rows[i].why);
        sql_sqlite.run(database, "UPDATE o SET t = ?2 WHERE id = ?1", (const char *const[]){"7", "now"}, 2, &outcome);
        CHECK_I64(SQL_FAULT_NONE, outcome.fault, rows[i].why);
        CHECK_I64(rows[i].changed, outcome.changed, rows[i].why);
        sql_sqlite.close(database);
    }
}

static int make_place(void **state)
{
    (void)state;
    snprintf(place, sizeof(place), "/tmp/od-sqlite-XXXXXX");
    return mkdtemp(place) != NULL ? 0 : -1;
}

static int remove_place(void **state)
{
    static const char *const files[] = {"desk.db", "m0.db", "m1.db", "m2.db"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", place, files[i]);
        unlink(path);
    }
    return rmdir(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_not_opened),
        cmocka_unit_test(a_mark_says_whether_a_row_was_there),
    };

    return cmocka_run_group_tests(tests, make_place, remove_place);
}
