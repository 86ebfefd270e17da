/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of the worklist's verbs. */
#include "cli/options.h"
#include "cli/verbs.h"

const struct cli_option cli_task_list_options[] = {
    CLI_OPTION_DEPARTMENT,
    {"--state", "STATE", false,
     {{"按任务状态，如 queued、accepted、parked",
       "by state of the task, e.g. queued, accepted, parked"}}},
    {"--matter", "ID", false,
     {{"按事项", "by matter"}}},
    CLI_OPTION_DUE_BEFORE,
    {"--late", NULL, false,
     {{"只看已过承诺日期的", "only what is past its promised date"}}},
    {"--claim", "WHOSE", false,
     {{"按认领：mine（自己）或 none（无人）", "by claim: mine or none"}}},
    {"--worklist", NULL, false,
     {{"只看工作人员办理的，按到期先后", "only what officers hold, due first"}}},
    CLI_OPTIONS_OF_PAGES,
    {.name = NULL},
};

const struct cli_option cli_task_seen_options[] = {
    CLI_OPTION_SEEN,
    {.name = NULL},
};

const struct cli_option cli_task_opine_options[] = {
    {"--reason", "TEXT", true,
     {{"理由；不予同意时必填；可重复",
       "a reason; required to reject; may be repeated"}}},
    {"--condition", "TEXT", true,
     {{"条件；附条件同意时必填；可重复",
       "a condition; required with approve_with_conditions; may be repeated"}}},
    {"--officer", "NAME", true,
     {{"核查人员；须两人以上核查的事项写明每一位；可重复",
       "who checked it; each of them where two or more must; may be repeated"}}},
    {"--document-no", "NO", false,
     {{"部门文号",
       "number of the department's document"}}},
    CLI_OPTION_SEEN,
    {.name = NULL},
};

const struct cli_example cli_task_list_examples[] = {
    {"onedoor task list --state parked --all",
     {{"全部搁置待处理的任务", "every task that waits for a person's decision"}}},
    {"onedoor task list --department fire --state queued",
     {{"", ""}}},
    {"onedoor task list --late --claim none",
     {{"已超期而无人认领的", "what is late and nobody has claimed"}}},
    {.line = NULL},
};

const struct cli_example cli_task_show_examples[] = {
    {"onedoor task show 20261129-000123-2.1",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_task_take_examples[] = {
    {"onedoor task take 20261129-000123-2.1",
     {{"", ""}}},
    {"onedoor task take 20261129-000123-2.1 --seen 12",
     {{"版本 12 之后有变化则不领取", "not when anything changed after version 12"}}},
    {.line = NULL},
};

const struct cli_example cli_task_opine_examples[] = {
    {"onedoor task opine 20261129-000123-2.1 approve",
     {{"", ""}}},
    {"onedoor task opine 20261129-000123-2.1 reject --reason \"No second exit\"",
     {{"不予同意须说明理由", "a rejection needs its reason"}}},
    {.line = NULL},
};

const struct cli_example cli_task_pause_examples[] = {
    {"onedoor task pause 20261129-000123-2.1 --kind inspection --expected-days 5",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_task_resume_examples[] = {
    {"onedoor task resume 20261129-000123-2.1",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_task_ask_examples[] = {
    {"onedoor task ask 20261129-000123-2.1 --field seats --text \"Number of seats outdoors?\"",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_task_requeue_examples[] = {
    {"onedoor task requeue 20261129-000123-2.1",
     {{"", ""}}},
    {.line = NULL},
};
