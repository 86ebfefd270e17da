/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of the verbs on evidence: journal, bundle, show --as-of. */
#include "cli/verbs.h"

#define DATA                                                                                \
    {"--data", "DIR", false,                                                                \
     {{"中枢的数据文件夹；中枢可照常运行", "data folder of a hub, which may run meanwhile"}}}
#define TRUST                                                                               \
    {"--key", "KEY|FILE", true,                                                             \
     {{"受信任的公钥（base64、十六进制或 PEM 文件）；可重复",                               \
       "public key that is trusted (base64, hexadecimal, or a PEM file); may be repeated"}}}, \
    {"--against", "FILE", true,                                                             \
     {{"另行保存的检查点（JSON）；可重复", "checkpoint that was kept elsewhere (JSON); may be repeated"}}}
#define DOCUMENTS                                                                           \
    {"--documents", NULL, false,                                                            \
     {{"连同申请文书与登记条目的原文（含个人信息）", "with the texts of document and entries: personal data"}}}

const struct cli_option cli_journal_verify_options[] = {
    DATA,
    {"--file", "FILE", false,
     {{"导出的文件", "a file that was exported"}}},
    TRUST,
    {.name = NULL},
};

const struct cli_example cli_journal_verify_examples[] = {
    {"onedoor journal verify --data /var/lib/onedoor",
     {{"散列链、文书、登记条目、检查点是否完好", "are chain, documents, entries and checkpoints sound"}}},
    {"onedoor journal verify --data /var/lib/onedoor --against kept.json",
     {{"与另行保存的检查点核对：截断与改写都会显现", "against a checkpoint that was kept: what was cut or rewritten shows"}}},
    {.line = NULL},
};

const struct cli_option cli_journal_export_options[] = {
    DATA,
    {"--all", NULL, false,
     {{"整本日志", "the whole journal"}}},
    {"--output", "FILE", false,
     {{"写入此文件（默认标准输出）", "write this file (default: stdout)"}}},
    DOCUMENTS,
    {"--no-catalog", NULL, false,
     {{"不附目录（文件较小，但无法离线重演）", "without the catalogue: smaller, and nobody can replay it offline"}}},
    {.name = NULL},
};

const struct cli_example cli_journal_export_examples[] = {
    {"onedoor journal export 20261129-000123-2 --output 123.evidence",
     {{"一件申请的证据，任何人可离线核验", "the evidence of one application, which anybody can verify offline"}}},
    {"onedoor journal export --all --data /var/lib/onedoor --output journal.evidence",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_option cli_journal_replay_options[] = {
    DATA,
    {"--all", NULL, false,
     {{"每一件申请", "every application"}}},
    {"--until", "SEQ", false,
     {{"只到这条记录为止", "up to this record alone"}}},
    {.name = NULL},
};

const struct cli_example cli_journal_replay_examples[] = {
    {"onedoor journal replay 20261129-000123-2 --data /var/lib/onedoor",
     {{"仅由事件得出状态、日期与决定，并与库中比较", "state, dates and decision from the events alone, compared with the store's"}}},
    {"onedoor journal replay --all --data /var/lib/onedoor",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_option cli_journal_checkpoint_options[] = {
    {"--new", NULL, false,
     {{"现在就签一个", "sign one now"}}},
    {.name = NULL},
};

const struct cli_example cli_journal_checkpoint_examples[] = {
    {"onedoor journal checkpoint > kept.json",
     {{"最新的检查点；请另存他处", "the newest one; keep it elsewhere"}}},
    {.line = NULL},
};

const struct cli_option cli_bundle_verify_options[] = {
    TRUST,
    {.name = NULL},
};

const struct cli_example cli_bundle_verify_examples[] = {
    {"onedoor bundle verify 123.evidence --key evidence.pub",
     {{"离线核验并重演", "verify and replay it, offline"}}},
    {.line = NULL},
};

const struct cli_option cli_show_options[] = {
    {"--as-of", "SEQ", false,
     {{"这条记录之后的样子（seq 见事件列表）", "as it was after this record (seq of its events)"}}},
    {.name = NULL},
};
