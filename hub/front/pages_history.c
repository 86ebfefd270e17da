/* SPDX-License-Identifier: Apache-2.0 */
/* The history of an application as staff reads it: newest first, each event with the names that people know; and its notices. */
#include <stdio.h>
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

void front_page_put_history(struct front_visit *visit, const struct base_json *events, const struct base_json *application)
{
    const struct base_json *tasks = base_json_member(application, "tasks");
    size_t count = base_json_count(events), at = count;
    const struct base_json **newest = base_arena_take(&visit->request->arena, (count + 1) * sizeof(*newest));

    if (newest == NULL)
        at = count = 0;
    for (const struct base_json *event = base_json_first(events); at > 0; event = base_json_next(event))
        newest[--at] = event;
    size_t recent = count < RECENT_MAX ? count : RECENT_MAX;
    base_json_open(&visit->view, "history", '{');
    put_part(&visit->view, "recent", newest, recent, tasks);
    put_part(&visit->view, "earlier", newest + recent, count - recent, tasks);
    base_json_put_i64(&visit->view, "earlier_count", (int64_t)(count - recent));
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
