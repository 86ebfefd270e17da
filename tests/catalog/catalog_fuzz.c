/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte says what the rest is: a catalogue file, or a submit body for the
 * fixture's service. What loads must restore from its snapshot to the same version. */
#include <stdlib.h>
#include <string.h>

#include "catalog/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct catalog_findings findings;
static struct catalog_problems problems;

static void file_try(const char *text, size_t size)
{
    struct catalog *catalog = NULL, *again = NULL;
    size_t snapshot_size;

    if (catalog_restore(text, size, &catalog, &findings) != OD_OK)
        return;
    const char *snapshot = catalog_snapshot(catalog, &snapshot_size);
    if (catalog_restore(snapshot, snapshot_size, &again, &findings) != OD_OK || strcmp(catalog_version(catalog), catalog_version(again)) != 0)
        abort();
    catalog_release(again);
    catalog_release(catalog);
}

static void body_try(const struct catalog_service *service, const char *text, size_t size)
{
    struct base_buffer buffer = {.size = 0};
    struct base_json *body = NULL;
    struct base_json_error error;
    struct catalog_intake intake;

    if (base_json_parse(text, size, &body, &error) != OD_OK)
        return;
    (void)!catalog_submission_check(service, body, 19800, &problems, &intake);
    base_json_open(&buffer, NULL, '{');
    for (size_t i = 0; i < service->matter_count; i++)
        catalog_put_reason(&buffer, service->matters[i]->id, service, i, base_json_member(body, "form"));
    base_json_close(&buffer, '}');
    if (base_json_check(buffer.bytes, buffer.size, &error) != OD_OK)
        abort();
    base_buffer_fini(&buffer);
    base_json_destroy(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct catalog *catalog;

    if (catalog == NULL && fixture_open())
        catalog = fixture_catalog();
    if (size == 0 || catalog == NULL)
        return 0;
    if ((bytes[0] & 1) != 0)
        file_try((const char *)bytes + 1, size - 1);
    else
        body_try(catalog_service_find(catalog, "open-cafe"), (const char *)bytes + 1, size - 1);
    return 0;
}
