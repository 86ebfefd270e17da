/* SPDX-License-Identifier: Apache-2.0 */
/* Each function of the tables that a module calls is put behind one of its own here. */
#include "host/kill.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One host a process, and only in a check: so it may be static. */
static struct {
    long at;
    bool is_after;
    _Atomic long count;
    struct od_host host;
    struct od_timer timer;
    struct od_metric metric;
    struct od_kv kv;
    struct od_http http;
    struct od_secret secret;
    struct od_material material;
} real;

/* Nothing that was reported and not yet sent goes out, as at a SIGKILL. */
static void point(bool is_after)
{
    if (is_after == real.is_after && atomic_fetch_add(&real.count, 1) + 1 == real.at)
        _exit(HOST_EXIT_KILL_POINT);
}

#define BETWEEN(table, member, declared, given)                                                     \
    static int at_##table##_##member declared                                                            \
    {                                                                                               \
        point(false);                                                                               \
        int rc = real.table.member given;                                                           \
        point(true);                                                                                \
        return rc;                                                                                  \
    }

BETWEEN(host, accept, (void *c, od_task task, const char *ref), (c, task, ref))
BETWEEN(host, give_opinion, (void *c, od_task task, const struct od_opinion *opinion), (c, task, opinion))
BETWEEN(host, report_failure, (void *c, od_task task, const struct od_failure *failure), (c, task, failure))
BETWEEN(host, give_back, (void *c, od_task task), (c, task))
BETWEEN(host, checkpoint, (void *c, od_task task, const void *bytes, size_t size), (c, task, bytes, size))
BETWEEN(host, need_input, (void *c, od_task task, const char *const *fields, uint32_t count, const char *text),
        (c, task, fields, count, text))
BETWEEN(host, pause, (void *c, od_task task, const char *kind, uint32_t days), (c, task, kind, days))
BETWEEN(host, unpause, (void *c, od_task task), (c, task))
BETWEEN(host, progress, (void *c, od_task task, uint32_t percent, const char *text), (c, task, percent, text))
BETWEEN(host, cancelled, (void *c, od_task task, uint32_t effect), (c, task, effect))
BETWEEN(host, task_set, (void *c, od_task task, void *data), (c, task, data))
BETWEEN(host, set_credits, (void *c, uint32_t credits), (c, credits))
BETWEEN(host, post, (void *c, od_call_cb on_posted, void *arg), (c, on_posted, arg))
BETWEEN(host, work, (void *c, od_call_cb on_work, od_call_cb on_done, void *arg), (c, on_work, on_done, arg))
BETWEEN(timer, start, (void *c, int64_t at_ms, od_task task, od_timer_cb on_due, void *arg, uint64_t *timer),
        (c, at_ms, task, on_due, arg, timer))
BETWEEN(timer, cancel, (void *c, uint64_t timer), (c, timer))
BETWEEN(metric, put, (void *c, const char *name, int64_t value), (c, name, value))
BETWEEN(kv, get, (void *c, const char *key, od_kv_cb on_done, void *arg), (c, key, on_done, arg))
BETWEEN(kv, put, (void *c, const char *key, const void *value, size_t size, od_kv_cb on_done, void *arg),
        (c, key, value, size, on_done, arg))
BETWEEN(kv, remove, (void *c, const char *key, od_kv_cb on_done, void *arg), (c, key, on_done, arg))
BETWEEN(kv, list, (void *c, const char *prefix, const char *after, od_kv_list_cb on_done, void *arg),
        (c, prefix, after, on_done, arg))
BETWEEN(http, send, (void *c, const struct od_http_request *request, od_http_cb on_response, void *arg),
        (c, request, on_response, arg))
BETWEEN(secret, check, (void *c, const char *name, od_secret_cb on_done, void *arg), (c, name, on_done, arg))
BETWEEN(secret, hmac_sha256,
        (void *c, const char *name, const void *data, size_t size, od_secret_cb on_done, void *arg),
        (c, name, data, size, on_done, arg))
BETWEEN(secret, reveal, (void *c, const char *name, od_secret_cb on_done, void *arg), (c, name, on_done, arg))
BETWEEN(material, read,
        (void *c, od_task task, const char *sha256, uint64_t offset, size_t size, od_material_cb on_read, void *arg),
        (c, task, sha256, offset, size, on_read, arg))

static void at_host_log(void *context, uint32_t level, od_task task, const char *text)
{
    point(false);
    real.host.log(context, level, task, text);
    point(true);
}

static void reports_put(struct od_host *table)
{
    table->accept = at_host_accept;
    table->give_opinion = at_host_give_opinion;
    table->report_failure = at_host_report_failure;
    table->give_back = at_host_give_back;
    table->checkpoint = at_host_checkpoint;
    table->need_input = at_host_need_input;
    table->pause = at_host_pause;
    table->unpause = at_host_unpause;
    table->progress = at_host_progress;
    table->cancelled = at_host_cancelled;
}

static void others_put(struct od_host *table)
{
    table->task_set = at_host_task_set;
    table->set_credits = at_host_set_credits;
    table->log = at_host_log;
    table->post = at_host_post;
    table->work = at_host_work;
}

static void extensions_put(struct host *host)
{
    host->timer_table.start = at_timer_start;
    host->timer_table.cancel = at_timer_cancel;
    host->metric_table.put = at_metric_put;
    host->kv_table.get = at_kv_get;
    host->kv_table.put = at_kv_put;
    host->kv_table.remove = at_kv_remove;
    host->kv_table.list = at_kv_list;
    host->http_table.send = at_http_send;
    host->secret_table.check = at_secret_check;
    host->secret_table.hmac_sha256 = at_secret_hmac_sha256;
    host->secret_table.reveal = at_secret_reveal;
    host->material_table.read = at_material_read;
}

int host_kill_at(struct host *host, const char *text)
{
    char *end;
    long at = strtol(text, &end, 10);
    bool is_after = strcmp(end, ":after") == 0;

    if (at <= 0 || (!is_after && strcmp(end, ":before") != 0))
        return OD_EINVAL;
    real.at = at;
    real.is_after = is_after;
    real.host = host->table;
    real.timer = host->timer_table;
    real.metric = host->metric_table;
    real.kv = host->kv_table;
    real.http = host->http_table;
    real.secret = host->secret_table;
    real.material = host->material_table;
    reports_put(&host->table);
    others_put(&host->table);
    extensions_put(host);
    return OD_OK;
}
