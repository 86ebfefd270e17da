/* SPDX-License-Identifier: Apache-2.0 */
/* What backups need of a store beside store_copy: a copy that nobody writes, read without leaving a trace in its
 * folder, and the step that makes a restored store safe to serve. Any thread; everything here blocks. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/store.h"

/* A store that nobody writes while it is open, of this version's schema or an earlier one; its folder may be read-only. */
struct store_still;

/* *text as with store_open. Errors: OD_ENOTFOUND no store in folder; OD_EUNSUPPORTED not a store, or of a newer hub; OD_EIO;
 * OD_ENOMEM. */
OD_MUST_CHECK int store_still_open(const char *folder, struct store_still **out, char text[512]);
void store_still_close(struct store_still *still); /* accepts NULL */

struct store_still_facts {
    int64_t version;           /* of the schema */
    bool is_current;           /* of this program's schema */
    uint64_t journal_last;     /* seq, 0 = the journal is empty */
    uint8_t hash[32];          /* of that record */
    int64_t last_ms;           /* when it was written */
    uint64_t application_last; /* the greatest number of an application, 0 = none */
};
/* Errors: OD_EIO. */
OD_MUST_CHECK int store_still_facts(struct store_still *still, struct store_still_facts *facts);

/* What SQLite itself can find: pages, cells, indexes, constraints. Errors: OD_EIO, and *text has the first thing that is
 * wrong. Cost: O(store log store). */
OD_MUST_CHECK int store_still_check(struct store_still *still, char text[512]);

/* The last, in the order of names, of the settings whose name starts with prefix. Errors: OD_ENOTFOUND, OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int store_still_setting(struct store_still *still, const char *prefix, struct base_arena *arena, const void **value, size_t *size);

/* The body of the newest entry of a kind. Errors: OD_ENOTFOUND, OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int store_still_newest(struct store_still *still, uint8_t kind, struct base_arena *arena, const char **body, size_t *size);

/* The names of the entries of a kind that have one, ascending. What on_name returns but OD_OK ends the walk and is returned. Errors: OD_EIO. */
typedef int (*store_still_name_cb)(void *owner, const char *name, uint8_t state);
OD_MUST_CHECK int store_still_names(struct store_still *still, uint8_t kind, store_still_name_cb on_name, void *owner);

/* A reader of the same copy; the copy's until it is closed. Errors: OD_EUNSUPPORTED it is of an earlier version; OD_EIO. */
OD_MUST_CHECK int store_still_reader(struct store_still *still, struct store_reader **reader, char text[512]);

/* Keep hubs, copies and restores out of a folder until *lock_fd is closed; the folder is made when it is absent.
 * Errors: OD_EBUSY, OD_EIO; *lock_fd may be open all the same. */
OD_MUST_CHECK int store_folder_lock(const char *folder, int *lock_fd, char text[512]);

/* The store in folder, which nobody serves, was restored: what was given after its last record is known to people and
 * departments, but not to it. So that nobody is given the same again, numbers of applications and ids of entries of the
 * kinds (bits) go on `gap` behind the last; and the store is brought to this version's schema. *next: the next
 * application's number.
 * Errors (the store is as before, or of this version's schema): as store_reader_open; OD_ERANGE numbers would pass
 * BASE_APPLICATION_ID_MAX; OD_EFULL. */
#define STORE_GAP_MAX 1000000000u
OD_MUST_CHECK int store_skip(const char *folder, uint32_t kinds, uint32_t gap, uint64_t *next, char text[512]);

#endif
