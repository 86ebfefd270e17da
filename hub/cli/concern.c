/* SPDX-License-Identifier: Apache-2.0 */
/* inquiry, complaint, evaluation and grievance: new, list, show, reply, pass, repair, confirm. The first word of the verb
 * says which register it is about; ids say it too. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/view.h"

/* What the verbs of one register need to know of it. */
static const struct register_row {
    const char *word, *collection;
    const char *const *states;
} registers[] = {
    {"inquiry", "inquiries", cli_letter_states},
    {"complaint", "complaints", cli_letter_states},
    {"evaluation", "evaluations", cli_evaluation_states},
    {"grievance", "grievances", cli_grievance_states},
};

static const struct register_row *register_of(const struct cli *cli)
{
    size_t at = 0;

    while (at + 1 < sizeof(registers) / sizeof(registers[0]) &&
           strncmp(cli->verb->name, registers[at].word, strlen(registers[at].word)) != 0)
        at++;
    return &registers[at];
}

/* -- Printing -- */

static enum cli_tone tone_of(const struct base_json *concern)
{
    const char *level = base_json_member_text(concern, "level");

    if (level != NULL && strcmp(level, "red") == 0)
        return CLI_TONE_BAD;
    return level != NULL && strcmp(level, "yellow") == 0 ? CLI_TONE_WAIT : CLI_TONE_NONE;
}

static void list_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column columns[] = {
        {{{"编号", "id"}}, 0}, {{{"期限", "due"}}, 0}, {{{"状态", "state"}}, 0}, {{{"部门", "department"}}, 3}, {{{"下一步", "next"}}, 2}, {{{"内容", "text"}}, 1},
    };
    struct cli_table table;
    char date[CLI_DAY_SIZE];

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "id"));
        cli_day_format(cli, base_json_member_text(item, "due"), date);
        cli_table_add(&table, tone_of(item), date);
        cli_table_add(&table, CLI_TONE_NONE, cli_word(cli, base_json_member_text(item, "state")));
        cli_table_add(&table, CLI_TONE_NONE, cli_view_name(cli, item, "department"));
        cli_table_add(&table, CLI_TONE_NONE, cli_word(cli, base_json_member_text(item, "next_action")));
        cli_table_add(&table, CLI_TONE_FAINT, base_json_member_text(item, "text"));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

static void day_line(const struct cli *cli, const char *zh, const char *en, const char *time)
{
    char date[CLI_DAY_SIZE];

    cli_day_format(cli, time, date);
    cli_view_line(cli, zh, en, date);
}

static void reply_print(const struct cli *cli, const struct base_json *reply)
{
    const struct base_json *upheld = base_json_member(reply, "upheld");

    if (base_json_type(reply) != BASE_JSON_OBJECT)
        return;
    cli_view_line(cli, "答复", "reply", base_json_member_text(reply, "text"));
    if (upheld != NULL)
        cli_view_line(cli, "成立", "upheld", base_json_is_true(upheld) ? cli_say(cli, "是", "yes") : cli_say(cli, "否", "no"));
    cli_view_line(cli, "答复人", "by", base_json_member_text(reply, "by"));
    day_line(cli, "答复日期", "replied", base_json_member_text(reply, "at"));
}

static void rating_line(const struct cli *cli, const char *zh, const char *en, const struct base_json *level)
{
    char text[16];

    if (base_json_type(level) != BASE_JSON_NUMBER)
        return;
    snprintf(text, sizeof(text), "%.0f / 5", base_json_number(level));
    cli_view_line(cli, zh, en, text);
}

static void concern_print(const struct cli *cli, const struct base_json *concern)
{
    cli_put_toned(cli, CLI_TONE_HEAD, base_json_member_text(concern, "id"), 0);
    fputs("\n", stdout);
    cli_view_line(cli, "查询码", "code", base_json_member_text(concern, "code"));
    cli_view_line(cli, "状态", "state", cli_word(cli, base_json_member_text(concern, "state")));
    day_line(cli, "收到", "received", base_json_member_text(concern, "received_at"));
    day_line(cli, "期限", "due", base_json_member_text(concern, "due"));
    cli_view_line(cli, "办件", "application", base_json_member_text(concern, "number"));
    cli_view_line(cli, "服务", "service", cli_view_name(cli, concern, "service"));
    cli_view_line(cli, "部门", "department", cli_view_name(cli, concern, "department"));
    cli_view_line(cli, "窗口", "window", base_json_member_text(concern, "window"));
    cli_view_line(cli, "人员", "officer", base_json_member_text(concern, "officer"));
    rating_line(cli, "服务态度", "attitude", base_json_member(concern, "attitude"));
    rating_line(cli, "业务能力", "ability", base_json_member(concern, "ability"));
    cli_view_line(cli, "内容", "text", base_json_member_text(concern, "text"));
    cli_view_line(cli, "下一步", "next", cli_word(cli, base_json_member_text(concern, "next_action")));
    cli_view_line(cli, "说明", "why", cli_member_text_of(cli, base_json_first(base_json_member(concern, "clocks")), "explanation"));
    reply_print(cli, base_json_member(concern, "reply"));
}

/* -- Asking the hub -- */

/* body is fini'd. */
static int post(const struct cli *cli, struct base_buffer *path, struct base_buffer *body)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    int rc = cli_api_call(cli, &(struct cli_call){.method = "POST", .path = base_buffer_text(path), .body = base_buffer_text(body),
                                                  .body_size = body->size, .idempotency_key = cli_option(cli, "--key")},
                          &answer, &json);

    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        concern_print(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(path);
    base_buffer_fini(body);
    return rc;
}

static void put_option(const struct cli *cli, struct base_buffer *body, const char *key, const char *option)
{
    if (cli_option(cli, option) != NULL)
        base_json_put_text(body, key, cli_option(cli, option));
}

static bool is_missing(const struct cli *cli, const char *option)
{
    if (cli_option(cli, option) != NULL)
        return false;
    cli_tell(cli, cli_say(cli, "须用 %s 写明内容", "its words are missing: %s TEXT"), option);
    return true;
}

/* yes or no, by which of two flags was given. */
static bool put_flag(const struct cli *cli, struct base_buffer *body, const char *key, const char *yes, const char *no)
{
    bool is_yes = cli_option(cli, yes) != NULL, is_no = cli_option(cli, no) != NULL;

    if (is_yes == is_no)
        cli_tell(cli, cli_say(cli, "须用 %s 或 %s 写明结论", "say which: %s or %s"), yes, no);
    else
        base_json_put_bool(body, key, is_yes);
    return is_yes != is_no;
}

static bool has_any(const struct cli *cli, const char *const *options)
{
    for (; *options != NULL; options++)
        if (cli_option(cli, *options) != NULL)
            return true;
    return false;
}

static void put_contact(const struct cli *cli, struct base_buffer *body)
{
    static const char *const options[] = {"--name", "--phone", "--email", NULL};

    if (!has_any(cli, options))
        return;
    base_json_open(body, "contact", '{');
    put_option(cli, body, "name", "--name");
    put_option(cli, body, "phone", "--phone");
    put_option(cli, body, "email", "--email");
    base_json_close(body, '}');
}

static void put_about(const struct cli *cli, struct base_buffer *body)
{
    static const char *const options[] = {"--task", "--officer", "--window", NULL};

    if (!has_any(cli, options))
        return;
    base_json_open(body, "about", '{');
    put_option(cli, body, "task", "--task");
    put_option(cli, body, "officer", "--officer");
    put_option(cli, body, "window", "--window");
    base_json_close(body, '}');
}

/* -- Verbs -- */

int cli_concern_new(struct cli *cli)
{
    struct base_buffer path = {0}, body = {0};
    bool is_oral = cli_option(cli, "--oral") != NULL, is_fine = !is_missing(cli, "--text");

    base_buffer_put_format(&path, "/v1/%s", register_of(cli)->collection);
    base_json_open(&body, NULL, '{');
    put_option(cli, &body, "text", "--text");
    put_option(cli, &body, "number", "--number");
    put_option(cli, &body, "code", "--code");
    put_option(cli, &body, "service", "--service");
    put_option(cli, &body, "department", "--department");
    put_option(cli, &body, "happened_on", "--on");
    if (is_oral) {
        base_json_put_text(&body, "kind", "oral");
        put_option(cli, &body, "reply", "--oral");
    }
    if (is_fine && is_oral && strcmp(register_of(cli)->word, "complaint") == 0)
        is_fine = put_flag(cli, &body, "upheld", "--upheld", "--not-upheld");
    put_contact(cli, &body);
    put_about(cli, &body);
    base_json_close(&body, '}');
    if (is_fine)
        return post(cli, &path, &body);
    base_buffer_fini(&path);
    base_buffer_fini(&body);
    return CLI_USAGE;
}

/* "1" to "5". */
static bool read_level(const struct cli *cli, const char *text, int64_t *level)
{
    *level = text[0] - '0';
    if (strlen(text) == 1 && *level >= 1 && *level <= 5)
        return true;
    cli_tell(cli, cli_say(cli, "评价为 1（非常不满意）至 5（非常满意）：%s", "a rating is 1 (very bad) to 5 (very good): %s"), text);
    return false;
}

int cli_evaluation_new(struct cli *cli)
{
    struct base_buffer path = {0}, body = {0};
    int64_t attitude, ability;

    if (!read_level(cli, cli->operands[1], &attitude) || !read_level(cli, cli->operands[2], &ability))
        return CLI_USAGE;
    cli_api_path(&path, "applications", cli->operands[0], "/evaluation");
    base_json_open(&body, NULL, '{');
    base_json_put_i64(&body, "attitude", attitude);
    base_json_put_i64(&body, "ability", ability);
    put_option(cli, &body, "text", "--text");
    put_option(cli, &body, "task", "--task");
    put_option(cli, &body, "officer", "--officer");
    put_option(cli, &body, "window", "--window");
    put_option(cli, &body, "code", "--code");
    base_json_close(&body, '}');
    return post(cli, &path, &body);
}

int cli_concern_list(struct cli *cli)
{
    const struct register_row *row = register_of(cli);
    struct base_buffer path = {0};
    int64_t limit;

    if (!cli_is_one_of(cli, cli_option(cli, "--state"), row->states) || cli_option_integer(cli, "--limit", 1, 200, 50, &limit) != OD_OK)
        return CLI_USAGE;
    base_buffer_put_format(&path, "/v1/%s", row->collection);
    cli_api_query(&path, "state", cli_option(cli, "--state"));
    cli_api_query(&path, "department", cli_option(cli, "--department"));
    cli_api_query(&path, "number", cli_option(cli, "--number"));
    cli_api_query(&path, "overdue", cli_option(cli, "--overdue") != NULL ? "true" : NULL);
    cli_api_query(&path, "limit", cli_option(cli, "--limit"));
    int rc = cli_api_list(cli, base_buffer_text(&path), list_print);
    base_buffer_fini(&path);
    return rc;
}

/* With its code, as who wrote it; else as a member of staff. */
int cli_concern_show(struct cli *cli)
{
    const struct register_row *row = register_of(cli);
    struct base_buffer path = {0}, body = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    if (cli_option(cli, "--code") != NULL) {
        base_buffer_put_format(&path, "/v1/%s/track", row->collection);
        base_json_open(&body, NULL, '{');
        base_json_put_text(&body, "id", cli->operands[0]);
        put_option(cli, &body, "code", "--code");
        base_json_put_bool(&body, "explain", true);
        base_json_close(&body, '}');
        return post(cli, &path, &body);
    }
    cli_api_path(&path, row->collection, cli->operands[0], "?explain=true");
    int rc = cli_api_get(cli, base_buffer_text(&path), &answer, &json);
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        concern_print(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc;
}

/* reply, repair and confirm: the verb's second word is that of the route. */
int cli_concern_answer(struct cli *cli)
{
    const struct register_row *row = register_of(cli);
    struct base_buffer path = {0}, body = {0};
    char rest[32];
    bool is_grievance = strcmp(row->word, "grievance") == 0, is_fine = is_grievance || !is_missing(cli, "--text");

    snprintf(rest, sizeof(rest), "/%.20s", strchr(cli->verb->name, ' ') + 1);
    cli_api_path(&path, row->collection, cli->operands[0], rest);
    base_json_open(&body, NULL, '{');
    put_option(cli, &body, "text", "--text");
    if (is_fine && strcmp(row->word, "complaint") == 0)
        is_fine = put_flag(cli, &body, "upheld", "--upheld", "--not-upheld");
    if (is_grievance)
        is_fine = put_flag(cli, &body, "confirmed", "--confirmed", "--dismissed");
    base_json_close(&body, '}');
    if (is_fine)
        return post(cli, &path, &body);
    base_buffer_fini(&path);
    base_buffer_fini(&body);
    return CLI_USAGE;
}

/* Without a department it goes back to the center. */
int cli_concern_pass(struct cli *cli)
{
    struct base_buffer path = {0}, body = {0};

    cli_api_path(&path, register_of(cli)->collection, cli->operands[0], "/pass");
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "department", cli->operand_count > 1 ? cli->operands[1] : NULL);
    base_json_close(&body, '}');
    return post(cli, &path, &body);
}
