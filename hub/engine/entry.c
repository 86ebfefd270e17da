/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/entry.h"

#include <assert.h>
#include <string.h>

#include "journal/record.h"

#define WINDOW 64 /* entries that wake at a time */

struct engine_entries {
    uint64_t next[STORE_ENTRY_KINDS];
    engine_entry_due_cb on_due[STORE_ENTRY_KINDS];
    int64_t wake_next; /* UTC minute; INT64_MAX = none */
    bool is_waking;
    uint64_t watched; /* application, 0 = none */
    bool is_touched;  /* an entry of it was put since */
};

static const char *const names[ENGINE_ENTRY_KINDS] = {
    [ENGINE_ENTRY_MATERIAL] = "material",     [ENGINE_ENTRY_KEY] = "key",             [ENGINE_ENTRY_SESSION] = "session",
    [ENGINE_ENTRY_INQUIRY] = "inquiry",       [ENGINE_ENTRY_COMPLAINT] = "complaint", [ENGINE_ENTRY_EVALUATION] = "evaluation",
    [ENGINE_ENTRY_GRIEVANCE] = "grievance",   [ENGINE_ENTRY_PAYMENT] = "payment",     [ENGINE_ENTRY_PARCEL] = "parcel",
    [ENGINE_ENTRY_MESSAGE] = "message",       [ENGINE_ENTRY_CHECKPOINT] = "checkpoint", [ENGINE_ENTRY_REGISTER] = "register",
    [ENGINE_ENTRY_SCAN] = "scan",         [ENGINE_ENTRY_REFERENCE] = "reference",
    [ENGINE_ENTRY_DELIVERY] = "delivery",     [ENGINE_ENTRY_RESULT] = "result",
    [ENGINE_ENTRY_BATCH] = "batch",
    [ENGINE_ENTRY_ASSESSMENT] = "assessment",
    [ENGINE_ENTRY_TOLD] = "told",
    [ENGINE_ENTRY_CATALOG] = "catalog", [ENGINE_ENTRY_CANDIDATE] = "catalog_candidate",
    [ENGINE_ENTRY_REPEAT] = "repeat",
    [ENGINE_ENTRY_DELEGATION] = "delegation",
};

const char *engine_entry_kind_name(uint8_t kind)
{
    assert(kind > ENGINE_ENTRY_NONE && kind < ENGINE_ENTRY_KINDS);
    return names[kind];
}

uint64_t engine_entry_id(struct engine *engine, uint8_t kind)
{
    return engine->entries->next[kind]++;
}

static int64_t minute_now(const struct engine *engine)
{
    return engine->now.ms / 60000;
}

/* -- Writing -- */

static void put_quote(struct base_buffer *record, const struct store_entry *entry)
{
    uint8_t hash[BASE_HASH_SIZE];
    char text[2 * BASE_HASH_SIZE + 1];

    base_json_open(record, "entry", '{');
    base_json_put_text(record, "kind", engine_entry_kind_name(entry->kind));
    base_json_put_i64(record, "register", entry->kind); /* for whoever verifies without knowing the kinds' names */
    base_json_put_i64(record, "id", (int64_t)entry->id);
    base_json_put_i64(record, "revision", (int64_t)entry->revision + 1);
    base_json_put_i64(record, "state", entry->state);
    if (entry->body != NULL) {
        base_hash_pair(entry->salt, STORE_SALT_SIZE, entry->body, entry->body_size, hash);
        base_hex(hash, sizeof(hash), text);
        base_json_put_text(record, "hash", text);
    } else {
        base_json_put_null(record, "hash"); /* removed */
    }
    base_json_close(record, '}');
}

static void put_event(struct base_buffer *record, const struct engine *engine, const struct store_entry *entry,
                      const struct engine_entry_event *event)
{
    base_json_open(record, NULL, '{');
    journal_event_put_head(record, event->type, &engine->now, event->by);
    put_quote(record, entry);
    if (event->more != NULL) {
        base_buffer_put(record, ",", 1);
        base_buffer_put_text(record, event->more);
    }
    base_json_close(record, '}');
}

/* As the records of applications, and of the hub itself, look. */
static char *record_make(struct engine *engine, const struct store_entry *entry, const struct engine_entry_event *event, uint32_t *size)
{
    struct base_buffer record = {0};
    char *copy = NULL;

    if (entry->application != 0) {
        base_json_open(&record, NULL, '{');
        base_json_put_text(&record, "number", event->number);
        base_json_open(&record, "events", '[');
        put_event(&record, engine, entry, event);
        base_json_close(&record, ']');
        base_json_close(&record, '}');
    } else {
        put_event(&record, engine, entry, event);
    }
    if (!record.is_broken)
        copy = base_arena_text(&engine->filling->store->arena, record.bytes, record.size);
    *size = (uint32_t)record.size;
    base_buffer_fini(&record);
    return copy;
}

static struct store_entry *entry_copy(struct base_arena *arena, const struct store_entry *entry)
{
    struct store_entry *copy = base_arena_take(arena, sizeof(*copy));
    uint8_t *salt = base_arena_take(arena, STORE_SALT_SIZE);

    if (copy == NULL || salt == NULL)
        return NULL;
    *copy = *entry;
    base_random(salt, STORE_SALT_SIZE);
    copy->salt = salt;
    copy->name = entry->name != NULL ? base_arena_text(arena, entry->name, strlen(entry->name)) : NULL;
    copy->body = entry->body != NULL ? base_arena_text(arena, entry->body, entry->body_size) : NULL;
    if ((entry->name != NULL && copy->name == NULL) || (entry->body != NULL && copy->body == NULL))
        return NULL;
    return copy;
}

int engine_entry_put(struct engine *engine, const struct store_entry *entry, const struct engine_entry_event *event,
                     engine_call_cb on_stored, void *data)
{
    struct store_batch *batch = engine->filling->store;
    struct store_write write = {.kind = STORE_WRITE_ENTRY, .application = entry->application, .at_ms = engine->now.ms};

    assert(entry->kind > ENGINE_ENTRY_NONE && entry->kind < ENGINE_ENTRY_KINDS && entry->id > 0);
    assert(event == NULL || (entry->application == 0) == (event->number == NULL));
    if (!engine_batch_has_room(engine))
        return OD_EBUSY;
    struct store_entry *copy = entry_copy(&batch->arena, entry);
    if (copy == NULL)
        return OD_ENOMEM;
    write.entry = copy;
    if (event != NULL && (write.record = record_make(engine, copy, event, &write.record_size)) == NULL)
        return OD_ENOMEM;
    if (on_stored != NULL) {
        int rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_WRITE, .write = batch->count, .call = on_stored,
                                                               .data = data});
        if (rc != OD_OK)
            return rc;
    }
    batch->writes[batch->count++] = write;
    engine->entries->is_touched = engine->entries->is_touched || (entry->application != 0 && entry->application == engine->entries->watched);
    if (entry->body != NULL && entry->wake_minute < engine->entries->wake_next)
        engine->entries->wake_next = entry->wake_minute;
    return OD_OK;
}

static bool has_write_of(const struct engine_batch *batch, uint64_t application)
{
    for (uint32_t i = 0; batch != NULL && i < batch->store->count; i++)
        if (batch->store->writes[i].application == application)
            return true;
    return false;
}

void engine_entry_watch(struct engine *engine, uint64_t application)
{
    engine->entries->watched = application;
    engine->entries->is_touched = has_write_of(engine->filling, application) || has_write_of(engine->committing, application);
}

bool engine_entry_is_touched(const struct engine *engine)
{
    return engine->entries->is_touched;
}

/* -- Reading -- */

struct reading {
    uint8_t kind;
    char name[STORE_ENTRY_NAME_MAX + 1];
    bool is_named;
    struct store_entry entry; /* what it points to is in the job's arena */
    engine_entry_cb on_entry;
    struct engine_entry_page page;
    engine_entry_page_cb on_page;
    void *data;
};

static void read_one(struct engine_job *job, struct store_reader *reader)
{
    struct reading *reading = job->data;

    if (reading->is_named)
        job->rc = store_read_entry_named(reader, reading->kind, reading->name, &job->arena, &reading->entry);
    else
        job->rc = store_read_entry(reader, reading->kind, job->id, &job->arena, &reading->entry);
}

static void on_read_one(struct engine_job *job)
{
    struct reading *reading = job->data;

    reading->on_entry(job->engine, job->rc == OD_OK ? &reading->entry : NULL, job->rc, reading->data);
    base_free(reading);
}

static int start(struct engine *engine, struct engine_job *job, struct reading *reading)
{
    job->data = reading;
    int rc = reading != NULL ? engine_job_start(engine, job) : OD_ENOMEM;
    if (rc != OD_OK)
        base_free(reading);
    return rc;
}

int engine_entry_get(struct engine *engine, uint8_t kind, uint64_t id, const char *name, engine_entry_cb on_entry, void *data)
{
    struct reading *reading = base_alloc(sizeof(*reading));

    if (reading != NULL) {
        *reading = (struct reading){.kind = kind, .is_named = name != NULL, .on_entry = on_entry, .data = data};
        if (name != NULL && strlen(name) <= STORE_ENTRY_NAME_MAX)
            strcpy(reading->name, name); /* a longer one names nothing */
    }
    return start(engine, &(struct engine_job){.run = read_one, .on_done = on_read_one, .id = id}, reading);
}

static void read_page(struct engine_job *job, struct store_reader *reader)
{
    struct engine_entry_page *page = &((struct reading *)job->data)->page;

    page->entries = base_arena_take(&job->arena, page->room * sizeof(*page->entries));
    job->rc = page->entries == NULL ? OD_ENOMEM : store_read_entries(reader, &page->filter, &job->arena, page->entries, page->room,
                                                                     &page->count, &page->next);
}

static void on_read_page(struct engine_job *job)
{
    struct reading *reading = job->data;

    if (job->rc != OD_OK)
        reading->page.count = 0;
    reading->on_page(job->engine, &reading->page, job->rc, reading->data);
    base_free(reading);
}

int engine_entries_get(struct engine *engine, const struct store_entry_filter *filter, size_t room, engine_entry_page_cb on_page,
                       void *data)
{
    struct reading *reading = base_alloc(sizeof(*reading));

    assert(room > 0 && room <= BASE_PAGE_MAX);
    if (reading != NULL)
        *reading = (struct reading){.page = {.filter = *filter, .room = room}, .on_page = on_page, .data = data};
    return start(engine, &(struct engine_job){.run = read_page, .on_done = on_read_page}, reading);
}

/* -- Waking -- */

struct due {
    int64_t until, wake; /* wake: the earliest that is left */
    struct store_entry *entries;
    size_t count;
};

void engine_entry_on_due(struct engine *engine, uint8_t kind, engine_entry_due_cb on_due)
{
    assert(kind > ENGINE_ENTRY_NONE && kind < ENGINE_ENTRY_KINDS);
    engine->entries->on_due[kind] = on_due;
}

static void read_due(struct engine_job *job, struct store_reader *reader)
{
    struct due *due = job->data;

    due->entries = base_arena_take(&job->arena, WINDOW * sizeof(*due->entries));
    job->rc = due->entries == NULL ? OD_ENOMEM
                                   : store_read_entries_due(reader, due->until, &job->arena, due->entries, WINDOW, &due->count);
    if (job->rc == OD_OK)
        job->rc = store_read_entry_wake(reader, &due->wake);
}

/* What was put meanwhile has said its wake; the store is asked for the others. What is still due is looked at once a
 * minute, unless the window was full of what has been put anew by now. */
static void on_settled(struct engine *engine, void *data, int rc)
{
    struct due *due = data;
    struct engine_entries *entries = engine->entries;
    int64_t wake = due->wake;

    entries->is_waking = false;
    if (wake <= due->until)
        wake = rc == OD_OK && due->count > 0 ? minute_now(engine) : minute_now(engine) + 1;
    if (wake < entries->wake_next)
        entries->wake_next = wake;
    base_free(due);
    engine_entries_run(engine); /* the next window, when it is due: a midnight wakes many */
}

static void on_due(struct engine_job *job)
{
    struct due *due = job->data;
    struct engine *engine = job->engine;
    size_t done = 0;

    engine->entries->wake_next = INT64_MAX;
    if (job->rc != OD_OK)
        due->count = 0;
    for (size_t i = 0; i < due->count; i++) {
        engine_entry_due_cb on_kind = engine->entries->on_due[due->entries[i].kind];
        uint32_t before = engine->filling->store->count;

        if (on_kind != NULL)
            on_kind(engine, &due->entries[i]);
        done += engine->filling->store->count != before; /* one that waits for something else is looked at again in a minute */
    }
    due->count = done;
    if (job->rc != OD_OK)
        due->wake = due->until;
    if (done == 0 || engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_settled, .data = due}) != OD_OK)
        on_settled(engine, due, OD_EBUSY);
}

void engine_entries_run(struct engine *engine)
{
    struct engine_entries *entries = engine->entries;
    struct due *due;

    if (entries->is_waking || engine->is_stopping || entries->wake_next > minute_now(engine))
        return;
    due = base_alloc(sizeof(*due));
    if (due == NULL)
        return;
    *due = (struct due){.until = minute_now(engine), .wake = INT64_MAX};
    entries->is_waking = true;
    if (engine_job_start(engine, &(struct engine_job){.run = read_due, .on_done = on_due, .data = due}) != OD_OK) {
        base_free(due);
        entries->is_waking = false;
    }
}

bool engine_entries_are_quiet(const struct engine *engine)
{
    return !engine->entries->is_waking && engine->entries->wake_next > minute_now(engine);
}

int engine_entries_start(struct engine *engine)
{
    engine->entries = base_alloc(sizeof(*engine->entries));
    if (engine->entries == NULL)
        return OD_ENOMEM;
    for (uint8_t kind = 1; kind < STORE_ENTRY_KINDS; kind++)
        engine->entries->next[kind] = store_entry_next(engine->store, kind);
    return OD_OK; /* wake_next 0: what fell due while the hub was away comes with the first tick */
}

void engine_entries_fini(struct engine *engine)
{
    base_free(engine->entries);
    engine->entries = NULL;
}
