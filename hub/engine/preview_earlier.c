/* SPDX-License-Identifier: Apache-2.0 */
/* What the same person had before, for the same service: an application that is still open is a possible duplicate; documents
 * that are still valid need not be handed in again (Licensing Law art. 31), and opinions that are still valid are shown.
 *
 *   put -> person's hash -> [pool: earlier applications] -> each: its documents and opinions -> members */
#include "engine/material.h"

#include <string.h>

struct earlier {
    struct engine *engine;
    struct front_request *request;
    char service[BASE_ID_MAX + 1];
    struct base_buffer *buffer;
    struct base_buffer duplicate, materials, opinions; /* JSON: an object or nothing; items of arrays */
    uint8_t hash[BASE_HASH_SIZE];
    uint64_t applications[STORE_PERSON_SCAN_MAX];
    size_t count, next;
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

/* -- Validity -- */

/* The last day of so many months from day: of the same date, or of the end of a shorter month. */
static core_day months_after(core_day day, unsigned months)
{
    int year, month, of_month;

    base_day_to_civil(day, &year, &month, &of_month);
    int last = year * 12 + month - 1 + (int)months;
    int next = last + 1;
    core_day until = base_day_from_civil(last / 12, last % 12 + 1, of_month);
    core_day end = base_day_from_civil(next / 12, next % 12 + 1, 1) - 1;
    return until < end ? until : end;
}

static core_day civil_day(int64_t ms)
{
    int32_t day, minute, offset;

    base_zone_civil(ms, &day, &minute, &offset);
    return day;
}

static core_day day_of(const char *at, core_day otherwise)
{
    int64_t ms;

    return at != NULL && base_time_parse(at, &ms) == OD_OK ? civil_day(ms) : otherwise;
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
                         core_day until)
{
    struct base_buffer *buffer = &earlier->materials;
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, application->core->received_day, number);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "material", version->material);
    base_json_put_text(buffer, "name", version->name);
    base_json_put_text(buffer, "media_type", version->media_type);
    base_json_put_i64(buffer, "size", version->size);
    base_json_put_text(buffer, "sha256", version->digits);
    base_json_put_text(buffer, "number", number);
    engine_put_day(buffer, "valid_until", until);
    base_json_close(buffer, '}');
    if (earlier->offered_count < BASE_MATERIALS_MAX)
        strncpy(earlier->offered[earlier->offered_count++], version->material, BASE_ID_MAX);
}

/* By what the running catalogue says of the material: it is the one that the new application will be under. */
static void look_at_materials(struct earlier *earlier, const struct catalog_service *service, const struct engine_application *application,
                              const struct engine_versions *versions)
{
    struct catalog_document_rule rule;

    for (size_t i = 0; i < versions->count; i++) {
        const struct engine_version *version = &versions->items[i];

        if (!version->is_newest || !version->is_stored || version->scan == ENGINE_SCAN_WAITING || version->scan == ENGINE_SCAN_INFECTED || is_offered(earlier, version->material) ||
            catalog_document_rule_find(service, ~(core_task_set)0, version->material, &rule) != OD_OK || rule.valid_months == 0)
            continue;
        core_day until = months_after(day_of(version->at, application->core->received_day), rule.valid_months);
        if (until >= earlier->engine->now.day)
            put_material(earlier, application, version, until);
    }
}

static const struct catalog_matter *matter_find(const struct catalog_service *service, const char *id)
{
    for (size_t i = 0; i < service->matter_count; i++)
        if (strcmp(service->matters[i]->id, id) == 0)
            return service->matters[i];
    return NULL;
}

static bool has_opinion(const struct earlier *earlier, const char *matter)
{
    for (size_t i = 0; i < earlier->opinion_count; i++)
        if (strcmp(earlier->opined[i], matter) == 0)
            return true;
    return false;
}

static void put_opinion(struct earlier *earlier, const struct engine_application *application, const struct catalog_matter *matter,
                        const struct engine_text *text, core_day until)
{
    struct base_buffer *buffer = &earlier->opinions;
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, application->core->received_day, number);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "matter", matter->id);
    base_json_put_text(buffer, "department", matter->department->id);
    base_json_put_text(buffer, "number", number);
    engine_put_day(buffer, "valid_until", until);
    base_json_put_raw(buffer, "opinion", text->bytes, text->size);
    base_json_close(buffer, '}');
    strncpy(earlier->opined[earlier->opinion_count++], matter->id, BASE_ID_MAX);
}

/* Approvals alone, of matters that say how long an opinion of theirs stands. */
static void look_at_opinions(struct earlier *earlier, const struct catalog_service *service, const struct engine_application *application)
{
    for (unsigned i = 0; i < application->core->task_count; i++) {
        const struct core_task *task = &application->core->tasks[i];
        const struct catalog_matter *matter = matter_find(service, application->service->matters[i]->id);
        const struct engine_text *text = engine_task_text(application, i, ENGINE_TEXT_OPINION);
        bool is_approval = task->opinion == CORE_OPINION_APPROVE || task->opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS;

        if (matter == NULL || matter->opinion_months == 0 || task->state != CORE_TASK_DONE || !is_approval || text->bytes == NULL ||
            has_opinion(earlier, matter->id))
            continue;
        core_day until = months_after(civil_day(task->since_ms), matter->opinion_months);
        if (until >= earlier->engine->now.day)
            put_opinion(earlier, application, matter, text, until);
    }
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
    if (rc == OD_OK && earlier->duplicate.size == 0 && core_application_is_open(application->core))
        put_duplicate(earlier, application);
    if (rc == OD_OK && service != NULL)
        look_at_materials(earlier, service, application, versions);
    if (rc == OD_OK && service != NULL)
        look_at_opinions(earlier, service, application);
    next_look(earlier);
}

static void next_look(struct earlier *earlier)
{
    if (earlier->next >= earlier->count || earlier->next >= ENGINE_EARLIER_MAX)
        finish(earlier, OD_OK);
    else
        engine_versions_get(earlier->engine, earlier->applications[earlier->next++], on_versions, earlier);
}

static void read_persons(struct engine_job *job, struct store_reader *reader)
{
    struct earlier *earlier = job->data;

    job->rc = store_read_persons(reader, earlier->hash, earlier->applications, STORE_PERSON_SCAN_MAX, &earlier->count);
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
    if (!engine_person_hash(engine, request->body, service, earlier->hash)) {
        finish(earlier, OD_OK);
        return;
    }
    rc = engine_job_start(engine, &(struct engine_job){.run = read_persons, .on_done = on_persons, .data = earlier});
    if (rc != OD_OK)
        finish(earlier, rc);
}
