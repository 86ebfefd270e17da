/* SPDX-License-Identifier: Apache-2.0 */
/* Work for connectors that are no departments: messages through notifiers, on a store that may die between any two steps. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/errand_inside.h"
#include "engine/message.h"
#include "engine/stage.h"
#include "lib/check.h"

#define STAND                                                                                                                    \
    "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\",\"phone\":\"+8613800000001\",\"email\":\"li@example.org\",\"locale\":\"en\"}," \
    "\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}"
#define NO_PHONE                                                                                                                 \
    "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}"

static int open_stage(void **state)
{
    (void)state;
    stage_open(1);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close();
    return 0;
}

static void submit(const char *body)
{
    struct stage_request *asked = stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, body);

    stage_settle();
    CHECK_I64(201, asked->status, "submitted");
}

static struct engine_errand message_of(uint64_t id)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    struct store_entry entry;
    struct engine_errand errand;

    CHECK_I64(OD_OK, store_read_entry(reader, ENGINE_ENTRY_MESSAGE, id, &arena, &entry), "the message is there");
    CHECK_I64(OD_OK, engine_errand_read(&entry, &errand), "and can be read");
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return errand;
}

static void check_state(uint64_t id, enum engine_errand_state state, const char *why)
{
    struct engine_errand errand = message_of(id);

    CHECK_TEXT(engine_errand_state_name(state), engine_errand_state_name(errand.state), why);
    engine_errand_fini(&errand);
}

static uint64_t handle_of(uint64_t id)
{
    return engine_errand_handle(&engine_message_errand, id);
}

static void report(struct connect_link *link, uint8_t kind, uint64_t id, const char *payload)
{
    stage_report(link, kind, handle_of(id), payload);
    stage_settle();
}

static bool was_given(struct connect_link *link, uint64_t id)
{
    const struct stage_held *held = stage_held(link, handle_of(id));

    return held != NULL && held->holding != STAGE_FREE && held->holding != STAGE_ENDED;
}

/* -- The way of one -- */

static void test_delivered(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    submit(STAND);
    CHECK(was_given(sms, 1), "offered");
    CHECK(strstr(sms->given, "\"task\":\"msg-1\"") != NULL, "by its id");
    CHECK(strstr(sms->given, "\"idempotency_key\":\"msg-1\"") != NULL, "which is the key");
    CHECK(strstr(sms->given, "\"matter\":\"@messages\"") != NULL, "as a message");
    CHECK(strstr(sms->given, "\"to\":\"+8613800000001\"") != NULL, "to the applicant");
    CHECK(strstr(sms->given, "was accepted") != NULL, "in the applicant's language");
    CHECK(strstr(sms->given, "{{") == NULL, "with every name filled");
    struct engine_errand errand = message_of(1);
    const char *text = base_json_member_text(engine_errand_member(&errand, "form"), "sms");
    CHECK(text != NULL && strstr(text, "{{code}}") != NULL, "the code itself is kept nowhere");
    engine_errand_fini(&errand);
    report(sms, BASE_ITEM_ACCEPT, 1, "{\"external_ref\":\"G-1\"}");
    check_state(1, ENGINE_ERRAND_ACCEPTED, "the gateway has it");
    CHECK_I64(0, sms->in_hand, "its credit is back");
    report(sms, BASE_ITEM_OPINION, 1, "{\"opinion\":\"approve\"}");
    check_state(1, ENGINE_ERRAND_DONE, "its receipt came");
    errand = message_of(1);
    CHECK_TEXT("G-1", errand.external_ref, "under the gateway's number");
    CHECK(errand.ended_ms > 0 && errand.sent_ms > 0, "with its times");
    engine_errand_fini(&errand);
    report(sms, BASE_ITEM_OPINION, 1, "{\"opinion\":\"approve\"}");
    check_state(1, ENGINE_ERRAND_DONE, "said twice, it is so once");
}

/* No receipt will come: it was sent, and nobody says that it arrived. */
static void test_sent(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    submit(STAND);
    report(sms, BASE_ITEM_OPINION, 1, "{\"opinion\":\"not_applicable\"}");
    check_state(1, ENGINE_ERRAND_SENT, "handed over");
    CHECK_I64(0, sms->in_hand, "an end brings the credit back, too");
}

/* Without a notifier nothing is made; with one that is not there yet, it waits for it. */
static void test_no_notifier(void **state)
{
    struct store_reader *reader;
    struct base_arena arena = {0};
    struct store_entry entry;

    (void)state;
    submit(STAND);
    reader = store_reader_take(stage.engine->store);
    CHECK_I64(OD_ENOTFOUND, store_read_entry(reader, ENGINE_ENTRY_MESSAGE, 1, &arena, &entry), "nobody would send it");
    store_reader_give(stage.engine->store, reader);
    base_arena_fini(&arena);
    stage_ask(FRONT_CONNECTOR_LOAD, "sms", NULL, "{\"module\":\"sms-1\",\"serves\":\"messages\"}");
    stage_settle();
    submit(STAND);
    check_state(1, ENGINE_ERRAND_WAITING, "its notifier is starting");
    stage_link_ready(stage_link("sms"));
    stage_settle();
    check_state(1, ENGINE_ERRAND_OFFERED, "and has it now");
}

/* -- Failures -- */

static void test_failover(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
    struct connect_link *email = stage_load("email", "{\"module\":\"email-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    submit(STAND);
    CHECK(was_given(sms, 1) && !was_given(email, 1), "by text message first");
    report(sms, BASE_ITEM_OPINION, 1, "{\"opinion\":\"reject\",\"reasons\":[\"no such number\"]}");
    CHECK(was_given(email, 1), "refused there: by the next channel");
    CHECK(strstr(email->given, "\"to\":\"li@example.org\"") != NULL, "to its address");
    CHECK(strstr(email->given, "\"channel\":\"email\"") != NULL, "in its form");
    report(email, BASE_ITEM_OPINION, 1, "{\"opinion\":\"reject\",\"reasons\":[\"mailbox full\"]}");
    check_state(1, ENGINE_ERRAND_FAILED, "nobody could");
    struct stage_request *alerts = stage_ask_query(FRONT_ALERT_LIST, "kind=notice_undelivered");
    stage_settle();
    CHECK(strstr(alerts->answer, "\"message\":\"msg-1\"") != NULL, "staff are told");
    struct stage_request *again = stage_ask(FRONT_MESSAGE_RETRY, "msg-1", NULL, NULL);
    stage_settle();
    CHECK_I64(200, again->status, "sent once more by a person");
    CHECK(was_given(sms, 1), "from the beginning");
    again = stage_ask(FRONT_MESSAGE_RETRY, "msg-1", NULL, NULL);
    stage_settle();
    CHECK_I64(409, again->status, "one that is under way is not");
}

static void test_fails_again_and_again(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
    struct connect_link *email = stage_load("email", "{\"module\":\"email-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    submit(STAND);
    for (unsigned i = 1; i < ENGINE_ERRAND_TRIES_MAX; i++) {
        report(sms, BASE_ITEM_FAIL, 1, "{\"effect\":\"none\",\"code\":\"down\"}");
        check_state(1, ENGINE_ERRAND_WAITING, "a dead link is no refusal");
        CHECK(!was_given(sms, 1), "it rests");
        stage.monotonic_ms += 3600000;
        stage_settle();
        CHECK(was_given(sms, 1), "and is tried again by the same");
    }
    report(sms, BASE_ITEM_FAIL, 1, "{\"effect\":\"none\",\"code\":\"down\"}");
    CHECK(was_given(email, 1), "after so many: by the next");
}

/* Who saw it in another state does not send it again, and what rests goes on resting. */
static void test_sent_again_by_who_saw_it(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    submit(STAND);
    report(sms, BASE_ITEM_FAIL, 1, "{\"effect\":\"none\",\"code\":\"down\"}");
    check_state(1, ENGINE_ERRAND_WAITING, "it rests");
    stage.if_match = "\"0\"";
    struct stage_request *asked = stage_ask(FRONT_MESSAGE_RETRY, "msg-1", NULL, "{}");
    stage_settle();
    CHECK_I64(412, asked->status, "it has changed since");
    check_state(1, ENGINE_ERRAND_WAITING, "nothing came of it");
    CHECK(!was_given(sms, 1), "nor was it sent");
    stage.if_match = NULL;
    stage.monotonic_ms += 3600000;
    stage_settle();
    CHECK(was_given(sms, 1), "its own time has come all the same");
    report(sms, BASE_ITEM_FAIL, 1, "{\"effect\":\"none\",\"code\":\"down\"}");
    stage.if_match = "*";
    asked = stage_ask(FRONT_MESSAGE_RETRY, "msg-1", NULL, "{}");
    stage_settle();
    stage.if_match = NULL;
    CHECK_I64(200, asked->status, "as it is");
    CHECK(was_given(sms, 1), "at once");
}

/* At nine in the morning: quiet hours within a day, over midnight, and at their very ends. */
static void test_quiet_hours(void **state)
{
    static const struct {
        const char *quiet;
        unsigned minutes; /* until it is sent; 0 = at once */
        const char *why;
    } rows[] = {
        {"{\"from\": \"08:00\", \"to\": \"10:00\"}", 60, "within the day"},
        {"{\"from\": \"09:00\", \"to\": \"09:01\"}", 1, "its first minute is quiet"},
        {"{\"from\": \"07:00\", \"to\": \"09:00\"}", 0, "its end is not"},
        {"{\"from\": \"10:00\", \"to\": \"12:00\"}", 0, "later in the day"},
        {"{\"from\": \"21:00\", \"to\": \"09:30\"}", 30, "since last night"},
        {"{\"from\": \"21:00\", \"to\": \"08:00\"}", 0, "between two nights"},
        {"{\"from\": \"08:30\", \"to\": \"08:00\"}", 23 * 60, "all but half an hour: until tomorrow"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char center[128];
        snprintf(center, sizeof(center), "{\"center\": {\"notices\": {\"quiet\": %s}, ", rows[i].quiet);
        char *text = fixture_replace(fixture_text, "{\"center\": {", center);
        stage_open_text(1, text);
        free(text);
        struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
        CHECK_I64(9 * 60, stage.engine->now.minute, "at nine");
        submit(STAND);
        CHECK(was_given(sms, 1) == (rows[i].minutes == 0), rows[i].why);
        if (rows[i].minutes > 0) {
            check_state(1, ENGINE_ERRAND_RESTING, rows[i].why);
            stage_wait((int64_t)rows[i].minutes * 60000 - 1000);
            stage_settle();
            CHECK(!was_given(sms, 1), "a second before");
            stage_wait(1000);
            stage_settle();
            CHECK(was_given(sms, 1), rows[i].why);
        }
        stage_close();
    }
}

/* What may have arrived goes to no other gateway while the one that knows the key can be asked. */
static void test_unknown_effect(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    stage_load("email", "{\"module\":\"email-1\",\"serves\":\"messages\"}", 4);
    submit(STAND);
    report(sms, BASE_ITEM_FAIL, 1, "{\"effect\":\"unknown\",\"code\":\"timeout\"}");
    stage.monotonic_ms += 10000;
    stage_settle();
    CHECK(was_given(sms, 1), "by the same");
    CHECK(strstr(sms->given, "\"redelivered\":true") != NULL, "as a repeat");
    CHECK(strstr(sms->given, "\"idempotency_key\":\"msg-1\"") != NULL, "with the same key");
}

/* A gateway that is down is told to staff, as a department is. */
static void test_breaker(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    sms->failures_max = 1;
    submit(STAND);
    report(sms, BASE_ITEM_FAIL, 1, "{\"effect\":\"none\",\"code\":\"down\"}");
    CHECK_I64(1, sms->failures, "its breaker hears it");
    struct stage_request *alerts = stage_ask_query(FRONT_ALERT_LIST, "kind=connector_failing");
    stage_settle();
    CHECK(strstr(alerts->answer, "\"connector\":\"sms\"") != NULL, "and staff are told");
    stage.monotonic_ms += 10000;
    stage_settle();
    report(sms, BASE_ITEM_ACCEPT, 1, "{\"external_ref\":\"G-1\"}");
    CHECK_I64(1, sms->successes, "it hears that it is well, too");
}

static void test_no_address(void **state)
{
    (void)state;
    stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
    submit(NO_PHONE);
    check_state(1, ENGINE_ERRAND_FAILED, "there is no way to the applicant");
}

static void test_give_back(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    submit(STAND);
    report(sms, BASE_ITEM_GIVE_BACK, 1, "{}");
    check_state(1, ENGINE_ERRAND_WAITING, "untouched");
    CHECK_I64(0, sms->in_hand, "its credit is back");
    stage.monotonic_ms += 1000;
    stage_settle();
    check_state(1, ENGINE_ERRAND_OFFERED, "after a moment");
}

/* -- Deaths -- */

static void test_session_lost(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    submit(STAND);
    submit(STAND);
    report(sms, BASE_ITEM_ACCEPT, 1, "{\"external_ref\":\"G-1\"}");
    stage_link_lose(sms, true, handle_of(2));
    stage_settle();
    stage_link_ready(sms);
    sms->credits = 4;
    stage_settle();
    stage.monotonic_ms += 10000;
    stage_settle();
    CHECK(was_given(sms, 1) && was_given(sms, 2), "both come again");
    check_state(1, ENGINE_ERRAND_ACCEPTED, "what was accepted is resumed");
    check_state(2, ENGINE_ERRAND_OFFERED, "what was offered is offered again");
    struct engine_errand errand = message_of(2);
    CHECK(errand.is_redelivered, "as a repeat");
    CHECK_I64(2, errand.attempt, "which is counted");
    engine_errand_fini(&errand);
    report(sms, BASE_ITEM_OPINION, 1, "{\"opinion\":\"approve\"}");
    check_state(1, ENGINE_ERRAND_DONE, "and its receipt counts");
}

/* What comes of a cancelled one is kept, once, however often it is said. */
static void test_late_is_noted_once(void **state)
{
    static const struct { uint8_t item; const char *payload; bool is_noted; const char *why; } rows[] = {
        {BASE_ITEM_ACCEPT, "{\"external_ref\":\"G-1\"}", true, "the gateway has it"},
        {BASE_ITEM_ACCEPT, "{\"external_ref\":\"G-1\"}", false, "said again"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"approve\"}", true, "and it arrived"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"approve\"}", false, "said again"},
        {BASE_ITEM_CANCELLED, "{\"effect\":\"done\"}", true, "which stays"},
        {BASE_ITEM_CANCELLED, "{\"effect\":\"done\"}", false, "said again"},
    };
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    submit(STAND);
    CHECK_I64(OD_OK, engine_errand_cancel(stage.engine, ENGINE_ENTRY_MESSAGE, 1, "test"), "called off");
    stage_settle();
    check_state(1, ENGINE_ERRAND_CANCELLED, "it is cancelled");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct engine_errand before = message_of(1), after;

        report(sms, rows[i].item, 1, rows[i].payload);
        after = message_of(1);
        CHECK_I64(rows[i].is_noted, after.revision > before.revision, rows[i].why);
        CHECK_TEXT("G-1", after.external_ref, rows[i].why);
        engine_errand_fini(&before);
        engine_errand_fini(&after);
    }
    check_state(1, ENGINE_ERRAND_CANCELLED, "as before");
}

/* What is held leaves when its timer says so, not when a clock that lags behind agrees. */
static void test_patience_ends(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    sms->credits = 0;
    submit(STAND);
    sms->credits = 1;
    sms->is_put_refused = true;
    stage.early_ms = 1;
    stage_rooms();
    while (stage_job())
        ;
    stage_turn();
    stage_turn();
    CHECK(stage.batch == NULL, "an offer of a message is held");
    stage.on_patience(stage.patience);
    stage_turn();
    stage.early_ms = 0;
    CHECK(stage.batch != NULL, "and leaves");
    stage_settle();
    CHECK(was_given(sms, 1), "to be put");
}

/* Called off between the disk and the session, which had no room after all and never saw it. */
static void test_cancelled_before_put(void **state)
{
    (void)state;
    for (int is_full = 0; is_full <= 1; is_full++) {
        stage_close();
        stage_open(1);
        struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
        sms->credits = 0;
        submit(STAND);
        check_state(1, ENGINE_ERRAND_WAITING, "no room");
        sms->credits = 1;
        sms->is_put_refused = true;
        stage_rooms();
        for (unsigned i = 0; i < 8 && stage.batch == NULL; i++) {
            while (stage_job())
                ;
            stage_turn();
        }
        CHECK(stage.batch != NULL, "the offer is on its way to the disk");
        CHECK_I64(OD_OK, engine_errand_cancel(stage.engine, ENGINE_ENTRY_MESSAGE, 1, "test"), "it waits behind the offer");
        sms->credits = 0;
        stage_commit(false);
        check_state(1, ENGINE_ERRAND_OFFERED, "recorded, and not put");
        for (unsigned i = 0; i < 8 && is_full != 0 && stage.batch == NULL; i++) {
            while (stage_job())
                ;
            stage_turn();
        }
        if (is_full != 0)
            CHECK(stage_commit(true), "what takes it back finds the disk full");
        stage_settle();
        check_state(1, ENGINE_ERRAND_CANCELLED, "it is wanted no more");
        CHECK_I64(0, sms->in_hand, "no credit comes back that was not given");
        CHECK(stage_held(sms, handle_of(1)) == NULL, "and nothing is said of what the session never saw");
        CHECK_I64(0, stage.engine->errands->slot_count, "nothing is left of it in memory");
    }
}

/* The hub dies after each write; nothing is lost, and nothing is sent under another key. */
static void test_hub_dies(void **state)
{
    (void)state;
    for (unsigned deaths = 0; deaths < 12; deaths++) {
        stage_close();
        stage_open(deaths);
        stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
        stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
        for (unsigned i = 0; i < deaths; i++)
            if (!stage_job())
                stage_commit(false), stage_turn();
        stage_restart(deaths % 2 == 0);
        stage_settle();
        struct connect_link *sms = stage_link("sms");
        CHECK(sms != NULL, "it comes back with the hub");
        stage_link_ready(sms);
        sms->credits = 4;
        stage_settle();
        stage.monotonic_ms += 10000;
        stage_settle();
        struct engine_application *row = stage_read(1);
        if (row == NULL)
            continue; /* it was never acknowledged */
        CHECK(was_given(sms, 1), "an application that is there has its message on its way");
        CHECK(strstr(sms->given, "\"idempotency_key\":\"msg-1\"") != NULL, "under the one key");
        engine_application_destroy(row);
    }
}

/* -- Who serves what -- */

static void test_refused(void **state)
{
    static const struct {
        const char *body, *pointer, *why;
    } rows[] = {
        {"{\"module\":\"sms-1\",\"serves\":\"letters\"}", "/serves", "no such kind"},
        {"{\"module\":\"sms-1\",\"serves\":7}", "/serves", "no text"},
        {"{\"module\":\"sms-1\",\"serves\":\"messages\",\"department\":\"market\"}", "/serves", "one or the other"},
        {"{\"module\":\"sms-1\",\"serves\":\"messages\",\"priority\":0}", "/priority", "from 1"},
        {"{\"module\":\"sms-1\",\"serves\":\"messages\",\"priority\":1001}", "/priority", "limit + 1"},
        {"{\"module\":\"sms-1\",\"serves\":\"messages\",\"channel\":\"pigeon\"}", "/channel", "no such channel"},
        {"{\"module\":\"sms-1\",\"serves\":\"parcels\",\"channel\":\"sms\"}", "/channel", "a parcel has none"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage_request *asked = stage_ask(FRONT_CONNECTOR_LOAD, "sms", NULL, rows[i].body);

        stage_drain();
        CHECK_I64(422, asked->status, rows[i].why);
        CHECK_TEXT(rows[i].pointer, asked->pointer, rows[i].why);
    }
    stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\",\"priority\":1000}", 4);
    struct stage_request *shown = stage_ask(FRONT_CONNECTOR_SHOW, "sms", NULL, NULL);
    stage_drain();
    CHECK(strstr(shown->answer, "\"serves\":\"messages\"") != NULL, "it says whom it serves");
    CHECK(strstr(shown->answer, "\"priority\":1000") != NULL, "and when its turn is: the limit");
    CHECK(strstr(shown->answer, "\"channel\":\"sms\"") != NULL, "by which channel");
}

static void test_priority(void **state)
{
    struct connect_link *second = stage_load("a-second", "{\"module\":\"sms-2\",\"serves\":\"messages\",\"priority\":2}", 4);
    struct connect_link *first = stage_load("z-first", "{\"module\":\"sms-1\",\"serves\":\"messages\",\"priority\":1}", 4);

    (void)state;
    submit(STAND);
    CHECK(was_given(first, 1) && !was_given(second, 1), "the lower number first");
    stage_link_lose(first, false, 0);
    submit(STAND);
    CHECK(!was_given(second, 2), "the best one is waited for ...");
    stage_wait(ENGINE_ERRAND_GRACE_MS + 1000);
    stage_link_lose(second, false, 0);
    stage_link_ready(second);
    second->credits = 4;
    stage_settle();
    CHECK(was_given(second, 2), "... for a moment");
}

/* -- Callbacks -- */

static void test_callback(void **state)
{
    static const struct package_manifest events = {
        .credits = 4, .dedupe = PACKAGE_DEDUPE_NATIVE, .capabilities = {.has_events = true}};
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
    struct stage_request *asked;

    (void)state;
    sms->manifest = &events;
    submit(STAND);
    report(sms, BASE_ITEM_ACCEPT, 1, "{\"external_ref\":\"G-1\"}");
    asked = stage_callback("sms", "msg-1", "e1", "{\"status\":\"DELIVRD\"}");
    stage_verify(OD_OK);
    stage_settle();
    CHECK_I64(202, asked->status, "by our number");
    CHECK(strstr(sms->events, "e1 ") != NULL, "the connector is told");
    asked = stage_callback("sms", "G-1", "e2", "{}");
    stage_verify(OD_OK);
    stage_settle();
    CHECK_I64(202, asked->status, "by the gateway's");
    asked = stage_callback("sms", "G-2", "e3", "{}");
    stage_verify(OD_OK);
    stage_settle();
    CHECK_I64(404, asked->status, "nobody knows that one");
    stage_link_lose(sms, true, 0);
    stage_link_ready(sms);
    stage_settle();
    CHECK_TEXT("e1 e2 ", sms->events, "the next session is told again");
}

/* -- Limits -- */

static char *filled(const char *head, size_t size, const char *tail)
{
    char *text = malloc(strlen(head) + size + strlen(tail) + 1);
    size_t at = strlen(head);

    strcpy(text, head);
    memset(text + at, 'A', size);
    strcpy(text + at + size, tail);
    return text;
}

static void report_filled(struct connect_link *link, uint8_t kind, const char *head, size_t size, const char *tail)
{
    char *payload = filled(head, size, tail);

    report(link, kind, 1, payload);
    free(payload);
}

static const char *member_of(uint64_t id, const char *key, char text[32768])
{
    struct engine_errand errand = message_of(id);
    struct base_buffer printed = {0};

    base_json_put(&printed, NULL, engine_errand_member(&errand, key));
    snprintf(text, 32768, "%s", base_buffer_text(&printed));
    base_buffer_fini(&printed);
    engine_errand_fini(&errand);
    return text;
}

static void test_report_limits(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
    static char text[32768];

    (void)state;
    submit(STAND);
    report_filled(sms, BASE_ITEM_ACCEPT, "{\"external_ref\":\"", BASE_EXTERNAL_REF_MAX + 1, "\"}");
    check_state(1, ENGINE_ERRAND_OFFERED, "a number that is too long is refused");
    report_filled(sms, BASE_ITEM_ACCEPT, "{\"external_ref\":\"", BASE_EXTERNAL_REF_MAX, "\"}");
    check_state(1, ENGINE_ERRAND_ACCEPTED, "the longest is taken");
    report_filled(sms, BASE_ITEM_CHECKPOINT, "{\"checkpoint\":\"", ENGINE_ERRAND_CHECKPOINT_MAX, "\"}");
    CHECK_I64(ENGINE_ERRAND_CHECKPOINT_MAX + 2, strlen(member_of(1, "checkpoint", text)), "the largest checkpoint");
    report_filled(sms, BASE_ITEM_CHECKPOINT, "{\"checkpoint\":\"BBBB", ENGINE_ERRAND_CHECKPOINT_MAX, "\"}");
    CHECK(strncmp(member_of(1, "checkpoint", text), "\"AAAA", 5) == 0, "a larger one changes nothing");
    report_filled(sms, BASE_ITEM_PROGRESS, "{\"text\":\"", ENGINE_ERRAND_NOTE_MAX - 11, "\"}");
    CHECK_I64(ENGINE_ERRAND_NOTE_MAX, strlen(member_of(1, "note", text)), "the longest note");
    report_filled(sms, BASE_ITEM_PROGRESS, "{\"text\":\"B", ENGINE_ERRAND_NOTE_MAX - 11, "\"}");
    CHECK(strstr(member_of(1, "note", text), "B") == NULL, "a longer one is not kept");
    report(sms, BASE_ITEM_NEED_INPUT, 1, "{}");
    report(sms, BASE_ITEM_PAUSE, 1, "{\"kind\":\"inspection\"}");
    check_state(1, ENGINE_ERRAND_ACCEPTED, "what is not of errands changes nothing");
}

static int call_back(const char *event, size_t size)
{
    char *body = filled("{\"a\":\"", size - 8, "\"}");
    struct stage_request *asked = stage_callback("sms", "msg-1", event, body);

    stage_verify(OD_OK);
    stage_settle();
    free(body);
    return asked->status;
}

static void test_callback_limits(void **state)
{
    static const struct package_manifest events = {.credits = 4, .dedupe = PACKAGE_DEDUPE_NATIVE, .capabilities = {.has_events = true}};
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
    static char text[32768];
    char event[16];

    (void)state;
    sms->manifest = &events;
    submit(STAND);
    CHECK_I64(202, call_back("large", ENGINE_ERRAND_EVENT_MAX), "the largest");
    CHECK_I64(413, call_back("larger", ENGINE_ERRAND_EVENT_MAX + 1), "one byte more");
    for (unsigned i = 0; i < ENGINE_ERRAND_EVENTS_MAX; i++) {
        snprintf(event, sizeof(event), "e%u", i);
        CHECK_I64(202, call_back(event, 16), "many");
    }
    member_of(1, "events", text);
    CHECK(strstr(text, "\"large\"") == NULL && strstr(text, "\"e0\"") != NULL, "so many are kept, the last ones");
    CHECK_I64(202, call_back("e3", 16), "one that is known");
    CHECK(strstr(sms->events, "e3 e4") != NULL && strstr(sms->events, "e15 e3") == NULL, "is not told twice");
}

static void test_other_limits(void **state)
{
    struct base_buffer body = {0};
    struct store_entry entry = {.kind = ENGINE_ENTRY_MESSAGE, .id = 1};
    struct engine_errand errand;
    char id[BASE_ID_MAX + 1], text[512], connector[64];
    char *params = filled("{\"a\":\"", ENGINE_MESSAGE_PARAMS_MAX - 8, "\"}");

    (void)state;
    stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
    struct engine_message message = {.kind = "inquiry_replied", .phone = "110", .params = params};
    CHECK_I64(OD_OK, engine_message_put(stage.engine, &message, NULL), "the largest parameters");
    free(params);
    message.params = params = filled("{\"a\":\"", ENGINE_MESSAGE_PARAMS_MAX - 7, "\"}");
    CHECK_I64(OD_EINVAL, engine_message_put(stage.engine, &message, NULL), "one byte more");
    free(params);
    message = (struct engine_message){.kind = "sneezed"};
    CHECK_I64(OD_EINVAL, engine_message_put(stage.engine, &message, NULL), "no such kind");
    stage_settle();
    memset(connector, 'c', sizeof(connector));
    connector[BASE_ID_MAX - 2 - 8] = '\0';
    CHECK_I64(OD_OK, engine_errand_department_id("messages", connector, id, text), "the longest id");
    CHECK_I64(BASE_ID_MAX, strlen(id), "which is as long as an id may be");
    connector[BASE_ID_MAX - 2 - 8] = 'c';
    connector[BASE_ID_MAX - 2 - 8 + 1] = '\0';
    CHECK_I64(OD_EINVAL, engine_errand_department_id("messages", connector, id, text), "one byte more");
    base_buffer_put_text(&body, "{\"tried\":[\"c0\"");
    for (unsigned i = 1; i < ENGINE_ERRAND_TRIED_MAX - 1; i++)
        base_buffer_put_format(&body, ",\"c%u\"", i);
    base_buffer_put_text(&body, "]}");
    entry.body = base_buffer_text(&body);
    entry.body_size = (uint32_t)body.size;
    CHECK_I64(OD_OK, engine_errand_read(&entry, &errand), "read");
    CHECK_I64(OD_OK, engine_errand_tried_add(&errand, "last"), "the last that may try");
    engine_errand_fini(&errand);
    body.size -= 2;
    base_buffer_put_text(&body, ",\"c15\"]}");
    entry.body = base_buffer_text(&body);
    entry.body_size = (uint32_t)body.size;
    CHECK_I64(OD_OK, engine_errand_read(&entry, &errand), "read");
    CHECK_I64(OD_ELIMIT, engine_errand_tried_add(&errand, "one more"), "limit + 1");
    engine_errand_fini(&errand);
    base_buffer_fini(&body);
}

static int change_nothing(struct engine *engine, struct engine_errand *errand, void *data)
{
    (void)engine;
    (void)errand;
    (void)data;
    return OD_EEXIST;
}

static void on_changed(struct engine *engine, const struct engine_errand *errand, int rc, void *data)
{
    (void)engine;
    (void)errand;
    *(int *)data = rc;
}

static void test_busy(void **state)
{
    size_t before;
    int told = 1;

    (void)state;
    stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
    submit(STAND);
    before = stage.engine->errands->slot_count;
    stage.engine->errands->slot_count = ENGINE_ERRANDS_BUSY_MAX;
    CHECK_I64(OD_EBUSY, engine_errand_change(stage.engine, ENGINE_ENTRY_MESSAGE, 1, "test", change_nothing, on_changed, &told), "no more at once");
    stage.engine->errands->slot_count = before;
    CHECK_I64(OD_OK, engine_errand_change(stage.engine, ENGINE_ENTRY_MESSAGE, 1, "test", change_nothing, on_changed, &told), "when there is room");
    stage_settle();
    CHECK_I64(OD_OK, told, "it was looked at");
    CHECK_I64(OD_OK, engine_errand_change(stage.engine, ENGINE_ENTRY_MESSAGE, 999, "test", change_nothing, on_changed, &told), "one that is not there");
    stage_settle();
    CHECK_I64(OD_ENOTFOUND, told, "is not found");
}

/* No receipt in three days: it counts as sent, and the connector lets go of it. */
static void test_no_receipt(void **state)
{
    struct connect_link *sms = stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);

    (void)state;
    submit(STAND);
    report(sms, BASE_ITEM_ACCEPT, 1, "{\"external_ref\":\"G-1\"}");
    stage_wait((ENGINE_MESSAGE_RECEIPT_HOURS * 60 - 2) * INT64_C(60000));
    stage_settle();
    check_state(1, ENGINE_ERRAND_ACCEPTED, "not yet");
    stage_wait(4 * 60000);
    stage_settle();
    check_state(1, ENGINE_ERRAND_SENT, "sent");
    CHECK(!was_given(sms, 1), "and let go");
}

/* Several matters have clocks: whoever is told that one stands still is told which. */
static void test_words_of_a_pause_name_the_matter(void **state)
{
    static const char *const kinds[] = {"paused", "resumed"};

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        CHECK(catalog_notice_name_is(kinds[i], "matter", 6) && catalog_notice_name_is(kinds[i], "department", 10), "the names are filled in");
        for (int language = 0; language < CATALOG_LANGUAGES; language++) {
            const char *text = engine_message_text(kinds[i], (enum catalog_language)language);

            CHECK(strstr(text, "{{matter}}") != NULL && strstr(text, "{{department}}") != NULL, text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_of_a_pause_name_the_matter),
        cmocka_unit_test_setup_teardown(test_delivered, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_sent, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_no_notifier, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_failover, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_fails_again_and_again, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_sent_again_by_who_saw_it, open_stage, close_stage),
        cmocka_unit_test(test_quiet_hours),
        cmocka_unit_test_setup_teardown(test_unknown_effect, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_breaker, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_no_address, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_give_back, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_session_lost, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_late_is_noted_once, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_patience_ends, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_cancelled_before_put, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_hub_dies, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_refused, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_priority, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_callback, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_report_limits, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_callback_limits, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_other_limits, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_busy, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_no_receipt, open_stage, close_stage),
    };

    base_log_init("engine_errand_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
