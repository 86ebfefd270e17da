/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent again under its Idempotency-Key is made once: across a crash, at a full disk, two at a time, for as long as said. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "engine/key.h"
#include "engine/repeat.h"
#include "engine/replay.h"
#include "lib/check.h"

#define BASIS "\"legal_basis\": {\"title\": {\"zh-CN\": \"办法\", \"en\": \"Rules\"}, \"article\": \"3\"}"
#define FEE                                                                                                                        \
    "\"fees\": [{\"id\": \"survey\", \"name\": {\"zh-CN\": \"费\", \"en\": \"Fee\"}, \"currency\": \"CNY\", \"amount\": \"80\", " BASIS \
    "}]"
#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"
#define PAY(amount, receipt) "{\"fee\":\"survey\",\"amount\":\"" amount "\",\"receipt\":\"" receipt "\",\"method\":\"cash\"}"
#define KEY(id) "{\"id\":\"" id "\",\"roles\":[\"admin\"]}"

static char *text; /* of the catalogue */

static int set_up(void **state)
{
    (void)state;
    text = fixture_replace(desk_text, "\"fees\": []", FEE);
    stage_open_catalog(text, false);
    stage_drain();
    return 0;
}

static int tear_down(void **state)
{
    free(text);
    text = NULL;
    return desk_close(state);
}

static struct stage_request *ask(enum front_route route, const char *param, const char *key, int status, bool is_replayed, const char *body)
{
    struct stage_request *asked = stage_ask(route, param, key, body);

    stage_drain();
    CHECK_I64(status, asked->status, body != NULL ? body : "");
    CHECK_I64(is_replayed, asked->is_replayed, "told as a repetition");
    return asked;
}

static size_t keys_made(void)
{
    return stage.engine->keys->count - stage.engine->keys->config_count;
}

static void a_key_is_made_once_and_its_secret_told_once(void **state)
{
    (void)state;
    struct stage_request *first = ask(FRONT_KEY_CREATE, NULL, "k1", 201, false, KEY("li"));
    CHECK_I64(FRONT_SECRET_TEXT_SIZE - 1, strlen(desk_of(first, "secret")), "its secret");
    CHECK_TEXT("", desk_of(first, "remedy"), "nothing to remedy");
    struct stage_request *again = ask(FRONT_KEY_CREATE, NULL, "k1", 201, true, "{ \"roles\": [\"admin\"], \"id\": \"li\" }");
    CHECK_TEXT("li", desk_of(again, "id"), "the same key");
    CHECK_TEXT(desk_of(first, "created_at"), desk_of(again, "created_at"), "made then");
    CHECK(strstr(again->answer, "\"secret\":null") != NULL, "nobody has the secret");
    CHECK(strstr(desk_of(again, "remedy"), "revoke this key") != NULL, "so what to do");
    CHECK_I64(1, keys_made(), "one key");
    ask(FRONT_KEY_CREATE, NULL, "k1", 422, false, KEY("wang"));
    ask(FRONT_KEY_CREATE, NULL, "k2", 409, false, KEY("li"));
    ask(FRONT_KEY_CREATE, NULL, NULL, 409, false, KEY("li"));
    stage_restart(true);
    ask(FRONT_KEY_REVOKE, "li", NULL, 200, false, NULL);
    CHECK_TEXT("revoked", desk_of(ask(FRONT_KEY_CREATE, NULL, "k1", 201, true, KEY("li")), "state"), "as it is now");
}

/* A refusal is kept under no key: the next body may use it. */
static void what_was_refused_leaves_no_key(void **state)
{
    (void)state;
    ask(FRONT_KEY_CREATE, NULL, NULL, 201, false, KEY("a"));
    ask(FRONT_KEY_REVOKE, "a", NULL, 200, false, NULL);
    ask(FRONT_KEY_CREATE, NULL, "k", 409, false, KEY("a")); /* found out by the store: its id stays taken */
    ask(FRONT_KEY_CREATE, NULL, "k", 422, false, "{\"id\":\"b\"}");
    ask(FRONT_KEY_CREATE, NULL, "k", 201, false, KEY("b"));
    ask(FRONT_KEY_CREATE, NULL, "k", 422, false, KEY("a"));
}

static void two_at_a_time_are_one(void **state)
{
    struct stage_request *asked[3];

    (void)state;
    asked[0] = stage_ask(FRONT_KEY_CREATE, NULL, "k", KEY("a"));
    asked[1] = stage_ask(FRONT_KEY_CREATE, NULL, "k", KEY("a"));
    asked[2] = stage_ask(FRONT_KEY_CREATE, NULL, "k", KEY("b"));
    stage_drain();
    CHECK_I64(201, asked[0]->status, "the first");
    CHECK_I64(409, asked[1]->status, "the same while that is under way");
    CHECK_I64(409, asked[2]->status, "another one, too");
    CHECK_I64(1, keys_made(), "one key");
    ask(FRONT_KEY_CREATE, NULL, "k", 201, true, KEY("a"));
    ask(FRONT_KEY_CREATE, NULL, "k", 422, false, KEY("b"));
}

static void a_key_is_of_one_caller_and_place(void **state)
{
    static const struct front_identity other = {.key_id = "other", .roles = UINT32_MAX, .department = ""};
    char first[BASE_NUMBER_SIZE], second[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(first, sizeof(first), "%s", desk_submit("plain", "{\"area\":101}", BOTH));
    snprintf(second, sizeof(second), "%s", desk_submit("plain", "{\"area\":102}", BOTH));
    ask(FRONT_KEY_CREATE, NULL, "k", 201, false, KEY("a"));
    ask(FRONT_PAYMENT_ADD, first, "k", 201, false, PAY("10", "R-1"));
    ask(FRONT_PAYMENT_ADD, second, "k", 201, false, PAY("10", "R-2"));
    struct stage_request *asked = stage_ask_under(&other, FRONT_KEY_CREATE, "k", KEY("b"));
    stage_drain();
    CHECK_I64(201, asked->status, "somebody else's");
}

static void a_payment_and_its_refund_are_made_once(void **state)
{
    char number[BASE_NUMBER_SIZE], payment[BASE_NUMBER_SIZE + 16];

    (void)state;
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":101}", BOTH));
    snprintf(payment, sizeof(payment), "%s/pay-1", number);
    ask(FRONT_PAYMENT_ADD, number, "p", 201, false, PAY("30", "R-1"));
    ask(FRONT_PAYMENT_ADD, number, "p", 422, false, PAY("30", "R-2"));
    ask(FRONT_PAYMENT_REFUND, payment, "r", 200, false, "{\"amount\":\"10\",\"reason\":\"twice\"}");
    struct stage_request *again = ask(FRONT_PAYMENT_REFUND, payment, "r", 200, true, "{\"amount\":\"10\",\"reason\":\"twice\"}");
    CHECK_TEXT("10.00", desk_of(again, "payment.refunded"), "given back once");
    ask(FRONT_PAYMENT_REFUND, payment, "r", 422, false, "{\"amount\":\"11\",\"reason\":\"twice\"}");
    ask(FRONT_APPLICATION_WITHDRAW, number, NULL, 200, false, NULL);
    stage_restart(true);
    again = ask(FRONT_PAYMENT_ADD, number, "p", 201, true, PAY("30", "R-1"));
    CHECK_TEXT("pay-1", desk_of(again, "payment.id"), "the same payment");
    CHECK_TEXT("10.00", desk_of(again, "payment.refunded"), "as it is now");
}

static void an_evaluation_is_given_once(void **state)
{
    static const char good[] = "{\"attitude\":5,\"ability\":4,\"text\":\"Thank you.\"}", other[] = "{\"attitude\":5,\"ability\":5}";
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":101}", BOTH));
    ask(FRONT_EVALUATION_NEW, number, "e", 201, false, good);
    CHECK_TEXT("evl-1", desk_of(ask(FRONT_EVALUATION_NEW, number, "e", 201, true, good), "id"), "the same one");
    CHECK_TEXT("evl-1", desk_of(ask(FRONT_EVALUATION_NEW, number, NULL, 201, true, good), "id"), "by what it says, without a key");
    CHECK_TEXT("evl-1", desk_of(ask(FRONT_EVALUATION_NEW, number, "f", 201, true, good), "id"), "with another key");
    ask(FRONT_EVALUATION_NEW, number, "e", 422, false, other);
    ask(FRONT_EVALUATION_NEW, number, "g", 409, false, other);
    stage_restart(true);
    ask(FRONT_EVALUATION_NEW, number, "e", 201, true, good);
    struct stage_request *list = desk_get(FRONT_EVALUATION_OF, number, NULL);
    CHECK_I64(1, desk_count(list, "items"), "one evaluation");
}

static void a_checkpoint_is_told_again(void **state)
{
    char number[32];

    (void)state;
    desk_submit("plain", "{\"area\":101}", BOTH);
    snprintf(number, sizeof(number), "%s", desk_of(ask(FRONT_CHECKPOINT_MAKE, NULL, "c", 201, false, NULL), "number"));
    desk_submit("plain", "{\"area\":102}", BOTH);
    CHECK_TEXT(number, desk_of(ask(FRONT_CHECKPOINT_MAKE, NULL, "c", 201, true, NULL), "number"), "the one of then");
    struct stage_request *next = ask(FRONT_CHECKPOINT_MAKE, NULL, "d", 201, false, NULL);
    CHECK(strcmp(number, desk_of(next, "number")) != 0, "a new one under a new key");
    ask(FRONT_CHECKPOINT_MAKE, NULL, "c", 422, false, "{\"a\":1}");
    stage_restart(true);
    CHECK_TEXT(number, desk_of(ask(FRONT_CHECKPOINT_MAKE, NULL, "c", 201, true, NULL), "number"), "after a crash, too");
}

/* The hub dies with the batch in hand: either both are there, or neither. */
static void a_crash_leaves_both_or_neither(void **state)
{
    (void)state;
    for (int is_written = 0; is_written <= 1; is_written++) {
        char body[64], key[8];

        snprintf(body, sizeof(body), "{\"id\":\"key-%d\",\"roles\":[\"admin\"]}", is_written);
        snprintf(key, sizeof(key), "k%d", is_written);
        stage_ask(FRONT_KEY_CREATE, NULL, key, body);
        for (int step = 0; step < 8 && stage.batch == NULL; step++) {
            while (stage_job())
                ;
            stage_turn();
        }
        CHECK(stage.batch != NULL, "on its way to the disk");
        stage_restart(is_written == 1);
        ask(FRONT_KEY_CREATE, NULL, key, 201, is_written == 1, body);
        CHECK_I64(1 + is_written, keys_made(), "one each");
    }
}

static void a_key_is_known_as_long_as_said(void **state)
{
    (void)state;
    ask(FRONT_KEY_CREATE, NULL, "k", 201, false, KEY("a"));
    desk_pass(ENGINE_REPEAT_KEPT_DAYS - 1);
    ask(FRONT_KEY_CREATE, NULL, "k", 201, true, KEY("a"));
    desk_pass(2);
    ask(FRONT_KEY_CREATE, NULL, "k", 409, false, KEY("a"));
    ask(FRONT_KEY_CREATE, NULL, "k", 201, false, KEY("b"));
}

static void memory_runs_out(void **state)
{
    (void)state;
    for (size_t at = 1; at < 40; at++) {
        char body[64], key[8];

        snprintf(body, sizeof(body), "{\"id\":\"key-%zu\",\"roles\":[\"admin\"]}", at);
        snprintf(key, sizeof(key), "k%zu", at);
        stage.alloc_fail_at = at;
        struct stage_request *asked = stage_ask(FRONT_KEY_CREATE, NULL, key, body);
        stage_drain();
        CHECK(asked->status == 201 || asked->status == 503, "made, or to be tried again");
        ask(FRONT_KEY_CREATE, NULL, key, 201, asked->status == 201, body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_made_once_and_its_secret_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_refused_leaves_no_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_at_a_time_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_is_of_one_caller_and_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_payment_and_its_refund_are_made_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_evaluation_is_given_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_checkpoint_is_told_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_crash_leaves_both_or_neither, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_is_known_as_long_as_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_runs_out, set_up, tear_down),
    };

    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
