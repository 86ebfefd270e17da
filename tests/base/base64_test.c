/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 against the vectors of RFC 4648 section 10, and what no encoder writes. */
#include "lib/check.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/memory.h"

static void both_ways(void **state)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer buffer = {0};
        char bytes[16] = "";
        size_t size = 99;

        base_json_open(&buffer, NULL, '{');
        base_json_put_base64(&buffer, "a", rows[i].bytes, strlen(rows[i].bytes));
        base_json_put_i64(&buffer, "b", 1);
        base_json_close(&buffer, '}');
        char expected[64];
        snprintf(expected, sizeof(expected), "{\"a\":\"%s\",\"b\":1}", rows[i].text);
        CHECK_TEXT(expected, base_buffer_text(&buffer), rows[i].text);
        base_buffer_fini(&buffer);
        CHECK_I64(OD_OK, base_base64_read(rows[i].text, strlen(rows[i].text), bytes, &size), rows[i].text);
        CHECK_I64(strlen(rows[i].bytes), size, rows[i].text);
        CHECK(memcmp(rows[i].bytes, bytes, size) == 0, rows[i].text);
    }
}

static void what_is_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"Z", "a cut group"},       {"Zg=", "padding is missing"}, {"Zh==", "bits that no encoder sets"},
        {"Zm9=", "bits, likewise"}, {"====", "padding alone"},     {"Zg==Zg==", "padding within"},
        {"Zm 9v===", "a space"},    {"Zm9v\n===", "a line end"},   {"Zm-_", "the alphabet of URLs"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char bytes[16];
        size_t size = 99;

        CHECK_I64(OD_ESYNTAX, base_base64_read(rows[i].text, strlen(rows[i].text), bytes, &size), rows[i].why);
        CHECK_I64(99, size, "unchanged by an error");
    }
}

static void no_memory_is_remembered(void **state)
{
    struct base_buffer buffer = {0};
    char bytes[4096] = {0};

    (void)state;
    base_json_open(&buffer, NULL, '[');
    base_alloc_fail_at(1);
    base_json_put_base64(&buffer, NULL, bytes, sizeof(bytes));
    base_alloc_fail_at(0);
    CHECK(buffer.is_broken, "remembered");
    base_buffer_fini(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways), cmocka_unit_test(what_is_refused), cmocka_unit_test(no_memory_is_remembered)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
