/* SPDX-License-Identifier: Apache-2.0 */
/* One application as staff sees it: tasks, dates day by day, notices, events, and what is done
 * with it.
 *
 *   shown: application, events, clocks, notices -> service -> the page
 *   sent: the act of the verb; a supplement asks for the service first, whose form says what a field is */
#include <stdio.h>
#include <string.h>

#include "front/pages_act.h"
#include "front/pages_apply.h"
#include "front/pages_fee.h"
#include "front/pages_strip.h"
#include "front/pages_supply.h"

static bool is_word(const struct base_json *object, const char *key, const char *word)
{
    const char *text = base_json_member_text(object, key);

    return text != NULL && strcmp(text, word) == 0;
}

static const struct base_json *json_of(const struct front_visit *visit, const char *name)
{
    const struct front_visit_ask *ask = front_visit_find(visit, name);

    return ask != NULL && front_visit_is_fine(ask) ? ask->json : NULL;
}

/* -- Clocks -- */

/* Does it run, or stand still for a while, or was it broken? What is over or has not begun is shown when it is asked for. */
static bool is_lively(const struct base_json *clock)
{
    return is_word(clock, "state", "running") || is_word(clock, "state", "paused") || base_json_is_true(base_json_member(clock, "overdue"));
}

static size_t put_clocks_that(struct front_visit *visit, const char *key, const struct base_json *clocks, const struct base_json *application,
                              bool are_lively, size_t room)
{
    const struct base_json *promised = front_strip_promised(clocks);
    size_t count = 0;

    base_json_open(&visit->view, key, '[');
    for (const struct base_json *item = base_json_first(clocks); item != NULL; item = base_json_next(item)) {
        if (is_lively(item) != are_lively)
            continue;
        base_json_open(&visit->view, NULL, '{');
        room -= front_strip_put_members(&visit->view, item, application, item == promised ? 0 : room);
        base_json_close(&visit->view, '}');
        count++;
    }
    base_json_close(&visit->view, ']');
    base_json_put_i64(&visit->view, are_lively ? "clock_count" : "quiet_count", (int64_t)count);
    return room;
}

static void put_clocks(struct front_visit *visit, const struct base_json *clocks, const struct base_json *application)
{
    const struct base_json *promised = front_strip_promised(clocks);
    size_t room = FRONT_STRIP_DAYS_MAX;

    if (base_json_first(base_json_member(promised, "days")) != NULL) {
        base_json_open(&visit->view, "promised", '{');
        room -= front_strip_put_members(&visit->view, promised, application, room);
        base_json_close(&visit->view, '}');
    }
    room = put_clocks_that(visit, "clocks", clocks, application, true, room);
    (void)put_clocks_that(visit, "quiet_clocks", clocks, application, false, room);
}

/* -- What is still asked for, as a form -- */

/* Is the id asked for by the notice, in a list of objects or of ids? */
static bool is_listed(const struct base_json *list, const char *key, const char *id)
{
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        const char *text = key == NULL ? base_json_text(item) : base_json_member_text(item, key);

        if (text != NULL && strcmp(text, id) == 0)
            return true;
    }
    return false;
}

/* In a request of a department, or in a correction? */
static bool is_asked(const struct base_json *notice, const char *key, const char *id)
{
    static const char *const lists[] = {"requests", "corrections"};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (const struct base_json *item = base_json_first(base_json_member(notice, lists[i])); item != NULL;
             item = base_json_next(item))
            if (is_listed(base_json_member(item, key), NULL, id))
                return true;
    return false;
}

static void put_open_materials(struct front_visit *visit, const struct base_json *service, const struct base_json *notice)
{
    const struct base_json *matter = NULL, *material = NULL;

    base_json_open(&visit->view, "open_materials", '[');
    while ((material = front_apply_material_next(service, &matter, material)) != NULL) {
        const char *id = base_json_member_text(material, "id");

        if (!is_listed(base_json_member(notice, "missing"), "material", id) && !is_asked(notice, "materials", id))
            continue;
        base_json_open(&visit->view, NULL, '{');
        base_json_put_text(&visit->view, "id", id);
        base_json_put(&visit->view, "name", base_json_member(material, "name"));
        base_json_put_bool(&visit->view, "is_given", *front_apply_value(visit, "m.", id) != '\0');
        base_json_put_text(&visit->view, "file", front_apply_value(visit, "n.", id));
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
}

static void put_open_fields(struct front_visit *visit, const struct base_json *service, const struct base_json *notice,
                            const struct base_json *problem)
{
    base_json_open(&visit->view, "fields", '[');
    for (const struct base_json *field = base_json_first(base_json_member(service, "form")); field != NULL;
         field = base_json_next(field)) {
        const char *id = base_json_member_text(field, "id");

        if (id != NULL && is_asked(notice, "fields", id))
            front_apply_put_field(&visit->view, visit, field, problem);
    }
    base_json_close(&visit->view, ']');
}

/* Does the notice wait for the applicant? */
static bool is_open(const struct base_json *notice)
{
    static const char *const kinds[] = {"incomplete", "correctable", "supplement", "tolerated"};
    bool is_found = false;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        is_found = is_found || is_word(notice, "kind", kinds[i]);
    return is_found;
}

static void put_open(struct front_visit *visit, const struct base_json *application, const struct base_json *service,
                     const struct base_json *problem)
{
    const struct base_json *notice = base_json_member(application, "notice");
    bool is_over = !is_word(application, "status", "incomplete") && !is_word(application, "status", "in_review");

    if (is_over || !is_open(notice) ||
        !front_visit_may(visit->request->identity.roles, FRONT_APPLICATION_SUPPLEMENT))
        return;
    base_json_put_bool(&visit->view, "is_asked", true);
    put_open_materials(visit, service, notice);
    put_open_fields(visit, service, notice, problem);
}

/* -- The intake check: what each matter may be found to miss -- */

static const struct base_json *find_by_id(const struct base_json *list, const char *id)
{
    for (const struct base_json *item = base_json_first(list); item != NULL && id != NULL; item = base_json_next(item))
        if (is_word(item, "id", id))
            return item;
    return NULL;
}

static bool may_check_all(const struct front_visit *visit)
{
    const uint32_t wide = FRONT_ROLE_FRONT_DESK | FRONT_ROLE_HEAD | FRONT_ROLE_ADMIN;

    return (visit->request->identity.roles & wide) != 0;
}

/* Is the matter part of it, and for the reader to look at? An officer looks at the own department's. */
static bool is_checked(const struct front_visit *visit, const struct base_json *task)
{
    return !is_word(task, "state", "skipped") &&
           (may_check_all(visit) || is_word(task, "department", visit->request->identity.department));
}

static const struct base_json *materials_of(const struct base_json *service, const struct base_json *task)
{
    return base_json_member(find_by_id(base_json_member(service, "matters"), base_json_member_text(task, "matter")),
                            "materials");
}

/* Does a matter before this one, that the reader looks at as well, ask for it? A name stands once in a form. */
static bool is_repeated(const struct front_visit *visit, const struct base_json *tasks, const struct base_json *service,
                        const struct base_json *until, const char *id)
{
    for (const struct base_json *task = base_json_first(tasks); task != until; task = base_json_next(task))
        if (is_checked(visit, task) && find_by_id(materials_of(service, task), id) != NULL)
            return true;
    return false;
}

static void put_missable(struct front_visit *visit, const struct base_json *tasks, const struct base_json *task,
                         const struct base_json *service)
{
    base_json_open(&visit->view, "materials", '[');
    for (const struct base_json *item = base_json_first(materials_of(service, task)); item != NULL;
         item = base_json_next(item)) {
        const char *id = base_json_member_text(item, "id");

        if (id == NULL || is_repeated(visit, tasks, service, task, id))
            continue;
        base_json_open(&visit->view, NULL, '{');
        base_json_put_text(&visit->view, "id", id);
        base_json_put(&visit->view, "name", base_json_member(item, "name"));
        base_json_put_bool(&visit->view, "is_given", *front_apply_value(visit, "m.", id) != '\0');
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
}

static void put_checks(struct front_visit *visit, const struct base_json *application, const struct base_json *service)
{
    const struct base_json *tasks = base_json_member(application, "tasks");
    const char *chosen = front_visit_field(visit, "matter");

    if (!is_word(application, "status", "received") ||
        !front_visit_may(visit->request->identity.roles, FRONT_APPLICATION_CHECK))
        return;
    base_json_put_bool(&visit->view, "may_check", true);
    base_json_put_bool(&visit->view, "may_check_all", may_check_all(visit));
    base_json_open(&visit->view, "checks", '[');
    for (const struct base_json *task = base_json_first(tasks); task != NULL; task = base_json_next(task)) {
        if (!is_checked(visit, task))
            continue;
        base_json_open(&visit->view, NULL, '{');
        base_json_put_text(&visit->view, "id", base_json_member_text(task, "matter"));
        base_json_put(&visit->view, "name", base_json_member(task, "matter_name"));
        base_json_put_bool(&visit->view, "is_chosen", is_word(task, "matter", chosen));
        put_missable(visit, tasks, task, service);
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
}

/* -- The page -- */

static void put_rights(struct front_visit *visit, const struct base_json *application)
{
    uint32_t roles = visit->request->identity.roles;

    base_json_put_bool(&visit->view, "may_withdraw", front_visit_may(roles, FRONT_APPLICATION_WITHDRAW));
    base_json_put_bool(&visit->view, "may_tell", front_visit_may(roles, FRONT_NOTICE_TOLD));
    base_json_put_bool(&visit->view, "may_extend", is_word(application, "status", "in_review") &&
                                                       front_visit_may(roles, FRONT_APPLICATION_EXTEND));
    base_json_put_bool(&visit->view, "may_certify",
                       base_json_is_true(base_json_member(application, "deemed")) &&
                           base_json_type(base_json_member(application, "decision")) == BASE_JSON_OBJECT);
}

static void render_step(struct front_visit *visit)
{
    const struct front_visit_ask *act = front_visit_find(visit, "act");
    const struct base_json *application = json_of(visit, "application"), *service = json_of(visit, "service");

    base_json_open(&visit->view, NULL, '{');
    front_page_put_progress(&visit->view, application);
    base_json_put_text(&visit->view, "sent", visit->request->is_post ? visit->params[1] : NULL);
    put_rights(visit, application);
    front_page_put_tasks(visit, application);
    front_fee_put_rights(visit, application);
    put_open(visit, application, service, act == NULL ? NULL : act->json);
    bool is_desk = front_visit_may(visit->request->identity.roles, FRONT_APPLICATION_SUPPLEMENT);
    base_json_put_bool(&visit->view, "is_desk", is_desk);
    if (is_desk)
        (void)front_supply_put(&visit->view, visit, application, "/applications");
    base_json_put(&visit->view, "applicant", base_json_member(json_of(visit, "paper"), "applicant"));
    front_page_put_history(visit, application);
    front_page_put_notices(visit, json_of(visit, "notices"));
    put_checks(visit, application, service);
    put_clocks(visit, base_json_member(json_of(visit, "clocks"), "clocks"), application);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, act == NULL ? 200 : act->status, "application");
}

static void ask_of(struct front_visit *visit, enum front_route route, const char *name, const char *query)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = route, .name = name, .param = visit->params[0], .query = query});
}

static void ask_service(struct front_visit *visit, const struct base_json *application)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_SHOW,
                                                      .name = "service",
                                                      .param = base_json_member_text(application, "service")});
}

static void application_step(struct front_visit *visit)
{
    const struct front_visit_ask *application = front_visit_find(visit, "application"),
                                 *clocks = front_visit_find(visit, "clocks");

    if (!front_visit_is_fine(application)) {
        front_visit_problem(visit, application);
        return;
    }
    if (clocks->status == 503) /* more days than a page can show: the dates alone */
        ask_of(visit, FRONT_APPLICATION_CLOCKS, "clocks", NULL);
    if (front_visit_find(visit, "service") == NULL)
        ask_service(visit, application->json);
    front_page_ask_newest(visit);
    front_visit_go(visit, render_step);
}

void front_page_application(struct front_visit *visit)
{
    ask_of(visit, FRONT_APPLICATION_SHOW, "application", NULL);
    front_page_ask_part(visit, FRONT_APPLICATION_EVENTS, "events");
    ask_of(visit, FRONT_APPLICATION_CLOCKS, "clocks", "explain=true");
    front_page_ask_part(visit, FRONT_APPLICATION_NOTICES, "notices");
    if (front_visit_may(visit->request->identity.roles, FRONT_APPLICATION_SUPPLEMENT)) /* whose it is, as on the papers: for who stands before him */
        ask_of(visit, FRONT_APPLICATION_PAPER, "paper", NULL);
    front_fee_ask(visit);
    front_visit_go(visit, application_step);
}

static void live_step(struct front_visit *visit)
{
    front_visit_problem(visit, &visit->asks[0]);
}

void front_page_application_live(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_EVENTS,
                                                      .name = "events",
                                                      .param = visit->params[0],
                                                      .is_stream = true});
    if (!visit->is_answered)
        front_visit_go(visit, live_step);
}

/* -- The certificate -- */

static void certificate_step(struct front_visit *visit)
{
    const struct front_visit_ask *certificate = front_visit_find(visit, "certificate");

    visit->is_private = true;
    if (front_visit_is_fine(certificate))
        front_visit_render(visit, 200, "certificate");
    else
        front_visit_problem(visit, certificate);
}

void front_page_certificate(struct front_visit *visit)
{
    ask_of(visit, FRONT_APPLICATION_CERTIFICATE, "certificate", NULL);
    front_visit_go(visit, certificate_step);
}

/* -- What is done with it -- */

static void put_withdrawal(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    (void)service;
    front_act_put_text(body, "reason", visit, "reason");
}

/* The materials ticked: fields "m.<material>", with "n.<material>" as the file's name. */
static void put_materials(struct base_buffer *body, struct front_visit *visit)
{
    base_json_open(body, "materials", '[');
    for (const struct base_json *item = base_json_first(visit->form); item != NULL; item = base_json_next(item)) {
        const char *name = base_json_key(item), *text = base_json_text(item);

        if (strncmp(name, "m.", 2) != 0 || text == NULL || *text == '\0')
            continue;
        base_json_open(body, NULL, '{');
        base_json_put_text(body, "material", name + 2);
        if (*front_apply_value(visit, "n.", name + 2) != '\0')
            base_json_put_text(body, "name", front_apply_value(visit, "n.", name + 2));
        base_json_close(body, '}');
    }
    base_json_close(body, ']');
}

static void put_supplement(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    put_materials(body, visit);
    base_json_open(body, "form", '{');
    for (const struct base_json *field = base_json_first(base_json_member(service, "form")); field != NULL;
         field = base_json_next(field))
        front_apply_put_value(body, visit, field);
    base_json_close(body, '}');
    front_act_put_text(body, "text", visit, "text");
}

static void put_check(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    bool is_open_list = false;

    (void)service;
    front_act_put_text(body, "outcome", visit, "outcome");
    front_act_put_text(body, "matter", visit, "matter");
    front_act_put_text(body, "body", visit, "body");
    front_act_put_text(body, "text", visit, "text");
    for (const struct base_json *item = base_json_first(visit->form); item != NULL; item = base_json_next(item)) {
        if (strncmp(base_json_key(item), "m.", 2) != 0)
            continue;
        if (!is_open_list)
            base_json_open(body, "missing", '[');
        is_open_list = true;
        base_json_open(body, NULL, '{');
        base_json_put_text(body, "material", base_json_key(item) + 2);
        base_json_close(body, '}');
    }
    if (is_open_list)
        base_json_close(body, ']');
}

static void put_told(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    (void)service;
    front_act_put_local_time(body, "at", visit, "at");
    front_act_put_text(body, "to", visit, "to");
    front_act_put_text(body, "window", visit, "window");
}

static const struct front_act act_rows[] = {
    {"told", FRONT_NOTICE_TOLD, put_told, false},
    {"withdraw", FRONT_APPLICATION_WITHDRAW, put_withdrawal, true},
    {"delivery", FRONT_APPLICATION_DELIVERY, front_fee_put_delivery, false},
    {"pay", FRONT_PAYMENT_ADD, front_fee_put_payment, false},
    {"refund", FRONT_PAYMENT_REFUND, front_fee_put_refund, true},
    {"supplement", FRONT_APPLICATION_SUPPLEMENT, put_supplement, false},
    {"check", FRONT_APPLICATION_CHECK, put_check, false},
    {"extend", FRONT_APPLICATION_EXTEND, front_act_put_extension, false},
};

static const struct front_acts acts = {.base = "/applications/",
                                       .rows = act_rows,
                                       .count = sizeof(act_rows) / sizeof(act_rows[0]),
                                       .show = front_page_application};

static void supplement_step(struct front_visit *visit)
{
    const struct front_act *act = front_act_find(visit, &acts);

    if (act != NULL)
        front_act_go(visit, &acts, act, json_of(visit, "service"));
}

static void before_step(struct front_visit *visit)
{
    const struct front_visit_ask *before = front_visit_find(visit, "before");

    if (!front_visit_is_fine(before)) {
        front_visit_problem(visit, before);
        return;
    }
    ask_service(visit, before->json);
    front_visit_go(visit, supplement_step);
}

/* What is owed is said, and handing the result over all the same is a choice. */
static void unpaid_step(struct front_visit *visit)
{
    visit->link = front_act_path(visit, &acts);
    if (front_fee_is_open(json_of(visit, "owed")))
        front_visit_refuse(visit, 422, "unpaid");
    else
        front_act_sent(visit, &acts);
}

/* A result that goes out: by which nothing is told of a parcel that went already. */
static bool is_handover(struct front_visit *visit)
{
    return strcmp(visit->params[1], "delivery") == 0 && *front_visit_field(visit, "state") == '\0' && *front_visit_field(visit, "unpaid_sure") == '\0';
}

void front_page_application_sent(struct front_visit *visit)
{
    if (is_handover(visit)) {
        ask_of(visit, FRONT_APPLICATION_FEES, "owed", NULL);
        front_visit_go(visit, unpaid_step);
        return;
    }
    if (strcmp(visit->params[1], "supplement") != 0) {
        front_act_sent(visit, &acts);
        return;
    }
    ask_of(visit, FRONT_APPLICATION_SHOW, "before", NULL);
    front_visit_go(visit, before_step);
}
