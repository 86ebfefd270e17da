/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker and the rate: when offers go through, and when not. Time is a variable. */
#include "lib/check.h"

#include "connect/breaker.h"

#define T0 UINT64_C(1000000)

static struct connect_breaker breaker;

static int begin(void **state)
{
    (void)state;
    connect_breaker_init(&breaker, 0, T0);
    return 0;
}

static enum connect_breaker_state state_at(uint64_t now_ms)
{
    return connect_breaker_state(&breaker, now_ms);
}

/* count failures of tasks tasks in turn, evenly over span_ms from from_ms; the last result. */
static bool fail_over(uint64_t from_ms, uint64_t span_ms, unsigned count, unsigned tasks)
{
    bool is_opened = false;

    for (unsigned i = 0; i < count; i++)
        is_opened = connect_breaker_fail(&breaker, 64 + i % tasks, from_ms + (count > 1 ? span_ms * i / (count - 1) : 0));
    return is_opened;
}

static void a_run_of_failures_opens(void **state)
{
    static const struct {
        uint64_t span_ms;
        unsigned count, tasks;
        bool is_open;
        const char *why;
    } rows[] = {
        {CONNECT_BREAKER_RUN_MS, CONNECT_BREAKER_RUN_MIN, 2, true, "the limit"},
        {CONNECT_BREAKER_RUN_MS, CONNECT_BREAKER_RUN_MIN - 1, 2, false, "one fewer"},
        {CONNECT_BREAKER_RUN_MS - 1, CONNECT_BREAKER_RUN_MIN, 2, false, "a millisecond too short: a blip"},
        {CONNECT_BREAKER_RUN_MS - 1, 1000, 500, false, "many at once are still a blip: their retries are not due yet"},
        {3600000, 100, 1, false, "one task that always fails is its own fault"},
        {3600000, CONNECT_BREAKER_RUN_MIN, 2, true, "a quiet department that is down all day"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        connect_breaker_init(&breaker, 0, T0);
        CHECK_I64(rows[i].is_open, fail_over(T0, rows[i].span_ms, rows[i].count, rows[i].tasks), rows[i].why);
        CHECK_I64(rows[i].is_open ? CONNECT_BREAKER_OPEN : CONNECT_BREAKER_CLOSED, state_at(T0 + rows[i].span_ms), rows[i].why);
    }
}

static void a_success_ends_the_run(void **state)
{
    (void)state;
    CHECK(!fail_over(T0, 3000, 4, 2), "four");
    CHECK(!connect_breaker_succeed(&breaker, T0 + 3000), "it was not open");
    CHECK(!fail_over(T0 + 3001, 2999, 5, 2), "a run of its own, not long enough");
    CHECK_I64(CONNECT_BREAKER_CLOSED, state_at(T0 + 6000), "closed");
}

/* failures of every so many, over the window and one outcome behind it. */
static bool window_of(unsigned count, unsigned good)
{
    uint64_t step_ms = CONNECT_BREAKER_WINDOW_MS / (count - 1);
    bool is_opened = false;

    for (unsigned i = 0; i + 1 < count; i++) { /* successes spread: never a bad run */
        uint64_t at_ms = T0 + i * step_ms;

        if (i * good / (count - 1) != (i + 1) * good / (count - 1))
            (void)connect_breaker_succeed(&breaker, at_ms);
        else
            is_opened = connect_breaker_fail(&breaker, 64 + i, at_ms) || is_opened;
    }
    return connect_breaker_fail(&breaker, 1, T0 + CONNECT_BREAKER_WINDOW_MS) || is_opened;
}

static void a_bad_window_opens(void **state)
{
    static const struct { unsigned count, good; bool is_open; const char *why; } rows[] = {
        {100, 20, true, "four of five failed"},
        {100, 21, false, "one fewer"},
        {CONNECT_BREAKER_WINDOW_MIN, 4, true, "few, but enough"},
        {CONNECT_BREAKER_WINDOW_MIN - 1, 3, false, "too few to say"},
        {100, 50, false, "each attempt fails once and then comes through"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        connect_breaker_init(&breaker, 0, T0);
        CHECK_I64(rows[i].is_open, window_of(rows[i].count, rows[i].good), rows[i].why);
    }
}

static void open_for_a_growing_time(void **state)
{
    uint64_t now_ms = T0, open_ms = CONNECT_BREAKER_OPEN_MIN_MS;

    (void)state;
    CHECK(fail_over(now_ms, 3000, 5, 2), "open");
    now_ms += 3000;
    for (unsigned i = 0; i < 40; i++) {
        CHECK_I64(0, connect_breaker_room(&breaker, now_ms + open_ms - 1, 7), "nothing goes through");
        CHECK_I64(CONNECT_BREAKER_OPEN, state_at(now_ms + open_ms - 1), "until its time is over");
        CHECK_I64((int64_t)(now_ms + open_ms), (int64_t)connect_breaker_wake_ms(&breaker, now_ms), "which it tells");
        now_ms += open_ms;
        CHECK_I64(CONNECT_BREAKER_HALF_OPEN, state_at(now_ms), "half open");
        CHECK_I64(0, (int64_t)connect_breaker_wake_ms(&breaker, now_ms), "there is room");
        CHECK_I64(CONNECT_BREAKER_PROBES_MAX, connect_breaker_room(&breaker, now_ms, 7), "for one");
        connect_breaker_offered(&breaker, now_ms, 7);
        CHECK_I64(0, connect_breaker_room(&breaker, now_ms + 3600000, 7), "and no second, however long it takes");
        now_ms += 50;
        CHECK(connect_breaker_fail(&breaker, 64, now_ms), "the probe fails: open again");
        open_ms = open_ms * 2 < CONNECT_BREAKER_OPEN_MAX_MS ? open_ms * 2 : CONNECT_BREAKER_OPEN_MAX_MS;
    }
    CHECK_I64(CONNECT_BREAKER_OPEN_MAX_MS, (int64_t)open_ms, "never longer than the limit");
}

static void a_probe_that_succeeds_closes(void **state)
{
    (void)state;
    CHECK(fail_over(T0, 3000, 5, 2), "open");
    connect_breaker_offered(&breaker, T0 + 4000, 7);
    CHECK(connect_breaker_succeed(&breaker, T0 + 4010), "closed");
    CHECK(!connect_breaker_succeed(&breaker, T0 + 4011), "once");
    CHECK_I64(UINT32_MAX, connect_breaker_room(&breaker, T0 + 4011, 7), "any number");
    CHECK(!connect_breaker_fail(&breaker, 64, T0 + 4012), "one failure is none");
    CHECK(!connect_breaker_succeed(&breaker, T0 + 4013), "it goes on");
    CHECK(fail_over(T0 + 5000, 3000, 5, 2), "down again");
    CHECK_I64(CONNECT_BREAKER_HALF_OPEN, state_at(T0 + 8000 + CONNECT_BREAKER_OPEN_MIN_MS), "short again after a success");
}

static void a_probe_without_a_word_lets_the_next_one_through(void **state)
{
    (void)state;
    CHECK(fail_over(T0, 3000, 5, 2), "open");
    connect_breaker_offered(&breaker, T0 + 4000, 7);
    connect_breaker_ended(&breaker, 6);
    CHECK_I64(0, connect_breaker_room(&breaker, T0 + 4000, 7), "an offer of an earlier session ends nothing");
    connect_breaker_ended(&breaker, 7);
    CHECK_I64(1, connect_breaker_room(&breaker, T0 + 4000, 7), "given back");
    connect_breaker_offered(&breaker, T0 + 4000, 7);
    CHECK_I64(1, connect_breaker_room(&breaker, T0 + 4000, 8), "its session was lost");
}

static void what_was_given_before_counts_for_the_better_only(void **state)
{
    (void)state;
    CHECK(fail_over(T0, 3000, 5, 2), "open");
    CHECK(!connect_breaker_fail(&breaker, 64, T0 + 3500), "late failures do not make it longer");
    CHECK_I64(CONNECT_BREAKER_HALF_OPEN, state_at(T0 + 4000), "as long as before");
    CHECK(fail_over(T0 + 4000, 0, 1, 1), "open again");
    CHECK(connect_breaker_succeed(&breaker, T0 + 4100), "a late success closes it at once");
    CHECK_I64(CONNECT_BREAKER_CLOSED, state_at(T0 + 4100), "closed");
}

/* Offers that go through from from_ms to to_ms when each millisecond takes what there is. */
static uint64_t take_all(uint64_t from_ms, uint64_t to_ms)
{
    uint64_t taken = 0;

    for (uint64_t now_ms = from_ms; now_ms < to_ms; now_ms++)
        while (connect_breaker_room(&breaker, now_ms, 1) > 0) {
            connect_breaker_offered(&breaker, now_ms, 1);
            taken++;
        }
    return taken;
}

static void the_rate_holds(void **state)
{
    static const uint32_t rates[] = {1, 2, 7, 10, 100, 999, 1000, 12345, 1000000};

    (void)state;
    for (size_t i = 0; i < COUNT(rates); i++) {
        uint64_t most = rates[i] * (uint64_t)CONNECT_RATE_BURST_MS / 1000;

        connect_breaker_init(&breaker, rates[i], T0);
        uint64_t taken = take_all(T0, T0 + 10000);
        CHECK(taken <= 10 * (uint64_t)rates[i] + (most > 1 ? most : 1), "no more than the rate and one burst");
        CHECK(taken >= 10 * (uint64_t)rates[i], "and no less");
    }
}

static void a_rate_says_when_the_next_one_goes(void **state)
{
    (void)state;
    connect_breaker_init(&breaker, 4, T0);
    connect_breaker_offered(&breaker, T0, 1);
    CHECK_I64(0, connect_breaker_room(&breaker, T0, 1), "used up");
    CHECK_I64((int64_t)T0 + 250, (int64_t)connect_breaker_wake_ms(&breaker, T0), "a quarter of a second");
    CHECK_I64(0, connect_breaker_room(&breaker, T0 + 249, 1), "not before");
    CHECK_I64(1, connect_breaker_room(&breaker, T0 + 250, 1), "then");
    CHECK_I64(1, connect_breaker_room(&breaker, UINT64_MAX / 2, 1), "nothing is saved up, and nothing overflows");
    connect_breaker_offered(&breaker, T0 + 250, 1);
    CHECK_I64(0, connect_breaker_room(&breaker, T0, 1), "a clock that stands still gives nothing");
}

static void an_open_breaker_with_a_rate_waits_for_both(void **state)
{
    (void)state;
    connect_breaker_init(&breaker, 1, T0);
    CHECK(fail_over(T0, 3000, 5, 2), "open");
    connect_breaker_offered(&breaker, T0 + 3900, 1);
    CHECK_I64((int64_t)T0 + 4900, (int64_t)connect_breaker_wake_ms(&breaker, T0 + 3900), "the later of the two");
    CHECK_I64(0, connect_breaker_room(&breaker, T0 + 4899, 2), "half open, but too fast");
    CHECK_I64(1, connect_breaker_room(&breaker, T0 + 4900, 2), "both");
}

static void states_have_names(void **state)
{
    (void)state;
    CHECK_TEXT("closed", connect_breaker_name(CONNECT_BREAKER_CLOSED), "");
    CHECK_TEXT("open", connect_breaker_name(CONNECT_BREAKER_OPEN), "");
    CHECK_TEXT("half_open", connect_breaker_name(CONNECT_BREAKER_HALF_OPEN), "");
    CHECK_TEXT("closed", connect_breaker_name(CONNECT_BREAKER_NONE), "before it was made");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_run_of_failures_opens, begin),
        cmocka_unit_test_setup(a_success_ends_the_run, begin),
        cmocka_unit_test_setup(a_bad_window_opens, begin),
        cmocka_unit_test_setup(open_for_a_growing_time, begin),
        cmocka_unit_test_setup(a_probe_that_succeeds_closes, begin),
        cmocka_unit_test_setup(a_probe_without_a_word_lets_the_next_one_through, begin),
        cmocka_unit_test_setup(what_was_given_before_counts_for_the_better_only, begin),
        cmocka_unit_test_setup(the_rate_holds, begin),
        cmocka_unit_test_setup(a_rate_says_when_the_next_one_goes, begin),
        cmocka_unit_test_setup(an_open_breaker_with_a_rate_waits_for_both, begin),
        cmocka_unit_test_setup(states_have_names, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
