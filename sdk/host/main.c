/* SPDX-License-Identifier: Apache-2.0 */
/* onedoor-host: one module in one process. fd 3 is the socket to the hub, fd 4 the
 * flight record; with --sealed, 5 and 6 are sealed memory that holds manifest.json and
 * module.so, and no file of the module is opened.
 *
 *   arguments -> manifest -> confine -> module -> hello -> two threads -> bye
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
#include "host/kill.h"
#include "host/link.h"
#include "host/module.h"
#include "host/runner.h"

#define HUB_FD 3
#define FLIGHT_FD 4
#define MANIFEST_FD 5 /* these two with --sealed alone */
#define MODULE_FD 6
#define HUB_FD_MIN 64 /* out of the way of a module that closes or writes small numbers */

/* The last line on stderr says why; the hub shows it. */
static void end(const char *connector, enum host_exit exit, const char *reason)
{
    if (exit != HOST_EXIT_BYE)
        dprintf(STDERR_FILENO, "onedoor-host: %s: %s (exit %d)\n", connector, reason, (int)exit);
    _exit((int)exit);
}

/* Of the command line. */
struct arguments {
    const char *connector, *folder; /* with --sealed, the folder is but a name in messages */
    bool is_sealed;
    const char *sockets;                 /* of the egress, for a module with "net"; NULL = none */
    const char *own;                     /* for a module with "folder"; NULL = none */
    const char *kill_at;                 /* of a check; NULL = nowhere */
    enum host_tier tier_min, tier_max;
};

static bool argument_take(struct arguments *out, const char *name, const char *value)
{
    if (strcmp(name, "--connector") == 0)
        out->connector = value;
    else if (strcmp(name, "--module") == 0)
        out->folder = value;
    else if (strcmp(name, "--sockets") == 0)
        out->sockets = value;
    else if (strcmp(name, "--folder") == 0)
        out->own = value;
    else if (strcmp(name, "--min-tier") == 0)
        out->tier_min = host_tier_of(value);
    else if (strcmp(name, "--max-tier") == 0)
        out->tier_max = host_tier_of(value);
    else if (strcmp(name, "--kill-at") == 0)
        out->kill_at = value;
    else
        return false;
    return true;
}

static bool arguments_read(int count, char **values, struct arguments *out)
{
    int at = 1;

    *out = (struct arguments){.tier_min = HOST_TIER_PLAIN, .tier_max = HOST_TIER_FULL};
    while (at < count) {
        if (strcmp(values[at], "--sealed") == 0) {
            out->is_sealed = true;
            at++;
            continue;
        }
        if (at + 1 == count || !argument_take(out, values[at], values[at + 1]))
            return false;
        at += 2;
    }
    return out->connector != NULL && out->folder != NULL && out->tier_min != HOST_TIER_NONE &&
           out->tier_max != HOST_TIER_NONE;
}

/* The socket to the hub moves away from the small numbers; fd 3 is closed. -1 = there is none. */
static int hub_fd_take(void)
{
    int fd = fcntl(HUB_FD, F_DUPFD_CLOEXEC, HUB_FD_MIN);

    if (fd >= 0)
        close(HUB_FD);
    return fd;
}

static void confine(struct host *host, const struct arguments *arguments, int hub_fd, int module_fd)
{
    char missing[HOST_REASON_SIZE], reason[HOST_REASON_SIZE];
    struct host_confine_options options = {.hub_fd = hub_fd, .module_fd = module_fd, .tier_max = arguments->tier_max,
                                           .has_net = host->manifest.has_net, .sockets = arguments->sockets,
                                           .resources = host->manifest.resources, .folder_mib = host->manifest.folder_mib};
    if (host->manifest.folder_mib > 0)
        options.folder = arguments->own;
    host->has_folder = options.folder != NULL;
    int rc = host_confine(&options, &host->tier, missing);

    if (rc == OD_EPEER)
        end(host->connector, HOST_EXIT_HUB_GONE, "fd 3 is no socket to a living hub");
    if (rc != OD_OK)
        end(host->connector, HOST_EXIT_MACHINE, missing);
    if (host->manifest.has_net && host->tier == HOST_TIER_FILTERED)
        dprintf(STDERR_FILENO, "sandbox: the manifest names \"net\", but sockets need tier \"full\": %s\n", missing);
    if (host->tier >= arguments->tier_min)
        return;
    snprintf(reason, sizeof(reason), "sandbox.min_tier is \"%s\", \"%s\" was reached: %.380s",
             host_tier_name(arguments->tier_min), host_tier_name(host->tier),
             missing[0] != '\0' ? missing : "--max-tier allows no more");
    end(host->connector, HOST_EXIT_TIER, reason);
}

static int manifest_read(struct host *host, const struct arguments *arguments, char reason[HOST_REASON_SIZE])
{
    if (!arguments->is_sealed)
        return host_manifest_read(arguments->folder, &host->manifest, reason);
    int rc = host_manifest_take(MANIFEST_FD, "manifest.json", &host->manifest, reason);
    close(MANIFEST_FD);
    return rc;
}

static int module_find(const struct arguments *arguments, int *fd, char reason[HOST_REASON_SIZE])
{
    if (!arguments->is_sealed)
        return host_module_find(arguments->folder, fd, reason);
    *fd = MODULE_FD;
    return host_module_check(MODULE_FD, "module.so", reason);
}

static void prepare(struct host *host, const struct arguments *arguments, int hub_fd)
{
    char reason[HOST_REASON_SIZE] = "no memory left";
    int rc = host_flight_open(FLIGHT_FD, &host->flight);

    if (rc == OD_OK)
        rc = base_hash_init();
    if (rc != OD_OK)
        end(host->connector, HOST_EXIT_MACHINE, base_error_text(rc));
    if (manifest_read(host, arguments, reason) != OD_OK)
        end(host->connector, HOST_EXIT_MANIFEST, reason);
    int module_fd = -1;
    rc = module_find(arguments, &module_fd, reason);
    if (rc == OD_OK && host_module_hash(module_fd, host->module_hash) != OD_OK)
        end(host->connector, HOST_EXIT_MACHINE, "module.so cannot be read");
    if (rc == OD_OK) {
        confine(host, arguments, hub_fd, module_fd);
        rc = host_module_open(module_fd, &host->manifest, &host->plugin, reason);
        close(module_fd);
    }
    if (rc != OD_OK)
        end(host->connector, rc == OD_EUNSUPPORTED ? HOST_EXIT_ABI : HOST_EXIT_MODULE, reason);
}

int main(int count, char **values)
{
    static struct host host;
    static struct host_link link;
    struct arguments arguments;
    pthread_t thread;

    if (!arguments_read(count, values, &arguments))
        end("-", HOST_EXIT_ARGUMENTS, "usage: onedoor-host --connector ID --module DIR [--sealed] [--min-tier plain|filtered|full] "
            "[--max-tier plain|filtered|full] [--sockets DIR] [--folder DIR], with the hub's socket as fd 3");
    const char *connector = arguments.connector;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* what a module prints reaches the log by lines */
    close_range((arguments.is_sealed ? MODULE_FD : FLIGHT_FD) + 1, ~0U, 0); /* whatever its parent forgot to close is not for a module */
    int hub_fd = hub_fd_take();
    if (hub_fd < 0)
        end(connector, HOST_EXIT_ARGUMENTS, "fd 3 is not open; the hub starts this program, not people");
    if (host_init(&host, connector) != OD_OK)
        end(connector, HOST_EXIT_MACHINE, "no memory or descriptors left");
    if (arguments.kill_at != NULL && host_kill_at(&host, arguments.kill_at) != OD_OK)
        end(connector, HOST_EXIT_ARGUMENTS, "--kill-at is N:before or N:after");
    prepare(&host, &arguments, hub_fd);
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
