/* SPDX-License-Identifier: Apache-2.0 */
/* What is in force of a configuration, and where it comes from: GET /v1/config, onedoord --show-config. Of what opens a
 * door only a fingerprint is told: enough to see that it changed, and no help to guess it. */
#include "engine/config_reading.h"
#include "engine/internal.h"
#include "engine/key.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "connect/connect.h"

#define FINGERPRINT_BYTES 4
#define CACHE_MIB_DEFAULT 32 /* store.h */

struct context {
    const struct engine_config *config;
    bool is_demo;
};

struct row {
    const char *key, *pointer;
    const char *takes; /* what takes another value: "reload", "restart"; "first_start": later the store knows it better */
    void (*put)(struct base_buffer *buffer, const char *key, const struct context *context); /* NULL = the text at offset */
    size_t offset;
};

/* -- Values -- */

static void put_fingerprint(struct base_buffer *buffer, const uint8_t hash[BASE_HASH_SIZE])
{
    uint8_t of_it[BASE_HASH_SIZE];
    char text[2 * FINGERPRINT_BYTES + 1];

    base_hash(hash, BASE_HASH_SIZE, of_it);
    base_hex(of_it, FINGERPRINT_BYTES, text);
    base_json_put_text(buffer, "fingerprint", text);
}

/* Somebody whom a proxy names may have a key without a secret; its hash is drawn anew each time that it is read. */
static bool is_named(const struct engine_config *config, const char *id)
{
    for (size_t i = 0; config->identity != NULL && i < config->identity->user_count; i++)
        if (strcmp(config->identity->users[i].key, id) == 0)
            return true;
    return false;
}

static void put_keys(struct base_buffer *buffer, const char *key, const struct context *context)
{
    const struct engine_config *config = context->config;

    base_json_open(buffer, key, '[');
    for (size_t i = 0; i < config->key_count; i++) {
        const struct front_key *row = &config->keys[i];

        base_json_open(buffer, NULL, '{');
        engine_key_scope_put(buffer, row);
        if (!is_named(config, row->id))
            put_fingerprint(buffer, row->hash);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

static void put_identity(struct base_buffer *buffer, const char *key, const struct context *context)
{
    const struct front_identity_rule *rule = context->config->identity;

    if (rule == NULL) {
        base_json_put_null(buffer, key);
        return;
    }
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "header", rule->header);
    engine_put_some(buffer, "secret_header", rule->secret_header);
    if (rule->secret_header != NULL)
        put_fingerprint(buffer, rule->secret_hash);
    base_json_open(buffer, "proxies", '[');
    if (rule->takes_ipv4_loopback)
        base_json_put_text(buffer, NULL, "127.0.0.1");
    if (rule->takes_ipv6_loopback)
        base_json_put_text(buffer, NULL, "::1");
    base_json_close(buffer, ']');
    base_json_open(buffer, "users", '{');
    for (size_t i = 0; i < rule->user_count; i++)
        base_json_put_text(buffer, rule->users[i].name, rule->users[i].key);
    base_json_close(buffer, '}');
    base_json_close(buffer, '}');
}

/* A module's configuration names its secrets and holds none; who wrote one into it all the same does not find it here. */
static bool is_secret(const char *key)
{
    static const char *const words[] = {"secret", "password", "passwd", "token", "credential", "api_key", "apikey", "passphrase", "pwd", "authorization", "private_key"};

    for (size_t i = 0; key != NULL && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasestr(key, words[i]) != NULL)
            return true;
    return false;
}

/* is_hidden: it lies below a key that tells of a secret. */
static void put_cut(struct base_buffer *buffer, const char *key, const struct base_json *value, bool is_hidden)
{
    bool is_list = base_json_type(value) == BASE_JSON_ARRAY;

    is_hidden = is_hidden || is_secret(key);
    if (is_hidden && (base_json_text(value) != NULL || base_json_type(value) == BASE_JSON_NUMBER)) {
        base_json_put_text(buffer, key, "***");
        return;
    }
    if (!is_list && base_json_type(value) != BASE_JSON_OBJECT) {
        base_json_put(buffer, key, value);
        return;
    }
    base_json_open(buffer, key, is_list ? '[' : '{');
    for (const struct base_json *item = base_json_first(value); item != NULL; item = base_json_next(item))
        put_cut(buffer, is_list ? NULL : base_json_key(item), item, is_hidden);
    base_json_close(buffer, is_list ? ']' : '}');
}

static void put_module_config(struct base_buffer *buffer, const char *text)
{
    struct base_json_error error;
    struct base_json *tree = NULL;

    if (text == NULL || base_json_parse(text, strlen(text), &tree, &error) != OD_OK)
        return;
    put_cut(buffer, "config", tree, false);
    base_json_destroy(tree);
}

static void put_connectors(struct base_buffer *buffer, const char *key, const struct context *context)
{
    const struct engine_config *config = context->config;

    base_json_open(buffer, key, '[');
    for (size_t i = 0; i < config->connector_count; i++) {
        const struct engine_connector_config *row = &config->connectors[i];

        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "id", row->id);
        base_json_put_text(buffer, "department", row->department);
        base_json_put_text(buffer, "module", row->module);
        engine_put_some(buffer, "channel", row->channel);
        base_json_put_i64(buffer, "priority", row->priority);
        put_module_config(buffer, row->config);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

static void put_unsigned(struct base_buffer *buffer, const char *key, const struct context *context)
{
    base_json_put_bool(buffer, key, context->config->may_be_unsigned);
}

static void put_yellow(struct base_buffer *buffer, const char *key, const struct context *context)
{
    engine_roles_put(buffer, key, context->config->escalation.yellow);
}

static void put_red(struct base_buffer *buffer, const char *key, const struct context *context)
{
    engine_roles_put(buffer, key, context->config->escalation.red);
}

static void put_watchdog(struct base_buffer *buffer, const char *key, const struct context *context)
{
    base_json_put_i64(buffer, key, context->config->watchdog_ms > 0 ? context->config->watchdog_ms : CONNECT_WATCHDOG_MS);
}

static void put_cache(struct base_buffer *buffer, const char *key, const struct context *context)
{
    base_json_put_i64(buffer, key, context->config->cache_mib > 0 ? context->config->cache_mib : CACHE_MIB_DEFAULT);
}

static void put_tier(struct base_buffer *buffer, const char *key, const struct context *context)
{
    base_json_put_text(buffer, key, engine_min_tier(context->config, context->is_demo));
}

/* -- The table -- */

#define TEXT(member) NULL, offsetof(struct engine_config, member)

static const struct row rows[ENGINE_SETTINGS] = {
    [ENGINE_SETTING_LISTEN] = {"listen", "/listen", "restart", TEXT(listen)},
    [ENGINE_SETTING_LISTEN_UNIX] = {"listen_unix", "/listen_unix", "restart", TEXT(listen_unix)},
    [ENGINE_SETTING_DATA] = {"data", "/data", "restart", TEXT(data)},
    [ENGINE_SETTING_CATALOG] = {"catalog", "/catalog", "reload", TEXT(catalog)},
    [ENGINE_SETTING_MODULES] = {"modules", "/modules", "restart", TEXT(modules)},
    [ENGINE_SETTING_TRUST] = {"trust", "/trust", "reload", TEXT(trust)},
    [ENGINE_SETTING_MODULES_UNSIGNED] = {"modules_unsigned", "/modules_unsigned", "restart", put_unsigned, 0},
    [ENGINE_SETTING_KEYS] = {"keys", "/keys", "reload", put_keys, 0},
    [ENGINE_SETTING_IDENTITY] = {"identity", "/identity", "reload", put_identity, 0},
    [ENGINE_SETTING_CONNECTORS] = {"connectors", "/connectors", "first_start", put_connectors, 0},
    [ENGINE_SETTING_NNG_FRONT_DESK] = {"nng.front_desk", "/nng/front_desk", "restart", TEXT(nng_front_desk)},
    [ENGINE_SETTING_NNG_EVENTS] = {"nng.events", "/nng/events", "restart", TEXT(nng_events)},
    [ENGINE_SETTING_NNG_CONNECTORS] = {"nng.connectors", "/nng/connectors", "restart", TEXT(nng_connectors)},
    [ENGINE_SETTING_NNG_CERTIFICATE] = {"nng.certificate", "/nng/certificate", "restart", TEXT(nng_certificate)},
    [ENGINE_SETTING_ESCALATION_YELLOW] = {"escalation.yellow", "/escalation/yellow", "reload", put_yellow, 0},
    [ENGINE_SETTING_ESCALATION_RED] = {"escalation.red", "/escalation/red", "reload", put_red, 0},
    [ENGINE_SETTING_WATCHDOG_MS] = {"watchdog_ms", "/watchdog_ms", "restart", put_watchdog, 0},
    [ENGINE_SETTING_MIN_TIER] = {"sandbox.min_tier", "/sandbox/min_tier", "restart", put_tier, 0},
    [ENGINE_SETTING_SECRETS] = {"secrets", "/secrets", "restart", TEXT(secrets)},
    [ENGINE_SETTING_FOLDERS] = {"folders", "/folders", "restart", TEXT(folders)},
    [ENGINE_SETTING_EGRESS_CA] = {"egress.ca", "/egress/ca", "restart", TEXT(egress_ca)},
    [ENGINE_SETTING_CACHE_MIB] = {"cache_mib", "/cache_mib", "restart", put_cache, 0},
};

/* Of "/nng/events" the member; NULL when there is none. */
static const struct base_json *member_at(const struct base_json *root, const char *pointer)
{
    char key[32];

    while (root != NULL && *pointer == '/') {
        size_t size = strcspn(pointer + 1, "/");

        snprintf(key, sizeof(key), "%.*s", (int)size, pointer + 1);
        root = base_json_member(root, key);
        pointer += 1 + size;
    }
    return root;
}

void engine_config_origins_find(struct engine_reading *reading, const struct base_json *root)
{
    for (size_t i = 0; i < ENGINE_SETTINGS; i++) {
        uint32_t column;

        if (member_at(root, rows[i].pointer) != NULL)
            base_json_locate(reading->bytes, reading->size, rows[i].pointer, &reading->config->origins.lines[i], &column);
    }
}

static const char *origin_of(const struct engine_origins *origins, size_t setting)
{
    if ((origins->flags & 1u << setting) != 0)
        return "flag";
    if ((origins->environment & 1u << setting) != 0)
        return "environment";
    return origins->lines[setting] > 0 ? "file" : "default";
}

static void put_setting(struct base_buffer *buffer, size_t setting, const struct context *context)
{
    const struct row *row = &rows[setting];
    const struct engine_origins *origins = &context->config->origins;
    const char *from = origin_of(origins, setting), *text;

    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "key", row->key);
    if (row->put != NULL) {
        row->put(buffer, "value", context);
    } else {
        memcpy(&text, (const char *)context->config + row->offset, sizeof(text));
        base_json_put_text(buffer, "value", text);
    }
    base_json_put_text(buffer, "from", from);
    if (strcmp(from, "file") == 0)
        base_json_put_i64(buffer, "line", origins->lines[setting]);
    base_json_put_text(buffer, "takes", row->takes);
    base_json_close(buffer, '}');
}

void engine_config_put(struct base_buffer *buffer, const struct engine_config *config, bool is_demo)
{
    const struct context context = {.config = config, .is_demo = is_demo};

    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "file", config->origins.file);
    base_json_put_bool(buffer, "is_demo", is_demo);
    base_json_open(buffer, "settings", '[');
    for (size_t i = 0; i < ENGINE_SETTINGS; i++)
        put_setting(buffer, i, &context);
    base_json_close(buffer, ']');
    base_json_close(buffer, '}');
}

/* -- Of the running hub -- */

static int text_keep(char **place, const char *text, size_t size)
{
    char *copy = base_copy_text(text, size);

    if (copy == NULL)
        return OD_ENOMEM;
    base_free(*place);
    *place = copy;
    return OD_OK;
}

int engine_config_keep(struct engine *engine, const struct engine_config *config, bool is_start)
{
    const struct context context = {.config = config, .is_demo = engine->is_demo};
    const char *file = config->origins.file;
    struct base_buffer buffer = {0};
    int rc = file != NULL ? text_keep(&engine->config_file, file, strlen(file)) : OD_OK;

    for (size_t i = 0; i < ENGINE_SETTINGS && rc == OD_OK; i++) {
        if (!is_start && strcmp(rows[i].takes, "reload") != 0)
            continue;
        base_buffer_clear(&buffer);
        buffer.has_item = false;
        put_setting(&buffer, i, &context);
        rc = buffer.is_broken ? OD_ENOMEM : text_keep(&engine->settings[i], buffer.bytes, buffer.size);
    }
    base_buffer_fini(&buffer);
    return rc;
}

void engine_config_forget(struct engine *engine)
{
    base_free(engine->config_file);
    for (size_t i = 0; i < ENGINE_SETTINGS; i++)
        base_free(engine->settings[i]);
}

void engine_config_note(struct engine *engine, const struct engine_config *config)
{
    if (engine_config_keep(engine, config, false) != OD_OK)
        base_log(BASE_LOG_WARNING, "memory is short: GET /v1/config tells the configuration of before");
}

void engine_config_show(struct engine *engine, struct front_request *request)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "file", engine->config_file);
    base_json_put_bool(&body, "is_demo", engine->is_demo);
    base_json_open(&body, "settings", '[');
    for (size_t i = 0; i < ENGINE_SETTINGS; i++)
        if (engine->settings[i] != NULL)
            base_json_put_raw(&body, NULL, engine->settings[i], strlen(engine->settings[i]));
    base_json_close(&body, ']');
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", NULL, &body);
}
