/* SPDX-License-Identifier: Apache-2.0 */
/* Private to crash_vfs: the disk under the file system. The lock guards all of it. */
#ifndef TESTS_STORE_CRASH_DISK_H
#define TESTS_STORE_CRASH_DISK_H

#include <pthread.h>
#include <sqlite3.h>

#include "store/crash_vfs.h"

#define CRASH_FILES_MAX 8
#define CRASH_CUTS_MAX 512
#define CRASH_REGIONS_MAX 64

struct crash_image {
    unsigned char *bytes;
    size_t size, room;
};

struct crash_change { /* a write, or a truncation to offset when bytes is NULL */
    struct crash_change *next;
    size_t offset, size;
    unsigned char bytes[];
};

struct crash_file {
    char name[128];
    bool is_there;
    struct crash_image synced, seen;
    struct crash_change *changes, **changes_end;
    void *regions[CRASH_REGIONS_MAX];
    int shared[SQLITE_SHM_NLOCK];
    bool exclusive[SQLITE_SHM_NLOCK];
    int open_count, connected, reserved; /* handles that are open, hold SHARED, hold RESERVED */
};

struct crash_cut_file {
    char name[128];
    struct crash_image synced;
    struct crash_change *changes;
};

struct crash_cut {
    struct crash_cut_file files[CRASH_FILES_MAX];
    unsigned file_count;
    uint64_t answer;
};

struct crash_disk {
    pthread_mutex_t lock;
    struct crash_file files[CRASH_FILES_MAX];
    struct crash_cut *cuts[CRASH_CUTS_MAX];
    size_t cut_count, room;
    uint64_t operations, fail_in, every;
    crash_cut_cb on_cut;
    void *owner;
};

extern struct crash_disk crash_disk;

/* size bytes, zeroed; never NULL. */
void *crash_disk_allocate(size_t size);

/* NULL when there is none. */
struct crash_file *crash_disk_find(const char *name);
/* A new, empty file. */
struct crash_file *crash_disk_make(const char *name);
/* All its content and its name go. */
void crash_disk_remove(struct crash_file *file);

/* Return an SQLite code: disk full and failures as ordered. */
int crash_disk_write(struct crash_file *file, const void *bytes, size_t size, size_t offset);
int crash_disk_truncate(struct crash_file *file, size_t size);
int crash_disk_sync(struct crash_file *file);

/* No files, no cuts, no orders. */
void crash_disk_clear(void);

#endif
