/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's own doing: what is offered when, and how time goes by. hub_say.c: what it hears and answers. */
#include "check/hub.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/time.h"
#include "check/verdict.h"

#define TURN_MS 20       /* of a connector in real time, between two looks at what is due */
#define BARRIERS_MAX 200 /* turns until what was sent and asked for has come to rest */
#define STEP_MIN_MS 1000 /* of virtual time when nothing says what comes next; doubles */
#define SERVED_PAUSE_MS 2
#define REMOTE_END_MS 500 /* in which a remote connector that said bye may end */

static void no_memory(void)
{
    check_fail("", "the checker has no memory left");
}

/* The members of the object that texts allow. Owned by the caller. */
static char *cut(const char *json, size_t size, const struct package_texts *texts)
{
    struct base_buffer out = {0};
    struct base_json_error error;
    struct base_json *tree = NULL;

    if (base_json_parse(json, size, &tree, &error) != OD_OK)
        check_fail("", "a form of check.json is no JSON");
    base_json_open(&out, NULL, '{');
    for (const struct base_json *item = base_json_first(tree); item != NULL; item = base_json_next(item)) {
        if (package_texts_allow(texts, base_json_key(item)))
            base_json_put(&out, base_json_key(item), item);
    }
    base_json_close(&out, '}');
    base_json_destroy(tree);
    base_buffer_put(&out, "", 1);
    char *text = base_buffer_take(&out, &size);
    if (text == NULL)
        no_memory();
    return text;
}

void check_hub_init(struct check_hub *hub, const struct check_subject *subject)
{
    static const char applicant[] = "{\"kind\":\"person\",\"name\":\"\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e\","
                                    "\"id_type\":\"resident_id\",\"id_number\":\"110101199003070134\","
                                    "\"phone\":\"+8613800000000\",\"email\":\"wang@example.org\"}";

    *hub = (struct check_hub){.subject = subject, .fd = -1, .stderr_fd = -1, .flight_fd = -1, .epoch = 16,
                              .sound_forms = ~UINT64_C(0)};
    hub->peer = subject->is_remote ? &check_peer_remote : &check_peer_host;
    hub->department.script = &subject->script;
    hub->department.dedupes = subject->dedupe == PACKAGE_DEDUPE_NATIVE;
    hub->book.may_repeat = subject->dedupe != PACKAGE_DEDUPE_NONE;
    hub->book.retry_ms = subject->is_remote ? 20 : 1000;
    hub->book.applicant = subject->is_remote
                              ? cut(applicant, strlen(applicant), &subject->fields)
                              : cut(applicant, strlen(applicant), &subject->manifest.capabilities.applicant);
    hub->now_ms = subject->is_remote ? base_wall_ms() : CHECK_START_MS;
    hub->services.subject = subject;
}

void check_hub_fini(struct check_hub *hub)
{
    if (hub->pid != 0 || (hub->more != NULL && !hub->subject->is_started_elsewhere))
        hub->peer->kill(hub);
    base_free((char *)(uintptr_t)hub->book.applicant);
    check_book_fini(&hub->book);
    check_department_fini(&hub->department);
    check_services_fini(&hub->services);
    base_buffer_fini(&hub->in);
    base_buffer_fini(&hub->line);
    base_buffer_fini(&hub->items);
    base_buffer_fini(&hub->sent);
    base_buffer_fini(&hub->log);
    base_free(hub->config);
    hub->config = NULL;
}

static int64_t real_ms(void)
{
    return base_monotonic_ms();
}

/* A connector in real time takes the clock with it. */
static void clock_follow(struct check_hub *hub)
{
    if (!hub->peer->is_virtual)
        hub->now_ms = base_wall_ms();
}

bool check_hub_try_start(struct check_hub *hub)
{
    int64_t until_ms = real_ms() + CHECK_WAIT_MS;

    hub->is_greeted = hub->is_ready = hub->is_bye = hub->is_lost = hub->is_stopping = hub->is_draining = false;
    hub->poll_id = hub->poll_ack = hub->seq = hub->poll_count = 0;
    hub->epoch++;
    hub->item_count = hub->sent_count = 0;
    hub->is_killed = false;
    base_buffer_clear(&hub->items);
    base_buffer_clear(&hub->in);
    clock_follow(hub);
    if (hub->peer->start(hub) != OD_OK)
        return false;
    while (!hub->is_lost && !hub->is_ready && real_ms() < until_ms)
        hub->peer->wait(hub, TURN_MS);
    return hub->is_ready && !hub->is_lost;
}

void check_hub_start(struct check_hub *hub)
{
    if (check_hub_try_start(hub))
        return;
    if (hub->is_lost)
        check_fail("its last words are above; docs/connectors/errors.md#exit lists what each exit code means",
                   "the connector did not open: %s", check_hub_end_text(hub));
    check_fail("open must return soon; what blocks belongs into od_work (cookbook.md#blocking)",
               "the connector did not get ready within %d ms", CHECK_WAIT_MS);
}

struct check_task *check_hub_add_form(struct check_hub *hub, const char *form, size_t size)
{
    char *allowed = cut(form, size, &hub->subject->fields);
    struct check_task *task = check_book_add(&hub->book, allowed, strlen(allowed));

    base_free(allowed);
    if (task == NULL)
        no_memory();
    return task;
}

struct check_task *check_hub_add(struct check_hub *hub, size_t index)
{
    const struct check_script *script = &hub->subject->script;
    struct base_buffer form = {0};

    base_json_put(&form, NULL, script->forms[index % script->form_count]);
    struct check_task *task = check_hub_add_form(hub, base_buffer_text(&form), form.size);
    base_buffer_fini(&form);
    return task;
}

void check_hub_item(struct check_hub *hub, enum base_frame_kind kind, uint64_t task, const char *payload)
{
    struct base_frame item = {.kind = (uint8_t)kind, .id = ++hub->seq, .task = task, .epoch = hub->epoch,
                              .payload = payload, .length = (uint32_t)strlen(payload)};

    base_frame_put(&hub->items, &item);
    hub->item_count++;
    if (hub->on_item != NULL)
        hub->on_item(hub->arg, &item);
}

static size_t in_hand(const struct check_hub *hub)
{
    return check_book_count(&hub->book, CHECK_TASK_OFFERED);
}

static const char *matter_of(const struct check_hub *hub)
{
    const char *matter = hub->subject->script.matter;

    return matter != NULL ? matter : "test.check";
}

static void show(struct check_hub *hub, struct check_task *task)
{
    struct base_buffer payload = {0};
    bool is_resume = task->needs_resume;

    check_book_put(&hub->book, task, matter_of(hub), hub->now_ms, &payload);
    check_hub_item(hub, is_resume ? BASE_ITEM_RESUME : BASE_ITEM_OFFER, task->handle, base_buffer_text(&payload));
    base_buffer_fini(&payload);
    if (is_resume && task->is_withdrawn)
        check_hub_item(hub, BASE_ITEM_CANCEL, task->handle, "{\"reason\":\"withdrawn\"}");
}

/* Is the batch as full as a hub would make it? */
static bool is_full(const struct check_hub *hub)
{
    return hub->item_count >= BASE_BATCH_ITEMS_MAX || hub->items.size > BASE_BATCH_BYTES_MAX;
}

static void send_items(struct check_hub *hub)
{
    struct base_frame reply = {.kind = BASE_FRAME_POLL, .flags = BASE_FRAME_REPLY, .id = hub->poll_id,
                               .epoch = hub->epoch, .count = hub->item_count, .payload = hub->items.bytes,
                               .length = (uint32_t)hub->items.size};

    if (hub->poll_id == 0 || hub->item_count == 0)
        return;
    hub->poll_id = 0;
    hub->peer->send(hub, &reply);
    base_buffer_clear(&hub->sent);
    base_buffer_put(&hub->sent, hub->items.bytes, hub->items.size);
    hub->sent_count = hub->item_count;
    hub->sent_seq = hub->seq;
    base_buffer_clear(&hub->items);
    hub->item_count = 0;
}

void check_hub_repeat(struct check_hub *hub)
{
    struct base_buffer items = {0};

    if (hub->sent_count == 0 || hub->poll_ack >= hub->sent_seq)
        return;
    base_buffer_put(&items, hub->sent.bytes, hub->sent.size);
    base_buffer_put(&items, hub->items.bytes, hub->items.size);
    base_buffer_fini(&hub->items);
    hub->items = items;
    hub->item_count = (uint16_t)(hub->item_count + hub->sent_count);
    hub->sent_count = 0;
    send_items(hub);
}

void check_hub_deliver(struct check_hub *hub)
{
    size_t room = hub->is_draining ? 0 : hub->want - (in_hand(hub) < hub->want ? in_hand(hub) : hub->want);

    for (size_t i = 0; i < hub->book.count && hub->is_ready && !is_full(hub); i++) {
        struct check_task *task = &hub->book.tasks[i];

        if (task->due_ms > hub->now_ms)
            continue;
        if (task->needs_resume) {
            show(hub, task);
        } else if (task->state == CHECK_TASK_QUEUED && room > 0) {
            show(hub, task);
            room--;
        }
    }
    send_items(hub);
}

/* Does the connector have everything that was sent, and has it acted on it? */
static bool is_seen(const struct check_hub *hub, int64_t told_ms)
{
    if (hub->poll_id == 0 || hub->item_count > 0)
        return false;
    return hub->peer->is_virtual ? hub->time_seen_ms >= told_ms : hub->poll_ack >= hub->seq;
}

void check_hub_nudge(struct check_hub *hub)
{
    struct base_frame reply = {.kind = BASE_FRAME_POLL, .flags = BASE_FRAME_REPLY, .id = hub->poll_id,
                               .epoch = hub->epoch};

    if (hub->poll_id == 0)
        return;
    hub->poll_id = 0;
    hub->peer->send(hub, &reply);
}

static void tell_time(struct check_hub *hub)
{
    char text[64];

    hub->now_ms++;
    snprintf(text, sizeof(text), "{\"now_ms\":%lld}", (long long)hub->now_ms);
    check_hub_item(hub, BASE_ITEM_TIME, 0, text);
}

/* One barrier: a time item behind everything else comes back as time_seen when all before it is done. */
static bool barrier(struct check_hub *hub)
{
    int64_t until_ms = real_ms() + CHECK_WAIT_MS;

    if (hub->peer->is_virtual)
        tell_time(hub);
    int64_t told_ms = hub->now_ms;
    check_hub_deliver(hub);
    while (!hub->is_lost && !is_seen(hub, told_ms)) {
        if (real_ms() > until_ms)
            check_fail("a callback must return within 50 ms; what blocks belongs into od_work (cookbook.md#blocking)",
                       "the connector does not answer: a callback has been running for %lld ms",
                       (long long)(hub->busy_ms > CHECK_WAIT_MS ? hub->busy_ms : CHECK_WAIT_MS));
        hub->peer->wait(hub, TURN_MS);
        if (hub->poll_id != 0 && hub->item_count == 0 && !is_seen(hub, told_ms))
            check_hub_nudge(hub);
        send_items(hub);
    }
    return !hub->is_lost;
}

bool check_hub_settle(struct check_hub *hub)
{
    uint64_t reports, services;
    int turns = 0;

    do {
        reports = hub->reports;
        services = hub->services.count;
        if (!barrier(hub))
            return false;
        if (hub->services.count != services)
            hub->peer->wait(hub, SERVED_PAUSE_MS);
    } while (!hub->is_lost && (hub->reports != reports || hub->services.count != services) && ++turns < BARRIERS_MAX);
    return !hub->is_lost;
}

bool check_hub_advance(struct check_hub *hub, int64_t by_ms)
{
    if (hub->peer->is_virtual)
        hub->now_ms += by_ms;
    else
        clock_follow(hub);
    return check_hub_settle(hub);
}

/* The applicant's answer to each request. */
static void complete_forms(struct check_hub *hub)
{
    struct base_buffer input = {0}, item = {0};

    if (hub->subject->script.input != NULL)
        base_json_put(&input, NULL, hub->subject->script.input);
    else
        base_buffer_put_text(&input, "{}");
    char *answer = cut(base_buffer_text(&input), input.size, &hub->subject->fields);
    base_json_open(&item, NULL, '{');
    base_json_put_raw(&item, "answer", answer, strlen(answer));
    base_json_close(&item, '}');
    for (size_t i = 0; i < hub->book.count; i++) {
        struct check_task *task = &hub->book.tasks[i];

        if (!task->is_asked || task->needs_resume || is_full(hub))
            continue;
        if (check_task_complete(task, answer, strlen(answer)) != OD_OK)
            no_memory();
        check_hub_item(hub, BASE_ITEM_INPUT, task->handle, base_buffer_text(&item));
    }
    base_free(answer);
    base_buffer_fini(&input);
    base_buffer_fini(&item);
}

static struct check_task *task_of(struct check_hub *hub, const struct check_record *record)
{
    for (size_t i = 0; i < hub->book.count; i++) {
        struct check_task *task = &hub->book.tasks[i];

        if (task->external_ref != NULL && strcmp(task->external_ref, record->ref) == 0)
            return task;
        if (strncmp(record->key, "k-", 2) == 0 && strcmp(record->key + 2, task->number) == 0)
            return task;
    }
    return NULL;
}

/* The department calls back when it has decided; an event comes again after each resume until the task ends. */
static void call_back(struct check_hub *hub)
{
    for (size_t i = 0; i < hub->department.record_count && hub->subject->script.callback != NULL; i++) {
        struct check_record *record = &hub->department.records[i];
        const struct check_task *task = task_of(hub, record);
        struct base_buffer item = {0};

        if (!hub->subject->has_events || record->is_told || record->decides_at_ms > hub->now_ms || task == NULL ||
            (task->state != CHECK_TASK_ACCEPTED && task->state != CHECK_TASK_PAUSED) || task->needs_resume ||
            hub->department.fault != CHECK_FAULT_NONE || is_full(hub))
            continue;
        base_buffer_put_format(&item, "{\"id\":\"e-%zu\",\"body\":", i);
        check_department_fill(&item, hub->subject->script.callback, record->ref, record->key);
        base_buffer_put_text(&item, "}");
        check_hub_item(hub, BASE_ITEM_EVENT, task->handle, base_buffer_text(&item));
        base_buffer_fini(&item);
        record->is_told = true;
    }
}

static bool is_finished(const struct check_hub *hub)
{
    size_t ended = check_book_count(&hub->book, CHECK_TASK_ENDED), parked = check_book_count(&hub->book, CHECK_TASK_PARKED);

    return ended + parked == hub->book.count;
}

/* How far virtual time may go in one step: to the next thing that is known, else by *step_ms, which grows. */
static int64_t next_step(const struct check_hub *hub, int64_t *step_ms)
{
    int64_t next_ms = check_book_next_ms(&hub->book, hub->now_ms);
    int64_t decided_ms = check_department_next_ms(&hub->department, hub->now_ms);
    int64_t by_ms = *step_ms;

    if (decided_ms < next_ms)
        next_ms = decided_ms;
    if (next_ms != INT64_MAX && next_ms - hub->now_ms < by_ms)
        return next_ms - hub->now_ms;
    *step_ms = by_ms < CHECK_DAY_MS ? by_ms * 2 : CHECK_DAY_MS;
    return by_ms;
}

/* Real time for what runs on other threads of the connector (od_work), before virtual time goes on. */
static void finish_step(struct check_hub *hub, int64_t *step_ms)
{
    uint64_t reports = hub->reports;

    hub->peer->wait(hub, hub->peer->is_virtual ? SERVED_PAUSE_MS : TURN_MS);
    if (hub->reports == reports && hub->peer->is_virtual)
        hub->now_ms += next_step(hub, step_ms);
    clock_follow(hub);
}

bool check_hub_finish(struct check_hub *hub)
{
    int64_t virtual_ms = hub->now_ms + CHECK_DAYS_MAX * CHECK_DAY_MS, until_ms = real_ms() + CHECK_REAL_MS;
    int64_t step_ms = STEP_MIN_MS;

    while (!hub->is_lost && check_hub_settle(hub) && !is_finished(hub)) {
        bool is_over = hub->peer->is_virtual ? hub->now_ms > virtual_ms : real_ms() > until_ms;

        if (is_over || (hub->stops_at_mistake && hub->contract_count > 0))
            return false;
        complete_forms(hub);
        call_back(hub);
        if (hub->item_count == 0)
            finish_step(hub, &step_ms);
    }
    return !hub->is_lost && is_finished(hub);
}

void check_hub_forget(struct check_hub *hub)
{
    check_book_forget(&hub->book);
    check_department_forget(&hub->department);
}

void check_hub_lose(struct check_hub *hub)
{
    check_book_lose(&hub->book, hub->now_ms);
    for (size_t i = 0; i < hub->department.record_count; i++)
        hub->department.records[i].is_told = false;
    hub->kill_when = CHECK_KILL_NEVER;
    hub->kill_at = NULL;
}

void check_hub_kill(struct check_hub *hub)
{
    hub->peer->kill(hub);
    check_hub_lose(hub);
}

void check_hub_stop(struct check_hub *hub)
{
    int64_t until_ms = real_ms() + CHECK_WAIT_MS;

    check_hub_must_live(hub);
    hub->is_stopping = true;
    check_hub_item(hub, BASE_ITEM_STOP, 0, "{\"grace_ms\":5000}");
    while (!hub->is_lost && !hub->is_bye && real_ms() < until_ms) {
        send_items(hub);
        hub->peer->wait(hub, TURN_MS);
    }
    bool is_gone = hub->peer->reap(hub, hub->subject->is_remote ? REMOTE_END_MS : CHECK_WAIT_MS);
    if (!is_gone && hub->is_bye && hub->subject->is_remote) { /* it may wait for better days */
        check_hub_kill(hub);
        return;
    }
    if (!hub->is_bye || !is_gone || hub->exit_code != 0)
        check_fail("close must join the module's own threads and return; it has 5 s (reference.md)",
                   "the connector did not stop when it was asked to: %s",
                   is_gone ? check_hub_end_text(hub) : "it still runs after the grace of 5 s");
    check_hub_lose(hub);
}

void check_hub_must_live(struct check_hub *hub)
{
    if (!hub->is_lost)
        return;
    hub->peer->reap(hub, CHECK_WAIT_MS);
    check_fail("run it with --in-process under gdb or with AddressSanitizer to see where (check.md#in-process)",
               "the connector died: %s", check_hub_end_text(hub));
}
