/* SPDX-License-Identifier: Apache-2.0 */
/* How an applicant was served, in five levels and two dimensions: attitude and professional ability. Once for an
 * application, a window and an officer; by number and code, or at a window or kiosk of the front desk. A bad one opens
 * the time in which it is put right.
 *
 *   evaluation -> code (404) -> application (404) -> members (422) -> put under "number|window|officer" -> durable -> 201
 *                                          there is one already: the same again, or 409 */
#include "engine/concern.h"
#include "engine/repeat.h"

#include <stdio.h>
#include <string.h>

struct rating {
    struct front_request *request;
    const struct engine_concern_kind *kind;
    const char *text, *task, *officer, *window; /* NULL = none */
    int64_t attitude, ability;
    uint64_t id, application;
    char name[STORE_ENTRY_NAME_MAX + 1];
    char hash[2 * BASE_HASH_SIZE + 1]; /* of what was sent */
};

static bool read_level(struct rating *rating, const char *key, int64_t *level)
{
    char pointer[32];

    if (base_json_i64(base_json_member(rating->request->body, key), 1, ENGINE_CONCERN_LEVELS, level) == OD_OK)
        return true;
    snprintf(pointer, sizeof(pointer), "/%s", key);
    engine_refuse(rating->request, pointer, "range", "评价为 1（非常不满意）至 5（非常满意）的整数。",
                  "A rating is a whole number from 1 (very bad) to 5 (very good).");
    return false;
}

static bool read_members(struct rating *rating)
{
    static const char *const names[] = {"attitude", "ability", "text", "task", "officer", "window", "code", NULL};
    struct front_request *request = rating->request;

    return engine_fields_only(request, request->body, "", names) && read_level(rating, "attitude", &rating->attitude) &&
           read_level(rating, "ability", &rating->ability) && engine_field_text(request, "text", ENGINE_CONCERN_TEXT_MAX, false, &rating->text) &&
           engine_field_text(request, "task", BASE_NUMBER_SIZE, false, &rating->task) &&
           engine_field_text(request, "officer", BASE_ID_MAX, false, &rating->officer) &&
           engine_field_text(request, "window", BASE_ID_MAX, false, &rating->window);
}

static bool is_bad(const struct rating *rating)
{
    return rating->attitude <= ENGINE_CONCERN_BAD_MAX || rating->ability <= ENGINE_CONCERN_BAD_MAX;
}

static void put_members(struct base_buffer *body, const struct rating *rating, const struct engine_application *application)
{
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "by", engine_concern_by(rating->request));
    base_json_put_text(body, "language", rating->request->language == FRONT_EN ? "en" : "zh-CN");
    base_json_put_text(body, "number", rating->request->params[0]);
    base_json_put_text(body, "service", application->service->id);
    base_json_put_i64(body, "attitude", rating->attitude);
    base_json_put_i64(body, "ability", rating->ability);
    if (rating->text != NULL)
        base_json_put_text(body, "text", rating->text);
    if (rating->task != NULL)
        base_json_put_text(body, "task", rating->task);
    if (rating->officer != NULL)
        base_json_put_text(body, "officer", rating->officer);
    if (rating->window != NULL) {
        base_json_put_text(body, "window", rating->window);
        base_json_put_text(body, "counted_window", rating->window);
    }
    base_json_put_text(body, "body_hash", rating->hash);
}

static void on_earlier(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct rating *rating = data;
    struct engine_concern concern = {0};

    if (rc == OD_OK)
        rc = engine_concern_read(engine, entry, &concern);
    const char *hash = rc == OD_OK ? base_json_member_text(concern.tree, "body_hash") : NULL;
    if (rc != OD_OK)
        engine_answer_rc(rating->request, rc);
    else if (hash != NULL && strcmp(hash, rating->hash) == 0)
        engine_concern_answer(engine, rating->request, rating->kind, entry->id, 201, ENGINE_REPEAT_HEADER);
    else
        front_answer_problem(rating->request, FRONT_CONFLICT,
                             front_say(rating->request, "这次服务已经评价过，每个窗口和工作人员只评价一次。",
                                       "This was rated already; each window and officer is rated once."), NULL, 0);
    engine_concern_fini(&concern);
}

static void on_stored(struct engine *engine, void *data, int rc)
{
    struct rating *rating = data;

    if (rc == OD_EEXIST)
        rc = engine_entry_get(engine, ENGINE_ENTRY_EVALUATION, 0, rating->name, on_earlier, rating);
    else if (rc == OD_OK)
        engine_concern_answer(engine, rating->request, rating->kind, rating->id, 201, NULL);
    if (rc != OD_OK)
        engine_answer_rc(rating->request, rc);
}

static int put(struct rating *rating, struct engine *engine, const struct engine_application *application, uint16_t department)
{
    struct engine_concern_put change = {.entry = {.kind = ENGINE_ENTRY_EVALUATION, .state = is_bad(rating) ? ENGINE_CONCERN_OPEN : ENGINE_CONCERN_KEPT,
                                                  .department = department, .application = rating->application, .wake_minute = INT64_MAX,
                                                  .at_ms = engine->now.ms, .name = rating->name}};
    struct base_buffer body = {0}, more = {0};
    core_day due = 0;
    int rc = OD_OK;

    change.told = (struct engine_concern_told){.kind = ENGINE_ENTRY_EVALUATION, .change = ENGINE_CONCERN_MADE, .service = application->service->id,
                                               .attitude = (uint8_t)rating->attitude, .ability = (uint8_t)rating->ability};
    put_members(&body, rating, application);
    if (is_bad(rating))
        rc = engine_concern_start(engine, CATALOG_AFTERCARE_REPAIR, &body, &change.entry.wake_minute, &due);
    base_json_close(&body, '}');
    if (rc == OD_OK)
        rc = engine_concern_count_at(engine, engine_is_staff(rating->request), rating->window, rating->officer, &change.told);
    change.entry.id = rating->id = rc == OD_OK ? engine_entry_id(engine, ENGINE_ENTRY_EVALUATION) : 1;
    engine_concern_put_more(&more, engine, rating->kind, &change.entry);
    engine_concern_told_put(&more, &change.told);
    base_json_put_bool(&more, "bad", is_bad(rating));
    if (due != 0)
        engine_put_day(&more, "due", due);
    change.entry.body = base_buffer_text(&body);
    change.entry.body_size = (uint32_t)body.size;
    change.event = (struct engine_entry_event){.type = rating->kind->events.made, .by = engine_concern_by(rating->request),
                                               .number = rating->request->params[0], .more = base_buffer_text(&more)};
    if (is_bad(rating))
        change.alert = (struct engine_concern_alert){.kind = ENGINE_ALERT_BAD_RATING, .due = due};
    struct engine_batch_mark mark = engine_batch_mark(engine);
    if (rc == OD_OK)
        rc = body.is_broken || more.is_broken ? OD_ENOMEM : engine_concern_write(engine, rating->kind, &change, on_stored, rating);
    if (rc == OD_OK)
        rc = engine_repeat_keep(engine, rating->request, rating->id, mark.writes);
    if (rc != OD_OK)
        engine_batch_back(engine, mark);
    base_buffer_fini(&body);
    base_buffer_fini(&more);
    return rc;
}

/* The task's department; 0 when none is named. */
static bool find_department(struct rating *rating, struct engine *engine, const struct engine_application *application, uint16_t *number)
{
    uint64_t id = 0;
    unsigned task = 0;
    int32_t day;

    *number = 0;
    if (rating->task == NULL)
        return true;
    if (base_task_number_parse(rating->task, &id, &day, &task) != OD_OK || id != rating->application || task >= application->core->task_count) {
        engine_refuse(rating->request, "/task", "choice", "task 应为该办件的任务编号（编号加 .1、.2 等）。",
                      "task must be a task of that application: its number with .1, .2 and so on.");
        return false;
    }
    struct engine_department *department;
    int rc = engine_department_get(engine, application->service->matters[task]->department->id, &department);
    if (rc != OD_OK)
        engine_answer_rc(rating->request, rc);
    else
        *number = department->number;
    return rc == OD_OK;
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct rating *rating = data;
    uint16_t department;

    if (rc != OD_OK) {
        engine_answer_rc(rating->request, rc);
        return;
    }
    if (!read_members(rating))
        return;
    if (rating->window == NULL && application->window != 0)
        rating->window = store_window_name(engine->store, application->window);
    if (!find_department(rating, engine, application, &department))
        return;
    snprintf(rating->name, sizeof(rating->name), "%llu|%.80s|%.80s", (unsigned long long)rating->application,
             rating->window != NULL ? rating->window : "", rating->officer != NULL ? rating->officer : "");
    rc = put(rating, engine, application, department);
    if (rc != OD_OK)
        engine_answer_rc(rating->request, rc);
}

/* The applicant says the code; the front desk's kiosk stands before the applicant. */
static bool may_rate(const struct engine *engine, struct rating *rating)
{
    const char *number = rating->request->params[0], *code = base_json_member_text(rating->request->body, "code");
    bool is_desk = (rating->request->identity.roles & (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_ADMIN)) != 0;
    int32_t day;

    if (base_number_parse(number, &rating->application, &day) == OD_OK &&
        (code != NULL ? engine_code_is(engine, number, code) : is_desk))
        return true;
    front_answer_problem(rating->request, FRONT_NOT_FOUND,
                         front_say(rating->request, "编号或查询码不正确，请对照受理回执核对。",
                                   "The number or the look-up code is wrong; compare them with your receipt."), NULL, 0);
    return false;
}

/* Under the hub's secret: nobody guesses from it what was written. */
static int hash_body(const struct engine *engine, struct rating *rating)
{
    uint8_t hash[BASE_HASH_SIZE];
    int rc = base_json_canonical_hash(rating->request->body_text, rating->request->body_size, hash);

    if (rc != OD_OK)
        return rc;
    base_hash_keyed(engine->secret, hash, sizeof(hash), hash);
    base_hex(hash, sizeof(hash), rating->hash);
    return OD_OK;
}

void engine_evaluation_new(struct engine *engine, struct front_request *request)
{
    struct rating *rating = base_arena_take(&request->arena, sizeof(*rating));

    if (rating == NULL) {
        engine_answer_rc(request, OD_ENOMEM);
        return;
    }
    *rating = (struct rating){.request = request, .kind = engine_concern_kind_of(ENGINE_ENTRY_EVALUATION)};
    int rc = hash_body(engine, rating);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
    else if (!may_rate(engine, rating))
        return; /* answered */
    else if (engine_repeat_made(request) != 0)
        engine_concern_answer(engine, request, rating->kind, engine_repeat_made(request), 201, ENGINE_REPEAT_HEADER);
    else
        engine_application_get(engine, rating->application, on_application, rating);
}
