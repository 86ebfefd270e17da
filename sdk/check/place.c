/* SPDX-License-Identifier: Apache-2.0 */
#include "check/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#define NAME_SIZE (2 * CHECK_PATH_SIZE)
#define FILE_MAX (64 * 1024 * 1024)

static void path_of(pid_t pid, char path[CHECK_PATH_SIZE])
{
    const char *folder = getenv("TMPDIR");

    snprintf(path, CHECK_PATH_SIZE, "%s/onedoor-check-%d", folder != NULL ? folder : "/tmp", (int)pid);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Everything below path, which stays. Links are removed, not followed. */
static void empty(const char *path)
{
    char inside[NAME_SIZE];
    const struct dirent *entry;
    struct stat about;
    DIR *list = opendir(path);

    while (list != NULL && (entry = readdir(list)) != NULL) {
        if (is_dots(entry->d_name) || snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name) >= (int)sizeof(inside) ||
            lstat(inside, &about) != 0)
            continue;
        if (S_ISDIR(about.st_mode)) {
            empty(inside);
            rmdir(inside);
        } else {
            unlink(inside);
        }
    }
    if (list != NULL)
        closedir(list);
}

static int give(const char *path)
{
    return geteuid() != 0 || chown(path, CHECK_PLACE_USER, CHECK_PLACE_USER) == 0 ? OD_OK : OD_EIO;
}

static int folder_make(const char *path)
{
    return mkdir(path, 0700) == 0 ? give(path) : OD_EIO;
}

static int copy_file(const char *from, const char *to)
{
    char *bytes;
    size_t size;
    int rc = check_file_read(from, FILE_MAX, &bytes, &size);

    if (rc != OD_OK)
        return rc;
    int fd = open(to, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    rc = fd >= 0 && write(fd, bytes, size) == (ssize_t)size ? give(to) : OD_EIO;
    if (fd >= 0)
        close(fd);
    base_free(bytes);
    return rc;
}

static int copy(const char *from, const char *to, int depth)
{
    char source[NAME_SIZE], target[NAME_SIZE];
    const struct dirent *entry;
    struct stat about;
    DIR *list = opendir(from);
    int rc = list != NULL ? OD_OK : OD_EIO, count = 0;

    while (rc == OD_OK && (entry = readdir(list)) != NULL) {
        if (is_dots(entry->d_name))
            continue;
        snprintf(source, sizeof(source), "%.4000s/%.255s", from, entry->d_name);
        snprintf(target, sizeof(target), "%.4000s/%.255s", to, entry->d_name);
        rc = ++count <= CHECK_PLACE_FILES_MAX && stat(source, &about) == 0 ? OD_OK : OD_ELIMIT;
        if (rc == OD_OK && S_ISREG(about.st_mode))
            rc = copy_file(source, target);
        else if (rc == OD_OK && S_ISDIR(about.st_mode) && depth > 0 && (rc = folder_make(target)) == OD_OK)
            rc = copy(source, target, depth - 1);
    }
    if (list != NULL)
        closedir(list);
    return rc;
}

int check_place_make(const char *source, char path[CHECK_PATH_SIZE])
{
    path_of(getpid(), path);
    check_place_remove(getpid());
    int rc = folder_make(path);
    return rc == OD_OK ? copy(source, path, 1) : rc;
}

void check_place_remove(pid_t pid)
{
    char path[CHECK_PATH_SIZE];

    path_of(pid, path);
    empty(path);
    rmdir(path);
}
