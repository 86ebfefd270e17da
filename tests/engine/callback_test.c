/* SPDX-License-Identifier: Apache-2.0 */
/* A department calls back: durable before it is told, once for each id, to whoever has the task, again with each
 * session, gone with the task; whatever dies in between. */
#include <stdio.h>

#include "catalog/fixture.h"
#include "engine/stage.h"
#include "lib/check.h"

#define STAND "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}"

static const char *all[] = {"*"};
static const struct package_manifest with_events = {.capabilities = {.has_events = true, .fields = {all, 1}}};
static const struct package_manifest without = {.capabilities = {.fields = {all, 1}}};

static int open_stage(void **state)
{
    (void)state;
    stage_open(1);
    stage_services_clear();
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close();
    return 0;
}

static struct connect_link *ready(void)
{
    struct connect_link *link = stage_link("market");

    link->manifest = &with_events;
    stage_link_ready(link);
    stage_drain();
    return link;
}

/* An application whose one task the session of market has accepted as M-1; the handle of the task. */
static uint64_t accepted(struct connect_link *link)
{
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    assert_int_equal(1, link->held_count);
    uint64_t handle = link->held[0].handle;
    stage_report(link, BASE_ITEM_ACCEPT, handle, "{\"external_ref\":\"M-1\"}");
    stage_drain();
    return handle;
}

/* The number of the task, which is found without a read. */
static const char *number_of(uint64_t handle)
{
    static char number[BASE_NUMBER_SIZE];
    struct engine_application *application = stage_read(base_task_application(handle));

    base_task_number_format(application->id, application->core->received_day, base_task_index(handle), number);
    engine_application_destroy(application);
    return number;
}

static struct stage_request *call(const char *reference, const char *event)
{
    struct stage_request *asked = stage_callback("market", reference, event, "{\"done\":true}");

    if (stage_is_asked())
        stage_verify(OD_OK);
    return asked;
}

static struct stage_request *call_whole(const char *reference, const char *event)
{
    struct stage_request *asked = call(reference, event);

    stage_drain();
    CHECK(asked->is_answered, "answered");
    return asked;
}

static void it_is_durable_before_it_is_told(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    accepted(link);
    struct stage_request *asked = call("M-1", "e-1");
    while (stage_job())
        ;
    CHECK(!asked->is_answered, "not yet");
    stage_turn();
    CHECK(!asked->is_answered, "with the store");
    CHECK_TEXT("", link->events, "nor delivered");
    CHECK(stage_commit(false), "written");
    CHECK_I64(202, asked->status, "told");
    stage_drain();
    CHECK_TEXT("e-1 ", link->events, "and delivered");
    CHECK_TEXT("{\"id\":\"e-1\",\"body\":{\"done\":true}}", link->given, "as it came");
}

static void a_full_disk_keeps_nothing(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    accepted(link);
    struct stage_request *asked = call("M-1", "e-1");
    while (stage_job())
        ;
    stage_turn();
    CHECK(stage_commit(true), "full");
    CHECK_I64(503, asked->status, "told so");
    stage_drain();
    CHECK_TEXT("", link->events, "nothing is delivered");
    CHECK_I64(202, call_whole("M-1", "e-1")->status, "the next time");
    CHECK_TEXT("e-1 ", link->events, "once");
}

static void once_for_each_id_and_in_order(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    const char *number = number_of(accepted(link));
    CHECK_I64(202, call_whole("M-1", "b")->status, "first");
    CHECK_I64(202, call_whole("M-1", "a")->status, "second");
    CHECK_I64(202, call_whole("M-1", "b")->status, "again");
    CHECK_TEXT("b a ", link->events, "once each, as they came");
    struct stage_request *asked[3];
    for (size_t i = 0; i < 3; i++)
        asked[i] = call(number, i == 1 ? "d" : "c");
    stage_drain();
    for (size_t i = 0; i < 3; i++)
        CHECK_I64(202, asked[i]->status, "together");
    CHECK_TEXT("b a c d ", link->events, "once each");
}

static void a_killed_hub_loses_none(void **state)
{
    static const struct {
        bool is_written;
        const char *events, *why;
    } rows[] = {{true, "e-1 ", "it reached the disk"}, {false, "", "it did not, and nobody was told"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (i > 0) {
            stage_close();
            stage_open(1);
        }
        accepted(ready());
        struct stage_request *asked = call("M-1", "e-1");
        while (stage_job())
            ;
        stage_turn();
        CHECK(stage.batch != NULL, "with the store");
        CHECK(!asked->is_answered, "not told");
        stage_restart(rows[i].is_written);
        struct connect_link *link = ready();
        CHECK_I64(1, stage.resumes, "resumed");
        CHECK_TEXT(rows[i].events, link->events, rows[i].why);
        stage.resumes = 0;
    }
}

static void told_and_killed_before_delivery(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    accepted(link);
    struct stage_request *asked = call("M-1", "e-1");
    while (stage_job())
        ;
    stage_turn();
    CHECK(stage_commit(false), "written");
    CHECK_I64(202, asked->status, "told");
    CHECK_TEXT("", link->events, "its read is still under way");
    stage_restart(true);
    link = ready();
    CHECK_TEXT("e-1 ", link->events, "with the resume");
}

static void each_session_is_told_all_of_it(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    accepted(link);
    call_whole("M-1", "a");
    call_whole("M-1", "b");
    stage_link_lose(link, true, 0);
    stage_drain();
    CHECK_I64(202, call_whole("M-1", "c")->status, "while there is no session");
    stage_link_ready(link);
    stage_drain();
    CHECK_TEXT("a b c ", link->events, "again, and what came meanwhile");
}

static void it_waits_for_room(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    accepted(link);
    link->outbox_left = 1;
    for (unsigned i = 0; i < 3; i++) {
        char id[8];
        snprintf(id, sizeof(id), "e-%u", i);
        CHECK_I64(202, call_whole("M-1", id)->status, "taken");
    }
    CHECK_TEXT("e-0 ", link->events, "as many as there is room for");
    link->outbox_left = 1;
    stage_rooms();
    stage_drain();
    CHECK_TEXT("e-0 e-1 ", link->events, "one more");
    link->outbox_left = UINT32_MAX;
    stage_tick();
    stage_drain();
    CHECK_TEXT("e-0 e-1 e-2 ", link->events, "by the tick at the latest");
}

static struct engine_department *department_of(const struct connect_link *link)
{
    return connect_link_data(link);
}

/* Told and durable, but there was no place to note that it is to be delivered: not only the next session hears it. */
static void it_comes_although_too_many_wait(void **state)
{
    struct connect_link *link = ready();
    struct engine_department *department = department_of(link);

    (void)state;
    accepted(link);
    department->delivery_count = ENGINE_DELIVERIES_MAX;
    struct stage_request *asked = call("M-1", "e-1");
    while (stage_job())
        ;
    stage_turn();
    CHECK(stage_commit(false), "written");
    CHECK_I64(202, asked->status, "told");
    department->delivery_count = 0;
    stage_drain();
    CHECK_TEXT("", link->events, "not yet");
    stage_tick();
    stage_drain();
    CHECK_TEXT("e-1 ", link->events, "by the next tick");
    for (unsigned i = 0; i < 4; i++) {
        stage_tick();
        stage_drain();
    }
    CHECK_TEXT("e-1 ", link->events, "and no scan goes on for ever");
}

static void it_comes_although_memory_was_short(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 12; at++) {
        if (at > 1) {
            stage_close();
            stage_open(1);
        }
        struct connect_link *link = ready();
        accepted(link);
        struct stage_request *asked = call("M-1", "e-1");
        while (stage_job())
            ;
        stage_turn();
        base_alloc_fail_at(at);
        CHECK(stage_commit(false), "written");
        base_alloc_fail_at(0);
        CHECK_I64(202, asked->status, "told");
        for (unsigned i = 0; i < 3; i++) {
            stage_drain();
            stage_tick();
        }
        CHECK(strstr(link->events, "e-1 ") != NULL, "delivered");
    }
}

static void one_that_cannot_be_read_holds_up_no_other(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    accepted(link);
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    stage_report(link, BASE_ITEM_ACCEPT, link->held[1].handle, "{\"external_ref\":\"M-2\"}");
    stage_drain();
    for (unsigned i = 0; i < 8; i++) { /* what the hub reads once after its start, a register each tick */
        stage_tick();
        stage_drain();
    }
    link->outbox_left = 0;
    call_whole("M-1", "a");
    call_whole("M-1", "b");
    call_whole("M-2", "c");
    link->outbox_left = UINT32_MAX;
    stage_tick();
    base_alloc_fail_at(1);
    CHECK(stage_job(), "the read that fails");
    base_alloc_fail_at(0);
    stage_drain();
    CHECK_TEXT("c ", link->events, "the other one, at once; the first are tried again with the next tick");
    stage_tick();
    stage_drain();
    CHECK_TEXT("c a b ", link->events, "in their order");
}

static void it_goes_with_the_task(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    uint64_t handle = accepted(link);
    call_whole("M-1", "a");
    stage_report(link, BASE_ITEM_OPINION, handle, "{\"opinion\":\"approve\"}");
    stage_drain();
    CHECK_I64(404, call_whole("M-1", "b")->status, "its own number is forgotten");
    struct store_event events[STORE_EVENTS_MAX];
    struct base_arena arena = {0};
    size_t count = 99;
    struct store_reader *reader = store_reader_take(stage.engine->store);
    CHECK_I64(OD_OK, store_read_events(reader, base_task_application(handle), 0, 0, &arena, events, STORE_EVENTS_MAX, &count), "read");
    CHECK_I64(0, count, "and so are its events");
    store_reader_give(stage.engine->store, reader);
    base_arena_fini(&arena);
}

static void an_end_in_the_same_batch(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    uint64_t handle = accepted(link);
    const char *number = number_of(handle);
    stage_report(link, BASE_ITEM_PROGRESS, handle, "{\"percent\":1}"); /* its write comes first in the batch */
    struct stage_request *asked = call(number, "e-1");
    stage_report(link, BASE_ITEM_OPINION, handle, "{\"opinion\":\"approve\"}");
    stage_drain();
    CHECK_I64(202, asked->status, "there is nothing left to be done");
    CHECK(strstr(asked->answer, "\"is_stored\":false") != NULL, asked->answer);
    CHECK_TEXT("", link->events, "and nobody to be told");
    CHECK_I64(202, call_whole(number, "e-2")->status, "later, too");
}

static void who_may_not(void **state)
{
    struct connect_link *link = ready();

    (void)state;
    accepted(link);
    struct stage_request *asked = stage_callback("market", "M-1", "e-1", "{}");
    stage_verify(OD_EDENIED);
    CHECK_I64(401, asked->status, "a wrong signature");
    asked = stage_callback("market", "M-1", "e-1", "{}");
    stage_verify(OD_ENOTFOUND);
    CHECK_I64(503, asked->status, "the secret is not set up");
    asked = stage_callback("market", "M-1", "e-1", "{}");
    stage_verify(OD_EIO);
    CHECK_I64(503, asked->status, "nobody could tell");
    CHECK_I64(404, call_whole("M-2", "e-1")->status, "another number");
    CHECK_I64(404, stage_callback("fire", "M-1", "e-1", "{}")->status, "another connector takes none");
    CHECK_I64(404, stage_callback("nobody", "M-1", "e-1", "{}")->status, "no such connector");
    link->manifest = &without;
    CHECK_I64(404, stage_callback("market", "M-1", "e-1", "{}")->status, "not granted");
    link->manifest = &with_events;
    stage.wall_ms += 301000;
    CHECK_I64(202, call_whole("M-1", "e-1")->status, "by the clock of now");
    CHECK_TEXT("e-1 ", link->events, "the one that was taken");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_durable_before_it_is_told),
        TEST(a_full_disk_keeps_nothing),
        TEST(once_for_each_id_and_in_order),
        TEST(a_killed_hub_loses_none),
        TEST(told_and_killed_before_delivery),
        TEST(each_session_is_told_all_of_it),
        TEST(it_waits_for_room),
        TEST(it_comes_although_too_many_wait),
        TEST(it_comes_although_memory_was_short),
        TEST(one_that_cannot_be_read_holds_up_no_other),
        TEST(it_goes_with_the_task),
        TEST(an_end_in_the_same_batch),
        TEST(who_may_not),
    };

    base_log_init("engine_callback_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
