/* SPDX-License-Identifier: Apache-2.0 */
/* od.kv/1: a small durable store of the connector's own. Answers come in the order of calls. */
#include "host/call.h"
#include "host/runner.h"

static int tell(struct host *host, od_kv_cb on_done, int error, const void *value, size_t size, void *arg)
{
    if (on_done == NULL)
        return OD_OK;
    host_callback_enter(host, "an answer of od.kv/1", 0);
    on_done(host->self, error, value, size, arg);
    host_callback_leave(host, 0);
    return OD_OK;
}

static int on_changed(struct host *host, const struct host_service *service, const struct host_service_answer *answer)
{
    return tell(host, service->on_done.kv, answer->error, NULL, 0, service->arg);
}

static int on_got(struct host *host, const struct host_service *service, const struct host_service_answer *answer)
{
    const unsigned char *value = NULL;
    size_t size = 0;

    if (answer->error == OD_OK) {
        int rc = host_service_bytes(host, answer->json, "value", &value, &size);

        if (rc != OD_OK || value == NULL || size > OD_KV_VALUE_MAX)
            return rc != OD_OK ? rc : OD_ESYNTAX;
    }
    return tell(host, service->on_done.kv, answer->error, value, size, service->arg);
}

/* At most OD_KV_LIST_MAX keys, in scratch memory. Errors: OD_ESYNTAX, OD_ENOMEM. */
static int keys_read(struct host *host, struct host_view json, const char **keys, uint32_t *count)
{
    struct host_view list;
    struct host_view_item item;
    size_t offset = 0, size;
    int rc = host_view_member(json, "keys", &list);

    while (rc == OD_OK && (rc = host_view_next(list, &offset, &item)) == OD_OK) {
        if (*count == OD_KV_LIST_MAX || item.key.at != NULL)
            return OD_ESYNTAX;
        rc = host_view_text(item.value, &host->scratch, &keys[*count], &size);
        (*count)++;
    }
    return rc == OD_ENOTFOUND && list.at != NULL ? OD_OK : rc == OD_ENOMEM ? OD_ENOMEM : OD_ESYNTAX;
}

static int on_listed(struct host *host, const struct host_service *service, const struct host_service_answer *answer)
{
    const char *keys[OD_KV_LIST_MAX];
    uint32_t count = 0;

    if (answer->error == OD_OK) {
        int rc = keys_read(host, answer->json, keys, &count);

        if (rc != OD_OK)
            return rc;
    }
    host_callback_enter(host, "an answer of od.kv/1", 0);
    service->on_done.list(host->self, answer->error, answer->error == OD_OK ? keys : NULL, count, service->arg);
    host_callback_leave(host, 0);
    return OD_OK;
}

/* The request up to its key. NULL: *rc says why. */
static struct base_buffer *begin(struct host *host, const char *call, const char *op, const char *key, int *rc)
{
    *rc = host_service_enter(host, call);
    if (*rc == OD_OK)
        *rc = host_service_text(host, call, "key", key, OD_KV_KEY_MAX, true);
    struct base_buffer *out = *rc == OD_OK ? host_service_begin(host, "kv", rc) : NULL;
    if (out == NULL)
        return NULL;
    base_json_put_text(out, "op", op);
    base_json_put_text(out, "key", key);
    return out;
}

static int end(struct host *host, const char *call, host_service_cb on_answer, od_kv_cb on_done, void *arg)
{
    struct host_service service = {.on_answer = on_answer, .on_done.kv = on_done, .arg = arg, .call = call,
                                   .is_ordered = true};

    return host_service_end(host, &service);
}

static int get(void *context, const char *key, od_kv_cb on_done, void *arg)
{
    struct host *host = context;
    int rc = host_service_enter(host, "od_kv_get");

    if (rc == OD_OK)
        rc = host_service_range(host, "od_kv_get", "on_done", on_done != NULL);
    struct base_buffer *out = rc == OD_OK ? begin(host, "od_kv_get", "get", key, &rc) : NULL;
    return out != NULL ? end(host, "od_kv_get", on_got, on_done, arg) : rc;
}

static int put(void *context, const char *key, const void *value, size_t value_size, od_kv_cb on_done, void *arg)
{
    struct host *host = context;
    int rc = host_service_enter(host, "od_kv_put");

    if (rc == OD_OK)
        rc = host_service_range(host, "od_kv_put", "value", value != NULL || value_size == 0);
    if (rc == OD_OK)
        rc = host_service_limit(host, "od_kv_put", "a value", value_size, OD_KV_VALUE_MAX);
    struct base_buffer *out = rc == OD_OK ? begin(host, "od_kv_put", "put", key, &rc) : NULL;
    if (out == NULL)
        return rc;
    host_service_put_bytes(out, "value", value, value_size);
    return end(host, "od_kv_put", on_changed, on_done, arg);
}

static int remove_key(void *context, const char *key, od_kv_cb on_done, void *arg)
{
    struct host *host = context;
    int rc;
    struct base_buffer *out = begin(host, "od_kv_remove", "remove", key, &rc);

    return out != NULL ? end(host, "od_kv_remove", on_changed, on_done, arg) : rc;
}

static int list(void *context, const char *prefix, const char *after, od_kv_list_cb on_done, void *arg)
{
    struct host *host = context;
    struct host_service service = {.on_answer = on_listed, .on_done.list = on_done, .arg = arg,
                                   .call = "od_kv_list", .is_ordered = true};
    int rc = host_service_enter(host, service.call);

    if (rc == OD_OK)
        rc = host_service_range(host, service.call, "on_done", on_done != NULL);
    if (rc == OD_OK)
        rc = host_service_text(host, service.call, "prefix", prefix, OD_KV_KEY_MAX, false);
    if (rc == OD_OK)
        rc = host_service_text(host, service.call, "after", after, OD_KV_KEY_MAX, false);
    struct base_buffer *out = rc == OD_OK ? host_service_begin(host, "kv", &rc) : NULL;
    if (out == NULL)
        return rc;
    base_json_put_text(out, "op", "list");
    base_json_put_text(out, "prefix", prefix != NULL ? prefix : "");
    base_json_put_text(out, "after", after != NULL ? after : "");
    return host_service_end(host, &service);
}

void host_call_init_kv(struct host *host)
{
    host->kv_table = (struct od_kv){.size = sizeof(host->kv_table), .context = host,
                                    .get = get, .put = put, .remove = remove_key, .list = list};
}
