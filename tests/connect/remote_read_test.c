/* SPDX-License-Identifier: Apache-2.0 */
/* Messages are read without a tree; a tree of the same text must say the same. */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "connect/inside.h"

static void envelopes(void **state)
{
    static const struct {
        const char *text;
        int rc;
        uint64_t id, epoch;
        const char *body, *why;
    } rows[] = {
        {"{\"id\":1}", OD_OK, 1, 0, "{}", "no body is an empty one"},
        {" { \"body\" : {\"a\":[1,{\"b\":\"}\"}]} , \"epoch\":17,\"id\":\"9\"}", OD_OK, 9, 17, "{\"a\":[1,{\"b\":\"}\"}]}", "any order, spaces, an id as text"},
        {"{\"id\":9223372036854775807,\"epoch\":4294967295}", OD_OK, INT64_MAX, UINT32_MAX, "{}", "the largest"},
        {"{\"id\":9223372036854775808}", OD_EINVAL, 0, 0, "", "one more"},
        {"{\"id\":1,\"epoch\":4294967296}", OD_EINVAL, 0, 0, "", "one more"},
        {"{\"id\":1,\"unknown\":{\"id\":2},\"also\":[\"\\\"id\\\":3\"]}", OD_OK, 1, 0, "{}", "unknown members are ignored"},
        {"{\"id\":0}", OD_EINVAL, 0, 0, "", "ids start at 1"},
        {"{\"id\":-1}", OD_EINVAL, 0, 0, "", "a sign"},
        {"{\"id\":1.5}", OD_EINVAL, 0, 0, "", "a fraction"},
        {"{\"id\":\"\"}", OD_EINVAL, 0, 0, "", "an empty text"},
        {"{\"id\":{}}", OD_EINVAL, 0, 0, "", "an object"},
        {"{\"id\":1,\"body\":\"{}\"}", OD_EINVAL, 0, 0, "", "a text for a body"},
        {"{\"id\":1,\"protocol\":\"1\"}", OD_EINVAL, 0, 0, "", "a text for a number"},
        {"{}", OD_EINVAL, 0, 0, "", "nothing"},
        {"[]", OD_EINVAL, 0, 0, "", "a list"},
        {"7", OD_EINVAL, 0, 0, "", "a number"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct connect_envelope envelope;
        int rc = connect_envelope_read(rows[i].text, strlen(rows[i].text), &envelope);

        CHECK_I64(rows[i].rc, rc, rows[i].why);
        if (rc != OD_OK)
            continue;
        CHECK(envelope.id == rows[i].id && envelope.epoch == rows[i].epoch, rows[i].why);
        CHECK(envelope.body.size == strlen(rows[i].body) && memcmp(envelope.body.at, rows[i].body, envelope.body.size) == 0, rows[i].why);
    }
}

static int items_of(const char *text, struct base_buffer *payload, uint16_t *count, const char **fault)
{
    struct connect_slice body = {.at = text, .size = strlen(text)};

    base_buffer_clear(payload);
    return connect_items_read(&body, 17, payload, count, fault);
}

static void batches_are_bounded(void **state)
{
    struct base_buffer payload = {0}, text = {0};
    const char *fault;
    uint16_t count;

    (void)state;
    for (unsigned items = BASE_BATCH_ITEMS_MAX; items <= BASE_BATCH_ITEMS_MAX + 1; items++) {
        base_buffer_clear(&text);
        base_buffer_put_text(&text, "{\"items\":[");
        for (unsigned i = 1; i <= items; i++)
            base_buffer_put_format(&text, "%s{\"kind\":\"log\",\"id\":%u}", i > 1 ? "," : "", i);
        base_buffer_put_text(&text, "]}");
        CHECK_I64(items <= BASE_BATCH_ITEMS_MAX ? OD_OK : OD_EINVAL, items_of(base_buffer_text(&text), &payload, &count, &fault), "the limit, and one more");
    }
    for (size_t size = BASE_FRAME_PAYLOAD_MAX - BASE_FRAME_HEADER_SIZE; size <= BASE_FRAME_PAYLOAD_MAX - BASE_FRAME_HEADER_SIZE + 1; size++) {
        base_buffer_clear(&text);
        base_buffer_put_text(&text, "{\"items\":[{\"kind\":\"log\",\"id\":1,\"payload\":{\"t\":\"");
        for (size_t i = strlen("{\"t\":\"\"}"); i < size; i++)
            base_buffer_put(&text, "x", 1);
        base_buffer_put_text(&text, "\"}}]}");
        CHECK_I64(size == BASE_FRAME_PAYLOAD_MAX - BASE_FRAME_HEADER_SIZE ? OD_OK : OD_EINVAL,
                  items_of(base_buffer_text(&text), &payload, &count, &fault), "as much as a frame holds, and one byte more");
    }
    base_buffer_fini(&payload);
    base_buffer_fini(&text);
}

/* -- Random messages, and what a tree says of them -- */

static uint64_t dice_state;

static unsigned dice(unsigned sides)
{
    dice_state = dice_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(dice_state >> 33) % sides;
}

static void put_space(struct base_buffer *text)
{
    static const char *const spaces[] = {"", "", "", " ", "\t", "\r\n "};

    base_buffer_put_text(text, spaces[dice(6)]);
}

static void put_value(struct base_buffer *text, unsigned depth)
{
    static const char *const scalars[] = {"0", "-1.5e+3", "true", "false", "null", "\"\"", "\"}]\"", "\"\\\"\"", "\"\\\\\"", "\"a,b:\\u00e9\"", "\"\xe6\xb0\xb4\""};
    unsigned count = dice(4);

    put_space(text);
    if (depth == 0 || dice(3) == 0) {
        base_buffer_put_text(text, scalars[dice(11)]);
    } else if (dice(2) == 0) {
        base_buffer_put_text(text, "[");
        for (unsigned i = 0; i < count; i++) {
            base_buffer_put_text(text, i > 0 ? "," : "");
            put_value(text, depth - 1);
        }
        base_buffer_put_text(text, "]");
    } else {
        base_buffer_put_text(text, "{");
        for (unsigned i = 0; i < count; i++) {
            base_buffer_put_format(text, "%s\"k%u\\\"%u\"", i > 0 ? "," : "", i, i);
            put_space(text);
            base_buffer_put_text(text, ":");
            put_value(text, depth - 1);
        }
        base_buffer_put_text(text, "}");
    }
    put_space(text);
}

static void put_message(struct base_buffer *text, unsigned items)
{
    static const char *const kinds[] = {"accept", "opinion", "unpause", "sing"};

    base_buffer_put_text(text, "{\"extra\":");
    put_value(text, 3);
    base_buffer_put_text(text, ",\"items\":[");
    for (unsigned i = 0; i < items; i++) {
        base_buffer_put_format(text, "%s{\"payload\":{\"v\":", i > 0 ? "," : "");
        put_value(text, 4);
        base_buffer_put_format(text, "},\"id\":%u,\"kind\":\"%s\",\"task\":\"%u\"}", i + 1, kinds[dice(4)], dice(1000));
        put_space(text);
    }
    base_buffer_put_text(text, "]}");
}

static void check_item(const struct base_json *expected, const struct base_frame *item)
{
    struct base_buffer wanted = {0}, got = {0};
    struct base_json_error error;
    struct base_json *payload = NULL;
    const char *kind = base_json_member_text(expected, "kind");
    int64_t id = 0;

    CHECK_I64(OD_OK, base_json_i64(base_json_member(expected, "id"), 1, 1000, &id), "id");
    CHECK_I64(id, item->id, "id");
    CHECK_I64(strtoull(base_json_member_text(expected, "task"), NULL, 10), item->task, "task");
    CHECK_TEXT(kind, strcmp(kind, "sing") == 0 ? (item->kind == UINT8_MAX ? "sing" : "?") : connect_report_name(item->kind), "kind");
    CHECK_I64(OD_OK, base_json_parse(item->payload, item->length, &payload, &error), "a payload is whole");
    base_json_put(&wanted, NULL, base_json_member(expected, "payload"));
    base_json_put(&got, NULL, payload);
    CHECK_TEXT(base_buffer_text(&wanted), base_buffer_text(&got), "the same payload");
    base_json_destroy(payload);
    base_buffer_fini(&wanted);
    base_buffer_fini(&got);
}

static void a_tree_says_the_same(void **state)
{
    struct base_buffer text = {0}, payload = {0};

    (void)state;
    for (dice_state = 1; dice_state < 3000; dice_state++) {
        uint64_t seed = dice_state;
        unsigned items = 1 + dice(6);
        struct base_json_error error;
        struct base_json *tree = NULL;
        const char *fault;
        uint16_t count;
        size_t offset = 0;
        struct base_frame item;

        base_buffer_clear(&text);
        put_message(&text, items);
        CHECK_I64(OD_OK, base_json_parse(text.bytes, text.size, &tree, &error), "JSON");
        CHECK_I64(OD_OK, items_of(base_buffer_text(&text), &payload, &count, &fault), "read");
        CHECK_I64(items, count, "all of them");
        const struct base_frame batch = {.kind = BASE_FRAME_REPORT, .count = count, .length = (uint32_t)payload.size, .payload = payload.bytes};
        const struct base_json *expected = base_json_first(base_json_member(tree, "items"));
        for (; base_frame_next(&batch, &offset, &item) == OD_OK; expected = base_json_next(expected))
            check_item(expected, &item);
        CHECK(expected == NULL, "none is left");
        base_json_destroy(tree);
        dice_state = seed;
    }
    base_buffer_fini(&text);
    base_buffer_fini(&payload);
}

/* Whatever passes the gate is read or refused, within its bytes (a sanitizer looks on). */
static void anything_else_is_refused(void **state)
{
    struct base_buffer text = {0}, payload = {0};
    unsigned passed = 0;

    (void)state;
    for (uint64_t seed = 1; seed < 20000; seed++) {
        struct base_json_error error;
        struct connect_envelope envelope;
        const char *fault;
        uint16_t count;

        dice_state = seed;
        base_buffer_clear(&text);
        put_message(&text, dice(4));
        for (unsigned i = dice(4); i > 0; i--)
            text.bytes[dice((unsigned)text.size)] = "{}[],:\"\\ 019aeitn"[dice(17)];
        char *exact = malloc(text.size); /* not a byte behind it may be read */
        memcpy(exact, text.bytes, text.size);
        if (base_json_check(exact, text.size, &error) == OD_OK) {
            struct connect_slice body = {.at = exact, .size = text.size};
            passed++;
            (void)!connect_envelope_read(exact, text.size, &envelope);
            base_buffer_clear(&payload);
            (void)!connect_items_read(&body, 1, &payload, &count, &fault);
        }
        free(exact);
    }
    CHECK(passed > 1000, "enough of them are JSON");
    base_buffer_fini(&text);
    base_buffer_fini(&payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelopes),
        cmocka_unit_test(batches_are_bounded),
        cmocka_unit_test(a_tree_says_the_same),
        cmocka_unit_test(anything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
