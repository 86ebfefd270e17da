/* SPDX-License-Identifier: Apache-2.0 */
/* Forms and configurations for modules without a JSON library. */
#include <string.h>

#include "host/call.h"
#include "host/view.h"

static int value_fill(struct host *host, const struct host_view_item *item, struct od_value *value)
{
    struct od_value full = {.size = value->size, .type = host_view_type(item->value), .json = item->value.at,
                            .json_size = item->value.size};
    bool is_integer = false;
    size_t key_size;
    int rc = OD_OK;

    if (full.type == OD_VALUE_TEXT)
        rc = host_view_text(item->value, &host->scratch, &full.text, &full.text_size);
    else if (full.type == OD_VALUE_NUMBER)
        rc = host_view_number(item->value, &full.number, &is_integer, &full.integer);
    else if (full.type == OD_VALUE_BOOL)
        full.number = item->value.at[0] == 't';
    if (rc == OD_OK && item->key.at != NULL)
        rc = host_view_content(item->key, &host->scratch, &full.key, &key_size);
    if (rc != OD_OK)
        return rc == OD_ENOMEM ? OD_ENOMEM : OD_ESYNTAX;
    full.is_integer = is_integer;
    memcpy(value, &full, value->size < sizeof(full) ? value->size : sizeof(full));
    return OD_OK;
}

static bool is_argument_fine(struct host *host, const char *call, const char *json, const struct od_value *value)
{
    if (json != NULL && value != NULL && value->size >= sizeof(value->size))
        return true;
    host_trap(host, 0, "%s: NULL argument, or the size of the value is not set", call);
    return false;
}

static int json_member(void *context, const char *json, size_t size, const char *name, struct od_value *value)
{
    struct host *host = context;
    struct host_view_item item = {.key.at = NULL}; /* the caller knows the name */

    if (!host_call_is_in_place(host, "od_json_member"))
        return OD_ESTATE;
    if (!is_argument_fine(host, "od_json_member", json, value) || name == NULL)
        return OD_EINVAL;
    int rc = host_view_member((struct host_view){json, size}, name, &item.value);
    return rc == OD_OK ? value_fill(host, &item, value) : rc;
}

static int json_next(void *context, const char *json, size_t size, size_t *offset, struct od_value *value)
{
    struct host *host = context;
    struct host_view_item item;

    if (!host_call_is_in_place(host, "od_json_next"))
        return OD_ESTATE;
    if (!is_argument_fine(host, "od_json_next", json, value) || offset == NULL || *offset > size)
        return OD_EINVAL;
    size_t after = *offset;
    int rc = host_view_next((struct host_view){json, size}, &after, &item);
    if (rc == OD_OK)
        rc = value_fill(host, &item, value);
    if (rc == OD_OK)
        *offset = after;
    return rc;
}

void host_call_init_json(struct od_host *table)
{
    table->json_member = json_member;
    table->json_next = json_next;
}
