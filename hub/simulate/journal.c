/* SPDX-License-Identifier: Apache-2.0 */
/* The journal of a store: a copy, and on it one application after another.
 *
 *   copy -> open -> [row, journal -> fold = the row? -> run as recorded = the fold? -> scenario -> compare]
 *
 * Stretches of applications are shared out among workers, each with a reader, catalogues and memory of its own; what they
 * have to tell is told by the caller's thread in the order of the numbers. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/time.h"
#include "simulate/journal_read.h"
#include "simulate/outbox.h"

#define IDS 2048  /* read at once, and shared out */
#define WORKERS_MAX 4
#define SLOTS 128 /* services remembered under the scenario; a power of two */

/* One service, as recorded and under the scenario. */
struct slot {
    const struct catalog_service *recorded, *used;
    struct simulate_rules changed;
    struct simulate_name names[CORE_TASKS_MAX], changed_names[CORE_TASKS_MAX];
    uint8_t task_of[CORE_TASKS_MAX];
};

/* One worker. */
struct journal_play {
    const struct simulate_scenario *scenario;
    struct simulate_report report;  /* into outbox */
    struct simulate_summary summary;
    struct simulate_outbox outbox;
    struct simulate_book book;
    struct simulate_room room;
    struct slot *slots[SLOTS];      /* owned; by the recorded service */
    uint32_t generation;            /* of the book's catalogues that they know */
    core_ms horizon_ms;
    const uint64_t *ids;            /* its share; borrowed */
    size_t count;
    int rc;
    pthread_t thread;
    bool is_apart;                  /* thread runs */
};

struct journal {
    const struct simulate_scenario *scenario;
    const struct simulate_report *report;
    struct simulate_summary *summary;
    struct store *store;
    struct journal_play workers[WORKERS_MAX];
    size_t worker_count;
    uint64_t done, total;
    uint64_t ids[IDS];
};

/* -- Services under the scenario -- */

static void name_tasks(struct simulate_name *names, const struct catalog_service *service)
{
    for (size_t i = 0; i < service->matter_count; i++)
        names[i] = (struct simulate_name){service->matters[i]->id, service->matters[i]->id, service->matters[i]->department->id};
}

static uint8_t find_matter(const struct catalog_service *service, const char *id)
{
    for (size_t i = 0; i < service->matter_count; i++)
        if (strcmp(service->matters[i]->id, id) == 0)
            return (uint8_t)i;
    return SIMULATE_TASK_NONE;
}

/* used is NULL when the other catalogue does not have the service. */
static void slot_fill(struct slot *slot, const struct catalog_service *recorded, const struct simulate_scenario *scenario)
{
    slot->recorded = recorded;
    slot->used = scenario->catalog != NULL ? catalog_service_find(scenario->catalog, recorded->id) : recorded;
    if (slot->used == NULL)
        return;
    name_tasks(slot->names, recorded);
    name_tasks(slot->changed_names, slot->used);
    memset(slot->task_of, SIMULATE_TASK_NONE, sizeof(slot->task_of));
    for (size_t i = 0; i < recorded->matter_count; i++)
        slot->task_of[i] = find_matter(slot->used, recorded->matters[i]->id);
    simulate_rules_make(&slot->changed, &slot->used->rules, scenario, slot->changed_names, NULL);
}

static void slots_forget(struct journal_play *play)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (play->slots[i] != NULL)
            play->slots[i]->recorded = NULL;
    play->generation = play->book.generation;
}

static struct slot *slot_find(struct journal_play *play, const struct catalog_service *service)
{
    if (play->generation != play->book.generation)
        slots_forget(play);
    struct slot **slot = &play->slots[((uintptr_t)service >> 4) * 31 & (SLOTS - 1)];

    if (*slot == NULL)
        *slot = base_alloc(sizeof(**slot));
    if (*slot != NULL && (*slot)->recorded != service)
        slot_fill(*slot, service, play->scenario);
    return *slot;
}

/* -- One application -- */

static int tell(struct journal_play *play, enum simulate_finding_kind kind, const char *number, const char *detail)
{
    const struct simulate_finding finding = {.kind = kind, .number = number, .detail = detail};

    return simulate_finding_is_error(kind) ? simulate_leave_out(&play->report, &play->summary, &finding)
                                           : simulate_tell_finding(&play->report, &play->summary, &finding);
}

static core_task_set renumber(core_task_set tasks, const uint8_t *task_of)
{
    core_task_set renumbered = 0;

    for (unsigned i = 0; i < CORE_TASKS_MAX; i++)
        if ((tasks >> i & 1) != 0 && task_of[i] != SIMULATE_TASK_NONE)
            renumbered |= (core_task_set)1 << task_of[i];
    return renumbered;
}

/* A document that does not pass the other catalogue's check keeps the matters that it had. */
static int find_included(struct journal_play *play, const struct simulate_page *page, const struct slot *slot, core_task_set *included)
{
    *included = renumber(play->room.course.acts[0].event.received.included, slot->task_of);
    if (slot->used == slot->recorded)
        return OD_OK;
    int rc = simulate_page_included(&play->book, page, slot->used, play->room.recorded->received_day, included);
    return rc == OD_EINVAL ? OD_OK : rc;
}

/* What is needed now and was not then has no recorded time. */
static int note_new_matters(struct journal_play *play, const struct slot *slot, const char *number, core_task_set included)
{
    core_task_set known = renumber(play->room.course.acts[0].event.received.included, slot->task_of);
    int rc = OD_OK;

    for (unsigned i = 0; i < slot->used->matter_count && rc == OD_OK; i++)
        if ((included & ~known) >> i & 1)
            rc = tell(play, SIMULATE_FINDING_NO_DURATION, number, slot->used->matters[i]->id);
    return rc;
}

static int settle(struct journal_play *play, const struct simulate_page *page, struct slot *slot, struct simulate_case *of)
{
    int rc = find_included(play, page, slot, &of->included);

    if (rc == OD_OK)
        rc = note_new_matters(play, slot, of->number, of->included);
    return rc == OD_OK ? simulate_case_settle(&play->room, of, play->scenario, &play->report, &play->summary) : rc;
}

static bool is_the_row(struct journal_play *play, const struct simulate_page *page)
{
    size_t size = core_application_pack(play->room.recorded, play->room.packed[0], CORE_PACKED_MAX);

    return size == page->packed_size && memcmp(play->room.packed[0], page->packed, size) == 0;
}

/* Which finding an error of reading or folding is; NONE = it is no error of the record. */
static enum simulate_finding_kind kind_of(int rc)
{
    switch (rc) {
    case OD_ENOMEM: return SIMULATE_FINDING_NONE;
    case OD_ENOTFOUND: return SIMULATE_FINDING_NO_CATALOG;
    case OD_ELIMIT: return SIMULATE_FINDING_TOO_MANY_ACTS;
    case OD_EIO:
    case OD_ESYNTAX: return SIMULATE_FINDING_UNREADABLE;
    default: return SIMULATE_FINDING_REFUSED;
    }
}

static int leave_out(struct journal_play *play, int rc, const char *number)
{
    enum simulate_finding_kind kind = kind_of(rc);

    return kind != SIMULATE_FINDING_NONE ? tell(play, kind, number, play->book.detail) : rc;
}

static int play_page(struct journal_play *play, struct simulate_page *page, const char *number)
{
    struct slot *slot = slot_find(play, page->service);

    if (slot == NULL)
        return OD_ENOMEM;
    if (slot->used == NULL)
        return tell(play, SIMULATE_FINDING_NO_SERVICE, number, page->service->id);
    struct simulate_case of = {
        .number = number, .recorded = &page->service->rules, .names = slot->names, .changed = &slot->changed.rules,
        .changed_names = slot->changed_names, .task_of = slot->task_of, .horizon_ms = play->horizon_ms,
        .reign = simulate_page_reign(&play->book, page)};
    if (slot->used == slot->recorded && play->scenario->calendar == NULL)
        of.changed_reign = of.reign; /* the scenario's own calendars never change */
    if (!is_the_row(play, page))
        return tell(play, SIMULATE_FINDING_NOT_THE_ROW, number, "");
    int rc = simulate_case_repeat(&play->room, &of);
    if (rc == OD_ENOMEM)
        return rc;
    if (rc != OD_OK || !simulate_states_match(&play->room, play->room.recorded, play->room.before))
        return tell(play, SIMULATE_FINDING_NOT_REPRODUCED, number, rc != OD_OK ? "refused" : "");
    return settle(play, page, slot, &of);
}

static int play_application(struct journal_play *play, uint64_t id)
{
    struct simulate_page page;
    char number[BASE_NUMBER_SIZE];
    int rc = simulate_page_read(&play->book, id, &page);

    snprintf(number, sizeof(number), "%llu", (unsigned long long)id);
    if (rc == OD_OK)
        rc = simulate_page_fold(&play->book, &page, play->horizon_ms, &play->room);
    if (rc != OD_OK)
        return leave_out(play, rc, number);
    base_number_format(id, play->room.recorded->received_day, number);
    return play_page(play, &page, number);
}

/* -- Workers -- */

static void *work(void *owner)
{
    struct journal_play *play = owner;

    play->rc = OD_OK;
    for (size_t i = 0; i < play->count && play->rc == OD_OK; i++)
        play->rc = play_application(play, play->ids[i]);
    return NULL;
}

/* The first share is the caller's own; a thread that cannot be had leaves its share to it, too. */
static void share_out(struct journal *journal, size_t count)
{
    size_t share = (count + journal->worker_count - 1) / journal->worker_count;

    for (size_t i = 0; i < journal->worker_count; i++) {
        struct journal_play *play = &journal->workers[i];
        size_t from = i * share < count ? i * share : count;
        play->ids = journal->ids + from;
        play->count = count - from < share ? count - from : share;
        play->is_apart = i > 0 && play->count > 0 && pthread_create(&play->thread, NULL, work, play) == 0;
    }
    for (size_t i = 0; i < journal->worker_count; i++)
        if (!journal->workers[i].is_apart)
            work(&journal->workers[i]);
    for (size_t i = 0; i < journal->worker_count; i++)
        if (journal->workers[i].is_apart)
            pthread_join(journal->workers[i].thread, NULL);
}

static int gather(struct journal *journal)
{
    int rc = OD_OK;

    for (size_t i = 0; i < journal->worker_count && rc == OD_OK; i++) {
        struct journal_play *play = &journal->workers[i];
        simulate_summary_add(journal->summary, &play->summary);
        play->summary = (struct simulate_summary){0};
        rc = simulate_outbox_flush(&play->outbox, journal->report);
        if (rc == OD_OK)
            rc = play->rc;
    }
    return rc;
}

static int play_applications(struct journal *journal)
{
    uint64_t after = 0;
    size_t count = IDS;
    int rc = simulate_tell_progress(journal->report, 0, journal->total);

    while (rc == OD_OK && count == IDS) {
        rc = store_read_ids(journal->workers[0].book.reader, after, journal->ids, IDS, &count);
        if (rc != OD_OK || count == 0)
            break;
        after = journal->ids[count - 1];
        share_out(journal, count);
        rc = gather(journal);
        journal->done += count;
        if (rc == OD_OK)
            rc = simulate_tell_progress(journal->report, journal->done, journal->total);
    }
    return rc;
}

/* -- The store -- */

static int worker_open(struct journal *journal, struct journal_play *play)
{
    play->scenario = journal->scenario;
    play->report = simulate_outbox_report(&play->outbox);
    play->book.reader = store_reader_take(journal->store);
    int rc = simulate_room_init(&play->room);
    return rc == OD_OK ? simulate_book_open(&play->book) : rc;
}

static void worker_close(struct journal *journal, struct journal_play *play)
{
    for (size_t i = 0; i < SLOTS; i++)
        base_free(play->slots[i]);
    simulate_outbox_fini(&play->outbox);
    simulate_room_fini(&play->room);
    simulate_book_fini(&play->book);
    store_reader_give(journal->store, play->book.reader);
}

/* The end of the record, and the zone of the newest application's catalogue. */
static int find_frame(struct journal *journal)
{
    struct simulate_book *book = &journal->workers[0].book;
    uint64_t last = store_journal_last(journal->store);
    struct store_record record;
    struct simulate_page page;
    size_t count = 0;
    int rc = last > 0 ? store_read_journal(book->reader, last - 1, &book->arena, &record, 1, &count) : OD_OK;

    if (rc != OD_OK)
        return rc;
    for (size_t i = 0; i < journal->worker_count; i++)
        journal->workers[i].horizon_ms = count > 0 ? record.at_ms : 0;
    journal->total = store_application_next(journal->store) - 1;
    if (journal->total > 0 && simulate_page_read(book, journal->total, &page) == OD_OK)
        rc = base_zone_set(catalog_zone(page.service->catalog));
    simulate_zone_forget();
    return rc;
}

static int play_store(struct journal *journal)
{
    size_t opened = 0;
    int rc = OD_OK;

    for (; opened < journal->worker_count && rc == OD_OK; opened++)
        rc = worker_open(journal, &journal->workers[opened]);
    if (rc == OD_OK)
        rc = find_frame(journal);
    if (rc == OD_OK)
        rc = play_applications(journal);
    while (opened > 0)
        worker_close(journal, &journal->workers[--opened]);
    return rc;
}

static size_t worker_count(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : (size_t)cores;
}

static int play_folder(struct journal *journal, const char *folder, char text[512])
{
    struct store_options options = {.folder = folder, .reader_count = (uint32_t)journal->worker_count};
    uv_loop_t loop;

    if (uv_loop_init(&loop) != 0)
        return OD_ENOMEM;
    int rc = store_open(&loop, &options, &journal->store, text);
    if (rc == OD_OK) {
        rc = play_store(journal);
        store_close(journal->store, NULL, NULL);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return rc;
}

int simulate_journal(const char *folder, const char *to_folder, const struct simulate_scenario *scenario,
                     const struct simulate_report *report, struct simulate_summary *summary, char text[512])
{
    struct journal *journal = base_alloc(sizeof(*journal));

    text[0] = '\0';
    *summary = (struct simulate_summary){0};
    if (journal == NULL)
        return OD_ENOMEM;
    journal->scenario = scenario;
    journal->report = report;
    journal->summary = summary;
    journal->worker_count = worker_count();
    int rc = store_copy(folder, to_folder, report->on_copied, report->owner, text);
    if (rc == OD_OK)
        rc = play_folder(journal, to_folder, text);
    base_free(journal);
    return rc;
}
