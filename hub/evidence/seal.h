/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints of a store: the key that signs them, those that there are, and the next one.
 *
 *   <data>/keys/evidence.key  the secret key: 64 hexadecimal digits and LF, mode 0600
 *   <data>/keys/evidence.pub  the public key, PEM
 *
 * A checkpoint stands in the register of its kind: its id is its number, its body {"note", "signature"}. */
#ifndef EVIDENCE_SEAL_H
#define EVIDENCE_SEAL_H

#include "evidence/note.h"
#include "store/store.h"

#define EVIDENCE_REGISTER 11     /* of the checkpoints: a kind of entries, as the store numbers them */
#define EVIDENCE_RUN_MAX 65536u  /* records that one checkpoint is the first to cover */

/* The key in folder (a data folder), made when there is none. *text: an English sentence with the remedy on error.
 * Errors: OD_EIO, OD_ESYNTAX the file is no key. */
OD_MUST_CHECK int evidence_pair_get(const char *folder, struct base_sign_pair *pair, char text[512]);
/* The key in folder, of a hub that was started once. Errors: OD_ENOTFOUND, OD_EIO, OD_ESYNTAX. */
OD_MUST_CHECK int evidence_pair_load(const char *folder, struct base_sign_pair *pair, char text[512]);
/* Its public half alone. Errors likewise. */
OD_MUST_CHECK int evidence_public_load(const char *folder, uint8_t key[BASE_SIGN_KEY_SIZE]);

/* Checkpoints with a number > after, ascending. What on_checkpoint returns but OD_OK ends the walk and is returned.
 * Errors: OD_ESYNTAX a row is no checkpoint; OD_EIO, OD_ENOMEM. */
typedef int (*evidence_checkpoint_cb)(void *owner, const struct evidence_checkpoint *checkpoint);
OD_MUST_CHECK int evidence_checkpoints_read(struct store_reader *reader, uint64_t after, evidence_checkpoint_cb on_checkpoint, void *owner);
/* Of a row. Errors: OD_ESYNTAX, OD_ENOMEM. */
OD_MUST_CHECK int evidence_checkpoint_of(const struct store_entry *entry, struct evidence_checkpoint *checkpoint);
/* The newest. Errors: OD_ENOTFOUND, OD_ESYNTAX, OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int evidence_checkpoint_last(struct store_reader *reader, struct evidence_checkpoint *checkpoint);

/* The one that covers a record first. Errors: OD_ENOTFOUND none yet; as above. Cost: O(log checkpoints). */
OD_MUST_CHECK int evidence_checkpoint_over(struct store_reader *reader, uint64_t seq, struct evidence_checkpoint *checkpoint);

/* What the next checkpoint says, after `last` (number 0 = there is none): the records behind it, EVIDENCE_RUN_MAX at most;
 * number, first, last, hash, root, previous. Errors (*next unchanged): OD_ENOTFOUND there is no record behind it; OD_EIO,
 * OD_ENOMEM. Cost: O(records). */
OD_MUST_CHECK int evidence_note_next(struct store_reader *reader, const struct evidence_note *last, struct evidence_note *next);

#endif
