/* SPDX-License-Identifier: Apache-2.0 */
/* The module store of a hub: <folder>/<address>/ with the files of a package, put there
 * once, on the disk before its name is, never overwritten; and <folder>/loaded.json, which
 * remembers what ever ran. From here the bytes go into sealed memory while they are hashed again:
 * what was verified is what runs, whoever writes to the disk meanwhile.
 *
 * Threads may use it together, but for open, close and clean. */
#ifndef PACKAGE_STAGE_H
#define PACKAGE_STAGE_H

#include "package/verify.h"

#define PACKAGE_LOADED_MAX 4096 /* modules that are remembered; then the oldest of an id that has newer ones is forgotten */

struct package_stage;

/* Folder is created if need be (mode 0700). Errors (message): OD_EIO, OD_EINVAL loaded.json is spoilt, OD_ENOMEM. */
OD_MUST_CHECK int package_stage_open(const char *folder, struct package_stage **out, char message[PACKAGE_TEXT_SIZE]);
void package_stage_close(struct package_stage *stage); /* accepts NULL */

/* Put a verified package there; one that is there already is left alone. Errors (*refusal): OD_EIO, OD_EFULL ("stage"). */
OD_MUST_CHECK int package_stage_put(struct package_stage *stage, const struct package *package, struct package_refusal *refusal);

/* How a module comes to be loaded. */
enum package_load {
    PACKAGE_LOAD_NONE = 0,
    PACKAGE_LOAD_NEW,   /* by an admin: a signed one must not be older than any that ran */
    PACKAGE_LOAD_AGAIN, /* rollback, or start of the hub: what ran before may run again */
};

/* No way back to an old version by accident or by theft: a signed module whose sequence is lower than the
 * highest of its id that ever ran is refused ("sequence"), unless it is loaded AGAIN and ran before.
 * Errors: OD_EDENIED. */
OD_MUST_CHECK int package_stage_admit(struct package_stage *stage, const struct package *package, enum package_load load,
                                      struct package_refusal *refusal);

/* It runs: remember that, on the disk before the return. Once is enough. Errors (nothing remembered): OD_EIO, OD_EFULL, OD_ENOMEM. */
OD_MUST_CHECK int package_stage_note(struct package_stage *stage, const struct package_manifest *manifest,
                                     const struct package_identity *identity, bool is_signed);

bool package_stage_was_loaded(struct package_stage *stage, const uint8_t address[BASE_HASH_SIZE]);

/* The address of the last module of that name that ran. Errors: OD_ENOTFOUND. */
OD_MUST_CHECK int package_stage_find(struct package_stage *stage, const char *module, uint8_t address[BASE_HASH_SIZE]);

/* The staged files as a bundle, to be verified like any other. Errors as package_bundle_read. */
OD_MUST_CHECK int package_stage_read(const struct package_stage *stage, const uint8_t address[BASE_HASH_SIZE], const char *label,
                                     enum package_part part, struct package_bundle *bundle, struct package_refusal *refusal);

/* Remove what nobody can come back to: staged files, and drafts, whose address neither a signed module that ran here has, nor
 * is_wanted. What cannot be removed is left. Returns how many. */
typedef bool (*package_wanted_cb)(void *owner, const uint8_t address[BASE_HASH_SIZE]);
size_t package_stage_clean(struct package_stage *stage, package_wanted_cb is_wanted, void *owner);

/* Two sealed memory files, which nobody can change any more; -1 = none. */
struct package_seal {
    int manifest, module;
};

/* The staged files, read once into sealed memory and hashed on the way. *seal is written on success, and the caller's
 * (package_seal_close). Errors (*refusal): OD_ENOTFOUND it is not there ("stage"), OD_EINVAL the bytes are not those
 * ("staged_altered"), OD_EIO ("stage"), OD_ENOMEM. Cost: reads and hashes the files. */
OD_MUST_CHECK int package_stage_seal(const struct package_stage *stage, const struct package_identity *identity, const char *label,
                                     struct package_seal *seal, struct package_refusal *refusal);
void package_seal_close(struct package_seal *seal);

#endif
