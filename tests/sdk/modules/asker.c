/* SPDX-License-Identifier: Apache-2.0 */
/* A module that asks the hub for services: the form's field "case" says what for. What comes back is
 * told as the reason of an approve, or as a line of the log. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onedoor/ext/http.h>
#include <onedoor/ext/kv.h>
#include <onedoor/ext/material.h>
#include <onedoor/ext/secret.h>
#include <onedoor/plugin.h>

#define SHA "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define MANY 1088

struct asker {
    const struct od_host *host;
    const struct od_kv *kv;
    const struct od_http *http;
    const struct od_secret *secrets;
    const struct od_material *materials;
    od_task task; /* of the case in hand */
    int count, thread_rc;
    char big[200000];
};

static int tell(struct asker *asker, const char *text)
{
    return od_approve(asker->host, asker->task, text);
}

static int tell_rc(struct asker *asker, int rc)
{
    char text[32];

    snprintf(text, sizeof(text), "rc %d", rc);
    return tell(asker, text);
}

static void must(int rc)
{
    if (rc != OD_OK)
        abort();
}

static void on_value(void *self, int error, const void *value, size_t size, void *arg)
{
    struct asker *asker = self;
    char text[512];

    snprintf(text, sizeof(text), "%s %d %.*s (%zu)", (const char *)arg, error, value != NULL ? (int)size : 4,
             value != NULL ? (const char *)value : "NULL", size);
    must(tell(asker, text));
}

static void on_line(void *self, int error, const void *value, size_t size, void *arg)
{
    struct asker *asker = self;
    char text[128];

    snprintf(text, sizeof(text), "%s %d %s %zu", (const char *)arg, error, value != NULL ? "value" : "NULL", size);
    od_log(asker->host, OD_LOG_INFO, 0, text);
}

static void on_keys(void *self, int error, const char *const *keys, uint32_t count, void *arg)
{
    struct asker *asker = self;
    char text[4096] = "";

    (void)arg;
    snprintf(text, sizeof(text), "list %d %u", error, count);
    for (uint32_t i = 0; i < count && i < 3; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s", keys[i]);
    must(tell(asker, text));
}

static void on_piece(void *self, int error, const void *bytes, size_t size, uint64_t total, void *arg)
{
    struct asker *asker = self;
    char text[128];

    (void)arg;
    snprintf(text, sizeof(text), "piece %d %.*s %zu of %llu", error, (int)size, bytes != NULL ? (const char *)bytes : "",
             size, (unsigned long long)total);
    must(tell(asker, text));
}

static void on_response(void *self, const struct od_http_response *response, void *arg)
{
    struct asker *asker = self;
    char text[1024];

    (void)arg;
    if (response->size != sizeof(*response) || response->body[response->body_size] != '\0')
        abort();
    const char *type = od_http_header_find(response, "content-type");
    snprintf(text, sizeof(text), "response %d %u %u %s %s %.200s %zu", response->error, response->effect,
             response->status, type != NULL ? type : "-", response->detail, response->body, response->body_size);
    if (response->error != OD_ECANCELLED) /* else the task of that case is answered already */
        must(tell(asker, text));
}

/* Line by line, for many at once. */
static void on_counted(void *self, const struct od_http_response *response, void *arg)
{
    struct asker *asker = self;
    char text[64];

    (void)arg;
    if (response->error == OD_OK && ++asker->count == MANY)
        must(tell(asker, "all"));
    if (response->error == OD_OK)
        return;
    /* Nothing is taken any more, and that is no mistake. */
    int rc = od_kv_put(asker->kv, "late", "", 0, NULL, NULL);
    snprintf(text, sizeof(text), "ended %d %u %d", response->error, response->effect, rc);
    od_log(asker->host, OD_LOG_INFO, 0, text);
}

static void on_again(void *self, int error, const void *value, size_t size, void *arg)
{
    struct asker *asker = self;

    (void)value;
    (void)size;
    (void)arg;
    if (error != OD_OK || ++asker->count == 3)
        must(tell_rc(asker, asker->count));
    else
        must(od_kv_get(asker->kv, "again", on_again, NULL));
}

static struct od_http_request get_request(void)
{
    return (struct od_http_request){.size = OD_HTTP_REQUEST_INIT, .method = "GET", .url = "http://a.example/"};
}

static int send_many(struct asker *asker, int count)
{
    struct od_http_request request = get_request();
    int rc = OD_OK;

    asker->count = 0;
    for (int i = 0; i < count && rc == OD_OK; i++)
        rc = od_http_send(asker->http, &request, on_counted, NULL);
    return rc;
}

static int send_bytes(struct asker *asker, size_t size)
{
    struct od_http_request request = get_request();

    request.method = "POST";
    request.body = asker->big;
    request.body_size = size;
    return od_http_send(asker->http, &request, on_response, NULL);
}

/* Bodies that wait: 8 MiB of frames, then OD_EBUSY. */
static int send_much(struct asker *asker)
{
    char text[64];
    int rc = OD_OK, count = 0;

    while (rc == OD_OK && count < MANY) {
        struct od_http_request request = get_request();

        request.body = asker->big;
        request.body_size = OD_HTTP_BODY_MAX;
        rc = od_http_send(asker->http, &request, on_counted, NULL);
        count += rc == OD_OK;
    }
    snprintf(text, sizeof(text), "much %d %s", rc, count >= 48 && count < 400 ? "bounded" : "odd");
    return tell(asker, text);
}

static int send_header(struct asker *asker, const char *name, const char *value, const char *secret)
{
    struct od_http_header header = {name, value, secret};
    struct od_http_request request = get_request();

    request.headers = &header;
    request.header_count = 1;
    return od_http_send(asker->http, &request, on_response, NULL);
}

static int send_whole(struct asker *asker)
{
    static const struct od_http_header headers[] = {
        {"Authorization", "Bearer ", "api-token"}, {"Content-Type", "application/json", NULL}, {"X-Empty", NULL, NULL}};
    struct od_http_request request = {.size = OD_HTTP_REQUEST_INIT, .method = "POST", .headers = headers,
                                      .url = "https://api.example:8443/v1/cases?x=%20y", .header_count = 3,
                                      .timeout_ms = 1500, .body = "{\"a\":1}", .body_size = 7};

    return od_http_send(asker->http, &request, on_response, NULL);
}

static int send_headers(struct asker *asker, uint32_t count, size_t size, size_t body_size)
{
    struct od_http_header headers[OD_HTTP_HEADERS_MAX + 1];
    struct od_http_request request = get_request();
    char value[OD_HTTP_HEADER_MAX + 1];

    memset(value, 'v', size);
    value[size] = '\0';
    for (uint32_t i = 0; i < count; i++)
        headers[i] = (struct od_http_header){"x", value, NULL};
    request.headers = headers;
    request.header_count = count;
    request.body = asker->big;
    request.body_size = body_size;
    return od_http_send(asker->http, &request, on_response, NULL);
}

static int send_url(struct asker *asker, const char *url)
{
    struct od_http_request request = get_request();

    request.url = url;
    return od_http_send(asker->http, &request, on_response, NULL);
}

static int send_field(struct asker *asker, int which)
{
    struct od_http_request request = get_request();

    if (which == 0)
        request.size = 8;
    if (which == 1)
        request.method = "TRACE";
    if (which == 2)
        request.timeout_ms = OD_HTTP_TIMEOUT_MS_MAX + 1;
    if (which == 3)
        request.body_size = 1;
    if (which == 4)
        request.header_count = 1;
    return od_http_send(asker->http, &request, which == 5 ? NULL : on_response, NULL);
}

static int put_key(struct asker *asker, size_t size)
{
    char key[300];

    memset(key, 'k', size);
    key[size] = '\0';
    return od_kv_put(asker->kv, key, "v", 1, NULL, NULL);
}

static int url_of(struct asker *asker, size_t size)
{
    char url[OD_HTTP_URL_MAX + 2] = "http://a.example/";

    memset(url + strlen(url), 'u', size - strlen(url));
    url[size] = '\0';
    return send_url(asker, url);
}

static void *run_thread(void *arg)
{
    struct asker *asker = arg;

    asker->thread_rc = od_kv_put(asker->kv, "k", "v", 1, NULL, NULL);
    return NULL;
}

static int in_thread(struct asker *asker)
{
    pthread_t thread;

    must(pthread_create(&thread, NULL, run_thread, asker));
    pthread_join(thread, NULL);
    return asker->thread_rc;
}

static int chain(struct asker *asker)
{
    static char put[] = "put", get[] = "get", remove[] = "remove";
    int rc = od_kv_put(asker->kv, "a/\"1\"", "\0\1\2", 3, on_line, put);

    if (rc == OD_OK)
        rc = od_kv_get(asker->kv, "a/\"1\"", on_line, get);
    if (rc == OD_OK)
        rc = od_kv_put(asker->kv, "quiet", NULL, 0, NULL, NULL);
    if (rc == OD_OK)
        rc = od_kv_remove(asker->kv, "a/\"1\"", on_line, remove);
    return rc == OD_OK ? od_kv_list(asker->kv, "a/", NULL, on_keys, NULL) : rc;
}

/* What asks, and is answered through a callback. */
static int ask(struct asker *asker, const char *name)
{
    static char get[] = "get", check[] = "check", hmac[] = "hmac", reveal[] = "reveal";

    if (strcmp(name, "chain") == 0)
        return chain(asker);
    if (strcmp(name, "get") == 0)
        return od_kv_get(asker->kv, "k", on_value, get);
    if (strcmp(name, "again") == 0)
        return od_kv_get(asker->kv, "again", on_again, NULL);
    if (strcmp(name, "send") == 0)
        return send_whole(asker);
    if (strcmp(name, "many") == 0)
        return send_many(asker, MANY);
    if (strcmp(name, "body_limit") == 0)
        return send_bytes(asker, OD_HTTP_BODY_MAX);
    if (strcmp(name, "check") == 0)
        return od_secret_check(asker->secrets, "api-token", on_value, check);
    if (strcmp(name, "hmac") == 0)
        return od_secret_hmac_sha256(asker->secrets, "sign", "data", 4, on_value, hmac);
    if (strcmp(name, "reveal") == 0)
        return od_secret_reveal(asker->secrets, "db-password", on_value, reveal);
    if (strcmp(name, "material") == 0)
        return od_material_read(asker->materials, asker->task, SHA, 65536, OD_MATERIAL_PIECE_MAX, on_piece, NULL);
    return OD_ENOTFOUND;
}

static int mistake_http(struct asker *asker, const char *name)
{
    if (strcmp(name, "headers_limit") == 0)
        return send_headers(asker, OD_HTTP_HEADERS_MAX, 1, 0);
    if (strcmp(name, "headers_over") == 0)
        return send_headers(asker, OD_HTTP_HEADERS_MAX + 1, 1, 0);
    if (strcmp(name, "header_limit") == 0)
        return send_headers(asker, 1, OD_HTTP_HEADER_MAX - 1, 0);
    if (strcmp(name, "header_over") == 0)
        return send_headers(asker, 1, OD_HTTP_HEADER_MAX, 0);
    if (strcmp(name, "frame_over") == 0)
        return send_headers(asker, OD_HTTP_HEADERS_MAX, OD_HTTP_HEADER_MAX - 1, OD_HTTP_BODY_MAX);
    if (strcmp(name, "header_name") == 0)
        return send_header(asker, "a b", "v", NULL);
    if (strcmp(name, "header_value") == 0)
        return send_header(asker, "a", "v\r\nX: y", NULL);
    if (strcmp(name, "header_secret") == 0)
        return send_header(asker, "a", "v", "");
    if (strcmp(name, "body_over") == 0)
        return send_bytes(asker, OD_HTTP_BODY_MAX + 1);
    if (strcmp(name, "url_limit") == 0)
        return url_of(asker, OD_HTTP_URL_MAX);
    if (strcmp(name, "url_over") == 0)
        return url_of(asker, OD_HTTP_URL_MAX + 1);
    if (strncmp(name, "url:", 4) == 0)
        return send_url(asker, name + 4);
    if (strncmp(name, "field:", 6) == 0)
        return send_field(asker, name[6] - '0');
    return OD_ENOTFOUND;
}

static int mistake(struct asker *asker, const char *name)
{
    if (strcmp(name, "key_limit") == 0)
        return put_key(asker, OD_KV_KEY_MAX);
    if (strcmp(name, "key_over") == 0)
        return put_key(asker, OD_KV_KEY_MAX + 1);
    if (strcmp(name, "key_empty") == 0)
        return od_kv_get(asker->kv, "", on_value, NULL);
    if (strcmp(name, "key_utf8") == 0)
        return od_kv_remove(asker->kv, "\xff", NULL, NULL);
    if (strcmp(name, "value_limit") == 0)
        return od_kv_put(asker->kv, "k", asker->big, OD_KV_VALUE_MAX, NULL, NULL);
    if (strcmp(name, "value_over") == 0)
        return od_kv_put(asker->kv, "k", asker->big, OD_KV_VALUE_MAX + 1, NULL, NULL);
    if (strcmp(name, "value_null") == 0)
        return od_kv_put(asker->kv, "k", NULL, 1, NULL, NULL);
    if (strcmp(name, "no_callback") == 0)
        return od_kv_list(asker->kv, "", "", NULL, NULL);
    if (strcmp(name, "in_thread") == 0)
        return in_thread(asker);
    if (strcmp(name, "data_limit") == 0)
        return od_secret_hmac_sha256(asker->secrets, "s", asker->big, OD_SECRET_DATA_MAX, on_line, asker->big);
    if (strcmp(name, "data_over") == 0)
        return od_secret_hmac_sha256(asker->secrets, "s", asker->big, OD_SECRET_DATA_MAX + 1, on_line, NULL);
    if (strcmp(name, "piece_over") == 0)
        return od_material_read(asker->materials, asker->task, SHA, 0, OD_MATERIAL_PIECE_MAX + 1, on_piece, NULL);
    if (strcmp(name, "piece_none") == 0)
        return od_material_read(asker->materials, asker->task, SHA, 0, 0, on_piece, NULL);
    if (strcmp(name, "piece_sha") == 0)
        return od_material_read(asker->materials, asker->task, "abc", 0, 1, on_piece, NULL);
    if (strcmp(name, "piece_stale") == 0)
        return od_material_read(asker->materials, asker->task + (UINT64_C(1) << 32), SHA, 0, 1, on_piece, NULL);
    return mistake_http(asker, name);
}

static int asker_open(const struct od_host *host, void **self)
{
    struct asker *asker = calloc(1, sizeof(*asker));

    must(asker != NULL ? OD_OK : OD_ENOMEM);
    asker->host = host;
    asker->kv = od_extension(host, OD_KV_1);
    asker->http = od_extension(host, OD_HTTP_1);
    asker->secrets = od_extension(host, OD_SECRET_1);
    asker->materials = od_extension(host, OD_MATERIAL_1);
    memset(asker->big, 'b', sizeof(asker->big) - 1);
    *self = asker;
    return OD_OK;
}

static int asker_offer(void *self, const struct od_offer *offer)
{
    struct asker *asker = self;
    const char *name = "";
    char text[64];

    asker->task = offer->task;
    must(od_form_text(offer, "case", &name));
    if (strcmp(name, "offered") == 0) {
        snprintf(text, sizeof(text), "offered %d%d%d%d", asker->kv != NULL, asker->http != NULL,
                 asker->secrets != NULL, asker->materials != NULL);
        return tell(asker, text);
    }
    if (strcmp(name, "busy") == 0)
        return tell_rc(asker, send_many(asker, MANY + 1));
    if (strcmp(name, "much") == 0)
        return send_much(asker);
    int rc = ask(asker, name);
    return rc == OD_ENOTFOUND ? tell_rc(asker, mistake(asker, name)) : rc;
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "asker", .version = "1.0.0", .open = asker_open, .close = free,
             .offer = asker_offer};
