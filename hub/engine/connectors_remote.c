/* SPDX-License-Identifier: Apache-2.0 */
/* The door of remote connectors: whose request it is, and what is answered to one that the
 * connectors' side does not take. What is in it is read by hub/connect.
 *
 *   POST /v1/connector/{request} -> whose -> connect_remote_request -> ... -> on_answer -> 200
 *                                                 client gone -> connect_remote_gone -> on_answer */
#include "engine/internal.h"

#include <stdio.h>
#include <string.h>

/* Where no key says it (demonstration), the message does: by its session, or in a hello by its body. */
static const char *connector_said(struct front_request *request)
{
    const char *session = base_json_member_text(request->body, "session");
    const char *end = session != NULL ? strrchr(session, '.') : NULL;

    if (end != NULL)
        return base_arena_text(&request->arena, session, (size_t)(end - session));
    return base_json_member_text(base_json_member(request->body, "body"), "connector");
}

/* NULL: it was answered. */
static const char *connector_of(struct engine *engine, struct front_request *request)
{
    const char *said = connector_said(request), *own = request->identity.connector;

    if (engine->is_demo)
        own = said;
    if (engine->is_demo && (own == NULL || *own == '\0'))
        front_answer_problem(request, FRONT_INVALID,
                             front_say(request, "演示模式没有密钥：hello 的正文须含 connector。",
                                       "The demonstration has no keys: name the connector in the hello's body."), NULL, 0);
    else if (own == NULL || *own == '\0')
        front_answer_problem(request, FRONT_FORBIDDEN,
                             front_say(request, "密钥没有指定连接器（keys[].connector）。",
                                       "The key is bound to no connector (connector of its entry in keys)."), NULL, 0);
    else if (said != NULL && strcmp(said, own) != 0)
        front_answer_problem(request, FRONT_FORBIDDEN,
                             front_say(request, "密钥属于另一个连接器。", "The key is for another connector."), NULL, 0);
    else
        return own;
    return NULL;
}

static void refuse(struct front_request *request, int rc)
{
    switch (rc) {
    case OD_EINVAL:
        front_answer_problem(request, FRONT_NOT_FOUND, front_say(request, "请求应为 hello、poll、report、service 或 bye。",
                                                                 "The requests are hello, poll, report, service and bye."), NULL, 0);
        break;
    case OD_ENOTFOUND:
        front_answer_problem(request, FRONT_NOT_FOUND, front_say(request, "这个连接器没有以远程方式装载；稍后再试。",
                                                                 "This connector is not loaded as a remote one; try again later."), NULL, 0);
        break;
    case OD_ELIMIT:
        front_answer_problem(request, FRONT_TOO_LARGE, front_say(request, "一个请求至多 262,112 字节。",
                                                                 "A request has at most 262,112 bytes."), NULL, 0);
        break;
    case OD_EBUSY:
        front_answer_problem(request, FRONT_TOO_MANY, front_say(request, "等待应答的请求过多。", "Too many requests wait for their answers."), NULL, 0);
        break;
    default: front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0); break;
    }
}

static void on_gone(struct front_request *request)
{
    struct engine *engine = request->engine;

    if (engine->connect != NULL)
        connect_remote_gone(engine->connect, request);
}

void engine_remote_request(struct engine *engine, struct front_request *request)
{
    const char *id = connector_of(engine, request);

    if (id == NULL)
        return;
    int rc = connect_remote_request(engine->connect, id, request->params[0], request->body_text, request->body_size, request);
    if (rc != OD_OK) {
        refuse(request, rc);
        return;
    }
    request->engine = engine;
    request->on_gone = on_gone;
}

void engine_on_remote_answer(void *owner, void *asker, struct base_buffer *body)
{
    struct front_request *request = asker;

    (void)owner;
    request->on_gone = NULL;
    front_answer(request, 200, "application/json", NULL, body);
}
