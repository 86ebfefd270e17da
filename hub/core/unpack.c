/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the packed form: nothing but what pack.c writes is taken. */
#include <string.h>

#include "core/pack.h"

#define MINUTE_MAX INT32_MAX

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool is_broken; /* too short, or not canonical; then everything read is 0 */
};

static uint64_t broken(struct reader *reader)
{
    reader->is_broken = true;
    reader->at = reader->end;
    return 0;
}

static uint8_t take_byte(struct reader *reader)
{
    if (reader->at == reader->end)
        return (uint8_t)broken(reader);
    return *reader->at++;
}

static uint64_t take_long(struct reader *reader)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < PACK_VARINT_SIZE_MAX; i++) {
        uint8_t byte = take_byte(reader);
        if (i == PACK_VARINT_SIZE_MAX - 1 && byte > 1)
            return broken(reader); /* beyond 64 bits */
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0)
            return byte == 0 && i > 0 ? broken(reader)
                                      : value; /* a long zero is not canonical */
    }
    return broken(reader);
}

/* A varint that must not be greater than max. */
static uint64_t take(struct reader *reader, uint64_t max)
{
    uint64_t value =
        reader->at < reader->end && *reader->at < 0x80 ? *reader->at++ : take_long(reader);

    return value <= max ? value : broken(reader);
}

static int64_t unzigzag(uint64_t value)
{
    return (value & 1) != 0 ? -(int64_t)(value >> 1) - 1 : (int64_t)(value >> 1);
}

static bool take_flag(unsigned bits, unsigned flag)
{
    return (bits & flag) != 0;
}

/* Signed, relative to origin; the sum must lie in 0..max. */
static int64_t take_offset(struct reader *reader, int64_t origin, int64_t max)
{
    int64_t offset = unzigzag(take(reader, UINT64_MAX));

    if (offset < -PACK_MS_MAX || offset > PACK_MS_MAX || origin + offset < 0 || origin + offset > max)
        return (int64_t)broken(reader);
    return origin + offset;
}

/* A field that is present is not zero. */
static core_day take_day(struct reader *reader, unsigned mask, unsigned field, core_day origin)
{
    if ((mask & field) == 0)
        return 0;
    core_day day = (core_day)take_offset(reader, origin, CORE_DAY_MAX);
    return day != 0 ? day : (core_day)broken(reader);
}

static int32_t take_minute(struct reader *reader)
{
    return (int32_t)take(reader, MINUTE_MAX);
}

static void take_hours(struct reader *reader, struct core_clock *clock)
{
    clock->start_minute = take_minute(reader);
    clock->due_minute = take_minute(reader);
    clock->warn_minute = take_minute(reader);
    int64_t offset = unzigzag(take(reader, UINT16_MAX));
    clock->offset = (int16_t)(offset >= INT16_MIN && offset <= INT16_MAX ? offset : (int64_t)broken(reader));
    if (clock->due_minute == 0)
        broken(reader);
}

static void take_extended(struct reader *reader, struct core_clock *clock)
{
    clock->extensions = (uint8_t)take(reader, UINT8_MAX);
    clock->extended = (int32_t)take(reader, CORE_DAY_MAX);
    if ((clock->extensions | clock->extended) == 0)
        broken(reader);
}

static void take_clock(struct reader *reader, struct core_clock *clock, core_day origin)
{
    unsigned head = take_byte(reader);

    *clock = (struct core_clock){.state = head & 7u,
                                 .is_overdue = take_flag(head, CLOCK_OVERDUE),
                                 .is_provisional = take_flag(head, CLOCK_PROVISIONAL),
                                 .is_warned = take_flag(head, CLOCK_WARNED)};
    if (clock->state > CORE_CLOCK_STOPPED || head >= CLOCK_FIELDS << 1)
        broken(reader);
    if ((head & CLOCK_FIELDS) == 0)
        return;
    unsigned mask = take_byte(reader);
    if (mask == 0 || mask >= FIELD_HOURS << 1)
        broken(reader);
    clock->start = take_day(reader, mask, FIELD_START, origin);
    clock->due = take_day(reader, mask, FIELD_DUE, origin);
    clock->warn = take_day(reader, mask, FIELD_WARN, origin);
    clock->ended = take_day(reader, mask, FIELD_ENDED, origin);
    if ((mask & FIELD_EXTENDED) != 0)
        take_extended(reader, clock);
    if ((mask & FIELD_HOURS) != 0)
        take_hours(reader, clock);
}

static void take_task_flags(struct reader *reader, struct core_task *task)
{
    unsigned flags = take_byte(reader);

    task->is_deemed = take_flag(flags, 1u << 0);
    task->is_redelivered = take_flag(flags, 1u << 1);
    task->is_cancel_owed = take_flag(flags, 1u << 2);
    task->is_input_owed = take_flag(flags, 1u << 3);
    task->is_by_officer = take_flag(flags, 1u << 4);
    task->has_late_opinion = take_flag(flags, 1u << 5);
    task->has_late_extension = take_flag(flags, 1u << 6);
    task->is_unanswered = take_flag(flags, 1u << 7);
}

/* Returns what more there is of it. */
static unsigned take_rare(struct reader *reader, struct core_task *task)
{
    task->park_reason = (uint8_t)take(reader, CORE_PARK_BY_CONNECTOR);
    task->pause_kind =
        (uint8_t)take(reader, 31); /* CORE_PAUSE_AUCTION, checked with the state */
    task->crashes = (uint8_t)take(reader, UINT8_MAX);
    task->failures = (uint16_t)take(reader, UINT16_MAX);
    task->milestones = (uint16_t)take(reader, UINT16_MAX);
    unsigned more = take_byte(reader);
    if (((unsigned)task->park_reason | task->pause_kind | task->crashes | task->failures | task->milestones | more) == 0 ||
        task->pause_kind > CORE_PAUSE_AUCTION || more >= MORE_HELD << 1)
        broken(reader);
    return more;
}

static void take_more(struct reader *reader, struct core_task *task, unsigned more, core_day origin)
{
    bool has_stage = false;

    if ((more & MORE_WATCH) != 0) {
        task->watch_days = (int32_t)take(reader, CORE_LIMIT_DAYS_MAX);
        take_clock(reader, &task->watch, origin);
        if (task->watch.state == CORE_CLOCK_NONE && task->watch_days == 0)
            broken(reader);
    }
    for (unsigned i = 0; (more & MORE_STAGES) != 0 && i < CORE_STAGES_MAX; i++) {
        take_clock(reader, &task->stages[i], origin);
        has_stage |= task->stages[i].state != CORE_CLOCK_NONE;
    }
    if ((more & MORE_STAGES) != 0 && !has_stage)
        broken(reader);
    if ((more & MORE_HELD) != 0) {
        task->held = (uint8_t)take(reader, CORE_OPINION_APPROVE_WITH_CONDITIONS);
        if (task->held == CORE_OPINION_NONE)
            broken(reader);
    }
}

static void take_task(struct reader *reader, struct core_task *task,
                      const struct core_application *application)
{
    unsigned head = take_byte(reader), more = 0;

    task->state = head & 0xfu;
    task->opinion = head >> 4 & 7u;
    if (task->state == CORE_TASK_NONE || task->state > CORE_TASK_SKIPPED ||
        task->opinion > CORE_OPINION_NOT_APPLICABLE)
        broken(reader);
    take_task_flags(reader, task);
    task->attempt = (uint16_t)take(reader, UINT16_MAX);
    task->epoch = (uint32_t)take(reader, UINT32_MAX);
    task->since_ms = take_offset(reader, application->received_ms, PACK_MS_MAX);
    if ((head & TASK_RARE) != 0)
        more = take_rare(reader, task);
    for (int id = 0; id < CORE_CLOCKS; id++)
        take_clock(reader, &task->clocks[id], application->received_day);
    take_more(reader, task, more, application->received_day);
}

static core_ms take_moment(struct reader *reader, core_ms origin)
{
    uint64_t value = take(reader, UINT64_MAX);

    if (value == 0)
        return 0;
    int64_t offset = unzigzag(value - 1);
    if (offset < -PACK_MS_MAX || offset > PACK_MS_MAX || origin + offset <= 0 || origin + offset > PACK_MS_MAX)
        return (core_ms)broken(reader);
    return origin + offset;
}

static void take_rare_head(struct reader *reader, struct core_application *application)
{
    core_minute origin = (core_minute)application->received_day * CORE_DAY_MINUTES;

    application->notices = (uint8_t)take(reader, UINT8_MAX);
    application->told = take(reader, UINT64_MAX);
    application->checked = take(reader, UINT64_MAX);
    application->lacking = take(reader, UINT64_MAX);
    uint64_t value = take(reader, UINT64_MAX);
    int64_t minute = value != 0 ? origin + unzigzag(value - 1) : 0;
    application->notice_minute = minute >= 0 && minute <= ((core_minute)CORE_DAY_MAX + 1) * CORE_DAY_MINUTES
                                     ? minute : (core_minute)broken(reader);
    if (!core_pack_has_rare(application) || (value != 0 && minute == 0))
        broken(reader);
}

static void take_stop(struct reader *reader, struct core_stop *stop, const struct core_application *application)
{
    core_day origin = application->received_day;

    stop->task = (uint8_t)take(reader, (uint64_t)application->task_count - 1);
    stop->kind = (uint8_t)take(reader, CORE_PAUSE_SUPPLEMENT);
    stop->from = (core_day)take_offset(reader, origin, CORE_DAY_MAX);
    stop->from_minute = take_minute(reader);
    uint64_t until = take(reader, UINT64_MAX);
    if (until != 0) {
        int64_t day = origin + unzigzag(until - 1);
        stop->until = day > 0 && day <= CORE_DAY_MAX ? (core_day)day : (core_day)broken(reader);
        stop->until_minute = take_minute(reader);
    }
    if (stop->kind == CORE_PAUSE_NONE)
        broken(reader);
}

static void take_stops(struct reader *reader, struct core_application *application)
{
    application->stop_count = (uint8_t)take(reader, CORE_STOPS_MAX);
    if (application->stop_count == 0)
        broken(reader);
    for (unsigned i = 0; i < application->stop_count && !reader->is_broken; i++)
        take_stop(reader, &application->stops[i], application);
}

static void take_clocks(struct reader *reader, struct core_application *application, bool has_more)
{
    core_day origin = application->received_day;

    for (int id = 0; id < CORE_CLOCKS; id++)
        take_clock(reader, &application->clocks[id], origin);
    take_clock(reader, &application->supplement, origin);
    if (!has_more)
        return;
    take_clock(reader, &application->intake, origin);
    take_clock(reader, &application->tolerance, origin);
    take_clock(reader, &application->delivery, origin);
    if (!core_pack_has_alone(application))
        broken(reader);
}

static void take_telling(struct reader *reader, struct core_application *application)
{
    application->telling = take_byte(reader);
    application->presumed_day = (core_day)take_offset(reader, application->received_day, CORE_DAY_MAX);
    if (application->telling == CORE_TELLING_NONE || application->telling > CORE_TELLING_PRESUMED || application->presumed_day == 0)
        broken(reader);
}

static unsigned take_states(struct reader *reader, struct core_application *application)
{
    unsigned states = take_byte(reader);
    unsigned flags = take_byte(reader);

    application->status = states & 0xfu;
    application->outcome = (uint8_t)(states >> 4);
    application->is_deemed = take_flag(flags, 1u << 0);
    application->is_flagged = take_flag(flags, 1u << 1);
    application->is_accepted_by_silence = take_flag(flags, 1u << 2);
    application->is_late_stage = take_flag(flags, 1u << 3);
    if (application->status == CORE_STATUS_NONE || application->status > CORE_STATUS_RECEIVED ||
        application->outcome > CORE_OUTCOME_NOT_REQUIRED)
        broken(reader);
    return flags;
}

static void take_head(struct reader *reader, struct core_application *application)
{
    unsigned flags = take_states(reader, application);

    application->id = take(reader, UINT64_MAX);
    application->revision = (uint32_t)take(reader, UINT32_MAX);
    application->received_ms = take_offset(reader, 0, PACK_MS_MAX);
    application->received_day = (core_day)take(reader, CORE_DAY_MAX);
    application->receipt_day = (core_day)take(reader, CORE_DAY_MAX);
    application->accepted_day = (core_day)take(reader, CORE_DAY_MAX);
    application->accepted_ms = take_moment(reader, application->received_ms);
    application->decided_ms = take_moment(reader, application->received_ms);
    application->closed_ms = take_moment(reader, application->received_ms);
    if ((flags & HEAD_RARE) != 0)
        take_rare_head(reader, application);
    take_clocks(reader, application, (flags & HEAD_ALONE) != 0);
    if ((flags & HEAD_TOLD) != 0)
        take_telling(reader, application);
    if ((flags & HEAD_STOPS) != 0)
        take_stops(reader, application);
}

static void find_included(struct core_application *application)
{
    for (unsigned i = 0; i < application->task_count; i++)
        if (application->tasks[i].state != CORE_TASK_SKIPPED)
            application->included |= (core_task_set)1 << i;
}

int core_application_peek(const uint8_t *bytes, size_t size, unsigned *task_count)
{
    if (size < 2 || bytes[0] != PACK_VERSION || bytes[1] == 0 || bytes[1] > CORE_TASKS_MAX)
        return OD_ESYNTAX;
    *task_count = bytes[1];
    return OD_OK;
}

int core_application_unpack(struct core_application *application, const uint8_t *bytes,
                            size_t size)
{
    unsigned task_count = 0;

    int rc = core_application_peek(bytes, size, &task_count);
    if (rc != OD_OK)
        return rc;
    memset(application, 0, core_application_size(task_count));
    application->task_count = (uint8_t)task_count;

    struct reader reader = {.at = bytes + 2, .end = bytes + size};
    take_head(&reader, application);
    for (unsigned i = 0; i < task_count && !reader.is_broken; i++)
        take_task(&reader, &application->tasks[i], application);
    if (reader.is_broken || reader.at != reader.end)
        return OD_ESYNTAX;
    find_included(application);
    return OD_OK;
}
