/* SPDX-License-Identifier: Apache-2.0 */
/* What every door shares: a request on its way in, from limits passed to perform, and the
 * way out through the door it came by. Private to hub/front. */
#ifndef FRONT_CALL_H
#define FRONT_CALL_H

#include "front/auth.h"
#include "front/front.h"
#include "front/routes.h"
#include "front/throttle.h"

#define FRONT_PATH_MAX 511 /* bytes of a decoded path; longer ones name nothing */

/* A door. */
struct front_answerer {
    void (*answer)(struct front_request *request, int status, const char *media_type,
                   const char *headers, struct base_buffer *body);
    int (*start_stream)(struct front_request *request, front_gone_cb on_gone, void *owner_data,
                        struct front_stream **out); /* NULL: this door has no streams */
    void (*answer_file)(struct front_request *request, const char *media_type, const char *headers, int fd,
                        uint64_t size); /* NULL: this door has no files */
    const char *(*find_header)(struct front_request *request,
                               const char *name); /* NULL: no headers */
    /* What front_upload_start and front_upload_next do at this door; NULL: its requests are whole. */
    void (*start_upload)(struct front_request *request, const struct front_taker *taker);
    void (*next_piece)(struct front_request *request);
};

/* One request of any door, embedded first in the door's own structure. */
struct front_call {
    struct front_request request; /* first */
    struct front *front;
    struct front_keys *keys; /* a reference, or NULL: what key and identity borrow from */
    const struct front_key *key; /* whose request it is; NULL = nobody's */
    struct front_request *asker; /* of a page's own request: the page's; NULL = itself */
    char session[FRONT_SESSION_ID_SIZE]; /* by whose cookie; "" = by none */
    bool is_ambient;  /* who it is was said by what a browser sends by itself: a form must come from a page of ours */
    bool is_stranger; /* the proxy in front names somebody who has no key here */
    struct base_json *json;  /* owned: what body borrows from */
    struct front_client client; /* of a request to track, or a callback */
    char path[FRONT_PATH_MAX + 1];
    char params[2][FRONT_PARAM_MAX + 1];
    char idempotency_key[BASE_IDEMPOTENCY_KEY_MAX + 1];
};

/* What a door says about a request that passed its limits. Borrowed until admit returns. */
struct front_arrival {
    enum front_method method;
    const char *path; /* undecoded */
    size_t path_size;
    bool has_credentials; /* an Authorization field, or a key, was given */
    const char *secret;   /* NULL: none, or no Bearer secret */
    size_t secret_size;
    const char *media_type; /* NULL = none given */
    size_t media_type_size;
    const char *idempotency_key; /* NULL = none */
    size_t idempotency_key_size;
    bool has_pages;    /* a browser may stand at this door */
    bool is_json_read; /* request.body is set by the door already */
};

static inline struct front_call *front_call_of(struct front_request *request)
{
    return (struct front_call *)request;
}

/* Whose door, address and headers a request has. */
static inline struct front_request *front_call_asker(struct front_call *call)
{
    return call->asker != NULL ? call->asker : &call->request;
}

/* Authenticate, find the route, check role and JSON, and hand over to front_ops; or answer at
 * once. Set before: front, request.answerer, language, query, body_text, body_size,
 * received_us. */
void front_call_admit(struct front_call *call, const struct front_arrival *arrival);

/* auth_identify.c: set the request's identity. UNKNOWN: a key was given and is nobody's; UNSEEN: it is to be checked,
 * *row is whose it may be. */
enum front_key_verdict front_identify(struct front_call *call, const struct front_arrival *arrival,
                                      struct front_key_row **row);

/* What is asked is clear, and may be: the front answers it itself, or front_ops performs it. */
void front_call_perform(struct front_call *call);

/* request.c: the value of a cookie, in the request's arena; NULL = there is none of this name. */
const char *front_cookie(struct front_request *request, const char *name);
/* request.c: "127.0.0.1", "localhost" or "[::1]", with or without a port; accepts NULL. */
bool front_is_local_host(const char *host);
/* request.c: through a unix socket, or else from a proxy that the configuration believes. */
bool front_is_from_proxy(struct front_request *request);

/* Let go of what came in, once the answer is put together. */
void front_call_fini(struct front_call *call);

/* front_answer_problem with header lines of its own (each ends in CR LF), or NULL. */
void front_call_refuse(struct front_call *call, enum front_problem problem, const char *detail,
                       const struct front_problem_item *items, size_t count,
                       const char *headers);

/* A request goes in. false: it was one to track, or a callback, and was answered with 429, for its client
 * has guessed too often. asker: whose client it is, the request itself or a page's. */
bool front_call_may_try(struct front_call *call, struct front_request *asker);
/* An answer goes out. true: it was taken back, body and all, and 429 went out in its place. */
bool front_call_is_tried_out(struct front_call *call, int status, struct base_buffer *body);

/* 405 with an Allow line. methods: bits of enum front_method. */
void front_call_refuse_method(struct front_call *call, unsigned methods);

/* q of one item of an Accept header, in thousandths; 1000 where it is absent or not understood. */
unsigned front_accept_quality(const char *text, size_t size);
/* The language of an Accept-Language value: the best q of zh and en, zh-CN otherwise. */
enum front_language front_language_choose(const char *value, size_t size);

#endif
