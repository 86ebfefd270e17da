/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest as onedoor-host reads it: each member at its limit and one over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/confine.h"
#include "host/manifest.h"

/* A manifest of these members in a folder of its own. */
static int read_members(const char *id, const char *version, const char *rest, struct host_manifest *out, char *reason)
{
    char folder[] = "/tmp/onedoor-manifest-XXXXXX", path[128];

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/manifest.json", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "{\"id\": \"%s\", \"version\": \"%s\"%s}", id, version, rest);
    fclose(file);
    int rc = host_manifest_read(folder, out, reason);
    unlink(path);
    rmdir(folder);
    return rc;
}

static void each_member_has_its_limit(void **state)
{
    char longest[BASE_ID_MAX + 1], longer[BASE_ID_MAX + 2], credits[64], over[64];
    const struct {
        const char *id, *version, *rest;
        int rc;
        const char *reason, *why;
    } rows[] = {
        {"a", "1", ", \"abi\": [1, 0]", OD_OK, "", "the least"},
        {"a", "1", ", \"abi\": [1, 0], \"future\": {}", OD_OK, "", "unknown members are ignored"},
        {longest, "1", ", \"abi\": [1, 0]", OD_OK, "", "an id at the limit"},
        {longer, "1", ", \"abi\": [1, 0]", OD_EINVAL, "\"id\" must be a text of 1 to 64 bytes", "an id over it"},
        {"", "1", ", \"abi\": [1, 0]", OD_EINVAL, "\"id\" must be", "an empty id"},
        {"a", "", ", \"abi\": [1, 0]", OD_EINVAL, "\"version\" must be", "an empty version"},
        {"a", "1", "", OD_EINVAL, "\"abi\" must be [major, minor]", "no abi"},
        {"a", "1", ", \"abi\": [0]", OD_EINVAL, "\"abi\" must be", "half an abi"},
        {"a", "1", ", \"abi\": [0, 65535]", OD_OK, "", "the largest minor"},
        {"a", "1", ", \"abi\": [0, 65536]", OD_EINVAL, "\"abi\" must be", "a minor over it"},
        {"a", "1", credits, OD_OK, "", "credits at the limit"},
        {"a", "1", over, OD_EINVAL, "\"credits\" must be a number of 1 to 4096", "credits over it"},
        {"a", "1", ", \"abi\": [1, 0], \"credits\": 0", OD_EINVAL, "\"credits\" must be", "no credits"},
        {"a", "1", ", \"id\": \"b\"", OD_EINVAL, "line 1, column", "an id twice"},
        {"a", "1", ", \"abi\": [1, 0], \"capabilities\": {\"folder\": {\"file_mib\": 1048576}}", OD_OK, "", "files at the limit"},
        {"a", "1", ", \"abi\": [1, 0], \"capabilities\": {\"folder\": {\"file_mib\": 1048577}}", OD_EINVAL,
         "\"file_mib\" must be a number of 1 to 1048576", "files over it"},
    };

    (void)state;
    memset(longest, 'a', BASE_ID_MAX);
    longest[BASE_ID_MAX] = '\0';
    memset(longer, 'a', BASE_ID_MAX + 1);
    longer[BASE_ID_MAX + 1] = '\0';
    snprintf(credits, sizeof(credits), ", \"abi\": [1, 0], \"credits\": %d", BASE_CREDITS_MAX);
    snprintf(over, sizeof(over), ", \"abi\": [1, 0], \"credits\": %d", BASE_CREDITS_MAX + 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct host_manifest manifest = {.credits = 42};
        char reason[HOST_REASON_SIZE] = "";
        int rc = read_members(rows[i].id, rows[i].version, rows[i].rest, &manifest, reason);

        if (rc != rows[i].rc || strstr(reason, rows[i].reason) == NULL)
            fail_msg("%s: %d, %s", rows[i].why, rc, reason);
        if (rc != OD_OK)
            assert_int_equal(42, manifest.credits); /* unchanged */
        else
            assert_string_equal(rows[i].id, manifest.id);
    }
}

static void capabilities_decide_which_extensions_there_are(void **state)
{
    static const struct {
        const char *capabilities;
        bool kv, http, secrets, materials, net;
        uint32_t folder_mib;
    } rows[] = {
        {", \"capabilities\": {\"net\": [\"db:5432\"]}", false, false, false, false, true, 0},
        {", \"capabilities\": {\"net\": [{\"from_config\": \"/server\", \"socket\": \"s\"}]}", false, false, false, false, true, 0},
        {", \"capabilities\": {\"folder\": {}}", false, false, false, false, false, HOST_FOLDER_MIB_DEFAULT},
        {", \"capabilities\": {\"folder\": {\"file_mib\": 7}}", false, false, false, false, false, 7},
        {", \"capabilities\": {\"net\": []}", false, false, false, false, false, 0},
        {"", false, false, false, false, false, 0},
        {", \"capabilities\": {}", false, false, false, false, false, 0},
        {", \"capabilities\": {\"kv\": {}}", true, false, false, false, false, 0},
        {", \"capabilities\": {\"kv\": true, \"http\": [], \"secrets\": {}}", false, false, false, false, false, 0},
        {", \"capabilities\": {\"http\": [{}]}", false, true, false, false, false, 0},
        {", \"capabilities\": {\"secrets\": [\"a\"]}", false, false, true, false, false, 0},
        {", \"capabilities\": {\"materials\": true}", false, false, false, true, false, 0},
        {", \"capabilities\": {\"materials\": false}", false, false, false, false, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct host_manifest manifest;
        char reason[HOST_REASON_SIZE], rest[128];

        snprintf(rest, sizeof(rest), ", \"abi\": [1, 0]%s", rows[i].capabilities);
        assert_int_equal(OD_OK, read_members("a", "1", rest, &manifest, reason));
        assert_int_equal(rows[i].kv, manifest.has_kv);
        assert_int_equal(rows[i].http, manifest.has_http);
        assert_int_equal(rows[i].secrets, manifest.has_secrets);
        assert_int_equal(rows[i].materials, manifest.has_materials);
        assert_int_equal(rows[i].net, manifest.has_net);
        assert_int_equal(rows[i].folder_mib, manifest.folder_mib);
    }
}

static void resources_have_defaults_and_limits(void **state)
{
    static const struct {
        const char *rest;
        int rc;
        uint32_t memory_mib, threads, descriptors;
        const char *why;
    } rows[] = {
        {"", OD_OK, 256, 16, 128, "absent: the defaults"},
        {", \"resources\": {}", OD_OK, 256, 16, 128, "empty: the defaults"},
        {", \"resources\": {\"memory_mib\": 16, \"threads\": 4, \"descriptors\": 32}", OD_OK, 16, 4, 32, "the least"},
        {", \"resources\": {\"memory_mib\": 65536, \"threads\": 1024, \"descriptors\": 4096}", OD_OK, 65536, 1024, 4096,
         "the most"},
        {", \"resources\": {\"memory_mib\": 15}", OD_EINVAL, 0, 0, 0, "memory under it"},
        {", \"resources\": {\"memory_mib\": 65537}", OD_EINVAL, 0, 0, 0, "memory over it"},
        {", \"resources\": {\"threads\": 3}", OD_EINVAL, 0, 0, 0, "threads under it"},
        {", \"resources\": {\"threads\": 1025}", OD_EINVAL, 0, 0, 0, "threads over it"},
        {", \"resources\": {\"descriptors\": 31}", OD_EINVAL, 0, 0, 0, "descriptors under it"},
        {", \"resources\": {\"descriptors\": 4097}", OD_EINVAL, 0, 0, 0, "descriptors over it"},
        {", \"resources\": {\"threads\": \"8\"}", OD_EINVAL, 0, 0, 0, "a text"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct host_manifest manifest = {.credits = 42};
        char reason[HOST_REASON_SIZE] = "", rest[160];

        snprintf(rest, sizeof(rest), ", \"abi\": [1, 0]%s", rows[i].rest);
        if (read_members("a", "1", rest, &manifest, reason) != rows[i].rc)
            fail_msg("%s: %s", rows[i].why, reason);
        if (rows[i].rc != OD_OK) {
            assert_int_equal(42, manifest.credits); /* unchanged */
            assert_non_null(strstr(reason, "\"resources\""));
            continue;
        }
        assert_int_equal(rows[i].memory_mib, manifest.resources.memory_mib);
        assert_int_equal(rows[i].threads, manifest.resources.threads);
        assert_int_equal(rows[i].descriptors, manifest.resources.descriptors);
    }
}

static void tiers_have_names(void **state)
{
    (void)state;
    for (int tier = HOST_TIER_PLAIN; tier <= HOST_TIER_FULL; tier++)
        assert_int_equal(tier, host_tier_of(host_tier_name((enum host_tier)tier)));
    assert_int_equal(HOST_TIER_NONE, host_tier_of("best"));
    assert_int_equal(HOST_TIER_NONE, host_tier_of(""));
}

static void a_manifest_over_the_size_is_refused(void **state)
{
    static char rest[HOST_MANIFEST_SIZE_MAX];
    const size_t frame = strlen("{\"id\": \"a\", \"version\": \"1\"}");
    struct host_manifest manifest;
    char reason[HOST_REASON_SIZE];

    (void)state;
    memset(rest, ' ', sizeof(rest));
    memcpy(rest, ", \"abi\": [1, 0]", strlen(", \"abi\": [1, 0]"));
    rest[HOST_MANIFEST_SIZE_MAX - frame] = '\0';
    assert_int_equal(OD_OK, read_members("a", "1", rest, &manifest, reason));
    rest[HOST_MANIFEST_SIZE_MAX - frame] = ' ';
    rest[HOST_MANIFEST_SIZE_MAX - frame + 1] = '\0';
    assert_int_equal(OD_EINVAL, read_members("a", "1", rest, &manifest, reason));
    assert_non_null(strstr(reason, "larger than 256 KiB"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_has_its_limit),
        cmocka_unit_test(capabilities_decide_which_extensions_there_are),
        cmocka_unit_test(resources_have_defaults_and_limits),
        cmocka_unit_test(tiers_have_names),
        cmocka_unit_test(a_manifest_over_the_size_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
