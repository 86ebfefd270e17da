/* SPDX-License-Identifier: Apache-2.0 */
/* What a connector keeps for itself, by its id: it outlives sessions, upgrades and unloads, but one that says
 * ?purge=true: then the setting purge/<id> stands until the last of its sessions is gone and all is dropped.
 *
 *   take -> queue of the connector -> run: writes go with the batch; a read waits until they are durable, and they
 *           for it -> answered when durable, or read
 *
 * So the answers of one connector come in the order of its calls, and each tells what the calls before it did. No
 * call is begun before a purge that is due is durable: what was acknowledged after it is never dropped by it. Nor is anything
 * acknowledged to a session that a purge waits for: it keeps nothing more. */
#include "engine/internal.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"

#define KEYS_MAX 100 /* of one list; as OD_KV_LIST_MAX */
#define KEY_MAX 255
#define VALUE_MAX (64 * 1024)

enum op_kind { OP_NONE = 0, OP_GET, OP_PUT, OP_REMOVE, OP_LIST };

/* One connector with calls under way. */
struct keeper {
    struct base_list node; /* of engine.keepers */
    struct base_list ops;  /* that wait, oldest first */
    char connector[BASE_ID_MAX + 1];
    unsigned writes_open;
    bool is_reading, is_running;
    bool is_purged;    /* all of it is to go ... */
    bool is_purge_due; /* ... now, and nothing is done before it is durable */
    bool is_dropping;  /* it is with the store */
};

struct op {
    struct base_list node;
    struct keeper *keeper;
    enum op_kind kind;
    uint64_t token, quota;
    char key[KEY_MAX + 1]; /* of a list: the prefix */
    char after[KEY_MAX + 1];
    size_t value_size, count;
    const void *read; /* value, in the job's arena */
    const char *keys[KEYS_MAX];
    char value[];
};

static void run(struct engine *engine, struct keeper *keeper);

static struct keeper *find(struct engine *engine, const char *connector)
{
    for (struct base_list *node = engine->keepers.next; node != &engine->keepers; node = node->next) {
        struct keeper *keeper = BASE_LIST_ENTRY(node, struct keeper, node);

        if (strcmp(keeper->connector, connector) == 0)
            return keeper;
    }
    return NULL;
}

static struct keeper *get(struct engine *engine, const char *connector)
{
    struct keeper *keeper = find(engine, connector);

    if (keeper != NULL)
        return keeper;
    keeper = base_alloc(sizeof(*keeper));
    if (keeper == NULL)
        return NULL;
    snprintf(keeper->connector, sizeof(keeper->connector), "%s", connector);
    base_list_init(&keeper->ops);
    base_list_append(&engine->keepers, &keeper->node);
    return keeper;
}

static void refuse(struct engine *engine, const struct op *op, int rc);

static void refuse_all(struct engine *engine, struct keeper *keeper, int rc)
{
    while (!base_list_is_empty(&keeper->ops)) {
        struct op *op = BASE_LIST_ENTRY(keeper->ops.next, struct op, node);

        base_list_remove(&op->node);
        refuse(engine, op, rc);
        base_free(op);
    }
}

/* Not stored: the setting stands. The next call, the next batch after a full disk, or the next start tries again. */
static void on_dropped(struct engine *engine, void *data, int rc)
{
    struct keeper *keeper = data;

    keeper->is_dropping = false;
    if (rc == OD_OK) {
        keeper->is_purged = keeper->is_purge_due = false;
        run(engine, keeper);
        return;
    }
    base_log(BASE_LOG_WARNING, "connector %s: what it kept is still there, and is dropped before it is used again", keeper->connector);
    refuse_all(engine, keeper, rc);
}

/* Errors: OD_EBUSY, OD_ENOMEM (nothing is written). */
static int drop_all(struct engine *engine, struct keeper *keeper)
{
    struct store_batch *batch = engine->filling->store;
    struct engine_batch_mark mark = engine_batch_mark(engine);
    char *copy = base_arena_text(&batch->arena, keeper->connector, strlen(keeper->connector));
    char name[BASE_ID_MAX + sizeof("purge/")];

    if (copy == NULL)
        return OD_ENOMEM;
    snprintf(name, sizeof(name), "purge/%s", keeper->connector);
    int rc = batch->count + 1 < STORE_BATCH_WRITES_MAX ? engine_setting_put(engine, name, NULL, 0) : OD_EBUSY;
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_dropped, .data = keeper});
    if (rc == OD_OK)
        batch->writes[batch->count++] = (struct store_write){.kind = STORE_WRITE_KV_DROP, .name = copy};
    else
        engine_batch_back(engine, mark);
    keeper->is_dropping = rc == OD_OK;
    return rc;
}

static void settle(struct engine *engine, struct keeper *keeper)
{
    if (keeper->is_running || keeper->is_reading || keeper->is_dropping || keeper->writes_open > 0)
        return;
    if (keeper->is_purge_due) {
        int rc = drop_all(engine, keeper);

        if (rc != OD_OK)
            refuse_all(engine, keeper, rc);
    } else if (!keeper->is_purged && base_list_is_empty(&keeper->ops)) {
        base_list_remove(&keeper->node);
        base_free(keeper);
    }
}

/* -- Answers -- */

static void refuse(struct engine *engine, const struct op *op, int rc)
{
    switch (rc) {
    case OD_ENOTFOUND: engine_service_refuse(engine, op->token, "not_found", "no such key"); break;
    case OD_ELIMIT: engine_service_refuse(engine, op->token, "limit", "the quota of capabilities.kv is used up"); break;
    case OD_EFULL: engine_service_refuse(engine, op->token, "unavailable", "the hub cannot store now"); break;
    default: engine_service_refuse(engine, op->token, "unavailable", base_error_text(rc)); break;
    }
}

static void answer(struct engine *engine, const struct op *op)
{
    struct base_buffer payload = {0};

    base_json_open(&payload, NULL, '{');
    if (op->kind == OP_GET)
        base_json_put_base64(&payload, "value", op->read, op->value_size);
    if (op->kind == OP_LIST) {
        base_json_open(&payload, "keys", '[');
        for (size_t i = 0; i < op->count; i++)
            base_json_put_text(&payload, NULL, op->keys[i]);
        base_json_close(&payload, ']');
    }
    base_json_close(&payload, '}');
    engine_service_answer(engine, op->token, &payload);
}

static void finish(struct engine *engine, struct op *op, int rc)
{
    struct keeper *keeper = op->keeper;

    if (rc == OD_OK)
        answer(engine, op);
    else
        refuse(engine, op, rc);
    base_free(op);
    run(engine, keeper);
}

/* -- Reads -- */

static void read_op(struct engine_job *job, struct store_reader *reader)
{
    struct op *op = job->data;

    if (op->kind == OP_GET)
        job->rc = store_read_kv(reader, op->keeper->connector, op->key, strlen(op->key), &job->arena, &op->read, &op->value_size);
    else
        job->rc = store_read_kv_keys(reader, op->keeper->connector, op->key, op->after, &job->arena, op->keys, KEYS_MAX, &op->count);
}

static void on_read(struct engine_job *job)
{
    struct op *op = job->data;

    op->keeper->is_reading = false;
    finish(job->engine, op, job->rc);
}

static int start_read(struct engine *engine, struct op *op)
{
    int rc = engine_job_start(engine, &(struct engine_job){.run = read_op, .on_done = on_read, .data = op});

    op->keeper->is_reading = rc == OD_OK;
    return rc;
}

/* -- Writes -- */

static void on_written(struct engine *engine, void *data, int rc)
{
    struct op *op = data;

    op->keeper->writes_open--;
    finish(engine, op, rc);
}

static int start_write(struct engine *engine, struct op *op)
{
    struct store_batch *batch = engine->filling->store;
    bool is_put = op->kind == OP_PUT;

    if (!engine_batch_has_room(engine))
        return OD_EBUSY;
    char *connector = base_arena_text(&batch->arena, op->keeper->connector, strlen(op->keeper->connector));
    if (connector == NULL || engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_WRITE, .write = batch->count,
                                                                            .call = on_written, .data = op}) != OD_OK)
        return OD_ENOMEM;
    batch->writes[batch->count++] = (struct store_write){
        .kind = STORE_WRITE_KV, .name = connector, .key = op->key, .key_size = (uint32_t)strlen(op->key),
        .value = is_put ? op->value : NULL, .value_size = is_put ? (uint32_t)op->value_size : 0, .quota = op->quota};
    op->keeper->writes_open++;
    return OD_OK;
}

/* -- In order -- */

static bool may_start(const struct keeper *keeper, const struct op *op)
{
    bool is_write = op->kind == OP_PUT || op->kind == OP_REMOVE;

    return !keeper->is_reading && (is_write || keeper->writes_open == 0);
}

static void run(struct engine *engine, struct keeper *keeper)
{
    if (keeper->is_running)
        return; /* what was refused within asks again by itself */
    keeper->is_running = true;
    while (!keeper->is_purge_due && !base_list_is_empty(&keeper->ops)) {
        struct op *op = BASE_LIST_ENTRY(keeper->ops.next, struct op, node);

        if (!may_start(keeper, op))
            break;
        base_list_remove(&op->node);
        int rc = op->kind == OP_PUT || op->kind == OP_REMOVE ? start_write(engine, op) : start_read(engine, op);
        if (rc != OD_OK)
            finish(engine, op, rc);
    }
    keeper->is_running = false;
    settle(engine, keeper);
}

/* -- Requests -- */

static enum op_kind kind_of(const char *name)
{
    static const char *const names[] = {[OP_GET] = "get", [OP_PUT] = "put", [OP_REMOVE] = "remove", [OP_LIST] = "list"};

    for (size_t i = OP_GET; name != NULL && i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return (enum op_kind)i;
    return OP_NONE;
}

/* A member of at most KEY_MAX bytes into out; absent is "". */
static bool take_key(const struct base_json *body, const char *name, char out[KEY_MAX + 1])
{
    const char *text = base_json_member_text(body, name);

    if (text == NULL || strlen(text) > KEY_MAX)
        return text == NULL && base_json_member(body, name) == NULL;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

/* NULL: *why says what is wrong; "" = no memory. */
static struct op *read_request(const struct base_json *body, const char **why)
{
    enum op_kind kind = kind_of(base_json_member_text(body, "op"));
    const char *value = kind == OP_PUT ? base_json_member_text(body, "value") : "";
    size_t size = value != NULL ? strlen(value) : 0;
    struct op *op = NULL;

    *why = "op must be get, put, remove or list";
    if (kind == OP_NONE)
        return NULL;
    *why = "value must be base64 of at most 65536 bytes";
    if (value == NULL || size / 4 * 3 > VALUE_MAX + 2)
        return NULL;
    *why = "";
    if ((op = base_alloc(sizeof(*op) + size / 4 * 3 + 1)) == NULL)
        return NULL;
    op->kind = kind;
    bool is_fine = take_key(body, kind == OP_LIST ? "prefix" : "key", op->key) && take_key(body, "after", op->after) &&
                   (kind == OP_LIST || op->key[0] != '\0');
    if (!is_fine)
        *why = "a key has 1 to 255 bytes";
    else if (base_base64_read(value, size, op->value, &op->value_size) != OD_OK || op->value_size > VALUE_MAX)
        *why = "value must be base64 of at most 65536 bytes";
    else
        return op;
    base_free(op);
    return NULL;
}

/* What would be dropped with the rest is not acknowledged. Once the drop is due, it is of the next one to be loaded. */
static bool is_going(const struct keeper *keeper, const struct op *op)
{
    return keeper->is_purged && !keeper->is_purge_due && (op->kind == OP_PUT || op->kind == OP_REMOVE);
}

void engine_kv_take(struct engine *engine, struct connect_link *link, uint64_t token, const struct base_json *body)
{
    const char *why = "";
    struct op *op = read_request(body, &why);
    struct keeper *keeper = op != NULL ? get(engine, connect_link_id(link)) : NULL;

    if (keeper == NULL) {
        engine_service_refuse(engine, token, *why != '\0' ? "invalid" : "unavailable", *why != '\0' ? why : "no memory left");
        base_free(op);
        return;
    }
    if (is_going(keeper, op)) {
        engine_service_refuse(engine, token, "unavailable", "the connector is being unloaded, and what it keeps goes with it");
        base_free(op);
        return;
    }
    op->keeper = keeper;
    op->token = token;
    op->quota = connect_link_manifest(link)->capabilities.kv_quota;
    base_list_append(&keeper->ops, &op->node);
    run(engine, keeper);
}

/* -- All of it -- */

int engine_kv_purge_want(struct engine *engine, struct front_request *request, const char *connector)
{
    const char *purge = front_query(request, "purge");
    char name[BASE_ID_MAX + sizeof("purge/")];

    if (purge == NULL || strcmp(purge, "true") != 0)
        return OD_OK;
    struct keeper *keeper = get(engine, connector);
    if (keeper == NULL)
        return OD_ENOMEM;
    snprintf(name, sizeof(name), "purge/%s", connector);
    keeper->is_purged = true;
    return engine_setting_put(engine, name, "1", 1);
}

void engine_kv_purge_end(struct engine *engine, const char *connector, bool is_due)
{
    struct keeper *keeper = find(engine, connector);

    if (keeper == NULL || !keeper->is_purged || keeper->is_purge_due)
        return;
    keeper->is_purge_due = keeper->is_purged = is_due;
    if (is_due)
        refuse_all(engine, keeper, OD_ESTATE); /* of sessions that are gone: it would be kept after the purge */
    settle(engine, keeper);
}

static int on_purge(void *owner, const char *name, const void *value, size_t size)
{
    struct keeper *keeper = get(owner, name + strlen("purge/"));

    (void)value;
    (void)size;
    if (keeper == NULL)
        return OD_ENOMEM;
    keeper->is_purged = keeper->is_purge_due = true;
    settle(owner, keeper);
    return OD_OK;
}

int engine_kv_start(struct engine *engine, struct store_reader *reader)
{
    return store_read_settings(reader, "purge/", on_purge, engine);
}

void engine_kv_renew(struct engine *engine)
{
    for (struct base_list *node = engine->keepers.next, *next; node != &engine->keepers; node = next) {
        struct keeper *keeper = BASE_LIST_ENTRY(node, struct keeper, node);

        next = node->next;
        if (keeper->is_purge_due)
            settle(engine, keeper);
    }
}

void engine_kv_fini(struct engine *engine)
{
    while (!base_list_is_empty(&engine->keepers)) {
        struct keeper *keeper = BASE_LIST_ENTRY(engine->keepers.next, struct keeper, node);

        while (!base_list_is_empty(&keeper->ops)) {
            struct op *op = BASE_LIST_ENTRY(keeper->ops.next, struct op, node);

            base_list_remove(&op->node);
            base_free(op);
        }
        base_list_remove(&keeper->node);
        base_free(keeper);
    }
}
