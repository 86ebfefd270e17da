/* SPDX-License-Identifier: Apache-2.0 */
/* The growing buffer and the JSON writer on it. */
#include "lib/check.h"

#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"

static void bytes_come_out_as_they_went_in(void **state)
{
    struct base_buffer buffer = {0};

    (void)state;
    for (int i = 0; i < 5000; i++) {
        char byte = (char)i;
        base_buffer_put(&buffer, &byte, 1);
    }
    CHECK_I64(5000, buffer.size, "size");
    for (int i = 0; i < 5000; i++)
        CHECK_I64((char)i, buffer.bytes[i], "content");
    base_buffer_clear(&buffer);
    CHECK_TEXT("", base_buffer_text(&buffer), "cleared");
    base_buffer_put_text(&buffer, "abc");
    base_buffer_put_format(&buffer, "-%d-%s", 7, "x");
    base_buffer_put(&buffer, "", 0);
    CHECK_TEXT("abc-7-x", base_buffer_text(&buffer), "text and format");
    CHECK_I64(7, buffer.size, "the NUL is not counted");
    base_buffer_fini(&buffer);
    base_buffer_fini(&buffer);
}

static void a_format_may_be_longer_than_the_room(void **state)
{
    struct base_buffer buffer = {0};

    (void)state;
    base_buffer_put_format(&buffer, "%0*d", 100000, 1);
    CHECK_I64(100000, buffer.size, "size");
    CHECK_I64('1', buffer.bytes[99999], "last digit");
    base_buffer_fini(&buffer);
}

static void the_content_can_be_taken(void **state)
{
    struct base_buffer buffer = {0};
    size_t size = 42;

    (void)state;
    char *bytes = base_buffer_take(&buffer, &size);
    CHECK_TEXT("", bytes, "an empty buffer gives an empty text");
    CHECK_I64(0, size, "empty");
    base_free(bytes);
    base_buffer_put_text(&buffer, "abc");
    bytes = base_buffer_take(&buffer, &size);
    CHECK_TEXT("abc", bytes, "taken");
    CHECK_I64(3, size, "size");
    CHECK(buffer.bytes == NULL && buffer.size == 0, "left empty");
    base_free(bytes);
}

static void short_memory_is_remembered(void **state)
{
    struct base_buffer buffer = {0};
    size_t size = 42;

    (void)state;
    base_buffer_put_text(&buffer, "kept");
    base_alloc_fail_at(1);
    CHECK_I64(OD_ENOMEM, base_buffer_reserve(&buffer, 100000), "no memory");
    CHECK(buffer.is_broken, "broken");
    base_buffer_put_text(&buffer, "lost");
    CHECK_I64(4, buffer.size, "content unchanged");
    CHECK_TEXT("", base_buffer_text(&buffer), "a broken buffer has no text");
    CHECK(base_buffer_take(&buffer, &size) == NULL, "nothing to take");
    CHECK_I64(42, size, "unchanged");
    base_buffer_put_text(&buffer, "new");
    CHECK_TEXT("new", base_buffer_text(&buffer), "usable again after take");
    base_buffer_fini(&buffer);
}

static void absurd_sizes_are_refused(void **state)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 300, SIZE_MAX / 2 + 1, SIZE_MAX / 4 + 1};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct base_buffer buffer = {0};
        base_buffer_put_text(&buffer, "x");
        CHECK_I64(OD_ENOMEM, base_buffer_reserve(&buffer, sizes[i]), "doubling would wrap");
        base_buffer_fini(&buffer);
    }
}

static void the_writer_puts_commas_where_they_are_due(void **state)
{
    struct base_buffer buffer = {0};

    (void)state;
    base_json_open(&buffer, NULL, '{');
    base_json_put_text(&buffer, "a\"b", "x\n\t\r\x01\"\\\x7f\xe4\xbd\xa0");
    base_json_put_text(&buffer, "none", NULL);
    base_json_put_text_n(&buffer, "cut", "abcdef", 3);
    base_json_put_i64(&buffer, "min", INT64_MIN);
    base_json_open(&buffer, "list", '[');
    base_json_close(&buffer, ']');
    base_json_open(&buffer, "more", '[');
    base_json_put_bool(&buffer, NULL, true);
    base_json_put_bool(&buffer, NULL, false);
    base_json_put_null(&buffer, NULL);
    base_json_open(&buffer, NULL, '{');
    base_json_close(&buffer, '}');
    base_json_put_raw(&buffer, NULL, "[1]", 3);
    base_json_close(&buffer, ']');
    base_json_put_i64(&buffer, "last", 0);
    base_json_close(&buffer, '}');
    CHECK_TEXT("{\"a\\\"b\":\"x\\n\\t\\r\\u0001\\\"\\\\\x7f\xe4\xbd\xa0\",\"none\":null,\"cut\":\"abc\","
               "\"min\":-9223372036854775808,\"list\":[],\"more\":[true,false,null,{},[1]],\"last\":0}",
               base_buffer_text(&buffer), "written");
    struct base_json_error error = {0};
    CHECK_I64(OD_OK, base_json_check(buffer.bytes, buffer.size, &error), "the gate agrees");
    base_buffer_fini(&buffer);
}

static void every_control_character_passes_the_gate(void **state)
{
    (void)state;
    for (char byte = 1; byte < 0x7f; byte++) {
        char text[2] = {byte, '\0'};
        struct base_buffer buffer = {0};
        struct base_json_error error = {0};
        struct base_json *json = NULL;

        base_json_put_text(&buffer, NULL, text);
        CHECK_I64(OD_OK, base_json_parse(buffer.bytes, buffer.size, &json, &error), "readable");
        CHECK_TEXT(text, base_json_text(json), "the same again");
        base_json_destroy(json);
        base_buffer_fini(&buffer);
    }
}

static void a_number_keeps_its_ends_alone(void **state)
{
    static const struct { const char *text, *shown; } rows[] = {
        {"110101199003078515", "\"110***********8515\""},
        {"12345678901", "\"123****8901\""},
        {"1234567890", "\"**********\""}, /* too short to leave its ends */
        {"\xe8\xad\xa6" "12345678901", "\"*******" "***8901\""},
        {"", "\"\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct base_buffer buffer = {0};

        base_json_put_masked(&buffer, NULL, rows[i].text);
        assert_string_equal(rows[i].shown, base_buffer_text(&buffer));
        base_buffer_fini(&buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_out_as_they_went_in),
        cmocka_unit_test(a_format_may_be_longer_than_the_room),
        cmocka_unit_test(the_content_can_be_taken),
        cmocka_unit_test(short_memory_is_remembered),
        cmocka_unit_test(absurd_sizes_are_refused),
        cmocka_unit_test(the_writer_puts_commas_where_they_are_due),
        cmocka_unit_test(every_control_character_passes_the_gate),
        cmocka_unit_test(a_number_keeps_its_ends_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
