/* SPDX-License-Identifier: Apache-2.0 */
/* A module that breaks the contract on request: the form's field "case" says how. The
 * error code that the host gave for it comes back as the reason of an approve: "rc -11". */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <onedoor/ext/metric.h>
#include <onedoor/ext/timer.h>
#include <onedoor/plugin.h>

struct trap {
    const struct od_host *host;
    const struct od_timer *timers;
    od_task held, in_thread;
    int thread_rc;
};

static void say(struct trap *trap, od_task task, const char *what)
{
    od_log(trap->host, OD_LOG_INFO, task, what);
}

static int tell_rc(struct trap *trap, od_task task, int rc)
{
    char text[32];

    snprintf(text, sizeof(text), "rc %d", rc);
    return od_approve(trap->host, task, text);
}

static int on_second_opinion(struct trap *trap, const struct od_offer *offer)
{
    int first = od_approve(trap->host, offer->task, NULL);
    int rc = od_reject(trap->host, offer->task, "no");
    char text[64];

    snprintf(text, sizeof(text), "second %d %d", first, rc);
    say(trap, 0, text);
    return OD_OK;
}

static int on_stale(struct trap *trap, const struct od_offer *offer)
{
    return tell_rc(trap, offer->task, od_approve(trap->host, offer->task + (UINT64_C(1) << 32), NULL));
}

static void *run_thread(void *arg)
{
    struct trap *trap = arg;

    trap->thread_rc = od_approve(trap->host, trap->in_thread, NULL);
    return NULL;
}

static int on_wrong_thread(struct trap *trap, const struct od_offer *offer)
{
    pthread_t thread;

    trap->in_thread = offer->task;
    if (pthread_create(&thread, NULL, run_thread, trap) != 0)
        return OD_EIO;
    pthread_join(thread, NULL);
    return tell_rc(trap, offer->task, trap->thread_rc);
}

static int on_slow(struct trap *trap, const struct od_offer *offer)
{
    struct timespec began, now;

    clock_gettime(CLOCK_MONOTONIC, &began);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000 <= 60);
    return tell_rc(trap, offer->task, OD_OK);
}

static int on_bad_utf8(struct trap *trap, const struct od_offer *offer)
{
    return tell_rc(trap, offer->task, od_approve(trap->host, offer->task, "caf\xe9"));
}

static int give_long(struct trap *trap, od_task task, size_t size)
{
    char text[OD_TEXT_MAX + 2];

    memset(text, 'a', size);
    text[size] = '\0';
    return od_reject(trap->host, task, text);
}

static int on_reason_limit(struct trap *trap, const struct od_offer *offer)
{
    return give_long(trap, offer->task, OD_TEXT_MAX);
}

static int on_reason_over(struct trap *trap, const struct od_offer *offer)
{
    return tell_rc(trap, offer->task, give_long(trap, offer->task, OD_TEXT_MAX + 1));
}

static int give_many(struct trap *trap, od_task task, uint32_t count, const char *text)
{
    const char *reasons[OD_REASONS_MAX + 1];
    struct od_opinion opinion = {.size = OD_OPINION_INIT, .opinion = OD_REJECT, .reasons = reasons, .reason_count = count};

    for (uint32_t i = 0; i < count; i++)
        reasons[i] = text;
    return od_give_opinion(trap->host, task, &opinion);
}

static int on_reasons_limit(struct trap *trap, const struct od_offer *offer)
{
    return give_many(trap, offer->task, OD_REASONS_MAX, "no");
}

static int on_reasons_over(struct trap *trap, const struct od_offer *offer)
{
    return tell_rc(trap, offer->task, give_many(trap, offer->task, OD_REASONS_MAX + 1, "no"));
}

static int on_frame_over(struct trap *trap, const struct od_offer *offer)
{
    char text[OD_TEXT_MAX + 1];

    memset(text, 1, OD_TEXT_MAX); /* six bytes each when escaped */
    text[OD_TEXT_MAX] = '\0';
    return tell_rc(trap, offer->task, give_many(trap, offer->task, OD_REASONS_MAX, text));
}

static int on_reject_without_reason(struct trap *trap, const struct od_offer *offer)
{
    return tell_rc(trap, offer->task, od_reject(trap->host, offer->task, NULL));
}

static int on_empty_reason(struct trap *trap, const struct od_offer *offer)
{
    return tell_rc(trap, offer->task, od_reject(trap->host, offer->task, ""));
}

static int on_no_condition(struct trap *trap, const struct od_offer *offer)
{
    return tell_rc(trap, offer->task, od_approve_with_conditions(trap->host, offer->task, NULL, 0));
}

static int on_no_size(struct trap *trap, const struct od_offer *offer)
{
    struct od_opinion opinion = {.opinion = OD_APPROVE};

    return tell_rc(trap, offer->task, od_give_opinion(trap->host, offer->task, &opinion));
}

static int on_bad_opinion(struct trap *trap, const struct od_offer *offer)
{
    return tell_rc(trap, offer->task, od_opine(trap->host, offer->task, (enum od_opinion_value)5, NULL));
}

static int on_bad_effect(struct trap *trap, const struct od_offer *offer)
{
    return tell_rc(trap, offer->task, od_fail(trap->host, offer->task, (enum od_effect)0, "code", NULL));
}

static int on_accept_conflict(struct trap *trap, const struct od_offer *offer)
{
    int rc = od_accept(trap->host, offer->task, "A");

    if (rc == OD_OK)
        rc = od_accept(trap->host, offer->task, "A"); /* no effect */
    return rc == OD_OK ? tell_rc(trap, offer->task, od_accept(trap->host, offer->task, "B")) : rc;
}

static int on_ref_over(struct trap *trap, const struct od_offer *offer)
{
    char ref[OD_EXTERNAL_REF_MAX + 2];

    memset(ref, 'r', sizeof(ref) - 1);
    ref[OD_EXTERNAL_REF_MAX + 1] = '\0';
    int rc = od_accept(trap->host, offer->task, ref);
    ref[OD_EXTERNAL_REF_MAX] = '\0';
    int fits = od_accept(trap->host, offer->task, ref);
    return fits == OD_OK ? tell_rc(trap, offer->task, rc) : fits;
}

static int on_give_back_accepted(struct trap *trap, const struct od_offer *offer)
{
    int rc = od_accept(trap->host, offer->task, "");

    return rc == OD_OK ? tell_rc(trap, offer->task, od_give_back(trap->host, offer->task)) : rc;
}

static int on_cancelled_uncalled(struct trap *trap, const struct od_offer *offer)
{
    return tell_rc(trap, offer->task, od_cancelled(trap->host, offer->task, OD_EFFECT_NONE));
}

static int on_unpause_unpaused(struct trap *trap, const struct od_offer *offer)
{
    return tell_rc(trap, offer->task, od_unpause(trap->host, offer->task));
}

static int on_percent_over(struct trap *trap, const struct od_offer *offer)
{
    int rc = od_progress(trap->host, offer->task, 100, "nearly");

    return rc == OD_OK ? tell_rc(trap, offer->task, od_progress(trap->host, offer->task, 101, NULL)) : rc;
}

static int on_checkpoint_over(struct trap *trap, const struct od_offer *offer)
{
    static const char bytes[OD_CHECKPOINT_MAX + 1];
    int rc = od_checkpoint(trap->host, offer->task, bytes, OD_CHECKPOINT_MAX);

    return rc == OD_OK ? tell_rc(trap, offer->task, od_checkpoint(trap->host, offer->task, bytes, OD_CHECKPOINT_MAX + 1))
                       : rc;
}

static int on_error_return(struct trap *trap, const struct od_offer *offer)
{
    (void)trap;
    (void)offer;
    return OD_EIO;
}

static int on_error_after_accept(struct trap *trap, const struct od_offer *offer)
{
    int rc = od_accept(trap->host, offer->task, "X");

    return rc == OD_OK ? OD_EIO : rc;
}

static int on_busy(struct trap *trap, const struct od_offer *offer)
{
    (void)trap;
    (void)offer;
    return OD_EBUSY;
}

static int on_hold(struct trap *trap, const struct od_offer *offer)
{
    trap->held = offer->task;
    return od_task_set(trap->host, offer->task, trap);
}

static void on_timer(void *self, od_task task, void *arg)
{
    struct trap *trap = self;

    (void)arg;
    if (od_approve(trap->host, task, "timer") != OD_OK)
        say(trap, task, "a timer ran for an ended task");
}

static int on_timer_dies(struct trap *trap, const struct od_offer *offer)
{
    uint64_t timer = 0;
    int rc = od_timer_start(trap->timers, od_now_ms(trap->host), offer->task, on_timer, NULL, &timer);

    if (rc == OD_OK)
        rc = od_approve(trap->host, offer->task, "before the timer");
    return rc == OD_OK && od_timer_cancel(trap->timers, timer) == OD_ESTALE ? OD_OK : OD_EIO;
}

struct job {
    struct trap *trap;
    od_task task;
    int rc;
};

static void on_work(void *arg)
{
    struct job *job = arg;

    od_log(job->trap->host, OD_LOG_INFO, 0, "working elsewhere");
    job->rc = od_approve(job->trap->host, job->task, NULL); /* not allowed here */
}

static void on_done(void *arg)
{
    struct job *job = arg;

    if (tell_rc(job->trap, job->task, job->rc) != OD_OK)
        say(job->trap, job->task, "not told");
    free(job);
}

static int on_use_work(struct trap *trap, const struct od_offer *offer)
{
    struct job *job = calloc(1, sizeof(*job));

    if (job == NULL)
        return OD_ENOMEM;
    *job = (struct job){trap, offer->task, 0};
    return od_work(trap->host, on_work, on_done, job);
}

static int on_use_post(struct trap *trap, const struct od_offer *offer)
{
    struct job *job = calloc(1, sizeof(*job));

    if (job == NULL)
        return OD_ENOMEM;
    *job = (struct job){trap, offer->task, 7};
    return od_post(trap->host, on_done, job);
}

static int on_metric(struct trap *trap, const struct od_offer *offer)
{
    const struct od_metric *metrics = od_extension(trap->host, OD_METRIC_1);
    int rc = metrics != NULL ? od_metric_put(metrics, "login_ms", 12) : OD_EUNSUPPORTED;

    if (rc != OD_OK || od_extension(trap->host, "od.metric/9") != NULL)
        return OD_EIO;
    return tell_rc(trap, offer->task, od_metric_put(metrics, "", 1));
}

static int on_need_input(struct trap *trap, const struct od_offer *offer)
{
    return od_need_input(trap->host, offer->task, "area", "how large?");
}

static int on_flood(struct trap *trap, const struct od_offer *offer)
{
    for (int i = 0; i < 1000; i++)
        od_log(trap->host, OD_LOG_INFO, 0, "flood");
    return tell_rc(trap, offer->task, OD_OK);
}

static int on_long_log(struct trap *trap, const struct od_offer *offer)
{
    static char text[OD_TEXT_MAX + 64];

    memset(text, 'x', sizeof(text) - 1);
    memcpy(text + OD_TEXT_MAX - 1, "\xc3\xa4", 2); /* the cut falls into a character */
    od_log(trap->host, OD_LOG_INFO, 0, text);
    od_log(trap->host, OD_LOG_INFO, 0, "\xff");
    return tell_rc(trap, offer->task, OD_OK);
}

/* What the offer holds, in one line. */
static int on_echo(struct trap *trap, const struct od_offer *offer)
{
    char text[1024];

    snprintf(text, sizeof(text), "%s|%s|%s|%s|%s|%s|%u|%u|%s|%s|%s|%s|%.*s|%u|%s", offer->application, offer->task_number,
             offer->idempotency_key, offer->matter, offer->department, offer->service, offer->attempt, offer->flags,
             offer->received_at, offer->promised_date, offer->statutory_date, offer->external_ref,
             (int)offer->checkpoint_size, offer->checkpoint != NULL ? (const char *)offer->checkpoint : "", offer->state,
             offer->form);
    return od_approve(trap->host, offer->task, text);
}

/* Reads members of every type; the reason counts what was right. */
static int on_read(struct trap *trap, const struct od_offer *offer)
{
    struct od_value list, item;
    int64_t integer = -1;
    double number = -1;
    const char *text = "unchanged";
    int is_true = 0, right = 0;
    size_t offset = 0;

    right += od_form_i64(offer, "i", &integer) == OD_OK && integer == INT64_MIN;
    right += od_form_i64(offer, "d", &integer) == OD_EINVAL && integer == INT64_MIN; /* unchanged */
    right += od_form_number(offer, "d", &number) == OD_OK && number > 1.49 && number < 1.51;
    right += od_form_bool(offer, "b", &is_true) == OD_OK && is_true == 1;
    right += od_form_text(offer, "none", &text) == OD_ENOTFOUND && strcmp(text, "unchanged") == 0;
    right += od_form_text(offer, "t", &text) == OD_OK && strcmp(text, "a\"\xc3\xa4\xf0\x9f\x98\x80\n") == 0;
    right += od_form_value(offer, "l", &list) == OD_OK && list.type == OD_VALUE_ARRAY;
    while (od_json_next(trap->host, list.json, list.json_size, &offset, &item) == OD_OK)
        right += item.type == OD_VALUE_NUMBER || item.type == OD_VALUE_OBJECT;
    right += od_json_i64(trap->host, item.json, item.json_size, "k", &integer) == OD_OK && integer == 1000;
    right += strlen(offer->form) == offer->form_size;
    return tell_rc(trap, offer->task, right);
}

static const struct {
    const char *name;
    int (*run)(struct trap *trap, const struct od_offer *offer);
} cases[] = {
    {"second_opinion", on_second_opinion}, {"stale", on_stale}, {"wrong_thread", on_wrong_thread},
    {"slow", on_slow}, {"bad_utf8", on_bad_utf8}, {"reason_limit", on_reason_limit},
    {"reason_over", on_reason_over}, {"reasons_limit", on_reasons_limit}, {"reasons_over", on_reasons_over},
    {"frame_over", on_frame_over}, {"reject_without_reason", on_reject_without_reason},
    {"empty_reason", on_empty_reason}, {"no_condition", on_no_condition}, {"no_size", on_no_size},
    {"bad_opinion", on_bad_opinion}, {"bad_effect", on_bad_effect}, {"accept_conflict", on_accept_conflict},
    {"ref_over", on_ref_over}, {"give_back_accepted", on_give_back_accepted},
    {"cancelled_uncalled", on_cancelled_uncalled}, {"unpause_unpaused", on_unpause_unpaused},
    {"percent_over", on_percent_over}, {"checkpoint_over", on_checkpoint_over}, {"error_return", on_error_return},
    {"error_after_accept", on_error_after_accept}, {"busy", on_busy}, {"hold", on_hold},
    {"timer_dies", on_timer_dies}, {"work", on_use_work}, {"post", on_use_post}, {"metric", on_metric},
    {"need_input", on_need_input}, {"flood", on_flood}, {"long_log", on_long_log}, {"echo", on_echo},
    {"read", on_read},
};

static int trap_offer(void *self, const struct od_offer *offer)
{
    const char *name = "";

    if (od_form_text(offer, "case", &name) != OD_OK)
        return on_echo(self, offer);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (strcmp(cases[i].name, name) == 0)
            return cases[i].run(self, offer);
    }
    return OD_EINVAL;
}

static int trap_open(const struct od_host *host, void **self)
{
    struct trap *trap = calloc(1, sizeof(*trap));

    if (trap == NULL)
        return OD_ENOMEM;
    trap->host = host;
    trap->timers = od_extension(host, OD_TIMER_1);
    *self = trap;
    printf("what a module prints on stdout goes nowhere\n");
    return OD_OK;
}

static void trap_cancel(void *self, od_task task, const char *reason)
{
    struct trap *trap = self;

    say(trap, task, reason);
    if (od_task_data(trap->host, task) != trap || od_task_state_of(trap->host, task) != OD_TASK_CANCELLING ||
        od_cancelled(trap->host, task, OD_EFFECT_NONE) != OD_OK)
        say(trap, task, "cancel went wrong");
}

static void trap_input(void *self, od_task task, const char *answer, size_t size)
{
    struct trap *trap = self;

    if (strlen(answer) != size || od_approve(trap->host, task, answer) != OD_OK)
        say(trap, task, "input went wrong");
}

static void trap_event(void *self, od_task task, const char *body, size_t size)
{
    struct trap *trap = self;

    if (strlen(body) != size || od_approve(trap->host, task, body) != OD_OK)
        say(trap, task, "event went wrong");
}

static void trap_release(void *self, od_task task, const char *reason)
{
    char text[128];

    snprintf(text, sizeof(text), "released: %s", reason);
    say(self, task, text);
}

static void trap_answered(void *self, const struct od_answer *answer)
{
    struct trap *trap = self;
    char text[256];

    if (answer->error == OD_OK)
        return;
    snprintf(text, sizeof(text), "answered: report %u error %d: %s", answer->report, answer->error, answer->reason);
    say(trap, answer->task, text);
    if (answer->error == OD_EINVAL && od_task_state_of(trap->host, answer->task) == OD_TASK_OFFERED &&
        od_fail(trap->host, answer->task, OD_EFFECT_NONE, "refused", NULL) != OD_OK)
        say(trap, answer->task, "could not fail it");
}

static int trap_reconfigure(void *self)
{
    struct trap *trap = self;
    int is_fine = 0;

    return od_config_bool(trap->host, "fine", &is_fine) == OD_OK && is_fine ? OD_OK : OD_EINVAL;
}

static void trap_health(void *self, struct od_health *health)
{
    (void)self;
    health->status = OD_HEALTH_DEGRADED;
    strcpy(health->note, "the department is slow");
}

static void trap_time(void *self, int64_t now_ms)
{
    char text[64];

    snprintf(text, sizeof(text), "time %lld", (long long)now_ms);
    say(self, 0, text);
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "trap", .version = "1.0.0", .open = trap_open, .close = free,
             .offer = trap_offer, .cancel = trap_cancel, .input = trap_input, .event = trap_event,
             .release = trap_release, .answered = trap_answered, .reconfigure = trap_reconfigure,
             .health = trap_health, .time = trap_time};
