/* SPDX-License-Identifier: Apache-2.0 */
/* What connectors ask of the hub beside their tasks: a value is durable before it is told, reads see what was
 * written before them, answers keep the order of the calls; a document is read by who has the task alone. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/fixture.h"
#include "engine/stage.h"
#include "lib/check.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define STAND                                                                                                          \
    "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},"                                         \
    "\"materials\":[{\"material\":\"id-copy\",\"name\":\"id.pdf\",\"sha256\":\"" HASH "\",\"size\":11}]}"

static const struct package_manifest manifest = {.capabilities = {.kv_quota = 1000, .has_materials = true}};

static int open_stage(void **state)
{
    (void)state;
    stage_open(1);
    stage_services_clear();
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close();
    stage_services_clear();
    return 0;
}

static struct connect_link *ready_one(const char *id)
{
    struct connect_link *link = stage_link(id);

    link->manifest = &manifest;
    stage_link_ready(link);
    stage_drain();
    return link;
}

static struct connect_link *ready(void)
{
    return ready_one("fire");
}

static const char *answer(size_t index)
{
    return stage_service_at(index)->answer;
}

/* One call, and all that it needs. */
static const char *ask(struct connect_link *link, const char *text)
{
    size_t index = stage_service(link, text);

    stage_drain();
    return answer(index);
}

static void a_value_is_told_when_it_is_durable(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    size_t put = stage_service(link, "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"a\",\"value\":\"b25l\"}");
    CHECK(answer(put) == NULL, "not yet");
    stage_turn();
    CHECK(answer(put) == NULL, "with the store");
    CHECK(stage_commit(false), "written");
    CHECK_TEXT("{}", answer(put), "durable");
    CHECK_TEXT("{\"value\":\"b25l\"}", ask(link, "{\"service\":\"kv\",\"op\":\"get\",\"key\":\"a\"}"), "read");
    CHECK_TEXT("error not_found", ask(link, "{\"service\":\"kv\",\"op\":\"get\",\"key\":\"b\"}"), "not there");
    CHECK_TEXT("{\"keys\":[\"a\"]}", ask(link, "{\"service\":\"kv\",\"op\":\"list\"}"), "listed");
    CHECK_TEXT("{}", ask(link, "{\"service\":\"kv\",\"op\":\"remove\",\"key\":\"a\"}"), "removed");
    CHECK_TEXT("{\"keys\":[]}", ask(link, "{\"service\":\"kv\",\"op\":\"list\",\"prefix\":\"\",\"after\":\"\"}"), "gone");
}

static void calls_are_answered_in_their_order(void **state)
{
    struct connect_link *link = ready();
    size_t calls[7];

    (void)state;
    calls[0] = stage_service(link, "{\"service\":\"kv\",\"op\":\"get\",\"key\":\"a\"}");
    calls[1] = stage_service(link, "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"a\",\"value\":\"MQ==\"}");
    calls[2] = stage_service(link, "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"a\",\"value\":\"Mg==\"}");
    calls[3] = stage_service(link, "{\"service\":\"kv\",\"op\":\"get\",\"key\":\"a\"}");
    calls[4] = stage_service(link, "{\"service\":\"kv\",\"op\":\"remove\",\"key\":\"a\"}");
    calls[5] = stage_service(link, "{\"service\":\"kv\",\"op\":\"list\"}");
    calls[6] = stage_service(link, "{\"service\":\"kv\",\"op\":\"get\",\"key\":\"a\"}");
    stage_drain();
    CHECK_TEXT("error not_found", answer(calls[0]), "before the first put");
    CHECK_TEXT("{\"value\":\"Mg==\"}", answer(calls[3]), "after the second");
    CHECK_TEXT("{\"keys\":[]}", answer(calls[5]), "after the removal");
    CHECK_TEXT("error not_found", answer(calls[6]), "after the removal");
    for (size_t i = 1; i < COUNT(calls); i++)
        CHECK(stage_service_at(calls[i])->order > stage_service_at(calls[i - 1])->order, "in order");
}

static void it_outlives_session_and_hub_and_is_nobody_elses(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    CHECK_TEXT("{}", ask(link, "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"a\",\"value\":\"b25l\"}"), "put");
    stage_link_lose(link, true, 0);
    stage_drain();
    stage_restart(true);
    link = ready();
    CHECK_TEXT("{\"value\":\"b25l\"}", ask(link, "{\"service\":\"kv\",\"op\":\"get\",\"key\":\"a\"}"), "kept");
    struct connect_link *other = stage_link("market");
    other->manifest = &manifest;
    stage_link_ready(other);
    CHECK_TEXT("error not_found", ask(other, "{\"service\":\"kv\",\"op\":\"get\",\"key\":\"a\"}"), "of its own connector alone");
}

static void a_full_disk_is_told(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    size_t put = stage_service(link, "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"a\",\"value\":\"b25l\"}");
    size_t get = stage_service(link, "{\"service\":\"kv\",\"op\":\"get\",\"key\":\"a\"}");
    stage_turn();
    CHECK(stage_commit(true), "the disk is full");
    CHECK_TEXT("error unavailable", answer(put), "not kept");
    stage_drain();
    CHECK_TEXT("error not_found", answer(get), "and not there");
}

#define PUT "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"a\",\"value\":\"b25l\"}"
#define GET "{\"service\":\"kv\",\"op\":\"get\",\"key\":\"a\"}"

/* The connector is unloaded for good; the drop is with the store or about to be. */
static void purged(struct connect_link *link)
{
    static const struct front_identity admin = {.key_id = "admin", .roles = UINT32_MAX, .department = ""};

    CHECK_TEXT("{}", ask(link, PUT), "kept");
    stage_ask_as(&admin, FRONT_CONNECTOR_UNLOAD, "fire", "purge=true", NULL);
    stage_drain();
    stage_link_lose(link, false, 0);
    stage_link_gone(link);
    CHECK(stage_link("fire") == NULL, "unloaded");
}

static struct connect_link *loaded(void)
{
    stage_ask(FRONT_CONNECTOR_LOAD, "fire", NULL, "{\"module\":\"fire-1\"}");
    return ready();
}

static void a_purge_that_meets_a_full_disk_takes_nothing_later(void **state)
{
    (void)state;
    purged(ready());
    stage_turn();
    CHECK(stage_commit(true), "the drop met a full disk");
    struct connect_link *link = loaded();
    CHECK_TEXT("error not_found", ask(link, GET), "dropped before anything is read");
    CHECK_TEXT("{}", ask(link, PUT), "acknowledged");
    stage_restart(true);
    CHECK_TEXT("{\"value\":\"b25l\"}", ask(ready(), GET), "and kept");
}

/* It drains, and may still write: nothing is acknowledged that would go with the rest. */
static void nothing_is_acknowledged_that_a_purge_would_take(void **state)
{
    static const struct front_identity admin = {.key_id = "admin", .roles = UINT32_MAX, .department = ""};
    struct connect_link *link = ready();

    (void)state;
    CHECK_TEXT("{}", ask(link, PUT), "kept");
    stage_ask_as(&admin, FRONT_CONNECTOR_UNLOAD, "fire", "purge=true", NULL);
    CHECK_TEXT("error unavailable", ask(link, PUT), "from the request on");
    stage_drain();
    CHECK_TEXT("error unavailable", ask(link, PUT), "as long as it drains");
    CHECK_TEXT("error unavailable", ask(link, "{\"service\":\"kv\",\"op\":\"remove\",\"key\":\"a\"}"), "neither a removal");
    CHECK_TEXT("{\"value\":\"b25l\"}", ask(link, GET), "it may read");
    stage_link_lose(link, false, 0);
    stage_link_gone(link);
    CHECK_TEXT("error not_found", ask(loaded(), GET), "dropped");
}

static void an_unload_that_was_not_stored_takes_nothing(void **state)
{
    static const struct front_identity admin = {.key_id = "admin", .roles = UINT32_MAX, .department = ""};
    struct connect_link *link = ready();

    (void)state;
    stage_ask_as(&admin, FRONT_CONNECTOR_UNLOAD, "fire", "purge=true", NULL);
    stage_turn();
    CHECK(stage_commit(true), "the disk is full");
    CHECK_TEXT("{}", ask(link, PUT), "it goes on");
    CHECK_TEXT("{\"value\":\"b25l\"}", ask(link, GET), "and keeps");
}

static void nothing_is_kept_before_a_purge_is(void **state)
{
    (void)state;
    purged(ready());
    stage_ask(FRONT_CONNECTOR_LOAD, "fire", NULL, "{\"module\":\"fire-1\"}");
    struct connect_link *link = stage_link("fire");
    link->manifest = &manifest;
    stage_link_ready(link);
    size_t put = stage_service(link, PUT);
    stage_turn();
    CHECK(answer(put) == NULL, "it waits");
    CHECK(stage_commit(true), "the disk is full");
    CHECK_TEXT("error unavailable", answer(put), "neither dropped nor kept");
    stage_restart(false);
    CHECK(stage_link("fire") == NULL, "the load was not stored");
    CHECK_TEXT("error not_found", ask(loaded(), GET), "the restart drops it");
}

static void the_quota_is_told(void **state)
{
    struct connect_link *link = ready();
    char text[2048] = "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"k\",\"value\":\"";
    size_t size = strlen(text);

    (void)state;
    memset(text + size, 'A', 1332); /* 999 bytes */
    snprintf(text + size + 1332, 8, "\"}");
    CHECK_TEXT("{}", ask(link, text), "the limit, with its key");
    snprintf(text + size + 1332, 8, "AA==\"}");
    CHECK_TEXT("error limit", ask(link, text), "limit + 1");
}

static void what_is_no_request(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"{\"service\":\"kv\"}", "no op"},
        {"{\"service\":\"kv\",\"op\":\"drop\"}", "an unknown op"},
        {"{\"service\":\"kv\",\"op\":\"get\"}", "no key"},
        {"{\"service\":\"kv\",\"op\":\"get\",\"key\":\"\"}", "an empty key"},
        {"{\"service\":\"kv\",\"op\":\"get\",\"key\":7}", "a key that is no text"},
        {"{\"service\":\"kv\",\"op\":\"put\",\"key\":\"a\"}", "no value"},
        {"{\"service\":\"kv\",\"op\":\"put\",\"key\":\"a\",\"value\":\"!\"}", "no base64"},
        {"{\"service\":\"material\"}", "no op"},
        {"{\"service\":\"material\",\"op\":\"read\",\"task\":\"65\",\"sha256\":\"../../etc/passwd\",\"offset\":0,\"size\":1}", "a path"},
        {"{\"service\":\"material\",\"op\":\"read\",\"task\":65,\"sha256\":\"" HASH "\",\"offset\":0,\"size\":1}", "a handle is a text"},
        {"{\"service\":\"material\",\"op\":\"read\",\"task\":\"65\",\"sha256\":\"" HASH "\",\"offset\":-1,\"size\":1}", "before the start"},
        {"{\"service\":\"material\",\"op\":\"read\",\"task\":\"65\",\"sha256\":\"" HASH "\",\"offset\":0,\"size\":0}", "nothing"},
        {"{\"service\":\"material\",\"op\":\"read\",\"task\":\"65\",\"sha256\":\"" HASH "\",\"offset\":0,\"size\":65537}", "piece, limit + 1"},
    };
    struct connect_link *link = ready();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_TEXT("error invalid", ask(link, rows[i].text), rows[i].why);
}

static void keys_and_values_at_their_limits(void **state)
{
    static const struct package_manifest large = {.capabilities = {.kv_quota = 1 << 20}};
    static char text[100000];
    struct connect_link *link = ready();
    char key[258];

    (void)state;
    link->manifest = &large;
    memset(key, 'k', sizeof(key));
    snprintf(text, sizeof(text), "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"%.255s\",\"value\":\"\"}", key);
    CHECK_TEXT("{}", ask(link, text), "key, the limit");
    snprintf(text, sizeof(text), "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"%.256s\",\"value\":\"\"}", key);
    CHECK_TEXT("error invalid", ask(link, text), "key, limit + 1");
    int size = snprintf(text, sizeof(text), "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"v\",\"value\":\"");
    memset(text + size, 'A', 87380);
    snprintf(text + size + 87380, 16, "AA==\"}"); /* 65535 + 1 bytes */
    CHECK_TEXT("{}", ask(link, text), "value, the limit");
    snprintf(text + size + 87380, 16, "AAA=\"}");
    CHECK_TEXT("error invalid", ask(link, text), "value, limit + 1");
}

/* -- Materials -- */

static void material_put(const char *content)
{
    char path[1400];

    snprintf(path, sizeof(path), "%s/materials", stage.config.data);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/materials/00", stage.config.data);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/materials/00/" HASH, stage.config.data);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void material_remove(void)
{
    char path[1400];

    snprintf(path, sizeof(path), "%s/materials/00/" HASH, stage.config.data);
    unlink(path);
    snprintf(path, sizeof(path), "%s/materials/00", stage.config.data);
    rmdir(path);
    snprintf(path, sizeof(path), "%s/materials", stage.config.data);
    rmdir(path);
}

static const char *read_piece(struct connect_link *link, uint64_t handle, const char *hash, unsigned offset, unsigned size)
{
    char text[512];

    snprintf(text, sizeof(text), "{\"service\":\"material\",\"op\":\"read\",\"task\":\"%llu\",\"sha256\":\"%s\",\"offset\":%u,\"size\":%u}",
             (unsigned long long)handle, hash, offset, size);
    return ask(link, text);
}

static void a_document_is_read_by_who_has_the_task(void **state)
{
    struct connect_link *link = ready_one("market"), *other = stage_link("fire");
    uint64_t handle = 0;

    (void)state;
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    for (size_t i = 0; i < link->held_count; i++)
        handle = link->held[i].handle;
    CHECK(handle != 0, "it was offered");
    CHECK_TEXT("error not_found", read_piece(link, handle, HASH, 0, 100), "the hub does not hold it");
    material_put("hello world");
    CHECK_TEXT("{\"bytes\":\"aGVsbG8gd29ybGQ=\",\"total\":11}", read_piece(link, handle, HASH, 0, 65536), "whole");
    CHECK_TEXT("{\"bytes\":\"aGVsbG8=\",\"total\":11}", read_piece(link, handle, HASH, 0, 5), "the first piece");
    CHECK_TEXT("{\"bytes\":\"d29ybGQ=\",\"total\":11}", read_piece(link, handle, HASH, 6, 100), "the last piece");
    CHECK_TEXT("{\"bytes\":\"\",\"total\":11}", read_piece(link, handle, HASH, 11, 100), "the end");
    CHECK_TEXT("{\"bytes\":\"\",\"total\":11}", read_piece(link, handle, HASH, 4000000000u, 100), "far behind it");
    CHECK_TEXT("error not_found", read_piece(link, handle, "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 0, 1),
               "a hash that was not handed in");
    CHECK_TEXT("error stale", read_piece(link, 999999 * 64, HASH, 0, 1), "no such application");
    CHECK_TEXT("error stale", read_piece(link, handle + 63, HASH, 0, 1), "no such task");
    other->manifest = &manifest;
    stage_link_ready(other);
    CHECK_TEXT("error stale", read_piece(other, handle, HASH, 0, 1), "another's task");
    stage_report(link, BASE_ITEM_OPINION, handle, "{\"opinion\":\"approve\"}");
    stage_drain();
    CHECK_TEXT("error stale", read_piece(link, handle, HASH, 0, 1), "it is over");
    material_remove();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_value_is_told_when_it_is_durable),
        TEST(calls_are_answered_in_their_order),
        TEST(it_outlives_session_and_hub_and_is_nobody_elses),
        TEST(a_full_disk_is_told),
        TEST(a_purge_that_meets_a_full_disk_takes_nothing_later),
        TEST(nothing_is_kept_before_a_purge_is),
        TEST(nothing_is_acknowledged_that_a_purge_would_take),
        TEST(an_unload_that_was_not_stored_takes_nothing),
        TEST(the_quota_is_told),
        TEST(what_is_no_request),
        TEST(keys_and_values_at_their_limits),
        TEST(a_document_is_read_by_who_has_the_task),
    };

    base_log_init("engine_service_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
