/* SPDX-License-Identifier: Apache-2.0 */
#include "template.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

/* One {{...}} as written. */
struct place {
    const char *start, *end; /* of the braces; end is behind them */
    char name[TEMPLATE_NAME_MAX + 1];
    bool is_optional, is_text;
};

/* Where the walk through a body is. */
struct walk {
    const struct od_host *host;
    const struct scope *scope; /* NULL: the names are only checked, against parts */
    uint32_t parts;
    struct out *out;
    char *why;
};

static const struct {
    const char *name;
    uint32_t part;
    size_t offset; /* in struct scope */
    bool is_json;
} names[] = {
    {"task", SCOPE_IDS, offsetof(struct scope, task), false},
    {"application", SCOPE_IDS, offsetof(struct scope, application), false},
    {"idempotency_key", SCOPE_IDS, offsetof(struct scope, idempotency_key), false},
    {"matter", SCOPE_IDS, offsetof(struct scope, matter), false},
    {"department", SCOPE_IDS, offsetof(struct scope, department), false},
    {"service", SCOPE_IDS, offsetof(struct scope, service), false},
    {"connector", SCOPE_IDS, offsetof(struct scope, connector), false},
    {"received_at", SCOPE_OFFER, offsetof(struct scope, received_at), false},
    {"promised_date", SCOPE_OFFER, offsetof(struct scope, promised_date), false},
    {"statutory_date", SCOPE_OFFER, offsetof(struct scope, statutory_date), false},
    {"attempt", SCOPE_OFFER, offsetof(struct scope, attempt), false},
    {"template", SCOPE_OFFER, offsetof(struct scope, template_id), false},
    {"form", SCOPE_OFFER, offsetof(struct scope, form), true},
    {"applicant", SCOPE_OFFER, offsetof(struct scope, applicant), true},
    {"materials", SCOPE_OFFER, offsetof(struct scope, materials), true},
    {"external_ref", SCOPE_REF, offsetof(struct scope, external_ref), false},
    {"reason", SCOPE_REASON, offsetof(struct scope, reason), false},
    {"input", SCOPE_INPUT, offsetof(struct scope, input), true},
};

/* name: of the place, or NULL. */
static int fault(char *why, int error, const char *name, const char *text)
{
    if (name != NULL)
        snprintf(why, TEMPLATE_WHY_SIZE, "{{%.80s}}: %.100s", name, text);
    else
        snprintf(why, TEMPLATE_WHY_SIZE, "%.180s", text);
    return error;
}

/* Cut what stands behind the name: "?", "|text". Errors: OD_ESYNTAX. */
static int place_finish(struct place *place, char *why)
{
    size_t size = strlen(place->name);
    char *filter = strchr(place->name, '|');

    if (filter != NULL && strcmp(filter, "|text") != 0)
        return fault(why, OD_ESYNTAX, place->name, "the only filter is |text");
    if (filter != NULL) {
        place->is_text = true;
        *filter = '\0';
        size = (size_t)(filter - place->name);
    }
    if (size > 0 && place->name[size - 1] == '?') {
        place->is_optional = true;
        place->name[--size] = '\0';
    }
    return size > 0 ? OD_OK : fault(why, OD_ESYNTAX, "", "a name is missing between the braces");
}

/* The next place in text; OD_ENOTFOUND: there is none. Errors: OD_ESYNTAX. */
static int place_next(const char *text, struct place *place, char *why)
{
    *place = (struct place){.start = strstr(text, "{{")};
    if (place->start == NULL)
        return strstr(text, "}}") == NULL ? OD_ENOTFOUND
                                          : fault(why, OD_ESYNTAX, NULL, "}} without {{ before it");
    const char *from = place->start + 2, *to = strstr(from, "}}");
    if (to == NULL)
        return fault(why, OD_ESYNTAX, NULL, "{{ without }} behind it");
    size_t size = (size_t)(to - from);
    while (size > 0 && *from == ' ') {
        from++;
        size--;
    }
    while (size > 0 && from[size - 1] == ' ')
        size--;
    if (size > TEMPLATE_NAME_MAX || memchr(from, '{', size) != NULL)
        return fault(why, OD_ESYNTAX, NULL, "{{ without }} behind it, or a name that is too long");
    memcpy(place->name, from, size);
    place->end = to + 2;
    return place_finish(place, why);
}

/* The row of the name before the first dot; *rest: behind the dot, or NULL. -1 = none. */
static int row_find(const char *name, const char **rest)
{
    const char *dot = strchr(name, '.');
    size_t size = dot != NULL ? (size_t)(dot - name) : strlen(name);

    *rest = dot != NULL ? dot + 1 : NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i].name) == size && memcmp(names[i].name, name, size) == 0)
            return dot == NULL || names[i].is_json ? (int)i : -1;
    }
    return -1;
}

static int name_check(const struct place *place, uint32_t parts, char *why)
{
    const char *rest;
    int row = row_find(place->name, &rest);

    if (row >= 0 && (rest == NULL || *rest != '\0') && (names[row].part & parts) != 0)
        return OD_OK;
    return fault(why, OD_ESYNTAX, place->name, "there is no such name here");
}

/* The member of json behind a root: by its whole name first, then step by step at the dots. */
static int member_read(const struct scope *scope, struct span json, const char *name, struct od_value *value)
{
    char step[TEMPLATE_NAME_MAX + 1];
    int rc = od_json_member(scope->host, json.json, json.size, name, value);

    while (rc == OD_ENOTFOUND && strchr(name, '.') != NULL) {
        size_t size = strcspn(name, ".");

        memcpy(step, name, size);
        step[size] = '\0';
        name += size + 1;
        rc = od_json_member(scope->host, json.json, json.size, step, value);
        if (rc != OD_OK || value->type != OD_VALUE_OBJECT)
            return rc != OD_OK ? rc : OD_ENOTFOUND;
        json = (struct span){value->json, value->json_size};
        rc = od_json_member(scope->host, json.json, json.size, name, value);
    }
    return rc;
}

/* What a place stands for; OD_ENOTFOUND: it is absent. Errors: OD_ESYNTAX. */
static int resolve(const struct scope *scope, const struct place *place, struct od_value *value)
{
    const char *rest, *at = (const char *)scope;
    int row = row_find(place->name, &rest);
    struct span json;
    const char *text;

    *value = (struct od_value){.size = sizeof(*value), .type = OD_VALUE_NULL};
    if (row < 0)
        return OD_ESYNTAX;
    if (!names[row].is_json) {
        memcpy(&text, at + names[row].offset, sizeof(text));
        if (text == NULL || *text == '\0')
            return OD_ENOTFOUND;
        value->type = OD_VALUE_TEXT;
        value->text = text;
        value->text_size = strlen(text);
        return OD_OK;
    }
    memcpy(&json, at + names[row].offset, sizeof(json));
    if (json.json == NULL)
        return OD_ENOTFOUND;
    if (rest != NULL)
        return member_read(scope, json, rest, value);
    *value = (struct od_value){.size = sizeof(*value), .type = OD_VALUE_OBJECT, .json = json.json,
                               .json_size = json.size};
    return OD_OK;
}

typedef void (*put_cb)(struct out *out, const char *text, size_t size);

/* A scalar within a text. Errors: OD_EINVAL. */
static int put_scalar(struct out *out, const struct place *place, const struct od_value *value, put_cb put, char *why)
{
    switch ((enum od_value_type)value->type) {
    case OD_VALUE_NONE:
    case OD_VALUE_NULL: return OD_OK;
    case OD_VALUE_TEXT: put(out, value->text, value->text_size); return OD_OK;
    case OD_VALUE_BOOL:
    case OD_VALUE_NUMBER: put(out, value->json, value->json_size); return OD_OK;
    case OD_VALUE_ARRAY:
    case OD_VALUE_OBJECT: break;
    }
    return fault(why, OD_EINVAL, place->name, "an object or array does not fit into a text");
}

/* An empty value, or one of dots, would make a path name another thing. */
static int path_check(const struct place *place, const struct od_value *value, char *why)
{
    bool is_text = value->type == OD_VALUE_TEXT;

    if (value->type == OD_VALUE_NULL || value->type == OD_VALUE_NONE ||
        (is_text && (value->text_size == 0 || strcmp(value->text, ".") == 0 || strcmp(value->text, "..") == 0)))
        return fault(why, OD_EINVAL, place->name, "empty, or dots alone, in a path");
    return OD_OK;
}

/* Every place of text, and what stands between them. */
static int fill(const struct scope *scope, const char *text, struct out *out, bool is_path, char *why)
{
    struct place place;
    struct od_value value;
    int rc;

    while ((rc = place_next(text, &place, why)) == OD_OK) {
        size_t size = (size_t)(place.start - text);

        if (is_path)
            out_put(out, text, size);
        else
            out_escaped(out, text, size);
        rc = resolve(scope, &place, &value);
        if (rc != OD_OK && rc != OD_ENOTFOUND)
            return fault(why, rc, place.name, "there is no such name here");
        rc = is_path ? path_check(&place, &value, why) : OD_OK;
        if (rc == OD_OK)
            rc = put_scalar(out, &place, &value, is_path ? out_percent : out_escaped, why);
        if (rc != OD_OK)
            return rc;
        text = place.end;
    }
    if (rc != OD_ENOTFOUND)
        return rc;
    if (is_path)
        out_text(out, text);
    else
        out_escaped(out, text, strlen(text));
    return out->error != OD_OK ? fault(why, out->error, NULL, "what it makes is too long") : OD_OK;
}

int template_path(const struct scope *scope, const char *text, struct out *out, char why[TEMPLATE_WHY_SIZE])
{
    return fill(scope, text, out, true, why);
}

static int check(const char *text, uint32_t parts, char *why)
{
    struct place place;
    int rc;

    while ((rc = place_next(text, &place, why)) == OD_OK) {
        rc = name_check(&place, parts, why);
        if (rc != OD_OK)
            return rc;
        text = place.end;
    }
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int template_check_path(const char *text, uint32_t parts, char why[TEMPLATE_WHY_SIZE])
{
    return check(text, parts, why);
}

/* Is text one place and nothing else? */
static bool is_alone(const char *text, struct place *place, char *why)
{
    return place_next(text, place, why) == OD_OK && place->start == text && *place->end == '\0';
}

static int put_alone(const struct walk *walk, const struct place *place, const struct od_value *value)
{
    struct out *out = walk->out;

    if (value->type == OD_VALUE_TEXT) {
        out_quoted(out, value->text, value->text_size);
    } else if (place->is_text) {
        out_put(out, "\"", 1);
        int rc = put_scalar(out, place, value, out_escaped, walk->why);
        if (rc != OD_OK)
            return rc;
        out_put(out, "\"", 1);
    } else if (value->type == OD_VALUE_NULL) {
        out_text(out, "null");
    } else {
        out_put(out, value->json, value->json_size);
    }
    return out->error != OD_OK ? fault(walk->why, out->error, place->name, "the body becomes too long") : OD_OK;
}

/* A string of the body. *is_left_out: its member or element is to be left out. */
static int string_fill(const struct walk *walk, const char *text, bool *is_left_out)
{
    struct place place;
    struct od_value value;

    if (walk->scope == NULL)
        return check(text, walk->parts, walk->why);
    if (!is_alone(text, &place, walk->why)) {
        out_put(walk->out, "\"", 1);
        int rc = fill(walk->scope, text, walk->out, false, walk->why);
        out_put(walk->out, "\"", 1);
        return rc;
    }
    int rc = resolve(walk->scope, &place, &value);
    if (rc == OD_ENOTFOUND) {
        *is_left_out = place.is_optional;
        return place.is_optional ? OD_OK : put_alone(walk, &place, &value);
    }
    return rc == OD_OK ? put_alone(walk, &place, &value)
                       : fault(walk->why, rc, place.name, "there is no such name here");
}

static int value_fill(const struct walk *walk, const struct od_value *value, unsigned depth, bool *is_left_out);

static void put_lead(struct out *out, const struct od_value *item, bool is_first)
{
    if (!is_first)
        out_put(out, ",", 1);
    if (item->key == NULL)
        return;
    out_quoted(out, item->key, strlen(item->key));
    out_put(out, ":", 1);
}

/* The members or elements. One that is left out takes its comma and key along. */
static int container_fill(const struct walk *walk, const struct od_value *value, unsigned depth)
{
    struct out *out = walk->out;
    struct od_value item;
    size_t offset = 0;
    bool is_first = true;
    int rc;

    if (depth == TEMPLATE_DEPTH_MAX)
        return fault(walk->why, OD_ELIMIT, NULL, "the body is too deep");
    out_put(out, value->type == OD_VALUE_OBJECT ? "{" : "[", 1);
    while ((rc = od_json_next(walk->host, value->json, value->json_size, &offset, &item)) == OD_OK) {
        size_t before = out->size;
        bool is_left_out = false;

        put_lead(out, &item, is_first);
        rc = value_fill(walk, &item, depth + 1, &is_left_out);
        if (rc != OD_OK)
            return rc;
        if (is_left_out)
            out->size = before;
        else
            is_first = false;
    }
    if (rc != OD_ENOTFOUND)
        return fault(walk->why, OD_ESYNTAX, NULL, "the body is no JSON");
    out_put(out, value->type == OD_VALUE_OBJECT ? "}" : "]", 1);
    return OD_OK;
}

static int value_fill(const struct walk *walk, const struct od_value *value, unsigned depth, bool *is_left_out)
{
    if (value->type == OD_VALUE_OBJECT || value->type == OD_VALUE_ARRAY)
        return container_fill(walk, value, depth);
    if (value->type == OD_VALUE_TEXT)
        return string_fill(walk, value->text, is_left_out);
    out_put(walk->out, value->json, value->json_size);
    return OD_OK;
}

/* A body is an object or array: what else could a department want? */
static int body_walk(const struct walk *walk, const char *json, size_t size)
{
    struct od_value root;
    bool is_left_out = false;
    int rc = pointer_read(walk->host, json, size, "", &root);

    if (rc != OD_OK)
        return fault(walk->why, OD_ESYNTAX, NULL, "the body is neither object nor array");
    rc = value_fill(walk, &root, 0, &is_left_out);
    if (rc == OD_OK && walk->out->error != OD_OK)
        return fault(walk->why, walk->out->error, NULL, "what it makes is too long");
    return rc;
}

int template_body(const struct scope *scope, const char *json, size_t size, struct out *out,
                  char why[TEMPLATE_WHY_SIZE])
{
    struct walk walk = {.host = scope->host, .scope = scope, .out = out, .why = why};

    return body_walk(&walk, json, size);
}

int template_check_body(const struct od_host *host, const char *json, size_t size, uint32_t parts,
                        char why[TEMPLATE_WHY_SIZE])
{
    struct out frame = {.size_max = 3 * size + 16};
    struct walk walk = {.host = host, .parts = parts, .out = &frame, .why = why};
    int rc = body_walk(&walk, json, size);

    out_fini(&frame);
    return rc;
}
