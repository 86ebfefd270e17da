/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of legal time: dates, notices, alerts, and what desks and officers do about them. */
#include "cli/options.h"
#include "cli/verbs.h"

#define TOLD {"--text", "TEXT", false, {{"对申请人的说明", "what the applicant is told"}}}

const struct cli_option cli_clocks_options[] = {
    {"--explain", NULL, false,
     {{"逐日说明哪些日计入、哪些不计及原因",
       "day by day: which days counted, which did not, and why"}}},
    {.name = NULL},
};

const struct cli_option cli_alerts_options[] = {
    {"--kind", "KIND", false,
     {{"按种类，如 due_soon、overdue、deemed",
       "by kind, e.g. due_soon, overdue, deemed"}}},
    CLI_OPTION_DEPARTMENT,
    {"--number", "NUMBER", false,
     {{"按办件编号",
       "by application"}}},
    CLI_OPTIONS_OF_PAGES,
    {.name = NULL},
};

const struct cli_option cli_message_list_options[] = {
    {"--state", "STATE", false,
     {{"按状态，如 failed、accepted、delivered",
       "by state, e.g. failed, accepted, delivered"}}},
    CLI_OPTIONS_OF_PAGES,
    {.name = NULL},
};

const struct cli_option cli_check_options[] = {
    {"--matter", "ID", false,
     {{"只核对这一事项（默认全部）",
       "of this matter alone (default: all)"}}},
    {"--missing", "MATERIAL", true,
     {{"缺少的材料（须在公布的清单之内）；可重复",
       "material that is missing (a published one); may be repeated"}}},
    {"--body", "TEXT", false,
     {{"有权受理的机关（not_competent 必填）",
       "the right body; required with not_competent"}}},
    TOLD,
    {.name = NULL},
};

const struct cli_option cli_extend_options[] = {
    {"--length", "N", false,
     {{"延长多少（以期限的单位计）",
       "by how many units of the limit"}}},
    {"--reason", "TEXT", false,
     {{"理由，将告知申请人",
       "why; the applicant is told"}}},
    {"--clock", "CLOCK", false,
     {{"statutory（默认）或 promised",
       "statutory (default) or promised"}}},
    {.name = NULL},
};

const struct cli_option cli_supplement_options[] = {
    {"--material", "ID", true,
     {{"收到的材料；可重复",
       "material that was handed in; may be repeated"}}},
    {"--field", "ID=VALUE", true,
     {{"表单字段的新值；可重复",
       "a form field with its value; may be repeated"}}},
    {"--text", "TEXT", false,
     {{"申请人的说明",
       "what the applicant says"}}},
    {.name = NULL},
};

const struct cli_option cli_withdraw_options[] = {
    {"--reason", "TEXT", false,
     {{"撤回原因",
       "why"}}},
    {.name = NULL},
};

const struct cli_option cli_told_options[] = {
    {"--at", "TIME", false,
     {{"告知的时间，如 2026-11-29T10:30:00+08:00（默认现在）",
       "when, as 2026-11-29T10:30:00+08:00 (default: now)"}}},
    {"--to", "WHO", false,
     {{"applicant（默认）、agent 或 representative",
       "applicant (default), agent or representative"}}},
    {"--window", "WINDOW", false,
     {{"窗口",
       "at which window"}}},
    {.name = NULL},
};

const struct cli_option cli_task_pause_options[] = {
    {"--kind", "KIND", false,
     {{"hearing、inspection、testing、quarantine、appraisal、expert_review、tender、auction",
       "hearing, inspection, testing, quarantine, appraisal, expert_review, tender or auction"}}},
    {"--expected-days", "N", false,
     {{"预计工作日，将告知申请人",
       "expected length in working days; the applicant is told"}}},
    {"--text", "TEXT", false,
     {{"理由，将告知申请人",
       "why; the applicant is told"}}},
    CLI_OPTION_SEEN,
    {.name = NULL},
};

const struct cli_option cli_task_ask_options[] = {
    {"--field", "ID", true,
     {{"需要补正的表单字段；可重复",
       "form field that is needed; may be repeated"}}},
    {"--material", "ID", true,
     {{"需要补交的材料；可重复",
       "material that is needed; may be repeated"}}},
    {"--rule", "ID", false,
     {{"所依据的规则；再次要求补正时须写明字段、材料或规则",
       "rule that it rests on; a second request names a field, a material or a rule"}}},
    TOLD,
    CLI_OPTION_SEEN,
    {.name = NULL},
};

const struct cli_option cli_task_bar_options[] = {
    {"--reason", "TEXT", false,
     {{"理由（必填）",
       "why; required"}}},
    CLI_OPTION_SEEN,
    {.name = NULL},
};

const struct cli_option cli_task_milestone_options[] = {
    {"--on", "DATE", false,
     {{"听证日期（hearing_announced 必填）",
       "day of the hearing; required with hearing_announced"}}},
    {"--chair", "KEY", false,
     {{"听证主持人，不得为审查人员（hearing_announced 必填）",
       "who chairs it, never who reviews; required with hearing_announced"}}},
    {"--to", "NAME", false,
     {{"受委托的机关（delegated 必填）",
       "the body that it is delegated to; required with delegated"}}},
    {"--text", "TEXT", false,
     {{"说明；delegated 时为委托内容",
       "a remark; with delegated, what is delegated"}}},
    CLI_OPTION_SEEN,
    {.name = NULL},
};

const struct cli_example cli_clocks_examples[] = {
    {"onedoor clocks 20261129-000123-2 --explain",
     {{"日期是怎样算出来的", "how each date comes about"}}},
    {.line = NULL},
};

const struct cli_example cli_notices_examples[] = {
    {"onedoor notices 20261129-000123-2",
     {{"每个通知前有其编号", "each notice with its number"}}},
    {.line = NULL},
};

const struct cli_example cli_told_examples[] = {
    {"onedoor told 20261129-000123-2 17 --window 3",
     {{"编号 17 的通知刚刚在 3 号窗口当面交给申请人", "notice 17 was handed to the applicant at window 3 just now"}}},
    {.line = NULL},
};

const struct cli_example cli_alerts_examples[] = {
    {"onedoor alerts --kind overdue --department fire",
     {{"消防部门的超期", "what is overdue at the fire department"}}},
    {.line = NULL},
};

const struct cli_example cli_message_list_examples[] = {
    {"onedoor message list --state failed",
     {{"未能送达申请人的消息", "what reached the applicant by no channel"}}},
    {.line = NULL},
};

const struct cli_example cli_message_show_examples[] = {
    {"onedoor message show msg-17",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_message_retry_examples[] = {
    {"onedoor message retry msg-17",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_certificate_examples[] = {
    {"onedoor certificate 20261129-000123-2",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_papers_examples[] = {
    {"onedoor papers 20261129-000123-2",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_check_examples[] = {
    {"onedoor check 20261129-000123-2 complete",
     {{"齐全，予以受理", "complete: it is accepted"}}},
    {"onedoor check 20261129-000123-2 incomplete --matter fire-safety-check --missing floor-plan",
     {{"本部门的事项缺少平面图", "the own department's matter lacks the floor plan"}}},
    {"onedoor check 20261129-000123-2 not_competent --body \"Municipal Housing Office\"",
     {{"告知有权机关", "name the right body"}}},
    {.line = NULL},
};

const struct cli_example cli_extend_examples[] = {
    {"onedoor extend 20261129-000123-2 --length 15 --reason \"Expert opinion is awaited\"",
     {{"整个办件的法定期限", "the statutory limit of the whole"}}},
    {"onedoor extend 20261129-000123-2.1 --length 5 --reason \"Second visit\" --clock promised",
     {{"一项任务的承诺期限", "the promised limit of one task"}}},
    {.line = NULL},
};

const struct cli_example cli_supplement_examples[] = {
    {"onedoor supplement 20261129-000123-2 --material floor-plan --field seats=80",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_withdraw_examples[] = {
    {"onedoor withdraw 20261129-000123-2 --reason \"The applicant moved away\"",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_task_bar_examples[] = {
    {"onedoor task bar 20261129-000123-2.1 fraud --reason \"The deed was forged, judgment (2026) 123\"",
     {{"限制三年",
       "for three years"}}},
    {"onedoor task bar 20261129-000123-2.1 none --reason \"The judgment was set aside\"",
     {{"解除",
       "not any more"}}},
    {.line = NULL},
};

const struct cli_example cli_task_milestone_examples[] = {
    {"onedoor task milestone 20261129-000123-2.1 inspectors_assigned --text \"Zhang, Li\"",
     {{"", ""}}},
    {"onedoor task milestone 20261129-000123-2.1 hearing_announced --on 2026-12-20 --chair wang",
     {{"主持人不得为审查人员", "the chair is never who reviews"}}},
    {"onedoor task milestone 20261129-000123-2.1 delegated --to \"Linjiang Town Government\"",
     {{"委托即予公告，并告知申请人", "announced to everybody, and told to the applicant"}}},
    {.line = NULL},
};
