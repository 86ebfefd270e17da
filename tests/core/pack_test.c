/* SPDX-License-Identifier: Apache-2.0 */
/* The packed form: there and back, its size, and what is not a packed form. */
#include <stdlib.h>
#include <string.h>

#include "core/application.h"
#include "core/office.h"

struct fixture {
    struct office_service service;
    struct office_file file;
    struct core_application *copy;
};

static void set_up(struct fixture *fixture, unsigned matter_count)
{
    office_service_init(&fixture->service, matter_count);
    fixture->service.rules.statutory = office_limit(45);
    fixture->service.rules.promised = office_limit(20);
    fixture->service.rules.supplement = office_limit(10);
    for (unsigned i = 0; i < matter_count; i++) {
        fixture->service.matters[i].statutory = office_limit(20);
        fixture->service.matters[i].promised =
            (struct core_limit){.unit = CORE_UNIT_CALENDAR_DAY,
                                .length = 2,
                                .end_roll = CORE_END_ROLL_NEXT_WORKING_DAY};
        fixture->service.matters[i].pause_kinds = UINT32_MAX;
    }
    office_file_init(&fixture->file, &fixture->service, office_day(2024, 2, 8));
    fixture->copy = calloc(1, core_application_size(CORE_TASKS_MAX));
    assert_non_null(fixture->copy);
}

static void tear_down(struct fixture *fixture)
{
    office_file_fini(&fixture->file);
    free(fixture->copy);
}

static size_t pack(const struct fixture *fixture, uint8_t *bytes)
{
    size_t size = core_application_pack(fixture->file.application, bytes, CORE_PACKED_MAX);

    assert_true(size > 0);
    return size;
}

static void assert_same_clock(const struct core_clock *a, const struct core_clock *b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->is_overdue, b->is_overdue);
    assert_int_equal(a->is_provisional, b->is_provisional);
    assert_int_equal(a->start, b->start);
    assert_int_equal(a->due, b->due);
    assert_int_equal(a->due_unrolled, b->due_unrolled);
    assert_int_equal(a->paused_on, b->paused_on);
    assert_int_equal(a->left, b->left);
    assert_int_equal(a->ended, b->ended);
}

static void assert_same_task(const struct core_task *a, const struct core_task *b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->opinion, b->opinion);
    assert_int_equal(a->park_reason, b->park_reason);
    assert_int_equal(a->pause_kind, b->pause_kind);
    assert_int_equal(a->crashes, b->crashes);
    assert_int_equal(a->is_deemed, b->is_deemed);
    assert_int_equal(a->is_redelivered, b->is_redelivered);
    assert_int_equal(a->is_cancel_owed, b->is_cancel_owed);
    assert_int_equal(a->is_input_owed, b->is_input_owed);
    assert_int_equal(a->is_by_officer, b->is_by_officer);
    assert_int_equal(a->has_late_opinion, b->has_late_opinion);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->failures, b->failures);
    assert_int_equal(a->epoch, b->epoch);
    assert_int_equal(a->since_ms, b->since_ms);
    assert_same_clock(&a->clocks[0], &b->clocks[0]);
    assert_same_clock(&a->clocks[1], &b->clocks[1]);
}

/* Field by field: office_assert_same compares packed bytes, which proves nothing here. */
static void assert_same_application(const struct core_application *a,
                                    const struct core_application *b)
{
    assert_int_equal(a->id, b->id);
    assert_int_equal(a->revision, b->revision);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->outcome, b->outcome);
    assert_int_equal(a->is_deemed, b->is_deemed);
    assert_int_equal(a->is_flagged, b->is_flagged);
    assert_int_equal(a->task_count, b->task_count);
    assert_int_equal(a->received_ms, b->received_ms);
    assert_int_equal(a->accepted_ms, b->accepted_ms);
    assert_int_equal(a->decided_ms, b->decided_ms);
    assert_int_equal(a->closed_ms, b->closed_ms);
    assert_int_equal(a->received_day, b->received_day);
    assert_int_equal(a->accepted_day, b->accepted_day);
    assert_same_clock(&a->clocks[0], &b->clocks[0]);
    assert_same_clock(&a->clocks[1], &b->clocks[1]);
    assert_same_clock(&a->supplement, &b->supplement);
    for (unsigned i = 0; i < a->task_count; i++)
        assert_same_task(&a->tasks[i], &b->tasks[i]);
}

static void check_round_trip(struct fixture *fixture)
{
    uint8_t bytes[CORE_PACKED_MAX];
    unsigned count = 0;
    size_t size = pack(fixture, bytes);

    assert_int_equal(OD_OK, core_application_peek(bytes, size, &count));
    assert_int_equal(fixture->file.application->task_count, count);
    memset(fixture->copy, 0x5a, core_application_size(count));
    assert_int_equal(OD_OK, core_application_unpack(fixture->copy, bytes, size));
    assert_same_application(fixture->file.application, fixture->copy);
}

/* Six tasks, each in another state. */
static void make_typical(struct fixture *fixture)
{
    struct office_file *file = &fixture->file;

    office_receive(file, 0x3f, true);
    office_offer(file, 0x1f, 123456);
    for (unsigned i = 0; i < 4; i++)
        office_accept(file, i);
    office_wait(file, office_day(2024, 2, 9));
    office_opine(file, 0, CORE_OPINION_APPROVE);
    office_pause(file, 1, CORE_PAUSE_TESTING);
    office_tell(file, CORE_ASKED, 2);
    struct core_event parked = {
        .type = CORE_PARKED, .task = 3, .park_reason = CORE_PARK_BY_CONNECTOR};
    assert_int_equal(OD_OK, office_step(file, &parked));
}

static void a_typical_application_is_small(void **state)
{
    struct fixture f;
    uint8_t bytes[CORE_PACKED_MAX];

    (void)state;
    set_up(&f, 6);
    make_typical(&f);
    check_round_trip(&f);
    size_t size = pack(&f, bytes);
    if (size > 250)
        fail_msg("%zu bytes for six tasks", size);
    tear_down(&f);
}

/* Room for exactly the bytes, and one less. */
static void pack_wants_room(void **state)
{
    struct fixture f;
    uint8_t bytes[CORE_PACKED_MAX];

    (void)state;
    set_up(&f, 6);
    make_typical(&f);
    size_t size = pack(&f, bytes);
    assert_int_equal(size, core_application_pack(f.file.application, bytes, size));
    for (size_t room = 0; room < size; room++)
        assert_int_equal(0, core_application_pack(f.file.application, bytes, room));
    tear_down(&f);
}

/* xorshift64*: the same numbers everywhere. */
static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

static uint64_t draw_below(uint64_t *seed, uint64_t limit)
{
    return draw(seed) % 4 == 0 ? 0 : draw(seed) % limit;
}

static void draw_clock(uint64_t *seed, struct core_clock *clock)
{
    clock->state = (uint8_t)draw_below(seed, CORE_CLOCK_STOPPED + 1);
    clock->is_overdue = draw(seed) % 2;
    clock->is_provisional = draw(seed) % 2;
    clock->start = (core_day)draw_below(seed, CORE_DAY_MAX + 1);
    clock->due = (core_day)draw_below(seed, CORE_DAY_MAX + 1);
    clock->due_unrolled =
        draw(seed) % 2 ? clock->due : (core_day)draw_below(seed, CORE_DAY_MAX + 1);
    clock->paused_on = (core_day)draw_below(seed, CORE_DAY_MAX + 1);
    clock->left = (int32_t)draw_below(seed, CORE_LIMIT_DAYS_MAX);
    clock->ended = (core_day)draw_below(seed, CORE_DAY_MAX + 1);
}

static void draw_task(uint64_t *seed, struct core_task *task)
{
    task->state = (uint8_t)(1 + draw_below(seed, CORE_TASK_SKIPPED));
    task->opinion = (uint8_t)draw_below(seed, CORE_OPINION_NOT_APPLICABLE + 1);
    task->park_reason = (uint8_t)draw_below(seed, CORE_PARK_BY_CONNECTOR + 1);
    task->pause_kind = (uint8_t)draw_below(seed, CORE_PAUSE_AUCTION + 1);
    task->crashes = (uint8_t)draw_below(seed, 256);
    task->is_deemed = draw(seed) % 2;
    task->is_redelivered = draw(seed) % 2;
    task->is_cancel_owed = draw(seed) % 2;
    task->is_input_owed = draw(seed) % 2;
    task->is_by_officer = draw(seed) % 2;
    task->has_late_opinion = draw(seed) % 2;
    task->attempt = (uint16_t)draw_below(seed, 65536);
    task->failures = (uint16_t)draw_below(seed, 65536);
    task->epoch = (uint32_t)draw_below(seed, UINT64_C(1) << 32);
    task->since_ms = (core_ms)draw_below(seed, UINT64_C(1) << 60);
    draw_clock(seed, &task->clocks[0]);
    draw_clock(seed, &task->clocks[1]);
}

static void draw_application(uint64_t *seed, struct core_application *a, unsigned task_count)
{
    a->id = draw(seed);
    a->revision = (uint32_t)draw_below(seed, UINT64_C(1) << 32);
    a->status = (uint8_t)(1 + draw_below(seed, CORE_STATUS_LAPSED));
    a->outcome = (uint8_t)draw_below(seed, CORE_OUTCOME_NOT_REQUIRED + 1);
    a->is_deemed = draw(seed) % 2;
    a->is_flagged = draw(seed) % 2;
    a->task_count = (uint8_t)task_count;
    a->received_ms = (core_ms)draw_below(seed, UINT64_C(1) << 60);
    a->accepted_ms = (core_ms)draw_below(seed, UINT64_C(1) << 60);
    a->decided_ms = (core_ms)draw_below(seed, UINT64_C(1) << 60);
    a->closed_ms = (core_ms)draw_below(seed, UINT64_C(1) << 60);
    a->received_day = (core_day)draw_below(seed, CORE_DAY_MAX + 1);
    a->accepted_day = (core_day)draw_below(seed, CORE_DAY_MAX + 1);
    draw_clock(seed, &a->clocks[0]);
    draw_clock(seed, &a->clocks[1]);
    draw_clock(seed, &a->supplement);
    for (unsigned i = 0; i < task_count; i++)
        draw_task(seed, &a->tasks[i]);
}

/* Whatever the fields hold, also what no step would ever make. */
static void every_field_comes_back(void **state)
{
    struct fixture f;
    uint64_t seed = 20240208;

    (void)state;
    set_up(&f, 1);
    for (unsigned round = 0; round < 500; round++) {
        draw_application(&seed, f.file.application, 1 + round % CORE_TASKS_MAX);
        check_round_trip(&f);
    }
    tear_down(&f);
}

/* The longest form of 64 tasks stays below the limit that the store plans with. */
static void the_largest_state_fits(void **state)
{
    struct fixture f;
    struct core_clock clock = {CORE_CLOCK_PAUSED, true, true, CORE_DAY_MAX,
                               CORE_DAY_MAX - 1,  1,    1,    CORE_DAY_MAX,
                               CORE_DAY_MAX};
    struct core_task task = {.state = CORE_TASK_PARKED,
                             .opinion = 1,
                             .park_reason = 1,
                             .pause_kind = 1,
                             .crashes = UINT8_MAX,
                             .attempt = UINT16_MAX,
                             .failures = UINT16_MAX,
                             .epoch = UINT32_MAX,
                             .since_ms = INT64_C(1) << 60,
                             .clocks = {clock, clock}};

    (void)state;
    set_up(&f, CORE_TASKS_MAX);
    *f.file.application = (struct core_application){.id = UINT64_MAX,
                                                    .revision = UINT32_MAX,
                                                    .status = CORE_STATUS_DECIDED,
                                                    .task_count = CORE_TASKS_MAX,
                                                    .accepted_ms = INT64_C(1) << 60,
                                                    .decided_ms = INT64_C(1) << 60,
                                                    .closed_ms = INT64_C(1) << 60,
                                                    .clocks = {clock, clock},
                                                    .supplement = clock};
    for (unsigned i = 0; i < CORE_TASKS_MAX; i++)
        f.file.application->tasks[i] = task;
    check_round_trip(&f);
    tear_down(&f);
}

/* Every prefix is too short, and one byte more is one too many. */
static void what_is_cut_or_longer_is_refused(void **state)
{
    struct fixture f;
    uint8_t bytes[CORE_PACKED_MAX + 1];
    unsigned count = 42;

    (void)state;
    set_up(&f, 6);
    make_typical(&f);
    size_t size = pack(&f, bytes);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *exact = malloc(cut + 1); /* so that a read past the end is found */
        assert_non_null(exact);
        memcpy(exact + 1, bytes, cut);
        assert_int_equal(OD_ESYNTAX, core_application_unpack(f.copy, exact + 1, cut));
        free(exact);
    }
    bytes[size] = 0;
    assert_int_equal(OD_ESYNTAX, core_application_unpack(f.copy, bytes, size + 1));

    assert_int_equal(OD_ESYNTAX, core_application_peek(bytes, 1, &count));
    assert_int_equal(OD_ESYNTAX, core_application_peek((const uint8_t[]){2, 1}, 2, &count));
    assert_int_equal(OD_ESYNTAX, core_application_peek((const uint8_t[]){1, 0}, 2, &count));
    assert_int_equal(OD_ESYNTAX, core_application_peek((const uint8_t[]){1, 65}, 2, &count));
    assert_int_equal(42, count);
    assert_int_equal(OD_OK, core_application_peek((const uint8_t[]){1, 64}, 2, &count));
    assert_int_equal(64, count);
    tear_down(&f);
}

/* Flipped, overwritten and cut bytes: refused, or the one packed form of another state. */
static void garbage_is_refused_or_canonical(void **state)
{
    struct fixture f;
    uint8_t bytes[CORE_PACKED_MAX];
    uint8_t again[CORE_PACKED_MAX];
    uint64_t seed = 7;
    unsigned accepted = 0;

    (void)state;
    set_up(&f, 6);
    make_typical(&f);
    size_t size = pack(&f, bytes);
    for (unsigned round = 0; round < 100000; round++) {
        uint8_t mutated[CORE_PACKED_MAX];
        unsigned count = 0;
        size_t length = round % 4 == 0 ? draw(&seed) % (size + 1) : size;
        memcpy(mutated, bytes, size);
        for (uint64_t flips = 1 + draw(&seed) % 3; flips > 0; flips--)
            mutated[draw(&seed) % size] ^= (uint8_t)(1u << draw(&seed) % 8);
        if (core_application_peek(mutated, length, &count) != OD_OK)
            continue;
        if (core_application_unpack(f.copy, mutated, length) != OD_OK)
            continue;
        accepted++;
        assert_int_equal(length, core_application_pack(f.copy, again, sizeof(again)));
        assert_memory_equal(mutated, again, length);
        core_application_wake(f.copy);
    }
    assert_true(accepted > 1000); /* some flips only change a number */
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_typical_application_is_small),
        cmocka_unit_test(pack_wants_room),
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(the_largest_state_fits),
        cmocka_unit_test(what_is_cut_or_longer_is_refused),
        cmocka_unit_test(garbage_is_refused_or_canonical),
    };

    return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
