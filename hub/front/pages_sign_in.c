/* SPDX-License-Identifier: Apache-2.0 */
/* Who reads: signing in with a key, the session cookie, and whether a form is our own. */
#include <string.h>
#include <strings.h>

#include "base/time.h"
#include "front/pages_rows.h"
#include "front/server.h"

#define SESSION_COOKIE "onedoor_session"
#define SESSION_ATTRIBUTES " Path=/; HttpOnly; SameSite=Strict"

static struct front *front_of(const struct front_visit *visit)
{
    return front_call_of(visit->request)->front;
}

void front_page_identify(struct front_visit *visit)
{
    struct front_call *call = front_call_of(visit->request);
    const char *id = front_visit_cookie(visit, SESSION_COOKIE);

    if (front_visit_is_staff(visit) || id == NULL)
        return;
    const struct front_key *key =
        front_session_key(visit->pages, call->front->keys, id, base_monotonic_ms());
    if (key == NULL || !front_key_is_held(key, visit->request))
        return;
    call->keys = front_keys_share(call->front->keys);
    call->request.identity = (struct front_identity){.key_id = key->id,
                                                     .roles = key->roles | FRONT_ROLE_CITIZEN,
                                                     .department = key->department};
}

bool front_page_is_own_form(struct front_visit *visit)
{
    const char *origin = front_header(visit->request, "Origin"),
               *host = front_header(visit->request, "Host");

    if (origin == NULL)
        return front_visit_cookie(visit, SESSION_COOKIE) == NULL;
    if (strncasecmp(origin, "http://", 7) == 0)
        origin += 7;
    else if (strncasecmp(origin, "https://", 8) == 0)
        origin += 8;
    else
        return false;
    return host != NULL && strcasecmp(origin, host) == 0;
}

static bool is_over_tls(struct front_visit *visit)
{
    const char *origin = front_header(visit->request, "Origin");

    return origin != NULL && strncasecmp(origin, "https://", 8) == 0;
}

/* A path of this site and nothing that a browser could take for another one; else where the
 * roles begin. */
static const char *next_of(const char *next, uint32_t roles)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    bool is_ours =
        next != NULL && next[0] == '/' && next[1] != '/' && strspn(next, plain) == strlen(next);

    if (is_ours)
        return next;
    return front_visit_may(roles, FRONT_TASK_LIST) ? "/worklist" : "/applications";
}

static void show_form(struct front_visit *visit, int status, const char *next)
{
    base_json_open(&visit->view, NULL, '{');
    base_json_put_text(&visit->view, "next", next);
    base_json_put_bool(&visit->view, "is_wrong", status != 200);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, status, "sign-in");
}

void front_page_sign_in(struct front_visit *visit)
{
    show_form(visit, 200, front_visit_query(visit, "next"));
}

void front_page_sign_in_sent(struct front_visit *visit)
{
    const char *secret = front_visit_field(visit, "key"),
               *next = front_visit_field(visit, "next");
    const struct front_key *key =
        front_keys_find(front_of(visit)->keys, secret, strlen(secret));
    char id[FRONT_SESSION_ID_SIZE];

    if (front_visit_is_demo(visit)) {
        front_visit_redirect(visit, next_of(next, visit->request->identity.roles));
    } else if (key == NULL || !front_key_is_held(key, visit->request)) {
        show_form(visit, 401, next);
    } else {
        front_session_start(visit->pages, key, base_monotonic_ms(), id);
        front_visit_cookie_set(visit, SESSION_COOKIE, id,
                               is_over_tls(visit) ? SESSION_ATTRIBUTES "; Secure"
                                                  : SESSION_ATTRIBUTES);
        front_visit_redirect(visit, next_of(next, key->roles));
    }
}

void front_page_sign_out_sent(struct front_visit *visit)
{
    const char *id = front_visit_cookie(visit, SESSION_COOKIE);

    if (id != NULL)
        front_session_end(visit->pages, id);
    front_visit_cookie_set(visit, SESSION_COOKIE, "", SESSION_ATTRIBUTES "; Max-Age=0");
    front_visit_redirect(visit, "/sign-in?done=sign-out");
}
