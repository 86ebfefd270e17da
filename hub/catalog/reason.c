/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions over a form: does it hold, why, and in words. Pure. */
#include <string.h>

#include "catalog/condition.h"

#define VALUE_SIZE_MAX 64 /* bytes of a form's text that a reason tells */
#define VALUES_TOLD_MAX 8

/* -1, 0, 1; only for values of one type. */
static int order_of(const struct base_json *actual, const struct catalog_value *value)
{
    if (value->type == BASE_JSON_TEXT) {
        int order = strcmp(base_json_text(actual), value->text);
        return (order > 0) - (order < 0);
    }
    if (value->type == BASE_JSON_NUMBER) {
        double number = base_json_number(actual);
        return (number > value->number) - (number < value->number);
    }
    return (int)base_json_is_true(actual) - (int)value->is_true;
}

static bool is_equal(const struct base_json *actual, const struct catalog_value *value)
{
    return base_json_type(actual) == value->type && order_of(actual, value) == 0;
}

static bool is_among(const struct base_json *actual, const struct catalog_condition *condition)
{
    for (uint32_t i = 0; i < condition->value_count; i++) {
        if (is_equal(actual, &condition->values[i]))
            return true;
    }
    return false;
}

static bool has_item(const struct base_json *list, const struct catalog_value *value)
{
    if (base_json_type(list) != BASE_JSON_ARRAY)
        return false;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        if (is_equal(item, value))
            return true;
    }
    return false;
}

static bool compare_holds(const struct catalog_condition *condition, const struct base_json *actual)
{
    const struct catalog_value *value = condition->values;

    if (actual == NULL)
        return false;
    if (condition->op == CATALOG_OPERATOR_EXISTS)
        return true;
    if (condition->op == CATALOG_OPERATOR_IN)
        return is_among(actual, condition);
    if (condition->op == CATALOG_OPERATOR_CONTAINS)
        return has_item(actual, value);
    if (base_json_type(actual) != value->type)
        return false;
    int order = order_of(actual, value);
    switch (condition->op) {
    case CATALOG_OPERATOR_EQUAL: return order == 0;
    case CATALOG_OPERATOR_UNEQUAL: return order != 0;
    case CATALOG_OPERATOR_LESS: return order < 0;
    case CATALOG_OPERATOR_LESS_EQUAL: return order <= 0;
    case CATALOG_OPERATOR_GREATER: return order > 0;
    case CATALOG_OPERATOR_GREATER_EQUAL: return order >= 0;
    case CATALOG_OPERATOR_IN:
    case CATALOG_OPERATOR_CONTAINS:
    case CATALOG_OPERATOR_EXISTS:
    case CATALOG_OPERATOR_NONE: break;
    }
    return false;
}

bool catalog_condition_holds(const struct catalog_condition *condition, const struct base_json *form)
{
    if (condition == NULL)
        return true;
    switch (condition->kind) {
    case CATALOG_CONDITION_COMPARE: return compare_holds(condition, base_json_member(form, condition->field));
    case CATALOG_CONDITION_NOT: return !catalog_condition_holds(condition->parts, form);
    case CATALOG_CONDITION_ALL:
        for (uint32_t i = 0; i < condition->part_count; i++) {
            if (!catalog_condition_holds(&condition->parts[i], form))
                return false;
        }
        return true;
    case CATALOG_CONDITION_ANY:
        for (uint32_t i = 0; i < condition->part_count; i++) {
            if (catalog_condition_holds(&condition->parts[i], form))
                return true;
        }
        return false;
    case CATALOG_CONDITION_NONE: break;
    }
    return true;
}

static void actual_put(const struct base_json *actual, struct catalog_line *line)
{
    size_t told = 0;

    switch (base_json_type(actual)) {
    case BASE_JSON_TEXT: catalog_line_put_max(line, base_json_text(actual), VALUE_SIZE_MAX); break;
    case BASE_JSON_NUMBER: catalog_line_put_number(line, base_json_number(actual)); break;
    case BASE_JSON_BOOL: catalog_line_put(line, base_json_is_true(actual) ? "true" : "false"); break;
    case BASE_JSON_NULL: catalog_line_put(line, "null"); break;
    case BASE_JSON_OBJECT: catalog_line_put(line, "{...}"); break;
    case BASE_JSON_ARRAY:
        catalog_line_put(line, "[");
        for (const struct base_json *item = base_json_first(actual); item != NULL; item = base_json_next(item)) {
            catalog_line_put(line, told > 0 ? ", " : "");
            if (told++ == VALUES_TOLD_MAX) {
                catalog_line_put(line, "...");
                break;
            }
            actual_put(item, line);
        }
        catalog_line_put(line, "]");
        break;
    case BASE_JSON_NONE: break;
    }
}

static void values_put(const struct catalog_condition *condition, struct catalog_line *line)
{
    for (uint32_t i = 0; i < condition->value_count; i++) {
        const struct catalog_value *value = &condition->values[i];
        catalog_line_put(line, i > 0 ? ", " : "");
        if (i == VALUES_TOLD_MAX) {
            catalog_line_put(line, "...");
            return;
        }
        if (value->type == BASE_JSON_TEXT)
            catalog_line_put_max(line, value->text, VALUE_SIZE_MAX);
        else if (value->type == BASE_JSON_NUMBER)
            catalog_line_put_number(line, value->number);
        else
            catalog_line_put(line, value->is_true ? "true" : "false");
    }
}

static void compare_reason(const struct catalog_condition *condition, const struct base_json *form,
                           struct catalog_line *line)
{
    const struct base_json *actual = base_json_member(form, condition->field);
    bool holds = compare_holds(condition, actual);

    catalog_line_put(line, condition->field);
    if (actual == NULL || condition->op == CATALOG_OPERATOR_EXISTS) {
        catalog_line_put(line, actual == NULL ? " is not given" : " is given");
        return;
    }
    catalog_line_put(line, " ");
    actual_put(actual, line);
    if (condition->op == CATALOG_OPERATOR_CONTAINS) {
        catalog_line_put(line, holds ? " contains " : " does not contain ");
    } else {
        catalog_line_put(line, holds ? " " : " is not ");
        catalog_line_put(line, catalog_operator_words[condition->op]);
        catalog_line_put(line, " ");
    }
    values_put(condition, line);
}

void catalog_condition_reason(const struct catalog_condition *condition, const struct base_json *form,
                              struct catalog_line *line)
{
    size_t start = line->size;

    if (condition == NULL)
        return;
    if (condition->kind == CATALOG_CONDITION_COMPARE) {
        compare_reason(condition, form, line);
        return;
    }
    /* What decided: the parts of the same answer; for "not", of the other one. */
    bool answer = catalog_condition_holds(condition, form) != (condition->kind == CATALOG_CONDITION_NOT);
    for (uint32_t i = 0; i < condition->part_count; i++) {
        if (catalog_condition_holds(&condition->parts[i], form) != answer)
            continue;
        catalog_line_put_between(line, start, "; ");
        catalog_condition_reason(&condition->parts[i], form, line);
    }
}

/* -- In words, for the guide -- */

static const char *text_in(const struct catalog_text *text, enum catalog_language language, const char *fallback)
{
    return text != NULL && text->in[language] != NULL ? text->in[language] : fallback;
}

static const struct catalog_text *choice_label(const struct catalog_field *field, const char *id)
{
    for (size_t i = 0; field != NULL && i < field->choice_count; i++) {
        if (strcmp(field->choices[i].id, id) == 0)
            return &field->choices[i].label;
    }
    return NULL;
}

static void value_words(const struct catalog_value *value, const struct catalog_field *field,
                        enum catalog_language language, struct catalog_line *line)
{
    static const char *const booleans[2][CATALOG_LANGUAGES] = {{"否", "no"}, {"是", "yes"}};

    if (value->type == BASE_JSON_NUMBER)
        catalog_line_put_number(line, value->number);
    else if (value->type == BASE_JSON_BOOL)
        catalog_line_put(line, booleans[value->is_true][language]);
    else
        catalog_line_put(line, text_in(choice_label(field, value->text), language, value->text));
}

/* " > ", " is one of ", ...; per language. */
static const char *const operator_words[][CATALOG_LANGUAGES] = {
    [CATALOG_OPERATOR_EQUAL] = {"为", " is "},
    [CATALOG_OPERATOR_UNEQUAL] = {"不为", " is not "},
    [CATALOG_OPERATOR_LESS] = {"小于 ", " is less than "},
    [CATALOG_OPERATOR_LESS_EQUAL] = {"不超过 ", " is at most "},
    [CATALOG_OPERATOR_GREATER] = {"大于 ", " is more than "},
    [CATALOG_OPERATOR_GREATER_EQUAL] = {"不少于 ", " is at least "},
    [CATALOG_OPERATOR_IN] = {"为下列之一：", " is one of: "},
    [CATALOG_OPERATOR_CONTAINS] = {"包含", " includes "},
    [CATALOG_OPERATOR_EXISTS] = {"已填写", " is given"},
};

/* Dates are earlier and later, not less and more. */
static const char *const date_words[][CATALOG_LANGUAGES] = {
    [CATALOG_OPERATOR_LESS] = {"早于 ", " is before "},
    [CATALOG_OPERATOR_LESS_EQUAL] = {"不晚于 ", " is not after "},
    [CATALOG_OPERATOR_GREATER] = {"晚于 ", " is after "},
    [CATALOG_OPERATOR_GREATER_EQUAL] = {"不早于 ", " is not before "},
};

static bool is_ordering(enum catalog_operator op)
{
    return op >= CATALOG_OPERATOR_LESS && op <= CATALOG_OPERATOR_GREATER_EQUAL;
}

/* NULL without a service. */
static const struct catalog_field *field_of(const struct catalog_service *service, const char *id)
{
    if (service == NULL)
        return NULL;
    uint32_t at = catalog_index_find(&service->tables->fields, id);
    return at != CATALOG_INDEX_NONE ? &service->fields[at] : NULL;
}

static void compare_words(const struct catalog_condition *condition, const struct catalog_service *service,
                          enum catalog_language language, struct catalog_line *line)
{
    const struct catalog_field *field = field_of(service, condition->field);
    bool is_date = is_ordering(condition->op) && condition->values[0].type == BASE_JSON_TEXT;

    catalog_line_put(line, field != NULL ? text_in(&field->label, language, field->id) : condition->field);
    catalog_line_put(line, (is_date ? date_words : operator_words)[condition->op][language]);
    for (uint32_t i = 0; i < condition->value_count; i++) {
        if (i > 0)
            catalog_line_put(line, language == CATALOG_ZH_CN ? "、" : ", ");
        value_words(&condition->values[i], field, language, line);
    }
    bool has_unit = field != NULL && field->unit != NULL && condition->value_count > 0;
    catalog_line_put(line, has_unit ? " " : "");
    catalog_line_put(line, has_unit ? field->unit : "");
}

static void part_words(const struct catalog_condition *part, const struct catalog_service *service,
                       enum catalog_language language, struct catalog_line *line)
{
    bool is_group = part->kind == CATALOG_CONDITION_ALL || part->kind == CATALOG_CONDITION_ANY;
    bool has_brackets = is_group && part->part_count > 1;

    catalog_line_put(line, has_brackets ? (language == CATALOG_ZH_CN ? "（" : "(") : "");
    catalog_condition_words(part, service, language, line);
    catalog_line_put(line, has_brackets ? (language == CATALOG_ZH_CN ? "）" : ")") : "");
}

void catalog_condition_words(const struct catalog_condition *condition, const struct catalog_service *service,
                             enum catalog_language language, struct catalog_line *line)
{
    static const char *const ands[] = {"，且", " and "}, *const ors[] = {"，或", " or "};
    static const char *const nots[] = {"不符合：", "not: "};

    if (condition == NULL)
        return;
    if (condition->kind == CATALOG_CONDITION_COMPARE) {
        compare_words(condition, service, language, line);
        return;
    }
    if (condition->kind == CATALOG_CONDITION_NOT)
        catalog_line_put(line, nots[language]);
    for (uint32_t i = 0; i < condition->part_count; i++) {
        if (i > 0)
            catalog_line_put(line, (condition->kind == CATALOG_CONDITION_ALL ? ands : ors)[language]);
        part_words(&condition->parts[i], service, language, line);
    }
}

static void value_put(struct base_buffer *buffer, const char *key, const struct catalog_value *value)
{
    struct catalog_line line;

    if (value->type == BASE_JSON_TEXT) {
        base_json_put_text(buffer, key, value->text);
    } else if (value->type == BASE_JSON_BOOL) {
        base_json_put_bool(buffer, key, value->is_true);
    } else {
        catalog_line_init(&line);
        catalog_line_put_number(&line, value->number);
        base_json_put_raw(buffer, key, line.text, line.size);
    }
}

static void compare_put(struct base_buffer *buffer, const struct catalog_condition *condition)
{
    base_json_put_text(buffer, "field", condition->field);
    base_json_put_text(buffer, "op", catalog_operator_words[condition->op]);
    if (condition->op != CATALOG_OPERATOR_IN && condition->value_count == 1)
        value_put(buffer, "value", condition->values);
    if (condition->op != CATALOG_OPERATOR_IN)
        return;
    base_json_open(buffer, "value", '[');
    for (uint32_t i = 0; i < condition->value_count; i++)
        value_put(buffer, NULL, &condition->values[i]);
    base_json_close(buffer, ']');
}

void catalog_condition_put(struct base_buffer *buffer, const char *key, const struct catalog_condition *condition)
{
    if (condition == NULL) {
        base_json_put_null(buffer, key);
        return;
    }
    base_json_open(buffer, key, '{');
    if (condition->kind == CATALOG_CONDITION_COMPARE) {
        compare_put(buffer, condition);
    } else if (condition->kind == CATALOG_CONDITION_NOT) {
        catalog_condition_put(buffer, "not", condition->parts);
    } else {
        base_json_open(buffer, condition->kind == CATALOG_CONDITION_ALL ? "all" : "any", '[');
        for (uint32_t i = 0; i < condition->part_count; i++)
            catalog_condition_put(buffer, NULL, &condition->parts[i]);
        base_json_close(buffer, ']');
    }
    base_json_close(buffer, '}');
}
