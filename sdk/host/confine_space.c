/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: a user who is nobody outside, no network but a loopback that is down,
 * no IPC objects of others, and a root in which only host_confine_paths lie,
 * and its folder.
 *
 * Root makes all but the user namespace while it is root, so that the folder of the
 * sockets may lie where others cannot go. Anybody else begins with the user namespace.
 *
 * No PID namespace: it would need a second process between hub and module, and what
 * it hides is out of reach already: signals, ptrace and /proc are closed by seccomp,
 * Landlock and this root. */
#include "host/confine_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STAGE "/tmp" /* any folder that is there: the new root is put together on it, unseen by others */
#define DESCRIPTORS "/proc/self/fd" /* how dlopen reaches a module that is a descriptor */

static int fail(char why[HOST_REASON_SIZE], const char *what)
{
    snprintf(why, HOST_REASON_SIZE, "%s (%s)", what, strerror(errno));
    return OD_EUNSUPPORTED;
}

static bool file_write(int folder, const char *name, const char *text)
{
    int fd = openat(folder, name, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    bool is_written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return is_written;
}

/* self: the folder /proc/self, which may be out of reach by its name. */
static bool map_ids(int self, uid_t user, gid_t group)
{
    char users[64], groups[64];

    snprintf(users, sizeof(users), "%u %u 1", user, user);
    snprintf(groups, sizeof(groups), "%u %u 1", group, group);
    return file_write(self, "uid_map", users) && file_write(self, "setgroups", "deny") &&
           file_write(self, "gid_map", groups);
}

/* Every folder above the last part of path, below the stage. */
static bool folders_make(const char *path, char *full, size_t size)
{
    int length = snprintf(full, size, STAGE "%s", path);

    if (length < 0 || (size_t)length >= size)
        return false;
    for (char *at = full + sizeof(STAGE); (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        bool is_made = mkdir(full, 0755) == 0 || errno == EEXIST;
        *at = '/';
        if (!is_made)
            return false;
    }
    return true;
}

/* What is behind source appears at the same path below the stage. */
static bool bind(const char *source, const char *path, bool is_folder)
{
    char full[4096];

    if (!folders_make(path, full, sizeof(full)))
        return false;
    if (is_folder) {
        if (mkdir(full, 0755) != 0 && errno != EEXIST)
            return false;
    } else {
        int fd = open(full, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        if (fd < 0)
            return false;
        close(fd);
    }
    return mount(source, full, NULL, MS_BIND | MS_REC, NULL) == 0;
}

/* A path of the old root, or nothing if it is not there; a symbolic link becomes one. */
static bool path_bring(const char *path)
{
    char full[4096], target[4096];
    struct stat about;

    if (lstat(path, &about) != 0)
        return true;
    if (!S_ISLNK(about.st_mode))
        return bind(path, path, S_ISDIR(about.st_mode));
    ssize_t size = readlink(path, target, sizeof(target) - 1);
    if (size < 0 || !folders_make(path, full, sizeof(full)))
        return false;
    target[size] = '\0';
    return symlink(target, full) == 0;
}

/* Folders of this module alone; -1 = it has none. They may lie where the stage covers them: they were opened before. */
struct own {
    int sockets, folder;
};

static bool own_bring(int fd, const char *path)
{
    char source[64];

    if (fd < 0)
        return true;
    snprintf(source, sizeof(source), DESCRIPTORS "/%d", fd);
    return bind(source, path, true);
}

/* Nothing in it is run, and nothing in it is a device. What the mount had is kept: nobody else may take it away. */
static bool folder_bring(int fd, const char *path)
{
    char full[4096];
    struct statvfs about;
    unsigned long flags = MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC;

    if (fd < 0)
        return true;
    if (!own_bring(fd, path) || fstatvfs(fd, &about) != 0)
        return false;
    flags |= (about.f_flag & ST_RDONLY) != 0 ? MS_RDONLY : 0ul;
    flags |= (about.f_flag & ST_NOATIME) != 0 ? MS_NOATIME : 0ul;
    flags |= (about.f_flag & ST_NODIRATIME) != 0 ? MS_NODIRATIME : 0ul;
    flags |= (about.f_flag & ST_RELATIME) != 0 ? MS_RELATIME : 0ul;
    return snprintf(full, sizeof(full), STAGE "%s", path) < (int)sizeof(full) && mount(NULL, full, NULL, flags, NULL) == 0;
}

static bool root_build(const struct host_confine_options *options, const struct own *own)
{
    if (mount("none", STAGE, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,nr_inodes=256,mode=0755") != 0)
        return false;
    bool is_built = true;
    for (const char *const *path = host_confine_paths; is_built && *path != NULL; path++)
        is_built = path_bring(*path);
    is_built = is_built && bind(DESCRIPTORS, DESCRIPTORS, true) && own_bring(own->sockets, options->sockets) &&
               folder_bring(own->folder, options->folder);
    return is_built && mount(NULL, STAGE, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0;
}

static bool root_enter(void)
{
    return chdir(STAGE) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 &&
           chdir("/") == 0;
}

/* Its reports read /proc and programs for names, so the root stays. The folder of the sockets, which may lie where this user
 * cannot go, appears where everybody can. */
static int root_keep(const struct host_confine_options *options, char why[HOST_REASON_SIZE])
{
    static const char reachable[] = "/run";
    char source[64];

    if (!options->has_net || options->sockets == NULL)
        return OD_OK;
    int fd = open(options->sockets, O_PATH | O_DIRECTORY | O_CLOEXEC);
    snprintf(source, sizeof(source), DESCRIPTORS "/%d", fd);
    bool is_there = fd >= 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                    mount(source, reachable, NULL, MS_BIND, NULL) == 0 && setenv("ONEDOOR_NET", reachable, 1) == 0;
    if (!is_there)
        fail(why, "the folder of the sockets cannot be brought into reach");
    if (fd >= 0)
        close(fd);
    return is_there ? OD_OK : OD_EUNSUPPORTED;
}

static int root_change(const struct host_confine_options *options, char why[HOST_REASON_SIZE])
{
    struct own own = {-1, -1};

    if (HOST_IS_SANITIZED)
        return root_keep(options, why);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return fail(why, "the root of its own mount namespace cannot be changed");
    if (options->has_net && options->sockets != NULL &&
        (own.sockets = open(options->sockets, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
        return fail(why, "the folder of the sockets cannot be opened");
    if (options->folder != NULL && (own.folder = open(options->folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
        fail(why, "its folder cannot be opened");
    bool is_changed = why[0] == '\0' && root_build(options, &own) && root_enter();
    if (!is_changed && why[0] == '\0')
        fail(why, "a root without the files of this machine cannot be put together");
    if (own.sockets >= 0)
        close(own.sockets);
    if (own.folder >= 0)
        close(own.folder);
    return is_changed ? OD_OK : OD_EUNSUPPORTED;
}

/* A user namespace, and with it the namespaces of more. */
static int user_enter(int self, int more, char why[HOST_REASON_SIZE])
{
    uid_t user = geteuid();
    gid_t group = getegid();

    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* for a moment: else /proc/self is root's */
    if (unshare(CLONE_NEWUSER | more) != 0)
        return fail(why, "namespaces cannot be had");
    return map_ids(self, user, group) ? OD_OK : fail(why, "the user of its own namespace cannot be named");
}

static int enter(const struct host_confine_options *options, int self, char why[HOST_REASON_SIZE])
{
    const int spaces = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS;
    bool is_root_first = geteuid() == 0 && unshare(spaces) == 0;
    int rc = is_root_first ? root_change(options, why) : OD_OK;

    host_confine_identity(options);
    if (rc == OD_OK)
        rc = user_enter(self, is_root_first ? 0 : spaces, why);
    if (rc == OD_OK && !is_root_first)
        rc = root_change(options, why);
    return rc;
}

int host_confine_space(const struct host_confine_options *options, char why[HOST_REASON_SIZE])
{
    int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (self < 0)
        return fail(why, "/proc cannot be read");
    int rc = enter(options, self, why);
    close(self);
    return rc;
}
