/* SPDX-License-Identifier: Apache-2.0 */
/* POST and GET /v1/keys, POST /v1/keys/{id}/revoke; and keys whose time is over. */
#include "engine/key_read.h"
#include "engine/repeat.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS 60000

static void answer_view(struct front_request *request, int status, const struct store_entry *entry, const struct engine_key_body *body,
                        const char *secret)
{
    struct base_buffer text = {0};
    char headers[ENGINE_TAG_SIZE + 192];
    const char *lost = NULL, *replayed = engine_repeat_made(request) != 0 ? ENGINE_REPEAT_HEADER : "";
    int used = snprintf(headers, sizeof(headers), "ETag: \"%llu\"\r\n%s", (unsigned long long)entry->revision, replayed);

    if (status == 201)
        snprintf(headers + used, sizeof(headers) - (size_t)used, "Location: /v1/keys/%s\r\n", body->key->id);
    if (status == 201 && secret == NULL)
        lost = front_say(request, "密钥内容只显示一次，此后无从得知。没有记下的，请撤销这把密钥，再以另一个 id 新建。",
                         "A secret is shown once and known to nobody afterwards. If it was not taken down, revoke this key and make one with another id.");
    engine_key_view_put(&text, entry, body, secret, lost);
    front_answer(request, status, "application/json", headers, &text);
}

static void put_more(struct base_buffer *more, const struct front_key *key)
{
    base_json_put_text(more, "key", key->id);
    engine_roles_put(more, "roles", key->roles);
    if (key->department[0] != '\0')
        base_json_put_text(more, "department", key->department);
}

static int entry_put(struct engine *engine, struct store_entry *entry, const struct engine_key_body *body, const char *type, const char *by,
                     engine_call_cb on_stored, void *data)
{
    struct base_buffer text = {0}, more = {0};

    engine_key_body_put(&text, body, entry->state != ENGINE_KEY_ACTIVE);
    put_more(&more, body->key);
    entry->name = body->key->id;
    entry->body = base_buffer_text(&text);
    entry->body_size = (uint32_t)text.size;
    int rc = text.is_broken || more.is_broken
                 ? OD_ENOMEM
                 : engine_entry_put(engine, entry, &(struct engine_entry_event){.type = type, .by = by, .more = base_buffer_text(&more)},
                                    on_stored, data);
    entry->body = NULL; /* copied */
    if (text.bytes != NULL)
        base_wipe(text.bytes, text.size);
    base_buffer_fini(&text);
    base_buffer_fini(&more);
    return rc;
}

/* -- POST /v1/keys -- */

struct making {
    struct front_request *request;
    struct engine_key_wish wish;
    struct engine_key_body body;
    struct store_entry entry;
    char secret[FRONT_SECRET_TEXT_SIZE], starts[ENGINE_KEY_STARTS + 1];
};

static void making_free(struct making *making)
{
    base_wipe(making, sizeof(*making));
    base_free(making);
}

static void refuse_taken(struct front_request *request)
{
    front_answer_problem(request, FRONT_CONFLICT,
                         front_say(request, "已有密钥使用过这个 id；撤销的 id 也不再使用，以免日志混淆。请换一个。",
                                   "A key had this id. Those of revoked keys stay taken, so that the journal is clear; take another."),
                         NULL, 0);
}

static void on_made(struct engine *engine, void *data, int rc)
{
    struct making *making = data;

    if (rc == OD_OK) {
        making->entry.revision = 1;
        rc = engine_key_install(engine, &making->wish.key);
        if (rc != OD_OK) /* it is durable: the next start takes it */
            base_log(BASE_LOG_ERROR, "a key was made, and is of use after a restart only: %s", base_error_text(rc));
        rc = OD_OK;
    }
    if (rc == OD_OK)
        answer_view(making->request, 201, &making->entry, &making->body, making->secret);
    else if (rc == OD_EEXIST)
        refuse_taken(making->request);
    else
        engine_answer_rc(making->request, OD_EBUSY);
    making_free(making);
}

/* Pool thread. */
static void hash_secret(struct engine_job *job, struct store_reader *reader)
{
    struct making *making = job->data;

    (void)reader;
    job->rc = base_password_hash(making->secret, strlen(making->secret), making->wish.key.password);
}

static void on_hashed(struct engine_job *job)
{
    struct making *making = job->data;
    struct engine *engine = job->engine;
    struct front_key *key = &making->wish.key;
    int rc = job->rc;

    front_secret_tag(engine->keys->tag_key, making->secret, key->hash);
    making->entry = (struct store_entry){.kind = ENGINE_ENTRY_KEY, .state = ENGINE_KEY_ACTIVE, .department = making->wish.department,
                                         .id = engine_entry_id(engine, ENGINE_ENTRY_KEY), .at_ms = engine->now.ms, .wake_minute = INT64_MAX};
    if (key->expires_ms != 0)
        making->entry.wake_minute = (key->expires_ms + MINUTE_MS - 1) / MINUTE_MS;
    making->body = (struct engine_key_body){.key = key, .note = making->wish.note, .starts = making->starts,
                                            .made_by = making->request->identity.key_id, .made_ms = engine->now.ms};
    struct engine_batch_mark mark = engine_batch_mark(engine);
    if (rc == OD_OK)
        rc = entry_put(engine, &making->entry, &making->body, "key_created", making->request->identity.key_id, on_made, making);
    if (rc == OD_OK)
        rc = engine_repeat_keep(engine, making->request, making->entry.id, mark.writes);
    if (rc == OD_OK)
        return;
    engine_batch_back(engine, mark);
    engine_answer_rc(making->request, OD_EBUSY);
    making_free(making);
}

static void refuse_more(struct front_request *request)
{
    front_answer_problem(request, FRONT_CONFLICT,
                         front_say(request, "有效的密钥已达 4096 个；请先撤销不用的。", "4096 keys are valid; revoke those that nobody uses first."),
                         NULL, 0);
}

/* It was made already: as it is now, without the secret, which nobody has. */
static void on_again(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct front_request *request = data;
    struct front_key key = {.id = ""};
    struct engine_key_body body;
    struct base_json_error error;
    struct base_json *root = NULL;

    (void)engine;
    if (rc == OD_OK)
        rc = base_json_parse(entry->body, entry->body_size, &root, &error);
    if (rc == OD_OK)
        rc = engine_key_body_read(root, &key, &body);
    if (rc == OD_OK)
        answer_view(request, 201, entry, &body, NULL);
    else
        engine_answer_rc(request, rc == OD_ESYNTAX ? OD_EIO : rc);
    base_json_destroy(root);
    base_wipe(&key, sizeof(key));
}

static void create(struct engine *engine, struct front_request *request)
{
    struct engine_key_wish wish;
    struct making *making;

    if (!engine_key_wish_read(engine, request, &wish))
        return;
    if (engine->keys->count - engine->keys->config_count >= ENGINE_KEYS_MADE_MAX) {
        refuse_more(request);
        return;
    }
    making = base_alloc(sizeof(*making));
    int rc = OD_ENOMEM;
    if (making != NULL) {
        *making = (struct making){.request = request, .wish = wish};
        front_secret_make(making->secret);
        memcpy(making->starts, making->secret, ENGINE_KEY_STARTS);
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = hash_secret, .on_done = on_hashed, .data = making});
        if (rc != OD_OK)
            making_free(making);
    }
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

/* -- GET /v1/keys -- */

static void put_entry(struct base_buffer *body, const struct store_entry *entry)
{
    struct front_key key;
    struct engine_key_body read;
    struct base_json_error error;
    struct base_json *root = NULL;

    if (base_json_parse(entry->body, entry->body_size, &root, &error) == OD_OK && engine_key_body_read(root, &key, &read) == OD_OK)
        engine_key_view_put(body, entry, &read, NULL, NULL);
    base_json_destroy(root);
}

static void list_close(struct front_request *request, struct base_buffer *body, uint64_t next)
{
    base_json_close(body, ']');
    engine_list_answer(request, "/v1/keys", body, next);
}

static void list_open(struct base_buffer *body)
{
    base_json_open(body, NULL, '{');
    base_json_open(body, "items", '[');
}

static void on_page(struct engine *engine, const struct engine_entry_page *page, int rc, void *data)
{
    struct front_request *request = data;
    struct base_buffer body = {0};

    (void)engine;
    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    list_open(&body);
    for (size_t i = 0; i < page->count; i++)
        put_entry(&body, &page->entries[i]);
    list_close(request, &body, page->next);
}

/* Those of the configuration; the cursor counts them. */
static void list_config(struct engine *engine, struct front_request *request, int64_t from, int64_t limit)
{
    const struct engine_keys *keys = engine->keys;
    struct base_buffer body = {0};
    size_t at = (size_t)from;

    list_open(&body);
    for (; at < keys->config_count && limit > 0; at++, limit--)
        engine_key_view_put(&body, NULL, &(struct engine_key_body){.key = &keys->rows[at]}, NULL, NULL);
    list_close(request, &body, at < keys->config_count ? at : 0);
}

/* The name of the parameter at fault; NULL = none. */
static const char *list_fault(struct engine *engine, struct front_request *request, struct store_entry_filter *filter, int64_t *limit,
                              int64_t *cursor)
{
    const char *state = front_query(request, "state"), *department = front_query(request, "department");
    const char *origin = front_query(request, "origin");
    struct engine_department *found;

    if (origin != NULL && strcmp(origin, "runtime") != 0 && strcmp(origin, "configuration") != 0)
        return "origin";
    if (state != NULL && (filter->state = (int16_t)engine_key_state_find(state)) == ENGINE_KEY_NONE)
        return "state";
    if (department != NULL) {
        if (catalog_department_find(engine->catalog, department) == NULL || engine_department_get(engine, department, &found) != OD_OK)
            return "department";
        filter->department = found->number;
    }
    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, limit))
        return "limit";
    return engine_query_integer(request, "cursor", 1, INT64_MAX, cursor) ? NULL : "cursor";
}

static void list(struct engine *engine, struct front_request *request)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_KEY, .state = -1, .department = -1, .before = UINT64_MAX};
    const char *origin = front_query(request, "origin");
    int64_t limit = BASE_PAGE_DEFAULT, cursor = 0;
    const char *fault = list_fault(engine, request, &filter, &limit, &cursor);

    if (fault != NULL) {
        engine_refuse_query(request, fault);
        return;
    }
    if (origin != NULL && strcmp(origin, "configuration") == 0) {
        list_config(engine, request, cursor, limit);
        return;
    }
    if (cursor > 0)
        filter.before = (uint64_t)cursor;
    int rc = engine_entries_get(engine, &filter, (size_t)limit, on_page, request);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

/* -- POST /v1/keys/{id}/revoke, and the last minute -- */

struct ending {
    struct front_request *request; /* NULL: its time is over */
    struct front_key key;
    struct engine_key_body body;
    struct store_entry entry;
    struct base_json *root; /* owned: what body borrows from */
};

static void ending_free(struct ending *ending)
{
    base_json_destroy(ending->root);
    base_wipe(&ending->key, sizeof(ending->key));
    base_free(ending);
}

static void on_ended(struct engine *engine, void *data, int rc)
{
    struct ending *ending = data;

    if (rc == OD_OK) {
        engine_key_forget(engine, ending->key.id);
        ending->entry.revision++;
    }
    if (ending->request != NULL && rc == OD_OK)
        answer_view(ending->request, 200, &ending->entry, &ending->body, NULL);
    else if (ending->request != NULL)
        engine_answer_rc(ending->request, rc == OD_ESTATE ? rc : OD_EBUSY);
    ending_free(ending);
}

/* A copy that lasts. Errors: OD_ENOMEM, OD_EIO. */
static int ending_create(const struct store_entry *entry, struct ending **out)
{
    struct ending *ending = base_alloc(sizeof(*ending));
    struct base_json_error error;
    int rc = OD_ENOMEM;

    if (ending == NULL)
        return rc;
    ending->entry = *entry;
    rc = base_json_parse(entry->body, entry->body_size, &ending->root, &error);
    if (rc == OD_OK)
        rc = engine_key_body_read(ending->root, &ending->key, &ending->body);
    if (rc == OD_OK)
        *out = ending;
    else
        ending_free(ending);
    return rc == OD_ESYNTAX ? OD_EIO : rc;
}

/* Takes ending over. Errors: it is gone. */
static int end(struct engine *engine, struct ending *ending, uint8_t state, const char *type, const char *by)
{
    ending->entry.state = state;
    ending->entry.wake_minute = INT64_MAX;
    ending->body.ended_by = by;
    ending->body.ended_ms = engine->now.ms;
    int rc = entry_put(engine, &ending->entry, &ending->body, type, by, on_ended, ending);
    if (rc != OD_OK)
        ending_free(ending);
    return rc;
}

void engine_key_on_due(struct engine *engine, const struct store_entry *entry)
{
    struct ending *ending;
    int rc = entry->state == ENGINE_KEY_ACTIVE ? ending_create(entry, &ending) : OD_EIO;

    if (rc == OD_OK)
        rc = end(engine, ending, ENGINE_KEY_EXPIRED, "key_expired", "clock");
    if (rc != OD_OK) /* it is looked at again; the doors look at its time by themselves */
        base_log(BASE_LOG_WARNING, "that a key expired could not be kept: %s", base_error_text(rc));
}

static void take_away(struct engine *engine, struct ending *ending, struct front_request *request)
{
    if (!engine_key_text_read(request, "reason", ENGINE_KEY_NOTE_MAX, &ending->body.reason) ||
        engine_answer_if_entry_changed(request, ending->entry.revision)) {
        ending_free(ending);
        return;
    }
    if (ending->entry.state != ENGINE_KEY_ACTIVE) {
        ending->body.reason = base_json_member_text(ending->root, "reason");
        answer_view(request, 200, &ending->entry, &ending->body, NULL); /* it is over already */
        ending_free(ending);
        return;
    }
    ending->request = request;
    int rc = end(engine, ending, ENGINE_KEY_REVOKED, "key_revoked", request->identity.key_id);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

static void on_entry(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct front_request *request = data;
    const struct front_key *config = engine_key_find(engine, request->params[0]);
    struct ending *ending = NULL;

    if (rc == OD_OK)
        rc = ending_create(entry, &ending);
    if (rc == OD_OK)
        take_away(engine, ending, request);
    else if (rc == OD_ENOTFOUND && config != NULL)
        front_answer_problem(request, FRONT_CONFLICT,
                             front_say(request, "这是配置文件中的密钥：请从 keys 中删去，再向中枢发送 SIGHUP。",
                                       "It is a key of the configuration: take it out of keys there, then send the hub SIGHUP."), NULL, 0);
    else
        engine_answer_rc(request, rc);
}

void engine_key_perform(struct engine *engine, struct front_request *request)
{
    uint64_t made = engine_repeat_made(request);
    int rc = OD_OK;

    if (request->route == FRONT_KEY_LIST)
        list(engine, request);
    else if (request->route == FRONT_KEY_REVOKE)
        rc = engine_entry_get(engine, ENGINE_ENTRY_KEY, 0, request->params[0], on_entry, request);
    else if (made != 0)
        rc = engine_entry_get(engine, ENGINE_ENTRY_KEY, made, NULL, on_again, request);
    else
        create(engine, request);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}
