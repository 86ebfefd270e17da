/* SPDX-License-Identifier: Apache-2.0 */
#include "host/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "host/text.h"

__attribute__((format(printf, 5, 0))) static void note_put(struct host *host, const char *level, uint64_t task,
                                                           const char *lead, const char *format, va_list arguments)
{
    char text[1024];
    int size = snprintf(text, sizeof(text), "%s", lead);

    vsnprintf(text + size, sizeof(text) - (size_t)size, format, arguments);
    host_outbox_log(&host->outbox, level, task, text, strlen(text));
}

void host_note(struct host *host, const char *level, uint64_t task, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    note_put(host, level, task, "", format, arguments);
    va_end(arguments);
}

void host_trap(struct host *host, uint64_t task, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    note_put(host, "warning", task, "contract: ", format, arguments);
    va_end(arguments);
}

bool host_call_is_in_place(struct host *host, const char *call)
{
    if (pthread_equal(pthread_self(), host->plugin_thread))
        return true;
    host_trap(host, 0, "%s was called from another thread than the plugin's; use od_post", call);
    host_outbox_ring(&host->outbox);
    return false;
}

static int task_set(void *context, od_task handle, void *data)
{
    struct host *host = context;

    if (!host_call_is_in_place(host, "od_task_set"))
        return OD_ESTATE;
    struct host_task *task = host_tasks_find(&host->tasks, handle);
    if (task == NULL)
        return OD_ESTALE;
    task->data = data;
    return OD_OK;
}

static void *task_data(void *context, od_task handle)
{
    struct host *host = context;

    if (!host_call_is_in_place(host, "od_task_data"))
        return NULL;
    struct host_task *task = host_tasks_find(&host->tasks, handle);
    return task != NULL ? task->data : NULL;
}

static uint32_t task_state(void *context, od_task handle)
{
    struct host *host = context;

    if (!host_call_is_in_place(host, "od_task_state_of"))
        return OD_TASK_STALE;
    struct host_task *task = host_tasks_find(&host->tasks, handle);
    return task != NULL ? task->state : (uint32_t)OD_TASK_STALE;
}

static od_task task_next(void *context, od_task after)
{
    struct host *host = context;

    if (!host_call_is_in_place(host, "od_task_next"))
        return 0;
    struct host_task *task = host_tasks_next(&host->tasks, after);
    return task != NULL ? host_task_handle(task) : 0;
}

static int set_credits(void *context, uint32_t credits)
{
    struct host *host = context;

    if (!host_call_is_in_place(host, "od_set_credits"))
        return OD_ESTATE;
    host->credits = credits < host->credits_max ? credits : host->credits_max;
    return OD_OK;
}

static int64_t now_ms(void *context)
{
    struct host *host = context;

    return host_clock_now_ms(&host->clock);
}

/* A line that is too long: its start, cut between characters. */
static void log_cut(struct host *host, const char *level, uint64_t wire, const char *text)
{
    char start[OD_TEXT_MAX + 1];
    size_t size = OD_TEXT_MAX, checked;

    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    memcpy(start, text, size);
    start[size] = '\0';
    if (host_text_check(start, OD_TEXT_MAX, &checked) == OD_OK)
        host_outbox_log(&host->outbox, level, wire, start, checked);
    else
        host_trap(host, wire, "od_log: the text is not UTF-8");
}

static void log_line(void *context, uint32_t level, od_task handle, const char *text)
{
    static const char *const names[] = {
        [OD_LOG_ERROR] = "error", [OD_LOG_WARNING] = "warning", [OD_LOG_INFO] = "info", [OD_LOG_DEBUG] = "debug",
    };
    struct host *host = context;
    bool is_in_place = pthread_equal(pthread_self(), host->plugin_thread) != 0;
    const struct host_task *task = is_in_place ? host_tasks_find(&host->tasks, handle) : NULL;
    uint64_t wire = task != NULL ? task->wire : 0;
    size_t size;
    int rc = host_text_check(text, OD_TEXT_MAX, &size);

    if (level < OD_LOG_ERROR || level > OD_LOG_DEBUG || text == NULL)
        host_trap(host, wire, "od_log: level %u or a NULL text", level);
    else if (rc == OD_ESYNTAX)
        host_trap(host, wire, "od_log: the text is not UTF-8");
    else if (rc == OD_ELIMIT)
        log_cut(host, names[level], wire, text);
    else
        host_outbox_log(&host->outbox, names[level], wire, text, size);
    if (!is_in_place)
        host_outbox_ring(&host->outbox);
}

static int post(void *context, od_call_cb on_posted, void *arg)
{
    struct host *host = context;

    return on_posted != NULL ? host_inbox_post(&host->inbox, on_posted, arg) : OD_EINVAL;
}

static int work(void *context, od_call_cb on_work, od_call_cb on_done, void *arg)
{
    struct host *host = context;

    if (!host_call_is_in_place(host, "od_work"))
        return OD_ESTATE;
    return on_work != NULL ? host_work_start(&host->work, on_work, on_done, arg) : OD_EINVAL;
}

static int timer_start(void *context, int64_t at_ms, od_task handle, od_timer_cb on_due, void *arg, uint64_t *timer)
{
    struct host *host = context;
    struct host_task *task = NULL;

    if (!host_call_is_in_place(host, "od_timer_start"))
        return OD_ESTATE;
    if (on_due == NULL)
        return OD_EINVAL;
    if (handle != 0) {
        task = host_tasks_find(&host->tasks, handle);
        if (task == NULL || task->state == OD_TASK_ANSWERED) {
            host_trap(host, task != NULL ? task->wire : 0, "od_timer_start for a task that has ended");
            return OD_ESTALE;
        }
    }
    return host_timers_start(&host->timers, at_ms, task, on_due, arg, timer);
}

static int timer_cancel(void *context, uint64_t timer)
{
    struct host *host = context;

    if (!host_call_is_in_place(host, "od_timer_cancel"))
        return OD_ESTATE;
    return host_timers_cancel(&host->timers, &host->tasks, timer);
}

static int metric_put(void *context, const char *name, int64_t value)
{
    struct host *host = context;
    size_t size = 0;
    uint64_t id;
    int rc = host_text_check(name, OD_NAME_MAX, &size);

    if (rc != OD_OK || size == 0)
        return rc != OD_OK ? rc : OD_EINVAL;
    if (!host_outbox_may_log(&host->outbox, base_monotonic_ms()))
        return OD_OK; /* lossy by contract */
    struct base_buffer *out = host_outbox_begin(&host->outbox, BASE_ITEM_METRIC, 0, &id, &rc);
    if (out == NULL)
        return rc;
    base_json_open(out, NULL, '{');
    base_json_put_text_n(out, "name", name, size);
    base_json_put_i64(out, "value", value);
    base_json_close(out, '}');
    rc = host_outbox_end(&host->outbox);
    if (!pthread_equal(pthread_self(), host->plugin_thread))
        host_outbox_ring(&host->outbox);
    return rc;
}

static const void *extension(void *context, const char *id)
{
    struct host *host = context;

    if (id == NULL || !host_call_is_in_place(host, "od_extension"))
        return NULL;
    if (strcmp(id, OD_TIMER_1) == 0)
        return &host->timer_table;
    if (strcmp(id, OD_METRIC_1) == 0)
        return &host->metric_table;
    return host_service_extension(host, id);
}

void host_call_init(struct host *host)
{
    host->table = (struct od_host){
        .size = sizeof(host->table),
        .abi_major = OD_ABI_MAJOR,
        .abi_minor = OD_ABI_MINOR,
        .context = host,
        .connector = host->connector,
        .task_set = task_set,
        .task_data = task_data,
        .task_state = task_state,
        .task_next = task_next,
        .set_credits = set_credits,
        .now_ms = now_ms,
        .log = log_line,
        .post = post,
        .work = work,
        .extension = extension,
    };
    host_call_init_reports(&host->table);
    host_call_init_json(&host->table);
    host->timer_table = (struct od_timer){.size = sizeof(host->timer_table), .context = host,
                                          .start = timer_start, .cancel = timer_cancel};
    host->metric_table = (struct od_metric){.size = sizeof(host->metric_table), .context = host, .put = metric_put};
    host_call_init_kv(host);
    host_call_init_http(host);
    host_call_init_secret(host);
    host_call_init_material(host);
}
