/* SPDX-License-Identifier: Apache-2.0 */
/* A store that an earlier version wrote, opened by this one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/crash_vfs.h"
#include "store/schema.h"
#include "store/store_fixture.h"

static struct fixture fixture;

/* Five applications of version 1: 1 and 2 open, 3 decided, 4 lapsed, 5 open and never woken; a key, a name and
 * a journal of one record whose hash is not looked at here. */
static const char first_rows[] =
    "INSERT INTO application (id, service, status, is_overdue, due_day, wake, last_seq, state) VALUES"
    " (1, 1, 1, 0, 100, 144000, 0, x'61'), (2, 1, 2, 1, 101, 145440, 1, x'62'), (3, 1, 3, 0, 102, NULL, 0, x'63'),"
    " (4, 1, 7, 0, 103, NULL, 0, x'64'), (5, 1, 2, 0, 104, NULL, 0, x'65');"
    "INSERT INTO name (kind, number, id) VALUES (1, 1, 'fire'), (2, 1, 'restaurant');"
    "INSERT INTO journal (seq, application, prev_seq, at_ms, record, hash) VALUES (1, 2, 0, 5, '{}', zeroblob(32));"
    "INSERT INTO idempotency (seq, application, key_hash, body_hash) VALUES (1, 2, zeroblob(32), zeroblob(32));"
    "INSERT INTO owed (department, application, task, is_for_officer, due_day) VALUES (1, 2, 0, 1, 101);"
    "PRAGMA user_version = 1;";

static sqlite3 *database_open(void)
{
    char path[128];
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

    snprintf(path, sizeof(path), "%s/hub.db", fixture.folder);
    assert_int_equal(sqlite3_open_v2(path, &db, flags, fixture.vfs), SQLITE_OK);
    return db;
}

static void first_version_make(void)
{
    sqlite3 *db = database_open();
    assert_int_equal(sqlite3_exec(db, store_schema_migrations[0], NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, first_rows, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int set_up(void **state)
{
    char path[128];

    memset(&fixture, 0, sizeof(fixture));
    fixture_init(&fixture);
    fixture_close(&fixture);
    snprintf(path, sizeof(path), "%s/hub.db", fixture.folder);
    assert_int_equal(unlink(path), 0);
    first_version_make();
    fixture_open(&fixture);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_fini(&fixture);
    return 0;
}

static void what_waited_is_woken_once(void **state)
{
    uint64_t applications[8];
    int64_t minutes[8], minute = 99;
    size_t count = 0;

    (void)state;
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_wake(reader, &minute), OD_OK);
    assert_int_equal(minute, 0);
    assert_int_equal(store_read_due(reader, 0, INT64_MIN, 0, applications, minutes, 8, &count), OD_OK);
    store_reader_give(fixture.store, reader);
    assert_int_equal(count, 2);
    assert_int_equal(applications[0], 1);
    assert_int_equal(applications[1], 2);
    fixture_transition(&fixture, 1, "a")->wake_minute = 29000000;
    fixture_transition(&fixture, 2, "b")->wake_minute = 29000001;
    fixture_commit(&fixture);
    fixture_reopen(&fixture); /* a second start changes nothing */
    reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_wake(reader, &minute), OD_OK);
    assert_int_equal(minute, 29000000);
    store_reader_give(fixture.store, reader);
}

static void rows_are_as_they_were(void **state)
{
    struct store_filter filter = {.status = 2, .service = -1, .department = -1, .due_before = INT32_MAX, .overdue = -1,
                                  .before = UINT64_MAX, .limit = 8};
    struct store_row rows[8];
    size_t count = 0;
    uint64_t next = 99;

    (void)state;
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_list(reader, &filter, &fixture.arena, rows, &count, &next), OD_OK);
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].application, 5);
    assert_int_equal(rows[1].application, 2);
    assert_int_equal(rows[1].due_day, 101);
    assert_true(rows[1].is_overdue);
    assert_int_equal(rows[1].state_size, 1);
    assert_memory_equal(rows[1].state, "b", 1);
    store_reader_give(fixture.store, reader);
    assert_string_equal(store_department_name(fixture.store, 1), "fire");
    assert_string_equal(store_service_name(fixture.store, 1), "restaurant");
    assert_int_equal(store_application_next(fixture.store), 6);
    assert_int_equal(store_journal_last(fixture.store), 1);
}

/* What is parked stands in no row of before: the hub is told to look. A store that was never old is not. */
static void worklists_are_to_be_looked_through(void **state)
{
    const void *mark = NULL;
    char path[128];
    size_t size = 0;

    (void)state;
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_setting(reader, "desk/parked", &fixture.arena, &mark, &size), OD_OK);
    assert_int_equal(size, 1);
    store_reader_give(fixture.store, reader);
    fixture_close(&fixture);
    snprintf(path, sizeof(path), "%s/hub.db", fixture.folder);
    assert_int_equal(unlink(path), 0);
    fixture_open(&fixture);
    reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_setting(reader, "desk/parked", &fixture.arena, &mark, &size), OD_ENOTFOUND);
    store_reader_give(fixture.store, reader);
}

static void keys_of_before_are_known(void **state)
{
    (void)state;
    struct store_write *repeat = fixture_intake(&fixture, 6, 1);
    memset(repeat->key_hash, 0, sizeof(repeat->key_hash));
    fixture_commit(&fixture);
    assert_int_equal(repeat->rc, OD_EEXIST);
    assert_int_equal(repeat->existing, 2);
}

/* A store of the version before pins; with the text of a row more. */
static bool asks_for_pins(const char *row)
{
    const void *value = NULL;
    char path[128], mark[64];
    size_t size = 0;

    fixture_close(&fixture);
    snprintf(path, sizeof(path), "%s/hub.db", fixture.folder);
    assert_int_equal(unlink(path), 0);
    sqlite3 *db = database_open();
    unsigned version = 0;
    for (; strstr(store_schema_migrations[version], "CREATE TABLE pin") == NULL; version++)
        assert_int_equal(sqlite3_exec(db, store_schema_migrations[version], NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, row, NULL, NULL, NULL), SQLITE_OK);
    snprintf(mark, sizeof(mark), "PRAGMA user_version = %u", version);
    assert_int_equal(sqlite3_exec(db, mark, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    fixture_open(&fixture);
    struct store_reader *reader = store_reader_take(fixture.store);
    int rc = store_read_setting(reader, "pins/after", &fixture.arena, &value, &size);
    store_reader_give(fixture.store, reader);
    assert_true(rc == OD_ENOTFOUND || (rc == OD_OK && size == 1 && memcmp(value, "0", 1) == 0));
    return rc == OD_OK;
}

static void documents_of_before_ask_for_pins(void **state)
{
    (void)state;
    assert_false(asks_for_pins("")); /* there is nothing to look for */
    assert_false(asks_for_pins("INSERT INTO entry VALUES (2, 1, 'a key', 0, 0, 2, 1, NULL, 0, zeroblob(16), '{}')"));
    assert_true(asks_for_pins("INSERT INTO entry VALUES (1, 1, 'a document', 0, 0, 2, 1, NULL, 0, zeroblob(16), '{}')"));
}

static void opened_check(void)
{
    uint64_t applications[8];
    int64_t minutes[8];
    size_t count = 0;

    fixture_open(&fixture);
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_due(reader, 0, INT64_MIN, 0, applications, minutes, 8, &count), OD_OK);
    assert_int_equal(count, 2);
    store_reader_give(fixture.store, reader);
    assert_int_equal(store_application_next(fixture.store), 6);
    fixture_close(&fixture);
}

/* Each write and sync on the way fails in turn, or finds the disk full: the next start does it whole. */
static void a_step_that_fails_is_repeated(void **state)
{
    struct store_options options = {.folder = fixture.folder, .vfs = CRASH_VFS, .reader_count = 1};
    unsigned failures = 0;
    char text[512];

    (void)state;
    fixture_close(&fixture);
    fixture.vfs = CRASH_VFS;
    for (uint64_t count = 1; count < 120; count++) {
        struct store *store = NULL;
        crash_vfs_reset();
        first_version_make();
        if (count % 2 == 0)
            crash_vfs_fail_at(count / 2);
        else
            crash_vfs_fill(crash_vfs_used() + count / 2 * 2048);
        int rc = store_open(&fixture.loop, &options, &store, text);
        assert_true(rc == OD_OK || rc == OD_EIO || rc == OD_EFULL);
        failures += rc != OD_OK;
        crash_vfs_fail_at(0);
        crash_vfs_fill(SIZE_MAX);
        if (rc == OD_OK) {
            store_close(store, NULL, NULL);
            uv_run(&fixture.loop, UV_RUN_DEFAULT);
        }
        opened_check();
    }
    assert_true(failures > 20);
    crash_vfs_reset();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_waited_is_woken_once),
        TEST(rows_are_as_they_were),
        TEST(worklists_are_to_be_looked_through),
        TEST(keys_of_before_are_known),
        TEST(documents_of_before_ask_for_pins),
        TEST(a_step_that_fails_is_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
