/* SPDX-License-Identifier: Apache-2.0 */
/* The table of pages, and what holds for all of them:
 *
 *   language -> identity -> row (404, 405) -> form (403, 413, 400) -> the page
 */
#include "front/pages.h"

#include <string.h>

#include "front/pages_fee.h"
#include "front/pages_files.h"
#include "front/pages_language.h"
#include "front/pages_rows.h"
#include "front/target.h"

struct page_row {
    const char *pattern;       /* {x} stands for one segment; the last may be left open as in
                                  "/tasks/{id}/{verb}" */
    const char *here;          /* word of the navigation */
    front_visit_cb show, sent; /* GET and POST; NULL = not offered */
    bool lists_services;       /* asks for the catalogue itself */
};

static const struct page_row rows[] = {
    {"/", "home", front_page_home, NULL, true},
    {"/guide", "guide", front_page_guide, NULL, true},
    {"/guide/{id}", "guide", front_page_service, NULL, false},
    {"/register", "register", front_page_register, NULL, true},
    {"/hall", "hall", front_page_hall, NULL, true},
    {"/track", "track", front_page_track, front_page_track_sent, false},
    {"/track/{number}", "track", front_page_track, NULL, false},
    {"/track/{number}/documents", "track", NULL, front_page_track_supplied, false},
    {"/track/{number}/result", "track", front_page_track_result, NULL, false},
    {"/track/{number}/paper", "track", front_page_track_paper, NULL, false},
    {"/track/{number}/paper/{kind}", "track", front_page_track_paper, NULL, false},
    {"/paper/{number}", "applications", front_page_paper, NULL, false},
    {"/paper/{number}/{kind}", "applications", front_page_paper, NULL, false},
    {"/apply/{id}", "apply", front_page_apply, front_page_apply_sent, false},
    {"/ask", "ask", front_page_letter, front_page_letter_sent, false},
    {"/complain", "complain", front_page_letter, front_page_letter_sent, false},
    {"/reply", "reply", front_page_reply, front_page_reply_sent, false},
    {"/evaluate", "evaluate", front_page_rating, front_page_rating_sent, false},
    {"/evaluate/{number}", "evaluate", front_page_rating, front_page_rating_sent, false},
    {"/kiosk", "kiosk", front_page_rating, front_page_rating_sent, false},
    {"/concerns", "concerns", front_page_concerns, front_page_concerns_sent, false},
    {"/concerns/{id}", "concerns", front_page_concern, NULL, false},
    {"/concerns/{id}/{verb}", "concerns", NULL, front_page_concern_sent, false},
    {"/worklist", "worklist", front_page_worklist, front_page_worklist_sent, false},
    {"/operations", "operations", front_page_operations, NULL, false},
    {"/incidents", "operations", front_page_incidents, NULL, false},
    {"/incidents/{id}/{verb}", "operations", NULL, front_page_incident_sent, false},
    {"/tasks/{id}", "worklist", front_page_task, NULL, false},
    {"/tasks/{id}/{verb}", "worklist", NULL, front_page_task_sent, false},
    {"/applications", "applications", front_page_applications, NULL, true},
    {"/applications/{number}", "applications", front_page_application, NULL, false},
    {"/applications/{number}/documents", "applications", front_page_documents, front_page_documents_sent, false},
    {"/applications/{number}/documents/{id}", "applications", front_page_document, NULL, false},
    {"/applications/{number}/live", "applications", front_page_application_live, NULL, true},
    {"/applications/{number}/{verb}", "applications", NULL, front_page_application_sent, false},
    {"/applications/{number}/certificate", "applications", front_page_certificate, NULL, false},
    {"/applications/{number}/result", "applications", front_page_result, NULL, false},
    {"/alerts", "alerts", front_page_alerts, NULL, false},
    {"/messages", "messages", front_page_messages, NULL, false},
    {"/messages/{id}", "messages", front_page_message, NULL, false},
    {"/messages/{id}/{verb}", "messages", NULL, front_page_message_sent, false},
    {"/evidence", "evidence", front_page_evidence, NULL, false},
    {"/calendars", "calendars", front_page_calendars, NULL, false},
    {"/calendars/{id}", "calendars", front_page_calendar, NULL, false},
    {"/catalog", "catalog", front_page_catalog, front_page_catalog_sent, false},
    {"/catalog/upload", "catalog", NULL, front_page_catalog_uploaded, false},
    {"/catalog/{version}/sources", "catalog", front_page_catalog_sources, NULL, false},
    {"/catalog/{version}/{verb}", "catalog", NULL, front_page_catalog_candidate_sent, false},
    {"/payments", "payments", front_page_payments, NULL, false},
    {"/payments/csv", "payments", front_page_payments_file, NULL, false},
    {"/statistics", "statistics", front_page_statistics, NULL, false},
    {"/statistics/csv", "statistics", front_page_statistics_file, NULL, false},
    {"/assessments", "assessments", front_page_assessments, NULL, false},
    {"/assessments/csv", "assessments", front_page_assessments_file, NULL, false},
    {"/connectors", "connectors", front_page_connectors, front_page_connectors_sent, false},
    {"/connectors/{id}", "connectors", front_page_connector, NULL, false},
    {"/connectors/{id}/{verb}", "connectors", NULL, front_page_connector_sent, false},
    {"/keys", "keys", front_page_keys, front_page_keys_sent, false},
    {"/keys/{id}/{verb}", "keys", NULL, front_page_key_sent, false},
    {"/sessions/{id}/{verb}", "keys", NULL, front_page_session_sent, false},
    {"/sign-in", "sign-in", front_page_sign_in, front_page_sign_in_sent, false},
    {"/sign-out", "sign-in", NULL, front_page_sign_out_sent, false},
};

/* Pages whose form may bring files, and where these go. */
static const struct {
    const char *pattern;
    enum front_route route;
} file_rows[] = {
    {"/apply/{id}", FRONT_MATERIAL_UPLOAD},
    {"/track/{number}/documents", FRONT_APPLICATION_MATERIAL_ADD},
    {"/applications/{number}/documents", FRONT_APPLICATION_MATERIAL_ADD},
    {"/catalog/upload", FRONT_CATALOG_CANDIDATE_ADD},
};

/* Does path follow pattern? Parameters are copied as they are met; request NULL: they are not wanted. */
static bool is_match(const char *pattern, const char *path, struct front_request *request,
                     const char *params[2])
{
    size_t count = 0;

    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        size_t size = strcspn(path, "/");
        if (size == 0 || size > FRONT_PARAM_MAX || count == 2)
            return false;
        params[count] = request != NULL ? base_arena_text(&request->arena, path, size) : "";
        if (params[count++] == NULL)
            return false;
        path += size;
        pattern += strcspn(pattern, "}") + 1;
    }
    return *path == '\0';
}

static const struct page_row *row_find(struct front_visit *visit)
{
    const struct page_row *found = NULL;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && found == NULL; i++) {
        const char *params[2] = {"", ""};
        bool has_method = (visit->request->is_post ? rows[i].sent : rows[i].show) != NULL;

        if (has_method &&
            is_match(rows[i].pattern, visit->request->path, visit->request, params)) {
            found = &rows[i];
            memcpy(visit->params, params, sizeof(params));
        }
    }
    return found;
}

/* Is there a page of this path for the other method? */
static bool has_other_method(struct front_visit *visit)
{
    const char *params[2];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (is_match(rows[i].pattern, visit->request->path, visit->request, params))
            return true;
    return false;
}

static enum front_route files_route(const char *path)
{
    const char *params[2];

    for (size_t i = 0; i < sizeof(file_rows) / sizeof(file_rows[0]); i++)
        if (is_match(file_rows[i].pattern, path, NULL, params))
            return file_rows[i].route;
    return FRONT_ROUTE_NONE;
}

bool front_page_takes_files(const char *target, size_t size)
{
    char path[FRONT_PATH_MAX + 1];
    struct front_target parts;

    return front_target_split(target, size, &parts) == OD_OK &&
           front_path_decode(parts.path, parts.path_size, path, sizeof(path)) == OD_OK && files_route(path) != FRONT_ROUTE_NONE;
}

/* Letters for those who see less: kept by the browser as the language is. */
static void size_take(struct front_visit *visit)
{
    const char *wanted = front_visit_query(visit, "size"), *kept = front_visit_cookie(visit, "onedoor_size");
    bool is_known = wanted != NULL && (strcmp(wanted, "large") == 0 || strcmp(wanted, "normal") == 0);

    if (is_known)
        front_visit_cookie_set(visit, "onedoor_size", wanted, " Path=/; Max-Age=31536000; SameSite=Lax");
    else
        wanted = kept;
    visit->is_large = wanted != NULL && strcmp(wanted, "large") == 0;
}

/* Only words of ours are said to have been done: the parameter is the reader's. */
static void done_take(struct front_visit *visit)
{
    static const char *const words[] = {"take",    "opinion",  "pause",    "resume",     "ask",
                                        "requeue", "withdraw", "delivery", "supplement", "load",
                                        "unload",  "sign-out", "forget", "check",  "extend",
                                        "milestone", "reload", "upgrade", "rollback", "drain",
                                        "enable", "disable", "reply", "repair", "confirm", "pass", "record", "pay", "refund", "revoke", "session-end", "claim", "release", "told", "upload", "candidate", "remove", "bar"};
    const char *word = front_visit_query(visit, "done");

    for (size_t i = 0; word != NULL && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i], word) == 0)
            visit->done = words[i];
}

/* The path as a link, if it needs no encoding; ids and numbers need none. */
static void link_take(struct front_visit *visit)
{
    const char *path = visit->request->path;

    if (strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/") ==
            strlen(path) &&
        strncmp(path, "//", 2) != 0)
        visit->link = path;
}

static void catalog_ask(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_LIST,
                                                      .name = "catalog",
                                                      .query = "limit=1"});
}

/* -- Forms -- */

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Decode one name or value. Lines end in LF, whatever the browser sent. */
static int form_decode(const char *text, size_t size, struct base_buffer *out)
{
    base_buffer_clear(out);
    for (size_t i = 0; i < size; i++) {
        char byte = text[i] == '+' ? ' ' : text[i];

        if (byte == '%') {
            int high = i + 2 < size ? hex_value(text[i + 1]) : -1,
                low = i + 2 < size ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return OD_ESYNTAX;
            byte = (char)(high << 4 | low);
            i += 2;
        }
        if (byte != '\r')
            base_buffer_put(out, &byte, 1);
    }
    return out->is_broken ? OD_ENOMEM : OD_OK;
}

static int form_pair_put(const char *pair, size_t size, struct base_buffer *json,
                         struct base_buffer *scratch)
{
    const char *sign = memchr(pair, '=', size);
    size_t name_size = sign == NULL ? size : (size_t)(sign - pair);
    char name[FRONT_PARAM_MAX + 1];
    int rc = form_decode(pair, name_size, scratch);

    if (rc != OD_OK)
        return rc;
    if (scratch->size > FRONT_PARAM_MAX || scratch->size == 0 ||
        memchr(scratch->bytes, '\0', scratch->size) != NULL)
        return OD_ESYNTAX;
    memcpy(name, scratch->bytes, scratch->size);
    name[scratch->size] = '\0';
    rc = sign == NULL ? OD_OK : form_decode(sign + 1, size - name_size - 1, scratch);
    if (rc == OD_OK)
        base_json_put_text_n(json, name,
                             scratch->size > 0 && sign != NULL ? scratch->bytes : "",
                             sign == NULL ? 0 : scratch->size);
    return rc;
}

/* The form becomes JSON, so that the gate says what is UTF-8, what is too much and what is
 * there twice. */
static int form_parse(const char *text, size_t size, struct base_json **out)
{
    struct base_buffer json = {0}, scratch = {0};
    struct base_json_error error;
    int rc = OD_OK;

    base_json_open(&json, NULL, '{');
    for (size_t from = 0; rc == OD_OK && from < size;) {
        const char *end = memchr(text + from, '&', size - from);
        size_t pair_size = end == NULL ? size - from : (size_t)(end - text) - from;

        if (pair_size > 0)
            rc = form_pair_put(text + from, pair_size, &json, &scratch);
        from += pair_size + 1;
    }
    base_json_close(&json, '}');
    if (rc == OD_OK)
        rc = json.is_broken ? OD_ENOMEM : base_json_parse(json.bytes, json.size, out, &error);
    base_buffer_fini(&json);
    base_buffer_fini(&scratch);
    return rc;
}

/* false: the visit was answered, or the page runs once its files are here. */
static bool form_take(struct front_visit *visit)
{
    struct front_request *request = visit->request;

    if (!request->is_post)
        return true;
    if (!front_page_is_own_form(visit)) {
        front_visit_refuse(visit, 403, "origin");
        return false;
    }
    if (request->is_streamed) {
        front_visit_files_take(visit, files_route(request->path), front_page_track_code(visit, visit->params[0]), visit->page);
        return false;
    }
    if (request->body_size > FRONT_VISIT_FORM_MAX) {
        front_visit_refuse(visit, 413, "too_large");
        return false;
    }
    int rc = form_parse(request->body_text == NULL ? "" : request->body_text,
                        request->body_size, &visit->form);
    if (rc != OD_OK)
        front_visit_refuse(visit, rc == OD_ENOMEM ? 503 : 400,
                           rc == OD_ENOMEM ? "unavailable" : "malformed");
    return rc == OD_OK;
}

/* -- The page -- */

static bool is_static(struct front_visit *visit)
{
    const struct front_pages_file *file = NULL;

    if (!visit->request->is_post && strcmp(visit->request->path, "/favicon.ico") == 0)
        file = front_pages_file_find(visit->pages, "icon.svg"); /* asked for beside JSON */
    if (!visit->request->is_post && strncmp(visit->request->path, "/static/", 8) == 0)
        file = front_pages_file_find(visit->pages, visit->request->path + 8);
    if (file != NULL)
        front_visit_static(visit, file);
    return file != NULL;
}

/* The catalogue, whose center stands on every page, is there; nothing is waited for. */
static void page_step(struct front_visit *visit)
{
    bool is_other = visit->page == NULL && has_other_method(visit);

    if (visit->page == NULL)
        front_visit_refuse(visit, is_other ? 405 : 404, is_other ? "method" : "not_found");
    else if (form_take(visit))
        visit->page(visit);
}

static void begin(struct front_visit *visit)
{
    if (is_static(visit))
        return;
    front_page_language_take(visit);
    size_take(visit);
    done_take(visit);
    const struct page_row *row = row_find(visit);
    if (row == NULL || !row->lists_services || visit->request->is_post)
        catalog_ask(visit);
    if (row != NULL) {
        visit->here = row->here;
        visit->page = visit->request->is_post ? row->sent : row->show;
        link_take(visit);
    }
    front_visit_go(visit, page_step);
}

/* -- What never got as far as a page -- */

static void refused_step(struct front_visit *visit)
{
    front_visit_refuse(visit, visit->refused, visit->why);
}

static void refuse_begin(struct front_visit *visit)
{
    front_page_language_take(visit);
    size_take(visit);
    catalog_ask(visit);
    front_visit_go(visit, refused_step);
}

static const char *refusal_word(enum front_problem problem)
{
    static const struct {
        enum front_problem problem;
        const char *word;
    } known[] = {{FRONT_BAD_REQUEST, "request"}, {FRONT_NOT_FOUND, "not_found"}, {FRONT_TOO_LARGE, "too_large"},
                 {FRONT_MEDIA_TYPE, "media_type"}, {FRONT_HEAD_TOO_LARGE, "head_too_large"}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].problem == problem)
            return known[i].word;
    return NULL;
}

static bool is_for_people(struct front_request *request, const char *target, size_t size)
{
    const char *accept = front_header(request, "Accept");
    bool is_api = size >= 3 && memcmp(target, "/v1", 3) == 0 && (size == 3 || strchr("/?", target[3]) != NULL);

    return size > 0 && target[0] == '/' && !is_api && accept != NULL && strstr(accept, "text/html") != NULL;
}

bool front_page_refuse(struct front_request *request, enum front_problem problem, const char *target, size_t size)
{
    const char *word = refusal_word(problem);
    struct front_visit *visit = word != NULL && is_for_people(request, target, size) ? front_visit_create(request) : NULL;

    if (visit == NULL)
        return false;
    if (request->identity.roles == 0) /* nobody has looked who it is */
        request->identity = (struct front_identity){.key_id = "", .roles = FRONT_ROLE_CITIZEN, .department = "", .connector = ""};
    request->route = FRONT_PAGE;
    request->is_post = false;
    request->path = "/"; /* where its links lead */
    request->query_size = 0;
    visit->refused = front_problem_row(problem)->status;
    visit->why = word;
    front_visit_run(visit, refuse_begin);
    return true;
}

void front_page(struct front_request *request, const char *path)
{
    struct front_visit *visit = front_visit_create(request);

    (void)path; /* is request->path */
    if (visit == NULL)
        front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    else
        front_visit_run(visit, begin);
}
