/* SPDX-License-Identifier: Apache-2.0 */
/* plugin list, show, load, unload, logs, history. */
#include "cli/plugin.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "cli/table.h"
#include "cli/verbs.h"

#define GONE_TRIES_MAX 101      /* looks whether an unloaded connector is gone: 10 s */
#define GONE_PAUSE_NS 100000000 /* between two of them */

int cli_plugin_list(struct cli *cli)
{
    return cli_api_list(cli, "/v1/connectors", cli_plugin_rows_print);
}

int cli_plugin_show(struct cli *cli)
{
    return cli_plugin_perform(cli, &(struct cli_plugin_ask){.method = "GET", .rest = ""});
}

static int list_of(const struct cli *cli, const char *rest, cli_items_cb print)
{
    struct base_buffer path = {0};

    cli_api_path(&path, "connectors", cli->operands[0], rest);
    int rc = cli_api_list(cli, base_buffer_text(&path), print);
    base_buffer_fini(&path);
    return rc;
}

int cli_plugin_history(struct cli *cli)
{
    return list_of(cli, "/history", cli_plugin_history_print);
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
    int rc = cli_plugin_perform(cli, &(struct cli_plugin_ask){.method = "DELETE", .rest = "", .has_reason = true});

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
        bool is_bad = level != NULL && (strcmp(level, "error") == 0 || strcmp(level, "warn") == 0 ||
                                        strcmp(level, "warning") == 0);

        if (at != NULL && strlen(at) >= 19)
            printf("%.10s %.8s  ", at, at + 11);
        cli_put_toned(cli, is_bad ? CLI_TONE_BAD : CLI_TONE_FAINT, level, 7);
        cli_put(stdout, base_json_member_text(item, "text"));
        putchar('\n');
    }
}

int cli_plugin_logs(struct cli *cli)
{
    return list_of(cli, "/logs", lines_print);
}

int cli_plugin_object_read(const struct cli *cli, const char *option, const char *absent, char **bytes, size_t *size)
{
    const char *given = cli_option(cli, option) != NULL ? cli_option(cli, option) : absent;
    bool is_inline = given != NULL && given[0] == '{';
    struct base_json *object = NULL;
    int rc = CLI_DONE;

    *bytes = NULL;
    *size = 0;
    if (given == NULL)
        return CLI_DONE;
    if (is_inline) {
        *size = strlen(given);
        *bytes = base_copy_text(given, *size);
        rc = *bytes != NULL ? CLI_DONE : CLI_FAILED;
    } else {
        rc = cli_file_read(cli, given, bytes, size);
    }
    if (rc == CLI_DONE)
        rc = cli_json_read(cli, is_inline ? option : given, *bytes, *size, &object);
    if (rc == CLI_DONE && base_json_type(object) != BASE_JSON_OBJECT) {
        cli_tell(cli, "%s:1:1: %s", is_inline ? option : given,
                 cli_say(cli, "须为 JSON 对象", "must be a JSON object"));
        rc = CLI_REFUSED;
    }
    base_json_destroy(object);
    return rc;
}

/* What shall serve it: a module, a remote connector, or people. Exactly one. */
static int way_check(const struct cli *cli)
{
    int ways = (cli->operand_count > 1) + (cli_option(cli, "--remote") != NULL) + (cli_option(cli, "--worklist") != NULL);

    if (ways == 1)
        return CLI_DONE;
    cli_tell(cli, "%s", cli_say(cli, "须且只须给出一样：MODULE、--remote 或 --worklist",
                                "say one way: MODULE, --remote or --worklist"));
    return CLI_USAGE;
}

/* {"module": ..., "config": <as it was written>}, {"remote": {...}} or {"worklist": true}. */
static int load_body(const struct cli *cli, struct base_buffer *body)
{
    char *config = NULL, *remote = NULL;
    size_t config_size = 0, remote_size = 0;
    int64_t priority = 1;
    bool is_worklist = cli_option(cli, "--worklist") != NULL;

    int rc = cli_plugin_object_read(cli, "--config", is_worklist ? NULL : "{}", &config, &config_size);
    if (rc == CLI_DONE)
        rc = cli_plugin_object_read(cli, "--remote", NULL, &remote, &remote_size);
    base_json_open(body, NULL, '{');
    if (cli->operand_count > 1)
        base_json_put_text(body, "module", cli->operands[1]);
    if (remote != NULL)
        base_json_put_raw(body, "remote", remote, remote_size);
    if (is_worklist)
        base_json_put_bool(body, "worklist", true);
    if (cli_option(cli, "--department") != NULL)
        base_json_put_text(body, "department", cli_option(cli, "--department"));
    if (cli_option(cli, "--serves") != NULL)
        base_json_put_text(body, "serves", cli_option(cli, "--serves"));
    if (cli_option(cli, "--channel") != NULL)
        base_json_put_text(body, "channel", cli_option(cli, "--channel"));
    if (rc == CLI_DONE && cli_option(cli, "--priority") != NULL) {
        rc = cli_option_integer(cli, "--priority", 1, 1000, 1, &priority) == OD_OK ? CLI_DONE : CLI_USAGE;
        base_json_put_i64(body, "priority", priority);
    }
    if (config != NULL)
        base_json_put_raw(body, "config", config, config_size);
    if (rc == CLI_DONE)
        rc = cli_plugin_put_options(cli, body);
    base_json_close(body, '}');
    base_free(config);
    base_free(remote);
    return rc;
}

/* To the worklist: nothing is left to look at once it is there. */
int cli_plugin_load(struct cli *cli)
{
    bool is_worklist = cli_option(cli, "--worklist") != NULL;
    bool is_waiting = cli_option(cli, "--wait") != NULL && cli_option(cli, "--dry-run") == NULL;
    struct base_buffer body = {0};

    int rc = way_check(cli);
    if (rc == CLI_DONE)
        rc = load_body(cli, &body);
    if (rc == CLI_DONE)
        rc = cli_plugin_perform(cli, &(struct cli_plugin_ask){.method = "PUT", .rest = "", .body = &body,
                                                              .goal = is_worklist ? CLI_PLUGIN_ANSWERED : CLI_PLUGIN_ROLLED_OUT});
    base_buffer_fini(&body);
    return rc == CLI_DONE && is_worklist && is_waiting ? gone_wait(cli) : rc;
}
