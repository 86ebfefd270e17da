/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones, through libical: those of a file, and the system's. */
#include <assert.h>
#include <libical/ical.h>
#include <string.h>

#include "base/time.h"
#include "catalog/ical.h"

struct catalog_ical_zones {
    size_t count;
    struct {
        char *id; /* owned */
        icaltimezone *zone; /* owned, and its component */
    } at[CATALOG_ICAL_ZONES_MAX];
};

struct catalog_ical_zones *catalog_ical_zones_create(void)
{
    icalerror_set_errors_are_fatal(0);
    return base_alloc(sizeof(struct catalog_ical_zones));
}

void catalog_ical_zones_destroy(struct catalog_ical_zones *zones)
{
    if (zones == NULL)
        return;
    for (size_t i = 0; i < zones->count; i++) {
        icaltimezone_free(zones->at[i].zone, 1);
        base_free(zones->at[i].id);
    }
    base_free(zones);
    icalmemory_free_ring();
}

size_t catalog_ical_zones_count(const struct catalog_ical_zones *zones)
{
    return zones->count;
}

static icaltimezone *zone_parse(const char *text)
{
    icalcomponent *component = icalparser_parse_string(text);
    icaltimezone *zone = icaltimezone_new();

    if (component != NULL && zone != NULL && icalcomponent_isa(component) == ICAL_VTIMEZONE_COMPONENT &&
        icaltimezone_set_component(zone, component) != 0)
        return zone; /* owns the component */
    if (component != NULL)
        icalcomponent_free(component);
    if (zone != NULL)
        icaltimezone_free(zone, 1);
    return NULL;
}

int catalog_ical_zone_add(struct catalog_ical_zones *zones, const char *id, const char *text)
{
    if (zones->count == CATALOG_ICAL_ZONES_MAX)
        return OD_ELIMIT;
    char *copy = base_copy_text(id, strlen(id));
    if (copy == NULL)
        return OD_ENOMEM;
    icaltimezone *zone = zone_parse(text);
    if (zone == NULL) {
        base_free(copy);
        return OD_EINVAL;
    }
    zones->at[zones->count].id = copy;
    zones->at[zones->count++].zone = zone;
    return OD_OK;
}

/* A name of the system's zones, so that a file cannot name a path. */
static bool is_name(const char *id)
{
    return strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") == strlen(id) &&
           id[0] != '\0' && id[0] != '/' && strstr(id, "//") == NULL;
}

/* NULL when there is none. */
static icaltimezone *zone_find(const struct catalog_ical_zones *zones, const char *id)
{
    for (size_t i = 0; i < zones->count; i++) {
        if (strcmp(zones->at[i].id, id) == 0)
            return zones->at[i].zone;
    }
    return is_name(id) ? icaltimezone_get_builtin_timezone(id) : NULL;
}

bool catalog_ical_zone_is_known(const struct catalog_ical_zones *zones, const char *id)
{
    return zone_find(zones, id) != NULL;
}

void catalog_ical_zone_convert(const struct catalog_ical_zones *zones, const char *from, const char *to,
                               struct catalog_ical_time *time)
{
    icaltimezone *utc = icaltimezone_get_utc_timezone();
    icaltimezone *from_zone = from != NULL ? zone_find(zones, from) : utc;
    icaltimezone *to_zone = to != NULL ? zone_find(zones, to) : utc;
    struct icaltimetype moment = icaltime_null_time();

    assert(from_zone != NULL);
    assert(to_zone != NULL);
    base_day_to_civil(time->day, &moment.year, &moment.month, &moment.day);
    moment.hour = time->second / 3600;
    moment.minute = time->second / 60 % 60;
    moment.second = time->second % 60;
    icaltimezone_convert_time(&moment, from_zone, to_zone);
    time->day = base_day_from_civil(moment.year, moment.month, moment.day);
    time->second = moment.hour * 3600 + moment.minute * 60 + moment.second;
}
