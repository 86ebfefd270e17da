/* SPDX-License-Identifier: Apache-2.0 */
/* What an event counts for goes with the write that tells of it: it is counted when, and only
 * when, the record is in the journal. */
#include "engine/statistics.h"

#include <string.h>

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

/* Departments are counted by service, applications by service and window. */
static int put(struct engine *engine, struct engine_application *application, const struct engine_measured *measured,
               core_day day, struct store_write *write)
{
    struct store_count *counts = take_room(&engine->filling->store->arena, application, write, measured->count);
    struct store_count count = {.month = engine_month_of(day)};

    if (counts == NULL || store_service(engine->store, application->service->id, &count.service) != OD_OK)
        return OD_ENOMEM;
    for (size_t i = 0; i < measured->count; i++) {
        const struct engine_measured_item *item = &measured->items[i];
        const struct engine_department *department =
            item->task < CORE_TASKS_MAX ? engine_department_of(engine, application, item->task) : NULL;

        if (item->task < CORE_TASKS_MAX && department == NULL)
            return OD_ENOMEM;
        count.department = department != NULL ? department->number : 0;
        count.window = department != NULL ? 0 : application->window;
        count.measure = item->measure;
        count.delta = item->delta;
        counts[i] = count;
    }
    write->count_count += (uint32_t)measured->count;
    return OD_OK;
}

void engine_statistics_note(struct engine *engine, struct engine_application *application,
                            const struct core_event *event, const struct core_effects *effects, struct store_write *write)
{
    struct engine_measured measured;

    engine_measure(&application->service->rules, application->core, event, effects, &measured);
    if (measured.count > 0 && put(engine, application, &measured, event->time.day, write) != OD_OK)
        application->record.is_broken = true; /* what is not counted must not be in the journal: the batch is not written */
}
