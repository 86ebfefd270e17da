/* SPDX-License-Identifier: Apache-2.0 */
/* trust.json: whose modules may run here, and with what. Pure: the caller reads the file
 * and says what day it is. Format: docs/connectors/packages.md. */
#ifndef PACKAGE_TRUST_H
#define PACKAGE_TRUST_H

#include <stdint.h>

#include <onedoor/error.h>

#include "package/manifest.h"
#include "package/minisign.h"

#define PACKAGE_TRUST_MAX (256 * 1024) /* bytes of trust.json */
#define PACKAGE_TRUST_KEYS_MAX 256
#define PACKAGE_DAY_NONE INT32_MIN

/* Classes of capabilities that a key may grant. */
enum package_class {
    PACKAGE_CLASS_FIELDS = 1,
    PACKAGE_CLASS_APPLICANT = 2,
    PACKAGE_CLASS_HTTP = 4,
    PACKAGE_CLASS_SECRETS = 8,
    PACKAGE_CLASS_REVEAL = 16,
    PACKAGE_CLASS_KV = 32,
    PACKAGE_CLASS_MATERIALS = 64,
    PACKAGE_CLASS_EVENTS = 128,
    PACKAGE_CLASS_NET = 256,
    PACKAGE_CLASS_PRIVATE = 512, /* http rules with private or plain */
    PACKAGE_CLASS_FOLDER = 1024,
    PACKAGE_CLASS_ALL = 2047,
};

struct package_minimum {
    const char *id;
    int64_t sequence;
};

struct package_trust_key {
    struct package_public_key key;
    const char *name;
    struct package_texts prefixes; /* of module ids: "gov.water" is that id and every gov.water.*; "*" = all */
    unsigned classes;              /* enum package_class */
    int32_t expires; /* the last day, UTC, on which it counts; PACKAGE_DAY_NONE = never ends */
    int32_t revoked; /* from this day on it counts no more; PACKAGE_DAY_NONE = not revoked */
    struct package_minimum *minimums;
    size_t minimum_count;
};

/* Zero it to initialise: nobody is trusted. */
struct package_trust {
    struct package_trust_key *keys;
    size_t key_count;
    struct base_json *root; /* texts are borrowed from it; owned */
    struct base_arena arena;
};

/* Read text; file: its name, for the message. *trust is written on success.
 * Errors (message: file:line:column and what is allowed): OD_EINVAL, OD_ELIMIT, OD_ENOMEM. */
OD_MUST_CHECK int package_trust_read(const char *text, size_t size, const char *file, struct package_trust *trust,
                                     char message[PACKAGE_TEXT_SIZE]);
void package_trust_fini(struct package_trust *trust); /* accepts a zeroed one */

/* The key of that id, or NULL. */
const struct package_trust_key *package_trust_find(const struct package_trust *trust, const uint8_t id[8]);

/* Why a module may not run: a word for programs and a sentence for people, with the remedy.
 * Words: docs/connectors/packages.md. */
struct package_refusal {
    const char *code; /* static */
    char text[PACKAGE_TEXT_SIZE];
};

/* Does the key let this manifest run on this day? Errors: OD_EDENIED ("revoked", "expired", "prefix",
 * "capability", "sequence_minimum"; *refusal is filled). */
OD_MUST_CHECK int package_trust_check(const struct package_trust_key *key, const struct package_manifest *manifest,
                                      int32_t today, struct package_refusal *refusal);

/* What a manifest asks for: enum package_class. */
unsigned package_classes_of(const struct package_capabilities *capabilities);
const char *package_class_name(enum package_class class); /* static */

#endif
