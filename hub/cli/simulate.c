/* SPDX-License-Identifier: Apache-2.0 */
/* simulate: what if. */
#include "cli/simulate.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"

#define PATH_SIZE 4096

const struct cli_option cli_simulate_options[] = {
    {"--data", "DIR", false,
     {{"中枢的数据文件夹；只读其副本，中枢可照常运行",
       "data folder of a hub; a copy is read, the hub may run meanwhile"}}},
    {"--log", "EVENTS.csv", false,
     {{"事件日志（CSV），每行一个步骤",
       "event log (CSV), one step a row"}}},
    {"--cases", "CASES.csv", false,
     {{"案件清单（CSV），每行一案：起始、期限、结束",
       "list of the log's cases (CSV): start, deadline, end"}}},
    {"--column", "NAME=HEAD", true,
     {{"列名：case、activity、timestamp、start、deadline、end 各对应哪个表头",
       "head of a column: case, activity, timestamp, start, deadline or end"}}},
    {"--zone", "ZONE", false,
     {{"日志的时区，决定某时刻属于哪一天（默认 UTC）",
       "time zone of the log: which day a time is (default: UTC)"}}},
    {"--calendar", "ID|FILE|FOLDER", false,
     {{"改用此日历", "with this calendar instead"}}},
    {"--catalog", "DIR", false,
     {{"改用此目录（规则、事项、流程）", "with this catalogue instead: rules, matters, order"}}},
    {"--promise", "N[UNIT]", false,
     {{"改为此承诺时限：40 沿用原单位，40d 自然日，10wd 工作日，72h 小时，2mo 月",
       "with this promise: 40 in its own unit, 40d calendar days, 10wd working days, 72h hours, 2mo months"}}},
    {"--parallel", "PATTERN", true,
     {{"这些事项或部门（可用 * 和 ?）不再等待前置",
       "these matters or departments (with * and ?) wait for no other"}}},
    {"--delay", "PATTERN=CHANGE", true,
     {{"这些事项或部门更慢或更快：fire=+3d、fire=-12h、*=0.5x",
       "these matters or departments take longer or shorter: fire=+3d, fire=-12h, *=0.5x"}}},
    {"--csv", "FILE", false,
     {{"把全部变化写入 CSV 文件", "write every change to a CSV file"}}},
    {"--summary", NULL, false,
     {{"只显示汇总", "the figures alone"}}},
    {.name = NULL},
};

const struct cli_example cli_simulate_examples[] = {
    {"onedoor simulate --data /var/lib/onedoor --promise 10wd --summary",
     {{"若承诺为 10 个工作日，能兑现多少", "what would a promise of 10 working days have kept"}}},
    {"onedoor simulate --data /var/lib/onedoor --catalog configs/next --csv changes.csv",
     {{"新目录会改变哪些日期和决定", "which dates and decisions another catalogue would change"}}},
    {"onedoor simulate --log events.csv --cases cases.csv --zone Europe/Amsterdam --parallel 'T07-*'",
     {{"若内部意见并行办理", "what if advice had run in parallel"}}},
    {"onedoor simulate --data /var/lib/onedoor --delay fire=+3d --delay 'health=0.5x'",
     {{"消防慢三天、卫生快一倍", "fire three days slower, health twice as fast"}}},
    {.line = NULL},
};

/* -- The copy's folder -- */

static void folder_remove(const char *folder)
{
    char path[PATH_SIZE];
    DIR *entries = opendir(folder);

    for (struct dirent *entry = entries != NULL ? readdir(entries) : NULL; entry != NULL; entry = readdir(entries))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) < PATH_SIZE)
            unlink(path);
    if (entries != NULL)
        closedir(entries);
    rmdir(folder);
}

static int folder_make(const struct cli *cli, char folder[PATH_SIZE])
{
    const char *place = getenv("TMPDIR");

    if (place == NULL || place[0] == '\0')
        place = "/tmp";
    if (snprintf(folder, PATH_SIZE, "%s/onedoor-simulate-XXXXXX", place) < PATH_SIZE && mkdtemp(folder) != NULL)
        return CLI_DONE;
    cli_tell(cli, "%s: %s", place, strerror(errno));
    return CLI_FAILED;
}

/* -- The run -- */

struct simulation {
    const struct cli *cli;
    struct cli_simulate_question question;
    struct simulate_summary summary;
    char text[512];
};

static int journal_play(struct simulation *simulation, struct cli_simulate_answer *answer, int *end)
{
    struct simulate_report report = cli_simulate_report(answer);
    char folder[PATH_SIZE];

    *end = folder_make(simulation->cli, folder);
    if (*end != CLI_DONE)
        return OD_EIO;
    int rc = simulate_journal(simulation->question.data, folder, &simulation->question.scenario, &report, &simulation->summary,
                              simulation->text);
    folder_remove(folder);
    return rc;
}

static int log_play(struct simulation *simulation, struct cli_simulate_answer *answer, int *end)
{
    const struct cli *cli = simulation->cli;
    struct simulate_report report = cli_simulate_report(answer);
    const char *zone = cli_option(cli, "--zone") != NULL ? cli_option(cli, "--zone") : "UTC";

    if (base_zone_set(zone) != OD_OK) {
        cli_tell(cli, cli_say(cli, "没有时区 %s：须为 IANA 名称，如 Europe/Amsterdam",
                              "there is no zone %s: an IANA name is due, such as Europe/Amsterdam"), zone);
        *end = CLI_USAGE;
        return OD_EINVAL;
    }
    *end = CLI_DONE;
    return simulate_log(&simulation->question.log, &simulation->question.scenario, &report, &simulation->summary, simulation->text);
}

static int play(struct simulation *simulation)
{
    const struct cli *cli = simulation->cli;
    struct cli_simulate_answer *answer = cli_simulate_answer_create(cli, &simulation->question, cli_option(cli, "--csv"));
    int end;

    if (answer == NULL)
        return CLI_FAILED;
    int rc = simulation->question.data != NULL ? journal_play(simulation, answer, &end) : log_play(simulation, answer, &end);
    if (end == CLI_DONE)
        end = cli_simulate_answer_finish(answer, &simulation->summary, rc, simulation->text);
    cli_simulate_answer_destroy(answer);
    return end;
}

int cli_simulate(struct cli *cli)
{
    struct simulation *simulation = base_alloc(sizeof(*simulation));

    if (simulation == NULL)
        return CLI_FAILED;
    simulation->cli = cli;
    int end = cli_simulate_read(cli, &simulation->question);
    if (end == CLI_DONE) {
        end = play(simulation);
        cli_simulate_question_fini(&simulation->question);
    }
    base_free(simulation);
    return end;
}
