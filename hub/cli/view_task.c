/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks: the table of many, the page of one. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/table.h"
#include "cli/view.h"

#define TEXT_SIZE 160

/* The opinion of a task is a word, or an object that holds one. */
static const char *opinion_word(const struct base_json *task)
{
    const struct base_json *opinion = base_json_member(task, "opinion");
    const char *word = base_json_text(opinion);

    return word != NULL ? word : base_json_member_text(opinion, "opinion");
}

static bool is_set(const struct base_json *task, const char *flag)
{
    return base_json_is_true(base_json_member(task, flag));
}

/* "done: approve (deemed)", "parked: retries exhausted", "paused: inspection". */
static void state_format(const struct cli *cli, const struct base_json *task,
                         char text[TEXT_SIZE])
{
    const char *more = opinion_word(task);

    if (more == NULL)
        more = base_json_member_text(task, "park_reason");
    if (more == NULL)
        more = base_json_member_text(task, "pause_kind");
    snprintf(text, TEXT_SIZE, "%s%s%s%s", cli_word(cli, base_json_member_text(task, "state")),
             more != NULL ? cli_say(cli, "：", ": ") : "", cli_word(cli, more),
             is_set(task, "deemed") ? cli_say(cli, "（视为）", " (deemed)") : is_set(task, "reused") ? cli_say(cli, "（沿用）", " (reused)") : "");
}

static enum cli_tone state_tone(const struct base_json *task)
{
    const char *opinion = opinion_word(task);

    return cli_word_tone(opinion != NULL ? opinion : base_json_member_text(task, "state"));
}

/* "officer: take it"; what nobody can act on has no owner before it. */
static void next_format(const struct cli *cli, const struct base_json *task,
                        char text[TEXT_SIZE])
{
    const char *owner = base_json_member_text(task, "owner"),
               *action = base_json_member_text(task, "next_action");
    bool has_owner = owner != NULL && strcmp(owner, "predecessor") != 0;

    snprintf(text, TEXT_SIZE, "%s%s%s", has_owner ? cli_word(cli, owner) : "",
             has_owner && action != NULL ? cli_say(cli, "：", ": ") : "",
             cli_word(cli, action));
}

static void promise_format(const struct cli *cli, const struct base_json *task,
                           char text[TEXT_SIZE])
{
    char date[CLI_DAY_SIZE];

    cli_day_format(cli, base_json_member_text(task, "promised_date"), date);
    snprintf(text, TEXT_SIZE, "%s%s", date,
             is_set(task, "overdue") ? cli_say(cli, " 超期", " overdue") : "");
}

static void notes_format(const struct cli *cli, const struct base_json *task,
                         char text[TEXT_SIZE])
{
    bool is_late = is_set(task, "late_opinion"), is_again = is_set(task, "redelivered");

    snprintf(text, TEXT_SIZE, "%s%s%s",
             is_late ? cli_say(cli, "另有迟到意见", "a late opinion came") : "",
             is_late && is_again ? cli_say(cli, "；", "; ") : "",
             is_again ? cli_say(cli, "曾重新送达", "delivered again") : "");
}

static void row_add(const struct cli *cli, struct cli_table *table,
                    const struct base_json *task)
{
    bool is_overdue = is_set(task, "overdue");
    char text[TEXT_SIZE];

    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(task, "id"));
    cli_table_add(table, CLI_TONE_NONE, cli_view_name(cli, task, "department"));
    cli_table_add(table, CLI_TONE_FAINT, cli_view_name(cli, task, "matter"));
    state_format(cli, task, text);
    cli_table_add(table, state_tone(task), text);
    promise_format(cli, task, text);
    cli_table_add(table, is_overdue ? CLI_TONE_BAD : CLI_TONE_NONE, text);
    next_format(cli, task, text);
    cli_table_add(table, CLI_TONE_WAIT, text);
    notes_format(cli, task, text);
    cli_table_add(table, CLI_TONE_BAD, text);
}

void cli_view_tasks(const struct cli *cli, const struct base_json *tasks)
{
    static const struct cli_column columns[] = {
        {{{"任务", "task"}}, 0},  {{{"部门", "department"}}, 2},   {{{"事项", "matter"}}, 1},
        {{{"状态", "state"}}, 0}, {{{"承诺日期", "promised"}}, 0}, {{{"下一步", "next"}}, 3},
        {{{"备注", "notes"}}, 4},
    };
    struct cli_table table;

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *task = base_json_first(tasks); task != NULL;
         task = base_json_next(task))
        row_add(cli, &table, task);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

static const struct base_json *with_id(const struct base_json *items, const char *id)
{
    for (const struct base_json *item = base_json_first(items); item != NULL;
         item = base_json_next(item)) {
        const char *its = base_json_member_text(item, "id");
        if (its != NULL && id != NULL && strcmp(its, id) == 0)
            return item;
    }
    return NULL;
}

/* A choice by its label, a text as it is, anything else as its JSON. */
static void value_put(const struct cli *cli, const struct base_json *field,
                      const struct base_json *value, struct base_buffer *text)
{
    const char *word = base_json_text(value), *unit = base_json_member_text(field, "unit");
    const char *label =
        cli_member_text_of(cli, with_id(base_json_member(field, "choices"), word), "label");

    if (label != NULL || word != NULL)
        base_buffer_put_text(text, label != NULL ? label : word);
    else
        base_json_put(text, NULL, value);
    if (unit != NULL && word == NULL) {
        base_buffer_put_text(text, " ");
        base_buffer_put_text(text, unit);
    }
}

static void form_put(const struct cli *cli, const struct base_json *form,
                     const struct base_json *service)
{
    struct cli_table table;
    struct base_buffer text = {0};

    if (base_json_first(form) == NULL)
        return;
    putchar('\n');
    cli_put_toned(cli, CLI_TONE_HEAD, cli_say(cli, "申请表", "form"), 0);
    putchar('\n');
    cli_table_init(cli, &table, NULL, 2);
    for (const struct base_json *value = base_json_first(form); value != NULL;
         value = base_json_next(value)) {
        const char *id = base_json_key(value);
        const struct base_json *field = with_id(base_json_member(service, "form"), id);
        const char *label = cli_member_text_of(cli, field, "label");

        base_buffer_clear(&text);
        base_buffer_put_format(&text, "  %s", label != NULL ? label : id);
        cli_table_add(&table, CLI_TONE_FAINT, base_buffer_text(&text));
        base_buffer_clear(&text);
        value_put(cli, field, value, &text);
        cli_table_add(&table, CLI_TONE_NONE, base_buffer_text(&text));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
    base_buffer_fini(&text);
}

/* What the reader gets of the applicant; the hub has cut the rest. */
static void applicant_put(const struct cli *cli, const struct base_json *applicant)
{
    static const struct {
        const char *member, *zh, *en;
    } rows[] = {{"name", "申请人", "applicant"}, {"id_number", "证件号码", "id number"}, {"phone", "电话", "phone"}, {"email", "邮箱", "e-mail"}, {"address", "地址", "address"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cli_view_line(cli, rows[i].zh, rows[i].en, base_json_member_text(applicant, rows[i].member));
    cli_view_line(cli, "法定代表人", "represented by", base_json_member_text(base_json_member(applicant, "representative"), "name"));
    cli_view_line(cli, "代理人", "agent", base_json_member_text(base_json_member(applicant, "agent"), "name"));
}

/* As the task's matter names it, else its id. */
static const char *material_name(const struct cli *cli, const struct base_json *service, const struct base_json *task, const char *id)
{
    const struct base_json *matter = with_id(base_json_member(service, "matters"), base_json_member_text(task, "matter"));
    const char *name = cli_member_text_of(cli, with_id(base_json_member(matter, "materials"), id), "name");

    return name != NULL ? name : id;
}

static void materials_put(const struct cli *cli, const struct base_json *task, const struct base_json *service)
{
    const struct base_json *materials = base_json_member(task, "materials");
    struct cli_table table;
    struct base_buffer text = {0};

    if (base_json_first(materials) == NULL)
        return;
    putchar('\n');
    cli_put_toned(cli, CLI_TONE_HEAD, cli_say(cli, "材料", "documents"), 0);
    printf("  onedoor material list ");
    cli_put(stdout, base_json_member_text(task, "application"));
    putchar('\n');
    cli_table_init(cli, &table, NULL, 2);
    for (const struct base_json *item = base_json_first(materials); item != NULL; item = base_json_next(item)) {
        base_buffer_clear(&text);
        base_buffer_put_format(&text, "  %s", material_name(cli, service, task, base_json_member_text(item, "material")));
        cli_table_add(&table, CLI_TONE_NONE, base_buffer_text(&text));
        cli_table_add(&table, CLI_TONE_FAINT, base_json_member_text(item, "name"));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
    base_buffer_fini(&text);
}

static void opinion_put(const struct cli *cli, const struct base_json *opinion)
{
    cli_view_line(cli, "给出人", "by", base_json_member_text(opinion, "by"));
    cli_view_line(cli, "文号", "document", base_json_member_text(opinion, "document_no"));
    cli_view_texts(cli, cli_say(cli, "  条件：", "  condition: "),
                   base_json_member(opinion, "conditions"), NULL);
    cli_view_texts(cli, cli_say(cli, "  理由：", "  reason: "),
                   base_json_member(opinion, "reasons"), NULL);
}

static void dates_put(const struct cli *cli, const struct base_json *task)
{
    char text[TEXT_SIZE], date[CLI_DAY_SIZE];

    cli_day_format(cli, base_json_member_text(task, "since"), date);
    cli_view_line(cli, "始于", "since", date);
    promise_format(cli, task, text);
    cli_view_line(cli, "承诺日期", "promised", text);
    cli_day_format(cli, base_json_member_text(task, "statutory_date"), date);
    cli_view_line(cli, "法定日期", "statutory", date);
}

void cli_view_task(const struct cli *cli, const struct base_json *task,
                   const struct base_json *service, const char *version)
{
    char text[TEXT_SIZE];

    cli_put_toned(cli, CLI_TONE_HEAD, base_json_member_text(task, "id"), 0);
    fputs("  ", stdout);
    state_format(cli, task, text);
    cli_put_toned(cli, state_tone(task), text, 0);
    putchar('\n');
    cli_view_line(cli, "部门", "department", cli_view_name(cli, task, "department"));
    cli_view_line(cli, "事项", "matter", cli_view_name(cli, task, "matter"));
    cli_view_line(cli, "服务", "service", cli_view_name(cli, task, "service"));
    applicant_put(cli, base_json_member(task, "applicant"));
    cli_view_line(cli, "涉及原因", "because", base_json_member_text(task, "reason"));
    dates_put(cli, task);
    next_format(cli, task, text);
    cli_view_line(cli, "下一步", "next", text);
    notes_format(cli, task, text);
    cli_view_line(cli, "备注", "notes", text);
    cli_view_line(cli, "部门编号", "their number", base_json_member_text(task, "external_ref"));
    cli_view_line(cli, "说明", "note",
                  cli_member_text_of(cli, base_json_member(task, "note"), "text"));
    cli_view_line(cli, "版本", "version", version);
    opinion_put(cli, base_json_member(task, "opinion"));
    form_put(cli, base_json_member(task, "form"), service);
    materials_put(cli, task, service);
}
