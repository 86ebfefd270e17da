/* SPDX-License-Identifier: Apache-2.0 */
/* A concern's entry with what it counts for and whom it alerts, in one write: there is none without the others. */
#include "engine/concern.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/statistics.h"

void engine_concern_put_more(struct base_buffer *more, const struct engine *engine, const struct engine_concern_kind *kind,
                             const struct store_entry *entry)
{
    char id[ENGINE_CONCERN_ID_SIZE];

    engine_concern_id(kind, entry->id, id);
    base_json_put_text(more, "concern", id);
    if (entry->department != 0)
        base_json_put_text(more, "department", store_department_name(engine->store, entry->department));
}

/* What the journal says nothing of counts for nothing. */
static int put_counts(struct engine *engine, const struct engine_concern_put *put, struct store_write *write)
{
    const struct engine_concern_told *told = &put->told;
    struct store_count *counts, count = {.month = engine_month_of(engine->now.day), .delta = 1};
    bool has_department = put->entry.department != 0;
    uint8_t measures[ENGINE_CONCERN_MEASURES_MAX];
    size_t measured = put->event.type != NULL ? engine_concern_measure(told, measures) : 0;
    uint32_t window = 0;

    if (measured == 0)
        return OD_OK;
    counts = base_arena_take(&engine->filling->store->arena, 3 * measured * sizeof(*counts));
    if (counts == NULL ||
        store_service(engine->store, told->service != NULL ? told->service : ENGINE_CONCERN_CENTER, &count.service) != OD_OK ||
        (told->window != NULL && engine_window_number(engine, told->window, &window) != OD_OK))
        return OD_ENOMEM;
    for (size_t i = 0; i < measured; i++) {
        count.measure = measures[i];
        count.department = 0;
        count.window = window;
        counts[write->count_count++] = count;
        count.department = put->entry.department;
        count.window = 0;
        if (has_department)
            counts[write->count_count++] = count;
        count.department = ENGINE_COUNT_OFFICER;
        count.window = told->officer;
        if (told->officer != 0)
            counts[write->count_count++] = count;
    }
    write->counts = counts;
    return OD_OK;
}

static int put_alert(struct engine *engine, const struct engine_concern_kind *kind, const struct engine_concern_put *put,
                     struct store_write *write)
{
    struct base_buffer body = {0};
    char id[ENGINE_CONCERN_ID_SIZE];
    int rc;

    if (put->alert.kind == ENGINE_ALERT_NONE)
        return OD_OK;
    engine_concern_id(kind, put->entry.id, id);
    base_json_open(&body, NULL, '{');
    if (put->event.number != NULL)
        base_json_put_text(&body, "number", put->event.number);
    base_json_put_text(&body, "concern", id);
    base_json_put_text(&body, "concern_kind", engine_entry_kind_name(kind->kind));
    if (kind->clock_name != NULL)
        base_json_put_text(&body, "clock", kind->clock_name);
    if (put->told.service != NULL)
        base_json_put_text(&body, "service", put->told.service);
    base_json_close(&body, '}');
    rc = body.is_broken ? OD_ENOMEM
                        : engine_alert_attach(engine, write, (enum engine_alert)put->alert.kind, put->entry.department,
                                              put->alert.due != 0 ? put->alert.due : INT32_MAX, base_buffer_text(&body));
    base_buffer_fini(&body);
    return rc;
}

int engine_concern_write(struct engine *engine, const struct engine_concern_kind *kind, const struct engine_concern_put *put,
                         engine_call_cb on_stored, void *data)
{
    struct engine_batch_mark mark = engine_batch_mark(engine);
    int rc = engine_entry_put(engine, &put->entry, put->event.type != NULL ? &put->event : NULL, on_stored, data);

    if (rc != OD_OK)
        return rc;
    struct store_write *write = &engine->filling->store->writes[mark.writes];
    assert(write->kind == STORE_WRITE_ENTRY);
    rc = put_counts(engine, put, write);
    if (rc == OD_OK)
        rc = put_alert(engine, kind, put, write);
    if (rc == OD_OK && put->message.kind != NULL)
        rc = engine_message_put(engine, &put->message, NULL);
    if (rc != OD_OK)
        engine_batch_back(engine, mark);
    return rc;
}

struct engine_message engine_concern_message(const char *kind, const struct base_json *tree, uint64_t application, const char *params)
{
    const struct base_json *contact = base_json_member(tree, "contact");
    struct engine_message message = {.kind = kind, .application = application, .params = params,
                                     .phone = base_json_member_text(contact, "phone"), .email = base_json_member_text(contact, "email"),
                                     .language = base_json_member_text(tree, "language")};

    if (application != 0)
        message.number = base_json_member_text(tree, "number");
    else if (message.phone == NULL && message.email == NULL)
        message.kind = NULL;
    return message;
}

static int learn(struct engine *engine, bool may_learn, const char *name, uint32_t *number)
{
    if (may_learn)
        return engine_window_number(engine, name, number);
    *number = engine_window_find(engine, name);
    return OD_OK;
}

int engine_concern_count_at(struct engine *engine, bool may_learn, const char *window, const char *officer,
                            struct engine_concern_told *told)
{
    char name[BASE_ID_MAX + 1];
    uint32_t number = 0;
    int rc = window != NULL ? learn(engine, may_learn, window, &number) : OD_OK;

    told->window = number != 0 ? store_window_name(engine->store, number) : NULL;
    if (rc != OD_OK || officer == NULL || snprintf(name, sizeof(name), ENGINE_OFFICER_PREFIX "%s", officer) > BASE_ID_MAX)
        return rc; /* a longer name than any key's is counted under none */
    return learn(engine, may_learn, name, &told->officer);
}

int engine_concern_counted(struct engine *engine, const struct engine_concern *concern, enum engine_concern_change change,
                           struct engine_concern_told *told)
{
    *told = (struct engine_concern_told){.kind = concern->kind->kind, .change = (uint8_t)change,
                                         .service = base_json_member_text(concern->tree, "service")};
    return engine_concern_count_at(engine, false, base_json_member_text(concern->tree, "counted_window"),
                                   base_json_member_text(concern->tree, "officer"), told);
}
