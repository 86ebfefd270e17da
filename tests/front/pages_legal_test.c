/* SPDX-License-Identifier: Apache-2.0 */
/* The console's pages of legal time over an engine that only records: dates day by day, notices,
 * what staff does about them, alerts, calendars, and another catalogue. */
#include <stdio.h>
#include <stdlib.h>

#include "front/pages_strip.h"
#include "front/pages_visit.h"
#include "lib/check.h"
#include "stage.h"

static char text[1 << 20];

static void open_demo(struct stage *stage)
{
    stage->options.is_demo = true;
    stage_open(stage);
}

static int get(struct stage *stage, const char *path)
{
    char request[1024];

    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en\r\nConnection: close\r\n\r\n", path);
    return stage_ask_text(stage, request, text, sizeof(text));
}

static int post(struct stage *stage, const char *path, const char *body)
{
    struct base_buffer request = {0};

    base_buffer_put_format(&request,
                           "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                           "Accept-Language: en\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                           path, strlen(body), body);
    int status = stage_ask(stage, request.bytes, request.size, text, sizeof(text));
    base_buffer_fini(&request);
    return status;
}

static bool has(const char *words)
{
    return strstr(text, words) != NULL;
}

static size_t count_of(const char *words)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, words)) != NULL; at += strlen(words))
        count++;
    return count;
}

#define TEXT(word) "{\"zh-CN\":\"" word "\",\"en\":\"" word "\"}"

/* -- The strip -- */

#define PAUSE                                                                                                          \
    "\"pause\":{\"kind\":\"inspection\",\"matter\":\"m\",\"matter_name\":" TEXT("M") ",\"department_name\":"           \
    TEXT("Fire Brigade") ",\"from\":\"2026-01-30\",\"until\":null}"
#define DAY(date, kind, use, more) "{\"date\":\"" date "\",\"kind\":\"" kind "\",\"use\":\"" use "\"" more "}"

/* Wednesday to Monday: a pause over a weekend day, a make-up Sunday that is due, and where it would be without. */
#define CLOCK(state)                                                                                                   \
    "{\"of\":\"joint\",\"kind\":\"promised\",\"state\":\"" state "\",\"unit\":\"working_day\",\"length\":3,"           \
    "\"start\":\"2026-01-28\",\"due\":\"2026-02-01\",\"level\":\"yellow\",\"overdue\":false,\"provisional\":true,"     \
    "\"days_left\":1,\"days_counted\":2,\"days_off\":0,\"days_paused\":2,\"due_without_pauses\":\"2026-01-30\","       \
    "\"explanation\":" TEXT("so it is <counted>") ",\"days\":["                                                        \
    DAY("2026-01-28", "working_day", "start", "") ","                                                                  \
    DAY("2026-01-29", "working_day", "counted", ",\"number\":1") ","                                                   \
    DAY("2026-01-30", "working_day", "paused", "," PAUSE) ","                                                          \
    DAY("2026-01-31", "weekend", "paused", "," PAUSE) ","                                                              \
    DAY("2026-02-01", "make_up_day", "counted", ",\"number\":2,\"name\":" TEXT("Festival make-up")) "]}"

#define APPLICATION(status, notice, clocks)                                                                            \
    "{\"id\":\"s\",\"number\":\"1\",\"service\":\"s\",\"status\":\"" status "\",\"lane\":\"promised\",\"level\":\"red\"," \
    "\"tasks\":[],\"notice\":" notice ",\"clocks\":[" clocks "],\"decision\":null}"

static void shows_each_day_and_why(void **state)
{
    struct stage stage = {.answer_text = APPLICATION("in_review", "null", CLOCK("running"))};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/applications/1"));
    CHECK(has("so it is &lt;counted&gt;"), "the sentence, escaped");
    CHECK(has("worked out again once they are"), "the caveat of a provisional date");
    CHECK(has("<tr><td class=\"pad\"></td><td class=\"pad\"></td><td class=\"u-start k-working_day\">"), "from Monday on");
    CHECK(has("<i>Jan</i> 28</span><small>start</small>"), "month and first day");
    CHECK(has("<span>29</span><b>1</b>"), "what counted, numbered");
    CHECK(has("plain\"><span>30</span><small>paused</small><em>no pause</em>"), "where it would be without");
    CHECK(has("due\"><span><i>Feb</i> 1</span><b>2</b><small>make-up</small><em>due</em>"), "a make-up day, due");
    CHECK(has("<b>30 January 2026 – 31 January 2026</b> <small>(2 days)</small> Paused: inspection (Fire Brigade)"),
          "why it stood still, and at whose");
    CHECK(has("<b>1 February 2026</b> Festival make-up · counted"), "a make-up day by its name");
    CHECK(!has("weekend days"), "a weekend day within a pause is of the pause");
    CHECK_I64(1, count_of("<table class=\"calendar\">"), "the promise is not shown twice");
    CHECK(has("v-yellow\">Due soon"), "the clock's level in words");
    CHECK(has("v-red\">Overdue"), "the application's level in words");
    CHECK(has(">1 wd<"), "what is left of working days");
    stage.answer_text = APPLICATION("in_review", "null",
                                    "{\"of\":\"joint\",\"kind\":\"statutory\",\"state\":\"running\",\"unit\":\"month\",\"length\":3,"
                                    "\"start\":\"2026-01-28\",\"due\":\"2026-04-28\",\"days_left\":90}");
    assert_int_equal(200, get(&stage, "/applications/1"));
    CHECK(has(">3 mo<") && has(">90 d<"), "a limit in months is left in days of the calendar");
    stage.answer_text = APPLICATION("in_review", "null", CLOCK("paused"));
    assert_int_equal(200, get(&stage, "/applications/1"));
    CHECK(!has("<em>due</em>"), "a clock that stands still has no last day yet");
    stage_close(&stage);
}

static void keeps_strips_within_their_room(void **state)
{
    static const char clock[] = CLOCK("running");
    struct base_json *json = NULL;
    struct base_json_error error;
    struct base_buffer view = {0};

    (void)state;
    assert_int_equal(OD_OK, base_json_parse(clock, strlen(clock), &json, &error));
    base_json_open(&view, NULL, '{');
    CHECK_I64(0, front_strip_put_members(&view, json, NULL, 4), "room - 1");
    CHECK(strstr(base_buffer_text(&view), "\"weeks\"") == NULL, "dates alone");
    CHECK_I64(5, front_strip_put_members(&view, json, NULL, 5), "room enough");
    CHECK(strstr(base_buffer_text(&view), "\"weeks\"") != NULL, "with days");
    CHECK_I64(5, front_strip_put_members(&view, json, NULL, FRONT_STRIP_DAYS_MAX), "a page's room");
    base_buffer_fini(&view);
    base_json_destroy(json);
}

/* -- Notices -- */

static void says_every_kind_of_notice(void **state)
{
    static const struct {
        const char *why, *notice, *first, *second;
    } rows[] = {
        {"incomplete", "{\"kind\":\"incomplete\",\"missing\":[{\"material\":\"plan\",\"name\":" TEXT("Floor plan") "}],\"until\":\"2026-02-09\"}",
         "What is missing: everything on one list", "<li>Floor plan</li>"},
        {"correctable", "{\"kind\":\"correctable\",\"missing\":[],\"corrections\":[{\"id\":\"c\",\"text\":" TEXT("check the area") ",\"fields\":[]}]}",
         "Please put the following right", "<li>check the area</li>"},
        {"tolerated", "{\"kind\":\"tolerated\",\"missing\":[{\"material\":\"plan\",\"name\":" TEXT("Lease") "}],\"until\":\"2026-02-09\"}",
         "please hand in what you promised", "Monday, 9 February 2026"},
        {"received", "{\"kind\":\"received\",\"missing\":[],\"until\":\"2026-02-09\"}", "Received and being looked at",
         "You are told by <b>Monday, 9 February 2026</b>"},
        {"not competent", "{\"kind\":\"not_competent\",\"missing\":[],\"body\":" TEXT("City Office") ",\"text\":" TEXT("too large") "}",
         "Not within this center's competence", "The right body is: <b>City Office</b>"},
        {"supplement, told", "{\"kind\":\"supplement\",\"told\":true,\"told_at\":\"2026-01-29T23:30:00.000+08:00\",\"second\":true,\"requests\":["
         "{\"matter\":\"m\",\"matter_name\":" TEXT("M") ",\"department_name\":" TEXT("Health") ",\"text\":\"which floor?\",\"items\":["
         "{\"field\":\"floor\",\"name\":" TEXT("Floor") "},{\"material\":\"gone\"}]}]}",
         "<b>Health</b> <small>M</small><p>which floor?</p><ul><li>Floor</li><li>gone</li></ul>",
         "Told in one notice on 29 January 2026, 23:30 <b class=\"level v-yellow\">second notice, shown to supervision</b>"},
        {"supplement, not told", "{\"kind\":\"supplement\",\"told\":false,\"second\":false,\"requests\":[]}", "Please supply",
         "it is told in one notice today"},
    };
    char body[4096];
    struct stage stage = {.answer_text = body};

    (void)state;
    open_demo(&stage);
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(body, sizeof(body), "{\"number\":\"1\",\"status\":\"incomplete\",\"tasks\":[],\"notice\":%s}", rows[i].notice);
        CHECK_I64(200, get(&stage, "/applications/1"), rows[i].why);
        CHECK(has(rows[i].first), rows[i].why);
        CHECK(has(rows[i].second), rows[i].why);
    }
    stage_close(&stage);
}

/* What the applicant was told before stands on the citizen's page as well, with the date day by day. */
static void shows_a_citizen_days_and_notices(void **state)
{
    struct stage stage = {
        .answer_text = "{\"number\":\"1\",\"status\":\"in_review\",\"tasks\":[],\"clocks\":[" CLOCK("running") "],\"notices\":[{\"seq\":9,\"at\":"
                       "\"2026-01-29T10:00:00.000+08:00\",\"notice\":\"paused\",\"text\":" TEXT("it stands still") "}]}"};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, post(&stage, "/track", "number=1&code=a"));
    CHECK_TEXT("{\"number\":\"1\",\"code\":\"A\",\"explain\":true}", stage.body, "explained");
    CHECK(has("How the promised date comes about") && has("<em>due</em>"), "day by day");
    CHECK(has("2026-01-29 10:00") && has("it stands still") && has("Paused</b>"), "what was told");
    stage_close(&stage);
}

/* -- What is still asked for -- */

#define SERVICE_MEMBERS                                                                                                \
    "\"limits\":{\"tolerance\":{\"unit\":\"working_day\",\"length\":10}},\"form\":["                                   \
    "{\"id\":\"area\",\"type\":\"integer\",\"label\":" TEXT("Area") "},{\"id\":\"other\",\"type\":\"text\",\"label\":" \
    TEXT("Other") "}],\"matters\":[{\"id\":\"m\",\"pauses\":[\"hearing\"],\"materials\":[{\"id\":\"plan\",\"name\":" TEXT("Plan") "},"                      \
    "{\"id\":\"lease\",\"name\":" TEXT("Lease") ",\"tolerant\":true}]},{\"id\":\"n\",\"materials\":[{\"id\":\"plan\",\"name\":" TEXT("Plan") "}]}]"

#define ASKED                                                                                                          \
    "{\"number\":\"1\",\"service\":\"s\",\"status\":\"in_review\",\"tasks\":[],\"notice\":{\"kind\":\"supplement\","   \
    "\"requests\":[{\"matter\":\"m\",\"fields\":[\"area\"],\"materials\":[\"lease\"]}]}," SERVICE_MEMBERS "}"

static void offers_exactly_what_is_open(void **state)
{
    struct stage stage = {.answer_text = ASKED};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/applications/1"));
    CHECK(has("name=\"m.lease\"") && has("name=\"f.area\""), "what was asked for");
    CHECK(!has("name=\"m.plan\"") && !has("name=\"f.other\""), "and nothing else");
    assert_int_equal(303, post(&stage, "/applications/1/supplement", "m.lease=1&n.lease=l.pdf&f.area=12&f.other=&text=+here+"));
    CHECK_TEXT("{\"materials\":[{\"material\":\"lease\",\"name\":\"l.pdf\"}],\"form\":{\"area\":12},\"text\":\"here\"}", stage.body,
               "a number stays a number");
    assert_int_equal(FRONT_APPLICATION_SUPPLEMENT, stage.route);
    CHECK(has("Location: /applications/1?done=supplement"), "said on the page");
    stage_close(&stage);
}

static void keeps_a_refused_supplement(void **state)
{
    struct stage stage = {.answer_text = ASKED, .answer_status = 422, .status_route = FRONT_APPLICATION_SUPPLEMENT};

    (void)state;
    open_demo(&stage);
    assert_int_equal(422, post(&stage, "/applications/1/supplement", "m.lease=1&f.area=many&text=why"));
    CHECK_TEXT("1", stage.params[0], "the page again");
    CHECK(has("name=\"m.lease\" value=\"1\" checked"), "what was ticked");
    CHECK(has("value=\"many\""), "what was typed");
    CHECK(has(">why</textarea>"), "what was said");
    stage_close(&stage);
}

/* -- What staff does -- */

static void turns_forms_into_acts(void **state)
{
    static const struct {
        const char *why, *path, *form;
        enum front_route route;
        const char *body, *location;
    } rows[] = {
        {"pause", "/tasks/1.1/pause", "kind=hearing&expected_days=5&text=in+hall+2", FRONT_TASK_PAUSE,
         "{\"kind\":\"hearing\",\"expected_days\":5,\"text\":\"in hall 2\"}", "/tasks/1.1?done=pause"},
        {"pause of unknown length", "/tasks/1.1/pause", "kind=testing&expected_days=&text=", FRONT_TASK_PAUSE, "{\"kind\":\"testing\"}",
         "/tasks/1.1?done=pause"},
        {"a length that is no number goes as it is", "/tasks/1.1/pause", "kind=testing&expected_days=soon", FRONT_TASK_PAUSE,
         "{\"kind\":\"testing\",\"expected_days\":\"soon\"}", "/tasks/1.1?done=pause"},
        {"ask", "/tasks/1.1/ask", "text=what%3F&f.area=1&m.plan=1&m.lease=1&rule=r-1", FRONT_TASK_ASK,
         "{\"text\":\"what?\",\"fields\":[\"area\"],\"materials\":[\"plan\",\"lease\"],\"rule\":\"r-1\"}", "/tasks/1.1?done=ask"},
        {"ask for nothing: the API refuses it", "/tasks/1.1/ask", "text=+", FRONT_TASK_ASK, "{}", "/tasks/1.1?done=ask"},
        {"extend a task", "/tasks/1.1/extend", "clock=promised&length=3&reason=much", FRONT_TASK_EXTEND,
         "{\"clock\":\"promised\",\"length\":3,\"reason\":\"much\"}", "/tasks/1.1?done=extend"},
        {"extend the whole", "/applications/1/extend", "clock=statutory&length=15&reason=more", FRONT_APPLICATION_EXTEND,
         "{\"clock\":\"statutory\",\"length\":15,\"reason\":\"more\"}", "/applications/1?done=extend"},
        {"milestone", "/tasks/1.1/milestone", "milestone=hearing_announced&on=2026-03-02&chair=wang&text=", FRONT_TASK_MILESTONE,
         "{\"milestone\":\"hearing_announced\",\"on\":\"2026-03-02\",\"chair\":\"wang\"}", "/tasks/1.1?done=milestone"},
        {"bar", "/tasks/1.1/bar", "kind=fraud&reason=lied", FRONT_TASK_BAR, "{\"kind\":\"fraud\",\"reason\":\"lied\"}", "/tasks/1.1?done=bar"},
        {"two officers", "/tasks/1.1/opinion", "opinion=approve&reasons=&conditions=&officers=a%0D%0Ab", FRONT_TASK_OPINION,
         "{\"opinion\":\"approve\",\"reasons\":[],\"conditions\":[],\"officers\":[\"a\",\"b\"]}", "/tasks/1.1?done=opinion"},
        {"check, incomplete", "/applications/1/check", "matter=m&outcome=incomplete&m.plan=1&m.lease=1&body=&text=", FRONT_APPLICATION_CHECK,
         "{\"outcome\":\"incomplete\",\"matter\":\"m\",\"missing\":[{\"material\":\"plan\"},{\"material\":\"lease\"}]}", "/applications/1?done=check"},
        {"check, another body", "/applications/1/check", "matter=&outcome=not_competent&body=City&text=because", FRONT_APPLICATION_CHECK,
         "{\"outcome\":\"not_competent\",\"body\":\"City\",\"text\":\"because\"}", "/applications/1?done=check"},
        {"withdraw", "/applications/1/withdraw", "confirmed=1&reason=moved", FRONT_APPLICATION_WITHDRAW, "{\"reason\":\"moved\"}",
         "/applications/1?done=withdraw"},
        {"deliver", "/applications/1/delivery", "", FRONT_APPLICATION_DELIVERY, "{}", "/applications/1?done=delivery"},
    };
    struct stage stage = {0};

    (void)state;
    open_demo(&stage);
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(303, post(&stage, rows[i].path, rows[i].form), rows[i].why);
        CHECK_I64(rows[i].route, stage.route, rows[i].why);
        CHECK_TEXT(rows[i].body, stage.body, rows[i].why);
        CHECK(has(rows[i].location), rows[i].why);
    }
    assert_int_equal(422, post(&stage, "/applications/1/withdraw", "reason=moved"));
    assert_int_equal(FRONT_SERVICE_LIST, stage.route); /* unconfirmed: nobody was asked */
    assert_int_equal(404, post(&stage, "/applications/1/burn", "confirmed=1"));
    assert_int_equal(404, post(&stage, "/tasks/1.1/burn", ""));
    stage_close(&stage);
}

static void opens_the_form_that_was_refused(void **state)
{
    struct stage stage = {.answer_text = "{\"id\":\"1.1\",\"matter\":\"m\",\"application\":\"1\",\"service\":\"s\",\"state\":\"accepted\",\"owner\":\"officer\","
                                         "\"errors\":[{\"pointer\":\"/length\",\"code\":\"range\",\"detail\":\"from 1 to 10\"}]," SERVICE_MEMBERS "}",
                          .answer_status = 422,
                          .status_route = FRONT_TASK_EXTEND};

    (void)state;
    open_demo(&stage);
    assert_int_equal(422, post(&stage, "/tasks/1.1/extend", "clock=promised&length=99&reason=long"));
    CHECK(has("<li>from 1 to 10</li>"), "why");
    CHECK(has("<details open><summary>Extend a limit of this task"), "where it was typed");
    CHECK_I64(1, count_of("<details open>"), "the others stay closed");
    CHECK(has("value=\"99\"") && has(">long</textarea>") && has("value=\"promised\" selected"), "what was typed");
    CHECK(has("name=\"f.area\"") && has("name=\"m.plan\""), "the form to ask offers fields and materials");
    CHECK(has("<option value=\"hearing\">hearing</option>"), "pauses that the matter allows");
    stage_close(&stage);
}

static void keeps_each_form_that_was_refused(void **state)
{
    struct stage stage = {.answer_text = "{\"id\":\"1.1\",\"number\":\"1\",\"matter\":\"m\",\"application\":\"1\",\"service\":\"s\",\"state\":\"done\","
                                         "\"status\":\"in_review\",\"tasks\":[],\"notice\":null,\"safety\":true,"
                                         "\"items\":[{\"seq\":7,\"notice\":\"supplement\",\"text\":" TEXT("A") "},{\"seq\":8,\"notice\":\"supplement\",\"text\":" TEXT("B") "}],"
                                         "\"matters\":[{\"id\":\"m\",\"name\":" TEXT("M") ",\"safety\":true,\"materials\":[]}]}",
                          .answer_status = 422,
                          .status_route = FRONT_NOTICE_TOLD};

    (void)state;
    open_demo(&stage);
    assert_int_equal(422, post(&stage, "/applications/1/told", "second=8&to=agent&window=3&at=2026-01-28T10%3A30"));
    CHECK(has("<details class=\"fold noprint\"><summary>Record that this was told in person") && has("<details class=\"fold noprint\" open><summary>Record that this was told in person"), "one of two");
    CHECK_I64(1, count_of("value=\"agent\" selected"), "to whom");
    CHECK_I64(1, count_of("name=\"window\" maxlength=\"32\" autocomplete=\"off\" value=\"3\""), "where");
    CHECK(has("id=\"at-8\" name=\"at\" type=\"datetime-local\" value=\"2026-01-28T10:30\""), "when");
    stage.status_route = FRONT_TASK_BAR;
    stage.answer_status = 0;
    assert_int_equal(200, get(&stage, "/tasks/1.1?done=bar"));
    CHECK(has("<p class=\"flash\" role=\"status\">The bar, or its end, is on record."), "said once it is");
    stage.answer_status = 422;
    assert_int_equal(422, post(&stage, "/tasks/1.1/bar", "kind=fraud&reason="));
    CHECK(has("value=\"fraud\" selected") && !has("value=\"none\" selected"), "the kind of a bar");
    stage_close(&stage);
}

static void checks_each_material_once(void **state)
{
    struct stage stage = {.answer_text = "{\"number\":\"1\",\"service\":\"s\",\"status\":\"received\",\"tasks\":[{\"matter\":\"m\",\"state\":\"blocked\",\"matter_name\":" TEXT("M") "},"
                                         "{\"matter\":\"n\",\"state\":\"blocked\",\"matter_name\":" TEXT("N") "}],\"notice\":null," SERVICE_MEMBERS "}"};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/applications/1"));
    CHECK_I64(1, count_of("name=\"m.plan\""), "of two matters that ask for it");
    CHECK(has("<option value=\"\">All matters</option><option value=\"m\">M</option><option value=\"n\">N</option>"), "one, or all");
    stage_close(&stage);
}

/* -- The promise -- */

static void promises_what_is_tolerated(void **state)
{
    static const char key[] = "key=0123456789abcdef0123456789abcdef&name=A&kind=person&";
    char form[256];
    struct stage stage = {.answer_text = "{\"id\":\"s\",\"errors\":[{\"pointer\":\"/promise/until\",\"code\":\"range\",\"detail\":\"too late\"}]," SERVICE_MEMBERS "}",
                          .answer_status = 422,
                          .status_route = FRONT_APPLICATION_SUBMIT};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/apply/s"));
    CHECK(has("name=\"p.lease\"") && !has("name=\"p.plan\""), "only what is tolerant");
    CHECK(has("name=\"until\" type=\"date\""), "with a day");
    snprintf(form, sizeof(form), "%sm.plan=1&p.lease=1&until=2026-03-02", key);
    assert_int_equal(422, post(&stage, "/apply/s", form));
    CHECK(strstr(stage.body, "\"promise\":{\"materials\":[\"lease\"],\"until\":\"2026-03-02\"}") != NULL, stage.body);
    CHECK(has("<a href=\"#until\">too late</a>"), "the fault leads to its field");
    CHECK(has("name=\"p.lease\" value=\"1\" checked") && has("value=\"2026-03-02\""), "what was typed");
    snprintf(form, sizeof(form), "%sm.plan=1&until=2026-03-02", key);
    assert_int_equal(422, post(&stage, "/apply/s", form));
    CHECK(strstr(stage.body, "promise") == NULL, "nothing promised");
    stage_close(&stage);
}

/* -- Alerts, calendars, catalogue -- */

static void filters_alerts_by_the_address(void **state)
{
    struct stage stage = {.answer_text = "{\"items\":[{\"seq\":1,\"at\":\"2026-02-03T10:00:00.000+08:00\",\"kind\":\"overdue\",\"level\":\"red\",\"number\":\"1\","
                                         "\"task\":\"1.2\",\"text\":" TEXT("overdue") ",\"matter_name\":" TEXT("Fumes") ",\"clock\":\"statutory\",\"due\":\"2026-02-02\"},"
                                         "{\"seq\":2,\"kind\":\"clock_jump\",\"level\":\"red\",\"text\":" TEXT("jumped") "}],\"next_cursor\":\"7\"}"};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/alerts?kind=overdue&department=fire&number=a%26b&evil=1&cursor=9"));
    assert_int_equal(FRONT_ALERT_LIST, stage.route);
    CHECK_TEXT("kind=overdue&department=fire&number=a%26b&cursor=9", stage.query, "what it knows, encoded");
    CHECK(has("<option value=\"overdue\" selected>overdue</option>"), "chosen");
    CHECK(has("href=\"/alerts?kind=overdue&amp;department=fire&amp;number=a%26b&amp;cursor=7\""), "the next page is filtered as well");
    CHECK(has("v-red\">Red</b> overdue") && has("href=\"/applications/1\"") && has("href=\"/tasks/1.2\""), "level in words, and links");
    CHECK(has("Fumes<small>by law</small>"), "which limit");
    CHECK(!has("href=\"/applications/\""), "an alert of the hub itself leads nowhere");
    stage_close(&stage);
}

static void draws_a_year_of_months(void **state)
{
    struct stage stage = {.answer_text = "{\"id\":\"cn\",\"name\":" TEXT("China") ",\"is_published\":false,\"calendar\":{\"year\":2026,\"working_days\":248,\"months\":["
                                         "{\"month\":2,\"days\":[{\"date\":\"2026-02-01\",\"kind\":\"make_up\"},{\"date\":\"2026-02-02\",\"kind\":\"working\"},"
                                         "{\"date\":\"2026-02-03\",\"kind\":\"holiday\"},{\"date\":\"2026-02-04\",\"kind\":\"holiday\"}]}]},"
                                         "\"listed\":[{\"date\":\"2026-02-01\",\"worked\":true,\"name\":" TEXT("Make-up") "},{\"date\":\"2026-02-03\",\"worked\":false,\"name\":" TEXT("Fest") "},"
                                         "{\"date\":\"2026-02-04\",\"worked\":false,\"name\":" TEXT("Fest") "}]}"};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/calendars/cn?year=2026"));
    CHECK_TEXT("year=2026", stage.query, "the year that was asked for");
    CHECK(has("<caption>February</caption>"), "its months");
    CHECK(has("<td></td><td class=\"y-make_up\" title=\"Make-up\">1<small>on</small></td></tr>"), "a make-up Sunday at the end of its week");
    CHECK(has("<tr><td>2</td><td class=\"y-holiday\" title=\"Fest\">3<small>off</small></td>"), "working days and holidays");
    CHECK(has("<b>3 February 2026 – 4 February 2026</b> <small>(2 days)</small> Fest"), "a run of one name");
    CHECK(has("href=\"?year=2025\"") && has("href=\"?year=2027\""), "the years beside it");
    CHECK(has("not published"), "said when it is not");
    CHECK(has("ETag: "), "public");
    assert_int_equal(200, get(&stage, "/calendars"));
    stage_close(&stage);
}

static void reloads_only_what_was_looked_at(void **state)
{
    struct stage stage = {.answer_text = "{\"dry_run\":true,\"from_version\":\"a1\",\"version\":\"b2\",\"applications_changed\":1,\"dates_changed\":1,\"calendars\":[],"
                                         "\"changes\":[{\"number\":\"1\",\"of\":\"joint\",\"clock\":\"promised\",\"before\":\"2026-02-26\",\"after\":\"2026-02-27\"}]}"};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/catalog"));
    CHECK_I64(0, stage.reload_count, "to look at the page tries nothing");
    assert_int_equal(200, post(&stage, "/catalog", ""));
    CHECK_TEXT("dry_run=true", stage.reload_query, "tried only");
    CHECK(has("2026-02-26") && has("<b>2026-02-27</b>") && has("name=\"version\" value=\"b2\""), "every date, and the version to confirm");
    CHECK(!has("name=\"look\""), "of the folder");
    assert_int_equal(409, post(&stage, "/catalog", "version=older"));
    CHECK_TEXT("dry_run=true", stage.reload_query, "the folder changed meanwhile: nothing was done");
    CHECK(has("The folder changed since you looked"), "and that is said");
    assert_int_equal(303, post(&stage, "/catalog", "version=b2"));
    CHECK_TEXT("", stage.reload_query, "in earnest");
    CHECK(has("Location: /catalog?done=reload"), "done");
    stage.answer_status = 422;
    assert_int_equal(422, post(&stage, "/catalog", "version=b2"));
    CHECK_TEXT("dry_run=true", stage.reload_query, "a faulty catalogue is told at the first look");
    stage_close(&stage);
}

static void a_version_is_taken_as_it_was_looked_at(void **state)
{
    struct stage stage = {.answer_text = "{\"dry_run\":true,\"from_version\":\"a1\",\"version\":\"b2\",\"applications_changed\":0,\"dates_changed\":0,\"calendars\":[],"
                                         "\"changes\":[]}"};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/catalog?look=b2"));
    CHECK_TEXT("dry_run=true", stage.reload_query, "looked at");
    CHECK(has("name=\"look\" value=\"b2\"") && has("name=\"from\" value=\"a1\"") && has("required"), "what to confirm, with a reason");
    assert_int_equal(303, post(&stage, "/catalog", "look=b2&from=a1&reason=r"));
    CHECK_TEXT("", stage.reload_query, "in earnest");
    CHECK_TEXT("\"a1\"", stage.reload_tag, "if what was in force still is");
    stage.answer_status = 412;
    assert_int_equal(412, post(&stage, "/catalog", "look=b2&from=a1&reason=r"));
    CHECK_TEXT("dry_run=true", stage.reload_query, "another admin was first: looked at anew");
    stage_close(&stage);
}

static int prepare(void **state)
{
    (void)state;
    return base_hash_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_each_day_and_why),
        cmocka_unit_test(keeps_strips_within_their_room),
        cmocka_unit_test(says_every_kind_of_notice),
        cmocka_unit_test(shows_a_citizen_days_and_notices),
        cmocka_unit_test(offers_exactly_what_is_open),
        cmocka_unit_test(keeps_a_refused_supplement),
        cmocka_unit_test(turns_forms_into_acts),
        cmocka_unit_test(opens_the_form_that_was_refused),
        cmocka_unit_test(keeps_each_form_that_was_refused),
        cmocka_unit_test(checks_each_material_once),
        cmocka_unit_test(promises_what_is_tolerated),
        cmocka_unit_test(filters_alerts_by_the_address),
        cmocka_unit_test(draws_a_year_of_months),
        cmocka_unit_test(reloads_only_what_was_looked_at),
        cmocka_unit_test(a_version_is_taken_as_it_was_looked_at),
    };

    return cmocka_run_group_tests_name("pages_legal", tests, prepare, NULL);
}
