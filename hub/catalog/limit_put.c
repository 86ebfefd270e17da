/* SPDX-License-Identifier: Apache-2.0 */
/* A limit as JSON and in a sentence: both from the tables that the clocks run by. */
#include "catalog/limit_put.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "catalog/line.h"
#include "catalog/loading.h"
#include "core/names.h"

void catalog_limit_put_brief(struct base_buffer *buffer, const char *key, const struct core_limit *limit)
{
    if (limit->unit == CORE_UNIT_NONE) {
        base_json_put_null(buffer, key);
        return;
    }
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "unit", core_unit_name(limit->unit));
    base_json_put_i64(buffer, "length", limit->length);
    base_json_put_bool(buffer, "counts_start_day", limit->counts_start_day);
    base_json_put_text(buffer, "end_roll", limit->end_roll == CORE_END_ROLL_NONE ? "none" : "next_working_day");
    base_json_close(buffer, '}');
}

/* -- The rest as data -- */

static void calendar_put(struct base_buffer *buffer, const struct catalog *catalog, const struct core_calendar *calendar)
{
    for (uint32_t i = 0; i < catalog->calendar_index.count; i++) {
        if (&catalog->calendars[i].rules == calendar)
            base_json_put_text(buffer, "calendar", catalog->calendars[i].id);
    }
}

static void pauses_put(struct base_buffer *buffer, uint32_t kinds)
{
    if (kinds == CORE_PAUSES_DEFAULT)
        return;
    if (kinds == CORE_PAUSES_NEVER) {
        base_json_put_text(buffer, "pause_on", "none");
        return;
    }
    base_json_open(buffer, "pause_on", '[');
    for (unsigned kind = CORE_PAUSE_HEARING; kind <= CORE_PAUSE_SUPPLEMENT; kind++) {
        if ((kinds >> kind & 1u) != 0)
            base_json_put_text(buffer, NULL, core_pause_kind_name((enum core_pause_kind)kind));
    }
    base_json_close(buffer, ']');
}

static void resets_put(struct base_buffer *buffer, uint32_t resets)
{
    if (resets == 0)
        return;
    base_json_open(buffer, "reset_on", '[');
    if ((resets >> CORE_RESET_SUPPLEMENTED & 1u) != 0)
        base_json_put_text(buffer, NULL, "supplemented");
    if ((resets >> CORE_RESET_RESUMED & 1u) != 0)
        base_json_put_text(buffer, NULL, "resumed");
    base_json_close(buffer, ']');
}

static void warn_put(struct base_buffer *buffer, const struct core_limit *limit)
{
    if (limit->warn_days == 0 && limit->warn_percent == 0)
        return;
    base_json_open(buffer, "warn", '{');
    if (limit->warn_days != 0)
        base_json_put_i64(buffer, "working_days", limit->warn_days);
    if (limit->warn_percent != 0)
        base_json_put_i64(buffer, "percent", limit->warn_percent);
    base_json_close(buffer, '}');
}

static enum core_unit extend_unit(const struct core_limit *limit)
{
    return limit->extend.unit != CORE_UNIT_NONE ? (enum core_unit)limit->extend.unit : limit->unit;
}

static void extend_put(struct base_buffer *buffer, const struct core_limit *limit)
{
    const struct core_extend *extend = &limit->extend;

    if (extend->times_max == 0)
        return;
    base_json_open(buffer, "extend", '{');
    base_json_put_i64(buffer, "max_times", extend->times_max);
    base_json_put_i64(buffer, "max_length", extend->length_max);
    base_json_put_text(buffer, "unit", core_unit_name(extend_unit(limit)));
    base_json_put_text(buffer, "approver", catalog_rank_words.at[extend->approver]);
    base_json_put_bool(buffer, "reason", extend->needs_reason);
    base_json_close(buffer, '}');
}

static void counting_put(struct base_buffer *buffer, const struct core_limit *limit)
{
    if (limit->start != CORE_START_DEFAULT)
        base_json_put_text(buffer, "start", catalog_start_words.at[limit->start]);
    if (limit->told_after != 0)
        base_json_put_i64(buffer, "told_after", limit->told_after);
    if (limit->not_started_until != CORE_START_DEFAULT)
        base_json_put_text(buffer, "not_started_until", catalog_start_words.at[limit->not_started_until]);
    if (limit->is_retroactive)
        base_json_put_bool(buffer, "retroactive", true);
    if (limit->is_pause_day_free)
        base_json_put_text(buffer, "pause_day", "free");
    if (limit->is_resume_day_counted)
        base_json_put_text(buffer, "resume_day", "counts");
}

static void rule_put(struct base_buffer *buffer, const struct catalog *catalog, const char *id)
{
    const struct catalog_rule *rule = id != NULL ? catalog_rule_find(catalog, id) : NULL;

    if (rule == NULL)
        return;
    base_json_put_text(buffer, "rule", rule->id);
    base_json_put_text(buffer, "article", rule->article);
    catalog_put_text(buffer, "source", &rule->source);
}

void catalog_limit_put(struct base_buffer *buffer, const char *key, const struct catalog *catalog,
                       enum catalog_limit_place place, const struct core_limit *limit)
{
    if (limit->unit == CORE_UNIT_NONE) {
        base_json_put_null(buffer, key);
        return;
    }
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "unit", core_unit_name(limit->unit));
    base_json_put_i64(buffer, "length", limit->length);
    base_json_put_bool(buffer, "counts_start_day", limit->counts_start_day);
    base_json_put_text(buffer, "end_roll", limit->end_roll == CORE_END_ROLL_NONE ? "none" : "next_working_day");
    calendar_put(buffer, catalog, limit->calendar);
    counting_put(buffer, limit);
    pauses_put(buffer, limit->pause_on);
    resets_put(buffer, limit->reset_on);
    warn_put(buffer, limit);
    extend_put(buffer, limit);
    rule_put(buffer, catalog, limit->rule);
    catalog_put_limit_words(buffer, "text", catalog, place, limit);
    base_json_close(buffer, '}');
}

void catalog_stages_put(struct base_buffer *buffer, const struct catalog *catalog, const struct catalog_matter *matter)
{
    if (matter->stage_count == 0)
        return;
    base_json_open(buffer, "stages", '[');
    for (size_t i = 0; i < matter->stage_count; i++) {
        const struct core_stage_rule *stage = &matter->stages[i];
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "id", stage->id);
        base_json_put_text(buffer, "starts_on", catalog_milestone_words.at[stage->starts_on]);
        base_json_put_text(buffer, "ends_on", catalog_milestone_words.at[stage->ends_on]);
        if (stage->lead > 0)
            base_json_put_i64(buffer, "lead", stage->lead);
        catalog_limit_put(buffer, "limit", catalog, CATALOG_LIMIT_STAGE, &stage->limit);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

/* -- In a sentence -- */

/* One sentence while it is told. */
struct limit_telling {
    const struct catalog *catalog;
    const struct core_limit *limit;
    enum catalog_limit_place place;
    enum catalog_language language;
    struct catalog_line *line;
};

static void tell(const struct limit_telling *telling, const char *zh, const char *en)
{
    catalog_line_put(telling->line, telling->language == CATALOG_ZH_CN ? zh : en);
}

static void tell_length(const struct limit_telling *telling, int length, enum core_unit unit)
{
    static const char *const words[][3] = {
        [CORE_UNIT_NONE] = {"", "", ""},
        [CORE_UNIT_WORKING_DAY] = {" 个工作日", " working day", " working days"},
        [CORE_UNIT_CALENDAR_DAY] = {" 日", " calendar day", " calendar days"},
        [CORE_UNIT_HOUR] = {" 小时", " hour", " hours"},
        [CORE_UNIT_MONTH] = {" 个月", " month", " months"}};

    catalog_line_put_number(telling->line, length);
    tell(telling, words[unit][0], words[unit][length == 1 ? 1 : 2]);
}

/* "from acceptance"; {zh, en}. */
static const char *const start_texts[][CATALOG_LANGUAGES] = {
    [CORE_START_DEFAULT] = {"", ""},
    [CORE_START_RECEIPT] = {"收到之日起 ", "from receipt"},
    [CORE_START_ACCEPTANCE] = {"受理之日起 ", "from acceptance"},
    [CORE_START_WORKABLE] = {"可以开始审查之日起 ", "from the day on which the review can begin"},
    [CORE_START_TAKEN] = {"部门收件之日起 ", "from the day on which the department takes it"},
    [CORE_START_DECISION] = {"作出决定之日起 ", "from the decision"},
    [CORE_START_TOLD] = {"告知送达之日起 ", "from the day on which the notice arrives"},
};

/* Of limits that start with an event of their own. */
static const char *const own_start_texts[CATALOG_LIMIT_PLACES][CATALOG_LANGUAGES] = {
    [CATALOG_LIMIT_WATCH] = {"暂停之日起 ", "from the pause"},
    [CATALOG_LIMIT_SUPPLEMENT] = {"告知之日起 ", "from the notice"},
};

static const char *start_text(const struct limit_telling *telling)
{
    const char *own = own_start_texts[telling->place][telling->language];

    return own != NULL && telling->limit->start == CORE_START_DEFAULT ? own : start_texts[catalog_limit_start(telling->place, telling->limit)][telling->language];
}

/* What holds where no receipt comes. */
static void tell_presumption(const struct limit_telling *telling)
{
    const struct core_limit *limit = telling->limit;
    char text[80];

    if (limit->start != CORE_START_TOLD)
        return;
    snprintf(text, sizeof(text), telling->language == CATALOG_EN ? " (without a receipt, %d days after it was sent)" : "（无送达回执的，自发出后第 %d 日视为送达）",
             limit->told_after != 0 ? (int)limit->told_after : CORE_TOLD_AFTER_DAYS);
    catalog_line_put(telling->line, text);
}

static void tell_start(const struct limit_telling *telling)
{
    const struct core_limit *limit = telling->limit;
    const char *start = start_text(telling);

    if (telling->language == CATALOG_ZH_CN)
        catalog_line_put(telling->line, start);
    tell_length(telling, limit->length, limit->unit);
    if (telling->language == CATALOG_EN && start[0] != '\0') {
        catalog_line_put(telling->line, " ");
        catalog_line_put(telling->line, start);
    }
    tell_presumption(telling);
    if (limit->counts_start_day)
        tell(telling, "（当日计入）", ", that day included");
    if (limit->not_started_until == CORE_START_DEFAULT)
        return;
    static const char *const untils[][CATALOG_LANGUAGES] = {
        [CORE_START_ACCEPTANCE] = {"受理", "it is accepted"}, [CORE_START_WORKABLE] = {"可以开始审查", "the review can begin"},
        [CORE_START_TAKEN] = {"部门收件", "the department takes it"}, [CORE_START_DECISION] = {"作出决定", "there is a decision"}};
    tell(telling, limit->is_retroactive ? "，自" : "，但自", limit->is_retroactive ? ", counted from there once " : ", but not before ");
    catalog_line_put(telling->line, untils[limit->not_started_until][telling->language]);
    tell(telling, limit->is_retroactive ? "后追溯计算" : "后开始", "");
}

/* "Administrative Licensing Law art. 42"; an article that does not begin with a digit is cited as it stands. */
static void tell_article(const struct limit_telling *telling, const struct catalog_rule *rule)
{
    bool is_number = isdigit((unsigned char)rule->article[0]) != 0;
    size_t digits = strspn(rule->article, "0123456789");
    char number[24];

    catalog_line_put(telling->line, rule->source.in[telling->language]);
    if (!is_number) {
        catalog_line_put(telling->line, " ");
        catalog_line_put(telling->line, rule->article);
        return;
    }
    snprintf(number, sizeof(number), "%.*s", (int)digits, rule->article);
    tell(telling, "第", " art. ");
    catalog_line_put(telling->line, number);
    tell(telling, "条", "");
    catalog_line_put(telling->line, rule->article + digits);
}

static void tell_rule(const struct limit_telling *telling)
{
    const struct catalog_rule *rule = telling->limit->rule != NULL ? catalog_rule_find(telling->catalog, telling->limit->rule) : NULL;

    if (rule == NULL)
        return;
    tell(telling, "（", " (");
    tell_article(telling, rule);
    tell(telling, "）", ")");
}

/* "the head of the department may extend it once by up to 10 working days, with reasons". */
static void tell_extension(const struct limit_telling *telling)
{
    static const char *const ranks[][CATALOG_LANGUAGES] = {
        [CORE_RANK_NONE] = {"", ""}, [CORE_RANK_OFFICER] = {"办理人员", "an officer"},
        [CORE_RANK_HEAD] = {"本行政机关负责人", "the head of the department"},
        [CORE_RANK_GOVERNMENT] = {"本级人民政府负责人", "the head of the government"}};
    const struct core_extend *extend = &telling->limit->extend;
    char times[24];

    if (extend->times_max == 0)
        return;
    tell(telling, "；经", "; ");
    catalog_line_put(telling->line, ranks[extend->approver][telling->language]);
    tell(telling, "批准可以延长", " may extend it ");
    snprintf(times, sizeof(times), telling->language == CATALOG_ZH_CN ? " %d 次，每次" : "%d times, each", extend->times_max);
    if (extend->times_max == 1)
        tell(telling, "一次，", "once");
    else
        catalog_line_put(telling->line, times);
    tell(telling, "不超过 ", " by up to ");
    tell_length(telling, extend->length_max, extend_unit(telling->limit));
    if (extend->needs_reason)
        tell(telling, "，并告知理由", ", with reasons");
}

static void tell_pauses(const struct limit_telling *telling)
{
    static const char *const kinds[][CATALOG_LANGUAGES] = {
        [CORE_PAUSE_NONE] = {"", ""}, [CORE_PAUSE_HEARING] = {"听证", "hearing"}, [CORE_PAUSE_INSPECTION] = {"检验", "inspection"},
        [CORE_PAUSE_TESTING] = {"检测", "testing"}, [CORE_PAUSE_QUARANTINE] = {"检疫", "quarantine"},
        [CORE_PAUSE_APPRAISAL] = {"鉴定", "appraisal"}, [CORE_PAUSE_EXPERT_REVIEW] = {"专家评审", "expert review"},
        [CORE_PAUSE_TENDER] = {"招标", "tender"}, [CORE_PAUSE_AUCTION] = {"拍卖", "auction"},
        [CORE_PAUSE_SUPPLEMENT] = {"补正", "requests to the applicant"}};
    uint32_t pause_on = telling->limit->pause_on;
    bool is_first = true;

    if (pause_on == CORE_PAUSES_DEFAULT)
        return;
    if (pause_on == CORE_PAUSES_NEVER) {
        tell(telling, "；期间不中止", "; nothing stops it");
        return;
    }
    tell(telling, "；不计入期限：", "; not counted: ");
    for (unsigned kind = CORE_PAUSE_HEARING; kind <= CORE_PAUSE_SUPPLEMENT; kind++) {
        if ((pause_on >> kind & 1u) == 0)
            continue;
        if (!is_first)
            tell(telling, "、", ", ");
        is_first = false;
        catalog_line_put(telling->line, kinds[kind][telling->language]);
    }
}

static void tell_all(const struct limit_telling *telling)
{
    const struct core_limit *limit = telling->limit;

    tell_start(telling);
    tell_rule(telling);
    tell_extension(telling);
    if (limit->end_roll == CORE_END_ROLL_NEXT_WORKING_DAY && limit->unit != CORE_UNIT_WORKING_DAY)
        tell(telling, "；末日为休息日的，顺延至下一工作日", "; an end on a day off moves to the next working day");
    tell_pauses(telling);
    if (limit->reset_on != 0)
        tell(telling, "；补正或者恢复后重新计算", "; counted anew after an answer or a resumption");
}

void catalog_put_limit_words(struct base_buffer *buffer, const char *key, const struct catalog *catalog,
                             enum catalog_limit_place place, const struct core_limit *limit)
{
    static const char *const languages[CATALOG_LANGUAGES] = {[CATALOG_ZH_CN] = "zh-CN", [CATALOG_EN] = "en"};
    struct catalog_line line;

    if (limit->unit == CORE_UNIT_NONE) {
        base_json_put_null(buffer, key);
        return;
    }
    base_json_open(buffer, key, '{');
    for (size_t i = 0; i < CATALOG_LANGUAGES; i++) {
        struct limit_telling telling = {catalog, limit, place, (enum catalog_language)i, &line};
        catalog_line_init(&line);
        tell_all(&telling);
        base_json_put_text_n(buffer, languages[i], line.text, line.size);
    }
    base_json_close(buffer, '}');
}
