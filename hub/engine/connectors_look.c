/* SPDX-License-Identifier: Apache-2.0 */
/* Connectors to look at: a page of them, one, its history, its log; and what lies in the module folder. */
#include "engine/errand.h"
#include "engine/life.h"
#include "engine/paging.h"

#include <stdlib.h>
#include <string.h>

static void put_life(struct base_buffer *body, const struct engine_life *life)
{
    engine_put_rollout(body, "rollout", life);
    base_json_put_text(body, "rollout_error", life != NULL && life->rollout_error[0] != '\0' ? life->rollout_error : NULL);
    engine_put_versions(body, "versions", life);
}

static void put_connector(struct base_buffer *body, const char *key, const struct connect_link *link)
{
    const struct engine_department *department = connect_link_data(link);
    const struct base_json *capabilities = base_json_member(connect_link_manifest(link)->root, "capabilities");

    base_json_open(body, key, '{');
    connect_put_status_members(body, link);
    engine_put_serves(body, department);
    base_json_put_bool(body, "is_enabled", connect_link_wish(link) != CONNECT_WISH_REST);
    put_life(body, department->life);
    if (capabilities != NULL)
        base_json_put(body, "capabilities", capabilities);
    else
        base_json_put_null(body, "capabilities");
    base_json_close(body, '}');
}

static void put_unserved(struct base_buffer *body, const char *key, const struct engine *engine, const struct engine_department *department)
{
    base_json_open(body, key, '{');
    base_json_put_text(body, "id", department->unserved);
    engine_put_serves(body, department);
    base_json_put_null(body, "version");
    base_json_put_text(body, "state", "failed");
    base_json_put_null(body, "tier");
    base_json_put_i64(body, "in_flight", 0);
    base_json_put_text(body, "last_error", department->unserved_text);
    base_json_put_null(body, "trust_error");
    base_json_put_bool(body, "is_enabled", true);
    put_life(body, engine_life_find(engine, department->unserved));
    base_json_close(body, '}');
}

void engine_connector_answer(struct engine *engine, struct front_request *request, const char *id, int status)
{
    const struct connect_link *link = connect_find(engine->connect, id);
    const struct engine_department *unserved = engine_connector_unserved(engine, id);
    struct base_buffer body = {0};

    if (link != NULL) {
        put_connector(&body, NULL, link);
    } else if (unserved != NULL) {
        put_unserved(&body, NULL, engine, unserved);
    } else {
        base_json_open(&body, NULL, '{');
        base_json_put_text(&body, "id", id);
        base_json_put_text(&body, "state", "unloaded");
        base_json_close(&body, '}');
    }
    front_answer(request, status, "application/json", engine_connector_tag_header(engine, request, id), &body);
}

/* -- GET /v1/connectors -- */

/* One of the two. */
struct row {
    const char *id;
    const struct connect_link *link;
    const struct engine_department *unserved;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->id, ((const struct row *)b)->id);
}

/* Those behind a key, by their ids. Errors: NULL, no memory. */
static struct row *rows_take(struct engine *engine, struct base_arena *arena, const char *after, size_t *count)
{
    size_t room = engine->department_count, used = 0;

    for (struct connect_link *link = connect_first(engine->connect); link != NULL; link = connect_next(link))
        room++;
    struct row *rows = base_arena_take(arena, (room + 1) * sizeof(*rows));
    for (struct connect_link *link = connect_first(engine->connect); rows != NULL && link != NULL; link = connect_next(link))
        if (connect_link_role(link) == CONNECT_ROLE_CURRENT && (after == NULL || strcmp(connect_link_id(link), after) > 0))
            rows[used++] = (struct row){.id = connect_link_id(link), .link = link};
    for (size_t i = 0; rows != NULL && i < engine->department_count; i++) {
        const struct engine_department *department = engine->departments[i];

        if (department->unserved[0] != '\0' && (after == NULL || strcmp(department->unserved, after) > 0))
            rows[used++] = (struct row){.id = department->unserved, .unserved = department};
    }
    if (rows != NULL)
        qsort(rows, used, sizeof(*rows), compare);
    *count = used;
    return rows;
}

static void connectors_list(struct engine *engine, struct front_request *request)
{
    struct base_buffer body = {0};
    struct engine_keyset keyset;
    size_t count;

    if (!engine_keyset_take(request, &keyset))
        return;
    const struct row *rows = rows_take(engine, &request->arena, keyset.after, &count);
    if (rows == NULL) {
        engine_answer_rc(request, OD_ENOMEM);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < count && engine_keyset_puts(&keyset, rows[i].id); i++)
        if (rows[i].link != NULL)
            put_connector(&body, NULL, rows[i].link);
        else
            put_unserved(&body, NULL, engine, rows[i].unserved);
    base_json_close(&body, ']');
    const char *link = engine_keyset_close(&keyset, request, "/v1/connectors", &body);
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", link, &body);
}

/* -- One of them -- */

static void answer_unknown(struct front_request *request)
{
    front_answer_problem(request, FRONT_NOT_FOUND, front_say(request, ENGINE_CONNECTOR_UNKNOWN), NULL, 0);
}

static void logs(struct engine *engine, struct front_request *request)
{
    const struct connect_link *link = connect_find(engine->connect, request->params[0]);
    struct base_buffer body = {0};

    if (link == NULL) {
        answer_unknown(request);
        return;
    }
    base_json_open(&body, NULL, '{');
    connect_put_logs(&body, "items", link);
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", NULL, &body);
}

static void show(struct engine *engine, struct front_request *request)
{
    const char *id = request->params[0];

    if (connect_find(engine->connect, id) == NULL && engine_connector_unserved(engine, id) == NULL)
        answer_unknown(request);
    else
        engine_connector_answer(engine, request, id, 200);
}

static void history(struct engine *engine, struct front_request *request)
{
    const struct engine_life *life = engine_life_find(engine, request->params[0]);
    struct base_buffer body = {0};

    if (life == NULL) {
        answer_unknown(request);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < life->history_count; i++)
        base_json_put_raw(&body, NULL, life->history[i], strlen(life->history[i]));
    base_json_close(&body, ']');
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", NULL, &body);
}

/* -- GET /v1/modules -- */

/* Whose list is being read. */
struct asked {
    struct engine *engine;
    struct front_request *request;
    struct engine_keyset keyset;
};

/* list: by name, as the folder has them. Errors: OD_ENOMEM. */
static int put_modules(struct base_buffer *body, struct engine_keyset *keyset, const struct base_buffer *list)
{
    struct base_json_error error;
    struct base_json *root = NULL;
    int rc = base_json_parse(list->bytes, list->size, &root, &error);

    base_json_open(body, "items", '[');
    for (const struct base_json *item = rc == OD_OK ? base_json_first(root) : NULL; item != NULL; item = base_json_next(item)) {
        const char *name = base_json_member_text(item, "module");

        if (name == NULL || (keyset->after != NULL && strcmp(name, keyset->after) <= 0))
            continue;
        if (!engine_keyset_puts(keyset, name))
            break;
        base_json_put(body, NULL, item);
    }
    base_json_close(body, ']');
    base_json_destroy(root);
    return rc;
}

static void on_listed(void *owner, void *data, int rc, const struct base_buffer *list, bool is_cut)
{
    struct engine *engine = owner;
    struct asked *asked = data;
    struct front_request *request = asked->request;
    struct base_buffer body = {0};
    const char *link = NULL;

    engine->jobs_open--;
    engine_time_update(engine);
    base_json_open(&body, NULL, '{');
    if (rc == OD_OK)
        rc = put_modules(&body, &asked->keyset, list);
    if (rc == OD_OK)
        link = engine_keyset_close(&asked->keyset, request, "/v1/modules", &body);
    base_json_put_bool(&body, "is_cut", is_cut);
    base_json_close(&body, '}');
    if (rc == OD_OK)
        front_answer(request, 200, "application/json", link, &body);
    else
        front_answer_problem(request, FRONT_UNAVAILABLE, rc == OD_EIO
                                 ? front_say(request, "模块目录无法读取。", "The module folder cannot be read.") : NULL, NULL, 0);
    base_buffer_fini(&body);
    engine_stop_check(engine);
}

static void modules_list(struct engine *engine, struct front_request *request)
{
    struct asked *asked = base_arena_take(&request->arena, sizeof(*asked));
    struct engine_keyset keyset;

    if (!engine_keyset_take(request, &keyset))
        return;
    if (asked != NULL) {
        *asked = (struct asked){.engine = engine, .request = request, .keyset = keyset};
        engine->jobs_open++;
        if (connect_modules_list(engine->connect, on_listed, asked) == OD_OK)
            return;
        engine->jobs_open--;
    }
    front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
}

bool engine_connector_is_look(enum front_route route)
{
    return route == FRONT_CONNECTOR_LIST || route == FRONT_MODULE_LIST || route == FRONT_CONNECTOR_SHOW || route == FRONT_CONNECTOR_LOGS ||
           route == FRONT_CONNECTOR_HISTORY;
}

void engine_connector_look(struct engine *engine, struct front_request *request)
{
    switch ((int)request->route) {
    case FRONT_CONNECTOR_LIST: connectors_list(engine, request); break;
    case FRONT_MODULE_LIST: modules_list(engine, request); break;
    case FRONT_CONNECTOR_SHOW: show(engine, request); break;
    case FRONT_CONNECTOR_LOGS: logs(engine, request); break;
    default: history(engine, request); break;
    }
}
