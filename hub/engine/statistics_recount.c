/* SPDX-License-Identifier: Apache-2.0 */
/* The journal once more through the core, application by application: what each event counts
 * for now is what it counted for when it was written. In the pool; nothing of the loop's is
 * touched, not even its catalogues, since their calendars may be amended meanwhile. */
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

static uint32_t *slot_find(const struct engine_recount *recount, const struct store_count *key)
{
    uint64_t wide = (uint64_t)key->service << 32 | key->window;
    uint64_t narrow = (uint64_t)(uint32_t)key->month << 24 | (uint64_t)key->department << 8 | key->measure;
    uint32_t at = (uint32_t)((wide * SPREAD ^ narrow) * SPREAD >> 32) & (2 * recount->sum_room - 1);

    while (recount->slots[at] != 0 && !is_same(&recount->sums[recount->slots[at] - 1].kept, key))
        at = (at + 1) & (2 * recount->sum_room - 1);
    return &recount->slots[at];
}

static int sums_grow(struct engine_recount *recount)
{
    uint32_t room = recount->sum_room > 0 ? 2 * recount->sum_room : SUMS_MIN;
    struct engine_recount_sum *sums = base_realloc(recount->sums, room * sizeof(*sums));

    if (sums == NULL)
        return OD_ENOMEM;
    recount->sums = sums;
    uint32_t *slots = base_alloc(2 * room * sizeof(*slots));
    if (slots == NULL)
        return OD_ENOMEM;
    base_free(recount->slots);
    recount->slots = slots;
    recount->sum_room = room;
    for (uint32_t i = 0; i < recount->sum_count; i++)
        *slot_find(recount, &recount->sums[i].kept) = i + 1;
    return OD_OK;
}

int engine_recount_sum_get(struct engine_recount *recount, const struct store_count *key, struct engine_recount_sum **out)
{
    uint32_t *slot = recount->sum_room > 0 ? slot_find(recount, key) : NULL;

    if (slot == NULL || *slot == 0) {
        if (recount->sum_count == ENGINE_RECOUNT_SUMS_MAX)
            return OD_ELIMIT;
        if (recount->sum_count == recount->sum_room && sums_grow(recount) != OD_OK)
            return OD_ENOMEM;
        slot = slot_find(recount, key);
        recount->sums[recount->sum_count] = (struct engine_recount_sum){.kept = *key};
        recount->sums[recount->sum_count].kept.delta = 0;
        *slot = ++recount->sum_count;
    }
    *out = &recount->sums[*slot - 1];
    return OD_OK;
}

static int on_kept(void *owner, const struct store_count *count)
{
    struct engine_recount_sum *sum;

    if (!engine_measure_is_of_application(count->measure))
        return OD_OK;
    int rc = engine_recount_sum_get(owner, count, &sum);
    if (rc == OD_OK)
        sum->kept.delta = count->delta;
    return rc;
}

int engine_recount_begin(struct engine_recount *recount, struct store_reader *reader)
{
    return store_read_counts_all(reader, &recount->journal_seq, on_kept, recount);
}

/* -- One application -- */

struct hand {
    struct engine_recount *recount;
    struct store_reader *reader;
    struct base_arena *arena;
    uint64_t id;
    const struct catalog_service *service; /* NULL = its first event has not been met */
    const char *window;
};

static struct catalog *catalog_in_hand(const struct engine_recount *recount, const char *version)
{
    for (unsigned i = 0; i < recount->catalog_count; i++)
        if (strcmp(catalog_version(recount->catalogs[i]), version) == 0)
            return recount->catalogs[i];
    return NULL;
}

static int restore(struct hand *hand, const char *version, struct catalog **out)
{
    char name[sizeof("catalog/") + CATALOG_VERSION_SIZE] = "catalog/";
    struct base_arena arena = {0};
    const void *snapshot;
    size_t size;

    snprintf(name, sizeof(name), "catalog/%s", version);
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    int rc = findings != NULL ? store_read_setting(hand->reader, name, &arena, &snapshot, &size) : OD_ENOMEM;
    if (rc == OD_OK)
        rc = catalog_restore(snapshot, size, out, findings);
    base_free(findings);
    base_arena_fini(&arena);
    return rc;
}

/* Errors: OD_EBUSY no place for one more until the next slice; OD_ENOTFOUND, OD_ENOMEM ... */
static int catalog_get(struct hand *hand, const char *version, struct catalog **out)
{
    struct engine_recount *recount = hand->recount;

    *out = catalog_in_hand(recount, version);
    if (*out != NULL)
        return OD_OK;
    if (recount->catalog_count == ENGINE_RECOUNT_CATALOGS_MAX)
        return OD_EBUSY;
    int rc = restore(hand, version, out);
    if (rc == OD_OK)
        recount->catalogs[recount->catalog_count++] = *out;
    return rc;
}

/* The calendars that the event counts by: another version's, or again those of its own catalogue. */
static int calendars_take(struct hand *hand, const struct base_json *event)
{
    struct engine_recount *recount = hand->recount;
    struct catalog *pinned = (struct catalog *)hand->service->catalog, *lender = pinned;
    const char *version = base_json_member_text(event, JOURNAL_CALENDARS_OF);

    if (version != NULL)
        lender = catalog_in_hand(recount, version);
    if (lender == NULL && recount->lender != NULL && strcmp(catalog_version(recount->lender), version) == 0)
        lender = recount->lender;
    if (lender == NULL) {
        int rc = strlen(version) == CATALOG_VERSION_SIZE - 1 ? restore(hand, version, &lender) : OD_ESYNTAX;

        if (rc != OD_OK)
            return rc;
        catalog_release(recount->lender);
        recount->lender = lender;
    }
    catalog_calendars_adopt(pinned, lender);
    return OD_OK;
}

/* Service, window and an empty state, from the members that the intake wrote. */
static int take_received(struct hand *hand, const struct base_json *event)
{
    const char *version = base_json_member_text(event, "catalog_version");
    const char *id = base_json_member_text(event, "service"), *window = engine_window_of(event);
    struct catalog *catalog;

    if (version == NULL || strlen(version) != CATALOG_VERSION_SIZE - 1 || id == NULL)
        return OD_ESYNTAX;
    int rc = catalog_get(hand, version, &catalog);
    if (rc != OD_OK)
        return rc;
    hand->service = catalog_service_find(catalog, id);
    hand->window = base_arena_text(hand->arena, window, strlen(window));
    if (hand->service == NULL)
        return OD_ESYNTAX;
    memset(hand->recount->core, 0, core_application_size((unsigned)hand->service->matter_count));
    hand->recount->core->task_count = (uint8_t)hand->service->matter_count;
    return hand->window != NULL ? OD_OK : OD_ENOMEM;
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

static int put_items(struct hand *hand, const struct engine_measured *measured, core_day day)
{
    struct engine_recount *recount = hand->recount;

    if (items_reserve(recount, measured->count) != OD_OK)
        return OD_ENOMEM;
    for (size_t i = 0; i < measured->count; i++) {
        const struct engine_measured_item *item = &measured->items[i];
        bool is_of_task = item->task < CORE_TASKS_MAX;

        recount->items[recount->item_count++] = (struct engine_recount_item){
            .service = hand->service->id,
            .department = is_of_task ? hand->service->matters[item->task]->department->id : NULL,
            .window = hand->window,
            .month = engine_month_of(day),
            .delta = item->delta,
            .measure = item->measure};
    }
    return OD_OK;
}

static int follow_event(struct hand *hand, const struct base_json *json)
{
    struct engine_measured measured;
    struct core_effects effects;
    struct core_event event;
    int rc = journal_event_read(json, hand->id, &event);

    if (rc != OD_OK)
        return rc == OD_ENOTFOUND ? OD_OK : rc; /* for people alone: decided, progress, ... */
    if (hand->service == NULL)
        rc = event.type == CORE_RECEIVED ? take_received(hand, json) : OD_ESYNTAX;
    if (rc == OD_OK)
        rc = calendars_take(hand, json);
    if (rc == OD_OK)
        rc = core_step(&hand->service->rules, hand->recount->core, &event, &effects);
    if (rc != OD_OK)
        return rc;
    engine_measure(&hand->service->rules, hand->recount->core, &event, &effects, &measured);
    return put_items(hand, &measured, event.time.day);
}

static int follow_record(struct hand *hand, const struct store_record *record)
{
    struct base_json_error error;
    struct base_json *root = NULL;
    int rc = base_json_parse(record->record, record->size, &root, &error);

    for (const struct base_json *event = base_json_first(base_json_member(root, "events")); event != NULL && rc == OD_OK;
         event = base_json_next(event))
        rc = follow_event(hand, event);
    base_json_destroy(root);
    return rc;
}

/* Memory and disk fail the recount; anything else is a journal that does not tell what happened. */
static bool is_own_fault(int rc)
{
    return rc == OD_ENOMEM || rc == OD_EIO || rc == OD_EBUSY;
}

static int follow_application(struct hand *hand, size_t *records_seen)
{
    struct engine_recount *recount = hand->recount;
    size_t before = recount->item_count, count = 0;
    struct base_arena arena = {0};
    struct store_record *records;

    int rc = store_read_history(hand->reader, hand->id, 0, &arena, &records, &count);
    if (rc == OD_ENOTFOUND)
        count = 0, rc = OD_OK; /* a number that nobody got */
    for (size_t i = 0; i < count && records[i].seq <= recount->journal_seq && rc == OD_OK; i++)
        rc = follow_record(hand, &records[i]);
    bool has_any = count > 0 && records[0].seq <= recount->journal_seq;
    base_arena_fini(&arena);
    *records_seen += count;
    if (rc != OD_OK && !is_own_fault(rc) && recount->unreadable++ == 0)
        recount->first_unreadable = hand->id;
    if (rc != OD_OK && is_own_fault(rc))
        recount->item_count = before;
    else
        recount->applications += has_any;
    return is_own_fault(rc) ? rc : OD_OK;
}

/* The newest stays: applications come in the order of their catalogues. */
static void catalogs_trim(struct engine_recount *recount)
{
    if (recount->catalog_count < ENGINE_RECOUNT_CATALOGS_MAX)
        return;
    for (unsigned i = 0; i + 1 < recount->catalog_count; i++)
        catalog_release(recount->catalogs[i]);
    recount->catalogs[0] = recount->catalogs[recount->catalog_count - 1];
    recount->catalog_count = 1;
}

int engine_recount_slice(struct engine_recount *recount, struct store_reader *reader, struct base_arena *arena)
{
    size_t records = 0;
    int rc = OD_OK;

    recount->item_count = 0;
    catalogs_trim(recount);
    for (unsigned i = 0; i < ENGINE_RECOUNT_IDS && records < ENGINE_RECOUNT_RECORDS && recount->next <= recount->last; i++) {
        struct hand hand = {.recount = recount, .reader = reader, .arena = arena, .id = recount->next};

        rc = follow_application(&hand, &records);
        if (rc != OD_OK)
            break;
        recount->next++;
    }
    return rc == OD_EBUSY ? OD_OK : rc; /* it goes on with the next slice */
}
