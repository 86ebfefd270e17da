/* SPDX-License-Identifier: Apache-2.0 */
/* Of the configuration: keys, their roles, and who is told of warnings. */
#include "engine/config_reading.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "engine/key.h"

static int read_role_list(struct engine_reading *reading, const struct base_json *list, const char *pointer, uint32_t *roles)
{
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        uint32_t role = engine_role_find(base_json_text(item));

        if (role == FRONT_ROLE_NONE)
            return engine_config_refuse(reading, pointer, "roles are front_desk, officer, head, supervisor, admin, connector");
        *roles |= role;
    }
    return *roles != 0 ? OD_OK : engine_config_refuse(reading, pointer, "at least one role is needed");
}

/* Who is told of a warning (yellow) and of a breach (red). */
int engine_config_read_escalation(struct engine_reading *reading, const struct base_json *json)
{
    struct engine_escalation *escalation = &reading->config->escalation;
    const struct base_json *yellow = base_json_member(json, "yellow"), *red = base_json_member(json, "red");
    int rc = OD_OK;

    *escalation = (struct engine_escalation){.yellow = FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD,
                                             .red = FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR};
    if (json == NULL)
        return OD_OK;
    if (base_json_type(json) != BASE_JSON_OBJECT || base_json_count(json) != (yellow != NULL) + (size_t)(red != NULL))
        return engine_config_refuse(reading, "/escalation", "it must be {\"yellow\": [roles], \"red\": [roles]}");
    if (yellow != NULL) {
        escalation->yellow = 0;
        rc = read_role_list(reading, yellow, "/escalation/yellow", &escalation->yellow);
    }
    if (rc == OD_OK && red != NULL) {
        escalation->red = 0;
        rc = read_role_list(reading, red, "/escalation/red", &escalation->red);
    }
    return rc;
}

/* As openssl prints them. */
bool engine_certificate_read(const char *text, char certificate[FRONT_CERTIFICATE_SIZE])
{
    size_t size = 0;

    for (; *text != '\0'; text++) {
        if (*text == ':' && size % 2 == 0)
            continue;
        if (!isxdigit((unsigned char)*text) || size == FRONT_CERTIFICATE_SIZE - 1)
            return false;
        certificate[size++] = (char)tolower((unsigned char)*text);
    }
    certificate[size] = '\0';
    return size == FRONT_CERTIFICATE_SIZE - 1;
}

/* Of somebody whom a proxy in front names? */
static bool is_named(const struct engine_reading *reading, const char *id)
{
    const struct front_identity_rule *rule = reading->config->identity;

    for (size_t i = 0; rule != NULL && i < rule->user_count; i++)
        if (strcmp(rule->users[i].key, id) == 0)
            return true;
    return false;
}

static int read_key(struct engine_reading *reading, const struct base_json *json, const char *pointer, struct front_key *key)
{
    const char *id = base_json_member_text(json, "id"), *hash = base_json_member_text(json, "hash");
    const char *department = base_json_member_text(json, "department"), *connector = base_json_member_text(json, "connector");
    const struct base_json *certificate = base_json_member(json, "certificate");

    if (id == NULL || *id == '\0' || strlen(id) > BASE_ID_MAX)
        return engine_config_refuse(reading, pointer, "a key needs an id of 1 to 64 characters");
    if (base_json_member(json, "hash") == NULL && is_named(reading, id))
        base_random(key->hash, BASE_HASH_SIZE); /* no secret opens it */
    else if (hash == NULL || strncmp(hash, "sha256:", 7) != 0 || base_unhex(hash + 7, key->hash, BASE_HASH_SIZE) != OD_OK)
        return engine_config_refuse(reading, pointer, "hash must be \"sha256:\" and the 64 hexadecimal digits of the key's SHA-256");
    if (department != NULL && strlen(department) > BASE_ID_MAX)
        return engine_config_refuse(reading, pointer, "department must be an id of at most 64 characters");
    snprintf(key->id, sizeof(key->id), "%s", id);
    if (connector != NULL && strlen(connector) > BASE_ID_MAX)
        return engine_config_refuse(reading, pointer, "connector must be an id of at most 64 characters");
    if (certificate != NULL && (base_json_text(certificate) == NULL || !engine_certificate_read(base_json_text(certificate), key->certificate)))
        return engine_config_refuse(reading, pointer, "certificate must be the 40 hexadecimal digits of the client certificate's SHA-1");
    snprintf(key->department, sizeof(key->department), "%s", department != NULL ? department : "");
    snprintf(key->connector, sizeof(key->connector), "%s", connector != NULL ? connector : "");
    int rc = read_role_list(reading, base_json_member(json, "roles"), pointer, &key->roles);
    if (rc == OD_OK && (key->roles & FRONT_ROLE_OFFICER) && key->department[0] == '\0')
        return engine_config_refuse(reading, pointer, "an officer's key needs its department");
    if (rc == OD_OK && connector != NULL && !(key->roles & FRONT_ROLE_CONNECTOR))
        return engine_config_refuse(reading, pointer, "a key with a connector needs the role connector");
    return rc;
}

int engine_config_read_keys(struct engine_reading *reading, const struct base_json *list)
{
    size_t count = base_json_count(list), i = 0;
    struct front_key *keys = base_arena_take(&reading->config->arena, (count + 1) * sizeof(*keys));
    char pointer[64];

    if (keys == NULL)
        return OD_ENOMEM;
    if (list != NULL && base_json_type(list) != BASE_JSON_ARRAY)
        return engine_config_refuse(reading, "/keys", "it must be a list");
    if (count > ENGINE_KEYS_MAX)
        return engine_config_refuse(reading, "/keys", "there may be at most 4096 keys");
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        snprintf(pointer, sizeof(pointer), "/keys/%zu", i);
        int rc = read_key(reading, item, pointer, &keys[i]);
        if (rc != OD_OK)
            return rc;
    }
    reading->config->keys = keys;
    reading->config->key_count = count;
    return OD_OK;
}
