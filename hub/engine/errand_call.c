/* SPDX-License-Identifier: Apache-2.0 */
/* What comes from the far side about an errand, and what its connector may read for it.
 *
 *   callback -> by its id, or by the connector's number of it: [pool: the reference] -> kept with it, durable -> 202,
 *            and the session that has it is told; a later one is told all that were kept */
#include "engine/errand_inside.h"

#include <stdio.h>
#include <string.h>

struct callback {
    struct errand_step step; /* first */
    struct engine_department *department;
    struct front_request *request;
    char event[65];
    bool is_stored;
};

/* -- References: the connector's number leads to the errand -- */

static bool reference_name(const char *connector, const char *reference, char name[STORE_ENTRY_NAME_MAX + 1])
{
    return snprintf(name, STORE_ENTRY_NAME_MAX + 1, "%s/%s", connector, reference) <= STORE_ENTRY_NAME_MAX;
}

int engine_errand_reference_put(struct engine *engine, const struct engine_errand *errand)
{
    char name[STORE_ENTRY_NAME_MAX + 1], body[64];
    struct store_entry entry = {.kind = ENGINE_ENTRY_REFERENCE, .application = errand->application, .wake_minute = INT64_MAX,
                                .at_ms = engine->now.ms, .name = name, .body = body};

    if (!reference_name(errand->connector, errand->external_ref, name))
        return OD_OK; /* it is found by its own id */
    entry.id = engine_entry_id(engine, ENGINE_ENTRY_REFERENCE);
    entry.body_size = (uint32_t)snprintf(body, sizeof(body), "{\"kind\":%u,\"id\":%llu}", (unsigned)errand->kind->entry,
                                         (unsigned long long)errand->id);
    return engine_entry_put(engine, &entry, NULL, NULL, NULL);
}

/* -- Callbacks -- */

static void finish(struct callback *callback)
{
    base_free(callback);
}

static void answer(struct callback *callback, int rc)
{
    struct front_request *request = callback->request;
    struct base_buffer body = {0};
    char id[ENGINE_ERRAND_ID_SIZE];

    if (rc == OD_OK) {
        engine_errand_id_format(callback->step.kind, callback->step.id, id);
        base_json_open(&body, NULL, '{');
        base_json_put_text(&body, "id", callback->event);
        base_json_put_text(&body, "task", id);
        base_json_put_bool(&body, "is_stored", callback->is_stored);
        base_json_close(&body, '}');
        front_answer(request, 202, "application/json", NULL, &body);
    } else if (rc == OD_ENOTFOUND) {
        front_answer_problem(request, FRONT_NOT_FOUND, front_say(request, "没有此编号的任务。", "There is no such errand."), NULL, 0);
    } else if (rc == OD_ELIMIT) {
        front_answer_problem(request, FRONT_TOO_LARGE, front_say(request, "回调正文超过 8 KiB。", "The body of a callback about an errand may have at most 8 KiB."), NULL, 0);
    } else {
        front_answer_problem(request, FRONT_UNAVAILABLE, front_say(request, "暂时无法受理，请稍后重发。", "It cannot be taken just now; send it again later."), NULL, 0);
    }
    finish(callback);
}

static void put_event(struct base_buffer *list, const struct callback *callback)
{
    base_json_open(list, NULL, '{');
    base_json_put_text(list, "id", callback->event);
    base_json_put_raw(list, "body", callback->request->body_text, callback->request->body_size);
    base_json_close(list, '}');
}

static bool has_event(const struct base_json *events, const char *id)
{
    for (const struct base_json *event = base_json_first(events); event != NULL; event = base_json_next(event)) {
        const char *known = base_json_member_text(event, "id");

        if (known != NULL && strcmp(known, id) == 0)
            return true;
    }
    return false;
}

static int decide_callback(struct errand_step *step, struct engine_errand *errand)
{
    struct callback *callback = (struct callback *)step;
    const struct base_json *events = base_json_member(errand->tree, "events");
    size_t count = base_json_count(events), i = 0;
    struct base_buffer list = {0};

    if (errand->department != callback->department->number)
        return OD_ENOTFOUND;
    if (errand->state != ENGINE_ERRAND_OFFERED && errand->state != ENGINE_ERRAND_ACCEPTED)
        return OD_EEXIST; /* it has ended: nobody is there to hear it */
    callback->is_stored = true;
    if (has_event(events, callback->event))
        return OD_EEXIST;
    base_json_open(&list, NULL, '[');
    for (const struct base_json *event = base_json_first(events); event != NULL; event = base_json_next(event))
        if (++i + ENGINE_ERRAND_EVENTS_MAX > count + 1)
            base_json_put(&list, NULL, event);
    put_event(&list, callback);
    base_json_close(&list, ']');
    errand->is_checkpoint_set = true; /* nothing followed from it yet */
    return engine_errand_text_set(errand, ENGINE_ERRAND_EVENTS, &list);
}

static void on_callback_end(struct errand_step *step, int rc)
{
    struct callback *callback = (struct callback *)step;
    struct engine *engine = step->engine;
    struct connect_link *link = rc == OD_OK ? engine_link_of(engine, callback->department, step->errand.epoch) : NULL;
    struct base_buffer *payload = &engine->scratch;

    if (link != NULL) {
        base_buffer_clear(payload);
        put_event(payload, callback);
        if (payload->is_broken || connect_put_item(link, BASE_ITEM_EVENT, engine_errand_handle(step->kind, step->id), payload->bytes,
                                                   payload->size) != OD_OK)
            base_log(BASE_LOG_WARNING, "connector %s: a callback reaches its next session: no room", connect_link_id(link));
    }
    answer(callback, rc == OD_EEXIST ? OD_OK : rc);
}

static void start(struct engine *engine, struct callback *callback, const struct engine_errand_kind *kind, uint64_t id)
{
    int rc = engine_errand_step_start(engine, &callback->step, kind, id);

    if (rc != OD_OK)
        answer(callback, rc);
}

static void on_reference(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct callback *callback = data;
    const struct engine_errand_kind *kind = engine_errand_kind_of(callback->department->serves);
    struct base_json_error error;
    struct base_json *tree = NULL;
    int64_t entry_kind = 0, id = 0;

    if (rc == OD_OK)
        rc = base_json_parse(entry->body, entry->body_size, &tree, &error);
    if (rc == OD_OK && (base_json_i64(base_json_member(tree, "kind"), 1, ENGINE_ENTRY_KINDS, &entry_kind) != OD_OK ||
                        base_json_i64(base_json_member(tree, "id"), 1, INT64_MAX, &id) != OD_OK || entry_kind != kind->entry))
        rc = OD_ENOTFOUND;
    base_json_destroy(tree);
    if (rc == OD_OK)
        start(engine, callback, kind, (uint64_t)id);
    else
        answer(callback, rc);
}

void engine_errand_callback(struct engine *engine, struct engine_department *department, struct front_request *request, const char *event)
{
    const struct engine_errand_kind *kind = engine_errand_kind_of(department->serves);
    const char *reference = request->params[1];
    struct callback *callback = base_alloc(sizeof(*callback));
    char name[STORE_ENTRY_NAME_MAX + 1];
    uint64_t id;

    if (callback == NULL) {
        engine_answer_rc(request, OD_ENOMEM);
        return;
    }
    *callback = (struct callback){.step = {.decide = decide_callback, .on_end = on_callback_end, .kind = kind}, .department = department,
                                  .request = request};
    snprintf(callback->event, sizeof(callback->event), "%s", event);
    if (request->body_size > ENGINE_ERRAND_EVENT_MAX) {
        answer(callback, OD_ELIMIT);
    } else if (strncmp(reference, kind->prefix, strlen(kind->prefix)) == 0 && engine_errand_id_parse(kind, reference, &id)) {
        start(engine, callback, kind, id);
    } else {
        int rc = department->link == NULL || !reference_name(connect_link_id(department->link), reference, name)
                     ? OD_ENOTFOUND
                     : engine_entry_get(engine, ENGINE_ENTRY_REFERENCE, 0, name, on_reference, callback);
        if (rc != OD_OK)
            answer(callback, rc);
    }
}

/* -- Materials -- */

struct material {
    struct errand_step step; /* first */
    uint32_t epoch;
    char hash[65];
    engine_errand_material_cb on_known;
    void *data;
};

static int decide_material(struct errand_step *step, struct engine_errand *errand)
{
    const struct material *material = (const struct material *)step;
    const char *hash = base_json_member_text(base_json_member(errand->tree, "form"), "sha256");

    if ((errand->state != ENGINE_ERRAND_OFFERED && errand->state != ENGINE_ERRAND_ACCEPTED) || errand->epoch != material->epoch)
        return OD_ESTALE;
    return hash != NULL && strcmp(hash, material->hash) == 0 ? OD_EEXIST : OD_ENOTFOUND;
}

static void on_material_end(struct errand_step *step, int rc)
{
    struct material *material = (struct material *)step;

    material->on_known(step->engine, rc == OD_EEXIST ? OD_OK : rc, material->data);
    base_free(material);
}

int engine_errand_material(struct engine *engine, uint64_t handle, uint32_t epoch, const char *hash, engine_errand_material_cb on_known,
                           void *data)
{
    uint64_t id = base_task_application(handle) & ((UINT64_C(1) << 40) - 1);
    const struct engine_errand_kind *kind = engine_errand_kind_of((uint8_t)(base_task_application(handle) >> 40 & 0xff));
    struct material *material = kind != NULL ? base_alloc(sizeof(*material)) : NULL;
    int rc = kind != NULL ? OD_ENOMEM : OD_ENOTFOUND;

    if (material != NULL) {
        *material = (struct material){.step = {.decide = decide_material, .on_end = on_material_end}, .epoch = epoch, .on_known = on_known,
                                      .data = data};
        snprintf(material->hash, sizeof(material->hash), "%s", hash);
        rc = engine_errand_step_start(engine, &material->step, kind, id);
    }
    if (rc != OD_OK)
        base_free(material);
    return rc;
}
