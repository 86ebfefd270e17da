/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the process and what they share. Private to hub/egress.
 *
 *   hub -> link.c -> server.c -> profile: client.c          (what a connector may reach; its connections)
 *                             -> secret:  secret.c          (answered at once)
 *                             -> http:    call.c -> client.c (libcurl) -> ... -> answer.c -> link.c -> hub
 *
 * One thread, one loop; libcurl looks names up in threads of its own. */
#ifndef EGRESS_EGRESS_H
#define EGRESS_EGRESS_H

#include <uv.h>

#include "base/buffer.h"
#include "base/list.h"
#include "egress/link.h"
#include "egress/profile.h"
#include "egress/request.h"
#include "egress/secret.h"

struct egress_call; /* call.c */

/* One connector: its rules and its connections, which no other connector ever uses. */
struct egress_client {
    struct base_list node; /* of egress.clients */
    struct egress *egress;
    uint64_t number;
    struct egress_profile profile;
    struct egress_bucket bucket;
    void *multi;      /* CURLM */
    uv_timer_t timer; /* libcurl's */
    unsigned handles_open;
    uint32_t call_count;
    bool is_gone;     /* replaced or forgotten: it ends with its last call */
    bool is_closing;
    struct egress_net *net; /* net.c: its sockets; NULL = none */
};

struct egress {
    uv_loop_t *loop;
    struct egress_link link;
    uv_timer_t tick, ping;
    const char *secrets; /* folder, or NULL */
    const char *ca;      /* PEM file of certificates that are trusted beside the system's, or NULL */
    struct base_list clients, calls;
    size_t client_count, call_count;
    struct egress_refused {
        uint64_t number; /* of the profile; 0 = none */
        char why[EGRESS_WHY_SIZE];
    } refused[EGRESS_REFUSED_MAX];
    size_t refused_count;
};

/* server.c */
OD_MUST_CHECK int egress_start(struct egress *egress, uv_loop_t *loop, int fd, const char *secrets, const char *ca);

/* net.c */
void egress_net_open(struct egress_client *client);  /* a listening socket for each of its targets */
void egress_net_close(struct egress_client *client); /* and all that came of them; idempotent */
void egress_net_check(struct egress_client *client, uint64_t now_ms); /* deadlines */

/* client.c. Errors: OD_ENOMEM, OD_EIO. The profile is taken over on success. */
OD_MUST_CHECK int egress_client_create(struct egress *egress, uint64_t number, struct egress_profile *profile);
struct egress_client *egress_client_find(struct egress *egress, uint64_t number); /* NULL: none that is not gone */
void egress_client_leave(struct egress_client *client);
void egress_client_handle_ended(struct egress_client *client); /* one of those that handles_open counts */
void egress_clients_sweep(struct egress *egress); /* close those that are gone and idle */
/* Start and stop the transfer of an easy handle; egress_call_on_done follows a start, unless it is stopped. */
OD_MUST_CHECK int egress_client_add(struct egress_client *client, void *easy);
void egress_client_remove(struct egress_client *client, void *easy);

/* call.c: an HTTP request of the hub's frame id. It is answered in any case, at once or later. */
void egress_call_start(struct egress_client *client, uint64_t id, const struct base_json *json);
void egress_call_on_done(struct egress_call *call, int curl_code);
void egress_calls_check(struct egress *egress, uint64_t now_ms); /* deadlines */

/* answer.c */
enum egress_effect { EGRESS_EFFECT_NONE = 0, EGRESS_EFFECT_UNKNOWN, EGRESS_EFFECT_LEFT_OUT };
const char *egress_code_of(int rc); /* the word for a refusal */
void egress_answer(struct egress *egress, uint64_t id, const struct base_buffer *payload);
void egress_answer_error(struct egress *egress, uint64_t id, const char *code, const char *detail, enum egress_effect effect);

#endif
