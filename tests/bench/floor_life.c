/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/floor_life.h"

#include <stdlib.h>
#include <string.h>

#define TEXTS 4            /* of a task in a row: reason, reference, opinion, note */
#define TEXT_OPINION 2

static struct life_bytes column_copy(sqlite3_stmt *row, int column)
{
    struct life_bytes copy = {.size = sqlite3_column_bytes(row, column)};

    copy.bytes = malloc((size_t)copy.size + 1);
    if (copy.bytes == NULL)
        abort();
    memcpy(copy.bytes, sqlite3_column_blob(row, column), (size_t)copy.size);
    ((char *)copy.bytes)[copy.size] = '\0';
    return copy;
}

/* Tasks that an opinion in this record ends: {"type":"opined",...,"task":3,...}. */
static uint64_t opined_tasks(const char *record)
{
    uint64_t tasks = 0;

    for (const char *at = record; (at = strstr(at, "\"type\":\"opined\"")) != NULL; at++) {
        const char *task = strstr(at, "\"task\":");

        if (task != NULL)
            tasks |= UINT64_C(1) << (atoi(task + 7) & 63);
    }
    return tasks;
}

static int u16_at(const uint8_t *bytes)
{
    return bytes[0] | bytes[1] << 8;
}

/* Bytes of each task's opinion in a row; the layout is that of hub/engine/row.c. */
static void opinion_sizes(const struct life *life, int sizes[LIFE_TASKS_MAX])
{
    const uint8_t *at = life->state.bytes, *end = at + life->state.size;

    at += 1 + 16;
    at += 2 + u16_at(at); /* service */
    at += 2 + u16_at(at); /* packed core */
    for (int i = 0; i < life->task_count * TEXTS && at + 4 <= end; i++) {
        uint32_t size;

        memcpy(&size, at, 4);
        at += 4 + size;
        if (i % TEXTS == TEXT_OPINION)
            sizes[i / TEXTS] = (int)size;
    }
}

static void state_sizes_set(struct life *life)
{
    int sizes[LIFE_TASKS_MAX] = {0}, size = life->state.size;

    opinion_sizes(life, sizes);
    for (int stage = life->stage_count - 1; stage >= 0; stage--) {
        life->stages[stage].state_size = size;
        for (int task = 0; task < life->task_count; task++)
            size -= life->stages[stage].opined >> task & 1 ? sizes[task] : 0;
    }
}

/* The records of one application, newest first in the file, oldest first here. */
static void stages_read(sqlite3_stmt *journal, int64_t seq, struct life *life)
{
    struct life_stage newest_first[LIFE_STAGES_MAX];
    int count = 0;

    while (seq != 0 && count < LIFE_STAGES_MAX) {
        sqlite3_bind_int64(journal, 1, seq);
        if (sqlite3_step(journal) != SQLITE_ROW)
            abort();
        newest_first[count] = (struct life_stage){.record = column_copy(journal, 0)};
        newest_first[count].opined = opined_tasks(newest_first[count].record.bytes);
        seq = sqlite3_column_int64(journal, 1);
        sqlite3_reset(journal);
        count++;
    }
    uint64_t tasks = 0;
    for (int i = 0; i < count; i++) {
        life->stages[i] = newest_first[count - 1 - i];
        tasks |= life->stages[i].opined;
    }
    life->stage_count = count;
    life->task_count = __builtin_popcountll(tasks);
    state_sizes_set(life);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        abort();
    return statement;
}

int lives_read(sqlite3 *db, struct life *lives)
{
    sqlite3_stmt *rows = prepare(db, "SELECT a.service, a.status, a.due_day, a.last_seq, a.state, d.body, d.hash, d.salt"
                                     " FROM application AS a JOIN document AS d ON d.application = a.id"
                                     " WHERE a.status = 3 ORDER BY a.id DESC LIMIT ?1");
    sqlite3_stmt *journal = prepare(db, "SELECT record, prev_seq FROM journal WHERE seq = ?1");
    int count = 0;

    sqlite3_bind_int(rows, 1, LIVES_MAX);
    while (count < LIVES_MAX && sqlite3_step(rows) == SQLITE_ROW) {
        struct life *life = &lives[count++];

        *life = (struct life){.service = sqlite3_column_int(rows, 0), .status = sqlite3_column_int(rows, 1),
                              .due_day = sqlite3_column_int64(rows, 2), .state = column_copy(rows, 4),
                              .document = column_copy(rows, 5), .hash = column_copy(rows, 6), .salt = column_copy(rows, 7)};
        life->wake = (life->due_day + 1) * 1440;
        stages_read(journal, sqlite3_column_int64(rows, 3), life);
    }
    sqlite3_finalize(rows);
    sqlite3_finalize(journal);
    return count;
}

void lives_free(struct life *lives, int count)
{
    for (int i = 0; i < count; i++) {
        for (int stage = 0; stage < lives[i].stage_count; stage++)
            free(lives[i].stages[stage].record.bytes);
        free(lives[i].document.bytes);
        free(lives[i].hash.bytes);
        free(lives[i].salt.bytes);
        free(lives[i].state.bytes);
    }
}
