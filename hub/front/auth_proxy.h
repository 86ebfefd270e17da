/* SPDX-License-Identifier: Apache-2.0 */
/* Who somebody is by the word of the proxy in front: it signed the person in (OpenID Connect, a client certificate) and
 * writes the name into a header; a table of the configuration says which key the person has here. Private to hub/front.
 * Loop thread. */
#ifndef FRONT_AUTH_PROXY_H
#define FRONT_AUTH_PROXY_H

#include "front/front.h"

struct front_proxy; /* owned copy of what the configuration says */

/* rule NULL = nobody's word is taken: *out is NULL. Errors: OD_ENOMEM; OD_EINVAL a user stands twice. */
OD_MUST_CHECK int front_proxy_create(const struct front_identity_rule *rule, struct front_proxy **out);
void front_proxy_destroy(struct front_proxy *proxy); /* accepts NULL */

enum front_proxy_verdict {
    FRONT_PROXY_SILENT = 0, /* it says nothing, or is not believed */
    FRONT_PROXY_STRANGER,   /* a person who has no key here */
    FRONT_PROXY_TWICE,      /* two names: the client's own word may be one of them */
    FRONT_PROXY_NAMED,
};

/* Whom a request is from. *key_id, borrowed from proxy, is set with NAMED alone. proxy may be NULL. Cost: O(head). */
enum front_proxy_verdict front_proxy_ask(const struct front_proxy *proxy, struct front_request *request, const char **key_id);

/* Does the request come from a proxy that is believed: through the unix socket, or from a listed loopback address with
 * the secret that the two share? */
bool front_proxy_is_believed(const struct front_proxy *proxy, struct front_request *request);

#endif
