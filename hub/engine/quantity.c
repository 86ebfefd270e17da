/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/quantity.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "store/place.h"

#define LINE_SIZE (BASE_ID_MAX + 16)

/* -- Places -- */

enum place { PLACE_NONE = 0, PLACE_OPEN, PLACE_GRANTED };

static bool is_approval(uint8_t opinion)
{
    return opinion == CORE_OPINION_APPROVE || opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS;
}

static enum place place_of(const struct engine_application *application, unsigned i)
{
    const struct core_application *core = application->core;
    const struct core_task *task = &core->tasks[i];
    bool is_over = core->status == CORE_STATUS_WITHDRAWN || core->status == CORE_STATUS_LAPSED || core->status == CORE_STATUS_NOT_ACCEPTED;

    if (engine_is_self_test(application) || application->service->matters[i]->quantity.available == 0 || core->accepted_ms == 0 || is_over ||
        core->outcome == CORE_OUTCOME_REJECTED)
        return PLACE_NONE;
    if (core_task_is_open(task))
        return PLACE_OPEN;
    return task->state == CORE_TASK_DONE && is_approval(task->opinion) ? PLACE_GRANTED : PLACE_NONE;
}

static enum place place_stored(const struct engine_application *application, unsigned i)
{
    return application->granted >> i & 1 ? PLACE_GRANTED : application->placed >> i & 1 ? PLACE_OPEN : PLACE_NONE;
}

static void place_set(struct engine_application *application, unsigned i, enum place place)
{
    core_task_set bit = (core_task_set)1 << i;

    application->placed = place != PLACE_NONE ? application->placed | bit : application->placed & ~bit;
    application->granted = place == PLACE_GRANTED ? application->granted | bit : application->granted & ~bit;
}

void engine_places_derive(struct engine_application *application)
{
    for (unsigned i = 0; i < application->core->task_count; i++)
        place_set(application, i, place_of(application, i));
}

/* "taxi-licence/2026", or "taxi-licence" where the number is once for all. */
static void line_name(const struct catalog_matter *matter, const struct catalog_quantity *quantity, core_day accepted, char line[LINE_SIZE])
{
    int year, month, day;

    base_day_to_civil(accepted, &year, &month, &day);
    if (quantity->is_yearly)
        snprintf(line, LINE_SIZE, "%.*s/%04d", BASE_ID_MAX, matter->id, year);
    else
        snprintf(line, LINE_SIZE, "%.*s", BASE_ID_MAX, matter->id);
}

int engine_places_pack(struct engine_batch *batch, struct engine_application *application, struct store_write *write)
{
    unsigned count = application->core->task_count;
    struct store_place *places = NULL;

    for (unsigned i = 0; i < count; i++) {
        enum place place = place_of(application, i);
        char line[LINE_SIZE];

        if (place == place_stored(application, i))
            continue;
        const struct catalog_matter *matter = application->service->matters[i];
        if (places == NULL && (places = base_arena_take(&batch->store->arena, count * sizeof(*places))) == NULL)
            return OD_ENOMEM;
        line_name(matter, &matter->quantity, application->core->accepted_day, line);
        places[write->place_count] = (struct store_place){
            .line = base_arena_text(&batch->store->arena, line, strlen(line)), .task = (uint8_t)i,
            .day = application->core->accepted_day, .is_granted = place == PLACE_GRANTED, .is_given_up = place == PLACE_NONE};
        if (places[write->place_count].line == NULL)
            return OD_ENOMEM;
        write->places = places;
        write->place_count++;
        place_set(application, i, place);
    }
    return OD_OK;
}

/* -- The line -- */

/* How many there are: what the center says of such a line today, else what it said when the application was accepted. */
static struct catalog_quantity quantity_now(const struct engine *engine, const struct catalog_matter *matter)
{
    const struct catalog_matter *running = catalog_matter_find(engine->catalog, matter->id);
    struct catalog_quantity quantity = matter->quantity;

    if (running != NULL && running->quantity.available > 0 && running->quantity.is_yearly == matter->quantity.is_yearly)
        quantity.available = running->quantity.available;
    return quantity;
}

struct asking {
    struct base_list turn;             /* in engine.turns while it asks for leave to grant; zero otherwise */
    struct engine *engine;
    struct front_request *request;     /* NULL = it was granted already, and is looked at */
    engine_application_cb go_on;
    uint64_t application;
    unsigned task;
    uint32_t available;
    char line[LINE_SIZE], matter[BASE_ID_MAX + 1], department[BASE_ID_MAX + 1], number[BASE_NUMBER_SIZE];
    struct store_line found;
};

static struct asking *asking_create(struct engine *engine, const struct engine_application *application, unsigned task)
{
    const struct catalog_matter *matter = application->service->matters[task];
    struct asking *asking = base_alloc(sizeof(*asking));

    if (asking == NULL)
        return NULL;
    *asking = (struct asking){.engine = engine, .application = application->id, .task = task,
                              .available = quantity_now(engine, matter).available};
    line_name(matter, &matter->quantity, application->core->accepted_day, asking->line);
    snprintf(asking->matter, sizeof(asking->matter), "%s", matter->id);
    snprintf(asking->department, sizeof(asking->department), "%s", matter->department->id);
    base_number_format(application->id, application->core->received_day, asking->number);
    return asking;
}

static void read_line(struct engine_job *job, struct store_reader *reader)
{
    struct asking *asking = job->data;

    job->rc = store_reader_hold(reader);
    if (job->rc != OD_OK)
        return;
    uint32_t room = asking->application != 0 ? asking->available + 1 : CATALOG_QUANTITY_MAX + 1; /* to decide, more does not matter */
    job->rc = store_read_line(reader, asking->line, asking->application, (uint8_t)asking->task, room, &asking->found);
    store_reader_release(reader);
}

/* -- Leave to grant -- */

static void turn_start(struct asking *asking);

static void turn_end(struct asking *asking)
{
    struct engine *engine = asking->engine;

    base_list_remove(&asking->turn);
    base_free(asking);
    if (!base_list_is_empty(&engine->turns))
        turn_start(BASE_LIST_ENTRY(engine->turns.next, struct asking, turn));
}

static void on_stored(struct engine *engine, void *data, int rc)
{
    (void)engine;
    (void)rc; /* whether it was granted or not, the store knows it now */
    turn_end(data);
}

static void refuse(struct asking *asking, const char *code, const char *zh, const char *en)
{
    struct front_problem_item item = {.pointer = "/opinion", .code = code, .detail = front_say(asking->request, zh, en)};

    front_answer_problem(asking->request, FRONT_CONFLICT, item.detail, &item, 1);
    turn_end(asking);
}

static void refuse_used_up(struct asking *asking)
{
    char zh[256], en[256];

    snprintf(zh, sizeof(zh), "该事项的名额 %u 个已全部准予；只能以名额已满为由不予许可，或由管理员公布新的数量。", asking->available);
    snprintf(en, sizeof(en), "All %u places of this matter are granted: it can be rejected for that reason, or the center publishes a greater quantity.", asking->available);
    refuse(asking, "quantity_used_up", zh, en);
}

/* Its number needs the day of its receipt. */
static void on_first(struct engine *engine, struct engine_application *first, int rc, void *data)
{
    struct asking *asking = data;
    char zh[384], en[384], number[BASE_NUMBER_SIZE] = "";
    uint32_t left = asking->available - asking->found.granted;

    (void)engine;
    if (rc == OD_OK)
        base_number_format(first->id, first->core->received_day, number);
    snprintf(zh, sizeof(zh), "剩余名额 %u 个，先受理的申请（最早为 %s）尚未办结，可能用完名额，应当按受理的先后顺序决定（行政许可法第五十七条）；请先办结在前的申请。",
             left, number);
    snprintf(en, sizeof(en), "%u places are left, and applications that were accepted earlier and are open may need all of them, the first is %s: what is limited is decided in the order of acceptance (Licensing Law art. 57). Decide those first.",
             left, number);
    refuse(asking, "out_of_turn", zh, en);
}

static void on_go(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct asking *asking = data;

    asking->go_on(engine, application, rc, asking->request);
    if (engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_stored, .data = asking}) != OD_OK)
        turn_end(asking); /* short of memory: who comes next may find the line as it was, and is looked at afterwards */
}

/* The task may have come to its end while it waited for its turn, by the same opinion sent twice perhaps: it answers for itself. */
static void on_asked(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct asking *asking = data;

    if (rc != OD_OK || place_of(application, asking->task) != PLACE_OPEN || asking->found.granted + asking->found.waiting < asking->available)
        on_go(engine, application, rc, asking);
    else if (asking->found.granted >= asking->available)
        refuse_used_up(asking);
    else
        engine_application_get(engine, asking->found.first, on_first, asking);
}

static void on_line(struct engine_job *job)
{
    struct asking *asking = job->data;

    if (job->rc == OD_OK) {
        engine_application_get(asking->engine, asking->application, on_asked, asking);
        return;
    }
    engine_answer_rc(asking->request, OD_EBUSY);
    turn_end(asking);
}

static void turn_start(struct asking *asking)
{
    int rc = engine_job_start(asking->engine, &(struct engine_job){.run = read_line, .on_done = on_line, .data = asking});

    if (rc == OD_OK)
        return;
    engine_answer_rc(asking->request, rc);
    turn_end(asking);
}

bool engine_quantity_is_asked(const struct engine_application *application, unsigned task, const struct front_request *request)
{
    const char *pointer, *zh, *en;
    enum core_opinion opinion;

    return request->route == FRONT_TASK_OPINION && place_of(application, task) == PLACE_OPEN &&
           engine_opinion_check(request->body, &opinion, &pointer, &zh, &en) == OD_OK && is_approval((uint8_t)opinion);
}

int engine_quantity_ask(struct engine *engine, const struct engine_application *application, unsigned task,
                        struct front_request *request, engine_application_cb go_on)
{
    struct asking *asking = asking_create(engine, application, task);

    if (asking == NULL)
        return OD_ENOMEM;
    asking->request = request;
    asking->go_on = go_on;
    if (engine->turns.next == NULL)
        base_list_init(&engine->turns);
    bool is_first = base_list_is_empty(&engine->turns);
    base_list_append(&engine->turns, &asking->turn);
    if (is_first)
        turn_start(asking);
    return OD_OK;
}

void engine_quantity_fini(struct engine *engine)
{
    while (engine->turns.next != NULL && !base_list_is_empty(&engine->turns)) {
        struct asking *asking = BASE_LIST_ENTRY(engine->turns.next, struct asking, turn);

        base_list_remove(&asking->turn);
        base_free(asking);
    }
}

/* -- What was granted without asking -- */

static void alert(const struct asking *asking)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "number", asking->number);
    base_json_put_i64(&body, "task", asking->task);
    base_json_put_text(&body, "matter", asking->matter);
    base_json_put_text(&body, "department", asking->department);
    base_json_put_i64(&body, "available", asking->available);
    base_json_put_i64(&body, "granted", asking->found.granted);
    base_json_put_i64(&body, "earlier", asking->found.waiting);
    base_json_close(&body, '}');
    if (body.is_broken || engine_alert_put(asking->engine, ENGINE_ALERT_OUT_OF_TURN, base_buffer_text(&body)) != OD_OK)
        base_log(BASE_LOG_ERROR, "application %s, matter %s: granted out of turn, and nobody is alerted: no room", asking->number, asking->matter);
    base_buffer_fini(&body);
}

static void on_looked(struct engine_job *job)
{
    struct asking *asking = job->data;

    if (job->rc != OD_OK)
        base_log(BASE_LOG_ERROR, "application %s, matter %s: whether it was granted in turn could not be looked at", asking->number, asking->matter);
    else if (asking->found.granted > asking->available || (asking->found.waiting > 0 && asking->found.granted + asking->found.waiting > asking->available))
        alert(asking);
    base_free(asking);
}

static void on_granted(struct engine *engine, void *data, int rc)
{
    struct asking *asking = data;

    if (rc == OD_OK)
        rc = engine_job_start(engine, &(struct engine_job){.run = read_line, .on_done = on_looked, .data = asking});
    if (rc == OD_OK)
        return;
    if (rc != OD_EFULL) /* then nothing was granted */
        base_log(BASE_LOG_ERROR, "application %s, matter %s: whether it was granted in turn could not be looked at", asking->number, asking->matter);
    base_free(asking);
}

void engine_quantity_follow(struct engine *engine, const struct engine_application *application, unsigned task)
{
    if (place_of(application, task) != PLACE_GRANTED || place_stored(application, task) == PLACE_GRANTED)
        return;
    struct asking *asking = asking_create(engine, application, task);
    if (asking != NULL &&
        engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_granted, .data = asking}) == OD_OK)
        return;
    base_log(BASE_LOG_ERROR, "application %llu: whether it was granted in turn could not be looked at", (unsigned long long)application->id);
    base_free(asking);
}

/* -- GET /v1/matters/{id}/quantity -- */

static void on_shown(struct engine_job *job)
{
    struct asking *asking = job->data;
    struct base_buffer body = {0};
    uint32_t taken = asking->found.granted + asking->found.waiting;

    if (job->rc != OD_OK) {
        engine_answer_rc(asking->request, OD_EBUSY);
        base_free(asking);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "matter", asking->matter);
    if (asking->available > 0) {
        const char *year = strchr(asking->line, '/');

        base_json_put_text(&body, "year", year != NULL ? year + 1 : NULL);
        base_json_put_i64(&body, "available", asking->available);
        base_json_put_i64(&body, "granted", asking->found.granted);
        base_json_put_i64(&body, "waiting", asking->found.waiting);
        base_json_put_i64(&body, "left", taken < asking->available ? asking->available - taken : 0);
    } else {
        base_json_put_null(&body, "available");
    }
    base_json_close(&body, '}');
    front_answer(asking->request, 200, "application/json", NULL, &body);
    base_free(asking);
}

void engine_quantity_show(struct engine *engine, struct front_request *request)
{
    const struct catalog_matter *matter = catalog_matter_find(engine->catalog, request->params[0]);
    struct asking *asking = matter != NULL ? base_alloc(sizeof(*asking)) : NULL;

    if (asking == NULL) {
        engine_answer_rc(request, matter != NULL ? OD_ENOMEM : OD_ENOTFOUND);
        return;
    }
    *asking = (struct asking){.engine = engine, .request = request, .available = matter->quantity.available};
    line_name(matter, &matter->quantity, engine->now.day, asking->line);
    snprintf(asking->matter, sizeof(asking->matter), "%s", matter->id);
    int rc = engine_job_start(engine, &(struct engine_job){.run = read_line, .on_done = on_shown, .data = asking});
    if (rc == OD_OK)
        return;
    engine_answer_rc(request, rc);
    base_free(asking);
}
