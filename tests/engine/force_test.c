/* SPDX-License-Identifier: Apache-2.0 */
/* Which catalogue is in force: the folder's, one that was sent in, one of before; across starts, signals and a full disk. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "engine/force.h"
#include "lib/check.h"

#define SUBMIT "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li\"},\"form\":{\"area\":100},\"materials\":[{\"material\":\"deed\"},{\"material\":\"plan\"}]}"

static const struct front_identity admin = {.key_id = "admin", .roles = FRONT_ROLE_ADMIN, .department = ""};

/* The center's catalogue with another name of it: another version; static until the next call. */
static const char *named(const char *name)
{
    static char *text;
    char quoted[64];

    free(text);
    snprintf(quoted, sizeof(quoted), "\"en\": \"%s\"", name);
    text = fixture_replace(desk_text, "\"en\": \"Fire\"", quoted);
    return text;
}

static void running(char version[CATALOG_VERSION_SIZE])
{
    snprintf(version, CATALOG_VERSION_SIZE, "%s", catalog_version(stage.engine->catalog));
}

static struct stage_request *reload(const char *query, const char *body)
{
    struct stage_request *asked = stage_ask_as(&admin, FRONT_CATALOG_RELOAD, NULL, query, body);

    stage_redate();
    return asked;
}

/* Put version in force, as one who saw that from is. */
static struct stage_request *take(const char *version, const char *from, const char *reason)
{
    char body[128], tag[64];

    snprintf(body, sizeof(body), "{\"version\":\"%s\",\"reason\":\"%s\"}", version, reason);
    snprintf(tag, sizeof(tag), "\"%s\"", from);
    stage.if_match = tag;
    struct stage_request *asked = reload(NULL, body);
    stage.if_match = NULL;
    return asked;
}

static struct stage_request *versions(const char *query)
{
    struct stage_request *asked = stage_ask_as(&admin, FRONT_CATALOG_VERSIONS, NULL, query, NULL);

    stage_drain();
    CHECK_I64(200, asked->status, "listed");
    return asked;
}

static struct stage_request *upload(const char *text)
{
    struct catalog_sources sources = {0};
    struct base_buffer archive = {0};

    CHECK_I64(OD_OK, catalog_sources_put(&sources, base_copy_text("a.json", 6), base_copy_text(text, strlen(text)), strlen(text)), "a file");
    CHECK_I64(OD_OK, catalog_sources_pack(&sources, &archive), "packed");
    stage.upload = archive.bytes;
    stage.upload_size = archive.size;
    struct stage_request *asked = stage_ask_as(&admin, FRONT_CATALOG_CANDIDATE_ADD, NULL, "name=guide.tar.gz", NULL);
    stage_redate();
    catalog_sources_fini(&sources);
    base_buffer_fini(&archive);
    return asked;
}

static size_t waiting(void)
{
    struct stage_request *asked = stage_ask_as(&admin, FRONT_CATALOG_CANDIDATE_LIST, NULL, NULL, NULL);

    stage_drain();
    return desk_count(asked, "items");
}

static void test_each_change_is_on_record(void **state)
{
    char first[CATALOG_VERSION_SIZE], second[CATALOG_VERSION_SIZE];

    (void)state;
    running(first);
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, SUBMIT);
    stage_drain();
    stage_catalog_write(named("Fire and rescue"));
    CHECK_I64(200, reload(NULL, "{\"reason\":\"a new name\"}")->status, "taken");
    running(second);
    CHECK(strcmp(first, second) != 0, "another version");
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, SUBMIT);
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, SUBMIT);
    stage_drain();
    struct stage_request *asked = versions(NULL);
    CHECK_I64(2, desk_count(asked, "items"), "the start and the change");
    CHECK_TEXT(second, desk_of(asked, "items.0.version"), "newest first");
    CHECK_TEXT(first, desk_of(asked, "items.0.from_version"), "what was before");
    CHECK_TEXT("folder", desk_of(asked, "items.0.source"), "from where");
    CHECK_TEXT("admin", desk_of(asked, "items.0.by"), "by whom");
    CHECK_TEXT("a new name", desk_of(asked, "items.0.reason"), "why");
    CHECK_TEXT("true", desk_of(asked, "items.0.is_in_force"), "in force");
    CHECK_TEXT("2", desk_of(asked, "items.0.open_applications"), "of its time");
    CHECK_TEXT("start", desk_of(asked, "items.1.source"), "the first start");
    CHECK_TEXT("1", desk_of(asked, "items.1.open_applications"), "of the time before");
    CHECK_TEXT("0", desk_of(asked, "unlisted_open_applications"), "none is older");
    asked = versions("limit=1");
    CHECK_TEXT(second, desk_of(asked, "items.0.version"), "a page");
    char query[64];
    snprintf(query, sizeof(query), "limit=1&cursor=%s", desk_of(asked, "next_cursor"));
    asked = versions(query);
    CHECK_TEXT(first, desk_of(asked, "items.0.version"), "the next page");
    CHECK_TEXT("1", desk_of(asked, "items.0.open_applications"), "counted up to the change after it");
    CHECK_TEXT("false", desk_of(asked, "items.0.is_in_force"), "which is another page's");
}

static void test_back_to_an_earlier_one(void **state)
{
    char first[CATALOG_VERSION_SIZE], second[CATALOG_VERSION_SIZE], now[CATALOG_VERSION_SIZE];

    (void)state;
    running(first);
    stage_catalog_write(named("Fire and rescue"));
    reload(NULL, "{}");
    running(second);
    CHECK_I64(409, take(second, second, "again")->status, "it is in force");
    CHECK_I64(404, take("0123456789abcdef", second, "unknown")->status, "there is none");
    CHECK_I64(422, take(first, second, " ")->status, "without a reason");
    CHECK_I64(412, take(first, first, "crossed")->status, "another admin was first");
    CHECK_I64(200, take(first, second, "the name was wrong")->status, "back");
    running(now);
    CHECK_TEXT(first, now, "in force");
    CHECK_TEXT("earlier", desk_of(versions(NULL), "items.0.source"), "as what it is");
    stage_restart(true);
    running(now);
    CHECK_TEXT(first, now, "after a restart, too: the folder did not change");
    char text[512] = "";
    CHECK_I64(OD_OK, engine_reload(stage.engine, &stage.config, text), text);
    stage_redate();
    running(now);
    CHECK_TEXT(first, now, "nor by a signal");
    CHECK_I64(3, desk_count(versions(NULL), "items"), "none of which is a change");
    reload(NULL, "{}");
    running(now);
    CHECK_TEXT(second, now, "an admin has the folder read, whatever it was");
}

static void test_a_changed_folder_wins(void **state)
{
    char first[CATALOG_VERSION_SIZE], second[CATALOG_VERSION_SIZE], now[CATALOG_VERSION_SIZE], text[512] = "";

    (void)state;
    running(first);
    stage_catalog_write(named("Fire and rescue"));
    stage_restart(true);
    stage_drain();
    running(second);
    CHECK(strcmp(first, second) != 0, "the start takes it");
    struct stage_request *asked = versions(NULL);
    CHECK_TEXT("start", desk_of(asked, "items.0.source"), "as a change");
    CHECK_TEXT("hub", desk_of(asked, "items.0.by"), "by the hub");
    CHECK_TEXT(first, desk_of(asked, "items.0.from_version"), "from what was");
    take(first, second, "back");
    stage_catalog_write(named("Fire, rescue and water"));
    CHECK_I64(OD_OK, engine_reload(stage.engine, &stage.config, text), text);
    stage_redate();
    running(now);
    CHECK(strcmp(first, now) != 0, "a signal takes it");
    CHECK_TEXT("signal", desk_of(versions(NULL), "items.0.source"), "as a change");
}

static void test_a_candidate(void **state)
{
    char first[CATALOG_VERSION_SIZE], now[CATALOG_VERSION_SIZE], second[CATALOG_VERSION_SIZE];

    (void)state;
    running(first);
    struct stage_request *asked = upload(named("Fire and rescue"));
    CHECK_I64(201, asked->status, "it waits");
    snprintf(second, sizeof(second), "%s", desk_of(asked, "version"));
    running(now);
    CHECK_TEXT(first, now, "nothing changed");
    CHECK_I64(200, upload(named("Fire and rescue"))->status, "the same again is the same");
    CHECK_I64(409, upload(desk_text)->status, "what is in force is no candidate");
    CHECK_I64(1, waiting(), "one waits");
    stage_restart(false);
    CHECK_I64(1, waiting(), "after a crash, too");
    char body[64];
    snprintf(body, sizeof(body), "{\"version\":\"%s\"}", second);
    CHECK_TEXT(second, desk_of(reload("dry_run=true", body), "version"), "what would change");
    CHECK_I64(422, reload(NULL, body)->status, "without a reason and what was seen");
    CHECK_I64(200, take(second, first, "new names")->status, "taken");
    running(now);
    CHECK_TEXT(second, now, "in force");
    CHECK_I64(0, waiting(), "it waits no more");
    asked = versions(NULL);
    CHECK_TEXT("upload", desk_of(asked, "items.0.source"), "as what it is");
    CHECK_TEXT("guide.tar.gz", desk_of(asked, "items.0.file"), "by which name");
    stage_restart(true);
    running(now);
    CHECK_TEXT(second, now, "after a restart, too");
}

/* Killed between the two steps and on the way to the disk: the one before or the new one, and the record says which. */
static void test_death_during_the_change(void **state)
{
    char first[CATALOG_VERSION_SIZE], now[CATALOG_VERSION_SIZE], second[CATALOG_VERSION_SIZE], body[128], tag[64];

    (void)state;
    running(first);
    snprintf(second, sizeof(second), "%s", desk_of(upload(named("Fire and rescue")), "version"));
    snprintf(body, sizeof(body), "{\"version\":\"%s\",\"reason\":\"r\"}", second);
    for (unsigned is_written = 0; is_written < 2; is_written++) {
        snprintf(tag, sizeof(tag), "\"%s\"", first);
        stage.if_match = tag;
        stage_ask_as(&admin, FRONT_CATALOG_RELOAD, NULL, NULL, body);
        stage.if_match = NULL;
        while (stage_job())
            ;
        stage_turn();
        stage_restart(is_written == 1);
        running(now);
        CHECK_TEXT(is_written ? second : first, now, "what the disk has");
        CHECK_TEXT(now, desk_of(versions(NULL), "items.0.version"), "is what the record says");
        CHECK_I64(is_written ? 0 : 1, waiting(), "and whether it waits");
    }
}

static void test_no_room_for_the_change(void **state)
{
    char first[CATALOG_VERSION_SIZE], now[CATALOG_VERSION_SIZE], second[CATALOG_VERSION_SIZE], body[128], tag[64];

    (void)state;
    running(first);
    snprintf(second, sizeof(second), "%s", desk_of(upload(named("Fire and rescue")), "version"));
    snprintf(body, sizeof(body), "{\"version\":\"%s\",\"reason\":\"r\"}", second);
    snprintf(tag, sizeof(tag), "\"%s\"", first);
    stage.if_match = tag;
    struct stage_request *asked = stage_ask_as(&admin, FRONT_CATALOG_RELOAD, NULL, NULL, body);
    while (stage_job())
        ;
    stage_turn();
    CHECK(stage_commit(true), "the disk is full");
    stage_redate();
    stage.if_match = NULL;
    CHECK_I64(503, asked->status, "refused");
    running(now);
    CHECK_TEXT(first, now, "the one before is in force");
    CHECK_I64(1, waiting(), "and the other waits on");
    CHECK_I64(200, take(second, first, "r")->status, "there is room again");
    CHECK_I64(2, desk_count(versions(NULL), "items"), "one change");
}

static void test_candidates_are_few_and_go(void **state)
{
    char name[32], version[CATALOG_VERSION_SIZE] = "";

    (void)state;
    for (int i = 0; i < ENGINE_CANDIDATES_MAX; i++) {
        snprintf(name, sizeof(name), "Fire %d", i);
        struct stage_request *asked = upload(named(name));
        CHECK_I64(201, asked->status, "one more");
        snprintf(version, sizeof(version), "%s", desk_of(asked, "version"));
    }
    CHECK_I64(409, upload(named("Fire 99"))->status, "past the last");
    CHECK_I64(200, upload(named(name))->status, "one that waits is no other");
    struct stage_request *asked = stage_ask_as(&admin, FRONT_CATALOG_CANDIDATE_DROP, version, NULL, NULL);
    stage_drain();
    CHECK_I64(204, asked->status, "removed");
    asked = stage_ask_as(&admin, FRONT_CATALOG_CANDIDATE_DROP, version, NULL, NULL);
    stage_drain();
    CHECK_I64(404, asked->status, "once");
    CHECK_I64(201, upload(named("Fire 99"))->status, "there is room");
    stage_wait((ENGINE_CANDIDATE_DAYS * 24 - 1) * INT64_C(3600000));
    stage_tick();
    stage_redate();
    CHECK_I64(ENGINE_CANDIDATES_MAX, waiting(), "they wait");
    stage_wait(2 * INT64_C(3600000));
    stage_tick();
    stage_redate();
    CHECK_I64(0, waiting(), "and go when nobody came");
}

static void test_files_of_a_version(void **state)
{
    char first[CATALOG_VERSION_SIZE];

    (void)state;
    running(first);
    stage_drain();
    struct stage_request *one = stage_ask_as(&admin, FRONT_CATALOG_SOURCES, first, NULL, NULL);
    stage_drain();
    CHECK_I64(200, one->status, "the folder's");
    CHECK_TEXT("application/gzip", one->media_type, "as an archive");
    struct stage_request *wrong = stage_ask_as(&admin, FRONT_CATALOG_SOURCES, "0123456789abcdef", NULL, NULL);
    stage_drain();
    CHECK_I64(404, wrong->status, "there is none");
    wrong = stage_ask_as(&admin, FRONT_CATALOG_SOURCES, "..", NULL, NULL);
    stage_drain();
    CHECK_I64(404, wrong->status, "no version");
}

static void test_refusals(void **state)
{
    char *broken = fixture_replace(desk_text, "\"time_zone\"", "\"time_zones\""), *moved = fixture_replace(desk_text, "Asia/Shanghai", "Asia/Tokyo");
    char long_reason[ENGINE_CATALOG_REASON_MAX + 64], body[ENGINE_CATALOG_REASON_MAX + 128];

    (void)state;
    struct stage_request *asked = upload(broken);
    CHECK_I64(422, asked->status, "refused as a folder is");
    CHECK_TEXT("catalog", asked->code, "for what is in it");
    CHECK_I64(422, upload(moved)->status, "another time zone");
    stage.upload = "";
    stage.upload_size = 0;
    asked = stage_ask_as(&admin, FRONT_CATALOG_CANDIDATE_ADD, NULL, "name=a.zip", NULL);
    stage_redate();
    CHECK_I64(422, asked->status, "0 bytes");
    asked = stage_ask_as(&admin, FRONT_CATALOG_CANDIDATE_ADD, NULL, "name=..", NULL);
    CHECK_I64(422, asked->status, "no name");
    CHECK_I64(422, reload(NULL, "{\"version\":\"0123456789ABCDEF\"}")->status, "no version");
    CHECK_I64(422, reload(NULL, "{\"version\":7}")->status, "no text");
    memset(long_reason, 'r', ENGINE_CATALOG_REASON_MAX + 1);
    long_reason[ENGINE_CATALOG_REASON_MAX + 1] = '\0';
    snprintf(body, sizeof(body), "{\"reason\":\"%s\"}", long_reason);
    CHECK_I64(422, reload(NULL, body)->status, "one byte more");
    long_reason[ENGINE_CATALOG_REASON_MAX] = '\0';
    snprintf(body, sizeof(body), "{\"reason\":\"%s\"}", long_reason);
    CHECK_I64(200, reload(NULL, body)->status, "the longest reason");
    CHECK_I64(0, waiting(), "nothing waits");
    free(broken);
    free(moved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_change_is_on_record, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_back_to_an_earlier_one, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_changed_folder_wins, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_candidate, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_death_during_the_change, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_no_room_for_the_change, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_candidates_are_few_and_go, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_files_of_a_version, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_refusals, desk_open, desk_close),
    };

    base_log_init("engine_force_test", NULL, BASE_LOG_NONE);
    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
