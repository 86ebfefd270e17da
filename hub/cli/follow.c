/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/follow.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "cli/api.h"
#include "cli/sse.h"
#include "cli/view.h"

#define NAME_MIN 8         /* columns of a name that is shortened */
#define AWAY_TRIES_MAX 600 /* a second apart: a hub that restarts is back much sooner */

struct follow {
    const struct cli *cli;
    FILE *events;
    struct cli_sse sse;
    struct base_json *application; /* owned: as it stood at first; names its tasks */
    uint64_t last_id;
    char day[CLI_DAY_SIZE]; /* of the last event that was told */
    bool is_final;
    bool has_heard;       /* anything on this line */
    bool is_officer_told; /* that somebody waits for an officer; told once */
    bool is_away;         /* the hub; told once */
};

/* A day's events stand under its date. */
static void day_put(struct follow *follow, const char *at)
{
    char date[BASE_DATE_SIZE], day[CLI_DAY_SIZE];

    snprintf(date, sizeof(date), "%.10s", at);
    cli_day_format(follow->cli, date, day);
    if (strcmp(day, follow->day) == 0)
        return;
    memcpy(follow->day, day, sizeof(day));
    cli_put_toned_on(follow->cli, follow->events, CLI_TONE_FAINT, day);
    fputc('\n', follow->events);
}

static void time_format(const struct base_json *event, char time[BASE_TIME_SIZE])
{
    const char *at = base_json_member_text(event, "at");
    int64_t ms;

    time[0] = '\0';
    if (at != NULL)
        snprintf(time, BASE_TIME_SIZE, "%s", at);
    else if (base_json_i64(base_json_member(event, "at_ms"), 0, INT64_C(253402300799999),
                           &ms) == OD_OK)
        base_zone_format(ms, time);
}

static void add_word(const struct cli *cli, struct base_buffer *line, const char *lead,
                     const char *word)
{
    if (word == NULL || strcmp(word, "none") == 0)
        return;
    base_buffer_put_text(line, lead);
    base_buffer_put_text(line, cli_word(cli, word));
}

static const struct base_json *task_at(const struct base_json *application, int64_t index)
{
    const struct base_json *task = base_json_first(base_json_member(application, "tasks"));

    for (; index > 0 && task != NULL; index--)
        task = base_json_next(task);
    return task;
}

/* An offer may go to several departments at once, told by the indexes of their tasks. */
static void add_departments(const struct follow *follow, const struct base_json *event,
                            struct base_buffer *line)
{
    const struct base_json *item = base_json_first(base_json_member(event, "tasks"));
    const char *lead = ": ";
    int64_t index;

    for (; item != NULL; item = base_json_next(item)) {
        const struct base_json *task = base_json_i64(item, 0, 1000, &index) == OD_OK
                                           ? task_at(follow->application, index)
                                           : NULL;
        if (task == NULL)
            continue;
        base_buffer_put_text(line, lead);
        base_buffer_put_text(line, cli_view_name(follow->cli, task, "department"));
        lead = ", ";
    }
}

/* "opinion given: approve (overdue) -> approved". */
static void add_what(const struct follow *follow, const struct base_json *event,
                     struct base_buffer *line)
{
    const struct cli *cli = follow->cli;

    if (base_json_is_true(base_json_member(event, "by_officer")))
        base_buffer_put_text(line, cli_say(cli, "转办理人员", "offered to an officer"));
    else
        add_word(cli, line, "", base_json_member_text(event, "type"));
    add_departments(follow, event, line);
    add_word(cli, line, ": ", base_json_member_text(event, "opinion"));
    add_word(cli, line, ": ", base_json_member_text(event, "reason"));
    add_word(cli, line, ": ", base_json_member_text(event, "kind"));
    if (base_json_first(base_json_member(event, "overdue")) != NULL)
        base_buffer_put_text(line, cli_say(cli, "（超期）", " (overdue)"));
    add_word(cli, line, " -> ", base_json_member_text(event, "outcome"));
}

static enum cli_tone event_tone(const struct base_json *event)
{
    static const char *const keys[] = {"outcome", "opinion", "type"};

    if (base_json_first(base_json_member(event, "overdue")) != NULL)
        return CLI_TONE_BAD;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *word = base_json_member_text(event, keys[i]);
        if (cli_word_tone(word) != CLI_TONE_NONE)
            return cli_word_tone(word);
    }
    return CLI_TONE_NONE;
}

/* The name, shortened where the line would not hold it beside `taken` columns. */
static void name_put(const struct cli *cli, FILE *file, const char *name, size_t taken)
{
    size_t left = cli->columns > taken ? cli->columns - taken : 0;

    if (cli->columns == 0 || cli_columns(name) <= left || left < NAME_MIN) {
        cli_put(file, name);
        return;
    }
    struct base_buffer cut = {0};
    base_buffer_put(&cut, name, cli_cut_size(name, left - 1));
    base_buffer_put_text(&cut, "…");
    cli_put(file, base_buffer_text(&cut));
    base_buffer_fini(&cut);
}

/* "14:03:07  Fire Brigade  opinion given: approve". */
static void event_put(struct follow *follow, const struct base_json *event)
{
    const struct cli *cli = follow->cli;
    const char *name = cli_view_department(cli, follow->application,
                                           base_json_member_text(event, "department"));
    struct base_buffer what = {0};
    char time[BASE_TIME_SIZE];

    time_format(event, time);
    add_what(follow, event, &what);
    if (strlen(time) >= 19) {
        day_put(follow, time);
        fprintf(follow->events, "%.8s  ", time + 11);
    }
    if (name != NULL) {
        name_put(cli, follow->events, name, 12 + cli_columns(base_buffer_text(&what)));
        fputs("  ", follow->events);
    }
    cli_put_toned_on(cli, follow->events, event_tone(event), base_buffer_text(&what));
    fputc('\n', follow->events);
    base_buffer_fini(&what);
}

/* The state of the event's task as the application stood at first; NULL when unknown. */
static const char *state_at_first(const struct follow *follow, const struct base_json *event)
{
    const struct base_json *tasks = base_json_member(follow->application, "tasks");
    const char *wanted = base_json_member_text(event, "task");

    for (const struct base_json *task = base_json_first(tasks); task != NULL && wanted != NULL;
         task = base_json_next(task)) {
        const char *id = base_json_member_text(task, "id");
        if (id != NULL && strcmp(id, wanted) == 0)
            return base_json_member_text(task, "state");
    }
    return NULL;
}

/* Nothing more happens until an officer takes the task: say once how. A task that an
 * officer had in hand when the watch began is told by its later events. */
static void officer_tell(struct follow *follow, const struct base_json *event)
{
    static const char *const waiting[] = {"blocked", "queued", "offered"};
    const char *department = base_json_member_text(event, "department"),
               *state = state_at_first(follow, event);
    bool is_waiting = false;

    for (size_t i = 0; state != NULL && i < sizeof(waiting) / sizeof(waiting[0]); i++)
        is_waiting |= strcmp(state, waiting[i]) == 0;
    if (follow->is_officer_told || department == NULL || !is_waiting ||
        !base_json_is_true(base_json_member(event, "by_officer")))
        return;
    follow->is_officer_told = true;
    fflush(follow->events);
    cli_tell(follow->cli,
             cli_say(follow->cli, "等待办理人员领取；见 onedoor task list --department %s",
                     "it waits for an officer; see onedoor task list --department %s"),
             department);
}

/* Is this the event that ended the review? The status is that of the whole record,
 * which may hold more events yet: only an outcome, or an end that concerns no single
 * department, is the last word. */
static bool is_last_word(const struct base_json *event, const struct base_json *record)
{
    const char *outcome = base_json_member_text(event, "outcome"),
               *status = base_json_member_text(record, "status");

    if (outcome != NULL && strcmp(outcome, "none") != 0)
        return true;
    return cli_view_is_final(record) && strcmp(status, "decided") != 0 &&
           base_json_member(event, "department") == NULL;
}

static void event_take(struct follow *follow, const struct base_json *event,
                       const struct base_json *record)
{
    follow->is_final |= is_last_word(event, record);
    if (follow->events == NULL || follow->cli->is_json)
        return;
    event_put(follow, event);
    officer_tell(follow, event);
}

/* A record of the journal is one event, or holds several under "events". */
static void record_take(struct follow *follow, const struct base_json *record)
{
    const struct base_json *events = base_json_member(record, "events");

    for (const struct base_json *event = base_json_first(events); event != NULL;
         event = base_json_next(event))
        event_take(follow, event, record);
    if (events == NULL)
        event_take(follow, record, record);
}

/* A record as it came: a line of JSON, or told event by event. */
static void record_tell(struct follow *follow, const char *data, size_t size,
                        const struct base_json *record)
{
    if (follow->events != NULL && follow->cli->is_json) {
        fwrite(data, 1, size, follow->events);
        fputc('\n', follow->events);
    }
    record_take(follow, record);
    if (follow->events != NULL)
        fflush(follow->events);
}

static bool on_event(void *owner, const struct cli_sse_event *event)
{
    struct follow *follow = owner;
    struct base_json_error error;
    struct base_json *record = NULL;

    follow->has_heard = true;
    follow->last_id = event->id[0] != '\0' ? strtoull(event->id, NULL, 10) : follow->last_id;
    if (base_json_parse(event->data, event->data_size, &record, &error) != OD_OK)
        return true; /* a line of another kind is no reason to stop */
    record_tell(follow, event->data, event->data_size, record);
    base_json_destroy(record);
    return !follow->is_final;
}

static bool on_bytes(void *owner, const char *bytes, size_t size)
{
    return cli_sse_feed(&((struct follow *)owner)->sse, bytes, size);
}

static int application_get(const struct cli *cli, const char *number, unsigned untold,
                           struct cli_http_answer *answer, struct base_json **json)
{
    struct base_buffer path = {0};

    cli_api_path(&path, "applications", number, "");
    int rc = cli_api_call(
        cli,
        &(struct cli_call){.method = "GET", .path = base_buffer_text(&path), .untold = untold},
        answer, json);
    base_buffer_fini(&path);
    return rc;
}

int cli_application_get(const struct cli *cli, const char *number,
                        struct cli_http_answer *answer, struct base_json **json)
{
    const char *as_of = cli_option(cli, "--as-of");
    struct base_buffer path = {0};

    if (as_of == NULL)
        return application_get(cli, number, 0, answer, json);
    cli_api_path(&path, "applications", number, "");
    cli_api_query(&path, "as_of", as_of);
    int rc = cli_api_get(cli, base_buffer_text(&path), answer, json);
    base_buffer_fini(&path);
    return rc;
}

void cli_application_print(const struct cli *cli, const struct cli_http_answer *answer,
                           const struct base_json *json)
{
    if (cli->is_json)
        cli_api_print_raw(answer);
    else
        cli_view_application(cli, json);
}

static void final_print(const struct follow *follow, const struct cli_http_answer *answer,
                        const struct base_json *json)
{
    if (!follow->cli->is_json && follow->events == stdout && follow->day[0] != '\0')
        putchar('\n');
    cli_application_print(follow->cli, answer, json);
}

/* What happened while the hub could not be reached, out of the journal. */
static void missed_tell(struct follow *follow, const char *number)
{
    struct base_buffer path = {0}, text = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    int64_t seq;

    cli_api_path(&path, "applications", number, "/events");
    int rc = cli_api_call(follow->cli,
                          &(struct cli_call){.method = "GET",
                                             .path = base_buffer_text(&path),
                                             .untold = CLI_UNTOLD_ALL},
                          &answer, &json);
    const struct base_json *items = rc == CLI_DONE ? base_json_member(json, "items") : NULL;
    for (const struct base_json *item = base_json_first(items); item != NULL;
         item = base_json_next(item)) {
        if (base_json_i64(base_json_member(item, "seq"), 0, INT64_MAX, &seq) != OD_OK ||
            (uint64_t)seq <= follow->last_id)
            continue;
        base_buffer_clear(&text);
        base_json_put(&text, NULL, item);
        record_tell(follow, text.bytes, text.size, item);
    }
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    base_buffer_fini(&text);
}

/* Print the application if it is final; otherwise keep it for its names. */
static int final_try(struct follow *follow, const char *number, unsigned untold)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    int rc = application_get(follow->cli, number, untold, &answer, &json);
    if (rc == CLI_DONE && cli_view_is_final(json)) {
        if (!follow->is_final && follow->application != NULL)
            missed_tell(follow, number);
        follow->is_final = true;
        final_print(follow, &answer, json);
    }
    if (json != NULL) {
        base_json_destroy(follow->application);
        follow->application = json;
    }
    cli_http_answer_fini(&answer);
    return rc;
}

static int stream_once(struct follow *follow, const char *number)
{
    struct base_buffer path = {0};

    follow->sse = (struct cli_sse){.on_event = on_event, .owner = follow};
    cli_api_path(&path, "applications", number, "/events");
    int rc =
        cli_api_stream(follow->cli, base_buffer_text(&path), follow->last_id, on_bytes, follow);
    base_buffer_fini(&path);
    cli_sse_fini(&follow->sse);
    return rc;
}

static bool is_away(int rc)
{
    return rc == CLI_UNREACHABLE || rc == CLI_FAILED;
}

/* Said once when the line breaks, and once when it is there again. */
static void away_tell(struct follow *follow, bool is_away_now)
{
    const struct cli *cli = follow->cli;

    if (is_away_now == follow->is_away)
        return;
    follow->is_away = is_away_now;
    if (!is_away_now)
        cli_tell(cli, "%s", cli_say(cli, "中枢已恢复", "the hub is back"));
    else
        cli_tell(cli,
                 cli_say(cli, "与中枢的连接中断；自第 %llu 号事件之后继续，正在重试",
                         "the line to the hub broke; going on after event %llu, trying again"),
                 (unsigned long long)follow->last_id);
}

/* One line to the hub, to its end; or one look whether an absent hub is back. */
static int follow_once(struct follow *follow, const char *number)
{
    int rc = follow->is_away ? CLI_DONE : stream_once(follow, number);

    if (rc != CLI_DONE && !is_away(rc))
        return rc;
    if (is_away(rc))
        away_tell(follow, true);
    rc = final_try(follow, number, CLI_UNTOLD_AWAY);
    if (rc == CLI_DONE || is_away(rc))
        away_tell(follow, is_away(rc));
    return rc;
}

static int follow_run(struct follow *follow, const char *number)
{
    int rc = final_try(follow, number, 0);

    if (rc != CLI_DONE || follow->is_final)
        return rc;
    for (int tries = 0; tries < AWAY_TRIES_MAX; tries = follow->has_heard ? 0 : tries + 1) {
        follow->has_heard = false;
        rc = follow_once(follow, number);
        if (rc == CLI_DONE ? follow->is_final : !is_away(rc))
            return rc;
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    }
    cli_tell(follow->cli, "%s", cli_say(follow->cli, "不再等待", "waited long enough"));
    return rc == CLI_DONE ? CLI_FAILED : rc;
}

int cli_follow(const struct cli *cli, const char *number, FILE *events)
{
    struct follow follow = {.cli = cli, .events = events};
    int rc = follow_run(&follow, number);

    base_json_destroy(follow.application);
    return rc;
}
