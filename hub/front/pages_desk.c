/* SPDX-License-Identifier: Apache-2.0 */
/* Applications as staff sees them: the list, and one with its tasks, clocks and events. */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "front/pages_rows.h"

enum { LIST_CATALOG, LIST_DEPARTMENTS, LIST_APPLICATIONS };
enum { SHOW_CATALOG, SHOW_APPLICATION, SHOW_EVENTS, SHOW_CLOCKS };
enum { SENT_CATALOG, SENT_ACT };

/* -- The list -- */

static const char *const filters[] = {"status", "service", "department", "overdue",
                                      "due_before"};
#define FILTERS (sizeof(filters) / sizeof(filters[0]))

static void put_filters(struct base_buffer *query, struct front_visit *visit,
                        const char *cursor)
{
    for (size_t i = 0; i < FILTERS; i++) {
        const char *value = front_visit_query(visit, filters[i]);

        if (value == NULL)
            continue;
        base_buffer_put_format(query, "%s%s=", query->size > 0 ? "&" : "", filters[i]);
        front_visit_put_encoded(query, value);
    }
    if (cursor == NULL)
        return;
    base_buffer_put_format(query, "%scursor=", query->size > 0 ? "&" : "");
    front_visit_put_encoded(query, cursor);
}

static void put_statuses(struct base_buffer *view, const char *chosen)
{
    static const char *const statuses[] = {"incomplete", "in_review",    "decided", "closed",
                                           "withdrawn",  "not_accepted", "lapsed"};

    base_json_open(view, "statuses", '[');
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "id", statuses[i]);
        base_json_put_bool(view, "is_chosen",
                           chosen != NULL && strcmp(statuses[i], chosen) == 0);
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

static void list_step(struct front_visit *visit)
{
    const struct front_visit_ask *found = &visit->asks[LIST_APPLICATIONS];
    const char *cursor = base_json_member_text(found->json, "next_cursor");
    struct base_buffer next = {0};

    if (!front_visit_is_fine(found)) {
        front_visit_problem(visit, found);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    put_statuses(&visit->view, front_visit_query(visit, "status"));
    front_page_put_options(&visit->view, "services", visit->asks[LIST_CATALOG].json,
                           front_visit_query(visit, "service"));
    front_page_put_options(&visit->view, "departments", visit->asks[LIST_DEPARTMENTS].json,
                           front_visit_query(visit, "department"));
    base_json_put_text(&visit->view, "overdue", front_visit_query(visit, "overdue"));
    put_filters(&next, visit, cursor);
    base_json_put_text(&visit->view, "next", cursor == NULL ? NULL : base_buffer_text(&next));
    base_json_close(&visit->view, '}');
    base_buffer_fini(&next);
    visit->is_private = true;
    front_visit_render(visit, 200, "applications");
}

void front_page_applications(struct front_visit *visit)
{
    struct base_buffer query = {0};

    put_filters(&query, visit, front_visit_query(visit, "cursor"));
    front_visit_ask(visit,
                    &(struct front_visit_wish){.route = FRONT_SERVICE_LIST, .name = "catalog"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST,
                                                      .name = "departments"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_LIST,
                                                      .name = "applications",
                                                      .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, list_step);
}

/* -- The calendar of one clock -- */

static bool has_word(const struct base_json *object, const char *key, const char *word)
{
    const char *text = base_json_member_text(object, key);

    return text != NULL && strcmp(text, word) == 0;
}

/* The clock that the reader asked for, else the joint promise. */
static const struct base_json *clock_find(struct front_visit *visit,
                                          const struct base_json *clocks)
{
    const char *of = front_visit_query(visit, "of"), *kind = front_visit_query(visit, "kind");

    of = of == NULL ? "joint" : of;
    kind = kind == NULL ? "promised" : kind;
    for (const struct base_json *item = base_json_first(base_json_member(clocks, "clocks"));
         item != NULL; item = base_json_next(item))
        if (has_word(item, "of", of) && has_word(item, "kind", kind))
            return item;
    return NULL;
}

static void put_pads(struct base_buffer *view, int count)
{
    for (int i = 0; i < count; i++) {
        base_json_open(view, NULL, '{');
        base_json_put_bool(view, "is_pad", true);
        base_json_close(view, '}');
    }
}

static void put_day(struct base_buffer *view, const struct base_json *day, const char *due,
                    bool is_first)
{
    const char *date = base_json_member_text(day, "date");
    int32_t number;
    int year, month, date_number;

    if (date == NULL || base_day_parse(date, &number) != OD_OK) {
        put_pads(view, 1);
        return;
    }
    base_day_to_civil(number, &year, &month, &date_number);
    base_json_open(view, NULL, '{');
    base_json_put_i64(view, "day", date_number);
    if (is_first || date_number == 1)
        base_json_put_i64(view, "month", month);
    base_json_put_text(view, "kind", base_json_member_text(day, "kind"));
    base_json_put(view, "counted", base_json_member(day, "counted"));
    base_json_put(view, "number", base_json_member(day, "number"));
    base_json_put_bool(view, "is_due", due != NULL && strcmp(due, date) == 0);
    base_json_close(view, '}');
}

/* Monday is 0. */
static int weekday_of(const struct base_json *day)
{
    const char *date = base_json_member_text(day, "date");
    int32_t number;

    return date != NULL && base_day_parse(date, &number) == OD_OK ? (int)((number + 3) % 7) : 0;
}

/* Days in rows of a week, from Monday. */
static void put_weeks(struct base_buffer *view, const struct base_json *clock)
{
    const struct base_json *day = base_json_first(base_json_member(clock, "days"));
    int column = weekday_of(day);
    bool is_first = true;

    base_json_open(view, "weeks", '[');
    while (day != NULL) {
        base_json_open(view, NULL, '{');
        base_json_open(view, "days", '[');
        put_pads(view, column);
        for (; column < 7 && day != NULL; column++, day = base_json_next(day), is_first = false)
            put_day(view, day, base_json_member_text(clock, "due"), is_first);
        put_pads(view, 7 - column);
        base_json_close(view, ']');
        base_json_close(view, '}');
        column = 0;
    }
    base_json_close(view, ']');
}

static void put_calendar(struct front_visit *visit, const struct base_json *clock)
{
    static const char *const kept[] = {"of",     "kind",      "start",       "due",     "unit",
                                       "length", "days_left", "provisional", "days_cut"};

    if (clock == NULL || base_json_first(base_json_member(clock, "days")) == NULL)
        return;
    base_json_open(&visit->view, "calendar", '{');
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        base_json_put(&visit->view, kept[i], base_json_member(clock, kept[i]));
    put_weeks(&visit->view, clock);
    base_json_close(&visit->view, '}');
}

/* Which matter a clock belongs to, in words. */
static void put_clock_name(struct base_buffer *view, const struct base_json *clock,
                           const struct base_json *application)
{
    const char *of = base_json_member_text(clock, "of");

    for (const struct base_json *task = base_json_first(base_json_member(application, "tasks"));
         task != NULL; task = base_json_next(task))
        if (of != NULL && has_word(task, "matter", of)) {
            base_json_put(view, "name", base_json_member(task, "matter_name"));
            return;
        }
    base_json_put_null(view, "name");
}

static void put_clocks(struct front_visit *visit, const struct base_json *shown)
{
    static const char *const kept[] = {"of",  "kind",    "state",     "unit",       "length",
                                       "due", "overdue", "days_left", "provisional"};

    base_json_open(&visit->view, "clocks", '[');
    for (const struct base_json *item = base_json_first(
             base_json_member(visit->asks[visit->ask_count - 1].json, "clocks"));
         item != NULL; item = base_json_next(item)) {
        base_json_open(&visit->view, NULL, '{');
        for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
            base_json_put(&visit->view, kept[i], base_json_member(item, kept[i]));
        put_clock_name(&visit->view, item, visit->asks[visit->ask_count - 3].json);
        base_json_put_bool(&visit->view, "is_shown", item == shown);
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
}

/* -- One application -- */

/* The asks of the page are the last three; an act may stand before them. */
static void application_step(struct front_visit *visit)
{
    const struct front_visit_ask *clocks = &visit->asks[visit->ask_count - 1],
                                 *application = clocks - 2;
    const struct front_visit_ask *act =
        visit->ask_count > SHOW_CLOCKS + 1 ? &visit->asks[SENT_ACT] : NULL;
    const struct base_json *shown = clock_find(visit, clocks->json);
    uint32_t roles = visit->request->identity.roles;

    if (!front_visit_is_fine(application)) {
        front_visit_problem(visit, application);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    front_page_put_progress(&visit->view, application->json);
    base_json_put_bool(&visit->view, "may_withdraw",
                       front_visit_may(roles, FRONT_APPLICATION_WITHDRAW));
    base_json_put_bool(&visit->view, "may_see_tasks", front_visit_may(roles, FRONT_TASK_SHOW));
    put_clocks(visit, shown);
    put_calendar(visit, shown);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, act == NULL ? 200 : act->status, "application");
}

void front_page_application(struct front_visit *visit)
{
    const char *number = visit->params[0];

    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_SHOW,
                                                      .name = "application",
                                                      .param = number});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_EVENTS,
                                                      .name = "events",
                                                      .param = number});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_CLOCKS,
                                                      .name = "clocks",
                                                      .param = number,
                                                      .query = "explain=true"});
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

/* -- What is done with it -- */

/* The materials ticked: fields "m.<material>". */
static void put_materials(struct base_buffer *body, const struct base_json *form)
{
    base_json_open(body, "materials", '[');
    for (const struct base_json *item = base_json_first(form); item != NULL;
         item = base_json_next(item)) {
        if (strncmp(base_json_key(item), "m.", 2) != 0)
            continue;
        base_json_open(body, NULL, '{');
        base_json_put_text(body, "material", base_json_key(item) + 2);
        base_json_close(body, '}');
    }
    base_json_close(body, ']');
}

static void put_act(struct base_buffer *body, struct front_visit *visit, enum front_route route)
{
    const char *reason = front_visit_field(visit, "reason"),
               *text = front_visit_field(visit, "text");

    base_json_open(body, NULL, '{');
    if (route == FRONT_APPLICATION_WITHDRAW && *reason != '\0')
        base_json_put_text(body, "reason", reason);
    if (route == FRONT_APPLICATION_SUPPLEMENT) {
        put_materials(body, visit->form);
        if (*text != '\0')
            base_json_put_text(body, "text", text);
    }
    base_json_close(body, '}');
}

static enum front_route route_of(const char *verb)
{
    if (strcmp(verb, "withdraw") == 0)
        return FRONT_APPLICATION_WITHDRAW;
    if (strcmp(verb, "delivery") == 0)
        return FRONT_APPLICATION_DELIVERY;
    return strcmp(verb, "supplement") == 0 ? FRONT_APPLICATION_SUPPLEMENT : FRONT_ROUTE_NONE;
}

static void act_step(struct front_visit *visit)
{
    const struct front_visit_ask *act = &visit->asks[SENT_ACT];
    char path[2 * FRONT_PARAM_MAX];

    if (front_visit_is_fine(act)) {
        snprintf(path, sizeof(path), "/applications/%.128s?done=%.16s", visit->params[0],
                 visit->params[1]);
        front_visit_redirect(visit, path);
    } else if (act->status == 409 || act->status == 422) {
        front_page_application(visit);
    } else {
        front_visit_problem(visit, act);
    }
}

void front_page_application_sent(struct front_visit *visit)
{
    enum front_route route = route_of(visit->params[1]);
    struct base_buffer body = {0};

    visit->link = "/applications";
    if (route == FRONT_ROUTE_NONE) {
        front_visit_refuse(visit, 404, "not_found");
        return;
    }
    if (route == FRONT_APPLICATION_WITHDRAW && *front_visit_field(visit, "confirmed") == '\0') {
        front_visit_refuse(visit, 422, "unconfirmed");
        return;
    }
    put_act(&body, visit, route);
    front_visit_ask(visit, &(struct front_visit_wish){.route = route,
                                                      .name = "act",
                                                      .param = visit->params[0],
                                                      .body = base_buffer_text(&body),
                                                      .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, act_step);
}
