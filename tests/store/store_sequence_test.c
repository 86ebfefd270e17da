/* SPDX-License-Identifier: Apache-2.0 */
/* The order of acceptance: each service counts its own, without gaps, by what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/sqlite.h"
#include "store/store_fixture.h"

static struct fixture fixture;

static struct store_write *intake(uint64_t application, uint32_t key, uint32_t service)
{
    struct store_write *write = fixture_intake(&fixture, application, key);

    write->service = service;
    write->takes_sequence = true;
    return write;
}

static struct store_write *acceptance(uint64_t application, uint32_t service)
{
    struct store_write *write = fixture_transition(&fixture, application, "accepted");

    write->service = service;
    write->takes_sequence = true;
    return write;
}

static uint64_t sequence_of(uint64_t application)
{
    struct store_row row = {0};
    struct store_reader *reader = store_reader_take(fixture.store);

    assert_int_equal(store_read_application(reader, application, &fixture.arena, &row), OD_OK);
    store_reader_give(fixture.store, reader);
    return row.sequence;
}

static void intakes_are_counted_by_service(void **state)
{
    static const struct {
        uint64_t application;
        uint32_t key, service;
        uint64_t sequence;
        const char *why;
    } rows[] = {
        {1, 1, 1, 1, "the first of its service"},
        {2, 2, 2, 1, "and of another"},
        {3, 1, 1, 0, "its key is known: no number is lost on it"},
        {4, 3, 1, 2, "the next"},
        {5, 4, UINT32_MAX, 1, "any service"},
        {6, 5, 1, 3, "and on"},
    };
    const struct store_write *writes[6];

    (void)state;
    for (unsigned i = 0; i < 6; i++)
        writes[i] = intake(rows[i].application, rows[i].key, rows[i].service);
    fixture_commit(&fixture);
    for (unsigned i = 0; i < 6; i++) {
        if (writes[i]->sequence != rows[i].sequence)
            print_error("%s\n", rows[i].why);
        assert_int_equal(writes[i]->sequence, rows[i].sequence);
        if (writes[i]->rc == OD_OK)
            assert_int_equal(sequence_of(rows[i].application), rows[i].sequence);
    }
}

static void an_acceptance_takes_the_next_number(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= 4; id++)
        fixture_intake(&fixture, id, 0);
    fixture_commit(&fixture);
    assert_int_equal(sequence_of(1), 0);
    struct store_write *third = acceptance(3, 1), *nobody = acceptance(99, 1), *silent_nobody = acceptance(98, 1);
    struct store_write *first = acceptance(1, 1), *silent = acceptance(2, 1), *moved = acceptance(4, 1);
    silent->record_size = silent_nobody->record_size = 0;
    moved->status = 1;
    fixture_commit(&fixture);
    assert_int_equal(third->sequence, 1);
    assert_int_equal(nobody->rc, OD_ENOTFOUND);
    assert_int_equal(nobody->sequence, 0);
    assert_int_equal(silent_nobody->rc, OD_ENOTFOUND);
    assert_int_equal(silent_nobody->sequence, 0);
    assert_int_equal(first->sequence, 2);
    assert_int_equal(silent->sequence, 3);
    assert_int_equal(moved->sequence, 4);
    fixture_transition(&fixture, 1, "later")->status = 3;
    fixture_transition(&fixture, 2, "later");
    fixture_commit(&fixture);
    assert_int_equal(sequence_of(1), 2); /* a later transition leaves it alone */
    assert_int_equal(sequence_of(2), 3);
    assert_int_equal(sequence_of(4), 4);
}

static void numbers_go_on_after_a_reopen(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= 6; id++) {
        struct store_write *write = intake(id, 0, 9);
        fixture_commit(&fixture);
        assert_int_equal(write->sequence, id);
        if (id % 2 == 0)
            fixture_reopen(&fixture);
    }
}

/* More services than are held in memory, and some that share a place in it, in one batch. */
static void every_service_counts_its_own(void **state)
{
    const struct store_write *writes[3 * STORE_SEQUENCES];
    uint64_t id = 1;

    (void)state;
    for (uint64_t round = 1; round <= 3; round++) {
        for (uint32_t i = 0; i < 3 * STORE_SEQUENCES; i++)
            writes[i] = intake(id++, 0, 1 + i * 5);
        fixture_commit(&fixture);
        for (uint32_t i = 0; i < 3 * STORE_SEQUENCES; i++)
            assert_int_equal(writes[i]->sequence, round);
    }
    const struct store_write *twins[4];
    for (uint32_t i = 0; i < 4; i++)
        twins[i] = intake(id++, 0, 100003 + i % 2 * STORE_SEQUENCES);
    fixture_commit(&fixture);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(twins[i]->sequence, 1 + i / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(intakes_are_counted_by_service),
        FIXTURE_TEST(an_acceptance_takes_the_next_number),
        FIXTURE_TEST(numbers_go_on_after_a_reopen),
        FIXTURE_TEST(every_service_counts_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
