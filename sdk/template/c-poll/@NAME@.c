/* SPDX-License-Identifier: Apache-2.0 */
/* @ID@: a department behind a REST service that is asked again and again.
 *
 *   offer -> submit -> on_submitted: accepted -> (timer -> ask -> on_asked)* -> opinion
 *   resume                                   ->  the same, without a second submission
 *
 * The service: POST <base_url>/permits with the idempotency key in a header -> 201 {"id"};
 * GET <base_url>/permits/<id> -> 200 {"status": "pending" | "approved" | "rejected", "reason"}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onedoor/ext/http.h>
#include <onedoor/ext/timer.h>
#include <onedoor/plugin.h>

struct desk {
    const struct od_host *host;
    const struct od_timer *timers;
    const struct od_http *http;
    char base_url[1024];
    int64_t poll_ms;
};

/* One task on its way; kept with the task, freed when the task ends. */
struct permit {
    struct desk *desk;
    od_task task; /* 0 = it left while a request was under way: the response frees this */
    int is_asking;
    char id[OD_EXTERNAL_REF_MAX + 1]; /* the department's reference */
};

static int desk_open(const struct od_host *host, void **self)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    const char *url = "";

    if (desk == NULL)
        return OD_ENOMEM;
    desk->host = host;
    desk->timers = od_extension(host, OD_TIMER_1);
    desk->http = od_extension(host, OD_HTTP_1);
    desk->poll_ms = 60000;
    int rc = od_config_i64(host, "poll_ms", &desk->poll_ms);
    if (od_config_text(host, "base_url", &url) != OD_OK || strlen(url) >= sizeof(desk->base_url) ||
        (rc != OD_OK && rc != OD_ENOTFOUND) || desk->timers == NULL || desk->http == NULL) {
        od_log(host, OD_LOG_ERROR, 0, "base_url is missing or too long, or od.http/1 is not granted");
        free(desk);
        return OD_EINVAL;
    }
    strcpy(desk->base_url, url);
    *self = desk;
    return OD_OK;
}

/* Nothing is left to do for the task here. */
static void permit_end(struct permit *permit)
{
    int rc = od_task_set(permit->desk->host, permit->task, NULL);

    (void)rc; /* a handle that is stale by now holds nothing */
    permit->task = 0;
    if (!permit->is_asking)
        free(permit);
}

static void desk_close(void *self)
{
    struct desk *desk = self;

    for (od_task task = od_task_next(desk->host, 0); task != 0; task = od_task_next(desk->host, task))
        free(od_task_data(desk->host, task));
    free(desk);
}

/* No opinion could be got: say what the attempt did, never an opinion. */
static void give_up(struct permit *permit, enum od_effect effect, int64_t retry_after_ms, const char *code,
                    const char *detail)
{
    struct od_failure failure = {.size = OD_FAILURE_INIT, .effect = effect, .retry_after_ms = retry_after_ms,
                                 .code = code, .detail = detail};

    if (od_report_failure(permit->desk->host, permit->task, &failure) == OD_OK)
        permit_end(permit);
}

static void ask(void *self, od_task task, void *arg);

/* Ask again later; a timer of a task goes with it. */
static void ask_later(struct permit *permit)
{
    struct desk *desk = permit->desk;
    int64_t at_ms = od_now_ms(desk->host) + desk->poll_ms;

    if (od_timer_start(desk->timers, at_ms, permit->task, ask, permit, NULL) != OD_OK)
        give_up(permit, OD_EFFECT_DONE, OD_RETRY_BACKOFF, "no_timer", "no memory for a timer");
}

/* One answer of the service. true = it holds the department's decision. */
static int opine(struct permit *permit, const char *json, size_t size)
{
    const struct od_host *host = permit->desk->host;
    const char *status = "", *reason = "No reason was given.";
    int rc = OD_EINVAL;

    if (od_json_text(host, json, size, "status", &status) != OD_OK)
        return 0;
    int has_reason = od_json_text(host, json, size, "reason", &reason) == OD_OK;
    if (strcmp(status, "approved") == 0)
        rc = od_approve(host, permit->task, has_reason ? reason : NULL);
    else if (strcmp(status, "rejected") == 0)
        rc = od_reject(host, permit->task, reason);
    return rc == OD_OK;
}

/* The department has the task: whatever goes wrong here, it is asked again. */
static void on_asked(void *self, const struct od_http_response *response, void *arg)
{
    struct permit *permit = arg;

    (void)self;
    permit->is_asking = 0;
    if (permit->task == 0)
        free(permit);
    else if (response->error == OD_OK && response->status == 200 && opine(permit, response->body, response->body_size))
        permit_end(permit);
    else
        ask_later(permit);
}

static void ask(void *self, od_task task, void *arg)
{
    struct permit *permit = arg;
    char url[OD_HTTP_URL_MAX];
    struct od_http_request request = {.size = OD_HTTP_REQUEST_INIT, .method = "GET", .url = url};

    (void)self;
    (void)task;
    snprintf(url, sizeof(url), "%s/permits/%s", permit->desk->base_url, permit->id);
    permit->is_asking = od_http_send(permit->desk->http, &request, on_asked, permit) == OD_OK;
    if (!permit->is_asking)
        ask_later(permit);
}

/* 201 = taken. A clear refusal of our request registered nothing. Anything else may have. */
static void on_submitted(void *self, const struct od_http_response *response, void *arg)
{
    struct permit *permit = arg;
    const struct od_host *host = permit->desk->host;
    const char *id = "";

    (void)self;
    permit->is_asking = 0;
    if (permit->task == 0) {
        free(permit);
    } else if (response->error != OD_OK) {
        give_up(permit, (enum od_effect)response->effect, OD_RETRY_BACKOFF, "unreachable", response->detail);
    } else if (response->status >= 400 && response->status < 500 && response->status != 408 && response->status != 409) {
        give_up(permit, OD_EFFECT_NONE, OD_RETRY_NEVER, "refused", "the department does not take this request");
    } else if (response->status != 201 || od_json_text(host, response->body, response->body_size, "id", &id) != OD_OK ||
               strlen(id) >= sizeof(permit->id) || strpbrk(id, "/?#% ") != NULL) {
        give_up(permit, OD_EFFECT_UNKNOWN, OD_RETRY_BACKOFF, "bad_answer", "the department's answer is not understood");
    } else if (od_accept(host, permit->task, id) != OD_OK) {
        give_up(permit, OD_EFFECT_UNKNOWN, OD_RETRY_BACKOFF, "bad_answer", "the department's reference is not usable");
    } else {
        strcpy(permit->id, id);
        ask_later(permit);
    }
}

static struct permit *permit_create(struct desk *desk, const struct od_offer *offer)
{
    struct permit *permit = calloc(1, sizeof(*permit));

    if (permit == NULL)
        return NULL;
    permit->desk = desk;
    permit->task = offer->task;
    snprintf(permit->id, sizeof(permit->id), "%s", offer->external_ref);
    if (od_task_set(desk->host, offer->task, permit) == OD_OK)
        return permit;
    free(permit);
    return NULL;
}

/* The key is the same at every attempt, so a service that keeps it never registers twice. */
static int desk_offer(void *self, const struct od_offer *offer)
{
    struct desk *desk = self;
    char url[OD_HTTP_URL_MAX];
    struct od_http_header headers[] = {{"Idempotency-Key", offer->idempotency_key, NULL},
                                       {"Content-Type", "application/json", NULL}};
    struct od_http_request request = {.size = OD_HTTP_REQUEST_INIT, .method = "POST", .url = url,
                                      .headers = headers, .header_count = 2,
                                      .body = offer->form, .body_size = offer->form_size};
    struct permit *permit = permit_create(desk, offer);

    if (permit == NULL)
        return OD_EBUSY; /* given back untouched */
    snprintf(url, sizeof(url), "%s/permits", desk->base_url);
    permit->is_asking = 1;
    int rc = od_http_send(desk->http, &request, on_submitted, permit);
    if (rc == OD_OK)
        return OD_OK;
    permit->is_asking = 0;
    permit_end(permit);
    return OD_EBUSY; /* not sent */
}

/* It was accepted before: the department has it, so only ask. */
static int desk_resume(void *self, const struct od_offer *offer)
{
    struct permit *permit = permit_create(self, offer);

    if (permit == NULL)
        return OD_ENOMEM;
    ask(self, offer->task, permit);
    return OD_OK;
}

/* The task left this module: a response that is still to come finds nobody. */
static void desk_release(void *self, od_task task, const char *reason)
{
    struct permit *permit = od_task_data(((struct desk *)self)->host, task);

    (void)reason;
    if (permit != NULL)
        permit_end(permit);
}

/* The application was withdrawn. This department cannot be told: what it has stays there. */
static void desk_cancel(void *self, od_task task, const char *reason)
{
    struct desk *desk = self;
    struct permit *permit = od_task_data(desk->host, task);
    enum od_effect effect = permit != NULL && permit->id[0] != '\0' ? OD_EFFECT_DONE : OD_EFFECT_UNKNOWN;

    (void)reason;
    if (od_cancelled(desk->host, task, effect) == OD_OK && permit != NULL)
        permit_end(permit);
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = ONEDOOR_MODULE_ID, .version = ONEDOOR_MODULE_VERSION,
             .open = desk_open, .close = desk_close, .offer = desk_offer, .resume = desk_resume,
             .release = desk_release, .cancel = desk_cancel};
