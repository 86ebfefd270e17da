/* SPDX-License-Identifier: Apache-2.0 */
/* The names in the folder of documents, one at a time; in the pool.
 *
 *   <data>/materials: what is no folder of ours -> 00: its names -> 01 ... ff -> over
 *
 * Nothing is opened but folders, none through a link, and no file is looked into. */
#include "engine/material.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE (PATH_MAX + 8)

static void folder_close(struct engine_file_walk *walk)
{
    if (walk->items != NULL)
        closedir(walk->items);
    walk->items = NULL;
}

/* Errors: the errno. */
static int folder_open(struct engine_file_walk *walk, const char *folder)
{
    char path[PATH_SIZE];
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (walk->at > 0 ? O_NOFOLLOW : 0); /* the whole may lie elsewhere */

    if (walk->at > 0)
        snprintf(path, sizeof(path), "%s/%02x", folder, walk->at - 1);
    else
        snprintf(path, sizeof(path), "%s", folder);
    int fd = open(path, flags);
    if (fd < 0)
        return errno;
    walk->items = fdopendir(fd);
    if (walk->items != NULL)
        return 0;
    int error = errno;
    close(fd);
    return error;
}

/* Of a folder that is done with, or cannot be gone on with. */
static enum engine_file_sort folder_leave(struct engine_file_walk *walk, enum engine_file_sort sort)
{
    walk->name[0] = '\0';
    if (walk->at > 0)
        snprintf(walk->name, sizeof(walk->name), "%02x", walk->at - 1);
    folder_close(walk);
    walk->at++;
    return sort;
}

/* What is no folder was met as a name of the whole. */
static enum engine_file_sort folder_begin(struct engine_file_walk *walk, const char *folder)
{
    int error = folder_open(walk, folder);

    if (error == 0)
        return ENGINE_FILE_PASSED;
    if (error == ENOENT && walk->at == 0)
        walk->at = ENGINE_FOLDERS; /* nothing was ever uploaded */
    return folder_leave(walk, error == ENOENT || error == ENOTDIR || error == ELOOP ? ENGINE_FILE_PASSED : ENGINE_FILE_UNREADABLE);
}

static bool is_of(const struct engine_file_walk *walk, const struct dirent *item, unsigned char type, mode_t mode)
{
    struct stat about;

    if (item->d_type != DT_UNKNOWN)
        return item->d_type == type;
    return fstatat(dirfd(walk->items), item->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 && (about.st_mode & S_IFMT) == mode;
}

static enum engine_file_sort sort_in_whole(const struct engine_file_walk *walk, const struct dirent *item)
{
    bool is_ours = strcmp(item->d_name, ".part") == 0 || (strlen(item->d_name) == 2 && strspn(item->d_name, "0123456789abcdef") == 2);

    return is_ours && is_of(walk, item, DT_DIR, S_IFDIR) ? ENGINE_FILE_PASSED : ENGINE_FILE_FOREIGN;
}

static enum engine_file_sort sort_in_folder(const struct engine_file_walk *walk, const struct dirent *item)
{
    char folder[3];

    snprintf(folder, sizeof(folder), "%02x", (walk->at - 1) & 0xff);
    bool is_ours = strlen(item->d_name) == ENGINE_DIGITS_SIZE - 1 && strspn(item->d_name, "0123456789abcdef") == ENGINE_DIGITS_SIZE - 1 &&
                   strncmp(item->d_name, folder, 2) == 0;
    return is_ours && is_of(walk, item, DT_REG, S_IFREG) ? ENGINE_FILE_DOCUMENT : ENGINE_FILE_FOREIGN;
}

enum engine_file_sort engine_file_walk_next(struct engine_file_walk *walk, const char *folder)
{
    if (walk->at > ENGINE_FOLDERS)
        return ENGINE_FILE_NONE;
    if (walk->items == NULL)
        return folder_begin(walk, folder);
    errno = 0;
    const struct dirent *item = readdir(walk->items);
    if (item == NULL)
        return folder_leave(walk, errno == 0 ? ENGINE_FILE_PASSED : ENGINE_FILE_UNREADABLE);
    if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
        return ENGINE_FILE_PASSED;
    snprintf(walk->name, sizeof(walk->name), "%s", item->d_name);
    return walk->at == 0 ? sort_in_whole(walk, item) : sort_in_folder(walk, item);
}

void engine_file_walk_end(struct engine_file_walk *walk)
{
    folder_close(walk);
    *walk = (struct engine_file_walk){.at = 0};
}
