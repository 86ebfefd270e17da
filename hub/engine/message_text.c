/* SPDX-License-Identifier: Apache-2.0 */
/* The words of messages: the catalogue's, else those that are built in. */
#include "engine/message.h"

#include <stdio.h>
#include <string.h>

/* The signed note, line by line, and its signature: docs/evidence.md. */
#define CHECKPOINT \
    "onedoor checkpoint 1\nnumber {{checkpoint}}\nrecords {{first}} {{seq}}\nhash {{hash}}\nroot {{root}}\ntime {{time}}\nprevious {{previous}}\n" \
    "key {{key}}\nsignature {{signature}}\n"

static const struct {
    const char *kind;
    const char *text[CATALOG_LANGUAGES];
} texts[] = {
    {"received", {"您的“{{service}}”申请已收到，编号 {{number}}，查询码 {{code}}。五个工作日内告知材料是否齐全。{{center}}",
                  "Your application \"{{service}}\" was received: number {{number}}, code {{code}}. You are told within five working days whether it is complete. {{center}}"}},
    {"accepted", {"您的“{{service}}”申请已受理，编号 {{number}}，查询码 {{code}}，承诺 {{promised_date}} 前办结。{{center}}",
                  "Your application \"{{service}}\" was accepted: number {{number}}, code {{code}}, promised by {{promised_date}}. {{center}}"}},
    {"incomplete", {"您的申请 {{number}} 材料不齐全，请于 {{until}} 前一次补正：{{missing}}。逾期申请终止。{{center}}",
                    "Your application {{number}} is incomplete. Please supply by {{until}}: {{missing}}. Otherwise it ends. {{center}}"}},
    {"correctable", {"您的申请 {{number}} 有可以当场更正的错误，请于 {{until}} 前更正。{{center}}",
                     "Your application {{number}} has errors that can be put right on the spot; please do so by {{until}}. {{center}}"}},
    {"supplement", {"您的申请 {{number}} 需要补充：{{missing}}。请于 {{until}} 前提交。{{center}}",
                    "Your application {{number}} needs the following by {{until}}: {{missing}}. {{center}}"}},
    {"not_required", {"您申请的“{{service}}”（{{number}}）依法不需要取得行政许可。{{center}}",
                      "What you applied for, \"{{service}}\" ({{number}}), needs no approval. {{center}}"}},
    {"not_competent", {"您申请的“{{service}}”（{{number}}）不属于本中心职权范围，请向有权机关申请。{{center}}",
                       "\"{{service}}\" ({{number}}) is not within this center's competence; please apply to the right body. {{center}}"}},
    {"paused", {"您的申请 {{number}} 的“{{matter}}”（{{department}}）因{{pause}}中止计时，预计{{days}}个工作日，不计入期限。{{reason}}{{center}}",
                "{{matter}} ({{department}}) of your application {{number}}: the clock stands still for the {{pause}} (working days: {{days}}). That time does not count. {{reason}} {{center}}"}},
    {"resumed", {"您的申请 {{number}} 的“{{matter}}”（{{department}}）恢复计时，承诺 {{promised_date}} 前办结。{{center}}",
                 "{{matter}} ({{department}}) of your application {{number}}: the clock goes on; promised by {{promised_date}}. {{center}}"}},
    {"extended", {"您的申请 {{number}} 经批准延长期限 {{days}} 日，承诺 {{promised_date}} 前办结。理由：{{reason}} {{center}}",
                  "The limit of your application {{number}} was extended by {{days}} days; promised by {{promised_date}}. Reason: {{reason}} {{center}}"}},
    {"redated", {"因工作日历调整，您的申请 {{number}} 的承诺日期为 {{promised_date}}。{{center}}",
                 "The calendar of working days was amended: your application {{number}} is promised by {{promised_date}}. {{center}}"}},
    {"delegated", {"您的申请 {{number}} 的“{{matter}}”由{{department}}委托{{to}}办理。{{text}}{{center}}",
                   "{{matter}} of your application {{number}} was delegated by {{department}} to {{to}}. {{text}} {{center}}"}},
    {"hearing", {"您的申请 {{number}} 的“{{matter}}”（{{department}}）于 {{on}} 举行听证，主持人 {{chair}}。{{text}}主持人与本事项有直接利害关系的，您可以申请回避。{{center}}",
                 "The hearing on {{matter}} ({{department}}) of your application {{number}} is on {{on}}, chaired by {{chair}}. {{text}} You may object to a chair with an interest in it. {{center}}"}},
    {"decided", {"您的申请 {{number}} 已作出决定：{{outcome}}。请凭查询码 {{code}} 查询并领取结果。{{center}}",
                 "The decision on your application {{number}} was made: {{outcome}}. Look it up with code {{code}}. {{center}}"}},
    {"withdrawn", {"您的申请 {{number}} 已撤回。{{center}}", "Your application {{number}} was withdrawn. {{center}}"}},
    {"lapsed", {"您的申请 {{number}} 逾期未补正，已终止，可以重新申请。{{center}}",
                "Your application {{number}} was not completed in time and has ended; you may apply again. {{center}}"}},
    {"material_refused", {"您提交的材料“{{material}}”未被接受：{{reason}}。请重新提交。{{center}}",
                          "Your document \"{{material}}\" was not taken: {{reason}}. Please hand it in again. {{center}}"}},
    {"inquiry_received", {"您的咨询 {{id}} 已收到，{{until}} 前书面答复。{{center}}",
                          "Your inquiry {{id}} was received; you have a written answer by {{until}}. {{center}}"}},
    {"inquiry_replied", {"您的咨询 {{id}} 答复：{{text}} {{center}}", "The answer to your inquiry {{id}}: {{text}} {{center}}"}},
    {"complaint_received", {"您的投诉 {{id}} 已收到，{{until}} 前书面答复。{{center}}",
                            "Your complaint {{id}} was received; you have a written answer by {{until}}. {{center}}"}},
    {"complaint_replied", {"您的投诉 {{id}} 答复：{{text}} {{center}}", "The answer to your complaint {{id}}: {{text}} {{center}}"}},
    {"evaluation_invited", {"请评价“{{service}}”（{{number}}）的办理：{{link}} {{center}}",
                            "Please rate how \"{{service}}\" ({{number}}) was handled: {{link}} {{center}}"}},
    {"evaluation_replied", {"对您的评价，中心答复：{{text}} {{center}}", "The center answers your rating: {{text}} {{center}}"}},
    {"payment_due", {"您的申请 {{number}} 应缴“{{fee}}”{{amount}} 元。{{center}}",
                     "Your application {{number}} has a fee to pay: {{fee}}, {{amount}} CNY. {{center}}"}},
    {"payment_received", {"已收到“{{fee}}”{{amount}} 元，票据号 {{receipt}}。{{center}}",
                          "Received: {{fee}}, {{amount}} CNY, receipt {{receipt}}. {{center}}"}},
    {"payment_refunded", {"已退回“{{fee}}”{{amount}} 元，票据号 {{receipt}}。{{reason}} {{center}}",
                          "Refunded: {{fee}}, {{amount}} CNY, receipt {{receipt}}. {{reason}} {{center}}"}},
    {"result_ready", {"您的申请 {{number}} 的办理结果可以领取：{{window}}。{{center}}",
                      "The result of your application {{number}} can be collected: {{window}}. {{center}}"}},
    {"parcel_sent", {"您的申请 {{number}} 的办理结果已寄出，{{carrier}} 运单 {{waybill}}。{{center}}",
                     "The result of your application {{number}} was sent: {{carrier}}, waybill {{waybill}}. {{center}}"}},
    {"parcel_delivered", {"您的申请 {{number}} 的办理结果已签收，运单 {{waybill}}。{{center}}",
                          "The result of your application {{number}} was delivered, waybill {{waybill}}. {{center}}"}},
    {"checkpoint", {"{{center}}日志检查点。请妥善保存本通知：日后可用 onedoor journal verify --against 核对日志是否被删改。\n\n" CHECKPOINT,
                    "A checkpoint of the journal of {{center}}. Please keep this notice: onedoor journal verify --against will tell whether the journal was changed "
                    "or cut since.\n\n" CHECKPOINT}},
};
#define TEXT_COUNT (sizeof(texts) / sizeof(texts[0]))

static const char *const subjects[CATALOG_LANGUAGES] = {"{{center}}：{{service}} {{number}}", "{{center}}: {{service}} {{number}}"};

const char *engine_message_text(const char *kind, enum catalog_language language)
{
    for (size_t i = 0; i < TEXT_COUNT; i++)
        if (strcmp(texts[i].kind, kind) == 0)
            return texts[i].text[language];
    return "";
}

/* -- Values -- */

struct values {
    const struct engine_message_filling *filling;
    struct base_buffer missing; /* names of what is asked for */
    char date[BASE_DATE_SIZE];
};

static const char *in_language(const struct engine_message_filling *filling, const struct catalog_text *text)
{
    return text != NULL ? text->in[filling->language] : "";
}

static const char *outcome_words(const char *outcome, enum catalog_language language)
{
    static const char *const words[][3] = {
        {"approved", "准予许可", "approved"},
        {"approved_with_conditions", "附条件准予许可", "approved with conditions"},
        {"partially_approved", "部分准予许可", "partially approved"},
        {"rejected", "不予许可", "rejected"},
        {"not_required", "无需许可", "no approval is needed"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i][0], outcome) == 0)
            return words[i][language == CATALOG_EN ? 2 : 1];
    return outcome;
}

static const struct catalog_matter *matter_of(const struct engine_message_filling *filling)
{
    const struct engine_application *application = filling->application;

    if (application == NULL || filling->task < 0 || (size_t)filling->task >= application->service->matter_count)
        return NULL;
    return application->service->matters[filling->task];
}

static const char *applicant_name(const struct engine_message_filling *filling)
{
    const struct engine_application *application = filling->application;
    const char *name = application != NULL ? base_json_member_text(base_json_member(application->document_tree, "applicant"), "name") : NULL;

    return name != NULL ? name : "";
}

static const char *param(const struct engine_message_filling *filling, const char *name)
{
    const char *text = base_json_member_text(filling->params, name);

    if (text == NULL)
        return "";
    if (strcmp(name, "outcome") == 0)
        return outcome_words(text, filling->language);
    if (strcmp(name, "days") == 0 && *text == '\0') /* nobody said how long */
        return filling->language == CATALOG_EN ? "not known yet" : "若干";
    return strcmp(name, "pause") == 0 ? engine_pause_words(core_pause_kind_find(text), filling->language) : text;
}

/* Where people go. */
static const char *window_of(const struct engine_message_filling *filling)
{
    const char *address = in_language(filling, &catalog_contact(filling->catalog)->address);

    return address != NULL ? address : in_language(filling, catalog_center_name(filling->catalog));
}

static const char *value_of(void *owner, const char *name)
{
    struct values *values = owner;
    const struct engine_message_filling *filling = values->filling;
    const struct catalog_matter *matter = matter_of(filling);

    if (strcmp(name, "number") == 0)
        return filling->number;
    if (strcmp(name, "center") == 0)
        return in_language(filling, catalog_center_name(filling->catalog));
    if (strcmp(name, "service") == 0)
        return filling->application != NULL ? in_language(filling, &filling->application->service->name) : "";
    if (strcmp(name, "applicant") == 0)
        return applicant_name(filling);
    if (strcmp(name, "date") == 0)
        return values->date;
    if (strcmp(name, "missing") == 0)
        return base_buffer_text(&values->missing);
    if (strcmp(name, "matter") == 0)
        return matter != NULL ? in_language(filling, &matter->name) : "";
    if (strcmp(name, "department") == 0)
        return matter != NULL ? in_language(filling, &matter->department->name) : "";
    if (strcmp(name, "window") == 0)
        return window_of(filling);
    return param(filling, name);
}

static void put_name(struct values *values, const struct base_json *item)
{
    bool is_english = values->filling->language == CATALOG_EN;
    const char *name = base_json_member_text(base_json_member(item, "name"), is_english ? "en" : "zh-CN");
    const char *form = base_json_member_text(base_json_member(item, "form_text"), is_english ? "en" : "zh-CN");

    if (name == NULL)
        return;
    base_buffer_put_format(&values->missing, "%s%s", values->missing.size > 0 ? (is_english ? ", " : "、") : "", name);
    if (form != NULL)
        base_buffer_put_format(&values->missing, is_english ? " (%s)" : "（%s）", form);
}

/* What the notice of this moment asks for, by the names that people know. */
static void missing_put(struct values *values)
{
    const struct engine_message_filling *filling = values->filling;
    struct base_buffer text = {0};
    struct base_json_error error;
    struct base_json *tree = NULL;

    if (filling->application == NULL || !catalog_notice_name_is(filling->kind, "missing", strlen("missing")))
        return;
    base_json_open(&text, NULL, '{');
    engine_put_notice(&text, filling->application);
    base_json_close(&text, '}');
    if (!text.is_broken && base_json_parse(text.bytes, text.size, &tree, &error) == OD_OK) {
        const struct base_json *notice = base_json_member(tree, "notice");

        for (const struct base_json *item = base_json_first(base_json_member(notice, "missing")); item != NULL; item = base_json_next(item))
            put_name(values, item);
        for (const struct base_json *request = base_json_first(base_json_member(notice, "requests")); request != NULL;
             request = base_json_next(request))
            for (const struct base_json *item = base_json_first(base_json_member(request, "items")); item != NULL; item = base_json_next(item))
                put_name(values, item);
    }
    base_json_destroy(tree);
    base_buffer_fini(&text);
}

/* -- Texts -- */

/* The code is put in when it leaves, and kept nowhere. */
static const char *value_but_code(void *owner, const char *name)
{
    return strcmp(name, "code") == 0 ? "" : value_of(owner, name);
}

/* As catalog_notice_fill, and {{code}} stays. */
static void fill(struct base_buffer *buffer, const char *text, struct values *values)
{
    static const char code[] = "{{code}}";

    for (const char *at; (at = strstr(text, code)) != NULL; text = at + sizeof(code) - 1) {
        char part[CATALOG_NOTICE_TEXT_MAX + 1];

        snprintf(part, sizeof(part), "%.*s", (int)(at - text), text);
        catalog_notice_fill(buffer, part, value_but_code, values);
        base_buffer_put_text(buffer, code);
    }
    catalog_notice_fill(buffer, text, value_but_code, values);
}

static void put_text(struct base_buffer *buffer, const char *key, const char *text, struct values *values)
{
    struct base_buffer filled = {0};

    fill(&filled, text, values);
    base_json_put_text_n(buffer, key, base_buffer_text(&filled), filled.size);
    buffer->is_broken = buffer->is_broken || filled.is_broken;
    base_buffer_fini(&filled);
}

static const char *text_of(const struct engine_message_filling *filling, enum catalog_channel channel)
{
    const struct catalog_notice_text *own = catalog_notice_text_find(filling->catalog, filling->kind, channel);

    return own != NULL ? own->text.in[filling->language] : engine_message_text(filling->kind, filling->language);
}

void engine_message_fill(struct base_buffer *buffer, const struct engine_message_filling *filling)
{
    const struct catalog_notice_text *own = catalog_notice_text_find(filling->catalog, filling->kind, CATALOG_CHANNEL_EMAIL);
    const char *subject = own != NULL && own->subject.in[filling->language] != NULL ? own->subject.in[filling->language]
                                                                                    : subjects[filling->language];
    struct values values = {.filling = filling};

    base_day_format(filling->engine->now.day, values.date);
    missing_put(&values);
    put_text(buffer, "sms", text_of(filling, CATALOG_CHANNEL_SMS), &values);
    put_text(buffer, "subject", subject, &values);
    put_text(buffer, "body", text_of(filling, CATALOG_CHANNEL_EMAIL), &values);
    buffer->is_broken = buffer->is_broken || values.missing.is_broken;
    base_buffer_fini(&values.missing);
}
