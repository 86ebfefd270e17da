/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of years and of all services: whatever is asked, they add up to what the single counts add up to; a store of
 * before has them after its migration; and a year costs no more rows than it must. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/schema.h"
#include "store/sqlite.h"
#include "store/store_fixture.h"
#include "store/sums.h"

#define MONTHS 30 /* from January 2024 */
#define SERVICES 5
#define DEPARTMENTS 4
#define WINDOWS 3
#define MEASURES 3
#define CELLS_MAX (MONTHS * SERVICES * DEPARTMENTS)

static struct fixture fixture;
static const uint16_t departments[DEPARTMENTS] = {0, 1, 2, UINT16_MAX};

static int set_up(void **state)
{
    memset(&fixture, 0, sizeof(fixture));
    fixture_init(&fixture);
    srand(20250102); /* the same rows at every run */
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_fini(&fixture);
    return 0;
}

static int32_t month_of(int number)
{
    return (2024 + number / 12) * 100 + number % 12 + 1;
}

static struct store_count count_draw(int months)
{
    return (struct store_count){.month = month_of(rand() % months), .service = 1 + (uint32_t)(rand() % SERVICES),
                                .department = departments[rand() % DEPARTMENTS], .window = (uint32_t)(rand() % WINDOWS),
                                .measure = (uint8_t)(1 + rand() % MEASURES), .delta = rand() % 9 - 2};
}

static void counts_write(int months, unsigned commits)
{
    static struct store_count counts[64];

    for (unsigned k = 0; k < commits; k++) {
        for (size_t i = 0; i < 64; i++)
            counts[i] = count_draw(months);
        struct store_write *write = fixture_write(&fixture, STORE_WRITE_JOURNAL, 0);
        write->counts = counts;
        write->count_count = 64;
        fixture_commit(&fixture);
    }
}

/* One of each key in each of the months. */
static void every_key_write(int months)
{
    static struct store_count counts[SERVICES * DEPARTMENTS * WINDOWS * MEASURES];

    for (int month = 0; month < months; month++) {
        uint32_t used = 0;

        for (uint32_t i = 0; i < SERVICES * WINDOWS * MEASURES; i++)
            for (size_t k = 0; k < DEPARTMENTS; k++)
                counts[used++] = (struct store_count){.month = month_of(month), .service = 1 + i / (WINDOWS * MEASURES),
                                                      .department = departments[k], .window = i / MEASURES % WINDOWS,
                                                      .measure = (uint8_t)(1 + i % MEASURES), .delta = 1};
        struct store_write *write = fixture_write(&fixture, STORE_WRITE_JOURNAL, 0);
        write->counts = counts;
        write->count_count = used;
        fixture_commit(&fixture);
    }
}

/* -- One question, answered both ways -- */

struct cell {
    int32_t month;
    uint32_t service;
    uint16_t department;
    int64_t values[WINDOWS][MEASURES];
};

struct answer {
    const struct store_sum_filter *filter;
    struct cell cells[CELLS_MAX];
    size_t count, rows;
};

static void answer_add(struct answer *answer, const struct store_count *count)
{
    const struct store_sum_filter *filter = answer->filter;
    int32_t month = filter->is_by_month ? count->month : 0;
    uint32_t service = filter->is_by_service ? count->service : 0;
    size_t i = 0;

    while (i < answer->count && (answer->cells[i].month != month || answer->cells[i].service != service ||
                                 answer->cells[i].department != count->department))
        i++;
    assert_true(i < CELLS_MAX);
    if (i == answer->count)
        answer->cells[answer->count++] = (struct cell){.month = month, .service = service, .department = count->department};
    answer->cells[i].values[count->window][count->measure - 1] += count->delta;
}

static int on_sum(void *owner, const struct store_count *count)
{
    struct answer *answer = owner;

    answer->rows++;
    answer_add(answer, count);
    return OD_OK;
}

/* Out of all counts, those that the question means. */
static int on_count(void *owner, const struct store_count *count)
{
    struct answer *answer = owner;
    const struct store_sum_filter *filter = answer->filter;

    if (count->department >= filter->department_from && count->department <= filter->department_to &&
        (filter->service == 0 || count->service == filter->service))
        answer_add(answer, count);
    return OD_OK;
}

static const struct cell *cell_find(const struct answer *answer, const struct cell *like)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->cells[i].month == like->month && answer->cells[i].service == like->service &&
            answer->cells[i].department == like->department)
            return &answer->cells[i];
    return NULL;
}

static size_t question_check(const struct store_sum_filter *filter)
{
    static struct answer expected, found;
    struct store_reader *reader = store_reader_take(fixture.store);

    expected = (struct answer){.filter = filter};
    found = (struct answer){.filter = filter};
    assert_int_equal(store_read_counts(reader, filter->month_from, filter->month_to, on_count, &expected), OD_OK);
    assert_int_equal(store_read_sums(reader, filter, on_sum, &found), OD_OK);
    store_reader_give(fixture.store, reader);
    assert_int_equal(found.count, expected.count);
    for (size_t i = 0; i < expected.count; i++) {
        const struct cell *cell = cell_find(&found, &expected.cells[i]);
        assert_non_null(cell);
        assert_memory_equal(cell->values, expected.cells[i].values, sizeof(cell->values));
    }
    return found.rows;
}

static struct store_sum_filter question_draw(void)
{
    int from = rand() % MONTHS, to = from + rand() % (MONTHS - from);
    unsigned low = (unsigned)rand() % DEPARTMENTS, high = low + (unsigned)rand() % (DEPARTMENTS - low);

    if (rand() % 2 == 0)
        from = from / 12 * 12; /* whole years are asked for most */
    return (struct store_sum_filter){.month_from = month_of(from), .month_to = month_of(to), .department_from = departments[low],
                                     .department_to = departments[high], .service = rand() % 2 == 0 ? (uint32_t)(rand() % (SERVICES + 1)) : 0,
                                     .is_by_month = rand() % 2 == 0, .is_by_service = rand() % 2 == 0};
}

static void questions_check(void)
{
    for (unsigned i = 0; i < 400; i++) {
        struct store_sum_filter filter = question_draw();
        question_check(&filter);
    }
}

static void any_question_adds_up(void **state)
{
    (void)state;
    questions_check(); /* of nothing, too */
    counts_write(20, 30);
    questions_check();
    counts_write(MONTHS, 30);
    fixture_reopen(&fixture);
    questions_check();
}

/* The year so far is one row a key, whatever the month; as soon as a later month has counts, its own months are read. */
static void a_year_is_read_from_its_sums(void **state)
{
    struct store_sum_filter filter = {.month_from = 202401, .month_to = 202406};
    size_t keys = (size_t)WINDOWS * MEASURES;

    (void)state;
    every_key_write(6);
    assert_int_equal(question_check(&filter), keys);
    filter.is_by_service = true;
    assert_int_equal(question_check(&filter), keys * SERVICES);
    filter.is_by_month = true;
    assert_int_equal(question_check(&filter), keys * SERVICES * 6);
    filter.is_by_service = false;
    assert_int_equal(question_check(&filter), keys * 6);
    filter.is_by_month = false;
    every_key_write(12);
    assert_int_equal(question_check(&filter), keys * 6);
    filter.month_to = 202412;
    assert_int_equal(question_check(&filter), keys);
    filter.month_from = 202402;
    assert_int_equal(question_check(&filter), keys * 11);
}

/* -- Service by service -- */

/* Pages of services: together they are what is read of each at once, and a service without a row takes no place. */
static void services_are_read_in_turn(void **state)
{
    static const uint32_t services[] = {4, 99, 2, 98, 5, 1, 3, 97};
    static struct answer whole, paged;
    struct store_sum_filter filter = {.month_from = 202401, .month_to = 202407, .department_to = UINT16_MAX, .is_by_service = true};
    size_t used = 0, at = 0;

    (void)state;
    counts_write(12, 40);
    struct store_reader *reader = store_reader_take(fixture.store);
    for (unsigned is_by_month = 0; is_by_month < 2; is_by_month++) {
        filter.is_by_month = is_by_month == 1;
        whole = paged = (struct answer){.filter = &filter};
        assert_int_equal(store_read_sums(reader, &filter, on_sum, &whole), OD_OK);
        assert_int_equal(store_read_sums_of(reader, &filter, services, 8, 2, &used, on_sum, &paged), OD_OK);
        assert_int_equal(used, 4); /* 4 and 2, and 5 would be next */
        for (at = used; at < 8; at += used)
            assert_int_equal(store_read_sums_of(reader, &filter, services + at, 8 - at, 2, &used, on_sum, &paged), OD_OK);
        assert_int_equal(at, 8);
        assert_int_equal(paged.count, whole.count);
        assert_int_equal(paged.rows, whole.rows);
        for (size_t i = 0; i < whole.count; i++) {
            const struct cell *cell = cell_find(&paged, &whole.cells[i]);
            assert_non_null(cell);
            assert_memory_equal(cell->values, whole.cells[i].values, sizeof(cell->values));
        }
    }
    store_reader_give(fixture.store, reader);
}

static void many_services_are_gone_through_in_parts(void **state)
{
    static uint32_t services[STORE_SUM_SERVICES_MAX + 1];
    static struct answer found;
    struct store_sum_filter filter = {.month_from = 202401, .month_to = 202402, .is_by_service = true};
    size_t used = 0;

    (void)state;
    every_key_write(1);
    for (size_t i = 0; i < STORE_SUM_SERVICES_MAX; i++)
        services[i] = 100 + (uint32_t)i;
    services[STORE_SUM_SERVICES_MAX] = 1;
    found = (struct answer){.filter = &filter};
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_sums_of(reader, &filter, services + 1, STORE_SUM_SERVICES_MAX, 9, &used, on_sum, &found), OD_OK);
    assert_int_equal(used, STORE_SUM_SERVICES_MAX); /* the limit: all of them */
    assert_int_equal(found.rows, WINDOWS * MEASURES);
    found.rows = 0;
    assert_int_equal(store_read_sums_of(reader, &filter, services, STORE_SUM_SERVICES_MAX + 1, 9, &used, on_sum, &found), OD_OK);
    assert_int_equal(used, STORE_SUM_SERVICES_MAX); /* limit + 1: the last is for the next call */
    assert_int_equal(found.rows, 0);
    store_reader_give(fixture.store, reader);
}

/* -- Corrections -- */

struct both {
    int64_t count, sum, sums; /* of the key that is looked for, in either table; of all sums */
    size_t count_rows, sum_rows;
};

static bool is_key(const struct store_count *count)
{
    return count->service == 1 && count->department == 1 && count->window == 0 && count->measure == 1;
}

static int on_both_count(void *owner, const struct store_count *count)
{
    struct both *both = owner;

    both->count_rows++;
    both->count = is_key(count) && count->month == 202401 ? count->delta : both->count;
    return OD_OK;
}

static int on_both_sum(void *owner, const struct store_count *count)
{
    struct both *both = owner;

    both->sum_rows++;
    both->sums += count->delta;
    both->sum = is_key(count) && count->month == 202400 ? count->delta : both->sum;
    return OD_OK;
}

static struct both both_read(void)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    struct both both = {.count = -1, .sum = -1};
    uint64_t seq;

    assert_int_equal(store_read_counts_all(reader, &seq, on_both_count, on_both_sum, &both), OD_OK);
    store_reader_give(fixture.store, reader);
    return both;
}

static void correction_write(int32_t month, bool is_sum, bool is_set, bool is_greatest, int64_t delta)
{
    static struct store_correction correction;

    correction = (struct store_correction){.row = {.month = month, .service = 1, .department = 1, .measure = 1, .is_greatest = is_greatest, .delta = delta},
                                           .is_set = is_set, .is_sum = is_sum};
    struct store_write *write = fixture_write(&fixture, STORE_WRITE_JOURNAL, 0);
    write->corrections = &correction;
    write->correction_count = 1;
    fixture_commit(&fixture);
}

static void a_correction_is_of_its_row_alone(void **state)
{
    static const struct {
        int32_t month;
        bool is_sum, is_set, is_greatest;
        int64_t delta, count, sum;
        const char *why;
    } rows[] = {
        {202401, false, false, false, 5, 6, 1, "added to the count, and the sum stays"},
        {202400, true, false, false, -3, 6, -2, "taken from the sum, and the count stays"},
        {202401, false, false, true, 4, 6, -2, "a greatest is not lowered by less"},
        {202401, false, false, true, 9, 9, -2, "but raised by more"},
        {202401, false, true, true, 2, 2, -2, "and set to less"},
        {202400, true, true, false, 7, 2, 7, "a sum is set"},
        {202401, false, false, false, -2, -1, 7, "what comes to nothing goes"},
        {202400, true, true, true, 0, -1, -1, "either way"},
        {202401, false, false, false, 3, 3, -1, "and comes again"},
    };

    (void)state;
    every_key_write(1);
    struct both before = both_read();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        correction_write(rows[i].month, rows[i].is_sum, rows[i].is_set, rows[i].is_greatest, rows[i].delta);
        struct both both = both_read();
        if (both.count != rows[i].count || both.sum != rows[i].sum)
            fail_msg("%s: %lld, %lld", rows[i].why, (long long)both.count, (long long)both.sum);
    }
    struct both after = both_read();
    assert_int_equal(after.count_rows, before.count_rows);
    assert_int_equal(after.sum_rows, before.sum_rows - 1);
    assert_int_equal(after.sums, before.sums - 1);
}

/* -- A store of before -- */

static unsigned version_before(void)
{
    unsigned version = 0;

    while (version < store_schema_version && strstr(store_schema_migrations[version], "CREATE TABLE statistic_sum") == NULL)
        version++;
    assert_true(version < store_schema_version);
    return version;
}

static void old_store_make(unsigned version)
{
    char path[128], text[160];
    sqlite3 *db = NULL;

    snprintf(path, sizeof(path), "%s/hub.db", fixture.folder);
    assert_int_equal(remove(path), 0);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (unsigned i = 0; i < version; i++)
        assert_int_equal(sqlite3_exec(db, store_schema_migrations[i], NULL, NULL, NULL), SQLITE_OK);
    for (unsigned i = 0; i < 600; i++) {
        struct store_count count = count_draw(MONTHS);
        snprintf(text, sizeof(text), "INSERT OR IGNORE INTO statistic VALUES (%d, %u, %u, %u, %u, %lld)", count.month, count.service,
                 count.department, count.window, count.measure, (long long)count.delta);
        assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    }
    snprintf(text, sizeof(text), "PRAGMA user_version = %u", version);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_store_of_before_has_its_sums(void **state)
{
    (void)state;
    fixture_close(&fixture);
    old_store_make(version_before());
    fixture_open(&fixture);
    questions_check();
    counts_write(MONTHS, 10);
    questions_check();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_question_adds_up),
        TEST(a_year_is_read_from_its_sums),
        TEST(services_are_read_in_turn),
        TEST(many_services_are_gone_through_in_parts),
        TEST(a_correction_is_of_its_row_alone),
        TEST(a_store_of_before_has_its_sums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
