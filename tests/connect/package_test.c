/* SPDX-License-Identifier: Apache-2.0 */
/* Modules as packages: what a center that is not for development loads, what a host gets, and
 * what happens when trust ends or someone writes to the disk. */
#include "connect/stage.h"
#include "package/maker.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

static struct stage stage;
static char trust_file[128];
static struct maker *maker;
static struct relay relay; /* large */

#define TRUST(rest) "{\"keys\":[{\"public_key\":\"%s\",\"name\":\"Gov key\",\"prefixes\":[\"gov\"],\"capabilities\":[\"*\"]" rest "}]}"

static void write_trust(const char *format)
{
    char key[PACKAGE_KEY_TEXT_SIZE], text[1024];
    const char *hole = strstr(format, "%s");

    package_public_key_put(&maker->key, key);
    int size = hole == NULL ? snprintf(text, sizeof(text), "%s", format)
                            : snprintf(text, sizeof(text), "%.*s%s%s", (int)(hole - format), format, key, hole + 2);
    maker_write_file(stage.folder, ".trust.json", text, (size_t)size);
    snprintf(trust_file, sizeof(trust_file), "%s/.trust.json", stage.folder);
}

static int load_trust(const char *format, char text[512])
{
    write_trust(format);
    return connect_trust_load(stage.connect, trust_file, text);
}

static int open_stage(void **state)
{
    char text[512];

    maker = *state;
    stage_open_strict(&stage, &(struct connect_options){.times = {.backoff_min_ms = 60000}});
    CHECK_I64(OD_OK, load_trust(TRUST(""), text), text);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

/* gov.tiny-1.0.<sequence> into the module folder, as a folder or as a package file. */
static void put_module(int sequence, bool is_packed)
{
    struct package_bundle bundle = {.count = 0};
    struct base_buffer packed = {0};
    char *manifest = maker_manifest(maker, sequence, TINY_CAPABILITIES), path[256];

    maker_bundle(maker, manifest, &maker->secret, &bundle);
    if (is_packed) {
        snprintf(path, sizeof(path), "gov.tiny-1.0.%d.odm", sequence);
        CHECK_I64(OD_OK, package_bundle_pack(&bundle, &packed), "packed");
        maker_write_file(stage.folder, path, packed.bytes, packed.size);
    } else {
        snprintf(path, sizeof(path), "%s/gov.tiny-1.0.%d", stage.folder, sequence);
        maker_write(&bundle, path);
    }
    base_buffer_fini(&packed);
    package_bundle_fini(&bundle);
    free(manifest);
}

static int load(const char *module, bool is_again, struct connect_link **link, char text[512])
{
    return connect_load(stage.connect, &(struct connect_loading){.id = "fire", .module = module, .config = "{}", .config_size = 2, .owner_data = &stage,
                                                                 .is_again = is_again}, link, text);
}

static void hello(const char *hash)
{
    char text[512];

    snprintf(text, sizeof(text), "{\"protocol\":[1,1],\"connector\":\"fire\",\"module\":\"gov.tiny\",\"version\":\"1.0.1\",\"abi\":[1,0],\"module_hash\":\"%s\"}", hash);
    relay_send(&relay, BASE_FRAME_HELLO, text);
}

static void put_hash(char text[2 * BASE_HASH_SIZE + 1])
{
    uint8_t hash[BASE_HASH_SIZE];

    base_hash(maker->module, maker->module_size, hash);
    base_hex(hash, BASE_HASH_SIZE, text);
}

static bool has_error(struct connect_link *link, const char *what)
{
    struct base_buffer status = {0};

    connect_put_status(&status, NULL, link);
    bool has = strstr(base_buffer_text(&status), what) != NULL;
    base_buffer_fini(&status);
    return has;
}

static void unload(struct connect_link *link)
{
    unsigned unloaded = stage.unloaded;

    connect_unload(link);
    STAGE_UNTIL(&stage, stage.unloaded > unloaded);
}

static void a_signed_module_runs_from_folder_or_file(void **state)
{
    (void)state;
    for (int is_packed = 0; is_packed <= 1; is_packed++) {
        struct connect_link *link = NULL;
        char text[512], hash[2 * BASE_HASH_SIZE + 1];

        put_module(1, is_packed == 1);
        int rc = load("gov.tiny-1.0.1", false, &link, text);
        CHECK_I64(OD_OK, rc, text);
        CHECK_TEXT("Gov key", connect_link_signed_by(link), "signed by");
        CHECK(!connect_link_is_development(link), "for real");
        relay_take(&stage, &relay);
        put_hash(hash);
        hello(hash);
        relay.epoch = relay_receive(&stage, &relay).epoch;
        CHECK(has_error(link, "\"signed_by\":\"Gov key\",\"is_development\":false"), "status");
        relay_drop(&relay);
        unload(link);
        snprintf(text, sizeof(text), "%s/gov.tiny-1.0.1", stage.folder);
        maker_remove(text);
    }
}

static void another_code_than_the_verified_is_refused(void **state)
{
    struct connect_link *link = NULL;
    char text[512];

    (void)state;
    put_module(1, false);
    CHECK_I64(OD_OK, load("gov.tiny-1.0.1", false, &link, text), text);
    relay_take(&stage, &relay);
    hello("00");
    STAGE_UNTIL(&stage, has_error(link, "module_hash is not that of the module that was verified"));
    relay_drop(&relay);
    unload(link);
}

static void what_is_not_trusted_is_refused(void **state)
{
    static const struct {
        const char *trust, *message;
    } rows[] = {
        {"{\"keys\":[]}", "which the trust file does not hold"},
        {TRUST(",\"revoked\":\"2020-01-01\""), "was revoked on 2020-01-01"},
        {TRUST(",\"expires\":\"2020-01-01\""), "was trusted up to 2020-01-01"},
        {TRUST(",\"min_sequence\":{\"gov.tiny\":2}"), "asks for 2 at least"},
    };
    struct connect_link *link = NULL;
    char text[512];

    (void)state;
    put_module(1, true);
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(OD_OK, load_trust(rows[i].trust, text), text);
        CHECK_I64(OD_EDENIED, load("gov.tiny-1.0.1", false, &link, text), rows[i].message);
        if (strstr(text, rows[i].message) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", text, rows[i].message);
    }
    CHECK_I64(OD_EDENIED, load("dept-1.0", false, &link, text), "dept-1.0 of the stage is not signed");
    CHECK(strstr(text, "dept-1.0 is not signed.") == text, text);
    CHECK_I64(OD_EINVAL, load_trust("{", text), "a spoilt trust file");
    CHECK_I64(OD_OK, load_trust(TRUST(""), text), text);
    CHECK_I64(OD_EINVAL, load_trust("{\"keys\":1}", text), "keeps the one before");
    CHECK_I64(OD_OK, load("gov.tiny-1.0.1", false, &link, text), text);
    unload(link);
}

static void a_host_is_not_started_again_when_trust_ends(void **state)
{
    struct connect_link *link = NULL;
    char text[512];

    (void)state;
    stage_close(&stage);
    stage_open_strict(&stage, &(struct connect_options){.times = {.backoff_min_ms = 1}});
    CHECK_I64(OD_OK, load_trust(TRUST(""), text), text);
    put_module(1, true);
    CHECK_I64(OD_OK, load("gov.tiny-1.0.1", false, &link, text), text);
    relay_take(&stage, &relay);
    CHECK_I64(OD_OK, load_trust(TRUST(",\"revoked\":\"2020-01-01\""), text), "revoked while it runs");
    stage_turn(&stage);
    CHECK(connect_link_state(link) == CONNECT_STARTING, "it goes on");
    CHECK(connect_link_look_trust(link), "news");
    CHECK(!connect_link_look_trust(link), "once");
    CHECK(has_error(link, "\"trust_error\":\"The key \\\"Gov key\\\" was revoked on 2020-01-01"), "and it is shown");
    CHECK_I64(OD_OK, load_trust(TRUST(""), text), text);
    CHECK(!connect_link_look_trust(link) && has_error(link, "\"trust_error\":null"), "trusted again");
    CHECK_I64(OD_OK, load_trust(TRUST(",\"revoked\":\"2020-01-01\""), text), "revoked again");
    CHECK(connect_link_look_trust(link), "news again");
    relay_drop(&relay);
    STAGE_UNTIL(&stage, has_error(link, "the host was not started: The key \\\"Gov key\\\" was revoked on 2020-01-01"));
    unload(link);
}

/* The store's copy is changed on the disk after it was staged: hosts of a connector that was loaded go on with what was
 * sealed then, and nothing else is started. */
static void a_changed_store_starts_nothing(void **state)
{
    struct connect_link *link = NULL;
    char text[512], line[512], hash[2 * BASE_HASH_SIZE + 1];

    (void)state;
    stage_close(&stage);
    stage_open_strict(&stage, &(struct connect_options){.times = {.backoff_min_ms = 1}});
    CHECK_I64(OD_OK, load_trust(TRUST(""), text), text);
    put_module(1, true);
    CHECK_I64(OD_OK, load("gov.tiny-1.0.1", false, &link, text), text);
    relay_take(&stage, &relay);
    snprintf(line, sizeof(line), "chmod u+w %s/.store/*/module.so && printf evil >> $(echo %s/.store/*/module.so)", stage.folder, stage.folder);
    assert_int_equal(0, system(line));
    relay_drop(&relay);
    relay_take(&stage, &relay);
    put_hash(hash);
    hello(hash);
    relay.epoch = relay_receive(&stage, &relay).epoch;
    relay_drop(&relay);
    unload(link);
    CHECK_I64(OD_OK, load("gov.tiny-1.0.1", false, &link, text), text);
    STAGE_UNTIL(&stage, has_error(link, "module.so of gov.tiny-1.0.1 in the module store is not what was verified"));
    snprintf(line, sizeof(line), "rm -r %s/.store/*/", stage.folder); /* as the message says */
    assert_int_equal(0, system(line));
    relay_take(&stage, &relay);
    hello(hash);
    relay.epoch = relay_receive(&stage, &relay).epoch;
    relay_drop(&relay);
    unload(link);
}

/* Ready once, so that the store remembers that it ran. */
static void run_once(int sequence)
{
    struct connect_link *link = NULL;
    char module[32], text[512];

    put_module(sequence, true);
    snprintf(module, sizeof(module), "gov.tiny-1.0.%d", sequence);
    CHECK_I64(OD_OK, load(module, false, &link, text), text);
    relay_take(&stage, &relay);
    snprintf(text, sizeof(text), "{\"protocol\":[1,1],\"connector\":\"fire\",\"module\":\"gov.tiny\",\"version\":\"1.0.%d\",\"abi\":[1,0]}", sequence);
    relay_send(&relay, BASE_FRAME_HELLO, text);
    relay.epoch = relay_receive(&stage, &relay).epoch;
    relay_poll(&relay, 0, 1, "");
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_ACTIVE);
    connect_unload(link);
    relay_drop(&relay);
    unsigned unloaded = stage.unloaded;
    STAGE_UNTIL(&stage, stage.unloaded > unloaded || connect_find(stage.connect, "fire") == NULL);
}

static void older_versions_come_back_by_rollback_alone(void **state)
{
    struct connect_link *link = NULL;
    char text[512], path[256];

    (void)state;
    run_once(1);
    run_once(2);
    CHECK_I64(OD_EDENIED, load("gov.tiny-1.0.1", false, &link, text), "older");
    CHECK(strstr(text, "and 2 of gov.tiny ran here before; to go back to a version that ran here, use rollback.") != NULL, text);
    snprintf(path, sizeof(path), "%s/gov.tiny-1.0.1.odm", stage.folder);
    assert_int_equal(0, unlink(path)); /* the store still has it */
    CHECK_I64(OD_OK, load("gov.tiny-1.0.1", true, &link, text), text);
    CHECK_TEXT("Gov key", connect_link_signed_by(link), "and its signature was checked again");
    unload(link);
    CHECK_I64(OD_OK, load_trust("{\"keys\":[]}", text), text);
    CHECK_I64(OD_EDENIED, load("gov.tiny-1.0.1", true, &link, text), "as every time");
}

/* What a load within on_prepared came to. */
static struct {
    bool is_told, is_dry;
    int check, load;
    uint8_t address[BASE_HASH_SIZE];
    struct connect_link *link;
    char text[512];
} prepared;

static void on_prepared(void *owner, void *data)
{
    const struct connect_loading loading = {.id = "fire", .module = data, .config = "{}", .config_size = 2, .owner_data = &stage};
    struct connect_checked checked = {.address = {0}};
    char line[512];

    (void)owner;
    snprintf(line, sizeof(line), "chmod -R u+w %s/.store && rm -r %s/gov.tiny-1.0.1.odm %s/.store/*/", stage.folder, stage.folder, stage.folder);
    if (strcmp(data, "gov.tiny-1.0.1") == 0)
        assert_int_equal(0, system(line)); /* nothing of it is on the disk any more */
    prepared.is_told = true;
    CHECK(connect_module_is_at_hand(stage.connect, data, false) && !connect_module_is_at_hand(stage.connect, data, true), "as it was asked for");
    prepared.check = connect_load_check(stage.connect, &loading, &checked, prepared.text);
    memcpy(prepared.address, checked.address, sizeof(prepared.address));
    package_manifest_fini(&checked.manifest);
    prepared.load = prepared.is_dry ? OD_ENOTFOUND : connect_load(stage.connect, &loading, &prepared.link, prepared.text);
}

static void prepare(const char *module)
{
    prepared.is_told = false;
    CHECK_I64(OD_OK, connect_module_prepare(stage.connect, module, false, on_prepared, (void *)(uintptr_t)module), "queued");
    CHECK(!prepared.is_told, "from the loop");
    STAGE_UNTIL(&stage, prepared.is_told);
}

static void check_runs(struct connect_link *link)
{
    char hash[2 * BASE_HASH_SIZE + 1];

    relay_take(&stage, &relay);
    put_hash(hash);
    hello(hash);
    relay.epoch = relay_receive(&stage, &relay).epoch;
    relay_drop(&relay);
    unload(link);
}

static void what_was_prepared_is_not_read_again(void **state)
{
    (void)state;
    memset(&prepared, 0, sizeof(prepared));
    put_module(1, true);
    prepare("gov.tiny-1.0.1");
    CHECK_I64(OD_OK, prepared.check, prepared.text);
    CHECK_I64(OD_OK, prepared.load, prepared.text);
    check_runs(prepared.link);

    put_module(1, true);
    prepared.is_dry = true;
    prepare("gov.tiny-1.0.1");
    CHECK_I64(OD_OK, prepared.check, prepared.text);
    struct connect_loading later = {.id = "fire", .module = "gov.tiny-1.0.1", .config = "{}", .config_size = 2, .owner_data = &stage,
                                    .address = prepared.address};
    CHECK_I64(OD_OK, connect_load(stage.connect, &later, &prepared.link, prepared.text), "by its address, when it was approved");
    check_runs(prepared.link);
    later.address = NULL;
    CHECK_I64(OD_ENOTFOUND, connect_load(stage.connect, &later, &prepared.link, prepared.text), "by its name alone it is as it lies there");
}

static void a_prepared_module_is_asked_for_trust_again(void **state)
{
    struct connect_link *link = NULL;
    char text[512];

    (void)state;
    memset(&prepared, 0, sizeof(prepared));
    prepared.is_dry = true;
    put_module(1, true);
    prepare("gov.tiny-1.0.1");
    const struct connect_loading loading = {.id = "fire", .module = "gov.tiny-1.0.1", .config = "{}", .config_size = 2, .owner_data = &stage,
                                            .address = prepared.address};
    CHECK_I64(OD_OK, load_trust(TRUST(",\"revoked\":\"2020-01-01\""), text), text);
    CHECK_I64(OD_EDENIED, connect_load(stage.connect, &loading, &link, text), "revoked between check and start");
    put_module(2, true);
    CHECK_I64(OD_OK, connect_module_prepare(stage.connect, "gov.tiny-1.0.2", false, on_prepared, "gov.tiny-1.0.2"), "while the trust file is read anew");
    CHECK_I64(OD_OK, load_trust(TRUST(""), text), text);
    prepared.is_told = false;
    STAGE_UNTIL(&stage, prepared.is_told);
    CHECK_I64(OD_EDENIED, prepared.check, prepared.text);
    CHECK(strstr(prepared.text, "was revoked on 2020-01-01") != NULL, prepared.text);
    prepare("gov.none-1");
    CHECK_I64(OD_ENOTFOUND, prepared.check, "as connect_load says it");
}

static void on_counted(void *owner, void *data)
{
    (void)owner;
    ++*(int *)data;
}

static void so_many_are_prepared_at_once(void **state)
{
    static int done; /* the last is counted when the test is over */

    (void)state;
    done = 0;
    put_module(1, true);
    for (int i = 0; i < CONNECT_JOBS_MAX; i++)
        CHECK_I64(OD_OK, connect_module_prepare(stage.connect, "gov.tiny-1.0.1", false, on_counted, &done), "the limit");
    CHECK_I64(OD_EBUSY, connect_module_prepare(stage.connect, "gov.tiny-1.0.1", false, on_counted, &done), "limit + 1");
    STAGE_UNTIL(&stage, done == CONNECT_JOBS_MAX);
    CHECK_I64(OD_OK, connect_module_prepare(stage.connect, "gov.tiny-1.0.1", false, on_counted, &done), "its end is waited for");
}

static const char *listed(void)
{
    static struct base_buffer buffer;
    bool is_cut;

    base_buffer_fini(&buffer);
    CHECK_I64(OD_OK, connect_modules_put(&buffer, NULL, stage.connect, &is_cut), "listed");
    return base_buffer_text(&buffer);
}

static void packages_are_listed_with_their_signers(void **state)
{
    (void)state;
    put_module(1, true);
    put_module(2, true);
    put_module(2, false);
    maker_write_file(stage.folder, "gov.spoilt-1.odm", "x", 1);
    static const char *const expected[] = {
        "{\"module\":\"dept-1.0\",\"id\":null,", "\"signed_by\":null,\"loaded_as\":[],\"fault\":\"dept-1.0 is not signed.",
        "{\"module\":\"gov.spoilt-1\",\"id\":null,", "\"fault\":\"gov.spoilt-1 is no package",
        "{\"module\":\"gov.tiny-1.0.1\",\"id\":\"gov.tiny\",\"version\":\"1.0.1\",", "\"signed_by\":\"Gov key\",\"loaded_as\":[],\"fault\":null}",
        "{\"module\":\"gov.tiny-1.0.2\",", "\"fault\":null}]"};
    const char *text = listed();
    for (size_t i = 0; i < COUNT(expected); i++) {
        const char *found = strstr(text, expected[i]);
        if (found == NULL)
            fail_msg("%s is not in %s", expected[i], text);
        text = found; /* in this order */
    }
    CHECK(strstr(strstr(listed(), "gov.tiny-1.0.2") + 1, "\"module\":\"gov.tiny-1.0.2\"") == NULL, "folder and file are one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_signed_module_runs_from_folder_or_file, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(another_code_than_the_verified_is_refused, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_is_not_trusted_is_refused, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_host_is_not_started_again_when_trust_ends, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_changed_store_starts_nothing, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(older_versions_come_back_by_rollback_alone, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_was_prepared_is_not_read_again, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_prepared_module_is_asked_for_trust_again, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(so_many_are_prepared_at_once, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(packages_are_listed_with_their_signers, open_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, maker_open, maker_close);
}
