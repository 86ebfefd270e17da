/* SPDX-License-Identifier: Apache-2.0 */
/* When the applicant was told what he is asked for, where his time starts with that: by the receipt of the notice, or where
 * none comes by a presumption of law, so that nothing waits for ever. Rules: docs/rules/clock.md S-4 to S-7. */
#include "core/turn.h"

static core_day told_after(const struct core_limit *limit)
{
    return limit->told_after > 0 ? limit->told_after : CORE_TOLD_AFTER_DAYS;
}

static int start(struct core_turn *turn, enum core_telling telling, core_day day)
{
    struct core_application *application = turn->application;

    application->telling = (uint8_t)telling;
    core_turn_tell(turn, CORE_EFFECT_TOLD, CORE_TASKS_MAX);
    return core_alone_start(turn, &application->supplement, &turn->rules->supplement, day);
}

/* S-4. */
int core_told_await(struct core_turn *turn)
{
    struct core_application *application = turn->application;
    const struct core_limit *limit = &turn->rules->supplement;
    core_day today = turn->event->time.day;

    application->telling = CORE_TELLING_NONE;
    application->presumed_day = 0;
    if (limit->unit == CORE_UNIT_NONE || limit->start != CORE_START_TOLD)
        return core_alone_start(turn, &application->supplement, limit, today);
    if (today > CORE_DAY_MAX - told_after(limit))
        return OD_ERANGE;
    core_clock_init(&application->supplement, limit);
    application->telling = CORE_TELLING_AWAITED;
    application->presumed_day = today + told_after(limit);
    return OD_OK;
}

/* S-5. */
int core_told_wake(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    if (!core_application_awaits_receipt(application) || turn->event->time.day < application->presumed_day)
        return OD_OK;
    return start(turn, CORE_TELLING_PRESUMED, application->presumed_day);
}

/* The day that the receipt says: the event's own, or one before it that somebody vouches for. */
static core_day day_of(const struct core_turn *turn)
{
    return turn->event->told_day != 0 ? turn->event->told_day : turn->event->time.day;
}

/* S-7: nobody is told before there is a notice, nor on a day to come. */
static bool is_day_possible(const struct core_turn *turn)
{
    core_day asked = turn->application->presumed_day - told_after(&turn->rules->supplement);

    return day_of(turn) >= asked && day_of(turn) <= turn->event->time.day;
}

/* S-6: the presumption gives way to a receipt that says a later day, as long as his time runs. */
static int correct(struct core_turn *turn)
{
    struct core_clock supplement = turn->application->supplement;
    struct core_moment now = core_moment_of(&turn->event->time);

    if (supplement.state != CORE_CLOCK_RUNNING || supplement.is_overdue || core_clock_check(&supplement, &now))
        return OD_ENOTFOUND;
    return day_of(turn) > supplement.start ? start(turn, CORE_TELLING_RECEIPT, day_of(turn)) : OD_EEXIST;
}

int core_on_told(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    if (application->status == CORE_STATUS_NONE)
        return OD_ESTATE;
    if (turn->event->notice == 0)
        return OD_EINVAL;
    if (turn->event->notice != application->notices)
        return OD_ENOTFOUND;
    if (application->presumed_day != 0 && !is_day_possible(turn))
        return OD_EINVAL;
    if (core_application_awaits_receipt(application))
        return start(turn, CORE_TELLING_RECEIPT, day_of(turn));
    switch ((enum core_telling)application->telling) {
    case CORE_TELLING_PRESUMED: return correct(turn);
    case CORE_TELLING_RECEIPT: return OD_EEXIST;
    case CORE_TELLING_AWAITED: /* he answered before */
    case CORE_TELLING_NONE: break;
    }
    return OD_ENOTFOUND;
}

core_day core_answer_until_told(const struct core_rules *rules, const struct core_application *application, core_day day)
{
    const struct core_limit *limit = &rules->supplement;
    struct core_span span = core_span_of(rules, application, limit, CORE_PLACE_ALONE, CORE_TASKS_MAX);
    struct core_clock clock = application->supplement;
    struct core_moment from = {.day = day};

    if (!core_application_awaits_receipt(application) || core_clock_start(&clock, &span, &from) != OD_OK)
        return 0;
    return clock.due;
}

core_day core_answer_until(const struct core_rules *rules, const struct core_application *application)
{
    const struct core_clock *clock = &application->supplement;

    if (core_application_awaits_receipt(application))
        return core_answer_until_told(rules, application, application->presumed_day - told_after(&rules->supplement));
    return clock->state == CORE_CLOCK_RUNNING ? clock->due : 0;
}
