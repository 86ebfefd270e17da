/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/statistics/repair: the statistics become what the journal gives, while the hub works.
 *
 *   repair -> recount -> [each piece: a record and its rows, one transaction] -> recount -> ... until it finds nothing
 *
 * A row is changed by what it is short of at the moment of the recount: what is counted meanwhile is added to it as ever, so
 * both are right in any order. Only of a greatest that is too great nothing can be taken off: it is set, and the recount that
 * follows finds what the meantime would have raised it to. Nothing is kept of how far a repair is: after a kill the next one
 * counts anew, and what was put right differs no more. */
#include "engine/statistics.h"

#include <stdio.h>
#include <string.h>

#define ROWS_MAX 100     /* of one transaction, each named in its record */
#define ROUNDS_MAX 4     /* recounts that may find something */
#define REASON_MAX 1000  /* bytes */

enum repair_state { REPAIR_NONE = 0, REPAIR_COUNTING, REPAIR_WRITING, REPAIR_DONE, REPAIR_REFUSED, REPAIR_FAILED };

struct engine_repair {
    enum repair_state state;
    int rc;                         /* FAILED: why; OD_OK = there is no end to the differences */
    char by[BASE_ID_MAX + 1], reason[REASON_MAX + 1];
    int64_t started_ms, ended_ms;   /* wall; ended 0 = not yet */
    unsigned round;                 /* recounts that found something */
    uint64_t rows;                  /* put right, durable */
    unsigned level;                 /* of the recount: the first row that was not looked at yet, */
    uint32_t at;
    unsigned level_next;            /* and the first behind the piece that is under way, */
    uint32_t at_next, piece;        /* of so many rows */
};

void engine_repair_destroy(struct engine_repair *repair)
{
    base_free(repair);
}

bool engine_repair_is_running(const struct engine *engine)
{
    return engine->repair != NULL && (engine->repair->state == REPAIR_COUNTING || engine->repair->state == REPAIR_WRITING);
}

void engine_repair_put(struct base_buffer *body, const struct engine *engine)
{
    static const char *const states[] = {"none", "counting", "writing", "done", "refused", "failed"};
    const struct engine_repair *repair = engine->repair;

    if (repair == NULL)
        return;
    base_json_open(body, "repair", '{');
    base_json_put_text(body, "state", states[repair->state]);
    base_json_put_text(body, "by", repair->by);
    base_json_put_text(body, "reason", repair->reason);
    engine_put_ms(body, "started_at", repair->started_ms);
    engine_put_ms(body, "ended_at", repair->ended_ms);
    base_json_put_i64(body, "recounts", (int64_t)repair->round + 1);
    base_json_put_i64(body, "corrected", (int64_t)repair->rows);
    if (repair->state == REPAIR_FAILED)
        base_json_put_text(body, "error", repair->rc != OD_OK ? base_error_text(repair->rc) : "sums differ again and again");
    base_json_close(body, '}');
}

static void end(struct engine *engine, enum repair_state state, int rc)
{
    engine->repair->state = state;
    engine->repair->rc = rc;
    engine->repair->ended_ms = engine->now.ms;
    base_log(BASE_LOG_INFO, "repair of the statistics: %s, %llu rows put right", state == REPAIR_DONE ? "done" : "ended before it was done",
             (unsigned long long)engine->repair->rows);
}

/* -- One piece -- */

static struct store_correction correction_of(const struct engine_recount_sum *sum, unsigned level)
{
    struct store_correction correction = {.row = sum->kept, .is_sum = level == ENGINE_RECOUNT_SUMS};
    bool is_greatest = engine_measure_is_greatest(sum->kept.measure);

    correction.row.is_greatest = is_greatest;
    correction.is_set = is_greatest && sum->counted < sum->kept.delta;
    correction.row.delta = is_greatest ? sum->counted : sum->counted - sum->kept.delta;
    return correction;
}

/* The next rows that differ, from where the repair is on; as many as the piece may hold. */
static uint32_t gather(struct engine *engine, struct store_correction rows[ROWS_MAX], struct base_buffer *told)
{
    struct engine_repair *repair = engine->repair;
    uint32_t count = 0, at = repair->at;

    for (repair->level_next = repair->level; repair->level_next < ENGINE_RECOUNT_LEVELS && count < ROWS_MAX;) {
        const struct engine_recount_table *table = &engine->recount->tables[repair->level_next];

        for (; at < table->count && count < ROWS_MAX; at++) {
            if (table->items[at].kept.delta == table->items[at].counted)
                continue;
            rows[count++] = correction_of(&table->items[at], repair->level_next);
            engine_recount_put_difference(told, engine, (enum engine_recount_level)repair->level_next, &table->items[at]);
        }
        if (at == table->count) {
            repair->level_next++;
            at = 0;
        }
    }
    repair->at_next = at;
    return count;
}

static void write_on(struct engine *engine);

static void count_again(struct engine *engine)
{
    engine->repair->state = REPAIR_COUNTING;
    int rc = engine_recount_start(engine, NULL);
    if (rc != OD_OK)
        end(engine, REPAIR_FAILED, rc);
}

static void on_durable(struct engine *engine, void *data, int rc)
{
    struct engine_repair *repair = data;

    if (rc != OD_OK || engine->is_stopping) {
        end(engine, REPAIR_FAILED, rc != OD_OK ? rc : OD_ECANCELLED);
        return;
    }
    repair->rows += repair->piece;
    repair->level = repair->level_next;
    repair->at = repair->at_next;
    write_on(engine);
}

/* The record with its rows, in the batch being filled. */
static int put_piece(struct engine *engine, const struct store_correction *rows, const struct base_buffer *told)
{
    struct engine_repair *repair = engine->repair;
    struct store_batch *batch = engine->filling->store;
    struct base_buffer data = {0};

    base_json_open(&data, NULL, '{');
    base_json_put_text(&data, "reason", repair->reason);
    base_json_put_i64(&data, "journal_seq", (int64_t)engine->recount->journal_seq);
    base_json_put_i64(&data, "recount", (int64_t)repair->round);
    base_json_put_raw(&data, "rows", told->bytes, told->size);
    base_json_close(&data, '}');
    struct store_correction *kept = base_arena_take(&batch->arena, repair->piece * sizeof(*kept));
    int rc = kept == NULL || data.is_broken ? OD_ENOMEM : engine_journal_put(engine, "statistics_repaired", repair->by, base_buffer_text(&data));
    base_buffer_fini(&data);
    if (rc != OD_OK)
        return rc;
    memcpy(kept, rows, repair->piece * sizeof(*kept));
    batch->writes[batch->count - 1].corrections = kept;
    batch->writes[batch->count - 1].correction_count = repair->piece;
    return OD_OK;
}

/* Where a batch is full the piece waits for the next one. */
static void write_on(struct engine *engine)
{
    struct store_correction rows[ROWS_MAX];
    struct engine_repair *repair = engine->repair;
    struct engine_batch_mark mark = engine_batch_mark(engine);
    struct base_buffer told = {0};
    int rc = OD_OK;

    base_json_open(&told, NULL, '[');
    repair->piece = gather(engine, rows, &told);
    base_json_close(&told, ']');
    if (repair->piece == 0) {
        base_buffer_fini(&told);
        count_again(engine);
        return;
    }
    if (told.is_broken)
        rc = OD_ENOMEM;
    else if (engine_batch_has_room(engine))
        rc = put_piece(engine, rows, &told);
    else
        repair->piece = 0, repair->level_next = repair->level, repair->at_next = repair->at;
    base_buffer_fini(&told);
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_durable, .data = repair});
    if (rc != OD_OK) {
        engine_batch_back(engine, mark);
        end(engine, REPAIR_FAILED, rc);
    }
}

void engine_repair_go_on(struct engine *engine)
{
    const struct engine_recount *recount = engine->recount;
    struct engine_repair *repair = engine->repair;

    if (recount->state == ENGINE_RECOUNT_FAILED) {
        end(engine, REPAIR_FAILED, recount->rc);
    } else if (recount->unreadable > 0 || recount->unreadable_own > 0) {
        end(engine, REPAIR_REFUSED, OD_OK); /* what cannot be read would be taken out of the figures */
    } else if (recount->differences == 0) {
        end(engine, REPAIR_DONE, OD_OK);
    } else if (repair->round == ROUNDS_MAX) {
        end(engine, REPAIR_FAILED, OD_OK);
    } else {
        repair->round++;
        repair->state = REPAIR_WRITING;
        repair->level = repair->at = 0;
        write_on(engine);
    }
}

/* -- POST /v1/statistics/repair -- */

static int begin(struct engine *engine, const struct front_request *request, const char *reason)
{
    struct engine_repair *repair = base_alloc(sizeof(*repair));

    if (repair == NULL)
        return OD_ENOMEM;
    int rc = engine_recount_start(engine, NULL);
    if (rc != OD_OK) {
        base_free(repair);
        return rc;
    }
    repair->state = REPAIR_COUNTING;
    repair->started_ms = engine->now.ms;
    snprintf(repair->by, sizeof(repair->by), "%s", request->identity.key_id);
    snprintf(repair->reason, sizeof(repair->reason), "%s", reason);
    engine_repair_destroy(engine->repair);
    engine->repair = repair;
    return OD_OK;
}

void engine_statistics_repair(struct engine *engine, struct front_request *request)
{
    const char *reason = base_json_member_text(request->body, "reason");
    int rc;

    if (reason == NULL || engine_text_is_blank(reason) || strlen(reason) > REASON_MAX) {
        engine_refuse(request, "/reason", "required", "请写明修复统计的原因（reason），不超过 1000 字节。",
                      "Say why the statistics are repaired (reason), in at most 1000 bytes.");
    } else if (engine_recount_is_running(engine)) {
        front_answer_problem(request, FRONT_CONFLICT,
                             front_say(request, "正在核对统计；请待其结束（verify=status）后再修复。",
                                       "A recount is under way; repair them when it has ended (verify=status)."), NULL, 0);
    } else if ((rc = begin(engine, request, reason)) != OD_OK) {
        engine_answer_rc(request, rc);
    } else {
        engine_recount_answer(engine, request, 202);
    }
}
