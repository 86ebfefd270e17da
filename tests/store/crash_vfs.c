/* SPDX-License-Identifier: Apache-2.0 */
/* Each file is two images: what was synced, and what its readers see. The writes
 * between the two are kept in order; a cut copies the first image and the writes. */
#include "store/crash_vfs.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 8
#define CUTS_MAX 512
#define SHM_REGIONS_MAX 64

struct image {
    unsigned char *bytes;
    size_t size, room;
};

struct change { /* a write, or a truncation to offset when bytes is NULL */
    struct change *next;
    size_t offset, size;
    unsigned char bytes[];
};

struct memory_file {
    char name[128];
    bool is_there;
    struct image synced, seen;
    struct change *changes, **changes_end;
    void *regions[SHM_REGIONS_MAX];
    int shared[SQLITE_SHM_NLOCK];
    bool exclusive[SQLITE_SHM_NLOCK];
    int open_count, connected, reserved; /* handles that are open, hold SHARED, hold RESERVED */
};

struct cut_file {
    char name[128];
    struct image synced;
    struct change *changes;
};

struct cut {
    struct cut_file files[FILES_MAX];
    unsigned file_count;
    uint64_t answer;
};

struct handle {
    sqlite3_file base;
    struct memory_file *file;
    unsigned shared, exclusive; /* bits of locks held */
    int level;                  /* of the lock on the file itself */
};

static struct {
    pthread_mutex_t lock;
    struct memory_file files[FILES_MAX];
    struct cut *cuts[CUTS_MAX];
    size_t cut_count, room;
    uint64_t operations, fail_in, every;
    crash_cut_cb on_cut;
    void *owner;
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER, .room = SIZE_MAX};

static void *allocate(size_t size)
{
    void *block = calloc(1, size > 0 ? size : 1);

    assert(block != NULL);
    return block;
}

static void image_resize(struct image *image, size_t size)
{
    if (size > image->room) {
        image->room = size * 2;
        image->bytes = realloc(image->bytes, image->room);
        assert(image->bytes != NULL);
    }
    if (size > image->size)
        memset(image->bytes + image->size, 0, size - image->size);
    image->size = size;
}

static void image_write(struct image *image, size_t offset, const unsigned char *bytes, size_t size)
{
    if (offset + size > image->size)
        image_resize(image, offset + size);
    memcpy(image->bytes + offset, bytes, size);
}

static struct image image_copy(const struct image *image)
{
    struct image copy = {.bytes = allocate(image->size), .size = image->size, .room = image->size};

    if (image->size > 0)
        memcpy(copy.bytes, image->bytes, image->size);
    return copy;
}

static void changes_free(struct change *change)
{
    while (change != NULL) {
        struct change *next = change->next;

        free(change);
        change = next;
    }
}

static struct change *changes_copy(const struct change *change)
{
    struct change *head = NULL, **end = &head;

    for (; change != NULL; change = change->next) {
        size_t bytes = sizeof(*change) + change->size;
        *end = allocate(bytes);
        memcpy(*end, change, bytes);
        (*end)->next = NULL;
        end = &(*end)->next;
    }
    return head;
}

static void file_empty(struct memory_file *file)
{
    changes_free(file->changes);
    free(file->synced.bytes);
    free(file->seen.bytes);
    for (unsigned i = 0; i < SHM_REGIONS_MAX; i++)
        free(file->regions[i]);
    memset(file, 0, sizeof(*file));
    file->changes_end = &file->changes;
}

static void cut_record(void)
{
    struct cut *cut = allocate(sizeof(*cut));

    for (unsigned i = 0; i < FILES_MAX; i++) {
        const struct memory_file *file = &disk.files[i];
        struct cut_file *kept = &cut->files[cut->file_count];
        if (!file->is_there)
            continue;
        memcpy(kept->name, file->name, sizeof(kept->name));
        kept->synced = image_copy(&file->synced);
        kept->changes = changes_copy(file->changes);
        cut->file_count++;
    }
    cut->answer = disk.on_cut(disk.owner);
    disk.cuts[disk.cut_count++] = cut;
}

/* Before each operation that changes the disk: false = it fails. */
static bool operation_start(void)
{
    disk.operations++;
    if (disk.every > 0 && disk.operations % disk.every == 0 && disk.cut_count < CUTS_MAX)
        cut_record();
    return disk.fail_in == 0 || --disk.fail_in > 0;
}

static void change_add(struct memory_file *file, size_t offset, const void *bytes, size_t size)
{
    struct change *change = allocate(sizeof(*change) + size);

    change->offset = offset;
    change->size = size;
    if (size > 0)
        memcpy(change->bytes, bytes, size);
    *file->changes_end = change;
    file->changes_end = &change->next;
}

static size_t used(void)
{
    size_t sum = 0;

    for (unsigned i = 0; i < FILES_MAX; i++)
        sum += disk.files[i].seen.size;
    return sum;
}

static int on_read(sqlite3_file *base, void *bytes, int size, sqlite3_int64 offset)
{
    struct memory_file *file = ((struct handle *)base)->file;
    size_t wanted = (size_t)size, at = (size_t)offset, there = 0;

    pthread_mutex_lock(&disk.lock);
    if (at < file->seen.size)
        there = file->seen.size - at < wanted ? file->seen.size - at : wanted;
    if (there > 0)
        memcpy(bytes, file->seen.bytes + at, there);
    pthread_mutex_unlock(&disk.lock);
    memset((char *)bytes + there, 0, wanted - there);
    return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int write_locked(struct memory_file *file, const void *bytes, size_t size, size_t offset)
{
    if (!operation_start())
        return SQLITE_IOERR_WRITE;
    if (offset + size > file->seen.size && used() + (offset + size - file->seen.size) > disk.room)
        return SQLITE_FULL;
    image_write(&file->seen, offset, bytes, size);
    change_add(file, offset, bytes, size);
    return SQLITE_OK;
}

static int on_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 offset)
{
    pthread_mutex_lock(&disk.lock);
    int rc = write_locked(((struct handle *)base)->file, bytes, (size_t)size, (size_t)offset);
    pthread_mutex_unlock(&disk.lock);
    return rc;
}

static int on_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct memory_file *file = ((struct handle *)base)->file;
    int rc = SQLITE_IOERR_TRUNCATE;

    pthread_mutex_lock(&disk.lock);
    if (operation_start()) {
        image_resize(&file->seen, (size_t)size);
        change_add(file, (size_t)size, NULL, 0);
        rc = SQLITE_OK;
    }
    pthread_mutex_unlock(&disk.lock);
    return rc;
}

static int on_sync(sqlite3_file *base, int flags)
{
    struct memory_file *file = ((struct handle *)base)->file;
    int rc = SQLITE_IOERR_FSYNC;

    (void)flags;
    pthread_mutex_lock(&disk.lock);
    if (operation_start()) {
        for (const struct change *change = file->changes; change != NULL; change = change->next) {
            if (change->size > 0)
                image_write(&file->synced, change->offset, change->bytes, change->size);
            else
                image_resize(&file->synced, change->offset);
        }
        changes_free(file->changes);
        file->changes = NULL;
        file->changes_end = &file->changes;
        rc = SQLITE_OK;
    }
    pthread_mutex_unlock(&disk.lock);
    return rc;
}

static int on_size(sqlite3_file *base, sqlite3_int64 *size)
{
    pthread_mutex_lock(&disk.lock);
    *size = (sqlite3_int64)((struct handle *)base)->file->seen.size;
    pthread_mutex_unlock(&disk.lock);
    return SQLITE_OK;
}

static void level_set(struct handle *handle, int level)
{
    struct memory_file *file = handle->file;

    file->connected += (level >= SQLITE_LOCK_SHARED) - (handle->level >= SQLITE_LOCK_SHARED);
    file->reserved += (level >= SQLITE_LOCK_RESERVED) - (handle->level >= SQLITE_LOCK_RESERVED);
    handle->level = level;
}

/* SHARED is held by every connection while it is open, so EXCLUSIVE tells the last one. */
static int on_lock(sqlite3_file *base, int level)
{
    struct handle *handle = (struct handle *)base;
    struct memory_file *file = handle->file;
    int rc = SQLITE_OK;

    pthread_mutex_lock(&disk.lock);
    if (level >= SQLITE_LOCK_RESERVED && file->reserved - (handle->level >= SQLITE_LOCK_RESERVED) > 0)
        rc = SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && file->connected - (handle->level >= SQLITE_LOCK_SHARED) > 0)
        rc = SQLITE_BUSY;
    if (rc == SQLITE_OK)
        level_set(handle, level);
    pthread_mutex_unlock(&disk.lock);
    return rc;
}

static int on_unlock(sqlite3_file *base, int level)
{
    pthread_mutex_lock(&disk.lock);
    level_set((struct handle *)base, level);
    pthread_mutex_unlock(&disk.lock);
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
    struct memory_file *file = ((struct handle *)base)->file;

    assert(region < SHM_REGIONS_MAX);
    pthread_mutex_lock(&disk.lock);
    if (file->regions[region] == NULL && may_extend)
        file->regions[region] = allocate((size_t)size);
    *out = file->regions[region];
    pthread_mutex_unlock(&disk.lock);
    return SQLITE_OK;
}

static bool may_lock(const struct handle *handle, int slot, bool is_exclusive)
{
    const struct memory_file *file = handle->file;
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

    pthread_mutex_lock(&disk.lock);
    for (int i = first; i < first + count && is_lock; i++)
        rc = may_lock(handle, i, is_exclusive) ? rc : SQLITE_BUSY;
    for (int i = first; i < first + count && rc == SQLITE_OK; i++) {
        if (is_lock)
            slot_lock(handle, i, is_exclusive);
        else
            slot_unlock(handle, i);
    }
    pthread_mutex_unlock(&disk.lock);
    return rc;
}

static void on_shm_barrier(sqlite3_file *base)
{
    (void)base;
    __sync_synchronize();
    pthread_mutex_lock(&disk.lock); /* an order that the thread sanitizer understands */
    pthread_mutex_unlock(&disk.lock);
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

    pthread_mutex_lock(&disk.lock);
    for (int i = 0; i < SQLITE_SHM_NLOCK; i++)
        slot_unlock(handle, i);
    level_set(handle, SQLITE_LOCK_NONE);
    if (--handle->file->open_count == 0) {
        for (unsigned i = 0; i < SHM_REGIONS_MAX; i++) {
            free(handle->file->regions[i]);
            handle->file->regions[i] = NULL;
        }
    }
    pthread_mutex_unlock(&disk.lock);
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

static struct memory_file *file_find(const char *name)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (disk.files[i].is_there && strcmp(disk.files[i].name, name) == 0)
            return &disk.files[i];
    }
    return NULL;
}

static struct memory_file *file_make(const char *name)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        struct memory_file *file = &disk.files[i];
        if (file->is_there)
            continue;
        assert(strlen(name) < sizeof(file->name));
        file_empty(file);
        strcpy(file->name, name);
        file->is_there = true;
        return file;
    }
    assert(!"a free file");
    return NULL;
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags)
{
    struct handle *handle = (struct handle *)base;

    (void)vfs;
    memset(handle, 0, sizeof(*handle));
    pthread_mutex_lock(&disk.lock);
    handle->file = file_find(name != NULL ? name : "temporary");
    if (handle->file == NULL && (flags & SQLITE_OPEN_CREATE) != 0)
        handle->file = file_make(name != NULL ? name : "temporary");
    if (handle->file != NULL)
        handle->file->open_count++;
    pthread_mutex_unlock(&disk.lock);
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
    pthread_mutex_lock(&disk.lock);
    struct memory_file *file = file_find(name);
    if (file != NULL)
        file_empty(file);
    pthread_mutex_unlock(&disk.lock);
    return file != NULL ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

static int on_access(sqlite3_vfs *vfs, const char *name, int flags, int *is_there)
{
    (void)vfs;
    (void)flags;
    pthread_mutex_lock(&disk.lock);
    *is_there = file_find(name) != NULL;
    pthread_mutex_unlock(&disk.lock);
    return SQLITE_OK;
}

static int on_full_path(sqlite3_vfs *vfs, const char *name, int room, char *path)
{
    (void)vfs;
    sqlite3_snprintf(room, path, "%s", name);
    return SQLITE_OK;
}

static void cuts_free(void)
{
    for (size_t i = 0; i < disk.cut_count; i++) {
        for (unsigned j = 0; j < disk.cuts[i]->file_count; j++) {
            free(disk.cuts[i]->files[j].synced.bytes);
            changes_free(disk.cuts[i]->files[j].changes);
        }
        free(disk.cuts[i]);
    }
    disk.cut_count = 0;
}

static void files_empty(void)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        assert(disk.files[i].open_count == 0);
        file_empty(&disk.files[i]);
    }
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
    files_empty();
    cuts_free();
    disk.room = SIZE_MAX;
    disk.operations = disk.fail_in = disk.every = 0;
}

void crash_vfs_fill(size_t room)
{
    pthread_mutex_lock(&disk.lock);
    disk.room = room;
    pthread_mutex_unlock(&disk.lock);
}

size_t crash_vfs_used(void)
{
    pthread_mutex_lock(&disk.lock);
    size_t sum = used();
    pthread_mutex_unlock(&disk.lock);
    return sum;
}

void crash_vfs_fail_at(uint64_t count)
{
    pthread_mutex_lock(&disk.lock);
    disk.fail_in = count;
    pthread_mutex_unlock(&disk.lock);
}

uint64_t crash_vfs_operations(void)
{
    pthread_mutex_lock(&disk.lock);
    uint64_t operations = disk.operations;
    pthread_mutex_unlock(&disk.lock);
    return operations;
}

void crash_vfs_cut_every(uint64_t every, crash_cut_cb on_cut, void *owner)
{
    pthread_mutex_lock(&disk.lock);
    disk.every = every;
    disk.on_cut = on_cut;
    disk.owner = owner;
    pthread_mutex_unlock(&disk.lock);
}

size_t crash_vfs_cut_count(void)
{
    return disk.cut_count;
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Each write survives whole, not at all, or sector by sector. */
static void change_survive(struct image *image, const struct change *change, uint64_t *seed)
{
    uint64_t fate = random_next(seed) % 3;

    if (change->size == 0 && fate != 0)
        image_resize(image, change->offset);
    for (size_t at = 0; at < change->size; ) {
        size_t piece = CRASH_SECTOR - (change->offset + at) % CRASH_SECTOR;
        if (piece > change->size - at)
            piece = change->size - at;
        if (fate == 1 || (fate == 2 && random_next(seed) % 2 == 0))
            image_write(image, change->offset + at, change->bytes + at, piece);
        at += piece;
    }
}

uint64_t crash_vfs_restore(size_t index, uint64_t seed)
{
    const struct cut *cut = disk.cuts[index];
    uint64_t state = seed * 2 + 1;

    assert(index < disk.cut_count);
    disk.every = 0;
    files_empty();
    for (unsigned i = 0; i < cut->file_count; i++) {
        struct memory_file *file = file_make(cut->files[i].name);
        file->synced = image_copy(&cut->files[i].synced);
        for (const struct change *change = cut->files[i].changes; change != NULL; change = change->next)
            change_survive(&file->synced, change, &state);
        file->seen = image_copy(&file->synced);
    }
    return cut->answer;
}
