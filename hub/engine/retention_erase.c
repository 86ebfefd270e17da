/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/retention.h"

#include <stdio.h>
#include <string.h>

#include "engine/concern.h"
#include "engine/material.h"
#include "evidence/content.h"

const uint8_t engine_retention_registers[ENGINE_RETENTION_REGISTERS] = {ENGINE_ENTRY_INQUIRY,   ENGINE_ENTRY_COMPLAINT, ENGINE_ENTRY_EVALUATION,
                                                                        ENGINE_ENTRY_GRIEVANCE, ENGINE_ENTRY_PARCEL,    ENGINE_ENTRY_MESSAGE};

/* One application while it is looked at. */
struct own {
    struct engine *engine;
    uint64_t id;
    struct base_arena arena;
    struct store_entry *entries; /* count of them that go or lose a name, in the arena */
    size_t count;
    bool is_held, is_more;       /* something of it is open; there are more entries than go at once */
    bool is_half;                /* some of them went before */
    bool is_erased;              /* all of it did, by the rule of an earlier build: what that left goes */
    struct base_buffer list;     /* items of what documents it had, JSON */
    size_t version_count;
    engine_retention_cb on_erased;
};

static void finish(struct own *own, int rc)
{
    engine_retention_cb on_erased = own->on_erased;
    struct engine *engine = own->engine;

    base_buffer_fini(&own->list);
    base_arena_fini(&own->arena);
    base_free(own);
    on_erased(engine, rc);
}

/* -- Entries -- */

/* docs/rules/retention.md, R-2. */
bool engine_retention_is_held(const struct store_entry *entry)
{
    bool is_concern = entry->kind == ENGINE_ENTRY_INQUIRY || entry->kind == ENGINE_ENTRY_COMPLAINT || entry->kind == ENGINE_ENTRY_EVALUATION ||
                      entry->kind == ENGINE_ENTRY_GRIEVANCE;

    return is_concern && entry->state == ENGINE_CONCERN_OPEN;
}

/* Gone from the register; the journal keeps its hashes. */
int engine_retention_entry_erase(struct engine *engine, const struct store_entry *entry, const char *number)
{
    struct store_entry gone = *entry;
    char more[64];

    gone.body = NULL;
    gone.body_size = 0;
    gone.wake_minute = INT64_MAX;
    engine_retention_rule_format(engine, more);
    return engine_entry_put(engine, &gone, &(struct engine_entry_event){.type = "entry_erased", .by = "clock", .number = number, .more = more},
                            NULL, NULL);
}

/* What documents there were, for who asks: material, kind, size, hash; no name of a file. docs/rules/retention.md, R-6. */
static int list_put(struct engine *engine, const struct own *own, const char *number)
{
    struct store_entry entry = {.kind = ENGINE_ENTRY_MATERIAL, .state = ENGINE_MATERIAL_LIST, .application = own->id,
                                .id = engine_entry_id(engine, ENGINE_ENTRY_MATERIAL), .wake_minute = INT64_MAX, .at_ms = engine->now.ms};
    struct base_buffer body = {0};
    char at[BASE_TIME_SIZE], more[96];

    base_zone_format(engine->now.ms, at);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "erased_at", at);
    base_json_put_i64(&body, "documents_years", catalog_documents_years(engine->catalog));
    base_json_open(&body, "items", '[');
    base_buffer_put(&body, own->list.bytes, own->list.size);
    base_json_close(&body, ']');
    base_json_close(&body, '}');
    entry.body = base_buffer_text(&body);
    entry.body_size = (uint32_t)body.size;
    snprintf(more, sizeof(more), "\"documents\":%zu,\"documents_years\":%d", own->version_count, catalog_documents_years(engine->catalog));
    int rc = body.is_broken || own->list.is_broken ? OD_ENOMEM
                                                   : engine_entry_put(engine, &entry, &(struct engine_entry_event){.type = "documents_erased", .by = "clock", .number = number, .more = more},
                                                                      NULL, NULL);
    base_buffer_fini(&body);
    return rc;
}

static int entries_put(struct engine *engine, const struct own *own, const char *number)
{
    int rc = OD_OK;

    for (size_t i = 0; rc == OD_OK && i < own->count; i++) {
        const struct store_entry *entry = &own->entries[i];

        if (engine_retention_stays(entry->kind))
            rc = engine_retention_redact(engine, entry, number);
        else if (entry->kind != ENGINE_ENTRY_MATERIAL || !own->is_more) /* the list is made of them, at the end */
            rc = engine_retention_entry_erase(engine, entry, number);
    }
    return rc == OD_OK && !own->is_more && own->version_count > 0 ? list_put(engine, own, number) : rc;
}

/* -- The application -- */

/* What of its texts came from the applicant. */
static void texts_erase(struct engine_application *application)
{
    static const enum engine_text_kind kinds[] = {ENGINE_TEXT_REASON, ENGINE_TEXT_REASON_TEXTS, ENGINE_TEXT_NOTE};

    for (unsigned task = 0; task < application->service->matter_count; task++)
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
            (void)!engine_text_set(engine_task_text(application, task, kinds[i]), NULL, 0);
    (void)!engine_text_set(&application->answers, NULL, 0);
    (void)!engine_text_set(&application->document, NULL, 0);
    base_json_destroy(application->document_tree);
    application->document_tree = NULL;
    application->tree_size = 0;
}

/* The last pins of its contents go with its document, in one transaction. docs/rules/retention.md, R-3. */
static int application_erase(struct engine *engine, struct engine_application *application, struct store_pins *pins)
{
    struct store_write *write;
    char details[64];

    engine_retention_rule_format(engine, details);
    int rc = engine_note(engine, application, EVIDENCE_ERASED, CORE_TASKS_MAX, "clock", details);
    if (rc == OD_OK)
        rc = engine_write_get(engine, application, &write);
    if (rc != OD_OK)
        return rc;
    write->erases_document = true;
    engine_pins_attach(write, pins);
    texts_erase(application);
    return OD_OK;
}

static int erased_read(struct own *own, struct store_reader *reader)
{
    uint64_t application;
    size_t count = 0;
    int rc = store_read_erased(reader, own->id - 1, own->id, &application, 1, &count);

    own->is_erased = count > 0;
    return rc;
}

static void half_format(const struct own *own, char name[48])
{
    snprintf(name, 48, ENGINE_RETENTION_HALF "%llu", (unsigned long long)own->id);
}

static int half_read(struct own *own, struct store_reader *reader)
{
    char name[48];
    const void *value;
    size_t size;

    half_format(own, name);
    int rc = store_read_setting(reader, name, &own->arena, &value, &size);
    own->is_half = rc == OD_OK;
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

/* With the first of several rounds it is on record, and with the last one no more. */
static int half_put(struct engine *engine, const struct own *own)
{
    char name[48];

    if (own->is_more == own->is_half)
        return OD_OK;
    half_format(own, name);
    return engine_setting_put(engine, name, own->is_more ? "1" : NULL, own->is_more);
}

/* All at once, or nothing: a record of today makes the application young again. */
static int own_erase(struct engine *engine, const struct own *own, struct engine_application *application)
{
    struct engine_batch_mark mark = engine_batch_mark(engine);
    struct store_pins *pins = NULL;
    char number[BASE_NUMBER_SIZE];

    if (own->is_erased && own->count == 0 && !own->is_half)
        return OD_OK;
    if (engine->filling->store->count + own->count + 3 > STORE_BATCH_WRITES_MAX)
        return OD_EBUSY;
    base_number_format(application->id, application->core->received_day, number);
    int rc = engine_pins_make_release(engine, &pins);
    if (rc == OD_OK)
        rc = entries_put(engine, own, number);
    if (rc == OD_OK)
        rc = half_put(engine, own);
    if (rc != OD_OK)
        engine_batch_back(engine, mark);
    return rc == OD_OK && !own->is_more && !own->is_erased ? application_erase(engine, application, pins) : rc;
}

static void start(struct own *own);

static void on_more(struct engine *engine, void *data, int rc)
{
    struct own *own = data;

    if (rc != OD_OK || engine->is_stopping)
        finish(own, rc == OD_OK ? OD_ECANCELLED : rc);
    else
        start(own);
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct own *own = data;

    bool is_touched = engine_entry_is_touched(engine); /* by what is not among the entries that were read */
    if (rc == OD_OK && (is_touched || core_application_is_open(application->core))) {
        finish(own, OD_OK); /* something happened meanwhile */
        return;
    }
    if (rc == OD_OK)
        rc = own_erase(engine, own, application);
    if (rc == OD_OK && own->is_more)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_more, .data = own});
    if (rc != OD_OK || !own->is_more)
        finish(own, rc);
}

/* -- What it has -- */

static bool is_wanted(const struct store_entry *entry)
{
    if (entry->kind == ENGINE_ENTRY_MATERIAL)
        return entry->state == ENGINE_MATERIAL_VERSION;
    return !engine_retention_stays(entry->kind) || engine_retention_has_personal(entry);
}

static int register_read(struct own *own, struct store_reader *reader, uint8_t kind)
{
    struct store_entry_filter filter = {.kind = kind, .state = -1, .department = -1, .application = own->id, .before = UINT64_MAX};
    int rc = OD_OK;

    while (rc == OD_OK && filter.before != 0 && !own->is_more) {
        struct store_entry *page = &own->entries[own->count];
        size_t left = ENGINE_RETENTION_OWN_MAX - own->count, count = 0;

        own->is_more = left == 0;
        if (!own->is_more)
            rc = store_read_entries(reader, &filter, &own->arena, page, left < BASE_PAGE_MAX ? left : BASE_PAGE_MAX, &count, &filter.before);
        for (size_t i = 0; rc == OD_OK && i < count; i++) {
            own->is_held = own->is_held || engine_retention_is_held(&page[i]);
            if (is_wanted(&page[i]))
                own->entries[own->count++] = page[i];
        }
    }
    return rc;
}

static void read_own(struct engine_job *job, struct store_reader *reader)
{
    struct own *own = job->data;

    own->entries = base_arena_take(&own->arena, ENGINE_RETENTION_OWN_MAX * sizeof(*own->entries));
    job->rc = own->entries != NULL ? OD_OK : OD_ENOMEM;
    for (size_t i = 0; i < ENGINE_RETENTION_REGISTERS && job->rc == OD_OK; i++)
        job->rc = register_read(own, reader, engine_retention_registers[i]);
    if (job->rc == OD_OK)
        job->rc = register_read(own, reader, ENGINE_ENTRY_MATERIAL);
    for (size_t i = 0; i < ENGINE_RETENTION_STAYING && job->rc == OD_OK; i++)
        job->rc = register_read(own, reader, engine_retention_staying[i]);
    if (job->rc == OD_OK)
        job->rc = half_read(own, reader);
    if (job->rc == OD_OK)
        job->rc = erased_read(own, reader);
}

static void on_own(struct engine_job *job)
{
    struct own *own = job->data;

    if (job->rc != OD_OK || own->is_held || job->engine->is_stopping)
        finish(own, job->rc);
    else
        engine_application_get(job->engine, own->id, on_application, own);
}

static void list_add(struct base_buffer *list, const struct engine_version *version)
{
    base_json_open(list, NULL, '{');
    base_json_put_text(list, "material", version->material);
    base_json_put_i64(list, "version", version->number);
    base_json_put_text(list, "media_type", version->media_type);
    if (version->size >= 0)
        base_json_put_i64(list, "size", version->size);
    if (version->digits[0] != '\0')
        base_json_put_text(list, "sha256", version->digits);
    base_json_put_text(list, "by", version->by);
    base_json_put_text(list, "at", version->at);
    base_json_close(list, '}');
}

static void on_versions(struct engine *engine, struct engine_application *application, const struct engine_versions *versions, int rc, void *data)
{
    struct own *own = data;

    (void)application;
    base_buffer_clear(&own->list);
    own->version_count = 0;
    for (size_t i = 0; rc == OD_OK && i < versions->count; i++)
        if (versions->items[i].erased_at == NULL) {
            list_add(&own->list, &versions->items[i]);
            own->version_count++;
        }
    if (rc == OD_OK)
        rc = engine_job_start(engine, &(struct engine_job){.run = read_own, .on_done = on_own, .data = own});
    if (rc != OD_OK)
        finish(own, rc);
}

static void start(struct own *own)
{
    base_arena_fini(&own->arena);
    own->count = 0;
    own->is_more = false;
    engine_entry_watch(own->engine, own->id);
    engine_versions_get(own->engine, own->id, on_versions, own);
}

void engine_retention_erase(struct engine *engine, uint64_t application, engine_retention_cb on_erased)
{
    struct own *own = base_alloc(sizeof(*own));

    if (own == NULL) {
        on_erased(engine, OD_ENOMEM);
        return;
    }
    own->engine = engine;
    own->id = application;
    own->on_erased = on_erased;
    start(own);
}
