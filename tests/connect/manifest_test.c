/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and loading: each fault is told with its place and its remedy, and
 * running out of memory ends well. */
#include "connect/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

static struct stage stage;

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage, &(struct connect_options){.times = {.backoff_min_ms = 60000}});
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

#define HEAD "{\"id\":\"sim\",\"version\":\"1.0.0\","
#define REST "\"abi\":[1,0],\"matters\":[\"*\"]"

/* What each member may be: tests/package/manifest_test.c. */
static void a_manifest_is_read_from_its_folder(void **state)
{
    struct package_manifest manifest = {0};
    char text[512];

    (void)state;
    stage_module(&stage, "sim-1.0.0", HEAD REST "}");
    CHECK_I64(OD_OK, connect_manifest_read(stage.connect, "sim-1.0.0", &manifest, text), "fine");
    CHECK_TEXT("sim-1.0.0", manifest.name, "fine");
    stage_module(&stage, "sim-1.0.0", "{\"id\":\"sim\",\"version\":\"1.0.1\"," REST "}");
    CHECK_I64(OD_EINVAL, connect_manifest_read(stage.connect, "sim-1.0.0", &manifest, text), "another version");
    CHECK_TEXT("sim-1.0.0/manifest.json:1:7: the folder of this module must be named sim-1.0.1.", text, "another version");
    CHECK_TEXT("sim-1.0.0", manifest.name, "unchanged by an error");
    package_manifest_fini(&manifest);
}

static void a_manifest_has_a_largest_size(void **state)
{
    struct package_manifest manifest = {0};
    char text[512], *big = malloc(PACKAGE_MANIFEST_MAX + 2);

    (void)state;
    assert_non_null(big);
    memset(big, ' ', PACKAGE_MANIFEST_MAX + 1);
    memcpy(big, HEAD REST "}", strlen(HEAD REST "}"));
    big[PACKAGE_MANIFEST_MAX] = '\0';
    stage_module(&stage, "sim-1.0.0", big);
    CHECK_I64(OD_OK, connect_manifest_read(stage.connect, "sim-1.0.0", &manifest, text), "the limit");
    package_manifest_fini(&manifest);
    big[PACKAGE_MANIFEST_MAX] = ' ';
    big[PACKAGE_MANIFEST_MAX + 1] = '\0';
    stage_module(&stage, "sim-1.0.0", big);
    CHECK_I64(OD_EINVAL, connect_manifest_read(stage.connect, "sim-1.0.0", &manifest, text), "limit + 1");
    CHECK(strstr(text, "larger than 65536 bytes") != NULL, text);
    free(big);
}

static const char *listed(bool *is_cut)
{
    static struct base_buffer buffer;

    base_buffer_fini(&buffer);
    base_json_open(&buffer, NULL, '{');
    CHECK_I64(OD_OK, connect_modules_put(&buffer, "items", stage.connect, is_cut), "the folder is there");
    base_json_close(&buffer, '}');
    return base_buffer_text(&buffer);
}

static void the_folder_is_listed_by_name(void **state)
{
    char path[300];
    bool is_cut = true;

    (void)state;
    stage_load(&stage, "taken");
    stage_module(&stage, "sim-1.0.0", "{\"id\":\"sim\",\"version\":\"1.0.0\",\"abi\":[1,0],\"matters\":[\"b\",\"a\"],\"submit_dedupe\":\"lookup\"}");
    stage_module(&stage, "broken-1", "{\"id\":}");
    stage_module(&stage, "bare-1.0", "{\"id\":\"bare\",\"version\":\"1.0\"," REST "}");
    stage_module(&stage, "Not-a-name", "{}");
    snprintf(path, sizeof(path), "%s/bare-1.0/module.so", stage.folder);
    assert_int_equal(0, unlink(path));
    snprintf(path, sizeof(path), "%s/empty", stage.folder);
    assert_int_equal(0, mkdir(path, 0700));
    const char *text = listed(&is_cut);
    static const char *const expected[] = {
        "{\"items\":[{\"module\":\"bare-1.0\",\"id\":\"bare\",\"version\":\"1.0\",",
        "\"signed_by\":null,\"loaded_as\":[],\"fault\":\"bare-1.0 has no module.so",
        "{\"module\":\"broken-1\",\"id\":null,\"version\":null,\"matters\":null,\"submit_dedupe\":null,\"signed_by\":null,\"loaded_as\":[],"
        "\"fault\":\"broken-1/manifest.json:1:7: ",
        "{\"module\":\"dept-1.0\",", "\"loaded_as\":[\"taken\"],\"fault\":null},",
        "{\"module\":\"sim-1.0.0\",\"id\":\"sim\",\"version\":\"1.0.0\",\"matters\":[\"b\",\"a\"],\"submit_dedupe\":\"lookup\",\"signed_by\":null,"
        "\"loaded_as\":[],\"fault\":null}]}"};
    for (size_t i = 0; i < COUNT(expected); i++) {
        const char *found = strstr(text, expected[i]);
        CHECK(found != NULL, expected[i]);
        text = found; /* in this order */
    }
    CHECK(!is_cut, "whole");
    CHECK(strstr(listed(&is_cut), "Not-a-name") == NULL, "no module name");
    CHECK(strstr(listed(&is_cut), "\"empty\"") == NULL, "no manifest");
}

static void a_folder_is_listed_up_to_a_limit(void **state)
{
    char name[32];
    bool is_cut = true;

    (void)state;
    for (unsigned i = 1; i < CONNECT_MODULES_MAX; i++) { /* dept-1.0 is there */
        snprintf(name, sizeof(name), "m%04u", i);
        stage_module(&stage, name, "{}");
    }
    CHECK(strstr(listed(&is_cut), "\"m1023\"") != NULL, "limit");
    CHECK(!is_cut, "limit");
    stage_module(&stage, "m1024", "{}");
    (void)listed(&is_cut);
    CHECK(is_cut, "limit + 1");
}

static void a_folder_that_cannot_be_listed(void **state)
{
    struct base_buffer buffer = {0};
    bool is_cut = true;
    int rc = OD_ENOMEM;

    (void)state;
    for (uint64_t at = 1; rc == OD_ENOMEM && at < 1000; at++) {
        base_buffer_clear(&buffer);
        CHECK_I64(OD_OK, base_buffer_reserve(&buffer, 4096), "room for what is put");
        base_alloc_fail_at(at);
        rc = connect_modules_put(&buffer, NULL, stage.connect, &is_cut);
        base_alloc_fail_at(0);
        CHECK((rc == OD_OK) == (buffer.size > 0), "unchanged by every error");
    }
    CHECK_I64(OD_OK, rc, "a clean pass in the end");
    base_buffer_clear(&buffer);
    stage_remove(stage.folder);
    is_cut = true;
    CHECK_I64(OD_EIO, connect_modules_put(&buffer, NULL, stage.connect, &is_cut), "it is gone");
    CHECK(buffer.size == 0 && is_cut, "unchanged");
    base_buffer_fini(&buffer);
    assert_int_equal(0, mkdir(stage.folder, 0700));
}

static int load(const char *id, const char *module, const char *config, struct connect_link **link, char text[512])
{
    return connect_load(stage.connect, &(struct connect_loading){.id = id, .module = module, .config = config,
                                                                .config_size = strlen(config)}, link, text);
}

static void load_refuses_with_a_reason(void **state)
{
    static const struct {
        const char *id, *module, *config;
        int rc;
        const char *message, *why;
    } rows[] = {
        {"fire", "other-1.0", "{}", OD_ENOTFOUND, "No module other-1.0: ", "no such folder"},
        {"fire", "../dept-1.0", "{}", OD_EINVAL, "is no module name", "a path"},
        {"fire", "/etc", "{}", OD_EINVAL, "is no module name", "an absolute path"},
        {"fire", "..", "{}", OD_EINVAL, "is no module name", "the folder above"},
        {"fire", "", "{}", OD_EINVAL, "is no module name", "nothing"},
        {"", "dept-1.0", "{}", OD_EINVAL, "is no connector id", "no id"},
        {"Fire", "dept-1.0", "{}", OD_EINVAL, "is no connector id", "capital letters"},
        {"fire", "dept-1.0", "[]", OD_EINVAL, "must be a JSON object", "an array as configuration"},
        {"fire", "dept-1.0", "{\"a\":1,}", OD_EINVAL, "The configuration is not JSON: 1:8", "broken configuration"},
        {"fire", "bare-1.0", "{}", OD_EINVAL, "bare-1.0 has no module.so", "a manifest alone"},
        {"taken", "dept-1.0", "{}", OD_EEXIST, "is loaded already", "the same id again"},
    };
    struct connect_link *taken = stage_load(&stage, "taken"), *link;
    char path[256], text[512];

    (void)state;
    stage_module(&stage, "bare-1.0", "{\"id\":\"bare\",\"version\":\"1.0\"," REST "}");
    snprintf(path, sizeof(path), "%s/bare-1.0/module.so", stage.folder);
    assert_int_equal(0, unlink(path));
    for (size_t i = 0; i < COUNT(rows); i++) {
        link = taken;
        CHECK_I64(rows[i].rc, load(rows[i].id, rows[i].module, rows[i].config, &link, text), rows[i].why);
        if (strstr(text, rows[i].message) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, text, rows[i].message);
        CHECK(link == taken, "unchanged by every error");
    }
    CHECK(connect_next(connect_first(stage.connect)) == NULL, "nothing was added");
}

static void connectors_have_a_limit(void **state)
{
    struct connect_link *link = NULL;
    char id[16], text[512];

    (void)state;
    stage_close(&stage);
    stage_open(&stage, &(struct connect_options){.host_program = "/nonexistent", .times = {.backoff_min_ms = 60000}});
    for (unsigned i = 0; i < BASE_CONNECTORS_MAX; i++) {
        snprintf(id, sizeof(id), "c%u", i);
        CHECK_I64(OD_OK, load(id, "dept-1.0", "{}", &link, text), "up to the limit");
        stage_turn(&stage);
    }
    CHECK_I64(OD_ELIMIT, load("more", "dept-1.0", "{}", &link, text), "limit + 1");
}

static bool is_started(struct connect_link *link)
{
    struct base_buffer status = {0};

    connect_put_status(&status, NULL, link);
    bool is_started = strstr(base_buffer_text(&status), "\"state\":\"starting\"") != NULL &&
                      strstr(base_buffer_text(&status), "\"pid\":0") == NULL;
    base_buffer_fini(&status);
    return is_started;
}

static void memory_may_run_out_at_any_point_of_a_load(void **state)
{
    unsigned refused = 0, backed_off = 0;

    (void)state;
    for (uint64_t fail_at = 1;; fail_at++) {
        struct connect_link *link = NULL;
        char text[512];

        assert_true(fail_at < 100);
        base_alloc_fail_at(fail_at);
        int rc = load("fire", "dept-1.0", "{}", &link, text);
        base_alloc_fail_at(0);
        if (rc != OD_OK) {
            CHECK_I64(OD_ENOMEM, rc, text);
            CHECK(text[0] != '\0', "it is told");
            CHECK(link == NULL, "unchanged");
            CHECK(connect_first(stage.connect) == NULL, "nothing is left");
            refused++;
            continue;
        }
        unsigned unloaded = stage.unloaded;
        stage_turn(&stage);
        stage_turn(&stage);
        bool is_clean = is_started(link);
        backed_off += connect_link_state(link) == CONNECT_BACKOFF;
        connect_unload(link);
        STAGE_UNTIL(&stage, stage.unloaded > unloaded);
        if (is_clean)
            break;
    }
    CHECK(refused >= 3, "manifest, connector and configuration need memory");
    CHECK(backed_off >= 2, "the session does too, and is tried again later");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_manifest_is_read_from_its_folder, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_manifest_has_a_largest_size, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(the_folder_is_listed_by_name, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_folder_is_listed_up_to_a_limit, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_listed, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(load_refuses_with_a_reason, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(connectors_have_a_limit, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(memory_may_run_out_at_any_point_of_a_load, open_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
