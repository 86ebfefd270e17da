/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON in place, UTF-8 and base64 of onedoor-host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/base64.h"
#include "host/text.h"
#include "host/view.h"

/* The text in a block of its exact size, so that the sanitizer sees each byte too far. */
static struct host_view exact(const char *text)
{
    size_t size = strlen(text);
    char *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, text, size);
    return (struct host_view){copy, size};
}

static void release(struct host_view view)
{
    free((char *)(uintptr_t)view.at);
}

static void members_are_found_or_refused(void **state)
{
    static const struct {
        const char *json, *name;
        int rc;
        const char *value, *why;
    } rows[] = {
        {"{\"a\":1}", "a", OD_OK, "1", "one member"},
        {" { \"a\" : 1 , \"b\" : \"x\" } ", "b", OD_OK, "\"x\"", "white space everywhere"},
        {"{\"a\":{\"b\":2},\"b\":3}", "b", OD_OK, "3", "not the nested one"},
        {"{\"a\":\"}\\\"]\",\"b\":[{},[\"]\"]]}", "b", OD_OK, "[{},[\"]\"]]", "brackets in strings do not count"},
        {"{\"\\u0061\":true}", "a", OD_OK, "true", "an escaped key"},
        {"{\"a\\\\b\":null}", "a\\b", OD_OK, "null", "a name with a backslash"},
        {"{\"a\\\\b\":null}", "a\\\\b", OD_ENOTFOUND, "", "compared unescaped"},
        {"{}", "a", OD_ENOTFOUND, "", "empty object"},
        {"{\"ab\":1}", "a", OD_ENOTFOUND, "", "a longer key"},
        {"[1]", "a", OD_ESYNTAX, "", "an array has no members"},
        {"", "a", OD_ESYNTAX, "", "nothing"},
        {"{", "a", OD_ESYNTAX, "", "cut after the bracket"},
        {"{\"a", "a", OD_ESYNTAX, "", "cut in a key"},
        {"{\"a\\", "a", OD_ESYNTAX, "", "cut in an escape"},
        {"{\"a\"", "a", OD_ESYNTAX, "", "cut before the colon"},
        {"{\"a\":", "a", OD_ESYNTAX, "", "cut before the value"},
        {"{\"a\":\"x", "a", OD_ESYNTAX, "", "cut in a string"},
        {"{\"a\":[1", "a", OD_ESYNTAX, "", "cut in an array"},
        {"{\"a\":1 \"b\":2}", "b", OD_ESYNTAX, "", "no comma"},
        {"{\"b\":1,}", "a", OD_ESYNTAX, "", "a comma too many"},
        {"{a:1}", "a", OD_ESYNTAX, "", "no quotes"},
        {"{\"a\":!}", "a", OD_ESYNTAX, "", "no value"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct host_view json = exact(rows[i].json), value = {"", 0};
        int rc = host_view_member(json, rows[i].name, &value);

        if (rc != rows[i].rc || value.size != strlen(rows[i].value) || memcmp(value.at, rows[i].value, value.size) != 0)
            fail_msg("%s: %d", rows[i].why, rc);
        release(json);
    }
}

static void texts_are_unescaped(void **state)
{
    static const struct {
        const char *json;
        int rc;
        const char *text;
    } rows[] = {
        {"\"\"", OD_OK, ""},
        {"\"abc\"", OD_OK, "abc"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", OD_OK, "\"\\/\b\f\n\r\t"},
        {"\"\\u00e4\\u20ac\\ud83d\\ude00\"", OD_OK, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\"\\u0000\"", OD_ESYNTAX, ""},
        {"\"\\ud83d\"", OD_ESYNTAX, ""},
        {"\"\\ud83d\\u0041\"", OD_ESYNTAX, ""},
        {"\"\\ude00\"", OD_ESYNTAX, ""},
        {"\"\\u12\"", OD_ESYNTAX, ""},
        {"\"\\x\"", OD_ESYNTAX, ""},
        {"1", OD_EINVAL, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct host_scratch scratch = {.bytes = NULL};
        struct host_view json = exact(rows[i].json);
        const char *text = "";
        size_t size = 0;

        assert_int_equal(rows[i].rc, host_view_text(json, &scratch, &text, &size));
        assert_string_equal(rows[i].text, text);
        assert_int_equal(strlen(rows[i].text), size);
        host_scratch_fini(&scratch);
        release(json);
    }
}

static void numbers_keep_every_integer(void **state)
{
    static const struct {
        const char *json;
        int rc;
        double number;
        bool is_integer;
        int64_t integer;
    } rows[] = {
        {"0", OD_OK, 0, true, 0},
        {"-0", OD_OK, 0, true, 0},
        {"9223372036854775807", OD_OK, 9223372036854775807.0, true, INT64_MAX},
        {"-9223372036854775808", OD_OK, -9223372036854775808.0, true, INT64_MIN},
        {"9223372036854775808", OD_OK, 9223372036854775808.0, false, 0},
        {"1.5", OD_OK, 1.5, false, 0},
        {"120.0", OD_OK, 120, true, 120},
        {"1e3", OD_OK, 1000, true, 1000},
        {"-2.5e-1", OD_OK, -0.25, false, 0},
        {"1e999", OD_ERANGE, 7, false, 7},
        {"true", OD_EINVAL, 7, false, 7},
        {"\"1\"", OD_EINVAL, 7, false, 7},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct host_view json = exact(rows[i].json);
        double number = 7;
        bool is_integer = false;
        int64_t integer = 7;

        assert_int_equal(rows[i].rc, host_view_number(json, &number, &is_integer, &integer));
        assert_true(number >= rows[i].number && number <= rows[i].number);
        assert_int_equal(rows[i].is_integer, is_integer);
        if (is_integer || rows[i].rc != OD_OK)
            assert_int_equal(rows[i].integer, integer);
        release(json);
    }
}

/* Every prefix and every one-byte change of a document is walked without a step too far. */
static void broken_documents_are_walked_safely(void **state)
{
    static const char whole[] = "{\"a\":[1,2.5e3,{\"b\":\"x\\u00e4\\\"y\"},[]],\"c\":null,\"d\":true , \"e\":\"\"}";
    static const char bytes[] = "\"\\{}[],:0 \x80";

    (void)state;
    for (size_t cut = 0; cut < sizeof(whole); cut++) {
        for (size_t change = 0; change < sizeof(bytes); change++) {
            struct host_scratch scratch = {.bytes = NULL};
            struct host_view json = exact(whole);
            struct host_view_item item;
            size_t offset = 0, walked = 0, size;
            const char *text;

            json.size = cut < sizeof(whole) - 1 ? cut + 1 : cut;
            if (cut < sizeof(whole) - 1)
                ((char *)(uintptr_t)json.at)[cut] = bytes[change];
            while (host_view_next(json, &offset, &item) == OD_OK && walked++ < sizeof(whole)) {
                assert_true(item.value.at >= json.at && item.value.at + item.value.size <= json.at + json.size);
                if (host_view_text(item.value, &scratch, &text, &size) == OD_OK)
                    assert_int_equal(strlen(text), size);
            }
            assert_true(walked < sizeof(whole));
            host_scratch_fini(&scratch);
            release(json);
        }
    }
}

static void utf8_is_checked(void **state)
{
    static const struct {
        const char *text;
        int rc;
        const char *why;
    } rows[] = {
        {"", OD_OK, "empty"},
        {"12345678", OD_OK, "at the limit"},
        {"123456789", OD_ELIMIT, "limit + 1"},
        {"\xf4\x8f\xbf\xbf", OD_OK, "the last character"},
        {"\xf4\x90\x80\x80", OD_ESYNTAX, "past the last character"},
        {"\xc0\x80", OD_ESYNTAX, "overlong NUL"},
        {"\xe0\x9f\xbf", OD_ESYNTAX, "overlong"},
        {"\xf0\x8f\xbf\xbf", OD_ESYNTAX, "overlong"},
        {"\xed\xa0\x80", OD_ESYNTAX, "surrogate"},
        {"\xe2\x82", OD_ESYNTAX, "cut"},
        {"\x80", OD_ESYNTAX, "a tail alone"},
        {"a\xff", OD_ESYNTAX, "no lead"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = 99;

        if (host_text_check(rows[i].text, 8, &size) != rows[i].rc)
            fail_msg("%s", rows[i].why);
        assert_int_equal(rows[i].rc == OD_OK ? strlen(rows[i].text) : 99, size);
    }
    size_t size = 99;
    assert_int_equal(OD_OK, host_text_check(NULL, 8, &size));
    assert_int_equal(0, size);
}

static void base64_goes_there_and_back(void **state)
{
    static const char *const broken[] = {"A", "AA=", "AAA", "A===", "====", "AA=A", "AB==", "AAB=", "A*==", "AAAA=AAA"};
    unsigned char bytes[64], back[64];
    char text[128];
    size_t size = 99;

    (void)state;
    for (size_t count = 0; count <= sizeof(bytes); count++) {
        for (size_t i = 0; i < count; i++)
            bytes[i] = (unsigned char)(i * 37 + count);
        host_base64_encode(bytes, count, text);
        assert_int_equal(OD_OK, host_base64_decode(text, HOST_BASE64_SIZE(count), back, &size));
        assert_int_equal(count, size);
        assert_memory_equal(bytes, back, count);
    }
    host_base64_encode("foobar", 6, text);
    assert_memory_equal("Zm9vYmFy", text, 8); /* RFC 4648 section 10 */
    host_base64_encode("fo", 2, text);
    assert_memory_equal("Zm8=", text, 4);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_int_equal(OD_ESYNTAX, host_base64_decode(broken[i], strlen(broken[i]), back, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_or_refused),
        cmocka_unit_test(texts_are_unescaped),
        cmocka_unit_test(numbers_keep_every_integer),
        cmocka_unit_test(broken_documents_are_walked_safely),
        cmocka_unit_test(utf8_is_checked),
        cmocka_unit_test(base64_goes_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
