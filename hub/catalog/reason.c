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
    catalog_line_put(line, has_unit ? catalog_unit_words(field->unit, language) : "");
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

/* -- The reason in words, for whoever applied -- */

/* What makes up one comparison in words. */
struct telling {
    const struct catalog_condition *condition;
    const struct catalog_field *field;
    const struct base_json *actual;
    enum catalog_language language;
    struct catalog_line *line;
};

static void tell(const struct telling *telling, const char *zh, const char *en)
{
    catalog_line_put(telling->line, telling->language == CATALOG_ZH_CN ? zh : en);
}

/* A text, number or boolean of the form; a text without a label is cut. */
static void tell_actual(const struct telling *telling, const struct base_json *actual)
{
    const char *text = base_json_text(actual);

    if (text != NULL) {
        const struct catalog_text *label = choice_label(telling->field, text);
        catalog_line_put_max(telling->line, text_in(label, telling->language, text),
                             label != NULL ? CATALOG_TEXT_MAX : VALUE_SIZE_MAX);
        return;
    }
    struct catalog_value value = {.type = base_json_type(actual),
                                  .number = base_json_number(actual),
                                  .is_true = base_json_is_true(actual)};
    value_words(&value, telling->field, telling->language, telling->line);
}

static void tell_unit(const struct telling *telling)
{
    bool has_unit = telling->field != NULL && telling->field->unit != NULL;

    catalog_line_put(telling->line, has_unit ? " " : "");
    catalog_line_put(telling->line, has_unit ? catalog_unit_words(telling->field->unit, telling->language) : "");
}

static void tell_values(const struct telling *telling)
{
    const struct catalog_condition *condition = telling->condition;

    for (uint32_t i = 0; i < condition->value_count && i <= VALUES_TOLD_MAX; i++) {
        if (i > 0)
            tell(telling, "、", ", ");
        if (i == VALUES_TOLD_MAX)
            catalog_line_put(telling->line, "...");
        else
            value_words(&condition->values[i], telling->field, telling->language, telling->line);
    }
}

/* "Floor area 312 m2 is more than 300"; what does not hold is told by the opposite order. */
static void tell_order(const struct telling *telling, bool holds)
{
    static const enum catalog_operator opposites[] = {
        [CATALOG_OPERATOR_LESS] = CATALOG_OPERATOR_GREATER_EQUAL,
        [CATALOG_OPERATOR_LESS_EQUAL] = CATALOG_OPERATOR_GREATER,
        [CATALOG_OPERATOR_GREATER] = CATALOG_OPERATOR_LESS_EQUAL,
        [CATALOG_OPERATOR_GREATER_EQUAL] = CATALOG_OPERATOR_LESS,
    };
    enum catalog_operator op = holds ? telling->condition->op : opposites[telling->condition->op];
    bool is_date = telling->condition->values[0].type == BASE_JSON_TEXT;

    catalog_line_put(telling->line, " ");
    tell_actual(telling, telling->actual);
    tell_unit(telling);
    tell(telling, " ", "");
    catalog_line_put(telling->line, (is_date ? date_words : operator_words)[op][telling->language]);
    tell_values(telling);
}

/* "Foods (Hot food, Cold food) includes Hot food". */
static void tell_contains(const struct telling *telling, bool holds)
{
    size_t told = 0;

    tell(telling, "（", " (");
    for (const struct base_json *item = base_json_first(telling->actual); item != NULL; item = base_json_next(item)) {
        if (told > 0)
            tell(telling, "、", ", ");
        if (told++ == VALUES_TOLD_MAX) {
            catalog_line_put(telling->line, "...");
            break;
        }
        tell_actual(telling, item);
    }
    if (told == 0)
        tell(telling, "无", "none");
    tell(telling, holds ? "）包含" : "）不包含", holds ? ") includes " : ") does not include ");
    tell_values(telling);
}

/* "Zone is New town, not Old town"; of two equal values, or a yes or no, one is enough. */
static void tell_equality(const struct telling *telling, bool holds)
{
    bool is_number = base_json_type(telling->actual) == BASE_JSON_NUMBER;
    bool is_told = is_equal(telling->actual, telling->condition->values) ||
                   base_json_type(telling->actual) == BASE_JSON_BOOL;

    tell(telling, is_number ? "为 " : "为", " is ");
    tell_actual(telling, telling->actual);
    tell_unit(telling);
    if (telling->condition->op == CATALOG_OPERATOR_IN)
        tell(telling, holds ? "，属于：" : "，不属于：", holds ? ", one of: " : ", none of: ");
    else if (!is_told)
        tell(telling, is_number ? "，而非 " : "，而非", ", not ");
    if (telling->condition->op == CATALOG_OPERATOR_IN || !is_told)
        tell_values(telling);
}

static void compare_reason_words(const struct telling *telling)
{
    const struct catalog_field *field = telling->field;
    enum catalog_operator op = telling->condition->op;
    bool holds = compare_holds(telling->condition, telling->actual);

    catalog_line_put(telling->line,
                     field != NULL ? text_in(&field->label, telling->language, field->id) : telling->condition->field);
    if (telling->actual == NULL)
        tell(telling, "未填写", " is not given");
    else if (op == CATALOG_OPERATOR_EXISTS)
        tell(telling, "已填写", " is given");
    else if (op == CATALOG_OPERATOR_CONTAINS)
        tell_contains(telling, holds);
    else if (is_ordering(op))
        tell_order(telling, holds);
    else
        tell_equality(telling, holds);
}

void catalog_condition_reason_words(const struct catalog_condition *condition, const struct catalog_service *service,
                                    const struct base_json *form, enum catalog_language language,
                                    struct catalog_line *line)
{
    size_t start = line->size;

    if (condition == NULL)
        return;
    if (condition->kind == CATALOG_CONDITION_COMPARE) {
        struct telling telling = {condition, field_of(service, condition->field),
                                  base_json_member(form, condition->field), language, line};
        compare_reason_words(&telling);
        return;
    }
    bool answer = catalog_condition_holds(condition, form) != (condition->kind == CATALOG_CONDITION_NOT);
    for (uint32_t i = 0; i < condition->part_count; i++) {
        if (catalog_condition_holds(&condition->parts[i], form) != answer)
            continue;
        catalog_line_put_between(line, start, language == CATALOG_ZH_CN ? "；" : "; ");
        catalog_condition_reason_words(&condition->parts[i], service, form, language, line);
    }
}
