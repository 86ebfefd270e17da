/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence, for everyone: the key by which the hub signs, its checkpoints, and how to verify what it gave. */
#include "front/pages_rows.h"

static void evidence_step(struct front_visit *visit)
{
    const struct front_visit_ask *key = front_visit_find(visit, "evidence"), *list = front_visit_find(visit, "checkpoints");
    const char *cursor = base_json_member_text(list->json, "next_cursor");
    struct base_buffer next = {0};

    if (!front_visit_is_fine(key) || !front_visit_is_fine(list)) {
        front_visit_problem(visit, front_visit_is_fine(key) ? list : key);
        return;
    }
    front_page_put_pair(&next, "cursor", cursor);
    base_json_open(&visit->view, NULL, '{');
    base_json_put_text(&visit->view, "next", cursor != NULL ? base_buffer_text(&next) : NULL);
    base_json_close(&visit->view, '}');
    base_buffer_fini(&next);
    front_visit_render(visit, 200, "evidence");
}

void front_page_evidence(struct front_visit *visit)
{
    struct base_buffer query = {0};

    base_buffer_put_text(&query, "limit=20&");
    front_page_put_pair(&query, "cursor", front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_EVIDENCE_KEY, .name = "evidence"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CHECKPOINT_LIST, .name = "checkpoints", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, evidence_step);
}
