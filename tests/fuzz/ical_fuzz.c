/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as an iCalendar file. What must hold: it loads or is refused with a line; what
 * loads is a calendar that the core accepts, and as the project's JSON it says the same. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "catalog/calendar.h"
#include "catalog/ical.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct catalog_findings findings;

static void require(int condition)
{
    if (!condition)
        abort();
}

static void ascending_check(const core_day *days, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        require(days[i] >= 0 && days[i] <= CATALOG_PUBLISHED_MAX);
        require(i == 0 || days[i - 1] < days[i]);
    }
}

static void rules_check(const struct core_calendar *rules)
{
    core_day due;

    ascending_check(rules->holidays, rules->holiday_count);
    ascending_check(rules->make_ups, rules->make_up_count);
    for (size_t i = 0; i < rules->make_up_count; i++)
        require(core_calendar_kind(rules, rules->make_ups[i]) == CORE_DAY_MAKE_UP);
    require(rules->published_from <= rules->published_until);
    (void)!core_calendar_due(rules, 20000, 20, &due);
}

/* Written as the project's JSON and read again: the same days. */
static void round_trip(const struct catalog_days *days)
{
    struct base_buffer buffer = {.size = 0};
    struct catalog_calendar calendar = {.rules = days->rules, .name = days->name, .holiday_names = days->holiday_names,
                                        .make_up_names = days->make_up_names};
    struct base_arena arena = {0};
    struct catalog_days again = {.id = NULL};
    struct catalog_loading loading;

    catalog_put_calendar_file(&buffer, &calendar, "x", NULL);
    require(!buffer.is_broken);
    catalog_loading_init(&loading, &arena, &findings, &catalog_limits_default);
    require(catalog_source_add(&loading, "x.json", buffer.bytes, buffer.size) == OD_OK);
    catalog_project_read(&loading, "x.json", &again);
    require(loading.rc == OD_OK);
    require(findings.count == 0);
    require(again.rules.published_from == days->rules.published_from);
    require(again.rules.holiday_count == days->rules.holiday_count);
    require(again.rules.make_up_count == days->rules.make_up_count);
    require(days->rules.holiday_count == 0 ||
            memcmp(again.rules.holidays, days->rules.holidays, days->rules.holiday_count * sizeof(core_day)) == 0);
    catalog_loading_fini(&loading);
    base_arena_fini(&arena);
    base_buffer_fini(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct base_arena arena = {0};
    struct catalog_days days = {.id = "x"};
    struct catalog_loading loading;

    require(base_hash_init() == OD_OK);
    catalog_loading_init(&loading, &arena, &findings, &catalog_limits_default);
    require(catalog_source_add(&loading, "x.ics", (const char *)bytes, size) == OD_OK);
    catalog_ical_read(&loading, &days);
    require(loading.rc == OD_OK);
    for (size_t i = 0; i < findings.count && i < CATALOG_FINDINGS_MAX; i++)
        require(findings.items[i].line > 0 && findings.items[i].column > 0 && findings.items[i].text[CATALOG_EN][0] != '\0');
    if (findings.count == 0) {
        rules_check(&days.rules);
        if (days.rules.holiday_count + days.rules.make_up_count <= CATALOG_LISTED_MAX)
            round_trip(&days);
    }
    catalog_loading_fini(&loading);
    base_arena_fini(&arena);
    return 0;
}
