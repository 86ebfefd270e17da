/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to applicants, and one of them: how far it came, and sent once more. */
#include "front/pages_act.h"

#include <string.h>

static const char *const filters[] = {"state"};

static void put_query(struct base_buffer *query, struct front_visit *visit, const char *cursor)
{
    front_page_put_pair(query, filters[0], front_visit_query(visit, filters[0]));
    front_page_put_pair(query, "cursor", cursor);
}

static void messages_step(struct front_visit *visit)
{
    static const char *const states[] = {"failed", "waiting", "resting", "offered", "accepted", "sent", "delivered", "cancelled", "new"};
    const struct front_visit_ask *messages = front_visit_find(visit, "messages");

    if (!front_visit_is_fine(messages)) {
        front_visit_problem(visit, messages);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    front_page_put_words(&visit->view, "states", states, sizeof(states) / sizeof(states[0]), front_visit_query(visit, "state"));
    front_page_put_filters(visit, "/messages", filters, sizeof(filters) / sizeof(filters[0]), base_json_member_text(messages->json, "next_cursor"));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, 200, "messages");
}

void front_page_messages(struct front_visit *visit)
{
    struct base_buffer query = {0};

    put_query(&query, visit, front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_MESSAGE_LIST, .name = "messages", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, messages_step);
}

/* -- One -- */

static void message_step(struct front_visit *visit)
{
    const struct front_visit_ask *message = front_visit_find(visit, "message"), *act = front_visit_find(visit, "act");
    const char *state = base_json_member_text(message->json, "state");
    bool may_retry = state != NULL && (strcmp(state, "failed") == 0 || strcmp(state, "waiting") == 0 || strcmp(state, "resting") == 0 ||
                                       strcmp(state, "cancelled") == 0);

    if (!front_visit_is_fine(message)) {
        front_visit_problem(visit, message);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    base_json_put_bool(&visit->view, "may_retry", may_retry);
    base_json_put_text(&visit->view, "fault", act != NULL ? base_json_member_text(act->json, "detail") : NULL);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, act == NULL ? 200 : act->status, "message");
}

void front_page_message(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_MESSAGE_SHOW, .name = "message", .param = visit->params[0]});
    front_visit_go(visit, message_step);
}

void front_page_message_sent(struct front_visit *visit)
{
    static const struct front_act rows[] = {{.verb = "retry", .route = FRONT_MESSAGE_RETRY}};
    static const struct front_acts acts = {.base = "/messages/", .rows = rows, .count = 1, .show = front_page_message};

    front_act_sent(visit, &acts);
}
