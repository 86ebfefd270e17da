/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical form by its hash, and line and column of a pointer. */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"

/* In a block of exactly its size, so that the sanitizer sees any read past it. */
static int hash_exactly(const char *text, size_t size, uint8_t hash[BASE_HASH_SIZE])
{
    char *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, text, size);
    int rc = base_json_canonical_hash(copy, size, hash);
    free(copy);
    return rc;
}

static void the_hash_is_that_of_the_canonical_text(void **state)
{
    static const struct { const char *text, *canonical, *why; } rows[] = {
        {" null ", "null", "space around"},
        {"-1.50E+02", "-1.50E+02", "numbers as written"},
        {"[ 1 , 2.0 ,\n\"a\" ]", "[1,2.0,\"a\"]", "no white space, order of elements kept"},
        {"{ }", "{}", "an empty object"},
        {"[ ]", "[]", "an empty array"},
        {"[{ } , [ ]]", "[{},[]]", "empty containers inside"},
        {"{\"b\":1,\"a\":2}", "{\"a\":2,\"b\":1}", "keys sorted"},
        {"{\"a\":2,\"b\":1}", "{\"a\":2,\"b\":1}", "keys sorted already"},
        {"{\"b\":{\"d\":1,\"c\":{\"f\":2,\"e\":3}},\"a\":[{\"z\":1,\"y\":2}]}",
         "{\"a\":[{\"y\":2,\"z\":1}],\"b\":{\"c\":{\"e\":3,\"f\":2},\"d\":1}}", "sorted at every level"},
        {"{\"ab\":1,\"a\":2,\"\":3}", "{\"\":3,\"a\":2,\"ab\":1}", "a prefix comes first"},
        {"{\"\\u0062\":1,\"a\":2}", "{\"a\":2,\"b\":1}", "sorted by the unescaped key"},
        {"{\"a\\\"\":1,\"a!\":2,\"a#\":3}", "{\"a!\":2,\"a\\\"\":1,\"a#\":3}", "the quote sorts as 0x22, not as its backslash"},
        {"{\"\\u000a\":1,\"\\t\":2}", "{\"\\t\":2,\"\\n\":1}", "control characters sort by value"},
        {"{\"\xc3\xa9\":1,\"z\":2}", "{\"z\":2,\"\xc3\xa9\":1}", "bytes, no collation"},
        {"\"\\u0041\\/\\u00e9\\u4f60\\ud834\\udd1e\"", "\"A/\xc3\xa9\xe4\xbd\xa0\xf0\x9d\x84\x9e\"", "escapes undone, one to four bytes"},
        {"\"\\u0008\\u000C\\u000A\\u000D\\u0009\"", "\"\\b\\f\\n\\r\\t\"", "the short escape"},
        {"\"\\u001F\\u0001\\u007f\"", "\"\\u001f\\u0001\x7f\"", "lower-case digits where an escape must stay"},
        {"\"\\u0022\\u005c\"", "\"\\\"\\\\\"", "quote and backslash stay escaped"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t hash[BASE_HASH_SIZE], expected[BASE_HASH_SIZE];

        base_hash(rows[i].canonical, strlen(rows[i].canonical), expected);
        CHECK_I64(OD_OK, hash_exactly(rows[i].text, strlen(rows[i].text), hash), rows[i].why);
        CHECK(base_hash_equal(expected, hash), rows[i].why);
        CHECK_I64(OD_OK, hash_exactly(rows[i].canonical, strlen(rows[i].canonical), hash), rows[i].why);
        CHECK(base_hash_equal(expected, hash), "the canonical form is its own canonical form");
    }
}

static void different_values_differ(void **state)
{
    static const struct { const char *a, *b, *why; } rows[] = {
        {"[1,2]", "[2,1]", "order of elements"},
        {"1", "1.0", "numbers as written"},
        {"1e2", "1E2", "also the letter"},
        {"1", "\"1\"", "number and text"},
        {"{\"a\":1}", "{\"A\":1}", "case of keys"},
        {"null", "\"null\"", "word and text"},
        {"\"\xc3\xa9\"", "\"e\xcc\x81\"", "no Unicode normalisation"},
        {"{\"a\":\"b\"}", "[\"a\",\"b\"]", "object and array"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t a[BASE_HASH_SIZE], b[BASE_HASH_SIZE];

        CHECK_I64(OD_OK, hash_exactly(rows[i].a, strlen(rows[i].a), a), rows[i].why);
        CHECK_I64(OD_OK, hash_exactly(rows[i].b, strlen(rows[i].b), b), rows[i].why);
        CHECK(!base_hash_equal(a, b), rows[i].why);
    }
}

/* {"k00000":0, ...}: every key, stepping through them by step (coprime to count). */
static void put_members(struct base_buffer *buffer, int count, int step)
{
    base_json_open(buffer, NULL, '{');
    for (int i = 0, k = 0; i < count; i++, k = (k + step) % count) {
        char key[16];
        snprintf(key, sizeof(key), "k%05d", k);
        base_json_put_i64(buffer, key, k);
    }
    base_json_close(buffer, '}');
}

static void large_objects_in_any_order(void **state)
{
    static const struct { int count, step; const char *why; } rows[] = {
        {24, 7, "the largest insertion sort"},
        {25, 7, "the first that is sorted otherwise"},
        {128, 127, "backwards, the last without heap"},
        {129, 128, "backwards, with heap"},
        {60000, 31, "huge"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer sorted = {0}, shuffled = {0};
        uint8_t hash[BASE_HASH_SIZE], expected[BASE_HASH_SIZE];

        put_members(&sorted, rows[i].count, 1);
        put_members(&shuffled, rows[i].count, rows[i].step);
        base_hash(sorted.bytes, sorted.size, expected);
        CHECK_I64(OD_OK, hash_exactly(shuffled.bytes, shuffled.size, hash), rows[i].why);
        CHECK(base_hash_equal(expected, hash), rows[i].why);
        base_buffer_fini(&sorted);
        base_buffer_fini(&shuffled);
    }
}

static void texts_that_the_gate_would_refuse_are_survived(void **state)
{
    static const char *const rows[] = {
        "", " ", "[", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "[1,", "[1,]", "[,]", "{,}", "{1:2}", "[1}", "]",
        "1 2", "\"abc", "\"abc\\", "\"\\u00\"", "\"a\\\"\x01\x01\x01\x01\"", "\"\\\x01\\\x01\\\x01\"", "{\"a\":1 \"b\":2}", "{\"a\":{\"b\"",
    };
    uint8_t hash[BASE_HASH_SIZE], kept[BASE_HASH_SIZE];

    (void)state;
    memset(hash, 7, sizeof(hash));
    memcpy(kept, hash, sizeof(hash));
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(OD_ESYNTAX, hash_exactly(rows[i], strlen(rows[i]), hash), rows[i]);
        CHECK(memcmp(hash, kept, sizeof(hash)) == 0, "unchanged");
    }
}

static int hash_nested(unsigned depth)
{
    struct base_buffer buffer = {0};
    uint8_t hash[BASE_HASH_SIZE];

    for (unsigned i = 0; i < depth; i++)
        base_buffer_put_text(&buffer, "[");
    for (unsigned i = 0; i < depth; i++)
        base_buffer_put_text(&buffer, "]");
    int rc = hash_exactly(buffer.bytes, buffer.size, hash);
    base_buffer_fini(&buffer);
    return rc;
}

static void depth_at_the_limit_and_one_more(void **state)
{
    (void)state;
    CHECK_I64(OD_OK, hash_nested(BASE_JSON_DEPTH_MAX), "limit");
    CHECK_I64(OD_ESYNTAX, hash_nested(BASE_JSON_DEPTH_MAX + 1), "limit + 1");
}

static void short_memory_is_told(void **state)
{
    struct base_buffer buffer = {0};
    uint8_t hash[BASE_HASH_SIZE];
    int rc = OD_ENOMEM;
    uint64_t count = 0;

    (void)state;
    put_members(&buffer, 1000, 7);
    while (rc == OD_ENOMEM) {
        base_alloc_fail_at(++count);
        rc = base_json_canonical_hash(buffer.bytes, buffer.size, hash);
    }
    base_alloc_fail_at(0);
    CHECK_I64(OD_OK, rc, "a clean pass in the end");
    CHECK(count > 2, "some allocations were swept");
    base_buffer_fini(&buffer);
}

static void a_pointer_leads_to_line_and_column(void **state)
{
    static const char text[] = "{\n"
                               "  \"a\": 1,\n"
                               "  \"b\": [10, {\"c\": \"x,]}\\\"\",\n"
                               "          \"d/e~f\": null}],\n"
                               "  \"\\u0067\": {\"\": true}, \"1\": 7\n"
                               "}";
    static const struct { const char *pointer; uint32_t line, column; const char *why; } rows[] = {
        {"", 1, 1, "the whole text"},
        {"/a", 2, 8, "a member"},
        {"/b", 3, 8, "an array"},
        {"/b/0", 3, 9, "an element"},
        {"/b/1", 3, 13, "the second element"},
        {"/b/1/c", 3, 19, "a member behind a bracket in a string"},
        {"/b/1/d~1e~0f", 4, 20, "pointer escapes"},
        {"/g", 5, 13, "a key that is escaped in the text"},
        {"/g/", 5, 18, "the empty key"},
        {"/1", 5, 30, "a key that looks like an index"},
        {"/missing", 1, 1, "a missing member: its parent"},
        {"/b/1/missing", 3, 13, "a missing member inside"},
        {"/b/7", 3, 8, "past the last element"},
        {"/b/01", 3, 8, "no leading zero in an index"},
        {"/b/x", 3, 8, "no index at all"},
        {"/b/-", 3, 8, "the element that does not exist yet"},
        {"/a/deeper", 2, 8, "below a number"},
        {"a", 1, 1, "no pointer"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t line = 0, column = 0;
        base_json_locate(text, sizeof(text) - 1, rows[i].pointer, &line, &column);
        CHECK_I64(rows[i].line, line, rows[i].why);
        CHECK_I64(rows[i].column, column, rows[i].why);
    }
}

static void locate_never_reads_past_a_cut_text(void **state)
{
    static const char text[] = "{\"a\":[1,{\"b\":\"x\\\"y\",\"c\":[[],{}]}],\"d\":2}";
    static const char *const pointers[] = {"", "/a/1/c/1", "/d", "/a/9", "/zz"};

    (void)state;
    for (size_t size = 0; size < sizeof(text); size++) {
        char *copy = malloc(size > 0 ? size : 1);
        assert_non_null(copy);
        memcpy(copy, text, size);
        for (size_t i = 0; i < COUNT(pointers); i++) {
            uint32_t line = 0, column = 0;
            base_json_locate(copy, size, pointers[i], &line, &column);
            CHECK(line == 1 && column >= 1 && column <= size + 1, "inside the text");
        }
        free(copy);
    }
}

static int init(void **state)
{
    (void)state;
    return base_hash_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_that_of_the_canonical_text),
        cmocka_unit_test(different_values_differ),
        cmocka_unit_test(large_objects_in_any_order),
        cmocka_unit_test(texts_that_the_gate_would_refuse_are_survived),
        cmocka_unit_test(depth_at_the_limit_and_one_more),
        cmocka_unit_test(short_memory_is_told),
        cmocka_unit_test(a_pointer_leads_to_line_and_column),
        cmocka_unit_test(locate_never_reads_past_a_cut_text),
    };

    return cmocka_run_group_tests(tests, init, NULL);
}
