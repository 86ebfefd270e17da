/* SPDX-License-Identifier: Apache-2.0 */
/* The history of an application as staff reads it: newest first, each event with the names that people know; and its notices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/pages_rows.h"

#define RECENT_MAX 8 /* events that are shown without being asked for */

static const struct base_json *task_find(const struct base_json *tasks, const char *key, const char *value)
{
    for (const struct base_json *task = base_json_first(tasks); task != NULL && value != NULL; task = base_json_next(task)) {
        const char *text = base_json_member_text(task, key);

        if (text != NULL && strcmp(text, value) == 0)
            return task;
    }
    return NULL;
}

static void put_event(struct base_buffer *view, const struct base_json *event, const struct base_json *tasks)
{
    const struct base_json *task = task_find(tasks, "id", base_json_member_text(event, "task"));
    const struct base_json *other = task != NULL ? task : task_find(tasks, "department", base_json_member_text(event, "department"));

    base_json_open(view, NULL, '{');
    for (const struct base_json *member = base_json_first(event); member != NULL; member = base_json_next(member))
        base_json_put(view, base_json_key(member), member);
    if (task != NULL)
        base_json_put(view, "matter_name", base_json_member(task, "matter_name"));
    if (other != NULL)
        base_json_put(view, "department_name", base_json_member(other, "department_name"));
    base_json_close(view, '}');
}

static void put_part(struct base_buffer *view, const char *key, const struct base_json *const *newest, size_t count, const struct base_json *tasks)
{
    base_json_open(view, key, '[');
    for (size_t i = 0; i < count; i++)
        put_event(view, newest[i], tasks);
    base_json_close(view, ']');
}

void front_page_ask_part(struct front_visit *visit, enum front_route route, const char *name)
{
    struct base_buffer query = {0};

    front_page_put_pair(&query, "cursor", front_visit_query(visit, name));
    front_visit_ask(visit, &(struct front_visit_wish){.route = route, .name = name, .param = visit->params[0], .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
}

/* Where the newest page begins; 0 = it is one page. */
static int newest_from(struct front_visit *visit)
{
    const struct front_visit_ask *events = front_visit_find(visit, "events");
    const struct base_json *list = events != NULL ? events->json : NULL;
    bool is_cut = base_json_member_text(list, "next_cursor") != NULL;

    return is_cut ? (int)base_json_number(base_json_member(list, "count")) - BASE_PAGE_MAX : 0;
}

void front_page_ask_newest(struct front_visit *visit)
{
    char query[32];

    if (front_visit_query(visit, "events") != NULL || newest_from(visit) <= 0)
        return;
    snprintf(query, sizeof(query), "cursor=%d", newest_from(visit));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_EVENTS, .name = "newest", .param = visit->params[0], .query = query});
}

void front_page_put_history(struct front_visit *visit, const struct base_json *application)
{
    const char *asked = front_visit_query(visit, "events");
    const struct front_visit_ask *last = front_visit_find(visit, "newest"), *first = front_visit_find(visit, "events");
    const struct front_visit_ask *shown = last != NULL ? last : first;
    const struct base_json *events = shown != NULL ? base_json_member(shown->json, "items") : NULL;
    int from = asked != NULL ? atoi(asked) : newest_from(visit);
    const struct base_json *tasks = base_json_member(application, "tasks");
    size_t count = base_json_count(events), at = count;
    const struct base_json **newest = base_arena_take(&visit->request->arena, (count + 1) * sizeof(*newest));

    if (newest == NULL)
        at = count = 0;
    for (const struct base_json *event = base_json_first(events); at > 0; event = base_json_next(event))
        newest[--at] = event;
    char before[16];
    size_t recent = count < RECENT_MAX ? count : RECENT_MAX;
    base_json_open(&visit->view, "history", '{');
    put_part(&visit->view, "recent", newest, recent, tasks);
    put_part(&visit->view, "earlier", newest + recent, count - recent, tasks);
    base_json_put_i64(&visit->view, "earlier_count", (int64_t)(count - recent));
    snprintf(before, sizeof(before), "%d", from > BASE_PAGE_MAX ? from - BASE_PAGE_MAX : 0);
    base_json_put_text(&visit->view, "before", from > 0 ? before : NULL);
    base_json_close(&visit->view, '}');
}

/* Was the form of that one sent, and refused? A page has one for each notice. */
static bool is_sent(struct front_visit *visit, const struct base_json *notice)
{
    char seq[32];

    if (!visit->request->is_post || strcmp(visit->params[1], "told") != 0)
        return false;
    snprintf(seq, sizeof(seq), "%.0f", base_json_number(base_json_member(notice, "seq")));
    return strcmp(front_visit_field(visit, "second"), seq) == 0;
}

void front_page_put_notices(struct front_visit *visit, const struct base_json *list)
{
    struct base_buffer *view = &visit->view;

    if (list == NULL)
        return;
    base_json_open(view, "notices", '{');
    base_json_put_text(view, "next", base_json_member_text(list, "next_cursor"));
    base_json_open(view, "items", '[');
    for (const struct base_json *item = base_json_first(base_json_member(list, "items")); item != NULL; item = base_json_next(item)) {
        base_json_open(view, NULL, '{');
        for (const struct base_json *member = base_json_first(item); member != NULL; member = base_json_next(member))
            base_json_put(view, base_json_key(member), member);
        base_json_put_bool(view, "is_sent", is_sent(visit, item));
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
    base_json_close(view, '}');
}
