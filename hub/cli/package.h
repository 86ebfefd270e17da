/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs on packages share: plugin pack, sign, key, verify. All offline. */
#ifndef CLI_PACKAGE_H
#define CLI_PACKAGE_H

#include "cli/cli.h"
#include "cli/kit.h"
#include "package/verify.h"

/* Read the folder or package file at path, whole. A manifest.json stands for its folder.
 * Returns CLI_DONE (*bundle is the caller's), CLI_NOT_FOUND, CLI_REFUSED or CLI_FAILED (told). */
int cli_package_read(const struct cli *cli, const char *path, struct package_bundle *bundle);

/* All that a hub checks before it loads the package at path, with --trust, --public-key or --unsigned of the command line.
 * *package, zeroed before: package_fini in any case. Returns as cli_package_read; also CLI_USAGE. */
int cli_package_verify(struct cli *cli, const char *path, struct package *package);

/* A package file, verified and unpacked. */
struct cli_unpacked {
    struct package package;
    char folder[CLI_PATH_SIZE]; /* of this user alone; "" = none */
};

/* Does the path name one (.odm), whether it is there or not? A folder is none. */
bool cli_package_is_file(const char *path);

/* Verify it first; only then its files are put into a folder of its own, and who signed it is told. cli_package_unpack_end,
 * which removes the folder, in any case. Returns as cli_package_verify. */
int cli_package_unpack(struct cli *cli, const char *path, struct cli_unpacked *unpacked);
void cli_package_unpack_end(struct cli_unpacked *unpacked);

/* A refusal: its text, in Chinese before it what kind it is; {"ok": false, "code", "text"} with --json.
 * Returns CLI_NOT_FOUND, CLI_REFUSED or CLI_FAILED, by rc. */
int cli_package_refuse(const struct cli *cli, int rc, const struct package_refusal *refusal);

/* The same of code and text. */
int cli_package_refuse_with(const struct cli *cli, const char *code, const char *text);

/* Put what is known of a verified package into the open object: "module", "id", "version", "sequence", "address", "module_hash",
 * "signed_by", "key", "comment", "warning". */
void cli_package_put(struct base_buffer *json, const struct package *package);

/* Write a file as a whole: beside it first, then renamed onto it. mode: of the file. is_new: it must not be
 * there. Returns CLI_DONE or CLI_FAILED (told). */
int cli_package_write(const struct cli *cli, const char *path, unsigned mode, bool is_new, const void *bytes, size_t size);

#endif
