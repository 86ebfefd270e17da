/* SPDX-License-Identifier: Apache-2.0 */
/* One act on several tasks. Each task is looked at and acted on as if it had been sent alone, and has its own answer: what
 * is refused hides neither behind what was done, nor the other way round.
 *
 *   batch -> check the body (422) -> key: the answer of then, if it was kept
 *         -> front_group: each task -> on_done -> the answer, kept under the key -> answered
 *
 * What was done before a crash that took the answer is told as done when it is sent again: a claim that is the caller's
 * stays, and an opinion that is word for word the caller's is not given twice. */
#include "engine/operations.h"
#include "engine/entry.h"

#include <stdio.h>
#include <string.h>

#define NAME_SIZE (2 * BASE_HASH_SIZE + 1)

static const struct {
    const char *word;
    enum front_route route;
} acts[] = {
    {"claim", FRONT_TASK_CLAIM}, {"release", FRONT_TASK_RELEASE}, {"take", FRONT_TASK_TAKE}, {"opinion", FRONT_TASK_OPINION},
    {"ask", FRONT_TASK_ASK},     {"pause", FRONT_TASK_PAUSE},     {"resume", FRONT_TASK_RESUME}, {"requeue", FRONT_TASK_REQUEUE},
};

struct batch {
    struct base_list running; /* in engine.batches, while it acts under a key; zero otherwise */
    struct engine *engine;
    struct front_request *request;
    const char *act;
    enum front_route route;
    const char *ids[ENGINE_BATCH_TASKS_MAX]; /* of the body */
    const char *tags[ENGINE_BATCH_TASKS_MAX];
    size_t count;
    struct base_buffer with; /* what is sent with each */
    char name[NAME_SIZE];    /* of the kept answer; "" = none is kept */
    uint8_t hash[BASE_HASH_SIZE]; /* of the body */
    struct base_buffer answer;
};

static void batch_free(struct batch *batch)
{
    if (batch->running.next != NULL)
        base_list_remove(&batch->running);
    base_buffer_fini(&batch->with);
    base_buffer_fini(&batch->answer);
    base_free(batch);
}

/* -- The body -- */

static bool refuse_at(struct front_request *request, size_t index, const char *code, const char *zh, const char *en)
{
    char pointer[32];

    snprintf(pointer, sizeof(pointer), "/tasks/%zu", index);
    engine_refuse(request, pointer, code, zh, en);
    return false;
}

static bool read_act(struct batch *batch)
{
    const char *word = base_json_member_text(batch->request->body, "act");

    for (size_t i = 0; word != NULL && i < sizeof(acts) / sizeof(acts[0]); i++)
        if (strcmp(acts[i].word, word) == 0) {
            batch->act = acts[i].word;
            batch->route = acts[i].route;
            return true;
        }
    engine_refuse(batch->request, "/act", "choice", "act 应为 claim、release、take、opinion、ask、pause、resume 或 requeue。",
                  "act is claim, release, take, opinion, ask, pause, resume or requeue.");
    return false;
}

/* "ID" or {"id", "if_match"}. */
static bool read_task(struct batch *batch, const struct base_json *item, size_t index)
{
    const char *id = base_json_type(item) == BASE_JSON_OBJECT ? base_json_member_text(item, "id") : base_json_text(item);
    const struct base_json *tag = base_json_member(item, "if_match");

    if (id == NULL || (tag != NULL && base_json_text(tag) == NULL))
        return refuse_at(batch->request, index, "type", "应为任务编号，或含 id 与 if_match 的对象。",
                         "A task's id is due, or an object with id and if_match.");
    for (size_t i = 0; i < index; i++)
        if (strcmp(batch->ids[i], id) == 0)
            return refuse_at(batch->request, index, "duplicate", "同一任务只列一次。", "Name each task once.");
    batch->ids[index] = id;
    batch->tags[index] = base_json_text(tag);
    return true;
}

static bool read_tasks(struct batch *batch)
{
    const struct base_json *tasks = base_json_member(batch->request->body, "tasks");
    char zh[128], en[128];

    batch->count = base_json_type(tasks) == BASE_JSON_ARRAY ? base_json_count(tasks) : 0;
    if (batch->count == 0 || batch->count > ENGINE_BATCH_TASKS_MAX) {
        snprintf(zh, sizeof(zh), "tasks 应列出 1 到 %d 项任务。", ENGINE_BATCH_TASKS_MAX);
        snprintf(en, sizeof(en), "tasks names 1 to %d tasks.", ENGINE_BATCH_TASKS_MAX);
        engine_refuse(batch->request, "/tasks", batch->count == 0 ? "required" : "limit", zh, en);
        return false;
    }
    size_t index = 0;
    for (const struct base_json *item = base_json_first(tasks); item != NULL; item = base_json_next(item))
        if (!read_task(batch, item, index++))
            return false;
    return true;
}

static bool read_body(struct batch *batch)
{
    struct front_request *request = batch->request;
    const struct base_json *with = base_json_member(request->body, "with");

    for (const struct base_json *member = base_json_first(request->body); member != NULL; member = base_json_next(member)) {
        const char *key = base_json_key(member);
        char pointer[80];

        if (strcmp(key, "act") == 0 || strcmp(key, "tasks") == 0 || strcmp(key, "with") == 0)
            continue;
        snprintf(pointer, sizeof(pointer), "/%.64s", key);
        engine_refuse(request, pointer, "unknown_field", "可用：act、tasks、with。", "Allowed: act, tasks, with.");
        return false;
    }
    if (!read_act(batch) || !read_tasks(batch))
        return false;
    if (with != NULL && base_json_type(with) != BASE_JSON_OBJECT) {
        engine_refuse(request, "/with", "type", "with 应为对象。", "with must be an object.");
        return false;
    }
    if (with != NULL)
        base_json_put(&batch->with, NULL, with);
    else
        base_buffer_put_text(&batch->with, "{}");
    return true;
}

/* -- The answer -- */

static void put_one(struct base_buffer *body, const char *key, const char *id, const struct front_group_answer *answer)
{
    bool is_done = answer->status >= 200 && answer->status <= 299;
    struct base_json_error error;
    struct base_json *json = NULL;

    if (base_json_parse(answer->body.bytes, answer->body.size, &json, &error) != OD_OK)
        json = NULL;
    base_json_open(body, NULL, '{');
    base_json_put_text(body, key, id);
    base_json_put_bool(body, "done", is_done);
    base_json_put_i64(body, "status", answer->status);
    if (is_done && base_json_member_text(json, "state") != NULL)
        base_json_put_text(body, "state", base_json_member_text(json, "state"));
    if (!is_done && json != NULL)
        base_json_put(body, "problem", json);
    base_json_close(body, '}');
    base_json_destroy(json);
}

void engine_put_group(struct base_buffer *body, const char *key, const char *const *ids, const struct front_group_answer *answers, size_t count)
{
    size_t done = 0;

    for (size_t i = 0; i < count; i++)
        done += answers[i].status >= 200 && answers[i].status <= 299;
    base_json_put_i64(body, "done", (int64_t)done);
    base_json_put_i64(body, "refused", (int64_t)(count - done));
    base_json_open(body, "items", '[');
    for (size_t i = 0; i < count; i++)
        put_one(body, key, ids[i], &answers[i]);
    base_json_close(body, ']');
}

/* Each act is durable by now: whether the answer could be kept or not, it is true. */
static void on_kept(struct engine *engine, void *data, int rc)
{
    struct batch *batch = data;

    (void)engine;
    if (rc != OD_OK && rc != OD_EEXIST)
        base_log(BASE_LOG_WARNING, "the answer to acts on several tasks is not kept: %s", base_error_text(rc));
    front_answer(batch->request, 200, "application/json", NULL, &batch->answer);
    batch_free(batch);
}

static int keep(struct batch *batch)
{
    struct engine *engine = batch->engine;
    struct store_entry entry = {.kind = ENGINE_ENTRY_BATCH, .state = 1, .id = engine_entry_id(engine, ENGINE_ENTRY_BATCH), .name = batch->name,
                                .at_ms = engine->now.ms,
                                .wake_minute = engine->now.ms / 60000 + (int64_t)ENGINE_BATCH_KEPT_DAYS * 24 * 60};
    struct base_buffer body = {0};
    char hash[NAME_SIZE];

    base_hex(batch->hash, BASE_HASH_SIZE, hash);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "hash", hash);
    base_json_put_raw(&body, "answer", batch->answer.bytes, batch->answer.size);
    base_json_close(&body, '}');
    entry.body = base_buffer_text(&body);
    entry.body_size = (uint32_t)body.size;
    int rc = body.is_broken || batch->answer.is_broken ? OD_ENOMEM : engine_entry_put(engine, &entry, NULL, on_kept, batch);
    base_buffer_fini(&body);
    return rc;
}

static void on_done(struct front_request *request, const struct front_group_answer *answers, size_t count, void *data)
{
    struct batch *batch = data;

    (void)request;
    base_json_open(&batch->answer, NULL, '{');
    base_json_put_text(&batch->answer, "act", batch->act);
    engine_put_group(&batch->answer, "task", batch->ids, answers, count);
    base_json_close(&batch->answer, '}');
    int rc = batch->name[0] != '\0' ? keep(batch) : OD_EEXIST;
    if (rc != OD_OK)
        on_kept(batch->engine, batch, rc);
}

static void run(struct batch *batch)
{
    struct front_group_item items[ENGINE_BATCH_TASKS_MAX];

    for (size_t i = 0; i < batch->count; i++)
        items[i] = (struct front_group_item){.route = batch->route, .param = batch->ids[i], .if_match = batch->tags[i],
                                             .body = base_buffer_text(&batch->with), .body_size = batch->with.size,
                                             .idempotency_key = batch->request->idempotency_key};
    if (batch->name[0] != '\0')
        base_list_append(&batch->engine->batches, &batch->running);
    int rc = batch->with.is_broken ? OD_ENOMEM : front_group_start(batch->request, items, batch->count, on_done, batch);
    if (rc != OD_OK) {
        engine_answer_rc(batch->request, rc);
        batch_free(batch);
    }
}

/* -- The same again -- */

/* false: it cannot be read. */
static bool replay(struct batch *batch, const struct base_json *root)
{
    const char *hash = base_json_member_text(root, "hash");
    const struct base_json *answer = base_json_member(root, "answer");
    char now[NAME_SIZE];

    base_hex(batch->hash, BASE_HASH_SIZE, now);
    if (hash == NULL || answer == NULL)
        return false;
    if (strcmp(hash, now) != 0) {
        front_answer_problem(batch->request, FRONT_KEY_REUSED, NULL, NULL, 0);
        return true;
    }
    base_json_put(&batch->answer, NULL, answer);
    front_answer(batch->request, 200, "application/json", "Idempotency-Replayed: true\r\n", &batch->answer);
    return true;
}

/* What it acts on is done and not durable yet: the same would be refused, and that answer kept. */
static bool is_under_way(const struct batch *batch)
{
    const struct base_list *all = &batch->engine->batches;

    for (struct base_list *at = all->next; at != all; at = at->next)
        if (strcmp(BASE_LIST_ENTRY(at, struct batch, running)->name, batch->name) == 0)
            return true;
    return false;
}

static void run_once(struct batch *batch)
{
    if (!is_under_way(batch)) {
        run(batch);
        return;
    }
    front_answer_problem(batch->request, FRONT_CONFLICT,
                         front_say(batch->request, "同一请求正在办理；请稍候以同一 Idempotency-Key 重发，即可得到其结果。",
                                   "The same request is under way; send it again with the same Idempotency-Key in a moment for its answer."),
                         NULL, 0);
    batch_free(batch);
}

static void on_earlier(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct batch *batch = data;
    struct base_json_error error;
    struct base_json *root = NULL;

    (void)engine;
    if (rc == OD_ENOTFOUND) {
        run_once(batch);
        return;
    }
    if (rc == OD_OK)
        rc = base_json_parse(entry->body, entry->body_size, &root, &error);
    if (rc != OD_OK || !replay(batch, root))
        engine_answer_rc(batch->request, rc != OD_OK ? rc : OD_EIO);
    base_json_destroy(root);
    batch_free(batch);
}

/* A key stands for one body of one caller. */
static int look_earlier(struct batch *batch)
{
    struct front_request *request = batch->request;
    struct base_buffer whose = {0};
    uint8_t name[BASE_HASH_SIZE];

    base_buffer_put_format(&whose, "%s/%s", request->identity.key_id, request->idempotency_key);
    int rc = whose.is_broken ? OD_ENOMEM : base_json_canonical_hash(request->body_text, request->body_size, batch->hash);
    if (rc == OD_OK) {
        base_hash(whose.bytes, whose.size, name);
        base_hex(name, sizeof(name), batch->name);
        rc = engine_entry_get(batch->engine, ENGINE_ENTRY_BATCH, 0, batch->name, on_earlier, batch);
    }
    base_buffer_fini(&whose);
    return rc;
}

void engine_task_batch(struct engine *engine, struct front_request *request)
{
    struct batch *batch = base_alloc(sizeof(*batch));
    int rc = OD_OK;

    if (batch == NULL) {
        engine_answer_rc(request, OD_ENOMEM);
        return;
    }
    batch->engine = engine;
    batch->request = request;
    if (!read_body(batch)) {
        batch_free(batch);
        return;
    }
    if (request->idempotency_key == NULL) {
        run(batch);
        return;
    }
    rc = look_earlier(batch);
    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        batch_free(batch);
    }
}

void engine_batch_on_due(struct engine *engine, const struct store_entry *entry)
{
    struct store_entry gone = *entry;

    gone.body = NULL;
    gone.body_size = 0;
    gone.wake_minute = INT64_MAX;
    if (engine_entry_put(engine, &gone, NULL, NULL, NULL) != OD_OK)
        base_log(BASE_LOG_WARNING, "an answer that is kept no longer goes with the next minute: no room");
}
