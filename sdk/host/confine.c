/* SPDX-License-Identifier: Apache-2.0 */
#include "host/confine.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Lower a limit, hard and soft; one that is lower already stays. */
static int limit_lower(__rlimit_resource_t resource, rlim_t value)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) != 0)
        return OD_EIO;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value)
        value = limit.rlim_max;
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
    static const int signals[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        signal(signals[i], SIG_IGN);
}

int host_confine(int hub_fd)
{
    signals_ignore();
    /* Sent when the thread that spawned us exits: the hub spawns from its loop, which lives as long as it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return OD_EIO;
    if (parent_check(hub_fd) != OD_OK)
        return OD_EPEER;
    int rc = limit_lower(RLIMIT_CORE, 0);
    if (rc == OD_OK)
        rc = limit_lower(RLIMIT_NOFILE, HOST_DESCRIPTORS_MAX);
    if (rc == OD_OK)
        rc = limit_lower(RLIMIT_NPROC, tasks_now() + HOST_THREADS_HEADROOM_MAX);
    return rc;
}
