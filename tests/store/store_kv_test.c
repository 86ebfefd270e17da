/* SPDX-License-Identifier: Apache-2.0 */
/* What connectors keep: a quota that counts, keys in order, and nothing of another's. And what departments call
 * back: once each, in order, until the task ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/number.h"
#include "store/store_fixture.h"

#define QUOTA 1000
#define ROOM 128

static struct fixture fixture;

static uint16_t department;

static int set_up(void **state)
{
    department = 0;
    memset(&fixture, 0, sizeof(fixture));
    fixture_init(&fixture);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_fini(&fixture);
    return 0;
}

/* value NULL removes. */
static struct store_write *kv_write(const char *connector, const char *key, const char *value, size_t size)
{
    struct store_write *write = fixture_write(&fixture, STORE_WRITE_KV, 0);

    write->name = connector;
    write->key = key;
    write->key_size = (uint32_t)strlen(key);
    write->value = value;
    write->value_size = (uint32_t)size;
    write->quota = QUOTA;
    return write;
}

static int put(const char *connector, const char *key, const char *value, size_t size)
{
    struct store_write *write = kv_write(connector, key, value, size);

    fixture_commit(&fixture);
    return write->rc;
}

static int get(const char *connector, const char *key, const char **value, size_t *size)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    const void *found = NULL;
    int rc = store_read_kv(reader, connector, key, strlen(key), &fixture.arena, &found, size);

    store_reader_give(fixture.store, reader);
    *value = found;
    return rc;
}

static void expect(const char *connector, const char *key, const char *expected)
{
    const char *value = NULL;
    size_t size = 0;
    int rc = get(connector, key, &value, &size);

    assert_int_equal(rc, expected != NULL ? OD_OK : OD_ENOTFOUND);
    if (expected == NULL)
        return;
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(value, expected, size);
}

static size_t list(const char *connector, const char *prefix, const char *after, const char **keys, size_t room)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    size_t count = 99;

    assert_int_equal(store_read_kv_keys(reader, connector, prefix, after, &fixture.arena, keys, room, &count), OD_OK);
    store_reader_give(fixture.store, reader);
    return count;
}

static void a_value_is_kept_changed_and_removed(void **state)
{
    (void)state;
    expect("water", "a", NULL);
    assert_int_equal(put("water", "a", "one", 3), OD_OK);
    expect("water", "a", "one");
    assert_int_equal(put("water", "a", "", 0), OD_OK);
    expect("water", "a", "");
    assert_int_equal(put("water", "a", "three", 5), OD_OK);
    fixture_reopen(&fixture);
    expect("water", "a", "three");
    expect("fire", "a", NULL);
    assert_int_equal(put("fire", "a", "fire's", 6), OD_OK);
    assert_int_equal(put("water", "a", NULL, 0), OD_OK);
    expect("water", "a", NULL);
    expect("fire", "a", "fire's");
    assert_int_equal(put("water", "a", NULL, 0), OD_OK); /* what is not there is removed without an error */
}

static void the_quota_counts_keys_and_values(void **state)
{
    static char bytes[QUOTA + 1];

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    assert_int_equal(put("water", "k", bytes, QUOTA - 1), OD_OK); /* the limit, with its key */
    assert_int_equal(put("water", "l", "", 0), OD_ELIMIT);        /* one byte more */
    assert_int_equal(put("water", "k", bytes, QUOTA), OD_ELIMIT);
    expect("water", "l", NULL);
    assert_int_equal(put("fire", "k", bytes, QUOTA - 1), OD_OK); /* each has its own */
    assert_int_equal(put("water", "k", bytes, 100), OD_OK);
    fixture_reopen(&fixture); /* the sum is kept, not counted */
    assert_int_equal(put("water", "l", bytes, QUOTA - 102), OD_OK);
    assert_int_equal(put("water", "m", "", 0), OD_ELIMIT);
    assert_int_equal(put("water", "k", NULL, 0), OD_OK);
    assert_int_equal(put("water", "m", bytes, 100), OD_OK);
}

static void who_is_over_a_smaller_quota_may_still_shrink(void **state)
{
    static char bytes[600];

    (void)state;
    assert_int_equal(put("water", "k", bytes, sizeof(bytes)), OD_OK);
    struct store_write *write = kv_write("water", "k", bytes, 500);
    write->quota = 100;
    fixture_commit(&fixture);
    assert_int_equal(write->rc, OD_OK);
    write = kv_write("water", "k", bytes, 501);
    write->quota = 100;
    fixture_commit(&fixture);
    assert_int_equal(write->rc, OD_ELIMIT);
}

static void one_that_is_refused_takes_no_other_with_it(void **state)
{
    static char bytes[QUOTA + 1];

    (void)state;
    kv_write("water", "a", "1", 1);
    struct store_write *refused = kv_write("water", "b", bytes, sizeof(bytes));
    kv_write("water", "c", "3", 1);
    fixture_commit(&fixture);
    assert_int_equal(refused->rc, OD_ELIMIT);
    expect("water", "a", "1");
    expect("water", "b", NULL);
    expect("water", "c", "3");
}

static void keys_in_the_order_of_their_bytes(void **state)
{
    static const char *const keys[] = {"b/1", "a", "b/2", "b", "b0", "c", "b/10", "\xe6\xb0\xb4", "B"};
    const char *found[ROOM];

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        kv_write("water", keys[i], "v", 1);
    kv_write("watery", "b/3", "v", 1);
    fixture_commit(&fixture);
    assert_int_equal(list("water", "", "", found, ROOM), 9);
    assert_string_equal(found[0], "B");
    assert_string_equal(found[1], "a");
    assert_string_equal(found[8], "\xe6\xb0\xb4");
    assert_int_equal(list("water", "b/", "", found, ROOM), 3);
    assert_string_equal(found[0], "b/1");
    assert_string_equal(found[1], "b/10");
    assert_string_equal(found[2], "b/2");
    assert_int_equal(list("water", "b/", "b/1", found, ROOM), 2);
    assert_string_equal(found[0], "b/10");
    assert_int_equal(list("water", "b/", "a", found, ROOM), 3);
    assert_int_equal(list("water", "b/", "c", found, ROOM), 0);
    assert_int_equal(list("water", "", "", found, 2), 2);
    assert_int_equal(list("water", "x", "", found, ROOM), 0);
    assert_int_equal(list("nobody", "", "", found, ROOM), 0);
}

static void all_of_a_connector_is_dropped(void **state)
{
    static char bytes[QUOTA];
    const char *found[ROOM];

    (void)state;
    assert_int_equal(put("water", "a", bytes, QUOTA - 1), OD_OK);
    assert_int_equal(put("fire", "a", "1", 1), OD_OK);
    fixture_write(&fixture, STORE_WRITE_KV_DROP, 0)->name = "water";
    fixture_commit(&fixture);
    assert_int_equal(list("water", "", "", found, ROOM), 0);
    expect("fire", "a", "1");
    assert_int_equal(put("water", "a", bytes, QUOTA - 1), OD_OK); /* its sum went, too */
}

/* -- Events -- */

/* Something is owed for each of the tasks: they are open. */
static void open_tasks(uint64_t application, uint8_t count)
{
    static struct store_owed owed[8];
    struct store_write *write = fixture_intake(&fixture, application, 0);

    if (department == 0)
        assert_int_equal(store_department(fixture.store, "fire", &department), OD_OK);
    for (uint8_t i = 0; i < count; i++)
        owed[i] = (struct store_owed){.task = i, .department = 1, .due_day = 5};
    write->owed = owed;
    write->owed_count = count;
}

static struct store_write *event_write(uint64_t application, uint8_t task, const char *id, const char *body)
{
    struct store_write *write = fixture_write(&fixture, STORE_WRITE_EVENT, application);

    write->task = task;
    write->department = 1;
    write->name = id;
    write->value = body;
    write->value_size = (uint32_t)strlen(body);
    write->at_ms = 1234567890123;
    return write;
}

static size_t events(uint64_t application, uint8_t task, uint32_t after, struct store_event *found)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    size_t count = 99;

    assert_int_equal(store_read_events(reader, application, task, after, &fixture.arena, found, ROOM, &count), OD_OK);
    store_reader_give(fixture.store, reader);
    return count;
}

static void owed_write(uint64_t application, uint8_t task, bool is_removed)
{
    static struct store_owed owed[8];
    static size_t next;
    struct store_owed *row = &owed[next++ % 8];
    struct store_write *write = fixture_transition(&fixture, application, "s");

    *row = (struct store_owed){.is_removed = is_removed, .task = task, .department = 1, .due_day = 5};
    write->owed = row;
    write->owed_count = 1;
}

static void an_event_is_kept_once_and_in_order(void **state)
{
    struct store_event found[ROOM];
    bool has_events = true;

    (void)state;
    open_tasks(7, 4);
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_has_events(reader, &has_events), OD_OK);
    assert_false(has_events);
    store_reader_give(fixture.store, reader);
    struct store_write *first = event_write(7, 2, "e-1", "{\"n\":1}"), *second = event_write(7, 2, "e-0", "{\"n\":2}");
    struct store_write *again = event_write(7, 2, "e-1", "{\"n\":3}"), *other = event_write(7, 3, "e-1", "{}");
    fixture_commit(&fixture);
    assert_int_equal(first->rc, OD_OK);
    assert_int_equal(second->rc, OD_OK);
    assert_int_equal(again->rc, OD_EEXIST);
    assert_int_equal(other->rc, OD_OK);
    assert_int_equal(first->event_seq, 1);
    assert_int_equal(second->event_seq, 2);
    assert_int_equal(again->event_seq, 0);
    fixture_reopen(&fixture);
    reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_has_events(reader, &has_events), OD_OK);
    assert_true(has_events);
    store_reader_give(fixture.store, reader);
    assert_int_equal(events(7, 2, 0, found), 2);
    assert_string_equal(found[0].id, "e-1");
    assert_string_equal(found[0].body, "{\"n\":1}");
    assert_int_equal(found[0].size, 7);
    assert_int_equal(found[0].seq, 1);
    assert_int_equal(found[0].at_ms, 1234567890123);
    assert_string_equal(found[1].id, "e-0");
    assert_int_equal(events(7, 2, 1, found), 1);
    assert_int_equal(events(7, 2, 2, found), 0);
    assert_int_equal(events(7, 3, 0, found), 1);
    assert_int_equal(events(8, 2, 0, found), 0);
}

static void so_many_of_one_task(void **state)
{
    struct store_event found[ROOM];

    (void)state;
    open_tasks(7, 2);
    for (unsigned i = 0; i < STORE_EVENTS_MAX; i++)
        event_write(7, 0, fixture_text(&fixture, "e-%u", i), "{}");
    struct store_write *over = event_write(7, 0, "over", "{}"), *known = event_write(7, 0, "e-3", "{}"), *other = event_write(7, 1, "over", "{}");
    fixture_commit(&fixture);
    assert_int_equal(over->rc, OD_ELIMIT);
    assert_int_equal(known->rc, OD_EEXIST); /* who repeats one is told so, also then */
    assert_int_equal(other->rc, OD_OK);
    assert_int_equal(events(7, 0, 0, found), STORE_EVENTS_MAX);
}

static void they_go_when_the_task_ends(void **state)
{
    struct store_event found[ROOM];

    (void)state;
    open_tasks(7, 2);
    event_write(7, 0, "a", "{}");
    event_write(7, 1, "b", "{}");
    fixture_commit(&fixture);
    owed_write(7, 0, false);
    fixture_commit(&fixture);
    assert_int_equal(events(7, 0, 0, found), 1); /* something is owed */
    fixture_reopen(&fixture);                    /* and it is known after a restart that there are any */
    owed_write(7, 0, true);
    fixture_commit(&fixture);
    assert_int_equal(events(7, 0, 0, found), 0);
    assert_int_equal(events(7, 1, 0, found), 1);
    struct store_write *late = event_write(7, 0, "late", "{}");
    fixture_commit(&fixture);
    assert_int_equal(late->rc, OD_ENOTFOUND); /* nothing would take it away again */
    assert_int_equal(events(7, 0, 0, found), 0);
}

static void a_departments_own_numbers(void **state)
{
    uint64_t handles[4];
    size_t count = 99;
    static const struct {
        uint64_t application;
        uint8_t task;
        uint16_t department;
        const char *reference;
    } rows[] = {{7, 0, 1, "F-17"}, {8, 3, 1, "F-17"}, {8, 3, 1, "F-17"}, {9, 0, 2, "F-17"}, {9, 1, 1, "F-18"}};

    (void)state;
    for (uint64_t id = 7; id <= 9; id++) {
        open_tasks(id, 4);
        fixture_commit(&fixture);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct store_write *write = fixture_write(&fixture, STORE_WRITE_REFERENCE, rows[i].application);

        write->task = rows[i].task;
        write->department = rows[i].department;
        write->name = rows[i].reference;
    }
    fixture_commit(&fixture);
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_reference(reader, 1, "F-17", handles, 4, &count), OD_OK);
    assert_int_equal(count, 2);
    assert_int_equal(handles[0], base_task_handle(8, 3));
    assert_int_equal(handles[1], base_task_handle(7, 0));
    assert_int_equal(store_read_reference(reader, 1, "f-17", handles, 4, &count), OD_OK);
    assert_int_equal(count, 0);
    store_reader_give(fixture.store, reader);
    owed_write(8, 3, true);
    fixture_commit(&fixture);
    reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_reference(reader, 1, "F-17", handles, 4, &count), OD_OK);
    assert_int_equal(count, 1);
    store_reader_give(fixture.store, reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_value_is_kept_changed_and_removed),
        TEST(the_quota_counts_keys_and_values),
        TEST(who_is_over_a_smaller_quota_may_still_shrink),
        TEST(one_that_is_refused_takes_no_other_with_it),
        TEST(keys_in_the_order_of_their_bytes),
        TEST(all_of_a_connector_is_dropped),
        TEST(an_event_is_kept_once_and_in_order),
        TEST(so_many_of_one_task),
        TEST(they_go_when_the_task_ends),
        TEST(a_departments_own_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
