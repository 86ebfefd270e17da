/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of tasks: the officers' worklist (due first), or everything that is owed to one
 * department. A page looks at a bounded number of rows. */
#include "engine/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX BASE_PAGE_MAX

struct tasks {
    int32_t department; /* the store's number; -1 = all */
    uint8_t state;      /* enum core_task_state; 0 = any */
    bool is_all;        /* every owed task of the department, not only the officers' */
    uint32_t limit;
    struct store_owed_key after, keys[KEYS_MAX];
    struct store_row rows[KEYS_MAX];
    int rcs[KEYS_MAX];
    size_t count;
};

static void read_tasks(struct engine_job *job, struct store_reader *reader)
{
    struct tasks *tasks = job->data;

    if (tasks->is_all)
        job->rc = store_read_owed(reader, (uint16_t)tasks->department, &tasks->after, tasks->keys, tasks->limit, &tasks->count);
    else
        job->rc = store_read_worklist(reader, tasks->department, &tasks->after, tasks->keys, tasks->limit, &tasks->count);
    for (size_t i = 0; job->rc == OD_OK && i < tasks->count; i++)
        tasks->rcs[i] = store_read_application(reader, tasks->keys[i].application, &job->arena, &tasks->rows[i]);
}

static void put_item(struct base_buffer *body, struct engine_job *job, const struct tasks *tasks, size_t i)
{
    struct engine_application *application;
    unsigned task = tasks->keys[i].task;

    if (tasks->rcs[i] != OD_OK ||
        engine_row_read(job->engine, tasks->keys[i].application, tasks->rows[i].state, tasks->rows[i].state_size,
                        &application) != OD_OK)
        return;
    if (task < application->core->task_count &&
        (tasks->state == CORE_TASK_NONE || application->core->tasks[task].state == tasks->state))
        engine_put_task(body, NULL, application, task, true);
    engine_application_destroy(application);
}

static void put_cursor(const struct tasks *tasks, char cursor[64])
{
    const struct store_owed_key *last = &tasks->keys[tasks->count - 1];

    snprintf(cursor, 64, "%ld.%llu.%u", (long)last->due_day, (unsigned long long)last->application, last->task);
}

static void on_tasks(struct engine_job *job)
{
    struct tasks *tasks = job->data;
    struct base_buffer body = {0};
    char cursor[64];
    bool has_more = job->rc == OD_OK && tasks->count == tasks->limit;

    if (job->rc != OD_OK) {
        front_answer_problem(job->request, FRONT_INTERNAL, NULL, NULL, 0);
        base_free(tasks);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < tasks->count; i++)
        put_item(&body, job, tasks, i);
    base_json_close(&body, ']');
    if (has_more)
        put_cursor(tasks, cursor);
    base_json_put_text(&body, "next_cursor", has_more ? cursor : NULL);
    base_json_close(&body, '}');
    front_answer(job->request, 200, "application/json",
                 has_more ? engine_link_next(job->request, "/v1/tasks", cursor) : NULL, &body);
    base_free(tasks);
}

static bool read_cursor(const char *text, struct store_owed_key *after)
{
    long day;
    unsigned long long application;
    unsigned task;
    int used = 0;

    if (sscanf(text, "%ld.%llu.%u%n", &day, &application, &task, &used) != 3 || text[used] != '\0' ||
        day < INT32_MIN || day > INT32_MAX || task >= CORE_TASKS_MAX)
        return false;
    *after = (struct store_owed_key){.due_day = (int32_t)day, .application = application, .task = (uint8_t)task};
    return true;
}

/* Who is bound to a department sees that, whatever is asked for. */
static const char *department_of(struct front_request *request)
{
    const char *bound = engine_scope_of(request);

    return bound != NULL ? bound : front_query(request, "department");
}

static const char *task_fault(struct engine *engine, struct front_request *request, struct tasks *tasks)
{
    const char *department = department_of(request), *state = front_query(request, "state");
    const char *limit = front_query(request, "limit"), *cursor = front_query(request, "cursor");
    struct engine_department *found;
    char *end;

    tasks->limit = BASE_PAGE_DEFAULT;
    if (department != NULL) {
        if (catalog_department_find(engine->catalog, department) == NULL ||
            engine_department_get(engine, department, &found) != OD_OK)
            return "department";
        tasks->department = found->number;
        tasks->is_all = found->link != NULL || state != NULL;
    }
    if (state != NULL && (tasks->state = (uint8_t)core_task_state_find(state)) == CORE_TASK_NONE)
        return "state";
    if (limit != NULL) {
        long parsed = strtol(limit, &end, 10);
        if (*limit < '0' || *limit > '9' || *end != '\0' || parsed < 1 || parsed > BASE_PAGE_MAX)
            return "limit";
        tasks->limit = (uint32_t)parsed;
    }
    return cursor != NULL && !read_cursor(cursor, &tasks->after) ? "cursor" : NULL;
}

void engine_task_list(struct engine *engine, struct front_request *request)
{
    struct tasks *tasks = base_alloc(sizeof(*tasks));
    int rc = OD_ENOMEM;

    if (tasks != NULL) {
        tasks->department = -1;
        tasks->after.due_day = INT32_MIN;
        const char *fault = task_fault(engine, request, tasks);
        if (fault != NULL) {
            engine_refuse_query(request, fault);
            base_free(tasks);
            return;
        }
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_tasks, .on_done = on_tasks, .data = tasks});
    }
    if (rc != OD_OK) {
        base_free(tasks);
        engine_answer_rc(request, rc);
    }
}

/* -- One task, with what its department may see of the form -- */

struct shown {
    const char *document;
    size_t document_size;
};

static void read_task(struct engine_job *job, struct store_reader *reader)
{
    struct shown *shown = job->data;

    job->rc = store_read_application(reader, job->id, &job->arena, &job->row);
    if (job->rc == OD_OK)
        job->rc = store_read_document(reader, job->id, &job->arena, &shown->document, &shown->document_size);
}

/* Those who act on it, and the front desk that took it in. */
static bool may_read(const struct front_request *request, const char *department)
{
    return engine_may_act(request, department) || (request->identity.roles & FRONT_ROLE_FRONT_DESK) != 0;
}

/* The fields that the matter declares, without those that the reader need not see. */
static void put_form(struct base_buffer *body, const struct engine_job *job, const struct engine_application *application,
                     const struct base_json *document)
{
    struct base_json_error error;
    struct base_json *form = NULL;
    struct base_buffer whole = {0};

    engine_put_form(&whole, NULL, application, job->task, document, NULL);
    if (whole.is_broken || base_json_parse(whole.bytes, whole.size, &form, &error) != OD_OK)
        body->is_broken = true;
    base_json_open(body, "form", '{');
    for (const struct base_json *member = base_json_first(form); member != NULL; member = base_json_next(member))
        if (engine_field_may_see(job->request->identity.roles, application->service, base_json_key(member)))
            base_json_put(body, base_json_key(member), member);
    base_json_close(body, '}');
    base_json_destroy(form);
    base_buffer_fini(&whole);
}

static void answer_task(struct engine_job *job, const struct engine_application *application)
{
    const struct shown *shown = job->data;
    struct base_json_error error;
    struct base_json *document = NULL;
    struct base_buffer body = {0};
    char headers[64], tag[ENGINE_TAG_SIZE];

    if (base_json_parse(shown->document, shown->document_size, &document, &error) != OD_OK)
        document = NULL;
    base_json_open(&body, NULL, '{');
    engine_put_task_members(&body, application, job->task, true);
    put_form(&body, job, application, document);
    engine_applicant_put(&body, "applicant", base_json_member(document, "applicant"), job->request->identity.roles);
    engine_put_materials(&body, application, job->task, document, NULL);
    base_json_close(&body, '}');
    base_json_destroy(document);
    engine_tag(application, job->task, tag);
    snprintf(headers, sizeof(headers), "ETag: %s\r\n", tag);
    front_answer(job->request, 200, "application/json", headers, &body);
}

static void on_task(struct engine_job *job)
{
    struct engine_application *application = NULL;

    if (job->rc == OD_OK)
        job->rc = engine_row_read(job->engine, job->id, job->row.state, job->row.state_size, &application);
    if (job->rc == OD_OK && job->task >= application->core->task_count)
        job->rc = OD_ENOTFOUND;
    if (job->rc == OD_OK && !may_read(job->request, application->service->matters[job->task]->department->id))
        front_answer_problem(job->request, FRONT_FORBIDDEN,
                             front_say(job->request, "这是其他部门的任务。", "This is another department's task."), NULL, 0);
    else if (job->rc == OD_OK)
        answer_task(job, application);
    else
        engine_answer_rc(job->request, job->rc);
    engine_application_destroy(application);
    base_free(job->data);
}

static void task_show(struct engine *engine, struct front_request *request, uint64_t id, unsigned task)
{
    struct shown *shown = base_alloc(sizeof(*shown));
    int rc = OD_ENOMEM;

    if (shown != NULL)
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_task, .on_done = on_task,
                                                            .id = id, .task = task, .data = shown});
    if (rc != OD_OK) {
        base_free(shown);
        engine_answer_rc(request, rc);
    }
}

void engine_task_show(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;
    unsigned task;

    if (base_task_number_parse(request->params[0], &id, &day, &task) == OD_OK)
        task_show(engine, request, id, task);
    else
        engine_answer_rc(request, OD_ENOTFOUND);
}
