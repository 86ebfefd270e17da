/* SPDX-License-Identifier: Apache-2.0 */
/* onedoor-host as the hub sees it: the whole protocol with a scripted hub. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "sdk/fake_hub.h"

#define NOW_MS INT64_C(1764391084123)
#define TRAP fake_build_path("tests/modules/trap-1.0.0")
#define HELLO fake_build_path("modules/hello-1.0.0")

static void offer_case(struct fake_hub *hub, uint64_t task, const char *name)
{
    char form[128];

    snprintf(form, sizeof(form), "{\"case\":\"%s\"}", name);
    fake_hub_offer(hub, task, 1, form);
}

static void stop(struct fake_hub *hub)
{
    fake_hub_item(hub, BASE_ITEM_STOP, 0, "{\"grace_ms\":10000}");
    fake_hub_send(hub);
    fake_hub_wait_bye(hub);
    fake_hub_reap_with(hub, 0);
    fake_hub_fini(hub);
}

static void hello_says_who_and_poll_says_ready(void **state)
{
    struct fake_hub hub;
    char expected[256];

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    assert_non_null(strstr(hub.hello, "{\"protocol\":[1,1],\"connector\":\"test\",\"module\":\"trap\",\"version\":\"1.0.0\","
                                      "\"abi\":[1,0],\"module_hash\":\""));
    snprintf(expected, sizeof(expected), "\",\"pid\":%d,\"tier\":\"", (int)hub.pid);
    assert_non_null(strstr(hub.hello, expected));
    assert_non_null(strstr(hub.hello, "\",\"instance\":\""));
    assert_non_null(strstr(hub.poll, "{\"ack\":0,\"want\":512,\"open\":0,"));
    assert_non_null(strstr(hub.poll, "\"ready\":true,\"time_seen\":1764391084123"));
    stop(&hub);
}

static void a_full_batch_comes_back_in_few_batches(void **state)
{
    struct fake_hub hub;
    size_t batches;

    (void)state;
    fake_hub_open(&hub, HELLO, "{\"max_area_m2\":100}", false, NOW_MS);
    for (unsigned i = 1; i <= BASE_BATCH_ITEMS_MAX; i++)
        fake_hub_offer(&hub, i * 64, 1, i % 2 == 0 ? "{\"premises_area_m2\":100}" : "{\"premises_area_m2\":101}");
    batches = hub.batch_count;
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, BASE_BATCH_ITEMS_MAX);
    for (size_t i = 0; i < BASE_BATCH_ITEMS_MAX; i++) {
        assert_int_equal(i + 1, hub.reports[i].id); /* ascending, in the order of the offers */
        assert_int_equal((i + 1) * 64, hub.reports[i].task);
        assert_string_equal(i % 2 == 1 ? "{\"opinion\":\"approve\"}"
                                       : "{\"opinion\":\"reject\",\"reasons\":[\"The premises are larger than a desk "
                                         "check allows.\"]}",
                            hub.reports[i].payload);
    }
    assert_in_range(hub.batch_count - batches, 1, BASE_BATCH_ITEMS_MAX / 2); /* never one batch a report */
    fake_hub_wait_poll(&hub);
    fake_hub_send(&hub); /* an empty answer: the next poll acknowledges all */
    fake_hub_wait_poll(&hub);
    assert_non_null(strstr(hub.poll, "{\"ack\":128,"));
    stop(&hub);
}

static void hello_asks_for_a_missing_area(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, HELLO, "{}", false, NOW_MS);
    fake_hub_offer(&hub, 64, 1, "{}");
    fake_hub_offer(&hub, 128, 1, "{\"premises_area_m2\":\"large\"}");
    fake_hub_offer(&hub, 192, 1, "{\"premises_area_m2\":300}"); /* the default limit */
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 5);
    assert_int_equal(BASE_ITEM_ACCEPT, hub.reports[0].kind);
    assert_int_equal(BASE_ITEM_NEED_INPUT, hub.reports[1].kind);
    assert_non_null(strstr(hub.reports[1].payload, "{\"fields\":[\"premises_area_m2\"]"));
    assert_int_equal(128, hub.reports[3].task);
    assert_string_equal("{\"opinion\":\"approve\"}", hub.reports[4].payload);
    stop(&hub);
}

static void offer_arrives_whole(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    fake_hub_offer(&hub, 64, 2, "{\"case\":\"echo\",\"x\":[{}]}");
    fake_hub_item(&hub, BASE_ITEM_RESUME, 128,
                  "{\"future\":[1,{\"a\":\"}\"}],\"application\":\"A\",\"form\":{},\"task\":\"A.1\",\"attempt\":3,"
                  "\"external_ref\":\"R-1\",\"checkpoint\":\"YWJjZA==\",\"state\":\"paused\"}");
    fake_hub_item(&hub, BASE_ITEM_OFFER, 192, "{}");
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_OPINION, 3);
    assert_non_null(strstr(fake_hub_find(&hub, BASE_ITEM_OPINION, 64)->payload,
                           "\"20261129-000123-7|20261129-000123-7.64|k-64|fire.check|fire|open-restaurant|2|1|"
                           "2026-11-29T05:58:04.123+08:00|2026-12-04|2026-12-25|||1|{\\\"case\\\":\\\"echo\\\",\\\"x\\\":[{}]}\""));
    assert_non_null(strstr(fake_hub_find(&hub, BASE_ITEM_OPINION, 128)->payload, "\"A|A.1|||||3|3||||R-1|abcd|3|{}\""));
    assert_non_null(strstr(fake_hub_find(&hub, BASE_ITEM_OPINION, 192)->payload, "\"||||||1|0||||||1|{}\""));
    stop(&hub);
}

static void form_is_read_without_a_json_library(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    fake_hub_offer(&hub, 64, 1,
                   "{\"c\\u0061se\":\"read\",\"i\":-9223372036854775808,\"d\":1.5,\"b\":true,"
                   "\"t\":\"a\\\"\\u00e4\\ud83d\\ude00\\n\",\"l\":[1,2e0,{\"k\":1e3}]}");
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_OPINION, 1);
    assert_string_equal("{\"opinion\":\"approve\",\"reasons\":[\"rc 12\"]}",
                        fake_hub_find(&hub, BASE_ITEM_OPINION, 64)->payload);
    stop(&hub);
}

static const struct {
    const char *name; /* of the case in modules/trap.c */
    const char *reason; /* of the opinion that tells the code */
    const char *log;  /* how the host names the mistake; NULL = it is none */
} traps[] = {
    /* First: said once in 10 s, whichever callback a loaded machine makes slow after it. */
    {"slow", "rc 0", "contract: offer took "},
    {"stale", "rc -4", "contract: od_give_opinion: stale task handle"},
    {"wrong_thread", "rc -11", "contract: od_give_opinion was called from another thread"},
    {"bad_utf8", "rc -17", "contract: od_give_opinion: reason is not UTF-8"},
    {"reason_limit", "aaaaaaaa", NULL},
    {"reason_over", "rc -5", "contract: od_give_opinion: reason is longer than 8192 bytes"},
    {"reasons_limit", "\"no\",\"no\"", NULL},
    {"reasons_over", "rc -5", "contract: od_give_opinion: more than 32 times reason"},
    {"frame_over", "rc -5", "contract: od_give_opinion: reasons and conditions together do not fit a frame"},
    {"reject_without_reason", "rc -1", "contract: od_reject: a reason is required"},
    {"empty_reason", "rc -1", "contract: od_give_opinion: reason is required"},
    {"no_condition", "rc -1", "contract: od_approve_with_conditions: a condition is required"},
    {"no_size", "rc -1", "contract: od_give_opinion: size is outside its range or not set"},
    {"bad_opinion", "rc -1", "contract: od_give_opinion: opinion is outside its range"},
    {"bad_effect", "rc -1", "contract: od_fail: effect is outside its range"},
    {"accept_conflict", "rc -15", "contract: od_accept: accepted before under another external_ref"},
    {"ref_over", "rc -5", "contract: od_accept: external_ref is longer than 255 bytes"},
    {"give_back_accepted", "rc -11", "contract: od_give_back: it was accepted: use od_fail with OD_EFFECT_DONE"},
    {"cancelled_uncalled", "rc -11", "contract: od_cancelled: cancel was not called for it"},
    {"unpause_unpaused", "rc -11", "contract: od_unpause: it is not paused"},
    {"percent_over", "rc -1", "contract: od_progress: percent is outside its range"},
    {"checkpoint_over", "rc -5", "contract: od_checkpoint: 65537 bytes, at most 65536 are kept"},
    {"timer_dies", "before the timer", NULL},
    {"work", "rc -11", "contract: od_give_opinion was called from another thread"},
    {"post", "rc 7", NULL},
    {"metric", "rc -1", NULL},
};

static void each_mistake_is_refused_and_named(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
        size_t logs = fake_hub_count(&hub, BASE_ITEM_LOG);

        offer_case(&hub, 64 * (i + 1), traps[i].name);
        fake_hub_send(&hub);
        fake_hub_wait_kind(&hub, BASE_ITEM_OPINION, i + 1);
        if (strstr(fake_hub_find(&hub, BASE_ITEM_OPINION, 64 * (i + 1))->payload, traps[i].reason) == NULL)
            fail_msg("%s: %s", traps[i].name, fake_hub_find(&hub, BASE_ITEM_OPINION, 64 * (i + 1))->payload);
        if (traps[i].log != NULL) /* it is in the same batch as the opinion, or follows the callback */
            fake_hub_wait_kind(&hub, BASE_ITEM_LOG, logs + 1);
        if (traps[i].log != NULL && !fake_hub_has_log(&hub, traps[i].log))
            fail_msg("%s: no log line %s; the last is %s", traps[i].name, traps[i].log,
                     fake_hub_find(&hub, BASE_ITEM_LOG, 0)->payload);
        if (traps[i].log == NULL)
            assert_int_equal(logs, fake_hub_count(&hub, BASE_ITEM_LOG));
    }
    assert_true(fake_hub_has_log(&hub, "working elsewhere"));
    assert_string_equal("{\"name\":\"login_ms\",\"value\":12}", fake_hub_find(&hub, BASE_ITEM_METRIC, 0)->payload);
    assert_int_equal(1, fake_hub_count(&hub, BASE_ITEM_CHECKPOINT)); /* the one at the limit */
    assert_int_equal(strlen("{\"checkpoint\":\"\"}") + (BASE_CHECKPOINT_MAX + 2) / 3 * 4,
                     strlen(fake_hub_find(&hub, BASE_ITEM_CHECKPOINT, 0)->payload));
    stop(&hub);
}

static void second_opinion_is_refused(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    offer_case(&hub, 64, "second_opinion");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 3);
    assert_int_equal(1, fake_hub_count(&hub, BASE_ITEM_OPINION));
    assert_string_equal("{\"opinion\":\"approve\"}", fake_hub_find(&hub, BASE_ITEM_OPINION, 64)->payload);
    assert_true(fake_hub_has_log(&hub, "second 0 -11"));
    assert_true(fake_hub_has_log(&hub, "contract: od_give_opinion: the task was answered before, by an opinion"));
    stop(&hub);
}

static void unanswered_offers_never_wait_silently(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    offer_case(&hub, 64, "error_return");
    offer_case(&hub, 128, "error_after_accept");
    offer_case(&hub, 192, "busy");
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_GIVE_BACK, 1);
    assert_non_null(strstr(fake_hub_find(&hub, BASE_ITEM_FAIL, 64)->payload,
                           "{\"effect\":\"unknown\",\"code\":\"plugin_error\""));
    assert_non_null(strstr(fake_hub_find(&hub, BASE_ITEM_FAIL, 128)->payload,
                           "{\"effect\":\"done\",\"code\":\"plugin_error\""));
    assert_int_equal(192, fake_hub_find(&hub, BASE_ITEM_GIVE_BACK, 0)->task);
    assert_true(fake_hub_has_log(&hub, "contract: offer returned OD_EIO and left the task unanswered"));
    stop(&hub);
}

static void unanswered_reports_come_again_with_their_ids(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, HELLO, "{}", false, NOW_MS);
    hub.retry_count = 5; /* the first three items, then two of them once more */
    for (uint64_t i = 1; i <= 3; i++)
        fake_hub_offer(&hub, i * 64, 1, "{\"premises_area_m2\":1}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 3);
    assert_int_equal(0, hub.retry_count);
    assert_int_equal(6, hub.reports[0].id + hub.reports[1].id + hub.reports[2].id);
    assert_int_equal(6 * 64, hub.reports[0].task + hub.reports[1].task + hub.reports[2].task);
    fake_hub_offer(&hub, 256, 1, "{\"premises_area_m2\":1}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 4);
    assert_int_equal(4, hub.reports[3].id);
    stop(&hub);
}

static void refused_opinion_leaves_the_task_open(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    hub.answer = BASE_ANSWER_REFUSED;
    hub.reason = "not today";
    fake_hub_offer(&hub, 64, 1, "{\"case\":\"echo\"}");
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_FAIL, 1); /* by answered() of the module */
    assert_true(fake_hub_has_log(&hub, "the hub refused a report: not today"));
    assert_true(fake_hub_has_log(&hub, "answered: report 6 error -1: not today"));
    hub.answer = BASE_ANSWER_OK;
    stop(&hub);

    fake_hub_open(&hub, HELLO, "{}", false, NOW_MS); /* without answered(): the host fails it */
    hub.answer = BASE_ANSWER_REFUSED;
    hub.reason = "not today";
    fake_hub_offer(&hub, 64, 1, "{\"premises_area_m2\":1}");
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_FAIL, 1);
    assert_non_null(strstr(fake_hub_find(&hub, BASE_ITEM_FAIL, 64)->payload,
                           "{\"effect\":\"unknown\",\"code\":\"report_refused\",\"detail\":\"not today\""));
    hub.answer = BASE_ANSWER_OK;
    stop(&hub);
}

static void stale_answer_takes_the_task_away(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    hub.answer = BASE_ANSWER_STALE;
    offer_case(&hub, 64, "need_input");
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_LOG, 2);
    assert_true(fake_hub_has_log(&hub, "released: another owner has the task"));
    hub.answer = BASE_ANSWER_OK;
    stop(&hub);
}

static void cancel_input_event_and_release_reach_the_module(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    offer_case(&hub, 64, "hold");
    fake_hub_item(&hub, BASE_ITEM_CANCEL, 64, "{\"reason\":\"withdrawn\"}");
    offer_case(&hub, 128, "need_input");
    fake_hub_item(&hub, BASE_ITEM_INPUT, 128, "{\"answer\":{\"area\":12}}");
    offer_case(&hub, 192, "hold");
    fake_hub_item(&hub, BASE_ITEM_EVENT, 192, "{\"body\":{\"done\":true}}");
    offer_case(&hub, 256, "hold");
    fake_hub_item(&hub, BASE_ITEM_RELEASE, 256, "{\"reason\":\"moved\"}");
    fake_hub_item(&hub, BASE_ITEM_CANCEL, 320, "{\"reason\":\"never seen\"}");
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_CANCELLED, 2);
    assert_true(fake_hub_has_log(&hub, "withdrawn"));
    assert_string_equal("{\"effect\":\"none\"}", fake_hub_find(&hub, BASE_ITEM_CANCELLED, 64)->payload);
    assert_string_equal("{\"effect\":\"unknown\"}", fake_hub_find(&hub, BASE_ITEM_CANCELLED, 320)->payload);
    assert_int_equal(128, fake_hub_find(&hub, BASE_ITEM_ACCEPT, 0)->task); /* need_input of an offered task accepts it */
    assert_non_null(strstr(fake_hub_find(&hub, BASE_ITEM_OPINION, 128)->payload, "{\\\"area\\\":12}"));
    assert_non_null(strstr(fake_hub_find(&hub, BASE_ITEM_OPINION, 192)->payload, "{\\\"done\\\":true}"));
    assert_true(fake_hub_has_log(&hub, "released: moved"));
    stop(&hub);

    fake_hub_open(&hub, fake_build_path("modules/sim-1.0.0"), "{\"delay_ms\":99999}", true, NOW_MS);
    fake_hub_offer(&hub, 64, 1, "{}"); /* no cancel callback: confirmed by the host */
    fake_hub_item(&hub, BASE_ITEM_CANCEL, 64, "{\"reason\":\"withdrawn\"}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 1);
    assert_string_equal("{\"effect\":\"unknown\"}", fake_hub_find(&hub, BASE_ITEM_CANCELLED, 64)->payload);
    stop(&hub);
}

static void configuration_changes_or_stays(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    fake_hub_item(&hub, BASE_ITEM_CONFIGURE, 0, "{\"config\":{\"fine\":true}}");
    fake_hub_item(&hub, BASE_ITEM_CONFIGURE, 0, "{\"config\":{\"fine\":false}}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 1);
    assert_int_equal(1, hub.report_count);
    assert_true(fake_hub_has_log(&hub, "the new configuration needs a restart (OD_EINVAL); the old one stays"));
    stop(&hub);
}

static void time_is_told_and_health_is_asked(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", true, NOW_MS);
    fake_hub_item(&hub, BASE_ITEM_TIME, 0, "{\"now_ms\":1764391090000}");
    fake_hub_send(&hub);
    fake_hub_wait_poll(&hub);
    assert_true(fake_hub_has_log(&hub, "time 1764391090000"));
    assert_non_null(strstr(hub.poll, "\"time_seen\":1764391090000,\"health\":{\"status\":\"degraded\",\"note\":\"the "
                                     "department is slow\"}"));
    stop(&hub);
}

static void logs_are_bounded(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    offer_case(&hub, 64, "long_log");
    offer_case(&hub, 128, "flood");
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_OPINION, 2);
    assert_in_range(fake_hub_count(&hub, BASE_ITEM_LOG), 150, 400);
    assert_int_equal(BASE_ITEM_LOG, hub.reports[0].kind);
    assert_int_equal(strlen("{\"level\":\"info\",\"text\":\"\"}") + BASE_LOG_LINE_MAX - 1, strlen(hub.reports[0].payload));
    assert_true(fake_hub_has_log(&hub, "contract: od_log: the text is not UTF-8"));
    stop(&hub);
}

static void offered_again_replaces_the_handle(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, TRAP, "{}", false, NOW_MS);
    offer_case(&hub, 64, "hold");
    fake_hub_offer(&hub, 64, 2, "{\"case\":\"echo\"}");
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_OPINION, 1);
    assert_true(fake_hub_has_log(&hub, "released: offered again"));
    stop(&hub);
}

static void items_that_come_again_are_taken_once(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, HELLO, "{}", false, NOW_MS);
    fake_hub_offer(&hub, 64, 1, "{\"premises_area_m2\":1}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 1);
    hub.seq = 0; /* the reply was lost: the same item with the same seq, and a new one */
    fake_hub_offer(&hub, 64, 1, "{\"premises_area_m2\":1}");
    fake_hub_offer(&hub, 128, 1, "{\"premises_area_m2\":1}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 2);
    assert_int_equal(128, hub.reports[1].task);
    stop(&hub);
}

static void end_of_file_ends_at_once(void **state)
{
    struct fake_hub hub;
    char text[2048];

    (void)state;
    fake_hub_open(&hub, HELLO, "{}", false, NOW_MS);
    close(hub.fd);
    hub.fd = -1;
    assert_int_equal(9, fake_hub_reap(&hub));
    fake_hub_stderr(&hub, text, sizeof(text));
    assert_string_equal("onedoor-host: test: the hub went away (exit 9)\n", text);
    fake_hub_fini(&hub);
}

/* Each breaks the protocol: the host says so and ends with 8. */
static void put_frame(struct base_buffer *out, struct base_frame frame)
{
    base_frame_put(out, &frame);
}

static void break_length(struct fake_hub *hub, struct base_buffer *out)
{
    uint32_t length = BASE_FRAME_PAYLOAD_MAX + 1;

    put_frame(out, (struct base_frame){.kind = BASE_FRAME_POLL, .flags = 1, .id = hub->poll_id});
    memcpy(out->bytes, &length, sizeof(length));
}

static void break_kind(struct fake_hub *hub, struct base_buffer *out)
{
    (void)hub;
    put_frame(out, (struct base_frame){.kind = BASE_FRAME_NONE});
}

static void break_request(struct fake_hub *hub, struct base_buffer *out)
{
    put_frame(out, (struct base_frame){.kind = BASE_FRAME_POLL, .id = hub->poll_id});
}

static void break_id(struct fake_hub *hub, struct base_buffer *out)
{
    put_frame(out, (struct base_frame){.kind = BASE_FRAME_POLL, .flags = 1, .id = hub->poll_id + 1});
}

static void break_report(struct fake_hub *hub, struct base_buffer *out)
{
    (void)hub;
    put_frame(out, (struct base_frame){.kind = BASE_FRAME_REPORT, .flags = 1, .id = 1});
}

static void break_item(struct fake_hub *hub, struct base_buffer *out, struct base_frame item, uint16_t count)
{
    struct base_buffer batch = {.bytes = NULL};

    base_frame_put(&batch, &item);
    put_frame(out, (struct base_frame){.kind = BASE_FRAME_POLL, .flags = 1, .id = hub->poll_id, .count = count,
                                       .payload = batch.bytes, .length = (uint32_t)batch.size});
    base_buffer_fini(&batch);
}

static void break_item_kind(struct fake_hub *hub, struct base_buffer *out)
{
    break_item(hub, out, (struct base_frame){.kind = 26, .id = 1, .payload = "{}", .length = 2}, 1);
}

static void break_item_count(struct fake_hub *hub, struct base_buffer *out)
{
    break_item(hub, out, (struct base_frame){.kind = BASE_ITEM_DRAIN, .id = 1, .payload = "{}", .length = 2}, 2);
}

static void break_item_seq(struct fake_hub *hub, struct base_buffer *out)
{
    break_item(hub, out, (struct base_frame){.kind = BASE_ITEM_DRAIN, .id = 0, .payload = "{}", .length = 2}, 1);
}

static void break_item_json(struct fake_hub *hub, struct base_buffer *out)
{
    break_item(hub, out, (struct base_frame){.kind = BASE_ITEM_OFFER, .id = 1, .task = 64, .payload = "{\"form\":{}", .length = 10}, 1);
}

static void break_item_array(struct fake_hub *hub, struct base_buffer *out)
{
    break_item(hub, out, (struct base_frame){.kind = BASE_ITEM_OFFER, .id = 1, .task = 64, .payload = "[]", .length = 2}, 1);
}

static void break_item_task(struct fake_hub *hub, struct base_buffer *out)
{
    break_item(hub, out, (struct base_frame){.kind = BASE_ITEM_OFFER, .id = 1, .task = 0, .payload = "{}", .length = 2}, 1);
}

static void break_time(struct fake_hub *hub, struct base_buffer *out)
{
    break_item(hub, out, (struct base_frame){.kind = BASE_ITEM_TIME, .id = 1, .payload = "{\"now_ms\":\"x\"}", .length = 14}, 1);
}

static void break_configure(struct fake_hub *hub, struct base_buffer *out)
{
    break_item(hub, out, (struct base_frame){.kind = BASE_ITEM_CONFIGURE, .id = 1, .payload = "{\"config\":1}", .length = 12}, 1);
}

static void break_noise(struct fake_hub *hub, struct base_buffer *out)
{
    (void)hub;
    for (int i = 0; i < 64; i++)
        base_buffer_put_text(out, "GET / HTTP/1.1\r\n");
}

static void garbage_from_the_hub_ends_the_host(void **state)
{
    static void (*const breaks[])(struct fake_hub *hub, struct base_buffer *out) = {
        break_length, break_kind, break_request, break_id, break_report, break_item_kind, break_item_count,
        break_item_seq, break_item_json, break_item_array, break_item_task, break_time, break_configure, break_noise,
    };
    char text[2048];

    (void)state;
    for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
        struct base_buffer out = {.bytes = NULL};
        struct fake_hub hub;

        fake_hub_open(&hub, HELLO, "{}", false, NOW_MS);
        breaks[i](&hub, &out);
        fake_hub_send_raw(&hub, out.bytes, out.size);
        int code = fake_hub_reap(&hub);
        if (code != 8)
            fail_msg("case %zu ended with %d", i, code);
        fake_hub_stderr(&hub, text, sizeof(text));
        assert_non_null(strstr(text, "(exit 8)\n"));
        base_buffer_fini(&out);
        fake_hub_fini(&hub);
    }
}

static void answer_that_fits_no_report_ends_the_host(void **state)
{
    struct base_buffer out = {.bytes = NULL};
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, HELLO, "{}", false, NOW_MS);
    hub.is_holding_answers = true;
    fake_hub_offer(&hub, 64, 1, "{\"premises_area_m2\":1}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 1);
    for (uint64_t id = 1; id < 16; id++) /* one of them is the report's; its answer lacks the item */
        put_frame(&out, (struct base_frame){.kind = BASE_FRAME_REPORT, .flags = 1, .id = id});
    fake_hub_send_raw(&hub, out.bytes, out.size);
    assert_int_equal(8, fake_hub_reap(&hub));
    base_buffer_fini(&out);
    fake_hub_fini(&hub);
}

static void the_largest_item_passes(void **state)
{
    struct fake_hub hub;
    static char form[BASE_FORM_MAX + 1];
    static char payload[BASE_FORM_MAX + 256];

    (void)state;
    memset(form, 'a', sizeof(form) - 1);
    memcpy(form, "{\"premises_area_m2\":1,\"x\":\"", 27);
    memcpy(form + BASE_FORM_MAX - 2, "\"}", 2);
    snprintf(payload, sizeof(payload), "{\"task\":\"t\",\"matter\":\"m\",\"attempt\":1,\"form\":%s}", form);
    fake_hub_open(&hub, HELLO, "{}", false, NOW_MS);
    fake_hub_item(&hub, BASE_ITEM_OFFER, 64, payload);
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 1);
    assert_string_equal("{\"opinion\":\"approve\"}", hub.reports[0].payload);
    stop(&hub);
}

static void refused_hello_is_told(void **state)
{
    static const struct {
        const char *answer;
        int code;
        const char *text;
    } rows[] = {
        {"{\"error\":{\"code\":\"denied\",\"detail\":\"no such connector\"}}", 6, "the hub refused: no such connector"},
        {"{\"protocol\":2,\"epoch\":1,\"now_ms\":1}", 8, "lacks protocol 1, epoch or now_ms"},
        {"{\"protocol\":1,\"epoch\":0,\"now_ms\":1}", 8, "lacks protocol 1, epoch or now_ms"},
        {"{\"protocol\":1,\"epoch\":1}", 8, "lacks protocol 1, epoch or now_ms"},
        {"nonsense", 8, "no JSON in it"},
    };
    char text[2048];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct base_buffer out = {.bytes = NULL};
        struct fake_hub hub;

        fake_hub_start(&hub, HELLO);
        put_frame(&out, (struct base_frame){.kind = BASE_FRAME_HELLO, .flags = 1, .id = 1, .payload = rows[i].answer,
                                            .length = (uint32_t)strlen(rows[i].answer)});
        fake_hub_send_raw(&hub, out.bytes, out.size);
        assert_int_equal(rows[i].code, fake_hub_reap(&hub));
        fake_hub_stderr(&hub, text, sizeof(text));
        assert_non_null(strstr(text, rows[i].text));
        base_buffer_fini(&out);
        fake_hub_fini(&hub);
    }
}

static void unfit_modules_are_refused_before_hello(void **state)
{
    static const struct {
        const char *folder;
        int code;
        const char *text;
    } rows[] = {
        {"tests/modules/nowhere", 3, "manifest.json: No such file or directory"},
        {"tests/modules/odd-json", 3, "manifest.json, line 1, column"},
        {"tests/modules/odd-abi", 3, "\"abi\" must be [major, minor]"},
        {"tests/modules/odd-text", 4, "not an ELF file"},
        {"tests/modules/odd-absent", 4, "module.so: No such file or directory"},
        {"tests/modules/odd-nothing", 4, "exports no od_plugin_entry"},
        {"tests/modules/odd-id", 4, "manifest.json says id \"odd\", module.so says \"other\""},
        {"tests/modules/odd-offer", 4, "open, close and offer are required"},
        {"tests/modules/odd-major", 5, "built for connector ABI 2.0, this host speaks 1.0: build it again"},
        {"tests/modules/odd-magic", 5, "does not begin with OD_PLUGIN_INIT"},
    };
    char text[2048];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fake_hub hub;

        fake_hub_start(&hub, fake_build_path(rows[i].folder));
        int code = fake_hub_reap(&hub);
        fake_hub_stderr(&hub, text, sizeof(text));
        if (code != rows[i].code || strstr(text, rows[i].text) == NULL)
            fail_msg("%s ended with %d: %s", rows[i].folder, code, text);
        fake_hub_fini(&hub);
    }
}

static void the_hub_s_death_kills_the_host(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, fake_build_path("modules/sim-1.0.0"), "{\"hang_on\":{\"field\":\"x\",\"value\":1}}", false, NOW_MS);
    fake_hub_offer(&hub, 64, 1, "{\"x\":1}");
    fake_hub_send(&hub);
    while (__atomic_load_n(&hub.flight[1], __ATOMIC_ACQUIRE) != 64)
        fake_hub_wait_poll(&hub);
    close(hub.fd); /* even while a callback hangs */
    hub.fd = -1;
    assert_int_equal(9, fake_hub_reap(&hub));
    fake_hub_fini(&hub);
}

static void a_close_that_hangs_is_ended_by_the_grace(void **state)
{
    struct fake_hub hub;
    char text[2048];

    (void)state;
    fake_hub_open(&hub, fake_build_path("modules/sim-1.0.0"), "{\"hang_on\":{\"field\":\"x\",\"value\":1}}", false, NOW_MS);
    fake_hub_offer(&hub, 64, 1, "{\"x\":1}");
    fake_hub_item(&hub, BASE_ITEM_STOP, 0, "{\"grace_ms\":50}");
    fake_hub_send(&hub);
    assert_int_equal(11, fake_hub_reap(&hub));
    fake_hub_stderr(&hub, text, sizeof(text));
    assert_non_null(strstr(text, "not closed within the grace of stop"));
    fake_hub_fini(&hub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_says_who_and_poll_says_ready),
        cmocka_unit_test(a_full_batch_comes_back_in_few_batches),
        cmocka_unit_test(hello_asks_for_a_missing_area),
        cmocka_unit_test(offer_arrives_whole),
        cmocka_unit_test(form_is_read_without_a_json_library),
        cmocka_unit_test(each_mistake_is_refused_and_named),
        cmocka_unit_test(second_opinion_is_refused),
        cmocka_unit_test(unanswered_offers_never_wait_silently),
        cmocka_unit_test(unanswered_reports_come_again_with_their_ids),
        cmocka_unit_test(refused_opinion_leaves_the_task_open),
        cmocka_unit_test(stale_answer_takes_the_task_away),
        cmocka_unit_test(cancel_input_event_and_release_reach_the_module),
        cmocka_unit_test(configuration_changes_or_stays),
        cmocka_unit_test(time_is_told_and_health_is_asked),
        cmocka_unit_test(logs_are_bounded),
        cmocka_unit_test(offered_again_replaces_the_handle),
        cmocka_unit_test(items_that_come_again_are_taken_once),
        cmocka_unit_test(end_of_file_ends_at_once),
        cmocka_unit_test(garbage_from_the_hub_ends_the_host),
        cmocka_unit_test(answer_that_fits_no_report_ends_the_host),
        cmocka_unit_test(the_largest_item_passes),
        cmocka_unit_test(refused_hello_is_told),
        cmocka_unit_test(unfit_modules_are_refused_before_hello),
        cmocka_unit_test(the_hub_s_death_kills_the_host),
        cmocka_unit_test(a_close_that_hangs_is_ended_by_the_grace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
