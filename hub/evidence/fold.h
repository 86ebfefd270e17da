/* SPDX-License-Identifier: Apache-2.0 */
/* One application after another made again from its events alone: the core steps what is recorded, under the rules and
 * the calendars that each event says it was counted by. Nothing is read but the records and the catalogues. One thread
 * at a time. */
#ifndef EVIDENCE_FOLD_H
#define EVIDENCE_FOLD_H

#include "base/memory.h"
#include "catalog/catalog.h"
#include "journal/record.h"

#define EVIDENCE_CATALOGS_KEPT 4 /* versions in memory beside the one that lends calendars */

/* The snapshot of a version, borrowed until the next call. Errors: OD_ENOTFOUND, OD_EIO, OD_ENOMEM. */
typedef int (*evidence_snapshot_cb)(void *owner, const char *version, const char **snapshot, size_t *size);

struct evidence_fold_ops {
    evidence_snapshot_cb on_snapshot;
    /* After each event of the core, and after those that are for people alone (event NULL). May be NULL. */
    void (*on_event)(void *owner, const struct base_json *json, const struct core_event *event, const struct core_effects *effects);
    void *owner;
};

struct evidence_fold {
    struct evidence_fold_ops ops;
    struct catalog *catalogs[EVIDENCE_CATALOGS_KEPT]; /* one reference each */
    size_t catalog_count;
    struct catalog *lender;        /* one reference; whose calendars were taken last, when not those of a kept one */
    struct core_application *core; /* owned, room for CORE_TASKS_MAX tasks; what the events make of it */
    const struct catalog_service *service; /* of the application in hand; NULL = it was not received yet */
    uint64_t id;
    uint64_t events;               /* of the core, of the application in hand */
    unsigned decided;              /* records of a decision among them */
    char detail[128];              /* of the last error: at which event, or which version is not there */
};

/* Errors: OD_ENOMEM (evidence_fold_fini all the same). */
OD_MUST_CHECK int evidence_fold_init(struct evidence_fold *fold, const struct evidence_fold_ops *ops);
void evidence_fold_fini(struct evidence_fold *fold);

/* From here on the records are those of this application. */
void evidence_fold_begin(struct evidence_fold *fold, uint64_t id);
/* The next record of its history. Errors (fold->detail says where): OD_ESYNTAX it cannot be read, OD_ENOTFOUND its version of
 * the catalogue, or the service in it, is not there; those of core_step; OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int evidence_fold_record(struct evidence_fold *fold, const char *record, size_t size);

/* The state as one object: status, dates, decision, tasks. Pure. */
void evidence_state_put(struct base_buffer *buffer, const char *key, const struct catalog_service *service,
                        const struct core_application *core);

#endif
