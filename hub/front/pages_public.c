/* SPDX-License-Identifier: Apache-2.0 */
/* Pages for everyone: home, the service guide, tracking by number and look-up code. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "front/pages_fee.h"
#include "front/pages_strip.h"

#define TRACK_COOKIE "onedoor_track"
#define TRACK_ATTRIBUTES " Path=/track; HttpOnly; SameSite=Strict"

/* -- Lists of services -- */

static bool has_text(const struct base_json *text, const char *wanted)
{
    const char *zh = base_json_member_text(text, "zh-CN"),
               *en = base_json_member_text(text, "en");

    return (zh != NULL && strcasestr(zh, wanted) != NULL) ||
           (en != NULL && strcasestr(en, wanted) != NULL);
}

/* Is the text in the service's id, name, summary or one of its departments' names? */
static bool is_found(const struct base_json *service, const char *wanted)
{
    const char *id = base_json_member_text(service, "id");

    if ((id != NULL && strcasestr(id, wanted) != NULL) ||
        has_text(base_json_member(service, "name"), wanted) ||
        has_text(base_json_member(service, "summary"), wanted))
        return true;
    for (const struct base_json *item =
             base_json_first(base_json_member(service, "departments"));
         item != NULL; item = base_json_next(item))
        if (has_text(base_json_member(item, "name"), wanted))
            return true;
    return false;
}

/* A service that does not say for whom it is, is for everyone. */
static bool is_for(const struct base_json *service, const char *kind)
{
    const struct base_json *kinds = base_json_member(service, "applicant_kinds");

    for (const struct base_json *item = base_json_first(kinds); item != NULL;
         item = base_json_next(item))
        if (base_json_text(item) != NULL && strcmp(base_json_text(item), kind) == 0)
            return true;
    return kinds == NULL;
}

struct filter {
    const char *wanted, *kind; /* NULL = any */
};

static bool is_shown(const struct base_json *service, const struct filter *filter,
                     bool is_joint)
{
    return (base_json_number(base_json_member(service, "matter_count")) > 1) == is_joint &&
           (filter->kind == NULL || is_for(service, filter->kind)) &&
           (filter->wanted == NULL || is_found(service, filter->wanted));
}

static size_t put_services(struct base_buffer *view, const char *key,
                           const struct base_json *items, const struct filter *filter,
                           bool is_joint)
{
    size_t count = 0;

    base_json_open(view, key, '[');
    for (const struct base_json *item = base_json_first(items); item != NULL;
         item = base_json_next(item)) {
        if (!is_shown(item, filter, is_joint))
            continue;
        base_json_put(view, NULL, item);
        count++;
    }
    base_json_close(view, ']');
    return count;
}

static bool has_kinds(const struct base_json *items)
{
    return base_json_member(base_json_first(items), "applicant_kinds") != NULL;
}

static void put_next(struct front_visit *visit, const char *cursor, const struct filter *filter)
{
    struct base_buffer link = {0};

    if (cursor == NULL)
        return;
    base_buffer_put_text(&link, "/guide?cursor=");
    front_visit_put_encoded(&link, cursor);
    if (filter->wanted != NULL) {
        base_buffer_put_text(&link, "&q=");
        front_visit_put_encoded(&link, filter->wanted);
    }
    if (filter->kind != NULL) {
        base_buffer_put_text(&link, "&for=");
        front_visit_put_encoded(&link, filter->kind);
    }
    base_json_put_text(&visit->view, "next", base_buffer_text(&link));
    base_buffer_fini(&link);
}

/* Another word is no kind, and no filter. */
static const char *kind_of(const char *word)
{
    bool is_kind =
        word != NULL && (strcmp(word, "person") == 0 || strcmp(word, "organization") == 0);

    return is_kind ? word : NULL;
}

static void show_services(struct front_visit *visit, const char *template)
{
    const struct front_visit_ask *catalog = &visit->asks[0];
    const struct base_json *items = base_json_member(catalog->json, "items");
    struct filter filter = {.wanted = front_visit_query(visit, "q"),
                            .kind = kind_of(front_visit_query(visit, "for"))};

    if (!front_visit_is_fine(catalog)) {
        front_visit_problem(visit, catalog);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    base_json_put_text(&visit->view, "q", filter.wanted);
    base_json_put_text(&visit->view, "for", filter.kind);
    base_json_put_bool(&visit->view, "has_kinds", has_kinds(items));
    size_t count = put_services(&visit->view, "joint", items, &filter, true);
    count += put_services(&visit->view, "single", items, &filter, false);
    base_json_put_i64(&visit->view, "count", (int64_t)count);
    base_json_put_bool(&visit->view, "is_empty", count == 0);
    put_next(visit, base_json_member_text(catalog->json, "next_cursor"), &filter);
    base_json_close(&visit->view, '}');
    front_visit_render(visit, 200, template);
}

static void home_step(struct front_visit *visit)
{
    show_services(visit, "home");
}

void front_page_home(struct front_visit *visit)
{
    front_visit_ask(visit,
                    &(struct front_visit_wish){.route = FRONT_SERVICE_LIST, .name = "catalog"});
    front_visit_go(visit, home_step);
}

static void guide_step(struct front_visit *visit)
{
    show_services(visit, "guide");
}

void front_page_guide(struct front_visit *visit)
{
    const char *cursor = front_visit_query(visit, "cursor");
    struct base_buffer query = {0};

    if (cursor != NULL) {
        base_buffer_put_text(&query, "cursor=");
        front_visit_put_encoded(&query, cursor);
    }
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_LIST,
                                                      .name = "catalog",
                                                      .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, guide_step);
}

static void service_step(struct front_visit *visit)
{
    const struct front_visit_ask *service = &visit->asks[1];

    if (front_visit_is_fine(service))
        front_visit_render(visit, 200, "service");
    else
        front_visit_problem(visit, service);
}

void front_page_service(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_SHOW,
                                                      .name = "service",
                                                      .param = visit->params[0]});
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
    base_json_close(&visit->view, '}');
    front_visit_render(visit, 200, "progress");
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
