/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/repeat.h"

#include <assert.h>
#include <string.h>

#define DAY_MINUTES 1440
#define MINUTE_MS 60000
#define TEXT_SIZE (2 * BASE_HASH_SIZE + 1)

/* A request with a key, from its arrival to its answer; in its arena. */
struct repeat {
    struct base_list node; /* in engine.repeats */
    struct front_request *request;
    void (*perform)(struct engine *engine, struct front_request *request);
    uint64_t made;         /* by the same request before; 0 = nothing yet */
    char name[TEXT_SIZE];  /* of its entry: whose key, and where */
    char hash[TEXT_SIZE];  /* of its body */
};

/* The words are kept in names: they stay as they are. */
static const struct {
    enum front_route route;
    const char *word;
} places[] = {
    {FRONT_KEY_CREATE, "keys"},         {FRONT_PAYMENT_ADD, "payments"},     {FRONT_PAYMENT_REFUND, "refunds"},
    {FRONT_EVALUATION_NEW, "evaluations"}, {FRONT_CHECKPOINT_MAKE, "checkpoints"},
};

static const char *place_of(enum front_route route)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (places[i].route == route)
            return places[i].word;
    return NULL;
}

static struct repeat *repeat_of(const struct front_request *request)
{
    return request->idempotency_key != NULL && place_of(request->route) != NULL ? request->engine : NULL;
}

static void on_over(struct front_request *request)
{
    base_list_remove(&repeat_of(request)->node);
}

/* -- The same again -- */

static void answer_under_way(struct front_request *request)
{
    front_answer_problem(request, FRONT_CONFLICT,
                         front_say(request, "同一请求正在办理；请稍候以同一 Idempotency-Key 重发，即可得到其结果。",
                                   "The same request is under way; send it again with the same Idempotency-Key in a moment for its answer."),
                         NULL, 0);
}

/* Errors: OD_EEXIST the key was used with another body, OD_EIO it cannot be read, OD_ENOMEM. */
static int read_earlier(struct repeat *repeat, const struct store_entry *entry)
{
    struct base_json_error error;
    struct base_json *root = NULL;
    int64_t made = 0;
    int rc = base_json_parse(entry->body, entry->body_size, &root, &error);
    const char *hash = rc == OD_OK ? base_json_member_text(root, "hash") : NULL;

    if (rc == OD_OK && (hash == NULL || base_json_i64(base_json_member(root, "made"), 1, INT64_MAX, &made) != OD_OK))
        rc = OD_EIO;
    if (rc == OD_OK && strcmp(hash, repeat->hash) != 0)
        rc = OD_EEXIST;
    repeat->made = (uint64_t)made;
    base_json_destroy(root);
    return rc == OD_ESYNTAX ? OD_EIO : rc;
}

static void on_earlier(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct repeat *repeat = data;

    if (rc == OD_OK)
        rc = read_earlier(repeat, entry);
    else if (rc == OD_ENOTFOUND)
        rc = OD_OK;
    if (rc == OD_EEXIST)
        front_answer_problem(repeat->request, FRONT_KEY_REUSED, NULL, NULL, 0);
    else if (rc != OD_OK)
        engine_answer_rc(repeat->request, rc);
    else
        repeat->perform(engine, repeat->request);
}

static bool is_under_way(const struct engine *engine, const char *name)
{
    for (const struct base_list *node = engine->repeats.next; node != &engine->repeats; node = node->next)
        if (strcmp(BASE_LIST_ENTRY(node, struct repeat, node)->name, name) == 0)
            return true;
    return false;
}

/* Under the hub's secret: what a person wrote cannot be guessed from it. Errors: OD_ENOMEM. */
static int read_key(const struct engine *engine, struct repeat *repeat)
{
    const struct front_request *request = repeat->request;
    struct base_buffer whose = {0};
    uint8_t hash[BASE_HASH_SIZE] = {0};
    int rc = OD_OK;

    base_buffer_put_format(&whose, "%s\n%s\n%s\n%s\n%s", place_of(request->route), request->params[0] != NULL ? request->params[0] : "",
                           request->params[1] != NULL ? request->params[1] : "", request->identity.key_id, request->idempotency_key);
    if (whose.is_broken)
        return OD_ENOMEM;
    base_hash_keyed(engine->secret, whose.bytes, whose.size, hash);
    base_hex(hash, sizeof(hash), repeat->name);
    base_buffer_fini(&whose);
    memset(hash, 0, sizeof(hash));
    if (request->body != NULL)
        rc = base_json_canonical_hash(request->body_text, request->body_size, hash);
    base_hash_keyed(engine->secret, hash, sizeof(hash), hash);
    base_hex(hash, sizeof(hash), repeat->hash);
    return rc;
}

void engine_repeat_perform(struct engine *engine, struct front_request *request,
                           void (*perform)(struct engine *engine, struct front_request *request))
{
    if (request->idempotency_key == NULL || place_of(request->route) == NULL) {
        perform(engine, request);
        return;
    }
    struct repeat *repeat = base_arena_take(&request->arena, sizeof(*repeat));
    int rc = OD_ENOMEM;
    if (repeat != NULL) {
        *repeat = (struct repeat){.request = request, .perform = perform};
        rc = read_key(engine, repeat);
    }
    if (rc == OD_OK && is_under_way(engine, repeat->name)) {
        answer_under_way(request);
        return;
    }
    if (rc == OD_OK)
        rc = engine_entry_get(engine, ENGINE_ENTRY_REPEAT, 0, repeat->name, on_earlier, repeat);
    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    request->engine = repeat;
    request->on_over = on_over;
    base_list_append(&engine->repeats, &repeat->node);
}

uint64_t engine_repeat_made(const struct front_request *request)
{
    const struct repeat *repeat = repeat_of(request);

    return repeat != NULL ? repeat->made : 0;
}

/* -- It is kept -- */

static int put(struct engine *engine, const struct repeat *repeat, uint64_t made, engine_call_cb on_stored, void *data)
{
    struct store_entry entry = {.kind = ENGINE_ENTRY_REPEAT, .state = 1, .id = engine_entry_id(engine, ENGINE_ENTRY_REPEAT), .name = repeat->name,
                                .at_ms = engine->now.ms, .wake_minute = engine->now.ms / MINUTE_MS + (int64_t)ENGINE_REPEAT_KEPT_DAYS * DAY_MINUTES};
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "hash", repeat->hash);
    base_json_put_i64(&body, "made", (int64_t)made);
    base_json_close(&body, '}');
    entry.body = base_buffer_text(&body);
    entry.body_size = (uint32_t)body.size;
    int rc = body.is_broken ? OD_ENOMEM : engine_entry_put(engine, &entry, NULL, on_stored, data);
    base_buffer_fini(&body);
    return rc;
}

int engine_repeat_keep(struct engine *engine, const struct front_request *request, uint64_t made, uint32_t write)
{
    const struct repeat *repeat = repeat_of(request);
    struct store_batch *batch = engine->filling->store;

    if (repeat == NULL)
        return OD_OK;
    assert(write < batch->count);
    int rc = put(engine, repeat, made, NULL, NULL);
    if (rc == OD_OK)
        batch->writes[batch->count - 1].only_after = write + 1;
    return rc;
}

int engine_repeat_keep_alone(struct engine *engine, const struct front_request *request, uint64_t made, engine_call_cb on_stored, void *data)
{
    const struct repeat *repeat = repeat_of(request);

    if (repeat != NULL)
        return put(engine, repeat, made, on_stored, data);
    on_stored(engine, data, OD_OK);
    return OD_OK;
}

static void on_due(struct engine *engine, const struct store_entry *entry)
{
    struct store_entry gone = *entry;

    gone.body = NULL;
    gone.body_size = 0;
    gone.wake_minute = INT64_MAX;
    if (engine_entry_put(engine, &gone, NULL, NULL, NULL) != OD_OK)
        base_log(BASE_LOG_WARNING, "an Idempotency-Key that is known no longer goes with the next minute: no room");
}

void engine_repeats_start(struct engine *engine)
{
    base_list_init(&engine->repeats);
    engine_entry_on_due(engine, ENGINE_ENTRY_REPEAT, on_due);
}
