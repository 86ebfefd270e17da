/* SPDX-License-Identifier: Apache-2.0 */
/* A report batch: each item passes the gate, what is the engine's goes there in one
 * call, and the reply leaves when every item has its answer. Replies of the last
 * batches are kept as answers, not as bytes, and are printed again for a repeat;
 * single report ids are remembered longer, so that the engine sees each once.
 *
 *   connect_report_take -> read_items -> on_report ... connect_answer -> finish
 */
#include "connect/inside.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void break_off(struct connect_session *session, const char *reason)
{
    session->is_broken = true;
    session->link->connect->figures.frames_refused++;
    connect_session_fail(session, "broke the protocol: %s", reason);
}

static void set_answer(struct connect_batch *batch, size_t index, enum base_answer answer, const char *reason)
{
    struct connect_batch_item *item = &batch->items[index];

    assert(item->answer == BASE_ANSWER_NONE); /* answered once */
    item->answer = (uint8_t)answer;
    if (answer != BASE_ANSWER_REFUSED || reason == NULL)
        return;
    struct base_buffer *reasons = &batch->reasons;
    size_t at = reasons->size;
    reasons->has_item = false;
    base_json_open(reasons, NULL, '{');
    base_json_put_text_n(reasons, "reason", reason, strnlen(reason, CONNECT_REASON_MAX));
    base_json_close(reasons, '}');
    if (reasons->is_broken)
        return; /* the answer goes without its reason */
    item->reason_at = (uint32_t)at;
    item->reason_size = (uint32_t)(reasons->size - at);
}

static void put_reply(struct connect_session *session, const struct connect_batch *batch)
{
    struct base_frame reply = {
        .kind = BASE_FRAME_REPORT,
        .flags = BASE_FRAME_REPLY,
        .id = batch->request,
        .epoch = session->epoch,
    };
    size_t at = base_frame_begin(&session->out, &reply);

    for (size_t i = 0; i < batch->count; i++) {
        const struct connect_batch_item *item = &batch->items[i];
        bool has_reason = item->reason_size > 0 && !batch->reasons.is_broken;

        base_frame_put(&session->out, &(struct base_frame){
            .length = has_reason ? item->reason_size : 0,
            .kind = item->kind,
            .flags = item->answer,
            .id = item->id,
            .task = item->task,
            .epoch = session->epoch,
            .payload = has_reason ? batch->reasons.bytes + item->reason_at : NULL,
        });
    }
    base_frame_end(&session->out, at, batch->count);
    connect_dirty(session->link);
}

static void close_one(struct connect_session *session, struct connect_batch *batch)
{
    assert(batch->open > 0);
    if (--batch->open == 0)
        put_reply(session, batch);
}

static struct connect_seen *seen_slot(struct connect_session *session, uint64_t id)
{
    return &session->seen[id & (CONNECT_SEEN_MAX - 1)];
}

/* Was this report id met before? Then its answer, and the reason when there is one. */
static enum base_answer find_seen(struct connect_session *session, const struct base_frame *frame,
                                  const char **reason)
{
    const struct connect_seen *seen = seen_slot(session, frame->id);

    if (seen->id > frame->id) {
        *reason = "this report id is so old that it is not remembered: report anew, with a new id";
        return BASE_ANSWER_REFUSED;
    }
    if (seen->id != frame->id || seen->answer == BASE_ANSWER_RETRY)
        return BASE_ANSWER_NONE;
    if (seen->task != frame->task || seen->kind != frame->kind) {
        *reason = "this report id was used for another report";
        return BASE_ANSWER_REFUSED;
    }
    if (seen->answer == BASE_ANSWER_NONE)
        return BASE_ANSWER_RETRY; /* the engine has it in hand */
    *reason = "refused before";
    return (enum base_answer)seen->answer;
}

/* After a retry the same id comes again and is tried again. */
static void remember(struct connect_session *session, const struct connect_batch_item *item)
{
    struct connect_seen *seen = seen_slot(session, item->id);

    if (seen->id == item->id) /* else a later id has its place */
        seen->answer = item->answer;
}

static bool is_object(const struct base_frame *frame)
{
    size_t at = 0; /* the gate has seen that a value follows */

    while (strchr(" \t\r\n", frame->payload[at]) != NULL)
        at++;
    return frame->payload[at] == '{';
}

/* NONE: the item may go on. */
static enum base_answer check_item(const struct base_frame *frame, char text[CONNECT_REASON_MAX + 1])
{
    struct base_json_error error;

    text[0] = '\0';
    if (frame->kind < BASE_ITEM_ACCEPT || frame->kind > BASE_ITEM_UNPAUSE) {
        snprintf(text, CONNECT_REASON_MAX + 1, "no such report: kind %u", frame->kind);
        return BASE_ANSWER_REFUSED;
    }
    if (frame->id == 0) {
        snprintf(text, CONNECT_REASON_MAX + 1, "report ids start at 1");
        return BASE_ANSWER_REFUSED;
    }
    int rc = base_json_check(frame->payload, frame->length, &error);
    if (rc == OD_ENOMEM)
        return BASE_ANSWER_RETRY;
    if (rc != OD_OK) {
        snprintf(text, CONNECT_REASON_MAX + 1, "%u:%u: %.160s", error.line, error.column, error.text);
        return BASE_ANSWER_REFUSED;
    }
    if (!is_object(frame)) {
        snprintf(text, CONNECT_REASON_MAX + 1, "the payload is no JSON object");
        return BASE_ANSWER_REFUSED;
    }
    return BASE_ANSWER_NONE;
}

/* Logs and metrics end here. NONE: the item is the engine's. */
static enum base_answer take_own(struct connect_link *link, const struct base_frame *frame, const char **reason)
{
    int rc;

    if (frame->kind == BASE_ITEM_LOG)
        rc = connect_line_take(link, frame->payload, frame->length);
    else if (frame->kind == BASE_ITEM_METRIC)
        rc = connect_metric_take(link, frame->payload, frame->length);
    else
        return BASE_ANSWER_NONE;
    if (rc == OD_OK)
        return BASE_ANSWER_OK;
    *reason = rc == OD_ELIMIT ? "more metrics than are kept" : "a member is missing or of a wrong type";
    return BASE_ANSWER_REFUSED;
}

static void read_item(struct connect_session *session, struct connect_batch *batch, const struct base_frame *frame)
{
    struct connect *connect = session->link->connect;
    char text[CONNECT_REASON_MAX + 1];
    const char *reason = text;
    size_t index = batch->count++;

    batch->items[index] = (struct connect_batch_item){.id = frame->id, .task = frame->task, .kind = frame->kind};
    enum base_answer answer = check_item(frame, text);
    if (answer == BASE_ANSWER_NONE)
        answer = find_seen(session, frame, &reason);
    if (answer == BASE_ANSWER_NONE) {
        answer = take_own(session->link, frame, &reason);
        *seen_slot(session, frame->id) =
            (struct connect_seen){.id = frame->id, .task = frame->task, .kind = frame->kind, .answer = (uint8_t)answer};
    }
    if (answer != BASE_ANSWER_NONE) {
        connect->figures.frames_refused += answer == BASE_ANSWER_REFUSED;
        set_answer(batch, index, answer, reason);
        return;
    }
    connect->reports[batch->asked] = (struct connect_report){
        .kind = frame->kind,
        .report_id = frame->id,
        .task = frame->task,
        .epoch = frame->epoch,
        .payload = frame->payload,
        .payload_size = frame->length,
    };
    batch->order[batch->asked++] = (uint8_t)index;
}

/* What is wrong with the frame as a batch, before any of it is acted on. */
static const char *check_batch(const struct base_frame *frame)
{
    struct base_frame item;
    size_t offset = 0, count = 0;
    int rc;

    while ((rc = base_frame_next(frame, &offset, &item)) == OD_OK)
        count++;
    if (rc != OD_ENOTFOUND)
        return "a cut item in a report";
    if (count != frame->count)
        return "a report with a wrong count";
    if (count > BASE_BATCH_ITEMS_MAX)
        return "a report with too many items";
    return NULL;
}

/* The batch of this request, when its answers are awaited or still known. */
static struct connect_batch *find_batch(struct connect_session *session, uint64_t request)
{
    for (size_t i = 0; i < CONNECT_BATCHES_MAX; i++)
        if (session->batches[i].request == request && request != 0)
            return &session->batches[i];
    return NULL;
}

/* The place of the batch that was answered longest ago, or NULL: all are open. */
static struct connect_batch *oldest_answered(struct connect_session *session)
{
    struct connect_batch *oldest = NULL;

    for (size_t i = 0; i < CONNECT_BATCHES_MAX; i++) {
        struct connect_batch *batch = &session->batches[i];
        if (batch->open == 0 && (oldest == NULL || batch->token < oldest->token))
            oldest = batch;
    }
    return oldest;
}

/* More is outstanding than was agreed: nothing of it is looked at. */
static void refuse_batch(struct connect_session *session, const struct base_frame *frame)
{
    struct base_frame reply = {
        .kind = BASE_FRAME_REPORT, .flags = BASE_FRAME_REPLY, .id = frame->id, .epoch = session->epoch};
    struct base_frame item;
    size_t offset = 0, at = base_frame_begin(&session->out, &reply);

    while (base_frame_next(frame, &offset, &item) == OD_OK) {
        item.length = 0;
        item.flags = BASE_ANSWER_RETRY;
        base_frame_put(&session->out, &item);
    }
    base_frame_end(&session->out, at, frame->count);
    connect_dirty(session->link);
}

static void batch_begin(struct connect_session *session, struct connect_batch *batch, uint64_t request)
{
    session->batch_serial++;
    batch->request = request;
    batch->token = (uint64_t)session->epoch << 32 | session->batch_serial;
    batch->count = batch->asked = 0;
    batch->open = 1; /* ours, until the batch is read */
    base_buffer_clear(&batch->reasons);
}

void connect_report_take(struct connect_session *session, const struct base_frame *frame)
{
    struct connect *connect = session->link->connect;
    const char *fault = check_batch(frame);
    struct connect_batch *batch = find_batch(session, frame->id);
    struct base_frame item;
    size_t offset = 0;

    if (fault != NULL) {
        break_off(session, fault);
        return;
    }
    if (batch != NULL) {
        if (batch->open == 0)
            put_reply(session, batch); /* a repeat: the same answer */
        return;
    }
    batch = oldest_answered(session);
    if (batch == NULL) {
        refuse_batch(session, frame);
        return;
    }
    batch_begin(session, batch, frame->id);
    while (base_frame_next(frame, &offset, &item) == OD_OK)
        read_item(session, batch, &item);
    batch->open = (uint16_t)(batch->open + batch->asked);
    connect->figures.reports_taken += batch->asked;
    session->link->answered_ms = connect_now_ms(connect);
    if (batch->asked > 0)
        connect->options.callbacks.on_report(connect->options.owner, session->link, batch->token,
                                             connect->reports, batch->asked);
    close_one(session, batch);
}

static struct connect_batch *find_token(struct connect_session *session, uint64_t token)
{
    for (size_t i = 0; i < CONNECT_BATCHES_MAX; i++)
        if (session->batches[i].token == token)
            return &session->batches[i];
    return NULL;
}

void connect_answer(struct connect_link *link, uint64_t token, size_t index, enum base_answer answer,
                    const char *reason)
{
    struct connect_session *session = link->session;

    assert(answer != BASE_ANSWER_NONE);
    if (session == NULL || session->is_ended || session->epoch != token >> 32)
        return; /* nobody is there to be told */
    struct connect_batch *batch = find_token(session, token);
    assert(batch != NULL);
    assert(index < batch->asked);
    size_t place = batch->order[index];
    set_answer(batch, place, answer, reason);
    remember(session, &batch->items[place]);
    close_one(session, batch);
}

bool connect_report_is_known(struct connect_session *session, uint64_t request)
{
    return find_batch(session, request) != NULL;
}

void connect_report_fini(struct connect_session *session)
{
    for (size_t i = 0; i < CONNECT_BATCHES_MAX; i++)
        base_buffer_fini(&session->batches[i].reasons);
}
