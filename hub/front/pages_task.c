/* SPDX-License-Identifier: Apache-2.0 */
/* The officers' pages: what is due, one task, and what is done with it.
 *
 *   sent: act -> fine: 303 to the task -> else: task -> service -> the page with what was typed
 */
#include <stdio.h>
#include <string.h>

#include "front/pages_rows.h"

/* An ask of this visit by the name of its answer, the newest first; NULL = not asked. */
static const struct front_visit_ask *ask_find(const struct front_visit *visit, const char *name)
{
    for (unsigned i = visit->ask_count; i > 0; i--)
        if (strcmp(visit->asks[i - 1].name, name) == 0)
            return &visit->asks[i - 1];
    return NULL;
}

/* -- The worklist -- */

static void put_pair(struct base_buffer *query, const char *name, const char *value)
{
    if (value == NULL)
        return;
    if (query->size > 0)
        base_buffer_put_text(query, "&");
    base_buffer_put_format(query, "%s=", name);
    front_visit_put_encoded(query, value);
}

static void worklist_step(struct front_visit *visit)
{
    const struct front_visit_ask *tasks = ask_find(visit, "tasks"),
                                 *departments = ask_find(visit, "departments");
    const char *chosen = front_visit_query(visit, "department");
    const char *cursor = base_json_member_text(tasks->json, "next_cursor");
    struct base_buffer next = {0};

    if (!front_visit_is_fine(tasks)) {
        front_visit_problem(visit, tasks);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    front_page_put_options(&visit->view, "departments", departments->json, chosen);
    base_json_put_text(&visit->view, "department", chosen);
    put_pair(&next, "cursor", cursor);
    put_pair(&next, "department", chosen);
    base_json_put_text(&visit->view, "next", cursor == NULL ? NULL : base_buffer_text(&next));
    base_json_close(&visit->view, '}');
    base_buffer_fini(&next);
    visit->is_private = true;
    front_visit_render(visit, 200, "worklist");
}

void front_page_worklist(struct front_visit *visit)
{
    struct base_buffer query = {0};

    put_pair(&query, "department", front_visit_query(visit, "department"));
    put_pair(&query, "cursor", front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST,
                                                      .name = "departments"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_TASK_LIST,
                                                      .name = "tasks",
                                                      .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, worklist_step);
}

/* -- One task -- */

static const struct base_json *find_by_id(const struct base_json *list, const char *id)
{
    for (const struct base_json *item = base_json_first(list); item != NULL && id != NULL;
         item = base_json_next(item)) {
        const char *other = base_json_member_text(item, "id");
        if (other != NULL && strcmp(other, id) == 0)
            return item;
    }
    return NULL;
}

/* A value in the words of its field: the labels of choices, not their ids. */
static void put_value(struct base_buffer *view, const struct base_json *field,
                      const struct base_json *value)
{
    const struct base_json *choices = base_json_member(field, "choices");
    const struct base_json *choice = find_by_id(choices, base_json_text(value));

    base_json_open(view, "values", '[');
    if (base_json_type(value) != BASE_JSON_ARRAY)
        base_json_put(view, NULL, choice != NULL ? base_json_member(choice, "label") : value);
    for (const struct base_json *item =
             base_json_type(value) == BASE_JSON_ARRAY ? base_json_first(value) : NULL;
         item != NULL; item = base_json_next(item)) {
        choice = find_by_id(choices, base_json_text(item));
        base_json_put(view, NULL, choice != NULL ? base_json_member(choice, "label") : item);
    }
    base_json_close(view, ']');
}

static void put_form(struct base_buffer *view, const struct base_json *service,
                     const struct base_json *form)
{
    base_json_open(view, "fields", '[');
    for (const struct base_json *field = base_json_first(base_json_member(service, "form"));
         field != NULL; field = base_json_next(field)) {
        const char *id = base_json_member_text(field, "id");
        const struct base_json *value = id == NULL ? NULL : base_json_member(form, id);

        if (value == NULL)
            continue;
        base_json_open(view, NULL, '{');
        base_json_put(view, "label", base_json_member(field, "label"));
        base_json_put_text(view, "unit", base_json_member_text(field, "unit"));
        base_json_put_text(view, "type", base_json_member_text(field, "type"));
        put_value(view, field, value);
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

static bool may_act(const struct front_visit *visit, const struct base_json *task)
{
    const char *owner = base_json_member_text(task, "owner"),
               *department = base_json_member_text(task, "department");
    const struct front_identity *identity = &visit->request->identity;

    if (owner == NULL || strcmp(owner, "officer") != 0)
        return false;
    if ((identity->roles & (FRONT_ROLE_HEAD | FRONT_ROLE_ADMIN)) != 0)
        return true;
    return (identity->roles & FRONT_ROLE_OFFICER) != 0 && department != NULL &&
           strcmp(department, identity->department) == 0;
}

static void task_render_step(struct front_visit *visit)
{
    const struct front_visit_ask *task = ask_find(visit, "task"),
                                 *service = ask_find(visit, "service");
    const struct front_visit_ask *act = ask_find(visit, "act");
    const struct base_json *matter = find_by_id(base_json_member(service->json, "matters"),
                                                base_json_member_text(task->json, "matter"));

    base_json_open(&visit->view, NULL, '{');
    base_json_put_bool(&visit->view, "may_act", may_act(visit, task->json));
    base_json_put(&visit->view, "pauses", base_json_member(matter, "pauses"));
    base_json_put(&visit->view, "fields_of_matter", base_json_member(matter, "fields"));
    put_form(&visit->view, service->json, base_json_member(task->json, "form"));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, act == NULL ? 200 : act->status, "task");
}

static void task_step(struct front_visit *visit)
{
    const struct front_visit_ask *task = ask_find(visit, "task");

    if (!front_visit_is_fine(task)) {
        front_visit_problem(visit, task);
        return;
    }
    front_visit_ask(visit, &(struct front_visit_wish){
                               .route = FRONT_SERVICE_SHOW,
                               .name = "service",
                               .param = base_json_member_text(task->json, "service")});
    front_visit_go(visit, task_render_step);
}

void front_page_task(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_TASK_SHOW,
                                                      .name = "task",
                                                      .param = visit->params[0]});
    front_visit_go(visit, task_step);
}

/* -- What is done with it -- */

static void put_if(struct base_buffer *body, const char *key, const char *text)
{
    if (*text != '\0')
        base_json_put_text(body, key, text);
}

static void put_act(struct base_buffer *body, struct front_visit *visit, enum front_route route)
{
    base_json_open(body, NULL, '{');
    if (route == FRONT_TASK_OPINION) {
        put_if(body, "opinion", front_visit_field(visit, "opinion"));
        front_page_put_lines(body, "reasons", front_visit_field(visit, "reasons"));
        front_page_put_lines(body, "conditions", front_visit_field(visit, "conditions"));
        put_if(body, "document_no", front_visit_field(visit, "document_no"));
    } else if (route == FRONT_TASK_PAUSE) {
        put_if(body, "kind", front_visit_field(visit, "kind"));
        put_if(body, "reason", front_visit_field(visit, "reason"));
    } else if (route == FRONT_TASK_ASK) {
        put_if(body, "text", front_visit_field(visit, "text"));
    }
    base_json_close(body, '}');
}

static enum front_route route_of(const char *verb)
{
    static const struct {
        const char *verb;
        enum front_route route;
    } rows[] = {
        {"take", FRONT_TASK_TAKE},   {"opinion", FRONT_TASK_OPINION},
        {"pause", FRONT_TASK_PAUSE}, {"resume", FRONT_TASK_RESUME},
        {"ask", FRONT_TASK_ASK},     {"requeue", FRONT_TASK_REQUEUE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].verb, verb) == 0)
            return rows[i].route;
    return FRONT_ROUTE_NONE;
}

static void act_step(struct front_visit *visit)
{
    const struct front_visit_ask *act = ask_find(visit, "act");
    char path[2 * FRONT_PARAM_MAX];

    if (front_visit_is_fine(act)) {
        snprintf(path, sizeof(path), "/tasks/%.128s?done=%.16s", visit->params[0],
                 visit->params[1]);
        front_visit_redirect(visit, path);
    } else if (act->status == 409 || act->status == 422) {
        front_page_task(visit);
    } else {
        front_visit_problem(visit, act);
    }
}

void front_page_task_sent(struct front_visit *visit)
{
    enum front_route route = route_of(visit->params[1]);
    struct base_buffer body = {0}, link = {0};

    if (route == FRONT_ROUTE_NONE) {
        front_visit_refuse(visit, 404, "not_found");
        return;
    }
    base_buffer_put_text(&link, "/tasks/");
    front_visit_put_encoded(&link, visit->params[0]);
    const char *copy =
        base_arena_text(&visit->request->arena, base_buffer_text(&link), link.size);
    visit->link = copy == NULL ? "/worklist" : copy;
    base_buffer_fini(&link);
    put_act(&body, visit, route);
    front_visit_ask(visit, &(struct front_visit_wish){.route = route,
                                                      .name = "act",
                                                      .param = visit->params[0],
                                                      .body = base_buffer_text(&body),
                                                      .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, act_step);
}
