/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a connector that keeps files: a copy of check.json's "folder" for each
 * connector that is started anew with nothing done, away when its case has ended. */
#ifndef CHECK_PLACE_H
#define CHECK_PLACE_H

#include <sys/types.h>

#include "check/subject.h"

#define CHECK_PLACE_FILES_MAX 64 /* in source, and in each folder in it */
#define CHECK_PLACE_USER 65534   /* nobody: under root the host becomes the user of the folder */

/* Copy source, with the folders in it and their files, to a folder of this process; one that is there already is emptied
 * first. Errors: OD_EIO, OD_ELIMIT. */
OD_MUST_CHECK int check_place_make(const char *source, char path[CHECK_PATH_SIZE]);

/* The folder of a process that has ended; nothing happens where there is none. */
void check_place_remove(pid_t pid);

#endif
