/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of the verbs that everybody begins with: submit, show, watch, list, guide. */
#include "cli/options.h"
#include "cli/verbs.h"

const struct cli_option cli_submit_options[] = {
    {"--key", "KEY", false,
     {{"幂等键；同一键重复提交得到同一申请（默认随机生成并显示）",
       "idempotency key: the same key gives the same application (default: a random one, shown)"}}},
    {"--wait", NULL, false,
     {{"等待并跟踪，直到作出联合决定",
       "follow the application until it is decided"}}},
    {.name = NULL},
};

const struct cli_option cli_list_options[] = {
    {"--status", "STATUS", false,
     {{"按状态：received、incomplete、in_review、decided、closed、withdrawn、not_accepted、lapsed",
       "by status: received, incomplete, in_review, decided, closed, withdrawn, not_accepted, lapsed"}}},
    {"--service", "ID", false,
     {{"按服务",
       "by service"}}},
    CLI_OPTION_DEPARTMENT,
    CLI_OPTION_DUE_BEFORE,
    CLI_OPTION_OVERDUE,
    {"--happened", "WHAT", false,
     {{"某日发生的：received、accepted、decided，须与 --on 合用",
       "what happened on a day: received, accepted, decided; with --on"}}},
    {"--on", "DATE", false,
     {{"哪一日",
       "which day"}}},
    CLI_OPTIONS_OF_PAGES,
    {.name = NULL},
};

const struct cli_example cli_submit_examples[] = {
    {"onedoor submit restaurant.json --wait",
     {{"提交并等到联合决定", "submit and wait for the combined decision"}}},
    {"onedoor submit restaurant.json --key desk3-0042",
     {{"断线后可用同一键放心重试", "safe to repeat with the same key when the line broke"}}},
    {.line = NULL},
};

const struct cli_example cli_show_examples[] = {
    {"onedoor show 20261129-000123-2",
     {{"", ""}}},
    {"onedoor show 20261129-000123-2 --json",
     {{"原样输出 JSON", "the JSON as the hub gives it"}}},
    {.line = NULL},
};

const struct cli_example cli_watch_examples[] = {
    {"onedoor watch 20261129-000123-2",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_list_examples[] = {
    {"onedoor list --status in_review --department fire",
     {{"消防部门在办的申请", "what is open at the fire department"}}},
    {"onedoor list --overdue --all --json",
     {{"全部超期申请", "everything overdue"}}},
    {"onedoor list --happened decided --on 2026-11-29",
     {{"当日办结的申请", "what was decided on that day"}}},
    {.line = NULL},
};

const struct cli_example cli_guide_examples[] = {
    {"onedoor guide",
     {{"", ""}}},
    {"onedoor guide open-restaurant",
     {{"", ""}}},
    {.line = NULL},
};
