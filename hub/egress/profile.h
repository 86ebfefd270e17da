/* SPDX-License-Identifier: Apache-2.0 */
/* What one connector may reach, as its manifest declares and an admin approved. The hub says it in one
 * JSON object before the first request:
 *
 *   {"connector": "water",
 *    "http": [{"hosts": ["api.water.gov", "*.water.gov"] | "target": "https://10.1.2.3:8443",
 *              "methods": ["GET"], "paths": ["/v1/" and "*"], "private": false, "plain": false}],
 *    "secrets": [{"name": "api-token", "reveal": false}], "events": true,
 *    "net": ["db.example:5432", {"target": "10.1.2.3:5432" or null, "socket": ".s.PGSQL.5432"}],
 *    "net_folder": "/run/...", "rate_per_s": 0, "concurrency": 256}
 *
 * Pure but for memory. */
#ifndef EGRESS_PROFILE_H
#define EGRESS_PROFILE_H

#include <stddef.h>

#include "base/memory.h"
#include "egress/bucket.h"
#include "egress/url.h"

struct base_json;

struct egress_texts {
    const char **items;
    size_t count;
};

struct egress_rule {
    struct egress_texts hosts;  /* exact, or "*.name" for every name below */
    struct egress_url *target;  /* or one origin; NULL = hosts */
    struct egress_texts methods;
    struct egress_texts paths;  /* exact, or a prefix that ends in '*' */
    bool may_be_private, may_be_plain;
};

struct egress_granted {
    const char *name;
    bool may_reveal;
};

struct egress_target {
    const char *text;   /* as written */
    const char *socket; /* name of its socket */
    char host[EGRESS_HOST_MAX + 1];
    uint16_t port;
};

struct egress_profile {
    char connector[BASE_ID_MAX + 1];
    struct egress_rule *rules;
    size_t rule_count;
    struct egress_granted *secrets;
    size_t secret_count;
    struct egress_target *targets;
    size_t target_count;
    const char *net_folder; /* NULL = none */
    bool has_events;
    bool has_remark; /* a target is no URL: its rule grants nothing */
    uint32_t rate_per_s, concurrency;
    struct base_arena arena; /* owns all of it */
};

/* why: also on success, a remark on a target that is no URL; else "".
 * Errors (*profile is zeroed): OD_EINVAL with a sentence, OD_ENOMEM. */
OD_MUST_CHECK int egress_profile_read(const struct base_json *json, struct egress_profile *profile,
                                      char why[EGRESS_WHY_SIZE]);
void egress_profile_fini(struct egress_profile *profile); /* accepts a zeroed one */

/* May the connector do this? *may_be_private: whether its address may be a private one, on success.
 * Errors (why says it): OD_EDENIED. */
OD_MUST_CHECK int egress_profile_check(const struct egress_profile *profile, const char *method, const struct egress_url *url,
                                       bool *may_be_private, char why[EGRESS_WHY_SIZE]);

/* NULL: not granted. */
const struct egress_granted *egress_profile_secret(const struct egress_profile *profile, const char *name);

#endif
