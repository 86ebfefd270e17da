/* SPDX-License-Identifier: Apache-2.0 */
/* Which contents there are.
 *
 *   keep: read by its hash -> put as LOOSE, or KEPT as it is, with a wake: it is held -> durable -> on_kept
 *         (again, when it was changed meanwhile)
 *   check: those that are LOOSE stand in memory, so that no submission waits for a read
 *   due: LOOSE and nobody came for it -> UNCLAIMED -> durable -> material_erase.c
 *        KEPT: who handed it in anew had their time, it is held no more
 *
 * A content that is KEPT goes with the last application that pins it; one that is held then is LOOSE for the rest of its time. */
#include "engine/material.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define TRIES_MAX 8
#define DAY_MINUTES 1440
#define PUT_OFF_MINUTES 60
#define RENEW_MINUTES 60 /* a hold that was put so recently is as good as a new one */

/* -- What no application has yet -- */

static struct engine_loose **loose_place(struct engine_materials *materials, const uint8_t hash[BASE_HASH_SIZE])
{
    struct engine_loose **place = &materials->buckets[(hash[0] | (size_t)hash[1] << 8) % ENGINE_LOOSE_BUCKETS];

    while (*place != NULL && memcmp((*place)->hash, hash, BASE_HASH_SIZE) != 0)
        place = &(*place)->next;
    return place;
}

static void loose_remove(struct engine_materials *materials, const uint8_t hash[BASE_HASH_SIZE])
{
    struct engine_loose **place = loose_place(materials, hash), *loose = *place;

    if (loose == NULL)
        return;
    *place = loose->next;
    base_free(loose);
    materials->loose_count--;
}

/* Errors: OD_ENOMEM: it is not found by those who submit until the next start. */
static int loose_put(struct engine *engine, const uint8_t hash[BASE_HASH_SIZE], const struct engine_loose *values)
{
    struct engine_materials *materials = engine->materials;
    struct engine_loose **place = loose_place(materials, hash), *loose = *place;

    if (loose == NULL) {
        loose = base_alloc(sizeof(*loose));
        if (loose == NULL)
            return OD_ENOMEM;
        *place = loose;
        materials->loose_count++;
    } else {
        place = &loose->next;
    }
    struct engine_loose *next = loose->next;
    *loose = *values;
    loose->next = next;
    memcpy(loose->hash, hash, BASE_HASH_SIZE);
    return OD_OK;
}

/* -- One content is to be kept -- */

static void body_put(struct base_buffer *body, uint64_t size, enum catalog_document document, uint64_t scan)
{
    base_json_open(body, NULL, '{');
    base_json_put_i64(body, "size", (int64_t)size);
    base_json_put_text(body, "media_type", catalog_document_media_type(document));
    if (scan != 0)
        base_json_put_i64(body, "scan", (int64_t)scan);
    base_json_close(body, '}');
}

/* The scanner's errand that the entry names, 0 = none. */
static uint64_t scan_of(const struct store_entry *entry)
{
    struct base_json_error error;
    struct base_json *body = NULL;
    int64_t scan = 0;

    if (base_json_parse(entry->body, entry->body_size, &body, &error) == OD_OK &&
        base_json_i64(base_json_member(body, "scan"), 1, INT64_MAX, &scan) != OD_OK)
        scan = 0;
    base_json_destroy(body);
    return (uint64_t)scan;
}

static void look(struct engine_keep *keep);

static void finish(struct engine_keep *keep, int rc)
{
    keep->on_kept(keep->engine, keep->data, rc);
}

static void note(struct engine_keep *keep)
{
    uint8_t hash[BASE_HASH_SIZE];
    struct engine_loose values = {.size = keep->size, .document = keep->document};

    if (base_unhex(keep->digits, hash, sizeof(hash)) == OD_OK && loose_put(keep->engine, hash, &values) != OD_OK)
        base_log(BASE_LOG_ERROR, "no memory for a document that waits for its application");
}

static void on_put(struct engine *engine, void *data, int rc)
{
    struct engine_keep *keep = data;
    bool is_changed = rc == OD_EEXIST || rc == OD_ESTATE || rc == OD_ENOTFOUND;

    (void)engine;
    if (is_changed)
        keep->entry = (struct store_entry){.id = 0}; /* somebody else's is there */
    if (is_changed && ++keep->tries < TRIES_MAX) {
        look(keep);
        return;
    }
    if (rc == OD_OK && keep->entry.state == ENGINE_MATERIAL_LOOSE)
        note(keep);
    finish(keep, is_changed ? OD_EBUSY : rc);
}

static int64_t wake_of(const struct engine_keep *keep)
{
    return keep->engine->now.ms / 60000 + ENGINE_LOOSE_DAYS * DAY_MINUTES;
}

/* Others need it, and may cease to while who hands it in now has not submitted yet. */
static void hold(struct engine_keep *keep, const struct store_entry *entry)
{
    bool is_held = entry->wake_minute != INT64_MAX && entry->wake_minute >= wake_of(keep) - RENEW_MINUTES;

    if (is_held) {
        finish(keep, OD_OK);
        return;
    }
    keep->entry = *entry;
    keep->entry.wake_minute = wake_of(keep);
    int rc = engine_entry_put(keep->engine, &keep->entry, NULL, on_put, keep);
    keep->entry.name = keep->entry.body = NULL; /* the caller's */
    if (rc != OD_OK)
        finish(keep, rc);
}

static void put(struct engine_keep *keep)
{
    struct store_entry *entry = &keep->entry;
    struct base_buffer body = {0};

    entry->kind = ENGINE_ENTRY_MATERIAL;
    entry->name = keep->digits;
    entry->state = ENGINE_MATERIAL_LOOSE;
    entry->wake_minute = wake_of(keep);
    int rc = entry->revision == 0 ? engine_scan_put(keep->engine, keep, &keep->scan) : OD_OK;
    keep->is_scan_own = keep->is_scan_own || (entry->revision == 0 && rc == OD_OK && keep->scan != 0);
    body_put(&body, keep->size, keep->document, keep->scan);
    entry->body = base_buffer_text(&body);
    entry->body_size = (uint32_t)body.size;
    if (rc == OD_OK)
        rc = body.is_broken ? OD_ENOMEM : engine_entry_put(keep->engine, entry, NULL, on_put, keep);
    base_buffer_fini(&body);
    entry->body = NULL;
    if (rc != OD_OK)
        finish(keep, rc);
}

static void on_content(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct engine_keep *keep = data;

    keep->scan = rc == OD_OK ? scan_of(entry) : 0;
    if (rc == OD_OK && entry->state == ENGINE_MATERIAL_KEPT) {
        hold(keep, entry);
        return;
    }
    if (rc != OD_OK && rc != OD_ENOTFOUND) {
        finish(keep, rc);
        return;
    }
    if (rc == OD_ENOTFOUND && keep->application == 0 && engine->materials->loose_count >= ENGINE_LOOSE_MAX) {
        finish(keep, OD_EBUSY);
        return;
    }
    keep->entry = (struct store_entry){.id = rc == OD_OK ? entry->id : engine_entry_id(engine, ENGINE_ENTRY_MATERIAL),
                                       .revision = rc == OD_OK ? entry->revision : 0,
                                       .at_ms = rc == OD_OK ? entry->at_ms : engine->now.ms};
    put(keep);
}

static void look(struct engine_keep *keep)
{
    int rc = engine_entry_get(keep->engine, ENGINE_ENTRY_MATERIAL, 0, keep->digits, on_content, keep);

    if (rc != OD_OK)
        finish(keep, rc);
}

void engine_content_keep(struct engine_keep *keep)
{
    keep->tries = 0;
    look(keep);
}

/* -- A submission names contents -- */

/* Is it what the submission says it is? What is not said is not wrong. */
static bool is_as_said(const struct engine_loose *loose, const struct base_json *item)
{
    const char *media_type = base_json_member_text(item, "media_type");
    const struct base_json *size = base_json_member(item, "size");
    int64_t bytes;

    if (size != NULL && (base_json_i64(size, 0, INT64_MAX, &bytes) != OD_OK || (uint64_t)bytes != loose->size))
        return false;
    return media_type == NULL || catalog_document_by_media_type(media_type) == loose->document;
}

/* The content that an item names, while no application has it; else NULL. */
static const struct engine_loose *loose_of(const struct engine *engine, const struct base_json *item)
{
    const char *digits = base_json_member_text(item, "sha256");
    uint8_t hash[BASE_HASH_SIZE];

    return digits != NULL && base_unhex(digits, hash, sizeof(hash)) == OD_OK ? *loose_place(engine->materials, hash) : NULL;
}

void engine_content_infected(struct engine *engine, const char *digits)
{
    uint8_t hash[BASE_HASH_SIZE];
    struct engine_loose *loose = NULL;

    if (digits != NULL && base_unhex(digits, hash, sizeof(hash)) == OD_OK)
        loose = *loose_place(engine->materials, hash);
    if (loose != NULL)
        loose->is_infected = true;
    if (engine_infected_add(engine->materials, digits) != OD_OK)
        base_log(BASE_LOG_ERROR, "no memory for an infected document: who names it is not refused until the next start");
}

static bool names_infected(const struct engine *engine, const struct base_json *item)
{
    const struct engine_loose *loose = loose_of(engine, item);

    return (loose != NULL && loose->is_infected) || engine_infected_has(engine->materials, base_json_member_text(item, "sha256"));
}

static const struct base_json *power_of(const struct base_json *applicant)
{
    return base_json_member(base_json_member(applicant, "agent"), "power_of_attorney");
}

int engine_power_check(const struct engine *engine, const struct base_json *applicant, size_t *index)
{
    if (!names_infected(engine, power_of(applicant)))
        return OD_OK;
    *index = ENGINE_POWER_INDEX;
    return OD_EDENIED;
}

int engine_contents_check(const struct engine *engine, const struct base_json *list, size_t *index)
{
    size_t i = 0;

    if (engine->materials->loose_count == 0 && engine->materials->infected_count == 0)
        return OD_OK;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        const struct engine_loose *loose = loose_of(engine, item);
        bool may_not = names_infected(engine, item);

        if (may_not || (loose != NULL && !is_as_said(loose, item))) {
            *index = i;
            return may_not ? OD_EDENIED : OD_EINVAL;
        }
    }
    return OD_OK;
}

void engine_content_settle(struct engine *engine, const char *digits)
{
    uint8_t hash[BASE_HASH_SIZE];

    if (digits != NULL && base_unhex(digits, hash, sizeof(hash)) == OD_OK)
        loose_remove(engine->materials, hash);
}

void engine_contents_settle(struct engine *engine, const struct base_json *list, const struct base_json *applicant)
{
    if (engine->materials->loose_count == 0)
        return;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item))
        engine_content_settle(engine, base_json_member_text(item, "sha256"));
    engine_content_settle(engine, base_json_member_text(power_of(applicant), "sha256"));
}

void engine_named_settle(struct engine *engine, void *data, int rc)
{
    const struct front_request *request = data;

    (void)rc;
    engine_contents_settle(engine, base_json_member(request->body, "materials"), base_json_member(request->body, "applicant"));
}

void engine_refuse_content(struct front_request *request, size_t index, bool is_infected)
{
    char pointer[48];

    if (index == ENGINE_POWER_INDEX)
        snprintf(pointer, sizeof(pointer), "/applicant/agent/power_of_attorney");
    else
        snprintf(pointer, sizeof(pointer), "/materials/%zu", index);
    if (is_infected)
        engine_refuse(request, pointer, "infected", "病毒检查发现该文件受感染，请换一份干净的文件。",
                      "The virus scan found this document to be infected; hand in a clean one.");
    else
        engine_refuse(request, pointer, "other_document", "该文件已上传，但其大小或类型与此处所写不同。",
                  "This document was uploaded, and its size or media type is not what is said here.");
}

/* -- Nobody came for it: docs/rules/retention.md, R-5 -- */

static void on_unclaimed(struct engine *engine, void *data, int rc)
{
    char *digits = data;

    if (rc == OD_OK) { /* else an application has it by now, or it is due still */
        engine_content_settle(engine, digits);
        engine_erasing_want(engine);
    }
    base_free(digits);
}

static void unclaim(struct engine *engine, const struct store_entry *entry)
{
    struct store_entry unclaimed = *entry;
    char *digits = base_alloc(ENGINE_DIGITS_SIZE);

    unclaimed.state = ENGINE_MATERIAL_UNCLAIMED;
    unclaimed.wake_minute = INT64_MAX;
    if (digits != NULL)
        snprintf(digits, ENGINE_DIGITS_SIZE, "%s", entry->name);
    if (digits == NULL || engine_entry_put(engine, &unclaimed, NULL, on_unclaimed, digits) != OD_OK)
        base_free(digits);
}

static void wake_at(struct engine *engine, const struct store_entry *entry, int64_t minute)
{
    struct store_entry later = *entry;

    later.wake_minute = minute;
    (void)!engine_entry_put(engine, &later, NULL, NULL, NULL);
}

/* What finds no room is due still, and comes again. While it is not known who needs what nothing is unclaimed. */
static void on_due(struct engine *engine, const struct store_entry *entry)
{
    if (entry->state == ENGINE_MATERIAL_KEPT)
        wake_at(engine, entry, INT64_MAX);
    if (entry->state != ENGINE_MATERIAL_LOOSE || entry->name == NULL)
        return;
    if (engine_pins_are_whole(engine))
        unclaim(engine, entry);
    else
        wake_at(engine, entry, engine->now.ms / 60000 + PUT_OFF_MINUTES);
}

/* -- Start and end -- */

static int loose_read(struct engine *engine, struct store_reader *reader, struct base_arena *arena, const struct store_entry *entry)
{
    struct engine_loose values = {.size = 0};
    struct base_json_error error;
    struct base_json *body = NULL;
    uint8_t hash[BASE_HASH_SIZE];
    int64_t size = 0;

    if (entry->name == NULL || base_unhex(entry->name, hash, sizeof(hash)) != OD_OK)
        return OD_OK;
    int rc = base_json_parse(entry->body, entry->body_size, &body, &error);
    if (rc == OD_OK)
        rc = base_json_i64(base_json_member(body, "size"), 0, INT64_MAX, &size);
    const char *media_type = base_json_member_text(body, "media_type");
    values.size = (uint64_t)size;
    values.document = media_type != NULL ? catalog_document_by_media_type(media_type) : CATALOG_DOCUMENT_NONE;
    enum engine_scan scan = ENGINE_SCAN_NONE;
    if (rc == OD_OK)
        rc = engine_scan_read(reader, arena, body, &scan);
    values.is_infected = scan == ENGINE_SCAN_INFECTED;
    if (rc == OD_OK)
        rc = loose_put(engine, hash, &values);
    base_json_destroy(body);
    return rc;
}

/* What a store that has had documents needs to have done, and a new one does not. */
static int past_read(struct engine *engine, struct store_reader *reader)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_MATERIAL, .state = -1, .department = -1, .before = UINT64_MAX};
    struct base_arena arena = {0};
    struct store_entry entry;
    size_t count = 0;
    uint64_t next = 0;
    int rc = store_read_entries(reader, &filter, &arena, &entry, 1, &count, &next);
    bool has_documents = count > 0 || next != 0;

    base_arena_fini(&arena);
    if (rc == OD_OK)
        rc = engine_pins_start(engine, reader, has_documents);
    return rc == OD_OK ? engine_sweeping_start(engine, reader, has_documents) : rc;
}

static int loose_load(struct engine *engine)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_MATERIAL, .state = ENGINE_MATERIAL_LOOSE, .department = -1, .before = UINT64_MAX};
    struct store_reader *reader = store_reader_take(engine->store);
    int rc = past_read(engine, reader);

    while (rc == OD_OK && filter.before != 0) {
        struct base_arena arena = {0};
        struct store_entry entries[64];
        size_t count = 0;
        uint64_t next = 0;

        rc = store_read_entries(reader, &filter, &arena, entries, 64, &count, &next);
        for (size_t i = 0; i < count && rc == OD_OK; i++)
            rc = loose_read(engine, reader, &arena, &entries[i]);
        filter.before = next;
        base_arena_fini(&arena);
    }
    store_reader_give(engine->store, reader);
    return rc;
}

int engine_materials_start(struct engine *engine, char text[512])
{
    struct engine_materials *materials = base_alloc(sizeof(*materials));

    if (materials == NULL)
        return OD_ENOMEM;
    engine->materials = materials;
    base_list_init(&materials->uploads);
    base_list_init(&materials->tellings);
    base_list_init(&materials->turns);
    engine_infected_init(materials);
    base_list_init(&materials->waiting);
    snprintf(materials->folder, sizeof(materials->folder), "%.*s/materials", (int)(PATH_MAX - sizeof("/materials")), engine->data_folder);
    int rc = engine_files_sweep(materials->folder);
    if (rc != OD_OK)
        snprintf(text, 512, "the folder of documents %.200s cannot be used", materials->folder);
    engine_entry_on_due(engine, ENGINE_ENTRY_MATERIAL, on_due);
    engine_erasing_want(engine); /* what a hub that was killed had begun */
    if (rc == OD_OK)
        rc = loose_load(engine);
    return rc == OD_OK ? engine_scans_load(engine) : rc;
}

void engine_materials_run(struct engine *engine)
{
    engine_uploads_run(engine);
    engine_scans_watch(engine);
    engine_pins_run(engine);
    engine_erasing_run(engine);
    engine_sweeping_run(engine);
}

/* A sweep goes on beside everything else, and nobody waits for it. */
bool engine_materials_are_quiet(const struct engine *engine)
{
    return engine_scans_are_quiet(engine) && engine_pins_are_quiet(engine) && engine_erasing_is_quiet(engine);
}

void engine_materials_fini(struct engine *engine)
{
    struct engine_materials *materials = engine->materials;

    if (materials == NULL)
        return;
    assert(base_list_is_empty(&materials->uploads));
    for (size_t i = 0; i < ENGINE_LOOSE_BUCKETS; i++)
        while (materials->buckets[i] != NULL)
            loose_remove(materials, materials->buckets[i]->hash);
    engine_infected_fini(materials);
    engine_sweeping_fini(&materials->sweeping);
    base_free(materials);
    engine->materials = NULL;
}
