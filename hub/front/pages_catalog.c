/* SPDX-License-Identifier: Apache-2.0 */
/* Taking another catalogue while the hub runs: what would change first, then the button.
 *
 *   sent, to try: dry run -> every date that would change
 *   sent, to do: dry run -> is it still the version that was looked at? -> reload */
#include <string.h>

#include "front/pages_rows.h"

static void show(struct front_visit *visit, int status, bool is_changed)
{
    base_json_open(&visit->view, NULL, '{');
    base_json_put_bool(&visit->view, "is_changed_meanwhile", is_changed);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    visit->link = "/catalog";
    front_visit_render(visit, status, "catalog");
}

static void ask_reload(struct front_visit *visit, const char *name, const char *query)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    if (*front_visit_field(visit, "reason") != '\0')
        base_json_put_text(&body, "reason", front_visit_field(visit, "reason"));
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CATALOG_RELOAD, .name = name, .query = query,
                                                      .body = base_buffer_text(&body), .body_size = body.size});
    base_buffer_fini(&body);
}

static void shown_step(struct front_visit *visit)
{
    show(visit, 200, false);
}

void front_page_catalog(struct front_visit *visit)
{
    struct front_visit_ask nobody = {.status = 403};

    if (front_visit_may(visit->request->identity.roles, FRONT_CATALOG_RELOAD)) {
        front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CENTER, .name = "center"});
        front_visit_go(visit, shown_step);
    }
    else if (front_visit_is_staff(visit))
        front_visit_refuse(visit, 403, "forbidden");
    else
        front_visit_problem(visit, &nobody); /* to sign in */
}

/* Was it refused in a way that the page can tell? Otherwise the visit is answered. */
static bool is_told(struct front_visit *visit, const struct front_visit_ask *ask)
{
    if (front_visit_is_fine(ask) || ask->status == 422 || ask->status == 409)
        return true;
    front_visit_problem(visit, ask);
    return false;
}

static void done_step(struct front_visit *visit)
{
    const struct front_visit_ask *reload = front_visit_find(visit, "reload");

    if (front_visit_is_fine(reload))
        front_visit_redirect(visit, "/catalog?done=reload");
    else if (is_told(visit, reload))
        show(visit, reload->status, false);
}

static void tried_step(struct front_visit *visit)
{
    const struct front_visit_ask *plan = front_visit_find(visit, "plan");
    const char *version = base_json_member_text(plan->json, "version"), *seen = front_visit_field(visit, "version");

    if (!is_told(visit, plan))
        return;
    if (!front_visit_is_fine(plan) || *seen == '\0' || version == NULL) {
        show(visit, plan->status, false);
        return;
    }
    if (strcmp(version, seen) != 0) {
        show(visit, 409, true);
        return;
    }
    ask_reload(visit, "reload", NULL);
    front_visit_go(visit, done_step);
}

void front_page_catalog_sent(struct front_visit *visit)
{
    ask_reload(visit, "plan", "dry_run=true");
    front_visit_go(visit, tried_step);
}
