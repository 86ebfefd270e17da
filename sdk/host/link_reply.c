/* SPDX-License-Identifier: Apache-2.0 */
/* What comes from the hub: replies to hello, poll, report, service and bye, and nothing else. */
#include "host/link.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/time.h"
#include "host/view.h"

static void break_protocol(struct host_link *link, const char *why)
{
    host_break(link->host, HOST_EXIT_PROTOCOL, "the hub broke the protocol: %s", why);
}

static int64_t member_i64(const struct base_json *json, const char *key, int64_t min, int64_t max, int64_t otherwise)
{
    int64_t value;

    return base_json_i64(base_json_member(json, key), min, max, &value) == OD_OK ? value : otherwise;
}

static int config_take(struct host *host, const struct base_json *config)
{
    struct base_buffer text = {.bytes = NULL};
    size_t size = 2;

    if (base_json_type(config) == BASE_JSON_OBJECT)
        base_json_put(&text, NULL, config);
    else
        base_buffer_put_text(&text, "{}");
    host->config = base_buffer_take(&text, &size);
    host->table.config = host->config;
    host->table.config_size = size;
    return host->config != NULL ? OD_OK : OD_ENOMEM;
}

static int hello_apply(struct host_link *link, const struct base_json *json)
{
    struct host *host = link->host;
    const struct base_json *error = base_json_member(json, "error");
    const struct base_json *limits = base_json_member(json, "limits");
    const char *detail = base_json_member_text(error, "detail");

    if (error != NULL) {
        host_break(host, HOST_EXIT_REFUSED, "the hub refused: %s", detail != NULL ? detail : "no reason given");
        return OD_EPEER;
    }
    int64_t epoch = member_i64(json, "epoch", 1, UINT32_MAX, 0);
    int64_t now_ms = member_i64(json, "now_ms", 0, INT64_MAX / 2, -1);
    if (member_i64(json, "protocol", 1, 1, 0) != 1 || epoch == 0 || now_ms < 0) {
        break_protocol(link, "the answer to hello lacks protocol 1, epoch or now_ms");
        return OD_EPEER;
    }
    link->epoch = host->outbox.epoch = (uint32_t)epoch;
    host->credits_max = (uint32_t)member_i64(limits, "credits", 1, BASE_CREDITS_MAX, BASE_CREDITS_MAX);
    host->credits = host->manifest.credits < host->credits_max ? host->manifest.credits : host->credits_max;
    host->clock.is_virtual = base_json_is_true(base_json_member(json, "virtual"));
    host_clock_set(&host->clock, now_ms);
    host->time_told_ms = link->time_told_ms = link->time_seen_ms = now_ms;
    atomic_store(&host->status.time_seen_ms, now_ms);
    if (config_take(host, base_json_member(json, "config")) == OD_OK)
        return OD_OK;
    host_break(host, HOST_EXIT_MACHINE, "no memory left for the configuration");
    return OD_EPEER;
}

int host_link_take_hello(struct host_link *link, const struct base_frame *reply)
{
    struct base_json_error error;
    struct base_json *json = NULL;

    if (reply->kind != BASE_FRAME_HELLO || reply->flags != BASE_FRAME_REPLY || reply->count != 0 ||
        base_json_parse(reply->payload, reply->length, &json, &error) != OD_OK) {
        break_protocol(link, "no answer to hello, or no JSON in it");
        return OD_EPEER;
    }
    int rc = hello_apply(link, json);
    base_json_destroy(json);
    return rc;
}

/* The parts of items that concern this thread. */
static void item_note(struct host_link *link, const struct base_frame *item)
{
    struct host_view json = {item->payload, item->length}, value;
    int64_t number = 0;

    if (item->kind == BASE_ITEM_TIME && host_view_member(json, "now_ms", &value) == OD_OK &&
        host_view_i64(value, &number) == OD_OK) {
        link->time_told_ms = number;
        link->time_until_ms = base_monotonic_ms() + HOST_TIME_WAIT_MS;
    }
    if (item->kind == BASE_ITEM_STOP) {
        if (host_view_member(json, "grace_ms", &value) != OD_OK || host_view_i64(value, &number) != OD_OK ||
            number < 0 || number > 3600 * 1000)
            number = 5000;
        link->deadline_ms = base_monotonic_ms() + number;
    }
}

static bool is_json_fine(const struct base_frame *item)
{
    struct base_json_error error;

    return base_json_check(item->payload, item->length, &error) == OD_OK && item->payload[0] == '{';
}

/* Walk all items once: sound, ascending, no more than promised. *skip: bytes of items that came before. */
static int items_check(struct host_link *link, const struct base_frame *batch, size_t *skip)
{
    struct base_frame item;
    size_t offset = 0;
    uint16_t count = 0;
    uint64_t seq = 0;
    int rc;

    *skip = 0;
    while ((rc = base_frame_next(batch, &offset, &item)) == OD_OK) {
        bool is_known = item.kind >= BASE_ITEM_OFFER && item.kind <= BASE_ITEM_TIME;

        if (!is_known || item.id <= seq || !is_json_fine(&item))
            return OD_EPEER;
        seq = item.id;
        count++;
        if (item.id <= link->ack)
            *skip = offset;
        else
            item_note(link, &item);
    }
    if (rc != OD_ENOTFOUND || count != batch->count)
        return OD_EPEER;
    if (seq > link->ack)
        link->ack = seq;
    return OD_OK;
}

static void take_poll(struct host_link *link, const struct base_frame *reply)
{
    size_t skip;

    if (reply->id != link->poll_id) {
        break_protocol(link, "an answer to no poll");
        return;
    }
    link->poll_id = 0;
    if (reply->count == 0)
        return;
    if (items_check(link, reply, &skip) != OD_OK) {
        break_protocol(link, "a batch of items is broken, unknown or out of order");
        return;
    }
    if (skip < reply->length &&
        host_inbox_put_items(&link->host->inbox, reply->payload + skip, reply->length - skip) != OD_OK)
        host_break(link->host, HOST_EXIT_MACHINE, "no memory left for items");
}

static struct host_request *request_find(struct host_link *link, uint64_t id)
{
    for (size_t i = 0; i < HOST_REQUESTS_MAX; i++) {
        if (link->requests[i].id == id && id != 0)
            return &link->requests[i];
    }
    return NULL;
}

/* Do the answers fit the items, one by one? *retries: how many come again. */
static bool is_answer_to(const struct base_frame *reply, const struct host_batch *batch, uint16_t *retries)
{
    struct base_frame items = {
        .payload = batch->bytes.bytes, .length = (uint32_t)batch->bytes.size, .count = batch->count};
    struct base_frame item, answer;
    size_t item_offset = 0, answer_offset = 0;

    *retries = 0;
    if (reply->count != batch->count)
        return false;
    while (base_frame_next(&items, &item_offset, &item) == OD_OK) {
        if (base_frame_next(reply, &answer_offset, &answer) != OD_OK || answer.kind != item.kind ||
            answer.id != item.id || answer.task != item.task || answer.flags < BASE_ANSWER_OK ||
            answer.flags > BASE_ANSWER_RETRY)
            return false;
        if (answer.flags == BASE_ANSWER_RETRY)
            (*retries)++;
    }
    return answer_offset == reply->length;
}

/* Copy the items to be told again; their answers leave the reply. Errors: OD_ENOMEM. */
static int retries_split(const struct base_frame *reply, const struct host_batch *batch, struct host_batch *again,
                         struct base_buffer *settled)
{
    struct base_frame items = {
        .payload = batch->bytes.bytes, .length = (uint32_t)batch->bytes.size, .count = batch->count};
    struct base_frame item, answer;
    size_t item_offset = 0, answer_offset = 0;

    while (base_frame_next(&items, &item_offset, &item) == OD_OK &&
           base_frame_next(reply, &answer_offset, &answer) == OD_OK) {
        if (answer.flags == BASE_ANSWER_RETRY) {
            base_frame_put(&again->bytes, &item);
            again->count++;
        } else {
            base_frame_put(settled, &answer);
        }
    }
    return again->bytes.is_broken || settled->is_broken ? OD_ENOMEM : OD_OK;
}

static void retry_queue(struct host_link *link, struct host_batch *again)
{
    again->next = NULL;
    if (link->retry_last != NULL)
        link->retry_last->next = again;
    else
        link->retry_first = again;
    link->retry_last = again;
    link->retry_at_ms = base_monotonic_ms() + link->retry_delay_ms;
    link->retry_delay_ms *= 2;
    if (link->retry_delay_ms > HOST_RETRY_MAX_MS)
        link->retry_delay_ms = HOST_RETRY_MAX_MS;
}

static int take_retries(struct host_link *link, const struct base_frame *reply, const struct host_batch *batch)
{
    struct base_buffer settled = {.bytes = NULL};
    struct host_batch *again = host_outbox_batch(&link->host->outbox);
    int rc = again != NULL ? retries_split(reply, batch, again, &settled) : OD_ENOMEM;

    if (rc == OD_OK) {
        retry_queue(link, again);
        if (settled.size > 0)
            rc = host_inbox_put_answers(&link->host->inbox, settled.bytes, settled.size);
    } else if (again != NULL) {
        host_outbox_recycle(&link->host->outbox, again, 0);
    }
    base_buffer_fini(&settled);
    return rc;
}

static void take_report(struct host_link *link, const struct base_frame *reply)
{
    struct host_request *request = request_find(link, reply->id);
    uint16_t retries;
    int rc;

    if (request == NULL || !is_answer_to(reply, request->batch, &retries)) {
        break_protocol(link, "an answer that fits no report");
        return;
    }
    struct host_batch *batch = request->batch;
    size_t settled = (size_t)batch->count - retries;
    if (retries > 0) {
        rc = take_retries(link, reply, batch);
    } else {
        link->retry_delay_ms = HOST_RETRY_MIN_MS;
        rc = host_inbox_put_answers(&link->host->inbox, reply->payload, reply->length);
    }
    *request = (struct host_request){.id = 0};
    host_outbox_recycle(&link->host->outbox, batch, settled);
    if (rc != OD_OK)
        host_break(link->host, HOST_EXIT_MACHINE, "no memory left for answers");
}

static struct host_asked *asked_find(struct host_link *link, uint64_t id)
{
    for (size_t i = 0; i < HOST_SERVICES_MAX; i++) {
        if (link->asked[i].id == id && id != 0)
            return &link->asked[i];
    }
    return NULL;
}

/* It goes to the plugin's thread under the number that it knows. */
static void take_service(struct host_link *link, const struct base_frame *reply)
{
    struct host_asked *asked = asked_find(link, reply->id);
    struct base_frame answer = *reply;

    if (asked == NULL || reply->count != 0 || !is_json_fine(reply)) {
        break_protocol(link, "an answer that fits no service request");
        return;
    }
    answer.id = asked->number;
    *asked = (struct host_asked){.id = 0};
    base_buffer_clear(&link->answer);
    base_frame_put(&link->answer, &answer);
    if (link->answer.is_broken ||
        host_inbox_put_answers(&link->host->inbox, link->answer.bytes, link->answer.size) != OD_OK)
        host_break(link->host, HOST_EXIT_MACHINE, "no memory left for answers");
}

static void take_frame(struct host_link *link, const struct base_frame *frame)
{
    if (frame->flags != BASE_FRAME_REPLY)
        break_protocol(link, "a frame that is no reply");
    else if (frame->kind == BASE_FRAME_POLL)
        take_poll(link, frame);
    else if (frame->kind == BASE_FRAME_REPORT)
        take_report(link, frame);
    else if (frame->kind == BASE_FRAME_SERVICE)
        take_service(link, frame);
    else if (frame->kind == BASE_FRAME_BYE && frame->id == link->bye_id && link->bye_id != 0)
        link->is_done = true;
    else
        break_protocol(link, "a reply to nothing that was asked");
}

void host_link_take_frames(struct host_link *link)
{
    struct base_buffer *in = &link->in;
    struct base_frame frame;
    size_t offset = 0, used;
    int rc = OD_OK;

    while (host_exit_of(link->host) != HOST_EXIT_PROTOCOL &&
           (rc = base_frame_read(in->bytes + offset, in->size - offset, &frame, &used)) == OD_OK) {
        take_frame(link, &frame);
        offset += used;
    }
    if (rc != OD_OK && rc != OD_EBUSY)
        break_protocol(link, rc == OD_ELIMIT ? "a frame over the limit" : "garbage instead of a frame");
    in->size -= offset;
    if (in->size > 0 && offset > 0)
        memmove(in->bytes, in->bytes + offset, in->size);
}
