/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of after-care: inquiries, complaints, evaluations, grievances. */
#include "cli/options.h"
#include "cli/verbs.h"

#define TEXT {"--text", "TEXT", false, {{"内容", "what is said"}}}
#define NUMBER {"--number", "NUMBER", false, {{"有关的办件编号", "of the application that it is about"}}}
#define CODE {"--code", "CODE", false, {{"该办件的查询码（工作人员不需要）", "that application's look-up code; members of staff need none"}}}
#define STAFF {"--officer", "KEY", false, {{"有关的工作人员", "the member of staff"}}}, {"--window", "WINDOW", false, {{"有关的窗口", "the window"}}}
#define ABOUT {"--task", "TASK", false, {{"有关的任务", "the task that it is about"}}}, STAFF
#define CONTACT                                                                                                                            \
    {"--name", "NAME", false, {{"姓名", "the person's name"}}}, {"--phone", "PHONE", false, {{"电话", "telephone"}}},                       \
        {"--email", "EMAIL", false, {{"电子邮箱", "e-mail"}}}
#define PLACE                                                                                                                              \
    {"--service", "ID", false, {{"有关的服务", "the service"}}}, {"--department", "ID", false, {{"有关的部门", "the department"}}}
#define KEY {"--key", "KEY", false, {{"幂等键；同一键重复提交得到同一件", "idempotency key: the same key gives the same one"}}}
#define ORAL {"--oral", "REPLY", false, {{"口头提出，当场这样答复", "asked by word of mouth, and answered on the spot with this"}}}
#define UPHELD                                                                                                                             \
    {"--upheld", NULL, false, {{"投诉成立", "the complaint is upheld"}}}, {"--not-upheld", NULL, false, {{"投诉不成立", "it is not"}}}
#define LIST                                                                                                                               \
    {"--state", "STATE", false, {{"按状态", "by state"}}}, {"--department", "ID", false, {{"按部门", "by department"}}},                    \
        {"--number", "NUMBER", false, {{"按办件", "by application"}}}, CLI_OPTION_OVERDUE, CLI_OPTIONS_OF_PAGES
#define END {.name = NULL}

const struct cli_option cli_inquiry_new_options[] = {TEXT, NUMBER, CODE, PLACE, ABOUT, CONTACT, ORAL, KEY, END};
const struct cli_option cli_complaint_new_options[] = {TEXT, NUMBER, CODE, PLACE, ABOUT, CONTACT, ORAL, UPHELD, KEY, END};
const struct cli_option cli_evaluation_new_options[] = {TEXT, CODE, ABOUT, END};
const struct cli_option cli_grievance_new_options[] = {
    TEXT, NUMBER, STAFF, {"--on", "DATE", false, {{"发生日期", "day on which it happened"}}}, KEY, END};
const struct cli_option cli_concern_list_options[] = {LIST, END};
const struct cli_option cli_concern_show_options[] = {{"--code", "CODE", false, {{"凭查询码查看（提交人）", "by its code, as who wrote it"}}}, END};
const struct cli_option cli_concern_text_options[] = {TEXT, END};
const struct cli_option cli_complaint_reply_options[] = {TEXT, UPHELD, END};
const struct cli_option cli_grievance_confirm_options[] = {
    TEXT, {"--confirmed", NULL, false, {{"属实", "it is confirmed"}}}, {"--dismissed", NULL, false, {{"不予确认", "it is not"}}}, END};

const struct cli_example cli_inquiry_new_examples[] = {
    {"onedoor inquiry new --text \"When are you open?\" --phone +8613800000000", {{"书面咨询", "in writing"}}},
    {"onedoor inquiry new --text \"Where is window 3?\" --oral \"To the left.\"", {{"口头咨询，当场答复并登记", "by word of mouth, with its answer"}}},
    {.line = NULL}};
const struct cli_example cli_inquiry_list_examples[] = {
    {"onedoor inquiry list --state open", {{"等待答复的，期限近的在前", "what waits for its reply, due first"}}}, {.line = NULL}};
const struct cli_example cli_inquiry_show_examples[] = {
    {"onedoor inquiry show inq-17", {{"", ""}}},
    {"onedoor inquiry show inq-17 --code KCS5D62YKH", {{"提交人凭查询码查看", "for who wrote it"}}},
    {.line = NULL}};
const struct cli_example cli_inquiry_reply_examples[] = {{"onedoor inquiry reply inq-17 --text \"From nine to five.\"", {{"", ""}}}, {.line = NULL}};
const struct cli_example cli_inquiry_pass_examples[] = {
    {"onedoor inquiry pass inq-17 fire", {{"转给消防部门", "to the fire department"}}},
    {"onedoor inquiry pass inq-17", {{"退回中心", "back to the center"}}},
    {.line = NULL}};
const struct cli_example cli_complaint_new_examples[] = {
    {"onedoor complaint new --text \"I was shouted at\" --window 3 --number 20261129-000123-2 --code KCS5D62YKH", {{"", ""}}}, {.line = NULL}};
const struct cli_example cli_complaint_list_examples[] = {
    {"onedoor complaint list --state open --overdue", {{"逾期未答复的", "what is late"}}}, {.line = NULL}};
const struct cli_example cli_complaint_show_examples[] = {{"onedoor complaint show cmp-4", {{"", ""}}}, {.line = NULL}};
const struct cli_example cli_complaint_reply_examples[] = {
    {"onedoor complaint reply cmp-4 --text \"We are sorry; the officer was spoken to.\" --upheld", {{"", ""}}}, {.line = NULL}};
const struct cli_example cli_complaint_pass_examples[] = {{"onedoor complaint pass cmp-4 fire", {{"", ""}}}, {.line = NULL}};
const struct cli_example cli_evaluation_new_examples[] = {
    {"onedoor evaluation new 20261129-000123-2 5 4 --code KCS5D62YKH", {{"态度非常满意，业务能力满意", "attitude very good, ability good"}}}, {.line = NULL}};
const struct cli_example cli_evaluation_list_examples[] = {
    {"onedoor evaluation list --state repair", {{"须整改的差评", "bad ones that are to be put right"}}}, {.line = NULL}};
const struct cli_example cli_evaluation_show_examples[] = {{"onedoor evaluation show evl-9", {{"", ""}}}, {.line = NULL}};
const struct cli_example cli_evaluation_repair_examples[] = {
    {"onedoor evaluation repair evl-9 --text \"We called and apologised.\"", {{"", ""}}}, {.line = NULL}};
const struct cli_example cli_evaluation_pass_examples[] = {{"onedoor evaluation pass evl-9 fire", {{"", ""}}}, {.line = NULL}};
const struct cli_example cli_grievance_new_examples[] = {
    {"onedoor grievance new --text \"Shouted at, window 3\" --on 2026-11-27", {{"", ""}}}, {.line = NULL}};
const struct cli_example cli_grievance_list_examples[] = {
    {"onedoor grievance list --state recorded", {{"等待确认的", "what waits for a supervisor"}}}, {.line = NULL}};
const struct cli_example cli_grievance_show_examples[] = {{"onedoor grievance show grv-2", {{"", ""}}}, {.line = NULL}};
const struct cli_example cli_grievance_confirm_examples[] = {
    {"onedoor grievance confirm grv-2 --confirmed --text \"Two colleagues heard it\"", {{"", ""}}}, {.line = NULL}};
