/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's frames: profiles of connectors, and their requests. */
#include "egress/egress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"

static _Noreturn void on_gone(void *owner, int rc)
{
    (void)owner;
    _exit(rc == OD_EIO ? EGRESS_EXIT_HUB_GONE : rc == OD_EPEER ? EGRESS_EXIT_PROTOCOL : EGRESS_EXIT_MACHINE);
}

/* -- Profiles -- */

/* The last few are remembered, so that a request is told what is wrong. */
static void profile_refuse(struct egress *egress, uint64_t number, const char *why)
{
    struct egress_refused *refused = &egress->refused[egress->refused_count++ % EGRESS_REFUSED_MAX];

    refused->number = number;
    snprintf(refused->why, sizeof(refused->why), "the rules of the connector were not taken: %.200s", why);
    base_log(BASE_LOG_ERROR, "%s", refused->why);
}

static const char *refusal_of(const struct egress *egress, uint64_t number)
{
    for (size_t i = 0; i < EGRESS_REFUSED_MAX; i++)
        if (egress->refused[i].number == number && number != 0)
            return egress->refused[i].why;
    return NULL;
}

static void profile_take(struct egress *egress, const struct base_frame *frame)
{
    struct egress_client *before = egress_client_find(egress, frame->task);
    struct egress_profile profile;
    struct base_json_error error;
    struct base_json *json = NULL;
    char why[EGRESS_WHY_SIZE] = "no JSON";

    if (before != NULL)
        egress_client_leave(before);
    if (frame->length == 0)
        return;
    if (egress->client_count >= EGRESS_PROFILES_MAX) {
        profile_refuse(egress, frame->task, "too many connectors have some");
        return;
    }
    int rc = base_json_parse(frame->payload, frame->length, &json, &error);
    if (rc == OD_OK)
        rc = egress_profile_read(json, &profile, why);
    base_json_destroy(json);
    if (rc == OD_OK && profile.has_remark)
        base_log(BASE_LOG_WARNING, "connector=%s a target of its configuration grants nothing: %s", profile.connector, why);
    if (rc == OD_OK) {
        rc = egress_client_create(egress, frame->task, &profile);
        if (rc != OD_OK)
            egress_profile_fini(&profile);
    }
    if (rc != OD_OK)
        profile_refuse(egress, frame->task, rc == OD_ENOMEM ? "no memory left" : why);
}

/* -- Secrets -- */

static void put_value(struct base_buffer *payload, const void *bytes, size_t size)
{
    base_json_open(payload, NULL, '{');
    base_json_put_base64(payload, "value", bytes, size);
    base_json_close(payload, '}');
}

/* data: a text, base64, decoded into the arena. */
static int read_data(const struct base_json *json, struct base_arena *arena, const char **data, size_t *size, char why[EGRESS_WHY_SIZE])
{
    const char *text = base_json_member_text(json, "data");
    size_t length = text != NULL ? strlen(text) : 0;

    snprintf(why, EGRESS_WHY_SIZE, "data must be base64 of at most %d bytes", EGRESS_DATA_MAX);
    if (text == NULL)
        return OD_EINVAL;
    if (length / 4 * 3 > EGRESS_DATA_MAX + 2)
        return OD_ELIMIT;
    char *bytes = base_arena_take(arena, length / 4 * 3 + 1);
    if (bytes == NULL)
        return OD_ENOMEM;
    *data = bytes;
    return base_base64_read(text, length, bytes, size) == OD_OK ? OD_OK : OD_EINVAL;
}

/* The hub's own question: was data signed with the secret? */
static int verify(const struct base_json *json, const uint8_t mac[BASE_HASH_SIZE], struct base_buffer *payload)
{
    const char *hex = base_json_member_text(json, "mac");
    uint8_t given[BASE_HASH_SIZE];

    if (hex == NULL || base_unhex(hex, given, sizeof(given)) != OD_OK)
        return OD_EINVAL;
    base_json_open(payload, NULL, '{');
    base_json_put_bool(payload, "is_valid", base_hash_equal(mac, given));
    base_json_close(payload, '}');
    return OD_OK;
}

static int secret_use(const struct base_json *json, const struct egress_secret *secret, bool may_reveal, struct base_buffer *payload,
                      char why[EGRESS_WHY_SIZE])
{
    const char *op = base_json_member_text(json, "op"), *data = "";
    struct base_arena arena = {0};
    uint8_t mac[BASE_HASH_SIZE];
    size_t size = 0;
    int rc = OD_OK;

    if (op != NULL && strcmp(op, "check") == 0) {
        base_buffer_put_text(payload, "{}");
        return OD_OK;
    }
    if (op != NULL && strcmp(op, "reveal") == 0) {
        snprintf(why, EGRESS_WHY_SIZE, "the manifest does not say that the secret may be revealed");
        if (may_reveal)
            put_value(payload, secret->bytes, secret->size);
        return may_reveal ? OD_OK : OD_EDENIED;
    }
    rc = read_data(json, &arena, &data, &size, why);
    if (rc == OD_OK) {
        base_hash_mac(secret->bytes, secret->size, data, size, mac);
        if (op != NULL && strcmp(op, "hmac") == 0)
            put_value(payload, mac, sizeof(mac));
        else
            rc = op != NULL && strcmp(op, "verify") == 0 ? verify(json, mac, payload) : OD_EINVAL;
    }
    explicit_bzero(mac, sizeof(mac));
    base_arena_fini(&arena);
    return rc;
}

/* The name must be granted; "callback" also goes with events, for the hub to verify with. */
static bool is_granted(const struct egress_profile *profile, const struct base_json *json, const char *name, bool *may_reveal)
{
    const struct egress_granted *granted = egress_profile_secret(profile, name);
    const char *op = base_json_member_text(json, "op");

    *may_reveal = granted != NULL && granted->may_reveal;
    if (op != NULL && strcmp(op, "verify") == 0)
        return profile->has_events && strcmp(name, "callback") == 0;
    return granted != NULL;
}

static void secret_take(struct egress_client *client, uint64_t id, const struct base_json *json)
{
    struct egress *egress = client->egress;
    const char *name = base_json_member_text(json, "name");
    struct base_buffer payload = {0};
    struct egress_secret secret;
    char why[EGRESS_WHY_SIZE] = "op must be check, hmac or reveal";
    bool may_reveal;

    if (name == NULL || !is_granted(&client->profile, json, name, &may_reveal)) {
        egress_answer_error(egress, id, "denied", "the secret is not granted", EGRESS_EFFECT_LEFT_OUT);
        return;
    }
    int rc = egress_secret_read(egress->secrets, client->profile.connector, name, &secret, why);
    if (rc == OD_OK) {
        snprintf(why, sizeof(why), "op must be check, hmac or reveal");
        rc = secret_use(json, &secret, may_reveal, &payload, why);
    }
    if (rc == OD_OK)
        egress_answer(egress, id, &payload);
    else
        egress_answer_error(egress, id, egress_code_of(rc), why, EGRESS_EFFECT_LEFT_OUT);
    egress_secret_wipe(&secret);
    if (payload.bytes != NULL)
        explicit_bzero(payload.bytes, payload.size);
    base_buffer_fini(&payload);
}

/* -- Requests -- */

static void request_take(struct egress *egress, const struct base_frame *frame)
{
    struct egress_client *client = egress_client_find(egress, frame->task);
    struct base_json_error error;
    struct base_json *json = NULL;

    if (base_json_parse(frame->payload, frame->length, &json, &error) != OD_OK) {
        egress_answer_error(egress, frame->id, "invalid", "the request is no JSON", EGRESS_EFFECT_NONE);
        return;
    }
    const char *service = base_json_member_text(json, "service"), *refusal = refusal_of(egress, frame->task);
    if (client == NULL && refusal != NULL)
        egress_answer_error(egress, frame->id, "unavailable", refusal, EGRESS_EFFECT_NONE);
    else if (client == NULL)
        egress_answer_error(egress, frame->id, "denied", "the connector has no rules here", EGRESS_EFFECT_NONE);
    else if (service != NULL && strcmp(service, "http") == 0)
        egress_call_start(client, frame->id, json);
    else if (service != NULL && strcmp(service, "secret") == 0)
        secret_take(client, frame->id, json);
    else
        egress_answer_error(egress, frame->id, "invalid", "no such service", EGRESS_EFFECT_NONE);
    base_json_destroy(json);
}

static void on_frame(void *owner, const struct base_frame *frame)
{
    struct egress *egress = owner;

    if (frame->kind == BASE_FRAME_PROFILE)
        profile_take(egress, frame);
    else if (frame->kind == BASE_FRAME_EGRESS)
        request_take(egress, frame);
    else if (frame->kind != BASE_FRAME_PING)
        on_gone(egress, OD_EPEER);
}

/* -- Time -- */

static void on_tick(uv_timer_t *tick)
{
    struct egress *egress = tick->data;

    egress_calls_check(egress, uv_hrtime() / 1000000);
    egress_clients_sweep(egress);
}

/* The loop that answers requests says that it runs; a thread of its own would say nothing. */
static void on_ping(uv_timer_t *ping)
{
    struct egress *egress = ping->data;

    egress_link_put(&egress->link, &(struct base_frame){.kind = BASE_FRAME_PING});
}

int egress_start(struct egress *egress, uv_loop_t *loop, int fd, const char *secrets, const char *ca)
{
    egress->loop = loop;
    egress->secrets = secrets;
    egress->ca = ca;
    base_list_init(&egress->clients);
    base_list_init(&egress->calls);
    int rc = egress_link_start(&egress->link, loop, fd, on_frame, on_gone, egress);
    if (rc != OD_OK)
        return rc;
    uv_timer_init(loop, &egress->tick);
    uv_timer_init(loop, &egress->ping);
    egress->tick.data = egress->ping.data = egress;
    uv_timer_start(&egress->tick, on_tick, EGRESS_TICK_MS, EGRESS_TICK_MS);
    uv_timer_start(&egress->ping, on_ping, 0, EGRESS_PING_MS);
    return OD_OK;
}
