/* SPDX-License-Identifier: Apache-2.0 */
/* What connectors report of errands. Each report is answered once what it changed is durable.
 *
 * A refusal by the far side (reject) sends it to the next connector; a dead link (fail) is tried again first. */
#include "engine/errand_inside.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 3600000

struct report {
    struct errand_step step; /* first */
    struct engine_department *department;
    uint32_t epoch, index;
    uint64_t token;
    uint8_t item;
    bool was_offered;          /* to this session: its end brings the credit back */
    enum base_answer answer;
    const char *reason;        /* static; with REFUSED */
    struct base_json *body;    /* owned */
    char *payload;             /* owned */
    size_t size;
};

static int refuse(struct report *report, const char *reason)
{
    report->answer = BASE_ANSWER_REFUSED;
    report->reason = reason;
    return OD_EEXIST;
}

static int leave(struct report *report, enum base_answer answer)
{
    report->answer = answer;
    return OD_EEXIST;
}

/* -- What becomes of it -- */

/* 1 s x 2^n, at most an hour, a fifth of jitter either way. */
static int64_t backoff_ms(uint32_t failures)
{
    int64_t delay_ms = failures < 12 ? (int64_t)RETRY_MIN_MS << (failures > 0 ? failures - 1 : 0) : RETRY_MAX_MS;
    uint32_t dice;

    base_random(&dice, sizeof(dice));
    return (delay_ms < RETRY_MAX_MS ? delay_ms : RETRY_MAX_MS) * (80 + dice % 41) / 100;
}

int engine_errand_fail(struct errand_step *step, struct engine_errand *errand, enum errand_fault fault, int64_t retry_ms)
{
    int rc = OD_OK;

    errand->failures += fault == ERRAND_FAULT_AGAIN;
    if (fault == ERRAND_FAULT_AGAIN && errand->failures >= ENGINE_ERRAND_TRIES_MAX)
        fault = ERRAND_FAULT_OVER;
    if (fault == ERRAND_FAULT_OVER && errand->is_redelivered && !errand->kind->may_double) {
        engine_errand_move(step->engine, errand, ENGINE_ERRAND_FAILED); /* in doubt: a person looks it up */
        return OD_OK;
    }
    if (fault == ERRAND_FAULT_OVER) {
        rc = engine_errand_tried_add(errand, errand->connector);
        errand->failures = 0;
        errand->is_redelivered = false;
        errand->external_ref = "";
        errand->checkpoint = NULL;
    }
    errand->epoch = 0;
    engine_errand_move(step->engine, errand, rc == OD_ELIMIT ? ENGINE_ERRAND_FAILED : ENGINE_ERRAND_WAITING);
    if (fault == ERRAND_FAULT_AGAIN)
        engine_errand_rest(step, retry_ms >= 0 ? retry_ms : backoff_ms(errand->failures));
    return rc == OD_ELIMIT ? OD_OK : rc;
}

static int set_note(struct engine_errand *errand, const struct report *report)
{
    struct base_buffer note = {0};

    if (report->size > ENGINE_ERRAND_NOTE_MAX)
        return OD_OK;
    base_buffer_put(&note, report->payload, report->size);
    return engine_errand_text_set(errand, ENGINE_ERRAND_NOTE, &note);
}

static bool set_reference(struct engine_errand *errand, const struct report *report)
{
    const char *reference = base_json_member_text(report->body, "external_ref");

    if (reference != NULL && strlen(reference) > BASE_EXTERNAL_REF_MAX)
        return false;
    if (reference != NULL && *reference != '\0')
        errand->external_ref = reference; /* the body of the report lives as long as the step */
    return true;
}

/* Stored: only append. */
enum late { LATE_ACCEPT = 1, LATE_OPINION = 2, LATE_EFFECT = 4 };

/* Somebody took it, or did it, who could not know yet that it was cancelled. Said again, it is in the journal once. */
static int note_late(struct report *report, struct engine_errand *errand, enum late what)
{
    if ((errand->late & what) != 0)
        return leave(report, BASE_ANSWER_OK);
    if (!set_reference(errand, report))
        return refuse(report, "external_ref is longer than 255 bytes");
    errand->is_late = true;
    errand->late |= what;
    return set_note(errand, report);
}

static int on_accept(struct report *report, struct engine_errand *errand)
{
    if (errand->state == ENGINE_ERRAND_CANCELLED && errand->epoch == report->epoch)
        return note_late(report, errand, LATE_ACCEPT);
    if (errand->state == ENGINE_ERRAND_ACCEPTED && errand->epoch == report->epoch)
        return leave(report, BASE_ANSWER_OK); /* said before */
    if (errand->state != ENGINE_ERRAND_OFFERED || errand->epoch != report->epoch)
        return leave(report, BASE_ANSWER_STALE);
    if (!set_reference(errand, report))
        return refuse(report, "external_ref is longer than 255 bytes");
    engine_errand_move(report->step.engine, errand, ENGINE_ERRAND_ACCEPTED);
    const struct connect_link *link = engine_link_of(report->step.engine, report->department, report->epoch);
    bool may_call = link != NULL && connect_link_manifest(link)->capabilities.has_events && errand->external_ref[0] != '\0';
    return may_call ? engine_errand_reference_put(report->step.engine, errand) : OD_OK;
}

/* It belongs to the far side, not to a process: one from an earlier session counts when its number is the known one. */
static bool may_opine(const struct engine_errand *errand, const struct report *report)
{
    const char *reference = base_json_member_text(report->body, "external_ref");

    if (errand->epoch == report->epoch)
        return true;
    return errand->department == report->department->number && reference != NULL && errand->external_ref[0] != '\0' &&
           strcmp(reference, errand->external_ref) == 0;
}

static int on_opinion(struct report *report, struct engine_errand *errand)
{
    const char *pointer, *zh, *en;
    enum core_opinion opinion;

    if (engine_opinion_check(report->body, &opinion, &pointer, &zh, &en) != OD_OK)
        return refuse(report, en);
    if (errand->state == ENGINE_ERRAND_CANCELLED && may_opine(errand, report))
        return note_late(report, errand, LATE_OPINION);
    if (errand->state == ENGINE_ERRAND_DONE || errand->state == ENGINE_ERRAND_SENT)
        return leave(report, may_opine(errand, report) ? BASE_ANSWER_OK : BASE_ANSWER_STALE);
    if ((errand->state != ENGINE_ERRAND_OFFERED && errand->state != ENGINE_ERRAND_ACCEPTED) || !may_opine(errand, report))
        return leave(report, BASE_ANSWER_STALE);
    if (!set_reference(errand, report))
        return refuse(report, "external_ref is longer than 255 bytes");
    int rc = set_note(errand, report);
    if (rc != OD_OK)
        return rc;
    if (opinion == CORE_OPINION_REJECT)
        return engine_errand_fail(&report->step, errand, ERRAND_FAULT_OVER, 0);
    engine_errand_move(report->step.engine, errand, opinion == CORE_OPINION_NOT_APPLICABLE ? ENGINE_ERRAND_SENT : ENGINE_ERRAND_DONE);
    return OD_OK;
}

/* The far side has it: it is resumed by this session or the next, never offered again. */
static int fail_done(struct report *report, struct engine_errand *errand)
{
    if (errand->state == ENGINE_ERRAND_OFFERED)
        engine_errand_move(report->step.engine, errand, ENGINE_ERRAND_ACCEPTED);
    errand->epoch = 0;
    engine_scan_want(report->department, 0);
    return OD_OK;
}

static int on_fail(struct report *report, struct engine_errand *errand)
{
    const char *effect = base_json_member_text(report->body, "effect");
    bool is_none = effect != NULL && strcmp(effect, "none") == 0;
    const struct connect_link *link = engine_link_of(report->step.engine, report->department, report->epoch);
    int64_t retry_ms = -1;

    if ((errand->state != ENGINE_ERRAND_OFFERED && errand->state != ENGINE_ERRAND_ACCEPTED) || errand->epoch != report->epoch)
        return leave(report, BASE_ANSWER_STALE);
    if (!set_reference(errand, report))
        return refuse(report, "external_ref is longer than 255 bytes");
    if (base_json_i64(base_json_member(report->body, "retry_after_ms"), -2, INT64_MAX / 2, &retry_ms) != OD_OK)
        retry_ms = -1;
    int rc = set_note(errand, report);
    if (rc != OD_OK)
        return rc;
    if (effect != NULL && strcmp(effect, "done") == 0)
        return fail_done(report, errand);
    errand->is_redelivered = errand->is_redelivered || !is_none;
    bool may_repeat = is_none || (link != NULL && connect_link_dedupe(link) != PACKAGE_DEDUPE_NONE);
    return engine_errand_fail(&report->step, errand, retry_ms == -2 || !may_repeat ? ERRAND_FAULT_OVER : ERRAND_FAULT_AGAIN, retry_ms);
}

/* Given back at once is given back again at once: it waits a moment. Nothing is counted. */
static int on_give_back(struct report *report, struct engine_errand *errand)
{
    if (errand->state == ENGINE_ERRAND_ACCEPTED && errand->epoch == report->epoch)
        return refuse(report, "it was accepted: not allowed in its present state");
    if (errand->state != ENGINE_ERRAND_OFFERED || errand->epoch != report->epoch)
        return leave(report, BASE_ANSWER_STALE);
    engine_errand_rest(&report->step, RETRY_MIN_MS);
    return engine_errand_fail(&report->step, errand, ERRAND_FAULT_NONE, 0);
}

static bool is_in_hand(const struct report *report, const struct engine_errand *errand)
{
    return (errand->state == ENGINE_ERRAND_OFFERED || errand->state == ENGINE_ERRAND_ACCEPTED) && errand->epoch == report->epoch;
}

static int on_progress(struct report *report, struct engine_errand *errand)
{
    return is_in_hand(report, errand) ? set_note(errand, report) : leave(report, BASE_ANSWER_STALE);
}

static int on_checkpoint(struct report *report, struct engine_errand *errand)
{
    const char *text = base_json_member_text(report->body, "checkpoint");

    if (text == NULL || strlen(text) % 4 != 0 || strlen(text) > ENGINE_ERRAND_CHECKPOINT_MAX)
        return refuse(report, "the checkpoint of an errand must be base64 of at most 12 KiB");
    if (!is_in_hand(report, errand))
        return leave(report, BASE_ANSWER_STALE);
    errand->checkpoint = text;
    errand->is_checkpoint_set = true;
    return OD_OK;
}

/* What stays with the far side is kept. */
static int on_cancelled(struct report *report, struct engine_errand *errand)
{
    const char *effect = base_json_member_text(report->body, "effect");
    bool stays = errand->state == ENGINE_ERRAND_CANCELLED && errand->epoch == report->epoch && effect != NULL && strcmp(effect, "none") != 0;

    return stays ? note_late(report, errand, LATE_EFFECT) : leave(report, BASE_ANSWER_OK);
}

static int decide(struct errand_step *step, struct engine_errand *errand)
{
    struct report *report = (struct report *)step;

    errand->by = errand->connector;
    report->was_offered = errand->state == ENGINE_ERRAND_OFFERED && errand->epoch == report->epoch;
    switch (report->item) {
    case BASE_ITEM_ACCEPT: return on_accept(report, errand);
    case BASE_ITEM_OPINION: return on_opinion(report, errand);
    case BASE_ITEM_FAIL: return on_fail(report, errand);
    case BASE_ITEM_GIVE_BACK: return on_give_back(report, errand);
    case BASE_ITEM_PROGRESS: return on_progress(report, errand);
    case BASE_ITEM_CHECKPOINT: return on_checkpoint(report, errand);
    case BASE_ITEM_CANCELLED: return on_cancelled(report, errand);
    default: return refuse(report, "not of an errand");
    }
}

/* -- Answers -- */

static void alert_breaker(struct engine *engine, const struct connect_link *link)
{
    struct base_buffer about = {0};

    base_json_open(&about, NULL, '{');
    base_json_put_text(&about, "connector", connect_link_id(link));
    base_json_close(&about, '}');
    if (about.is_broken || engine_alert_put(engine, ENGINE_ALERT_BREAKER, base_buffer_text(&about)) != OD_OK)
        base_log(BASE_LOG_WARNING, "connector %s: nobody is alerted that its breaker opened: no room", connect_link_id(link));
    base_buffer_fini(&about);
}

/* What it says of the far side's line: the breaker of the session's connector hears it. */
static void tell_breaker(const struct report *report, const struct connect_link *link)
{
    struct connect_link *told = report->department->link;
    const char *effect = base_json_member_text(report->body, "effect");

    if (link == NULL || link != told || report->answer != BASE_ANSWER_OK)
        return;
    if (report->item == BASE_ITEM_ACCEPT || report->item == BASE_ITEM_OPINION)
        connect_link_succeed(told);
    if (report->item == BASE_ITEM_FAIL && (effect == NULL || strcmp(effect, "done") != 0) &&
        connect_link_fail(told, engine_errand_handle(report->step.kind, report->step.id)))
        alert_breaker(report->step.engine, told);
}

static void report_free(struct report *report)
{
    base_json_destroy(report->body);
    base_free(report->payload);
    base_free(report);
}

static void on_end(struct errand_step *step, int rc)
{
    struct report *report = (struct report *)step;
    struct engine *engine = step->engine;
    struct connect_link *link = engine_link_of(engine, report->department, report->epoch);
    bool has_left = report->was_offered && (step->errand.state != ENGINE_ERRAND_OFFERED || step->errand.epoch != report->epoch);

    if (rc == OD_ENOTFOUND)
        (void)refuse(report, "no such errand");
    else if (rc != OD_OK && rc != OD_EEXIST)
        report->answer = BASE_ANSWER_RETRY;
    if (link != NULL)
        connect_answer(link, report->token, report->index, report->answer, report->reason);
    if (rc == OD_OK && has_left)
        engine_errand_credit(engine, step->slot->handle, report->department, report->epoch);
    tell_breaker(report, link);
    if (rc == OD_OK && step->errand.state == ENGINE_ERRAND_WAITING)
        engine_errand_walk_want(engine, step->kind);
    report_free(report);
}

static void refuse_now(struct engine *engine, const struct engine_errand_report *said, enum base_answer answer, const char *reason)
{
    struct connect_link *link = engine_link_of(engine, said->department, said->epoch);

    if (link != NULL)
        connect_answer(link, said->token, said->index, answer, reason);
}

void engine_errand_report(struct engine *engine, const struct engine_errand_report *said)
{
    uint64_t id = base_task_application(said->handle) & ((UINT64_C(1) << 40) - 1);
    const struct engine_errand_kind *kind = engine_errand_kind_of((uint8_t)(base_task_application(said->handle) >> 40 & 0xff));
    struct report *report = base_alloc(sizeof(*report));
    struct base_json_error error;

    engine->reports++;
    if (kind == NULL || kind->entry != said->department->serves || report == NULL) {
        refuse_now(engine, said, report == NULL ? BASE_ANSWER_RETRY : BASE_ANSWER_REFUSED, "no task of this connector");
        base_free(report);
        return;
    }
    *report = (struct report){.step = {.decide = decide, .on_end = on_end}, .department = said->department, .epoch = said->epoch,
                              .index = said->index, .token = said->token, .item = said->item, .answer = BASE_ANSWER_OK,
                              .payload = base_copy_text(said->payload, said->size), .size = said->size};
    int rc = report->payload != NULL ? base_json_parse(said->payload, said->size, &report->body, &error) : OD_ENOMEM;
    if (rc == OD_OK && base_json_type(report->body) != BASE_JSON_OBJECT)
        rc = OD_ESYNTAX;
    bool is_broken = rc == OD_ESYNTAX;
    if (rc == OD_OK)
        rc = engine_errand_step_start(engine, &report->step, kind, id);
    if (rc == OD_OK)
        return;
    refuse_now(engine, said, is_broken ? BASE_ANSWER_REFUSED : BASE_ANSWER_RETRY, "the payload is not a JSON object");
    report_free(report);
}
