/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a concern's body that its clock is counted by. */
#include "engine/concern.h"

#include <string.h>

/* The id is the part of the label before the "@". */
static void put_calendar(struct base_buffer *body, const struct engine *engine, const struct core_calendar *calendar)
{
    const char *label = catalog_calendar_label(engine->catalog, calendar);

    base_json_put_text_n(body, "calendar", label, strcspn(label, "@"));
}

static void put_limit(struct base_buffer *body, const struct engine *engine, const struct core_limit *limit)
{
    base_json_open(body, "limit", '{');
    base_json_put_i64(body, "unit", limit->unit);
    base_json_put_i64(body, "length", limit->length);
    base_json_put_bool(body, "counts_start_day", limit->counts_start_day);
    base_json_put_i64(body, "end_roll", limit->end_roll);
    base_json_put_i64(body, "warn_percent", limit->warn_percent);
    base_json_put_i64(body, "warn_days", limit->warn_days);
    put_calendar(body, engine, limit->calendar);
    base_json_close(body, '}');
}

/* The UTC minute at which the civil day begins. */
static int64_t minute_of(core_day day)
{
    return base_zone_utc(day, 0) / 60000;
}

int64_t engine_concern_wake(const struct engine_concern *concern)
{
    const struct core_clock *clock = &concern->clock;
    bool is_in_hours = clock->due_minute != 0;

    if (clock->state != CORE_CLOCK_RUNNING || clock->is_overdue)
        return INT64_MAX;
    if (!clock->is_warned && clock->warn != 0)
        return is_in_hours ? clock->warn_minute : minute_of(clock->warn);
    return is_in_hours ? clock->due_minute + 1 : minute_of(clock->due + 1);
}

int engine_concern_start(struct engine *engine, enum catalog_aftercare clock, struct base_buffer *body, int64_t *wake, core_day *due)
{
    struct engine_concern concern = {.limit = *catalog_aftercare_limit(engine->catalog, clock)};
    struct core_span span = engine_concern_span(&concern);
    struct core_moment start = core_moment_of(&engine->now);
    int rc = OD_OK;

    if (concern.limit.unit != CORE_UNIT_HOUR) /* hours run from the minute of the receipt */
        rc = catalog_counted_day(engine->catalog, engine->now.day, engine->now.minute, &start.day);
    if (rc == OD_OK)
        rc = core_clock_start(&concern.clock, &span, &start);
    if (rc != OD_OK)
        return rc;
    put_limit(body, engine, &concern.limit);
    engine_put_day(body, "start", start.day);
    if (concern.limit.unit == CORE_UNIT_HOUR) {
        base_json_put_i64(body, "start_minute", start.minute);
        base_json_put_i64(body, "offset", start.offset);
    }
    engine_put_day(body, "due", concern.clock.due);
    *wake = engine_concern_wake(&concern);
    *due = concern.clock.due;
    return OD_OK;
}

static bool is_listed(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

void engine_concern_put_kept(struct base_buffer *body, const struct base_json *tree, const char *const *names)
{
    for (const struct base_json *member = base_json_first(tree); member != NULL; member = base_json_next(member))
        if (!is_listed(base_json_key(member), names))
            base_json_put(body, base_json_key(member), member);
}
