/* SPDX-License-Identifier: Apache-2.0 */
/* Keys made at run time: what is asked for, what is kept, who may come in until when. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/desk.h"
#include "engine/key.h"
#include "lib/check.h"

static const struct front_identity admin = {.key_id = "root", .roles = FRONT_ROLE_ADMIN, .department = ""};

static struct stage_request *create(const char *body, int status)
{
    return desk_do(&admin, FRONT_KEY_CREATE, NULL, status, body);
}

static struct stage_request *list(const char *query)
{
    struct stage_request *asked = stage_ask_as(&admin, FRONT_KEY_LIST, NULL, query, NULL);

    stage_drain();
    CHECK_I64(200, asked->status, query != NULL ? query : "");
    return asked;
}

static size_t made(void)
{
    return stage.engine->keys->count - stage.engine->keys->config_count;
}

static void a_key_is_made_kept_and_shown_once(void **state)
{
    char secret[FRONT_SECRET_TEXT_SIZE];
    uint8_t tag[BASE_HASH_SIZE];

    (void)state;
    struct stage_request *asked = create("{\"id\":\"li.na\",\"roles\":[\"officer\",\"head\"],\"department\":\"land\",\"note\":\"李娜, window 3\"}", 201);
    snprintf(secret, sizeof(secret), "%s", desk_of(asked, "secret"));
    CHECK_I64(FRONT_SECRET_TEXT_SIZE - 1, strlen(secret), "the secret");
    CHECK_TEXT("active", desk_of(asked, "state"), "state");
    CHECK_TEXT("root", desk_of(asked, "created_by"), "who made it");
    CHECK(strncmp(secret, desk_of(asked, "starts"), ENGINE_KEY_STARTS) == 0, "what it begins with");
    CHECK_I64(1, made(), "the doors know it");
    stage_restart(true);
    CHECK_I64(1, made(), "after a crash, too");
    const struct front_key *key = engine_key_find(stage.engine, "li.na");
    CHECK(key != NULL, "by its id");
    CHECK_I64(FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD, key->roles, "its roles");
    CHECK_TEXT("land", key->department, "its department");
    CHECK(base_password_is(key->password, secret, strlen(secret)), "argon2id of the secret");
    front_secret_tag(stage.engine->keys->tag_key, secret, tag);
    CHECK(base_hash_equal(tag, key->hash), "and its tag");
    asked = list(NULL);
    CHECK_I64(1, desk_count(asked, "items"), "listed");
    CHECK_TEXT("李娜, window 3", desk_of(asked, "items.0.note"), "note");
    CHECK(strstr(asked->answer, secret) == NULL && strstr(asked->answer, "argon2id") == NULL && strstr(asked->answer, "tag") == NULL,
          "nothing of the secret");
}

static void what_is_wrong_is_said(void **state)
{
    static const char id64[] = "{\"id\":\"a23456789012345678901234567890123456789012345678901234567890123a\",\"roles\":[\"admin\"]}";
    static char note_max[ENGINE_KEY_NOTE_MAX + 64];
    static const struct {
        const char *body;
        int status;
        const char *pointer;
    } rows[] = {
        {"{}", 422, "/id"},
        {"{\"id\":7,\"roles\":[\"admin\"]}", 422, "/id"},
        {"{\"id\":\"\",\"roles\":[\"admin\"]}", 422, "/id"},
        {"{\"id\":\"Li\",\"roles\":[\"admin\"]}", 422, "/id"},
        {"{\"id\":\".a\",\"roles\":[\"admin\"]}", 422, "/id"},
        {"{\"id\":\"a/b\",\"roles\":[\"admin\"]}", 422, "/id"},
        {"{\"id\":\"clock\",\"roles\":[\"admin\"]}", 422, "/id"},
        {"{\"id\":\"a\"}", 422, "/roles"},
        {"{\"id\":\"a\",\"roles\":[]}", 422, "/roles"},
        {"{\"id\":\"a\",\"roles\":\"admin\"}", 422, "/roles"},
        {"{\"id\":\"a\",\"roles\":[\"admin\",\"citizen\"]}", 422, "/roles"},
        {"{\"id\":\"a\",\"roles\":[\"admin\",null]}", 422, "/roles"},
        {"{\"id\":\"a\",\"roles\":[\"officer\"]}", 422, "/department"},
        {"{\"id\":\"a\",\"roles\":[\"officer\"],\"department\":\"nowhere\"}", 422, "/department"},
        {"{\"id\":\"a\",\"roles\":[\"officer\"],\"department\":1}", 422, "/department"},
        {"{\"id\":\"a\",\"roles\":[\"admin\"],\"connector\":\"water\"}", 422, "/connector"},
        {"{\"id\":\"a\",\"roles\":[\"admin\"],\"certificate\":\"00\"}", 422, "/certificate"},
        {"{\"id\":\"a\",\"roles\":[\"admin\"],\"expires_at\":\"2001-01-01\"}", 422, "/expires_at"},
        {"{\"id\":\"a\",\"roles\":[\"admin\"],\"expires_at\":\"soon\"}", 422, "/expires_at"},
        {"{\"id\":\"a\",\"roles\":[\"admin\"],\"expires\":\"2099-01-01\"}", 422, "/expires"},
        {"{\"id\":\"a\",\"roles\":[\"admin\"],\"note\":\" \"}", 422, "/note"},
        {id64, 201, ""},
        {"{\"id\":\"a234567890123456789012345678901234567890123456789012345678901234b\",\"roles\":[\"admin\"]}", 422, "/id"},
        {"{\"id\":\"good\",\"roles\":[\"connector\"],\"connector\":\"water\",\"certificate\":\"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33\"}",
         201, ""},
        {"{\"id\":\"good\",\"roles\":[\"admin\"]}", 409, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage_request *asked = create(rows[i].body, rows[i].status);

        CHECK_TEXT(rows[i].pointer, asked->pointer, rows[i].body);
    }
    CHECK_I64(2, made(), "those that were fine");
    int size = snprintf(note_max, sizeof(note_max), "{\"id\":\"n\",\"roles\":[\"admin\"],\"note\":\"%0*d\"}", ENGINE_KEY_NOTE_MAX, 7);
    create(note_max, 201);
    snprintf(note_max, sizeof(note_max), "{\"id\":\"m\",\"roles\":[\"admin\"],\"note\":\"%0*d\"}", ENGINE_KEY_NOTE_MAX + 1, 7);
    CHECK_TEXT("/note", create(note_max, 422)->pointer, "limit + 1");
    CHECK(size > ENGINE_KEY_NOTE_MAX, "a long one");
}

static void a_revoked_key_is_gone_for_good(void **state)
{
    (void)state;
    create("{\"id\":\"a\",\"roles\":[\"admin\"]}", 201);
    create("{\"id\":\"b\",\"roles\":[\"admin\"]}", 201);
    struct stage_request *asked = desk_do(&admin, FRONT_KEY_REVOKE, "a", 200, "{\"reason\":\"lost\"}");
    CHECK_TEXT("revoked", desk_of(asked, "state"), "state");
    CHECK_TEXT("lost", desk_of(asked, "reason"), "why");
    CHECK_TEXT("root", desk_of(asked, "ended_by"), "by whom");
    CHECK(engine_key_find(stage.engine, "a") == NULL, "the doors do not know it");
    CHECK(engine_key_find(stage.engine, "b") != NULL, "the other stays");
    asked = desk_do(&admin, FRONT_KEY_REVOKE, "a", 200, "{\"reason\":\"again\"}");
    CHECK_TEXT("lost", desk_of(asked, "reason"), "a second time changes nothing");
    create("{\"id\":\"a\",\"roles\":[\"admin\"]}", 409);
    desk_do(&admin, FRONT_KEY_REVOKE, "nobody", 404, NULL);
    CHECK_TEXT("/reason", desk_do(&admin, FRONT_KEY_REVOKE, "b", 422, "{\"reason\":\"\"}")->pointer, "an empty reason");
    stage_restart(true);
    CHECK(engine_key_find(stage.engine, "a") == NULL, "nor after a restart");
    CHECK_I64(1, made(), "one is left");
    CHECK_I64(1, desk_count(list("state=revoked"), "items"), "listed by state");
    CHECK_I64(1, desk_count(list("state=active"), "items"), "listed by state");
}

/* What is kept of it afterwards opens nothing, even with the store in hand. */
static void its_hashes_go_with_it(void **state)
{
    struct base_arena arena = {0};
    struct store_entry entry;

    (void)state;
    create("{\"id\":\"a\",\"roles\":[\"admin\"]}", 201);
    struct store_reader *reader = store_reader_take(stage.engine->store);
    CHECK_I64(OD_OK, store_read_entry_named(reader, ENGINE_ENTRY_KEY, "a", &arena, &entry), "kept");
    CHECK(strstr(entry.body, "argon2id") != NULL, "with its hash");
    store_reader_give(stage.engine->store, reader);
    desk_do(&admin, FRONT_KEY_REVOKE, "a", 200, NULL);
    reader = store_reader_take(stage.engine->store);
    CHECK_I64(OD_OK, store_read_entry_named(reader, ENGINE_ENTRY_KEY, "a", &arena, &entry), "kept");
    CHECK(strstr(entry.body, "argon2id") == NULL && strstr(entry.body, "tag") == NULL, "without");
    store_reader_give(stage.engine->store, reader);
    base_arena_fini(&arena);
}

static void tick_until_quiet(void)
{
    for (int i = 0; i < 8; i++) {
        stage_tick();
        stage_drain();
    }
}

static void a_key_ends_with_its_day(void **state)
{
    char body[128], day[BASE_DATE_SIZE];
    int32_t civil, minute, offset;

    (void)state;
    base_zone_civil(stage.engine->now.ms, &civil, &minute, &offset);
    base_day_format(civil, day);
    snprintf(body, sizeof(body), "{\"id\":\"today\",\"roles\":[\"admin\"],\"expires_at\":\"%s\"}", day);
    create(body, 201);
    create("{\"id\":\"ever\",\"roles\":[\"admin\"]}", 201);
    const struct front_key *key = engine_key_find(stage.engine, "today");
    CHECK_I64(base_zone_utc(civil + 1, 0), key->expires_ms, "midnight of the center");
    desk_wait(key->expires_ms - stage.engine->now.ms - 60000);
    tick_until_quiet();
    CHECK(engine_key_find(stage.engine, "today") != NULL, "a minute before");
    desk_wait(60000);
    tick_until_quiet();
    CHECK(engine_key_find(stage.engine, "today") == NULL, "over");
    CHECK(engine_key_find(stage.engine, "ever") != NULL, "the other is not");
    struct stage_request *asked = list("state=expired");
    CHECK_I64(1, desk_count(asked, "items"), "it says so");
    CHECK_TEXT("clock", desk_of(asked, "items.0.ended_by"), "nobody did it");
}

static void pages_of_a_list(void **state)
{
    char body[64], query[64];
    struct stage_request *asked;

    (void)state;
    for (int i = 0; i < 5; i++) {
        snprintf(body, sizeof(body), "{\"id\":\"k%d\",\"roles\":[\"admin\"]%s}", i, i == 2 ? ",\"department\":\"fire\"" : "");
        create(body, 201);
    }
    asked = list("limit=2");
    CHECK_TEXT("k4", desk_of(asked, "items.0.id"), "newest first");
    snprintf(query, sizeof(query), "limit=2&cursor=%s", desk_of(asked, "next_cursor"));
    asked = list(query);
    CHECK_TEXT("k2", desk_of(asked, "items.0.id"), "the next page");
    asked = list("department=fire");
    CHECK_I64(1, desk_count(asked, "items"), "of a department");
    CHECK_I64(0, desk_count(list("origin=configuration"), "items"), "none in the configuration");
    static const char *const wrong[] = {"state=new", "origin=moon", "department=nowhere", "limit=0", "limit=201", "cursor=x"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        asked = stage_ask_as(&admin, FRONT_KEY_LIST, NULL, wrong[i], NULL);
        stage_drain();
        CHECK_I64(422, asked->status, wrong[i]);
    }
}

/* So many are valid at once, and no more. */
static void keys_at_their_limit(void **state)
{
    static struct front_key key = {.roles = FRONT_ROLE_ADMIN, .password = "x"};

    (void)state;
    for (unsigned i = 0; i < ENGINE_KEYS_MADE_MAX; i++) {
        snprintf(key.id, sizeof(key.id), "k%u", i);
        CHECK_I64(OD_OK, engine_key_install(stage.engine, &key), "up to the limit");
    }
    CHECK_I64(OD_ELIMIT, engine_key_install(stage.engine, &key), "limit + 1");
    create("{\"id\":\"one-more\",\"roles\":[\"admin\"]}", 409);
    engine_key_forget(stage.engine, "k7");
    create("{\"id\":\"one-more\",\"roles\":[\"admin\"]}", 201);
}

static void an_id_stands_for_one_key(void **state)
{
    static struct front_key configured[2] = {{.id = "root", .roles = FRONT_ROLE_ADMIN}, {.id = "made", .roles = FRONT_ROLE_ADMIN}};
    struct engine_config config = {.keys = configured, .key_count = 1};
    char text[512] = "";

    (void)state;
    create("{\"id\":\"made\",\"roles\":[\"admin\"]}", 201);
    CHECK_I64(OD_OK, engine_keys_reload(stage.engine, &config, text), "another id");
    CHECK_I64(1, made(), "those made stay");
    create("{\"id\":\"root\",\"roles\":[\"admin\"]}", 409);
    desk_do(&admin, FRONT_KEY_REVOKE, "root", 409, NULL);
    CHECK_TEXT("root", desk_of(list("origin=configuration"), "items.0.id"), "listed apart");
    config.key_count = 2;
    CHECK_I64(OD_EINVAL, engine_keys_reload(stage.engine, &config, text), "the same id");
    CHECK(strstr(text, "/keys/1") != NULL && strstr(text, "made") != NULL, text);
    CHECK_I64(1, stage.engine->keys->config_count, "as before");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_made_kept_and_shown_once, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_said, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(a_revoked_key_is_gone_for_good, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(its_hashes_go_with_it, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(a_key_ends_with_its_day, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(pages_of_a_list, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(keys_at_their_limit, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(an_id_stands_for_one_key, desk_open, desk_close),
    };

    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
