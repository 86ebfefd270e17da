/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, worklists, wakes, histories and the chain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/limits.h"
#include "store/store_fixture.h"

static struct fixture fixture;
static struct store_reader *reader;

/* Twelve applications: odd ones of service 1, even ones of 2; 4, 8, 12 decided; 3, 6, 9, 12 overdue;
 * due on day 100 + id; the department 5 is owed two tasks of 2, 5, 8, 11; wake at 1000 - id. */
static int set_up(void **state)
{
    static const struct store_owed owed[] = {{.department = 5, .task = 1, .due_day = 3},
                                             {.department = 5, .task = 2, .due_day = 3}};

    memset(&fixture, 0, sizeof(fixture));
    fixture_init(&fixture);
    for (uint64_t id = 1; id <= 12; id++) {
        struct store_write *write = fixture_intake(&fixture, id, (uint32_t)id);
        write->service = id % 2 == 1 ? 1 : 2;
        write->status = id % 4 == 0 ? 3 : 2;
        write->is_overdue = id % 3 == 0;
        write->due_day = 100 + (int32_t)id;
        write->wake_minute = id % 4 == 0 ? INT64_MAX : 1000 - (int64_t)id;
        write->owed = owed;
        write->owed_count = id % 3 == 2 ? 2 : 0;
    }
    fixture_commit(&fixture);
    reader = store_reader_take(fixture.store);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_reader_give(fixture.store, reader);
    fixture_fini(&fixture);
    return 0;
}

static const struct store_filter any = {
    .service = -1, .department = -1, .due_before = INT32_MAX, .overdue = -1, .before = UINT64_MAX, .limit = 50};

struct list_row {
    struct store_filter filter;
    const char *ids, *why;
};

/* The ids as text, over all pages. */
static void list_text(struct store_filter filter, char *text, size_t size, unsigned *pages)
{
    struct store_row rows[BASE_PAGE_MAX];
    size_t count = 0, used = 0;
    uint64_t next = 1;

    for (*pages = 0; next != 0; ++*pages) {
        assert_int_equal(store_read_list(reader, &filter, &fixture.arena, rows, &count, &next), OD_OK);
        assert_true(count <= filter.limit);
        for (size_t i = 0; i < count; i++)
            used += (size_t)snprintf(text + used, size - used, "%s%llu", used > 0 ? " " : "",
                                     (unsigned long long)rows[i].application);
        filter.before = next;
    }
    text[used] = '\0';
}

static void lists_are_filtered_and_newest_first(void **state)
{
    struct list_row rows[] = {
        {any, "12 11 10 9 8 7 6 5 4 3 2 1", "no filter"},
        {any, "11 9 7 5 3 1", "service"},
        {any, "11 10 9 7 6 5 3 2 1", "an open status, by its index"},
        {any, "12 8 4", "a status that has no index"},
        {any, "12 9 6 3", "overdue, by its index"},
        {any, "11 10 8 7 5 4 2 1", "not overdue"},
        {any, "3 2 1", "due before day 104, which is not in it"},
        {any, "11 8 5 2", "owed to a department, each once"},
        {any, "11 5 2", "owed and open"},
        {any, "4 3 2 1", "before an id, which is not in it"},
        {any, "", "nothing of an unknown department"},
        {any, "12", "all at once"},
    };
    unsigned pages = 0;
    char text[256];

    (void)state;
    rows[1].filter.service = 1;
    rows[2].filter.status = 2;
    rows[3].filter.status = 3;
    rows[4].filter.overdue = 1;
    rows[5].filter.overdue = 0;
    rows[6].filter.due_before = 104;
    rows[7].filter.department = rows[8].filter.department = 5;
    rows[8].filter.status = 2;
    rows[9].filter.before = 5;
    rows[10].filter.department = 6;
    rows[11].filter.status = 3;
    rows[11].filter.overdue = 1;
    rows[11].filter.service = 2;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (uint32_t limit = 1; limit <= 13; limit += 3) {
            rows[i].filter.limit = limit;
            list_text(rows[i].filter, text, sizeof(text), &pages);
            if (strcmp(text, rows[i].ids) != 0)
                print_error("%s, limit %u\n", rows[i].why, limit);
            assert_string_equal(text, rows[i].ids);
        }
        assert_int_equal(pages, 1); /* the last limit is above all counts: no page behind it */
    }
}

/* 8 = received, and not yet looked at. */
static void what_is_not_yet_looked_at_is_open(void **state)
{
    struct store_filter filter = any;
    char text[256];
    unsigned pages = 0;

    (void)state;
    fixture_transition(&fixture, 5, "received")->status = 8;
    fixture_transition(&fixture, 11, "received")->status = 8;
    fixture_commit(&fixture);
    filter.status = 8;
    filter.limit = 1;
    list_text(filter, text, sizeof(text), &pages);
    assert_string_equal(text, "11 5");
    filter.status = 2;
    filter.limit = 13;
    list_text(filter, text, sizeof(text), &pages);
    assert_string_equal(text, "10 9 7 6 3 2 1");
}

static void a_list_looks_at_a_bounded_number_of_rows(void **state)
{
    struct store_filter filter = any;
    struct store_row rows[BASE_PAGE_MAX];
    size_t count = 99;
    uint64_t next = 99, id = 13;

    (void)state;
    for (unsigned i = 0; i < 7; i++) {
        for (unsigned j = 0; j < 3000; j++)
            fixture_intake(&fixture, id++, 0);
        fixture_commit(&fixture);
    }
    filter.status = 3;
    assert_int_equal(store_read_list(reader, &filter, &fixture.arena, rows, &count, &next), OD_OK);
    assert_int_equal(count, 0);
    assert_int_equal(next, id - STORE_SCAN_MAX);
    filter.before = next;
    assert_int_equal(store_read_list(reader, &filter, &fixture.arena, rows, &count, &next), OD_OK);
    assert_int_equal(count, 3);
    assert_int_equal(next, 0);
}

/* "due/application.task ..." of a worklist or of what is owed, page by page. */
static void keys_text(bool is_worklist, int32_t department, size_t room, char *text, size_t size)
{
    struct store_owed_key keys[16], after = {0};
    const struct store_owed_key *from = NULL;
    size_t count = room, used = 0;

    text[0] = '\0';
    while (count == room) {
        int rc = is_worklist ? store_read_worklist(reader, department, from, keys, room, &count)
                             : store_read_owed(reader, (uint16_t)department, from, keys, room, &count);
        assert_int_equal(rc, OD_OK);
        for (size_t i = 0; i < count; i++)
            used += (size_t)snprintf(text + used, size - used, "%s%d/%llu.%u", used > 0 ? " " : "", keys[i].due_day,
                                     (unsigned long long)keys[i].application, keys[i].task);
        after = keys[count > 0 ? count - 1 : 0];
        from = &after;
    }
}

static void owed_tasks_are_walked_in_order(void **state)
{
    static const struct store_owed parked[] = {{.is_for_officer = true, .department = 5, .task = 1, .due_day = 9}};
    static const struct store_owed other[] = {{.is_for_officer = true, .department = 6, .task = 0, .due_day = 8},
                                              {.is_for_officer = true, .department = 6, .task = 3,
                                               .due_day = INT32_MAX}};
    char text[256];

    (void)state;
    struct store_write *write = fixture_transition(&fixture, 2, "parked");
    write->owed = parked;
    write->owed_count = 1;
    write = fixture_transition(&fixture, 1, "worklist");
    write->owed = other;
    write->owed_count = 2;
    fixture_commit(&fixture);
    for (size_t room = 1; room <= 8; room++) {
        keys_text(false, 5, room, text, sizeof(text));
        assert_string_equal(text, "9/2.1 3/2.2 3/5.1 3/5.2 3/8.1 3/8.2 3/11.1 3/11.2");
        keys_text(false, 6, room, text, sizeof(text));
        assert_string_equal(text, "8/1.0 2147483647/1.3");
        keys_text(true, -1, room, text, sizeof(text));
        assert_string_equal(text, "8/1.0 9/2.1 2147483647/1.3");
        keys_text(true, 6, room, text, sizeof(text));
        assert_string_equal(text, "8/1.0 2147483647/1.3");
        keys_text(true, 5, room, text, sizeof(text));
        assert_string_equal(text, "9/2.1");
    }
}

static void wakes_are_read_in_windows(void **state)
{
    uint64_t applications[16];
    int64_t minutes[16], minute = 0, after_minute = -1;
    uint64_t after = 0;
    size_t count = 2, found = 0;
    static const uint64_t order[] = {11, 10, 9, 7, 6, 5, 3, 2, 1};

    (void)state;
    struct store_write *write = fixture_transition(&fixture, 10, "same minute as 11");
    write->wake_minute = 989;
    fixture_commit(&fixture);
    assert_int_equal(store_read_wake(reader, &minute), OD_OK);
    assert_int_equal(minute, 989);
    while (count == 2) {
        assert_int_equal(store_read_due(reader, 998, after_minute, after, applications, minutes, 2, &count), OD_OK);
        for (size_t i = 0; i < count; i++, found++)
            assert_true(applications[i] == order[found] || minutes[i] == 989); /* 10 before 11 at one minute */
        if (count > 0) {
            after_minute = minutes[count - 1];
            after = applications[count - 1];
        }
    }
    assert_int_equal(found, 8); /* 1 wakes at 999 */
    assert_int_equal(store_read_due(reader, 988, -1, 0, applications, minutes, 16, &count), OD_OK);
    assert_int_equal(count, 0);
}

/* 1 to 12 of the set-up, by windows of room. */
static void ids_text(bool is_open, size_t room, char *text, size_t size)
{
    uint64_t ids[16], after = 0;
    size_t count = room, used = 0;

    for (text[0] = '\0'; count == room; after = count > 0 ? ids[count - 1] : 0) {
        int rc = is_open ? store_read_open(reader, after, ids, room, &count) : store_read_ids(reader, after, ids, room, &count);
        assert_int_equal(rc, OD_OK);
        for (size_t i = 0; i < count; i++)
            used += (size_t)snprintf(text + used, size - used, "%llu ", (unsigned long long)ids[i]);
    }
}

static void ids_are_read_in_windows(void **state)
{
    static const uint8_t statuses[] = {0, 1, 2, 8, 3, 4, 5, 6, 7, 1, 8, 2, 3}; /* by id, from 1 */
    struct store_extent extent = {0};
    char text[256];

    (void)state;
    for (uint64_t id = 1; id <= 12; id++)
        fixture_transition(&fixture, id, "x")->status = statuses[id];
    fixture_commit(&fixture);
    for (size_t room = 1; room <= 13; room++) {
        ids_text(false, room, text, sizeof(text));
        assert_string_equal(text, "1 2 3 4 5 6 7 8 9 10 11 12 ");
        ids_text(true, room, text, sizeof(text));
        assert_string_equal(text, "1 2 3 9 10 11 ");
    }
    assert_int_equal(store_read_extent(reader, &extent), OD_OK);
    assert_int_equal(extent.application_last, 12);
    assert_int_equal(extent.journal_last, 24);
}

static void an_empty_store_reaches_nowhere(void **state)
{
    struct fixture empty = {.committed = 0};
    struct store_extent extent = {1, 1};
    uint64_t id = 0;
    size_t count = 99;

    (void)state;
    fixture_init(&empty);
    struct store_reader *none = store_reader_take(empty.store);
    assert_int_equal(store_read_extent(none, &extent), OD_OK);
    assert_int_equal(store_read_open(none, 0, &id, 1, &count), OD_OK);
    store_reader_give(empty.store, none);
    assert_int_equal(extent.application_last, 0);
    assert_int_equal(extent.journal_last, 0);
    assert_int_equal(count, 0);
    fixture_fini(&empty);
}

static int on_setting(void *owner, const char *name, const void *value, size_t size)
{
    char *text = owner;

    (void)value;
    sprintf(text + strlen(text), "%s=%zu ", name, size);
    return strcmp(name, "b/stop") == 0 ? OD_ECANCELLED : OD_OK;
}

static void settings_are_walked_by_prefix(void **state)
{
    static const char *const names[] = {"a/2", "a/1", "a", "b/1", "b/stop", "b/z", "a0"};
    char text[256] = "";

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct store_write *write = fixture_write(&fixture, STORE_WRITE_SETTING, 0);
        write->name = names[i];
        write->value = "xyz";
        write->value_size = (uint32_t)i;
        if (i > 3)
            write->value_size = 1;
    }
    fixture_commit(&fixture);
    assert_int_equal(store_read_settings(reader, "a/", on_setting, text), OD_OK);
    assert_string_equal(text, "a/1=1 a/2=0 ");
    text[0] = '\0';
    assert_int_equal(store_read_settings(reader, "b/", on_setting, text), OD_ECANCELLED);
    assert_string_equal(text, "b/1=3 b/stop=1 ");
    text[0] = '\0';
    assert_int_equal(store_read_settings(reader, "c", on_setting, text), OD_OK);
    assert_string_equal(text, "");
}

static void a_history_is_of_one_application(void **state)
{
    struct store_record *records = NULL;
    size_t count = 99;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        fixture_transition(&fixture, 2, "x");
        fixture_transition(&fixture, 3, "y");
    }
    struct store_write *hub = fixture_write(&fixture, STORE_WRITE_JOURNAL, 0);
    hub->record = "{\"hub\":1}";
    hub->record_size = 9;
    fixture_commit(&fixture);
    assert_int_equal(store_read_history(reader, 2, 0, &fixture.arena, &records, &count), OD_OK);
    assert_int_equal(count, 4);
    assert_string_equal(records[0].record, "{\"received\":2}");
    assert_string_equal(records[3].record, "{\"became\":\"x\"}");
    assert_int_equal(records[0].seq, 2);
    assert_int_equal(records[3].seq, 17);
    assert_int_equal(records[3].at_ms, 1002);
    assert_int_equal(store_read_history(reader, 2, 13, &fixture.arena, &records, &count), OD_OK);
    assert_int_equal(count, 2);
    assert_int_equal(records[0].seq, 15);
    assert_int_equal(store_read_history(reader, 2, 17, &fixture.arena, &records, &count), OD_OK);
    assert_int_equal(count, 0);
    assert_int_equal(store_read_history(reader, 99, 0, &fixture.arena, &records, &count), OD_ENOTFOUND);
    assert_int_equal(hub->journal_seq, 19);
}

static void a_missing_row_leaves_the_output_alone(void **state)
{
    struct store_row row = {.application = 42};
    const char *document = "before";
    const void *bytes = "before";
    size_t size = 42;

    (void)state;
    assert_int_equal(store_read_application(reader, 99, &fixture.arena, &row), OD_ENOTFOUND);
    assert_int_equal(row.application, 42);
    assert_int_equal(store_read_document(reader, 99, &fixture.arena, &document, &size), OD_ENOTFOUND);
    assert_string_equal(document, "before");
    assert_int_equal(store_read_checkpoint(reader, 99, 0, &fixture.arena, &bytes, &size), OD_ENOTFOUND);
    assert_int_equal(store_read_setting(reader, "none", &fixture.arena, &bytes, &size), OD_ENOTFOUND);
    assert_string_equal((const char *)bytes, "before");
    assert_int_equal(size, 42);
}

/* One read into a fresh arena, by index; -1 = no such. */
static int any_read(unsigned which, struct base_arena *arena)
{
    struct store_row rows[BASE_PAGE_MAX] = {{0}};
    struct store_record record, *records = NULL;
    const char *document = NULL;
    size_t count = 42;
    uint64_t next = 42;
    int rc = -1;

    if (which == 0)
        rc = store_read_application(reader, 1, arena, rows);
    else if (which == 1)
        rc = store_read_document(reader, 1, arena, &document, &count);
    else if (which == 2)
        rc = store_read_list(reader, &any, arena, rows, &count, &next);
    else if (which == 3)
        rc = store_read_history(reader, 1, 0, arena, &records, &count);
    else if (which == 4)
        rc = store_read_journal(reader, 0, arena, &record, 1, &count);
    if (rc == OD_ENOMEM) {
        assert_int_equal(rows[0].application, 0);
        assert_int_equal(count, 42);
        assert_int_equal(next, 42);
        assert_null(document);
        assert_null(records);
    }
    return rc;
}

static void short_memory_fails_a_read_and_no_more(void **state)
{
    unsigned which = 0;

    (void)state;
    for (int rc = OD_OK; rc != -1; which++) {
        struct base_arena arena = {0};
        base_alloc_fail_at(1);
        rc = any_read(which, &arena);
        base_alloc_fail_at(0);
        base_arena_fini(&arena);
        if (rc == -1)
            break;
        assert_int_equal(rc, OD_ENOMEM);
        assert_int_equal(any_read(which, &arena), OD_OK);
        base_arena_fini(&arena);
    }
    assert_int_equal(which, 5);
}

static int execute(const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;

    snprintf(path, sizeof(path), "%s/hub.db", fixture.folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return rc;
}

static void the_journal_is_append_only(void **state)
{
    (void)state;
    assert_int_equal(execute("UPDATE journal SET record = 'x' WHERE seq = 1"), SQLITE_CONSTRAINT);
    assert_int_equal(execute("DELETE FROM journal WHERE seq = 1"), SQLITE_CONSTRAINT);
    assert_int_equal(execute("DELETE FROM journal"), SQLITE_CONSTRAINT);
}

/* Someone with the file and the rights drops the triggers: the chain tells. */
static void a_changed_record_breaks_the_chain(void **state)
{
    static const struct {
        const char *sql;
        uint64_t bad_seq;
        const char *why;
    } rows[] = {
        {"UPDATE journal SET record = '{}' WHERE seq = 7", 7, "another text"},
        {"UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 5", 5, "another time"},
        {"UPDATE journal SET application = 3 WHERE seq = 4", 4, "another application"},
        {"DELETE FROM journal WHERE seq = 3", 3, "a gap"},
        {"UPDATE journal SET hash = zeroblob(32) WHERE seq = 2", 2, "another hash"},
        {"UPDATE journal SET hash = x'00' WHERE seq = 1", 1, "a short hash"},
    };
    uint64_t bad_seq = 99;

    (void)state;
    assert_int_equal(store_verify(reader, &bad_seq), OD_OK);
    assert_int_equal(bad_seq, 0);
    assert_int_equal(execute("DROP TRIGGER journal_is_not_updated; DROP TRIGGER journal_is_not_deleted"), SQLITE_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(execute(rows[i].sql), SQLITE_OK);
        assert_int_equal(store_verify(reader, &bad_seq), OD_OK);
        if (bad_seq != rows[i].bad_seq)
            print_error("%s\n", rows[i].why);
        assert_int_equal(bad_seq, rows[i].bad_seq);
    }
}

static void the_chain_is_sound_over_many_stretches(void **state)
{
    uint64_t bad_seq = 99;

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        struct store_write *write = fixture_write(&fixture, STORE_WRITE_JOURNAL, 0);
        write->record = "{}";
        write->record_size = 2;
    }
    fixture_commit(&fixture);
    assert_int_equal(store_verify(reader, &bad_seq), OD_OK);
    assert_int_equal(bad_seq, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lists_are_filtered_and_newest_first),
        TEST(what_is_not_yet_looked_at_is_open),
        TEST(a_list_looks_at_a_bounded_number_of_rows),
        TEST(owed_tasks_are_walked_in_order),
        TEST(wakes_are_read_in_windows),
        TEST(ids_are_read_in_windows),
        TEST(an_empty_store_reaches_nowhere),
        TEST(settings_are_walked_by_prefix),
        TEST(a_history_is_of_one_application),
        TEST(a_missing_row_leaves_the_output_alone),
        TEST(short_memory_fails_a_read_and_no_more),
        TEST(the_journal_is_append_only),
        TEST(a_changed_record_breaks_the_chain),
        TEST(the_chain_is_sound_over_many_stretches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
