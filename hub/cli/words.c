/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/words.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

struct row {
    const char *word, *zh, *en;
    enum cli_tone tone;
};

static const struct row rows[] = {
    {"added", "新增", "added", CLI_TONE_GOOD},
    {"removed", "取消", "removed", CLI_TONE_BAD},
    {"changed", "变更", "changed", CLI_TONE_WAIT},
    {"incomplete", "等待补正", "incomplete", CLI_TONE_WAIT},
    {"in_review", "审批中", "in review", CLI_TONE_WAIT},
    {"decided", "已决定", "decided", CLI_TONE_GOOD},
    {"closed", "已办结", "closed", CLI_TONE_GOOD},
    {"withdrawn", "已撤回", "withdrawn", CLI_TONE_FAINT},
    {"not_accepted", "不予受理", "not accepted", CLI_TONE_BAD},
    {"lapsed", "已终止", "lapsed", CLI_TONE_BAD},
    {"approved", "准予", "approved", CLI_TONE_GOOD},
    {"approved_with_conditions", "附条件准予", "approved with conditions", CLI_TONE_GOOD},
    {"partially_approved", "部分准予", "partly approved", CLI_TONE_WAIT},
    {"rejected", "不予许可", "rejected", CLI_TONE_BAD},
    {"not_required", "无须办理", "not required", CLI_TONE_FAINT},
    {"open", "等待答复", "waits for its reply", CLI_TONE_WAIT},
    {"replied", "已答复", "replied to", CLI_TONE_GOOD},
    {"repaired", "已整改", "put right", CLI_TONE_GOOD},
    {"given", "已评价", "given", CLI_TONE_GOOD},
    {"recorded", "待确认", "to be confirmed", CLI_TONE_WAIT},
    {"confirmed", "属实", "confirmed", CLI_TONE_GOOD},
    {"dismissed", "不予确认", "not confirmed", CLI_TONE_FAINT},
    {"reply", "答复", "reply", CLI_TONE_NONE},
    {"repair", "整改", "to be put right", CLI_TONE_WAIT},
    {"confirm", "确认", "confirm", CLI_TONE_NONE},
    {"approve", "同意", "approve", CLI_TONE_GOOD},
    {"approve_with_conditions", "附条件同意", "approve with conditions", CLI_TONE_GOOD},
    {"reject", "不同意", "reject", CLI_TONE_BAD},
    {"not_applicable", "不涉及", "not applicable", CLI_TONE_FAINT},
    {"blocked", "等待前置", "blocked", CLI_TONE_FAINT},
    {"queued", "待发送", "queued", CLI_TONE_WAIT},
    {"offered", "已送达", "offered", CLI_TONE_WAIT},
    {"accepted", "审查中", "accepted", CLI_TONE_WAIT},
    {"paused", "中止计时", "paused", CLI_TONE_WAIT},
    {"waiting_applicant", "等待申请人", "waiting for the applicant", CLI_TONE_WAIT},
    {"parked", "搁置待处理", "parked", CLI_TONE_BAD},
    {"done", "已完成", "done", CLI_TONE_GOOD},
    {"window", "窗口", "window", CLI_TONE_NONE},
    {"electronic", "电子文书", "electronic", CLI_TONE_NONE},
    {"courier", "快递", "courier", CLI_TONE_NONE},
    {"on_the_way", "运送途中", "on the way", CLI_TONE_WAIT},
    {"returned", "已退回", "returned", CLI_TONE_BAD},
    {"stored", "已上传", "stored", CLI_TONE_GOOD},
    {"declared", "已声明，未上传", "declared, not uploaded", CLI_TONE_WAIT},
    {"scanning", "正在检查", "being scanned", CLI_TONE_WAIT},
    {"infected", "未通过安全检查", "infected", CLI_TONE_BAD},
    {"text", "文字", "text", CLI_TONE_NONE},
    {"list", "多项", "list", CLI_TONE_NONE},
    {"integer", "整数", "integer", CLI_TONE_NONE},
    {"number", "数字", "number", CLI_TONE_NONE},
    {"boolean", "是/否", "yes or no", CLI_TONE_NONE},
    {"date", "日期", "date", CLI_TONE_NONE},
    {"choice", "选项", "choice", CLI_TONE_NONE},
    {"cancelled", "已取消", "cancelled", CLI_TONE_FAINT},
    {"skipped", "无须办理", "skipped", CLI_TONE_FAINT},
    {"received", "已收件", "received", CLI_TONE_NONE},
    {"supplemented", "收到补正材料", "supplemented", CLI_TONE_NONE},
    {"opined", "给出意见", "opinion given", CLI_TONE_NONE},
    {"failed", "连接失败，将重试", "failed, will be tried again", CLI_TONE_BAD},
    {"given_back", "退回", "given back", CLI_TONE_WAIT},
    {"session_lost", "连接器中断", "connector lost", CLI_TONE_BAD},
    {"resumed", "连接器恢复", "connector resumed", CLI_TONE_NONE},
    {"unpaused", "恢复计时", "clock resumed", CLI_TONE_NONE},
    {"asked", "要求补正", "applicant asked", CLI_TONE_WAIT},
    {"input_handed", "补正已转部门", "answer handed on", CLI_TONE_NONE},
    {"requeued", "重新分派", "queued again", CLI_TONE_WAIT},
    {"taken", "人员领取", "taken by an officer", CLI_TONE_NONE},
    {"cancel_confirmed", "取消已确认", "cancel confirmed", CLI_TONE_FAINT},
    {"taken_over", "由人工接办", "taken over by officers", CLI_TONE_WAIT},
    {"woken", "到时", "time came", CLI_TONE_FAINT},
    {"officer", "办理人员", "officer", CLI_TONE_NONE},
    {"connector", "部门系统", "connector", CLI_TONE_NONE},
    {"applicant", "申请人", "applicant", CLI_TONE_NONE},
    {"wait_for_predecessors", "等待前置事项", "wait for earlier tasks", CLI_TONE_FAINT},
    {"offer", "送部门", "send to the department", CLI_TONE_NONE},
    {"retry", "重试", "try again", CLI_TONE_NONE},
    {"take", "领取", "take it", CLI_TONE_NONE},
    {"accept", "接收", "accept it", CLI_TONE_NONE},
    {"give_opinion", "给出意见", "give the opinion", CLI_TONE_NONE},
    {"resume", "恢复计时", "resume the clock", CLI_TONE_NONE},
    {"supplement", "补正", "supply what is missing", CLI_TONE_NONE},
    {"requeue_or_give_opinion", "重新分派或给出意见", "requeue it, or give the opinion", CLI_TONE_NONE},
    {"retries_exhausted", "重试已尽", "retries exhausted", CLI_TONE_BAD},
    {"effect_unknown", "对方是否已办不明", "effect unknown", CLI_TONE_BAD},
    {"poison", "反复使连接器崩溃", "it crashed the connector repeatedly", CLI_TONE_BAD},
    {"by_connector", "连接器搁置", "by the connector", CLI_TONE_BAD},
    {"hearing", "听证", "hearing", CLI_TONE_NONE},
    {"inspection", "检验", "inspection", CLI_TONE_NONE},
    {"testing", "检测", "testing", CLI_TONE_NONE},
    {"quarantine", "检疫", "quarantine", CLI_TONE_NONE},
    {"appraisal", "鉴定", "appraisal", CLI_TONE_NONE},
    {"expert_review", "专家评审", "expert review", CLI_TONE_NONE},
    {"tender", "招标", "tender", CLI_TONE_NONE},
    {"auction", "拍卖", "auction", CLI_TONE_NONE},
    {"unloaded", "已卸下", "unloaded", CLI_TONE_FAINT},
    {"ready", "就绪", "ready", CLI_TONE_GOOD},
    {"active", "运行中", "active", CLI_TONE_GOOD},
    {"starting", "启动中", "starting", CLI_TONE_WAIT},
    {"draining", "排空中", "draining", CLI_TONE_WAIT},
    {"stopped", "已停止", "stopped", CLI_TONE_FAINT},
    {"backoff", "等待重启", "backing off", CLI_TONE_BAD},
    {"quarantined", "已隔离", "quarantined", CLI_TONE_BAD},
    {"disabled", "已停用", "disabled", CLI_TONE_FAINT},
    {"absent", "未连接", "away", CLI_TONE_WAIT},
    {"all", "全部同意", "all must approve", CLI_TONE_NONE},
    {"lead", "牵头部门决定", "the lead decides", CLI_TONE_NONE},
    {"veto", "一票否决", "veto", CLI_TONE_NONE},
    {"quorum", "法定票数", "quorum", CLI_TONE_NONE},
    {"partial", "分项决定", "each on its own", CLI_TONE_NONE},
    {"joint", "整个办件", "the whole application", CLI_TONE_NONE},
    {"intake", "一次性告知", "one-time notice", CLI_TONE_NONE},
    {"tolerance", "承诺补交", "promised materials", CLI_TONE_NONE},
    {"delivery", "送达", "delivery", CLI_TONE_NONE},
    {"promised", "承诺", "promised", CLI_TONE_NONE},
    {"statutory", "法定", "by law", CLI_TONE_NONE},
    {"watch", "暂停预计时长", "expected length of the pause", CLI_TONE_NONE},
    {"running", "计时中", "running", CLI_TONE_NONE},
    {"met", "已办结", "met", CLI_TONE_NONE},
    {"not_started", "未开始", "not started", CLI_TONE_NONE},
    {"start", "起算", "start", CLI_TONE_NONE},
    {"rolled", "顺延", "rolled on", CLI_TONE_NONE},
    {"weekend", "周末", "weekend", CLI_TONE_NONE},
    {"holiday", "节假日", "holiday", CLI_TONE_NONE},
    {"correctable", "请当场更正", "to be put right", CLI_TONE_NONE},
    {"tolerated", "按承诺补交", "promised, to be handed in", CLI_TONE_NONE},
    {"not_competent", "不属于职权范围", "not within our competence", CLI_TONE_NONE},
    {"extended", "期限延长", "limit extended", CLI_TONE_NONE},
    {"redated", "日期重新核定", "dates moved", CLI_TONE_NONE},
    {"told", "通知已送达", "notice arrived", CLI_TONE_NONE},
    {"told_in_person", "窗口当面告知", "told in person", CLI_TONE_NONE},
    {"deemed_consent", "视为同意", "deemed consent", CLI_TONE_NONE},
    {"deemed_grant", "视为准予", "deemed grant", CLI_TONE_NONE},
    {"deemed_refusal", "视为不予许可", "deemed refusal", CLI_TONE_NONE},
    {"deemed_renewal", "视为准予延续", "deemed renewal", CLI_TONE_NONE},
    {"on_the_spot", "即办件", "on the spot", CLI_TONE_NONE},
    {"checked", "核对材料", "looked at", CLI_TONE_NONE},
    {"marked", "记录节点", "milestone", CLI_TONE_NONE},
    {"person_barred", "限制再次申请", "barred from applying again", CLI_TONE_NONE},
    {"bar_lifted", "解除再次申请的限制", "bar lifted", CLI_TONE_NONE},
    {"supplemented_in_part", "部分补正", "supplied in part", CLI_TONE_NONE},
    {"payment_recorded", "登记缴费", "payment recorded", CLI_TONE_NONE},
    {"payment_refunded", "退费", "refunded", CLI_TONE_NONE},
    {"fee_refused", "拒绝标准外收费", "fee outside the standard refused", CLI_TONE_BAD},
    {"handed_over_unpaid", "交付时费用未缴清", "handed over unpaid", CLI_TONE_WAIT},
    {"fee_overpaid", "多收款项", "paid too much", CLI_TONE_WAIT},
    {"result_issued", "出具电子结果", "signed document issued", CLI_TONE_NONE},
    {"handed_over", "窗口领取", "handed over at the window", CLI_TONE_NONE},
    {"parcel_ordered", "交办快递", "courier ordered", CLI_TONE_NONE},
    {"parcel_accepted", "快递已接单", "courier has taken it on", CLI_TONE_NONE},
    {"parcel_failed", "快递未能承运", "no courier could carry it", CLI_TONE_BAD},
    {"parcel_sent", "快递寄出", "sent by courier", CLI_TONE_NONE},
    {"parcel_delivered", "快递签收", "parcel delivered", CLI_TONE_GOOD},
    {"result_delivered", "结果送达", "result delivered", CLI_TONE_GOOD},
    {"parcel_returned", "快递退回", "parcel came back", CLI_TONE_BAD},
    {"message_accepted", "消息已交网关", "message taken on", CLI_TONE_NONE},
    {"message_delivered", "消息已送达", "message delivered", CLI_TONE_GOOD},
    {"message_sent", "消息已发出", "message sent", CLI_TONE_NONE},
    {"message_failed", "消息未能送达", "message not delivered", CLI_TONE_BAD},
    {"message_cancelled", "消息已撤回", "message called back", CLI_TONE_NONE},
    {"message_late", "消息撤回之后的回报", "came after the message was called back", CLI_TONE_NONE},
    {"parcel_cancelled", "寄件已撤销", "parcel called off", CLI_TONE_NONE},
    {"parcel_late", "寄件撤销之后的回报", "came after the parcel was called off", CLI_TONE_NONE},
    {"undelivered", "未能送达", "not delivered", CLI_TONE_BAD},
    {"duplicate_warned", "可能重复", "possible duplicate", CLI_TONE_WAIT},
    {"opinion_conflict", "第二次且不同的意见：已记录，不生效", "a second, different opinion: kept, not applied", CLI_TONE_WAIT},
    {"progress", "部门报告进展", "progress reported", CLI_TONE_NONE},
    {"task_claimed", "工作人员认领", "claimed by an officer", CLI_TONE_NONE},
    {"task_released", "工作人员放回", "released by an officer", CLI_TONE_NONE},
    {"task_taken_over", "由他人接手", "taken over from another officer", CLI_TONE_NONE},
    {"material_uploaded", "上传材料", "document uploaded", CLI_TONE_NONE},
    {"scan_sent", "病毒检查：不适用", "scan: nothing to say", CLI_TONE_NONE},
    {"scan_accepted", "病毒检查已接收", "scan begun", CLI_TONE_NONE},
    {"scan_delivered", "病毒检查通过", "scan: clean", CLI_TONE_NONE},
    {"scan_failed", "病毒检查未通过或未完成", "scan: infected, or not done", CLI_TONE_BAD},
    {"evaluated", "服务评价", "rated", CLI_TONE_NONE},
    {"evaluation_passed", "转交差评", "rating passed on", CLI_TONE_NONE},
    {"evaluation_repaired", "差评已整改", "put right after a bad rating", CLI_TONE_GOOD},
    {"repair_due_soon", "整改将到期", "repair is due soon", CLI_TONE_WAIT},
    {"repair_overdue", "整改超期", "repair is late", CLI_TONE_BAD},
    {"repair_redated", "整改期限随日历调整", "the repair's date moved with the calendar", CLI_TONE_NONE},
    {"inquiry_received", "收到咨询", "inquiry received", CLI_TONE_NONE},
    {"inquiry_replied", "答复咨询", "inquiry replied to", CLI_TONE_NONE},
    {"inquiry_passed", "转交咨询", "inquiry passed on", CLI_TONE_NONE},
    {"inquiry_due_soon", "咨询答复将到期", "reply to the inquiry is due soon", CLI_TONE_WAIT},
    {"inquiry_overdue", "咨询答复超期", "reply to the inquiry is late", CLI_TONE_BAD},
    {"inquiry_redated", "咨询答复期限随日历调整", "the inquiry's date moved with the calendar", CLI_TONE_NONE},
    {"complaint_received", "收到投诉", "complaint received", CLI_TONE_NONE},
    {"complaint_replied", "答复投诉", "complaint replied to", CLI_TONE_NONE},
    {"complaint_passed", "转交投诉", "complaint passed on", CLI_TONE_NONE},
    {"complaint_due_soon", "投诉答复将到期", "reply to the complaint is due soon", CLI_TONE_WAIT},
    {"complaint_overdue", "投诉答复超期", "reply to the complaint is late", CLI_TONE_BAD},
    {"complaint_redated", "投诉答复期限随日历调整", "the complaint's date moved with the calendar", CLI_TONE_NONE},
    {"grievance_recorded", "登记委屈", "grievance recorded", CLI_TONE_NONE},
    {"grievance_settled", "委屈登记已处理", "grievance settled", CLI_TONE_NONE},
    {"erased", "个人信息已清除", "personal data erased", CLI_TONE_FAINT},
    {"documents_erased", "材料文件已删除", "documents erased", CLI_TONE_FAINT},
    {"entry_erased", "登记内容已清除", "register entry erased", CLI_TONE_FAINT},
    {"entry_redacted", "登记内容中的个人信息已清除", "personal data in an entry erased", CLI_TONE_FAINT},
    {"outside_standard", "标准外收费", "fee outside the standard", CLI_TONE_BAD},
    {"overpaid", "多收款项", "paid too much", CLI_TONE_WAIT},
    {"info", "提示", "note", CLI_TONE_NONE},
    {"front_desk", "窗口", "front desk", CLI_TONE_NONE},
    {"check", "核对材料", "look whether it is complete", CLI_TONE_NONE},
    {"yellow", "即将到期", "due soon", CLI_TONE_WAIT},
    {"red", "已超期", "overdue", CLI_TONE_BAD},
    {"green", "正常", "in time", CLI_TONE_GOOD},
};

static const struct row *row_find(const char *word)
{
    for (size_t i = 0; word != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].word, word) == 0)
            return &rows[i];
    }
    return NULL;
}

const char *cli_word(const struct cli *cli, const char *word)
{
    const struct row *row = row_find(word);

    if (row == NULL)
        return word != NULL ? word : "";
    return cli->language == CLI_EN ? row->en : row->zh;
}

enum cli_tone cli_word_tone(const char *word)
{
    const struct row *row = row_find(word);

    return row != NULL ? row->tone : CLI_TONE_NONE;
}

const char *cli_text_of(const struct cli *cli, const struct base_json *json)
{
    const char *text = base_json_text(json);

    if (text == NULL)
        text = base_json_member_text(json, cli->language == CLI_EN ? "en" : "zh-CN");
    return text != NULL ? text : base_json_text(base_json_first(json));
}

const char *cli_member_text_of(const struct cli *cli, const struct base_json *object, const char *key)
{
    return cli_text_of(cli, base_json_member(object, key));
}

static const char *weekday(const struct cli *cli, int32_t day)
{
    static const struct cli_text names[] = { /* 1970-01-01 was a Thursday */
        {{"周四", "Thu"}}, {{"周五", "Fri"}}, {{"周六", "Sat"}}, {{"周日", "Sun"}},
        {{"周一", "Mon"}}, {{"周二", "Tue"}}, {{"周三", "Wed"}},
    };

    return names[day % 7].in[cli->language];
}

void cli_day_format(const struct cli *cli, const char *iso, char text[CLI_DAY_SIZE])
{
    char date[BASE_DATE_SIZE];
    int32_t day;

    snprintf(text, CLI_DAY_SIZE, "%s", iso != NULL ? iso : "");
    snprintf(date, sizeof(date), "%.10s", text);
    if (base_day_parse(date, &day) != OD_OK || day < 0)
        return;
    if (text[10] == '\0')
        snprintf(text, CLI_DAY_SIZE, "%s %s", date, weekday(cli, day));
    else if (text[10] == 'T' && strlen(text) >= 16)
        snprintf(text, CLI_DAY_SIZE, "%s %.5s %s", date, iso + 11, weekday(cli, day));
}

void cli_limit_format(const struct cli *cli, const struct base_json *limit, char text[64])
{
    const char *unit = base_json_member_text(limit, "unit");
    int64_t length;

    text[0] = '\0';
    if (unit == NULL || base_json_i64(base_json_member(limit, "length"), 0, INT32_MAX, &length) != OD_OK)
        return;
    static const struct {
        const char *unit, *zh, *en;
    } units[] = {{"working_day", "个工作日", "working day"}, {"calendar_day", "个自然日", "calendar day"},
                 {"hour", "小时", "hour"}, {"month", "个月", "month"}};
    size_t i = 0;

    while (i + 1 < sizeof(units) / sizeof(units[0]) && strcmp(units[i].unit, unit) != 0)
        i++;
    if (cli->language == CLI_EN)
        snprintf(text, 64, "%lld %s%s", (long long)length, units[i].en, length == 1 ? "" : "s");
    else
        snprintf(text, 64, "%lld %s", (long long)length, units[i].zh);
}
