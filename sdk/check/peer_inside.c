/* SPDX-License-Identifier: Apache-2.0 */
/* A peer within this process: the host's two threads beside the checker's, for gdb and AddressSanitizer. What the
 * host does at its end, ending the process, is left out. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "check/peer.h"
#include "check/verdict.h"
#include "host/link.h"
#include "host/module.h"
#include "host/runner.h"

struct inside {
    struct host host;
    struct host_link link;
    pthread_t link_thread, plugin_thread;
    char reason[HOST_REASON_SIZE];
    const char *folder;
    int fd;
    bool is_running;
};

/* The module stays loaded for the life of the process, as in a host: dlclose is never right for foreign code. */
static int module_open(struct inside *inside)
{
    struct host *host = &inside->host;
    char path[CHECK_PATH_SIZE + 16];
    int rc = host_flight_open(-1, &host->flight), fd = -1;

    if (rc == OD_OK)
        rc = host_manifest_read(inside->folder, &host->manifest, inside->reason);
    if (rc == OD_OK)
        rc = host_module_find(inside->folder, &fd, inside->reason);
    snprintf(path, sizeof(path), "%s/module.so", inside->folder);
    if (rc == OD_OK)
        rc = host_module_open_path(path, &host->manifest, &host->plugin, inside->reason);
    if (fd >= 0)
        close(fd);
    return rc;
}

static void *run_link(void *arg)
{
    struct inside *inside = arg;

    if (host_link_hello(&inside->link) == OD_OK &&
        pthread_create(&inside->plugin_thread, NULL, host_runner_run, &inside->host) == 0) {
        host_link_run(&inside->link);
        if (inside->host.exit == HOST_EXIT_BYE || inside->host.exit == HOST_EXIT_OPEN)
            pthread_join(inside->plugin_thread, NULL);
    }
    shutdown(inside->link.fd, SHUT_RDWR);
    return NULL;
}

static int start(struct check_hub *hub)
{
    struct inside *inside = base_alloc(sizeof(*inside));
    int rc = inside != NULL ? check_peer_open(hub, &inside->fd) : OD_ENOMEM;

    if (rc != OD_OK)
        return rc;
    inside->folder = hub->subject->folder;
    hub->more = inside;
    hub->exit_code = 0;
    rc = host_init(&inside->host, hub->subject->id);
    if (rc == OD_OK)
        rc = module_open(inside);
    if (rc != OD_OK) {
        check_hub_print(hub, inside->reason, strlen(inside->reason));
        check_hub_print(hub, "\n", 1);
        hub->is_lost = true;
        hub->exit_code = rc == OD_EUNSUPPORTED ? HOST_EXIT_ABI : HOST_EXIT_MODULE;
        return OD_OK;
    }
    host_link_init(&inside->link, &inside->host, inside->fd);
    inside->is_running = pthread_create(&inside->link_thread, NULL, run_link, inside) == 0;
    return inside->is_running ? OD_OK : OD_EIO;
}

static void end(struct check_hub *hub, struct inside *inside)
{
    hub->exit_code = (int)inside->host.exit;
    if (inside->host.reason[0] != '\0')
        snprintf(hub->printed, sizeof(hub->printed), "%.390s", inside->host.reason);
    hub->is_lost = true;
    check_peer_close(hub);
    if (hub->exit_code == HOST_EXIT_BYE) {
        host_link_fini(&inside->link);
        host_fini(&inside->host);
        base_free(inside);
    }
    hub->more = NULL; /* a host that broke keeps its memory: its thread may be anywhere */
}

static bool reap(struct check_hub *hub, int timeout_ms)
{
    struct inside *inside = hub->more;
    struct timespec until;

    if (inside == NULL)
        return true;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000 + 1;
    if (inside->is_running && pthread_timedjoin_np(inside->link_thread, NULL, &until) != 0)
        return false;
    end(hub, inside);
    return true;
}

/* No thread can be killed: a death here is a stop without a word, and what the module had in hand is lost. */
static void kill_inside(struct check_hub *hub)
{
    struct inside *inside = hub->more;

    if (inside == NULL)
        return;
    hub->is_killed = true;
    hub->is_lost = true;
    check_peer_close(hub);
    if (inside->is_running)
        pthread_join(inside->link_thread, NULL);
    hub->more = NULL;
}

const struct check_peer check_peer_inside = {
    .is_virtual = true, .start = start, .send = check_peer_send, .wait = check_peer_wait, .kill = kill_inside,
    .reap = reap,
};
