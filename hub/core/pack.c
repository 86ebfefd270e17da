/* SPDX-License-Identifier: Apache-2.0 */
/* The packed form of an application, version 1. All numbers are varints (7 bits a
 * byte, low first); signed ones are zigzag. Days and times stand relative to the
 * receipt; a clock names its non-zero fields in a mask, since most are zero.
 *
 *   u8 version, u8 task_count, u8 status | outcome << 4, u8 flags
 *   id, revision, received_ms, received_day, accepted_day
 *   accepted, decided, closed: 0 = not yet, else 1 + zigzag(ms - received_ms)
 *   clock promised, clock statutory, clock supplement
 *   each task: u8 state | opinion << 4 | has_rare << 7, u8 flags, attempt, epoch,
 *     zigzag(since_ms - received_ms),
 *     has_rare: park_reason, pause_kind, crashes, failures;
 *     clock promised, clock statutory
 *   clock: u8 state | is_overdue << 3 | is_provisional << 4 | has_fields << 5,
 *     has_fields: u8 mask of FIELD_*, then each field in the mask
 *
 * The form is canonical: no long varints, no zero under a mask bit, nothing after
 * the end. So two states are equal exactly when their bytes are. */
#include <assert.h>
#include <string.h>

#include "core/application.h"

#define VERSION 1
#define VARINT_SIZE_MAX 10
#define MS_MAX (INT64_C(1) << 60)

enum {
    TASK_RARE = 1 << 7,
    CLOCK_OVERDUE = 1 << 3,
    CLOCK_PROVISIONAL = 1 << 4,
    CLOCK_FIELDS = 1 << 5,
};

enum {
    FIELD_START = 1 << 0,
    FIELD_DUE = 1 << 1,
    FIELD_UNROLLED = 1 << 2, /* present where it differs from due */
    FIELD_PAUSED_ON = 1 << 3,
    FIELD_LEFT = 1 << 4,
    FIELD_ENDED = 1 << 5,
};

struct writer {
    uint8_t *at;
    const uint8_t *end;
    bool is_full;
};

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool is_broken; /* too short, or not canonical; then everything read is 0 */
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

static int64_t unzigzag(uint64_t value)
{
    return (value & 1) != 0 ? -(int64_t)(value >> 1) - 1 : (int64_t)(value >> 1);
}

static void put_clock(struct writer *writer, const struct core_clock *clock, core_day origin)
{
    unsigned mask = 0;

    mask |= clock->start != 0 ? FIELD_START : 0;
    mask |= clock->due != 0 ? FIELD_DUE : 0;
    mask |= clock->due_unrolled != clock->due ? FIELD_UNROLLED : 0;
    mask |= clock->paused_on != 0 ? FIELD_PAUSED_ON : 0;
    mask |= clock->left != 0 ? FIELD_LEFT : 0;
    mask |= clock->ended != 0 ? FIELD_ENDED : 0;
    put_byte(writer, clock->state | (clock->is_overdue ? CLOCK_OVERDUE : 0u) |
                         (clock->is_provisional ? CLOCK_PROVISIONAL : 0u) |
                         (mask != 0 ? CLOCK_FIELDS : 0u));
    if (mask == 0)
        return;
    put_byte(writer, mask);
    if ((mask & FIELD_START) != 0)
        put(writer, zigzag(clock->start - origin));
    if ((mask & FIELD_DUE) != 0)
        put(writer, zigzag(clock->due - origin));
    if ((mask & FIELD_UNROLLED) != 0)
        put(writer, zigzag(clock->due_unrolled - clock->due));
    if ((mask & FIELD_PAUSED_ON) != 0)
        put(writer, zigzag(clock->paused_on - origin));
    if ((mask & FIELD_LEFT) != 0)
        put(writer, (uint64_t)clock->left);
    if ((mask & FIELD_ENDED) != 0)
        put(writer, zigzag(clock->ended - origin));
}

static unsigned task_flags(const struct core_task *task)
{
    return (unsigned)task->is_deemed | (unsigned)task->is_redelivered << 1 |
           (unsigned)task->is_cancel_owed << 2 | (unsigned)task->is_input_owed << 3 |
           (unsigned)task->is_by_officer << 4 | (unsigned)task->has_late_opinion << 5;
}

static void put_task(struct writer *writer, const struct core_task *task,
                     const struct core_application *application)
{
    bool has_rare =
        (task->park_reason | task->pause_kind | task->crashes | task->failures) != 0;

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
    }
    for (int id = 0; id < CORE_CLOCKS; id++)
        put_clock(writer, &task->clocks[id], application->received_day);
}

/* A moment that may not have come yet. */
static void put_moment(struct writer *writer, core_ms ms, core_ms origin)
{
    put(writer, ms == 0 ? 0 : 1 + zigzag(ms - origin));
}

static void put_head(struct writer *writer, const struct core_application *application)
{
    put_byte(writer, VERSION);
    put_byte(writer, application->task_count);
    put_byte(writer, application->status | (unsigned)application->outcome << 4);
    put_byte(writer, (unsigned)application->is_deemed | (unsigned)application->is_flagged << 1);
    put(writer, application->id);
    put(writer, application->revision);
    put(writer, zigzag(application->received_ms));
    put(writer, (uint64_t)application->received_day);
    put(writer, (uint64_t)application->accepted_day);
    put_moment(writer, application->accepted_ms, application->received_ms);
    put_moment(writer, application->decided_ms, application->received_ms);
    put_moment(writer, application->closed_ms, application->received_ms);
    for (int id = 0; id < CORE_CLOCKS; id++)
        put_clock(writer, &application->clocks[id], application->received_day);
    put_clock(writer, &application->supplement, application->received_day);
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

    for (unsigned i = 0; i < VARINT_SIZE_MAX; i++) {
        uint8_t byte = take_byte(reader);
        if (i == VARINT_SIZE_MAX - 1 && byte > 1)
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

static bool take_flag(unsigned bits, unsigned flag)
{
    return (bits & flag) != 0;
}

/* Signed, relative to origin; the sum must lie in 0..max. */
static int64_t take_offset(struct reader *reader, int64_t origin, int64_t max)
{
    int64_t offset = unzigzag(take(reader, UINT64_MAX));

    if (offset < -MS_MAX || offset > MS_MAX || origin + offset < 0 || origin + offset > max)
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

static core_day take_unrolled(struct reader *reader, unsigned mask, core_day due)
{
    if ((mask & FIELD_UNROLLED) == 0)
        return due;
    core_day day = (core_day)take_offset(reader, due, CORE_DAY_MAX);
    return day != due ? day : (core_day)broken(reader);
}

static int32_t take_left(struct reader *reader, unsigned mask)
{
    if ((mask & FIELD_LEFT) == 0)
        return 0;
    uint64_t left = take(reader, CORE_DAY_MAX);
    return (int32_t)(left != 0 ? left : broken(reader));
}

static void take_clock(struct reader *reader, struct core_clock *clock, core_day origin)
{
    unsigned head = take_byte(reader);

    *clock = (struct core_clock){.state = head & 7u,
                                 .is_overdue = take_flag(head, CLOCK_OVERDUE),
                                 .is_provisional = take_flag(head, CLOCK_PROVISIONAL)};
    if (clock->state > CORE_CLOCK_STOPPED || head >= CLOCK_FIELDS << 1)
        broken(reader);
    if ((head & CLOCK_FIELDS) == 0)
        return;
    unsigned mask = take_byte(reader);
    if (mask == 0 || mask >= FIELD_ENDED << 1)
        broken(reader);
    clock->start = take_day(reader, mask, FIELD_START, origin);
    clock->due = take_day(reader, mask, FIELD_DUE, origin);
    clock->due_unrolled = take_unrolled(reader, mask, clock->due);
    clock->paused_on = take_day(reader, mask, FIELD_PAUSED_ON, origin);
    clock->left = take_left(reader, mask);
    clock->ended = take_day(reader, mask, FIELD_ENDED, origin);
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
    if (flags >= 1u << 6)
        broken(reader);
}

static void take_rare(struct reader *reader, struct core_task *task)
{
    task->park_reason = (uint8_t)take(reader, CORE_PARK_BY_CONNECTOR);
    task->pause_kind =
        (uint8_t)take(reader, 31); /* CORE_PAUSE_AUCTION, checked with the state */
    task->crashes = (uint8_t)take(reader, UINT8_MAX);
    task->failures = (uint16_t)take(reader, UINT16_MAX);
    if ((task->park_reason | task->pause_kind | task->crashes | task->failures) == 0 ||
        task->pause_kind > CORE_PAUSE_AUCTION)
        broken(reader);
}

static void take_task(struct reader *reader, struct core_task *task,
                      const struct core_application *application)
{
    unsigned head = take_byte(reader);

    task->state = head & 0xfu;
    task->opinion = head >> 4 & 7u;
    if (task->state == CORE_TASK_NONE || task->state > CORE_TASK_SKIPPED ||
        task->opinion > CORE_OPINION_NOT_APPLICABLE)
        broken(reader);
    take_task_flags(reader, task);
    task->attempt = (uint16_t)take(reader, UINT16_MAX);
    task->epoch = (uint32_t)take(reader, UINT32_MAX);
    task->since_ms = take_offset(reader, application->received_ms, MS_MAX);
    if ((head & TASK_RARE) != 0)
        take_rare(reader, task);
    for (int id = 0; id < CORE_CLOCKS; id++)
        take_clock(reader, &task->clocks[id], application->received_day);
}

static core_ms take_moment(struct reader *reader, core_ms origin)
{
    uint64_t value = take(reader, UINT64_MAX);

    if (value == 0)
        return 0;
    int64_t offset = unzigzag(value - 1);
    if (offset < -MS_MAX || offset > MS_MAX || origin + offset <= 0 || origin + offset > MS_MAX)
        return (core_ms)broken(reader);
    return origin + offset;
}

static void take_head(struct reader *reader, struct core_application *application)
{
    unsigned states = take_byte(reader);
    unsigned flags = take_byte(reader);

    application->status = states & 0xfu;
    application->outcome = (uint8_t)(states >> 4);
    application->is_deemed = take_flag(flags, 1u << 0);
    application->is_flagged = take_flag(flags, 1u << 1);
    if (application->status == CORE_STATUS_NONE || application->status > CORE_STATUS_LAPSED ||
        application->outcome > CORE_OUTCOME_NOT_REQUIRED || flags >= 1u << 2)
        broken(reader);
    application->id = take(reader, UINT64_MAX);
    application->revision = (uint32_t)take(reader, UINT32_MAX);
    application->received_ms = take_offset(reader, 0, MS_MAX);
    application->received_day = (core_day)take(reader, CORE_DAY_MAX);
    application->accepted_day = (core_day)take(reader, CORE_DAY_MAX);
    application->accepted_ms = take_moment(reader, application->received_ms);
    application->decided_ms = take_moment(reader, application->received_ms);
    application->closed_ms = take_moment(reader, application->received_ms);
    for (int id = 0; id < CORE_CLOCKS; id++)
        take_clock(reader, &application->clocks[id], application->received_day);
    take_clock(reader, &application->supplement, application->received_day);
}

int core_application_peek(const uint8_t *bytes, size_t size, unsigned *task_count)
{
    if (size < 2 || bytes[0] != VERSION || bytes[1] == 0 || bytes[1] > CORE_TASKS_MAX)
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
    return OD_OK;
}
