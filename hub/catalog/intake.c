/* SPDX-License-Identifier: Apache-2.0 */
/* The lawful outcomes of an intake: Licensing Law art. 32. Runs for every submission: no
 * allocation, one look at each condition. */
#include "catalog/intake.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "catalog/condition.h"
#include "core/core.h"

bool catalog_material_set_has(const struct catalog_material_set *set, uint32_t index)
{
    return (set->bits[index / 64] >> (index % 64) & 1) != 0;
}

void catalog_material_set_add(struct catalog_material_set *set, uint32_t index)
{
    set->bits[index / 64] |= UINT64_C(1) << (index % 64);
}

core_task_set catalog_included(const struct catalog_service *service, const struct base_json *form)
{
    core_task_set included = 0;

    for (size_t i = 0; i < service->matter_count; i++) {
        if (catalog_condition_holds(service->whens[i], form))
            included |= (core_task_set)1 << i;
    }
    return included;
}

static void missing_put(struct catalog_intake *intake, const struct catalog_material *material,
                        const struct catalog_matter *matter, bool is_tolerated)
{
    size_t *count = is_tolerated ? &intake->tolerated_count : &intake->missing_count;

    assert(*count < BASE_MATERIALS_MAX);
    (is_tolerated ? intake->tolerated : intake->missing)[*count] = material;
    (is_tolerated ? intake->tolerated_for : intake->missing_for)[*count] = matter;
    ++*count;
}

/* Required by an included matter, its own condition met, and not given: each once, for
 * the first matter that asks. A material that is optional for one matter may be required
 * by the next. */
static void missing_note(const struct catalog_service *service, size_t task, const struct catalog_evidence *evidence,
                         struct catalog_material_set *settled, struct catalog_intake *intake)
{
    const struct catalog_matter *matter = service->matters[task];

    for (size_t i = 0; i < matter->material_count; i++) {
        const struct catalog_material *material = &matter->materials[i];
        uint32_t index = service->tables->material_at[task][i];
        if (!material->is_required || catalog_material_set_has(settled, index) ||
            !catalog_condition_holds(material->when, evidence->form))
            continue;
        catalog_material_set_add(settled, index);
        missing_put(intake, material, matter, catalog_material_set_has(&evidence->promised, index));
    }
}

/* Everybody who asks for what is not there; asked once more only where something is missing. */
static void tasks_note(const struct catalog_service *service, const struct base_json *form, struct catalog_intake *intake)
{
    core_task_set asked[BASE_MATERIALS_MAX] = {0};

    for (size_t task = 0; task < service->matter_count; task++)
        for (size_t i = 0; i < service->matters[task]->material_count && (intake->included >> task & 1) != 0; i++) {
            const struct catalog_material *material = &service->matters[task]->materials[i];

            if (material->is_required && catalog_condition_holds(material->when, form))
                asked[service->tables->material_at[task][i]] |= (core_task_set)1 << task;
        }
    for (size_t i = 0; i < intake->missing_count; i++)
        intake->missing_tasks[i] = asked[catalog_index_find(&service->tables->materials, intake->missing[i]->id)];
    for (size_t i = 0; i < intake->tolerated_count; i++)
        intake->tolerated_tasks[i] = asked[catalog_index_find(&service->tables->materials, intake->tolerated[i]->id)];
}

static void corrections_note(const struct catalog_service *service, const struct base_json *form, struct catalog_intake *intake)
{
    for (size_t i = 0; i < service->correction_count; i++) {
        if (catalog_condition_holds(service->corrections[i].when, form))
            intake->corrections[intake->correction_count++] = &service->corrections[i];
    }
}

static const struct catalog_competence *competence_find(const struct catalog_service *service, const struct base_json *form)
{
    for (size_t i = 0; i < service->competence_count; i++) {
        if (catalog_condition_holds(service->competences[i].when, form))
            return &service->competences[i];
    }
    return NULL;
}

/* Art. 32(1) and (2): who is not competent cannot say what is required; both need no person to look. */
static enum core_intake outcome_of(const struct catalog_service *service, const struct catalog_intake *intake)
{
    if (intake->competence != NULL)
        return CORE_INTAKE_NOT_COMPETENT;
    if (intake->included == 0)
        return CORE_INTAKE_NOT_REQUIRED;
    if (service->is_officer_checked)
        return CORE_INTAKE_UNCHECKED;
    return intake->missing_count == 0 && intake->correction_count > 0 ? CORE_INTAKE_CORRECTABLE : CORE_INTAKE_NONE;
}

void catalog_intake_fill(const struct catalog_service *service, const struct catalog_evidence *evidence,
                         struct catalog_intake *intake)
{
    struct catalog_material_set settled = evidence->given;

    intake->service = service;
    intake->included = catalog_included(service, evidence->form);
    intake->missing_count = intake->tolerated_count = intake->correction_count = 0;
    for (size_t i = 0; i < service->matter_count; i++) {
        if ((intake->included >> i & 1) != 0)
            missing_note(service, i, evidence, &settled, intake);
    }
    if (intake->missing_count + intake->tolerated_count > 0)
        tasks_note(service, evidence->form, intake);
    intake->tolerated_until = intake->tolerated_count > 0 ? evidence->until : 0;
    intake->competence = competence_find(service, evidence->form);
    corrections_note(service, evidence->form, intake);
    intake->outcome = (uint8_t)outcome_of(service, intake);
}

/* -- The promise to hand in later (容缺) -- */

static void problem_tell(struct catalog_problems *problems, struct catalog_place place, const char *code,
                         const char *zh, const char *en)
{
    struct catalog_problem *problem = catalog_problem_add(problems, place, code);

    catalog_problem_say(problem, CATALOG_ZH_CN, "%s", zh);
    catalog_problem_say(problem, CATALOG_EN, "%s", en);
}

/* Do all included matters that require it accept it later? Says too whether one requires it now. */
static bool is_tolerant(const struct catalog_service *service, core_task_set included, uint32_t index,
                        const struct base_json *form, bool *is_required)
{
    bool is_tolerant = true;

    *is_required = false;
    for (size_t task = 0; task < service->matter_count; task++) {
        const struct catalog_matter *matter = service->matters[task];
        for (size_t i = 0; i < matter->material_count && (included >> task & 1) != 0; i++) {
            const struct catalog_material *material = &matter->materials[i];
            if (service->tables->material_at[task][i] != index || !material->is_required ||
                !catalog_condition_holds(material->when, form))
                continue;
            *is_required = true;
            is_tolerant = is_tolerant && material->is_tolerant;
        }
    }
    return is_tolerant;
}

static void promised_check(const struct catalog_service *service, core_task_set included, const char *id,
                           struct catalog_place place, struct catalog_evidence *evidence, struct catalog_problems *problems)
{
    uint32_t index = id != NULL ? catalog_index_find(&service->tables->materials, id) : CATALOG_INDEX_NONE;
    bool is_required = false;

    if (index == CATALOG_INDEX_NONE) {
        problem_tell(problems, place, id != NULL ? "unknown_material" : "type", "须为本服务所列材料的编号",
                     "this is to be the id of a material of the service");
        return;
    }
    bool may_follow = is_tolerant(service, included, index, evidence->form, &is_required);
    if (!is_required || catalog_material_set_has(&evidence->given, index))
        problem_tell(problems, place, "not_missing", "此材料并不缺少，请从承诺中删除", "this material is not missing; take it out of the promise");
    else if (!may_follow)
        problem_tell(problems, place, "not_tolerant", "此材料不可容缺，须随申请提交", "this material may not follow later; hand it in with the application");
    else if (catalog_material_set_has(&evidence->promised, index))
        problem_tell(problems, place, "twice", "此材料重复", "this material is named twice");
    else
        catalog_material_set_add(&evidence->promised, index);
}

/* The last day that may be promised. Errors: OD_ENOTFOUND the service takes no promise, OD_ERANGE. */
static int last_day(const struct catalog_service *service, core_day today, core_day *last)
{
    const struct core_limit *limit = &service->rules.tolerance;
    struct core_span span = {.calendar = limit->calendar != NULL ? limit->calendar : service->rules.calendar,
                             .limit = limit, .task = CORE_TASKS_MAX, .pause_on = CORE_PAUSES_NEVER};
    struct core_moment from = {.day = today};
    struct core_clock clock;

    if (limit->unit == CORE_UNIT_NONE)
        return OD_ENOTFOUND;
    int rc = core_clock_start(&clock, &span, &from);
    if (rc == OD_OK)
        *last = clock.due;
    return rc;
}

/* 0 with a problem when it is no day within the limit. */
static core_day until_check(const struct catalog_service *service, const struct base_json *promise, core_day today,
                            struct catalog_problems *problems)
{
    const struct base_json *json = base_json_member(promise, "until");
    struct catalog_place place = {"promise", "until", NULL};
    core_day until, last = CORE_DAY_MAX;
    char text[BASE_DATE_SIZE];

    if (base_json_text(json) == NULL || base_day_parse(base_json_text(json), &until) != OD_OK) {
        problem_tell(problems, place, json == NULL ? "required" : "type", "请写明补交日期 YYYY-MM-DD", "a date YYYY-MM-DD by which the materials follow is needed");
        return 0;
    }
    int rc = last_day(service, today, &last);
    if (rc == OD_ENOTFOUND) {
        place.second = NULL;
        problem_tell(problems, place, "not_tolerant", "本服务不接受容缺承诺，请提交全部材料", "the service takes no promise; hand in every material");
        return 0;
    }
    if (until > today && until <= last)
        return until;
    struct catalog_problem *problem = catalog_problem_add(problems, place, "range");
    base_day_format(last, text);
    catalog_problem_say(problem, CATALOG_ZH_CN, "补交日期须晚于今天，不晚于 %s", text);
    catalog_problem_say(problem, CATALOG_EN, "the day is to lie after today and not after %s", text);
    return 0;
}

static void members_check(const struct base_json *promise, struct catalog_problems *problems)
{
    for (const struct base_json *item = base_json_first(promise); item != NULL; item = base_json_next(item)) {
        const char *key = base_json_key(item);
        struct catalog_place place = {"promise", key, NULL};
        if (strcmp(key, "materials") != 0 && strcmp(key, "until") != 0)
            problem_tell(problems, place, "unknown_field", "承诺没有此项；允许：materials, until", "a promise has no such member; allowed: materials, until");
    }
}

void catalog_promise_read(const struct catalog_service *service, const struct base_json *promise, core_day today,
                          core_task_set included, struct catalog_evidence *evidence, struct catalog_problems *problems)
{
    const struct base_json *list = base_json_member(promise, "materials");
    struct catalog_place place = {"promise", NULL, NULL};
    bool is_sound = problems->count == 0; /* else it is not known what is missing */
    char number[24];
    size_t i = 0;

    if (promise == NULL)
        return;
    if (base_json_type(promise) != BASE_JSON_OBJECT) {
        problem_tell(problems, place, "type", "promise 须为含 materials 和 until 的对象", "the promise is to be an object with \"materials\" and \"until\"");
        return;
    }
    members_check(promise, problems);
    place.second = "materials";
    if (base_json_type(list) != BASE_JSON_ARRAY || base_json_first(list) == NULL) {
        problem_tell(problems, place, list == NULL ? "required" : "type", "请列出承诺补交的材料编号", "the ids of the materials that follow are needed, in an array");
    } else {
        for (const struct base_json *item = base_json_first(list); item != NULL && is_sound; item = base_json_next(item), i++) {
            snprintf(number, sizeof(number), "%zu", i);
            place.third = number;
            promised_check(service, included, base_json_text(item), place, evidence, problems);
        }
    }
    evidence->until = until_check(service, promise, today, problems);
}

/* -- Once more, over what is there now -- */

/* A promise that was taken once, as far as it still holds. */
static void promise_take(const struct catalog_service *service, const struct base_json *promise, core_day today,
                         core_task_set included, struct catalog_evidence *evidence)
{
    const char *until = base_json_member_text(promise, "until");
    bool is_required;

    if (until == NULL || base_day_parse(until, &evidence->until) != OD_OK || evidence->until < today)
        return;
    for (const struct base_json *item = base_json_first(base_json_member(promise, "materials")); item != NULL; item = base_json_next(item)) {
        const char *id = base_json_text(item);
        uint32_t index = id != NULL ? catalog_index_find(&service->tables->materials, id) : CATALOG_INDEX_NONE;
        if (index != CATALOG_INDEX_NONE && is_tolerant(service, included, index, evidence->form, &is_required))
            catalog_material_set_add(&evidence->promised, index);
    }
}

void catalog_intake_recheck(const struct catalog_service *service, const struct base_json *form,
                            const char *const *materials, size_t material_count,
                            const struct base_json *promise, core_day today, struct catalog_intake *intake)
{
    struct catalog_evidence evidence = {.form = form};

    for (size_t i = 0; i < material_count; i++) {
        uint32_t index = catalog_index_find(&service->tables->materials, materials[i]);
        if (index != CATALOG_INDEX_NONE)
            catalog_material_set_add(&evidence.given, index);
    }
    promise_take(service, promise, today, catalog_included(service, form), &evidence);
    catalog_intake_fill(service, &evidence, intake);
}
