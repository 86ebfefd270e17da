/* SPDX-License-Identifier: Apache-2.0 */
/* Front desks that ask one thing as fast as they are answered, on one REQ socket with many
 * contexts: gateway_load URL IN_FLIGHT SECONDS MESSAGE. Prints round trips a second. */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>

#define IN_FLIGHT_MAX 256

struct desk {
    nng_ctx ctx;
    nng_aio *sending, *receiving;
    int64_t asked_us;
};

static struct desk desks[IN_FLIGHT_MAX];
static const char *text;
static atomic_ullong answered, failed, waited_us;

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void ask(struct desk *desk)
{
    nng_msg *message;
    size_t size = strlen(text);

    if (nng_msg_alloc(&message, size) != 0)
        abort();
    memcpy(nng_msg_body(message), text, size);
    desk->asked_us = now_us();
    nng_aio_set_msg(desk->sending, message);
    nng_ctx_send(desk->ctx, desk->sending);
}

static void on_sent(void *arg)
{
    struct desk *desk = arg;

    if (nng_aio_result(desk->sending) != 0)
        abort();
    nng_ctx_recv(desk->ctx, desk->receiving);
}

static void on_answered(void *arg)
{
    struct desk *desk = arg;

    if (nng_aio_result(desk->receiving) != 0)
        abort();
    nng_msg *message = nng_aio_get_msg(desk->receiving);
    if (nng_msg_len(message) < 13 || memcmp(nng_msg_body(message), "{\"status\":2", 11) != 0)
        atomic_fetch_add(&failed, 1);
    nng_msg_free(message);
    atomic_fetch_add(&answered, 1);
    atomic_fetch_add(&waited_us, (unsigned long long)(now_us() - desk->asked_us));
    ask(desk);
}

int main(int count, char **arguments)
{
    nng_socket socket;

    if (count != 5)
        return 2;
    size_t in_flight = strtoul(arguments[2], NULL, 10);
    unsigned seconds = (unsigned)strtoul(arguments[3], NULL, 10);
    text = arguments[4];
    if (in_flight > IN_FLIGHT_MAX || nng_req0_open(&socket) != 0 || nng_dial(socket, arguments[1], NULL, 0) != 0)
        return 1;
    for (size_t i = 0; i < in_flight; i++) {
        if (nng_ctx_open(&desks[i].ctx, socket) != 0 || nng_aio_alloc(&desks[i].sending, on_sent, &desks[i]) != 0 ||
            nng_aio_alloc(&desks[i].receiving, on_answered, &desks[i]) != 0)
            return 1;
        ask(&desks[i]);
    }
    sleep(1);
    unsigned long long before = atomic_load(&answered), waited = atomic_load(&waited_us);
    sleep(seconds);
    unsigned long long after = atomic_load(&answered) - before;
    printf("in_flight=%zu round_trips_per_s=%llu mean_us=%llu failed=%llu\n", in_flight, after / seconds,
           after > 0 ? (atomic_load(&waited_us) - waited) / after : 0, atomic_load(&failed));
    fflush(stdout);
    _exit(0);
}
