/* SPDX-License-Identifier: Apache-2.0 */
/* onedoor-host: one module in one process. fd 3 is the socket to the hub, fd 4 the
 * flight record.
 *
 *   arguments -> confine -> manifest -> module -> hello -> two threads -> bye
 *
 * The process ends by _exit: handlers and destructors of a module have no say. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "host/confine.h"
#include "host/link.h"
#include "host/module.h"
#include "host/runner.h"

#define HUB_FD 3
#define FLIGHT_FD 4
#define HUB_FD_MIN 64 /* out of the way of a module that closes or writes small numbers */

/* The last line on stderr says why; the hub shows it. */
static void end(const char *connector, enum host_exit exit, const char *reason)
{
    if (exit != HOST_EXIT_BYE)
        dprintf(STDERR_FILENO, "onedoor-host: %s: %s (exit %d)\n", connector, reason, (int)exit);
    _exit((int)exit);
}

static bool arguments_read(int count, char **arguments, const char **connector, const char **folder)
{
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(arguments[i], "--connector") == 0)
            *connector = arguments[i + 1];
        else if (strcmp(arguments[i], "--module") == 0)
            *folder = arguments[i + 1];
        else
            return false;
    }
    return count % 2 == 1 && *connector != NULL && *folder != NULL;
}

/* The socket to the hub moves away from the small numbers; fd 3 is closed. -1 = there is none. */
static int hub_fd_take(void)
{
    int fd = fcntl(HUB_FD, F_DUPFD_CLOEXEC, HUB_FD_MIN);

    if (fd >= 0)
        close(HUB_FD);
    return fd;
}

static void prepare(struct host *host, const char *folder, int hub_fd)
{
    char reason[HOST_REASON_SIZE] = "no memory left";
    int rc = host_flight_open(FLIGHT_FD, &host->flight);

    if (rc == OD_OK)
        rc = base_hash_init();
    if (rc == OD_OK)
        rc = host_confine(hub_fd);
    if (rc == OD_EPEER)
        end(host->connector, HOST_EXIT_HUB_GONE, "fd 3 is no socket to a living hub");
    if (rc != OD_OK)
        end(host->connector, HOST_EXIT_MACHINE, base_error_text(rc));
    if (host_manifest_read(folder, &host->manifest, reason) != OD_OK)
        end(host->connector, HOST_EXIT_MANIFEST, reason);
    rc = host_module_open(folder, &host->manifest, &host->plugin, reason);
    if (rc != OD_OK)
        end(host->connector, rc == OD_EUNSUPPORTED ? HOST_EXIT_ABI : HOST_EXIT_MODULE, reason);
}

int main(int count, char **arguments)
{
    static struct host host;
    static struct host_link link;
    const char *connector = NULL, *folder = NULL;
    pthread_t thread;

    if (!arguments_read(count, arguments, &connector, &folder))
        end("-", HOST_EXIT_ARGUMENTS, "usage: onedoor-host --connector ID --module DIR, with the hub's socket as fd 3");
    int hub_fd = hub_fd_take();
    if (hub_fd < 0)
        end(connector, HOST_EXIT_ARGUMENTS, "fd 3 is not open; the hub starts this program, not people");
    if (host_init(&host, connector) != OD_OK)
        end(connector, HOST_EXIT_MACHINE, "no memory or descriptors left");
    prepare(&host, folder, hub_fd);
    host_link_init(&link, &host, hub_fd);
    if (host_link_hello(&link) != OD_OK)
        end(connector, host.exit, host.reason);
    if (pthread_create(&thread, NULL, host_runner_run, &host) != 0)
        end(connector, HOST_EXIT_MACHINE, "no thread can be had");
    pthread_detach(thread); /* the module may hold it for ever: nobody waits for its end */
    host_link_run(&link);
    pthread_mutex_lock(&host.note_lock); /* kept: nobody may change the reason now */
    end(connector, host.exit, host.reason);
}
