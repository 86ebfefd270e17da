/* SPDX-License-Identifier: Apache-2.0 */
/* Claims, as texts of their tasks: "<UTC ms, hexadecimal> <id of a key>".
 *
 *   claim, release -> its text -> engine_note (journal) -> deed TASK: answered when durable */
#include "engine/claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who may lay hands on what another has claimed, with a reason. */
#define OVERSIGHT (FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)

bool engine_task_is_with_officers(const struct core_task *task)
{
    return task->is_by_officer || task->state == CORE_TASK_PARKED;
}

bool engine_claim_find(const struct engine_application *application, unsigned task, struct engine_claim *claim)
{
    const struct engine_text *text = engine_task_text(application, task, ENGINE_TEXT_CLAIM);
    char *end;

    if (text->bytes == NULL || !engine_task_is_for_officer(&application->core->tasks[task]))
        return false;
    claim->at_ms = (core_ms)strtoull(text->bytes, &end, 16);
    claim->by = *end == ' ' ? end + 1 : end;
    return true;
}

int engine_claim_set(struct engine_application *application, unsigned task, const char *by, core_ms at_ms)
{
    char text[BASE_ID_MAX + 24] = "";
    int size = by != NULL ? snprintf(text, sizeof(text), "%llx %.*s", (unsigned long long)at_ms, BASE_ID_MAX, by) : 0;
    int rc = engine_text_set(engine_task_text(application, task, ENGINE_TEXT_CLAIM), text, (size_t)size);

    if (rc == OD_OK)
        application->desk_changed |= (core_task_set)1 << task;
    return rc;
}

void engine_claims_settle(struct engine_application *application)
{
    for (unsigned i = 0; i < application->core->task_count; i++)
        if (engine_task_text(application, i, ENGINE_TEXT_CLAIM)->bytes != NULL &&
            !engine_task_is_for_officer(&application->core->tasks[i]))
            (void)!engine_claim_set(application, i, NULL, 0); /* to forget takes no memory */
}

void engine_put_claim(struct base_buffer *buffer, const struct engine_application *application, unsigned task)
{
    struct engine_claim claim;

    if (!engine_claim_find(application, task, &claim))
        return;
    base_json_open(buffer, "claim", '{');
    base_json_put_text(buffer, "by", claim.by);
    engine_put_ms(buffer, "at", claim.at_ms);
    base_json_close(buffer, '}');
}

static bool is_of(const struct engine_claim *claim, const struct front_request *request)
{
    return strcmp(claim->by, request->identity.key_id) == 0;
}

bool engine_claim_is_again(const struct front_request *request, const struct engine_application *application, unsigned task)
{
    struct engine_claim claim;

    return request->route == FRONT_TASK_CLAIM && request->idempotency_key != NULL && engine_claim_find(application, task, &claim) &&
           is_of(&claim, request);
}

static void answer_claimed(struct front_request *request, const struct engine_claim *claim)
{
    char at[BASE_TIME_SIZE], zh[256], en[256];

    base_zone_format(claim->at_ms, at);
    snprintf(zh, sizeof(zh), "%.64s 自 %s 起认领了这项任务。", claim->by, at);
    snprintf(en, sizeof(en), "%.64s has claimed this task since %s.", claim->by, at);
    front_answer_problem(request, FRONT_CLAIMED, front_say(request, zh, en), NULL, 0);
}

bool engine_answer_if_claimed(struct front_request *request, const struct engine_application *application, unsigned task)
{
    struct engine_claim claim;

    if (!engine_claim_find(application, task, &claim) || is_of(&claim, request))
        return false;
    answer_claimed(request, &claim);
    return true;
}

/* The reason of the body, NULL = none; false: it was refused. */
static bool read_reason(struct front_request *request, const char **reason)
{
    const struct base_json *member = base_json_member(request->body, "reason");

    *reason = base_json_text(member);
    if (member == NULL || (*reason != NULL && strlen(*reason) <= ENGINE_CLAIM_REASON_MAX && !engine_text_is_blank(*reason)))
        return true;
    engine_refuse(request, "/reason", "length", "reason 应为不超过 500 字节的文字。", "reason must be text of at most 500 bytes.");
    return false;
}

/* May the reader lay hands on another's claim? Otherwise it is answered. */
static bool may_override(struct front_request *request, const struct engine_claim *claim, const char *reason)
{
    if ((request->identity.roles & OVERSIGHT) == 0) {
        answer_claimed(request, claim);
        return false;
    }
    if (reason != NULL)
        return true;
    engine_refuse(request, "/reason", "required", "接手或解除他人认领的任务须说明理由（reason）。",
                  "To take over or release what somebody else has claimed needs a reason.");
    return false;
}

static int put(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task,
               const char *type, const char *by, const char *from, const char *reason)
{
    struct engine_deed deed = {.kind = ENGINE_DEED_TASK, .request = request, .handle = base_task_handle(application->id, task)};
    struct engine_text *claim = engine_task_text(application, task, ENGINE_TEXT_CLAIM), before = *claim;
    struct base_buffer details = {0};

    base_json_put_text(&details, "department", application->service->matters[task]->department->id);
    if (from != NULL)
        base_json_put_text(&details, "from", from);
    if (reason != NULL)
        base_json_put_text(&details, "reason_text", reason);
    *claim = (struct engine_text){0}; /* what is there stays until the journal has the new one */
    int rc = details.is_broken ? OD_ENOMEM : engine_claim_set(application, task, by, engine->now.ms);
    if (rc == OD_OK)
        rc = engine_note(engine, application, type, task, request->identity.key_id, base_buffer_text(&details));
    base_buffer_fini(&details);
    base_free(rc == OD_OK ? before.bytes : claim->bytes);
    if (rc != OD_OK)
        *claim = before;
    return rc == OD_OK ? engine_deed_add(engine, &deed) : rc;
}

/* Nothing is to be written: the task as it is, behind what is on its way to the disk. */
static int leave(struct engine *engine, const struct engine_application *application, struct front_request *request, unsigned task)
{
    return engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_TASK, .request = request,
                                                         .handle = base_task_handle(application->id, task)});
}

static int claim_task(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task)
{
    bool takes_over = base_json_is_true(base_json_member(request->body, "take_over"));
    struct engine_claim claim;
    const char *reason;
    char from[BASE_ID_MAX + 1];

    if (!read_reason(request, &reason))
        return OD_OK;
    if (!engine_claim_find(application, task, &claim))
        return put(engine, application, request, task, "task_claimed", request->identity.key_id, NULL, NULL);
    if (is_of(&claim, request))
        return leave(engine, application, request, task);
    if (!takes_over) {
        answer_claimed(request, &claim);
        return OD_OK;
    }
    if (!may_override(request, &claim, reason))
        return OD_OK;
    snprintf(from, sizeof(from), "%s", claim.by); /* the claim's text is about to change */
    return put(engine, application, request, task, "task_taken_over", request->identity.key_id, from, reason);
}

static int release_task(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task)
{
    struct engine_claim claim;
    const char *reason;
    char from[BASE_ID_MAX + 1];

    if (!read_reason(request, &reason))
        return OD_OK;
    if (!engine_claim_find(application, task, &claim))
        return leave(engine, application, request, task);
    if (!is_of(&claim, request) && !may_override(request, &claim, reason))
        return OD_OK;
    snprintf(from, sizeof(from), "%s", claim.by);
    return put(engine, application, request, task, "task_released", NULL, from, reason);
}

int engine_claim_perform(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task)
{
    if (!engine_task_is_with_officers(&application->core->tasks[task]) || !engine_task_is_for_officer(&application->core->tasks[task]))
        return OD_ESTATE;
    return request->route == FRONT_TASK_CLAIM ? claim_task(engine, application, request, task)
                                              : release_task(engine, application, request, task);
}
