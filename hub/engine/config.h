/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's configuration file: one strict JSON object. Paths in it are relative to
 * the file's own folder. */
#ifndef ENGINE_CONFIG_H
#define ENGINE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/limits.h"
#include "base/memory.h"
#include "front/front.h"

#define ENGINE_KEYS_MAX 4096
#define ENGINE_USERS_MAX 4096 /* people whom a proxy in front names */
#define ENGINE_CONFIG_FILE_MAX (4 * 1024 * 1024)
#define ENGINE_NNG_PATH_MAX 107 /* bytes of a socket's path: sun_path without its NUL */
#define ENGINE_NNG_HOST_MAX 255

/* A connector that the hub loads at its first start; later ones are kept in the store. */
struct engine_connector_config {
    const char *id;         /* also its department, unless department says another */
    const char *department; /* or "@<serves>.<id>" of one that serves no department: errand.h */
    const char *module;     /* a folder name below modules */
    const char *config;     /* JSON object text */
    const char *channel;    /* of a notifier; NULL = by its module */
    int32_t priority;       /* among those that serve the same, from 1 */
};

/* Roles that are told of a warning (yellow) and of a breach (red): bits of enum front_role. */
struct engine_escalation {
    uint32_t yellow, red;
};

/* What a configuration may set, in the order in which it is told. */
enum engine_setting {
    ENGINE_SETTING_LISTEN,
    ENGINE_SETTING_LISTEN_UNIX,
    ENGINE_SETTING_DATA,
    ENGINE_SETTING_CATALOG,
    ENGINE_SETTING_MODULES,
    ENGINE_SETTING_TRUST,
    ENGINE_SETTING_MODULES_UNSIGNED,
    ENGINE_SETTING_KEYS,
    ENGINE_SETTING_IDENTITY,
    ENGINE_SETTING_CONNECTORS,
    ENGINE_SETTING_NNG_FRONT_DESK,
    ENGINE_SETTING_NNG_EVENTS,
    ENGINE_SETTING_NNG_CONNECTORS,
    ENGINE_SETTING_NNG_CERTIFICATE,
    ENGINE_SETTING_ESCALATION_YELLOW,
    ENGINE_SETTING_ESCALATION_RED,
    ENGINE_SETTING_WATCHDOG_MS,
    ENGINE_SETTING_MIN_TIER,
    ENGINE_SETTING_SECRETS,
    ENGINE_SETTING_FOLDERS,
    ENGINE_SETTING_EGRESS_CA,
    ENGINE_SETTING_CACHE_MIB,
    ENGINE_SETTINGS,
};

/* Where the value of a setting comes from. */
struct engine_origins {
    const char *file;                /* its path, as it was given; NULL = none was read */
    uint32_t lines[ENGINE_SETTINGS]; /* of the file, from 1; 0 = it says nothing */
    uint32_t flags, environment;     /* bits 1u << enum engine_setting: an option, or a variable, took the file's place */
};

/* Texts are owned by arena. */
struct engine_config {
    struct engine_origins origins;
    const char *listen;      /* NULL = none */
    const char *listen_unix; /* NULL = none */
    const char *data;        /* data folder */
    const char *catalog;     /* catalogue folder */
    const char *modules;     /* module folder */
    const char *trust;       /* trust file, or NULL: no signature is trusted */
    bool may_be_unsigned;    /* modules_unsigned: development, modules need no signature */
    const char *nng_front_desk, *nng_events, *nng_connectors; /* nng URLs or NULL */
    const char *nng_certificate; /* PEM file with certificate and key, or NULL */
    const struct front_key *keys;
    size_t key_count;
    const struct front_identity_rule *identity; /* NULL = no proxy is believed about people */
    const struct engine_connector_config *connectors;
    size_t connector_count;
    struct engine_escalation escalation;
    const char *secrets;     /* folder of the connectors' secrets, or NULL */
    const char *folders;     /* folder of the connectors' folders, or NULL */
    const char *egress_ca;   /* egress.ca: PEM file that is trusted beside the system's certificates, or NULL */
    const char *min_tier;    /* sandbox.min_tier: plain, filtered or full, a constant; NULL = by how the hub is run */
    uint32_t watchdog_ms;    /* of connector callbacks; 0 = default */
    uint32_t cache_mib;      /* store's page cache; 0 = default */
    struct base_arena arena;
};

/* Read and check path. text: 1024 bytes, "file:line:column: what is wrong, what is allowed".
 * Errors: OD_ENOTFOUND, OD_EINVAL, OD_ENOMEM, OD_EIO. */
OD_MUST_CHECK int engine_config_load(const char *path, struct engine_config *config, char text[1024]);
/* Every setting with its value in force, where it comes from and what takes another value: {"file", "is_demo", "settings":
 * [{"key", "value", "from", "line", "takes"}]}. Of keys and of the proxy's secret stands a fingerprint, of connectors what
 * is no secret. is_demo: the hub runs as a demonstration. */
struct base_buffer;
void engine_config_put(struct base_buffer *buffer, const struct engine_config *config, bool is_demo);

/* What the file alone cannot know: addresses that may not be listened on, departments and modules that are
 * not there, secrets used twice. One call a fault: "/pointer: what is wrong"; returns how many.
 * catalog NULL = it could not be loaded: only the doors are looked at. */
struct catalog;
typedef void (*engine_fault_cb)(void *owner, const char *text);
size_t engine_config_faults(const struct engine_config *config, const struct catalog *catalog,
                            engine_fault_cb on_fault, void *owner);

/* The same of doors and keys alone, each fault logged. text: the last fault, unchanged without one.
 * Errors: OD_EINVAL. */
OD_MUST_CHECK int engine_doors_check(const struct engine_config *config, const struct catalog *catalog,
                                     char text[512]);

/* Check what the configuration names: its catalogue, with every finding (the first CATALOG_FINDINGS_MAX, and
 * how many more) on stderr, and its module folder. 0 or 1, for exit. */
OD_MUST_CHECK int engine_config_check(const struct engine_config *config);
void engine_config_fini(struct engine_config *config);

/* Will onedoor-nng take url for a door of requests, or for its event feed? The rules are
 * those of hub/gateway/address.c: ipc://PATH, tls+tcp://HOST:PORT, and tcp://HOST:PORT for
 * requests alone. Errors (*is_tls unchanged): OD_EINVAL. */
OD_MUST_CHECK int engine_nng_url_check(const char *url, bool is_feed, bool *is_tls);

#endif
