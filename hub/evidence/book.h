/* SPDX-License-Identifier: Apache-2.0 */
/* One application as its file tells it, line by line: each record by itself under a checkpoint, what the records quote, and
 * the state that they give. Private to hub/evidence. */
#ifndef EVIDENCE_BOOK_H
#define EVIDENCE_BOOK_H

#include "evidence/evidence.h"
#include "evidence/fold.h"

struct evidence_snapshot {
    char version[CATALOG_VERSION_SIZE];
    char *text; /* owned */
    size_t size;
};

/* Zero it, then set the first three. */
struct evidence_book {
    const struct evidence_anchor *anchor;
    const struct evidence_report *report;
    struct evidence_figures *figures;
    uint64_t id;                             /* of the application */
    struct evidence_checkpoint *checkpoints; /* owned; ascending */
    size_t checkpoint_count, checkpoint_room;
    struct evidence_snapshot *snapshots;     /* owned */
    size_t snapshot_count, snapshot_room;
    struct evidence_fold fold;
    int fold_rc;                             /* why the events cannot be replayed; OD_OK = they can, so far */
    uint64_t last_seq;
    char document[2 * BASE_HASH_SIZE + 1];   /* hash that the records quote; "" = none yet */
    struct base_buffer quotes;               /* of entries: "kind id revision state hash\n", in the order of the records */
    bool has_state;
};

/* Errors of all: OD_ENOMEM; what on_finding returned. */
OD_MUST_CHECK int evidence_book_begin(struct evidence_book *book, uint64_t id);
OD_MUST_CHECK int evidence_book_checkpoint(struct evidence_book *book, const struct evidence_checkpoint *checkpoint);
OD_MUST_CHECK int evidence_book_catalog(struct evidence_book *book, const struct base_json *json);
/* json: its line's object, with "previous", "checkpoint" and "path". */
OD_MUST_CHECK int evidence_book_record(struct evidence_book *book, const struct store_record *record, const struct base_json *json);
OD_MUST_CHECK int evidence_book_document(struct evidence_book *book, const struct base_json *json);
OD_MUST_CHECK int evidence_book_entry(struct evidence_book *book, const struct base_json *json);
/* root: the line, {"state", "packed"}. */
OD_MUST_CHECK int evidence_book_state(struct evidence_book *book, const struct base_json *root);
OD_MUST_CHECK int evidence_book_end(struct evidence_book *book);
void evidence_book_fini(struct evidence_book *book);

#endif
