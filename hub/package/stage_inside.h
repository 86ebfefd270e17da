/* SPDX-License-Identifier: Apache-2.0 */
/* What stage.c and loaded.c share. Private to this folder. */
#ifndef PACKAGE_STAGE_INSIDE_H
#define PACKAGE_STAGE_INSIDE_H

#include "package/stage.h"

#include <pthread.h>
#include <sys/types.h>

/* A module that ran here. */
struct package_loaded {
    char module[PACKAGE_NAME_MAX + 1];
    char id[BASE_ID_MAX + 1];
    int64_t sequence;
    uint8_t address[BASE_HASH_SIZE];
    bool is_signed;
};

struct package_stage {
    int fd; /* of the folder */
    pthread_mutex_t disk; /* held by whoever writes there, also while that takes long; taken before rows */
    pthread_mutex_t rows; /* of loaded: held for moments, so that the loop never waits for a disk */
    struct package_loaded *loaded; /* in the order in which they ran last; owned */
    size_t loaded_count, loaded_room;
};

/* stage->fd is set. Errors: as package_stage_open. */
OD_MUST_CHECK int package_loaded_read(struct package_stage *stage, char message[PACKAGE_TEXT_SIZE]);

/* A new file of that name, on the disk. Errors: OD_EIO (errno is set). */
OD_MUST_CHECK int package_stage_write(int folder, const char *name, mode_t mode, const void *bytes, size_t size);

#endif
