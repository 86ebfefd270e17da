/* SPDX-License-Identifier: Apache-2.0 */
/* Matters of limited quantity (T-16): two places a year, granted in the order of acceptance. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "engine/replay.h"
#include "lib/check.h"

#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"
#define APPROVE "{\"opinion\":\"approve\"}"
#define REJECT "{\"opinion\":\"reject\",\"reasons\":[\"No.\"]}"
#define PEOPLE 6

static char line[PEOPLE][BASE_NUMBER_SIZE];

static char *limited; /* the desk's catalogue, where land grants two a year */

static int open_limited(void **state)
{
    (void)state;
    limited = fixture_replace(desk_text, "\"expiry\": \"none\", \"pauses\": [\"hearing\", \"inspection\"]",
                              "\"expiry\": \"none\", \"quantity\": {\"available\":2, \"per\": \"year\"}, \"pauses\": [\"hearing\", \"inspection\"]");
    CHECK(strcmp(limited, desk_text) != 0, "the catalogue is another");
    stage_open_catalog(limited, false);
    stage_drain();
    return 0;
}

static int close_limited(void **state)
{
    free(limited);
    return desk_close(state);
}

static void queue_up(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        snprintf(line[i], sizeof(line[i]), "%s", desk_submit("plain", "{\"area\":100}", BOTH));
}

static struct stage_request *opine(unsigned i, int status, const char *body)
{
    return desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(line[i], 0), status, body);
}

static void check_line(const char *granted, const char *waiting, const char *left, const char *why)
{
    struct stage_request *asked = desk_get(FRONT_MATTER_QUANTITY, "land", NULL);

    CHECK_TEXT("2024", desk_of(asked, "year"), why);
    CHECK_TEXT("2", desk_of(asked, "available"), why);
    CHECK_TEXT(granted, desk_of(asked, "granted"), why);
    CHECK_TEXT(waiting, desk_of(asked, "waiting"), why);
    CHECK_TEXT(left, desk_of(asked, "left"), why);
}

static void test_in_the_order_of_acceptance(void **state)
{
    (void)state;
    queue_up(4);
    check_line("0", "4", "0", "four wait for two");
    struct stage_request *asked = opine(2, 409, APPROVE);
    CHECK_TEXT("out_of_turn", asked->code, "two were accepted before");
    CHECK_TEXT("/opinion", asked->pointer, "where");
    CHECK(strstr(asked->detail, line[0]) != NULL, "which is the first of them");
    opine(1, 200, APPROVE); /* one place stays for the first */
    check_line("1", "3", "0", "one is granted");
    CHECK_TEXT("out_of_turn", opine(2, 409, APPROVE)->code, "the other is kept for the first");
    opine(0, 200, REJECT);
    opine(2, 200, APPROVE);
    check_line("2", "1", "0", "all are granted");
    CHECK_TEXT("quantity_used_up", opine(3, 409, APPROVE)->code, "nothing is left");
    opine(3, 200, REJECT);
    check_line("2", "0", "0", "nobody waits");
    CHECK_I64(0, desk_alerts("out_of_turn"), "all of it in turn");
    for (unsigned i = 0; i < 4; i++)
        replay_check(desk_id(line[i]));
}

/* Art. 32 and 57: who is accepted by silence is accepted as of the receipt, and stands there. */
static void test_silence_costs_nobody_the_place(void **state)
{
    (void)state;
    snprintf(line[0], sizeof(line[0]), "%s", desk_submit("checked", "{\"area\":100}", BOTH));
    desk_wait(DAY_MS);
    for (unsigned i = 1; i < 4; i++)
        snprintf(line[i], sizeof(line[i]), "%s", desk_submit("plain", "{\"area\":100}", BOTH));
    check_line("0", "3", "0", "it is not accepted yet");
    desk_wait(9 * DAY_MS);
    CHECK_TEXT("in_review", desk_of(desk_get(FRONT_APPLICATION_SHOW, line[0], NULL), "status"), "nobody looked at it in time");
    check_line("0", "4", "0", "now it is");
    struct stage_request *asked = opine(2, 409, APPROVE);
    CHECK_TEXT("out_of_turn", asked->code, "one of two places is that of whoever came first");
    CHECK(strstr(asked->detail, line[0]) != NULL, "who that is");
    opine(0, 200, APPROVE);
    opine(1, 200, APPROVE);
    CHECK_I64(0, desk_alerts("out_of_turn"), "all of it in turn");
    replay_check(desk_id(line[0]));
}

static void test_places_come_back(void **state)
{
    (void)state;
    queue_up(4);
    desk_do(&desk_front, FRONT_APPLICATION_WITHDRAW, line[0], 200, "{}");
    opine(1, 200, APPROVE);
    opine(2, 200, APPROVE);
    CHECK_TEXT("quantity_used_up", opine(3, 409, APPROVE)->code, "two are granted");
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(line[1], 1), 200, REJECT); /* the whole is refused, and grants nothing */
    check_line("1", "1", "0", "the place of what was refused as a whole");
    opine(3, 200, APPROVE);
    check_line("2", "0", "0", "again");
}

static void test_two_at_once(void **state)
{
    struct stage_request *both[2];

    (void)state;
    queue_up(3);
    opine(0, 200, APPROVE);
    desk_do(&desk_front, FRONT_APPLICATION_WITHDRAW, line[1], 200, "{}");
    snprintf(line[3], sizeof(line[3]), "%s", desk_submit("plain", "{\"area\":100}", BOTH));
    for (unsigned i = 0; i < 2; i++)
        both[i] = stage_ask_as(&desk_land, FRONT_TASK_OPINION, desk_task(line[2 + i], 0), NULL, APPROVE);
    stage_drain();
    CHECK_I64(200, both[0]->status, "who came first");
    CHECK_I64(409, both[1]->status, "the other found the place granted");
    CHECK_TEXT("quantity_used_up", both[1]->code, "why");
}

/* Sent twice under one key, the second while the first waits for its turn: one grant, and the same answer. */
static void test_the_same_opinion_twice(void **state)
{
    struct stage_request *sent[2];

    (void)state;
    queue_up(2);
    opine(0, 200, APPROVE);
    for (unsigned i = 0; i < 2; i++)
        sent[i] = stage_ask(FRONT_TASK_OPINION, desk_task(line[1], 0), "key-1", APPROVE);
    stage_drain();
    CHECK(sent[0]->status == 200 && sent[1]->status == 200, "granted, and told again");
    check_line("2", "0", "0", "once");
}

static void test_a_year_has_its_own(void **state)
{
    (void)state;
    queue_up(2);
    opine(0, 200, APPROVE);
    opine(1, 200, APPROVE);
    while (desk_get(FRONT_MATTER_QUANTITY, "land", NULL), stage.engine->now.day < base_day_from_civil(2025, 1, 2))
        desk_pass(1);
    queue_up(1);
    CHECK_TEXT("2025", desk_of(desk_get(FRONT_MATTER_QUANTITY, "land", NULL), "year"), "another line");
    opine(0, 200, APPROVE);
    CHECK_TEXT("1", desk_of(desk_get(FRONT_MATTER_QUANTITY, "land", NULL), "granted"), "its own count");
}

/* What is on disk counts, whenever the hub dies; and who waits for a turn then is nobody's burden. */
static void test_kills(void **state)
{
    (void)state;
    for (int is_written = 0; is_written < 2; is_written++) {
        queue_up(2);
        for (unsigned i = 0; i < 2; i++)
            (void)stage_ask_as(&desk_land, FRONT_TASK_OPINION, desk_task(line[i], 0), NULL, APPROVE);
        stage_turn();
        (void)stage_job();
        stage_turn();
        stage_restart(is_written);
        stage_drain();
        for (unsigned i = 0; i < 2; i++) {
            struct stage_request *again = stage_ask_as(&desk_land, FRONT_TASK_OPINION, desk_task(line[i], 0), NULL, REJECT);

            stage_drain();
            CHECK(again->status == 200 || again->status == 409, "rejected, or approved before");
        }
    }
    struct stage_request *asked = desk_get(FRONT_MATTER_QUANTITY, "land", NULL);
    CHECK_TEXT("0", desk_of(asked, "waiting"), "nobody is left in the line");
    CHECK(atoi(desk_of(asked, "granted")) <= 2, "and no more than there are were granted");
}

static void test_no_memory(void **state)
{
    int status = 0;

    (void)state;
    queue_up(1);
    for (uint64_t n = 1; n < 400 && status != 200; n++) {
        stage.alloc_fail_at = n;
        struct stage_request *asked = stage_ask_as(&desk_land, FRONT_TASK_OPINION, desk_task(line[0], 0), NULL, APPROVE);
        stage.alloc_fail_at = 0;
        stage_drain();
        status = asked->status;
        CHECK(asked->is_answered && (status == 200 || status == 503), "granted, or to be sent again");
    }
    CHECK_I64(200, status, "at last");
    check_line("1", "0", "1", "once");
}

/* Another kind of number is of another line: those accepted before keep theirs. */
static void test_another_period(void **state)
{
    static const struct front_identity admin = {.key_id = "admin", .roles = FRONT_ROLE_ADMIN, .department = ""};

    (void)state;
    queue_up(3);
    opine(0, 200, APPROVE);
    opine(1, 200, APPROVE);
    char *other = fixture_replace(limited, "{\"available\":2, \"per\": \"year\"}", "{\"available\":50, \"per\": \"ever\"}");
    CHECK(strcmp(other, limited) != 0, "the catalogue is another");
    stage_catalog_write(other);
    free(other);
    desk_do(&admin, FRONT_CATALOG_RELOAD, NULL, 200, "{}");
    CHECK_TEXT("quantity_used_up", opine(2, 409, APPROVE)->code, "two of the year that it was accepted in");
    queue_up(1);
    opine(0, 200, APPROVE);
    CHECK_TEXT("1", desk_of(desk_get(FRONT_MATTER_QUANTITY, "land", NULL), "granted"), "a line of its own");
}

/* A number that was published since counts: what was granted stays. */
static void test_another_number(void **state)
{
    (void)state;
    queue_up(3);
    opine(0, 200, APPROVE);
    opine(1, 200, APPROVE);
    opine(2, 409, APPROVE);
    char *more = fixture_replace(limited, "\"available\":2", "\"available\":3");
    stage_catalog_write(more);
    free(more);
    static const struct front_identity admin = {.key_id = "admin", .roles = FRONT_ROLE_ADMIN, .department = ""};
    desk_do(&admin, FRONT_CATALOG_RELOAD, NULL, 200, "{}");
    opine(2, 200, APPROVE);
    CHECK_TEXT("3", desk_of(desk_get(FRONT_MATTER_QUANTITY, "land", NULL), "granted"), "three");
    CHECK_TEXT("", desk_of(desk_get(FRONT_MATTER_QUANTITY, "water", NULL), "left"), "what is not limited has no line");
    CHECK_I64(404, stage_ask(FRONT_MATTER_QUANTITY, "nothing", NULL, NULL)->status, "no such matter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_in_the_order_of_acceptance, open_limited, close_limited),
        cmocka_unit_test_setup_teardown(test_silence_costs_nobody_the_place, open_limited, close_limited),
        cmocka_unit_test_setup_teardown(test_places_come_back, open_limited, close_limited),
        cmocka_unit_test_setup_teardown(test_two_at_once, open_limited, close_limited),
        cmocka_unit_test_setup_teardown(test_a_year_has_its_own, open_limited, close_limited),
        cmocka_unit_test_setup_teardown(test_kills, open_limited, close_limited),
        cmocka_unit_test_setup_teardown(test_no_memory, open_limited, close_limited),
        cmocka_unit_test_setup_teardown(test_the_same_opinion_twice, open_limited, close_limited),
        cmocka_unit_test_setup_teardown(test_another_period, open_limited, close_limited),
        cmocka_unit_test_setup_teardown(test_another_number, open_limited, close_limited),
    };

    base_log_init("engine_quantity_test", NULL, BASE_LOG_NONE);
    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
