/* SPDX-License-Identifier: Apache-2.0 */
/* More than the manifest's resources, and what the host inherited. */
#include "sandbox/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TRIES_MAX 8192
#define OWN_MAX 24 /* of the host, beside what the manifest grants */
#define MIB (1024 * 1024)

extern char **environ;

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *wait_at_gate(void *arg)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return arg;
}

static int more_threads(void)
{
    static pthread_t threads[TRIES_MAX];
    unsigned count = 0;
    int rc = 0;

    pthread_mutex_lock(&gate);
    while (count < TRIES_MAX && (rc = pthread_create(&threads[count], NULL, wait_at_gate, NULL)) == 0)
        count++;
    pthread_mutex_unlock(&gate);
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    return count <= attack_target.threads ? rc : 0;
}

static int more_descriptors(void)
{
    static int fds[TRIES_MAX];
    unsigned count = 0;
    int rc = 0;

    while (count < TRIES_MAX && (fds[count] = dup(0)) >= 0)
        count++;
    if (count < TRIES_MAX)
        rc = errno;
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
    return count <= attack_target.descriptors + OWN_MAX ? rc : 0;
}

static int more_memory(void)
{
    static void *blocks[TRIES_MAX];
    unsigned count = 0;
    int rc = 0;

    while (count < TRIES_MAX && (blocks[count] = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                                                      -1, 0)) != MAP_FAILED)
        count++;
    if (count < TRIES_MAX)
        rc = errno;
    for (unsigned i = 0; i < count; i++)
        munmap(blocks[i], MIB);
    return count <= attack_target.memory_mib + OWN_MAX ? rc : 0;
}

/* Memory that grows as a stack does would not count. */
static int memory_as_stack(void)
{
    void *block = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
    int rc = block == MAP_FAILED ? errno : 0;

    if (rc == 0)
        munmap(block, MIB);
    return rc;
}

/* 0, 1, 2, the socket to the hub and the host's bell: nothing else is open. */
static int more_inherited(void)
{
    unsigned count = 0;

    for (int fd = 3; fd < 4096; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count <= 2 ? ENOENT : 0;
}

static int more_environment(void)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, "PATH=", 5) != 0 && strncmp(*entry, "LANG=", 5) != 0 && strncmp(*entry, "TZ=", 3) != 0)
            return 0;
    }
    return ENOENT;
}

#define LATER(name) {#name, ATTACK_LATER, name}

const struct attack attack_limits[] = {
    LATER(more_threads), LATER(more_descriptors), LATER(more_memory), LATER(memory_as_stack), LATER(more_inherited), LATER(more_environment),
};
const size_t attack_limits_count = sizeof(attack_limits) / sizeof(attack_limits[0]);
