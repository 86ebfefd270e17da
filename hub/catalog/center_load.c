/* SPDX-License-Identifier: Apache-2.0 */
/* The center: its zone, calendar and office hours. */
#include <stdio.h>
#include <string.h>

#include "catalog/loading.h"

#define ZONE_SIZE_MAX 64
#define OPENS_DEFAULT (9 * 60)
#define CLOSES_DEFAULT (17 * 60) /* only what rolls_receipt asks for; it is off by default */

/* Minute of the day of "HH:MM", "24:00" included; -1 when it is no time. */
static int32_t minute_of(const char *text)
{
    int hour = 0, minute = 0, size = 0;

    if (strlen(text) != 5 || strspn(text, "0123456789:") != 5)
        return -1;
    if (sscanf(text, "%2d:%2d%n", &hour, &minute, &size) != 2 || size != 5)
        return -1;
    return hour > 24 || minute > 59 || hour * 60 + minute > CORE_DAY_MINUTES ? -1 : hour * 60 + minute;
}

static int32_t minute_read(struct catalog_loading *loading, const struct base_json *json,
                           const struct catalog_spot *spot, const char *key)
{
    const char *text = catalog_read_string(loading, json, spot, key, true, 5);
    struct catalog_spot at = {spot, key, 0};
    int32_t minute = text != NULL ? minute_of(text) : -1;

    if (text != NULL && minute < 0)
        catalog_report(loading, &at, "\"%s\" is to be a time HH:MM, 00:00 to 24:00", key);
    return minute;
}

static void hours_read(struct catalog_loading *loading, const struct base_json *json)
{
    static const char *const members[] = {"opens", "closes", "rolls_receipt"};
    const struct base_json *hours = base_json_member(json, "office_hours");
    struct catalog_spot spot = {NULL, "office_hours", 0};

    loading->catalog->opens_minute = OPENS_DEFAULT;
    loading->catalog->closes_minute = CLOSES_DEFAULT;
    if (hours == NULL || !catalog_read_object(loading, hours, &spot, (struct catalog_words){members, 3}))
        return;
    int32_t opens = loading->catalog->opens_minute = minute_read(loading, hours, &spot, "opens");
    int32_t closes = minute_read(loading, hours, &spot, "closes");
    if (opens >= 0 && closes >= 0 && opens >= closes)
        catalog_report(loading, &spot, "\"opens\" is to lie before \"closes\"");
    loading->catalog->closes_minute = closes;
    loading->catalog->rolls_receipt = catalog_read_flag(loading, hours, &spot, "rolls_receipt", false);
}

static void retention_read(struct catalog_loading *loading, const struct base_json *json)
{
    static const char *const members[] = {"documents_years"};
    const struct base_json *retention = base_json_member(json, "retention");
    struct catalog_spot spot = {NULL, "retention", 0};

    if (retention == NULL || !catalog_read_object(loading, retention, &spot, (struct catalog_words){members, 1}))
        return;
    loading->catalog->documents_years =
        (int32_t)catalog_read_integer(loading, retention, &spot, "documents_years", 1, CATALOG_RETENTION_YEARS_MAX, 0);
}

static void witness_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot)
{
    static const char *const members[] = {"email", "webhook"};
    struct catalog *catalog = loading->catalog;
    struct catalog_witness witness = {.email = NULL};

    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 2}))
        return;
    witness.email = catalog_read_string(loading, json, spot, "email", false, CATALOG_ADDRESS_MAX);
    witness.connector = base_json_member(json, "webhook") != NULL ? catalog_read_id(loading, json, spot, "webhook") : NULL;
    bool is_address = witness.email == NULL || (strchr(witness.email, '@') != NULL && strpbrk(witness.email, " \t\r\n<>,;") == NULL);
    if ((base_json_member(json, "email") != NULL) == (base_json_member(json, "webhook") != NULL))
        catalog_report(loading, spot, "a receiver is {\"email\": ADDRESS} or {\"webhook\": the id of the connector that sends it}");
    else if (!is_address)
        catalog_report(loading, spot, "\"%.64s\" is no address of a mailbox", witness.email);
    else if (catalog->witness_count < CATALOG_WITNESSES_MAX)
        catalog->witnesses[catalog->witness_count++] = witness;
}

/* Who keeps the checkpoints of the journal elsewhere. */
static void evidence_read(struct catalog_loading *loading, const struct base_json *json)
{
    static const char *const members[] = {"notify"};
    const struct base_json *evidence = base_json_member(json, "evidence");
    struct catalog_spot spot = {NULL, "evidence", 0}, list_spot = {&spot, "notify", 0};
    size_t index = 0;

    if (evidence == NULL || !catalog_read_object(loading, evidence, &spot, (struct catalog_words){members, 1}))
        return;
    const struct base_json *list = catalog_read_list(loading, evidence, &spot, "notify", true, 1, CATALOG_WITNESSES_MAX);
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), index++) {
        struct catalog_spot at = {&list_spot, NULL, index};

        witness_read(loading, item, &at);
    }
}

static bool is_zone(const char *name)
{
    size_t size = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");

    return name[size] == '\0' && name[0] != '/' && name[size - 1] != '/';
}

static void calendar_pick(struct catalog_loading *loading, const char *id)
{
    struct catalog *catalog = loading->catalog;
    struct catalog_spot spot = {NULL, "calendar", 0};

    uint32_t at = id != NULL ? catalog_index_find(&catalog->calendar_index, id) : CATALOG_INDEX_NONE;
    if (at != CATALOG_INDEX_NONE)
        catalog->calendar = &catalog->calendars[at];
    else if (id != NULL)
        catalog_report(loading, &spot, "there is no calendar \"%s\"; define it in \"calendars\"", id);
}

/* The limits of after-care; each may be left out. */
static void aftercare_read(struct catalog_loading *loading, const struct base_json *json)
{
    static const char *const members[] = {
        [CATALOG_AFTERCARE_INQUIRY] = "inquiry", [CATALOG_AFTERCARE_COMPLAINT] = "complaint", [CATALOG_AFTERCARE_REPAIR] = "repair"};
    static const struct core_limit defaults[] = {
        [CATALOG_AFTERCARE_INQUIRY] = {.unit = CORE_UNIT_WORKING_DAY, .length = 5, .warn_days = 1},
        [CATALOG_AFTERCARE_COMPLAINT] = {.unit = CORE_UNIT_WORKING_DAY, .length = 15, .warn_days = 3},
        [CATALOG_AFTERCARE_REPAIR] = {.unit = CORE_UNIT_WORKING_DAY, .length = 15, .warn_days = 3}};
    const struct base_json *aftercare = base_json_member(json, "aftercare");
    struct catalog_spot spot = {NULL, "aftercare", 0};
    struct catalog *catalog = loading->catalog;

    if (aftercare != NULL && !catalog_read_object(loading, aftercare, &spot, (struct catalog_words){members, CATALOG_AFTERCARE_CLOCKS}))
        return;
    for (int clock = CATALOG_AFTERCARE_INQUIRY; clock < CATALOG_AFTERCARE_CLOCKS; clock++) {
        const struct catalog_limit_reading reading = {.place = CATALOG_LIMIT_REPLY};
        struct core_limit *limit = &catalog->aftercare[clock];

        if (base_json_member(aftercare, members[clock]) != NULL)
            catalog_read_limit(loading, aftercare, &spot, members[clock], &reading, limit);
        else
            *limit = defaults[clock];
        if (limit->calendar == NULL && catalog->calendar != NULL)
            limit->calendar = &catalog->calendar->rules;
    }
}

void catalog_center_load(struct catalog_loading *loading, const struct base_json *json)
{
    static const char *const members[] = {"id", "name", "time_zone", "calendar", "office_hours", "rule_set", "materials", "notices", "aftercare",
                                           "contact", "paper_languages", "retention", "evidence", "remedies"};
    struct catalog *catalog = loading->catalog;
    struct catalog_spot zone_spot = {NULL, "time_zone", 0};

    if (!catalog_read_object(loading, json, NULL, (struct catalog_words){members, sizeof(members) / sizeof(members[0])}))
        return;
    catalog->center_id = catalog_read_id(loading, json, NULL, "id");
    catalog_read_text(loading, json, NULL, "name", true, &catalog->center_name);
    catalog->zone = catalog_read_string(loading, json, NULL, "time_zone", true, ZONE_SIZE_MAX);
    if (catalog->zone != NULL && !is_zone(catalog->zone))
        catalog_report(loading, &zone_spot, "\"%s\" is no IANA time zone name, e.g. \"Asia/Shanghai\"",
                       catalog->zone);
    catalog->calendar_id = catalog_read_id(loading, json, NULL, "calendar");
    calendar_pick(loading, catalog->calendar_id);
    hours_read(loading, json);
    catalog_document_limit_read(loading, json);
    catalog_notice_rules_load(loading, json);
    retention_read(loading, json);
    evidence_read(loading, json);
    catalog_remedies_load(loading, json, &catalog->remedies);
    catalog->rule_set = catalog_read_rule_set(loading, json, NULL);
    aftercare_read(loading, json);
    catalog_contact_load(loading, json, &catalog->contact);
    catalog_paper_languages_load(loading, json, &catalog->contact);
}
