/* SPDX-License-Identifier: Apache-2.0 */
/* Polls come by the thousand and have seven members, and reports carry payloads that pass
 * through as they are, so no tree is built for either. The text passed the gate: only its
 * structure is followed here, not checked again. */
#include "connect/inside.h"

#include <string.h>

struct cursor {
    const char *at, *end;
};

static void skip_space(struct cursor *cursor)
{
    while (cursor->at < cursor->end && strchr(" \t\r\n", *cursor->at) != NULL)
        cursor->at++;
}

/* From the opening quote to after the closing one. */
static void skip_text(struct cursor *cursor)
{
    for (cursor->at++; cursor->at < cursor->end && *cursor->at != '"'; cursor->at++)
        if (*cursor->at == '\\')
            cursor->at++;
    cursor->at++;
}

static void skip_container(struct cursor *cursor)
{
    unsigned depth = 0;

    do {
        char byte = *cursor->at;

        if (byte == '"') {
            skip_text(cursor);
            continue;
        }
        depth += byte == '{' || byte == '[';
        depth -= byte == '}' || byte == ']';
        cursor->at++;
    } while (depth > 0 && cursor->at < cursor->end);
}

static void skip_value(struct cursor *cursor)
{
    if (*cursor->at == '"')
        skip_text(cursor);
    else if (*cursor->at == '{' || *cursor->at == '[')
        skip_container(cursor);
    else
        while (cursor->at < cursor->end && strchr(",}] \t\r\n", *cursor->at) == NULL)
            cursor->at++;
}

static int read_number(const char *text, size_t size, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || value > (UINT64_MAX - 9) / 10)
            return OD_EINVAL;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = value;
    return OD_OK;
}

static int read_value(const struct connect_field *field, const char *text, size_t size)
{
    if (field->slice != NULL) {
        *field->slice = (struct connect_slice){.at = text, .size = size};
        return OD_OK;
    }
    if (field->number != NULL)
        return read_number(text, size, field->number);
    if (size == 4 && memcmp(text, "true", 4) == 0)
        *field->is_true = true;
    else if (size == 5 && memcmp(text, "false", 5) == 0)
        *field->is_true = false;
    else
        return OD_EINVAL;
    return OD_OK;
}

static size_t find_field(const struct connect_field *fields, size_t count, const char *name, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(fields[i].name) == size && memcmp(fields[i].name, name, size) == 0)
            return i;
    return count;
}

/* One member; its field's bit is set in *found. */
static int read_member(struct cursor *cursor, const struct connect_field *fields, size_t count,
                       uint64_t *found)
{
    const char *name = cursor->at + 1;

    skip_text(cursor);
    size_t field = find_field(fields, count, name, (size_t)(cursor->at - 1 - name));
    skip_space(cursor);
    cursor->at++; /* the colon */
    skip_space(cursor);
    const char *value = cursor->at;
    skip_value(cursor);
    if (field == count)
        return OD_OK; /* unknown members are ignored: newer hosts may send more */
    *found |= UINT64_C(1) << field;
    return read_value(&fields[field], value, (size_t)(cursor->at - value));
}

int connect_fields_read(const char *text, size_t size, const struct connect_field *fields, size_t count)
{
    struct cursor cursor = {.at = text, .end = text + size};
    uint64_t found = 0;

    skip_space(&cursor);
    if (cursor.at == cursor.end || *cursor.at != '{')
        return OD_EINVAL;
    cursor.at++;
    for (;;) {
        skip_space(&cursor);
        if (cursor.at >= cursor.end || *cursor.at == '}')
            break;
        if (*cursor.at == ',') {
            cursor.at++;
            continue;
        }
        if (read_member(&cursor, fields, count, &found) != OD_OK)
            return OD_EINVAL;
    }
    for (size_t i = 0; i < count; i++)
        if (fields[i].is_required && (found & UINT64_C(1) << i) == 0)
            return OD_EINVAL;
    return OD_OK;
}

bool connect_slice_is(const struct connect_slice *slice, const char *text)
{
    size_t size = strlen(text);

    return slice->size == size + 2 && slice->at[0] == '"' && memcmp(slice->at + 1, text, size) == 0;
}

int connect_slice_number(const struct connect_slice *slice, uint64_t *out)
{
    if (slice->size > 2 && slice->at[0] == '"')
        return read_number(slice->at + 1, slice->size - 2, out);
    return slice->size > 0 ? read_number(slice->at, slice->size, out) : OD_EINVAL;
}

bool connect_list_next(struct connect_slice *list, struct connect_slice *item)
{
    struct cursor cursor = {.at = list->at, .end = list->at + list->size};

    while (cursor.at < cursor.end && strchr("[, \t\r\n", *cursor.at) != NULL && (*cursor.at != '[' || cursor.at == list->at))
        cursor.at++;
    if (cursor.at == cursor.end || *cursor.at == ']')
        return false;
    item->at = cursor.at;
    skip_value(&cursor);
    item->size = (size_t)(cursor.at - item->at);
    *list = (struct connect_slice){.at = cursor.at, .size = (size_t)(cursor.end - cursor.at)};
    return true;
}
