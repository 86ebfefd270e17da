/* SPDX-License-Identifier: Apache-2.0 */
/* Milestones of a task: what its department says that it has done, each once.
 *
 *   mark -> who and when (422) -> what it says, beside the state -> CORE_MARKED -> durable -> answer
 *
 * The announcement of a hearing asks the journal first: hearing.c. */
#include "engine/mark.h"

#include <stdio.h>
#include <string.h>

static void refuse_milestone(struct front_request *request)
{
    engine_refuse(request, "/milestone", "choice",
                  "milestone 应为 delegated、preliminary_reviewed、inspectors_assigned、hearing_told、hearing_requested、hearing_announced 或 hearing_held。",
                  "milestone must be delegated, preliminary_reviewed, inspectors_assigned, hearing_told, hearing_requested, hearing_announced or hearing_held.");
}

static bool is_name(const char *text)
{
    return text != NULL && !engine_text_is_blank(text) && strlen(text) <= BASE_ID_MAX;
}

bool engine_mark_must_ask(const struct front_request *request)
{
    const char *word = base_json_member_text(request->body, "milestone");

    return word != NULL && core_milestone_find(word) == CORE_MILESTONE_HEARING_ANNOUNCED && is_name(base_json_member_text(request->body, "chair"));
}

/* The day of a hearing, and who chairs it: never who reviews (Licensing Law art. 48). */
static bool read_hearing(struct front_request *request, const struct engine_application *application, struct core_event *event)
{
    const char *day = base_json_member_text(request->body, "on"), *chair = base_json_member_text(request->body, "chair");

    if (day == NULL || base_day_parse(day, &event->marked.day) != OD_OK) {
        engine_refuse(request, "/on", "type", "请给出听证日期 on（YYYY-MM-DD）。", "Give the day of the hearing: on, YYYY-MM-DD.");
        return false;
    }
    if (!is_name(chair)) {
        engine_refuse(request, "/chair", "required", "请给出听证主持人 chair（密钥编号，1 到 64 个字符）。",
                      "Say who chairs the hearing: chair, the id of a key, 1 to 64 characters.");
        return false;
    }
    if (engine_is_reviewer(request, application, chair)) {
        engine_refuse_chair(request);
        return false;
    }
    return true;
}

/* Two who look on the spot (Licensing Law art. 55), none of whom chairs a hearing. */
static bool are_inspectors(struct front_request *request, const struct engine_application *application, const char *text)
{
    if (text == NULL || !engine_names_are_two(text)) {
        engine_refuse(request, "/text", "two_inspectors", "请在 text 中写明两名以上检查人员，以逗号分隔（行政许可法第五十五条）。",
                      "Name two inspectors or more, parted by commas: text (Licensing Law art. 55).");
        return false;
    }
    int rc = engine_names_check(application, text);
    if (rc == OD_EDENIED)
        engine_refuse(request, "/text", "same_person", "主持该申请听证的人员不得参与检查（行政许可法第四十八条）；请写明其他人员。",
                      "Who chairs a hearing of the application does not inspect (Licensing Law art. 48): name somebody else.");
    else if (rc != OD_OK)
        engine_answer_rc(request, rc);
    return rc == OD_OK;
}

/* Who inspects, to whom it is delegated: the record names them (Licensing Law art. 24, 55). False: it was answered. */
static bool names_whom(struct front_request *request, const struct engine_application *application, enum core_milestone milestone)
{
    const char *text = base_json_member_text(request->body, "text");

    if (text != NULL && strlen(text) > BASE_TEXT_MAX) {
        engine_refuse(request, "/text", "length", "text 不得超过 8 KiB。", "text is at most 8 KiB.");
        return false;
    }
    if (milestone == CORE_MILESTONE_DELEGATED && !engine_delegation_read(request))
        return false;
    return milestone != CORE_MILESTONE_INSPECTORS_ASSIGNED || are_inspectors(request, application, text);
}

static void refuse_state(struct front_request *request, const char *zh, const char *en)
{
    front_answer_problem(request, FRONT_CONFLICT, front_say(request, zh, en), NULL, 0);
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

/* What the journal will say of it. Errors: OD_ENOMEM. */
static int put_said(struct engine_text *marks, const struct core_event *event, const char *details)
{
    struct base_buffer record = {0};
    struct base_json_error error;
    struct base_json *tree = NULL;

    base_json_open(&record, NULL, '{');
    journal_event_put(&record, event, NULL);
    if (*details != '\0')
        base_buffer_put_format(&record, ",%s", details);
    base_json_close(&record, '}');
    int rc = record.is_broken ? OD_ENOMEM : base_json_parse(record.bytes, record.size, &tree, &error);
    if (rc == OD_OK)
        rc = engine_mark_take(marks, tree);
    base_json_destroy(tree);
    base_buffer_fini(&record);
    return rc;
}

/* What it says is there before the event is: an announcement whose chair were forgotten would be none. */
static int mark(struct engine *engine, struct engine_application *application, const struct front_request *request, const struct core_event *event,
                const char *details)
{
    struct engine_text *marks = engine_task_text(application, event->task, ENGINE_TEXT_MARKS), fresh = {0};
    int rc = marks->bytes != NULL ? engine_text_set(&fresh, marks->bytes, marks->size) : OD_OK;

    if (rc == OD_OK)
        rc = put_said(&fresh, event, details);
    if (rc == OD_OK)
        rc = engine_apply(engine, application, event, request->identity.key_id, details);
    if (rc != OD_OK) {
        base_free(fresh.bytes);
        return rc;
    }
    base_free(marks->bytes);
    *marks = fresh;
    return OD_OK;
}

static void put_details(struct base_buffer *details, const struct front_request *request, enum core_milestone milestone)
{
    const char *chair = base_json_member_text(request->body, "chair");
    const char *text = base_json_member_text(request->body, "text");

    if (chair != NULL)
        base_json_put_text(details, "chair", chair);
    if (milestone == CORE_MILESTONE_DELEGATED)
        engine_delegation_put(details, request);
    else if (text != NULL)
        base_json_put_text(details, "text", text);
}

int engine_mark(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task)
{
    struct core_event event = {.type = CORE_MARKED, .time = engine->now, .task = task};
    const char *word = base_json_member_text(request->body, "milestone");
    struct base_buffer details = {0};

    event.marked.milestone = (uint8_t)core_milestone_find(word);
    if (event.marked.milestone < CORE_MILESTONE_DELEGATED) {
        refuse_milestone(request);
        return OD_OK;
    }
    if (!names_whom(request, application, (enum core_milestone)event.marked.milestone))
        return OD_OK;
    if (event.marked.milestone == CORE_MILESTONE_HEARING_ANNOUNCED && !read_hearing(request, application, &event))
        return OD_OK;
    put_details(&details, request, (enum core_milestone)event.marked.milestone);
    bool is_delegated = event.marked.milestone == CORE_MILESTONE_DELEGATED;
    int rc = details.is_broken ? OD_ENOMEM
             : is_delegated && !engine_delegation_has_room(engine) ? OD_EBUSY : mark(engine, application, request, &event, base_buffer_text(&details));
    if (rc == OD_OK && is_delegated)
        engine_delegation_announce(engine, application, request, task);
    base_buffer_fini(&details);
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_TASK, .request = request,
                                                            .handle = base_task_handle(application->id, task)});
    if (rc != OD_OK && rc != OD_ESTATE)
        answer_milestone(request, rc);
    return rc == OD_ESTATE ? rc : OD_OK;
}
