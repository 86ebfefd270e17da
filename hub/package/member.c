/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a manifest, each with its place in what is told of it. */
#include "package/reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"

/* Texts of a file from outside stand in messages, cut anywhere: terminals and JSON get clean ones. */
void package_text_clean(char *text)
{
    uint8_t *at = (uint8_t *)text, *end = at + strlen(text);

    while (at < end) {
        const uint8_t *next = base_json_utf8_end(at, end);
        size_t step = next != NULL ? (size_t)(next - at) : 1;

        if (next == NULL || *at < 0x20 || *at == 0x7f)
            *at = '?';
        at += step;
    }
}

int package_fault(const struct package_reading *reading, const char *pointer, const char *format, ...)
{
    uint32_t line = 1, column = 1;
    va_list arguments;

    base_json_locate(reading->text, reading->size, pointer, &line, &column);
    int lead = snprintf(reading->message, PACKAGE_TEXT_SIZE, "%.120s:%u:%u: ", reading->label, line, column);
    va_start(arguments, format);
    vsnprintf(reading->message + lead, PACKAGE_TEXT_SIZE - (size_t)lead, format, arguments);
    va_end(arguments);
    package_text_clean(reading->message);
    return OD_EINVAL;
}

int package_fault_memory(const struct package_reading *reading)
{
    snprintf(reading->message, PACKAGE_TEXT_SIZE, "No memory left to read %.120s.", reading->label);
    return OD_ENOMEM;
}

void *package_take(const struct package_reading *reading, size_t count, size_t size)
{
    return base_arena_take(&reading->manifest->arena, (count > 0 ? count : 1) * size);
}

bool package_text_is_short(const char *text)
{
    return text[0] != '\0' && strlen(text) <= BASE_ID_MAX;
}

int package_texts_take(const struct package_reading *reading, const struct base_json *array, const char *pointer,
                       size_t count_max, const struct package_text_rule *rule, struct package_texts *texts)
{
    size_t count = base_json_count(array), index = 0;
    char at[POINTER_SIZE];

    if (base_json_type(array) != BASE_JSON_ARRAY)
        return package_fault(reading, pointer, "%s must be an array of texts.", rule->what);
    if (count > count_max)
        return package_fault(reading, pointer, "%s has more than %zu items.", rule->what, count_max);
    const char **items = package_take(reading, count, sizeof(*items));
    if (items == NULL)
        return package_fault_memory(reading);
    for (const struct base_json *item = base_json_first(array); item != NULL; item = base_json_next(item), index++) {
        const char *text = base_json_text(item);

        snprintf(at, sizeof(at), "%.120s/%zu", pointer, index);
        if (text == NULL || !rule->is_valid(text))
            return package_fault(reading, at, "each of %s must be %s.", rule->what, rule->allowed);
        items[index] = text;
    }
    *texts = (struct package_texts){.items = items, .count = count};
    return OD_OK;
}

int package_bool_take(const struct package_reading *reading, const struct base_json *object, const char *pointer,
                      const char *name, bool *value)
{
    const struct base_json *member = base_json_member(object, name);
    char at[POINTER_SIZE];

    if (member == NULL)
        return OD_OK;
    snprintf(at, sizeof(at), "%.120s/%.64s", pointer, name);
    if (base_json_type(member) != BASE_JSON_BOOL)
        return package_fault(reading, at, "%s must be true or false.", name);
    *value = base_json_is_true(member);
    return OD_OK;
}

static bool is_named(const char *const *names, const char *key)
{
    while (*names != NULL && strcmp(*names, key) != 0)
        names++;
    return *names != NULL;
}

int package_members_check(const struct package_reading *reading, const struct base_json *object, const char *pointer,
                          const char *const *names, int code)
{
    char known[256] = "", at[POINTER_SIZE];
    size_t used = 0;

    for (const char *const *name = names; *name != NULL && used < sizeof(known); name++)
        used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", used > 0 ? ", " : "", *name);
    for (const struct base_json *member = base_json_first(object); member != NULL; member = base_json_next(member)) {
        const char *key = base_json_key(member);

        if (is_named(names, key))
            continue;
        snprintf(at, sizeof(at), "%.100s/%.80s", pointer, key);
        int rc = package_fault(reading, at, "\"%.64s\" is not known here; known are %s.", key, known);
        return rc == OD_EINVAL ? code : rc;
    }
    return OD_OK;
}
