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

void front_page_put_filters(struct front_visit *visit, const char *base, const char *const *filters, size_t count, const char *cursor)
{
    struct base_buffer query = {0};

    for (size_t i = 0; i < count; i++)
        front_page_put_pair(&query, filters[i], front_visit_query(visit, filters[i]));
    base_json_put_bool(&visit->view, "is_filtered", query.size > 0);
    base_json_put_text(&visit->view, "clear", base);
    front_page_put_pair(&query, "cursor", cursor);
    base_json_put_text(&visit->view, "next", cursor == NULL ? NULL : base_buffer_text(&query));
    base_buffer_fini(&query);
}

void front_page_put_next(struct front_visit *visit, const char *name, const struct base_json *list)
{
    const char *cursor = base_json_member_text(list, "next_cursor");
    struct base_buffer query = {0};

    front_page_put_pair(&query, name, cursor);
    base_json_put_text(&visit->view, "next", cursor == NULL ? NULL : base_buffer_text(&query));
    base_buffer_fini(&query);
}

/* -- Which service -- */

void front_page_ask_services(struct front_visit *visit)
{
    const char *department = front_visit_query(visit, "department"), *service = front_visit_query(visit, "service");
    struct base_buffer query = {0};

    front_page_put_pair(&query, "department", department);
    front_page_put_pair(&query, "limit", department != NULL ? "200" : "50"); /* more are no choice but a search */
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_LIST, .name = "services", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    if (service != NULL)
        front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_SERVICE_SHOW, .name = "chosen", .param = service});
}

void front_page_put_services(struct front_visit *visit)
{
    const struct front_visit_ask *services = front_visit_find(visit, "services"), *chosen = front_visit_find(visit, "chosen");
    const struct base_json *items = base_json_member(services->json, "items");
    bool is_cut = base_json_member_text(services->json, "next_cursor") != NULL;
    const char *id = chosen != NULL && front_visit_is_fine(chosen) ? base_json_member_text(chosen->json, "id") : NULL;
    bool has_chosen = false;

    base_json_open(&visit->view, "services", '[');
    for (const struct base_json *item = base_json_first(items); item != NULL && !is_cut; item = base_json_next(item)) {
        const char *own = base_json_member_text(item, "id");
        bool is_chosen = id != NULL && own != NULL && strcmp(id, own) == 0;

        base_json_open(&visit->view, NULL, '{');
        base_json_put_text(&visit->view, "id", own);
        base_json_put(&visit->view, "name", base_json_member(item, "name"));
        base_json_put_bool(&visit->view, "is_chosen", is_chosen);
        base_json_close(&visit->view, '}');
        has_chosen = has_chosen || is_chosen;
    }
    if (id != NULL && !has_chosen) { /* of another department, or one of too many */
        base_json_open(&visit->view, NULL, '{');
        base_json_put_text(&visit->view, "id", id);
        base_json_put(&visit->view, "name", base_json_member(chosen->json, "name"));
        base_json_put_bool(&visit->view, "is_chosen", true);
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
    base_json_put_bool(&visit->view, "services_cut", is_cut);
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

void front_page_ask_where(struct front_visit *visit)
{
    if (!front_visit_may(visit->request->identity.roles, FRONT_APPLICATION_SUBMIT))
        front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CENTER, .name = "center"});
}

void front_page_put_progress(struct base_buffer *buffer, const struct base_json *application)
{
    static const char *const over[] = {"done", "cancelled", NULL}, *const apart[] = {"skipped",
                                                                                     NULL};
    static const char *const final[] = {"decided",      "closed", "withdrawn",
                                        "not_accepted", "lapsed", NULL};
    static const char *const stopped[] = {"withdrawn", "not_accepted", "lapsed", NULL}; /* nobody works through its tasks */
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
    base_json_put_bool(buffer, "is_stopped", is_word(base_json_member_text(application, "status"), stopped));
    put_texts(buffer, "conditions", application);
    put_texts(buffer, "reasons", application);
}

/* -- Tasks -- */

static bool is_member_word(const struct base_json *object, const char *key, const char *word)
{
    const char *text = base_json_member_text(object, key);

    return text != NULL && strcmp(text, word) == 0;
}

/* The department's own, or anybody's for those who watch or hold no department: of the others the page would be refused. */
static bool may_open(const struct front_visit *visit, const struct base_json *task)
{
    const struct front_identity *identity = &visit->request->identity;
    bool is_wide = (identity->roles & (FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)) != 0 || identity->department[0] == '\0';

    return front_visit_may(identity->roles, FRONT_TASK_SHOW) && (is_wide || is_member_word(task, "department", identity->department));
}

void front_page_put_tasks(struct front_visit *visit, const struct base_json *application)
{
    base_json_open(&visit->view, "tasks", '[');
    for (const struct base_json *task = base_json_first(base_json_member(application, "tasks")); task != NULL; task = base_json_next(task)) {
        bool is_waiting = is_member_word(task, "state", "blocked") && is_member_word(task, "owner", "applicant");

        base_json_open(&visit->view, NULL, '{');
        for (const struct base_json *member = base_json_first(task); member != NULL; member = base_json_next(member))
            base_json_put(&visit->view, base_json_key(member), member);
        base_json_put_bool(&visit->view, "may_open", may_open(visit, task));
        base_json_put_text(&visit->view, "shown_state", is_waiting ? "waiting_applicant" : base_json_member_text(task, "state"));
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
}
