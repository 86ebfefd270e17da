/* SPDX-License-Identifier: Apache-2.0 */
/* Applications of a store made again from their events alone. */
#include "evidence/evidence.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "core/policy.h"
#include "evidence/fold.h"
#include "journal/row.h"

#define IDS 1024 /* read at once */
#define ARENA_SIZE (1024 * 1024)

struct replay {
    struct store_reader *reader;
    struct evidence_fold fold;
    struct base_arena arena;    /* of the application in hand */
    struct base_arena snapshot; /* of the catalogue in hand */
    uint64_t until_seq;
    evidence_replayed_cb on_replayed;
    void *owner;
    struct base_buffer state;
    uint8_t packed[CORE_PACKED_MAX];
};

static int on_snapshot(void *owner, const char *version, const char **snapshot, size_t *size)
{
    struct replay *replay = owner;
    char name[sizeof("catalog/") + CATALOG_VERSION_SIZE];
    const void *bytes;

    base_arena_fini(&replay->snapshot);
    snprintf(name, sizeof(name), "catalog/%.16s", version);
    int rc = store_read_setting(replay->reader, name, &replay->snapshot, &bytes, size);
    if (rc == OD_OK)
        *snapshot = bytes;
    return rc;
}

/* Decided once or not at all, and as the policy says. */
static const char *decision_fault(const struct evidence_fold *fold)
{
    const struct core_application *core = fold->core;
    bool is_decided = core->outcome != CORE_OUTCOME_NONE;

    if (fold->decided != (is_decided ? 1u : 0u))
        return "the decision is not on record once";
    if (is_decided && core_policy_outcome(&fold->service->rules, core) != (enum core_outcome)core->outcome)
        return "the decision is not what the policy makes of the opinions";
    return NULL;
}

static int fold_history(struct replay *replay, uint64_t id)
{
    struct store_record *records = NULL;
    size_t count = 0;
    int rc = store_read_history(replay->reader, id, 0, &replay->arena, &records, &count);

    evidence_fold_begin(&replay->fold, id);
    for (size_t i = 0; i < count && rc == OD_OK && records[i].seq <= replay->until_seq; i++)
        rc = evidence_fold_record(&replay->fold, records[i].record, records[i].size);
    return rc;
}

static bool is_the_row(struct replay *replay, const struct store_row *row)
{
    struct journal_row head;

    if (journal_row_read(row->state, row->state_size, &head) != OD_OK)
        return false;
    size_t size = core_application_pack(replay->fold.core, replay->packed, CORE_PACKED_MAX);
    return size == head.packed_size && memcmp(replay->packed, head.packed, size) == 0;
}

static int play(struct replay *replay, uint64_t id)
{
    struct evidence_replayed replayed = {.application = id, .detail = ""};
    struct store_row row;
    int rc = store_read_application(replay->reader, id, &replay->arena, &row);

    if (rc != OD_OK)
        return rc;
    rc = fold_history(replay, id);
    if (rc == OD_ENOMEM || rc == OD_EIO)
        return rc;
    base_buffer_clear(&replay->state);
    if (rc == OD_OK && replay->fold.service != NULL) {
        const char *fault = decision_fault(&replay->fold);

        evidence_state_put(&replay->state, NULL, replay->fold.service, replay->fold.core);
        replayed.is_same = fault == NULL && is_the_row(replay, &row);
        replayed.detail = fault != NULL ? fault : replayed.is_same ? "" : "the events give another state than the row's";
    } else {
        replayed.detail = rc == OD_OK ? "it was not received yet" : replay->fold.detail;
    }
    replayed.events = replay->fold.events;
    replayed.state = replay->state.size > 0 ? base_buffer_text(&replay->state) : NULL;
    if (replay->arena.size > ARENA_SIZE)
        base_arena_fini(&replay->arena);
    return replay->state.is_broken ? OD_ENOMEM : replay->on_replayed(replay->owner, &replayed);
}

static int play_all(struct replay *replay)
{
    uint64_t *ids = base_alloc(IDS * sizeof(*ids)), after = 0;
    size_t count = IDS;
    int rc = ids != NULL ? OD_OK : OD_ENOMEM;

    while (rc == OD_OK && count == IDS) {
        rc = store_read_ids(replay->reader, after, ids, IDS, &count);
        for (size_t i = 0; i < count && rc == OD_OK; i++)
            rc = play(replay, ids[i]);
        after = count > 0 ? ids[count - 1] : after;
    }
    base_free(ids);
    return rc;
}

int evidence_replay(const char *folder, uint64_t application, uint64_t until_seq, evidence_replayed_cb on_replayed, void *owner, char text[512])
{
    struct replay *replay = base_alloc(sizeof(*replay));

    text[0] = '\0';
    if (replay == NULL)
        return OD_ENOMEM;
    replay->until_seq = until_seq;
    replay->on_replayed = on_replayed;
    replay->owner = owner;
    int rc = store_reader_open(folder, &replay->reader, text);
    if (rc == OD_OK)
        rc = evidence_fold_init(&replay->fold, &(struct evidence_fold_ops){.on_snapshot = on_snapshot, .owner = replay});
    if (rc == OD_OK)
        rc = store_reader_hold(replay->reader);
    if (rc == OD_OK) {
        rc = application != 0 ? play(replay, application) : play_all(replay);
        store_reader_release(replay->reader);
    }
    evidence_fold_fini(&replay->fold);
    store_reader_close(replay->reader);
    base_arena_fini(&replay->arena);
    base_arena_fini(&replay->snapshot);
    base_buffer_fini(&replay->state);
    base_free(replay);
    if (rc != OD_OK && text[0] == '\0')
        snprintf(text, 512, rc == OD_ENOTFOUND ? "There is no such application in %.200s." : "The store in %.200s cannot be read.", folder);
    return rc;
}
