/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in with a key and out again, by the routes of sessions; and whether a form is our own. */
#include <string.h>

#include "front/pages_rows.h"
#include "front/server.h"

bool front_page_is_own_form(struct front_visit *visit)
{
    if (front_has_origin(visit->request))
        return front_is_own_origin(visit->request);
    return !front_call_of(visit->request)->is_ambient;
}

/* A path of this site, with its query, and nothing that a browser could take for another site; else where
 * the roles begin. */
static const char *next_of(const char *next, uint32_t roles)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/?=&%+,:";
    bool is_ours =
        next != NULL && next[0] == '/' && next[1] != '/' && strspn(next, plain) == strlen(next);

    if (is_ours)
        return next;
    return front_visit_may(roles, FRONT_TASK_LIST) ? "/worklist" : "/applications";
}

/* fault: what the hub says; NULL = nothing is wrong. */
static void show_form(struct front_visit *visit, int status, const char *next, const char *fault)
{
    base_json_open(&visit->view, NULL, '{');
    base_json_put_text(&visit->view, "next", next);
    base_json_put_bool(&visit->view, "is_stranger", front_call_of(visit->request)->is_stranger);
    base_json_put_text(&visit->view, "fault", fault);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, status, "sign-in");
}

void front_page_sign_in(struct front_visit *visit)
{
    show_form(visit, 200, front_visit_query(visit, "next"), NULL);
}

/* The roles of the session, as the answer lists them, lead to the first page. */
static uint32_t roles_of(const struct base_json *session)
{
    static const struct {
        const char *name;
        uint32_t role;
    } rows[] = {{"officer", FRONT_ROLE_OFFICER}, {"head", FRONT_ROLE_HEAD}, {"supervisor", FRONT_ROLE_SUPERVISOR}, {"admin", FRONT_ROLE_ADMIN}};
    uint32_t roles = FRONT_ROLE_CITIZEN;

    for (const struct base_json *item = base_json_first(base_json_member(session, "roles")); item != NULL; item = base_json_next(item))
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            if (base_json_text(item) != NULL && strcmp(rows[i].name, base_json_text(item)) == 0)
                roles |= rows[i].role;
    return roles;
}

static void signed_in_step(struct front_visit *visit)
{
    const struct front_visit_ask *session = front_visit_find(visit, "session");
    const char *next = front_visit_field(visit, "next");

    if (front_visit_is_fine(session))
        front_visit_redirect(visit, next_of(next, roles_of(session->json)));
    else if (session->status == 401 || session->status == 403)
        show_form(visit, session->status, next, base_json_member_text(session->json, "detail"));
    else
        front_visit_problem(visit, session);
}

void front_page_sign_in_sent(struct front_visit *visit)
{
    struct base_buffer body = {0};

    if (front_visit_is_demo(visit)) {
        front_visit_redirect(visit, next_of(front_visit_field(visit, "next"), visit->request->identity.roles));
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "key", front_visit_field(visit, "key"));
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){
                               .route = FRONT_SESSION_START, .name = "session", .body = base_buffer_text(&body), .body_size = body.size});
    if (body.bytes != NULL)
        base_wipe(body.bytes, body.size);
    base_buffer_fini(&body);
    front_visit_go(visit, signed_in_step);
}

static void signed_out_step(struct front_visit *visit)
{
    front_visit_redirect(visit, "/sign-in?done=sign-out");
}

/* Whoever is signed in no longer is signed out, too. */
void front_page_sign_out_sent(struct front_visit *visit)
{
    if (front_visit_is_staff(visit))
        front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SESSION_END, .name = "session", .param = "current"});
    front_visit_go(visit, signed_out_step);
}
