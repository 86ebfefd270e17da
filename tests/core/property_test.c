/* SPDX-License-Identifier: Apache-2.0 */
/* The seven invariants of dates, each over thousands of random offices. A failure names its seed; PROPERTY_SEED
 * runs that one alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/sim_count.h"
#include "core/sim_office.h"
#include "core/turn.h"

#define SEEDS 4000
#define STEPS 30

struct life {
    struct sim_office office;
    struct core_application *application; /* owned, as the copies */
    struct core_application *copy;
    struct core_application *before;
    struct core_effects effects;
    struct count_table table;
    unsigned tabled; /* 1 + the almanac of the table, 0 = none */
    uint64_t seed;
};

typedef void (*property_cb)(struct life *life);

static void check(bool is_true, const struct life *life, const char *what)
{
    if (!is_true)
        fail_msg("seed %llu: %s", (unsigned long long)life->seed, what);
}

static unsigned draw_below(struct life *life, unsigned limit)
{
    return (unsigned)(sim_draw(&life->office) % limit);
}

static void begin(struct life *life, uint64_t seed)
{
    life->seed = seed;
    life->tabled = 0;
    sim_office_init(&life->office, seed);
    memset(life->application, 0, core_application_size(CORE_TASKS_MAX));
    memset(life->copy, 0, core_application_size(CORE_TASKS_MAX));
}

/* Every seed once, on a fresh application. */
static void for_all(property_cb on_life)
{
    const char *only = getenv("PROPERTY_SEED");
    struct life *life = calloc(1, sizeof(*life));

    assert_non_null(life);
    life->application = calloc(1, core_application_size(CORE_TASKS_MAX));
    life->copy = calloc(1, core_application_size(CORE_TASKS_MAX));
    life->before = calloc(1, core_application_size(CORE_TASKS_MAX));
    assert_true(life->application != NULL && life->copy != NULL && life->before != NULL);
    for (uint64_t seed = only != NULL ? strtoull(only, NULL, 10) : 1; seed <= SEEDS || only != NULL; seed++) {
        begin(life, seed);
        on_life(life);
        if (only != NULL)
            break;
    }
    free(life->application);
    free(life->copy);
    free(life->before);
    free(life);
}

static int step(struct life *life, struct core_event event)
{
    event.time = life->office.now;
    memcpy(life->before, life->application, core_application_size(life->office.rules.matter_count));
    return core_step(&life->office.rules, life->application, &event, &life->effects);
}

static void must_step(struct life *life, struct core_event event, const char *what)
{
    check(step(life, event) == OD_OK, life, what);
}

static void must_receive(struct life *life)
{
    must_step(life, (struct core_event){.type = CORE_RECEIVED,
                                        .received = {.id = 1,
                                                     .included = core_rules_tasks(&life->office.rules),
                                                     .is_complete = true}}, "received");
}

/* Every department has its task in hand. */
static void must_hand_out(struct life *life)
{
    for (unsigned i = 0; i < life->office.rules.matter_count; i++) {
        must_step(life, (struct core_event){.type = CORE_OFFERED,
                                            .offered = {.tasks = core_task_bit(i), .epoch = 1}}, "offered");
        must_step(life, (struct core_event){.type = CORE_ACCEPTED, .task = i}, "accepted");
    }
}

/* A service of few matters, all at once, whose clocks are those of the law in any unit. */
static void simplify(struct life *life)
{
    struct core_rules *rules = &life->office.rules;

    rules->matter_count = (uint8_t)(1 + draw_below(life, 4));
    for (unsigned i = 0; i < rules->matter_count; i++) {
        struct core_matter_rule *matter = &life->office.matters[i];
        *matter = (struct core_matter_rule){
            .statutory = matter->statutory, .promised = matter->promised, .pause_kinds = UINT32_MAX};
        matter->statutory.reset_on = matter->promised.reset_on = 0;
    }
    rules->expiry = CORE_EXPIRY_NONE;
    rules->tolerance = rules->supplement = rules->delivery = (struct core_limit){0};
    rules->statutory.reset_on = rules->promised.reset_on = 0;
}

/* -- A pause never moves a due date earlier (K-4) -- */

static void pause_or_go_on(struct life *life)
{
    unsigned index = draw_below(life, life->application->task_count);
    uint8_t kind = (uint8_t)(1 + draw_below(life, CORE_PAUSE_AUCTION));

    switch ((enum core_task_state)life->application->tasks[index].state) {
    case CORE_TASK_ACCEPTED:
        if (kind > CORE_PAUSE_TENDER)
            must_step(life, (struct core_event){.type = CORE_ASKED, .task = index}, "asked");
        else
            must_step(life, (struct core_event){.type = CORE_PAUSED, .task = index, .pause_kind = kind}, "paused");
        break;
    case CORE_TASK_PAUSED: must_step(life, (struct core_event){.type = CORE_UNPAUSED, .task = index}, "resumed"); break;
    case CORE_TASK_WAITING_APPLICANT:
        must_step(life, (struct core_event){.type = CORE_SUPPLEMENTED,
                                            .supplemented = {.answered = core_task_bit(index)}}, "answered");
        break;
    case CORE_TASK_NONE:
    case CORE_TASK_BLOCKED:
    case CORE_TASK_QUEUED:
    case CORE_TASK_OFFERED:
    case CORE_TASK_PARKED:
    case CORE_TASK_DONE:
    case CORE_TASK_CANCELLED:
    case CORE_TASK_SKIPPED: check(false, life, "a state that nobody brought it to"); break;
    }
}

static void check_not_earlier(const struct life *life, const struct core_clock *old, const struct core_clock *new)
{
    check(new->due >= old->due && new->due_minute >= old->due_minute, life, "a due date moved earlier");
    check(new->warn >= old->warn && new->warn_minute >= old->warn_minute, life, "a warning moved earlier");
}

static void on_pauses(struct life *life)
{
    simplify(life);
    must_receive(life);
    must_hand_out(life);
    for (unsigned i = 0; i < STEPS; i++) {
        sim_pass_time(&life->office);
        pause_or_go_on(life);
        for (int id = 0; id < CORE_CLOCKS; id++) {
            check_not_earlier(life, &life->before->clocks[id], &life->application->clocks[id]);
            for (unsigned task = 0; task < life->application->task_count; task++)
                check_not_earlier(life, &life->before->tasks[task].clocks[id], &life->application->tasks[task].clocks[id]);
        }
    }
}

static void a_pause_never_moves_a_due_date_earlier(void **state)
{
    (void)state;
    for_all(on_pauses);
}

/* -- Replay gives the same dates -- */

/* As the hub does: the state is read back from its row before each step. */
static void read_back(struct life *life, struct core_application *application)
{
    uint8_t bytes[CORE_PACKED_MAX];

    if (application->status == CORE_STATUS_NONE)
        return;
    size_t size = core_application_pack(application, bytes, sizeof(bytes));
    check(size > 0, life, "packed");
    memset(application, 0x5a, core_application_size(application->task_count));
    check(core_application_unpack(application, bytes, size) == OD_OK, life, "unpacked");
}

static void check_same(const struct life *life, const struct core_application *a, const struct core_application *b)
{
    uint8_t bytes[2][CORE_PACKED_MAX];
    size_t size = core_application_pack(a, bytes[0], sizeof(bytes[0]));

    check(size == core_application_pack(b, bytes[1], sizeof(bytes[1])) && memcmp(bytes[0], bytes[1], size) == 0, life,
          "the states differ");
}

static void on_replay(struct life *life)
{
    struct core_event taken[STEPS];
    unsigned count = 0;

    for (unsigned i = 0; i < STEPS; i++) {
        sim_pass_time(&life->office);
        struct core_event event = sim_draw_event(&life->office, life->application);
        if (core_step(&life->office.rules, life->application, &event, &life->effects) != OD_OK)
            continue;
        taken[count++] = event;
        check(core_step(&life->office.rules, life->copy, &event, &life->effects) == OD_OK, life, "beside it");
        check_same(life, life->application, life->copy);
        read_back(life, life->copy);
    }
    if (count == 0)
        return;
    memset(life->copy, 0, core_application_size(CORE_TASKS_MAX));
    for (unsigned i = 0; i < count; i++)
        check(core_step(&life->office.rules, life->copy, &taken[i], &life->effects) == OD_OK, life, "from the start");
    check_same(life, life->application, life->copy);
}

static void replaying_gives_the_same_dates(void **state)
{
    (void)state;
    for_all(on_replay);
}

/* -- An amended calendar re-dates, and says so (C-6) -- */

/* The days of the calendar in force, or of the other one. */
static const struct count_table *table_of(struct life *life, const struct core_calendar *calendar)
{
    unsigned wanted = calendar == &life->office.calendar ? life->office.almanac + 1 : SIM_ALMANACS + 1;

    if (life->tabled != wanted)
        count_table_init(&life->table, calendar, SIM_FIRST_DAY);
    life->tabled = wanted;
    return &life->table;
}

/* Recount by hand what the clock shows, from its start, its stops and its extensions. */
static struct count_clock recount(struct life *life, const struct core_clock *clock, const struct core_span *span)
{
    const struct count_table *table = table_of(life, span->calendar);
    struct count_stops stops = {.count = (unsigned)span->stop_count};
    struct count_clock own = {.limit = *span->limit, .table = table, .pause_on = span->pause_on, .task = span->task,
                              .phase = clock->state == CORE_CLOCK_PAUSED ? COUNT_STANDING : COUNT_RUNNING,
                              .extended = clock->extended, .start = clock->start,
                              .start_minute = clock->start_minute, .offset = clock->offset};

    for (unsigned i = 0; i < stops.count; i++)
        stops.items[i] = (struct count_stop){.from = span->stops[i].from, .until = span->stops[i].until,
                                             .from_minute = span->stops[i].from_minute,
                                             .until_minute = span->stops[i].until_minute, .task = span->stops[i].task,
                                             .kind = span->stops[i].kind, .is_open = span->stops[i].until == 0};
    count_again(&own, &stops);
    check(own.due != 0, life, "counted");
    return own;
}

static bool was_told(const struct life *life, unsigned task, enum core_clock_id id)
{
    for (size_t i = 0; i < life->effects.count; i++) {
        const struct core_effect *effect = &life->effects.items[i];
        if (effect->type == CORE_EFFECT_REDATED && effect->task == task && effect->clock == id)
            return true;
    }
    return false;
}

/* Returns whether something moved. */
static bool check_redated(struct life *life, const struct core_clock *old, const struct core_clock *new,
                          const struct core_span *span, unsigned task, enum core_clock_id id)
{
    bool has_moved = old->due != new->due || old->warn != new->warn || old->is_provisional != new->is_provisional;

    check(was_told(life, task, id) == has_moved, life, "what moves is told, and nothing else");
    if (new->state != CORE_CLOCK_RUNNING && new->state != CORE_CLOCK_PAUSED)
        return has_moved;
    struct count_clock own = recount(life, new, span);
    check(own.due == new->due && own.due_minute == new->due_minute, life, "the date is that of a recount");
    check(own.warn == new->warn && own.is_provisional == new->is_provisional, life, "and so is the warning");
    return has_moved;
}

static void on_amendment(struct life *life)
{
    bool has_moved = false;

    simplify(life);
    must_receive(life);
    must_hand_out(life);
    for (unsigned i = draw_below(life, STEPS); i > 0; i--) {
        sim_pass_time(&life->office);
        pause_or_go_on(life);
    }
    sim_publish(&life->office, 1);
    int rc = step(life, (struct core_event){.type = CORE_REDATED});
    const struct core_rules *rules = &life->office.rules;
    for (int id = 0; id < CORE_CLOCKS; id++) {
        const struct core_limit *limit = id == CORE_CLOCK_PROMISED ? &rules->promised : &rules->statutory;
        struct core_span span = core_span_of(rules, life->application, limit, CORE_PLACE_JOINT, CORE_TASKS_MAX);
        has_moved |= check_redated(life, &life->before->clocks[id], &life->application->clocks[id], &span,
                                   CORE_TASKS_MAX, (enum core_clock_id)id);
        for (unsigned i = 0; i < rules->matter_count; i++) {
            limit = core_matter_limit(&rules->matters[i], (enum core_clock_id)id);
            span = core_span_of(rules, life->application, limit, CORE_PLACE_TASK, i);
            has_moved |= check_redated(life, &life->before->tasks[i].clocks[id],
                                       &life->application->tasks[i].clocks[id], &span, i, (enum core_clock_id)id);
        }
    }
    check(rc == (has_moved ? OD_OK : OD_ENOTFOUND), life, "taken when something moved");
}

static void an_amended_calendar_redates_and_says_so(void **state)
{
    (void)state;
    for_all(on_amendment);
}

/* -- A promise is never later than the statute (K-12) -- */

static void on_promise(struct life *life)
{
    struct core_rules *rules = &life->office.rules;
    const struct core_clock *clocks = life->application->clocks;

    simplify(life);
    rules->statutory = rules->promised = (struct core_limit){.unit = CORE_UNIT_WORKING_DAY};
    rules->statutory.length = 10 + (int)draw_below(life, 20);
    rules->promised.length = 1 + (int)draw_below(life, (unsigned)rules->statutory.length);
    rules->statutory.extend = rules->promised.extend = (struct core_extend){.times_max = 9, .length_max = 20};
    must_receive(life);
    for (unsigned i = 0; i < 9; i++) {
        uint8_t id = (uint8_t)draw_below(life, CORE_CLOCKS);
        int32_t length = 1 + (int32_t)draw_below(life, 6);
        struct count_clock wanted = {0};
        struct core_clock longer = clocks[CORE_CLOCK_PROMISED];
        longer.extended += length;
        struct core_span span = core_span_of(rules, life->application, &rules->promised, CORE_PLACE_JOINT, CORE_TASKS_MAX);
        wanted = recount(life, &longer, &span);
        bool is_too_late = id == CORE_CLOCK_PROMISED && wanted.due > clocks[CORE_CLOCK_STATUTORY].due;
        int rc = step(life, (struct core_event){.type = CORE_EXTENDED, .task = CORE_TASKS_MAX,
                                                .extended = {.clock = id, .rank = CORE_RANK_HEAD, .length = length}});
        check(rc == (is_too_late ? OD_ECONFLICT : OD_OK), life, "refused exactly when it would pass the statute");
        check(clocks[CORE_CLOCK_PROMISED].due <= clocks[CORE_CLOCK_STATUTORY].due, life, "a promise past the statute");
    }
}

static void a_promise_is_never_later_than_the_statute(void **state)
{
    (void)state;
    for_all(on_promise);
}

/* -- A late extension is refused, and counted (K-11) -- */

static void on_extension(struct life *life)
{
    struct core_clock *clock = &life->application->tasks[0].clocks[CORE_CLOCK_STATUTORY];

    simplify(life);
    life->office.matters[0].statutory =
        (struct core_limit){.unit = (enum core_unit)(1 + draw_below(life, CORE_UNIT_MONTH)),
                            .length = 1 + (int)draw_below(life, 3),
                            .extend = {.times_max = 1, .length_max = 5}};
    must_receive(life);
    core_day due = clock->due;
    int32_t due_minute = clock->due_minute;
    for (unsigned i = draw_below(life, 20); i > 0; i--)
        sim_pass_time(&life->office);
    bool is_late = due_minute != 0 ? life->office.now.ms / 60000 > due_minute : life->office.now.day > due;
    must_step(life, (struct core_event){.type = CORE_EXTENDED,
                                        .extended = {.clock = CORE_CLOCK_STATUTORY, .length = 5}}, "taken");
    bool is_counted = life->application->tasks[0].has_late_extension && life->application->is_flagged;
    check(is_counted == is_late, life, "a late one is counted, and no other");
    check(life->effects.items[0].type == (is_late ? CORE_EFFECT_LATE_EXTENSION : CORE_EFFECT_NOTICE), life, "and told");
    check(clock->extensions == !is_late, life, "granted in time alone");
    check(!is_late || (clock->due == due && clock->due_minute == due_minute), life, "a late one moves nothing");
    check(is_late || clock->due > due || clock->due_minute > due_minute, life, "one in time moves the date");
}

static void a_late_extension_is_refused_and_counted(void **state)
{
    (void)state;
    for_all(on_extension);
}

/* -- Silence accepts as of the receipt: an earlier due date (I-9) -- */

static void on_silence(struct life *life)
{
    struct core_rules *rules = &life->office.rules;

    simplify(life);
    rules->intake = (struct core_limit){.unit = CORE_UNIT_WORKING_DAY, .length = 1 + (int)draw_below(life, 9)};
    rules->statutory.start = rules->statutory.not_started_until = CORE_START_DEFAULT;
    struct core_time received = life->office.now;
    bool is_summer = life->office.is_summer;
    struct core_event event = {.type = CORE_RECEIVED, .time = received,
                               .received = {.id = 1, .included = core_rules_tasks(rules), .is_complete = true}};
    check(core_step(rules, life->copy, &event, &life->effects) == OD_OK, life, "accepted at once");
    event.received.intake = CORE_INTAKE_UNCHECKED;
    must_step(life, event, "received");
    while (life->application->status == CORE_STATUS_RECEIVED) {
        sim_pass_time(&life->office);
        int rc = step(life, (struct core_event){.type = CORE_WOKEN});
        check(rc == OD_OK || rc == OD_ENOTFOUND, life, "woken");
    }
    const struct core_clock *silent = &life->application->clocks[CORE_CLOCK_STATUTORY];
    check(life->application->is_accepted_by_silence && life->application->is_flagged, life, "by silence");
    if (silent->due_minute == 0 || life->office.is_summer == is_summer) { /* else what an hour is on the wall has changed */
        check(silent->due == life->copy->clocks[CORE_CLOCK_STATUTORY].due, life, "as if accepted on the day of receipt");
        check(silent->due_minute == life->copy->clocks[CORE_CLOCK_STATUTORY].due_minute, life, "to the minute");
    }
    if (silent->state != CORE_CLOCK_RUNNING)
        return;
    struct core_clock today = {0};
    struct core_span span = core_span_of(rules, life->application, &rules->statutory, CORE_PLACE_JOINT, CORE_TASKS_MAX);
    struct core_moment now = core_moment_of(&life->office.now);
    check(core_clock_start(&today, &span, &now) == OD_OK, life, "started today");
    check(silent->due <= today.due && silent->start < today.start, life, "earlier than from today");
    bool is_past = silent->due_minute != 0 ? now.minute > silent->due_minute : now.day > silent->due;
    int rc = step(life, (struct core_event){.type = CORE_WOKEN});
    check(!is_past || (rc == OD_OK && silent->is_overdue), life, "and overdue at once when it has run out");
}

static void silence_accepts_as_of_the_receipt(void **state)
{
    (void)state;
    for_all(on_silence);
}

/* -- Overlapping pauses are a union (K-8) -- */

/* Days on which at least one department stood still, marked by each pause on its own. */
struct stillness {
    bool is_still[COUNT_DAYS];
};

static void on_union(struct life *life)
{
    struct core_rules *rules = &life->office.rules;
    struct stillness days = {0};
    core_day began[4] = {0};

    simplify(life);
    rules->statutory = (struct core_limit){.unit = draw_below(life, 2) ? CORE_UNIT_WORKING_DAY : CORE_UNIT_CALENDAR_DAY,
                                           .length = 200};
    must_receive(life);
    must_hand_out(life);
    core_day start = life->application->clocks[CORE_CLOCK_STATUTORY].start;
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned index = draw_below(life, rules->matter_count);
        bool is_paused = life->application->tasks[index].state == CORE_TASK_PAUSED;
        sim_pass_time(&life->office);
        must_step(life, (struct core_event){.type = is_paused ? CORE_UNPAUSED : CORE_PAUSED, .task = index,
                                            .pause_kind = is_paused ? 0 : CORE_PAUSE_TESTING}, "paused or resumed");
        for (core_day day = began[index] + 1; is_paused && day <= life->office.now.day; day++)
            days.is_still[day - SIM_FIRST_DAY] = true; /* whatever the others did */
        began[index] = life->office.now.day;
    }
    for (unsigned i = 0; i < rules->matter_count; i++) {
        if (life->application->tasks[i].state != CORE_TASK_PAUSED)
            continue;
        must_step(life, (struct core_event){.type = CORE_UNPAUSED, .task = i}, "resumed");
        for (core_day day = began[i] + 1; day <= life->office.now.day; day++)
            days.is_still[day - SIM_FIRST_DAY] = true;
    }
    core_day due = start;
    for (int left = rules->statutory.length; left > 0;) {
        due++;
        bool is_off = rules->statutory.unit == CORE_UNIT_WORKING_DAY && !core_calendar_is_worked(rules->calendar, due);
        left -= !is_off && !days.is_still[due - SIM_FIRST_DAY];
    }
    check(life->application->clocks[CORE_CLOCK_STATUTORY].due == due, life, "each day of stillness once");
    check(life->application->clocks[CORE_CLOCK_STATUTORY].state == CORE_CLOCK_RUNNING, life, "and it runs again");
}

static void overlapping_pauses_are_a_union(void **state)
{
    (void)state;
    for_all(on_union);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_never_moves_a_due_date_earlier),
        cmocka_unit_test(replaying_gives_the_same_dates),
        cmocka_unit_test(an_amended_calendar_redates_and_says_so),
        cmocka_unit_test(a_promise_is_never_later_than_the_statute),
        cmocka_unit_test(a_late_extension_is_refused_and_counted),
        cmocka_unit_test(silence_accepts_as_of_the_receipt),
        cmocka_unit_test(overlapping_pauses_are_a_union),
    };

    return cmocka_run_group_tests_name("property", tests, NULL, NULL);
}
