/* SPDX-License-Identifier: Apache-2.0 */
/* Opening: the lock, the schema's versions, folders that are no store, short memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/memory.h"
#include "store/crash_vfs.h"
#include "store/schema.h"
#include "store/store_fixture.h"

static struct fixture fixture;

static int open_again(const char *folder, char text[512])
{
    struct store_options options = {.folder = folder, .vfs = fixture.vfs, .reader_count = 1};
    struct store *store = NULL;
    int rc = store_open(&fixture.loop, &options, &store, text);

    if (rc == OD_OK) {
        store_close(store, NULL, NULL);
        uv_run(&fixture.loop, UV_RUN_DEFAULT);
    } else {
        assert_null(store);
        assert_int_equal(uv_run(&fixture.loop, UV_RUN_NOWAIT) != 0, fixture.store != NULL);
    }
    return rc;
}

static sqlite3 *database_open(void)
{
    char path[128];
    sqlite3 *db = NULL;

    snprintf(path, sizeof(path), "%s/hub.db", fixture.folder);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, fixture.vfs), SQLITE_OK);
    return db;
}

static void execute(const char *sql)
{
    sqlite3 *db = database_open();

    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void database_remove(void)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/hub.db", fixture.folder);
    assert_int_equal(unlink(path), 0);
}

static void a_second_hub_is_refused(void **state)
{
    char text[512] = "";

    (void)state;
    assert_int_equal(open_again(fixture.folder, text), OD_EBUSY);
    assert_non_null(strstr(text, "another hub"));
    assert_non_null(strstr(text, fixture.folder));
    fixture_close(&fixture);
    assert_int_equal(open_again(fixture.folder, text), OD_OK);
}

static void a_folder_is_made_for_its_owner_alone(void **state)
{
    char path[128], text[512] = "";
    struct stat status;

    (void)state;
    fixture_close(&fixture);
    snprintf(path, sizeof(path), "%s/none/deeper", fixture.folder);
    assert_int_equal(open_again(path, text), OD_EIO);
    assert_non_null(strstr(text, "cannot be created"));
    assert_int_equal(stat(fixture.folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

/* The whole schema as one text. */
static void schema_read(char *text, size_t size)
{
    sqlite3 *db = database_open();
    sqlite3_stmt *statement = NULL;
    size_t used = 0;

    assert_int_equal(sqlite3_prepare_v2(db, "SELECT name, sql FROM sqlite_schema ORDER BY name", -1, &statement, NULL),
                     SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        used += (size_t)snprintf(text + used, size - used, "%s: %s\n", (const char *)sqlite3_column_text(statement, 0),
                                 (const char *)sqlite3_column_text(statement, 1));
    assert_true(used < size);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void every_older_version_ends_at_the_same_schema(void **state)
{
    static char fresh[16384], migrated[16384];
    char text[512], mark[64];

    (void)state;
    fixture_close(&fixture);
    schema_read(fresh, sizeof(fresh));
    assert_non_null(strstr(fresh, "journal_is_not_updated"));
    for (unsigned version = 0; version <= store_schema_version; version++) {
        database_remove();
        for (unsigned i = 0; i < version; i++)
            execute(store_schema_migrations[i]);
        snprintf(mark, sizeof(mark), "PRAGMA user_version = %u", version);
        execute(mark);
        assert_int_equal(open_again(fixture.folder, text), OD_OK);
        schema_read(migrated, sizeof(migrated));
        assert_string_equal(migrated, fresh);
    }
}

static void a_schema_that_is_not_ours_is_refused(void **state)
{
    static const struct {
        const char *sql, *says, *why;
    } rows[] = {
        {"PRAGMA user_version = 9999", "newer hub", "a later version"},
        {"PRAGMA user_version = -1", "newer hub", "no version of ours"},
        {"PRAGMA user_version = 0", "not a store", "tables without a version"},
    };
    char text[512];

    (void)state;
    fixture_close(&fixture);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        execute(rows[i].sql);
        int rc = open_again(fixture.folder, text);
        if (rc != OD_EUNSUPPORTED || strstr(text, rows[i].says) == NULL)
            print_error("%s: %s\n", rows[i].why, text);
        assert_int_equal(rc, OD_EUNSUPPORTED);
        assert_non_null(strstr(text, rows[i].says));
    }
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    char path[128], text[512];

    (void)state;
    fixture_close(&fixture);
    snprintf(path, sizeof(path), "%s/hub.db", fixture.folder);
    FILE *file = fopen(path, "w");
    for (unsigned i = 0; i < 1000; i++)
        fputs("no database ", file);
    fclose(file);
    assert_int_equal(open_again(fixture.folder, text), OD_EIO);
    assert_non_null(strstr(text, "cannot be opened"));
}

/* Each allocation of an open fails in turn, until a pass meets no failure. */
static void short_memory_opens_nothing(void **state)
{
    char text[512];
    uint64_t count = 1;
    uint16_t number;
    int rc = OD_ENOMEM;

    (void)state;
    assert_int_equal(store_department(fixture.store, "fire", &number), OD_OK);
    fixture_intake(&fixture, 1, 1);
    fixture_commit(&fixture);
    fixture_close(&fixture);
    for (; rc == OD_ENOMEM; count++) {
        base_alloc_fail_at(count);
        rc = open_again(fixture.folder, text);
    }
    base_alloc_fail_at(0);
    assert_int_equal(rc, OD_OK);
    assert_true(count > 6);
}

/* Each write and sync of a first open fails in turn, or finds the disk full: the next open succeeds. */
static void a_failed_migration_is_repeated(void **state)
{
    char text[512];
    uint64_t failures = 0;

    (void)state;
    fixture_close(&fixture);
    fixture.vfs = CRASH_VFS;
    for (uint64_t count = 1; count < 200; count++) {
        crash_vfs_reset();
        if (count % 2 == 0)
            crash_vfs_fail_at(count / 2);
        else
            crash_vfs_fill((count / 2) * 4096);
        int rc = open_again(fixture.folder, text);
        assert_true(rc == OD_OK || rc == OD_EIO || rc == OD_EFULL);
        failures += rc != OD_OK;
        crash_vfs_fail_at(0);
        crash_vfs_fill(SIZE_MAX);
        assert_int_equal(open_again(fixture.folder, text), OD_OK);
    }
    assert_true(failures > 20);
    crash_vfs_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_second_hub_is_refused),
        FIXTURE_TEST(a_folder_is_made_for_its_owner_alone),
        FIXTURE_TEST(every_older_version_ends_at_the_same_schema),
        FIXTURE_TEST(a_schema_that_is_not_ours_is_refused),
        FIXTURE_TEST(a_file_that_is_no_database_is_refused),
        FIXTURE_TEST(short_memory_opens_nothing),
        FIXTURE_TEST(a_failed_migration_is_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
