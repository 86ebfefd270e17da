/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a connector to where an act leads it: its steps on stderr as they come, how it stands on one line
 * that is written over where stderr is a terminal, and the connector itself on stdout at the end.
 *
 *   wait -> look (GET) -> told, tick -> reached, failed, or look again */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "cli/plugin.h"
#include "cli/text.h"
#include "cli/words.h"

#define LOOK_PAUSE_NS 250000000
#define AWAY_LOOKS_MAX 240 /* a hub that restarts is back within the minute */

struct wait {
    const struct cli *cli;
    enum cli_plugin_goal goal;
    char target[CLI_DAY_SIZE + 128]; /* module that is to have the route; "" = not known */
    char step[32];                   /* told last */
    char state[32];
    bool was_rolling;                /* a rollout was seen */
    bool is_line_open;               /* on a terminal */
    bool is_away;                    /* told */
};

enum outcome { GOES_ON, REACHED, FAILED };

static const char *member(const struct base_json *object, const char *key)
{
    const char *text = base_json_member_text(object, key);

    return text != NULL ? text : "";
}

static bool is_remote(const struct base_json *connector)
{
    return strcmp(member(connector, "kind"), "remote") == 0;
}

/* What a rollout calls it. */
static const char *version_of(const struct base_json *connector)
{
    return is_remote(connector) ? "remote" : member(connector, "module");
}

static const struct base_json *rollout_of(const struct base_json *connector)
{
    const struct base_json *rollout = base_json_member(connector, "rollout");

    return base_json_type(rollout) == BASE_JSON_OBJECT ? rollout : NULL;
}

static void line_end(struct wait *wait)
{
    if (wait->is_line_open)
        fputc('\n', stderr);
    wait->is_line_open = false;
}

static void say(struct wait *wait, enum cli_tone tone, const char *text)
{
    line_end(wait);
    cli_put_toned_on(wait->cli, stderr, tone, text);
    fputc('\n', stderr);
}

/* What the step does, in words; to: the new version, from: the present one. */
static void step_format(const struct cli *cli, const char *step, const char *to, const char *from, char text[512])
{
    if (strcmp(step, "starting") == 0)
        snprintf(text, 512, cli_say(cli, "启动 %s，与 %s 并行，尚不接任务", "starting %s beside %s, with no tasks yet"), to, from);
    else if (strcmp(step, "switched") == 0)
        snprintf(text, 512, cli_say(cli, "已切换：新任务归 %s；%s 的任务正在移交", "switched: new tasks go to %s; those of %s are handed over"),
                 to, from);
    else if (strcmp(step, "baking") == 0)
        snprintf(text, 512, cli_say(cli, "观察 %s；出错则自动退回 %s", "watching %s; trouble leads back to %s"), to, from);
    else if (strcmp(step, "reverting") == 0)
        snprintf(text, 512, cli_say(cli, "放弃 %s，退回 %s", "giving %s up, going back to %s"), from, to); /* the roles are swapped */
    else
        snprintf(text, 512, "%s", step);
}

static void step_say(struct wait *wait, const struct base_json *rollout)
{
    const char *step = member(rollout, "step");
    char text[512];

    if (strcmp(step, wait->step) == 0)
        return;
    snprintf(wait->step, sizeof(wait->step), "%s", step);
    step_format(wait->cli, step, member(rollout, "to"), member(rollout, "from"), text);
    say(wait, strcmp(step, "reverting") == 0 ? CLI_TONE_BAD : CLI_TONE_WAIT, text);
}

static void state_say(struct wait *wait, const struct base_json *connector)
{
    const char *state = member(connector, "state");

    if (strcmp(state, wait->state) == 0)
        return;
    snprintf(wait->state, sizeof(wait->state), "%s", state);
    say(wait, cli_word_tone(state), cli_plugin_state(wait->cli, state));
}

static int64_t number_of(const struct base_json *connector, const char *key)
{
    int64_t value = 0;

    return base_json_i64(base_json_member(connector, key), 0, INT64_MAX, &value) == OD_OK ? value : 0;
}

/* "in flight 3, open 12, 41 s left", over itself. */
static void tick(struct wait *wait, const struct base_json *connector)
{
    const char *until = base_json_member_text(rollout_of(connector), "until");
    int64_t until_ms, left_s = 0;

    if (!wait->cli->is_err_colored)
        return;
    if (until != NULL && base_time_parse(until, &until_ms) == OD_OK)
        left_s = (until_ms - base_wall_ms() + 999) / 1000;
    fprintf(stderr, cli_say(wait->cli, "\r  在办 %lld，未结 %lld", "\r  in flight %lld, open %lld"),
            (long long)number_of(connector, "in_flight"), (long long)number_of(connector, "open"));
    if (left_s > 0)
        fprintf(stderr, cli_say(wait->cli, "，还有 %lld 秒", ", %lld s left"), (long long)left_s);
    fputs("\033[K", stderr);
    fflush(stderr);
    wait->is_line_open = true;
}

static bool is_down(const char *state)
{
    return strcmp(state, "quarantined") == 0 || strcmp(state, "failed") == 0;
}

static enum outcome rolled_out(const struct wait *wait, const struct base_json *connector)
{
    const char *state = member(connector, "state"), *error = member(connector, "rollout_error");

    if (rollout_of(connector) != NULL)
        return GOES_ON;
    if (wait->target[0] != '\0' && strcmp(wait->target, version_of(connector)) != 0)
        return FAILED; /* it was led back */
    if ((wait->was_rolling && error[0] != '\0') || is_down(state))
        return FAILED;
    if (is_remote(connector))
        return REACHED; /* it comes when it comes: no act of the hub's */
    return strcmp(state, "starting") == 0 || strcmp(state, "backoff") == 0 ? GOES_ON : REACHED;
}

static enum outcome enabled(const struct base_json *connector)
{
    const char *state = member(connector, "state");

    if (strcmp(state, "active") == 0 || (is_remote(connector) && strcmp(state, "disabled") != 0))
        return REACHED;
    return is_down(state) ? FAILED : GOES_ON;
}

static enum outcome outcome_of(const struct wait *wait, const struct base_json *connector)
{
    const char *state = member(connector, "state");

    switch (wait->goal) {
    case CLI_PLUGIN_ANSWERED: return REACHED;
    case CLI_PLUGIN_ROLLED_OUT: return rolled_out(wait, connector);
    case CLI_PLUGIN_DRAINED: return strcmp(state, "drained") == 0 ? REACHED : is_down(state) ? FAILED : GOES_ON;
    case CLI_PLUGIN_ACTIVE: return enabled(connector);
    case CLI_PLUGIN_DISABLED: return strcmp(state, "disabled") == 0 ? REACHED : GOES_ON;
    }
    return REACHED;
}

static void tell(struct wait *wait, const struct base_json *connector)
{
    const struct base_json *rollout = rollout_of(connector);

    wait->was_rolling = wait->was_rolling || rollout != NULL;
    if (rollout != NULL)
        step_say(wait, rollout);
    else
        state_say(wait, connector);
    tick(wait, connector);
}

static int end(struct wait *wait, enum outcome outcome, const struct cli_http_answer *answer, const struct base_json *connector)
{
    const char *why = member(connector, "rollout_error");

    line_end(wait);
    if (wait->cli->is_json)
        cli_api_print_raw(answer);
    else
        cli_plugin_print(wait->cli, connector);
    if (outcome == REACHED)
        return CLI_DONE;
    if (why[0] == '\0')
        why = member(connector, "last_error");
    cli_tell(wait->cli, cli_say(wait->cli, "没有成功，现在运行的是 %s：%s", "it did not succeed, %s runs now: %s"),
             version_of(connector), why);
    return CLI_FAILED;
}

/* One look. Returns CLI_DONE with GOES_ON, or the end. */
static int look(struct wait *wait, const char *path, enum outcome *outcome)
{
    struct cli_http_answer answer = {0};
    struct base_json *connector = NULL;
    struct cli_call call = {.method = "GET", .path = path, .untold = wait->is_away ? CLI_UNTOLD_AWAY : 0};

    int rc = cli_api_call(wait->cli, &call, &answer, &connector);
    *outcome = GOES_ON;
    if (rc == CLI_DONE) {
        wait->is_away = false;
        tell(wait, connector);
        *outcome = outcome_of(wait, connector);
        if (*outcome != GOES_ON)
            rc = end(wait, *outcome, &answer, connector);
    }
    base_json_destroy(connector);
    cli_http_answer_fini(&answer);
    return rc;
}

int cli_plugin_wait(const struct cli *cli, enum cli_plugin_goal goal, const struct base_json *answer)
{
    struct wait wait = {.cli = cli, .goal = goal};
    const struct base_json *rollout = rollout_of(answer);
    struct base_buffer path = {0};
    enum outcome outcome = GOES_ON;
    int rc = CLI_DONE;

    snprintf(wait.target, sizeof(wait.target), "%s", member(rollout, "to"));
    if (rollout != NULL)
        tell(&wait, answer);
    cli_api_path(&path, "connectors", cli->operands[0], "");
    for (int away = 0; outcome == GOES_ON && away < AWAY_LOOKS_MAX;) {
        rc = look(&wait, base_buffer_text(&path), &outcome);
        if (rc != CLI_DONE && rc != CLI_UNREACHABLE && rc != CLI_FAILED)
            break; /* the hub has spoken */
        wait.is_away = outcome == GOES_ON && rc != CLI_DONE;
        away = wait.is_away ? away + 1 : 0;
        if (outcome == GOES_ON)
            nanosleep(&(struct timespec){.tv_nsec = LOOK_PAUSE_NS}, NULL);
    }
    line_end(&wait);
    base_buffer_fini(&path);
    return rc;
}
