/* SPDX-License-Identifier: Apache-2.0 */
/* What the hub and its egress must refuse: secrets, state and servers that the manifest
 * does not name. Each ask begins when the last one was answered; then on_end runs. */
#include "sandbox/attack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <onedoor/ext/http.h>
#include <onedoor/ext/kv.h>
#include <onedoor/ext/secret.h>

static struct {
    const struct od_kv *kv;
    const struct od_http *http;
    const struct od_secret *secrets;
    attack_told_cb on_told;
    attack_end_cb on_end;
    size_t next;
} asking;

static void ask_next(void);

static void told(int rc)
{
    asking.on_told(rc);
    ask_next();
}

static void on_value(void *self, int error, const void *value, size_t size, void *arg)
{
    (void)self, (void)value, (void)size, (void)arg;
    told(-error);
}

static void on_keys(void *self, int error, const char *const *keys, uint32_t count, void *arg)
{
    (void)self, (void)keys, (void)arg;
    told(error == OD_OK && count == 0 ? ENOENT : -error);
}

static void on_response(void *self, const struct od_http_response *response, void *arg)
{
    (void)self, (void)arg;
    told(-response->error);
}

static int http_send(const char *method, const char *url)
{
    struct od_http_request request = {OD_HTTP_REQUEST_INIT, method, url, NULL, 0, 2000, NULL, 0};

    return od_http_send(asking.http, &request, on_response, NULL);
}

static int secret_not_declared(void) { return od_secret_check(asking.secrets, "other", on_value, NULL); }
static int secret_not_revealed(void) { return od_secret_reveal(asking.secrets, "own", on_value, NULL); }
static int state_of_other(void) { return od_kv_get(asking.kv, "planted", on_value, NULL); }
static int list_of_other(void) { return od_kv_list(asking.kv, "", "", on_keys, NULL); }
static int http_by_method(void) { return http_send("DELETE", "https://api.example/v1/x"); }
static int http_by_path(void) { return http_send("GET", "https://api.example/other"); }
static int http_by_climbing(void) { return http_send("GET", "https://api.example/v1/../other"); }
static int http_in_the_clear(void) { return http_send("GET", "http://api.example/v1/x"); }
static int http_to_private(void) { return http_send("GET", "https://localhost/v1/x"); }
static int http_to_other(void) { return http_send("GET", "https://other.example/v1/x"); }

static int http_to_hub(void)
{
    char url[64];

    snprintf(url, sizeof(url), "http://127.0.0.1:%u/v1/connectors", attack_target.port);
    return http_send("GET", url);
}

#define ASK(name) {#name, name}

static const struct {
    const char *name;
    int (*ask)(void);
} asks[] = {
    ASK(secret_not_declared), ASK(secret_not_revealed), ASK(state_of_other), ASK(list_of_other), ASK(http_to_hub),
    ASK(http_to_other), ASK(http_by_method), ASK(http_by_path), ASK(http_by_climbing), ASK(http_in_the_clear),
    ASK(http_to_private),
};

const char *attack_services_name(void)
{
    return asks[asking.next - 1].name;
}

static void ask_next(void)
{
    while (asking.next < sizeof(asks) / sizeof(asks[0])) {
        int rc = asks[asking.next++].ask();

        if (rc == OD_OK)
            return;
        asking.on_told(-rc);
    }
    asking.on_end();
}

void attack_services(const struct od_host *host, attack_told_cb on_told, attack_end_cb on_end)
{
    asking.kv = od_extension(host, OD_KV_1);
    asking.http = od_extension(host, OD_HTTP_1);
    asking.secrets = od_extension(host, OD_SECRET_1);
    asking.on_told = on_told;
    asking.on_end = on_end;
    asking.next = 0;
    ask_next();
}
