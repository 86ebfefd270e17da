/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of matters that grant a limited number: who stands where, and how many there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/place.h"
#include "store/store_fixture.h"

static struct fixture fixture;

static void take(uint64_t application, const char *line)
{
    struct store_place place = {.line = line, .task = 1};
    struct store_write *write = fixture_intake(&fixture, application, 0);

    write->places = &place;
    write->place_count = 1;
    fixture_commit(&fixture);
    assert_int_equal(write->rc, OD_OK);
}

static void move(uint64_t application, const char *line, bool is_granted, bool is_given_up)
{
    struct store_place place = {.line = line, .task = 1, .is_granted = is_granted, .is_given_up = is_given_up};
    struct store_write *write = fixture_transition(&fixture, application, "moved");

    write->places = &place;
    write->place_count = 1;
    fixture_commit(&fixture);
    assert_int_equal(write->rc, OD_OK);
}

static void check(const char *line, uint64_t application, uint32_t room, struct store_line expected)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    struct store_line found;

    assert_int_equal(store_read_line(reader, line, application, 1, room, &found), OD_OK);
    store_reader_give(fixture.store, reader);
    assert_int_equal(found.granted, expected.granted);
    assert_int_equal(found.waiting, expected.waiting);
    assert_int_equal(found.first, expected.first);
}

static void who_came_earlier_stands_before(void **state)
{
    (void)state;
    take(5, "taxi/2024"); /* the number of an application says nothing of when it was accepted */
    take(3, "taxi/2024");
    take(4, "taxi/2025");
    take(9, "taxi/2024");
    check("taxi/2024", 5, 10, (struct store_line){0, 0, 0});
    check("taxi/2024", 3, 10, (struct store_line){0, 1, 5});
    check("taxi/2024", 9, 10, (struct store_line){0, 2, 5});
    check("taxi/2025", 4, 10, (struct store_line){0, 0, 0});
    check("taxi/2024", 0, 10, (struct store_line){0, 3, 5}); /* who has no place stands behind all */
    check("other", 0, 10, (struct store_line){0, 0, 0});
    check("taxi/2024", 0, 2, (struct store_line){0, 2, 5}); /* not beyond room */
}

static void a_grant_counts_and_a_place_given_up_does_not(void **state)
{
    (void)state;
    take(1, "taxi");
    take(2, "taxi");
    take(3, "taxi");
    move(2, "taxi", true, false);
    check("taxi", 3, 10, (struct store_line){1, 1, 1});
    move(1, "taxi", false, true);
    check("taxi", 3, 10, (struct store_line){1, 0, 0});
    move(2, "taxi", false, false); /* what was granted is open again, where it was */
    check("taxi", 3, 10, (struct store_line){0, 1, 2});
    fixture_reopen(&fixture);
    check("taxi", 3, 10, (struct store_line){0, 1, 2});
    move(1, "taxi", false, false); /* it comes back, behind the others */
    check("taxi", 1, 10, (struct store_line){0, 2, 2});
}

static void an_earlier_day_stands_before_whenever_it_is_written(void **state)
{
    static const struct { uint64_t application; int32_t day; } rows[] = {{1, 20}, {2, 21}, {3, 20}, {4, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct store_place place = {.line = "taxi", .task = 1, .day = rows[i].day};
        struct store_write *write = fixture_intake(&fixture, rows[i].application, 0);

        write->places = &place;
        write->place_count = 1;
        fixture_commit(&fixture);
    }
    check("taxi", 4, 10, (struct store_line){0, 0, 0}); /* of a store of before */
    check("taxi", 1, 10, (struct store_line){0, 1, 4});
    check("taxi", 3, 10, (struct store_line){0, 2, 4}); /* of one day: in the order of the commits */
    check("taxi", 2, 10, (struct store_line){0, 3, 4});
    move(3, "taxi", true, false);
    check("taxi", 2, 10, (struct store_line){1, 2, 4});
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(who_came_earlier_stands_before), FIXTURE_TEST(a_grant_counts_and_a_place_given_up_does_not),
                                       FIXTURE_TEST(an_earlier_day_stands_before_whenever_it_is_written)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
