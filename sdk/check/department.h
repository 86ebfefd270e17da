/* SPDX-License-Identifier: Apache-2.0 */
/* The department of the script: it registers what is submitted, tells how far it is,
 * decides when its time has come, and fails in the ways in which real ones do. No I/O:
 * the carriers of requests are services.c (od.http/1) and door.c (real HTTP). */
#ifndef CHECK_DEPARTMENT_H
#define CHECK_DEPARTMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "check/script.h"

#define CHECK_RECORDS_MAX 65536
#define CHECK_KEY_SIZE 256

enum check_fault {
    CHECK_FAULT_NONE = 0,
    CHECK_FAULT_REFUSED,   /* no connection: nothing reached it */
    CHECK_FAULT_TIMEOUT,   /* no answer, and it registered nothing; the caller cannot know */
    CHECK_FAULT_LOST,      /* it did what was asked; its answer was lost */
    CHECK_FAULT_DRIP,      /* it did what was asked; its answer comes so slowly that the time is up */
    CHECK_FAULT_CUT,       /* it did what was asked; the connection broke within the answer */
    CHECK_FAULT_GARBAGE,   /* it did what was asked; the answer is no JSON */
    CHECK_FAULT_EMPTY,     /* it did what was asked; the answer has no body */
    CHECK_FAULT_ERROR,     /* 500, nothing registered */
    CHECK_FAULT_BUSY,      /* 503, nothing registered */
};

/* One submission that was registered. */
struct check_record {
    char key[CHECK_KEY_SIZE], ref[32];
    int64_t decides_at_ms;
    bool is_told;  /* its callback was sent */
    bool is_twice; /* the key was registered before: a real department would have two now */
};

struct check_request {
    const char *method, *path; /* path: with the query, as sent; the scheme and host are gone */
    const char *const *header_names, *const *header_values;
    size_t header_count;
    const char *body; /* body_size bytes */
    size_t body_size;
};

struct check_response {
    enum check_fault fault;
    int status;
    struct base_buffer body; /* owned by whoever asked */
    bool is_registered; /* the request changed something */
};

/* Zero it, then set script, dedupes; fini at the end. */
struct check_department {
    const struct check_script *script;
    bool dedupes;            /* a key that it has is not registered again */
    enum check_fault fault;  /* in force now */
    uint32_t fault_routes;   /* bits of enum check_does; 0 = all */
    struct check_record *records; /* owned */
    size_t record_count;
    uint64_t request_count, submit_count, strange_count; /* strange: no route fits */
    uint64_t keyless_count;  /* submissions without a key */
    char strange[256];       /* the last request without a route */
    void (*on_request)(void *arg, const struct check_request *request, const struct check_response *response);
    void *arg;
};

void check_department_fini(struct check_department *department);

/* Its records go; what it counted stays. */
void check_department_forget(struct check_department *department);

/* One request at now_ms. response: zeroed by the caller. */
void check_department_take(struct check_department *department, const struct check_request *request, int64_t now_ms,
                           struct check_response *response);

/* The record of a key, or NULL. */
struct check_record *check_department_find(const struct check_department *department, const char *key);

/* Records registered twice. */
size_t check_department_doubles(const struct check_department *department);

/* The next decision after now_ms; INT64_MAX = none. */
int64_t check_department_next_ms(const struct check_department *department, int64_t now_ms);

/* The scripted JSON with ${ref} and ${key} replaced; json NULL puts nothing. */
void check_department_fill(struct base_buffer *out, const struct base_json *json, const char *ref, const char *key);

#endif
