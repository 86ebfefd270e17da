/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/applications/{number}?as_of=SEQ: the application as it was after a record, made again from its events alone.
 *
 *   [pool: row, history -> fold up to SEQ: state, texts] -> the row's application with those -> answer */
#include "engine/mark.h"
#include "engine/seal.h"

#include <stdio.h>
#include <string.h>

#include "evidence/fold.h"

struct moment {
    uint64_t until;              /* seq */
    uint64_t seq;                /* of the last record that counted */
    int64_t at_ms;
    struct store_reader *reader; /* while it runs in the pool */
    struct base_arena snapshots;
    uint8_t packed[CORE_PACKED_MAX];
    size_t packed_size;
    struct engine_text opinions[CORE_TASKS_MAX], references[CORE_TASKS_MAX], marks[CORE_TASKS_MAX], notice; /* owned */
};

static void moment_destroy(struct moment *moment)
{
    for (size_t i = 0; i < CORE_TASKS_MAX; i++) {
        base_free(moment->opinions[i].bytes);
        base_free(moment->references[i].bytes);
        base_free(moment->marks[i].bytes);
    }
    base_free(moment->notice.bytes);
    base_arena_fini(&moment->snapshots);
    base_free(moment);
}

/* -- In the pool -- */

static int on_snapshot(void *owner, const char *version, const char **snapshot, size_t *size)
{
    struct moment *moment = owner;
    char name[sizeof("catalog/") + CATALOG_VERSION_SIZE];
    const void *bytes;

    snprintf(name, sizeof(name), "catalog/%.16s", version);
    int rc = store_read_setting(moment->reader, name, &moment->snapshots, &bytes, size);
    if (rc == OD_OK)
        *snapshot = bytes;
    return rc;
}

static void keep(struct engine_text *text, const struct base_json *value)
{
    struct base_buffer buffer = {0};

    if (value == NULL)
        return;
    base_json_put(&buffer, NULL, value);
    if (!buffer.is_broken)
        (void)!engine_text_set(text, buffer.bytes, buffer.size);
    base_buffer_fini(&buffer);
}

static bool effects_have(const struct core_effects *effects, enum core_effect_type type)
{
    for (size_t i = 0; i < effects->count; i++)
        if (effects->items[i].type == type)
            return true;
    return false;
}

/* The texts beside the state, as the engine kept them then. */
static void on_event(void *owner, const struct base_json *json, const struct core_event *event, const struct core_effects *effects)
{
    struct moment *moment = owner;
    const char *reference = base_json_member_text(json, "external_ref");

    if (event == NULL)
        return;
    if (event->type == CORE_OPINED && !effects_have(effects, CORE_EFFECT_LATE))
        keep(&moment->opinions[event->task], base_json_member(json, "text"));
    if (event->type == CORE_ACCEPTED && reference != NULL)
        (void)!engine_text_set(&moment->references[event->task], reference, strlen(reference));
    if (event->type == CORE_MARKED)
        (void)!engine_mark_take(&moment->marks[event->task], json);
    for (const struct base_json *item = base_json_first(base_json_member(base_json_member(json, "reuse"), "opinions"));
         event->type == CORE_RECEIVED && item != NULL; item = base_json_next(item)) {
        int64_t task;

        if (base_json_i64(base_json_member(item, "task"), 0, CORE_TASKS_MAX - 1, &task) == OD_OK)
            keep(&moment->opinions[task], base_json_member(item, "text"));
    }
    if (event->type == CORE_RECEIVED || event->type == CORE_CHECKED)
        keep(&moment->notice, base_json_member(json, "told"));
    if (effects_have(effects, CORE_EFFECT_TAKEN_IN))
        (void)!engine_text_set(&moment->notice, NULL, 0);
}

static int fold_until(struct moment *moment, struct evidence_fold *fold, const struct store_record *records, size_t count)
{
    int rc = OD_OK;

    for (size_t i = 0; i < count && rc == OD_OK && records[i].seq <= moment->until; i++) {
        rc = evidence_fold_record(fold, records[i].record, records[i].size);
        moment->seq = records[i].seq;
        moment->at_ms = records[i].at_ms;
    }
    if (rc == OD_OK && fold->service == NULL)
        return OD_ENOTFOUND; /* it was not received yet */
    if (rc == OD_OK)
        moment->packed_size = core_application_pack(fold->core, moment->packed, CORE_PACKED_MAX);
    return rc == OD_OK || rc == OD_ENOMEM ? rc : OD_EIO;
}

static void read_moment(struct engine_job *job, struct store_reader *reader)
{
    struct moment *moment = job->data;
    struct evidence_fold fold = {.core = NULL};
    struct store_record *records = NULL;
    size_t count = 0;

    moment->reader = reader;
    job->rc = store_read_application(reader, job->id, &job->arena, &job->row);
    if (job->rc == OD_OK)
        job->rc = store_read_history(reader, job->id, 0, &job->arena, &records, &count);
    if (job->rc == OD_OK)
        job->rc = evidence_fold_init(&fold, &(struct evidence_fold_ops){.on_snapshot = on_snapshot, .on_event = on_event, .owner = moment});
    if (job->rc == OD_OK) {
        evidence_fold_begin(&fold, job->id);
        job->rc = fold_until(moment, &fold, records, count);
    }
    evidence_fold_fini(&fold);
}

/* -- On the loop -- */

static void text_move(struct engine_text *to, struct engine_text *from)
{
    base_free(to->bytes);
    *to = *from;
    *from = (struct engine_text){.bytes = NULL};
}

/* What is told of why it is needed, the row alone knows: that does not change but with the form. */
static void texts_take(struct engine_application *application, struct moment *moment)
{
    for (unsigned i = 0; i < application->service->matter_count; i++) {
        if (application->core->tasks[i].opinion == CORE_OPINION_NONE) /* it was taken over, and does not stand yet or any more */
            (void)!engine_text_set(engine_task_text(application, i, ENGINE_TEXT_OPINION), NULL, 0);
        else
            text_move(engine_task_text(application, i, ENGINE_TEXT_OPINION), &moment->opinions[i]);
        text_move(engine_task_text(application, i, ENGINE_TEXT_EXTERNAL_REF), &moment->references[i]);
        text_move(engine_task_text(application, i, ENGINE_TEXT_MARKS), &moment->marks[i]);
        (void)!engine_text_set(engine_task_text(application, i, ENGINE_TEXT_NOTE), NULL, 0);
    }
    text_move(&application->notice, &moment->notice);
}

static void answer(const struct engine_job *job, const struct engine_application *application, const struct moment *moment)
{
    struct base_buffer body = {0};
    bool shows_code = (job->request->identity.roles & (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_ADMIN)) != 0;

    engine_put_application(&body, NULL, job->engine, application, shows_code);
    if (!body.is_broken)
        body.size--; /* the brace: one more member comes before it */
    base_json_open(&body, "as_of", '{');
    base_json_put_i64(&body, "seq", (int64_t)moment->seq);
    engine_put_ms(&body, "at", moment->at_ms);
    base_json_close(&body, '}');
    base_json_close(&body, '}');
    front_answer(job->request, 200, "application/json", NULL, &body);
}

static void on_moment(struct engine_job *job)
{
    struct moment *moment = job->data;
    struct engine_application *application = NULL;
    unsigned task_count;
    int rc = job->rc;

    if (rc == OD_OK)
        rc = engine_row_read(job->engine, job->id, job->row.state, job->row.state_size, &application);
    if (rc == OD_OK && (core_application_peek(moment->packed, moment->packed_size, &task_count) != OD_OK ||
                        task_count != application->core->task_count ||
                        core_application_unpack(application->core, moment->packed, moment->packed_size) != OD_OK))
        rc = OD_EIO;
    if (rc == OD_OK) {
        texts_take(application, moment);
        application->sequence = application->core->accepted_ms != 0 ? job->row.sequence : 0;
        answer(job, application, moment);
    } else {
        engine_answer_rc(job->request, rc);
    }
    engine_application_destroy(application);
    moment_destroy(moment);
}

void engine_as_of(struct engine *engine, struct front_request *request, uint64_t id)
{
    int64_t until = 0;

    if (!engine_query_integer(request, "as_of", 1, INT64_MAX, &until)) {
        engine_refuse_query(request, "as_of");
        return;
    }
    struct moment *moment = base_alloc(sizeof(*moment));
    int rc = OD_ENOMEM;
    if (moment != NULL) {
        moment->until = (uint64_t)until;
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_moment, .on_done = on_moment, .id = id, .data = moment});
    }
    if (rc == OD_OK)
        return;
    if (moment != NULL)
        moment_destroy(moment);
    engine_answer_rc(request, rc);
}
