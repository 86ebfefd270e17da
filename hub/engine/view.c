/* SPDX-License-Identifier: Apache-2.0 */
/* An application as the API shows it. Source: interface.md section 2. */
#include "engine/claim.h"
#include "engine/mark.h"
#include "engine/reuse.h"

#include <string.h>

/* Crockford's base 32: no I, L, O, U to be misread. */
static const char code_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void engine_code(const struct engine *engine, const char *number, char code[ENGINE_CODE_SIZE])
{
    uint8_t hash[BASE_HASH_SIZE];

    base_hash_keyed(engine->secret, number, strlen(number), hash);
    for (int i = 0; i < ENGINE_CODE_SIZE - 1; i++)
        code[i] = code_digits[hash[i] & 31];
    code[ENGINE_CODE_SIZE - 1] = '\0';
}

void engine_put_some(struct base_buffer *buffer, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        base_json_put_text(buffer, key, text);
}

void engine_put_matter(struct base_buffer *buffer, const struct catalog_matter *matter)
{
    base_json_put_text(buffer, "matter", matter->id);
    catalog_put_text(buffer, "matter_name", &matter->name);
    base_json_put_text(buffer, "department", matter->department->id);
    catalog_put_text(buffer, "department_name", &matter->department->name);
}

void engine_put_day(struct base_buffer *buffer, const char *key, core_day day)
{
    char text[BASE_DATE_SIZE];

    if (day <= 0 || day > CORE_DAY_MAX) {
        base_json_put_null(buffer, key);
        return;
    }
    base_day_format(day, text);
    base_json_put_text(buffer, key, text);
}

void engine_put_ms(struct base_buffer *buffer, const char *key, core_ms ms)
{
    char text[BASE_TIME_SIZE];

    if (ms == 0) {
        base_json_put_null(buffer, key);
        return;
    }
    base_zone_format(ms, text);
    base_json_put_text(buffer, key, text);
}

static void put_due(struct base_buffer *buffer, const char *key, const struct core_clock *clock)
{
    bool is_known = clock->state != CORE_CLOCK_NONE && clock->state != CORE_CLOCK_NOT_STARTED;

    engine_put_day(buffer, key, is_known ? clock->due : 0);
}

static void put_text_or_null(struct base_buffer *buffer, const char *key, const struct engine_text *text)
{
    if (text->bytes != NULL)
        base_json_put_raw(buffer, key, text->bytes, text->size);
    else
        base_json_put_null(buffer, key);
}

static void put_reason(struct base_buffer *buffer, const struct engine_application *application, unsigned task)
{
    put_text_or_null(buffer, "reason", engine_task_text(application, task, ENGINE_TEXT_REASON));
    if (engine_task_text(application, task, ENGINE_TEXT_REASON_TEXTS)->bytes != NULL)
        put_text_or_null(buffer, "reason_text", engine_task_text(application, task, ENGINE_TEXT_REASON_TEXTS));
}

static bool is_overdue(const struct core_clock *clocks)
{
    return clocks[CORE_CLOCK_PROMISED].is_overdue || clocks[CORE_CLOCK_STATUTORY].is_overdue;
}

/* The worse of a pair. */
static const char *level_of(const struct core_clock *clocks)
{
    const char *promised = engine_clock_level(&clocks[CORE_CLOCK_PROMISED]), *statutory = engine_clock_level(&clocks[CORE_CLOCK_STATUTORY]);

    if (*promised == 'r' || *statutory == 'r')
        return "red";
    return *promised == 'y' ? promised : statutory;
}

/* Every matter that it needs can be decided while the applicant waits (即办件). */
static bool is_on_the_spot(const struct engine_application *application)
{
    core_task_set included = application->core->included;

    for (unsigned i = 0; i < application->core->task_count; i++)
        if ((included >> i & 1) != 0 && !application->service->rules.matters[i].is_on_the_spot)
            return false;
    return included != 0;
}

static void put_flags(struct base_buffer *buffer, const struct core_task *task)
{
    if (task->has_late_extension)
        base_json_put_bool(buffer, "late_extension", true);
    if (task->is_unanswered)
        base_json_put_bool(buffer, "unanswered", true);
    if (task->clocks[CORE_CLOCK_STATUTORY].extensions > 0)
        base_json_put_i64(buffer, "extensions", task->clocks[CORE_CLOCK_STATUTORY].extensions);
    if (task->watch.state == CORE_CLOCK_RUNNING)
        engine_put_day(buffer, "pause_expected_until", task->watch.due);
}

/* Who has to act next on an open task: nothing waits silently. */
static const char *owner_of(const struct core_task *task)
{
    switch ((enum core_task_state)task->state) {
    case CORE_TASK_BLOCKED: return "predecessor";
    case CORE_TASK_WAITING_APPLICANT: return "applicant";
    case CORE_TASK_PARKED: return "officer";
    case CORE_TASK_QUEUED:
    case CORE_TASK_OFFERED:
    case CORE_TASK_ACCEPTED:
    case CORE_TASK_PAUSED: return task->is_by_officer ? "officer" : "connector";
    case CORE_TASK_NONE:
    case CORE_TASK_DONE:
    case CORE_TASK_CANCELLED:
    case CORE_TASK_SKIPPED: return NULL;
    }
    return NULL;
}

static const char *next_action_of(const struct core_task *task)
{
    switch ((enum core_task_state)task->state) {
    case CORE_TASK_BLOCKED: return "wait_for_predecessors";
    case CORE_TASK_QUEUED: return task->failures > 0 ? "retry" : "offer";
    case CORE_TASK_OFFERED: return task->is_by_officer ? "take" : "accept";
    case CORE_TASK_ACCEPTED: return "give_opinion";
    case CORE_TASK_PAUSED: return "resume";
    case CORE_TASK_WAITING_APPLICANT: return "supplement";
    case CORE_TASK_PARKED: return "requeue_or_give_opinion";
    case CORE_TASK_NONE:
    case CORE_TASK_DONE:
    case CORE_TASK_CANCELLED:
    case CORE_TASK_SKIPPED: return NULL;
    }
    return NULL;
}

static void put_task_state(struct base_buffer *buffer, const struct engine_application *application, unsigned i)
{
    const struct core_task *task = &application->core->tasks[i];

    base_json_put_text(buffer, "state", core_task_state_name(task->state));
    engine_put_ms(buffer, "since", task->since_ms);
    if (application->service->rules.matters[i].gives_no_opinion)
        base_json_put_bool(buffer, "gives_opinion", false);
    bool is_incomplete = application->core->status == CORE_STATUS_INCOMPLETE && task->state == CORE_TASK_BLOCKED;

    bool is_unchecked = application->core->status == CORE_STATUS_RECEIVED && task->state == CORE_TASK_BLOCKED;

    base_json_put_text(buffer, "owner", is_unchecked ? "front_desk" : is_incomplete ? "applicant" : owner_of(task));
    base_json_put_text(buffer, "next_action", is_unchecked ? "check" : is_incomplete ? "supplement" : next_action_of(task));
    if (task->state == CORE_TASK_PARKED)
        base_json_put_text(buffer, "park_reason", core_park_reason_name(task->park_reason));
    if (task->state == CORE_TASK_PAUSED)
        base_json_put_text(buffer, "pause_kind", core_pause_kind_name(task->pause_kind));
    if (task->attempt > 0)
        base_json_put_i64(buffer, "attempt", task->attempt);
    if (task->is_redelivered)
        base_json_put_bool(buffer, "redelivered", true);
    if (task->is_deemed)
        base_json_put_bool(buffer, "deemed", true);
    if (core_task_is_reused(task))
        base_json_put_bool(buffer, "reused", true);
    if (task->has_late_opinion)
        base_json_put_bool(buffer, "late_opinion", true);
}

void engine_put_task_members(struct base_buffer *buffer, const struct engine_application *application, unsigned i,
                             bool is_whole)
{
    const struct core_task *task = &application->core->tasks[i];
    const struct catalog_matter *matter = application->service->matters[i];
    char number[BASE_NUMBER_SIZE];

    base_task_number_format(application->id, application->core->received_day, i, number);
    base_json_put_text(buffer, "id", number);
    if (is_whole) {
        base_number_format(application->id, application->core->received_day, number);
        base_json_put_text(buffer, "application", number);
        base_json_put_text(buffer, "service", application->service->id);
        catalog_put_text(buffer, "service_name", &application->service->name);
    }
    engine_put_matter(buffer, matter);
    put_task_state(buffer, application, i);
    put_reason(buffer, application, i);
    put_due(buffer, "promised_date", &task->clocks[CORE_CLOCK_PROMISED]);
    put_due(buffer, "statutory_date", &task->clocks[CORE_CLOCK_STATUTORY]);
    base_json_put_bool(buffer, "overdue", is_overdue(task->clocks));
    base_json_put_text(buffer, "level", level_of(task->clocks));
    put_flags(buffer, task);
    if (task->opinion == CORE_OPINION_NONE)
        base_json_put_null(buffer, "opinion"); /* an earlier one stands for it once it is accepted, or stood for it and does no more */
    else
        put_text_or_null(buffer, "opinion", engine_task_text(application, i, ENGINE_TEXT_OPINION));
    const struct engine_text *reference = engine_task_text(application, i, ENGINE_TEXT_EXTERNAL_REF);
    base_json_put_text(buffer, "external_ref", reference->bytes);
    if (engine_task_text(application, i, ENGINE_TEXT_NOTE)->bytes != NULL)
        put_text_or_null(buffer, "note", engine_task_text(application, i, ENGINE_TEXT_NOTE));
    engine_put_claim(buffer, application, i);
    engine_put_marks(buffer, application, i);
}

void engine_put_task(struct base_buffer *buffer, const char *key, const struct engine_application *application,
                     unsigned i, bool is_whole)
{
    base_json_open(buffer, key, '{');
    engine_put_task_members(buffer, application, i, is_whole);
    base_json_close(buffer, '}');
}

static void put_head(struct base_buffer *buffer, const struct engine_application *application)
{
    const struct core_application *core = application->core;
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, core->received_day, number);
    base_json_put_text(buffer, "number", number);
    base_json_put_text(buffer, "service", application->service->id);
    catalog_put_text(buffer, "service_name", &application->service->name);
    base_json_put_text(buffer, "status", core_status_name(core->status));
    engine_put_ms(buffer, "received_at", core->received_ms);
    engine_put_ms(buffer, "accepted_at", core->accepted_ms);
    put_due(buffer, "promised_date", &core->clocks[CORE_CLOCK_PROMISED]);
    put_due(buffer, "statutory_date", &core->clocks[CORE_CLOCK_STATUTORY]);
    base_json_put_bool(buffer, "overdue", is_overdue(core->clocks));
    base_json_put_text(buffer, "level", level_of(core->clocks));
    base_json_put_text(buffer, "lane", is_on_the_spot(application) ? "on_the_spot" : "promised");
    engine_put_day(buffer, "accepted_as_of", core->accepted_day);
    put_due(buffer, "delivery_date", &core->delivery);
}

static void put_caveat(struct base_buffer *buffer, const struct engine_application *application)
{
    const struct core_clock *clocks = application->core->clocks;
    bool is_provisional = clocks[CORE_CLOCK_PROMISED].is_provisional || clocks[CORE_CLOCK_STATUTORY].is_provisional;

    base_json_put_bool(buffer, "dates_provisional", is_provisional);
    if (!is_provisional)
        return;
    base_json_open(buffer, "caveat", '{');
    engine_put_day(buffer, "calendar_from", application->service->rules.calendar->published_from);
    engine_put_day(buffer, "calendar_until", application->service->rules.calendar->published_until);
    base_json_close(buffer, '}');
}

void engine_put_application(struct base_buffer *buffer, const char *key, const struct engine *engine,
                            const struct engine_application *application, bool shows_code)
{
    const struct core_application *core = application->core;
    char number[BASE_NUMBER_SIZE], code[ENGINE_CODE_SIZE];

    base_json_open(buffer, key, '{');
    put_head(buffer, application);
    base_number_format(application->id, core->received_day, number);
    engine_code(engine, number, code);
    base_json_put_text(buffer, "code", shows_code ? code : NULL);
    put_caveat(buffer, application);
    base_json_put_text(buffer, "catalog_version", catalog_version(application->catalog));
    base_json_put_i64(buffer, "revision", core->revision);
    base_json_put_bool(buffer, "flagged", core->is_flagged);
    base_json_put_bool(buffer, "late_stage", core->is_late_stage);
    if (application->sequence > 0)
        base_json_put_i64(buffer, "sequence", (int64_t)application->sequence);
    if (application->duplicate_of[0] != '\0')
        base_json_put_text(buffer, "duplicate_of", application->duplicate_of);
    if (core->is_accepted_by_silence)
        base_json_put_bool(buffer, "accepted_by_silence", true);
    if (core->is_deemed)
        base_json_put_bool(buffer, "deemed", true);
    engine_put_ms(buffer, "decided_at", core->decided_ms);
    engine_put_ms(buffer, "closed_at", core->closed_ms);
    base_json_open(buffer, "tasks", '[');
    for (unsigned i = 0; i < core->task_count; i++)
        engine_put_task(buffer, NULL, application, i, false);
    base_json_close(buffer, ']');
    engine_put_notice(buffer, application);
    engine_put_decision(buffer, "decision", application);
    base_json_close(buffer, '}');
}

void engine_put_brief(struct base_buffer *buffer, const char *key, const struct engine_application *application)
{
    base_json_open(buffer, key, '{');
    put_head(buffer, application);
    base_json_put_text(buffer, "outcome", application->core->outcome != CORE_OUTCOME_NONE
                                              ? core_outcome_name(application->core->outcome) : NULL);
    base_json_close(buffer, '}');
}

/* The citizen's view: the same facts without external numbers, notes and flags. */
void engine_put_track_members(struct base_buffer *buffer, const struct engine *engine,
                              const struct engine_application *application, bool is_explained)
{
    const struct core_application *core = application->core;

    put_head(buffer, application);
    put_caveat(buffer, application);
    if (is_explained)
        engine_put_joint_clock(buffer, "clocks", engine, application);
    base_json_open(buffer, "tasks", '[');
    for (unsigned i = 0; i < core->task_count; i++) {
        const struct catalog_matter *matter = application->service->matters[i];
        const struct core_task *task = &core->tasks[i];

        base_json_open(buffer, NULL, '{');
        engine_put_matter(buffer, matter);
        base_json_put_text(buffer, "state", core_task_state_name(task->state));
        put_reason(buffer, application, i);
        put_due(buffer, "promised_date", &task->clocks[CORE_CLOCK_PROMISED]);
        base_json_put_bool(buffer, "overdue", is_overdue(task->clocks));
        base_json_put_text(buffer, "opinion", task->opinion != CORE_OPINION_NONE ? core_opinion_name(task->opinion) : NULL);
        engine_reuse_put_source(buffer, application, i);
        engine_put_marks(buffer, application, i);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
    engine_put_notice(buffer, application);
    engine_put_decision(buffer, "decision", application);
}
