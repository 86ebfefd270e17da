/* SPDX-License-Identifier: Apache-2.0 */
/* Packages for tests: made of the smallest module, signed by keys of the test's own. */
#ifndef TEST_PACKAGE_MAKER_H
#define TEST_PACKAGE_MAKER_H

#include "package/verify.h"

#include "lib/check.h"

#define TODAY 20000 /* a day: 2024-10-04 */
#define TINY_CAPABILITIES "{\"fields\":[\"*\"],\"kv\":{\"quota\":4096}}"

struct maker {
    struct package_secret_key secret, other_secret;
    struct package_public_key key, other_key;
    struct package_trust trust; /* trusts key for gov.* and everything */
    char *module; /* bytes of tiny.so */
    size_t module_size;
};

int maker_open(void **state);  /* *state: struct maker */
int maker_close(void **state);

/* Read a trust file text; %s is key. */
void maker_trust(struct maker *maker, const char *format);

/* manifest.json of gov.tiny with its files listed; sequence and capabilities as given. The caller's (free). */
char *maker_manifest(const struct maker *maker, int sequence, const char *capabilities);

/* A copy that a bundle may own. */
char *maker_copy(const void *bytes, size_t size);

/* manifest, module.so, README.md, vectors/one.json; signed by secret, or unsigned for NULL. */
void maker_bundle(const struct maker *maker, const char *manifest, const struct package_secret_key *secret, struct package_bundle *bundle);
/* Sign the manifest of a bundle anew. */
void maker_sign(const struct package_secret_key *secret, const char *comment, struct package_bundle *bundle);

/* The usual: sequence 1, signed by maker->secret. */
void maker_usual(const struct maker *maker, struct package_bundle *bundle);

/* A folder for the test, below TMPDIR or /tmp; removed with maker_remove. Static per call count (8). */
const char *maker_folder(void);
void maker_remove(const char *folder);
/* Write the bundle as a folder. */
void maker_write(const struct package_bundle *bundle, const char *folder);
void maker_write_file(const char *folder, const char *name, const void *bytes, size_t size);

#endif
