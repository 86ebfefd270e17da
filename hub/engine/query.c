/* SPDX-License-Identifier: Apache-2.0 */
/* What people read: from memory when what is there is durable, else from the store.
 *
 *   answer_application -> in memory and settled: at once
 *                      -> else [pool: read the row] -> rendered from the row */
#include "engine/operations.h"
#include "engine/paging.h"
#include "engine/scope.h"
#include "engine/seal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 256

static bool is_of_task(const struct front_request *request)
{
    return request->route >= FRONT_TASK_SHOW && request->route <= FRONT_TASK_RELEASE;
}

static void put_for_route(struct base_buffer *body, const struct engine_job *job,
                          const struct engine_application *application)
{
    const char *explain = front_query(job->request, "explain");

    if (is_of_task(job->request)) {
        engine_put_task(body, NULL, application, job->task, true);
        return;
    }
    switch ((int)job->request->route) {
    case FRONT_APPLICATION_CLOCKS:
        engine_put_clocks(body, job->engine, application, explain != NULL && strcmp(explain, "true") == 0);
        break;
    case FRONT_TRACK:
        base_json_open(body, NULL, '{');
        engine_put_track_members(body, job->engine, application, false);
        base_json_close(body, '}');
        break;
    default:
        engine_put_application(body, NULL, job->engine, application,
                               (job->request->identity.roles & (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_ADMIN)) != 0);
        break;
    }
}

static void answer_with(const struct engine_job *job, const struct engine_application *application)
{
    struct base_buffer body = {0};
    char headers[HEADERS_MAX], tag[ENGINE_TAG_SIZE], number[BASE_NUMBER_SIZE];

    if (job->task >= application->core->task_count) {
        engine_answer_rc(job->request, OD_ENOTFOUND);
        return;
    }
    put_for_route(&body, job, application);
    engine_tag(application, is_of_task(job->request) ? job->task : CORE_TASKS_MAX, tag);
    int used = snprintf(headers, sizeof(headers), "ETag: %s\r\n%s", tag, job->headers != NULL ? job->headers : "");
    if (job->status == 201) {
        base_number_format(application->id, application->core->received_day, number);
        snprintf(headers + used, sizeof(headers) - (size_t)used, "Location: /v1/applications/%s\r\n", number);
    }
    front_answer(job->request, job->status, "application/json", headers, &body);
}

static void read_row(struct engine_job *job, struct store_reader *reader)
{
    job->rc = store_read_application(reader, job->id, &job->arena, &job->row);
}

static void on_row(struct engine_job *job)
{
    struct engine_application *application = NULL;

    if (job->rc == OD_OK)
        job->rc = engine_row_read(job->engine, job->id, job->row.state, job->row.state_size, &application);
    if (job->rc == OD_OK)
        application->sequence = job->row.sequence;
    if (job->rc == OD_OK)
        answer_with(job, application);
    else
        engine_answer_rc(job->request, job->rc);
    engine_application_destroy(application);
}

static void answer(struct engine *engine, struct engine_job job)
{
    const struct engine_application *application = engine_application_find(engine, job.id);

    job.engine = engine;
    job.run = read_row;
    job.on_done = on_row;
    if (application != NULL && application->unsettled == 0) {
        answer_with(&job, application);
        return;
    }
    int rc = engine_job_start(engine, &job);
    if (rc != OD_OK)
        engine_answer_rc(job.request, rc);
}

void engine_answer_application(struct engine *engine, struct front_request *request, uint64_t id, int status,
                               const char *headers)
{
    answer(engine, (struct engine_job){.request = request, .id = id, .status = status, .headers = headers});
}

void engine_answer_task(struct engine *engine, struct front_request *request, uint64_t id, unsigned task)
{
    answer(engine, (struct engine_job){.request = request, .id = id, .task = task, .status = 200});
}

/* -- Lists -- */

struct list {
    struct store_filter filter;
    uint64_t only;                     /* the one that is looked for by its number, 0 = by the filter */
    struct engine_happened happened; /* happening NONE: any application; else filter is in it, too */
    struct store_row rows[BASE_PAGE_MAX];
    size_t count;
    uint64_t next;
};

bool engine_query_integer(struct front_request *request, const char *name, int64_t min, int64_t max, int64_t *value)
{
    const char *text = front_query(request, name);
    char *end;

    if (text == NULL)
        return true;
    errno = 0;
    long long parsed = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno == ERANGE || parsed < min || parsed > max)
        return false;
    *value = parsed;
    return true;
}

static const char *list_fault(struct engine *engine, struct front_request *request, struct store_filter *filter)
{
    const char *status = front_query(request, "status"), *service = front_query(request, "service");
    const char *department = front_query(request, "department"), *due = front_query(request, "due_before");
    const char *overdue = front_query(request, "overdue");
    int64_t limit = BASE_PAGE_DEFAULT, before = INT64_MAX;

    if (status != NULL && (filter->status = (uint8_t)core_status_find(status)) == CORE_STATUS_NONE)
        return "status";
    if (service != NULL) {
        uint32_t number;
        if (catalog_service_find(engine->catalog, service) == NULL ||
            store_service(engine->store, service, &number) != OD_OK)
            return "service";
        filter->service = number;
    }
    if (department != NULL) {
        struct engine_department *found;
        if (catalog_department_find(engine->catalog, department) == NULL ||
            engine_department_get(engine, department, &found) != OD_OK)
            return "department";
        filter->department = found->number;
    }
    if (due != NULL && base_day_parse(due, &filter->due_before) != OD_OK)
        return "due_before";
    if (overdue != NULL && strcmp(overdue, "true") != 0 && strcmp(overdue, "false") != 0)
        return "overdue";
    if (overdue != NULL)
        filter->overdue = strcmp(overdue, "true") == 0;
    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, &limit))
        return "limit";
    if (!engine_query_integer(request, "cursor", 1, INT64_MAX, &before))
        return "cursor";
    filter->limit = (uint32_t)limit;
    filter->before = before == INT64_MAX ? UINT64_MAX : (uint64_t)before;
    return NULL;
}

#define SERIAL_MIN 4 /* digits of a running number that stands for a whole one */
#define SERIAL_MAX 12

/* A whole number, or what stands in its middle: nobody spells out the day to a clerk. */
static bool number_read(const char *text, uint64_t *id)
{
    size_t digits = strspn(text, "0123456789");
    int32_t day;

    if (digits < SERIAL_MIN || digits > SERIAL_MAX || text[digits] != '\0')
        return base_number_parse(text, id, &day) == OD_OK;
    *id = strtoull(text, NULL, 10);
    return *id != 0;
}

static const char *number_fault(struct front_request *request, struct list *list)
{
    const char *number = front_query(request, "number");

    return number == NULL || number_read(number, &list->only) ? NULL : "number";
}

/* Both or neither; what is owed to a department now says nothing of a day. */
static const char *happened_fault(struct front_request *request, struct list *list)
{
    const char *happened = front_query(request, "happened"), *on = front_query(request, "on");
    core_day day;

    if (happened == NULL)
        return on != NULL ? "happened" : NULL;
    list->happened.happening = engine_happening_find(happened);
    if (list->happened.happening == ENGINE_HAPPENING_NONE)
        return "happened";
    if (on == NULL || base_day_parse(on, &day) != OD_OK)
        return "on";
    if (list->filter.department >= 0)
        return "department";
    list->happened.filter = list->filter;
    list->happened.from_ms = base_zone_utc(day, 0);
    list->happened.until_ms = base_zone_utc(day + 1, 0);
    return NULL;
}

static void read_list(struct engine_job *job, struct store_reader *reader)
{
    struct list *list = job->data;

    if (list->only != 0) {
        job->rc = store_read_application(reader, list->only, &job->arena, &list->rows[0]);
        list->count = job->rc == OD_OK;
        if (job->rc == OD_ENOTFOUND)
            job->rc = OD_OK;
    } else if (list->happened.happening != ENGINE_HAPPENING_NONE)
        job->rc = engine_happened_read(reader, &list->happened, &job->arena, list->rows, &list->count, &list->next);
    else
        job->rc = store_read_list(reader, &list->filter, &job->arena, list->rows, &list->count, &list->next);
}

/* The request's own query with another cursor, for the Link header. */
const char *engine_link_next(struct front_request *request, const char *path, const char *cursor)
{
    struct base_buffer link = {0};

    base_buffer_put_format(&link, "Link: <%s?cursor=%s", path, cursor);
    front_query_put(request, "cursor", &link);
    base_buffer_put_text(&link, ">; rel=\"next\"\r\n");
    const char *text = link.is_broken ? NULL : base_arena_text(&request->arena, base_buffer_text(&link), link.size);
    base_buffer_fini(&link);
    return text;
}

void engine_list_answer(struct front_request *request, const char *path, struct base_buffer *body, uint64_t next)
{
    char cursor[24];

    snprintf(cursor, sizeof(cursor), "%llu", (unsigned long long)next);
    base_json_put_text(body, "next_cursor", next != 0 ? cursor : NULL);
    base_json_close(body, '}');
    front_answer(request, 200, "application/json", next != 0 ? engine_link_next(request, path, cursor) : NULL, body);
}

static void on_list(struct engine_job *job)
{
    struct list *list = job->data;
    struct base_buffer body = {0};

    if (job->rc != OD_OK) {
        engine_answer_rc(job->request, job->rc);
        base_free(list);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < list->count; i++) {
        struct engine_application *application;

        if (engine_row_read(job->engine, list->rows[i].application, list->rows[i].state, list->rows[i].state_size,
                            &application) != OD_OK)
            continue; /* logged; one bad row must not hide the others */
        if (engine_may_see(job->request, application))
            engine_put_brief(&body, NULL, application);
        engine_application_destroy(application);
    }
    base_json_close(&body, ']');
    engine_list_answer(job->request, "/v1/applications", &body, list->next);
    base_free(list);
}

static void application_list(struct engine *engine, struct front_request *request)
{
    struct list *list = base_alloc(sizeof(*list));
    const char *fault;
    int rc = OD_ENOMEM;

    if (list != NULL) {
        list->filter = (struct store_filter){.service = -1, .department = -1, .due_before = INT32_MAX, .overdue = -1};
        fault = list_fault(engine, request, &list->filter);
        if (fault == NULL)
            fault = happened_fault(request, list);
        if (fault == NULL)
            fault = number_fault(request, list);
        if (fault != NULL) {
            engine_refuse_query(request, fault);
            base_free(list);
            return;
        }
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_list, .on_done = on_list, .data = list});
    }
    if (rc != OD_OK) {
        base_free(list);
        engine_answer_rc(request, rc);
    }
}

/* -- One application's journal -- */

struct history {
    struct store_record *records;
    size_t count;
};

static void read_history(struct engine_job *job, struct store_reader *reader)
{
    struct history *history = job->data;

    job->rc = store_read_application(reader, job->id, &job->arena, &job->row);
    if (job->rc == OD_OK)
        job->rc = store_read_history(reader, job->id, 0, &job->arena, &history->records, &history->count);
}

static void on_history(struct engine_job *job)
{
    struct history *history = job->data;
    struct base_buffer body = {0};
    struct engine_page page;

    if (job->rc != OD_OK) {
        engine_answer_rc(job->request, job->rc);
    } else if (engine_page_take_open(job->request, &page)) {
        base_json_open(&body, NULL, '{');
        base_json_put_text(&body, "number", job->request->params[0]);
        base_json_open(&body, "items", '[');
        for (size_t i = 0; i < history->count; i++)
            engine_put_record_events(&body, &history->records[i], &page);
        base_json_close(&body, ']');
        engine_page_answer(job->request, engine_part_path(job->request, "events"), &body, engine_page_next(&page), page.met);
    }
    base_free(history);
}

static void application_events(struct engine *engine, struct front_request *request, uint64_t id)
{
    struct history *history;
    int rc = OD_ENOMEM;

    if (request->wants_event_stream) {
        engine_feed_start(engine, request, id);
        return;
    }
    history = base_alloc(sizeof(*history));
    if (history != NULL)
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_history,
                                                            .on_done = on_history, .id = id, .data = history});
    if (rc != OD_OK) {
        base_free(history);
        engine_answer_rc(request, rc);
    }
}

/* Number and look-up code of the track request; the same answer whichever of them is wrong. */
static bool track_id(const struct engine *engine, const struct front_request *request, uint64_t *id)
{
    const char *number = base_json_member_text(request->body, "number");
    const char *given = base_json_member_text(request->body, "code");
    char code[ENGINE_CODE_SIZE];
    int32_t day;

    if (number == NULL || given == NULL || base_number_parse(number, id, &day) != OD_OK)
        return false;
    engine_code(engine, number, code);
    uint8_t a[BASE_HASH_SIZE], b[BASE_HASH_SIZE];
    base_hash(given, strlen(given), a);
    base_hash(code, strlen(code), b);
    return base_hash_equal(a, b);
}

bool engine_track_open(const struct engine *engine, struct front_request *request, uint64_t *id)
{
    bool has_number = base_json_member_text(request->body, "number") != NULL, has_code = base_json_member_text(request->body, "code") != NULL;

    if (!has_number || !has_code)
        engine_refuse(request, !has_number ? "/number" : "/code", "required",
                      "需要文本 number（编号）和 code（查询码）。", "number and code are needed, both texts.");
    else if (track_id(engine, request, id))
        return true;
    else
        front_answer_problem(request, FRONT_NOT_FOUND,
                             front_say(request, "编号或查询码不正确，请对照受理回执核对。",
                                       "The number or the look-up code is wrong; compare them with your receipt."), NULL, 0);
    return false;
}

static void track(struct engine *engine, struct front_request *request)
{
    uint64_t id;

    if (!engine_track_open(engine, request, &id))
        return;
    if (base_json_is_true(base_json_member(request->body, "paper")))
        engine_track_paper(engine, request, id);
    else if (base_json_is_true(base_json_member(request->body, "explain")))
        engine_track_explained(engine, request);
    else
        engine_answer_application(engine, request, id, 200, NULL);
}

static bool is_flag(const char *text)
{
    return text == NULL || strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
}

static void show(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;

    if (base_number_parse(request->params[0], &id, &day) != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    else if (!is_flag(front_query(request, "explain")))
        engine_refuse_query(request, "explain");
    else if (request->route == FRONT_APPLICATION_EVENTS)
        application_events(engine, request, id);
    else if (request->route == FRONT_APPLICATION_SHOW && front_query(request, "as_of") != NULL)
        engine_as_of(engine, request, id);
    else
        engine_answer_application(engine, request, id, 200, NULL);
}

void engine_query_perform(struct engine *engine, struct front_request *request)
{
    if (request->route == FRONT_APPLICATION_LIST)
        application_list(engine, request);
    else if (request->route == FRONT_TRACK)
        track(engine, request);
    else
        show(engine, request);
}
