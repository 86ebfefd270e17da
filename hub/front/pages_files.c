/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pages_files.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/json_text.h"
#include "front/multipart.h"

enum part {
    PART_NONE = 0, /* between parts */
    PART_FIELD,
    PART_NO_FILE,  /* of a field for a file in which none was chosen */
    PART_FILE,
};

struct front_visit_files {
    struct front_visit *visit;
    enum front_route route;
    const char *code;
    front_visit_cb page;
    struct front_multipart multipart;
    struct base_buffer json, text; /* the form so far; the field in hand */
    size_t form_size;
    uint64_t body_size;
    const char *bytes;             /* the piece in hand; NULL = none */
    size_t size, at;
    enum part part;
    bool is_whole, is_gone, is_large, is_over; /* all has come; the client left; more came than is taken; the page has it */
    struct front_visit_ask ask;    /* of the file in hand */
    bool is_asked, is_lent;        /* ask is open, or to be noted; a piece is with its taker */
    const struct front_taker *taker;
    struct front_visit_upload items[FRONT_VISIT_FILES_MAX];
    size_t count;
};

void front_visit_files_destroy(struct front_visit_files *files)
{
    if (files == NULL)
        return;
    base_buffer_fini(&files->json);
    base_buffer_fini(&files->text);
    front_visit_ask_fini(&files->ask);
    base_free(files);
}

struct front_visit_ask *front_visit_files_slot(struct front_visit_files *files)
{
    return &files->ask;
}

const struct front_visit_upload *front_visit_upload_at(const struct front_visit *visit, size_t index)
{
    return visit->files != NULL && index < visit->files->count ? &visit->files->items[index] : NULL;
}

const struct front_visit_upload *front_visit_upload_find(const struct front_visit *visit, const char *field)
{
    const struct front_visit_upload *upload;

    for (size_t i = 0; (upload = front_visit_upload_at(visit, i)) != NULL; i++)
        if (strcmp(upload->field, field) == 0)
            return upload;
    return NULL;
}

bool front_visit_has_refused(const struct front_visit *visit, int *status)
{
    const struct front_visit_upload *upload;

    for (size_t i = 0; (upload = front_visit_upload_at(visit, i)) != NULL; i++)
        if (upload->sha256 == NULL) {
            *status = upload->status;
            return true;
        }
    return false;
}

static const char *keep(struct front_visit_files *files, const char *text)
{
    const char *copy = text != NULL ? base_arena_text(&files->visit->request->arena, text, strlen(text)) : NULL;

    return copy != NULL ? copy : "";
}

/* -- The end -- */

static void refuse(struct front_visit_files *files, int status, const char *word)
{
    front_visit_halt(files->visit);
    files->is_over = true;
    files->visit->request->on_gone = NULL;
    front_visit_refuse(files->visit, status, word);
}

/* The fields go through the gate as those of any form. */
static void finish(struct front_visit_files *files)
{
    struct front_visit *visit = files->visit;
    struct base_json_error error;
    int rc = OD_ESYNTAX;

    base_json_close(&files->json, '}');
    if (files->json.is_broken || files->text.is_broken)
        rc = OD_ENOMEM;
    else if (front_multipart_is_whole(&files->multipart))
        rc = base_json_parse(files->json.bytes, files->json.size, &visit->form, &error);
    if (rc == OD_OK) {
        files->is_over = true;
        visit->request->on_gone = NULL;
        front_visit_halt(visit);
        files->page(visit);
    } else {
        refuse(files, rc == OD_ENOMEM ? 503 : 400, rc == OD_ENOMEM ? "unavailable" : "malformed");
    }
}

/* -- One file -- */

static void go_on(struct front_visit *visit);

/* What browsers call a kind by the ending of its name, and mean another. */
static const char *type_of(const char *said)
{
    static const struct {
        const char *said, *meant;
    } rows[] = {
        {"", "application/octet-stream"},
        {"image/jpg", "image/jpeg"},
        {"application/x-zip-compressed", "application/zip"},
        {"application/vnd.ms-excel", "application/octet-stream"}, /* of CSV, where a table program is installed */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcasecmp(said, rows[i].said) == 0)
            return rows[i].meant;
    return said;
}

static void file_ask(struct front_visit_files *files, const struct front_visit_upload *upload, const char *media_type)
{
    struct front_visit *visit = files->visit;
    struct base_buffer query = {0};

    base_buffer_put_text(&query, "name=");
    front_visit_put_encoded(&query, upload->name);
    base_buffer_put_text(&query, "&material=");
    front_visit_put_encoded(&query, upload->field + 2);
    files->ask = (struct front_visit_ask){.visit = visit};
    files->taker = NULL;
    files->is_asked = true;
    front_visit_ask(visit, &(struct front_visit_wish){.route = files->route, .name = "file", .param = visit->params[0],
                                                      .query = base_buffer_text(&query), .files = files,
                                                      .media_type = media_type, .code = files->code});
    base_buffer_fini(&query);
}

static bool is_utf8(const char *text)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + strlen(text);

    while (at != NULL && at < end)
        at = base_json_utf8_end(at, end);
    return at != NULL;
}

/* Errors: the visit is answered. */
static int file_begin(struct front_visit_files *files)
{
    struct front_multipart *multipart = &files->multipart;

    files->part = multipart->file_name[0] == '\0' ? PART_NO_FILE : PART_FILE;
    if (files->part == PART_NO_FILE)
        return OD_OK;
    if (!is_utf8(multipart->file_name) || !is_utf8(multipart->name) || strncmp(multipart->name, "d.", 2) != 0 || multipart->name[2] == '\0' || front_visit_upload_find(files->visit, multipart->name) != NULL) {
        refuse(files, 400, "malformed");
        return OD_EINVAL;
    }
    if (files->count == FRONT_VISIT_FILES_MAX) {
        refuse(files, 413, "too_large");
        return OD_ELIMIT;
    }
    struct front_visit_upload *upload = &files->items[files->count++];
    *upload = (struct front_visit_upload){.field = keep(files, multipart->name), .name = keep(files, multipart->file_name), .detail = "", .version = "", .problem = ""};
    if (strcmp(upload->field, multipart->name) != 0) {
        refuse(files, 503, "unavailable");
        return OD_ENOMEM;
    }
    file_ask(files, upload, keep(files, type_of(multipart->media_type)));
    return OD_OK;
}

/* The first error's own words, else what the problem is and what to do. */
static const char *detail_of(const struct base_json *problem)
{
    const char *detail = base_json_member_text(base_json_first(base_json_member(problem, "errors")), "detail");

    if (detail == NULL)
        detail = base_json_member_text(problem, "detail");
    return detail != NULL ? detail : base_json_member_text(problem, "title");
}

/* The route has answered. */
static void file_note(struct front_visit_files *files)
{
    struct front_visit_upload *upload = &files->items[files->count - 1];
    const struct base_json *json = files->ask.json;

    upload->status = files->ask.status;
    if (front_visit_is_fine(&files->ask) && base_json_member_text(json, "sha256") != NULL) {
        upload->sha256 = keep(files, base_json_member_text(json, "sha256"));
        upload->media_type = keep(files, base_json_member_text(json, "media_type"));
        upload->state = keep(files, base_json_member_text(json, "state"));
        upload->version = keep(files, base_json_member_text(json, "version"));
        upload->size = (int64_t)base_json_number(base_json_member(json, "size"));
        if (upload->sha256[0] == '\0') { /* no memory: it would be named by nothing */
            upload->sha256 = NULL;
            upload->status = 503;
        }
    } else {
        upload->detail = keep(files, detail_of(json));
        if (json != NULL)
            upload->problem = keep(files, base_buffer_text(&files->ask.answer));
    }
    front_visit_ask_fini(&files->ask);
    files->ask.answer = (struct base_buffer){0};
    files->is_asked = files->is_lent = false;
    files->taker = NULL;
}

static bool is_answered(const struct front_visit_files *files)
{
    return files->ask.status != 0;
}

void front_visit_file_begun(struct front_visit_files *files, const struct front_taker *taker)
{
    assert(files->taker == NULL);
    files->taker = taker;
    front_visit_resume(files->visit, go_on);
}

void front_visit_file_taken(struct front_visit_files *files)
{
    assert(files->is_lent);
    files->is_lent = false;
    front_visit_resume(files->visit, go_on);
}

/* Its client has left: whoever takes the file learns it as from any door, and answers. */
static void file_break(struct front_visit_files *files)
{
    struct front_request *request = &files->ask.call.request;
    void (*on_gone)(struct front_request *request) = request->on_gone;

    request->on_gone = NULL;
    if (on_gone != NULL)
        on_gone(request);
}

/* -- Parts -- */

static int field_put(struct front_visit_files *files)
{
    const struct front_multipart *multipart = &files->multipart;

    files->form_size += strlen(multipart->name);
    if (files->form_size > FRONT_VISIT_FORM_MAX) {
        refuse(files, 413, "too_large");
        return OD_ELIMIT;
    }
    if (files->text.is_broken) { /* what was gathered is not all of it */
        refuse(files, 503, "unavailable");
        return OD_ENOMEM;
    }
    base_json_put_text_n(&files->json, multipart->name, files->text.size > 0 ? files->text.bytes : "", files->text.size);
    return OD_OK;
}

/* Lines end in LF, whatever the browser sent. */
static int field_gather(struct front_visit_files *files)
{
    const char *at = files->multipart.bytes, *end = at + files->multipart.size;

    files->form_size += files->multipart.size;
    if (files->form_size > FRONT_VISIT_FORM_MAX) {
        refuse(files, 413, "too_large");
        return OD_ELIMIT;
    }
    while (at < end) {
        const char *stop = memchr(at, '\r', (size_t)(end - at));

        stop = stop != NULL ? stop : end;
        base_buffer_put(&files->text, at, (size_t)(stop - at));
        at = stop + 1;
    }
    return OD_OK;
}

static int part_begin(struct front_visit_files *files)
{
    base_buffer_clear(&files->text);
    files->part = PART_FIELD;
    return files->multipart.is_file ? file_begin(files) : OD_OK;
}

/* What is left of a file that was refused is read and thrown away, so that the reader sees why. */
static int part_data(struct front_visit_files *files)
{
    if (files->part == PART_FIELD)
        return field_gather(files);
    if (files->part == PART_NO_FILE) {
        refuse(files, 400, "malformed");
        return OD_EINVAL;
    }
    if (files->is_asked && !is_answered(files)) {
        files->is_lent = true;
        files->visit->step = go_on;
        files->taker->on_piece(&files->ask.call.request, files->multipart.bytes, files->multipart.size);
    }
    return OD_OK;
}

static int part_end(struct front_visit_files *files)
{
    enum part part = files->part;

    files->part = PART_NONE;
    if (part == PART_FIELD)
        return field_put(files);
    if (part == PART_FILE && files->is_asked && !is_answered(files)) {
        files->ask.call.request.is_upload_whole = true;
        files->visit->step = go_on;
        files->taker->on_end(&files->ask.call.request);
        files->taker = NULL; /* it takes no more */
    }
    return OD_OK;
}

/* Errors: the visit is answered. */
static int event_take(struct front_visit_files *files, enum front_multipart_event event)
{
    switch (event) {
    case FRONT_MULTIPART_PART: return part_begin(files);
    case FRONT_MULTIPART_DATA: return part_data(files);
    case FRONT_MULTIPART_PART_END: return part_end(files);
    case FRONT_MULTIPART_NONE:
    case FRONT_MULTIPART_END: return OD_OK;
    case FRONT_MULTIPART_FAULT: break;
    }
    bool is_much = files->multipart.fault == FRONT_MULTIPART_FAULT_PARTS || files->multipart.fault == FRONT_MULTIPART_FAULT_HEAD_SIZE;
    refuse(files, is_much ? 413 : 400, is_much ? "too_large" : "malformed");
    return OD_EINVAL;
}

/* -- Pieces -- */

/* Is a file in hand that somebody has to do something with first? */
static bool must_wait(struct front_visit_files *files)
{
    if (files->is_asked && is_answered(files))
        file_note(files);
    if (!files->is_asked)
        return false;
    files->visit->step = go_on; /* when it is answered */
    return files->is_lent || files->taker == NULL || files->is_gone || files->is_large;
}


static void go_on(struct front_visit *visit)
{
    struct front_visit_files *files = visit->files;

    front_visit_halt(visit); /* whatever it was that woke it, it is looked at now */
    while (!files->is_over && !must_wait(files)) {
        size_t used = 0;

        if (files->is_gone || files->is_large) {
            refuse(files, files->is_large ? 413 : 400, files->is_large ? "too_large" : "malformed");
        } else if (files->bytes != NULL && files->at < files->size) {
            enum front_multipart_event event =
                front_multipart_next(&files->multipart, files->bytes + files->at, files->size - files->at, &used);
            files->at += used;
            if (event_take(files, event) != OD_OK)
                return;
        } else if (files->bytes != NULL) {
            files->bytes = NULL;
            front_upload_next(visit->request); /* on_piece or on_end: the rest of the way from the loop */
            return;
        } else if (files->is_whole && files->is_asked) { /* its end is missing */
            files->is_gone = true;
            file_break(files);
        } else if (files->is_whole) {
            finish(files);
        } else {
            return;
        }
    }
}

static struct front_visit_files *files_of(struct front_request *request)
{
    return ((struct front_visit *)request->engine)->files;
}

static void on_piece(struct front_request *request, const void *bytes, size_t size)
{
    struct front_visit_files *files = files_of(request);

    files->bytes = bytes;
    files->size = size;
    files->at = 0;
    files->body_size += size;
    files->is_large = files->body_size > FRONT_VISIT_BODY_MAX;
    if (files->is_large && files->is_asked && !is_answered(files))
        file_break(files); /* who takes a file learns it first, and answers */
    front_visit_resume(files->visit, go_on);
}

static void on_end(struct front_request *request)
{
    files_of(request)->is_whole = true;
    front_visit_resume(files_of(request)->visit, go_on);
}

static const struct front_taker taker = {.on_piece = on_piece, .on_end = on_end};

static void on_gone(struct front_request *request)
{
    struct front_visit_files *files = files_of(request);

    if (request->is_upload_whole)
        return; /* nobody reads the answer, and the form is here all the same */
    files->is_gone = true;
    if (files->is_asked && !is_answered(files))
        file_break(files);
    front_visit_resume(files->visit, go_on);
}

void front_visit_files_take(struct front_visit *visit, enum front_route route, const char *code, front_visit_cb page)
{
    struct front_request *request = visit->request;
    struct front_visit_files *files = base_alloc(sizeof(*files));
    bool is_large = request->upload_size != UINT64_MAX && request->upload_size > FRONT_VISIT_BODY_MAX;

    if (files == NULL || is_large) {
        base_free(files);
        front_visit_refuse(visit, is_large ? 413 : 503, is_large ? "too_large" : "unavailable");
        return;
    }
    visit->files = files;
    files->visit = visit;
    files->route = route;
    files->code = code;
    files->page = page;
    if (front_multipart_init(&files->multipart, request->media_type) != OD_OK) {
        refuse(files, 400, "malformed");
        return;
    }
    base_json_open(&files->json, NULL, '{');
    request->engine = visit; /* no engine has a page's request */
    request->on_gone = on_gone;
    front_upload_start(request, &taker);
}
