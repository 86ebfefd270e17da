/* SPDX-License-Identifier: Apache-2.0 */
/* What members of staff do with a concern: reply to it, put right what a bad rating found, confirm a grievance, pass it
 * on to the department whose business it is. There is no way to end one without a reply.
 *
 *   act -> [pool: read] -> may see it (404) -> members (422) -> may do it (403) -> unchanged (412) -> open (409)
 *     -> put from its revision -> durable -> 200; changed meanwhile: 409 */
#include "engine/concern.h"

#include <string.h>

struct acting {
    struct front_request *request;
    const struct engine_concern_kind *kind;
    uint64_t id;
    const char *text;       /* NULL = none */
    const char *department; /* pass; NULL = back to the center */
    uint16_t department_number;
    bool is_pass, is_positive; /* upheld, confirmed */
};

/* -- Members -- */

/* A member that says yes or no, and has to. */
static bool read_flag(struct acting *acting, const char *key, const char *zh, const char *en)
{
    const struct base_json *flag = base_json_member(acting->request->body, key);
    char pointer[32] = "/";

    acting->is_positive = base_json_is_true(flag);
    if (base_json_type(flag) == BASE_JSON_BOOL)
        return true;
    engine_refuse(acting->request, strcat(pointer, key), "required", zh, en);
    return false;
}

static bool read_department(struct acting *acting, struct engine *engine)
{
    static const char *const names[] = {"department", NULL};
    struct engine_department *found;

    if (!engine_fields_only(acting->request, acting->request->body, "", names) ||
        !engine_field_text(acting->request, "department", BASE_ID_MAX, false, &acting->department))
        return false;
    if (acting->department == NULL && base_json_member(acting->request->body, "department") == NULL) {
        engine_refuse(acting->request, "/department", "required", "请写明转给哪个部门（department）；null 为退回中心。",
                      "Say which department it is passed to; null gives it back to the center.");
        return false;
    }
    if (acting->department == NULL)
        return true;
    if (catalog_department_find(engine->catalog, acting->department) == NULL) {
        engine_refuse(acting->request, "/department", "choice", "目录中没有这个部门，请从 /v1/departments 选择。",
                      "The catalogue has no such department; choose one of /v1/departments.");
        return false;
    }
    if (engine_department_get(engine, acting->department, &found) != OD_OK) {
        engine_answer_rc(acting->request, OD_EBUSY);
        return false;
    }
    acting->department_number = found->number;
    return true;
}

static bool read_answer(struct acting *acting)
{
    static const char *const plain[] = {"text", NULL}, *const upheld[] = {"text", "upheld", NULL},
                             *const confirmed[] = {"text", "confirmed", NULL};
    bool is_complaint = acting->kind->kind == ENGINE_ENTRY_COMPLAINT, is_grievance = acting->kind->kind == ENGINE_ENTRY_GRIEVANCE;

    if (!engine_fields_only(acting->request, acting->request->body, "", is_complaint ? upheld : is_grievance ? confirmed : plain) ||
        !engine_field_text(acting->request, "text", ENGINE_CONCERN_TEXT_MAX, !is_grievance, &acting->text))
        return false;
    if (is_complaint)
        return read_flag(acting, "upheld", "请写明投诉是否成立（upheld：true 或 false）。", "Say whether the complaint is upheld: true or false.");
    if (is_grievance)
        return read_flag(acting, "confirmed", "请写明是否属实（confirmed：true 或 false）。", "Say whether it is confirmed: true or false.");
    return true;
}

/* -- What it becomes -- */

static enum engine_concern_state state_after(const struct acting *acting)
{
    return acting->kind->kind == ENGINE_ENTRY_GRIEVANCE && !acting->is_positive ? ENGINE_CONCERN_DISMISSED : ENGINE_CONCERN_ANSWERED;
}

static void put_reply(struct base_buffer *body, const struct acting *acting, const struct engine *engine)
{
    base_json_open(body, "reply", '{');
    base_json_put_text(body, "text", acting->text);
    base_json_put_text(body, "by", engine_concern_by(acting->request));
    base_json_put_i64(body, "at_ms", engine->now.ms);
    if (acting->kind->kind == ENGINE_ENTRY_COMPLAINT)
        base_json_put_bool(body, "upheld", acting->is_positive);
    base_json_close(body, '}');
}

/* Its clock ends, with the date that it has now. */
static void put_answered(struct base_buffer *body, const struct acting *acting, const struct engine *engine, const struct engine_concern *concern)
{
    static const char *const changed[] = {"reply", "ended", "overdue", "due", NULL};

    base_json_open(body, NULL, '{');
    engine_concern_put_kept(body, concern->tree, changed);
    put_reply(body, acting, engine);
    if (concern->clock.state != CORE_CLOCK_NONE) {
        engine_put_day(body, "due", concern->clock.due);
        engine_put_day(body, "ended", concern->clock.ended);
        base_json_put_bool(body, "overdue", concern->clock.is_overdue);
    }
    base_json_close(body, '}');
}

/* {"id", "text"}: what the person is sent. */
static void put_params(struct base_buffer *params, const struct acting *acting)
{
    char id[ENGINE_CONCERN_ID_SIZE];

    engine_concern_id(acting->kind, acting->id, id);
    base_json_open(params, NULL, '{');
    base_json_put_text(params, "id", id);
    base_json_put_text(params, "text", acting->text);
    base_json_close(params, '}');
}

static void on_stored(struct engine *engine, void *data, int rc)
{
    struct acting *acting = data;

    if (rc == OD_OK)
        engine_concern_answer(engine, acting->request, acting->kind, acting->id, 200, NULL);
    else
        engine_answer_rc(acting->request, rc); /* changed meanwhile: 409, to be looked at again */
}

static int answer(struct acting *acting, struct engine *engine, struct engine_concern *concern)
{
    const struct core_moment now = core_moment_of(&engine->now);
    struct engine_concern_put change = {.entry = *concern->entry};
    struct base_buffer body = {0}, more = {0}, params = {0};
    bool is_marked = concern->clock.state != CORE_CLOCK_NONE && core_clock_end(&concern->clock, CORE_CLOCK_MET, &now);
    int rc = engine_concern_counted(engine, concern, ENGINE_CONCERN_SETTLED, &change.told);

    put_answered(&body, acting, engine, concern);
    engine_concern_put_more(&more, engine, acting->kind, concern->entry);
    change.told.is_late = concern->clock.is_overdue;
    change.told.is_found_late = is_marked;
    change.told.is_positive = acting->is_positive;
    engine_concern_told_put(&more, &change.told);
    change.entry.state = (uint8_t)state_after(acting);
    change.entry.wake_minute = INT64_MAX;
    change.entry.body = base_buffer_text(&body);
    change.entry.body_size = (uint32_t)body.size;
    change.event = (struct engine_entry_event){.type = acting->kind->events.answered, .by = engine_concern_by(acting->request),
                                               .number = concern->entry->application != 0 ? base_json_member_text(concern->tree, "number") : NULL,
                                               .more = base_buffer_text(&more)};
    if (is_marked) /* nobody was told yet that its time had run out */
        change.alert = (struct engine_concern_alert){.kind = ENGINE_ALERT_OVERDUE, .due = concern->clock.due};
    put_params(&params, acting);
    change.message = engine_concern_message(acting->kind->answered, concern->tree, concern->entry->application, base_buffer_text(&params));
    if (rc == OD_OK)
        rc = body.is_broken || more.is_broken || params.is_broken ? OD_ENOMEM : engine_concern_write(engine, acting->kind, &change, on_stored, acting);
    base_buffer_fini(&body);
    base_buffer_fini(&more);
    base_buffer_fini(&params);
    return rc;
}

/* Another owner; the clock goes on. */
static int pass(struct acting *acting, struct engine *engine, const struct engine_concern *concern)
{
    struct engine_concern_put change = {.entry = *concern->entry};
    const char *from = concern->entry->department != 0 ? store_department_name(engine->store, concern->entry->department) : NULL;
    struct base_buffer more = {0};

    change.entry.department = acting->department_number;
    engine_concern_put_more(&more, engine, acting->kind, &change.entry);
    base_json_put_text(&more, "from", from);
    change.event = (struct engine_entry_event){.type = acting->kind->events.passed, .by = engine_concern_by(acting->request),
                                               .number = concern->entry->application != 0 ? base_json_member_text(concern->tree, "number") : NULL,
                                               .more = base_buffer_text(&more)};
    int rc = more.is_broken ? OD_ENOMEM : engine_concern_write(engine, acting->kind, &change, on_stored, acting);
    base_buffer_fini(&more);
    return rc;
}

/* -- May it be done? -- */

/* Nobody judges what concerns himself: who is complained of, who was rated badly, who recorded the grievance. */
static bool is_own(const struct acting *acting, const struct engine *engine, const struct engine_concern *concern)
{
    const char *who = acting->request->identity.key_id;
    const char *own = base_json_member_text(concern->tree, acting->kind->kind == ENGINE_ENTRY_GRIEVANCE ? "by" : "officer");
    bool may_be_own = acting->kind->kind == ENGINE_ENTRY_INQUIRY || acting->is_pass;

    return !may_be_own && !engine->is_demo && own != NULL && who[0] != '\0' && strcmp(own, who) == 0;
}

static bool answer_refusal(struct acting *acting, const struct engine *engine, const struct engine_concern *concern)
{
    char tag[ENGINE_TAG_SIZE];

    if (is_own(acting, engine, concern)) {
        front_answer_problem(acting->request, FRONT_FORBIDDEN,
                             front_say(acting->request, "与本人有关的投诉、差评和委屈登记应由他人处理。",
                                       "What concerns you yourself is for somebody else to settle."), NULL, 0);
        return true;
    }
    engine_concern_tag(concern, tag);
    if (engine_answer_if_other(acting->request, tag))
        return true;
    if (concern->entry->state == ENGINE_CONCERN_OPEN)
        return false;
    front_answer_problem(acting->request, FRONT_CONFLICT,
                         front_say(acting->request, "已经答复（办结），不能再改；请查看其答复。",
                                   "It is settled already, and stays as it is; look at its reply."), NULL, 0);
    return true;
}

static void on_entry(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct acting *acting = data;
    struct engine_concern concern = {0};

    if (rc == OD_OK)
        rc = engine_concern_read(engine, entry, &concern);
    if (rc == OD_OK && !engine_concern_may_see(engine, acting->request, &concern))
        rc = OD_ENOTFOUND;
    bool has_members = rc == OD_OK && (acting->is_pass ? read_department(acting, engine) : read_answer(acting));
    if (has_members && !answer_refusal(acting, engine, &concern))
        rc = acting->is_pass ? pass(acting, engine, &concern) : answer(acting, engine, &concern);
    if (rc != OD_OK)
        engine_answer_rc(acting->request, rc);
    engine_concern_fini(&concern);
}

void engine_concern_act(struct engine *engine, struct front_request *request, const struct engine_concern_kind *kind)
{
    struct acting *acting = base_arena_take(&request->arena, sizeof(*acting));
    bool is_pass = request->route == FRONT_INQUIRY_PASS || request->route == FRONT_COMPLAINT_PASS || request->route == FRONT_EVALUATION_PASS;
    int rc = acting != NULL ? OD_OK : OD_ENOMEM;

    if (rc == OD_OK) {
        *acting = (struct acting){.request = request, .kind = kind, .is_pass = is_pass};
        rc = engine_concern_id_parse(kind, request->params[0], &acting->id);
    }
    if (rc == OD_OK)
        rc = engine_entry_get(engine, kind->kind, acting->id, NULL, on_entry, acting);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}
