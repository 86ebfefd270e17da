/* SPDX-License-Identifier: Apache-2.0 */
/* package_schema_apply -> package_schema_follow -> one function a keyword -> itself, one level down. */
#include "package/schema_walk.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

static size_t put_step(struct package_walk *walk, const char *step)
{
    char *pointer = walk->fault->pointer;
    size_t before = walk->length, room = sizeof(walk->fault->pointer) - before;
    int size = snprintf(pointer + before, room, "%s", step);

    if ((size_t)size >= room) { /* told as "...": the value is followed all the same */
        memcpy(pointer + sizeof(walk->fault->pointer) - 4, "...", 4);
        walk->length = sizeof(walk->fault->pointer) - 1;
    } else {
        walk->length = before + (size_t)size;
    }
    return before;
}

size_t package_walk_down(struct package_walk *walk, const char *key)
{
    char step[BASE_JSON_POINTER_MAX] = "/";
    size_t used = 1;

    for (; *key != '\0' && used < sizeof(step) - 3; key++) {
        if (*key == '~' || *key == '/')
            step[used++] = '~';
        step[used++] = *key == '~' ? '0' : *key == '/' ? '1' : *key;
    }
    step[used] = '\0';
    return put_step(walk, step);
}

size_t package_walk_item(struct package_walk *walk, size_t index)
{
    char step[24];

    snprintf(step, sizeof(step), "/%zu", index);
    return put_step(walk, step);
}

void package_walk_up(struct package_walk *walk, size_t length)
{
    walk->length = length;
    walk->fault->pointer[length] = '\0';
}

int package_walk_fault(struct package_walk *walk, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(walk->fault->text, sizeof(walk->fault->text), format, arguments);
    va_end(arguments);
    return OD_EINVAL;
}

const struct base_json *package_schema_find(const struct base_json *root, const char *reference)
{
    const char lead[] = "#/$defs/";

    if (reference == NULL || strncmp(reference, lead, sizeof(lead) - 1) != 0)
        return NULL;
    return base_json_member(base_json_member(root, "$defs"), reference + sizeof(lead) - 1);
}

static bool is_whole(const struct base_json *value)
{
    double number = base_json_number(value);

    return isfinite(number) && floor(number) == number;
}

static bool is_type(const struct base_json *value, const char *name)
{
    switch (base_json_type(value)) {
    case BASE_JSON_NONE: return false;
    case BASE_JSON_NULL: return strcmp(name, "null") == 0;
    case BASE_JSON_BOOL: return strcmp(name, "boolean") == 0;
    case BASE_JSON_NUMBER: return strcmp(name, "number") == 0 || (strcmp(name, "integer") == 0 && is_whole(value));
    case BASE_JSON_TEXT: return strcmp(name, "string") == 0;
    case BASE_JSON_ARRAY: return strcmp(name, "array") == 0;
    case BASE_JSON_OBJECT: return strcmp(name, "object") == 0;
    }
    return false;
}

static int check_type(struct package_walk *walk, const struct base_json *rule, const struct base_json *value)
{
    const struct base_json *name = base_json_type(rule) == BASE_JSON_ARRAY ? base_json_first(rule) : rule;
    char names[96] = "";
    size_t used = 0;

    for (; name != NULL; name = base_json_next(name)) {
        if (is_type(value, base_json_text(name)))
            return OD_OK;
        if (used < sizeof(names))
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", used > 0 ? " or " : "", base_json_text(name));
        if (base_json_type(rule) != BASE_JSON_ARRAY)
            break; /* a member's siblings are other keywords */
    }
    return package_walk_fault(walk, "must be of type %s.", names);
}

static bool is_equal(const struct base_json *a, const struct base_json *b);

static bool is_equal_container(const struct base_json *a, const struct base_json *b, bool is_object)
{
    const struct base_json *other = base_json_first(b);

    if (base_json_count(a) != base_json_count(b))
        return false;
    for (const struct base_json *item = base_json_first(a); item != NULL; item = base_json_next(item)) {
        if (!is_equal(item, is_object ? base_json_member(b, base_json_key(item)) : other))
            return false;
        other = base_json_next(other);
    }
    return true;
}

static bool is_equal(const struct base_json *a, const struct base_json *b)
{
    if (base_json_type(a) != base_json_type(b))
        return false;
    switch (base_json_type(a)) {
    case BASE_JSON_NONE:
    case BASE_JSON_NULL: return true;
    case BASE_JSON_BOOL: return base_json_is_true(a) == base_json_is_true(b);
    case BASE_JSON_NUMBER: return base_json_number(a) == base_json_number(b);
    case BASE_JSON_TEXT: return strcmp(base_json_text(a), base_json_text(b)) == 0;
    case BASE_JSON_ARRAY: return is_equal_container(a, b, false);
    case BASE_JSON_OBJECT: return is_equal_container(a, b, true);
    }
    return false;
}

/* The allowed values as JSON, cut where they are many. */
static void put_values(const struct base_json *array, char *text, size_t size)
{
    struct base_buffer buffer = {0};

    base_json_put(&buffer, NULL, array);
    const char *shown = base_buffer_text(&buffer);
    snprintf(text, size, "%s", shown);
    if (strlen(shown) >= size)
        memcpy(text + size - 4, "...", 4);
    base_buffer_fini(&buffer);
}

static int check_enum(struct package_walk *walk, const struct base_json *rule, const struct base_json *value)
{
    char values[160];

    for (const struct base_json *item = base_json_first(rule); item != NULL; item = base_json_next(item))
        if (is_equal(item, value))
            return OD_OK;
    put_values(rule, values, sizeof(values));
    return package_walk_fault(walk, "must be one of %s.", values);
}

static int check_const(struct package_walk *walk, const struct base_json *rule, const struct base_json *value)
{
    char text[160];

    if (is_equal(rule, value))
        return OD_OK;
    put_values(rule, text, sizeof(text));
    return package_walk_fault(walk, "must be %s.", text);
}

static size_t count_points(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static int check_lengths(struct package_walk *walk, const struct base_json *schema, const struct base_json *value)
{
    const struct base_json *least = base_json_member(schema, "minLength"), *most = base_json_member(schema, "maxLength");

    if (base_json_type(value) != BASE_JSON_TEXT)
        return OD_OK;
    double count = (double)count_points(base_json_text(value));
    if (least != NULL && count < base_json_number(least))
        return package_walk_fault(walk, "must have at least %.0f characters.", base_json_number(least));
    if (most != NULL && count > base_json_number(most))
        return package_walk_fault(walk, "must have at most %.0f characters.", base_json_number(most));
    return OD_OK;
}

static int check_range(struct package_walk *walk, const struct base_json *schema, const struct base_json *value)
{
    const struct base_json *least = base_json_member(schema, "minimum"), *most = base_json_member(schema, "maximum");
    const struct base_json *above = base_json_member(schema, "exclusiveMinimum"), *below = base_json_member(schema, "exclusiveMaximum");
    double number = base_json_number(value);

    if (base_json_type(value) != BASE_JSON_NUMBER)
        return OD_OK;
    if (least != NULL && !(number >= base_json_number(least)))
        return package_walk_fault(walk, "must be at least %.17g.", base_json_number(least));
    if (most != NULL && !(number <= base_json_number(most)))
        return package_walk_fault(walk, "must be at most %.17g.", base_json_number(most));
    if (above != NULL && !(number > base_json_number(above)))
        return package_walk_fault(walk, "must be more than %.17g.", base_json_number(above));
    if (below != NULL && !(number < base_json_number(below)))
        return package_walk_fault(walk, "must be less than %.17g.", base_json_number(below));
    return OD_OK;
}

static int check_items(struct package_walk *walk, const struct base_json *schema, const struct base_json *value)
{
    const struct base_json *least = base_json_member(schema, "minItems"), *most = base_json_member(schema, "maxItems");
    const struct base_json *rule = base_json_member(schema, "items");
    size_t index = 0;
    int rc = OD_OK;

    if (base_json_type(value) != BASE_JSON_ARRAY)
        return OD_OK;
    if (least != NULL && (double)base_json_count(value) < base_json_number(least))
        return package_walk_fault(walk, "must have at least %.0f items.", base_json_number(least));
    if (most != NULL && (double)base_json_count(value) > base_json_number(most))
        return package_walk_fault(walk, "must have at most %.0f items.", base_json_number(most));
    for (const struct base_json *item = base_json_first(value); rule != NULL && rc == OD_OK && item != NULL; item = base_json_next(item)) {
        size_t before = package_walk_item(walk, index++);
        rc = package_schema_follow(walk, rule, item);
        if (rc == OD_OK)
            package_walk_up(walk, before);
    }
    return rc;
}

static void put_names(const struct base_json *object, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (const struct base_json *member = base_json_first(object); member != NULL && used < size; member = base_json_next(member))
        used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", base_json_key(member));
}

static int check_additional(struct package_walk *walk, const struct base_json *schema, const struct base_json *member)
{
    const struct base_json *rule = base_json_member(schema, "additionalProperties");
    char names[160];

    if (base_json_type(rule) != BASE_JSON_BOOL)
        return rule == NULL ? OD_OK : package_schema_follow(walk, rule, member);
    if (base_json_is_true(rule))
        return OD_OK;
    put_names(base_json_member(schema, "properties"), names, sizeof(names));
    if (names[0] == '\0')
        return package_walk_fault(walk, "is not known here; nothing is.");
    return package_walk_fault(walk, "is not known here; known are %s.", names);
}

static int check_required(struct package_walk *walk, const struct base_json *schema, const struct base_json *value)
{
    for (const struct base_json *name = base_json_first(base_json_member(schema, "required")); name != NULL; name = base_json_next(name)) {
        if (base_json_member(value, base_json_text(name)) != NULL)
            continue;
        package_walk_down(walk, base_json_text(name));
        return package_walk_fault(walk, "is missing and required.");
    }
    return OD_OK;
}

static int check_members(struct package_walk *walk, const struct base_json *schema, const struct base_json *value)
{
    const struct base_json *properties = base_json_member(schema, "properties");

    if (base_json_type(value) != BASE_JSON_OBJECT)
        return OD_OK;
    int rc = check_required(walk, schema, value);
    for (const struct base_json *member = base_json_first(value); rc == OD_OK && member != NULL; member = base_json_next(member)) {
        const struct base_json *rule = base_json_member(properties, base_json_key(member));
        size_t before = package_walk_down(walk, base_json_key(member));

        rc = rule != NULL ? package_schema_follow(walk, rule, member) : check_additional(walk, schema, member);
        if (rc == OD_OK)
            package_walk_up(walk, before);
    }
    return rc;
}

int package_schema_follow(struct package_walk *walk, const struct base_json *schema, const struct base_json *value)
{
    static int (*const checks[])(struct package_walk *, const struct base_json *, const struct base_json *) = {
        check_lengths, check_range, check_items, check_members};
    const struct base_json *type = base_json_member(schema, "type"), *reference = base_json_member(schema, "$ref");
    const struct base_json *among = base_json_member(schema, "enum"), *only = base_json_member(schema, "const");
    int rc = OD_OK;

    if (reference != NULL) /* chains are short: package_schema_check */
        rc = package_schema_follow(walk, package_schema_find(walk->root, base_json_text(reference)), value);
    if (rc == OD_OK && type != NULL)
        rc = check_type(walk, type, value);
    if (rc == OD_OK && among != NULL)
        rc = check_enum(walk, among, value);
    if (rc == OD_OK && only != NULL)
        rc = check_const(walk, only, value);
    for (size_t i = 0; rc == OD_OK && i < sizeof(checks) / sizeof(checks[0]); i++)
        rc = checks[i](walk, schema, value);
    return rc;
}

int package_schema_apply(const struct base_json *schema, const struct base_json *value, struct package_schema_fault *fault)
{
    struct package_walk walk = {.root = schema, .fault = fault};

    *fault = (struct package_schema_fault){.pointer = ""};
    return package_schema_follow(&walk, schema, value);
}
