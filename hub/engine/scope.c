/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scope.h"

#include <string.h>

#define WIDE (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)

const char *engine_scope_of(const struct front_request *request)
{
    const struct front_identity *who = &request->identity;

    return (who->roles & WIDE) == 0 && who->department[0] != '\0' ? who->department : NULL;
}

bool engine_may_see(const struct front_request *request, const struct engine_application *application)
{
    const char *department = engine_scope_of(request);

    for (unsigned i = 0; department != NULL && i < application->core->task_count; i++)
        if (strcmp(application->service->matters[i]->department->id, department) == 0)
            return true;
    return department == NULL;
}

void engine_refuse_other(struct front_request *request)
{
    front_answer_problem(request, FRONT_FORBIDDEN,
                         front_say(request, "这件申请没有您部门的任务。", "This application has no task of your department."), NULL, 0);
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct front_request *request = data;

    if (rc != OD_OK)
        engine_answer_rc(request, rc);
    else if (engine_may_see(request, application))
        engine_perform(engine, request);
    else
        engine_refuse_other(request);
}

bool engine_scope_check(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;

    if (engine_scope_of(request) == NULL || !front_route_is_of_application(request->route) ||
        base_number_parse(request->params[0], &id, &day) != OD_OK)
        return false;
    engine_application_get(engine, id, on_application, request);
    return true;
}

/* -- Persons -- */

static const struct {
    const char *member;
    enum engine_personal kind;
} members[] = {
    {"kind", ENGINE_PERSONAL_NONE},       {"id_type", ENGINE_PERSONAL_NONE},     {"locale", ENGINE_PERSONAL_NONE},
    {"name", ENGINE_PERSONAL_NAME},       {"id_number", ENGINE_PERSONAL_NUMBER}, {"phone", ENGINE_PERSONAL_CONTACT},
    {"email", ENGINE_PERSONAL_CONTACT},   {"address", ENGINE_PERSONAL_ADDRESS},  {"agent", ENGINE_PERSONAL_NONE},
    {"representative", ENGINE_PERSONAL_NONE},
};

/* Who sees a kind. Those who handle applications see all of it; supervision sees whom it is about, and not by which
 * number or at which address. */
static const uint32_t readers[ENGINE_PERSONAL_KINDS] = {
#define HANDLERS (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD | FRONT_ROLE_ADMIN)
    [ENGINE_PERSONAL_OTHER] = HANDLERS,
    [ENGINE_PERSONAL_NONE] = HANDLERS | FRONT_ROLE_SUPERVISOR,
    [ENGINE_PERSONAL_NAME] = HANDLERS | FRONT_ROLE_SUPERVISOR,
    [ENGINE_PERSONAL_NUMBER] = HANDLERS,
    [ENGINE_PERSONAL_CONTACT] = HANDLERS,
    [ENGINE_PERSONAL_ADDRESS] = HANDLERS,
};

enum engine_personal engine_personal_kind(const char *member)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (strcmp(members[i].member, member) == 0)
            return members[i].kind;
    return ENGINE_PERSONAL_OTHER;
}

bool engine_personal_may_see(uint32_t roles, enum engine_personal kind)
{
    return (readers[kind] & roles) != 0;
}

static void put_members(struct base_buffer *buffer, const char *key, const struct base_json *object, uint32_t roles)
{
    base_json_open(buffer, key, '{');
    for (const struct base_json *member = base_json_first(object); member != NULL; member = base_json_next(member)) {
        if (!engine_personal_may_see(roles, engine_personal_kind(base_json_key(member))))
            continue;
        if (base_json_type(member) == BASE_JSON_OBJECT)
            put_members(buffer, base_json_key(member), member, roles); /* an agent, a representative: no deeper than the gate lets through */
        else if (base_json_type(member) != BASE_JSON_ARRAY || engine_personal_may_see(roles, ENGINE_PERSONAL_OTHER))
            base_json_put(buffer, base_json_key(member), member);
    }
    base_json_close(buffer, '}');
}

void engine_applicant_put(struct base_buffer *buffer, const char *key, const struct base_json *applicant, uint32_t roles)
{
    put_members(buffer, key, applicant, roles);
}

bool engine_field_may_see(uint32_t roles, const struct catalog_service *service, const char *field)
{
    if ((roles & HANDLERS) != 0)
        return true;
    for (size_t i = 0; i < service->field_count; i++)
        if (strcmp(service->fields[i].id, field) == 0)
            return !service->fields[i].is_personal;
    return false;
}

static bool is_declared(const struct catalog_matter *matter, const char *field)
{
    for (size_t i = 0; i < matter->field_count; i++)
        if (strcmp(matter->fields[i], field) == 0)
            return true;
    return false;
}

bool engine_field_is_for(const struct front_request *request, const struct engine_application *application, const char *field)
{
    const char *department = request != NULL ? engine_scope_of(request) : NULL;

    if (request == NULL)
        return true;
    for (unsigned i = 0; department != NULL && i < application->core->task_count; i++) {
        const struct catalog_matter *matter = application->service->matters[i];

        if (strcmp(matter->department->id, department) == 0 && is_declared(matter, field))
            return true;
    }
    return department == NULL && engine_field_may_see(request->identity.roles, application->service, field);
}
