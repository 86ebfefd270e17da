/* SPDX-License-Identifier: Apache-2.0 */
/* What a module may do and how much it may use: "capabilities" and "resources". */
#include "package/reading.h"

#include <stdio.h>
#include <string.h>


static bool is_applicant_member(const char *text)
{
    static const char *const names[] = {"*", "kind", "name", "id_type", "id_number", "phone", "email", "agent", "representative"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], text) == 0)
            return true;
    return false;
}

static bool is_host_character(const char *at)
{
    return (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || strchr(".-_:", *at) != NULL;
}

/* A lower-case name or address; ':' only of an IPv6 address, which is told apart by two of them. */
static bool is_host(const char *text)
{
    size_t size = strlen(text), colons = 0;

    if (size == 0 || size > PACKAGE_HOST_MAX || text[0] == '.' || text[0] == '-' || text[size - 1] == '.')
        return false;
    for (const char *at = text; *at != '\0'; at++) {
        if (!is_host_character(at) || (at[0] == '.' && at[1] == '.'))
            return false;
        colons += *at == ':';
    }
    return colons != 1;
}

static bool is_host_pattern(const char *text)
{
    if (strncmp(text, "*.", 2) == 0)
        return is_host(text + 2) && strchr(text, ':') == NULL && strchr(text + 2, '.') != NULL;
    return is_host(text);
}

static bool is_method(const char *text)
{
    static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], text) == 0)
            return true;
    return false;
}

/* '*' only as the last byte; no query, no fragment, no "." segments that a server may fold. */
static bool is_path(const char *text)
{
    size_t size = strlen(text);
    const char *star = strchr(text, '*');

    if (size == 0 || size > PACKAGE_PATH_MAX || text[0] != '/' || strpbrk(text, "?#\\ ") != NULL)
        return false;
    if (strstr(text, "/../") != NULL || strstr(text, "/./") != NULL)
        return false;
    return star == NULL || star[1] == '\0';
}

static int read_list(const struct package_reading *reading, const struct base_json *object, const char *pointer,
                     const char *name, const struct package_text_rule *rule, struct package_texts *texts)
{
    const struct base_json *array = base_json_member(object, name);
    char at[POINTER_SIZE];

    if (array == NULL)
        return OD_OK;
    snprintf(at, sizeof(at), "%.120s/%.64s", pointer, name);
    return package_texts_take(reading, array, at, PACKAGE_LIST_MAX, rule, texts);
}

static int read_seen(const struct package_reading *reading, const struct base_json *object)
{
    static const struct package_text_rule fields = {
        .what = "fields", .allowed = "a text of 1 to 64 bytes", .is_valid = package_text_is_short};
    static const struct package_text_rule applicant = {
        .what = "applicant", .allowed = "\"*\", \"kind\", \"name\", \"id_type\", \"id_number\", \"phone\", \"email\", \"agent\" or \"representative\"",
        .is_valid = is_applicant_member};
    struct package_capabilities *capabilities = &reading->manifest->capabilities;
    int rc = read_list(reading, object, "/capabilities", "fields", &fields, &capabilities->fields);

    return rc == OD_OK ? read_list(reading, object, "/capabilities", "applicant", &applicant, &capabilities->applicant) : rc;
}

/* A target is named by hosts or by from_config, never by both: one line, one meaning. */
static int read_http_target(const struct package_reading *reading, const struct base_json *item, const char *pointer,
                            struct package_http *rule)
{
    static const struct package_text_rule hosts = {
        .what = "hosts", .allowed = "a host in lower case, or \"*.name.tld\"", .is_valid = is_host_pattern};
    const struct base_json *from = base_json_member(item, "from_config");
    int rc = read_list(reading, item, pointer, "hosts", &hosts, &rule->hosts);

    if (rc != OD_OK)
        return rc;
    if ((rule->hosts.count > 0) == (from != NULL))
        return package_fault(reading, pointer, "name the target of an http rule by \"hosts\", or by \"from_config\".");
    rule->from_config = base_json_text(from);
    if (from != NULL && (rule->from_config == NULL || rule->from_config[0] != '/' || strlen(rule->from_config) > PACKAGE_PATH_MAX))
        return package_fault(reading, pointer, "from_config must be a JSON pointer into the configuration, e.g. \"/base_url\".");
    return OD_OK;
}

static int read_http_rule(const struct package_reading *reading, const struct base_json *item, const char *pointer,
                          struct package_http *rule)
{
    static const char *const names[] = {"hosts", "from_config", "methods", "paths", "private", "plain", NULL};
    static const char *any_path[] = {"/*"};
    static const struct package_text_rule methods = {
        .what = "methods", .allowed = "GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS", .is_valid = is_method};
    static const struct package_text_rule paths = {
        .what = "paths", .allowed = "a path that begins with '/', with '*' at most as its last byte", .is_valid = is_path};

    if (base_json_type(item) != BASE_JSON_OBJECT)
        return package_fault(reading, pointer, "an http rule must be an object.");
    int rc = package_members_check(reading, item, pointer, names, OD_EUNSUPPORTED);
    if (rc == OD_OK)
        rc = read_http_target(reading, item, pointer, rule);
    if (rc == OD_OK)
        rc = read_list(reading, item, pointer, "methods", &methods, &rule->methods);
    if (rc == OD_OK)
        rc = read_list(reading, item, pointer, "paths", &paths, &rule->paths);
    if (rc == OD_OK)
        rc = package_bool_take(reading, item, pointer, "private", &rule->may_be_private);
    if (rc == OD_OK)
        rc = package_bool_take(reading, item, pointer, "plain", &rule->may_be_plain);
    if (rc == OD_OK && rule->methods.count == 0)
        rc = package_fault(reading, pointer, "an http rule must name its methods, e.g. [\"GET\"].");
    if (rc == OD_OK && rule->paths.count == 0)
        rule->paths = (struct package_texts){.items = any_path, .count = 1};
    return rc;
}

static int read_http(const struct package_reading *reading, const struct base_json *object)
{
    struct package_capabilities *capabilities = &reading->manifest->capabilities;
    const struct base_json *array = base_json_member(object, "http");
    char at[POINTER_SIZE];
    int rc = OD_OK;

    if (array == NULL)
        return OD_OK;
    if (base_json_type(array) != BASE_JSON_ARRAY || base_json_count(array) > PACKAGE_RULES_MAX)
        return package_fault(reading, "/capabilities/http", "http must be an array of at most %d rules.", PACKAGE_RULES_MAX);
    capabilities->http = package_take(reading, base_json_count(array), sizeof(*capabilities->http));
    if (capabilities->http == NULL)
        return package_fault_memory(reading);
    for (const struct base_json *item = base_json_first(array); rc == OD_OK && item != NULL; item = base_json_next(item)) {
        snprintf(at, sizeof(at), "/capabilities/http/%zu", capabilities->http_count);
        rc = read_http_rule(reading, item, at, &capabilities->http[capabilities->http_count++]);
    }
    return rc;
}

static int read_secret(const struct package_reading *reading, const struct base_json *item, const char *pointer,
                       struct package_secret *secret)
{
    static const char *const names[] = {"name", "reveal", NULL};
    bool is_object = base_json_type(item) == BASE_JSON_OBJECT;
    int rc = is_object ? package_members_check(reading, item, pointer, names, OD_EUNSUPPORTED) : OD_OK;

    if (rc != OD_OK)
        return rc;
    secret->name = is_object ? base_json_member_text(item, "name") : base_json_text(item);
    if (secret->name == NULL || !package_name_is_valid(secret->name, BASE_ID_MAX))
        return package_fault(reading, pointer, "a secret's name must be 1 to %d of a-z, 0-9, '.', '_', '-', the first a letter or digit.",
                             BASE_ID_MAX);
    return is_object ? package_bool_take(reading, item, pointer, "reveal", &secret->may_reveal) : OD_OK;
}

static int read_secrets(const struct package_reading *reading, const struct base_json *object)
{
    struct package_capabilities *capabilities = &reading->manifest->capabilities;
    const struct base_json *array = base_json_member(object, "secrets");
    char at[POINTER_SIZE];

    if (array == NULL)
        return OD_OK;
    if (base_json_type(array) != BASE_JSON_ARRAY || base_json_count(array) > PACKAGE_RULES_MAX)
        return package_fault(reading, "/capabilities/secrets", "secrets must be an array of at most %d names.", PACKAGE_RULES_MAX);
    capabilities->secrets = package_take(reading, base_json_count(array), sizeof(*capabilities->secrets));
    if (capabilities->secrets == NULL)
        return package_fault_memory(reading);
    for (const struct base_json *item = base_json_first(array); item != NULL; item = base_json_next(item)) {
        struct package_secret secret = {0};

        snprintf(at, sizeof(at), "/capabilities/secrets/%zu", capabilities->secret_count);
        int rc = read_secret(reading, item, at, &secret);
        if (rc != OD_OK)
            return rc;
        if (package_secret_find(reading->manifest, secret.name) != NULL)
            return package_fault(reading, at, "the secret %s is named twice.", secret.name);
        capabilities->secrets[capabilities->secret_count++] = secret;
    }
    return OD_OK;
}

/* "host:port", "[IPv6]:port". */
static bool split_target(const char *text, struct package_target *target)
{
    const char *colon = strrchr(text, ':');
    size_t size = colon != NULL ? (size_t)(colon - text) : 0;
    bool is_bracketed = size > 2 && text[0] == '[' && text[size - 1] == ']';
    uint64_t port = 0;

    if (size == 0 || size > PACKAGE_HOST_MAX || strlen(colon + 1) > 5 || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return false;
    for (const char *digit = colon + 1; *digit != '\0'; digit++)
        port = port * 10 + (uint64_t)(*digit - '0');
    snprintf(target->host, sizeof(target->host), "%.*s", (int)(is_bracketed ? size - 2 : size), text + is_bracketed);
    target->port = (uint16_t)port;
    bool has_colon = strchr(target->host, ':') != NULL;
    return port > 0 && port <= UINT16_MAX && is_host(target->host) && has_colon == is_bracketed;
}

/* Of a socket: one part of a path, and none that is hidden by accident ("." is libpq's and allowed). */
static bool is_socket_name(const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;

    return size > 0 && size <= BASE_ID_MAX && strcmp(text, ".") != 0 && strcmp(text, "..") != 0 &&
           text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")] == '\0';
}

/* {"target" or "from_config", "socket"} */
static int read_net_object(const struct package_reading *reading, const struct base_json *item, const char *pointer,
                           struct package_target *target)
{
    static const char *const names[] = {"target", "from_config", "socket", NULL};
    const struct base_json *from = base_json_member(item, "from_config"), *socket = base_json_member(item, "socket");
    int rc = package_members_check(reading, item, pointer, names, OD_EUNSUPPORTED);

    if (rc != OD_OK)
        return rc;
    target->text = base_json_member_text(item, "target");
    target->from_config = base_json_text(from);
    target->socket = base_json_text(socket);
    if ((target->text != NULL) == (target->from_config != NULL))
        return package_fault(reading, pointer, "name the target of a net rule by \"target\", or by \"from_config\".");
    if (target->from_config != NULL && (target->from_config[0] != '/' || strlen(target->from_config) > PACKAGE_PATH_MAX))
        return package_fault(reading, pointer, "from_config must be a JSON pointer into the configuration, e.g. \"/server\".");
    if (socket != NULL ? !is_socket_name(target->socket) : target->from_config != NULL)
        return package_fault(reading, pointer, "socket must name a socket, with 1 to %d of a-z, A-Z, 0-9, '.', '_', '-'.", BASE_ID_MAX);
    return OD_OK;
}

static int read_net_target(const struct package_reading *reading, const struct base_json *item, const char *pointer,
                           struct package_target *target)
{
    int rc = OD_OK;

    target->text = base_json_text(item);
    if (base_json_type(item) == BASE_JSON_OBJECT)
        rc = read_net_object(reading, item, pointer, target);
    if (rc == OD_OK && target->from_config == NULL && (target->text == NULL || !split_target(target->text, target)))
        rc = package_fault(reading, pointer, "a net target must be \"host:port\" or \"[IPv6 address]:port\".");
    return rc;
}

static int read_net(const struct package_reading *reading, const struct base_json *object)
{
    struct package_capabilities *capabilities = &reading->manifest->capabilities;
    const struct base_json *array = base_json_member(object, "net");
    char at[POINTER_SIZE];

    if (array == NULL)
        return OD_OK;
    if (base_json_type(array) != BASE_JSON_ARRAY || base_json_count(array) > PACKAGE_RULES_MAX)
        return package_fault(reading, "/capabilities/net", "net must be an array of at most %d targets.", PACKAGE_RULES_MAX);
    capabilities->net = package_take(reading, base_json_count(array), sizeof(*capabilities->net));
    if (capabilities->net == NULL)
        return package_fault_memory(reading);
    int rc = OD_OK;
    for (const struct base_json *item = base_json_first(array); rc == OD_OK && item != NULL; item = base_json_next(item)) {
        snprintf(at, sizeof(at), "/capabilities/net/%zu", capabilities->net_count);
        rc = read_net_target(reading, item, at, &capabilities->net[capabilities->net_count++]);
    }
    return rc;
}

static int read_kv(const struct package_reading *reading, const struct base_json *object)
{
    static const char *const names[] = {"quota", NULL};
    const struct base_json *kv = base_json_member(object, "kv");
    const struct base_json *member = base_json_member(kv, "quota");
    int64_t quota = PACKAGE_KV_QUOTA_DEFAULT;

    if (kv == NULL)
        return OD_OK;
    if (base_json_type(kv) != BASE_JSON_OBJECT)
        return package_fault(reading, "/capabilities/kv", "kv must be {\"quota\": bytes}.");
    int rc = package_members_check(reading, kv, "/capabilities/kv", names, OD_EUNSUPPORTED);
    if (rc != OD_OK)
        return rc;
    if (member != NULL && base_json_i64(member, 1, PACKAGE_KV_QUOTA_MAX, &quota) != OD_OK)
        return package_fault(reading, "/capabilities/kv/quota", "quota must be a number of bytes from 1 to %d.", PACKAGE_KV_QUOTA_MAX);
    reading->manifest->capabilities.kv_quota = (uint32_t)quota;
    return OD_OK;
}

static int read_folder(const struct package_reading *reading, const struct base_json *object)
{
    static const char *const names[] = {"file_mib", NULL};
    const struct base_json *folder = base_json_member(object, "folder");
    const struct base_json *member = base_json_member(folder, "file_mib");
    int64_t file_mib = PACKAGE_FOLDER_MIB_DEFAULT;

    if (folder == NULL)
        return OD_OK;
    if (base_json_type(folder) != BASE_JSON_OBJECT)
        return package_fault(reading, "/capabilities/folder", "folder must be {\"file_mib\": the largest file, in MiB}.");
    int rc = package_members_check(reading, folder, "/capabilities/folder", names, OD_EUNSUPPORTED);
    if (rc != OD_OK)
        return rc;
    if (member != NULL && base_json_i64(member, 1, PACKAGE_FOLDER_MIB_MAX, &file_mib) != OD_OK)
        return package_fault(reading, "/capabilities/folder/file_mib", "file_mib must be a number of MiB from 1 to %d.", PACKAGE_FOLDER_MIB_MAX);
    reading->manifest->capabilities.folder_mib = (uint32_t)file_mib;
    return OD_OK;
}

static int read_flags(const struct package_reading *reading, const struct base_json *object)
{
    struct package_capabilities *capabilities = &reading->manifest->capabilities;
    int rc = package_bool_take(reading, object, "/capabilities", "materials", &capabilities->has_materials);

    return rc == OD_OK ? package_bool_take(reading, object, "/capabilities", "events", &capabilities->has_events) : rc;
}

int package_capabilities_read(const struct package_reading *reading)
{
    static const char *const names[] = {"fields", "applicant", "http", "secrets", "kv", "materials", "events", "net", "folder", NULL};
    static int (*const readers[])(const struct package_reading *, const struct base_json *) = {
        read_seen, read_http, read_secrets, read_kv, read_flags, read_net, read_folder};
    const struct base_json *object = base_json_member(reading->manifest->root, "capabilities");

    if (object == NULL)
        return OD_OK;
    if (base_json_type(object) != BASE_JSON_OBJECT)
        return package_fault(reading, "/capabilities", "capabilities must be an object.");
    int rc = package_members_check(reading, object, "/capabilities", names, OD_EUNSUPPORTED);
    for (size_t i = 0; rc == OD_OK && i < sizeof(readers) / sizeof(readers[0]); i++)
        rc = readers[i](reading, object);
    return rc;
}

int package_resources_read(const struct package_reading *reading)
{
    static const char *const names[] = {"memory_mib", "threads", "descriptors", "concurrency", "rate_per_s", NULL};
    struct package_resources *resources = &reading->manifest->resources;
    const struct {
        uint32_t *value;
        int64_t min, max, usual;
    } rows[] = {
        {&resources->memory_mib, 16, 65536, 256},
        {&resources->threads, 4, 1024, 16},
        {&resources->descriptors, 32, 4096, 128},
        {&resources->concurrency, 1, BASE_CREDITS_MAX, reading->manifest->credits},
        {&resources->rate_per_s, 0, 1000000, 0},
    };
    const struct base_json *object = base_json_member(reading->manifest->root, "resources");
    char at[POINTER_SIZE];

    if (object != NULL && base_json_type(object) != BASE_JSON_OBJECT)
        return package_fault(reading, "/resources", "resources must be an object.");
    int rc = package_members_check(reading, object, "/resources", names, OD_EUNSUPPORTED);
    if (rc != OD_OK)
        return rc;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct base_json *member = base_json_member(object, names[i]);
        int64_t value = rows[i].usual;

        snprintf(at, sizeof(at), "/resources/%s", names[i]);
        if (member != NULL && base_json_i64(member, rows[i].min, rows[i].max, &value) != OD_OK)
            return package_fault(reading, at, "%s must be a whole number from %d to %d.", names[i], (int)rows[i].min, (int)rows[i].max);
        *rows[i].value = (uint32_t)value;
    }
    if (resources->concurrency < reading->manifest->credits)
        reading->manifest->credits = resources->concurrency;
    return OD_OK;
}
