/* SPDX-License-Identifier: Apache-2.0 */
#include "host/flight.h"

#include <assert.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(offsetof(struct host_flight, since) == 16, "the layout is part of the protocol");

static void *map(int fd)
{
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < HOST_FLIGHT_SIZE)
        return MAP_FAILED;
    void *page = mmap(NULL, HOST_FLIGHT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return page;
}

int host_flight_open(int fd, struct host_flight **out)
{
    void *page = map(fd);

    if (page == MAP_FAILED)
        page = mmap(NULL, HOST_FLIGHT_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return OD_ENOMEM;
    *out = page;
    return OD_OK;
}

void host_flight_enter(struct host_flight *flight, uint64_t task, int64_t now_ms)
{
    assert(now_ms > 0); /* 0 says that no callback runs */
    atomic_store_explicit(&flight->task, task, memory_order_relaxed);
    atomic_store_explicit(&flight->since, (uint64_t)now_ms, memory_order_release);
    uint64_t beats = atomic_load_explicit(&flight->beats, memory_order_relaxed);
    atomic_store_explicit(&flight->beats, beats + 1, memory_order_relaxed);
}

void host_flight_leave(struct host_flight *flight)
{
    atomic_store_explicit(&flight->since, 0, memory_order_release);
    atomic_store_explicit(&flight->task, 0, memory_order_relaxed);
}

int64_t host_flight_busy_ms(const struct host_flight *flight, int64_t now_ms)
{
    int64_t since = (int64_t)atomic_load_explicit(&flight->since, memory_order_acquire);

    return since != 0 && now_ms > since ? now_ms - since : 0;
}
