/* SPDX-License-Identifier: Apache-2.0 */
/* Is a schema one that we can follow? Every keyword is known and well formed, every
 * reference leads to a definition and comes to an end, and every default fits. */
#include "package/schema_walk.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int check_schema(struct package_walk *walk, const struct base_json *schema);

static int check_types(struct package_walk *walk, const struct base_json *rule)
{
    static const char *const names[] = {"null", "boolean", "number", "integer", "string", "array", "object"};
    bool is_array = base_json_type(rule) == BASE_JSON_ARRAY;
    const struct base_json *item = is_array ? base_json_first(rule) : rule;
    bool is_known = item != NULL;

    for (; is_known && item != NULL; item = is_array ? base_json_next(item) : NULL) {
        const char *text = base_json_text(item);
        is_known = false;
        for (size_t i = 0; text != NULL && i < sizeof(names) / sizeof(names[0]); i++)
            is_known = is_known || strcmp(names[i], text) == 0;
    }
    return is_known ? OD_OK
                    : package_walk_fault(walk, "must be null, boolean, number, integer, string, array or object, or several as an array.");
}

static int check_values(struct package_walk *walk, const struct base_json *rule)
{
    if (base_json_type(rule) != BASE_JSON_ARRAY || base_json_count(rule) == 0)
        return package_walk_fault(walk, "must be an array of the allowed values.");
    return OD_OK;
}

static int check_texts(struct package_walk *walk, const struct base_json *rule)
{
    bool is_fine = base_json_type(rule) == BASE_JSON_ARRAY;

    for (const struct base_json *item = base_json_first(rule); is_fine && item != NULL; item = base_json_next(item))
        is_fine = base_json_text(item) != NULL;
    return is_fine ? OD_OK : package_walk_fault(walk, "must be an array of names.");
}

static int check_text(struct package_walk *walk, const struct base_json *rule)
{
    return base_json_text(rule) != NULL ? OD_OK : package_walk_fault(walk, "must be a text.");
}

static int check_count(struct package_walk *walk, const struct base_json *rule)
{
    int64_t count;

    if (base_json_i64(rule, 0, INT32_MAX, &count) != OD_OK)
        return package_walk_fault(walk, "must be a whole number that is not negative.");
    return OD_OK;
}

static int check_number(struct package_walk *walk, const struct base_json *rule)
{
    if (base_json_type(rule) != BASE_JSON_NUMBER || !isfinite(base_json_number(rule)))
        return package_walk_fault(walk, "must be a number.");
    return OD_OK;
}

static int check_anything(struct package_walk *walk, const struct base_json *rule)
{
    (void)walk;
    (void)rule;
    return OD_OK;
}

static int check_either(struct package_walk *walk, const struct base_json *rule)
{
    return base_json_type(rule) == BASE_JSON_BOOL ? OD_OK : check_schema(walk, rule);
}

static int check_schemas(struct package_walk *walk, const struct base_json *rule)
{
    int rc = OD_OK;

    if (base_json_type(rule) != BASE_JSON_OBJECT)
        return package_walk_fault(walk, "must be an object of schemas.");
    for (const struct base_json *member = base_json_first(rule); rc == OD_OK && member != NULL; member = base_json_next(member)) {
        size_t before = package_walk_down(walk, base_json_key(member));
        rc = check_schema(walk, member);
        if (rc == OD_OK)
            package_walk_up(walk, before);
    }
    return rc;
}

/* A chain of references at one value must end; one that goes through members or items ends with the value. */
static int check_reference(struct package_walk *walk, const struct base_json *rule)
{
    const struct base_json *reference = rule;

    for (size_t i = 0; reference != NULL; i++) {
        const struct base_json *found = package_schema_find(walk->root, base_json_text(reference));
        if (found == NULL)
            return package_walk_fault(walk, "must be \"#/$defs/NAME\" of a schema in the root's $defs.");
        if (i == PACKAGE_SCHEMA_REFS_MAX)
            return package_walk_fault(walk, "leads to more than %d references in a row.", PACKAGE_SCHEMA_REFS_MAX);
        reference = base_json_member(found, "$ref");
    }
    return OD_OK;
}

static const struct {
    const char *name;
    int (*check)(struct package_walk *walk, const struct base_json *rule);
} keywords[] = {
    {"type", check_types},        {"enum", check_values},         {"const", check_anything},
    {"properties", check_schemas}, {"required", check_texts},      {"additionalProperties", check_either},
    {"items", check_schema},      {"minItems", check_count},      {"maxItems", check_count},
    {"minLength", check_count},   {"maxLength", check_count},     {"minimum", check_number},
    {"maximum", check_number},    {"exclusiveMinimum", check_number}, {"exclusiveMaximum", check_number},
    {"$ref", check_reference},    {"$defs", check_schemas},       {"default", check_anything},
    {"title", check_text},        {"description", check_text},    {"format", check_text},
    {"examples", check_anything}, {"$schema", check_text},        {"$comment", check_text},
};

static int check_keyword(struct package_walk *walk, const struct base_json *member)
{
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (strcmp(keywords[i].name, base_json_key(member)) == 0)
            return keywords[i].check(walk, member);
    return package_walk_fault(walk, "is a keyword that this hub does not check; see docs/connectors/packages.md for those it does.");
}

/* Only after every keyword and reference is known to be fine. */
static int check_default(struct package_walk *walk, const struct base_json *schema)
{
    const struct base_json *usual = base_json_member(schema, "default");
    struct package_schema_fault fault = {.pointer = ""};
    struct package_walk apply = {.root = walk->root, .fault = &fault};

    if (usual == NULL || package_schema_follow(&apply, schema, usual) == OD_OK)
        return OD_OK;
    package_walk_down(walk, "default");
    return package_walk_fault(walk, "does not fit its own schema: %.60s %.150s", fault.pointer, fault.text);
}

static int check_schema(struct package_walk *walk, const struct base_json *schema)
{
    int rc = OD_OK;

    if (base_json_type(schema) != BASE_JSON_OBJECT)
        return package_walk_fault(walk, "must be a schema, which is an object.");
    for (const struct base_json *member = base_json_first(schema); rc == OD_OK && member != NULL; member = base_json_next(member)) {
        size_t before = package_walk_down(walk, base_json_key(member));
        rc = check_keyword(walk, member);
        if (rc == OD_OK)
            package_walk_up(walk, before);
    }
    return rc == OD_OK && walk->has_defaults ? check_default(walk, schema) : rc;
}

int package_schema_check(const struct base_json *schema, struct package_schema_fault *fault)
{
    struct package_walk walk = {.root = schema, .fault = fault};

    *fault = (struct package_schema_fault){.pointer = ""};
    int rc = check_schema(&walk, schema);
    if (rc != OD_OK)
        return rc;
    walk.has_defaults = true;
    return check_schema(&walk, schema);
}
