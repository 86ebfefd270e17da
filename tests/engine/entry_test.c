/* SPDX-License-Identifier: Apache-2.0 */
/* Registers beside the applications: what is put is there once it is told, the journal quotes it by a hash alone, and
 * what has a wake is woken, whatever dies on the way. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/center.h"
#include "engine/desk.h"
#include "engine/entry.h"
#include "engine/statistics.h"
#include "lib/check.h"

#define KIND ENGINE_ENTRY_GRIEVANCE /* the hub itself has no wakes of it */
#define WINDOW_MAX 64               /* entries that wake at a time */
#define MINUTE_MS INT64_C(60000)

static int stored[4096]; /* rc + 1 of each put by its tag, 0 = not told */
static unsigned woken[256], wakes;
static int64_t put_off; /* minutes that on_due puts a wake off; 0 = it does nothing, -1 = no wake any more */

static void on_stored(struct engine *engine, void *data, int rc)
{
    (void)engine;
    *(int *)data = rc + 1000;
}

static int64_t minute(void)
{
    return stage.engine->now.ms / MINUTE_MS;
}

static struct store_entry entry_of(uint64_t id, const char *body)
{
    return (struct store_entry){.kind = KIND, .id = id, .state = 1, .wake_minute = INT64_MAX, .at_ms = stage.engine->now.ms, .body = body,
                                .body_size = body != NULL ? (uint32_t)strlen(body) : 0};
}

static int put(const struct store_entry *entry, unsigned tag)
{
    static const struct engine_entry_event event = {.type = "tried", .by = "tester", .more = "\"a\":1"};

    return engine_entry_put(stage.engine, entry, &event, on_stored, &stored[tag]);
}

static void put_and_drain(const struct store_entry *entry, int rc, const char *why)
{
    stored[0] = 0;
    CHECK_I64(OD_OK, put(entry, 0), why);
    stage_drain();
    CHECK_I64(rc + 1000, stored[0], why);
}

static void on_due(struct engine *engine, const struct store_entry *entry)
{
    struct store_entry again = *entry;

    wakes++;
    if (entry->id < COUNT(woken))
        woken[entry->id]++;
    if (put_off == 0)
        return;
    again.wake_minute = put_off < 0 ? INT64_MAX : engine->now.ms / MINUTE_MS + put_off;
    if (engine_entry_put(engine, &again, NULL, NULL, NULL) != OD_OK)
        fail_msg("there is room");
}

static int set_up(void **state)
{
    desk_open(state);
    memset(stored, 0, sizeof(stored));
    memset(woken, 0, sizeof(woken));
    wakes = 0;
    put_off = -1;
    engine_entry_on_due(stage.engine, KIND, on_due);
    return 0;
}

/* -- What the store has -- */

static struct store_entry seen;
static char seen_body[256];
static int seen_rc;

static void on_entry(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    (void)engine;
    (void)data;
    seen_rc = rc;
    if (entry == NULL)
        return;
    seen = *entry;
    snprintf(seen_body, sizeof(seen_body), "%s", entry->body);
}

static int get(uint64_t id, const char *name)
{
    seen_rc = 1;
    CHECK_I64(OD_OK, engine_entry_get(stage.engine, KIND, id, name, on_entry, NULL), "a read starts");
    stage_drain();
    return seen_rc;
}

static size_t journal_count(const char *needle, char hash[65])
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct store_record records[64];
    struct base_arena arena = {0};
    size_t count = 0, found = 0;

    CHECK_I64(OD_OK, store_read_journal(reader, 0, &arena, records, 64, &count), "the journal");
    for (size_t i = 0; i < count; i++) {
        const char *at = memmem(records[i].record, records[i].size, "\"hash\":\"", 8);

        if (memmem(records[i].record, records[i].size, needle, strlen(needle)) == NULL)
            continue;
        found++;
        if (at != NULL && hash != NULL)
            snprintf(hash, 65, "%s", at + 8);
    }
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return found;
}

static void test_put_and_get(void **state)
{
    uint64_t id = engine_entry_id(stage.engine, KIND);
    struct store_entry entry = entry_of(id, "{\"text\":\"private words\"}");
    char hash[65] = "", expected[65];
    uint8_t digest[BASE_HASH_SIZE];

    (void)state;
    entry.name = "one";
    CHECK_I64(OD_OK, put(&entry, 0), "put");
    CHECK_I64(0, stored[0], "nothing is told before it is durable");
    stage_drain();
    CHECK_I64(1000, stored[0], "now it is");
    CHECK_I64(OD_OK, get(id, NULL), "by its id");
    CHECK_I64(1, seen.revision, "its first revision");
    CHECK_TEXT("{\"text\":\"private words\"}", seen_body, "the body");
    CHECK_I64(OD_OK, get(0, "one"), "by its name");
    CHECK_I64(id, seen.id, "the same");
    base_hash_pair(seen.salt, STORE_SALT_SIZE, seen_body, strlen(seen_body), digest);
    base_hex(digest, sizeof(digest), expected);
    CHECK_I64(1, journal_count("\"type\":\"tried\"", hash), "one record");
    CHECK_TEXT(expected, hash, "which quotes the body by its salted hash");
    CHECK_I64(0, journal_count("private", NULL), "and holds no word of it");
    CHECK_I64(OD_ENOTFOUND, get(id + 1, NULL), "no such id");
    CHECK_I64(OD_ENOTFOUND, get(0, "two"), "no such name");
}

static void test_names_and_revisions(void **state)
{
    uint64_t id = engine_entry_id(stage.engine, KIND), other = engine_entry_id(stage.engine, KIND);
    struct store_entry entry = entry_of(id, "{\"n\":1}"), same = entry_of(other, "{\"n\":2}");
    char name[STORE_ENTRY_NAME_MAX + 2];

    (void)state;
    CHECK_I64(id + 1, other, "each id once");
    memset(name, 'n', sizeof(name));
    name[STORE_ENTRY_NAME_MAX] = '\0';
    entry.name = same.name = name;
    put_and_drain(&entry, OD_OK, "a name as long as it may be");
    put_and_drain(&same, OD_EEXIST, "a name is taken once");
    CHECK_I64(OD_ENOTFOUND, get(other, NULL), "nothing of it is there");
    CHECK_I64(OD_OK, get(0, name), "found by it");
    entry.revision = 1;
    entry.body = "{\"n\":3}";
    put_and_drain(&entry, OD_OK, "changed from the revision that was read");
    put_and_drain(&entry, OD_ESTATE, "and not once more from that");
    CHECK_I64(OD_OK, get(id, NULL), "what the first one wrote");
    CHECK_I64(2, seen.revision, "stands");
    same.revision = 5;
    put_and_drain(&same, OD_ENOTFOUND, "a change of what is not there");
    entry.revision = 2;
    entry.body = NULL;
    put_and_drain(&entry, OD_OK, "removed");
    CHECK_I64(OD_ENOTFOUND, get(id, NULL), "gone");
    memset(name, 'n', sizeof(name));
    name[STORE_ENTRY_NAME_MAX + 1] = '\0';
    CHECK_I64(OD_ENOTFOUND, get(0, name), "a longer name names nothing");
}

/* Two of one turn, both from what they read: the second finds that it changed meanwhile. */
static void test_two_at_once(void **state)
{
    uint64_t id = engine_entry_id(stage.engine, KIND);
    struct store_entry entry = entry_of(id, "{}");

    (void)state;
    put_and_drain(&entry, OD_OK, "it is there");
    entry.revision = 1;
    CHECK_I64(OD_OK, put(&entry, 1), "one");
    CHECK_I64(OD_OK, put(&entry, 2), "another");
    stage_drain();
    CHECK_I64(1000, stored[1], "the first");
    CHECK_I64(OD_ESTATE + 1000, stored[2], "the second");
}

static struct engine_entry_page seen_page;
static uint64_t seen_ids[BASE_PAGE_MAX];

static void on_page(struct engine *engine, const struct engine_entry_page *page, int rc, void *data)
{
    (void)engine;
    (void)data;
    CHECK_I64(OD_OK, rc, "read");
    seen_page = *page;
    for (size_t i = 0; i < page->count; i++)
        seen_ids[i] = page->entries[i].id;
}

static void test_pages(void **state)
{
    struct store_entry_filter filter = {.kind = KIND, .state = 1, .department = -1, .before = UINT64_MAX};
    uint64_t first = 0, last = 0;
    size_t seen_count = 0;

    (void)state;
    for (unsigned i = 0; i < 7; i++) {
        struct store_entry entry = entry_of(last = engine_entry_id(stage.engine, KIND), "{}");

        first = i == 0 ? entry.id : first;
        entry.state = (uint8_t)(1 + i % 2);
        put_and_drain(&entry, OD_OK, "seven of them");
    }
    do {
        CHECK_I64(OD_OK, engine_entries_get(stage.engine, &filter, 2, on_page, NULL), "a page");
        stage_drain();
        for (size_t i = 0; i < seen_page.count; i++, seen_count++)
            CHECK_I64(last - 2 * seen_count, seen_ids[i], "newest first, every other one");
        filter.before = seen_page.next;
    } while (filter.before != 0);
    CHECK_I64(4, seen_count, "all of that state");
}

/* -- Waking -- */

static void test_wakes_in_time(void **state)
{
    struct store_entry entry = entry_of(engine_entry_id(stage.engine, KIND), "{}");

    (void)state;
    entry.wake_minute = minute() + 10;
    put_and_drain(&entry, OD_OK, "in ten minutes");
    desk_wait(9 * MINUTE_MS);
    CHECK_I64(0, wakes, "not before");
    desk_wait(MINUTE_MS);
    CHECK_I64(1, wakes, "then");
    desk_wait(60 * MINUTE_MS);
    CHECK_I64(1, wakes, "once: it has no other wake");
}

static void test_wakes_again(void **state)
{
    struct store_entry entry = entry_of(engine_entry_id(stage.engine, KIND), "{}");

    (void)state;
    put_off = 5;
    entry.wake_minute = minute() + 5;
    put_and_drain(&entry, OD_OK, "every five minutes");
    for (unsigned i = 0; i < 6; i++)
        desk_wait(5 * MINUTE_MS);
    CHECK_I64(6, wakes, "six times in half an hour");
    CHECK_I64(OD_OK, get(entry.id, NULL), "there");
    CHECK_I64(7, seen.revision, "a change each");
}

/* One that waits for something else is looked at once a minute, not all the time. */
static void test_waits_for_something_else(void **state)
{
    struct store_entry entry = entry_of(engine_entry_id(stage.engine, KIND), "{}");

    (void)state;
    put_off = 0;
    entry.wake_minute = minute();
    put_and_drain(&entry, OD_OK, "due at once");
    stage_tick();
    stage_drain();
    unsigned before = wakes;
    CHECK(before >= 1, "looked at");
    for (unsigned i = 0; i < 20; i++) {
        stage_tick();
        stage_drain();
    }
    CHECK_I64(before, wakes, "not again in this minute");
    stage_wait(MINUTE_MS);
    stage.monotonic_ms += MINUTE_MS;
    stage_tick();
    stage_drain();
    CHECK_I64(before + 1, wakes, "once in the next");
}

/* One more than are woken at a time. */
static void test_more_than_a_window(void **state)
{
    uint64_t first = 0;

    (void)state;
    for (unsigned i = 0; i <= WINDOW_MAX; i++) {
        struct store_entry entry = entry_of(engine_entry_id(stage.engine, KIND), "{}");

        first = i == 0 ? entry.id : first;
        entry.wake_minute = minute() + 1;
        CHECK_I64(OD_OK, put(&entry, i), "put");
    }
    stage_drain();
    desk_wait(MINUTE_MS);
    for (unsigned i = 0; i <= WINDOW_MAX; i++)
        CHECK_I64(1, woken[first + i], "each once");
}

/* An earlier wake that is put while a later one is waited for. */
static void test_an_earlier_one(void **state)
{
    struct store_entry late = entry_of(engine_entry_id(stage.engine, KIND), "{}"), early = entry_of(engine_entry_id(stage.engine, KIND), "{}");

    (void)state;
    late.wake_minute = minute() + 100;
    early.wake_minute = minute() + 2;
    put_and_drain(&late, OD_OK, "late");
    put_and_drain(&early, OD_OK, "early");
    desk_wait(2 * MINUTE_MS);
    CHECK_I64(1, woken[early.id], "the early one");
    CHECK_I64(0, woken[late.id], "alone");
    desk_wait(98 * MINUTE_MS);
    CHECK_I64(1, woken[late.id], "and the late one in its time");
}

/* -- The process dies; the disk is full -- */

static void test_killed(void **state)
{
    struct store_entry kept = entry_of(engine_entry_id(stage.engine, KIND), "{\"k\":1}"), lost;

    (void)state;
    kept.wake_minute = minute() + 3;
    CHECK_I64(OD_OK, put(&kept, 1), "put");
    stage_turn(); /* the store has the batch */
    lost = entry_of(engine_entry_id(stage.engine, KIND), "{}");
    CHECK_I64(OD_OK, put(&lost, 2), "in the batch that fills");
    stage_restart(true);
    engine_entry_on_due(stage.engine, KIND, on_due);
    stage_drain();
    CHECK_I64(OD_OK, get(kept.id, NULL), "what reached the disk is there");
    CHECK_I64(OD_ENOTFOUND, get(lost.id, NULL), "what did not was never told");
    CHECK(engine_entry_id(stage.engine, KIND) == kept.id + 1, "ids go on behind the last one that is there");
    desk_wait(3 * MINUTE_MS);
    CHECK_I64(1, woken[kept.id], "and it wakes");
}

static void test_slept_through(void **state)
{
    struct store_entry entry = entry_of(engine_entry_id(stage.engine, KIND), "{}");

    (void)state;
    entry.wake_minute = minute() + 3;
    put_and_drain(&entry, OD_OK, "in three minutes");
    stage_restart(false);
    stage_wait(600 * MINUTE_MS);
    engine_entry_on_due(stage.engine, KIND, on_due);
    desk_wait(0);
    CHECK_I64(1, woken[entry.id], "what fell due while the hub was away comes at once");
}

static void test_disk_full(void **state)
{
    struct store_entry entry = entry_of(engine_entry_id(stage.engine, KIND), "{}");

    (void)state;
    CHECK_I64(OD_OK, put(&entry, 1), "put");
    stage_turn();
    CHECK(stage_commit(true), "the disk is full");
    stage_drain();
    CHECK_I64(OD_EFULL + 1000, stored[1], "told so");
    CHECK_I64(OD_ENOTFOUND, get(entry.id, NULL), "nothing of it is there");
    put_and_drain(&entry, OD_OK, "and once there is room it can be put");
}

/* -- Limits and memory -- */

static void test_batch_full(void **state)
{
    unsigned count = 0;
    int rc = OD_OK;

    (void)state;
    while (rc == OD_OK && count < STORE_BATCH_WRITES_MAX + 1) {
        struct store_entry entry = entry_of(engine_entry_id(stage.engine, KIND), "{}");

        rc = engine_entry_put(stage.engine, &entry, NULL, NULL, NULL);
        count += rc == OD_OK;
    }
    CHECK_I64(OD_EBUSY, rc, "one more than a batch holds");
    CHECK_I64(STORE_BATCH_WRITES_MAX, count, "as many as it holds");
    stage_drain();
}

static void test_no_memory(void **state)
{
    struct store_entry entry = entry_of(engine_entry_id(stage.engine, KIND), "{\"text\":\"words\"}");
    int rc = OD_ENOMEM;

    (void)state;
    for (uint64_t n = 1; rc == OD_ENOMEM && n < 64; n++) {
        uint32_t before = stage.engine->filling->store->count;

        base_alloc_fail_at(n);
        rc = put(&entry, 3);
        base_alloc_fail_at(0);
        CHECK_I64(rc == OD_OK ? before + 1 : before, stage.engine->filling->store->count, "put whole, or not at all");
    }
    CHECK_I64(OD_OK, rc, "once there is memory");
    stage_drain();
    CHECK_I64(1000, stored[3], "stored");
    CHECK_I64(OD_OK, get(entry.id, NULL), "there");
}

static int on_visit(void *owner, const struct store_count *count)
{
    *(int64_t *)owner += count->measure == ENGINE_VISITS ? count->delta : 0;
    return OD_OK;
}

/* Visits are put down once a minute: those since then are, too, and nothing is put once the store closes. */
static void test_what_was_counted_is_there_after_the_end(void **state)
{
    int64_t visits = 0;

    (void)state;
    engine_center_visit(stage.engine, "plain");
    stage_stop();
    stage_start();
    struct store_reader *reader = store_reader_take(stage.engine->store);
    CHECK_I64(OD_OK, store_read_counts(reader, 0, INT32_MAX, on_visit, &visits), "counts");
    store_reader_give(stage.engine->store, reader);
    CHECK_I64(1, visits, "the one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_put_and_get, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_names_and_revisions, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_two_at_once, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_pages, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_wakes_in_time, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_wakes_again, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_waits_for_something_else, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_more_than_a_window, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_an_earlier_one, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_killed, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_what_was_counted_is_there_after_the_end, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_slept_through, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_disk_full, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_batch_full, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_no_memory, set_up, desk_close),
    };

    base_log_init("engine_entry_test", NULL, BASE_LOG_NONE);
    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
