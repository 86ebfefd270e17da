/* SPDX-License-Identifier: Apache-2.0 */
/* Pages for everyone: home, the service guide, tracking by number and look-up code. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "front/pages_fee.h"
#include "front/pages_files.h"
#include "front/pages_strip.h"
#include "front/pages_supply.h"

#define TRACK_COOKIE "onedoor_track"
#define TRACK_ATTRIBUTES " Path=/track; HttpOnly; SameSite=Strict"

/* -- Lists of services -- */

static size_t put_services(struct base_buffer *view, const char *key, const struct base_json *items, bool is_joint)
{
    size_t count = 0;

    base_json_open(view, key, '[');
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        if ((base_json_number(base_json_member(item, "matter_count")) > 1) != is_joint)
            continue;
        base_json_put(view, NULL, item);
        count++;
    }
    base_json_close(view, ']');
    return count;
}

/* What the guide may be searched by, as its own address says it and as the API takes it. */
static const char *const searches[] = {"q", "for", "initial", "department"};

/* A word that is no kind, or no letter, is no filter: an old address still shows something. */
static const char *search_of(struct front_visit *visit, const char *name)
{
    const char *value = front_visit_query(visit, name);

    if (value == NULL)
        return NULL;
    if (strcmp(name, "for") == 0 && strcmp(value, "person") != 0 && strcmp(value, "organization") != 0)
        return NULL;
    if (strcmp(name, "initial") == 0 && (value[0] < 'a' || value[0] > 'z' || value[1] != '\0'))
        return NULL;
    return value;
}

static void put_searches(struct base_buffer *query, struct front_visit *visit)
{
    for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++)
        front_page_put_pair(query, searches[i], search_of(visit, searches[i]));
}

static void put_initials(struct base_buffer *view, const struct base_json *initials, const char *chosen)
{
    base_json_open(view, "initials", '[');
    for (const struct base_json *item = base_json_first(initials); item != NULL; item = base_json_next(item)) {
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "id", base_json_text(item));
        base_json_put_bool(view, "is_chosen", chosen != NULL && strcmp(chosen, base_json_text(item)) == 0);
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

static void put_next(struct front_visit *visit, const char *cursor)
{
    struct base_buffer query = {0}, link = {0};

    if (cursor == NULL)
        return;
    put_searches(&query, visit);
    front_page_put_pair(&query, "cursor", cursor);
    base_buffer_put_text(&link, "/guide?");
    base_buffer_put_text(&link, base_buffer_text(&query));
    base_json_put_text(&visit->view, "next", base_buffer_text(&link));
    base_buffer_fini(&query);
    base_buffer_fini(&link);
}

static void show_services(struct front_visit *visit, const char *template)
{
    const struct front_visit_ask *catalog = &visit->asks[0];
    const struct base_json *items = base_json_member(catalog->json, "items");

    if (!front_visit_is_fine(catalog)) {
        front_visit_problem(visit, catalog);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++)
        base_json_put_text(&visit->view, searches[i], search_of(visit, searches[i]));
    put_initials(&visit->view, base_json_member(catalog->json, "initials"), search_of(visit, "initial"));
    size_t count = put_services(&visit->view, "joint", items, true);
    count += put_services(&visit->view, "single", items, false);
    base_json_put(&visit->view, "count", base_json_member(catalog->json, "count"));
    base_json_put_bool(&visit->view, "is_empty", count == 0);
    put_next(visit, base_json_member_text(catalog->json, "next_cursor"));
    base_json_close(&visit->view, '}');
    front_visit_render(visit, 200, template);
}

static void home_step(struct front_visit *visit)
{
    show_services(visit, "home");
}

static void guide_step(struct front_visit *visit)
{
    show_services(visit, "guide");
}

static void ask_services(struct front_visit *visit, front_visit_cb step)
{
    struct base_buffer query = {0};

    put_searches(&query, visit);
    front_page_put_pair(&query, "cursor", front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_LIST,
                                                      .name = "catalog",
                                                      .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, step);
}

void front_page_home(struct front_visit *visit)
{
    ask_services(visit, home_step);
}

void front_page_guide(struct front_visit *visit)
{
    ask_services(visit, guide_step);
}

/* The line of a matter is told where it is known; the guide stands without it. */
static void places_step(struct front_visit *visit)
{
    front_visit_render(visit, 200, "service");
}

static void service_step(struct front_visit *visit)
{
    const struct front_visit_ask *service = &visit->asks[1];

    if (!front_visit_is_fine(service)) {
        front_visit_problem(visit, service);
        return;
    }
    for (const struct base_json *matter = base_json_first(base_json_member(service->json, "matters")); matter != NULL; matter = base_json_next(matter)) {
        if (base_json_member(matter, "quantity") == NULL)
            continue;
        front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_MATTER_QUANTITY, .name = "places", .param = base_json_member_text(matter, "id")});
        front_visit_go(visit, places_step);
        return;
    }
    front_visit_render(visit, 200, "service");
}

void front_page_service(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_SHOW,
                                                      .name = "service",
                                                      .param = visit->params[0]});
    front_page_ask_where(visit);
    front_visit_go(visit, service_step);
}

/* -- Tracking -- */

static void show_track_form(struct front_visit *visit, int status, const char *number)
{
    base_json_open(&visit->view, NULL, '{');
    base_json_put_text(&visit->view, "number", number);
    base_json_put_bool(&visit->view, "is_wrong", status != 200);
    base_json_close(&visit->view, '}');
    visit->link = "/track";
    visit->is_private = true;
    front_visit_render(visit, status, "track");
}

/* The promised date, day by day. */
static void put_promised(struct base_buffer *view, const struct base_json *application)
{
    const struct base_json *promised = front_strip_promised(base_json_member(application, "clocks"));

    if (base_json_first(base_json_member(promised, "days")) == NULL)
        return;
    base_json_open(view, "promised", '{');
    (void)front_strip_put_members(view, promised, application, FRONT_STRIP_DAYS_MAX);
    base_json_close(view, '}');
}

static void track_render(struct front_visit *visit)
{
    const struct front_visit_ask *tracked = &visit->asks[1];

    base_json_open(&visit->view, NULL, '{');
    front_page_put_progress(&visit->view, tracked->json);
    put_promised(&visit->view, tracked->json);
    base_json_open(&visit->view, "told", '{');
    base_json_put(&visit->view, "items", base_json_member(tracked->json, "notices"));
    base_json_close(&visit->view, '}');
    front_fee_put_citizen(visit, tracked->json);
    int status = front_supply_put(&visit->view, visit, tracked->json, "/track");
    base_json_close(&visit->view, '}');
    front_visit_render(visit, status, "progress");
}

/* What else there is to see is asked for once number and code are known to be right: a wrong guess counts once. */
static void track_step(struct front_visit *visit)
{
    const struct front_visit_ask *tracked = &visit->asks[1];

    visit->is_private = true;
    if (tracked->status == 404 || tracked->status == 422) {
        show_track_form(visit, 404, visit->params[0]);
    } else if (!front_visit_is_fine(tracked)) {
        front_visit_problem(visit, tracked);
    } else {
        front_fee_ask_tracked(visit, visit->params[0], visit->params[1]);
        front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CENTER, .name = "center"});
        front_supply_ask(visit, tracked->json, visit->params[1]);
        front_visit_go(visit, track_render);
    }
}

static void track_ask(struct front_visit *visit, const char *number, const char *code)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "number", number);
    base_json_put_text(&body, "code", code);
    base_json_put_bool(&body, "explain", true);
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_TRACK,
                                                      .name = "application",
                                                      .body = base_buffer_text(&body),
                                                      .body_size = body.size});
    base_buffer_fini(&body);
}

const char *front_page_track_code(struct front_visit *visit, const char *number)
{
    const char *kept = front_visit_cookie(visit, TRACK_COOKIE);
    size_t size = strlen(number);

    return size > 0 && kept != NULL && strncmp(kept, number, size) == 0 && kept[size] == '.' ? kept + size + 1 : NULL;
}

void front_page_track(struct front_visit *visit)
{
    const char *number = visit->params[0], *code = front_page_track_code(visit, number);

    if (code != NULL) {
        visit->params[1] = code;
        track_ask(visit, number, code);
        front_visit_go(visit, track_step);
        return;
    }
    show_track_form(visit, 200, *number != '\0' ? number : front_visit_query(visit, "number"));
}

/* What was sent is with the application already: the page again, without a form to send once more where all of it was taken. */
void front_page_track_supplied(struct front_visit *visit)
{
    char link[FRONT_PARAM_MAX + 32];
    const struct front_visit_upload *first = front_visit_upload_at(visit, 0);
    int status;

    snprintf(link, sizeof(link), "/track/%.100s%s", visit->params[0], first != NULL ? "?done=supplement" : "");
    const char *copy = base_arena_text(&visit->request->arena, link, strlen(link));
    visit->link = copy == NULL ? "/track" : base_arena_text(&visit->request->arena, link, strcspn(link, "?"));
    if (copy == NULL || (visit->request->is_streamed && front_visit_has_refused(visit, &status)))
        front_page_track(visit);
    else
        front_visit_redirect(visit, copy);
}

/* The signed document of the number that was tracked last. */
void front_page_track_result(struct front_visit *visit)
{
    const char *number = visit->params[0], *code = front_page_track_code(visit, number);
    struct base_buffer body = {0};

    if (code == NULL) {
        show_track_form(visit, 200, number);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "number", number);
    base_json_put_text(&body, "code", code);
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_TRACK_RESULT, .name = "document", .body = base_buffer_text(&body), .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, front_fee_show_result);
}

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && *text != '-')
            return false;
    return true;
}

static const char *upper(struct front_visit *visit, const char *text)
{
    char *copy = base_arena_text(&visit->request->arena, text, strlen(text));

    for (char *at = copy; at != NULL && *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    return copy == NULL ? "" : copy;
}

static void track_sent_step(struct front_visit *visit)
{
    char value[2 * FRONT_PARAM_MAX], link[FRONT_PARAM_MAX + 8];
    const char *number = visit->params[0], *code = visit->params[1];

    if (front_visit_is_fine(&visit->asks[1]) && is_plain(number) && is_plain(code)) {
        snprintf(value, sizeof(value), "%.100s.%.100s", number, code);
        front_visit_cookie_set(visit, TRACK_COOKIE, value, TRACK_ATTRIBUTES);
        snprintf(link, sizeof(link), "/track/%.100s", number);
        const char *copy = base_arena_text(&visit->request->arena, link, strlen(link));
        visit->link = copy == NULL ? "/track" : copy;
    }
    track_step(visit);
}

void front_page_track_sent(struct front_visit *visit)
{
    if (*front_visit_field(visit, "forget") != '\0') {
        front_visit_cookie_set(visit, TRACK_COOKIE, "", TRACK_ATTRIBUTES "; Max-Age=0");
        front_visit_redirect(visit, "/track?done=forget");
        return;
    }
    visit->params[0] = front_visit_field(visit, "number");
    visit->params[1] = upper(visit, front_visit_field(visit, "code"));
    track_ask(visit, visit->params[0], visit->params[1]);
    front_visit_go(visit, track_sent_step);
}
