/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/view.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

#define LABEL_COLUMNS 14 /* labels of every language fit */

const char *cli_view_name(const struct cli *cli, const struct base_json *object,
                          const char *key)
{
    char name[64];

    snprintf(name, sizeof(name), "%s_name", key);
    const char *text = cli_member_text_of(cli, object, name);
    return text != NULL ? text : cli_member_text_of(cli, object, key);
}

const char *cli_view_department(const struct cli *cli, const struct base_json *application,
                                const char *id)
{
    const struct base_json *task = base_json_first(base_json_member(application, "tasks"));

    for (; id != NULL && task != NULL; task = base_json_next(task)) {
        const char *department = base_json_member_text(task, "department");
        if (department != NULL && strcmp(department, id) == 0)
            return cli_view_name(cli, task, "department");
    }
    return id;
}

void cli_view_line(const struct cli *cli, const char *zh, const char *en, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    cli_put_toned(cli, CLI_TONE_FAINT, cli->language == CLI_EN ? en : zh, LABEL_COLUMNS);
    cli_put_wrapped(cli, CLI_TONE_NONE, value, LABEL_COLUMNS, LABEL_COLUMNS);
    putchar('\n');
}

void cli_view_texts(const struct cli *cli, const char *lead, const struct base_json *texts,
                    const struct base_json *application)
{
    struct base_buffer line = {0};

    for (const struct base_json *item = base_json_first(texts); item != NULL;
         item = base_json_next(item)) {
        const struct base_json *text = base_json_member(item, "text");
        const char *department = base_json_member_text(item, "department"),
                   *said = cli_text_of(cli, text != NULL ? text : item);

        base_buffer_clear(&line);
        if (department != NULL)
            base_buffer_put_format(&line, cli_say(cli, "%s：", "%s: "),
                                   cli_view_department(cli, application, department));
        base_buffer_put_text(&line, said != NULL ? said : "");
        fputs(lead, stdout);
        cli_put_wrapped(cli, CLI_TONE_NONE, base_buffer_text(&line), cli_columns(lead),
                        cli_columns(lead));
        putchar('\n');
    }
    base_buffer_fini(&line);
}

static void put_dates(const struct cli *cli, const struct base_json *application)
{
    static const struct {
        const char *key, *zh, *en;
    } rows[] = {
        {"received_at", "收到", "received"},       {"accepted_at", "受理", "accepted"},
        {"promised_date", "承诺日期", "promised"}, {"statutory_date", "法定日期", "statutory"},
        {"delivery_date", "送达期限", "deliver by"}, {"closed_at", "办结", "closed"},
    };
    const struct base_json *caveat = base_json_member(application, "caveat");
    char text[CLI_DAY_SIZE];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cli_day_format(cli, base_json_member_text(application, rows[i].key), text);
        cli_view_line(cli, rows[i].zh, rows[i].en, text);
    }
    if (!base_json_is_true(base_json_member(application, "dates_provisional")))
        return;
    cli_put_toned(cli, CLI_TONE_WAIT,
                  cli_say(cli, "日期为暂定，日历公布到",
                          "dates are provisional: the calendar is published until"),
                  0);
    putchar(' ');
    cli_put(stdout, base_json_member_text(caveat, "calendar_until"));
    putchar('\n');
}

static void put_tasks(const struct cli *cli, const struct base_json *tasks)
{
    if (base_json_first(tasks) == NULL)
        return;
    putchar('\n');
    cli_view_tasks(cli, tasks);
}

/* "Fire Brigade, Health Commission": of who asks for it. */
static void put_askers(const struct cli *cli, const struct base_json *item)
{
    const struct base_json *first = base_json_first(base_json_member(item, "required_by"));

    for (const struct base_json *asker = first; asker != NULL; asker = base_json_next(asker)) {
        const char *name = cli_member_text_of(cli, asker, "department_name");

        fputs(asker == first ? "" : cli_say(cli, "、", ", "), stdout);
        cli_put(stdout, name != NULL ? name : base_json_member_text(asker, "department"));
    }
}

/* "  - ID copy (Fire Brigade)". */
static void put_missing(const struct cli *cli, const struct base_json *item,
                        const struct base_json *application)
{
    const char *name = cli_member_text_of(cli, item, "name"),
               *department = cli_view_department(cli, application,
                                                 base_json_member_text(item, "department"));

    fputs("  - ", stdout);
    cli_put(stdout, name != NULL ? name : base_json_member_text(item, "material"));
    bool has_askers = base_json_first(base_json_member(item, "required_by")) != NULL;
    if (department != NULL || has_askers) {
        fputs(cli_say(cli, "（", " ("), stdout);
        if (has_askers)
            put_askers(cli, item);
        else
            cli_put(stdout, department);
        fputs(cli_say(cli, "）", ")"), stdout);
    }
    putchar('\n');
}

/* "  - Health Commission: which floor? (Floor, Lease)". */
static void put_request(const struct cli *cli, const struct base_json *request)
{
    const char *department = cli_member_text_of(cli, request, "department_name"), *text = base_json_member_text(request, "text");
    struct base_buffer line = {0};
    bool is_first = true;

    base_buffer_put_text(&line, department != NULL ? department : "");
    if (text != NULL)
        base_buffer_put_format(&line, cli_say(cli, "：%s", ": %s"), text);
    for (const struct base_json *item = base_json_first(base_json_member(request, "items")); item != NULL; item = base_json_next(item)) {
        const char *name = cli_member_text_of(cli, item, "name"), *field = base_json_member_text(item, "field"),
                   *material = base_json_member_text(item, "material");

        base_buffer_put_text(&line, is_first ? cli_say(cli, "（", " (") : cli_say(cli, "、", ", "));
        base_buffer_put_text(&line, name != NULL ? name : field != NULL ? field : material != NULL ? material : "");
        is_first = false;
    }
    if (!is_first)
        base_buffer_put_text(&line, cli_say(cli, "）", ")"));
    fputs("  - ", stdout);
    cli_put_wrapped(cli, CLI_TONE_NONE, base_buffer_text(&line), 4, 4);
    putchar('\n');
    base_buffer_fini(&line);
}

void cli_view_requests(const struct cli *cli, const struct base_json *notice)
{
    for (const struct base_json *item = base_json_first(base_json_member(notice, "requests")); item != NULL; item = base_json_next(item))
        put_request(cli, item);
}

void cli_view_missing(const struct cli *cli, const struct base_json *notice, const struct base_json *application)
{
    for (const struct base_json *item = base_json_first(base_json_member(notice, "missing")); item != NULL; item = base_json_next(item))
        put_missing(cli, item, application);
    cli_view_texts(cli, "  - ", base_json_member(notice, "corrections"), application);
}

/* What was asked for is asked for no more. */
static bool is_over(const struct base_json *application)
{
    const char *status = base_json_member_text(application, "status");

    return base_json_type(base_json_member(application, "decision")) == BASE_JSON_OBJECT ||
           (status != NULL && (strcmp(status, "withdrawn") == 0 || strcmp(status, "lapsed") == 0));
}

static void put_notice(const struct cli *cli, const struct base_json *application)
{
    const struct base_json *notice = base_json_member(application, "notice");
    const char *text = cli_member_text_of(cli, notice, "text");
    char until[CLI_DAY_SIZE];

    if (base_json_type(notice) != BASE_JSON_OBJECT || is_over(application))
        return;
    putchar('\n');
    cli_put_toned(cli, CLI_TONE_WAIT, cli_say(cli, "一次性告知", "notice"), LABEL_COLUMNS);
    cli_put(stdout, text != NULL ? text : cli_word(cli, base_json_member_text(notice, "kind")));
    putchar('\n');
    cli_view_missing(cli, notice, application);
    cli_view_requests(cli, notice);
    cli_view_line(cli, "有权机关", "right body", cli_member_text_of(cli, notice, "body"));
    cli_day_format(cli, base_json_member_text(notice, "until"), until);
    cli_view_line(cli, "期限", "until", until);
    cli_view_line(cli, "否则", "otherwise", cli_member_text_of(cli, notice, "otherwise"));
    if (base_json_is_true(base_json_member(notice, "second")))
        cli_view_line(cli, "注意", "mind", cli_say(cli, "再次告知，已提请监督", "a second notice, shown to supervision"));
}

static void put_decision(const struct cli *cli, const struct base_json *application)
{
    const struct base_json *decision = base_json_member(application, "decision");
    const char *outcome = base_json_member_text(decision, "outcome");
    char decided[CLI_DAY_SIZE];

    if (outcome == NULL)
        return;
    putchar('\n');
    cli_put_toned(cli, CLI_TONE_HEAD, cli_say(cli, "联合决定", "decision"), LABEL_COLUMNS);
    cli_put_toned(cli, cli_word_tone(outcome), cli_word(cli, outcome), 0);
    if (base_json_is_true(base_json_member(decision, "deemed")))
        fputs(cli_say(cli, "（视为）", " (deemed)"), stdout);
    putchar('\n');
    cli_day_format(cli, base_json_member_text(decision, "decided_at"), decided);
    cli_view_line(cli, "时间", "at", decided);
    cli_view_line(cli, "规则", "policy",
                  cli_word(cli, base_json_member_text(decision, "policy")));
    cli_view_texts(cli, cli_say(cli, "  条件：", "  condition: "),
                   base_json_member(decision, "conditions"), application);
    cli_view_texts(cli, cli_say(cli, "  理由：", "  reason: "),
                   base_json_member(decision, "reasons"), application);
    cli_view_line(cli, "救济途径", "remedies", cli_member_text_of(cli, decision, "remedies"));
}

static void put_flag(const struct cli *cli, const struct base_json *application,
                     const char *key, const char *zh, const char *en)
{
    if (!base_json_is_true(base_json_member(application, key)))
        return;
    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_BAD, cli->language == CLI_EN ? en : zh, 0);
}

/* Yellow; red is said by "overdue". */
static void put_level(const struct cli *cli, const struct base_json *application)
{
    const char *level = base_json_member_text(application, "level");

    if (level == NULL || strcmp(level, "yellow") != 0)
        return;
    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_WAIT, cli_word(cli, level), 0);
}

/* How it came in, and how its dates come about. */
static void put_intake(const struct cli *cli, const struct base_json *application)
{
    const char *duplicate = base_json_member_text(application, "duplicate_of");

    cli_view_line(cli, "类别", "lane", cli_word(cli, base_json_member_text(application, "lane")));
    cli_view_line(cli, "可能重复", "duplicate of", duplicate);
    if (base_json_is_true(base_json_member(application, "accepted_by_silence")))
        cli_view_line(cli, "受理", "accepted by", cli_say(cli, "逾期未告知，自收到之日起即为受理", "silence: nothing was told in time"));
    if (base_json_is_true(base_json_member(application, "late_stage")))
        cli_view_line(cli, "注意", "mind", cli_say(cli, "有环节超期", "a stage was late"));
}

/* Where to read more of the dates. */
static void put_more(const struct cli *cli, const struct base_json *application)
{
    const char *number = base_json_member_text(application, "number");

    if (number == NULL || base_json_member_text(application, "promised_date") == NULL || cli->columns == 0)
        return;
    cli_tell(cli, cli_say(cli, "日期怎样算出：onedoor clocks %s --explain", "how the dates come about: onedoor clocks %s --explain"), number);
}

void cli_view_application(const struct cli *cli, const struct base_json *application)
{
    cli_view_application_of(cli, application, NULL);
}

/* "王小明 · 110***********8515". */
static void put_applicant(const struct cli *cli, const struct base_json *applicant)
{
    const char *name = base_json_member_text(applicant, "name"), *number = base_json_member_text(applicant, "id_number");
    struct base_buffer line = {0};

    if (name == NULL)
        return;
    base_buffer_put_format(&line, "%s%s%s", name, number != NULL ? " · " : "", number != NULL ? number : "");
    cli_view_line(cli, "申请人", "applicant", base_buffer_text(&line));
    cli_view_line(cli, "代理人", "agent", base_json_member_text(applicant, "agent"));
    base_buffer_fini(&line);
}

void cli_view_application_of(const struct cli *cli, const struct base_json *application, const struct base_json *applicant)
{
    const char *status = base_json_member_text(application, "status");

    cli_put_toned(cli, CLI_TONE_HEAD, base_json_member_text(application, "number"), 0);
    fputs("  ", stdout);
    cli_put_toned(cli, cli_word_tone(status), cli_word(cli, status), 0);
    put_flag(cli, application, "overdue", "超期", "overdue");
    put_level(cli, application);
    put_flag(cli, application, "flagged", "请主管复核", "flagged for a supervisor");
    putchar('\n');
    cli_view_line(cli, "服务", "service", cli_view_name(cli, application, "service"));
    put_applicant(cli, applicant);
    cli_view_line(cli, "查询码", "look-up code", base_json_member_text(application, "code"));
    put_intake(cli, application);
    put_dates(cli, application);
    put_tasks(cli, base_json_member(application, "tasks"));
    put_notice(cli, application);
    put_decision(cli, application);
    put_more(cli, application);
}

bool cli_view_is_final(const struct base_json *application)
{
    static const char *const words[] = {"decided", "closed", "withdrawn", "not_accepted",
                                        "lapsed"};
    const char *status = base_json_member_text(application, "status");

    for (size_t i = 0; status != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], status) == 0)
            return true;
    }
    return false;
}
