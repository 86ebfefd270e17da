/* SPDX-License-Identifier: Apache-2.0 */
/* The console's pages of connectors over an engine that only records: how one stands, what would be done before
 * it is done, and what is sent once it is confirmed. */
#include <stdio.h>
#include <stdlib.h>

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

/* Every request gets it: the connector, its history and log, the modules, and the plan in one. */
#define FIRE(more)                                                                                                     \
    "{\"id\":\"fire\",\"module\":\"sim-1.1.0\",\"version\":\"1.1.0\",\"state\":\"active\",\"tier\":\"full\",\"in_flight\":3," \
    "\"open\":12,\"restarts\":1,\"pid\":42,\"since\":\"2026-11-29T15:30:34.731+08:00\",\"signed_by\":\"Water Bureau\","        \
    "\"capabilities\":{\"fields\":[\"*\"],\"applicant\":[\"kind\",\"name\"],\"http\":[{\"hosts\":[\"api.gov\"],\"methods\":[\"GET\"]," \
    "\"paths\":[\"/v1/*\"],\"private\":true}],\"secrets\":[\"token\",{\"name\":\"db\",\"reveal\":true}],\"kv\":{\"quota\":2048},"     \
    "\"materials\":true,\"events\":false,\"net\":[\"db:5432\"]},"                                                        \
    "\"versions\":[{\"module\":\"sim-1.1.0\",\"at\":\"2026-11-29T15:30:34.731+08:00\"},{\"module\":\"sim-1.0.0\",\"at\":null}]," \
    "\"items\":[{\"at\":\"2026-11-29T15:00:00.000+08:00\",\"by\":\"root\",\"verb\":\"load\",\"from\":null,\"to\":\"sim-1.0.0\",\"reason\":\"<first>\"," \
    "\"level\":\"info\",\"text\":\"a line\",\"module\":\"sim-1.0.0\"},"                                                  \
    "{\"at\":\"2026-11-29T15:30:00.000+08:00\",\"by\":\"hub\",\"verb\":\"reverted\",\"from\":\"sim-1.0.0\",\"to\":\"sim-1.1.0\",\"reason\":\"crash\"," \
    "\"level\":\"warning\",\"text\":\"bad <line>\",\"module\":\"broken\",\"fault\":\"no\"}]" more "}"

#define PLAN                                                                                                           \
    ",\"dry_run\":true,\"plan\":[\"start it\",\"switch <it>\"],\"diff\":{\"abi\":{\"from\":\"1.0\",\"to\":\"1.1\"},"      \
    "\"state_schema\":{\"from\":{\"reads\":[],\"writes\":0},\"to\":{\"reads\":[1,2],\"writes\":2}},"                     \
    "\"capabilities\":{\"added\":[\"http: GET evil.gov /*\"],\"removed\":[\"materials\"]},"                              \
    "\"config_schema\":[{\"pointer\":\"/properties/url\",\"from\":null,\"to\":{\"type\":\"string\"}},"                  \
    "{\"pointer\":\"/properties/n/maximum\",\"from\":5,\"to\":9}]}"

static void shows_how_it_stands(void **state)
{
    struct stage stage = {.answer_text = FIRE(",\"breaker\":\"open\",\"breaker_until\":\"2026-11-29T15:40:00.000+08:00\"")};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/connectors/fire"));
    CHECK(has("mark s-active\">Active") && has("mark b-open\">Breaker open"), "state and breaker in words");
    CHECK(has("Next probe at <time>2026-11-29 15:40"), "until when");
    CHECK(has("<dd>Water Bureau</dd>") && !has("Development mode"), "who signed it");
    CHECK(has("<dt>Form fields</dt><dd>all</dd>") && has("<dd>kind, name</dd>"), "what it sees");
    CHECK(has("<dd>GET api.gov /v1/* (private addresses, too)</dd>") && has("<dd>token, db (its value)</dd>") && has("<dd>2 KiB</dd>"),
          "what it reaches");
    CHECK(has("<dt>Materials</dt>") && !has("<dt>Callbacks of the department</dt>"), "granted, not granted");
    CHECK(has("Running</dt><dd class=\"number\">sim-1.1.0") && has("Kept, to roll back to</dt><dd class=\"number\">sim-1.0.0"), "versions");
    const char *newest = strstr(text, "Led back by itself"), *oldest = strstr(text, "Loaded</b>");
    CHECK(newest != NULL && oldest != NULL && newest < oldest, "history, the newest first");
    CHECK(has("the hub itself") && has("sim-1.0.0 → sim-1.1.0") && has("&lt;first&gt;") && has("bad &lt;line&gt;"), "who, what, why, escaped");
    CHECK(has("action=\"/connectors/fire/upgrade\"") && has("/rollback\"") && has("/drain\"") && has("/disable\"") && has("/unload\""), "acts");
    CHECK(!has("/enable\""), "it is enabled");
    CHECK(has("<option value=\"sim-1.0.0\">") && !has("value=\"broken\""), "modules that can be loaded");
    CHECK(!has("data-refresh"), "nothing moves");
    stage_close(&stage);
}

static void shows_where_a_rollout_is(void **state)
{
    static const struct {
        const char *answer, *part, *absent, *why;
    } rows[] = {
        {FIRE(",\"rollout\":{\"step\":\"starting\",\"from\":\"a-1\",\"to\":\"a-2\",\"until\":null}"),
         "s-starting\"><div><b>Start the new version", "s-done", "the first step"},
        {FIRE(",\"rollout\":{\"step\":\"switched\",\"from\":\"a-1\",\"to\":\"a-2\",\"until\":null}"),
         "s-done\"><div><b>Start the new version", "Watched until", "one is done"},
        {FIRE(",\"rollout\":{\"step\":\"baking\",\"from\":\"a-1\",\"to\":\"a-2\",\"until\":\"2026-11-29T15:31:34.731+08:00\"}"),
         "Watched until <time>2026-11-29 15:31", "blocked", "watched"},
        {FIRE(",\"rollout\":{\"step\":\"reverting\",\"from\":\"a-1\",\"to\":\"a-2\",\"until\":null}"),
         "<b>Going back</b>", "class=\"steps\"", "led back"},
        {FIRE(",\"rollout\":null,\"rollout_error\":\"it crashed\""), "The last rollout did not succeed", "data-refresh", "and what came of it"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage stage = {.answer_text = rows[i].answer};

        open_demo(&stage);
        assert_int_equal(200, get(&stage, "/connectors/fire"));
        CHECK(has(rows[i].part), rows[i].why);
        CHECK(!has(rows[i].absent), rows[i].why);
        if (i < 4) {
            CHECK(has("a-1 → a-2") && has("data-refresh=\"/connectors/fire\""), "it keeps itself up to date");
            CHECK(!has("/upgrade\"") && has("/rollback\""), "only back");
        }
        stage_close(&stage);
    }
}

static void tells_what_runs_unsigned(void **state)
{
    struct stage stage = {.answer_text = FIRE(",\"is_development\":true")};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/connectors/fire"));
    CHECK(has("Development mode") && has("modules_unsigned"), "of one");
    stage_close(&stage);
    stage = (struct stage){.answer_text = "{\"items\":[{\"id\":\"fire\",\"state\":\"drained\",\"breaker\":\"half_open\",\"is_development\":true,\"module\":null,"
                                          "\"rollout\":{\"to\":\"a-2\",\"step\":\"baking\"}}]}"};
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/connectors"));
    CHECK(has("Development mode"), "of any");
    CHECK(has("mark s-drained\">Drained") && has("b-half_open\">Breaker half open"), "state and breaker");
    CHECK(has("The department&#39;s own machine") || has("The department's own machine"), "it is remote");
    CHECK(has("→ a-2 · Watch it"), "and changes");
    stage_close(&stage);
    stage = (struct stage){.answer_text = "{\"items\":[{\"id\":\"water\"},{\"id\":\"fire\"},{\"state\":\"failed\"}]}"};
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/connectors"));
    CHECK(strstr(text, "/connectors/fire\"") < strstr(text, "/connectors/water\""), "by name, whatever the order of loading");
    stage_close(&stage);
}

static void an_admin_of_a_disabled_one_enables_it(void **state)
{
    struct stage stage = {.answer_text = "{\"id\":\"fire\",\"state\":\"disabled\",\"is_enabled\":false,\"versions\":[{\"module\":\"a-1\"}]}"};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/connectors/fire"));
    CHECK(has("/enable\"") && !has("/drain\"") && !has("/upgrade\"") && !has("/rollback\""), "nothing else before that");
    CHECK(has("Its manifest asks for nothing") && has("Nothing was changed yet"), "empty parts say so");
    stage_close(&stage);
}

/* What is sent of a form: first to look, then to do it. */
static void nothing_is_done_before_it_was_looked_at(void **state)
{
    static const struct {
        const char *path, *form;
        enum front_route route;
        const char *body, *query, *done, *command, *why;
    } rows[] = {
        {"/connectors/fire/upgrade", "module=sim-1.2.0&config=%7B%22a%22%3A+1%7D&reason=it%27s+time&bake=90", FRONT_CONNECTOR_UPGRADE,
         "{\"module\":\"sim-1.2.0\",\"config\":{\"a\": 1},\"bake_ms\":90000,\"reason\":\"it's time\"}", "", "/connectors/fire?done=upgrade",
         "onedoor plugin upgrade fire sim-1.2.0 --config &#39;{&quot;a&quot;: 1}&#39; --bake 90 --approve --reason &#39;it&#39;\\&#39;&#39;s time&#39;</code>",
         "another version"},
        {"/connectors/fire/upgrade", "remote=%7B%22lease_ms%22%3A+9000%7D", FRONT_CONNECTOR_UPGRADE, "{\"remote\":{\"lease_ms\": 9000}}", "",
         "/connectors/fire?done=upgrade", "onedoor plugin load fire --remote &#39;{&quot;lease_ms&quot;: 9000}&#39; --approve</code>", "another way"},
        {"/connectors", "id=water&module=sim-1.0.0&department=water&config=%7B%7D", FRONT_CONNECTOR_LOAD,
         "{\"module\":\"sim-1.0.0\",\"config\":{},\"department\":\"water\"}", "", "/connectors/water?done=load",
         "onedoor plugin load water sim-1.0.0 --config &#39;{}&#39; --department water --approve</code>", "a new one"},
        {"/connectors/fire/rollback", "", FRONT_CONNECTOR_ROLLBACK, "{}", "", "/connectors/fire?done=rollback", "onedoor plugin rollback fire</code>", "back"},
        {"/connectors/fire/drain", "reason=quiet", FRONT_CONNECTOR_DRAIN, "{\"reason\":\"quiet\"}", "", "/connectors/fire?done=drain",
         "onedoor plugin drain fire --reason quiet</code>", "drain"},
        {"/connectors/fire/enable", "", FRONT_CONNECTOR_ENABLE, "{}", "", "/connectors/fire?done=enable", "onedoor plugin enable fire</code>", "enable"},
        {"/connectors/fire/disable", "", FRONT_CONNECTOR_DISABLE, "{}", "", "/connectors/fire?done=disable", "onedoor plugin disable fire</code>", "disable"},
        {"/connectors/fire/unload", "reason=a%26b", FRONT_CONNECTOR_UNLOAD, "", "reason=a%26b", "/connectors?done=unload",
         "onedoor plugin unload fire --reason &#39;a&amp;b&#39;</code>", "unload"},
    };
    char form[512], query[64];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage stage = {.answer_text = FIRE(PLAN)};

        open_demo(&stage);
        assert_int_equal(200, post(&stage, rows[i].path, rows[i].form));
        assert_int_equal(rows[i].route, stage.route);
        snprintf(query, sizeof(query), "dry_run=true%s%s", rows[i].query[0] != '\0' ? "&" : "", rows[i].query);
        CHECK_TEXT(query, stage.query, "only looked at");
        CHECK_TEXT(rows[i].body, stage.body, rows[i].why);
        CHECK(has("<li>start it</li><li>switch &lt;it&gt;</li>"), "each step");
        CHECK(has("<dt>In flight</dt><dd>3</dd>") && has("<dt>Open tasks</dt><dd>12</dd>"), "what is under way");
        CHECK(has(rows[i].command), text);
        CHECK(has("name=\"confirmed\" value=\"1\"") && has("name=\"reason\""), "the button that does it");
        snprintf(form, sizeof(form), "%s%sconfirmed=1", rows[i].form, rows[i].form[0] != '\0' ? "&" : "");
        assert_int_equal(303, post(&stage, rows[i].path, form));
        CHECK(strstr(text, rows[i].done) != NULL, rows[i].why);
        assert_int_equal(rows[i].route, stage.route);
        CHECK_TEXT(rows[i].query, stage.query, "done");
        CHECK_TEXT(rows[i].body, stage.body, "the same as was looked at");
        stage_close(&stage);
    }
}

static void a_plan_shows_every_difference(void **state)
{
    struct stage stage = {.answer_text = FIRE(PLAN)};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, post(&stage, "/connectors/fire/upgrade", "module=sim-1.2.0"));
    CHECK(has("<dt>ABI</dt><dd class=\"number\">1.0 → 1.1</dd>"), "the ABI");
    CHECK(has("<dt>State schema</dt><dd class=\"number\">none → reads 1, 2; writes 2</dd>"), "the state");
    CHECK(has("<ul class=\"gains\"><li>http: GET evil.gov /*</li>") && has("<ul class=\"loses\"><li>materials</li>"), "capabilities");
    CHECK(has("<code>/properties/url</code> <span class=\"tag\">new</span></li>"), "a setting that is new");
    CHECK(has("<span class=\"tag\">changed</span> <small class=\"number\">5 → 9</small>"), "one that changed");
    CHECK(has("name=\"approve\" value=\"1\" required"), "growth needs a word of its own");
    CHECK(has("name=\"bake\"") && has("value=\"60\""), "how long it is watched");
    CHECK(has("type=\"hidden\" name=\"module\" value=\"sim-1.2.0\""), "what was typed goes on");
    assert_int_equal(303, post(&stage, "/connectors/fire/upgrade", "module=sim-1.2.0&approve=1&bake=0&confirmed=1"));
    CHECK_TEXT("{\"module\":\"sim-1.2.0\",\"bake_ms\":0,\"approve\":true}", stage.body, "agreed to");
    assert_int_equal(200, post(&stage, "/connectors/fire/upgrade", "module=sim-1.2.0&bake=soon"));
    CHECK(strstr(stage.body, "\"bake_ms\":\"soon\"") != NULL, "the API says what is wrong with it");
    assert_int_equal(200, post(&stage, "/connectors/fire/drain", ""));
    CHECK(!has("name=\"approve\"") && !has("name=\"bake\""), "no version, neither");
    stage_close(&stage);
}

static void a_refusal_is_told_on_the_plan(void **state)
{
    static const char problem[] = "{\"title\":\"Conflict\",\"detail\":\"More is asked for.\",\"errors\":[{\"detail\":\"http: GET evil.gov /*\"}]}";
    struct stage stage = {.answer_text = problem, .answer_status = 409, .status_route = FRONT_CONNECTOR_UPGRADE};

    (void)state;
    open_demo(&stage);
    assert_int_equal(409, post(&stage, "/connectors/fire/upgrade", "module=sim-1.2.0&confirmed=1"));
    CHECK(has("role=\"alert\"") && has("More is asked for.") && has("http: GET evil.gov /*"), "why");
    CHECK(has("href=\"/connectors/fire\">Back"), "and the way back");
    stage.answer_status = 403;
    assert_int_equal(403, post(&stage, "/connectors/fire/upgrade", "module=sim-1.2.0"));
    stage_close(&stage);
}

static void what_is_no_object_is_told_where_it_was_typed(void **state)
{
    struct stage stage = {.answer_text = FIRE("")};
    static const char *const forms[] = {"module=a&config=%7B%22a%22%3A+1%2C%7D", "module=a&config=%5B1%5D", "remote=nonsense"};
    char form[128];

    (void)state;
    open_demo(&stage);
    for (size_t i = 0; i < COUNT(forms); i++) {
        assert_int_equal(422, post(&stage, "/connectors/fire/upgrade", forms[i]));
        CHECK(has("It was not done") && stage.route != FRONT_CONNECTOR_UPGRADE, "nothing was asked");
        snprintf(form, sizeof(form), "id=water&%s", forms[i]);
        assert_int_equal(422, post(&stage, "/connectors", form));
    }
    CHECK(!has("onedoor plugin load fire"), "no plan");
    stage_close(&stage);
}

static void a_remote_one_has_no_process(void **state)
{
    struct stage stage = {.answer_text = "{\"id\":\"fire\",\"kind\":\"remote\",\"module\":null,\"state\":\"absent\",\"pid\":0,\"tier\":null}"};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/connectors/fire"));
    CHECK(has("mark s-absent\">Away") && has("own machine"), "where it is");
    CHECK(!has("<dt>PID</dt>") && !has("Signed by") && !has("Sandbox tier"), "and what it has not");
    stage_close(&stage);
}

/* The alert of a breaker leads to its connector. */
static void an_alert_leads_to_its_connector(void **state)
{
    struct stage stage = {.answer_text = "{\"items\":[{\"seq\":1,\"kind\":\"connector_failing\",\"level\":\"red\",\"connector\":\"fire\","
                                         "\"text\":{\"zh-CN\":\"x\",\"en\":\"its breaker opened\"}}]}"};

    (void)state;
    open_demo(&stage);
    assert_int_equal(200, get(&stage, "/alerts?kind=connector_failing"));
    CHECK_TEXT("kind=connector_failing", stage.query, "a kind of its own");
    CHECK(has("<a href=\"/connectors/fire\">fire</a>") && has("its breaker opened"), "where to look");
    CHECK(has("<option value=\"connector_failing\" selected>connector failing</option>"), "by name");
    stage_close(&stage);
}

static void what_there_is_not_is_404(void **state)
{
    struct stage stage = {.answer_text = FIRE(PLAN)};

    (void)state;
    open_demo(&stage);
    assert_int_equal(404, post(&stage, "/connectors/fire/explode", "confirmed=1"));
    assert_int_equal(404, post(&stage, "/connectors/fire/load", "module=a&confirmed=1"));
    assert_int_equal(404, post(&stage, "/connectors", "module=a&confirmed=1"));
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_how_it_stands),
        cmocka_unit_test(shows_where_a_rollout_is),
        cmocka_unit_test(tells_what_runs_unsigned),
        cmocka_unit_test(an_admin_of_a_disabled_one_enables_it),
        cmocka_unit_test(nothing_is_done_before_it_was_looked_at),
        cmocka_unit_test(a_plan_shows_every_difference),
        cmocka_unit_test(a_refusal_is_told_on_the_plan),
        cmocka_unit_test(what_is_no_object_is_told_where_it_was_typed),
        cmocka_unit_test(a_remote_one_has_no_process),
        cmocka_unit_test(an_alert_leads_to_its_connector),
        cmocka_unit_test(what_there_is_not_is_404),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
