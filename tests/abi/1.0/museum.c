/* SPDX-License-Identifier: Apache-2.0 */
/* A module as an author wrote it on the day ABI 1.0 was released: every callback and
 * every host call once. It is compiled against the headers beside it, never against
 * newer ones, and has to load and work in every later host of this major. The form's
 * field "case" says what to do; without one it is a desk check of the area. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onedoor/ext/http.h>
#include <onedoor/ext/kv.h>
#include <onedoor/ext/material.h>
#include <onedoor/ext/metric.h>
#include <onedoor/ext/secret.h>
#include <onedoor/ext/timer.h>
#include <onedoor/plugin.h>

struct museum {
    const struct od_host *host;
    const struct od_timer *timers;
    int64_t max_area_m2;
    char note[64];
    od_task stored; /* the task that waits for od.kv/1, or for work */
    unsigned worked;
};

static int read_config(struct museum *museum)
{
    const char *note = "none";
    int rc = od_config_i64(museum->host, "max_area_m2", &museum->max_area_m2);

    if (rc == OD_OK || rc == OD_ENOTFOUND)
        rc = od_config_text(museum->host, "note", &note);
    snprintf(museum->note, sizeof(museum->note), "%s", note);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

static int museum_open(const struct od_host *host, void **self)
{
    struct museum *museum = calloc(1, sizeof(*museum));

    if (museum == NULL)
        return OD_ENOMEM;
    museum->host = host;
    museum->timers = od_extension(host, OD_TIMER_1);
    museum->max_area_m2 = 300;
    *self = museum;
    return read_config(museum);
}

static int tell(const struct museum *museum, od_task task, const char *reason)
{
    return od_approve(museum->host, task, reason);
}

static int on_desk(struct museum *museum, const struct od_offer *offer)
{
    int64_t area_m2;

    if (od_form_i64(offer, "premises_area_m2", &area_m2) != OD_OK)
        return od_need_input(museum->host, offer->task, "premises_area_m2", "How large are the premises, in m2?");
    if (area_m2 > museum->max_area_m2)
        return od_reject(museum->host, offer->task, "The premises are larger than a desk check allows.");
    return od_approve(museum->host, offer->task, NULL);
}

/* Everything that an offer carries. */
static int on_echo(struct museum *museum, const struct od_offer *offer)
{
    char text[2048];

    snprintf(text, sizeof(text), "%s|%s|%s|%s|%s|%s|%u|%u|%s|%s|%s|%s|%zu|%u|%s|%zu|%s|%s|%s", offer->application,
             offer->task_number, offer->idempotency_key, offer->matter, offer->department, offer->service,
             offer->attempt, offer->flags, offer->received_at, offer->promised_date, offer->statutory_date,
             offer->external_ref, offer->checkpoint_size, offer->state, offer->form, offer->form_size,
             OD_HAS(offer, applicant_size) ? offer->applicant : "old", OD_HAS(offer, materials_size) ? offer->materials : "old",
             museum->note);
    return tell(museum, offer->task, text);
}

static int on_conditions(struct museum *museum, const struct od_offer *offer)
{
    static const char *const conditions[] = {"Two extinguishers.", "A second exit."};

    return od_approve_with_conditions(museum->host, offer->task, conditions, 2);
}

static int on_full(struct museum *museum, const struct od_offer *offer)
{
    static const char *const reasons[] = {"A plan is missing.", "The stairs are too narrow."};
    struct od_opinion opinion = {.size = OD_OPINION_INIT, .opinion = OD_REJECT, .reason_count = 2, .reasons = reasons,
                                 .document_no = "F-2026-17", .external_ref = "R-17"};

    return od_give_opinion(museum->host, offer->task, &opinion);
}

static int on_not_applicable(struct museum *museum, const struct od_offer *offer)
{
    return od_not_applicable(museum->host, offer->task, "No kitchen.");
}

static int on_fail(struct museum *museum, const struct od_offer *offer)
{
    struct od_failure failure = {.size = OD_FAILURE_INIT, .effect = OD_EFFECT_UNKNOWN, .retry_after_ms = 1500,
                                 .code = "no_line", .detail = "The line is dead.", .external_ref = "R-18"};

    return od_report_failure(museum->host, offer->task, &failure);
}

static int on_give_back(struct museum *museum, const struct od_offer *offer)
{
    return od_give_back(museum->host, offer->task);
}

static int on_busy(struct museum *museum, const struct od_offer *offer)
{
    (void)museum;
    (void)offer;
    return OD_EBUSY;
}

/* accept, answered, checkpoint, pause, unpause, progress: the opinion follows in answered. */
static int on_accept(struct museum *museum, const struct od_offer *offer)
{
    int rc = od_accept(museum->host, offer->task, "R-1");

    if (rc == OD_OK)
        rc = od_task_set(museum->host, offer->task, museum);
    if (rc == OD_OK)
        rc = od_checkpoint(museum->host, offer->task, "abcd", 4);
    if (rc == OD_OK)
        rc = od_pause(museum->host, offer->task, "inspection", 3);
    if (rc == OD_OK)
        rc = od_unpause(museum->host, offer->task);
    return rc == OD_OK ? od_progress(museum->host, offer->task, 40, "Half way.") : rc;
}

static void on_due(void *self, od_task task, void *arg)
{
    const struct museum *museum = self;
    int rc = tell(museum, task, arg);

    if (rc != OD_OK)
        od_log(museum->host, OD_LOG_ERROR, task, "the timer's opinion was not taken");
}

static int on_timer(struct museum *museum, const struct od_offer *offer)
{
    static char reason[] = "The timer ran.";
    uint64_t timer = 0, cancelled = 0;
    int64_t now_ms = od_now_ms(museum->host);
    int rc = od_timer_start(museum->timers, now_ms, offer->task, on_due, reason, &timer);

    if (rc == OD_OK)
        rc = od_timer_start(museum->timers, now_ms + 3600000, 0, on_due, NULL, &cancelled);
    return rc == OD_OK ? od_timer_cancel(museum->timers, cancelled) : rc;
}

static void on_work(void *arg)
{
    struct museum *museum = arg;

    museum->worked++;
}

static void on_posted(void *arg)
{
    const struct museum *museum = arg;
    int rc = tell(museum, museum->stored, museum->worked == 1 ? "Worked and posted." : "Not worked.");

    if (rc != OD_OK)
        od_log(museum->host, OD_LOG_ERROR, 0, "the posted opinion was not taken");
}

static void on_worked(void *arg)
{
    struct museum *museum = arg;
    int rc = od_post(museum->host, on_posted, museum);

    if (rc != OD_OK)
        od_log(museum->host, OD_LOG_ERROR, 0, "post was refused");
}

static int on_threads(struct museum *museum, const struct od_offer *offer)
{
    museum->stored = offer->task;
    return od_work(museum->host, on_work, on_worked, museum);
}

/* The walk over members and elements, and every type of a value. */
static int on_values(struct museum *museum, const struct od_offer *offer)
{
    struct od_value value, element;
    char text[256] = "";
    size_t offset = 0, inner = 0, used = 0;

    while (od_json_next(museum->host, offer->form, offer->form_size, &offset, &value) == OD_OK && used < sizeof(text) - 40)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s:%u:%lld;", value.key, value.type,
                                 value.is_integer ? (long long)value.integer : -1LL);
    if (od_form_value(offer, "list", &value) == OD_OK)
        while (od_json_next(museum->host, value.json, value.json_size, &inner, &element) == OD_OK && used < sizeof(text) - 40)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%g,", element.number);
    return tell(museum, offer->task, text);
}

static int on_readers(struct museum *museum, const struct od_offer *offer)
{
    const char *word = "";
    double number = 0;
    int truth = 0, rc = od_form_text(offer, "word", &word);
    char text[128];

    if (rc == OD_OK)
        rc = od_form_number(offer, "number", &number);
    if (rc == OD_OK)
        rc = od_form_bool(offer, "truth", &truth);
    snprintf(text, sizeof(text), "%d %s %g %d", rc, word, number, truth);
    return tell(museum, offer->task, text);
}

static void on_stored(void *self, int error, const void *value, size_t size, void *arg)
{
    const struct museum *museum = self;
    char text[64];

    (void)arg;
    snprintf(text, sizeof(text), "kv %d %.*s", error, (int)size, value != NULL ? (const char *)value : "");
    if (tell(museum, museum->stored, text) != OD_OK)
        od_log(museum->host, OD_LOG_ERROR, 0, "the stored opinion was not taken");
}

/* What is not granted is NULL; what is granted works. */
static int on_store(struct museum *museum, const struct od_offer *offer)
{
    const struct od_kv *kv = od_extension(museum->host, OD_KV_1);

    museum->stored = offer->task;
    if (kv == NULL)
        return tell(museum, offer->task, "no kv");
    int rc = od_kv_put(kv, "last", offer->application, strlen(offer->application), NULL, NULL);
    return rc == OD_OK ? od_kv_get(kv, "last", on_stored, NULL) : rc;
}

static int on_metric(struct museum *museum, const struct od_offer *offer)
{
    const struct od_metric *metrics = od_extension(museum->host, OD_METRIC_1);
    int rc = metrics != NULL ? od_metric_put(metrics, "queue_length", 7) : OD_EUNSUPPORTED;

    od_log(museum->host, OD_LOG_INFO, offer->task, "a line of the museum");
    return rc == OD_OK ? tell(museum, offer->task, "measured") : rc;
}

static int on_credits(struct museum *museum, const struct od_offer *offer)
{
    unsigned count = 0;
    char text[64];
    int rc = od_set_credits(museum->host, 9);

    for (od_task task = od_task_next(museum->host, 0); task != 0; task = od_task_next(museum->host, task))
        count++;
    snprintf(text, sizeof(text), "%d %u %u", rc, count, (unsigned)od_task_state_of(museum->host, offer->task));
    return tell(museum, offer->task, text);
}

/* Keep it: cancel, event, drain or release comes. */
static int on_hold(struct museum *museum, const struct od_offer *offer)
{
    return od_accept(museum->host, offer->task, "R-2");
}

static const struct {
    const char *name;
    int (*run)(struct museum *museum, const struct od_offer *offer);
} cases[] = {
    {"echo", on_echo},           {"conditions", on_conditions}, {"full", on_full},
    {"fail", on_fail},           {"give_back", on_give_back},   {"busy", on_busy},
    {"accept", on_accept},       {"timer", on_timer},           {"threads", on_threads},
    {"values", on_values},       {"readers", on_readers},       {"store", on_store},
    {"metric", on_metric},       {"credits", on_credits},       {"hold", on_hold},
    {"not_applicable", on_not_applicable},
};

static int museum_offer(void *self, const struct od_offer *offer)
{
    const char *name = NULL;

    if (od_form_text(offer, "case", &name) != OD_OK)
        return on_desk(self, offer);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (strcmp(name, cases[i].name) == 0)
            return cases[i].run(self, offer);
    }
    return OD_EINVAL;
}

static int museum_resume(void *self, const struct od_offer *offer)
{
    const struct museum *museum = self;
    char text[128];

    snprintf(text, sizeof(text), "resumed %s %.*s %u", offer->external_ref, (int)offer->checkpoint_size,
             offer->checkpoint != NULL ? (const char *)offer->checkpoint : "", offer->flags);
    return tell(museum, offer->task, text);
}

static void museum_cancel(void *self, od_task task, const char *reason)
{
    const struct museum *museum = self;

    (void)reason;
    if (od_cancelled(museum->host, task, OD_EFFECT_NONE) != OD_OK)
        od_log(museum->host, OD_LOG_ERROR, task, "the cancel was not confirmed");
}

static void say(const struct museum *museum, od_task task, const char *what, const char *text, size_t size)
{
    char line[256];

    snprintf(line, sizeof(line), "%s %.*s", what, (int)(size < 200 ? size : 200), text);
    od_log(museum->host, OD_LOG_INFO, task, line);
}

static void museum_input(void *self, od_task task, const char *answer, size_t size)
{
    const struct museum *museum = self;
    int64_t area_m2 = 0;
    int rc = od_json_i64(museum->host, answer, size, "premises_area_m2", &area_m2);

    if (rc == OD_OK)
        rc = tell(museum, task, area_m2 == 120 ? "Asked and answered." : "Answered otherwise.");
    if (rc != OD_OK)
        say(museum, task, "input is not understood", answer, size);
}

static void museum_event(void *self, od_task task, const char *body, size_t size)
{
    say(self, task, "event", body, size);
    if (tell(self, task, "The department called back.") != OD_OK)
        say(self, task, "event was not taken", body, size);
}

static void museum_release(void *self, od_task task, const char *reason)
{
    (void)task;
    say(self, 0, "released", reason, strlen(reason));
}

static void museum_answered(void *self, const struct od_answer *answer)
{
    const struct museum *museum = self;

    if (answer->report != OD_REPORT_ACCEPT || answer->error != OD_OK || answer->data != museum)
        return;
    if (od_task_data(museum->host, answer->task) != museum || tell(museum, answer->task, "Accepted, then approved.") != OD_OK)
        od_log(museum->host, OD_LOG_ERROR, 0, "the late opinion was not taken");
}

static int museum_reconfigure(void *self)
{
    return read_config(self);
}

static void museum_health(void *self, struct od_health *health)
{
    const struct museum *museum = self;

    health->status = museum->worked > 0 ? OD_HEALTH_DEGRADED : OD_HEALTH_OK;
    snprintf(health->note, sizeof(health->note), "worked %u", museum->worked);
}

static void museum_drain(void *self)
{
    say(self, 0, "draining", "", 0);
}

static void museum_time(void *self, int64_t now_ms)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)now_ms);
    say(self, 0, "time", text, strlen(text));
}

static const void *museum_extension(void *self, const char *id)
{
    (void)self;
    (void)id;
    return NULL;
}

OD_PLUGIN = {
    OD_PLUGIN_INIT, .id = "museum", .version = "1.0.0",
    .open = museum_open, .close = free, .offer = museum_offer, .resume = museum_resume,
    .cancel = museum_cancel, .input = museum_input, .event = museum_event, .release = museum_release,
    .answered = museum_answered, .reconfigure = museum_reconfigure, .health = museum_health,
    .drain = museum_drain, .time = museum_time, .extension = museum_extension,
};
