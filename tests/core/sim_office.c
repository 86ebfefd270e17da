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

static void draw_calendar(struct sim_office *office)
{
    static const uint8_t weekends[] = {0x60, 0x60, 0x40, 0x30, 0x00, 0x55, 0x7e};
    struct core_calendar *calendar = &office->calendar;

    *calendar = (struct core_calendar){
        .holidays = office->holidays,
        .make_ups = office->make_ups,
        .weekend = weekends[draw_below(office, sizeof(weekends))],
        .published_until = SIM_FIRST_DAY + (core_day)draw_below(office, 400),
        .published_from = sim_happens(office, 50)
                              ? SIM_FIRST_DAY + (core_day)draw_below(office, 60)
                              : 0,
    };
    for (core_day day = SIM_FIRST_DAY; day < SIM_FIRST_DAY + 300; day++) {
        unsigned number = draw_below(office, 100);
        if (number < 12 && calendar->holiday_count < SIM_HOLIDAYS_MAX)
            office->holidays[calendar->holiday_count++] = day;
        else if (number > 92 && calendar->make_up_count < SIM_HOLIDAYS_MAX)
            office->make_ups[calendar->make_up_count++] = day;
    }
}

static struct core_limit draw_limit(struct sim_office *office)
{
    return (struct core_limit){
        .unit = (enum core_unit)draw_below(office, CORE_UNIT_CALENDAR_DAY + 1),
        .length = 1 + (int)draw_below(office, 15),
        .counts_start_day = sim_happens(office, 30),
        .end_roll =
            sim_happens(office, 50) ? CORE_END_ROLL_NEXT_WORKING_DAY : CORE_END_ROLL_NONE,
    };
}

static void draw_matters(struct sim_office *office)
{
    for (unsigned i = 0; i < office->rules.matter_count; i++) {
        office->matters[i] = (struct core_matter_rule){
            .statutory = draw_limit(office),
            .promised = draw_limit(office),
            .weight = (int32_t)draw_below(office, 5),
            .has_veto = sim_happens(office, 30),
            .expiry = (uint8_t)(sim_happens(office, 50)
                                    ? 0
                                    : draw_below(office, CORE_EXPIRY_DEEMED_RENEWAL + 1)),
            .pause_kinds = (uint32_t)sim_draw(office),
        };
        for (unsigned before = 0; before < i; before++)
            if (sim_happens(office, 20))
                office->matters[i].after |= (core_task_set)1 << before;
    }
}

void sim_office_init(struct sim_office *office, uint64_t seed)
{
    *office = (struct sim_office){.seed = seed * UINT64_C(0x9e3779b97f4a7c15)};
    draw_calendar(office);
    unsigned count = sim_happens(office, 1) ? CORE_TASKS_MAX : 1 + draw_below(office, 6);
    office->rules = (struct core_rules){
        .calendar = &office->calendar,
        .matters = office->matters,
        .matter_count = (uint8_t)count,
        .policy = (uint8_t)(CORE_POLICY_ALL + draw_below(office, CORE_POLICY_PARTIAL)),
        .lead = (uint8_t)draw_below(office, count),
        .stops_on_veto = sim_happens(office, 40),
        .quorum = 1 + (int32_t)draw_below(office, 8),
        .statutory = draw_limit(office),
        .promised = draw_limit(office),
        .supplement = draw_limit(office),
        .closes_minute = sim_happens(office, 50) ? 1020 : CORE_DAY_MINUTES,
        .rolls_receipt = sim_happens(office, 60),
    };
    draw_matters(office);
    office->now = (struct core_time){.day = SIM_FIRST_DAY + (core_day)draw_below(office, 60),
                                     .minute = (int32_t)draw_below(office, CORE_DAY_MINUTES)};
    office->now.ms = ((core_ms)office->now.day * CORE_DAY_MINUTES + office->now.minute) * 60000;
}

void sim_pass_time(struct sim_office *office)
{
    core_minute minute = (core_minute)office->now.day * CORE_DAY_MINUTES + office->now.minute;

    if (sim_happens(office, 40))
        minute += draw_below(office,
                             sim_happens(office, 20) ? 6 * CORE_DAY_MINUTES : CORE_DAY_MINUTES);
    office->now.day = (core_day)(minute / CORE_DAY_MINUTES);
    office->now.minute = (int32_t)(minute % CORE_DAY_MINUTES);
    office->now.ms = minute * 60000 > office->now.ms ? minute * 60000 : office->now.ms + 1;
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
        break;
    case CORE_SUPPLEMENTED:
        event->supplemented.is_complete = sim_happens(office, 50);
        event->supplemented.answered = (core_task_set)1 << event->task % CORE_TASKS_MAX;
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
    case CORE_CLOSED: break;
    }
}

/* Something that may well happen to a task in this state. */
static enum core_event_type likely_type(struct sim_office *office, const struct core_task *task)
{
    static const enum core_event_type offered[] = {
        CORE_ACCEPTED,   CORE_ACCEPTED,     CORE_ACCEPTED, CORE_OPINED,   CORE_FAILED,
        CORE_GIVEN_BACK, CORE_SESSION_LOST, CORE_TAKEN,    CORE_REQUEUED, CORE_PARKED};
    static const enum core_event_type accepted[] = {
        CORE_OPINED,       CORE_PAUSED,  CORE_PAUSED,       CORE_ASKED,  CORE_ASKED,
        CORE_SESSION_LOST, CORE_RESUMED, CORE_INPUT_HANDED, CORE_FAILED, CORE_PARKED,
        CORE_TAKEN_OVER};
    static const enum core_event_type paused[] = {CORE_UNPAUSED,     CORE_UNPAUSED,
                                                  CORE_SESSION_LOST, CORE_RESUMED,
                                                  CORE_OPINED,       CORE_INPUT_HANDED};
    static const enum core_event_type waiting[] = {
        CORE_SUPPLEMENTED, CORE_SUPPLEMENTED, CORE_SESSION_LOST, CORE_RESUMED, CORE_OPINED};
    static const enum core_event_type parked[] = {CORE_REQUEUED, CORE_TAKEN, CORE_OPINED};
    static const enum core_event_type ended[] = {CORE_OPINED, CORE_CANCEL_CONFIRMED,
                                                 CORE_SESSION_LOST, CORE_CLOSED};

#define ONE_OF(list) list[draw_below(office, sizeof(list) / sizeof(list)[0])]
    switch ((enum core_task_state)task->state) {
    case CORE_TASK_NONE: return CORE_RECEIVED;
    case CORE_TASK_BLOCKED: return CORE_SUPPLEMENTED;
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

struct core_event sim_draw_event(struct sim_office *office,
                                 const struct core_application *application)
{
    struct core_event event = {.time = office->now};

    event.task =
        draw_below(office, office->rules.matter_count + (sim_happens(office, 2) ? 1u : 0u));
    if (application->status == CORE_STATUS_NONE)
        event.type = sim_happens(office, 90) ? CORE_RECEIVED : CORE_WOKEN;
    else if (sim_happens(office, 12) || event.task >= application->task_count)
        event.type =
            (enum core_event_type)draw_below(office, CORE_WITHDRAWN); /* anything but the end */
    else if (sim_happens(office, 1))
        event.type = CORE_WITHDRAWN;
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
