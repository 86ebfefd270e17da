/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogues that were sent in and wait to be put in force: POST, GET and DELETE of /v1/catalog/candidates.
 *
 *   upload -> on_piece ... on_end -> [pool: unpacked, loaded, checked, packed anew; how many wait] -> entry and archive in one
 *   batch -> durable -> answer
 *   due: nobody came for it -> gone
 *
 * An archive is in memory while it comes, one at a time; whatever goes wrong, finish is the one way out. */
#include "engine/force.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "catalog/document.h"

#define STATE_WAITING 1
#define DAY_MINUTES 1440
#define MINUTE_MS 60000

struct engine_candidate_upload {
    struct engine *engine;
    struct front_request *request;
    const char *file;              /* its name; in the request's arena */
    struct base_buffer archive;    /* as sent */
    bool is_working, is_gone;      /* in the pool, or on its way to the disk; its client left */
    /* Of the pool */
    struct catalog *catalog;       /* owned */
    struct base_buffer packed;     /* its files, as they are kept */
    struct catalog_findings findings;
    size_t files, left_out, waiting; /* waiting: others than this one */
    bool is_known;                 /* it waits already */
    uint8_t hash[BASE_HASH_SIZE];  /* of packed */
    struct store_entry entry;
    struct base_buffer body;
};

/* -- What is told of one -- */

static void view_put(struct base_buffer *out, const struct store_entry *entry)
{
    struct base_json_error error;
    struct base_json *body = NULL;

    base_json_open(out, NULL, '{');
    if (base_json_parse(entry->body, entry->body_size, &body, &error) == OD_OK)
        for (const struct base_json *member = base_json_first(body); member != NULL; member = base_json_next(member))
            base_json_put(out, base_json_key(member), member);
    base_json_destroy(body);
    engine_put_ms(out, "at", entry->at_ms);
    engine_put_ms(out, "expires_at", entry->wake_minute * MINUTE_MS);
    base_json_close(out, '}');
}

static void answer_view(struct front_request *request, int status, const struct store_entry *entry)
{
    struct base_buffer body = {0};

    view_put(&body, entry);
    front_answer(request, status, "application/json", NULL, &body);
}

/* -- POST /v1/catalog/candidates -- */

/* The upload is over; its request was answered. */
static void finish(struct engine_candidate_upload *upload)
{
    upload->engine->force->upload = NULL;
    catalog_release(upload->catalog);
    base_buffer_fini(&upload->archive);
    base_buffer_fini(&upload->packed);
    base_buffer_fini(&upload->body);
    base_free(upload);
}

static void refuse(struct engine_candidate_upload *upload, enum front_problem problem, const char *zh, const char *en)
{
    struct front_request *request = upload->request;

    request->on_gone = NULL;
    front_answer_problem(request, problem, front_say(request, zh, en), NULL, 0);
    finish(upload);
}

static void fail(struct engine_candidate_upload *upload, int rc)
{
    struct front_request *request = upload->request;

    request->on_gone = NULL;
    engine_answer_rc(request, rc);
    finish(upload);
}

/* It is a candidate already: the answer is that one. */
static void on_existing(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct engine_candidate_upload *upload = data;

    (void)engine;
    if (rc != OD_OK) {
        fail(upload, OD_EBUSY);
        return;
    }
    answer_view(upload->request, 200, entry);
    finish(upload);
}

static void on_kept(struct engine *engine, void *data, int rc)
{
    struct engine_candidate_upload *upload = data;

    (void)engine;
    if (rc != OD_OK) {
        fail(upload, OD_EBUSY);
        return;
    }
    upload->entry.body = base_buffer_text(&upload->body);
    answer_view(upload->request, 201, &upload->entry);
    finish(upload);
}

static void body_put(struct engine_candidate_upload *upload)
{
    struct base_buffer *body = &upload->body;
    char hash[2 * BASE_HASH_SIZE + 1];

    base_hex(upload->hash, BASE_HASH_SIZE, hash);
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "version", catalog_version(upload->catalog));
    base_json_put_text(body, "file", upload->file);
    base_json_put_text(body, "by", upload->request->identity.key_id);
    base_json_put_i64(body, "size", (int64_t)upload->packed.size);
    base_json_put_text(body, "sha256", hash);
    base_json_put_i64(body, "files", (int64_t)upload->files);
    base_json_put_i64(body, "left_out", (int64_t)upload->left_out);
    engine_put_catalog_size(body, upload->catalog);
    base_json_close(body, '}');
}

static int keep(struct engine *engine, struct engine_candidate_upload *upload)
{
    const char *version = catalog_version(upload->catalog);
    struct engine_batch_mark mark = engine_batch_mark(engine);
    struct base_buffer more = {0};
    char name[ENGINE_FORCE_NAME_SIZE];

    body_put(upload);
    upload->entry = (struct store_entry){.kind = ENGINE_ENTRY_CANDIDATE, .state = STATE_WAITING, .id = engine_entry_id(engine, ENGINE_ENTRY_CANDIDATE),
                                         .at_ms = engine->now.ms, .name = version, .body = base_buffer_text(&upload->body),
                                         .body_size = (uint32_t)upload->body.size,
                                         .wake_minute = engine->now.ms / MINUTE_MS + ENGINE_CANDIDATE_DAYS * DAY_MINUTES};
    snprintf(name, sizeof(name), ENGINE_CANDIDATE "%s", version);
    base_json_put_text(&more, "version", version);
    base_json_put_text(&more, "file", upload->file);
    int rc = upload->body.is_broken || more.is_broken ? OD_ENOMEM : engine_setting_put(engine, name, upload->packed.bytes, upload->packed.size);
    if (rc == OD_OK)
        rc = engine_entry_put(engine, &upload->entry, &(struct engine_entry_event){.type = "catalog_candidate_added",
                              .by = upload->request->identity.key_id, .more = base_buffer_text(&more)}, on_kept, upload);
    if (rc != OD_OK)
        engine_batch_back(engine, mark);
    base_buffer_fini(&more);
    return rc;
}

static void on_checked(struct engine_job *job)
{
    struct engine_candidate_upload *upload = job->data;
    struct engine *engine = job->engine;
    char text[512] = "";
    int rc = job->rc;

    upload->is_working = false;
    if (rc == OD_OK && !engine_zone_fits(engine, upload->catalog, &upload->findings, text))
        rc = OD_EINVAL;
    if (rc == OD_EINVAL) {
        upload->request->on_gone = NULL;
        engine_refuse_findings(upload->request, &upload->findings, text);
        finish(upload);
    } else if (rc == OD_OK && strcmp(catalog_version(upload->catalog), catalog_version(engine->catalog)) == 0) {
        refuse(upload, FRONT_CONFLICT, "这一目录正在生效，没有可更换的。", "This catalogue is in force already; there is nothing to change.");
    } else if (rc == OD_OK && upload->waiting >= ENGINE_CANDIDATES_MAX) {
        refuse(upload, FRONT_CONFLICT, "已有 8 份目录等待启用；请先删去一份，或启用一份。", "8 catalogues wait already; remove one, or put one in force.");
    } else {
        upload->is_working = true;
        if (rc == OD_OK)
            rc = upload->is_known ? engine_entry_get(engine, ENGINE_ENTRY_CANDIDATE, 0, catalog_version(upload->catalog), on_existing, upload)
                                  : keep(engine, upload);
        if (rc != OD_OK)
            fail(upload, rc);
    }
}

static int waiting_count(struct engine_candidate_upload *upload, struct store_reader *reader, struct base_arena *arena)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_CANDIDATE, .state = -1, .department = -1, .before = UINT64_MAX};
    struct store_entry entries[ENGINE_CANDIDATES_MAX + 1];
    uint64_t next;
    size_t count = 0;
    int rc = store_read_entries(reader, &filter, arena, entries, ENGINE_CANDIDATES_MAX + 1, &count, &next);

    for (size_t i = 0; rc == OD_OK && i < count; i++) {
        if (strcmp(entries[i].name, catalog_version(upload->catalog)) == 0)
            upload->is_known = true;
        else
            upload->waiting++;
    }
    return rc;
}

static void check_archive(struct engine_job *job, struct store_reader *reader)
{
    struct engine_candidate_upload *upload = job->data;
    struct catalog_sources sources = {0};

    job->rc = catalog_sources_unpack(upload->archive.bytes, upload->archive.size, &catalog_archive_limits_default, &sources, &upload->findings);
    base_buffer_fini(&upload->archive);
    upload->files = sources.count;
    upload->left_out = sources.left_out;
    if (job->rc == OD_OK)
        job->rc = catalog_sources_pack(&sources, &upload->packed);
    if (job->rc == OD_OK)
        job->rc = catalog_sources_load(&sources, &upload->catalog, &upload->findings);
    catalog_sources_fini(&sources);
    if (job->rc == OD_OK)
        base_hash(upload->packed.bytes, upload->packed.size, upload->hash);
    if (job->rc == OD_OK)
        job->rc = waiting_count(upload, reader, &job->arena);
}

static struct engine_candidate_upload *upload_of(struct front_request *request)
{
    return request->engine;
}

static void on_end(struct front_request *request)
{
    struct engine_candidate_upload *upload = upload_of(request);
    int rc = engine_job_start(upload->engine, &(struct engine_job){.run = check_archive, .on_done = on_checked, .data = upload});

    upload->is_working = rc == OD_OK;
    if (rc != OD_OK)
        fail(upload, rc);
}

static void refuse_size(struct engine_candidate_upload *upload)
{
    refuse(upload, FRONT_TOO_LARGE, "目录的压缩包最大 64 MiB。", "The archive of a catalogue has at most 64 MiB.");
}

static void on_piece(struct front_request *request, const void *bytes, size_t size)
{
    struct engine_candidate_upload *upload = upload_of(request);

    if (upload->archive.size + size > CATALOG_ARCHIVE_MAX) {
        refuse_size(upload);
        return;
    }
    base_buffer_put(&upload->archive, bytes, size);
    if (upload->archive.is_broken)
        fail(upload, OD_ENOMEM);
    else
        front_upload_next(request);
}

static const struct front_taker taker = {.on_piece = on_piece, .on_end = on_end};

static void on_gone(struct front_request *request)
{
    struct engine_candidate_upload *upload = upload_of(request);

    if (!request->is_upload_whole && !upload->is_working)
        fail(upload, OD_EBUSY); /* nobody reads it */
}

static void refuse_name(struct front_request *request)
{
    struct front_problem_item item = {.pointer = "", .code = "name",
                                      .detail = front_say(request, "请用参数 name 给出文件名：不得含 / \\、控制字符或改变书写方向的字符，不超过 255 个字符。",
                                                          "Give the file's name as the parameter name: without / \\, control characters and marks "
                                                          "that turn the writing, at most 255 characters.")};

    front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
}

static void add(struct engine *engine, struct front_request *request)
{
    const char *name = front_query(request, "name");
    struct engine_candidate_upload *upload;

    if (name == NULL || !catalog_is_file_name(name)) {
        refuse_name(request);
        return;
    }
    upload = engine->force->upload == NULL ? base_alloc(sizeof(*upload)) : NULL;
    if (upload == NULL) {
        engine_answer_rc(request, OD_EBUSY);
        return;
    }
    upload->engine = engine;
    upload->request = request;
    upload->file = name;
    engine->force->upload = upload;
    request->engine = upload;
    if (request->upload_size != UINT64_MAX && request->upload_size > CATALOG_ARCHIVE_MAX) {
        refuse_size(upload);
        return;
    }
    request->on_gone = on_gone;
    front_upload_start(request, &taker);
}

/* -- GET /v1/catalog/candidates -- */

static void on_page(struct engine *engine, const struct engine_entry_page *page, int rc, void *data)
{
    struct front_request *request = data;
    struct base_buffer body = {0};

    (void)engine;
    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < page->count; i++)
        view_put(&body, &page->entries[i]);
    base_json_close(&body, ']');
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", NULL, &body);
}

static void list(struct engine *engine, struct front_request *request)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_CANDIDATE, .state = -1, .department = -1, .before = UINT64_MAX};
    int rc = engine_entries_get(engine, &filter, BASE_PAGE_MAX, on_page, request);

    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

/* -- Its end -- */

int engine_candidate_end(struct engine *engine, const struct store_entry *entry, const char *type, const char *by, engine_call_cb on_stored,
                         void *data)
{
    struct engine_batch_mark mark = engine_batch_mark(engine);
    struct store_entry gone = *entry;
    struct base_buffer more = {0};
    char name[ENGINE_FORCE_NAME_SIZE];

    assert(entry->name != NULL);
    gone.body = NULL;
    gone.body_size = 0;
    gone.wake_minute = INT64_MAX;
    snprintf(name, sizeof(name), ENGINE_CANDIDATE "%s", entry->name);
    base_json_put_text(&more, "version", entry->name);
    int rc = more.is_broken ? OD_ENOMEM : engine_setting_put(engine, name, NULL, 0);
    if (rc == OD_OK)
        rc = engine_entry_put(engine, &gone, &(struct engine_entry_event){.type = type, .by = by, .more = base_buffer_text(&more)}, on_stored, data);
    if (rc != OD_OK)
        engine_batch_back(engine, mark);
    base_buffer_fini(&more);
    return rc;
}

void engine_candidate_on_due(struct engine *engine, const struct store_entry *entry)
{
    if (engine_candidate_end(engine, entry, "catalog_candidate_expired", "clock", NULL, NULL) != OD_OK)
        base_log(BASE_LOG_WARNING, "a catalogue that nobody put in force could not be removed now"); /* it is looked at again */
}

static void on_dropped(struct engine *engine, void *data, int rc)
{
    struct front_request *request = data;

    (void)engine;
    if (rc == OD_OK)
        front_answer(request, 204, NULL, NULL, NULL);
    else
        engine_answer_rc(request, rc == OD_ENOTFOUND || rc == OD_ESTATE ? OD_ENOTFOUND : OD_EBUSY);
}

static void on_found(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct front_request *request = data;

    if (rc == OD_OK)
        rc = engine_candidate_end(engine, entry, "catalog_candidate_removed", request->identity.key_id, on_dropped, request);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

static void drop(struct engine *engine, struct front_request *request)
{
    int rc = engine_entry_get(engine, ENGINE_ENTRY_CANDIDATE, 0, request->params[0], on_found, request);

    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

void engine_candidate_perform(struct engine *engine, struct front_request *request)
{
    if (request->route == FRONT_CATALOG_CANDIDATE_ADD)
        add(engine, request);
    else if (request->route == FRONT_CATALOG_CANDIDATE_LIST)
        list(engine, request);
    else
        drop(engine, request);
}
