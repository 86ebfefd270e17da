/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file, read whole or refused with file:line:column. */
#include "engine/errand.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "engine/config_reading.h"

int engine_config_refuse(const struct engine_reading *reading, const char *pointer, const char *what)
{
    uint32_t line = 0, column = 0;

    base_json_locate(reading->bytes, reading->size, pointer, &line, &column);
    snprintf(reading->text, 1024, "%.300s:%u:%u: %.400s (%.200s)", reading->path, line, column, what,
             *pointer != '\0' ? pointer : "/");
    return OD_EINVAL;
}

static int read_file(struct engine_reading *reading)
{
    FILE *file = fopen(reading->path, "rb");
    int rc = OD_OK;

    if (file == NULL) {
        snprintf(reading->text, 1024, "%.300s: %s", reading->path, strerror(errno));
        return errno == ENOENT ? OD_ENOTFOUND : OD_EIO;
    }
    reading->bytes = base_alloc(ENGINE_CONFIG_FILE_MAX + 1);
    if (reading->bytes == NULL)
        rc = OD_ENOMEM;
    else
        reading->size = fread(reading->bytes, 1, ENGINE_CONFIG_FILE_MAX + 1, file);
    if (rc == OD_OK && reading->size > ENGINE_CONFIG_FILE_MAX) {
        snprintf(reading->text, 1024, "%.300s: larger than 4 MiB", reading->path);
        rc = OD_EINVAL;
    }
    if (rc == OD_OK && ferror(file)) {
        snprintf(reading->text, 1024, "%.300s: it cannot be read", reading->path);
        rc = OD_EIO;
    }
    fclose(file);
    return rc;
}

static const char *keep(struct engine_reading *reading, const char *text)
{
    return base_arena_text(&reading->config->arena, text, strlen(text));
}

/* Relative paths count from the file's own folder, so that a configuration can be moved as a whole. */
static const char *keep_path(struct engine_reading *reading, const char *path)
{
    char whole[2 * PATH_MAX];

    if (path[0] == '/')
        return keep(reading, path);
    snprintf(whole, sizeof(whole), "%s/%s", reading->folder, path);
    return keep(reading, whole);
}

static int read_text(struct engine_reading *reading, const struct base_json *object, const char *name, const char *pointer,
                     bool is_path, bool is_needed, const char **out)
{
    const struct base_json *member = base_json_member(object, name);
    const char *text = base_json_text(member);

    if (member == NULL && !is_needed)
        return OD_OK;
    if (text == NULL || *text == '\0')
        return engine_config_refuse(reading, member != NULL ? pointer : "", is_needed && member == NULL
                          ? "a member is missing: listen, data, catalog and modules are needed" : "it must be a text that is not empty");
    *out = is_path ? keep_path(reading, text) : keep(reading, text);
    return *out != NULL ? OD_OK : OD_ENOMEM;
}

/* Whom it serves, where that is no department. */
static int read_serves(struct engine_reading *reading, const struct base_json *json, const char *pointer, struct engine_connector_config *connector)
{
    const char *serves = base_json_member_text(json, "serves"), *channel = base_json_member_text(json, "channel"), *fault;
    const struct base_json *priority = base_json_member(json, "priority");
    int64_t rank = 1;
    char id[BASE_ID_MAX + 1], text[512];

    if (priority != NULL && base_json_i64(priority, 1, ENGINE_PRIORITY_MAX, &rank) != OD_OK)
        return engine_config_refuse(reading, pointer, "priority must be a whole number from 1 to 1000");
    connector->priority = (int32_t)rank;
    if (base_json_member(json, "serves") != NULL) {
        if (serves == NULL || base_json_member(json, "department") != NULL)
            return engine_config_refuse(reading, pointer, "serves must be a text, and stands in place of department");
        if (engine_errand_department_id(serves, connector->id, id, text) != OD_OK)
            return engine_config_refuse(reading, pointer, text);
        connector->department = keep(reading, id);
    }
    connector->channel = channel != NULL ? keep(reading, channel) : NULL;
    if (connector->department == NULL || (channel != NULL && connector->channel == NULL))
        return OD_ENOMEM;
    fault = engine_serves_fault(connector);
    return fault != NULL ? engine_config_refuse(reading, pointer, fault) : OD_OK;
}

static int read_connector(struct engine_reading *reading, const struct base_json *json, const char *pointer,
                          struct engine_connector_config *connector)
{
    const char *id = base_json_member_text(json, "id"), *module = base_json_member_text(json, "module");
    const char *department = base_json_member_text(json, "department");
    const struct base_json *config = base_json_member(json, "config");
    struct base_buffer text = {0};

    if (id == NULL || *id == '\0' || strlen(id) > BASE_ID_MAX || module == NULL)
        return engine_config_refuse(reading, pointer, "a connector needs an id (at most 64 characters) and a module");
    if (department != NULL && strlen(department) > BASE_ID_MAX)
        return engine_config_refuse(reading, pointer, "department must be an id of at most 64 characters");
    if (config != NULL && base_json_type(config) != BASE_JSON_OBJECT)
        return engine_config_refuse(reading, pointer, "config must be an object");
    if (config != NULL)
        base_json_put(&text, NULL, config);
    else
        base_buffer_put_text(&text, "{}");
    *connector = (struct engine_connector_config){
        .id = keep(reading, id), .module = keep(reading, module),
        .department = keep(reading, department != NULL ? department : id), .config = keep(reading, base_buffer_text(&text))};
    bool is_whole = !text.is_broken && connector->id != NULL && connector->module != NULL && connector->department != NULL &&
                    connector->config != NULL;
    base_buffer_fini(&text);
    return is_whole ? read_serves(reading, json, pointer, connector) : OD_ENOMEM;
}

static int read_connectors(struct engine_reading *reading, const struct base_json *list)
{
    size_t count = base_json_count(list), i = 0;
    struct engine_connector_config *connectors = base_arena_take(&reading->config->arena, (count + 1) * sizeof(*connectors));
    char pointer[64];

    if (connectors == NULL)
        return OD_ENOMEM;
    if (list != NULL && base_json_type(list) != BASE_JSON_ARRAY)
        return engine_config_refuse(reading, "/connectors", "it must be a list");
    if (count > BASE_CONNECTORS_MAX)
        return engine_config_refuse(reading, "/connectors", "there may be at most 1024 connectors");
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        snprintf(pointer, sizeof(pointer), "/connectors/%zu", i);
        int rc = read_connector(reading, item, pointer, &connectors[i]);
        if (rc != OD_OK)
            return rc;
    }
    reading->config->connectors = connectors;
    reading->config->connector_count = count;
    return OD_OK;
}

/* Is name one of "a, b, c"? */
static bool is_listed(const char *list, const char *name)
{
    size_t size = strlen(name);

    for (const char *at = list; at != NULL; at = strchr(at, ' '), at += at != NULL)
        if (strncmp(at, name, size) == 0 && (at[size] == ',' || at[size] == '\0'))
            return true;
    return false;
}

int engine_config_refuse_unknown(struct engine_reading *reading, const struct base_json *object, const char *place, const char *known)
{
    char pointer[BASE_ID_MAX + 16], what[256];

    for (const struct base_json *member = base_json_first(object); member != NULL; member = base_json_next(member)) {
        if (is_listed(known, base_json_key(member)))
            continue;
        snprintf(pointer, sizeof(pointer), "%s/%.64s", place, base_json_key(member));
        snprintf(what, sizeof(what), "unknown member; known are %s", known);
        return engine_config_refuse(reading, pointer, what);
    }
    return OD_OK;
}

/* Read now, and not by the gateway alone: who mistypes a path learns it here. */
static int check_certificate(struct engine_reading *reading, bool is_needed)
{
    const char *certificate = reading->config->nng_certificate;
    char what[128];

    if (certificate == NULL)
        return is_needed ? engine_config_refuse(reading, "/nng", "tls+tcp needs certificate: a PEM file with certificate and key") : OD_OK;
    if (access(certificate, R_OK) == 0)
        return OD_OK;
    snprintf(what, sizeof(what), "the certificate cannot be read: %.80s", strerror(errno));
    return engine_config_refuse(reading, "/nng/certificate", what);
}

struct door {
    const char *url, *pointer;
    bool is_feed;
};

/* Each address is for one door. */
static int check_door(struct engine_reading *reading, const struct door *doors, size_t index, bool *is_tls)
{
    const struct door *door = &doors[index];
    bool is_encrypted = false;

    if (door->url == NULL)
        return OD_OK;
    if (engine_nng_url_check(door->url, door->is_feed, &is_encrypted) != OD_OK)
        return engine_config_refuse(reading, door->pointer,
                      door->is_feed
                          ? "it must be ipc://PATH (at most 107 bytes) or tls+tcp://HOST:PORT; the feed never goes in the clear"
                          : "it must be ipc://PATH (at most 107 bytes), tcp://HOST:PORT or tls+tcp://HOST:PORT");
    for (size_t i = 0; i < index; i++)
        if (doors[i].url != NULL && strcmp(doors[i].url, door->url) == 0)
            return engine_config_refuse(reading, door->pointer, "another door has this address already");
    *is_tls = *is_tls || is_encrypted;
    return OD_OK;
}

static int check_nng(struct engine_reading *reading)
{
    const struct engine_config *config = reading->config;
    const struct door doors[] = {{config->nng_front_desk, "/nng/front_desk", false},
                                 {config->nng_events, "/nng/events", true},
                                 {config->nng_connectors, "/nng/connectors", false}};
    bool is_tls = false, has_door = false;

    for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
        int rc = check_door(reading, doors, i, &is_tls);
        if (rc != OD_OK)
            return rc;
        has_door = has_door || doors[i].url != NULL;
    }
    if (!has_door)
        return engine_config_refuse(reading, "/nng", "a door is missing: front_desk, events, connectors or several of them");
    return check_certificate(reading, is_tls);
}

static int read_nng(struct engine_reading *reading, const struct base_json *nng)
{
    struct engine_config *config = reading->config;
    int rc;

    if (nng == NULL)
        return OD_OK;
    if (base_json_type(nng) != BASE_JSON_OBJECT)
        return engine_config_refuse(reading, "/nng", "it must be an object");
    rc = engine_config_refuse_unknown(reading, nng, "/nng", "front_desk, events, connectors, certificate");
    if (rc == OD_OK)
        rc = read_text(reading, nng, "front_desk", "/nng/front_desk", false, false, &config->nng_front_desk);
    if (rc == OD_OK)
        rc = read_text(reading, nng, "events", "/nng/events", false, false, &config->nng_events);
    if (rc == OD_OK)
        rc = read_text(reading, nng, "connectors", "/nng/connectors", false, false, &config->nng_connectors);
    if (rc == OD_OK)
        rc = read_text(reading, nng, "certificate", "/nng/certificate", true, false, &config->nng_certificate);
    return rc == OD_OK ? check_nng(reading) : rc;
}

/* The tier below which no module runs: docs/connectors/sandbox.md. */
static int read_sandbox(struct engine_reading *reading, const struct base_json *sandbox)
{
    static const char *const tiers[] = {"plain", "filtered", "full"};
    const char *tier = base_json_member_text(sandbox, "min_tier");

    if (sandbox == NULL)
        return OD_OK;
    for (size_t i = 0; tier != NULL && base_json_count(sandbox) == 1 && i < sizeof(tiers) / sizeof(tiers[0]); i++) {
        if (strcmp(tier, tiers[i]) == 0) {
            reading->config->min_tier = tiers[i];
            return OD_OK;
        }
    }
    return engine_config_refuse(reading, "/sandbox", "it must be {\"min_tier\": \"plain\", \"filtered\" or \"full\"}");
}

/* Where connectors' secrets and folders lie, and what the egress process trusts: docs/connectors/egress.md. */
static int read_egress(struct engine_reading *reading, const struct base_json *root)
{
    const struct base_json *egress = base_json_member(root, "egress");
    int rc = read_text(reading, root, "secrets", "/secrets", true, false, &reading->config->secrets);

    if (rc == OD_OK)
        rc = read_text(reading, root, "folders", "/folders", true, false, &reading->config->folders);
    if (rc == OD_OK && egress != NULL && (base_json_type(egress) != BASE_JSON_OBJECT || base_json_count(egress) != 1))
        return engine_config_refuse(reading, "/egress", "it must be {\"ca\": a PEM file}");
    if (rc == OD_OK && egress != NULL)
        rc = read_text(reading, egress, "ca", "/egress/ca", true, true, &reading->config->egress_ca);
    if (rc == OD_OK && reading->config->egress_ca != NULL && access(reading->config->egress_ca, R_OK) != 0)
        rc = engine_config_refuse(reading, "/egress/ca", "the file cannot be read");
    return rc;
}

static int read_unsigned(struct engine_reading *reading, const struct base_json *member)
{
    if (member != NULL && base_json_type(member) != BASE_JSON_BOOL)
        return engine_config_refuse(reading, "/modules_unsigned", "it must be true or false");
    reading->config->may_be_unsigned = base_json_is_true(member);
    return OD_OK;
}

static int read_u32(struct engine_reading *reading, const struct base_json *root, const char *name, int64_t max, uint32_t *out)
{
    const struct base_json *member = base_json_member(root, name);
    int64_t value;
    char pointer[32], what[96];

    if (member == NULL)
        return OD_OK;
    snprintf(pointer, sizeof(pointer), "/%s", name);
    snprintf(what, sizeof(what), "it must be a whole number from 1 to %lld", (long long)max);
    if (base_json_i64(member, 1, max, &value) != OD_OK)
        return engine_config_refuse(reading, pointer, what);
    *out = (uint32_t)value;
    return OD_OK;
}

/* Absolute, since the doors need an absolute path for a socket and the program may change its folder. */
static void set_folder(struct engine_reading *reading)
{
    char path[PATH_MAX];

    if (realpath(reading->path, path) == NULL)
        snprintf(path, sizeof(path), "%s", reading->path); /* opening it says why */
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
    snprintf(reading->folder, sizeof(reading->folder), "%s", slash != NULL ? path : ".");
}

/* The doors tell a socket's path from an address by its scheme. */
static int set_scheme(struct engine_reading *reading, const char **path)
{
    struct base_buffer address = {0};

    if (*path == NULL)
        return OD_OK;
    base_buffer_put_text(&address, "unix:");
    base_buffer_put_text(&address, *path);
    *path = address.is_broken ? NULL : keep(reading, base_buffer_text(&address));
    base_buffer_fini(&address);
    return *path != NULL ? OD_OK : OD_ENOMEM;
}

static int read_members(struct engine_reading *reading, const struct base_json *root)
{
    struct engine_config *config = reading->config;
    const struct {
        const char *pointer;
        bool is_path, is_needed;
        const char **out;
    } texts[] = {
        {"/listen", false, true, &config->listen}, {"/listen_unix", true, false, &config->listen_unix}, {"/data", true, true, &config->data},
        {"/catalog", true, true, &config->catalog}, {"/modules", true, true, &config->modules}, {"/trust", true, false, &config->trust},
    };
    int rc = engine_config_refuse_unknown(reading, root, "", "listen, listen_unix, data, catalog, modules, keys, connectors, nng, watchdog_ms, cache_mib, "
                                            "escalation, sandbox, secrets, folders, egress, trust, modules_unsigned, identity");

    for (size_t i = 0; rc == OD_OK && i < sizeof(texts) / sizeof(texts[0]); i++)
        rc = read_text(reading, root, texts[i].pointer + 1, texts[i].pointer, texts[i].is_path, texts[i].is_needed, texts[i].out);
    if (rc == OD_OK)
        rc = set_scheme(reading, &config->listen_unix);
    if (rc == OD_OK)
        rc = read_unsigned(reading, base_json_member(root, "modules_unsigned"));
    if (rc == OD_OK)
        rc = read_nng(reading, base_json_member(root, "nng"));
    if (rc == OD_OK)
        rc = read_u32(reading, root, "watchdog_ms", 600000, &config->watchdog_ms);
    if (rc == OD_OK)
        rc = read_u32(reading, root, "cache_mib", 4096, &config->cache_mib);
    if (rc == OD_OK) /* before the keys: whom it names needs no secret */
        rc = engine_config_read_identity(reading, base_json_member(root, "identity"));
    if (rc == OD_OK)
        rc = engine_config_read_keys(reading, base_json_member(root, "keys"));
    if (rc == OD_OK)
        rc = engine_config_read_escalation(reading, base_json_member(root, "escalation"));
    if (rc == OD_OK)
        rc = read_sandbox(reading, base_json_member(root, "sandbox"));
    if (rc == OD_OK)
        rc = read_egress(reading, root);
    return rc == OD_OK ? read_connectors(reading, base_json_member(root, "connectors")) : rc;
}

int engine_config_load(const char *path, struct engine_config *config, char text[1024])
{
    struct engine_reading reading = {.path = path, .config = config, .text = text};
    struct base_json_error error;
    struct base_json *root = NULL;
    int rc;

    *config = (struct engine_config){0};
    text[0] = '\0';
    set_folder(&reading);
    rc = read_file(&reading);
    if (rc == OD_OK) {
        rc = base_json_parse(reading.bytes, reading.size, &root, &error);
        if (rc == OD_ESYNTAX)
            snprintf(text, 1024, "%.300s:%u:%u: %.300s", path, error.line, error.column, error.text);
    }
    if (rc == OD_OK && base_json_type(root) != BASE_JSON_OBJECT)
        rc = engine_config_refuse(&reading, "", "the configuration must be one JSON object");
    if (rc == OD_OK)
        rc = read_members(&reading, root);
    if (rc == OD_OK)
        engine_config_origins_find(&reading, root);
    if (rc == OD_OK && (config->origins.file = keep(&reading, path)) == NULL)
        rc = OD_ENOMEM;
    base_json_destroy(root);
    base_free(reading.bytes);
    if (rc == OD_OK)
        return OD_OK;
    engine_config_fini(config);
    if (text[0] == '\0')
        snprintf(text, 1024, "%.300s: %s", path, base_error_text(rc));
    return rc == OD_ESYNTAX ? OD_EINVAL : rc;
}

void engine_config_fini(struct engine_config *config)
{
    base_arena_fini(&config->arena);
    *config = (struct engine_config){0};
}
