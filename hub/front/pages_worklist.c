/* SPDX-License-Identifier: Apache-2.0 */
/* The worklist: what is due, filters in the address, and one act on the tasks that are ticked. The filters stay in the
 * address of the form, so that they outlive the act and can be handed on.
 *
 *   show: tasks, departments, matters of the chosen one -> the page
 *   sent: key (400), an act -> POST /v1/tasks/batch -> the same page, with what became of each task above it */
#include <stdio.h>
#include <string.h>

#include "front/pages_rows.h"

static const char *const filters[] = {"department", "matter", "state", "due_before", "late", "claim", "queue"};
#define FILTERS (sizeof(filters) / sizeof(filters[0]))
static const char *const states[] = {"offered", "accepted", "paused", "waiting_applicant", "parked"};
static const char *const claims[] = {"mine", "none"};

#define KEY_SIZE 33

static void put_filters(struct base_buffer *query, struct front_visit *visit)
{
    for (size_t i = 0; i < FILTERS; i++)
        front_page_put_pair(query, filters[i], front_visit_query(visit, filters[i]));
}

/* A new one for each page: what is sent twice by the same page is done once. */
static void put_key(struct front_visit *visit)
{
    uint8_t random[(KEY_SIZE - 1) / 2];
    char key[KEY_SIZE];

    base_random(random, sizeof(random));
    base_hex(random, sizeof(random), key);
    base_json_put_text(&visit->view, "key", key);
}

static bool is_key(const char *key)
{
    return strlen(key) == KEY_SIZE - 1 && strspn(key, "0123456789abcdef") == KEY_SIZE - 1;
}

static void put_queries(struct front_visit *visit, const char *cursor)
{
    struct base_buffer query = {0}, next = {0};

    put_filters(&query, visit);
    put_filters(&next, visit);
    front_page_put_pair(&next, "cursor", cursor);
    base_json_put_bool(&visit->view, "is_filtered", query.size > 0);
    base_json_put_text(&visit->view, "clear", "/worklist");
    front_page_put_pair(&query, "cursor", front_visit_query(visit, "cursor"));
    base_json_put_text(&visit->view, "query", base_buffer_text(&query));
    base_json_put_text(&visit->view, "next", cursor == NULL ? NULL : base_buffer_text(&next));
    base_buffer_fini(&query);
    base_buffer_fini(&next);
}

static bool is_act(struct front_visit *visit, const char *act)
{
    return visit->request->is_post && strcmp(front_visit_field(visit, "act"), act) == 0;
}

/* The tasks, each with whether it was ticked in a form that was not taken. */
static void put_rows(struct front_visit *visit, const struct base_json *items, bool is_kept)
{
    char box[2 * BASE_ID_MAX];

    base_json_open(&visit->view, "tasks", '[');
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        snprintf(box, sizeof(box), "t.%.64s", base_json_member_text(item, "id"));
        base_json_open(&visit->view, NULL, '{');
        for (const struct base_json *member = base_json_first(item); member != NULL; member = base_json_next(member))
            base_json_put(&visit->view, base_json_key(member), member);
        base_json_put_bool(&visit->view, "is_ticked", is_kept && *front_visit_field(visit, box) != '\0');
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
}

/* How many of the batch were done, and the tasks that were not. */
static void put_result(struct front_visit *visit)
{
    const struct front_visit_ask *batch = front_visit_find(visit, "batch");
    const struct base_json *items = batch != NULL && front_visit_is_fine(batch) ? base_json_member(batch->json, "items") : NULL;

    base_json_put_bool(&visit->view, "has_result", items != NULL);
    base_json_put_text(&visit->view, "text", batch != NULL && !front_visit_is_fine(batch) ? front_visit_field(visit, "text") : NULL);
}

static void show_step(struct front_visit *visit)
{
    const struct front_visit_ask *tasks = front_visit_find(visit, "tasks"), *departments = front_visit_find(visit, "departments"),
                                 *matters = front_visit_find(visit, "matters"), *batch = front_visit_find(visit, "batch");
    uint32_t roles = visit->request->identity.roles;

    if (!front_visit_is_fine(tasks)) {
        front_visit_problem(visit, tasks);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    front_page_put_options(&visit->view, "departments", departments->json, front_visit_query(visit, "department"));
    front_page_put_options(&visit->view, "matters", matters != NULL ? matters->json : NULL, front_visit_query(visit, "matter"));
    front_page_put_words(&visit->view, "states", states, sizeof(states) / sizeof(states[0]), front_visit_query(visit, "state"));
    front_page_put_words(&visit->view, "claims", claims, sizeof(claims) / sizeof(claims[0]), front_visit_query(visit, "claim"));
    base_json_put_text(&visit->view, "department", front_visit_query(visit, "department"));
    base_json_put_text(&visit->view, "due_before", front_visit_query(visit, "due_before"));
    base_json_put_text(&visit->view, "late", front_visit_query(visit, "late"));
    base_json_put_text(&visit->view, "queue", front_visit_query(visit, "queue"));
    base_json_put_bool(&visit->view, "may_act", front_visit_may(roles, FRONT_TASK_TAKE));
    base_json_put_bool(&visit->view, "is_bound", visit->request->identity.department[0] != '\0');
    bool is_unsure = visit->request->is_post && batch == NULL;

    base_json_put_text(&visit->view, "unsure", !is_unsure ? NULL : *front_visit_field(visit, "confirm") == '\0' ? "confirm" : "taken");
    base_json_put_text(&visit->view, "opinion", is_act(visit, "approve") || is_act(visit, "reject") ? front_visit_field(visit, "act") : NULL);
    put_rows(visit, base_json_member(tasks->json, "items"), is_unsure);
    put_queries(visit, base_json_member_text(tasks->json, "next_cursor"));
    put_result(visit);
    put_key(visit);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    visit->link = "/worklist";
    front_visit_render(visit, is_unsure ? 422 : batch == NULL ? 200 : batch->status, "worklist");
}

static void ask_lists(struct front_visit *visit)
{
    const char *department = front_visit_query(visit, "department"), *state = front_visit_query(visit, "state");
    struct base_buffer query = {0}, of = {0};
    bool is_bound = visit->request->identity.department[0] != '\0';

    put_filters(&query, visit);
    front_page_put_pair(&query, "cursor", front_visit_query(visit, "cursor"));
    if (state != NULL && front_visit_query(visit, "queue") == NULL)
        front_page_put_pair(&query, "queue", "worklist"); /* due first; without a state the choice shows a connector's tasks, too */
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST, .name = "departments", .query = "limit=200"});
    front_page_put_pair(&of, "department", department != NULL ? department : is_bound ? visit->request->identity.department : NULL);
    if (of.size > 0)
        front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_MATTER_LIST, .name = "matters", .query = base_buffer_text(&of)});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_TASK_LIST, .name = "tasks", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    base_buffer_fini(&of);
}

void front_page_worklist(struct front_visit *visit)
{
    ask_lists(visit);
    front_visit_go(visit, show_step);
}

/* -- One act on several -- */

/* The act of the button, and what goes with it. False: there is no such button. */
static bool put_act(struct base_buffer *body, struct front_visit *visit)
{
    static const char *const plain[] = {"claim", "release", "take", "approve", "reject", "ask"};
    const char *act = front_visit_field(visit, "act"), *text = front_visit_field(visit, "text");
    bool is_opinion = strcmp(act, "approve") == 0 || strcmp(act, "reject") == 0, is_known = false;

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        is_known = is_known || strcmp(plain[i], act) == 0;
    base_json_put_text(body, "act", is_opinion ? "opinion" : act);
    base_json_open(body, "with", '{');
    if (is_opinion)
        base_json_put_text(body, "opinion", act);
    if (strcmp(act, "reject") == 0)
        front_page_put_lines(body, "reasons", text);
    else if (strcmp(act, "ask") == 0)
        base_json_put_text(body, "text", text);
    else if (strcmp(act, "release") == 0 && *text != '\0')
        base_json_put_text(body, "reason", text);
    base_json_close(body, '}');
    return is_known;
}

/* Ticked boxes "t.<task>", whose values are the state and the tag that the page showed: what changed since is refused. A
 * consent, which nobody can take back, goes to what was taken alone. *count: how many go. */
static void put_tasks(struct base_buffer *body, struct front_visit *visit, size_t *count)
{
    bool is_consent = is_act(visit, "approve");

    *count = 0;
    base_json_open(body, "tasks", '[');
    for (const struct base_json *item = base_json_first(visit->form); item != NULL; item = base_json_next(item)) {
        const char *name = base_json_key(item), *value = base_json_text(item);

        if (strncmp(name, "t.", 2) != 0 || value == NULL || *value == '\0' || (is_consent && strncmp(value, "accepted ", 9) != 0))
            continue;
        const char *space = strchr(value, ' '), *tag = space != NULL ? space + 1 : value;
        (*count)++;
        base_json_open(body, NULL, '{');
        base_json_put_text(body, "id", name + 2);
        base_json_put_text(body, "if_match", tag);
        base_json_close(body, '}');
    }
    base_json_close(body, ']');
}

static void sent_step(struct front_visit *visit)
{
    const struct front_visit_ask *batch = front_visit_find(visit, "batch");

    if (!front_visit_is_fine(batch) && batch->status != 422) {
        front_visit_problem(visit, batch);
        return;
    }
    ask_lists(visit);
    front_visit_go(visit, show_step);
}

void front_page_worklist_sent(struct front_visit *visit)
{
    const char *key = front_visit_field(visit, "key");
    struct base_buffer body = {0};
    size_t count;

    base_json_open(&body, NULL, '{');
    bool is_fine = put_act(&body, visit) && is_key(key);
    put_tasks(&body, visit, &count);
    base_json_close(&body, '}');
    if (is_fine && is_act(visit, "approve") && (*front_visit_field(visit, "confirm") == '\0' || count == 0)) {
        front_page_worklist(visit); /* asked first, or nothing that was taken */
    } else if (is_fine) {
        front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_TASK_BATCH, .name = "batch", .body = base_buffer_text(&body),
                                                          .body_size = body.size, .idempotency_key = key});
        front_visit_go(visit, sent_step);
    } else {
        front_visit_refuse(visit, 400, "malformed");
    }
    base_buffer_fini(&body);
}
