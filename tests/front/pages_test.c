/* SPDX-License-Identifier: Apache-2.0 */
/* The console's pages over an engine that only records: what they ask, who may, and what
 * becomes of a visit whose answers come late or never reach anybody. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "front/pages_set.h"
#include "front/pages_visit.h"
#include "lib/check.h"
#include "stage.h"

static char text[1 << 20];

static struct front_key key_of(const char *id, const char *secret, uint32_t roles)
{
    struct front_key key = {.roles = roles};

    snprintf(key.id, sizeof(key.id), "%s", id);
    base_hash(secret, strlen(secret), key.hash);
    return key;
}

/* -- What was embedded -- */

static void compiles_what_was_embedded(void **state)
{
    struct front_pages *pages = NULL;
    char fault[FRONT_TEMPLATE_FAULT_SIZE];
    int rc = OD_ENOMEM;

    (void)state;
    rc = front_pages_create(&pages, fault);
    CHECK_TEXT("", fault, "every template and text");
    assert_int_equal(OD_OK, rc);
    assert_non_null(front_pages_file_find(pages, "style.css"));
    assert_non_null(front_pages_file_find(pages, "app.js"));
    assert_non_null(front_pages_file_find(pages, "live.js"));
    assert_null(front_pages_file_find(pages, "home.html"));
    front_pages_destroy(pages);
    front_pages_destroy(NULL);
    for (uint64_t i = 1; i < 40; i++) {
        pages = NULL;
        base_alloc_fail_at(i);
        rc = front_pages_create(&pages, fault);
        base_alloc_fail_at(0);
        CHECK(rc == OD_ENOMEM && pages == NULL, "an allocation failed");
    }
}

static void prints_every_template_over_nothing(void **state)
{
    static const char *const names[] = {
        "home",        "guide",      "service",   "track",   "progress",
        "apply",       "receipt",    "worklist",  "task",    "applications",
        "application", "connectors", "connector", "connector-plan", "sign-in", "problem",
        "alerts",      "calendars",  "year",      "catalog", "certificate", "keys",
        "papers",      "paper-acceptance", "paper-notice", "paper-not-accepted", "paper-decision", "paper-certificate",
        "paper-evaluation"};
    struct front_pages *pages = NULL;
    char fault[FRONT_TEMPLATE_FAULT_SIZE];

    (void)state;
    assert_int_equal(OD_OK, front_pages_create(&pages, fault));
    for (size_t i = 0; i < COUNT(names); i++) {
        struct base_buffer out = {0};

        CHECK_I64(OD_OK,
                  front_template_render(pages->templates, names[i], NULL, 0, FRONT_EN, &out),
                  names[i]);
        CHECK(strstr(base_buffer_text(&out), "{{") == NULL, names[i]);
        CHECK(strstr(base_buffer_text(&out), "</html>") != NULL, names[i]);
        base_buffer_fini(&out);
    }
    front_pages_destroy(pages);
}

/* -- Visits -- */

static void open_demo(struct stage *stage, enum stage_manner manner)
{
    stage->options.is_demo = true;
    stage->manner = manner;
    stage_open(stage);
}

static int get(struct stage *stage, const char *path, const char *headers)
{
    char request[1024];

    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sConnection: close\r\n\r\n", path,
             headers);
    return stage_ask_text(stage, request, text, sizeof(text));
}

static int post(struct stage *stage, const char *path, const char *headers, const char *body,
                size_t size)
{
    struct base_buffer request = {0};

    base_buffer_put_format(&request,
                           "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
                           "application/x-www-form-urlencoded\r\n%s"
                           "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                           path, headers, size);
    base_buffer_put(&request, body, size);
    int status = stage_ask(stage, request.bytes, request.size, text, sizeof(text));
    base_buffer_fini(&request);
    return status;
}

static void answers_at_once_or_later(void **state)
{
    static const enum stage_manner manners[] = {STAGE_AT_ONCE, STAGE_AT_TURN_END};

    (void)state;
    for (size_t i = 0; i < COUNT(manners); i++) {
        struct stage stage = {0};

        open_demo(&stage, manners[i]);
        assert_int_equal(200, get(&stage, "/", "Accept-Language: en\r\n"));
        CHECK(strstr(text, "<html lang=\"en\">") != NULL, "in the reader's language");
        CHECK(strstr(text, "Content-Security-Policy: default-src 'none'") != NULL,
              "with a policy");
        CHECK(strstr(text, "ETag: ") != NULL, "a public page may be kept and asked about");
        assert_int_equal(200, get(&stage, "/worklist", ""));
        CHECK(strstr(text, "Cache-Control: no-store") != NULL,
              "a staff page is kept by nobody");
        assert_int_equal(200, get(&stage, "/applications/20261129-000001-4", ""));
        assert_int_equal(404, get(&stage, "/nowhere", ""));
        stage_close(&stage);
    }
}

static void serves_the_icon_where_it_is_looked_for(void **state)
{
    struct stage stage = {0};

    (void)state;
    open_demo(&stage, STAGE_AT_ONCE);
    assert_int_equal(200, get(&stage, "/favicon.ico", ""));
    CHECK(strstr(text, "Content-Type: image/svg+xml\r\n") != NULL, text);
    assert_int_equal(404, post(&stage, "/favicon.ico", "", "", 0));
    stage_close(&stage);
}

static void names_the_departments_of_a_decision(void **state)
{
    static const char rejected[] =
        "{\"number\":\"1\",\"status\":\"decided\",\"decision\":{\"outcome\":\"rejected\",\"policy\":"
        "\"all\",\"conditions\":[{\"department\":\"water\",\"text\":\"a drain\"}],\"reasons\":[{"
        "\"department\":\"fire\",\"text\":\"too near\"},{\"department\":\"gone\",\"text\":\"alone\"}]},"
        "\"tasks\":[{\"department\":\"water\",\"department_name\":{\"zh-CN\":\"水务局\",\"en\":\"Water "
        "Office\"}},{},{\"department\":\"fire\",\"department_name\":{\"zh-CN\":\"消防队\",\"en\":\"Fire "
        "Brigade\"}}]}";
    static const char approved[] = "{\"number\":\"1\",\"status\":\"decided\",\"decision\":{"
                                   "\"outcome\":\"approved\",\"policy\":\"all\"}}";
    struct stage stage = {.answer_text = rejected};

    (void)state;
    open_demo(&stage, STAGE_AT_ONCE);
    assert_int_equal(200, get(&stage, "/applications/1", "Accept-Language: en\r\n"));
    CHECK(strstr(text, "too near <small>Fire Brigade</small>") != NULL, "a reason");
    CHECK(strstr(text, "a drain <small>Water Office</small>") != NULL, "a condition");
    CHECK(strstr(text, "alone <small></small>") != NULL, "of a department without a task");
    CHECK(strstr(text, "Granted when") == NULL, "nothing is granted");
    assert_int_equal(200, get(&stage, "/applications/1", ""));
    CHECK(strstr(text, "too near <small>消防队</small>") != NULL, "in the reader's language");
    stage.answer_text = approved;
    assert_int_equal(200, get(&stage, "/applications/1", "Accept-Language: en\r\n"));
    CHECK(strstr(text, "Granted when every department agrees") != NULL, "how it came about");
    stage_close(&stage);
}

static void calls_what_is_missing_by_its_label(void **state)
{
    static const char form[] = "key=0123456789abcdef0123456789abcdef&name=+";
    struct stage stage = {
        .answer_text = "{\"id\":\"s\",\"matters\":[{\"materials\":[{\"id\":\"plan\",\"tolerant\":true}]}],"
                       "\"errors\":[{\"pointer\":\"/applicant/name\",\"code\":\"required\",\"detail\":"
                       "\"the name of the member\"},{\"pointer\":\"/applicant/phone\",\"code\":"
                       "\"format\",\"detail\":\"digits only\"}]}",
        .answer_status = 422,
        .status_route = FRONT_APPLICATION_SUBMIT};

    (void)state;
    open_demo(&stage, STAGE_AT_ONCE);
    assert_int_equal(422, post(&stage, "/apply/s", "Accept-Language: en\r\n", form, sizeof(form) - 1));
    CHECK(strstr(text, "<a href=\"#name\">“Name” is to be filled in</a>") != NULL, "on top");
    CHECK(strstr(text, "id=\"e.name\">“Name” is to be filled in") != NULL, "at the field");
    CHECK(strstr(text, "the name of the member") == NULL, "not as the API calls it");
    CHECK(strstr(text, "id=\"e.phone\">digits only") != NULL, "others as they come");
    CHECK(strstr(text, "later") == NULL, "no promise that a material may follow");
    stage_close(&stage);
}

/* Until the page has asked so many, route the last of them, and nothing else is under way. */
static void wait_all_asked(struct stage *stage, unsigned count, enum front_route route)
{
    for (int turns = 0; stage->held_count < count; turns++) {
        assert_true(turns < 1000);
        stage_turn(stage);
    }
    assert_int_equal(count, stage->held_count);
    assert_int_equal(route, stage->route);
}

static void wait_asked(struct stage *stage, enum front_route route)
{
    wait_all_asked(stage, 1, route);
}

/* Three steps: the center, the task, the service and the documents of the task. */
static void waits_for_every_answer(void **state)
{
    struct stage stage = {0};
    static const char request[] =
        "GET /tasks/20261129-000001-4.1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

    (void)state;
    open_demo(&stage, STAGE_HOLD);
    int fd = stage_connect(&stage);
    stage_send(&stage, fd, request, sizeof(request) - 1);
    wait_asked(&stage, FRONT_SERVICE_LIST);
    stage_release(&stage);
    wait_asked(&stage, FRONT_TASK_SHOW);
    CHECK_TEXT("20261129-000001-4.1", stage.params[0], "the task's number");
    stage_release(&stage);
    wait_all_asked(&stage, 2, FRONT_APPLICATION_MATERIALS);
    stage_release(&stage);
    assert_true(stage_read_answers(&stage, fd, text, sizeof(text), 1) > 0);
    assert_int_equal(200, stage_status(text));
    close(fd);
    stage_close(&stage);
}

static void survives_a_reader_who_left(void **state)
{
    struct stage stage = {0};
    static const char request[] =
        "GET /tasks/20261129-000001-4.1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

    (void)state;
    open_demo(&stage, STAGE_HOLD);
    int fd = stage_connect(&stage);
    stage_send(&stage, fd, request, sizeof(request) - 1);
    wait_asked(&stage, FRONT_SERVICE_LIST);
    close(fd);
    for (int i = 0; i < 3; i++)
        stage_turn(&stage);
    stage_release(&stage);
    wait_asked(&stage, FRONT_TASK_SHOW);
    stage.manner = STAGE_AT_ONCE;
    stage_release(&stage);
    stage_close(&stage); /* nothing is left open: the loop ends */
}

static void uses_language_of_query_cookie_and_header(void **state)
{
    static const struct {
        const char *why, *path, *headers, *expected;
    } rows[] = {
        {"header", "/guide", "Accept-Language: en\r\n", "lang=\"en\""},
        {"nothing", "/guide", "", "lang=\"zh-CN\""},
        {"cookie over header", "/guide",
         "Accept-Language: en\r\nCookie: a=b; onedoor_language=zh-CN\r\n", "lang=\"zh-CN\""},
        {"query over cookie", "/guide?lang=en", "Cookie: onedoor_language=zh-CN\r\n",
         "lang=\"en\""},
        {"unknown words are no language", "/guide?lang=%22x",
         "Accept-Language: en\r\nCookie: onedoor_language=xx\r\n", "lang=\"en\""},
        {"a name that only ends alike", "/guide",
         "Accept-Language: en\r\nCookie: xonedoor_language=zh-CN\r\n", "lang=\"en\""},
    };
    struct stage stage = {0};

    (void)state;
    open_demo(&stage, STAGE_AT_ONCE);
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(200, get(&stage, rows[i].path, rows[i].headers), rows[i].why);
        CHECK(strstr(text, rows[i].expected) != NULL, rows[i].why);
    }
    stage_close(&stage);
}

static void keeps_large_letters(void **state)
{
    static const struct {
        const char *why, *path, *headers, *wanted, *cookie;
    } rows[] = {
        {"asked for", "/guide?size=large", "", " class=\"large\"", "Set-Cookie: onedoor_size=large;"},
        {"kept by the browser", "/guide", "Cookie: onedoor_size=large\r\n", "href=\"/guide?size=normal\"", NULL},
        {"put back, the rest of the query as it was", "/guide?q=a&size=normal&for=person", "Cookie: onedoor_size=large\r\n",
         "href=\"/guide?q=a&amp;for=person&amp;size=large\"", "Set-Cookie: onedoor_size=normal;"},
        {"unknown words are no size", "/guide?size=huge", "", "size=large\"", NULL},
        {"a parameter that only begins alike", "/guide?sizes=1", "", "href=\"/guide?sizes=1&amp;size=large\"", NULL},
    };
    struct stage stage = {0};

    (void)state;
    open_demo(&stage, STAGE_AT_ONCE);
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(200, get(&stage, rows[i].path, rows[i].headers), rows[i].why);
        CHECK(strstr(text, rows[i].wanted) != NULL, rows[i].why);
        CHECK((strstr(text, "onedoor_size=") != NULL) == (rows[i].cookie != NULL), rows[i].why);
        CHECK(rows[i].cookie == NULL || strstr(text, rows[i].cookie) != NULL, rows[i].why);
    }
    stage_close(&stage);
}

/* -- For whom -- */

#define TEXT(word) "{\"zh-CN\":\"" word "\",\"en\":\"" word "\"}"
#define SERVICE(id, kinds, count)                                                              \
    "{\"id\":\"" id "\",\"name\":" TEXT(id) ",\"summary\":" TEXT("-")                             \
    ",\"applicant_kinds\":" kinds ",\"departments\":[],\"matter_count\":" count                   \
    ",\"promised\":null}"
#define KINDS "\"person\",\"organization\""

static void shows_services_for_those_who_ask(void **state)
{
    static const char services[] =
        "{\"items\":[" SERVICE("joint-all", "[" KINDS "]", "2") ","
        SERVICE("single-all", "[" KINDS "]", "1") "],\"initials\":[\"k\"],\"count\":2,\"next_cursor\":\"c 1\"}";
    static const char nothing[] = "{\"items\":[],\"count\":0,\"next_cursor\":null}";
    static const struct {
        const char *why, *path;
        const char *query;   /* of what the API was asked */
        bool is_empty, has_single;
        const char *contained;
    } rows[] = {
        {"everything", "/guide", "", false, true, "href=\"/guide\" aria-current=\"true\""},
        {"people", "/guide?for=person", "for=person", false, true, "href=\"/guide?for=person\" aria-current=\"true\""},
        {"organizations", "/guide?for=organization", "for=organization", false, true,
         "href=\"/guide?for=organization\" aria-current=\"true\""},
        {"with words", "/guide?q=OWN&for=person", "q=OWN&for=person", false, true, "name=\"for\" value=\"person\""},
        {"the next page is searched as well", "/guide?q=all&for=organization", "q=all&for=organization", false, true,
         "href=\"/guide?q=all&amp;for=organization&amp;cursor=c%201\""},
        {"a page further", "/guide?q=all&cursor=c%201", "q=all&cursor=c%201", false, true, "joint-all"},
        {"a letter", "/guide?initial=k", "initial=k", false, true, "href=\"/guide?initial=k\" aria-current=\"true\""},
        {"no letter: no filter", "/guide?initial=ka", "", false, true, "href=\"/guide?initial=k\">"},
        {"nothing found", "/guide?q=own", "q=own", true, false, "class=\"empty\""},
        {"no such kind: no filter", "/guide?for=robots", "", false, true, "href=\"/guide\" aria-current=\"true\""},
        {"home shows joint services", "/", "", false, false, "href=\"/\" aria-current=\"true\""},
        {"home for people", "/?for=person", "for=person", false, false, "href=\"/?for=person\" aria-current=\"true\""},
    };
    struct stage stage = {.answer_text = services};

    (void)state;
    open_demo(&stage, STAGE_AT_ONCE);
    for (size_t i = 0; i < COUNT(rows); i++) {
        stage.answer_text = rows[i].is_empty ? nothing : services;
        CHECK_I64(200, get(&stage, rows[i].path, ""), rows[i].why);
        CHECK(strcmp(stage.query, rows[i].query) == 0, rows[i].why);
        CHECK_I64(!rows[i].is_empty, strstr(text, "/guide/joint-all\"") != NULL, rows[i].why);
        CHECK_I64(rows[i].has_single, strstr(text, "/guide/single-all\"") != NULL, rows[i].why);
        CHECK(strstr(text, rows[i].contained) != NULL, rows[i].why);
    }
    stage_close(&stage);
}

/* -- Who may -- */

static void asks_nothing_that_the_reader_may_not(void **state)
{
    static const char *const staff[] = {
        "/worklist",   "/applications",    "/applications/20261129-000001-4",
        "/connectors", "/connectors/fire", "/tasks/20261129-000001-4.1",
        "/alerts",     "/catalog",         "/applications/20261129-000001-4/certificate"};
    struct front_key keys[] = {key_of("desk", "desk-secret", FRONT_ROLE_FRONT_DESK)};
    struct stage stage = {.options = {.keys = keys, .key_count = 1}};

    (void)state;
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(staff); i++) {
        CHECK_I64(303, get(&stage, staff[i], ""), staff[i]);
        CHECK(strstr(text, "Location: /sign-in?next=%2F") != NULL, staff[i]);
        CHECK(stage.route == FRONT_SERVICE_LIST || stage.route == FRONT_DEPARTMENT_LIST,
              "only what is public was asked");
    }
    assert_int_equal(403, post(&stage, "/connectors/fire/unload", "", "confirmed=1", 11));
    assert_int_equal(FRONT_SERVICE_LIST, stage.route);
    assert_int_equal(403, get(&stage, "/connectors", "Authorization: Bearer desk-secret\r\n"));
    assert_int_equal(200,
                     get(&stage, "/applications", "Authorization: Bearer desk-secret\r\n"));
    CHECK_TEXT("desk", stage.key_id, "the API is asked in the reader's name");
    stage_close(&stage);
}

/* The header line that sends back what the last answer set. */
static void session_take(char cookie[160])
{
    const char *at = strstr(text, "Set-Cookie: od_session=");

    assert_non_null(at);
    assert_non_null(strstr(at, "HttpOnly; SameSite=Strict\r\n"));
    snprintf(cookie, 160, "Cookie: %.*s\r\n", (int)strcspn(at + 12, ";"), at + 12);
}

static void signs_in_with_a_key_alone(void **state)
{
    struct front_key keys[] = {key_of("desk", "desk-secret", FRONT_ROLE_FRONT_DESK)};
    struct stage stage = {.options = {.keys = keys, .key_count = 1}};
    char cookie[160];

    (void)state;
    stage_open(&stage);
    assert_int_equal(401, post(&stage, "/sign-in", "", "key=wrong", 9));
    assert_int_equal(401, post(&stage, "/sign-in", "", "", 0));
    assert_int_equal(403, post(&stage, "/sign-in", "Origin: http://evil.example\r\n",
                               "key=desk-secret", 15));
    assert_int_equal(
        303, post(&stage, "/sign-in", "Origin: http://127.0.0.1\r\n", "key=desk-secret", 15));
    session_take(cookie);
    assert_int_equal(200, get(&stage, "/applications", cookie));
    CHECK_TEXT("desk", stage.key_id, "the session stands for its key");
    assert_int_equal(403, post(&stage, "/sign-out", cookie, "", 0));
    assert_int_equal(OD_OK, front_keys_set(stage.front, NULL, 0));
    assert_int_equal(303, get(&stage, "/applications", cookie));
    stage_close(&stage);
}

/* Two hubs of one process that know the same key: who is signed in at one is nobody at the
 * other, and one goes without the other. */
static void shares_nothing_with_another_front(void **state)
{
    static const char sign_in[] = "key=desk-secret";
    struct front_key keys[] = {key_of("desk", "desk-secret", FRONT_ROLE_FRONT_DESK)};
    struct stage one = {.options = {.keys = keys, .key_count = 1}}, two = one;
    char cookie[160], other[160];

    (void)state;
    stage_open(&one);
    stage_open(&two);
    assert_int_equal(303, post(&one, "/sign-in", "", sign_in, sizeof(sign_in) - 1));
    session_take(cookie);
    assert_int_equal(200, get(&one, "/applications", cookie));
    assert_int_equal(303, get(&two, "/applications", cookie));
    assert_int_equal(303, post(&two, "/sign-in", "", sign_in, sizeof(sign_in) - 1));
    session_take(other);
    stage_close(&one);
    assert_int_equal(200, get(&two, "/applications", other));
    stage_close(&two);
    one = (struct stage){.options = {.keys = keys, .key_count = 1}};
    stage_open(&one);
    assert_int_equal(303, get(&one, "/applications", cookie));
    assert_int_equal(200, get(&one, "/guide", ""));
    stage_close(&one);
}

static void perform_nothing(void *owner, struct front_request *request)
{
    (void)owner;
    (void)request;
    fail_msg("nobody asked");
}

static void on_closed_front(void *owner)
{
    (void)owner;
}

/* Whatever allocation fails, nothing is left: not even something for the loop to close. */
static void opens_whole_or_not_at_all(void **state)
{
    static const struct front_ops none = {.perform = perform_nothing};
    const struct front_options options = {.ops = &none};
    int rc = OD_ENOMEM;

    (void)state;
    for (uint64_t n = 1; n < 20000 && rc != OD_OK; n++) {
        struct front *front = NULL;
        char why[512];
        uv_loop_t loop;

        assert_int_equal(0, uv_loop_init(&loop));
        base_alloc_fail_at(n);
        rc = front_open(&loop, &options, &front, why);
        base_alloc_fail_at(0);
        CHECK((rc == OD_OK) == (front != NULL), why);
        CHECK(rc == OD_OK || rc == OD_ENOMEM, why);
        if (front != NULL)
            front_close(front, 0, on_closed_front, NULL);
        uv_run(&loop, UV_RUN_DEFAULT);
        CHECK_I64(0, uv_loop_close(&loop), "nothing is left in the loop");
    }
    assert_int_equal(OD_OK, rc);
}

/* -- Forms -- */

static void takes_forms_up_to_their_limit(void **state)
{
    struct stage stage = {0};
    char *body = base_alloc(FRONT_VISIT_FORM_MAX + 2);

    (void)state;
    open_demo(&stage, STAGE_AT_ONCE);
    memset(body, 'x', FRONT_VISIT_FORM_MAX + 1);
    memcpy(body, "number=", 7);
    CHECK_I64(200, post(&stage, "/track", "", body, FRONT_VISIT_FORM_MAX), "at the limit");
    CHECK_I64(FRONT_TRACK, stage.route, "it was asked");
    CHECK_I64(413, post(&stage, "/track", "", body, FRONT_VISIT_FORM_MAX + 1), "limit + 1");
    base_free(body);
    stage_close(&stage);
}

#define TRACKED(number, code) "{\"number\":\"" number "\",\"code\":\"" code "\",\"explain\":true}"

static void reads_forms_strictly(void **state)
{
    static const struct {
        const char *why, *body, *expected; /* NULL: 400 */
    } rows[] = {
        {"plain", "number=1&code=a", TRACKED("1", "A")},
        {"escapes and plus", "number=+%31+&code=%C3%A4", TRACKED("1", "\xC3\xA4")},
        {"quotes and lines stay text", "number=%22%0D%0A1&code=", TRACKED("\\\"\\n1", "")},
        {"no value", "number&code=b", TRACKED("", "B")},
        {"empty pairs", "&&number=1&&code=c&", TRACKED("1", "C")},
        {"broken escape", "number=%4", NULL},
        {"no digits", "number=%zz", NULL},
        {"no UTF-8", "number=%FF", NULL},
        {"NUL in a value", "number=%00", NULL},
        {"NUL in a name", "num%00ber=1", NULL},
        {"no name", "=1", NULL},
        {"a name twice", "number=1&number=2", NULL},
    };
    struct stage stage = {0};

    (void)state;
    open_demo(&stage, STAGE_AT_ONCE);
    for (size_t i = 0; i < COUNT(rows); i++) {
        stage.body[0] = '\0';
        CHECK_I64(rows[i].expected == NULL ? 400 : 200,
                  post(&stage, "/track", "", rows[i].body, strlen(rows[i].body)), rows[i].why);
        CHECK_TEXT(rows[i].expected == NULL ? "" : rows[i].expected, stage.body, rows[i].why);
    }
    stage_close(&stage);
}

static void streams_through_a_page(void **state)
{
    struct stage stage = {0};
    static const char request[] = "GET /applications/20261129-000001-4/live HTTP/1.1\r\nHost: "
                                  "127.0.0.1\r\nAccept: text/event-stream\r\n\r\n";

    (void)state;
    open_demo(&stage, STAGE_AT_ONCE);
    int fd = stage_connect(&stage);
    stage_send(&stage, fd, request, sizeof(request) - 1);
    while (stage.performed < 1)
        stage_turn(&stage);
    assert_int_equal(FRONT_APPLICATION_EVENTS, stage.route);
    assert_true(stage.wants_event_stream);
    close(fd);
    stage_close(&stage);
}

/* Whatever allocation fails, the reader gets the page, is told to come again, or is cut. */
static void survives_lack_of_memory(void **state)
{
    static const char *const paths[] = {"/", "/apply/open-restaurant",
                                        "/applications/20261129-000001-4", "/nowhere"};
    static const char form[] = "number=20261129-000001-4&code=abc";
    struct stage stage = {0};

    (void)state;
    open_demo(&stage, STAGE_AT_ONCE);
    for (size_t i = 0; i < COUNT(paths) + 1; i++) {
        for (uint64_t n = 1; n < 120; n++) {
            base_alloc_fail_at(n);
            int status = i < COUNT(paths)
                             ? get(&stage, paths[i], "Cookie: onedoor_language=en\r\n")
                             : post(&stage, "/track", "", form, sizeof(form) - 1);
            base_alloc_fail_at(0);
            CHECK(status == 0 || status == 200 || status == 400 || status == 404 ||
                      status == 503,
                  i < COUNT(paths) ? paths[i] : "/track");
        }
    }
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
        cmocka_unit_test(compiles_what_was_embedded),
        cmocka_unit_test(prints_every_template_over_nothing),
        cmocka_unit_test(answers_at_once_or_later),
        cmocka_unit_test(serves_the_icon_where_it_is_looked_for),
        cmocka_unit_test(names_the_departments_of_a_decision),
        cmocka_unit_test(calls_what_is_missing_by_its_label),
        cmocka_unit_test(waits_for_every_answer),
        cmocka_unit_test(survives_a_reader_who_left),
        cmocka_unit_test(uses_language_of_query_cookie_and_header),
        cmocka_unit_test(keeps_large_letters),
        cmocka_unit_test(shows_services_for_those_who_ask),
        cmocka_unit_test(asks_nothing_that_the_reader_may_not),
        cmocka_unit_test(signs_in_with_a_key_alone),
        cmocka_unit_test(shares_nothing_with_another_front),
        cmocka_unit_test(opens_whole_or_not_at_all),
        cmocka_unit_test(takes_forms_up_to_their_limit),
        cmocka_unit_test(reads_forms_strictly),
        cmocka_unit_test(streams_through_a_page),
        cmocka_unit_test(survives_lack_of_memory),
    };

    return cmocka_run_group_tests_name("pages", tests, prepare, NULL);
}
