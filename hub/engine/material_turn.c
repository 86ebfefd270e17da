/* SPDX-License-Identifier: Apache-2.0 */
/* Who hands in a document reads in the pool which numbers were given, and gives the next: in turn, so that none is given twice and the
 * limit holds. */
#include "engine/material.h"

static bool is_first(const struct engine_materials *materials, const struct engine_turn *turn)
{
    const struct base_list *node = materials->turns.next;

    while (BASE_LIST_ENTRY(node, struct engine_turn, node)->application != turn->application)
        node = node->next;
    return node == &turn->node;
}

static struct engine_turn *next_of(const struct engine_materials *materials)
{
    for (struct base_list *node = materials->turns.next; node != &materials->turns; node = node->next) {
        struct engine_turn *turn = BASE_LIST_ENTRY(node, struct engine_turn, node);

        if (!turn->has_begun && is_first(materials, turn))
            return turn;
    }
    return NULL;
}

/* One may be over before it returns: the next begins here, not inside it. */
static void go_on(struct engine *engine)
{
    struct engine_materials *materials = engine->materials;
    struct engine_turn *turn;

    if (materials->is_turning)
        return;
    materials->is_turning = true;
    while ((turn = next_of(materials)) != NULL) {
        turn->has_begun = true;
        turn->on_turn(engine, turn->data);
    }
    materials->is_turning = false;
}

void engine_turn_take(struct engine *engine, struct engine_turn *turn)
{
    base_list_append(&engine->materials->turns, &turn->node);
    go_on(engine);
}

void engine_turn_end(struct engine *engine, struct engine_turn *turn)
{
    if (turn->on_turn == NULL)
        return;
    base_list_remove(&turn->node);
    turn->on_turn = NULL;
    go_on(engine);
}
