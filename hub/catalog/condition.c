/* SPDX-License-Identifier: Apache-2.0 */
/* Compile and check conditions; evaluation and words are in reason.c. */
#include "catalog/condition.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

const char *const catalog_operator_words[CATALOG_OPERATOR_EXISTS + 1] = {
    [CATALOG_OPERATOR_EQUAL] = "==",         [CATALOG_OPERATOR_UNEQUAL] = "!=",
    [CATALOG_OPERATOR_LESS] = "<",           [CATALOG_OPERATOR_LESS_EQUAL] = "<=",
    [CATALOG_OPERATOR_GREATER] = ">",        [CATALOG_OPERATOR_GREATER_EQUAL] = ">=",
    [CATALOG_OPERATOR_IN] = "in",            [CATALOG_OPERATOR_CONTAINS] = "contains",
    [CATALOG_OPERATOR_EXISTS] = "exists",
};

/* How much of one condition was met. */
struct compiling {
    struct catalog_loading *loading;
    size_t nodes;
};

static bool condition_read(struct compiling *compiling, const struct base_json *json,
                           const struct catalog_spot *spot, int depth, struct catalog_condition *out);

static bool value_read(struct catalog_loading *loading, const struct base_json *json,
                       const struct catalog_spot *spot, struct catalog_value *out)
{
    out->type = base_json_type(json);
    if (out->type == BASE_JSON_TEXT) {
        out->text = catalog_take_text(loading, base_json_text(json));
        return out->text != NULL;
    }
    out->number = base_json_number(json);
    out->is_true = base_json_is_true(json);
    if (out->type == BASE_JSON_NUMBER || out->type == BASE_JSON_BOOL)
        return true;
    catalog_report(loading, spot, "a value is to be a text, a number, true or false");
    return false;
}

static bool values_read(struct catalog_loading *loading, const struct base_json *json,
                        const struct catalog_spot *spot, struct catalog_condition *out)
{
    bool is_list = out->op == CATALOG_OPERATOR_IN;
    const struct base_json *value = catalog_need(loading, json, spot, "value");
    const struct base_json *item = is_list ? base_json_first(value) : value;
    struct catalog_spot value_spot = {spot, "value", 0};
    uint32_t i = 0;

    if (value == NULL)
        return false;
    if (is_list && catalog_read_list(loading, json, spot, "value", true, 1, CATALOG_CHOICES_MAX) == NULL)
        return false;
    out->value_count = is_list ? (uint32_t)base_json_count(value) : 1;
    struct catalog_value *values = catalog_take(loading, out->value_count * sizeof(*values));
    if (values == NULL)
        return false;
    out->values = values;
    for (; i < out->value_count; i++, item = base_json_next(item)) {
        struct catalog_spot at = {&value_spot, NULL, i};
        if (!value_read(loading, item, is_list ? &at : &value_spot, &values[i]))
            return false;
    }
    return true;
}

static bool compare_read(struct catalog_loading *loading, const struct base_json *json,
                         const struct catalog_spot *spot, struct catalog_condition *out)
{
    static const char *const members[] = {"field", "op", "value"};

    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 3}))
        return false;
    out->kind = CATALOG_CONDITION_COMPARE;
    out->field = catalog_read_id(loading, json, spot, "field");
    out->op = (enum catalog_operator)catalog_read_word(
        loading, json, spot, "op", true, (struct catalog_words){catalog_operator_words, CATALOG_OPERATOR_EXISTS + 1});
    if (out->op == CATALOG_OPERATOR_NONE || out->field == NULL)
        return false;
    if (out->op != CATALOG_OPERATOR_EXISTS)
        return values_read(loading, json, spot, out);
    struct catalog_spot at = {spot, "value", 0};
    if (base_json_member(json, "value") != NULL)
        catalog_report(loading, &at, "\"exists\" has no value; remove it");
    return true;
}

/* The parts of "all" and "any", or the one of "not". */
static bool parts_read(struct compiling *compiling, const struct base_json *json, const struct catalog_spot *spot,
                       int depth, struct catalog_condition *out)
{
    struct catalog_loading *loading = compiling->loading;
    const struct base_json *member = base_json_first(json);
    bool is_list = out->kind != CATALOG_CONDITION_NOT;
    const struct base_json *item = is_list ? base_json_first(member) : member;
    struct catalog_spot list_spot = {spot, base_json_key(member), 0};

    if (is_list && catalog_read_list(loading, json, spot, base_json_key(member), true, 1,
                                     CATALOG_CONDITION_NODES_MAX) == NULL)
        return false;
    out->part_count = is_list ? (uint32_t)base_json_count(member) : 1;
    struct catalog_condition *parts = catalog_take(loading, out->part_count * sizeof(*parts));
    if (parts == NULL)
        return false;
    bool is_whole = true;
    for (uint32_t i = 0; i < out->part_count; i++, item = base_json_next(item)) {
        struct catalog_spot at = {&list_spot, NULL, i};
        is_whole = condition_read(compiling, item, is_list ? &at : &list_spot, depth + 1, &parts[i]) && is_whole;
    }
    out->parts = parts;
    return is_whole;
}

static enum catalog_condition_kind kind_of(const struct base_json *json)
{
    const char *key = base_json_count(json) == 1 ? base_json_key(base_json_first(json)) : NULL;

    if (key != NULL && strcmp(key, "all") == 0)
        return CATALOG_CONDITION_ALL;
    if (key != NULL && strcmp(key, "any") == 0)
        return CATALOG_CONDITION_ANY;
    if (key != NULL && strcmp(key, "not") == 0)
        return CATALOG_CONDITION_NOT;
    return CATALOG_CONDITION_NONE;
}

static bool condition_read(struct compiling *compiling, const struct base_json *json,
                           const struct catalog_spot *spot, int depth, struct catalog_condition *out)
{
    struct catalog_loading *loading = compiling->loading;
    char pointer[BASE_JSON_POINTER_MAX];

    if (depth > CATALOG_CONDITION_DEPTH_MAX) {
        catalog_report(loading, spot, "the condition is nested deeper than %d", CATALOG_CONDITION_DEPTH_MAX);
        return false;
    }
    if (++compiling->nodes > CATALOG_CONDITION_NODES_MAX) {
        catalog_report(loading, spot, "the condition has more than %d parts", CATALOG_CONDITION_NODES_MAX);
        return false;
    }
    if (base_json_type(json) != BASE_JSON_OBJECT || base_json_count(json) == 0) {
        catalog_report(loading, spot,
                       "a condition is expected here: {\"field\", \"op\", \"value\"}, {\"all\": [...]}, {\"any\": [...]} or {\"not\": ...}");
        return false;
    }
    catalog_spot_pointer(spot, pointer);
    out->pointer = catalog_take_text(loading, pointer);
    out->item = loading->item;
    out->kind = kind_of(json);
    if (out->kind == CATALOG_CONDITION_NONE)
        return compare_read(loading, json, spot, out) && out->pointer != NULL;
    return parts_read(compiling, json, spot, depth, out) && out->pointer != NULL;
}

const struct catalog_condition *catalog_condition_load(struct catalog_loading *loading,
                                                       const struct base_json *object,
                                                       const struct catalog_spot *spot)
{
    const struct base_json *json = base_json_member(object, "when");
    struct catalog_spot at = {spot, "when", 0};
    struct compiling compiling = {.loading = loading};

    if (json == NULL)
        return NULL;
    struct catalog_condition *condition = catalog_take(loading, sizeof(*condition));
    if (condition == NULL || !condition_read(&compiling, json, &at, 1, condition))
        return NULL;
    return condition;
}

static bool is_choice(const struct catalog_field *field, const char *text)
{
    for (size_t i = 0; i < field->choice_count; i++) {
        if (field->choices[i].id != NULL && strcmp(field->choices[i].id, text) == 0)
            return true;
    }
    return field->choice_count == 0;
}

static bool value_fits(const struct catalog_field *field, const struct catalog_value *value)
{
    core_day day;

    switch (field->type) {
    case CATALOG_FIELD_INTEGER:
    case CATALOG_FIELD_NUMBER: return value->type == BASE_JSON_NUMBER;
    case CATALOG_FIELD_BOOLEAN: return value->type == BASE_JSON_BOOL;
    case CATALOG_FIELD_DATE: return value->type == BASE_JSON_TEXT && base_day_parse(value->text, &day) == OD_OK;
    case CATALOG_FIELD_TEXT: return value->type == BASE_JSON_TEXT;
    case CATALOG_FIELD_CHOICE:
    case CATALOG_FIELD_LIST: return value->type == BASE_JSON_TEXT && is_choice(field, value->text);
    case CATALOG_FIELD_NONE: break;
    }
    return true; /* the field itself was found wrong */
}

static bool operator_fits(enum catalog_operator op, enum catalog_field_type type)
{
    bool is_ordered = type == CATALOG_FIELD_INTEGER || type == CATALOG_FIELD_NUMBER || type == CATALOG_FIELD_DATE;

    switch (op) {
    case CATALOG_OPERATOR_LESS:
    case CATALOG_OPERATOR_LESS_EQUAL:
    case CATALOG_OPERATOR_GREATER:
    case CATALOG_OPERATOR_GREATER_EQUAL: return is_ordered;
    case CATALOG_OPERATOR_CONTAINS: return type == CATALOG_FIELD_LIST;
    case CATALOG_OPERATOR_EQUAL:
    case CATALOG_OPERATOR_UNEQUAL:
    case CATALOG_OPERATOR_IN: return type != CATALOG_FIELD_LIST;
    case CATALOG_OPERATOR_EXISTS:
    case CATALOG_OPERATOR_NONE: break;
    }
    return true;
}

/* What can be asked of a field of a type, for findings. */
static const char *const type_advice[] = {
    [CATALOG_FIELD_TEXT] = CATALOG_PHRASE("a text takes == != in exists with texts"),
    [CATALOG_FIELD_INTEGER] = CATALOG_PHRASE("an integer takes == != < <= > >= in exists with numbers"),
    [CATALOG_FIELD_NUMBER] = CATALOG_PHRASE("a number takes == != < <= > >= in exists with numbers"),
    [CATALOG_FIELD_BOOLEAN] = CATALOG_PHRASE("a boolean takes == != in exists with true or false"),
    [CATALOG_FIELD_DATE] = CATALOG_PHRASE("a date takes == != < <= > >= in exists with dates \"YYYY-MM-DD\""),
    [CATALOG_FIELD_CHOICE] = CATALOG_PHRASE("a choice takes == != in exists with ids of its choices"),
    [CATALOG_FIELD_LIST] = CATALOG_PHRASE("a list takes contains (one text, of its choices if it has some) and exists"),
};

static void compare_check(struct catalog_loading *loading, const struct catalog_condition *condition,
                          const struct catalog_service *service)
{
    uint32_t at = catalog_index_find(&service->tables->fields, condition->field);
    struct catalog_phrase phrase;

    if (at == CATALOG_INDEX_NONE) {
        const char *nearest = catalog_index_nearest(&service->tables->fields, condition->field);
        catalog_report_at(loading, condition->item, condition->pointer,
                          "the condition asks for field \"%s\", which the form of service \"%s\" does not have%p", condition->field,
                          service->id, catalog_phrase_hint(&phrase, nearest, "; add it to the form"));
        return;
    }
    const struct catalog_field *field = &service->fields[at];
    bool is_fine = operator_fits(condition->op, field->type);
    for (uint32_t i = 0; i < condition->value_count && is_fine; i++)
        is_fine = value_fits(field, &condition->values[i]);
    if (!is_fine)
        catalog_report_at(loading, condition->item, condition->pointer,
                          "operator or value does not fit field \"%s\" of service \"%s\": %p", condition->field, service->id,
                          catalog_phrase_word(&phrase, type_advice[field->type]));
}

void catalog_condition_check(struct catalog_loading *loading, const struct catalog_condition *condition,
                             const struct catalog_service *service)
{
    if (condition == NULL)
        return;
    if (condition->kind == CATALOG_CONDITION_COMPARE)
        compare_check(loading, condition, service);
    for (uint32_t i = 0; i < condition->part_count; i++)
        catalog_condition_check(loading, &condition->parts[i], service);
}
