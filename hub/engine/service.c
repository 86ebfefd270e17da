/* SPDX-License-Identifier: Apache-2.0 */
/* What connectors ask of the engine beside their tasks: a store of their own (kv.c), and the documents of an
 * application, in pieces.
 *
 *   material: read -> application and document in memory -> in its hand? given to it? -> [pool: read_piece] -> answer
 *
 * A document lies in <data>/materials/<the first two digits>/<its SHA-256>; one that is not there was not handed in
 * as a file. */
#include "engine/material.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"

#define HASH_DIGITS 64

/* One read of a material. */
struct piece {
    uint64_t token;
    uint64_t handle;
    char hash[HASH_DIGITS + 1];
    uint64_t offset, total;
    size_t size, got;
    char *bytes; /* in the job's arena */
    char folder[PATH_MAX];
};

void engine_service_answer(struct engine *engine, uint64_t token, struct base_buffer *payload)
{
    if (engine->connect != NULL && !payload->is_broken)
        connect_service_answer(engine->connect, token, payload->bytes, payload->size);
    else if (engine->connect != NULL)
        connect_service_refuse(engine->connect, token, "unavailable", "no memory left");
    base_buffer_fini(payload);
}

void engine_service_refuse(struct engine *engine, uint64_t token, const char *code, const char *detail)
{
    if (engine->connect != NULL)
        connect_service_refuse(engine->connect, token, code, detail);
}

static void refuse_rc(struct engine *engine, uint64_t token, int rc)
{
    if (rc == OD_ENOTFOUND)
        engine_service_refuse(engine, token, "not_found", "the hub does not hold this material");
    else if (rc == OD_EDENIED)
        engine_service_refuse(engine, token, "not_found", "the virus scan refused this material");
    else
        engine_service_refuse(engine, token, "unavailable", base_error_text(rc));
}

/* Nobody but the scanner is handed what it has not found to be clean. Errors: OD_EBUSY, OD_EDENIED; those of reads. */
static int may_read(struct store_reader *reader, struct engine_job *job, const struct piece *piece)
{
    enum engine_scan scan = ENGINE_SCAN_NONE;
    int rc = engine_errand_is(piece->handle) ? OD_OK : engine_scan_find(reader, &job->arena, piece->hash, &scan);

    if (rc == OD_OK && scan == ENGINE_SCAN_WAITING)
        rc = OD_EBUSY;
    return rc == OD_OK && scan == ENGINE_SCAN_INFECTED ? OD_EDENIED : rc;
}

static void read_piece(struct engine_job *job, struct store_reader *reader)
{
    struct piece *piece = job->data;
    char path[PATH_MAX + HASH_DIGITS + 32];
    struct stat about;

    job->rc = may_read(reader, job, piece);
    if (job->rc != OD_OK)
        return;
    snprintf(path, sizeof(path), "%s/materials/%.2s/%s", piece->folder, piece->hash, piece->hash);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        job->rc = errno == ENOENT || errno == ENOTDIR ? OD_ENOTFOUND : OD_EIO;
        return;
    }
    job->rc = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? OD_OK : OD_EIO;
    piece->total = job->rc == OD_OK ? (uint64_t)about.st_size : 0;
    if (job->rc == OD_OK && (piece->bytes = base_arena_take(&job->arena, piece->size)) == NULL)
        job->rc = OD_ENOMEM;
    while (job->rc == OD_OK && piece->got < piece->size && piece->offset + piece->got < piece->total) {
        ssize_t count = pread(fd, piece->bytes + piece->got, piece->size - piece->got, (off_t)(piece->offset + piece->got));

        if (count < 0 && errno != EINTR)
            job->rc = OD_EIO;
        if (count == 0)
            break;
        piece->got += count > 0 ? (size_t)count : 0;
    }
    close(fd);
}

static void on_piece(struct engine_job *job)
{
    struct piece *piece = job->data;
    struct base_buffer payload = {0};

    if (job->rc != OD_OK) {
        refuse_rc(job->engine, piece->token, job->rc);
    } else {
        base_json_open(&payload, NULL, '{');
        base_json_put_base64(&payload, "bytes", piece->bytes, piece->got);
        base_json_put_i64(&payload, "total", (int64_t)piece->total);
        base_json_close(&payload, '}');
        engine_service_answer(job->engine, piece->token, &payload);
    }
    base_free(piece);
}

/* Was a material of this hash handed in for what the task asks for? */
static bool is_given(const struct engine_application *application, unsigned task, const char *hash)
{
    struct base_buffer text = {0};
    struct base_json_error error;
    struct base_json *list = NULL;
    bool is_found = false;

    base_json_open(&text, NULL, '{');
    engine_put_materials(&text, application, task, application->document_tree, NULL);
    base_json_close(&text, '}');
    if (!text.is_broken && base_json_parse(text.bytes, text.size, &list, &error) == OD_OK)
        for (const struct base_json *item = base_json_first(base_json_member(list, "materials")); item != NULL; item = base_json_next(item)) {
            const char *digits = base_json_member_text(item, "sha256");

            is_found = is_found || (digits != NULL && strcmp(digits, hash) == 0);
        }
    base_json_destroy(list);
    base_buffer_fini(&text);
    return is_found;
}

/* Its hand is that of the session that asked: the owner's epoch is the session's. */
static bool is_in_hand(const struct engine_application *application, unsigned task, uint64_t token)
{
    return task < application->core->task_count && core_task_is_open(&application->core->tasks[task]) &&
           application->core->tasks[task].epoch == token >> 32;
}

static void on_document(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct piece *piece = data;
    unsigned task = base_task_index(piece->handle);

    if (rc != OD_OK && rc != OD_ENOTFOUND) {
        refuse_rc(engine, piece->token, rc);
    } else if (rc != OD_OK || !is_in_hand(application, task, piece->token)) {
        engine_service_refuse(engine, piece->token, "stale", "the task is not in this session's hand");
    } else if (!is_given(application, task, piece->hash)) {
        engine_service_refuse(engine, piece->token, "not_found", "the task has no material of this hash");
    } else {
        rc = engine_job_start(engine, &(struct engine_job){.run = read_piece, .on_done = on_piece, .data = piece});
        if (rc == OD_OK)
            return;
        refuse_rc(engine, piece->token, rc);
    }
    base_free(piece);
}

/* A document that a scanner was given. */
static void on_errand(struct engine *engine, int rc, void *data)
{
    struct piece *piece = data;

    if (rc == OD_OK)
        rc = engine_job_start(engine, &(struct engine_job){.run = read_piece, .on_done = on_piece, .data = piece});
    if (rc == OD_OK)
        return;
    if (rc == OD_ESTALE)
        engine_service_refuse(engine, piece->token, "stale", "the errand is not in this session's hand");
    else
        refuse_rc(engine, piece->token, rc);
    base_free(piece);
}

static bool is_hash(const char *text)
{
    return text != NULL && strlen(text) == HASH_DIGITS && strspn(text, "0123456789abcdef") == HASH_DIGITS;
}

static uint64_t read_handle(const char *text)
{
    char *end = NULL;

    if (text == NULL || *text < '0' || *text > '9')
        return 0;
    unsigned long long handle = strtoull(text, &end, 10);
    return *end == '\0' ? handle : 0;
}

static void take_material(struct engine *engine, uint64_t token, const struct base_json *body)
{
    const char *op = base_json_member_text(body, "op"), *hash = base_json_member_text(body, "sha256");
    uint64_t handle = read_handle(base_json_member_text(body, "task"));
    int64_t offset = 0, size = ENGINE_PIECE_MAX;
    bool is_fine = op != NULL && strcmp(op, "read") == 0 && is_hash(hash) && handle != 0 &&
                   base_json_i64(base_json_member(body, "offset"), 0, INT64_MAX, &offset) == OD_OK &&
                   base_json_i64(base_json_member(body, "size"), 1, ENGINE_PIECE_MAX, &size) == OD_OK;
    struct piece *piece = is_fine ? base_alloc(sizeof(*piece)) : NULL;

    if (!is_fine) {
        engine_service_refuse(engine, token, "invalid", "op read, a task, sha256 (64 digits), offset and size (1 to 65536) are needed");
        return;
    }
    if (piece == NULL) {
        refuse_rc(engine, token, OD_ENOMEM);
        return;
    }
    piece->token = token;
    piece->handle = handle;
    piece->offset = (uint64_t)offset;
    piece->size = (size_t)size;
    memcpy(piece->hash, hash, HASH_DIGITS);
    snprintf(piece->folder, sizeof(piece->folder), "%s", engine->data_folder);
    if (!engine_errand_is(handle))
        engine_document_get(engine, base_task_application(handle), on_document, piece);
    else if (engine_errand_material(engine, handle, (uint32_t)(token >> 32), piece->hash, on_errand, piece) != OD_OK)
        on_errand(engine, OD_EBUSY, piece);
}

void engine_on_service(void *owner, struct connect_link *link, uint64_t token, const struct base_json *body)
{
    struct engine *engine = owner;
    const char *service = base_json_member_text(body, "service");

    engine_time_update(engine);
    if (strcmp(service, "kv") == 0)
        engine_kv_take(engine, link, token, body);
    else
        take_material(engine, token, body);
}
