/* SPDX-License-Identifier: Apache-2.0 */
#include "check/book.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/time.h"

#define RETRY_MAX_MS (INT64_C(3600) * 1000)

static const char *const effect_names[] = {
    "", [CHECK_EFFECT_NONE] = "none", [CHECK_EFFECT_DONE] = "done", [CHECK_EFFECT_UNKNOWN] = "unknown"};

const char *check_task_state_name(enum check_task_state state)
{
    static const char *const names[CHECK_TASK_STATES] = {
        [CHECK_TASK_NONE] = "none",         [CHECK_TASK_QUEUED] = "queued",   [CHECK_TASK_OFFERED] = "offered",
        [CHECK_TASK_ACCEPTED] = "accepted", [CHECK_TASK_PAUSED] = "paused",   [CHECK_TASK_WAITING] = "waiting for the applicant",
        [CHECK_TASK_PARKED] = "parked",     [CHECK_TASK_ENDED] = "ended",
    };

    return names[state];
}

void check_book_forget(struct check_book *book)
{
    for (size_t i = 0; i < book->count; i++) {
        base_free(book->tasks[i].form);
        base_free(book->tasks[i].external_ref);
        base_free(book->tasks[i].checkpoint);
    }
    book->forgotten += book->count;
    book->count = 0;
}

void check_book_fini(struct check_book *book)
{
    check_book_forget(book);
    base_free(book->tasks);
    *book = (struct check_book){.tasks = NULL};
}

struct check_task *check_book_add(struct check_book *book, const char *form, size_t size)
{
    if (book->count == book->room) {
        size_t room = book->room > 0 ? book->room * 2 : 64;
        struct check_task *tasks = base_realloc(book->tasks, room * sizeof(*tasks));

        if (tasks == NULL)
            return NULL;
        book->tasks = tasks;
        book->room = room;
    }
    char *copy = base_copy_text(form, size);
    if (copy == NULL)
        return NULL;
    struct check_task *task = &book->tasks[book->count++];
    size_t number = book->forgotten + book->count;
    *task = (struct check_task){.handle = number * 64 + 1, .form = copy, .state = CHECK_TASK_QUEUED};
    snprintf(task->number, sizeof(task->number), "20261129-%06zu-7.1", number);
    return task;
}

struct check_task *check_book_find(const struct check_book *book, uint64_t handle)
{
    size_t index = (size_t)(handle / 64) - book->forgotten;

    if (index == 0 || index > book->count || book->tasks[index - 1].handle != handle)
        return NULL;
    return &book->tasks[index - 1];
}

static bool is_open(const struct check_task *task)
{
    return task->state != CHECK_TASK_ENDED && task->state != CHECK_TASK_PARKED && task->state != CHECK_TASK_NONE;
}

static bool is_with_department(const struct check_task *task)
{
    return task->state == CHECK_TASK_ACCEPTED || task->state == CHECK_TASK_PAUSED ||
           task->state == CHECK_TASK_WAITING;
}

static enum base_answer refuse(struct check_book *book, char reason[160], const char *what)
{
    snprintf(reason, 160, "%s", what);
    snprintf(book->refusal, sizeof(book->refusal), "%s", what);
    book->refusals++;
    return BASE_ANSWER_REFUSED;
}

static enum base_answer conflict(struct check_book *book, const struct check_task *task, char reason[160],
                                 const char *what)
{
    snprintf(reason, 160, "task %s: %s", task->number, what);
    memcpy(book->conflict, reason, sizeof(book->conflict));
    book->conflicts++;
    return BASE_ANSWER_CONFLICT;
}

/* A copy of the member's text, or NULL when it is absent or empty. Owned. */
static char *text_copy(const struct base_json *json, const char *key)
{
    const char *text = base_json_member_text(json, key);

    return text != NULL && text[0] != '\0' ? base_copy_text(text, strlen(text)) : NULL;
}

static enum base_answer take_accept(struct check_book *book, struct check_task *task, const struct base_json *json,
                                    char reason[160])
{
    char *ref = text_copy(json, "external_ref");
    bool is_other = ref != NULL && task->external_ref != NULL && strcmp(ref, task->external_ref) != 0;

    if (is_other && is_with_department(task)) {
        base_free(ref);
        return conflict(book, task, reason, "accepted under two references");
    }
    if (ref != NULL) {
        base_free(task->external_ref);
        task->external_ref = ref;
    }
    if (task->state == CHECK_TASK_OFFERED)
        task->state = CHECK_TASK_ACCEPTED;
    task->has_accepted = true;
    return BASE_ANSWER_OK;
}

static enum base_answer take_checkpoint(struct check_task *task, const struct base_json *json)
{
    base_free(task->checkpoint);
    task->checkpoint = text_copy(json, "checkpoint");
    task->has_checkpoint = true;
    return BASE_ANSWER_OK;
}

/* need_input, pause and unpause: from which state to which. */
static enum base_answer take_move(struct check_book *book, struct check_task *task, enum check_task_state from,
                                  enum check_task_state to, char reason[160])
{
    if (task->state != from)
        return refuse(book, reason, from == CHECK_TASK_ACCEPTED ? "it is not accepted" : "it is not paused");
    task->state = to;
    task->is_asked = to == CHECK_TASK_WAITING;
    task->has_asked = task->has_asked || to == CHECK_TASK_WAITING;
    task->has_paused = task->has_paused || to == CHECK_TASK_PAUSED;
    return BASE_ANSWER_OK;
}

static enum base_answer take_opinion(struct check_book *book, struct check_task *task, const struct base_json *json,
                                     char reason[160])
{
    const char *opinion = base_json_member_text(json, "opinion");

    if (opinion == NULL || strlen(opinion) >= sizeof(task->opinion))
        return refuse(book, reason, "an opinion without its word");
    if (strcmp(opinion, "reject") == 0 && base_json_count(base_json_member(json, "reasons")) == 0)
        return refuse(book, reason, "a reject needs a reason");
    if (strcmp(opinion, "approve_with_conditions") == 0 && base_json_count(base_json_member(json, "conditions")) == 0)
        return refuse(book, reason, "approve_with_conditions needs a condition");
    snprintf(task->opinion, sizeof(task->opinion), "%s", opinion);
    task->opinions++;
    task->state = CHECK_TASK_ENDED;
    return BASE_ANSWER_OK;
}

static int64_t retry_at(const struct check_book *book, const struct check_task *task, int64_t now_ms)
{
    int64_t pause_ms = book->retry_ms << (task->failures < 16 ? task->failures : 16);

    return now_ms + (pause_ms < RETRY_MAX_MS ? pause_ms : RETRY_MAX_MS);
}

/* Nothing is known of this attempt: the manifest says whether it may be repeated. */
static void repeat_or_park(const struct check_book *book, struct check_task *task)
{
    task->state = book->may_repeat ? CHECK_TASK_QUEUED : CHECK_TASK_PARKED;
    task->is_redelivered = true;
}

static void fail_apply(const struct check_book *book, struct check_task *task, int64_t retry_after_ms, int64_t now_ms)
{
    task->due_ms = retry_after_ms >= 0 ? now_ms + retry_after_ms : retry_at(book, task, now_ms);
    task->failures++;
    if (retry_after_ms == -2) {
        task->state = CHECK_TASK_PARKED;
    } else if (task->effect == CHECK_EFFECT_DONE) {
        task->state = CHECK_TASK_ACCEPTED;
        task->has_accepted = task->needs_resume = true;
    } else if (task->effect == CHECK_EFFECT_UNKNOWN) {
        repeat_or_park(book, task);
    } else {
        task->state = CHECK_TASK_QUEUED;
    }
}

static enum check_effect effect_of(const struct base_json *json)
{
    const char *word = base_json_member_text(json, "effect");

    for (size_t i = CHECK_EFFECT_NONE; word != NULL && i <= CHECK_EFFECT_UNKNOWN; i++) {
        if (strcmp(word, effect_names[i]) == 0)
            return (enum check_effect)i;
    }
    return 0;
}

static enum base_answer take_fail(struct check_book *book, struct check_task *task, const struct base_json *json,
                                  int64_t now_ms, char reason[160])
{
    const char *code = base_json_member_text(json, "code");
    int64_t retry_after_ms = -1;

    if (effect_of(json) == 0 || code == NULL)
        return refuse(book, reason, "a failure without its effect or code");
    if (base_json_member(json, "retry_after_ms") != NULL &&
        base_json_i64(base_json_member(json, "retry_after_ms"), -2, INT64_MAX / 4, &retry_after_ms) != OD_OK)
        return refuse(book, reason, "retry_after_ms is no number of milliseconds");
    char *ref = text_copy(json, "external_ref");
    if (ref != NULL) {
        base_free(task->external_ref);
        task->external_ref = ref;
    }
    snprintf(task->code, sizeof(task->code), "%s", code);
    task->effect = effect_of(json);
    fail_apply(book, task, retry_after_ms, now_ms);
    return BASE_ANSWER_OK;
}

static enum base_answer take_give_back(struct check_book *book, struct check_task *task, int64_t now_ms,
                                       char reason[160])
{
    if (task->state != CHECK_TASK_OFFERED)
        return refuse(book, reason, "only what was offered can be given back");
    task->state = CHECK_TASK_QUEUED;
    task->give_backs++;
    task->attempt--;
    task->due_ms = now_ms + book->retry_ms;
    return BASE_ANSWER_OK;
}

static enum base_answer take_cancelled(struct check_book *book, struct check_task *task, const struct base_json *json,
                                       char reason[160])
{
    if (!task->is_withdrawn)
        return refuse(book, reason, "cancelled, but cancel was not sent");
    if (effect_of(json) == 0)
        return refuse(book, reason, "cancelled without its effect");
    task->effect = effect_of(json);
    task->state = CHECK_TASK_ENDED;
    return BASE_ANSWER_OK;
}

static enum base_answer take(struct check_book *book, struct check_task *task, uint8_t kind,
                             const struct base_json *json, int64_t now_ms, char reason[160])
{
    switch (kind) {
    case BASE_ITEM_ACCEPT: return take_accept(book, task, json, reason);
    case BASE_ITEM_CHECKPOINT: return take_checkpoint(task, json);
    case BASE_ITEM_NEED_INPUT: return take_move(book, task, CHECK_TASK_ACCEPTED, CHECK_TASK_WAITING, reason);
    case BASE_ITEM_PAUSE: return take_move(book, task, CHECK_TASK_ACCEPTED, CHECK_TASK_PAUSED, reason);
    case BASE_ITEM_UNPAUSE: return take_move(book, task, CHECK_TASK_PAUSED, CHECK_TASK_ACCEPTED, reason);
    case BASE_ITEM_PROGRESS: return BASE_ANSWER_OK;
    case BASE_ITEM_OPINION: return take_opinion(book, task, json, reason);
    case BASE_ITEM_FAIL: return take_fail(book, task, json, now_ms, reason);
    case BASE_ITEM_GIVE_BACK: return take_give_back(book, task, now_ms, reason);
    case BASE_ITEM_CANCELLED: return take_cancelled(book, task, json, reason);
    default: return refuse(book, reason, "there is no such report");
    }
}

/* A task that is not in this connector's hand: ended, parked or queued again. */
static enum base_answer take_late(struct check_book *book, const struct check_task *task, uint8_t kind,
                                  char reason[160])
{
    if (kind == BASE_ITEM_OPINION && task->state == CHECK_TASK_ENDED && task->opinions > 0)
        return conflict(book, task, reason, "a second opinion");
    return BASE_ANSWER_STALE;
}

enum base_answer check_book_take(struct check_book *book, const struct base_frame *item, int64_t now_ms,
                                 char reason[160])
{
    struct check_task *task = check_book_find(book, item->task);
    struct base_json_error error;
    struct base_json *json = NULL;

    if (item->kind == BASE_ITEM_LOG || item->kind == BASE_ITEM_METRIC)
        return BASE_ANSWER_OK;
    if (base_json_parse(item->payload, item->length, &json, &error) != OD_OK)
        return refuse(book, reason, "the report is no JSON");
    enum base_answer answer = BASE_ANSWER_STALE;
    if (task != NULL && (!is_open(task) || task->state == CHECK_TASK_QUEUED))
        answer = take_late(book, task, item->kind, reason);
    else if (task != NULL)
        answer = take(book, task, item->kind, json, now_ms, reason);
    base_json_destroy(json);
    return answer;
}

void check_book_lose(struct check_book *book, int64_t now_ms)
{
    for (size_t i = 0; i < book->count; i++) {
        struct check_task *task = &book->tasks[i];

        if (task->state == CHECK_TASK_OFFERED && task->is_withdrawn)
            task->state = CHECK_TASK_ENDED;
        else if (task->state == CHECK_TASK_OFFERED)
            repeat_or_park(book, task);
        else if (is_with_department(task))
            task->needs_resume = true;
        if (task->due_ms < now_ms)
            task->due_ms = now_ms;
    }
}

static void put_state(const struct check_task *task, struct base_buffer *out)
{
    const char *state = "accepted";

    if (task->state == CHECK_TASK_PAUSED)
        state = "paused";
    else if (task->state == CHECK_TASK_WAITING)
        state = "waiting_applicant";
    base_json_put_text(out, "external_ref", task->external_ref != NULL ? task->external_ref : "");
    base_json_put_text(out, "checkpoint", task->checkpoint);
    base_json_put_text(out, "state", state);
}

void check_book_put(struct check_book *book, struct check_task *task, const char *matter, int64_t now_ms,
                    struct base_buffer *out)
{
    char text[BASE_TIME_SIZE + 64];
    bool is_resumed = is_with_department(task);

    if (!is_resumed) {
        task->state = CHECK_TASK_OFFERED;
        task->attempt++;
    }
    task->needs_resume = false;
    base_json_open(out, NULL, '{');
    snprintf(text, sizeof(text), "%.*s", (int)(strlen(task->number) - 2), task->number);
    base_json_put_text(out, "application", text);
    base_json_put_text(out, "task", task->number);
    snprintf(text, sizeof(text), "k-%s", task->number);
    base_json_put_text(out, "idempotency_key", text);
    base_json_put_text(out, "matter", matter);
    base_json_put_text(out, "department", "test");
    base_json_put_text(out, "service", "open-restaurant");
    base_json_put_i64(out, "attempt", task->attempt);
    base_json_put_bool(out, "redelivered", task->is_redelivered);
    base_json_put_raw(out, "form", task->form, strlen(task->form));
    base_zone_format(now_ms, text);
    base_json_put_text(out, "received_at", text);
    base_json_put_text(out, "promised_date", "2026-12-04");
    base_json_put_text(out, "statutory_date", "2026-12-25");
    base_json_put_raw(out, "applicant", book->applicant, strlen(book->applicant));
    base_json_put_raw(out, "materials", "[]", 2);
    if (is_resumed)
        put_state(task, out);
    base_json_close(out, '}');
}

int check_task_complete(struct check_task *task, const char *answer, size_t size)
{
    struct base_buffer out = {0};
    struct base_json_error error;
    struct base_json *old = NULL, *new = NULL;
    int rc = base_json_parse(task->form, strlen(task->form), &old, &error);

    if (rc == OD_OK)
        rc = base_json_parse(answer, size, &new, &error);
    base_json_open(&out, NULL, '{');
    for (const struct base_json *item = base_json_first(old); item != NULL; item = base_json_next(item)) {
        if (base_json_member(new, base_json_key(item)) == NULL)
            base_json_put(&out, base_json_key(item), item);
    }
    for (const struct base_json *item = base_json_first(new); item != NULL; item = base_json_next(item))
        base_json_put(&out, base_json_key(item), item);
    base_json_close(&out, '}');
    base_json_destroy(old);
    base_json_destroy(new);
    char *form = rc == OD_OK ? base_copy_text(base_buffer_text(&out), out.size) : NULL;
    base_buffer_fini(&out);
    if (form == NULL)
        return rc != OD_OK ? rc : OD_ENOMEM;
    base_free(task->form);
    task->form = form;
    task->is_asked = false;
    if (task->state == CHECK_TASK_WAITING)
        task->state = CHECK_TASK_ACCEPTED;
    return OD_OK;
}

size_t check_book_count(const struct check_book *book, enum check_task_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < book->count; i++)
        count += book->tasks[i].state == state;
    return count;
}

int64_t check_book_next_ms(const struct check_book *book, int64_t now_ms)
{
    int64_t next_ms = INT64_MAX;

    for (size_t i = 0; i < book->count; i++) {
        const struct check_task *task = &book->tasks[i];
        bool is_waiting = task->state == CHECK_TASK_QUEUED || task->needs_resume;

        if (is_waiting && task->due_ms > now_ms && task->due_ms < next_ms)
            next_ms = task->due_ms;
    }
    return next_ms;
}
