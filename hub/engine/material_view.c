/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of an application, as versions: what came with it first, then what was uploaded for it, then what a supplement
 * only declared; each material counted by itself. Entries are only ever added, so a version keeps its number. Of an application whose
 * documents were erased the list is left that was made then, and nothing of it is here.
 *
 *   get -> [pool: entries] -> application and document -> gather -> [pool: which contents are here] -> application again -> callback */
#include "engine/material.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct gathering {
    struct engine *engine;
    uint64_t id;
    struct base_arena arena;
    struct store_entry entries[ENGINE_VERSIONS_MAX];
    struct base_json *bodies[ENGINE_VERSIONS_MAX], *answers; /* owned: what the items borrow from */
    size_t entry_count;
    struct engine_versions versions;
    struct engine_version items[ENGINE_VERSIONS_MAX + 2 * BASE_MATERIALS_MAX + 1];
    engine_versions_cb on_versions;
    void *data;
};

static void finish(struct gathering *gathering, struct engine_application *application, int rc)
{
    gathering->on_versions(gathering->engine, rc == OD_OK ? application : NULL, rc == OD_OK ? &gathering->versions : NULL, rc,
                           gathering->data);
    for (size_t i = 0; i < gathering->entry_count; i++)
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

static bool has_version(const struct gathering *gathering, const char *material, const char *digits)
{
    for (size_t i = 0; i < gathering->versions.count; i++)
        if (strcmp(gathering->items[i].material, material) == 0 && strcasecmp(gathering->items[i].digits, digits) == 0)
            return true;
    return false;
}

/* -1 = not said. */
static int64_t size_of(const struct base_json *json)
{
    int64_t size;

    return base_json_i64(base_json_member(json, "size"), 0, INT64_MAX, &size) == OD_OK ? size : -1;
}

/* Errors: OD_ENOMEM. What is no material is passed over. */
static int item_add(struct gathering *gathering, const struct base_json *json, const char *material, bool is_uploaded)
{
    const char *digits = base_json_member_text(json, "sha256");
    struct engine_version *item = &gathering->items[gathering->versions.count];

    if (material == NULL || gathering->versions.count >= sizeof(gathering->items) / sizeof(gathering->items[0]))
        return OD_OK;
    *item = (struct engine_version){.material = copy(gathering, material), .name = copy(gathering, base_json_member_text(json, "name")),
                                    .media_type = copy(gathering, base_json_member_text(json, "media_type")),
                                    .by = copy(gathering, base_json_member_text(json, "by")),
                                    .at = copy(gathering, base_json_member_text(json, "at")),
                                    .number = 1, .is_stored = is_uploaded, .is_uploaded = is_uploaded, .is_newest = true};
    if (item->material == NULL)
        return OD_ENOMEM;
    if (digits != NULL)
        engine_digits_copy(item->digits, digits);
    item->size = size_of(json);
    for (size_t i = 0; i < gathering->versions.count; i++)
        if (strcmp(gathering->items[i].material, material) == 0) {
            gathering->items[i].is_newest = false;
            item->number = gathering->items[i].number + 1;
        }
    gathering->versions.count++;
    return OD_OK;
}

void engine_digits_copy(char out[ENGINE_DIGITS_SIZE], const char *digits)
{
    size_t size = 0;

    for (; digits[size] != '\0' && size < ENGINE_DIGITS_SIZE - 1; size++)
        out[size] = (char)(digits[size] >= 'A' && digits[size] <= 'F' ? digits[size] - 'A' + 'a' : digits[size]);
    out[size] = '\0';
}

/* What it had, as it was then. */
static int list_add(struct gathering *gathering, const struct base_json *list)
{
    const char *at = copy(gathering, base_json_member_text(list, "erased_at"));
    int64_t years = 0, number = 1;
    int rc = at != NULL ? base_json_i64(base_json_member(list, "documents_years"), 0, INT32_MAX, &years) : OD_EIO;

    for (const struct base_json *item = base_json_first(base_json_member(list, "items")); item != NULL && rc == OD_OK; item = base_json_next(item)) {
        struct engine_version *version = &gathering->items[gathering->versions.count];
        size_t before = gathering->versions.count;

        rc = item_add(gathering, item, base_json_member_text(item, "material"), false);
        if (rc != OD_OK || gathering->versions.count == before)
            continue;
        if (base_json_i64(base_json_member(item, "version"), 1, INT32_MAX, &number) == OD_OK)
            version->number = (unsigned)number;
        version->erased_at = at;
        version->erased_years = (int)years;
    }
    return rc;
}

static int entries_add(struct gathering *gathering)
{
    struct base_json_error error;
    int rc = OD_OK;

    for (size_t i = gathering->entry_count; i-- > 0 && rc == OD_OK;) { /* they came newest first */
        const struct store_entry *entry = &gathering->entries[i];

        if (entry->state != ENGINE_MATERIAL_VERSION && entry->state != ENGINE_MATERIAL_LIST)
            continue;
        rc = base_json_parse(entry->body, entry->body_size, &gathering->bodies[i], &error);
        if (rc == OD_OK && entry->state == ENGINE_MATERIAL_LIST)
            rc = list_add(gathering, gathering->bodies[i]);
        else if (rc == OD_OK)
            rc = item_add(gathering, gathering->bodies[i], base_json_member_text(gathering->bodies[i], "material"), true);
        gathering->versions.upload_count += entry->state == ENGINE_MATERIAL_VERSION;
    }
    return rc;
}

static int declared_add(struct gathering *gathering, const struct base_json *list)
{
    size_t count = 0;
    int rc = OD_OK;

    for (const struct base_json *item = base_json_first(list); item != NULL && rc == OD_OK && count < BASE_MATERIALS_MAX;
         item = base_json_next(item), count++) {
        const char *material = base_json_member_text(item, "material"), *digits = base_json_member_text(item, "sha256");

        if (material == NULL || !has_version(gathering, material, digits != NULL ? digits : ""))
            rc = item_add(gathering, item, material, false);
    }
    return rc;
}

static int gather(struct gathering *gathering, const struct engine_application *application)
{
    struct base_json_error error;
    const struct base_json *agent = base_json_member(base_json_member(application->document_tree, "applicant"), "agent");
    const struct base_json *power = base_json_member(agent, "power_of_attorney");
    int rc = declared_add(gathering, base_json_member(application->document_tree, "materials"));

    if (rc == OD_OK && power != NULL)
        rc = item_add(gathering, power, ENGINE_POWER_OF_ATTORNEY, false);

    if (rc == OD_OK)
        rc = entries_add(gathering);
    if (rc == OD_OK && application->answers.bytes != NULL)
        rc = base_json_parse(application->answers.bytes, application->answers.size, &gathering->answers, &error);
    if (rc == OD_OK)
        rc = declared_add(gathering, base_json_member(gathering->answers, "/materials"));
    gathering->versions.items = gathering->items;
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
        struct engine_version *item = &gathering->items[i];

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
        is_whole = is_whole && (gathering->items[i].digits[0] == '\0' || gathering->items[i].erased_at != NULL);
    if (rc == OD_OK && !is_whole)
        rc = engine_job_start(engine, &(struct engine_job){.run = read_contents, .on_done = on_contents, .id = gathering->id, .data = data});
    if (rc != OD_OK || is_whole)
        finish(gathering, application, rc);
}

static void read_entries(struct engine_job *job, struct store_reader *reader)
{
    struct gathering *gathering = job->data;
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_MATERIAL, .state = -1, .department = -1, .application = job->id,
                                        .before = UINT64_MAX};
    uint64_t next;

    job->rc = store_read_entries(reader, &filter, &gathering->arena, gathering->entries, ENGINE_VERSIONS_MAX, &gathering->entry_count, &next);
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
