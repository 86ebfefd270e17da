/* SPDX-License-Identifier: Apache-2.0 */
/* Files, devices, /proc and what lies behind them. */
#include "sandbox/attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int attack_result(long rc)
{
    return rc < 0 ? errno : 0;
}

static int opened(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int rc = attack_result(fd);

    if (fd >= 0)
        close(fd);
    return rc;
}

static const char *of_process(pid_t pid, const char *file)
{
    static char path[128];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    return path;
}

static const char *in_data(const char *name)
{
    static char path[2048];

    snprintf(path, sizeof(path), "%s/%s", attack_target.data, name);
    return path;
}

static int read_shadow(void) { return opened("/etc/shadow", O_RDONLY); }
static int read_passwd(void) { return opened("/etc/passwd", O_RDONLY); }
static int read_hostname(void) { return opened("/etc/hostname", O_RDONLY); }
static int read_store(void) { return opened(in_data("onedoor.db"), O_RDONLY); }
static int read_config(void) { return opened(attack_target.config, O_RDONLY); }
static int read_module(void) { return opened(attack_target.module, O_RDONLY); }
static int write_store(void) { return opened(in_data("onedoor.db"), O_WRONLY); }
static int create_in_data(void) { return opened(in_data("planted"), O_WRONLY | O_CREAT); }
static int create_in_tmp(void) { return opened("/tmp/onedoor-attack", O_WRONLY | O_CREAT); }
static int create_unnamed(void) { return opened("/tmp", O_WRONLY | O_TMPFILE); }
static int create_in_shm(void) { return opened("/dev/shm/onedoor-attack", O_RDWR | O_CREAT); }
static int read_hub_memory(void) { return opened(of_process(getppid(), "mem"), O_RDONLY); }
static int read_hub_environment(void) { return opened(of_process(getppid(), "environ"), O_RDONLY); }
static int read_own_environment(void) { return opened("/proc/self/environ", O_RDONLY); }
static int read_own_maps(void) { return opened("/proc/self/maps", O_RDONLY); }
static int write_own_memory(void) { return opened("/proc/self/mem", O_RDWR); }
static int write_core_pattern(void) { return opened("/proc/sys/kernel/core_pattern", O_WRONLY); }
static int read_device(void) { return opened("/dev/zero", O_RDONLY); }
static int read_terminal(void) { return opened("/dev/tty", O_RDWR); }

static int list(const char *path)
{
    DIR *folder = opendir(path);
    int rc = folder == NULL ? errno : 0;

    if (folder != NULL)
        closedir(folder);
    return rc;
}

static int list_hub_descriptors(void) { return list(of_process(getppid(), "fd")); }
static int list_data(void) { return list(attack_target.data); }
static int list_root(void) { return list("/"); }

static int look_at_data(void)
{
    struct stat about;

    return attack_result(stat(attack_target.data, &about));
}

static int link_store(void) { return attack_result(link(in_data("onedoor.db"), "/tmp/onedoor-attack")); }
static int symlink_store(void) { return attack_result(symlink(in_data("onedoor.db"), "/tmp/onedoor-attack")); }
static int remove_store(void) { return attack_result(unlink(in_data("no-such-file"))); }
static int rename_store(void) { return attack_result(rename(in_data("no-such-file"), in_data("nor-this"))); }
static int chmod_data(void) { return attack_result(chmod(attack_target.data, 0700)); }
static int chown_data(void) { return attack_result(chown(attack_target.data, (uid_t)-1, (gid_t)-1)); }
static int make_folder(void) { return attack_result(mkdir("/tmp/onedoor-attack", 0700)); }
static int make_device(void) { return attack_result(mknod("/tmp/onedoor-attack", S_IFCHR | 0600, 259)); }
static int make_fifo(void) { return attack_result(mkfifo("/tmp/onedoor-attack", 0600)); }
static int truncate_store(void) { return attack_result(truncate(in_data("no-such-file"), 0)); }
static int change_folder(void) { return attack_result(chdir("/usr")); }
static int change_root(void) { return attack_result(chroot("/usr")); }
static int mount_memory(void) { return attack_result(mount("none", "/usr/lib", "no-such-type", 0, NULL)); }
static int unmount_root(void) { return attack_result(umount2("/no-such-path", MNT_DETACH)); }
static int pivot_root(void) { return attack_result(syscall(SYS_pivot_root, "/no", "/such")); }
static int watch_store(void) { return attack_result(inotify_init1(IN_CLOEXEC)); }
static int watch_machine(void) { return attack_result(fanotify_init(FAN_CLOEXEC, O_RDONLY)); }
static int set_quota(void) { return attack_result(quotactl(QCMD(Q_SYNC, USRQUOTA), "/dev/no-such", 0, NULL)); }
static int swap_on(void) { return attack_result(syscall(SYS_swapon, "/no-such", 0)); }

static int file_by_handle(void)
{
    char handle[sizeof(struct file_handle) + MAX_HANDLE_SZ] = {0};

    return attack_result(open_by_handle_at(AT_FDCWD, (struct file_handle *)(void *)handle, O_RDONLY));
}

/* O_PATH opens nothing, but names what it should not see. */
static int path_of_root(void) { return opened("/root", O_PATH); }

static int code_from_file(void)
{
    int fd = open("/usr/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return errno;
    void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    int rc = code == MAP_FAILED ? errno : 0;
    close(fd);
    return rc;
}

static int code_from_memory(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return errno;
    int rc = attack_result(mprotect(page, 4096, PROT_READ | PROT_EXEC));
    munmap(page, 4096);
    return rc;
}

static int memory_file(void) { return attack_result(memfd_create("attack", MFD_CLOEXEC)); }
static int secret_memory(void) { return attack_result(syscall(447, 0)); }

#define EVER(name) {#name, ATTACK_EVER, name}
#define LATER(name) {#name, ATTACK_LATER, name}

const struct attack attack_files[] = {
    EVER(read_shadow), EVER(read_passwd), EVER(read_hostname), LATER(read_store), LATER(read_config), LATER(read_module),
    LATER(write_store), LATER(create_in_data), EVER(create_in_tmp), EVER(create_unnamed), EVER(create_in_shm),
    EVER(read_hub_memory), EVER(read_hub_environment), EVER(list_hub_descriptors), EVER(read_own_environment),
    EVER(read_own_maps), EVER(write_own_memory), EVER(write_core_pattern), EVER(read_device),
    EVER(read_terminal), LATER(list_data), EVER(list_root), LATER(look_at_data), LATER(link_store), LATER(symlink_store),
    LATER(remove_store), LATER(rename_store), LATER(chmod_data), LATER(chown_data), EVER(make_folder), EVER(make_device),
    EVER(make_fifo), LATER(truncate_store), EVER(change_folder), EVER(change_root), EVER(mount_memory), EVER(unmount_root),
    EVER(pivot_root), EVER(watch_store), EVER(watch_machine), EVER(set_quota), EVER(swap_on), EVER(file_by_handle),
    LATER(path_of_root), LATER(code_from_file), LATER(code_from_memory), EVER(memory_file), EVER(secret_memory),
};
const size_t attack_files_count = sizeof(attack_files) / sizeof(attack_files[0]);
