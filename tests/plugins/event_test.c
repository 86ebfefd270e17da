/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks: an event is JSON whatever it tells, and the signature is that of Standard Webhooks. */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/json.h"
#include "event.h"
#include "lib/check.h"

static void test_json(void **state)
{
    static const char *const texts[] = {"plain", "\"quoted\" \\ back", "line\nend\ttab\x01", "\xe6\xb2\xb3", ""};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct event event = {.id = "msg-1", .source = texts[i], .kind = "accepted", .number = "20260101-000001-2", .language = "en",
                              .subject = texts[i], .text = texts[i], .at_ms = INT64_C(1709251200000)};
        struct base_json_error error;
        struct base_json *tree = NULL;
        size_t size;
        char *body = event_make(&event, &size);

        CHECK(body != NULL, texts[i]);
        CHECK_I64(OD_OK, base_json_parse(body, size, &tree, &error), texts[i]);
        CHECK_TEXT("1.0", base_json_member_text(tree, "specversion"), "CloudEvents");
        CHECK_TEXT("onedoor.notice.accepted", base_json_member_text(tree, "type"), "its type");
        CHECK_TEXT("2024-03-01T00:00:00Z", base_json_member_text(tree, "time"), "its time");
        CHECK_TEXT(texts[i], base_json_member_text(base_json_member(tree, "data"), "text"), "its words");
        base_json_destroy(tree);
        free(body);
    }
}

static void test_without_words(void **state)
{
    struct event event = {.id = "msg-1", .source = "s", .kind = "accepted", .number = "", .language = "en"};
    size_t size;
    char *body = event_make(&event, &size), *text = malloc(EVENT_SIZE_MAX + 1);

    (void)state;
    CHECK(strstr(body, "text") == NULL && strstr(body, "subject") == NULL, "neither words nor a number");
    free(body);
    memset(text, 'x', EVENT_SIZE_MAX);
    text[EVENT_SIZE_MAX] = '\0';
    event.text = text;
    CHECK(event_make(&event, &size) == NULL, "too long");
    free(text);
}

/* The example of Standard Webhooks (whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw), reckoned by another HMAC. */
static void test_signature(void **state)
{
    static const unsigned char key[] = {0x31, 0xf2, 0x90, 0xf6, 0xbf, 0x06, 0x29, 0x8a, 0xab, 0x4f, 0x08, 0xd4,
                                        0x3c, 0x3f, 0x08, 0x2c, 0xf6, 0x48, 0xa3, 0x62, 0xda, 0x2d, 0xa4, 0xb0};
    static const char body[] = "{\"test\": 2432232314}";
    uint8_t mac[BASE_HASH_SIZE];
    char text[EVENT_SIGNATURE_SIZE];
    size_t size;
    char *bytes = event_signed("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, sizeof(body) - 1, &size);

    (void)state;
    CHECK_I64(28 + 1 + 10 + 1 + (long)sizeof(body) - 1, (long)size, "id.timestamp.body");
    CHECK(memcmp(bytes, "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}", size) == 0, "as it is signed");
    base_hash_mac(key, sizeof(key), bytes, size, mac);
    event_signature(mac, text);
    CHECK_TEXT("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", text, "its signature");
    free(bytes);
}

static void test_retry_after(void **state)
{
    static const struct {
        const char *header;
        long long ms;
        const char *why;
    } rows[] = {{NULL, -1, "not said"}, {"", -1, "empty"}, {"0", 0, "at once"}, {"120", 120000, "seconds"}, {"86400", 86400000, "a day"},
                {"86401", 86400000, "at most a day"}, {"-5", -1, "negative"}, {"Fri, 31 Dec 1999 23:59:59 GMT", -1, "a date"}, {"9999999999", -1, "too many digits"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].ms, event_retry_after_ms(rows[i].header), rows[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_json), cmocka_unit_test(test_without_words), cmocka_unit_test(test_signature),
                                       cmocka_unit_test(test_retry_after)};

    if (base_hash_init() != OD_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
