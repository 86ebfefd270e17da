/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const char *const names[EVIDENCE_FAULTS] = {
    [EVIDENCE_FAULT_NONE] = "none",           [EVIDENCE_FAULT_SEQ] = "seq",
    [EVIDENCE_FAULT_HASH] = "hash",           [EVIDENCE_FAULT_LINK] = "link",
    [EVIDENCE_FAULT_HEAD] = "head",           [EVIDENCE_FAULT_DOCUMENT] = "document",
    [EVIDENCE_FAULT_ENTRY] = "entry",         [EVIDENCE_FAULT_UNREADABLE] = "unreadable",
    [EVIDENCE_FAULT_SIGNATURE] = "signature", [EVIDENCE_FAULT_KEY] = "key",
    [EVIDENCE_FAULT_CHECKPOINT] = "checkpoint", [EVIDENCE_FAULT_SEQUENCE] = "sequence",
    [EVIDENCE_FAULT_TRUNCATED] = "truncated", [EVIDENCE_FAULT_BACKDATED] = "backdated",
    [EVIDENCE_FAULT_FILE] = "file",           [EVIDENCE_FAULT_STATE] = "state",
};

const char *evidence_fault_name(enum evidence_fault fault)
{
    return names[fault];
}

int evidence_tell(const struct evidence_report *report, struct evidence_figures *figures, const struct evidence_finding *finding)
{
    figures->findings++;
    return report->on_finding != NULL ? report->on_finding(report->owner, finding) : OD_OK;
}

static int tell(struct evidence_walk *walk, enum evidence_fault fault, uint64_t seq, uint64_t application, const char *detail)
{
    return evidence_tell(walk->report, walk->figures,
                         &(struct evidence_finding){.fault = fault, .seq = seq, .application = application, .detail = detail});
}

static int tell_note(const struct evidence_report *report, struct evidence_figures *figures, enum evidence_fault fault,
                     const struct evidence_note *note, const char *detail)
{
    return evidence_tell(report, figures,
                         &(struct evidence_finding){.fault = fault, .seq = note->last, .checkpoint = note->number, .detail = detail});
}

static int tell_checkpoint(struct evidence_walk *walk, enum evidence_fault fault, const struct evidence_note *note, const char *detail)
{
    return tell_note(walk->report, walk->figures, fault, note, detail);
}

/* -- Checkpoints -- */

int evidence_walk_add(struct evidence_walk *walk, const struct evidence_checkpoint *checkpoint)
{
    if (walk->own_count == walk->own_room) {
        size_t room = walk->own_room > 0 ? 2 * walk->own_room : 64;
        struct evidence_checkpoint *own = base_realloc(walk->own, room * sizeof(*own));

        if (own == NULL)
            return OD_ENOMEM;
        walk->own = own;
        walk->own_room = room;
    }
    walk->own[walk->own_count++] = *checkpoint;
    return OD_OK;
}

bool evidence_is_trusted(const struct evidence_anchor *anchor, const uint8_t key[BASE_SIGN_KEY_SIZE])
{
    for (size_t i = 0; i < anchor->key_count; i++)
        if (memcmp(anchor->keys[i], key, BASE_SIGN_KEY_SIZE) == 0)
            return true;
    return anchor->key_count == 0;
}

int evidence_check_signature(const struct evidence_checkpoint *checkpoint, const struct evidence_anchor *anchor,
                             const struct evidence_report *report, struct evidence_figures *figures)
{
    if (!evidence_checkpoint_is_signed(checkpoint))
        return tell_note(report, figures, EVIDENCE_FAULT_SIGNATURE, &checkpoint->note, "the checkpoint is not signed by the key that it names");
    if (!evidence_is_trusted(anchor, checkpoint->note.key))
        return tell_note(report, figures, EVIDENCE_FAULT_KEY, &checkpoint->note, "the checkpoint is signed by a key that is not trusted");
    return OD_OK;
}

static int check_signature(struct evidence_walk *walk, const struct evidence_checkpoint *checkpoint)
{
    return evidence_check_signature(checkpoint, walk->anchor, walk->report, walk->figures);
}

/* One behind the other: numbers, records and hashes. */
static int check_sequence(struct evidence_walk *walk, size_t i)
{
    const struct evidence_note *note = &walk->own[i].note, *before = i > 0 ? &walk->own[i - 1].note : NULL;
    uint8_t previous[BASE_HASH_SIZE] = {0};

    if (before != NULL)
        evidence_note_hash(before, previous);
    if (note->number != (before != NULL ? before->number + 1 : 1) || note->first != (before != NULL ? before->last + 1 : 1))
        return tell_checkpoint(walk, EVIDENCE_FAULT_SEQUENCE, note, "a checkpoint is missing before it");
    if (memcmp(previous, note->previous, BASE_HASH_SIZE) != 0)
        return tell_checkpoint(walk, EVIDENCE_FAULT_SEQUENCE, note, "it names another checkpoint as the one before");
    return OD_OK;
}

static int order_of(const void *left, const void *right)
{
    const struct evidence_mark *a = left, *b = right;

    if (a->checkpoint->note.last != b->checkpoint->note.last)
        return a->checkpoint->note.last < b->checkpoint->note.last ? -1 : 1;
    return (int)a->is_own - (int)b->is_own; /* an own one ends the tree */
}

static int marks_make(struct evidence_walk *walk)
{
    size_t count = walk->own_count + walk->anchor->checkpoint_count;

    walk->marks = base_alloc((count + 1) * sizeof(*walk->marks));
    if (walk->marks == NULL)
        return OD_ENOMEM;
    for (size_t i = 0; i < walk->own_count; i++)
        walk->marks[walk->mark_count++] = (struct evidence_mark){&walk->own[i], true};
    for (size_t i = 0; i < walk->anchor->checkpoint_count; i++)
        walk->marks[walk->mark_count++] = (struct evidence_mark){&walk->anchor->checkpoints[i], false};
    qsort(walk->marks, walk->mark_count, sizeof(*walk->marks), order_of);
    return OD_OK;
}

int evidence_walk_start(struct evidence_walk *walk)
{
    int rc = OD_OK;

    for (size_t i = 0; i < walk->own_count && rc == OD_OK; i++) {
        rc = check_signature(walk, &walk->own[i]);
        if (rc == OD_OK)
            rc = check_sequence(walk, i);
    }
    for (size_t i = 0; i < walk->anchor->checkpoint_count && rc == OD_OK; i++)
        if (walk->anchor->checkpoints[i].note.number > 0)
            rc = check_signature(walk, &walk->anchor->checkpoints[i]);
    return rc == OD_OK ? marks_make(walk) : rc;
}

static int meet_own(struct evidence_walk *walk, const struct evidence_note *note)
{
    uint8_t root[BASE_HASH_SIZE];

    evidence_tree_root(&walk->tree, root);
    bool is_root = walk->tree.count == note->last - note->first + 1 && memcmp(root, note->root, BASE_HASH_SIZE) == 0;
    walk->tree = (struct evidence_tree){0};
    walk->signed_ms = note->at_ms;
    if (!is_root || walk->is_broken || memcmp(walk->chain.hash, note->hash, BASE_HASH_SIZE) != 0)
        return tell_checkpoint(walk, EVIDENCE_FAULT_CHECKPOINT, note, "the records up to it are not those that it was signed over");
    walk->figures->checkpoints++;
    walk->figures->sealed_seq = note->last;
    memcpy(walk->figures->key, note->key, BASE_SIGN_KEY_SIZE);
    return OD_OK;
}

static const struct evidence_note *own_find(const struct evidence_walk *walk, uint64_t number)
{
    for (size_t i = 0; i < walk->own_count; i++)
        if (walk->own[i].note.number == number)
            return &walk->own[i].note;
    return NULL;
}

/* The store's own checkpoint of the same number may not be another one. */
static bool is_disowned(const struct evidence_walk *walk, const struct evidence_note *note)
{
    const struct evidence_note *own = own_find(walk, note->number);
    uint8_t mine[BASE_HASH_SIZE], theirs[BASE_HASH_SIZE];

    if (note->number == 0)
        return false; /* a head that was never signed */
    if (own == NULL)
        return walk->has_links; /* a store keeps them all; a file has those of its time */
    evidence_note_hash(own, mine);
    evidence_note_hash(note, theirs);
    return memcmp(mine, theirs, BASE_HASH_SIZE) != 0;
}

static int meet_kept(struct evidence_walk *walk, const struct evidence_note *note)
{
    if (walk->is_broken || memcmp(walk->chain.hash, note->hash, BASE_HASH_SIZE) != 0)
        return tell_checkpoint(walk, EVIDENCE_FAULT_CHECKPOINT, note,
                               "the checkpoint that was kept attests other records: the journal was rewritten at or before it");
    if (is_disowned(walk, note))
        return tell_checkpoint(walk, EVIDENCE_FAULT_SEQUENCE, note, "the store does not have the checkpoint that was kept");
    walk->figures->against++;
    return OD_OK;
}

static int meet_marks(struct evidence_walk *walk)
{
    int rc = OD_OK;

    for (; rc == OD_OK && walk->mark_at < walk->mark_count; walk->mark_at++) {
        const struct evidence_mark *mark = &walk->marks[walk->mark_at];

        if (mark->checkpoint->note.last > walk->chain.seq)
            break;
        rc = mark->is_own ? meet_own(walk, &mark->checkpoint->note) : meet_kept(walk, &mark->checkpoint->note);
    }
    return rc;
}

/* -- Records -- */

static int check_link(struct evidence_walk *walk, const struct store_record *record)
{
    uint64_t before = record->application != 0 ? evidence_map_get(&walk->lasts, record->application) : 0;

    walk->figures->applications += record->application != 0 && before == 0;
    int rc = record->application != 0 ? evidence_map_put(&walk->lasts, record->application, record->seq) : OD_OK;
    if (rc == OD_OK && walk->has_links && record->previous != before)
        rc = tell(walk, EVIDENCE_FAULT_LINK, record->seq, record->application, "the record does not follow the one before it of its application");
    return rc;
}

static int check_time(struct evidence_walk *walk, const struct store_record *record)
{
    bool is_early = walk->signed_ms > 0 && record->at_ms < walk->signed_ms - EVIDENCE_BACKDATED_MS;

    if (record->at_ms > walk->latest_ms)
        walk->latest_ms = record->at_ms;
    walk->figures->last_ms = walk->latest_ms;
    return is_early ? tell(walk, EVIDENCE_FAULT_BACKDATED, record->seq, record->application,
                           "the record was written after a checkpoint and says that it is from before it") : OD_OK;
}

/* After the first break the chain goes on from what is there, so that a single fault is told once. */
static int check_chain(struct evidence_walk *walk, const struct store_record *record)
{
    int rc = OD_OK;

    if (record->seq != walk->chain.seq + 1)
        rc = tell(walk, EVIDENCE_FAULT_SEQ, walk->chain.seq + 1, 0, "a record is missing, or stands in another place");
    bool is_in_place = record->seq == walk->chain.seq + 1;
    walk->chain.seq = record->seq - 1;
    base_chain_step(&walk->chain, record->application, record->at_ms, record->record, record->size);
    bool is_sound = memcmp(walk->chain.hash, record->hash, BASE_HASH_SIZE) == 0;
    if (rc == OD_OK && is_in_place && !is_sound)
        rc = tell(walk, EVIDENCE_FAULT_HASH, record->seq, record->application, "the record or its hash is not what was written");
    walk->is_broken = walk->is_broken || !is_in_place || !is_sound;
    memcpy(walk->chain.hash, record->hash, BASE_HASH_SIZE);
    return rc;
}

int evidence_walk_record(struct evidence_walk *walk, const struct store_record *record)
{
    int rc = check_chain(walk, record);

    walk->figures->records++;
    if (!walk->is_broken) {
        walk->figures->last_seq = walk->chain.seq;
        memcpy(walk->figures->hash, walk->chain.hash, BASE_HASH_SIZE);
    }
    evidence_tree_add(&walk->tree, walk->chain.hash);
    if (rc == OD_OK)
        rc = check_link(walk, record);
    if (rc == OD_OK)
        rc = check_time(walk, record);
    return rc == OD_OK ? meet_marks(walk) : rc;
}

int evidence_walk_end(struct evidence_walk *walk)
{
    char detail[160];
    int rc = OD_OK;

    for (; rc == OD_OK && walk->mark_at < walk->mark_count; walk->mark_at++) {
        const struct evidence_note *note = &walk->marks[walk->mark_at].checkpoint->note;

        snprintf(detail, sizeof(detail), "the journal ends at record %" PRIu64 ", and the checkpoint attests record %" PRIu64,
                 walk->chain.seq, note->last);
        rc = tell_checkpoint(walk, EVIDENCE_FAULT_TRUNCATED, note, detail);
    }
    return rc;
}

void evidence_walk_fini(struct evidence_walk *walk)
{
    evidence_map_fini(&walk->lasts);
    base_free(walk->own);
    base_free(walk->marks);
    *walk = (struct evidence_walk){0};
}
