/* SPDX-License-Identifier: Apache-2.0 */
/* How a result reaches the applicant: at the window, as a signed document, by courier. */
#include <stdio.h>

#include "engine/desk.h"
#include "engine/errand.h"
#include "engine/parcel.h"
#include "engine/replay.h"
#include "engine/result.h"
#include "lib/check.h"

#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"
#define TO "\"recipient\":{\"name\":\"Li\",\"phone\":\"13800000000\",\"address\":\"1 River Road\"}"

/* An application that was decided. */
static const char *decided(void)
{
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);

    desk_do(&desk_land, FRONT_TASK_TAKE, desk_task(number, 0), 200, "{}");
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"approve\",\"document_no\":\"L-7\"}");
    desk_do(&desk_water, FRONT_TASK_TAKE, desk_task(number, 1), 200, "{}");
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 200, "{\"opinion\":\"approve_with_conditions\",\"conditions\":[\"keep the bank clear\"]}");
    return number;
}

static struct stage_request *deliver(const char *number, int status, const char *body)
{
    return desk_do(&desk_front, FRONT_APPLICATION_DELIVERY, number, status, body);
}

static struct stage_request *delivery_of(const char *number)
{
    return desk_get(FRONT_DELIVERY_SHOW, number, NULL);
}

static const char *status_of(const char *number)
{
    return desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status");
}

static void test_at_the_window(void **state)
{
    const char *number = decided();

    (void)state;
    CHECK_TEXT("running", desk_of(delivery_of(number), "clock"), "the delivery clock runs from the decision");
    CHECK_TEXT("null", desk_of(delivery_of(number), "way"), "on no way yet");
    deliver(number, 200, "{\"received_by\":\"Li Wei\",\"relation\":\"herself\"}");
    CHECK_TEXT("closed", status_of(number), "handed over");
    struct stage_request *asked = delivery_of(number);
    CHECK_TEXT("window", desk_of(asked, "way"), "way");
    CHECK_TEXT("met", desk_of(asked, "clock"), "in time");
    CHECK_TEXT("Li Wei", desk_of(asked, "record.received_by"), "who took it");
    CHECK(strstr(desk_get(FRONT_APPLICATION_EVENTS, number, NULL)->answer, "Li Wei") == NULL, "no name in the journal");
    deliver(number, 409, "{}");
    replay_check(desk_id(number));
    number = decided();
    desk_do(&desk_front, FRONT_APPLICATION_DELIVERY, number, 200, NULL);
    CHECK_TEXT("window", desk_of(delivery_of(number), "way"), "without a word it is the window");
}

static void test_as_a_signed_document(void **state)
{
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", decided());
    desk_do(&desk_supervisor, FRONT_APPLICATION_RESULT, number, 404, NULL);
    deliver(number, 200, "{\"way\":\"electronic\"}");
    CHECK_TEXT("closed", status_of(number), "delivered");
    CHECK_TEXT("electronic", desk_of(delivery_of(number), "way"), "way");
    struct stage_request *asked = desk_get(FRONT_APPLICATION_RESULT, number, NULL);
    CHECK_TEXT(ENGINE_RESULT_FORMAT, desk_of(asked, "format"), "format");
    CHECK_TEXT(number, desk_of(asked, "result.number"), "number");
    CHECK_TEXT("Li", desk_of(asked, "result.applicant.name"), "for whom");
    CHECK_TEXT("approved_with_conditions", desk_of(asked, "result.decision.outcome"), "outcome");
    CHECK_TEXT("keep the bank clear", desk_of(asked, "result.decision.conditions.0.text"), "conditions");
    CHECK_TEXT("L-7", desk_of(asked, "result.documents.0.document_no"), "the department's own document");
    CHECK_I64(128, strlen(desk_of(asked, "signature.value")), "signature");
    replay_check(desk_id(number));
}

/* Number and look-up code open it, and nothing else does. */
static void test_for_whoever_has_the_code(void **state)
{
    char number[BASE_NUMBER_SIZE], body[128], code[ENGINE_CODE_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", decided());
    deliver(number, 200, "{\"way\":\"electronic\"}");
    engine_code(stage.engine, number, code);
    snprintf(body, sizeof(body), "{\"number\":\"%s\",\"code\":\"%s\"}", number, code);
    CHECK_TEXT(number, desk_of(desk_do(&desk_citizen, FRONT_TRACK_RESULT, NULL, 200, body), "result.number"), "with both");
    snprintf(body, sizeof(body), "{\"number\":\"%s\",\"code\":\"AAAAAAAAAA\"}", number);
    desk_do(&desk_citizen, FRONT_TRACK_RESULT, NULL, 404, body);
    desk_do(&desk_citizen, FRONT_TRACK_RESULT, NULL, 422, "{\"number\":\"1\"}");
}

static void test_a_signature_holds_for_its_bytes_alone(void **state)
{
    static const char result[] = "{\"number\": \"1\", \"a\":\"\\u4e2d\"}", same[] = "{\"a\":\"中\",\"number\":\"1\"}", other[] = "{\"a\":\"中\",\"number\":\"2\"}";
    char first[2 * BASE_HASH_SIZE + 1], second[2 * BASE_HASH_SIZE + 1];
    struct base_buffer document = {0};
    struct base_sign_pair pair;

    (void)state;
    base_sign_pair_create(&pair);
    CHECK_I64(OD_OK, engine_result_sign(&pair, result, sizeof(result) - 1, &document, first), "signed");
    base_buffer_clear(&document);
    CHECK_I64(OD_OK, engine_result_sign(&pair, same, sizeof(same) - 1, &document, second), "signed");
    CHECK_TEXT(first, second, "white space, order and escapes mean nothing");
    base_buffer_clear(&document);
    CHECK_I64(OD_OK, engine_result_sign(&pair, other, sizeof(other) - 1, &document, second), "signed");
    CHECK(strcmp(first, second) != 0, "another number does");
    base_buffer_clear(&document);
    CHECK_I64(OD_ESYNTAX, engine_result_sign(&pair, "{", 1, &document, second), "no JSON, no signature");
    base_buffer_fini(&document);
    base_sign_pair_fini(&pair);
}

static void test_by_courier_with_a_waybill(void **state)
{
    const char *number = decided();

    (void)state;
    deliver(number, 409, "{\"way\":\"courier\",\"state\":\"delivered\"}");
    deliver(number, 200, "{\"way\":\"courier\",\"carrier\":\"EMS\",\"waybill\":\"EX-1\"," TO "}");
    CHECK_TEXT("decided", status_of(number), "not there yet");
    struct stage_request *asked = delivery_of(number);
    CHECK_TEXT("courier", desk_of(asked, "way"), "way");
    CHECK_TEXT("on_the_way", desk_of(asked, "record.state"), "state");
    CHECK_TEXT("EX-1", desk_of(asked, "record.waybill"), "waybill");
    deliver(number, 409, "{\"way\":\"courier\",\"carrier\":\"EMS\",\"waybill\":\"EX-2\"," TO "}");
    CHECK_TEXT("/note", deliver(number, 422, "{\"way\":\"courier\",\"state\":\"returned\"}")->pointer, "why it came back");
    deliver(number, 200, "{\"way\":\"courier\",\"state\":\"returned\",\"note\":\"nobody at home\"}");
    CHECK_TEXT("returned", desk_of(delivery_of(number), "record.state"), "it came back");
    CHECK_I64(1, desk_alerts("parcel_returned"), "and staff are told");
    CHECK_TEXT("decided", status_of(number), "the clock runs on");
    deliver(number, 200, "{\"way\":\"courier\",\"carrier\":\"EMS\",\"waybill\":\"EX-2\"," TO "}");
    deliver(number, 200, "{\"way\":\"courier\",\"state\":\"delivered\"}");
    asked = delivery_of(number);
    CHECK_TEXT("closed", desk_of(asked, "status"), "there");
    CHECK_TEXT("delivered", desk_of(asked, "record.state"), "state");
    CHECK_TEXT("courier", desk_of(asked, "way"), "way");
    const char *events = desk_get(FRONT_APPLICATION_EVENTS, number, NULL)->answer;
    CHECK(strstr(events, "River Road") == NULL && strstr(events, "13800000000") == NULL, "no address in the journal");
    replay_check(desk_id(number));
}

/* -- A courier's connector -- */

static void report(struct connect_link *link, uint8_t kind, uint64_t id, const char *payload)
{
    stage_report(link, kind, engine_errand_handle(&engine_parcel_errand, id), payload);
    stage_settle();
}

/* How many messages of a kind were put. */
static size_t messages(const char *kind)
{
    struct stage_request *asked = stage_ask_as(&desk_supervisor, FRONT_MESSAGE_LIST, NULL, "limit=200", NULL);

    stage_drain();
    return desk_count_of(asked, "notice", kind);
}

/* How many events of that type its history has. */
static size_t events(const char *number, const char *type)
{
    return desk_count_of(desk_get(FRONT_APPLICATION_EVENTS, number, NULL), "type", type);
}

static void test_by_a_couriers_connector(void **state)
{
    struct connect_link *ems = stage_load("ems", "{\"module\":\"courier-1\",\"serves\":\"parcels\"}", 4);
    char number[BASE_NUMBER_SIZE];

    (void)state;
    stage_load("sms", "{\"module\":\"sms-1\",\"serves\":\"messages\"}", 4);
    snprintf(number, sizeof(number), "%s", decided());
    deliver(number, 200, "{\"way\":\"courier\"," TO "}");
    stage_settle();
    CHECK(strstr(ems->given, "\"task\":\"parcel-1\"") != NULL && strstr(ems->given, "\"recipient_address\":\"1 River Road\"") != NULL, "offered");
    deliver(number, 409, "{\"way\":\"courier\"," TO "}");
    report(ems, BASE_ITEM_ACCEPT, 1, "{\"external_ref\":\"EX-7\"}");
    struct stage_request *asked = delivery_of(number);
    CHECK_TEXT("accepted", desk_of(asked, "parcels.0.state"), "the courier has it");
    CHECK_TEXT("EX-7", desk_of(asked, "parcels.0.external_ref"), "its waybill");
    CHECK_TEXT("on_the_way", desk_of(asked, "record.state"), "on its way");
    CHECK_I64(1, messages("parcel_sent"), "and the applicant knows");
    deliver(number, 409, "{\"way\":\"courier\",\"state\":\"delivered\"}");
    report(ems, BASE_ITEM_OPINION, 1, "{\"opinion\":\"approve\"}");
    asked = delivery_of(number);
    CHECK_TEXT("closed", desk_of(asked, "status"), "delivered and closed");
    CHECK_TEXT("delivered", desk_of(asked, "record.state"), "the record says so");
    CHECK_TEXT("EX-7", desk_of(asked, "record.waybill"), "with its waybill");
    CHECK_I64(1, messages("parcel_delivered"), "the applicant is told");
    CHECK_I64(1, events(number, "parcel_delivered"), "the end of the parcel, once");
    CHECK_I64(1, events(number, "result_delivered"), "and what it means for the application");
    CHECK(strstr(desk_get(FRONT_APPLICATION_EVENTS, number, NULL)->answer, "River Road") == NULL, "no address in the journal");
    replay_check(desk_id(number));
}

static void test_a_parcel_comes_back(void **state)
{
    struct connect_link *ems = stage_load("ems", "{\"module\":\"courier-1\",\"serves\":\"parcels\"}", 4);
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", decided());
    deliver(number, 200, "{\"way\":\"courier\"," TO "}");
    stage_settle();
    report(ems, BASE_ITEM_ACCEPT, 1, "{\"external_ref\":\"EX-7\"}");
    report(ems, BASE_ITEM_OPINION, 1, "{\"opinion\":\"reject\",\"reasons\":[\"nobody there\"]}");
    CHECK_TEXT("decided", status_of(number), "the clock runs on");
    CHECK_TEXT("returned", desk_of(delivery_of(number), "record.state"), "it came back");
    CHECK_I64(1, desk_alerts("parcel_returned"), "staff are told");
    deliver(number, 200, "{\"received_by\":\"Li\"}");
    CHECK_TEXT("closed", status_of(number), "handed over at the window");
    replay_check(desk_id(number));
}

/* Staff hand it over while the courier still has a copy of it: what the courier says later changes nothing. */
static void test_the_window_is_faster_than_the_courier(void **state)
{
    struct connect_link *ems = stage_load("ems", "{\"module\":\"courier-1\",\"serves\":\"parcels\"}", 4);
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", decided());
    deliver(number, 200, "{\"way\":\"courier\"," TO "}");
    stage_settle();
    report(ems, BASE_ITEM_ACCEPT, 1, "{\"external_ref\":\"EX-7\"}");
    deliver(number, 200, "{\"received_by\":\"Li\"}");
    report(ems, BASE_ITEM_OPINION, 1, "{\"opinion\":\"approve\"}");
    struct stage_request *asked = delivery_of(number);
    CHECK_TEXT("window", desk_of(asked, "way"), "who was first");
    CHECK_TEXT("Li", desk_of(asked, "record.received_by"), "stands");
    replay_check(desk_id(number));
}

static void test_what_is_wrong_is_told(void **state)
{
    static const struct { const char *body, *pointer; } rows[] = {
        {"{\"way\":\"pigeon\"}", "/way"}, {"{\"way\":7}", "/way"}, {"{\"received_by\":\"\"}", "/received_by"}, {"{\"received_by\":\"a\\u0007b\"}", "/received_by"},
        {"{\"received_by\":7}", "/received_by"}, {"{\"way\":\"courier\"}", "/waybill"}, {"{\"way\":\"courier\",\"waybill\":\"1\"}", "/carrier"},
        {"{\"way\":\"courier\",\"waybill\":\"1\",\"carrier\":\"EMS\"}", "/recipient/name"}, {"{\"way\":\"courier\",\"state\":\"lost\"}", "/state"},
        {"{\"way\":\"courier\",\"waybill\":\"1\",\"carrier\":\"EMS\",\"recipient\":{\"name\":\"Li\",\"phone\":\"1\"}}", "/recipient/address"}};
    const char *number = decided();
    char body[ENGINE_DELIVERY_TEXT_MAX + 64], name[ENGINE_DELIVERY_TEXT_MAX + 2];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_TEXT(rows[i].pointer, deliver(number, 422, rows[i].body)->pointer, rows[i].body);
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    snprintf(body, sizeof(body), "{\"received_by\":\"%s\"}", name);
    deliver(number, 422, body);
    name[sizeof(name) - 2] = '\0';
    snprintf(body, sizeof(body), "{\"received_by\":\"%s\"}", name);
    deliver(number, 200, body);
    deliver("RVS20240115-0000009-7", 404, "{}");
    deliver(desk_submit("plain", "{\"area\":100}", BOTH), 409, "{}");
}

/* -- After the years of retention: docs/rules/retention.md, R-7 -- */

/* Everything that the store says of it in entries. */
static bool store_says(const char *text)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    bool is_said = false;

    for (uint8_t kind = 1; kind < ENGINE_ENTRY_KINDS; kind++) {
        struct store_entry_filter filter = {.kind = kind, .state = -1, .department = -1, .before = UINT64_MAX};
        struct store_entry items[BASE_PAGE_MAX];
        struct base_arena arena = {0};
        size_t count = 0;

        CHECK_I64(OD_OK, store_read_entries(reader, &filter, &arena, items, BASE_PAGE_MAX, &count, &filter.before), "entries");
        for (size_t i = 0; i < count; i++)
            is_said = is_said || (items[i].body != NULL && strstr(items[i].body, text) != NULL);
        base_arena_fini(&arena);
    }
    store_reader_give(stage.engine->store, reader);
    return is_said;
}

static void test_the_one_who_got_it_is_forgotten(void **state)
{
    char window[BASE_NUMBER_SIZE], courier[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(window, sizeof(window), "%s", decided());
    deliver(window, 200, "{\"received_by\":\"Li Wei\",\"relation\":\"her sister\"}");
    snprintf(courier, sizeof(courier), "%s", decided());
    deliver(courier, 200, "{\"way\":\"courier\",\"carrier\":\"EMS\",\"waybill\":\"EX-1\"," TO "}");
    deliver(courier, 200, "{\"way\":\"courier\",\"state\":\"delivered\",\"note\":\"left with the porter\"}");
    CHECK(store_says("Li Wei") && store_says("River Road") && store_says("porter"), "while it is needed");
    desk_age();
    static const char *const gone[] = {"Li Wei", "her sister", "13800000000", "River Road", "porter"};
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
        CHECK(!store_says(gone[i]), gone[i]);
    struct stage_request *asked = delivery_of(courier);
    CHECK_TEXT("EX-1", desk_of(asked, "record.waybill"), "how it went stays");
    CHECK_TEXT("delivered", desk_of(asked, "record.state"), "and that it arrived");
    CHECK_TEXT("window", desk_of(delivery_of(window), "way"), "of the other, too");
    CHECK(strstr(desk_get(FRONT_APPLICATION_EVENTS, courier, NULL)->answer, "entry_redacted") != NULL, "on record");
}

static void test_a_signed_document_is_erased(void **state)
{
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", decided());
    deliver(number, 200, "{\"way\":\"electronic\"}");
    CHECK_TEXT("true", desk_of(delivery_of(number), "has_result"), "there is one");
    CHECK(store_says(ENGINE_RESULT_FORMAT), "it is in the store");
    desk_age();
    CHECK(!store_says(ENGINE_RESULT_FORMAT), "it is not any more");
    struct stage_request *asked = desk_do(&desk_supervisor, FRONT_APPLICATION_RESULT, number, 410, NULL);
    CHECK(strstr(asked->detail, "1 year") != NULL && strstr(asked->detail, "2025-") != NULL, asked->detail);
    CHECK_TEXT("electronic", desk_of(delivery_of(number), "way"), "how it went stays");
    CHECK_TEXT("false", desk_of(delivery_of(number), "has_result"), "nothing is offered that is gone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_at_the_window, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_as_a_signed_document, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_for_whoever_has_the_code, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_signature_holds_for_its_bytes_alone, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_by_courier_with_a_waybill, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_by_a_couriers_connector, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_parcel_comes_back, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_the_window_is_faster_than_the_courier, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_what_is_wrong_is_told, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_the_one_who_got_it_is_forgotten, desk_open_retaining, desk_close),
        cmocka_unit_test_setup_teardown(test_a_signed_document_is_erased, desk_open_retaining, desk_close),
    };

    base_log_init("engine_handover_test", NULL, BASE_LOG_NONE);
    return desk_read() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
