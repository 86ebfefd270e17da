/* SPDX-License-Identifier: Apache-2.0 */
/* What is done once a batch is durable, in the order in which it was noted; and how
 * each is undone when the batch could not be stored. */
#include "engine/internal.h"

#include <assert.h>

/* Of the deed's session; NULL = it has ended. */
static struct connect_link *link_of(const struct engine *engine, const struct engine_deed *deed)
{
    return engine_link_of(engine, deed->department, deed->epoch);
}

static void do_offer(struct engine *engine, const struct engine_deed *deed)
{
    struct engine_application *application = engine_application_find(engine, base_task_application(deed->handle));

    assert(deed->department->reserved > 0);
    deed->department->reserved--;
    if (application != NULL) /* else its key was met: it never was */
        engine_item_send(engine, deed);
}

static void do_show(struct engine *engine, const struct engine_deed *deed)
{
    if (deed->call != NULL)
        deed->call(engine, deed->data, OD_OK);
    engine_answer_application(engine, deed->request, base_task_application(deed->handle), 200, NULL);
}

void engine_deeds_do(struct engine *engine, struct engine_batch *batch)
{
    for (size_t i = 0; i < batch->deed_count; i++) {
        const struct engine_deed *deed = &batch->deeds[i];
        struct connect_link *link = deed->department != NULL ? link_of(engine, deed) : NULL;

        switch (deed->kind) {
        case ENGINE_DEED_NONE: break;
        case ENGINE_DEED_INTAKE: engine_intake_answer(engine, deed, batch); break;
        case ENGINE_DEED_SHOW: do_show(engine, deed); break;
        case ENGINE_DEED_TASK:
            engine_answer_task(engine, deed->request, base_task_application(deed->handle), base_task_index(deed->handle));
            break;
        case ENGINE_DEED_QUEUE: engine_queue_push(engine, deed->department, deed->handle); break;
        case ENGINE_DEED_OFFER: do_offer(engine, deed); break;
        case ENGINE_DEED_ITEM:
            if (link != NULL)
                engine_item_send(engine, deed);
            break; /* else it stays owed: the next session's scan sends it */
        case ENGINE_DEED_CREDIT:
            if (link != NULL)
                connect_offer_ended(link, deed->epoch);
            break;
        case ENGINE_DEED_REPORT:
            if (link != NULL)
                connect_answer(link, deed->token, deed->index, deed->answer, deed->data);
            break;
        case ENGINE_DEED_CALL: deed->call(engine, deed->data, OD_OK); break;
        case ENGINE_DEED_WRITE: deed->call(engine, deed->data, batch->store->writes[deed->write].rc); break;
        }
    }
}

static void refuse(const struct engine_deed *deed)
{
    front_answer_problem(deed->request, FRONT_UNAVAILABLE,
                         front_say(deed->request, "磁盘空间不足，申请没有保存。请稍后用同一个幂等键重试。",
                                   "The disk is full; nothing was stored. Try again later with the same Idempotency-Key."),
                         NULL, 0);
}

void engine_deeds_fail(struct engine *engine, struct engine_batch *batch)
{
    for (size_t i = 0; i < batch->deed_count; i++) {
        const struct engine_deed *deed = &batch->deeds[i];

        switch (deed->kind) {
        case ENGINE_DEED_INTAKE: engine->submits_unsettled--; refuse(deed); break;
        case ENGINE_DEED_SHOW:
        case ENGINE_DEED_TASK: refuse(deed); break;
        case ENGINE_DEED_OFFER: deed->department->reserved--; break;
        case ENGINE_DEED_REPORT:
            if (link_of(engine, deed) != NULL)
                connect_answer(link_of(engine, deed), deed->token, deed->index, BASE_ANSWER_RETRY, NULL);
            break;
        case ENGINE_DEED_CALL:
        case ENGINE_DEED_WRITE: deed->call(engine, deed->data, OD_EFULL); break;
        case ENGINE_DEED_NONE:
        case ENGINE_DEED_QUEUE:
        case ENGINE_DEED_ITEM:
        case ENGINE_DEED_CREDIT: break;
        }
    }
    batch->deed_count = 0;
}
