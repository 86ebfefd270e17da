/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of a module to the hub beside its reports: what od.kv/1, od.http/1,
 * od.secret/1 and od.material/1 have in common. Each call goes: check the contract,
 * write the frame, remember whom to tell; a refused call changes nothing. Plugin's
 * thread only.
 *
 *   call -> begin -> end -> (I/O thread, hub) -> host_service_run -> callback of the module
 *
 * Source: docs/connectors/protocol.md, service. */
#ifndef HOST_CALL_SERVICE_H
#define HOST_CALL_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>
#include <onedoor/ext/http.h>
#include <onedoor/ext/kv.h>
#include <onedoor/ext/material.h>
#include <onedoor/ext/secret.h>

#include "base/buffer.h"
#include "base/frame.h"
#include "host/inbox.h"
#include "host/view.h"

#define HOST_SERVICES_MAX 64         /* asked of the hub and not yet answered */
#define HOST_SERVICES_QUEUE_MAX 1024 /* more, which wait for their turn; then OD_EBUSY */
#define HOST_SERVICES_ROOM (HOST_SERVICES_MAX + HOST_SERVICES_QUEUE_MAX)

struct host;
struct host_service;

/* What became of a request. Borrowed for the callback. */
struct host_service_answer {
    int error;            /* OD_OK, or as the header of the extension says */
    uint32_t effect;      /* enum od_effect, of an error */
    const char *detail;   /* of an error, "" if there is none */
    struct host_view json; /* of OD_OK: the hub's object */
};

/* Read the answer and call the module. Errors: OD_ESYNTAX, OD_ENOMEM: the answer is malformed, or does not
 * fit; the module was not called. */
typedef int (*host_service_cb)(struct host *host, const struct host_service *service,
                               const struct host_service_answer *answer);

/* One request that is not answered yet. */
struct host_service {
    host_service_cb on_answer; /* NULL = the slot is free */
    union {
        od_kv_cb kv;
        od_kv_list_cb list;
        od_http_cb http;
        od_secret_cb secret;
        od_material_cb material;
    } on_done; /* of the module */
    void *arg;
    const char *call;   /* its name; static */
    uint64_t task;      /* wire handle, 0 = none */
    bool is_ordered;    /* told in the order of calls among its like (kv) */
    bool is_unsent;     /* it never left this process; set at the end alone */
    char *held;         /* owned: the answer that came before its turn, or NULL */
    uint32_t held_size;
    uint32_t generation; /* from 1 */
    uint16_t next, prev; /* in the order of calls; slot + 1, 0 = none. Free ones: next alone */
};

/* Zero it to initialise. */
struct host_services {
    struct host_service *slots; /* owned: HOST_SERVICES_ROOM, or NULL until first use */
    struct host_block *open;    /* owned: between begin and end */
    uint16_t open_slot;         /* its request */
    uint16_t slot_count;        /* ever used */
    uint16_t free_first, first, last; /* slot + 1, 0 = none */
    size_t count;               /* not answered yet */
    bool is_closed;
};

void host_services_fini(struct host *host);

/* Is this the plugin's thread, and the module not at its end? call: e.g. "od_kv_get". Errors: OD_ESTATE. */
OD_MUST_CHECK int host_service_enter(struct host *host, const char *call);

/* A text of a call; what: names it in the mistake. Errors: OD_ELIMIT, OD_ESYNTAX, OD_EINVAL (named). */
OD_MUST_CHECK int host_service_text(struct host *host, const char *call, const char *what, const char *text,
                                    size_t size_max, bool is_required);

/* Errors: OD_EINVAL, or OD_ELIMIT (named) unless is_fine. */
OD_MUST_CHECK int host_service_range(struct host *host, const char *call, const char *what, bool is_fine);
OD_MUST_CHECK int host_service_limit(struct host *host, const char *call, const char *what, size_t size,
                                     size_t size_max);

/* Begin a request {"service": service, ...}. NULL: *error says why (OD_EBUSY, OD_ENOMEM) and end must not be
 * called. */
struct base_buffer *host_service_begin(struct host *host, const char *service, int *error);

/* Bytes as a base64 member. */
void host_service_put_bytes(struct base_buffer *out, const char *key, const void *bytes, size_t size);

/* Close it, queue it, and remember on_answer, on_done, arg, call, task and is_ordered of service.
 * Errors (the request is gone): OD_ENOMEM; OD_ELIMIT it does not fit a frame (named). */
OD_MUST_CHECK int host_service_end(struct host *host, const struct host_service *service);

/* The hub's answer; frame.id as the request's frame had it. */
void host_service_run(struct host *host, const struct base_frame *frame);

/* The module is about to close: every request is answered OD_ECANCELLED, none is taken any more. */
void host_services_close(struct host *host);

/* Base64 member key of json in scratch memory, NUL-terminated behind *size bytes; absent = NULL and 0.
 * Errors: OD_ESYNTAX, OD_ENOMEM. */
OD_MUST_CHECK int host_service_bytes(struct host *host, struct host_view json, const char *key,
                                     const unsigned char **bytes, size_t *size);

/* Fill the tables of the extensions. */
void host_call_init_kv(struct host *host);
void host_call_init_http(struct host *host);
void host_call_init_secret(struct host *host);
void host_call_init_material(struct host *host);

/* The table behind an id, if the manifest declares it; else NULL. */
const void *host_service_extension(struct host *host, const char *id);

#endif
