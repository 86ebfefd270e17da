/* SPDX-License-Identifier: Apache-2.0 */
/* POST .../supplement.
 *
 *   document (404) -> unchanged (412) -> materials and form of this service (422) -> bars, where a corrected form may bring in a
 *   matter of safety (Licensing Law art. 78, 79) -> its turn -> which versions there are -> unchanged still -> engine_supply
 *   -> answered when durable */
#include "engine/material.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* {"materials": [...], "form": {...}, "text": "..."}: any of them, at least one. */
static bool is_supplement(const struct base_json *body)
{
    return base_json_type(body) == BASE_JSON_OBJECT && (base_json_type(base_json_member(body, "materials")) == BASE_JSON_ARRAY ||
                                                        base_json_type(base_json_member(body, "form")) == BASE_JSON_OBJECT ||
                                                        base_json_member_text(body, "text") != NULL);
}

/* The materials of the body, as those of a submission, and its form fields, against the application's own service; answered when
 * one is wrong. */
static bool is_body_fine(struct engine *engine, const struct engine_application *application, struct front_request *request)
{
    struct catalog_problems *problems = &engine->problems;

    if (!is_supplement(request->body) || request->body_size > BASE_ITEM_FIELD_MAX) {
        front_answer_problem(request, FRONT_INVALID, front_say(request, "请提供 materials、form 或 text 之一，总计不超过 64 KiB。",
                                                               "Give materials, form or text, at most 64 KiB together."), NULL, 0);
        return false;
    }
    if (catalog_supplied_check(application->service, base_json_member(request->body, "materials"), problems) == OD_OK &&
        catalog_answer_check(application->service, base_json_member(request->body, "form"), problems) == OD_OK)
        return true;
    engine_refuse_problems(request, problems);
    return false;
}

static void answer_fault(struct front_request *request, int rc)
{
    if (rc == OD_ENOTFOUND)
        engine_refuse(request, "", "not_asked", "提交的内容不在补正要求之列，请按通知逐项补充。",
                      "Nothing of this was asked for; supply what the notice lists.");
    else
        engine_answer_rc(request, rc);
}

/* -- The numbers of what it names -- */

/* By the materials of a body, in their order. */
struct numbers {
    unsigned items[BASE_MATERIALS_MAX]; /* 0 = it is listed: as the newest before, or in the same body */
    bool has_new;
};

static bool is_same(const char *digits, const struct base_json *item)
{
    const char *own = base_json_member_text(item, "sha256");

    return strcasecmp(digits, own != NULL ? own : "") == 0;
}

static unsigned number_next(const struct engine_versions *versions, const struct base_json *materials, const struct base_json *item,
                            const struct numbers *numbers)
{
    const char *material = base_json_member_text(item, "material");
    const struct engine_version *newest = engine_version_newest(versions, material);
    unsigned last = newest != NULL ? newest->number : 0;
    bool is_listed = newest != NULL && is_same(newest->digits, item);
    size_t i = 0;

    for (const struct base_json *before = base_json_first(materials); before != item; before = base_json_next(before), i++) {
        const char *digits = base_json_member_text(before, "sha256");

        if (strcmp(base_json_member_text(before, "material"), material) != 0)
            continue;
        is_listed = is_listed || is_same(digits != NULL ? digits : "", item);
        last = numbers->items[i] != 0 ? numbers->items[i] : last;
    }
    return is_listed ? 0 : last + 1;
}

static void numbers_find(struct numbers *numbers, const struct engine_versions *versions, const struct base_json *materials)
{
    size_t i = 0;

    for (const struct base_json *item = base_json_first(materials); item != NULL; item = base_json_next(item), i++) {
        assert(i < BASE_MATERIALS_MAX);
        numbers->items[i] = number_next(versions, materials, item, numbers);
        numbers->has_new = numbers->has_new || numbers->items[i] != 0;
    }
}

static void put_numbered(struct base_buffer *text, const struct engine *engine, const struct front_request *request, const struct numbers *numbers)
{
    char at[BASE_TIME_SIZE];
    size_t i = 0;

    base_zone_format(engine->now.ms, at);
    base_json_open(text, "materials", '[');
    for (const struct base_json *item = base_json_first(base_json_member(request->body, "materials")); item != NULL; item = base_json_next(item), i++) {
        base_json_open(text, NULL, '{');
        engine_put_document(text, item);
        if (numbers->items[i] == 0)
            base_json_put_bool(text, "listed", true);
        else
            base_json_put_i64(text, "version", numbers->items[i]);
        base_json_put_text(text, "by", request->identity.key_id);
        base_json_put_text(text, "at", at);
        base_json_close(text, '}');
    }
    base_json_close(text, ']');
}

/* The body with the numbers, and nothing else that a client may have added to them. */
static int body_make(struct engine *engine, const struct front_request *request, const struct numbers *numbers, struct base_json **out)
{
    static const char *const others[] = {"form", "text"};
    struct base_buffer text = {0};
    struct base_json_error error;

    base_json_open(&text, NULL, '{');
    put_numbered(&text, engine, request, numbers);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (base_json_member(request->body, others[i]) != NULL)
            base_json_put(&text, others[i], base_json_member(request->body, others[i]));
    base_json_close(&text, '}');
    int rc = text.is_broken ? OD_ENOMEM : base_json_parse(text.bytes, text.size, out, &error);
    base_buffer_fini(&text);
    return rc;
}

/* What it names is needed from now on, and by nothing that is refused. */
static int supply_pinning(struct engine *engine, struct engine_application *application, struct front_request *request,
                          const struct numbers *numbers, struct engine_addition *addition)
{
    struct store_pins *pins = NULL;
    struct store_write *write;
    struct base_json *body = NULL;
    int rc = engine_pins_make(engine, base_json_member(request->body, "materials"), NULL, &pins);

    if (rc == OD_OK)
        rc = body_make(engine, request, numbers, &body);
    if (rc == OD_OK)
        rc = engine_supply(engine, application, body, request->identity.key_id, addition);
    if (rc == OD_OK && pins != NULL && (rc = engine_write_get(engine, application, &write)) == OD_OK) /* it has one */
        engine_pins_attach(write, pins);
    base_json_destroy(body);
    return rc;
}

/* -- It is taken -- */

static core_task_set invalid_tasks(const struct engine *engine, const struct engine_application *application)
{
    core_task_set invalid = 0;

    for (unsigned i = 0; i < application->service->matter_count; i++)
        if (engine_find_invalid(engine, application->service, (core_task_set)1 << i) != NULL)
            invalid |= (core_task_set)1 << i;
    return invalid;
}

/* An application whose form says that there is nothing to apply for here: its applicant says which of the two is meant. */
static void refuse_empty(struct front_request *request, const struct engine_addition *addition)
{
    char zh[CATALOG_TEXT_MAX + 256], en[CATALOG_TEXT_MAX + 256];

    if (addition->outcome == CORE_INTAKE_NOT_REQUIRED) {
        engine_refuse(request, "/form", "not_required", "按更正后的内容，本服务各事项均无须办理，申请未作变更。确无须办理的请撤回申请，否则请核对填报内容。",
                      "By the corrected form no matter of this service is needed, so nothing was changed: withdraw the application, or check the form.");
        return;
    }
    snprintf(zh, sizeof(zh), "按更正后的内容，本事项由%s办理，申请未作变更。请撤回并向其申请，否则请核对填报内容。", addition->competence->body.in[CATALOG_ZH_CN]);
    snprintf(en, sizeof(en), "By the corrected form %s is the right body, so nothing was changed: withdraw the application and apply there, or check the form.",
             addition->competence->body.in[CATALOG_EN]);
    engine_refuse(request, "/form", "not_competent", zh, en);
}

/* A matter that the corrected form brings in is applied for today. */
static void refuse_added(struct engine *engine, const struct engine_application *application, struct front_request *request,
                         core_task_set added, const struct engine_bars *bars)
{
    const struct catalog_matter *invalid = engine_find_invalid(engine, application->service, added);
    unsigned longest = CORE_TASKS_MAX;

    if (invalid != NULL) {
        engine_refuse_invalid(request, "/form", invalid);
        return;
    }
    for (unsigned i = 0; i < CORE_TASKS_MAX; i++)
        if ((added & bars->tasks) >> i & 1 && (longest == CORE_TASKS_MAX || bars->until[i] > bars->until[longest]))
            longest = i;
    assert(longest < CORE_TASKS_MAX);
    engine_refuse_barred(request, "/form", bars->until[longest], (enum engine_bar)bars->reasons[longest]);
}

/* bars: none where nothing of safety can come in. */
static void take(struct engine *engine, struct engine_application *application, struct front_request *request,
                 const struct engine_versions *versions, const struct engine_bars *bars)
{
    struct engine_addition addition = {.may_not = invalid_tasks(engine, application) | bars->tasks};
    struct numbers numbers = {0};
    size_t index = SIZE_MAX;
    int rc = engine_contents_check(engine, base_json_member(request->body, "materials"), &index);

    if (rc != OD_OK) {
        engine_refuse_content(request, index, rc == OD_EDENIED);
        return;
    }
    numbers_find(&numbers, versions, base_json_member(request->body, "materials"));
    if (numbers.has_new && versions->later_count >= ENGINE_VERSIONS_MAX) {
        engine_refuse_more(request, "/materials");
        return;
    }
    rc = supply_pinning(engine, application, request, &numbers, &addition);
    if (addition.outcome != CORE_INTAKE_NONE) {
        refuse_empty(request, &addition);
        return;
    }
    if ((addition.added & addition.may_not) != 0) {
        refuse_added(engine, application, request, addition.added & addition.may_not, bars);
        return;
    }
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_SHOW, .request = request, .call = engine_named_settle, .data = request,
                                                            .handle = base_task_handle(application->id, 0)});
    if (rc != OD_OK)
        answer_fault(request, rc);
}

/* What was looked up, until the application is there again: it may have left the memory meanwhile. */
struct looked {
    struct front_request *request;
    struct engine_bars bars;
    struct engine_turn turn;
};

static void on_versions(struct engine *engine, struct engine_application *application, const struct engine_versions *versions, int rc, void *data)
{
    struct looked *looked = data;

    if (rc != OD_OK)
        engine_answer_rc(looked->request, rc);
    else if (!engine_answer_if_changed(looked->request, application, CORE_TASKS_MAX))
        take(engine, application, looked->request, versions, &looked->bars);
    engine_turn_end(engine, &looked->turn); /* its numbers stand in the application */
    base_free(looked);
}

static void on_turn(struct engine *engine, void *data)
{
    struct looked *looked = data;

    engine_versions_get(engine, looked->turn.application, on_versions, looked);
}

static void on_bars(struct engine *engine, struct front_request *request, const struct engine_bars *bars, int rc)
{
    struct looked *looked = rc == OD_OK ? base_alloc(sizeof(*looked)) : NULL;
    uint64_t id;
    int32_t day;

    if (looked == NULL || base_number_parse(request->params[0], &id, &day) != OD_OK) {
        engine_answer_rc(request, rc == OD_OK ? OD_EBUSY : rc);
        base_free(looked);
        return;
    }
    *looked = (struct looked){.request = request, .bars = *bars, .turn = {.application = id, .on_turn = on_turn, .data = looked}};
    engine_turn_take(engine, &looked->turn);
}

/* Only a corrected form before the acceptance brings matters in. */
static bool may_add_safety(const struct engine_application *application, const struct front_request *request)
{
    if (application->core->status != CORE_STATUS_INCOMPLETE || base_json_count(base_json_member(request->body, "form")) == 0)
        return false;
    for (unsigned i = 0; i < application->service->matter_count; i++)
        if (application->service->matters[i]->is_safety && (application->core->included >> i & 1) == 0)
            return true;
    return false;
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    static const struct engine_bars none;
    struct front_request *request = data;

    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    if (engine_answer_if_changed(request, application, CORE_TASKS_MAX) || !is_body_fine(engine, application, request))
        return;
    if (!may_add_safety(application, request))
        on_bars(engine, request, &none, OD_OK);
    else if ((rc = engine_bars_look(engine, application, request, on_bars)) != OD_OK)
        engine_answer_rc(request, rc);
}

void engine_supplement(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;

    if (base_number_parse(request->params[0], &id, &day) != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    else
        engine_document_get(engine, id, on_application, request);
}
