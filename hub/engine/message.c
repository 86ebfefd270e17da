/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message.h"

#include <stdio.h>
#include <string.h>

/* -- Into the batch -- */

bool engine_message_has_room(const struct engine *engine)
{
    return engine->filling->store->count + ENGINE_MESSAGE_ROOM <= STORE_BATCH_WRITES_MAX ||
           !engine_errand_has_connector(engine, &engine_message_errand);
}

static core_ms give_up_ms(const struct engine *engine)
{
    return engine->now.ms + (core_ms)catalog_notice_rules(engine->catalog)->give_up_hours * 3600000;
}

/* What an event's message is about. */
struct subject {
    int task;         /* -1 = of the whole */
    unsigned asked;   /* which of the notices that ask for something, by their count; 0 = it asks for nothing */
};

static void put_about(struct base_buffer *about, const struct engine_message *message, const struct subject *subject)
{
    base_json_open(about, NULL, '{');
    base_json_put_text(about, "kind", message->kind);
    if (subject->task >= 0)
        base_json_put_i64(about, "task", subject->task);
    if (subject->asked > 0)
        base_json_put_i64(about, "asked", subject->asked);
    if (message->phone != NULL)
        base_json_put_text(about, "phone", message->phone);
    if (message->email != NULL)
        base_json_put_text(about, "email", message->email);
    if (message->language != NULL)
        base_json_put_text(about, "language", message->language);
    if (message->channel != NULL)
        base_json_put_text(about, "channel", message->channel);
    if (message->charged != NULL)
        base_json_put_text(about, "charged", message->charged);
    if (message->params != NULL)
        base_json_put_raw(about, "params", message->params, strlen(message->params));
    base_json_close(about, '}');
}

static int put(struct engine *engine, const struct engine_message *message, const struct subject *subject, uint64_t *id)
{
    struct base_buffer about = {0};
    struct engine_errand_new fresh = {.entry = ENGINE_ENTRY_MESSAGE, .is_new = true, .application = message->application,
                                      .number = message->number, .connector = message->connector, .until_ms = give_up_ms(engine)};

    put_about(&about, message, subject);
    fresh.about = base_buffer_text(&about);
    int rc = about.is_broken ? OD_ENOMEM : engine_errand_put(engine, &fresh, id, NULL, NULL);
    base_buffer_fini(&about);
    return rc;
}

int engine_message_put(struct engine *engine, const struct engine_message *message, uint64_t *id)
{
    if (!catalog_notice_kind_is(message->kind) || (message->params != NULL && strlen(message->params) > ENGINE_MESSAGE_PARAMS_MAX))
        return OD_EINVAL;
    if (id != NULL)
        *id = 0;
    if (!engine_errand_has_connector(engine, &engine_message_errand))
        return OD_OK;
    return put(engine, message, &(struct subject){.task = -1}, id);
}

/* -- The notices of an event -- */

static void put_day_text(struct base_buffer *params, const char *key, core_day day)
{
    char text[BASE_DATE_SIZE];

    if (day <= 0 || day == INT32_MAX)
        return;
    base_day_format(day, text);
    base_json_put_text(params, key, text);
}

/* What the event says of itself, where a text may use it. */
static void put_details(struct base_buffer *params, const char *details)
{
    static const char *const said[] = {"to", "chair", "text"}; /* of milestones */
    struct base_buffer text = {0};
    struct base_json_error error;
    struct base_json *tree = NULL;

    base_buffer_put_format(&text, "{%s}", details != NULL ? details : "");
    if (text.is_broken || base_json_parse(text.bytes, text.size, &tree, &error) != OD_OK) {
        base_buffer_fini(&text);
        return;
    }
    base_json_put_text(params, "reason", base_json_member_text(tree, "reason_text"));
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        if (base_json_member_text(tree, said[i]) != NULL)
            base_json_put_text(params, said[i], base_json_member_text(tree, said[i]));
    base_json_destroy(tree);
    base_buffer_fini(&text);
}

static void put_params(struct base_buffer *params, const struct engine_application *application, const struct core_event *event,
                       const char *details)
{
    const struct core_application *core = application->core;
    char days[16];

    base_json_open(params, NULL, '{');
    put_day_text(params, "promised_date", core->clocks[CORE_CLOCK_PROMISED].due);
    put_day_text(params, "statutory_date", core->clocks[CORE_CLOCK_STATUTORY].due);
    put_day_text(params, "until", core_answer_until(&application->service->rules, core));
    if (core->outcome != CORE_OUTCOME_NONE)
        base_json_put_text(params, "outcome", core_outcome_name((enum core_outcome)core->outcome));
    if (event->type == CORE_PAUSED) {
        snprintf(days, sizeof(days), "%d", event->expected_days);
        base_json_put_text(params, "pause", core_pause_kind_name((enum core_pause_kind)event->pause_kind));
        base_json_put_text(params, "days", event->expected_days > 0 ? days : "");
    }
    if (event->type == CORE_EXTENDED) {
        snprintf(days, sizeof(days), "%d", event->extended.length);
        base_json_put_text(params, "days", days);
    }
    if (event->type == CORE_MARKED)
        put_day_text(params, "on", event->marked.day);
    put_details(params, details);
    base_json_close(params, '}');
}

static bool asks(uint8_t notice)
{
    return notice == CORE_NOTICE_INCOMPLETE || notice == CORE_NOTICE_CORRECTABLE || notice == CORE_NOTICE_SUPPLEMENT;
}

static void note(struct engine *engine, struct engine_application *application, const struct core_event *event,
                 const struct core_effect *effect, const char *details)
{
    struct base_buffer params = {0};
    char number[BASE_NUMBER_SIZE];
    struct subject subject = {.task = effect->task < CORE_TASKS_MAX ? effect->task : -1, .asked = asks(effect->notice) ? application->core->notices : 0};
    struct engine_message message = {.kind = core_notice_name((enum core_notice)effect->notice), .application = application->id,
                                     .number = number};

    base_number_format(application->id, application->core->received_day, number);
    put_params(&params, application, event, details);
    message.params = base_buffer_text(&params);
    if (params.is_broken || put(engine, &message, &subject, NULL) != OD_OK) {
        base_log(BASE_LOG_ERROR, "no memory for a message to an applicant");
        application->record.is_broken = true; /* no event without its message: the batch is not packed */
    }
    base_buffer_fini(&params);
}

void engine_messages_note(struct engine *engine, struct engine_application *application, const struct core_event *event,
                          const struct core_effects *effects, const char *details)
{
    bool has_notifier = engine_errand_has_connector(engine, &engine_message_errand);

    for (size_t i = 0; has_notifier && i < effects->count; i++)
        if (effects->items[i].type == CORE_EFFECT_NOTICE)
            note(engine, application, event, &effects->items[i], details);
    if (!has_notifier)
        return;
    if (engine_message_fees_note(engine, application, effects) != OD_OK) {
        base_log(BASE_LOG_ERROR, "no memory for a message to an applicant");
        application->record.is_broken = true; /* as above */
    }
    engine_messages_supersede(engine, application, event);
}

/* -- Made ready -- */

struct composing {
    uint64_t id;
    bool is_moot; /* there is nothing to tell */
    struct base_buffer form;
};

static int decide_ready(struct engine *engine, struct engine_errand *errand, void *data)
{
    struct composing *composing = data;

    if (errand->state != ENGINE_ERRAND_NEW)
        return OD_EEXIST;
    if (composing->is_moot) {
        engine_errand_move(engine, errand, ENGINE_ERRAND_CANCELLED);
        return OD_OK;
    }
    int rc = engine_errand_text_set(errand, ENGINE_ERRAND_FORM, &composing->form);
    if (rc == OD_OK)
        engine_errand_move(engine, errand, ENGINE_ERRAND_WAITING);
    return rc;
}

static void on_ready(struct engine *engine, const struct engine_errand *errand, int rc, void *data)
{
    struct composing *composing = data;

    (void)engine;
    (void)errand;
    (void)rc; /* one that is still NEW is met by the next walk */
    base_buffer_fini(&composing->form);
    base_free(composing);
}

/* The given one before the applicant's. */
static void put_address(struct base_buffer *form, const char *key, const struct base_json *about, const struct base_json *applicant)
{
    const char *given = base_json_member_text(about, key), *own = base_json_member_text(applicant, key);

    base_json_put_text(form, key, given != NULL ? given : own);
}

static enum catalog_language language_of(const struct base_json *about, const struct base_json *applicant)
{
    const char *given = base_json_member_text(about, "language"), *own = base_json_member_text(applicant, "locale");
    const char *language = given != NULL ? given : own;

    return language != NULL && strcmp(language, "en") == 0 ? CATALOG_EN : CATALOG_ZH_CN;
}

/* False: there is nothing to tell. */
static bool put_form(struct engine *engine, struct base_buffer *form, const struct engine_errand *errand,
                     const struct engine_application *application, struct engine_message_paid *paid)
{
    const struct base_json *about = engine_errand_member(errand, "about");
    const struct base_json *applicant = application != NULL ? base_json_member(application->document_tree, "applicant") : NULL;
    const char *kind = base_json_member_text(about, "kind");
    int64_t task = -1;
    struct engine_message_filling filling = {
        .engine = engine, .catalog = application != NULL ? application->catalog : engine->catalog, .application = application,
        .kind = kind, .number = errand->number, .language = language_of(about, applicant), .params = base_json_member(about, "params")};

    if (base_json_i64(base_json_member(about, "task"), 0, CORE_TASKS_MAX - 1, &task) != OD_OK)
        task = -1;
    filling.task = (int)task;
    struct base_json *due = NULL;
    if (engine_message_is_due(errand) && !engine_message_due_read(form, application, about, filling.language, paid, &due))
        return false;
    filling.params = due != NULL ? due : filling.params;
    base_json_open(form, NULL, '{');
    base_json_put_text(form, "kind", kind);
    base_json_put_text(form, "language", filling.language == CATALOG_EN ? "en" : "zh-CN");
    put_address(form, "phone", about, applicant);
    put_address(form, "email", about, applicant);
    engine_message_fill(form, &filling);
    base_json_close(form, '}');
    base_json_destroy(due);
    return true;
}

/* An errand that is still there when the document is. */
struct reading {
    struct engine_errand errand;
    struct store_entry entry;
    struct engine_message_paid *paid; /* owned; NULL = it asks for no money */
};

static void compose(struct engine *engine, const struct engine_errand *errand, const struct engine_application *application,
                    struct engine_message_paid *paid)
{
    struct composing *composing = base_alloc(sizeof(*composing));

    if (composing == NULL)
        return;
    composing->id = errand->id;
    composing->is_moot = !put_form(engine, &composing->form, errand, application, paid);
    if (!composing->form.is_broken &&
        engine_errand_change(engine, ENGINE_ENTRY_MESSAGE, errand->id, "hub", decide_ready, on_ready, composing) == OD_OK)
        return;
    base_buffer_fini(&composing->form);
    base_free(composing);
}

static void reading_free(struct reading *reading)
{
    engine_errand_fini(&reading->errand);
    engine_message_paid_free(reading->paid);
    base_free((void *)(uintptr_t)reading->entry.body);
    base_free(reading);
}

static void on_document(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct reading *reading = data;

    if (rc == OD_OK && !engine->is_stopping)
        compose(engine, &reading->errand, application, reading->paid);
    else if (rc != OD_OK && rc != OD_EBUSY)
        base_log(BASE_LOG_ERROR, "a message has no application that can be read: %s", base_error_name(rc));
    reading_free(reading);
}

static void on_paid(struct engine *engine, struct engine_message_paid *paid, int rc, void *data)
{
    struct reading *reading = data;

    reading->paid = paid;
    if (rc != OD_OK || engine->is_stopping)
        reading_free(reading); /* tried again by the next walk */
    else
        engine_document_get(engine, reading->errand.application, on_document, reading);
}

static struct reading *reading_create(const struct engine_errand *errand)
{
    struct reading *reading = base_alloc(sizeof(*reading));
    struct base_buffer body = {0};

    if (reading == NULL)
        return NULL;
    *reading = (struct reading){.entry = {.kind = ENGINE_ENTRY_MESSAGE, .id = errand->id, .state = (uint8_t)errand->state,
                                          .application = errand->application, .revision = errand->revision}};
    base_json_put(&body, NULL, errand->tree);
    size_t size = 0;
    reading->entry.body = base_buffer_take(&body, &size);
    reading->entry.body_size = (uint32_t)size;
    if (reading->entry.body == NULL || engine_errand_read(&reading->entry, &reading->errand) != OD_OK) {
        base_free((void *)(uintptr_t)reading->entry.body);
        base_free(reading);
        return NULL;
    }
    return reading;
}

static void on_new(struct engine *engine, const struct engine_errand *errand)
{
    struct reading *reading;

    if (errand->application == 0) {
        compose(engine, errand, NULL, NULL);
        return;
    }
    reading = reading_create(errand);
    if (reading != NULL && !engine_message_is_due(errand))
        engine_document_get(engine, errand->application, on_document, reading);
    else if (reading != NULL && engine_message_paid_read(engine, errand->application, on_paid, reading) != OD_OK)
        reading_free(reading);
}

/* -- Which way -- */

static const char *member_of(const struct engine_errand *errand, const char *key)
{
    const char *text = base_json_member_text(engine_errand_member(errand, "form"), key);

    return text != NULL ? text : "";
}

/* Where it goes by that channel; "" = nowhere. *is_test: not to the applicant. */
static const char *address_of(const struct engine *engine, const struct engine_errand *errand, enum catalog_channel channel, bool *is_test)
{
    const char *test = catalog_notice_rules(engine->catalog)->test_to;
    enum catalog_channel tested = test == NULL ? CATALOG_CHANNEL_NONE : strchr(test, '@') != NULL ? CATALOG_CHANNEL_EMAIL
                                                                                                   : CATALOG_CHANNEL_SMS;

    *is_test = test != NULL;
    if (test != NULL)
        return channel == tested ? test : "";
    switch (channel) {
    case CATALOG_CHANNEL_SMS: return member_of(errand, "phone");
    case CATALOG_CHANNEL_EMAIL: return member_of(errand, "email");
    case CATALOG_CHANNEL_WEBHOOK: return errand->number != NULL ? errand->number : "center";
    case CATALOG_CHANNEL_NONE: break;
    }
    return "";
}

static int32_t rank(struct engine *engine, const struct engine_errand *errand, const struct engine_department *department)
{
    const struct catalog_notice_rules *rules = catalog_notice_rules(engine->catalog);
    enum catalog_channel channel = catalog_channel_find(department->channel);
    const char *only = base_json_member_text(engine_errand_member(errand, "about"), "channel");
    bool is_test;

    if (*address_of(engine, errand, channel, &is_test) == '\0' || (only != NULL && strcmp(only, department->channel) != 0))
        return -1;
    for (size_t i = 0; i < rules->channel_count; i++)
        if (rules->channels[i] == channel)
            return (int32_t)i * (ENGINE_PRIORITY_MAX + 1) + department->priority;
    return -1;
}

/* A text message waits for the morning. */
static int64_t rest(struct engine *engine, const struct engine_errand *errand, const struct engine_department *department)
{
    const struct catalog_notice_rules *rules = catalog_notice_rules(engine->catalog);
    int32_t from = rules->quiet_from, to = rules->quiet_to, now = (int32_t)engine->now.minute;

    (void)errand;
    if (from == to || catalog_channel_find(department->channel) != CATALOG_CHANNEL_SMS)
        return 0;
    bool is_quiet = from < to ? now >= from && now < to : now >= from || now < to;
    return is_quiet ? base_zone_utc(engine->now.day + (now >= to), to) / 60000 : 0;
}

/* -- What the connector sees -- */

static const char *code_of(void *owner, const char *name)
{
    return strcmp(name, "code") == 0 ? owner : NULL;
}

static void put_text(struct base_buffer *buffer, const char *key, const char *prefix, const char *text, const char *code)
{
    struct base_buffer filled = {0};

    base_buffer_put_text(&filled, prefix);
    catalog_notice_fill(&filled, text, code_of, (void *)(uintptr_t)code);
    base_json_put_text_n(buffer, key, base_buffer_text(&filled), filled.size);
    buffer->is_broken = buffer->is_broken || filled.is_broken;
    base_buffer_fini(&filled);
}

static void put_message(struct engine *engine, const struct engine_errand *errand, struct base_buffer *buffer, const struct connect_link *link)
{
    const struct engine_department *department = connect_link_data(link);
    enum catalog_channel channel = catalog_channel_find(department->channel);
    bool is_test, is_english = strcmp(member_of(errand, "language"), "en") == 0;
    const char *to = address_of(engine, errand, channel, &is_test);
    struct base_buffer form = {0};
    char code[ENGINE_CODE_SIZE] = "", prefix[64] = "";

    if (errand->number != NULL)
        engine_code(engine, errand->number, code);
    if (is_test)
        snprintf(prefix, sizeof(prefix), "%s", is_english ? "[TEST, not sent to the applicant] " : "【测试，未发给申请人】");
    base_json_open(&form, NULL, '{');
    base_json_put_text(&form, "message", member_of(errand, "kind"));
    base_json_put_text(&form, "channel", catalog_channel_name(channel));
    base_json_put_text(&form, "to", to);
    base_json_put_text(&form, "language", member_of(errand, "language"));
    base_json_put_text(&form, "number", errand->number != NULL ? errand->number : "");
    base_json_put_bool(&form, "test", is_test);
    put_text(&form, "subject", prefix, member_of(errand, "subject"), code);
    put_text(&form, "text", prefix, member_of(errand, channel == CATALOG_CHANNEL_EMAIL ? "body" : "sms"), code);
    base_json_close(&form, '}');
    if (form.is_broken)
        buffer->is_broken = true;
    else
        engine_errand_put_fields(buffer, base_buffer_text(&form), link);
    base_buffer_fini(&form);
}

/* -- What became of it -- */

/* No receipt came in time: it is taken for sent, and the connector need not wait for one any more. */
static int decide_no_receipt(struct engine *engine, struct engine_errand *errand, void *data)
{
    (void)data;
    if (errand->state != ENGINE_ERRAND_ACCEPTED)
        return OD_EEXIST;
    engine_errand_move(engine, errand, ENGINE_ERRAND_SENT);
    return OD_OK;
}

static void on_no_receipt(struct engine *engine, const struct engine_errand *errand, int rc, void *data)
{
    (void)data;
    if (rc == OD_OK && errand != NULL)
        engine_errand_release(engine, errand, "no receipt came in time");
}

static void on_due(struct engine *engine, const struct engine_errand *errand)
{
    if (engine_errand_change(engine, ENGINE_ENTRY_MESSAGE, errand->id, "clock", decide_no_receipt, on_no_receipt, NULL) != OD_OK)
        base_log(BASE_LOG_DEBUG, "a message is looked at again in a minute: no room");
}

static void on_change(struct engine *engine, struct engine_errand *errand, struct engine_application *application)
{
    struct base_buffer about = {0};
    char id[ENGINE_ERRAND_ID_SIZE];

    if (errand->is_changed && errand->state == ENGINE_ERRAND_DONE)
        engine_message_told(engine, errand, application);
    if (errand->state == ENGINE_ERRAND_ACCEPTED && errand->is_changed)
        errand->wake_minute = engine->now.ms / 60000 + ENGINE_MESSAGE_RECEIPT_HOURS * 60;
    if (!errand->is_changed || errand->state != ENGINE_ERRAND_FAILED)
        return;
    engine_errand_id_format(errand->kind, errand->id, id);
    base_json_open(&about, NULL, '{');
    base_json_put_text(&about, "message", id);
    base_json_put_text(&about, "number", errand->number);
    base_json_put_text(&about, "notice", base_json_member_text(engine_errand_member(errand, "about"), "kind"));
    base_json_close(&about, '}');
    if (about.is_broken || engine_alert_put(engine, ENGINE_ALERT_UNDELIVERED, base_buffer_text(&about)) != OD_OK)
        base_log(BASE_LOG_WARNING, "message %s reached nobody, and nobody is alerted: no room", id);
    base_buffer_fini(&about);
}

const struct engine_errand_kind engine_message_errand = {
    .entry = ENGINE_ENTRY_MESSAGE, .serves = "messages", .prefix = "msg", .matter = "@messages", .may_double = true, .is_patient = true, .on_new = on_new,
    .rank = rank, .rest = rest, .on_change = on_change, .on_due = on_due, .put_form = put_message, .is_moot = engine_message_is_moot,
    .is_made_anew = engine_message_is_due};
