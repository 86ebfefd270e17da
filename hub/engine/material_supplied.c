/* SPDX-License-Identifier: Apache-2.0 */
/* Which contents supplements named, by the journal: earlier builds forgot one when another of the same material was supplied. */
#include "engine/material.h"

#include <string.h>

static int event_take(struct base_arena *arena, const struct base_json *event, struct engine_supplied **list)
{
    for (const struct base_json *item = base_json_first(base_json_member(event, "materials")); item != NULL; item = base_json_next(item)) {
        const char *digits = base_json_member_text(item, "sha256");
        struct engine_supplied *supplied = digits != NULL ? base_arena_take(arena, sizeof(*supplied)) : NULL;

        if (digits == NULL)
            continue;
        if (supplied == NULL)
            return OD_ENOMEM;
        engine_digits_copy(supplied->digits, digits);
        supplied->next = *list;
        *list = supplied;
    }
    return OD_OK;
}

static int record_take(struct base_arena *arena, const struct store_record *record, struct engine_supplied **list)
{
    static const char prefix[] = "supplemented"; /* or in part */
    struct base_json_error error;
    struct base_json *tree = NULL;
    int rc = base_json_parse(record->record, record->size, &tree, &error);

    for (const struct base_json *event = base_json_first(base_json_member(tree, "events")); event != NULL && rc == OD_OK; event = base_json_next(event)) {
        const char *type = base_json_member_text(event, "type");

        if (type != NULL && strncmp(type, prefix, sizeof(prefix) - 1) == 0)
            rc = event_take(arena, event, list);
    }
    base_json_destroy(tree);
    return rc;
}

int engine_supplied_read(struct store_reader *reader, uint64_t application, struct base_arena *arena, struct engine_supplied **list)
{
    struct store_record *records = NULL;
    size_t count = 0;
    int rc = store_read_history(reader, application, 0, arena, &records, &count);

    *list = NULL;
    for (size_t i = 0; i < count && rc == OD_OK; i++)
        rc = record_take(arena, &records[i], list);
    return rc;
}
