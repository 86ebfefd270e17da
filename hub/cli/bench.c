/* SPDX-License-Identifier: Apache-2.0 */
/* bench: what this machine does with a hub on this disk.
 *
 *   a center in a fresh folder -> onedoord --demo -> its connectors run -> the load -> figures -> all of it is gone again
 *
 * With --url a demo that runs already is measured in its place; no applications are made up at a real center. */
#include "cli/bench.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "cli/api.h"
#include "cli/progress.h"
#include "cli/child.h"
#include "cli/load.h"
#include "cli/table.h"
#include "cli/verbs.h"

#define READY_MS 60000
#define CONNECTORS_MS 20000
#define LOG_TOLD 2000 /* bytes of a hub's log that are told when it does not start */

struct bench {
    struct cli hub; /* as this run's, but with the address of what is measured */
    char url[64];
    const char *service;
    struct cli_bench_site site;
    struct cli_child child;
    struct cli_progress bar;
    struct cli_bench_sample before, after;
    struct cli_load_options options;
    struct cli_load_result result;
};

static volatile sig_atomic_t is_interrupted;

static void on_signal(int number)
{
    (void)number;
    is_interrupted = 1;
}

static bool should_stop(void)
{
    return is_interrupted != 0;
}

/* So that the hub is ended and the folder removed, whatever happens. */
static void signals_take(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* -- The hub -- */

static void log_tell(const struct cli *cli, const char *path)
{
    char text[LOG_TOLD + 1];
    FILE *file = fopen(path, "r");

    if (file == NULL)
        return;
    if (fseek(file, -LOG_TOLD, SEEK_END) != 0)
        rewind(file);
    text[fread(text, 1, LOG_TOLD, file)] = '\0';
    fclose(file);
    cli_tell(cli, "%s", text);
}

static int start_fail(struct bench *bench, int rc)
{
    const struct cli *cli = &bench->hub;

    if (rc == OD_ECANCELLED)
        return CLI_FAILED;
    cli_tell(cli, "%s", rc == OD_ETIMEOUT ? cli_say(cli, "中枢没有按时启动：", "the hub did not start in time:")
                                          : cli_say(cli, "中枢没有启动：", "the hub did not start:"));
    log_tell(cli, bench->site.log);
    return CLI_FAILED;
}

static int hub_start(struct bench *bench)
{
    const char *const arguments[] = {"onedoord", "--demo", "--config", bench->site.config, NULL};
    char line[256] = "";

    if (cli_child_start(&bench->hub, arguments, bench->site.log, &bench->child) != CLI_DONE)
        return CLI_FAILED;
    int rc = cli_child_line(&bench->child, line, sizeof(line), READY_MS, should_stop);
    if (rc != OD_OK || strncmp(line, "ready http://127.0.0.1:", 23) != 0)
        return start_fail(bench, rc);
    snprintf(bench->url, sizeof(bench->url), "%.63s", line + strlen("ready "));
    return CLI_DONE;
}

/* Does each connector run? Errors: OD_EBUSY not yet; OD_EPEER it cannot be asked, told. */
static int connectors_look(struct bench *bench)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    int rc = OD_OK;

    if (cli_api_get(&bench->hub, "/v1/connectors?limit=200", &answer, &json) != CLI_DONE)
        rc = OD_EPEER;
    for (const struct base_json *item = base_json_first(base_json_member(json, "items")); item != NULL; item = base_json_next(item)) {
        const char *state = base_json_member_text(item, "state");

        if (state == NULL || strcmp(state, "active") != 0)
            rc = OD_EBUSY;
    }
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    return rc;
}

static int connectors_wait(struct bench *bench)
{
    static const struct timespec look = {.tv_nsec = 50000000};
    int64_t until_ms = base_monotonic_ms() + CONNECTORS_MS;
    int rc;

    while ((rc = connectors_look(bench)) == OD_EBUSY && base_monotonic_ms() < until_ms && !should_stop())
        nanosleep(&look, NULL);
    if (rc == OD_EBUSY)
        return start_fail(bench, should_stop() ? OD_ECANCELLED : OD_ETIMEOUT);
    return rc == OD_OK ? CLI_DONE : CLI_FAILED;
}

/* -- A demo that runs already -- */

static int demo_check(const struct cli *cli)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    int rc = cli_api_call(cli, &(struct cli_call){.method = "GET", .path = "/v1/config", .untold = 1u << CLI_REFUSED | 1u << CLI_NOT_FOUND},
                          &answer, &json);

    if (rc == CLI_REFUSED || rc == CLI_NOT_FOUND || (rc == CLI_DONE && !base_json_is_true(base_json_member(json, "is_demo")))) {
        cli_tell(cli, cli_say(cli, "%s 不是演示中枢；真实中心的申请从不编造", "%s is no demo; applications of a real center are never made up"), cli->url);
        rc = CLI_REFUSED;
    }
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    return rc;
}

static int example_fetch(struct bench *bench)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    cli_api_path(&path, "services", bench->service, "/example");
    int rc = cli_api_get(&bench->hub, base_buffer_text(&path), &answer, &json);
    if (rc == CLI_DONE && cli_bench_body_make(json, &bench->site.body) != OD_OK)
        rc = CLI_FAILED;
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc;
}

/* -- The load -- */

static void on_border(void *owner, enum cli_load_border border)
{
    struct bench *bench = owner;

    cli_bench_sample_take(bench->child.pid, border == CLI_LOAD_BEGINS ? &bench->before : &bench->after);
}

static bool on_turn(void *owner, double done)
{
    struct bench *bench = owner;

    if (!bench->hub.is_json)
        cli_progress_show(&bench->bar, cli_say(&bench->hub, "测量", "measuring"), (uint64_t)(1000 * (done < 1 ? done : 1)), 1000);
    return !should_stop();
}

/* "http://127.0.0.1:PORT", and nothing else: a demo listens on nothing else. */
static int port_take(struct bench *bench)
{
    static const char *const starts[] = {"http://127.0.0.1:", "http://localhost:"};

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        size_t size = strlen(starts[i]);
        char *end = NULL;
        unsigned long port = strncmp(bench->hub.url, starts[i], size) == 0 ? strtoul(bench->hub.url + size, &end, 10) : 0;

        if (port > 0 && port <= 65535 && strspn(end, "/") == strlen(end)) {
            bench->options.port = (uint16_t)port;
            return CLI_DONE;
        }
    }
    cli_tell(&bench->hub, cli_say(&bench->hub, "%s：演示中枢的地址是 http://127.0.0.1:端口", "%s: a demo is found at http://127.0.0.1:PORT"), bench->hub.url);
    return CLI_USAGE;
}

static int load(struct bench *bench)
{
    const struct cli *cli = &bench->hub;
    char run[64];

    snprintf(run, sizeof(run), "bench-%ld-%lld", (long)getpid(), (long long)base_wall_ms());
    bench->options.run = run;
    bench->options.key = cli->key != NULL ? cli->key : "";
    bench->options.body = bench->site.body.bytes;
    bench->options.body_size = bench->site.body.size;
    bench->options.on_border = on_border;
    bench->options.on_turn = on_turn;
    bench->options.owner = bench;
    int rc = cli_load_run(&bench->options, &bench->result);
    cli_progress_clear(&bench->bar);
    if (rc == OD_OK)
        return CLI_DONE;
    cli_tell(cli, "%s: %s", cli_say(cli, "无法开始测量", "the measurement cannot begin"),
             bench->result.refusal[0] != '\0' ? bench->result.refusal : strerror(errno));
    return CLI_FAILED;
}

/* -- Figures -- */

static double rate_of(const struct bench *bench)
{
    return bench->result.seconds > 0 ? (double)bench->result.decided / bench->result.seconds : 0;
}

/* Microseconds of one application; 0 where none was decided. */
static double share_of(const struct bench *bench, double before, double after)
{
    return bench->result.decided > 0 ? (after - before) / (double)bench->result.decided : 0;
}

static void put_number(struct base_buffer *json, const char *key, double value)
{
    char text[48];
    int size = snprintf(text, sizeof(text), "%.3f", value);

    base_json_put_raw(json, key, text, (size_t)size);
}

static void put_times(struct base_buffer *json, const char *key, const struct cli_load_times *times)
{
    base_json_open(json, key, '{');
    put_number(json, "p50", times->p50);
    put_number(json, "p99", times->p99);
    put_number(json, "max", times->max);
    base_json_close(json, '}');
}

static void put_machine(struct base_buffer *json, const struct cli_bench_machine *machine)
{
    base_json_open(json, "machine", '{');
    base_json_put_text(json, "cpu", machine->cpu);
    base_json_put_i64(json, "cores", machine->cores);
    put_number(json, "memory_gib", machine->memory_gib);
    base_json_put_text(json, "kernel", machine->kernel);
    base_json_put_text(json, "disk_type", machine->disk_type[0] != '\0' ? machine->disk_type : NULL);
    base_json_put_text(json, "disk", machine->disk_source[0] != '\0' ? machine->disk_source : NULL);
    base_json_close(json, '}');
}

static void put_spent(struct base_buffer *json, const struct bench *bench)
{
    const struct cli_bench_sample *before = &bench->before, *after = &bench->after;

    if (bench->child.pid == 0) { /* a demo that somebody else runs */
        base_json_put_null(json, "cpu_us_per_application");
        base_json_put_null(json, "hub_rss_mib");
        base_json_put_null(json, "all_rss_mib");
        return;
    }
    base_json_open(json, "cpu_us_per_application", '{');
    put_number(json, "hub", share_of(bench, before->hub_us, after->hub_us));
    put_number(json, "connectors", share_of(bench, before->connectors_us, after->connectors_us));
    put_number(json, "load", share_of(bench, before->load_us, after->load_us));
    base_json_close(json, '}');
    put_number(json, "hub_rss_mib", after->hub_mib);
    put_number(json, "all_rss_mib", after->all_mib);
}

static void json_print(const struct bench *bench, const struct cli_bench_machine *machine)
{
    const struct cli_load_result *result = &bench->result;
    struct base_buffer json = {0};

    base_json_open(&json, NULL, '{');
    put_machine(&json, machine);
    base_json_put_text(&json, "service", bench->service);
    base_json_put_i64(&json, "in_flight", bench->options.in_flight);
    put_number(&json, "seconds", result->seconds);
    put_number(&json, "applications_per_s", rate_of(bench));
    put_times(&json, "accept_ms", &result->accept);
    put_times(&json, "decision_ms", &result->decision);
    put_spent(&json, bench);
    base_json_put_i64(&json, "decided", (int64_t)result->decided);
    base_json_put_i64(&json, "errors", (int64_t)result->errors);
    base_json_put_i64(&json, "undecided", result->undecided);
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

__attribute__((format(printf, 3, 4))) static void row_add(struct cli_table *table, const char *name, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    cli_table_add(table, CLI_TONE_FAINT, name);
    cli_table_add(table, CLI_TONE_NONE, text);
}

static void spent_add(const struct bench *bench, struct cli_table *table)
{
    const struct cli *cli = &bench->hub;
    const struct cli_bench_sample *before = &bench->before, *after = &bench->after;
    double hub = share_of(bench, before->hub_us, after->hub_us), load = share_of(bench, before->load_us, after->load_us);
    double connectors = share_of(bench, before->connectors_us, after->connectors_us);

    if (bench->child.pid == 0)
        return;
    row_add(table, cli_say(cli, "处理器", "CPU"),
            cli_say(cli, "每件 %.0f 微秒（中枢 %.0f，连接器 %.0f，负载本身 %.0f）", "%.0f us an application (hub %.0f, connectors %.0f, the load itself %.0f)"),
            hub + connectors + load, hub, connectors, load);
    row_add(table, cli_say(cli, "内存", "memory"), cli_say(cli, "中枢 %.0f MiB，连同连接器 %.0f MiB", "hub %.0f MiB, with its connectors %.0f MiB"),
            after->hub_mib, after->all_mib);
}

static void times_add(const struct cli *cli, struct cli_table *table, const char *name, const struct cli_load_times *times)
{
    row_add(table, name, cli_say(cli, "中位 %.1f 毫秒，99%% 在 %.1f 毫秒内，最长 %.1f 毫秒", "p50 %.1f ms, p99 %.1f ms, max %.1f ms"), times->p50, times->p99,
            times->max);
}

static void people_print(const struct bench *bench, const struct cli_bench_machine *machine)
{
    const struct cli *cli = &bench->hub;
    struct cli_table table;

    cli_table_init(cli, &table, NULL, 2);
    row_add(&table, cli_say(cli, "机器", "machine"), cli_say(cli, "%s，%ld 核，%.1f GiB，%s", "%s, %ld cores, %.1f GiB, %s"), machine->cpu, machine->cores,
            machine->memory_gib, machine->kernel);
    row_add(&table, cli_say(cli, "磁盘", "disk"), "%s %s", machine->disk_type, machine->disk_source);
    if (bench->child.pid != 0)
        row_add(&table, cli_say(cli, "服务", "service"), cli_say(cli, "%s：%zu 项事项，%zu 个部门", "%s: %zu matters of %zu departments"), bench->service,
                bench->site.matters, bench->site.departments);
    row_add(&table, cli_say(cli, "每秒办结", "decided"), cli_say(cli, "%.1f 件（同时在办 %u 件，%.1f 秒）", "%.1f applications a second (%u in flight, %.1f s)"),
            rate_of(bench), (unsigned)bench->options.in_flight, bench->result.seconds);
    times_add(cli, &table, cli_say(cli, "受理", "accepted"), &bench->result.accept);
    times_add(cli, &table, cli_say(cli, "决定", "decision"), &bench->result.decision);
    spent_add(bench, &table);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

/* A figure with refusals in it is none. */
static int soundness_tell(const struct bench *bench)
{
    const struct cli *cli = &bench->hub;
    const struct cli_load_result *result = &bench->result;

    if (should_stop()) {
        cli_tell(cli, "%s", cli_say(cli, "测量中断", "the measurement was broken off"));
        return CLI_FAILED;
    }
    if (result->errors == 0 && result->undecided == 0 && !result->is_broken && result->decided > 0)
        return CLI_DONE;
    cli_tell(cli, cli_say(cli, "结果不可用：%llu 件被拒绝，%u 件没有作出决定%s%s", "no sound figure: %llu refused, %u not decided%s%s"),
             (unsigned long long)result->errors, (unsigned)result->undecided, result->refusal[0] != '\0' ? ": " : "", result->refusal);
    return CLI_FAILED;
}

static int measure(struct bench *bench, const char *below, bool is_own)
{
    struct cli_bench_machine machine;
    int rc = CLI_DONE;

    if (is_own)
        rc = cli_bench_site_make(&bench->hub, below, bench->service, &bench->site);
    if (rc == CLI_DONE && is_own)
        rc = hub_start(bench);
    if (rc == CLI_DONE && is_own)
        bench->hub.url = bench->url;
    if (rc == CLI_DONE)
        rc = port_take(bench);
    if (rc == CLI_DONE)
        rc = is_own ? connectors_wait(bench) : demo_check(&bench->hub);
    if (rc == CLI_DONE && !is_own)
        rc = example_fetch(bench);
    if (rc == CLI_DONE)
        rc = load(bench);
    if (rc != CLI_DONE)
        return rc;
    cli_bench_machine_read(is_own ? bench->site.folder : ".", &machine);
    rc = soundness_tell(bench);
    if (rc == CLI_DONE && bench->hub.is_json)
        json_print(bench, &machine);
    else if (rc == CLI_DONE)
        people_print(bench, &machine);
    return rc;
}

int cli_bench(struct cli *cli)
{
    struct bench bench = {.hub = *cli, .service = cli_option(cli, "--service"), .options = {.warmup_s = 1}};
    const char *below = cli_option(cli, "--data");
    bool is_own = cli_option(cli, "--url") == NULL;
    int64_t in_flight, seconds;

    if (cli_option_integer(cli, "--in-flight", 1, CLI_LOAD_IN_FLIGHT_MAX, 64, &in_flight) != OD_OK ||
        cli_option_integer(cli, "--seconds", 1, CLI_LOAD_SECONDS_MAX, 10, &seconds) != OD_OK)
        return CLI_USAGE;
    if (!is_own && below != NULL) {
        cli_tell(cli, "%s", cli_say(cli, "--data 与 --url 不能同用：那个中枢有自己的磁盘", "--data and --url exclude each other: that hub has a disk of its own"));
        return CLI_USAGE;
    }
    bench.options.in_flight = (uint32_t)in_flight;
    bench.options.seconds = (double)seconds;
    if (bench.service == NULL)
        bench.service = CLI_BENCH_SERVICE;
    if (is_own)
        bench.hub.key = NULL;
    signals_take();
    int rc = measure(&bench, below != NULL ? below : ".", is_own);
    if (should_stop() && rc == CLI_DONE)
        rc = CLI_FAILED;
    cli_child_end(&bench.child);
    cli_bench_site_fini(&bench.site);
    return rc;
}
