/* SPDX-License-Identifier: Apache-2.0 */
/* What officers do with tasks: the worklist of departments without a system, and
 * parked tasks of any department. The same events as a connector's reports.
 *
 *   task_perform -> number (404) -> application in memory -> may_act (403) -> act
 *     -> event -> deed TASK: answered when durable */
#include "engine/claim.h"
#include "engine/mark.h"
#include "engine/quantity.h"

#include <stdio.h>
#include <string.h>

/* An officer acts for the own department, and a head whose key names one; other heads, supervisors and admins for any. */
bool engine_may_act(const struct front_request *request, const char *department)
{
    const struct front_identity *who = &request->identity;

    if ((who->roles & (FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)) != 0 ||
        ((who->roles & FRONT_ROLE_HEAD) != 0 && who->department[0] == '\0'))
        return true;
    return (who->roles & (FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD)) != 0 && strcmp(who->department, department) == 0;
}

static int find_task(const struct front_request *request, uint64_t *id, unsigned *task)
{
    int32_t day;

    return base_task_number_parse(request->params[0], id, &day, task);
}

static int apply(struct engine *engine, struct engine_application *application, struct front_request *request,
                 const struct core_event *event, const char *details)
{
    struct engine_deed deed = {.kind = ENGINE_DEED_TASK, .request = request,
                               .handle = base_task_handle(application->id, event->task)};
    int rc = engine_apply(engine, application, event, request->identity.key_id, details);

    return rc == OD_OK ? engine_deed_add(engine, &deed) : rc;
}

/* The opinion and the bar of the body; false when it was refused. */
static bool read_opinion(const struct engine_application *application, struct front_request *request, unsigned task,
                         enum core_opinion *opinion, enum engine_bar *bar)
{
    const char *pointer, *zh, *en;

    if (engine_opinion_check(request->body, opinion, &pointer, &zh, &en) != OD_OK) {
        engine_refuse(request, pointer, "opinion", zh, en);
        return false;
    }
    if (application->service->rules.matters[task].needs_two_officers && !engine_has_two_officers(request->body)) {
        engine_refuse(request, "/officers", "two_officers", "该事项须由两名以上工作人员核查，请在 officers 中写明两人（行政许可法第三十四条）。",
                      "This matter is checked by two officers or more: name them in officers (Licensing Law art. 34).");
        return false;
    }
    *bar = engine_bar_of(request->body);
    if (base_json_member(request->body, "bar") == NULL)
        return true;
    if (*bar != ENGINE_BAR_NONE && *opinion == CORE_OPINION_REJECT)
        return !engine_answer_if_no_bar(request, application->service->matters[task], "/bar");
    engine_refuse(request, "/bar", "choice", "bar 仅可用于 reject，取值 false_material 或 fraud。",
                  "bar goes with reject alone and is false_material or fraud.");
    return false;
}

/* Word for word what the same person gave before, whenever that was: its answer was lost. */
static bool is_given(const struct engine_application *application, unsigned task, const char *text)
{
    static const char at[] = ",\"at\":";
    const struct engine_text *known = engine_task_text(application, task, ENGINE_TEXT_OPINION);
    const char *last = NULL;

    for (const char *next = strstr(text, at); next != NULL; next = strstr(next + 1, at))
        last = next; /* it is the last member */
    size_t size = last != NULL ? (size_t)(last - text) + sizeof(at) - 1 : 0;
    return size > 0 && known->bytes != NULL && known->size >= size && memcmp(known->bytes, text, size) == 0;
}

/* An opinion sent again under its key, after the answer of then was lost: what it says is what the closed task has. */
static bool is_opinion_again(struct engine *engine, const struct engine_application *application, const struct front_request *request,
                             unsigned task)
{
    const char *pointer, *zh, *en;
    struct base_buffer text = {0};
    enum core_opinion opinion;

    if (request->route != FRONT_TASK_OPINION || request->idempotency_key == NULL || core_task_is_open(&application->core->tasks[task]) ||
        engine_opinion_check(request->body, &opinion, &pointer, &zh, &en) != OD_OK)
        return false;
    engine_opinion_put(&text, engine, request->body, opinion, request->identity.key_id);
    bool is_again = !text.is_broken && is_given(application, task, base_buffer_text(&text));
    base_buffer_fini(&text);
    return is_again;
}

static int give_opinion(struct engine *engine, struct engine_application *application, struct front_request *request,
                        unsigned task)
{
    struct core_event event = {.type = CORE_OPINED, .time = engine->now, .task = task};
    struct base_buffer text = {0}, details = {0};
    enum core_opinion opinion;
    enum engine_bar bar;

    if (!read_opinion(application, request, task, &opinion, &bar))
        return OD_OK; /* answered */
    event.opinion = (uint8_t)opinion;
    engine_opinion_put(&text, engine, request->body, opinion, request->identity.key_id);
    if (!core_task_is_open(&application->core->tasks[task]) || application->core->status != CORE_STATUS_IN_REVIEW) {
        base_buffer_fini(&text);
        return is_opinion_again(engine, application, request, task)
                   ? engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_TASK, .request = request,
                                                                   .handle = base_task_handle(application->id, task)})
                   : OD_ESTATE;
    }
    base_json_put_raw(&details, "text", text.bytes, text.size);
    if (bar != ENGINE_BAR_NONE)
        base_json_put_text(&details, "bar", base_json_member_text(request->body, "bar"));
    struct store_bar *row = NULL;
    int rc = text.is_broken ? OD_ENOMEM : bar != ENGINE_BAR_NONE ? engine_bar_take(engine, application, task, bar, &row) : OD_OK;
    if (rc == OD_OK)
        rc = apply(engine, application, request, &event, base_buffer_text(&details));
    bool counts = rc == OD_OK && !application->core->tasks[task].has_late_opinion; /* the clock was not faster */
    if (counts && row != NULL)
        engine_bar_put(engine, application, row);
    if (counts && engine_text_set(engine_task_text(application, task, ENGINE_TEXT_OPINION), text.bytes, text.size) != OD_OK)
        base_log(BASE_LOG_ERROR, "no memory for an opinion's text; it stands in the journal");
    base_buffer_fini(&text);
    base_buffer_fini(&details);
    return rc;
}

/* The event is taken and its answer is on its way: what cannot be kept now fails nothing. */
static void keep_note(struct engine_application *application, unsigned task, const struct front_request *request)
{
    if (base_json_count(request->body) > 0 &&
        engine_text_set(engine_task_text(application, task, ENGINE_TEXT_NOTE), request->body_text, request->body_size) != OD_OK)
        base_log(BASE_LOG_ERROR, "no memory for what an officer wrote beside a task");
}

/* The kinds that the matter allows, in words. */
static void refuse_pause(struct front_request *request, uint32_t kinds)
{
    struct base_buffer list = {0}, zh = {0}, en = {0};

    for (unsigned kind = CORE_PAUSE_HEARING; kind <= CORE_PAUSE_AUCTION; kind++)
        if (kinds >> kind & 1)
            base_buffer_put_format(&list, "%s%s", list.size > 0 ? ", " : "", core_pause_kind_name((enum core_pause_kind)kind));
    base_buffer_put_format(&zh, "该事项允许的 kind：%s。", list.size > 0 ? base_buffer_text(&list) : "无");
    base_buffer_put_format(&en, "Kinds of pause that this matter allows: %s.", list.size > 0 ? base_buffer_text(&list) : "none");
    engine_refuse(request, "/kind", "pause_kind", base_buffer_text(&zh), base_buffer_text(&en));
    base_buffer_fini(&list);
    base_buffer_fini(&zh);
    base_buffer_fini(&en);
}

/* How long it will last, as the applicant is told (Licensing Law art. 45); false when it was answered. */
static bool read_expected(struct front_request *request, int32_t *days)
{
    const struct base_json *member = base_json_member(request->body, "expected_days");
    int64_t value = 0;

    if (member != NULL && base_json_i64(member, 1, CORE_LIMIT_DAYS_MAX, &value) != OD_OK) {
        engine_refuse(request, "/expected_days", "range", "expected_days 应为 1 到 3650 的整数（工作日）。",
                      "expected_days must be a whole number of working days, 1 to 3650.");
        return false;
    }
    *days = (int32_t)value;
    return true;
}

static void put_reason(struct base_buffer *details, const struct front_request *request)
{
    const char *text = base_json_member_text(request->body, "text");

    if (text != NULL)
        base_json_put_text(details, "reason_text", text);
}

static int pause_task(struct engine *engine, struct engine_application *application, struct front_request *request,
                      unsigned task)
{
    struct core_event event = {.type = CORE_PAUSED, .time = engine->now, .task = task};
    const char *word = base_json_member_text(request->body, "kind");
    struct base_buffer details = {0};

    event.pause_kind = (uint8_t)(word != NULL ? core_pause_kind_find(word) : CORE_PAUSE_NONE);
    if (event.pause_kind == CORE_PAUSE_NONE || event.pause_kind > CORE_PAUSE_AUCTION ||
        !(application->service->rules.matters[task].pause_kinds >> event.pause_kind & 1)) {
        refuse_pause(request, application->service->rules.matters[task].pause_kinds);
        return OD_OK;
    }
    if (!read_expected(request, &event.expected_days))
        return OD_OK;
    put_reason(&details, request);
    int rc = apply(engine, application, request, &event, base_buffer_text(&details));
    base_buffer_fini(&details);
    if (rc == OD_OK)
        keep_note(application, task, request);
    return rc;
}

static int act_plain(struct engine *engine, struct engine_application *application, struct front_request *request,
                     unsigned task, enum core_event_type type)
{
    struct core_event event = {.type = type, .time = engine->now, .task = task};
    int rc = apply(engine, application, request, &event, NULL);

    if (rc == OD_OK)
        keep_note(application, task, request);
    return rc;
}

/* What is asked, in words, form fields or materials: the applicant must be able to answer it. A second notice
 * must say by what the department may ask for it (Licensing Law art. 31 and 32). */
static int ask(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task)
{
    struct catalog_problems *problems = &engine->problems;
    struct catalog_ask ask;

    problems->count = 0;
    if (catalog_ask_check(application->service, request->body, problems, &ask) != OD_OK) {
        engine_refuse_problems(request, problems);
        return OD_OK;
    }
    if (ask.field_count + ask.material_count == 0 && (ask.text == NULL || engine_text_is_blank(ask.text))) {
        engine_refuse(request, "/text", "required", "请写明需要申请人补充什么（text），或者列出字段（fields）、材料（materials）。",
                      "Say what the applicant is asked for (text), or list form fields (fields) or materials (materials).");
        return OD_OK;
    }
    if (application->core->notices > 0 && !ask.has_citation) {
        engine_refuse(request, "/materials", "citation_required",
                      "已向申请人告知过一次；再次要求补正须列出公布清单中的材料（materials）、表单字段（fields）或依据的规则（rule）。",
                      "The applicant was told once already: a second request names a published material (materials), a form field (fields) or the rule it rests on (rule).");
        return OD_OK;
    }
    return act_plain(engine, application, request, task, CORE_ASKED);
}

static int act(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task)
{
    switch ((int)request->route) {
    case FRONT_TASK_TAKE: return act_plain(engine, application, request, task, CORE_TAKEN);
    case FRONT_TASK_OPINION: return give_opinion(engine, application, request, task);
    case FRONT_TASK_PAUSE: return pause_task(engine, application, request, task);
    case FRONT_TASK_RESUME: return act_plain(engine, application, request, task, CORE_UNPAUSED);
    case FRONT_TASK_ASK: return ask(engine, application, request, task);
    case FRONT_TASK_REQUEUE: return act_plain(engine, application, request, task, CORE_REQUEUED);
    default: return OD_EUNSUPPORTED;
    }
}

/* What an officer can do with it now. */
static const char *verbs_of(const struct core_task *task)
{
    if (!engine_task_is_with_officers(task) && core_task_is_open(task))
        return "-"; /* its connector has it */
    switch ((enum core_task_state)task->state) {
    case CORE_TASK_OFFERED: return "take, opinion";
    case CORE_TASK_ACCEPTED: return "opinion, pause, ask";
    case CORE_TASK_PAUSED: return "resume, opinion";
    case CORE_TASK_WAITING_APPLICANT: return "opinion";
    case CORE_TASK_PARKED: return "requeue, take, opinion";
    case CORE_TASK_NONE:
    case CORE_TASK_BLOCKED:
    case CORE_TASK_QUEUED:
    case CORE_TASK_DONE:
    case CORE_TASK_CANCELLED:
    case CORE_TASK_SKIPPED: return "-";
    }
    return "-";
}

static void answer_state(struct front_request *request, const struct core_task *task)
{
    const char *state = core_task_state_name((enum core_task_state)task->state);
    bool is_elsewhere = core_task_is_open(task) && !engine_task_is_with_officers(task);
    char zh[256], en[256];

    snprintf(zh, sizeof(zh), "任务目前的状态是 %s%s；现在可以：%s。", state, is_elsewhere ? "（由连接器办理）" : "", verbs_of(task));
    snprintf(en, sizeof(en), "The task is %s%s; possible now: %s.", state, is_elsewhere ? " (its connector has it)" : "", verbs_of(task));
    front_answer_problem(request, FRONT_CONFLICT, front_say(request, zh, en), NULL, 0);
}

static void on_turn(struct engine *engine, struct engine_application *application, int rc, void *data);

static void perform(struct engine *engine, struct engine_application *application, int rc, struct front_request *request, bool has_turn)
{
    uint64_t id;
    unsigned task;

    if (rc != OD_OK || find_task(request, &id, &task) != OD_OK || task >= application->core->task_count) {
        engine_answer_rc(request, rc != OD_OK ? rc : OD_ENOTFOUND);
        return;
    }
    if (!engine_may_act(request, application->service->matters[task]->department->id)) {
        front_answer_problem(request, FRONT_FORBIDDEN,
                             front_say(request, "这是其他部门的任务。", "This is another department's task."), NULL, 0);
        return;
    }
    bool is_again = engine_claim_is_again(request, application, task) || is_opinion_again(engine, application, request, task);
    if (!is_again && engine_answer_if_changed(request, application, task)) /* what was done has changed the tag itself */
        return;
    if (request->route == FRONT_TASK_EXTEND) {
        engine_extend(engine, application, request, task);
        return;
    }
    if (engine_answer_if_chair(request, application))
        return;
    if (request->route == FRONT_TASK_MILESTONE) /* the department's word, whoever holds the task */
        rc = !has_turn && engine_mark_must_ask(request) ? engine_reviewers_ask(engine, application->id, request, on_turn)
                                                        : engine_mark(engine, application, request, task);
    else if (request->route == FRONT_TASK_BAR)
        rc = engine_bar_perform(engine, application, request, task);
    else if (!engine_task_is_with_officers(&application->core->tasks[task])) /* its system answers */
        rc = OD_ESTATE;
    else if (request->route == FRONT_TASK_CLAIM || request->route == FRONT_TASK_RELEASE)
        rc = engine_claim_perform(engine, application, request, task);
    else if (engine_answer_if_claimed(request, application, task))
        return;
    else if (!has_turn && engine_quantity_is_asked(application, task, request))
        rc = engine_quantity_ask(engine, application, task, request, on_turn);
    else
        rc = act(engine, application, request, task);
    if (rc == OD_ESTATE || rc == OD_EEXIST || rc == OD_ECONFLICT)
        answer_state(request, &application->core->tasks[task]);
    else if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    perform(engine, application, rc, data, false);
}

/* A place of what is limited is left for it; the journal knows the chair as no reviewer. */
static void on_turn(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    perform(engine, application, rc, data, true);
}

void engine_task_perform(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    unsigned task;

    if (find_task(request, &id, &task) != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    else if (request->route != FRONT_TASK_OPINION && request->body_size > BASE_ITEM_FIELD_MAX)
        front_answer_problem(request, FRONT_TOO_LARGE,
                             front_say(request, "说明不得超过 64 KiB。", "What is said about a task is limited to 64 KiB."), NULL, 0);
    else if (request->route == FRONT_TASK_BAR || base_json_member(request->body, "bar") != NULL)
        engine_document_get(engine, id, on_application, request); /* it says who the person is */
    else
        engine_application_get(engine, id, on_application, request);
}
