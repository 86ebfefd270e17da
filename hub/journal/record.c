/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/record.h"

#include <assert.h>
#include <string.h>

#include "core/names.h"

#define MS_MAX (INT64_C(1) << 60)

bool journal_event_is_on_task(enum core_event_type type)
{
    switch (type) {
    case CORE_OFFERED:
    case CORE_ACCEPTED:
    case CORE_OPINED:
    case CORE_FAILED:
    case CORE_GIVEN_BACK:
    case CORE_SESSION_LOST:
    case CORE_RESUMED:
    case CORE_PAUSED:
    case CORE_UNPAUSED:
    case CORE_ASKED:
    case CORE_INPUT_HANDED:
    case CORE_PARKED:
    case CORE_REQUEUED:
    case CORE_TAKEN:
    case CORE_CANCEL_CONFIRMED:
    case CORE_TAKEN_OVER:
    case CORE_EXTENDED: /* or on the whole */
    case CORE_MARKED: return true;
    case CORE_EVENT_NONE:
    case CORE_RECEIVED:
    case CORE_SUPPLEMENTED:
    case CORE_WITHDRAWN:
    case CORE_WOKEN:
    case CORE_CLOSED:
    case CORE_CHECKED:
    case CORE_REDATED:
    case CORE_TOLD: return false;
    }
    return false;
}

/* -- Writing -- */

static void put_set(struct base_buffer *buffer, const char *key, core_task_set set)
{
    base_json_open(buffer, key, '[');
    for (unsigned i = 0; i < CORE_TASKS_MAX; i++)
        if (set >> i & 1)
            base_json_put_i64(buffer, NULL, i);
    base_json_close(buffer, ']');
}

static void put_failure(struct base_buffer *buffer, const struct core_event *event)
{
    base_json_put_i64(buffer, "effect_known", event->failed.effect_known);
    base_json_put_bool(buffer, "may_repeat", event->failed.may_repeat);
    base_json_put_bool(buffer, "is_final", event->failed.is_final);
    base_json_put_bool(buffer, "is_crash", event->failed.is_crash);
    base_json_put_i64(buffer, "epoch", event->failed.epoch);
}

static void put_intake(struct base_buffer *buffer, uint8_t intake)
{
    if (intake != CORE_INTAKE_NONE)
        base_json_put_text(buffer, "intake", core_intake_name((enum core_intake)intake));
}

static void put_received(struct base_buffer *buffer, const struct core_event *event)
{
    put_set(buffer, "included", event->received.included);
    base_json_put_bool(buffer, "complete", event->received.is_complete);
    put_intake(buffer, event->received.intake);
    if (event->received.tolerated_until != 0)
        base_json_put_i64(buffer, "tolerated_until", event->received.tolerated_until);
    if (event->received.held != 0)
        put_set(buffer, "held", event->received.held);
    if (event->received.held_conditional != 0)
        put_set(buffer, "held_conditional", event->received.held_conditional);
}

static void put_body(struct base_buffer *buffer, const struct core_event *event)
{
    switch (event->type) {
    case CORE_RECEIVED: put_received(buffer, event); break;
    case CORE_SUPPLEMENTED:
        base_json_put_bool(buffer, "complete", event->supplemented.is_complete);
        put_set(buffer, "answered", event->supplemented.answered);
        if (event->supplemented.included != 0)
            put_set(buffer, "included", event->supplemented.included);
        if (event->supplemented.is_tolerated_met)
            base_json_put_bool(buffer, "tolerated_met", true);
        if (event->supplemented.unheld != 0)
            put_set(buffer, "unheld", event->supplemented.unheld);
        break;
    case CORE_OFFERED:
        assert(event->offered.tasks == (core_task_set)1 << event->task);
        base_json_put_i64(buffer, "epoch", event->offered.epoch);
        base_json_put_bool(buffer, "by_officer", event->offered.by_officer);
        break;
    case CORE_FAILED:
    case CORE_SESSION_LOST: put_failure(buffer, event); break;
    case CORE_ACCEPTED:
    case CORE_RESUMED: base_json_put_i64(buffer, "epoch", event->epoch); break;
    case CORE_OPINED: base_json_put_text(buffer, "opinion", core_opinion_name((enum core_opinion)event->opinion)); break;
    case CORE_PAUSED:
        base_json_put_text(buffer, "kind", core_pause_kind_name((enum core_pause_kind)event->pause_kind));
        if (event->expected_days > 0)
            base_json_put_i64(buffer, "expected_days", event->expected_days);
        break;
    case CORE_PARKED: base_json_put_text(buffer, "reason", core_park_reason_name((enum core_park_reason)event->park_reason)); break;
    case CORE_CHECKED:
        put_set(buffer, "tasks", event->checked.tasks);
        put_set(buffer, "lacking", event->checked.lacking);
        put_intake(buffer, event->checked.intake);
        break;
    case CORE_EXTENDED:
        base_json_put_text(buffer, "clock", core_clock_name((enum core_clock_id)event->extended.clock));
        base_json_put_text(buffer, "rank", core_rank_name((enum core_rank)event->extended.rank));
        base_json_put_i64(buffer, "length", event->extended.length);
        break;
    case CORE_MARKED:
        base_json_put_text(buffer, "milestone", core_milestone_name((enum core_milestone)event->marked.milestone));
        if (event->marked.day != 0)
            base_json_put_i64(buffer, "on", event->marked.day);
        break;
    case CORE_TOLD:
        base_json_put_i64(buffer, "asked", event->notice);
        if (event->told_day != 0)
            base_json_put_i64(buffer, "on", event->told_day);
        break;
    case CORE_EVENT_NONE:
    case CORE_GIVEN_BACK:
    case CORE_UNPAUSED:
    case CORE_ASKED:
    case CORE_INPUT_HANDED:
    case CORE_REQUEUED:
    case CORE_TAKEN:
    case CORE_CANCEL_CONFIRMED:
    case CORE_TAKEN_OVER:
    case CORE_WITHDRAWN:
    case CORE_WOKEN:
    case CORE_REDATED:
    case CORE_CLOSED: break;
    }
}

void journal_event_put_head(struct base_buffer *buffer, const char *type, const struct core_time *time, const char *by)
{
    base_json_put_text(buffer, "type", type);
    base_json_put_i64(buffer, "at_ms", time->ms);
    base_json_put_i64(buffer, "day", time->day);
    base_json_put_i64(buffer, "minute", time->minute);
    if (by != NULL)
        base_json_put_text(buffer, "by", by);
}

void journal_event_put(struct base_buffer *buffer, const struct core_event *event, const char *by)
{
    journal_event_put_head(buffer, core_event_name(event->type), &event->time, by);
    if (journal_event_is_on_task(event->type) && event->task < CORE_TASKS_MAX)
        base_json_put_i64(buffer, "task", event->task);
    put_body(buffer, event);
}

/* -- Reading -- */

/* One object while it is read; what is wrong is remembered. */
struct reading {
    const struct base_json *json;
    bool is_broken;
};

static int64_t integer(struct reading *reading, const char *key, int64_t min, int64_t max)
{
    int64_t value = min;

    if (base_json_i64(base_json_member(reading->json, key), min, max, &value) != OD_OK)
        reading->is_broken = true;
    return value;
}

static int64_t integer_or(struct reading *reading, const char *key, int64_t min, int64_t max, int64_t otherwise)
{
    return base_json_member(reading->json, key) != NULL ? integer(reading, key, min, max) : otherwise;
}

static bool flag(struct reading *reading, const char *key)
{
    const struct base_json *value = base_json_member(reading->json, key);

    if (base_json_type(value) != BASE_JSON_BOOL)
        reading->is_broken = true;
    return base_json_type(value) == BASE_JSON_BOOL && base_json_is_true(value);
}

static core_task_set set_of(struct reading *reading, const char *key)
{
    const struct base_json *list = base_json_member(reading->json, key);
    core_task_set set = 0;
    int64_t task;

    if (base_json_type(list) != BASE_JSON_ARRAY)
        reading->is_broken = true;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        if (base_json_i64(item, 0, CORE_TASKS_MAX - 1, &task) != OD_OK)
            reading->is_broken = true;
        else
            set |= (core_task_set)1 << task;
    }
    return set;
}

/* The value of the word under key; a word that is unknown breaks the record. */
static uint8_t word(struct reading *reading, const char *key, unsigned value)
{
    if (value == 0 || base_json_member_text(reading->json, key) == NULL)
        reading->is_broken = true;
    return (uint8_t)value;
}

static const char *text(struct reading *reading, const char *key)
{
    return base_json_member_text(reading->json, key);
}

static void read_failure(struct reading *reading, struct core_event *event)
{
    event->failed.effect_known = (uint8_t)integer(reading, "effect_known", 0, CORE_EFFECT_UNKNOWN);
    event->failed.may_repeat = flag(reading, "may_repeat");
    event->failed.is_final = flag(reading, "is_final");
    event->failed.is_crash = flag(reading, "is_crash");
    event->failed.epoch = (uint32_t)integer(reading, "epoch", 0, UINT32_MAX);
}

static uint8_t read_intake(struct reading *reading)
{
    return base_json_member(reading->json, "intake") != NULL
               ? word(reading, "intake", core_intake_find(text(reading, "intake"))) : 0;
}

/* One of the pair that can be extended. */
static core_task_set set_or_none(struct reading *reading, const char *key)
{
    return base_json_member(reading->json, key) != NULL ? set_of(reading, key) : 0;
}

static uint8_t read_clock(struct reading *reading)
{
    const char *name = text(reading, "clock");

    for (unsigned id = CORE_CLOCK_PROMISED; name != NULL && id < CORE_CLOCKS; id++)
        if (strcmp(name, core_clock_name((enum core_clock_id)id)) == 0)
            return (uint8_t)id;
    reading->is_broken = true;
    return CORE_CLOCK_PROMISED;
}

static void read_body(struct reading *reading, uint64_t id, struct core_event *event)
{
    switch (event->type) {
    case CORE_RECEIVED:
        event->received.id = id;
        event->received.included = set_of(reading, "included");
        event->received.is_complete = flag(reading, "complete");
        event->received.intake = read_intake(reading);
        event->received.tolerated_until = (core_day)integer_or(reading, "tolerated_until", 1, CORE_DAY_MAX, 0);
        event->received.held = set_or_none(reading, "held");
        event->received.held_conditional = set_or_none(reading, "held_conditional");
        break;
    case CORE_SUPPLEMENTED:
        event->supplemented.is_complete = flag(reading, "complete");
        event->supplemented.answered = set_of(reading, "answered");
        event->supplemented.included = set_or_none(reading, "included");
        event->supplemented.unheld = set_or_none(reading, "unheld");
        if (base_json_member(reading->json, "tolerated_met") != NULL)
            event->supplemented.is_tolerated_met = flag(reading, "tolerated_met");
        break;
    case CORE_OFFERED:
        event->offered.tasks = (core_task_set)1 << event->task; /* one an event */
        event->offered.epoch = (uint32_t)integer(reading, "epoch", 0, UINT32_MAX);
        event->offered.by_officer = flag(reading, "by_officer");
        break;
    case CORE_FAILED:
    case CORE_SESSION_LOST: read_failure(reading, event); break;
    case CORE_ACCEPTED:
    case CORE_RESUMED: event->epoch = (uint32_t)integer(reading, "epoch", 0, UINT32_MAX); break;
    case CORE_OPINED: event->opinion = word(reading, "opinion", core_opinion_find(text(reading, "opinion"))); break;
    case CORE_PAUSED:
        event->pause_kind = word(reading, "kind", core_pause_kind_find(text(reading, "kind")));
        event->expected_days = (int32_t)integer_or(reading, "expected_days", 1, CORE_LIMIT_DAYS_MAX, 0);
        break;
    case CORE_PARKED: event->park_reason = word(reading, "reason", core_park_reason_find(text(reading, "reason"))); break;
    case CORE_CHECKED:
        event->checked.tasks = set_of(reading, "tasks");
        event->checked.lacking = set_of(reading, "lacking");
        event->checked.intake = read_intake(reading);
        break;
    case CORE_EXTENDED:
        event->extended.clock = read_clock(reading);
        event->extended.rank = word(reading, "rank", core_rank_find(text(reading, "rank")));
        event->extended.length = (int32_t)integer(reading, "length", 1, CORE_LIMIT_DAYS_MAX);
        break;
    case CORE_MARKED:
        event->marked.milestone = word(reading, "milestone", core_milestone_find(text(reading, "milestone")));
        event->marked.day = (core_day)integer_or(reading, "on", 1, CORE_DAY_MAX, 0);
        break;
    case CORE_TOLD:
        event->notice = (uint8_t)integer(reading, "asked", 1, UINT8_MAX);
        event->told_day = (core_day)integer_or(reading, "on", 1, CORE_DAY_MAX, 0);
        break;
    case CORE_EVENT_NONE:
    case CORE_GIVEN_BACK:
    case CORE_UNPAUSED:
    case CORE_ASKED:
    case CORE_INPUT_HANDED:
    case CORE_REQUEUED:
    case CORE_TAKEN:
    case CORE_CANCEL_CONFIRMED:
    case CORE_TAKEN_OVER:
    case CORE_WITHDRAWN:
    case CORE_WOKEN:
    case CORE_REDATED:
    case CORE_CLOSED: break;
    }
}

int journal_event_read(const struct base_json *json, uint64_t id, struct core_event *event)
{
    struct reading reading = {.json = json};
    struct core_event read = {.type = core_event_find(base_json_member_text(json, "type"))};

    if (read.type == CORE_EVENT_NONE || base_json_member(json, "entry") != NULL)
        return OD_ENOTFOUND; /* a register may call its own events as the core does */
    read.time.ms = integer(&reading, "at_ms", 0, MS_MAX);
    read.time.day = (core_day)integer(&reading, "day", 0, CORE_DAY_MAX);
    read.time.minute = (int32_t)integer(&reading, "minute", 0, CORE_DAY_MINUTES - 1);
    bool is_whole = read.type == CORE_EXTENDED && base_json_member(json, "task") == NULL;
    if (is_whole)
        read.task = CORE_TASKS_MAX;
    else if (journal_event_is_on_task(read.type))
        read.task = (unsigned)integer(&reading, "task", 0, CORE_TASKS_MAX - 1);
    read_body(&reading, id, &read);
    if (reading.is_broken)
        return OD_ESYNTAX;
    *event = read;
    return OD_OK;
}
