/* SPDX-License-Identifier: Apache-2.0 */
/* plugin list, show, load, unload, logs. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "cli/api.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/view.h"

#define GONE_TRIES_MAX 101      /* looks whether an unloaded connector is gone: 10 s */
#define GONE_PAUSE_NS 100000000 /* between two of them */

static void number_format(const struct base_json *json, char text[static 24])
{
    int64_t value;

    text[0] = '\0';
    if (base_json_i64(json, INT64_MIN, INT64_MAX, &value) == OD_OK)
        snprintf(text, 24, "%lld", (long long)value);
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
    static const struct cli_column columns[] = {
        {{{"连接器", "connector"}}, 0}, {{{"版本", "version"}}, 0},
        {{{"状态", "state"}}, 0},       {{{"在办", "in flight"}}, 0},
        {{{"档位", "tier"}}, 0},        {{{"最近的错误", "last error"}}, 1},
    };
    struct cli_table table;

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(items); item != NULL;
         item = base_json_next(item))
        row_add(cli, &table, item);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

/* Everything that the hub says of one connector. */
static void connector_print(const struct cli *cli, const struct base_json *connector)
{
    static const struct {
        const char *key, *zh, *en;
    } numbers[] = {
        {"in_flight", "在办", "in flight"},
        {"open", "未结", "open"},
        {"restarts", "重启次数", "restarts"},
        {"pid", "进程号", "process"},
    };
    const char *state = base_json_member_text(connector, "state");
    char text[CLI_DAY_SIZE];

    cli_put_toned(cli, CLI_TONE_HEAD, base_json_member_text(connector, "id"), 0);
    fputs("  ", stdout);
    cli_put_toned(cli, cli_word_tone(state), cli_word(cli, state), 0);
    putchar('\n');
    cli_view_line(cli, "模块", "module", base_json_member_text(connector, "module"));
    cli_view_line(cli, "版本", "version", base_json_member_text(connector, "version"));
    cli_view_line(cli, "档位", "tier", base_json_member_text(connector, "tier"));
    cli_day_format(cli, base_json_member_text(connector, "since"), text);
    cli_view_line(cli, "始于", "since", text);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        number_format(base_json_member(connector, numbers[i].key), text);
        cli_view_line(cli, numbers[i].zh, numbers[i].en, text);
    }
    cli_view_line(cli, "最近的错误", "last error",
                  base_json_member_text(connector, "last_error"));
}

/* "1. no more offers", and that nothing was done. */
static void plan_print(const struct cli *cli, const struct base_json *plan)
{
    int number = 1;

    cli_tell(
        cli, "%s",
        cli_say(cli, "演练：未作任何改动；步骤：", "dry run: nothing was changed; the steps:"));
    for (const struct base_json *step = base_json_first(plan); step != NULL;
         step = base_json_next(step)) {
        printf("%d. ", number++);
        cli_put_wrapped(cli, CLI_TONE_NONE, cli_text_of(cli, step), 3, 3);
        putchar('\n');
    }
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
        plan_print(cli, base_json_member(json, "plan"));
    } else if (rc == CLI_DONE && json != NULL) {
        connector_print(cli, json);
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

/* Ask until the hub does not know the connector any more, so that its id is free to be
 * loaded again. Returns CLI_DONE, or what ended the asking. */
static int gone_wait(const struct cli *cli)
{
    struct base_buffer path = {0};
    int rc = CLI_DONE;

    cli_api_path(&path, "connectors", cli->operands[0], "");
    for (int tries = 0; rc == CLI_DONE && tries < GONE_TRIES_MAX; tries++) {
        struct cli_http_answer answer = {0};
        struct cli_call call = {
            .method = "GET", .path = base_buffer_text(&path), .untold = 1u << CLI_NOT_FOUND};

        if (tries > 0)
            nanosleep(&(struct timespec){.tv_nsec = GONE_PAUSE_NS}, NULL);
        rc = cli_api_call(cli, &call, &answer, NULL);
        cli_http_answer_fini(&answer);
    }
    base_buffer_fini(&path);
    if (rc == CLI_NOT_FOUND)
        return CLI_DONE;
    if (rc != CLI_DONE)
        return rc;
    cli_tell(cli,
             cli_say(cli, "连接器 %s 十秒后仍在排空；onedoor plugin show %s 显示其状态",
                     "the connector %s still drains after ten seconds; onedoor plugin show %s "
                     "tells how far it is"),
             cli->operands[0], cli->operands[0]);
    return CLI_FAILED;
}

int cli_plugin_unload(struct cli *cli)
{
    int rc = connector_call(cli, "DELETE", NULL);

    if (rc != CLI_DONE || cli_option(cli, "--no-wait") != NULL ||
        cli_option(cli, "--dry-run") != NULL)
        return rc;
    fflush(stdout);
    return gone_wait(cli);
}

/* "2026-11-29 15:31:09 warn  the far side does not answer". */
static void lines_print(const struct cli *cli, const struct base_json *items)
{
    for (const struct base_json *item = base_json_first(items); item != NULL;
         item = base_json_next(item)) {
        const char *at = base_json_member_text(item, "at"),
                   *level = base_json_member_text(item, "level");
        bool is_bad =
            level != NULL && (strcmp(level, "error") == 0 || strcmp(level, "warn") == 0);

        if (at != NULL && strlen(at) >= 19)
            printf("%.10s %.8s  ", at, at + 11);
        cli_put_toned(cli, is_bad ? CLI_TONE_BAD : CLI_TONE_FAINT, level, 7);
        cli_put(stdout, base_json_member_text(item, "text"));
        putchar('\n');
    }
}

int cli_plugin_logs(struct cli *cli)
{
    struct base_buffer path = {0};

    cli_api_path(&path, "connectors", cli->operands[0], "/logs");
    int rc = cli_api_list(cli, base_buffer_text(&path), lines_print);
    base_buffer_fini(&path);
    return rc;
}

/* The configuration, as it was written: a file's content, or the JSON itself. Owned. */
static int config_read(const struct cli *cli, char **bytes, size_t *size)
{
    const char *given = cli_option(cli, "--config");
    bool is_inline = given != NULL && given[0] == '{';
    const char *name = is_inline ? "--config" : given;
    struct base_json *config = NULL;
    int rc = CLI_DONE;

    if (given == NULL || is_inline) {
        given = given != NULL ? given : "{}";
        *size = strlen(given);
        *bytes = base_copy_text(given, *size);
        rc = *bytes != NULL ? CLI_DONE : CLI_FAILED;
    } else {
        rc = cli_file_read(cli, given, bytes, size);
    }
    if (rc == CLI_DONE)
        rc = cli_json_read(cli, name, *bytes, *size, &config);
    if (rc == CLI_DONE && base_json_type(config) != BASE_JSON_OBJECT) {
        cli_tell(cli, "%s:1:1: %s", name,
                 cli_say(cli, "须为 JSON 对象", "must be a JSON object"));
        rc = CLI_REFUSED;
    }
    base_json_destroy(config);
    return rc;
}

/* {"module": ..., "config": <as it was written>}. */
int cli_plugin_load(struct cli *cli)
{
    struct base_buffer body = {0};
    char *bytes = NULL;
    size_t size = 0;

    int rc = config_read(cli, &bytes, &size);
    if (rc == CLI_DONE) {
        base_json_open(&body, NULL, '{');
        base_json_put_text(&body, "module", cli->operands[1]);
        if (cli_option(cli, "--department") != NULL)
            base_json_put_text(&body, "department", cli_option(cli, "--department"));
        base_json_put_raw(&body, "config", bytes, size);
        base_json_close(&body, '}');
        rc = connector_call(cli, "PUT", &body);
    }
    base_free(bytes);
    base_buffer_fini(&body);
    return rc;
}
