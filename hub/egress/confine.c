/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/confine.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "egress/limits.h"

#define DESCRIPTORS_MAX (4 * EGRESS_CALLS_MAX)
#define MEMORY_MAX (UINT64_C(4) << 30) /* of address space; threads reserve much and use little */

/* The hub alone says when it is over; see onedoor-nng. */
static void signals_ignore(void)
{
    static const int signals[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &ignore, NULL);
}

static int limit(__rlimit_resource_t resource, rlim_t value)
{
    struct rlimit rlimit;

    if (getrlimit(resource, &rlimit) != 0)
        return OD_EIO;
    rlimit.rlim_cur = rlimit.rlim_max < value ? rlimit.rlim_max : value;
    return setrlimit(resource, &rlimit) == 0 ? OD_OK : OD_EIO;
}

/* Fails with EPERM: nothing that we or our libraries do needs them. */
static int calls_deny(void)
{
    static const int denied[] = {
        SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal), SCMP_SYS(kill),
        SCMP_SYS(tkill), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root),
        SCMP_SYS(chroot), SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
        SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(init_module), SCMP_SYS(finit_module),
        SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(swapon),
        SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(rename), SCMP_SYS(renameat),
        SCMP_SYS(renameat2), SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(mknod),
        SCMP_SYS(mknodat), SCMP_SYS(truncate)};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int rc = filter != NULL ? 0 : -ENOMEM;

    for (size_t i = 0; rc == 0 && i < sizeof(denied) / sizeof(denied[0]); i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    return rc == 0 ? OD_OK : OD_EIO;
}

int egress_confine(void)
{
    signals_ignore();
    umask(0177); /* sockets get mode 0600 */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return OD_EIO;
    if (limit(RLIMIT_CORE, 0) != OD_OK || limit(RLIMIT_NOFILE, DESCRIPTORS_MAX) != OD_OK)
        return OD_EIO;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    /* A sanitizer reserves terabytes, and asks about its own process at the end. */
    if (limit(RLIMIT_AS, MEMORY_MAX) != OD_OK || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return OD_EIO;
#endif
    return calls_deny();
}
