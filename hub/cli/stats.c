/* SPDX-License-Identifier: Apache-2.0 */
/* stats: the center's figures, as a table, as JSON or CSV, and whether they are the journal's. */
#include "cli/stats.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/api.h"
#include "cli/pages.h"
#include "cli/verbs.h"

#define RECOUNT_PAUSE_NS 300000000L   /* between two questions how far it is */
#define RECOUNT_TRIES_MAX 1000000
#define BAR_COLUMNS 30

const struct cli_option cli_stats_options[] = {
    {"--from", "MONTH", false,
     {{"起始月份，如 2026-01（默认截止月当年一月）",
       "first month, such as 2026-01 (default: January of the last month's year)"}}},
    {"--to", "MONTH", false,
     {{"截止月份（默认本月）",
       "last month (default: the present one)"}}},
    {"--by", "WHAT", false,
     {{"分组：service、department、window、month、officer，或用逗号隔开的两项（默认 month）",
       "part them by service, department, window, month, officer, or two with a comma (default: month)"}}},
    {"--service", "ID", false,
     {{"只看这项服务",
       "this service alone"}}},
    {"--department", "ID", false,
     {{"只看这个部门的任务",
       "the tasks of this department alone"}}},
    {"--csv", NULL, false,
     {{"输出 CSV（全部各项）",
       "print CSV, every item"}}},
    {"--verify", NULL, false,
     {{"按日志重新统计并比较（管理员）；有差异时退出码为 1",
       "count anew from the journal and compare (administrators); ends with 1 when they differ"}}},
    {"--repair", NULL, false,
     {{"按日志重新统计并改正有差异的统计，须写明 --reason（管理员）；仍有差异时退出码为 1",
       "count anew from the journal and put right what differs, with a --reason (administrators); ends with 1 when they still differ"}}},
    {"--reason", "TEXT", false,
     {{"为何修复，记入日志",
       "why they are repaired, for the journal"}}},
    {.name = NULL},
};

const struct cli_example cli_stats_examples[] = {
    {"onedoor stats",
     {{"今年以来，按月", "the year so far, by month"}}},
    {"onedoor stats --from 2026-01 --to 2026-12 --by department",
     {{"各部门任务的按时率", "how each department keeps its dates"}}},
    {"onedoor stats --by department,service --csv > heat.csv",
     {{"", ""}}},
    {"onedoor stats --verify",
     {{"与日志核对", "are they what the journal says?"}}},
    {"onedoor stats --repair --reason \"disk of the 3rd was restored\"",
     {{"", ""}}},
    {.line = NULL},
};

static void path_put(const struct cli *cli, struct base_buffer *path, const char *by)
{
    base_buffer_put_text(path, "/v1/statistics");
    cli_api_query(path, "from", cli_option(cli, "--from"));
    cli_api_query(path, "to", cli_option(cli, "--to"));
    cli_api_query(path, "by", by);
    cli_api_query(path, "service", cli_option(cli, "--service"));
    cli_api_query(path, "department", cli_option(cli, "--department"));
    cli_api_query(path, "format", cli_option(cli, "--csv") != NULL ? "csv" : NULL);
}

/* The head of the first page stands for all. */
static bool on_csv(void *owner, const struct cli_http_answer *answer, const struct base_json *json)
{
    bool *is_first = owner;
    const char *from = answer->body.bytes, *head = *is_first ? NULL : memchr(from, '\n', answer->body.size);
    size_t skipped = head != NULL ? (size_t)(head - from) + 1 : 0;

    (void)json;
    fwrite(from + skipped, 1, answer->body.size - skipped, stdout);
    *is_first = false;
    return true;
}

static int csv_print(const struct cli *cli)
{
    struct base_buffer path = {0};
    bool is_first = true;

    path_put(cli, &path, cli_option(cli, "--by"));
    int rc = cli_pages_walk(cli, base_buffer_text(&path), false, on_csv, &is_first);
    base_buffer_fini(&path);
    return rc;
}

static int figures_print(const struct cli *cli)
{
    const char *by = cli_option(cli, "--by");
    struct base_buffer path = {0};

    path_put(cli, &path, by != NULL || cli->is_json ? by : "month");
    int rc = cli_pages_print(cli, base_buffer_text(&path), cli_stats_print);
    base_buffer_fini(&path);
    return rc;
}

/* -- Verifying -- */

static bool is_running(const struct base_json *json)
{
    const char *state = base_json_member_text(base_json_member(json, "verify"), "state");

    return state != NULL && strcmp(state, "running") == 0;
}

/* "[#####.....]  50 %", over itself. */
static void bar_print(const struct base_json *json)
{
    const struct base_json *verify = base_json_member(json, "verify");
    double total = base_json_number(base_json_member(verify, "total")), done = base_json_number(base_json_member(verify, "done"));
    int part = total > 0 ? (int)(done / total * BAR_COLUMNS) : 0;

    if (isatty(STDERR_FILENO) == 0)
        return;
    fputs("\r[", stderr);
    for (int i = 0; i < BAR_COLUMNS; i++)
        fputc(i < part ? '#' : '.', stderr);
    fprintf(stderr, "] %3.0f %%", total > 0 ? done / total * 100 : 0.0);
    fflush(stderr);
}

static void bar_clear(void)
{
    if (isatty(STDERR_FILENO) != 0)
        fprintf(stderr, "\r%*s\r", BAR_COLUMNS + 10, "");
}

static int recount_begin(const struct cli *cli, const char *reason, struct cli_http_answer *answer, struct base_json **json)
{
    struct base_buffer body = {0};

    if (reason == NULL)
        return cli_api_get(cli, "/v1/statistics?verify=true", answer, json);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "reason", reason);
    base_json_close(&body, '}');
    int rc = cli_api_call(cli, &(struct cli_call){.method = "POST", .path = "/v1/statistics/repair", .body = base_buffer_text(&body), .body_size = body.size},
                          answer, json);
    base_buffer_fini(&body);
    return rc;
}

/* Ask until it has ended; answer and *json are those of the last question. reason: of a repair; NULL = it is none. */
static int recount_wait(const struct cli *cli, const char *reason, struct cli_http_answer *answer, struct base_json **json)
{
    int rc = recount_begin(cli, reason, answer, json);

    for (int tries = 0; rc == CLI_DONE && is_running(*json) && tries < RECOUNT_TRIES_MAX; tries++) {
        bar_print(*json);
        nanosleep(&(struct timespec){.tv_nsec = RECOUNT_PAUSE_NS}, NULL);
        base_json_destroy(*json);
        *json = NULL;
        cli_http_answer_fini(answer);
        *answer = (struct cli_http_answer){0};
        rc = cli_api_get(cli, "/v1/statistics?verify=status", answer, json);
    }
    bar_clear();
    return rc;
}

static int verify(const struct cli *cli, const char *reason)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    int rc = recount_wait(cli, reason, &answer, &json);
    const struct base_json *found = base_json_member(json, "verify");
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        cli_stats_recount_print(cli, found);
    if (rc == CLI_DONE && !base_json_is_true(base_json_member(found, "is_equal")))
        rc = CLI_FAILED;
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    return rc;
}

static int repair(const struct cli *cli)
{
    const char *reason = cli_option(cli, "--reason");

    if (reason != NULL)
        return verify(cli, reason);
    cli_tell(cli, "%s", cli_say(cli, "请用 --reason 写明为何修复统计", "say with --reason why the statistics are repaired"));
    return CLI_USAGE;
}

int cli_stats(struct cli *cli)
{
    if (cli_option(cli, "--repair") != NULL)
        return repair(cli);
    if (cli_option(cli, "--verify") != NULL)
        return verify(cli, NULL);
    return cli_option(cli, "--csv") != NULL ? csv_print(cli) : figures_print(cli);
}
