/* SPDX-License-Identifier: Apache-2.0 */
/* Of the configuration: which proxy is believed about who somebody is. docs/people.md */
#include "engine/config_reading.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"

/* A header field's name: RFC 9110 section 5.6.2. */
static bool is_header(const char *name)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    size_t size = 0;

    for (; name != NULL && name[size] != '\0'; size++)
        if (!isalnum((unsigned char)name[size]) && strchr(marks, name[size]) == NULL)
            return false;
    return size > 0 && size <= BASE_ID_MAX;
}

static const char *keep(struct engine_reading *reading, const char *text)
{
    return base_arena_text(&reading->config->arena, text, strlen(text));
}

static int read_header(struct engine_reading *reading, const struct base_json *json, const char *name, const char *pointer, const char **out)
{
    const struct base_json *member = base_json_member(json, name);

    if (member == NULL)
        return OD_OK;
    if (!is_header(base_json_text(member)))
        return engine_config_refuse(reading, pointer, "it must be the name of a header field, of at most 64 characters");
    if (strcasecmp(base_json_text(member), "Authorization") == 0 || strcasecmp(base_json_text(member), "Cookie") == 0)
        return engine_config_refuse(reading, pointer, "this header means something else to the hub; take another");
    *out = keep(reading, base_json_text(member));
    return *out != NULL ? OD_OK : OD_ENOMEM;
}

static int read_secret(struct engine_reading *reading, const struct base_json *json, struct front_identity_rule *rule)
{
    const char *secret = base_json_member_text(json, "secret");
    int rc = read_header(reading, json, "secret_header", "/identity/secret_header", &rule->secret_header);

    if (rc != OD_OK)
        return rc;
    if ((rule->secret_header != NULL) != (base_json_member(json, "secret") != NULL))
        return engine_config_refuse(reading, "/identity", "secret_header and secret come together");
    if (rule->secret_header == NULL)
        return OD_OK;
    if (secret == NULL || strncmp(secret, "sha256:", 7) != 0 || base_unhex(secret + 7, rule->secret_hash, BASE_HASH_SIZE) != OD_OK)
        return engine_config_refuse(reading, "/identity/secret", "it must be \"sha256:\" and the 64 hexadecimal digits of the secret's SHA-256");
    return OD_OK;
}

/* Anybody on the machine can connect to a loopback address: the secret tells the proxy from the others. */
static int read_proxies(struct engine_reading *reading, const struct base_json *json, struct front_identity_rule *rule)
{
    const struct base_json *list = base_json_member(json, "proxies");

    if (list != NULL && base_json_type(list) != BASE_JSON_ARRAY)
        return engine_config_refuse(reading, "/identity/proxies", "it must be a list");
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        const char *address = base_json_text(item);

        if (address != NULL && strcmp(address, "127.0.0.1") == 0)
            rule->takes_ipv4_loopback = true;
        else if (address != NULL && strcmp(address, "::1") == 0)
            rule->takes_ipv6_loopback = true;
        else
            return engine_config_refuse(reading, "/identity/proxies", "a proxy is believed on 127.0.0.1 and ::1, and through listen_unix without being listed");
    }
    if (base_json_count(list) > 0 && rule->secret_header == NULL)
        return engine_config_refuse(reading, "/identity/proxies", "a proxy on a loopback address needs secret_header and secret");
    return OD_OK;
}

static int read_users(struct engine_reading *reading, const struct base_json *json, struct front_identity_rule *rule)
{
    const struct base_json *table = base_json_member(json, "users");
    struct front_identity_user *users;
    char pointer[BASE_ID_MAX + 32];

    if (table == NULL || base_json_type(table) != BASE_JSON_OBJECT)
        return engine_config_refuse(reading, "/identity/users", "it must be an object: {\"name as the proxy writes it\": \"id of a key\"}");
    if (base_json_count(table) > ENGINE_USERS_MAX)
        return engine_config_refuse(reading, "/identity/users", "there may be at most 4096 users");
    rule->users = users = base_arena_take(&reading->config->arena, (base_json_count(table) + 1) * sizeof(*users));
    if (users == NULL)
        return OD_ENOMEM;
    for (const struct base_json *item = base_json_first(table); item != NULL; item = base_json_next(item)) {
        const char *key = base_json_text(item);

        snprintf(pointer, sizeof(pointer), "/identity/users/%.64s", base_json_key(item));
        if (key == NULL || key[0] == '\0' || strlen(key) > BASE_ID_MAX)
            return engine_config_refuse(reading, pointer, "it must be the id of a key");
        struct front_identity_user *user = &users[rule->user_count++];
        *user = (struct front_identity_user){.name = keep(reading, base_json_key(item)), .key = keep(reading, key)};
        if (user->name == NULL || user->key == NULL)
            return OD_ENOMEM;
    }
    return OD_OK;
}

int engine_config_read_identity(struct engine_reading *reading, const struct base_json *json)
{
    static const char known[] = "header, secret_header, secret, proxies, users";
    struct front_identity_rule *rule;
    int rc;

    if (json == NULL)
        return OD_OK;
    if (base_json_type(json) != BASE_JSON_OBJECT)
        return engine_config_refuse(reading, "/identity", "it must be an object");
    rc = engine_config_refuse_unknown(reading, json, "/identity", known);
    rule = base_arena_take(&reading->config->arena, sizeof(*rule));
    if (rc == OD_OK && rule == NULL)
        rc = OD_ENOMEM;
    if (rc == OD_OK)
        rc = read_header(reading, json, "header", "/identity/header", &rule->header);
    if (rc == OD_OK && rule->header == NULL)
        rc = engine_config_refuse(reading, "/identity", "a member is missing: header, e.g. \"X-Forwarded-User\"");
    if (rc == OD_OK)
        rc = read_secret(reading, json, rule);
    if (rc == OD_OK)
        rc = read_proxies(reading, json, rule);
    if (rc == OD_OK)
        rc = read_users(reading, json, rule);
    if (rc == OD_OK)
        reading->config->identity = rule;
    return rc;
}
