/* SPDX-License-Identifier: Apache-2.0 */
/* What is claimed, parked and late, and how much of it there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/desk.h"
#include "store/store_fixture.h"

static struct fixture fixture;
static struct store_reader *reader;

static void put(uint64_t application, const struct store_owed *owed, uint32_t count)
{
    struct store_write *write = fixture_intake(&fixture, application, 0);

    write->owed = owed;
    write->owed_count = count;
    fixture_commit(&fixture);
    assert_int_equal(fixture.batch->rc, OD_OK);
}

static void move(uint64_t application, const struct store_owed *owed)
{
    struct store_write *write = fixture_transition(&fixture, application, "moved");

    write->owed = owed;
    write->owed_count = 1;
    fixture_commit(&fixture);
    assert_int_equal(write->rc, OD_OK);
}

static size_t claims(const char *claimant, struct store_owed_key *keys)
{
    size_t count = 99;

    reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_claims(reader, claimant, NULL, keys, 4, &count), OD_OK);
    store_reader_give(fixture.store, reader);
    return count;
}

static void claims_are_found_by_whose_they_are(void **state)
{
    static const struct store_owed first = {.task = 1, .department = 3, .due_day = 20, .is_for_officer = true, .claimant = "li.na"},
                                   second = {.task = 0, .department = 4, .due_day = 10, .is_for_officer = true, .claimant = "li.na"},
                                   other = {.task = 0, .department = 3, .due_day = 5, .is_for_officer = true, .claimant = "li"},
                                   released = {.task = 1, .department = 3, .due_day = 20, .is_for_officer = true};
    struct store_owed_key keys[4], after;
    size_t count;

    (void)state;
    put(1, &first, 1);
    put(2, &second, 1);
    put(3, &other, 1);
    assert_int_equal(claims("li.na", keys), 2);
    assert_int_equal(keys[0].application, 2); /* due first, whatever the department */
    assert_int_equal(keys[1].application, 1);
    assert_true(keys[0].is_claimed);
    after = keys[0];
    reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_claims(reader, "li.na", &after, keys, 4, &count), OD_OK);
    assert_int_equal(count, 1);
    assert_int_equal(store_read_worklist(reader, 3, NULL, keys, 4, &count), OD_OK);
    assert_int_equal(count, 2);
    assert_true(keys[0].is_claimed && keys[1].is_claimed);
    store_reader_give(fixture.store, reader);
    move(1, &released);
    assert_int_equal(claims("li.na", keys), 1);
    assert_int_equal(claims("nobody", keys), 0);
}

static void parked_tasks_are_grouped(void **state)
{
    static const struct store_owed rows[] = {
        {.task = 0, .department = 3, .due_day = 9, .is_for_officer = true, .parked = 2, .parked_at_ms = 500},
        {.task = 0, .department = 3, .due_day = 8, .is_for_officer = true, .parked = 2, .parked_at_ms = 300},
        {.task = 0, .department = 4, .due_day = 7, .is_for_officer = true, .parked = 2, .parked_at_ms = 100},
        {.task = 0, .department = 3, .due_day = 6, .is_for_officer = true, .parked = 1, .parked_at_ms = 900},
        {.task = 0, .department = 3, .due_day = 5, .is_for_officer = true},
    };
    struct store_owed back = rows[0];
    struct store_parked groups[4];
    struct store_owed_key keys[4];
    size_t count;
    bool is_cut;

    (void)state;
    for (uint64_t i = 0; i < 5; i++)
        put(1 + i, &rows[i], 1);
    reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_parked_groups(reader, groups, 4, &count, &is_cut), OD_OK);
    assert_int_equal(count, 3);
    assert_false(is_cut);
    assert_true(groups[0].parked == 1 && groups[0].count == 1);
    assert_true(groups[1].parked == 2 && groups[1].department == 3 && groups[1].count == 2);
    assert_true(groups[1].first_ms == 300 && groups[1].last_ms == 500);
    assert_int_equal(store_read_parked(reader, 2, 3, keys, 4, &count), OD_OK);
    assert_true(count == 2 && keys[0].application == 2 && keys[1].application == 1); /* the longest first */
    assert_int_equal(store_read_parked_groups(reader, groups, 2, &count, &is_cut), OD_OK);
    assert_true(count == 2 && is_cut); /* limit + 1 */
    store_reader_give(fixture.store, reader);
    back.parked = 0;
    move(1, &back);
    reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_parked(reader, 2, 3, keys, 4, &count), OD_OK);
    assert_int_equal(count, 1);
    store_reader_give(fixture.store, reader);
}

static void counts_end_at_their_room(void **state)
{
    static const struct store_owed rows[] = {
        {.task = 0, .department = 3, .due_day = 10, .is_for_officer = true}, {.task = 1, .department = 3, .due_day = 12, .is_for_officer = true},
        {.task = 2, .department = 3, .due_day = INT32_MAX, .is_for_officer = true}, {.task = 3, .department = 3, .due_day = 1}};
    uint32_t count = 99;
    int32_t day = 99;

    (void)state;
    put(1, rows, 4);
    reader = store_reader_take(fixture.store);
    static const struct {
        int32_t department;
        int64_t due_before;
        uint32_t room, count;
        const char *why;
    } cases[] = {
        {3, 12, 10, 1, "before that day"},       {3, 13, 10, 2, "that day is in"},
        {3, INT32_MAX, 10, 2, "those with a day"}, {3, INT64_MAX, 10, 3, "all of the worklist"},
        {-1, INT64_MAX, 10, 3, "of all departments"}, {3, INT64_MAX, 3, 3, "the limit"},
        {3, INT64_MAX, 2, 2, "limit + 1"},         {4, INT64_MAX, 10, 0, "of a department that has none"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(store_count_worklist(reader, cases[i].department, cases[i].due_before, cases[i].room, &count), OD_OK);
        if (count != cases[i].count)
            fail_msg("%s: %u", cases[i].why, count);
    }
    assert_int_equal(store_read_worklist_last(reader, 3, 13, &day), OD_OK);
    assert_int_equal(day, 12);
    assert_int_equal(store_read_worklist_last(reader, 3, 10, &day), OD_ENOTFOUND);
    assert_int_equal(day, 12);
    assert_int_equal(store_count_open(reader, 10, &count), OD_OK);
    assert_int_equal(count, 1);
    assert_int_equal(store_count_late(reader, 10, &count), OD_OK);
    assert_int_equal(count, 0);
    assert_int_equal(store_count_entries_in(reader, 5, 1, 10, &count), OD_OK);
    assert_int_equal(count, 0);
    store_reader_give(fixture.store, reader);
    struct store_write *write = fixture_transition(&fixture, 1, "late");
    write->status = 2;
    write->is_overdue = true;
    fixture_commit(&fixture);
    reader = store_reader_take(fixture.store);
    assert_int_equal(store_count_late(reader, 10, &count), OD_OK);
    assert_int_equal(count, 1);
    store_reader_give(fixture.store, reader);
}

/* However many were late and are decided: those that are late and open are counted and listed, each of them. */
static void late_is_what_is_late_and_open(void **state)
{
    static const struct store_filter filter = {.status = 2, .service = -1, .department = -1, .due_before = INT32_MAX, .overdue = 1,
                                               .before = UINT64_MAX, .limit = 10};
    struct store_row rows[10];
    size_t found = 0;
    uint64_t next = 99;
    uint32_t count = 99;

    (void)state;
    for (uint64_t id = 1; id <= 300; id++) {
        struct store_write *write = fixture_intake(&fixture, id, 0);
        write->is_overdue = true;
        write->status = id % 100 == 1 ? 2 : id == 2 ? 8 : 3;
    }
    fixture_commit(&fixture);
    reader = store_reader_take(fixture.store);
    assert_int_equal(store_count_late(reader, 10, &count), OD_OK);
    assert_int_equal(count, 4);
    assert_int_equal(store_count_late(reader, 3, &count), OD_OK);
    assert_int_equal(count, 3);
    assert_int_equal(store_read_list(reader, &filter, &fixture.arena, rows, &found, &next), OD_OK);
    assert_int_equal(found, 3);
    assert_int_equal(rows[0].application, 201);
    assert_int_equal(rows[2].application, 1);
    assert_int_equal(next, 0);
    store_reader_give(fixture.store, reader);
    fixture_transition(&fixture, 1, "in time again")->status = 2; /* not overdue any more */
    fixture_commit(&fixture);
    reader = store_reader_take(fixture.store);
    assert_int_equal(store_count_late(reader, 10, &count), OD_OK);
    assert_int_equal(count, 3);
    store_reader_give(fixture.store, reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(claims_are_found_by_whose_they_are),
        FIXTURE_TEST(parked_tasks_are_grouped),
        FIXTURE_TEST(counts_end_at_their_room),
        FIXTURE_TEST(late_is_what_is_late_and_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
