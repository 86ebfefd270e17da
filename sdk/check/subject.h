/* SPDX-License-Identifier: Apache-2.0 */
/* What is checked: a module, or a remote connector with the command that starts it,
 * and the script that it is tried with. */
#ifndef CHECK_SUBJECT_H
#define CHECK_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/limits.h"
#include "check/script.h"
#include "package/manifest.h"

#define CHECK_PATH_SIZE 4096
#define CHECK_WORDS_MAX 16 /* of a remote connector's command */
#define CHECK_DEPARTMENT_URL "https://department.test" /* of od.http/1; a remote connector gets a real address */

struct check_subject {
    bool is_remote;
    bool is_started_elsewhere; /* remote: it comes to the address by itself */
    char folder[CHECK_PATH_SIZE];  /* of module.so; of a remote one: where its command runs */
    char id[BASE_ID_MAX + 1], version[PACKAGE_VERSION_MAX + 1];
    char listen[64];           /* remote: "127.0.0.1:0" */
    char *words[CHECK_WORDS_MAX + 1]; /* owned: the command */
    struct package_manifest manifest; /* of a module */
    char *manifest_text; /* owned */
    size_t manifest_size;
    struct base_json *remote;  /* owned: remote.json */
    enum package_dedupe dedupe;
    struct package_texts fields; /* what it may see; borrowed */
    bool has_events, has_http;
    struct check_script script;
    char place[CHECK_PATH_SIZE]; /* what is copied for it before each case; "" = it has no folder */
    char *config; /* owned: JSON, as scripted, with ${department} still in it */
};

/* Fill *out from a folder: a module, a folder in which one was built, or one with a remote.json. module: where the package file
 * target was unpacked to, NULL = target is a folder; check.json is looked for beside it. command:
 * for a remote connector instead of remote.json's, or the address at which it is awaited; NULL. config: JSON
 * instead of check.json's; NULL. Errors (fini is allowed, reason says what is wrong):
 * OD_ENOTFOUND, OD_EINVAL, OD_EUNSUPPORTED, OD_ENOMEM, OD_EIO. */
OD_MUST_CHECK int check_subject_read(const char *target, const char *module, const char *command, const char *config,
                                     struct check_subject *out, char reason[CHECK_REASON_SIZE]);

void check_subject_fini(struct check_subject *subject);

/* The configuration with the department's address in it. Owned by the caller; NULL = no memory. */
char *check_subject_config(const struct check_subject *subject, const char *department_url);

/* The whole file, NUL-terminated, owned by the caller. Errors: OD_ENOTFOUND, OD_EIO, OD_ELIMIT, OD_ENOMEM. */
OD_MUST_CHECK int check_file_read(const char *path, size_t size_max, char **bytes, size_t *size);

#endif
