/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/view.h"

#include <stdio.h>
#include <string.h>

#include "cli/words.h"

/* "2026-11-29T14:03:00.123+08:00" -> "2026-11-29 14:03"; other texts as they are. */
static void time_format(const char *time, char text[32])
{
    snprintf(text, 32, "%s", time != NULL ? time : "");
    if (strlen(text) >= 16 && text[10] == 'T') {
        text[10] = ' ';
        text[16] = '\0';
    }
}

static void put_line(const struct cli *cli, const char *zh, const char *en, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    cli_put_toned(cli, CLI_TONE_FAINT, cli->language == CLI_EN ? en : zh, 14);
    cli_put(stdout, value);
    putchar('\n');
}

/* A text, or {"department", "text"}: whose it is comes first. */
void cli_view_texts(const struct cli *cli, const char *lead, const struct base_json *texts)
{
    for (const struct base_json *item = base_json_first(texts); item != NULL;
         item = base_json_next(item)) {
        const struct base_json *text = base_json_member(item, "text");
        const char *department = base_json_member_text(item, "department");

        fputs(lead, stdout);
        if (department != NULL) {
            cli_put(stdout, department);
            fputs(cli_say(cli, "：", ": "), stdout);
        }
        cli_put(stdout, cli_text_of(cli, text != NULL ? text : item));
        putchar('\n');
    }
}

static void put_dates(const struct cli *cli, const struct base_json *application)
{
    char received[32], accepted[32];
    const struct base_json *caveat = base_json_member(application, "caveat");

    time_format(base_json_member_text(application, "received_at"), received);
    time_format(base_json_member_text(application, "accepted_at"), accepted);
    put_line(cli, "收到", "received", received);
    put_line(cli, "受理", "accepted", accepted);
    put_line(cli, "承诺日期", "promised", base_json_member_text(application, "promised_date"));
    put_line(cli, "法定日期", "statutory",
             base_json_member_text(application, "statutory_date"));
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

/* The opinion of a task is a word, or an object that holds one. */
static const char *opinion_word(const struct base_json *task)
{
    const struct base_json *opinion = base_json_member(task, "opinion");
    const char *word = base_json_text(opinion);

    return word != NULL ? word : base_json_member_text(opinion, "opinion");
}

static const char *first_text(const char *a, const char *b)
{
    return a != NULL ? a : b;
}

static void task_add(const struct cli *cli, struct cli_table *table,
                     const struct base_json *task)
{
    const char *state = base_json_member_text(task, "state"), *opinion = opinion_word(task);

    cli_table_add(table, CLI_TONE_NONE,
                  first_text(cli_member_text_of(cli, task, "department_name"),
                             cli_member_text_of(cli, task, "department")));
    cli_table_add(table, CLI_TONE_NONE,
                  first_text(cli_member_text_of(cli, task, "matter_name"),
                             cli_member_text_of(cli, task, "matter")));
    cli_table_add(table, cli_word_tone(state), cli_word(cli, state));
    cli_table_add(table, cli_word_tone(opinion), cli_word(cli, opinion));
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(task, "promised_date"));
    cli_table_add(table, CLI_TONE_FAINT, base_json_member_text(task, "id"));
}

static void put_tasks(const struct cli *cli, const struct base_json *tasks)
{
    static const struct cli_text heads[] = {
        {{"部门", "department"}}, {{"事项", "matter"}},       {{"状态", "state"}},
        {{"意见", "opinion"}},    {{"承诺日期", "promised"}}, {{"任务", "task"}},
    };
    struct cli_table table;

    if (base_json_first(tasks) == NULL)
        return;
    putchar('\n');
    cli_table_init(&table, sizeof(heads) / sizeof(heads[0]));
    for (size_t i = 0; i < table.column_count; i++)
        cli_table_add(&table, CLI_TONE_HEAD, heads[i].in[cli->language]);
    for (const struct base_json *task = base_json_first(tasks); task != NULL;
         task = base_json_next(task))
        task_add(cli, &table, task);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

static void put_notice(const struct cli *cli, const struct base_json *notice)
{
    const struct base_json *item = base_json_first(base_json_member(notice, "missing"));

    if (base_json_type(notice) != BASE_JSON_OBJECT)
        return;
    putchar('\n');
    cli_put_toned(cli, CLI_TONE_WAIT, cli_say(cli, "一次性告知", "notice"), 14);
    cli_put(stdout, first_text(cli_member_text_of(cli, notice, "text"),
                               base_json_member_text(notice, "kind")));
    putchar('\n');
    for (; item != NULL; item = base_json_next(item)) {
        fputs("  - ", stdout);
        cli_put(stdout, first_text(cli_member_text_of(cli, item, "name"),
                                   base_json_member_text(item, "material")));
        putchar('\n');
    }
}

static void put_decision(const struct cli *cli, const struct base_json *decision)
{
    const char *outcome = base_json_member_text(decision, "outcome");
    char decided[32];

    if (outcome == NULL)
        return;
    putchar('\n');
    cli_put_toned(cli, CLI_TONE_HEAD, cli_say(cli, "联合决定", "decision"), 14);
    cli_put_toned(cli, cli_word_tone(outcome), cli_word(cli, outcome), 0);
    if (base_json_is_true(base_json_member(decision, "deemed")))
        fputs(cli_say(cli, "（视为）", " (deemed)"), stdout);
    putchar('\n');
    time_format(base_json_member_text(decision, "decided_at"), decided);
    put_line(cli, "时间", "at", decided);
    put_line(cli, "规则", "policy", cli_word(cli, base_json_member_text(decision, "policy")));
    cli_view_texts(cli, cli_say(cli, "  条件：", "  condition: "),
                   base_json_member(decision, "conditions"));
    cli_view_texts(cli, cli_say(cli, "  理由：", "  reason: "),
                   base_json_member(decision, "reasons"));
}

void cli_view_application(const struct cli *cli, const struct base_json *application)
{
    const char *status = base_json_member_text(application, "status");

    cli_put_toned(cli, CLI_TONE_HEAD, base_json_member_text(application, "number"), 0);
    fputs("  ", stdout);
    cli_put_toned(cli, cli_word_tone(status), cli_word(cli, status), 0);
    putchar('\n');
    put_line(cli, "服务", "service",
             first_text(cli_member_text_of(cli, application, "service_name"),
                        cli_member_text_of(cli, application, "service")));
    put_line(cli, "查询码", "look-up code", base_json_member_text(application, "code"));
    put_dates(cli, application);
    put_tasks(cli, base_json_member(application, "tasks"));
    put_notice(cli, base_json_member(application, "notice"));
    put_decision(cli, base_json_member(application, "decision"));
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
