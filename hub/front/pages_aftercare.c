/* SPDX-License-Identifier: Apache-2.0 */
/* After-care for everyone: ask, complain, look the reply up, and rate how one was served; at home, or at the kiosk of a
 * window, which goes back to its beginning by itself.
 *
 *   ask, complain, evaluate, kiosk: form -> sent -> the API -> what was made, or the form with what was typed
 *   reply: id and code -> the concern and its reply */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "front/pages_act.h"
#include "front/pages_rows.h"
#include "front/pages_strip.h"

#define KEY_BYTES 16 /* of an Idempotency-Key: a form that is sent twice is one */

static const char *upper(struct front_visit *visit, const char *text)
{
    char *copy = base_arena_text(&visit->request->arena, text, strlen(text));

    for (char *at = copy; at != NULL && *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    return copy == NULL ? "" : copy;
}

/* What the form says, else what the address says. */
static const char *given(struct front_visit *visit, const char *name)
{
    const char *text = front_visit_field(visit, name), *query = front_visit_query(visit, name);

    return *text != '\0' || visit->request->is_post || query == NULL ? text : query;
}

static bool is_key(const char *key)
{
    return strlen(key) == 2 * KEY_BYTES && strspn(key, "0123456789abcdef") == 2 * KEY_BYTES;
}

static void put_key(struct front_visit *visit)
{
    const char *sent = front_visit_field(visit, "key");
    uint8_t bytes[KEY_BYTES];
    char key[2 * KEY_BYTES + 1];

    base_random(bytes, sizeof(bytes));
    base_hex(bytes, sizeof(bytes), key);
    base_json_put_text(&visit->view, "key", is_key(sent) ? sent : key);
}

/* "clock": the first of its clocks, day by day. */
static void put_clock(struct base_buffer *view, const struct base_json *concern)
{
    const struct base_json *clock = base_json_first(base_json_member(concern, "clocks"));

    if (clock == NULL)
        return;
    base_json_open(view, "clock", '{');
    (void)front_strip_put_members(view, clock, NULL, FRONT_STRIP_DAYS_MAX);
    base_json_close(view, '}');
}

static void show_concern(struct front_visit *visit, const struct front_visit_ask *ask)
{
    base_json_open(&visit->view, NULL, '{');
    put_clock(&visit->view, ask->json);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, 200, "concern-reply");
}

/* A fault of what was typed belongs beside it; anything else is a page of its own. */
static bool is_of_form(const struct front_visit_ask *ask)
{
    return ask->json != NULL && (ask->status == 404 || ask->status == 409 || ask->status == 422 || ask->status == 429);
}

/* -- Asking and complaining -- */

static bool is_complaint(const struct front_visit *visit)
{
    return strcmp(visit->here, "complain") == 0;
}

static void show_letter(struct front_visit *visit, int status)
{
    static const char *const names[] = {"number", "code", "service", "window", "officer"};

    base_json_open(&visit->view, NULL, '{');
    base_json_put_bool(&visit->view, "is_complaint", is_complaint(visit));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        base_json_put_text(&visit->view, names[i], given(visit, names[i]));
    put_key(visit);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, status, "letter");
}

static void letter_step(struct front_visit *visit)
{
    show_letter(visit, 200);
}

void front_page_letter(struct front_visit *visit)
{
    front_visit_go(visit, letter_step);
}

static void put_contact(struct base_buffer *body, struct front_visit *visit)
{
    base_json_open(body, "contact", '{');
    front_act_put_text(body, "name", visit, "name");
    front_act_put_text(body, "phone", visit, "phone");
    front_act_put_text(body, "email", visit, "email");
    base_json_close(body, '}');
}

static void put_about(struct base_buffer *body, struct front_visit *visit)
{
    base_json_open(body, "about", '{');
    front_act_put_text(body, "officer", visit, "officer");
    front_act_put_text(body, "window", visit, "window");
    base_json_close(body, '}');
}

static void letter_sent_step(struct front_visit *visit)
{
    const struct front_visit_ask *sent = front_visit_find(visit, "concern");

    if (front_visit_is_fine(sent))
        show_concern(visit, sent);
    else if (is_of_form(sent))
        show_letter(visit, sent->status);
    else
        front_visit_problem(visit, sent);
}

void front_page_letter_sent(struct front_visit *visit)
{
    struct base_buffer body = {0};
    const char *code = upper(visit, front_visit_field(visit, "code")), *key = front_visit_field(visit, "key");

    if (!is_key(key)) {
        front_visit_refuse(visit, 400, "malformed");
        return;
    }
    base_json_open(&body, NULL, '{');
    front_act_put_text(&body, "text", visit, "text");
    front_act_put_text(&body, "number", visit, "number");
    front_act_put_text(&body, "service", visit, "service");
    if (*code != '\0')
        base_json_put_text(&body, "code", code);
    put_contact(&body, visit);
    put_about(&body, visit);
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = is_complaint(visit) ? FRONT_COMPLAINT_NEW : FRONT_INQUIRY_NEW,
                                                      .name = "concern",
                                                      .body = base_buffer_text(&body),
                                                      .body_size = body.size,
                                                      .idempotency_key = key});
    base_buffer_fini(&body);
    front_visit_go(visit, letter_sent_step);
}

/* -- The reply -- */

static void show_reply_form(struct front_visit *visit, int status)
{
    base_json_open(&visit->view, NULL, '{');
    base_json_put_text(&visit->view, "id", given(visit, "id"));
    base_json_put_bool(&visit->view, "is_wrong", status != 200);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, status, "reply");
}

static void reply_step(struct front_visit *visit)
{
    show_reply_form(visit, 200);
}

void front_page_reply(struct front_visit *visit)
{
    front_visit_go(visit, reply_step);
}

static void reply_sent_step(struct front_visit *visit)
{
    const struct front_visit_ask *found = front_visit_find(visit, "concern");

    if (front_visit_is_fine(found))
        show_concern(visit, found);
    else if (found->status == 404 || found->status == 422)
        show_reply_form(visit, 404);
    else
        front_visit_problem(visit, found);
}

static enum front_route track_of(const char *id)
{
    if (strncmp(id, "cmp-", 4) == 0)
        return FRONT_COMPLAINT_TRACK;
    return strncmp(id, "evl-", 4) == 0 ? FRONT_EVALUATION_TRACK : FRONT_INQUIRY_TRACK;
}

void front_page_reply_sent(struct front_visit *visit)
{
    const char *id = front_visit_field(visit, "id");
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "id", id);
    base_json_put_text(&body, "code", upper(visit, front_visit_field(visit, "code")));
    base_json_put_bool(&body, "explain", true);
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = track_of(id),
                                                      .name = "concern",
                                                      .body = base_buffer_text(&body),
                                                      .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, reply_sent_step);
}

/* -- Rating: by link, and at the kiosk -- */

static bool is_kiosk(const struct front_visit *visit)
{
    return strcmp(visit->here, "kiosk") == 0;
}

/* The levels with the best first, and which was chosen. */
static void put_levels(struct front_visit *visit, const char *key)
{
    static const char *const levels[] = {"5", "4", "3", "2", "1"};

    front_page_put_words(&visit->view, key, levels, 5, front_visit_field(visit, key));
}

/* Where the kiosk begins again. */
static void put_again(struct front_visit *visit)
{
    struct base_buffer query = {0};
    const char *window = given(visit, "window"), *officer = given(visit, "officer");

    base_buffer_put_text(&query, "/kiosk");
    if (*window != '\0' || *officer != '\0')
        base_buffer_put_text(&query, "?window=");
    front_visit_put_encoded(&query, window);
    if (*officer != '\0') {
        base_buffer_put_text(&query, "&officer=");
        front_visit_put_encoded(&query, officer);
    }
    base_json_put_text(&visit->view, "again", base_buffer_text(&query));
    base_buffer_fini(&query);
}

static void show_rating(struct front_visit *visit, int status)
{
    static const char *const names[] = {"number", "code", "window", "officer"};

    base_json_open(&visit->view, NULL, '{');
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        base_json_put_text(&visit->view, names[i], given(visit, names[i]));
    if (*visit->params[0] != '\0')
        base_json_put_text(&visit->view, "link_number", visit->params[0]);
    base_json_put_bool(&visit->view, "needs_code", !front_visit_may(visit->request->identity.roles, FRONT_APPLICATION_SUBMIT));
    put_levels(visit, "attitude");
    put_levels(visit, "ability");
    put_again(visit);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, status, is_kiosk(visit) ? "kiosk" : "evaluate");
}

static void rating_step(struct front_visit *visit)
{
    show_rating(visit, 200);
}

void front_page_rating(struct front_visit *visit)
{
    front_visit_go(visit, rating_step);
}

static void rating_sent_step(struct front_visit *visit)
{
    const struct front_visit_ask *sent = front_visit_find(visit, "concern");

    if (front_visit_is_fine(sent) && is_kiosk(visit)) {
        base_json_open(&visit->view, NULL, '{');
        base_json_put_bool(&visit->view, "is_done", true);
        base_json_put_text(&visit->view, "window", given(visit, "window"));
        put_again(visit);
        base_json_close(&visit->view, '}');
        visit->is_private = true;
        front_visit_render(visit, 200, "kiosk");
    } else if (front_visit_is_fine(sent)) {
        show_concern(visit, sent);
    } else if (is_of_form(sent)) {
        show_rating(visit, sent->status);
    } else {
        front_visit_problem(visit, sent);
    }
}

void front_page_rating_sent(struct front_visit *visit)
{
    const char *code = upper(visit, front_visit_field(visit, "code"));
    const char *number = *visit->params[0] != '\0' ? visit->params[0] : front_visit_field(visit, "number");
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    front_act_put_number(&body, "attitude", visit, "attitude");
    front_act_put_number(&body, "ability", visit, "ability");
    front_act_put_text(&body, "text", visit, "text");
    front_act_put_text(&body, "window", visit, "window");
    front_act_put_text(&body, "officer", visit, "officer");
    if (*code != '\0')
        base_json_put_text(&body, "code", code);
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_EVALUATION_NEW,
                                                      .name = "concern",
                                                      .param = *number != '\0' ? number : "-",
                                                      .body = base_buffer_text(&body),
                                                      .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, rating_sent_step);
}
