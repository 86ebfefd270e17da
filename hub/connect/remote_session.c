/* SPDX-License-Identifier: Apache-2.0 */
/* The session of a remote connector: the requests that it has, what repeats of them get, and the
 * lease. Its frames are those of a host; only their way is another.
 *
 *   connect_remote_take -> connect_session_take -> session->out -> flush -> connect_request_answer
 */
#include "connect/inside.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

static void keep_service(struct connect_remote_link *remote, uint64_t id, const struct base_buffer *body)
{
    struct connect_service_kept *kept = &remote->services[remote->service_count % CONNECT_SERVICES_KEPT];

    if (body->size > CONNECT_SERVICE_KEPT_MAX || body->is_broken)
        return;
    base_buffer_clear(&kept->body);
    base_buffer_put(&kept->body, body->bytes, body->size);
    kept->id = kept->body.is_broken ? 0 : id;
    remote->service_count++;
}

static const struct connect_service_kept *find_service(const struct connect_remote_link *remote, uint64_t id)
{
    for (size_t i = 0; i < CONNECT_SERVICES_KEPT; i++)
        if (remote->services[i].id == id)
            return &remote->services[i];
    return NULL;
}

/* Whoever asked this, first and again, gets it. */
static void answer_all(struct connect_session *session, const struct base_frame *reply)
{
    struct connect_link *link = session->link;
    struct base_list *list = &link->remote->waiting, *next;
    struct base_buffer body = {0};

    connect_reply_put(&body, reply);
    if (reply->kind == BASE_FRAME_SERVICE)
        keep_service(link->remote, reply->id, &body);
    for (struct base_list *node = list->next; node != list; node = next) {
        struct connect_request *request = BASE_LIST_ENTRY(node, struct connect_request, node);

        next = node->next;
        if (request->kind == reply->kind && request->id == reply->id && request->epoch == session->epoch)
            connect_request_answer(link->connect, request, base_buffer_text(&body), body.size);
    }
    base_buffer_fini(&body);
}

static void flush(struct connect_session *session)
{
    struct base_frame reply;
    size_t at = 0, used;

    if (session->out.is_broken)
        connect_session_fail(session, "could not be answered: no memory left");
    while (!session->out.is_broken &&
           base_frame_read(session->out.bytes + at, session->out.size - at, &reply, &used) == OD_OK) {
        at += used;
        answer_all(session, &reply);
    }
    base_buffer_fini(&session->out);
}

static uint64_t later_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static const char *find_fault(struct connect_session *session, uint64_t now_ms)
{
    uint64_t since_ms = later_of(session->poll_at_ms, session->judged_from_ms);

    return now_ms > since_ms + session->link->remote->lease_ms ? "sent no poll" : NULL;
}

const struct connect_carrier connect_carrier_remote = {
    .noun = "the remote connector", .is_by_request = true, .flush = flush, .find_fault = find_fault};

enum age { AGE_NEW = 1, AGE_REPEATED, AGE_FORGOTTEN };

/* Request ids ascend, and may overtake one another by less than CONNECT_REQUEST_WINDOW. */
static enum age note_id(struct connect_remote_link *remote, uint64_t id)
{
    if (id > remote->window_top) {
        uint64_t step = id - remote->window_top;
        remote->window_mask = (step < CONNECT_REQUEST_WINDOW ? remote->window_mask << step : 0) | 1;
        remote->window_top = id;
        return AGE_NEW;
    }
    uint64_t back = remote->window_top - id;
    if (back >= CONNECT_REQUEST_WINDOW)
        return AGE_FORGOTTEN;
    if ((remote->window_mask >> back & 1) != 0)
        return AGE_REPEATED;
    remote->window_mask |= UINT64_C(1) << back;
    return AGE_NEW;
}

static bool is_in_hand(const struct connect_remote_link *remote, const struct connect_request *asked)
{
    for (struct base_list *node = remote->waiting.next; node != &remote->waiting; node = node->next) {
        const struct connect_request *request = BASE_LIST_ENTRY(node, struct connect_request, node);
        if (request->kind == asked->kind && request->id == asked->id && request->epoch == asked->epoch)
            return true;
    }
    return false;
}

/* A repeat: true when its answer is known, or comes with that of the first. */
static bool may_repeat(struct connect_link *link, const struct connect_request *request)
{
    if (request->kind == BASE_FRAME_REPORT)
        return connect_report_is_known(link->session, request->id);
    return is_in_hand(link->remote, request) || find_service(link->remote, request->id) != NULL;
}

static void wait(struct connect_link *link, struct connect_request *request)
{
    base_list_remove(&request->node);
    base_list_append(&link->remote->waiting, &request->node);
    request->link = link;
    link->remote->waiting_count++;
}

static void refuse_here(struct connect_link *link, struct connect_request *request, const char *code, const char *detail)
{
    connect_request_refuse(link->connect, request, code, detail);
}

/* The frame that a host would have sent. Nothing of request may be touched afterwards: it may be answered. */
static void hand_over(struct connect_link *link, struct connect_request *request, const struct connect_envelope *envelope,
                      const struct base_buffer *batch, uint16_t count)
{
    const struct base_frame frame = {
        .length = (uint32_t)(batch != NULL ? batch->size : envelope->body.size),
        .kind = request->kind,
        .count = count,
        .id = request->id,
        .epoch = request->epoch,
        .payload = batch != NULL ? batch->bytes : envelope->body.at,
    };
    char *text = request->text;

    request->text = NULL;
    wait(link, request);
    connect_session_take(link->session, &frame);
    base_free(text);
}

static void take_report(struct connect_link *link, struct connect_request *request, const struct connect_envelope *envelope)
{
    struct base_buffer batch = {0};
    uint16_t count;
    const char *fault;
    int rc = connect_items_read(&envelope->body, request->epoch, &batch, &count, &fault);

    if (rc == OD_OK)
        hand_over(link, request, envelope, &batch, count);
    else
        refuse_here(link, request, rc == OD_ENOMEM ? "limit" : "malformed", rc == OD_ENOMEM ? "no memory left: try again" : fault);
    base_buffer_fini(&batch);
}

static void take_again(struct connect_link *link, struct connect_request *request, const struct connect_envelope *envelope)
{
    const struct connect_service_kept *kept = find_service(link->remote, request->id);

    if (!may_repeat(link, request))
        refuse_here(link, request, "forgotten", "this request was answered before, and its answer is not kept any more");
    else if (request->kind == BASE_FRAME_REPORT)
        take_report(link, request, envelope);
    else if (kept != NULL)
        connect_request_answer(link->connect, request, kept->body.bytes, kept->body.size);
    else
        wait(link, request);
}

void connect_remote_take(struct connect_link *link, struct connect_request *request, const struct connect_envelope *envelope)
{
    if (request->kind == BASE_FRAME_POLL) {
        if (request->is_gone)
            refuse_here(link, request, "forgotten", "nobody waits for it");
        else if (request->id < link->session->poll_id)
            refuse_here(link, request, "forgotten", "a later poll came before it");
        else
            hand_over(link, request, envelope, NULL, 0);
        return;
    }
    switch (note_id(link->remote, request->id)) {
    case AGE_NEW:
        if (request->kind == BASE_FRAME_REPORT)
            take_report(link, request, envelope);
        else
            hand_over(link, request, envelope, NULL, 0);
        break;
    case AGE_REPEATED: take_again(link, request, envelope); break;
    case AGE_FORGOTTEN: refuse_here(link, request, "forgotten", "the id is too far below those that came before it"); break;
    }
}

/* Offers that were put and went with no answer: whoever is asked next may have them without a doubt. */
static void note_unsent(struct connect_session *session)
{
    struct connect *connect = session->link->connect;
    struct connect_lost *lost = &connect->lost[connect->lost_count % CONNECT_LOST_MAX];
    uint64_t *tasks = session->in_hand > 0 ? base_alloc(session->in_hand * sizeof(*tasks)) : NULL;
    struct base_frame item;
    size_t at = session->outbox_head, used, count = 0;

    while (tasks != NULL && count < session->in_hand && at < session->outbox.size &&
           base_frame_read(session->outbox.bytes + at, session->outbox.size - at, &item, &used) == OD_OK) {
        at += used;
        if (item.kind == BASE_ITEM_OFFER && item.id > session->seq_sent)
            tasks[count++] = item.task;
    }
    if (count == 0) {
        base_free(tasks);
        return;
    }
    base_free(lost->tasks);
    *lost = (struct connect_lost){.epoch = session->epoch, .tasks = tasks, .count = count};
    connect->lost_count++;
}

bool connect_offer_never_left(const struct connect *connect, uint32_t epoch, uint64_t task)
{
    for (size_t i = 0; epoch != 0 && i < CONNECT_LOST_MAX; i++)
        for (size_t j = 0; connect->lost[i].epoch == epoch && j < connect->lost[i].count; j++)
            if (connect->lost[i].tasks[j] == task)
                return true;
    return false;
}

void connect_lost_fini(struct connect *connect)
{
    for (size_t i = 0; i < CONNECT_LOST_MAX; i++)
        base_free(connect->lost[i].tasks);
}

void connect_remote_ended(struct connect_session *session)
{
    struct connect_link *link = session->link;
    struct base_list *waiting = &link->remote->waiting;

    flush(session);
    note_unsent(session);
    while (!base_list_is_empty(waiting))
        refuse_here(link, BASE_LIST_ENTRY(waiting->next, struct connect_request, node), "stale", "the session has ended: say hello");
}

void connect_remote_session_reset(struct connect_remote_link *remote)
{
    remote->window_top = remote->window_mask = 0;
    for (size_t i = 0; i < CONNECT_SERVICES_KEPT; i++) {
        base_buffer_fini(&remote->services[i].body);
        remote->services[i].id = 0;
    }
    remote->service_count = 0;
}
