/* SPDX-License-Identifier: Apache-2.0 */
/* Lives of decided applications, read from a store that a hub has filled: the bytes that
 * the floor puts through SQLite once more. */
#ifndef BENCH_FLOOR_LIFE_H
#define BENCH_FLOOR_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#define LIFE_STAGES_MAX 32
#define LIFE_TASKS_MAX 64
#define LIVES_MAX 512

struct life_bytes {
    void *bytes; /* owned */
    int size;
};

/* One write of one application. */
struct life_stage {
    struct life_bytes record;
    uint64_t opined;  /* tasks whose owed row goes */
    int state_size;   /* of the row: it grows by an opinion's text each time */
};

struct life {
    struct life_stage stages[LIFE_STAGES_MAX]; /* [0] is the intake */
    int stage_count, task_count;
    struct life_bytes document, hash, salt, state;
    int64_t wake, due_day; /* while it is open */
    int status, service;   /* status when it ended */
};

/* Up to LIVES_MAX of the newest decided applications of db. Returns how many. */
int lives_read(sqlite3 *db, struct life *lives);
void lives_free(struct life *lives, int count);

#endif
