/* SPDX-License-Identifier: Apache-2.0 */
/* Processes: crash, hang, restart, backoff, quarantine, drain, stop, and the end. */
#include "connect/stage.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static struct stage stage;
static struct relay relay;

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage, &(struct connect_options){
                           .watchdog_ms = 60000,
                           .times = {.backoff_min_ms = 4, .backoff_max_ms = 16, .quarantine_ms = 50, .drain_timeout_ms = 60000},
                       });
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static void reopen(const struct connect_options *options)
{
    stage_close(&stage);
    stage_open(&stage, options);
}

static bool has_error(struct connect_link *link, const char *part)
{
    struct base_buffer status = {0};

    connect_put_status(&status, NULL, link);
    bool has = strstr(base_buffer_text(&status), part) != NULL;
    base_buffer_fini(&status);
    return has;
}

static void offer(struct connect_link *link, uint64_t task)
{
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_OFFER, task, "{}", 2), "there is room");
}

static void a_crash_is_lost_once_and_restarted(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");
    struct relay next;

    (void)state;
    relay_ready(&stage, &relay, 10);
    offer(link, 7);
    struct base_frame taken = relay_receive(&stage, &relay);
    CHECK_I64(1, taken.count, "the host has the offer");
    relay.flight[1] = 7;
    relay_command(&relay, 'l', 0);
    relay_command(&relay, 's', SIGABRT);
    relay_await_end(&stage, &relay);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, stage.lost == 1);
    CHECK_TEXT("ready fire\nlost fire epoch=1 crash=1 task=7\n", stage_trace(&stage), "once, with the task in hand");
    CHECK_I64(OD_ESTATE, connect_put_item(link, BASE_ITEM_OFFER, 8, "{}", 2), "nobody is there");
    connect_offer_ended(link, 1);
    relay_ready(&stage, &next, 10);
    CHECK(has_error(link, "killed by SIGABRT; it printed: the link to the department is down"), "why it died is told");
    CHECK_I64(2, connect_link_epoch(link), "another session, another epoch");
    CHECK_I64(10, connect_room(link), "nothing is in hand of the new session");
    CHECK_TEXT("ready fire\n", stage_trace(&stage), "ready again");
    relay_drop(&next);
}

static void a_session_that_closes_is_lost_though_its_process_lives(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");

    (void)state;
    relay_ready(&stage, &relay, 10);
    relay_command(&relay, 'c', 0);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, stage.lost == 1);
    STAGE_UNTIL(&stage, kill(relay.pid, 0) != 0);
    CHECK(has_error(link, "the host closed its session"), "it is killed: it must not work on");
}

static void reports_sent_before_death_count(void **state)
{
    struct base_frame items[2] = {{.kind = BASE_ITEM_ACCEPT, .id = 1, .task = 7, .length = 2, .payload = "{}"},
                                  {.kind = BASE_ITEM_ACCEPT, .id = 2, .task = 8, .length = 2, .payload = "{}"}};
    struct connect_link *link = stage_load(&stage, "fire");

    (void)state;
    relay_ready(&stage, &relay, 10);
    offer(link, 7);
    relay_report(&relay, items, 2);
    relay_command(&relay, 'e', 3);
    STAGE_UNTIL(&stage, stage.lost == 1);
    CHECK_I64(2, stage.report_count, "they are facts about the department");
    stage_answer(&stage, 0, BASE_ANSWER_OK, NULL); /* to nobody */
    STAGE_UNTIL(&stage, has_error(link, "the host ended; exit status 3"));
    relay_drop(&relay);
}

static void a_hang_is_killed(void **state)
{
    static const struct {
        bool is_stopped;
        uint64_t beats, since;
        const char *poll, *error, *why;
    } rows[] = {
        {false, 5, 1, "", "a callback did not return", "the flight record tells"},
        {false, 0, 0, ",\"busy_ms\":201", "a callback did not return", "a poll tells"},
        {true, 5, 0, "", "no frame came", "stopped by a signal"},
        {true, 0, 0, "", "no frame came", "without a flight record"},
    };

    (void)state;
    reopen(&(struct connect_options){.watchdog_ms = 200, .times = {.poll_ms = 200, .backoff_min_ms = 60000}});
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct connect_link *link = stage_load(&stage, "fire");
        unsigned ready = stage.ready, lost = stage.lost, unloaded = stage.unloaded;
        char poll[64];

        relay_ready(&stage, &relay, 1);
        STAGE_UNTIL(&stage, stage.ready > ready); /* once it is noted on the disk: a hang before that loses nobody a session */
        relay.flight[0] = rows[i].beats;
        relay.flight[1] = 9;
        relay.flight[2] = rows[i].since;
        snprintf(poll, sizeof(poll), "{\"ack\":0,\"want\":1,\"ready\":true%s}", rows[i].poll);
        if (rows[i].poll[0] != '\0')
            relay_send(&relay, BASE_FRAME_POLL, poll);
        if (rows[i].is_stopped)
            kill(relay.pid, SIGSTOP);
        STAGE_UNTIL(&stage, stage.lost > lost);
        STAGE_UNTIL(&stage, kill(relay.pid, 0) != 0);
        CHECK(has_error(link, rows[i].error), rows[i].why);
        CHECK(strstr(stage_trace(&stage), "crash=1 task=9") != NULL, rows[i].why);
        relay_drop(&relay);
        connect_unload(link);
        STAGE_UNTIL(&stage, stage.unloaded > unloaded);
    }
    struct connect_figures figures;
    connect_figures(stage.connect, &figures);
    CHECK_I64(COUNT(rows), figures.hangs_killed, "each is counted");
}

static void a_live_host_is_left_alone(void **state)
{
    struct connect_link *link;
    uint64_t ack = 0;

    (void)state;
    reopen(&(struct connect_options){.watchdog_ms = 40, .times = {.poll_ms = 20}});
    link = stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    for (unsigned i = 0; i < 10; i++) { /* each poll is answered after 20 ms: five times the watchdog */
        struct base_frame reply = relay_receive(&stage, &relay);
        ack += reply.count;
        relay.flight[0]++;
        relay_poll(&relay, ack, 10, "");
    }
    CHECK_I64(CONNECT_ACTIVE, connect_link_state(link), "it polls and beats");
    relay_drop(&relay);
}

static void a_host_that_never_gets_ready_is_given_up(void **state)
{
    struct connect_link *link;

    (void)state;
    reopen(&(struct connect_options){.times = {.hello_timeout_ms = 400, .backoff_min_ms = 60000}});
    link = stage_load(&stage, "fire");
    relay_take(&stage, &relay);
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_BACKOFF);
    CHECK(has_error(link, "(no hello) within 400 ms"), "no hello");
    relay_drop(&relay);
    connect_unload(link);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    link = stage_load(&stage, "fire");
    relay_take(&stage, &relay);
    relay_hello(&stage, &relay);
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_BACKOFF);
    CHECK(has_error(link, "(hello, but no ready poll) within 400 ms"), "a module that does not open");
    CHECK_I64(0, stage.lost, "nobody was told that it was ready");
    relay_drop(&relay);
}

static void a_bye_tells_why_a_module_did_not_open(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");

    (void)state;
    relay_take(&stage, &relay);
    relay_hello(&stage, &relay);
    relay_send(&relay, BASE_FRAME_BYE, "{\"reason\":\"module.so: undefined symbol: fire_open\"}");
    struct base_frame reply = relay_receive(&stage, &relay);
    CHECK_I64(BASE_FRAME_BYE, reply.kind, "it is answered");
    CHECK_I64(0, reply.length, "with nothing");
    relay_command(&relay, 'e', 7);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, has_error(link, "said bye: module.so: undefined symbol: fire_open; exit status 7"));
}

static void a_host_that_cannot_be_started_backs_off(void **state)
{
    struct connect_link *link;

    (void)state;
    reopen(&(struct connect_options){.host_program = "/nonexistent/onedoor-host", .times = {.backoff_min_ms = 60000}});
    link = stage_load(&stage, "fire");
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_BACKOFF);
    CHECK(has_error(link, "could not be started: /nonexistent/onedoor-host: no such file or directory"), "why");
}

static void crash_now(struct connect_link *link)
{
    relay_take(&stage, &relay);
    relay_command(&relay, 'e', 1);
    relay_await_end(&stage, &relay);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, connect_link_state(link) != CONNECT_STARTING);
}

static void repeated_crashes_end_in_quarantine(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");

    (void)state;
    for (unsigned i = 1; i < CONNECT_CRASHES_MAX; i++) {
        crash_now(link);
        CHECK_I64(CONNECT_BACKOFF, connect_link_state(link), "below the limit");
    }
    crash_now(link);
    CHECK_I64(CONNECT_QUARANTINED, connect_link_state(link), "the limit");
    crash_now(link);
    CHECK_I64(CONNECT_QUARANTINED, connect_link_state(link), "a probe that fails goes straight back");
    relay_ready(&stage, &relay, 10);
    CHECK_I64(CONNECT_ACTIVE, connect_link_state(link), "a probe that gets ready");
    CHECK_I64(CONNECT_PROBE_CREDITS, connect_room(link), "has to prove itself with little");
    relay_drop(&relay);
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_QUARANTINED);
    CHECK(has_error(link, "\"restarts\":6"), "restarts are counted");
}

static void a_healthy_probe_is_trusted_again(void **state)
{
    struct connect_link *link;

    (void)state;
    reopen(&(struct connect_options){.watchdog_ms = 400, .times = {.backoff_min_ms = 1, .quarantine_ms = 1, .backoff_reset_ms = 60}});
    link = stage_load(&stage, "fire");
    for (unsigned i = 0; i < CONNECT_CRASHES_MAX; i++)
        crash_now(link);
    relay_ready(&stage, &relay, 10);
    CHECK_I64(1, connect_room(link), "a probe");
    STAGE_UNTIL(&stage, connect_room(link) == 10);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_BACKOFF);
    for (unsigned i = 2; i < CONNECT_CRASHES_MAX; i++)
        crash_now(link);
    CHECK_I64(CONNECT_BACKOFF, connect_link_state(link), "earlier crashes are forgotten");
}

static void crashes_outside_the_window_do_not_add_up(void **state)
{
    struct connect_link *link;

    (void)state;
    reopen(&(struct connect_options){.times = {.backoff_min_ms = 12, .backoff_max_ms = 12, .crash_window_ms = 40}});
    link = stage_load(&stage, "fire");
    for (unsigned i = 0; i < 2 * CONNECT_CRASHES_MAX; i++)
        crash_now(link);
    CHECK_I64(CONNECT_BACKOFF, connect_link_state(link), "five crashes take longer than the window");
}

static void unload_drains_stops_and_says_bye(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");
    struct base_frame reply;

    (void)state;
    relay_ready(&stage, &relay, 10);
    offer(link, 7);
    reply = relay_receive(&stage, &relay);
    connect_unload(link);
    connect_unload(link); /* once is enough */
    CHECK_I64(CONNECT_DRAINING, connect_link_state(link), "at once");
    CHECK_I64(OD_ESTATE, connect_put_item(link, BASE_ITEM_OFFER, 8, "{}", 2), "no more offers");
    relay_poll(&relay, 1, 10, "");
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("23/2/0/0 {}\n", batch_text(&reply), "drain");
    struct base_frame item = {.kind = BASE_ITEM_GIVE_BACK, .id = 1, .task = 7, .length = 2, .payload = "{}"};
    relay_report(&relay, &item, 1);
    STAGE_UNTIL(&stage, stage.report_count == 1);
    stage_answer(&stage, 0, BASE_ANSWER_OK, NULL);
    connect_offer_ended(link, relay.epoch);
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("39/1/7/1 \n", batch_text(&reply), "what it gave back is answered");
    relay_poll(&relay, 2, 0, "");
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("24/3/0/0 {\"grace_ms\":60000}\n", batch_text(&reply), "then stop");
    relay_send(&relay, BASE_FRAME_BYE, "{\"reason\":\"stopped\"}");
    reply = relay_receive(&stage, &relay);
    CHECK_I64(BASE_FRAME_BYE, reply.kind, "bye is answered");
    relay_await_end(&stage, &relay);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    CHECK_TEXT("ready fire\nlost fire epoch=1 crash=0 task=0\nunloaded fire\n", stage_trace(&stage), "in this order, no crash");
    CHECK(connect_find(stage.connect, "fire") == NULL, "it is gone");
    CHECK(connect_first(stage.connect) == NULL, "no other is there");
}

static void unload_does_not_wait_for_ever(void **state)
{
    struct connect_link *link;

    (void)state;
    reopen(&(struct connect_options){.times = {.drain_timeout_ms = 20}});
    link = stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    offer(link, 7);
    relay.flight[1] = 7;
    connect_unload(link);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    CHECK_TEXT("ready fire\nlost fire epoch=1 crash=0 task=7\nunloaded fire\n", stage_trace(&stage),
               "a host that neither settles nor stops is killed");
    CHECK(kill(relay.pid, 0) != 0, "really");
    relay_drop(&relay);
}

static void unload_works_in_every_state(void **state)
{
    (void)state;
    struct connect_link *link = stage_load(&stage, "fire");
    connect_unload(link);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    link = stage_load(&stage, "fire");
    relay_take(&stage, &relay);
    relay_drop(&relay); /* that of the first one, which was killed */
    connect_unload(link);
    STAGE_UNTIL(&stage, stage.unloaded == 2);
    reopen(&(struct connect_options){.times = {.backoff_min_ms = 60000}});
    link = stage_load(&stage, "fire");
    crash_now(link);
    connect_unload(link);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    CHECK_TEXT("unloaded fire\n", stage_trace(&stage), "in backoff: no session, so none is lost");
    link = stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    connect_unload(link);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, stage.unloaded == 2);
    CHECK(connect_first(stage.connect) == NULL, "a crash while draining ends it too");
}

static void on_destroyed(void *owner)
{
    ((struct stage *)owner)->is_destroyed = true;
}

static void destroy_ends_hung_hosts(void **state)
{
    struct relay other;

    (void)state;
    stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    stage_load(&stage, "health");
    relay_take(&stage, &other);
    stage_load(&stage, "police");
    kill(relay.pid, SIGSTOP);
    relay_command(&other, 'c', 0);
    connect_destroy(stage.connect, 30, on_destroyed);
    stage.connect = NULL;
    STAGE_UNTIL(&stage, stage.is_destroyed);
    CHECK_I64(1, stage.lost, "the ready session");
    CHECK_I64(3, stage.unloaded, "each connector is told as gone");
    relay_drop(&relay);
    relay_drop(&other);
}

static void destroy_lets_a_host_say_bye(void **state)
{
    struct base_frame reply;

    (void)state;
    stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    connect_destroy(stage.connect, 5000, on_destroyed);
    stage.connect = NULL;
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("24/1/0/0 {\"grace_ms\":5000}\n", batch_text(&reply), "asked first");
    relay_send(&relay, BASE_FRAME_BYE, "{\"reason\":\"stopped\"}");
    relay_receive(&stage, &relay);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, stage.is_destroyed);
    CHECK_TEXT("ready fire\nlost fire epoch=1 crash=0 task=0\nunloaded fire\n", stage_trace(&stage), "no crash");
}

static void destroy_of_nothing(void **state)
{
    (void)state;
    connect_destroy(stage.connect, 0, on_destroyed);
    CHECK(!stage.is_destroyed, "never from within the call");
    stage.connect = NULL;
    STAGE_UNTIL(&stage, stage.is_destroyed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_crash_is_lost_once_and_restarted, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_session_that_closes_is_lost_though_its_process_lives, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(reports_sent_before_death_count, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_hang_is_killed, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_live_host_is_left_alone, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_host_that_never_gets_ready_is_given_up, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_bye_tells_why_a_module_did_not_open, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_host_that_cannot_be_started_backs_off, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(repeated_crashes_end_in_quarantine, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_healthy_probe_is_trusted_again, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(crashes_outside_the_window_do_not_add_up, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(unload_drains_stops_and_says_bye, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(unload_does_not_wait_for_ever, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(unload_works_in_every_state, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(destroy_ends_hung_hosts, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(destroy_lets_a_host_say_bye, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(destroy_of_nothing, open_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
