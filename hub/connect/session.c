/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of one session: hello first, then poll, report, service, bye.
 * Source: docs/connectors/protocol.md. */
#include "connect/inside.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PROTOCOL 1

static void break_off(struct connect_session *session, const char *reason)
{
    session->is_broken = true;
    session->link->connect->figures.frames_refused++;
    connect_session_fail(session, "broke the protocol: %s", reason);
}

/* One request cannot be read: of a stream, nothing after it can be either. */
static void refuse_broken(struct connect_session *session, const struct base_frame *frame, const char *reason)
{
    if (session->carrier->is_by_request)
        connect_session_refuse(session, frame, "malformed", reason);
    else
        break_off(session, reason);
}

bool connect_session_is_open(const struct connect_session *session)
{
    return session != NULL && session->stage >= CONNECT_STAGE_OPENING &&
           session->stage <= CONNECT_STAGE_READY && !session->is_failing && !session->is_ended;
}

static size_t reply_begin(struct connect_session *session, const struct base_frame *request)
{
    struct base_frame reply = {
        .kind = request->kind,
        .flags = BASE_FRAME_REPLY,
        .id = request->id,
        .epoch = session->epoch,
    };

    return base_frame_begin(&session->out, &reply);
}

static void reply_end(struct connect_session *session, size_t at)
{
    base_frame_end(&session->out, at, 0);
    connect_dirty(session->link);
}

void connect_session_refuse(struct connect_session *session, const struct base_frame *frame,
                            const char *code, const char *detail)
{
    size_t at = reply_begin(session, frame);

    base_json_open(&session->out, NULL, '{');
    base_json_open(&session->out, "error", '{');
    base_json_put_text(&session->out, "code", code);
    base_json_put_text(&session->out, "detail", detail);
    base_json_close(&session->out, '}');
    base_json_close(&session->out, '}');
    reply_end(session, at);
}

/* The code that it loaded, where it says so, must be the code that was verified. */
static bool is_other_code(const struct connect_link *link, const struct base_json *hello)
{
    const char *said = base_json_member_text(hello, "module_hash");
    char hash[2 * BASE_HASH_SIZE + 1];

    base_hex(link->identity.module, BASE_HASH_SIZE, hash);
    return said != NULL && strcmp(said, hash) != 0;
}

/* NULL when the hello fits this link; else what is wrong, written into text. */
static const char *check_hello(const struct connect_link *link, const struct base_json *hello,
                               char *text, size_t size)
{
    const struct {
        const char *name, *expected;
    } names[] = {
        {"connector", link->id}, {"module", link->manifest.id}, {"version", link->manifest.version}};
    const struct base_json *lowest = base_json_first(base_json_member(hello, "protocol"));
    int64_t min, max;

    if (base_json_i64(lowest, 0, INT32_MAX, &min) != OD_OK ||
        base_json_i64(base_json_next(lowest), 0, INT32_MAX, &max) != OD_OK)
        return "protocol is not [lowest, highest]";
    if (min > PROTOCOL || max < PROTOCOL) {
        snprintf(text, size, "the hub speaks protocol %d, the host %" PRId64 " to %" PRId64, PROTOCOL, min, max);
        return text;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *said = base_json_member_text(hello, names[i].name);
        if (said == NULL || strcmp(said, names[i].expected) != 0) {
            snprintf(text, size, "%s is \"%.64s\", expected \"%s\"", names[i].name, said != NULL ? said : "",
                     names[i].expected);
            return text;
        }
    }
    return is_other_code(link, hello) ? "module_hash is not that of the module that was verified" : NULL;
}

void connect_session_put_welcome(struct base_buffer *out, const struct connect_link *link, uint32_t epoch)
{
    struct connect *connect = link->connect;
    bool is_virtual = false;
    int64_t now_ms = connect->options.callbacks.now_ms(connect->options.owner, &is_virtual);
    char name[BASE_ID_MAX + 16];

    snprintf(name, sizeof(name), "%s.%" PRIu32, link->id, epoch);
    base_json_open(out, NULL, '{');
    base_json_put_i64(out, "protocol", PROTOCOL);
    base_json_put_text(out, "session", name);
    base_json_put_i64(out, "epoch", epoch);
    base_json_put_raw(out, "config", link->config, link->config_size);
    base_json_open(out, "limits", '{');
    base_json_put_i64(out, "credits", link->manifest.credits);
    base_json_put_i64(out, "frame", BASE_FRAME_MAX);
    base_json_put_i64(out, "checkpoint", BASE_CHECKPOINT_MAX);
    if (link->remote != NULL)
        base_json_put_i64(out, "lease_ms", link->remote->lease_ms);
    base_json_close(out, '}');
    if (link->remote == NULL)
        base_json_put_i64(out, "watchdog_ms", connect->options.watchdog_ms);
    base_json_put_i64(out, "now_ms", now_ms);
    base_json_put_bool(out, "virtual", is_virtual);
    base_json_close(out, '}');
}

static void put_welcome(struct connect_session *session, const struct base_frame *frame)
{
    int64_t now_ms = connect_now_ms(session->link->connect);
    size_t at = reply_begin(session, frame);

    connect_session_put_welcome(&session->out, session->link, session->epoch);
    reply_end(session, at);
    session->time_seen = now_ms > 0 ? (uint64_t)now_ms : 0;
}

static void take_tier(struct connect_link *link, const struct base_json *hello)
{
    const char *tier = base_json_member_text(hello, "tier");

    snprintf(link->tier, sizeof(link->tier), "%.31s", tier != NULL ? tier : "plain");
    for (char *byte = link->tier; *byte != '\0'; byte++)
        if ((*byte < 'a' || *byte > 'z') && *byte != '-' && (*byte < '0' || *byte > '9'))
            *byte = '?';
}

static void take_hello(struct connect_session *session, const struct base_frame *frame)
{
    struct connect_link *link = session->link;
    struct base_json_error error;
    struct base_json *hello = NULL;
    char text[256];

    if (base_json_parse(frame->payload, frame->length, &hello, &error) != OD_OK) {
        break_off(session, "hello is not JSON");
        return;
    }
    const char *fault = check_hello(link, hello, text, sizeof(text));
    if (fault == NULL)
        take_tier(link, hello);
    base_json_destroy(hello);
    if (fault != NULL) {
        connect_session_refuse(session, frame, "mismatch", fault);
        session->carrier->flush(session);
        connect_session_fail(session, "hello was refused: %s", fault);
        return;
    }
    session->epoch = link->connect->options.callbacks.take_epoch(link->connect->options.owner);
    assert(session->epoch != 0);
    session->stage = CONNECT_STAGE_OPENING;
    session->beats_ms = uv_now(link->connect->loop);
    link->connect->figures.sessions++;
    put_welcome(session, frame);
    connect_life_greeted(link);
}

static int read_poll(struct connect_session *session, const struct base_frame *frame, uint64_t *ack,
                     bool *is_ready)
{
    uint64_t beats = 0, time_seen = 0;
    const struct connect_field fields[] = {
        {.name = "ack", .number = ack, .is_required = true},
        {.name = "want", .number = &session->want, .is_required = true},
        {.name = "open", .number = &session->open},
        {.name = "beats", .number = &beats},
        {.name = "busy_ms", .number = &session->busy_ms},
        {.name = "ready", .is_true = is_ready},
        {.name = "time_seen", .number = &time_seen},
    };
    struct base_json_error error;

    if (frame->count != 0)
        return OD_EPEER;
    int rc = base_json_check(frame->payload, frame->length, &error);
    if (rc == OD_OK)
        rc = connect_fields_read(frame->payload, frame->length, fields, sizeof(fields) / sizeof(fields[0]));
    /* Of the time before a clock that was set back (an empty store's virtual one) a poll may still tell. */
    bool is_past = time_seen <= (uint64_t)connect_now_ms(session->link->connect);
    if (rc == OD_OK && is_past && time_seen > session->time_seen)
        session->time_seen = time_seen; /* a host that was greeted later than the jump never sees it as an item */
    return rc;
}

/* The one poll of the session, again or anew. False: it was answered, or is awaited, before. */
static bool is_new_poll(struct connect_session *session, const struct base_frame *frame)
{
    if (frame->id > session->poll_id)
        return true;
    if (frame->id < session->poll_id)
        connect_session_refuse(session, frame, "stale", "a later poll was answered");
    else if (!session->is_polling)
        connect_outbox_answer(session, session->poll_seq_last);
    return false;
}

static void take_poll(struct connect_session *session, const struct base_frame *frame)
{
    struct connect_link *link = session->link;
    uint32_t room_before = connect_room(link);
    uint64_t ack = 0;
    bool is_ready = false;

    if (!is_new_poll(session, frame))
        return;
    if (session->is_polling)
        connect_outbox_answer(session, 0); /* it gave the earlier one up */
    if (read_poll(session, frame, &ack, &is_ready) != OD_OK) {
        refuse_broken(session, frame, "a poll that cannot be read");
        return;
    }
    if (connect_outbox_ack(session, ack) != OD_OK) {
        refuse_broken(session, frame, "an item was acknowledged that was never sent");
        return;
    }
    if (session->carrier->is_by_request && session->seq_acked == session->seq_put)
        session->time_seen = (uint64_t)connect_now_ms(link->connect); /* it has taken the `time` item too */
    session->poll_id = frame->id;
    session->is_polling = true;
    session->poll_at_ms = uv_now(link->connect->loop);
    if (is_ready && session->stage == CONNECT_STAGE_OPENING)
        connect_life_ready(link);
    else if (connect_room(link) > room_before || session->is_put_refused)
        connect_later(link, CONNECT_TELL_ROOM);
    connect_later_time(link->connect);
    connect_dirty(link);
}

static void take_bye(struct connect_session *session, const struct base_frame *frame)
{
    struct base_json_error error;
    struct base_json *bye = NULL;
    const char *reason = NULL;

    if (base_json_parse(frame->payload, frame->length, &bye, &error) == OD_OK)
        reason = base_json_member_text(bye, "reason");
    reply_end(session, reply_begin(session, frame));
    session->carrier->flush(session);
    session->stage = CONNECT_STAGE_LEFT;
    connect_session_fail(session, "said bye: %.200s", reason != NULL ? reason : "without a reason");
    base_json_destroy(bye);
}

static void take_greeting(struct connect_session *session, const struct base_frame *frame)
{
    if (frame->kind == BASE_FRAME_HELLO && frame->count == 0)
        take_hello(session, frame);
    else if (frame->kind == BASE_FRAME_BYE)
        take_bye(session, frame); /* the module could not be opened */
    else
        break_off(session, "the first request was no hello");
}

void connect_session_take(struct connect_session *session, const struct base_frame *frame)
{
    static void (*const takers[])(struct connect_session *, const struct base_frame *) = {
        [BASE_FRAME_POLL] = take_poll,
        [BASE_FRAME_REPORT] = connect_report_take,
        [BASE_FRAME_SERVICE] = connect_service_take,
        [BASE_FRAME_BYE] = take_bye,
    };

    session->heard_ms = uv_now(session->link->connect->loop);
    if (session->is_failing && (frame->kind != BASE_FRAME_REPORT || session->stage < CONNECT_STAGE_OPENING))
        return; /* of a session that ends, reports alone still count */
    if ((frame->flags & BASE_FRAME_REPLY) != 0)
        break_off(session, "a reply to nothing");
    else if (session->stage == CONNECT_STAGE_GREETING)
        take_greeting(session, frame);
    else if (frame->epoch != session->epoch)
        break_off(session, "a frame with the epoch of another session");
    else if (frame->kind == BASE_FRAME_HELLO)
        break_off(session, "a second hello");
    else if (frame->kind >= sizeof(takers) / sizeof(takers[0]))
        connect_session_refuse(session, frame, "unsupported", "no such request");
    else
        takers[frame->kind](session, frame);
}

static uint64_t later_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

const char *connect_session_find_hang(struct connect_session *session, uint64_t now_ms)
{
    const struct connect_options *options = &session->link->connect->options;
    uint64_t watchdog_ms = options->watchdog_ms;
    uint64_t since_ms = session->flight->since_ms, beats = session->flight->beats;

    if (beats != session->beats) {
        session->beats = beats;
        session->beats_ms = now_ms;
        session->busy_ms = 0; /* it was told by a poll, and that callback has returned since */
    }
    if (since_ms != 0 && now_ms > later_of(since_ms, session->judged_from_ms) + watchdog_ms)
        return "a callback did not return";
    if (session->busy_ms > watchdog_ms)
        return "a callback did not return";
    if (beats != 0 && now_ms > later_of(session->beats_ms, session->judged_from_ms) + watchdog_ms + CONNECT_BEAT_MS)
        return "its thread stood still";
    if (now_ms > later_of(session->heard_ms, session->judged_from_ms) + watchdog_ms + options->times.poll_ms)
        return "no frame came";
    return NULL;
}

void connect_session_watch(struct connect_session *session, uint64_t now_ms)
{
    struct connect *connect = session->link->connect;

    if (!connect_session_is_open(session))
        return;
    if (session->is_polling && now_ms + connect->watch_period_ms >= session->poll_at_ms + session->poll_ms)
        connect_outbox_answer(session, 0);
    const char *fault = session->carrier->find_fault(session, now_ms);
    if (fault == NULL)
        return;
    if (session->carrier->is_by_request) {
        connect_session_fail(session, "%s within its lease of %u ms", fault, (unsigned)session->link->remote->lease_ms);
        return;
    }
    connect->figures.hangs_killed++;
    connect_session_fail(session, "hung (%s within %u ms)", fault, (unsigned)connect->options.watchdog_ms);
}
