/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of write leaves behind, and what it leaves alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/number.h"
#include "store/store_fixture.h"

static struct fixture fixture;

static int row_read(uint64_t application, struct store_row *row)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    int rc = store_read_application(reader, application, &fixture.arena, row);

    store_reader_give(fixture.store, reader);
    return rc;
}

static size_t owed_count(uint16_t department)
{
    struct store_owed_key keys[16];
    size_t count = 99;
    struct store_reader *reader = store_reader_take(fixture.store);

    assert_int_equal(store_read_owed(reader, department, NULL, keys, 16, &count), OD_OK);
    store_reader_give(fixture.store, reader);
    return count;
}

static size_t journal_count(void)
{
    struct store_record records[64];
    size_t count = 99;
    struct store_reader *reader = store_reader_take(fixture.store);

    assert_int_equal(store_read_journal(reader, 0, &fixture.arena, records, 64, &count), OD_OK);
    store_reader_give(fixture.store, reader);
    return count;
}

static void an_intake_is_there_whole(void **state)
{
    static const struct store_owed owed[] = {
        {.task = 0, .department = 3, .due_day = 20000}, {.task = 1, .department = 4, .due_day = 20001}};
    struct store_row row = {0};
    const char *document = NULL;
    size_t size = 0;

    (void)state;
    assert_int_equal(store_application_next(fixture.store), 1);
    struct store_write *write = fixture_intake(&fixture, 7, 1);
    write->owed = owed;
    write->owed_count = 2;
    write->due_day = 20001;
    write->service = 5;
    fixture_commit(&fixture);
    assert_int_equal(fixture.batch->rc, OD_OK);
    assert_int_equal(write->rc, OD_OK);
    assert_int_equal(write->journal_seq, 1);
    assert_int_equal(row_read(7, &row), OD_OK);
    assert_int_equal(row.application, 7);
    assert_int_equal(row.service, 5);
    assert_int_equal(row.status, 2);
    assert_int_equal(row.due_day, 20001);
    assert_false(row.is_overdue);
    assert_int_equal(row.state_size, 7);
    assert_memory_equal(row.state, "state 7", 7);
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_document(reader, 7, &fixture.arena, &document, &size), OD_OK);
    assert_string_equal(document, "{\"document\":7}");
    assert_int_equal(size, strlen(document));
    store_reader_give(fixture.store, reader);
    assert_int_equal(owed_count(3), 1);
    assert_int_equal(owed_count(4), 1);
    assert_int_equal(store_application_next(fixture.store), 8);
    assert_int_equal(store_journal_last(fixture.store), 1);
}

static void a_known_key_writes_nothing_and_the_rest_goes_on(void **state)
{
    static const struct store_owed owed[] = {{.task = 0, .department = 3, .due_day = 20000}};
    struct store_row row = {0};

    (void)state;
    fixture_intake(&fixture, 1, 77);
    fixture_commit(&fixture);
    struct store_write *repeat = fixture_intake(&fixture, 2, 77);
    repeat->owed = owed;
    repeat->owed_count = 1;
    struct store_write *same = fixture_intake(&fixture, 3, 77);
    base_hash("{\"document\":1}", 14, same->body_hash);
    struct store_write *fresh = fixture_intake(&fixture, 4, 78);
    struct store_write *twin = fixture_intake(&fixture, 5, 78);
    fixture_commit(&fixture);
    assert_int_equal(repeat->rc, OD_EEXIST);
    assert_int_equal(repeat->existing, 1);
    assert_false(repeat->is_same_body);
    assert_int_equal(repeat->journal_seq, 0);
    assert_int_equal(same->rc, OD_EEXIST);
    assert_true(same->is_same_body);
    assert_int_equal(fresh->rc, OD_OK);
    assert_int_equal(fresh->journal_seq, 2);
    assert_int_equal(twin->rc, OD_EEXIST);
    assert_int_equal(twin->existing, 4);
    assert_int_equal(row_read(2, &row), OD_ENOTFOUND);
    assert_int_equal(row_read(5, &row), OD_ENOTFOUND);
    assert_int_equal(row_read(4, &row), OD_OK);
    assert_int_equal(owed_count(3), 0);
    assert_int_equal(journal_count(), 2);
}

/* Two keys may share the prefix by which they are found. */
static void keys_that_share_a_prefix_are_two(void **state)
{
    uint8_t body[32] = {0};
    uint64_t application = 0;

    (void)state;
    for (uint64_t id = 1; id <= 3; id++) {
        struct store_write *write = fixture_intake(&fixture, id, 5);
        write->key_hash[31] = (uint8_t)id;
    }
    fixture_commit(&fixture);
    for (uint64_t id = 1; id <= 3; id++) {
        uint8_t key[32];
        struct store_reader *reader = store_reader_take(fixture.store);
        assert_int_equal(fixture.batch->writes[id - 1].rc, OD_OK);
        memcpy(key, fixture.batch->writes[id - 1].key_hash, sizeof(key));
        assert_int_equal(store_read_key(reader, key, &application, body), OD_OK);
        assert_int_equal(application, id);
        assert_memory_equal(body, fixture.batch->writes[id - 1].body_hash, 32);
        key[31] = 9;
        assert_int_equal(store_read_key(reader, key, &application, body), OD_ENOTFOUND);
        assert_int_equal(application, id);
        store_reader_give(fixture.store, reader);
    }
}

/* Every key is merged at one opening; at the next none is left to be read, and keys go on from the last. */
static void keys_go_on_when_all_of_them_are_merged(void **state)
{
    (void)state;
    for (uint32_t key = 1; key <= 30; key++)
        fixture_intake(&fixture, key, key);
    fixture_commit(&fixture);
    for (uint32_t key = 31; key <= 33; key++) {
        fixture_reopen(&fixture);
        fixture_reopen(&fixture); /* nothing new in between */
        struct store_write *fresh = fixture_intake(&fixture, key, key);
        fixture_commit(&fixture);
        assert_int_equal(fresh->rc, OD_OK);
    }
    struct store_write *known = fixture_intake(&fixture, 99, 1);
    fixture_commit(&fixture);
    assert_int_equal(known->rc, OD_EEXIST);
}

/* The fixture merges from eight keys on: in memory, on their way and merged, all are known. */
static void every_key_is_known_at_every_age(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 12; round++) {
        for (uint32_t i = 1; i <= 7; i++)
            fixture_intake(&fixture, round * 7 + i, round * 7 + i);
        fixture_commit(&fixture);
        if (round % 5 == 4)
            fixture_reopen(&fixture);
        for (uint32_t key = 1; key <= round * 7 + 7; key++)
            fixture_intake(&fixture, 1000 + key, key);
        fixture_commit(&fixture);
        for (uint32_t i = 0; i < fixture.batch->count; i++) {
            assert_int_equal(fixture.batch->writes[i].rc, OD_EEXIST);
            assert_int_equal(fixture.batch->writes[i].existing, i + 1);
        }
    }
    assert_int_equal(journal_count(), 64); /* the page is full: 84 were written */
    assert_int_equal(store_journal_last(fixture.store), 84);
}

static void a_transition_moves_every_column(void **state)
{
    static const struct store_owed owed[] = {{.task = 0, .department = 3, .due_day = 20000}};
    static const struct store_owed gone[] = {{.is_removed = true, .task = 0, .department = 3}};
    struct store_row row = {0};
    int64_t wake = 0;

    (void)state;
    struct store_write *write = fixture_intake(&fixture, 1, 0);
    write->owed = owed;
    write->owed_count = 1;
    fixture_commit(&fixture);
    write = fixture_transition(&fixture, 1, "decided");
    write->status = 3;
    write->is_overdue = true;
    write->due_day = 9;
    write->wake_minute = 44;
    write->owed = gone;
    write->owed_count = 1;
    fixture_commit(&fixture);
    assert_int_equal(write->rc, OD_OK);
    assert_int_equal(write->journal_seq, 2);
    assert_int_equal(row_read(1, &row), OD_OK);
    assert_int_equal(row.status, 3);
    assert_true(row.is_overdue);
    assert_int_equal(row.due_day, 9);
    assert_int_equal(row.service, 1);
    assert_memory_equal(row.state, "decided", 7);
    assert_int_equal(owed_count(3), 0);
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_wake(reader, &wake), OD_OK);
    assert_int_equal(wake, 44);
    store_reader_give(fixture.store, reader);
}

static void a_transition_of_nobody_writes_nothing(void **state)
{
    static const struct store_owed owed[] = {{.task = 0, .department = 3, .due_day = 20000}};

    (void)state;
    struct store_write *with = fixture_transition(&fixture, 1, "x");
    struct store_write *without = fixture_transition(&fixture, 2, "y");
    with->owed = without->owed = owed;
    with->owed_count = without->owed_count = 1;
    without->record_size = 0;
    fixture_commit(&fixture);
    assert_int_equal(fixture.batch->rc, OD_OK);
    assert_int_equal(with->rc, OD_ENOTFOUND);
    assert_int_equal(without->rc, OD_ENOTFOUND);
    assert_int_equal(journal_count(), 0);
    assert_int_equal(owed_count(3), 0);
}

static void settings_are_put_replaced_and_removed(void **state)
{
    const void *value = NULL;
    size_t size = 0;
    static const struct {
        const char *value;
        uint32_t size;
        int rc;
        const char *why;
    } rows[] = {
        {"one", 3, OD_OK, "a new name"},
        {"second", 6, OD_OK, "replaced"},
        {"", 0, OD_OK, "an empty value is a value"},
        {NULL, 0, OD_ENOTFOUND, "no value removes"},
        {NULL, 0, OD_ENOTFOUND, "removing nothing is nothing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct store_write *write = fixture_write(&fixture, STORE_WRITE_SETTING, 0);
        write->name = "connector/fire";
        write->value = rows[i].value;
        write->value_size = rows[i].size;
        fixture_commit(&fixture);
        struct store_reader *reader = store_reader_take(fixture.store);
        int rc = store_read_setting(reader, "connector/fire", &fixture.arena, &value, &size);
        if (rc != rows[i].rc)
            print_error("%s\n", rows[i].why);
        assert_int_equal(rc, rows[i].rc);
        if (rc == OD_OK) {
            assert_int_equal(size, rows[i].size);
            assert_memory_equal(value, rows[i].value, size);
        }
        store_reader_give(fixture.store, reader);
    }
}

static void checkpoints_are_kept_by_task(void **state)
{
    const void *bytes = NULL;
    size_t size = 0;

    (void)state;
    fixture_intake(&fixture, 1, 0);
    for (uint8_t task = 0; task < 2; task++) {
        struct store_write *write = fixture_write(&fixture, STORE_WRITE_CHECKPOINT, 1);
        write->task = (uint8_t)(task * (BASE_TASKS_MAX - 1));
        write->checkpoint = task == 0 ? "first" : "last";
        write->checkpoint_size = task == 0 ? 5 : 4;
    }
    fixture_commit(&fixture);
    struct store_write *write = fixture_write(&fixture, STORE_WRITE_CHECKPOINT, 1);
    write->record = "{}";
    write->record_size = 2;
    fixture_commit(&fixture);
    assert_int_equal(write->journal_seq, 2);
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_checkpoint(reader, 1, 0, &fixture.arena, &bytes, &size), OD_ENOTFOUND);
    assert_int_equal(store_read_checkpoint(reader, 1, BASE_TASKS_MAX - 1, &fixture.arena, &bytes, &size), OD_OK);
    assert_int_equal(size, 4);
    assert_memory_equal(bytes, "last", 4);
    store_reader_give(fixture.store, reader);
}

static void names_are_kept_from_the_next_batch_on(void **state)
{
    uint16_t fire = 0, health = 0, again = 0;
    uint32_t service = 0;
    char long_id[BASE_ID_MAX + 2];

    (void)state;
    assert_int_equal(store_department(fixture.store, "fire", &fire), OD_OK);
    assert_int_equal(store_department(fixture.store, "health", &health), OD_OK);
    assert_int_equal(store_department(fixture.store, "fire", &again), OD_OK);
    assert_int_equal(store_service(fixture.store, "fire", &service), OD_OK);
    assert_int_equal(fire, again);
    assert_int_not_equal(fire, health);
    assert_int_not_equal(fire, 0);
    fixture_intake(&fixture, 1, 0);
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    assert_string_equal(store_department_name(fixture.store, fire), "fire");
    assert_string_equal(store_department_name(fixture.store, health), "health");
    assert_string_equal(store_service_name(fixture.store, service), "fire");
    assert_null(store_department_name(fixture.store, 0));
    assert_null(store_department_name(fixture.store, (uint16_t)(health + 1)));
    assert_null(store_service_name(fixture.store, UINT32_MAX));
    assert_int_equal(store_department(fixture.store, "health", &again), OD_OK);
    assert_int_equal(health, again);
    memset(long_id, 'a', sizeof(long_id));
    long_id[BASE_ID_MAX + 1] = '\0';
    assert_int_equal(store_department(fixture.store, long_id, &again), OD_ELIMIT);
    assert_int_equal(health, again);
    long_id[BASE_ID_MAX] = '\0';
    assert_int_equal(store_department(fixture.store, long_id, &again), OD_OK);
}

static void heads_are_known_after_a_reopen(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= 5; id++)
        fixture_intake(&fixture, id, (uint32_t)id);
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    assert_int_equal(store_application_next(fixture.store), 6);
    assert_int_equal(store_journal_last(fixture.store), 5);
    struct store_write *write = fixture_intake(&fixture, 6, 3);
    fixture_commit(&fixture);
    assert_int_equal(write->rc, OD_EEXIST);
    assert_int_equal(write->existing, 3);
}

static void on_nothing(struct store_batch *batch)
{
    (void)batch;
}

static void one_batch_at_a_time(void **state)
{
    struct store_batch *other = store_batch_create();

    (void)state;
    fixture_intake(&fixture, 1, 0);
    fixture.batch->owner = NULL;
    assert_int_equal(store_commit_start(fixture.store, fixture.batch, on_nothing), OD_OK);
    assert_true(store_is_committing(fixture.store));
    assert_int_equal(store_commit_start(fixture.store, other, on_nothing), OD_EBUSY);
    fixture_close(&fixture);
    store_batch_destroy(other);
    fixture_open(&fixture);
    assert_false(store_is_committing(fixture.store));
    assert_int_equal(store_application_next(fixture.store), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_intake_is_there_whole),
        FIXTURE_TEST(a_known_key_writes_nothing_and_the_rest_goes_on),
        FIXTURE_TEST(keys_that_share_a_prefix_are_two),
        FIXTURE_TEST(keys_go_on_when_all_of_them_are_merged),
        FIXTURE_TEST(every_key_is_known_at_every_age),
        FIXTURE_TEST(a_transition_moves_every_column),
        FIXTURE_TEST(a_transition_of_nobody_writes_nothing),
        FIXTURE_TEST(settings_are_put_replaced_and_removed),
        FIXTURE_TEST(checkpoints_are_kept_by_task),
        FIXTURE_TEST(names_are_kept_from_the_next_batch_on),
        FIXTURE_TEST(heads_are_known_after_a_reopen),
        FIXTURE_TEST(one_batch_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
