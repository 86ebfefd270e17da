/* SPDX-License-Identifier: Apache-2.0 */
#include "host/host.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/memory.h"
#include "host/call.h"

/* What the header promises to modules is what the protocol allows. */
_Static_assert(OD_EXTERNAL_REF_MAX == BASE_EXTERNAL_REF_MAX, "external_ref");
_Static_assert(OD_TEXT_MAX == BASE_TEXT_MAX && OD_TEXT_MAX == BASE_LOG_LINE_MAX, "texts");
_Static_assert(OD_REASONS_MAX == BASE_REASONS_MAX, "reasons");
_Static_assert(OD_CHECKPOINT_MAX == BASE_CHECKPOINT_MAX, "checkpoint");
_Static_assert(OD_NAME_MAX == BASE_ID_MAX, "names");

int host_init(struct host *host, const char *connector)
{
    *host = (struct host){.connector = connector, .outbox.bell = -1};
    pthread_mutex_init(&host->note_lock, NULL);
    int inbox_rc = host_inbox_init(&host->inbox);
    int outbox_rc = host_outbox_init(&host->outbox);
    host_asks_init(&host->asks);
    host_work_init(&host->work, &host->inbox);
    host->posts = base_alloc(HOST_POSTS_ROOM * sizeof(*host->posts));
    host_call_init(host);
    if (inbox_rc != OD_OK || outbox_rc != OD_OK)
        return inbox_rc != OD_OK ? inbox_rc : outbox_rc;
    return host->posts != NULL ? OD_OK : OD_ENOMEM;
}

void host_fini(struct host *host)
{
    host_work_fini(&host->work);
    host_services_fini(host);
    host_asks_fini(&host->asks);
    host_inbox_fini(&host->inbox);
    host_outbox_fini(&host->outbox);
    host_tasks_fini(&host->tasks);
    host_timers_fini(&host->timers);
    host_scratch_fini(&host->scratch);
    base_free(host->posts);
    base_free(host->config);
    pthread_mutex_destroy(&host->note_lock);
}

void host_break(struct host *host, enum host_exit exit, const char *format, ...)
{
    va_list arguments;

    pthread_mutex_lock(&host->note_lock);
    if (host->exit == HOST_EXIT_BYE) {
        va_start(arguments, format);
        vsnprintf(host->reason, sizeof(host->reason), format, arguments);
        va_end(arguments);
        host->exit = exit;
    }
    pthread_mutex_unlock(&host->note_lock);
    host_outbox_ring(&host->outbox);
}

enum host_exit host_exit_of(struct host *host)
{
    pthread_mutex_lock(&host->note_lock);
    enum host_exit exit = host->exit;
    pthread_mutex_unlock(&host->note_lock);
    return exit;
}
