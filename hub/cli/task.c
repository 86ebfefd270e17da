/* SPDX-License-Identifier: Apache-2.0 */
/* task list, show. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/task.h"
#include "cli/values.h"
#include "cli/view.h"

int cli_task_list(struct cli *cli)
{
    struct base_buffer path = {0};
    int64_t limit;

    if (!cli_is_one_of(cli, cli_option(cli, "--state"), cli_task_states) || !cli_is_one_of(cli, cli_option(cli, "--claim"), cli_task_claims) ||
        cli_option_integer(cli, "--limit", 1, 200, 50, &limit) != OD_OK)
        return CLI_USAGE;
    base_buffer_put_text(&path, "/v1/tasks");
    cli_api_query(&path, "department", cli_option(cli, "--department"));
    cli_api_query(&path, "state", cli_option(cli, "--state"));
    cli_api_query(&path, "matter", cli_option(cli, "--matter"));
    cli_api_query(&path, "due_before", cli_option(cli, "--due-before"));
    cli_api_query(&path, "claim", cli_option(cli, "--claim"));
    cli_api_query(&path, "late", cli_option(cli, "--late") != NULL ? "true" : NULL);
    cli_api_query(&path, "queue", cli_option(cli, "--worklist") != NULL ? "worklist" : NULL);
    cli_api_query(&path, "limit", cli_option(cli, "--limit"));
    int rc = cli_api_list(cli, base_buffer_text(&path), cli_view_tasks);
    base_buffer_fini(&path);
    return rc;
}

int cli_task_get(const struct cli *cli, const char *id, struct cli_http_answer *answer,
                 struct base_json **json)
{
    struct base_buffer path = {0};

    cli_api_path(&path, "tasks", id, "");
    int rc = cli_api_get(cli, base_buffer_text(&path), answer, json);
    base_buffer_fini(&path);
    return rc;
}

/* The service names the fields of the form and the materials; without it they go by their ids. */
static struct base_json *service_get(const struct cli *cli, const struct base_json *task)
{
    const char *id = base_json_member_text(task, "service");
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *service = NULL;

    bool has_none = base_json_first(base_json_member(task, "form")) == NULL && base_json_first(base_json_member(task, "materials")) == NULL;

    if (id == NULL || has_none)
        return NULL;
    cli_api_path(&path, "services", id, "");
    int rc = cli_api_call(cli,
                          &(struct cli_call){.method = "GET",
                                             .path = base_buffer_text(&path),
                                             .untold = CLI_UNTOLD_ALL},
                          &answer, &service);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc == CLI_DONE ? service : NULL;
}

/* "\"12\"" -> "12". */
static void version_format(const char *etag, char version[64])
{
    size_t size = strlen(etag);

    version[0] = '\0';
    if (size > 2 && etag[0] == '"' && etag[size - 1] == '"')
        snprintf(version, 64, "%.*s", (int)(size - 2), etag + 1);
}

int cli_task_show(struct cli *cli)
{
    struct cli_http_answer answer = {0};
    struct base_json *task = NULL, *service = NULL;
    char version[64];

    int rc = cli_task_get(cli, cli->operands[0], &answer, &task);
    if (rc == CLI_DONE && cli->is_json) {
        cli_api_print_raw(&answer);
    } else if (rc == CLI_DONE) {
        service = service_get(cli, task);
        version_format(answer.etag, version);
        cli_view_task(cli, task, service, version);
    }
    base_json_destroy(task);
    base_json_destroy(service);
    cli_http_answer_fini(&answer);
    return rc;
}
