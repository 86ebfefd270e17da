/* SPDX-License-Identifier: Apache-2.0 */
/* The module store does not grow without end: at its start a hub forgets what nobody can come back to. */
#include "package/maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "package/stage.h"

static void verify_usual(const struct maker *maker, int sequence, struct package *package)
{
    struct package_policy policy = {.trust = &maker->trust, .today = TODAY};
    struct package_refusal refusal;
    char *manifest = maker_manifest(maker, sequence, TINY_CAPABILITIES);

    *package = (struct package){.is_signed = false};
    maker_bundle(maker, manifest, &maker->secret, &package->bundle);
    free(manifest);
    int rc = package_verify(package, NULL, PACKAGE_PART_WHOLE, &policy, &refusal);
    CHECK_I64(OD_OK, rc, refusal.text);
}

static struct package_stage *open_stage(const char *folder)
{
    struct package_stage *stage = NULL;
    char message[PACKAGE_TEXT_SIZE];

    int rc = package_stage_open(folder, &stage, message);
    CHECK_I64(OD_OK, rc, message);
    return stage;
}

static bool is_that(void *owner, const uint8_t address[BASE_HASH_SIZE])
{
    return base_hash_equal(owner, address);
}

static void the_store_forgets_what_nobody_needs(void **state)
{
    static const char *const outcome[] = {"it ran", "it is wanted", "it neither ran nor is wanted", "it ran, unsigned"};
    const struct maker *maker = *state;
    const char *folder = maker_folder();
    struct package_stage *stage = open_stage(folder);
    struct package packages[4];
    struct package_refusal refusal;
    struct package_seal seal;
    char path[256];

    for (int i = 0; i < 4; i++) {
        verify_usual(maker, i + 1, &packages[i]);
        CHECK_I64(OD_OK, package_stage_put(stage, &packages[i], &refusal), refusal.text);
    }
    CHECK_I64(OD_OK, package_stage_note(stage, &packages[0].manifest, &packages[0].identity, true), "ran");
    CHECK_I64(OD_OK, package_stage_note(stage, &packages[3].manifest, &packages[3].identity, false), "ran");
    snprintf(path, sizeof(path), "%s/0123.draft", folder);
    assert_int_equal(0, mkdir(path, 0700));
    CHECK_I64(3, package_stage_clean(stage, is_that, packages[1].identity.address), "two packages and a draft");
    CHECK_I64(0, package_stage_clean(stage, is_that, packages[1].identity.address), "once");
    for (int i = 0; i < 4; i++) {
        int rc = package_stage_seal(stage, &packages[i].identity, "tiny", &seal, &refusal);
        CHECK_I64(i < 2 ? OD_OK : OD_ENOTFOUND, rc, outcome[i]);
        if (rc == OD_OK)
            package_seal_close(&seal);
        package_fini(&packages[i]);
    }
    package_stage_close(stage);
    stage = open_stage(folder); /* loaded.json is still there */
    package_stage_close(stage);
    maker_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_store_forgets_what_nobody_needs),
    };

    return cmocka_run_group_tests(tests, maker_open, maker_close);
}
