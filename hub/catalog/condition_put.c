/* SPDX-License-Identifier: Apache-2.0 */
/* A condition as JSON, for the published guide. */
#include "catalog/condition.h"

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
