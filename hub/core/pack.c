/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the packed form; unpack.c reads it. */
#include <assert.h>
#include <string.h>

#include "core/pack.h"

struct writer {
    uint8_t *at;
    const uint8_t *end;
    bool is_full;
};

static void put_byte(struct writer *writer, unsigned value)
{
    assert(value <= UINT8_MAX);

    if (writer->at == writer->end) {
        writer->is_full = true;
        return;
    }
    *writer->at++ = (uint8_t)value;
}

static void put(struct writer *writer, uint64_t value)
{
    while (value > 0x7f) {
        put_byte(writer, (unsigned)(value & 0x7f) | 0x80);
        value >>= 7;
    }
    put_byte(writer, (unsigned)value);
}

static uint64_t zigzag(int64_t value)
{
    return value < 0 ? ~((uint64_t)value << 1) : (uint64_t)value << 1;
}

static unsigned clock_mask(const struct core_clock *clock)
{
    unsigned mask = 0;

    mask |= clock->start != 0 ? FIELD_START : 0;
    mask |= clock->due != 0 ? FIELD_DUE : 0;
    mask |= clock->warn != 0 ? FIELD_WARN : 0;
    mask |= clock->ended != 0 ? FIELD_ENDED : 0;
    mask |= (clock->extended | clock->extensions) != 0 ? FIELD_EXTENDED : 0;
    mask |= clock->due_minute != 0 ? FIELD_HOURS : 0;
    return mask;
}

static void put_clock(struct writer *writer, const struct core_clock *clock, core_day origin)
{
    unsigned mask = clock_mask(clock);

    put_byte(writer, clock->state | (clock->is_overdue ? CLOCK_OVERDUE : 0u) |
                         (clock->is_provisional ? CLOCK_PROVISIONAL : 0u) |
                         (clock->is_warned ? CLOCK_WARNED : 0u) | (mask != 0 ? CLOCK_FIELDS : 0u));
    if (mask == 0)
        return;
    put_byte(writer, mask);
    if ((mask & FIELD_START) != 0)
        put(writer, zigzag(clock->start - origin));
    if ((mask & FIELD_DUE) != 0)
        put(writer, zigzag(clock->due - origin));
    if ((mask & FIELD_WARN) != 0)
        put(writer, zigzag(clock->warn - origin));
    if ((mask & FIELD_ENDED) != 0)
        put(writer, zigzag(clock->ended - origin));
    if ((mask & FIELD_EXTENDED) != 0) {
        put(writer, clock->extensions);
        put(writer, (uint64_t)clock->extended);
    }
    if ((mask & FIELD_HOURS) != 0) {
        put(writer, (uint64_t)clock->start_minute);
        put(writer, (uint64_t)clock->due_minute);
        put(writer, (uint64_t)clock->warn_minute);
        put(writer, zigzag(clock->offset));
    }
}

static unsigned task_flags(const struct core_task *task)
{
    return (unsigned)task->is_deemed | (unsigned)task->is_redelivered << 1 |
           (unsigned)task->is_cancel_owed << 2 | (unsigned)task->is_input_owed << 3 |
           (unsigned)task->is_by_officer << 4 | (unsigned)task->has_late_opinion << 5 |
           (unsigned)task->has_late_extension << 6 | (unsigned)task->is_unanswered << 7;
}

static unsigned task_more(const struct core_task *task)
{
    unsigned more = task->watch.state != CORE_CLOCK_NONE || task->watch_days != 0 ? MORE_WATCH : 0;

    for (unsigned i = 0; i < CORE_STAGES_MAX; i++)
        more |= task->stages[i].state != CORE_CLOCK_NONE ? MORE_STAGES : 0;
    more |= task->held != CORE_OPINION_NONE ? MORE_HELD : 0;
    return more;
}

static void put_more(struct writer *writer, const struct core_task *task, unsigned more, core_day origin)
{
    if ((more & MORE_WATCH) != 0) {
        put(writer, (uint64_t)task->watch_days);
        put_clock(writer, &task->watch, origin);
    }
    for (unsigned i = 0; (more & MORE_STAGES) != 0 && i < CORE_STAGES_MAX; i++)
        put_clock(writer, &task->stages[i], origin);
    if ((more & MORE_HELD) != 0)
        put(writer, task->held);
}

static void put_task(struct writer *writer, const struct core_task *task,
                     const struct core_application *application)
{
    unsigned more = task_more(task);
    bool has_rare = ((unsigned)task->park_reason | task->pause_kind | task->crashes | task->failures |
                     task->milestones | more) != 0;

    put_byte(writer, task->state | (unsigned)task->opinion << 4 | (has_rare ? TASK_RARE : 0u));
    put_byte(writer, task_flags(task));
    put(writer, task->attempt);
    put(writer, task->epoch);
    put(writer, zigzag(task->since_ms - application->received_ms));
    if (has_rare) {
        put(writer, task->park_reason);
        put(writer, task->pause_kind);
        put(writer, task->crashes);
        put(writer, task->failures);
        put(writer, task->milestones);
        put_byte(writer, more);
    }
    for (int id = 0; id < CORE_CLOCKS; id++)
        put_clock(writer, &task->clocks[id], application->received_day);
    put_more(writer, task, more, application->received_day);
}

/* A moment that may not have come yet. */
static void put_moment(struct writer *writer, core_ms ms, core_ms origin)
{
    put(writer, ms == 0 ? 0 : 1 + zigzag(ms - origin));
}

static void put_stop(struct writer *writer, const struct core_stop *stop, core_day origin)
{
    put(writer, stop->task);
    put(writer, stop->kind);
    put(writer, zigzag(stop->from - origin));
    put(writer, (uint64_t)stop->from_minute);
    put(writer, stop->until == 0 ? 0 : 1 + zigzag(stop->until - origin));
    if (stop->until != 0)
        put(writer, (uint64_t)stop->until_minute);
}

static unsigned head_flags(const struct core_application *application)
{
    return (unsigned)application->is_deemed | (unsigned)application->is_flagged << 1 |
           (unsigned)application->is_accepted_by_silence << 2 | (unsigned)application->is_late_stage << 3 |
           (core_pack_has_rare(application) ? HEAD_RARE : 0u) | (core_pack_has_alone(application) ? HEAD_ALONE : 0u) |
           (application->stop_count > 0 ? HEAD_STOPS : 0u) | (application->telling != CORE_TELLING_NONE ? HEAD_TOLD : 0u);
}

static void put_rare(struct writer *writer, const struct core_application *application)
{
    core_minute origin = (core_minute)application->received_day * CORE_DAY_MINUTES;

    put(writer, application->notices);
    put(writer, application->told);
    put(writer, application->checked);
    put(writer, application->lacking);
    put(writer, application->notice_minute == 0 ? 0 : 1 + zigzag(application->notice_minute - origin));
}

static void put_clocks(struct writer *writer, const struct core_application *application)
{
    core_day origin = application->received_day;

    for (int id = 0; id < CORE_CLOCKS; id++)
        put_clock(writer, &application->clocks[id], origin);
    put_clock(writer, &application->supplement, origin);
    if (core_pack_has_alone(application)) {
        put_clock(writer, &application->intake, origin);
        put_clock(writer, &application->tolerance, origin);
        put_clock(writer, &application->delivery, origin);
    }
}

static void put_head(struct writer *writer, const struct core_application *application)
{
    put_byte(writer, PACK_VERSION);
    put_byte(writer, application->task_count);
    put_byte(writer, application->status | (unsigned)application->outcome << 4);
    put_byte(writer, head_flags(application));
    put(writer, application->id);
    put(writer, application->revision);
    put(writer, zigzag(application->received_ms));
    put(writer, (uint64_t)application->received_day);
    put(writer, (uint64_t)application->receipt_day);
    put(writer, (uint64_t)application->accepted_day);
    put_moment(writer, application->accepted_ms, application->received_ms);
    put_moment(writer, application->decided_ms, application->received_ms);
    put_moment(writer, application->closed_ms, application->received_ms);
    if (core_pack_has_rare(application))
        put_rare(writer, application);
    put_clocks(writer, application);
    if (application->telling != CORE_TELLING_NONE) {
        put_byte(writer, application->telling);
        put(writer, zigzag(application->presumed_day - application->received_day));
    }
    if (application->stop_count > 0)
        put(writer, application->stop_count);
    for (unsigned i = 0; i < application->stop_count; i++)
        put_stop(writer, &application->stops[i], application->received_day);
}

size_t core_application_pack(const struct core_application *application, uint8_t *bytes,
                             size_t room)
{
    assert(application->task_count >= 1);
    assert(application->task_count <= CORE_TASKS_MAX);

    struct writer writer = {.at = bytes, .end = bytes + room};
    put_head(&writer, application);
    for (unsigned i = 0; i < application->task_count; i++)
        put_task(&writer, &application->tasks[i], application);
    return writer.is_full ? 0 : (size_t)(writer.at - bytes);
}
