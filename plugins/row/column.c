/* SPDX-License-Identifier: Apache-2.0 */
#include "column.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum column_source source;
} sources[] = {
    {"application", COLUMN_APPLICATION},     {"task", COLUMN_TASK},
    {"idempotency_key", COLUMN_KEY},         {"matter", COLUMN_MATTER},
    {"department", COLUMN_DEPARTMENT},       {"service", COLUMN_SERVICE},
    {"received_at", COLUMN_RECEIVED_AT},     {"promised_date", COLUMN_PROMISED_DATE},
    {"statutory_date", COLUMN_STATUTORY_DATE}, {"form", COLUMN_FORM},
    {"applicant", COLUMN_APPLICANT},         {"materials", COLUMN_MATERIALS},
};

static bool take_field(struct column *column, const char *text, const char *prefix, enum column_source source)
{
    size_t size = strlen(prefix), length = strlen(text);

    if (strncmp(text, prefix, size) != 0 || length == size || length - size > COLUMN_NAME_MAX)
        return false;
    column->source = source;
    memcpy(column->field, text + size, length - size + 1);
    return true;
}

static bool take_source(struct column *column, const char *text)
{
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (strcmp(sources[i].name, text) == 0) {
            column->source = sources[i].source;
            return true;
        }
    }
    return take_field(column, text, "=", COLUMN_CONSTANT) || take_field(column, text, "form.", COLUMN_FORM_FIELD) ||
           take_field(column, text, "applicant.", COLUMN_APPLICANT_FIELD);
}

static int take_column(const struct setting *object, bool is_identifier, const struct od_value *value, struct columns *out)
{
    struct column *column = &out->items[out->count];

    if (out->count == COLUMNS_MAX)
        return setting_fault(object, "", "names more than 64 columns");
    if (value->key[0] == '\0' || strlen(value->key) > COLUMN_NAME_MAX)
        return setting_fault(object, "", "has a column whose name is empty or too long");
    *column = (struct column){.source = COLUMN_NONE};
    memcpy(column->name, value->key, strlen(value->key) + 1);
    if (is_identifier && !setting_is_identifier(column->name))
        return setting_fault(object, column->name, "may hold letters, digits and _ alone, and begins with no digit");
    if (value->type != OD_VALUE_TEXT || !take_source(column, value->text))
        return setting_fault(object, column->name, "must be form.NAME, applicant.NAME, =TEXT, task, idempotency_key, application, "
                             "matter, department, service, received_at, promised_date, statutory_date, form, applicant or materials");
    out->count++;
    return OD_OK;
}

int columns_read(const struct setting *object, bool is_identifier, struct columns *out)
{
    struct od_value value = {.size = sizeof(value)};
    size_t offset = 0;
    int rc = OD_OK;

    out->count = 0;
    while (rc == OD_OK && object->json != NULL &&
           od_json_next(object->host, object->json, object->size, &offset, &value) == OD_OK)
        rc = take_column(object, is_identifier, &value, out);
    return rc;
}

static int copy(const char *bytes, size_t size, char **value)
{
    *value = strndup(bytes, size);
    return *value != NULL ? OD_OK : OD_ENOMEM;
}

static int copy_field(const struct od_offer *offer, const char *json, size_t size, const char *field, char **value)
{
    struct od_value found;

    if (od_json_member(offer->host, json, size, field, &found) != OD_OK || found.type == OD_VALUE_NULL)
        return OD_OK;
    return found.type == OD_VALUE_TEXT ? copy(found.text, found.text_size, value) : copy(found.json, found.json_size, value);
}

static int copy_text(const char *text, char **value)
{
    return text[0] != '\0' ? copy(text, strlen(text), value) : OD_OK;
}

int column_value(const struct column *column, const struct od_offer *offer, char **value)
{
    *value = NULL;
    switch (column->source) {
    case COLUMN_NONE: return OD_OK;
    case COLUMN_CONSTANT: return copy_text(column->field, value);
    case COLUMN_APPLICATION: return copy_text(offer->application, value);
    case COLUMN_TASK: return copy_text(offer->task_number, value);
    case COLUMN_KEY: return copy_text(offer->idempotency_key, value);
    case COLUMN_MATTER: return copy_text(offer->matter, value);
    case COLUMN_DEPARTMENT: return copy_text(offer->department, value);
    case COLUMN_SERVICE: return copy_text(offer->service, value);
    case COLUMN_RECEIVED_AT: return copy_text(offer->received_at, value);
    case COLUMN_PROMISED_DATE: return copy_text(offer->promised_date, value);
    case COLUMN_STATUTORY_DATE: return copy_text(offer->statutory_date, value);
    case COLUMN_FORM: return copy(offer->form, offer->form_size, value);
    case COLUMN_APPLICANT: return copy(offer->applicant, offer->applicant_size, value);
    case COLUMN_MATERIALS: return copy(offer->materials, offer->materials_size, value);
    case COLUMN_FORM_FIELD: return copy_field(offer, offer->form, offer->form_size, column->field, value);
    case COLUMN_APPLICANT_FIELD: return copy_field(offer, offer->applicant, offer->applicant_size, column->field, value);
    }
    return OD_OK;
}
