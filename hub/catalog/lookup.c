/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a loaded catalogue. */
#include <assert.h>

#include "catalog/tables.h"

const char *catalog_version(const struct catalog *catalog)
{
    return catalog->version;
}

const char *catalog_snapshot(const struct catalog *catalog, size_t *size)
{
    *size = catalog->snapshot_size;
    return catalog->snapshot;
}

const char *catalog_zone(const struct catalog *catalog)
{
    return catalog->zone;
}

const struct catalog_text *catalog_center_name(const struct catalog *catalog)
{
    return &catalog->center_name;
}

const struct catalog_contact *catalog_contact(const struct catalog *catalog)
{
    return &catalog->contact;
}

int32_t catalog_documents_years(const struct catalog *catalog)
{
    return catalog->documents_years;
}

core_day catalog_published_until(const struct catalog *catalog)
{
    return catalog->calendar->rules.published_until;
}

const struct core_calendar *catalog_calendar_rules(const struct catalog *catalog)
{
    return &catalog->calendar->rules;
}

const struct core_limit *catalog_aftercare_limit(const struct catalog *catalog, enum catalog_aftercare clock)
{
    return &catalog->aftercare[clock];
}

int catalog_counted_day(const struct catalog *catalog, core_day day, int32_t minute, core_day *counted)
{
    if (!catalog->rolls_receipt) {
        *counted = day;
        return OD_OK;
    }
    return core_calendar_roll(&catalog->calendar->rules, day + (minute >= catalog->closes_minute), counted);
}

const char *catalog_calendar_id(const struct catalog *catalog)
{
    return catalog->calendar_id;
}

const struct catalog_text *catalog_day_name(const struct catalog *catalog, core_day day)
{
    return catalog_calendar_day_name(catalog, &catalog->calendar->rules, day);
}

size_t catalog_service_count(const struct catalog *catalog)
{
    return catalog->service_index.count;
}

const struct catalog_service *catalog_service_at(const struct catalog *catalog, size_t index)
{
    assert(index < catalog->service_index.count);
    return &catalog->services[index];
}

const struct catalog_service *catalog_service_find(const struct catalog *catalog, const char *id)
{
    uint32_t at = catalog_index_find(&catalog->service_index, id);

    return at != CATALOG_INDEX_NONE ? &catalog->services[at] : NULL;
}

size_t catalog_matter_count(const struct catalog *catalog)
{
    return catalog->matter_index.count;
}

const struct catalog_matter *catalog_matter_at(const struct catalog *catalog, size_t index)
{
    assert(index < catalog->matter_index.count);
    return &catalog->matters[index];
}

const struct catalog_matter *catalog_matter_find(const struct catalog *catalog, const char *id)
{
    uint32_t at = catalog_index_find(&catalog->matter_index, id);

    return at != CATALOG_INDEX_NONE ? &catalog->matters[at] : NULL;
}

size_t catalog_department_count(const struct catalog *catalog)
{
    return catalog->department_index.count;
}

const struct catalog_department *catalog_department_at(const struct catalog *catalog, size_t index)
{
    assert(index < catalog->department_index.count);
    return &catalog->departments[index];
}

const struct catalog_department *catalog_department_find(const struct catalog *catalog, const char *id)
{
    uint32_t at = catalog_index_find(&catalog->department_index, id);

    return at != CATALOG_INDEX_NONE ? &catalog->departments[at] : NULL;
}

bool catalog_is_shared(const struct catalog *catalog)
{
    return catalog->references > 1;
}
