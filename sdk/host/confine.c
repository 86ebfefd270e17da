/* SPDX-License-Identifier: Apache-2.0 */
/* signals -> identity -> namespaces -> capabilities -> parent -> limits -> files -> calls
 *
 * The order matters: limits of threads are counted in the user namespace that was
 * just made; a change of user clears PDEATHSIG; the filter of system calls comes
 * last because it forbids all the rest. */
#include "host/confine_inside.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define USER_NOBODY 65534 /* where the user ids of a container end before HOST_UID_MIN */
#define ADDRESS_MIB 4096 /* of addresses, beside those of memory and threads */
#define MIB (UINT64_C(1024) * 1024)

static const char *const names[] = {"", "plain", "filtered", "full"};

const char *const host_confine_paths[] = {
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime",
    "/usr/share/zoneinfo", NULL,
};

const char *host_tier_name(enum host_tier tier)
{
    return names[tier];
}

enum host_tier host_tier_of(const char *name)
{
    for (int tier = HOST_TIER_PLAIN; tier <= HOST_TIER_FULL; tier++) {
        if (strcmp(names[tier], name) == 0)
            return (enum host_tier)tier;
    }
    return HOST_TIER_NONE;
}

/* Lower a limit, hard and soft; one that is lower already stays. */
static int limit_lower(__rlimit_resource_t resource, rlim_t value)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) != 0)
        return OD_EIO;
    if (limit.rlim_cur < value) /* RLIM_INFINITY is the largest number */
        value = limit.rlim_cur;
    limit = (struct rlimit){.rlim_cur = value, .rlim_max = value};
    return setrlimit(resource, &limit) == 0 ? OD_OK : OD_EIO;
}

/* Tasks on this machine now: RLIMIT_NPROC counts those of the user, which are not more. */
static rlim_t tasks_now(void)
{
    char text[128] = "";
    unsigned long tasks = 0;
    int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return 0;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    close(fd);
    const char *slash = got > 0 ? strchr(text, '/') : NULL;
    if (slash != NULL)
        tasks = strtoul(slash + 1, NULL, 10);
    return (rlim_t)tasks;
}

/* threads: those of this process alone when counted_alone, else of the machine. */
static int limits_lower(const struct host_confine_options *options, rlim_t threads)
{
    const struct host_resources *resources = &options->resources;
    const bool is_debugged = options->tier_max == HOST_TIER_PLAIN;
    const rlim_t file = options->folder != NULL ? options->folder_mib * MIB : 0;
    const rlim_t memory = (resources->memory_mib + HOST_MEMORY_OWN_MIB) * MIB;
    const struct {
        __rlimit_resource_t resource;
        rlim_t value;
    } rows[] = {
        {RLIMIT_CORE, 0},
        /* A write to any file fails with EFBIG: SIGXFSZ is ignored. Tools write what they found. */
        {RLIMIT_FSIZE, is_debugged ? RLIM_INFINITY : file},
        {RLIMIT_MEMLOCK, 0},
        {RLIMIT_MSGQUEUE, 0},
        {RLIMIT_NOFILE, resources->descriptors + HOST_DESCRIPTORS_OWN},
        {RLIMIT_NPROC, threads},
        {RLIMIT_STACK, 4 * HOST_STACK_SIZE}, /* of the main thread */
        /* An idle thread reserves 64 MiB of addresses for its heap and uses none of it, so they are no measure of
         * memory; their limit only bounds the tables that describe them. */
        {RLIMIT_AS, HOST_IS_SANITIZED ? RLIM_INFINITY : memory + (ADDRESS_MIB + resources->threads * 128) * MIB},
        {RLIMIT_DATA, HOST_IS_SANITIZED ? RLIM_INFINITY : memory},
    };
    int rc = OD_OK;

    for (size_t i = 0; rc == OD_OK && i < sizeof(rows) / sizeof(rows[0]); i++)
        rc = limit_lower(rows[i].resource, rows[i].value);
    return rc;
}

/* PDEATHSIG is not sent for a parent that died before it was asked for. */
static int parent_check(int hub_fd)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    if (getsockopt(hub_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return OD_EPEER;
    return getppid() == 1 && peer.pid > 1 ? OD_EPEER : OD_OK;
}

static void signals_ignore(void)
{
    static const int signals[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXFSZ};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        signal(signals[i], SIG_IGN);
}

static bool user_become(uid_t user, gid_t group)
{
    return setgroups(0, NULL) == 0 && setresgid(group, group, group) == 0 && setresuid(user, user, user) == 0;
}

void host_confine_identity(const struct host_confine_options *options)
{
    uid_t own = HOST_UID_MIN + (uid_t)getpid();

    if (geteuid() != 0)
        return;
    if (options->folder != NULL && user_become(options->folder_user, options->folder_group))
        return;
    if (!user_become(own, own))
        (void)!user_become(USER_NOBODY, USER_NOBODY); /* a container that may not even do this: the capabilities go all the same */
}

static int capabilities_drop(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    return syscall(SYS_capset, &header, none) == 0 ? OD_OK : OD_EIO;
}

/* Of a user of its own, or of its own user namespace, threads are counted exactly. */
static rlim_t threads_max(const struct host_confine_options *options, bool is_alone)
{
    rlim_t own = options->resources.threads + HOST_THREADS_OWN + (HOST_IS_SANITIZED ? 8 : 0);

    return is_alone ? own : own + tasks_now() + HOST_THREADS_HEADROOM_MAX;
}

static int limits_set(const struct host_confine_options *options, bool is_alone)
{
    pthread_attr_t attributes;
    rlim_t threads = threads_max(options, is_alone);

    if (pthread_attr_init(&attributes) != 0)
        return OD_EIO;
    pthread_attr_setstacksize(&attributes, HOST_STACK_SIZE);
    pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
    return limits_lower(options, threads);
}

static int refuse(char missing[HOST_REASON_SIZE], const char *what)
{
    snprintf(missing, HOST_REASON_SIZE, "%s: %s", what, strerror(errno));
    return OD_EIO;
}

/* What every tier has; is_alone as in threads_max. */
static int plain(const struct host_confine_options *options, bool is_alone, char missing[HOST_REASON_SIZE])
{
    bool is_debugged = options->tier_max == HOST_TIER_PLAIN;

    if (capabilities_drop() != OD_OK)
        return refuse(missing, "capabilities cannot be given up");
    if (prctl(PR_SET_DUMPABLE, is_debugged ? 1 : 0, 0, 0, 0) != 0)
        return refuse(missing, "other processes of this user cannot be kept from reading its memory");
    /* Sent when the thread that spawned us exits: the hub spawns from its loop, which lives as long as it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return refuse(missing, "it cannot die with the hub");
    if (parent_check(options->hub_fd) != OD_OK)
        return OD_EPEER;
    return limits_set(options, is_alone) == OD_OK ? OD_OK : refuse(missing, "limits cannot be set");
}

/* Whose the folder is: root's files are for no module. */
static int folder_look(struct host_confine_options *options, char missing[HOST_REASON_SIZE])
{
    struct stat about;

    if (options->folder == NULL)
        return OD_OK;
    if (lstat(options->folder, &about) != 0 || !S_ISDIR(about.st_mode)) {
        snprintf(missing, HOST_REASON_SIZE, "its folder %.300s is no folder", options->folder);
        return OD_EIO;
    }
    options->folder_user = about.st_uid;
    options->folder_group = about.st_gid;
    if (geteuid() != 0 || (about.st_uid != 0 && about.st_gid != 0))
        return OD_OK;
    snprintf(missing, HOST_REASON_SIZE, "its folder %.300s belongs to root: give it to the user and group who bring and fetch its files",
             options->folder);
    return OD_EIO;
}

int host_confine(struct host_confine_options *options, enum host_tier *tier, char missing[HOST_REASON_SIZE])
{
    char why[HOST_REASON_SIZE] = "";

    missing[0] = '\0';
    signals_ignore();
    if (folder_look(options, missing) != OD_OK)
        return OD_EIO;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return refuse(missing, "it cannot be kept from gaining privileges");
    bool is_root = geteuid() == 0;
    bool has_space = options->tier_max == HOST_TIER_FULL && host_confine_space(options, why) == OD_OK;
    if (options->tier_max > HOST_TIER_PLAIN)
        host_confine_identity(options);
    bool is_alone = has_space || (is_root && geteuid() >= HOST_UID_MIN);
    int rc = plain(options, is_alone, missing);
    if (rc != OD_OK)
        return rc;
    *tier = HOST_TIER_PLAIN;
    if (options->tier_max == HOST_TIER_PLAIN)
        return OD_OK;
    bool has_files = host_confine_files(options, missing) == OD_OK;
    bool has_calls = host_confine_calls(options, has_space, missing) == OD_OK;
    if (!has_files || !has_calls)
        return OD_OK;
    *tier = has_space ? HOST_TIER_FULL : HOST_TIER_FILTERED;
    if (!has_space)
        memcpy(missing, why, sizeof(why));
    return OD_OK;
}

int host_confine_tighten(enum host_tier tier, bool has_folder)
{
    if (tier < HOST_TIER_FILTERED)
        return OD_OK;
    /* The C library loads it when a thread is cancelled, calls pthread_exit or asks for a backtrace, and aborts
     * if it cannot. Kept for ever. */
    (void)dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL);
    return host_confine_calls_tighten(has_folder);
}
