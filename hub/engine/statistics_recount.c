/* SPDX-License-Identifier: Apache-2.0 */
/* The journal once more through the core, application by application: what each event counts
 * for now is what it counted for when it was written. In the pool; nothing of the loop's is
 * touched, not even its catalogues, since their calendars may be amended meanwhile. */
#include "engine/concern.h"
#include "engine/statistics.h"

#include <stdio.h>
#include <string.h>

#define SUMS_MIN 1024
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

/* -- Sums -- */

static bool is_same(const struct store_count *a, const struct store_count *b)
{
    return a->month == b->month && a->service == b->service && a->department == b->department &&
           a->window == b->window && a->measure == b->measure;
}

static uint32_t *slot_find(const struct engine_recount_table *table, const struct store_count *key)
{
    uint64_t wide = (uint64_t)key->service << 32 | key->window;
    uint64_t narrow = (uint64_t)(uint32_t)key->month << 24 | (uint64_t)key->department << 8 | key->measure;
    uint32_t at = (uint32_t)((wide * SPREAD ^ narrow) * SPREAD >> 32) & (2 * table->room - 1);

    while (table->slots[at] != 0 && !is_same(&table->items[table->slots[at] - 1].kept, key))
        at = (at + 1) & (2 * table->room - 1);
    return &table->slots[at];
}

static int table_grow(struct engine_recount_table *table)
{
    uint32_t room = table->room > 0 ? 2 * table->room : SUMS_MIN;
    struct engine_recount_sum *items = base_realloc(table->items, room * sizeof(*items));

    if (items == NULL)
        return OD_ENOMEM;
    table->items = items;
    uint32_t *slots = base_alloc(2 * room * sizeof(*slots));
    if (slots == NULL)
        return OD_ENOMEM;
    base_free(table->slots);
    table->slots = slots;
    table->room = room;
    for (uint32_t i = 0; i < table->count; i++)
        *slot_find(table, &table->items[i].kept) = i + 1;
    return OD_OK;
}

int engine_recount_sum_get(struct engine_recount_table *table, const struct store_count *key, struct engine_recount_sum **out)
{
    uint32_t *slot = table->room > 0 ? slot_find(table, key) : NULL;

    if (slot == NULL || *slot == 0) {
        if (table->count == ENGINE_RECOUNT_SUMS_MAX)
            return OD_ELIMIT;
        if (table->count == table->room && table_grow(table) != OD_OK)
            return OD_ENOMEM;
        slot = slot_find(table, key);
        table->items[table->count] = (struct engine_recount_sum){.kept = *key};
        table->items[table->count].kept.delta = 0;
        *slot = ++table->count;
    }
    *out = &table->items[*slot - 1];
    return OD_OK;
}

void engine_recount_table_fini(struct engine_recount_table *table)
{
    base_free(table->items);
    base_free(table->slots);
    *table = (struct engine_recount_table){0};
}

/* What no record tells of is taken as it is, so that the sums of it can be told all the same. */
static int on_kept(void *owner, const struct store_count *count)
{
    struct engine_recount *recount = owner;
    struct engine_recount_sum *sum;
    int rc = engine_recount_sum_get(&recount->tables[ENGINE_RECOUNT_COUNTS], count, &sum);

    if (rc == OD_OK)
        sum->kept.delta = count->delta;
    if (rc == OD_OK && !engine_measure_is_recounted(count->measure))
        sum->counted = count->delta;
    return rc;
}

static int on_kept_sum(void *owner, const struct store_count *count)
{
    struct engine_recount *recount = owner;
    struct engine_recount_sum *sum;
    int rc = engine_recount_sum_get(&recount->tables[ENGINE_RECOUNT_SUMS], count, &sum);

    if (rc == OD_OK)
        sum->kept.delta = count->delta;
    return rc;
}

int engine_recount_begin(struct engine_recount *recount, struct store_reader *reader)
{
    return store_read_counts_all(reader, &recount->journal_seq, on_kept, on_kept_sum, recount);
}

/* -- One slice -- */

struct hand {
    struct engine_recount *recount;
    struct store_reader *reader;
    struct base_arena *arena;           /* of what the items name */
    struct base_arena snapshots;        /* of the catalogue that is read */
    const char *service, *window;       /* of the application in hand */
    const char *departments[CORE_TASKS_MAX]; /* of its tasks, as far as they were named */
    int rc;                             /* the first error of an event */
};

static int on_snapshot(void *owner, const char *version, const char **snapshot, size_t *size)
{
    char name[sizeof("catalog/") + CATALOG_VERSION_SIZE];
    struct hand *hand = owner;
    const void *bytes;

    base_arena_fini(&hand->snapshots);
    snprintf(name, sizeof(name), "catalog/%.16s", version);
    int rc = store_read_setting(hand->reader, name, &hand->snapshots, &bytes, size);
    if (rc == OD_OK)
        *snapshot = bytes;
    return rc;
}

static const char *keep(const struct hand *hand, const char *text)
{
    return base_arena_text(hand->arena, text, strlen(text));
}

static int items_reserve(struct engine_recount *recount, size_t more)
{
    size_t room = recount->item_room > 0 ? recount->item_room : ENGINE_MEASURED_MAX;

    while (room < recount->item_count + more)
        room *= 2;
    if (room == recount->item_room)
        return OD_OK;
    struct engine_recount_item *items = base_realloc(recount->items, room * sizeof(*items));
    if (items == NULL)
        return OD_ENOMEM;
    recount->items = items;
    recount->item_room = room;
    return OD_OK;
}

/* Who of the staff did it, where an item of it counts for that one; NULL = nobody, or *rc OD_ENOMEM. */
static const char *officer_of(const struct hand *hand, const struct core_event *event, const struct base_json *json, int *rc)
{
    const struct catalog_service *service = hand->recount->fold.service;
    bool is_on_task = journal_event_is_on_task(event->type) && event->task < service->matter_count;
    const char *officer = engine_measure_officer(base_json_member_text(json, "by"), is_on_task ? service->matters[event->task]->department->id : NULL);
    const char *kept = officer != NULL ? keep(hand, officer) : NULL;

    *rc = officer != NULL && kept == NULL ? OD_ENOMEM : OD_OK;
    return kept;
}

/* A task's department; NULL = memory is short. Catalogues may go before the slice is added up. */
static const char *department_of(struct hand *hand, unsigned task)
{
    if (hand->departments[task] == NULL)
        hand->departments[task] = keep(hand, hand->recount->fold.service->matters[task]->department->id);
    return hand->departments[task];
}

/* The first event of an application names its service and its window. */
static int take_names(struct hand *hand, const struct base_json *json)
{
    if (hand->service == NULL) {
        hand->service = keep(hand, hand->recount->fold.service->id);
        hand->window = keep(hand, engine_window_of(json));
    }
    return hand->service != NULL && hand->window != NULL ? OD_OK : OD_ENOMEM;
}

static int put_items(struct hand *hand, const struct engine_measured *measured, const struct core_event *event, const struct base_json *json)
{
    struct engine_recount *recount = hand->recount;
    int rc = OD_OK;
    const char *officer = measured->count > 0 ? officer_of(hand, event, json, &rc) : NULL;

    if (rc != OD_OK || items_reserve(recount, 2 * measured->count) != OD_OK)
        return OD_ENOMEM;
    for (size_t i = 0; i < measured->count; i++) {
        const struct engine_measured_item *item = &measured->items[i];
        bool is_of_task = item->task < CORE_TASKS_MAX;
        struct engine_recount_item put = {
            .service = hand->service,
            .department = is_of_task ? department_of(hand, item->task) : NULL,
            .window = hand->window,
            .month = engine_month_of(event->time.day),
            .delta = item->delta,
            .measure = item->measure};

        if (is_of_task && put.department == NULL)
            return OD_ENOMEM;
        recount->items[recount->item_count++] = put;
        put.officer = officer;
        if (officer != NULL && engine_measure_is_of_officer(event, item))
            recount->items[recount->item_count++] = put;
    }
    return OD_OK;
}

/* -- After-care -- */

/* As engine_concern_write puts them: of the whole, of the department, of the officer. */
static int put_told(struct hand *hand, const struct engine_concern_told *told, const char *department, int32_t month)
{
    struct engine_recount *recount = hand->recount;
    uint8_t measures[ENGINE_CONCERN_MEASURES_MAX];
    size_t count = engine_concern_measure(told, measures);
    struct engine_recount_item whole = {.service = keep(hand, told->service != NULL ? told->service : ENGINE_CONCERN_CENTER),
                                        .window = told->window != NULL ? keep(hand, told->window) : NULL, .month = month, .delta = 1};
    struct engine_recount_item of_department = {.service = whole.service, .month = month, .delta = 1,
                                                .department = department != NULL ? keep(hand, department) : NULL};
    struct engine_recount_item of_officer = {.service = whole.service, .month = month, .delta = 1, .officer_number = told->officer};

    if (whole.service == NULL || (told->window != NULL && whole.window == NULL) ||
        (department != NULL && of_department.department == NULL) || items_reserve(recount, 3 * count) != OD_OK)
        return OD_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        whole.measure = of_department.measure = of_officer.measure = measures[i];
        recount->items[recount->item_count++] = whole;
        if (department != NULL)
            recount->items[recount->item_count++] = of_department;
        if (told->officer != 0)
            recount->items[recount->item_count++] = of_officer;
    }
    return OD_OK;
}

/* An event that is none of the core: after-care counts, the rest is for people alone: decided, progress, ... */
static int follow_concern(struct hand *hand, const struct base_json *json)
{
    struct engine_concern_told told;
    int64_t day;
    int rc = engine_concern_told_read(json, &told);

    if (rc != OD_OK)
        return rc == OD_ENOTFOUND ? OD_OK : rc;
    if (base_json_i64(base_json_member(json, "day"), 0, CORE_DAY_MAX, &day) != OD_OK)
        return OD_ESYNTAX;
    return put_told(hand, &told, base_json_member_text(json, "department"), engine_month_of((core_day)day));
}

/* -- Events -- */

static int measure(struct hand *hand, const struct base_json *json, const struct core_event *event, const struct core_effects *effects)
{
    const struct evidence_fold *fold = &hand->recount->fold;
    struct engine_measured measured;
    int rc = take_names(hand, json);

    engine_measure(&fold->service->rules, fold->core, event, effects, &measured);
    return rc == OD_OK ? put_items(hand, &measured, event, json) : rc;
}

static void on_event(void *owner, const struct base_json *json, const struct core_event *event, const struct core_effects *effects)
{
    struct hand *hand = owner;
    int rc = event != NULL ? measure(hand, json, event, effects) : follow_concern(hand, json);

    if (hand->rc == OD_OK)
        hand->rc = rc;
}

/* Memory and disk fail the recount; anything else is a journal that does not tell what happened. */
static bool is_own_fault(int rc)
{
    return rc == OD_ENOMEM || rc == OD_EIO || rc == OD_EBUSY;
}

static int follow_record(struct hand *hand, const struct store_record *record)
{
    int rc = evidence_fold_record(&hand->recount->fold, record->record, record->size);

    return rc == OD_OK ? hand->rc : rc;
}

static int follow_application(struct hand *hand, size_t *records_seen)
{
    struct engine_recount *recount = hand->recount;
    size_t before = recount->item_count, count = 0;
    struct base_arena arena = {0};
    struct store_record *records;

    hand->service = hand->window = NULL;
    hand->rc = OD_OK;
    memset(hand->departments, 0, sizeof(hand->departments));
    evidence_fold_begin(&recount->fold, recount->next);
    int rc = store_read_history(hand->reader, recount->next, 0, &arena, &records, &count);
    if (rc == OD_ENOTFOUND)
        count = 0, rc = OD_OK; /* a number that nobody got */
    for (size_t i = 0; i < count && records[i].seq <= recount->journal_seq && rc == OD_OK; i++)
        rc = follow_record(hand, &records[i]);
    bool has_any = count > 0 && records[0].seq <= recount->journal_seq;
    base_arena_fini(&arena);
    *records_seen += count;
    if (rc != OD_OK && !is_own_fault(rc) && recount->unreadable++ == 0)
        recount->first_unreadable = recount->next;
    if (rc != OD_OK && is_own_fault(rc))
        recount->item_count = before;
    else
        recount->applications += has_any;
    return is_own_fault(rc) ? rc : OD_OK;
}

/* -- The hub's own records: those of after-care that is of no application -- */

/* Another's record is passed over unread. */
static int follow_own(struct hand *hand, const struct store_record *record)
{
    struct base_json_error error;
    struct base_json *event = NULL;
    size_t before = hand->recount->item_count;

    if (record->application != 0)
        return OD_OK;
    int rc = base_json_parse(record->record, record->size, &event, &error);
    if (rc == OD_OK)
        rc = follow_concern(hand, event);
    base_json_destroy(event);
    if (rc == OD_OK || is_own_fault(rc))
        return rc;
    hand->recount->item_count = before;
    hand->recount->unreadable_own++;
    return OD_OK;
}

static int slice_own(struct engine_recount *recount, struct store_reader *reader, struct base_arena *arena)
{
    struct hand hand = {.recount = recount, .reader = reader, .arena = arena};
    struct store_record *records = base_arena_take(arena, ENGINE_RECOUNT_RECORDS * sizeof(*records));
    struct base_arena texts = {0};
    size_t count = 0;
    int rc = records != NULL ? store_read_journal(reader, recount->own_seq, &texts, records, ENGINE_RECOUNT_RECORDS, &count) : OD_ENOMEM;

    for (size_t i = 0; i < count && rc == OD_OK; i++) {
        rc = records[i].seq <= recount->journal_seq ? follow_own(&hand, &records[i]) : OD_OK;
        recount->own_seq = records[i].seq;
    }
    base_arena_fini(&texts);
    if (rc == OD_OK && count < ENGINE_RECOUNT_RECORDS)
        recount->own_seq = recount->journal_seq; /* that was the end */
    return rc;
}

static int slice_applications(struct engine_recount *recount, struct store_reader *reader, struct base_arena *arena)
{
    struct hand hand = {.recount = recount, .reader = reader, .arena = arena};
    size_t records = 0;
    int rc = OD_OK;

    recount->fold.ops = (struct evidence_fold_ops){.on_snapshot = on_snapshot, .on_event = on_event, .owner = &hand};
    for (unsigned i = 0; i < ENGINE_RECOUNT_IDS && records < ENGINE_RECOUNT_RECORDS && recount->next <= recount->last && rc == OD_OK; i++) {
        rc = follow_application(&hand, &records);
        recount->next += rc == OD_OK;
    }
    base_arena_fini(&hand.snapshots);
    return rc;
}

/* -- The sums of the counts -- */

static int add_to_sum(struct engine_recount *recount, int32_t period, uint32_t service, const struct engine_recount_sum *count)
{
    struct store_count key = count->kept;
    struct engine_recount_sum *sum;

    key.month = period;
    key.service = service;
    int rc = engine_recount_sum_get(&recount->tables[ENGINE_RECOUNT_SUMS], &key, &sum);
    if (rc == OD_OK)
        engine_measure_add(&sum->counted, key.measure, count->counted);
    return rc;
}

/* Of all services in the month and in the year, and of its service in the year. */
static int add_up(struct engine_recount *recount, const struct engine_recount_sum *count)
{
    int32_t month = count->kept.month, year = month / 100 * 100;
    int rc = count->counted != 0 ? add_to_sum(recount, month, 0, count) : OD_OK;

    if (rc == OD_OK && count->counted != 0)
        rc = add_to_sum(recount, year, 0, count);
    return rc == OD_OK && count->counted != 0 && count->kept.service != 0 ? add_to_sum(recount, year, count->kept.service, count) : rc;
}

static uint32_t count_differences(const struct engine_recount_table *table)
{
    uint32_t differences = 0;

    for (uint32_t i = 0; i < table->count; i++)
        differences += table->items[i].kept.delta != table->items[i].counted;
    return differences;
}

static int slice_sums(struct engine_recount *recount)
{
    const struct engine_recount_table *counts = &recount->tables[ENGINE_RECOUNT_COUNTS];
    uint32_t until = counts->count - recount->added < ENGINE_RECOUNT_ADDED ? counts->count : recount->added + ENGINE_RECOUNT_ADDED;
    int rc = OD_OK;

    for (; recount->added < until && rc == OD_OK; recount->added++)
        rc = add_up(recount, &counts->items[recount->added]);
    recount->is_added = rc == OD_OK && recount->added == counts->count;
    if (recount->is_added)
        recount->differences = count_differences(counts) + count_differences(&recount->tables[ENGINE_RECOUNT_SUMS]);
    return rc;
}

bool engine_recount_is_counted(const struct engine_recount *recount)
{
    return recount->next > recount->last && recount->own_seq >= recount->journal_seq;
}

bool engine_recount_is_over(const struct engine_recount *recount)
{
    return engine_recount_is_counted(recount) && recount->is_added;
}

int engine_recount_slice(struct engine_recount *recount, struct store_reader *reader, struct base_arena *arena)
{
    recount->item_count = 0;
    if (engine_recount_is_counted(recount))
        return slice_sums(recount);
    return recount->next > recount->last ? slice_own(recount, reader, arena) : slice_applications(recount, reader, arena);
}
