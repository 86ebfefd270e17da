/* SPDX-License-Identifier: Apache-2.0 */
/* Readers beside the writer: they see whole commits, hold nobody up, and the
 * write-ahead log stays bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sqlite3.h>

#include "store/store_fixture.h"

#define READERS 3 /* one more than there are connections: they wait for each other */
#define ROUNDS 60
#define APPLICATIONS 40u

static struct fixture fixture;
static uint32_t stop;

/* As large as makes the log pass its bounds within the test. */
static char filler[256 * 1024];

static uint64_t number_in(const struct store_row *row)
{
    uint64_t number = 0;

    for (uint32_t i = 0; i < row->state_size; i++)
        number = number * 10 + (uint64_t)(((const char *)row->state)[i] - '0');
    return number;
}

/* Every commit gives all applications one state, so any page must show one state only. */
static uint64_t page_check(struct store_reader *reader, struct base_arena *arena)
{
    struct store_filter filter = {.service = -1, .department = -1, .due_before = INT32_MAX, .overdue = -1,
                                  .before = UINT64_MAX, .limit = APPLICATIONS};
    struct store_row rows[APPLICATIONS];
    size_t count = 0;
    uint64_t next = 0;

    if (store_read_list(reader, &filter, arena, rows, &count, &next) != OD_OK || count != APPLICATIONS)
        return 1;
    for (size_t i = 1; i < count; i++) {
        if (number_in(&rows[i]) != number_in(&rows[0]))
            return 1;
    }
    return 0;
}

static uint64_t key_check(struct store_reader *reader, uint32_t key)
{
    uint8_t hash[32], body[32];
    uint64_t application = 0;

    fixture_key(key, hash);
    return store_read_key(reader, hash, &application, body) != OD_OK || application != key;
}

static int on_count(void *owner, const struct store_count *count)
{
    *(uint64_t *)owner += (uint64_t)count->delta;
    return OD_OK;
}

/* Every commit counts each application once and raises one alert more. */
static uint64_t sums_check(struct store_reader *reader, struct base_arena *arena)
{
    const struct store_alert_filter any = {.department = -1, .before = UINT64_MAX};
    struct store_alert_row rows[4];
    uint64_t sum = 0, next = 0;
    size_t count = 0;

    if (store_read_counts(reader, 0, INT32_MAX, on_count, &sum) != OD_OK || sum % APPLICATIONS != 0)
        return 1;
    if (store_read_alerts(reader, &any, arena, rows, 4, &count, &next) != OD_OK)
        return 1;
    for (size_t i = 1; i < count; i++) {
        if (rows[i].seq != rows[i - 1].seq - 1)
            return 1;
    }
    return count > 0 && rows[0].seq < sum / APPLICATIONS; /* the alerts are read later */
}

static void *reader_main(void *owner)
{
    uint64_t *faults = owner;
    uint32_t key = 1;

    while (__atomic_load_n(&stop, __ATOMIC_ACQUIRE) == 0) {
        struct base_arena arena = {0};
        struct store_reader *reader = store_reader_take(fixture.store);
        *faults += page_check(reader, &arena);
        *faults += key_check(reader, key);
        *faults += sums_check(reader, &arena);
        store_reader_give(fixture.store, reader);
        base_arena_fini(&arena);
        key = key % APPLICATIONS + 1;
    }
    return NULL;
}

static void round_commit(unsigned round)
{
    static const struct store_count counts[5] = {{.measure = 1, .delta = 1}, {.measure = 2, .delta = 1},
                                                 {.measure = 3, .delta = 1}, {.service = 1, .delta = 1}, {.delta = 1}};
    static const struct store_alert alert = {.roles = 1, .kind = 1, .body = "{}", .body_size = 2};
    char text[16];

    snprintf(text, sizeof(text), "%u", round);
    memset(filler, (int)round, sizeof(filler)); /* equal pages would not be written */
    for (uint32_t id = 1; id <= APPLICATIONS; id++) {
        struct store_write *write = fixture_transition(&fixture, id, text);
        write->counts = &counts[id % 5];
        write->count_count = 1;
        write->alerts = &alert;
        write->alert_count = id == 1;
    }
    for (uint64_t i = 0; i < 10; i++) { /* pages to copy home */
        struct store_write *write = fixture_write(&fixture, STORE_WRITE_SETTING, 0);
        write->name = fixture_text(&fixture, "filler/%u", (unsigned)i);
        write->value = filler;
        write->value_size = sizeof(filler);
    }
    fixture_commit(&fixture);
    assert_int_equal(fixture.batch->rc, OD_OK);
}

static void readers_see_whole_commits(void **state)
{
    pthread_t threads[READERS];
    uint64_t faults[READERS] = {0}, wal_bytes_max = 0;
    struct store_figures figures;

    (void)state;
    fixture_init(&fixture);
    for (uint32_t id = 1; id <= APPLICATIONS; id++) {
        struct store_write *write = fixture_intake(&fixture, id, id);
        write->state = "0";
        write->state_size = 1;
    }
    fixture_commit(&fixture);
    for (unsigned i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reader_main, &faults[i]), 0);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        round_commit(round);
        store_figures(fixture.store, &figures);
        wal_bytes_max = figures.wal_bytes > wal_bytes_max ? figures.wal_bytes : wal_bytes_max;
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(faults[i], 0);
    }
    assert_int_equal(figures.commits, ROUNDS + 1);
    assert_true(figures.disk_free_bytes > 0);
    assert_true(wal_bytes_max > 32 << 20); /* 150 MiB went through it */
    assert_true(wal_bytes_max < 120 << 20);
    fixture_fini(&fixture);
}

/* Somebody else reads for long, as a copy of the store does: the log grows, no commit waits for it. */
static void a_long_read_holds_up_no_commit(void **state)
{
    struct store_figures figures;
    char path[128];
    sqlite3 *db = NULL;

    (void)state;
    memset(&fixture, 0, sizeof(fixture));
    fixture_init(&fixture);
    for (uint32_t id = 1; id <= APPLICATIONS; id++)
        fixture_intake(&fixture, id, id);
    fixture_commit(&fixture);
    snprintf(path, sizeof(path), "%s/hub.db", fixture.folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM journal", NULL, NULL, NULL), SQLITE_OK);
    uint64_t start_ns = uv_hrtime();
    for (unsigned round = 1; round <= ROUNDS; round++)
        round_commit(round);
    uint64_t took_ns = uv_hrtime() - start_ns;
    store_figures(fixture.store, &figures);
    assert_true(figures.wal_bytes > 140 << 20);
    assert_true(took_ns < UINT64_C(30000000000)); /* ten seconds for each of the last rounds, if it waited */
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    for (unsigned round = 1; round <= ROUNDS / 4; round++) { /* it has gone: the log starts anew */
        round_commit(round);
        store_figures(fixture.store, &figures);
        if (figures.wal_bytes < 32 << 20)
            break;
    }
    assert_true(figures.wal_bytes < 32 << 20);
    fixture_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(readers_see_whole_commits),
                                       cmocka_unit_test(a_long_read_holds_up_no_commit)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
