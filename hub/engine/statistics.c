/* SPDX-License-Identifier: Apache-2.0 */
/* What an event counts for goes with the write that tells of it: it is counted when, and only
 * when, the record is in the journal. */
#include "engine/statistics.h"

#include <stdio.h>
#include <string.h>

#include "journal/record.h"

#define ROOM_MIN 16

const char *engine_window_of(const struct base_json *body)
{
    const char *channel = base_json_member_text(body, "channel"), *window = base_json_member_text(body, "window");
    bool is_at_window = channel == NULL || strcmp(channel, "window") == 0;

    if (is_at_window && window != NULL && *window != '\0')
        return window;
    return channel != NULL && *channel != '\0' ? channel : "online";
}

int engine_window_number(struct engine *engine, const char *name, uint32_t *number)
{
    *number = 0;
    if (strcmp(name, ENGINE_WINDOW_OTHER) == 0)
        return OD_OK;
    int rc = store_window(engine->store, name, number);
    return rc == OD_ELIMIT ? OD_OK : rc;
}

uint32_t engine_window_find(const struct engine *engine, const char *name)
{
    const char *known;

    for (uint32_t number = 1; number <= STORE_WINDOWS_MAX && (known = store_window_name(engine->store, number)) != NULL; number++)
        if (strcmp(known, name) == 0)
            return number;
    return 0;
}

/* Room for more counts behind those that the write has already; it doubles. NULL when memory is short. */
static struct store_count *take_room(struct base_arena *arena, struct engine_application *application,
                                     struct store_write *write, size_t more)
{
    size_t room = write->count_count > 0 ? application->count_room : 0;

    if (write->count_count + more > room) {
        for (room = room > 0 ? room : ROOM_MIN; room < write->count_count + more;)
            room *= 2;
        struct store_count *counts = base_arena_take(arena, room * sizeof(*counts));
        if (counts == NULL)
            return NULL;
        if (write->count_count > 0)
            memcpy(counts, application->counts, write->count_count * sizeof(*counts));
        write->counts = application->counts = counts;
        application->count_room = (uint32_t)room;
    }
    return application->counts + write->count_count;
}

int engine_officer_number(struct engine *engine, const char *name, uint32_t *number)
{
    char text[BASE_ID_MAX + 1];

    *number = 0;
    if (snprintf(text, sizeof(text), ENGINE_OFFICER_PREFIX "%s", name) > BASE_ID_MAX)
        return OD_OK;
    return engine_window_number(engine, text, number);
}

/* What is put into the room: each item for the whole or its department, and for the officer who did it. */
struct putting {
    struct engine *engine;
    struct engine_application *application;
    const struct core_event *event;
    const char *officer; /* NULL = none */
    bool has_number;     /* the officer's, looked up once for all items */
    uint32_t number;
    struct store_count *counts;
    uint32_t count;
};

static int put_item(struct putting *putting, const struct engine_measured_item *item, struct store_count count)
{
    const struct engine_department *department =
        item->task < CORE_TASKS_MAX ? engine_department_of(putting->engine, putting->application, item->task) : NULL;
    int rc = item->task < CORE_TASKS_MAX && department == NULL ? OD_ENOMEM : OD_OK;

    count.department = department != NULL ? department->number : 0;
    count.window = department != NULL ? 0 : putting->application->window;
    count.measure = item->measure;
    count.is_greatest = engine_measure_is_greatest(item->measure);
    count.delta = item->delta;
    putting->counts[putting->count++] = count;
    if (rc != OD_OK || putting->officer == NULL || !engine_measure_is_of_officer(putting->event, item))
        return rc;
    if (!putting->has_number)
        rc = engine_officer_number(putting->engine, putting->officer, &putting->number);
    putting->has_number = rc == OD_OK;
    count.department = ENGINE_COUNT_OFFICER;
    count.window = putting->number;
    putting->counts[putting->count++] = count;
    return rc;
}

static const char *officer_of(const struct engine_application *application, const struct core_event *event, const char *by)
{
    bool is_on_task = journal_event_is_on_task(event->type) && event->task < application->service->matter_count;

    return engine_measure_officer(by, is_on_task ? application->service->matters[event->task]->department->id : NULL);
}

/* Departments and officers are counted by service, applications by service and window. */
static int put(struct putting *putting, const struct engine_measured *measured, struct store_write *write)
{
    struct store_count count = {.month = engine_month_of(putting->event->time.day)};
    int rc = store_service(putting->engine->store, putting->application->service->id, &count.service);

    putting->counts = take_room(&putting->engine->filling->store->arena, putting->application, write, 2 * measured->count);
    if (putting->counts == NULL || rc != OD_OK)
        return OD_ENOMEM;
    for (size_t i = 0; i < measured->count && rc == OD_OK; i++)
        rc = put_item(putting, &measured->items[i], count);
    write->count_count += putting->count;
    return rc;
}

void engine_statistics_note(struct engine *engine, struct engine_application *application, const struct core_event *event,
                            const struct core_effects *effects, const char *by, struct store_write *write)
{
    struct putting putting = {.engine = engine, .application = application, .event = event, .officer = officer_of(application, event, by)};
    struct engine_measured measured;

    engine_measure(&application->service->rules, application->core, event, effects, &measured);
    if (measured.count > 0 && put(&putting, &measured, write) != OD_OK)
        application->record.is_broken = true; /* what is not counted must not be in the journal: the batch is not written */
}
