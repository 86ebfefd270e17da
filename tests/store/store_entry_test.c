/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of registers: names are unique within a kind, a change names what it changes from, and whatever is refused
 * leaves no trace, not in the journal either. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "store/store_fixture.h"

#define KIND 5
#define ROOM 8

static struct fixture fixture;
static const uint8_t salt[STORE_SALT_SIZE] = "0123456789abcdef";

static struct store_entry entry_of(uint64_t id, const char *body)
{
    return (struct store_entry){.kind = KIND, .id = id, .state = 1, .wake_minute = INT64_MAX, .at_ms = 1700000000000, .salt = salt,
                                .body = body, .body_size = body != NULL ? (uint32_t)strlen(body) : 0};
}

/* Committed alone; the write's results. */
static struct store_write put(const struct store_entry *entry, const char *record)
{
    struct store_write *write = fixture_write(&fixture, STORE_WRITE_ENTRY, entry->application);

    write->entry = entry;
    write->record = record;
    write->record_size = record != NULL ? (uint32_t)strlen(record) : 0;
    fixture_commit(&fixture);
    return *write;
}

static int read_entry(uint64_t id, struct store_entry *entry)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    int rc = store_read_entry(reader, KIND, id, &fixture.arena, entry);

    store_reader_give(fixture.store, reader);
    return rc;
}

static size_t list(struct store_entry_filter filter, uint64_t *ids, size_t room, uint64_t *next)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    struct store_entry entries[ROOM];
    size_t count = 99;

    assert_int_equal(store_read_entries(reader, &filter, &fixture.arena, entries, room, &count, next), OD_OK);
    store_reader_give(fixture.store, reader);
    for (size_t i = 0; i < count; i++)
        ids[i] = entries[i].id;
    return count;
}

static void an_entry_comes_back_as_it_was_written(void **state)
{
    struct store_entry put_in = entry_of(1, "{\"text\":\"投诉\"}"), read;

    (void)state;
    put_in.name = "C-1";
    put_in.department = UINT16_MAX;
    put_in.state = 255;
    put_in.wake_minute = -7;
    assert_int_equal(put(&put_in, NULL).rc, OD_OK);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(read_entry(1, &read), OD_OK);
        assert_string_equal(read.name, "C-1");
        assert_string_equal(read.body, put_in.body);
        assert_memory_equal(read.salt, salt, STORE_SALT_SIZE);
        assert_int_equal(read.body_size, put_in.body_size);
        assert_int_equal(read.department, UINT16_MAX);
        assert_int_equal(read.state, 255);
        assert_int_equal(read.revision, 1);
        assert_int_equal(read.wake_minute, -7);
        assert_int_equal(read.at_ms, put_in.at_ms);
        assert_int_equal(read.application, 0);
        fixture_reopen(&fixture);
    }
    assert_int_equal(store_entry_next(fixture.store, KIND), 2);
    assert_int_equal(store_entry_next(fixture.store, KIND + 1), 1);
    assert_int_equal(read_entry(2, &read), OD_ENOTFOUND);
    assert_int_equal(read_entry(UINT64_MAX, &read), OD_ENOTFOUND);
}

static void a_name_is_taken_once_in_its_kind(void **state)
{
    struct store_entry first = entry_of(1, "{}"), again = entry_of(2, "{}"), other = entry_of(1, "{}"), read;
    uint64_t journal = store_journal_last(fixture.store);

    (void)state;
    first.name = again.name = other.name = "R-1";
    other.kind = KIND + 1;
    assert_int_equal(put(&first, "{}").rc, OD_OK);
    struct store_write refused = put(&again, "{}");
    assert_int_equal(refused.rc, OD_EEXIST);
    assert_int_equal(refused.existing, 1);
    assert_int_equal(refused.journal_seq, 0);
    assert_int_equal(read_entry(2, &read), OD_ENOTFOUND);
    assert_int_equal(put(&other, "{}").rc, OD_OK);
    assert_int_equal(store_journal_last(fixture.store), journal + 2);
}

static void a_change_names_what_it_changes_from(void **state)
{
    static const struct {
        uint64_t id, revision;
        int rc;
        const char *why;
    } rows[] = {
        {1, 2, OD_ESTATE, "a revision that is not there yet"},
        {1, 1, OD_OK, "the present one"},
        {1, 1, OD_ESTATE, "changed meanwhile"},
        {1, 2, OD_OK, "the next"},
        {9, 1, OD_ENOTFOUND, "no such entry"},
    };
    struct store_entry entry = entry_of(1, "{\"n\":0}"), read;
    uint64_t revision = 1;

    (void)state;
    assert_int_equal(put(&entry, NULL).rc, OD_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct store_entry change = entry_of(rows[i].id, "{\"n\":1}");

        change.revision = rows[i].revision;
        change.state = (uint8_t)(10 + i);
        change.at_ms = 5; /* it was made when it was made */
        change.name = "not this";
        if (put(&change, "{}").rc != rows[i].rc)
            fail_msg("%s", rows[i].why);
        revision += rows[i].rc == OD_OK;
        assert_int_equal(read_entry(1, &read), OD_OK);
        assert_int_equal(read.revision, revision);
        assert_int_equal(read.at_ms, entry.at_ms);
        assert_null(read.name);
    }
    assert_int_equal(read.state, 13);
    struct store_entry removed = entry_of(1, NULL);
    removed.revision = 3;
    assert_int_equal(put(&removed, "{}").rc, OD_OK);
    assert_int_equal(read_entry(1, &read), OD_ENOTFOUND);
}

static void an_id_is_never_given_again(void **state)
{
    static const uint64_t gone[] = {3, 1};

    (void)state;
    for (uint64_t id = 1; id <= 3; id++) {
        struct store_entry entry = entry_of(id, "{}");
        assert_int_equal(put(&entry, NULL).rc, OD_OK);
    }
    for (size_t i = 0; i < 2; i++) {
        struct store_entry entry = entry_of(gone[i], NULL);
        entry.revision = 1;
        assert_int_equal(put(&entry, NULL).rc, OD_OK);
    }
    fixture_reopen(&fixture);
    assert_int_equal(store_entry_next(fixture.store, KIND), 4);
    assert_int_equal(store_entry_next(fixture.store, KIND + 1), 1);
}

static void a_record_stands_in_the_history_of_its_application(void **state)
{
    struct store_entry entry = entry_of(1, "{}"), lost = entry_of(2, "{}"), read;
    struct store_record *records = NULL;
    size_t count = 0;
    uint64_t bad = 99;

    (void)state;
    fixture_intake(&fixture, 7, 0);
    fixture_commit(&fixture);
    entry.application = 7;
    lost.application = 8;
    assert_int_equal(put(&entry, "{\"paid\":1}").rc, OD_OK);
    assert_int_equal(put(&lost, "{}").rc, OD_ENOTFOUND);
    assert_int_equal(read_entry(2, &read), OD_ENOTFOUND);
    fixture_transition(&fixture, 7, "later");
    fixture_commit(&fixture);
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_history(reader, 7, 0, &fixture.arena, &records, &count), OD_OK);
    assert_int_equal(store_verify(reader, &bad), OD_OK);
    store_reader_give(fixture.store, reader);
    assert_int_equal(bad, 0);
    assert_int_equal(count, 3);
    assert_string_equal(records[1].record, "{\"paid\":1}");
}

static void each_filter_finds_its_own_newest_first(void **state)
{
    static const struct {
        struct store_entry_filter filter;
        size_t room, count;
        uint64_t ids[ROOM], next;
        const char *why;
    } rows[] = {
        {{.kind = KIND, .state = -1, .department = -1, .before = UINT64_MAX}, ROOM, 5, {5, 4, 3, 2, 1}, 0, "all"},
        {{.kind = KIND, .state = -1, .department = -1, .before = UINT64_MAX}, 2, 2, {5, 4}, 4, "a page"},
        {{.kind = KIND, .state = -1, .department = -1, .before = 4}, 2, 2, {3, 2}, 2, "the next page"},
        {{.kind = KIND, .state = 1, .department = -1, .before = UINT64_MAX}, ROOM, 3, {5, 3, 1}, 0, "a state"},
        {{.kind = KIND, .state = -1, .department = 3, .before = UINT64_MAX}, ROOM, 2, {5, 2}, 0, "a department"},
        {{.kind = KIND, .state = 1, .department = 3, .before = UINT64_MAX}, ROOM, 1, {5}, 0, "both"},
        {{.kind = KIND, .state = 1, .department = 0, .before = UINT64_MAX}, ROOM, 2, {3, 1}, 0, "of no department"},
        {{.kind = KIND, .application = 7, .state = -1, .department = -1, .before = UINT64_MAX}, ROOM, 2, {4, 2}, 0, "an application"},
        {{.application = 7, .state = -1, .department = -1, .before = UINT64_MAX}, ROOM, 3, {2, 4, 1}, 0, "all of an application"},
        {{.kind = KIND + 2, .state = -1, .department = -1, .before = UINT64_MAX}, ROOM, 0, {0}, 0, "a kind without any"},
    };

    (void)state;
    fixture_intake(&fixture, 7, 0);
    fixture_commit(&fixture);
    for (uint64_t id = 1; id <= 6; id++) {
        struct store_entry entry = entry_of(id <= 5 ? id : 1, "{}");

        entry.kind = id <= 5 ? KIND : KIND + 1;
        entry.state = id % 2 != 0 ? 1 : 2;
        entry.department = id == 2 || id == 5 ? 3 : 0;
        entry.application = id % 2 == 0 ? 7 : 0;
        assert_int_equal(put(&entry, NULL).rc, OD_OK);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t ids[ROOM] = {0}, next = 99;

        if (list(rows[i].filter, ids, rows[i].room, &next) != rows[i].count || next != rows[i].next ||
            memcmp(ids, rows[i].ids, rows[i].count * sizeof(ids[0])) != 0)
            fail_msg("%s", rows[i].why);
    }
}

static void what_is_due_comes_in_its_order(void **state)
{
    static const int64_t wakes[] = {30, INT64_MAX, 10, 20};
    struct store_entry due[ROOM];
    size_t count = 99;
    int64_t wake = 0;

    (void)state;
    for (uint64_t id = 1; id <= 4; id++) {
        struct store_entry entry = entry_of(id, "{}");

        entry.wake_minute = wakes[id - 1];
        assert_int_equal(put(&entry, NULL).rc, OD_OK);
    }
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_entry_wake(reader, &wake), OD_OK);
    assert_int_equal(wake, 10);
    assert_int_equal(store_read_entries_due(reader, 9, &fixture.arena, due, ROOM, &count), OD_OK);
    assert_int_equal(count, 0);
    assert_int_equal(store_read_entries_due(reader, 30, &fixture.arena, due, 2, &count), OD_OK);
    assert_int_equal(count, 2);
    assert_int_equal(due[0].id, 3);
    assert_int_equal(due[1].id, 4);
    assert_int_equal(store_read_entries_due(reader, 30, &fixture.arena, due, ROOM, &count), OD_OK);
    assert_int_equal(count, 3);
    store_reader_give(fixture.store, reader);
}

static uint64_t before_read(int64_t at_ms)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    uint64_t id = 99;

    assert_int_equal(store_read_entry_before(reader, KIND, at_ms, &id), OD_OK);
    store_reader_give(fixture.store, reader);
    return id;
}

/* Found by halving, with holes between the ids and several of one time: the same as by looking at each. */
static void what_was_made_before_a_time_is_found(void **state)
{
    static const struct {
        uint64_t id;
        int64_t at_ms;
    } rows[] = {{2, 10}, {3, 10}, {7, 10}, {8, 20}, {100, 20}, {1000, 31}, {1001, 40}};
    const size_t count = sizeof(rows) / sizeof(rows[0]);

    (void)state;
    assert_int_equal(before_read(INT64_MAX), 0);
    for (size_t i = 0; i < count; i++) {
        struct store_entry entry = entry_of(rows[i].id, "{}");
        entry.at_ms = rows[i].at_ms;
        assert_int_equal(put(&entry, NULL).rc, OD_OK);
    }
    for (int64_t at_ms = 9; at_ms <= 42; at_ms++) {
        uint64_t found = before_read(at_ms);

        for (size_t i = 0; i < count; i++)
            assert_int_equal(rows[i].id <= found, rows[i].at_ms < at_ms);
    }
}

static void a_name_of_the_greatest_length_is_found(void **state)
{
    char name[STORE_ENTRY_NAME_MAX + 1];
    struct store_entry entry = entry_of(1, "{}"), read;

    (void)state;
    memset(name, 'n', STORE_ENTRY_NAME_MAX);
    name[STORE_ENTRY_NAME_MAX] = '\0';
    entry.name = name;
    assert_int_equal(put(&entry, NULL).rc, OD_OK);
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_entry_named(reader, KIND, name, &fixture.arena, &read), OD_OK);
    assert_int_equal(read.id, 1);
    assert_int_equal(store_read_entry_named(reader, KIND, "n", &fixture.arena, &read), OD_ENOTFOUND);
    store_reader_give(fixture.store, reader);
}

static void what_belongs_to_a_refused_write_is_left_out(void **state)
{
    static const struct {
        uint64_t id;        /* of the one it belongs to */
        uint64_t revision;
        int rc, own_rc;
        const char *why;
    } rows[] = {
        {1, 0, OD_OK, OD_OK, "written with it"},
        {1, 7, OD_ESTATE, OD_ECANCELLED, "that was changed meanwhile"},
        {2, 1, OD_ENOTFOUND, OD_ECANCELLED, "there is no such entry"},
        {3, 0, OD_OK, OD_OK, "again"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct store_entry entry = entry_of(rows[i].id, "{}"), own = entry_of(11 + i, "{}"), read;
        struct store_write *first = fixture_write(&fixture, STORE_WRITE_ENTRY, 0), *second = fixture_write(&fixture, STORE_WRITE_ENTRY, 0);

        entry.revision = rows[i].revision;
        first->entry = &entry;
        second->entry = &own;
        second->only_after = fixture.batch->count - 1;
        fixture_commit(&fixture);
        assert_int_equal(first->rc, rows[i].rc);
        assert_int_equal(second->rc, rows[i].own_rc);
        assert_int_equal(read_entry(11 + i, &read), rows[i].own_rc == OD_OK ? OD_OK : OD_ENOTFOUND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_belongs_to_a_refused_write_is_left_out),
        FIXTURE_TEST(an_entry_comes_back_as_it_was_written),
        FIXTURE_TEST(a_name_is_taken_once_in_its_kind),
        FIXTURE_TEST(a_change_names_what_it_changes_from),
        FIXTURE_TEST(an_id_is_never_given_again),
        FIXTURE_TEST(a_record_stands_in_the_history_of_its_application),
        FIXTURE_TEST(each_filter_finds_its_own_newest_first),
        FIXTURE_TEST(what_is_due_comes_in_its_order),
        FIXTURE_TEST(what_was_made_before_a_time_is_found),
        FIXTURE_TEST(a_name_of_the_greatest_length_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
