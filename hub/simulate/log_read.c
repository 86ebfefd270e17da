/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/log_read.h"

#include <stdio.h>
#include <string.h>

struct reading {
    struct simulate_log_index *index;
    const struct simulate_log_case *of;
    struct simulate_log_life *life;
    bool is_fine;
    int rc; /* what on_finding returned */
};

static void refuse(struct reading *reading, enum simulate_finding_kind kind, const struct simulate_csv *csv, const struct simulate_field *field)
{
    if (reading->rc == OD_OK)
        reading->rc = simulate_log_refuse(reading->index, reading->of, kind, csv, field);
    reading->is_fine = false;
}

static void note(struct reading *reading, enum simulate_finding_kind kind, size_t count)
{
    const struct simulate_csv *csv = reading->index->cases != NULL ? reading->index->cases : reading->index->events;

    if (count == 0 || reading->rc != OD_OK)
        return;
    reading->rc = simulate_tell_finding(reading->index->report, reading->index->summary, &(struct simulate_finding){
        .kind = kind, .number = reading->life->number, .detail = "", .file = csv->path, .line = reading->of->line, .column = 1, .count = (uint32_t)count});
}

static const struct simulate_field *field_of(const struct reading *reading, const struct simulate_csv *csv, unsigned column)
{
    return &csv->fields[reading->index->columns[column]];
}

static core_ms time_of(struct reading *reading, const struct simulate_csv *csv, unsigned column)
{
    const struct simulate_field *field = field_of(reading, csv, column);
    core_ms ms = 0;

    if (simulate_log_time(field, &ms) != OD_OK)
        refuse(reading, SIMULATE_FINDING_DATE, csv, field);
    return ms;
}

/* 0 when the cell is empty. */
static core_ms time_or_none(struct reading *reading, const struct simulate_csv *csv, unsigned column)
{
    return field_of(reading, csv, column)->size > 0 ? time_of(reading, csv, column) : 0;
}

static int read_row(struct reading *reading)
{
    struct simulate_csv *csv = reading->index->cases;
    struct simulate_log_life *life = reading->life;

    if (simulate_csv_at(csv, reading->of->offset, reading->of->line) != OD_OK)
        return OD_EIO;
    life->start_ms = time_of(reading, csv, SIMULATE_COLUMN_START);
    life->end_ms = time_or_none(reading, csv, SIMULATE_COLUMN_END);
    core_ms deadline_ms = time_or_none(reading, csv, SIMULATE_COLUMN_DEADLINE);
    if (deadline_ms == 0 || !reading->is_fine)
        return OD_OK;
    life->deadline = simulate_time(deadline_ms).day;
    core_day days = life->deadline - simulate_time(life->start_ms).day;
    if (days < 1 || days > CORE_LIMIT_DAYS_MAX)
        refuse(reading, SIMULATE_FINDING_PROMISE, csv, field_of(reading, csv, SIMULATE_COLUMN_DEADLINE));
    return OD_OK;
}

/* -- Steps -- */

static bool is_name(const struct simulate_field *field)
{
    return field->size > 0 && field->size <= SIMULATE_NAME_MAX;
}

static void task_name(struct simulate_log_task *task, const struct simulate_field *activity)
{
    memcpy(task->activity, activity->text, activity->size);
    task->activity[activity->size] = '\0';
    size_t size = strcspn(task->activity, " ");
    memcpy(task->code, task->activity, size);
    task->code[size] = '\0';
}

static int read_step(struct reading *reading, const struct simulate_log_step *step)
{
    struct simulate_csv *csv = reading->index->events;
    struct simulate_log_life *life = reading->life;
    struct simulate_log_task task = {.at_ms = 0};

    if (simulate_csv_at(csv, step->offset, step->line) != OD_OK)
        return OD_EIO;
    task.at_ms = time_of(reading, csv, SIMULATE_COLUMN_TIME);
    const struct simulate_field *activity = field_of(reading, csv, SIMULATE_COLUMN_ACTIVITY);
    if (!is_name(activity))
        refuse(reading, SIMULATE_FINDING_NAME, csv, activity);
    if (!reading->is_fine)
        return OD_OK;
    task_name(&task, activity);
    size_t place = life->step_count++;
    for (; place > 0 && life->tasks[place - 1].at_ms > task.at_ms; place--)
        life->tasks[place] = life->tasks[place - 1];
    life->tasks[place] = task;
    return OD_OK;
}

static int read_steps(struct reading *reading)
{
    const struct simulate_log_case *of = reading->of;
    int rc = OD_OK;

    if (of->step_count > SIMULATE_STEPS_MAX) {
        note(reading, SIMULATE_FINDING_TOO_MANY_ACTS, of->step_count);
        reading->is_fine = false;
        return OD_OK;
    }
    for (uint32_t i = 0; i < of->step_count && rc == OD_OK && reading->is_fine; i++)
        rc = read_step(reading, &reading->index->steps[of->step_first + i]);
    return rc;
}

/* -- Contradictions -- */

/* Nothing is done before the receipt, and the decision waits for nothing that comes after it. */
static void settle(struct reading *reading)
{
    struct simulate_log_life *life = reading->life;
    size_t before = 0, kept = 0;

    if (life->end_ms != 0 && life->end_ms < life->start_ms) {
        life->end_ms = life->start_ms;
        note(reading, SIMULATE_FINDING_ENDS_BEFORE_START, 1);
    }
    for (size_t i = 0; i < life->step_count; i++) {
        struct simulate_log_task *task = &life->tasks[i];
        if (life->end_ms != 0 && task->at_ms > life->end_ms)
            continue;
        if (task->at_ms < life->start_ms) {
            task->at_ms = life->start_ms;
            before++;
        }
        life->tasks[kept++] = *task;
    }
    note(reading, SIMULATE_FINDING_STEP_BEFORE_START, before);
    note(reading, SIMULATE_FINDING_STEP_AFTER_END, life->step_count - kept);
    life->step_count = kept;
}

static void number_occurrences(struct simulate_log_life *life)
{
    for (size_t i = 0; i < life->step_count; i++) {
        struct simulate_log_task *task = &life->tasks[i];
        task->occurrence = 1;
        for (size_t k = 0; k < i; k++)
            task->occurrence += strcmp(life->tasks[k].code, task->code) == 0;
        size_t size = strlen(task->activity);
        memcpy(task->of, task->activity, size + 1);
        if (task->occurrence > 1)
            snprintf(task->of + size, sizeof(task->of) - size, " #%u", task->occurrence);
    }
}

int simulate_log_life_read(struct simulate_log_index *index, const struct simulate_log_case *of, struct simulate_log_life *life,
                           bool *is_fine)
{
    struct reading reading = {.index = index, .of = of, .life = life, .is_fine = true, .rc = OD_OK};
    int rc;

    life->step_count = 0;
    life->start_ms = life->end_ms = 0;
    life->deadline = 0;
    memcpy(life->number, of->id, of->id_size);
    life->number[of->id_size] = '\0';
    rc = index->cases != NULL ? read_row(&reading) : OD_OK;
    if (rc == OD_OK && reading.is_fine)
        rc = read_steps(&reading);
    if (rc == OD_OK && reading.is_fine && index->cases == NULL && life->step_count > 0) {
        life->start_ms = life->tasks[0].at_ms;
        life->end_ms = life->tasks[life->step_count - 1].at_ms;
    }
    if (rc == OD_OK && reading.is_fine) {
        settle(&reading);
        number_occurrences(life);
    }
    *is_fine = reading.is_fine;
    return rc != OD_OK ? rc : reading.rc;
}
