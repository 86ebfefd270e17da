/* SPDX-License-Identifier: Apache-2.0 */
/* plugin upgrade, rollback, drain, enable, disable; and the one call of all verbs. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cli/plugin.h"
#include "cli/text.h"
#include "cli/verbs.h"

#define BAKE_S_MAX 86400

int cli_plugin_put_options(const struct cli *cli, struct base_buffer *body)
{
    int64_t bake_s;

    if (cli_option(cli, "--reason") != NULL)
        base_json_put_text(body, "reason", cli_option(cli, "--reason"));
    if (cli_option(cli, "--approve") != NULL)
        base_json_put_bool(body, "approve", true);
    if (cli_option_integer(cli, "--bake", 0, BAKE_S_MAX, -1, &bake_s) != OD_OK)
        return CLI_USAGE;
    if (bake_s >= 0)
        base_json_put_i64(body, "bake_ms", bake_s * 1000);
    return CLI_DONE;
}

/* A refusal that lists capabilities has one way on: an administrator's word. */
static void tell_approve(const struct cli *cli, const struct cli_http_answer *answer)
{
    struct base_json_error error;
    struct base_json *problem = NULL;

    if (answer->body.size == 0 || base_json_parse(answer->body.bytes, answer->body.size, &problem, &error) != OD_OK)
        return;
    const char *code = base_json_member_text(base_json_first(base_json_member(problem, "errors")), "code");
    if (code != NULL && strcmp(code, "capability") == 0 && !cli->is_json)
        cli_tell(cli, "%s", cli_say(cli, "同意这些权限的管理员加上 --approve 再执行一次",
                                    "an administrator who agrees to these runs it again with --approve"));
    base_json_destroy(problem);
}

static int send(const struct cli *cli, const struct cli_plugin_ask *ask, struct cli_http_answer *answer,
                struct base_json **json)
{
    struct base_buffer path = {0};

    cli_api_path(&path, "connectors", cli->operands[0], ask->rest);
    cli_api_query(&path, "dry_run", cli_option(cli, "--dry-run") != NULL ? "true" : NULL);
    cli_api_query(&path, "purge", cli_option(cli, "--purge") != NULL ? "true" : NULL);
    if (ask->has_reason)
        cli_api_query(&path, "reason", cli_option(cli, "--reason"));
    int rc = cli_api_call(cli,
                          &(struct cli_call){.method = ask->method,
                                             .path = base_buffer_text(&path),
                                             .body = ask->body != NULL ? base_buffer_text(ask->body) : NULL,
                                             .body_size = ask->body != NULL ? ask->body->size : 0},
                          answer, json);
    base_buffer_fini(&path);
    if (rc == CLI_REFUSED)
        tell_approve(cli, answer);
    return rc;
}

int cli_plugin_perform(const struct cli *cli, const struct cli_plugin_ask *ask)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    int rc = send(cli, ask, &answer, &json);
    bool is_plan = base_json_member(json, "plan") != NULL;
    bool is_waiting = ask->goal != CLI_PLUGIN_ANSWERED && cli_option(cli, "--wait") != NULL && !is_plan;

    if (rc == CLI_DONE && is_waiting)
        rc = cli_plugin_wait(cli, ask->goal, json);
    else if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE && is_plan)
        cli_plugin_plan_print(cli, json);
    else if (rc == CLI_DONE && json != NULL)
        cli_plugin_print(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    return rc;
}

/* {"module": ..., "config": ...}, the present configuration where none is given. */
int cli_plugin_upgrade(struct cli *cli)
{
    struct base_buffer body = {0};
    char *config = NULL;
    size_t size = 0;

    int rc = cli_plugin_object_read(cli, "--config", NULL, &config, &size);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "module", cli->operands[1]);
    if (config != NULL)
        base_json_put_raw(&body, "config", config, size);
    if (rc == CLI_DONE)
        rc = cli_plugin_put_options(cli, &body);
    base_json_close(&body, '}');
    if (rc == CLI_DONE)
        rc = cli_plugin_perform(cli, &(struct cli_plugin_ask){.method = "POST", .rest = "/upgrade", .body = &body,
                                                              .goal = CLI_PLUGIN_ROLLED_OUT});
    base_free(config);
    base_buffer_fini(&body);
    return rc;
}

static int act(const struct cli *cli, const char *rest, enum cli_plugin_goal goal)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    if (cli_option(cli, "--reason") != NULL)
        base_json_put_text(&body, "reason", cli_option(cli, "--reason"));
    base_json_close(&body, '}');
    int rc = cli_plugin_perform(cli, &(struct cli_plugin_ask){.method = "POST", .rest = rest, .body = &body, .goal = goal});
    base_buffer_fini(&body);
    return rc;
}

int cli_plugin_rollback(struct cli *cli)
{
    return act(cli, "/rollback", CLI_PLUGIN_ROLLED_OUT);
}

int cli_plugin_drain(struct cli *cli)
{
    return act(cli, "/drain", CLI_PLUGIN_DRAINED);
}

int cli_plugin_enable(struct cli *cli)
{
    return act(cli, "/enable", CLI_PLUGIN_ACTIVE);
}

int cli_plugin_disable(struct cli *cli)
{
    return act(cli, "/disable", CLI_PLUGIN_DISABLED);
}
