/* SPDX-License-Identifier: Apache-2.0 */
/* After-care at the engine's doors: what is asked and complained of gets its reply in time or an alert, nobody ends one
 * without, and everybody sees what is theirs. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/concern.h"
#include "engine/desk.h"
#include "engine/recount.h"
#include "lib/check.h"

#define ALL "[{\"material\":\"deed\"},{\"material\":\"plan\"},{\"material\":\"report\"}]"
#define HOUR_MS INT64_C(3600000)
#define ASKED "{\"text\":\"When are you open?\",\"contact\":{\"name\":\"Wang\",\"phone\":\"+8613800000000\"}}"

static const struct front_identity admin = {.key_id = "admin", .roles = FRONT_ROLE_ADMIN, .department = ""};
static const struct front_identity second = {.key_id = "second", .roles = FRONT_ROLE_SUPERVISOR, .department = ""};

/* Ask, and keep id and code. */
struct made {
    char id[32], code[16], due[16];
};

static struct made make(const struct front_identity *who, enum front_route route, const char *body)
{
    struct stage_request *asked = desk_do(who, route, NULL, 201, body);
    struct made made;

    snprintf(made.id, sizeof(made.id), "%s", desk_of(asked, "id"));
    snprintf(made.code, sizeof(made.code), "%s", desk_of(asked, "code"));
    snprintf(made.due, sizeof(made.due), "%s", desk_of(asked, "due"));
    return made;
}

static const char *code_of(const char *number)
{
    static char code[ENGINE_CODE_SIZE];

    engine_code(stage.engine, number, code);
    return code;
}

static struct stage_request *track(enum front_route route, const struct made *made, int status)
{
    char body[128];

    snprintf(body, sizeof(body), "{\"id\":\"%s\",\"code\":\"%s\",\"explain\":true}", made->id, made->code);
    return desk_do(&desk_citizen, route, NULL, status, body);
}

static size_t list_count(const struct front_identity *who, enum front_route route, const char *query)
{
    struct stage_request *asked = stage_ask_as(who, route, NULL, query, NULL);

    stage_drain();
    CHECK_I64(200, asked->status, query);
    return desk_count(asked, "items");
}

static const char *figure(const char *path)
{
    char whole[128];

    snprintf(whole, sizeof(whole), "total.aftercare.%s", path);
    return desk_of(desk_get(FRONT_STATISTICS, NULL, NULL), whole);
}

/* -- An inquiry -- */

static void test_asked_and_replied(void **state)
{
    struct made made = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);
    struct stage_request *asked = track(FRONT_INQUIRY_TRACK, &made, 200);

    (void)state;
    CHECK_TEXT("2024-01-22", made.due, "five working days after Monday the 15th");
    CHECK_TEXT("open", desk_of(asked, "state"), "it waits");
    CHECK_TEXT("front_desk", desk_of(asked, "owner"), "for the front desk, as it names no service");
    CHECK_TEXT("null", desk_of(asked, "reply"), "for its reply");
    CHECK_TEXT("", desk_of(asked, "by"), "a citizen is not told who of the staff did what");
    CHECK_I64(8, desk_count(asked, "clocks.0.days"), "day by day: the start, five that count, a weekend");
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, made.id, 200, "{\"text\":\"From nine to five.\"}");
    asked = track(FRONT_INQUIRY_TRACK, &made, 200);
    CHECK_TEXT("replied", desk_of(asked, "state"), "replied to");
    CHECK_TEXT("From nine to five.", desk_of(asked, "reply.text"), "in words");
    CHECK_TEXT("", desk_of(asked, "reply.by"), "of the center");
    CHECK_TEXT("window-1", desk_of(desk_get(FRONT_INQUIRY_SHOW, made.id, NULL), "reply.by"), "supervision sees whose");
    CHECK_TEXT("1", figure("inquiries"), "counted");
    CHECK_TEXT("1", figure("inquiries_on_time.count"), "in time");
}

static void test_code(void **state)
{
    struct made made = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED), other = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);

    (void)state;
    CHECK(strcmp(made.code, other.code) != 0, "a code each");
    snprintf(made.code, sizeof(made.code), "%s", other.code);
    track(FRONT_INQUIRY_TRACK, &made, 404);
    snprintf(made.id, sizeof(made.id), "%s", "inq-99");
    track(FRONT_INQUIRY_TRACK, &made, 404);
    snprintf(made.id, sizeof(made.id), "%s", "cmp-1");
    track(FRONT_INQUIRY_TRACK, &made, 404);
    desk_do(&desk_citizen, FRONT_INQUIRY_TRACK, NULL, 422, "{\"id\":\"inq-1\"}");
}

/* Whatever is wrong is told with its place, and nothing is kept. */
static void test_refused(void **state)
{
    static const struct {
        enum front_route route;
        const char *body, *pointer, *why;
    } rows[] = {
        {FRONT_INQUIRY_NEW, "{}", "/text", "nothing is asked"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"  \"}", "/text", "blank"},
        {FRONT_INQUIRY_NEW, "{\"text\":7}", "/text", "no text"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"a\",\"txt\":\"b\"}", "/txt", "a mistyped member"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"a\",\"kind\":\"sung\"}", "/kind", "neither oral nor written"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"a\",\"kind\":\"oral\",\"reply\":\"b\"}", "/kind", "a citizen asks in writing"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"a\",\"reply\":\"b\"}", "/reply", "nobody replies to himself"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"a\",\"contact\":\"b\"}", "/contact", "a contact is an object"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"a\",\"contact\":{\"fax\":\"1\"}}", "/contact/fax", "no such way"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"a\",\"service\":\"none\"}", "/service", "no such service"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"a\",\"department\":\"none\"}", "/department", "no such department"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"a\",\"about\":[]}", "/about", "about is an object"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"a\",\"about\":{\"task\":\"20240115-000001-1.1\"}}", "/number", "a task without its application"},
        {FRONT_INQUIRY_NEW, "{\"text\":\"a\",\"upheld\":true}", "/upheld", "nothing to uphold"},
        {FRONT_COMPLAINT_NEW, "{\"text\":\"a\",\"upheld\":true}", "/upheld", "not before its reply"},
        {FRONT_GRIEVANCE_NEW, "{\"text\":\"a\",\"happened_on\":\"2024-02-30\"}", "/happened_on", "no day"},
        {FRONT_GRIEVANCE_NEW, "{\"text\":\"a\",\"happened_on\":\"2024-01-16\"}", "/happened_on", "tomorrow"},
        {FRONT_GRIEVANCE_NEW, "{\"text\":\"a\",\"contact\":{}}", "/contact", "not of a grievance"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct front_identity *who = rows[i].route == FRONT_GRIEVANCE_NEW ? &desk_front : &desk_citizen;
        struct stage_request *asked = desk_do(who, rows[i].route, NULL, 422, rows[i].body);

        CHECK_TEXT(rows[i].pointer, asked->pointer, rows[i].why);
    }
    CHECK_I64(0, list_count(&admin, FRONT_INQUIRY_LIST, NULL), "nothing was kept");
}

static void test_limits(void **state)
{
    static const struct {
        const char *before, *after;
        size_t size_max;
        const char *pointer;
    } rows[] = {
        {"{\"text\":\"", "\"}", ENGINE_CONCERN_TEXT_MAX, "/text"},
        {"{\"text\":\"a\",\"contact\":{\"name\":\"", "\"}}", ENGINE_CONCERN_NAME_MAX, "/contact/name"},
        {"{\"text\":\"a\",\"contact\":{\"phone\":\"", "\"}}", ENGINE_CONCERN_PHONE_MAX, "/contact/phone"},
        {"{\"text\":\"a\",\"contact\":{\"email\":\"", "\"}}", ENGINE_CONCERN_EMAIL_MAX, "/contact/email"},
        {"{\"text\":\"a\",\"about\":{\"officer\":\"", "\"}}", BASE_ID_MAX, "/about/officer"},
        {"{\"text\":\"a\",\"about\":{\"window\":\"", "\"}}", BASE_ID_MAX, "/about/window"},
    };
    static char text[ENGINE_CONCERN_TEXT_MAX + 2], body[ENGINE_CONCERN_TEXT_MAX + 128];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        memset(text, 'x', rows[i].size_max + 1);
        text[rows[i].size_max + 1] = '\0';
        snprintf(body, sizeof(body), "%s%s%s", rows[i].before, text, rows[i].after);
        CHECK_TEXT(rows[i].pointer, desk_do(&desk_citizen, FRONT_COMPLAINT_NEW, NULL, 422, body)->pointer, "limit + 1");
        text[rows[i].size_max] = '\0';
        snprintf(body, sizeof(body), "%s%s%s", rows[i].before, text, rows[i].after);
        desk_do(&desk_citizen, FRONT_COMPLAINT_NEW, NULL, 201, body);
    }
}

/* -- Whose it is -- */

static void test_who_sees_what(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":400}", ALL);
    char body[256], wrong[256];

    (void)state;
    snprintf(body, sizeof(body), "{\"text\":\"Why so long?\",\"number\":\"%s\",\"code\":\"%s\",\"about\":{\"task\":\"%s\"}}", number,
             code_of(number), desk_task(number, 2));
    snprintf(wrong, sizeof(wrong), "{\"text\":\"Why?\",\"number\":\"%s\",\"code\":\"AAAAAAAAAA\"}", number);
    desk_do(&desk_citizen, FRONT_INQUIRY_NEW, NULL, 404, wrong);
    struct made made = make(&desk_citizen, FRONT_INQUIRY_NEW, body);
    CHECK_TEXT("fire", desk_of(desk_get(FRONT_INQUIRY_SHOW, made.id, NULL), "department"), "the task's department");
    CHECK_I64(1, list_count(&desk_fire, FRONT_INQUIRY_LIST, "state=open"), "sees it");
    CHECK_I64(0, list_count(&desk_land, FRONT_INQUIRY_LIST, "state=open"), "others do not");
    CHECK_I64(0, list_count(&desk_front, FRONT_INQUIRY_LIST, NULL), "nor does the front desk");
    CHECK_I64(1, list_count(&desk_supervisor, FRONT_INQUIRY_LIST, "department=fire"), "supervision does");
    CHECK_I64(1, list_count(&desk_government, FRONT_INQUIRY_LIST, NULL), "and the head of the government");
    desk_do(&desk_land, FRONT_INQUIRY_SHOW, made.id, 404, NULL);
    desk_do(&desk_land, FRONT_INQUIRY_REPLY, made.id, 404, "{\"text\":\"None of our business.\"}");
    desk_do(&desk_fire, FRONT_INQUIRY_PASS, made.id, 422, "{\"department\":\"none\"}");
    desk_do(&desk_fire, FRONT_INQUIRY_PASS, made.id, 422, "{}");
    desk_do(&desk_fire, FRONT_INQUIRY_PASS, made.id, 200, "{\"department\":\"land\"}");
    desk_do(&desk_fire, FRONT_INQUIRY_SHOW, made.id, 404, NULL);
    desk_do(&desk_land, FRONT_INQUIRY_PASS, made.id, 200, "{\"department\":null}");
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, made.id, 200, "{\"text\":\"It is with the fire department until the 26th.\"}");
    CHECK_TEXT(number, desk_of(track(FRONT_INQUIRY_TRACK, &made, 200), "number"), "tied to its application");
}

static void test_of_one_application(void **state)
{
    char number[BASE_NUMBER_SIZE], body[128], query[64];

    (void)state;
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":400}", ALL));
    snprintf(body, sizeof(body), "{\"text\":\"a\",\"number\":\"%s\"}", number);
    snprintf(query, sizeof(query), "number=%s", number);
    make(&desk_front, FRONT_COMPLAINT_NEW, body); /* members of staff need no code */
    make(&desk_front, FRONT_COMPLAINT_NEW, "{\"text\":\"b\"}");
    CHECK_I64(1, list_count(&desk_supervisor, FRONT_COMPLAINT_LIST, query), "the one about it");
    snprintf(body, sizeof(body), "{\"text\":\"a\",\"number\":\"%s\",\"about\":{\"task\":\"%s\"}}", number, desk_task(number, 3));
    CHECK_TEXT("/about/task", desk_do(&desk_front, FRONT_COMPLAINT_NEW, NULL, 422, body)->pointer, "it has three tasks");
}

/* -- Time -- */

static void test_due_soon_and_overdue(void **state)
{
    struct made made = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);

    (void)state;
    desk_pass(3); /* Thursday */
    CHECK_I64(0, desk_alerts("due_soon"), "not yet");
    desk_pass(1);
    CHECK_I64(1, desk_alerts("due_soon"), "one working day is left");
    CHECK_TEXT("yellow", desk_of(track(FRONT_INQUIRY_TRACK, &made, 200), "level"), "yellow");
    desk_pass(3); /* Monday the 22nd */
    CHECK_I64(0, desk_alerts("overdue"), "the last day is in time");
    desk_pass(1);
    CHECK_I64(1, desk_alerts("overdue"), "red");
    CHECK_TEXT("red", desk_of(track(FRONT_INQUIRY_TRACK, &made, 200), "level"), "and told to who asked");
    desk_pass(10);
    CHECK_I64(1, desk_alerts("overdue"), "once");
    CHECK_I64(1, list_count(&desk_front, FRONT_INQUIRY_LIST, "state=open&overdue=true"), "listed until it is replied to");
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, made.id, 200, "{\"text\":\"Sorry. From nine to five.\"}");
    CHECK_TEXT("true", desk_of(track(FRONT_INQUIRY_TRACK, &made, 200), "overdue"), "late stays late");
    CHECK_TEXT("1", figure("inquiries_replied"), "replied");
    CHECK_TEXT("0", figure("inquiries_on_time.count"), "not in time");
}

/* The reply comes after its time, and nobody was woken: it is late all the same, and somebody is told. */
static void test_late_reply_is_seen(void **state)
{
    struct made made = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);

    (void)state;
    stage_wait(9 * DAY_MS);
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, made.id, 200, "{\"text\":\"At last.\"}");
    CHECK_I64(1, desk_alerts("overdue"), "told");
    CHECK_TEXT("true", desk_of(track(FRONT_INQUIRY_TRACK, &made, 200), "overdue"), "late");
    desk_pass(2);
    CHECK_I64(1, desk_alerts("overdue"), "once");
}

static bool is_worked(core_day day)
{
    static const char *const off[] = {"2024-02-10", "2024-02-11", "2024-02-12", "2024-02-13", "2024-02-14", "2024-02-15", "2024-02-16", "2024-02-17"};
    char text[BASE_DATE_SIZE];

    base_day_format(day, text);
    if (strcmp(text, "2024-02-04") == 0 || strcmp(text, "2024-02-18") == 0)
        return true;
    for (size_t i = 0; i < COUNT(off); i++)
        if (strcmp(text, off[i]) == 0)
            return false;
    return (day + 3) % 7 < 5; /* 1970-01-01 was a Thursday */
}

/* By hand: one day after the other. */
static core_day due_by_hand(core_day day, int32_t minute, int count)
{
    day += minute >= 17 * 60 + 30;
    while (!is_worked(day))
        day++;
    while (count > 0)
        count -= is_worked(++day);
    return day;
}

/* Whenever it comes, its date is the one that is counted by hand. */
static void test_dates_are_those_counted_by_hand(void **state)
{
    char expected[BASE_DATE_SIZE];

    (void)state;
    for (unsigned i = 0; i < 250; i++) {
        int32_t day, minute, offset;
        bool is_complaint = stage_roll(2) == 1;

        stage_wait((int64_t)stage_roll(48 * 60) * 60000);
        base_zone_civil(stage.wall_ms, &day, &minute, &offset);
        base_day_format(due_by_hand(day, minute, is_complaint ? 15 : 5), expected);
        struct made made = make(&desk_citizen, is_complaint ? FRONT_COMPLAINT_NEW : FRONT_INQUIRY_NEW, ASKED);
        CHECK_TEXT(expected, made.due, "the date");
    }
}

static void reload(const char *text)
{
    struct stage_request *asked;

    stage_catalog_write(text);
    asked = stage_ask_as(&admin, FRONT_CATALOG_RELOAD, NULL, NULL, "{}");
    stage_drain();
    CHECK_I64(200, asked->status, "reloaded");
}

/* A day off is added under it: the date moves, and so does the alarm. */
static void test_amended_calendar(void **state)
{
    struct made made = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);
    struct made done = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);
    char *text = fixture_replace(desk_text, "\"holidays\": [",
                                 "\"holidays\": [{\"from\": \"2024-01-17\", \"name\": {\"zh-CN\": \"放假\", \"en\": \"Day off\"}},");

    (void)state;
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, done.id, 200, "{\"text\":\"Now.\"}");
    reload(text);
    free(text);
    CHECK_TEXT("2024-01-23", desk_of(track(FRONT_INQUIRY_TRACK, &made, 200), "due"), "a working day later");
    CHECK_TEXT("2024-01-22", desk_of(track(FRONT_INQUIRY_TRACK, &done, 200), "due"), "what has ended keeps its date");
    CHECK_I64(1, desk_alerts("redated"), "staff are told");
    desk_pass(8); /* Tuesday the 23rd */
    CHECK_I64(0, desk_alerts("overdue"), "the last day");
    desk_pass(1);
    CHECK_I64(1, desk_alerts("overdue"), "over");
    reload(desk_text);
    CHECK_TEXT("true", desk_of(track(FRONT_INQUIRY_TRACK, &made, 200), "overdue"), "lateness is never taken back");
}

static void test_limits_of_the_center(void **state)
{
    char *text = fixture_replace(desk_text, "\"rolls_receipt\": true}",
                                 "\"rolls_receipt\": true}, \"aftercare\": {\"inquiry\": {\"unit\": \"hour\", \"length\": 24, \"warn\": {\"percent\": 50}},"
                                 " \"complaint\": {\"unit\": \"calendar_day\", \"length\": 3, \"end_roll\": \"next_working_day\"}}");
    struct made before = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);

    (void)state;
    reload(text);
    free(text);
    CHECK_TEXT("2024-01-22", desk_of(track(FRONT_INQUIRY_TRACK, &before, 200), "due"), "what was promised stays promised");
    struct made hours = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);
    CHECK_TEXT("2024-01-16", hours.due, "a day later by the clock");
    desk_wait(4 * DAY_MS - 9 * HOUR_MS); /* into Friday */
    struct made days = make(&desk_citizen, FRONT_COMPLAINT_NEW, ASKED);
    CHECK_TEXT("2024-01-22", days.due, "three calendar days from Friday, rolled to Monday");
    CHECK_I64(1, desk_alerts("overdue"), "the hours have run out");
}

/* -- Nobody ends one without a reply; nobody ends it twice -- */

static void test_once(void **state)
{
    struct made made = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);

    (void)state;
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, made.id, 422, "{}");
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, made.id, 422, "{\"text\":\" \\n\"}");
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, "inq-77", 404, "{\"text\":\"x\"}");
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, "inq-01", 404, "{\"text\":\"x\"}");
    stage.if_match = "\"7\"";
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, made.id, 412, "{\"text\":\"x\"}");
    stage.if_match = "\"1\"";
    struct stage_request *one = stage_ask_as(&desk_front, FRONT_INQUIRY_REPLY, made.id, NULL, "{\"text\":\"one\"}");
    struct stage_request *other = stage_ask_as(&desk_supervisor, FRONT_INQUIRY_REPLY, made.id, NULL, "{\"text\":\"two\"}");
    stage_drain();
    stage.if_match = NULL;
    CHECK_I64(200 + 409, one->status + other->status, "two at once: one of them");
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, made.id, 409, "{\"text\":\"again\"}");
    desk_do(&desk_front, FRONT_INQUIRY_PASS, made.id, 409, "{\"department\":\"fire\"}");
}

static void test_same_key(void **state)
{
    struct stage_request *first = stage_ask(FRONT_INQUIRY_NEW, NULL, "key-1", ASKED);

    (void)state;
    stage_drain();
    struct stage_request *again = stage_ask(FRONT_INQUIRY_NEW, NULL, "key-1", ASKED);
    struct stage_request *other = stage_ask(FRONT_INQUIRY_NEW, NULL, "key-1", "{\"text\":\"Something else\"}");
    stage_drain();
    char id[32];
    snprintf(id, sizeof(id), "%s", desk_of(first, "id"));
    CHECK_I64(201, again->status, "the same again");
    CHECK_TEXT(id, desk_of(again, "id"), "is the same one");
    CHECK_I64(422, other->status, "another body under its key");
    CHECK_I64(1, list_count(&admin, FRONT_INQUIRY_LIST, NULL), "there is one");
    CHECK_TEXT("1", figure("inquiries"), "counted once");
}

/* -- By word of mouth -- */

static void test_oral(void **state)
{
    struct stage_request *asked;

    (void)state;
    CHECK_TEXT("/reply", desk_do(&desk_front, FRONT_INQUIRY_NEW, NULL, 422, "{\"kind\":\"oral\",\"text\":\"Where is window 3?\"}")->pointer,
               "it was answered on the spot: with what?");
    asked = desk_do(&desk_front, FRONT_INQUIRY_NEW, NULL, 201, "{\"kind\":\"oral\",\"text\":\"Where is window 3?\",\"reply\":\"To the left.\"}");
    CHECK_TEXT("replied", desk_of(asked, "state"), "recorded with its answer");
    CHECK_TEXT("", desk_of(asked, "due"), "no time runs");
    CHECK_TEXT("/upheld", desk_do(&desk_front, FRONT_COMPLAINT_NEW, NULL, 422, "{\"kind\":\"oral\",\"text\":\"a\",\"reply\":\"b\"}")->pointer, "or not?");
    asked = desk_do(&desk_front, FRONT_COMPLAINT_NEW, NULL, 201, "{\"kind\":\"oral\",\"text\":\"a\",\"reply\":\"b\",\"upheld\":true}");
    CHECK_TEXT("true", desk_of(asked, "reply.upheld"), "upheld");
    CHECK_TEXT("1", figure("complaints_upheld.count"), "counted");
    CHECK_TEXT("1", figure("inquiries_on_time.count"), "in time");
}

/* -- A complaint -- */

static void test_complaint(void **state)
{
    struct made made = make(&desk_citizen, FRONT_COMPLAINT_NEW, "{\"text\":\"Rude.\",\"about\":{\"officer\":\"window-1\",\"window\":\"3\"}}");

    (void)state;
    CHECK_TEXT("2024-02-04", made.due, "fifteen working days, a make-up Sunday the last of them");
    CHECK_I64(1, desk_alerts("complaint_received"), "supervision is told");
    CHECK_TEXT("/upheld", desk_do(&desk_supervisor, FRONT_COMPLAINT_REPLY, made.id, 422, "{\"text\":\"Sorry.\"}")->pointer, "upheld or not");
    desk_do(&desk_front, FRONT_COMPLAINT_REPLY, made.id, 403, "{\"text\":\"I was not.\",\"upheld\":false}");
    desk_do(&desk_supervisor, FRONT_COMPLAINT_REPLY, made.id, 200, "{\"text\":\"Sorry.\",\"upheld\":true}");
    CHECK_TEXT("true", desk_of(track(FRONT_COMPLAINT_TRACK, &made, 200), "reply.upheld"), "and who complained is told");
    CHECK_TEXT("1", figure("complaints_on_time.count"), "in time");
    CHECK_TEXT("other", desk_of(desk_get(FRONT_STATISTICS, NULL, "by=window"), "items.0.window"), "of no window that anybody of the staff has named");
}

/* -- Lists -- */

static void test_due_first(void **state)
{
    struct stage_request *asked;

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        make(&desk_citizen, FRONT_COMPLAINT_NEW, ASKED);
    asked = desk_get(FRONT_COMPLAINT_LIST, NULL, "state=open&limit=2");
    CHECK_TEXT("cmp-1", desk_of(asked, "items.0.id"), "the oldest is due first");
    char query[96];
    snprintf(query, sizeof(query), "state=open&limit=2&cursor=%s", desk_of(asked, "next_cursor"));
    asked = desk_get(FRONT_COMPLAINT_LIST, NULL, query);
    CHECK_TEXT("cmp-3", desk_of(asked, "items.0.id"), "the next page");
    snprintf(query, sizeof(query), "state=open&limit=2&cursor=%s", desk_of(asked, "next_cursor"));
    asked = desk_get(FRONT_COMPLAINT_LIST, NULL, query);
    CHECK_I64(1, desk_count(asked, "items"), "the last page");
    CHECK_TEXT("null", desk_of(asked, "next_cursor"), "and no other");
    CHECK_TEXT("cmp-5", desk_of(desk_get(FRONT_COMPLAINT_LIST, NULL, "limit=1"), "items.0.id"), "of any state: the newest first");
    static const char *const wrong[] = {"state=closed", "overdue=maybe", "department=none", "number=1", "limit=0", "limit=201", "cursor=x", "state=open&cursor=5"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        asked = stage_ask_as(&desk_supervisor, FRONT_COMPLAINT_LIST, NULL, wrong[i], NULL);
        stage_drain();
        CHECK_I64(422, asked->status, wrong[i]);
    }
}

/* More than a page of open ones: a calendar moves them all, and the pages tell each once, in order. */
static void test_more_than_a_page(void **state)
{
    char *text = fixture_replace(desk_text, "\"holidays\": [",
                                 "\"holidays\": [{\"from\": \"2024-01-17\", \"name\": {\"zh-CN\": \"放假\", \"en\": \"Day off\"}},");
    char query[96] = "state=open&limit=200", id[32];
    struct stage_request *asked;
    unsigned seen = 0;

    (void)state;
    for (unsigned i = 0; i < BASE_PAGE_MAX + 1; i++)
        make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);
    reload(text);
    free(text);
    do {
        asked = desk_get(FRONT_INQUIRY_LIST, NULL, query);
        size_t count = desk_count(asked, "items");

        for (size_t i = 0; i < count; i += 40) { /* the order of the ids, as all are due on one day */
            char path[48];

            snprintf(path, sizeof(path), "items.%zu.id", i);
            snprintf(id, sizeof(id), "inq-%u", seen + (unsigned)i + 1);
            CHECK_TEXT(id, desk_of(asked, path), "in order");
            snprintf(path, sizeof(path), "items.%zu.due", i);
            CHECK_TEXT("2024-01-23", desk_of(asked, path), "moved");
        }
        seen += (unsigned)count;
        snprintf(query, sizeof(query), "state=open&limit=200&cursor=%s", desk_of(asked, "next_cursor"));
    } while (strcmp(desk_of(asked, "next_cursor"), "null") != 0);
    CHECK_I64(BASE_PAGE_MAX + 1, seen, "each once");
    desk_pass(9);
    struct store_reader *reader = store_reader_take(stage.engine->store);
    int64_t wake;
    CHECK_I64(OD_OK, store_read_entry_wake(reader, &wake), "the wakes");
    store_reader_give(stage.engine->store, reader);
    CHECK(wake == INT64_MAX, "all of them were told to be late on that day, and none is left to wake");
}

/* -- Evaluation -- */

static void test_evaluation(void **state)
{
    char number[BASE_NUMBER_SIZE], good[160], bad[160];

    (void)state;
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":400}", ALL));
    snprintf(good, sizeof(good), "{\"attitude\":5,\"ability\":4,\"officer\":\"unknown\",\"code\":\"%s\"}", code_of(number));
    snprintf(bad, sizeof(bad), "{\"attitude\":2,\"ability\":3,\"officer\":\"window-1\",\"text\":\"Rude.\",\"code\":\"%s\"}", code_of(number));
    desk_do(&desk_citizen, FRONT_EVALUATION_NEW, number, 404, "{\"attitude\":5,\"ability\":4}");
    desk_do(&desk_fire, FRONT_EVALUATION_NEW, number, 404, "{\"attitude\":5,\"ability\":4}");
    desk_do(&desk_front, FRONT_EVALUATION_NEW, number, 404, "{\"attitude\":5,\"ability\":4,\"code\":\"AAAAAAAAAA\"}");
    static const char *const wrong[] = {"{\"ability\":4}", "{\"attitude\":0,\"ability\":4}", "{\"attitude\":6,\"ability\":4}", "{\"attitude\":5,\"ability\":1.5}",
                                        "{\"attitude\":\"5\",\"ability\":4}", "{\"attitude\":5,\"ability\":4,\"stars\":3}"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        desk_do(&desk_front, FRONT_EVALUATION_NEW, number, 422, wrong[i]);
    CHECK_TEXT("given", desk_of(desk_do(&desk_citizen, FRONT_EVALUATION_NEW, number, 201, good), "state"), "thank you");
    CHECK_TEXT("evl-1", desk_of(desk_do(&desk_citizen, FRONT_EVALUATION_NEW, number, 201, good), "id"), "the same again is the same one");
    *strchr(good, '5') = '4';
    desk_do(&desk_citizen, FRONT_EVALUATION_NEW, number, 409, good);
    CHECK_I64(0, desk_alerts("bad_rating"), "nothing to put right");
    struct stage_request *asked = desk_do(&desk_citizen, FRONT_EVALUATION_NEW, number, 201, bad);
    CHECK_TEXT("repair", desk_of(asked, "state"), "another officer, and a bad one");
    CHECK_TEXT("2024-02-04", desk_of(asked, "due"), "fifteen working days");
    CHECK_I64(1, desk_alerts("bad_rating"), "supervision is told");
    char id[32];
    snprintf(id, sizeof(id), "%s", desk_of(asked, "id"));
    desk_do(&desk_front, FRONT_EVALUATION_REPAIR, id, 403, "{\"text\":\"I called.\"}");
    desk_do(&desk_supervisor, FRONT_EVALUATION_REPAIR, id, 422, "{}");
    desk_do(&desk_supervisor, FRONT_EVALUATION_REPAIR, id, 200, "{\"text\":\"We called and apologised.\"}");
    desk_do(&desk_supervisor, FRONT_EVALUATION_REPAIR, id, 409, "{\"text\":\"Again.\"}");
    asked = stage_ask_as(&desk_supervisor, FRONT_EVALUATION_OF, number, NULL, NULL);
    stage_drain();
    CHECK_I64(2, desk_count(asked, "items"), "both of the application");
    struct stage_request *by = desk_get(FRONT_STATISTICS, NULL, "by=officer");
    CHECK_TEXT("1", desk_of(by, "count"), "nobody of the staff is known by a citizen's word");
    CHECK_TEXT("window-1", desk_of(by, "items.0.officer"), "the one there is took the application in");
    CHECK_TEXT("1", desk_of(by, "items.0.received"), "and is known by that");
    CHECK_TEXT("[0,1,0,0,0]", desk_of(by, "items.0.aftercare.attitude"), "so the rating counts");
    desk_do(&desk_front, FRONT_EVALUATION_NEW, number, 201, "{\"attitude\":4,\"ability\":5,\"officer\":\"li\",\"window\":\"7\"}");
    by = desk_get(FRONT_STATISTICS, NULL, "by=officer");
    CHECK_TEXT("li", desk_of(by, "items.0.officer"), "but by the front desk's");
    CHECK_TEXT("[0,0,0,1,0]", desk_of(by, "items.0.aftercare.attitude"), "rated once");
    CHECK_TEXT("3", desk_of(by, "total.aftercare.evaluations"), "of three in all");
    by = desk_get(FRONT_STATISTICS, NULL, "by=department");
    CHECK_I64(3, desk_count(by, "items"), "departments alone");
    CHECK_TEXT("[0,1,0,1,1]", figure("attitude"), "by level");
    CHECK_TEXT("[0,0,1,1,1]", figure("ability"), "in both dimensions");
    CHECK_TEXT("1", figure("repairs_on_time.count"), "put right in time");
}

/* Alerts of a kind that are about a repair. */
static size_t repairs_told(const char *query)
{
    static const struct front_identity all = {.key_id = "all", .roles = UINT32_MAX, .department = ""};
    struct stage_request *asked = stage_ask_as(&all, FRONT_ALERT_LIST, NULL, query, NULL);
    size_t count = 0;

    stage_drain();
    for (const char *at = asked->answer; (at = strstr(at, "\"clock\":\"rating_repair\"")) != NULL; at++)
        count++;
    return count;
}

static void test_repair_runs_out(void **state)
{
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":400}", ALL));
    desk_do(&desk_front, FRONT_EVALUATION_NEW, number, 201, "{\"attitude\":1,\"ability\":1}");
    desk_pass(20); /* Sunday the 4th of February */
    CHECK_I64(1, repairs_told("kind=due_soon"), "warned");
    CHECK_I64(0, repairs_told("kind=overdue"), "the last day");
    desk_pass(1);
    CHECK_I64(1, repairs_told("kind=overdue"), "run out");
}

/* -- Grievances -- */

static void test_grievance(void **state)
{
    struct made made = make(&desk_land, FRONT_GRIEVANCE_NEW, "{\"text\":\"Shouted at.\",\"happened_on\":\"2024-01-14\"}");
    struct made other = make(&second, FRONT_GRIEVANCE_NEW, "{\"text\":\"Shouted at, too.\"}");

    (void)state;
    CHECK_I64(1, list_count(&desk_land, FRONT_GRIEVANCE_LIST, NULL), "one's own");
    CHECK_I64(0, list_count(&desk_land_head, FRONT_GRIEVANCE_LIST, NULL), "nobody else's");
    CHECK_I64(2, list_count(&desk_supervisor, FRONT_GRIEVANCE_LIST, "state=recorded"), "supervision sees all");
    desk_do(&desk_water, FRONT_GRIEVANCE_SHOW, made.id, 404, NULL);
    desk_do(&desk_supervisor, FRONT_GRIEVANCE_CONFIRM, made.id, 422, "{}");
    desk_do(&desk_supervisor, FRONT_GRIEVANCE_CONFIRM, made.id, 200, "{\"confirmed\":true,\"text\":\"Heard by two.\"}");
    desk_do(&second, FRONT_GRIEVANCE_CONFIRM, other.id, 403, "{\"confirmed\":true}");
    CHECK_TEXT("dismissed", desk_of(desk_do(&desk_supervisor, FRONT_GRIEVANCE_CONFIRM, other.id, 200, "{\"confirmed\":false}"), "state"), "not so");
    CHECK_TEXT("1", figure("grievances"), "the confirmed one counts");
}

/* -- What a person wrote is not in the journal; what dies loses nothing that was told -- */

static void test_journal(void **state)
{
    struct store_reader *reader;
    struct store_record records[64];
    struct base_arena arena = {0};
    size_t count = 0, seen = 0;

    (void)state;
    struct made made = make(&desk_citizen, FRONT_COMPLAINT_NEW, "{\"text\":\"secret words\",\"contact\":{\"name\":\"Wang Xiaoming\"},\"about\":{\"officer\":\"window-1\"}}");
    desk_do(&desk_supervisor, FRONT_COMPLAINT_REPLY, made.id, 200, "{\"text\":\"secret reply\",\"upheld\":true}");
    reader = store_reader_take(stage.engine->store);
    CHECK_I64(OD_OK, store_read_journal(reader, 0, &arena, records, 64, &count), "the journal");
    for (size_t i = 0; i < count; i++) {
        seen += memmem(records[i].record, records[i].size, "complaint_", 10) != NULL;
        CHECK(memmem(records[i].record, records[i].size, "secret", 6) == NULL, "no word of it");
        CHECK(memmem(records[i].record, records[i].size, "Wang", 4) == NULL, "nor of who");
        CHECK(memmem(records[i].record, records[i].size, "window-1", 8) == NULL, "nor of whom");
    }
    CHECK_I64(2, seen, "received and replied");
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
}

static void test_killed(void **state)
{
    struct made made = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);

    (void)state;
    stage_ask_as(&desk_citizen, FRONT_INQUIRY_NEW, NULL, NULL, ASKED);
    stage_restart(false); /* nothing of it was told */
    stage_drain();
    CHECK_I64(1, list_count(&admin, FRONT_INQUIRY_LIST, NULL), "what was told is there, what was not is not");
    stage_ask_as(&desk_front, FRONT_INQUIRY_REPLY, made.id, NULL, "{\"text\":\"x\"}");
    stage_job(); /* read, and put */
    stage_turn();
    stage_restart(true); /* it reached the disk, and nobody was told */
    stage_drain();
    CHECK_TEXT("replied", desk_of(track(FRONT_INQUIRY_TRACK, &made, 200), "state"), "replied all the same");
    CHECK_TEXT("1", figure("inquiries_replied"), "and counted once");
    desk_pass(9);
    CHECK_I64(0, desk_alerts("overdue"), "its clock has ended");
}

static void test_no_memory(void **state)
{
    unsigned kept = 0;

    (void)state;
    for (uint64_t n = 1; n < 80; n++) {
        stage.alloc_fail_at = n;
        struct stage_request *asked = stage_ask_as(&desk_citizen, FRONT_INQUIRY_NEW, NULL, NULL, ASKED);
        stage_drain();
        CHECK(asked->status == 201 || asked->status == 503, "made, or refused in words");
        kept += asked->status == 201;
    }
    CHECK_I64(kept, list_count(&admin, FRONT_INQUIRY_LIST, "limit=200"), "those that were told, and no other");
    CHECK(kept > 0, "a clean pass");
}

/* -- What the person is sent -- */

/* What the notifier was given last holds all of these. */
static void check_sent(const struct connect_link *sms, const char *words, const char *address, const char *why)
{
    stage_settle();
    CHECK(strstr(sms->given, words) != NULL, why);
    CHECK(strstr(sms->given, address) != NULL, address);
}

static void test_messages(void **state)
{
    struct stage_request *loaded = stage_ask(FRONT_CONNECTOR_LOAD, "sms", NULL, "{\"module\":\"sms-1\",\"serves\":\"messages\"}");
    char number[BASE_NUMBER_SIZE], body[160];

    (void)state;
    stage_drain();
    CHECK_I64(202, loaded->status, "a notifier");
    struct connect_link *sms = stage_link("sms");
    stage_link_ready(sms);
    sms->credits = 64;
    stage_settle();
    struct made made = make(&desk_citizen, FRONT_INQUIRY_NEW, ASKED);
    check_sent(sms, "Your inquiry inq-1 was received; you have a written answer by 2024-01-22", "+8613800000000", "received");
    desk_do(&desk_front, FRONT_INQUIRY_REPLY, made.id, 200, "{\"text\":\"From nine to five.\"}");
    check_sent(sms, "inq-1: From nine to five.", "+8613800000000", "replied");
    uint64_t offers = stage.offers;
    make(&desk_citizen, FRONT_COMPLAINT_NEW, "{\"text\":\"Nobody to write to.\"}");
    make(&desk_front, FRONT_INQUIRY_NEW, "{\"kind\":\"oral\",\"text\":\"a\",\"reply\":\"b\",\"contact\":{\"phone\":\"+8613800000002\"}}");
    stage_settle();
    CHECK_I64(offers, stage.offers, "nothing without an address, nor of what was answered on the spot");
    snprintf(number, sizeof(number), "%s",
             desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201,
                             "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li\",\"phone\":\"+8613800000003\",\"locale\":\"en\"},"
                             "\"form\":{\"area\":400},\"materials\":" ALL "}"), "number"));
    snprintf(body, sizeof(body), "{\"attitude\":1,\"ability\":1,\"code\":\"%s\"}", code_of(number));
    made = (struct made){.id = "evl-1"};
    desk_do(&desk_citizen, FRONT_EVALUATION_NEW, number, 201, body);
    desk_do(&desk_supervisor, FRONT_EVALUATION_REPAIR, made.id, 200, "{\"text\":\"The officer was spoken to.\"}");
    check_sent(sms, "The officer was spoken to.", "+8613800000003", "the applicant of the application");
}

/* A route that the front lets pass has somebody who performs it. */
static void test_every_route(void **state)
{
    (void)state;
    for (int route = FRONT_ROUTE_NONE; route < FRONT_ROUTES; route++) {
        bool is_of_front = route == FRONT_ROUTE_NONE || route == FRONT_OPENAPI || route == FRONT_PAGE ||
                           (route >= FRONT_SESSION_START && route <= FRONT_SESSION_END);

        CHECK_I64(!is_of_front, engine_performs((enum front_route)route), "routes.c");
    }
}

/* Whatever happened in a test, what is counted of it is what the journal gives. */
static int recounted_close(void **state)
{
    recount_check();
    return desk_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_asked_and_replied, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_code, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_refused, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_limits, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_who_sees_what, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_of_one_application, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_due_soon_and_overdue, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_late_reply_is_seen, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_dates_are_those_counted_by_hand, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_amended_calendar, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_limits_of_the_center, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_once, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_same_key, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_oral, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_complaint, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_due_first, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_more_than_a_page, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_evaluation, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_repair_runs_out, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_grievance, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_journal, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_killed, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_no_memory, desk_open, recounted_close),
        cmocka_unit_test_setup_teardown(test_messages, desk_open, recounted_close),
        cmocka_unit_test(test_every_route),
    };

    base_log_init("engine_concern_test", NULL, BASE_LOG_NONE);
    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
