/* SPDX-License-Identifier: Apache-2.0 */
/* task take, claim, release, opine, pause, resume, ask, milestone, requeue. Each is sent with the version of the
 * task that was looked at, so that two officers do not overwrite each other:
 *
 *   task_post -> --seen given: act once
 *             -> else read the task, act; again when only other tasks moved meanwhile */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/task.h"
#include "cli/values.h"
#include "cli/words.h"

#define TRIES_MAX 8 /* of a task that stands still in an application that moves */
#define TAG_SIZE 64

/* POST body to the task. A 412 is not told. */
static int act_once(const struct cli *cli, const char *verb, struct base_buffer *body,
                    const char *tag, struct cli_http_answer *answer)
{
    struct base_buffer path = {0};
    struct base_json *json = NULL;

    cli_api_path(&path, "tasks", cli->operands[0], verb);
    int rc = cli_api_call(cli,
                          &(struct cli_call){.method = "POST",
                                             .path = base_buffer_text(&path),
                                             .if_match = tag[0] != '\0' ? tag : NULL,
                                             .body = base_buffer_text(body),
                                             .body_size = body->size,
                                             .untold = 1u << CLI_REFUSED},
                          answer, &json);
    if (rc == CLI_REFUSED && answer->status != 412)
        rc = cli_api_problem(cli, answer);
    else if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(answer);
    else if (rc == CLI_DONE)
        printf("%s  %s\n", cli->operands[0],
               cli_word(cli, base_json_member_text(json, "state")));
    base_json_destroy(json);
    base_buffer_fini(&path);
    return rc;
}

/* What two readings of a task must share to be the same state of affairs. */
struct seen {
    char state[32], since[40], tag[TAG_SIZE];
};

static int seen_read(const struct cli *cli, struct seen *seen)
{
    struct cli_http_answer answer = {0};
    struct base_json *task = NULL;

    int rc = cli_task_get(cli, cli->operands[0], &answer, &task);
    if (rc == CLI_DONE) {
        const char *state = base_json_member_text(task, "state"),
                   *since = base_json_member_text(task, "since");
        snprintf(seen->state, sizeof(seen->state), "%s", state != NULL ? state : "");
        snprintf(seen->since, sizeof(seen->since), "%s", since != NULL ? since : "");
        snprintf(seen->tag, sizeof(seen->tag), "%s", answer.etag);
    }
    base_json_destroy(task);
    cli_http_answer_fini(&answer);
    return rc;
}

static int changed_end(const struct cli *cli, const struct cli_http_answer *answer)
{
    int rc = cli_api_problem(cli, answer);

    cli_tell(
        cli,
        cli_say(cli, "请先重新查看，再作处理：onedoor task show %s",
                "somebody was faster; nothing was changed. Look again: onedoor task show %s"),
        cli->operands[0]);
    return rc;
}

/* Read, act; an application that moved elsewhere is no reason to refuse. */
static int read_and_act(const struct cli *cli, const char *verb, struct base_buffer *body)
{
    struct seen first = {0}, now = {0};
    struct cli_http_answer answer = {0};
    int rc = seen_read(cli, &first);

    now = first;
    for (int tries = 0; rc == CLI_DONE; tries++) {
        cli_http_answer_fini(&answer);
        rc = act_once(cli, verb, body, now.tag, &answer);
        if (rc != CLI_REFUSED || answer.status != 412)
            break;
        rc = seen_read(cli, &now);
        bool is_same =
            strcmp(first.state, now.state) == 0 && strcmp(first.since, now.since) == 0;
        if (rc == CLI_DONE && (!is_same || tries == TRIES_MAX))
            rc = changed_end(cli, &answer);
    }
    cli_http_answer_fini(&answer);
    return rc;
}

/* --seen VERSION as an entity tag. */
static bool seen_tag(const struct cli *cli, char tag[TAG_SIZE])
{
    static const char allowed[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._";
    const char *seen = cli_option(cli, "--seen");
    size_t size = strlen(seen);

    if (size > 0 && size < TAG_SIZE - 2 && strspn(seen, allowed) == size) {
        snprintf(tag, TAG_SIZE, "\"%s\"", seen);
        return true;
    }
    cli_tell(cli,
             cli_say(cli, "--seen 须为 onedoor task show %s 显示的版本",
                     "--seen is the version that onedoor task show %s gives"),
             cli->operands[0]);
    return false;
}

/* body is fini'd. */
static int task_post(const struct cli *cli, const char *verb, struct base_buffer *body)
{
    struct cli_http_answer answer = {0};
    char tag[TAG_SIZE];
    int rc;

    if (cli_option(cli, "--seen") == NULL) {
        rc = read_and_act(cli, verb, body);
    } else if (!seen_tag(cli, tag)) {
        rc = CLI_USAGE;
    } else {
        rc = act_once(cli, verb, body, tag, &answer);
        if (rc == CLI_REFUSED && answer.status == 412)
            rc = changed_end(cli, &answer);
    }
    cli_http_answer_fini(&answer);
    base_buffer_fini(body);
    return rc;
}

/* An array of every value that was given for the option; nothing when there is none. */
static void put_values(const struct cli *cli, struct base_buffer *body, const char *key,
                       const char *option)
{
    if (cli_option(cli, option) == NULL)
        return;
    base_json_open(body, key, '[');
    for (size_t i = 0; i < cli->given_count; i++) {
        if (strcmp(cli->given[i].option->name, option) == 0)
            base_json_put_text(body, NULL, cli->given[i].value);
    }
    base_json_close(body, ']');
}

/* A verb that says everything by itself. */
static int plain_post(const struct cli *cli, const char *verb)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_close(&body, '}');
    return task_post(cli, verb, &body);
}

int cli_task_take(struct cli *cli)
{
    return plain_post(cli, "/take");
}

int cli_task_opine(struct cli *cli)
{
    struct base_buffer body = {0};
    const char *opinion = cli->operands[1];

    if (!cli_is_one_of(cli, opinion, cli_opinions))
        return CLI_USAGE;
    if (strcmp(opinion, "reject") == 0 && cli_option(cli, "--reason") == NULL) {
        cli_tell(cli, "%s",
                 cli_say(cli, "不予同意须用 --reason 说明理由",
                         "a rejection needs its reason: --reason TEXT"));
        return CLI_USAGE;
    }
    if (strcmp(opinion, "approve_with_conditions") == 0 &&
        cli_option(cli, "--condition") == NULL) {
        cli_tell(cli, "%s",
                 cli_say(cli, "附条件同意须用 --condition 写明条件",
                         "approve_with_conditions needs --condition TEXT"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "opinion", opinion);
    put_values(cli, &body, "reasons", "--reason");
    put_values(cli, &body, "conditions", "--condition");
    put_values(cli, &body, "officers", "--officer");
    if (cli_option(cli, "--document-no") != NULL)
        base_json_put_text(&body, "document_no", cli_option(cli, "--document-no"));
    base_json_close(&body, '}');
    return task_post(cli, "/opinion", &body);
}

int cli_task_pause(struct cli *cli)
{
    struct base_buffer body = {0};
    const char *kind = cli_option(cli, "--kind");
    int64_t days;

    if (kind == NULL) {
        cli_tell(cli, "%s",
                 cli_say(cli, "须用 --kind 写明中止的种类",
                         "the kind of pause is missing: --kind KIND"));
        return CLI_USAGE;
    }
    if (!cli_is_one_of(cli, kind, cli_pause_kinds) ||
        cli_option_integer(cli, "--expected-days", 1, 3650, 0, &days) != OD_OK)
        return CLI_USAGE;
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "kind", kind);
    if (days > 0)
        base_json_put_i64(&body, "expected_days", days);
    if (cli_option(cli, "--text") != NULL)
        base_json_put_text(&body, "text", cli_option(cli, "--text"));
    base_json_close(&body, '}');
    return task_post(cli, "/pause", &body);
}

int cli_task_resume(struct cli *cli)
{
    return plain_post(cli, "/resume");
}

int cli_task_requeue(struct cli *cli)
{
    return plain_post(cli, "/requeue");
}

/* With --take-over, whoever has it. */
int cli_task_claim(struct cli *cli)
{
    struct base_buffer body = {0};

    if (cli_option(cli, "--take-over") != NULL && cli_option(cli, "--reason") == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "接手须用 --reason 说明理由", "to take over needs its reason: --reason TEXT"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    if (cli_option(cli, "--take-over") != NULL)
        base_json_put_bool(&body, "take_over", true);
    if (cli_option(cli, "--reason") != NULL)
        base_json_put_text(&body, "reason", cli_option(cli, "--reason"));
    base_json_close(&body, '}');
    return task_post(cli, "/claim", &body);
}

int cli_task_release(struct cli *cli)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    if (cli_option(cli, "--reason") != NULL)
        base_json_put_text(&body, "reason", cli_option(cli, "--reason"));
    base_json_close(&body, '}');
    return task_post(cli, "/release", &body);
}

int cli_task_ask(struct cli *cli)
{
    struct base_buffer body = {0};

    if (cli_option(cli, "--field") == NULL && cli_option(cli, "--material") == NULL && cli_option(cli, "--text") == NULL) {
        cli_tell(cli, "%s",
                 cli_say(cli, "须用 --field、--material 或 --text 写明所缺",
                         "say what is needed: --field ID, --material ID or --text TEXT"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    put_values(cli, &body, "fields", "--field");
    put_values(cli, &body, "materials", "--material");
    if (cli_option(cli, "--rule") != NULL)
        base_json_put_text(&body, "rule", cli_option(cli, "--rule"));
    if (cli_option(cli, "--text") != NULL)
        base_json_put_text(&body, "text", cli_option(cli, "--text"));
    base_json_close(&body, '}');
    return task_post(cli, "/ask", &body);
}

int cli_task_bar(struct cli *cli)
{
    struct base_buffer body = {0};

    if (!cli_is_one_of(cli, cli->operands[1], cli_bars))
        return CLI_USAGE;
    if (cli_option(cli, "--reason") == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "须用 --reason 写明理由", "a reason is due: --reason TEXT"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "kind", cli->operands[1]);
    base_json_put_text(&body, "reason", cli_option(cli, "--reason"));
    base_json_close(&body, '}');
    return task_post(cli, "/bar", &body);
}

int cli_task_milestone(struct cli *cli)
{
    static const struct {
        const char *key, *option;
    } rows[] = {{"on", "--on"}, {"chair", "--chair"}, {"to", "--to"}, {"text", "--text"}};
    const char *milestone = cli->operands[1];
    bool is_announced = strcmp(milestone, "hearing_announced") == 0;
    struct base_buffer body = {0};

    if (!cli_is_one_of(cli, milestone, cli_milestones))
        return CLI_USAGE;
    if (is_announced && (cli_option(cli, "--on") == NULL || cli_option(cli, "--chair") == NULL)) {
        cli_tell(cli, "%s",
                 cli_say(cli, "hearing_announced 须用 --on 和 --chair 写明日期与主持人",
                         "hearing_announced needs its day and its chair: --on DATE --chair KEY"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "milestone", milestone);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (cli_option(cli, rows[i].option) != NULL)
            base_json_put_text(&body, rows[i].key, cli_option(cli, rows[i].option));
    base_json_close(&body, '}');
    return task_post(cli, "/milestone", &body);
}
