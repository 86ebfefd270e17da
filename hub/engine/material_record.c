/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a document that came in.
 *
 *   record -> engine_content_keep -> on_kept -> (its turn -> its application once more) -> entry, and the supplement that it is -> durable -> 201
 *   drop -> [pool: abandon] -> answer
 *   take_back -> [pool: abandon; the file, when no record names it] -> answer */
#include "engine/material_inside.h"
#include "engine/repeat.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum engine_upload_fault engine_upload_fault_of(int rc)
{
    switch (rc) {
    case OD_EINVAL: return ENGINE_UPLOAD_TYPE;
    case OD_EFULL: return ENGINE_UPLOAD_FULL;
    case OD_EIO: return ENGINE_UPLOAD_INSIDE;
    default: return ENGINE_UPLOAD_BUSY;
    }
}

/* -- The end -- */

static void upload_free(struct engine_upload *upload)
{
    struct engine_materials *materials = upload->engine->materials;

    assert(!upload->is_working);
    base_list_remove(&upload->node);
    materials->upload_count--;
    engine_turn_end(upload->engine, &upload->turn);
    base_free(upload);
}

void engine_upload_refused(struct engine_upload *upload)
{
    upload->engine->materials->refused++;
    upload_free(upload);
}

static void put_kinds(struct base_buffer *text, uint32_t documents)
{
    const char *comma = "";

    for (int i = 1; i < CATALOG_DOCUMENTS; i++)
        if (documents >> i & 1) {
            base_buffer_put_format(text, "%s%s", comma, catalog_document_word((enum catalog_document)i));
            comma = ", ";
        }
}

static void answer_type(struct front_request *request, enum catalog_document said, enum catalog_document found, uint32_t documents)
{
    struct base_buffer zh = {0}, en = {0};
    bool is_other = found != said && found != CATALOG_DOCUMENT_NONE;

    base_buffer_put_format(&zh, "声明的类型是 %s，", request->media_type != NULL ? request->media_type : "（无）");
    base_buffer_put_format(&en, "It is said to be %s", request->media_type != NULL ? request->media_type : "(nothing)");
    if (is_other) {
        base_buffer_put_format(&zh, "内容却是 %s；", catalog_document_media_type(found));
        base_buffer_put_format(&en, ", its content is %s", catalog_document_media_type(found));
    } else {
        base_buffer_put_text(&zh, "内容与之不符或不在允许之列；");
        base_buffer_put_text(&en, "; its content is not that, or not taken");
    }
    base_buffer_put_text(&zh, "此处接受：");
    base_buffer_put_text(&en, ". Taken are: ");
    put_kinds(&zh, documents);
    put_kinds(&en, documents);
    base_buffer_put_text(&zh, "。");
    base_buffer_put_text(&en, ".");
    front_answer_problem(request, FRONT_UPLOAD_TYPE, front_say(request, base_buffer_text(&zh), base_buffer_text(&en)), NULL, 0);
    base_buffer_fini(&zh);
    base_buffer_fini(&en);
}

static void answer_size(struct front_request *request, uint64_t size_max)
{
    char zh[128], en[128];

    snprintf(zh, sizeof(zh), "此处的文件最大 %llu 字节。", (unsigned long long)size_max);
    snprintf(en, sizeof(en), "A document may have at most %llu bytes here.", (unsigned long long)size_max);
    front_answer_problem(request, FRONT_UPLOAD_TOO_LARGE, front_say(request, zh, en), NULL, 0);
}

static void answer_empty(struct front_request *request)
{
    struct front_problem_item item = {.pointer = "", .code = "empty",
                                      .detail = front_say(request, "文件没有内容（0 字节）。", "The document is empty (0 bytes).")};

    front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
}

static void answer_fault(const struct engine_upload *upload)
{
    struct front_request *request = upload->request;

    switch (upload->fault) {
    case ENGINE_UPLOAD_EMPTY: answer_empty(request); break;
    case ENGINE_UPLOAD_TYPE: answer_type(request, upload->file.said, upload->file.found, upload->documents); break;
    case ENGINE_UPLOAD_SIZE: answer_size(request, upload->size_max); break;
    case ENGINE_UPLOAD_FULL:
        front_answer_problem(request, FRONT_UNAVAILABLE,
                             front_say(request, "磁盘空间不足，文件没有保存。", "The disk is full; nothing of the document was kept."), NULL, 0);
        break;
    case ENGINE_UPLOAD_GONE:
        front_answer_problem(request, FRONT_BAD_REQUEST,
                             front_say(request, "上传中断，文件没有保存。", "The upload broke off; nothing of it was kept."), NULL, 0);
        break;
    case ENGINE_UPLOAD_INSIDE: engine_answer_rc(request, OD_EIO); break;
    case ENGINE_UPLOAD_BUSY:
    case ENGINE_UPLOAD_NONE: engine_answer_rc(request, OD_EBUSY); break;
    }
}

static int abandon_file(struct engine_upload *upload)
{
    engine_file_abandon(&upload->file);
    return OD_OK;
}

static void on_abandoned(struct engine_upload *upload, int rc)
{
    if (rc != OD_OK)
        engine_file_abandon(&upload->file); /* the pool was full: then here */
    answer_fault(upload);
    engine_upload_refused(upload);
}

void engine_upload_drop(struct engine_upload *upload, enum engine_upload_fault fault)
{
    upload->fault = fault;
    upload->request->on_gone = NULL;
    if (upload->file.fd >= 0)
        engine_upload_work(upload, abandon_file, on_abandoned);
    else
        on_abandoned(upload, OD_OK);
}

/* -- It is recorded -- */

static void put_answer(struct base_buffer *body, const struct engine_upload *upload)
{
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "id", upload->application != 0 ? upload->id : NULL);
    base_json_put_text(body, "material", upload->material);
    if (upload->application != 0)
        base_json_put_i64(body, "version", upload->version.number);
    base_json_put_text(body, "name", upload->name);
    base_json_put_text(body, "media_type", catalog_document_media_type(upload->file.said));
    base_json_put_i64(body, "size", (int64_t)upload->file.size);
    base_json_put_text(body, "sha256", upload->file.digits);
    base_json_put_text(body, "state", upload->scan == ENGINE_SCAN_WAITING ? "scanning" : "stored");
    if (upload->application != 0)
        base_json_put_bool(body, "supplied", upload->is_supplied);
    base_json_close(body, '}');
}

static void answer_taken(struct engine_upload *upload, int status)
{
    struct engine_materials *materials = upload->engine->materials;
    struct base_buffer body = {0};
    char headers[BASE_ID_MAX + 256] = "";

    if (status == 201 && upload->application != 0)
        snprintf(headers, sizeof(headers), "Location: /v1/applications/%s/materials/%s/content\r\n", upload->request->params[0], upload->id);
    else if (upload->is_again)
        snprintf(headers, sizeof(headers), ENGINE_REPEAT_HEADER);
    put_answer(&body, upload);
    materials->taken++;
    materials->bytes += upload->file.size;
    front_answer(upload->request, status, "application/json", headers[0] != '\0' ? headers : NULL, &body);
    upload_free(upload);
}

void engine_upload_answer_failed(struct engine_upload *upload, int rc)
{
    upload->fault = rc == OD_ENOTFOUND || rc == OD_ESTATE ? ENGINE_UPLOAD_NONE : engine_upload_fault_of(rc);
    if (upload->fault != ENGINE_UPLOAD_NONE)
        answer_fault(upload);
    else
        engine_answer_rc(upload->request, rc);
    engine_upload_refused(upload);
}

static void recorded(struct engine_upload *upload, int rc, int status)
{
    if (rc != OD_OK) {
        engine_upload_answer_failed(upload, rc);
        return;
    }
    engine_content_settle(upload->engine, upload->file.digits); /* it is pinned */
    answer_taken(upload, status);
}

static void on_recorded(struct engine *engine, void *data, int rc)
{
    (void)engine;
    recorded(data, rc, 201);
}

static void on_same(struct engine *engine, void *data, int rc)
{
    (void)engine;
    recorded(data, rc, 200);
}

static const char *by_of(const struct front_request *request)
{
    return request->identity.key_id[0] != '\0' ? request->identity.key_id : "citizen";
}

static void put_document(struct base_buffer *body, const char *key, const struct engine_upload *upload, bool is_entry)
{
    base_json_open(body, key, '{');
    base_json_put_text(body, "material", upload->material);
    base_json_put_text(body, "name", upload->name);
    base_json_put_text(body, "media_type", catalog_document_media_type(upload->file.said));
    base_json_put_i64(body, "size", (int64_t)upload->file.size);
    base_json_put_text(body, "sha256", upload->file.digits);
    if (is_entry) {
        base_json_put_i64(body, "version", upload->version.number);
        base_json_put_text(body, "by", by_of(upload->request));
        base_json_put_text(body, "at", upload->at);
    } else {
        base_json_put_bool(body, "listed", true); /* by that entry */
    }
    base_json_close(body, '}');
}

/* Its name may say something about a person: the journal does not have it. */
static int put_entry(struct engine_upload *upload)
{
    struct engine *engine = upload->engine;
    struct base_buffer body = {0}, more = {0};
    struct store_entry entry = {.kind = ENGINE_ENTRY_MATERIAL, .state = ENGINE_MATERIAL_VERSION, .application = upload->application,
                                .id = engine_entry_id(engine, ENGINE_ENTRY_MATERIAL), .wake_minute = INT64_MAX, .at_ms = engine->now.ms};
    struct engine_entry_event event = {.type = "material_uploaded", .by = by_of(upload->request), .number = upload->request->params[0]};
    struct store_pins *pins = NULL;

    put_document(&body, NULL, upload, true);
    base_json_put_text(&more, "material", upload->material);
    base_json_put_i64(&more, "version", upload->version.number);
    base_json_put_text(&more, "media_type", catalog_document_media_type(upload->file.said));
    base_json_put_i64(&more, "size", (int64_t)upload->file.size);
    base_json_put_text(&more, "sha256", upload->file.digits);
    entry.body = base_buffer_text(&body);
    entry.body_size = (uint32_t)body.size;
    event.more = base_buffer_text(&more);
    int rc = body.is_broken || more.is_broken ? OD_ENOMEM : engine_pins_make_one(engine, upload->file.digits, &pins);
    if (rc == OD_OK)
        rc = engine_entry_put(engine, &entry, &event, on_recorded, upload);
    if (rc == OD_OK)
        engine_pins_attach(&engine->filling->store->writes[engine->filling->store->count - 1], pins);
    base_buffer_fini(&body);
    base_buffer_fini(&more);
    return rc;
}

/* Where it was asked for it is the supplement, too. */
static void supply(struct engine_upload *upload, struct engine_application *application)
{
    struct base_buffer text = {0};
    struct base_json_error error;
    struct base_json *body = NULL;
    int rc = OD_ENOMEM;

    base_json_open(&text, NULL, '{');
    base_json_open(&text, "materials", '[');
    put_document(&text, NULL, upload, false);
    base_json_close(&text, ']');
    base_json_close(&text, '}');
    if (!text.is_broken)
        rc = base_json_parse(text.bytes, text.size, &body, &error);
    if (rc == OD_OK)
        rc = engine_supply(upload->engine, application, body, by_of(upload->request), NULL);
    upload->is_supplied = rc == OD_OK;
    base_json_destroy(body);
    base_buffer_fini(&text);
}

bool engine_upload_is_open(const struct engine_application *application)
{
    return application->core->status == CORE_STATUS_INCOMPLETE || application->core->status == CORE_STATUS_IN_REVIEW;
}

void engine_upload_answer_closed(struct front_request *request, const struct engine_application *application)
{
    char zh[128], en[128];
    const char *status = core_status_name((enum core_status)application->core->status);

    snprintf(zh, sizeof(zh), "申请目前的状态是 %s，不再接收材料。", status);
    snprintf(en, sizeof(en), "The application is %s; no more documents are taken.", status);
    front_answer_problem(request, FRONT_CONFLICT, front_say(request, zh, en), NULL, 0);
}


void engine_refuse_more(struct front_request *request, const char *pointer)
{
    engine_refuse(request, pointer, "limit", "一件申请提交之后最多再接收 200 份文件。",
                  "An application takes 200 documents at most after its submission.");
}

/* Members of staff may add what they like; an applicant what the notice lists. */
void engine_upload_refuse_unasked(struct engine_upload *upload)
{
    struct front_problem_item item = {.pointer = "", .code = "not_asked",
                                      .detail = front_say(upload->request, "目前没有要求补交此材料；请按通知所列补交，或到窗口办理。",
                                                          "This material is not asked for now; supply what the notice lists, or come to a window.")};

    front_answer_problem(upload->request, FRONT_INVALID, NULL, &item, 1);
    engine_upload_refused(upload);
}

/* An earlier upload's errand is for whom that was: this application gets one, too, and is supplied or told by it. */
static int scan_put(struct engine_upload *upload)
{
    uint64_t scan;

    if (upload->scan != ENGINE_SCAN_WAITING || upload->keep.is_scan_own)
        return OD_OK;
    return engine_scan_put(upload->engine, &upload->keep, &scan);
}

/* The newest version once more: declared before, or uploaded already. What was only declared had no errand yet and no pin. */
static void take_same(struct engine_upload *upload, struct engine_application *application, const struct engine_version *newest)
{
    struct store_pins *pins = NULL;
    int rc = engine_pins_make_one(upload->engine, upload->file.digits, &pins);

    if (rc == OD_OK && !newest->is_uploaded && !upload->is_errand_own)
        rc = scan_put(upload);
    if (rc == OD_OK)
        rc = engine_pins_put(upload->engine, upload->application, pins, on_same, upload);
    if (rc != OD_OK)
        engine_upload_answer_failed(upload, rc);
    else if (upload->scan != ENGINE_SCAN_WAITING)
        supply(upload, application);
}

static void on_versions(struct engine *engine, struct engine_application *application, const struct engine_versions *versions, int rc,
                        void *data)
{
    struct engine_upload *upload = data;

    if (rc != OD_OK) {
        engine_upload_answer_failed(upload, rc);
        return;
    }
    if (!engine_upload_is_open(application)) { /* it was, when the upload began */
        engine_upload_answer_closed(upload->request, application);
        engine_upload_refused(upload);
        return;
    }
    const struct engine_version *newest = engine_version_newest(versions, upload->material);
    bool is_same = newest != NULL && newest->is_stored && strcmp(newest->digits, upload->file.digits) == 0;
    upload->version.number = (newest != NULL ? newest->number : 0) + !is_same;
    snprintf(upload->id, sizeof(upload->id), "%s.%u", upload->material, upload->version.number);
    base_zone_format(engine->now.ms, upload->at);
    upload->is_again = is_same && newest->is_uploaded;
    if (is_same) {
        take_same(upload, application, newest);
        return;
    }
    if (engine_material_is_by_code(upload->request) && !engine_material_is_asked(application, upload->material)) { /* likewise */
        engine_upload_refuse_unasked(upload);
        return;
    }
    if (versions->later_count >= ENGINE_VERSIONS_MAX) {
        engine_refuse_more(upload->request, "");
        engine_upload_refused(upload);
        return;
    }
    rc = scan_put(upload);
    if (rc == OD_OK)
        rc = put_entry(upload);
    if (rc != OD_OK)
        engine_upload_answer_failed(upload, rc);
    else if (upload->scan != ENGINE_SCAN_WAITING)
        supply(upload, application); /* else once it is found to be clean */
}

/* -- It is kept -- */

/* Unless an upload that is over by now stored the entry which this one could not. */
static int remove_content(struct engine_upload *upload)
{
    struct base_arena arena = {0};
    struct store_entry entry;

    engine_file_abandon(&upload->file);
    if (upload->is_removing && store_read_entry_named(upload->reader, ENGINE_ENTRY_MATERIAL, upload->file.digits, &arena, &entry) == OD_ENOTFOUND)
        engine_file_remove(upload->engine->materials->folder, upload->file.digits);
    base_arena_fini(&arena);
    return OD_OK;
}

/* What could not be removed, since the hub stops or the disk would not, is swept in its time: material_sweep.c. */
static void on_content_removed(struct engine_upload *upload, int rc)
{
    struct engine *engine = upload->engine;

    if (rc != OD_OK)
        engine_file_abandon(&upload->file);
    answer_fault(upload);
    engine_upload_refused(upload);
    engine_uploads_resume(engine);
}

/* Where another one of the same content is as far as this one, the file is that one's to remove. */
void engine_upload_take_back(struct engine_upload *upload, enum engine_upload_fault fault)
{
    upload->fault = fault;
    upload->request->on_gone = NULL;
    upload->is_placed = false; /* it does not count itself */
    upload->is_removing = upload->is_placed = !engine_upload_has(upload->engine, upload->file.digits);
    engine_upload_work(upload, remove_content, on_content_removed);
}

static void on_turn(struct engine *engine, void *data)
{
    struct engine_upload *upload = data;

    engine_versions_get(engine, upload->application, on_versions, upload);
}

static void go_on(struct engine_upload *upload)
{
    upload->turn = (struct engine_turn){.application = upload->application, .on_turn = upload->application != 0 ? on_turn : NULL, .data = upload};
    if (upload->application == 0)
        answer_taken(upload, 201);
    else
        engine_turn_take(upload->engine, &upload->turn);
}

static void read_scan(struct engine_job *job, struct store_reader *reader)
{
    struct engine_upload *upload = job->data;

    job->rc = engine_scan_find(reader, &job->arena, upload->file.digits, &upload->scan);
    if (job->rc == OD_OK && upload->scan == ENGINE_SCAN_WAITING && upload->application != 0)
        job->rc = engine_scan_is_own(reader, &job->arena, upload->application, upload->file.digits, upload->material, &upload->is_errand_own);
}

/* The same content may have been looked at before. */
static void on_scan(struct engine_job *job)
{
    struct engine_upload *upload = job->data;
    struct front_request *request = upload->request;
    struct front_problem_item item = {.pointer = "", .code = "infected",
                                      .detail = front_say(request, "病毒检查发现该文件受感染。", "The virus scan found this document to be infected.")};

    if (job->rc != OD_OK) {
        engine_upload_answer_failed(upload, job->rc);
    } else if (upload->scan == ENGINE_SCAN_INFECTED) {
        front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
        engine_upload_refused(upload);
    } else {
        go_on(upload);
    }
}

static void on_kept(struct engine *engine, void *data, int rc)
{
    struct engine_upload *upload = data;

    if (rc != OD_OK)
        engine_upload_take_back(upload, engine_upload_fault_of(rc));
    else if (upload->keep.scan == 0)
        go_on(upload);
    else if ((rc = engine_job_start(engine, &(struct engine_job){.run = read_scan, .on_done = on_scan, .data = upload})) != OD_OK)
        engine_upload_answer_failed(upload, rc);
}

void engine_upload_record(struct engine_upload *upload)
{
    upload->keep = (struct engine_keep){.engine = upload->engine, .size = upload->file.size, .document = upload->file.said,
                                        .application = upload->application,
                                        .number = upload->application != 0 ? upload->request->params[0] : NULL,
                                        .material = upload->material, .name = upload->name, .by = by_of(upload->request), .on_kept = on_kept, .data = upload};
    snprintf(upload->keep.digits, sizeof(upload->keep.digits), "%s", upload->file.digits);
    engine_content_keep(&upload->keep);
}
