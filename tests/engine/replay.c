/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/replay.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/policy.h"
#include "engine/mark.h"
#include "engine/stage.h"
#include "lib/check.h"

struct fold {
    struct engine_application *row; /* what the disk has */
    struct catalog *pinned;         /* a copy of its catalogue, whose calendars are those of the moment */
    const struct core_rules *rules; /* of its service there */
    struct catalog *lender;         /* owned: who lends them, NULL = its own files */
    struct core_application *core;  /* what the journal makes of it */
    unsigned decided;               /* events of that name */
    unsigned opinions[CORE_TASKS_MAX], accepts[CORE_TASKS_MAX];
    struct engine_text marks[CORE_TASKS_MAX]; /* owned */
};

/* Invariants 2 and 4 as the journal shows them: one final opinion a task, no offer after an accept
 * unless an officer gave the task out anew. */
static void count_event(struct fold *fold, const struct core_event *event, const struct core_application *before)
{
    if (event->type == CORE_ACCEPTED || event->type == CORE_TAKEN)
        fold->accepts[event->task]++;
    if (event->type == CORE_REQUEUED)
        fold->accepts[event->task] = 0;
    for (unsigned i = 0; event->type == CORE_OFFERED && i < CORE_TASKS_MAX; i++)
        if (event->offered.tasks >> i & 1)
            CHECK_I64(0, fold->accepts[i], "offered again after it was accepted");
    if (event->type == CORE_OPINED && core_task_is_open(&before->tasks[event->task]))
        fold->opinions[event->task]++;
}

/* A copy of the version, with the calendars of its own files. */
static struct catalog *restore(const char *version)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct catalog_findings *findings = calloc(1, sizeof(*findings));
    struct base_arena arena = {0};
    struct catalog *catalog = NULL;
    const void *snapshot;
    char name[64];
    size_t size;

    snprintf(name, sizeof(name), "catalog/%s", version);
    CHECK_I64(OD_OK, store_read_setting(reader, name, &arena, &snapshot, &size), name);
    CHECK_I64(OD_OK, catalog_restore(snapshot, size, &catalog, findings), name);
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    free(findings);
    return catalog;
}

/* The calendars that the event says it counts by. */
static void take_calendars(struct fold *fold, const struct base_json *json)
{
    const char *version = base_json_member_text(json, JOURNAL_CALENDARS_OF);
    bool is_same = version != NULL && fold->lender != NULL && strcmp(catalog_version(fold->lender), version) == 0;

    if (is_same || (version == NULL && fold->lender == NULL))
        return;
    catalog_release(fold->lender);
    fold->lender = version != NULL ? restore(version) : NULL;
    catalog_calendars_adopt(fold->pinned, fold->lender != NULL ? fold->lender : fold->pinned);
}

static void fold_event(struct fold *fold, const struct base_json *json)
{
    const char *name = base_json_member_text(json, "type");
    struct core_event event;
    struct core_effects effects;
    size_t size = core_application_size((unsigned)fold->row->service->matter_count);
    struct core_application *before = malloc(size);

    assert_non_null(before);
    memcpy(before, fold->core, size);
    int rc = journal_event_read(json, fold->row->id, &event);
    CHECK(rc == OD_OK || rc == OD_ENOTFOUND, name); /* not found: for people alone: decided, progress, ... */
    fold->decided += strcmp(name, "decided") == 0;
    if (rc == OD_OK) {
        take_calendars(fold, json);
        if (event.type == CORE_MARKED)
            CHECK_I64(OD_OK, engine_mark_take(&fold->marks[event.task], json), name);
        CHECK_I64(OD_OK, core_step(fold->rules, fold->core, &event, &effects), name);
        count_event(fold, &event, before);
    }
    free(before);
}

static void fold_record(struct fold *fold, const struct store_record *record)
{
    struct base_json_error error;
    struct base_json *root = NULL;

    CHECK_I64(OD_OK, base_json_parse(record->record, record->size, &root, &error), "a record");
    for (const struct base_json *event = base_json_first(base_json_member(root, "events")); event != NULL; event = base_json_next(event))
        fold_event(fold, event);
    base_json_destroy(root);
}

static void fold_journal(struct fold *fold)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    struct store_record *records;
    size_t count;

    CHECK_I64(OD_OK, store_read_history(reader, fold->row->id, 0, &arena, &records, &count), "its journal");
    for (size_t i = 0; i < count; i++)
        fold_record(fold, &records[i]);
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
}

static void compare(const struct fold *fold)
{
    static uint8_t bytes[2][CORE_PACKED_MAX];
    size_t sizes[2] = {core_application_pack(fold->core, bytes[0], CORE_PACKED_MAX),
                       core_application_pack(fold->row->core, bytes[1], CORE_PACKED_MAX)};

    CHECK(sizes[0] == sizes[1] && memcmp(bytes[0], bytes[1], sizes[0]) == 0, "the journal, folded, is the state of the row");
}

/* What milestones say follows from the journal alone. */
static void compare_marks(const struct fold *fold)
{
    for (unsigned i = 0; i < fold->row->core->task_count; i++) {
        const struct engine_text *text = engine_task_text(fold->row, i, ENGINE_TEXT_MARKS);

        CHECK(text->size == fold->marks[i].size && (text->size == 0 || memcmp(text->bytes, fold->marks[i].bytes, text->size) == 0),
              "who chairs and to whom it is delegated, folded, is what the row has");
    }
}

static void check_decision(const struct fold *fold)
{
    const struct core_application *core = fold->row->core;
    bool is_decided = core->status == CORE_STATUS_DECIDED || core->status == CORE_STATUS_CLOSED;

    CHECK_I64(is_decided, fold->decided, "decided once, or not at all");
    CHECK(is_decided == (core->outcome != CORE_OUTCOME_NONE), "a decision has an outcome");
    if (is_decided)
        CHECK_I64(core_policy_outcome(&fold->row->service->rules, core), core->outcome, "the policy over the opinions");
    for (unsigned i = 0; i < core->task_count; i++) {
        const struct engine_text *text = engine_task_text(fold->row, i, ENGINE_TEXT_OPINION);

        CHECK(fold->opinions[i] <= 1, "one final opinion a task");
        if (core->tasks[i].state == CORE_TASK_DONE)
            CHECK_I64(!core->tasks[i].is_deemed, fold->opinions[i], "given, or deemed");
        CHECK((text->bytes != NULL) == (fold->opinions[i] == 1), "the text that is kept is that of the opinion that counts");
    }
}

static bool is_owed(struct store_reader *reader, uint16_t department, uint64_t id, unsigned task, bool *is_for_officer)
{
    struct store_owed_key after = {.due_day = INT32_MIN, .application = id}, keys[CORE_TASKS_MAX];
    size_t count = 0;

    if (task > 0)
        after.task = (uint8_t)(task - 1);
    else
        after.application = id - 1, after.task = 255;
    if (store_read_owed(reader, department, &after, keys, 1, &count) != OD_OK || count == 0)
        return false;
    bool is_there = keys[0].application == id && keys[0].task == task;
    *is_for_officer = is_there && keys[0].is_for_officer;
    return is_there;
}

/* Invariant 1: every open task that can be worked on stands in the outbox, and the clock is set. */
static void check_owed(const struct fold *fold)
{
    const struct core_application *core = fold->row->core;
    struct store_reader *reader = store_reader_take(stage.engine->store);

    for (unsigned i = 0; i < core->task_count; i++) {
        struct engine_department *department = engine_department_of(stage.engine, fold->row, i);
        bool is_for_officer = false;
        bool has_row = is_owed(reader, department->number, fold->row->id, i, &is_for_officer);

        CHECK_I64(engine_task_is_owed(&core->tasks[i]), has_row, "owed and in the outbox");
        CHECK_I64(engine_task_is_for_officer(&core->tasks[i]), is_for_officer, "on the worklist");
    }
    store_reader_give(stage.engine->store, reader);
    if (core->status == CORE_STATUS_IN_REVIEW && !core->clocks[CORE_CLOCK_PROMISED].is_overdue)
        CHECK(core_application_wake(core).civil != INT64_MAX, "an open application is looked at again");
}

void replay_check(uint64_t id)
{
    struct fold fold = {.row = stage_read(id)};

    CHECK(fold.row != NULL, "an acknowledged application is on the disk");
    fold.core = calloc(1, core_application_size((unsigned)fold.row->service->matter_count));
    assert_non_null(fold.core);
    fold.core->task_count = (uint8_t)fold.row->service->matter_count;
    fold.pinned = restore(catalog_version(fold.row->catalog));
    fold.rules = &catalog_service_find(fold.pinned, fold.row->service->id)->rules;
    fold_journal(&fold);
    compare(&fold);
    compare_marks(&fold);
    check_decision(&fold);
    check_owed(&fold);
    free(fold.core);
    for (size_t i = 0; i < CORE_TASKS_MAX; i++)
        base_free(fold.marks[i].bytes);
    catalog_release(fold.pinned);
    catalog_release(fold.lender);
    engine_application_destroy(fold.row);
}

void replay_tell_open(uint64_t id)
{
    struct engine_application *application = stage_read(id);

    for (unsigned i = 0; application != NULL && i < application->core->task_count; i++) {
        const struct core_task *task = &application->core->tasks[i];

        if (engine_task_is_owed(task))
            print_error("%llu.%u: %s, epoch %u, officer %d, cancel owed %d\n", (unsigned long long)id, i + 1,
                        core_task_state_name((enum core_task_state)task->state), task->epoch, task->is_by_officer, task->is_cancel_owed);
    }
    engine_application_destroy(application);
}
