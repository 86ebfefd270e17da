/* SPDX-License-Identifier: Apache-2.0 */
/* What a form does with one application or one task: a verb of the path becomes an API
 * request, and its answer a redirect or the page again. Private to hub/front/pages*.c.
 *
 *   sent -> row of the verb (404) -> confirmed (422) -> act -> fine: 303 to the page
 *        -> 409, 422: the page with what was typed -> else: a friendly problem */
#ifndef FRONT_PAGES_ACT_H
#define FRONT_PAGES_ACT_H

#include "front/pages_rows.h"

/* One verb of a page's forms. */
struct front_act {
    const char *verb; /* {verb} of the path, and the word of what was done */
    enum front_route route;
    /* Members of the body; NULL = it is {}. service: of the application, NULL where the page did not ask. */
    void (*put)(struct base_buffer *body, struct front_visit *visit, const struct base_json *service);
    bool must_confirm; /* by the field "confirmed" */
};

/* Where the forms of a page lead. */
struct front_acts {
    const char *base; /* path before the id: "/tasks/" */
    const struct front_act *rows;
    size_t count;
    front_visit_cb show; /* the page itself: params[0] is its id */
};

/* The path of the page whose form was sent, in the request's arena. */
const char *front_act_path(struct front_visit *visit, const struct front_acts *acts);
/* Is there such a verb, and is it confirmed? Otherwise the visit is answered. Returns the row, or NULL. */
const struct front_act *front_act_find(struct front_visit *visit, const struct front_acts *acts);
/* The form's field "second" is the second parameter of a route that has two. Ask for the act, then redirect or show the page again. */
void front_act_go(struct front_visit *visit, const struct front_acts *acts, const struct front_act *act,
                  const struct base_json *service);
/* Both, for pages that need no service to make the body. */
void front_act_sent(struct front_visit *visit, const struct front_acts *acts);

/* A text member, unless the form leaves it empty. */
void front_act_put_text(struct base_buffer *body, const char *key, struct front_visit *visit, const char *field);
/* A whole number, or what was typed as a text, so that the API says what is wrong; nothing when empty. */
void front_act_put_number(struct base_buffer *body, const char *key, struct front_visit *visit, const char *field);
/* The ids of every ticked box "<prefix><id>", as texts; nothing when there is none. */
void front_act_put_ticked(struct base_buffer *body, const char *key, const struct front_visit *visit, const char *prefix);
/* clock, length and reason of an extension. */
/* "2026-11-29T10:30" of the center's own clock, as a browser sends it, with its offset; anything else as it was typed, so that
 * the API says what is wrong. */
void front_act_put_local_time(struct base_buffer *body, const char *key, struct front_visit *visit, const char *field);
void front_act_put_extension(struct base_buffer *body, struct front_visit *visit, const struct base_json *service);

#endif
