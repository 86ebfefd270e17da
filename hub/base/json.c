/* SPDX-License-Identifier: Apache-2.0 */
/* The facade over cJSON. Only texts that passed the gate reach its parser, so a
 * parser failure can only be a lack of memory. */
#include "base/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json_gate.h"
#include "base/memory.h"

#define EXACT_MAX 9007199254740992.0 /* 2^53: above it a double has no room for every integer  \
                                      */

static pthread_once_t hooks_once = PTHREAD_ONCE_INIT;

/* So that an allocation that a test lets fail is felt inside cJSON too. */
static void hooks_set(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = base_alloc, .free_fn = base_free});
}

static const cJSON *node(const struct base_json *json)
{
    return (const cJSON *)(const void *)json;
}

static const struct base_json *wrapped(const cJSON *json)
{
    return (const struct base_json *)(const void *)json;
}

static char *string_end(char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

/* The same double in at most 24 bytes, padded with spaces to where it was. */
static char *number_shorten(char *at)
{
    size_t size = strspn(at, "+-.eE0123456789");

    if (size > BASE_JSON_NUMBER_SHORT_MAX) {
        int used = snprintf(at, size, "%.17g", strtod(at, NULL));
        memset(at + used, ' ', size - (size_t)used);
    }
    return at + size;
}

/* cJSON reads 63 bytes of a number and stumbles over the rest: hand it a copy in
 * which every number is short. NULL when memory is short. */
static char *copy_with_short_numbers(const char *text, size_t size)
{
    char *copy = base_copy_text(text, size);

    for (char *at = copy; at != NULL && *at != '\0';) {
        if (*at == '"')
            at = string_end(at);
        else if (*at == '-' || (*at >= '0' && *at <= '9'))
            at = number_shorten(at);
        else
            at++;
    }
    return copy;
}

int base_json_parse(const char *text, size_t size, struct base_json **out,
                    struct base_json_error *error)
{
    bool has_long_number;
    int rc = base_json_gate(text, size, error, &has_long_number);

    if (rc != OD_OK)
        return rc;
    pthread_once(&hooks_once, hooks_set);
    char *copy = has_long_number ? copy_with_short_numbers(text, size) : NULL;
    if (has_long_number && copy == NULL)
        return OD_ENOMEM;
    cJSON *json = cJSON_ParseWithLength(copy != NULL ? copy : text, size);
    base_free(copy);
    if (json == NULL)
        return OD_ENOMEM;
    *out = (struct base_json *)(void *)json;
    return OD_OK;
}

static size_t text_size(const char *text)
{
    return text == NULL ? 0 : base_memory_size(text, strlen(text) + 1);
}

size_t base_json_size(const struct base_json *json)
{
    const cJSON *item = node(json);

    if (item == NULL)
        return 0;
    size_t size = base_memory_size(item, sizeof(*item)) + text_size(item->string) + text_size(item->valuestring);
    for (const cJSON *child = item->child; child != NULL; child = child->next)
        size += base_json_size(wrapped(child)); /* no deeper than the gate lets in */
    return size;
}

void base_json_destroy(struct base_json *json)
{
    cJSON_Delete((cJSON *)(void *)json);
}

enum base_json_type base_json_type(const struct base_json *json)
{
    const cJSON *item = node(json);

    switch (item != NULL ? item->type & 0xff : cJSON_Invalid) {
    case cJSON_NULL: return BASE_JSON_NULL;
    case cJSON_False:
    case cJSON_True: return BASE_JSON_BOOL;
    case cJSON_Number: return BASE_JSON_NUMBER;
    case cJSON_String: return BASE_JSON_TEXT;
    case cJSON_Array: return BASE_JSON_ARRAY;
    case cJSON_Object: return BASE_JSON_OBJECT;
    default: return BASE_JSON_NONE;
    }
}

const struct base_json *base_json_member(const struct base_json *object, const char *key)
{
    if (base_json_type(object) != BASE_JSON_OBJECT)
        return NULL;
    return wrapped(cJSON_GetObjectItemCaseSensitive(node(object), key));
}

const struct base_json *base_json_first(const struct base_json *container)
{
    return container != NULL ? wrapped(node(container)->child) : NULL;
}

const struct base_json *base_json_next(const struct base_json *item)
{
    return item != NULL ? wrapped(node(item)->next) : NULL;
}

const char *base_json_key(const struct base_json *item)
{
    return item != NULL ? node(item)->string : NULL;
}

size_t base_json_count(const struct base_json *container)
{
    size_t count = 0;

    for (const struct base_json *item = base_json_first(container); item != NULL;
         item = base_json_next(item))
        count++;
    return count;
}

const char *base_json_text(const struct base_json *json)
{
    return base_json_type(json) == BASE_JSON_TEXT ? node(json)->valuestring : NULL;
}

double base_json_number(const struct base_json *json)
{
    return base_json_type(json) == BASE_JSON_NUMBER ? node(json)->valuedouble : 0;
}

bool base_json_is_true(const struct base_json *json)
{
    return json != NULL && (node(json)->type & 0xff) == cJSON_True;
}

const char *base_json_member_text(const struct base_json *object, const char *key)
{
    return base_json_text(base_json_member(object, key));
}

int base_json_i64(const struct base_json *json, int64_t min, int64_t max, int64_t *out)
{
    double value = base_json_number(json);

    if (base_json_type(json) != BASE_JSON_NUMBER || value != floor(value))
        return OD_EINVAL;
    if (value > EXACT_MAX - 1 || value < -(EXACT_MAX - 1))
        return OD_ERANGE; /* the text may have meant a neighbour */
    if ((int64_t)value < min || (int64_t)value > max)
        return OD_ERANGE;
    *out = (int64_t)value;
    return OD_OK;
}

void base_json_put(struct base_buffer *buffer, const char *key, const struct base_json *json)
{
    if (json == NULL) {
        base_json_put_null(buffer, key);
        return;
    }
    char *text = cJSON_PrintUnformatted(node(json));
    if (text == NULL) {
        buffer->is_broken = true;
        return;
    }
    base_json_put_raw(buffer, key, text, strlen(text));
    cJSON_free(text);
}

bool base_json_is_alike(const struct base_json *a, const struct base_json *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return cJSON_Compare(node(a), node(b), true);
}
