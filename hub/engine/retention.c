/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/retention.h"

#include <stdio.h>

#include "engine/entry.h"
#include "evidence/content.h"

#define WINDOW 32     /* applications, or entries, at a time */
#define STRETCH 16384 /* application numbers that one read looks at */
#define PAUSE_MS 60000 /* after one that failed */
#define YEAR_DAYS_MS (INT64_C(86400000) * 36525 / 100)

/* Registers that hold personal data; the others stay: keys, checkpoints, payments, decisions that are published. Contents of
 * documents stay, too: several applications may have the same one, and nothing says which. */
static const uint8_t personal[] = {ENGINE_ENTRY_INQUIRY, ENGINE_ENTRY_COMPLAINT, ENGINE_ENTRY_EVALUATION, ENGINE_ENTRY_GRIEVANCE,
                                   ENGINE_ENTRY_PARCEL, ENGINE_ENTRY_MESSAGE};

/* One day's walk: the applications, then each register. */
struct walk {
    int64_t before_ms;
    uint64_t after;      /* application or entry */
    uint64_t last_seq;   /* of before before_ms */
    size_t registers;    /* walked; counted from 0 once the applications are */
    bool is_of_entries, is_at_end;
    uint64_t applications[WINDOW];
    struct store_entry *entries; /* in the job's arena */
    size_t count, at;
};

struct engine_retention {
    core_day day;   /* last walked on */
    bool is_walking, is_unfinished;
    int64_t pause_until_ms; /* monotonic */
    struct walk walk;
    uint64_t erased; /* applications, since start */
};

int engine_retention_start(struct engine *engine)
{
    engine->retention = base_alloc(sizeof(*engine->retention));
    return engine->retention != NULL ? OD_OK : OD_ENOMEM;
}

void engine_retention_fini(struct engine *engine)
{
    base_free(engine->retention);
    engine->retention = NULL;
}

/* -- One application -- */

static bool is_personal(uint8_t kind)
{
    for (size_t i = 0; i < sizeof(personal); i++)
        if (personal[i] == kind)
            return true;
    return false;
}

/* Gone from the register; the journal keeps its hashes. */
static int entry_erase(struct engine *engine, const struct store_entry *entry, const char *number)
{
    struct store_entry gone = *entry;
    char more[64];

    gone.body = NULL;
    gone.body_size = 0;
    gone.wake_minute = INT64_MAX;
    snprintf(more, sizeof(more), "\"documents_years\":%d", catalog_documents_years(engine->catalog));
    return engine_entry_put(engine, &gone, &(struct engine_entry_event){.type = "entry_erased", .by = "clock", .number = number, .more = more},
                            NULL, NULL);
}

/* What of its texts came from the applicant. */
static void texts_erase(struct engine_application *application)
{
    static const enum engine_text_kind kinds[] = {ENGINE_TEXT_REASON, ENGINE_TEXT_REASON_TEXTS, ENGINE_TEXT_NOTE};

    for (unsigned task = 0; task < application->service->matter_count; task++)
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
            (void)!engine_text_set(engine_task_text(application, task, kinds[i]), NULL, 0);
    (void)!engine_text_set(&application->answers, NULL, 0);
    (void)!engine_text_set(&application->document, NULL, 0);
    base_json_destroy(application->document_tree);
    application->document_tree = NULL;
    application->tree_size = 0;
}

static int application_erase(struct engine *engine, struct engine_application *application)
{
    struct store_write *write;
    char details[64];

    if (core_application_is_open(application->core))
        return OD_OK; /* something happened meanwhile */
    snprintf(details, sizeof(details), "\"documents_years\":%d", catalog_documents_years(engine->catalog));
    int rc = engine_note(engine, application, EVIDENCE_ERASED, CORE_TASKS_MAX, "clock", details);
    if (rc == OD_OK)
        rc = engine_write_get(engine, application, &write);
    if (rc != OD_OK)
        return rc;
    write->erases_document = true;
    texts_erase(application);
    engine->retention->erased++;
    return OD_OK;
}

/* -- The walk -- */

static void finish(struct engine *engine, int rc)
{
    struct engine_retention *retention = engine->retention;

    retention->is_walking = false;
    retention->is_unfinished = rc != OD_OK;
    if (rc != OD_OK)
        retention->pause_until_ms = base_monotonic_ms() + PAUSE_MS;
}

static void window_start(struct engine *engine);

static void on_durable(struct engine *engine, void *data, int rc)
{
    struct walk *walk = &engine->retention->walk;

    (void)data;
    if (rc != OD_OK || engine->is_stopping)
        finish(engine, engine->is_stopping ? OD_OK : rc);
    else if (walk->is_at_end)
        finish(engine, OD_OK);
    else
        window_start(engine);
}

static void window_end(struct engine *engine)
{
    if (engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_durable}) != OD_OK)
        finish(engine, OD_ENOMEM);
}

static void next_application(struct engine *engine);

struct own {
    uint64_t application;
    char number[BASE_NUMBER_SIZE];
};

static void read_own(struct engine *engine, struct own *own);

/* All of them at once with the document, or nothing: a record of today makes the application young again. */
static bool has_room(const struct engine *engine, size_t count)
{
    return engine->filling->store->count + count + 1 <= STORE_BATCH_WRITES_MAX;
}

static void on_more(struct engine *engine, void *data, int rc)
{
    struct own *own = data;

    if (rc == OD_OK && !engine->is_stopping) {
        read_own(engine, own);
        return;
    }
    base_free(own);
    finish(engine, rc == OD_OK ? OD_ECANCELLED : rc);
}

static int own_erase(struct engine *engine, const struct engine_entry_page *page, const struct own *own, size_t *count)
{
    int rc = has_room(engine, page->count) ? OD_OK : OD_EBUSY;

    *count = 0;
    for (size_t i = 0; rc == OD_OK && i < page->count; i++) {
        if (!is_personal(page->entries[i].kind))
            continue;
        rc = entry_erase(engine, &page->entries[i], own->number);
        ++*count;
    }
    return rc;
}

static void on_own(struct engine *engine, const struct engine_entry_page *page, int rc, void *data)
{
    struct own *own = data;
    struct engine_deed more = {.kind = ENGINE_DEED_CALL, .call = on_more, .data = own};
    size_t count = 0;

    if (rc == OD_OK)
        rc = own_erase(engine, page, own, &count);
    bool is_more = rc == OD_OK && page->count == BASE_PAGE_MAX && count > 0;
    if (is_more && engine_deed_add(engine, &more) == OD_OK)
        return;
    struct engine_application *application = engine_application_find(engine, own->application);
    if (rc == OD_OK && application != NULL)
        rc = application_erase(engine, application);
    base_free(own);
    if (rc == OD_OK)
        next_application(engine);
    else
        finish(engine, rc);
}

static void read_own(struct engine *engine, struct own *own)
{
    const struct store_entry_filter filter = {.state = -1, .department = -1, .application = own->application, .before = UINT64_MAX};
    int rc = engine_entries_get(engine, &filter, BASE_PAGE_MAX, on_own, own);

    if (rc != OD_OK) {
        base_free(own);
        finish(engine, rc);
    }
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct own *own = rc == OD_OK ? base_alloc(sizeof(*own)) : NULL;

    (void)data;
    if (own == NULL) {
        finish(engine, rc == OD_OK ? OD_ENOMEM : rc);
        return;
    }
    own->application = application->id;
    base_number_format(application->id, application->core->received_day, own->number);
    read_own(engine, own);
}

static void next_application(struct engine *engine)
{
    struct walk *walk = &engine->retention->walk;

    if (walk->at < walk->count)
        engine_application_get(engine, walk->applications[walk->at++], on_application, NULL);
    else
        window_end(engine);
}

static void read_applications(struct engine_job *job, struct store_reader *reader)
{
    struct walk *walk = job->data;
    struct store_extent extent = {0};

    job->rc = store_read_seq_before(reader, walk->before_ms, &walk->last_seq);
    if (job->rc == OD_OK)
        job->rc = store_read_extent(reader, &extent);
    for (walk->count = 0; job->rc == OD_OK && walk->count == 0 && walk->after < extent.application_last && walk->last_seq > 0;) {
        job->rc = store_read_erasable(reader, walk->after, walk->after + STRETCH, walk->last_seq, walk->applications, WINDOW, &walk->count);
        walk->after = walk->count == WINDOW ? walk->applications[WINDOW - 1] : walk->after + STRETCH;
    }
    walk->is_of_entries = walk->after >= extent.application_last || walk->last_seq == 0;
}

static void read_entries(struct engine_job *job, struct store_reader *reader)
{
    struct walk *walk = job->data;
    uint64_t next = 0;

    walk->entries = base_arena_take(&job->arena, WINDOW * sizeof(*walk->entries));
    job->rc = walk->entries == NULL ? OD_ENOMEM
                                    : store_read_entries_before(reader, personal[walk->registers], walk->after, walk->before_ms, &job->arena,
                                                                walk->entries, WINDOW, &walk->count, &next);
    walk->after = next;
    walk->registers += next == 0;
    walk->is_at_end = walk->registers == sizeof(personal);
}

static void on_window(struct engine_job *job)
{
    struct engine *engine = job->engine;
    struct walk *walk = &engine->retention->walk;
    int rc = job->rc;

    walk->at = 0;
    if (rc != OD_OK) {
        finish(engine, rc);
        return;
    }
    if (walk->entries == NULL) {
        if (walk->is_of_entries)
            walk->after = 0;
        next_application(engine);
        return;
    }
    for (size_t i = 0; rc == OD_OK && i < walk->count; i++)
        rc = entry_erase(engine, &walk->entries[i], NULL);
    if (rc == OD_OK)
        window_end(engine);
    else
        finish(engine, rc);
}

static void window_start(struct engine *engine)
{
    struct walk *walk = &engine->retention->walk;
    bool is_of_entries = walk->is_of_entries;

    walk->entries = NULL;
    int rc = engine_job_start(engine, &(struct engine_job){.run = is_of_entries ? read_entries : read_applications, .on_done = on_window, .data = walk});
    if (rc != OD_OK)
        finish(engine, rc);
}

static bool is_due(const struct engine *engine)
{
    const struct engine_retention *retention = engine->retention;
    bool is_wanted = retention->day < engine->now.day || retention->is_unfinished;

    return !engine->is_stopping && is_wanted && base_monotonic_ms() >= retention->pause_until_ms && catalog_documents_years(engine->catalog) > 0;
}

void engine_retention_run(struct engine *engine)
{
    struct engine_retention *retention = engine->retention;

    if (retention->is_walking || !is_due(engine))
        return;
    retention->day = engine->now.day;
    retention->is_walking = true;
    retention->walk = (struct walk){.before_ms = engine->now.ms - catalog_documents_years(engine->catalog) * YEAR_DAYS_MS};
    window_start(engine);
}

bool engine_retention_is_quiet(const struct engine *engine)
{
    return !engine->retention->is_walking && !is_due(engine);
}
