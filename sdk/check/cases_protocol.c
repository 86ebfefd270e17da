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
    hub->item_count = 0;
    base_buffer_clear(&hub->items);
    for (int i = 0; i < 500 && !hub->is_ready && !hub->is_lost; i++)
        hub->peer->wait(hub, 20);
    if (!hub->is_ready)
        check_fail("when the hub says that the session is stale, say hello again with a new instance (protocol.md)",
                   "it did not say hello again within 10 s after its session was lost");
    check_must_finish(hub, "after its session was lost");
}

/* The same items come twice, as after a lost reply: seq tells. */
static void items_again(struct check_hub *hub, const struct check_context *context)
{
    struct base_buffer kept = {0};

    (void)context;
    check_hub_start(hub);
    struct check_task *task = check_add_sound(hub);
    uint64_t handle = task->handle;
    struct base_buffer payload = {0};

    while (hub->poll_id == 0 && !hub->is_lost)
        hub->peer->wait(hub, 20);
    check_book_put(&hub->book, task, "test.check", hub->now_ms, &payload);
    check_hub_item(hub, BASE_ITEM_OFFER, handle, base_buffer_text(&payload));
    base_buffer_put(&kept, hub->items.bytes, hub->items.size);
    check_hub_deliver(hub);
    while (hub->poll_id == 0 && !hub->is_lost)
        hub->peer->wait(hub, 20);
    base_buffer_put(&hub->items, kept.bytes, kept.size);
    hub->item_count++;
    check_hub_deliver(hub);
    base_buffer_fini(&kept);
    base_buffer_fini(&payload);
    check_must_finish(hub, "after the same item came twice");
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
    {"protocol.items-again", "takes each item once, though it comes twice", CHECK_FOR_REMOTE, items_again},
    {"protocol.unknown", "passes over what it does not know", CHECK_FOR_REMOTE, unknown_members},
    {.name = NULL},
};
