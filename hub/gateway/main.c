/* SPDX-License-Identifier: Apache-2.0 */
/* onedoor-nng: nng's doors in a process of their own, because nng may hang. Descriptor 3
 * is the socket to the hub.
 *
 *   arguments -> doors -> three threads: read the hub, write the hub, watch -> _exit
 *
 * The process holds nothing that would be missed: the hub starts it anew within a second,
 * clients ask again, and the idempotency key makes that harmless. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/time.h"
#include "gateway/doors.h"
#include "gateway/link.h"
#include "gateway/probe.h"
#include "gateway/watch.h"

#define HUB_FD 3
#define SOCKET_MASK 0117 /* ipc sockets get mode 0660 */

struct gateway {
    struct gateway_options options;
    struct gateway_queue queue;
    struct gateway_doors *doors;
    size_t connections_max;
};

static _Noreturn void end(enum gateway_exit exit, const char *reason)
{
    dprintf(STDERR_FILENO, "onedoor-nng: %s (exit %d)\n", reason, (int)exit);
    _exit((int)exit);
}

static void on_answer(void *owner, uint64_t id, const char *payload, size_t size)
{
    gateway_doors_answer(((struct gateway *)owner)->doors, id, payload, size);
}

static void on_feed(void *owner, const char *payload, size_t size)
{
    gateway_doors_publish(((struct gateway *)owner)->doors, payload, size);
}

static void *write_run(void *arg)
{
    struct gateway *gateway = arg;

    gateway_link_write(HUB_FD, &gateway->queue);
    _exit(GATEWAY_EXIT_HUB_GONE);
}

static bool is_answered(const struct gateway *gateway, const struct gateway_address *address)
{
    if (address->scheme != GATEWAY_IPC && address->scheme != GATEWAY_TCP)
        return true; /* no such door, or one that is not probed */
    return gateway_probe(address, gateway_doors_token(gateway->doors), GATEWAY_PROBE_TIMEOUT_MS) == OD_OK;
}

/* A connectors' door that is full of polls is no fault, and says nothing. */
static void look(const struct gateway *gateway, struct gateway_sight *sight)
{
    struct gateway_doors_figures before, after;
    const struct gateway_options *options = &gateway->options;

    gateway_doors_figures(gateway->doors, &before);
    bool is_lost = !is_answered(gateway, &options->front_desk);
    bool is_connectors_lost = !before.is_connectors_full && !is_answered(gateway, &options->connectors);
    gateway_doors_figures(gateway->doors, &after);
    is_lost = is_lost || (is_connectors_lost && !after.is_connectors_full);
    *sight = (struct gateway_sight){
        .is_full = options->front_desk.scheme != GATEWAY_SCHEME_NONE && (before.is_full || after.is_full),
        .is_lost = is_lost && before.connections < gateway->connections_max &&
                   after.connections < gateway->connections_max,
        .open_max = gateway->connections_max + GATEWAY_OWN_MAX,
    };
    if (gateway_watch_count(sight) != OD_OK)
        end(GATEWAY_EXIT_WEDGED, "no descriptor is left to count them with");
}

static bool is_sound(struct gateway_watch *watch, const struct gateway_sight *sight)
{
    enum gateway_verdict verdict = gateway_watch_judge(watch, sight);

    if (verdict != GATEWAY_VERDICT_NONE)
        base_log(BASE_LOG_ERROR, "nng is wedged verdict=%d open=%zu dead=%zu", (int)verdict, sight->open,
                 sight->dead);
    return verdict == GATEWAY_VERDICT_NONE;
}

/* A hub that takes nothing has no use for a ping either, so a full queue is no fault of ours. */
static void ping(struct gateway *gateway)
{
    int rc = gateway_queue_put(&gateway->queue, &(struct base_frame){.kind = BASE_FRAME_PING});

    if (rc == OD_ENOMEM)
        end(GATEWAY_EXIT_MACHINE, base_error_text(rc));
}

static void rest(int64_t until_ms)
{
    int64_t rest_ms = until_ms - base_monotonic_ms();

    if (rest_ms > 0)
        nanosleep(&(struct timespec){.tv_sec = rest_ms / 1000, .tv_nsec = rest_ms % 1000 * 1000000}, NULL);
}

static void *watch_run(void *arg)
{
    struct gateway *gateway = arg;
    struct gateway_watch watch = {0};
    struct gateway_sight sight;
    int64_t started_ms = base_monotonic_ms();

    for (look(gateway, &sight); is_sound(&watch, &sight); look(gateway, &sight)) {
        ping(gateway);
        rest(started_ms + GATEWAY_LOOK_MS);
        started_ms = base_monotonic_ms();
    }
    _exit(GATEWAY_EXIT_WEDGED);
}

/* The hub alone says when it is over: an interrupt from the terminal, or a stop of the whole
 * service, reaches it too, and it still drains. */
static void confine(void)
{
    static const int signals[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &ignore, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        end(GATEWAY_EXIT_MACHINE, "the process cannot be confined");
    umask(SOCKET_MASK);
}

/* As many connections as there are descriptors for, less our own. */
static size_t connections_allow(void)
{
    const rlim_t want = GATEWAY_CONNECTIONS_MAX + 2 * GATEWAY_OWN_MAX;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        end(GATEWAY_EXIT_MACHINE, "the limit of descriptors cannot be read");
    if (limit.rlim_cur < want) {
        limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur <= 2 * GATEWAY_OWN_MAX)
        end(GATEWAY_EXIT_MACHINE, "too few descriptors are allowed");
    return limit.rlim_cur < want ? (size_t)limit.rlim_cur - 2 * GATEWAY_OWN_MAX : GATEWAY_CONNECTIONS_MAX;
}

/* The hub's end does not block, ours does, whatever whoever made the pair has set. */
static void hub_take(void)
{
    int flags = fcntl(HUB_FD, F_GETFL);

    if (flags < 0)
        end(GATEWAY_EXIT_ARGUMENTS, "descriptor 3 is not open; the hub starts this program, not people");
    if (fcntl(HUB_FD, F_SETFL, flags & ~O_NONBLOCK) != 0 || fcntl(HUB_FD, F_SETFD, FD_CLOEXEC) != 0)
        end(GATEWAY_EXIT_MACHINE, "descriptor 3 cannot be set up");
}

int main(int count, char **arguments)
{
    static const struct gateway_link_ops ops = {.on_answer = on_answer, .on_feed = on_feed};
    static struct gateway gateway;
    pthread_t writer, watcher;
    char text[256];

    base_log_init("onedoor-nng", NULL, BASE_LOG_INFO);
    if (gateway_options_read(count, arguments, &gateway.options, text) != OD_OK)
        end(GATEWAY_EXIT_ARGUMENTS, text);
    hub_take();
    confine();
    gateway.connections_max = connections_allow();
    if (base_hash_init() != OD_OK || gateway_queue_init(&gateway.queue) != OD_OK)
        end(GATEWAY_EXIT_MACHINE, "no memory left");
    int rc = gateway_doors_open(&gateway.options, &gateway.queue, gateway.connections_max, &gateway.doors, text);
    if (rc != OD_OK)
        end(rc == OD_ENOMEM ? GATEWAY_EXIT_MACHINE : GATEWAY_EXIT_LISTEN, rc == OD_ENOMEM ? base_error_text(rc) : text);
    if (pthread_create(&writer, NULL, write_run, &gateway) != 0 ||
        pthread_create(&watcher, NULL, watch_run, &gateway) != 0)
        end(GATEWAY_EXIT_MACHINE, "no thread can be had");
    rc = gateway_link_read(HUB_FD, &ops, &gateway);
    if (rc != OD_EIO)
        end(rc == OD_ENOMEM ? GATEWAY_EXIT_MACHINE : GATEWAY_EXIT_PROTOCOL, base_error_text(rc));
    _exit(GATEWAY_EXIT_HUB_GONE);
}
