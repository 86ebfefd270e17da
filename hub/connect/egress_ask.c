/* SPDX-License-Identifier: Apache-2.0 */
/* What passes between the hub and its egress process: what each connector may reach, and requests with their
 * answers. A request that the process takes with it is answered with what is known: nothing had left, or
 * something may have. */
#include "connect/inside.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/log.h"
#include "base/memory.h"

#define INDEX_BITS 16

_Static_assert(CONNECT_ASKS_MAX <= 1 << INDEX_BITS, "an id has room for the index");

/* -- Profiles -- */

static void put_texts(struct base_buffer *out, const char *key, const struct package_texts *texts)
{
    base_json_open(out, key, '[');
    for (size_t i = 0; i < texts->count; i++)
        base_json_put_text(out, NULL, texts->items[i]);
    base_json_close(out, ']');
}

/* RFC 6901, one token: up to the next '/', "~1" is '/', "~0" is '~'. */
static const char *token_read(const char *at, char *out, size_t room)
{
    size_t size = 0;

    for (; *at != '\0' && *at != '/'; at++) {
        char c = *at;

        if (c == '~' && (at[1] == '0' || at[1] == '1'))
            c = *++at == '0' ? '~' : '/';
        if (size + 1 < room)
            out[size++] = c;
    }
    out[size] = '\0';
    return at;
}

static const char *config_text(const struct base_json *config, const char *pointer)
{
    char token[256];

    while (config != NULL && *pointer == '/') {
        pointer = token_read(pointer + 1, token, sizeof(token));
        config = base_json_member(config, token);
    }
    return base_json_text(config);
}

static void put_rule(struct base_buffer *out, const struct package_http *rule, const struct base_json *config)
{
    base_json_open(out, NULL, '{');
    if (rule->from_config != NULL)
        base_json_put_text(out, "target", config_text(config, rule->from_config)); /* null: it reaches nothing */
    else
        put_texts(out, "hosts", &rule->hosts);
    put_texts(out, "methods", &rule->methods);
    put_texts(out, "paths", &rule->paths);
    base_json_put_bool(out, "private", rule->may_be_private);
    base_json_put_bool(out, "plain", rule->may_be_plain);
    base_json_close(out, '}');
}

static void put_secrets(struct base_buffer *out, const struct package_capabilities *capabilities)
{
    base_json_open(out, "secrets", '[');
    for (size_t i = 0; i < capabilities->secret_count; i++) {
        base_json_open(out, NULL, '{');
        base_json_put_text(out, "name", capabilities->secrets[i].name);
        base_json_put_bool(out, "reveal", capabilities->secrets[i].may_reveal);
        base_json_close(out, '}');
    }
    base_json_close(out, ']');
}

/* {"target", "socket"}; null where the configuration names no target: then there is no socket. */
static void put_target(struct base_buffer *out, const struct package_target *target, const struct base_json *config)
{
    base_json_open(out, NULL, '{');
    base_json_put_text(out, "target", target->from_config != NULL ? config_text(config, target->from_config) : target->text);
    if (target->socket != NULL)
        base_json_put_text(out, "socket", target->socket);
    base_json_close(out, '}');
}

static void put_net(struct base_buffer *out, const struct connect_link *link, const struct base_json *config)
{
    const struct package_capabilities *capabilities = &link->manifest.capabilities;
    char path[CONNECT_NET_PATH_MAX];

    if (!connect_net_path(link, path, sizeof(path)))
        return;
    base_json_put_text(out, "net_folder", path);
    base_json_open(out, "net", '[');
    for (size_t i = 0; i < capabilities->net_count; i++)
        put_target(out, &capabilities->net[i], config);
    base_json_close(out, ']');
}

static void put_profile(struct base_buffer *out, const struct connect_link *link)
{
    const struct package_capabilities *capabilities = &link->manifest.capabilities;
    const struct package_resources *resources = &link->manifest.resources;
    struct base_json_error error;
    struct base_json *config = NULL;

    (void)!base_json_parse(link->config, link->config_size, &config, &error); /* it was checked at the load */
    base_json_open(out, NULL, '{');
    base_json_put_text(out, "connector", link->id);
    base_json_open(out, "http", '[');
    for (size_t i = 0; i < capabilities->http_count; i++)
        put_rule(out, &capabilities->http[i], config);
    base_json_close(out, ']');
    put_secrets(out, capabilities);
    put_net(out, link, config);
    base_json_put_bool(out, "events", capabilities->has_events);
    base_json_put_i64(out, "rate_per_s", resources->rate_per_s);
    base_json_put_i64(out, "concurrency", resources->concurrency);
    base_json_close(out, '}');
    base_json_destroy(config);
}

static bool is_needed(const struct connect_link *link)
{
    const struct package_capabilities *capabilities = &link->manifest.capabilities;

    return capabilities->http_count > 0 || capabilities->secret_count > 0 || capabilities->has_events || capabilities->net_count > 0;
}

static void send_profile(struct connect_egress *egress, struct connect_link *link)
{
    struct base_buffer profile = {0};

    put_profile(&profile, link);
    link->is_profile_refused = profile.is_broken || profile.size > BASE_FRAME_PAYLOAD_MAX;
    if (!link->is_profile_refused)
        base_frame_put(&egress->out, &(struct base_frame){.kind = BASE_FRAME_PROFILE, .task = link->profile,
                                                         .length = (uint32_t)profile.size, .payload = profile.bytes});
    else
        base_log(BASE_LOG_ERROR, "connector=%s its rules are too large, or there is no memory: it reaches nothing", link->id);
    base_buffer_fini(&profile);
}

void connect_egress_greet(struct connect_egress *egress)
{
    for (struct connect_link *link = connect_first(egress->connect); link != NULL; link = connect_next(link))
        if (link->profile != 0)
            send_profile(egress, link);
    connect_egress_flush(egress);
}

void connect_egress_add(struct connect_link *link)
{
    struct connect *connect = link->connect;
    bool was_there = connect->egress != NULL;

    if (!is_needed(link))
        return;
    link->profile = ++connect->profile_last;
    connect_net_open(link);
    if (connect_egress_need(connect) != OD_OK)
        base_log(BASE_LOG_WARNING, "connector=%s needs the egress process, which cannot be started", link->id);
    else if (was_there && connect->egress->is_pipe_open && !connect->egress->is_ending) {
        send_profile(connect->egress, link);
        connect_egress_flush(connect->egress);
    }
}

void connect_egress_forget(struct connect_link *link)
{
    struct connect_egress *egress = link->connect->egress;

    if (link->profile != 0)
        connect_net_close(link);
    if (egress == NULL || link->profile == 0 || !egress->is_pipe_open || egress->is_ending)
        return;
    base_frame_put(&egress->out, &(struct base_frame){.kind = BASE_FRAME_PROFILE, .task = link->profile});
    connect_egress_flush(egress);
}

/* -- Requests -- */

static struct connect_ask *take_place(struct connect_egress *egress)
{
    if (egress->ask_free != 0) {
        struct connect_ask *ask = &egress->asks[egress->ask_free - 1];

        egress->ask_free = ask->next_free;
        return ask;
    }
    if (egress->ask_count == egress->ask_room) {
        size_t room = egress->ask_room > 0 ? 2 * egress->ask_room : 64;
        struct connect_ask *asks = room <= CONNECT_ASKS_MAX ? base_realloc(egress->asks, room * sizeof(*asks)) : NULL;

        if (asks == NULL)
            return NULL;
        memset(asks + egress->ask_room, 0, (room - egress->ask_room) * sizeof(*asks));
        egress->asks = asks;
        egress->ask_room = room;
    }
    return &egress->asks[egress->ask_count++];
}

int connect_egress_ask(struct connect_link *link, const char *payload, size_t size, uint64_t deadline_ms,
                       connect_egress_cb on_answer, uint64_t data)
{
    struct connect_egress *egress = link->connect->egress;

    if (egress == NULL || !egress->is_pipe_open || egress->is_ending || link->profile == 0 || link->is_profile_refused)
        return OD_ESTATE;
    struct connect_ask *ask = take_place(egress);
    if (ask == NULL)
        return OD_EBUSY;
    uint64_t index = (uint64_t)(ask - egress->asks);
    *ask = (struct connect_ask){.id = ++egress->ask_turn << INDEX_BITS | index, .deadline_ms = deadline_ms, .on_answer = on_answer,
                                .data = data};
    base_frame_put(&egress->out, &(struct base_frame){.kind = BASE_FRAME_EGRESS, .id = ask->id, .task = link->profile,
                                                     .length = (uint32_t)size, .payload = payload});
    link->connect->figures.egress_requests++;
    egress->connect->is_egress_dirty = true;
    return OD_OK;
}

const char *connect_egress_absence(const struct connect_link *link)
{
    if (link->connect->egress == NULL)
        return "this hub has no egress process: its program is missing";
    if (link->is_profile_refused)
        return "the connector's rules, with its configuration, are too large for the egress process, or memory is short";
    return "the egress process is being started";
}

static struct connect_ask *find_ask(struct connect_egress *egress, uint64_t id)
{
    uint64_t index = id & ((UINT64_C(1) << INDEX_BITS) - 1);

    if (id == 0 || index >= egress->ask_count || egress->asks[index].id != id)
        return NULL;
    return &egress->asks[index];
}

/* Its place is free before the callback runs, which may ask anew. */
static void answer(struct connect_egress *egress, struct connect_ask *ask, const char *payload, size_t size)
{
    struct connect_ask done = *ask;

    *ask = (struct connect_ask){.next_free = egress->ask_free};
    egress->ask_free = (uint32_t)(ask - egress->asks) + 1;
    done.on_answer(egress->connect, done.data, payload, size);
}

int connect_egress_hear(struct connect_egress *egress, const struct base_frame *frame)
{
    struct connect_ask *ask = find_ask(egress, frame->id);
    bool is_answer = frame->kind == BASE_FRAME_EGRESS && (frame->flags & BASE_FRAME_REPLY) != 0;
    struct base_json_error error;

    if (!is_answer && frame->kind != BASE_FRAME_SENT)
        return OD_EPEER;
    if (ask == NULL)
        return OD_OK; /* its deadline came first */
    if (!is_answer) {
        ask->is_sent = true;
        return OD_OK;
    }
    if (base_json_check(frame->payload, frame->length, &error) != OD_OK)
        return OD_EPEER;
    answer(egress, ask, frame->payload, frame->length);
    return OD_OK;
}

static void lose(struct connect_egress *egress, struct connect_ask *ask, const char *code, const char *detail)
{
    char text[256];
    bool may_be_sent = ask->is_sent || egress->is_broken;
    int size = snprintf(text, sizeof(text), "{\"error\":{\"code\":\"%s\",\"detail\":\"%s\",\"effect\":\"%s\"}}", code, detail,
                        may_be_sent ? "unknown" : "none");

    answer(egress, ask, text, (size_t)size);
}

void connect_egress_settle(struct connect_egress *egress)
{
    for (size_t i = 0; i < egress->ask_count; i++)
        if (egress->asks[i].id != 0)
            lose(egress, &egress->asks[i], "unavailable", "the egress process ended");
}

void connect_egress_watch(struct connect_egress *egress, uint64_t now_ms)
{
    for (size_t i = 0; i < egress->ask_count; i++)
        if (egress->asks[i].id != 0 && now_ms >= egress->asks[i].deadline_ms)
            lose(egress, &egress->asks[i], "timeout", "the egress process did not answer in time");
}

void connect_egress_fini(struct connect_egress *egress)
{
    connect_egress_settle(egress);
    base_free(egress->asks);
    egress->asks = NULL;
}

/* -- The hub's own question -- */

static void on_verified(struct connect *connect, uint64_t question, const char *payload, size_t size)
{
    struct base_json_error error;
    struct base_json *answer = NULL;
    int rc = OD_EIO;

    if (base_json_parse(payload, size, &answer, &error) == OD_OK) {
        const struct base_json *is_valid = base_json_member(answer, "is_valid");
        const char *code = base_json_member_text(base_json_member(answer, "error"), "code");

        if (is_valid != NULL)
            rc = base_json_is_true(is_valid) ? OD_OK : OD_EDENIED;
        else if (code != NULL && strcmp(code, "not_found") == 0)
            rc = OD_ENOTFOUND;
    }
    base_json_destroy(answer);
    connect->options.callbacks.on_verified(connect->options.owner, question, rc);
}

int connect_verify(struct connect_link *link, const void *data, size_t size, const char *mac, uint64_t question)
{
    struct base_buffer request = {0};

    base_json_open(&request, NULL, '{');
    base_json_put_text(&request, "service", "secret");
    base_json_put_text(&request, "op", "verify");
    base_json_put_text(&request, "name", "callback");
    base_json_put_text(&request, "mac", mac);
    base_json_put_base64(&request, "data", data, size);
    base_json_close(&request, '}');
    int rc = request.is_broken ? OD_ENOMEM
                               : connect_egress_ask(link, request.bytes, request.size,
                                                    uv_now(link->connect->loop) + CONNECT_SERVICE_MS, on_verified, question);
    base_buffer_fini(&request);
    return rc;
}
