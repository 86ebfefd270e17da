/* SPDX-License-Identifier: Apache-2.0 */
/* What the same person had before: an application for the same service that is still open is a possible duplicate; documents
 * that are still valid need not be handed in again (Licensing Law art. 31), and opinions that are still valid may stand, also
 * those of other services that share a matter or a material.
 *
 *   put -> person's hashes -> [pool: earlier applications] -> each: its documents and opinions -> members */
#include "engine/material.h"

#include <string.h>

#include "engine/reuse.h"

struct earlier {
    struct engine *engine;
    struct front_request *request;
    char service[BASE_ID_MAX + 1];
    struct base_buffer *buffer;
    struct base_buffer duplicate, materials, opinions; /* JSON: an object or nothing; items of arrays */
    const struct catalog_service *asked; /* as long as the request: whoever asks has a reference of its catalogue */
    uint64_t applications[2 * ENGINE_EARLIER_MAX];
    size_t count, own_count, next; /* own: of the same service; they come first */
    char offered[BASE_MATERIALS_MAX][BASE_ID_MAX + 1]; /* materials that a newer application gave already */
    size_t offered_count;
    char opined[CORE_TASKS_MAX][BASE_ID_MAX + 1]; /* matters likewise */
    size_t opinion_count;
    engine_earlier_cb on_put;
    void *data;
};

bool engine_person_hash(const struct engine *engine, const struct base_json *body, const struct catalog_service *service,
                        uint8_t hash[BASE_HASH_SIZE])
{
    struct base_buffer person = {0};
    bool is_known = catalog_person_put(&person, body);

    base_buffer_put(&person, "\n", 1);
    base_buffer_put_text(&person, service->id);
    is_known = is_known && !person.is_broken;
    if (is_known)
        base_hash_keyed(engine->secret, person.bytes, person.size, hash);
    base_buffer_fini(&person);
    return is_known;
}

static void finish(struct earlier *earlier, int rc)
{
    struct base_buffer *buffer = earlier->buffer;

    if (earlier->duplicate.size > 0)
        base_json_put_raw(buffer, "duplicate", earlier->duplicate.bytes, earlier->duplicate.size);
    else
        base_json_put_null(buffer, "duplicate");
    base_json_open(buffer, "reuse", '{');
    base_json_open(buffer, "materials", '[');
    base_buffer_put(buffer, earlier->materials.bytes, earlier->materials.size);
    base_json_close(buffer, ']');
    base_json_open(buffer, "opinions", '[');
    base_buffer_put(buffer, earlier->opinions.bytes, earlier->opinions.size);
    base_json_close(buffer, ']');
    base_json_close(buffer, '}');
    if (earlier->duplicate.is_broken || earlier->materials.is_broken || earlier->opinions.is_broken)
        rc = OD_ENOMEM;
    base_buffer_fini(&earlier->duplicate);
    base_buffer_fini(&earlier->materials);
    base_buffer_fini(&earlier->opinions);
    earlier->on_put(earlier->engine, earlier->data, rc);
    base_free(earlier);
}

/* -- One earlier application -- */

static bool is_offered(const struct earlier *earlier, const char *material)
{
    for (size_t i = 0; i < earlier->offered_count; i++)
        if (strcmp(earlier->offered[i], material) == 0)
            return true;
    return false;
}

static void put_material(struct earlier *earlier, const struct engine_application *application, const struct engine_version *version,
                         const char *material, core_day until)
{
    struct base_buffer *buffer = &earlier->materials;
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, application->core->received_day, number);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "material", material);
    base_json_put_text(buffer, "service", application->service->id);
    base_json_put_text(buffer, "name", version->name);
    base_json_put_text(buffer, "media_type", version->media_type);
    base_json_put_i64(buffer, "size", version->size);
    base_json_put_text(buffer, "sha256", version->digits);
    base_json_put_text(buffer, "number", number);
    engine_put_day(buffer, "valid_until", until);
    base_json_close(buffer, '}');
    if (earlier->offered_count < BASE_MATERIALS_MAX)
        strncpy(earlier->offered[earlier->offered_count++], material, BASE_ID_MAX);
}

/* Offer the document for each material of the service that it is one of. By what the running catalogue says of that: it is the
 * one that the new application will be under. */
static void offer(struct earlier *earlier, const struct catalog_service *service, const struct engine_application *application,
                  const struct engine_version *version)
{
    enum catalog_document document = version->media_type != NULL ? catalog_document_by_media_type(version->media_type) : CATALOG_DOCUMENT_NONE;
    struct catalog_document_rule rule;

    for (size_t i = 0; i < service->matter_count; i++)
        for (size_t k = 0; k < service->matters[i]->material_count; k++) {
            const char *id = service->matters[i]->materials[k].id;

            if (is_offered(earlier, id) || !catalog_material_is_same(service, id, application->service, version->material) ||
                catalog_document_rule_find(service, ~(core_task_set)0, id, &rule) != OD_OK || rule.valid_months == 0 ||
                (document != CATALOG_DOCUMENT_NONE && (rule.documents >> document & 1) == 0))
                continue;
            core_day until = engine_months_after(engine_day_of(version->at, application->core->received_day), rule.valid_months);
            if (until >= earlier->engine->now.day)
                put_material(earlier, application, version, id, until);
        }
}

static void look_at_materials(struct earlier *earlier, const struct catalog_service *service, const struct engine_application *application,
                              const struct engine_versions *versions)
{
    for (size_t i = 0; i < versions->count; i++) {
        const struct engine_version *version = &versions->items[i];

        if (version->is_newest && version->is_stored && version->scan != ENGINE_SCAN_WAITING && version->scan != ENGINE_SCAN_INFECTED)
            offer(earlier, service, application, version);
    }
}

static bool has_opinion(const struct earlier *earlier, const char *matter)
{
    for (size_t i = 0; i < earlier->opinion_count; i++)
        if (strcmp(earlier->opined[i], matter) == 0)
            return true;
    return false;
}

/* may_reuse: it stands for the new application where the applicant consents; else it is told, and the department looks again. */
static void put_opinion(struct earlier *earlier, const struct engine_application *application, const struct catalog_matter *matter,
                        const struct engine_reuse_item *item, const struct engine_text *text, bool may_reuse)
{
    struct base_buffer *buffer = &earlier->opinions;

    base_json_open(buffer, NULL, '{');
    engine_put_matter(buffer, matter);
    base_json_put_text(buffer, "service", application->service->id);
    base_json_put_text(buffer, "number", item->number);
    engine_put_day(buffer, "valid_until", item->until);
    base_json_put_bool(buffer, "may_reuse", may_reuse);
    base_json_put_raw(buffer, "opinion", text->bytes, text->size);
    base_json_close(buffer, '}');
    strncpy(earlier->opined[earlier->opinion_count++], matter->id, BASE_ID_MAX);
}

static unsigned task_find(const struct engine_application *application, const char *matter)
{
    unsigned i = 0;

    while (strcmp(application->service->matters[i]->id, matter) != 0)
        i++; /* engine_reuse_look found it */
    return i;
}

/* Approvals alone, of matters that say how long an opinion of theirs stands. */
static int look_at_opinions(struct earlier *earlier, const struct catalog_service *service, struct engine_application *application)
{
    const struct base_json *form = base_json_member(earlier->request->body, "form");
    int rc = OD_OK;

    /* Of several versions of a catalogue there may be more matters than one service has. */
    for (unsigned i = 0; i < service->matter_count && earlier->opinion_count < CORE_TASKS_MAX && rc == OD_OK; i++) {
        struct engine_reuse_item item = {.until = 0};
        enum engine_reuse_fault fault;

        if (has_opinion(earlier, service->matters[i]->id))
            continue;
        rc = engine_reuse_look(earlier->engine, service, i, form, application, &item, &fault);
        bool is_told = fault == ENGINE_REUSE_FINE || fault == ENGINE_REUSE_OTHER_FACTS || (fault == ENGINE_REUSE_NOT_TAKEN && item.until > 0);
        if (rc == OD_OK && is_told)
            put_opinion(earlier, application, service->matters[i], &item,
                        engine_task_text(application, task_find(application, service->matters[i]->id), ENGINE_TEXT_OPINION), fault == ENGINE_REUSE_FINE);
    }
    return rc;
}

static void put_duplicate(struct earlier *earlier, const struct engine_application *application)
{
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, application->core->received_day, number);
    base_json_open(&earlier->duplicate, NULL, '{');
    base_json_put_text(&earlier->duplicate, "number", number);
    base_json_put_text(&earlier->duplicate, "status", core_status_name((enum core_status)application->core->status));
    engine_put_ms(&earlier->duplicate, "received_at", application->core->received_ms);
    base_json_close(&earlier->duplicate, '}');
}

static void next_look(struct earlier *earlier);

static void on_versions(struct engine *engine, struct engine_application *application, const struct engine_versions *versions, int rc,
                        void *data)
{
    struct earlier *earlier = data;
    const struct catalog_service *service = catalog_service_find(engine->catalog, earlier->service);

    if (rc != OD_OK && rc != OD_ENOTFOUND) {
        finish(earlier, rc);
        return;
    }
    if (rc == OD_OK && earlier->duplicate.size == 0 && core_application_is_open(application->core) &&
        strcmp(application->service->id, earlier->service) == 0)
        put_duplicate(earlier, application);
    if (rc == OD_OK && service != NULL)
        look_at_materials(earlier, service, application, versions);
    if (rc == OD_OK && service != NULL && look_at_opinions(earlier, service, application) != OD_OK) {
        finish(earlier, OD_ENOMEM);
        return;
    }
    next_look(earlier);
}

static void next_look(struct earlier *earlier)
{
    if (earlier->next >= earlier->count)
        finish(earlier, OD_OK);
    else
        engine_versions_get(earlier->engine, earlier->applications[earlier->next++], on_versions, earlier);
}

/* The newest of the same service, then the newest of others. */
static void application_note(struct earlier *earlier, uint64_t id, bool is_own)
{
    size_t at = earlier->count;

    if (is_own) {
        earlier->applications[earlier->count++] = id;
        earlier->own_count = earlier->count;
        return;
    }
    while (at > earlier->own_count && earlier->applications[at - 1] < id)
        at--;
    size_t room = earlier->own_count + ENGINE_EARLIER_MAX;
    if (at >= room)
        return;
    earlier->count += earlier->count < room;
    memmove(&earlier->applications[at + 1], &earlier->applications[at], (earlier->count - at - 1) * sizeof(earlier->applications[0]));
    earlier->applications[at] = id;
}

/* The applications of the person for one service. */
static int persons_read(struct earlier *earlier, struct store_reader *reader, const struct catalog_service *service)
{
    uint8_t hash[BASE_HASH_SIZE];
    uint64_t found[STORE_PERSON_SCAN_MAX];
    size_t count = 0;

    if (!engine_person_hash(earlier->engine, earlier->request->body, service, hash))
        return OD_OK;
    int rc = store_read_persons(reader, hash, found, STORE_PERSON_SCAN_MAX, &count);
    for (size_t i = 0; rc == OD_OK && i < count && i < ENGINE_EARLIER_MAX; i++)
        application_note(earlier, found[i], service == earlier->asked);
    return rc;
}

static void read_persons(struct engine_job *job, struct store_reader *reader)
{
    struct earlier *earlier = job->data;
    const struct catalog *catalog = earlier->asked->catalog;
    size_t services = catalog_service_count(catalog), looked = 0;

    job->rc = persons_read(earlier, reader, earlier->asked);
    for (size_t i = 0; i < services && looked < ENGINE_EARLIER_SERVICES_MAX && job->rc == OD_OK; i++) {
        const struct catalog_service *other = catalog_service_at(catalog, i);

        if (other == earlier->asked || !catalog_service_shares(earlier->asked, other))
            continue;
        job->rc = persons_read(earlier, reader, other);
        looked++;
    }
}

static void on_persons(struct engine_job *job)
{
    if (job->rc == OD_OK)
        next_look(job->data);
    else
        finish(job->data, job->rc);
}

void engine_earlier_put(struct engine *engine, struct front_request *request, const struct catalog_service *service,
                        struct base_buffer *buffer, engine_earlier_cb on_put, void *data)
{
    struct earlier *earlier = base_alloc(sizeof(*earlier));
    uint8_t hash[BASE_HASH_SIZE];
    int rc;

    if (earlier == NULL) {
        on_put(engine, data, OD_ENOMEM);
        return;
    }
    earlier->engine = engine;
    earlier->request = request;
    strncpy(earlier->service, service->id, BASE_ID_MAX);
    earlier->buffer = buffer;
    earlier->on_put = on_put;
    earlier->data = data;
    earlier->asked = service;
    if (!engine_person_hash(engine, request->body, service, hash)) {
        finish(earlier, OD_OK);
        return;
    }
    rc = engine_job_start(engine, &(struct engine_job){.run = read_persons, .on_done = on_persons, .data = earlier});
    if (rc != OD_OK)
        finish(earlier, rc);
}
