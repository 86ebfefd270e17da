/* SPDX-License-Identifier: Apache-2.0 */
/* One walk along the journal: the chain, the links between the records of each application, and the checkpoints over
 * them, wherever the records come from. Private to hub/evidence. */
#ifndef EVIDENCE_WALK_H
#define EVIDENCE_WALK_H

#include "base/chain.h"
#include "evidence/evidence.h"
#include "evidence/map.h"
#include "evidence/tree.h"
#include "store/store.h"

#define EVIDENCE_BACKDATED_MS (10 * INT64_C(60000)) /* clocks are set back by less */

/* A checkpoint to be met on the way. */
struct evidence_mark {
    const struct evidence_checkpoint *checkpoint;
    bool is_own; /* the store's: its tree is recomputed, too */
};

struct evidence_walk {
    const struct evidence_anchor *anchor;
    const struct evidence_report *report;
    struct evidence_figures *figures;
    struct base_chain chain;    /* of what was met */
    struct evidence_map lasts;  /* of each application: seq of its last record */
    struct evidence_tree tree;  /* over the records since the last own checkpoint */
    struct evidence_checkpoint *own; /* owned; ascending */
    size_t own_count, own_room;
    struct evidence_mark *marks; /* owned; ascending by their last record */
    size_t mark_count, mark_at;
    int64_t signed_ms;          /* of the last own checkpoint that was met */
    int64_t latest_ms;          /* of the records so far */
    bool is_broken;             /* the chain is: what follows is looked at, but no checkpoint over it can hold */
    bool has_links;             /* the source says which record came before: struct store_record.previous */
};

/* Count the finding and tell it. Errors: what on_finding returned. */
OD_MUST_CHECK int evidence_tell(const struct evidence_report *report, struct evidence_figures *figures,
                                const struct evidence_finding *finding);

/* Signed rightly, by a trusted key? Tells what is wrong. Errors: what on_finding returned. */
OD_MUST_CHECK int evidence_check_signature(const struct evidence_checkpoint *checkpoint, const struct evidence_anchor *anchor,
                                           const struct evidence_report *report, struct evidence_figures *figures);
bool evidence_is_trusted(const struct evidence_anchor *anchor, const uint8_t key[BASE_SIGN_KEY_SIZE]);

/* One of the source's own checkpoints, in the order of their numbers; before the first record. Errors: OD_ENOMEM. */
OD_MUST_CHECK int evidence_walk_add(struct evidence_walk *walk, const struct evidence_checkpoint *checkpoint);
/* All checkpoints are known: signatures, keys, sequence. Errors: OD_ENOMEM; what on_finding returned. */
OD_MUST_CHECK int evidence_walk_start(struct evidence_walk *walk);
/* The next record. Errors: OD_ENOMEM; what on_finding returned. */
OD_MUST_CHECK int evidence_walk_record(struct evidence_walk *walk, const struct store_record *record);
/* There are no more: checkpoints over records that were never met. Errors: what on_finding returned. */
OD_MUST_CHECK int evidence_walk_end(struct evidence_walk *walk);
void evidence_walk_fini(struct evidence_walk *walk);

#endif
