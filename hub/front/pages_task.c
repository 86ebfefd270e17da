/* SPDX-License-Identifier: Apache-2.0 */
/* One task, and what officers do with it.
 *
 *   sent: act -> fine: 303 to the task -> else: task -> service -> the page with what was typed
 */
#include <stdio.h>
#include <string.h>

#include "front/pages_act.h"

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

/* What was handed in for the matter; what it does not ask for is another department's business. */
static void put_documents(struct base_buffer *view, const struct base_json *matter, const struct front_visit_ask *materials)
{
    const struct base_json *asked = base_json_member(matter, "materials");

    base_json_open(view, "documents", '[');
    for (const struct base_json *item = base_json_first(base_json_member(materials->json, "items")); item != NULL; item = base_json_next(item))
        if (find_by_id(asked, base_json_member_text(item, "material")) != NULL)
            base_json_put(view, NULL, item);
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

/* Why nobody gives an opinion now, though the task is the reader's to look at; NULL = it is not the reader's, or not by hand. */
static const char *why_not(const struct base_json *task)
{
    static const char *const states[] = {"waiting_applicant", "blocked", "cancelled", "skipped"};
    const char *state = base_json_member_text(task, "state"), *owner = base_json_member_text(task, "owner");

    if (owner != NULL && strcmp(owner, "applicant") == 0)
        return "waiting_applicant";
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (state != NULL && strcmp(states[i], state) == 0)
            return states[i];
    return NULL;
}

/* The department's own word, whoever holds the task: milestones, and extensions of its limits. */
static bool may_mark(const struct front_visit *visit, const struct base_json *task)
{
    const char *department = base_json_member_text(task, "department"), *state = base_json_member_text(task, "state");
    const struct front_identity *identity = &visit->request->identity;
    bool is_over = state == NULL || strcmp(state, "done") == 0 || strcmp(state, "cancelled") == 0 ||
                   strcmp(state, "skipped") == 0 || strcmp(state, "blocked") == 0;

    if (is_over || !front_visit_may(identity->roles, FRONT_TASK_MILESTONE))
        return false;
    return identity->department[0] == '\0' || (department != NULL && strcmp(department, identity->department) == 0);
}

static const char *const milestones[] = {"delegated",    "preliminary_reviewed", "inspectors_assigned", "hearing_told",
                                         "hearing_requested", "hearing_announced", "hearing_held"};

/* What the department may ask for: every field of the form, and what the matter publishes. */
static void put_askable(struct front_visit *visit, const struct base_json *service, const struct base_json *matter)
{
    char name[2 * BASE_ID_MAX];

    base_json_open(&visit->view, "askable", '[');
    for (const struct base_json *item = base_json_first(base_json_member(service, "form")); item != NULL;
         item = base_json_next(item)) {
        base_json_open(&visit->view, NULL, '{');
        snprintf(name, sizeof(name), "f.%.64s", base_json_member_text(item, "id"));
        base_json_put_text(&visit->view, "input", name);
        base_json_put(&visit->view, "name", base_json_member(item, "label"));
        base_json_put_bool(&visit->view, "is_chosen", *front_visit_field(visit, name) != '\0');
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
    base_json_open(&visit->view, "askable_materials", '[');
    for (const struct base_json *item = base_json_first(base_json_member(matter, "materials")); item != NULL;
         item = base_json_next(item)) {
        base_json_open(&visit->view, NULL, '{');
        snprintf(name, sizeof(name), "m.%.64s", base_json_member_text(item, "id"));
        base_json_put_text(&visit->view, "input", name);
        base_json_put(&visit->view, "name", base_json_member(item, "name"));
        base_json_put_bool(&visit->view, "is_chosen", *front_visit_field(visit, name) != '\0');
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
}

/* A head or supervision, once the task has ended. */
static bool may_bar(const struct front_visit *visit, const struct base_json *task)
{
    const char *state = base_json_member_text(task, "state");

    return state != NULL && strcmp(state, "done") == 0 &&
           (visit->request->identity.roles & (FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)) != 0;
}

/* Who may claim it, and whether what another has claimed may be taken over. */
static void put_claim_view(struct front_visit *visit, const struct base_json *task)
{
    const char *by = base_json_member_text(base_json_member(task, "claim"), "by"), *owner = base_json_member_text(task, "owner");
    const struct front_identity *identity = &visit->request->identity;
    bool is_mine = by != NULL && strcmp(by, identity->key_id) == 0, is_open = owner != NULL && strcmp(owner, "officer") == 0;
    bool oversees = (identity->roles & (FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)) != 0;

    base_json_put_bool(&visit->view, "is_mine", is_mine);
    base_json_put_bool(&visit->view, "may_claim", is_open && by == NULL && may_act(visit, task));
    base_json_put_bool(&visit->view, "may_take_over", is_open && by != NULL && !is_mine && oversees);
}

/* Whoever stands before the screen sees no whole number of a person; the documents have it, and the API for a department's system. */
static void put_number(struct base_buffer *view, const struct base_json *applicant)
{
    const char *kind = base_json_member_text(applicant, "kind"), *number = base_json_member_text(applicant, "id_number");

    if (number == NULL || *number == '\0')
        return;
    if (kind != NULL && strcmp(kind, "organization") == 0) /* which is public */
        base_json_put_text(view, "id_number", number);
    else
        base_json_put_masked(view, "id_number", number);
}

static void task_render_step(struct front_visit *visit)
{
    const struct front_visit_ask *task = front_visit_find(visit, "task"),
                                 *service = front_visit_find(visit, "service");
    const struct front_visit_ask *act = front_visit_find(visit, "act");
    const struct base_json *matter = find_by_id(base_json_member(service->json, "matters"),
                                                base_json_member_text(task->json, "matter"));

    base_json_open(&visit->view, NULL, '{');
    base_json_put_text(&visit->view, "sent", visit->request->is_post ? visit->params[1] : NULL);
    base_json_put_bool(&visit->view, "may_act", may_act(visit, task->json));
    base_json_put_text(&visit->view, "why_not", why_not(task->json));
    base_json_put_bool(&visit->view, "has_marks", base_json_member(task->json, "hearing") != NULL || base_json_member(task->json, "delegated") != NULL);
    base_json_put(&visit->view, "pauses", base_json_member(matter, "pauses"));
    base_json_put_bool(&visit->view, "may_mark", may_mark(visit, task->json));
    put_claim_view(visit, task->json);
    base_json_put_bool(&visit->view, "may_bar", base_json_is_true(base_json_member(matter, "safety")) && may_bar(visit, task->json));
    base_json_put_bool(&visit->view, "needs_two", base_json_is_true(base_json_member(matter, "two_officers")));
    front_page_put_words(&visit->view, "milestones", milestones, sizeof(milestones) / sizeof(milestones[0]),
                         front_visit_field(visit, "milestone"));
    put_askable(visit, service->json, matter);
    put_form(&visit->view, service->json, base_json_member(task->json, "form"));
    put_documents(&visit->view, matter, front_visit_find(visit, "materials"));
    put_number(&visit->view, base_json_member(task->json, "applicant"));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, act == NULL ? 200 : act->status, "task");
}

static void task_step(struct front_visit *visit)
{
    const struct front_visit_ask *task = front_visit_find(visit, "task");

    if (!front_visit_is_fine(task)) {
        front_visit_problem(visit, task);
        return;
    }
    front_visit_ask(visit, &(struct front_visit_wish){
                               .route = FRONT_SERVICE_SHOW,
                               .name = "service",
                               .param = base_json_member_text(task->json, "service")});
    front_visit_ask(visit, &(struct front_visit_wish){
                               .route = FRONT_APPLICATION_MATERIALS,
                               .name = "materials",
                               .param = base_json_member_text(task->json, "application")});
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

static void put_opinion(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    (void)service;
    front_act_put_text(body, "opinion", visit, "opinion");
    front_page_put_lines(body, "reasons", front_visit_field(visit, "reasons"));
    front_page_put_lines(body, "conditions", front_visit_field(visit, "conditions"));
    front_act_put_text(body, "document_no", visit, "document_no");
    if (*front_visit_field(visit, "officers") != '\0')
        front_page_put_lines(body, "officers", front_visit_field(visit, "officers"));
}

static void put_pause(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    (void)service;
    front_act_put_text(body, "kind", visit, "kind");
    front_act_put_number(body, "expected_days", visit, "expected_days");
    front_act_put_text(body, "text", visit, "text");
}

static void put_ask(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    (void)service;
    front_act_put_text(body, "text", visit, "text");
    front_act_put_ticked(body, "fields", visit, "f.");
    front_act_put_ticked(body, "materials", visit, "m.");
    front_act_put_text(body, "rule", visit, "rule");
}

static void put_milestone(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    (void)service;
    front_act_put_text(body, "milestone", visit, "milestone");
    front_act_put_text(body, "on", visit, "on");
    front_act_put_text(body, "chair", visit, "chair");
    front_act_put_text(body, "to", visit, "to");
    front_act_put_text(body, "text", visit, "text");
}

static void put_bar(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    (void)service;
    front_act_put_text(body, "kind", visit, "kind");
    front_act_put_text(body, "reason", visit, "reason");
}

static void put_claim(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    (void)service;
    if (*front_visit_field(visit, "take_over") != '\0')
        base_json_put_bool(body, "take_over", true);
    front_act_put_text(body, "reason", visit, "reason");
}

static const struct front_act act_rows[] = {
    {"take", FRONT_TASK_TAKE, NULL, false},
    {"opinion", FRONT_TASK_OPINION, put_opinion, false},
    {"pause", FRONT_TASK_PAUSE, put_pause, false},
    {"resume", FRONT_TASK_RESUME, NULL, false},
    {"ask", FRONT_TASK_ASK, put_ask, false},
    {"extend", FRONT_TASK_EXTEND, front_act_put_extension, false},
    {"milestone", FRONT_TASK_MILESTONE, put_milestone, false},
    {"requeue", FRONT_TASK_REQUEUE, NULL, false},
    {"bar", FRONT_TASK_BAR, put_bar, false},
    {"claim", FRONT_TASK_CLAIM, put_claim, false},
    {"release", FRONT_TASK_RELEASE, put_claim, false},
};

static const struct front_acts acts = {.base = "/tasks/",
                                       .rows = act_rows,
                                       .count = sizeof(act_rows) / sizeof(act_rows[0]),
                                       .show = front_page_task};

void front_page_task_sent(struct front_visit *visit)
{
    front_act_sent(visit, &acts);
}
