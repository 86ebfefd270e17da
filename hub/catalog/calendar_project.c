/* SPDX-License-Identifier: Apache-2.0 */
/* A calendar in the project's JSON, by itself.
 *
 *   chop -> bases_gather (files beside it) -> rows_read -> layers_link -> the one meant
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalog/calendar_days.h"

#define PATH_SIZE 4096

/* The calendars met so far: their ids as written, one for each item. */
struct family {
    struct catalog_loading *loading;
    const char *path; /* of the file that was asked for */
    const char **ids; /* owned; NULL = none, or not read yet */
    const char **bases; /* owned */
    size_t count;
};

static bool has_id(const struct family *family, const char *id)
{
    for (size_t i = 0; i < family->count; i++) {
        if (family->ids[i] != NULL && strcmp(family->ids[i], id) == 0)
            return true;
    }
    return false;
}

static const char *member_copy(struct catalog_loading *loading, const struct base_json *json, const char *key)
{
    const char *text = base_json_member_text(json, key);

    return text != NULL && strlen(text) <= BASE_ID_MAX ? catalog_take_text(loading, text) : NULL;
}

/* Ids and bases of the items that are new. What is wrong with them is told when they are read. */
static bool items_note(struct family *family)
{
    struct catalog_loading *loading = family->loading;
    const struct catalog_items *items = &loading->items[CATALOG_ITEM_CALENDAR];
    const char **ids = base_realloc(family->ids, (items->count + 1) * sizeof(*ids));

    if (ids != NULL)
        family->ids = ids;
    const char **bases = base_realloc(family->bases, (items->count + 1) * sizeof(*bases));
    if (bases != NULL)
        family->bases = bases;
    if (ids == NULL || bases == NULL)
        loading->rc = OD_ENOMEM;
    for (; family->count < items->count && loading->rc == OD_OK; family->count++) {
        const struct catalog_item *item = &items->at[family->count];
        const struct catalog_source *source = &loading->sources[item->source];
        struct base_json *json = NULL;
        struct base_json_error error;
        int rc = base_json_parse(source->text + item->offset, item->size, &json, &error);
        loading->rc = rc == OD_ESYNTAX ? OD_OK : rc;
        ids[family->count] = member_copy(loading, json, "id");
        bases[family->count] = member_copy(loading, json, "base");
        base_json_destroy(json);
    }
    return loading->rc == OD_OK;
}

/* <base>.json in the folder of the file that was asked for, as one more source. */
static void beside_read(struct family *family, const char *base)
{
    struct catalog_loading *loading = family->loading;
    const char *slash = strrchr(family->path, '/');
    int folder_size = slash != NULL ? (int)(slash + 1 - family->path) : 0;
    char path[PATH_SIZE];

    if (strchr(base, '/') != NULL ||
        snprintf(path, sizeof(path), "%.*s%s.json", folder_size, family->path, base) >= PATH_SIZE ||
        access(path, F_OK) != 0)
        return;
    for (size_t i = 0; i < loading->source_count; i++) {
        if (strcmp(loading->sources[i].path, path) == 0)
            return; /* it was read, and does not define that id */
    }
    size_t count = loading->source_count;
    int rc = catalog_file_read(loading, path, path);
    if (rc != OD_OK && loading->findings->count == 0)
        loading->rc = rc;
    if (rc == OD_OK && loading->source_count > count)
        catalog_chop(loading, (uint32_t)count);
}

/* At most one file for each layer below the first: longer chains are refused when they are linked. */
static void bases_gather(struct family *family)
{
    const struct catalog_loading *loading = family->loading;

    for (int layer = 0; layer < CATALOG_LAYERS_MAX && items_note(family); layer++) {
        size_t count = family->count, sources = loading->source_count;
        for (size_t i = 0; i < count && loading->rc == OD_OK; i++) {
            if (family->bases[i] != NULL && !has_id(family, family->bases[i]))
                beside_read(family, family->bases[i]);
        }
        if (loading->source_count == sources)
            break;
    }
}

/* Rows for every item, linked. */
static void rows_read(struct catalog_loading *loading, struct catalog_days *rows, uint32_t *item_of,
                      struct catalog_index *index)
{
    const struct catalog_items *items = &loading->items[CATALOG_ITEM_CALENDAR];
    struct catalog_spot spot = {NULL, "id", 0};

    for (size_t i = 0; i < items->count && loading->rc == OD_OK; i++) {
        struct catalog_days *row = &rows[index->count];
        uint32_t next = index->count;
        loading->item = &items->at[i];
        struct base_json *json = catalog_item_parse(loading, loading->item);
        *row = (struct catalog_days){.id = NULL};
        if (json != NULL)
            catalog_days_load(loading, json, row);
        base_json_destroy(json);
        if (row->id == NULL)
            continue;
        item_of[next] = (uint32_t)i;
        if (catalog_index_add(index, row->id) != next)
            catalog_report(loading, &spot, "\"%s\" is defined already; give one of them another id", row->id);
    }
    struct catalog_layers layers = {rows, index, item_of};
    if (loading->rc == OD_OK)
        catalog_layers_link(loading, &layers);
}

/* Of the file that was asked for, the calendars that are no base of another. */
static size_t tops_count(const struct catalog_loading *loading, const struct family *family, size_t *top)
{
    const struct catalog_items *items = &loading->items[CATALOG_ITEM_CALENDAR];
    size_t count = 0;

    for (size_t i = 0; i < family->count; i++) {
        bool is_base = items->at[i].source != 0;
        for (size_t j = 0; j < family->count && !is_base && family->ids[i] != NULL; j++)
            is_base = family->bases[j] != NULL && j != i && strcmp(family->bases[j], family->ids[i]) == 0;
        if (!is_base) {
            *top = i;
            count++;
        }
    }
    return count;
}

static void family_read(struct family *family, struct catalog_days *out)
{
    struct catalog_loading *loading = family->loading;
    size_t count = loading->items[CATALOG_ITEM_CALENDAR].count, top = 0;
    size_t tops = tops_count(loading, family, &top);
    struct catalog_days *rows = catalog_take(loading, (count + 1) * sizeof(*rows));
    uint32_t *item_of = catalog_take(loading, (count + 1) * sizeof(*item_of));
    struct catalog_index index;

    if (tops > 1 || count == 0) /* none in spite of some: a circle, which is told when they are linked */
        catalog_report_file(loading, loading->sources[0].path,
                            tops > 1 ? "the file has %zu calendars that are no base of another, one is needed here"
                                     : "the file has %zu calendars, one is needed here",
                            tops);
    if (rows == NULL || item_of == NULL || catalog_index_init(&index, loading->arena, count) != OD_OK) {
        loading->rc = OD_ENOMEM;
        return;
    }
    rows_read(loading, rows, item_of, &index);
    for (uint32_t i = 0; i < index.count; i++) {
        if (item_of[i] == top)
            *out = rows[i];
    }
}

void catalog_project_read(struct catalog_loading *loading, const char *path, struct catalog_days *out)
{
    const struct catalog_items *items = &loading->items[CATALOG_ITEM_CALENDAR];
    struct family family = {.loading = loading, .path = path};
    size_t before = loading->findings->count;

    catalog_chop(loading, 0);
    if (loading->rc != OD_OK || loading->findings->count > before)
        return;
    if (items->count > loading->limits->calendars_max)
        catalog_report_file(loading, path, "there are %zu calendars, at most %zu are allowed", items->count,
                            loading->limits->calendars_max);
    else
        bases_gather(&family);
    if (loading->rc == OD_OK && loading->findings->count == before)
        family_read(&family, out);
    base_free(family.ids);
    base_free(family.bases);
}
