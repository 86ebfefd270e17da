/* SPDX-License-Identifier: Apache-2.0 */
/* What changes from one manifest to another, before anybody replaces one by the other. */
#include "engine/life.h"

#include <stdio.h>
#include <string.h>

#define POINTER_MAX 256
#define ROWS_MAX 64 /* of a schema's difference that are told */

/* -- Capabilities -- */

typedef void (*told_cb)(void *owner, const char *text);

/* Texts that a has and b does not allow. */
static void tell_texts(const char *what, const struct package_texts *a, const struct package_texts *b, told_cb on_told, void *owner)
{
    char text[512];

    for (size_t i = 0; i < a->count; i++)
        if (b == NULL || !package_texts_allow(b, a->items[i])) {
            snprintf(text, sizeof(text), "%s: %.400s", what, a->items[i]);
            on_told(owner, text);
        }
}

static void put_texts(struct base_buffer *line, const struct package_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        base_buffer_put_format(line, "%s%s", i > 0 ? "," : "", texts->items[i]);
}

static void put_rule(struct base_buffer *line, const struct package_http *rule)
{
    base_buffer_put_text(line, "http: ");
    put_texts(line, &rule->methods);
    base_buffer_put_text(line, " ");
    if (rule->from_config != NULL)
        base_buffer_put_format(line, "(address of %s in the configuration)", rule->from_config);
    else
        put_texts(line, &rule->hosts);
    base_buffer_put_text(line, " ");
    put_texts(line, &rule->paths);
    base_buffer_put_text(line, rule->may_be_private ? " private" : "");
    base_buffer_put_text(line, rule->may_be_plain ? " plain" : "");
}

typedef bool (*within_cb)(const char *text, const char *limit);

static bool is_same(const char *text, const char *limit)
{
    return strcmp(text, limit) == 0;
}

/* "*.name" stands for every name below. */
static bool is_host_within(const char *host, const char *limit)
{
    size_t size = strlen(host), end = strlen(limit);

    if (limit[0] != '*')
        return is_same(host, limit);
    return size > end - 1 && strcmp(host + size - (end - 1), limit + 1) == 0;
}

/* A '*' at the end stands for whatever follows. */
static bool is_path_within(const char *path, const char *limit)
{
    size_t end = strlen(limit);

    return end > 0 && limit[end - 1] == '*' ? strncmp(path, limit, end - 1) == 0 : is_same(path, limit);
}

static bool is_all_within(const struct package_texts *texts, const struct package_texts *limits, within_cb is_within)
{
    for (size_t i = 0; i < texts->count; i++) {
        bool is_there = false;

        for (size_t j = 0; j < limits->count; j++)
            is_there = is_there || is_within(texts->items[i], limits->items[j]);
        if (!is_there)
            return false;
    }
    return true;
}

/* Whatever rule lets through, of lets through, too; where that is not plain to see, it does not. */
static bool is_rule_within(const struct package_http *rule, const struct package_http *of)
{
    bool is_same_target = rule->from_config != NULL ? of->from_config != NULL && strcmp(rule->from_config, of->from_config) == 0
                                                    : of->from_config == NULL && is_all_within(&rule->hosts, &of->hosts, is_host_within);

    return is_same_target && is_all_within(&rule->methods, &of->methods, is_same) &&
           is_all_within(&rule->paths, &of->paths, is_path_within) && rule->may_be_private <= of->may_be_private &&
           rule->may_be_plain <= of->may_be_plain;
}

static void tell_rules(const struct package_capabilities *a, const struct package_capabilities *b, told_cb on_told, void *owner)
{
    for (size_t i = 0; i < a->http_count; i++) {
        struct base_buffer line = {0};
        bool is_there = false;

        for (size_t j = 0; b != NULL && j < b->http_count; j++)
            is_there = is_there || is_rule_within(&a->http[i], &b->http[j]);
        if (is_there)
            continue;
        put_rule(&line, &a->http[i]);
        on_told(owner, line.is_broken ? "http" : base_buffer_text(&line));
        base_buffer_fini(&line);
    }
}

static void tell_secrets(const struct package_capabilities *a, const struct package_manifest *b, told_cb on_told, void *owner)
{
    char text[BASE_ID_MAX + 64];

    for (size_t i = 0; i < a->secret_count; i++) {
        const struct package_secret *known = b != NULL ? package_secret_find(b, a->secrets[i].name) : NULL;

        if (known != NULL && known->may_reveal >= a->secrets[i].may_reveal)
            continue;
        snprintf(text, sizeof(text), "secret: %.64s%s", a->secrets[i].name, a->secrets[i].may_reveal ? " (its value)" : "");
        on_told(owner, text);
    }
}

static bool is_target(const struct package_target *a, const struct package_target *b)
{
    if (a->from_config != NULL || b->from_config != NULL)
        return a->from_config != NULL && b->from_config != NULL && strcmp(a->from_config, b->from_config) == 0;
    return strcmp(a->text, b->text) == 0;
}

static void tell_targets(const struct package_capabilities *a, const struct package_capabilities *b, told_cb on_told, void *owner)
{
    char text[PACKAGE_PATH_MAX + 64];

    for (size_t i = 0; i < a->net_count; i++) {
        const struct package_target *target = &a->net[i];
        bool is_there = false;

        for (size_t j = 0; b != NULL && j < b->net_count; j++)
            is_there = is_there || is_target(target, &b->net[j]);
        if (is_there)
            continue;
        if (target->from_config != NULL)
            snprintf(text, sizeof(text), "net: (address of %.1024s in the configuration)", target->from_config);
        else
            snprintf(text, sizeof(text), "net: %.300s", target->text);
        on_told(owner, text);
    }
}

/* What a's manifest is granted and b's is not. b NULL = everything of a. */
static void tell_missing(const struct package_manifest *a, const struct package_manifest *b, told_cb on_told, void *owner)
{
    const struct package_capabilities *has = &a->capabilities, *lacks = b != NULL ? &b->capabilities : NULL;
    char text[64];

    tell_texts("fields", &has->fields, lacks != NULL ? &lacks->fields : NULL, on_told, owner);
    tell_texts("applicant", &has->applicant, lacks != NULL ? &lacks->applicant : NULL, on_told, owner);
    tell_rules(has, lacks, on_told, owner);
    tell_secrets(has, b, on_told, owner);
    tell_targets(has, lacks, on_told, owner);
    if (has->kv_quota > (lacks != NULL ? lacks->kv_quota : 0)) {
        snprintf(text, sizeof(text), "kv: %u bytes", (unsigned)has->kv_quota);
        on_told(owner, text);
    }
    if (has->folder_mib > (lacks != NULL ? lacks->folder_mib : 0)) {
        snprintf(text, sizeof(text), "folder: files of up to %u MiB", (unsigned)has->folder_mib);
        on_told(owner, text);
    }
    if (has->has_materials && (lacks == NULL || !lacks->has_materials))
        on_told(owner, "materials");
    if (has->has_events && (lacks == NULL || !lacks->has_events))
        on_told(owner, "events");
}

struct gathering {
    struct base_arena *arena;
    const char **items;
    size_t count, count_max;
};

static void on_added(void *owner, const char *text)
{
    struct gathering *gathering = owner;
    const char *copy = gathering->count < gathering->count_max ? base_arena_text(gathering->arena, text, strlen(text)) : NULL;

    if (gathering->count < gathering->count_max)
        gathering->items[gathering->count++] = copy != NULL ? copy : "a capability"; /* no memory to name it: it counts all the same */
}

size_t engine_capabilities_added(const struct package_manifest *from, const struct package_manifest *to, struct base_arena *arena,
                                 const char **items, size_t count_max)
{
    struct gathering gathering = {.arena = arena, .items = items, .count_max = count_max};

    tell_missing(to, from, on_added, &gathering);
    return gathering.count;
}

static void on_put(void *owner, const char *text)
{
    base_json_put_text(owner, NULL, text);
}

static void put_missing(struct base_buffer *buffer, const char *key, const struct package_manifest *a, const struct package_manifest *b)
{
    base_json_open(buffer, key, '[');
    if (a != NULL)
        tell_missing(a, b, on_put, buffer);
    base_json_close(buffer, ']');
}

/* -- The configuration's schema -- */

struct walk {
    struct base_buffer *out;
    size_t rows;
};

static bool is_equal(const struct base_json *a, const struct base_json *b)
{
    struct base_buffer one = {0}, two = {0};

    base_json_put(&one, NULL, a);
    base_json_put(&two, NULL, b);
    bool equal = !one.is_broken && !two.is_broken && strcmp(base_buffer_text(&one), base_buffer_text(&two)) == 0;
    base_buffer_fini(&one);
    base_buffer_fini(&two);
    return equal;
}

static void put_value(struct base_buffer *out, const char *key, const struct base_json *value)
{
    if (value != NULL)
        base_json_put(out, key, value);
    else
        base_json_put_null(out, key);
}

static void put_row(struct walk *walk, const char *pointer, const struct base_json *from, const struct base_json *to)
{
    if (walk->rows++ >= ROWS_MAX)
        return;
    base_json_open(walk->out, NULL, '{');
    base_json_put_text(walk->out, "pointer", pointer);
    put_value(walk->out, "from", from);
    put_value(walk->out, "to", to);
    base_json_close(walk->out, '}');
}

/* Recursion: no deeper than the gate lets a text nest. */
static void compare(struct walk *walk, const char *pointer, const struct base_json *from, const struct base_json *to)
{
    char below[POINTER_MAX];

    if (from != NULL && to != NULL && is_equal(from, to))
        return;
    if (base_json_type(from) != BASE_JSON_OBJECT || base_json_type(to) != BASE_JSON_OBJECT) {
        put_row(walk, pointer, from, to);
        return;
    }
    for (const struct base_json *item = base_json_first(from); item != NULL; item = base_json_next(item)) {
        snprintf(below, sizeof(below), "%.180s/%.70s", pointer, base_json_key(item));
        compare(walk, below, item, base_json_member(to, base_json_key(item)));
    }
    for (const struct base_json *item = base_json_first(to); item != NULL; item = base_json_next(item)) {
        if (base_json_member(from, base_json_key(item)) != NULL)
            continue;
        snprintf(below, sizeof(below), "%.180s/%.70s", pointer, base_json_key(item));
        put_row(walk, below, NULL, item);
    }
}

/* -- The whole -- */

static void put_abi(struct base_buffer *buffer, const char *key, const struct package_manifest *manifest)
{
    char text[32];

    if (manifest == NULL) {
        base_json_put_null(buffer, key);
        return;
    }
    snprintf(text, sizeof(text), "%u.%u", manifest->abi_major, manifest->abi_minor);
    base_json_put_text(buffer, key, text);
}

static void put_state(struct base_buffer *buffer, const char *key, const struct package_manifest *manifest)
{
    if (manifest == NULL) {
        base_json_put_null(buffer, key);
        return;
    }
    base_json_open(buffer, key, '{');
    base_json_open(buffer, "reads", '[');
    for (size_t i = 0; i < manifest->state_read_count; i++)
        base_json_put_i64(buffer, NULL, manifest->state_reads[i]);
    base_json_close(buffer, ']');
    base_json_put_i64(buffer, "writes", manifest->state_writes);
    base_json_close(buffer, '}');
}

static void put_pair(struct base_buffer *buffer, const char *key, const struct package_manifest *from, const struct package_manifest *to,
                     void (*put)(struct base_buffer *buffer, const char *key, const struct package_manifest *manifest))
{
    base_json_open(buffer, key, '{');
    put(buffer, "from", from);
    put(buffer, "to", to);
    base_json_close(buffer, '}');
}

void engine_put_manifest_diff(struct base_buffer *buffer, const char *key, const struct package_manifest *from,
                              const struct package_manifest *to)
{
    const struct base_json *schema_from = from != NULL ? from->config_schema : NULL, *schema_to = to != NULL ? to->config_schema : NULL;
    struct walk walk = {.out = buffer};

    base_json_open(buffer, key, '{');
    put_pair(buffer, "abi", from, to, put_abi);
    put_pair(buffer, "state_schema", from, to, put_state);
    base_json_open(buffer, "capabilities", '{');
    put_missing(buffer, "added", to, from);
    put_missing(buffer, "removed", from, to);
    base_json_close(buffer, '}');
    base_json_open(buffer, "config_schema", '[');
    if (schema_from != NULL || schema_to != NULL)
        compare(&walk, "", schema_from, schema_to);
    base_json_close(buffer, ']');
    base_json_close(buffer, '}');
}
