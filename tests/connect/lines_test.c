/* SPDX-License-Identifier: Apache-2.0 */
/* What connectors say about themselves: output, log lines, metrics. All bounded. */
#include "connect/stage.h"

#include <stdio.h>

static struct stage stage;
static struct relay relay;

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage, &(struct connect_options){.watchdog_ms = 80});
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static bool is_logged(struct connect_link *link, struct base_buffer *logs, const char *part)
{
    base_buffer_clear(logs);
    connect_put_logs(logs, NULL, link);
    return strstr(base_buffer_text(logs), part) != NULL;
}

static void a_flood_of_output_hurts_nobody(void **state)
{
    struct connect_link *link;
    struct base_buffer logs = {0};

    (void)state;
    link = stage_load(&stage, "fire");
    relay_take(&stage, &relay);
    relay_command(&relay, 'f', 8);
    relay_command(&relay, 'l', 0);
    relay_hello(&stage, &relay);
    CHECK_I64(1, relay.epoch, "it is served meanwhile");
    STAGE_UNTIL(&stage, is_logged(link, &logs, "lines dropped: too many at once"));
    STAGE_UNTIL(&stage, is_logged(link, &logs, "the link to the department is down"));
    struct base_json *json = NULL;
    struct base_json_error error;
    assert_int_equal(OD_OK, base_json_parse(logs.bytes, logs.size, &json, &error));
    CHECK(base_json_count(json) <= CONNECT_LOG_LINES_MAX, "the ring is bounded");
    base_json_destroy(json);
    base_buffer_fini(&logs);
    relay_drop(&relay);
}

static void log_items_fill_a_ring(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");
    struct base_buffer logs = {0};
    struct base_json *json = NULL;
    struct base_json_error error;
    char text[64];

    (void)state;
    relay_ready(&stage, &relay, 10);
    for (uint64_t i = 1; i <= CONNECT_LOG_LINES_MAX + 1; i++) {
        snprintf(text, sizeof(text), "{\"level\":\"warning\",\"text\":\"line %u\"}", (unsigned)i);
        struct base_frame item = {.kind = BASE_ITEM_LOG, .id = i, .length = (uint32_t)strlen(text), .payload = text};
        relay_report(&relay, &item, 1);
        struct base_frame reply = relay_receive(&stage, &relay);
        CHECK_I64(BASE_FRAME_REPORT, reply.kind, "answered by itself");
    }
    connect_put_logs(&logs, NULL, link);
    assert_int_equal(OD_OK, base_json_parse(logs.bytes, logs.size, &json, &error));
    CHECK_I64(CONNECT_LOG_LINES_MAX, base_json_count(json), "the limit");
    CHECK_TEXT("line 2", base_json_member_text(base_json_first(json), "text"), "the oldest is gone");
    CHECK_TEXT("warning", base_json_member_text(base_json_first(json), "level"), "its level");
    base_json_destroy(json);
    base_buffer_fini(&logs);
    CHECK_I64(0, stage.report_count, "the engine hears nothing of it");
    relay_drop(&relay);
}

static void metrics_are_bounded(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");
    struct base_buffer metrics = {0};
    char text[64];

    (void)state;
    relay_ready(&stage, &relay, 10);
    for (uint64_t i = 0; i <= CONNECT_METRICS_MAX; i++) {
        snprintf(text, sizeof(text), "{\"name\":\"m%u\",\"value\":%u.5}", (unsigned)i, (unsigned)i);
        struct base_frame item = {.kind = BASE_ITEM_METRIC, .id = i + 1, .length = (uint32_t)strlen(text), .payload = text};
        relay_report(&relay, &item, 1);
        struct base_frame batch = relay_receive(&stage, &relay), answer;
        size_t offset = 0;
        while (batch.kind != BASE_FRAME_REPORT)
            batch = relay_receive(&stage, &relay);
        assert_int_equal(OD_OK, base_frame_next(&batch, &offset, &answer));
        CHECK_I64(i < CONNECT_METRICS_MAX ? BASE_ANSWER_OK : BASE_ANSWER_REFUSED, answer.flags, "the limit and limit + 1");
    }
    connect_put_metrics(&metrics, NULL, link);
    CHECK(strncmp(base_buffer_text(&metrics), "{\"m0\":0.5,\"m1\":1.5,", 19) == 0, "names and values");
    base_buffer_fini(&metrics);
    relay_drop(&relay);
}

static void lines_are_made_readable(void **state)
{
    static const struct {
        const char *json, *text, *why;
    } rows[] = {
        {"{\"text\":\"\\u6d88\\u9632\"}", "\xe6\xb6\x88\xe9\x98\xb2", "Chinese stays"},
        {"{\"text\":\"a\\u001b[2Jb\\nc\\u007f\"}", "a?[2Jb?c?", "no control byte reaches a terminal"},
        {"{\"level\":\"shout\",\"text\":\"\"}", "", "an unknown level is info, an empty text a line"},
    };
    struct connect_link *link = stage_load(&stage, "fire");

    (void)state;
    relay_ready(&stage, &relay, 10);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer logs = {0};
        struct base_json *json = NULL;
        struct base_json_error error;
        struct base_frame item = {.kind = BASE_ITEM_LOG, .id = i + 1, .length = (uint32_t)strlen(rows[i].json), .payload = rows[i].json};

        relay_report(&relay, &item, 1);
        CHECK_I64(BASE_FRAME_REPORT, relay_receive(&stage, &relay).kind, rows[i].why);
        connect_put_logs(&logs, NULL, link);
        assert_int_equal(OD_OK, base_json_parse(logs.bytes, logs.size, &json, &error));
        const struct base_json *last = base_json_first(json);
        while (base_json_next(last) != NULL)
            last = base_json_next(last);
        CHECK_TEXT(rows[i].text, base_json_member_text(last, "text"), rows[i].why);
        CHECK_TEXT("info", base_json_member_text(last, "level"), rows[i].why);
        base_json_destroy(json);
        base_buffer_fini(&logs);
    }
    relay_drop(&relay);
}

static void broken_output_is_made_readable(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");
    struct base_buffer logs = {0};

    (void)state;
    relay_take(&stage, &relay);
    relay_command(&relay, 'b', 0);
    STAGE_UNTIL(&stage, is_logged(link, &logs, "cut ?? over ?? low ??? high ???? end"));
    relay_command(&relay, 'e', 1);
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_BACKOFF);
    base_buffer_clear(&logs);
    connect_put_status(&logs, NULL, link);
    CHECK(strstr(base_buffer_text(&logs), "it printed: cut ?? over ??") != NULL, "nor in the last error");
    base_buffer_fini(&logs);
    relay_drop(&relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_flood_of_output_hurts_nobody, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(log_items_fill_a_ring, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(lines_are_made_readable, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(broken_output_is_made_readable, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(metrics_are_bounded, open_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
