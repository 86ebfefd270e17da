/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions over a form: compiled at load, evaluated over the form of a submission,
 * told in words. Private to hub/catalog; catalog.h tells the grammar's limits. */
#ifndef CATALOG_CONDITION_H
#define CATALOG_CONDITION_H

#include "catalog/line.h"
#include "catalog/loading.h"

enum catalog_condition_kind {
    CATALOG_CONDITION_NONE = 0,
    CATALOG_CONDITION_COMPARE,
    CATALOG_CONDITION_ALL,
    CATALOG_CONDITION_ANY,
    CATALOG_CONDITION_NOT,
};

enum catalog_operator {
    CATALOG_OPERATOR_NONE = 0,
    CATALOG_OPERATOR_EQUAL,
    CATALOG_OPERATOR_UNEQUAL,
    CATALOG_OPERATOR_LESS,
    CATALOG_OPERATOR_LESS_EQUAL,
    CATALOG_OPERATOR_GREATER,
    CATALOG_OPERATOR_GREATER_EQUAL,
    CATALOG_OPERATOR_IN,
    CATALOG_OPERATOR_CONTAINS,
    CATALOG_OPERATOR_EXISTS,
};

/* A text, number or boolean as the catalogue states it. */
struct catalog_value {
    enum base_json_type type;
    const char *text;
    double number;
    bool is_true;
};

struct catalog_condition {
    enum catalog_condition_kind kind;
    enum catalog_operator op;            /* COMPARE, as the three below */
    const char *field;
    const struct catalog_value *values;  /* value_count: 0 exists, 1, or several for in */
    uint32_t value_count;
    uint32_t part_count;                 /* ALL, ANY, NOT */
    const struct catalog_condition *parts;
    const char *pointer;                 /* inside the item that states it */
    const struct catalog_item *item;     /* that item; while loading only */
};

/* Compile member "when" of object; NULL when it has none or something is wrong. */
const struct catalog_condition *catalog_condition_load(struct catalog_loading *loading,
                                                       const struct base_json *object,
                                                       const struct catalog_spot *spot);

/* Tell findings for each field that the service's form does not have, and each value
 * that does not fit its field's type. */
void catalog_condition_check(struct catalog_loading *loading, const struct catalog_condition *condition,
                             const struct catalog_service *service);

/* condition NULL holds. A field that the form does not hold makes a comparison false. */
bool catalog_condition_holds(const struct catalog_condition *condition, const struct base_json *form);

/* Why it holds, or why not, with the form's values. */
void catalog_condition_reason(const struct catalog_condition *condition, const struct base_json *form,
                              struct catalog_line *line);

/* The same for people: labels, units and choices of the service's form. As catalog_condition_reason,
 * the parts that decided are told. */
void catalog_condition_reason_words(const struct catalog_condition *condition, const struct catalog_service *service,
                                    const struct base_json *form, enum catalog_language language,
                                    struct catalog_line *line);

/* The condition in words, with the labels of the service's form (service NULL: field ids). */
void catalog_condition_words(const struct catalog_condition *condition, const struct catalog_service *service,
                             enum catalog_language language, struct catalog_line *line);

/* The condition as JSON. */
void catalog_condition_put(struct base_buffer *buffer, const char *key, const struct catalog_condition *condition);

extern const char *const catalog_operator_words[CATALOG_OPERATOR_EXISTS + 1];

#endif
