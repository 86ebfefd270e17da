/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sim_office.h"

uint64_t sim_draw(struct sim_office *office)
{
    office->seed ^= office->seed >> 12; /* xorshift64* */
    office->seed ^= office->seed << 25;
    office->seed ^= office->seed >> 27;
    return office->seed * UINT64_C(2685821657736338717) >> 16;
}

static unsigned draw_below(struct sim_office *office, unsigned limit)
{
    return (unsigned)(sim_draw(office) % limit);
}

bool sim_happens(struct sim_office *office, unsigned percent)
{
    return draw_below(office, 100) < percent;
}

static void draw_almanac(struct sim_office *office, struct sim_almanac *almanac)
{
    static const uint8_t weekends[] = {0x60, 0x60, 0x40, 0x30, 0x00, 0x55, 0x7e};
    struct core_calendar *calendar = &almanac->calendar;

    *calendar = (struct core_calendar){
        .holidays = almanac->holidays,
        .make_ups = almanac->make_ups,
        .weekend = weekends[draw_below(office, sizeof(weekends))],
        .published_until = SIM_FIRST_DAY + (core_day)draw_below(office, 400),
        .published_from = sim_happens(office, 50)
                              ? SIM_FIRST_DAY + (core_day)draw_below(office, 60)
                              : 0,
    };
    for (core_day day = SIM_FIRST_DAY; day < SIM_FIRST_DAY + 300; day++) {
        unsigned number = draw_below(office, 100);
        if (number < 12 && calendar->holiday_count < SIM_HOLIDAYS_MAX)
            almanac->holidays[calendar->holiday_count++] = day;
        else if (number > 92 && calendar->make_up_count < SIM_HOLIDAYS_MAX)
            almanac->make_ups[calendar->make_up_count++] = day;
    }
}

void sim_publish(struct sim_office *office, unsigned almanac)
{
    office->almanac = almanac;
    office->calendar = office->almanacs[almanac].calendar;
}

/* Sometimes by another calendar, of which nothing but the weekend is known. */
static const struct core_calendar *draw_calendar(struct sim_office *office)
{
    return sim_happens(office, 90) ? NULL : &office->other;
}

static struct core_limit draw_limit(struct sim_office *office)
{
    static const int lengths[] = {1, 15, 15, 300, 2};
    enum core_unit unit = (enum core_unit)draw_below(office, CORE_UNIT_CALENDAR_DAY + 1);

    if (sim_happens(office, 15))
        unit = sim_happens(office, 50) ? CORE_UNIT_HOUR : CORE_UNIT_MONTH;
    return (struct core_limit){
        .unit = unit,
        .length = 1 + (int)draw_below(office, (unsigned)lengths[unit]),
        .counts_start_day = sim_happens(office, 30),
        .end_roll = unit != CORE_UNIT_HOUR && sim_happens(office, 50) ? CORE_END_ROLL_NEXT_WORKING_DAY
                                                                      : CORE_END_ROLL_NONE,
        .warn_percent = (uint8_t)(sim_happens(office, 30) ? 1 + draw_below(office, 100) : 0),
        .warn_days = sim_happens(office, 30) ? 1 + (int32_t)draw_below(office, 5) : 0,
        .calendar = draw_calendar(office),
    };
}

static uint32_t draw_kinds(struct sim_office *office)
{
    uint32_t kinds = (uint32_t)sim_draw(office) & CORE_PAUSES_ALL;

    return kinds != 0 ? kinds : CORE_PAUSES_NEVER;
}

/* A limit of the review: it may start early, be held back, stand still and be extended. */
static struct core_limit draw_review_limit(struct sim_office *office, enum core_start last)
{
    struct core_limit limit = draw_limit(office);

    limit.is_pause_day_free = sim_happens(office, 20);
    limit.is_resume_day_counted = sim_happens(office, 20);
    limit.is_retroactive = sim_happens(office, 30);
    limit.start = (uint8_t)(sim_happens(office, 30) ? draw_below(office, last + 1) : CORE_START_DEFAULT);
    limit.not_started_until = (uint8_t)(sim_happens(office, 20) ? draw_below(office, last + 1) : CORE_START_DEFAULT);
    limit.pause_on = sim_happens(office, 30) ? draw_kinds(office) : CORE_PAUSES_DEFAULT;
    limit.reset_on = sim_happens(office, 20) ? (uint32_t)draw_below(office, 8) & ~1u : 0;
    if (sim_happens(office, 50))
        limit.extend = (struct core_extend){
            .times_max = (uint8_t)(1 + draw_below(office, 2)),
            .approver = (uint8_t)draw_below(office, CORE_RANK_GOVERNMENT + 1),
            .unit = limit.unit == CORE_UNIT_MONTH && sim_happens(office, 50) ? CORE_UNIT_CALENDAR_DAY : CORE_UNIT_NONE,
            .length_max = 1 + (int32_t)draw_below(office, limit.unit == CORE_UNIT_MONTH ? 2 : 10)};
    return limit;
}

static uint8_t draw_expiry(struct sim_office *office, unsigned percent)
{
    return (uint8_t)(sim_happens(office, percent) ? draw_below(office, CORE_EXPIRY_DEEMED_RENEWAL + 1) : 0);
}

static uint8_t draw_milestone(struct sim_office *office)
{
    return (uint8_t)(CORE_MILESTONE_WORKABLE + draw_below(office, CORE_MILESTONE_HEARING_HELD));
}

static void draw_stages(struct sim_office *office, unsigned index)
{
    struct core_matter_rule *matter = &office->matters[index];

    matter->stages = office->stages[index];
    matter->stage_count = (uint8_t)(sim_happens(office, 30) ? draw_below(office, CORE_STAGES_MAX + 1) : 0);
    for (unsigned i = 0; i < matter->stage_count; i++) {
        struct core_stage_rule *rule = &office->stages[index][i];
        *rule = (struct core_stage_rule){.id = "stage", .limit = draw_limit(office)};
        rule->starts_on = draw_milestone(office);
        do
            rule->ends_on = sim_happens(office, 20) ? CORE_MILESTONE_NONE : draw_milestone(office);
        while (rule->ends_on == rule->starts_on);
        rule->limit.pause_on = sim_happens(office, 40) ? draw_kinds(office) : CORE_PAUSES_DEFAULT;
        rule->lead = rule->ends_on == CORE_MILESTONE_HEARING_ANNOUNCED ? (int32_t)draw_below(office, 4) : 0;
    }
}

static void draw_matters(struct sim_office *office)
{
    for (unsigned i = 0; i < office->rules.matter_count; i++) {
        office->matters[i] = (struct core_matter_rule){
            .statutory = draw_review_limit(office, CORE_START_TAKEN),
            .promised = draw_review_limit(office, CORE_START_TAKEN),
            .watch = draw_limit(office),
            .weight = (int32_t)draw_below(office, 5),
            .has_veto = sim_happens(office, 30),
            .expiry = draw_expiry(office, 50),
            .pause_kinds = (uint32_t)sim_draw(office),
        };
        draw_stages(office, i);
        for (unsigned before = 0; before < i; before++)
            if (sim_happens(office, 20))
                office->matters[i].after |= (core_task_set)1 << before;
    }
}

static void draw_rules(struct sim_office *office)
{
    unsigned count = sim_happens(office, 1) ? CORE_TASKS_MAX : 1 + draw_below(office, 6);

    office->rules = (struct core_rules){
        .calendar = &office->calendar,
        .matters = office->matters,
        .matter_count = (uint8_t)count,
        .policy = (uint8_t)(CORE_POLICY_ALL + draw_below(office, CORE_POLICY_PARTIAL)),
        .lead = (uint8_t)draw_below(office, count),
        .stops_on_veto = sim_happens(office, 40),
        .quorum = 1 + (int32_t)draw_below(office, 8),
        .statutory = draw_review_limit(office, CORE_START_ACCEPTANCE),
        .promised = draw_review_limit(office, CORE_START_ACCEPTANCE),
        .supplement = draw_limit(office),
        .intake = draw_limit(office),
        .delivery = draw_limit(office),
        .tolerance = draw_limit(office),
        .expiry = draw_expiry(office, 30),
        .closes_minute = sim_happens(office, 50) ? 1020 : CORE_DAY_MINUTES,
        .opens_minute = sim_happens(office, 50) ? 540 : 0,
        .rolls_receipt = sim_happens(office, 60),
    };
    if (sim_happens(office, 40)) {
        office->rules.supplement.start = CORE_START_TOLD;
        office->rules.supplement.told_after = (int32_t)draw_below(office, 6);
    }
}

static void tell_time(struct sim_office *office, core_minute utc)
{
    core_minute civil = utc + office->offset + (office->is_summer ? 60 : 0);

    office->now.day = (core_day)(civil / CORE_DAY_MINUTES);
    office->now.minute = (int32_t)(civil % CORE_DAY_MINUTES);
    office->now.ms = utc * 60000 > office->now.ms ? utc * 60000 : office->now.ms + 1;
}

void sim_office_init(struct sim_office *office, uint64_t seed)
{
    static const int32_t offsets[] = {0, 480, 60, -300, 345};

    *office = (struct sim_office){.seed = seed * UINT64_C(0x9e3779b97f4a7c15)};
    for (unsigned i = 0; i < SIM_ALMANACS; i++)
        draw_almanac(office, &office->almanacs[i]);
    sim_publish(office, 0);
    office->other = (struct core_calendar){.weekend = 0x60, .published_until = SIM_FIRST_DAY + 200};
    office->offset = offsets[draw_below(office, sizeof(offsets) / sizeof(offsets[0]))];
    draw_rules(office);
    draw_matters(office);
    tell_time(office, (core_minute)(SIM_FIRST_DAY + 2 + (core_day)draw_below(office, 60)) * CORE_DAY_MINUTES +
                          draw_below(office, CORE_DAY_MINUTES));
}

/* The clocks on the wall go forward, or back within one day. */
static void change_wall(struct sim_office *office)
{
    if (!office->is_summer || office->now.minute >= 60)
        office->is_summer = !office->is_summer;
}

void sim_pass_time(struct sim_office *office)
{
    core_minute utc = office->now.ms / 60000;

    if (sim_happens(office, 40))
        utc += draw_below(office, sim_happens(office, 20) ? 6 * CORE_DAY_MINUTES : CORE_DAY_MINUTES);
    tell_time(office, utc);
    if (sim_happens(office, 1)) {
        change_wall(office);
        tell_time(office, utc);
    }
}

/* What the event carries; the epoch is mostly the owner's. */
static void fill_event(struct sim_office *office, const struct core_application *application,
                       struct core_event *event)
{
    const struct core_task *task =
        event->task < application->task_count ? &application->tasks[event->task] : NULL;
    uint32_t epoch =
        task != NULL && sim_happens(office, 80) ? task->epoch : draw_below(office, 4);

    switch (event->type) {
    case CORE_RECEIVED:
        event->received.id = 1 + sim_draw(office);
        event->received.included = sim_draw(office) & sim_draw(office) << 32;
        event->received.included |= sim_happens(office, 90) ? sim_draw(office) : 0;
        if (sim_happens(office, 95))
            event->received.included &= UINT64_MAX >> (64 - office->rules.matter_count);
        event->received.is_complete = sim_happens(office, 75);
        if (sim_happens(office, 30))
            event->received.intake = (uint8_t)draw_below(office, CORE_INTAKE_UNCHECKED + 2);
        else if (sim_happens(office, 40))
            event->received.intake = CORE_INTAKE_UNCHECKED;
        if (sim_happens(office, 20))
            event->received.tolerated_until = office->now.day + (core_day)draw_below(office, 20);
        if (sim_happens(office, 40)) {
            event->received.held = sim_draw(office) & (sim_happens(office, 95) ? event->received.included : UINT64_MAX);
            event->received.held_conditional = sim_happens(office, 50) ? 0 : sim_draw(office) & (sim_happens(office, 95) ? event->received.held : UINT64_MAX);
        }
        break;
    case CORE_CHECKED:
        event->checked.tasks = sim_draw(office) & application->included;
        event->checked.lacking = event->checked.tasks & (sim_happens(office, 60) ? 0 : sim_draw(office));
        event->checked.intake = (uint8_t)(sim_happens(office, 90) ? 0 : draw_below(office, CORE_INTAKE_UNCHECKED + 1));
        break;
    case CORE_EXTENDED:
        event->task = sim_happens(office, 30) ? CORE_TASKS_MAX : event->task;
        event->extended.clock = (uint8_t)draw_below(office, CORE_CLOCKS);
        event->extended.rank = (uint8_t)draw_below(office, CORE_RANK_GOVERNMENT + 1);
        event->extended.length = (int32_t)draw_below(office, 8);
        break;
    case CORE_MARKED:
        event->marked.milestone = (uint8_t)(1 + draw_below(office, CORE_MILESTONE_HEARING_HELD + 1));
        event->marked.day = office->now.day + (core_day)draw_below(office, 20);
        break;
    case CORE_SUPPLEMENTED:
        event->supplemented.is_complete = sim_happens(office, 50);
        event->supplemented.answered = (core_task_set)1 << event->task % CORE_TASKS_MAX;
        event->supplemented.is_tolerated_met = sim_happens(office, 10);
        if (sim_happens(office, 30))
            event->supplemented.included = sim_draw(office) & UINT64_MAX >> (64 - office->rules.matter_count);
        if (event->supplemented.is_tolerated_met && sim_happens(office, 50))
            event->supplemented.answered = 0;
        if (sim_happens(office, 20))
            event->supplemented.unheld = sim_draw(office) & UINT64_MAX >> (64 - office->rules.matter_count);
        break;
    case CORE_TOLD:
        event->notice = (uint8_t)(sim_happens(office, 90) ? application->notices : draw_below(office, 4));
        if (sim_happens(office, 30))
            event->told_day = office->now.day + 1 - (core_day)draw_below(office, 6);
        break;
    case CORE_OFFERED:
        event->offered.tasks = (core_task_set)1 << event->task % CORE_TASKS_MAX;
        event->offered.epoch = draw_below(office, 4);
        event->offered.by_officer = event->offered.epoch == 0;
        break;
    case CORE_OPINED:
        event->opinion = (uint8_t)draw_below(office, CORE_OPINION_NOT_APPLICABLE + 2);
        break;
    case CORE_FAILED:
    case CORE_SESSION_LOST:
        event->failed.epoch = epoch;
        event->failed.effect_known = (uint8_t)draw_below(office, CORE_EFFECT_UNKNOWN + 2);
        event->failed.may_repeat = sim_happens(office, 60);
        event->failed.is_final = sim_happens(office, 20);
        event->failed.is_crash = sim_happens(office, 30);
        break;
    case CORE_ACCEPTED: event->epoch = epoch; break;
    case CORE_RESUMED: event->epoch = draw_below(office, 4); break;
    case CORE_PAUSED:
        event->pause_kind = (uint8_t)draw_below(office, CORE_PAUSE_AUCTION + 2);
        event->expected_days = sim_happens(office, 30) ? (int32_t)draw_below(office, 10) : 0;
        break;
    case CORE_PARKED:
        event->park_reason = (uint8_t)draw_below(office, CORE_PARK_BY_CONNECTOR + 2);
        break;
    case CORE_EVENT_NONE:
    case CORE_GIVEN_BACK:
    case CORE_UNPAUSED:
    case CORE_ASKED:
    case CORE_INPUT_HANDED:
    case CORE_REQUEUED:
    case CORE_TAKEN:
    case CORE_TAKEN_OVER:
    case CORE_CANCEL_CONFIRMED:
    case CORE_WITHDRAWN:
    case CORE_WOKEN:
    case CORE_REDATED:
    case CORE_CLOSED: break;
    }
}

/* Something that may well happen to a task in this state. */
static enum core_event_type likely_type(struct sim_office *office, const struct core_task *task)
{
    static const enum core_event_type offered[] = {
        CORE_ACCEPTED,   CORE_ACCEPTED,     CORE_ACCEPTED, CORE_OPINED,   CORE_FAILED,
        CORE_GIVEN_BACK, CORE_SESSION_LOST, CORE_TAKEN,    CORE_REQUEUED, CORE_PARKED,
        CORE_MARKED,     CORE_EXTENDED};
    static const enum core_event_type accepted[] = {
        CORE_OPINED,       CORE_PAUSED,  CORE_PAUSED,       CORE_ASKED,  CORE_ASKED,
        CORE_SESSION_LOST, CORE_RESUMED, CORE_INPUT_HANDED, CORE_FAILED, CORE_PARKED,
        CORE_TAKEN_OVER,   CORE_MARKED,  CORE_EXTENDED};
    static const enum core_event_type paused[] = {CORE_UNPAUSED,     CORE_UNPAUSED,
                                                  CORE_SESSION_LOST, CORE_RESUMED,
                                                  CORE_OPINED,       CORE_INPUT_HANDED,
                                                  CORE_MARKED,       CORE_EXTENDED};
    static const enum core_event_type waiting[] = {
        CORE_SUPPLEMENTED, CORE_TOLD, CORE_SUPPLEMENTED, CORE_SESSION_LOST, CORE_RESUMED, CORE_OPINED};
    static const enum core_event_type blocked[] = {CORE_SUPPLEMENTED, CORE_SUPPLEMENTED, CORE_TOLD};
    static const enum core_event_type parked[] = {CORE_REQUEUED, CORE_TAKEN, CORE_OPINED};
    static const enum core_event_type ended[] = {CORE_OPINED, CORE_CANCEL_CONFIRMED,
                                                 CORE_SESSION_LOST, CORE_CLOSED};

#define ONE_OF(list) list[draw_below(office, sizeof(list) / sizeof(list)[0])]
    switch ((enum core_task_state)task->state) {
    case CORE_TASK_NONE: return CORE_RECEIVED;
    case CORE_TASK_BLOCKED: return ONE_OF(blocked);
    case CORE_TASK_QUEUED: return CORE_OFFERED;
    case CORE_TASK_OFFERED: return ONE_OF(offered);
    case CORE_TASK_ACCEPTED: return ONE_OF(accepted);
    case CORE_TASK_PAUSED: return ONE_OF(paused);
    case CORE_TASK_WAITING_APPLICANT: return ONE_OF(waiting);
    case CORE_TASK_PARKED: return ONE_OF(parked);
    case CORE_TASK_DONE:
    case CORE_TASK_CANCELLED:
    case CORE_TASK_SKIPPED: return ONE_OF(ended);
    }
#undef ONE_OF
    return CORE_EVENT_NONE;
}

/* Anything but the end, and what wakes. */
static enum core_event_type draw_type(struct sim_office *office)
{
    enum core_event_type type = (enum core_event_type)draw_below(office, CORE_TOLD + 1);

    return type == CORE_WITHDRAWN || type == CORE_WOKEN ? CORE_EVENT_NONE : type;
}

struct core_event sim_draw_event(struct sim_office *office,
                                 const struct core_application *application)
{
    struct core_event event = {.time = office->now};

    event.task =
        draw_below(office, office->rules.matter_count + (sim_happens(office, 2) ? 1u : 0u));
    if (application->status == CORE_STATUS_NONE)
        event.type = sim_happens(office, 90) ? CORE_RECEIVED : CORE_WOKEN;
    else if (sim_happens(office, 12) || event.task >= application->task_count)
        event.type = draw_type(office);
    else if (sim_happens(office, 1))
        event.type = CORE_WITHDRAWN;
    else if (sim_happens(office, 2))
        event.type = CORE_REDATED;
    else if (application->status == CORE_STATUS_RECEIVED)
        event.type = CORE_CHECKED;
    else
        event.type = likely_type(office, &application->tasks[event.task]);
    fill_event(office, application, &event);
    return event;
}

static enum core_event_type finishing_type(const struct core_task *task)
{
    switch ((enum core_task_state)task->state) {
    case CORE_TASK_QUEUED: return CORE_OFFERED;
    case CORE_TASK_OFFERED:
    case CORE_TASK_ACCEPTED:
    case CORE_TASK_PAUSED:
    case CORE_TASK_WAITING_APPLICANT:
    case CORE_TASK_PARKED: return CORE_OPINED;
    case CORE_TASK_NONE:
    case CORE_TASK_BLOCKED:
    case CORE_TASK_DONE:
    case CORE_TASK_CANCELLED:
    case CORE_TASK_SKIPPED: break;
    }
    return CORE_EVENT_NONE;
}

struct core_event sim_finish_event(struct sim_office *office,
                                   const struct core_application *application)
{
    struct core_event event = {.time = office->now};

    if (application->status == CORE_STATUS_INCOMPLETE) {
        event.type = CORE_SUPPLEMENTED;
        event.supplemented.is_complete = true;
        return event;
    }
    if (application->status == CORE_STATUS_RECEIVED) {
        event.type = CORE_CHECKED;
        event.checked.tasks = application->included;
        return event;
    }
    if (application->status == CORE_STATUS_DECIDED)
        event.type = CORE_CLOSED;
    for (unsigned i = 0; i < application->task_count && event.type == CORE_EVENT_NONE; i++) {
        event.task = i;
        event.type = finishing_type(&application->tasks[i]);
    }
    if (event.type == CORE_OPINED)
        event.opinion = (uint8_t)(1 + draw_below(office, CORE_OPINION_NOT_APPLICABLE));
    if (event.type == CORE_OFFERED) {
        event.offered.tasks = (core_task_set)1 << event.task;
        event.offered.epoch = 9;
    }
    return event;
}
