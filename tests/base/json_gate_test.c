/* SPDX-License-Identifier: Apache-2.0 */
/* The strict gate: what it refuses, where it says the fault is, and its limits. */
#include "lib/check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"
#include "lib/files.h"

/* A copy in a block of exactly its size, so that the sanitizer sees any read past it. */
static int check_exactly(const char *text, size_t size, struct base_json_error *error)
{
    char *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, text, size);
    int rc = base_json_check(copy, size, error);
    free(copy);
    return rc;
}

static void accepts_what_rfc_8259_allows(void **state)
{
    static const struct { const char *text, *why; } rows[] = {
        {"null", "a word alone"},
        {" \t\r\n true \n", "white space around"},
        {"-0", "minus zero"},
        {"-0.0e-0", "every part of a number"},
        {"1E+2", "capital exponent with plus"},
        {"1e308", "near the largest double"},
        {"-1.7976931348623157e308", "the largest double"},
        {"1.79769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880177904174497791e308",
         "the last number that still rounds to the largest double"},
        {"0e999999999999999999999", "zero stays zero"},
        {"1e-999999999999999999999", "underflow is finite"},
        {"0.000000000000000000000000000000000000001e340", "exponent and point even out"},
        {"\"\"", "empty string"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\uD834\\uDD1E\"", "every escape"},
        {"\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
         "the ends of every UTF-8 range"},
        {"[]", "empty array"},
        {"{}", "empty object"},
        {"[ ]", "space in an empty array"},
        {"{ \"\" : 1 , \"a\" : [ { } , [ ] ] }", "empty key, white space everywhere"},
        {"{\"a\":1,\"A\":2}", "keys differ by case"},
        {"{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}", "the same key in different objects"},
        {"[{\"a\":1},{\"a\":1}]", "the same key in two elements"},
        {"{\"\xc3\xa9\":1,\"e\xcc\x81\":2}", "no Unicode normalisation of keys"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_json_error error = {.text = ""};
        int rc = check_exactly(rows[i].text, strlen(rows[i].text), &error);
        if (rc != OD_OK)
            fail_msg("%s: %s", rows[i].why, error.text);
    }
}

#define TEXT(literal) literal, sizeof(literal) - 1

static void refuses_and_says_where(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *code;
        uint32_t line, column;
        const char *pointer, *why;
    } rows[] = {
        {TEXT(""), "empty", 1, 1, "", "nothing"},
        {TEXT(" \n "), "empty", 2, 2, "", "white space alone"},
        {TEXT("\xef\xbb\xbf{}"), "syntax", 1, 1, "", "byte order mark"},
        {TEXT("[1] 2"), "trailing", 1, 5, "", "a second value"},
        {TEXT("[1]\n]"), "trailing", 2, 1, "", "a bracket too many"},
        {TEXT("nul"), "syntax", 1, 1, "", "a cut word"},
        {TEXT("True"), "syntax", 1, 1, "", "words are lower-case"},
        {TEXT("{\"a\":NaN}"), "syntax", 1, 6, "/a", "NaN is no number"},
        {TEXT("["), "syntax", 1, 2, "/0", "ends in an array"},
        {TEXT("[1"), "syntax", 1, 3, "", "ends after an element"},
        {TEXT("[1,]"), "syntax", 1, 4, "/1", "trailing comma in an array"},
        {TEXT("[,1]"), "syntax", 1, 2, "/0", "leading comma"},
        {TEXT("[1 2]"), "syntax", 1, 4, "", "no comma"},
        {TEXT("[1}"), "syntax", 1, 3, "", "the wrong bracket"},
        {TEXT("{"), "syntax", 1, 2, "", "ends in an object"},
        {TEXT("{\"a\""), "syntax", 1, 5, "", "ends after a key"},
        {TEXT("{\"a\":"), "syntax", 1, 6, "/a", "ends before the value"},
        {TEXT("{\"a\":1"), "syntax", 1, 7, "", "ends after a member"},
        {TEXT("{\"a\":1,}"), "syntax", 1, 8, "", "trailing comma in an object"},
        {TEXT("{\"a\":1 \"b\":2}"), "syntax", 1, 8, "", "no comma in an object"},
        {TEXT("{\"a\" 1}"), "syntax", 1, 6, "", "no colon"},
        {TEXT("{a:1}"), "syntax", 1, 2, "", "a bare key"},
        {TEXT("{'a':1}"), "syntax", 1, 2, "", "single quotes"},
        {TEXT("{1:1}"), "syntax", 1, 2, "", "a number as key"},
        {TEXT("/* */1"), "syntax", 1, 1, "", "comments"},
        {TEXT("{\"a\":[1,\n  {\"b\":\n x}]}"), "syntax", 3, 2, "/a/1/b", "line, column and path"},
        {TEXT("[\f1]"), "syntax", 1, 2, "/0", "form feed is no white space"},
        {TEXT("\0"), "nul", 1, 1, "", "a NUL byte"},
        {TEXT("[\"a\0b\"]"), "nul", 1, 4, "/0", "a NUL byte in a string"},
        {TEXT("[\"a\\u0000\"]"), "nul", 1, 4, "/0", "a NUL escape"},
        {TEXT("{\"\\u0000\":1}"), "nul", 1, 3, "", "a NUL escape in a key"},
        {TEXT("\"abc"), "string", 1, 5, "", "no closing quote"},
        {TEXT("\"abc\\"), "syntax", 1, 6, "", "ends in an escape"},
        {TEXT("\"abc\\\""), "string", 1, 7, "", "the quote is escaped"},
        {TEXT("\"a\nb\""), "string", 1, 3, "", "a raw newline"},
        {TEXT("\"a\x1f\""), "string", 1, 3, "", "the last control character"},
        {TEXT("\"\\x41\""), "string", 1, 2, "", "an unknown escape"},
        {TEXT("\"\\U0041\""), "string", 1, 2, "", "a capital U"},
        {TEXT("\"\\u004\""), "string", 1, 2, "", "three digits"},
        {TEXT("\"\\u00g1\""), "string", 1, 2, "", "a letter past f"},
        {TEXT("\"\\uD800\""), "string", 1, 2, "", "a lone high surrogate"},
        {TEXT("\"\\uDC00\""), "string", 1, 2, "", "a lone low surrogate"},
        {TEXT("\"\\uD800\\uD800\""), "string", 1, 2, "", "two high surrogates"},
        {TEXT("\"\\uDC00\\uD800\""), "string", 1, 2, "", "a pair the wrong way round"},
        {TEXT("\"\\uD800\\n\""), "string", 1, 2, "", "a high surrogate before another escape"},
        {TEXT("\"\x80\""), "utf8", 1, 2, "", "a follower alone"},
        {TEXT("\"\xc0\xaf\""), "utf8", 1, 2, "", "overlong in two bytes"},
        {TEXT("\"\xc1\xbf\""), "utf8", 1, 2, "", "the last overlong in two"},
        {TEXT("\"\xe0\x9f\xbf\""), "utf8", 1, 2, "", "overlong in three"},
        {TEXT("\"\xf0\x8f\xbf\xbf\""), "utf8", 1, 2, "", "overlong in four"},
        {TEXT("\"\xed\xa0\x80\""), "utf8", 1, 2, "", "a surrogate as UTF-8"},
        {TEXT("\"\xed\xbf\xbf\""), "utf8", 1, 2, "", "the last surrogate"},
        {TEXT("\"\xf4\x90\x80\x80\""), "utf8", 1, 2, "", "past U+10FFFF"},
        {TEXT("\"\xf5\x80\x80\x80\""), "utf8", 1, 2, "", "a byte that UTF-8 never uses"},
        {TEXT("\"\xff\""), "utf8", 1, 2, "", "0xff"},
        {TEXT("\"ab\xe4\xbd\""), "utf8", 1, 4, "", "a cut character"},
        {TEXT("\"ab\xe4\xbd"), "utf8", 1, 4, "", "a character cut by the end"},
        {TEXT("01"), "number", 1, 2, "", "a leading zero"},
        {TEXT("-01"), "number", 1, 3, "", "a leading zero after minus"},
        {TEXT("-"), "number", 1, 2, "", "minus alone"},
        {TEXT("-a"), "number", 1, 2, "", "minus and a letter"},
        {TEXT("1."), "number", 1, 3, "", "nothing after the point"},
        {TEXT("1.e1"), "number", 1, 3, "", "an exponent after the point"},
        {TEXT("1e"), "number", 1, 3, "", "an empty exponent"},
        {TEXT("1e+"), "number", 1, 4, "", "a signed empty exponent"},
        {TEXT("+1"), "syntax", 1, 1, "", "a plus sign"},
        {TEXT(".5"), "syntax", 1, 1, "", "no digit before the point"},
        {TEXT("0x1"), "trailing", 1, 2, "", "hexadecimal"},
        {TEXT("{\"n\":[0,1e999]}"), "number", 1, 9, "/n/1", "past every double"},
        {TEXT("-1e309"), "number", 1, 1, "", "the next power of ten"},
        {TEXT("1.797693134862315807937289714053034150799341327100378269361737789804449682927647509466490179775872070963302864166928879109465555478519404026306574886715058206819089020007083836762738548458177115317644757302700698555713669596228429148198608349364752927190741684443655107043427115596995080930428801779041744977920e308"),
         "number", 1, 1, "", "the least number that rounds to infinity"},
        {TEXT("0.1e999999999999999999999"), "number", 1, 1, "", "an exponent that overflows 64 bits"},
        {TEXT("{\"a\":1,\n \"a\":1}"), "duplicate_key", 2, 2, "/a", "the same key twice"},
        {TEXT("{\"a\":1,\"\\u0061\":1}"), "duplicate_key", 1, 8, "/a", "the same key after unescaping"},
        {TEXT("{\"\\u0061b\":1,\"a\\u0062\":1}"), "duplicate_key", 1, 14, "/ab", "both escaped, differently"},
        {TEXT("{\"\xf0\x9d\x84\x9e\":1,\"\\uD834\\udd1e\":1}"), "duplicate_key", 1, 11, "/\xf0\x9d\x84\x9e",
         "a surrogate pair and its character"},
        {TEXT("{\"eightby\\u0074\":1,\"eightbyt\":1}"), "duplicate_key", 1, 20, "/eightbyt", "a key of eight bytes"},
        {TEXT("{\"\":1,\"\":1}"), "duplicate_key", 1, 7, "/", "the empty key twice"},
        {TEXT("{\"x\":[{\"a\":{\"b\":1},\"a\":2}]}"), "duplicate_key", 1, 20, "/x/0/a", "inside, after a nested object"},
        {TEXT("{\"a/b\":{\"m~n\":tru}}"), "syntax", 1, 15, "/a~1b/m~0n", "pointer escapes"},
        {TEXT("[0,1,2,3,4,5,6,7,8,9,[,]]"), "syntax", 1, 23, "/10/0", "an index of two digits"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_json_error error = {0};

        CHECK_I64(OD_ESYNTAX, check_exactly(rows[i].text, rows[i].size, &error), rows[i].why);
        CHECK_TEXT(rows[i].code, error.code, rows[i].why);
        CHECK_I64(rows[i].line, error.line, rows[i].why);
        CHECK_I64(rows[i].column, error.column, rows[i].why);
        CHECK_TEXT(rows[i].pointer, error.pointer, rows[i].why);
        CHECK(error.text != NULL, rows[i].why);
        CHECK(error.offset <= rows[i].size, rows[i].why);
    }
}

static void every_cut_is_refused(void **state)
{
    static const char text[] = "{\"a\":[1.5e3,\"\\u4f60\xe5\xa5\xbd\\\"\",{\"b\":null,\"c\":[true,false,{}]}]}";
    struct base_json_error error;

    (void)state;
    assert_int_equal(check_exactly(text, sizeof(text) - 1, &error), OD_OK);
    for (size_t size = 0; size < sizeof(text) - 1; size++)
        CHECK_I64(OD_ESYNTAX, check_exactly(text, size, &error), "cut");
}

static int check_nested(unsigned depth, bool is_object, struct base_json_error *error)
{
    struct base_buffer buffer = {0};

    for (unsigned i = 0; i < depth; i++)
        base_buffer_put_text(&buffer, is_object ? "{\"k\":" : "[");
    base_buffer_put_text(&buffer, "1");
    for (unsigned i = 0; i < depth; i++)
        base_buffer_put_text(&buffer, is_object ? "}" : "]");
    int rc = check_exactly(buffer.bytes, buffer.size, error);
    base_buffer_fini(&buffer);
    return rc;
}

static void depth_at_the_limit_and_one_more(void **state)
{
    (void)state;
    for (int is_object = 0; is_object < 2; is_object++) {
        struct base_json_error error = {0};

        CHECK_I64(OD_OK, check_nested(BASE_JSON_DEPTH_MAX, is_object, &error), "limit");
        CHECK_I64(OD_ESYNTAX, check_nested(BASE_JSON_DEPTH_MAX + 1, is_object, &error), "limit + 1");
        CHECK_TEXT("depth", error.code, "limit + 1");
        CHECK_I64(BASE_JSON_DEPTH_MAX * (is_object ? 5 : 1), error.offset, "limit + 1");
        CHECK_I64(BASE_JSON_DEPTH_MAX * 2, strlen(error.pointer), "the pointer names the value that is too deep");
    }
}

/* An array of nodes - 1 zeros. */
static int check_nodes(uint32_t nodes, struct base_json_error *error)
{
    struct base_buffer buffer = {0};

    base_buffer_put_text(&buffer, "[0");
    for (uint32_t i = 2; i < nodes; i++)
        base_buffer_put_text(&buffer, ",0");
    base_buffer_put_text(&buffer, "]");
    int rc = check_exactly(buffer.bytes, buffer.size, error);
    base_buffer_fini(&buffer);
    return rc;
}

static void nodes_at_the_limit_and_one_more(void **state)
{
    struct base_json_error error = {0};

    (void)state;
    CHECK_I64(OD_OK, check_nodes(BASE_JSON_NODES_MAX, &error), "limit");
    CHECK_I64(OD_ESYNTAX, check_nodes(BASE_JSON_NODES_MAX + 1, &error), "limit + 1");
    CHECK_TEXT("nodes", error.code, "limit + 1");
    CHECK_TEXT("/65535", error.pointer, "the element too many");
}

static void size_past_4_gib_is_refused_unread(void **state)
{
    struct base_json_error error = {0};

    (void)state;
    assert_int_equal(base_json_check("1", (size_t)UINT32_MAX + 1, &error), OD_ESYNTAX);
    assert_string_equal(error.code, "size");
}

static void no_text_at_all_is_empty(void **state)
{
    struct base_json_error error = {0};

    (void)state;
    assert_int_equal(base_json_check(NULL, 0, &error), OD_ESYNTAX);
    assert_string_equal(error.code, "empty");
}

/* {"k0":0,...}; twice: the index whose key comes again at the end, or -1. */
static void put_members(struct base_buffer *buffer, int count, int twice)
{
    base_json_open(buffer, NULL, '{');
    for (int i = 0; i < count; i++) {
        char key[16];
        snprintf(key, sizeof(key), "k%d", i);
        base_json_put_i64(buffer, key, i);
    }
    if (twice >= 0) {
        char key[16];
        snprintf(key, sizeof(key), "k%d", twice);
        base_json_put_i64(buffer, key, twice);
    }
    base_json_close(buffer, '}');
}

static void many_keys_in_one_object(void **state)
{
    static const struct { int count, twice, rc; const char *why; } rows[] = {
        {256, -1, OD_OK, "the last that fits without heap"},
        {256, 0, OD_ESYNTAX, "the first key again, in the grown table"},
        {257, -1, OD_OK, "the first that needs heap"},
        {60000, -1, OD_OK, "a huge object"},
        {60000, 0, OD_ESYNTAX, "a huge object, first key again"},
        {60000, 31337, OD_ESYNTAX, "a huge object, some key again"},
        {60000, 59999, OD_ESYNTAX, "a huge object, last key again"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer buffer = {0};
        struct base_json_error error = {0};

        put_members(&buffer, rows[i].count, rows[i].twice);
        CHECK_I64(rows[i].rc, check_exactly(buffer.bytes, buffer.size, &error), rows[i].why);
        if (rows[i].rc != OD_OK)
            CHECK_TEXT("duplicate_key", error.code, rows[i].why);
        base_buffer_fini(&buffer);
    }
}

static void pointer_is_cut_between_characters(void **state)
{
    struct base_json_error error = {0};

    (void)state;
    for (int lead = 0; lead < 3; lead++) {
        struct base_buffer buffer = {0};
        base_buffer_put_text(&buffer, "{\"");
        base_buffer_put(&buffer, "aaa", (size_t)lead);
        for (int i = 0; i < 400; i++)
            base_buffer_put_text(&buffer, "\xe7\x8e\x8b");
        base_buffer_put_text(&buffer, "\":x}");
        CHECK_I64(OD_ESYNTAX, check_exactly(buffer.bytes, buffer.size, &error), "bad value");
        size_t size = strlen(error.pointer);
        CHECK(size < BASE_JSON_POINTER_MAX, "it fits");
        CHECK(size > BASE_JSON_POINTER_MAX - 10, "most of it is told");
        CHECK_TEXT("...", error.pointer + size - 3, "it says that it is cut");
        CHECK_I64(0, (size - 3 - 1 - (size_t)lead) % 3, "no half character");
        base_buffer_fini(&buffer);
    }
}

static void error_is_unchanged_by_success(void **state)
{
    struct base_json_error error = {.offset = 42, .code = "kept"};

    (void)state;
    assert_int_equal(base_json_check("{}", 2, &error), OD_OK);
    assert_int_equal(error.offset, 42);
    assert_string_equal(error.code, "kept");
}

static void short_memory_is_told_as_such(void **state)
{
    struct base_buffer buffer = {0};
    struct base_json_error error = {.code = "kept"};
    int rc = OD_ENOMEM;
    uint64_t count = 0;

    (void)state;
    put_members(&buffer, 2000, -1);
    while (rc == OD_ENOMEM) {
        base_alloc_fail_at(++count);
        rc = base_json_check(buffer.bytes, buffer.size, &error);
    }
    base_alloc_fail_at(0);
    CHECK_I64(OD_OK, rc, "a clean pass in the end");
    CHECK(count > 3, "some allocations were swept");
    CHECK_TEXT("kept", error.code, "no memory is no fault of the text");
    base_buffer_fini(&buffer);
}

static void small_texts_take_no_heap(void **state)
{
    struct base_buffer buffer = {0};
    struct base_json_error error;

    (void)state;
    put_members(&buffer, 200, -1);
    base_alloc_fail_at(1);
    int rc = base_json_check(buffer.bytes, buffer.size, &error);
    base_alloc_fail_at(0);
    CHECK_I64(OD_OK, rc, "no allocation to fail");
    base_buffer_fini(&buffer);
}

/* Refused although RFC 8259 allows them: docs/adr/0002-strict-json-gate.md. */
static bool is_refused_by_decision(const char *name)
{
    static const char *const names[] = {
        "y_object_duplicated_key.json",
        "y_object_duplicated_key_and_value.json",
        "y_string_null_escape.json",
    };

    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static void parsing_file_check(const char *path, const char *name)
{
    struct base_json_error error = {0};
    size_t size;
    char *text = test_file_read(path, &size);

    CHECK(text != NULL, path);
    int rc = check_exactly(text, size, &error);
    struct base_json *json = NULL;
    CHECK_I64(rc, base_json_parse(text, size, &json, &error), name);
    base_json_destroy(json);
    if (rc != OD_OK)
        CHECK(error.line >= 1 && error.column >= 1 && error.offset <= size, name);
    if (name[0] == 'n' || is_refused_by_decision(name))
        CHECK_I64(OD_ESYNTAX, rc, name);
    else if (name[0] == 'y')
        CHECK_I64(OD_OK, rc, name);
    free(text);
}

static void the_json_parsing_files(void **state)
{
    char folder[4096], path[8192];
    int count = 0;
    const char *shared = test_shared();

    (void)state;
    snprintf(folder, sizeof(folder), "%s/data/json-parsing", shared != NULL ? shared : "");
    DIR *dir = shared != NULL ? opendir(folder) : NULL;
    if (dir == NULL)
        skip();
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strstr(entry->d_name, ".json") == NULL)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        parsing_file_check(path, entry->d_name);
        count++;
    }
    closedir(dir);
    assert_int_equal(count, 159);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_rfc_8259_allows),
        cmocka_unit_test(refuses_and_says_where),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(depth_at_the_limit_and_one_more),
        cmocka_unit_test(nodes_at_the_limit_and_one_more),
        cmocka_unit_test(size_past_4_gib_is_refused_unread),
        cmocka_unit_test(no_text_at_all_is_empty),
        cmocka_unit_test(many_keys_in_one_object),
        cmocka_unit_test(pointer_is_cut_between_characters),
        cmocka_unit_test(error_is_unchanged_by_success),
        cmocka_unit_test(short_memory_is_told_as_such),
        cmocka_unit_test(small_texts_take_no_heap),
        cmocka_unit_test(the_json_parsing_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
