/* SPDX-License-Identifier: Apache-2.0 */
/* One document comes in.
 *
 *   upload -> (its application) -> begin -> on_piece -> [pool: write] -> on_written -> front_upload_next ...
 *     -> on_end -> [pool: settle] -> on_settled -> [pool: place] -> on_placed -> engine_upload_record
 *
 * Whatever goes wrong, engine_upload_drop is the one way out. While something of it is in the pool nothing else happens to
 * it; that its client has gone is looked at afterwards. */
#include "engine/material_inside.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* -- The pool -- */

static void jobs_go(struct engine *engine);

static void run_in_pool(struct engine_job *job, struct store_reader *reader)
{
    struct engine_upload *upload = job->data;

    upload->reader = reader;
    job->rc = upload->run(upload);
    upload->reader = NULL;
}

static void on_run(struct engine_job *job)
{
    struct engine_upload *upload = job->data;
    struct engine *engine = job->engine;

    engine->materials->job_count--;
    upload->is_working = false;
    upload->then(upload, job->rc);
    jobs_go(engine);
}

/* What is refused waits for room in the pool: its file would be left. */
static struct engine_upload *waiting_find(const struct engine_materials *materials, bool is_full)
{
    for (struct base_list *node = materials->waiting.next; node != &materials->waiting; node = node->next) {
        struct engine_upload *upload = BASE_LIST_ENTRY(node, struct engine_upload, waiting);

        if (!is_full || !upload->is_removing)
            return upload;
    }
    return NULL;
}

static void jobs_go(struct engine *engine)
{
    struct engine_materials *materials = engine->materials;
    struct engine_upload *upload;
    bool is_full = false;

    while (materials->job_count < ENGINE_UPLOAD_JOBS_MAX && (upload = waiting_find(materials, is_full)) != NULL) {
        base_list_remove(&upload->waiting);
        if (engine_job_start(engine, &(struct engine_job){.run = run_in_pool, .on_done = on_run, .data = upload}) == OD_OK) {
            materials->job_count++;
        } else if (upload->is_removing && !engine->is_stopping) {
            base_list_append(&materials->waiting, &upload->waiting);
            is_full = true;
        } else {
            upload->is_working = false;
            upload->then(upload, OD_EBUSY);
        }
    }
}

void engine_uploads_run(struct engine *engine)
{
    jobs_go(engine);
}

void engine_upload_work(struct engine_upload *upload, int (*run)(struct engine_upload *upload),
                        void (*then)(struct engine_upload *upload, int rc))
{
    assert(!upload->is_working);
    upload->is_working = true;
    upload->run = run;
    upload->then = then;
    base_list_append(&upload->engine->materials->waiting, &upload->waiting);
    jobs_go(upload->engine);
}

/* -- It is whole -- */

bool engine_upload_has(const struct engine *engine, const char *digits)
{
    const struct base_list *uploads = &engine->materials->uploads;

    for (const struct base_list *node = uploads->next; node != uploads; node = node->next) {
        const struct engine_upload *upload = BASE_LIST_ENTRY(node, struct engine_upload, node);

        if (upload->is_placed && strcmp(upload->file.digits, digits) == 0) /* before that the pool may write its digits */
            return true;
    }
    return false;
}

/* An upload that failed takes the same file away. */
static bool is_being_removed(const struct engine *engine, const char *digits)
{
    const struct base_list *uploads = &engine->materials->uploads;

    for (const struct base_list *node = uploads->next; node != uploads; node = node->next) {
        const struct engine_upload *upload = BASE_LIST_ENTRY(node, struct engine_upload, node);

        if (upload->is_removing && strcmp(upload->file.digits, digits) == 0)
            return true;
    }
    return false;
}

static void on_placed(struct engine_upload *upload, int rc)
{
    if (rc == OD_OK)
        engine_upload_record(upload);
    else
        engine_upload_take_back(upload, engine_upload_fault_of(rc));
}

static int place_file(struct engine_upload *upload)
{
    return engine_file_place(&upload->file);
}

static void place(struct engine_upload *upload)
{
    const char *digits = upload->file.digits;

    upload->is_held = engine_erasing_has(upload->engine, digits) || engine_sweeping_has(upload->engine, digits) || is_being_removed(upload->engine, digits);
    upload->is_placed = !upload->is_held;
    if (upload->is_placed)
        engine_upload_work(upload, place_file, on_placed);
}

void engine_uploads_resume(struct engine *engine)
{
    struct base_list *uploads = &engine->materials->uploads;

    for (struct base_list *node = uploads->next, *next; node != uploads; node = next) {
        struct engine_upload *upload = BASE_LIST_ENTRY(node, struct engine_upload, node);

        next = node->next;
        if (upload->is_held)
            place(upload);
    }
}

static void on_settled(struct engine_upload *upload, int rc)
{
    if (rc == OD_OK && (upload->documents >> upload->file.said & 1) == 0)
        rc = OD_EINVAL; /* its kind was not said, and what it is is not taken */
    if (rc != OD_OK)
        engine_upload_drop(upload, engine_upload_fault_of(rc));
    else
        place(upload);
}

static int settle_file(struct engine_upload *upload)
{
    return engine_file_settle(&upload->file);
}

/* -- It comes -- */

static struct engine_upload *upload_of(struct front_request *request)
{
    return request->engine;
}

static void on_end(struct front_request *request)
{
    struct engine_upload *upload = upload_of(request);

    if (upload->file.size == 0)
        engine_upload_drop(upload, ENGINE_UPLOAD_EMPTY);
    else
        engine_upload_work(upload, settle_file, on_settled);
}

static int write_piece(struct engine_upload *upload)
{
    return engine_file_write(&upload->file, upload->bytes, upload->count);
}

static void on_written(struct engine_upload *upload, int rc)
{
    if (rc == OD_OK && upload->file.said != CATALOG_DOCUMENT_NONE && (upload->documents >> upload->file.said & 1) == 0)
        rc = OD_EINVAL;
    if (rc != OD_OK)
        engine_upload_drop(upload, engine_upload_fault_of(rc));
    else if (upload->is_gone)
        engine_upload_drop(upload, ENGINE_UPLOAD_GONE);
    else
        front_upload_next(upload->request);
}

static void on_piece(struct front_request *request, const void *bytes, size_t size)
{
    struct engine_upload *upload = upload_of(request);

    upload->bytes = bytes;
    upload->count = size;
    if (size > upload->size_max - upload->file.size)
        engine_upload_drop(upload, ENGINE_UPLOAD_SIZE);
    else
        engine_upload_work(upload, write_piece, on_written);
}

static const struct front_taker taker = {.on_piece = on_piece, .on_end = on_end};

static void on_gone(struct front_request *request)
{
    struct engine_upload *upload = upload_of(request);

    if (request->is_upload_whole)
        return; /* nobody reads the answer, and the document is here all the same */
    upload->is_gone = true;
    if (!upload->is_working && upload->bytes != NULL)
        engine_upload_drop(upload, ENGINE_UPLOAD_GONE);
}

/* -- It begins -- */

static bool is_kind_fine(struct engine_upload *upload)
{
    const char *media_type = upload->request->media_type;
    enum catalog_document said = media_type != NULL ? catalog_document_by_media_type(media_type) : CATALOG_DOCUMENT_NONE;
    bool is_open_kind = media_type != NULL && strncmp(media_type, "application/octet-stream", 24) == 0;

    engine_file_init(&upload->file, upload->engine->materials->folder, said);
    return is_open_kind || (said != CATALOG_DOCUMENT_NONE && (upload->documents >> said & 1) != 0);
}

static void begin(struct engine_upload *upload, const struct catalog_document_rule *rule)
{
    struct front_request *request = upload->request;

    upload->documents = rule->documents;
    upload->size_max = rule->size_max;
    if (!is_kind_fine(upload))
        engine_upload_drop(upload, ENGINE_UPLOAD_TYPE);
    else if (request->upload_size != UINT64_MAX && request->upload_size > rule->size_max)
        engine_upload_drop(upload, ENGINE_UPLOAD_SIZE);
    else if (request->upload_size == 0)
        engine_upload_drop(upload, ENGINE_UPLOAD_EMPTY);
    else if (upload->is_gone)
        engine_upload_drop(upload, ENGINE_UPLOAD_GONE);
    else {
        upload->bytes = ""; /* from here on a client that goes ends it */
        front_upload_start(request, &taker);
    }
}

/* An applicant whose answer was lost sends what is here, and is not asked for any more: it may come, to be told again. */
static void on_unasked(struct engine *engine, struct engine_application *application, const struct engine_versions *versions, int rc,
                       void *data)
{
    struct engine_upload *upload = data;
    struct catalog_document_rule rule;
    bool is_here = false;

    (void)engine;
    for (size_t i = 0; rc == OD_OK && i < versions->count; i++) {
        const struct engine_version *version = &versions->items[i];

        is_here = is_here || (version->is_newest && version->is_stored && version->size >= 0 &&
                              strcmp(version->material, upload->material) == 0 && (uint64_t)version->size == upload->request->upload_size);
    }
    if (rc == OD_OK)
        rc = catalog_document_rule_find(application->service, application->core->included, upload->material, &rule);
    if (rc != OD_OK)
        engine_upload_answer_failed(upload, rc);
    else if (is_here)
        begin(upload, &rule);
    else
        engine_upload_refuse_unasked(upload);
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct engine_upload *upload = data;
    struct front_problem_item item = {.pointer = "", .code = "unknown_material"};
    struct catalog_document_rule rule;

    if (rc != OD_OK) {
        engine_upload_answer_failed(upload, rc);
        return;
    }
    if (!engine_upload_is_open(application)) {
        engine_upload_answer_closed(upload->request, application);
        engine_upload_refused(upload);
    } else if (catalog_document_rule_find(application->service, application->core->included, upload->material, &rule) != OD_OK) {
        item.detail = front_say(upload->request, "本申请涉及的事项不需要此材料。", "No matter of this application asks for this material.");
        front_answer_problem(upload->request, FRONT_INVALID, NULL, &item, 1);
        engine_upload_refused(upload);
    } else if (engine_material_is_by_code(upload->request) && !engine_material_is_asked(application, upload->material)) {
        engine_versions_get(engine, upload->application, on_unasked, upload);
    } else {
        begin(upload, &rule);
    }
}

/* Is a parameter there, and what it is to be? Refused otherwise. */
static bool is_name_fine(struct front_request *request, const char *name)
{
    struct front_problem_item item = {.pointer = "", .code = "name",
                                      .detail = front_say(request, "请用参数 name 给出文件名：不得含 / \\、控制字符或改变书写方向的字符，不超过 255 个字符。",
                                                          "Give the file's name as the parameter name: without / \\, control characters and marks "
                                                          "that turn the writing, at most 255 characters.")};

    if (name != NULL && catalog_is_file_name(name))
        return true;
    front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
    return false;
}

static bool is_material_fine(struct front_request *request, const char *material)
{
    struct front_problem_item item = {.pointer = "", .code = "material",
                                      .detail = front_say(request, "请用参数 material 给出材料编号。", "Give the material's id as the parameter material.")};
    bool is_due = request->route == FRONT_APPLICATION_MATERIAL_ADD;

    if (material != NULL ? *material != '\0' && strlen(material) <= BASE_ID_MAX : !is_due)
        return true;
    front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
    return false;
}

void engine_upload(struct engine *engine, struct front_request *request)
{
    const char *name = front_query(request, "name"), *material = front_query(request, "material");
    struct catalog_document_rule rule;
    uint64_t id = 0;

    if (request->route == FRONT_APPLICATION_MATERIAL_ADD && engine_material_reader(engine, request, &id) != OD_OK)
        return;
    if (!is_material_fine(request, material) || !is_name_fine(request, name))
        return;
    struct engine_upload *upload = engine->materials->upload_count < ENGINE_UPLOADS_MAX ? base_alloc(sizeof(*upload)) : NULL;
    if (upload == NULL) {
        engine_answer_rc(request, OD_EBUSY);
        return;
    }
    *upload = (struct engine_upload){.engine = engine, .request = request, .application = id, .material = material, .name = name,
                                     .file = {.fd = -1}};
    base_list_append(&engine->materials->uploads, &upload->node);
    base_list_init(&upload->waiting);
    engine->materials->upload_count++;
    request->engine = upload;
    request->on_gone = on_gone;
    if (id != 0) {
        engine_application_get(engine, id, on_application, upload);
        return;
    }
    catalog_document_rule_usual(engine->catalog, &rule);
    begin(upload, &rule);
}
