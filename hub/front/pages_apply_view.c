/* SPDX-License-Identifier: Apache-2.0 */
/* A service's form as its template shows it: values kept, faults beside their fields. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/pages_apply.h"

/* -- Faults by their JSON pointer -- */

/* Is pointer the value that prefix and id name, or inside it? */
static bool is_at(const char *pointer, const char *prefix, const char *id)
{
    size_t prefix_size = strlen(prefix), id_size = strlen(id);

    return pointer != NULL && strncmp(pointer, prefix, prefix_size) == 0 &&
           strncmp(pointer + prefix_size, id, id_size) == 0 &&
           (pointer[prefix_size + id_size] == '\0' || pointer[prefix_size + id_size] == '/');
}

/* The member of the applicant that is missing, which the page names by its label; or NULL. */
static const char *missing_member(const struct base_json *item)
{
    const char *pointer = base_json_member_text(item, "pointer"),
               *code = base_json_member_text(item, "code");

    if (pointer == NULL || code == NULL || strcmp(code, "required") != 0 ||
        strncmp(pointer, "/applicant/", 11) != 0)
        return NULL;
    return pointer + 11;
}

/* first: a fault that no pointer tells of, or NULL. */
static void put_faults_after(struct base_buffer *view, const char *first, const struct base_json *problem, const char *prefix,
                             const char *id)
{
    const char *missing = NULL;
    bool is_any = first != NULL;

    base_json_open(view, "faults", '[');
    if (first != NULL)
        base_json_put_text(view, NULL, first);
    for (const struct base_json *item = base_json_first(base_json_member(problem, "errors"));
         item != NULL; item = base_json_next(item)) {
        if (!is_at(base_json_member_text(item, "pointer"), prefix, id))
            continue;
        is_any = true;
        if (missing_member(item) != NULL)
            missing = missing_member(item);
        else
            base_json_put_text(view, NULL, base_json_member_text(item, "detail"));
    }
    base_json_close(view, ']');
    base_json_put_text(view, "missing", missing);
    base_json_put_bool(view, "is_wrong", is_any);
}

static void put_faults(struct base_buffer *view, const struct base_json *problem,
                       const char *prefix, const char *id)
{
    put_faults_after(view, NULL, problem, prefix, id);
}

/* Why the file of a material was refused; NULL = it was not, or there is none. */
static const char *refusal_of(struct front_visit *visit, const char *material)
{
    char field[2 * BASE_ID_MAX + 8];

    snprintf(field, sizeof(field), "d.%.100s", material);
    const struct front_visit_upload *upload = front_visit_upload_find(visit, field);
    return upload != NULL && upload->sha256 == NULL ? upload->detail : NULL;
}

/* The ticked material that stands at index in the body. */
static const char *material_at(struct front_visit *visit, const struct base_json *service,
                               unsigned long index)
{
    const struct base_json *matter = NULL, *material = NULL;

    while ((material = front_apply_material_next(service, &matter, material)) != NULL) {
        const char *id = base_json_member_text(material, "id");

        if (front_apply_is_given(visit, id) && index-- == 0)
            return id;
    }
    return NULL;
}

static size_t id_size(const char *pointer)
{
    size_t size = strcspn(pointer, "/");

    return size < BASE_ID_MAX ? size : BASE_ID_MAX;
}

/* The id of the input that a fault is about, for the list of faults on top. */
static void put_anchor(struct base_buffer *view, struct front_visit *visit,
                       const struct base_json *service, const char *pointer)
{
    char anchor[2 * BASE_ID_MAX];

    if (pointer != NULL && strncmp(pointer, "/form/", 6) == 0)
        snprintf(anchor, sizeof(anchor), "f.%.*s", (int)id_size(pointer + 6), pointer + 6);
    else if (pointer != NULL && strncmp(pointer, "/applicant/", 11) == 0)
        snprintf(anchor, sizeof(anchor), "%.64s", pointer + 11);
    else if (pointer != NULL && strncmp(pointer, "/materials/", 11) == 0) {
        const char *id = material_at(visit, service, strtoul(pointer + 11, NULL, 10));
        snprintf(anchor, sizeof(anchor), "m.%.64s", id == NULL ? "" : id);
    } else if (pointer != NULL && strncmp(pointer, "/promise", 8) == 0)
        snprintf(anchor, sizeof(anchor), "until");
    else
        return;
    base_json_put_text(view, "anchor", anchor);
}

/* Files that were refused: by name, since somebody may have sent several. */
static void put_refused(struct base_buffer *view, struct front_visit *visit)
{
    const struct front_visit_upload *upload;

    for (size_t i = 0; (upload = front_visit_upload_at(visit, i)) != NULL; i++) {
        if (upload->sha256 != NULL)
            continue;
        base_json_open(view, NULL, '{');
        base_json_put_null(view, "missing");
        base_json_put_text(view, "file", upload->name);
        base_json_put_text(view, "detail", upload->detail);
        base_json_put_text(view, "anchor", upload->field);
        base_json_close(view, '}');
    }
}

static void put_errors(struct base_buffer *view, struct front_visit *visit,
                       const struct base_json *service, const struct base_json *problem)
{
    base_json_open(view, "errors", '[');
    for (const struct base_json *item = base_json_first(base_json_member(problem, "errors"));
         item != NULL; item = base_json_next(item)) {
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "missing", missing_member(item));
        base_json_put_text(view, "detail",
                           missing_member(item) == NULL ? base_json_member_text(item, "detail")
                                                        : NULL);
        put_anchor(view, visit, service, base_json_member_text(item, "pointer"));
        base_json_close(view, '}');
    }
    put_refused(view, visit);
    base_json_close(view, ']');
}

/* -- The applicant -- */

static void put_applicant(struct base_buffer *view, const struct base_json *problem)
{
    static const char *const members[] = {"kind",      "name",  "id_type",
                                          "id_number", "phone", "email"};

    base_json_open(view, "applicant", '{');
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        base_json_open(view, members[i], '{');
        put_faults(view, problem, "/applicant/", members[i]);
        base_json_close(view, '}');
    }
    base_json_close(view, '}');
}

static void put_kinds(struct base_buffer *view, struct front_visit *visit,
                      const struct base_json *service)
{
    const struct base_json *kinds = base_json_member(service, "applicant_kinds");
    const char *chosen = front_visit_field(visit, "kind");
    bool is_first = true;

    base_json_open(view, "kinds", '[');
    for (const struct base_json *item = base_json_first(kinds); item != NULL;
         item = base_json_next(item)) {
        const char *kind = base_json_text(item);

        if (kind == NULL)
            continue;
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "id", kind);
        base_json_put_bool(view, "is_chosen",
                           *chosen != '\0' ? strcmp(kind, chosen) == 0 : is_first);
        base_json_close(view, '}');
        is_first = false;
    }
    base_json_close(view, ']');
    base_json_put_bool(view, "has_kinds", base_json_count(kinds) > 1);
}

/* -- Fields -- */

static void put_choices(struct base_buffer *view, struct front_visit *visit,
                        const struct base_json *field, const char *id, bool is_list)
{
    const char *value = front_apply_value(visit, "f.", id);

    base_json_open(view, "choices", '[');
    for (const struct base_json *item = base_json_first(base_json_member(field, "choices"));
         item != NULL; item = base_json_next(item)) {
        const char *choice = base_json_member_text(item, "id");
        char name[2 * BASE_ID_MAX + 8];

        if (choice == NULL)
            continue;
        snprintf(name, sizeof(name), "f.%.64s.%.64s", id, choice);
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "id", choice);
        base_json_put_text(view, "name", name);
        base_json_put(view, "label", base_json_member(item, "label"));
        base_json_put_bool(view, "is_chosen",
                           is_list ? front_apply_has_choice(visit, id, choice)
                                   : strcmp(choice, value) == 0);
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

void front_apply_put_field(struct base_buffer *view, struct front_visit *visit,
                           const struct base_json *field, const struct base_json *problem)
{
    static const char *const kept[] = {"id",       "type", "label", "hint",      "unit",
                                       "required", "min",  "max",   "max_length"};
    const char *id = base_json_member_text(field, "id"),
               *type = base_json_member_text(field, "type");

    if (id == NULL || type == NULL)
        return;
    base_json_open(view, NULL, '{');
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        const struct base_json *member = base_json_member(field, kept[i]);
        if (member != NULL)
            base_json_put(view, kept[i], member);
        else
            base_json_put_null(view, kept[i]);
    }
    base_json_put_text(view, "value", front_apply_value(visit, "f.", id));
    put_choices(view, visit, field, id, strcmp(type, "list") == 0);
    put_faults(view, problem, "/form/", id);
    base_json_close(view, '}');
}

/* -- Materials -- */

/* May what is missing follow later, against a promise? Only where the service says how long that may take. */
static bool takes_promise(const struct base_json *service)
{
    return base_json_type(base_json_member(base_json_member(service, "limits"), "tolerance")) == BASE_JSON_OBJECT;
}

static bool has_tolerant(const struct base_json *service)
{
    const struct base_json *matter = NULL, *material = NULL;
    bool is_any = false;

    while ((material = front_apply_material_next(service, &matter, material)) != NULL)
        is_any = is_any || base_json_is_true(base_json_member(material, "tolerant"));
    return is_any && takes_promise(service);
}

static void put_document(struct base_buffer *view, struct front_visit *visit, const char *material)
{
    struct front_apply_document document;

    front_apply_document(visit, material, &document);
    base_json_put_text(view, "file", document.name);
    base_json_put_text(view, "sha256", document.is_uploaded ? document.sha256 : NULL);
}

static void put_material(struct base_buffer *view, struct front_visit *visit, const struct base_json *service,
                         const struct base_json *material, const struct base_json *problem,
                         unsigned index)
{
    const char *id = base_json_member_text(material, "id");
    bool is_given = front_apply_is_given(visit, id);
    char number[16];

    base_json_open(view, NULL, '{');
    base_json_put_text(view, "id", id);
    base_json_put(view, "name", base_json_member(material, "name"));
    base_json_put_bool(view, "required",
                       base_json_is_true(base_json_member(material, "required")));
    base_json_put(view, "when_text", base_json_member(material, "when_text"));
    base_json_put_bool(view, "is_given", is_given);
    if (takes_promise(service) && base_json_is_true(base_json_member(material, "tolerant"))) {
        base_json_put_bool(view, "is_tolerant", true);
        base_json_put_bool(view, "is_promised", *front_apply_value(visit, "p.", id) != '\0');
    }
    put_document(view, visit, id);
    snprintf(number, sizeof(number), "%u", index);
    put_faults_after(view, refusal_of(visit, id), is_given ? problem : NULL, "/materials/", number);
    base_json_close(view, '}');
}

/* Grouped by the first matter that asks for each. */
static void put_groups(struct base_buffer *view, struct front_visit *visit,
                       const struct base_json *service, const struct base_json *problem)
{
    const struct base_json *matter = NULL, *material = NULL, *open = NULL;
    unsigned index = 0; /* in the body */

    base_json_open(view, "groups", '[');
    while ((material = front_apply_material_next(service, &matter, material)) != NULL) {
        if (matter != open) {
            if (open != NULL) {
                base_json_close(view, ']');
                base_json_close(view, '}');
            }
            base_json_open(view, NULL, '{');
            base_json_put(view, "name", base_json_member(matter, "name"));
            base_json_put(view, "when_text", base_json_member(matter, "when_text"));
            base_json_open(view, "materials", '[');
            open = matter;
        }
        put_material(view, visit, service, material, problem, index);
        index += front_apply_is_given(visit, base_json_member_text(material, "id"));
    }
    if (open != NULL) {
        base_json_close(view, ']');
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

/* Who acts for the applicant, as typed. */
static void put_others(struct base_buffer *view, struct front_visit *visit)
{
    static const char *const roles[] = {"agent", "representative"};
    static const char *const members[] = {"name", "phone", "id_number", "power_of_attorney"};
    bool is_any = false;
    char name[64];

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        base_json_open(view, roles[i], '{');
        for (size_t k = 0; k < sizeof(members) / sizeof(members[0]); k++) {
            snprintf(name, sizeof(name), "%s.%s", roles[i], members[k]);
            const char *value = front_visit_field(visit, name);

            is_any = is_any || *value != '\0';
            base_json_put_text(view, members[k], value);
        }
        base_json_close(view, '}');
    }
    base_json_put_bool(view, "has_others", is_any);
}

/* One thing that a preview offers, and whether it was chosen: as ticked, or at its first sight the one that asks for nothing. */
static void put_offer(struct base_buffer *view, struct front_visit *visit, const struct base_json *item, const char *prefix,
                      const char *name, const char *value)
{
    bool is_first = *front_visit_field(visit, "offered") == '\0';
    const char *kept = front_apply_value(visit, prefix, base_json_member_text(item, name)), *own = base_json_member_text(item, value);

    base_json_open(view, NULL, '{');
    for (const struct base_json *member = base_json_first(item); member != NULL; member = base_json_next(member))
        base_json_put(view, base_json_key(member), member);
    base_json_put_bool(view, "is_chosen", is_first ? prefix[0] == 's' : own != NULL && strcmp(kept, own) == 0);
    base_json_close(view, '}');
}

static void put_offers(struct base_buffer *view, struct front_visit *visit)
{
    const struct front_visit_ask *preview = front_visit_find(visit, "preview");
    const struct base_json *reuse = preview != NULL ? base_json_member(preview->json, "reuse") : NULL;
    const struct base_json *materials = base_json_member(reuse, "materials"), *opinions = base_json_member(reuse, "opinions");
    bool is_first = *front_visit_field(visit, "offered") == '\0';

    base_json_open(view, "offers", '{');
    base_json_open(view, "materials", '[');
    for (const struct base_json *item = base_json_first(materials); item != NULL; item = base_json_next(item))
        put_offer(view, visit, item, "s.", "material", "sha256");
    base_json_close(view, ']');
    base_json_open(view, "opinions", '[');
    for (const struct base_json *item = base_json_first(opinions); item != NULL; item = base_json_next(item))
        put_offer(view, visit, item, "r.", "matter", "number");
    base_json_close(view, ']');
    base_json_put_bool(view, "is_any", base_json_count(materials) + base_json_count(opinions) > 0);
    base_json_put_bool(view, "has_consent", is_first ? base_json_count(opinions) == 0 : *front_visit_field(visit, "consent") != '\0');
    base_json_close(view, '}');
}

/* What was chosen of what a preview offered, while no preview is shown; and why it is refused. */
static void put_kept(struct base_buffer *view, struct front_visit *visit, const struct base_json *problem)
{
    bool is_shown = front_visit_find(visit, "preview") != NULL;

    base_json_open(view, "kept", '[');
    for (const struct base_json *item = base_json_first(visit->form); !is_shown && item != NULL; item = base_json_next(item)) {
        const char *name = base_json_key(item);

        if (strncmp(name, "s.", 2) != 0 && strncmp(name, "r.", 2) != 0 && strcmp(name, "consent") != 0 && strcmp(name, "offered") != 0)
            continue;
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "name", name);
        base_json_put_text(view, "value", base_json_text(item));
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
    base_json_open(view, "reuse", '{');
    put_faults(view, problem, "/reuse", "");
    base_json_close(view, '}');
}

void front_apply_put_view(struct base_buffer *view, struct front_visit *visit,
                          const struct base_json *service, const struct base_json *problem)
{
    put_applicant(view, problem);
    put_kinds(view, visit, service);
    put_others(view, visit);
    base_json_open(view, "power", '{');
    base_json_put_text(view, "id", FRONT_APPLY_POWER);
    put_document(view, visit, FRONT_APPLY_POWER);
    put_faults_after(view, refusal_of(visit, FRONT_APPLY_POWER), NULL, "", "");
    base_json_close(view, '}');
    base_json_open(view, "fields", '[');
    for (const struct base_json *field = base_json_first(base_json_member(service, "form"));
         field != NULL; field = base_json_next(field))
        front_apply_put_field(view, visit, field, problem);
    base_json_close(view, ']');
    put_groups(view, visit, service, problem);
    put_kept(view, visit, problem);
    put_offers(view, visit);
    if (has_tolerant(service)) {
        base_json_open(view, "promise", '{');
        put_faults(view, problem, "/promise", "");
        base_json_close(view, '}');
    }
    put_errors(view, visit, service, problem);
}
