/* SPDX-License-Identifier: Apache-2.0 */
/* What members of staff are told: warnings, breaches, and what supervision looks at. An
 * alert is a durable record, written with the event that gave rise to it.
 *
 *   effect of a step -> row of application.alerts -> the write's alerts -> GET /v1/alerts */
#include "engine/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One kind of alert: its word, level, who is told, and what it says. */
struct kind_row {
    const char *name;
    uint8_t level;
    uint32_t roles; /* 0 = as the escalation of its level says */
    const char *text[CATALOG_LANGUAGES];
};

static const struct kind_row kinds[] = {
    [ENGINE_ALERT_NONE] = {"none", 0, 0, {"", ""}},
    [ENGINE_ALERT_WARNED] = {"due_soon", ENGINE_LEVEL_YELLOW, 0, {"即将到期", "due soon"}},
    [ENGINE_ALERT_OVERDUE] = {"overdue", ENGINE_LEVEL_RED, 0, {"已超期", "overdue"}},
    [ENGINE_ALERT_SECOND_NOTICE] = {"second_notice", ENGINE_LEVEL_YELLOW, FRONT_ROLE_SUPERVISOR,
                                    {"再次要求申请人补正", "the applicant is asked a second time"}},
    [ENGINE_ALERT_LATE_EXTENSION] = {"late_extension", ENGINE_LEVEL_RED, 0,
                                     {"期限届满后才申请延长，不予延长并计为超期", "an extension was asked for after the limit had run out: refused, and counted as late"}},
    [ENGINE_ALERT_LATE_OPINION] = {"late_opinion", ENGINE_LEVEL_YELLOW, FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR,
                                   {"办结之后收到的意见，仅存档", "an opinion after the end: kept, not applied"}},
    [ENGINE_ALERT_SILENCE] = {"accepted_by_silence", ENGINE_LEVEL_RED, 0,
                              {"逾期未告知，视为自收到之日起受理", "nothing was told in time: accepted as of its receipt"}},
    [ENGINE_ALERT_DEEMED] = {"deemed", ENGINE_LEVEL_RED, 0,
                             {"逾期未作出意见，按规定推定", "no opinion in time: deemed as the rule says"}},
    [ENGINE_ALERT_UNANSWERED] = {"unanswered", ENGINE_LEVEL_YELLOW, FRONT_ROLE_OFFICER | FRONT_ROLE_FRONT_DESK,
                                 {"申请人逾期未补正，继续审查", "the applicant did not answer in time: the review goes on"}},
    [ENGINE_ALERT_PARKED] = {"parked", ENGINE_LEVEL_RED, FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD,
                             {"连接器无法办理，等待工作人员", "its connector cannot go on: an officer is needed"}},
    [ENGINE_ALERT_NOT_REQUIRED] = {"not_required", ENGINE_LEVEL_YELLOW, FRONT_ROLE_SUPERVISOR,
                                   {"各事项均不适用", "no matter applied"}},
    [ENGINE_ALERT_REDATED] = {"redated", ENGINE_LEVEL_INFO, FRONT_ROLE_FRONT_DESK | FRONT_ROLE_HEAD,
                              {"日历调整，期限重新计算", "a date moved with the calendar"}},
    [ENGINE_ALERT_SELF_TEST] = {"self_test_failed", ENGINE_LEVEL_RED, FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN,
                                {"每日自检未收到：预警通道可能中断", "the daily self-test did not arrive: warnings may not work"}},
    [ENGINE_ALERT_CLOCK] = {"clock_jump", ENGINE_LEVEL_RED, FRONT_ROLE_ADMIN,
                            {"系统时钟跳变", "the system's clock jumped"}},
    [ENGINE_ALERT_BREAKER] = {"connector_failing", ENGINE_LEVEL_RED, FRONT_ROLE_ADMIN,
                              {"连接器连续失败，已熔断：任务等待部门恢复",
                               "a connector's attempts keep failing, its circuit breaker opened: tasks wait for the department"}},
    [ENGINE_ALERT_DISTRUST] = {"connector_distrusted", ENGINE_LEVEL_RED, FRONT_ROLE_ADMIN,
                               {"签名密钥已吊销或过期：连接器仍在运行，但不会再次启动",
                                "the key that signed a connector's module is not trusted any more: it goes on, but is not started again"}},
    [ENGINE_ALERT_UNDELIVERED] = {"notice_undelivered", ENGINE_LEVEL_RED, FRONT_ROLE_FRONT_DESK | FRONT_ROLE_SUPERVISOR,
                                  {"通知未能送达申请人，请另行告知", "a notice reached the applicant by no channel: tell them another way"}},
    [ENGINE_ALERT_BAD_RATING] = {"bad_rating", ENGINE_LEVEL_YELLOW, FRONT_ROLE_SUPERVISOR | FRONT_ROLE_HEAD,
                                 {"收到差评，须限期整改回访", "a bad rating: it is to be put right by a date"}},
    [ENGINE_ALERT_COMPLAINT] = {"complaint_received", ENGINE_LEVEL_YELLOW, FRONT_ROLE_SUPERVISOR | FRONT_ROLE_HEAD,
                                {"收到投诉，须书面答复", "a complaint came in: a written reply is due"}},
    [ENGINE_ALERT_OUTSIDE_STANDARD] = {"outside_standard", ENGINE_LEVEL_RED, FRONT_ROLE_SUPERVISOR,
                                       {"试图收取公布标准以外的费用，已拒绝", "a fee outside the published standard was asked for, and refused"}},
    [ENGINE_ALERT_OVERPAID] = {"overpaid", ENGINE_LEVEL_YELLOW, FRONT_ROLE_SUPERVISOR | FRONT_ROLE_FRONT_DESK,
                               {"多收的款项已记录，应予退还", "more was paid than is owed: it is on record, and to be refunded"}},
    [ENGINE_ALERT_PARCEL_RETURNED] = {"parcel_returned", ENGINE_LEVEL_RED, FRONT_ROLE_SUPERVISOR | FRONT_ROLE_FRONT_DESK,
                                  {"快递未能送达，须另行送达", "the courier could not deliver the result: it has to be delivered another way"}},
    [ENGINE_ALERT_INFECTED] = {"document_infected", ENGINE_LEVEL_RED, FRONT_ROLE_FRONT_DESK | FRONT_ROLE_ADMIN,
                               {"病毒检查发现受感染的文件，已拒收", "the virus scan found an infected document: it is handed to nobody"}},
    [ENGINE_ALERT_SCAN_STUCK] = {"scan_stuck", ENGINE_LEVEL_RED, FRONT_ROLE_FRONT_DESK | FRONT_ROLE_ADMIN,
                                 {"病毒检查停滞，文件在等待", "documents wait for the virus scan and nothing comes of it"}},
    [ENGINE_ALERT_OUT_OF_TURN] = {"out_of_turn", ENGINE_LEVEL_RED, FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR,
                                  {"有数量限制的事项未按受理先后顺序准予，或超出公布的数量",
                                   "what is limited was granted out of the order of acceptance, or beyond the published quantity"}},
    [ENGINE_ALERT_NOT_ERASED] = {"not_erased", ENGINE_LEVEL_RED, FRONT_ROLE_ADMIN,
                                 {"到期应删除的文件未能从磁盘删除，将继续重试", "documents that are to be erased cannot be removed from the disk: it is tried anew"}},
    [ENGINE_ALERT_UNPAID] = {"handed_over_unpaid", ENGINE_LEVEL_YELLOW, FRONT_ROLE_SUPERVISOR | FRONT_ROLE_FRONT_DESK,
                             {"结果已交付而费用未缴清", "a result was handed over while its fee is not paid"}},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static const char *const level_names[] = {"info", "info", "yellow", "red"};

static uint32_t roles_of(const struct engine *engine, const struct kind_row *row)
{
    if (row->roles != 0)
        return row->roles;
    return row->level == ENGINE_LEVEL_RED ? engine->escalation.red : engine->escalation.yellow;
}

/* What the front desk has in hand is told to it too. */
static uint32_t desk_of(const struct core_effect *effect, enum engine_alert kind)
{
    bool is_about_clock = kind == ENGINE_ALERT_WARNED || kind == ENGINE_ALERT_OVERDUE;
    bool is_of_desk = effect->clock == CORE_CLOCK_INTAKE || effect->clock == CORE_CLOCK_DELIVERY;

    return is_about_clock && is_of_desk ? FRONT_ROLE_FRONT_DESK : 0;
}

const char *engine_effect_clock_name(const struct engine_application *application, const struct core_effect *effect)
{
    if (effect->clock < CORE_CLOCK_STAGE)
        return core_clock_name((enum core_clock_id)effect->clock);
    return application->service->rules.matters[effect->task].stages[effect->clock - CORE_CLOCK_STAGE].id;
}

static void add(struct engine *engine, struct engine_application *application, enum engine_alert kind,
                const struct core_effect *effect, const struct core_clock *clock)
{
    bool has_task = effect->task < CORE_TASKS_MAX;
    struct engine_department *department = has_task ? engine_department_of(engine, application, effect->task) : NULL;
    struct store_alert alert = {.roles = roles_of(engine, &kinds[kind]) | desk_of(effect, kind), .kind = (uint8_t)kind,
                                .level = kinds[kind].level, .task = effect->task, .department = department != NULL ? department->number : 0,
                                .due_day = clock != NULL ? clock->due : INT32_MAX};
    struct base_buffer body = {0};
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, application->core->received_day, number);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "number", number);
    if (clock != NULL)
        base_json_put_text(&body, "clock", engine_effect_clock_name(application, effect));
    base_json_put_text(&body, "service", application->service->id);
    if (has_task)
        base_json_put_text(&body, "matter", application->service->matters[effect->task]->id);
    base_json_close(&body, '}');
    alert.body = body.is_broken ? NULL : base_arena_text(&engine->filling->store->arena, body.bytes, body.size);
    alert.body_size = (uint32_t)body.size;
    base_buffer_fini(&body);
    if (alert.body == NULL)
        base_log(BASE_LOG_ERROR, "no memory for an alert; it stands in the journal");
    else
        base_buffer_put(&application->alerts, &alert, sizeof(alert));
}

/* The alert that an effect gives rise to; NONE = nobody is told. */
static enum engine_alert kind_of(const struct core_effect *effect)
{
    switch ((enum core_effect_type)effect->type) {
    case CORE_EFFECT_WARNED: return ENGINE_ALERT_WARNED;
    case CORE_EFFECT_OVERDUE:
        return effect->clock == CORE_CLOCK_SUPPLEMENT || effect->clock == CORE_CLOCK_TOLERANCE ? ENGINE_ALERT_NONE : ENGINE_ALERT_OVERDUE;
    case CORE_EFFECT_SECOND_NOTICE: return ENGINE_ALERT_SECOND_NOTICE;
    case CORE_EFFECT_LATE_EXTENSION: return ENGINE_ALERT_LATE_EXTENSION;
    case CORE_EFFECT_LATE: return ENGINE_ALERT_LATE_OPINION;
    case CORE_EFFECT_UNANSWERED: return ENGINE_ALERT_UNANSWERED;
    case CORE_EFFECT_PARK: return ENGINE_ALERT_PARKED;
    case CORE_EFFECT_NONE:
    case CORE_EFFECT_QUEUE:
    case CORE_EFFECT_RELEASE:
    case CORE_EFFECT_CANCEL:
    case CORE_EFFECT_INPUT:
    case CORE_EFFECT_NOTICE:
    case CORE_EFFECT_DECIDED:
    case CORE_EFFECT_REDATED:
    case CORE_EFFECT_TOLD:
    case CORE_EFFECT_TAKEN_IN: return ENGINE_ALERT_NONE;
    }
    return ENGINE_ALERT_NONE;
}

static bool has_clock(enum engine_alert kind)
{
    return kind == ENGINE_ALERT_WARNED || kind == ENGINE_ALERT_OVERDUE || kind == ENGINE_ALERT_LATE_EXTENSION;
}

/* What the whole step means, beside its single effects. */
static void note_whole(struct engine *engine, struct engine_application *application, const struct core_event *event,
                       const struct core_effects *effects)
{
    const struct core_application *core = application->core;
    struct core_effect whole = {.task = CORE_TASKS_MAX, .clock = CORE_CLOCK_PROMISED},
                       silence = {.task = CORE_TASKS_MAX, .clock = CORE_CLOCK_INTAKE};

    for (size_t i = 0; i < effects->count; i++) {
        const struct core_effect *effect = &effects->items[i];

        if (effect->type == CORE_EFFECT_TAKEN_IN && core->is_accepted_by_silence)
            add(engine, application, ENGINE_ALERT_SILENCE, &silence, &core->intake);
        if (effect->type == CORE_EFFECT_DECIDED && core->outcome == CORE_OUTCOME_NOT_REQUIRED)
            add(engine, application, ENGINE_ALERT_NOT_REQUIRED, &whole, NULL);
        if (effect->type == CORE_EFFECT_RELEASE && event->type == CORE_WOKEN && core->tasks[effect->task].is_deemed)
            add(engine, application, ENGINE_ALERT_DEEMED, effect, NULL);
        if (effect->type == CORE_EFFECT_NOTICE && effect->notice == CORE_NOTICE_REDATED)
            add(engine, application, ENGINE_ALERT_REDATED, &whole, &core->clocks[CORE_CLOCK_PROMISED]);
    }
}

void engine_alerts_note(struct engine *engine, struct engine_application *application, const struct core_event *event,
                        const struct core_effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        const struct core_effect *effect = &effects->items[i];
        enum engine_alert kind = kind_of(effect);

        if (kind != ENGINE_ALERT_NONE)
            add(engine, application, kind, effect, has_clock(kind) ? engine_effect_clock(application->core, effect) : NULL);
    }
    note_whole(engine, application, event, effects);
}

int engine_alert_attach(struct engine *engine, struct store_write *write, enum engine_alert kind, uint16_t department, core_day due,
                        const char *body)
{
    struct base_arena *arena = &engine->filling->store->arena;
    struct store_alert *alert = base_arena_take(arena, sizeof(*alert));
    char *copy = base_arena_text(arena, body, strlen(body));
    uint32_t desk = department == 0 && due != INT32_MAX ? FRONT_ROLE_FRONT_DESK : 0; /* it has in hand what no department has */

    if (alert == NULL || copy == NULL)
        return OD_ENOMEM;
    *alert = (struct store_alert){.roles = roles_of(engine, &kinds[kind]) | desk, .kind = (uint8_t)kind, .level = kinds[kind].level,
                                  .task = CORE_TASKS_MAX, .department = department, .due_day = due, .body = copy,
                                  .body_size = (uint32_t)strlen(body)};
    write->alerts = alert;
    write->alert_count = 1;
    return OD_OK;
}

void engine_alert_add(struct engine *engine, struct engine_application *application, enum engine_alert kind, unsigned task)
{
    struct core_effect about = {.task = (uint8_t)task, .clock = CORE_CLOCK_PROMISED};

    add(engine, application, kind, &about, NULL);
}

/* Of the hub itself. */
int engine_alert_put(struct engine *engine, enum engine_alert kind, const char *body)
{
    struct engine_batch_mark mark = engine_batch_mark(engine);
    int rc = engine_journal_put(engine, kinds[kind].name, "hub", body);

    if (rc == OD_OK)
        rc = engine_alert_attach(engine, &engine->filling->store->writes[mark.writes], kind, 0, INT32_MAX, body);
    if (rc != OD_OK)
        engine_batch_back(engine, mark);
    return rc;
}

/* -- GET /v1/alerts -- */

struct alerts {
    struct store_alert_filter filter;
    struct store_alert_row rows[BASE_PAGE_MAX];
    size_t room, count;
    uint64_t next;
};

static void read_alerts(struct engine_job *job, struct store_reader *reader)
{
    struct alerts *alerts = job->data;

    job->rc = store_read_alerts(reader, &alerts->filter, &job->arena, alerts->rows, alerts->room, &alerts->count, &alerts->next);
}

static void put_roles(struct base_buffer *body, uint32_t roles)
{
    static const struct {
        uint32_t role;
        const char *name;
    } names[] = {{FRONT_ROLE_FRONT_DESK, "front_desk"}, {FRONT_ROLE_OFFICER, "officer"}, {FRONT_ROLE_HEAD, "head"},
                 {FRONT_ROLE_SUPERVISOR, "supervisor"}, {FRONT_ROLE_ADMIN, "admin"}};

    base_json_open(body, "roles", '[');
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if ((roles & names[i].role) != 0)
            base_json_put_text(body, NULL, names[i].name);
    base_json_close(body, ']');
}

/* A task that the body counts from 0, as it is called everywhere. */
static void put_task(struct base_buffer *body, const struct base_json *about)
{
    const char *number = base_json_member_text(about, "number");
    char text[BASE_NUMBER_SIZE];
    int64_t task;

    if (number == NULL || base_json_i64(base_json_member(about, "task"), 0, CORE_TASKS_MAX - 1, &task) != OD_OK)
        return;
    snprintf(text, sizeof(text), "%.24s.%u", number, (unsigned)task + 1);
    base_json_put_text(body, "task", text);
}

/* The body's members beside the row's own; the department stands in either. */
static void put_about(struct base_buffer *body, const struct engine *engine, const struct store_alert *alert)
{
    const char *department = store_department_name(engine->store, alert->department);
    struct base_json_error error;
    struct base_json *about = NULL;

    if (base_json_parse(alert->body, alert->body_size, &about, &error) != OD_OK)
        about = NULL;
    base_json_put_text(body, "department", department != NULL ? department : base_json_member_text(about, "department"));
    for (const struct base_json *member = base_json_first(about); member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "department") != 0 && strcmp(base_json_key(member), "task") != 0)
            base_json_put(body, base_json_key(member), member);
    put_task(body, about);
    base_json_destroy(about);
}

/* What people call them, as far as the running catalogue knows them. */
static void put_names(struct base_buffer *body, const struct engine *engine, const struct store_alert *alert)
{
    const char *id = store_department_name(engine->store, alert->department);
    const struct catalog_department *department = id != NULL ? catalog_department_find(engine->catalog, id) : NULL;
    struct base_json_error error;
    struct base_json *about = NULL;

    if (department != NULL)
        catalog_put_text(body, "department_name", &department->name);
    if (base_json_parse(alert->body, alert->body_size, &about, &error) != OD_OK)
        return;
    const char *service_id = base_json_member_text(about, "service"), *matter_id = base_json_member_text(about, "matter"),
               *number = base_json_member_text(about, "number");
    const struct catalog_service *service = service_id != NULL ? catalog_service_find(engine->catalog, service_id) : NULL;
    const struct catalog_matter *matter = matter_id != NULL ? catalog_matter_find(engine->catalog, matter_id) : NULL;

    if (service != NULL)
        catalog_put_text(body, "service_name", &service->name);
    if (matter != NULL)
        catalog_put_text(body, "matter_name", &matter->name);
    if (number != NULL && alert->task < CORE_TASKS_MAX) {
        char task[BASE_NUMBER_SIZE];

        snprintf(task, sizeof(task), "%.24s.%u", number, alert->task + 1u);
        base_json_put_text(body, "task", task);
    }
    base_json_destroy(about);
}

static void put_item(struct base_buffer *body, struct engine *engine, const struct store_alert_row *row)
{
    const struct store_alert *alert = &row->alert;
    const struct kind_row *kind = &kinds[alert->kind < KIND_COUNT ? alert->kind : ENGINE_ALERT_NONE];

    base_json_open(body, NULL, '{');
    base_json_put_i64(body, "seq", (int64_t)row->seq);
    engine_put_ms(body, "at", row->at_ms);
    base_json_put_text(body, "kind", kind->name);
    base_json_put_text(body, "level", level_names[alert->level <= ENGINE_LEVEL_RED ? alert->level : 0]);
    engine_put_day(body, "due", alert->due_day != INT32_MAX ? alert->due_day : 0);
    put_roles(body, alert->roles);
    base_json_open(body, "text", '{');
    base_json_put_text(body, "zh-CN", kind->text[CATALOG_ZH_CN]);
    base_json_put_text(body, "en", kind->text[CATALOG_EN]);
    base_json_close(body, '}');
    put_about(body, engine, alert);
    put_names(body, engine, alert);
    base_json_close(body, '}');
}

static void on_alerts(struct engine_job *job)
{
    struct alerts *alerts = job->data;
    struct base_buffer body = {0};

    if (job->rc != OD_OK) {
        engine_answer_rc(job->request, job->rc);
        base_free(alerts);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < alerts->count; i++)
        put_item(&body, job->engine, &alerts->rows[i]);
    base_json_close(&body, ']');
    engine_list_answer(job->request, "/v1/alerts", &body, alerts->next);
    base_free(alerts);
}

static uint8_t kind_find(const char *name)
{
    for (size_t i = 1; i < KIND_COUNT; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return (uint8_t)i;
    return ENGINE_ALERT_NONE;
}

/* Who is bound to a department sees what concerns that; the others whatever their roles are told. */
static const char *alerts_fault(struct engine *engine, struct front_request *request, struct alerts *alerts)
{
    const char *bound = engine_scope_of(request);
    const char *department = front_query(request, "department"), *kind = front_query(request, "kind");
    const char *number = front_query(request, "number");
    struct engine_department *found;
    int64_t limit = BASE_PAGE_DEFAULT, before = INT64_MAX;
    int32_t day;

    if (bound != NULL)
        department = bound;
    if (department != NULL) {
        if (catalog_department_find(engine->catalog, department) == NULL || engine_department_get(engine, department, &found) != OD_OK)
            return "department";
        alerts->filter.department = found->number;
    }
    if (kind != NULL && (alerts->filter.kind = kind_find(kind)) == ENGINE_ALERT_NONE)
        return "kind";
    if (number != NULL && base_number_parse(number, &alerts->filter.application, &day) != OD_OK)
        return "number";
    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, &limit))
        return "limit";
    if (!engine_query_integer(request, "cursor", 1, INT64_MAX, &before))
        return "cursor";
    alerts->room = (size_t)limit;
    alerts->filter.before = before == INT64_MAX ? UINT64_MAX : (uint64_t)before;
    return NULL;
}

void engine_alert_list(struct engine *engine, struct front_request *request)
{
    struct alerts *alerts = base_alloc(sizeof(*alerts));
    const char *fault;
    int rc = OD_ENOMEM;

    if (alerts != NULL) {
        alerts->filter = (struct store_alert_filter){.roles = request->identity.roles, .department = -1};
        fault = alerts_fault(engine, request, alerts);
        if (fault != NULL) {
            engine_refuse_query(request, fault);
            base_free(alerts);
            return;
        }
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_alerts, .on_done = on_alerts, .data = alerts});
    }
    if (rc != OD_OK) {
        base_free(alerts);
        engine_answer_rc(request, rc);
    }
}
