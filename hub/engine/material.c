/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of an application, for those who may see them.
 *
 *   list: who asks -> versions -> those of the reader
 *   content: who asks -> versions -> the one -> [pool: opened] -> front_answer_file */
#include "engine/material.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STAFF (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)
#define DESK (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_ADMIN)

/* -- Who asks -- */

static bool is_code(const struct engine *engine, const char *number, const char *given)
{
    uint8_t a[BASE_HASH_SIZE], b[BASE_HASH_SIZE];
    char code[ENGINE_CODE_SIZE];

    engine_code(engine, number, code);
    base_hash(given, strlen(given), a);
    base_hash(code, strlen(code), b);
    return base_hash_equal(a, b);
}

bool engine_material_is_by_code(const struct front_request *request)
{
    return (request->identity.roles & (request->route == FRONT_APPLICATION_MATERIAL_ADD ? DESK : STAFF)) == 0;
}

int engine_material_reader(struct engine *engine, struct front_request *request, uint64_t *id)
{
    const char *code = front_header(request, "Look-Up-Code");
    uint32_t wanted = request->route == FRONT_APPLICATION_MATERIAL_ADD ? DESK : STAFF;
    bool is_number = false;
    int32_t day;

    if ((request->identity.roles & wanted) == 0 && code == NULL) {
        bool has_key = request->identity.key_id[0] != '\0';

        front_answer_problem(request, has_key ? FRONT_FORBIDDEN : FRONT_UNAUTHENTICATED,
                             front_say(request, "需要有权限的密钥，或申请人的查询码（首部 Look-Up-Code）。",
                                       "A key with the role, or the applicant's look-up code in the field Look-Up-Code, is needed."), NULL, 0);
        return OD_EDENIED;
    }
    is_number = base_number_parse(request->params[0], id, &day) == OD_OK;
    if (is_number && ((request->identity.roles & wanted) != 0 || is_code(engine, request->params[0], code)))
        return OD_OK;
    if ((request->identity.roles & wanted) != 0)
        engine_answer_rc(request, OD_ENOTFOUND);
    else
        front_answer_problem(request, FRONT_NOT_FOUND,
                             front_say(request, "编号或查询码不正确，请对照受理回执核对。",
                                       "The number or the look-up code is wrong; compare them with your receipt."), NULL, 0);
    return OD_ENOTFOUND;
}

/* An officer sees what the matters of the own department ask for; the applicant, and all other staff, everything. */
bool engine_material_may_see(const struct front_request *request, const struct engine_application *application, const char *material)
{
    const struct catalog_service *service = application->service;

    if ((request->identity.roles & (STAFF & ~FRONT_ROLE_OFFICER)) != 0 || (request->identity.roles & FRONT_ROLE_OFFICER) == 0)
        return true;
    for (size_t i = 0; i < service->matter_count; i++) {
        const struct catalog_matter *matter = service->matters[i];

        if ((application->core->included >> i & 1) == 0 || strcmp(matter->department->id, request->identity.department) != 0)
            continue;
        for (size_t k = 0; k < matter->material_count; k++)
            if (strcmp(matter->materials[k].id, material) == 0)
                return true;
    }
    return false;
}

/* -- The list -- */

static void on_list(struct engine *engine, struct engine_application *application, const struct engine_versions *versions, int rc,
                    void *data)
{
    struct front_request *request = data;
    struct base_buffer body = {0};

    (void)engine;
    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "number", request->params[0]);
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < versions->count; i++)
        if (engine_material_may_see(request, application, versions->items[i].material))
            engine_put_version(&body, NULL, application, &versions->items[i]);
    base_json_close(&body, ']');
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", NULL, &body);
}

/* -- One of them -- */

struct opening {
    char digits[ENGINE_DIGITS_SIZE];
    const char *media_type, *name; /* in the request's arena; name NULL = none */
    int fd;
    uint64_t size;
};

/* RFC 6266 with RFC 8187: any name, in ASCII. */
static void put_disposition(struct base_buffer *headers, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

    base_buffer_put_text(headers, "Content-Disposition: attachment; filename*=UTF-8''");
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++) {
        if (strchr(plain, *at) != NULL)
            base_buffer_put(headers, at, 1);
        else
            base_buffer_put_format(headers, "%%%02X", *at);
    }
    base_buffer_put_text(headers, "\r\n");
}

static void open_content(struct engine_job *job, struct store_reader *reader)
{
    struct opening *opening = job->data;

    (void)reader;
    job->rc = engine_file_open(job->engine->materials->folder, opening->digits, &opening->fd, &opening->size);
}

static void on_opened(struct engine_job *job)
{
    struct opening *opening = job->data;
    struct base_buffer headers = {0};

    put_disposition(&headers, opening->name != NULL ? opening->name : "document");
    base_buffer_put_format(&headers, "Content-Security-Policy: sandbox; default-src 'none'\r\nETag: \"%s\"\r\n", opening->digits);
    if (job->rc == OD_OK && headers.is_broken)
        close(opening->fd);
    if (job->rc == OD_OK && headers.is_broken)
        job->rc = OD_ENOMEM;
    if (job->rc == OD_OK)
        front_answer_file(job->request, opening->media_type, base_buffer_text(&headers), opening->fd, opening->size);
    else
        engine_answer_rc(job->request, job->rc);
    base_buffer_fini(&headers);
    base_free(opening);
}

static const char *keep(struct front_request *request, const char *text)
{
    return text != NULL ? base_arena_text(&request->arena, text, strlen(text)) : NULL;
}

static int open_start(struct engine *engine, struct front_request *request, const struct engine_version *version)
{
    struct opening *opening = base_alloc(sizeof(*opening));

    if (opening == NULL)
        return OD_ENOMEM;
    memcpy(opening->digits, version->digits, sizeof(opening->digits));
    opening->media_type = keep(request, version->media_type != NULL ? version->media_type : "application/octet-stream");
    opening->name = keep(request, version->name);
    int rc = opening->media_type == NULL ? OD_ENOMEM
                                         : engine_job_start(engine, &(struct engine_job){.request = request, .run = open_content,
                                                                                         .on_done = on_opened, .data = opening});
    if (rc != OD_OK)
        base_free(opening);
    return rc;
}

/* By which rule, and when. */
static void answer_erased(struct front_request *request, const struct engine_version *version)
{
    char zh[256], en[256];

    snprintf(zh, sizeof(zh), "该文件已按保存期限规定（申请结束后保存 %d 年）于 %.10s 删除；日志中保留其 SHA-256。", version->erased_years, version->erased_at);
    snprintf(en, sizeof(en), "The document was erased on %.10s by the rule of retention (%d years after the application's end); the journal keeps its SHA-256.",
             version->erased_at, version->erased_years);
    front_answer_problem(request, FRONT_ERASED, front_say(request, zh, en), NULL, 0);
}

static void on_one(struct engine *engine, struct engine_application *application, const struct engine_versions *versions, int rc,
                   void *data)
{
    struct front_request *request = data;
    const struct engine_version *version = NULL;

    if (rc == OD_OK)
        rc = engine_version_find(versions, request->params[1], &version);
    if (rc == OD_OK && !engine_material_may_see(request, application, version->material)) {
        front_answer_problem(request, FRONT_FORBIDDEN,
                             front_say(request, "本部门的事项不需要此材料。", "No matter of your department asks for this material."), NULL, 0);
        return;
    }
    if (rc == OD_OK && version->erased_at != NULL) {
        answer_erased(request, version);
        return;
    }
    if (rc == OD_OK && (version->scan == ENGINE_SCAN_WAITING || version->scan == ENGINE_SCAN_INFECTED)) {
        front_answer_problem(request, FRONT_CONFLICT,
                             version->scan == ENGINE_SCAN_WAITING
                                 ? front_say(request, "该文件正在进行病毒检查，请稍后再取。", "The document is being scanned for viruses; ask again shortly.")
                                 : front_say(request, "该文件受感染，不予提供。", "The document is infected; it is handed to nobody."),
                             NULL, 0);
        return;
    }
    if (rc == OD_OK && !version->is_stored)
        rc = OD_ENOTFOUND;
    if (rc == OD_OK)
        rc = open_start(engine, request, version);
    if (rc == OD_ENOTFOUND)
        front_answer_problem(request, FRONT_NOT_FOUND,
                             front_say(request, "没有这份文件，或只作了声明而没有上传。",
                                       "There is no such document, or it was declared and never uploaded."), NULL, 0);
    else if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

void engine_material_perform(struct engine *engine, struct front_request *request)
{
    uint64_t id;

    if (request->route == FRONT_MATERIAL_UPLOAD || request->route == FRONT_APPLICATION_MATERIAL_ADD)
        engine_upload(engine, request);
    else if (engine_material_reader(engine, request, &id) == OD_OK)
        engine_versions_get(engine, id, request->route == FRONT_APPLICATION_MATERIALS ? on_list : on_one, request);
}
