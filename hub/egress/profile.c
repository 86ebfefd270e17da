/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static int refuse(char why[EGRESS_WHY_SIZE], const char *what)
{
    snprintf(why, EGRESS_WHY_SIZE, "%s", what);
    return OD_EINVAL;
}

static int take_text(struct egress_profile *profile, const char *text, const char **out)
{
    *out = base_arena_text(&profile->arena, text, strlen(text));
    return *out != NULL ? OD_OK : OD_ENOMEM;
}

static int read_texts(struct egress_profile *profile, const struct base_json *list, struct egress_texts *texts,
                      char why[EGRESS_WHY_SIZE])
{
    size_t count = base_json_count(list);

    texts->items = base_arena_take(&profile->arena, (count + 1) * sizeof(*texts->items));
    if (texts->items == NULL)
        return OD_ENOMEM;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        const char *text = base_json_text(item);

        if (text == NULL)
            return refuse(why, "a list of texts holds another value");
        int rc = take_text(profile, text, &texts->items[texts->count++]);
        if (rc != OD_OK)
            return rc;
    }
    return OD_OK;
}

static int read_target(struct egress_profile *profile, const char *text, struct egress_rule *rule, char why[EGRESS_WHY_SIZE])
{
    if (text == NULL)
        return OD_OK;
    rule->target = base_arena_take(&profile->arena, sizeof(*rule->target));
    if (rule->target == NULL)
        return OD_ENOMEM;
    /* A slip in the configuration closes this rule, not the others: no request has an empty host. */
    profile->has_remark = egress_url_read(text, rule->target, why) != OD_OK || profile->has_remark;
    return OD_OK;
}

static int read_rule(struct egress_profile *profile, const struct base_json *json, struct egress_rule *rule, char why[EGRESS_WHY_SIZE])
{
    int rc = read_texts(profile, base_json_member(json, "hosts"), &rule->hosts, why);

    if (rc == OD_OK)
        rc = read_texts(profile, base_json_member(json, "methods"), &rule->methods, why);
    if (rc == OD_OK)
        rc = read_texts(profile, base_json_member(json, "paths"), &rule->paths, why);
    if (rc == OD_OK)
        rc = read_target(profile, base_json_member_text(json, "target"), rule, why);
    rule->may_be_private = base_json_is_true(base_json_member(json, "private"));
    rule->may_be_plain = base_json_is_true(base_json_member(json, "plain"));
    return rc;
}

static int read_rules(struct egress_profile *profile, const struct base_json *list, char why[EGRESS_WHY_SIZE])
{
    int rc = OD_OK;

    profile->rules = base_arena_take(&profile->arena, (base_json_count(list) + 1) * sizeof(*profile->rules));
    if (profile->rules == NULL)
        return OD_ENOMEM;
    for (const struct base_json *item = base_json_first(list); rc == OD_OK && item != NULL; item = base_json_next(item))
        rc = read_rule(profile, item, &profile->rules[profile->rule_count++], why);
    return rc;
}

static int read_secrets(struct egress_profile *profile, const struct base_json *list, char why[EGRESS_WHY_SIZE])
{
    profile->secrets = base_arena_take(&profile->arena, (base_json_count(list) + 1) * sizeof(*profile->secrets));
    if (profile->secrets == NULL)
        return OD_ENOMEM;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        const char *name = base_json_member_text(item, "name");
        struct egress_granted *secret = &profile->secrets[profile->secret_count++];

        if (name == NULL)
            return refuse(why, "a secret without a name");
        if (take_text(profile, name, &secret->name) != OD_OK)
            return OD_ENOMEM;
        secret->may_reveal = base_json_is_true(base_json_member(item, "reveal"));
    }
    return OD_OK;
}

/* "host:port", "[address]:port". */
static int read_net_target(struct egress_profile *profile, const char *text, struct egress_target *target, char why[EGRESS_WHY_SIZE])
{
    const char *colon = text != NULL ? strrchr(text, ':') : NULL;
    size_t size = colon != NULL ? (size_t)(colon - text) : 0;
    bool is_bracketed = size > 2 && text[0] == '[' && text[size - 1] == ']';
    long port = colon != NULL ? strtol(colon + 1, NULL, 10) : 0;

    if (size == 0 || size > EGRESS_HOST_MAX || port <= 0 || port > UINT16_MAX)
        return refuse(why, "a net target must be host:port");
    snprintf(target->host, sizeof(target->host), "%.*s", (int)(is_bracketed ? size - 2 : size), text + is_bracketed);
    target->port = (uint16_t)port;
    return take_text(profile, text, &target->text);
}

/* "host:port", or an object whose target may have been left out of the configuration. */
static int read_net_item(struct egress_profile *profile, const struct base_json *item, char why[EGRESS_WHY_SIZE])
{
    bool is_object = base_json_type(item) == BASE_JSON_OBJECT;
    const char *text = is_object ? base_json_member_text(item, "target") : base_json_text(item);
    const char *socket = is_object ? base_json_member_text(item, "socket") : NULL;
    struct egress_target *target = &profile->targets[profile->target_count];
    char slip[EGRESS_WHY_SIZE];

    if (is_object && (text == NULL || read_net_target(profile, text, target, slip) == OD_EINVAL))
        return OD_OK; /* a slip in the configuration closes this target, not the others */
    int rc = is_object ? OD_OK : read_net_target(profile, text, target, why);
    if (rc == OD_OK && target->text == NULL)
        rc = OD_ENOMEM;
    target->socket = target->text;
    if (rc == OD_OK && socket != NULL)
        rc = take_text(profile, socket, &target->socket);
    profile->target_count += rc == OD_OK;
    return rc;
}

static int read_net(struct egress_profile *profile, const struct base_json *json, char why[EGRESS_WHY_SIZE])
{
    const struct base_json *list = base_json_member(json, "net");
    const char *folder = base_json_member_text(json, "net_folder");
    int rc = folder != NULL ? take_text(profile, folder, &profile->net_folder) : OD_OK;

    profile->targets = base_arena_take(&profile->arena, (base_json_count(list) + 1) * sizeof(*profile->targets));
    if (profile->targets == NULL)
        return OD_ENOMEM;
    for (const struct base_json *item = base_json_first(list); rc == OD_OK && item != NULL; item = base_json_next(item))
        rc = read_net_item(profile, item, why);
    return rc;
}

/* Ids become folder and file names: nothing but [a-z0-9._-], the first a letter or digit. */
static bool is_id(const char *text)
{
    return text != NULL && text[0] != '\0' && strlen(text) <= BASE_ID_MAX && text[0] != '.' && text[0] != '-' && text[0] != '_' &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-")] == '\0';
}

static uint32_t read_number(const struct base_json *json, const char *name)
{
    int64_t value = 0;

    if (base_json_i64(base_json_member(json, name), 0, UINT32_MAX, &value) != OD_OK)
        return 0;
    return (uint32_t)value;
}

int egress_profile_read(const struct base_json *json, struct egress_profile *profile, char why[EGRESS_WHY_SIZE])
{
    const char *connector = base_json_member_text(json, "connector");
    int rc = OD_OK;

    *profile = (struct egress_profile){0};
    snprintf(why, EGRESS_WHY_SIZE, "no memory left");
    if (!is_id(connector))
        return refuse(why, "connector is no id");
    snprintf(profile->connector, sizeof(profile->connector), "%s", connector);
    profile->has_events = base_json_is_true(base_json_member(json, "events"));
    profile->rate_per_s = read_number(json, "rate_per_s");
    profile->concurrency = read_number(json, "concurrency");
    rc = read_rules(profile, base_json_member(json, "http"), why);
    if (rc == OD_OK)
        rc = read_secrets(profile, base_json_member(json, "secrets"), why);
    for (size_t i = 0; rc == OD_OK && i < profile->secret_count; i++)
        if (!is_id(profile->secrets[i].name))
            rc = refuse(why, "a secret's name is no id");
    if (rc == OD_OK)
        rc = read_net(profile, json, why);
    if (rc != OD_OK)
        egress_profile_fini(profile);
    else if (!profile->has_remark)
        why[0] = '\0';
    return rc;
}

void egress_profile_fini(struct egress_profile *profile)
{
    base_arena_fini(&profile->arena);
    *profile = (struct egress_profile){0};
}

/* How far a rule lets a request pass: the furthest one says what is missing. */
enum step { STEP_NONE = 0, STEP_HOST, STEP_SCHEME, STEP_METHOD, STEP_PATH };

static bool is_host_named(const char *pattern, const char *host)
{
    size_t size = strlen(host), rest = strlen(pattern) - 1; /* with its dot */

    if (strncmp(pattern, "*.", 2) != 0)
        return strcmp(pattern, host) == 0;
    return size > rest && strcmp(host + size - rest, pattern + 1) == 0;
}

static bool is_target(const struct egress_rule *rule, const struct egress_url *url)
{
    if (rule->target != NULL)
        return egress_url_is_same_origin(rule->target, url);
    if (url->port != (url->is_tls ? 443 : 80))
        return false;
    for (size_t i = 0; i < rule->hosts.count; i++)
        if (is_host_named(rule->hosts.items[i], url->host))
            return true;
    return false;
}

static bool has_method(const struct egress_rule *rule, const char *method)
{
    for (size_t i = 0; i < rule->methods.count; i++)
        if (strcmp(rule->methods.items[i], method) == 0)
            return true;
    return false;
}

static bool has_path(const struct egress_rule *rule, const char *path)
{
    for (size_t i = 0; i < rule->paths.count; i++) {
        const char *pattern = rule->paths.items[i];
        size_t size = strlen(pattern);

        if (size > 0 && pattern[size - 1] == '*' ? strncmp(pattern, path, size - 1) == 0 : strcmp(pattern, path) == 0)
            return true;
    }
    return false;
}

static enum step step_of(const struct egress_rule *rule, const char *method, const struct egress_url *url)
{
    if (!is_target(rule, url))
        return STEP_NONE;
    if (!url->is_tls && !rule->may_be_plain)
        return STEP_HOST;
    if (!has_method(rule, method))
        return STEP_SCHEME;
    return has_path(rule, url->path) ? STEP_PATH : STEP_METHOD;
}

int egress_profile_check(const struct egress_profile *profile, const char *method, const struct egress_url *url, bool *may_be_private,
                         char why[EGRESS_WHY_SIZE])
{
    static const char *const missing[] = {
        [STEP_NONE] = "the host and port", [STEP_HOST] = "http:// without TLS (\"plain\")", [STEP_SCHEME] = "the method",
        [STEP_METHOD] = "the path"};
    enum step furthest = STEP_NONE;
    bool is_private = false;

    for (size_t i = 0; i < profile->rule_count; i++) {
        enum step step = step_of(&profile->rules[i], method, url);

        furthest = step > furthest ? step : furthest;
        is_private = is_private || (step == STEP_PATH && profile->rules[i].may_be_private);
    }
    if (furthest == STEP_PATH) {
        *may_be_private = is_private;
        return OD_OK;
    }
    snprintf(why, EGRESS_WHY_SIZE, "no rule of capabilities.http grants %s of %s %s://%.80s:%u%.80s", missing[furthest], method,
             url->is_tls ? "https" : "http", url->host, url->port, url->path);
    return OD_EDENIED;
}

const struct egress_granted *egress_profile_secret(const struct egress_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->secret_count; i++)
        if (strcmp(profile->secrets[i].name, name) == 0)
            return &profile->secrets[i];
    return NULL;
}
