/* SPDX-License-Identifier: Apache-2.0 */
/* The public register of decisions (Licensing Law art. 40): what was decided, by whom, when and how. Of people it says
 * the surname alone; numbers of documents, addresses, forms and materials are never in it.
 *
 * It is read from the applications themselves, newest first, so that it needs no second truth. */
#include "engine/center.h"
#include "engine/parcel.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS_MAX 8 /* pages of the store that one page of the register may take */

struct row {
    struct store_row row;
    const char *document; /* in the job's arena */
    size_t size;
};

struct page {
    struct store_filter filter;
    int outcome;          /* CORE_OUTCOME_NONE = any; looked at on the loop */
    bool is_to_collect;   /* only what waits at the window: decided, not handed over and not on its way */
    struct store_row rows[BASE_PAGE_MAX];
    struct row found[BASE_PAGE_MAX];
    size_t count;
    uint64_t next;
};

static bool is_decided(const struct store_row *row)
{
    return row->application <= BASE_APPLICATION_ID_MAX && (row->status == CORE_STATUS_DECIDED || row->status == CORE_STATUS_CLOSED);
}

static int find_parcel(struct engine_job *job, struct store_reader *reader, uint64_t application, bool *is_on_the_way)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_DELIVERY, .state = ENGINE_DELIVERY_OUT, .department = -1, .application = application,
                                        .before = UINT64_MAX};
    struct store_entry entry;
    uint64_t next;
    size_t count = 0;
    int rc = store_read_entries(reader, &filter, &job->arena, &entry, 1, &count, &next);

    *is_on_the_way = count > 0;
    return rc;
}

/* One page of the store; its decided rows are added. */
static int read_round(struct engine_job *job, struct store_reader *reader, struct page *page)
{
    size_t count = 0;
    int rc = store_read_list(reader, &page->filter, &job->arena, page->rows, &count, &page->next);

    for (size_t i = 0; i < count && rc == OD_OK; i++) {
        struct row *found = &page->found[page->count];

        bool is_away = false;

        if (!is_decided(&page->rows[i]))
            continue;
        if (page->is_to_collect)
            rc = find_parcel(job, reader, page->rows[i].application, &is_away);
        if (rc != OD_OK || is_away)
            continue;
        *found = (struct row){.row = page->rows[i]};
        rc = store_read_document(reader, found->row.application, &job->arena, &found->document, &found->size);
        if (rc == OD_ENOTFOUND)
            rc = OD_OK; /* it is shown without a name */
        page->count += rc == OD_OK;
    }
    return rc;
}

static void read_page(struct engine_job *job, struct store_reader *reader)
{
    struct page *page = job->data;
    uint32_t limit = page->filter.limit;

    for (unsigned round = 0; round < ROUNDS_MAX && job->rc == OD_OK && page->count < limit; round++) {
        page->filter.limit = limit - (uint32_t)page->count;
        job->rc = read_round(job, reader, page);
        if (page->next == 0)
            return;
        page->filter.before = page->next;
    }
}

/* The first character, and nothing that tells how many follow. */
static void put_surname(struct base_buffer *body, const char *name)
{
    char text[8];
    size_t size = 1;

    while (((unsigned char)name[size] & 0xC0) == 0x80 && size < 4)
        size++;
    snprintf(text, sizeof(text), "%.*s**", (int)size, name);
    base_json_put_text(body, "name", text);
}

static void put_applicant(struct base_buffer *body, const struct row *row)
{
    struct base_json_error error;
    struct base_json *document = NULL;

    if (row->document != NULL && base_json_parse(row->document, row->size, &document, &error) != OD_OK)
        document = NULL;
    const struct base_json *applicant = base_json_member(document, "applicant");
    const char *kind = base_json_member_text(applicant, "kind"), *name = base_json_member_text(applicant, "name");
    base_json_open(body, "applicant", '{');
    base_json_put_text(body, "kind", kind);
    if (name == NULL || *name == '\0')
        base_json_put_null(body, "name"); /* erased, or never given */
    else if (kind != NULL && strcmp(kind, "organization") == 0)
        base_json_put_text(body, "name", name);
    else
        put_surname(body, name);
    base_json_close(body, '}');
    base_json_destroy(document);
}

static void put_matters(struct base_buffer *body, const struct engine_application *application)
{
    base_json_open(body, "matters", '[');
    for (unsigned i = 0; i < application->core->task_count; i++) {
        const struct catalog_matter *matter = application->service->matters[i];
        const struct core_task *task = &application->core->tasks[i];

        if (task->opinion == CORE_OPINION_NONE)
            continue;
        base_json_open(body, NULL, '{');
        base_json_put_text(body, "matter", matter->id);
        catalog_put_text(body, "name", &matter->name);
        base_json_put_text(body, "department", matter->department->id);
        catalog_put_text(body, "department_name", &matter->department->name);
        base_json_put_text(body, "opinion", core_opinion_name(task->opinion));
        base_json_close(body, '}');
    }
    base_json_close(body, ']');
}

static void put_item(struct base_buffer *body, const struct engine_application *application, const struct row *row)
{
    const struct core_application *core = application->core;
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, core->received_day, number);
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "number", number);
    base_json_put_text(body, "service", application->service->id);
    catalog_put_text(body, "service_name", &application->service->name);
    put_applicant(body, row);
    base_json_put_text(body, "outcome", core_outcome_name(core->outcome));
    base_json_put_bool(body, "deemed", core->is_deemed);
    engine_put_ms(body, "received_at", core->received_ms);
    engine_put_ms(body, "decided_at", core->decided_ms);
    engine_put_day(body, "promised_date", core->clocks[CORE_CLOCK_PROMISED].due);
    put_matters(body, application);
    base_json_close(body, '}');
}

static void put_row(struct base_buffer *body, struct engine *engine, const struct page *page, const struct row *row)
{
    struct engine_application *application;

    if (engine_row_read(engine, row->row.application, row->row.state, row->row.state_size, &application) != OD_OK)
        return; /* logged; one bad row must not hide the others */
    bool is_wanted = application->core->outcome != CORE_OUTCOME_NONE &&
                     (page->outcome == CORE_OUTCOME_NONE || (int)application->core->outcome == page->outcome);
    if (is_wanted)
        put_item(body, application, row);
    engine_application_destroy(application);
}

static void on_page(struct engine_job *job)
{
    struct page *page = job->data;
    struct base_buffer body = {0};
    char cursor[24];

    if (job->rc != OD_OK) {
        engine_answer_rc(job->request, job->rc);
        base_free(page);
        return;
    }
    snprintf(cursor, sizeof(cursor), "%llu", (unsigned long long)page->next);
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < page->count; i++)
        put_row(&body, job->engine, page, &page->found[i]);
    base_json_close(&body, ']');
    base_json_put_text(&body, "next_cursor", page->next != 0 ? cursor : NULL);
    base_json_close(&body, '}');
    front_answer(job->request, 200, "application/json", page->next != 0 ? engine_link_next(job->request, "/v1/register", cursor) : NULL, &body);
    base_free(page);
}

/* NULL = fine, else the parameter that is not. */
static const char *fault_of(struct engine *engine, struct front_request *request, struct page *page)
{
    const char *service = front_query(request, "service"), *outcome = front_query(request, "outcome");
    const char *department = front_query(request, "department"), *to_collect = front_query(request, "to_collect");
    struct engine_department *found;
    int64_t limit = BASE_PAGE_DEFAULT, before = INT64_MAX;
    uint32_t number;

    if (service != NULL) {
        if (catalog_service_find(engine->catalog, service) == NULL || store_service(engine->store, service, &number) != OD_OK)
            return "service";
        page->filter.service = number;
    }
    if (department != NULL) {
        if (catalog_department_find(engine->catalog, department) == NULL || engine_department_get(engine, department, &found) != OD_OK)
            return "department";
        page->filter.department = found->number;
    }
    for (int i = CORE_OUTCOME_NONE + 1; outcome != NULL && i <= CORE_OUTCOME_NOT_REQUIRED && page->outcome == CORE_OUTCOME_NONE; i++)
        if (strcmp(core_outcome_name((enum core_outcome)i), outcome) == 0)
            page->outcome = i;
    if (outcome != NULL && page->outcome == CORE_OUTCOME_NONE)
        return "outcome";
    if (to_collect != NULL && strcmp(to_collect, "true") != 0 && strcmp(to_collect, "false") != 0)
        return "to_collect";
    page->is_to_collect = to_collect != NULL && strcmp(to_collect, "true") == 0;
    page->filter.status = page->is_to_collect ? CORE_STATUS_DECIDED : 0;
    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, &limit))
        return "limit";
    if (!engine_query_integer(request, "cursor", 1, INT64_MAX, &before))
        return "cursor";
    page->filter.limit = (uint32_t)limit;
    page->filter.before = before == INT64_MAX ? UINT64_MAX : (uint64_t)before;
    return NULL;
}

void engine_register_list(struct engine *engine, struct front_request *request)
{
    struct page *page = base_alloc(sizeof(*page));
    int rc = OD_ENOMEM;

    if (page != NULL) {
        page->filter = (struct store_filter){.service = -1, .department = -1, .due_before = INT32_MAX, .overdue = -1};
        const char *fault = fault_of(engine, request, page);
        if (fault != NULL) {
            engine_refuse_query(request, fault);
            base_free(page);
            return;
        }
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_page, .on_done = on_page, .data = page});
    }
    if (rc != OD_OK) {
        base_free(page);
        engine_answer_rc(request, rc);
    }
}
