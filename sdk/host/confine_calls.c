/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp: the system calls that a module, the C library and the host itself need.
 * A call that is an attack or a mistake fails with a report (confine_report.c), any
 * other with ENOSYS, as on a kernel that does not have it: newer C libraries then do
 * without. */
#include "host/confine_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOW_HALF UINT64_C(0xffffffff) /* of an int argument: the upper half of the register may hold anything */
#define CLONE_NAMESPACES \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
#define OPEN_WRITES (O_ACCMODE | O_CREAT | O_TRUNC)
#define PR_SET_VMA_NUMBER 0x53564d41 /* names of mappings; newer than some headers */

static const int allowed[] = {
    /* what is open */
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(pwrite64),
    SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
    SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(eventfd), SCMP_SYS(eventfd2), SCMP_SYS(epoll_create),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
    SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime), SCMP_SYS(recvfrom),
    SCMP_SYS(shutdown),
    /* names, read only */
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(access),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64),
    SCMP_SYS(getcwd),
    /* memory */
    SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
    /* threads and waiting */
    SCMP_SYS(futex), SCMP_SYS(futex_waitv), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address), SCMP_SYS(membarrier), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(sched_get_priority_min),
    SCMP_SYS(sched_get_priority_max), SCMP_SYS(getcpu), SCMP_SYS(getpriority), SCMP_SYS(exit), SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
    /* time */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times), SCMP_SYS(getrusage), SCMP_SYS(getitimer),
    SCMP_SYS(setitimer), SCMP_SYS(alarm), SCMP_SYS(timer_create), SCMP_SYS(timer_settime), SCMP_SYS(timer_gettime),
    SCMP_SYS(timer_getoverrun), SCMP_SYS(timer_delete), SCMP_SYS(pause),
    /* signals to itself */
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigsuspend),
    SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack), SCMP_SYS(signalfd4),
    /* who and where am I */
    SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(getresuid), SCMP_SYS(getresgid), SCMP_SYS(getgroups), SCMP_SYS(getpgrp),
    SCMP_SYS(getpgid), SCMP_SYS(getsid), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrandom),
    SCMP_SYS(getrlimit),
    /* host_confine_calls_tighten; a filter can only take more away */
    SCMP_SYS(seccomp),
};

/* Of a module with "net", whose sockets can only be of AF_UNIX. */
static const int allowed_net[] = {
    SCMP_SYS(connect), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getpeername), SCMP_SYS(getsockname),
    SCMP_SYS(sendmsg), SCMP_SYS(recvmsg),
};

/* Of a module with a folder: Landlock says where. */
static const int allowed_folder[] = {
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(creat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(ftruncate), SCMP_SYS(fallocate),
    SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(flock), SCMP_SYS(fstatfs), SCMP_SYS(fadvise64),
};

static const unsigned folder_commands[] = {F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW};
static const unsigned fcntl_commands[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL};
static const unsigned ioctl_commands[] = {FIONBIO, FIONREAD, FIOCLEX, FIONCLEX, TCGETS};
static const unsigned prctl_options[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA_NUMBER};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Argument index, seen through mask, is value. */
static struct scmp_arg_cmp is(unsigned index, uint64_t mask, uint64_t value)
{
    return (struct scmp_arg_cmp){.arg = index, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

static bool allow_if(scmp_filter_ctx filter, int call, unsigned count, const struct scmp_arg_cmp *conditions)
{
    int rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, count, conditions);

    return rc == 0 || rc == -EDOM; /* a call of other machines */
}

/* One condition. */
static bool trap_if(scmp_filter_ctx filter, int call, const struct scmp_arg_cmp *condition)
{
    int rc = seccomp_rule_add_array(filter, SCMP_ACT_TRAP, call, 1, condition);

    return rc == 0 || rc == -EDOM;
}

static bool allow_list(scmp_filter_ctx filter, const int *calls, size_t count)
{
    bool is_added = true;

    for (size_t i = 0; is_added && i < count; i++)
        is_added = allow_if(filter, calls[i], 0, NULL);
    return is_added;
}

/* The commands of a call whose second argument (or first: prctl) says what it does. */
static bool allow_commands(scmp_filter_ctx filter, int call, unsigned index, const unsigned *commands, size_t count)
{
    bool is_added = true;

    for (size_t i = 0; is_added && i < count; i++)
        is_added = allow_if(filter, call, 1, (struct scmp_arg_cmp[]){is(index, LOW_HALF, commands[i])});
    return is_added;
}

static bool allow_memory(scmp_filter_ctx filter)
{
    /* Memory that is shared and written, grows as a stack does, or is huge would not count as the module's. */
    const uint64_t uncounted = MAP_GROWSDOWN | MAP_HUGETLB;
    const struct scmp_arg_cmp own[] = {is(3, MAP_TYPE | uncounted, MAP_PRIVATE)};
    const struct scmp_arg_cmp read_file[] = {is(3, MAP_TYPE | MAP_ANONYMOUS | uncounted, MAP_SHARED),
                                             is(2, PROT_WRITE, 0)};

    return allow_if(filter, SCMP_SYS(mmap), 1, own) && allow_if(filter, SCMP_SYS(mmap), 2, read_file);
}

static struct scmp_arg_cmp equals(unsigned index, enum scmp_compare op, uint64_t value)
{
    return (struct scmp_arg_cmp){.arg = index, .op = op, .datum_a = value};
}

/* To itself any signal, to others none. The handler of the report stays. */
static bool add_signals(scmp_filter_ctx filter)
{
    const uint64_t self = (uint64_t)getpid();
    const struct scmp_arg_cmp own[] = {equals(0, SCMP_CMP_EQ, self)}, other[] = {equals(0, SCMP_CMP_NE, self)};
    const struct scmp_arg_cmp not_ours[] = {equals(0, SCMP_CMP_NE, SIGSYS)};

    return allow_if(filter, SCMP_SYS(kill), 1, own) && trap_if(filter, SCMP_SYS(kill), other) &&
           allow_if(filter, SCMP_SYS(tgkill), 1, own) && trap_if(filter, SCMP_SYS(tgkill), other) &&
           allow_if(filter, SCMP_SYS(rt_sigaction), 1, not_ours);
}

/* posix_spawn blocks all signals before its clone, which therefore fails without a report:
 * the function itself reports (confine_report.c). */
static bool add_threads(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp thread[] = {is(0, CLONE_THREAD | CLONE_NAMESPACES, CLONE_THREAD)};
    const struct scmp_arg_cmp child[] = {is(0, CLONE_THREAD | CLONE_VFORK, 0)};
    const struct scmp_arg_cmp look_self[] = {is(0, LOW_HALF, 0), is(2, UINT64_MAX, 0)};

    return allow_if(filter, SCMP_SYS(clone), 1, thread) && trap_if(filter, SCMP_SYS(clone), child) &&
           allow_if(filter, SCMP_SYS(prlimit64), 2, look_self);
}

/* Which files may be read is Landlock's to say; index: of the flags. */
static bool add_open(scmp_filter_ctx filter, int call, unsigned index)
{
    const struct scmp_arg_cmp reads[] = {is(index, OPEN_WRITES, O_RDONLY)};
    const struct scmp_arg_cmp writes[][1] = {{is(index, O_ACCMODE, O_WRONLY)}, {is(index, O_ACCMODE, O_RDWR)},
                                             {is(index, O_CREAT, O_CREAT)}, {is(index, O_TRUNC, O_TRUNC)}};
    bool is_added = allow_if(filter, call, 1, reads);

    for (size_t i = 0; is_added && i < COUNT(writes); i++)
        is_added = trap_if(filter, call, writes[i]);
    return is_added;
}

static bool add_net(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp local[] = {equals(0, SCMP_CMP_EQ, AF_UNIX)};
    const struct scmp_arg_cmp other[] = {equals(0, SCMP_CMP_NE, AF_UNIX)};

    return allow_if(filter, SCMP_SYS(socket), 1, local) && trap_if(filter, SCMP_SYS(socket), other) &&
           allow_list(filter, allowed_net, COUNT(allowed_net));
}

/* Memory that is shared through a file of its own is bounded by the file; databases lock and index by it. */
static bool add_folder(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp shared[] = {is(3, MAP_TYPE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_HUGETLB, MAP_SHARED),
                                          is(2, PROT_EXEC, 0)};

    return allow_list(filter, allowed_folder, COUNT(allowed_folder)) && allow_if(filter, SCMP_SYS(mmap), 2, shared) &&
           allow_commands(filter, SCMP_SYS(fcntl), 1, folder_commands, COUNT(folder_commands));
}

static bool allow_all(scmp_filter_ctx filter, bool has_net, bool has_folder)
{
    const struct scmp_arg_cmp connected[] = {is(4, UINT64_MAX, 0)}; /* no address: the hub's socket has one */

    return allow_list(filter, allowed, COUNT(allowed)) && allow_memory(filter) && add_signals(filter) &&
           add_threads(filter) && (has_folder || (add_open(filter, SCMP_SYS(open), 1) && add_open(filter, SCMP_SYS(openat), 2))) &&
           allow_if(filter, SCMP_SYS(sendto), 1, connected) &&
           allow_commands(filter, SCMP_SYS(fcntl), 1, fcntl_commands, COUNT(fcntl_commands)) &&
           allow_commands(filter, SCMP_SYS(ioctl), 1, ioctl_commands, COUNT(ioctl_commands)) &&
           allow_commands(filter, SCMP_SYS(prctl), 0, prctl_options, COUNT(prctl_options)) &&
           (!has_net || add_net(filter)) && (!has_folder || add_folder(filter));
}

static bool is_of_folder(int number)
{
    for (size_t i = 0; i < COUNT(allowed_folder); i++) {
        if (allowed_folder[i] == number)
            return true;
    }
    return false;
}

/* Those that fail whatever their arguments; without a rule they would fail too, but unnamed. */
static bool refuse_all(scmp_filter_ctx filter, bool has_net, bool has_folder)
{
    bool is_added = true;

    for (unsigned i = 0; is_added && i < host_refused_call_count; i++) {
        const struct host_refused_call *call = &host_refused_calls[i];
        bool is_partly = call->is_partly || (has_net && call->refusal == HOST_REFUSE_NETWORK) ||
                         (has_folder && is_of_folder(call->number));
        int rc = is_partly ? 0 : seccomp_rule_add(filter, SCMP_ACT_TRAP, call->number, 0);

        is_added = rc == 0 || rc == -EDOM;
    }
    return is_added;
}

static int load(scmp_filter_ctx filter, bool is_built, char why[HOST_REASON_SIZE])
{
    int rc = is_built ? seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) : -ENOMEM;

    if (rc == 0)
        rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (rc == 0)
        rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0); /* it is set */
    if (rc == 0)
        rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    if (rc == 0)
        rc = seccomp_load(filter);
    if (rc != 0)
        snprintf(why, HOST_REASON_SIZE, "the filter of system calls (seccomp) cannot be loaded (%s)", strerror(-rc));
    seccomp_release(filter);
    return rc == 0 ? OD_OK : OD_EUNSUPPORTED;
}

int host_confine_calls(const struct host_confine_options *options, bool has_space, char why[HOST_REASON_SIZE])
{
    bool has_net = options->has_net && has_space, has_folder = options->folder != NULL;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

    if (filter == NULL || host_confine_report_start() != OD_OK) {
        snprintf(why, HOST_REASON_SIZE, "there is no memory for the filter of system calls");
        seccomp_release(filter);
        return OD_EUNSUPPORTED;
    }
    return load(filter, allow_all(filter, has_net, has_folder) && refuse_all(filter, has_net, has_folder), why);
}

/* No file but in its folder, and no new code. Everything else stays as the first filter has it. */
static bool refuse_loading(scmp_filter_ctx filter, bool has_folder)
{
    static const int calls[] = {SCMP_SYS(seccomp), SCMP_SYS(open), SCMP_SYS(openat)};
    const size_t count = has_folder ? 1 : COUNT(calls);
    static const int maps[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
    const struct scmp_arg_cmp code[] = {is(2, PROT_EXEC, PROT_EXEC)};
    bool is_added = true;

    for (size_t i = 0; is_added && i < count; i++) {
        int rc = seccomp_rule_add(filter, SCMP_ACT_TRAP, calls[i], 0);
        is_added = rc == 0 || rc == -EDOM;
    }
    for (size_t i = 0; is_added && i < COUNT(maps); i++)
        is_added = trap_if(filter, maps[i], code);
    return is_added;
}

/* Not even whether a file is there. Unnamed, for the C library asks the same calls about what is open (a
 * printf does) and is content without an answer. */
static bool refuse_names(scmp_filter_ctx filter)
{
    static const int calls[] = {
        SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(access), SCMP_SYS(faccessat),
        SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getcwd),
    };
    bool is_added = true;

    for (size_t i = 0; is_added && i < COUNT(calls); i++) {
        int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), calls[i], 0);
        is_added = rc == 0 || rc == -EDOM;
    }
    return is_added;
}

int host_confine_calls_tighten(bool has_folder)
{
    char why[HOST_REASON_SIZE];

    if (HOST_IS_SANITIZED)
        return OD_OK; /* its reports read /proc/self/maps */
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL)
        return OD_EIO;
    bool is_built = refuse_loading(filter, has_folder) && (has_folder || refuse_names(filter));
    return load(filter, is_built, why) == OD_OK ? OD_OK : OD_EIO;
}
