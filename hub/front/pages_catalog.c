/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue, for admins: what is in force, what waits, what was; and the way from one to another, which shows first what
 * would change.
 *
 *   ?look=VERSION, or the folder, to try: dry run -> every date that would change
 *   the folder, to do: dry run -> is it still what was looked at? -> reload
 *   a version, to do: reload, if what was in force then still is
 *   an archive: sent in -> checked -> ?look=VERSION */
#include <string.h>

#include "front/pages_files.h"
#include "front/pages_rows.h"

static bool may_change(struct front_visit *visit)
{
    struct front_visit_ask nobody = {.status = 403};
    bool may = front_visit_may(visit->request->identity.roles, FRONT_CATALOG_RELOAD);

    if (!may && front_visit_is_staff(visit))
        front_visit_refuse(visit, 403, "forbidden");
    else if (!may)
        front_visit_problem(visit, &nobody); /* to sign in */
    return may;
}

/* -- The page -- */

static void ask_lists(struct front_visit *visit)
{
    struct base_buffer query = {0};

    base_buffer_put_text(&query, "limit=20");
    front_page_put_pair(&query, "cursor", front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CENTER, .name = "center"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CATALOG_CANDIDATE_LIST, .name = "candidates"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CATALOG_VERSIONS, .name = "versions", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
}

/* version: NULL = what the folder holds. */
static void ask_reload(struct front_visit *visit, const char *name, const char *query, const char *version, const char *if_match)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    if (version != NULL)
        base_json_put_text(&body, "version", version);
    if (query == NULL && *front_visit_field(visit, "reason") != '\0')
        base_json_put_text(&body, "reason", front_visit_field(visit, "reason"));
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CATALOG_RELOAD, .name = name, .query = query, .if_match = if_match,
                                                      .body = base_buffer_text(&body), .body_size = body.size});
    base_buffer_fini(&body);
}

/* Why an archive was refused: what its route says. */
static void put_refused(struct front_visit *visit)
{
    const struct front_visit_upload *upload = front_visit_upload_at(visit, 0);
    bool is_refused = upload != NULL && upload->sha256 == NULL;

    base_json_put_text(&visit->view, "refused_file", is_refused ? upload->name : NULL);
    if (is_refused && upload->problem[0] != '\0')
        base_json_put_raw(&visit->view, "refused", upload->problem, strlen(upload->problem));
    base_json_put_bool(&visit->view, "has_no_file", upload == NULL && visit->files != NULL);
}

static void put_next(struct front_visit *visit)
{
    const struct front_visit_ask *versions = front_visit_find(visit, "versions");
    const char *cursor = versions != NULL ? base_json_member_text(versions->json, "next_cursor") : NULL;
    struct base_buffer query = {0};

    front_page_put_pair(&query, "cursor", cursor);
    base_json_put_text(&visit->view, "next", cursor != NULL ? base_buffer_text(&query) : NULL);
    base_json_put_bool(&visit->view, "has_unlisted", versions != NULL && base_json_number(base_json_member(versions->json, "unlisted_open_applications")) > 0);
    base_buffer_fini(&query);
}

/* looked: the version that the plan is of; NULL = the folder's. */
static void show(struct front_visit *visit, int status, const char *looked, bool is_changed)
{
    base_json_open(&visit->view, NULL, '{');
    base_json_put_bool(&visit->view, "is_changed_meanwhile", is_changed);
    base_json_put_text(&visit->view, "looked", looked);
    base_json_put_bool(&visit->view, "tried_folder", looked == NULL && front_visit_find(visit, "plan") != NULL);
    put_refused(visit);
    put_next(visit);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    visit->link = "/catalog";
    front_visit_render(visit, status, "catalog");
}

/* Was it refused in a way that the page can tell? Otherwise the visit is answered. */
static bool is_told(struct front_visit *visit, const struct front_visit_ask *ask)
{
    if (front_visit_is_fine(ask) || ask->status == 404 || ask->status == 409 || ask->status == 412 || ask->status == 422)
        return true;
    front_visit_problem(visit, ask);
    return false;
}

static void shown_step(struct front_visit *visit)
{
    const struct front_visit_ask *plan = front_visit_find(visit, "plan");

    if (plan == NULL || is_told(visit, plan))
        show(visit, plan != NULL ? plan->status : 200, front_visit_query(visit, "look"), false);
}

void front_page_catalog(struct front_visit *visit)
{
    const char *look = front_visit_query(visit, "look");

    if (!may_change(visit))
        return;
    if (look != NULL)
        ask_reload(visit, "plan", "dry_run=true", look, NULL);
    ask_lists(visit);
    front_visit_go(visit, shown_step);
}

/* -- The folder -- */

static void listed_step(struct front_visit *visit)
{
    const struct front_visit_ask *act = front_visit_find(visit, "reload"), *plan = front_visit_find(visit, "plan");

    show(visit, act != NULL ? act->status : plan->status, NULL, false);
}

static void changed_step(struct front_visit *visit)
{
    show(visit, 409, NULL, true);
}

static void done_step(struct front_visit *visit)
{
    const struct front_visit_ask *reload = front_visit_find(visit, "reload");

    if (front_visit_is_fine(reload)) {
        front_visit_redirect(visit, "/catalog?done=reload");
    } else if (is_told(visit, reload)) {
        ask_lists(visit);
        front_visit_go(visit, listed_step);
    }
}

static void tried_step(struct front_visit *visit)
{
    const struct front_visit_ask *plan = front_visit_find(visit, "plan");
    const char *version = base_json_member_text(plan->json, "version"), *seen = front_visit_field(visit, "version");

    if (!is_told(visit, plan))
        return;
    if (front_visit_is_fine(plan) && *seen != '\0' && version != NULL && strcmp(version, seen) == 0) {
        ask_reload(visit, "reload", NULL, NULL, NULL);
        front_visit_go(visit, done_step);
        return;
    }
    ask_lists(visit);
    front_visit_go(visit, front_visit_is_fine(plan) && *seen != '\0' && version != NULL ? changed_step : listed_step);
}

/* -- A version: one that waits, or one of before -- */

static void retold_step(struct front_visit *visit)
{
    show(visit, front_visit_find(visit, "reload")->status, front_visit_field(visit, "look"), false);
}

static void version_step(struct front_visit *visit)
{
    const struct front_visit_ask *reload = front_visit_find(visit, "reload");

    if (front_visit_is_fine(reload)) {
        front_visit_redirect(visit, "/catalog?done=reload");
    } else if (is_told(visit, reload)) { /* with what would change now */
        ask_reload(visit, "plan", "dry_run=true", front_visit_field(visit, "look"), NULL);
        ask_lists(visit);
        front_visit_go(visit, retold_step);
    }
}

/* As an entity tag, in the request's arena. */
static const char *tag_of(struct front_visit *visit, const char *version)
{
    struct base_buffer tag = {0};

    base_buffer_put_format(&tag, "\"%.64s\"", version);
    const char *copy = base_arena_text(&visit->request->arena, base_buffer_text(&tag), tag.size);
    base_buffer_fini(&tag);
    return copy != NULL ? copy : "\"\"";
}

void front_page_catalog_sent(struct front_visit *visit)
{
    const char *look = front_visit_field(visit, "look");

    if (*look != '\0') {
        ask_reload(visit, "reload", NULL, look, tag_of(visit, front_visit_field(visit, "from")));
        front_visit_go(visit, version_step);
    } else {
        ask_reload(visit, "plan", "dry_run=true", NULL, NULL);
        front_visit_go(visit, tried_step);
    }
}

/* -- An archive -- */

static void uploaded_step(struct front_visit *visit)
{
    const struct front_visit_upload *upload = front_visit_upload_at(visit, 0);

    show(visit, upload != NULL ? upload->status : 422, NULL, false);
}

void front_page_catalog_uploaded(struct front_visit *visit)
{
    const struct front_visit_upload *upload = front_visit_upload_at(visit, 0);
    struct base_buffer path = {0};

    if (!may_change(visit))
        return;
    if (upload == NULL || upload->sha256 == NULL) {
        ask_lists(visit);
        front_visit_go(visit, uploaded_step);
        return;
    }
    base_buffer_put_text(&path, "/catalog?done=candidate&look=");
    front_visit_put_encoded(&path, upload->version);
    front_visit_redirect(visit, base_buffer_text(&path));
    base_buffer_fini(&path);
}

static void removed_step(struct front_visit *visit)
{
    const struct front_visit_ask *act = front_visit_find(visit, "act");

    if (front_visit_is_fine(act))
        front_visit_redirect(visit, "/catalog?done=remove");
    else
        front_visit_problem(visit, act);
}

void front_page_catalog_candidate_sent(struct front_visit *visit)
{
    if (strcmp(visit->params[1], "remove") != 0) {
        front_visit_refuse(visit, 404, "not_found");
        return;
    }
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CATALOG_CANDIDATE_DROP, .name = "act", .param = visit->params[0]});
    front_visit_go(visit, removed_step);
}

void front_page_catalog_sources(struct front_visit *visit)
{
    if (may_change(visit))
        front_visit_pass(visit, FRONT_CATALOG_SOURCES);
}
