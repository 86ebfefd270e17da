/* SPDX-License-Identifier: Apache-2.0 */
/* Keys made at run time at the door: argon2id once a key, one HMAC for what nobody has, and a door that goes on
 * meanwhile. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "front/server.h"
#include "lib/check.h"
#include "stage.h"

static const uint8_t tag_key[BASE_HASH_SIZE] = "the key of tags, for the test";
static char secrets[3][FRONT_SECRET_TEXT_SIZE], text[65536];
static struct front_key keys[4];
static struct stage stage;

static struct front_key key_make(const char *id, char secret[FRONT_SECRET_TEXT_SIZE])
{
    struct front_key key = {.roles = FRONT_ROLE_HEAD};

    front_secret_make(secret);
    snprintf(key.id, sizeof(key.id), "%s", id);
    front_secret_tag(tag_key, secret, key.hash);
    assert_int_equal(OD_OK, base_password_hash(secret, strlen(secret), key.password));
    return key;
}

static void keys_fill(void)
{
    assert_int_equal(OD_OK, base_hash_init());
    keys[0] = key_make("made", secrets[0]);
    keys[1] = key_make("short", secrets[1]);
    keys[2] = key_make("other", secrets[2]);
    keys[3] = (struct front_key){.id = "written", .roles = FRONT_ROLE_HEAD};
    base_hash("written", 7, keys[3].hash);
}

static int open_stage(void **state)
{
    (void)state;
    keys_fill();
    stage = (struct stage){.options = {.keys = keys, .key_count = COUNT(keys), .tag_key = tag_key}};
    stage_open(&stage);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static void request_make(char request[512], const char *secret)
{
    snprintf(request, 512, "GET /v1/tasks?a=%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", secret + 3, secret);
}

static int ask(const char *secret)
{
    char request[512];

    request_make(request, secret);
    return stage_ask_text(&stage, request, text, sizeof(text));
}

static bool has_seen(const char *id)
{
    for (size_t i = 0; i < stage.front->keys->count; i++)
        if (strcmp(stage.front->keys->rows[i].key.id, id) == 0)
            return stage.front->keys->rows[i].is_seen;
    return false;
}

static void a_secret_is_random_text(void **state)
{
    char secret[FRONT_SECRET_TEXT_SIZE], other[FRONT_SECRET_TEXT_SIZE];
    uint8_t hash[BASE_HASH_SIZE], again[BASE_HASH_SIZE];

    (void)state;
    front_secret_make(secret);
    front_secret_make(other);
    CHECK_I64(FRONT_SECRET_TEXT_SIZE - 1, strlen(secret), "its size");
    CHECK(strncmp(secret, "od_", 3) == 0, "its beginning");
    CHECK_I64(32, strspn(secret + 3, "abcdefghijklmnopqrstuvwxyz234567"), "base32");
    CHECK(strcmp(secret, other) != 0, "no two are one");
    front_secret_tag(tag_key, secret, hash);
    front_secret_tag(tag_key, other, again);
    CHECK(!base_hash_equal(hash, again), "nor their tags");
    for (size_t i = 8; i < BASE_HASH_SIZE; i++)
        CHECK_I64(0, hash[i], "a tag has eight bytes");
}

static void a_made_key_is_checked_once(void **state)
{
    (void)state;
    CHECK(!has_seen("made"), "nobody has come");
    CHECK_I64(200, ask(secrets[0]), "right");
    CHECK_TEXT("made", stage.key_id, "whose it is");
    CHECK_TEXT(secrets[0] + 3, stage.query_a, "the request is as it was before the wait");
    CHECK(has_seen("made"), "seen");
    CHECK(!has_seen("other"), "and nobody else");
    CHECK_I64(200, ask(secrets[0]), "again");
    CHECK_I64(0, stage.front->checks.count, "nothing waits");
    CHECK_I64(200, stage_ask_text(&stage, "GET /v1/tasks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer written\r\n\r\n", text, sizeof(text)),
              "one of the configuration beside it");
}

/* Right tags aside, nothing goes to the pool, whatever is sent. */
static void what_nobody_has_costs_no_argon2id(void **state)
{
    static const char *const wrong[] = {"od_", "od_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "od_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                        "od_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "OD_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "$argon2id$"};
    char request[512];
    int fd;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        snprintf(request, sizeof(request), "GET /v1/tasks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", wrong[i]);
        fd = stage_connect(&stage);
        stage_send_text(&stage, fd, request);
        for (int turn = 0; turn < 20; turn++) {
            stage_turn(&stage);
            CHECK_I64(0, stage.front->checks.count, wrong[i]);
        }
        stage_read_answers(&stage, fd, text, sizeof(text), 1);
        CHECK_I64(401, stage_status(text), wrong[i]);
        close(fd);
    }
    CHECK_I64(0, stage.performed, "nobody came in");
}

/* The tag is right and the secret is not: only argon2id can tell. */
static void a_right_tag_is_not_enough(void **state)
{
    static struct front_keys *table;
    struct front_key_row *row;

    (void)state;
    keys[0] = key_make("made", secrets[0]);
    front_secret_tag(tag_key, secrets[1], keys[0].hash); /* the tag of another's secret */
    CHECK_I64(OD_OK, front_keys_create(keys, 1, &table), "one key");
    memcpy(table->tag_key, tag_key, sizeof(tag_key));
    CHECK_I64(FRONT_KEY_UNSEEN, front_keys_meet(table, secrets[1], strlen(secrets[1]), &row), "to be checked");
    CHECK_I64(FRONT_KEY_UNKNOWN, front_keys_meet(table, secrets[0], strlen(secrets[0]), &row), "the other way round");
    front_keys_release(table);
    stage = (struct stage){.options = {.keys = keys, .key_count = 1, .tag_key = tag_key}};
    stage_open(&stage);
    CHECK_I64(401, ask(secrets[1]), "refused");
    CHECK(!has_seen("made"), "not learnt");
    stage_close(&stage);
}

/* Many at once, of one key and of another, and the door answers others meanwhile. */
static void the_door_goes_on_meanwhile(void **state)
{
    enum { CLIENTS = 12 };
    int fds[CLIENTS];
    char request[512];

    (void)state;
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = stage_connect(&stage);
        request_make(request, secrets[i % 3 == 0 ? 2 : 0]);
        stage_send_text(&stage, fds[i], request);
    }
    for (int i = 0; i < 20; i++)
        stage_turn(&stage);
    CHECK_I64(200, stage_ask_text(&stage, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", text, sizeof(text)), "public");
    for (int i = 0; i < CLIENTS; i++) {
        stage_read_answers(&stage, fds[i], text, sizeof(text), 1);
        CHECK_I64(200, stage_status(text), "each is answered");
        close(fds[i]);
    }
    CHECK(has_seen("made") && has_seen("other"), "both were seen");
}

/* The client goes, and the front closes, while a secret is being checked. */
static void a_client_may_go_meanwhile(void **state)
{
    char request[512];

    (void)state;
    int fd = stage_connect(&stage);
    request_make(request, secrets[0]);
    stage_send_text(&stage, fd, request);
    while (stage.front->checks.count == 0)
        stage_turn(&stage);
    close(fd);
    for (int i = 0; i < 5; i++)
        stage_turn(&stage);
    stage_front_close(&stage, 1000); /* waits for it; stage_close sees that nothing is left */
}

static size_t checked;

static void on_checked(void *owner, struct front_keys *table, struct front_key_row *row)
{
    (void)owner;
    CHECK(table == stage.front->keys && row != NULL, "right");
    checked++;
}

/* The loop does not run while they are put: none is done yet. */
static void no_more_wait_than_may(void **state)
{
    struct front_key_row *row;

    (void)state;
    checked = 0;
    CHECK_I64(FRONT_KEY_UNSEEN, front_keys_meet(stage.front->keys, secrets[0], strlen(secrets[0]), &row), "to be checked");
    for (size_t i = 0; i < FRONT_CHECKS_MAX; i++)
        CHECK_I64(OD_OK, front_check_start(stage.front, stage.front->keys, row, secrets[0], on_checked, NULL), "up to the limit");
    CHECK_I64(OD_EBUSY, front_check_start(stage.front, stage.front->keys, row, secrets[0], on_checked, NULL), "limit + 1");
    base_alloc_fail_at(1);
    stage.front->checks.count--;
    CHECK_I64(OD_ENOMEM, front_check_start(stage.front, stage.front->keys, row, secrets[0], on_checked, NULL), "no memory");
    stage.front->checks.count++;
    base_alloc_fail_at(0);
    CHECK_I64(0, checked, "never from within");
    while (stage.front->checks.count > 0)
        stage_turn(&stage);
    CHECK_I64(FRONT_CHECKS_MAX, checked, "each is told, and one argon2id was enough");
}

static void a_key_ends_when_it_is_revoked_or_expires(void **state)
{
    struct front_key later[4];

    (void)state;
    CHECK_I64(200, ask(secrets[0]), "good");
    front_key_end(stage.front, "made");
    front_key_end(stage.front, "nobody");
    CHECK_I64(401, ask(secrets[0]), "revoked");
    CHECK_I64(200, ask(secrets[1]), "another is not");
    memcpy(later, keys, sizeof(later));
    later[0].expires_ms = base_wall_ms() + 3600000;
    later[1].expires_ms = base_wall_ms();
    CHECK_I64(OD_OK, front_keys_set(stage.front, later, COUNT(later)), "other times");
    CHECK_I64(401, ask(secrets[1]), "this millisecond is too late");
    CHECK_I64(200, ask(secrets[0]), "an hour is left");
}

/* A reload brings another table: what was seen stays seen, unless the key is another now. */
static void a_reload_forgets_nobody(void **state)
{
    struct front_key again[4];

    (void)state;
    CHECK_I64(200, ask(secrets[0]), "seen");
    CHECK_I64(200, ask(secrets[1]), "seen");
    memcpy(again, keys, sizeof(again));
    assert_int_equal(OD_OK, base_password_hash(secrets[2], strlen(secrets[2]), again[1].password));
    CHECK_I64(OD_OK, front_keys_set(stage.front, again, COUNT(again)), "a reload");
    CHECK(has_seen("made"), "as before");
    CHECK(!has_seen("short"), "not with another hash");
    CHECK_I64(401, ask(secrets[1]), "which it does not fit");
}

/* Event streams end with their key, and with no other. */
static void a_stream_ends_with_its_key(void **state)
{
    char request[512];

    (void)state;
    stage.manner = STAGE_STREAM;
    int fd = stage_connect(&stage);
    snprintf(request, sizeof(request), "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", secrets[0]);
    stage_send_text(&stage, fd, request);
    while (stage.stream == NULL)
        stage_turn(&stage);
    front_key_end(stage.front, "other");
    CHECK_I64(OD_OK, front_keys_set(stage.front, keys, 3), "a reload that leaves it");
    for (int i = 0; i < 5; i++)
        stage_turn(&stage);
    CHECK_I64(0, stage.streams_gone, "it stays");
    front_key_end(stage.front, "made");
    CHECK(stage_is_cut(&stage, fd, STAGE_WAIT_MS), "it ends");
    CHECK_I64(1, stage.streams_gone, "and the owner is told");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_secret_is_random_text, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_made_key_is_checked_once, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_nobody_has_costs_no_argon2id, open_stage, close_stage),
        cmocka_unit_test(a_right_tag_is_not_enough),
        cmocka_unit_test_setup_teardown(the_door_goes_on_meanwhile, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_client_may_go_meanwhile, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(no_more_wait_than_may, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_key_ends_when_it_is_revoked_or_expires, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_reload_forgets_nobody, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_stream_ends_with_its_key, open_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
