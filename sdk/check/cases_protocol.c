/* SPDX-License-Identifier: Apache-2.0 */
/* What a remote connector must bear from the line between it and the hub. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "check/suite.h"
#include "check/verdict.h"

/* The hub forgets the session: every request is stale until another hello. */
static void lost_session(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    check_add_sound(hub);
    if (!check_hub_settle(hub))
        check_hub_must_live(hub);
    check_hub_nudge(hub);
    check_hub_lose(hub);
    hub->epoch++;
    hub->is_greeted = hub->is_ready = false;
    hub->poll_id = hub->poll_ack = hub->seq = 0;
    hub->item_count = hub->sent_count = 0;
    base_buffer_clear(&hub->items);
    for (int i = 0; i < 500 && !hub->is_ready && !hub->is_lost; i++)
        hub->peer->wait(hub, 20);
    if (!hub->is_ready)
        check_fail("when the hub says that the session is stale, say hello again with a new instance (protocol.md)",
                   "it did not say hello again within 10 s after its session was lost");
    check_must_finish(hub, "after its session was lost");
}

/* The answers to its next requests are lost: the poll with the offer in it, and the first report. */
static void lost_answers(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    for (unsigned lost = 1; lost <= 3; lost++) {
        while (hub->poll_id == 0 && !hub->is_lost)
            hub->peer->wait(hub, 20);
        hub->loses_answers = lost;
        check_add_sound(hub);
        check_must_finish(hub, "after answers were lost");
    }
}

/* Members and items that a later hub may send. */
static void unknown_members(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    check_hub_item(hub, BASE_ITEM_TIME, 0, "{\"now_ms\":1,\"later\":{\"than\":\"today\"}}");
    if (!check_hub_settle(hub))
        check_hub_must_live(hub);
    check_add_sound(hub);
    check_must_finish(hub, "after an item that it does not know");
}

const struct check_case check_protocol_cases[] = {
    {"protocol.lost-session", "says hello again when its session is lost", CHECK_FOR_REMOTE, lost_session},
    {"protocol.lost-answer", "asks again when an answer is lost", CHECK_FOR_REMOTE, lost_answers},
    {"protocol.unknown", "passes over what it does not know", CHECK_FOR_REMOTE, unknown_members},
    {.name = NULL},
};
