/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/follow.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/api.h"
#include "cli/sse.h"
#include "cli/view.h"
#include "cli/words.h"

#define SILENT_TRIES_MAX 30 /* a second apart: a hub that restarts is back sooner */

struct follow {
    const struct cli *cli;
    FILE *events;
    struct cli_sse sse;
    struct base_json *application; /* owned: as it stood at first; names its tasks */
    uint64_t last_id;
    bool is_final;
    bool has_heard; /* anything on this line */
};

static void time_put(const struct base_json *event, FILE *file)
{
    const char *at = base_json_member_text(event, "at");
    int64_t ms;
    char text[32] = "";

    if (at != NULL && strlen(at) >= 19) {
        fprintf(file, "%.8s  ", at + 11);
    } else if (base_json_i64(base_json_member(event, "at_ms"), 0, INT64_C(253402300799999),
                             &ms) == OD_OK) {
        time_t seconds = (time_t)(ms / 1000);
        struct tm civil;
        localtime_r(&seconds, &civil);
        strftime(text, sizeof(text), "%H:%M:%S", &civil);
        fprintf(file, "%s  ", text);
    }
}

static void word_put(const struct cli *cli, FILE *file, const char *lead, const char *word)
{
    if (word == NULL || strcmp(word, "none") == 0)
        return;
    fputs(lead, file);
    cli_put(file, cli_word(cli, word));
}

static const struct base_json *task_at(const struct base_json *application, int64_t index)
{
    const struct base_json *task = base_json_first(base_json_member(application, "tasks"));

    for (; index > 0 && task != NULL; index--)
        task = base_json_next(task);
    return task;
}

static const char *department_name(const struct cli *cli, const struct base_json *task)
{
    const char *name = cli_member_text_of(cli, task, "department_name");

    return name != NULL ? name : cli_member_text_of(cli, task, "department");
}

/* The department of an event by name, as the application's tasks give it. */
static void department_put(const struct follow *follow, const struct base_json *event,
                           FILE *file)
{
    const char *id = base_json_member_text(event, "department"), *name = id;
    const struct base_json *task =
        base_json_first(base_json_member(follow->application, "tasks"));

    if (id == NULL)
        return;
    for (; task != NULL; task = base_json_next(task)) {
        const char *department = base_json_member_text(task, "department");
        if (department != NULL && strcmp(department, id) == 0)
            name = department_name(follow->cli, task);
    }
    cli_put(file, name);
    fputs("  ", file);
}

/* An offer goes to several departments at once, told by the indexes of their tasks. */
static void departments_put(const struct follow *follow, const struct base_json *event,
                            FILE *file)
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
        fputs(lead, file);
        cli_put(file, department_name(follow->cli, task));
        lead = ", ";
    }
}

/* "14:03:07  Fire Brigade  opinion given: approve". */
static void event_put(const struct follow *follow, const struct base_json *event, FILE *file)
{
    const struct cli *cli = follow->cli;

    time_put(event, file);
    department_put(follow, event, file);
    word_put(cli, file, "", base_json_member_text(event, "type"));
    departments_put(follow, event, file);
    word_put(cli, file, ": ", base_json_member_text(event, "opinion"));
    word_put(cli, file, ": ", base_json_member_text(event, "reason"));
    word_put(cli, file, ": ", base_json_member_text(event, "kind"));
    for (const struct base_json *late = base_json_first(base_json_member(event, "overdue"));
         late != NULL; late = base_json_next(late))
        fputs(cli_say(cli, "（超期）", " (overdue)"), file);
    word_put(cli, file, " -> ", base_json_member_text(event, "outcome"));
    fputc('\n', file);
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
    if (follow->events != NULL && !follow->cli->is_json)
        event_put(follow, event, follow->events);
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

static bool on_event(void *owner, const struct cli_sse_event *event)
{
    struct follow *follow = owner;
    struct base_json_error error;
    struct base_json *record = NULL;

    follow->has_heard = true;
    follow->last_id = event->id[0] != '\0' ? strtoull(event->id, NULL, 10) : follow->last_id;
    if (base_json_parse(event->data, event->data_size, &record, &error) != OD_OK)
        return true; /* a line of another kind is no reason to stop */
    if (follow->events != NULL && follow->cli->is_json) {
        fwrite(event->data, 1, event->data_size, follow->events);
        fputc('\n', follow->events);
    }
    record_take(follow, record);
    base_json_destroy(record);
    if (follow->events != NULL)
        fflush(follow->events);
    return !follow->is_final;
}

static bool on_bytes(void *owner, const char *bytes, size_t size)
{
    return cli_sse_feed(&((struct follow *)owner)->sse, bytes, size);
}

int cli_application_get(const struct cli *cli, const char *number,
                        struct cli_http_answer *answer, struct base_json **json)
{
    struct base_buffer path = {0};

    cli_api_path(&path, "applications", number, "");
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

/* Print the application if it is final, or known to be; otherwise keep it for its names. */
static int final_try(struct follow *follow, const char *number)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    int rc = cli_application_get(follow->cli, number, &answer, &json);
    follow->is_final |= rc == CLI_DONE && cli_view_is_final(json);
    if (rc == CLI_DONE && follow->is_final)
        cli_application_print(follow->cli, &answer, json);
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
    follow->has_heard = false;
    cli_api_path(&path, "applications", number, "/events");
    int rc =
        cli_api_stream(follow->cli, base_buffer_text(&path), follow->last_id, on_bytes, follow);
    base_buffer_fini(&path);
    cli_sse_fini(&follow->sse);
    return rc;
}

static int follow_run(struct follow *follow, const char *number)
{
    int rc = final_try(follow, number);

    if (rc != CLI_DONE || follow->is_final)
        return rc;
    for (int silent = 0; silent < SILENT_TRIES_MAX;
         silent = follow->has_heard ? 0 : silent + 1) {
        rc = stream_once(follow, number);
        bool may_come_back = rc == CLI_DONE || rc == CLI_UNREACHABLE || rc == CLI_FAILED;
        if (!may_come_back)
            return rc;
        if (rc == CLI_DONE || follow->is_final)
            rc = final_try(follow, number);
        if (follow->is_final)
            return rc;
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    }
    return rc == CLI_DONE ? CLI_FAILED : rc;
}

int cli_follow(const struct cli *cli, const char *number, FILE *events)
{
    struct follow follow = {.cli = cli, .events = events};
    int rc = follow_run(&follow, number);

    base_json_destroy(follow.application);
    return rc;
}
