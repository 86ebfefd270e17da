/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics that another hand has changed: whatever row it was, a recount names it and a repair puts it right, while work
 * goes on and whenever the hub dies. */
#include "engine/statistics.h"

#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/recount.h"
#include "engine/stand.h"
#include "lib/check.h"

#define WHY "{\"reason\":\"a disk was restored\"}"
#define ROWS_MAX 1024

struct row {
    struct store_count count;
    bool is_sum;
};

static const struct front_identity citizen = {.roles = FRONT_ROLE_CITIZEN, .department = "", .key_id = ""};
static struct row rows[ROWS_MAX];
static size_t row_count;

/* Two months, two windows, one decided late, and the guide was read. */
static void live(void)
{
    stand_submit(",\"channel\":\"window\",\"window\":\"12\"");
    stand_submit(",\"channel\":\"online\"");
    stand_approve(1);
    stage_ask_as(&citizen, FRONT_SERVICE_SHOW, "open-stand", NULL, NULL);
    stand_pass(30);
    stand_approve(2);
}

static const struct base_json *verify_take(const struct stage_request *asked)
{
    return base_json_member(stand_answer(asked), "verify");
}

static const struct base_json *verify(const char *query)
{
    struct stage_request *asked = stage_ask_query(FRONT_STATISTICS, query);

    stage_drain();
    CHECK_I64(200, asked->status, query);
    return verify_take(asked);
}

static int64_t number_of(const struct base_json *object, const char *key)
{
    int64_t number = -1;

    CHECK_I64(OD_OK, base_json_i64(base_json_member(object, key), INT64_MIN / 2048, INT64_MAX / 2048, &number), key);
    return number;
}

static void check_repair(const char *state, int64_t corrected, const char *why)
{
    const struct base_json *found = verify("verify=status"), *repair = base_json_member(found, "repair");

    CHECK_TEXT(state, base_json_member_text(repair, "state"), why);
    if (corrected >= 0)
        CHECK_I64(corrected, number_of(repair, "corrected"), why);
}

static struct stage_request *ask_repair(const char *body)
{
    return stage_ask(FRONT_STATISTICS_REPAIR, NULL, NULL, body);
}

static void repair(int64_t corrected, const char *why)
{
    struct stage_request *asked = ask_repair(WHY);

    CHECK_I64(202, asked->status, why);
    stage_drain();
    check_repair("done", corrected, why); /* which the recount at its end has said */
}

static int on_row(void *owner, const struct store_count *count)
{
    assert_true(row_count < ROWS_MAX);
    rows[row_count++] = (struct row){.count = *count, .is_sum = owner != NULL};
    return OD_OK;
}

static int on_sum_row(void *owner, const struct store_count *count)
{
    return on_row(owner != NULL ? owner : rows, count);
}

static void rows_read(void)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    uint64_t seq;

    row_count = 0;
    CHECK_I64(OD_OK, store_read_counts_all(reader, &seq, on_row, on_sum_row, NULL), "all rows");
    store_reader_give(stage.engine->store, reader);
}

/* Another hand: with no record, so that only the figures know. */
static void change(const struct row *row, int64_t value)
{
    static struct store_correction wrong;
    struct store_batch *batch = stage.engine->filling->store;

    wrong = (struct store_correction){.row = row->count, .is_set = true, .is_sum = row->is_sum};
    wrong.row.delta = value;
    batch->writes[batch->count++] = (struct store_write){.kind = STORE_WRITE_JOURNAL, .corrections = &wrong, .correction_count = 1};
    stage_drain();
}

static void check_named(const struct row *row, int64_t value, int64_t differences)
{
    const struct base_json *found = verify("verify=true"), *items = base_json_member(found, "differences");
    const struct base_json *item = base_json_first(items);
    char period[16];

    CHECK(!base_json_is_true(base_json_member(found, "is_equal")), "it is found");
    CHECK_I64(differences, number_of(found, "difference_count"), "with what it adds up to");
    CHECK(item != NULL, "and named");
    CHECK_TEXT(row->is_sum ? "sum" : "count", base_json_member_text(item, "level"), "of its level");
    CHECK_TEXT(engine_measure_name((enum engine_measure)row->count.measure), base_json_member_text(item, "measure"), "its measure");
    snprintf(period, sizeof(period), row->count.month % 100 == 0 ? "%04d" : "%04d-%02d", row->count.month / 100, row->count.month % 100);
    CHECK_TEXT(period, base_json_member_text(item, row->count.month % 100 == 0 ? "year" : "month"), "its period");
    CHECK_I64(value, number_of(item, "kept"), "what it says");
    CHECK_I64(row->count.delta, number_of(item, "journal"), "and should");
}

/* Each row of either table in turn: more, less, gone. Of what stands in no journal the counts are taken as they are. */
static void test_any_row(void **state)
{
    size_t count, visits = 0;

    (void)state;
    live();
    stand_pass(1); /* visits are put down */
    recount_check();
    rows_read();
    count = row_count;
    CHECK(count > 60, "rows of both tables");
    for (size_t i = 0; i < count; i++) {
        struct row row = rows[i];
        int64_t value = i % 3 == 0 ? 0 : row.count.delta + (i % 3 == 1 ? 3 : -1);

        visits += row.count.measure == ENGINE_VISITS;
        if (value == row.count.delta || (row.count.measure == ENGINE_VISITS && !row.is_sum))
            continue;
        change(&row, value);
        check_named(&row, value, 1);
        repair(1, "one row");
    }
    CHECK(visits >= 3, "of the guide, too");
    recount_check();
    rows_read();
    CHECK_I64((int64_t)count, (int64_t)row_count, "as many rows as before");
}

/* What there never was, down to numbers that name nothing. */
static void test_strange_rows(void **state)
{
    static const struct row strange[] = {
        {{.month = 202401, .service = 77, .measure = ENGINE_RECEIVED}, false},
        {{.month = 202401, .service = 1, .department = 900, .measure = ENGINE_DECIDED}, false},
        {{.month = 202401, .service = 1, .department = ENGINE_COUNT_OFFICER, .window = 1, .measure = ENGINE_DECIDED}, false},
        {{.month = 202401, .service = 1, .department = ENGINE_COUNT_OFFICER, .window = 999, .measure = ENGINE_DECIDED}, false},
        {{.month = 1, .service = 1, .window = 3000, .measure = 200}, false},
        {{.month = 209900, .service = 0, .measure = ENGINE_RED}, true},
        {{.month = 202401, .service = 1, .measure = ENGINE_RED}, true},
    };

    (void)state;
    live();
    for (size_t i = 0; i < COUNT(strange); i++) {
        change(&strange[i], 5);
        CHECK_I64(1, number_of(verify("verify=true"), "difference_count"), "it is found");
        struct stage_request *asked = stage_ask_query(FRONT_STATISTICS, "by=officer");
        stage_drain();
        CHECK_I64(200, asked->status, "and nobody stumbles over it");
        repair(1, "and gone");
    }
}

static void add_everywhere(int64_t more)
{
    rows_read();
    for (size_t i = 0; i < row_count; i++)
        if (rows[i].count.measure != ENGINE_VISITS || rows[i].is_sum)
            change(&rows[i], rows[i].count.delta + more);
}

/* Applications come and are decided between any two steps of it. */
static void test_while_work_goes_on(void **state)
{
    (void)state;
    live();
    for (unsigned round = 0; round < 8; round++) {
        add_everywhere(round % 2 == 0 ? 7 : -2);
        ask_repair(WHY);
        for (uint64_t step = 0; step < 4 * round; step++) {
            stage_turn();
            if (!(step % 3 == 0 ? stage_commit(false) : stage_job()))
                stand_submit(step % 2 == 0 ? ",\"window\":\"12\"" : ",\"window\":\"4\"");
        }
        stage_drain();
        check_repair("done", -1, "all of it");
        recount_check();
    }
}

/* A greatest that is too great hides what is counted meanwhile: the second recount brings it back. */
static void test_a_greatest_is_lowered(void **state)
{
    struct row worst = {.count = {.month = 0}};

    (void)state;
    live();
    stand_submit(",\"window\":\"12\"");
    rows_read();
    for (size_t i = 0; i < row_count; i++)
        if (rows[i].count.measure == ENGINE_PROMISE_USED_WORST && !rows[i].is_sum && rows[i].count.department == 0 && rows[i].count.month == 202402)
            worst = rows[i];
    CHECK(worst.count.month != 0, "there is one");
    change(&worst, 9999);
    ask_repair(WHY);
    CHECK(stage_job(), "the recount has begun");
    stand_pass(40);
    stand_approve(3); /* later than the other one, and not seen under 9999 */
    stage_drain();
    check_repair("done", -1, "in the end");
    recount_check();
}

/* Wherever the hub dies: nothing is counted twice, and the next repair does the rest. */
static void test_killed(void **state)
{
    (void)state;
    live();
    for (unsigned steps = 0; steps < 20; steps++) {
        add_everywhere(5);
        ask_repair(WHY);
        for (unsigned i = 0; i < steps; i++) {
            stage_turn();
            if (!stage_commit(false) && !stage_job())
                break;
        }
        stage_restart(steps % 2 == 0);
        stage_link_ready(stage_link("market"));
        stage_drain();
        repair(-1, "the rest");
    }
}

static void test_full_disk(void **state)
{
    bool is_full = false;

    (void)state;
    live();
    add_everywhere(5);
    ask_repair(WHY);
    for (unsigned i = 0; i < 100 && !is_full; i++) {
        stage_turn();
        is_full = stage_commit(true);
        if (!is_full)
            stage_job();
    }
    CHECK(is_full, "the disk is full");
    stage_drain();
    check_repair("failed", 0, "and it says so");
    repair(-1, "there is room again");
}

/* More rows than one transaction holds; each is in the record of its transaction, with who and why. */
static void test_records(void **state)
{
    struct base_arena arena = {0};
    struct store_record records[64];
    size_t count = 0, found = 0;
    int64_t named = 0;

    (void)state;
    live();
    add_everywhere(3);
    uint64_t before = store_journal_last(stage.engine->store);
    ask_repair(WHY);
    stage_drain();
    int64_t corrected = number_of(base_json_member(verify("verify=status"), "repair"), "corrected");
    CHECK(corrected > 100, "more than one piece");
    struct store_reader *reader = store_reader_take(stage.engine->store);
    CHECK_I64(OD_OK, store_read_journal(reader, before, &arena, records, 64, &count), "the journal");
    store_reader_give(stage.engine->store, reader);
    for (size_t i = 0; i < count; i++) {
        struct base_json_error error;
        struct base_json *record = NULL;

        CHECK_I64(OD_OK, base_json_parse(records[i].record, records[i].size, &record, &error), "a record");
        if (strcmp(base_json_member_text(record, "type"), "statistics_repaired") == 0) {
            const struct base_json *data = base_json_member(record, "data");
            found++;
            CHECK_TEXT("a disk was restored", base_json_member_text(data, "reason"), "why");
            CHECK(base_json_member_text(record, "by") != NULL, "who");
            for (const struct base_json *item = base_json_first(base_json_member(data, "rows")); item != NULL; item = base_json_next(item))
                named++;
        }
        base_json_destroy(record);
    }
    base_arena_fini(&arena);
    CHECK_I64((corrected + 99) / 100, (int64_t)found, "a record a hundred rows");
    CHECK_I64(corrected, named, "each is named");
}

static void test_refused(void **state)
{
    char body[1100] = "{\"reason\":\"";

    (void)state;
    CHECK_I64(422, ask_repair("{}")->status, "no reason");
    CHECK_I64(422, ask_repair("{\"reason\":\"  \"}")->status, "a blank one");
    memset(body + 11, 'x', 1001);
    strcpy(body + 11 + 1001, "\"}");
    CHECK_I64(422, ask_repair(body)->status, "limit + 1");
    strcpy(body + 11 + 1000, "\"}");
    CHECK_I64(202, ask_repair(body)->status, "the limit");
    CHECK_I64(409, ask_repair(WHY)->status, "one at a time");
    CHECK_TEXT("running", base_json_member_text(verify_take(stage_ask_query(FRONT_STATISTICS, "verify=true")), "state"), "and no recount beside it");
    stage_drain();
    check_repair("done", 0, "nothing was wrong");
    stage_ask_query(FRONT_STATISTICS, "verify=true");
    CHECK_I64(409, ask_repair(WHY)->status, "nor beside a recount");
    stage_drain();
}

/* A record that the core cannot follow, in the history of an application. */
static void spoil(uint64_t id)
{
    static const char nonsense[] = "{\"events\":[{\"type\":\"opined\",\"task\":9}]}";
    struct store_batch *batch = stage.engine->filling->store;
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct store_row row;

    CHECK_I64(OD_OK, store_read_application(reader, id, &batch->arena, &row), "its row");
    store_reader_give(stage.engine->store, reader);
    batch->writes[batch->count++] = (struct store_write){.kind = STORE_WRITE_TRANSITION, .application = id, .status = row.status, .due_day = row.due_day,
                                                         .is_overdue = row.is_overdue, .wake_minute = INT64_MAX, .state = row.state,
                                                         .state_size = row.state_size, .record = nonsense, .record_size = sizeof(nonsense) - 1};
    stage_drain();
}

/* An application whose journal cannot be followed would lose its share. */
static void test_unreadable(void **state)
{
    (void)state;
    live();
    spoil(1);
    rows_read();
    change(&rows[0], 99);
    ask_repair(WHY);
    stage_drain();
    CHECK_I64(1, number_of(verify("verify=status"), "unreadable"), "one");
    check_repair("refused", 0, "nothing is changed");
    rows_read();
    CHECK_I64(99, rows[0].count.delta, "not even what is wrong");
}

static void test_short_of_memory(void **state)
{
    (void)state;
    live();
    for (uint64_t fail = 1; fail < 60; fail++) {
        add_everywhere(1);
        stage.alloc_fail_at = fail;
        struct stage_request *asked = ask_repair(WHY);
        stage.alloc_fail_at = 0;
        CHECK(asked->status == 202 || asked->status == 503 || asked->status == 500 || asked->status == 507, "it begins or says why not");
        stage_drain();
        repair(-1, "with memory");
        if (asked->status == 202 && fail > 20)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any_row, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_strange_rows, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_while_work_goes_on, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_a_greatest_is_lowered, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_killed, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_full_disk, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_records, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_refused, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_unreadable, stand_open, stand_close),
        cmocka_unit_test_setup_teardown(test_short_of_memory, stand_open, stand_close),
    };

    base_log_init("engine_statistics_repair_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
