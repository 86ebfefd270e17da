/* SPDX-License-Identifier: Apache-2.0 */
/* Entries that applications pin: with the write that gives the reason or not at all, and freed with the last one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "store/store_fixture.h"

#define KIND 5
enum { LOOSE = 1, KEPT, OTHER, FREED };

static struct fixture fixture;
static const uint8_t salt[STORE_SALT_SIZE] = "0123456789abcdef";

static int set_up(void **state)
{
    memset(&fixture, 0, sizeof(fixture));
    fixture_init(&fixture);
    for (uint64_t id = 1; id <= 3; id++) {
        char name[16];

        snprintf(name, sizeof(name), "content-%u", (unsigned)id);
        struct store_entry entry = {.kind = KIND, .id = id, .name = name, .state = LOOSE, .wake_minute = 7, .at_ms = 1, .salt = salt, .body = "{}", .body_size = 2};
        fixture_write(&fixture, STORE_WRITE_ENTRY, 0)->entry = &entry;
        fixture_commit(&fixture);
    }
    for (uint64_t id = 1; id <= 3; id++)
        fixture_intake(&fixture, id, (uint32_t)id);
    fixture_commit(&fixture);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_fini(&fixture);
    return 0;
}

static struct store_entry entry_of(uint64_t id)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    struct store_entry entry;

    assert_int_equal(store_read_entry(reader, KIND, id, &fixture.arena, &entry), OD_OK);
    store_reader_give(fixture.store, reader);
    return entry;
}

/* As text: "1 3". */
static const char *pins_of(uint64_t id)
{
    static char text[64];
    struct store_reader *reader = store_reader_take(fixture.store);
    uint64_t one = 0;
    size_t count = 1, size = 0;

    text[0] = '\0';
    while (count > 0) { /* one at a time: pages follow on */
        assert_int_equal(store_read_pins(reader, KIND, id, one, &one, 1, &count), OD_OK);
        if (count > 0)
            size += (size_t)snprintf(text + size, sizeof(text) - size, size > 0 ? " %u" : "%u", (unsigned)one);
    }
    store_reader_give(fixture.store, reader);
    return text;
}

static struct store_pins pins(bool releases, const char *const *names, uint32_t count)
{
    return (struct store_pins){.kind = KIND, .loose = LOOSE, .kept = KEPT, .freed = FREED, .releases = releases, .names = names, .count = count};
}

static int put(uint64_t application, struct store_pins *of)
{
    struct store_write *write = fixture_write(&fixture, STORE_WRITE_PINS, application);

    write->pins = of;
    fixture_commit(&fixture);
    return write->rc;
}

static void the_first_pin_keeps_and_the_last_frees(void **state)
{
    const char *const both[] = {"content-1", "content-2", "no such"}, *const one[] = {"content-1"};
    struct store_pins first = pins(false, both, 3), second = pins(false, one, 1), none = pins(true, NULL, 0);

    (void)state;
    assert_int_equal(put(1, &first), OD_OK);
    assert_int_equal(put(1, &first), OD_OK); /* once more: the same */
    assert_int_equal(put(2, &second), OD_OK);
    assert_string_equal(pins_of(1), "1 2");
    assert_string_equal(pins_of(2), "1");
    assert_string_equal(pins_of(3), "");
    assert_int_equal(entry_of(1).state, KEPT);
    assert_int_equal(entry_of(1).revision, 3); /* the second pin, too: who found it pinned by one is told */
    assert_int_equal(entry_of(2).revision, 2);
    assert_int_equal(entry_of(1).wake_minute, INT64_MAX);
    assert_int_equal(entry_of(3).state, LOOSE);
    assert_int_equal(put(1, &none), OD_OK);
    assert_int_equal(entry_of(1).state, KEPT); /* the second needs it */
    assert_int_equal(entry_of(2).state, FREED);
    assert_string_equal(pins_of(1), "2");
    assert_string_equal(pins_of(2), "");
    fixture_reopen(&fixture);
    assert_int_equal(put(2, &none), OD_OK);
    assert_int_equal(entry_of(1).state, FREED);
    assert_int_equal(put(3, &first), OD_OK); /* what is freed is passed over */
    assert_string_equal(pins_of(1), "");
    assert_int_equal(entry_of(1).state, FREED);
}

/* Somebody holds it for a while, whoever pins it. */
static void what_is_held_is_loose_after_its_last_pin(void **state)
{
    const char *const one[] = {"content-1"};
    struct store_pins of = pins(false, one, 1), none = pins(true, NULL, 0);

    (void)state;
    assert_int_equal(put(1, &of), OD_OK);
    struct store_entry held = entry_of(1);
    held.wake_minute = 30;
    fixture_write(&fixture, STORE_WRITE_ENTRY, 0)->entry = &held;
    fixture_commit(&fixture);
    assert_int_equal(put(2, &of), OD_OK);
    assert_int_equal(put(1, &none), OD_OK);
    assert_int_equal(entry_of(1).state, KEPT);
    assert_int_equal(put(2, &none), OD_OK);
    assert_int_equal(entry_of(1).state, LOOSE);
    assert_int_equal(entry_of(1).wake_minute, 30);
    assert_int_equal(put(3, &of), OD_OK); /* and may be pinned anew: nothing holds it then */
    assert_int_equal(entry_of(1).state, KEPT);
    assert_int_equal(entry_of(1).wake_minute, INT64_MAX);
    assert_int_equal(put(3, &none), OD_OK);
    assert_int_equal(entry_of(1).state, FREED);
}

static void what_is_refused_pins_nothing(void **state)
{
    const char *const one[] = {"content-1"};
    struct store_pins of = pins(false, one, 1);

    (void)state;
    assert_int_equal(put(9, &of), OD_ENOTFOUND); /* no such application */
    struct store_write *write = fixture_intake(&fixture, 4, 1); /* a key that was used */
    write->pins = &of;
    fixture_commit(&fixture);
    assert_int_equal(write->rc, OD_EEXIST);
    write = fixture_transition(&fixture, 9, "x");
    write->pins = &of;
    fixture_commit(&fixture);
    assert_int_equal(write->rc, OD_ENOTFOUND);
    assert_string_equal(pins_of(1), "");
    assert_int_equal(entry_of(1).state, LOOSE);
    assert_int_equal(entry_of(1).revision, 1);
}

/* An intake and an erasure in one batch: in their order, whichever that is. */
static void writes_of_one_batch_follow_each_other(void **state)
{
    const char *const one[] = {"content-1"};
    struct store_pins of = pins(false, one, 1), none = pins(true, NULL, 0);

    (void)state;
    assert_int_equal(put(1, &of), OD_OK);
    fixture_write(&fixture, STORE_WRITE_PINS, 2)->pins = &of;
    fixture_write(&fixture, STORE_WRITE_PINS, 1)->pins = &none;
    fixture_commit(&fixture);
    assert_int_equal(entry_of(1).state, KEPT);
    assert_string_equal(pins_of(1), "2");
    fixture_write(&fixture, STORE_WRITE_PINS, 2)->pins = &none;
    fixture_write(&fixture, STORE_WRITE_PINS, 3)->pins = &of;
    fixture_commit(&fixture);
    assert_int_equal(entry_of(1).state, FREED); /* the release came first */
    assert_string_equal(pins_of(1), "");
}

static void one_write_may_carry_several(void **state)
{
    const char *const one[] = {"content-1"}, *const other[] = {"content-2"};
    struct store_pins second = pins(false, other, 1), first = pins(false, one, 1);

    (void)state;
    first.next = &second;
    assert_int_equal(put(1, &first), OD_OK);
    assert_string_equal(pins_of(1), "1");
    assert_string_equal(pins_of(2), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_pin_keeps_and_the_last_frees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_held_is_loose_after_its_last_pin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_refused_pins_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_of_one_batch_follow_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_write_may_carry_several, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
