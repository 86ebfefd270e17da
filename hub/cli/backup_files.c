/* SPDX-License-Identifier: Apache-2.0 */
/* Files below a folder. Every folder on the way is opened by itself, so that a link is refused wherever it stands. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/backup.h"

#define PIECE (64 * 1024)
#define REMOVE_DEPTH_MAX 16
#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* -- Faults -- */

int cli_backup_fail(struct cli_backup_fault *fault, enum cli_backup_fault_kind kind, const char *path)
{
    if (fault->kind == CLI_BACKUP_FINE) {
        fault->kind = kind;
        snprintf(fault->path, sizeof(fault->path), "%s", path != NULL ? path : "");
    }
    switch (kind) {
    case CLI_BACKUP_FULL: return OD_EFULL;
    case CLI_BACKUP_MISSING: return OD_ENOTFOUND;
    case CLI_BACKUP_MEMORY: return OD_ENOMEM;
    case CLI_BACKUP_FINE: case CLI_BACKUP_IO: case CLI_BACKUP_ODD: case CLI_BACKUP_CHANGED: case CLI_BACKUP_PATH: case CLI_BACKUP_LIST:
    case CLI_BACKUP_MANIFEST: case CLI_BACKUP_NEWER: case CLI_BACKUP_NONE: case CLI_BACKUP_BUSY: case CLI_BACKUP_INSIDE: case CLI_BACKUP_TAKEN:
    case CLI_BACKUP_NOT_EMPTY: case CLI_BACKUP_STORE: case CLI_BACKUP_OTHER: case CLI_BACKUP_JOURNAL: case CLI_BACKUP_FAULTS: break;
    }
    return OD_EIO;
}

int cli_backup_fail_errno(struct cli_backup_fault *fault, const char *path)
{
    int error = errno;

    if (fault->kind == CLI_BACKUP_FINE)
        fault->error = error;
    switch (error) {
    case ENOSPC: case EDQUOT: case EFBIG: return cli_backup_fail(fault, CLI_BACKUP_FULL, path);
    case ELOOP: case ENOTDIR: case EISDIR: case ENXIO: return cli_backup_fail(fault, CLI_BACKUP_ODD, path);
    case ENOENT: return cli_backup_fail(fault, CLI_BACKUP_MISSING, path);
    case ENOMEM: return cli_backup_fail(fault, CLI_BACKUP_MEMORY, path);
    default: return cli_backup_fail(fault, CLI_BACKUP_IO, path);
    }
}

/* -- Paths -- */

bool cli_backup_path_is_valid(const char *path)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+@";
    static const char *const tops[] = {"keys/", "materials/", "modules/"};
    size_t names = 0;
    bool is_known = strcmp(path, "hub.db") == 0;

    for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
        is_known = is_known || strncmp(path, tops[i], strlen(tops[i])) == 0;
    if (!is_known || strlen(path) >= CLI_BACKUP_PATH_SIZE)
        return false;
    for (;; path++, names++) {
        size_t size = strspn(path, allowed);

        if (size == 0 || size > NAME_MAX || path[0] == '.' || names == CLI_BACKUP_DEPTH_MAX)
            return false;
        path += size;
        if (*path != '/')
            return *path == '\0';
    }
}

/* The folder that path lies in, and its own name. -1 and errno. */
static int way_open(int root, const char *path, const char **name)
{
    char part[NAME_MAX + 1];
    int folder = fcntl(root, F_DUPFD_CLOEXEC, 0);

    for (const char *slash; folder >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        int parent = folder;

        snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        folder = openat(parent, part, FOLDER);
        int why = errno;
        close(parent);
        errno = why;
    }
    *name = path;
    return folder;
}

int cli_backup_open(int root, const char *path, int flags, unsigned mode)
{
    const char *name;
    int folder = way_open(root, path, &name);

    if (folder < 0)
        return -1;
    int fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, (mode_t)mode);
    int why = errno;
    close(folder);
    errno = why;
    return fd;
}

int cli_backup_make_way(int root, const char *path, struct cli_backup_fault *fault)
{
    char part[CLI_BACKUP_PATH_SIZE];
    int rc = OD_OK;

    for (const char *slash = strchr(path, '/'); slash != NULL && rc == OD_OK; slash = strchr(slash + 1, '/')) {
        const char *name;

        snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        int folder = way_open(root, part, &name);
        if (folder < 0 || (mkdirat(folder, name, 0700) != 0 && errno != EEXIST))
            rc = cli_backup_fail_errno(fault, part);
        if (folder >= 0)
            close(folder);
    }
    return rc;
}

unsigned cli_backup_mode(const char *path)
{
    if (strncmp(path, "modules/", 8) == 0 && strchr(path + 8, '/') != NULL)
        return 0400;
    return strcmp(path, "keys/evidence.pub") == 0 ? 0644 : 0600;
}

/* -- Reading and writing -- */

static int bytes_write(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, bytes, size);

        if (count < 0 && errno != EINTR)
            return -1;
        if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        }
    }
    return 0;
}

static int end_write(int fd, int rc)
{
    if (rc == 0)
        rc = fsync(fd);
    int why = errno;
    if (close(fd) != 0 && rc == 0)
        return -1;
    errno = why;
    return rc;
}

static int unlink_below(int root, const char *path)
{
    const char *name;
    int folder = way_open(root, path, &name);
    int rc = folder >= 0 ? unlinkat(folder, name, 0) : -1, why = errno;

    if (folder >= 0)
        close(folder);
    errno = why;
    return rc;
}

int cli_backup_remove_file(int root, const char *path, struct cli_backup_fault *fault)
{
    return unlink_below(root, path) == 0 || errno == ENOENT ? OD_OK : cli_backup_fail_errno(fault, path);
}

/* Which of the two files a failure is of does not matter: both have the same path. */
static int pieces_take(int from, int to, struct cli_backup_file *file)
{
    struct base_hash_stream stream;
    char piece[PIECE];
    ssize_t got;

    base_hash_begin(&stream);
    while ((got = read(from, piece, sizeof(piece))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || (to >= 0 && bytes_write(to, piece, (size_t)got) != 0))
            return -1;
        base_hash_add(&stream, piece, (size_t)got);
        file->size += (uint64_t)got;
    }
    base_hash_end(&stream, file->hash);
    return 0;
}

static int regular_open(int root, const char *path, struct cli_backup_fault *fault, int *fd)
{
    struct stat about;
    int opened = cli_backup_open(root, path, O_RDONLY, 0);

    if (opened < 0)
        return cli_backup_fail_errno(fault, path);
    if (fstat(opened, &about) != 0 || !S_ISREG(about.st_mode)) {
        close(opened);
        return cli_backup_fail(fault, CLI_BACKUP_ODD, path);
    }
    *fd = opened;
    return OD_OK;
}

int cli_backup_take(int root, const char *path, int to, struct cli_backup_file *file, struct cli_backup_fault *fault)
{
    struct cli_backup_file taken = {.size = 0};
    int from = -1, copy = -1;
    int rc = regular_open(root, path, fault, &from);

    if (rc != OD_OK)
        return rc;
    snprintf(taken.path, sizeof(taken.path), "%s", path);
    if (to >= 0)
        rc = cli_backup_make_way(to, path, fault);
    if (rc == OD_OK && to >= 0 && (copy = cli_backup_open(to, path, O_WRONLY | O_CREAT | O_EXCL, cli_backup_mode(path))) < 0)
        rc = cli_backup_fail_errno(fault, path);
    if (rc == OD_OK) {
        int done = pieces_take(from, copy, &taken);

        if (copy >= 0)
            done = end_write(copy, done);
        if (done != 0) {
            rc = cli_backup_fail_errno(fault, path);
            if (copy >= 0)
                (void)unlink_below(to, path);
        }
    }
    close(from);
    if (rc == OD_OK)
        *file = taken;
    return rc;
}

int cli_backup_write(int root, const char *path, unsigned mode, const void *bytes, size_t size, struct cli_backup_fault *fault)
{
    int fd = cli_backup_open(root, path, O_WRONLY | O_CREAT | O_EXCL, mode);

    if (fd < 0)
        return cli_backup_fail_errno(fault, path);
    if (end_write(fd, bytes_write(fd, bytes, size)) == 0)
        return OD_OK;
    int rc = cli_backup_fail_errno(fault, path);
    (void)unlink_below(root, path);
    return rc;
}

/* -- Folders -- */

/* As their paths do: a folder's name goes on with a slash. */
static int names_order(const void *a, const void *b)
{
    const struct cli_backup_name *one = a, *two = b;
    char first[NAME_MAX + 2], second[NAME_MAX + 2];

    snprintf(first, sizeof(first), "%s%s", one->text, one->is_folder ? "/" : "");
    snprintf(second, sizeof(second), "%s%s", two->text, two->is_folder ? "/" : "");
    return strcmp(first, second);
}

static int name_add(struct cli_backup_names *names, int folder, const char *text)
{
    struct stat about;

    if (names->count == names->room) {
        size_t room = names->room > 0 ? 2 * names->room : 64;
        struct cli_backup_name *items = base_realloc(names->items, room * sizeof(*items));

        if (items == NULL)
            return -1;
        names->items = items;
        names->room = room;
    }
    struct cli_backup_name *name = &names->items[names->count];
    if (fstatat(folder, text, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : -1; /* it has gone since */
    snprintf(name->text, sizeof(name->text), "%s", text);
    name->is_folder = S_ISDIR(about.st_mode);
    name->is_file = S_ISREG(about.st_mode);
    names->count++;
    return 0;
}

static int stream_list(DIR *stream, struct cli_backup_names *names)
{
    const struct dirent *entry;
    int rc = 0;

    while (rc == 0 && (errno = 0, entry = readdir(stream)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = name_add(names, dirfd(stream), entry->d_name);
    return rc == 0 && errno != 0 ? -1 : rc; /* a folder that cannot be read is no short one */
}

int cli_backup_list(int root, const char *path, struct cli_backup_names *names, struct cli_backup_fault *fault)
{
    int folder = cli_backup_open(root, path, O_RDONLY | O_DIRECTORY, 0);
    DIR *stream = folder >= 0 ? fdopendir(folder) : NULL;
    int rc = OD_OK;

    if (stream == NULL) {
        rc = cli_backup_fail_errno(fault, path);
        if (folder >= 0)
            close(folder);
        return rc;
    }
    if (stream_list(stream, names) != 0) {
        errno = errno != 0 ? errno : ENOMEM;
        rc = cli_backup_fail_errno(fault, path);
    }
    closedir(stream);
    if (rc == OD_OK && names->count > 0)
        qsort(names->items, names->count, sizeof(*names->items), names_order);
    return rc;
}

void cli_backup_names_fini(struct cli_backup_names *names)
{
    base_free(names->items);
    *names = (struct cli_backup_names){.items = NULL};
}

static int tree_remove(int parent, const char *name, unsigned depth);

static int inside_remove(int folder, unsigned depth)
{
    DIR *stream = fdopendir(folder);
    const struct dirent *entry;
    int rc = 0;

    if (stream == NULL) {
        close(folder);
        return -1;
    }
    while (rc == 0 && (entry = readdir(stream)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = tree_remove(dirfd(stream), entry->d_name, depth + 1);
    int why = errno;
    closedir(stream);
    errno = why;
    return rc;
}

static int tree_remove(int parent, const char *name, unsigned depth)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    int folder = depth < REMOVE_DEPTH_MAX ? openat(parent, name, FOLDER) : -1;
    if (folder < 0 || inside_remove(folder, depth) != 0)
        return -1;
    return unlinkat(parent, name, AT_REMOVEDIR);
}

int cli_backup_remove(int root, const char *name, struct cli_backup_fault *fault)
{
    return tree_remove(root, name, 0) == 0 ? OD_OK : cli_backup_fail_errno(fault, name);
}

int cli_backup_give(int folder, uid_t user, gid_t group, struct cli_backup_fault *fault)
{
    struct cli_backup_names names = {.items = NULL};
    int rc = cli_backup_list(folder, ".", &names, fault);

    for (size_t i = 0; i < names.count && rc == OD_OK; i++) {
        const char *name = names.items[i].text;
        int inner = names.items[i].is_folder ? openat(folder, name, FOLDER) : -1;

        if (fchownat(folder, name, user, group, AT_SYMLINK_NOFOLLOW) != 0 || (names.items[i].is_folder && inner < 0))
            rc = cli_backup_fail_errno(fault, name);
        else if (inner >= 0)
            rc = cli_backup_give(inner, user, group, fault);
        if (inner >= 0)
            close(inner);
    }
    cli_backup_names_fini(&names);
    return rc;
}
