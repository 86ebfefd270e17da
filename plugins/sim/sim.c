/* SPDX-License-Identifier: Apache-2.0 */
/* A department that does what its configuration says: for demonstrations, tests and
 * measurements. The settings are described in manifest.json and README.md.
 *
 *   offer -> (crashes | hangs | asks the applicant | fails | accepts, pauses) -> opines when the time has come
 *
 * Everything follows from form, attempt, clock and configuration, so that a resume
 * after a restart goes on as if nothing had happened. Rules are read where they
 * stand: host->config stays in place, because reconfigure is not offered. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <onedoor/ext/timer.h>
#include <onedoor/plugin.h>

#include "when.h"

#define NAME_SIZE 256

struct sim {
    const struct od_host *host;
    const struct od_timer *timers;
    int64_t delay_ms, pause_ms, fail_times, lose_replies;
    int is_accepting;
    enum od_effect fail_effect;
    struct od_value rules, crash_on, hang_on, need_input_on; /* inside host->config; type NONE = not set */
    char opine_at_field[NAME_SIZE], pause_kind[OD_NAME_MAX + 1];
};

/* A setting that is there must have its type; one that is not keeps its default. */
static bool is_read(int rc)
{
    return rc == OD_OK || rc == OD_ENOTFOUND;
}

static bool copy_name(const struct od_host *host, const char *key, char *name, size_t size)
{
    const char *text = name;
    int rc = od_config_text(host, key, &text);

    if (rc == OD_OK && strlen(text) < size)
        strcpy(name, text);
    return is_read(rc) && strlen(text) < size;
}

static bool read_fail(struct sim *sim)
{
    const struct od_host *host = sim->host;
    const char *effect = "";
    struct od_value fail;

    if (od_config_value(host, "fail", &fail) != OD_OK)
        return true;
    if (od_json_i64(host, fail.json, fail.json_size, "times", &sim->fail_times) != OD_OK ||
        od_json_text(host, fail.json, fail.json_size, "effect", &effect) != OD_OK)
        return false;
    sim->fail_effect = strcmp(effect, "none") == 0 ? OD_EFFECT_NONE : OD_EFFECT_UNKNOWN;
    if (strcmp(effect, "done") == 0)
        sim->fail_effect = OD_EFFECT_DONE;
    return true;
}

static bool read_config(struct sim *sim)
{
    const struct od_host *host = sim->host;

    strcpy(sim->pause_kind, "inspection");
    return is_read(od_config_i64(host, "delay_ms", &sim->delay_ms)) &&
           is_read(od_config_i64(host, "pause_ms", &sim->pause_ms)) &&
           is_read(od_config_i64(host, "lose_replies", &sim->lose_replies)) &&
           is_read(od_config_bool(host, "accept", &sim->is_accepting)) &&
           is_read(od_config_value(host, "rules", &sim->rules)) &&
           is_read(od_config_value(host, "crash_on", &sim->crash_on)) &&
           is_read(od_config_value(host, "hang_on", &sim->hang_on)) &&
           is_read(od_config_value(host, "need_input_on", &sim->need_input_on)) &&
           copy_name(host, "opine_at_field", sim->opine_at_field, sizeof(sim->opine_at_field)) &&
           copy_name(host, "pause_kind", sim->pause_kind, sizeof(sim->pause_kind)) && read_fail(sim);
}

static int sim_open(const struct od_host *host, void **self)
{
    struct sim *sim = calloc(1, sizeof(*sim));

    if (sim == NULL)
        return OD_ENOMEM;
    sim->host = host;
    sim->timers = od_extension(host, OD_TIMER_1);
    if (sim->timers == NULL || !read_config(sim)) {
        od_log(host, OD_LOG_ERROR, 0, "the configuration is not as manifest.json describes it");
        free(sim);
        return OD_EINVAL;
    }
    *self = sim;
    return OD_OK;
}

static bool is_in_order(const struct od_value *a, const char *op, const struct od_value *b)
{
    int order = a->type == OD_VALUE_TEXT ? strcmp(a->text, b->text)
                                         : (a->number > b->number) - (a->number < b->number);

    if (strcmp(op, "!=") == 0)
        return order != 0;
    return (order == 0 && strchr(op, '=') != NULL) || (order > 0 && op[0] == '>') || (order < 0 && op[0] == '<');
}

/* match: {"field", "op", "value"}; "op" is "=" by default; without "value" it fits when the field is missing. */
static bool is_fitting(const struct sim *sim, const struct od_value *match, const struct od_offer *offer)
{
    const char *field, *op = "=";
    struct od_value wanted, value;

    if (match->type != OD_VALUE_OBJECT ||
        od_json_text(sim->host, match->json, match->json_size, "field", &field) != OD_OK ||
        !is_read(od_json_text(sim->host, match->json, match->json_size, "op", &op)))
        return false;
    bool has_value = od_json_member(sim->host, match->json, match->json_size, "value", &wanted) == OD_OK;
    if (od_form_value(offer, field, &value) != OD_OK)
        return !has_value;
    return has_value && value.type == wanted.type && is_in_order(&value, op, &wanted);
}

/* The first rule that fits, or the configuration as a whole: from there its opinion is to be read. */
static const char *find_rule(const struct sim *sim, const struct od_offer *offer)
{
    struct od_value rule;
    size_t offset = 0;

    while (sim->rules.type == OD_VALUE_ARRAY &&
           od_json_next(sim->host, sim->rules.json, sim->rules.json_size, &offset, &rule) == OD_OK) {
        if (is_fitting(sim, &rule, offer))
            return rule.json;
    }
    return sim->host->config;
}

static uint32_t read_texts(const struct sim *sim, const char *rule, size_t size, const char *key, const char **texts)
{
    struct od_value list, item;
    size_t offset = 0;
    uint32_t count = 0;

    if (od_json_member(sim->host, rule, size, key, &list) != OD_OK)
        return 0;
    while (count < OD_REASONS_MAX && od_json_next(sim->host, list.json, list.json_size, &offset, &item) == OD_OK)
        texts[count++] = item.text; /* the host names one that is no text */
    return count;
}

static int opine(const struct sim *sim, od_task task, const char *rule)
{
    static const char *const names[] = {"", "approve", "approve_with_conditions", "reject", "not_applicable"};
    const char *name = "approve", *reasons[OD_REASONS_MAX], *conditions[OD_REASONS_MAX];
    size_t size = sim->host->config_size - (size_t)(rule - sim->host->config);
    struct od_opinion opinion = {.size = OD_OPINION_INIT, .reasons = reasons, .conditions = conditions};

    if (!is_read(od_json_text(sim->host, rule, size, "opinion", &name)))
        return OD_EINVAL;
    for (uint32_t i = OD_APPROVE; i <= OD_NOT_APPLICABLE; i++)
        opinion.opinion = strcmp(name, names[i]) == 0 ? i : opinion.opinion;
    opinion.reason_count = read_texts(sim, rule, size, "reasons", reasons);
    opinion.condition_count = read_texts(sim, rule, size, "conditions", conditions);
    return od_give_opinion(sim->host, task, &opinion);
}

/* A mistake in the configuration must not leave a task without an answer. */
static void settle(const struct sim *sim, od_task task, int rc)
{
    if (rc != OD_OK)
        rc = od_fail(sim->host, task, OD_EFFECT_DONE, "configuration", "the opinion that is configured is refused");
    if (rc != OD_OK)
        od_log(sim->host, OD_LOG_ERROR, task, "neither opinion nor failure could be reported");
}

static void on_opinion_due(void *self, od_task task, void *rule)
{
    settle(self, task, opine(self, task, rule));
}

static void on_pause_over(void *self, od_task task, void *rule)
{
    struct sim *sim = self;
    int rc = od_unpause(sim->host, task);

    if (rc == OD_OK)
        rc = od_timer_start(sim->timers, od_now_ms(sim->host) + sim->delay_ms, task, on_opinion_due, rule, NULL);
    if (rc != OD_OK)
        settle(sim, task, rc);
}

/* When the opinion falls: as the form says for this matter, else after the delay. */
static int64_t opine_at_ms(const struct sim *sim, const struct od_offer *offer)
{
    struct od_value value;
    char name[2 * NAME_SIZE];
    int64_t at_ms = od_now_ms(sim->host) + sim->delay_ms;

    snprintf(name, sizeof(name), "%s:%s", sim->opine_at_field, offer->matter);
    if (sim->opine_at_field[0] == '\0' ||
        (od_form_value(offer, name, &value) != OD_OK && od_form_value(offer, sim->opine_at_field, &value) != OD_OK))
        return at_ms;
    if (value.type == OD_VALUE_NUMBER && value.is_integer)
        return value.integer;
    if (value.type != OD_VALUE_TEXT || when_parse(value.text, &at_ms) != OD_OK)
        od_log(sim->host, OD_LOG_WARNING, offer->task, "opine_at_field holds no time; the delay is used");
    return at_ms;
}

/* Opine now, or when the time has come; a task that was only offered is held meanwhile. */
static int schedule(struct sim *sim, const struct od_offer *offer)
{
    char *rule = (char *)(uintptr_t)find_rule(sim, offer); /* only carried, never written */
    int64_t at_ms = opine_at_ms(sim, offer);

    if (at_ms <= od_now_ms(sim->host))
        return opine(sim, offer->task, rule);
    return od_timer_start(sim->timers, at_ms, offer->task, on_opinion_due, rule, NULL);
}

static int pause_first(struct sim *sim, const struct od_offer *offer, int64_t for_ms)
{
    char *rule = (char *)(uintptr_t)find_rule(sim, offer);

    return od_timer_start(sim->timers, od_now_ms(sim->host) + for_ms, offer->task, on_pause_over, rule, NULL);
}

static void misbehave(const struct sim *sim, const struct od_offer *offer)
{
    if (is_fitting(sim, &sim->crash_on, offer))
        abort();
    while (is_fitting(sim, &sim->hang_on, offer))
        pause();
}

static int fail(struct sim *sim, const struct od_offer *offer, const char *ref)
{
    bool is_lost = offer->attempt > sim->fail_times; /* the department has it, its reply did not arrive */
    enum od_effect effect = is_lost ? OD_EFFECT_UNKNOWN : sim->fail_effect;
    struct od_failure failure = {.size = OD_FAILURE_INIT, .retry_after_ms = OD_RETRY_BACKOFF, .effect = effect,
                                 .external_ref = effect == OD_EFFECT_DONE ? ref : NULL,
                                 .code = is_lost ? "reply_lost" : "configured", .detail = "as configured"};

    return od_report_failure(sim->host, offer->task, &failure);
}

static int ask(struct sim *sim, const struct od_offer *offer)
{
    const char *field = "";
    int rc = od_json_text(sim->host, sim->need_input_on.json, sim->need_input_on.json_size, "field", &field);

    return rc == OD_OK ? od_need_input(sim->host, offer->task, field, "as configured") : rc;
}

static int sim_offer(void *self, const struct od_offer *offer)
{
    struct sim *sim = self;
    char ref[OD_EXTERNAL_REF_MAX + 1];

    misbehave(sim, offer);
    snprintf(ref, sizeof(ref), "SIM-%s", offer->task_number);
    if (offer->attempt <= sim->fail_times + sim->lose_replies)
        return fail(sim, offer, ref);
    if (is_fitting(sim, &sim->need_input_on, offer))
        return ask(sim, offer);
    int rc = sim->is_accepting || sim->pause_ms > 0 ? od_accept(sim->host, offer->task, ref) : OD_OK;
    if (rc == OD_OK && sim->pause_ms > 0) {
        rc = od_pause(sim->host, offer->task, sim->pause_kind, 1);
        return rc == OD_OK ? pause_first(sim, offer, sim->pause_ms) : rc;
    }
    return rc == OD_OK ? schedule(sim, offer) : rc;
}

static int sim_resume(void *self, const struct od_offer *offer)
{
    struct sim *sim = self;

    misbehave(sim, offer);
    if (offer->state == OD_TASK_PAUSED)
        return pause_first(sim, offer, sim->pause_ms);
    if (is_fitting(sim, &sim->need_input_on, offer))
        return offer->state == OD_TASK_WAITING ? OD_OK : ask(sim, offer);
    return schedule(sim, offer);
}

/* What is held without an accept was not attempted. */
static void sim_drain(void *self)
{
    const struct od_host *host = ((struct sim *)self)->host;

    for (od_task task = od_task_next(host, 0); task != 0; task = od_task_next(host, task)) {
        if (od_task_state_of(host, task) == OD_TASK_OFFERED && od_give_back(host, task) != OD_OK)
            od_log(host, OD_LOG_ERROR, task, "could not give it back");
    }
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "sim", .version = "1.0.0", .open = sim_open, .close = free,
             .offer = sim_offer, .resume = sim_resume, .drain = sim_drain};
