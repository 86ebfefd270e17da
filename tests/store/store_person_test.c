/* SPDX-License-Identifier: Apache-2.0 */
/* Who applied before: duplicates are told at every age of the entries, bars refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "store/store_fixture.h"

#define BAR_DAY 20000

static struct fixture fixture;

static void person_hash(uint32_t person, uint8_t hash[32])
{
    uint32_t named[2] = {person, 0x70657273};

    base_hash(named, sizeof(named), hash);
}

static struct store_write *intake(uint64_t application, uint32_t key, uint32_t person)
{
    struct store_write *write = fixture_intake(&fixture, application, key);

    write->has_person = true;
    person_hash(person, write->person_hash);
    return write;
}

/* The duplicate that one more application of the person meets. */
static uint64_t duplicate_of(uint64_t application, uint32_t person)
{
    struct store_write *write = intake(application, 0, person);

    fixture_commit(&fixture);
    assert_int_equal(write->rc, OD_OK);
    return write->duplicate;
}

static void applications_end(uint64_t first, uint64_t last)
{
    for (uint64_t id = first; id <= last; id++)
        fixture_transition(&fixture, id, "decided")->status = 3;
    fixture_commit(&fixture);
}

static void the_newest_open_one_is_the_duplicate(void **state)
{
    (void)state;
    struct store_write *first = intake(1, 0, 5), *twin = intake(2, 0, 5), *other = intake(3, 0, 6);
    first->status = 1;
    twin->status = 8;
    fixture_commit(&fixture);
    assert_int_equal(first->duplicate, 0);
    assert_int_equal(twin->duplicate, 1); /* in the same batch */
    assert_int_equal(other->duplicate, 0);
    assert_int_equal(duplicate_of(4, 5), 2);
    applications_end(4, 4);
    assert_int_equal(duplicate_of(5, 5), 2);
    applications_end(5, 5);
    applications_end(2, 2);
    assert_int_equal(duplicate_of(6, 5), 1);
    applications_end(1, 6);
    assert_int_equal(duplicate_of(7, 5), 0);
    assert_int_equal(duplicate_of(8, 6), 0);
}

/* The fixture merges from eight entries on: in memory, on their way and merged, all are found. */
static void persons_are_found_at_every_age(void **state)
{
    uint64_t id = 1;

    (void)state;
    for (uint32_t round = 0; round < 12; round++) {
        for (uint32_t i = 0; i < 7; i++)
            intake(id++, 0, round * 7 + i);
        fixture_commit(&fixture);
        if (round % 5 == 4)
            fixture_reopen(&fixture);
    }
    for (uint32_t person = 0; person < 84; person++)
        assert_int_equal(duplicate_of(1000 + person, person), person + 1);
    fixture_reopen(&fixture);
    fixture_reopen(&fixture); /* nothing new in between */
    for (uint32_t person = 0; person < 84; person++)
        assert_int_equal(duplicate_of(2000 + person, person), 1000 + person);
}

/* What readers find: all of them, newest first, open or not, as many as there is room for. */
static void persons_are_read_at_every_age(void **state)
{
    uint64_t found[STORE_PERSON_SCAN_MAX];
    uint8_t hash[32];
    size_t count = 99;

    (void)state;
    for (unsigned round = 0; round < 4; round++) {
        for (uint64_t i = 1; i <= 5; i++)
            intake(round * 10 + i, 0, i % 2 == 0 ? 5 : (uint32_t)(100 + round * 10 + i));
        fixture_commit(&fixture);
        if (round % 2 == 1)
            fixture_reopen(&fixture);
    }
    applications_end(2, 2);
    struct store_reader *reader = store_reader_take(fixture.store);
    person_hash(5, hash);
    assert_int_equal(store_read_persons(reader, hash, found, STORE_PERSON_SCAN_MAX, &count), OD_OK);
    assert_int_equal(count, 8);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(found[i], (3 - i / 2) * 10 + (i % 2 == 0 ? 4 : 2));
    assert_int_equal(store_read_persons(reader, hash, found, 3, &count), OD_OK);
    assert_int_equal(count, 3);
    assert_int_equal(found[2], 24);
    person_hash(77, hash);
    assert_int_equal(store_read_persons(reader, hash, found, 3, &count), OD_OK);
    assert_int_equal(count, 0);
    store_reader_give(fixture.store, reader);
}

/* One person with so many that they are in memory, on their way and in the tree at once. */
static void one_person_may_apply_for_ever(void **state)
{
    uint64_t id = 1;

    (void)state;
    for (unsigned round = 0; round < 9; round++) {
        for (unsigned i = 0; i < 11; i++, id++)
            assert_int_equal(duplicate_of(id, 5), id - 1);
        fixture_reopen(&fixture);
    }
    applications_end(40, id - 1);
    assert_int_equal(duplicate_of(id, 5), 39);
}

static void so_many_are_looked_at_and_no_more(void **state)
{
    uint64_t id = 1;

    (void)state;
    for (; id <= 1 + STORE_PERSON_SCAN_MAX - 1; id++)
        intake(id, 0, 5);
    fixture_commit(&fixture);
    applications_end(2, id - 1); /* the open one is the last that is looked at */
    assert_int_equal(duplicate_of(id, 5), 1);
    applications_end(id, id);
    assert_int_equal(duplicate_of(id + 1, 5), 0); /* and now one too far */
}

static void a_repeat_is_no_duplicate(void **state)
{
    (void)state;
    intake(1, 9, 5);
    fixture_commit(&fixture);
    struct store_write *repeat = intake(2, 9, 5);
    fixture_commit(&fixture);
    assert_int_equal(repeat->rc, OD_EEXIST);
    assert_int_equal(repeat->existing, 1);
    assert_int_equal(repeat->duplicate, 0);
    assert_int_equal(duplicate_of(3, 5), 1);
    struct store_write *stranger = intake(4, 9, 6); /* an abandoned one leaves no entry */
    fixture_commit(&fixture);
    assert_int_equal(stranger->rc, OD_EEXIST);
    assert_int_equal(duplicate_of(5, 6), 0);
}

static void persons_that_share_a_prefix_are_two(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= 12; id++) {
        struct store_write *write = intake(id, 0, 5);
        write->person_hash[31] = (uint8_t)(id % 3);
        fixture_commit(&fixture);
        assert_int_equal(write->duplicate, id > 3 ? id - 3 : 0);
    }
}

static struct store_write *asking(uint64_t application, uint32_t key, uint32_t person, int32_t day)
{
    struct store_write *write = intake(application, key, person);

    write->has_bar_check = true;
    person_hash(person, write->bar_hash);
    write->bar_day = day;
    return write;
}

/* Person 5 is barred until BAR_DAY by a transition of application 1, which person 5 made with key 1. */
static void bar_make(void)
{
    struct store_bar bar = {.until_day = BAR_DAY, .reason = 7};

    person_hash(5, bar.person_hash);
    asking(1, 1, 5, BAR_DAY);
    struct store_write *write = fixture_transition(&fixture, 1, "refused");
    write->status = 3;
    write->bar = &bar;
    fixture_commit(&fixture);
    assert_int_equal(fixture.batch->writes[0].rc, OD_OK);
}

static void a_bar_refuses_until_its_day(void **state)
{
    static const struct {
        uint32_t person;
        int32_t day;
        int rc;
        const char *why;
    } rows[] = {
        {5, 0, OD_EDENIED, "long before"},
        {5, BAR_DAY, OD_EDENIED, "its last day"},
        {5, BAR_DAY + 1, OD_OK, "the day after"},
        {6, BAR_DAY, OD_OK, "somebody else"},
    };

    (void)state;
    bar_make();
    for (unsigned reopened = 0; reopened < 2; reopened++) {
        for (uint64_t i = 0; i < 4; i++) {
            struct store_write *write = asking(10 + 4 * reopened + i, 0, rows[i].person, rows[i].day);
            fixture_commit(&fixture);
            if (write->rc != rows[i].rc)
                print_error("%s\n", rows[i].why);
            assert_int_equal(write->rc, rows[i].rc);
            assert_int_equal(write->barred_until, write->rc == OD_OK ? 0 : BAR_DAY);
            assert_int_equal(write->bar_reason, write->rc == OD_OK ? 0 : 7);
        }
        fixture_reopen(&fixture);
    }
}

static void a_barred_intake_leaves_nothing(void **state)
{
    static const struct store_alert alert = {.roles = 1, .kind = 1};
    static const struct store_owed owed[] = {{.department = 3, .due_day = 1}};
    struct store_owed_key keys[4];
    struct store_row row = {0};
    size_t count = 99;

    (void)state;
    bar_make();
    uint64_t journal = store_journal_last(fixture.store);
    struct store_write *barred = asking(2, 2, 5, BAR_DAY), *next = asking(3, 0, 6, BAR_DAY);
    barred->takes_sequence = next->takes_sequence = true;
    barred->alerts = &alert;
    barred->alert_count = 1;
    barred->owed = owed;
    barred->owed_count = 1;
    fixture_commit(&fixture);
    assert_int_equal(barred->rc, OD_EDENIED);
    assert_int_equal(barred->journal_seq, 0);
    assert_int_equal(barred->alert_seq, 0);
    assert_int_equal(barred->sequence, 0);
    assert_int_equal(barred->existing, 0);
    assert_int_equal(next->sequence, 1);
    assert_int_equal(next->journal_seq, journal + 1);
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_application(reader, 2, &fixture.arena, &row), OD_ENOTFOUND);
    assert_int_equal(store_read_owed(reader, 3, NULL, keys, 4, &count), OD_OK);
    store_reader_give(fixture.store, reader);
    assert_int_equal(count, 0);
    struct store_write *later = asking(4, 2, 5, BAR_DAY + 1); /* the same key, when the bar is over */
    fixture_commit(&fixture);
    assert_int_equal(later->rc, OD_OK);
    assert_int_equal(later->duplicate, 0);
}

static void a_repeat_is_answered_before_the_bar(void **state)
{
    (void)state;
    bar_make();
    struct store_write *repeat = asking(2, 1, 5, BAR_DAY);
    fixture_commit(&fixture);
    assert_int_equal(repeat->rc, OD_EEXIST);
    assert_int_equal(repeat->existing, 1);
    assert_int_equal(repeat->barred_until, 0);
}

static void the_longest_bar_is_told(void **state)
{
    struct store_bar bars[] = {{.until_day = BAR_DAY + 5, .reason = 1}, {.until_day = BAR_DAY - 5, .reason = 9},
                               {.until_day = BAR_DAY + 5, .reason = 2}, {.until_day = BAR_DAY + 5, .reason = 1},
                               {.until_day = BAR_DAY + 99, .reason = 3}};

    (void)state;
    bar_make();
    for (unsigned i = 0; i < 5; i++) { /* the last is of nobody: not there */
        person_hash(5, bars[i].person_hash);
        fixture_transition(&fixture, i == 4 ? 77 : 1, "x")->bar = &bars[i];
    }
    fixture_commit(&fixture);
    struct store_write *barred = asking(2, 0, 5, BAR_DAY - 9);
    fixture_commit(&fixture);
    assert_int_equal(barred->rc, OD_EDENIED);
    assert_int_equal(barred->barred_until, BAR_DAY + 5);
    assert_int_equal(barred->bar_reason, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_newest_open_one_is_the_duplicate),
        FIXTURE_TEST(persons_are_found_at_every_age), FIXTURE_TEST(persons_are_read_at_every_age),
        FIXTURE_TEST(one_person_may_apply_for_ever),
        FIXTURE_TEST(so_many_are_looked_at_and_no_more),
        FIXTURE_TEST(a_repeat_is_no_duplicate),
        FIXTURE_TEST(persons_that_share_a_prefix_are_two),
        FIXTURE_TEST(a_bar_refuses_until_its_day),
        FIXTURE_TEST(a_barred_intake_leaves_nothing),
        FIXTURE_TEST(a_repeat_is_answered_before_the_bar),
        FIXTURE_TEST(the_longest_bar_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
