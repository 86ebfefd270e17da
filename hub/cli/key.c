/* SPDX-License-Identifier: Apache-2.0 */
/* key create, list, revoke: who may come in. A secret is shown once, by create. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/view.h"

static const char *state_word(const struct cli *cli, const char *state)
{
    static const struct {
        const char *state, *zh, *en;
    } rows[] = {{"active", "有效", "active"}, {"revoked", "已撤销", "revoked"}, {"expired", "已过期", "expired"}};

    for (size_t i = 0; state != NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].state, state) == 0)
            return cli_say(cli, rows[i].zh, rows[i].en);
    return state;
}

static enum cli_tone state_tone(const char *state)
{
    if (state != NULL && strcmp(state, "active") == 0)
        return CLI_TONE_GOOD;
    return CLI_TONE_FAINT;
}

/* "officer, head (fire)". */
static void put_roles(struct base_buffer *line, const struct base_json *key)
{
    const char *department = base_json_member_text(key, "department"), *connector = base_json_member_text(key, "connector");

    for (const struct base_json *item = base_json_first(base_json_member(key, "roles")); item != NULL; item = base_json_next(item))
        base_buffer_put_format(line, "%s%s", line->size > 0 ? ", " : "", base_json_text(item) != NULL ? base_json_text(item) : "?");
    if (department != NULL || connector != NULL)
        base_buffer_put_format(line, " (%s)", department != NULL ? department : connector);
}

static void key_print(const struct cli *cli, const struct base_json *key)
{
    const char *state = base_json_member_text(key, "state");
    struct base_buffer line = {0};
    char day[CLI_DAY_SIZE];

    cli_put_toned(cli, CLI_TONE_HEAD, base_json_member_text(key, "id"), 0);
    fputs("  ", stdout);
    cli_put_toned(cli, state_tone(state), state_word(cli, state), 0);
    putchar('\n');
    put_roles(&line, key);
    cli_view_line(cli, "岗位", "roles", base_buffer_text(&line));
    cli_day_format(cli, base_json_member_text(key, "expires_at"), day);
    cli_view_line(cli, "有效至", "expires", day);
    cli_view_line(cli, "备注", "note", base_json_member_text(key, "note"));
    cli_view_line(cli, "撤销人", "ended by", base_json_member_text(key, "ended_by"));
    cli_view_line(cli, "原因", "reason", base_json_member_text(key, "reason"));
    base_buffer_fini(&line);
}

/* The secret alone goes to stdout, so that it can be piped to where it is kept. */
static void made_print(const struct cli *cli, const struct base_json *key)
{
    const char *secret = base_json_member_text(key, "secret");

    cli_tell(cli, cli_say(cli, "已为 %s 生成密钥；它只显示这一次：", "the key of %s, shown this once:"), base_json_member_text(key, "id"));
    puts(secret != NULL ? secret : "");
}

typedef void (*print_cb)(const struct cli *cli, const struct base_json *key);

/* POST it (body is fini'd) and print what the key is now. */
static int post(const struct cli *cli, const char *path, struct base_buffer *body, print_cb print)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    int rc = cli_api_call(cli,
                          &(struct cli_call){.method = "POST", .path = path, .body = base_buffer_text(body), .body_size = body->size},
                          &answer, &json);

    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        print(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(body);
    return rc;
}

static bool has_known_roles(const struct cli *cli)
{
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].option->name, "--role") == 0 && !cli_is_one_of(cli, cli->given[i].value, cli_roles))
            return false;
    if (cli_option(cli, "--role") != NULL)
        return true;
    cli_tell(cli, "%s", cli_say(cli, "须用 --role 写明岗位", "say what it may do: --role ROLE"));
    return false;
}

int cli_key_create(struct cli *cli)
{
    static const struct {
        const char *option, *member;
    } texts[] = {{"--department", "department"}, {"--connector", "connector"}, {"--certificate", "certificate"},
                 {"--expires", "expires_at"},    {"--note", "note"}};
    struct base_buffer body = {0};

    if (!has_known_roles(cli))
        return CLI_USAGE;
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "id", cli->operands[0]);
    base_json_open(&body, "roles", '[');
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].option->name, "--role") == 0)
            base_json_put_text(&body, NULL, cli->given[i].value);
    base_json_close(&body, ']');
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (cli_option(cli, texts[i].option) != NULL)
            base_json_put_text(&body, texts[i].member, cli_option(cli, texts[i].option));
    base_json_close(&body, '}');
    return post(cli, "/v1/keys", &body, made_print);
}

static void rows_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column columns[] = {
        {{{"密钥", "key"}}, 0},     {{{"状态", "state"}}, 0},   {{{"岗位", "roles"}}, 0}, {{{"有效至", "expires"}}, 0},
        {{{"以…开头", "starts"}}, 3}, {{{"生成人", "made by"}}, 2}, {{{"备注", "note"}}, 1},
    };
    struct base_buffer line = {0};
    struct cli_table table;
    char day[CLI_DAY_SIZE];

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        const char *state = base_json_member_text(item, "state");

        base_buffer_clear(&line);
        put_roles(&line, item);
        cli_day_format(cli, base_json_member_text(item, "expires_at"), day);
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "id"));
        cli_table_add(&table, state_tone(state), state_word(cli, state));
        cli_table_add(&table, CLI_TONE_NONE, base_buffer_text(&line));
        cli_table_add(&table, CLI_TONE_NONE, day);
        cli_table_add(&table, CLI_TONE_FAINT, base_json_member_text(item, "starts"));
        cli_table_add(&table, CLI_TONE_FAINT, base_json_member_text(item, "created_by"));
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "note"));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
    base_buffer_fini(&line);
}

int cli_key_list(struct cli *cli)
{
    struct base_buffer path = {0};
    int64_t limit = 0;

    if (!cli_is_one_of(cli, cli_option(cli, "--state"), cli_key_states) || cli_option_integer(cli, "--limit", 1, 200, 0, &limit) != OD_OK)
        return CLI_USAGE;
    base_buffer_put_text(&path, "/v1/keys");
    cli_api_query(&path, "state", cli_option(cli, "--state"));
    cli_api_query(&path, "department", cli_option(cli, "--department"));
    cli_api_query(&path, "origin", cli_option(cli, "--configured") != NULL ? "configuration" : NULL);
    cli_api_query(&path, "limit", limit > 0 ? cli_option(cli, "--limit") : NULL);
    int rc = cli_api_list(cli, base_buffer_text(&path), rows_print);
    base_buffer_fini(&path);
    return rc;
}

int cli_key_revoke(struct cli *cli)
{
    struct base_buffer path = {0}, body = {0};

    cli_api_path(&path, "keys", cli->operands[0], "/revoke");
    base_json_open(&body, NULL, '{');
    if (cli_option(cli, "--reason") != NULL)
        base_json_put_text(&body, "reason", cli_option(cli, "--reason"));
    base_json_close(&body, '}');
    int rc = post(cli, base_buffer_text(&path), &body, key_print);
    base_buffer_fini(&path);
    return rc;
}
