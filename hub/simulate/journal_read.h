/* SPDX-License-Identifier: Apache-2.0 */
/* A store's applications as they are recorded: rows, catalogues by version, journals folded. Private to
 * hub/simulate. */
#ifndef SIMULATE_JOURNAL_READ_H
#define SIMULATE_JOURNAL_READ_H

#include "simulate/case.h"
#include "store/store.h"

/* The calendars of a catalogue from a moment on, until the next one's. */
struct simulate_ran {
    core_ms from_ms;
    struct catalog *catalog; /* one reference */
};

#define SIMULATE_CATALOGS_KEPT 8 /* versions in memory; applications follow one another as their versions do */

struct simulate_book {
    struct store_reader *reader; /* borrowed */
    struct catalog *catalogs[SIMULATE_CATALOGS_KEPT]; /* one reference each */
    size_t catalog_count;
    uint32_t generation;         /* +1 when they were let go: no service of before is there any more */
    struct simulate_ran *ran;    /* owned; ascending; each with other calendars than the one before. At most one: they never changed */
    size_t ran_count, ran_room;
    const struct catalog *reigned, *reign; /* whose calendars were set last, and to which */
    struct base_arena arena;     /* of the application in hand */
    char detail[256];            /* of the last error */
};

void simulate_book_fini(struct simulate_book *book);

/* One recorded application; borrowed from the book until the next one. */
struct simulate_page {
    uint64_t id;
    struct simulate_book *book;
    const struct catalog_service *service; /* in its pinned catalogue */
    const uint8_t *packed;                 /* its state, as the row has it */
    size_t packed_size;
};

/* Read the row. Errors (book->detail says what): OD_EIO the row cannot be read, OD_ENOTFOUND its version of the catalogue, or
 * the service in it, is not there; OD_ENOMEM. */
OD_MUST_CHECK int simulate_page_read(struct simulate_book *book, uint64_t id, struct simulate_page *page);

/* Fold its journal into room->recorded and room->course. Errors (book->detail says at which event): OD_ESYNTAX a record
 * cannot be read; those of simulate_fold_event; OD_EIO. */
OD_MUST_CHECK int simulate_page_fold(struct simulate_book *book, struct simulate_page *page, core_ms horizon_ms,
                                     struct simulate_room *room);

/* Read whose calendars were in force when. Errors: OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int simulate_book_open(struct simulate_book *book);

/* The calendars in force, for the rules of the page's service. */
struct simulate_reign simulate_page_reign(struct simulate_book *book, struct simulate_page *page);

/* Which matters the document of the application needs under another service of the same form. Errors: OD_EINVAL it does
 * not pass that service's check (*included unchanged); OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int simulate_page_included(struct simulate_book *book, const struct simulate_page *page,
                                         const struct catalog_service *service, core_day received_day,
                                         core_task_set *included);

#endif
