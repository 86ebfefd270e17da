/* SPDX-License-Identifier: Apache-2.0 */
/* A file system in memory under SQLite which fills up, fails and loses power on
 * demand. Registered as the VFS CRASH_VFS; thread-safe; one per process. */
#ifndef TESTS_STORE_CRASH_VFS_H
#define TESTS_STORE_CRASH_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRASH_VFS "crash"
#define CRASH_SECTOR 512u

/* Register, and forget all files and orders. No file may be open. */
void crash_vfs_reset(void);

/* Writes that make files longer fail with "disk full" once all files together hold room bytes;
 * SIZE_MAX = never. */
void crash_vfs_fill(size_t room);
size_t crash_vfs_used(void);

/* The count-th write or sync from now fails with an I/O error (1 = the next), 0 = none. */
void crash_vfs_fail_at(uint64_t count);

/* Writes, truncations and syncs since the reset. */
uint64_t crash_vfs_operations(void);

/* What a power cut at this moment leaves is recorded before each every-th operation, 0 = never.
 * on_cut runs in the thread of that operation, before it; what it returns is kept with the cut. */
typedef uint64_t (*crash_cut_cb)(void *owner);
void crash_vfs_cut_every(uint64_t every, crash_cut_cb on_cut, void *owner);

size_t crash_vfs_cut_count(void);

/* Replace all files by those of the index-th cut: what was synced, and of the rest a subset by seed,
 * torn at sectors. No file may be open. Returns what on_cut returned. */
uint64_t crash_vfs_restore(size_t index, uint64_t seed);

#endif
