/* SPDX-License-Identifier: Apache-2.0 */
/* Every clock of an application, and day by day what counted and what did not. */
#include "engine/internal.h"

#define EXPLAINED_DAYS_MAX 800 /* days listed of one clock; a longer one says that it is cut */

struct clock_view {
    const char *id; /* "joint" or a matter id */
    const char *kind;
    const struct core_clock *clock;
    const struct core_limit *limit;
};

static const char *state_name(enum core_clock_state state)
{
    switch (state) {
    case CORE_CLOCK_NONE: return "none";
    case CORE_CLOCK_NOT_STARTED: return "not_started";
    case CORE_CLOCK_RUNNING: return "running";
    case CORE_CLOCK_PAUSED: return "paused";
    case CORE_CLOCK_MET: return "met";
    case CORE_CLOCK_STOPPED: return "stopped";
    }
    return "none";
}

static const char *day_name(enum core_day_kind kind)
{
    switch (kind) {
    case CORE_DAY_WORKING: return "working_day";
    case CORE_DAY_WEEKEND: return "weekend";
    case CORE_DAY_HOLIDAY: return "holiday";
    case CORE_DAY_MAKE_UP: return "make_up_day";
    case CORE_DAY_NONE: break;
    }
    return "none";
}

static void put_day_row(struct base_buffer *buffer, const struct core_calendar *calendar, const struct core_limit *limit,
                        core_day day, core_day start, int *counted)
{
    enum core_day_kind kind = core_calendar_kind(calendar, day);
    bool is_worked = kind == CORE_DAY_WORKING || kind == CORE_DAY_MAKE_UP;
    bool counts = (day > start || limit->counts_start_day) &&
                  (limit->unit == CORE_UNIT_CALENDAR_DAY || is_worked);

    *counted += counts;
    base_json_open(buffer, NULL, '{');
    engine_put_day(buffer, "date", day);
    base_json_put_text(buffer, "kind", day_name(kind));
    base_json_put_bool(buffer, "counted", counts);
    if (counts)
        base_json_put_i64(buffer, "number", *counted);
    base_json_close(buffer, '}');
}

static void put_days(struct base_buffer *buffer, const struct core_calendar *calendar, const struct clock_view *view)
{
    core_day last = view->clock->due;
    int counted = 0;

    base_json_open(buffer, "days", '[');
    if (last - view->clock->start > EXPLAINED_DAYS_MAX)
        last = view->clock->start + EXPLAINED_DAYS_MAX;
    for (core_day day = view->clock->start; day <= last; day++)
        put_day_row(buffer, calendar, view->limit, day, view->clock->start, &counted);
    base_json_close(buffer, ']');
    base_json_put_bool(buffer, "days_cut", last != view->clock->due);
}

static void put_clock(struct base_buffer *buffer, const struct engine *engine, const struct core_calendar *calendar,
                      const struct clock_view *view, bool is_explained)
{
    const struct core_clock *clock = view->clock;
    bool has_dates = clock->state != CORE_CLOCK_NOT_STARTED;

    if (clock->state == CORE_CLOCK_NONE)
        return;
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "of", view->id);
    base_json_put_text(buffer, "kind", view->kind);
    base_json_put_text(buffer, "state", state_name(clock->state));
    base_json_put_text(buffer, "unit", core_unit_name(view->limit->unit));
    base_json_put_i64(buffer, "length", view->limit->length);
    engine_put_day(buffer, "start", has_dates ? clock->start : 0);
    engine_put_day(buffer, "due", has_dates ? clock->due : 0);
    base_json_put_bool(buffer, "overdue", clock->is_overdue);
    base_json_put_bool(buffer, "provisional", clock->is_provisional);
    if (clock->state == CORE_CLOCK_RUNNING)
        base_json_put_i64(buffer, "days_left", core_clock_days_left(clock, calendar, view->limit, engine->now.day));
    if (clock->state == CORE_CLOCK_PAUSED)
        engine_put_day(buffer, "paused_on", clock->paused_on);
    if (clock->state == CORE_CLOCK_MET || clock->state == CORE_CLOCK_STOPPED)
        engine_put_day(buffer, "ended", clock->ended);
    if (is_explained && has_dates)
        put_days(buffer, calendar, view);
    base_json_close(buffer, '}');
}

static void put_pair(struct base_buffer *buffer, const struct engine *engine, const struct core_calendar *calendar,
                     const char *id, const struct core_clock *clocks, const struct core_limit *promised,
                     const struct core_limit *statutory, bool is_explained)
{
    put_clock(buffer, engine, calendar, &(struct clock_view){id, "promised", &clocks[CORE_CLOCK_PROMISED], promised}, is_explained);
    put_clock(buffer, engine, calendar, &(struct clock_view){id, "statutory", &clocks[CORE_CLOCK_STATUTORY], statutory}, is_explained);
}

void engine_put_clocks(struct base_buffer *buffer, const struct engine *engine,
                       const struct engine_application *application, bool is_explained)
{
    const struct core_rules *rules = &application->service->rules;
    const struct core_application *core = application->core;
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, core->received_day, number);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "number", number);
    base_json_open(buffer, "clocks", '[');
    put_pair(buffer, engine, rules->calendar, "joint", core->clocks, &rules->promised, &rules->statutory, is_explained);
    put_clock(buffer, engine, rules->calendar,
              &(struct clock_view){"supplement", "supplement", &core->supplement, &rules->supplement}, is_explained);
    for (unsigned i = 0; i < core->task_count; i++)
        put_pair(buffer, engine, rules->calendar, application->service->matters[i]->id, core->tasks[i].clocks,
                 &rules->matters[i].promised, &rules->matters[i].statutory, is_explained);
    base_json_close(buffer, ']');
    base_json_close(buffer, '}');
}
