/* SPDX-License-Identifier: Apache-2.0 */
/* Copies: whole, of one moment, beside a writer; or not there at all. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>
#include <sqlite3.h>

#include "base/memory.h"
#include "store/store_fixture.h"

#define APPLICATIONS 40u
#define ROUNDS 40

static struct fixture fixture;
static char to[128];

static int set_up(void **state)
{
    memset(&fixture, 0, sizeof(fixture));
    fixture_init(&fixture);
    snprintf(to, sizeof(to), "%s/copy", fixture.folder);
    *state = &fixture;
    return 0;
}

static bool is_there(const char *name)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/%s", to, name);
    return access(path, F_OK) == 0;
}

static void target_remove(void)
{
    static const char *const names[] = {"hub.db", "hub.db-wal", "hub.db-shm", "hub.db.part", "hub.lock"};
    char path[160];

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", to, names[i]);
        unlink(path);
    }
    rmdir(to);
}

static int tear_down(void **state)
{
    (void)state;
    target_remove();
    fixture_fini(&fixture);
    return 0;
}

static void applications_make(void)
{
    for (uint32_t id = 1; id <= APPLICATIONS; id++) {
        struct store_write *write = fixture_intake(&fixture, id, id);
        write->state = "0";
        write->state_size = 1;
    }
    fixture_commit(&fixture);
}

struct progress {
    uint64_t done, total;
    unsigned calls, stop_after;
    bool is_backwards;
};

static int on_copied(void *owner, uint64_t done, uint64_t total)
{
    struct progress *progress = owner;

    progress->is_backwards = progress->is_backwards || done < progress->done || done > total;
    progress->done = done;
    progress->total = total;
    return ++progress->calls == progress->stop_after ? OD_ECANCELLED : OD_OK;
}

/* A store on the copy. */
static struct store *copy_open(void)
{
    struct store_options options = {.folder = to, .reader_count = 1, .key_merge_count = 8};
    struct store *store = NULL;
    char text[512] = "";
    int rc = store_open(&fixture.loop, &options, &store, text);

    if (rc != OD_OK)
        print_error("%s\n", text);
    assert_int_equal(rc, OD_OK);
    return store;
}

static void copy_close(struct store *store)
{
    store_close(store, NULL, NULL);
    uv_run(&fixture.loop, UV_RUN_NOWAIT); /* the fixture's own store keeps the loop alive */
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
}

/* Every commit gives all applications one state: a copy shows one, and the journal up to it. */
static uint64_t copy_check(void)
{
    struct store *store = copy_open();
    struct store_reader *reader = store_reader_take(store);
    struct store_row row = {0}, first = {0};
    uint64_t bad = 99;

    assert_int_equal(store_verify(reader, &bad), OD_OK);
    assert_int_equal(bad, 0);
    assert_int_equal(store_read_application(reader, 1, &fixture.arena, &first), OD_OK);
    for (uint32_t id = 2; id <= APPLICATIONS; id++) {
        assert_int_equal(store_read_application(reader, id, &fixture.arena, &row), OD_OK);
        assert_string_equal((const char *)row.state, (const char *)first.state);
    }
    store_reader_give(store, reader);
    uint64_t journal = store_journal_last(store);
    assert_int_equal(store_application_next(store), APPLICATIONS + 1);
    copy_close(store);
    return journal;
}

static void a_copy_is_the_store_of_one_moment(void **state)
{
    struct progress progress = {0};
    struct stat status;
    char text[512] = "", path[160];

    (void)state;
    applications_make();
    assert_int_equal(store_copy(fixture.folder, to, on_copied, &progress, text), OD_OK);
    assert_true(progress.calls > 0);
    assert_true(progress.total > 10);
    assert_int_equal(progress.done, progress.total);
    assert_false(progress.is_backwards);
    assert_int_equal(stat(to, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    snprintf(path, sizeof(path), "%s/hub.db", to);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_false(is_there("hub.db.part"));
    assert_int_equal(copy_check(), APPLICATIONS);
    fixture_intake(&fixture, APPLICATIONS + 1, 0); /* the one goes on without the other */
    fixture_commit(&fixture);
    assert_int_equal(copy_check(), APPLICATIONS);
}

static void a_store_that_nobody_serves_is_copied(void **state)
{
    char text[512] = "";

    (void)state;
    applications_make();
    fixture_close(&fixture);
    assert_int_equal(store_copy(fixture.folder, to, NULL, NULL, text), OD_OK);
    fixture_open(&fixture);
    assert_int_equal(copy_check(), APPLICATIONS);
}

static void *copier_main(void *owner)
{
    char text[512] = "";
    int *rc = owner;

    *rc = store_copy(fixture.folder, to, NULL, NULL, text);
    return NULL;
}

static void round_commit(unsigned round)
{
    static char filler[64 * 1024];
    char text[16];

    snprintf(text, sizeof(text), "%u", round);
    memset(filler, (int)round, sizeof(filler));
    for (uint32_t id = 1; id <= APPLICATIONS; id++)
        fixture_transition(&fixture, id, text);
    for (unsigned i = 0; i < 20; i++) { /* so that there are pages to copy */
        struct store_write *write = fixture_write(&fixture, STORE_WRITE_SETTING, 0);
        write->name = fixture_text(&fixture, "filler/%u", i + 20 * (round % 20));
        write->value = filler;
        write->value_size = sizeof(filler);
    }
    fixture_commit(&fixture);
}

static void a_copy_beside_a_writer_is_of_one_moment(void **state)
{
    (void)state;
    applications_make();
    for (unsigned round = 1; round <= ROUNDS; round++) {
        pthread_t copier;
        int rc = OD_EIO;

        bool is_copying = round % 8 == 4;
        if (is_copying)
            assert_int_equal(pthread_create(&copier, NULL, copier_main, &rc), 0);
        round_commit(round);
        round_commit(round);
        if (!is_copying)
            continue;
        assert_int_equal(pthread_join(copier, NULL), 0);
        assert_int_equal(rc, OD_OK);
        assert_int_equal(copy_check() % APPLICATIONS, 0);
        target_remove();
    }
}

static void a_copy_that_is_ended_is_not_there(void **state)
{
    struct progress progress = {.stop_after = 1};
    char text[512] = "";

    (void)state;
    applications_make();
    for (unsigned round = 1; round <= 10; round++)
        round_commit(round); /* more than one stretch */
    assert_int_equal(store_copy(fixture.folder, to, on_copied, &progress, text), OD_ECANCELLED);
    assert_true(progress.done < progress.total);
    assert_false(is_there("hub.db"));
    assert_false(is_there("hub.db.part"));
    assert_true(strlen(text) > 0);
}

static void what_a_killed_copy_left_is_overwritten(void **state)
{
    char text[512] = "", path[160];

    (void)state;
    applications_make();
    assert_int_equal(mkdir(to, 0700), 0);
    snprintf(path, sizeof(path), "%s/hub.db.part", to);
    FILE *file = fopen(path, "w");
    for (unsigned i = 0; i < 100000; i++)
        fputs("half a copy ", file);
    fclose(file);
    assert_int_equal(store_copy(fixture.folder, to, NULL, NULL, text), OD_OK);
    assert_int_equal(copy_check(), APPLICATIONS);
}

static void execute(const char *folder, const char *sql)
{
    char path[160];
    sqlite3 *db = NULL;

    snprintf(path, sizeof(path), "%s/hub.db", folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Expects the error, a sentence that has `says`, and no store where none was. */
static void refusal_check(const char *from, const char *into, int error, const char *says)
{
    char text[512] = "";
    bool was_there = is_there("hub.db");
    int rc = store_copy(from, into, NULL, NULL, text);

    if (rc != error || strstr(text, says) == NULL)
        print_error("%d: %s\n", rc, text);
    assert_int_equal(rc, error);
    assert_non_null(strstr(text, says));
    assert_int_equal(is_there("hub.db"), was_there);
    assert_false(is_there("hub.db.part"));
}

static void what_cannot_be_copied_is_refused(void **state)
{
    char none[128], text[512], path[160], long_path[8192];

    (void)state;
    applications_make();
    snprintf(none, sizeof(none), "%s/none", fixture.folder);
    refusal_check(none, to, OD_ENOTFOUND, "no store");
    refusal_check(fixture.folder, fixture.folder, OD_EBUSY, "another hub"); /* its own hub has it */
    snprintf(path, sizeof(path), "%s/deeper", none);
    refusal_check(fixture.folder, path, OD_EIO, "cannot be created");
    memset(long_path, 'a', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    refusal_check(fixture.folder, long_path, OD_EIO, "too long");
    assert_int_equal(store_copy(fixture.folder, to, NULL, NULL, text), OD_OK);
    refusal_check(fixture.folder, to, OD_EEXIST, "a store already");
    base_alloc_fail_at(1);
    refusal_check(fixture.folder, to, OD_ENOMEM, "memory");
    base_alloc_fail_at(0);
    execute(to, "PRAGMA user_version = 9999");
    snprintf(none, sizeof(none), "%s", to);
    snprintf(to, sizeof(to), "%s/second", fixture.folder);
    refusal_check(none, to, OD_EUNSUPPORTED, "newer hub");
    execute(none, "PRAGMA user_version = 0");
    refusal_check(none, to, OD_EUNSUPPORTED, "not a store");
    snprintf(path, sizeof(path), "%s/hub.db", none);
    FILE *file = fopen(path, "w");
    for (unsigned i = 0; i < 1000; i++)
        fputs("no database ", file);
    fclose(file);
    refusal_check(none, to, OD_EIO, "cannot be read");
    assert_int_equal(truncate(path, 0), 0);
    refusal_check(none, to, OD_ENOTFOUND, "empty");
    target_remove();
    snprintf(to, sizeof(to), "%s", none);
}

/* The file may not grow as far as it must: as a disk that gives up in the middle. */
static void a_failed_write_leaves_nothing(void **state)
{
    struct rlimit before, small;
    char text[512] = "";

    (void)state;
    applications_make();
    for (unsigned round = 1; round <= 4; round++)
        round_commit(round);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 1 << 20;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int rc = store_copy(fixture.folder, to, NULL, NULL, text);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(rc == OD_EIO || rc == OD_EFULL);
    assert_true(strlen(text) > 0);
    assert_false(is_there("hub.db"));
    assert_false(is_there("hub.db.part"));
    assert_int_equal(store_copy(fixture.folder, to, NULL, NULL, text), OD_OK);
    assert_int_equal(copy_check() % APPLICATIONS, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_copy_is_the_store_of_one_moment),
        TEST(a_store_that_nobody_serves_is_copied),
        TEST(a_copy_beside_a_writer_is_of_one_moment),
        TEST(a_copy_that_is_ended_is_not_there),
        TEST(what_a_killed_copy_left_is_overwritten),
        TEST(what_cannot_be_copied_is_refused),
        TEST(a_failed_write_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
