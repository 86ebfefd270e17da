/* SPDX-License-Identifier: Apache-2.0 */
#include "front/deadline.h"

#include <assert.h>

static void arm(struct front_clock *clock);

/* Entries that end while others are called are met in the same round; nothing that a
 * callback starts can end in it, because every length is > 0. */
static void on_timer(uv_timer_t *timer)
{
    struct front_clock *clock = timer->data;
    uint64_t now_ms = uv_now(timer->loop);

    clock->armed_ms = UINT64_MAX;
    for (unsigned kind = 1; kind < FRONT_CLOCK_KINDS_MAX; kind++) {
        struct base_list *list = &clock->kinds[kind].list;

        while (!base_list_is_empty(list)) {
            struct front_deadline *first =
                BASE_LIST_ENTRY(list->next, struct front_deadline, node);
            if (first->at_ms > now_ms)
                break;
            front_deadline_stop(first);
            clock->kinds[kind].on_deadline(first);
        }
    }
    arm(clock);
}

static void arm_at(struct front_clock *clock, uint64_t at_ms)
{
    uint64_t now_ms = uv_now(clock->timer.loop);

    if (at_ms >= clock->armed_ms || uv_is_closing((uv_handle_t *)&clock->timer))
        return;
    clock->armed_ms = at_ms;
    int rc = uv_timer_start(&clock->timer, on_timer, at_ms > now_ms ? at_ms - now_ms : 0, 0);
    assert(rc == 0);
    (void)rc;
}

static void arm(struct front_clock *clock)
{
    for (unsigned kind = 1; kind < FRONT_CLOCK_KINDS_MAX; kind++) {
        struct base_list *list = &clock->kinds[kind].list;

        if (!base_list_is_empty(list))
            arm_at(clock, BASE_LIST_ENTRY(list->next, struct front_deadline, node)->at_ms);
    }
}

void front_clock_init(struct front_clock *clock, uv_loop_t *loop)
{
    int rc = uv_timer_init(loop, &clock->timer);

    assert(rc == 0);
    (void)rc;
    clock->timer.data = clock;
    clock->armed_ms = UINT64_MAX;
    for (unsigned kind = 0; kind < FRONT_CLOCK_KINDS_MAX; kind++)
        base_list_init(&clock->kinds[kind].list);
}

void front_clock_kind_set(struct front_clock *clock, unsigned kind, uint32_t length_ms,
                          front_deadline_cb on_deadline)
{
    assert(kind > 0);
    assert(kind < FRONT_CLOCK_KINDS_MAX);
    assert(length_ms > 0);
    clock->kinds[kind].length_ms = length_ms;
    clock->kinds[kind].on_deadline = on_deadline;
}

void front_deadline_start(struct front_clock *clock, struct front_deadline *deadline,
                          unsigned kind)
{
    assert(clock->kinds[kind].length_ms > 0);
    front_deadline_stop(deadline);
    deadline->kind = kind;
    deadline->at_ms = uv_now(clock->timer.loop) + clock->kinds[kind].length_ms;
    base_list_append(&clock->kinds[kind].list, &deadline->node);
    arm_at(clock, deadline->at_ms);
}

void front_deadline_stop(struct front_deadline *deadline)
{
    if (deadline->kind == 0)
        return;
    base_list_remove(&deadline->node);
    deadline->kind = 0;
}
