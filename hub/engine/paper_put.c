/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of what is printed about an application: the applicant with numbers masked, the form in words, the
 * materials handed in, and each department's opinion. */
#include "engine/payment.h"
#include "engine/scope.h"

#include <stdio.h>
#include <string.h>

/* -- The applicant -- */

static void put_name(struct base_buffer *buffer, const char *key, const struct base_json *person)
{
    if (base_json_member_text(person, "name") != NULL)
        base_json_put_text(buffer, key, base_json_member_text(person, "name"));
}

void engine_put_applicant_masked(struct base_buffer *buffer, const struct base_json *document)
{
    const struct base_json *applicant = base_json_member(document, "applicant");
    const char *kind = base_json_member_text(applicant, "kind"), *number = base_json_member_text(applicant, "id_number");
    const char *phone = base_json_member_text(applicant, "phone");
    bool is_organization = kind != NULL && strcmp(kind, "organization") == 0;

    base_json_open(buffer, "applicant", '{');
    if (kind != NULL)
        base_json_put_text(buffer, "kind", kind);
    put_name(buffer, "name", applicant);
    if (base_json_member_text(applicant, "id_type") != NULL)
        base_json_put_text(buffer, "id_type", base_json_member_text(applicant, "id_type"));
    if (number != NULL && is_organization) /* an organization's number is public */
        base_json_put_text(buffer, "id_number", number);
    else if (number != NULL && number[0] != '\0')
        base_json_put_masked(buffer, "id_number", number);
    if (phone != NULL && phone[0] != '\0')
        base_json_put_masked(buffer, "phone", phone);
    put_name(buffer, "agent", base_json_member(applicant, "agent"));
    put_name(buffer, "representative", base_json_member(applicant, "representative"));
    base_json_close(buffer, '}');
}

/* -- The form -- */

static void both(struct base_buffer *words, const char *zh, const char *en)
{
    base_buffer_put_text(&words[CATALOG_ZH_CN], zh);
    base_buffer_put_text(&words[CATALOG_EN], en);
}

static void say_choice(struct base_buffer *words, const struct catalog_field *field, const char *id)
{
    for (size_t i = 0; i < field->choice_count; i++)
        if (strcmp(field->choices[i].id, id) == 0) {
            both(words, field->choices[i].label.in[CATALOG_ZH_CN], field->choices[i].label.in[CATALOG_EN]);
            return;
        }
    both(words, id, id);
}

static void say_value(struct base_buffer *words, const struct catalog_field *field, const struct base_json *value)
{
    char number[40];

    switch (base_json_type(value)) {
    case BASE_JSON_TEXT: say_choice(words, field, base_json_text(value)); break;
    case BASE_JSON_BOOL: both(words, base_json_is_true(value) ? "是" : "否", base_json_is_true(value) ? "yes" : "no"); break;
    case BASE_JSON_NUMBER:
        snprintf(number, sizeof(number), "%.15g", base_json_number(value));
        both(words, number, number);
        break;
    case BASE_JSON_ARRAY:
        for (const struct base_json *item = base_json_first(value); item != NULL; item = base_json_next(item)) {
            if (item != base_json_first(value))
                both(words, "、", ", ");
            if (base_json_text(item) != NULL)
                say_choice(words, field, base_json_text(item));
        }
        break;
    case BASE_JSON_NONE:
    case BASE_JSON_NULL:
    case BASE_JSON_OBJECT: break;
    }
}

static void put_particular(struct base_buffer *buffer, const struct catalog_field *field, const struct base_json *value)
{
    struct base_buffer words[CATALOG_LANGUAGES] = {{0}};

    say_value(words, field, value);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "field", field->id);
    catalog_put_text(buffer, "label", &field->label);
    base_json_open(buffer, "value", '{');
    base_json_put_text(buffer, "zh-CN", base_buffer_text(&words[CATALOG_ZH_CN]));
    base_json_put_text(buffer, "en", base_buffer_text(&words[CATALOG_EN]));
    base_json_close(buffer, '}');
    if (field->unit != NULL)
        base_json_put_text(buffer, "unit", field->unit);
    base_json_close(buffer, '}');
    base_buffer_fini(&words[CATALOG_ZH_CN]);
    base_buffer_fini(&words[CATALOG_EN]);
}

static struct base_json *parse_answers(const struct engine_application *application)
{
    struct base_json_error error;
    struct base_json *answers = NULL;

    if (application->answers.bytes == NULL ||
        base_json_parse(application->answers.bytes, application->answers.size, &answers, &error) != OD_OK)
        return NULL;
    return answers;
}

void engine_put_particulars(struct base_buffer *buffer, const struct engine_application *application, const struct base_json *document,
                            const struct front_request *reader)
{
    const struct catalog_service *service = application->service;
    struct base_json *answers = parse_answers(application);

    base_json_open(buffer, "particulars", '[');
    for (size_t i = 0; i < service->field_count; i++) {
        const struct base_json *value = base_json_member(answers, service->fields[i].id);

        if (value == NULL)
            value = base_json_member(base_json_member(document, "form"), service->fields[i].id);
        if (value != NULL && base_json_type(value) != BASE_JSON_NULL && engine_field_is_for(reader, application, service->fields[i].id))
            put_particular(buffer, &service->fields[i], value);
    }
    base_json_close(buffer, ']');
    base_json_destroy(answers);
}

/* -- What was handed in -- */

static const struct catalog_material *material_find(const struct catalog_service *service, const char *id)
{
    for (size_t i = 0; id != NULL && i < service->matter_count; i++)
        for (size_t k = 0; k < service->matters[i]->material_count; k++)
            if (strcmp(service->matters[i]->materials[k].id, id) == 0)
                return &service->matters[i]->materials[k];
    return NULL;
}

static void put_given_material(struct base_buffer *buffer, const struct catalog_service *service, const struct base_json *item, bool is_later)
{
    const char *id = base_json_member_text(item, "material"), *file = base_json_member_text(item, "name");
    const struct catalog_material *material = material_find(service, id);
    int64_t size;

    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "material", id);
    if (material != NULL)
        catalog_put_text(buffer, "name", &material->name);
    if (file != NULL)
        base_json_put_text(buffer, "file", file);
    if (base_json_member_text(item, "sha256") != NULL)
        base_json_put_text(buffer, "sha256", base_json_member_text(item, "sha256"));
    if (base_json_i64(base_json_member(item, "size"), 0, INT64_MAX, &size) == OD_OK)
        base_json_put_i64(buffer, "size", size);
    base_json_put_bool(buffer, "supplied_later", is_later);
    base_json_close(buffer, '}');
}

void engine_put_given_materials(struct base_buffer *buffer, const struct engine_application *application, const struct base_json *document)
{
    struct base_json *answers = parse_answers(application);
    const struct base_json *lists[] = {base_json_member(document, "materials"), base_json_member(answers, "/materials")};

    base_json_open(buffer, "given", '[');
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (const struct base_json *item = base_json_first(lists[i]); item != NULL; item = base_json_next(item))
            if (i == 0 || !engine_is_superseded(item))
                put_given_material(buffer, application->service, item, i > 0);
    base_json_close(buffer, ']');
    base_json_destroy(answers);
}

/* -- What it costs -- */

void engine_put_fee_lines(struct base_buffer *buffer, const struct engine_application *application)
{
    struct engine_account *account = base_alloc(sizeof(*account));

    if (account == NULL || engine_account_open(application, account) != OD_OK) {
        buffer->is_broken = true;
        base_free(account);
        return;
    }
    base_json_open(buffer, "fees", '[');
    for (size_t i = 0; i < account->count; i++) {
        base_json_open(buffer, NULL, '{');
        catalog_put_fee_line_members(buffer, account->service, &account->lines[i].fee);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
    engine_account_fini(account);
    base_free(account);
}

/* -- What the departments said -- */

/* Not who said it: a paper speaks for the department. */
static void put_said(struct base_buffer *buffer, const struct engine_text *text)
{
    static const char *const members[] = {"reasons", "conditions", "document_no", "at", "reused_from"};
    struct base_json_error error;
    struct base_json *opinion = NULL;

    if (text->bytes == NULL || base_json_parse(text->bytes, text->size, &opinion, &error) != OD_OK)
        return;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (base_json_member(opinion, members[i]) != NULL)
            base_json_put(buffer, members[i], base_json_member(opinion, members[i]));
    base_json_destroy(opinion);
}

void engine_put_opinions_in_words(struct base_buffer *buffer, const struct engine_application *application)
{
    base_json_open(buffer, "opinions", '[');
    for (unsigned i = 0; i < application->core->task_count; i++) {
        const struct core_task *task = &application->core->tasks[i];
        const struct catalog_matter *matter = application->service->matters[i];

        if (task->opinion == CORE_OPINION_NONE)
            continue;
        base_json_open(buffer, NULL, '{');
        engine_put_matter(buffer, matter);
        base_json_put_text(buffer, "opinion", core_opinion_name((enum core_opinion)task->opinion));
        base_json_put_bool(buffer, "deemed", task->is_deemed);
        put_said(buffer, engine_task_text(application, i, ENGINE_TEXT_OPINION));
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}
