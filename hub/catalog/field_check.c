/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/field_check.h"

#include <math.h>
#include <string.h>

#include "base/time.h"
#include "catalog/applicant.h"
#include "catalog/line.h"

static struct catalog_place place_of(const struct catalog_field *field)
{
    return (struct catalog_place){"form", field->id, NULL};
}

void catalog_field_required(const struct catalog_field *field, struct catalog_problems *problems)
{
    struct catalog_problem *problem = catalog_problem_add(problems, place_of(field), "required");

    catalog_problem_say(problem, CATALOG_ZH_CN, "须填写“%s”", field->label.in[CATALOG_ZH_CN]);
    catalog_problem_say(problem, CATALOG_EN, "\"%s\" is to be filled in", field->label.in[CATALOG_EN]);
}

static void type_problem(const struct catalog_field *field, struct catalog_place place,
                         struct catalog_problems *problems)
{
    static const char *const words[][CATALOG_LANGUAGES] = {
        [CATALOG_FIELD_NONE] = {"", ""},
        [CATALOG_FIELD_TEXT] = {"文本", "a text"},
        [CATALOG_FIELD_INTEGER] = {"整数", "a whole number"},
        [CATALOG_FIELD_NUMBER] = {"数字", "a number"},
        [CATALOG_FIELD_BOOLEAN] = {"true 或 false", "true or false"},
        [CATALOG_FIELD_DATE] = {"日期 YYYY-MM-DD", "a date YYYY-MM-DD"},
        [CATALOG_FIELD_CHOICE] = {"所列选项之一", "the id of one of its choices"},
        [CATALOG_FIELD_LIST] = {"文本列表", "a list of texts"},
    };
    struct catalog_problem *problem = catalog_problem_add(problems, place, "type");

    catalog_problem_say(problem, CATALOG_ZH_CN, "“%s”须为%s", field->label.in[CATALOG_ZH_CN],
                        words[field->type][CATALOG_ZH_CN]);
    catalog_problem_say(problem, CATALOG_EN, "\"%s\" is to be %s", field->label.in[CATALOG_EN],
                        words[field->type][CATALOG_EN]);
}

static const char *unit_words(const struct catalog_field *field, enum catalog_language language)
{
    return field->unit != NULL ? catalog_unit_words(field->unit, language) : "";
}

static void number_check(const struct catalog_field *field, const struct base_json *value,
                         struct catalog_problems *problems)
{
    double number = base_json_number(value);
    bool is_whole = field->type != CATALOG_FIELD_INTEGER || number == trunc(number);

    if (base_json_type(value) != BASE_JSON_NUMBER || !is_whole) {
        type_problem(field, place_of(field), problems);
        return;
    }
    if (number >= field->min && number <= field->max)
        return;
    const char *gap = field->unit != NULL ? " " : "";
    struct catalog_problem *problem = catalog_problem_add(problems, place_of(field), "range");
    catalog_problem_say(problem, CATALOG_ZH_CN, "“%s”须在 %.15g 至 %.15g %s之间",
                        field->label.in[CATALOG_ZH_CN], field->min, field->max, unit_words(field, CATALOG_ZH_CN));
    catalog_problem_say(problem, CATALOG_EN, "\"%s\" is to be from %.15g to %.15g%s%s",
                        field->label.in[CATALOG_EN], field->min, field->max, gap, unit_words(field, CATALOG_EN));
}

static void text_check(const struct catalog_field *field, const char *text, struct catalog_place place,
                       struct catalog_problems *problems)
{
    size_t length = catalog_text_length(text);

    if (!catalog_text_is_plain(text, true)) {
        catalog_plain_problem(problems, place, &field->label, true);
        return;
    }
    if (length >= field->min_length && length <= field->max_length)
        return;
    struct catalog_problem *problem = catalog_problem_add(problems, place, "length");
    catalog_problem_say(problem, CATALOG_ZH_CN, "“%s”须有 %u 至 %u 个字符", field->label.in[CATALOG_ZH_CN],
                        (unsigned)field->min_length, (unsigned)field->max_length);
    catalog_problem_say(problem, CATALOG_EN, "\"%s\" is to have %u to %u characters",
            field->label.in[CATALOG_EN], (unsigned)field->min_length, (unsigned)field->max_length);
}

static void choice_check(const struct catalog_field *field, const char *text, struct catalog_place place,
                         struct catalog_problems *problems)
{
    struct catalog_line line;

    for (size_t i = 0; i < field->choice_count; i++) {
        if (strcmp(field->choices[i].id, text) == 0)
            return;
    }
    struct catalog_problem *problem = catalog_problem_add(problems, place, "choice");
    if (problem == NULL)
        return;
    catalog_line_init(&line);
    for (size_t i = 0; i < field->choice_count; i++) {
        catalog_line_put(&line, i > 0 ? ", " : "");
        catalog_line_put(&line, field->choices[i].id);
    }
    line.text[catalog_text_cut(line.text, 120)] = '\0';
    catalog_problem_say(problem, CATALOG_ZH_CN, "“%s”须为下列之一：%s", field->label.in[CATALOG_ZH_CN], line.text);
    catalog_problem_say(problem, CATALOG_EN, "\"%s\" is to be one of: %s", field->label.in[CATALOG_EN], line.text);
}

static void items_check(const struct catalog_field *field, const struct base_json *list,
                        struct catalog_problems *problems)
{
    size_t i = 0;
    char number[24];

    for (const struct base_json *item = base_json_first(list); item != NULL && i < field->max_items; item = base_json_next(item), i++) {
        const char *text = base_json_text(item);
        struct catalog_place place = catalog_place_indexed("form", i, NULL, number);
        place.third = place.second;
        place.second = field->id;
        if (text == NULL)
            type_problem(field, place, problems);
        else if (field->choice_count > 0)
            choice_check(field, text, place, problems);
        else
            text_check(field, text, place, problems);
    }
}

static void list_check(const struct catalog_field *field, const struct base_json *list,
                       struct catalog_problems *problems)
{
    if (base_json_type(list) != BASE_JSON_ARRAY) {
        type_problem(field, place_of(field), problems);
        return;
    }
    if (base_json_first(list) == NULL && field->is_required)
        catalog_field_required(field, problems);
    if (base_json_count(list) > field->max_items) {
        struct catalog_problem *problem = catalog_problem_add(problems, place_of(field), "length");
        catalog_problem_say(problem, CATALOG_ZH_CN, "“%s”最多 %u 项", field->label.in[CATALOG_ZH_CN],
                            (unsigned)field->max_items);
        catalog_problem_say(problem, CATALOG_EN, "\"%s\" may have at most %u items",
                            field->label.in[CATALOG_EN], (unsigned)field->max_items);
    }
    items_check(field, list, problems);
}

void catalog_field_check(const struct catalog_field *field, const struct base_json *value,
                         struct catalog_problems *problems)
{
    const char *text = base_json_text(value);
    core_day day;

    switch (field->type) {
    case CATALOG_FIELD_INTEGER:
    case CATALOG_FIELD_NUMBER: number_check(field, value, problems); return;
    case CATALOG_FIELD_LIST: list_check(field, value, problems); return;
    case CATALOG_FIELD_BOOLEAN:
        if (base_json_type(value) != BASE_JSON_BOOL)
            type_problem(field, place_of(field), problems);
        return;
    case CATALOG_FIELD_DATE:
    case CATALOG_FIELD_TEXT:
    case CATALOG_FIELD_CHOICE:
    case CATALOG_FIELD_NONE: break;
    }
    if (text == NULL || (field->type == CATALOG_FIELD_DATE && base_day_parse(text, &day) != OD_OK))
        type_problem(field, place_of(field), problems);
    else if (field->type == CATALOG_FIELD_CHOICE)
        choice_check(field, text, place_of(field), problems);
    else if (field->type == CATALOG_FIELD_TEXT)
        text_check(field, text, place_of(field), problems);
}
