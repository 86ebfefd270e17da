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

    if (!engine_measure_is_recounted(count->measure))
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

static const char *keep(const struct hand *hand, const char *text)
{
    return base_arena_text(hand->arena, text, strlen(text));
}

/* Who of the staff did it, where an item of it counts for that one; NULL = nobody, or *rc OD_ENOMEM. */
static const char *officer_of(const struct hand *hand, const struct core_event *event, const struct base_json *json, int *rc)
{
    bool is_on_task = journal_event_is_on_task(event->type) && event->task < hand->service->matter_count;
    const char *officer = engine_measure_officer(base_json_member_text(json, "by"),
                                                 is_on_task ? hand->service->matters[event->task]->department->id : NULL);
    const char *kept = officer != NULL ? keep(hand, officer) : NULL;

    *rc = officer != NULL && kept == NULL ? OD_ENOMEM : OD_OK;
    return kept;
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
        struct engine_recount_item put = {
            .service = hand->service->id,
            .department = item->task < CORE_TASKS_MAX ? hand->service->matters[item->task]->department->id : NULL,
            .window = hand->window,
            .month = engine_month_of(event->time.day),
            .delta = item->delta,
            .measure = item->measure};

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

static int follow_event(struct hand *hand, const struct base_json *json)
{
    struct engine_measured measured;
    struct core_effects effects;
    struct core_event event;
    int rc = journal_event_read(json, hand->id, &event);

    if (rc != OD_OK)
        return rc == OD_ENOTFOUND ? follow_concern(hand, json) : rc;
    if (hand->service == NULL)
        rc = event.type == CORE_RECEIVED ? take_received(hand, json) : OD_ESYNTAX;
    if (rc == OD_OK)
        rc = calendars_take(hand, json);
    if (rc == OD_OK)
        rc = core_step(&hand->service->rules, hand->recount->core, &event, &effects);
    if (rc != OD_OK)
        return rc;
    engine_measure(&hand->service->rules, hand->recount->core, &event, &effects, &measured);
    return put_items(hand, &measured, &event, json);
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
    if (recount->next > recount->last)
        return slice_own(recount, reader, arena);
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
