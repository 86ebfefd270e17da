/* SPDX-License-Identifier: Apache-2.0 */
/* What the journal proves, and to whom: whether a store, or a file that a hub wrote, is as it was written and as its
 * signed checkpoints say; one application or the whole journal as a file that a stranger verifies; any application made
 * again from its events alone.
 *
 *   verify: records -> chain, links, checkpoints; documents and entries by their salted hashes -> findings, figures
 *
 * Nothing here writes to a store. docs/evidence.md. */
#ifndef EVIDENCE_EVIDENCE_H
#define EVIDENCE_EVIDENCE_H

#include <stdio.h>

#include "evidence/note.h"
#include "store/store.h"

#define EVIDENCE_KEYS_MAX 16      /* keys that one verification trusts */
#define EVIDENCE_LINE_MAX (64 * 1024 * 1024) /* bytes of one line of a file */

enum evidence_fault {
    EVIDENCE_FAULT_NONE = 0,
    EVIDENCE_FAULT_SEQ,         /* a record is missing, or stands in another place */
    EVIDENCE_FAULT_HASH,        /* a record, or its hash, is not what was written */
    EVIDENCE_FAULT_LINK,        /* a record names another one as the one before it of its application */
    EVIDENCE_FAULT_HEAD,        /* an application names another record as its last */
    EVIDENCE_FAULT_DOCUMENT,    /* a document is not what was received */
    EVIDENCE_FAULT_ENTRY,       /* an entry of a register is not what its record says */
    EVIDENCE_FAULT_UNREADABLE,  /* a record or a row that nobody can read */
    EVIDENCE_FAULT_SIGNATURE,   /* a checkpoint, or a file, is not signed by the key that it names */
    EVIDENCE_FAULT_KEY,         /* it is signed by a key that is not trusted */
    EVIDENCE_FAULT_CHECKPOINT,  /* a checkpoint attests other records than are there */
    EVIDENCE_FAULT_SEQUENCE,    /* a checkpoint is missing between two, or names another one as the one before */
    EVIDENCE_FAULT_TRUNCATED,   /* a checkpoint attests more records than are there */
    EVIDENCE_FAULT_BACKDATED,   /* a record after a checkpoint says that it is from long before it */
    EVIDENCE_FAULT_FILE,        /* a file is not what its last line says */
    EVIDENCE_FAULT_STATE,       /* the events give another state than the one that is told */
    EVIDENCE_FAULTS,
};

/* "hash", "truncated" ...: for programs. */
const char *evidence_fault_name(enum evidence_fault fault);

/* Borrowed for the call; 0 = not of one. */
struct evidence_finding {
    enum evidence_fault fault;
    uint64_t seq;         /* of the record at fault, or the first one that may be */
    uint64_t application;
    uint64_t checkpoint;  /* its number */
    const char *detail;   /* an English sentence */
};

/* What a callback returns but OD_OK ends the verification and is returned. Any may be NULL. */
struct evidence_report {
    int (*on_finding)(void *owner, const struct evidence_finding *finding);
    int (*on_progress)(void *owner, uint64_t done, uint64_t total); /* records, every now and then */
    void *owner;
};

/* What is trusted. */
struct evidence_anchor {
    uint8_t keys[EVIDENCE_KEYS_MAX][BASE_SIGN_KEY_SIZE];
    size_t key_count;                             /* 0 = any key that signed rightly; the figures say which */
    const struct evidence_checkpoint *checkpoints; /* kept elsewhere: they must be what the journal gives; of number 0: a head that
                                                    * nobody signed, as backups keep it, of which last and hash alone count; borrowed */
    size_t checkpoint_count;
};

struct evidence_figures {
    uint64_t findings;
    uint64_t records, last_seq;   /* last_seq: the end of what is sound, from the start */
    uint8_t hash[BASE_HASH_SIZE]; /* of it */
    int64_t last_ms;
    uint64_t applications;
    uint64_t documents, documents_erased;
    uint64_t entries, entries_removed, entries_unquoted; /* unquoted: rows whose last change has no record */
    uint64_t checkpoints, sealed_seq; /* the last record under a checkpoint that holds */
    uint64_t against;             /* checkpoints of the anchor that hold */
    uint8_t key[BASE_SIGN_KEY_SIZE]; /* that signed the last checkpoint, or the file; zeros = none */
    /* Of files alone. */
    char number[32];              /* of the application; "" = the whole journal */
    uint64_t unsealed;            /* records that no checkpoint covers yet */
    bool is_replayed;             /* the catalogues were in it: the events give the state that it tells */
};

/* The store in folder, as of one moment, whether a hub serves it meanwhile or not: chain, links, heads, documents,
 * entries, checkpoints. What is wrong is told by findings, not by the code. *text: an English sentence on error.
 * Errors: as store_reader_open; OD_EIO, OD_ENOMEM; what a callback returned. Cost: O(store); 32 bytes of memory an
 * application. */
OD_MUST_CHECK int evidence_verify_store(const char *folder, const struct evidence_anchor *anchor, const struct evidence_report *report,
                                        struct evidence_figures *figures, char text[512]);
/* The same by a reader that holds one moment. Errors: OD_EIO, OD_ENOMEM; what a callback returned. */
OD_MUST_CHECK int evidence_verify_reader(struct store_reader *reader, const struct evidence_anchor *anchor,
                                         const struct evidence_report *report, struct evidence_figures *figures);

/* -- Files: JSON Lines, docs/evidence.md -- */

/* The next bytes of a file. What it returns but OD_OK ends the export and is returned. */
typedef int (*evidence_bytes_cb)(void *owner, const char *bytes, size_t size);

struct evidence_export {
    struct store_reader *reader;         /* holds one moment; borrowed */
    const struct base_sign_pair *pair;   /* signs the file; borrowed */
    int64_t now_ms;
    bool has_documents;                  /* texts and salts, too: personal data */
    bool is_without_catalogs;            /* then nobody can replay it without the hub */
    evidence_bytes_cb on_bytes;
    void *owner;
};

/* One application. Errors: OD_ENOTFOUND no such application; OD_EIO, OD_ESYNTAX a row that cannot be read; OD_ENOMEM; what
 * on_bytes returned. Cost: O(its records * EVIDENCE_RUN_MAX). */
OD_MUST_CHECK int evidence_export_application(const struct evidence_export *wish, uint64_t application);
/* The whole journal with its checkpoints, without documents. Errors likewise. */
OD_MUST_CHECK int evidence_export_journal(const struct evidence_export *wish);

/* A file of either kind. What is wrong is told by findings. *text: an English sentence on error. Errors: OD_ENOTFOUND,
 * OD_EIO, OD_ENOMEM; OD_ELIMIT a line is longer than EVIDENCE_LINE_MAX; what a callback returned. Cost: O(file). */
OD_MUST_CHECK int evidence_verify_file(const char *path, const struct evidence_anchor *anchor, const struct evidence_report *report,
                                       struct evidence_figures *figures, char text[512]);
/* The same of a stream, from where it stands to its end. */
OD_MUST_CHECK int evidence_verify_stream(FILE *file, const struct evidence_anchor *anchor, const struct evidence_report *report,
                                         struct evidence_figures *figures);

/* -- Replay -- */

struct evidence_replayed {
    uint64_t application, events;
    const char *state;  /* one JSON object: status, dates, decision, tasks; NULL = the events cannot be replayed */
    bool is_same;       /* as the row of the store, byte by byte; and decided as often, and as its policy says */
    const char *detail; /* "" or why not */
};

/* What a callback returns but OD_OK ends the replay and is returned. */
typedef int (*evidence_replayed_cb)(void *owner, const struct evidence_replayed *replayed);
/* Make an application (0 = each) of the store in folder again from its events alone; until_seq: the records up to that one,
 * UINT64_MAX = all (another moment than the row's is never "the same"). *text as above. Errors: as store_reader_open;
 * OD_ENOTFOUND no such application; OD_EIO, OD_ENOMEM; what on_replayed returned. Cost: O(records). */
OD_MUST_CHECK int evidence_replay(const char *folder, uint64_t application, uint64_t until_seq, evidence_replayed_cb on_replayed, void *owner,
                                  char text[512]);

#endif
