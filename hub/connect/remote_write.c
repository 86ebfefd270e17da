/* SPDX-License-Identifier: Apache-2.0 */
/* A reply frame becomes the body of an answer. Payloads pass as they are. */
#include "connect/inside.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

static const char *const item_names[] = {
    [BASE_ITEM_OFFER] = "offer",   [BASE_ITEM_RESUME] = "resume",   [BASE_ITEM_CANCEL] = "cancel",
    [BASE_ITEM_INPUT] = "input",   [BASE_ITEM_EVENT] = "event",     [BASE_ITEM_RELEASE] = "release",
    [BASE_ITEM_CONFIGURE] = "configure", [BASE_ITEM_DRAIN] = "drain", [BASE_ITEM_STOP] = "stop",
    [BASE_ITEM_TIME] = "time",
};

static const char *const report_names[] = {
    [BASE_ITEM_ACCEPT] = "accept",       [BASE_ITEM_CHECKPOINT] = "checkpoint", [BASE_ITEM_NEED_INPUT] = "need_input",
    [BASE_ITEM_PAUSE] = "pause",         [BASE_ITEM_PROGRESS] = "progress",     [BASE_ITEM_OPINION] = "opinion",
    [BASE_ITEM_FAIL] = "fail",           [BASE_ITEM_GIVE_BACK] = "give_back",   [BASE_ITEM_CANCELLED] = "cancelled",
    [BASE_ITEM_LOG] = "log",             [BASE_ITEM_METRIC] = "metric",         [BASE_ITEM_UNPAUSE] = "unpause",
};

static const char *const answer_names[] = {
    [BASE_ANSWER_OK] = "ok",           [BASE_ANSWER_STALE] = "stale", [BASE_ANSWER_CONFLICT] = "conflict",
    [BASE_ANSWER_REFUSED] = "refused", [BASE_ANSWER_RETRY] = "retry",
};

const char *connect_report_name(uint8_t kind)
{
    assert(kind >= BASE_ITEM_ACCEPT);
    assert(kind <= BASE_ITEM_UNPAUSE);
    return report_names[kind];
}

/* A handle has 64 bits, and readers of JSON may have 53. */
static void put_task(struct base_buffer *body, uint64_t task)
{
    char digits[24];

    if (task == 0)
        return;
    snprintf(digits, sizeof(digits), "%" PRIu64, task);
    base_json_put_text(body, "task", digits);
}

static void put_item(struct base_buffer *body, const struct base_frame *item)
{
    assert(item->kind >= BASE_ITEM_OFFER);
    assert(item->kind <= BASE_ITEM_TIME);
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "kind", item_names[item->kind]);
    base_json_put_i64(body, "seq", (int64_t)item->id);
    put_task(body, item->task);
    base_json_put_raw(body, "payload", item->payload, item->length);
    base_json_close(body, '}');
}

static void put_answer(struct base_buffer *body, const struct base_frame *item)
{
    struct connect_slice reason = {0};
    const struct connect_field field = {.name = "reason", .slice = &reason};

    assert(item->flags >= BASE_ANSWER_OK);
    assert(item->flags <= BASE_ANSWER_RETRY);
    base_json_open(body, NULL, '{');
    base_json_put_i64(body, "id", (int64_t)item->id);
    put_task(body, item->task);
    base_json_put_text(body, "answer", answer_names[item->flags]);
    if (item->length > 0 && connect_fields_read(item->payload, item->length, &field, 1) == OD_OK && reason.size > 0)
        base_json_put_raw(body, "reason", reason.at, reason.size);
    base_json_close(body, '}');
}

static void put_batch(struct base_buffer *body, const struct base_frame *reply)
{
    struct base_frame item;
    size_t offset = 0;

    base_json_open(body, NULL, '{');
    base_json_open(body, "items", '[');
    while (base_frame_next(reply, &offset, &item) == OD_OK)
        if (reply->kind == BASE_FRAME_POLL)
            put_item(body, &item);
        else
            put_answer(body, &item);
    base_json_close(body, ']');
    base_json_close(body, '}');
}

void connect_reply_put(struct base_buffer *body, const struct base_frame *reply)
{
    bool is_batch = reply->kind == BASE_FRAME_POLL || reply->kind == BASE_FRAME_REPORT;

    if (reply->count > 0 || (is_batch && reply->length == 0))
        put_batch(body, reply);
    else if (reply->length > 0)
        base_json_put_raw(body, NULL, reply->payload, reply->length);
    else
        base_json_put_raw(body, NULL, "{}", 2);
}
