/* SPDX-License-Identifier: Apache-2.0 */
/* Is something of an application owed and not paid: asked before its result leaves the house.
 *
 *   account -> [pool: its payments] -> what is open -> the caller */
#include "engine/payment_work.h"

struct owing {
    struct engine_account account;
    struct store_entry entries[ENGINE_PAYMENTS_MAX]; /* what they point to is in the job's arena */
    size_t count;
    engine_owed_cb on_owed;
    void *data;
};

static void finish(struct engine *engine, struct owing *owing, int rc)
{
    engine_owed_cb on_owed = owing->on_owed;
    void *data = owing->data;
    bool is_owed = false;

    for (size_t i = 0; i < owing->account.count && rc == OD_OK; i++)
        is_owed = is_owed || engine_line_open(&owing->account.lines[i]) > 0;
    engine_account_fini(&owing->account);
    base_free(owing);
    on_owed(engine, is_owed, rc, data);
}

static void read_entries(struct engine_job *job, struct store_reader *reader)
{
    struct owing *owing = job->data;

    job->rc = engine_payments_read(reader, &job->arena, owing->account.application, owing->entries, &owing->count);
}

static void on_entries(struct engine_job *job)
{
    struct owing *owing = job->data;
    int rc = job->rc;

    if (rc == OD_OK)
        rc = engine_account_count(&owing->account, owing->entries, owing->count);
    finish(job->engine, owing, rc);
}

void engine_owed_get(struct engine *engine, const struct engine_application *application, engine_owed_cb on_owed, void *data)
{
    struct owing *owing = base_alloc(sizeof(*owing));
    int rc = OD_ENOMEM;

    if (owing == NULL) {
        on_owed(engine, false, OD_ENOMEM, data);
        return;
    }
    rc = engine_account_open(application, &owing->account);
    owing->on_owed = on_owed;
    owing->data = data;
    bool has_lines = rc == OD_OK && owing->account.count > 0;
    if (has_lines)
        rc = engine_job_start(engine, &(struct engine_job){.run = read_entries, .on_done = on_entries, .data = owing});
    if (!has_lines || rc != OD_OK)
        finish(engine, owing, rc);
}
