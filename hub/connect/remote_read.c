/* SPDX-License-Identifier: Apache-2.0 */
/* The message of a remote connector becomes the frame that a host would have sent. Its payloads
 * are not read here: they pass as they were written. */
#include "connect/inside.h"

#include <stdio.h>

#define TEXT(text) {.at = text, .size = sizeof(text) - 1}

int connect_envelope_read(const char *text, size_t size, struct connect_envelope *envelope)
{
    struct connect_slice id = {0}, epoch = {0};
    const struct connect_field fields[] = {
        {.name = "request", .slice = &envelope->request}, {.name = "protocol", .number = &envelope->protocol},
        {.name = "session", .slice = &envelope->session}, {.name = "id", .slice = &id, .is_required = true},
        {.name = "epoch", .slice = &epoch},               {.name = "body", .slice = &envelope->body},
    };

    *envelope = (struct connect_envelope){.protocol = 1, .body = TEXT("{}")};
    if (connect_fields_read(text, size, fields, sizeof(fields) / sizeof(fields[0])) != OD_OK ||
        connect_slice_number(&id, &envelope->id) != OD_OK || envelope->id == 0 || envelope->id > INT64_MAX)
        return OD_EINVAL;
    if (epoch.size > 0 && connect_slice_number(&epoch, &envelope->epoch) != OD_OK)
        return OD_EINVAL;
    return envelope->body.at[0] == '{' && envelope->protocol <= UINT32_MAX && envelope->epoch <= UINT32_MAX ? OD_OK : OD_EINVAL;
}

static uint8_t kind_of(const struct connect_slice *word)
{
    for (uint8_t kind = BASE_ITEM_ACCEPT; kind <= BASE_ITEM_UNPAUSE; kind++)
        if (connect_slice_is(word, connect_report_name(kind)))
            return kind;
    return UINT8_MAX; /* the item is refused, the others are taken */
}

static int item_read(const struct connect_slice *text, struct base_frame *item)
{
    struct connect_slice kind = {0}, id = {0}, task = TEXT("0"), payload = TEXT("{}");
    const struct connect_field fields[] = {
        {.name = "kind", .slice = &kind, .is_required = true},
        {.name = "id", .slice = &id, .is_required = true},
        {.name = "task", .slice = &task},
        {.name = "payload", .slice = &payload},
    };

    if (connect_fields_read(text->at, text->size, fields, sizeof(fields) / sizeof(fields[0])) != OD_OK ||
        connect_slice_number(&id, &item->id) != OD_OK || item->id > INT64_MAX ||
        connect_slice_number(&task, &item->task) != OD_OK)
        return OD_EINVAL;
    item->kind = kind_of(&kind);
    item->length = (uint32_t)payload.size;
    item->payload = payload.at;
    return OD_OK;
}

int connect_items_read(const struct connect_slice *body, uint32_t epoch, struct base_buffer *payload, uint16_t *count,
                       const char **fault)
{
    struct connect_slice list = {0}, text;
    const struct connect_field fields[] = {{.name = "items", .slice = &list, .is_required = true}};

    *count = 0;
    *fault = "the body needs items: a list of reports";
    if (connect_fields_read(body->at, body->size, fields, 1) != OD_OK || list.at[0] != '[')
        return OD_EINVAL;
    while (connect_list_next(&list, &text)) {
        struct base_frame item = {.epoch = epoch};

        *fault = "an item needs kind, id (a number from 1) and, where it is about one, task";
        if (item_read(&text, &item) != OD_OK)
            return OD_EINVAL;
        *fault = "a report has at most 128 items, and at most as many bytes as a frame";
        if (*count == BASE_BATCH_ITEMS_MAX ||
            payload->size + BASE_FRAME_HEADER_SIZE + item.length > BASE_FRAME_PAYLOAD_MAX)
            return OD_EINVAL;
        base_frame_put(payload, &item);
        (*count)++;
    }
    *fault = "a report needs at least one item";
    if (payload->is_broken)
        return OD_ENOMEM;
    return *count > 0 ? OD_OK : OD_EINVAL;
}
