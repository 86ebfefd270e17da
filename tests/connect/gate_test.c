/* SPDX-License-Identifier: Apache-2.0 */
/* The rate and the breaker in a running hub: what waits goes on by itself, and people see why it waits. */
#include "connect/stage.h"

static struct stage stage;
static struct relay relay;

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage, &(struct connect_options){.nice_increment = 10});
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static struct connect_link *load(const char *resources)
{
    struct base_buffer manifest = {0};

    base_buffer_put_format(&manifest, "{\"id\":\"dept\",\"version\":\"1.0\",\"sequence\":1,\"abi\":[1,0],\"matters\":[\"*\"],"
                                      "\"submit_dedupe\":\"native\",\"resources\":%s}", resources);
    stage_module(&stage, "dept-1.0", base_buffer_text(&manifest));
    base_buffer_fini(&manifest);
    struct connect_link *link = stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 100);
    return link;
}

static unsigned offer_all(struct connect_link *link, uint64_t first)
{
    unsigned count = 0;

    while (connect_room(link) > 0)
        CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_OFFER, first + count++, "{}", 2), "there is room");
    return count;
}

static bool status_has(struct connect_link *link, const char *part)
{
    struct base_buffer status = {0};

    connect_put_status(&status, NULL, link);
    bool has = strstr(base_buffer_text(&status), part) != NULL;
    base_buffer_fini(&status);
    return has;
}

static void concurrency_is_the_least_of_what_is_said(void **state)
{
    struct connect_link *link = load("{\"concurrency\":3}");

    (void)state;
    CHECK_I64(3, offer_all(link, 1), "the manifest says three, though 100 are wanted");
    CHECK_I64(OD_EBUSY, connect_put_item(link, BASE_ITEM_OFFER, 9, "{}", 2), "and no fourth");
    connect_offer_ended(link, relay.epoch);
    CHECK_I64(1, offer_all(link, 4), "one ended, one more");
    relay_drop(&relay);
}

static void a_rate_holds_back_and_lets_go_by_itself(void **state)
{
    struct connect_link *link = load("{\"rate_per_s\":20}");
    uint64_t began = uv_hrtime();
    unsigned given = offer_all(link, 1);

    (void)state;
    CHECK_I64(2, given, "a tenth of a second's worth at once");
    while (given < 10) {
        unsigned room = stage.room;

        STAGE_UNTIL(&stage, stage.room > room); /* nobody asks: it is told */
        given += offer_all(link, 1 + given);
    }
    CHECK((uv_hrtime() - began) / 1000000 >= (given - 2) * 50 - 10, "twenty a second");
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_RESUME, 77, "{}", 2), "what is no offer is not held back");
    relay_drop(&relay);
}

/* Two tasks fail in turn until the breaker opens, which takes three seconds. */
static void trip(struct connect_link *link)
{
    uint64_t task = 1;

    STAGE_UNTIL(&stage, connect_link_fail(link, 1 + task++ % 2));
}

static void an_open_breaker_probes_by_itself_and_closes(void **state)
{
    struct connect_link *link = load("{}");
    struct connect_figures figures;

    (void)state;
    CHECK(status_has(link, "\"breaker\":\"closed\",\"breaker_until\":null"), "closed");
    trip(link);
    CHECK_I64(0, connect_room(link), "no offer");
    CHECK(status_has(link, "\"breaker\":\"open\",\"breaker_until\":\"20"), "people see it, and until when");
    connect_figures(stage.connect, &figures);
    CHECK_I64(1, figures.breakers_opened, "counted");
    CHECK_I64(1, figures.breakers_open, "and open now");
    unsigned room = stage.room;
    STAGE_UNTIL(&stage, stage.room > room);
    CHECK(status_has(link, "\"breaker\":\"half_open\",\"breaker_until\":null"), "half open, and the engine was told");
    CHECK_I64(1, offer_all(link, 10), "one probe");
    connect_offer_ended(link, relay.epoch);
    CHECK_I64(1, offer_all(link, 11), "it was given back: another");
    connect_link_succeed(link);
    CHECK(status_has(link, "\"breaker\":\"closed\""), "closed");
    CHECK_I64(99, connect_room(link), "all of its credits but the one in hand");
    connect_figures(stage.connect, &figures);
    CHECK_I64(0, figures.breakers_open, "none is open");
    struct base_buffer logs = {0};
    connect_put_logs(&logs, NULL, link);
    CHECK(strstr(base_buffer_text(&logs), "circuit breaker open for 1 s") != NULL, "in its log");
    CHECK(strstr(base_buffer_text(&logs), "circuit breaker closed") != NULL, "both times");
    base_buffer_fini(&logs);
    relay_drop(&relay);
}

static void a_failed_probe_is_no_second_alert(void **state)
{
    struct connect_link *link = load("{}");

    (void)state;
    trip(link);
    STAGE_UNTIL(&stage, connect_room(link) == 1);
    CHECK(!connect_link_fail(link, 1), "it opened again: the same trouble");
    CHECK(status_has(link, "\"breaker\":\"open\""), "open");
    relay_drop(&relay);
}

/* The wall clock jumps: nothing opens or closes by that. */
static void a_jump_of_the_wall_clock_changes_nothing(void **state)
{
    struct connect_link *link = load("{}");

    (void)state;
    stage.is_virtual = true;
    trip(link);
    stage.now_ms += INT64_C(365) * 86400000;
    connect_time(stage.connect);
    CHECK(status_has(link, "\"breaker\":\"open\""), "still open");
    CHECK_I64(0, connect_room(link), "no offer");
    relay_drop(&relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(concurrency_is_the_least_of_what_is_said, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_rate_holds_back_and_lets_go_by_itself, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(an_open_breaker_probes_by_itself_and_closes, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_failed_probe_is_no_second_alert, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_jump_of_the_wall_clock_changes_nothing, open_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
