/* SPDX-License-Identifier: Apache-2.0 */
/* core_step: check what every event must fulfil, let the event's own function change
 * the state, and take the change back when that fails. */
#include "core/core.h"

#include <assert.h>
#include <string.h>

#include "core/turn.h"

#define STATE(name) (1u << CORE_TASK_##name)

enum {
    APPLICATION_SIZE_MAX =
        sizeof(struct core_application) + CORE_TASKS_MAX * sizeof(struct core_task)
};

/* What an event needs before its function runs. */
struct event_rule {
    core_turn_cb on_event;
    uint16_t task_states; /* of .task in which it is taken; 0 = it is not on one task */
};

/* docs/rules/task.md T-1 says why; an opinion on an ended task is looked at in decision.c. */
static const struct event_rule event_rules[] = {
    [CORE_RECEIVED] = {core_on_received, 0},
    [CORE_SUPPLEMENTED] = {core_on_supplemented, 0},
    [CORE_OFFERED] = {core_on_offered, 0},
    [CORE_ACCEPTED] = {core_on_accepted, STATE(OFFERED)},
    [CORE_OPINED] = {core_on_opined, STATE(OFFERED) | STATE(ACCEPTED) | STATE(PARKED) |
                                         STATE(PAUSED) | STATE(WAITING_APPLICANT) |
                                         STATE(DONE) | STATE(CANCELLED)},
    [CORE_FAILED] = {core_on_failed, STATE(OFFERED) | STATE(ACCEPTED)},
    [CORE_GIVEN_BACK] = {core_on_given_back, STATE(OFFERED)},
    [CORE_SESSION_LOST] = {core_on_session_lost, STATE(OFFERED) | STATE(ACCEPTED) |
                                                     STATE(PAUSED) | STATE(WAITING_APPLICANT) |
                                                     STATE(CANCELLED)},
    [CORE_RESUMED] = {core_on_resumed,
                      STATE(ACCEPTED) | STATE(PAUSED) | STATE(WAITING_APPLICANT)},
    [CORE_PAUSED] = {core_on_paused, STATE(ACCEPTED)},
    [CORE_UNPAUSED] = {core_on_unpaused, STATE(PAUSED)},
    [CORE_ASKED] = {core_on_asked, STATE(ACCEPTED)},
    [CORE_INPUT_HANDED] = {core_on_input_handed,
                           STATE(ACCEPTED) | STATE(PAUSED) | STATE(WAITING_APPLICANT)},
    [CORE_PARKED] = {core_on_parked, STATE(OFFERED) | STATE(ACCEPTED)},
    [CORE_REQUEUED] = {core_on_requeued, STATE(OFFERED) | STATE(PARKED)},
    [CORE_TAKEN] = {core_on_taken, STATE(OFFERED) | STATE(PARKED)},
    [CORE_CANCEL_CONFIRMED] = {core_on_cancel_confirmed, STATE(CANCELLED)},
    [CORE_WITHDRAWN] = {core_on_withdrawn, 0},
    [CORE_WOKEN] = {core_on_woken, 0},
    [CORE_TAKEN_OVER] = {core_on_taken_over,
                         STATE(ACCEPTED) | STATE(PAUSED) | STATE(WAITING_APPLICANT)},
    [CORE_CLOSED] = {core_on_closed, 0},
    [CORE_CHECKED] = {core_on_checked, 0},
    [CORE_EXTENDED] = {core_on_extended, 0},
    [CORE_MARKED] = {core_on_marked, STATE(OFFERED) | STATE(ACCEPTED) | STATE(PAUSED) |
                                         STATE(WAITING_APPLICANT) | STATE(PARKED)},
    [CORE_REDATED] = {core_on_redated, 0},
    [CORE_TOLD] = {core_on_told, 0},
};

void core_turn_tell(struct core_turn *turn, enum core_effect_type type, unsigned task)
{
    assert(turn->effects->count < CORE_EFFECTS_MAX);

    turn->effects->items[turn->effects->count++] =
        (struct core_effect){.type = (uint8_t)type, .task = (uint8_t)task};
}

void core_turn_tell_notice(struct core_turn *turn, enum core_notice notice, unsigned task)
{
    core_turn_tell(turn, CORE_EFFECT_NOTICE, task);
    turn->effects->items[turn->effects->count - 1].notice = (uint8_t)notice;
}

void core_turn_tell_clock(struct core_turn *turn, enum core_effect_type type, unsigned task, enum core_clock_id clock)
{
    core_turn_tell(turn, type, task);
    turn->effects->items[turn->effects->count - 1].clock = (uint8_t)clock;
}

static bool is_time_valid(const struct core_time *time)
{
    return time->day >= 0 && time->day <= CORE_DAY_MAX && time->minute >= 0 &&
           time->minute < CORE_DAY_MINUTES;
}

/* T-7: only the session that holds a task may speak of it. */
static int check_epoch(const struct core_event *event, const struct core_task *task)
{
    if (event->type == CORE_ACCEPTED && event->epoch != 0 && event->epoch != task->epoch)
        return OD_ESTALE;
    if (event->type == CORE_FAILED && event->failed.epoch != 0 &&
        event->failed.epoch != task->epoch)
        return OD_ESTALE;
    if (event->type != CORE_SESSION_LOST)
        return OD_OK;
    if (event->failed.epoch == 0)
        return OD_EINVAL;
    return event->failed.epoch == task->epoch ? OD_OK : OD_ESTALE;
}

static int check_task(const struct core_application *application,
                      const struct core_event *event)
{
    if (application->status == CORE_STATUS_NONE)
        return OD_ESTATE;
    if (event->task >= application->task_count)
        return OD_EINVAL;

    const struct core_task *task = &application->tasks[event->task];
    int rc = check_epoch(event, task);
    if (rc != OD_OK)
        return rc;
    bool is_taken = (event_rules[event->type].task_states >> task->state & 1u) != 0;
    return is_taken ? OD_OK : OD_ESTATE;
}

static int check_event(const struct core_application *application,
                       const struct core_event *event)
{
    if (event->type <= CORE_EVENT_NONE || event->type > CORE_TOLD)
        return OD_EINVAL;
    if (!is_time_valid(&event->time))
        return OD_EINVAL;
    return event_rules[event->type].task_states != 0 ? check_task(application, event) : OD_OK;
}

int core_step(const struct core_rules *rules, struct core_application *application,
              const struct core_event *event, struct core_effects *effects)
{
    assert(rules->matter_count >= 1);
    assert(rules->matter_count <= CORE_TASKS_MAX);
    assert(application->status == CORE_STATUS_NONE ||
           application->task_count == rules->matter_count);

    effects->count = 0;
    int rc = check_event(application, event);
    if (rc != OD_OK)
        return rc;

    _Alignas(struct core_application) unsigned char before[APPLICATION_SIZE_MAX];
    size_t size = core_application_size(rules->matter_count);
    struct core_turn turn = {rules, application, event, effects, false};
    memcpy(before, application, size);
    rc = event_rules[event->type].on_event(&turn);
    if (rc != OD_OK) {
        memcpy(application, before, size);
        effects->count = 0;
        return rc;
    }
    application->revision++;
    return OD_OK;
}

bool core_wake_is_due(const struct core_wake *wake, const struct core_time *time)
{
    return wake->civil <= (core_minute)time->day * CORE_DAY_MINUTES + time->minute || wake->utc <= time->ms / 60000;
}
