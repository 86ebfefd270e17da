/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics: every applied write counts once, and only those; names of windows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "store/sqlite.h"
#include "store/store_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct fixture fixture;

struct seen {
    char text[1024];
    size_t used, rows, stop_after;
    int64_t sum;
};

static int on_count(void *owner, const struct store_count *count)
{
    struct seen *seen = owner;

    seen->rows++;
    seen->sum += count->delta;
    if (seen->used < sizeof(seen->text))
        seen->used += (size_t)snprintf(seen->text + seen->used, sizeof(seen->text) - seen->used, "%d/%u/%u/%u/%u=%lld ",
                                       count->month, count->service, count->department, count->window, count->measure,
                                       (long long)count->delta);
    return seen->rows == seen->stop_after ? OD_ECANCELLED : OD_OK;
}

static int counts_read(int32_t from, int32_t to, struct seen *seen)
{
    struct store_reader *reader = store_reader_take(fixture.store);
    int rc = store_read_counts(reader, from, to, on_count, seen);

    store_reader_give(fixture.store, reader);
    return rc;
}

static void counts_put(struct store_write *write, const struct store_count *counts, size_t count)
{
    write->counts = counts;
    write->count_count = (uint32_t)count;
}

static void counts_add_up_and_come_in_order(void **state)
{
    static const struct store_count first[] = {{.month = 202611, .service = 2, .measure = 1, .delta = 1},
                                               {.month = 202611, .service = 2, .department = 3, .measure = 1, .delta = 1},
                                               {.month = 202611, .service = 1, .window = 4, .measure = 255, .delta = 40},
                                               {.month = 202612, .service = 1, .measure = 1, .delta = 5}};
    static const struct store_count second[] = {{.month = 202611, .service = 2, .measure = 1, .delta = 1},
                                                {.month = 202610, .service = 2, .measure = 1, .delta = 7},
                                                {.month = 202612, .service = 1, .measure = 1, .delta = -2},
                                                {.month = 202611, .service = 2, .measure = 1, .delta = 1}};
    struct seen seen = {.rows = 0};

    (void)state;
    counts_put(fixture_intake(&fixture, 1, 0), first, COUNT(first));
    counts_put(fixture_transition(&fixture, 1, "x"), second, COUNT(second));
    fixture_commit(&fixture);
    counts_put(fixture_write(&fixture, STORE_WRITE_JOURNAL, 0), second, 2);
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    assert_int_equal(counts_read(202611, 202612, &seen), OD_OK);
    assert_string_equal(seen.text, "202611/1/0/4/255=40 202611/2/0/0/1=4 202611/2/3/0/1=1 202612/1/0/0/1=3 ");
    seen = (struct seen){.stop_after = 2};
    assert_int_equal(counts_read(202611, 202612, &seen), OD_ECANCELLED);
    assert_int_equal(seen.rows, 2);
    seen = (struct seen){.rows = 0};
    assert_int_equal(counts_read(0, 202610, &seen), OD_OK);
    assert_string_equal(seen.text, "202610/2/0/0/1=14 ");
    seen = (struct seen){.rows = 0};
    assert_int_equal(counts_read(202613, INT32_MAX, &seen), OD_OK);
    assert_int_equal(seen.rows, 0);
}

/* Of some measures the greatest is kept: within a batch, over batches, and beside sums. */
static void greatest_are_kept(void **state)
{
    static const struct store_count first[] = {{.month = 202611, .service = 1, .measure = 7, .is_greatest = true, .delta = 30},
                                               {.month = 202611, .service = 1, .measure = 8, .delta = 30},
                                               {.month = 202611, .service = 1, .measure = 7, .is_greatest = true, .delta = 120},
                                               {.month = 202611, .service = 1, .measure = 7, .is_greatest = true, .delta = 0},
                                               {.month = 202611, .service = 1, .measure = 8, .delta = 120}};
    static const struct store_count lower[] = {{.month = 202611, .service = 1, .measure = 7, .is_greatest = true, .delta = 119},
                                               {.month = 202612, .service = 1, .measure = 7, .is_greatest = true, .delta = 5}};
    static const struct store_count higher[] = {{.month = 202611, .service = 1, .measure = 7, .is_greatest = true, .delta = 121}};
    struct seen seen = {.rows = 0};

    (void)state;
    counts_put(fixture_intake(&fixture, 1, 0), first, COUNT(first));
    counts_put(fixture_transition(&fixture, 1, "x"), lower, COUNT(lower));
    fixture_commit(&fixture);
    assert_int_equal(counts_read(202611, 202612, &seen), OD_OK);
    assert_string_equal(seen.text, "202611/1/0/0/7=120 202611/1/0/0/8=150 202612/1/0/0/7=5 ");
    counts_put(fixture_write(&fixture, STORE_WRITE_JOURNAL, 0), lower, COUNT(lower));
    fixture_commit(&fixture);
    counts_put(fixture_write(&fixture, STORE_WRITE_JOURNAL, 0), higher, COUNT(higher));
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    seen = (struct seen){.rows = 0};
    assert_int_equal(counts_read(202611, 202612, &seen), OD_OK);
    assert_string_equal(seen.text, "202611/1/0/0/7=121 202611/1/0/0/8=150 202612/1/0/0/7=5 ");
}

struct meanwhile {
    struct seen seen;
    bool is_done;
};

/* Somebody commits while the sums are being read. */
static int on_count_meanwhile(void *owner, const struct store_count *count)
{
    static const struct store_count more[] = {{.month = 202701, .service = 9, .measure = 9, .delta = 1},
                                              {.month = 202611, .service = 1, .measure = 1, .delta = 1}};
    struct meanwhile *meanwhile = owner;

    if (!meanwhile->is_done) {
        meanwhile->is_done = true;
        counts_put(fixture_transition(&fixture, 1, "y"), more, COUNT(more));
        fixture_commit(&fixture);
    }
    return on_count(&meanwhile->seen, count);
}

static int on_no_sum(void *owner, const struct store_count *count)
{
    (void)owner;
    return count->delta != 0 ? OD_OK : OD_ESYNTAX;
}

static void all_sums_are_of_one_moment(void **state)
{
    static const struct store_count some[] = {{.month = 202611, .service = 1, .measure = 1, .delta = 1},
                                              {.month = 202612, .service = 1, .measure = 2, .delta = 5}};
    struct meanwhile meanwhile = {.is_done = false};
    uint64_t seq = 99;

    (void)state;
    struct store_reader *reader = store_reader_take(fixture.store);
    assert_int_equal(store_read_counts_all(reader, &seq, on_count, on_no_sum, &meanwhile.seen), OD_OK);
    assert_int_equal(seq, 0);
    counts_put(fixture_intake(&fixture, 1, 0), some, COUNT(some));
    fixture_commit(&fixture);
    uint64_t first = store_journal_last(fixture.store);
    assert_int_equal(store_read_counts_all(reader, &seq, on_count_meanwhile, on_no_sum, &meanwhile), OD_OK);
    assert_string_equal(meanwhile.seen.text, "202611/1/0/0/1=1 202612/1/0/0/2=5 ");
    assert_int_equal(seq, first);
    meanwhile.seen = (struct seen){.rows = 0};
    assert_int_equal(store_read_counts_all(reader, &seq, on_count, on_no_sum, &meanwhile.seen), OD_OK);
    assert_string_equal(meanwhile.seen.text, "202611/1/0/0/1=2 202612/1/0/0/2=5 202701/9/0/0/9=1 ");
    assert_int_equal(seq, store_journal_last(fixture.store));
    meanwhile.seen = (struct seen){.stop_after = 1};
    seq = 99;
    assert_int_equal(store_read_counts_all(reader, &seq, on_count, on_no_sum, &meanwhile.seen), OD_ECANCELLED);
    assert_int_equal(seq, 99);
    meanwhile.seen = (struct seen){.rows = 0};
    assert_int_equal(store_read_counts_all(reader, &seq, on_count, on_no_sum, &meanwhile.seen), OD_OK); /* the reader is as before */
    store_reader_give(fixture.store, reader);
}

static void a_refused_write_counts_nothing(void **state)
{
    static const struct store_count one[] = {{.month = 202611, .service = 1, .measure = 1, .delta = 1}};
    static const struct store_count none[] = {{.month = 202611, .service = 1, .measure = 2, .delta = 1},
                                              {.month = 202611, .service = 1, .measure = 2, .delta = -1}};
    struct seen seen = {.rows = 0};

    (void)state;
    counts_put(fixture_intake(&fixture, 1, 5), one, 1);
    fixture_commit(&fixture);
    counts_put(fixture_intake(&fixture, 2, 5), one, 1);        /* the key is known */
    counts_put(fixture_transition(&fixture, 99, "x"), one, 1); /* nobody */
    counts_put(fixture_write(&fixture, STORE_WRITE_NONE, 0), one, 1);
    counts_put(fixture_transition(&fixture, 1, "x"), none, 2); /* nothing in the end: no row */
    fixture_commit(&fixture);
    assert_int_equal(counts_read(0, INT32_MAX, &seen), OD_OK);
    assert_string_equal(seen.text, "202611/1/0/0/1=1 ");
}

/* One transaction with as many sums as memory has room for, one less and one more: each counted twice. */
static void more_sums_than_memory_holds_are_all_right(void **state)
{
    static struct store_count counts[STORE_COUNTS_MERGED + 1];
    int64_t expected = 0;
    size_t rows = 0;

    (void)state;
    for (uint32_t n = STORE_COUNTS_MERGED - 1; n <= STORE_COUNTS_MERGED + 1; n++) {
        for (uint32_t i = 0; i < n; i++) /* unordered, and each of its own */
            counts[i] = (struct store_count){.month = (int32_t)n, .service = i * 7919 % 65536, .department = (uint16_t)(i % 5),
                                             .window = i % 3, .measure = (uint8_t)(i % 11), .delta = 1 + i};
        counts_put(fixture_write(&fixture, STORE_WRITE_JOURNAL, 0), counts, n);
        counts_put(fixture_write(&fixture, STORE_WRITE_JOURNAL, 0), counts, n);
        fixture_commit(&fixture);
        struct seen seen = {.used = sizeof(seen.text)};
        expected = (int64_t)n * (n + 1);
        rows = n;
        assert_int_equal(counts_read((int32_t)n, (int32_t)n, &seen), OD_OK);
        assert_int_equal(seen.rows, rows);
        assert_int_equal(seen.sum, expected);
    }
}

static void windows_are_bounded_and_kept(void **state)
{
    char name[BASE_ID_MAX + 2];
    uint32_t number = 0, last = 0;

    (void)state;
    memset(name, 'w', sizeof(name));
    name[BASE_ID_MAX + 1] = '\0';
    assert_int_equal(store_window(fixture.store, name, &number), OD_ELIMIT);
    for (unsigned i = 1; i <= STORE_WINDOWS_MAX; i++) {
        snprintf(name, sizeof(name), "窗口 %u", i);
        assert_int_equal(store_window(fixture.store, name, &last), OD_OK);
        assert_int_equal(last, i);
    }
    assert_int_equal(store_window(fixture.store, "one more", &number), OD_ELIMIT);
    assert_int_equal(number, 0);
    assert_int_equal(store_window(fixture.store, "窗口 7", &number), OD_OK);
    assert_int_equal(number, 7);
    fixture_write(&fixture, STORE_WRITE_JOURNAL, 0);
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    assert_string_equal(store_window_name(fixture.store, STORE_WINDOWS_MAX), name);
    assert_null(store_window_name(fixture.store, STORE_WINDOWS_MAX + 1));
    assert_null(store_window_name(fixture.store, 0));
    assert_int_equal(store_window(fixture.store, "one more", &number), OD_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(counts_add_up_and_come_in_order),
        FIXTURE_TEST(greatest_are_kept),
        FIXTURE_TEST(all_sums_are_of_one_moment),
        FIXTURE_TEST(a_refused_write_counts_nothing),
        FIXTURE_TEST(more_sums_than_memory_holds_are_all_right),
        FIXTURE_TEST(windows_are_bounded_and_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
