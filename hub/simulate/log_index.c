/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/log_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/time.h"

#define TIME_SIZE_MAX 40
#define DAY_MS INT64_C(86400000)

const char *const simulate_column_names[SIMULATE_COLUMNS] = {
    [SIMULATE_COLUMN_CASE] = "case",   [SIMULATE_COLUMN_ACTIVITY] = "activity", [SIMULATE_COLUMN_TIME] = "timestamp",
    [SIMULATE_COLUMN_START] = "start", [SIMULATE_COLUMN_DEADLINE] = "deadline", [SIMULATE_COLUMN_END] = "end",
};

static const char *const default_heads[SIMULATE_COLUMNS] = {
    [SIMULATE_COLUMN_CASE] = "case_id",     [SIMULATE_COLUMN_ACTIVITY] = "activity", [SIMULATE_COLUMN_TIME] = "timestamp",
    [SIMULATE_COLUMN_START] = "start_date", [SIMULATE_COLUMN_DEADLINE] = "deadline", [SIMULATE_COLUMN_END] = "end_date",
};

/* -- Times -- */

/* Civil time of the zone: what "Z" gives, shifted. */
static int parse_civil(char *text, core_ms *ms)
{
    core_ms civil;

    strcat(text, strlen(text) == sizeof("2026-11-29T05:58") - 1 ? ":00Z" : "Z");
    if (base_time_parse(text, &civil) != OD_OK || civil < 0)
        return OD_ESYNTAX;
    *ms = base_zone_utc((int32_t)(civil / DAY_MS), (int32_t)(civil % DAY_MS / 60000)) + civil % 60000;
    return OD_OK;
}

int simulate_log_time(const struct simulate_field *field, core_ms *ms)
{
    char text[TIME_SIZE_MAX + sizeof(":00Z")];
    core_day day;
    core_ms parsed;

    if (field->size > TIME_SIZE_MAX || memchr(field->text, '\0', field->size) != NULL)
        return OD_ESYNTAX;
    memcpy(text, field->text, field->size);
    text[field->size] = '\0';
    if (base_day_parse(text, &day) == OD_OK) {
        *ms = base_zone_utc(day, 0);
        return OD_OK;
    }
    if (base_time_parse(text, &parsed) != OD_OK)
        return parse_civil(text, ms);
    if (parsed < DAY_MS) /* the first day is no day of anybody's calendar */
        return OD_ESYNTAX;
    *ms = parsed;
    return OD_OK;
}

/* -- Telling -- */

int simulate_log_refuse(struct simulate_log_index *index, const struct simulate_log_case *of, enum simulate_finding_kind kind,
                        const struct simulate_csv *csv, const struct simulate_field *field)
{
    char number[SIMULATE_NAME_MAX + 1], detail[SIMULATE_NAME_MAX + 1];

    snprintf(number, sizeof(number), "%.*s", of != NULL ? (int)of->id_size : 0, of != NULL ? of->id : "");
    snprintf(detail, sizeof(detail), "%.*s", field->size < 80 ? (int)field->size : 80, field->text);
    return simulate_tell_finding(index->report, index->summary, &(struct simulate_finding){
        .kind = kind, .number = number, .detail = detail, .file = csv->path, .line = field->line, .column = field->column});
}

/* -- Columns -- */

static const char *head_of(const struct simulate_log *log, unsigned column)
{
    return log->columns[column] != NULL ? log->columns[column] : default_heads[column];
}

static int find_column(struct simulate_log_index *index, struct simulate_csv *csv, unsigned column)
{
    const char *head = head_of(index->log, column);
    size_t used = 0;

    if (simulate_csv_column(csv, head, &index->columns[column]) == OD_OK)
        return OD_OK;
    used = (size_t)snprintf(index->text, 512, "%s:1:1: there is no column \"%.100s\"; name the one that has it (--column %s=NAME), one of",
                            csv->path, head, simulate_column_names[column]);
    for (size_t i = 0; i < csv->field_count && used < 460; i++)
        used += (size_t)snprintf(index->text + used, 512 - used, "%s %.*s", i > 0 ? "," : "",
                                 csv->fields[i].size < 40 ? (int)csv->fields[i].size : 40, csv->fields[i].text);
    return OD_ESYNTAX;
}

static int find_columns(struct simulate_log_index *index, struct simulate_csv *csv, unsigned first, unsigned last)
{
    int rc = find_column(index, csv, SIMULATE_COLUMN_CASE);

    for (unsigned column = first; column <= last && rc == OD_OK; column++)
        rc = find_column(index, csv, column);
    return rc;
}

/* -- Cases -- */

static uint64_t hash_of(const char *text, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return hash ^ hash >> 32;
}

/* The place of the id in the table: of its case, or free. */
static size_t place_of(const struct simulate_log_index *index, const char *id, size_t size)
{
    size_t place = hash_of(id, size) & (index->table_size - 1);

    for (; index->table[place] != 0; place = (place + 1) & (index->table_size - 1)) {
        const struct simulate_log_case *known = &index->at[index->table[place] - 1];
        if (known->id_size == size && memcmp(known->id, id, size) == 0)
            break;
    }
    return place;
}

static int table_grow(struct simulate_log_index *index)
{
    size_t size = index->table_size > 0 ? 2 * index->table_size : 1024;
    uint32_t *table;

    if (index->table_size > 0 && index->case_count < index->table_size / 2)
        return OD_OK;
    table = base_alloc(size * sizeof(*table));
    if (table == NULL)
        return OD_ENOMEM;
    base_free(index->table);
    index->table = table;
    index->table_size = size;
    for (size_t i = 0; i < index->case_count; i++)
        table[place_of(index, index->at[i].id, index->at[i].id_size)] = (uint32_t)i + 1;
    return OD_OK;
}

static int cases_reserve(struct simulate_log_index *index)
{
    size_t room = index->case_room > 0 ? 2 * index->case_room : 1024;
    struct simulate_log_case *cases;

    if (index->case_count < index->case_room)
        return OD_OK;
    cases = base_realloc(index->at, room * sizeof(*cases));
    if (cases == NULL)
        return OD_ENOMEM;
    index->at = cases;
    index->case_room = room;
    return OD_OK;
}

/* An id in the file lasts as long as it is mapped; one that was unquoted is copied. */
static const char *id_keep(struct simulate_log_index *index, const struct simulate_csv *csv, const struct simulate_field *field)
{
    bool is_in_file = field->text >= csv->bytes && field->text < csv->bytes + csv->size;

    return is_in_file ? field->text : base_arena_text(&index->arena, field->text, field->size);
}

static int case_add(struct simulate_log_index *index, const struct simulate_csv *csv, const struct simulate_field *id)
{
    int rc = table_grow(index);

    if (rc == OD_OK)
        rc = cases_reserve(index);
    if (rc != OD_OK)
        return rc;
    const char *kept = id_keep(index, csv, id);
    if (kept == NULL)
        return OD_ENOMEM;
    index->at[index->case_count++] = (struct simulate_log_case){
        .id = kept, .id_size = id->size, .line = (uint32_t)csv->line, .offset = csv->offset};
    index->table[place_of(index, kept, id->size)] = (uint32_t)index->case_count;
    return OD_OK;
}

static bool is_name(const struct simulate_field *field)
{
    return field->size > 0 && field->size <= SIMULATE_NAME_MAX;
}

static int case_read(struct simulate_log_index *index)
{
    struct simulate_csv *csv = index->cases;
    const struct simulate_field *id = &csv->fields[index->columns[SIMULATE_COLUMN_CASE]];
    core_ms end_ms;

    if (simulate_log_time(&csv->fields[index->columns[SIMULATE_COLUMN_END]], &end_ms) == OD_OK && end_ms > index->horizon_ms)
        index->horizon_ms = end_ms;
    if (!is_name(id)) {
        index->summary->left_out++;
        return simulate_log_refuse(index, NULL, SIMULATE_FINDING_NAME, csv, id);
    }
    if (index->table_size > 0 && index->table[place_of(index, id->text, id->size)] != 0) {
        index->at[index->table[place_of(index, id->text, id->size)] - 1].is_left_out = true; /* which of them is right? */
        return simulate_log_refuse(index, NULL, SIMULATE_FINDING_CASE_TWICE, csv, id);
    }
    return case_add(index, csv, id);
}

static int too_many(struct simulate_log_index *index, const char *path)
{
    snprintf(index->text, 512, "%s: more than %zu rows; split the log by time", path, index->rows_max);
    return OD_ELIMIT;
}

static int cases_read(struct simulate_log_index *index)
{
    size_t rows = 0;
    int rc;

    index->cases = base_alloc(sizeof(*index->cases));
    if (index->cases == NULL)
        return OD_ENOMEM;
    rc = simulate_csv_open(index->cases, index->log->cases, index->text);
    if (rc == OD_OK)
        rc = find_columns(index, index->cases, SIMULATE_COLUMN_START, SIMULATE_COLUMN_END);
    while (rc == OD_OK && (rc = simulate_csv_next(index->cases)) == OD_OK) {
        rc = rows++ < index->rows_max ? case_read(index) : too_many(index, index->log->cases);
    }
    return rc == OD_ENOTFOUND && index->cases->bytes != NULL && index->cases->column_count != 0 ? OD_OK : rc;
}

/* -- Steps -- */

static int step_add(struct simulate_log_index *index, uint32_t number)
{
    if (index->step_count == index->step_room) {
        size_t room = index->step_room > 0 ? 2 * index->step_room : 4096;
        struct simulate_log_step *steps = base_realloc(index->steps, room * sizeof(*steps));

        if (steps == NULL)
            return OD_ENOMEM;
        index->steps = steps;
        index->step_room = room;
    }
    index->steps[index->step_count++] = (struct simulate_log_step){
        .offset = index->events->offset, .number = number, .line = (uint32_t)index->events->line};
    return OD_OK;
}

static int step_read(struct simulate_log_index *index)
{
    struct simulate_csv *csv = index->events;
    const struct simulate_field *id = &csv->fields[index->columns[SIMULATE_COLUMN_CASE]];
    core_ms at_ms;
    uint32_t known = 0;
    int rc = OD_OK;

    if (simulate_log_time(&csv->fields[index->columns[SIMULATE_COLUMN_TIME]], &at_ms) == OD_OK && at_ms > index->horizon_ms)
        index->horizon_ms = at_ms;
    if (!is_name(id))
        return simulate_log_refuse(index, NULL, SIMULATE_FINDING_NAME, csv, id);
    if (index->table_size > 0)
        known = index->table[place_of(index, id->text, id->size)];
    if (known == 0 && index->cases != NULL)
        return simulate_log_refuse(index, NULL, SIMULATE_FINDING_CASE_UNKNOWN, csv, id);
    if (known == 0) {
        rc = case_add(index, csv, id);
        known = (uint32_t)index->case_count;
    }
    return rc == OD_OK ? step_add(index, known - 1) : rc;
}

static int steps_read(struct simulate_log_index *index)
{
    size_t rows = 0;
    int rc;

    index->events = base_alloc(sizeof(*index->events));
    if (index->events == NULL)
        return OD_ENOMEM;
    rc = simulate_csv_open(index->events, index->log->events, index->text);
    if (rc == OD_OK)
        rc = find_columns(index, index->events, SIMULATE_COLUMN_ACTIVITY, SIMULATE_COLUMN_TIME);
    while (rc == OD_OK && (rc = simulate_csv_next(index->events)) == OD_OK) {
        rc = rows++ < index->rows_max ? step_read(index) : too_many(index, index->log->events);
    }
    return rc == OD_ENOTFOUND && index->events->bytes != NULL && index->events->column_count != 0 ? OD_OK : rc;
}

static int by_case(const void *a, const void *b)
{
    const struct simulate_log_step *x = a, *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Most logs are sorted already. */
static void steps_sort(struct simulate_log_index *index)
{
    bool is_sorted = true;

    for (size_t i = 1; i < index->step_count && is_sorted; i++)
        is_sorted = by_case(&index->steps[i - 1], &index->steps[i]) < 0;
    if (!is_sorted)
        qsort(index->steps, index->step_count, sizeof(*index->steps), by_case);
    for (size_t i = index->step_count; i-- > 0;) {
        struct simulate_log_case *of = &index->at[index->steps[i].number];
        of->step_first = (uint32_t)i;
        of->step_count++;
    }
}

int simulate_log_index_build(struct simulate_log_index *index, const struct simulate_log *log, size_t rows_max, const struct simulate_report *report,
                             struct simulate_summary *summary, char text[512])
{
    *index = (struct simulate_log_index){.log = log, .report = report, .summary = summary, .rows_max = rows_max, .text = text};
    text[0] = '\0';
    int rc = log->cases != NULL ? cases_read(index) : OD_OK;

    if (rc == OD_OK)
        rc = steps_read(index);
    if (rc == OD_OK)
        steps_sort(index);
    else
        simulate_log_index_fini(index);
    return rc;
}

void simulate_log_index_fini(struct simulate_log_index *index)
{
    if (index->events != NULL)
        simulate_csv_close(index->events);
    if (index->cases != NULL)
        simulate_csv_close(index->cases);
    base_free(index->events);
    base_free(index->cases);
    base_free(index->at);
    base_free(index->steps);
    base_free(index->table);
    base_arena_fini(&index->arena);
    index->events = index->cases = NULL;
    index->at = NULL;
    index->steps = NULL;
    index->table = NULL;
}
