/* SPDX-License-Identifier: Apache-2.0 */
/* The services of the mini hub: kv, http, secret and material, each granted as the
 * manifest declares it. http goes to the scripted department, by the same rules as
 * the hub's egress process. No I/O. */
#ifndef CHECK_SERVICES_H
#define CHECK_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "check/department.h"
#include "check/subject.h"

#define CHECK_KV_MAX 4096 /* keys */

struct check_kv {
    char *key, *value; /* owned; value: base64 */
};

/* Zero it, set subject and config; fini at the end. */
struct check_services {
    const struct check_subject *subject;
    const char *config; /* as the connector has it */
    struct check_kv *keys; /* owned; sorted */
    size_t key_count;
    uint64_t count, denied_count;
    char denied[300]; /* the last thing that was not granted */
};

void check_services_fini(struct check_services *services);

/* The answer to one service request of the protocol, as JSON, into out. */
void check_services_take(struct check_services *services, struct check_department *department, const char *json,
                         size_t size, int64_t now_ms, struct base_buffer *out);

/* services_http.c */
void check_services_http(struct check_services *services, struct check_department *department,
                         const struct base_json *request, int64_t now_ms, struct base_buffer *out);

/* {"error": {...}}; effect may be NULL. */
void check_services_refuse(struct base_buffer *out, const char *code, const char *detail, const char *effect);

/* As refuse with "denied", and it is remembered. */
void check_services_deny(struct check_services *services, struct base_buffer *out, const char *what);

#endif
