/* SPDX-License-Identifier: Apache-2.0 */
/* A concern comes in: an inquiry or a complaint of anybody, a grievance of a member of staff.
 *
 *   members (422) -> number with its code (404) -> application -> whose it is -> put -> durable -> 201
 *                                                                  its Idempotency-Key is there already -> the same again
 */
#include "engine/concern.h"

#include <stdio.h>
#include <string.h>

struct making {
    struct front_request *request;
    const struct engine_concern_kind *kind;
    const char *text, *number, *service, *department, *task, *officer, *window, *reply, *happened_on; /* NULL = none */
    bool is_oral, is_upheld, has_key;
    unsigned task_index;   /* of task */
    uint64_t id, application;
    char name[2 * BASE_HASH_SIZE + 2]; /* of the entry: by its Idempotency-Key */
    char hash[2 * BASE_HASH_SIZE + 1]; /* of what was sent */
};

static bool is_of(const struct making *making, enum engine_entry_kind kind)
{
    return making->kind->kind == kind;
}

/* -- Members -- */

static bool read_about(struct making *making)
{
    static const char *const names[] = {"task", "officer", "window", NULL};
    const char **const outs[] = {&making->task, &making->officer, &making->window};
    const struct base_json *about = base_json_member(making->request->body, "about");

    if (about == NULL || base_json_type(about) == BASE_JSON_NULL)
        return true;
    if (base_json_type(about) != BASE_JSON_OBJECT) {
        engine_refuse(making->request, "/about", "type", "about 应为对象：task、officer、window。", "about is to be an object: task, officer, window.");
        return false;
    }
    if (!engine_fields_only(making->request, about, "/about", names))
        return false;
    for (size_t i = 0; names[i] != NULL; i++)
        if (!engine_field_text_of(making->request, about, "/about", names[i], BASE_ID_MAX, outs[i]))
            return false;
    return true;
}

static bool read_way(struct making *making)
{
    const char *word;

    if (!engine_field_text(making->request, "kind", BASE_ID_MAX, false, &word))
        return false;
    making->is_oral = word != NULL && strcmp(word, "oral") == 0;
    if (word != NULL && !making->is_oral && strcmp(word, "written") != 0) {
        engine_refuse(making->request, "/kind", "choice", "kind 应为 oral（口头）或 written（书面，默认）。",
                      "kind must be oral or written (the default).");
        return false;
    }
    if (making->is_oral && !engine_is_staff(making->request)) {
        engine_refuse(making->request, "/kind", "choice", "口头咨询、投诉由窗口当场答复并登记；网上提交请用 written。",
                      "What is asked by word of mouth is answered and recorded at the window; send it as written.");
        return false;
    }
    return true;
}

/* By word of mouth: answered on the spot and recorded. In writing: the reply comes later, within its time. */
static bool read_reply(struct making *making)
{
    const struct base_json *upheld = base_json_member(making->request->body, "upheld");
    bool is_complaint = is_of(making, ENGINE_ENTRY_COMPLAINT);

    if (!engine_field_text(making->request, "reply", ENGINE_CONCERN_TEXT_MAX, making->is_oral, &making->reply))
        return false;
    making->is_upheld = base_json_is_true(upheld);
    if (!making->is_oral && (making->reply != NULL || upheld != NULL)) {
        engine_refuse(making->request, making->reply != NULL ? "/reply" : "/upheld", "not_oral", "书面的请登记后用 reply 答复。",
                      "Record it first; a written one is replied to by its reply.");
        return false;
    }
    if (making->is_oral && is_complaint && base_json_type(upheld) != BASE_JSON_BOOL) {
        engine_refuse(making->request, "/upheld", "required", "请写明投诉是否成立（upheld：true 或 false）。",
                      "Say whether the complaint is upheld: true or false.");
        return false;
    }
    return true;
}

static bool read_day(struct making *making, const struct engine *engine)
{
    int32_t day;

    if (!engine_field_text(making->request, "happened_on", BASE_DATE_SIZE, false, &making->happened_on))
        return false;
    if (making->happened_on == NULL || (base_day_parse(making->happened_on, &day) == OD_OK && day <= engine->now.day))
        return true;
    engine_refuse(making->request, "/happened_on", "format", "happened_on 应为今天或以前的日期（YYYY-MM-DD）。",
                  "happened_on is a day, YYYY-MM-DD, today or before.");
    return false;
}

static bool read_members(struct making *making, const struct engine *engine)
{
    static const char *const asked[] = {"kind", "text", "contact", "number", "code", "service", "department", "about", "reply", NULL};
    static const char *const complained[] = {"kind", "text", "contact", "number", "code", "service", "department", "about", "reply", "upheld", NULL};
    static const char *const suffered[] = {"text", "number", "about", "happened_on", NULL};
    struct front_request *request = making->request;
    bool is_grievance = is_of(making, ENGINE_ENTRY_GRIEVANCE);

    if (!engine_fields_only(request, request->body, "", is_grievance ? suffered : is_of(making, ENGINE_ENTRY_COMPLAINT) ? complained : asked) ||
        !engine_field_text(request, "text", ENGINE_CONCERN_TEXT_MAX, true, &making->text) ||
        !engine_field_text(request, "number", BASE_NUMBER_SIZE, false, &making->number) || !read_about(making))
        return false;
    if (is_grievance)
        return read_day(making, engine);
    return engine_field_contact(request) && read_way(making) && read_reply(making) &&
           engine_field_text(request, "service", BASE_ID_MAX, false, &making->service) &&
           engine_field_text(request, "department", BASE_ID_MAX, false, &making->department);
}

/* -- Whose it is -- */

static bool find_department(struct making *making, struct engine *engine, uint16_t *number)
{
    const struct catalog_service *service = making->service != NULL ? catalog_service_find(engine->catalog, making->service) : NULL;
    struct engine_department *found;

    *number = 0;
    if (making->service != NULL && service == NULL && making->application == 0) {
        engine_refuse(making->request, "/service", "choice", "目录中没有这个服务，请从 /v1/services 选择，或者不填。",
                      "The catalogue has no such service; choose one of /v1/services, or leave it out.");
        return false;
    }
    if (making->department != NULL && making->task == NULL && catalog_department_find(engine->catalog, making->department) == NULL) {
        engine_refuse(making->request, "/department", "choice", "目录中没有这个部门，请从 /v1/departments 选择，或者不填。",
                      "The catalogue has no such department; choose one of /v1/departments, or leave it out.");
        return false;
    }
    if (making->department == NULL && making->task == NULL && service != NULL && service->matter_count == 1)
        making->department = service->matters[0]->department->id; /* it can be nobody else's */
    if (is_of(making, ENGINE_ENTRY_GRIEVANCE) && catalog_department_find(engine->catalog, making->request->identity.department) != NULL)
        making->department = making->request->identity.department;
    if (making->department == NULL)
        return true;
    if (engine_department_get(engine, making->department, &found) == OD_OK) {
        *number = found->number;
        return true;
    }
    engine_answer_rc(making->request, OD_EBUSY);
    return false;
}

/* -- Putting it -- */

static void put_text_if(struct base_buffer *body, const char *key, const char *text)
{
    if (text != NULL)
        base_json_put_text(body, key, text);
}

static void put_oral_reply(struct base_buffer *body, const struct making *making, const struct engine *engine)
{
    base_json_open(body, "reply", '{');
    base_json_put_text(body, "text", making->reply);
    base_json_put_text(body, "by", engine_concern_by(making->request));
    base_json_put_i64(body, "at_ms", engine->now.ms);
    if (is_of(making, ENGINE_ENTRY_COMPLAINT))
        base_json_put_bool(body, "upheld", making->is_upheld);
    base_json_close(body, '}');
}

/* What it is; the object stays open for its clock. */
static void put_members(struct base_buffer *body, const struct making *making, const struct engine *engine)
{
    const struct base_json *contact = base_json_member(making->request->body, "contact");

    base_json_open(body, NULL, '{');
    base_json_put_text(body, "by", engine_concern_by(making->request));
    base_json_put_text(body, "language", making->request->language == FRONT_EN ? "en" : "zh-CN");
    if (!is_of(making, ENGINE_ENTRY_GRIEVANCE))
        base_json_put_text(body, "kind", making->is_oral ? "oral" : "written");
    base_json_put_text(body, "text", making->text);
    if (base_json_type(contact) == BASE_JSON_OBJECT)
        base_json_put(body, "contact", contact);
    put_text_if(body, "number", making->number);
    put_text_if(body, "service", making->service);
    put_text_if(body, "task", making->task);
    put_text_if(body, "officer", making->officer);
    put_text_if(body, "window", making->window);
    put_text_if(body, "counted_window", making->window);
    put_text_if(body, "happened_on", making->happened_on);
    if (making->has_key)
        base_json_put_text(body, "body_hash", making->hash);
    if (making->is_oral)
        put_oral_reply(body, making, engine);
}

/* {"id", "until"}: what the person is sent. */
static void put_params(struct base_buffer *params, const struct making *making, core_day due)
{
    char id[ENGINE_CONCERN_ID_SIZE];

    engine_concern_id(making->kind, making->id, id);
    base_json_open(params, NULL, '{');
    base_json_put_text(params, "id", id);
    engine_put_day(params, "until", due);
    base_json_close(params, '}');
}

static struct engine_message told_of(const struct making *making, const char *params)
{
    struct engine_message message = engine_concern_message(making->kind->received, making->request->body, making->application, params);

    message.language = making->request->language == FRONT_EN ? "en" : "zh-CN";
    return message;
}

/* What the journal keeps for ever: nothing that a person wrote. */
static void put_more(struct base_buffer *more, const struct making *making, const struct engine *engine, const struct store_entry *entry,
                     const struct engine_concern_told *told, core_day due)
{
    engine_concern_put_more(more, engine, making->kind, entry);
    engine_concern_told_put(more, told);
    if (due != 0)
        engine_put_day(more, "due", due);
}

static void on_same(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct making *making = data;
    struct engine_concern concern = {0};

    if (rc == OD_OK)
        rc = engine_concern_read(engine, entry, &concern);
    const char *hash = rc == OD_OK ? base_json_member_text(concern.tree, "body_hash") : NULL;
    if (rc != OD_OK)
        engine_answer_rc(making->request, rc);
    else if (hash == NULL || strcmp(hash, making->hash) != 0)
        front_answer_problem(making->request, FRONT_KEY_REUSED, NULL, NULL, 0);
    else
        engine_concern_answer(engine, making->request, making->kind, entry->id, 201, "Idempotency-Replayed: true\r\n");
    engine_concern_fini(&concern);
}

static void on_stored(struct engine *engine, void *data, int rc)
{
    struct making *making = data;

    if (rc == OD_EEXIST)
        rc = engine_entry_get(engine, making->kind->kind, 0, making->name, on_same, making);
    else if (rc == OD_OK)
        engine_concern_answer(engine, making->request, making->kind, making->id, 201, NULL);
    if (rc != OD_OK)
        engine_answer_rc(making->request, rc);
}

static int put(struct making *making, struct engine *engine, uint16_t department)
{
    struct base_buffer body = {0}, more = {0}, params = {0};
    struct engine_concern_put change = {.entry = {.kind = making->kind->kind, .department = department, .application = making->application,
                                                  .wake_minute = INT64_MAX, .at_ms = engine->now.ms}};
    core_day due = 0;
    int rc = OD_OK;

    change.told = (struct engine_concern_told){.kind = making->kind->kind, .change = ENGINE_CONCERN_MADE, .service = making->service,
                                               .is_oral = making->is_oral, .is_positive = making->is_upheld};
    put_members(&body, making, engine);
    if (!making->is_oral && making->kind->clock != CATALOG_AFTERCARE_NONE)
        rc = engine_concern_start(engine, (enum catalog_aftercare)making->kind->clock, &body, &change.entry.wake_minute, &due);
    base_json_close(&body, '}');
    if (rc == OD_OK)
        rc = engine_concern_count_at(engine, engine_is_staff(making->request), making->window, making->officer, &change.told);
    if (rc == OD_OK)
        making->id = engine_entry_id(engine, making->kind->kind);
    change.entry.id = making->id;
    put_more(&more, making, engine, &change.entry, &change.told, due);
    change.entry.name = making->has_key ? making->name : NULL;
    change.entry.state = making->is_oral ? ENGINE_CONCERN_ANSWERED : ENGINE_CONCERN_OPEN;
    change.entry.body = base_buffer_text(&body);
    change.entry.body_size = (uint32_t)body.size;
    change.event = (struct engine_entry_event){.type = making->kind->events.made, .by = engine_concern_by(making->request),
                                               .number = making->application != 0 ? making->number : NULL, .more = base_buffer_text(&more)};
    if (is_of(making, ENGINE_ENTRY_COMPLAINT) && !making->is_oral)
        change.alert = (struct engine_concern_alert){.kind = ENGINE_ALERT_COMPLAINT, .due = due};
    put_params(&params, making, due);
    if (!making->is_oral)
        change.message = told_of(making, base_buffer_text(&params));
    if (rc == OD_OK)
        rc = body.is_broken || more.is_broken || params.is_broken ? OD_ENOMEM : engine_concern_write(engine, making->kind, &change, on_stored, making);
    base_buffer_fini(&body);
    base_buffer_fini(&more);
    base_buffer_fini(&params);
    return rc;
}

static void finish(struct making *making, struct engine *engine)
{
    uint16_t department;

    if (!find_department(making, engine, &department))
        return;
    int rc = put(making, engine, department);
    if (rc != OD_OK)
        engine_answer_rc(making->request, rc);
}

/* -- Its application -- */

static bool take_task(struct making *making, const struct engine_application *application)
{
    uint64_t id = 0;
    int32_t day;

    if (making->task == NULL)
        return true;
    if (base_task_number_parse(making->task, &id, &day, &making->task_index) != OD_OK || id != making->application ||
        making->task_index >= application->core->task_count) {
        engine_refuse(making->request, "/about/task", "choice", "task 应为该办件的任务编号（编号加 .1、.2 等）。",
                      "task must be a task of that application: its number with .1, .2 and so on.");
        return false;
    }
    making->department = application->service->matters[making->task_index]->department->id;
    return true;
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct making *making = data;

    if (rc != OD_OK) {
        engine_answer_rc(making->request, rc);
        return;
    }
    making->service = application->service->id;
    if (making->window == NULL && application->window != 0)
        making->window = store_window_name(engine->store, application->window);
    if (take_task(making, application))
        finish(making, engine);
}

/* Whoever says the number of an application says its code too; members of staff know it. */
static bool may_name(const struct engine *engine, struct making *making)
{
    const char *code = base_json_member_text(making->request->body, "code");
    int32_t day;

    if (base_number_parse(making->number, &making->application, &day) == OD_OK &&
        (engine_is_staff(making->request) || (code != NULL && engine_code_is(engine, making->number, code))))
        return true;
    front_answer_problem(making->request, FRONT_NOT_FOUND,
                         front_say(making->request, "编号或查询码不正确，请对照受理回执核对；也可以不填编号。",
                                   "The number or the look-up code is wrong; compare them with your receipt, or leave the number out."),
                         NULL, 0);
    return false;
}

/* The same key of the same person gives the same concern. */
static int take_key(struct making *making, const struct engine *engine)
{
    const struct front_request *request = making->request;
    struct base_buffer text = {0};
    uint8_t hash[BASE_HASH_SIZE];
    int rc = OD_OK;

    making->has_key = request->idempotency_key != NULL;
    if (!making->has_key)
        return OD_OK;
    base_buffer_put_format(&text, "%s\n%s", request->identity.key_id, request->idempotency_key);
    base_hash_keyed(engine->secret, base_buffer_text(&text), text.size, hash);
    making->name[0] = 'k';
    base_hex(hash, sizeof(hash), making->name + 1);
    rc = text.is_broken ? OD_ENOMEM : base_json_canonical_hash(request->body_text, request->body_size, hash);
    base_hex(hash, sizeof(hash), making->hash);
    base_buffer_fini(&text);
    return rc;
}

void engine_concern_new(struct engine *engine, struct front_request *request, const struct engine_concern_kind *kind)
{
    struct making *making = base_arena_take(&request->arena, sizeof(*making));

    if (making == NULL) {
        engine_answer_rc(request, OD_ENOMEM);
        return;
    }
    *making = (struct making){.request = request, .kind = kind};
    if (!read_members(making, engine))
        return;
    int rc = take_key(making, engine);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
    else if (making->number == NULL && making->task != NULL)
        engine_refuse(request, "/number", "required", "写明任务时须同时写明办件编号。", "A task is of an application: give its number, too.");
    else if (making->number == NULL)
        finish(making, engine);
    else if (may_name(engine, making))
        engine_application_get(engine, making->application, on_application, making);
}
