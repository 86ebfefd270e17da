/* SPDX-License-Identifier: Apache-2.0 */
/* Telling what happened, after it is durable: event streams of one application or of
 * all (CloudEvents 1.0), and the gateway's feed. The journal is the truth, the feed a
 * view of it: a stream that is behind reads the journal until it has caught up. */
#include "engine/paging.h"

#include <stdio.h>
#include <string.h>

#define WORD_MAX 32

struct engine_stream {
    struct base_list node;
    struct engine *engine;
    struct front_stream *stream; /* NULL once the client is gone */
    uint64_t application;        /* 0 = all */
    uint64_t last_seq;           /* told */
    uint64_t told_at_read;       /* engine.journal_told when the read under way began */
    bool is_behind, is_reading;
    char type[WORD_MAX];         /* only events of this type; "" = all */
};

/* Members of a journal event that no reader outside needs. */
static bool is_inner(const char *key)
{
    static const char *const inner[] = {"type", "at_ms", "day", "minute", "task"};

    for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
        if (strcmp(key, inner[i]) == 0)
            return true;
    return false;
}

static void put_task(struct base_buffer *buffer, const struct base_json *event, const char *number)
{
    int64_t task;

    if (number == NULL || base_json_i64(base_json_member(event, "task"), 0, CORE_TASKS_MAX - 1, &task) != OD_OK)
        return;
    char id[BASE_NUMBER_SIZE + 4];
    snprintf(id, sizeof(id), "%s.%lld", number, (long long)task + 1);
    base_json_put_text(buffer, "task", id);
}

static void put_event(struct base_buffer *buffer, const struct store_record *record, const struct base_json *root,
                      const struct base_json *event)
{
    int64_t at_ms = record->at_ms;

    if (base_json_i64(base_json_member(event, "at_ms"), 0, INT64_MAX / 2, &at_ms) != OD_OK)
        at_ms = record->at_ms;
    base_json_open(buffer, NULL, '{');
    base_json_put_i64(buffer, "seq", (int64_t)record->seq);
    engine_put_ms(buffer, "at", at_ms);
    base_json_put_text(buffer, "type", base_json_member_text(event, "type"));
    base_json_put_text(buffer, "number", base_json_member_text(root, "number"));
    base_json_put_text(buffer, "status", base_json_member_text(root, "status"));
    put_task(buffer, event, base_json_member_text(root, "number"));
    for (const struct base_json *member = base_json_first(event); member != NULL; member = base_json_next(member))
        if (!is_inner(base_json_key(member)))
            base_json_put(buffer, base_json_key(member), member);
    base_json_close(buffer, '}');
}

static struct base_json *parse(const struct store_record *record)
{
    struct base_json_error error;
    struct base_json *root = NULL;

    if (base_json_parse(record->record, record->size, &root, &error) != OD_OK)
        return NULL;
    return root;
}

void engine_put_record_events(struct base_buffer *buffer, const struct store_record *record, struct engine_page *page)
{
    struct base_json *root = parse(record);

    for (const struct base_json *event = base_json_first(base_json_member(root, "events")); event != NULL;
         event = base_json_next(event))
        if (engine_page_meets(page))
            put_event(buffer, record, root, event);
    base_json_destroy(root);
}

/* CloudEvents 1.0: no personal data, a hint with the number to ask about. */
static void put_cloud_event(struct base_buffer *buffer, const struct store_record *record, const struct base_json *root,
                            const struct base_json *event, unsigned index)
{
    char text[64];

    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "specversion", "1.0");
    snprintf(text, sizeof(text), "%llu.%u", (unsigned long long)record->seq, index);
    base_json_put_text(buffer, "id", text);
    base_json_put_text(buffer, "source", "/v1/applications");
    snprintf(text, sizeof(text), "onedoor.application.%.32s", base_json_member_text(event, "type"));
    base_json_put_text(buffer, "type", text);
    base_json_put_text(buffer, "subject", base_json_member_text(root, "number"));
    engine_put_ms(buffer, "time", record->at_ms);
    base_json_put_text(buffer, "datacontenttype", "application/json");
    base_json_open(buffer, "data", '{');
    base_json_put_text(buffer, "number", base_json_member_text(root, "number"));
    base_json_put_text(buffer, "status", base_json_member_text(root, "status"));
    put_task(buffer, event, base_json_member_text(root, "number"));
    base_json_put_text(buffer, "department", base_json_member_text(event, "department"));
    base_json_put_text(buffer, "opinion", base_json_member_text(event, "opinion"));
    base_json_put_text(buffer, "outcome", base_json_member_text(event, "outcome"));
    base_json_close(buffer, '}');
    base_json_close(buffer, '}');
}

static bool is_wanted(const struct engine_stream *stream, const char *type)
{
    return type != NULL && (stream->type[0] == '\0' || strcmp(stream->type, type) == 0);
}

/* The last event of a record that is wanted; only it carries the record's id, so that a client that
 * breaks off within a record gets the whole record again and misses none of it. */
static const struct base_json *last_wanted(const struct engine_stream *stream, const struct base_json *events)
{
    const struct base_json *last = NULL;

    for (const struct base_json *event = base_json_first(events); event != NULL; event = base_json_next(event))
        if (is_wanted(stream, base_json_member_text(event, "type")))
            last = event;
    return last;
}

static void tell_record(struct engine_stream *stream, const struct store_record *record, const struct base_json *root)
{
    const struct base_json *events = base_json_member(root, "events"), *last = last_wanted(stream, events);
    struct base_buffer *line = &stream->engine->scratch;
    unsigned index = 0;

    for (const struct base_json *event = base_json_first(events); event != NULL && stream->stream != NULL;
         event = base_json_next(event), index++) {
        const char *type = base_json_member_text(event, "type");

        if (!is_wanted(stream, type))
            continue;
        base_buffer_clear(line);
        if (stream->application != 0)
            put_event(line, record, root, event);
        else
            put_cloud_event(line, record, root, event, index);
        if (!line->is_broken)
            front_stream_put(stream->stream, event == last ? record->seq : 0, type, line->bytes, line->size);
    }
}

/* -- Live -- */

static bool may_matter(const struct engine_stream *stream, const struct store_record *record)
{
    char wanted[WORD_MAX + 16];

    if (stream->stream == NULL || stream->is_behind || record->seq <= stream->last_seq ||
        (stream->application != 0 && stream->application != record->application))
        return false;
    if (stream->type[0] == '\0')
        return true;
    int size = snprintf(wanted, sizeof(wanted), "\"type\":\"%s\"", stream->type);
    return memmem(record->record, record->size, wanted, (size_t)size) != NULL;
}

static void publish(struct engine *engine, const struct store_record *record, const struct base_json *root)
{
    const char *number = base_json_member_text(root, "number");
    char topic[BASE_NUMBER_SIZE + sizeof("application. ")];
    unsigned index = 0;

    for (const struct base_json *event = base_json_first(base_json_member(root, "events")); event != NULL && number != NULL;
         event = base_json_next(event), index++) {
        snprintf(topic, sizeof(topic), "application.%s ", number);
        base_buffer_clear(&engine->scratch);
        put_cloud_event(&engine->scratch, record, root, event, index);
        if (!engine->scratch.is_broken)
            front_gateway_publish(engine->gateway, topic, engine->scratch.bytes, engine->scratch.size);
    }
}

static void feed_record(struct engine *engine, const struct store_record *record)
{
    struct base_json *root = NULL;

    for (struct base_list *node = engine->streams.next, *next; node != &engine->streams; node = next) {
        struct engine_stream *stream = BASE_LIST_ENTRY(node, struct engine_stream, node);

        next = node->next;
        if (!may_matter(stream, record))
            continue;
        if (root == NULL)
            root = parse(record);
        stream->last_seq = record->seq;
        tell_record(stream, record, root);
    }
    if (engine->gateway != NULL && (root != NULL || (root = parse(record)) != NULL))
        publish(engine, record, root);
    base_json_destroy(root);
}

void engine_feed_batch(struct engine *engine, struct engine_batch *batch)
{
    bool has_listeners = !base_list_is_empty(&engine->streams) || engine->gateway != NULL;

    for (uint32_t i = 0; i < batch->store->count; i++) {
        const struct store_write *write = &batch->store->writes[i];

        if (write->journal_seq == 0 || write->rc != OD_OK)
            continue;
        engine->journal_told = write->journal_seq;
        if (has_listeners && write->application != 0)
            feed_record(engine, &(struct store_record){.seq = write->journal_seq, .application = write->application,
                                                       .at_ms = write->at_ms, .record = write->record,
                                                       .size = write->record_size});
    }
}

void engine_feed_connector(struct engine *engine, const char *id, const char *state)
{
    struct base_buffer body = {0};
    char topic[BASE_ID_MAX + sizeof("connector. ")];

    if (engine->gateway == NULL)
        return;
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "specversion", "1.0");
    base_json_put_text(&body, "type", "onedoor.connector.state");
    base_json_put_text(&body, "source", "/v1/connectors");
    base_json_put_text(&body, "subject", id);
    engine_put_ms(&body, "time", engine->now.ms);
    base_json_put_text(&body, "state", state);
    base_json_close(&body, '}');
    snprintf(topic, sizeof(topic), "connector.%s ", id);
    if (!body.is_broken)
        front_gateway_publish(engine->gateway, topic, body.bytes, body.size);
    base_buffer_fini(&body);
}

/* -- Catching up -- */

struct catch_up {
    struct engine_stream *stream;
    struct store_record *records;
    struct store_record window[ENGINE_WINDOW];
    size_t count;
};

static void read_behind(struct engine_job *job, struct store_reader *reader)
{
    struct catch_up *catch_up = job->data;
    const struct engine_stream *stream = catch_up->stream;

    if (stream->application != 0) {
        job->rc = store_read_history(reader, stream->application, stream->last_seq, &job->arena, &catch_up->records, &catch_up->count);
    } else {
        job->rc = store_read_journal(reader, stream->last_seq, &job->arena, catch_up->window, ENGINE_WINDOW, &catch_up->count);
        catch_up->records = catch_up->window;
    }
}

static void stream_free(struct engine_stream *stream)
{
    base_list_remove(&stream->node);
    base_free(stream);
}

static void catch_up_start(struct engine_stream *stream);

static void on_behind(struct engine_job *job)
{
    struct catch_up *catch_up = job->data;
    struct engine_stream *stream = catch_up->stream;

    stream->is_reading = false;
    for (size_t i = 0; job->rc == OD_OK && i < catch_up->count && stream->stream != NULL; i++) {
        struct base_json *root = parse(&catch_up->records[i]);

        stream->last_seq = catch_up->records[i].seq;
        if (root != NULL)
            tell_record(stream, &catch_up->records[i], root);
        base_json_destroy(root);
    }
    bool is_done = job->rc == OD_ENOTFOUND || catch_up->count == 0 || stream->application != 0;
    base_free(catch_up);
    if (stream->stream == NULL)
        stream_free(stream);
    else if (is_done && stream->told_at_read == stream->engine->journal_told)
        stream->is_behind = false;
    else
        catch_up_start(stream);
}

static void catch_up_start(struct engine_stream *stream)
{
    struct catch_up *catch_up = base_alloc(sizeof(*catch_up));
    int rc = OD_ENOMEM;

    stream->is_behind = true;
    stream->told_at_read = stream->engine->journal_told;
    if (catch_up != NULL) {
        catch_up->stream = stream;
        rc = engine_job_start(stream->engine, &(struct engine_job){.run = read_behind, .on_done = on_behind, .data = catch_up});
    }
    stream->is_reading = rc == OD_OK;
    if (rc != OD_OK) {
        base_free(catch_up);
        front_stream_end(stream->stream); /* the client comes again with Last-Event-ID */
    }
}

static void on_gone(void *owner_data)
{
    struct engine_stream *stream = owner_data;

    stream->stream = NULL;
    if (!stream->is_reading)
        stream_free(stream);
}

void engine_feed_start(struct engine *engine, struct front_request *request, uint64_t application)
{
    struct engine_stream *stream = base_alloc(sizeof(*stream));
    const char *type = front_query(request, "type");

    if (stream == NULL || (type != NULL && strlen(type) >= WORD_MAX)) {
        base_free(stream);
        front_answer_problem(request, stream == NULL ? FRONT_UNAVAILABLE : FRONT_INVALID, NULL, NULL, 0);
        return;
    }
    base_list_init(&stream->node);
    stream->engine = engine;
    stream->application = application;
    stream->last_seq = request->last_event_id != 0 || application != 0 ? request->last_event_id : engine->journal_told;
    snprintf(stream->type, sizeof(stream->type), "%s", type != NULL ? type : "");
    bool is_behind = stream->last_seq < engine->journal_told;
    if (front_stream_start(request, on_gone, stream, &stream->stream) != OD_OK) {
        base_free(stream);
        front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
        return;
    }
    base_list_append(&engine->streams, &stream->node);
    if (is_behind)
        catch_up_start(stream);
}
