/* SPDX-License-Identifier: Apache-2.0 */
/* What stands still, told; and the act that is offered on all of a group, with what became of each.
 *
 *   retry -> kind and cause of the id (404) -> has it an act? (409) -> [pool: what is in it] -> front_group -> answered */
#include "engine/incident.h"
#include "engine/paging.h"
#include "engine/scope.h"
#include "store/desk.h"

#include <stdio.h>
#include <string.h>

/* -- GET /v1/incidents -- */

static const char *const level_names[] = {"info", "info", "yellow", "red"};

static void put_words(struct base_buffer *body, const char *key, const char *const texts[CATALOG_LANGUAGES])
{
    base_json_open(body, key, '{');
    base_json_put_text(body, "zh-CN", texts[CATALOG_ZH_CN]);
    base_json_put_text(body, "en", texts[CATALOG_EN]);
    base_json_close(body, '}');
}

static void put_seen(struct base_buffer *body, const struct incident *incident)
{
    if (incident->first_day > 0) {
        engine_put_day(body, "first", incident->first_day);
        engine_put_day(body, "last", incident->last_day);
    } else {
        engine_put_ms(body, "first", incident->first_ms);
        engine_put_ms(body, "last", incident->last_ms);
    }
    base_json_put_bool(body, "is_due_date", incident->first_day > 0);
}

static const char *page_of(const struct incident *incident, const char *id, char page[64 + BASE_ID_MAX])
{
    const char *kind = incident->kind->kind;

    if (strcmp(incident->kind->cause, "application") == 0)
        snprintf(page, 64 + BASE_ID_MAX, "/applications/%s", id);
    else if (strcmp(kind, "parked") == 0 || strcmp(kind, "late") == 0)
        snprintf(page, 64 + BASE_ID_MAX, "/tasks/%s", id);
    else if (strcmp(kind, "messages") == 0)
        snprintf(page, 64 + BASE_ID_MAX, "/messages/%s", id);
    else
        return NULL;
    return page;
}

static void put_examples(struct base_buffer *body, const struct incident *incident)
{
    char page[64 + BASE_ID_MAX];

    base_json_open(body, "examples", '[');
    for (size_t i = 0; i < incident->example_count; i++) {
        base_json_open(body, NULL, '{');
        base_json_put_text(body, "id", incident->examples[i].id);
        base_json_put_text(body, "page", page_of(incident, incident->examples[i].id, page));
        base_json_close(body, '}');
    }
    base_json_close(body, ']');
}

static void put_list(struct base_buffer *body, const struct incident *incident)
{
    const char *form = incident->kind->list, *hole = form != NULL ? strstr(form, "%s") : NULL;
    char page[256];

    if (hole != NULL)
        snprintf(page, sizeof(page), "%.*s%s%s", (int)(hole - form), form, incident->subject, hole + 2);
    base_json_put_text(body, "page", hole != NULL ? page : form);
}

static void put_act(struct base_buffer *body, const struct incident *incident, const char *id)
{
    static const char *const words[] = {NULL, "requeue", "retry", "enable"};

    base_json_put_text(body, "act", words[incident->kind->act]);
    if (incident->kind->act != INCIDENT_ACT_NONE) {
        char line[INCIDENT_ID_SIZE + 64];

        snprintf(line, sizeof(line), "onedoor incidents retry %s", id);
        base_json_put_text(body, "cli", line);
    }
}

static void put_subject(struct base_buffer *body, const struct engine *engine, const struct incident *incident)
{
    const struct catalog_department *department =
        incident->department[0] != '\0' ? catalog_department_find(engine->catalog, incident->department) : NULL;
    bool is_of_connector = incident->department[0] == '\0' && incident->subject[0] != '\0';

    base_json_put_text(body, "department", incident->department[0] != '\0' ? incident->department : NULL);
    if (department != NULL)
        catalog_put_text(body, "department_name", &department->name);
    base_json_put_text(body, "connector", is_of_connector ? incident->subject : NULL);
}

static void put_incident(struct base_buffer *body, const struct engine *engine, const struct incident *incident)
{
    char id[INCIDENT_ID_SIZE];

    engine_incident_id_format(incident, id);
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "id", id);
    base_json_put_text(body, "kind", incident->kind->kind);
    base_json_put_text(body, "cause", incident->kind->cause);
    base_json_put_text(body, "level", level_names[incident->kind->level]);
    put_subject(body, engine, incident);
    base_json_put_i64(body, "count", incident->count);
    base_json_put_bool(body, "is_at_least", incident->is_at_least);
    put_seen(body, incident);
    put_words(body, "text", incident->kind->text);
    put_words(body, "remedy", incident->kind->remedy);
    base_json_put_text(body, "detail", incident->detail[0] != '\0' ? incident->detail : NULL);
    put_examples(body, incident);
    put_list(body, incident);
    put_act(body, incident, id);
    base_json_close(body, '}');
}

/* Filters that are not there let everything through. */
static bool is_asked_for(struct front_request *request, const struct incident *incident)
{
    const char *kind = front_query(request, "kind"), *department = front_query(request, "department");

    return (kind == NULL || strcmp(kind, incident->kind->kind) == 0) && (department == NULL || strcmp(department, incident->department) == 0);
}

static void on_list(struct engine *engine, struct front_request *request, const struct incidents *incidents, int rc)
{
    struct base_buffer body = {0};
    struct engine_keyset keyset;
    char key[INCIDENT_KEY_SIZE];

    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    if (!engine_keyset_take(request, &keyset))
        return;
    base_json_open(&body, NULL, '{');
    engine_put_ms(&body, "as_of", engine->now.ms);
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < incidents->count; i++) {
        engine_incident_key_format(&incidents->items[i], key);
        if (is_asked_for(request, &incidents->items[i]) && (keyset.after == NULL || strcmp(key, keyset.after) > 0) &&
            engine_keyset_puts(&keyset, key))
            put_incident(&body, engine, &incidents->items[i]);
    }
    base_json_close(&body, ']');
    const char *link = engine_keyset_close(&keyset, request, "/v1/incidents", &body);
    base_json_put_bool(&body, "is_cut", incidents->is_cut);
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", link, &body);
}

static bool is_kind(const char *kind)
{
    static const char *const kinds[] = {"parked", "late", "connector", "callbacks", "messages", "parcels", "scans"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i], kind) == 0)
            return true;
    return false;
}

void engine_incidents_list(struct engine *engine, struct front_request *request)
{
    const char *kind = front_query(request, "kind"), *department = front_query(request, "department");

    if (kind != NULL && !is_kind(kind)) {
        engine_refuse_query(request, "kind");
        return;
    }
    if (department != NULL && catalog_department_find(engine->catalog, department) == NULL) {
        engine_refuse_query(request, "department");
        return;
    }
    int rc = engine_incidents_read(engine, request, on_list);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

/* -- POST /v1/incidents/{id}/retry -- */

struct retry {
    struct engine *engine;
    const struct incident_kind *kind;
    char subject[BASE_ID_MAX + 1];
    uint16_t department;
    struct store_owed_key keys[ENGINE_INCIDENT_ACTS_MAX + 1]; /* one more tells that something is left */
    struct store_row rows[ENGINE_INCIDENT_ACTS_MAX];
    struct store_entry *entries;
    size_t count;
    bool is_more;
    char texts[ENGINE_INCIDENT_ACTS_MAX][BASE_ID_MAX + 1];
    const char *ids[ENGINE_INCIDENT_ACTS_MAX];
    size_t id_count;
};

static void read_retry(struct engine_job *job, struct store_reader *reader)
{
    struct retry *retry = job->data;
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_MESSAGE, .state = ENGINE_ERRAND_FAILED, .department = -1, .before = UINT64_MAX};
    bool is_stuck = strcmp(retry->kind->cause, "stuck") == 0;
    uint64_t next;

    if (retry->kind->act == INCIDENT_ACT_RETRY) {
        retry->entries = base_arena_take(&job->arena, INCIDENT_LOOK_MAX * sizeof(*retry->entries));
        if (retry->entries == NULL)
            job->rc = OD_ENOMEM;
        else if (is_stuck)
            job->rc = store_read_entries_up(reader, ENGINE_ENTRY_MESSAGE, ENGINE_ERRAND_WAITING, 0, &job->arena, retry->entries,
                                            INCIDENT_LOOK_MAX, &retry->count);
        else
            job->rc = store_read_entries(reader, &filter, &job->arena, retry->entries, INCIDENT_LOOK_MAX, &retry->count, &next);
        retry->is_more = retry->count == INCIDENT_LOOK_MAX;
        return;
    }
    uint8_t parked = CORE_PARK_RETRIES_EXHAUSTED;
    while (strcmp(core_park_reason_name(parked), retry->kind->cause) != 0)
        parked++;
    job->rc = store_read_parked(reader, parked, retry->department, retry->keys, ENGINE_INCIDENT_ACTS_MAX + 1, &retry->count);
    retry->is_more = retry->count > ENGINE_INCIDENT_ACTS_MAX;
    retry->count = retry->is_more ? ENGINE_INCIDENT_ACTS_MAX : retry->count;
    for (size_t i = 0; job->rc == OD_OK && i < retry->count; i++)
        job->rc = store_read_application(reader, retry->keys[i].application, &job->arena, &retry->rows[i]);
}

static void take_tasks(struct retry *retry)
{
    for (size_t i = 0; i < retry->count; i++) {
        struct engine_application *application;

        if (engine_row_read(retry->engine, retry->keys[i].application, retry->rows[i].state, retry->rows[i].state_size, &application) != OD_OK)
            continue;
        base_task_number_format(application->id, application->core->received_day, retry->keys[i].task, retry->texts[retry->id_count]);
        retry->id_count++;
        engine_application_destroy(application);
    }
}

static void take_messages(struct retry *retry)
{
    for (size_t i = 0; i < retry->count; i++) {
        struct engine_errand errand;

        if (engine_errand_read(&retry->entries[i], &errand) != OD_OK)
            continue;
        bool is_one = engine_incident_errand_is(&errand, retry->kind->cause, retry->engine->now.ms) && strcmp(errand.connector, retry->subject) == 0;
        if (is_one && retry->id_count == ENGINE_INCIDENT_ACTS_MAX)
            retry->is_more = true;
        else if (is_one)
            engine_errand_id_format(errand.kind, errand.id, retry->texts[retry->id_count++]);
        engine_errand_fini(&errand);
    }
}

static void on_acted(struct front_request *request, const struct front_group_answer *answers, size_t count, void *data)
{
    struct retry *retry = data;
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "incident", request->params[0]);
    engine_put_group(&body, "id", retry->ids, answers, count);
    base_json_put_bool(&body, "is_more", retry->is_more);
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", NULL, &body);
    base_free(retry);
}

static int act(struct retry *retry, struct front_request *request)
{
    static const enum front_route routes[] = {
        [INCIDENT_ACT_NONE] = FRONT_ROUTE_NONE, [INCIDENT_ACT_REQUEUE] = FRONT_TASK_REQUEUE, [INCIDENT_ACT_RETRY] = FRONT_MESSAGE_RETRY,
        [INCIDENT_ACT_ENABLE] = FRONT_CONNECTOR_ENABLE};
    struct front_group_item items[ENGINE_INCIDENT_ACTS_MAX];
    bool has_body = request->body_text != NULL && request->body_size > 0;

    for (size_t i = 0; i < retry->id_count; i++) {
        retry->ids[i] = retry->texts[i];
        items[i] = (struct front_group_item){.route = routes[retry->kind->act], .param = retry->texts[i],
                                             .body = has_body ? request->body_text : "{}", .body_size = has_body ? request->body_size : 2};
    }
    return front_group_start(request, items, retry->id_count, on_acted, retry);
}

static void answer_gone(struct front_request *request)
{
    front_answer_problem(request, FRONT_NOT_FOUND, front_say(request, "目前没有这一类问题。", "Nothing stands still for this cause just now."), NULL, 0);
}

static void on_retry(struct engine_job *job)
{
    struct retry *retry = job->data;
    int rc = job->rc;

    if (rc == OD_OK && retry->kind->act == INCIDENT_ACT_RETRY)
        take_messages(retry);
    else if (rc == OD_OK)
        take_tasks(retry);
    if (rc == OD_OK && retry->id_count > 0)
        rc = act(retry, job->request);
    else if (rc == OD_OK) {
        answer_gone(job->request);
        base_free(retry);
        return;
    }
    if (rc != OD_OK) {
        engine_answer_rc(job->request, rc);
        base_free(retry);
    }
}

/* "parked.poison.fire" -> its kind, and "fire". */
static const struct incident_kind *id_read(const char *id, char subject[BASE_ID_MAX + 1])
{
    char kind[32] = "", cause[32] = "";
    int used = 0;

    if (sscanf(id, "%31[^.].%31[^.]%n", kind, cause, &used) != 2 || (id[used] != '\0' && id[used] != '.') ||
        strlen(id) - (size_t)used > BASE_ID_MAX + 1)
        return NULL;
    snprintf(subject, BASE_ID_MAX + 1, "%s", id[used] == '.' ? id + used + 1 : "");
    return engine_incident_kind_find(kind, cause);
}

/* Connectors and messages are the overseers'; tasks of a department its people's, too. */
static bool may_act(struct front_request *request, const struct incident_kind *kind, const char *subject)
{
    const char *bound = engine_scope_of(request);
    bool is_overseer = (request->identity.roles & (FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)) != 0;

    return kind->act == INCIDENT_ACT_REQUEUE ? bound == NULL || strcmp(bound, subject) == 0 : is_overseer;
}

static int retry_start(struct engine *engine, struct front_request *request, struct retry *retry)
{
    if (retry->kind->act == INCIDENT_ACT_ENABLE) {
        memcpy(retry->texts[retry->id_count++], retry->subject, sizeof(retry->subject));
        return act(retry, request);
    }
    if (retry->kind->act == INCIDENT_ACT_REQUEUE && catalog_department_find(engine->catalog, retry->subject) == NULL)
        return OD_ENOTFOUND;
    int rc = retry->kind->act == INCIDENT_ACT_REQUEUE ? store_department(engine->store, retry->subject, &retry->department) : OD_OK;
    return rc == OD_OK ? engine_job_start(engine, &(struct engine_job){.request = request, .run = read_retry, .on_done = on_retry, .data = retry}) : rc;
}

void engine_incidents_retry(struct engine *engine, struct front_request *request)
{
    struct retry *retry = base_alloc(sizeof(*retry));
    int rc = OD_ENOMEM;

    if (retry != NULL) {
        retry->engine = engine;
        retry->kind = id_read(request->params[0], retry->subject);
        if (retry->kind == NULL) {
            engine_answer_rc(request, OD_ENOTFOUND);
            base_free(retry);
            return;
        }
        if (!may_act(request, retry->kind, retry->subject)) {
            engine_refuse_other(request);
            base_free(retry);
            return;
        }
        if (retry->kind->act == INCIDENT_ACT_NONE) {
            front_answer_problem(request, FRONT_CONFLICT, front_say(request, retry->kind->remedy[CATALOG_ZH_CN], retry->kind->remedy[CATALOG_EN]), NULL, 0);
            base_free(retry);
            return;
        }
        rc = retry_start(engine, request, retry);
    }
    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        base_free(retry);
    }
}
