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
    if (own == NULL || *own == '\0')
        front_answer_problem(request, engine->is_demo ? FRONT_INVALID : FRONT_FORBIDDEN,
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

/* -- Loading -- */

struct loading {
    struct front_request *request;
    char id[BASE_ID_MAX + 1];
};

static void on_loading_stored(struct engine *engine, void *data, int rc)
{
    struct loading *loading = data;
    struct connect_link *link = connect_find(engine->connect, loading->id);
    struct base_buffer body = {0};

    if (rc != OD_OK || link == NULL) {
        front_answer_problem(loading->request, FRONT_UNAVAILABLE, NULL, NULL, 0);
        if (link != NULL)
            connect_unload(link); /* it would be gone after a restart, with tasks in its hand */
    } else {
        connect_put_status(&body, NULL, link);
        front_answer(loading->request, 202, "application/json", NULL, &body);
    }
    base_free(loading);
}

/* The setting, its journal record and the answer, in one batch. */
static int keep(struct engine *engine, struct front_request *request, const char *department, const struct base_buffer *remote,
                const struct base_buffer *config)
{
    struct loading *loading = base_alloc(sizeof(*loading));
    struct base_buffer value = {0};
    char name[BASE_ID_MAX + sizeof("connector/")];
    int rc = loading != NULL ? OD_OK : OD_ENOMEM;

    base_json_open(&value, NULL, '{');
    base_json_put_text(&value, "department", department);
    base_json_put_raw(&value, "remote", remote->bytes, remote->size);
    base_json_put_raw(&value, "config", config->bytes, config->size);
    base_json_close(&value, '}');
    snprintf(name, sizeof(name), "connector/%s", request->params[0]);
    if (rc == OD_OK)
        rc = engine_setting_put(engine, name, base_buffer_text(&value), value.size);
    snprintf(name, sizeof(name), "reroute/%s", department);
    if (rc == OD_OK)
        rc = engine_setting_put(engine, name, "1", 1);
    if (rc == OD_OK)
        rc = engine_journal_put(engine, "connector.load", request->identity.key_id, base_buffer_text(&value));
    if (rc == OD_OK) {
        loading->request = request;
        snprintf(loading->id, sizeof(loading->id), "%s", request->params[0]);
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_loading_stored, .data = loading});
    }
    if (rc != OD_OK)
        base_free(loading);
    base_buffer_fini(&value);
    return rc;
}

static void refuse_load(struct front_request *request, int rc, const char *text)
{
    struct front_problem_item item = {.pointer = "/remote", .code = "remote", .detail = text};

    if (rc == OD_EEXIST)
        front_answer_problem(request, FRONT_CONFLICT, text, NULL, 0);
    else if (rc == OD_EBUSY || rc == OD_ENOMEM)
        front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    else
        front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
}

int engine_remote_start(struct engine *engine, const char *id, const char *department_id, const struct base_buffer *remote,
                        const struct base_buffer *config, char text[512])
{
    struct engine_department *department;
    struct connect_loading loading = {.id = id, .remote = remote->bytes, .remote_size = remote->size,
                                      .config = config->bytes, .config_size = config->size};
    char name[BASE_ID_MAX + sizeof("served/")];
    int rc = engine_route_find(engine, id, department_id, &department, text);

    snprintf(name, sizeof(name), "served/%s", department_id);
    if (rc == OD_OK)
        rc = engine_setting_put(engine, name, "1", 1);
    loading.owner_data = rc == OD_OK ? department : NULL;
    if (rc == OD_OK)
        rc = connect_load(engine->connect, &loading, &department->link, text);
    if (rc == OD_OK)
        department->unserved[0] = '\0';
    return rc;
}

void engine_remote_load(struct engine *engine, struct front_request *request)
{
    const char *department_id = base_json_member_text(request->body, "department");
    const struct base_json *given = base_json_member(request->body, "config");
    struct base_buffer remote = {0}, config = {0};
    char text[512] = "";

    if (department_id == NULL)
        department_id = request->params[0];
    base_json_put(&remote, NULL, base_json_member(request->body, "remote"));
    if (given != NULL)
        base_json_put(&config, NULL, given);
    else
        base_buffer_put_text(&config, "{}");
    int rc = remote.is_broken || config.is_broken ? OD_ENOMEM
                                                  : engine_remote_start(engine, request->params[0], department_id, &remote, &config, text);
    if (rc == OD_OK) {
        struct engine_department *department = connect_link_data(connect_find(engine->connect, request->params[0]));
        department->is_rerouted = true;
        department->is_reroute_scan = false;
        rc = keep(engine, request, department_id, &remote, &config);
        if (rc != OD_OK)
            connect_unload(department->link);
    }
    if (rc != OD_OK)
        refuse_load(request, rc, text);
    base_buffer_fini(&remote);
    base_buffer_fini(&config);
}
