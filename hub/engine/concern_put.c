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

static int put_counts(struct engine *engine, const struct engine_concern_put *put, struct store_write *write)
{
    const struct engine_concern_counts *wanted = &put->counts;
    struct store_count *counts, count = {.month = engine_month_of(engine->now.day), .delta = 1};
    bool has_department = put->entry.department != 0;

    if (wanted->count == 0)
        return OD_OK;
    counts = base_arena_take(&engine->filling->store->arena, 3 * wanted->count * sizeof(*counts));
    if (counts == NULL ||
        store_service(engine->store, wanted->service != NULL ? wanted->service : ENGINE_CONCERN_CENTER, &count.service) != OD_OK)
        return OD_ENOMEM;
    for (size_t i = 0; i < wanted->count; i++) {
        count.measure = wanted->measures[i];
        count.department = 0;
        count.window = wanted->window;
        counts[write->count_count++] = count;
        count.department = put->entry.department;
        count.window = 0;
        if (has_department)
            counts[write->count_count++] = count;
        count.department = ENGINE_COUNT_OFFICER;
        count.window = wanted->officer;
        if (wanted->officer != 0)
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
    if (put->counts.service != NULL)
        base_json_put_text(&body, "service", put->counts.service);
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
                            struct engine_concern_counts *counts)
{
    char name[BASE_ID_MAX + 1];
    int rc = window != NULL ? learn(engine, may_learn, window, &counts->window) : OD_OK;

    if (rc != OD_OK || officer == NULL || snprintf(name, sizeof(name), ENGINE_OFFICER_PREFIX "%s", officer) > BASE_ID_MAX)
        return rc; /* a longer name than any key's is counted under none */
    return learn(engine, may_learn, name, &counts->officer);
}

int engine_concern_counted(struct engine *engine, const struct engine_concern *concern, struct engine_concern_counts *counts)
{
    counts->service = base_json_member_text(concern->tree, "service");
    return engine_concern_count_at(engine, false, base_json_member_text(concern->tree, "counted_window"),
                                   base_json_member_text(concern->tree, "officer"), counts);
}
