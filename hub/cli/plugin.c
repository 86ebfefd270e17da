/* SPDX-License-Identifier: Apache-2.0 */
/* plugin list, show, load, unload. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cli/api.h"
#include "cli/verbs.h"
#include "cli/view.h"
#include "cli/words.h"

static void number_format(const struct base_json *json, char text[24])
{
    int64_t value;

    text[0] = '\0';
    if (base_json_i64(json, INT64_MIN, INT64_MAX, &value) == OD_OK)
        snprintf(text, 24, "%lld", (long long)value);
}

static void head_add(const struct cli *cli, struct cli_table *table)
{
    static const struct cli_text heads[] = {
        {{"连接器", "connector"}}, {{"版本", "version"}}, {{"状态", "state"}},
        {{"在办", "in flight"}},   {{"档位", "tier"}},    {{"最近的错误", "last error"}},
    };

    cli_table_init(table, sizeof(heads) / sizeof(heads[0]));
    for (size_t i = 0; i < table->column_count; i++)
        cli_table_add(table, CLI_TONE_HEAD, heads[i].in[cli->language]);
}

static void row_add(const struct cli *cli, struct cli_table *table,
                    const struct base_json *item)
{
    const char *state = base_json_member_text(item, "state");
    char in_flight[24];

    number_format(base_json_member(item, "in_flight"), in_flight);
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(item, "id"));
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(item, "version"));
    cli_table_add(table, cli_word_tone(state), cli_word(cli, state));
    cli_table_add(table, CLI_TONE_NONE, in_flight);
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(item, "tier"));
    cli_table_add(table, CLI_TONE_BAD, base_json_member_text(item, "last_error"));
}

static void rows_print(const struct cli *cli, const struct base_json *items)
{
    struct cli_table table;

    head_add(cli, &table);
    for (const struct base_json *item = base_json_first(items); item != NULL;
         item = base_json_next(item))
        row_add(cli, &table, item);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

int cli_plugin_list(struct cli *cli)
{
    return cli_api_list(cli, "/v1/connectors", rows_print);
}

/* One connector: call it, print what comes back. */
static int connector_call(const struct cli *cli, const char *method, struct base_buffer *body)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    struct cli_table table;

    cli_api_path(&path, "connectors", cli->operands[0], "");
    cli_api_query(&path, "dry_run", cli_option(cli, "--dry-run") != NULL ? "true" : NULL);
    int rc =
        cli_api_call(cli,
                     &(struct cli_call){.method = method,
                                        .path = base_buffer_text(&path),
                                        .body = body != NULL ? base_buffer_text(body) : NULL,
                                        .body_size = body != NULL ? body->size : 0},
                     &answer, &json);
    if (rc == CLI_DONE && cli->is_json) {
        cli_api_print_raw(&answer);
    } else if (rc == CLI_DONE && base_json_member(json, "plan") != NULL) {
        cli_view_texts(cli, "", base_json_member(json, "plan"));
    } else if (rc == CLI_DONE && json != NULL) {
        head_add(cli, &table);
        row_add(cli, &table, json);
        cli_table_print(cli, &table);
        cli_table_fini(&table);
    }
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc;
}

int cli_plugin_show(struct cli *cli)
{
    return connector_call(cli, "GET", NULL);
}

int cli_plugin_unload(struct cli *cli)
{
    return connector_call(cli, "DELETE", NULL);
}

/* {"module": ..., "config": <the file, as it is>}. */
int cli_plugin_load(struct cli *cli)
{
    const char *path = cli_option(cli, "--config");
    struct base_buffer body = {0};
    struct base_json *config = NULL;
    char *bytes = NULL;
    size_t size = 0;
    int rc = CLI_DONE;

    if (path != NULL)
        rc = cli_file_read(cli, path, &bytes, &size);
    if (path != NULL && rc == CLI_DONE)
        rc = cli_json_read(cli, path, bytes, size, &config);
    if (rc == CLI_DONE && config != NULL && base_json_type(config) != BASE_JSON_OBJECT) {
        cli_tell(cli, "%s:1:1: %s", path,
                 cli_say(cli, "须为 JSON 对象", "must be a JSON object"));
        rc = CLI_REFUSED;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "module", cli->operands[1]);
    if (cli_option(cli, "--department") != NULL)
        base_json_put_text(&body, "department", cli_option(cli, "--department"));
    base_json_put_raw(&body, "config", bytes != NULL ? bytes : "{}", bytes != NULL ? size : 2);
    base_json_close(&body, '}');
    if (rc == CLI_DONE)
        rc = connector_call(cli, "PUT", &body);
    base_json_destroy(config);
    base_free(bytes);
    base_buffer_fini(&body);
    return rc;
}
