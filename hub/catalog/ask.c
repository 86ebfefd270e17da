/* SPDX-License-Identifier: Apache-2.0 */
/* What a department asks an applicant for: it cites the catalogue or a rule, or it says so in
 * words and supervision looks at it. Licensing Law art. 31 and 32. */
#include <string.h>

#include "catalog/applicant.h"
#include "catalog/problem.h"
#include "catalog/tables.h"

static const struct catalog_text text_name = {{"内容", "The text"}};

static void problem_tell(struct catalog_problems *problems, struct catalog_place place, const char *code,
                         const char *zh, const char *en)
{
    struct catalog_problem *problem = catalog_problem_add(problems, place, code);

    catalog_problem_say(problem, CATALOG_ZH_CN, "%s", zh);
    catalog_problem_say(problem, CATALOG_EN, "%s", en);
}

/* The text, NULL when absent, blank or wrong. */
static const char *text_check(const struct base_json *body, struct catalog_problems *problems)
{
    const struct base_json *json = base_json_member(body, "text");
    const char *text = base_json_text(json);
    struct catalog_place place = {"text", NULL, NULL};

    if (json == NULL)
        return NULL;
    if (text == NULL)
        problem_tell(problems, place, "type", "text 须为文本", "the text is to be a text");
    else if (strlen(text) > BASE_ITEM_FIELD_MAX)
        problem_tell(problems, place, "length", "text 不得超过 64 KiB", "the text may have at most 64 KiB");
    else if (!catalog_text_is_plain(text, true))
        catalog_plain_problem(problems, place, &text_name, true);
    else if (text[strspn(text, " \t\r\n")] != '\0')
        return text;
    return NULL;
}

/* A list of ids that the index holds; how many there are. */
static size_t ids_check(const struct base_json *body, const char *key, const char *code, const struct catalog_index *index,
                        struct catalog_problems *problems)
{
    const struct base_json *list = base_json_member(body, key);
    struct catalog_place place = {key, NULL, NULL};
    char number[24];
    size_t i = 0;

    if (list == NULL)
        return 0;
    if (base_json_type(list) != BASE_JSON_ARRAY || base_json_count(list) > BASE_MATERIALS_MAX) {
        problem_tell(problems, place, base_json_type(list) == BASE_JSON_ARRAY ? "limit" : "type", "须为编号的列表，最多 256 项",
                     "this is to be an array of ids, at most 256");
        return 0;
    }
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        const char *id = base_json_text(item);
        if (id != NULL && catalog_index_find(index, id) != CATALOG_INDEX_NONE)
            continue;
        struct catalog_problem *problem = catalog_problem_add(problems, catalog_place_indexed(key, i, NULL, number), id != NULL ? code : "type");
        const char *nearest = id != NULL && problem != NULL ? catalog_index_nearest(index, id) : NULL;
        catalog_problem_say(problem, CATALOG_ZH_CN, "本服务没有此项%s%s%s", nearest != NULL ? "；是否为“" : "", nearest != NULL ? nearest : "", nearest != NULL ? "”？" : "");
        catalog_problem_say(problem, CATALOG_EN, "the service has none of this name%s%s%s", nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
    }
    return i;
}

static const struct catalog_rule *rule_check(const struct catalog_service *service, const struct base_json *body,
                                             struct catalog_problems *problems)
{
    const struct base_json *json = base_json_member(body, "rule");
    const char *id = base_json_text(json);
    struct catalog_place place = {"rule", NULL, NULL};

    if (json == NULL)
        return NULL;
    const struct catalog_rule *rule = id != NULL ? catalog_rule_find(service->catalog, id) : NULL;
    if (rule == NULL)
        problem_tell(problems, place, id != NULL ? "unknown_rule" : "type", "没有此规则", "this is to be the id of a rule of the catalogue");
    return rule;
}

int catalog_ask_check(const struct catalog_service *service, const struct base_json *body, struct catalog_problems *problems,
                      struct catalog_ask *ask)
{
    struct catalog_ask found = {.text = NULL};
    struct catalog_place place = {"text", NULL, NULL};

    problems->count = 0;
    found.text = text_check(body, problems);
    found.field_count = ids_check(body, "fields", "unknown_field", &service->tables->fields, problems);
    found.material_count = ids_check(body, "materials", "unknown_material", &service->tables->materials, problems);
    found.rule = rule_check(service, body, problems);
    found.has_citation = found.field_count > 0 || found.material_count > 0 || found.rule != NULL;
    if (problems->count == 0 && found.text == NULL && found.field_count == 0 && found.material_count == 0)
        problem_tell(problems, place, "required", "请写明需要申请人补充什么（text），或者列出字段（fields）或材料（materials）",
                     "say what the applicant is asked for (text), or list form fields (fields) or materials (materials)");
    if (problems->count > 0)
        return OD_EINVAL;
    *ask = found;
    return OD_OK;
}
