/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/applications/{number}/bundle: the evidence of one application as a file that a stranger verifies.
 *
 *   number, query -> checkpoint over what is durable -> [pool: export] -> on record who took it -> durable -> answer */
#include "engine/seal.h"

#include <stdio.h>
#include <string.h>

#include "evidence/evidence.h"

struct bundle {
    struct engine *engine;
    struct front_request *request;
    uint64_t id;
    int64_t now_ms;
    bool has_documents, is_without_catalogs;
    struct base_buffer bytes;
};

static void finish(struct bundle *bundle, int rc)
{
    struct front_request *request = bundle->request;
    char headers[128];

    snprintf(headers, sizeof(headers), "Content-Disposition: attachment; filename=\"%.40s.evidence\"\r\n", request->params[0]);
    if (rc == OD_OK)
        front_answer(request, 200, "application/jsonl", headers, &bundle->bytes);
    else
        engine_answer_rc(request, rc);
    base_buffer_fini(&bundle->bytes);
    base_free(bundle);
}

static void on_recorded(struct engine *engine, void *data, int rc)
{
    (void)engine;
    finish(data, rc == OD_OK ? OD_OK : OD_EBUSY);
}

/* Who took it, and whether with personal data. */
static int record(struct bundle *bundle)
{
    struct engine *engine = bundle->engine;
    struct base_buffer data = {0};

    base_json_open(&data, NULL, '{');
    base_json_put_text(&data, "number", bundle->request->params[0]);
    base_json_put_bool(&data, "documents", bundle->has_documents);
    base_json_close(&data, '}');
    int rc = data.is_broken ? OD_ENOMEM : engine_journal_put(engine, "bundle_exported", bundle->request->identity.key_id, base_buffer_text(&data));
    base_buffer_fini(&data);
    return rc == OD_OK ? engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_recorded, .data = bundle}) : rc;
}

static int on_bytes(void *owner, const char *bytes, size_t size)
{
    struct base_buffer *buffer = owner;

    base_buffer_put(buffer, bytes, size);
    return buffer->is_broken ? OD_ENOMEM : OD_OK;
}

static void export(struct engine_job *job, struct store_reader *reader)
{
    struct bundle *bundle = job->data;
    const struct evidence_export wish = {.reader = reader, .pair = engine_seal_pair(bundle->engine), .now_ms = bundle->now_ms,
                                         .has_documents = bundle->has_documents, .is_without_catalogs = bundle->is_without_catalogs,
                                         .on_bytes = on_bytes, .owner = &bundle->bytes};

    job->rc = store_reader_hold(reader);
    if (job->rc != OD_OK)
        return;
    job->rc = evidence_export_application(&wish, bundle->id);
    store_reader_release(reader);
}

static void on_exported(struct engine_job *job)
{
    struct bundle *bundle = job->data;
    int rc = job->rc == OD_OK ? record(bundle) : job->rc;

    if (rc != OD_OK)
        finish(bundle, rc == OD_ESYNTAX ? OD_EIO : rc);
}

static void on_sealed(struct engine *engine, void *data, int rc)
{
    struct bundle *bundle = data;

    if (rc == OD_OK)
        rc = engine_job_start(engine, &(struct engine_job){.run = export, .on_done = on_exported, .data = bundle});
    if (rc != OD_OK)
        finish(bundle, OD_EBUSY);
}

/* "true", "false", or absent; false when it is neither. */
static bool flag_read(struct front_request *request, const char *name, bool absent, bool *value)
{
    const char *text = front_query(request, name);

    *value = text != NULL ? strcmp(text, "true") == 0 : absent;
    if (text == NULL || *value || strcmp(text, "false") == 0)
        return true;
    engine_refuse_query(request, name);
    return false;
}

void engine_bundle(struct engine *engine, struct front_request *request)
{
    bool has_documents, has_catalogs;
    uint64_t id;
    int32_t day;

    if (base_number_parse(request->params[0], &id, &day) != OD_OK) {
        engine_answer_rc(request, OD_ENOTFOUND);
        return;
    }
    if (!flag_read(request, "documents", false, &has_documents) || !flag_read(request, "catalog", true, &has_catalogs))
        return;
    struct bundle *bundle = base_alloc(sizeof(*bundle));
    if (bundle == NULL) {
        engine_answer_rc(request, OD_EBUSY);
        return;
    }
    *bundle = (struct bundle){.engine = engine, .request = request, .id = id, .now_ms = engine->now.ms, .has_documents = has_documents,
                              .is_without_catalogs = !has_catalogs};
    int rc = engine_seal_want(engine, on_sealed, bundle);
    if (rc != OD_OK)
        finish(bundle, rc);
}
