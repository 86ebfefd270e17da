/* SPDX-License-Identifier: Apache-2.0 */
/* Threads on which a module may block. They start when first needed. */
#ifndef HOST_WORK_H
#define HOST_WORK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <onedoor/error.h>
#include <onedoor/plugin.h>

#include "host/inbox.h"

#define HOST_WORK_THREADS_MAX 4

struct host_job {
    od_call_cb on_work, on_done;
    void *arg;
    struct host_job *next;
};

struct host_work {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct host_inbox *inbox;        /* borrowed: where on_done is posted */
    struct host_job *first, *last;   /* queued */
    pthread_t threads[HOST_WORK_THREADS_MAX];
    size_t thread_count, idle_count;
    size_t unfinished; /* started, on_done not yet called; changed with the lock held */
    bool is_closing;
};

void host_work_init(struct host_work *work, struct host_inbox *inbox);

/* Plugin's thread. on_done may be NULL. Errors: OD_EBUSY HOST_WORK_MAX are unfinished, or no
 * thread can be had; OD_ENOMEM. Then neither runs. */
OD_MUST_CHECK int host_work_start(struct host_work *work, od_call_cb on_work, od_call_cb on_done, void *arg);

/* Started and not yet done. Plugin's thread. */
size_t host_work_unfinished(struct host_work *work);

/* Join the threads; nothing may be unfinished. */
void host_work_fini(struct host_work *work);

#endif
