/* SPDX-License-Identifier: Apache-2.0 */
/* round_begin -> [on_password] -> on_work (a work thread) -> on_done -> settle, one by one -> round_begin */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../http/json.h"
#include "../row/question.h"
#include "../row/stamp.h"
#include "../row/text.h"
#include "sql.h"

static void work_fini(struct work *work)
{
    free(work->key);
    for (size_t i = 0; i < work->value_count; i++)
        free(work->values[i]);
}

static void round_free(struct round *round)
{
    for (size_t i = 0; i < round->work_count; i++)
        work_fini(&round->work[i]);
    for (size_t i = 0; i < round->key_count; i++)
        free(round->keys[i]);
    free(round->keys);
    for (size_t i = 0; i < round->row_count; i++) {
        for (size_t cell = 0; cell < SQL_CELLS; cell++)
            free(round->rows[i].cells[cell]);
    }
    if (round->password != NULL)
        explicit_bzero(round->password, strlen(round->password));
    free(round->password);
    free(round);
}

/* -- On the work thread -- */

static const char *statement_of(const struct settings *settings, enum deed deed)
{
    switch (deed) {
    case DEED_INSERT: return settings->insert;
    case DEED_WITHDRAW: return settings->withdraw;
    case DEED_ANSWER: return settings->answer;
    case DEED_MARK: return settings->mark;
    case DEED_NONE: break;
    }
    return "";
}

static void work_do(struct sql *sql, struct work *work)
{
    const char *values[COLUMNS_MAX + 1] = {work->key};
    size_t first = work->deed == DEED_INSERT ? 0 : 1; /* the key is the first of an insert's values */

    for (size_t i = 0; i < work->value_count; i++)
        values[first + i] = work->values[i];
    sql->kind->run(sql->database, statement_of(&sql->settings, work->deed), values, first + work->value_count, &work->outcome);
    work->is_done = true;
}

static char *cell_copy(const char *cell)
{
    return cell != NULL ? strndup(cell, json_cut(cell, strlen(cell), SQL_CELL_MAX)) : NULL;
}

static void on_row(void *arg, const char *const cells[SQL_CELLS])
{
    struct round *round = arg;
    struct row *row = &round->rows[round->row_count];

    if (round->row_count == SQL_ROWS_MAX)
        return;
    for (size_t i = 0; i < SQL_CELLS; i++)
        row->cells[i] = cell_copy(cells[i]);
    round->row_count++;
}

static void look(struct round *round)
{
    struct sql *sql = round->sql;

    sql->kind->look(sql->database, sql->settings.look, (const char *const *)round->keys, round->key_count, on_row, round, &round->look);
    round->is_looked = true;
}

/* A connection that is lost takes the rest of the round with it. */
static void on_work(void *arg)
{
    struct round *round = arg;
    struct sql *sql = round->sql;
    bool is_lost = false;

    if (sql->database == NULL && round->place != NULL)
        sql->database = sql->kind->open(&sql->settings, round->place, sql->host->connector, round->password, &round->look);
    if (round->place == NULL)
        sql_outcome_set(&round->look, SQL_FAULT_NOTHING, true, "no_place", "the hub gave no socket or folder: see docs/connectors/sql.md");
    for (size_t i = 0; sql->database != NULL && !is_lost && i < round->work_count; i++) {
        work_do(sql, &round->work[i]);
        is_lost = round->work[i].outcome.is_lost;
    }
    if (sql->database != NULL && !is_lost && round->key_count > 0) {
        look(round);
        is_lost = round->look.is_lost;
    }
    if (is_lost) {
        sql->kind->close(sql->database);
        sql->database = NULL;
    }
}

/* -- Back on the plugin's thread -- */

static enum od_effect effect_of(const struct task *task, const struct sql_outcome *outcome)
{
    /* What an earlier attempt may have written is not undone by this one. */
    return outcome->fault == SQL_FAULT_UNKNOWN || task->may_exist ? OD_EFFECT_UNKNOWN : OD_EFFECT_NONE;
}

static void accepted(struct sql *sql, struct task *task)
{
    task->is_registered = true;
    for (size_t i = 0; i < COLUMNS_MAX; i++) {
        free(task->values[i]);
        task->values[i] = NULL;
    }
    if (!task->is_cancelling && od_task_state_of(sql->host, task->handle) == OD_TASK_OFFERED &&
        od_accept(sql->host, task->handle, task->key) != OD_OK)
        task_fail(sql, task, OD_EFFECT_DONE, OD_RETRY_BACKOFF, "accept", "the accept could not be reported");
}

/* Not tried: the connection failed, and why is known. */
static const struct sql_outcome *outcome_of(const struct round *round, const struct work *work)
{
    static const struct sql_outcome later = {.fault = SQL_FAULT_NOTHING, .code = "broken", .detail = "the connection broke before its turn"};

    if (work->is_done)
        return &work->outcome;
    return round->look.fault != SQL_FAULT_NONE ? &round->look : &later;
}

static void settle_insert(struct sql *sql, struct task *task, const struct sql_outcome *outcome)
{
    bool is_ours = od_task_state_of(sql->host, task->handle) == OD_TASK_OFFERED || task->is_cancelling;
    int64_t retry_ms = outcome->fault == SQL_FAULT_DATA ? OD_RETRY_NEVER : OD_RETRY_BACKOFF;

    if (task->is_cancelling && outcome->fault == SQL_FAULT_UNKNOWN && sql->settings.withdraw[0] != '\0')
        task->may_exist = true; /* the withdrawal finds out */
    else if (outcome->fault == SQL_FAULT_NONE)
        accepted(sql, task);
    else if (is_ours)
        task_fail(sql, task, effect_of(task, outcome), retry_ms, outcome->code, outcome->detail);
}

/* 0 rows: there is none, or it is gone. Until the database says so, it is tried again. */
static void settle_withdraw(struct sql *sql, struct task *task, const struct sql_outcome *outcome)
{
    if (outcome->fault == SQL_FAULT_NONE)
        task_cancelled(sql, task, OD_EFFECT_NONE);
    else if (outcome->fault == SQL_FAULT_SCHEMA || outcome->fault == SQL_FAULT_DATA)
        task_cancelled(sql, task, task->may_exist ? OD_EFFECT_UNKNOWN : OD_EFFECT_DONE);
}

static void settle_answer(struct sql *sql, struct task *task, const struct sql_outcome *outcome)
{
    if (outcome->fault == SQL_FAULT_DATA || outcome->fault == SQL_FAULT_SCHEMA) {
        task_fail(sql, task, OD_EFFECT_DONE, OD_RETRY_NEVER, outcome->code, outcome->detail);
        return;
    }
    if (outcome->fault != SQL_FAULT_NONE)
        return;
    free(task->answer);
    task->answer = NULL;
    question_done(sql->host, task->handle);
}

/* A row that could not be marked is looked at again, once the task is open; for an ended one it only shows. */
static void settle_mark(struct sql *sql, const struct work *work, const struct sql_outcome *outcome)
{
    char line[SQL_DETAIL_SIZE + 120];
    const char *note = work->value_count > 1 ? work->values[1] : NULL;
    bool is_for_now = outcome->fault == SQL_FAULT_NOTHING || outcome->fault == SQL_FAULT_UNKNOWN;

    if (is_for_now && mark_add(sql, work->key, note) == OD_OK)
        return;
    if (outcome->fault == SQL_FAULT_NONE && outcome->changed > 0)
        return;
    text_format(line, sizeof(line), "row %.64s of the outbox could not be marked: %s", work->key,
                outcome->fault != SQL_FAULT_NONE ? outcome->detail : "it is not there, or its id is of no type that a text can be compared with");
    od_log(sql->host, OD_LOG_WARNING, 0, line);
}

static void settle(struct sql *sql, const struct round *round, const struct work *work)
{
    const struct sql_outcome *outcome = outcome_of(round, work);
    struct task *task = work->deed != DEED_MARK ? task_find(sql, work->task) : NULL;

    if (work->deed == DEED_MARK) {
        settle_mark(sql, work, outcome);
        return;
    }
    if (task == NULL || task->is_over)
        return; /* it left meanwhile */
    task->is_asked = false;
    switch (work->deed) {
    case DEED_INSERT: settle_insert(sql, task, outcome); break;
    case DEED_WITHDRAW: settle_withdraw(sql, task, outcome); break;
    case DEED_ANSWER: settle_answer(sql, task, outcome); break;
    case DEED_MARK:
    case DEED_NONE: break;
    }
}

static void count_failure(struct sql *sql, const struct round *round)
{
    const struct sql_outcome *last = &round->look;

    for (size_t i = 0; i < round->work_count; i++) {
        enum sql_fault fault = round->work[i].is_done ? round->work[i].outcome.fault : SQL_FAULT_NONE;

        if (fault != SQL_FAULT_NONE && fault != SQL_FAULT_DATA) /* a row that is refused is no fault of the database */
            last = &round->work[i].outcome;
    }
    bool was_failing = sql->failures > 0;
    sql->failures = last->fault == SQL_FAULT_NONE ? 0 : sql->failures + 1;
    if (was_failing && sql->failures == 0 && sql->timer != 0 && od_timer_cancel(sql->timers, sql->timer) == OD_OK)
        sql->timer = 0; /* it waits no longer than usual again */
    if (sql->failures > 0)
        snprintf(sql->failure, sizeof(sql->failure), "%s", last->detail);
}

static void on_done(void *arg)
{
    struct round *round = arg;
    struct sql *sql = round->sql;

    sql->is_round = false;
    count_failure(sql, round);
    for (size_t i = 0; i < round->work_count; i++)
        settle(sql, round, &round->work[i]);
    for (size_t i = 0; i < round->row_count; i++)
        task_take_row(sql, &round->rows[i]);
    if (round->is_looked && sql->failures == 0 && (round->is_more || round->row_count == SQL_ROWS_MAX))
        sql->is_look_due = true;
    round_free(round);
    if (sql->failures == 0)
        round_begin(sql);
    if (!sql->is_round)
        sql_wait(sql);
}

/* -- Gathering -- */

static char *now_text(const struct sql *sql)
{
    char text[STAMP_SIZE];

    stamp_write(od_now_ms(sql->host), text);
    return strdup(text);
}

static enum deed deed_of(const struct sql *sql, const struct task *task)
{
    if (task->is_asked || task->is_over)
        return DEED_NONE;
    if (task->is_cancelling && (task->is_registered || task->may_exist) && sql->settings.withdraw[0] != '\0')
        return DEED_WITHDRAW;
    if (task->is_cancelling)
        return DEED_NONE;
    if (!task->is_registered)
        return DEED_INSERT;
    return task->answer != NULL && sql->settings.answer[0] != '\0' ? DEED_ANSWER : DEED_NONE;
}

/* false: no memory; it waits for the next round. */
static bool work_add(struct sql *sql, struct round *round, struct task *task, enum deed deed)
{
    struct work *work = &round->work[round->work_count];
    bool is_whole = true;

    *work = (struct work){.deed = deed, .task = task->handle, .key = strdup(task->key)};
    if (deed == DEED_INSERT) {
        work->value_count = sql->settings.columns.count;
        for (size_t i = 0; i < work->value_count; i++) {
            work->values[i] = task->values[i] != NULL ? strdup(task->values[i]) : NULL;
            is_whole = is_whole && (work->values[i] != NULL || task->values[i] == NULL);
        }
    } else {
        work->value_count = 1;
        work->values[0] = deed == DEED_ANSWER ? strdup(task->answer) : now_text(sql);
        is_whole = work->values[0] != NULL;
    }
    if (!is_whole || work->key == NULL) {
        work_fini(work);
        return false;
    }
    task->is_asked = true;
    round->work_count++;
    return true;
}

static void gather_marks(struct sql *sql, struct round *round)
{
    while (sql->marks != NULL && round->work_count < SQL_DEEDS_MAX) {
        struct mark *mark = sql->marks;
        struct work *work = &round->work[round->work_count];
        char *now = now_text(sql);

        if (now == NULL)
            return;
        *work = (struct work){.deed = DEED_MARK, .key = mark->row, .values = {now, mark->note},
                              .value_count = sql->settings.has_note ? 2 : 1};
        if (!sql->settings.has_note)
            free(mark->note);
        round->work_count++;
        sql->marks = mark->next;
        if (sql->marks == NULL)
            sql->marks_end = &sql->marks;
        free(mark);
    }
}

/* Those who waited longest for a look come first; a task whose row is being told waits for the hub. */
static void gather_keys(struct sql *sql, struct round *round)
{
    size_t count = 0;

    for (struct task *task = sql->tasks; task != NULL; task = task->next)
        count += task->is_registered && !task->is_over && task->row == NULL;
    if (!sql->is_look_due || count == 0)
        return;
    sql->is_look_due = false;
    round->keys = calloc(count < SQL_KEYS_MAX ? count : SQL_KEYS_MAX, sizeof(*round->keys));
    for (struct task *task = sql->tasks; round->keys != NULL && task != NULL; task = task->next) {
        if (!task->is_registered || task->is_over || task->row != NULL || task->looked > sql->looks)
            continue;
        if (round->key_count == SQL_KEYS_MAX) {
            round->is_more = true;
            return;
        }
        char *key = strdup(task->key);
        if (key == NULL)
            return;
        round->keys[round->key_count++] = key;
        task->looked = sql->looks + 1;
    }
    sql->looks++; /* all of them were looked for: begin anew */
}

static struct round *gather(struct sql *sql)
{
    struct round *round = calloc(1, sizeof(*round));

    if (round == NULL)
        return NULL;
    round->sql = sql;
    gather_marks(sql, round);
    for (struct task *task = sql->tasks; task != NULL && round->work_count < SQL_DEEDS_MAX; task = task->next) {
        enum deed deed = deed_of(sql, task);

        if (deed != DEED_NONE && !work_add(sql, round, task, deed))
            break;
    }
    gather_keys(sql, round);
    return round;
}

static bool is_waiting(const struct sql *sql)
{
    bool is_any = sql->marks != NULL;

    for (const struct task *task = sql->tasks; !is_any && task != NULL; task = task->next)
        is_any = deed_of(sql, task) != DEED_NONE || (sql->is_look_due && task->is_registered && !task->is_over && task->row == NULL);
    return is_any;
}

static void start(struct sql *sql, const char *password, size_t size)
{
    struct round *round = gather(sql);

    if (round != NULL) {
        round->place = getenv(sql->kind->place);
        round->password = password != NULL ? strndup(password, size) : NULL;
        if (od_work(sql->host, on_work, on_done, round) == OD_OK)
            return;
    }
    od_log(sql->host, OD_LOG_WARNING, 0, "no memory or thread for the database now; again with the next look");
    for (size_t i = 0; round != NULL && i < round->work_count; i++) {
        struct task *task = task_find(sql, round->work[i].task);

        if (task != NULL)
            task->is_asked = false;
    }
    if (round != NULL)
        round_free(round);
    sql->is_round = false;
    sql->failures++;
    sql_wait(sql);
}

/* Without one the server may let us in by other means; if not, it says so. Cancelled: the module closes. */
static void on_password(void *self, int error, const void *value, size_t size, void *arg)
{
    (void)arg;
    if (error != OD_ECANCELLED)
        start(self, error == OD_OK ? value : NULL, size);
}

void round_begin(struct sql *sql)
{
    if (sql->is_round || !is_waiting(sql))
        return;
    sql->is_round = true;
    if (sql->database != NULL || sql->secrets == NULL || sql->settings.kind != SQL_POSTGRESQL)
        start(sql, NULL, 0);
    else if (od_secret_reveal(sql->secrets, SQL_SECRET, on_password, NULL) != OD_OK)
        start(sql, NULL, 0);
}

static void on_time(void *self, od_task task, void *arg)
{
    struct sql *sql = self;

    (void)task;
    (void)arg;
    sql->timer = 0;
    sql->is_look_due = true;
    round_begin(sql);
    if (!sql->is_round)
        sql_wait(sql);
}

void sql_wait(struct sql *sql)
{
    int64_t delay_ms = sql->settings.poll_ms;

    for (uint32_t i = 0; i < sql->failures && delay_ms < sql->settings.poll_max_ms; i++)
        delay_ms *= 2;
    if (delay_ms > sql->settings.poll_max_ms)
        delay_ms = sql->settings.poll_max_ms;
    if (sql->timer == 0 && (sql->tasks != NULL || sql->marks != NULL) &&
        od_timer_start(sql->timers, od_now_ms(sql->host) + delay_ms, 0, on_time, NULL, &sql->timer) != OD_OK)
        od_log(sql->host, OD_LOG_ERROR, 0, "no timer could be started");
}
