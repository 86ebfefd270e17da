/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <string.h>

const struct cli_option cli_common_options[] = {
    {"--json", NULL, false,
     {{"输出 JSON",
       "print JSON"}}},
    {"--url", "URL", false,
     {{"中枢地址（默认环境变量 ONEDOOR_URL，否则 http://127.0.0.1:8080；也可 unix:/路径）",
       "address of the hub (default: ONEDOOR_URL, or http://127.0.0.1:8080; also unix:/path)"}}},
    {"--api-key", "KEY", false,
     {{"密钥（默认环境变量 ONEDOOR_KEY）",
       "key (default: ONEDOOR_KEY)"}}},
    {"--lang", "LANG", false,
     {{"语言：zh-CN 或 en（默认按 LC_ALL、LANG）",
       "language: zh-CN or en (default: by LC_ALL, LANG)"}}},
    {"--help", NULL, false,
     {{"帮助",
       "help"}}},
    {.name = NULL},
};

static const struct cli_option submit_options[] = {
    {"--key", "KEY", false,
     {{"幂等键；同一键重复提交得到同一申请（默认随机生成并显示）",
       "idempotency key: the same key gives the same application (default: a random one, shown)"}}},
    {"--wait", NULL, false,
     {{"等待并跟踪，直到作出联合决定",
       "follow the application until it is decided"}}},
    {.name = NULL},
};

static const struct cli_option list_options[] = {
    {"--status", "STATUS", false,
     {{"按状态：received、incomplete、in_review、decided、closed、withdrawn、not_accepted、lapsed",
       "by status: received, incomplete, in_review, decided, closed, withdrawn, not_accepted, lapsed"}}},
    {"--service", "ID", false,
     {{"按服务",
       "by service"}}},
    {"--department", "ID", false,
     {{"按审批部门",
       "by department"}}},
    {"--due-before", "DATE", false,
     {{"承诺日期早于该日",
       "promised before this date"}}},
    {"--overdue", NULL, false,
     {{"只看超期",
       "only what is overdue"}}},
    {"--limit", "N", false,
     {{"每页条数，1 至 200（默认 50）",
       "items of a page, 1 to 200 (default 50)"}}},
    {"--all", NULL, false,
     {{"取全部各页",
       "every page"}}},
    {.name = NULL},
};

static const struct cli_option task_list_options[] = {
    {"--department", "ID", false,
     {{"按审批部门",
       "by department"}}},
    {"--state", "STATE", false,
     {{"按任务状态，如 queued、accepted、parked",
       "by state of the task, e.g. queued, accepted, parked"}}},
    {"--limit", "N", false,
     {{"每页条数，1 至 200（默认 50）",
       "items of a page, 1 to 200 (default 50)"}}},
    {"--all", NULL, false,
     {{"取全部各页",
       "every page"}}},
    {.name = NULL},
};

static const struct cli_option task_seen_options[] = {
    {"--seen", "VERSION", false,
     {{"所见版本（task show 显示）；其后有变化则不作处理",
       "version that task show gave; refused when it changed since"}}},
    {.name = NULL},
};

static const struct cli_option task_opinion_options[] = {
    {"--reason", "TEXT", true,
     {{"理由；不予同意时必填；可重复",
       "a reason; required to reject; may be repeated"}}},
    {"--condition", "TEXT", true,
     {{"条件；附条件同意时必填；可重复",
       "a condition; required with approve_with_conditions; may be repeated"}}},
    {"--document-no", "NO", false,
     {{"部门文号",
       "number of the department's document"}}},
    {"--seen", "VERSION", false,
     {{"所见版本（task show 显示）；其后有变化则不作处理",
       "version that task show gave; refused when it changed since"}}},
    {.name = NULL},
};

static const struct cli_option help_options[] = {
    {"--man", NULL, false,
     {{"手册页（scdoc 源文本）",
       "the man page, as scdoc source"}}},
    {.name = NULL},
};

static const struct cli_example submit_examples[] = {
    {"onedoor submit restaurant.json --wait",
     {{"提交并等到联合决定", "submit and wait for the combined decision"}}},
    {"onedoor submit restaurant.json --key desk3-0042",
     {{"断线后可用同一键放心重试", "safe to repeat with the same key when the line broke"}}},
    {.line = NULL},
};

static const struct cli_example show_examples[] = {
    {"onedoor show 20261129-000123-2",
     {{"", ""}}},
    {"onedoor show 20261129-000123-2 --json",
     {{"原样输出 JSON", "the JSON as the hub gives it"}}},
    {.line = NULL},
};

static const struct cli_example watch_examples[] = {
    {"onedoor watch 20261129-000123-2",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_example list_examples[] = {
    {"onedoor list --status in_review --department fire",
     {{"消防部门在办的申请", "what is open at the fire department"}}},
    {"onedoor list --overdue --all --json",
     {{"全部超期申请", "everything overdue"}}},
    {.line = NULL},
};

static const struct cli_example guide_examples[] = {
    {"onedoor guide",
     {{"", ""}}},
    {"onedoor guide open-restaurant",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_example task_list_examples[] = {
    {"onedoor task list --state parked --all",
     {{"全部搁置待处理的任务", "every task that waits for a person's decision"}}},
    {"onedoor task list --department fire --state queued",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_example task_show_examples[] = {
    {"onedoor task show 20261129-000123-2.1",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_example task_take_examples[] = {
    {"onedoor task take 20261129-000123-2.1",
     {{"", ""}}},
    {"onedoor task take 20261129-000123-2.1 --seen 12",
     {{"版本 12 之后有变化则不领取", "not when anything changed after version 12"}}},
    {.line = NULL},
};

static const struct cli_example task_opinion_examples[] = {
    {"onedoor task opinion 20261129-000123-2.1 approve",
     {{"", ""}}},
    {"onedoor task opinion 20261129-000123-2.1 reject --reason \"No second exit\"",
     {{"不予同意须说明理由", "a rejection needs its reason"}}},
    {.line = NULL},
};

static const struct cli_example task_pause_examples[] = {
    {"onedoor task pause 20261129-000123-2.1 --kind inspection --expected-days 5",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_example task_resume_examples[] = {
    {"onedoor task resume 20261129-000123-2.1",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_example task_ask_examples[] = {
    {"onedoor task ask 20261129-000123-2.1 --field seats --text \"Number of seats outdoors?\"",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_example task_requeue_examples[] = {
    {"onedoor task requeue 20261129-000123-2.1",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_example config_check_examples[] = {
    {"onedoor config check configs/sample",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_example completion_examples[] = {
    {"onedoor completion bash > /etc/bash_completion.d/onedoor",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_example version_examples[] = {
    {"onedoor version",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_example help_examples[] = {
    {"onedoor help task opinion",
     {{"", ""}}},
    {"onedoor help --json",
     {{"整张表", "the whole table"}}},
    {"onedoor help --man | scdoc > onedoor.1",
     {{"手册页", "the man page"}}},
    {.line = NULL},
};

const struct cli_verb cli_verbs[] = {
    {"submit", "FILE", 1, 1,
     {{"提交一件申请（FILE 为 JSON；- 为标准输入）",
       "submit an application (FILE is JSON; - is stdin)"}},
     submit_options, submit_examples, cli_submit},
    {"show", "NUMBER", 1, 1,
     {{"显示一件申请：任务、期限、决定",
       "show an application: tasks, dates, decision"}},
     NULL, show_examples, cli_show},
    {"watch", "NUMBER", 1, 1,
     {{"实时跟踪一件申请，直到作出决定",
       "follow an application live until it is decided"}},
     NULL, watch_examples, cli_watch},
    {"list", "", 0, 0,
     {{"列出申请",
       "list applications"}},
     list_options, list_examples, cli_list},
    {"stats", "", 0, 0,
     {{"统计：受理、即办、按时、提前，及其原因",
       "the center's figures: accepted, on the spot, on time, ahead of time, and why"}},
     cli_stats_options, cli_stats_examples, cli_stats},
    {"clocks", "NUMBER", 1, 1,
     {{"显示一件申请的全部时限；--explain 逐日说明", "every clock of an application; day by day with --explain"}},
     cli_clocks_options, cli_clocks_examples, cli_clocks},
    {"notices", "NUMBER", 1, 1,
     {{"显示历次告知", "what the applicant was told, each time"}}, NULL, cli_notices_examples, cli_notices},
    {"alerts", "", 0, 0,
     {{"列出预警：即将到期、超期和须监督的事", "list alerts: what is due soon, overdue, or for supervision"}},
     cli_alerts_options, cli_alerts_examples, cli_alerts},
    {"certificate", "NUMBER", 1, 1,
     {{"推定决定的证明", "the certificate of a deemed decision"}}, NULL, cli_certificate_examples, cli_certificate},
    {"check", "NUMBER OUTCOME", 2, 2,
     {{"记录核对结果：complete、incomplete、correctable、not_required、not_competent",
       "record what a look found: complete, incomplete, correctable, not_required or not_competent"}},
     cli_check_options, cli_check_examples, cli_check},
    {"extend", "NUMBER|TASK", 1, 1,
     {{"在届满前延长整个办件或一项任务的期限", "extend a limit of the whole, or of a task, before it runs out"}},
     cli_extend_options, cli_extend_examples, cli_extend},
    {"supplement", "NUMBER", 1, 1,
     {{"登记申请人补交的材料和内容", "record what the applicant supplied"}},
     cli_supplement_options, cli_supplement_examples, cli_supplement},
    {"withdraw", "NUMBER", 1, 1,
     {{"撤回申请；各部门停止办理", "withdraw an application; every department stops"}},
     cli_withdraw_options, cli_withdraw_examples, cli_withdraw},
    {"delivery", "NUMBER", 1, 1,
     {{"登记结果已送达，办结", "record that the result was handed over; the application is closed"}},
     NULL, cli_delivery_examples, cli_delivery},
    {"guide", "[SERVICE]", 0, 1,
     {{"服务指南：全部服务，或一项服务的六项公示内容",
       "the Service Guide: all services, or the six disclosures of one"}},
     NULL, guide_examples, cli_guide},
    {"due", "", 0, 0,
     {{"计算工作日期限（离线）",
       "work out a date in working days (offline)"}},
     cli_due_options, cli_due_examples, cli_due},
    {"calendar check", "FILE", 1, 1,
     {{"检查日历文件：JSON、逐年文件、文件夹或 iCalendar（离线）",
       "check a calendar: JSON, yearly files, a folder, or iCalendar (offline)"}},
     NULL, cli_calendar_check_examples, cli_calendar_check},
    {"calendar show", "FILE|ID", 1, 1,
     {{"显示全年日历：工作日、节假日、调休（离线）",
       "show a year: working days, days off, make-up days (offline)"}},
     cli_calendar_show_options, cli_calendar_show_examples, cli_calendar_show},
    {"calendar import", "FILE...", 1, 16,
     {{"把逐年文件或 iCalendar 转为本系统的日历文件（离线）",
       "turn yearly files or iCalendar into a calendar file of this system (offline)"}},
     cli_calendar_import_options, cli_calendar_import_examples, cli_calendar_import},
    {"simulate", "", 0, 0,
     {{"假如：以另一套日历、目录、承诺或时长重演记录（离线）",
       "what if: replay a record under another calendar, catalogue, promise or delay (offline)"}},
     cli_simulate_options, cli_simulate_examples, cli_simulate},
    {"task list", "", 0, 0,
     {{"列出部门任务（工作清单）",
       "list the tasks of departments (the worklist)"}},
     task_list_options, task_list_examples, cli_task_list},
    {"task show", "ID", 1, 1,
     {{"显示一项任务及其申请表内容",
       "show a task with its form"}},
     NULL, task_show_examples, cli_task_show},
    {"task take", "ID", 1, 1,
     {{"领取任务",
       "take a task in hand"}},
     task_seen_options, task_take_examples, cli_task_take},
    {"task opinion", "ID OPINION", 2, 2,
     {{"给出审批意见：approve、approve_with_conditions、reject、not_applicable",
       "give the opinion: approve, approve_with_conditions, reject or not_applicable"}},
     task_opinion_options, task_opinion_examples, cli_task_opinion},
    {"task pause", "ID", 1, 1,
     {{"中止任务的计时（听证、检验等）",
       "pause the clock of a task (hearing, inspection ...)"}},
     cli_task_pause_options, task_pause_examples, cli_task_pause},
    {"task resume", "ID", 1, 1,
     {{"恢复任务的计时",
       "resume the clock of a task"}},
     task_seen_options, task_resume_examples, cli_task_resume},
    {"task ask", "ID", 1, 1,
     {{"要求申请人补正",
       "ask the applicant for more"}},
     cli_task_ask_options, task_ask_examples, cli_task_ask},
    {"task milestone", "ID MILESTONE", 2, 2,
     {{"记录节点，如 inspectors_assigned、hearing_announced", "put a milestone on record, e.g. inspectors_assigned, hearing_announced"}},
     cli_task_milestone_options, cli_task_milestone_examples, cli_task_milestone},
    {"task requeue", "ID", 1, 1,
     {{"把搁置的任务重新送出",
       "send a parked task out again"}},
     task_seen_options, task_requeue_examples, cli_task_requeue},
    {"plugin list", "", 0, 0,
     {{"列出连接器",
       "list the connectors"}},
     NULL, cli_plugin_list_examples, cli_plugin_list},
    {"plugin show", "ID", 1, 1,
     {{"显示一个连接器",
       "show a connector"}},
     NULL, cli_plugin_show_examples, cli_plugin_show},
    {"plugin logs", "ID", 1, 1,
     {{"显示一个连接器最近的日志",
       "show what a connector logged last"}},
     NULL, cli_plugin_logs_examples, cli_plugin_logs},
    {"plugin history", "ID", 1, 1,
     {{"谁在何时为何改动过这个连接器",
       "who changed the connector, when and why"}},
     NULL, cli_plugin_history_examples, cli_plugin_history},
    {"plugin load", "ID [MODULE]", 1, 2,
     {{"把模块文件夹中的一个模块装入运行中的中枢；已装入的则换成它",
       "load a module of the module folder into the running hub, in place of what serves it now"}},
     cli_plugin_load_options, cli_plugin_load_examples, cli_plugin_load},
    {"plugin upgrade", "ID MODULE", 2, 2,
     {{"换成另一版本：并行启动、一次切换、观察，出错自动退回",
       "change to another version: started beside it, switched to, watched, led back on trouble"}},
     cli_plugin_upgrade_options, cli_plugin_upgrade_examples, cli_plugin_upgrade},
    {"plugin rollback", "ID", 1, 1,
     {{"退回上一个版本", "go back to the version before"}},
     cli_plugin_act_options, cli_plugin_rollback_examples, cli_plugin_rollback},
    {"plugin drain", "ID", 1, 1,
     {{"不再交给它新任务；已受理的照常办理", "no more offers; what it accepted goes on"}},
     cli_plugin_act_options, cli_plugin_drain_examples, cli_plugin_drain},
    {"plugin enable", "ID", 1, 1,
     {{"重新交给它任务", "offer tasks to it again"}},
     cli_plugin_act_options, cli_plugin_enable_examples, cli_plugin_enable},
    {"plugin disable", "ID", 1, 1,
     {{"停止其进程；任务等它，不转工作列表", "stop its process; tasks wait for it, none goes to the worklist"}},
     cli_plugin_act_options, cli_plugin_disable_examples, cli_plugin_disable},
    {"plugin unload", "ID", 1, 1,
     {{"排空后卸下连接器；不丢任何任务",
       "drain a connector and unload it; no task is lost"}},
     cli_plugin_unload_options, cli_plugin_unload_examples, cli_plugin_unload},
    {"plugin new", "ID [DIR]", 1, 2,
     {{"由模板生成一个连接器", "make a connector of your own from a template"}},
     cli_plugin_new_options, cli_plugin_new_examples, cli_plugin_new},
    {"plugin pack", "FOLDER", 1, 1,
     {{"把模块文件夹打成一个包（.odm）", "pack the folder of a module into one file (.odm)"}},
     cli_plugin_pack_options, cli_plugin_pack_examples, cli_plugin_pack},
    {"plugin key", "new", 1, 1,
     {{"生成一对签名密钥", "make a pair of keys to sign with"}},
     cli_plugin_key_options, cli_plugin_key_examples, cli_plugin_key},
    {"plugin sign", "FILE", 1, 1,
     {{"为模块包签名", "sign a package"}},
     cli_plugin_sign_options, cli_plugin_sign_examples, cli_plugin_sign},
    {"plugin verify", "FILE|FOLDER", 1, 1,
     {{"检查模块包：签名、信任、文件、ELF（离线）", "check a package: signature, trust, files, ELF (offline)"}},
     cli_plugin_verify_options, cli_plugin_verify_examples, cli_plugin_verify},
    {"plugin pack", "FOLDER", 1, 1,
     {{"把模块文件夹打成一个包（.odm）", "pack the folder of a module into one file (.odm)"}},
     cli_plugin_pack_options, cli_plugin_pack_examples, cli_plugin_pack},
    {"plugin key", "new", 1, 1,
     {{"生成一对签名密钥", "make a pair of keys to sign with"}},
     cli_plugin_key_options, cli_plugin_key_examples, cli_plugin_key},
    {"plugin sign", "FILE", 1, 1,
     {{"为模块包签名", "sign a package"}},
     cli_plugin_sign_options, cli_plugin_sign_examples, cli_plugin_sign},
    {"plugin verify", "FILE|FOLDER", 1, 1,
     {{"检查模块包：签名、信任、文件、ELF（离线）", "check a package: signature, trust, files, ELF (offline)"}},
     cli_plugin_verify_options, cli_plugin_verify_examples, cli_plugin_verify},
    {"plugin check", "[DIR]", 0, 1,
     {{"像中枢一样试用一个连接器，并让它的部门出各种故障", "try a connector as a hub would, with a department that has bad days"}},
     cli_plugin_check_options, cli_plugin_check_examples, cli_plugin_check},
    {"plugin run", "[DIR]", 0, 1,
     {{"把 check.json 的表单交给连接器，显示它说的话", "offer the forms of check.json to a connector and print what it says"}},
     cli_plugin_run_options, cli_plugin_run_examples, cli_plugin_run},
    {"config check", "FILE|FOLDER", 1, 1,
     {{"检查目录文件夹，或中枢配置文件所指的目录（离线）",
       "check a catalogue folder, or the one that a hub configuration names (offline)"}},
     NULL, config_check_examples, cli_config_check},
    {"config reload", "", 0, 0,
     {{"重新读取目录；先列出每个变化的日期", "read the catalogue anew; every date that changes is listed first"}},
     cli_reload_options, cli_reload_examples, cli_config_reload},
    {"completion", "bash|zsh|fish", 1, 1,
     {{"输出命令补全脚本",
       "print the script that completes commands in a shell"}},
     NULL, completion_examples, cli_completion},
    {"version", "", 0, 0,
     {{"显示版本",
       "show the version"}},
     NULL, version_examples, cli_version},
    {"help", "[VERB]", 0, 2,
     {{"帮助；--json 输出整张表",
       "help; --json prints the whole table"}},
     help_options, help_examples, cli_help},
    {.name = NULL},
};

static bool is_named(const struct cli_verb *verb, const char *first, const char *second)
{
    size_t size = strlen(first);

    if (strncmp(verb->name, first, size) != 0)
        return false;
    if (verb->name[size] == '\0')
        return true;
    return verb->name[size] == ' ' && second != NULL && strcmp(verb->name + size + 1, second) == 0;
}

const struct cli_verb *cli_verb_find(const char *first, const char *second, size_t *used)
{
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        if (is_named(verb, first, second)) {
            *used = strchr(verb->name, ' ') != NULL ? 2 : 1;
            return verb;
        }
    }
    return NULL;
}

static const struct cli_option *option_in(const struct cli_option *options, const char *name, size_t size)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (strlen(options->name) == size && memcmp(options->name, name, size) == 0)
            return options;
    }
    return NULL;
}

const struct cli_option *cli_option_find(const struct cli_verb *verb, const char *name, size_t size)
{
    const struct cli_option *option = verb != NULL ? option_in(verb->options, name, size) : NULL;

    return option != NULL ? option : option_in(cli_common_options, name, size);
}
