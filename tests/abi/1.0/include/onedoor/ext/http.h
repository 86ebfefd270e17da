/* SPDX-License-Identifier: Apache-2.0 */
/* Extension od.http/1: HTTP requests through the hub's egress process. A module has
 * no network of its own; where it may call, by which method and path, is what its
 * manifest declares (capabilities.http) and an admin approved. Secrets are put into
 * a header by name: the module never sees them. */
#ifndef ONEDOOR_EXT_HTTP_H
#define ONEDOOR_EXT_HTTP_H

#include <onedoor/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OD_HTTP_1 "od.http/1"

#define OD_HTTP_URL_MAX 2048
#define OD_HTTP_HEADERS_MAX 32
#define OD_HTTP_HEADER_MAX 4096          /* bytes of one name and value */
#define OD_HTTP_BODY_MAX (128 * 1024)    /* of a request and of a response */
#define OD_HTTP_TIMEOUT_MS_MAX 120000
#define OD_HTTP_TIMEOUT_MS_DEFAULT 30000

struct od_http_header {
    const char *name;
    const char *value;  /* with a secret: what stands before it, e.g. "Bearer "; may be "" */
    const char *secret; /* name of a secret that is put behind value, or NULL */
};

/* Fill with OD_HTTP_REQUEST_INIT. All of it is copied. */
struct od_http_request {
    size_t size;
    const char *method; /* "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD" */
    const char *url;    /* http or https, absolute; no user part, no fragment */
    const struct od_http_header *headers;
    uint32_t header_count;
    uint32_t timeout_ms; /* of the whole; 0 = OD_HTTP_TIMEOUT_MS_DEFAULT */
    const void *body;    /* NULL = none */
    size_t body_size;
};

#define OD_HTTP_REQUEST_INIT sizeof(struct od_http_request)

/* Borrowed for the callback. */
struct od_http_response {
    size_t size;
    /* OD_OK: the server answered, status is set, whatever it is. Else no complete answer came:
     * OD_EDENIED host, method, path, address or secret not granted; OD_EPEER no connection, or
     * it broke; OD_ETIMEOUT; OD_ELIMIT the answer is too large, or the rate is used up;
     * OD_EINVAL the request is malformed; OD_EIO the egress process ended; OD_ECANCELLED. */
    int32_t error;
    uint32_t effect; /* of a request without an answer: enum od_effect, NONE or UNKNOWN */
    const char *detail; /* for a person: what failed, "" with OD_OK */
    uint32_t status;    /* 100..599; 0 = no answer */
    uint32_t header_count;
    const struct od_http_header *headers; /* names in lower case */
    const char *body; /* NUL-terminated behind body_size bytes */
    size_t body_size;
};

typedef void (*od_http_cb)(void *self, const struct od_http_response *response, void *arg);

struct od_http {
    size_t size;
    void *context;
    int (*send)(void *context, const struct od_http_request *request, od_http_cb on_response,
                void *arg); /* [plugin] */
};

/* on_response runs once, on the plugin's thread, after this has returned; unless it returns an error,
 * then never. Redirects are not followed beyond what the manifest grants. [plugin]
 * Errors: OD_EBUSY too many are under way; OD_ELIMIT, OD_EINVAL, OD_ESYNTAX, OD_ESTATE, OD_ENOMEM. */
OD_MUST_CHECK static inline int od_http_send(const struct od_http *http, const struct od_http_request *request,
                                             od_http_cb on_response, void *arg)
{
    return http->send(http->context, request, on_response, arg);
}

/* The value of a response header, or NULL. name in lower case. */
static inline const char *od_http_header_find(const struct od_http_response *response, const char *name)
{
    for (uint32_t i = 0; i < response->header_count; i++) {
        const char *have = response->headers[i].name, *want = name;

        while (*have != '\0' && *have == *want) {
            have++;
            want++;
        }
        if (*have == *want)
            return response->headers[i].value;
    }
    return NULL;
}

#ifdef __cplusplus
}
#endif

#endif
