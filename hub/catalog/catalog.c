/* SPDX-License-Identifier: Apache-2.0 */
/* Load, restore, look up.
 *
 *   sources -> chop -> tables_init -> calendars -> layers_link -> rule sets -> center ->
 *   departments -> matters -> matters_link -> services -> snapshot and version
 *
 * Each step needs the ones before it. Findings never stop a step; they refuse the
 * catalogue at the end. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "catalog/calendar_days.h"
#include "catalog/loading.h"

const struct catalog_limits catalog_limits_default = {
    .files_max = CATALOG_FILES_MAX,
    .file_size_max = CATALOG_FILE_MAX,
    .snapshot_size_max = CATALOG_SNAPSHOT_MAX,
    .calendars_max = CATALOG_CALENDARS_MAX,
    .departments_max = CATALOG_DEPARTMENTS_MAX,
    .matters_max = CATALOG_MATTERS_MAX,
    .services_max = CATALOG_SERVICES_MAX,
};

void catalog_loading_init(struct catalog_loading *loading, struct base_arena *arena,
                          struct catalog_findings *findings, const struct catalog_limits *limits)
{
    *loading = (struct catalog_loading){.arena = arena, .findings = findings, .limits = limits};
    findings->count = 0;
}

void catalog_loading_fini(struct catalog_loading *loading)
{
    for (size_t i = 0; i < loading->source_count; i++) {
        base_free(loading->sources[i].path);
        base_free(loading->sources[i].text);
    }
    for (size_t i = 0; i < CATALOG_ITEM_KINDS; i++) {
        base_free(loading->items[i].at);
        base_free(loading->item_of[i]);
    }
    base_free(loading->sources);
    base_free(loading->after);
    catalog_promises_destroy(loading->promises);
    base_buffer_fini(&loading->snapshot);
    base_buffer_fini(&loading->hashes);
}

static void too_many_report(struct catalog_loading *loading, enum catalog_item_kind kind, size_t max)
{
    const struct catalog_items *items = &loading->items[kind];

    if (items->count > max)
        catalog_report_at(loading, &items->at[max], "", "there are %zu %s, at most %zu are allowed", items->count,
                          catalog_item_members[kind], max);
}

static void rule_tables_init(struct catalog_loading *loading)
{
    struct catalog *catalog = loading->catalog;
    size_t sets = loading->items[CATALOG_ITEM_RULE_SET].count;

    if (sets == 0)
        return;
    catalog->rule_sets = catalog_take(loading, sets * sizeof(*catalog->rule_sets));
    catalog->rules = catalog_take(loading, CATALOG_RULES_MAX * sizeof(struct catalog_rule *));
    if (catalog_index_init(&catalog->rule_set_index, loading->arena, sets) != OD_OK ||
        catalog_index_init(&catalog->rule_index, loading->arena, CATALOG_RULES_MAX) != OD_OK)
        loading->rc = OD_ENOMEM;
}

/* Rows for everything that was found, so that pointers to them never move. */
static bool tables_init(struct catalog_loading *loading)
{
    struct catalog *catalog = loading->catalog;
    size_t calendars = loading->items[CATALOG_ITEM_CALENDAR].count;
    size_t departments = loading->items[CATALOG_ITEM_DEPARTMENT].count;
    size_t matters = loading->items[CATALOG_ITEM_MATTER].count;
    size_t services = loading->items[CATALOG_ITEM_SERVICE].count;

    too_many_report(loading, CATALOG_ITEM_CALENDAR, loading->limits->calendars_max);
    too_many_report(loading, CATALOG_ITEM_DEPARTMENT, loading->limits->departments_max);
    too_many_report(loading, CATALOG_ITEM_MATTER, loading->limits->matters_max);
    too_many_report(loading, CATALOG_ITEM_SERVICE, loading->limits->services_max);
    too_many_report(loading, CATALOG_ITEM_RULE_SET, CATALOG_RULE_SETS_MAX);
    too_many_report(loading, CATALOG_ITEM_NOTICE, CATALOG_NOTICE_TEXTS_MAX);
    if (loading->findings->count > 0)
        return false; /* a file that is no JSON, or too much of everything: nothing more can be said */
    catalog->calendars = catalog_take(loading, (calendars + 1) * sizeof(*catalog->calendars));
    catalog->departments = catalog_take(loading, (departments + 1) * sizeof(*catalog->departments));
    catalog->matters = catalog_take(loading, (matters + 1) * sizeof(*catalog->matters));
    catalog->services = catalog_take(loading, (services + 1) * sizeof(*catalog->services));
    loading->after = base_alloc((matters + 1) * sizeof(*loading->after));
    catalog->notice_texts = catalog_take(loading, (loading->items[CATALOG_ITEM_NOTICE].count + 1) * sizeof(*catalog->notice_texts));
    rule_tables_init(loading);
    for (size_t kind = CATALOG_ITEM_CALENDAR; kind <= CATALOG_ITEM_NOTICE; kind++) {
        loading->item_of[kind] = base_alloc((loading->items[kind].count + 1) * sizeof(uint32_t));
        if (loading->item_of[kind] == NULL)
            loading->rc = OD_ENOMEM;
    }
    if (loading->after == NULL ||
        catalog_index_init(&catalog->calendar_index, loading->arena, calendars) != OD_OK ||
        catalog_index_init(&catalog->department_index, loading->arena, departments) != OD_OK ||
        catalog_index_init(&catalog->matter_index, loading->arena, matters) != OD_OK ||
        catalog_index_init(&catalog->service_index, loading->arena, services) != OD_OK)
        loading->rc = OD_ENOMEM;
    return loading->rc == OD_OK;
}

/* Keep the item's compact text and its hash. *at: where it begins in the snapshot. */
static void item_keep(struct catalog_loading *loading, const struct catalog_item *item, size_t *at, size_t *size)
{
    const char *text = loading->sources[item->source].text + item->offset;
    uint8_t hash[1 + BASE_HASH_SIZE] = {(uint8_t)item->kind};

    *at = loading->snapshot.size;
    catalog_compact(&loading->snapshot, text, item->size);
    *size = loading->snapshot.size - *at;
    int rc = base_json_canonical_hash(text, item->size, hash + 1);
    base_buffer_put(&loading->hashes, hash, sizeof(hash));
    if (rc != OD_OK || loading->snapshot.is_broken || loading->hashes.is_broken)
        loading->rc = OD_ENOMEM;
}

/* Make the row just filled the next one of its kind, unless its id is taken. */
static void row_add(struct catalog_loading *loading, struct catalog_index *index, const char *id)
{
    const struct catalog_items *items = &loading->items[loading->item->kind];
    uint32_t *item_of = loading->item_of[loading->item->kind], next = index->count;
    struct catalog_spot spot = {NULL, "id", 0};
    char place[256];

    if (id == NULL)
        return;
    uint32_t row = catalog_index_add(index, id);
    if (row == next) {
        item_of[row] = (uint32_t)(loading->item - items->at);
        return;
    }
    catalog_item_place(loading, &items->at[item_of[row]], place, sizeof(place));
    catalog_report(loading, &spot, "\"%s\" is defined already at %s; give one of them another id", id, place);
}

/* The snapshot still moves while it grows: until texts_fix the pointer holds the offset. */
static void text_note(const char **text, size_t at)
{
    *text = (const char *)(uintptr_t)at;
}

static void calendar_take(struct catalog_loading *loading, const struct base_json *json)
{
    struct catalog *catalog = loading->catalog;
    struct catalog_days *row = &catalog->calendars[catalog->calendar_index.count];

    *row = (struct catalog_days){.id = NULL};
    catalog_days_load(loading, json, row);
    row_add(loading, &catalog->calendar_index, row->id);
}

static void rule_set_take(struct catalog_loading *loading, const struct base_json *json)
{
    struct catalog *catalog = loading->catalog;
    struct catalog_rule_set *row = &catalog->rule_sets[catalog->rule_set_index.count];

    *row = (struct catalog_rule_set){.index = catalog->rule_set_index.count};
    catalog_rule_set_load(loading, json, row);
    row_add(loading, &catalog->rule_set_index, row->id);
}

static void center_take(struct catalog_loading *loading, const struct base_json *json)
{
    if (loading->catalog->center_id == NULL && loading->item == loading->items[CATALOG_ITEM_CENTER].at)
        catalog_center_load(loading, json);
    else
        catalog_report(loading, NULL, "there is a second \"center\"; a catalogue is of one center");
}

static void department_take(struct catalog_loading *loading, const struct base_json *json, size_t at, size_t size)
{
    struct catalog *catalog = loading->catalog;
    struct catalog_department *row = &catalog->departments[catalog->department_index.count];

    *row = (struct catalog_department){.index = catalog->department_index.count, .text_size = size};
    text_note(&row->text, at);
    catalog_department_load(loading, json, row);
    row_add(loading, &catalog->department_index, row->id);
}

static void matter_take(struct catalog_loading *loading, const struct base_json *json, size_t at, size_t size)
{
    struct catalog *catalog = loading->catalog;
    struct catalog_matter *row = &catalog->matters[catalog->matter_index.count];

    *row = (struct catalog_matter){.index = catalog->matter_index.count, .text_size = size, .catalog = catalog};
    text_note(&row->text, at);
    catalog_matter_load(loading, json, row);
    row_add(loading, &catalog->matter_index, row->id);
}

static void service_take(struct catalog_loading *loading, const struct base_json *json, size_t at, size_t size)
{
    struct catalog *catalog = loading->catalog;
    struct catalog_service *row = &catalog->services[catalog->service_index.count];

    *row = (struct catalog_service){.index = catalog->service_index.count, .text_size = size, .catalog = catalog};
    text_note(&row->text, at);
    catalog_service_load(loading, json, row);
    row_add(loading, &catalog->service_index, row->id);
}

/* The only writer of each kind's rows. */
static void item_take(struct catalog_loading *loading, const struct base_json *json, size_t at, size_t size)
{
    switch (loading->item->kind) {
    case CATALOG_ITEM_CENTER: center_take(loading, json); break;
    case CATALOG_ITEM_CALENDAR: calendar_take(loading, json); break;
    case CATALOG_ITEM_RULE_SET: rule_set_take(loading, json); break;
    case CATALOG_ITEM_NOTICE: catalog_notice_text_load(loading, json); break;
    case CATALOG_ITEM_DEPARTMENT: department_take(loading, json, at, size); break;
    case CATALOG_ITEM_MATTER: matter_take(loading, json, at, size); break;
    case CATALOG_ITEM_SERVICE: service_take(loading, json, at, size); break;
    case CATALOG_ITEM_NONE:
    case CATALOG_ITEM_FILE:
    case CATALOG_ITEM_KINDS: break;
    }
}

static void kind_read(struct catalog_loading *loading, enum catalog_item_kind kind)
{
    const struct catalog_items *items = &loading->items[kind];

    for (size_t i = 0; i < items->count && loading->rc == OD_OK; i++) {
        size_t at = 0, size = 0;
        loading->item = &items->at[i];
        struct base_json *json = catalog_item_parse(loading, loading->item);
        if (json == NULL)
            continue;
        if (i > 0)
            base_buffer_put(&loading->snapshot, ",", 1);
        item_keep(loading, loading->item, &at, &size);
        if (loading->rc == OD_OK)
            item_take(loading, json, at, size);
        base_json_destroy(json);
    }
}

static void member_read(struct catalog_loading *loading, enum catalog_item_kind kind, bool is_list)
{
    base_buffer_put_format(&loading->snapshot, "%s\"%s\":%s", kind == CATALOG_ITEM_CALENDAR ? "{" : ",",
                           catalog_item_members[kind], is_list ? "[" : "");
    kind_read(loading, kind);
    base_buffer_put_text(&loading->snapshot, is_list ? "]" : "");
}

/* Resolve the layers, and keep beside the calendars what these files say of them. */
static void calendars_link(struct catalog_loading *loading)
{
    struct catalog *catalog = loading->catalog;
    size_t size = catalog->calendar_index.count * sizeof(*catalog->calendars);
    struct catalog_layers layers = {catalog->calendars, &catalog->calendar_index,
                                    loading->item_of[CATALOG_ITEM_CALENDAR]};

    catalog_layers_link(loading, &layers);
    struct catalog_days *own = catalog_take(loading, size + 1);
    if (own != NULL && size > 0)
        memcpy(own, catalog->calendars, size);
    catalog->calendars_own = own;
}

static void items_read(struct catalog_loading *loading)
{
    const char *where = loading->folder != NULL ? loading->folder : loading->sources[0].path;

    member_read(loading, CATALOG_ITEM_CALENDAR, true);
    if (loading->rc == OD_OK)
        calendars_link(loading);
    if (loading->items[CATALOG_ITEM_RULE_SET].count > 0) /* a catalogue without them has the snapshot that it always had */
        member_read(loading, CATALOG_ITEM_RULE_SET, true);
    if (loading->items[CATALOG_ITEM_CENTER].count == 0)
        catalog_report_file(loading, where, "no file has a \"center\"; add one with id, name, time_zone and calendar");
    member_read(loading, CATALOG_ITEM_CENTER, false);
    member_read(loading, CATALOG_ITEM_DEPARTMENT, true);
    member_read(loading, CATALOG_ITEM_MATTER, true);
    if (loading->rc == OD_OK)
        catalog_matters_link(loading);
    loading->found_before_services = loading->findings->count;
    member_read(loading, CATALOG_ITEM_SERVICE, true);
    if (loading->items[CATALOG_ITEM_NOTICE].count > 0)
        member_read(loading, CATALOG_ITEM_NOTICE, true);
    base_buffer_put(&loading->snapshot, "}", 1);
    if (loading->snapshot.is_broken)
        loading->rc = OD_ENOMEM;
    if (loading->snapshot.size > loading->limits->snapshot_size_max)
        catalog_report_file(loading, where, "the catalogue has %zu bytes without white space, at most %zu are allowed",
                            loading->snapshot.size, loading->limits->snapshot_size_max);
}

/* Turn the noted offsets into pointers, now that the snapshot stays where it is. */
static void texts_fix(struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->department_index.count; i++)
        catalog->departments[i].text = catalog->snapshot + (uintptr_t)catalog->departments[i].text;
    for (size_t i = 0; i < catalog->matter_index.count; i++)
        catalog->matters[i].text = catalog->snapshot + (uintptr_t)catalog->matters[i].text;
    for (size_t i = 0; i < catalog->service_index.count; i++)
        catalog->services[i].text = catalog->snapshot + (uintptr_t)catalog->services[i].text;
}

static void snapshot_finish(struct catalog_loading *loading)
{
    struct catalog *catalog = loading->catalog;
    uint8_t hash[BASE_HASH_SIZE];

    base_hash(loading->hashes.bytes, loading->hashes.size, hash);
    base_hex(hash, (CATALOG_VERSION_SIZE - 1) / 2, catalog->version);
    catalog->snapshot = base_buffer_take(&loading->snapshot, &catalog->snapshot_size);
    char *fitted = base_realloc(catalog->snapshot, catalog->snapshot_size + 1);
    catalog->snapshot = fitted != NULL ? fitted : catalog->snapshot; /* give back the spare room, if that is possible */
    texts_fix(catalog);
}

/* Sources to *out. */
static int sources_load(struct catalog_loading *loading, struct catalog **out)
{
    for (uint32_t i = 0; i < loading->source_count && loading->rc == OD_OK; i++)
        catalog_chop(loading, i);
    if (loading->rc == OD_OK && tables_init(loading))
        items_read(loading);
    if (loading->rc != OD_OK)
        return loading->rc;
    if (loading->findings->count > 0)
        return OD_EINVAL;
    snapshot_finish(loading);
    *out = loading->catalog;
    return OD_OK;
}

static struct catalog *catalog_create(void)
{
    struct catalog *catalog = base_alloc(sizeof(*catalog));

    if (catalog != NULL)
        catalog->references = 1;
    return catalog;
}

/* What a catalogue is loaded from: one of these. */
struct origin {
    const char *folder;
    struct catalog_sources *sources; /* empty afterwards */
    const char *snapshot;            /* size bytes */
    size_t size;
};

/* The loading's files become those of sources, and the other way round. */
static void sources_swap(struct catalog_loading *loading, struct catalog_sources *sources)
{
    struct catalog_sources given = *sources;

    *sources = (struct catalog_sources){.at = loading->sources, .count = loading->source_count, .room = loading->source_room};
    loading->sources = given.at;
    loading->source_count = given.count;
    loading->source_room = given.room;
}

static int origin_read(struct catalog_loading *loading, const struct origin *origin)
{
    if (origin->folder != NULL)
        return catalog_files_read(loading, origin->folder);
    if (origin->sources == NULL)
        return catalog_source_add(loading, "snapshot", origin->snapshot, origin->size);
    sources_swap(loading, origin->sources);
    return OD_OK;
}

/* kept: gets the files; NULL = they go. */
static int load(const struct origin *origin, const struct catalog_limits *limits, struct catalog **out, struct catalog_findings *findings,
                struct catalog_sources *kept)
{
    struct catalog_loading loading;
    struct catalog *catalog = catalog_create();

    findings->count = 0;
    if (catalog == NULL)
        return OD_ENOMEM;
    catalog_loading_init(&loading, &catalog->arena, findings, limits);
    loading.is_restored = origin->snapshot != NULL;
    loading.catalog = catalog;
    int rc = origin_read(&loading, origin);
    if (rc == OD_OK)
        rc = sources_load(&loading, out);
    if (rc == OD_OK && kept != NULL)
        sources_swap(&loading, kept);
    catalog_loading_fini(&loading);
    if (rc != OD_OK)
        catalog_release(catalog);
    return rc;
}

int catalog_load_within(const char *folder, const struct catalog_limits *limits, struct catalog **out,
                        struct catalog_findings *findings)
{
    return load(&(struct origin){.folder = folder}, limits, out, findings, NULL);
}

/* Calendars and rule sets of the sources. */
static int rules_read(struct catalog_loading *loading, const char *path)
{
    for (uint32_t i = 0; i < loading->source_count && loading->rc == OD_OK; i++)
        catalog_chop(loading, i);
    if (loading->rc == OD_OK && loading->items[CATALOG_ITEM_RULE_SET].count == 0 && loading->findings->count == 0)
        catalog_report_file(loading, path, "there is no \"rule_sets\" in it");
    if (loading->rc == OD_OK && tables_init(loading)) {
        member_read(loading, CATALOG_ITEM_CALENDAR, true);
        if (loading->rc == OD_OK)
            calendars_link(loading);
        member_read(loading, CATALOG_ITEM_RULE_SET, true);
    }
    return loading->rc != OD_OK ? loading->rc : loading->findings->count > 0 ? OD_EINVAL : OD_OK;
}

int catalog_rules_load(const char *path, struct catalog **out, struct catalog_findings *findings)
{
    struct catalog_loading loading;
    struct stat status;
    struct catalog *catalog = catalog_create();

    findings->count = 0;
    if (catalog == NULL)
        return OD_ENOMEM;
    catalog_loading_init(&loading, &catalog->arena, findings, &catalog_limits_default);
    loading.catalog = catalog;
    loading.is_rules_only = true;
    int rc = stat(path, &status) == 0 ? OD_OK : errno == ENOENT || errno == ENOTDIR ? OD_ENOTFOUND : OD_EIO;
    if (rc == OD_OK)
        rc = S_ISDIR(status.st_mode) ? catalog_files_read(&loading, path) : catalog_file_read(&loading, path, path);
    if (rc == OD_OK)
        rc = rules_read(&loading, path);
    catalog_loading_fini(&loading);
    if (rc == OD_OK)
        *out = catalog;
    else
        catalog_release(catalog);
    return rc;
}

int catalog_load(const char *folder, struct catalog **out, struct catalog_findings *findings)
{
    return load(&(struct origin){.folder = folder}, &catalog_limits_default, out, findings, NULL);
}

int catalog_load_keeping(const char *folder, struct catalog **out, struct catalog_findings *findings, struct catalog_sources *kept)
{
    return load(&(struct origin){.folder = folder}, &catalog_limits_default, out, findings, kept);
}

int catalog_sources_load(struct catalog_sources *sources, struct catalog **out, struct catalog_findings *findings)
{
    return load(&(struct origin){.sources = sources}, &catalog_limits_default, out, findings, NULL);
}

int catalog_restore(const char *snapshot, size_t size, struct catalog **out, struct catalog_findings *findings)
{
    return load(&(struct origin){.snapshot = snapshot, .size = size}, &catalog_limits_default, out, findings, NULL);
}

struct catalog *catalog_retain(struct catalog *catalog)
{
    assert(catalog->references > 0);
    catalog->references++;
    return catalog;
}

void catalog_release(struct catalog *catalog)
{
    if (catalog == NULL)
        return;
    assert(catalog->references > 0);
    if (--catalog->references > 0)
        return;
    catalog_calendars_return(catalog);
    base_arena_fini(&catalog->arena);
    base_free(catalog->snapshot);
    base_free(catalog);
}
