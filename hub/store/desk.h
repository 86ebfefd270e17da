/* SPDX-License-Identifier: Apache-2.0 */
/* What the desks of a center read of what is owed: who claimed what, what is parked, and how much of it there is. Reads as
 * in store.h: any thread, committed state only, a bounded number of rows each. Errors: OD_ENOMEM, OD_EIO. */
#ifndef STORE_DESK_H
#define STORE_DESK_H

#include "store/store.h"

/* The part of the worklist that one key has claimed, due first, strictly after *after, NULL = from the first. */
OD_MUST_CHECK int store_read_claims(struct store_reader *reader, const char *claimant, const struct store_owed_key *after,
                                    struct store_owed_key *keys, size_t room, size_t *count);

/* How many rows of the worklist are due before a day (INT64_MAX: all, without a date too), at most room; department -1 = of all. Cost:
 * O(answer). */
OD_MUST_CHECK int store_count_worklist(struct store_reader *reader, int32_t department, int64_t due_before, uint32_t room, uint32_t *count);
/* The last day before due_before on which something of the worklist of a department is due. Errors: OD_ENOTFOUND there is none. */
OD_MUST_CHECK int store_read_worklist_last(struct store_reader *reader, uint16_t department, int32_t due_before, int32_t *day);
/* How many applications are open, at most room; one with a number beyond INT64_MAX is the hub's own and does not count, here and
 * among the late. Cost: O(answer). */
OD_MUST_CHECK int store_count_open(struct store_reader *reader, uint32_t room, uint32_t *count);
/* How many of those with from <= id < before are open. Cost: O(answer). */
OD_MUST_CHECK int store_count_open_between(struct store_reader *reader, uint64_t from, uint64_t before, uint32_t *count);
/* How many of those are late, at most room. Cost: O(answer). */
OD_MUST_CHECK int store_count_late(struct store_reader *reader, uint32_t room, uint32_t *count);
/* How many entries of a kind are in a state, at most room. Cost: O(answer). */
OD_MUST_CHECK int store_count_entries_in(struct store_reader *reader, uint8_t kind, uint8_t state, uint32_t room, uint32_t *count);

/* Parked tasks that wait for one reason in one department. */
struct store_parked {
    uint8_t parked;            /* as in struct store_owed */
    uint16_t department;       /* the store's number */
    uint32_t count;
    int64_t first_ms, last_ms; /* when the first and the last of them was parked */
};
/* The groups of STORE_SCAN_MAX parked tasks, at most room; *is_cut: there are more tasks, or groups. */
OD_MUST_CHECK int store_read_parked_groups(struct store_reader *reader, struct store_parked *groups, size_t room, size_t *count, bool *is_cut);
/* Tasks of one group, those that wait longest first, at most room. */
OD_MUST_CHECK int store_read_parked(struct store_reader *reader, uint8_t parked, uint16_t department, struct store_owed_key *keys,
                                    size_t room, size_t *count);

#endif
