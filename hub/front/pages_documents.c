/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of an application: every version, and each of them to be read; and a form for the front desk to add some, which
 * goes the way of the applicant's own.
 *
 *   shown: documents, application -> service (for the form) -> the page
 *   sent: each file to the route that takes documents -> 303, or the page with what was refused */
#include <stdio.h>
#include <string.h>

#include "front/pages_apply.h"
#include "front/pages_files.h"
#include "front/pages_supply.h"

/* -- The list -- */

/* "812 B", "79.4 KB", "1.2 MB": a thousand at a time, as browsers say it. */
static void put_size(struct base_buffer *view, const struct base_json *size)
{
    double bytes = base_json_number(size);
    char text[32];

    if (base_json_type(size) != BASE_JSON_NUMBER)
        return;
    if (bytes < 1000)
        snprintf(text, sizeof(text), "%.0f B", bytes);
    else if (bytes < 1e6)
        snprintf(text, sizeof(text), "%.1f KB", bytes / 1e3);
    else
        snprintf(text, sizeof(text), "%.1f MB", bytes / 1e6);
    base_json_put_text(view, "size_text", text);
}

/* What kind of file it is, in a word; the media type itself where there is none. */
static void put_kind(struct base_buffer *view, const char *media_type)
{
    static const struct {
        const char *media_type, *word;
    } rows[] = {
        {"application/pdf", "PDF"}, {"image/jpeg", "JPEG"}, {"image/png", "PNG"}, {"image/tiff", "TIFF"}, {"image/gif", "GIF"}, {"image/webp", "WebP"},
        {"text/plain", "TXT"}, {"text/csv", "CSV"}, {"application/zip", "ZIP"}, {"application/ofd", "OFD"},
        {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word"},
        {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"},
        {"application/vnd.openxmlformats-officedocument.presentationml.presentation", "PowerPoint"},
    };
    const char *word = media_type;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && media_type != NULL; i++)
        if (strcmp(rows[i].media_type, media_type) == 0)
            word = rows[i].word;
    base_json_put_text(view, "kind_text", word);
}

static void put_items(struct base_buffer *view, const struct base_json *items)
{
    base_json_open(view, "items", '[');
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        base_json_open(view, NULL, '{');
        for (const struct base_json *member = base_json_first(item); member != NULL; member = base_json_next(member))
            base_json_put(view, base_json_key(member), member);
        put_kind(view, base_json_member_text(item, "media_type"));
        put_size(view, base_json_member(item, "size"));
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

/* -- The form -- */

static bool may_add(const struct front_visit *visit, const struct base_json *application)
{
    static const char *const open[] = {"incomplete", "in_review"};
    const char *status = base_json_member_text(application, "status");

    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]) && status != NULL; i++)
        if (strcmp(open[i], status) == 0)
            return front_visit_may(visit->request->identity.roles, FRONT_APPLICATION_SUPPLEMENT);
    return false;
}

static void put_field(struct base_buffer *view, struct front_visit *visit, const struct base_json *material)
{
    char field[FRONT_PARAM_MAX + 8];

    snprintf(field, sizeof(field), "d.%.*s", FRONT_PARAM_MAX, base_json_member_text(material, "id"));
    const struct front_visit_upload *upload = front_visit_upload_find(visit, field);
    bool is_wrong = upload != NULL && upload->sha256 == NULL;

    base_json_open(view, NULL, '{');
    base_json_put_text(view, "id", base_json_member_text(material, "id"));
    base_json_put(view, "name", base_json_member(material, "name"));
    base_json_put_bool(view, "is_wrong", is_wrong);
    base_json_put_text(view, "fault", is_wrong ? upload->detail : NULL);
    base_json_put_text(view, "file", is_wrong ? upload->name : NULL);
    base_json_close(view, '}');
}

static const struct base_json *find_by(const struct base_json *list, const char *key, const char *value)
{
    for (const struct base_json *item = base_json_first(list); item != NULL && value != NULL; item = base_json_next(item)) {
        const char *text = base_json_member_text(item, key);

        if (text != NULL && strcmp(text, value) == 0)
            return item;
    }
    return NULL;
}

/* Does a matter that this application needs know the material? */
static bool is_needed(const struct base_json *service, const struct base_json *application, const char *id)
{
    for (const struct base_json *matter = base_json_first(base_json_member(service, "matters")); matter != NULL; matter = base_json_next(matter)) {
        const struct base_json *task = find_by(base_json_member(application, "tasks"), "matter", base_json_member_text(matter, "id"));
        const char *state = base_json_member_text(task, "state");

        if (state != NULL && strcmp(state, "skipped") != 0 && find_by(base_json_member(matter, "materials"), "id", id) != NULL)
            return true;
    }
    return false;
}

/* What is asked for before everything else that its matters know. */
static void put_fields(struct base_buffer *view, struct front_visit *visit, const struct base_json *service,
                       const struct base_json *application, const char *key, bool are_asked)
{
    const struct base_json *matter = NULL, *material = NULL;

    base_json_open(view, key, '[');
    while ((material = front_apply_material_next(service, &matter, material)) != NULL) {
        const char *id = base_json_member_text(material, "id");

        if (front_supply_is_asked(base_json_member(application, "notice"), id) == are_asked && (are_asked || is_needed(service, application, id)))
            put_field(view, visit, material);
    }
    base_json_close(view, ']');
}

/* Every file that was refused, whatever the page shows else; with "id" where there is a field to send it again. */
static void put_refused(struct base_buffer *view, const struct front_visit *visit, const struct base_json *service, const struct base_json *application)
{
    const struct front_visit_upload *upload;

    base_json_open(view, "refused", '[');
    for (size_t i = 0; (upload = front_visit_upload_at(visit, i)) != NULL; i++) {
        const char *id = upload->field + 2; /* "d." */

        if (upload->sha256 != NULL)
            continue;
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "file", upload->name);
        base_json_put_text(view, "fault", upload->detail);
        if (service != NULL && is_needed(service, application, id))
            base_json_put_text(view, "id", id);
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

/* -- The page -- */

static void render_step(struct front_visit *visit)
{
    const struct front_visit_ask *service = front_visit_find(visit, "service");
    const struct base_json *application = front_visit_find(visit, "application")->json;
    bool is_shown = service != NULL && front_visit_is_fine(service), is_empty = visit->request->is_post && front_visit_upload_at(visit, 0) == NULL;
    int status = is_empty ? 422 : 200;

    base_json_open(&visit->view, NULL, '{');
    put_items(&visit->view, base_json_member(front_visit_find(visit, "materials")->json, "items"));
    base_json_put_bool(&visit->view, "has_refused", front_visit_has_refused(visit, &status));
    base_json_put_bool(&visit->view, "is_empty", is_empty);
    put_refused(&visit->view, visit, is_shown ? service->json : NULL, application);
    if (is_shown) {
        base_json_put_bool(&visit->view, "may_add", true);
        put_fields(&visit->view, visit, service->json, application, "asked", true);
        put_fields(&visit->view, visit, service->json, application, "others", false);
    }
    base_json_close(&visit->view, '}');
    front_visit_render(visit, status, "documents");
}

static void list_step(struct front_visit *visit)
{
    const struct front_visit_ask *materials = front_visit_find(visit, "materials"), *application = front_visit_find(visit, "application");

    visit->is_private = true;
    if (!front_visit_is_fine(materials)) {
        front_visit_problem(visit, materials);
        return;
    }
    if (front_visit_is_fine(application) && may_add(visit, application->json))
        front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_SHOW, .name = "service",
                                                          .param = base_json_member_text(application->json, "service")});
    front_visit_go(visit, render_step);
}

void front_page_documents(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_MATERIALS, .name = "materials", .param = visit->params[0]});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_SHOW, .name = "application", .param = visit->params[0]});
    front_visit_go(visit, list_step);
}

/* What was sent is with the application already: the page again, with what was refused and why, or that no file came. */
void front_page_documents_sent(struct front_visit *visit)
{
    const struct front_visit_upload *first = front_visit_upload_at(visit, 0);
    struct base_buffer link = {0};
    int status;

    if (first == NULL || front_visit_has_refused(visit, &status)) {
        front_page_documents(visit);
        return;
    }
    base_buffer_put_text(&link, "/applications/");
    front_visit_put_encoded(&link, visit->params[0]);
    base_buffer_put_text(&link, "/documents?done=upload");
    const char *copy = link.is_broken ? NULL : base_arena_text(&visit->request->arena, base_buffer_text(&link), link.size);
    base_buffer_fini(&link);
    front_visit_redirect(visit, copy != NULL ? copy : "/applications");
}

void front_page_document(struct front_visit *visit)
{
    if (front_visit_is_staff(visit))
        front_visit_pass(visit, FRONT_APPLICATION_MATERIAL_CONTENT);
    else
        front_page_documents(visit); /* which asks to sign in */
}
