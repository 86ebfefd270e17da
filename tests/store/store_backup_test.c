/* SPDX-License-Identifier: Apache-2.0 */
/* A copy that nobody writes, read without a trace; and the numbers that a restored store leaves out. */
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

#include "base/hash.h"
#include "base/memory.h"
#include "base/number.h"
#include "store/backup.h"
#include "store/schema.h"
#include "store/store_fixture.h"

#define APPLICATIONS 5u
#define KIND 1  /* of the entries here */
#define OTHER 11 /* whose ids have no gaps */

static struct fixture fixture;
static char to[128];

static void entry_put(uint8_t kind, uint64_t id, const char *name, const char *body)
{
    static const uint8_t salt[STORE_SALT_SIZE] = {1};
    struct store_write *write = fixture_write(&fixture, STORE_WRITE_ENTRY, 0);
    struct store_entry *entry = base_arena_take(&fixture.batch->arena, sizeof(*entry));

    *entry = (struct store_entry){.kind = kind, .id = id, .state = 1, .name = name, .wake_minute = INT64_MAX, .salt = salt, .body = body,
                                  .body_size = (uint32_t)strlen(body)};
    write->entry = entry;
}

static int set_up(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof(fixture));
    fixture_init(&fixture);
    snprintf(to, sizeof(to), "%s/co%%p?y#", fixture.folder); /* what has a meaning in a URI is part of a name like any other */
    for (uint32_t id = 1; id <= APPLICATIONS; id++)
        fixture_intake(&fixture, id, id)->at_ms = 1000 * (int64_t)id;
    entry_put(KIND, 1, "b", "{}");
    entry_put(KIND, 2, "a", "{}");
    entry_put(KIND, 3, NULL, "{}");
    entry_put(OTHER, 1, NULL, "{\"first\":1}");
    entry_put(OTHER, 2, NULL, "{\"second\":2}");
    const struct { const char *name, *value; } settings[] = {{"ran/001", "old"}, {"ran/002", "new"}, {"rank", "no"}};
    for (size_t i = 0; i < 3; i++) {
        struct store_write *write = fixture_write(&fixture, STORE_WRITE_SETTING, 0);
        write->name = settings[i].name;
        write->value = settings[i].value;
        write->value_size = (uint32_t)strlen(settings[i].value);
    }
    fixture_commit(&fixture);
    return 0;
}

static void path_of(const char *name, char path[192])
{
    snprintf(path, 192, "%s/%s", to, name);
}

static int tear_down(void **state)
{
    static const char *const names[] = {"hub.db", "hub.db-wal", "hub.db-shm", "hub.lock"};
    char path[192];

    (void)state;
    chmod(to, 0700);
    for (size_t i = 0; i < 4; i++) {
        path_of(names[i], path);
        unlink(path);
    }
    rmdir(to);
    fixture_fini(&fixture);
    return 0;
}

static void copy_make(void)
{
    char text[512] = "", path[192];

    assert_int_equal(store_copy(fixture.folder, to, NULL, NULL, text), OD_OK);
    path_of("hub.lock", path);
    assert_int_equal(unlink(path), 0);
}

static struct store_still *still_open(void)
{
    struct store_still *still = NULL;
    char text[512] = "";
    int rc = store_still_open(to, &still, text);

    if (rc != OD_OK)
        print_error("%s\n", text);
    assert_int_equal(rc, OD_OK);
    return still;
}

static void execute(const char *sql)
{
    char path[192];
    sqlite3 *db = NULL;

    path_of("hub.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int on_name(void *owner, const char *name, uint8_t entry_state)
{
    assert_int_equal(entry_state, 1);
    strcat(owner, name);
    return strlen(owner) > 8 ? OD_ECANCELLED : OD_OK;
}

static void a_copy_tells_what_is_in_it(void **state)
{
    struct store_still *still;
    struct store_still_facts facts = {.version = 0};
    struct base_arena arena = {0};
    const void *value;
    const char *body;
    char names[32] = "", text[512] = "";
    size_t size;

    (void)state;
    copy_make();
    still = still_open();
    assert_int_equal(store_still_check(still, text), OD_OK);
    assert_int_equal(store_still_facts(still, &facts), OD_OK);
    assert_true(facts.is_current);
    assert_int_equal(facts.version, store_schema_version);
    assert_int_equal(facts.journal_last, APPLICATIONS);
    assert_int_equal(facts.last_ms, 1000 * APPLICATIONS);
    assert_int_equal(facts.application_last, APPLICATIONS);
    assert_int_equal(store_still_setting(still, "ran/", &arena, &value, &size), OD_OK);
    assert_string_equal(value, "new");
    assert_int_equal(store_still_setting(still, "none/", &arena, &value, &size), OD_ENOTFOUND);
    assert_int_equal(store_still_newest(still, OTHER, &arena, &body, &size), OD_OK);
    assert_string_equal(body, "{\"second\":2}");
    assert_int_equal(store_still_newest(still, 7, &arena, &body, &size), OD_ENOTFOUND);
    assert_int_equal(store_still_names(still, KIND, on_name, names), OD_OK);
    assert_string_equal(names, "ab");
    assert_int_equal(store_still_names(still, 7, on_name, names), OD_OK);
    snprintf(names, sizeof(names), "12345678");
    assert_int_equal(store_still_names(still, KIND, on_name, names), OD_ECANCELLED);
    base_arena_fini(&arena);
    store_still_close(still);
}

static void its_reader_verifies_the_chain(void **state)
{
    struct store_still *still;
    struct store_still_facts facts = {.version = 0};
    struct store_reader *reader = NULL, *again = NULL;
    struct store_record records[APPLICATIONS];
    char text[512];
    size_t count;
    uint64_t bad = 9;

    (void)state;
    copy_make();
    still = still_open();
    assert_int_equal(store_still_reader(still, &reader, text), OD_OK);
    assert_int_equal(store_still_reader(still, &again, text), OD_OK);
    assert_ptr_equal(reader, again);
    assert_int_equal(store_verify(reader, &bad), OD_OK);
    assert_int_equal(bad, 0);
    assert_int_equal(store_read_journal(reader, 0, &fixture.arena, records, APPLICATIONS, &count), OD_OK);
    assert_int_equal(store_still_facts(still, &facts), OD_OK);
    assert_memory_equal(facts.hash, records[APPLICATIONS - 1].hash, BASE_HASH_SIZE);
    store_still_close(still);
}

/* Neither a log nor an index of one, in a folder where none could be made. */
static void reading_leaves_no_trace(void **state)
{
    struct store_still *still;
    struct stat before, after;
    char text[512], path[192];

    (void)state;
    copy_make();
    path_of("hub.db", path);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(chmod(to, 0500), 0);
    still = still_open();
    assert_int_equal(store_still_check(still, text), OD_OK);
    path_of("hub.db-wal", path);
    assert_int_not_equal(access(path, F_OK), 0);
    path_of("hub.db-shm", path);
    assert_int_not_equal(access(path, F_OK), 0);
    store_still_close(still);
    path_of("hub.db", path);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

static void refusal_check(const char *folder, int error, const char *says)
{
    struct store_still *still = NULL;
    char text[512] = "";

    assert_int_equal(store_still_open(folder, &still, text), error);
    assert_non_null(strstr(text, says));
    assert_null(still);
}

static void what_is_no_store_is_refused(void **state)
{
    char path[192], long_path[8192];

    (void)state;
    refusal_check(to, OD_ENOTFOUND, "no store");
    memset(long_path, 'a', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    refusal_check(long_path, OD_EIO, "too long");
    copy_make();
    base_alloc_fail_at(1);
    refusal_check(to, OD_ENOMEM, "memory");
    base_alloc_fail_at(0);
    execute("PRAGMA user_version = 9999");
    refusal_check(to, OD_EUNSUPPORTED, "newer hub");
    path_of("hub.db", path);
    assert_int_equal(truncate(path, 0), 0);
    refusal_check(to, OD_ENOTFOUND, "empty");
    FILE *file = fopen(path, "w");
    for (unsigned i = 0; i < 1000; i++)
        fputs("no database ", file);
    fclose(file);
    refusal_check(to, OD_EIO, "cannot be read");
}

static void damage_is_found(void **state)
{
    struct store_still *still;
    char text[512] = "", path[192];

    (void)state;
    copy_make();
    path_of("hub.db", path);
    FILE *file = fopen(path, "r+");
    fseek(file, 2 * 8192, SEEK_SET); /* a page behind the schema */
    for (unsigned i = 0; i < 8192; i++)
        fputc(0x5a, file);
    fclose(file);
    still = still_open();
    assert_int_equal(store_still_check(still, text), OD_EIO);
    assert_non_null(strstr(text, "damaged"));
    store_still_close(still);
}

/* Before an upgrade: the store of an earlier version, read by this one and not changed. */
static void an_earlier_version_is_read(void **state)
{
    struct store_still *still;
    struct store_still_facts facts = {.version = 0};
    struct store_reader *reader = NULL;
    struct base_arena arena = {0};
    const char *body;
    char path[192], text[512], names[32] = "";
    sqlite3 *db = NULL;
    size_t size;

    (void)state;
    assert_int_equal(mkdir(to, 0700), 0);
    path_of("hub.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, store_schema_migrations[0], NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 1; INSERT INTO journal VALUES (1, 0, 0, 5, '{}', zeroblob(32))", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    still = still_open();
    assert_int_equal(store_still_facts(still, &facts), OD_OK);
    assert_int_equal(facts.version, 1);
    assert_false(facts.is_current);
    assert_int_equal(facts.journal_last, 1);
    assert_int_equal(store_still_names(still, KIND, on_name, names), OD_OK);
    assert_int_equal(store_still_newest(still, OTHER, &arena, &body, &size), OD_ENOTFOUND);
    assert_int_equal(store_still_reader(still, &reader, text), OD_EUNSUPPORTED);
    store_still_close(still);
}

/* -- Numbers that may have been given -- */

static struct store *copy_serve(void)
{
    struct store_options options = {.folder = to, .reader_count = 1, .key_merge_count = 8};
    struct store *store = NULL;
    char text[512] = "";

    assert_int_equal(store_open(&fixture.loop, &options, &store, text), OD_OK);
    return store;
}

static void copy_stop(struct store *store)
{
    store_close(store, NULL, NULL);
    uv_run(&fixture.loop, UV_RUN_NOWAIT); /* the fixture's own store keeps the loop alive */
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
}

static void a_restored_store_gives_no_number_again(void **state)
{
    struct store_reader *reader;
    struct store *store;
    uint64_t next = 0, bad = 9;
    char text[512] = "";

    (void)state;
    copy_make();
    assert_int_equal(store_skip(to, ~(UINT32_C(1) << OTHER), 1000, &next, text), OD_OK);
    assert_int_equal(next, APPLICATIONS + 1001);
    store = copy_serve();
    assert_int_equal(store_application_next(store), APPLICATIONS + 1001);
    assert_int_equal(store_entry_next(store, KIND), 1004);
    assert_int_equal(store_entry_next(store, OTHER), 3);
    assert_int_equal(store_entry_next(store, 7), 1001); /* one may have been made since */
    reader = store_reader_take(store);
    assert_int_equal(store_verify(reader, &bad), OD_OK);
    assert_int_equal(bad, 0);
    store_reader_give(store, reader);
    copy_stop(store);
    assert_int_equal(store_skip(to, 0, 1000, &next, text), OD_OK); /* restored twice, or a backup of a restored one */
    assert_int_equal(next, APPLICATIONS + 2001);
    assert_int_equal(store_skip(to, 0, 0, &next, text), OD_OK);
    assert_int_equal(next, APPLICATIONS + 2001);
}

static void numbers_do_not_pass_their_end(void **state)
{
    uint64_t next = 42;
    char text[512] = "", sql[128];

    (void)state;
    copy_make();
    snprintf(sql, sizeof(sql), "INSERT INTO entry_gone VALUES (0, %llu)", (unsigned long long)BASE_APPLICATION_ID_MAX - STORE_GAP_MAX - 1);
    execute(sql);
    assert_int_equal(store_skip(to, 0, STORE_GAP_MAX, &next, text), OD_OK);
    assert_int_equal(next, BASE_APPLICATION_ID_MAX);
    next = 42;
    assert_int_equal(store_skip(to, 0, 1, &next, text), OD_ERANGE);
    assert_int_equal(next, 42);
    assert_int_equal(store_skip(to, 0, 0, &next, text), OD_OK);
    assert_int_equal(next, BASE_APPLICATION_ID_MAX);
}

static void what_is_not_there_is_not_skipped(void **state)
{
    uint64_t next = 42;
    char text[512] = "";

    (void)state;
    assert_int_equal(store_skip(to, 0, 1, &next, text), OD_ENOTFOUND);
    copy_make();
    base_alloc_fail_at(1);
    assert_int_equal(store_skip(to, 0, 1, &next, text), OD_ENOMEM);
    base_alloc_fail_at(0);
    execute("PRAGMA user_version = 9999");
    assert_int_equal(store_skip(to, 0, 1, &next, text), OD_EUNSUPPORTED);
    assert_int_equal(next, 42);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_copy_tells_what_is_in_it),
        TEST(its_reader_verifies_the_chain),
        TEST(reading_leaves_no_trace),
        TEST(what_is_no_store_is_refused),
        TEST(damage_is_found),
        TEST(an_earlier_version_is_read),
        TEST(a_restored_store_gives_no_number_again),
        TEST(numbers_do_not_pass_their_end),
        TEST(what_is_not_there_is_not_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
