/* SPDX-License-Identifier: Apache-2.0 */
/* Documents on the disk; in the pool.
 *
 *   <data>/materials/.part/<random>   while it comes in: removed when it breaks off, or at the next start
 *   <data>/materials/<aa>/<sha256>    once it is whole and durable, whoever handed it in and however often
 *
 * Names are made of our own digits alone: what people call a file never becomes a path. */
#include "engine/material.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PATH_SIZE (PATH_MAX + ENGINE_DIGITS_SIZE + 16)

void engine_file_init(struct engine_document_file *file, const char *folder, enum catalog_document said)
{
    uint8_t random[8];

    *file = (struct engine_document_file){.fd = -1, .is_text = true, .said = said};
    snprintf(file->folder, sizeof(file->folder), "%s", folder);
    base_random(random, sizeof(random));
    base_hex(random, sizeof(random), file->part);
    base_hash_begin(&file->stream);
}

static int rc_of_errno(void)
{
    return errno == ENOSPC || errno == EDQUOT ? OD_EFULL : OD_EIO;
}

static void part_path(const struct engine_document_file *file, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/.part/%s", file->folder, file->part);
}

static int folder_make(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? OD_OK : rc_of_errno();
}

static int folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 && fsync(fd) == 0 ? OD_OK : rc_of_errno();

    if (fd >= 0)
        close(fd);
    return rc;
}

static int folders_make(const char *folder)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/.part", folder);
    int rc = folder_make(folder);
    return rc == OD_OK ? folder_make(path) : rc;
}

static int part_open(struct engine_document_file *file)
{
    char path[PATH_SIZE];

    int rc = folders_make(file->folder);
    part_path(file, path);
    if (rc == OD_OK)
        file->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return rc == OD_OK && file->fd < 0 ? rc_of_errno() : rc;
}

/* The store needs room to go on: documents leave it some. */
static bool is_disk_low(const struct engine_document_file *file)
{
    struct statvfs disk;

    if (fstatvfs(file->fd, &disk) != 0)
        return false;
    uint64_t all = (uint64_t)disk.f_blocks * disk.f_frsize, left = (uint64_t)disk.f_bavail * disk.f_frsize;
    return left < (uint64_t)ENGINE_DISK_RESERVE && left < all / 10;
}

static int bytes_write(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, bytes, size);

        if (count < 0 && errno != EINTR)
            return rc_of_errno();
        if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        }
    }
    return OD_OK;
}

/* By its first bytes; and a text is one to its end. */
static int kind_check(struct engine_document_file *file)
{
    file->found = catalog_document_sniff(file->head, file->head_size, &file->is_office);
    if (file->said == CATALOG_DOCUMENT_NONE)
        file->said = file->found;
    if (!catalog_document_agrees(file->found, file->is_office, file->said))
        return OD_EINVAL;
    return file->found == CATALOG_DOCUMENT_TEXT && !file->is_text ? OD_EINVAL : OD_OK;
}

int engine_file_write(struct engine_document_file *file, const void *bytes, size_t size)
{
    size_t room = sizeof(file->head) - file->head_size, head = size < room ? size : room;
    int rc = file->fd < 0 ? part_open(file) : OD_OK;

    memcpy(file->head + file->head_size, bytes, head);
    file->head_size += head;
    file->is_text = file->is_text && catalog_document_is_text(bytes, size);
    if (rc == OD_OK && file->head_size == sizeof(file->head))
        rc = kind_check(file);
    if (rc == OD_OK && is_disk_low(file))
        rc = OD_EFULL;
    if (rc == OD_OK)
        rc = bytes_write(file->fd, bytes, size);
    base_hash_add(&file->stream, bytes, size);
    file->size += size;
    return rc;
}

/* The same content may be there: then it is the same file, whose name may not be durable yet. One cut short by a crash is replaced. */
static bool is_whole(const char *path, uint64_t size)
{
    struct stat about;

    return lstat(path, &about) == 0 && S_ISREG(about.st_mode) && (uint64_t)about.st_size == size;
}

static int move(struct engine_document_file *file)
{
    char part[PATH_SIZE], folder[PATH_SIZE], path[PATH_SIZE + ENGINE_DIGITS_SIZE];

    part_path(file, part);
    snprintf(folder, sizeof(folder), "%s/%.2s", file->folder, file->digits);
    snprintf(path, sizeof(path), "%s/%s", folder, file->digits);
    int rc = folder_make(folder);
    if (rc != OD_OK)
        return rc;
    if ((is_whole(path, file->size) ? unlink(part) : rename(part, path)) != 0)
        return rc_of_errno();
    rc = folder_sync(folder);
    return rc == OD_OK ? folder_sync(file->folder) : rc;
}

int engine_file_settle(struct engine_document_file *file)
{
    uint8_t hash[BASE_HASH_SIZE];

    assert(file->fd >= 0);
    int rc = kind_check(file);
    if (rc != OD_OK)
        return rc;
    base_hash_end(&file->stream, hash);
    base_hex(hash, sizeof(hash), file->digits);
    return fsync(file->fd) == 0 ? OD_OK : rc_of_errno();
}

int engine_file_place(struct engine_document_file *file)
{
    int rc = move(file);

    if (rc == OD_OK) {
        close(file->fd);
        file->fd = -1;
    }
    return rc;
}

void engine_file_abandon(struct engine_document_file *file)
{
    char path[PATH_SIZE];

    if (file->fd < 0)
        return;
    close(file->fd);
    file->fd = -1;
    part_path(file, path);
    (void)unlink(path); /* else the next start removes it */
}

void engine_file_remove(const char *folder, const char *digits)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%.2s/%s", folder, digits, digits);
    if (unlink(path) != 0 && errno != ENOENT)
        base_log(BASE_LOG_ERROR, "a document that nobody has is not removed sha256=%s error=%s", digits, strerror(errno));
}

int engine_file_erase(const char *folder, const char *digits, uint64_t *freed, int *error)
{
    char path[PATH_SIZE], of[PATH_SIZE];
    struct stat about;

    snprintf(of, sizeof(of), "%s/%.2s", folder, digits);
    snprintf(path, sizeof(path), "%s/%.2s/%s", folder, digits, digits);
    *error = 0;
    *freed = lstat(path, &about) == 0 && S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0;
    bool is_gone = unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR;
    if (is_gone && (folder_sync(of) == OD_OK || errno == ENOENT || errno == ENOTDIR))
        return OD_OK;
    *error = errno;
    return OD_EIO;
}

int engine_files_sweep(const char *folder)
{
    char path[PATH_SIZE];
    struct dirent *item;

    snprintf(path, sizeof(path), "%s/.part", folder);
    DIR *parts = opendir(path);
    if (parts == NULL)
        return errno == ENOENT ? OD_OK : OD_EIO; /* nothing was ever uploaded */
    while ((item = readdir(parts)) != NULL)
        if (item->d_name[0] != '.' && unlinkat(dirfd(parts), item->d_name, 0) != 0)
            base_log(BASE_LOG_WARNING, "a part of a document is not removed name=%.32s error=%s", item->d_name, strerror(errno));
    closedir(parts);
    return OD_OK;
}

bool engine_file_is_there(const char *folder, const char *digits)
{
    char path[PATH_SIZE];
    struct stat about;

    snprintf(path, sizeof(path), "%s/%.2s/%s", folder, digits, digits);
    return lstat(path, &about) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

int engine_file_written(const char *folder, const char *digits, int64_t *at_ms)
{
    char path[PATH_SIZE];
    struct stat about;

    snprintf(path, sizeof(path), "%s/%.2s/%s", folder, digits, digits);
    if (lstat(path, &about) != 0)
        return errno == ENOENT || errno == ENOTDIR ? OD_ENOTFOUND : OD_EIO;
    *at_ms = (int64_t)about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1000000;
    return OD_OK;
}

int engine_file_open(const char *folder, const char *digits, int *fd, uint64_t *size)
{
    char path[PATH_SIZE];
    struct stat about;

    snprintf(path, sizeof(path), "%s/%.2s/%s", folder, digits, digits);
    int opened = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (opened < 0)
        return errno == ENOENT || errno == ENOTDIR ? OD_ENOTFOUND : OD_EIO;
    if (fstat(opened, &about) != 0 || !S_ISREG(about.st_mode)) {
        close(opened);
        return OD_EIO;
    }
    *fd = opened;
    *size = (uint64_t)about.st_size;
    return OD_OK;
}
