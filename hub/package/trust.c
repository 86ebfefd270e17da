/* SPDX-License-Identifier: Apache-2.0 */
/* trust.json, and what a key of it lets run. */
#include "package/trust.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "package/bundle.h"
#include "package/reading.h"

static const char *const class_names[] = {"fields", "applicant", "http", "secrets", "reveal", "kv", "materials", "events", "net", "private", "folder"};
#define CLASS_COUNT (sizeof(class_names) / sizeof(class_names[0]))

/* What the readers of one trust file share; text and faults as for a manifest. */
struct reading {
    struct package_trust *trust;
    struct package_manifest keeper; /* lends its arena to package_texts_take */
    struct package_reading plain;
};

const char *package_class_name(enum package_class class)
{
    for (size_t i = 0; i < CLASS_COUNT; i++)
        if ((unsigned)class == 1u << i)
            return class_names[i];
    return "";
}

unsigned package_classes_of(const struct package_capabilities *capabilities)
{
    unsigned classes = 0;

    classes |= capabilities->fields.count > 0 ? PACKAGE_CLASS_FIELDS : 0u;
    classes |= capabilities->applicant.count > 0 ? PACKAGE_CLASS_APPLICANT : 0u;
    classes |= capabilities->http_count > 0 ? PACKAGE_CLASS_HTTP : 0u;
    classes |= capabilities->secret_count > 0 ? PACKAGE_CLASS_SECRETS : 0u;
    classes |= capabilities->kv_quota > 0 ? PACKAGE_CLASS_KV : 0u;
    classes |= capabilities->has_materials ? PACKAGE_CLASS_MATERIALS : 0u;
    classes |= capabilities->has_events ? PACKAGE_CLASS_EVENTS : 0u;
    classes |= capabilities->net_count > 0 ? PACKAGE_CLASS_NET : 0u;
    classes |= capabilities->folder_mib > 0 ? PACKAGE_CLASS_FOLDER : 0u;
    for (size_t i = 0; i < capabilities->secret_count; i++)
        classes |= capabilities->secrets[i].may_reveal ? PACKAGE_CLASS_REVEAL : 0u;
    for (size_t i = 0; i < capabilities->http_count; i++)
        classes |= capabilities->http[i].may_be_private || capabilities->http[i].may_be_plain ? PACKAGE_CLASS_PRIVATE : 0u;
    return classes;
}

static bool is_class(const char *text)
{
    if (strcmp(text, "*") == 0)
        return true;
    for (size_t i = 0; i < CLASS_COUNT; i++)
        if (strcmp(class_names[i], text) == 0)
            return true;
    return false;
}

static bool is_prefix(const char *text)
{
    return strcmp(text, "*") == 0 || package_name_is_valid(text, BASE_ID_MAX);
}

static int read_classes(struct reading *reading, const struct base_json *item, const char *pointer, struct package_trust_key *key)
{
    static const struct package_text_rule rule = {
        .what = "capabilities", .allowed = "\"*\", fields, applicant, http, secrets, reveal, kv, materials, events, net or private",
        .is_valid = is_class};
    struct package_texts texts = {0};
    char at[POINTER_SIZE];

    snprintf(at, sizeof(at), "%.120s/capabilities", pointer);
    int rc = package_texts_take(&reading->plain, base_json_member(item, "capabilities"), at, PACKAGE_RULES_MAX, &rule, &texts);
    for (size_t i = 0; rc == OD_OK && i < CLASS_COUNT; i++)
        if (package_texts_allow(&texts, class_names[i]))
            key->classes |= 1u << i;
    return rc;
}

static int read_day(struct reading *reading, const struct base_json *item, const char *pointer, const char *name, int32_t *day)
{
    const struct base_json *member = base_json_member(item, name);
    char at[POINTER_SIZE];

    *day = PACKAGE_DAY_NONE;
    if (member == NULL || base_json_type(member) == BASE_JSON_NULL)
        return OD_OK;
    snprintf(at, sizeof(at), "%.120s/%s", pointer, name);
    const char *text = base_json_text(member);
    if (text == NULL || base_day_parse(text, day) != OD_OK)
        return package_fault(&reading->plain, at, "%s must be a day, e.g. \"2028-01-01\", or null.", name);
    return OD_OK;
}

static int read_minimums(struct reading *reading, const struct base_json *item, const char *pointer, struct package_trust_key *key)
{
    const struct base_json *minimums = base_json_member(item, "min_sequence");
    char at[POINTER_SIZE];

    if (minimums == NULL)
        return OD_OK;
    snprintf(at, sizeof(at), "%.120s/min_sequence", pointer);
    if (base_json_type(minimums) != BASE_JSON_OBJECT || base_json_count(minimums) > PACKAGE_LIST_MAX)
        return package_fault(&reading->plain, at, "min_sequence must be {\"module id\": lowest sequence}.");
    key->minimums = package_take(&reading->plain, base_json_count(minimums), sizeof(*key->minimums));
    if (key->minimums == NULL)
        return package_fault_memory(&reading->plain);
    for (const struct base_json *member = base_json_first(minimums); member != NULL; member = base_json_next(member)) {
        struct package_minimum *minimum = &key->minimums[key->minimum_count++];

        minimum->id = base_json_key(member);
        if (base_json_i64(member, 0, (INT64_C(1) << 53) - 1, &minimum->sequence) != OD_OK)
            return package_fault(&reading->plain, at, "each of min_sequence must be a whole number.");
    }
    return OD_OK;
}

static int read_public(struct reading *reading, const struct base_json *item, const char *pointer, struct package_trust_key *key)
{
    const char *text = base_json_member_text(item, "public_key");
    char at[POINTER_SIZE];

    key->name = base_json_member_text(item, "name");
    if (key->name == NULL || !package_text_is_short(key->name))
        return package_fault(&reading->plain, pointer, "name must be a text of 1 to %d bytes.", BASE_ID_MAX);
    snprintf(at, sizeof(at), "%.120s/public_key", pointer);
    if (text == NULL || package_public_key_read(text, strlen(text), &key->key) != OD_OK)
        return package_fault(&reading->plain, at, "public_key must be the line that begins with RW of a minisign public key.");
    if (package_trust_find(reading->trust, key->key.id) != NULL)
        return package_fault(&reading->plain, at, "this key stands in the file already.");
    return OD_OK;
}

static int read_key(struct reading *reading, const struct base_json *item, const char *pointer, struct package_trust_key *key)
{
    static const char *const names[] = {"public_key", "name", "prefixes", "capabilities", "expires", "revoked", "min_sequence", NULL};
    static const struct package_text_rule prefixes = {
        .what = "prefixes", .allowed = "a module id, the beginning of one up to a dot, or \"*\"", .is_valid = is_prefix};
    char at[POINTER_SIZE];

    if (base_json_type(item) != BASE_JSON_OBJECT)
        return package_fault(&reading->plain, pointer, "a key must be an object.");
    int rc = package_members_check(&reading->plain, item, pointer, names, OD_EINVAL);
    if (rc == OD_OK)
        rc = read_public(reading, item, pointer, key);
    snprintf(at, sizeof(at), "%.120s/prefixes", pointer);
    if (rc == OD_OK)
        rc = package_texts_take(&reading->plain, base_json_member(item, "prefixes"), at, PACKAGE_LIST_MAX, &prefixes, &key->prefixes);
    if (rc == OD_OK)
        rc = read_classes(reading, item, pointer, key);
    if (rc == OD_OK)
        rc = read_day(reading, item, pointer, "expires", &key->expires);
    if (rc == OD_OK)
        rc = read_day(reading, item, pointer, "revoked", &key->revoked);
    return rc == OD_OK ? read_minimums(reading, item, pointer, key) : rc;
}

static int read_keys(struct reading *reading)
{
    static const char *const names[] = {"keys", NULL};
    struct package_trust *trust = reading->trust;
    const struct base_json *keys = base_json_member(trust->root, "keys");
    char at[32];

    if (base_json_type(trust->root) != BASE_JSON_OBJECT)
        return package_fault(&reading->plain, "", "a trust file is a JSON object.");
    int rc = package_members_check(&reading->plain, trust->root, "", names, OD_EINVAL);
    if (rc != OD_OK)
        return rc;
    if (base_json_type(keys) != BASE_JSON_ARRAY || base_json_count(keys) > PACKAGE_TRUST_KEYS_MAX)
        return package_fault(&reading->plain, "/keys", "keys must be an array of at most %d keys.", PACKAGE_TRUST_KEYS_MAX);
    trust->keys = package_take(&reading->plain, base_json_count(keys), sizeof(*trust->keys));
    if (trust->keys == NULL)
        return package_fault_memory(&reading->plain);
    for (const struct base_json *item = base_json_first(keys); rc == OD_OK && item != NULL; item = base_json_next(item)) {
        struct package_trust_key key = {0};

        snprintf(at, sizeof(at), "/keys/%zu", trust->key_count);
        rc = read_key(reading, item, at, &key);
        if (rc == OD_OK)
            trust->keys[trust->key_count++] = key;
    }
    return rc;
}

int package_trust_read(const char *text, size_t size, const char *file, struct package_trust *trust, char message[PACKAGE_TEXT_SIZE])
{
    struct package_trust read = {0};
    struct reading reading = {.trust = &read};
    struct base_json_error error;

    reading.plain = (struct package_reading){.manifest = &reading.keeper, .label = file, .text = text, .size = size, .message = message};
    message[0] = '\0';
    if (size > PACKAGE_TRUST_MAX) {
        snprintf(message, PACKAGE_TEXT_SIZE, "%.200s is larger than %d bytes.", file, PACKAGE_TRUST_MAX);
        return OD_ELIMIT;
    }
    int rc = base_json_parse(text, size, &read.root, &error);
    if (rc == OD_ENOMEM)
        return package_fault_memory(&reading.plain);
    if (rc != OD_OK) {
        snprintf(message, PACKAGE_TEXT_SIZE, "%.120s:%u:%u: %.300s", file, error.line, error.column, error.text);
        return OD_EINVAL;
    }
    rc = read_keys(&reading);
    read.arena = reading.keeper.arena;
    if (rc == OD_OK)
        *trust = read;
    else
        package_trust_fini(&read);
    return rc;
}

void package_trust_fini(struct package_trust *trust)
{
    base_json_destroy(trust->root);
    base_arena_fini(&trust->arena);
    *trust = (struct package_trust){0};
}

const struct package_trust_key *package_trust_find(const struct package_trust *trust, const uint8_t id[8])
{
    for (size_t i = 0; i < trust->key_count; i++)
        if (memcmp(trust->keys[i].key.id, id, sizeof(trust->keys[i].key.id)) == 0)
            return &trust->keys[i];
    return NULL;
}

static bool may_name(const struct package_texts *prefixes, const char *id)
{
    for (size_t i = 0; i < prefixes->count; i++) {
        const char *prefix = prefixes->items[i];
        size_t size = strlen(prefix);

        if (strcmp(prefix, "*") == 0)
            return true;
        if (strncmp(prefix, id, size) == 0 && (id[size] == '\0' || id[size] == '.'))
            return true;
    }
    return false;
}

static int check_days(const struct package_trust_key *key, int32_t today, struct package_refusal *refusal)
{
    char day[BASE_DATE_SIZE];

    if (key->revoked != PACKAGE_DAY_NONE && today >= key->revoked) {
        base_day_format(key->revoked, day);
        return package_refuse(refusal, OD_EDENIED, "revoked", "The key \"%s\" was revoked on %s; get the module signed by a key that is still trusted.", key->name, day);
    }
    if (key->expires != PACKAGE_DAY_NONE && today > key->expires) {
        base_day_format(key->expires, day);
        return package_refuse(refusal, OD_EDENIED, "expired", "The key \"%s\" was trusted up to %s; renew it in the trust file, or get the module signed by another.",
                      key->name, day);
    }
    return OD_OK;
}

static void put_classes(unsigned classes, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < CLASS_COUNT && used < size; i++)
        if ((classes & 1u << i) != 0)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", class_names[i]);
}

int package_trust_check(const struct package_trust_key *key, const struct package_manifest *manifest, int32_t today,
                        struct package_refusal *refusal)
{
    unsigned missing = package_classes_of(&manifest->capabilities) & ~key->classes;
    char names[128];
    int rc = check_days(key, today, refusal);

    if (rc != OD_OK)
        return rc;
    if (!may_name(&key->prefixes, manifest->id))
        return package_refuse(refusal, OD_EDENIED, "prefix", "The key \"%s\" may not sign a module named %s; add the prefix to it in the trust file, if it should.",
                      key->name, manifest->id);
    if (missing != 0) {
        put_classes(missing, names, sizeof(names));
        return package_refuse(refusal, OD_EDENIED, "capability", "The key \"%s\" may not grant %s, which %s asks for; add it to the key in the trust file, if it should.",
                      key->name, names, manifest->name);
    }
    for (size_t i = 0; i < key->minimum_count; i++)
        if (strcmp(key->minimums[i].id, manifest->id) == 0 && manifest->sequence < key->minimums[i].sequence)
            return package_refuse(refusal, OD_EDENIED, "sequence_minimum", "%s has the sequence %lld, and the trust file asks for %lld at least; take a newer version.",
                          manifest->name, (long long)manifest->sequence, (long long)key->minimums[i].sequence);
    return OD_OK;
}
