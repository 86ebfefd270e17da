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
        fixture->service.matters[i].promised = (struct core_limit){
            .unit = CORE_UNIT_CALENDAR_DAY, .length = 2, .end_roll = CORE_END_ROLL_NEXT_WORKING_DAY};
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
    assert_int_equal(a->is_warned, b->is_warned);
    assert_int_equal(a->extensions, b->extensions);
    assert_int_equal(a->offset, b->offset);
    assert_int_equal(a->warn, b->warn);
    assert_int_equal(a->ended, b->ended);
    assert_int_equal(a->extended, b->extended);
    assert_int_equal(a->start_minute, b->start_minute);
    assert_int_equal(a->due_minute, b->due_minute);
    assert_int_equal(a->warn_minute, b->warn_minute);
}

static void assert_same_task(const struct core_task *a, const struct core_task *b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->opinion, b->opinion);
    assert_int_equal(a->held, b->held);
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
    assert_int_equal(a->has_late_extension, b->has_late_extension);
    assert_int_equal(a->is_unanswered, b->is_unanswered);
    assert_int_equal(a->milestones, b->milestones);
    assert_int_equal(a->watch_days, b->watch_days);
    assert_same_clock(&a->clocks[0], &b->clocks[0]);
    assert_same_clock(&a->clocks[1], &b->clocks[1]);
    assert_same_clock(&a->watch, &b->watch);
    for (unsigned i = 0; i < CORE_STAGES_MAX; i++)
        assert_same_clock(&a->stages[i], &b->stages[i]);
}

static void assert_same_stop(const struct core_stop *a, const struct core_stop *b)
{
    assert_int_equal(a->from, b->from);
    assert_int_equal(a->until, b->until);
    assert_int_equal(a->from_minute, b->from_minute);
    assert_int_equal(a->until_minute, b->until_minute);
    assert_int_equal(a->task, b->task);
    assert_int_equal(a->kind, b->kind);
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
    assert_int_equal(a->receipt_day, b->receipt_day);
    assert_int_equal(a->accepted_day, b->accepted_day);
    assert_int_equal(a->is_accepted_by_silence, b->is_accepted_by_silence);
    assert_int_equal(a->is_late_stage, b->is_late_stage);
    assert_int_equal(a->notices, b->notices);
    assert_int_equal(a->telling, b->telling);
    assert_int_equal(a->presumed_day, b->presumed_day);
    assert_int_equal(a->notice_minute, b->notice_minute);
    assert_true(a->included == b->included && a->told == b->told && a->checked == b->checked && a->lacking == b->lacking);
    assert_same_clock(&a->intake, &b->intake);
    assert_same_clock(&a->tolerance, &b->tolerance);
    assert_same_clock(&a->delivery, &b->delivery);
    assert_int_equal(a->stop_count, b->stop_count);
    for (unsigned i = 0; i < a->stop_count; i++)
        assert_same_stop(&a->stops[i], &b->stops[i]);
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

/* The same with one of everything that is rare. */
static void make_rich(struct fixture *fixture)
{
    static const struct core_stage_rule stages[] = {
        {.id = "told", .starts_on = CORE_MILESTONE_WORKABLE, .ends_on = CORE_MILESTONE_HEARING_TOLD}};
    struct office_service *service = &fixture->service;

    service->rules.statutory.extend = (struct core_extend){.times_max = 1, .length_max = 10};
    service->rules.intake = office_limit(5);
    service->rules.delivery = (struct core_limit){.unit = CORE_UNIT_HOUR, .length = 240, .warn_percent = 50};
    service->matters[1].watch = office_limit(15);
    service->matters[0].stages = stages;
    service->matters[0].stage_count = 1;
    make_typical(fixture);
    assert_int_equal(OD_OK, office_extend(&fixture->file, CORE_TASKS_MAX, CORE_CLOCK_STATUTORY, 10, CORE_RANK_HEAD));
    office_wait(&fixture->file, office_day(2024, 2, 21));
    struct core_application *application = fixture->file.application;
    assert_int_equal(1, application->notices); /* and one clock in hours, as the decision would start it */
    struct core_span span = {.calendar = &office_calendar, .limit = &service->rules.delivery};
    struct core_moment from = {application->received_day, 28475000, 480};
    assert_int_equal(OD_OK, core_clock_start(&application->delivery, &span, &from));
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

static int32_t draw_day(uint64_t *seed)
{
    return (int32_t)draw_below(seed, CORE_DAY_MAX + 1);
}

static int32_t draw_minute(uint64_t *seed)
{
    return (int32_t)draw_below(seed, UINT64_C(1) << 31);
}

static core_ms draw_ms(uint64_t *seed)
{
    return (core_ms)draw_below(seed, UINT64_C(1) << 60);
}

static void draw_clock(uint64_t *seed, struct core_clock *clock)
{
    *clock = (struct core_clock){.state = (uint8_t)(1 + draw_below(seed, CORE_CLOCK_STOPPED)),
                                 .is_overdue = draw(seed) % 2,
                                 .is_provisional = draw(seed) % 2,
                                 .is_warned = draw(seed) % 2,
                                 .start = draw_day(seed),
                                 .due = draw_day(seed),
                                 .warn = draw_day(seed),
                                 .ended = draw_day(seed),
                                 .extensions = (uint8_t)draw_below(seed, UINT8_MAX + 1),
                                 .extended = draw_day(seed)};
    if (draw(seed) % 2 == 0)
        return;
    clock->start_minute = draw_minute(seed);
    clock->due_minute = 1 + (int32_t)draw_below(seed, INT32_MAX);
    clock->warn_minute = draw_minute(seed);
    clock->offset = (int16_t)(draw_below(seed, 65536) - 32768);
}

static void draw_flags(uint64_t *seed, struct core_task *task)
{
    task->is_deemed = draw(seed) % 2;
    task->is_redelivered = draw(seed) % 2;
    task->is_cancel_owed = draw(seed) % 2;
    task->is_input_owed = draw(seed) % 2;
    task->is_by_officer = draw(seed) % 2;
    task->has_late_opinion = draw(seed) % 2;
    task->has_late_extension = draw(seed) % 2;
    task->is_unanswered = draw(seed) % 2;
}

static void draw_task(uint64_t *seed, struct core_task *task)
{
    *task = (struct core_task){.state = (uint8_t)(1 + draw_below(seed, CORE_TASK_SKIPPED)),
                               .opinion = (uint8_t)draw_below(seed, CORE_OPINION_NOT_APPLICABLE + 1),
                               .held = (uint8_t)draw_below(seed, CORE_OPINION_APPROVE_WITH_CONDITIONS + 1),
                               .park_reason = (uint8_t)draw_below(seed, CORE_PARK_BY_CONNECTOR + 1),
                               .pause_kind = (uint8_t)draw_below(seed, CORE_PAUSE_AUCTION + 1),
                               .crashes = (uint8_t)draw_below(seed, 256),
                               .attempt = (uint16_t)draw_below(seed, 65536),
                               .failures = (uint16_t)draw_below(seed, 65536),
                               .milestones = (uint16_t)draw_below(seed, 65536),
                               .epoch = (uint32_t)draw_below(seed, UINT64_C(1) << 32),
                               .since_ms = draw_ms(seed)};
    draw_flags(seed, task);
    draw_clock(seed, &task->clocks[0]);
    draw_clock(seed, &task->clocks[1]);
    if (draw(seed) % 2 == 0) {
        task->watch_days = (int32_t)draw_below(seed, CORE_LIMIT_DAYS_MAX + 1);
        draw_clock(seed, &task->watch);
    }
    for (unsigned i = draw(seed) % 2 == 0 ? 0 : CORE_STAGES_MAX; i < CORE_STAGES_MAX; i++)
        draw_clock(seed, &task->stages[i]);
}

static void draw_stops(uint64_t *seed, struct core_application *a)
{
    a->stop_count = (uint8_t)draw_below(seed, CORE_STOPS_MAX + 1);
    for (unsigned i = 0; i < a->stop_count; i++) {
        bool is_closed = draw(seed) % 2;
        a->stops[i] = (struct core_stop){.from = draw_day(seed),
                                         .from_minute = draw_minute(seed),
                                         .until = is_closed ? 1 + (core_day)draw_below(seed, CORE_DAY_MAX) : 0,
                                         .until_minute = is_closed ? draw_minute(seed) : 0,
                                         .task = (uint8_t)draw_below(seed, a->task_count),
                                         .kind = (uint8_t)(1 + draw_below(seed, CORE_PAUSE_SUPPLEMENT))};
    }
}

/* What is only there at times. */
static void draw_rare(uint64_t *seed, struct core_application *a)
{
    bool has_rare = draw(seed) % 2;

    a->intake = a->tolerance = a->delivery = (struct core_clock){0};
    if (draw(seed) % 2 == 0) {
        draw_clock(seed, &a->intake);
        draw_clock(seed, &a->tolerance);
        draw_clock(seed, &a->delivery);
    }
    a->notices = has_rare ? (uint8_t)draw_below(seed, 256) : 0;
    a->told = has_rare ? draw(seed) : 0;
    a->checked = has_rare ? draw(seed) : 0;
    a->lacking = has_rare ? draw(seed) : 0;
    a->notice_minute =
        has_rare ? (core_minute)draw_below(seed, ((uint64_t)CORE_DAY_MAX + 1) * CORE_DAY_MINUTES + 1) : 0;
    draw_stops(seed, a);
}

static void draw_application(uint64_t *seed, struct core_application *a, unsigned task_count)
{
    a->id = draw(seed);
    a->revision = (uint32_t)draw_below(seed, UINT64_C(1) << 32);
    a->status = (uint8_t)(1 + draw_below(seed, CORE_STATUS_RECEIVED));
    a->outcome = (uint8_t)draw_below(seed, CORE_OUTCOME_NOT_REQUIRED + 1);
    a->is_deemed = draw(seed) % 2;
    a->is_flagged = draw(seed) % 2;
    a->is_accepted_by_silence = draw(seed) % 2;
    a->is_late_stage = draw(seed) % 2;
    a->task_count = (uint8_t)task_count;
    a->received_ms = draw_ms(seed);
    a->accepted_ms = draw_ms(seed);
    a->decided_ms = draw_ms(seed);
    a->closed_ms = draw_ms(seed);
    a->received_day = draw_day(seed);
    a->receipt_day = draw_day(seed);
    a->accepted_day = draw_day(seed);
    draw_rare(seed, a);
    draw_clock(seed, &a->clocks[0]);
    draw_clock(seed, &a->clocks[1]);
    draw_clock(seed, &a->supplement);
    a->included = 0;
    for (unsigned i = 0; i < task_count; i++) {
        draw_task(seed, &a->tasks[i]);
        if (a->tasks[i].state != CORE_TASK_SKIPPED)
            a->included |= core_task_bit(i);
    }
}

/* Also what no step would ever make. */
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
    struct core_clock clock = {.state = CORE_CLOCK_STOPPED, .is_warned = true, .is_overdue = true,
                               .is_provisional = true, .extensions = UINT8_MAX, .offset = INT16_MIN,
                               .start = CORE_DAY_MAX, .due = CORE_DAY_MAX, .warn = CORE_DAY_MAX,
                               .ended = CORE_DAY_MAX, .extended = CORE_DAY_MAX, .start_minute = INT32_MAX,
                               .due_minute = INT32_MAX, .warn_minute = INT32_MAX};
    struct core_task task = {.state = CORE_TASK_PARKED, .opinion = 1, .held = 1, .park_reason = 1, .pause_kind = 1,
                             .crashes = UINT8_MAX, .attempt = UINT16_MAX, .failures = UINT16_MAX,
                             .milestones = UINT16_MAX, .epoch = UINT32_MAX, .since_ms = INT64_C(1) << 60,
                             .clocks = {clock, clock}, .watch = clock, .watch_days = CORE_LIMIT_DAYS_MAX};
    struct core_application *a;

    (void)state;
    set_up(&f, CORE_TASKS_MAX);
    a = f.file.application;
    *a = (struct core_application){.id = UINT64_MAX, .revision = UINT32_MAX, .status = CORE_STATUS_DECIDED,
                                   .task_count = CORE_TASKS_MAX, .accepted_ms = INT64_C(1) << 60,
                                   .decided_ms = INT64_C(1) << 60, .closed_ms = INT64_C(1) << 60,
                                   .notices = UINT8_MAX, .told = UINT64_MAX, .checked = UINT64_MAX,
                                   .lacking = UINT64_MAX, .included = UINT64_MAX,
                                   .notice_minute = ((core_minute)CORE_DAY_MAX + 1) * CORE_DAY_MINUTES,
                                   .clocks = {clock, clock}, .supplement = clock, .intake = clock,
                                   .tolerance = clock, .delivery = clock, .stop_count = CORE_STOPS_MAX};
    for (unsigned i = 0; i < CORE_STAGES_MAX; i++)
        task.stages[i] = clock;
    for (unsigned i = 0; i < a->task_count; i++)
        a->tasks[i] = task;
    for (unsigned i = 0; i < CORE_STOPS_MAX; i++)
        a->stops[i] = (struct core_stop){CORE_DAY_MAX, CORE_DAY_MAX, INT32_MAX, INT32_MAX, CORE_TASKS_MAX - 1,
                                         CORE_PAUSE_SUPPLEMENT};
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
    make_rich(&f);
    check_round_trip(&f);
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
    assert_int_equal(OD_ESYNTAX, core_application_peek((const uint8_t[]){1, 1}, 2, &count));
    assert_int_equal(OD_ESYNTAX, core_application_peek((const uint8_t[]){3, 1}, 2, &count));
    assert_int_equal(OD_ESYNTAX, core_application_peek((const uint8_t[]){2, 0}, 2, &count));
    assert_int_equal(OD_ESYNTAX, core_application_peek((const uint8_t[]){2, 65}, 2, &count));
    assert_int_equal(42, count);
    assert_int_equal(OD_OK, core_application_peek((const uint8_t[]){2, 64}, 2, &count));
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
    make_rich(&f);
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
    assert_true(accepted > 1000); /* some only change a number */
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
