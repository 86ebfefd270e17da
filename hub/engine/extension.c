/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions of a limit, of one task or of the whole, and the milestones of a task. What
 * is refused is told with the rule that refuses it; what comes too late is refused and kept.
 *
 *   extend -> reason, length (422) -> rank of the key -> CORE_EXTENDED -> durable -> answer */
#include "engine/claim.h"

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

/* -- Milestones -- */

static void refuse_milestone(struct front_request *request)
{
    engine_refuse(request, "/milestone", "choice",
                  "milestone 应为 delegated、preliminary_reviewed、inspectors_assigned、hearing_told、hearing_requested、hearing_announced 或 hearing_held。",
                  "milestone must be delegated, preliminary_reviewed, inspectors_assigned, hearing_told, hearing_requested, hearing_announced or hearing_held.");
}

/* Who tells of the hearing, or has claimed the task: those who review it, as far as the hub knows them. */
static bool is_reviewer(const struct front_request *request, const struct engine_application *application, unsigned task, const char *who)
{
    struct engine_claim claim;

    return strcmp(who, request->identity.key_id) == 0 || (engine_claim_find(application, task, &claim) && strcmp(claim.by, who) == 0);
}

/* The day of a hearing, and who chairs it: never who reviews (Licensing Law art. 48). */
static bool read_hearing(struct front_request *request, const struct engine_application *application, struct core_event *event)
{
    const char *day = base_json_member_text(request->body, "on"), *chair = base_json_member_text(request->body, "chair");

    if (day == NULL || base_day_parse(day, &event->marked.day) != OD_OK) {
        engine_refuse(request, "/on", "type", "请给出听证日期 on（YYYY-MM-DD）。", "Give the day of the hearing: on, YYYY-MM-DD.");
        return false;
    }
    if (chair == NULL || engine_text_is_blank(chair) || strlen(chair) > BASE_ID_MAX) {
        engine_refuse(request, "/chair", "required", "请给出听证主持人 chair（密钥编号，1 到 64 个字符）。",
                      "Say who chairs the hearing: chair, the id of a key, 1 to 64 characters.");
        return false;
    }
    if (is_reviewer(request, application, event->task, chair)) {
        engine_refuse(request, "/chair", "same_person", "审查该申请的工作人员不得主持听证（行政许可法第四十八条）。",
                      "Who reviews the application may not chair its hearing (Licensing Law art. 48).");
        return false;
    }
    return true;
}

/* Bytes of what parts two names at at, in either language; 0 = nothing does. */
static size_t separator_size(const char *at)
{
    static const char *const separators[] = {",", ";", "\n", "，", "、", "；"};

    for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++)
        if (strncmp(at, separators[i], strlen(separators[i])) == 0)
            return strlen(separators[i]);
    return 0;
}

static bool has_two_names(const char *text)
{
    const char *first = NULL;
    size_t first_size = 0;

    for (const char *at = text + strspn(text, " "); *at != '\0'; at += strspn(at, " ")) {
        const char *name = at;
        while (*at != '\0' && separator_size(at) == 0)
            at++;
        size_t size = (size_t)(at - name);
        while (size > 0 && name[size - 1] == ' ')
            size--;
        if (first != NULL && size > 0 && (size != first_size || memcmp(first, name, size) != 0))
            return true;
        if (first == NULL && size > 0) {
            first = name;
            first_size = size;
        }
        at += separator_size(at);
    }
    return false;
}

/* Who inspects, to whom it is delegated: the record names them (Licensing Law art. 24, 55). False: it was answered. */
static bool names_whom(struct front_request *request, enum core_milestone milestone, const char *text)
{
    if (milestone == CORE_MILESTONE_DELEGATED && (text == NULL || engine_text_is_blank(text))) {
        engine_refuse(request, "/text", "required", "请在 text 中写明受委托的机关（行政许可法第二十四条）。",
                      "Say to whom it is delegated: text (Licensing Law art. 24).");
        return false;
    }
    if (milestone == CORE_MILESTONE_INSPECTORS_ASSIGNED && (text == NULL || !has_two_names(text))) {
        engine_refuse(request, "/text", "two_inspectors", "请在 text 中写明两名以上检查人员，以逗号分隔（行政许可法第五十五条）。",
                      "Name two inspectors or more, parted by commas: text (Licensing Law art. 55).");
        return false;
    }
    return true;
}

static void answer_milestone(struct front_request *request, int rc)
{
    if (rc == OD_EEXIST)
        refuse_state(request, "这一节点已经记录过，每项任务只记录一次。", "This milestone is on record already; each is marked once.");
    else if (rc == OD_ECONFLICT)
        engine_refuse(request, "/on", "lead", "通知与听证日之间的工作日不足。", "There are not enough working days between today and that day.");
    else if (rc == OD_EINVAL)
        engine_refuse(request, "/on", "range", "日期不得早于今天。", "The day may not lie before today.");
    else
        engine_answer_rc(request, rc);
}

int engine_mark(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task)
{
    struct core_event event = {.type = CORE_MARKED, .time = engine->now, .task = task};
    const char *word = base_json_member_text(request->body, "milestone");
    const char *text = base_json_member_text(request->body, "text"), *chair = base_json_member_text(request->body, "chair");
    struct base_buffer details = {0};

    event.marked.milestone = (uint8_t)core_milestone_find(word);
    if (event.marked.milestone < CORE_MILESTONE_DELEGATED) {
        refuse_milestone(request);
        return OD_OK;
    }
    if (!names_whom(request, (enum core_milestone)event.marked.milestone, text))
        return OD_OK;
    if (event.marked.milestone == CORE_MILESTONE_HEARING_ANNOUNCED && !read_hearing(request, application, &event))
        return OD_OK;
    if (chair != NULL)
        base_json_put_text(&details, "chair", chair);
    if (text != NULL)
        base_json_put_text(&details, "text", text);
    int rc = engine_apply(engine, application, &event, request->identity.key_id, base_buffer_text(&details));
    base_buffer_fini(&details);
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_TASK, .request = request,
                                                            .handle = base_task_handle(application->id, task)});
    if (rc != OD_OK && rc != OD_ESTATE)
        answer_milestone(request, rc);
    return rc == OD_ESTATE ? rc : OD_OK;
}
