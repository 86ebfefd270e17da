/* SPDX-License-Identifier: Apache-2.0 */
/* The real host with the shipped modules: both ends of the protocol together. */
#include "connect/stage.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct stage stage;

static struct connect_options real_host(void)
{
    return (struct connect_options){
        .host_program = stage_path("../bin/onedoor-host"),
        .module_folder = stage_path("../modules"),
        .nice_increment = 10,
        .times = {.backoff_min_ms = 1},
    };
}

static int open_stage(void **state)
{
    struct connect_options options = real_host();

    (void)state;
    stage_open(&stage, &options);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static struct connect_link *load(const char *id, const char *module, const char *config)
{
    struct connect_link *link = NULL;
    char text[512];
    int rc = connect_load(stage.connect, &(struct connect_loading){.id = id, .module = module, .config = config, .config_size = strlen(config)}, &link, text);

    CHECK_I64(OD_OK, rc, text);
    return link;
}

static void offer(struct connect_link *link, uint64_t task, const char *form)
{
    char payload[1024];
    int size = snprintf(payload, sizeof(payload),
                        "{\"application\":\"20261129-000001-4\",\"task\":\"20261129-000001-4.%u\",\"idempotency_key\":\"k%u\","
                        "\"matter\":\"fire-check\",\"department\":\"fire\",\"service\":\"open-restaurant\",\"attempt\":1,"
                        "\"redelivered\":false,\"form\":%s,\"received_at\":\"2026-11-29T05:58:04.123+08:00\","
                        "\"promised_date\":\"2026-12-05\",\"statutory_date\":\"2026-12-25\"}",
                        (unsigned)task, (unsigned)task, form);

    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_OFFER, task, payload, (size_t)size), "there is room");
}

static pid_t pid_of(struct connect_link *link)
{
    struct base_buffer status = {0};

    connect_put_status(&status, NULL, link);
    const char *member = strstr(base_buffer_text(&status), "\"pid\":");
    pid_t pid = member != NULL ? (pid_t)atoi(member + 6) : 0;
    base_buffer_fini(&status);
    return pid;
}

static bool has_error(struct connect_link *link, const char *part)
{
    struct base_buffer status = {0};

    connect_put_status(&status, NULL, link);
    bool has = strstr(base_buffer_text(&status), part) != NULL;
    if (!has)
        fprintf(stderr, "%s\n", base_buffer_text(&status));
    base_buffer_fini(&status);
    return has;
}

static void hello_gives_its_opinion(void **state)
{
    struct connect_link *link = load("fire", "hello-1.0.0", "{\"max_area_m2\":100}");
    static const struct {
        const char *form;
        uint8_t kind;
        const char *part, *why;
    } rows[] = {
        {"{\"premises_area_m2\":100}", BASE_ITEM_OPINION, "\"approve\"", "the limit"},
        {"{\"premises_area_m2\":101}", BASE_ITEM_OPINION, "\"reject\"", "limit + 1"},
        {"{}", BASE_ITEM_NEED_INPUT, "premises_area_m2", "the applicant is asked"},
    };

    (void)state;
    stage.is_answering = BASE_ANSWER_OK;
    STAGE_UNTIL(&stage, stage.ready == 1);
    CHECK_I64(256, connect_room(link), "the usual credits");
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t before = stage.report_count;
        offer(link, i + 1, rows[i].form);
        STAGE_UNTIL(&stage, stage.report_count > before && stage.reports[stage.report_count - 1].kind == rows[i].kind);
        const struct stage_report *last = &stage.reports[stage.report_count - 1];
        CHECK_I64(i + 1, last->task, rows[i].why);
        CHECK(strstr(last->payload, rows[i].part) != NULL, rows[i].why);
        connect_offer_ended(link, stage.epoch);
    }
    CHECK_I64(256, connect_room(link), "all is settled");
    connect_unload(link);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    CHECK_TEXT("ready fire\nlost fire epoch=1 crash=0 task=0\nunloaded fire\n", stage_trace(&stage), "it says bye when asked");
}

static void virtual_time_is_run_before_it_is_seen(void **state)
{
    struct connect_link *link;

    (void)state;
    stage.is_virtual = true;
    stage.is_answering = BASE_ANSWER_OK;
    link = load("fire", "sim-1.0.0", "{\"delay_ms\":86400000,\"accept\":true}");
    STAGE_UNTIL(&stage, stage.ready == 1);
    offer(link, 9, "{}");
    STAGE_UNTIL(&stage, stage.report_count == 1);
    CHECK_I64(BASE_ITEM_ACCEPT, stage.reports[0].kind, "taken at once");
    connect_offer_ended(link, stage.epoch);
    stage.now_ms += 86400000 - 1;
    connect_time(stage.connect);
    STAGE_UNTIL(&stage, stage.time_seen == 1);
    CHECK_I64(1, stage.report_count, "a millisecond early");
    stage.now_ms += 1;
    connect_time(stage.connect);
    STAGE_UNTIL(&stage, stage.time_seen == 2);
    CHECK_I64(2, stage.report_count, "due: told before the time is seen");
    CHECK_I64(BASE_ITEM_OPINION, stage.reports[1].kind, "the opinion");
}

static void a_killed_host_comes_back(void **state)
{
    struct connect_link *link = load("fire", "sim-1.0.0", "{\"delay_ms\":60000}");

    (void)state;
    for (unsigned round = 1; round < CONNECT_CRASHES_MAX; round++) {
        STAGE_UNTIL(&stage, stage.ready == round);
        offer(link, round, "{}");
        pid_t pid = pid_of(link);
        CHECK(pid > 0, "its process");
        uint64_t began = uv_hrtime();
        kill(pid, SIGKILL);
        STAGE_UNTIL(&stage, stage.lost == round);
        CHECK((uv_hrtime() - began) / 1000000 < 100, "noticed within 100 ms");
    }
    STAGE_UNTIL(&stage, stage.ready == CONNECT_CRASHES_MAX);
    CHECK(has_error(link, "killed by SIGKILL"), "why is told");
}

static void a_crash_names_the_task_in_hand(void **state)
{
    struct connect_link *link = load("fire", "sim-1.0.0", "{\"crash_on\":{\"field\":\"x\",\"value\":1}}");

    (void)state;
    stage.is_answering = BASE_ANSWER_OK;
    STAGE_UNTIL(&stage, stage.ready == 1);
    offer(link, 41, "{\"x\":0}");
    offer(link, 42, "{\"x\":1}");
    STAGE_UNTIL(&stage, stage.lost == 1);
    CHECK_TEXT("ready fire\nlost fire epoch=1 crash=1 task=42\n", stage_trace(&stage), "the poison task");
    STAGE_UNTIL(&stage, stage.ready == 2);
}

static void a_hung_plugin_is_killed(void **state)
{
    struct connect_options options = real_host();
    struct connect_figures figures;

    (void)state;
    stage_close(&stage);
    options.watchdog_ms = 200;
    stage_open(&stage, &options);
    struct connect_link *link = load("fire", "sim-1.0.0", "{\"hang_on\":{\"field\":\"x\",\"value\":1}}");
    STAGE_UNTIL(&stage, stage.ready == 1);
    offer(link, 43, "{\"x\":1}");
    uint64_t began = uv_hrtime();
    STAGE_UNTIL(&stage, stage.lost == 1);
    CHECK((uv_hrtime() - began) / 1000000 < 200 + 1000, "within the watchdog and a second");
    CHECK_TEXT("ready fire\nlost fire epoch=1 crash=1 task=43\n", stage_trace(&stage), "the task it hangs on");
    connect_figures(stage.connect, &figures);
    CHECK_I64(1, figures.hangs_killed, "counted");
    STAGE_UNTIL(&stage, stage.ready == 2);
}

static void an_idle_host_is_no_hang(void **state)
{
    struct connect_options options = real_host();
    struct connect_figures figures;

    (void)state;
    stage_close(&stage);
    options.watchdog_ms = 100;
    options.times.poll_ms = 300;
    stage_open(&stage, &options);
    load("fire", "sim-1.0.0", "{}");
    STAGE_UNTIL(&stage, stage.ready == 1);
    uint64_t began = uv_hrtime();
    STAGE_UNTIL(&stage, uv_hrtime() - began > UINT64_C(2500) * 1000000);
    connect_figures(stage.connect, &figures);
    CHECK_I64(0, figures.crashes, "it beats and polls while there is nothing to do");
}

static void a_module_that_does_not_load_says_why(void **state)
{
    struct connect_options options = real_host();

    (void)state;
    stage_close(&stage);
    options.module_folder = NULL;
    options.times.backoff_min_ms = 60000;
    stage_open(&stage, &options);
    struct connect_link *link = load("fire", "dept-1.0", "{}");
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_BACKOFF && pid_of(link) == 0);
    CHECK(has_error(link, "exit status 4; it printed: onedoor-host: fire: "), "the host's last words");
    connect_unload(link);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
}

static void hosts_die_with_the_hub(void **state)
{
    struct {
        pid_t host;
        char folder[64];
    } word = {0};
    int words[2], status;
    pid_t hub;

    (void)state;
    assert_int_equal(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
    assert_int_equal(0, pipe(words));
    hub = fork();
    if (hub == 0) {
        struct connect_options options = real_host();
        stage_open(&stage, &options);
        struct connect_link *link = load("fire", "sim-1.0.0", "{}");
        STAGE_UNTIL(&stage, stage.ready == 1);
        word.host = pid_of(link);
        memcpy(word.folder, stage.folder, sizeof(word.folder));
        _exit(write(words[1], &word, sizeof(word)) == (ssize_t)sizeof(word) && pause() == 0);
    }
    assert_true(hub > 0);
    assert_int_equal(sizeof(word), read(words[0], &word, sizeof(word)));
    close(words[0]);
    close(words[1]);
    kill(hub, SIGKILL);
    assert_int_equal(hub, waitpid(hub, &status, 0));
    assert_int_equal(word.host, waitpid(word.host, &status, 0));
    stage_remove(word.folder);
    assert_int_equal(0, prctl(PR_SET_CHILD_SUBREAPER, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hello_gives_its_opinion, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(virtual_time_is_run_before_it_is_seen, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_killed_host_comes_back, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_crash_names_the_task_in_hand, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_hung_plugin_is_killed, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(an_idle_host_is_no_hang, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_module_that_does_not_load_says_why, open_stage, close_stage),
        cmocka_unit_test(hosts_die_with_the_hub),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
