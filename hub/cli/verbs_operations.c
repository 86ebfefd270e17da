/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of the verbs on claims, several tasks, incidents and operations. */
#include "cli/options.h"
#include "cli/verbs.h"

const struct cli_option cli_task_claim_options[] = {
    {"--take-over", NULL, false,
     {{"接手他人认领的任务（科长、督办、管理员）", "whoever has it (heads, supervisors, admins)"}}},
    {"--reason", "TEXT", false,
     {{"接手的理由", "why it is taken over"}}},
    CLI_OPTION_SEEN,
    {.name = NULL},
};

const struct cli_option cli_task_release_options[] = {
    {"--reason", "TEXT", false,
     {{"解除他人认领的理由", "why somebody else's claim ends"}}},
    CLI_OPTION_SEEN,
    {.name = NULL},
};

const struct cli_option cli_task_batch_options[] = {
    {"--opinion", "OPINION", false,
     {{"opinion 的意见：approve、approve_with_conditions、reject、not_applicable",
       "of opinion: approve, approve_with_conditions, reject, not_applicable"}}},
    {"--reason", "TEXT", true,
     {{"不予同意的理由；可重复", "a reason of a rejection; may be repeated"}}},
    {"--condition", "TEXT", true,
     {{"附加的条件；可重复", "a condition; may be repeated"}}},
    {"--text", "TEXT", false,
     {{"ask、pause 的说明", "words of ask and pause"}}},
    {"--kind", "KIND", false,
     {{"pause 的种类", "of pause"}}},
    {"--key", "KEY", false,
     {{"幂等键；同一键重复发送得到同一结果", "idempotency key: sent again with the same key, the answer is the same"}}},
    {.name = NULL},
};

const struct cli_option cli_incidents_options[] = {
    {"--kind", "KIND", false,
     {{"parked、late、connector、callbacks、messages、parcels、scans", "parked, late, connector, callbacks, messages, parcels or scans"}}},
    CLI_OPTION_DEPARTMENT,
    {.name = NULL},
};

const struct cli_option cli_incidents_retry_options[] = {
    {"--reason", "TEXT", false,
     {{"理由，记入日志", "why, for the journal"}}},
    {.name = NULL},
};

const struct cli_example cli_task_claim_examples[] = {
    {"onedoor task claim 20261129-000123-2.1",
     {{"", ""}}},
    {"onedoor task claim 20261129-000123-2.1 --take-over --reason \"Li Na is ill\"",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_task_release_examples[] = {
    {"onedoor task release 20261129-000123-2.1",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_task_batch_examples[] = {
    {"onedoor task batch claim 20261129-000123-2.1 20261129-000124-8.2",
     {{"", ""}}},
    {"onedoor task batch opinion 20261129-000123-2.1 20261129-000124-8.2 --opinion reject --reason \"No second exit\"",
     {{"退出码 5：其中有未办成的", "ends with 5 when any of them was refused"}}},
    {.line = NULL},
};

const struct cli_example cli_incidents_examples[] = {
    {"onedoor incidents",
     {{"", ""}}},
    {"onedoor incidents --kind parked --json",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_incidents_retry_examples[] = {
    {"onedoor incidents retry parked.retries_exhausted.fire",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_operations_examples[] = {
    {"onedoor operations",
     {{"", ""}}},
    {.line = NULL},
};
