/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and sessions, for admins: who may come in, and who is in.
 *
 *   sent /keys -> POST /v1/keys -> the page with the secret, this once; a fault stands beside the form
 *   sent /keys/{id}/revoke, /sessions/{id}/end -> the route -> back to the page */
#include <string.h>

#include "front/pages_rows.h"

static const char *const roles[] = {"front_desk", "officer", "head", "supervisor", "admin", "connector"};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

/* Of the form that was sent, if it is to be sent again. */
static void put_roles(struct front_visit *visit, bool is_again)
{
    base_json_open(&visit->view, "roles", '[');
    for (size_t i = 0; i < ROLES; i++) {
        char name[32] = "role-";

        base_json_open(&visit->view, NULL, '{');
        base_json_put_text(&visit->view, "id", roles[i]);
        base_json_put_bool(&visit->view, "is_chosen", is_again && front_visit_field(visit, strcat(name, roles[i]))[0] != '\0');
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
}

static const struct base_json *name_of(const struct base_json *departments, const char *id)
{
    for (const struct base_json *item = base_json_first(base_json_member(departments, "items")); item != NULL && id != NULL; item = base_json_next(item)) {
        const char *own = base_json_member_text(item, "id");

        if (own != NULL && strcmp(own, id) == 0)
            return base_json_member(item, "name");
    }
    return NULL;
}

/* Keys with the names of their departments. */
static void put_rows(struct front_visit *visit, const char *key, const struct base_json *keys, const struct base_json *departments)
{
    base_json_open(&visit->view, key, '[');
    for (const struct base_json *item = base_json_first(base_json_member(keys, "items")); item != NULL; item = base_json_next(item)) {
        base_json_open(&visit->view, NULL, '{');
        for (const struct base_json *member = base_json_first(item); member != NULL; member = base_json_next(member))
            base_json_put(&visit->view, base_json_key(member), member);
        base_json_put(&visit->view, "department_name", name_of(departments, base_json_member_text(item, "department")));
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
}

static void show(struct front_visit *visit, int status)
{
    static const char *const states[] = {"active", "revoked", "expired"}, *const filters[] = {"state"};
    const struct front_visit_ask *keys = front_visit_find(visit, "keys"), *departments = front_visit_find(visit, "departments");

    if (!front_visit_is_fine(keys)) {
        front_visit_problem(visit, keys);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    put_roles(visit, status != 201);
    front_page_put_words(&visit->view, "states", states, sizeof(states) / sizeof(states[0]), front_visit_query(visit, "state"));
    front_page_put_options(&visit->view, "departments", departments->json, status != 201 ? front_visit_field(visit, "department") : NULL);
    put_rows(visit, "rows", keys->json, departments->json);
    put_rows(visit, "configured", front_visit_find(visit, "configured")->json, departments->json);
    base_json_open(&visit->view, "sessions", '{');
    front_page_put_next(visit, "sessions", front_visit_find(visit, "sessions")->json);
    base_json_close(&visit->view, '}');
    front_page_put_filters(visit, "/keys", filters, 1, base_json_member_text(keys->json, "next_cursor"));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    visit->link = "/keys";
    front_visit_render(visit, status, "keys");
}

static void ask_lists(struct front_visit *visit)
{
    struct base_buffer query = {0};

    front_page_put_pair(&query, "state", front_visit_query(visit, "state"));
    front_page_put_pair(&query, "cursor", front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_KEY_LIST, .name = "keys", .query = base_buffer_text(&query)});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_KEY_LIST, .name = "configured", .query = "origin=configuration&limit=200"});
    base_buffer_clear(&query);
    front_page_put_pair(&query, "cursor", front_visit_query(visit, "sessions"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SESSION_LIST, .name = "sessions", .query = base_buffer_text(&query)});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST, .name = "departments", .query = "limit=200"});
    base_buffer_fini(&query);
}

static void shown_step(struct front_visit *visit)
{
    const struct front_visit_ask *made = front_visit_find(visit, "made");

    show(visit, made != NULL ? made->status : 200);
}

void front_page_keys(struct front_visit *visit)
{
    ask_lists(visit);
    front_visit_go(visit, shown_step);
}

static void made_step(struct front_visit *visit)
{
    const struct front_visit_ask *made = front_visit_find(visit, "made");

    if (!front_visit_is_fine(made) && made->status != 422 && made->status != 409) {
        front_visit_problem(visit, made);
        return;
    }
    ask_lists(visit);
    front_visit_go(visit, shown_step);
}

void front_page_keys_sent(struct front_visit *visit)
{
    static const char *const texts[][2] = {{"department", "department"}, {"connector", "connector"}, {"expires", "expires_at"}, {"note", "note"}};
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "id", front_visit_field(visit, "id"));
    base_json_open(&body, "roles", '[');
    for (size_t i = 0; i < ROLES; i++) {
        char name[32] = "role-";

        if (front_visit_field(visit, strcat(name, roles[i]))[0] != '\0')
            base_json_put_text(&body, NULL, roles[i]);
    }
    base_json_close(&body, ']');
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (front_visit_field(visit, texts[i][0])[0] != '\0')
            base_json_put_text(&body, texts[i][1], front_visit_field(visit, texts[i][0]));
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){
                               .route = FRONT_KEY_CREATE, .name = "made", .body = base_buffer_text(&body), .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, made_step);
}

static void acted_step(struct front_visit *visit)
{
    const struct front_visit_ask *act = front_visit_find(visit, "act");

    if (!front_visit_is_fine(act))
        front_visit_problem(visit, act);
    else
        front_visit_redirect(visit, act->call.request.route == FRONT_KEY_REVOKE ? "/keys?done=revoke" : "/keys?done=session-end");
}

void front_page_key_sent(struct front_visit *visit)
{
    struct base_buffer body = {0};

    if (strcmp(visit->params[1], "revoke") != 0) {
        front_visit_refuse(visit, 404, "not_found");
        return;
    }
    base_json_open(&body, NULL, '{');
    if (front_visit_field(visit, "reason")[0] != '\0')
        base_json_put_text(&body, "reason", front_visit_field(visit, "reason"));
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_KEY_REVOKE, .name = "act", .param = visit->params[0],
                                                      .body = base_buffer_text(&body), .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, acted_step);
}

void front_page_session_sent(struct front_visit *visit)
{
    if (strcmp(visit->params[1], "end") != 0) {
        front_visit_refuse(visit, 404, "not_found");
        return;
    }
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SESSION_END, .name = "act", .param = visit->params[0]});
    front_visit_go(visit, acted_step);
}
