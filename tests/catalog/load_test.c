/* SPDX-License-Identifier: Apache-2.0 */
/* What a whole catalogue becomes: tables, rules, version, snapshot. */
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "catalog/fixture.h"
#include "catalog/loading.h"
#include "lib/check.h"
#include "lib/files.h"

static struct catalog_findings findings;

static void rules_of_a_service_are_filled(void **state)
{
    struct catalog *catalog = fixture_catalog();
    const struct catalog_service *service = catalog_service_find(catalog, "open-cafe");

    (void)state;
    assert_non_null(service);
    CHECK_I64(4, service->rules.matter_count, "four tasks");
    CHECK_I64(0, service->rules.matters[0].after, "license waits for nothing");
    CHECK_I64(1, service->rules.matters[1].after, "fire-check after license, by the matter");
    CHECK_I64(1, service->rules.matters[2].after, "health-permit after license, by the service");
    CHECK_I64(6, service->rules.matters[3].after, "sign after both");
    CHECK_I64(CORE_POLICY_QUORUM, service->rules.policy, "policy");
    CHECK_I64(3, service->rules.quorum, "threshold");
    CHECK_I64(2, service->rules.matters[2].weight, "weight of the health department");
    CHECK_I64(1, service->rules.matters[3].weight, "default weight");
    CHECK(service->rules.stops_on_veto, "stops_on_veto");
    CHECK_I64(45, service->rules.statutory.length, "joint statutory");
    CHECK_I64(15, service->rules.promised.length, "joint promised");
    CHECK_I64(CORE_UNIT_CALENDAR_DAY, service->rules.supplement.unit, "supplement");
    CHECK_I64(17 * 60 + 30, service->rules.closes_minute, "office hours");
    CHECK(service->rules.rolls_receipt, "rolls_receipt");
    CHECK_I64(CORE_EXPIRY_DEEMED_CONSENT, service->rules.matters[1].expiry, "expiry");
    CHECK_I64(1u << CORE_PAUSE_INSPECTION, service->rules.matters[1].pause_kinds, "pauses");
    CHECK_I64(9, service->rules.matters[1].promised.length + service->rules.matters[3].promised.length - 10, "promises");
    CHECK(service->rules.calendar == catalog_calendar_rules(catalog), "the center's calendar");
    CHECK_I64(9, service->rules.calendar->holiday_count, "eight days and one");
    CHECK_I64(2, service->rules.calendar->make_up_count, "make-up days");
    CHECK(service->matters[1] == catalog_matter_find(catalog, "fire-check"), "matters in the order of the tasks");
    catalog_release(catalog);
}

static void vetoers_and_lead_become_bits_and_index(void **state)
{
    char *text = fixture_replace(fixture_text, "{\"kind\": \"quorum\", \"threshold\": 3, \"weights\": {\"health\": 2}}",
                                 "{\"kind\": \"veto\", \"vetoers\": [\"market\"]}");
    char *lead = fixture_replace(text, "{\"kind\": \"veto\", \"vetoers\": [\"market\"]}", "{\"kind\": \"lead\", \"lead\": \"health-permit\"}");
    struct catalog *catalog = NULL;

    (void)state;
    CHECK_I64(OD_OK, fixture_load_text(text, &catalog, &findings), "veto");
    const struct core_rules *rules = &catalog_service_find(catalog, "open-cafe")->rules;
    CHECK(rules->matters[0].has_veto && rules->matters[3].has_veto, "both matters of the department");
    CHECK(!rules->matters[1].has_veto && !rules->matters[2].has_veto, "and no others");
    catalog_release(catalog);
    CHECK_I64(OD_OK, fixture_load_text(lead, &catalog, &findings), "lead");
    CHECK_I64(2, catalog_service_find(catalog, "open-cafe")->rules.lead, "index of the lead");
    catalog_release(catalog);
    free(text);
    free(lead);
}

static void lookups_find_and_miss(void **state)
{
    struct catalog *catalog = fixture_catalog();

    (void)state;
    CHECK_I64(3, catalog_department_count(catalog), "departments");
    CHECK_I64(4, catalog_matter_count(catalog), "matters");
    CHECK_I64(2, catalog_service_count(catalog), "services");
    CHECK_TEXT("fire", catalog_department_at(catalog, 0)->id, "in the order of the file");
    CHECK(catalog_department_find(catalog, "police") == NULL, "no such department");
    CHECK(catalog_matter_find(catalog, "fire") == NULL, "a department is no matter");
    CHECK(catalog_service_find(catalog, "") == NULL, "no empty id");
    CHECK_TEXT("health", catalog_matter_find(catalog, "health-permit")->department->id, "department of a matter");
    CHECK_TEXT("Asia/Shanghai", catalog_zone(catalog), "zone");
    CHECK_TEXT("Center", catalog_center_name(catalog)->in[CATALOG_EN], "center");
    CHECK_I64(base_day_from_civil(2024, 12, 31), catalog_published_until(catalog), "published");
    CHECK_I64(base_day_from_civil(2024, 1, 1), catalog_calendar_rules(catalog)->published_from, "from the first year listed");
    CHECK_TEXT("春节", catalog_day_name(catalog, base_day_from_civil(2024, 2, 17))->in[CATALOG_ZH_CN], "a holiday");
    CHECK_TEXT("Make-up day", catalog_day_name(catalog, base_day_from_civil(2024, 2, 18))->in[CATALOG_EN], "a make-up day");
    CHECK(catalog_day_name(catalog, base_day_from_civil(2024, 2, 19)) == NULL, "a plain Monday");
    catalog_release(catalog);
}

static void snapshot_restores_an_equal_catalogue(void **state)
{
    struct catalog *catalog = fixture_catalog(), *again = NULL;
    struct base_buffer before = {.size = 0}, after = {.size = 0};
    size_t size, again_size;

    (void)state;
    const char *snapshot = catalog_snapshot(catalog, &size);
    CHECK_I64(OD_OK, catalog_restore(snapshot, size, &again, &findings), "restore");
    CHECK_TEXT(catalog_version(catalog), catalog_version(again), "version");
    const char *again_snapshot = catalog_snapshot(again, &again_size);
    CHECK_I64(size, again_size, "snapshot of the snapshot");
    CHECK(memcmp(snapshot, again_snapshot, size) == 0, "byte by byte");
    for (size_t i = 0; i < catalog_service_count(catalog); i++) {
        catalog_put_service(&before, NULL, catalog_service_at(catalog, i));
        catalog_put_service(&after, NULL, catalog_service_at(again, i));
    }
    CHECK_TEXT(base_buffer_text(&before), base_buffer_text(&after), "the guide of both");
    CHECK_I64(OD_EINVAL, catalog_restore(snapshot, size - 1, &again, &findings), "a cut snapshot is refused");
    base_buffer_fini(&before);
    base_buffer_fini(&after);
    catalog_release(again);
    catalog_release(catalog);
}

/* Pull the file apart into spaced lines, and into two files. */
static void version_is_of_the_content_only(void **state)
{
    struct catalog *catalog = fixture_catalog(), *other = NULL;
    char *spaced = malloc(2 * strlen(fixture_text) + 1);
    size_t used = 0;
    bool is_in_text = false;

    (void)state;
    for (const char *at = fixture_text; *at != '\0'; at++) {
        is_in_text = is_in_text != (*at == '"'); /* the fixture has no escapes */
        spaced[used++] = *at;
        if (!is_in_text && strchr("{}[],:", *at) != NULL)
            spaced[used++] = '\n';
    }
    spaced[used] = '\0';
    CHECK_I64(OD_OK, fixture_load_text(spaced, &other, &findings), "spaced");
    CHECK_TEXT(catalog_version(catalog), catalog_version(other), "white space");
    catalog_release(other);
    free(spaced);

    const char *folder = fixture_folder();
    const char *services = strstr(fixture_text, " \"services\"");
    char *first = fixture_replace(fixture_text, services - 2, "}");
    fixture_write(folder, "a.json", first, strlen(first));
    char *second = fixture_replace(services, " \"services\"", "{\"services\"");
    fixture_write(folder, "b.json", second, strlen(second));
    CHECK_I64(OD_OK, catalog_load(folder, &other, &findings), "two files");
    CHECK_TEXT(catalog_version(catalog), catalog_version(other), "which file");
    fixture_remove(folder);
    catalog_release(other);
    free(first);
    free(second);

    char *changed = fixture_replace(fixture_text, "\"closes\": \"17:30\"", "\"closes\": \"17:31\"");
    CHECK_I64(OD_OK, fixture_load_text(changed, &other, &findings), "changed");
    CHECK(strcmp(catalog_version(catalog), catalog_version(other)) != 0, "another minute is another version");
    catalog_release(other);
    free(changed);
    catalog_release(catalog);
}

static void references_are_counted(void **state)
{
    struct catalog *catalog = fixture_catalog();

    (void)state;
    CHECK(catalog_retain(catalog) == catalog, "the same");
    catalog_release(catalog);
    CHECK_I64(4, catalog_matter_count(catalog), "still there");
    catalog_release(catalog);
    catalog_release(NULL);
}

static void sample_center_loads(void **state)
{
    char path[1024];
    struct catalog *catalog = NULL;
    size_t joint = 0;

    (void)state;
    snprintf(path, sizeof(path), "%s/configs/sample/catalog", test_source());
    int rc = catalog_load(path, &catalog, &findings);
    fixture_print(&findings);
    CHECK_I64(OD_OK, rc, "configs/sample/catalog");
    for (size_t i = 0; i < catalog_service_count(catalog); i++)
        joint += catalog_service_at(catalog, i)->matter_count > 1;
    CHECK(catalog_department_count(catalog) >= 12, "departments");
    CHECK(catalog_matter_count(catalog) >= 40, "matters");
    CHECK(joint >= 6, "joint services");
    catalog_release(catalog);
}

/* Fail the n-th allocation until one pass is clean; ASan sees what leaks. */
static void running_out_of_memory_ends_well(void **state)
{
    const char *folder = fixture_folder();
    uint64_t count = 0;
    int rc = OD_ENOMEM;

    (void)state;
    fixture_write(folder, "catalog.json", fixture_text, strlen(fixture_text));
    while (rc == OD_ENOMEM) {
        struct catalog *catalog = NULL;
        base_alloc_fail_at(++count);
        rc = catalog_load(folder, &catalog, &findings);
        base_alloc_fail_at(0);
        CHECK((rc == OD_OK) == (catalog != NULL), "a catalogue only on success");
        CHECK(rc == OD_OK || rc == OD_ENOMEM, "no other error");
        catalog_release(catalog);
    }
    CHECK(count > 50, "the sweep met the allocations of a load");
    fixture_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_of_a_service_are_filled),
        cmocka_unit_test(vetoers_and_lead_become_bits_and_index),
        cmocka_unit_test(lookups_find_and_miss),
        cmocka_unit_test(snapshot_restores_an_equal_catalogue),
        cmocka_unit_test(version_is_of_the_content_only),
        cmocka_unit_test(references_are_counted),
        cmocka_unit_test(sample_center_loads),
        cmocka_unit_test(running_out_of_memory_ends_well),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
