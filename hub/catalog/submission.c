/* SPDX-License-Identifier: Apache-2.0 */
/* One submission against one service: applicant.c checks who asks, field_check.c each
 * value, intake.c works out what follows; here the form and the materials are walked. Runs for
 * every submission: no allocation, one look at each member. */
#include <assert.h>
#include <string.h>

#include "catalog/applicant.h"
#include "catalog/condition.h"
#include "catalog/document.h"
#include "catalog/field_check.h"
#include "catalog/intake.h"

#define HASH_DIGITS 64
#define MATERIAL_SIZE_MAX INT64_C(1125899906842624) /* bytes of one material: 1 PiB, so that sums stay in range */
#define MEDIA_TYPE_LENGTH_MAX 127

static void members_check(const struct base_json *body, struct catalog_problems *problems)
{
    static const char *const members[] = {"service", "applicant", "form", "channel", "window", "materials", "promise", "reuse"};

    for (const struct base_json *item = base_json_first(body); item != NULL; item = base_json_next(item)) {
        const char *key = base_json_key(item);
        size_t i = 0;
        while (i < sizeof(members) / sizeof(members[0]) && strcmp(members[i], key) != 0)
            i++;
        if (i < sizeof(members) / sizeof(members[0]))
            continue;
        struct catalog_place place = {key, NULL, NULL};
        struct catalog_problem *problem = catalog_problem_add(problems, place, "unknown_field");
        catalog_problem_say(problem, CATALOG_ZH_CN,
                            "没有此项；允许：service, applicant, form, channel, window, materials, promise, reuse");
        catalog_problem_say(problem, CATALOG_EN,
                            "there is no such member; allowed: service, applicant, form, channel, window, materials, promise, reuse");
    }
}

/* What is unknown, and the nearest that is known. */
static void unknown_say(struct catalog_problem *problem, const char *zh, const char *en, const char *nearest)
{
    if (nearest == NULL) {
        catalog_problem_say(problem, CATALOG_ZH_CN, "%s", zh);
        catalog_problem_say(problem, CATALOG_EN, "%s", en);
        return;
    }
    catalog_problem_say(problem, CATALOG_ZH_CN, "%s；是否为“%s”？", zh, nearest);
    catalog_problem_say(problem, CATALOG_EN, "%s; did you mean \"%s\"?", en, nearest);
}

static void unknown_field_problem(const struct catalog_service *service, const char *key,
                                  struct catalog_problems *problems)
{
    struct catalog_place place = {"form", key, NULL};
    struct catalog_problem *problem = catalog_problem_add(problems, place, "unknown_field");

    if (problem != NULL)
        unknown_say(problem, "表单没有此字段", "the form has no such field",
                    catalog_index_nearest(&service->tables->fields, key));
}

/* Every value that is there; false when the form is no object. */
static bool values_check(const struct catalog_service *service, const struct base_json *form, bool *is_given,
                         struct catalog_problems *problems)
{
    if (form != NULL && base_json_type(form) != BASE_JSON_OBJECT) {
        struct catalog_place place = {"form", NULL, NULL};
        struct catalog_problem *problem = catalog_problem_add(problems, place, "type");
        catalog_problem_say(problem, CATALOG_ZH_CN, "form 须为对象 {...}");
        catalog_problem_say(problem, CATALOG_EN, "the form is to be an object {...}");
        return false;
    }
    for (const struct base_json *item = base_json_first(form); item != NULL; item = base_json_next(item)) {
        uint32_t at = catalog_index_find(&service->tables->fields, base_json_key(item));
        if (at == CATALOG_INDEX_NONE) {
            unknown_field_problem(service, base_json_key(item), problems);
            continue;
        }
        is_given[at] = true;
        catalog_field_check(&service->fields[at], item, problems);
    }
    return true;
}

static void form_check(const struct catalog_service *service, const struct base_json *form,
                       struct catalog_problems *problems)
{
    bool is_given[CATALOG_FIELDS_MAX];

    memset(is_given, 0, service->field_count * sizeof(is_given[0]));
    if (!values_check(service, form, is_given, problems))
        return;
    for (size_t i = 0; i < service->field_count; i++) {
        if (service->fields[i].is_required && !is_given[i])
            catalog_field_required(&service->fields[i], problems);
    }
}

static bool is_hash(const char *text)
{
    return strspn(text, "0123456789abcdefABCDEF") == HASH_DIGITS && text[HASH_DIGITS] == '\0';
}

/* "type/subtype", parameters behind a semicolon. Source: RFC 6838 4.2. */
static bool is_media_type(const char *text)
{
    static const char name_set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&-^_.+";
    size_t type = strspn(text, name_set);

    if (type == 0 || text[type] != '/')
        return false;
    const char *subtype = text + type + 1;
    size_t size = strspn(subtype, name_set);
    return size > 0 && (subtype[size] == '\0' || subtype[size] == ';');
}

static void material_members_check(const struct base_json *item, size_t index, struct catalog_problems *problems)
{
    static const char *const members[] = {"material", "name", "media_type", "size", "sha256"};
    char number[24];

    for (const struct base_json *member = base_json_first(item); member != NULL; member = base_json_next(member)) {
        size_t i = 0;
        while (i < sizeof(members) / sizeof(members[0]) && strcmp(members[i], base_json_key(member)) != 0)
            i++;
        if (i < sizeof(members) / sizeof(members[0]))
            continue;
        struct catalog_place place = catalog_place_indexed("materials", index, base_json_key(member), number);
        struct catalog_problem *problem = catalog_problem_add(problems, place, "unknown_field");
        catalog_problem_say(problem, CATALOG_ZH_CN, "材料没有此项；允许：material, name, media_type, size, sha256");
        catalog_problem_say(problem, CATALOG_EN,
                            "a material has no such member; allowed: material, name, media_type, size, sha256");
    }
}

static void format_problem(struct catalog_problems *problems, struct catalog_place place, const char *zh,
                           const char *en)
{
    struct catalog_problem *problem = catalog_problem_add(problems, place, "format");

    catalog_problem_say(problem, CATALOG_ZH_CN, "%s", zh);
    catalog_problem_say(problem, CATALOG_EN, "%s", en);
}

/* third of place is free when is_free: it becomes the member at fault. */
static void file_check(const struct base_json *item, struct catalog_place place, bool is_free, struct catalog_problems *problems)
{
    const struct base_json *size = base_json_member(item, "size");
    int64_t bytes;

    place.third = is_free ? "name" : place.third;
    const char *name = catalog_text_check(item, place, "name", false, CATALOG_FILE_NAME_LENGTH_MAX, problems);
    if (name != NULL && !catalog_is_file_name(name))
        format_problem(problems, place, "name 须为文件名：不得为空，不得含 / \\、控制字符或改变书写方向的字符，不得为 . 或 ..",
                       "the name is that of a file: not empty, without / \\, control characters and marks that turn the writing, neither . nor ..");
    place.third = is_free ? "media_type" : place.third;
    const char *media_type = catalog_text_check(item, place, "media_type", false, MEDIA_TYPE_LENGTH_MAX, problems);
    if (media_type != NULL && !is_media_type(media_type))
        format_problem(problems, place, "media_type 的格式为 类型/子类型，如 application/pdf",
                       "a media type is type/subtype, such as application/pdf");
    place.third = is_free ? "size" : place.third;
    if (size != NULL && base_json_i64(size, 0, MATERIAL_SIZE_MAX, &bytes) != OD_OK) {
        struct catalog_problem *problem = catalog_problem_add(problems, place, "range");
        catalog_problem_say(problem, CATALOG_ZH_CN, "size 为字节数，须为不小于 0 的整数");
        catalog_problem_say(problem, CATALOG_EN, "the size is a whole number of bytes, 0 or more");
    }
    place.third = is_free ? "sha256" : place.third;
    const char *hash = catalog_text_check(item, place, "sha256", false, HASH_DIGITS, problems);
    if (hash != NULL && !is_hash(hash))
        format_problem(problems, place, "sha256 须为 64 位十六进制数字", "sha256 is to be 64 hexadecimal digits");
}

void catalog_document_check(const struct base_json *item, struct catalog_place place, struct catalog_problems *problems)
{
    file_check(item, place, false, problems);
}

/* Which material one entry brings; told when none of the included matters asks for it. */
static void material_check(const struct catalog_service *service, core_task_set included,
                           const struct base_json *item,
                           size_t index, struct catalog_material_set *given, struct catalog_problems *problems)
{
    char number[24];
    struct catalog_place place = catalog_place_indexed("materials", index, NULL, number);

    if (base_json_type(item) != BASE_JSON_OBJECT) {
        struct catalog_problem *problem = catalog_problem_add(problems, place, "type");
        catalog_problem_say(problem, CATALOG_ZH_CN, "材料须为含 material 的对象");
        catalog_problem_say(problem, CATALOG_EN, "a material is to be an object with \"material\"");
        return;
    }
    material_members_check(item, index, problems);
    file_check(item, place, true, problems);
    place.third = "material";
    const char *id = catalog_text_check(item, place, "material", true, BASE_ID_MAX, problems);
    if (id == NULL)
        return;
    uint32_t at = catalog_index_find(&service->tables->materials, id);
    if (at != CATALOG_INDEX_NONE && (service->tables->material_users[at] & included) != 0) {
        catalog_material_set_add(given, at);
        return;
    }
    struct catalog_problem *problem = catalog_problem_add(problems, place, "unknown_material");
    if (problem == NULL)
        return;
    bool is_known = at != CATALOG_INDEX_NONE; /* but of a matter that is not included */
    unknown_say(problem, "本申请涉及的事项不需要此材料", "no matter of this application asks for such a material",
                is_known ? NULL : catalog_index_nearest(&service->tables->materials, id));
}

static void materials_check(const struct catalog_service *service, core_task_set included,
                            const struct base_json *list,
                            struct catalog_material_set *given, struct catalog_problems *problems)
{
    struct catalog_place place = {"materials", NULL, NULL};
    size_t i = 0;

    if (list != NULL && base_json_type(list) != BASE_JSON_ARRAY) {
        struct catalog_problem *problem = catalog_problem_add(problems, place, "type");
        catalog_problem_say(problem, CATALOG_ZH_CN, "materials 须为列表 [...]");
        catalog_problem_say(problem, CATALOG_EN, "the materials are to be an array [...]");
        return;
    }
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        if (i < BASE_MATERIALS_MAX)
            material_check(service, included, item, i, given, problems);
    }
    if (i <= BASE_MATERIALS_MAX)
        return;
    struct catalog_problem *problem = catalog_problem_add(problems, place, "limit");
    catalog_problem_say(problem, CATALOG_ZH_CN, "一次最多提交 %d 份材料", BASE_MATERIALS_MAX);
    catalog_problem_say(problem, CATALOG_EN, "at most %d materials may be submitted at once", BASE_MATERIALS_MAX);
}

int catalog_supplied_check(const struct catalog_service *service, const struct base_json *materials,
                           struct catalog_problems *problems)
{
    struct catalog_material_set given = {0};

    problems->count = 0;
    materials_check(service, (core_task_set)~(core_task_set)0, materials, &given, problems);
    return problems->count > 0 ? OD_EINVAL : OD_OK;
}

int catalog_answer_check(const struct catalog_service *service, const struct base_json *form,
                         struct catalog_problems *problems)
{
    bool is_given[CATALOG_FIELDS_MAX];

    problems->count = 0;
    (void)values_check(service, form, is_given, problems);
    return problems->count > 0 ? OD_EINVAL : OD_OK;
}

int catalog_submission_check(const struct catalog_service *service, const struct base_json *body,
                             core_day today, struct catalog_problems *problems, struct catalog_intake *intake)
{
    const struct base_json *form = base_json_member(body, "form");
    struct catalog_evidence evidence = {.form = form};

    problems->count = 0;
    if (base_json_type(body) != BASE_JSON_OBJECT) {
        struct catalog_place place = {NULL, NULL, NULL};
        struct catalog_problem *problem = catalog_problem_add(problems, place, "type");
        catalog_problem_say(problem, CATALOG_ZH_CN, "申请须为对象 {...}");
        catalog_problem_say(problem, CATALOG_EN, "a submission is to be an object {...}");
        return OD_EINVAL;
    }
    members_check(body, problems);
    catalog_applicant_check(service, body, problems);
    form_check(service, form, problems);
    /* Over a form that is not valid no matter can be excluded with certainty. */
    core_task_set included = problems->count == 0 ? catalog_included(service, form) : ~(core_task_set)0;
    materials_check(service, included, base_json_member(body, "materials"), &evidence.given, problems);
    catalog_promise_read(service, base_json_member(body, "promise"), today, included, &evidence, problems);
    if (problems->count > 0)
        return OD_EINVAL;
    catalog_intake_fill(service, &evidence, intake);
    return OD_OK;
}

void catalog_put_reason(struct base_buffer *buffer, const char *key, const struct catalog_service *service,
                        size_t index, const struct base_json *form)
{
    struct catalog_line line;

    assert(index < service->matter_count);
    catalog_line_init(&line);
    catalog_condition_reason(service->whens[index], form, &line);
    base_json_put_text_n(buffer, key, line.text, line.size);
}

void catalog_put_reason_texts(struct base_buffer *buffer, const char *key, const struct catalog_service *service,
                              size_t index, const struct base_json *form)
{
    static const char *const keys[] = {"zh-CN", "en"};
    struct catalog_line line;

    assert(index < service->matter_count);
    base_json_open(buffer, key, '{');
    for (size_t i = 0; i < CATALOG_LANGUAGES; i++) {
        catalog_line_init(&line);
        catalog_condition_reason_words(service->whens[index], service, form, (enum catalog_language)i, &line);
        base_json_put_text_n(buffer, keys[i], line.text, line.size);
    }
    base_json_close(buffer, '}');
}

void catalog_put_form(struct base_buffer *buffer, const char *key, const struct catalog_service *service,
                      size_t index, const struct base_json *form)
{
    assert(index < service->matter_count);
    const struct catalog_matter *matter = service->matters[index];

    base_json_open(buffer, key, '{');
    for (size_t i = 0; i < matter->field_count; i++) {
        const struct base_json *value = base_json_member(form, matter->fields[i]);
        if (value != NULL)
            base_json_put(buffer, matter->fields[i], value);
    }
    base_json_close(buffer, '}');
}
