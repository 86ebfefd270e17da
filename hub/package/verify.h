/* SPDX-License-Identifier: Apache-2.0 */
/* May this module run here? Signature, trust, manifest, files, ELF, in this order, all on the same bytes.
 * Nothing of the module runs. What is checked when, and each message: docs/connectors/packages.md. */
#ifndef PACKAGE_VERIFY_H
#define PACKAGE_VERIFY_H

#include "package/bundle.h"

struct package_policy {
    const struct package_trust *trust; /* NULL = nobody is trusted */
    bool may_be_unsigned;              /* development: a module without a signature may run; one with a signature
                                        * is checked all the same */
    int32_t today;                     /* day, UTC */
};

/* What names the bytes of a module, for ever. */
struct package_identity {
    uint8_t address[BASE_HASH_SIZE];  /* SHA-256 of the manifest, which names the hashes of the files; of a manifest
                                       * without files: of it and of module.so */
    uint8_t manifest[BASE_HASH_SIZE]; /* SHA-256 of manifest.json */
    uint8_t module[BASE_HASH_SIZE];   /* SHA-256 of module.so */
};

/* Zero it to initialise. */
struct package {
    struct package_bundle bundle;
    struct package_manifest manifest;
    struct package_identity identity;
    bool is_signed;
    uint8_t key[8];                    /* id of the key, when signed */
    char signed_by[BASE_ID_MAX + 1];   /* its name in the trust file, "" = not signed */
    char comment[PACKAGE_COMMENT_MAX + 1]; /* the trusted one */
    char warning[PACKAGE_TEXT_SIZE];   /* "" = none */
};

/* Check package->bundle and fill in the rest. module: the name it must bear and that messages begin with; NULL = any.
 * part MANIFEST: signature, trust and manifest alone; the bundle holds no more.
 *
 * Errors (*refusal is filled; package_fini in any case):
 *   OD_EINVAL        a fault of the form: "missing_file", "signature_form", "manifest", "unknown_file", "file_size",
 *                    "file_hash", "unlisted", "elf"
 *   OD_EDENIED       "unsigned", "unknown_key", "altered", "altered_comment", and those of package_trust_check
 *   OD_EUNSUPPORTED  "manifest": another ABI or an unknown capability
 *   OD_ENOMEM */
OD_MUST_CHECK int package_verify(struct package *package, const char *module, enum package_part part,
                                 const struct package_policy *policy, struct package_refusal *refusal);

/* The bundle of a module in a module folder: <folder>/<module>/, else <folder>/<module>.odm. module is a name,
 * never a path. Errors: as package_bundle_read; OD_ENOTFOUND neither is there; OD_EINVAL no name of a module. */
OD_MUST_CHECK int package_find(const char *folder, const char *module, enum package_part part,
                               struct package_bundle *bundle, struct package_refusal *refusal);

/* Read a trust file. Errors (*trust unchanged; message is filled): OD_EINVAL, OD_ENOMEM. */
OD_MUST_CHECK int package_trust_load(const char *file, struct package_trust *trust, char message[PACKAGE_TEXT_SIZE]);

void package_fini(struct package *package); /* accepts a zeroed one */

#endif
