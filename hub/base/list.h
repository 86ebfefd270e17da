/* SPDX-License-Identifier: Apache-2.0 */
/* Doubly linked ring through a node embedded in the element. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct base_list {
    struct base_list *next, *prev;
};

#define BASE_LIST_ENTRY(node, type, field) ((type *)(void *)((char *)(node) - offsetof(type, field)))

static inline void base_list_init(struct base_list *list)
{
    list->next = list->prev = list;
}

static inline bool base_list_is_empty(const struct base_list *list)
{
    return list->next == list;
}

static inline void base_list_append(struct base_list *list, struct base_list *node)
{
    node->prev = list->prev;
    node->next = list;
    list->prev->next = node;
    list->prev = node;
}

/* Leaves node as an empty list, so that removing it twice is harmless. */
static inline void base_list_remove(struct base_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    base_list_init(node);
}

#endif
