/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json of a module: who it is, what it needs, what it may do. Read strictly:
 * each fault is told with its line and column and with what is allowed. Pure: no I/O.
 *
 * What a manifest does not name is not granted. A capability that this hub does not
 * know is refused, since nobody could approve it; other unknown members are left alone.
 * Format: docs/connectors/packages.md. */
#ifndef PACKAGE_MANIFEST_H
#define PACKAGE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"

#define PACKAGE_MANIFEST_MAX (64 * 1024) /* bytes of manifest.json */
#define PACKAGE_VERSION_MAX 31
#define PACKAGE_NAME_MAX (BASE_ID_MAX + 1 + PACKAGE_VERSION_MAX) /* "<id>-<version>" */
#define PACKAGE_TEXT_SIZE 512 /* of a sentence that says what is wrong, with NUL */
#define PACKAGE_CREDITS_DEFAULT 256
#define PACKAGE_LIST_MAX 1024 /* items of one list: matters, fields */
#define PACKAGE_RULES_MAX 64  /* http rules, secrets, net targets; lists within a rule */
#define PACKAGE_HOST_MAX 253  /* bytes of a host name */
#define PACKAGE_PATH_MAX 1024 /* bytes of an http path or a pointer */
#define PACKAGE_KV_QUOTA_MAX (64 * 1024 * 1024)
#define PACKAGE_KV_QUOTA_DEFAULT (1024 * 1024)
#define PACKAGE_FOLDER_MIB_MAX (1024 * 1024)
#define PACKAGE_FOLDER_MIB_DEFAULT 1024
#define PACKAGE_FILES_MAX 66  /* files that a manifest may list */

enum package_dedupe {
    PACKAGE_DEDUPE_NONE = 0, /* the department cannot tell repeats apart */
    PACKAGE_DEDUPE_NATIVE,   /* it takes the idempotency key */
    PACKAGE_DEDUPE_LOOKUP,   /* the connector can look an earlier submission up */
};

struct package_texts {
    const char **items; /* count texts */
    size_t count;
};

/* One line of what od.http/1 may reach. */
struct package_http {
    const char *from_config;      /* JSON pointer into the configuration, to a URL whose scheme, host and
                                   * port are the target; NULL: hosts names them */
    struct package_texts hosts;   /* lower case: a name, an address, or "*.name" for every name below */
    struct package_texts methods; /* upper case; never empty */
    struct package_texts paths;   /* exact, or a prefix that ends in '*'; never empty */
    bool may_be_private;          /* loopback, link-local, RFC 1918 and unique local addresses */
    bool may_be_plain;            /* http:// */
};

struct package_secret {
    const char *name; /* [a-z0-9][a-z0-9._-]* */
    bool may_reveal;  /* the module may read the value itself */
};

/* A target of capabilities.net: as written, or what the configuration says at a pointer. */
struct package_target {
    const char *text;        /* "host:port" or "[address]:port"; NULL = from_config */
    const char *from_config; /* JSON pointer, or NULL */
    const char *socket;      /* name of its unix socket; NULL = the target's text */
    char host[PACKAGE_HOST_MAX + 1]; /* of text, without brackets */
    uint16_t port;
};

struct package_capabilities {
    struct package_texts fields;    /* form fields it sees; "*" = all; none = no form */
    struct package_texts applicant; /* members of the applicant it sees, or "*" */
    struct package_http *http;
    size_t http_count;
    struct package_secret *secrets;
    size_t secret_count;
    struct package_target *net; /* what od.net may reach */
    size_t net_count;
    uint32_t kv_quota; /* bytes; 0 = no key-value store */
    uint32_t folder_mib; /* of the largest file that it may write in its folder; 0 = it has no folder */
    bool has_materials, has_events;
};

/* Defaults stand where the manifest says nothing. */
struct package_resources {
    uint32_t memory_mib;  /* 16..65536, 256 */
    uint32_t threads;     /* 4..1024, 16 */
    uint32_t descriptors; /* 32..4096, 128 */
    uint32_t concurrency; /* 1..BASE_CREDITS_MAX, credits: offers in hand at most */
    uint32_t rate_per_s;  /* 0..1000000, 0 = no limit */
};

struct package_file {
    const char *name;
    uint8_t hash[BASE_HASH_SIZE];
    uint64_t size;
};

/* Zero it to initialise. Texts are borrowed from root; both are owned by the manifest. */
struct package_manifest {
    char id[BASE_ID_MAX + 1];
    char version[PACKAGE_VERSION_MAX + 1];
    char name[PACKAGE_NAME_MAX + 1]; /* "<id>-<version>" */
    int64_t sequence; /* grows with each version; 0 = not said */
    uint16_t abi_major, abi_minor;
    struct package_texts matters; /* "*" = all */
    enum package_dedupe dedupe;
    uint32_t credits; /* offers in hand at most: the lesser of credits and resources.concurrency */
    int32_t *state_reads; /* state_read_count schemas that it can read */
    size_t state_read_count;
    int32_t state_writes; /* 0 with state_read_count 0: it keeps no state of a schema */
    struct package_capabilities capabilities;
    struct package_resources resources;
    const struct base_json *config_schema; /* NULL = none */
    struct package_file *files; /* sorted by name */
    size_t file_count;
    bool has_files;
    struct base_json *root; /* the whole */
    struct base_arena arena;
};

/* Read text. module: the name that it must bear, and that messages begin with; NULL: any
 * (messages begin with "manifest.json"). *out is written on success; package_manifest_fini.
 *
 * Errors (*out unchanged, message says what is wrong and what is allowed):
 *   OD_EINVAL        a fault of the manifest
 *   OD_ELIMIT        larger than PACKAGE_MANIFEST_MAX
 *   OD_EUNSUPPORTED  another ABI, or a capability that this hub does not know
 *   OD_ENOMEM */
OD_MUST_CHECK int package_manifest_read(const char *text, size_t size, const char *module,
                                        struct package_manifest *out, char message[PACKAGE_TEXT_SIZE]);

void package_manifest_fini(struct package_manifest *manifest); /* accepts NULL and a zeroed one */

/* [a-z0-9][a-z0-9._-]*, at most max bytes. */
bool package_name_is_valid(const char *text, size_t max);

const char *package_dedupe_name(enum package_dedupe dedupe);

/* Is text among them, or "*"? */
bool package_texts_allow(const struct package_texts *texts, const char *text);

/* May a manifest's tasks of a schema go to this one? True if it reads it, or neither names one. */
bool package_manifest_reads_state(const struct package_manifest *manifest, int32_t schema);

/* The secret of that name, or NULL. */
const struct package_secret *package_secret_find(const struct package_manifest *manifest, const char *name);

/* Is config a JSON object of at most BASE_FORM_MAX bytes that fits config_schema (schema.h)?
 * Errors: OD_EINVAL (message: the pointer of what does not fit and what is allowed there), OD_ENOMEM. */
OD_MUST_CHECK int package_config_check(const struct package_manifest *manifest, const char *config, size_t size,
                                       char message[PACKAGE_TEXT_SIZE]);

#endif
