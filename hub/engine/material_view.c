/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of an application, as versions; each material is counted by itself, in the order of coming. Who gives a number takes
 * his turn (material_turn.c), and the number is stored: with an upload in its entry, with what a supplement named among the answers of
 * the application. What is stored without one came with the submission, or is of an earlier build, which counted: the submission, then
 * uploads, then supplements. Nothing is taken out, so a version keeps its number. Of an application whose documents were erased the
 * list is left that was made then, and nothing of it is here.
 *
 *   get -> [pool: entries] -> application and document -> gather -> [pool: which contents are here] -> application again -> callback */
#include "engine/material.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROOM 64 /* at first; doubled as needed */

struct gathering {
    struct engine *engine;
    uint64_t id;
    struct base_arena arena;
    struct store_entry *entries; /* the newest first; in the arena, as the items */
    struct base_json **bodies, *answers; /* owned: what the items borrow from */
    size_t entry_count, entry_room, item_room;
    struct engine_versions versions;
    engine_versions_cb on_versions;
    void *data;
};

static void finish(struct gathering *gathering, struct engine_application *application, int rc)
{
    gathering->on_versions(gathering->engine, rc == OD_OK ? application : NULL, rc == OD_OK ? &gathering->versions : NULL, rc,
                           gathering->data);
    for (size_t i = 0; gathering->bodies != NULL && i < gathering->entry_count; i++)
        base_json_destroy(gathering->bodies[i]);
    base_json_destroy(gathering->answers);
    base_arena_fini(&gathering->arena);
    base_free(gathering);
}

/* -- Gathering -- */

static const char *copy(struct gathering *gathering, const char *text)
{
    return text != NULL ? base_arena_text(&gathering->arena, text, strlen(text)) : NULL;
}

bool engine_versions_have(const struct engine_versions *versions, const char *material, const char *digits)
{
    for (size_t i = 0; i < versions->count; i++)
        if (strcmp(versions->items[i].material, material) == 0 && strcasecmp(versions->items[i].digits, digits) == 0)
            return true;
    return false;
}

static bool has_version(const struct gathering *gathering, const struct base_json *item)
{
    const char *digits = base_json_member_text(item, "sha256");

    return engine_versions_have(&gathering->versions, base_json_member_text(item, "material"), digits != NULL ? digits : "");
}

/* -1 = not said. */
static int64_t size_of(const struct base_json *json)
{
    int64_t size;

    return base_json_i64(base_json_member(json, "size"), 0, INT64_MAX, &size) == OD_OK ? size : -1;
}

/* The items with room for as many again. NULL: no memory. */
static void *room_double(struct base_arena *arena, const void *items, size_t size, size_t *room)
{
    size_t more = *room == 0 ? ROOM : 2 * *room;
    void *moved = base_arena_take(arena, more * size);

    if (moved != NULL && *room > 0)
        memcpy(moved, items, *room * size);
    if (moved != NULL)
        *room = more;
    return moved;
}

/* Room for one, before the first of its material with a higher number. NULL: no memory. */
static struct engine_version *item_insert(struct gathering *gathering, const char *material, unsigned number)
{
    struct engine_versions *versions = &gathering->versions;
    size_t at = 0;

    if (versions->count == gathering->item_room) {
        struct engine_version *items = room_double(&gathering->arena, versions->items, sizeof(*items), &gathering->item_room);

        if (items == NULL)
            return NULL;
        versions->items = items;
    }
    while (at < versions->count && (strcmp(versions->items[at].material, material) != 0 || versions->items[at].number <= number))
        at++;
    memmove(&versions->items[at + 1], &versions->items[at], (versions->count - at) * sizeof(*versions->items));
    versions->count++;
    return &versions->items[at];
}

const struct engine_version *engine_version_newest(const struct engine_versions *versions, const char *material)
{
    for (size_t i = versions->count; i-- > 0;)
        if (strcmp(versions->items[i].material, material) == 0)
            return &versions->items[i];
    return NULL;
}

/* number 0 = the next. NULL: no memory. */
static struct engine_version *item_add(struct gathering *gathering, const struct base_json *json, const char *material, unsigned number)
{
    const struct engine_version *newest = engine_version_newest(&gathering->versions, material);
    const char *digits = base_json_member_text(json, "sha256");
    struct engine_version item = {.material = copy(gathering, material), .name = copy(gathering, base_json_member_text(json, "name")),
                                  .media_type = copy(gathering, base_json_member_text(json, "media_type")),
                                  .by = copy(gathering, base_json_member_text(json, "by")), .at = copy(gathering, base_json_member_text(json, "at")),
                                  .size = size_of(json), .number = number};

    if (number == 0)
        item.number = newest != NULL ? newest->number + 1 : 1;
    if (digits != NULL)
        engine_digits_copy(item.digits, digits);
    struct engine_version *added = item.material != NULL ? item_insert(gathering, material, item.number) : NULL;
    if (added != NULL)
        *added = item;
    return added;
}

void engine_digits_copy(char out[ENGINE_DIGITS_SIZE], const char *digits)
{
    size_t size = 0;

    for (; digits[size] != '\0' && size < ENGINE_DIGITS_SIZE - 1; size++)
        out[size] = (char)(digits[size] >= 'A' && digits[size] <= 'F' ? digits[size] - 'A' + 'a' : digits[size]);
    out[size] = '\0';
}

/* 0 = none is stored with it. */
static unsigned number_of(const struct base_json *json)
{
    int64_t number = 0;

    (void)!base_json_i64(base_json_member(json, "version"), 1, INT32_MAX, &number);
    return (unsigned)number;
}

/* What it had, as it was then. */
static int list_add(struct gathering *gathering, const struct base_json *list)
{
    const char *at = copy(gathering, base_json_member_text(list, "erased_at"));
    int64_t years = 0;
    int rc = at != NULL ? base_json_i64(base_json_member(list, "documents_years"), 0, INT32_MAX, &years) : OD_EIO;

    for (const struct base_json *item = base_json_first(base_json_member(list, "items")); item != NULL && rc == OD_OK; item = base_json_next(item)) {
        const char *material = base_json_member_text(item, "material");
        struct engine_version *version = material != NULL ? item_add(gathering, item, material, number_of(item)) : NULL;

        if (version != NULL) {
            version->erased_at = at;
            version->erased_years = (int)years;
        } else if (material != NULL) {
            rc = OD_ENOMEM;
        }
    }
    return rc;
}

static int entries_parse(struct gathering *gathering)
{
    struct base_json_error error;
    int rc = OD_OK;

    gathering->bodies = base_arena_take(&gathering->arena, (gathering->entry_count + 1) * sizeof(*gathering->bodies));
    if (gathering->bodies == NULL)
        return OD_ENOMEM;
    for (size_t i = 0; i < gathering->entry_count && rc == OD_OK; i++) {
        const struct store_entry *entry = &gathering->entries[i];

        if (entry->state == ENGINE_MATERIAL_VERSION || entry->state == ENGINE_MATERIAL_LIST)
            rc = base_json_parse(entry->body, entry->body_size, &gathering->bodies[i], &error);
    }
    return rc;
}

/* With a number of their own, or without. */
static int uploads_add(struct gathering *gathering, bool has_number)
{
    for (size_t i = gathering->entry_count; i-- > 0;) {
        const struct base_json *body = gathering->bodies[i];
        const char *material = base_json_member_text(body, "material");

        if (gathering->entries[i].state != ENGINE_MATERIAL_VERSION || material == NULL || (number_of(body) != 0) != has_number)
            continue;
        struct engine_version *version = item_add(gathering, body, material, number_of(body));
        if (version == NULL)
            return OD_ENOMEM;
        version->is_stored = version->is_uploaded = true;
        gathering->versions.later_count++;
    }
    return OD_OK;
}

static int lists_add(struct gathering *gathering)
{
    int rc = OD_OK;

    for (size_t i = 0; i < gathering->entry_count && rc == OD_OK; i++)
        if (gathering->entries[i].state == ENGINE_MATERIAL_LIST)
            rc = list_add(gathering, gathering->bodies[i]);
    return rc;
}

static int declared_add(struct gathering *gathering, const struct base_json *list)
{
    size_t count = 0;

    for (const struct base_json *item = base_json_first(list); item != NULL && count < BASE_MATERIALS_MAX; item = base_json_next(item), count++) {
        const char *material = base_json_member_text(item, "material");

        if (material != NULL && !has_version(gathering, item) && item_add(gathering, item, material, 0) == NULL)
            return OD_ENOMEM;
    }
    return OD_OK;
}

/* What supplements named, likewise; but what is listed anyway. */
static int supplied_add(struct gathering *gathering, bool has_number)
{
    for (const struct base_json *item = base_json_first(base_json_member(gathering->answers, "/materials")); item != NULL; item = base_json_next(item)) {
        const char *material = base_json_member_text(item, "material");

        if (material == NULL || (number_of(item) != 0) != has_number || base_json_is_true(base_json_member(item, "listed")) ||
            (!has_number && has_version(gathering, item)))
            continue;
        if (item_add(gathering, item, material, number_of(item)) == NULL)
            return OD_ENOMEM;
        gathering->versions.later_count++;
    }
    return OD_OK;
}

/* Those without a number first: the numbers that were given since are higher. */
static int later_add(struct gathering *gathering)
{
    int rc = lists_add(gathering);

    if (rc == OD_OK)
        rc = uploads_add(gathering, false);
    if (rc == OD_OK)
        rc = supplied_add(gathering, false);
    if (rc == OD_OK)
        rc = uploads_add(gathering, true);
    return rc == OD_OK ? supplied_add(gathering, true) : rc;
}

static int gather(struct gathering *gathering, const struct engine_application *application)
{
    struct base_json_error error;
    const struct base_json *agent = base_json_member(base_json_member(application->document_tree, "applicant"), "agent");
    const struct base_json *power = base_json_member(agent, "power_of_attorney");
    int rc = entries_parse(gathering);

    if (rc == OD_OK)
        rc = declared_add(gathering, base_json_member(application->document_tree, "materials"));
    if (rc == OD_OK && power != NULL && item_add(gathering, power, ENGINE_POWER_OF_ATTORNEY, 0) == NULL)
        rc = OD_ENOMEM;
    if (rc == OD_OK && application->answers.bytes != NULL)
        rc = base_json_parse(application->answers.bytes, application->answers.size, &gathering->answers, &error);
    if (rc == OD_OK)
        rc = later_add(gathering);
    for (size_t i = 0; rc == OD_OK && i < gathering->versions.count; i++) {
        struct engine_version *item = &gathering->versions.items[i];

        item->is_newest = item == engine_version_newest(&gathering->versions, item->material);
    }
    return rc;
}

/* -- Reading -- */

static void on_again(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    (void)engine;
    finish(data, application, rc);
}

/* What is declared is here when its content is: then size and kind are those of the content. */
static int content_read(struct gathering *gathering, struct store_reader *reader, struct engine_version *item)
{
    struct store_entry entry;
    struct base_json_error error;
    struct base_json *body = NULL;
    int rc = store_read_entry_named(reader, ENGINE_ENTRY_MATERIAL, item->digits, &gathering->arena, &entry);

    bool is_here = rc == OD_OK && (entry.state == ENGINE_MATERIAL_LOOSE || entry.state == ENGINE_MATERIAL_KEPT);
    if (rc == OD_ENOTFOUND || (rc == OD_OK && !is_here))
        return OD_OK;
    if (rc == OD_OK)
        rc = base_json_parse(entry.body, entry.body_size, &body, &error);
    if (rc == OD_OK) {
        item->is_stored = true;
        item->size = size_of(body);
        item->media_type = copy(gathering, base_json_member_text(body, "media_type"));
        rc = engine_scan_read(reader, &gathering->arena, body, &item->scan);
    }
    base_json_destroy(body);
    return rc;
}

static void read_contents(struct engine_job *job, struct store_reader *reader)
{
    struct gathering *gathering = job->data;

    for (size_t i = 0; i < gathering->versions.count && job->rc == OD_OK; i++) {
        struct engine_version *item = &gathering->versions.items[i];

        if (item->digits[0] != '\0' && item->erased_at == NULL)
            job->rc = content_read(gathering, reader, item);
    }
}

static void on_contents(struct engine_job *job)
{
    if (job->rc != OD_OK)
        finish(job->data, NULL, job->rc);
    else
        engine_document_get(job->engine, job->id, on_again, job->data);
}

static void on_document(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct gathering *gathering = data;
    bool is_whole = true;

    if (rc == OD_OK)
        rc = gather(gathering, application);
    for (size_t i = 0; rc == OD_OK && i < gathering->versions.count; i++)
        is_whole = is_whole && (gathering->versions.items[i].digits[0] == '\0' || gathering->versions.items[i].erased_at != NULL);
    if (rc == OD_OK && !is_whole)
        rc = engine_job_start(engine, &(struct engine_job){.run = read_contents, .on_done = on_contents, .id = gathering->id, .data = data});
    if (rc != OD_OK || is_whole)
        finish(gathering, application, rc);
}

/* For one more at least. */
static int entries_room(struct gathering *gathering)
{
    if (gathering->entry_count < gathering->entry_room)
        return OD_OK;
    struct store_entry *entries = room_double(&gathering->arena, gathering->entries, sizeof(*entries), &gathering->entry_room);
    if (entries == NULL)
        return OD_ENOMEM;
    gathering->entries = entries;
    return OD_OK;
}

static void read_entries(struct engine_job *job, struct store_reader *reader)
{
    struct gathering *gathering = job->data;
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_MATERIAL, .state = -1, .department = -1, .application = job->id,
                                        .before = UINT64_MAX};

    while (job->rc == OD_OK && filter.before != 0) {
        size_t count = 0;

        job->rc = entries_room(gathering);
        if (job->rc == OD_OK)
            job->rc = store_read_entries(reader, &filter, &gathering->arena, gathering->entries + gathering->entry_count,
                                         gathering->entry_room - gathering->entry_count, &count, &filter.before);
        gathering->entry_count += count;
    }
}

static void on_entries(struct engine_job *job)
{
    if (job->rc != OD_OK)
        finish(job->data, NULL, job->rc);
    else
        engine_document_get(job->engine, job->id, on_document, job->data);
}

void engine_versions_get(struct engine *engine, uint64_t id, engine_versions_cb on_versions, void *data)
{
    struct gathering *gathering = base_alloc(sizeof(*gathering));
    int rc = OD_ENOMEM;

    if (gathering != NULL) {
        gathering->engine = engine;
        gathering->id = id;
        gathering->on_versions = on_versions;
        gathering->data = data;
        rc = engine_job_start(engine, &(struct engine_job){.run = read_entries, .on_done = on_entries, .id = id, .data = gathering});
    }
    if (rc != OD_OK) {
        base_free(gathering);
        on_versions(engine, NULL, NULL, rc, data);
    }
}

/* -- What it looks like -- */

static const char *state_of(const struct engine_version *version)
{
    if (version->erased_at != NULL)
        return "erased";
    if (!version->is_stored)
        return "declared";
    if (version->scan == ENGINE_SCAN_INFECTED)
        return "infected";
    return version->scan == ENGINE_SCAN_WAITING ? "scanning" : "stored";
}

/* As the pinned catalogue calls it; nothing of what it does not know. */
static void put_material_name(struct base_buffer *buffer, const struct engine_application *application, const char *id)
{
    static const struct catalog_text power = {.in = {[CATALOG_ZH_CN] = "授权委托书", [CATALOG_EN] = "Power of attorney"}};
    const struct catalog_text *name = strcmp(id, ENGINE_POWER_OF_ATTORNEY) == 0 ? &power : NULL;

    for (size_t i = 0; i < application->service->matter_count && name == NULL; i++)
        for (size_t k = 0; k < application->service->matters[i]->material_count && name == NULL; k++)
            if (strcmp(application->service->matters[i]->materials[k].id, id) == 0)
                name = &application->service->matters[i]->materials[k].name;
    if (name != NULL)
        catalog_put_text(buffer, "material_name", name);
}

void engine_put_version(struct base_buffer *buffer, const char *key, const struct engine_application *application, const struct engine_version *version)
{
    char id[ENGINE_VERSION_ID_SIZE];

    snprintf(id, sizeof(id), "%.*s.%u", BASE_ID_MAX, version->material, version->number);
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "id", id);
    base_json_put_text(buffer, "material", version->material);
    put_material_name(buffer, application, version->material);
    base_json_put_i64(buffer, "version", version->number);
    base_json_put_text(buffer, "state", state_of(version));
    base_json_put_bool(buffer, "newest", version->is_newest);
    base_json_put_text(buffer, "name", version->name);
    base_json_put_text(buffer, "media_type", version->media_type);
    if (version->size >= 0)
        base_json_put_i64(buffer, "size", version->size);
    else
        base_json_put_null(buffer, "size");
    base_json_put_text(buffer, "sha256", version->digits[0] != '\0' ? version->digits : NULL);
    base_json_put_text(buffer, "by", version->by);
    base_json_put_text(buffer, "at", version->at);
    if (version->erased_at != NULL) {
        base_json_put_text(buffer, "erased_at", version->erased_at);
        base_json_put_i64(buffer, "documents_years", version->erased_years);
    }
    base_json_close(buffer, '}');
}

int engine_version_find(const struct engine_versions *versions, const char *id, const struct engine_version **out)
{
    const char *point = strrchr(id, '.');
    char *end = NULL;
    unsigned long number = point != NULL && point[1] >= '1' && point[1] <= '9' ? strtoul(point + 1, &end, 10) : 0;

    if (number == 0 || *end != '\0')
        return OD_ENOTFOUND;
    for (size_t i = 0; i < versions->count; i++) {
        const struct engine_version *version = &versions->items[i];

        if (version->number == number && strlen(version->material) == (size_t)(point - id) &&
            strncmp(version->material, id, (size_t)(point - id)) == 0) {
            *out = version;
            return OD_OK;
        }
    }
    return OD_ENOTFOUND;
}
