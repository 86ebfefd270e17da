/* SPDX-License-Identifier: Apache-2.0 */
/* Events as the journal writes them, and back: what a replay needs to do the same
 * steps again. Pure. Shape: one JSON object, {"type", "at_ms", "day", "minute", "by",
 * "task", ...}; members that are not of the event itself are for people and left alone. */
#ifndef JOURNAL_RECORD_H
#define JOURNAL_RECORD_H

#include "base/buffer.h"
#include "base/json.h"
#include "core/core.h"

/* A member of an event: the version of the catalogue by whose calendars its dates were worked out, a text. Absent:
 * those of the catalogue that the application is pinned to. Pinned rules stay, calendars follow amendments
 * (docs/rules/calendar.md C-6), so a replay must count by the same ones. */
#define JOURNAL_CALENDARS_OF "calendars_of"

/* Does the event speak of one task? */
bool journal_event_is_on_task(enum core_event_type type);

/* Put type, time, task and what belongs to the type as members of the object that is open.
 * OFFERED: of one task alone, .task. by NULL = nobody. */
void journal_event_put(struct base_buffer *buffer, const struct core_event *event, const char *by);

/* The type and time members alone, of something that is no event of the core. */
void journal_event_put_head(struct base_buffer *buffer, const char *type, const struct core_time *time, const char *by);

/* id: of the application, for RECEIVED. Errors (*event unchanged): OD_ENOTFOUND the object is no event of the
 * core ("decided", "progress", whatever has an "entry" ...), OD_ESYNTAX a member is missing or of another shape. */
OD_MUST_CHECK int journal_event_read(const struct base_json *json, uint64_t id, struct core_event *event);

#endif
