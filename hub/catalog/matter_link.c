/* SPDX-License-Identifier: Apache-2.0 */
/* `after` of all matters: names to matters, and cycles. Linear: each matter is
 * entered once, each edge walked once. */
#include <stdio.h>
#include <string.h>

#include "catalog/loading.h"

enum visit { VISIT_NONE = 0, VISIT_OPEN, VISIT_DONE };

/* The walk's own stack, so that a long chain does not need the thread's. */
struct walk {
    uint8_t *visits;      /* per matter: enum visit */
    uint32_t *path;       /* the open matters, root first */
    uint32_t *edges;      /* per path entry: the next of its `after` */
    size_t depth;
};

static void after_link(struct catalog_loading *loading, struct catalog_matter *matter)
{
    const struct catalog_names *names = &loading->after[matter->index];
    struct catalog_spot list_spot = {NULL, "after", 0};

    if (names->count == 0)
        return;
    const struct catalog_matter **after = catalog_take(loading, names->count * sizeof(*after));
    if (after == NULL)
        return;
    loading->item = &loading->items[CATALOG_ITEM_MATTER].at[loading->item_of[CATALOG_ITEM_MATTER][matter->index]];
    for (size_t i = 0; i < names->count; i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        if (names->at[i] == NULL)
            continue;
        uint32_t at = catalog_index_find(&loading->catalog->matter_index, names->at[i]);
        if (at == CATALOG_INDEX_NONE)
            catalog_report_unknown(loading, &spot, "matter", names->at[i], &loading->catalog->matter_index);
        else
            after[matter->after_count++] = &loading->catalog->matters[at];
    }
    matter->after = after;
}

/* The path from the entry that is met again to its end and back: "a -> b -> a". */
static void cycle_report(struct catalog_loading *loading, const struct walk *walk, uint32_t again)
{
    const struct catalog_matter *matters = loading->catalog->matters;
    const struct catalog_spot spot = {NULL, "after", 0};
    char names[400];
    size_t first = 0, used = 0;

    while (walk->path[first] != again)
        first++;
    for (size_t i = first; i < walk->depth && used < sizeof(names); i++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s -> ", matters[walk->path[i]].id);
    loading->item = &loading->items[CATALOG_ITEM_MATTER].at[loading->item_of[CATALOG_ITEM_MATTER][walk->path[walk->depth - 1]]];
    catalog_report(loading, &spot, "\"after\" goes in a circle: %s%s; remove one of these", names, matters[again].id);
}

static void matter_enter(struct walk *walk, uint32_t matter)
{
    walk->visits[matter] = VISIT_OPEN;
    walk->path[walk->depth] = matter;
    walk->edges[walk->depth++] = 0;
}

static void cycles_from(struct catalog_loading *loading, struct walk *walk, uint32_t root)
{
    matter_enter(walk, root);
    while (walk->depth > 0) {
        const struct catalog_matter *top = &loading->catalog->matters[walk->path[walk->depth - 1]];
        uint32_t edge = walk->edges[walk->depth - 1]++;

        if (edge == top->after_count) {
            walk->visits[top->index] = VISIT_DONE;
            walk->depth--;
            continue;
        }
        uint32_t next = top->after[edge]->index;
        if (walk->visits[next] == VISIT_OPEN)
            cycle_report(loading, walk, next);
        else if (walk->visits[next] == VISIT_NONE)
            matter_enter(walk, next);
    }
}

void catalog_matters_link(struct catalog_loading *loading)
{
    size_t count = loading->catalog->matter_index.count;
    struct walk walk = {
        .visits = base_alloc(count),
        .path = base_alloc(count * sizeof(*walk.path)),
        .edges = base_alloc(count * sizeof(*walk.edges)),
    };

    if (walk.visits == NULL || walk.path == NULL || walk.edges == NULL)
        loading->rc = OD_ENOMEM;
    for (size_t i = 0; i < count && loading->rc == OD_OK; i++)
        after_link(loading, &loading->catalog->matters[i]);
    for (uint32_t i = 0; i < count && loading->rc == OD_OK; i++) {
        if (walk.visits[i] == VISIT_NONE)
            cycles_from(loading, &walk, i);
    }
    base_free(walk.visits);
    base_free(walk.path);
    base_free(walk.edges);
}
