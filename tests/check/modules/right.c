/* SPDX-License-Identifier: Apache-2.0 */
/* A connector that does everything, rightly; and with -DWRONG=<mistake> one of its mistakes. test_wrong.py says
 * which cases of the suite must catch each, and that no others do.
 *
 *   offer -> asks the applicant | pauses, then submits | looks up (a repeat), then submits -> accepted, checkpoint
 *   accepted -> (timer -> ask)* | event -> opinion */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <onedoor/ext/http.h>
#include <onedoor/ext/kv.h>
#include <onedoor/ext/timer.h>
#include <onedoor/plugin.h>

enum mistake {
    NOTHING, CLOSE, BARE, RECONFIGURE, SILENT, TWICE, NO_REASON, SLOW, UNDECLARED, STRANGE, KEY, INPUT, PAUSE, JUMP,
    NO_LOOKUP, REDELIVERED, IN_HAND, EVENT_BLIND, RESUME_SUBMITS, CHECKPOINT, RESUME_PAUSED, RESUME_WAITING, OFTEN,
    CANCEL, CANCEL_NONE, FORGETFUL, OPINE_500, OPINE_503, OPINE_GARBAGE, OPINE_EMPTY, OPINE_REFUSED,
    OPINE_TIMEOUT, OPINE_CUT, EFFECT_NONE, EFFECT_DONE, MARK_FIRST, DRAIN, DRAIN_DEAF, LEAK, DESCRIPTORS,
    THREADS, SOCKET, ODD_FORM, ODD_EVENT, WRONG_THREAD,
};
#define IS(mistake) (WRONG == (mistake))
#define HOUR_MS (3600 * 1000)

struct desk {
    const struct od_host *host;
    const struct od_timer *timers;
    const struct od_http *http;
    const struct od_kv *kv;
    char base_url[1024];
    int64_t opened_ms;
    unsigned offers;
    int is_deaf;
};

struct permit {
    struct desk *desk;
    od_task task; /* 0 = it left while a request was under way */
    int is_asking, has_timer;
    char key[128], id[OD_EXTERNAL_REF_MAX + 1];
    unsigned resumes;
    char *form;
};

static void submit(struct permit *permit);
static void ask(void *self, od_task task, void *arg);

static void on_nothing(void *self, const struct od_http_response *response, void *arg)
{
    (void)self, (void)response, (void)arg;
}

static void get(struct desk *desk, const char *url)
{
    struct od_http_request request = {.size = OD_HTTP_REQUEST_INIT, .method = "GET", .url = url};

    if (od_http_send(desk->http, &request, on_nothing, NULL) != OD_OK)
        abort();
}

static void *sleep_for_ever(void *arg)
{
    for (;;)
        pause();
    return arg;
}

static void *call_from_elsewhere(void *arg)
{
    const struct desk *desk = arg;
    od_task task = od_task_next(desk->host, 0);

    (void)task; /* called from another thread than the plugin's: that is the mistake */
    return NULL;
}

static int desk_open(const struct od_host *host, void **self)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    const char *url = "https://department.test/v1";
    int64_t every_ms;
    pthread_t thread;

    if (desk == NULL)
        return OD_ENOMEM;
    desk->host = host;
    desk->timers = od_extension(host, OD_TIMER_1);
    desk->http = od_extension(host, OD_HTTP_1);
    desk->kv = od_extension(host, OD_KV_1);
    desk->opened_ms = od_now_ms(host);
    int rc = od_config_text(host, "base_url", &url);
    if ((rc != OD_OK && rc != OD_ENOTFOUND) || desk->http == NULL || desk->kv == NULL)
        return OD_EINVAL;
    if (IS(BARE) && od_config_i64(host, "every_ms", &every_ms) != OD_OK)
        return OD_EINVAL;
    snprintf(desk->base_url, sizeof(desk->base_url), "%s", url);
    if (IS(UNDECLARED))
        get(desk, "https://elsewhere.test/v1/permits");
    if (IS(SOCKET) && socket(AF_INET, SOCK_STREAM, 0) >= 0)
        abort();
    if (IS(WRONG_THREAD) && (pthread_create(&thread, NULL, call_from_elsewhere, desk) != 0 || pthread_join(thread, NULL) != 0))
        abort();
    *self = desk;
    return OD_OK;
}

static void permit_free(struct permit *permit)
{
    if (!IS(LEAK))
        free(permit->form);
    free(permit);
}

static void permit_end(struct permit *permit)
{
    int rc = od_task_set(permit->desk->host, permit->task, NULL);

    (void)rc;
    permit->task = 0;
    if (!permit->is_asking && !permit->has_timer)
        permit_free(permit);
}

static void desk_close(void *self)
{
    struct desk *desk = self;

    for (od_task task = od_task_next(desk->host, 0); task != 0; task = od_task_next(desk->host, task)) {
        struct permit *permit = od_task_data(desk->host, task);

        if (permit != NULL)
            permit_free(permit);
    }
    if (IS(CLOSE) && desk->offers == 0)
        abort();
    free(desk);
}

static void give_up(struct permit *permit, uint32_t effect, int64_t retry_after_ms, const char *code)
{
    struct od_failure failure = {.size = OD_FAILURE_INIT, .effect = effect, .retry_after_ms = retry_after_ms, .code = code};

    if (od_report_failure(permit->desk->host, permit->task, &failure) == OD_OK)
        permit_end(permit);
}

/* What a connector must never do: a dead link for an opinion. */
static int opines_of_fault(const struct od_http_response *response)
{
    int is_json = response->body_size > 0 && response->body[0] == '{';

    return (IS(OPINE_500) && response->status == 500) || (IS(OPINE_503) && response->status == 503) ||
           (IS(OPINE_GARBAGE) && response->status >= 200 && response->status < 300 && response->body_size > 0 && !is_json) ||
           (IS(OPINE_EMPTY) && response->status >= 200 && response->status < 300 && response->body_size == 0) ||
           (IS(OPINE_REFUSED) && response->error == OD_EPEER && response->effect == OD_EFFECT_NONE) ||
           (IS(OPINE_TIMEOUT) && response->error == OD_ETIMEOUT) ||
           (IS(OPINE_CUT) && response->error == OD_EPEER && response->effect == OD_EFFECT_UNKNOWN);
}

/* 1 = the task has ended. */
static int opine(struct permit *permit, const char *json, size_t size)
{
    const struct od_host *host = permit->desk->host;
    const char *status = "";

    if (od_json_text(host, json, size, "status", &status) != OD_OK || strcmp(status, "approved") != 0)
        return 0;
    int rc = IS(NO_REASON) ? od_reject(host, permit->task, NULL) : OD_EINVAL;
    if (rc != OD_OK)
        rc = od_approve(host, permit->task, NULL);
    if (IS(TWICE) && od_approve(host, permit->task, NULL) == OD_OK)
        abort();
    return rc == OD_OK;
}

static void ask_later(struct permit *permit)
{
    struct desk *desk = permit->desk;
    od_task owner = IS(FORGETFUL) ? 0 : permit->task;

    permit->has_timer = IS(FORGETFUL);
    if (od_timer_start(desk->timers, od_now_ms(desk->host) + HOUR_MS, owner, ask, permit, NULL) != OD_OK)
        abort();
}

static void on_asked(void *self, const struct od_http_response *response, void *arg)
{
    struct permit *permit = arg;

    (void)self;
    permit->is_asking = 0;
    if (permit->task == 0) {
        permit_free(permit);
    } else if (opines_of_fault(response)) {
        if (od_reject(permit->desk->host, permit->task, "The department does not answer.") == OD_OK)
            permit_end(permit);
    } else if (response->error == OD_OK && response->status == 200 &&
               opine(permit, response->body, response->body_size)) {
        permit_end(permit);
    } else {
        ask_later(permit);
    }
}

static void ask(void *self, od_task task, void *arg)
{
    struct permit *permit = arg;
    char url[OD_HTTP_URL_MAX];
    struct od_http_request request = {.size = OD_HTTP_REQUEST_INIT, .method = "GET", .url = url};

    (void)self, (void)task;
    permit->has_timer = 0;
    if (permit->task == 0) {
        permit_free(permit);
        return;
    }
    if (permit->desk->is_deaf)
        return;
    snprintf(url, sizeof(url), "%s/permits/%s", permit->desk->base_url, permit->id);
    permit->is_asking = od_http_send(permit->desk->http, &request, on_asked, permit) == OD_OK;
    if (!permit->is_asking)
        ask_later(permit);
}

/* The count of resumes travels with the task. */
static void accepted(struct permit *permit, const char *id)
{
    const struct od_host *host = permit->desk->host;
    unsigned char count = (unsigned char)permit->resumes;

    snprintf(permit->id, sizeof(permit->id), "%s", id);
    if (od_accept(host, permit->task, id) != OD_OK || od_checkpoint(host, permit->task, &count, 1) != OD_OK ||
        od_progress(host, permit->task, 10, "Registered.") != OD_OK)
        abort();
    ask_later(permit);
}

static uint32_t effect_of(const struct od_http_response *response)
{
    if (IS(EFFECT_NONE))
        return OD_EFFECT_NONE;
    if (IS(EFFECT_DONE))
        return OD_EFFECT_DONE;
    return response->error != OD_OK ? response->effect : (uint32_t)OD_EFFECT_UNKNOWN;
}

static void on_submitted(void *self, const struct od_http_response *response, void *arg)
{
    struct permit *permit = arg;
    const char *id = "";

    (void)self;
    permit->is_asking = 0;
    if (permit->task == 0)
        permit_free(permit);
    else if (opines_of_fault(response) && od_reject(permit->desk->host, permit->task, "No answer.") == OD_OK)
        permit_end(permit);
    else if (response->error != OD_OK || response->status != 201 ||
             od_json_text(permit->desk->host, response->body, response->body_size, "id", &id) != OD_OK)
        give_up(permit, effect_of(response), OD_RETRY_BACKOFF, "no_answer");
    else
        accepted(permit, id);
}

static void send_submission(struct permit *permit)
{
    char url[OD_HTTP_URL_MAX];
    struct od_http_header header = {"Idempotency-Key", IS(KEY) ? permit->key + 2 : permit->key, NULL};
    struct od_http_request request = {.size = OD_HTTP_REQUEST_INIT, .method = "POST", .url = url, .headers = &header,
                                      .header_count = 1, .body = permit->form, .body_size = strlen(permit->form)};

    snprintf(url, sizeof(url), "%s/permits", permit->desk->base_url);
    permit->is_asking = 1;
    if (od_http_send(permit->desk->http, &request, on_submitted, permit) == OD_OK)
        return;
    permit->is_asking = 0;
    give_up(permit, OD_EFFECT_NONE, OD_RETRY_BACKOFF, "not_sent");
}

/* The mistake of keeping a mark of one's own before the deed. */
static void on_marked(void *self, int error, const void *value, size_t size, void *arg)
{
    (void)self, (void)error, (void)value, (void)size;
    send_submission(arg);
}

static void on_mark_read(void *self, int error, const void *value, size_t size, void *arg)
{
    struct permit *permit = arg;

    (void)self, (void)value, (void)size;
    if (error == OD_OK)
        return; /* "submitted before": and so it waits for ever */
    if (od_kv_put(permit->desk->kv, permit->key, "1", 1, on_marked, permit) != OD_OK)
        abort();
}

static void submit(struct permit *permit)
{
    if (IS(MARK_FIRST)) {
        if (od_kv_get(permit->desk->kv, permit->key, on_mark_read, permit) != OD_OK)
            abort();
        return;
    }
    send_submission(permit);
}

static void on_looked_up(void *self, const struct od_http_response *response, void *arg)
{
    struct permit *permit = arg;
    const char *id = "";

    (void)self;
    permit->is_asking = 0;
    if (permit->task == 0)
        permit_free(permit);
    else if (opines_of_fault(response) && od_reject(permit->desk->host, permit->task, "No answer.") == OD_OK)
        permit_end(permit);
    else if (response->error == OD_OK && response->status == 404)
        submit(permit);
    else if (response->error == OD_OK && response->status == 200 &&
             od_json_text(permit->desk->host, response->body, response->body_size, "id", &id) == OD_OK)
        accepted(permit, id);
    else
        give_up(permit, OD_EFFECT_UNKNOWN, OD_RETRY_BACKOFF, "no_answer");
}

static void look_up(struct permit *permit)
{
    char url[OD_HTTP_URL_MAX];
    struct od_http_request request = {.size = OD_HTTP_REQUEST_INIT, .method = "GET", .url = url};

    snprintf(url, sizeof(url), "%s/permits?key=%s", permit->desk->base_url, IS(KEY) ? permit->key + 2 : permit->key);
    permit->is_asking = od_http_send(permit->desk->http, &request, on_looked_up, permit) == OD_OK;
    if (!permit->is_asking)
        give_up(permit, OD_EFFECT_UNKNOWN, OD_RETRY_BACKOFF, "not_sent");
}

static struct permit *permit_create(struct desk *desk, const struct od_offer *offer)
{
    struct permit *permit = calloc(1, sizeof(*permit));

    if (permit == NULL)
        return NULL;
    permit->desk = desk;
    permit->task = offer->task;
    permit->form = malloc(offer->form_size + 600);
    snprintf(permit->key, sizeof(permit->key), "%s", offer->idempotency_key);
    snprintf(permit->id, sizeof(permit->id), "%s", offer->external_ref);
    if (permit->form == NULL || od_task_set(desk->host, offer->task, permit) != OD_OK)
        abort();
    memset(permit->form, 'x', offer->form_size + 600);
    memcpy(permit->form, offer->form, offer->form_size);
    permit->form[offer->form_size] = '\0';
    return permit;
}

static void misbehave(struct desk *desk, const struct od_offer *offer, int has_area, int64_t area_m2)
{
    pthread_t thread;

    if (IS(SLOW) && desk->offers == 1)
        nanosleep(&(struct timespec){.tv_nsec = 80000000}, NULL);
    if (IS(STRANGE) && desk->offers == 1) {
        char url[OD_HTTP_URL_MAX];

        snprintf(url, sizeof(url), "%s/other", desk->base_url);
        get(desk, url);
    }
    if (IS(DESCRIPTORS) && dup(2) < 0)
        od_log(desk->host, OD_LOG_DEBUG, 0, "no more descriptors");
    if (IS(THREADS) && desk->offers % 25 == 0 && pthread_create(&thread, NULL, sleep_for_ever, NULL) == 0)
        pthread_detach(thread);
    if ((IS(ODD_FORM) && has_area && area_m2 < 0) || (IS(REDELIVERED) && (offer->flags & OD_OFFER_REDELIVERED) != 0))
        abort();
}

static void on_pause_over(void *self, od_task task, void *arg)
{
    struct permit *permit = arg;
    const struct od_host *host = ((struct desk *)self)->host;

    if (IS(PAUSE))
        return;
    if (od_unpause(host, task) != OD_OK || od_approve(host, task, "Inspected.") != OD_OK)
        abort();
    permit_end(permit);
}

static int inspect(struct permit *permit)
{
    struct desk *desk = permit->desk;

    if (od_pause(desk->host, permit->task, "inspection", 2) != OD_OK ||
        od_timer_start(desk->timers, od_now_ms(desk->host) + 48 * HOUR_MS, permit->task, on_pause_over, permit, NULL) != OD_OK)
        abort();
    return OD_OK;
}

/* Paused already: only the timer is to be set again. */
static int inspect_again(struct permit *permit)
{
    struct desk *desk = permit->desk;

    return od_timer_start(desk->timers, od_now_ms(desk->host) + 48 * HOUR_MS, permit->task, on_pause_over, permit, NULL);
}

static int go_on(struct permit *permit, const struct od_offer *offer)
{
    struct desk *desk = permit->desk;
    int64_t area_m2 = 0;
    int kitchen = 0, has_area = od_form_i64(offer, "area", &area_m2) == OD_OK;

    misbehave(desk, offer, has_area, area_m2);
    if (IS(SILENT) && area_m2 == 77)
        return OD_OK;
    if (!has_area)
        return od_need_input(desk->host, offer->task, "area", NULL);
    if (od_form_bool(offer, "kitchen", &kitchen) == OD_OK && kitchen)
        return inspect(permit);
    if ((offer->flags & OD_OFFER_REDELIVERED) != 0 && !IS(NO_LOOKUP) && !IS(MARK_FIRST))
        look_up(permit);
    else
        submit(permit);
    return OD_OK;
}

static int desk_offer(void *self, const struct od_offer *offer)
{
    struct desk *desk = self;

    desk->offers++;
    return go_on(permit_create(desk, offer), offer);
}

static int desk_resume(void *self, const struct od_offer *offer)
{
    struct desk *desk = self;
    struct permit *permit = permit_create(desk, offer);
    unsigned char count = offer->checkpoint_size > 0 ? *(const unsigned char *)offer->checkpoint : 0;

    permit->resumes = count + 1u;
    if ((IS(CHECKPOINT) && offer->external_ref[0] != '\0' && offer->checkpoint == NULL) || (IS(OFTEN) && count >= 3) ||
        (IS(RESUME_PAUSED) && offer->state == OD_TASK_PAUSED) || (IS(RESUME_WAITING) && offer->state == OD_TASK_WAITING))
        abort();
    if (IS(RESUME_SUBMITS) && permit->id[0] != '\0') {
        send_submission(permit);
        return OD_OK;
    }
    if (offer->state == OD_TASK_WAITING)
        return OD_OK;
    if (offer->state == OD_TASK_PAUSED)
        return inspect_again(permit);
    if (permit->id[0] == '\0')
        return go_on(permit, offer);
    count = (unsigned char)permit->resumes;
    if (od_checkpoint(desk->host, offer->task, &count, 1) != OD_OK)
        abort();
    ask(self, offer->task, permit);
    return OD_OK;
}

static void desk_input(void *self, od_task task, const char *answer, size_t size)
{
    struct desk *desk = self;
    struct permit *permit = od_task_data(desk->host, task);
    int64_t area_m2;

    if (IS(INPUT) || permit == NULL)
        return;
    if (od_json_i64(desk->host, answer, size, "area", &area_m2) == OD_OK && od_approve(desk->host, task, NULL) == OD_OK)
        permit_end(permit);
}

static void desk_event(void *self, od_task task, const char *body, size_t size)
{
    struct permit *permit = od_task_data(((struct desk *)self)->host, task);

    if (permit == NULL || permit->desk->is_deaf)
        return;
    if (IS(ODD_EVENT) && body[0] != '{')
        abort();
    if (IS(EVENT_BLIND) ? od_approve(permit->desk->host, task, NULL) == OD_OK : opine(permit, body, size))
        permit_end(permit);
}

static void desk_release(void *self, od_task task, const char *reason)
{
    struct permit *permit = od_task_data(((struct desk *)self)->host, task);

    if (IS(IN_HAND) && strcmp(reason, "offered again") == 0)
        abort();
    if (permit != NULL && !IS(FORGETFUL))
        permit_end(permit);
}

static void desk_cancel(void *self, od_task task, const char *reason)
{
    struct desk *desk = self;
    struct permit *permit = od_task_data(desk->host, task);
    enum od_effect effect = permit != NULL && permit->id[0] != '\0' ? OD_EFFECT_DONE : OD_EFFECT_UNKNOWN;

    (void)reason;
    if (IS(CANCEL))
        desk->is_deaf = 1;
    if (IS(CANCEL))
        return;
    if (od_cancelled(desk->host, task, IS(CANCEL_NONE) ? OD_EFFECT_NONE : effect) == OD_OK && permit != NULL)
        permit_end(permit);
}

static void desk_drain(void *self)
{
    struct desk *desk = self;

    desk->is_deaf = IS(DRAIN_DEAF);
    if (IS(DRAIN) && od_task_next(desk->host, 0) != 0)
        abort();
}

static void desk_time(void *self, int64_t now_ms)
{
    const struct desk *desk = self;

    if (IS(JUMP) && now_ms - desk->opened_ms > INT64_C(5) * 365 * 24 * HOUR_MS)
        abort();
}

static int desk_reconfigure(void *self)
{
    (void)self;
    if (IS(RECONFIGURE))
        abort();
    return OD_OK;
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "right", .version = "1.0.0", .open = desk_open, .close = desk_close,
             .offer = desk_offer, .resume = desk_resume, .cancel = desk_cancel, .input = desk_input,
             .event = desk_event, .release = desk_release, .drain = desk_drain, .time = desk_time,
             .reconfigure = desk_reconfigure};
