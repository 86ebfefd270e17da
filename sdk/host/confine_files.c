/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock: of all files, those of host_confine_paths may be read. Nothing is
 * written, made, removed, renamed, executed or listed; no TCP; no abstract socket
 * and no signal to a process outside. The best version that the kernel has is used. */
#include "host/confine_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's numbers, newer than the headers of older distributions. Source: linux/landlock.h. */
#define VERSION_FLAG 1U
#define RULE_PATH_BENEATH 1
#define READ_FILE (UINT64_C(1) << 2)
#define READ_DIR (UINT64_C(1) << 3)
#define WRITE_FILE (UINT64_C(1) << 1)
#define FILE_RIGHTS_1 ((UINT64_C(1) << 13) - 1) /* execute .. make_sym */
#define FOLDER_RIGHTS /* read, list, write, make, truncate and remove files and folders; no links, devices, code */ \
    (READ_FILE | READ_DIR | WRITE_FILE | UINT64_C(1) << 4 | UINT64_C(1) << 5 | UINT64_C(1) << 7 | UINT64_C(1) << 8)
#define FILE_REFER (UINT64_C(1) << 13)          /* version 2 */
#define FILE_TRUNCATE (UINT64_C(1) << 14)       /* version 3 */
#define FILE_IOCTL_DEVICE (UINT64_C(1) << 15)   /* version 5 */
#define NET_TCP UINT64_C(3)                     /* version 4: bind, connect */
#define SCOPE_ALL UINT64_C(3)                   /* version 6: abstract sockets, signals */

struct ruleset {
    uint64_t files, net, scope;
};

struct beneath {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));

static struct ruleset ruleset_of(long version)
{
    struct ruleset all = {.files = FILE_RIGHTS_1};

    if (version >= 2)
        all.files |= FILE_REFER;
    if (version >= 3)
        all.files |= FILE_TRUNCATE;
    if (version >= 5)
        all.files |= FILE_IOCTL_DEVICE;
    if (version >= 4)
        all.net = NET_TCP;
    if (version >= 6)
        all.scope = SCOPE_ALL;
    return all;
}

static size_t ruleset_size(long version)
{
    if (version < 4)
        return offsetof(struct ruleset, net);
    return version < 6 ? offsetof(struct ruleset, scope) : sizeof(struct ruleset);
}

/* A memfd needs no rule and can have none. */
static void allow_fd(int rules, int fd, uint64_t rights)
{
    struct stat about;

    if (fd < 0 || fstat(fd, &about) != 0)
        return;
    if (!S_ISDIR(about.st_mode))
        rights &= READ_FILE | WRITE_FILE;
    struct beneath beneath = {.allowed = rights, .parent_fd = fd};
    (void)syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &beneath, 0);
}

static void allow_path(int rules, const char *path, uint64_t rights)
{
    int fd = open(path, O_PATH | O_CLOEXEC);

    allow_fd(rules, fd, rights);
    if (fd >= 0)
        close(fd);
}

static void allow_all(int rules, const struct host_confine_options *options, uint64_t known)
{
    for (const char *const *path = host_confine_paths; *path != NULL; path++)
        allow_path(rules, *path, READ_FILE | READ_DIR); /* a part of a locale is opened as a folder */
    allow_fd(rules, options->module_fd, READ_FILE);
    if (options->has_net && options->sockets != NULL)
        allow_path(rules, options->sockets, READ_FILE | WRITE_FILE);
    if (options->folder != NULL)
        allow_path(rules, options->folder, (FOLDER_RIGHTS | FILE_REFER | FILE_TRUNCATE) & known);
    if (HOST_IS_SANITIZED) {
        allow_path(rules, "/proc/self", READ_FILE); /* its reports name what lies where */
        allow_path(rules, "/proc/self/task", READ_FILE | READ_DIR);
        allow_path(rules, "/proc/sys/vm", READ_FILE);
    }
}

int host_confine_files(const struct host_confine_options *options, char why[HOST_REASON_SIZE])
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);

    if (version <= 0) {
        snprintf(why, HOST_REASON_SIZE, "the kernel has no Landlock (%s)", strerror(errno));
        return OD_EUNSUPPORTED;
    }
    struct ruleset all = ruleset_of(version);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, ruleset_size(version), 0);
    if (rules < 0) {
        snprintf(why, HOST_REASON_SIZE, "Landlock refused its rules (%s)", strerror(errno));
        return OD_EUNSUPPORTED;
    }
    allow_all(rules, options, all.files);
    long rc = syscall(SYS_landlock_restrict_self, rules, 0);
    if (rc != 0)
        snprintf(why, HOST_REASON_SIZE, "Landlock could not be switched on (%s)", strerror(errno));
    close(rules);
    return rc == 0 ? OD_OK : OD_EUNSUPPORTED;
}
