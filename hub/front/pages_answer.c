/* SPDX-License-Identifier: Apache-2.0 */
/* How a visit is answered: documents -> template -> HTML, redirects, static files. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "front/pages_language.h"
#include "front/pages_visit.h"

static const char html[] = "text/html; charset=utf-8";

void front_visit_cookie_set(struct front_visit *visit, const char *name, const char *value,
                            const char *attributes)
{
    base_buffer_put_format(&visit->headers, "Set-Cookie: %s=%s;%s\r\n", name, value,
                           attributes);
}

void front_visit_put_encoded(struct base_buffer *buffer, const char *value)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *value != '\0'; value++) {
        if (strchr(plain, *value) != NULL)
            base_buffer_put(buffer, value, 1);
        else
            base_buffer_put_format(buffer, "%%%02X", (unsigned char)*value);
    }
}

static void answer(struct front_visit *visit, int status, const char *media_type,
                   struct base_buffer *body)
{
    assert(!visit->is_answered);
    assert(visit->waiting == 0);
    visit->is_answered = true;
    front_answer(visit->request, status, media_type,
                 visit->headers.is_broken ? NULL : base_buffer_text(&visit->headers), body);
}

/* -- Documents -- */

static const char *version_of(const struct front_visit *visit, const char *name,
                              char version[9])
{
    const struct front_pages_file *file = front_pages_file_find(visit->pages, name);

    assert(file != NULL);
    snprintf(version, 9, "%.8s", file->etag + 1);
    return version;
}

static void put_page(struct base_buffer *buffer, const struct front_visit *visit, int status)
{
    bool is_demo = front_visit_is_demo(visit);
    uint32_t roles = visit->request->identity.roles;
    char version[9];

    base_json_open(buffer, NULL, '{');
    front_page_put_languages(buffer, visit);
    base_json_put_bool(buffer, "is_refusal", visit->request->is_post && status >= 400);
    base_json_put_bool(buffer, "is_large", visit->is_large);
    front_page_put_switch(buffer, "size_link", visit, "size", visit->is_large ? "normal" : "large");
    base_json_put_bool(buffer, "is_bilingual", visit->is_bilingual);
    base_json_put_bool(buffer, "is_demo", is_demo);
    base_json_put_bool(buffer, "is_development", front_visit_is_development(visit));
    base_json_put_bool(buffer, "is_staff", front_visit_is_staff(visit));
    base_json_put_bool(buffer, "may_submit", front_visit_may(roles, FRONT_APPLICATION_SUBMIT));
    base_json_put_bool(buffer, "may_tasks", front_visit_may(roles, FRONT_TASK_LIST));
    base_json_put_bool(buffer, "may_applications",
                       front_visit_may(roles, FRONT_APPLICATION_LIST));
    base_json_put_bool(buffer, "may_concerns", front_visit_may(roles, FRONT_INQUIRY_LIST));
    base_json_put_bool(buffer, "may_operations", front_visit_may(roles, FRONT_OPERATIONS));
    base_json_put_bool(buffer, "may_alerts", front_visit_may(roles, FRONT_ALERT_LIST));
    base_json_put_bool(buffer, "may_messages", front_visit_may(roles, FRONT_MESSAGE_LIST));
    base_json_put_bool(buffer, "may_reload", front_visit_may(roles, FRONT_CATALOG_RELOAD));
    base_json_put_bool(buffer, "may_keys", front_visit_may(roles, FRONT_KEY_LIST));
    base_json_put_bool(buffer, "may_statistics", front_visit_may(roles, FRONT_STATISTICS));
    base_json_put_bool(buffer, "may_assessments", front_visit_may(roles, FRONT_ASSESSMENTS));
    base_json_put_bool(buffer, "may_payments", front_visit_may(roles, FRONT_PAYMENT_REPORT));
    base_json_put_bool(buffer, "may_connectors", front_visit_may(roles, FRONT_CONNECTOR_LIST));
    base_json_put_bool(buffer, "is_signed_in", !is_demo && front_visit_is_staff(visit));
    base_json_put_text(buffer, "who", visit->request->identity.key_id);
    base_json_put_text(buffer, "department", visit->request->identity.department);
    base_json_put_text(buffer, "here", visit->here);
    base_json_put_text(buffer, "link", visit->link);
    base_json_put_text(buffer, "done", visit->done);
    base_json_put_text(buffer, "style", version_of(visit, "style.css", version));
    base_json_put_text(buffer, "figures", version_of(visit, "statistics.css", version));
    base_json_put_text(buffer, "rating", version_of(visit, "rating.css", version));
    base_json_put_text(buffer, "paper", version_of(visit, "paper.css", version));
    base_json_put_text(buffer, "script", version_of(visit, "app.js", version));
    base_json_put_text(buffer, "live", version_of(visit, "live.js", version));
    base_json_close(buffer, '}');
}

static int parse(const struct base_buffer *buffer, struct base_json **out)
{
    struct base_json_error error;

    if (buffer->is_broken)
        return OD_ENOMEM;
    return buffer->size == 0 ? OD_OK
                             : base_json_parse(buffer->bytes, buffer->size, out, &error);
}

/* "page", "view", "form", and one for each ask. A page that tells what was wrong with a form stands still: the next
 * copy of it would say nothing of that. */
static int render(struct front_visit *visit, int status, const char *template, struct base_buffer *body)
{
    struct front_template_document documents[FRONT_VISIT_DOCUMENTS_MAX];
    struct base_buffer page = {0};
    struct base_json *page_json = NULL, *view_json = NULL;
    size_t count = 0;

    put_page(&page, visit, status);
    int rc = parse(&page, &page_json);
    if (rc == OD_OK)
        rc = parse(&visit->view, &view_json);
    documents[count++] = (struct front_template_document){"page", page_json};
    documents[count++] = (struct front_template_document){"view", view_json};
    documents[count++] = (struct front_template_document){"form", visit->form};
    for (unsigned i = 0; i < visit->ask_count; i++) {
        bool is_fine = front_visit_is_fine(&visit->asks[i]);
        documents[count++] = (struct front_template_document){
            is_fine ? visit->asks[i].name : "problem", visit->asks[i].json};
    }
    if (rc == OD_OK)
        rc = front_template_render(visit->pages->templates, template, documents, count,
                                   visit->language, body);
    base_json_destroy(page_json);
    base_json_destroy(view_json);
    base_buffer_fini(&page);
    return rc;
}

/* -- Answers -- */

/* What can be said when nothing else can. */
static void answer_last_resort(struct front_visit *visit)
{
    static const char page[] =
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>503</title>"
        "<p>系统繁忙，请稍后再试。</p><p lang=\"en\">The hub is busy. Please try again "
        "shortly.</p></html>\n";
    struct base_buffer body = {0};

    base_buffer_put(&body, page, sizeof(page) - 1);
    base_buffer_put_text(&visit->headers, "Retry-After: 2\r\n");
    answer(visit, 503, html, &body);
}

static bool is_unchanged(struct front_visit *visit, const char *etag)
{
    const char *known = front_header(visit->request, "If-None-Match");

    return known != NULL && strstr(known, etag) != NULL;
}

static void put_page_headers(struct front_visit *visit, const char *etag)
{
    base_buffer_put_format(&visit->headers,
                           "Content-Language: %s\r\nVary: Accept-Language, Cookie\r\n",
                           front_pages_languages[visit->language].tag);
    if (visit->is_private)
        base_buffer_put_text(&visit->headers, "Cache-Control: no-store\r\n");
    else
        base_buffer_put_format(&visit->headers,
                               "Cache-Control: private, no-cache\r\nETag: %s\r\n", etag);
}

void front_visit_render(struct front_visit *visit, int status, const char *template)
{
    struct base_buffer body = {0};
    char etag[FRONT_ETAG_SIZE];
    int rc = render(visit, status, template, &body);

    if (rc != OD_OK) {
        base_log(BASE_LOG_ERROR, "page %s could not be rendered: %s", template,
                 base_error_text(rc));
        base_buffer_fini(&body);
        answer_last_resort(visit);
        return;
    }
    visit->is_private |= status != 200;
    front_pages_etag(body.bytes, body.size, etag);
    put_page_headers(visit, etag);
    if (!visit->is_private && is_unchanged(visit, etag)) {
        base_buffer_clear(&body);
        status = 304;
    }
    answer(visit, status, html, &body);
}

void front_visit_file(struct front_visit *visit, const struct front_visit_ask *ask,
                      const char *media_type, const char *file_name)
{
    struct base_buffer body = {0};

    base_buffer_put_text(&body, "\xef\xbb\xbf");
    base_buffer_put(&body, ask->answer.bytes, ask->answer.size);
    base_buffer_put_format(&visit->headers,
                           "Content-Disposition: attachment; filename=\"%s\"\r\n"
                           "Cache-Control: no-store\r\nVary: Accept-Language, Cookie\r\n",
                           file_name);
    answer(visit, 200, media_type, &body);
}

static void sign_in_first(struct front_visit *visit)
{
    struct base_buffer path = {0};

    base_buffer_put_text(&path, "/sign-in?next=");
    front_visit_put_encoded(&path, visit->link);
    front_visit_redirect(visit, base_buffer_text(&path));
    base_buffer_fini(&path);
}

/* What a reader can do about it on pages, where the interface for programs says what a program can do. */
static void put_own_words(struct front_visit *visit, const struct front_visit_ask *ask)
{
    static const struct {
        const char *under, *word, *up;
    } rows[] = {{"/guide/", "no_service", "/guide"}, {"/apply/", "no_service", "/guide"}, {"/calendars/", "no_calendar", "/calendars"}};
    const char *path = visit->request->path;

    if (ask->status == 429) {
        base_json_put_text(&visit->view, "word", "too_many");
        base_json_put_i64(&visit->view, "wait_s", ask->retry_after_s > 0 ? ask->retry_after_s : 60);
    } else if (!visit->request->is_post && ask->status == 422 && visit->request->query_size > 0) {
        base_json_put_text(&visit->view, "word", "stale");
        base_json_put_text(&visit->view, "up", path);
    }
    for (size_t i = 0; ask->status == 404 && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strncmp(path, rows[i].under, strlen(rows[i].under)) != 0)
            continue;
        base_json_put_text(&visit->view, "word", rows[i].word);
        base_json_put_text(&visit->view, "up", rows[i].up);
    }
}

void front_visit_problem(struct front_visit *visit, const struct front_visit_ask *ask)
{
    if (ask->status == 403 && !front_visit_is_staff(visit) && !visit->request->is_post) {
        sign_in_first(visit);
        return;
    }
    base_buffer_clear(&visit->view);
    visit->view.has_item = false;
    base_json_open(&visit->view, NULL, '{');
    base_json_put_i64(&visit->view, "status", ask->status);
    put_own_words(visit, ask);
    base_json_close(&visit->view, '}');
    if (ask->retry_after_s > 0)
        base_buffer_put_format(&visit->headers, "Retry-After: %d\r\n", ask->retry_after_s);
    front_visit_render(visit, ask->status, "problem");
}

void front_visit_refuse(struct front_visit *visit, int status, const char *word)
{
    base_buffer_clear(&visit->view);
    visit->view.has_item = false;
    base_json_open(&visit->view, NULL, '{');
    base_json_put_i64(&visit->view, "status", status);
    base_json_put_text(&visit->view, "word", word);
    base_json_close(&visit->view, '}');
    front_visit_render(visit, status, "problem");
}

void front_visit_redirect(struct front_visit *visit, const char *path)
{
    base_buffer_put_format(&visit->headers, "Location: %s\r\nCache-Control: no-store\r\n",
                           path);
    answer(visit, 303, NULL, NULL);
}

void front_visit_static(struct front_visit *visit, const struct front_pages_file *file)
{
    const char *version = front_query(visit->request, "v");
    bool is_current =
        version != NULL && strncmp(version, file->etag + 1, 8) == 0 && strlen(version) == 8;
    struct base_buffer body = {0};

    base_buffer_put_format(&visit->headers, "ETag: %s\r\nCache-Control: %s\r\n", file->etag,
                           is_current ? "public, max-age=31536000, immutable" : "no-cache");
    if (is_unchanged(visit, file->etag)) {
        answer(visit, 304, NULL, NULL);
        return;
    }
    base_buffer_put(&body, file->part->bytes, file->part->size);
    answer(visit, 200, file->media_type, &body);
}
