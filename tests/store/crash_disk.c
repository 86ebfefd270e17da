/* SPDX-License-Identifier: Apache-2.0 */
/* Each file is two images: what was synced, and what its readers see. The writes
 * between the two are kept in order; a cut copies the first image and the writes. */
#include "store/crash_disk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct crash_disk crash_disk = {.lock = PTHREAD_MUTEX_INITIALIZER, .room = SIZE_MAX};

void *crash_disk_allocate(size_t size)
{
    void *block = calloc(1, size > 0 ? size : 1);

    assert(block != NULL);
    return block;
}

static void image_resize(struct crash_image *image, size_t size)
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

static void image_write(struct crash_image *image, size_t offset, const unsigned char *bytes, size_t size)
{
    if (offset + size > image->size)
        image_resize(image, offset + size);
    memcpy(image->bytes + offset, bytes, size);
}

static struct crash_image image_copy(const struct crash_image *image)
{
    struct crash_image copy = {.bytes = crash_disk_allocate(image->size), .size = image->size, .room = image->size};

    if (image->size > 0)
        memcpy(copy.bytes, image->bytes, image->size);
    return copy;
}

static void changes_free(struct crash_change *change)
{
    while (change != NULL) {
        struct crash_change *next = change->next;

        free(change);
        change = next;
    }
}

static struct crash_change *changes_copy(const struct crash_change *change)
{
    struct crash_change *head = NULL, **end = &head;

    for (; change != NULL; change = change->next) {
        size_t bytes = sizeof(*change) + change->size;
        *end = crash_disk_allocate(bytes);
        memcpy(*end, change, bytes);
        (*end)->next = NULL;
        end = &(*end)->next;
    }
    return head;
}

void crash_disk_remove(struct crash_file *file)
{
    changes_free(file->changes);
    free(file->synced.bytes);
    free(file->seen.bytes);
    for (unsigned i = 0; i < CRASH_REGIONS_MAX; i++)
        free(file->regions[i]);
    memset(file, 0, sizeof(*file));
    file->changes_end = &file->changes;
}

static void cut_record(void)
{
    struct crash_cut *cut = crash_disk_allocate(sizeof(*cut));

    for (unsigned i = 0; i < CRASH_FILES_MAX; i++) {
        const struct crash_file *file = &crash_disk.files[i];
        struct crash_cut_file *kept = &cut->files[cut->file_count];
        if (!file->is_there)
            continue;
        memcpy(kept->name, file->name, sizeof(kept->name));
        kept->synced = image_copy(&file->synced);
        kept->changes = changes_copy(file->changes);
        cut->file_count++;
    }
    cut->answer = crash_disk.on_cut(crash_disk.owner);
    crash_disk.cuts[crash_disk.cut_count++] = cut;
}

/* Before each operation that changes the disk: false = it fails. */
static bool operation_start(void)
{
    crash_disk.operations++;
    if (crash_disk.every > 0 && crash_disk.operations % crash_disk.every == 0 && crash_disk.cut_count < CRASH_CUTS_MAX)
        cut_record();
    return crash_disk.fail_in == 0 || --crash_disk.fail_in > 0;
}

static void change_add(struct crash_file *file, size_t offset, const void *bytes, size_t size)
{
    struct crash_change *change = crash_disk_allocate(sizeof(*change) + size);

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

    for (unsigned i = 0; i < CRASH_FILES_MAX; i++)
        sum += crash_disk.files[i].seen.size;
    return sum;
}

int crash_disk_write(struct crash_file *file, const void *bytes, size_t size, size_t offset)
{
    if (!operation_start())
        return SQLITE_IOERR_WRITE;
    if (offset + size > file->seen.size && used() + (offset + size - file->seen.size) > crash_disk.room)
        return SQLITE_FULL;
    image_write(&file->seen, offset, bytes, size);
    change_add(file, offset, bytes, size);
    return SQLITE_OK;
}

int crash_disk_truncate(struct crash_file *file, size_t size)
{
    if (!operation_start())
        return SQLITE_IOERR_TRUNCATE;
    image_resize(&file->seen, size);
    change_add(file, size, NULL, 0);
    return SQLITE_OK;
}

int crash_disk_sync(struct crash_file *file)
{
    if (!operation_start())
        return SQLITE_IOERR_FSYNC;
    for (const struct crash_change *change = file->changes; change != NULL; change = change->next) {
        if (change->size > 0)
            image_write(&file->synced, change->offset, change->bytes, change->size);
        else
            image_resize(&file->synced, change->offset);
    }
    changes_free(file->changes);
    file->changes = NULL;
    file->changes_end = &file->changes;
    return SQLITE_OK;
}

struct crash_file *crash_disk_find(const char *name)
{
    for (unsigned i = 0; i < CRASH_FILES_MAX; i++) {
        if (crash_disk.files[i].is_there && strcmp(crash_disk.files[i].name, name) == 0)
            return &crash_disk.files[i];
    }
    return NULL;
}

struct crash_file *crash_disk_make(const char *name)
{
    for (unsigned i = 0; i < CRASH_FILES_MAX; i++) {
        struct crash_file *file = &crash_disk.files[i];
        if (file->is_there)
            continue;
        assert(strlen(name) < sizeof(file->name));
        crash_disk_remove(file);
        strcpy(file->name, name);
        file->is_there = true;
        return file;
    }
    abort(); /* more files than SQLite makes */
}

static void cuts_free(void)
{
    for (size_t i = 0; i < crash_disk.cut_count; i++) {
        for (unsigned j = 0; j < crash_disk.cuts[i]->file_count; j++) {
            free(crash_disk.cuts[i]->files[j].synced.bytes);
            changes_free(crash_disk.cuts[i]->files[j].changes);
        }
        free(crash_disk.cuts[i]);
    }
    crash_disk.cut_count = 0;
}

static void files_empty(void)
{
    for (unsigned i = 0; i < CRASH_FILES_MAX; i++) {
        assert(crash_disk.files[i].open_count == 0);
        crash_disk_remove(&crash_disk.files[i]);
    }
}

void crash_disk_clear(void)
{
    files_empty();
    cuts_free();
    crash_disk.room = SIZE_MAX;
    crash_disk.operations = crash_disk.fail_in = crash_disk.every = 0;
}

void crash_vfs_fill(size_t room)
{
    pthread_mutex_lock(&crash_disk.lock);
    crash_disk.room = room;
    pthread_mutex_unlock(&crash_disk.lock);
}

size_t crash_vfs_used(void)
{
    pthread_mutex_lock(&crash_disk.lock);
    size_t sum = used();
    pthread_mutex_unlock(&crash_disk.lock);
    return sum;
}

void crash_vfs_fail_at(uint64_t count)
{
    pthread_mutex_lock(&crash_disk.lock);
    crash_disk.fail_in = count;
    pthread_mutex_unlock(&crash_disk.lock);
}

uint64_t crash_vfs_operations(void)
{
    pthread_mutex_lock(&crash_disk.lock);
    uint64_t operations = crash_disk.operations;
    pthread_mutex_unlock(&crash_disk.lock);
    return operations;
}

void crash_vfs_cut_every(uint64_t every, crash_cut_cb on_cut, void *owner)
{
    pthread_mutex_lock(&crash_disk.lock);
    crash_disk.every = every;
    crash_disk.on_cut = on_cut;
    crash_disk.owner = owner;
    pthread_mutex_unlock(&crash_disk.lock);
}

size_t crash_vfs_cut_count(void)
{
    return crash_disk.cut_count;
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Each write survives whole, not at all, or sector by sector. */
static void change_survive(struct crash_image *image, const struct crash_change *change, uint64_t *seed)
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
    const struct crash_cut *cut = crash_disk.cuts[index];
    uint64_t state = seed * 2 + 1;

    assert(index < crash_disk.cut_count);
    crash_disk.every = 0;
    files_empty();
    for (unsigned i = 0; i < cut->file_count; i++) {
        struct crash_file *file = crash_disk_make(cut->files[i].name);
        file->synced = image_copy(&cut->files[i].synced);
        for (const struct crash_change *change = cut->files[i].changes; change != NULL; change = change->next)
            change_survive(&file->synced, change, &state);
        file->seen = image_copy(&file->synced);
    }
    return cut->answer;
}
