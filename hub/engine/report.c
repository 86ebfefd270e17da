/* SPDX-License-Identifier: Apache-2.0 */
/* What connectors report becomes events; each item is answered once the batch that
 * holds its event is durable.
 *
 *   on_report -> for each item: application in memory -> take_report -> deed REPORT
 *                               else copy, load -> on_loaded -> take_report
 *
 * An opinion and a failure are different items with different types: a dead link is
 * never an opinion. */
#include "engine/errand.h"
#include "engine/mark.h"

#include <assert.h>
#include <string.h>

/* One report item with where its answer goes. */
struct item {
    struct engine_department *department;
    uint32_t epoch; /* of the session that reported */
    uint64_t token;
    uint32_t index;
    uint8_t kind;
    uint64_t task;
    const char *payload; /* borrowed, or owned by the copy that waits for a load */
    size_t size;
};

struct verdict {
    enum base_answer answer;
    const char *reason; /* static; with REFUSED */
};

static const struct verdict is_ok = {BASE_ANSWER_OK, NULL};
static const struct verdict is_stale = {BASE_ANSWER_STALE, NULL};

static struct verdict refused(const char *reason)
{
    return (struct verdict){BASE_ANSWER_REFUSED, reason};
}

/* The answer to an event that the core or the batch did not take. */
static struct verdict verdict_of(int rc)
{
    switch (rc) {
    case OD_OK:
    case OD_EEXIST: return is_ok;
    case OD_ECONFLICT: return (struct verdict){BASE_ANSWER_CONFLICT, NULL};
    case OD_ESTALE: return is_stale;
    case OD_ESTATE: return refused("not allowed in the task's present state");
    case OD_EINVAL: return refused("not allowed for this matter");
    default: return (struct verdict){BASE_ANSWER_RETRY, NULL};
    }
}

static void answer(struct engine *engine, const struct item *item, struct verdict verdict)
{
    struct engine_deed deed = {.kind = ENGINE_DEED_REPORT, .department = item->department, .epoch = item->epoch,
                               .token = item->token, .index = item->index, .answer = (uint8_t)verdict.answer,
                               .data = (void *)(uintptr_t)verdict.reason};

    /* Without an answer the connector reports again after its session's end. */
    if (engine_deed_add(engine, &deed) != OD_OK)
        base_log(BASE_LOG_ERROR, "connector of %s: a report stays unanswered: no memory", item->department->id);
}

static bool is_owner(const struct engine_application *application, const struct item *item)
{
    return application->core->tasks[base_task_index(item->task)].epoch == item->epoch;
}

/* An offer to this session is recorded and was not put yet: what the session says is about an earlier attempt. It is
 * no stale word, which would make the session drop the task, and the offer may come before the answer. */
static bool is_too_early(const struct engine_application *application, const struct item *item)
{
    unsigned task = base_task_index(item->task);

    return application->core->tasks[task].state == CORE_TASK_OFFERED && is_owner(application, item) &&
           (application->put >> task & 1) == 0 && item->kind != BASE_ITEM_OPINION; /* which is the department's */
}

static struct core_event event_of(const struct engine *engine, const struct item *item, enum core_event_type type)
{
    return (struct core_event){.type = type, .time = engine->now, .task = base_task_index(item->task)};
}

static int apply(struct engine *engine, struct engine_application *application, const struct core_event *event,
                 const struct item *item, struct base_buffer *details)
{
    return engine_apply(engine, application, event, item->department->id,
                        details != NULL ? base_buffer_text(details) : NULL);
}

static int set_reference(struct engine_application *application, const struct item *item, const struct base_json *body)
{
    const char *reference = base_json_member_text(body, "external_ref");

    if (reference == NULL || *reference == '\0')
        return OD_OK;
    return engine_text_set(engine_task_text(application, base_task_index(item->task), ENGINE_TEXT_EXTERNAL_REF),
                           reference, strlen(reference));
}

/* Where the department may call back by it, it is found by it. */
static int note_reference(struct engine *engine, const struct engine_application *application, const struct item *item)
{
    return engine_reference_put(engine, application, base_task_index(item->task), item->department,
                                engine_link_of(engine, item->department, item->epoch));
}

static struct verdict on_accept(struct engine *engine, struct engine_application *application,
                                const struct item *item, const struct base_json *body)
{
    struct core_event event = event_of(engine, item, CORE_ACCEPTED);
    const struct core_task *task = &application->core->tasks[event.task];
    const char *reference = base_json_member_text(body, "external_ref");
    struct base_buffer details = {0};

    if (reference != NULL && strlen(reference) > BASE_EXTERNAL_REF_MAX)
        return refused("external_ref is longer than 255 bytes");
    if (task->state == CORE_TASK_ACCEPTED && is_owner(application, item))
        return is_ok; /* said before */
    if (!core_task_is_open(task) || !is_owner(application, item))
        return is_stale;
    event.epoch = item->epoch;
    if (set_reference(application, item, body) != OD_OK || note_reference(engine, application, item) != OD_OK)
        return verdict_of(OD_ENOMEM);
    base_json_put_text(&details, "external_ref", reference);
    int rc = apply(engine, application, &event, item, &details);
    base_buffer_fini(&details);
    return verdict_of(rc);
}

/* An opinion belongs to the department, not to a process: one from an earlier owner counts when
 * the department's own number matches, or none was given. */
static bool may_opine(const struct engine_application *application, const struct item *item, const struct base_json *body)
{
    const struct engine_text *known = engine_task_text(application, base_task_index(item->task), ENGINE_TEXT_EXTERNAL_REF);
    const char *reference = base_json_member_text(body, "external_ref");

    if (is_owner(application, item) || known->bytes == NULL)
        return true;
    return reference != NULL && strcmp(reference, known->bytes) == 0;
}

static struct verdict keep_opinion(struct engine_application *application, const struct item *item,
                                   const struct base_json *body, struct base_buffer *text)
{
    struct engine_text *opinion = engine_task_text(application, base_task_index(item->task), ENGINE_TEXT_OPINION);

    if (engine_text_set(opinion, text->bytes, text->size) != OD_OK || set_reference(application, item, body) != OD_OK)
        base_log(BASE_LOG_ERROR, "no memory for an opinion's text; it stands in the journal");
    return is_ok;
}

static struct verdict on_opinion(struct engine *engine, struct engine_application *application,
                                 const struct item *item, const struct base_json *body)
{
    struct core_event event = event_of(engine, item, CORE_OPINED);
    const struct core_task *task = &application->core->tasks[event.task];
    struct base_buffer text = {0}, details = {0};
    const char *pointer, *zh, *en;
    enum core_opinion opinion;

    if (engine_opinion_check(body, &opinion, &pointer, &zh, &en) != OD_OK)
        return refused(en);
    if (application->service->rules.matters[event.task].needs_two_officers && !engine_has_two_officers(body))
        return refused("the matter is checked by two officers or more: name them in officers");
    int officers = engine_officers_check(application, body, NULL);
    if (officers != OD_OK)
        return officers == OD_EDENIED ? refused("an officer of it chairs a hearing of the application: name others (Licensing Law art. 48)")
                                      : verdict_of(officers);
    if (!may_opine(application, item, body))
        return is_stale;
    event.opinion = opinion;
    engine_opinion_put(&text, engine, body, opinion, item->department->id);
    base_json_put_raw(&details, "text", text.bytes, text.size);
    int rc = text.is_broken ? OD_ENOMEM : apply(engine, application, &event, item, &details);
    if (rc == OD_ECONFLICT)
        rc = engine_note(engine, application, "opinion_conflict", event.task, item->department->id,
                         base_buffer_text(&details)) == OD_OK ? OD_ECONFLICT : OD_EBUSY;
    struct verdict verdict = verdict_of(rc);
    if (rc == OD_OK && !task->has_late_opinion)
        verdict = keep_opinion(application, item, body, &text);
    else if (rc == OD_OK)
        verdict.answer = BASE_ANSWER_CONFLICT; /* late: kept and flagged, not applied */
    base_buffer_fini(&text);
    base_buffer_fini(&details);
    return verdict;
}

static enum core_effect_known effect_of(const struct base_json *body)
{
    const char *word = base_json_member_text(body, "effect");

    if (word != NULL && strcmp(word, "none") == 0)
        return CORE_EFFECT_NOT_DONE;
    if (word != NULL && strcmp(word, "done") == 0)
        return CORE_EFFECT_DONE;
    return CORE_EFFECT_UNKNOWN; /* who does not say it does not know it */
}

static int set_note(struct engine_application *application, const struct item *item)
{
    return engine_text_set(engine_task_text(application, base_task_index(item->task), ENGINE_TEXT_NOTE),
                           item->payload, item->size);
}

static struct verdict on_fail(struct engine *engine, struct engine_application *application,
                              const struct item *item, const struct base_json *body)
{
    struct core_event event = event_of(engine, item, CORE_FAILED);
    const struct core_task *task = &application->core->tasks[event.task];
    const struct connect_link *link = engine_link_of(engine, item->department, item->epoch);
    enum package_dedupe dedupe = link != NULL ? connect_link_dedupe(link) : PACKAGE_DEDUPE_NONE;
    struct base_buffer details = {0};
    int64_t retry_after_ms = -1;

    if (!core_task_is_open(task) || !is_owner(application, item))
        return is_stale;
    if (base_json_i64(base_json_member(body, "retry_after_ms"), -2, INT64_MAX / 2, &retry_after_ms) != OD_OK)
        retry_after_ms = -1;
    event.failed.effect_known = (uint8_t)effect_of(body);
    event.failed.may_repeat = dedupe != PACKAGE_DEDUPE_NONE;
    event.failed.is_final = retry_after_ms == -2 || task->failures + 1 >= ENGINE_ATTEMPT_FAILURES_MAX;
    event.failed.epoch = item->epoch;
    if (set_note(application, item) != OD_OK || set_reference(application, item, body) != OD_OK ||
        note_reference(engine, application, item) != OD_OK)
        return verdict_of(OD_ENOMEM);
    base_json_put_raw(&details, "text", item->payload, item->size);
    int rc = apply(engine, application, &event, item, &details);
    base_buffer_fini(&details);
    /* The department has it: it is resumed after a moment, never submitted again. */
    if (rc == OD_OK && task->state == CORE_TASK_ACCEPTED && task->epoch == 0)
        engine_task_retry(engine, item->department, item->task, task->failures);
    return verdict_of(rc);
}

/* A module may pause or ask on the offer itself: it has the task, then. */
static int accept_first(struct engine *engine, struct engine_application *application, const struct item *item)
{
    struct core_event event = event_of(engine, item, CORE_ACCEPTED);

    if (application->core->tasks[event.task].state != CORE_TASK_OFFERED)
        return OD_OK;
    event.epoch = item->epoch;
    return apply(engine, application, &event, item, NULL);
}

static struct verdict on_pause(struct engine *engine, struct engine_application *application,
                               const struct item *item, const struct base_json *body)
{
    struct core_event event = event_of(engine, item, CORE_PAUSED);
    const char *word = base_json_member_text(body, "kind");

    int64_t days = 0;

    event.pause_kind = (uint8_t)(word != NULL ? core_pause_kind_find(word) : CORE_PAUSE_NONE);
    if (base_json_i64(base_json_member(body, "expected_days"), 1, CORE_LIMIT_DAYS_MAX, &days) == OD_OK)
        event.expected_days = (int32_t)days;
    if (!is_owner(application, item))
        return is_stale;
    int rc = accept_first(engine, application, item);
    if (rc == OD_OK)
        rc = apply(engine, application, &event, item, NULL);
    if (rc == OD_OK)
        rc = set_note(application, item);
    return verdict_of(rc);
}

/* The events that need nothing but their type. */
static struct verdict on_plain(struct engine *engine, struct engine_application *application,
                               const struct item *item, enum core_event_type type, bool has_note)
{
    struct core_event event = event_of(engine, item, type);
    struct base_buffer details = {0};

    if (type != CORE_CANCEL_CONFIRMED && !is_owner(application, item))
        return is_stale;
    if (has_note)
        base_json_put_raw(&details, "text", item->payload, item->size);
    int rc = type == CORE_ASKED ? accept_first(engine, application, item) : OD_OK;
    if (rc == OD_OK)
        rc = apply(engine, application, &event, item, &details);
    base_buffer_fini(&details);
    if (rc == OD_OK && has_note)
        rc = set_note(application, item);
    return verdict_of(rc);
}

static bool is_present(const struct item *item)
{
    return item->department->link != NULL && connect_link_epoch(item->department->link) == item->epoch;
}

/* Given back at once is given back again at once: it waits a moment before the next offer. Another version need not wait. */
static struct verdict on_give_back(struct engine *engine, struct engine_application *application, const struct item *item)
{
    if (!is_present(item))
        return on_plain(engine, application, item, CORE_GIVEN_BACK, false);
    item->department->settling = item->task;
    struct verdict verdict = on_plain(engine, application, item, CORE_GIVEN_BACK, false);
    item->department->settling = 0;
    if (verdict.answer == BASE_ANSWER_OK)
        engine_task_retry(engine, item->department, item->task, 1);
    return verdict;
}

static struct verdict on_progress(struct engine *engine, struct engine_application *application, const struct item *item)
{
    struct base_buffer details = {0};

    if (!is_owner(application, item))
        return is_stale;
    base_json_put_raw(&details, "text", item->payload, item->size);
    int rc = engine_note(engine, application, "progress", base_task_index(item->task), item->department->id,
                         base_buffer_text(&details));
    base_buffer_fini(&details);
    return verdict_of(rc == OD_OK ? set_note(application, item) : rc);
}

static struct verdict on_checkpoint(struct engine *engine, struct engine_application *application,
                                    const struct item *item, const struct base_json *body)
{
    struct store_batch *batch = engine->filling->store;
    const char *text = base_json_member_text(body, "checkpoint");
    size_t size = text != NULL ? strlen(text) : 0;

    if (text == NULL || size % 4 != 0 || size / 4 * 3 > BASE_CHECKPOINT_MAX + 2)
        return refused("checkpoint must be base64 of at most 64 KiB");
    if (!is_owner(application, item))
        return is_stale;
    char *copy = base_arena_text(&batch->arena, text, size);
    if (copy == NULL || !engine_batch_has_room(engine))
        return verdict_of(OD_EBUSY);
    batch->writes[batch->count++] = (struct store_write){
        .kind = STORE_WRITE_CHECKPOINT, .application = application->id, .task = (uint8_t)base_task_index(item->task),
        .checkpoint = copy, .checkpoint_size = (uint32_t)size};
    return is_ok;
}

static struct verdict take_body(struct engine *engine, struct engine_application *application,
                                const struct item *item, const struct base_json *body)
{
    switch (item->kind) {
    case BASE_ITEM_ACCEPT: return on_accept(engine, application, item, body);
    case BASE_ITEM_OPINION: return on_opinion(engine, application, item, body);
    case BASE_ITEM_FAIL: return on_fail(engine, application, item, body);
    case BASE_ITEM_GIVE_BACK: return on_give_back(engine, application, item);
    case BASE_ITEM_CANCELLED: return on_plain(engine, application, item, CORE_CANCEL_CONFIRMED, false);
    case BASE_ITEM_NEED_INPUT: return on_plain(engine, application, item, CORE_ASKED, true);
    case BASE_ITEM_PAUSE: return on_pause(engine, application, item, body);
    case BASE_ITEM_UNPAUSE: return on_plain(engine, application, item, CORE_UNPAUSED, false);
    case BASE_ITEM_PROGRESS: return on_progress(engine, application, item);
    case BASE_ITEM_CHECKPOINT: return on_checkpoint(engine, application, item, body);
    default: return refused("unknown item type");
    }
}

/* What it says of the department's line: the breaker of the session's connector hears it. A give_back says
 * nothing, and so does what is not taken. */
static void tell_breaker(struct engine *engine, const struct item *item, struct verdict verdict, const struct base_json *body)
{
    struct connect_link *link = item->department->link;
    struct base_buffer about = {0};

    if (link == NULL || connect_link_epoch(link) != item->epoch ||
        (verdict.answer != BASE_ANSWER_OK && verdict.answer != BASE_ANSWER_CONFLICT))
        return;
    if (item->kind == BASE_ITEM_ACCEPT || item->kind == BASE_ITEM_OPINION || item->kind == BASE_ITEM_NEED_INPUT ||
        item->kind == BASE_ITEM_PAUSE)
        connect_link_succeed(link);
    if (item->kind != BASE_ITEM_FAIL || effect_of(body) == CORE_EFFECT_DONE || !connect_link_fail(link, item->task))
        return;
    base_json_open(&about, NULL, '{');
    base_json_put_text(&about, "connector", connect_link_id(link));
    base_json_close(&about, '}');
    if (about.is_broken || engine_alert_put(engine, ENGINE_ALERT_BREAKER, base_buffer_text(&about)) != OD_OK)
        base_log(BASE_LOG_WARNING, "connector %s: nobody is alerted that its breaker opened: no room", connect_link_id(link));
    base_buffer_fini(&about);
}

static struct verdict take_counted(struct engine *engine, struct engine_application *application, const struct item *item,
                                   const struct base_json *body)
{
    struct verdict verdict = take_body(engine, application, item, body);
    bool is_end = item->kind == BASE_ITEM_FAIL || item->kind == BASE_ITEM_ACCEPT || item->kind == BASE_ITEM_OPINION;

    if (is_end && verdict.answer == BASE_ANSWER_OK && is_present(item))
        engine_rollout_count(item->department, item->kind == BASE_ITEM_FAIL);
    return verdict;
}

static void take_report(struct engine *engine, struct engine_application *application, const struct item *item)
{
    unsigned task = base_task_index(item->task);
    struct base_json_error error;
    struct base_json *body = NULL;

    engine->reports++;
    if (task >= application->core->task_count || engine_department_of(engine, application, task) != item->department) {
        answer(engine, item, refused("no task of this connector"));
        return;
    }
    if (is_too_early(application, item)) {
        answer(engine, item, refused("the task was not offered yet"));
        return;
    }
    int rc = base_json_parse(item->payload, item->size, &body, &error);
    struct verdict verdict = rc == OD_ENOMEM ? verdict_of(rc) : refused("the payload is not a JSON object");
    if (rc == OD_OK && base_json_type(body) == BASE_JSON_OBJECT)
        verdict = take_counted(engine, application, item, body);
    answer(engine, item, verdict);
    tell_breaker(engine, item, verdict, body);
    base_json_destroy(body);
    if (!is_present(item))
        engine_task_move(engine, application, task, item->department);
}

static void on_loaded(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct item *item = data;

    if (rc == OD_OK)
        take_report(engine, application, item);
    else
        answer(engine, item, rc == OD_ENOTFOUND ? refused("no such task") : verdict_of(OD_EBUSY));
    base_free((void *)(uintptr_t)item->payload);
    base_free(item);
}

static void load_first(struct engine *engine, const struct item *item)
{
    struct item *copy = base_alloc(sizeof(*copy));
    char *payload = base_copy_text(item->payload, item->size);

    if (copy == NULL || payload == NULL) {
        base_free(copy);
        base_free(payload);
        answer(engine, item, verdict_of(OD_ENOMEM));
        return;
    }
    *copy = *item;
    copy->payload = payload;
    engine_application_get(engine, base_task_application(item->task), on_loaded, copy);
}

void engine_on_report(void *owner, struct connect_link *link, uint64_t token, const struct connect_report *reports,
                      size_t count)
{
    struct engine *engine = owner;
    struct engine_department *department = connect_link_data(link);

    engine_time_update(engine);
    for (size_t i = 0; i < count; i++) {
        struct item item = {.department = department, .epoch = connect_link_epoch(link), .token = token,
                            .index = (uint32_t)i, .kind = reports[i].kind, .task = reports[i].task,
                            .payload = reports[i].payload, .size = reports[i].payload_size};
        if (department->serves != 0) {
            engine_errand_report(engine, &(struct engine_errand_report){
                .department = department, .epoch = item.epoch, .index = item.index, .token = token, .handle = item.task,
                .item = item.kind, .payload = item.payload, .size = item.size});
            continue;
        }
        struct engine_application *application = engine_application_find(engine, base_task_application(item.task));

        if (application != NULL && !application->is_new)
            take_report(engine, application, &item);
        else
            load_first(engine, &item);
    }
}
