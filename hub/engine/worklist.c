/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of tasks: the officers' worklist (due first), or everything that is owed to one
 * department. A page looks at a bounded number of rows.
 *
 *   query -> [pool: keys, which the days and claims decide; their rows] -> matter and state, row by row -> answer */
#include "engine/claim.h"
#include "engine/scope.h"
#include "store/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MAX 400 /* rows that a page reads to find those of a matter or state */

enum whose { WHOSE_ANY = 0, WHOSE_MINE, WHOSE_NOBODYS };

struct tasks {
    int32_t department; /* the store's number; -1 = all */
    uint8_t state;      /* enum core_task_state; 0 = any */
    bool is_all;        /* every owed task of the department, not only the officers' */
    enum whose whose;
    const char *claimant; /* with MINE: the reader's key */
    const char *matter; /* NULL = any */
    int32_t due_before; /* INT32_MAX = any */
    uint32_t limit;     /* tasks of the answer */
    uint32_t room;      /* rows that are read: more where rows are looked into */
    struct store_owed_key after, keys[LOOK_MAX];
    struct store_row rows[LOOK_MAX];
    int rcs[LOOK_MAX];
    size_t count;       /* of keys and rows */
    bool has_more;      /* behind the keys */
    struct store_owed_key last; /* looked at */
};

static bool is_due(const struct tasks *tasks, const struct store_owed_key *key)
{
    return tasks->due_before == INT32_MAX || key->due_day < tasks->due_before;
}

static bool is_wanted(const struct tasks *tasks, const struct store_owed_key *key)
{
    return (tasks->whose != WHOSE_NOBODYS || !key->is_claimed) && is_due(tasks, key);
}

static int read_window(const struct tasks *tasks, struct store_reader *reader, const struct store_owed_key *after,
                       struct store_owed_key *keys, size_t room, size_t *count)
{
    if (tasks->is_all)
        return store_read_owed(reader, (uint16_t)tasks->department, after, keys, room, count);
    if (tasks->whose == WHOSE_MINE)
        return store_read_claims(reader, tasks->claimant, after, keys, room, count);
    return store_read_worklist(reader, tasks->department, after, keys, room, count);
}

/* Keys that the days and claims let through, of STORE_SCAN_MAX that are looked at. */
static int read_keys(struct tasks *tasks, struct store_reader *reader)
{
    struct store_owed_key window[BASE_PAGE_MAX];
    size_t count = 0, scanned = 0;
    int rc = OD_OK;

    tasks->last = tasks->after;
    do {
        rc = read_window(tasks, reader, &tasks->last, window, BASE_PAGE_MAX, &count);
        for (size_t i = 0; rc == OD_OK && i < count; i++) {
            if (!tasks->is_all && !is_due(tasks, &window[i]))
                return OD_OK; /* due first: nothing behind it is due earlier */
            tasks->has_more = tasks->count == tasks->room;
            if (tasks->has_more)
                return OD_OK;
            if (is_wanted(tasks, &window[i]))
                tasks->keys[tasks->count++] = window[i];
            tasks->last = window[i];
        }
        scanned += count;
    } while (rc == OD_OK && count == BASE_PAGE_MAX && scanned < STORE_SCAN_MAX);
    tasks->has_more = rc == OD_OK && count == BASE_PAGE_MAX;
    return rc;
}

static void read_tasks(struct engine_job *job, struct store_reader *reader)
{
    struct tasks *tasks = job->data;

    job->rc = read_keys(tasks, reader);
    for (size_t i = 0; job->rc == OD_OK && i < tasks->count; i++)
        tasks->rcs[i] = store_read_application(reader, tasks->keys[i].application, &job->arena, &tasks->rows[i]);
}

/* Of claims a list of all departments is read: the filter's is looked at here. */
static bool is_row_wanted(const struct engine *engine, const struct tasks *tasks, const struct engine_application *application, unsigned task)
{
    const struct catalog_matter *matter;
    const char *department = tasks->department >= 0 ? store_department_name(engine->store, (uint16_t)tasks->department) : NULL;

    if (task >= application->core->task_count)
        return false;
    matter = application->service->matters[task];
    if (tasks->state != CORE_TASK_NONE && application->core->tasks[task].state != tasks->state)
        return false;
    if (tasks->matter != NULL && strcmp(matter->id, tasks->matter) != 0)
        return false;
    return tasks->whose != WHOSE_MINE || department == NULL || strcmp(matter->department->id, department) == 0;
}

static void put_tagged(struct base_buffer *body, const struct engine_application *application, unsigned task)
{
    char tag[ENGINE_TAG_SIZE];

    base_json_open(body, NULL, '{');
    engine_put_task_members(body, application, task, true);
    engine_tag(application, task, tag);
    base_json_put_text(body, "etag", tag);
    base_json_close(body, '}');
}

/* Returns 1 when it is one of those that are asked for. */
static unsigned put_item(struct base_buffer *body, struct engine_job *job, const struct tasks *tasks, size_t i)
{
    struct engine_application *application;
    unsigned task = tasks->keys[i].task;

    if (tasks->rcs[i] != OD_OK ||
        engine_row_read(job->engine, tasks->keys[i].application, tasks->rows[i].state, tasks->rows[i].state_size,
                        &application) != OD_OK)
        return 0;
    bool is_one = is_row_wanted(job->engine, tasks, application, task);
    if (is_one)
        put_tagged(body, application, task);
    engine_application_destroy(application);
    return is_one;
}

static void put_cursor(const struct store_owed_key *last, char cursor[64])
{
    snprintf(cursor, 64, "%ld.%llu.%u", (long)last->due_day, (unsigned long long)last->application, last->task);
}

static void on_tasks(struct engine_job *job)
{
    struct tasks *tasks = job->data;
    struct base_buffer body = {0};
    char cursor[64];
    unsigned put = 0;

    if (job->rc != OD_OK) {
        front_answer_problem(job->request, FRONT_INTERNAL, NULL, NULL, 0);
        base_free(tasks);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < tasks->count; i++) {
        if (put == tasks->limit) {
            tasks->has_more = true;
            tasks->last = tasks->keys[i - 1];
            break;
        }
        put += put_item(&body, job, tasks, i);
    }
    base_json_close(&body, ']');
    put_cursor(&tasks->last, cursor);
    base_json_put_text(&body, "next_cursor", tasks->has_more ? cursor : NULL);
    base_json_close(&body, '}');
    front_answer(job->request, 200, "application/json",
                 tasks->has_more ? engine_link_next(job->request, "/v1/tasks", cursor) : NULL, &body);
    base_free(tasks);
}

static bool read_cursor(const char *text, struct store_owed_key *after)
{
    long day;
    unsigned long long application;
    unsigned task;
    int used = 0;

    if (sscanf(text, "%ld.%llu.%u%n", &day, &application, &task, &used) != 3 || text[used] != '\0' ||
        day < INT32_MIN || day > INT32_MAX || application > INT64_MAX || task >= CORE_TASKS_MAX)
        return false;
    *after = (struct store_owed_key){.due_day = (int32_t)day, .application = application, .task = (uint8_t)task};
    return true;
}

/* Who is bound to a department sees that, whatever is asked for. A matter is one department's. */
static const char *department_of(struct front_request *request, const struct catalog_matter *matter)
{
    const char *bound = engine_scope_of(request), *asked = front_query(request, "department");

    if (bound != NULL)
        return bound;
    return asked == NULL && matter != NULL ? matter->department->id : asked;
}

static const char *department_fault(struct engine *engine, struct front_request *request, struct tasks *tasks)
{
    const struct catalog_matter *matter = tasks->matter != NULL ? catalog_matter_find(engine->catalog, tasks->matter) : NULL;
    const char *department = department_of(request, matter), *queue = front_query(request, "queue");
    struct engine_department *found;

    if (tasks->matter != NULL && matter == NULL)
        return "matter";
    if (queue != NULL && strcmp(queue, "worklist") != 0 && strcmp(queue, "all") != 0)
        return "queue";
    if (department == NULL)
        return queue != NULL && strcmp(queue, "all") == 0 ? "queue" : NULL; /* of one department alone */
    if (catalog_department_find(engine->catalog, department) == NULL || engine_department_get(engine, department, &found) != OD_OK)
        return "department";
    tasks->department = found->number;
    tasks->is_all = queue != NULL ? strcmp(queue, "all") == 0 : found->link != NULL || tasks->state != CORE_TASK_NONE;
    return NULL;
}

/* true, false, or not there; anything else is a fault. */
static bool read_flag(struct front_request *request, const char *name, bool *is_set)
{
    const char *text = front_query(request, name);

    *is_set = text != NULL && strcmp(text, "true") == 0;
    return text == NULL || *is_set || strcmp(text, "false") == 0;
}

static const char *days_fault(const struct engine *engine, struct front_request *request, struct tasks *tasks)
{
    const char *due = front_query(request, "due_before");
    bool is_late;

    if (due != NULL && base_day_parse(due, &tasks->due_before) != OD_OK)
        return "due_before";
    if (!read_flag(request, "late", &is_late))
        return "late";
    if (is_late && engine->now.day < tasks->due_before)
        tasks->due_before = engine->now.day;
    return NULL;
}

static const char *claim_fault(struct front_request *request, struct tasks *tasks)
{
    const char *claim = front_query(request, "claim");

    if (claim == NULL)
        return NULL;
    if (strcmp(claim, "mine") == 0)
        tasks->whose = WHOSE_MINE;
    else if (strcmp(claim, "none") == 0)
        tasks->whose = WHOSE_NOBODYS;
    else
        return "claim";
    tasks->claimant = request->identity.key_id;
    tasks->is_all = false; /* what a connector has nobody claims */
    return NULL;
}

static const char *task_fault(struct engine *engine, struct front_request *request, struct tasks *tasks)
{
    const char *state = front_query(request, "state"), *cursor = front_query(request, "cursor"), *fault;
    int64_t limit = BASE_PAGE_DEFAULT;

    tasks->matter = front_query(request, "matter");
    if (state != NULL && (tasks->state = (uint8_t)core_task_state_find(state)) == CORE_TASK_NONE)
        return "state";
    fault = department_fault(engine, request, tasks);
    if (fault == NULL)
        fault = days_fault(engine, request, tasks);
    if (fault == NULL)
        fault = claim_fault(request, tasks);
    if (fault != NULL)
        return fault;
    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, &limit))
        return "limit";
    bool looks_into_rows = tasks->matter != NULL || tasks->state != CORE_TASK_NONE || (tasks->whose == WHOSE_MINE && tasks->department >= 0);
    tasks->limit = (uint32_t)limit;
    tasks->room = looks_into_rows ? LOOK_MAX : tasks->limit;
    return cursor != NULL && !read_cursor(cursor, &tasks->after) ? "cursor" : NULL;
}

void engine_task_list(struct engine *engine, struct front_request *request)
{
    struct tasks *tasks = base_alloc(sizeof(*tasks));
    int rc = OD_ENOMEM;

    if (tasks != NULL) {
        tasks->department = -1;
        tasks->after.due_day = INT32_MIN;
        tasks->due_before = INT32_MAX;
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
