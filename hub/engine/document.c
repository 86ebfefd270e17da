/* SPDX-License-Identifier: Apache-2.0 */
/* An application together with its document: what was submitted, parsed. The document
 * stands apart from the row that every transition writes, so it is read when it is asked for. */
#include "engine/internal.h"

struct reading {
    engine_application_cb on_application;
    void *data;
    const char *document; /* in the job's arena */
    size_t size;
};

int engine_document_parse(struct engine_application *application)
{
    if (application->document_tree != NULL)
        return OD_OK;
    struct base_json_error *error = base_alloc(sizeof(*error));
    int rc = OD_ENOMEM;

    if (error != NULL)
        rc = base_json_parse(application->document.bytes, application->document.size, &application->document_tree, error);
    base_free(error);
    application->tree_size = base_json_size(application->document_tree);
    return rc;
}

static void finish(struct engine *engine, struct engine_application *application, int rc, struct reading *reading)
{
    engine_application_cb on_application = reading->on_application;
    void *data = reading->data;

    base_free(reading);
    if (rc == OD_OK)
        rc = engine_document_parse(application);
    on_application(engine, rc == OD_OK ? application : NULL, rc, data);
}

static void read_document(struct engine_job *job, struct store_reader *reader)
{
    struct reading *reading = job->data;

    job->rc = store_read_document(reader, job->id, &job->arena, &reading->document, &reading->size);
}

static void on_document(struct engine_job *job)
{
    struct engine_application *application = engine_application_find(job->engine, job->id);
    int rc = application != NULL ? job->rc : OD_EBUSY; /* dropped meanwhile */
    struct reading *reading = job->data;

    if (rc == OD_OK && application->document.bytes == NULL) {
        rc = engine_text_set(&application->document, reading->document, reading->size);
        engine_application_count_size(job->engine, application);
    }
    finish(job->engine, application, rc, reading);
}

static void on_loaded(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct reading *reading = data;

    if (rc == OD_OK && application->document.bytes == NULL) {
        rc = engine_job_start(engine, &(struct engine_job){.id = application->id, .run = read_document, .on_done = on_document, .data = reading});
        if (rc == OD_OK)
            return;
    }
    finish(engine, application, rc, reading);
}

void engine_document_get(struct engine *engine, uint64_t id, engine_application_cb on_application, void *data)
{
    struct reading *reading = base_alloc(sizeof(*reading));

    if (reading == NULL) {
        on_application(engine, NULL, OD_ENOMEM, data);
        return;
    }
    *reading = (struct reading){.on_application = on_application, .data = data};
    engine_application_get(engine, id, on_loaded, reading);
}
