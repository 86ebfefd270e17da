/* SPDX-License-Identifier: Apache-2.0 */
/* Applying: service -> form -> submit body -> receipt, or the form again with what was typed.
 */
#include "front/pages_apply.h"

#include <stdio.h>
#include <string.h>

enum { ASK_CATALOG, ASK_SERVICE };

const char *front_apply_value(struct front_visit *visit, const char *prefix, const char *id)
{
    char name[2 * BASE_ID_MAX + 8];

    snprintf(name, sizeof(name), "%.4s%.100s", prefix, id);
    return front_visit_field(visit, name);
}

bool front_apply_has_choice(struct front_visit *visit, const char *field, const char *choice)
{
    char name[2 * BASE_ID_MAX + 8];

    snprintf(name, sizeof(name), "%.64s.%.64s", field, choice);
    return *front_apply_value(visit, "f.", name) != '\0';
}

void front_apply_document(struct front_visit *visit, const char *material, struct front_apply_document *out)
{
    char field[2 * BASE_ID_MAX + 8];
    const struct front_visit_upload *upload;

    snprintf(field, sizeof(field), "d.%.100s", material);
    upload = front_visit_upload_find(visit, field);
    *out = (struct front_apply_document){.name = front_apply_value(visit, "n.", material), .sha256 = front_apply_value(visit, "u.", material)};
    if (upload != NULL && upload->sha256 != NULL) { /* in place of one that was uploaded before */
        out->name = upload->name;
        out->sha256 = upload->sha256;
    }
    out->is_uploaded = *out->sha256 != '\0';
    if (!out->is_uploaded)
        out->sha256 = front_apply_value(visit, "s.", material);
}

bool front_apply_is_given(struct front_visit *visit, const char *material)
{
    struct front_apply_document document;

    front_apply_document(visit, material, &document);
    return *front_apply_value(visit, "m.", material) != '\0' || *document.sha256 != '\0';
}

/* -- Materials of all matters, each once -- */

/* Does an earlier matter, or an earlier place of this one, ask for it too? */
static bool is_repeated(const struct base_json *service, const struct base_json *matter,
                        const struct base_json *material)
{
    const char *id = base_json_member_text(material, "id");

    for (const struct base_json *at = base_json_first(base_json_member(service, "matters"));
         at != NULL; at = base_json_next(at)) {
        for (const struct base_json *item = base_json_first(base_json_member(at, "materials"));
             item != NULL; item = base_json_next(item)) {
            const char *other = base_json_member_text(item, "id");

            if (item == material)
                return false;
            if (id != NULL && other != NULL && strcmp(id, other) == 0)
                return true;
        }
        if (at == matter)
            break;
    }
    return false;
}

const struct base_json *front_apply_material_next(const struct base_json *service,
                                                  const struct base_json **matter,
                                                  const struct base_json *material)
{
    const struct base_json *item = material;

    if (*matter == NULL) {
        *matter = base_json_first(base_json_member(service, "matters"));
        item = base_json_first(base_json_member(*matter, "materials"));
    } else {
        item = base_json_next(item);
    }
    for (;;) {
        while (item == NULL && *matter != NULL) {
            *matter = base_json_next(*matter);
            item = base_json_first(base_json_member(*matter, "materials"));
        }
        if (item == NULL ||
            (base_json_member_text(item, "id") != NULL && !is_repeated(service, *matter, item)))
            return item;
        item = base_json_next(item);
    }
}

/* -- The submit body -- */

static bool is_number(const char *text)
{
    struct base_json_error error;

    return (*text == '-' || (*text >= '0' && *text <= '9')) &&
           base_json_check(text, strlen(text), &error) == OD_OK;
}

static void put_list(struct base_buffer *body, struct front_visit *visit,
                     const struct base_json *field, const char *id)
{
    const struct base_json *choices = base_json_member(field, "choices");

    if (base_json_first(choices) == NULL) {
        if (*front_apply_value(visit, "f.", id) != '\0')
            front_page_put_lines(body, id, front_apply_value(visit, "f.", id));
        return;
    }
    base_json_open(body, id, '[');
    for (const struct base_json *item = base_json_first(choices); item != NULL;
         item = base_json_next(item)) {
        const char *choice = base_json_member_text(item, "id");

        if (choice != NULL && front_apply_has_choice(visit, id, choice))
            base_json_put_text(body, NULL, choice);
    }
    base_json_close(body, ']');
}

void front_apply_put_value(struct base_buffer *body, struct front_visit *visit,
                           const struct base_json *field)
{
    const char *id = base_json_member_text(field, "id"),
               *type = base_json_member_text(field, "type");

    if (id == NULL || type == NULL)
        return;
    const char *value = front_apply_value(visit, "f.", id);
    bool is_numeric = strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
    bool is_logical = strcmp(type, "boolean") == 0 &&
                      (strcmp(value, "true") == 0 || strcmp(value, "false") == 0);

    if (strcmp(type, "list") == 0)
        put_list(body, visit, field, id);
    else if (*value == '\0')
        return;
    else if (is_logical || (is_numeric && is_number(value)))
        base_json_put_raw(body, id, value, strlen(value));
    else
        base_json_put_text(body, id, value);
}

static void put_power(struct base_buffer *body, struct front_visit *visit)
{
    struct front_apply_document document;

    front_apply_document(visit, FRONT_APPLY_POWER, &document);
    const char *name = *document.name != '\0' ? document.name : front_visit_field(visit, "agent.power_of_attorney");
    if (*name == '\0' && !document.is_uploaded)
        return;
    base_json_open(body, "power_of_attorney", '{');
    if (*name != '\0')
        base_json_put_text(body, "name", name);
    if (document.is_uploaded)
        base_json_put_text(body, "sha256", document.sha256);
    base_json_close(body, '}');
}

/* Who acts for the applicant, where a name was typed. */
static void put_other(struct base_buffer *body, struct front_visit *visit, const char *role)
{
    static const char *const members[] = {"name", "id_type", "id_number", "phone"};
    char name[64];

    snprintf(name, sizeof(name), "%.32s.name", role);
    if (*front_visit_field(visit, name) == '\0')
        return;
    base_json_open(body, role, '{');
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        snprintf(name, sizeof(name), "%.32s.%s", role, members[i]);
        if (*front_visit_field(visit, name) != '\0')
            base_json_put_text(body, members[i], front_visit_field(visit, name));
    }
    if (strcmp(role, "agent") == 0)
        put_power(body, visit);
    base_json_close(body, '}');
}

/* In which language the applicant is written to: as chosen, or else that of the page. */
static const char *locale_of(struct front_visit *visit)
{
    const char *chosen = front_visit_field(visit, "locale");

    if (*chosen != '\0')
        return chosen;
    return visit->request->language == FRONT_EN ? "en" : "zh-CN";
}

static void put_applicant(struct base_buffer *body, struct front_visit *visit)
{
    static const char *const members[] = {"kind",      "name",  "id_type",
                                          "id_number", "phone", "email"};

    base_json_open(body, "applicant", '{');
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const char *value = front_visit_field(visit, members[i]);

        if (*value != '\0')
            base_json_put_text(body, members[i], value);
    }
    base_json_put_text(body, "locale", locale_of(visit));
    put_other(body, visit, "agent");
    if (strcmp(front_visit_field(visit, "kind"), "organization") == 0)
        put_other(body, visit, "representative");
    base_json_close(body, '}');
}

static void put_materials(struct base_buffer *body, struct front_visit *visit,
                          const struct base_json *service)
{
    const struct base_json *matter = NULL, *material = NULL;

    base_json_open(body, "materials", '[');
    while ((material = front_apply_material_next(service, &matter, material)) != NULL) {
        const char *id = base_json_member_text(material, "id");
        struct front_apply_document document;

        if (!front_apply_is_given(visit, id))
            continue;
        front_apply_document(visit, id, &document);
        base_json_open(body, NULL, '{');
        base_json_put_text(body, "material", id);
        if (*document.name != '\0')
            base_json_put_text(body, "name", document.name);
        if (*document.sha256 != '\0')
            base_json_put_text(body, "sha256", document.sha256);
        base_json_close(body, '}');
    }
    base_json_close(body, ']');
}

/* What is missing and may follow later: fields "p.<material>", and one day for all of them. */
static void put_promise(struct base_buffer *body, struct front_visit *visit)
{
    bool is_promised = false;

    for (const struct base_json *item = base_json_first(visit->form); item != NULL; item = base_json_next(item))
        is_promised = is_promised || strncmp(base_json_key(item), "p.", 2) == 0;
    if (!is_promised)
        return;
    base_json_open(body, "promise", '{');
    base_json_open(body, "materials", '[');
    for (const struct base_json *item = base_json_first(visit->form); item != NULL; item = base_json_next(item))
        if (strncmp(base_json_key(item), "p.", 2) == 0)
            base_json_put_text(body, NULL, base_json_key(item) + 2);
    base_json_close(body, ']');
    base_json_put_text(body, "until", front_visit_field(visit, "until"));
    base_json_close(body, '}');
}

/* At a window, when the desk says which one; otherwise as somebody who came by the web. */
static void put_channel(struct base_buffer *body, struct front_visit *visit)
{
    const char *window = front_visit_field(visit, "window");
    bool is_at_window = *window != '\0';

    base_json_put_text(body, "channel", is_at_window ? "window" : "web");
    if (is_at_window)
        base_json_put_text(body, "window", window);
}

/* Fields "r.<matter>": an opinion of before, of the application with this number; "consent": the applicant's, to documents of
 * before as well. Nothing where nothing of before is used. */
static void put_reuse(struct base_buffer *body, struct front_visit *visit)
{
    bool has_consent = *front_visit_field(visit, "consent") != '\0', is_any = has_consent;

    for (const struct base_json *item = base_json_first(visit->form); item != NULL; item = base_json_next(item))
        is_any = is_any || strncmp(base_json_key(item), "r.", 2) == 0 || strncmp(base_json_key(item), "s.", 2) == 0;
    if (!is_any)
        return;
    base_json_open(body, "reuse", '{');
    base_json_put_bool(body, "consent", has_consent);
    base_json_open(body, "opinions", '[');
    for (const struct base_json *item = base_json_first(visit->form); item != NULL; item = base_json_next(item)) {
        if (strncmp(base_json_key(item), "r.", 2) != 0)
            continue;
        base_json_open(body, NULL, '{');
        base_json_put_text(body, "matter", base_json_key(item) + 2);
        base_json_put_text(body, "number", base_json_text(item));
        base_json_close(body, '}');
    }
    base_json_close(body, ']');
    base_json_close(body, '}');
}

void front_apply_put_body(struct base_buffer *body, struct front_visit *visit,
                          const struct base_json *service)
{
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "service", base_json_member_text(service, "id"));
    put_applicant(body, visit);
    base_json_open(body, "form", '{');
    for (const struct base_json *field = base_json_first(base_json_member(service, "form"));
         field != NULL; field = base_json_next(field))
        front_apply_put_value(body, visit, field);
    base_json_close(body, '}');
    put_channel(body, visit);
    put_materials(body, visit, service);
    put_promise(body, visit);
    put_reuse(body, visit);
    base_json_close(body, '}');
}

/* -- The pages -- */

static void key_make(char key[FRONT_APPLY_KEY_SIZE])
{
    uint8_t random[16];

    base_random(random, sizeof(random));
    base_hex(random, sizeof(random), key);
}

static bool is_key(const char *key)
{
    return strlen(key) == FRONT_APPLY_KEY_SIZE - 1 &&
           strspn(key, "0123456789abcdef") == FRONT_APPLY_KEY_SIZE - 1;
}

/* Was the key used with another form? Then the next try is an application of its own. */
static bool is_key_used(const struct base_json *problem)
{
    const char *type = base_json_member_text(problem, "type");

    return type != NULL && strcmp(type, "/problems/key_reused") == 0;
}

static void show_form(struct front_visit *visit, int status, const struct base_json *problem)
{
    const char *sent = front_visit_field(visit, "key");
    char key[FRONT_APPLY_KEY_SIZE];
    int refused = 0;

    if (is_key(sent) && !is_key_used(problem))
        snprintf(key, sizeof(key), "%s", sent);
    else
        key_make(key);
    base_json_open(&visit->view, NULL, '{');
    const char *window = front_visit_field(visit, "window"), *asked = front_visit_query(visit, "window");

    base_json_put_text(&visit->view, "key", key);
    base_json_put_bool(&visit->view, "has_refused", front_visit_has_refused(visit, &refused));
    base_json_put_text(&visit->view, "locale", locale_of(visit));
    base_json_put_text(&visit->view, "window", *window == '\0' && asked != NULL ? asked : window);
    base_json_put_bool(&visit->view, "may_upload", front_visit_may(visit->request->identity.roles, FRONT_MATERIAL_UPLOAD));
    front_apply_put_view(&visit->view, visit, visit->asks[ASK_SERVICE].json, problem);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, status, "apply");
}

static void show_step(struct front_visit *visit)
{
    if (front_visit_is_fine(&visit->asks[ASK_SERVICE]))
        show_form(visit, 200, NULL);
    else
        front_visit_problem(visit, &visit->asks[ASK_SERVICE]);
}

/* Who may not submit is told where it is taken in. */
static void ask_service(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_SHOW,
                                                      .name = "service",
                                                      .param = visit->params[0]});
    front_page_ask_where(visit);
}

void front_page_apply(struct front_visit *visit)
{
    ask_service(visit);
    front_visit_go(visit, show_step);
}

static void receipt_step(struct front_visit *visit)
{
    const struct front_visit_ask *submit = front_visit_find(visit, "application");

    visit->is_private = true;
    if (front_visit_is_fine(submit))
        front_visit_render(visit, 200, "receipt");
    else if (submit->status == 401 || submit->status == 403 || submit->json == NULL)
        front_visit_problem(visit, submit);
    else
        show_form(visit, submit->status, submit->json);
}

/* What would become of it, and the form again. */
static void preview_step(struct front_visit *visit)
{
    const struct front_visit_ask *preview = front_visit_find(visit, "preview");

    if (front_visit_is_fine(preview))
        show_form(visit, 200, preview->json);
    else
        front_visit_problem(visit, preview);
}

static void look(struct front_visit *visit, const struct base_json *service)
{
    struct base_buffer body = {0};

    front_apply_put_body(&body, visit, service);
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_PREVIEW,
                                                      .name = "preview",
                                                      .param = visit->params[0],
                                                      .body = base_buffer_text(&body),
                                                      .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, preview_step);
}

static void submit_step(struct front_visit *visit)
{
    const struct front_visit_ask *service = &visit->asks[ASK_SERVICE];
    const char *key = front_visit_field(visit, "key");
    struct base_buffer body = {0};
    int status = 0;

    if (!front_visit_is_fine(service)) {
        front_visit_problem(visit, service);
        return;
    }
    if (!is_key(key)) {
        front_visit_refuse(visit, 400, "malformed");
        return;
    }
    if (*front_visit_field(visit, "look") != '\0') {
        look(visit, service->json);
        return;
    }
    if (front_visit_has_refused(visit, &status)) { /* nothing is submitted without what the applicant meant to send */
        show_form(visit, status, NULL);
        return;
    }
    front_apply_put_body(&body, visit, service->json);
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_SUBMIT,
                                                      .name = "application",
                                                      .body = base_buffer_text(&body),
                                                      .body_size = body.size,
                                                      .idempotency_key = key});
    base_buffer_fini(&body);
    front_visit_go(visit, receipt_step);
}

void front_page_apply_sent(struct front_visit *visit)
{
    ask_service(visit);
    front_visit_go(visit, submit_step);
}
