/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts: there with their write or not at all, and found again by whoever they concern. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "store/store_fixture.h"

#define ROOM 64

static struct fixture fixture;

static const struct store_alert_filter any = {.department = -1, .before = UINT64_MAX};

/* An alert of its own for the write; borrowed until the commit. */
static void alert_put(struct store_write *write, struct store_alert *alert)
{
    write->alerts = alert;
    write->alert_count = 1;
}

static int alerts_read(const struct store_alert_filter *filter, struct store_alert_row *rows, size_t room, size_t *count,
                       uint64_t *next)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    int rc = store_read_alerts(reader, filter, &fixture.arena, rows, room, count, next);

    store_reader_give(fixture.store, reader);
    return rc;
}

static size_t alert_count(void)
{
    struct store_alert_row rows[ROOM];
    size_t count = 99;
    uint64_t next = 99;

    assert_int_equal(alerts_read(&any, rows, ROOM, &count, &next), OD_OK);
    assert_int_equal(next, 0);
    return count;
}

static void an_alert_comes_back_as_it_was_written(void **state)
{
    struct store_alert alerts[] = {
        {.roles = UINT32_C(0x80000001), .kind = 255, .level = 2, .task = 63, .department = UINT16_MAX, .due_day = -5,
         .body = "{\"why\":\"黄灯\"}", .body_size = 16},
        {.roles = 4, .kind = 1, .due_day = INT32_MAX},
    };
    struct store_alert_row rows[ROOM];
    size_t count = 0;
    uint64_t next = 99;

    (void)state;
    struct store_write *write = fixture_intake(&fixture, 7, 0);
    write->alerts = alerts;
    write->alert_count = 2;
    write->at_ms = 1234567890123;
    fixture_commit(&fixture);
    assert_int_equal(write->alert_seq, 1);
    assert_int_equal(alerts_read(&any, rows, ROOM, &count, &next), OD_OK);
    assert_int_equal(count, 2);
    assert_int_equal(next, 0);
    assert_int_equal(rows[0].seq, 2);
    assert_int_equal(rows[0].alert.due_day, INT32_MAX);
    assert_int_equal(rows[0].alert.body_size, 0);
    assert_string_equal(rows[0].alert.body, "");
    assert_int_equal(rows[1].seq, 1);
    assert_int_equal(rows[1].application, 7);
    assert_int_equal(rows[1].at_ms, 1234567890123);
    assert_int_equal(rows[1].alert.roles, UINT32_C(0x80000001));
    assert_int_equal(rows[1].alert.kind, 255);
    assert_int_equal(rows[1].alert.level, 2);
    assert_int_equal(rows[1].alert.task, 63);
    assert_int_equal(rows[1].alert.department, UINT16_MAX);
    assert_int_equal(rows[1].alert.due_day, -5);
    assert_string_equal(rows[1].alert.body, "{\"why\":\"黄灯\"}");
}

static void a_refused_write_alerts_nobody(void **state)
{
    struct store_alert alert = {.roles = 1, .kind = 1, .body = "{}", .body_size = 2};

    (void)state;
    alert_put(fixture_intake(&fixture, 1, 5), &alert);
    fixture_commit(&fixture);
    struct store_write *repeat = fixture_intake(&fixture, 2, 5);
    struct store_write *nobody = fixture_transition(&fixture, 99, "x");
    struct store_write *hub = fixture_write(&fixture, STORE_WRITE_JOURNAL, 0);
    struct store_write *next = fixture_transition(&fixture, 1, "y");
    alert_put(repeat, &alert);
    alert_put(nobody, &alert);
    alert_put(hub, &alert);
    alert_put(next, &alert);
    fixture_commit(&fixture);
    assert_int_equal(repeat->rc, OD_EEXIST);
    assert_int_equal(repeat->alert_seq, 0);
    assert_int_equal(nobody->rc, OD_ENOTFOUND);
    assert_int_equal(nobody->alert_seq, 0);
    assert_int_equal(hub->alert_seq, 2);
    assert_int_equal(next->alert_seq, 3);
    assert_int_equal(alert_count(), 3);
    fixture_reopen(&fixture);
    hub = fixture_write(&fixture, STORE_WRITE_JOURNAL, 0);
    alert_put(hub, &alert);
    fixture_commit(&fixture);
    assert_int_equal(hub->alert_seq, 4);
}

/* Twelve alerts: of applications 1, 2, 0 in turn; kinds 1 and 2; departments 0 to 3; roles 1, 2, 4, 8, 16. */
static void twelve_write(void)
{
    static struct store_alert alerts[12];

    for (uint64_t id = 1; id <= 2; id++)
        fixture_intake(&fixture, id, 0);
    fixture_commit(&fixture);
    for (unsigned i = 0; i < 12; i++) {
        struct store_write *write = i % 3 == 2 ? fixture_write(&fixture, STORE_WRITE_JOURNAL, 0)
                                               : fixture_transition(&fixture, 1 + i % 3, "x");
        alerts[i] = (struct store_alert){.kind = (uint8_t)(1 + i % 2), .department = (uint16_t)(i % 4),
                                         .roles = UINT32_C(1) << i % 5, .body = "{}", .body_size = 2};
        alert_put(write, &alerts[i]);
    }
    fixture_commit(&fixture);
}

/* The seqs as text, over all pages. */
static void seqs_text(struct store_alert_filter filter, size_t room, char *text, size_t size)
{
    struct store_alert_row rows[ROOM];
    size_t count = 0, used = 0;
    uint64_t next = 1;

    text[0] = '\0';
    for (; next != 0; filter.before = next) {
        assert_int_equal(alerts_read(&filter, rows, room, &count, &next), OD_OK);
        for (size_t i = 0; i < count; i++)
            used += (size_t)snprintf(text + used, size - used, "%s%llu", used > 0 ? " " : "",
                                     (unsigned long long)rows[i].seq);
    }
}

static void alerts_are_filtered_and_newest_first(void **state)
{
    static const struct {
        struct store_alert_filter filter;
        const char *seqs, *why;
    } rows[] = {
        {{.department = -1, .before = UINT64_MAX}, "12 11 10 9 8 7 6 5 4 3 2 1", "no filter"},
        {{.department = -1, .before = 4}, "3 2 1", "before a seq, which is not in it"},
        {{.department = 2, .before = UINT64_MAX}, "11 7 3", "a department"},
        {{.department = 0, .before = UINT64_MAX}, "9 5 1", "of no department"},
        {{.department = -1, .before = UINT64_MAX, .application = 2}, "11 8 5 2", "an application"},
        {{.department = -1, .before = UINT64_MAX, .kind = 2}, "12 10 8 6 4 2", "a kind"},
        {{.department = -1, .before = UINT64_MAX, .roles = 9}, "11 9 6 4 1", "any of two roles"},
        {{.department = 3, .before = UINT64_MAX, .kind = 2, .roles = 8}, "4", "all at once"},
        {{.department = 3, .before = UINT64_MAX, .kind = 2, .application = 1}, "4", "and of an application"},
        {{.department = 3, .before = UINT64_MAX, .kind = 1}, "", "nothing has both"},
        {{.department = -1, .before = UINT64_MAX, .application = 3}, "", "nothing of an unknown application"},
    };
    char text[256];

    (void)state;
    twelve_write();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t room = 1; room <= 13; room += 3) {
            seqs_text(rows[i].filter, room, text, sizeof(text));
            if (strcmp(text, rows[i].seqs) != 0)
                print_error("%s, room %zu\n", rows[i].why, room);
            assert_string_equal(text, rows[i].seqs);
        }
    }
}

static void a_read_looks_at_a_bounded_number_of_rows(void **state)
{
    static struct store_alert alerts[STORE_SCAN_MAX + 2];
    struct store_alert_filter filter = any;
    struct store_alert_row rows[ROOM];
    size_t count = 99;
    uint64_t next = 99;

    (void)state;
    for (unsigned i = 0; i < STORE_SCAN_MAX + 2; i++)
        alerts[i] = (struct store_alert){.roles = 2, .kind = 1};
    alerts[0].roles = 1;
    struct store_write *write = fixture_write(&fixture, STORE_WRITE_JOURNAL, 0);
    write->alerts = alerts;
    write->alert_count = STORE_SCAN_MAX + 2;
    fixture_commit(&fixture);
    filter.roles = 1;
    assert_int_equal(alerts_read(&filter, rows, ROOM, &count, &next), OD_OK);
    assert_int_equal(count, 0);
    assert_int_equal(next, 3);
    filter.before = next;
    assert_int_equal(alerts_read(&filter, rows, ROOM, &count, &next), OD_OK);
    assert_int_equal(count, 1);
    assert_int_equal(next, 0);
}

static void short_memory_leaves_the_output_alone(void **state)
{
    struct store_alert_row rows[ROOM];
    struct base_arena arena = {0};
    size_t count = 42;
    uint64_t next = 42;

    (void)state;
    twelve_write();
    struct store_reader *reader = store_reader_take(fixture.store);
    base_alloc_fail_at(1);
    int rc = store_read_alerts(reader, &any, &arena, rows, ROOM, &count, &next);
    base_alloc_fail_at(0);
    assert_int_equal(rc, OD_ENOMEM);
    assert_int_equal(count, 42);
    assert_int_equal(next, 42);
    store_reader_give(fixture.store, reader);
    base_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_alert_comes_back_as_it_was_written),
        FIXTURE_TEST(a_refused_write_alerts_nobody),
        FIXTURE_TEST(alerts_are_filtered_and_newest_first),
        FIXTURE_TEST(a_read_looks_at_a_bounded_number_of_rows),
        FIXTURE_TEST(short_memory_leaves_the_output_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
