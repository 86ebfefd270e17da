/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of JSON that several pages put together. */
#include <string.h>

#include "front/pages_rows.h"

void front_page_put_pair(struct base_buffer *query, const char *name, const char *value)
{
    if (value == NULL)
        return;
    base_buffer_put_format(query, "%s%s=", query->size > 0 ? "&" : "", name);
    front_visit_put_encoded(query, value);
}

void front_page_put_words(struct base_buffer *view, const char *key, const char *const *words, size_t count,
                          const char *chosen)
{
    base_json_open(view, key, '[');
    for (size_t i = 0; i < count; i++) {
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "id", words[i]);
        base_json_put_bool(view, "is_chosen", chosen != NULL && strcmp(words[i], chosen) == 0);
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

void front_page_put_lines(struct base_buffer *body, const char *key, const char *text)
{
    base_json_open(body, key, '[');
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");

        if (size > 0)
            base_json_put_text_n(body, NULL, text, size);
        text += size + (text[size] == '\n');
    }
    base_json_close(body, ']');
}

void front_page_put_options(struct base_buffer *view, const char *key,
                            const struct base_json *list, const char *chosen)
{
    base_json_open(view, key, '[');
    for (const struct base_json *item = base_json_first(base_json_member(list, "items"));
         item != NULL; item = base_json_next(item)) {
        const char *id = base_json_member_text(item, "id"),
                   *route = base_json_member_text(item, "route");

        base_json_open(view, NULL, '{');
        base_json_put_text(view, "id", id);
        base_json_put(view, "name", base_json_member(item, "name"));
        if (route != NULL)
            base_json_put_bool(view, "is_manual", strcmp(route, "worklist") == 0);
        base_json_put_bool(view, "is_chosen",
                           id != NULL && chosen != NULL && strcmp(id, chosen) == 0);
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

static bool is_word(const char *state, const char *const *words)
{
    for (; *words != NULL; words++)
        if (state != NULL && strcmp(state, *words) == 0)
            return true;
    return false;
}

static bool is_of(const struct base_json *task, const char *department)
{
    const char *id = base_json_member_text(task, "department");

    return id != NULL && department != NULL && strcmp(id, department) == 0;
}

/* What departments said to one part of the decision, each by its name. */
static void put_texts(struct base_buffer *buffer, const char *key,
                      const struct base_json *application)
{
    const struct base_json *texts =
        base_json_member(base_json_member(application, "decision"), key);

    base_json_open(buffer, key, '[');
    for (const struct base_json *item = base_json_first(texts); item != NULL;
         item = base_json_next(item)) {
        const char *id = base_json_member_text(item, "department");
        const struct base_json *task = base_json_first(base_json_member(application, "tasks"));

        while (task != NULL && !is_of(task, id))
            task = base_json_next(task);
        base_json_open(buffer, NULL, '{');
        base_json_put(buffer, "name", base_json_member(task, "department_name"));
        base_json_put(buffer, "text", base_json_member(item, "text"));
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

void front_page_put_progress(struct base_buffer *buffer, const struct base_json *application)
{
    static const char *const over[] = {"done", "cancelled", NULL}, *const apart[] = {"skipped",
                                                                                     NULL};
    static const char *const final[] = {"decided",      "closed", "withdrawn",
                                        "not_accepted", "lapsed", NULL};
    int64_t done = 0, total = 0;

    for (const struct base_json *task = base_json_first(base_json_member(application, "tasks"));
         task != NULL; task = base_json_next(task)) {
        const char *state = base_json_member_text(task, "state");

        total += !is_word(state, apart);
        done += is_word(state, over);
    }
    base_json_put_i64(buffer, "done", done);
    base_json_put_i64(buffer, "total", total);
    base_json_put_bool(buffer, "is_final",
                       is_word(base_json_member_text(application, "status"), final));
    put_texts(buffer, "conditions", application);
    put_texts(buffer, "reasons", application);
}
