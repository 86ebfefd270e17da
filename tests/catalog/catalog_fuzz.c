/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte says what the rest is: a catalogue file, or a submit body for the
 * fixture's service. What loads must restore from its snapshot to the same version. */
#include <stdlib.h>
#include <string.h>

#include "catalog/fixture.h"

#define TODAY 19800 /* 2024-03-18 */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct catalog_findings findings;
static struct catalog_problems problems;

/* The guide of whatever loads is strict JSON. */
static void guide_try(const struct catalog *catalog)
{
    struct base_buffer buffer = {.size = 0};
    struct base_json_error error;

    base_json_open(&buffer, NULL, '[');
    for (size_t i = 0; i < catalog_service_count(catalog) && i < 4; i++)
        catalog_put_service(&buffer, NULL, catalog_service_at(catalog, i));
    for (size_t i = 0; i < catalog_matter_count(catalog) && i < 4; i++)
        catalog_put_matter(&buffer, NULL, catalog_matter_at(catalog, i));
    base_json_close(&buffer, ']');
    if (buffer.size < (1u << 16) && base_json_check(buffer.bytes, buffer.size, &error) != OD_OK)
        abort();
    base_buffer_fini(&buffer);
}

static void file_try(const char *text, size_t size)
{
    struct catalog *catalog = NULL, *again = NULL;
    size_t snapshot_size;

    if (catalog_restore(text, size, &catalog, &findings) != OD_OK)
        return;
    const char *snapshot = catalog_snapshot(catalog, &snapshot_size);
    if (catalog_restore(snapshot, snapshot_size, &again, &findings) != OD_OK || strcmp(catalog_version(catalog), catalog_version(again)) != 0)
        abort();
    guide_try(again);
    catalog_release(again);
    catalog_release(catalog);
}

/* What was found at receipt is found again over the same form and materials, when nothing is promised. */
static void recheck_try(const struct catalog_service *service, const struct base_json *body, const struct catalog_intake *intake)
{
    const struct base_json *promise = base_json_member(body, "promise");
    const char *materials[BASE_MATERIALS_MAX];
    struct catalog_intake again;
    size_t count = 0;

    for (const struct base_json *item = base_json_first(base_json_member(body, "materials")); item != NULL && count < BASE_MATERIALS_MAX; item = base_json_next(item))
        if (base_json_member_text(item, "material") != NULL)
            materials[count++] = base_json_member_text(item, "material");
    catalog_intake_recheck(service, base_json_member(body, "form"), materials, count, promise, TODAY, &again);
    if (intake != NULL && (again.outcome != intake->outcome || again.missing_count != intake->missing_count || again.tolerated_count != intake->tolerated_count ||
                           again.tolerated_until != intake->tolerated_until || again.correction_count != intake->correction_count))
        abort();
}

static void body_try(const struct catalog_service *service, const char *text, size_t size)
{
    struct base_buffer buffer = {.size = 0};
    struct base_json *body = NULL;
    struct base_json_error error;
    struct catalog_intake intake;
    struct catalog_ask ask;

    if (base_json_parse(text, size, &body, &error) != OD_OK)
        return;
    int rc = catalog_submission_check(service, body, TODAY, &problems, &intake);
    recheck_try(service, body, rc == OD_OK ? &intake : NULL);
    (void)!catalog_ask_check(service, body, &problems, &ask);
    (void)catalog_person_put(&buffer, body);
    if (buffer.size > CATALOG_PERSON_MAX)
        abort();
    base_buffer_clear(&buffer);
    base_json_open(&buffer, NULL, '{');
    for (size_t i = 0; i < service->matter_count; i++)
        catalog_put_reason(&buffer, service->matters[i]->id, service, i, base_json_member(body, "form"));
    base_json_close(&buffer, '}');
    if (base_json_check(buffer.bytes, buffer.size, &error) != OD_OK)
        abort();
    base_buffer_fini(&buffer);
    base_json_destroy(body);
}

/* The fixture with all that an intake can have. */
static struct catalog *catalog_create_whole(void)
{
    struct catalog *catalog = NULL;
    char *limits = fixture_replace(fixture_text, "\"supplement\": {\"unit\": \"calendar_day\", \"length\": 30}", "\"supplement\": {\"unit\": \"calendar_day\", \"length\": 30}, \"tolerance\": {\"unit\": \"working_day\", \"length\": 20}");
    char *whole = fixture_replace(limits, "\"stops_on_veto\": true",
                                  "\"stops_on_veto\": true, \"competence\": [{\"when\": {\"field\": \"area_m2\", \"op\": \">\", \"value\": 5000}, \"body\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"text\": {\"zh-CN\": \"a\", \"en\": \"a\"}}],"
                                  " \"corrections\": [{\"id\": \"steep\", \"when\": {\"field\": \"slope\", \"op\": \">\", \"value\": 0.25}, \"fields\": [\"slope\"], \"text\": {\"zh-CN\": \"a\", \"en\": \"a\"}}]");

    if (fixture_load_text(whole, &catalog, &findings) != OD_OK)
        abort();
    free(limits);
    free(whole);
    return catalog;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct catalog *catalog;

    if (catalog == NULL && fixture_open())
        catalog = catalog_create_whole();
    if (size == 0 || catalog == NULL)
        return 0;
    if ((bytes[0] & 1) != 0)
        file_try((const char *)bytes + 1, size - 1);
    else
        body_try(catalog_service_find(catalog, "open-cafe"), (const char *)bytes + 1, size - 1);
    return 0;
}
