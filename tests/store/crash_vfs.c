/* SPDX-License-Identifier: Apache-2.0 */
/* What SQLite calls. Each function takes the disk's lock for as long as it runs. */
#include "store/crash_disk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct handle {
    sqlite3_file base;
    struct crash_file *file;
    unsigned shared, exclusive; /* bits of locks held */
    int level;                  /* of the lock on the file itself */
};

static int on_read(sqlite3_file *base, void *bytes, int size, sqlite3_int64 offset)
{
    struct crash_file *file = ((struct handle *)base)->file;
    size_t wanted = (size_t)size, at = (size_t)offset, there = 0;

    pthread_mutex_lock(&crash_disk.lock);
    if (at < file->seen.size)
        there = file->seen.size - at < wanted ? file->seen.size - at : wanted;
    if (there > 0)
        memcpy(bytes, file->seen.bytes + at, there);
    pthread_mutex_unlock(&crash_disk.lock);
    memset((char *)bytes + there, 0, wanted - there);
    return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int on_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 offset)
{
    pthread_mutex_lock(&crash_disk.lock);
    int rc = crash_disk_write(((struct handle *)base)->file, bytes, (size_t)size, (size_t)offset);
    pthread_mutex_unlock(&crash_disk.lock);
    return rc;
}

static int on_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    pthread_mutex_lock(&crash_disk.lock);
    int rc = crash_disk_truncate(((struct handle *)base)->file, (size_t)size);
    pthread_mutex_unlock(&crash_disk.lock);
    return rc;
}

static int on_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    pthread_mutex_lock(&crash_disk.lock);
    int rc = crash_disk_sync(((struct handle *)base)->file);
    pthread_mutex_unlock(&crash_disk.lock);
    return rc;
}

static int on_size(sqlite3_file *base, sqlite3_int64 *size)
{
    pthread_mutex_lock(&crash_disk.lock);
    *size = (sqlite3_int64)((struct handle *)base)->file->seen.size;
    pthread_mutex_unlock(&crash_disk.lock);
    return SQLITE_OK;
}

static void level_set(struct handle *handle, int level)
{
    struct crash_file *file = handle->file;

    file->connected += (level >= SQLITE_LOCK_SHARED) - (handle->level >= SQLITE_LOCK_SHARED);
    file->reserved += (level >= SQLITE_LOCK_RESERVED) - (handle->level >= SQLITE_LOCK_RESERVED);
    handle->level = level;
}

/* SHARED is held by every connection while it is open, so EXCLUSIVE tells the last one. */
static int on_lock(sqlite3_file *base, int level)
{
    struct handle *handle = (struct handle *)base;
    struct crash_file *file = handle->file;
    int rc = SQLITE_OK;

    pthread_mutex_lock(&crash_disk.lock);
    if (level >= SQLITE_LOCK_RESERVED && file->reserved - (handle->level >= SQLITE_LOCK_RESERVED) > 0)
        rc = SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && file->connected - (handle->level >= SQLITE_LOCK_SHARED) > 0)
        rc = SQLITE_BUSY;
    if (rc == SQLITE_OK)
        level_set(handle, level);
    pthread_mutex_unlock(&crash_disk.lock);
    return rc;
}

static int on_unlock(sqlite3_file *base, int level)
{
    pthread_mutex_lock(&crash_disk.lock);
    level_set((struct handle *)base, level);
    pthread_mutex_unlock(&crash_disk.lock);
    return SQLITE_OK;
}

static int on_lock_check(sqlite3_file *base, int *is_reserved)
{
    *is_reserved = ((struct handle *)base)->file->reserved > 0;
    return SQLITE_OK;
}

static int on_control(sqlite3_file *base, int operation, void *argument)
{
    (void)base;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int on_sector_size(sqlite3_file *base)
{
    (void)base;
    return (int)CRASH_SECTOR;
}

static int on_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as the default one says of every disk */
}

static int on_shm_map(sqlite3_file *base, int region, int size, int may_extend, void volatile **out)
{
    struct crash_file *file = ((struct handle *)base)->file;

    assert(region < CRASH_REGIONS_MAX);
    pthread_mutex_lock(&crash_disk.lock);
    if (file->regions[region] == NULL && may_extend)
        file->regions[region] = crash_disk_allocate((size_t)size);
    *out = file->regions[region];
    pthread_mutex_unlock(&crash_disk.lock);
    return SQLITE_OK;
}

static bool may_lock(const struct handle *handle, int slot, bool is_exclusive)
{
    const struct crash_file *file = handle->file;
    int own = (handle->shared >> slot & 1) != 0;

    if (file->exclusive[slot] && (handle->exclusive >> slot & 1) == 0)
        return false;
    return !is_exclusive || file->shared[slot] == own;
}

static void slot_lock(struct handle *handle, int slot, bool is_exclusive)
{
    unsigned bit = 1u << slot;

    if (is_exclusive) {
        handle->file->exclusive[slot] = true;
        handle->exclusive |= bit;
    } else if ((handle->shared & bit) == 0) {
        handle->file->shared[slot]++;
        handle->shared |= bit;
    }
}

static void slot_unlock(struct handle *handle, int slot)
{
    unsigned bit = 1u << slot;

    if ((handle->shared & bit) != 0)
        handle->file->shared[slot]--;
    if ((handle->exclusive & bit) != 0)
        handle->file->exclusive[slot] = false;
    handle->shared &= ~bit;
    handle->exclusive &= ~bit;
}

static int on_shm_lock(sqlite3_file *base, int first, int count, int flags)
{
    struct handle *handle = (struct handle *)base;
    bool is_exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0, is_lock = (flags & SQLITE_SHM_LOCK) != 0;
    int rc = SQLITE_OK;

    pthread_mutex_lock(&crash_disk.lock);
    for (int i = first; i < first + count && is_lock; i++)
        rc = may_lock(handle, i, is_exclusive) ? rc : SQLITE_BUSY;
    for (int i = first; i < first + count && rc == SQLITE_OK; i++) {
        if (is_lock)
            slot_lock(handle, i, is_exclusive);
        else
            slot_unlock(handle, i);
    }
    pthread_mutex_unlock(&crash_disk.lock);
    return rc;
}

static void on_shm_barrier(sqlite3_file *base)
{
    (void)base;
    __sync_synchronize();
    pthread_mutex_lock(&crash_disk.lock); /* an order that the thread sanitizer understands */
    pthread_mutex_unlock(&crash_disk.lock);
}

static int on_shm_unmap(sqlite3_file *base, int is_deleted)
{
    (void)base;
    (void)is_deleted;
    return SQLITE_OK; /* regions go with the last handle: a restart starts without them */
}

static int on_close(sqlite3_file *base)
{
    struct handle *handle = (struct handle *)base;

    pthread_mutex_lock(&crash_disk.lock);
    for (int i = 0; i < SQLITE_SHM_NLOCK; i++)
        slot_unlock(handle, i);
    level_set(handle, SQLITE_LOCK_NONE);
    if (--handle->file->open_count == 0) {
        for (unsigned i = 0; i < CRASH_REGIONS_MAX; i++) {
            free(handle->file->regions[i]);
            handle->file->regions[i] = NULL;
        }
    }
    pthread_mutex_unlock(&crash_disk.lock);
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_lock_check,
    .xFileControl = on_control,
    .xSectorSize = on_sector_size,
    .xDeviceCharacteristics = on_characteristics,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags)
{
    struct handle *handle = (struct handle *)base;

    (void)vfs;
    memset(handle, 0, sizeof(*handle));
    pthread_mutex_lock(&crash_disk.lock);
    handle->file = crash_disk_find(name != NULL ? name : "temporary");
    if (handle->file == NULL && (flags & SQLITE_OPEN_CREATE) != 0)
        handle->file = crash_disk_make(name != NULL ? name : "temporary");
    if (handle->file != NULL)
        handle->file->open_count++;
    pthread_mutex_unlock(&crash_disk.lock);
    if (handle->file == NULL)
        return SQLITE_CANTOPEN;
    handle->base.pMethods = &methods;
    if (out_flags != NULL)
        *out_flags = flags;
    return SQLITE_OK;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int is_synced)
{
    (void)vfs;
    (void)is_synced;
    pthread_mutex_lock(&crash_disk.lock);
    struct crash_file *file = crash_disk_find(name);
    if (file != NULL)
        crash_disk_remove(file);
    pthread_mutex_unlock(&crash_disk.lock);
    return file != NULL ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

static int on_access(sqlite3_vfs *vfs, const char *name, int flags, int *is_there)
{
    (void)vfs;
    (void)flags;
    pthread_mutex_lock(&crash_disk.lock);
    *is_there = crash_disk_find(name) != NULL;
    pthread_mutex_unlock(&crash_disk.lock);
    return SQLITE_OK;
}

static int on_full_path(sqlite3_vfs *vfs, const char *name, int room, char *path)
{
    (void)vfs;
    sqlite3_snprintf(room, path, "%s", name);
    return SQLITE_OK;
}

void crash_vfs_reset(void)
{
    static sqlite3_vfs vfs;

    if (vfs.zName == NULL) {
        vfs = *sqlite3_vfs_find(NULL); /* time, random bytes, sleep */
        vfs.zName = CRASH_VFS;
        vfs.szOsFile = sizeof(struct handle);
        vfs.pNext = NULL;
        vfs.xOpen = on_open;
        vfs.xDelete = on_delete;
        vfs.xAccess = on_access;
        vfs.xFullPathname = on_full_path;
        int rc = sqlite3_vfs_register(&vfs, 0);
        assert(rc == SQLITE_OK);
        (void)rc;
    }
    crash_disk_clear();
}
