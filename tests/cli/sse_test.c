/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events, however the stream is cut. */
#include "lib/check.h"

#include <stdlib.h>

#include "cli/sse.h"

/* Every event as "id|type|data;". */
struct seen {
    struct base_buffer text;
    int left; /* events until it asks to end; -1 = never */
};

static bool on_event(void *owner, const struct cli_sse_event *event)
{
    struct seen *seen = owner;

    base_buffer_put_format(&seen->text, "%s|%s|%.*s;", event->id, event->type, (int)event->data_size, event->data);
    return seen->left < 0 || --seen->left > 0;
}

static bool feed_cut(const char *text, size_t piece, struct seen *seen)
{
    struct cli_sse sse = {.on_event = on_event, .owner = seen};
    size_t size = strlen(text);
    bool may_go_on = true;

    for (size_t at = 0; at < size && may_go_on; at += piece) {
        size_t part = size - at < piece ? size - at : piece;
        char *copy = malloc(part); /* exactly, so that the sanitizer sees any read past it */
        assert_non_null(copy);
        memcpy(copy, text + at, part);
        may_go_on = cli_sse_feed(&sse, copy, part);
        free(copy);
    }
    cli_sse_fini(&sse);
    return may_go_on;
}

static void events_come_whole_however_the_stream_is_cut(void **state)
{
    static const struct { const char *stream, *expected, *why; } rows[] = {
        {"data: a\n\n", "|message|a;", "the least"},
        {"id: 7\nevent: opined\ndata: {\"a\":1}\n\n", "7|opined|{\"a\":1};", "all three"},
        {"data:a\n\n", "|message|a;", "no space"},
        {"data:  a\n\n", "|message| a;", "one space only is taken"},
        {"data: a\ndata: b\n\n", "|message|a\nb;", "two lines"},
        {"data\n\n", "|message|;", "a field without colon: an empty line of data"},
        {"data: a\r\n\r\ndata: b\r\n\r\n", "|message|a;|message|b;", "CR LF"},
        {"data: a\r\rdata: b\r\r", "|message|a;|message|b;", "CR alone"},
        {": keep-alive\n\ndata: a\n\n", "|message|a;", "a comment is no event"},
        {"event: x\n\ndata: a\n\n", "|message|a;", "an event without data is none, its type is forgotten"},
        {"id: 1\ndata: a\n\ndata: b\n\n", "1|message|a;1|message|b;", "the id stays"},
        {"id: 1\ndata: a\n\nid\ndata: b\n\n", "1|message|a;|message|b;", "an empty id clears it"},
        {"retry: 10\nother: x\ndata: a\n\n", "|message|a;", "unknown fields are passed over"},
        {"data: a", "", "a cut event is none"},
        {"data: a\n", "", "not ended by an empty line"},
        {"data: \xe4\xbd\xa0\xe5\xa5\xbd\n\n", "|message|\xe4\xbd\xa0\xe5\xa5\xbd;", "UTF-8 across pieces"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t piece = 1; piece <= 40; piece++) {
            struct seen seen = {.left = -1};
            CHECK(feed_cut(rows[i].stream, piece, &seen), rows[i].why);
            CHECK_TEXT(rows[i].expected, base_buffer_text(&seen.text), rows[i].why);
            base_buffer_fini(&seen.text);
        }
    }
}

static void the_reader_may_end_it(void **state)
{
    struct seen seen = {.left = 2};

    (void)state;
    CHECK(!feed_cut("data: a\n\ndata: b\n\ndata: c\n\n", 100, &seen), "ended");
    CHECK_TEXT("|message|a;|message|b;", base_buffer_text(&seen.text), "nothing after the end");
    base_buffer_fini(&seen.text);
}

/* lines lines of "data:" whose data, newlines included, make up size bytes. */
static bool feed_sized(size_t line_size, size_t lines)
{
    struct seen seen = {.left = -1};
    struct cli_sse sse = {.on_event = on_event, .owner = &seen};
    char *line = malloc(line_size);
    bool may_go_on = true;

    assert_non_null(line);
    memset(line, 'x', line_size);
    memcpy(line, "data:", 5);
    for (size_t i = 0; i < lines && may_go_on; i++)
        may_go_on = cli_sse_feed(&sse, line, line_size) && cli_sse_feed(&sse, "\n", 1);
    free(line);
    cli_sse_fini(&sse);
    base_buffer_fini(&seen.text);
    return may_go_on;
}

static void lines_and_events_at_the_limit_and_one_more(void **state)
{
    (void)state;
    CHECK(feed_sized(CLI_SSE_EVENT_MAX, 1), "a line at the limit");
    CHECK(!feed_sized(CLI_SSE_EVENT_MAX + 1, 1), "a line of one byte more");
    CHECK(feed_sized(5 + 1023, CLI_SSE_EVENT_MAX / 1024), "data at the limit");
    CHECK(!feed_sized(5 + 1023, CLI_SSE_EVENT_MAX / 1024 + 1), "data of one line more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_whole_however_the_stream_is_cut),
        cmocka_unit_test(the_reader_may_end_it),
        cmocka_unit_test(lines_and_events_at_the_limit_and_one_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
