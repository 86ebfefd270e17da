/* SPDX-License-Identifier: Apache-2.0 */
/* What an application owes by its pinned catalogue, and what may be paid, refunded and reported. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "engine/errand.h"
#include "engine/payment.h"
#include "engine/replay.h"
#include "lib/check.h"

#define BASIS "\"legal_basis\": {\"title\": {\"zh-CN\": \"办法\", \"en\": \"Rules\"}, \"article\": \"3\"}"
#define NAME "\"name\": {\"zh-CN\": \"费\", \"en\": \"Fee\"}, \"currency\": \"CNY\", " BASIS
#define LAND                                                                                                                     \
    "\"fees\": [{\"id\": \"survey\", " NAME ", \"standard\": {\"kind\": \"per_unit\", \"field\": \"area\", \"unit_amount\": \"0.50\"}," \
    " \"exemptions\": [{\"when\": {\"field\": \"area\", \"op\": \"==\", \"value\": 7}, \"share\": \"100%\", " BASIS "}]},"        \
    " {\"id\": \"card\", " NAME ", \"amount\": \"20\", \"charged_on\": \"approval\"}]"
#define WATER "\"fees\": [{\"id\": \"card\", " NAME ", \"amount\": \"5\", \"charged_on\": \"approval\"}]"
#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"
#define PAY(fee, amount, receipt) "{\"fee\":\"" fee "\",\"amount\":\"" amount "\",\"receipt\":\"" receipt "\",\"method\":\"cash\"}"

static char *text; /* of the catalogue */

static int open_priced(void **state)
{
    char *land = fixture_replace(desk_text, "\"fees\": []", LAND);

    (void)state;
    text = fixture_replace(land, "\"fees\": []", WATER);
    free(land);
    stage_open_catalog(text, false);
    stage_drain();
    return 0;
}

/* And text messages wait for the evening. */
static int open_quiet(void **state)
{
    char *land = fixture_replace(desk_text, "\"fees\": []", LAND);
    char *quiet = fixture_replace(land, "\"time_zone\": \"Asia/Shanghai\",",
                                  "\"time_zone\": \"Asia/Shanghai\", \"notices\": {\"quiet\": {\"from\": \"08:00\", \"to\": \"20:00\"}},");

    (void)state;
    text = fixture_replace(quiet, "\"fees\": []", WATER);
    free(land);
    free(quiet);
    stage_open_catalog(text, false);
    stage_drain();
    return 0;
}

static int close_priced(void **state)
{
    free(text);
    text = NULL;
    return desk_close(state);
}

static struct stage_request *fees_of(const char *number)
{
    return desk_get(FRONT_APPLICATION_FEES, number, NULL);
}

static struct stage_request *pay(const char *number, int status, const char *body)
{
    return desk_do(&desk_front, FRONT_PAYMENT_ADD, number, status, body);
}

static struct stage_request *refund(const char *number, const char *payment, int status, const char *body)
{
    char both[96];

    snprintf(both, sizeof(both), "%s/%s", number, payment);
    return desk_do(&desk_supervisor, FRONT_PAYMENT_REFUND, both, status, body);
}

static void check_line(const char *number, const char *wanted, const char *why)
{
    struct stage_request *asked = fees_of(number);
    char found[256] = "";
    static const char *const keys[] = {"state", "owed", "paid", "refunded", "open", "overpaid"};

    for (size_t i = 0; i < COUNT(keys); i++) {
        char path[64];

        snprintf(path, sizeof(path), "lines.0.%s", keys[i]);
        size_t size = strlen(found);
        snprintf(found + size, sizeof(found) - size, "%s%s", i > 0 ? " " : "", desk_of(asked, path));
    }
    CHECK_TEXT(wanted, found, why);
}

static void test_a_fee_is_paid_in_parts(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":101}", BOTH);

    (void)state;
    check_line(number, "open 50.50 0.00 0.00 50.50 0.00", "owed once it is accepted");
    struct stage_request *asked = pay(number, 201, PAY("survey", "30", "R-1"));
    CHECK_TEXT("pay-1", desk_of(asked, "payment.id"), "its id");
    CHECK_TEXT("R-1", desk_of(asked, "payment.receipt"), "its receipt");
    CHECK_TEXT("window-1", desk_of(asked, "payment.by"), "who recorded it");
    CHECK_TEXT("20.50", desk_of(asked, "line.open"), "what is left");
    check_line(number, "underpaid 50.50 30.00 0.00 20.50 0.00", "under-payment is seen");
    pay(number, 201, PAY("survey", "20.5", "R-2"));
    check_line(number, "paid 50.50 50.50 0.00 0.00 0.00", "all of it");
    asked = fees_of(number);
    CHECK_I64(2, desk_count(asked, "lines.0.payments"), "both are listed");
    CHECK_TEXT("50.50", desk_of(asked, "totals.0.paid"), "and added up");
    replay_check(desk_id(number));
}

static void test_nothing_outside_the_standard_is_taken(void **state)
{
    static const struct { const char *body, *pointer, *code, *why; } rows[] = {
        {PAY("rush", "10", "X-1"), "/fee", "outside_standard", "no such fee"},
        {PAY("survey", "50.51", "X-1"), "/amount", "outside_standard", "one cent more than the standard"},
        {"{\"fee\":\"survey\",\"amount\":\"1\",\"currency\":\"USD\",\"receipt\":\"X-1\",\"method\":\"cash\"}", "/currency", "outside_standard", "another currency"},
        {"{\"fee\":\"card\",\"matter\":\"land\",\"amount\":\"20\",\"receipt\":\"X-1\",\"method\":\"cash\"}", "/fee", "outside_standard", "not approved yet"},
        {"{\"fee\":\"survey\",\"matter\":\"water\",\"amount\":\"1\",\"receipt\":\"X-1\",\"method\":\"cash\"}", "/fee", "outside_standard", "of another matter"},
    };
    const char *number = desk_submit("plain", "{\"area\":101}", BOTH);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage_request *asked = pay(number, 422, rows[i].body);

        CHECK_TEXT(rows[i].pointer, asked->pointer, rows[i].why);
        CHECK_TEXT(rows[i].code, asked->code, rows[i].why);
        CHECK_I64(i + 1, desk_alerts("outside_standard"), "supervision is told each time");
    }
    CHECK(strstr(desk_get(FRONT_APPLICATION_EVENTS, number, NULL)->answer, "\"fee_refused\"") != NULL, "and the journal has it");
    check_line(number, "open 50.50 0.00 0.00 50.50 0.00", "nothing was recorded");
    number = desk_submit("plain", "{\"area\":7}", BOTH);
    check_line(number, "exempt 0.00 0.00 0.00 0.00 0.00", "exempt");
    CHECK_TEXT("outside_standard", pay(number, 422, PAY("survey", "1", "X-1"))->code, "an exempt one pays nothing");
    number = desk_submit("plain", "{}", BOTH);
    check_line(number, "not_computed 0.00 0.00 0.00 0.00 0.00", "the area is not known");
    CHECK_TEXT("outside_standard", pay(number, 422, PAY("survey", "1", "X-1"))->code, "so that nothing can be asked");
}

static void test_what_was_paid_too_much_is_kept_and_refunded(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);

    (void)state;
    pay(number, 201, "{\"fee\":\"survey\",\"amount\":\"60\",\"receipt\":\"R-1\",\"method\":\"transfer\",\"overpaid\":true}");
    check_line(number, "overpaid 50.00 60.00 0.00 0.00 10.00", "over-payment is seen");
    CHECK_I64(1, desk_alerts("overpaid"), "and told");
    CHECK_TEXT("range", refund(number, "pay-1", 422, "{\"reason\":\"too much\",\"amount\":\"60.01\"}")->code, "more than was paid");
    CHECK_TEXT("required", refund(number, "pay-1", 422, "{\"amount\":\"10\"}")->code, "why?");
    refund(number, "pay-2", 404, "{\"reason\":\"too much\"}");
    refund(number, "17", 404, "{\"reason\":\"too much\"}");
    CHECK_TEXT("10.00", desk_of(refund(number, "pay-1", 200, "{\"reason\":\"too much\",\"amount\":\"10\",\"receipt\":\"B-1\"}"), "payment.refunded"), "given back");
    check_line(number, "paid 50.00 60.00 10.00 0.00 0.00", "all is well");
    struct stage_request *asked = fees_of(number);
    CHECK_TEXT("supervisor", desk_of(asked, "lines.0.payments.0.refunds.0.by"), "who");
    CHECK_TEXT("too much", desk_of(asked, "lines.0.payments.0.refunds.0.reason"), "why");
    CHECK_TEXT("50.00", desk_of(refund(number, "pay-1", 200, "{\"reason\":\"withdrawn\"}"), "line.open"), "all that is left");
    CHECK_TEXT("range", refund(number, "pay-1", 422, "{\"reason\":\"again\"}")->code, "nothing is left");
    CHECK(strstr(desk_get(FRONT_APPLICATION_EVENTS, number, NULL)->answer, "too much") == NULL, "words of people are not in the journal");
    replay_check(desk_id(number));
}

static void test_a_receipt_stands_once(void **state)
{
    char first[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(first, sizeof(first), "%s", desk_submit("plain", "{\"area\":100}", BOTH));
    const char *second = desk_submit("plain", "{\"area\":100}", BOTH);
    pay(first, 201, PAY("survey", "30", "R-1"));
    CHECK_TEXT("pay-1", desk_of(pay(first, 201, PAY("survey", "30", "R-1")), "payment.id"), "the same again is the same");
    CHECK_TEXT("receipt_taken", pay(first, 422, PAY("survey", "20", "R-1"))->code, "another sum");
    CHECK_TEXT("receipt_taken", pay(second, 422, PAY("survey", "30", "R-1"))->code, "another application");
    check_line(first, "underpaid 50.00 30.00 0.00 20.00 0.00", "one payment");
    check_line(second, "open 50.00 0.00 0.00 50.00 0.00", "none");
}

/* Two at the same time: the second sees the first. */
static void test_payments_come_one_by_one(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);
    struct stage_request *asked[3];

    (void)state;
    asked[0] = stage_ask_as(&desk_front, FRONT_PAYMENT_ADD, number, NULL, PAY("survey", "50", "R-1"));
    asked[1] = stage_ask_as(&desk_front, FRONT_PAYMENT_ADD, number, NULL, PAY("survey", "50", "R-2"));
    asked[2] = stage_ask_as(&desk_front, FRONT_PAYMENT_ADD, number, NULL, PAY("survey", "50", "R-1"));
    stage_drain();
    CHECK_I64(201, asked[0]->status, "the first");
    CHECK_I64(422, asked[1]->status, "it is paid by then");
    CHECK_I64(201, asked[2]->status, "the first again");
    check_line(number, "paid 50.00 50.00 0.00 0.00 0.00", "once");
}

static void test_bad_payments_are_told(void **state)
{
    static const struct { const char *body, *pointer, *why; } rows[] = {
        {"{\"amount\":\"1\",\"receipt\":\"R\",\"method\":\"cash\"}", "/fee", "which fee"},
        {PAY("survey", "0", "R"), "/amount", "nothing"},
        {PAY("survey", "1.005", "R"), "/amount", "half a cent"},
        {PAY("survey", "-1", "R"), "/amount", "less than nothing"},
        {"{\"fee\":\"survey\",\"amount\":1,\"receipt\":\"R\",\"method\":\"cash\"}", "/amount", "a number"},
        {PAY("survey", "1", ""), "/receipt", "empty"},
        {PAY("survey", "1", "=1+1"), "/receipt", "a formula"},
        {PAY("survey", "1", "R 1"), "/receipt", "a space"},
        {PAY("survey", "1", "票"), "/receipt", "other letters"},
        {PAY("survey", "1", "R2345678901234567890123456789012345678901234567890123456789012345"), "/receipt", "limit + 1"},
        {"{\"fee\":\"survey\",\"amount\":\"1\",\"receipt\":\"R\"}", "/method", "how"},
        {"{\"fee\":\"survey\",\"amount\":\"1\",\"receipt\":\"R\",\"method\":\"gold\"}", "/method", "no such way"},
        {"{\"fee\":\"survey\",\"amount\":\"1\",\"receipt\":\"R\",\"method\":\"cash\",\"paid_at\":\"2099-01-01T00:00:00Z\"}", "/paid_at", "in the future"},
        {"{\"fee\":\"survey\",\"amount\":\"1\",\"receipt\":\"R\",\"method\":\"cash\",\"paid_at\":\"yesterday\"}", "/paid_at", "no time"},
        {"{\"fee\":\"card\",\"amount\":\"1\",\"receipt\":\"R\",\"method\":\"cash\"}", "/matter", "two matters have one"},
    };
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_TEXT(rows[i].pointer, pay(number, 422, rows[i].body)->pointer, rows[i].why);
    pay("RVS20240115-0000009-7", 404, PAY("survey", "1", "R"));
    CHECK_I64(0, desk_alerts("outside_standard"), "a slip of the pen is no offence");
    pay(number, 201, PAY("survey", "1", "R234567890123456789012345678901234567890123456789012345678901234"));
}

static void test_fees_of_a_certificate_follow_the_approval(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);

    (void)state;
    CHECK_TEXT("not_due", desk_of(fees_of(number), "lines.1.state"), "not approved yet");
    CHECK_TEXT("50.00", desk_of(fees_of(number), "totals.0.owed"), "nor counted");
    desk_do(&desk_land, FRONT_TASK_TAKE, desk_task(number, 0), 200, "{}");
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"approve\"}");
    desk_do(&desk_water, FRONT_TASK_TAKE, desk_task(number, 1), 200, "{}");
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 200, "{\"opinion\":\"reject\",\"reasons\":[\"too near the river\"]}");
    CHECK_TEXT("open", desk_of(fees_of(number), "lines.1.state"), "approved");
    CHECK_TEXT("not_charged", desk_of(fees_of(number), "lines.2.state"), "refused");
    CHECK_TEXT("70.00", desk_of(fees_of(number), "totals.0.owed"), "both that are owed");
    pay(number, 201, "{\"fee\":\"card\",\"matter\":\"land\",\"amount\":\"20\",\"receipt\":\"R-1\",\"method\":\"card\"}");
    CHECK_TEXT("paid", desk_of(fees_of(number), "lines.1.state"), "paid");
}

/* Of the one message that says that a fee is due. */
static const char *due_state(void)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    struct store_entry entry;
    struct engine_errand errand;
    const char *state = "none";

    for (uint64_t id = 1; store_read_entry(reader, ENGINE_ENTRY_MESSAGE, id, &arena, &entry) == OD_OK; id++) {
        CHECK_I64(OD_OK, engine_errand_read(&entry, &errand), "read");
        if (strcmp(base_json_member_text(engine_errand_member(&errand, "about"), "kind"), "payment_due") == 0)
            state = engine_errand_state_name(errand.state);
        engine_errand_fini(&errand);
    }
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return state;
}

static void ready_notifier(void)
{
    struct connect_link *sms = stage_link("sms");

    stage_link_ready(sms);
    sms->credits = 8;
    stage_settle();
}

/* The hub dies when the payment is on the disk, and has not called off yet what says that it is due. */
static void test_what_is_paid_by_the_morning_is_not_asked_for(void **state)
{
    (void)state;
    for (int is_paid = 0; is_paid <= 1; is_paid++) {
        close_priced(state);
        open_quiet(state);
        char number[BASE_NUMBER_SIZE];
        struct stage_request *loaded = stage_ask(FRONT_CONNECTOR_LOAD, "sms", NULL, "{\"module\":\"sms-1\",\"serves\":\"messages\"}");

        stage_drain();
        CHECK_I64(202, loaded->status, "somebody would tell");
        ready_notifier();
        snprintf(number, sizeof(number), "%s",
                 desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201,
                                 "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li\",\"phone\":\"+8613800000001\"},\"form\":{\"area\":100},\"materials\":" BOTH "}"), "number"));
        stage_settle();
        CHECK_TEXT("resting", due_state(), "not at this hour");
        stage_ask_as(&desk_front, FRONT_PAYMENT_ADD, number, NULL, is_paid != 0 ? PAY("survey", "50", "R-1") : PAY("survey", "20", "R-1"));
        for (unsigned i = 0; i < 8 && stage.batch == NULL; i++) {
            while (stage_job())
                ;
            stage_turn();
        }
        stage_restart(true);
        stage_settle();
        CHECK_TEXT(is_paid != 0 ? "0.00" : "30.00", desk_of(fees_of(number), "lines.0.open"), "the payment is on the disk");
        CHECK_TEXT("resting", due_state(), "and nobody called that off");
        desk_wait(DAY_MS / 2);
        ready_notifier();
        CHECK_TEXT(is_paid != 0 ? "cancelled" : "offered", due_state(), is_paid != 0 ? "there is nothing to ask for" : "a part is open");
    }
}

/* Decided while the payments were read: what that charges is open, and the result does not lie ready. */
static void test_a_payment_sees_what_was_decided_meanwhile(void **state)
{
    struct stage_request *loaded = stage_ask(FRONT_CONNECTOR_LOAD, "sms", NULL, "{\"module\":\"sms-1\",\"serves\":\"messages\"}"), *asked;

    (void)state;
    stage_drain();
    CHECK_I64(202, loaded->status, "somebody would tell");
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);
    desk_do(&desk_land, FRONT_TASK_TAKE, desk_task(number, 0), 200, "{}");
    desk_do(&desk_water, FRONT_TASK_TAKE, desk_task(number, 1), 200, "{}");
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 200, "{\"opinion\":\"approve\"}");
    pay(number, 201, "{\"fee\":\"card\",\"matter\":\"water\",\"amount\":\"5\",\"receipt\":\"R-0\",\"method\":\"card\"}");
    asked = stage_ask_as(&desk_front, FRONT_PAYMENT_ADD, number, NULL, PAY("survey", "50", "R-1"));
    stage_ask_as(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), NULL, "{\"opinion\":\"approve\"}");
    stage_drain();
    CHECK_I64(201, asked->status, "paid");
    CHECK_TEXT("open", desk_of(fees_of(number), "lines.1.state"), "the card is owed by now");
    asked = desk_get(FRONT_MESSAGE_LIST, NULL, NULL);
    CHECK(strstr(asked->answer, "\"payment_received\"") != NULL, "the payment is told");
    CHECK(strstr(asked->answer, "\"result_ready\"") == NULL, "and nobody is sent to collect what is not paid for");
    pay(number, 201, "{\"fee\":\"card\",\"matter\":\"land\",\"amount\":\"20\",\"receipt\":\"R-2\",\"method\":\"card\"}");
    CHECK(strstr(desk_get(FRONT_MESSAGE_LIST, NULL, NULL)->answer, "\"result_ready\"") != NULL, "until it is");
}

static void test_the_books_are_told(void **state)
{
    char first[BASE_NUMBER_SIZE];
    struct stage_request *asked;

    (void)state;
    snprintf(first, sizeof(first), "%s", desk_submit("plain", "{\"area\":100}", BOTH));
    pay(first, 201, PAY("survey", "30", "R-1"));
    desk_pass(1);
    const char *second = desk_submit("plain", "{\"area\":200}", BOTH);
    pay(first, 201, PAY("survey", "20", "R-2"));
    pay(second, 201, "{\"fee\":\"survey\",\"amount\":\"100.00\",\"receipt\":\"R-3\",\"method\":\"card\"}");
    refund(second, "pay-3", 200, "{\"reason\":\"part of it\",\"amount\":\"0.01\"}");
    asked = desk_get(FRONT_PAYMENT_REPORT, NULL, NULL);
    CHECK_TEXT("2", desk_of(asked, "count"), "today");
    CHECK_TEXT("119.99", desk_of(asked, "totals.0.net"), "what is left of it");
    CHECK_I64(2, desk_count(asked, "by_method"), "cash and card");
    CHECK_I64(1, desk_count(asked, "differences"), "the first is settled with what came before");
    CHECK_TEXT("-0.01", desk_of(asked, "differences.0.difference"), "and the second is not");
    CHECK_TEXT("R-2", desk_of(asked, "items.0.receipt"), "oldest first");
    char query[64], day[BASE_DATE_SIZE];
    base_day_format(stage.engine->now.day - 1, day);
    snprintf(query, sizeof(query), "from=%s&format=csv", day);
    asked = desk_get(FRONT_PAYMENT_REPORT, NULL, query);
    CHECK_TEXT("text/csv; charset=utf-8", asked->media_type, "as a table");
    CHECK(strncmp(asked->answer, "id,recorded_at,receipt,number,", 30) == 0, "with a head");
    CHECK(strstr(asked->answer, "\r\npay-1,") != NULL && strstr(asked->answer, "\r\npay-3,") != NULL, "of both days");
    CHECK(strstr(asked->answer, ",R-1,") != NULL && strstr(asked->answer, ",30.00,0.00,50.00,cash,") != NULL, "sums");
    snprintf(query, sizeof(query), "from=%s&to=%s", day, day);
    CHECK_TEXT("1", desk_of(desk_get(FRONT_PAYMENT_REPORT, NULL, query), "count"), "that day alone");
}

static void test_the_books_know_their_days(void **state)
{
    static const struct { const char *query; int status; const char *why; } rows[] = {
        {"from=2024-01-01&to=2024-12-31", 200, "366 days"}, {"from=2024-01-01&to=2025-01-01", 422, "limit + 1"},
        {"from=2024-02-02&to=2024-02-01", 422, "backwards"}, {"from=2024-02-30", 422, "no day"}, {"to=soon", 422, "no day at all"},
        {"format=pdf", 422, "no such form"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage_request *asked = stage_ask_as(&desk_supervisor, FRONT_PAYMENT_REPORT, NULL, rows[i].query, NULL);

        stage_drain();
        CHECK_I64(rows[i].status, asked->status, rows[i].why);
    }
    CHECK_I64(366, ENGINE_REPORT_DAYS_MAX, "the limit that was tried");
}

/* A crash between the answer and whatever came next loses nothing. */
static void test_payments_outlive_the_hub(void **state)
{
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":100}", BOTH));
    pay(number, 201, PAY("survey", "30", "R-1"));
    stage_restart(false);
    stage_drain();
    check_line(number, "underpaid 50.00 30.00 0.00 20.00 0.00", "after the crash");
    CHECK_TEXT("pay-2", desk_of(pay(number, 201, PAY("survey", "20", "R-2")), "payment.id"), "the next id");
}

/* Refunds in so many parts, and no more. */
static void test_limits_hold(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":300}", BOTH);
    char body[160];

    (void)state;
    pay(number, 201, PAY("survey", "1", "L"));
    for (int i = 0; i < ENGINE_REFUNDS_MAX; i++)
        refund(number, "pay-1", 200, "{\"reason\":\"a part\",\"amount\":\"0.01\"}");
    CHECK_TEXT("limit", refund(number, "pay-1", 422, "{\"reason\":\"a part\",\"amount\":\"0.01\"}")->code, "limit + 1");
    for (int i = 1; i < ENGINE_PAYMENTS_MAX; i++) {
        snprintf(body, sizeof(body), "{\"fee\":\"survey\",\"amount\":\"0.01\",\"receipt\":\"L-%d\",\"method\":\"cash\"}", i);
        pay(number, 201, body);
    }
    CHECK_TEXT("limit", pay(number, 422, PAY("survey", "0.01", "L-1000"))->code, "limit + 1");
    CHECK_I64(ENGINE_PAYMENTS_MAX, desk_count(fees_of(number), "lines.0.payments"), "all are shown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_fee_is_paid_in_parts, open_priced, close_priced),
        cmocka_unit_test_setup_teardown(test_nothing_outside_the_standard_is_taken, open_priced, close_priced),
        cmocka_unit_test_setup_teardown(test_what_was_paid_too_much_is_kept_and_refunded, open_priced, close_priced),
        cmocka_unit_test_setup_teardown(test_a_receipt_stands_once, open_priced, close_priced),
        cmocka_unit_test_setup_teardown(test_payments_come_one_by_one, open_priced, close_priced),
        cmocka_unit_test_setup_teardown(test_bad_payments_are_told, open_priced, close_priced),
        cmocka_unit_test_setup_teardown(test_fees_of_a_certificate_follow_the_approval, open_priced, close_priced),
        cmocka_unit_test_setup_teardown(test_what_is_paid_by_the_morning_is_not_asked_for, open_quiet, close_priced),
        cmocka_unit_test_setup_teardown(test_a_payment_sees_what_was_decided_meanwhile, open_priced, close_priced),
        cmocka_unit_test_setup_teardown(test_the_books_are_told, open_priced, close_priced),
        cmocka_unit_test_setup_teardown(test_the_books_know_their_days, open_priced, close_priced),
        cmocka_unit_test_setup_teardown(test_payments_outlive_the_hub, open_priced, close_priced),
        cmocka_unit_test_setup_teardown(test_limits_hold, open_priced, close_priced),
    };

    base_log_init("engine_payment_test", NULL, BASE_LOG_NONE);
    return desk_read() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
