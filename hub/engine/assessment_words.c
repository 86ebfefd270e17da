/* SPDX-License-Identifier: Apache-2.0 */
/* What each figure of an assessment means, which records of the journal it is counted from, and where they are listed. */
#include "engine/assessment.h"

#include <stdio.h>

static const struct word {
    const char *figure;        /* member of the item */
    struct catalog_text name, text;
    const char *records;       /* types in the journal; "" = it follows from other figures */
    const char *list;          /* NULL = the sums themselves */
} words[] = {
    {"accepted", {{"受理", "Accepted"}},
     {{"收件后进入审查的申请，含因未按期告知而视为受理的；部门为可以开始办理的任务；工作人员为本人受理的申请和本人办结的任务（不论由谁受理）。",
       "Applications taken in for review, by silence too; of a department, tasks that could begin; of an officer, what he or she took in, and the tasks that he or she finished, whoever took those in."}},
     "received checked supplemented opined woken", NULL},
    {"on_the_spot", {{"即办", "On the spot"}},
     {{"当日收件、当日办结，且全部事项为即办件；占办结数的百分比。",
       "Every matter is of the kind that is decided while the applicant waits, and it was decided on the day of its receipt; of what was decided."}},
     "opined woken", NULL},
    {"on_time", {{"按时办结", "On time"}},
     {{"有承诺日期、并在该日或之前办结的；中止和延期顺延日期，超期不可撤销；占有承诺日期的办结数的百分比。",
       "Of those decided that had a promised date: decided no later than it. Pauses and extensions move the date, lateness is never taken back."}},
     "opined woken", NULL},
    {"ahead", {{"提前办结", "Ahead of time"}},
     {{"有承诺日期、并在该日之前办结的；占有承诺日期的办结数的百分比。",
       "Of the same: decided on a day before the promised one."}},
     "opined woken", NULL},
    {"late", {{"超期办结", "Late"}},
     {{"有承诺日期而未按时办结的。",
       "Promised, and not on time."}},
     "opined woken", "/v1/applications?overdue=true"},
    {"promise_used", {{"承诺时限使用率", "Share of the promise used"}},
     {{"每件办结所用天数占承诺天数（含顺延）的百分比；平均值和最大值。",
       "Days that counted until the decision, of the days that the promise gave with its extensions: the mean and the worst."}},
     "opined woken", NULL},
    {"decided", {{"办结", "Decided"}},
     {{"作出决定的申请；部门、工作人员为出具意见的任务。",
       "Applications with their decision; of departments and officers, tasks with an opinion."}},
     "opined woken", NULL},
    {"incomplete", {{"一次性告知", "Told what is missing"}},
     {{"收件时告知材料不全或需补正的申请，每件计一次。",
       "Told at the intake that something is missing or to be corrected; each application once."}},
     "received checked", NULL},
    {"notices", {{"补正通知", "Notices that ask"}},
     {{"要求申请人补正的通知；同日合并为一份。",
       "Notices that asked the applicant for something; requests of one day are one."}},
     "received checked asked woken", NULL},
    {"second_notices", {{"二次告知", "Second notices"}},
     {{"同一申请第一次之后的补正通知（一次性告知制度）。",
       "Of these, every one after an application's first: the duty to tell all at once."}},
     "asked woken", "/v1/alerts?kind=second_notice"},
    {"rejected", {{"不予批准", "Rejected"}},
     {{"决定为不予批准的申请；部门为不同意的意见。",
       "Decided as rejected; of a department, opinions that reject."}},
     "opined woken", NULL},
    {"rejected_with_reasons", {{"说明理由的不予批准", "Rejections with reasons"}},
     {{"不予批准中由部门书面说明理由的；其余为法定视为不予批准。",
       "Of these, with the reasons of a department; the rest are refusals that the law puts in place of silence."}},
     "opined", NULL},
    {"yellow", {{"黄牌", "Yellow cards"}},
     {{"临近期限被提醒的时限。",
       "Clocks that were warned of."}},
     "woken", "/v1/alerts?kind=due_soon"},
    {"red", {{"红牌", "Red cards"}},
     {{"超过期限的时限。",
       "Clocks that ran out."}},
     "woken opined", "/v1/alerts?kind=overdue"},
    {"extensions", {{"延期", "Extensions"}},
     {{"批准的延期。",
       "Extensions that were granted."}},
     "extended", NULL},
    {"average", {{"平均天数", "Average days"}},
     {{"计时天数、历时天数、中止天数、等待申请人天数的平均值。",
       "Legal, elapsed, paused and waiting days, averaged over what was decided."}},
     "opined woken", NULL},
    {"aftercare.inquiries", {{"咨询", "Inquiries"}},
     {{"收到的咨询；答复数、按期答复数。",
       "Received; replied to, and of these on time."}},
     "inquiry_received inquiry_replied", "/v1/inquiries"},
    {"aftercare.complaints", {{"投诉", "Complaints"}},
     {{"收到的投诉；答复数、按期答复数、成立数。",
       "Received; replied to, of these on time, and upheld."}},
     "complaint_received complaint_replied", "/v1/complaints"},
    {"aftercare.evaluations", {{"评价", "Ratings"}},
     {{"收到的评价，态度与业务能力两个维度各五级；平均分；满意为四、五级。",
       "Given, in two dimensions of five levels; their means; satisfied is level 4 or 5."}},
     "evaluated", "/v1/evaluations"},
    {"aftercare.bad_evaluations", {{"差评", "Bad ratings"}},
     {{"任一维度为一、二级的评价；整改数、按期整改数。",
       "Level 1 or 2 in either dimension; put right, and of these on time."}},
     "evaluated evaluation_repaired", "/v1/evaluations"},
    {"aftercare.grievances", {{"委屈", "Grievances"}},
     {{"经监督人员确认的委屈登记。",
       "Recorded by members of staff and confirmed by a supervisor."}},
     "grievance_settled", "/v1/grievances"},
    {"aftercare.overdue", {{"逾期答复与整改", "Overdue replies and repairs"}},
     {{"超过期限仍未答复或整改的咨询、投诉、差评。",
       "Inquiries, complaints and bad ratings whose time ran out before their reply or repair."}},
     "inquiry_overdue complaint_overdue repair_overdue inquiry_replied complaint_replied evaluation_repaired", "/v1/alerts?kind=overdue"},
    {"rank", {{"名次", "Rank"}},
     {{"依次按：按时率高、投诉成立少、评价高、承诺时限使用率低；相同者并列。",
       "By the share on time, then fewer complaints upheld, then better ratings, then the smaller share of the promise used; equals share a rank."}},
     "", NULL},
};

static void put_text(struct base_buffer *body, const char *key, const struct catalog_text *text)
{
    base_json_open(body, key, '{');
    base_json_put_text(body, "zh-CN", text->in[CATALOG_ZH_CN]);
    base_json_put_text(body, "en", text->in[CATALOG_EN]);
    base_json_close(body, '}');
}

void engine_assessment_put_words(struct base_buffer *body, const struct engine_assessment_query *query)
{
    char sums[96];

    snprintf(sums, sizeof(sums), "/v1/statistics?from=%04d-%02d&to=%04d-%02d&by=month,service", query->from / 100 % 10000, query->from % 100,
             query->until / 100 % 10000, query->until % 100);
    base_json_open(body, "explained", '[');
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        base_json_open(body, NULL, '{');
        base_json_put_text(body, "figure", words[i].figure);
        put_text(body, "name", &words[i].name);
        put_text(body, "definition", &words[i].text);
        base_json_put_text(body, "records", words[i].records);
        base_json_put_text(body, "list", words[i].list != NULL ? words[i].list : sums);
        base_json_close(body, '}');
    }
    base_json_close(body, ']');
}
