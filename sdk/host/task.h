/* SPDX-License-Identifier: Apache-2.0 */
/* The tasks in the module's hand. A handle is a slot's number and its generation, so
 * that a stale one is recognised; a second index finds the slot by the hub's own
 * handle. Plugin's thread only. No I/O.
 *
 *   OFFERED -> ACCEPTED <-> PAUSED | WAITING; any of them -> CANCELLING; any -> ANSWERED -> removed
 */
#ifndef HOST_TASK_H
#define HOST_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>
#include <onedoor/plugin.h>

#define HOST_TASKS_MAX (1u << 28)

struct host_task {
    uint64_t wire;        /* the hub's handle; 0 = the slot is free */
    uint64_t end_report;  /* id of the report that ended it, while ANSWERED */
    uint64_t ref_hash;    /* of the external_ref it was accepted under */
    void *data;           /* the module's */
    uint32_t index;       /* of this slot */
    uint32_t generation;  /* from 1 */
    uint32_t timer_first; /* HOST_TIMER_NONE, or the first of its timers (timer.h) */
    uint8_t state;        /* enum od_task_state */
    uint8_t state_before; /* where a refused end takes it back to */
    uint8_t end;          /* enum od_report, while ANSWERED */
    bool is_accepted;     /* the department has it */
};

/* Zero it to initialise. */
struct host_tasks {
    struct host_task *slots; /* owned; free ones are chained through timer_first */
    size_t slot_count, slot_room;
    uint32_t free_first; /* slot + 1, 0 = none */
    uint32_t *places;    /* owned: open addressing by wire handle; slot + 1, 0 = empty */
    size_t place_count;  /* power of two, or 0 */
    size_t count;        /* tasks held */
};

void host_tasks_fini(struct host_tasks *tasks);

/* wire != 0 and not held. *out is borrowed until the next add.
 * Errors: OD_ENOMEM, OD_ELIMIT (nothing changed). */
OD_MUST_CHECK int host_tasks_add(struct host_tasks *tasks, uint64_t wire, enum od_task_state state,
                                 struct host_task **out);

od_task host_task_handle(const struct host_task *task);

/* NULL = stale or never given. Borrowed until the next add. */
struct host_task *host_tasks_find(const struct host_tasks *tasks, od_task handle);
struct host_task *host_tasks_find_wire(const struct host_tasks *tasks, uint64_t wire);

/* Every handle of it is stale from now on. */
void host_tasks_remove(struct host_tasks *tasks, struct host_task *task);

/* The held task in the slot after that of handle (0 = the first), or NULL; handle may be stale. */
struct host_task *host_tasks_next(const struct host_tasks *tasks, od_task handle);

#endif
