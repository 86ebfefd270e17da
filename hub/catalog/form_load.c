/* SPDX-License-Identifier: Apache-2.0 */
/* The form of a service: fields, their types and ranges. */
#include <string.h>

#include "catalog/loading.h"

#define NUMBER_MAX INT64_C(9007199254740992) /* 2^53: what a double holds exactly */
#define LENGTH_DEFAULT 1000 /* characters of a text whose field sets no max_length */
#define LENGTH_MAX 32768
#define ITEMS_DEFAULT 100

/* Bits of the members that belong to a type; a member of another type is refused. */
enum { RANGE = 1, LENGTH = 2, ITEMS = 4, CHOICES = 8 };

static const uint8_t members_of_type[] = {
    [CATALOG_FIELD_TEXT] = LENGTH,    [CATALOG_FIELD_INTEGER] = RANGE, [CATALOG_FIELD_NUMBER] = RANGE,
    [CATALOG_FIELD_BOOLEAN] = 0,      [CATALOG_FIELD_DATE] = 0,        [CATALOG_FIELD_CHOICE] = CHOICES,
    [CATALOG_FIELD_LIST] = LENGTH | ITEMS | CHOICES,
};

static void foreign_check(struct catalog_loading *loading, const struct base_json *json,
                          const struct catalog_spot *spot, enum catalog_field_type type)
{
    static const struct { const char *member; uint8_t bit; } rows[] = {
        {"min", RANGE},         {"max", RANGE},       {"min_length", LENGTH},
        {"max_length", LENGTH}, {"max_items", ITEMS}, {"choices", CHOICES},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && type != CATALOG_FIELD_NONE; i++) {
        struct catalog_spot at = {spot, rows[i].member, 0};
        if (base_json_member(json, rows[i].member) != NULL && (members_of_type[type] & rows[i].bit) == 0)
            catalog_report(loading, &at, "\"%s\" does not belong to a field of this type; remove it", rows[i].member);
    }
}

static double number_read(struct catalog_loading *loading, const struct base_json *json,
                          const struct catalog_spot *spot, const char *key, double fallback)
{
    const struct base_json *number = base_json_member(json, key);
    struct catalog_spot at = {spot, key, 0};

    if (number == NULL)
        return fallback;
    if (base_json_type(number) != BASE_JSON_NUMBER)
        catalog_report(loading, &at, "\"%s\" is to be a number", key);
    return base_json_number(number);
}

static void range_read(struct catalog_loading *loading, const struct base_json *json,
                       const struct catalog_spot *spot, struct catalog_field *out)
{
    if (out->type == CATALOG_FIELD_INTEGER) {
        out->min = (double)catalog_read_integer(loading, json, spot, "min", -NUMBER_MAX, NUMBER_MAX, -NUMBER_MAX);
        out->max = (double)catalog_read_integer(loading, json, spot, "max", -NUMBER_MAX, NUMBER_MAX, NUMBER_MAX);
    } else if (out->type == CATALOG_FIELD_NUMBER) {
        out->min = number_read(loading, json, spot, "min", -(double)NUMBER_MAX);
        out->max = number_read(loading, json, spot, "max", (double)NUMBER_MAX);
    }
    if (out->min > out->max)
        catalog_report(loading, spot, "\"min\" is larger than \"max\"");
}

static void length_read(struct catalog_loading *loading, const struct base_json *json,
                        const struct catalog_spot *spot, struct catalog_field *out)
{
    if ((members_of_type[out->type] & LENGTH) == 0)
        return;
    /* What is required is not met by an empty text. */
    out->min_length = (uint32_t)catalog_read_integer(loading, json, spot, "min_length", 0, LENGTH_MAX,
                                                     out->is_required ? 1 : 0);
    out->max_length = (uint32_t)catalog_read_integer(loading, json, spot, "max_length", 1, LENGTH_MAX,
                                                     LENGTH_DEFAULT);
    if (out->min_length > out->max_length)
        catalog_report(loading, spot,
                       base_json_member(json, "max_length") != NULL ? "\"min_length\" is larger than \"max_length\""
                                                                    : "\"min_length\" is larger than \"max_length\" (1000 when it is not set)");
    if (out->type == CATALOG_FIELD_LIST)
        out->max_items = (uint32_t)catalog_read_integer(loading, json, spot, "max_items", 1,
                                                        CATALOG_ITEMS_MAX, ITEMS_DEFAULT);
}

static void choices_read(struct catalog_loading *loading, const struct base_json *json,
                         const struct catalog_spot *spot, struct catalog_field *out)
{
    static const char *const members[] = {"id", "label"};
    const struct base_json *list = catalog_read_list(loading, json, spot, "choices",
            out->type == CATALOG_FIELD_CHOICE, 1, CATALOG_CHOICES_MAX);
    struct catalog_spot list_spot = {spot, "choices", 0};
    size_t count = base_json_count(list), i = 0;

    struct catalog_choice *choices = count > 0 ? catalog_take(loading, count * sizeof(*choices)) : NULL;
    if (choices == NULL)
        return;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot at = {&list_spot, NULL, i};
        if (!catalog_read_object(loading, item, &at, (struct catalog_words){members, 2}))
            continue;
        choices[i].id = catalog_read_id(loading, item, &at, "id");
        catalog_read_text(loading, item, &at, "label", true, &choices[i].label);
        for (size_t j = 0; j < i && choices[i].id != NULL; j++) {
            if (choices[j].id != NULL && strcmp(choices[i].id, choices[j].id) == 0)
                catalog_report(loading, &at, "choice \"%s\" stands twice; remove one", choices[i].id);
        }
    }
    out->choices = choices;
    out->choice_count = count;
}

static void field_read(struct catalog_loading *loading, const struct base_json *json,
                       const struct catalog_spot *spot, struct catalog_field *out)
{
    static const char *const members[] = {"id", "type", "label", "hint", "unit", "required", "min", "max",
                                          "min_length", "max_length", "max_items", "choices", "personal"};
    static const char *const types[] = {
        [CATALOG_FIELD_TEXT] = "text", [CATALOG_FIELD_INTEGER] = "integer", [CATALOG_FIELD_NUMBER] = "number",
        [CATALOG_FIELD_BOOLEAN] = "boolean", [CATALOG_FIELD_DATE] = "date", [CATALOG_FIELD_CHOICE] = "choice",
        [CATALOG_FIELD_LIST] = "list"};

    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 13}))
        return;
    out->id = catalog_read_id(loading, json, spot, "id");
    catalog_read_text(loading, json, spot, "label", true, &out->label);
    catalog_read_text(loading, json, spot, "hint", false, &out->hint);
    out->unit = catalog_read_string(loading, json, spot, "unit", false, 32);
    out->is_required = catalog_read_flag(loading, json, spot, "required", false);
    out->is_personal = catalog_read_flag(loading, json, spot, "personal", false);
    out->type = (enum catalog_field_type)catalog_read_word(loading, json, spot, "type", true,
                                                           (struct catalog_words){types, 8});
    foreign_check(loading, json, spot, out->type);
    range_read(loading, json, spot, out);
    length_read(loading, json, spot, out);
    if ((members_of_type[out->type] & CHOICES) != 0)
        choices_read(loading, json, spot, out);
}

void catalog_form_load(struct catalog_loading *loading, const struct base_json *json,
                       struct catalog_service *out, struct catalog_service_tables *tables)
{
    const struct base_json *list = catalog_read_list(loading, json, NULL, "form", true, 0, CATALOG_FIELDS_MAX);
    struct catalog_spot list_spot = {NULL, "form", 0};
    size_t count = base_json_count(list), i = 0;

    struct catalog_field *fields = catalog_take(loading, (count + 1) * sizeof(*fields));
    if (fields == NULL || catalog_index_init(&tables->fields, loading->arena, count) != OD_OK) {
        loading->rc = OD_ENOMEM;
        return;
    }
    /* A field without a usable id has no place in the tables. */
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        struct catalog_field field = {.type = CATALOG_FIELD_NONE};
        field_read(loading, item, &spot, &field);
        uint32_t before = tables->fields.count;
        if (field.id == NULL)
            continue;
        if (catalog_index_add(&tables->fields, field.id) != before)
            catalog_report(loading, &spot, "field \"%s\" stands twice in the form; give it another id", field.id);
        else
            fields[before] = field;
    }
    out->fields = fields;
    out->field_count = tables->fields.count;
}
