/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of the verbs on connectors. */
#include "cli/verbs.h"

#define REASON                                                                                   \
    {"--reason", "TEXT", false,                                                                  \
     {{"原因，留在连接器的历史中", "why; kept in the connector's history"}}}
#define DRY_RUN                                                                                  \
    {"--dry-run", NULL, false,                                                                   \
     {{"只显示步骤、在办数量和差别，不改变任何东西",                                                \
       "only show the steps, what is in flight and what differs; change nothing"}}}
#define WAIT                                                                                     \
    {"--wait", NULL, false,                                                                      \
     {{"等到结束；步骤显示在标准错误上", "wait for the end, with its steps on stderr"}}}
#define APPROVE                                                                                  \
    {"--approve", NULL, false,                                                                   \
     {{"同意新版本所增加的权限", "agree to the capabilities that the new version adds"}}}
#define BAKE                                                                                     \
    {"--bake", "SECONDS", false,                                                                 \
     {{"观察新版本的秒数，出错则自动退回（默认 60）",                                             \
       "watch the new version for so long; trouble leads back by itself (default: 60)"}}}
#define CONFIG(zh, en) {"--config", "FILE|JSON", false, {{zh, en}}}

const struct cli_option cli_plugin_load_options[] = {
    {"--department", "ID", false,
     {{"它所服务的部门（默认与连接器同名）",
       "the department that it speaks for (default: the one of the same id)"}}},
    {"--serves", "KIND", false,
     {{"不服务部门，而承办 messages、parcels 或 scans",
       "in place of a department: messages, parcels or scans"}}},
    {"--channel", "CHANNEL", false,
     {{"通知渠道：sms、email 或 webhook（默认按模块名）",
       "of a notifier: sms, email or webhook (default: by its module)"}}},
    {"--priority", "N", false,
     {{"同类连接器中的先后，1 至 1000（默认 1）",
       "its turn among those that serve the same, 1 to 1000 (default 1)"}}},
    CONFIG("模块配置：文件，或 JSON 对象本身（默认 {}）",
           "configuration of the module: a file, or the JSON object itself (default: {})"),
    {"--remote", "FILE|JSON", false,
     {{"不用模块，由部门自己的机器连接：{\"submit_dedupe\", \"fields\", ...}",
       "no module: the department's own machine connects; {\"submit_dedupe\", \"fields\", ...}"}}},
    {"--worklist", NULL, false,
     {{"由人员在工作列表中办理", "officers take over, on the worklist"}}},
    APPROVE, BAKE, REASON, DRY_RUN, WAIT,
    {.name = NULL},
};

const struct cli_option cli_plugin_upgrade_options[] = {
    CONFIG("新的配置：文件，或 JSON 对象本身（默认沿用现有配置）",
           "another configuration: a file, or the JSON object itself (default: the present one)"),
    APPROVE, BAKE, REASON, DRY_RUN, WAIT,
    {.name = NULL},
};

const struct cli_option cli_plugin_act_options[] = {
    REASON, DRY_RUN, WAIT,
    {.name = NULL},
};

const struct cli_option cli_plugin_unload_options[] = {
    REASON, DRY_RUN,
    {"--purge", NULL, false,
     {{"连同它所存的键值一并删除", "and drop what it kept (kv), too"}}},
    {"--no-wait", NULL, false,
     {{"不等连接器排空（默认最多等十秒）",
       "do not wait until it is gone (at most ten seconds)"}}},
    {.name = NULL},
};

const struct cli_example cli_plugin_list_examples[] = {
    {"onedoor plugin list",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_plugin_show_examples[] = {
    {"onedoor plugin show fire",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_plugin_logs_examples[] = {
    {"onedoor plugin logs fire",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_plugin_history_examples[] = {
    {"onedoor plugin history fire",
     {{"谁、何时、为何", "who, when and why"}}},
    {.line = NULL},
};

const struct cli_example cli_plugin_load_examples[] = {
    {"onedoor plugin load fire sim-1.0.0 --config '{\"delay_ms\": 500}' --dry-run",
     {{"先看会发生什么", "see first what would happen"}}},
    {"onedoor plugin load fire sim-1.0.0 --config fire.json --reason 'first version' --wait",
     {{"", ""}}},
    {"onedoor plugin load fire --remote '{\"submit_dedupe\": \"native\", \"fields\": [\"*\"]}'",
     {{"改由部门自己的机器连接；在办的任务随之移交", "the department's own machine takes over, with what is under way"}}},
    {.line = NULL},
};

const struct cli_example cli_plugin_upgrade_examples[] = {
    {"onedoor plugin upgrade fire sim-1.1.0 --dry-run",
     {{"先看步骤、在办数量和差别", "see first the steps, what is in flight and what differs"}}},
    {"onedoor plugin upgrade fire sim-1.1.0 --reason 'new tariff' --bake 120 --wait",
     {{"观察两分钟，等到结束", "watch it for two minutes, and wait for the end"}}},
    {.line = NULL},
};

const struct cli_example cli_plugin_rollback_examples[] = {
    {"onedoor plugin rollback fire --reason 'wrong fees' --wait",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_plugin_drain_examples[] = {
    {"onedoor plugin drain fire --reason 'maintenance at the department' --wait",
     {{"不再交给它新任务，等到手头为空", "no more offers, and wait until nothing is in its hand"}}},
    {.line = NULL},
};

const struct cli_example cli_plugin_enable_examples[] = {
    {"onedoor plugin enable fire",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_plugin_disable_examples[] = {
    {"onedoor plugin disable fire --reason 'the module misbehaves'",
     {{"停止进程；任务等它", "its process stops; tasks wait for it"}}},
    {.line = NULL},
};

const struct cli_example cli_plugin_unload_examples[] = {
    {"onedoor plugin unload fire --dry-run",
     {{"先看会发生什么", "see first what would happen"}}},
    {"onedoor plugin unload fire --purge --reason 'another system'",
     {{"不再回来：所存的也删除", "for good: what it kept goes, too"}}},
    {.line = NULL},
};
