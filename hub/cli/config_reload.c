/* SPDX-License-Identifier: Apache-2.0 */
/* config reload: another catalogue, from the folder or by its version, after a look at all that it would change. */
#include <stdio.h>
#include <string.h>

#include "cli/config.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/view.h"

static void change_add(const struct cli *cli, struct cli_table *table, const struct base_json *change)
{
    const char *matter = cli_member_text_of(cli, change, "matter_name");
    char date[CLI_DAY_SIZE];

    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(change, "number"));
    cli_table_add(table, CLI_TONE_FAINT, matter != NULL ? matter : cli_word(cli, base_json_member_text(change, "of")));
    cli_table_add(table, CLI_TONE_NONE, cli_word(cli, base_json_member_text(change, "clock")));
    cli_day_format(cli, base_json_member_text(change, "before"), date);
    cli_table_add(table, CLI_TONE_FAINT, date);
    cli_day_format(cli, base_json_member_text(change, "after"), date);
    cli_table_add(table, CLI_TONE_WAIT, date);
}

static const char *version_of(const struct base_json *json, const char *key)
{
    const char *text = base_json_member_text(json, key);

    return text != NULL ? text : "?";
}

/* What people read otherwise: services and matters that come, go or change. */
static void diff_add(const struct cli *cli, struct cli_table *table, const char *kind, const struct base_json *item)
{
    struct base_buffer members = {0};

    for (const struct base_json *member = base_json_first(base_json_member(item, "members")); member != NULL; member = base_json_next(member))
        base_buffer_put_format(&members, "%s%s", members.size > 0 ? ", " : "", base_json_text(member));
    cli_table_add(table, CLI_TONE_FAINT, kind);
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(item, "id"));
    cli_table_add(table, CLI_TONE_NONE, cli_member_text_of(cli, item, "name"));
    cli_table_add(table, CLI_TONE_WAIT, cli_word(cli, base_json_member_text(item, "change")));
    cli_table_add(table, CLI_TONE_FAINT, base_buffer_text(&members));
    base_buffer_fini(&members);
}

static void diff_print(const struct cli *cli, const struct base_json *diff)
{
    const struct {
        const char *key, *kind;
    } parts[] = {{"services", cli_say(cli, "服务", "service")}, {"matters", cli_say(cli, "事项", "matter")}};
    struct cli_table table;

    cli_table_init(cli, &table, NULL, 5);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        for (const struct base_json *item = base_json_first(base_json_member(diff, parts[i].key)); item != NULL; item = base_json_next(item))
            diff_add(cli, &table, parts[i].kind, item);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
    if (base_json_is_true(base_json_member(diff, "is_cut")))
        printf("%s\n", cli_say(cli, "……其余未列出", "... and more that are not listed"));
}

void cli_config_dates_print(const struct cli *cli, const struct base_json *plan)
{
    static const struct cli_column columns[] = {
        {{{"编号", "number"}}, 0}, {{{"事项", "of"}}, 1}, {{{"时限", "clock"}}, 0}, {{{"原日期", "before"}}, 0}, {{{"新日期", "after"}}, 0},
    };
    const struct base_json *changes = base_json_member(plan, "changes");
    struct cli_table table;

    if (base_json_first(changes) == NULL)
        return;
    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(changes); item != NULL; item = base_json_next(item))
        change_add(cli, &table, item);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
    if (base_json_is_true(base_json_member(plan, "cut")))
        printf("%s\n", cli_say(cli, "……其余未列出", "... and more that are not listed"));
}

void cli_config_plan_print(const struct cli *cli, const struct base_json *plan)
{
    printf(cli_say(cli, "目录 %s -> %s：%.15g 个日期变化，涉及 %.15g 件\n", "catalogue %s -> %s: %.15g dates change, of %.15g applications\n"),
           version_of(plan, "from_version"), version_of(plan, "version"),
           base_json_number(base_json_member(plan, "dates_changed")), base_json_number(base_json_member(plan, "applications_changed")));
    diff_print(cli, base_json_member(plan, "diff"));
    cli_config_dates_print(cli, plan);
}

/* in_force: that the act expects; NULL = whichever is. */
static int reload_call(const struct cli *cli, bool is_dry, const char *in_force, struct cli_http_answer *answer, struct base_json **json)
{
    struct base_buffer body = {0}, tag = {0};

    base_json_open(&body, NULL, '{');
    if (cli_option(cli, "--version") != NULL)
        base_json_put_text(&body, "version", cli_option(cli, "--version"));
    if (!is_dry && cli_option(cli, "--reason") != NULL)
        base_json_put_text(&body, "reason", cli_option(cli, "--reason"));
    base_json_close(&body, '}');
    base_buffer_put_format(&tag, "\"%.64s\"", in_force != NULL ? in_force : "");
    int rc = cli_api_call(cli, &(struct cli_call){.method = "POST", .path = is_dry ? "/v1/catalog/reload?dry_run=true" : "/v1/catalog/reload",
                                                  .if_match = in_force != NULL ? base_buffer_text(&tag) : NULL,
                                                  .body = base_buffer_text(&body), .body_size = body.size}, answer, json);
    base_buffer_fini(&body);
    base_buffer_fini(&tag);
    return rc;
}

int cli_config_plan(const struct cli *cli, struct cli_http_answer *answer, struct base_json **plan)
{
    return reload_call(cli, true, NULL, answer, plan);
}

static int reload_do(const struct cli *cli, const char *in_force)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    int rc = reload_call(cli, false, in_force, &answer, &json);

    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        printf(cli_say(cli, "已更换为 %s，日期正在重新核定\n", "the catalogue is %s now; the dates follow\n"), version_of(json, "version"));
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    return rc;
}

int cli_config_reload(struct cli *cli)
{
    bool is_dry = cli_option(cli, "--dry-run") != NULL;
    struct cli_http_answer answer = {0};
    struct base_json *plan = NULL;

    if (!is_dry && cli_option(cli, "--version") != NULL && cli_option(cli, "--reason") == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "更换为某一版本须用 --reason 写明原因", "say why that version is put in force: --reason TEXT"));
        return CLI_USAGE;
    }
    int rc = cli_config_plan(cli, &answer, &plan);
    if (rc == CLI_DONE && cli->is_json && is_dry)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE && !cli->is_json)
        cli_config_plan_print(cli, plan);
    if (rc == CLI_DONE && !is_dry) /* only what was seen is left for it */
        rc = reload_do(cli, cli_option(cli, "--version") != NULL ? version_of(plan, "from_version") : NULL);
    base_json_destroy(plan);
    cli_http_answer_fini(&answer);
    return rc;
}
