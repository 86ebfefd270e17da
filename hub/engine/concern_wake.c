/* SPDX-License-Identifier: Apache-2.0 */
/* Time passes: a concern whose reply is due soon, or late, is told to those who have it in hand; and another calendar
 * moves its dates.
 *
 *   wake  -> the clock of now -> due soon | overdue: record and alert -> put with the next wake
 *   redate -> [pool: a page of open ones] -> those whose date moved: record, alert, put -> the next page */
#include "engine/concern.h"

#include <string.h>

static const uint8_t clocked[] = {ENGINE_ENTRY_INQUIRY, ENGINE_ENTRY_COMPLAINT, ENGINE_ENTRY_EVALUATION};

#define CLOCKED (sizeof(clocked) / sizeof(clocked[0]))

struct change {
    const char *type; /* of the record; NULL = none */
    enum engine_alert alert;
};

/* Its body with the clock's marks and date as they are now, and the wake that follows from them. Errors: as
 * engine_concern_write. */
static int put(struct engine *engine, const struct engine_concern *concern, struct change change)
{
    static const char *const changed[] = {"warned", "overdue", "due", NULL};
    struct engine_concern_put put = {.entry = *concern->entry};
    struct base_buffer body = {0}, more = {0};
    int rc = engine_concern_counted(engine, concern, change.alert == ENGINE_ALERT_OVERDUE ? ENGINE_CONCERN_LATE : ENGINE_CONCERN_CHANGE_NONE,
                                    &put.told);

    base_json_open(&body, NULL, '{');
    engine_concern_put_kept(&body, concern->tree, changed);
    base_json_put_bool(&body, "warned", concern->clock.is_warned);
    base_json_put_bool(&body, "overdue", concern->clock.is_overdue);
    engine_put_day(&body, "due", concern->clock.due);
    base_json_close(&body, '}');
    engine_concern_put_more(&more, engine, concern->kind, concern->entry);
    engine_concern_told_put(&more, &put.told);
    engine_put_day(&more, "due", concern->clock.due);
    put.entry.body = base_buffer_text(&body);
    put.entry.body_size = (uint32_t)body.size;
    put.entry.wake_minute = engine_concern_wake(concern);
    put.event = (struct engine_entry_event){.type = change.type, .by = "clock", .more = base_buffer_text(&more),
                                            .number = concern->entry->application != 0 ? base_json_member_text(concern->tree, "number") : NULL};
    put.alert = (struct engine_concern_alert){.kind = (uint8_t)change.alert, .due = concern->clock.due};
    if (rc == OD_OK)
        rc = body.is_broken || more.is_broken ? OD_ENOMEM : engine_concern_write(engine, concern->kind, &put, NULL, NULL);
    base_buffer_fini(&body);
    base_buffer_fini(&more);
    return rc;
}

/* Red goes before yellow: what is late is no longer due soon. */
static void on_due(struct engine *engine, const struct store_entry *entry)
{
    struct core_moment now = core_moment_of(&engine->now);
    struct engine_concern concern = {0};
    struct change change = {NULL, ENGINE_ALERT_NONE};
    int rc = engine_concern_read(engine, entry, &concern);

    if (rc == OD_OK && core_clock_check(&concern.clock, &now))
        change = (struct change){concern.kind->events.overdue, ENGINE_ALERT_OVERDUE};
    else if (rc == OD_OK && core_clock_check_warn(&concern.clock, &now))
        change = (struct change){concern.kind->events.warned, ENGINE_ALERT_WARNED};
    if (rc == OD_OK)
        rc = put(engine, &concern, change);
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "%s %llu is looked at again in a minute: %s", engine_entry_kind_name(entry->kind),
                 (unsigned long long)entry->id, base_error_text(rc));
    engine_concern_fini(&concern);
}

void engine_concerns_start(struct engine *engine)
{
    for (size_t i = 0; i < CLOCKED; i++)
        engine_entry_on_due(engine, clocked[i], on_due);
}

/* -- Another calendar -- */

struct redating {
    struct store_entry_filter filter;
    size_t at; /* in clocked */
};

static bool has_moved(const struct engine_concern *concern)
{
    const char *due = base_json_member_text(concern->tree, "due");
    core_day day = 0;

    return due == NULL || base_day_parse(due, &day) != OD_OK || day != concern->clock.due;
}

static void redate(struct engine *engine, const struct store_entry *entry)
{
    struct engine_concern concern = {0};
    int rc = engine_concern_read(engine, entry, &concern);

    if (rc == OD_OK && concern.clock.state == CORE_CLOCK_RUNNING && has_moved(&concern))
        rc = put(engine, &concern, (struct change){concern.kind->events.redated, ENGINE_ALERT_REDATED});
    if (rc != OD_OK) /* its date is told right all the same; it is looked at with its next wake */
        base_log(BASE_LOG_WARNING, "the wake of %s %llu did not follow the calendar: %s", engine_entry_kind_name(entry->kind),
                 (unsigned long long)entry->id, base_error_text(rc));
    engine_concern_fini(&concern);
}

static void redate_next(struct engine *engine, struct redating *redating);

static void on_page(struct engine *engine, const struct engine_entry_page *page, int rc, void *data)
{
    struct redating *redating = data;

    for (size_t i = 0; i < page->count; i++)
        redate(engine, &page->entries[i]);
    redating->filter.before = page->next;
    if (rc != OD_OK || page->next == 0) {
        redating->at++;
        redating->filter.before = UINT64_MAX;
    }
    redate_next(engine, redating);
}

static void redate_next(struct engine *engine, struct redating *redating)
{
    int rc = OD_OK;

    if (redating->at < CLOCKED && !engine->is_stopping) {
        redating->filter.kind = clocked[redating->at];
        rc = engine_entries_get(engine, &redating->filter, BASE_PAGE_MAX, on_page, redating);
        if (rc == OD_OK)
            return;
    }
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "open inquiries and complaints did not follow the calendar yet: %s", base_error_text(rc));
    base_free(redating);
}

void engine_concerns_redate(struct engine *engine)
{
    struct redating *redating = base_alloc(sizeof(*redating));

    if (redating == NULL)
        return;
    *redating = (struct redating){.filter = {.state = ENGINE_CONCERN_OPEN, .department = -1, .before = UINT64_MAX}};
    redate_next(engine, redating);
}
