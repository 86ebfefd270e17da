/* SPDX-License-Identifier: Apache-2.0 */
/* What happened on a day, as a list and as the numbers of today; and tasks that an earlier version parked, which join the
 * incidents of this one. */
#include <sqlite3.h>
#include <stdio.h>

#include "catalog/fixture.h"
#include "engine/stand.h"
#include "lib/check.h"
#include "store/crash_vfs.h"
#include "store/schema.h"


static const struct base_json *answer; /* of the last question */

static const struct base_json *ask(enum front_route route, const char *query, int status, const char *why)
{
    struct stage_request *asked = stage_ask_query(route, query);

    stage_drain();
    CHECK_I64(status, asked->status, why);
    answer = status == 200 ? stand_answer(asked) : NULL;
    return answer;
}

static size_t count_items(const struct base_json *list)
{
    size_t count = 0;

    for (const struct base_json *item = base_json_first(base_json_member(list, "items")); item != NULL; item = base_json_next(item))
        count++;
    return count;
}

static int64_t number_of(const struct base_json *object, const char *key)
{
    int64_t number = -1;

    CHECK_I64(OD_OK, base_json_i64(base_json_member(object, key), 0, INT64_MAX / 2048, &number), key);
    return number;
}

/* Three on Monday, two on Tuesday; one of Monday is decided at once, two on Tuesday, the rest on Wednesday. */
static void live(void)
{
    for (unsigned i = 0; i < 3; i++)
        stand_submit("");
    stand_approve(1);
    stand_pass(1);
    stand_submit("");
    stand_submit("");
    stand_approve(2);
    stand_approve(4);
    stand_pass(1);
    stand_approve(3);
    stand_approve(5);
}

static void test_days(void **state)
{
    static const struct {
        const char *query;
        size_t count;
        const char *why;
    } rows[] = {
        {"happened=received&on=2024-01-15", 3, "received on Monday"},
        {"happened=received&on=2024-01-16", 2, "on Tuesday"},
        {"happened=received&on=2024-01-17", 0, "on Wednesday none"},
        {"happened=accepted&on=2024-01-15", 3, "taken in at once"},
        {"happened=decided&on=2024-01-15", 1, "decided on Monday"},
        {"happened=decided&on=2024-01-16", 2, "one of each day"},
        {"happened=decided&on=2024-01-17", 2, "the rest"},
        {"happened=decided&on=2024-01-14", 0, "before there was anything"},
        {"happened=decided&on=2030-01-01", 0, "nobody knows"},
        {"happened=decided&on=2024-01-16&service=open-stand", 2, "of a service"},
        {"happened=decided&on=2024-01-16&service=open-cafe", 0, "of another"},
        {"happened=decided&on=2024-01-16&status=in_review", 0, "and still open: none"},
        {"happened=decided&on=2024-01-16&overdue=true", 0, "none was late"},
        {"happened=received&on=2024-01-15&due_before=2024-01-16", 0, "none was due so soon"},
    };

    (void)state;
    live();
    for (size_t i = 0; i < COUNT(rows); i++) {
        ask(FRONT_APPLICATION_LIST, rows[i].query, 200, rows[i].why);
        CHECK_I64((int64_t)rows[i].count, (int64_t)count_items(answer), rows[i].why);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *query, *why;
    } rows[] = {
        {"happened=eaten&on=2024-01-15", "no such thing happens"},
        {"happened=received", "on which day?"},
        {"on=2024-01-15", "what?"},
        {"happened=received&on=2024-02-30", "no such day"},
        {"happened=received&on=2024-01", "a month is no day"},
        {"happened=received&on=2024-01-15&department=fire", "what is owed now says nothing of a day"},
        {"happened=received&on=2024-01-15&cursor=0", "no cursor"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        ask(FRONT_APPLICATION_LIST, rows[i].query, 422, rows[i].why);
}

/* However small the pages: each once, in the order of the day. */
static void test_pages(void **state)
{
    char query[128];
    size_t seen = 0;

    (void)state;
    for (unsigned i = 0; i < 30; i++)
        stand_submit("");
    stand_pass(1);
    stand_submit("");
    snprintf(query, sizeof(query), "happened=received&on=2024-01-15&limit=7");
    for (unsigned page = 0; page < 9; page++) {
        const struct base_json *list = ask(FRONT_APPLICATION_LIST, query, 200, "a page");
        const char *next = base_json_member_text(list, "next_cursor");

        for (const struct base_json *item = base_json_first(base_json_member(list, "items")); item != NULL; item = base_json_next(item)) {
            char number[BASE_NUMBER_SIZE];
            struct engine_application *application = stage_read(++seen);
            base_number_format(application->id, application->core->received_day, number);
            CHECK_TEXT(number, base_json_member_text(item, "number"), "in its order");
            engine_application_destroy(application);
        }
        if (next == NULL)
            break;
        snprintf(query, sizeof(query), "happened=received&on=2024-01-15&limit=7&cursor=%s", next);
    }
    CHECK_I64(30, (int64_t)seen, "all of Monday, and none of Tuesday");
    ask(FRONT_APPLICATION_LIST, "happened=received&on=2024-01-16&cursor=1", 200, "a cursor of another day");
    CHECK_I64(1, (int64_t)count_items(answer), "is behind the day before at least");
}

static void test_today_is_the_list_of_today(void **state)
{
    static const char *const words[] = {"received", "accepted", "decided"};
    char query[64];

    (void)state;
    live();
    stand_submit("");
    for (size_t i = 0; i < COUNT(words); i++) {
        int64_t today = number_of(base_json_member(ask(FRONT_OPERATIONS, "", 200, "operations"), "today"), words[i]);
        snprintf(query, sizeof(query), "happened=%s&on=%s", words[i], base_json_member_text(base_json_member(answer, "today"), "day"));
        ask(FRONT_APPLICATION_LIST, query, 200, words[i]);
        CHECK_I64(today, (int64_t)count_items(answer), words[i]);
        CHECK(today > 0, "something did");
    }
}

/* -- Parked by an earlier version -- */

#define OLD 4 /* the version whose rows say nothing of claims and of what is parked */

static sqlite3 *old_schema(void)
{
    sqlite3 *db = NULL;

    CHECK_I64(SQLITE_OK, sqlite3_open(":memory:", &db), "a database");
    for (unsigned i = 0; i < OLD; i++)
        CHECK_I64(SQLITE_OK, sqlite3_exec(db, store_schema_migrations[i], NULL, NULL, NULL), sqlite3_errmsg(db));
    return db;
}

static bool is_known(sqlite3 *old, const char *query, const char *a, const char *b)
{
    sqlite3_stmt *find = NULL;

    CHECK_I64(SQLITE_OK, sqlite3_prepare_v2(old, query, -1, &find, NULL), sqlite3_errmsg(old));
    sqlite3_bind_text(find, 1, a, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(find, 2, b, -1, SQLITE_TRANSIENT);
    bool is_found = sqlite3_step(find) == SQLITE_ROW;
    sqlite3_finalize(find);
    return is_found;
}

/* `list` gives what there is by two names, and the statement that takes it away; `known` finds it in the old schema. */
static void take_back(sqlite3 *db, sqlite3 *old, const char *list, const char *known)
{
    char texts[64][200];
    sqlite3_stmt *each = NULL;
    size_t count = 0;

    CHECK_I64(SQLITE_OK, sqlite3_prepare_v2(db, list, -1, &each, NULL), sqlite3_errmsg(db));
    while (sqlite3_step(each) == SQLITE_ROW) {
        assert_true(count < COUNT(texts));
        if (!is_known(old, known, (const char *)sqlite3_column_text(each, 0), (const char *)sqlite3_column_text(each, 1)))
            snprintf(texts[count++], sizeof(texts[0]), "%s", (const char *)sqlite3_column_text(each, 2));
    }
    sqlite3_finalize(each);
    for (size_t i = 0; i < count; i++)
        CHECK_I64(SQLITE_OK, sqlite3_exec(db, texts[i], NULL, NULL, NULL), texts[i]);
}

/* As that version wrote it, whatever has been added since: indexes go first, then tables, then columns. */
static void make_old(void)
{
    static const char known[] = "SELECT 1 FROM sqlite_schema WHERE type = ?1 AND name = ?2";
    static const char *const lists[] = {
        "SELECT type, name, 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'",
        "SELECT type, name, 'DROP INDEX ' || name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
        "SELECT type, name, 'DROP TABLE ' || name FROM sqlite_schema WHERE type = 'table'",
    };
    sqlite3 *old = old_schema(), *db = NULL;
    char path[1100], version[64];

    snprintf(path, sizeof(path), "%s/hub.db", stage.folder);
    CHECK_I64(SQLITE_OK, sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, CRASH_VFS), "the store");
    for (size_t i = 0; i < COUNT(lists); i++)
        take_back(db, old, lists[i], known);
    take_back(db, old,
              "SELECT s.name, c.name, 'ALTER TABLE ' || s.name || ' DROP COLUMN ' || c.name"
              " FROM sqlite_schema AS s JOIN pragma_table_info(s.name) AS c WHERE s.type = 'table'",
              "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2");
    snprintf(version, sizeof(version), "PRAGMA user_version = %d", OLD);
    CHECK_I64(SQLITE_OK, sqlite3_exec(db, version, NULL, NULL, NULL), sqlite3_errmsg(db));
    CHECK_I64(SQLITE_OK, sqlite3_close(db), "closed");
    CHECK_I64(SQLITE_OK, sqlite3_close(old), "closed");
}

/* What no frame can hold is for an officer; every third one can. */
static void park(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        stage_link("market")->is_put_too_large = i % 3 != 0;
        stand_submit("");
        if (i % 3 == 0)
            stand_approve(i + 1);
    }
    stage_link("market")->is_put_too_large = false;
}

static int64_t parked_count(void)
{
    int64_t parked = 0;

    ask(FRONT_INCIDENT_LIST, "kind=parked", 200, "incidents");
    for (const struct base_json *item = base_json_first(base_json_member(answer, "items")); item != NULL; item = base_json_next(item))
        parked += number_of(item, "count");
    return parked;
}

static bool has_mark(void)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    const void *mark;
    size_t size;
    int rc = store_read_setting(reader, "desk/parked", &arena, &mark, &size);

    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return rc == OD_OK;
}

static void test_old_store(void **state)
{
    int64_t parked;

    (void)state;
    park(200);
    parked = parked_count();
    CHECK_I64(133, parked, "more than a window");
    stage_stop();
    make_old();
    stage_start();
    CHECK(has_mark(), "they are to be looked for");
    stand_submit(""); /* nobody waits for that */
    stage_drain();
    CHECK_I64(parked, parked_count(), "all of them are there again");
    CHECK(!has_mark(), "and nothing is left to look for");
    stage_restart(true);
    stage_drain();
    CHECK_I64(parked, parked_count(), "for good");
}

static void test_old_store_killed(void **state)
{
    int64_t parked;

    (void)state;
    park(150);
    parked = parked_count();
    stage_stop();
    make_old();
    stage_start();
    for (unsigned i = 0; i < 6; i++) {
        for (unsigned step = 0; step < 3 * i; step++) {
            stage_turn();
            if (!stage_commit(false))
                stage_job();
        }
        stage_restart(i % 2 == 0);
    }
    stage_drain();
    CHECK_I64(parked, parked_count(), "the last start has brought them all");
    CHECK(!has_mark(), "and is done");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_days, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_refused, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_pages, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_today_is_the_list_of_today, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_old_store, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_old_store_killed, stand_open, stand_close),
    };

    base_log_init("engine_happened_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
