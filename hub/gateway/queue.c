/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/queue.h"

#include "gateway/limits.h"

int gateway_queue_init(struct gateway_queue *queue)
{
    *queue = (struct gateway_queue){.waiting = {0}};
    if (pthread_mutex_init(&queue->lock, NULL) != 0)
        return OD_ENOMEM;
    if (pthread_cond_init(&queue->filled, NULL) != 0) {
        pthread_mutex_destroy(&queue->lock);
        return OD_ENOMEM;
    }
    return OD_OK;
}

void gateway_queue_fini(struct gateway_queue *queue)
{
    base_buffer_fini(&queue->waiting);
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
}

int gateway_queue_put(struct gateway_queue *queue, const struct base_frame *frame)
{
    size_t size = BASE_FRAME_HEADER_SIZE + frame->length;
    int rc = OD_EBUSY;

    pthread_mutex_lock(&queue->lock);
    size_t waiting = queue->waiting.size;
    if (waiting + size <= GATEWAY_QUEUE_MAX)
        rc = base_buffer_reserve(&queue->waiting, size);
    if (rc == OD_OK)
        base_frame_put(&queue->waiting, frame);
    else
        queue->waiting.is_broken = false; /* what waits is whole */
    if (rc == OD_OK && waiting == 0)
        pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
    return rc;
}

void gateway_queue_take(struct gateway_queue *queue, struct base_buffer *taken)
{
    struct base_buffer spare = *taken;

    base_buffer_clear(&spare);
    pthread_mutex_lock(&queue->lock);
    while (queue->waiting.size == 0)
        pthread_cond_wait(&queue->filled, &queue->lock);
    *taken = queue->waiting;
    queue->waiting = spare;
    pthread_mutex_unlock(&queue->lock);
}
