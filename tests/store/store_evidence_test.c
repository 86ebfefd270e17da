/* SPDX-License-Identifier: Apache-2.0 */
/* Reads for whoever proves what the journal says, and for who forgets in time: by a reader without a store, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/chain.h"
#include "store/store_fixture.h"

#define COUNT 20

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof(fixture));
    fixture_init(&fixture);
    for (uint64_t id = 1; id <= COUNT; id++) { /* odd ones are open, even ones have ended */
        struct store_write *write = fixture_intake(&fixture, id, 0);

        write->status = id % 2 == 1 ? 2 : 5;
        write->at_ms = 1000 * (int64_t)id;
        memset(write->document_salt, 7, sizeof(write->document_salt));
    }
    fixture_commit(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_fini(&fixture);
    return 0;
}

static struct store_reader *open_alone(void)
{
    struct store_reader *reader = NULL;
    char text[512];

    assert_int_equal(store_reader_open(fixture.folder, &reader, text), OD_OK);
    return reader;
}

static void hashes_are_those_of_the_chain(void **state)
{
    struct store_reader *reader = open_alone();
    struct store_record records[COUNT];
    struct base_chain chain = {0};
    uint8_t hashes[COUNT * BASE_HASH_SIZE];
    size_t count = 0, found = 0;

    (void)state;
    assert_int_equal(store_read_journal(reader, 0, &fixture.arena, records, COUNT, &count), OD_OK);
    assert_int_equal(store_read_hashes(reader, 0, hashes, COUNT, &found), OD_OK);
    assert_int_equal(count, COUNT);
    assert_int_equal(found, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        base_chain_step(&chain, records[i].application, records[i].at_ms, records[i].record, records[i].size);
        assert_memory_equal(chain.hash, hashes + i * BASE_HASH_SIZE, BASE_HASH_SIZE);
        assert_int_equal(records[i].previous, 0);
    }
    assert_int_equal(store_read_hashes(reader, COUNT - 3, hashes, COUNT, &found), OD_OK);
    assert_int_equal(found, 3);
    store_reader_close(reader);
}

static void a_reader_that_holds_sees_one_moment(void **state)
{
    struct store_reader *reader = open_alone();
    struct store_extent extent;

    (void)state;
    assert_int_equal(store_reader_hold(reader), OD_OK);
    assert_int_equal(store_read_extent(reader, &extent), OD_OK);
    fixture_intake(&fixture, COUNT + 1, 0);
    fixture_commit(&fixture);
    assert_int_equal(store_read_extent(reader, &extent), OD_OK);
    assert_int_equal(extent.application_last, COUNT);
    store_reader_release(reader);
    assert_int_equal(store_read_extent(reader, &extent), OD_OK);
    assert_int_equal(extent.application_last, COUNT + 1);
    store_reader_close(reader);
}

static void the_last_record_before_a_time_is_found(void **state)
{
    struct store_reader *reader = open_alone();
    uint64_t seq = 99;

    (void)state;
    for (uint64_t i = 0; i <= COUNT + 1; i++) {
        assert_int_equal(store_read_seq_before(reader, 1000 * (int64_t)i, &seq), OD_OK);
        assert_int_equal(seq, i > 0 ? i - 1 : 0);
        assert_int_equal(store_read_seq_before(reader, 1000 * (int64_t)i + 1, &seq), OD_OK);
        assert_int_equal(seq, i < COUNT ? i : COUNT);
    }
    store_reader_close(reader);
}

static void what_is_erased_is_gone_and_not_found_again(void **state)
{
    struct store_reader *reader = open_alone();
    struct store_document document;
    uint64_t ids[COUNT];
    size_t count = 0;

    (void)state;
    assert_int_equal(store_read_erasable(reader, 0, 100, 10, ids, COUNT, &count), OD_OK);
    assert_int_equal(count, 5); /* 2, 4 ... 10: ended, and no younger record */
    assert_int_equal(ids[0], 2);
    assert_int_equal(ids[4], 10);
    assert_int_equal(store_read_erasable(reader, 2, 6, 10, ids, COUNT, &count), OD_OK);
    assert_int_equal(count, 2);
    struct store_write *write = fixture_transition(&fixture, 4, "state 4");
    write->status = 5;
    write->erases_document = true;
    fixture_commit(&fixture);
    assert_int_equal(write->rc, OD_OK);
    assert_int_equal(store_read_document_whole(reader, 4, &fixture.arena, &document), OD_OK);
    assert_null(document.salt);
    assert_int_equal(document.size, 2);
    assert_int_equal(store_read_document_whole(reader, 6, &fixture.arena, &document), OD_OK);
    assert_non_null(document.salt);
    assert_int_equal(store_read_erasable(reader, 2, 6, 100, ids, COUNT, &count), OD_OK);
    assert_int_equal(count, 1);
    assert_int_equal(ids[0], 6);
    assert_int_equal(store_read_erased(reader, 0, 100, ids, COUNT, &count), OD_OK);
    assert_int_equal(count, 1);
    assert_int_equal(ids[0], 4);
    assert_int_equal(store_read_erased(reader, 3, 4, ids, COUNT, &count), OD_OK);
    assert_int_equal(count, 1);
    assert_int_equal(store_read_erased(reader, 4, 100, ids, COUNT, &count), OD_OK);
    assert_int_equal(count, 0);
    assert_int_equal(store_read_erased(reader, 0, 3, ids, COUNT, &count), OD_OK);
    assert_int_equal(count, 0);
    assert_int_equal(store_read_document_whole(reader, 99, &fixture.arena, &document), OD_ENOTFOUND);
    store_reader_close(reader);
}

static void old_entries_of_nobody_are_found(void **state)
{
    static const uint8_t salt[STORE_SALT_SIZE] = "0123456789abcdef";
    static struct store_entry entries[6];
    struct store_entry found[6];
    size_t count = 0;
    uint64_t next = 99, all = 0;

    (void)state;
    for (uint64_t i = 0; i < 6; i++) {
        struct store_write *write = fixture_write(&fixture, STORE_WRITE_ENTRY, i == 1 ? 3 : 0);

        entries[i] = (struct store_entry){.kind = 4, .id = i + 1, .application = i == 1 ? 3 : 0, .wake_minute = i == 2 ? 77 : INT64_MAX,
                                          .at_ms = 1000 * (int64_t)i, .salt = salt, .body = "{}", .body_size = 2};
        write->entry = &entries[i];
    }
    fixture_commit(&fixture);
    struct store_reader *reader = open_alone();
    assert_int_equal(store_read_entries_before(reader, 4, 0, 4000, &fixture.arena, found, 6, &count, &next), OD_OK);
    assert_int_equal(count, 2); /* the first and the fourth: of no application, nothing waits, old enough */
    assert_int_equal(found[1].id, 4);
    assert_int_equal(next, 0);
    assert_int_equal(store_read_entries_before(reader, 4, 0, 4000, &fixture.arena, found, 1, &count, &next), OD_OK);
    assert_int_equal(next, 1);
    assert_int_equal(store_count_entries(reader, &all), OD_OK);
    assert_int_equal(all, 6);
    store_reader_close(reader);
}

static void a_folder_without_a_store_is_refused(void **state)
{
    struct store_reader *reader = NULL;
    char text[512] = "";

    (void)state;
    assert_int_equal(store_reader_open("/nowhere", &reader, text), OD_ENOTFOUND);
    assert_null(reader);
    assert_non_null(strstr(text, "/nowhere"));
    store_reader_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hashes_are_those_of_the_chain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reader_that_holds_sees_one_moment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_record_before_a_time_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_erased_is_gone_and_not_found_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_entries_of_nobody_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_without_a_store_is_refused, set_up, tear_down),
    };

    return base_hash_init() == OD_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
