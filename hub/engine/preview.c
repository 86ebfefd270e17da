/* SPDX-License-Identifier: Apache-2.0 */
/* What a submission would become, before it is one: which departments, in which order and why, promised for when, what is
 * missing, and what the same person has handed in before. The core itself takes the step, on an application that nobody
 * keeps; so the answer is that of the submission.
 *
 *   preview -> service (404) -> schema (told, not refused) -> intake -> (approvals that are to stand) -> core_step
 *           -> (earlier applications) -> 200 */
#include "catalog/fee.h"
#include "engine/material.h"
#include "engine/reuse.h"

#include <stdio.h>
#include <string.h>

#define DESK (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_ADMIN)

struct preview {
    struct front_request *request;
    struct catalog *catalog;                /* a reference: it may be reloaded meanwhile */
    const struct catalog_service *service;
    struct catalog_problems problems;
    struct catalog_intake intake;
    const struct engine_reuse *reuse;       /* approvals of before that would stand; NULL = none is named */
    core_task_set held;                     /* the matters that they stand for */
    struct base_buffer body;
};

static void put_texts(struct base_buffer *buffer, const char *key, const char *zh, const char *en)
{
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "zh-CN", zh);
    base_json_put_text(buffer, "en", en);
    base_json_close(buffer, '}');
}

/* -- Order -- */

/* In which round each included matter is worked on, from 1; 0 = it is not. */
static unsigned rounds_find(const struct catalog_service *service, core_task_set included, unsigned rounds[CORE_TASKS_MAX])
{
    unsigned last = 0;
    core_task_set done = 0;

    memset(rounds, 0, CORE_TASKS_MAX * sizeof(rounds[0]));
    while (included != 0 && last < CORE_TASKS_MAX) {
        core_task_set now = 0;

        for (size_t i = 0; i < service->matter_count; i++)
            if ((included >> i & 1) != 0 && (service->rules.matters[i].after & included & ~done) == 0)
                now |= (core_task_set)1 << i;
        last++;
        for (size_t i = 0; i < service->matter_count; i++)
            if (now >> i & 1)
                rounds[i] = last;
        done |= now;
        included &= ~now;
    }
    return last;
}

/* The departments of a round, each once. */
static size_t round_list(const struct catalog_service *service, const unsigned rounds[CORE_TASKS_MAX], unsigned round,
                         const struct catalog_department *departments[CORE_TASKS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < service->matter_count; i++) {
        bool is_listed = rounds[i] != round;

        for (size_t k = 0; k < count && !is_listed; k++)
            is_listed = departments[k] == service->matters[i]->department;
        if (!is_listed)
            departments[count++] = service->matters[i]->department;
    }
    return count;
}

/* "A, B and C, then D" */
static void put_route(struct base_buffer *text, const struct catalog_service *service, const unsigned rounds[CORE_TASKS_MAX],
                      unsigned last, enum catalog_language language)
{
    static const char *const comma[CATALOG_LANGUAGES] = {"、", ", "}, *const and[CATALOG_LANGUAGES] = {"、", " and "},
                            *const then[CATALOG_LANGUAGES] = {"，再交", ", then "};
    const struct catalog_department *departments[CORE_TASKS_MAX];

    for (unsigned round = 1; round <= last; round++) {
        size_t count = round_list(service, rounds, round, departments);

        base_buffer_put_text(text, round > 1 ? then[language] : "");
        for (size_t i = 0; i < count; i++)
            base_buffer_put_format(text, "%s%s", i == 0 ? "" : i + 1 < count ? comma[language] : and[language],
                                   departments[i]->name.in[language]);
    }
}

static unsigned count_of(core_task_set set)
{
    unsigned count = 0;

    for (; set != 0; set &= set - 1)
        count++;
    return count;
}

/* "2 approvals of before stand. " */
static void put_held(struct base_buffer *zh, struct base_buffer *en, core_task_set held)
{
    unsigned count = count_of(held);

    if (count == 0)
        return;
    base_buffer_put_format(zh, "沿用以前的 %u 项同意意见；其余", count);
    base_buffer_put_format(en, "%u earlier approval%s. ", count, count == 1 ? " stands" : "s stand");
}

static void put_words(struct base_buffer *buffer, const struct catalog_service *service, const unsigned rounds[CORE_TASKS_MAX],
                      unsigned last, core_task_set held, core_day promised)
{
    struct base_buffer zh = {0}, en = {0};
    char day[CATALOG_LANGUAGES][ENGINE_DATE_WORDS_SIZE] = {"", ""};

    for (int i = 0; i < CATALOG_LANGUAGES && promised > 0; i++)
        engine_date_words(promised, (enum catalog_language)i, day[i]);
    put_held(&zh, &en, held);
    base_buffer_put_text(&zh, held != 0 ? "送交" : "本申请送交");
    base_buffer_put_text(&en, "This goes to ");
    put_route(&zh, service, rounds, last, CATALOG_ZH_CN);
    put_route(&en, service, rounds, last, CATALOG_EN);
    base_buffer_put_format(&zh, "%s%s%s。", promised > 0 ? "；承诺于" : "", day[CATALOG_ZH_CN], promised > 0 ? "前办结" : "");
    base_buffer_put_format(&en, "%s%s.", promised > 0 ? "; promised for " : "", day[CATALOG_EN]);
    put_texts(buffer, "words", base_buffer_text(&zh), base_buffer_text(&en));
    base_buffer_fini(&zh);
    base_buffer_fini(&en);
}

/* -- What it would become -- */

/* The approval that would stand for the matter; NULL = none. */
static const struct engine_reuse_item *held_find(const struct preview *preview, unsigned i)
{
    for (size_t k = 0; preview->reuse != NULL && k < preview->reuse->count; k++)
        if (preview->reuse->items[k].task == i)
            return &preview->reuse->items[k];
    return NULL;
}

static void put_source(struct base_buffer *buffer, const struct engine_reuse_item *item)
{
    base_json_put_bool(buffer, "reused", true);
    base_json_open(buffer, "reused_from", '{');
    base_json_put_text(buffer, "number", item->number);
    engine_put_day(buffer, "valid_until", item->until);
    base_json_close(buffer, '}');
}

static core_day due_of(const struct core_clock *clock)
{
    return clock->state != CORE_CLOCK_NONE && clock->state != CORE_CLOCK_NOT_STARTED ? clock->due : 0;
}

static void put_matter(struct base_buffer *buffer, const struct preview *preview, const struct core_application *core, unsigned i,
                       unsigned round)
{
    const struct catalog_matter *matter = preview->service->matters[i];
    const struct base_json *form = base_json_member(preview->request->body, "form");

    base_json_open(buffer, NULL, '{');
    engine_put_matter(buffer, matter);
    catalog_put_reason(buffer, "reason", preview->service, i, form);
    catalog_put_reason_texts(buffer, "reason_text", preview->service, i, form);
    if (core != NULL) {
        core_task_set after = preview->service->rules.matters[i].after & preview->intake.included;

        base_json_put_i64(buffer, "order", round);
        base_json_open(buffer, "after", '[');
        for (size_t k = 0; k < preview->service->matter_count; k++)
            if (after >> k & 1)
                base_json_put_text(buffer, NULL, preview->service->matters[k]->id);
        base_json_close(buffer, ']');
        engine_put_day(buffer, "promised_date", due_of(&core->tasks[i].clocks[CORE_CLOCK_PROMISED]));
        engine_put_day(buffer, "statutory_date", due_of(&core->tasks[i].clocks[CORE_CLOCK_STATUTORY]));
        if (held_find(preview, i) != NULL)
            put_source(buffer, held_find(preview, i));
    }
    base_json_close(buffer, '}');
}

static void put_way(struct base_buffer *buffer, const struct preview *preview, const struct core_application *core)
{
    const struct core_clock *clocks = core->clocks;
    unsigned rounds[CORE_TASKS_MAX];
    unsigned last = rounds_find(preview->service, preview->intake.included & ~preview->held, rounds);
    bool is_provisional = clocks[CORE_CLOCK_PROMISED].is_provisional || clocks[CORE_CLOCK_STATUTORY].is_provisional;

    engine_put_day(buffer, "promised_date", due_of(&clocks[CORE_CLOCK_PROMISED]));
    engine_put_day(buffer, "statutory_date", due_of(&clocks[CORE_CLOCK_STATUTORY]));
    base_json_put_bool(buffer, "dates_provisional", is_provisional);
    base_json_put_bool(buffer, "decided_at_once", core->decided_ms != 0);
    base_json_open(buffer, "tasks", '[');
    for (unsigned round = 0; round <= last; round++)
        for (unsigned i = 0; i < preview->service->matter_count; i++)
            if ((preview->intake.included >> i & 1) != 0 && rounds[i] == round)
                put_matter(buffer, preview, core, i, round);
    base_json_close(buffer, ']');
    base_json_open(buffer, "excluded", '[');
    for (unsigned i = 0; i < preview->service->matter_count; i++)
        if ((preview->intake.included >> i & 1) == 0)
            put_matter(buffer, preview, NULL, i, 0);
    base_json_close(buffer, ']');
    if (last > 0)
        put_words(buffer, preview->service, rounds, last, preview->held, due_of(&clocks[CORE_CLOCK_PROMISED]));
    else if (preview->held != 0)
        put_texts(buffer, "words", "所需各项意见均沿用以前的同意意见，受理后随即作出决定。",
                  "Every opinion that is needed stands already; the decision follows with the acceptance.");
    else
        put_texts(buffer, "words", "所填情形无需办理任何审批事项。", "Nothing in this case needs an approval.");
}

/* Errors: OD_ENOMEM; those of core_step. */
static int imagine(struct engine *engine, struct preview *preview)
{
    struct engine_application *application = engine_application_create(preview->service, engine->application_next);
    struct core_event event = {.type = CORE_RECEIVED, .time = engine->now,
                               .received = {.id = engine->application_next, .included = preview->intake.included, .is_complete = true}};
    struct core_effects *effects = base_alloc(sizeof(*effects));
    int rc = application != NULL && effects != NULL ? OD_OK : OD_ENOMEM;

    if (preview->intake.included == 0)
        event.received.intake = CORE_INTAKE_NOT_REQUIRED;
    if (rc == OD_OK) {
        application->core->task_count = (uint8_t)preview->service->matter_count;
        rc = engine_reuse_take(application, preview->reuse, &event);
    }
    if (rc == OD_OK) {
        preview->held = event.received.held;
        rc = core_step(&preview->service->rules, application->core, &event, effects);
    }
    if (rc == OD_OK)
        put_way(&preview->body, preview, application->core);
    base_free(effects);
    engine_application_destroy(application);
    return rc;
}

/* -- What is still to be done -- */

static const char *outcome_of(const struct catalog_intake *intake)
{
    switch ((enum core_intake)intake->outcome) {
    case CORE_INTAKE_NOT_COMPETENT: return "not_competent";
    case CORE_INTAKE_NOT_REQUIRED: return "not_required";
    case CORE_INTAKE_CORRECTABLE: return "correctable";
    case CORE_INTAKE_UNCHECKED: return "unchecked";
    case CORE_INTAKE_NONE: break;
    }
    return intake->missing_count > 0 ? "incomplete" : "complete";
}

static void put_missing(struct base_buffer *buffer, const struct catalog_intake *intake)
{
    engine_put_missing(buffer, intake, false);
    base_json_open(buffer, "corrections", '[');
    for (size_t i = 0; i < intake->correction_count; i++)
        catalog_put_text(buffer, NULL, &intake->corrections[i]->text);
    base_json_close(buffer, ']');
}

static void put_problems(struct base_buffer *buffer, const struct catalog_problems *problems, enum front_language language)
{
    base_json_open(buffer, "errors", '[');
    for (size_t i = 0; i < problems->count && i < CATALOG_PROBLEMS_MAX; i++) {
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "pointer", problems->items[i].pointer);
        base_json_put_text(buffer, "code", problems->items[i].code);
        base_json_put_text(buffer, "detail", problems->items[i].detail[language == FRONT_EN ? CATALOG_EN : CATALOG_ZH_CN]);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

static void put_head(struct base_buffer *buffer, const struct preview *preview)
{
    const struct catalog_competence *competence = preview->intake.competence;

    base_json_put_text(buffer, "service", preview->service->id);
    base_json_put_text(buffer, "catalog_version", catalog_version(preview->catalog));
    base_json_put_text(buffer, "outcome", outcome_of(&preview->intake));
    if (competence != NULL)
        catalog_put_text(buffer, "competent_body", &competence->body);
    put_problems(buffer, &preview->problems, preview->request->language);
    put_missing(buffer, &preview->intake);
}

/* -- The answer -- */

static void finish(struct engine *engine, void *data, int rc)
{
    struct preview *preview = data;

    (void)engine;
    base_json_close(&preview->body, '}');
    if (rc == OD_OK)
        front_answer(preview->request, 200, "application/json", NULL, &preview->body);
    else
        engine_answer_rc(preview->request, rc);
    base_buffer_fini(&preview->body);
    catalog_release(preview->catalog);
    base_free(preview);
}

/* reuse: what of before would stand; NULL = nothing is named, or not by the desk. */
static void tell(struct engine *engine, struct preview *preview, const struct engine_reuse *reuse)
{
    preview->reuse = reuse;
    base_json_open(&preview->body, NULL, '{');
    put_head(&preview->body, preview);
    catalog_put_fees(&preview->body, "fees", preview->service, preview->intake.included, base_json_member(preview->request->body, "form"));
    int rc = imagine(engine, preview);
    preview->reuse = NULL;
    if (rc != OD_OK)
        finish(engine, preview, rc);
    else if ((preview->request->identity.roles & DESK) != 0) /* whether somebody has applied is nobody else's business */
        engine_earlier_put(engine, preview->request, preview->service, &preview->body, finish, preview);
    else
        finish(engine, preview, OD_OK);
}

/* An approval that may not stand is one more thing that is wrong. */
static void on_fault(void *data, const char *pointer, const char *code, const char *zh, const char *en)
{
    struct catalog_problems *problems = &((struct preview *)data)->problems;
    struct catalog_problem *problem = problems->count < CATALOG_PROBLEMS_MAX ? &problems->items[problems->count] : NULL;

    problems->count++;
    if (problem == NULL)
        return;
    snprintf(problem->pointer, sizeof(problem->pointer), "%s", pointer);
    problem->code = code;
    snprintf(problem->detail[CATALOG_ZH_CN], sizeof(problem->detail[0]), "%s", zh);
    snprintf(problem->detail[CATALOG_EN], sizeof(problem->detail[0]), "%s", en);
}

static void on_looked(struct engine *engine, void *data, const struct engine_reuse *reuse, int rc)
{
    if (rc == OD_OK)
        tell(engine, data, reuse);
    else
        finish(engine, data, rc);
}

/* What is wrong is told beside what is known all the same: the form may be half filled in. */
static void look(struct engine *engine, struct preview *preview)
{
    static const struct engine_reuse_viewer viewer = {.on_fault = on_fault, .on_looked = on_looked};
    const struct base_json *body = preview->request->body;
    const char *ids[BASE_MATERIALS_MAX];
    size_t count = 0;

    if (catalog_submission_check(preview->service, body, engine->now.day, &preview->problems, &preview->intake) != OD_OK) {
        for (const struct base_json *item = base_json_first(base_json_member(body, "materials")); item != NULL && count < BASE_MATERIALS_MAX;
             item = base_json_next(item))
            if (base_json_member_text(item, "material") != NULL)
                ids[count++] = base_json_member_text(item, "material");
        catalog_intake_recheck(preview->service, base_json_member(body, "form"), ids, count, base_json_member(body, "promise"),
                               engine->now.day, &preview->intake);
    }
    if (engine_reuse_is_asked(preview->request) && (preview->request->identity.roles & DESK) != 0)
        engine_reuse_view(engine, preview->request, preview->service, &preview->intake, &viewer, preview);
    else
        tell(engine, preview, NULL);
}

void engine_preview(struct engine *engine, struct front_request *request)
{
    const struct catalog_service *service = catalog_service_find(engine->catalog, request->params[0]);
    struct preview *preview;

    if (service == NULL) {
        front_answer_problem(request, FRONT_NOT_FOUND,
                             front_say(request, "目录中没有这个编号。", "The catalogue has no such id."), NULL, 0);
        return;
    }
    preview = base_alloc(sizeof(*preview));
    if (preview == NULL) {
        engine_answer_rc(request, OD_ENOMEM);
        return;
    }
    preview->request = request;
    preview->service = service;
    preview->catalog = catalog_retain(engine->catalog);
    look(engine, preview);
}
