/* SPDX-License-Identifier: Apache-2.0 */
/* The facade: parse, read, print. */
#include "lib/check.h"

#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"

static struct base_json *parse(const char *text)
{
    struct base_json_error error = {0};
    struct base_json *json = NULL;

    if (base_json_parse(text, strlen(text), &json, &error) != OD_OK)
        fail_msg("%s: %s", text, error.text);
    return json;
}

static void every_type_is_told(void **state)
{
    static const struct { const char *text; enum base_json_type type; } rows[] = {
        {"null", BASE_JSON_NULL}, {"true", BASE_JSON_BOOL}, {"false", BASE_JSON_BOOL},
        {"1", BASE_JSON_NUMBER},  {"\"\"", BASE_JSON_TEXT}, {"[]", BASE_JSON_ARRAY},
        {"{}", BASE_JSON_OBJECT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_json *json = parse(rows[i].text);
        CHECK_I64(rows[i].type, base_json_type(json), rows[i].text);
        base_json_destroy(json);
    }
}

static void members_are_found_by_exact_case(void **state)
{
    struct base_json *json = parse("{\"Name\":\"A\",\"name\":\"b\",\"on\":true,\"off\":false,\"list\":[1,\"x\",{}]}");
    const struct base_json *list = base_json_member(json, "list");

    (void)state;
    CHECK_TEXT("b", base_json_member_text(json, "name"), "lower case");
    CHECK_TEXT("A", base_json_member_text(json, "Name"), "upper case");
    CHECK(base_json_member(json, "NAME") == NULL, "no other case");
    CHECK(base_json_is_true(base_json_member(json, "on")), "true");
    CHECK(!base_json_is_true(base_json_member(json, "off")), "false");
    CHECK(!base_json_is_true(base_json_member(json, "name")), "a text is not true");
    CHECK(base_json_member_text(json, "on") == NULL, "a boolean is no text");
    CHECK_I64(5, base_json_count(json), "members");
    CHECK_I64(3, base_json_count(list), "elements");
    CHECK_TEXT("list", base_json_key(list), "key of a member");
    CHECK(base_json_key(base_json_first(list)) == NULL, "an element has no key");
    CHECK_TEXT("x", base_json_text(base_json_next(base_json_first(list))), "walk");
    CHECK(base_json_member(list, "x") == NULL, "an array has no members");
    CHECK_TEXT("Name", base_json_key(base_json_first(json)), "order kept");
    base_json_destroy(json);
}

static void every_reader_accepts_nothing(void **state)
{
    int64_t value = 42;

    (void)state;
    CHECK_I64(BASE_JSON_NONE, base_json_type(NULL), "type");
    CHECK(base_json_member(NULL, "a") == NULL, "member");
    CHECK(base_json_first(NULL) == NULL, "first");
    CHECK(base_json_next(NULL) == NULL, "next");
    CHECK(base_json_key(NULL) == NULL, "key");
    CHECK_I64(0, base_json_count(NULL), "count");
    CHECK(base_json_text(NULL) == NULL, "text");
    CHECK(base_json_number(NULL) == 0, "number");
    CHECK(!base_json_is_true(NULL), "is_true");
    CHECK(base_json_member_text(NULL, "a") == NULL, "member_text");
    CHECK_I64(OD_EINVAL, base_json_i64(NULL, 0, 1, &value), "i64");
    CHECK_I64(42, value, "unchanged");
    base_json_destroy(NULL);
}

static void integers_come_without_loss_or_not_at_all(void **state)
{
    static const struct { const char *text; int64_t min, max; int rc; int64_t value; const char *why; } rows[] = {
        {"0", 0, 0, OD_OK, 0, "zero"},
        {"-0", 0, 0, OD_OK, 0, "minus zero"},
        {"5", 1, 5, OD_OK, 5, "at max"},
        {"6", 1, 5, OD_ERANGE, 0, "max + 1"},
        {"1", 1, 5, OD_OK, 1, "at min"},
        {"0", 1, 5, OD_ERANGE, 0, "min - 1"},
        {"1e3", 0, 1000, OD_OK, 1000, "an integer in another spelling"},
        {"2.0", 0, 5, OD_OK, 2, "an integral number"},
        {"2.5", 0, 5, OD_EINVAL, 0, "a fraction"},
        {"\"5\"", 0, 5, OD_EINVAL, 0, "a text"},
        {"true", 0, 5, OD_EINVAL, 0, "a boolean"},
        {"9007199254740991", 0, INT64_MAX, OD_OK, INT64_C(9007199254740991), "2^53 - 1"},
        {"9007199254740992", 0, INT64_MAX, OD_ERANGE, 0, "2^53 may have been 2^53 + 1"},
        {"-9007199254740991", INT64_MIN, 0, OD_OK, INT64_C(-9007199254740991), "1 - 2^53"},
        {"-9007199254740993", INT64_MIN, 0, OD_ERANGE, 0, "past it"},
        {"1e308", INT64_MIN, INT64_MAX, OD_ERANGE, 0, "far outside"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_json *json = parse(rows[i].text);
        int64_t value = 42;

        CHECK_I64(rows[i].rc, base_json_i64(json, rows[i].min, rows[i].max, &value), rows[i].why);
        CHECK_I64(rows[i].rc == OD_OK ? rows[i].value : 42, value, rows[i].why);
        base_json_destroy(json);
    }
}

/* cJSON reads 63 bytes of a number; ours must not care. */
static void long_numbers_keep_their_value(void **state)
{
    static const struct { const char *text; double value; const char *why; } rows[] = {
        {"123456789012345678901234567890123456789012345678901234567890", 123456789012345678901234567890123456789012345678901234567890.0, "60 bytes"},
        {"1234567890123456789012345678901234567890123456789012345678901", 1234567890123456789012345678901234567890123456789012345678901.0, "61 bytes"},
        {"0.000000000000000000000000000000000000000000000000000000000000000000000001", 1e-72, "74 bytes"},
        {"-100000000000000000000000000000000000000000000000000000000000000000000000", -1e71, "73 bytes"},
        {"0.3333333333333333333333333333333333333333333333333333333333333333333333333e2", 100.0 / 3, "with an exponent"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer text = {0};
        base_buffer_put_format(&text, "{\"a-1\\\"\":[%s,7],\"b\":\"0000000000000000000000000000000000000000000000000000000000000000000000\"}", rows[i].text);
        struct base_json *json = parse(base_buffer_text(&text));
        const struct base_json *list = base_json_member(json, "a-1\"");

        CHECK(base_json_number(base_json_first(list)) == rows[i].value, rows[i].why);
        CHECK(base_json_number(base_json_next(base_json_first(list))) == 7, "the number after it");
        CHECK_I64(70, strlen(base_json_member_text(json, "b")), "digits in a text are left alone");
        base_json_destroy(json);
        base_buffer_fini(&text);
    }
}

static void escapes_are_undone(void **state)
{
    struct base_json *json = parse("\"\\u4f60\\u597d \\ud834\\udd1e \\n\\/\\\"\"");

    (void)state;
    CHECK_TEXT("\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9d\x84\x9e \n/\"", base_json_text(json), "text");
    base_json_destroy(json);
}

static void printing_gives_the_text_again(void **state)
{
    static const char text[] = "{\"a\":[1,2.5,-3,\"\xe4\xbd\xa0\\n\",null,true,{}],\"b\":{\"c\":[]}}";
    struct base_json *json = parse(text);
    struct base_buffer buffer = {0};

    (void)state;
    base_json_open(&buffer, NULL, '{');
    base_json_put_i64(&buffer, "first", 1);
    base_json_put(&buffer, "copy", json);
    base_json_put(&buffer, "none", NULL);
    base_json_close(&buffer, '}');
    CHECK_TEXT("{\"first\":1,\"copy\":{\"a\":[1,2.5,-3,\"\xe4\xbd\xa0\\n\",null,true,{}],\"b\":{\"c\":[]}},\"none\":null}",
               base_buffer_text(&buffer), "print");
    base_buffer_fini(&buffer);
    base_json_destroy(json);
}

static void refusals_leave_out_alone(void **state)
{
    struct base_json_error error = {0};
    struct base_json *json = (struct base_json *)(void *)&error;

    (void)state;
    CHECK_I64(OD_ESYNTAX, base_json_parse("{\"a\":1,\"a\":2}", 13, &json, &error), "duplicate");
    CHECK(json == (struct base_json *)(void *)&error, "unchanged");
}

static void every_allocation_may_fail(void **state)
{
    static const char text[] = "{\"a\":[1,\"x\",{\"b\":0.00000000000000000000000000000000000000000000000000000000000000001}],\"c\":\"\\u4f60\"}";
    struct base_json_error error = {.code = "kept"};
    struct base_json *json = NULL;
    int rc = OD_ENOMEM;
    uint64_t count = 0;

    (void)state;
    while (rc == OD_ENOMEM) {
        CHECK(json == NULL, "nothing half-built");
        base_alloc_fail_at(++count);
        rc = base_json_parse(text, sizeof(text) - 1, &json, &error);
    }
    base_alloc_fail_at(0);
    CHECK_I64(OD_OK, rc, "a clean pass in the end");
    CHECK(count > 8, "cJSON's allocations are swept too");
    CHECK_TEXT("kept", error.code, "no memory is no fault of the text");

    struct base_buffer buffer = {0};
    base_alloc_fail_at(1);
    base_json_put(&buffer, NULL, json);
    base_alloc_fail_at(0);
    CHECK(buffer.is_broken, "printing remembers the failure");
    base_buffer_fini(&buffer);
    base_json_destroy(json);
}

static size_t size_of(const char *text)
{
    struct base_json_error error;
    struct base_json *json;

    CHECK_I64(OD_OK, base_json_parse(text, strlen(text), &json, &error), text);
    size_t size = base_json_size(json);
    base_json_destroy(json);
    return size;
}

static void values_are_alike_as_they_are_written(void **state)
{
    static const struct {
        const char *one, *other;
        bool is_alike;
        const char *why;
    } rows[] = {
        {"{\"a\": [1, null]}", "{\"a\":[1,null]}", true, "white space is nothing"},
        {"1.0", "1", true, "a number is its value"},
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true, "the order of members says nothing"},
        {"[1,2]", "[2,1]", false, "the order of items does"},
        {"{\"a\":1}", "{\"A\":1}", false, "names are case-sensitive"},
        {"{\"a\":1}", "{\"a\":1,\"b\":2}", false, "one more"},
        {"\"\\u884c\"", "\"\xe8\xa1\x8c\"", true, "a letter is itself, however it is written"},
        {"\"1\"", "1", false, "a text is no number"},
        {"null", "false", false, "neither is the other"},
        {"[]", "{}", false, "nothing in them"},
    };
    struct base_json_error error;

    (void)state;
    CHECK(base_json_is_alike(NULL, NULL), "nothing and nothing");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_json *one = NULL, *other = NULL;

        CHECK_I64(OD_OK, base_json_parse(rows[i].one, strlen(rows[i].one), &one, &error), rows[i].why);
        CHECK_I64(OD_OK, base_json_parse(rows[i].other, strlen(rows[i].other), &other, &error), rows[i].why);
        CHECK(base_json_is_alike(one, other) == rows[i].is_alike, rows[i].why);
        CHECK(base_json_is_alike(other, one) == rows[i].is_alike, rows[i].why);
        CHECK(!base_json_is_alike(one, NULL) && !base_json_is_alike(NULL, one), "nothing is like nothing alone");
        base_json_destroy(one);
        base_json_destroy(other);
    }
}

static void the_size_counts_every_node_and_text(void **state)
{
    (void)state;
    CHECK(base_json_size(NULL) == 0, "no tree");
    size_t one = size_of("1"), long_text = size_of("{\"a\":\"0123456789012345678901234567890123456789\"}");
    CHECK(one >= 40, "a node takes more than its character");
    CHECK(size_of("[1,2,3]") == 4 * one, "four nodes");
    CHECK(size_of("{\"a\":{\"b\":[1]}}") > 4 * one, "nested ones, and their names");
    CHECK(long_text >= size_of("{\"a\":\"\"}") + 16, "and what they say");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_told),
        cmocka_unit_test(members_are_found_by_exact_case),
        cmocka_unit_test(every_reader_accepts_nothing),
        cmocka_unit_test(integers_come_without_loss_or_not_at_all),
        cmocka_unit_test(long_numbers_keep_their_value),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(printing_gives_the_text_again),
        cmocka_unit_test(refusals_leave_out_alone),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(values_are_alike_as_they_are_written),
        cmocka_unit_test(the_size_counts_every_node_and_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
