/* SPDX-License-Identifier: Apache-2.0 */
/* The Service Guide as JSON. What the file says in words is passed through as it
 * stands there; what has a meaning for the engine is put from the tables, so that guide
 * and rule cannot differ. */
#include <stdio.h>
#include <string.h>

#include "catalog/condition.h"
#include "catalog/fee.h"
#include "catalog/limit_put.h"
#include "catalog/tables.h"
#include "core/names.h"

static const char *const languages[CATALOG_LANGUAGES] = {[CATALOG_ZH_CN] = "zh-CN", [CATALOG_EN] = "en"};

void catalog_put_text(struct base_buffer *buffer, const char *key, const struct catalog_text *text)
{
    base_json_open(buffer, key, '{');
    for (size_t i = 0; i < CATALOG_LANGUAGES; i++)
        base_json_put_text(buffer, languages[i], text->in[i]);
    base_json_close(buffer, '}');
}

static void known_text_put(struct base_buffer *buffer, const char *key, const char *text)
{
    if (text != NULL)
        base_json_put_text(buffer, key, text);
}

/* Of a working day, "HH:MM". */
static void hours_put(struct base_buffer *buffer, const struct catalog *catalog)
{
    char time[2][16];
    int32_t opens = catalog->opens_minute, closes = catalog->closes_minute;

    snprintf(time[0], sizeof(time[0]), "%02d:%02d", (int)(opens / 60), (int)(opens % 60));
    snprintf(time[1], sizeof(time[1]), "%02d:%02d", (int)(closes / 60), (int)(closes % 60));
    base_json_put_text(buffer, "opens", time[0]);
    base_json_put_text(buffer, "closes", time[1]);
}

void catalog_put_center(struct base_buffer *buffer, const char *key, const struct catalog *catalog)
{
    const struct catalog_contact *contact = catalog_contact(catalog);

    base_json_open(buffer, key, '{');
    catalog_put_text(buffer, "name", catalog_center_name(catalog));
    if (contact->address.in[CATALOG_ZH_CN] != NULL)
        catalog_put_text(buffer, "address", &contact->address);
    known_text_put(buffer, "phone", contact->phone);
    known_text_put(buffer, "complaints", contact->complaints);
    known_text_put(buffer, "site", contact->site);
    hours_put(buffer, catalog);
    base_json_open(buffer, "paper_languages", '[');
    for (uint8_t i = 0; i < contact->language_count; i++)
        base_json_put_text(buffer, NULL, languages[contact->languages[i]]);
    base_json_close(buffer, ']');
    base_json_close(buffer, '}');
}

/* A member as in the file; nothing when it is not there. */
static void slice_put(struct base_buffer *buffer, const char *key, const char *text, size_t size)
{
    const char *value;
    size_t value_size;

    if (catalog_slice(text, size, key, &value, &value_size))
        base_json_put_raw(buffer, key, value, value_size);
}

/* "when" as data and "when_text" in words; both null when there is no condition. */
static void when_put(struct base_buffer *buffer, const struct catalog_condition *when,
                     const struct catalog_service *service)
{
    struct catalog_line line;

    catalog_condition_put(buffer, "when", when);
    if (when == NULL) {
        base_json_put_null(buffer, "when_text");
        return;
    }
    base_json_open(buffer, "when_text", '{');
    for (size_t i = 0; i < CATALOG_LANGUAGES; i++) {
        catalog_line_init(&line);
        catalog_condition_words(when, service, (enum catalog_language)i, &line);
        base_json_put_text_n(buffer, languages[i], line.text, line.size);
    }
    base_json_close(buffer, '}');
}

static void department_name_put(struct base_buffer *buffer, const char *key,
                                const struct catalog_department *department)
{
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "id", department->id);
    catalog_put_text(buffer, "name", &department->name);
    base_json_close(buffer, '}');
}

void catalog_put_department(struct base_buffer *buffer, const char *key, const struct catalog_department *department)
{
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "id", department->id);
    catalog_put_text(buffer, "name", &department->name);
    slice_put(buffer, "phone", department->text, department->text_size);
    slice_put(buffer, "address", department->text, department->text_size);
    base_json_close(buffer, '}');
}

static void material_put(struct base_buffer *buffer, const struct catalog_material *material,
                         const struct catalog_service *service)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "id", material->id);
    catalog_put_text(buffer, "name", &material->name);
    base_json_put_bool(buffer, "required", material->is_required);
    base_json_put_bool(buffer, "tolerant", material->is_tolerant);
    catalog_put_document_rule(buffer, material);
    when_put(buffer, material->when, service);
    base_json_close(buffer, '}');
}

static void disclosures_put(struct base_buffer *buffer, const struct catalog_matter *matter,
                            const struct catalog_service *service)
{
    const struct catalog *catalog = matter->catalog;

    catalog_put_text(buffer, "name", &matter->name);
    slice_put(buffer, "legal_basis", matter->text, matter->text_size);
    slice_put(buffer, "procedure", matter->text, matter->text_size);
    base_json_open(buffer, "materials", '[');
    for (size_t i = 0; i < matter->material_count; i++)
        material_put(buffer, &matter->materials[i], service);
    base_json_close(buffer, ']');
    base_json_open(buffer, "limits", '{');
    catalog_limit_put(buffer, "statutory", catalog, CATALOG_LIMIT_TASK, &matter->statutory);
    catalog_limit_put(buffer, "promised", catalog, CATALOG_LIMIT_TASK, &matter->promised);
    if (matter->watch.unit != CORE_UNIT_NONE)
        catalog_limit_put(buffer, "watch", catalog, CATALOG_LIMIT_WATCH, &matter->watch);
    base_json_close(buffer, '}');
    catalog_put_fee_standards(buffer, "fees", matter, service);
}

static void after_put(struct base_buffer *buffer, const struct catalog_matter *matter)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "id", matter->id);
    catalog_put_text(buffer, "name", &matter->name);
    base_json_close(buffer, '}');
}

/* Matters that come before: in a service as the service has it, else as the matter says. */
static void afters_put(struct base_buffer *buffer, const struct catalog_matter *matter,
                       const struct catalog_service *service, size_t task)
{
    base_json_open(buffer, "after", '[');
    for (size_t i = 0; service == NULL && i < matter->after_count; i++)
        after_put(buffer, matter->after[i]);
    for (size_t i = 0; service != NULL && i < service->matter_count; i++) {
        if ((service->rules.matters[task].after >> i & 1) != 0)
            after_put(buffer, service->matters[i]);
    }
    base_json_close(buffer, ']');
}

/* The rest of a matter: which forms it sees, what happens to its clock. */
static void conduct_put(struct base_buffer *buffer, const struct catalog_matter *matter)
{
    base_json_open(buffer, "fields", '[');
    for (size_t i = 0; i < matter->field_count; i++)
        base_json_put_text(buffer, NULL, matter->fields[i]);
    base_json_close(buffer, ']');
    base_json_put_text(buffer, "expiry", core_expiry_name((enum core_expiry)matter->expiry));
    base_json_open(buffer, "pauses", '[');
    for (unsigned kind = CORE_PAUSE_HEARING; kind <= CORE_PAUSE_AUCTION; kind++) {
        if ((matter->pause_kinds >> kind & 1) != 0)
            base_json_put_text(buffer, NULL, core_pause_kind_name((enum core_pause_kind)kind));
    }
    base_json_close(buffer, ']');
    catalog_stages_put(buffer, matter->catalog, matter);
    slice_put(buffer, "quantity", matter->text, matter->text_size);
    if (matter->is_safety)
        base_json_put_bool(buffer, "safety", true);
    if (matter->needs_two_officers)
        base_json_put_bool(buffer, "two_officers", true);
    if (matter->gives_no_opinion)
        base_json_put_bool(buffer, "gives_opinion", false);
    slice_put(buffer, "valid_from", matter->text, matter->text_size);
    slice_put(buffer, "valid_to", matter->text, matter->text_size);
}

static void matter_put(struct base_buffer *buffer, const char *key, const struct catalog_matter *matter,
                       const struct catalog_service *service, size_t task)
{
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "id", matter->id);
    department_name_put(buffer, "department", matter->department);
    base_json_put_text(buffer, "kind", matter->is_on_the_spot ? "on_the_spot" : "promised");
    disclosures_put(buffer, matter, service);
    when_put(buffer, service != NULL ? service->whens[task] : matter->when, service);
    afters_put(buffer, matter, service, task);
    conduct_put(buffer, matter);
    base_json_close(buffer, '}');
}

void catalog_put_matter(struct base_buffer *buffer, const char *key, const struct catalog_matter *matter)
{
    matter_put(buffer, key, matter, NULL, 0);
}

static void departments_put(struct base_buffer *buffer, const struct catalog_service *service)
{
    base_json_open(buffer, "departments", '[');
    for (size_t i = 0; i < service->matter_count; i++) {
        size_t first = 0;
        while (service->matters[first]->department != service->matters[i]->department)
            first++;
        if (first == i)
            department_name_put(buffer, NULL, service->matters[i]->department);
    }
    base_json_close(buffer, ']');
}

static void applicants_put(struct base_buffer *buffer, const struct catalog_service *service)
{
    base_json_open(buffer, "applicant_kinds", '[');
    if ((service->applicant_kinds & CATALOG_APPLICANT_PERSON) != 0)
        base_json_put_text(buffer, NULL, "person");
    if ((service->applicant_kinds & CATALOG_APPLICANT_ORGANIZATION) != 0)
        base_json_put_text(buffer, NULL, "organization");
    base_json_close(buffer, ']');
}

void catalog_put_service_brief(struct base_buffer *buffer, const char *key, const struct catalog_service *service)
{
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "id", service->id);
    catalog_put_text(buffer, "name", &service->name);
    catalog_put_text(buffer, "summary", &service->summary);
    base_json_put_text(buffer, "initials", service->initials);
    applicants_put(buffer, service);
    departments_put(buffer, service);
    base_json_put_i64(buffer, "matter_count", (int64_t)service->matter_count);
    catalog_limit_put_brief(buffer, "promised", &service->rules.promised);
    base_json_close(buffer, '}');
}

static void limits_put(struct base_buffer *buffer, const struct catalog_service *service)
{
    const struct core_rules *rules = &service->rules;
    const struct { const char *key; enum catalog_limit_place place; const struct core_limit *limit; } rows[] = {
        {"statutory", CATALOG_LIMIT_JOINT, &rules->statutory},       {"promised", CATALOG_LIMIT_JOINT, &rules->promised},
        {"supplement", CATALOG_LIMIT_SUPPLEMENT, &rules->supplement}, {"intake", CATALOG_LIMIT_INTAKE, &rules->intake},
        {"delivery", CATALOG_LIMIT_DELIVERY, &rules->delivery},       {"tolerance", CATALOG_LIMIT_TOLERANCE, &rules->tolerance},
    };

    base_json_open(buffer, "limits", '{');
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].limit->unit != CORE_UNIT_NONE || i < 3) /* the first three are always there */
            catalog_limit_put(buffer, rows[i].key, service->catalog, rows[i].place, rows[i].limit);
    }
    base_json_close(buffer, '}');
}

/* Who looks at an application first, who else may be competent, what is put right on the spot. */
static void intake_put(struct base_buffer *buffer, const struct catalog_service *service)
{
    base_json_open(buffer, "intake", '{');
    base_json_put_text(buffer, "check", service->is_officer_checked ? "officer" : "automatic");
    base_json_close(buffer, '}');
    if (service->competence_count > 0)
        base_json_open(buffer, "competence", '[');
    for (size_t i = 0; i < service->competence_count; i++) {
        base_json_open(buffer, NULL, '{');
        when_put(buffer, service->competences[i].when, service);
        catalog_put_text(buffer, "body", &service->competences[i].body);
        catalog_put_text(buffer, "text", &service->competences[i].text);
        base_json_close(buffer, '}');
    }
    if (service->competence_count > 0)
        base_json_close(buffer, ']');
}

static void corrections_put(struct base_buffer *buffer, const struct catalog_service *service)
{
    if (service->correction_count == 0)
        return;
    base_json_open(buffer, "corrections", '[');
    for (size_t i = 0; i < service->correction_count; i++) {
        const struct catalog_correction *correction = &service->corrections[i];
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "id", correction->id);
        when_put(buffer, correction->when, service);
        base_json_open(buffer, "fields", '[');
        for (size_t k = 0; k < correction->field_count; k++)
            base_json_put_text(buffer, NULL, correction->fields[k]);
        base_json_close(buffer, ']');
        catalog_put_text(buffer, "text", &correction->text);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

void catalog_put_service(struct base_buffer *buffer, const char *key, const struct catalog_service *service)
{
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "id", service->id);
    catalog_put_text(buffer, "name", &service->name);
    catalog_put_text(buffer, "summary", &service->summary);
    applicants_put(buffer, service);
    departments_put(buffer, service);
    slice_put(buffer, "policy", service->text, service->text_size);
    base_json_put_bool(buffer, "stops_on_veto", service->rules.stops_on_veto);
    limits_put(buffer, service);
    base_json_put_text(buffer, "expiry", core_expiry_name((enum core_expiry)service->rules.expiry));
    if (service->rule_set != NULL)
        base_json_put_text(buffer, "rule_set", service->rule_set->id);
    intake_put(buffer, service);
    corrections_put(buffer, service);
    slice_put(buffer, "form", service->text, service->text_size);
    base_json_open(buffer, "matters", '[');
    for (size_t i = 0; i < service->matter_count; i++)
        matter_put(buffer, NULL, service->matters[i], service, i);
    base_json_close(buffer, ']');
    base_json_put_text(buffer, "catalog_version", catalog_version(service->catalog));
    base_json_close(buffer, '}');
}

void catalog_put_example(struct base_buffer *buffer, const char *key, const struct catalog_service *service)
{
    const char *value;
    size_t size;

    if (catalog_slice(service->text, service->text_size, "example", &value, &size))
        base_json_put_raw(buffer, key, value, size);
}
