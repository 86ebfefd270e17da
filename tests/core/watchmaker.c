/* SPDX-License-Identifier: Apache-2.0 */
#include "core/watchmaker.h"

#include "core/office.h"

struct core_span watchmaker_span(const struct watchmaker *maker)
{
    return (struct core_span){.calendar = maker->calendar,
                              .limit = &maker->limit,
                              .stops = maker->stops,
                              .stop_count = maker->stop_count,
                              .task = CORE_TASKS_MAX,
                              .pause_on = CORE_PAUSES_ALL};
}

struct core_clock *watchmaker_start_at(struct watchmaker *maker, const struct core_limit *limit,
                                       const struct core_moment *from)
{
    *maker = (struct watchmaker){.limit = *limit, .calendar = &office_calendar};
    struct core_span span = watchmaker_span(maker);
    assert_int_equal(OD_OK, core_clock_start(&maker->clock, &span, from));
    return &maker->clock;
}

struct core_clock *watchmaker_start(struct watchmaker *maker, const struct core_limit *limit, core_day from)
{
    return watchmaker_start_at(maker, limit, &AT(from));
}

void watchmaker_amend(struct watchmaker *maker, const struct core_calendar *calendar)
{
    maker->calendar = calendar;
    assert_int_equal(OD_OK, watchmaker_renew(maker));
}

void watchmaker_pause_at(struct watchmaker *maker, const struct core_moment *at)
{
    assert_true(maker->stop_count < WATCHMAKER_STOPS);
    maker->stops[maker->stop_count++] =
        (struct core_stop){.from = at->day, .from_minute = at->minute, .kind = CORE_PAUSE_HEARING};
    core_clock_pause(&maker->clock, &maker->limit, at);
}

void watchmaker_pause(struct watchmaker *maker, core_day day)
{
    watchmaker_pause_at(maker, &AT(day));
}

void watchmaker_resume_at(struct watchmaker *maker, const struct core_moment *at)
{
    for (size_t i = maker->stop_count; i-- > 0;) {
        struct core_stop *stop = &maker->stops[i];
        if (stop->until != 0)
            continue;
        stop->until = at->day;
        stop->until_minute = at->minute;
        break;
    }
    struct core_span span = watchmaker_span(maker);
    assert_int_equal(OD_OK, core_clock_resume(&maker->clock, &span));
}

void watchmaker_resume(struct watchmaker *maker, core_day day)
{
    watchmaker_resume_at(maker, &AT(day));
}

int watchmaker_renew(struct watchmaker *maker)
{
    struct core_span span = watchmaker_span(maker);

    return core_clock_renew(&maker->clock, &span);
}

int watchmaker_extend(struct watchmaker *maker, core_day day, int length, enum core_rank rank)
{
    struct core_span span = watchmaker_span(maker);

    return core_clock_extend(&maker->clock, &span, &AT(day), length, rank);
}

int watchmaker_left(const struct watchmaker *maker, core_day day)
{
    struct core_span span = watchmaker_span(maker);

    return core_clock_left(&maker->clock, &span, &AT(day));
}
