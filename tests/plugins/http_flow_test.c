/* SPDX-License-Identifier: Apache-2.0 */
/* The connector http between a scripted hub and a department of which the test plays the answers. Time is the
 * hub's: it stands still until the test moves it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/base64.h"
#include "sdk/fake_hub.h"

#define NOW_MS INT64_C(1764391084123)
#define HTTP fake_build_path("modules/http-1.0.0")
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CORE \
    "\"base_url\":\"https://api.water.example/v1/\",\"idempotency_header\":\"Idempotency-Key\"," \
    "\"poll\":{\"interval_ms\":60000,\"interval_max_ms\":600000,\"safety_ms\":3600000}," \
    "\"submit\":{\"path\":\"/cases\",\"body\":{\"key\":\"{{idempotency_key}}\",\"area\":\"{{form.area}}\",\"who\":\"{{applicant.name?}}\"}}," \
    "\"status\":{\"path\":\"/cases/{{external_ref}}\"}," \
    "\"answer\":{\"external_ref\":\"/id\",\"status\":\"/status\",\"reasons\":\"/reasons\",\"fields\":\"/missing\",\"question\":\"/ask\"," \
    "\"percent\":\"/percent\",\"message\":\"/error\"," \
    "\"values\":{\"open\":\"pending\",\"granted\":\"approve\",\"refused\":\"reject\",\"ask\":\"need_input\",\"visit\":\"pause\"}}," \
    "\"input\":{\"path\":\"/cases/{{external_ref}}/input\",\"body\":{\"area\":\"{{input.area}}\"}}"
#define LOOKUP ",\"lookup\":{\"path\":\"/cases?key={{idempotency_key}}\",\"record\":\"/items/0\"}"
#define PLAIN "{" CORE "}"
#define FULL "{" CORE LOOKUP ",\"cancel\":{\"path\":\"/cases/{{external_ref}}\"}}"

static int64_t now_ms;
static size_t asked; /* requests that the test has answered */

static void open_hub(struct fake_hub *hub, const char *config)
{
    now_ms = NOW_MS;
    asked = 0;
    fake_hub_open(hub, HTTP, config, true, NOW_MS);
}

static void stop(struct fake_hub *hub)
{
    fake_hub_item(hub, BASE_ITEM_STOP, 0, "{\"grace_ms\":10000}");
    fake_hub_send(hub);
    fake_hub_wait_bye(hub);
    fake_hub_reap_with(hub, 0);
    fake_hub_fini(hub);
}

static void pass_time(struct fake_hub *hub, int64_t ms)
{
    char text[64];

    now_ms += ms;
    snprintf(text, sizeof(text), "{\"now_ms\":%lld}", (long long)now_ms);
    fake_hub_item(hub, BASE_ITEM_TIME, 0, text);
    fake_hub_send(hub);
    fake_hub_wait_poll(hub);
}

/* The next request must contain this; nothing else has been asked. */
static const char *request(struct fake_hub *hub, const char *part)
{
    fake_hub_wait_services(hub, asked + 1);
    assert_int_equal(asked + 1, hub->service_count);
    if (strstr(hub->services[asked].payload, part) == NULL)
        fail_msg("no %s in %s", part, hub->services[asked].payload);
    return hub->services[asked].payload;
}

/* The department answers it. headers: JSON objects, or "". */
static void respond_with(struct fake_hub *hub, unsigned status, const char *headers, const char *body)
{
    static char text[8192];
    char encoded[4096] = "";

    host_base64_encode(body, strlen(body), encoded);
    encoded[HOST_BASE64_SIZE(strlen(body))] = '\0';
    snprintf(text, sizeof(text), "{\"status\":%u,\"headers\":[%s],\"body\":\"%s\"}", status, headers, encoded);
    fake_hub_answer(hub, asked++, text);
}

static void respond(struct fake_hub *hub, unsigned status, const char *body)
{
    respond_with(hub, status, "{\"name\":\"Content-Type\",\"value\":\"application/json; charset=utf-8\"}", body);
}

static void respond_error(struct fake_hub *hub, const char *code, const char *effect)
{
    char text[256];

    snprintf(text, sizeof(text), "{\"error\":{\"code\":\"%s\",\"detail\":\"as played\",\"effect\":\"%s\"}}", code, effect);
    fake_hub_answer(hub, asked++, text);
}

/* The count-th report of this kind must contain this. */
static void report(struct fake_hub *hub, uint8_t kind, size_t count, const char *part)
{
    fake_hub_wait_kind(hub, kind, count);
    const char *payload = fake_hub_find(hub, kind, 0)->payload;
    if (strstr(payload, part) == NULL)
        fail_msg("no %s in %s", part, payload);
}

static void offer(struct fake_hub *hub, unsigned attempt)
{
    fake_hub_offer(hub, 64, attempt, "{\"area\":120.5}");
    fake_hub_send(hub);
}

static void resume(struct fake_hub *hub, const char *more)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "{\"application\":\"A\",\"task\":\"A.1\",\"idempotency_key\":\"k-64\",\"matter\":\"m\",\"department\":\"water\","
             "\"service\":\"s\",\"attempt\":1,\"form\":{\"area\":7},\"received_at\":\"\",%s}",
             more);
    fake_hub_item(hub, BASE_ITEM_RESUME, 64, text);
    fake_hub_send(hub);
}

static void submitted(struct fake_hub *hub)
{
    offer(hub, 1);
    request(hub, "\"method\":\"POST\"");
    respond(hub, 201, "{\"id\":\"W-1\",\"status\":\"open\"}");
    report(hub, BASE_ITEM_ACCEPT, 1, "{\"external_ref\":\"W-1\"}");
}

static void a_task_goes_from_submit_to_opinion(void **state)
{
    struct fake_hub hub;
    char body[256] = "", encoded[512];

    (void)state;
    open_hub(&hub, PLAIN);
    offer(&hub, 1);
    const char *sent = request(&hub, "\"url\":\"https://api.water.example/v1/cases\"");
    assert_non_null(strstr(sent, "{\"name\":\"Idempotency-Key\",\"value\":\"k-64\"}"));
    assert_non_null(strstr(sent, "{\"name\":\"Content-Type\",\"value\":\"application/json\"}"));
    assert_non_null(strstr(sent, "\"timeout_ms\":15000"));
    strcpy(body, "{\"key\":\"k-64\",\"area\":120.5}"); /* the applicant has no name here: it is left out */
    host_base64_encode(body, strlen(body), encoded);
    encoded[HOST_BASE64_SIZE(strlen(body))] = '\0';
    assert_non_null(strstr(sent, encoded));
    respond(&hub, 201, "{\"id\":\"W-1\",\"status\":\"open\"}");
    report(&hub, BASE_ITEM_ACCEPT, 1, "{\"external_ref\":\"W-1\"}");
    pass_time(&hub, 53000); /* an interval of 60 s, 10 % less at least */
    assert_int_equal(1, hub.service_count);
    pass_time(&hub, 14000);
    sent = request(&hub, "\"url\":\"https://api.water.example/v1/cases/W-1\"");
    assert_non_null(strstr(sent, "\"method\":\"GET\""));
    assert_null(strstr(sent, "Idempotency-Key"));
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"open\",\"percent\":40}");
    report(&hub, BASE_ITEM_PROGRESS, 1, "{\"percent\":40");
    pass_time(&hub, 133000);
    request(&hub, "/cases/W-1");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"refused\",\"reasons\":[\"No pipe.\"]}");
    report(&hub, BASE_ITEM_OPINION, 1,
           "{\"opinion\":\"reject\",\"reasons\":[\"No pipe.\"],\"external_ref\":\"W-1\"}");
    assert_int_equal(0, fake_hub_count(&hub, BASE_ITEM_FAIL));
    stop(&hub);
}

/* What each outcome of the submission becomes. A dead link is in no row an opinion. */
static void each_outcome_of_a_submission(void **state)
{
    static const struct {
        unsigned status; /* 0: an error of the egress, body = code, headers = effect */
        const char *headers, *body;
        uint8_t kind;
        const char *report, *why;
    } rows[] = {
        {0, "none", "unreachable", BASE_ITEM_FAIL, "\"effect\":\"none\",\"code\":\"unreachable\",\"detail\":\"as played\",\"retry_after_ms\":-1", "refused"},
        {0, "unknown", "unreachable", BASE_ITEM_FAIL, "\"effect\":\"unknown\",\"code\":\"broken\"", "reset after sending"},
        {0, "unknown", "timeout", BASE_ITEM_FAIL, "\"effect\":\"unknown\",\"code\":\"timeout\"", "no answer in time"},
        {0, "none", "timeout", BASE_ITEM_FAIL, "\"effect\":\"none\",\"code\":\"unreachable\"", "no connection in time"},
        {0, "none", "denied", BASE_ITEM_FAIL, "\"effect\":\"none\",\"code\":\"denied\"", "not granted"},
        {0, "unknown", "limit", BASE_ITEM_FAIL, "\"effect\":\"unknown\",\"code\":\"too_large\"", "an answer without end"},
        {0, "none", "limit", BASE_ITEM_FAIL, "\"effect\":\"none\",\"code\":\"limited\"", "a rate that is used up"},
        {0, "unknown", "unavailable", BASE_ITEM_FAIL, "\"effect\":\"unknown\",\"code\":\"broken\"", "the egress ended"},
        {400, "", "{\"error\":\"area: too small\"}", BASE_ITEM_FAIL,
         "\"effect\":\"none\",\"code\":\"http_400\",\"detail\":\"HTTP 400: area: too small\",\"retry_after_ms\":-2", "not understood"},
        {301, "", "", BASE_ITEM_FAIL, "\"effect\":\"none\",\"code\":\"http_301\",\"detail\":\"HTTP 301: \",\"retry_after_ms\":-2", "a redirect"},
        {408, "", "", BASE_ITEM_FAIL, "\"effect\":\"unknown\",\"code\":\"http_408\"", "it waited"},
        {425, "", "", BASE_ITEM_FAIL, "\"effect\":\"none\",\"code\":\"http_425\"", "too early"},
        {429, "{\"name\":\"retry-after\",\"value\":\"120\"}", "", BASE_ITEM_FAIL,
         "\"effect\":\"none\",\"code\":\"http_429\",\"detail\":\"HTTP 429: \",\"retry_after_ms\":120000", "too many"},
        {503, "{\"name\":\"Retry-After\",\"value\":\"Sat, 29 Nov 2025 04:39:04 GMT\"}", "", BASE_ITEM_FAIL,
         "\"effect\":\"none\",\"code\":\"http_503\",\"detail\":\"HTTP 503: \",\"retry_after_ms\":59877", "not now"},
        {503, "", "", BASE_ITEM_FAIL, "\"effect\":\"unknown\",\"code\":\"http_503\"", "a gateway, perhaps"},
        {500, "", "<html>Oops</html>", BASE_ITEM_FAIL, "\"effect\":\"unknown\",\"code\":\"http_500\",\"detail\":\"HTTP 500: <html>Oops</html>\"", "broken"},
        {200, "", "{\"id\":\"W-1\",\"status\":\"open\"", BASE_ITEM_FAIL, "\"effect\":\"unknown\",\"code\":\"garbage\",\"detail\":\"HTTP 200 with a body that is no JSON\"", "a cut body"},
        {200, "", "", BASE_ITEM_FAIL, "\"effect\":\"unknown\",\"code\":\"garbage\"", "no body"},
        {200, "", "\xff\xfe", BASE_ITEM_FAIL, "\"effect\":\"unknown\",\"code\":\"garbage\"", "bytes"},
        {200, "", "{\"id\":\"W-1\",\"status\":\"GRANTED\"}", BASE_ITEM_FAIL,
         "\"effect\":\"unknown\",\"code\":\"garbage\",\"detail\":\"GRANTED: is a status that answer.values does not name\"", "a word that nobody knows"},
        {200, "{\"name\":\"Content-Type\",\"value\":\"text/html\"}", "{\"id\":\"W-1\",\"status\":\"granted\"}", BASE_ITEM_FAIL,
         "\"effect\":\"unknown\",\"code\":\"garbage\",\"detail\":\"HTTP 200 with a content type that is not JSON\"", "a login page"},
        {200, "{\"name\":\"Content-Type\",\"value\":\"application/hal+json\"}", "{\"id\":\"W-1\",\"status\":\"granted\"}", BASE_ITEM_OPINION,
         "{\"opinion\":\"approve\",\"external_ref\":\"W-1\"}", "an opinion at once"},
        {202, "", "{\"id\":\"W-1\",\"status\":\"open\"}", BASE_ITEM_ACCEPT, "{\"external_ref\":\"W-1\"}", "accepted"},
        {409, "", "{\"id\":\"W-1\",\"status\":\"open\"}", BASE_ITEM_ACCEPT, "{\"external_ref\":\"W-1\"}", "it had it already, and says so"},
        {409, "", "{\"error\":\"duplicate\"}", BASE_ITEM_FAIL, "\"effect\":\"done\",\"code\":\"no_reference\"", "it had it already, and does not say where"},
        {201, "", "{\"id\":\"W-1\",\"status\":\"visit\"}", BASE_ITEM_PAUSE, "{\"kind\":\"inspection\"", "a visit first"},
        {201, "", "{\"id\":\"W-1\",\"status\":\"ask\",\"missing\":[\"area\"],\"ask\":\"?\"}", BASE_ITEM_NEED_INPUT,
         "{\"fields\":[\"area\"],\"text\":\"?\"}", "a question"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fake_hub hub;

        open_hub(&hub, PLAIN);
        offer(&hub, 1);
        request(&hub, "\"method\":\"POST\"");
        if (rows[i].status == 0)
            respond_error(&hub, rows[i].body, rows[i].headers);
        else
            respond_with(&hub, rows[i].status, rows[i].headers, rows[i].body);
        fake_hub_wait_kind(&hub, rows[i].kind, 1);
        if (strstr(fake_hub_find(&hub, rows[i].kind, 64)->payload, rows[i].report) == NULL)
            fail_msg("%s: %s", rows[i].why, fake_hub_find(&hub, rows[i].kind, 64)->payload);
        if (rows[i].kind == BASE_ITEM_FAIL)
            assert_int_equal(0, fake_hub_count(&hub, BASE_ITEM_OPINION) + fake_hub_count(&hub, BASE_ITEM_ACCEPT));
        stop(&hub);
    }
}

static void the_table_of_the_configuration_is_followed(void **state)
{
    static const struct {
        const char *errors;
        unsigned status;
        const char *body;
        uint8_t kind;
        const char *report;
    } rows[] = {
        {"[{\"when\":\"422\",\"then\":\"opinion\"}]", 422, "{\"status\":\"refused\",\"reasons\":\"No.\"}", BASE_ITEM_OPINION,
         "{\"opinion\":\"reject\",\"reasons\":[\"No.\"]}"},
        {"[{\"when\":\"422\",\"then\":\"opinion\"}]", 422, "{\"oops\":1}", BASE_ITEM_FAIL,
         "\"effect\":\"unknown\",\"code\":\"http_422\",\"detail\":\"HTTP 422: {\\\"oops\\\":1}\",\"retry_after_ms\":-2"},
        {"[{\"when\":\"422\",\"then\":\"need_input\"}]", 422, "{\"missing\":[\"area\"],\"ask\":\"How large?\"}",
         BASE_ITEM_NEED_INPUT, "{\"fields\":[\"area\"],\"text\":\"How large?\"}"},
        {"[{\"when\":\"422\",\"then\":\"need_input\"}]", 422, "{\"missing\":[]}", BASE_ITEM_FAIL, "\"effect\":\"none\""},
        {"[{\"when\":\"5xx\",\"then\":\"none\"}]", 502, "", BASE_ITEM_FAIL, "\"effect\":\"none\",\"code\":\"http_502\""},
        {"[{\"when\":\"garbage\",\"then\":\"none\",\"retry\":\"never\"}]", 200, "?", BASE_ITEM_FAIL,
         "\"effect\":\"none\",\"code\":\"garbage\",\"detail\":\"HTTP 200 with a body that is no JSON\",\"retry_after_ms\":-2"},
        {"[{\"when\":\"303\",\"then\":\"done\"}]", 303, "{\"id\":\"W-9\",\"status\":\"open\"}", BASE_ITEM_ACCEPT,
         "{\"external_ref\":\"W-9\"}"},
    };
    char config[4096];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fake_hub hub;

        snprintf(config, sizeof(config), "{" CORE ",\"errors\":%s}", rows[i].errors);
        open_hub(&hub, config);
        offer(&hub, 1);
        request(&hub, "POST");
        respond(&hub, rows[i].status, rows[i].body);
        report(&hub, rows[i].kind, 1, rows[i].report);
        stop(&hub);
    }
}

static void a_repeat_is_looked_up_before_it_is_submitted(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, FULL); /* found */
    offer(&hub, 2);
    request(&hub, "\"url\":\"https://api.water.example/v1/cases?key=k-64\"");
    respond(&hub, 200, "{\"items\":[{\"id\":\"W-1\",\"status\":\"open\"}]}");
    report(&hub, BASE_ITEM_ACCEPT, 1, "{\"external_ref\":\"W-1\"}");
    assert_int_equal(1, hub.service_count);
    stop(&hub);
    open_hub(&hub, FULL); /* found, and decided */
    offer(&hub, 2);
    request(&hub, "GET");
    respond(&hub, 200, "{\"items\":[{\"id\":\"W-1\",\"status\":\"granted\"}]}");
    report(&hub, BASE_ITEM_OPINION, 1, "approve");
    stop(&hub);
    for (int is_404 = 0; is_404 <= 1; is_404++) { /* not there: now it is submitted */
        open_hub(&hub, FULL);
        offer(&hub, 2);
        request(&hub, "GET");
        respond(&hub, is_404 ? 404 : 200, is_404 ? "" : "{\"items\":[]}");
        request(&hub, "POST");
        respond(&hub, 201, "{\"id\":\"W-2\",\"status\":\"open\"}");
        report(&hub, BASE_ITEM_ACCEPT, 1, "W-2");
        stop(&hub);
    }
    open_hub(&hub, FULL); /* no word: nothing is submitted */
    offer(&hub, 2);
    request(&hub, "GET");
    respond(&hub, 500, "");
    report(&hub, BASE_ITEM_FAIL, 1, "\"effect\":\"unknown\",\"code\":\"http_500\"");
    assert_int_equal(1, hub.service_count);
    offer(&hub, 3); /* garbage is no "not there" */
    request(&hub, "GET");
    respond(&hub, 200, "{\"items\":[{\"id\":\"W-1\",\"status\":7}]}");
    report(&hub, BASE_ITEM_FAIL, 2, "\"effect\":\"unknown\",\"code\":\"garbage\"");
    assert_int_equal(2, hub.service_count);
    stop(&hub);
}

static void a_conflict_is_looked_up(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, FULL);
    offer(&hub, 1);
    request(&hub, "POST");
    respond(&hub, 409, "{\"error\":\"duplicate\"}");
    request(&hub, "GET");
    respond(&hub, 200, "{\"items\":[{\"id\":\"W-1\",\"status\":\"open\"}]}");
    report(&hub, BASE_ITEM_ACCEPT, 1, "W-1");
    stop(&hub);
    open_hub(&hub, FULL);
    offer(&hub, 1);
    request(&hub, "POST");
    respond(&hub, 409, "");
    request(&hub, "GET");
    respond(&hub, 404, "");
    report(&hub, BASE_ITEM_FAIL, 1, "\"effect\":\"unknown\",\"code\":\"conflict\"");
    assert_non_null(strstr(fake_hub_find(&hub, BASE_ITEM_FAIL, 0)->payload, "\"retry_after_ms\":-2"));
    stop(&hub);
}

static void without_a_lookup_the_key_or_an_officer_decides(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, PLAIN);
    offer(&hub, 2);
    report(&hub, BASE_ITEM_FAIL, 1, "\"effect\":\"unknown\",\"code\":\"cannot_tell\"");
    assert_non_null(strstr(fake_hub_find(&hub, BASE_ITEM_FAIL, 0)->payload, "\"retry_after_ms\":-2"));
    assert_int_equal(0, hub.service_count);
    stop(&hub);
    open_hub(&hub, "{" CORE ",\"repeats\":\"recognised\"}");
    offer(&hub, 2);
    request(&hub, "{\"name\":\"Idempotency-Key\",\"value\":\"k-64\"}");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"open\"}");
    report(&hub, BASE_ITEM_ACCEPT, 1, "W-1");
    stop(&hub);
}

static void a_lookup_waits_for_a_slow_department(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, "{" CORE ",\"lookup\":{\"path\":\"/find/{{task}}\",\"wait_ms\":5000}}");
    offer(&hub, 2);
    pass_time(&hub, 4999);
    assert_int_equal(0, hub.service_count);
    pass_time(&hub, 1);
    request(&hub, "/v1/find/20261129-000123-7.64\"");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"open\"}");
    report(&hub, BASE_ITEM_ACCEPT, 1, "W-1");
    offer(&hub, 2);
    fake_hub_item(&hub, BASE_ITEM_DRAIN, 0, "{}"); /* what only waits has not been attempted */
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_GIVE_BACK, 1);
    stop(&hub);
}

static void a_resumed_task_is_asked_for_and_never_submitted(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, FULL);
    resume(&hub, "\"external_ref\":\"W-1\",\"checkpoint\":null,\"state\":\"accepted\"");
    pass_time(&hub, 10000);
    request(&hub, "/cases/W-1\"");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"granted\"}");
    report(&hub, BASE_ITEM_OPINION, 1, "approve");
    stop(&hub);
    open_hub(&hub, FULL); /* accepted without a reference: looked up */
    resume(&hub, "\"external_ref\":\"\",\"checkpoint\":null,\"state\":\"accepted\"");
    request(&hub, "?key=k-64");
    respond(&hub, 500, "");
    pass_time(&hub, 70000);
    request(&hub, "?key=k-64"); /* it stays here until there is an answer */
    respond(&hub, 200, "{\"items\":[{\"id\":\"W-1\",\"status\":\"open\"}]}");
    pass_time(&hub, 70000);
    request(&hub, "/cases/W-1\"");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"granted\"}");
    report(&hub, BASE_ITEM_OPINION, 1, "approve");
    assert_int_equal(0, fake_hub_count(&hub, BASE_ITEM_FAIL));
    stop(&hub);
    open_hub(&hub, FULL); /* a pause that is over */
    resume(&hub, "\"external_ref\":\"W-1\",\"checkpoint\":null,\"state\":\"paused\"");
    pass_time(&hub, 10000);
    request(&hub, "/cases/W-1\"");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"open\"}");
    fake_hub_wait_kind(&hub, BASE_ITEM_UNPAUSE, 1);
    stop(&hub);
}

/* However long the department is away: no opinion, no failure, no second submission. */
static void a_dead_link_never_ends_an_accepted_task(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, FULL);
    submitted(&hub);
    for (int i = 0; i < 12; i++) {
        pass_time(&hub, 700000);
        request(&hub, "/cases/W-1\"");
        if (i % 4 == 0)
            respond_error(&hub, "unreachable", "none");
        else if (i % 4 == 1)
            respond(&hub, 401, "{\"error\":\"expired\"}");
        else if (i % 4 == 2)
            respond(&hub, 200, "{\"id\":\"W-1\",\"stat");
        else
            respond(&hub, 404, "");
    }
    fake_hub_wait_poll(&hub);
    assert_int_equal(0, fake_hub_count(&hub, BASE_ITEM_FAIL) + fake_hub_count(&hub, BASE_ITEM_OPINION));
    assert_true(fake_hub_has_log(&hub, "no usable answer about 20261129-000123-7.64: unreachable"));
    pass_time(&hub, 700000);
    request(&hub, "/cases/W-1\"");
    respond_with(&hub, 503, "{\"name\":\"retry-after\",\"value\":\"5000\"}", "");
    pass_time(&hub, 4999000);
    assert_int_equal(asked, hub.service_count); /* as it was told */
    pass_time(&hub, 1000);
    request(&hub, "/cases/W-1\"");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"granted\"}");
    report(&hub, BASE_ITEM_OPINION, 1, "approve");
    stop(&hub);
}

static void a_record_that_is_gone_goes_to_an_officer(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, FULL);
    submitted(&hub);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(0, fake_hub_count(&hub, BASE_ITEM_FAIL));
        pass_time(&hub, 700000);
        request(&hub, "/cases/W-1\"");
        respond(&hub, i % 2 == 0 ? 404 : 410, "");
        fake_hub_wait_poll(&hub);
    }
    report(&hub, BASE_ITEM_FAIL, 1, "\"effect\":\"done\",\"code\":\"gone\"");
    assert_non_null(strstr(fake_hub_find(&hub, BASE_ITEM_FAIL, 0)->payload, "\"external_ref\":\"W-1\""));
    stop(&hub);
}

static void a_callback_brings_the_opinion(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, "{" CORE ",\"mode\":\"callback\",\"event\":{\"record\":\"/case\"}}");
    submitted(&hub);
    pass_time(&hub, 3000000); /* only the slow safety poll */
    assert_int_equal(asked, hub.service_count);
    fake_hub_item(&hub, BASE_ITEM_EVENT, 64, "{\"id\":\"e1\",\"body\":{\"case\":{\"status\":\"open\"}}}");
    fake_hub_send(&hub);
    request(&hub, "/cases/W-1\""); /* nothing final: it is asked for */
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"open\"}");
    fake_hub_item(&hub, BASE_ITEM_EVENT, 64, "{\"id\":\"e0\",\"body\":{\"case\":{\"id\":\"W-2\",\"status\":\"granted\"}}}");
    fake_hub_send(&hub);
    request(&hub, "/cases/W-1\""); /* another case: its word is not taken, ours is asked for */
    assert_true(fake_hub_has_log(&hub, "a callback about W-2 came to the task of W-1"));
    assert_int_equal(0, fake_hub_count(&hub, BASE_ITEM_OPINION));
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"open\"}");
    fake_hub_item(&hub, BASE_ITEM_EVENT, 64, "{\"id\":\"e2\",\"body\":{\"case\":{\"status\":\"refused\",\"reasons\":[\"No.\"]}}}");
    fake_hub_item(&hub, BASE_ITEM_EVENT, 64, "{\"id\":\"e2\",\"body\":{\"case\":{\"status\":\"refused\",\"reasons\":[\"No.\"]}}}");
    fake_hub_send(&hub);
    report(&hub, BASE_ITEM_OPINION, 1, "{\"opinion\":\"reject\",\"reasons\":[\"No.\"],\"external_ref\"");
    fake_hub_wait_poll(&hub);
    assert_int_equal(1, fake_hub_count(&hub, BASE_ITEM_OPINION));
    stop(&hub);

    open_hub(&hub, "{" CORE ",\"mode\":\"callback\",\"event\":{\"means\":\"news\"}}");
    submitted(&hub);
    fake_hub_item(&hub, BASE_ITEM_EVENT, 64, "{\"body\":{\"status\":\"granted\"}}");
    fake_hub_send(&hub);
    request(&hub, "/cases/W-1\""); /* the body is not believed, the department is asked */
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"granted\"}");
    report(&hub, BASE_ITEM_OPINION, 1, "approve");
    stop(&hub);

    open_hub(&hub, "{" CORE ",\"mode\":\"callback\"}"); /* it may be faster than the answer to the submission */
    offer(&hub, 1);
    request(&hub, "POST");
    fake_hub_item(&hub, BASE_ITEM_EVENT, 64, "{\"body\":{\"id\":\"W-1\",\"status\":\"granted\"}}");
    fake_hub_send(&hub);
    report(&hub, BASE_ITEM_OPINION, 1, "{\"opinion\":\"approve\",\"external_ref\":\"W-1\"}");
    respond(&hub, 201, "{\"id\":\"W-1\",\"status\":\"open\"}");
    stop(&hub);
}

static void a_question_goes_to_the_applicant_and_back(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, FULL);
    submitted(&hub);
    pass_time(&hub, 70000);
    request(&hub, "/cases/W-1\"");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"ask\",\"missing\":[\"area\"],\"ask\":\"How large?\"}");
    report(&hub, BASE_ITEM_NEED_INPUT, 1, "{\"fields\":[\"area\"],\"text\":\"How large?\"}");
    fake_hub_item(&hub, BASE_ITEM_INPUT, 64, "{\"answer\":{\"area\":99}}");
    fake_hub_send(&hub);
    const char *sent = request(&hub, "/cases/W-1/input\"");
    assert_non_null(strstr(sent, "\"body\":\"eyJhcmVhIjo5OX0=\"")); /* {"area":99} */
    assert_non_null(strstr(sent, "\"value\":\"k-64-input-"));
    respond(&hub, 503, "");
    pass_time(&hub, 70000);
    request(&hub, "/cases/W-1/input\""); /* until it is there */
    respond(&hub, 204, "");
    pass_time(&hub, 70000);
    request(&hub, "/cases/W-1\"");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"granted\"}");
    report(&hub, BASE_ITEM_OPINION, 1, "approve");
    stop(&hub);
}

/* A restart after the applicant's answer: it is in the form, and is sent before anybody is asked again. */
static void an_answer_survives_a_restart(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, FULL);
    resume(&hub, "\"external_ref\":\"W-1\",\"checkpoint\":null,\"state\":\"accepted\"");
    pass_time(&hub, 10000);
    request(&hub, "/cases/W-1\"");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"ask\",\"missing\":[\"area\"]}");
    request(&hub, "/cases/W-1/input\"");
    assert_non_null(strstr(hub.services[asked].payload, "\"body\":\"eyJhcmVhIjo3fQ==\"")); /* {"area":7} */
    respond(&hub, 200, "{}");
    pass_time(&hub, 70000);
    request(&hub, "/cases/W-1\"");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"ask\",\"missing\":[\"area\"]}");
    fake_hub_wait_kind(&hub, BASE_ITEM_NEED_INPUT, 1); /* it was not enough */
    stop(&hub);
}

/* Asked before it was registered: the completed form is submitted then. */
static void a_form_that_was_not_taken_is_submitted_again(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, "{" CORE ",\"errors\":[{\"when\":\"422\",\"then\":\"need_input\"}]}");
    offer(&hub, 1);
    request(&hub, "POST");
    respond(&hub, 422, "{\"missing\":[\"area\"]}");
    fake_hub_wait_kind(&hub, BASE_ITEM_NEED_INPUT, 1);
    report(&hub, BASE_ITEM_CHECKPOINT, 1, "{\"checkpoint\":\"dW5yZWdpc3RlcmVk\"}");
    fake_hub_item(&hub, BASE_ITEM_INPUT, 64, "{\"answer\":{\"area\":7}}");
    fake_hub_send(&hub);
    report(&hub, BASE_ITEM_FAIL, 1, "\"effect\":\"done\",\"code\":\"input_received\"");
    resume(&hub, "\"external_ref\":\"\",\"checkpoint\":\"dW5yZWdpc3RlcmVk\",\"state\":\"accepted\"");
    request(&hub, "POST");
    respond(&hub, 201, "{\"id\":\"W-1\",\"status\":\"granted\"}");
    report(&hub, BASE_ITEM_OPINION, 1, "approve");
    stop(&hub);
}

static void cancel(struct fake_hub *hub)
{
    fake_hub_item(hub, BASE_ITEM_CANCEL, 64, "{\"reason\":\"withdrawn\"}");
    fake_hub_send(hub);
}

/* A withdrawal while the submission is under way; the module has seen it when the next offer asks. */
static void cancel_in_the_middle(struct fake_hub *hub)
{
    open_hub(hub, FULL);
    offer(hub, 1);
    request(hub, "POST");
    fake_hub_item(hub, BASE_ITEM_CANCEL, 64, "{\"reason\":\"withdrawn\"}");
    fake_hub_offer(hub, 128, 1, "{}");
    fake_hub_send(hub);
    fake_hub_wait_services(hub, 2);
}

static void a_withdrawal_reaches_the_department(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, FULL);
    submitted(&hub);
    cancel(&hub);
    request(&hub, "\"method\":\"DELETE\",\"url\":\"https://api.water.example/v1/cases/W-1\"");
    respond(&hub, 500, "");
    pass_time(&hub, 4000);
    request(&hub, "DELETE");
    respond(&hub, 204, "");
    report(&hub, BASE_ITEM_CANCELLED, 1, "{\"effect\":\"none\"}");
    stop(&hub);

    open_hub(&hub, FULL); /* too late: the opinion counts */
    submitted(&hub);
    cancel(&hub);
    request(&hub, "DELETE");
    respond(&hub, 409, "");
    request(&hub, "GET");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"granted\"}");
    report(&hub, BASE_ITEM_OPINION, 1, "approve");
    stop(&hub);

    open_hub(&hub, FULL); /* too late, and no opinion */
    submitted(&hub);
    cancel(&hub);
    request(&hub, "DELETE");
    respond(&hub, 409, "");
    request(&hub, "GET");
    respond(&hub, 200, "{\"id\":\"W-1\",\"status\":\"open\"}");
    report(&hub, BASE_ITEM_CANCELLED, 1, "{\"effect\":\"done\"}");
    stop(&hub);

    open_hub(&hub, PLAIN); /* it cannot be told: what is there stays */
    submitted(&hub);
    cancel(&hub);
    report(&hub, BASE_ITEM_CANCELLED, 1, "{\"effect\":\"done\"}");
    stop(&hub);

    cancel_in_the_middle(&hub);
    respond(&hub, 201, "{\"id\":\"W-1\",\"status\":\"open\"}");
    asked = 2;
    request(&hub, "DELETE");
    respond(&hub, 404, "");
    report(&hub, BASE_ITEM_CANCELLED, 1, "{\"effect\":\"none\"}");
    stop(&hub);
    cancel_in_the_middle(&hub);
    respond_error(&hub, "timeout", "unknown");
    report(&hub, BASE_ITEM_CANCELLED, 1, "{\"effect\":\"unknown\"}");
    stop(&hub);
}

static void requests_are_signed(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, "{" CORE ",\"auth\":{\"type\":\"hmac\",\"header\":\"X-Signature\",\"prefix\":\"sha256=\"}}");
    offer(&hub, 1);
    request(&hub, "{\"service\":\"secret\",\"op\":\"hmac\",\"name\":\"sign\",\"data\":\"eyJrZXkiOiJrLTY0IiwiYXJlYSI6MTIwLjV9\"}");
    fake_hub_answer(&hub, asked++, "{\"value\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}");
    request(&hub, "{\"name\":\"X-Signature\",\"value\":\"sha256=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"}");
    respond(&hub, 201, "{\"id\":\"W-1\",\"status\":\"granted\"}");
    report(&hub, BASE_ITEM_OPINION, 1, "approve");
    offer(&hub, 1);
    request(&hub, "hmac");
    fake_hub_answer(&hub, asked++, "{\"error\":{\"code\":\"not_found\"}}");
    report(&hub, BASE_ITEM_FAIL, 1, "\"effect\":\"none\",\"code\":\"denied\",\"detail\":\"the request could not be signed");
    stop(&hub);

    static const struct {
        const char *auth, *header;
    } rows[] = {
        {"{\"type\":\"bearer\"}", "{\"name\":\"Authorization\",\"value\":\"Bearer \",\"secret\":\"token\"}"},
        {"{\"type\":\"basic\"}", "{\"name\":\"Authorization\",\"value\":\"Basic \",\"secret\":\"token\"}"},
        {"{\"type\":\"api_key\",\"header\":\"X-Api-Key\"}", "{\"name\":\"X-Api-Key\",\"value\":\"\",\"secret\":\"token\"}"},
    };
    char config[4096];
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(config, sizeof(config), "{" CORE ",\"headers\":{\"X-Center\":\"binhe\"},\"auth\":%s}", rows[i].auth);
        open_hub(&hub, config);
        offer(&hub, 1);
        request(&hub, rows[i].header);
        assert_non_null(strstr(hub.services[asked].payload, "{\"name\":\"X-Center\",\"value\":\"binhe\"}"));
        respond(&hub, 201, "{\"id\":\"W-1\",\"status\":\"granted\"}");
        report(&hub, BASE_ITEM_OPINION, 1, "approve");
        stop(&hub);
    }
}

/* What is under way at the end may have reached the department; the next process looks it up. */
static void a_stop_in_the_middle_tells_what_may_have_happened(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, FULL);
    offer(&hub, 1);
    request(&hub, "POST");
    fake_hub_item(&hub, BASE_ITEM_STOP, 0, "{\"grace_ms\":10000}");
    fake_hub_send(&hub);
    fake_hub_wait_bye(&hub);
    report(&hub, BASE_ITEM_FAIL, 1, "\"effect\":\"unknown\",\"code\":\"broken\"");
    fake_hub_reap_with(&hub, 0);
    fake_hub_fini(&hub);
}

static void a_department_that_is_away_makes_the_connector_degraded(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, FULL);
    for (unsigned i = 1; i <= 3; i++) {
        fake_hub_offer(&hub, 64 * i, 1, "{}");
        fake_hub_send(&hub);
        request(&hub, "POST");
        respond_error(&hub, "unreachable", "none");
        fake_hub_wait_kind(&hub, BASE_ITEM_FAIL, i);
    }
    for (int i = 0; i < 100 && strstr(hub.poll, "\"degraded\"") == NULL; i++) {
        fake_hub_wait_poll(&hub);
        fake_hub_send(&hub);
        fake_hub_wait_poll(&hub);
    }
    stop(&hub);
}

static void faulty_configurations_and_forms_are_named(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_start(&hub, HTTP);
    fake_hub_hello(&hub, "{\"base_url\":\"http://a\"}", true, NOW_MS);
    fake_hub_wait_bye(&hub);
    assert_true(fake_hub_has_log(&hub, "configuration: submit is required"));
    fake_hub_reap_with(&hub, 7);
    fake_hub_fini(&hub);
    open_hub(&hub, "{\"base_url\":\"http://a\",\"mode\":\"sync\",\"submit\":{\"path\":\"/{{form.city}}\"},"
                   "\"answer\":{\"status\":\"/s\",\"values\":{}}}");
    offer(&hub, 1);
    report(&hub, BASE_ITEM_FAIL, 1, "\"effect\":\"none\",\"code\":\"template\",\"detail\":\"{{form.city}}: empty, or dots alone, in a path\"");
    assert_int_equal(0, hub.service_count);
    stop(&hub);
}

static void a_refused_opinion_goes_to_an_officer(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, FULL);
    offer(&hub, 1);
    request(&hub, "POST");
    hub.answer = BASE_ANSWER_REFUSED;
    hub.reason = "not today";
    respond(&hub, 201, "{\"id\":\"W-1\",\"status\":\"granted\"}");
    report(&hub, BASE_ITEM_FAIL, 1, "\"effect\":\"done\",\"code\":\"refused\",\"detail\":\"not today\",\"retry_after_ms\":-2");
    hub.answer = BASE_ANSWER_OK;
    stop(&hub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_goes_from_submit_to_opinion),
        cmocka_unit_test(each_outcome_of_a_submission),
        cmocka_unit_test(the_table_of_the_configuration_is_followed),
        cmocka_unit_test(a_repeat_is_looked_up_before_it_is_submitted),
        cmocka_unit_test(a_conflict_is_looked_up),
        cmocka_unit_test(without_a_lookup_the_key_or_an_officer_decides),
        cmocka_unit_test(a_lookup_waits_for_a_slow_department),
        cmocka_unit_test(a_resumed_task_is_asked_for_and_never_submitted),
        cmocka_unit_test(a_dead_link_never_ends_an_accepted_task),
        cmocka_unit_test(a_record_that_is_gone_goes_to_an_officer),
        cmocka_unit_test(a_callback_brings_the_opinion),
        cmocka_unit_test(a_question_goes_to_the_applicant_and_back),
        cmocka_unit_test(an_answer_survives_a_restart),
        cmocka_unit_test(a_form_that_was_not_taken_is_submitted_again),
        cmocka_unit_test(a_withdrawal_reaches_the_department),
        cmocka_unit_test(requests_are_signed),
        cmocka_unit_test(a_stop_in_the_middle_tells_what_may_have_happened),
        cmocka_unit_test(a_department_that_is_away_makes_the_connector_degraded),
        cmocka_unit_test(faulty_configurations_and_forms_are_named),
        cmocka_unit_test(a_refused_opinion_goes_to_an_officer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
