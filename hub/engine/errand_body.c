/* SPDX-License-Identifier: Apache-2.0 */
/* An errand as an entry's body, as an offer, and as people see it. */
#include "engine/errand_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const text_keys[] = {
    [ENGINE_ERRAND_NOTE] = "note",   [ENGINE_ERRAND_FORM] = "form",     [ENGINE_ERRAND_ABOUT] = "about",
    [ENGINE_ERRAND_TRIED] = "tried", [ENGINE_ERRAND_EVENTS] = "events",
};
#define TEXT_COUNT (sizeof(text_keys) / sizeof(text_keys[0]))

static const char *const state_names[ENGINE_ERRAND_STATES] = {
    [ENGINE_ERRAND_NONE] = "none",         [ENGINE_ERRAND_NEW] = "new",         [ENGINE_ERRAND_WAITING] = "waiting",
    [ENGINE_ERRAND_RESTING] = "resting",   [ENGINE_ERRAND_OFFERED] = "offered", [ENGINE_ERRAND_ACCEPTED] = "accepted",
    [ENGINE_ERRAND_DONE] = "delivered",    [ENGINE_ERRAND_SENT] = "sent",       [ENGINE_ERRAND_FAILED] = "failed",
    [ENGINE_ERRAND_CANCELLED] = "cancelled",
};

const char *engine_errand_state_name(enum engine_errand_state state)
{
    return state_names[state < ENGINE_ERRAND_STATES ? state : ENGINE_ERRAND_NONE];
}

enum engine_errand_state engine_errand_state_find(const char *name)
{
    for (enum engine_errand_state state = ENGINE_ERRAND_NEW; state < ENGINE_ERRAND_STATES; state++)
        if (strcmp(state_names[state], name) == 0)
            return state;
    return ENGINE_ERRAND_NONE;
}

/* -- Ids and handles -- */

void engine_errand_id_format(const struct engine_errand_kind *kind, uint64_t id, char text[ENGINE_ERRAND_ID_SIZE])
{
    snprintf(text, ENGINE_ERRAND_ID_SIZE, "%s-%llu", kind->prefix, (unsigned long long)id);
}

bool engine_errand_id_parse(const struct engine_errand_kind *kind, const char *text, uint64_t *id)
{
    size_t prefix = strlen(kind->prefix);

    if (strncmp(text, kind->prefix, prefix) == 0 && text[prefix] == '-')
        text += prefix + 1;
    size_t size = strlen(text);
    if (size == 0 || size > 12 || strspn(text, "0123456789") != size || text[0] == '0')
        return false;
    *id = strtoull(text, NULL, 10);
    return true;
}

bool engine_errand_is(uint64_t handle)
{
    return base_task_application(handle) >= ENGINE_ERRAND_BASE;
}

uint64_t engine_errand_handle(const struct engine_errand_kind *kind, uint64_t id)
{
    return base_task_handle(ENGINE_ERRAND_BASE | (uint64_t)kind->entry << 40 | id, 0);
}

/* -- Reading -- */

static const char *text_or(const struct base_json *tree, const char *key, const char *fallback)
{
    const char *text = base_json_member_text(tree, key);

    return text != NULL ? text : fallback;
}

static int64_t number_of(const struct base_json *tree, const char *key)
{
    int64_t value = 0;

    return base_json_i64(base_json_member(tree, key), 0, INT64_MAX, &value) == OD_OK ? value : 0;
}

int engine_errand_read(const struct store_entry *entry, struct engine_errand *errand)
{
    const struct engine_errand_kind *kind = engine_errand_kind_of(entry->kind);
    struct base_json_error error;
    struct base_json *tree = NULL;

    if (kind == NULL)
        return OD_EIO;
    int rc = base_json_parse(entry->body, entry->body_size, &tree, &error);
    if (rc != OD_OK || base_json_type(tree) != BASE_JSON_OBJECT) {
        base_json_destroy(tree);
        return rc == OD_ENOMEM ? rc : OD_EIO;
    }
    *errand = (struct engine_errand){
        .kind = kind, .id = entry->id, .application = entry->application, .revision = entry->revision,
        .state = (enum engine_errand_state)entry->state, .department = entry->department, .at_ms = entry->at_ms,
        .wake_minute = entry->wake_minute, .number = base_json_member_text(tree, "number"),
        .connector = text_or(tree, "connector", ""), .only = base_json_member_text(tree, "only"),
        .external_ref = text_or(tree, "external_ref", ""), .attempt = (uint32_t)number_of(tree, "attempt"),
        .failures = (uint32_t)number_of(tree, "failures"), .epoch = (uint32_t)number_of(tree, "epoch"),
        .late = (uint32_t)number_of(tree, "late"),
        .is_redelivered = base_json_is_true(base_json_member(tree, "redelivered")), .since_ms = number_of(tree, "since"),
        .until_ms = number_of(tree, "until"), .sent_ms = number_of(tree, "sent_at"), .ended_ms = number_of(tree, "ended_at"),
        .checkpoint = base_json_member_text(tree, "checkpoint"), .tree = tree,
    };
    return OD_OK;
}

void engine_errand_fini(struct engine_errand *errand)
{
    base_json_destroy(errand->tree);
    for (size_t i = 0; i < sizeof(errand->texts) / sizeof(errand->texts[0]); i++)
        base_buffer_fini(&errand->texts[i]);
    *errand = (struct engine_errand){.kind = NULL};
}

const struct base_json *engine_errand_member(const struct engine_errand *errand, const char *key)
{
    return base_json_member(errand->tree, key);
}

/* Printed into its buffer at the first question. */
const char *engine_errand_text_of(struct engine_errand *errand, enum engine_errand_text which)
{
    struct base_buffer *text = &errand->texts[which];
    const struct base_json *member = base_json_member(errand->tree, text_keys[which]);

    if (text->size == 0 && member == NULL)
        return NULL;
    if (text->size == 0)
        base_json_put(text, NULL, member);
    return base_buffer_text(text);
}

int engine_errand_text_set(struct engine_errand *errand, enum engine_errand_text which, struct base_buffer *text)
{
    if (text->is_broken)
        return OD_ENOMEM;
    base_buffer_fini(&errand->texts[which]);
    errand->texts[which] = *text;
    *text = (struct base_buffer){0};
    return OD_OK;
}

/* -- Who has tried -- */

bool engine_errand_was_tried(const struct engine_errand *errand, const char *connector)
{
    for (const struct base_json *item = base_json_first(base_json_member(errand->tree, "tried")); item != NULL; item = base_json_next(item))
        if (base_json_text(item) != NULL && strcmp(base_json_text(item), connector) == 0)
            return true;
    return false;
}

int engine_errand_tried_add(struct engine_errand *errand, const char *connector)
{
    const struct base_json *tried = base_json_member(errand->tree, "tried");
    struct base_buffer list = {0};

    if (base_json_count(tried) >= ENGINE_ERRAND_TRIED_MAX)
        return OD_ELIMIT;
    base_json_open(&list, NULL, '[');
    for (const struct base_json *item = base_json_first(tried); item != NULL; item = base_json_next(item))
        base_json_put(&list, NULL, item);
    base_json_put_text(&list, NULL, connector);
    base_json_close(&list, ']');
    return engine_errand_text_set(errand, ENGINE_ERRAND_TRIED, &list);
}

/* -- Writing -- */

void engine_errand_body_put(struct base_buffer *buffer, struct engine_errand *errand)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "number", errand->number);
    base_json_put_text(buffer, "connector", errand->connector);
    if (errand->only != NULL)
        base_json_put_text(buffer, "only", errand->only);
    base_json_put_text(buffer, "external_ref", errand->external_ref);
    base_json_put_i64(buffer, "attempt", errand->attempt);
    base_json_put_i64(buffer, "failures", errand->failures);
    base_json_put_i64(buffer, "epoch", errand->epoch);
    if (errand->late != 0)
        base_json_put_i64(buffer, "late", errand->late);
    base_json_put_bool(buffer, "redelivered", errand->is_redelivered);
    base_json_put_i64(buffer, "since", errand->since_ms);
    base_json_put_i64(buffer, "until", errand->until_ms);
    base_json_put_i64(buffer, "sent_at", errand->sent_ms);
    base_json_put_i64(buffer, "ended_at", errand->ended_ms);
    if (errand->checkpoint != NULL)
        base_json_put_text(buffer, "checkpoint", errand->checkpoint);
    for (enum engine_errand_text which = 0; which < TEXT_COUNT; which++) {
        const char *text = engine_errand_text_of(errand, which);

        if (text != NULL && *text != '\0')
            base_json_put_raw(buffer, text_keys[which], text, strlen(text));
        if (errand->texts[which].is_broken)
            buffer->is_broken = true;
    }
    base_json_close(buffer, '}');
}

/* -- As a connector sees it -- */

void engine_errand_put_fields(struct base_buffer *buffer, const char *object, const struct connect_link *link)
{
    struct base_json_error error;
    struct base_json *tree = NULL;

    if (base_json_parse(object, strlen(object), &tree, &error) != OD_OK) {
        buffer->is_broken = true; /* it was printed here: memory alone can be short */
        return;
    }
    for (const struct base_json *member = base_json_first(tree); member != NULL; member = base_json_next(member))
        if (connect_link_may_see(link, CONNECT_PART_FIELD, base_json_key(member)))
            base_json_put(buffer, base_json_key(member), member);
    base_json_destroy(tree);
}

static void put_form(struct base_buffer *buffer, struct engine *engine, const struct engine_errand *errand, const struct connect_link *link)
{
    const struct base_json *form = base_json_member(errand->tree, "form");
    struct base_buffer text = {0};

    base_json_open(buffer, "form", '{');
    if (errand->kind->put_form != NULL) {
        errand->kind->put_form(engine, errand, buffer, link);
    } else if (form != NULL) {
        base_json_put(&text, NULL, form);
        engine_errand_put_fields(buffer, base_buffer_text(&text), link);
    }
    buffer->is_broken = buffer->is_broken || text.is_broken;
    base_json_close(buffer, '}');
    base_buffer_fini(&text);
}

void engine_errand_payload_put(struct base_buffer *buffer, struct engine *engine, const struct engine_errand *errand, uint8_t item,
                        const struct connect_link *link)
{
    char id[ENGINE_ERRAND_ID_SIZE];
    char department[BASE_ID_MAX + 1], text[512];

    engine_errand_id_format(errand->kind, errand->id, id);
    if (engine_errand_department_id(errand->kind->serves, errand->connector, department, text) != OD_OK)
        department[0] = '\0';
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "application", errand->number != NULL ? errand->number : "");
    base_json_put_text(buffer, "task", id);
    base_json_put_text(buffer, "idempotency_key", id);
    base_json_put_text(buffer, "matter", errand->kind->matter);
    base_json_put_text(buffer, "department", department);
    base_json_put_text(buffer, "service", errand->kind->serves);
    base_json_put_i64(buffer, "attempt", errand->attempt);
    base_json_put_bool(buffer, "redelivered", errand->is_redelivered);
    put_form(buffer, engine, errand, link);
    engine_put_ms(buffer, "received_at", errand->at_ms);
    if (item == BASE_ITEM_RESUME) {
        base_json_put_text(buffer, "external_ref", errand->external_ref);
        base_json_put_text(buffer, "checkpoint", errand->checkpoint);
        base_json_put_text(buffer, "state", "accepted");
    }
    base_json_close(buffer, '}');
}

/* -- As people see it -- */

void engine_errand_put_members(struct base_buffer *buffer, const struct engine_errand *errand)
{
    const struct base_json *note = base_json_member(errand->tree, "note");
    char id[ENGINE_ERRAND_ID_SIZE];

    engine_errand_id_format(errand->kind, errand->id, id);
    base_json_put_text(buffer, "id", id);
    base_json_put_text(buffer, "number", errand->number);
    base_json_put_text(buffer, "state", engine_errand_state_name(errand->state));
    base_json_put_text(buffer, "connector", errand->connector[0] != '\0' ? errand->connector : NULL);
    base_json_put_i64(buffer, "attempts", errand->attempt);
    base_json_put_text(buffer, "external_ref", errand->external_ref[0] != '\0' ? errand->external_ref : NULL);
    engine_put_ms(buffer, "created_at", errand->at_ms);
    engine_put_ms(buffer, "sent_at", errand->sent_ms);
    engine_put_ms(buffer, "delivered_at", errand->state == ENGINE_ERRAND_DONE ? errand->ended_ms : 0);
    engine_put_ms(buffer, "ended_at", errand->ended_ms);
    if (note != NULL)
        base_json_put(buffer, "note", note);
    else
        base_json_put_null(buffer, "note");
}
