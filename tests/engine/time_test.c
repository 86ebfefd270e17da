/* SPDX-License-Identifier: Apache-2.0 */
/* What time the hub believes it is, while the wall clock does what it wants. */
#include <stdlib.h>

#include "engine/internal.h"
#include "lib/check.h"

#define START_MS INT64_C(1700000000000)
#define DAY_MS INT64_C(86400000)
#define TICK_MS 250
#define LATE_MS 60000 /* nothing may be told later than this */
#define JUMPS_MAX 8

/* From .at_s on the wall clock is off by .by_ms. */
struct jump {
    int at_s;
    int64_t by_ms;
};

struct row {
    const char *why;
    struct jump jumps[JUMPS_MAX]; /* ascending, the rest zero */
    int lasts_s;
    uint64_t seen;                /* jumps that are told of */
    int64_t off_ms;               /* how far the hub is off at the end */
};

static int64_t off_at(const struct row *row, int64_t ms)
{
    int64_t off = 0;

    for (size_t i = 0; i < JUMPS_MAX; i++)
        if ((row->jumps[i].at_s != 0 || row->jumps[i].by_ms != 0) && ms >= row->jumps[i].at_s * INT64_C(1000))
            off = row->jumps[i].by_ms;
    return off;
}

/* In every row a fault that is put right within half a minute moves nothing: the hub is never off by more
 * than what the clock slews, until a jump has lasted. */
static void test_jumps(void **state)
{
    static const struct row rows[] = {
        {"nothing happens", {{0}}, 300, 0, 0},
        {"a day ahead for five seconds", {{60, DAY_MS}, {65, 0}}, 300, 2, 0},
        {"a day back for five seconds", {{60, -DAY_MS}, {65, 0}}, 300, 2, 0},
        {"a day ahead for the shortest moment", {{60, DAY_MS}, {61, 0}}, 120, 2, 0},
        {"a day ahead for 29 seconds", {{60, DAY_MS}, {89, 0}}, 300, 2, 0},
        {"a day ahead, and it stays", {{60, DAY_MS}}, 300, 1, DAY_MS},
        {"a day back, and it stays", {{60, -DAY_MS}}, 300, 1, -DAY_MS},
        {"an hour ahead, then two: another fault", {{60, 3600000}, {80, 7200000}}, 300, 2, 7200000},
        {"to and fro faster than it is believed", {{10, DAY_MS}, {30, -DAY_MS}, {50, DAY_MS}, {70, -DAY_MS}, {90, 0}}, 300, 5, 0},
        {"five seconds are slewing", {{60, 5000}}, 300, 0, 5000},
        {"one millisecond more is a jump", {{60, 5001}}, 300, 1, 5001},
        {"a leap second, inserted", {{60, -1000}}, 300, 0, -1000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct engine_time time = {0};
        int64_t off = 0;

        for (int64_t ms = 0; ms < rows[i].lasts_s * INT64_C(1000); ms += TICK_MS)
            off = engine_time_trust(&time, START_MS + ms + off_at(&rows[i], ms), 5000 + ms) - START_MS - ms;
        CHECK_I64(rows[i].off_ms, off, rows[i].why);
        /* A way back within the time of doubt is no second jump: it is the end of the first. */
        CHECK(time.jumps <= rows[i].seen && (time.jumps > 0) == (rows[i].seen > 0), rows[i].why);
    }
}

/* The most that the hub is behind a jump that lasts. */
static void test_a_lasting_jump_is_believed_in_time(void **state)
{
    static const int64_t jumps[] = {-DAY_MS, -3600000, -5001, 5001, 3600000, DAY_MS, 400 * DAY_MS};

    (void)state;
    for (size_t i = 0; i < COUNT(jumps); i++) {
        struct engine_time time = {0};
        int64_t ms = 0;

        CHECK_I64(START_MS, engine_time_trust(&time, START_MS, 5000), "the first look");
        while (engine_time_trust(&time, START_MS + ms + jumps[i], 5000 + ms) != START_MS + ms + jumps[i]) {
            CHECK(ms < LATE_MS, "believed within a minute");
            ms += TICK_MS;
        }
        CHECK(ms >= 25000, "and not at once");
    }
}

/* A smear of a leap second, and a clock that runs 500 ppm too fast: followed, never doubted. */
static void test_slewing(void **state)
{
    struct engine_time time = {0};

    (void)state;
    for (int64_t ms = 0; ms < DAY_MS; ms += 1000) {
        int64_t smear = ms * 1000 / DAY_MS, wall = START_MS + ms - smear + ms / 2000;

        CHECK_I64(wall, engine_time_trust(&time, wall, 5000 + ms), "the wall clock is followed");
    }
    CHECK_I64(0, time.jumps, "nothing to tell");
    CHECK_I64(0, time.untold_ms, "nothing to tell");
}

/* The loop stood still for minutes: the two clocks went on together, and that is no jump. */
static void test_a_long_pause_is_no_jump(void **state)
{
    struct engine_time time = {0};

    (void)state;
    (void)engine_time_trust(&time, START_MS, 5000);
    CHECK_I64(START_MS + 3 * DAY_MS, engine_time_trust(&time, START_MS + 3 * DAY_MS, 5000 + 3 * DAY_MS), "a machine that slept");
    CHECK_I64(0, time.jumps, "both clocks slept with it");
}

/* What was seen is told with its size, also when it is gone by then. */
static void test_a_glitch_is_told_with_its_size(void **state)
{
    struct engine_time time = {0};

    (void)state;
    (void)engine_time_trust(&time, START_MS, 5000);
    CHECK_I64(START_MS + 10, engine_time_trust(&time, START_MS + 10 + DAY_MS, 5010), "doubted");
    CHECK_I64(START_MS + 20, engine_time_trust(&time, START_MS + 20, 5020), "gone");
    CHECK_I64(DAY_MS, time.untold_ms, "a day");
}

/* A thousand random lives: off by a jump only after it has lasted; nothing between. */
static void test_random_clocks(void **state)
{
    (void)state;
    srand(7);
    for (unsigned life = 0; life < 1000; life++) {
        struct engine_time time = {0};
        int64_t off = 0, since = 0, settled = 0;

        for (int64_t ms = 0; ms < 400000; ms += TICK_MS) {
            if (rand() % 200 == 0) {
                off = (rand() % 5 - 2) * DAY_MS / (1 + rand() % 50);
                since = ms;
            }
            int64_t now = engine_time_trust(&time, START_MS + ms + off, 5000 + ms) - START_MS - ms;
            CHECK(now == off || now == settled, "by the wall or by the steady clock, nothing between");
            CHECK(now == off || ms - since < LATE_MS, "a state that lasts is the time within a minute");
            settled = now;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jumps),
        cmocka_unit_test(test_a_lasting_jump_is_believed_in_time),
        cmocka_unit_test(test_slewing),
        cmocka_unit_test(test_a_long_pause_is_no_jump),
        cmocka_unit_test(test_a_glitch_is_told_with_its_size),
        cmocka_unit_test(test_random_clocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
