/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/incident.h"
#include "engine/scope.h"
#include "store/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPARTMENTS_MAX 256
#define EXAMPLE_GROUPS_MAX 40 /* groups whose tasks are read for their numbers */

static const uint8_t errand_kinds[] = {ENGINE_ENTRY_MESSAGE, ENGINE_ENTRY_PARCEL, ENGINE_ENTRY_SCAN};
#define ERRAND_KINDS (sizeof(errand_kinds) / sizeof(errand_kinds[0]))

/* Tasks of one group, as the store has them. */
struct found {
    struct store_parked group; /* parked 0: tasks that are late */
    bool is_at_least;
    int32_t first_day, last_day;
    struct store_owed_key keys[ENGINE_INCIDENT_EXAMPLES_MAX];
    struct store_row rows[ENGINE_INCIDENT_EXAMPLES_MAX];
    size_t key_count;
};

struct reading {
    incidents_cb on_read;
    core_day today;
    bool is_overseer;           /* of connectors and notices, too */
    uint16_t only;              /* the department that the reader is bound to; 0 = none */
    uint16_t departments[DEPARTMENTS_MAX];
    size_t department_count;
    struct found found[ENGINE_INCIDENTS_MAX];
    size_t found_count;
    bool is_cut;
    uint32_t late;              /* applications */
    struct store_row late_rows[ENGINE_INCIDENT_EXAMPLES_MAX];
    size_t late_row_count;
    struct store_entry *errands[ERRAND_KINDS][2]; /* failed, waiting; in the job's arena */
    size_t errand_counts[ERRAND_KINDS][2];
    struct incidents incidents;
};

/* -- In the pool -- */

static int read_examples(struct found *found, struct engine_job *job, struct store_reader *reader)
{
    int rc = OD_OK;

    for (size_t i = 0; rc == OD_OK && i < found->key_count; i++)
        rc = store_read_application(reader, found->keys[i].application, &job->arena, &found->rows[i]);
    if (rc != OD_ENOTFOUND)
        return rc;
    found->key_count = 0; /* it has gone meanwhile */
    return OD_OK;
}

static int read_parked(struct reading *reading, struct engine_job *job, struct store_reader *reader)
{
    struct store_parked *groups = base_arena_take(&job->arena, ENGINE_INCIDENTS_MAX * sizeof(*groups));
    size_t count = 0;
    int rc = groups == NULL ? OD_ENOMEM : store_read_parked_groups(reader, groups, ENGINE_INCIDENTS_MAX, &count, &reading->is_cut);

    for (size_t i = 0; rc == OD_OK && i < count; i++) {
        struct found *found = &reading->found[reading->found_count];

        if (reading->only != 0 && groups[i].department != reading->only)
            continue;
        *found = (struct found){.group = groups[i]};
        if (reading->found_count++ < EXAMPLE_GROUPS_MAX)
            rc = store_read_parked(reader, groups[i].parked, groups[i].department, found->keys, ENGINE_INCIDENT_EXAMPLES_MAX, &found->key_count);
        if (rc == OD_OK)
            rc = read_examples(found, job, reader);
    }
    return rc;
}

static int read_late_of(struct reading *reading, struct engine_job *job, struct store_reader *reader, uint16_t department)
{
    struct found *found = &reading->found[reading->found_count];

    *found = (struct found){.group = {.department = department}};
    int rc = store_count_worklist(reader, department, reading->today, ENGINE_COUNT_MAX, &found->group.count);
    if (rc != OD_OK || found->group.count == 0)
        return rc;
    reading->found_count++;
    found->is_at_least = found->group.count == ENGINE_COUNT_MAX;
    rc = store_read_worklist_last(reader, department, reading->today, &found->last_day);
    if (rc == OD_ENOTFOUND) { /* the last of them was decided in between */
        reading->found_count--;
        return OD_OK;
    }
    if (rc == OD_OK)
        rc = store_read_worklist(reader, department, NULL, found->keys, ENGINE_INCIDENT_EXAMPLES_MAX, &found->key_count);
    while (found->key_count > 0 && found->keys[found->key_count - 1].due_day >= reading->today)
        found->key_count--;
    found->first_day = found->key_count > 0 ? found->keys[0].due_day : 0;
    return rc == OD_OK ? read_examples(found, job, reader) : rc;
}

static int read_late(struct reading *reading, struct engine_job *job, struct store_reader *reader)
{
    struct store_filter filter = {.status = CORE_STATUS_IN_REVIEW, .service = -1, .department = -1, .due_before = INT32_MAX, .overdue = 1,
                                  .before = UINT64_MAX, .limit = ENGINE_INCIDENT_EXAMPLES_MAX};
    uint64_t next;
    int rc = OD_OK;

    for (size_t i = 0; rc == OD_OK && i < reading->department_count && reading->found_count < ENGINE_INCIDENTS_MAX; i++)
        if (reading->only == 0 || reading->departments[i] == reading->only)
            rc = read_late_of(reading, job, reader, reading->departments[i]);
    if (rc == OD_OK && reading->only == 0)
        rc = store_count_late(reader, ENGINE_COUNT_MAX, &reading->late);
    if (rc == OD_OK && reading->late > 0)
        rc = store_read_list(reader, &filter, &job->arena, reading->late_rows, &reading->late_row_count, &next);
    return rc;
}

static int read_errands(struct reading *reading, struct engine_job *job, struct store_reader *reader)
{
    static const uint8_t states[] = {ENGINE_ERRAND_FAILED, ENGINE_ERRAND_WAITING};
    int rc = OD_OK;

    for (size_t kind = 0; reading->is_overseer && kind < ERRAND_KINDS; kind++)
        for (size_t state = 0; rc == OD_OK && state < 2; state++) {
            struct store_entry_filter filter = {.kind = errand_kinds[kind], .state = states[state], .department = -1, .before = UINT64_MAX};
            struct store_entry *entries = base_arena_take(&job->arena, INCIDENT_LOOK_MAX * sizeof(*entries));
            uint64_t next;

            reading->errands[kind][state] = entries;
            if (entries == NULL)
                rc = OD_ENOMEM;
            else if (states[state] == ENGINE_ERRAND_WAITING) /* those that wait longest */
                rc = store_read_entries_up(reader, errand_kinds[kind], states[state], 0, &job->arena, entries, INCIDENT_LOOK_MAX,
                                           &reading->errand_counts[kind][state]);
            else
                rc = store_read_entries(reader, &filter, &job->arena, entries, INCIDENT_LOOK_MAX, &reading->errand_counts[kind][state], &next);
        }
    return rc;
}

static void read_all(struct engine_job *job, struct store_reader *reader)
{
    struct reading *reading = job->data;

    job->rc = read_parked(reading, job, reader);
    if (job->rc == OD_OK)
        job->rc = read_late(reading, job, reader);
    if (job->rc == OD_OK)
        job->rc = read_errands(reading, job, reader);
}

/* -- Groups -- */

/* A new group; NULL: there is no such kind, or no room. */
static struct incident *add(struct reading *reading, const char *kind, const char *cause, const char *subject)
{
    struct incidents *incidents = &reading->incidents;
    const struct incident_kind *row = engine_incident_kind_find(kind, cause);

    if (row == NULL)
        return NULL;
    if (incidents->count == ENGINE_INCIDENTS_MAX) {
        incidents->is_cut = true;
        return NULL;
    }
    struct incident *incident = &incidents->items[incidents->count++];
    *incident = (struct incident){.kind = row};
    snprintf(incident->subject, sizeof(incident->subject), "%s", subject != NULL ? subject : "");
    return incident;
}

/* The task's number, or the application's where task is CORE_TASKS_MAX. */
static void add_example(struct engine *engine, struct incident *incident, const struct store_row *row, unsigned task)
{
    struct engine_application *application;
    char *id = incident->examples[incident->example_count].id;

    if (engine_row_read(engine, row->application, row->state, row->state_size, &application) != OD_OK)
        return;
    if (task < CORE_TASKS_MAX)
        base_task_number_format(application->id, application->core->received_day, task, id);
    else
        base_number_format(application->id, application->core->received_day, id);
    incident->example_count++;
    engine_application_destroy(application);
}

static void add_found(struct engine *engine, struct reading *reading, const struct found *found)
{
    const char *department = store_department_name(engine->store, found->group.department);
    bool is_late = found->group.parked == 0;
    struct incident *incident = add(reading, is_late ? "late" : "parked", is_late ? "task" : core_park_reason_name(found->group.parked), department);

    if (incident == NULL)
        return;
    snprintf(incident->department, sizeof(incident->department), "%s", incident->subject);
    incident->count = found->group.count;
    incident->is_at_least = found->is_at_least;
    incident->first_ms = found->group.first_ms;
    incident->last_ms = found->group.last_ms;
    incident->first_day = found->first_day;
    incident->last_day = found->last_day;
    for (size_t i = 0; i < found->key_count; i++)
        add_example(engine, incident, &found->rows[i], found->keys[i].task);
}

static void add_late(struct engine *engine, struct reading *reading)
{
    struct incident *incident = reading->late > 0 ? add(reading, "late", "application", NULL) : NULL;

    if (incident == NULL)
        return;
    incident->count = reading->late;
    incident->is_at_least = reading->late == ENGINE_COUNT_MAX;
    for (size_t i = 0; i < reading->late_row_count; i++)
        add_example(engine, incident, &reading->late_rows[i], CORE_TASKS_MAX);
}

bool engine_incident_errand_is(const struct engine_errand *errand, const char *cause, core_ms now_ms)
{
    const char *opinion = base_json_member_text(engine_errand_member(errand, "note"), "opinion");

    if (strcmp(cause, "stuck") == 0)
        return errand->state == ENGINE_ERRAND_WAITING && errand->since_ms + INCIDENT_STUCK_MS <= now_ms;
    if (errand->state != ENGINE_ERRAND_FAILED || errand->ended_ms + INCIDENT_FAILED_MS < now_ms)
        return false;
    return errand->kind->entry != ENGINE_ENTRY_SCAN || opinion == NULL || strcmp(opinion, "reject") != 0; /* infected: nothing stands still */
}

static struct incident *group_of(struct reading *reading, const char *kind, const char *cause, const char *subject)
{
    for (size_t i = 0; i < reading->incidents.count; i++) {
        struct incident *incident = &reading->incidents.items[i];

        if (strcmp(incident->kind->kind, kind) == 0 && strcmp(incident->kind->cause, cause) == 0 && strcmp(incident->subject, subject) == 0)
            return incident;
    }
    return add(reading, kind, cause, subject);
}

static void add_errand(struct engine *engine, struct reading *reading, const struct store_entry *entry, const char *cause, bool is_full)
{
    struct engine_errand errand;

    if (engine_errand_read(entry, &errand) != OD_OK)
        return;
    core_ms at_ms = errand.ended_ms > 0 ? errand.ended_ms : errand.since_ms;
    struct incident *incident = engine_incident_errand_is(&errand, cause, engine->now.ms) ? group_of(reading, errand.kind->serves, cause, errand.connector) : NULL;
    if (incident != NULL) {
        incident->count++;
        incident->is_at_least = is_full;
        incident->first_ms = incident->first_ms == 0 || at_ms < incident->first_ms ? at_ms : incident->first_ms;
        incident->last_ms = at_ms > incident->last_ms ? at_ms : incident->last_ms;
        if (incident->example_count < ENGINE_INCIDENT_EXAMPLES_MAX)
            engine_errand_id_format(errand.kind, errand.id, incident->examples[incident->example_count++].id);
    }
    engine_errand_fini(&errand);
}

static void add_errands(struct engine *engine, struct reading *reading)
{
    for (size_t kind = 0; kind < ERRAND_KINDS; kind++)
        for (size_t state = 0; state < 2; state++)
            for (size_t i = 0; i < reading->errand_counts[kind][state]; i++)
                add_errand(engine, reading, &reading->errands[kind][state][i], state == 0 ? "failed" : "stuck",
                           reading->errand_counts[kind][state] == INCIDENT_LOOK_MAX);
}

/* -- Connectors -- */

static void add_connector(struct reading *reading, const struct base_json *status, const char *cause, core_ms since_ms)
{
    struct incident *incident = add(reading, "connector", cause, base_json_member_text(status, "id"));
    const char *said = base_json_member_text(status, "last_error");

    if (incident == NULL)
        return;
    incident->count = 1;
    incident->first_ms = incident->last_ms = since_ms;
    snprintf(incident->detail, sizeof(incident->detail), "%s", said != NULL ? said : "");
}

static void look_at_status(struct reading *reading, const struct base_json *status)
{
    const char *state = base_json_member_text(status, "state"), *since = base_json_member_text(status, "since"),
               *breaker = base_json_member_text(status, "breaker");
    core_ms since_ms = 0;

    if (since != NULL && base_time_parse(since, &since_ms) != OD_OK)
        since_ms = 0;
    if (state != NULL && engine_incident_kind_find("connector", state) != NULL)
        add_connector(reading, status, state, since_ms);
    else if (breaker != NULL && strcmp(breaker, "closed") != 0)
        add_connector(reading, status, "breaker_open", 0);
    if (base_json_member_text(status, "trust_error") != NULL)
        add_connector(reading, status, "distrusted", 0);
}

static void add_connectors(struct engine *engine, struct reading *reading)
{
    struct base_json_error error;

    for (struct connect_link *link = connect_first(engine->connect); link != NULL; link = connect_next(link)) {
        struct base_buffer text = {0};
        struct base_json *status = NULL;

        if (connect_link_role(link) != CONNECT_ROLE_CURRENT)
            continue;
        connect_put_status(&text, NULL, link);
        if (!text.is_broken && base_json_parse(text.bytes, text.size, &status, &error) == OD_OK)
            look_at_status(reading, status);
        base_json_destroy(status);
        base_buffer_fini(&text);
    }
    for (size_t i = 0; i < engine->department_count; i++) {
        const struct engine_department *department = engine->departments[i];
        struct incident *incident = department->unserved[0] != '\0' ? add(reading, "connector", "failed", department->unserved) : NULL;

        if (incident != NULL) {
            incident->count = 1;
            snprintf(incident->detail, sizeof(incident->detail), "%s", department->unserved_text);
        }
        if (department->callbacks_refused > 0 && department->link != NULL &&
            (incident = add(reading, "callbacks", "refused", connect_link_id(department->link))) != NULL) {
            incident->count = department->callbacks_refused;
            incident->first_ms = department->refused_first_ms;
            incident->last_ms = department->refused_last_ms;
        }
    }
}

/* -- All of it -- */

/* What is worst first, then what has stood for longest. */
static int compare(const void *a, const void *b)
{
    char left[INCIDENT_KEY_SIZE], right[INCIDENT_KEY_SIZE];

    engine_incident_key_format(a, left);
    engine_incident_key_format(b, right);
    return strcmp(left, right);
}

static void on_all(struct engine_job *job)
{
    struct reading *reading = job->data;
    struct engine *engine = job->engine;

    if (job->rc == OD_OK) {
        reading->incidents.is_cut = reading->is_cut;
        for (size_t i = 0; i < reading->found_count; i++)
            add_found(engine, reading, &reading->found[i]);
        add_late(engine, reading);
        add_errands(engine, reading);
        if (reading->is_overseer && engine->connect != NULL)
            add_connectors(engine, reading);
        qsort(reading->incidents.items, reading->incidents.count, sizeof(reading->incidents.items[0]), compare);
    }
    reading->on_read(engine, job->request, &reading->incidents, job->rc);
    base_free(reading);
}

static int take_departments(struct engine *engine, struct front_request *request, struct reading *reading)
{
    const char *bound = engine_scope_of(request);
    int rc = bound != NULL ? store_department(engine->store, bound, &reading->only) : OD_OK;

    for (size_t i = 0; rc == OD_OK && i < catalog_department_count(engine->catalog) && i < DEPARTMENTS_MAX; i++)
        rc = store_department(engine->store, catalog_department_at(engine->catalog, i)->id, &reading->departments[reading->department_count++]);
    return rc;
}

int engine_incidents_read(struct engine *engine, struct front_request *request, incidents_cb on_read)
{
    struct reading *reading = base_alloc(sizeof(*reading));

    if (reading == NULL)
        return OD_ENOMEM;
    reading->on_read = on_read;
    reading->today = engine->now.day;
    reading->is_overseer = (request->identity.roles & (FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)) != 0;
    int rc = take_departments(engine, request, reading);
    if (rc == OD_OK)
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_all, .on_done = on_all, .data = reading});
    if (rc != OD_OK)
        base_free(reading);
    return rc;
}
