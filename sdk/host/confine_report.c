/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox report: a refused system call raises SIGSYS; the handler writes one
 * line to stderr, which the hub keeps in the connector's log, and lets the call fail
 * with an errno. Only async-signal-safe code runs here. Where a thread has blocked
 * SIGSYS, the kernel ends the process instead. */
#include "host/confine_inside.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#define TOLD_MAX 512 /* system call numbers of today end below */
#define LINE_SIZE 400
#define PART_MAX 200

#define ROW(call, refusal, is_partly) {SCMP_SYS(call), #call, refusal, is_partly}
#define PARTLY(call, kind) ROW(call, HOST_REFUSE_##kind, true)
#define FILES(call) ROW(call, HOST_REFUSE_FILES, false)
#define NETWORK(call) ROW(call, HOST_REFUSE_NETWORK, false)
#define PROCESSES(call) ROW(call, HOST_REFUSE_PROCESSES, false)
#define SELF(call) ROW(call, HOST_REFUSE_SELF, false)
#define KERNEL(call) ROW(call, HOST_REFUSE_KERNEL, false)

const struct host_refused_call host_refused_calls[] = {
    PARTLY(open, FILES), PARTLY(openat, FILES), FILES(openat2), FILES(creat), FILES(mkdir), FILES(mkdirat),
    FILES(rmdir), FILES(unlink), FILES(unlinkat), FILES(rename), FILES(renameat), FILES(renameat2), FILES(link),
    FILES(linkat), FILES(symlink), FILES(symlinkat), FILES(truncate), FILES(ftruncate), FILES(fallocate),
    FILES(chmod), FILES(fchmod), FILES(fchmodat), FILES(chown), FILES(fchown), FILES(lchown), FILES(fchownat),
    FILES(mknod), FILES(mknodat), FILES(utimensat), FILES(setxattr), FILES(fsetxattr), FILES(chdir), FILES(fchdir),
    FILES(chroot), FILES(pivot_root), FILES(mount), FILES(umount2), FILES(fsopen), FILES(fsmount), FILES(move_mount),
    FILES(open_tree), FILES(mount_setattr), FILES(name_to_handle_at), FILES(open_by_handle_at), FILES(inotify_init),
    FILES(inotify_init1), FILES(fanotify_init), FILES(memfd_create), FILES(memfd_secret), FILES(quotactl),
    FILES(swapon), FILES(swapoff), NETWORK(socket), NETWORK(socketpair), NETWORK(connect), NETWORK(bind),
    NETWORK(listen), NETWORK(accept), NETWORK(accept4), NETWORK(sendmsg), NETWORK(sendmmsg), NETWORK(recvmsg),
    NETWORK(recvmmsg), PARTLY(clone, PROCESSES), PARTLY(kill, PROCESSES), PARTLY(tgkill, PROCESSES),
    PROCESSES(execve), PROCESSES(execveat), PROCESSES(fork), PROCESSES(vfork), PROCESSES(ptrace),
    PROCESSES(process_vm_readv), PROCESSES(process_vm_writev), PROCESSES(process_madvise), PROCESSES(kcmp),
    PROCESSES(tkill), PROCESSES(rt_sigqueueinfo), PROCESSES(rt_tgsigqueueinfo), PROCESSES(pidfd_open),
    PROCESSES(pidfd_send_signal), PROCESSES(pidfd_getfd), PROCESSES(setpgid), PROCESSES(setsid), PROCESSES(wait4),
    PROCESSES(waitid), PROCESSES(unshare), PROCESSES(setns), SELF(setrlimit), SELF(setpriority),
    SELF(sched_setscheduler), SELF(sched_setparam), SELF(sched_setattr), SELF(sched_setaffinity), SELF(ioprio_set),
    SELF(arch_prctl), SELF(personality), SELF(modify_ldt), SELF(setuid), SELF(setgid), SELF(setreuid), SELF(setregid),
    SELF(setresuid), SELF(setresgid), SELF(setfsuid), SELF(setfsgid), SELF(setgroups), SELF(capset), SELF(umask),
    PARTLY(mmap, CODE), PARTLY(mprotect, CODE), PARTLY(seccomp, SELF), KERNEL(bpf), KERNEL(perf_event_open),
    KERNEL(keyctl), KERNEL(add_key), KERNEL(request_key), KERNEL(userfaultfd), KERNEL(io_uring_setup),
    KERNEL(io_uring_enter), KERNEL(io_setup), KERNEL(init_module), KERNEL(finit_module), KERNEL(delete_module),
    KERNEL(kexec_load), KERNEL(kexec_file_load), KERNEL(reboot), KERNEL(syslog), KERNEL(acct), KERNEL(settimeofday),
    KERNEL(clock_settime), KERNEL(adjtimex), KERNEL(clock_adjtime), KERNEL(sethostname), KERNEL(setdomainname),
    KERNEL(iopl), KERNEL(ioperm), KERNEL(vhangup), KERNEL(shmget), KERNEL(shmat), KERNEL(msgget), KERNEL(semget),
    KERNEL(mq_open), KERNEL(mq_unlink), KERNEL(landlock_create_ruleset), KERNEL(landlock_restrict_self),
};

const unsigned host_refused_call_count = sizeof(host_refused_calls) / sizeof(host_refused_calls[0]);

static const struct {
    int error;
    const char *hint;
} refusals[] = {
    [HOST_REFUSE_NONE] = {ENOSYS, "a module has no use for it"},
    [HOST_REFUSE_FILES] = {EACCES, "a module has no files (libraries are loaded until open() returns); keep state with "
                                   "od.kv/1 or od_checkpoint, read documents with od.material/1"},
    [HOST_REFUSE_NETWORK] = {EACCES, "a module has no network; use od.http/1, or name \"net\" in the manifest"},
    [HOST_REFUSE_PROCESSES] = {EPERM, "a module is one process, which sees no other; run what blocks with od_work"},
    [HOST_REFUSE_SELF] = {EPERM, "the host sets this before it loads a module; see \"resources\" of the manifest"},
    [HOST_REFUSE_CODE] = {EPERM, "no memory becomes code when open() has returned; load libraries before"},
    [HOST_REFUSE_KERNEL] = {ENOSYS, "a module has no use for it"},
};

static const struct host_refused_call *find(int number)
{
    for (unsigned i = 0; i < host_refused_call_count; i++) {
        if (host_refused_calls[i].number == number)
            return &host_refused_calls[i];
    }
    return NULL;
}

static bool is_news(int number)
{
    static atomic_bool told[TOLD_MAX];

    return number >= 0 && number < TOLD_MAX && !atomic_exchange(&told[number], true);
}

static size_t append(char line[LINE_SIZE], size_t size, const char *text)
{
    size_t length = strnlen(text, PART_MAX), room = LINE_SIZE - size;

    length = length < room ? length : room;
    memcpy(line + size, text, length);
    return size + length;
}

/* what: "called socket", or "opened /etc/x". */
static void tell(const char *verb, const char *name, const char *hint)
{
    char line[LINE_SIZE];
    size_t size = append(line, 0, "sandbox: your code ");

    size = append(line, size, verb);
    size = append(line, size, name);
    size = append(line, size, ": ");
    size = append(line, size, hint);
    size = append(line, size < LINE_SIZE ? size : LINE_SIZE - 1, "\n");
    (void)!write(STDERR_FILENO, line, size);
}

/* The first two arguments of the call, and its result. */
#if defined(__x86_64__)
static uint64_t argument(const ucontext_t *context, int index)
{
    return (uint64_t)context->uc_mcontext.gregs[index == 0 ? REG_RDI : REG_RSI];
}

static void set_result(ucontext_t *context, int error)
{
    context->uc_mcontext.gregs[REG_RAX] = -error;
}
#elif defined(__aarch64__)
static uint64_t argument(const ucontext_t *context, int index)
{
    return context->uc_mcontext.regs[index];
}

static void set_result(ucontext_t *context, int error)
{
    context->uc_mcontext.regs[0] = (uint64_t)-(int64_t)error;
}
#elif defined(__riscv)
static uint64_t argument(const ucontext_t *context, int index)
{
    return context->uc_mcontext.__gregs[REG_A0 + index];
}

static void set_result(ucontext_t *context, int error)
{
    context->uc_mcontext.__gregs[REG_A0] = (unsigned long)-(long)error;
}
#else
#error "say here in which registers a system call has its arguments and its result"
#endif

/* The path that the call would have opened, or NULL: it opens none. */
static const char *path_of(int number, const ucontext_t *context)
{
    if (number == SCMP_SYS(open))
        return (const char *)(uintptr_t)argument(context, 0);
    return number == SCMP_SYS(openat) ? (const char *)(uintptr_t)argument(context, 1) : NULL;
}

/* How many processors there are, and the like: the C library looks, and is content without an answer. */
static bool is_about_machine(const char *path)
{
    return path != NULL && (strncmp(path, "/sys/", 5) == 0 || strncmp(path, "/proc/", 6) == 0);
}

static void report(int number, const ucontext_t *context, const struct host_refused_call *call)
{
    const char *path = path_of(number, context);
    const char *hint = refusals[call != NULL ? call->refusal : HOST_REFUSE_NONE].hint;

    if (is_about_machine(path) || !is_news(number))
        return;
    if (path != NULL)
        tell("opened ", path, hint);
    else
        tell("called ", call != NULL ? call->name : "a system call that is none", hint);
}

static void on_refused(int signal, siginfo_t *info, void *context)
{
    const struct host_refused_call *call = find(info->si_syscall);
    int error = errno;

    (void)signal;
    report(info->si_syscall, context, call);
    set_result(context, refusals[call != NULL ? call->refusal : HOST_REFUSE_NONE].error);
    errno = error;
}

static void refuse_start(const char *name)
{
    tell("called ", name, refusals[HOST_REFUSE_PROCESSES].hint);
    errno = EPERM;
}

/* The functions that start a program. A module that calls them finds these instead of the
 * C library's, which would block SIGSYS and then fail without a word. */
__attribute__((visibility("default"))) int system(const char *command)
{
    refuse_start("system");
    return command != NULL ? -1 : 0;
}

__attribute__((visibility("default"))) FILE *popen(const char *command, const char *type)
{
    (void)command;
    (void)type;
    refuse_start("popen");
    return NULL;
}

__attribute__((visibility("default"))) int posix_spawn(pid_t *pid, const char *path,
                                                       const posix_spawn_file_actions_t *actions,
                                                       const posix_spawnattr_t *attributes, char *const arguments[],
                                                       char *const environment[])
{
    (void)pid, (void)path, (void)actions, (void)attributes, (void)arguments, (void)environment;
    refuse_start("posix_spawn");
    return EPERM;
}

__attribute__((visibility("default"))) int posix_spawnp(pid_t *pid, const char *file,
                                                        const posix_spawn_file_actions_t *actions,
                                                        const posix_spawnattr_t *attributes, char *const arguments[],
                                                        char *const environment[])
{
    (void)pid, (void)file, (void)actions, (void)attributes, (void)arguments, (void)environment;
    refuse_start("posix_spawnp");
    return EPERM;
}

int host_confine_report_start(void)
{
    struct sigaction action = {.sa_sigaction = on_refused, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

    return sigaction(SIGSYS, &action, NULL) == 0 ? OD_OK : OD_EIO;
}
