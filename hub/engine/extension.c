/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions of a limit, of one task or of the whole. What is refused is told with the rule that
 * refuses it; what comes too late is refused and kept.
 *
 *   extend -> reason, length (422) -> rank of the key -> CORE_EXTENDED -> durable -> answer */
#include "engine/internal.h"

#include <stdio.h>
#include <string.h>

/* A head's key without a department is that of the same-level government. */
static enum core_rank rank_of(const struct front_identity *identity, const char *department)
{
    bool is_own = department != NULL && strcmp(identity->department, department) == 0;

    if ((identity->roles & FRONT_ROLE_HEAD) != 0 && identity->department[0] == '\0')
        return CORE_RANK_GOVERNMENT;
    if ((identity->roles & FRONT_ROLE_HEAD) != 0 && is_own)
        return CORE_RANK_HEAD;
    return (identity->roles & FRONT_ROLE_OFFICER) != 0 && is_own ? CORE_RANK_OFFICER : CORE_RANK_NONE;
}

static const struct core_limit *limit_of(const struct engine_application *application, unsigned task, uint8_t clock)
{
    const struct core_rules *rules = &application->service->rules;

    if (task < CORE_TASKS_MAX)
        return core_matter_limit(&rules->matters[task], (enum core_clock_id)clock);
    return clock == CORE_CLOCK_PROMISED ? &rules->promised : &rules->statutory;
}

static const struct core_clock *clock_of(const struct engine_application *application, unsigned task, uint8_t clock)
{
    return task < CORE_TASKS_MAX ? &application->core->tasks[task].clocks[clock] : &application->core->clocks[clock];
}

static void refuse_length(struct front_request *request, const struct core_limit *limit)
{
    char zh[128], en[128];

    snprintf(zh, sizeof(zh), "length 应为 1 到 %d 的整数（一次延长的上限）。", (int)limit->extend.length_max);
    snprintf(en, sizeof(en), "length must be a whole number from 1 to %d, the most of one extension.", (int)limit->extend.length_max);
    engine_refuse(request, "/length", "range", zh, en);
}

static void refuse_state(struct front_request *request, const char *zh, const char *en)
{
    front_answer_problem(request, FRONT_CONFLICT, front_say(request, zh, en), NULL, 0);
}

static void refuse_rank(struct front_request *request, const struct core_limit *limit)
{
    bool is_government = limit->extend.approver == CORE_RANK_GOVERNMENT;

    front_answer_problem(request, FRONT_FORBIDDEN,
                         is_government ? front_say(request, "这项延长须由本级人民政府负责人批准（不限部门的 head 密钥）。",
                                                   "This extension is for the head of the same-level government: a head's key without a department.")
                                       : front_say(request, "这项延长须由本部门负责人批准（本部门的 head 密钥）。",
                                                   "This extension is for the head of the department: a head's key of that department."),
                         NULL, 0);
}

static void answer_refusal(struct front_request *request, int rc, const struct core_limit *limit)
{
    switch (rc) {
    case OD_EINVAL: refuse_length(request, limit); break;
    case OD_EDENIED: refuse_rank(request, limit); break;
    case OD_EUNSUPPORTED:
        refuse_state(request, "该期限不可延长，或者目前没有在计算。", "This limit cannot be extended, or its clock does not run now.");
        break;
    case OD_ELIMIT:
        refuse_state(request, "已达到规定的延长次数。", "It has been extended as often as its rule allows.");
        break;
    case OD_ECONFLICT:
        engine_refuse(request, "/length", "statutory", "承诺期限不得晚于法定期限。", "A promise may not end later than the statutory limit.");
        break;
    default: engine_answer_rc(request, rc); break;
    }
}

/* Durable now: refused all the same, and counted as late. */
static void answer_late(struct engine *engine, void *data, int rc)
{
    (void)engine;
    if (rc != OD_OK)
        engine_answer_rc(data, OD_EBUSY);
    else
        refuse_state(data, "期限已届满，不能再延长；这次申请已记录并计为超期。",
                     "The limit has run out: it cannot be extended any more. The request is on record and counts as late.");
}

/* clock, length and reason of the body; false when it was answered. */
static bool read_extension(struct front_request *request, const struct core_limit *limits[CORE_CLOCKS], struct core_event *event)
{
    const struct base_json *clock = base_json_member(request->body, "clock");
    const char *word = clock != NULL ? base_json_text(clock) : "statutory";
    const char *reason = base_json_member_text(request->body, "reason");
    int64_t length = 0;

    if (word == NULL || (strcmp(word, "statutory") != 0 && strcmp(word, "promised") != 0)) {
        engine_refuse(request, "/clock", "choice", "clock 应为 statutory 或 promised。", "clock must be statutory or promised.");
        return false;
    }
    event->extended.clock = strcmp(word, "promised") == 0 ? CORE_CLOCK_PROMISED : CORE_CLOCK_STATUTORY;
    if (base_json_i64(base_json_member(request->body, "length"), 1, CORE_LIMIT_DAYS_MAX, &length) != OD_OK) {
        refuse_length(request, limits[event->extended.clock]);
        return false;
    }
    event->extended.length = (int32_t)length;
    if (reason == NULL || engine_text_is_blank(reason) || strlen(reason) > BASE_TEXT_MAX) {
        engine_refuse(request, "/reason", "required", "请写明延长的理由（须告知申请人），不超过 8 KiB。",
                      "Say why (the applicant is told), in at most 8 KiB.");
        return false;
    }
    return true;
}

void engine_extend(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task)
{
    const struct core_limit *limits[CORE_CLOCKS] = {limit_of(application, task, CORE_CLOCK_PROMISED),
                                                    limit_of(application, task, CORE_CLOCK_STATUTORY)};
    struct core_event event = {.type = CORE_EXTENDED, .time = engine->now, .task = task};
    struct engine_deed deed = {.kind = task < CORE_TASKS_MAX ? ENGINE_DEED_TASK : ENGINE_DEED_SHOW, .request = request,
                               .handle = base_task_handle(application->id, task < CORE_TASKS_MAX ? task : 0)};
    struct base_buffer details = {0};

    if (!read_extension(request, limits, &event))
        return;
    event.extended.rank = (uint8_t)rank_of(&request->identity,
        task < CORE_TASKS_MAX ? application->service->matters[task]->department->id : NULL);
    const struct core_clock *clock = clock_of(application, task, event.extended.clock);
    unsigned before = clock->extensions;
    base_json_put_text(&details, "reason_text", base_json_member_text(request->body, "reason"));
    int rc = event.extended.rank == CORE_RANK_NONE ? OD_EDENIED
             : engine_apply(engine, application, &event, request->identity.key_id, base_buffer_text(&details));
    base_buffer_fini(&details);
    if (rc == OD_OK && clock->extensions == before)
        deed = (struct engine_deed){.kind = ENGINE_DEED_CALL, .call = answer_late, .data = request};
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &deed);
    if (rc != OD_OK)
        answer_refusal(request, rc, limits[event.extended.clock]);
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct front_request *request = data;

    if (rc != OD_OK)
        engine_answer_rc(request, rc);
    else if (!engine_answer_if_changed(request, application, CORE_TASKS_MAX))
        engine_extend(engine, application, request, CORE_TASKS_MAX);
}

void engine_extend_whole(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;

    if (base_number_parse(request->params[0], &id, &day) != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    else
        engine_application_get(engine, id, on_application, request);
}
