/* SPDX-License-Identifier: Apache-2.0 */
/* What the hub hears, and what it answers: hello, poll, report, service, bye. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/time.h"
#include "check/hub.h"
#include "check/verdict.h"

#define END_MS 1000 /* in which a process whose connection ended is gone itself */

static int64_t member_i64(const struct base_json *json, const char *key, int64_t otherwise)
{
    int64_t value;

    return base_json_i64(base_json_member(json, key), 0, INT64_MAX / 2, &value) == OD_OK ? value : otherwise;
}

static void broken(struct check_hub *hub, const char *what)
{
    if (hub->subject->is_remote)
        check_fail("docs/connectors/protocol.md shows each request and its answer", "the connector broke the protocol: %s",
                   what);
    hub->is_lost = true;
}

void check_hub_say_hello(struct check_hub *hub, const struct base_frame *request)
{
    struct base_buffer text = {0};
    struct base_frame reply = {.kind = BASE_FRAME_HELLO, .flags = BASE_FRAME_REPLY, .id = request->id, .epoch = hub->epoch};

    base_json_open(&text, NULL, '{');
    base_json_put_i64(&text, "protocol", 1);
    base_buffer_put_format(&text, ",\"session\":\"s%u\"", hub->epoch);
    base_json_put_i64(&text, "epoch", hub->epoch);
    base_json_put_raw(&text, "config", hub->config, strlen(hub->config));
    base_json_put_raw(&text, "limits", "{\"credits\":1024,\"frame\":262144,\"checkpoint\":65536}", 50);
    base_json_put_i64(&text, "watchdog_ms", CHECK_WATCHDOG_MS);
    base_json_put_i64(&text, "lease_ms", 30000);
    base_json_put_i64(&text, "now_ms", hub->now_ms);
    base_json_put_bool(&text, "virtual", hub->peer->is_virtual);
    base_json_close(&text, '}');
    reply.payload = text.bytes;
    reply.length = (uint32_t)text.size;
    hub->peer->send(hub, &reply);
    base_buffer_fini(&text);
}

static void take_hello(struct check_hub *hub, const struct base_frame *request, const struct base_json *json)
{
    const char *tier = base_json_member_text(json, "tier");

    snprintf(hub->tier, sizeof(hub->tier), "%s", tier != NULL ? tier : "");
    hub->is_greeted = true;
    check_hub_say_hello(hub, request);
}

static void take_poll(struct check_hub *hub, const struct base_frame *request, const struct base_json *json)
{
    if (hub->poll_id != 0 && hub->subject->is_remote)
        check_hub_nudge(hub); /* a newer poll sends the older one home */
    if (hub->poll_id != 0) {
        broken(hub, "a second poll while one is under way");
        return;
    }
    hub->poll_id = request->id;
    hub->poll_count++;
    hub->poll_ack = (uint64_t)member_i64(json, "ack", 0);
    hub->want = (uint64_t)member_i64(json, "want", 0);
    hub->time_seen_ms = member_i64(json, "time_seen", 0);
    hub->busy_ms = member_i64(json, "busy_ms", 0);
    hub->is_ready = hub->is_ready || base_json_is_true(base_json_member(json, "ready"));
    if (hub->subject->is_remote)
        check_hub_repeat(hub);
}

static void log_add(struct check_hub *hub, const char *level, const char *text, size_t size)
{
    if (hub->on_line != NULL)
        hub->on_line(hub->arg, level, text, size);
    if (hub->log.size > CHECK_LOG_MAX)
        return;
    base_buffer_put_format(&hub->log, "%s ", level);
    base_buffer_put(&hub->log, text, size);
    base_buffer_put(&hub->log, "\n", 1);
}

/* A callback over budget may be the machine's fault: it is counted apart. */
static void take_contract(struct check_hub *hub, const char *line)
{
    bool is_slow = strstr(line, "the budget is") != NULL;

    if (is_slow && hub->slow_count++ == 0)
        snprintf(hub->slow, sizeof(hub->slow), "%s", line);
    else if (!is_slow && hub->contract_count++ == 0)
        snprintf(hub->contract, sizeof(hub->contract), "%s", line);
}

/* A line of the connector's log; the author's mistakes begin with "contract: ". */
static void take_log(struct check_hub *hub, const struct base_frame *item)
{
    struct base_json_error error;
    struct base_json *json = NULL;

    if (base_json_parse(item->payload, item->length, &json, &error) != OD_OK)
        return;
    const char *text = base_json_member_text(json, "text"), *level = base_json_member_text(json, "level");
    if (text != NULL && level != NULL)
        log_add(hub, level, text, strlen(text));
    if (text != NULL && strncmp(text, "contract: ", 10) == 0)
        take_contract(hub, text + 10);
    base_json_destroy(json);
}

void check_hub_print(struct check_hub *hub, const char *bytes, size_t size)
{
    base_buffer_put(&hub->line, bytes, size);
    for (;;) {
        const char *end = hub->line.size > 0 ? memchr(hub->line.bytes, '\n', hub->line.size) : NULL;
        size_t length = end != NULL ? (size_t)(end - hub->line.bytes) : 0;

        if (end == NULL)
            return;
        log_add(hub, "output", hub->line.bytes, length);
        snprintf(hub->printed, sizeof(hub->printed), "%.*s", (int)(length < 390 ? length : 390), hub->line.bytes);
        hub->line.size -= length + 1;
        memmove(hub->line.bytes, end + 1, hub->line.size);
    }
}

/* Is what a failure says of its effect true? */
static void weigh_effect(struct check_hub *hub, const struct check_task *task)
{
    char key[64];

    snprintf(key, sizeof(key), "k-%s", task->number);
    bool is_registered = check_department_find(&hub->department, key) != NULL;
    if (!check_script_does(&hub->subject->script, CHECK_DOES_SUBMIT))
        return;
    hub->false_none += task->effect == CHECK_EFFECT_NONE && is_registered;
    hub->false_done += task->effect == CHECK_EFFECT_DONE && !is_registered;
}

static void put_answer(struct check_hub *hub, const struct base_frame *item, struct base_buffer *answers)
{
    char reason[160] = "";
    struct base_buffer payload = {0};
    enum base_answer answer = BASE_ANSWER_OK;

    if (item->kind == BASE_ITEM_LOG)
        take_log(hub, item);
    else
        hub->reports++;
    answer = check_book_take(&hub->book, item, hub->now_ms, reason);
    if ((item->kind == BASE_ITEM_FAIL || item->kind == BASE_ITEM_CANCELLED) && answer == BASE_ANSWER_OK)
        weigh_effect(hub, check_book_find(&hub->book, item->task));
    if (item->kind == BASE_ITEM_OPINION && answer == BASE_ANSWER_OK && hub->department.fault != CHECK_FAULT_NONE)
        hub->opinions_in_fault++;
    if (hub->on_report != NULL)
        hub->on_report(hub->arg, item, answer, reason);
    if (reason[0] != '\0') {
        base_json_open(&payload, NULL, '{');
        base_json_put_text(&payload, "reason", reason);
        base_json_close(&payload, '}');
    }
    struct base_frame told = {.kind = item->kind, .id = item->id, .task = item->task, .epoch = hub->epoch,
                              .flags = (uint8_t)answer, .payload = payload.bytes, .length = (uint32_t)payload.size};
    base_frame_put(answers, &told);
    base_buffer_fini(&payload);
}

void check_hub_say_report(struct check_hub *hub, const struct base_frame *batch, bool is_told)
{
    struct base_buffer answers = {0};
    struct base_frame item, reply = {.kind = BASE_FRAME_REPORT, .flags = BASE_FRAME_REPLY, .id = batch->id,
                                     .epoch = hub->epoch, .count = batch->count};
    size_t offset = 0;
    int rc;

    while ((rc = base_frame_next(batch, &offset, &item)) == OD_OK)
        put_answer(hub, &item, &answers);
    reply.payload = answers.bytes;
    reply.length = (uint32_t)answers.size;
    if (rc != OD_ENOTFOUND)
        broken(hub, "a batch of reports is cut");
    else if (is_told)
        hub->peer->send(hub, &reply);
    base_buffer_fini(&answers);
}

static void take_service(struct check_hub *hub, const struct base_frame *request, bool is_told)
{
    struct base_buffer answer = {0};
    struct base_frame reply = {.kind = BASE_FRAME_SERVICE, .flags = BASE_FRAME_REPLY, .id = request->id,
                               .epoch = hub->epoch};

    if (hub->holds_services)
        return;
    hub->services.config = hub->config;
    check_services_take(&hub->services, &hub->department, request->payload, request->length, hub->now_ms, &answer);
    reply.payload = answer.bytes;
    reply.length = (uint32_t)answer.size;
    if (is_told)
        hub->peer->send(hub, &reply);
    base_buffer_fini(&answer);
}

static void take_bye(struct check_hub *hub, const struct base_frame *request)
{
    struct base_frame reply = {.kind = BASE_FRAME_BYE, .flags = BASE_FRAME_REPLY, .id = request->id, .epoch = hub->epoch};

    hub->is_bye = true;
    hub->peer->send(hub, &reply);
}

/* Those that carry JSON. */
static void take_json(struct check_hub *hub, const struct base_frame *request)
{
    struct base_json_error error;
    struct base_json *json = NULL;

    if (base_json_parse(request->payload, request->length, &json, &error) != OD_OK) {
        broken(hub, "a request without JSON");
        return;
    }
    if (request->kind == BASE_FRAME_HELLO)
        take_hello(hub, request, json);
    else
        take_poll(hub, request, json);
    base_json_destroy(json);
}

static void take(struct check_hub *hub, const struct base_frame *request, bool is_told)
{
    switch ((int)request->kind) {
    case BASE_FRAME_HELLO:
    case BASE_FRAME_POLL: take_json(hub, request); break;
    case BASE_FRAME_REPORT: check_hub_say_report(hub, request, is_told); break;
    case BASE_FRAME_SERVICE: take_service(hub, request, is_told); break;
    case BASE_FRAME_BYE: take_bye(hub, request); break;
    default: broken(hub, "a frame that is no request");
    }
}

/* The killing hub counts what it hears after hello, without polls that say nothing. */
void check_hub_take(struct check_hub *hub, const struct base_frame *frame)
{
    bool is_counted = hub->kill_when != CHECK_KILL_NEVER &&
                      (frame->kind == BASE_FRAME_REPORT || frame->kind == BASE_FRAME_SERVICE);
    bool is_last = is_counted && --hub->kill_in == 0;

    if (hub->is_lost)
        return;
    if (!is_last || hub->kill_when != CHECK_KILL_BEFORE)
        take(hub, frame, !is_last || hub->kill_when != CHECK_KILL_STORED);
    if (!is_last)
        return;
    hub->is_killed = true;
    hub->peer->kill(hub);
}

void check_hub_end(struct check_hub *hub)
{
    hub->is_lost = true;
}

const char *check_hub_end_text(struct check_hub *hub)
{
    static char text[900];
    const struct check_task *task = hub->flight != NULL ? check_book_find(&hub->book, hub->flight[1]) : NULL;
    int size;

    if (hub->pid != 0)
        hub->peer->reap(hub, END_MS);
    const char *name = hub->exit_code < 0 ? sigabbrev_np(-hub->exit_code) : NULL;
    if (hub->exit_code < 0)
        size = snprintf(text, sizeof(text), "killed by SIG%s", name != NULL ? name : "?");
    else
        size = snprintf(text, sizeof(text), "exit %d", hub->exit_code);
    if (task != NULL)
        size += snprintf(text + size, sizeof(text) - (size_t)size, " while it had task %s with the form %.200s in hand",
                         task->number, task->form);
    if (hub->printed[0] != '\0')
        snprintf(text + size, sizeof(text) - (size_t)size, "; it printed: %.380s", hub->printed);
    return text;
}
