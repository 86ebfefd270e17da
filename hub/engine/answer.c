/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that many routes give: what a code of the engine means at the door, a fault
 * in the body with its place, and a state that changed meanwhile. */
#include "engine/claim.h"

#include <stdio.h>
#include <string.h>

void engine_answer_rc(struct front_request *request, int rc)
{
    switch (rc) {
    case OD_ENOTFOUND:
        front_answer_problem(request, FRONT_NOT_FOUND,
                             front_say(request, "没有找到，请核对编号及其校验位。", "It was not found; check the number and its last digit."),
                             NULL, 0);
        break;
    case OD_ESTATE:
    case OD_EEXIST:
    case OD_ECONFLICT:
    case OD_ESTALE:
        front_answer_problem(request, FRONT_CONFLICT,
                             front_say(request, "目前的状态不允许此操作，请刷新后查看。",
                                       "The present state does not allow this; look at it again."), NULL, 0);
        break;
    case OD_EINVAL:
        front_answer_problem(request, FRONT_INVALID,
                             front_say(request, "该事项不允许这种操作。", "This matter does not allow that."), NULL, 0);
        break;
    case OD_EIO: front_answer_problem(request, FRONT_INTERNAL, NULL, NULL, 0); break;
    default:
        front_answer_problem(request, FRONT_UNAVAILABLE,
                             front_say(request, "当前请求过多，请稍后重试；提交请用同一个幂等键。",
                                       "Too much is under way. Try again shortly; submissions with the same Idempotency-Key."),
                             NULL, 0);
        break;
    }
}

void engine_refuse(struct front_request *request, const char *pointer, const char *code, const char *zh, const char *en)
{
    struct front_problem_item item = {.pointer = pointer, .code = code, .detail = front_say(request, zh, en)};

    if (request->body_text != NULL)
        base_json_locate(request->body_text, request->body_size, pointer, &item.line, &item.column);
    front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
}

void engine_refuse_problems(struct front_request *request, const struct catalog_problems *problems)
{
    struct front_problem_item items[CATALOG_PROBLEMS_MAX];
    size_t count = problems->count < CATALOG_PROBLEMS_MAX ? problems->count : CATALOG_PROBLEMS_MAX;

    for (size_t i = 0; i < count; i++) {
        const struct catalog_problem *problem = &problems->items[i];

        items[i] = (struct front_problem_item){
            .pointer = problem->pointer, .code = problem->code,
            .detail = problem->detail[request->language == FRONT_EN ? CATALOG_EN : CATALOG_ZH_CN]};
        base_json_locate(request->body_text, request->body_size, problem->pointer, &items[i].line, &items[i].column);
    }
    front_answer_problem(request, FRONT_INVALID, NULL, items, count);
}

void engine_refuse_query(struct front_request *request, const char *name)
{
    struct front_problem_item item = {.pointer = "", .code = name,
                                      .detail = front_say(request, "这个查询参数的值不在允许范围内。",
                                                          "The value of this query parameter is not one of those allowed.")};

    front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
}

void engine_tag(const struct engine_application *application, unsigned task, char tag[ENGINE_TAG_SIZE])
{
    const struct core_task *state = task < CORE_TASKS_MAX ? &application->core->tasks[task] : NULL;
    struct engine_claim claim;

    if (state != NULL && engine_claim_find(application, task, &claim))
        snprintf(tag, ENGINE_TAG_SIZE, "\"%llx.%x.%llx\"", (unsigned long long)state->since_ms, state->state, (unsigned long long)claim.at_ms);
    else if (state != NULL)
        snprintf(tag, ENGINE_TAG_SIZE, "\"%llx.%x\"", (unsigned long long)state->since_ms, state->state);
    else
        snprintf(tag, ENGINE_TAG_SIZE, "\"%u\"", application->core->revision);
}

/* Is tag one of the list? Entity tags hold no commas of ours. RFC 9110 section 13.1.1. */
static bool is_listed(const char *list, const char *tag)
{
    size_t size = strlen(tag);

    for (const char *at = strstr(list, tag); at != NULL; at = strstr(at + size, tag))
        if (at == list || strncmp(at - 1, "/", 1) != 0) /* W/"..." is weak: it never matches */
            return true;
    return false;
}

bool engine_answer_if_other(struct front_request *request, const char *tag)
{
    const char *match = front_header(request, "if-match");

    if (match == NULL || strcmp(match, "*") == 0 || is_listed(match, tag))
        return false;
    front_answer_problem(request, FRONT_PRECONDITION,
                         front_say(request, "在您查看之后已有变化，请刷新后再操作。", "It has changed since you looked at it; look again, then act."),
                         NULL, 0);
    return true;
}

bool engine_answer_if_changed(struct front_request *request, const struct engine_application *application, unsigned task)
{
    char tag[ENGINE_TAG_SIZE];

    engine_tag(application, task, tag);
    return engine_answer_if_other(request, tag);
}

bool engine_answer_if_entry_changed(struct front_request *request, uint64_t revision)
{
    char tag[ENGINE_TAG_SIZE];

    snprintf(tag, sizeof(tag), "\"%llu\"", (unsigned long long)revision);
    return engine_answer_if_other(request, tag);
}

void engine_answer_health(const struct engine *engine, struct front_request *request)
{
    struct base_buffer body = {0};
    bool is_up = request->route == FRONT_HEALTH || !engine->is_stopping;

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "status", is_up ? "ok" : "stopping");
    base_json_close(&body, '}');
    front_answer(request, is_up ? 200 : 503, "application/json", NULL, &body);
}
