/* SPDX-License-Identifier: Apache-2.0 */
/* Private to hub/core. The packed form of an application, version 2. All numbers are varints (7 bits a
 * byte, low first); signed ones are zigzag. Days and times stand relative to the
 * receipt; a clock names its non-zero fields in a mask, since most are zero, and so do
 * what is rare in an application and in a task.
 *
 *   u8 version, u8 task_count, u8 status | outcome << 4, u8 flags
 *   id, revision, received_ms, received_day, receipt_day, accepted_day
 *   accepted, decided, closed: 0 = not yet, else 1 + zigzag(ms - received_ms)
 *   HEAD_RARE: notices, told, checked, lacking, notice_minute (0, or 1 + zigzag of minutes after received_day)
 *   clock promised, clock statutory, clock supplement
 *   HEAD_ALONE: clock intake, clock tolerance, clock delivery
 *   HEAD_TOLD: u8 telling, zigzag(presumed_day - received_day)
 *   HEAD_STOPS: count, each: task, kind, from day and minute, 0 or until day and minute
 *   each task: u8 state | opinion << 4 | has_rare << 7, u8 flags, attempt, epoch,
 *     zigzag(since_ms - received_ms),
 *     has_rare: park_reason, pause_kind, crashes, failures, milestones, u8 more;
 *     clock promised, clock statutory,
 *     MORE_WATCH: watch_days, clock watch; MORE_STAGES: CORE_STAGES_MAX clocks; MORE_HELD: held
 *   clock: u8 state | CLOCK_*, CLOCK_FIELDS: u8 mask of FIELD_*, then each field in the mask
 *
 * The matters that are included are those whose task is not skipped. The form is canonical: no long varints,
 * no zero under a mask bit, nothing after the end. So two states are equal exactly when their bytes are. */
#ifndef CORE_PACK_H
#define CORE_PACK_H

#include "core/application.h"

#define PACK_VERSION 2
#define PACK_VARINT_SIZE_MAX 10
#define PACK_MS_MAX (INT64_C(1) << 60)

enum {
    HEAD_RARE = 1 << 4,
    HEAD_ALONE = 1 << 5,
    HEAD_STOPS = 1 << 6,
    HEAD_TOLD = 1 << 7,
    TASK_RARE = 1 << 7,
    MORE_WATCH = 1 << 0,
    MORE_STAGES = 1 << 1,
    MORE_HELD = 1 << 2,
    CLOCK_OVERDUE = 1 << 3,
    CLOCK_PROVISIONAL = 1 << 4,
    CLOCK_WARNED = 1 << 5,
    CLOCK_FIELDS = 1 << 6,
};

enum {
    FIELD_START = 1 << 0,
    FIELD_DUE = 1 << 1,
    FIELD_WARN = 1 << 2,
    FIELD_ENDED = 1 << 3,
    FIELD_EXTENDED = 1 << 4, /* extensions, extended */
    FIELD_HOURS = 1 << 5,    /* start_minute, due_minute, warn_minute, offset */
};

static inline bool core_pack_has_rare(const struct core_application *application)
{
    return (application->told | application->checked | application->lacking) != 0 || application->notices != 0 ||
           application->notice_minute != 0;
}

static inline bool core_pack_has_alone(const struct core_application *application)
{
    return (application->intake.state | application->tolerance.state | application->delivery.state) != CORE_CLOCK_NONE;
}

#endif
