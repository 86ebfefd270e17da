/* SPDX-License-Identifier: Apache-2.0 */
/* What is printed about one application, as one document: who asks for what, what was handed in, the dates, what was
 * told, what the departments said, and the six disclosures of its matters as they stood at its acceptance. The pages
 * under /paper and /track choose from it; nothing of it is on paper alone.
 *
 *   paper -> [pool: row, document, history] -> {..., "papers": which of them there are} */
#include "catalog/remedy.h"
#include "engine/entry.h"
#include "evidence/content.h"

#include <string.h>

#define EVALUATIONS_MAX 16 /* of one application, on paper: the newest */

/* What is read in the pool. */
struct reading {
    struct store_record *records;
    size_t count;
    const char *document;
    size_t document_size;
    struct store_entry *evaluations;
    size_t evaluation_count;
};

static void read_all(struct engine_job *job, struct store_reader *reader)
{
    struct reading *reading = job->data;
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_EVALUATION, .state = -1, .department = -1, .application = job->id, .before = UINT64_MAX};
    uint64_t next;

    job->rc = store_read_application(reader, job->id, &job->arena, &job->row);
    if (job->rc == OD_OK)
        job->rc = store_read_document(reader, job->id, &job->arena, &reading->document, &reading->document_size);
    if (job->rc == OD_OK)
        job->rc = store_read_history(reader, job->id, 0, &job->arena, &reading->records, &reading->count);
    if (job->rc == OD_OK && (reading->evaluations = base_arena_take(&job->arena, EVALUATIONS_MAX * sizeof(*reading->evaluations))) == NULL)
        job->rc = OD_ENOMEM;
    if (job->rc == OD_OK)
        job->rc = store_read_entries(reader, &filter, &job->arena, reading->evaluations, EVALUATIONS_MAX, &reading->evaluation_count, &next);
}

static bool is_by_code(const struct engine_job *job)
{
    return job->request->route == FRONT_TRACK;
}

/* Whose desk it is: everyone who takes in, leads or supervises, and the officers of the departments that it went to. */
static bool may_read(const struct engine_job *job, const struct engine_application *application)
{
    const uint32_t wide = FRONT_ROLE_FRONT_DESK | FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN;
    const struct front_identity *identity = &job->request->identity;

    if (is_by_code(job) || (identity->roles & wide) != 0)
        return true;
    for (unsigned i = 0; i < application->core->task_count; i++)
        if ((application->core->included >> i & 1) != 0 &&
            strcmp(application->service->matters[i]->department->id, identity->department) == 0)
            return true;
    return false;
}

/* -- Which papers there are -- */

static bool is_approved(const struct core_application *core)
{
    return core->outcome == CORE_OUTCOME_APPROVED || core->outcome == CORE_OUTCOME_APPROVED_WITH_CONDITIONS ||
           core->outcome == CORE_OUTCOME_PARTIALLY_APPROVED;
}

static bool is_word(const struct base_json *object, const char *key, const char *word)
{
    const char *text = base_json_member_text(object, key);

    return text != NULL && strcmp(text, word) == 0;
}

/* Does the notice ask the applicant for something, or take a promise of it? */
static bool is_asking(const struct base_json *notice)
{
    return is_word(notice, "notice", "incomplete") || is_word(notice, "notice", "correctable") ||
           is_word(notice, "notice", "supplement") || is_word(base_json_member(notice, "told"), "kind", "tolerated");
}

static const struct base_json *last_asking(const struct base_json *told)
{
    const struct base_json *last = NULL;

    for (const struct base_json *item = base_json_first(told); item != NULL; item = base_json_next(item))
        if (is_asking(item))
            last = item;
    return last;
}

static void put_papers(struct base_buffer *body, const struct core_application *core, bool is_asked)
{
    bool is_refused = core->status == CORE_STATUS_NOT_ACCEPTED;
    const struct { const char *kind; bool is_there; } rows[] = {
        {"acceptance", !is_refused},
        {"notice", is_asked},
        {"not-accepted", is_refused},
        {"decision", core->outcome != CORE_OUTCOME_NONE},
        {"certificate", is_approved(core)},
        {"evaluation", !is_refused},
    };

    base_json_open(body, "papers", '[');
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].is_there)
            base_json_put_text(body, NULL, rows[i].kind);
    }
    base_json_close(body, ']');
}

/* -- The document -- */

/* Who took it in: the key of the first event. */
static void put_receiver(struct base_buffer *body, const struct reading *reading, const struct base_json *document)
{
    static const char *const words[] = {"channel", "window"};
    struct base_json_error error;
    struct base_json *root = NULL;

    if (reading->count > 0 &&
        base_json_parse(reading->records[0].record, reading->records[0].size, &root, &error) == OD_OK)
        base_json_put_text(body, "received_by", base_json_member_text(base_json_first(base_json_member(root, "events")), "by"));
    base_json_destroy(root);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (base_json_member_text(document, words[i]) != NULL)
            base_json_put_text(body, words[i], base_json_member_text(document, words[i]));
}

static void put_code(struct base_buffer *body, const struct engine_job *job, const struct engine_application *application)
{
    const uint32_t desk = FRONT_ROLE_FRONT_DESK | FRONT_ROLE_ADMIN;
    char number[BASE_NUMBER_SIZE], code[ENGINE_CODE_SIZE];

    if (!is_by_code(job) && (job->request->identity.roles & desk) == 0)
        return;
    base_number_format(application->id, application->core->received_day, number);
    engine_code(job->engine, number, code);
    base_json_put_text(body, "code", code);
}

/* Everything that was told, and of it what was last asked for. */
static void put_told(struct base_buffer *body, const struct engine_application *application, const struct reading *reading)
{
    struct base_buffer told = {0};
    struct base_json_error error;
    struct base_json *list = NULL;

    base_json_open(&told, NULL, '[');
    for (size_t i = 0; i < reading->count; i++)
        engine_put_record_notices(&told, application, &reading->records[i]);
    base_json_close(&told, ']');
    if (told.is_broken || base_json_parse(told.bytes, told.size, &list, &error) != OD_OK)
        body->is_broken = true;
    else
        base_json_put_raw(body, "told", told.bytes, told.size);
    const struct base_json *asking = last_asking(list);
    if (asking != NULL)
        base_json_put(body, "asked", asking);
    put_papers(body, application->core, asking != NULL);
    base_json_destroy(list);
    base_buffer_fini(&told);
}

/* Against an application that was not accepted; a decision has its own. */
static void put_remedies(struct base_buffer *body, const struct engine_application *application)
{
    const struct catalog_remedies *stated = catalog_service_remedies(application->catalog, application->service);

    if (application->core->status == CORE_STATUS_NOT_ACCEPTED && stated->count > 0)
        catalog_put_remedies(body, &stated, 1);
}

/* How it was rated, newest first; not in whose words. */
static void put_evaluations(struct base_buffer *body, const struct reading *reading)
{
    static const char *const members[] = {"window", "officer", "attitude", "ability"};

    base_json_open(body, "evaluations", '[');
    for (size_t i = 0; i < reading->evaluation_count; i++) {
        const struct store_entry *entry = &reading->evaluations[i];
        struct base_json_error error;
        struct base_json *tree = NULL;

        if (entry->body == NULL || base_json_parse(entry->body, entry->body_size, &tree, &error) != OD_OK)
            continue; /* erased by a retention rule */
        base_json_open(body, NULL, '{');
        engine_put_ms(body, "at", entry->at_ms);
        for (size_t k = 0; k < sizeof(members) / sizeof(members[0]); k++)
            if (base_json_member(tree, members[k]) != NULL)
                base_json_put(body, members[k], base_json_member(tree, members[k]));
        base_json_close(body, '}');
        base_json_destroy(tree);
    }
    base_json_close(body, ']');
}

/* By the rule of retention: when, and which; nothing while the applicant's data is there. */
static void put_erased(struct base_buffer *body, const struct reading *reading)
{
    static const char mark[] = "\"type\":\"" EVIDENCE_ERASED "\"";
    struct base_json_error error;
    struct base_json *root = NULL;
    size_t i = reading->count;

    while (i > 0 && strstr(reading->records[i - 1].record, mark) == NULL)
        i--;
    if (i == 0 || base_json_parse(reading->records[i - 1].record, reading->records[i - 1].size, &root, &error) != OD_OK)
        return;
    for (const struct base_json *event = base_json_first(base_json_member(root, "events")); event != NULL; event = base_json_next(event)) {
        if (!is_word(event, "type", EVIDENCE_ERASED))
            continue;
        base_json_open(body, "erased", '{');
        engine_put_ms(body, "at", reading->records[i - 1].at_ms);
        if (base_json_member(event, "documents_years") != NULL)
            base_json_put(body, "documents_years", base_json_member(event, "documents_years"));
        base_json_close(body, '}');
        break;
    }
    base_json_destroy(root);
}

static void answer(const struct engine_job *job, const struct engine_application *application)
{
    const struct base_json *document = application->document_tree;
    const struct reading *reading = job->data;
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    engine_put_track_members(&body, job->engine, application, false);
    put_code(&body, job, application);
    catalog_put_center(&body, "center", job->engine->catalog);
    put_receiver(&body, reading, document);
    if (job->row.sequence > 0)
        base_json_put_i64(&body, "sequence", (int64_t)job->row.sequence);
    if (application->core->is_accepted_by_silence)
        base_json_put_bool(&body, "accepted_by_silence", true);
    put_erased(&body, reading);
    engine_put_applicant_masked(&body, document);
    engine_put_particulars(&body, application, document, is_by_code(job) ? NULL : job->request);
    engine_put_given_materials(&body, application, document);
    engine_put_fee_lines(&body, application);
    engine_put_opinions_in_words(&body, application);
    put_evaluations(&body, reading);
    put_told(&body, application, reading);
    put_remedies(&body, application);
    catalog_put_service(&body, "guide", application->service);
    engine_put_ms(&body, "printed_at", job->engine->now.ms);
    base_json_close(&body, '}');
    front_answer(job->request, 200, "application/json", "Cache-Control: no-store\r\n", &body);
}

static void on_read(struct engine_job *job)
{
    const struct reading *reading = job->data;
    struct engine_application *application = NULL;
    struct base_json_error error;

    if (job->rc == OD_OK)
        job->rc = engine_row_read(job->engine, job->id, job->row.state, job->row.state_size, &application);
    if (job->rc == OD_OK)
        job->rc = base_json_parse(reading->document, reading->document_size, &application->document_tree, &error);
    if (job->rc != OD_OK)
        engine_answer_rc(job->request, job->rc);
    else if (!may_read(job, application))
        front_answer_problem(job->request, FRONT_FORBIDDEN,
                             front_say(job->request, "该办件未交由本部门办理，不能打印其文书。",
                                       "The application did not go to your department; its papers are not yours to print."), NULL, 0);
    else
        answer(job, application);
    engine_application_destroy(application);
    base_free(job->data);
}

void engine_track_paper(struct engine *engine, struct front_request *request, uint64_t id)
{
    struct reading *reading = base_alloc(sizeof(*reading));
    int rc = OD_ENOMEM;

    if (reading != NULL)
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .id = id, .run = read_all, .on_done = on_read, .data = reading});
    if (rc != OD_OK) {
        base_free(reading);
        engine_answer_rc(request, rc);
    }
}

void engine_paper(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;

    if (base_number_parse(request->params[0], &id, &day) != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    else
        engine_track_paper(engine, request, id);
}
