/* SPDX-License-Identifier: Apache-2.0 */
#include "check/services.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/memory.h"

void check_services_fini(struct check_services *services)
{
    for (size_t i = 0; i < services->key_count; i++) {
        base_free(services->keys[i].key);
        base_free(services->keys[i].value);
    }
    base_free(services->keys);
    *services = (struct check_services){.subject = NULL};
}

void check_services_refuse(struct base_buffer *out, const char *code, const char *detail, const char *effect)
{
    base_json_open(out, NULL, '{');
    base_json_open(out, "error", '{');
    base_json_put_text(out, "code", code);
    base_json_put_text(out, "detail", detail);
    if (effect != NULL)
        base_json_put_text(out, "effect", effect);
    base_json_close(out, '}');
    base_json_close(out, '}');
}

void check_services_deny(struct check_services *services, struct base_buffer *out, const char *what)
{
    services->denied_count++;
    snprintf(services->denied, sizeof(services->denied), "%s", what);
    check_services_refuse(out, "denied", what, "none");
}

static void put_empty(struct base_buffer *out)
{
    base_json_open(out, NULL, '{');
    base_json_close(out, '}');
}

/* Where the key stands, or would stand. */
static size_t kv_place(const struct check_services *services, const char *key)
{
    size_t low = 0, high = services->key_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (strcmp(services->keys[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct check_services *services, size_t place, const char *key)
{
    return place < services->key_count && strcmp(services->keys[place].key, key) == 0;
}

static int kv_insert(struct check_services *services, size_t place, const char *key)
{
    if (services->key_count == CHECK_KV_MAX)
        return OD_ELIMIT;
    struct check_kv *keys = base_realloc(services->keys, (services->key_count + 1) * sizeof(*keys));
    if (keys == NULL)
        return OD_ENOMEM;
    services->keys = keys;
    char *copy = base_copy_text(key, strlen(key));
    if (copy == NULL)
        return OD_ENOMEM;
    memmove(&keys[place + 1], &keys[place], (services->key_count - place) * sizeof(*keys));
    keys[place] = (struct check_kv){.key = copy};
    services->key_count++;
    return OD_OK;
}

static void kv_put(struct check_services *services, const char *key, const char *value, struct base_buffer *out)
{
    size_t place = kv_place(services, key), size = 0;

    for (size_t i = 0; i < services->key_count; i++)
        size += strlen(services->keys[i].key) + (services->keys[i].value != NULL ? strlen(services->keys[i].value) : 0);
    if (size / 4 * 3 + strlen(value) / 4 * 3 > services->subject->manifest.capabilities.kv_quota) {
        check_services_refuse(out, "limit", "the quota of capabilities.kv is used up", NULL);
        return;
    }
    char *copy = base_copy_text(value, strlen(value));
    if (copy == NULL || (!is_at(services, place, key) && kv_insert(services, place, key) != OD_OK)) {
        base_free(copy);
        check_services_refuse(out, "limit", "too many keys", NULL);
        return;
    }
    base_free(services->keys[place].value);
    services->keys[place].value = copy;
    put_empty(out);
}

static void kv_remove(struct check_services *services, const char *key, struct base_buffer *out)
{
    size_t place = kv_place(services, key);

    if (is_at(services, place, key)) {
        base_free(services->keys[place].key);
        base_free(services->keys[place].value);
        services->key_count--;
        memmove(&services->keys[place], &services->keys[place + 1],
                (services->key_count - place) * sizeof(*services->keys));
    }
    put_empty(out);
}

static void kv_list(struct check_services *services, const char *prefix, const char *after, struct base_buffer *out)
{
    size_t count = 0;

    base_json_open(out, NULL, '{');
    base_json_open(out, "keys", '[');
    for (size_t i = 0; i < services->key_count && count < 100; i++) {
        const char *key = services->keys[i].key;

        if (strncmp(key, prefix, strlen(prefix)) != 0 || strcmp(key, after) <= 0)
            continue;
        base_json_put_text(out, NULL, key);
        count++;
    }
    base_json_close(out, ']');
    base_json_close(out, '}');
}

static const char *text_of(const struct base_json *json, const char *key)
{
    const char *text = base_json_member_text(json, key);

    return text != NULL ? text : "";
}

static void take_kv(struct check_services *services, const struct base_json *request, struct base_buffer *out)
{
    const char *op = text_of(request, "op"), *key = text_of(request, "key");
    size_t place = kv_place(services, key);

    if (services->subject->manifest.capabilities.kv_quota == 0) {
        check_services_deny(services, out, "od.kv/1 needs capabilities.kv in manifest.json");
    } else if (strcmp(op, "put") == 0) {
        kv_put(services, key, text_of(request, "value"), out);
    } else if (strcmp(op, "remove") == 0) {
        kv_remove(services, key, out);
    } else if (strcmp(op, "list") == 0) {
        kv_list(services, text_of(request, "prefix"), text_of(request, "after"), out);
    } else if (!is_at(services, place, key)) {
        check_services_refuse(out, "not_found", "no such key", NULL);
    } else {
        base_json_open(out, NULL, '{');
        base_json_put_text(out, "value", services->keys[place].value);
        base_json_close(out, '}');
    }
}

static void put_bytes(struct base_buffer *out, const void *bytes, size_t size)
{
    base_json_open(out, NULL, '{');
    base_json_put_base64(out, "value", bytes, size);
    base_json_close(out, '}');
}

/* The key of a MAC is the secret's SHA-256: a stand-in that needs no HMAC of long keys. */
static void secret_sign(const char *value, const char *data, struct base_buffer *out)
{
    uint8_t key[BASE_HASH_SIZE], mac[BASE_HASH_SIZE];
    size_t size = 0;
    unsigned char *bytes = base_alloc(strlen(data) + 1);

    if (bytes == NULL || base_base64_read(data, strlen(data), bytes, &size) != OD_OK) {
        check_services_refuse(out, "invalid", "data is no base64", NULL);
    } else {
        base_hash(value, strlen(value), key);
        base_hash_keyed(key, bytes, size, mac);
        put_bytes(out, mac, sizeof(mac));
    }
    base_free(bytes);
}

static void take_secret(struct check_services *services, const struct base_json *request, struct base_buffer *out)
{
    const char *op = text_of(request, "op"), *name = text_of(request, "name");
    const struct package_secret *secret = package_secret_find(&services->subject->manifest, name);
    const char *value = base_json_member_text(services->subject->script.secrets, name);
    char what[160];

    if (secret == NULL || (strcmp(op, "reveal") == 0 && !secret->may_reveal)) {
        snprintf(what, sizeof(what), "the secret \"%.80s\" is not declared%s in manifest.json", name,
                 secret != NULL ? " with \"reveal\": true" : "");
        check_services_deny(services, out, what);
        return;
    }
    if (value == NULL)
        value = "a-secret-of-the-check";
    if (strcmp(op, "check") == 0)
        put_empty(out);
    else if (strcmp(op, "hmac") == 0)
        secret_sign(value, text_of(request, "data"), out);
    else
        put_bytes(out, value, strlen(value));
}

void check_services_take(struct check_services *services, struct check_department *department, const char *json,
                         size_t size, int64_t now_ms, struct base_buffer *out)
{
    struct base_json_error error;
    struct base_json *request = NULL;

    services->count++;
    if (base_json_parse(json, size, &request, &error) != OD_OK) {
        check_services_refuse(out, "invalid", "the request is no JSON", NULL);
        return;
    }
    const char *service = text_of(request, "service");
    if (strcmp(service, "kv") == 0)
        take_kv(services, request, out);
    else if (strcmp(service, "http") == 0)
        check_services_http(services, department, request, now_ms, out);
    else if (strcmp(service, "secret") == 0)
        take_secret(services, request, out);
    else if (strcmp(service, "material") != 0)
        check_services_refuse(out, "invalid", "there is no such service", NULL);
    else if (services->subject->manifest.capabilities.has_materials)
        check_services_refuse(out, "not_found", "the check offers no materials", NULL);
    else
        check_services_deny(services, out, "od.material/1 needs capabilities.materials in manifest.json");
    base_json_destroy(request);
}
