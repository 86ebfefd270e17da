/* SPDX-License-Identifier: Apache-2.0 */
/* Applications in memory: a bounded cache over the store.
 *
 *   get -> found: callback at once
 *       -> absent: load_start -> (turn end) loads_flush -> [pool: read_window] -> on_window
 *          -> insert -> callbacks
 *
 * Several askers of one application share one load, and nobody else can bring it into
 * memory meanwhile: so what was read is what is true when it is inserted. */
#include "engine/mark.h"

#include <assert.h>
#include <string.h>

struct waiter {
    struct waiter *next;
    engine_application_cb on_application;
    void *data;
};

struct engine_load {
    struct engine_load *next; /* in its bucket of engine.loads */
    uint64_t id;
    struct waiter *waiters; /* newest first */
};

#define LOADS_MAX_PER_JOB ENGINE_WINDOW

/* Rows that one job reads: loads of a loop turn share a trip to the pool. */
struct engine_window {
    size_t count;
    uint64_t ids[LOADS_MAX_PER_JOB];
    struct store_row rows[LOADS_MAX_PER_JOB];
    int rcs[LOADS_MAX_PER_JOB];
};

static struct engine_application **bucket_of(struct engine *engine, uint64_t id)
{
    return &engine->buckets[id & (ENGINE_CACHE_BUCKETS - 1)];
}

struct engine_application *engine_application_find(struct engine *engine, uint64_t id)
{
    struct engine_application *found = *bucket_of(engine, id);

    while (found != NULL && found->id != id)
        found = found->next;
    if (found != NULL) {
        base_list_remove(&found->recent);
        base_list_append(&engine->recent, &found->recent);
    }
    return found;
}

int engine_text_set(struct engine_text *text, const char *bytes, size_t size)
{
    char *copy = size > 0 ? base_copy_text(bytes, size) : NULL;

    if (size > 0 && copy == NULL)
        return OD_ENOMEM;
    base_free(text->bytes);
    *text = (struct engine_text){.bytes = copy, .size = (uint32_t)size};
    return OD_OK;
}

struct engine_text *engine_task_text(const struct engine_application *application, unsigned task,
                                     enum engine_text_kind kind)
{
    assert(task < application->service->matter_count);
    return &application->texts[task * ENGINE_TEXTS + (unsigned)kind];
}

struct engine_application *engine_application_create(const struct catalog_service *service, uint64_t id)
{
    struct engine_application *application = base_alloc(sizeof(*application));
    unsigned count = (unsigned)service->matter_count;

    if (application == NULL)
        return NULL;
    base_list_init(&application->recent);
    application->id = id;
    application->service = service;
    application->catalog = catalog_retain((struct catalog *)service->catalog);
    application->core = base_alloc(core_application_size(count));
    application->texts = base_alloc(count * ENGINE_TEXTS * sizeof(*application->texts));
    application->departments = base_alloc(count * sizeof(struct engine_department *));
    if (application->core == NULL || application->texts == NULL || application->departments == NULL) {
        engine_application_destroy(application);
        return NULL;
    }
    return application;
}

void engine_application_destroy(struct engine_application *application)
{
    if (application == NULL)
        return;
    for (size_t i = 0; application->texts != NULL && i < application->service->matter_count * ENGINE_TEXTS; i++)
        base_free(application->texts[i].bytes);
    base_free(application->texts);
    base_free(application->departments);
    base_free(application->notice.bytes);
    base_free(application->answers.bytes);
    base_free(application->document.bytes);
    base_json_destroy(application->document_tree);
    base_free(application->core);
    base_buffer_fini(&application->record);
    base_buffer_fini(&application->alerts);
    catalog_release(application->catalog);
    base_free(application);
}

static size_t text_size(const struct engine_text *text)
{
    return base_memory_size(text->bytes, text->size);
}

/* What it takes of memory, not only what it says: many small blocks take more than their content. */
static size_t size_of(const struct engine_application *application)
{
    size_t matters = application->service->matter_count, count = matters * ENGINE_TEXTS;
    size_t size = base_memory_size(application, sizeof(*application)) +
                  base_memory_size(application->core, core_application_size((unsigned)matters)) +
                  base_memory_size(application->texts, count * sizeof(*application->texts)) +
                  base_memory_size(application->departments, matters * sizeof(struct engine_department *)) +
                  text_size(&application->notice) + text_size(&application->answers) + text_size(&application->document) +
                  application->tree_size + base_memory_size(application->record.bytes, application->record.room) +
                  base_memory_size(application->alerts.bytes, application->alerts.room);

    for (size_t i = 0; i < count; i++)
        size += text_size(&application->texts[i]);
    return size;
}

void engine_application_count_size(struct engine *engine, struct engine_application *application)
{
    engine->cache_bytes -= application->size;
    application->size = size_of(application);
    engine->cache_bytes += application->size;
}

void engine_application_settle(struct engine *engine, struct engine_application *application)
{
    assert(application->unsettled > 0);
    application->unsettled--;
    if (application->unsettled == 0 && !application->has_write) { /* most stay as they are from now on */
        base_buffer_fini(&application->record);
        base_buffer_fini(&application->alerts);
    }
    engine_application_count_size(engine, application);
}

void engine_application_insert(struct engine *engine, struct engine_application *application)
{
    struct engine_application **bucket = bucket_of(engine, application->id);

    assert(*bucket == NULL || (*bucket)->id != application->id);
    application->next = *bucket;
    *bucket = application;
    engine_put_derive(engine, application);
    base_list_append(&engine->recent, &application->recent);
    engine_application_count_size(engine, application);
}

void engine_application_drop(struct engine *engine, struct engine_application *application)
{
    struct engine_application **link = bucket_of(engine, application->id);

    while (*link != application)
        link = &(*link)->next;
    *link = application->next;
    base_list_remove(&application->recent);
    engine->cache_bytes -= application->size;
    engine_application_destroy(application);
}

/* Only settled ones go: what is not durable yet exists nowhere else. */
void engine_cache_trim(struct engine *engine)
{
    struct base_list *node = engine->recent.next;

    while ((engine->cache_bytes > ENGINE_CACHE_BYTES_MAX || engine->catalog_count > ENGINE_CATALOGS_MAX) && node != &engine->recent) {
        struct engine_application *oldest = BASE_LIST_ENTRY(node, struct engine_application, recent);

        node = node->next;
        if (oldest->unsettled == 0 && !oldest->has_write)
            engine_application_drop(engine, oldest);
        if (engine->catalog_count > ENGINE_CATALOGS_MAX) /* which that one may have been the last to be pinned to */
            engine_catalogs_trim(engine);
    }
}

static struct engine_load **load_link(struct engine *engine, uint64_t id)
{
    struct engine_load **link = &engine->loads[id & (ENGINE_LOAD_BUCKETS - 1)];

    while (*link != NULL && (*link)->id != id)
        link = &(*link)->next;
    return link;
}

static struct engine_load *load_take(struct engine *engine, uint64_t id)
{
    struct engine_load **link = load_link(engine, id);
    struct engine_load *load = *link;

    assert(load != NULL);
    *link = load->next;
    engine->load_count--;
    return load;
}

static void load_finish(struct engine *engine, uint64_t id, struct engine_application *application, int rc)
{
    struct engine_load *load = load_take(engine, id);
    struct waiter *in_order = NULL;

    for (struct waiter *waiter = load->waiters; waiter != NULL;) {
        struct waiter *next = waiter->next;
        waiter->next = in_order;
        in_order = waiter;
        waiter = next;
    }
    base_free(load);
    while (in_order != NULL) {
        struct waiter *waiter = in_order;

        in_order = waiter->next;
        /* An earlier waiter may have caused it to be dropped: look again. */
        if (rc == OD_OK)
            application = engine_application_find(engine, id);
        waiter->on_application(engine, application, application != NULL ? OD_OK : rc != OD_OK ? rc : OD_EIO,
                               waiter->data);
        base_free(waiter);
    }
}

static void read_window(struct engine_job *job, struct store_reader *reader)
{
    struct engine_window *window = job->data;

    for (size_t i = 0; i < window->count; i++)
        window->rcs[i] = store_read_application(reader, window->ids[i], &job->arena, &window->rows[i]);
}

static void on_window(struct engine_job *job)
{
    struct engine_window *window = job->data;

    for (size_t i = 0; i < window->count; i++) {
        struct engine_application *application = NULL;
        int rc = window->rcs[i];

        if (rc == OD_OK)
            rc = engine_row_read(job->engine, window->ids[i], window->rows[i].state, window->rows[i].state_size,
                                 &application);
        if (rc == OD_OK) {
            application->sequence = window->rows[i].sequence;
            engine_marks_restore(job->engine, application);
            engine_application_insert(job->engine, application);
        }
        load_finish(job->engine, window->ids[i], application, rc);
    }
    engine_cache_trim(job->engine); /* who only reads makes no commit that would do it */
    base_free(window);
}

static void fail_window(struct engine *engine, struct engine_window *window, int rc)
{
    for (size_t i = 0; i < window->count; i++)
        load_finish(engine, window->ids[i], NULL, rc);
    base_free(window);
}

void engine_loads_flush(struct engine *engine)
{
    struct engine_window *window = engine->load_window;

    if (window == NULL)
        return;
    engine->load_window = NULL;
    int rc = engine_job_start(engine, &(struct engine_job){.run = read_window, .on_done = on_window, .data = window});
    if (rc != OD_OK)
        fail_window(engine, window, rc);
}

/* The window that is being gathered; a full one leaves at once. */
static struct engine_window *window_get(struct engine *engine)
{
    if (engine->load_window != NULL && engine->load_window->count == LOADS_MAX_PER_JOB)
        engine_loads_flush(engine);
    if (engine->load_window == NULL)
        engine->load_window = base_alloc(sizeof(*engine->load_window));
    return engine->load_window;
}

static int load_start(struct engine *engine, uint64_t id, struct waiter *waiter)
{
    struct engine_load **link = load_link(engine, id), *load = *link;

    if (load == NULL) {
        if (engine->load_count >= ENGINE_LOADS_MAX)
            return OD_EBUSY;
        struct engine_window *window = window_get(engine);
        load = window != NULL ? base_alloc(sizeof(*load)) : NULL;
        if (load == NULL)
            return OD_ENOMEM;
        window->ids[window->count++] = id;
        load->id = id;
        *load_link(engine, id) = load;
        engine->load_count++;
    }
    waiter->next = load->waiters;
    load->waiters = waiter;
    return OD_OK;
}

void engine_application_get(struct engine *engine, uint64_t id, engine_application_cb on_application,
                            void *data)
{
    struct engine_application *application = engine_application_find(engine, id);

    if ((id >= engine->application_next && id != ENGINE_SELF_TEST_ID) || (application != NULL && application->is_new)) {
        /* Nobody was told of it yet, whoever tries the number: it might be given while the load is under way,
         * or come to nothing because its key was used before. */
        on_application(engine, NULL, OD_ENOTFOUND, data);
        return;
    }
    if (application != NULL) {
        on_application(engine, application, OD_OK, data);
        return;
    }
    struct waiter *waiter = base_alloc(sizeof(*waiter));
    int rc = OD_ENOMEM;
    if (waiter != NULL) {
        *waiter = (struct waiter){.on_application = on_application, .data = data};
        rc = load_start(engine, id, waiter);
    }
    if (rc != OD_OK) {
        base_free(waiter);
        on_application(engine, NULL, rc, data);
    }
}
