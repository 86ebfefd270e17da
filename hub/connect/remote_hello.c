/* SPDX-License-Identifier: Apache-2.0 */
/* Whose session it is. A hello may come late or twice, from a process that is long gone, so it
 * changes nothing by itself: it makes a candidate with an epoch of its own. The first request
 * with that epoch shows that its sender read the answer and lives; only then does its session
 * begin, and an earlier one end. */
#include "connect/inside.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#define PROTOCOL 1

static struct connect_candidate *find_candidate(struct connect_link *link, uint32_t epoch)
{
    for (size_t i = 0; epoch != 0 && i < CONNECT_CANDIDATES_MAX; i++)
        if (link->remote->candidates[i].epoch == epoch)
            return &link->remote->candidates[i];
    return NULL;
}

struct connect_link *connect_remote_link_find(struct connect *connect, const char *id, uint32_t epoch)
{
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link)) {
        if (link->remote == NULL || strcmp(link->id, id) != 0)
            continue;
        if (connect_session_is_open(link->session) && link->session->epoch == epoch)
            return link;
        if (!link->is_unloading && find_candidate(link, epoch) != NULL)
            return link;
    }
    return NULL;
}

/* Who says hello now speaks to the connector as it was loaded last. */
static struct connect_link *find_latest(struct connect *connect, const char *id)
{
    struct connect_link *latest = NULL;

    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link))
        if (link->remote != NULL && strcmp(link->id, id) == 0 && !link->is_unloading)
            latest = link;
    return latest;
}

/* NULL: fine. */
static const char *check_hello(const struct connect_link *link, const struct base_json *hello, char text[256])
{
    const char *instance = base_json_member_text(hello, "instance"), *connector = base_json_member_text(hello, "connector");
    const struct base_json *protocol = base_json_member(hello, "protocol"), *lowest = base_json_first(protocol);
    int64_t min = PROTOCOL, max = PROTOCOL;

    if (protocol != NULL && (base_json_i64(lowest, 0, INT32_MAX, &min) != OD_OK ||
                             base_json_i64(base_json_next(lowest), 0, INT32_MAX, &max) != OD_OK))
        return "protocol is not [lowest, highest]";
    if (min > PROTOCOL || max < PROTOCOL) {
        snprintf(text, 256, "the hub speaks protocol %d, the connector %" PRId64 " to %" PRId64, PROTOCOL, min, max);
        return text;
    }
    if (instance == NULL || instance[0] == '\0' || strlen(instance) > CONNECT_INSTANCE_MAX)
        return "instance must be a text of 1 to 64 bytes, new for each start of the connector";
    if (connector != NULL && strcmp(connector, link->id) != 0) {
        snprintf(text, 256, "connector is \"%.64s\", the key is for \"%s\"", connector, link->id);
        return text;
    }
    return NULL;
}

static bool is_replaced(const struct connect_remote_link *remote, const char *instance)
{
    for (size_t i = 0; i < CONNECT_REPLACED_MAX; i++)
        if (strcmp(remote->replaced[i], instance) == 0)
            return true;
    return false;
}

/* The epoch that this instance has already, or a new candidate's. */
static uint32_t take_epoch(struct connect_link *link, const char *instance, const char *version)
{
    struct connect_remote_link *remote = link->remote;

    if (connect_session_is_open(link->session) && !remote->is_hello_wanted && strcmp(remote->instance, instance) == 0)
        return link->session->epoch;
    for (size_t i = 0; i < CONNECT_CANDIDATES_MAX; i++)
        if (strcmp(remote->candidates[i].instance, instance) == 0)
            return remote->candidates[i].epoch;
    struct connect_candidate *candidate = &remote->candidates[remote->candidate_count++ % CONNECT_CANDIDATES_MAX];
    snprintf(candidate->instance, sizeof(candidate->instance), "%s", instance);
    snprintf(candidate->version, sizeof(candidate->version), "%.31s", version != NULL ? version : "");
    connect_text_clean(candidate->version, strlen(candidate->version));
    candidate->epoch = link->connect->options.callbacks.take_epoch(link->connect->options.owner);
    assert(candidate->epoch != 0);
    return candidate->epoch;
}

static void welcome(struct connect_link *link, struct connect_request *request, const struct base_json *hello)
{
    struct base_buffer body = {0};
    const char *instance = base_json_member_text(hello, "instance");

    if (is_replaced(link->remote, instance)) {
        connect_request_refuse(link->connect, request, "replaced", "a later instance of this connector has its session: stop");
        return;
    }
    if (link->wish == CONNECT_WISH_REST) {
        connect_request_refuse(link->connect, request, "disabled", "the connector is disabled for now: try again later");
        return;
    }
    request->epoch = take_epoch(link, instance, base_json_member_text(hello, "version"));
    connect_session_put_welcome(&body, link, request->epoch);
    connect_request_answer(link->connect, request, base_buffer_text(&body), body.size);
    base_buffer_fini(&body);
}

void connect_remote_hello(struct connect *connect, struct connect_request *request, const struct connect_envelope *envelope)
{
    struct connect_link *link = find_latest(connect, request->connector);
    struct base_json_error error;
    struct base_json *hello = NULL;
    char text[256];

    if (link == NULL) {
        connect_request_refuse(connect, request, "unknown", "this connector is not loaded any more");
        return;
    }
    if (base_json_parse(envelope->body.at, envelope->body.size, &hello, &error) != OD_OK) {
        connect_request_refuse(connect, request, "limit", "no memory left: try again");
        return;
    }
    const char *fault = check_hello(link, hello, text);
    if (fault != NULL)
        connect_request_refuse(connect, request, "mismatch", fault);
    else
        welcome(link, request, hello);
    base_json_destroy(hello);
}

static void note_replaced(struct connect_remote_link *remote, const char *instance)
{
    if (remote->instance[0] != '\0' && strcmp(remote->instance, instance) != 0)
        snprintf(remote->replaced[remote->replaced_count++ % CONNECT_REPLACED_MAX], sizeof(remote->replaced[0]), "%s",
                 remote->instance);
    snprintf(remote->instance, sizeof(remote->instance), "%s", instance);
}

static void begin(struct connect_link *link, struct connect_session *session, const struct connect_candidate *candidate)
{
    struct connect_remote_link *remote = link->remote;
    uint32_t epoch = candidate->epoch, poll_ms = remote->lease_ms / 3 * 2;
    int64_t now_ms = connect_now_ms(link->connect);

    note_replaced(remote, candidate->instance);
    memcpy(link->manifest.version, candidate->version, sizeof(link->manifest.version));
    connect_remote_session_reset(remote);
    remote->is_hello_wanted = false;
    for (size_t i = 0; i < CONNECT_CANDIDATES_MAX; i++)
        if (remote->candidates[i].epoch <= epoch)
            remote->candidates[i] = (struct connect_candidate){.epoch = 0};
    session->link = link;
    session->carrier = &connect_carrier_remote;
    session->pipe_fd = session->output_fd = -1;
    session->poll_ms = poll_ms < CONNECT_LONG_POLL_MS ? poll_ms : CONNECT_LONG_POLL_MS;
    session->stage = CONNECT_STAGE_OPENING;
    session->epoch = epoch;
    session->poll_at_ms = uv_now(link->connect->loop);
    session->time_seen = now_ms > 0 ? (uint64_t)now_ms : 0;
    link->session = session;
    link->connect->figures.sessions++;
}

int connect_remote_promote(struct connect_link *link, uint32_t epoch)
{
    struct connect_candidate *candidate = find_candidate(link, epoch);

    if (link->session != NULL && link->session->epoch == epoch)
        return OD_OK;
    assert(candidate != NULL);
    if (link->session != NULL) {
        connect_session_fail(link->session, strcmp(link->remote->instance, candidate->instance) == 0
                                                ? "said hello anew" : "was replaced by a later instance");
        return OD_EBUSY;
    }
    struct connect_session *session = base_alloc(sizeof(*session));
    if (session == NULL)
        return OD_ENOMEM;
    begin(link, session, candidate);
    return OD_OK;
}
