/* SPDX-License-Identifier: Apache-2.0 */
/* `onedoor plugin check` and `plugin run`, as a library: tries a connector as a hub
 * would, against a department that has bad days. */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <onedoor/error.h>

#define CHECK_TEXT_SIZE 512 /* of a sentence that says what is wrong, with NUL */

struct check_options {
    const char *target;       /* folder of the connector; with module: its package file */
    const char *module;       /* folder to which that was unpacked; NULL = target is a folder */
    const char *remote;       /* command or address of a remote connector; NULL = a module, or remote.json's */
    const char *config;       /* JSON in place of check.json's; NULL */
    const char *host_program; /* onedoor-host */
    const char *min_tier;     /* NULL = any */
    const char *only;         /* part of a case's name, or a shell pattern; NULL = all */
    uint64_t seed;
    bool is_json, is_in_process;
};

struct check_result {
    unsigned passed, failed, skipped;
};

/* Run the suite; TAP 14 or JSON on out. Errors (message says what is wrong, nothing was run):
 * OD_ENOTFOUND no such connector, or `only` fits no case; OD_EINVAL; OD_EUNSUPPORTED; OD_ENOMEM; OD_EIO. */
OD_MUST_CHECK int check_suite_run(const struct check_options *options, FILE *out, struct check_result *result,
                                  char message[CHECK_TEXT_SIZE]);

/* Names and titles of all cases. */
void check_suite_list(bool is_json, FILE *out);

/* The mini hub for people: offers the forms of check.json, prints what the connector says, starts anew when its files
 * change; until each task has an opinion and nothing is watched. Errors: as check_suite_run; OD_EPEER it died. */
OD_MUST_CHECK int check_run(const struct check_options *options, bool is_watching, FILE *out,
                            char message[CHECK_TEXT_SIZE]);

#endif
