/* SPDX-License-Identifier: Apache-2.0 */
#include "host/work.h"

#include <assert.h>

#include "base/memory.h"

/* A job goes: start -> run_jobs (a thread) -> on_job_done (plugin's thread) -> freed. */
struct done {
    struct host_job job;
    struct host_work *work;
};

void host_work_init(struct host_work *work, struct host_inbox *inbox)
{
    *work = (struct host_work){.inbox = inbox};
    pthread_mutex_init(&work->lock, NULL);
    pthread_cond_init(&work->wake, NULL);
}

static void on_job_done(void *arg)
{
    struct done *done = arg;
    struct host_work *work = done->work;

    pthread_mutex_lock(&work->lock);
    work->unfinished--;
    pthread_mutex_unlock(&work->lock);
    if (done->job.on_done != NULL)
        done->job.on_done(done->job.arg);
    base_free(done);
}

static struct host_job *job_take(struct host_work *work)
{
    struct host_job *job = work->first;

    if (job == NULL)
        return NULL;
    work->first = job->next;
    if (work->first == NULL)
        work->last = NULL;
    return job;
}

static void *run_jobs(void *arg)
{
    struct host_work *work = arg;

    pthread_mutex_lock(&work->lock);
    for (;;) {
        struct host_job *job = job_take(work);

        if (job == NULL && work->is_closing)
            break;
        if (job == NULL) {
            work->idle_count++;
            pthread_cond_wait(&work->wake, &work->lock);
            work->idle_count--;
            continue;
        }
        pthread_mutex_unlock(&work->lock);
        job->on_work(job->arg);
        host_inbox_post_done(work->inbox, on_job_done, job);
        pthread_mutex_lock(&work->lock);
    }
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

/* With the lock held: is there, or will there be, a thread for one more job? */
static bool thread_ensure(struct host_work *work)
{
    if (work->idle_count == 0 && work->thread_count < HOST_WORK_THREADS_MAX &&
        pthread_create(&work->threads[work->thread_count], NULL, run_jobs, work) == 0)
        work->thread_count++;
    return work->thread_count > 0;
}

static void job_queue(struct host_work *work, struct host_job *job)
{
    if (work->last != NULL)
        work->last->next = job;
    else
        work->first = job;
    work->last = job;
    work->unfinished++;
    pthread_cond_signal(&work->wake);
}

int host_work_start(struct host_work *work, od_call_cb on_work, od_call_cb on_done, void *arg)
{
    assert(on_work != NULL);

    struct done *done = base_alloc(sizeof(*done));
    if (done == NULL)
        return OD_ENOMEM;
    *done = (struct done){.job = {.on_work = on_work, .on_done = on_done, .arg = arg}, .work = work};
    pthread_mutex_lock(&work->lock);
    bool may = work->unfinished < HOST_WORK_MAX && thread_ensure(work);
    if (may)
        job_queue(work, &done->job);
    pthread_mutex_unlock(&work->lock);
    if (may)
        return OD_OK;
    base_free(done);
    return OD_EBUSY;
}

size_t host_work_unfinished(struct host_work *work)
{
    pthread_mutex_lock(&work->lock);
    size_t unfinished = work->unfinished;
    pthread_mutex_unlock(&work->lock);
    return unfinished;
}

void host_work_fini(struct host_work *work)
{
    pthread_mutex_lock(&work->lock);
    assert(work->unfinished == 0);
    work->is_closing = true;
    pthread_cond_broadcast(&work->wake);
    pthread_mutex_unlock(&work->lock);
    for (size_t i = 0; i < work->thread_count; i++)
        pthread_join(work->threads[i], NULL);
    pthread_cond_destroy(&work->wake);
    pthread_mutex_destroy(&work->lock);
}
