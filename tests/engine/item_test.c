/* SPDX-License-Identifier: Apache-2.0 */
/* What was recorded to be given to a session is given to it, or nobody says that it has it: whatever comes
 * between the record and the item, and whatever of that a full disk undoes. */
#include <stdio.h>

#include "catalog/fixture.h"
#include "engine/stage.h"
#include "lib/check.h"

#define STAND "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}"
#define CAFE                                                                                                      \
    "{\"service\":\"open-cafe\",\"applicant\":{\"kind\":\"person\",\"name\":\"Li\"},\"form\":{\"area_m2\":312,\"seats\":10,\"title\":\"t\"}," \
    "\"materials\":[{\"material\":\"id-copy\"},{\"material\":\"plan\"},{\"material\":\"certificate\"}]}"

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

static uint64_t offers_before;

/* Application 1 is stored and waits; a session comes, and the offer of its task is with the store. */
static struct connect_link *record_offer(const char *body, const char *department)
{
    struct connect_link *link = stage_link(department);

    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, body);
    stage_drain();
    stage_link_ready(link);
    while (stage_job())
        ;
    offers_before = stage.offers;
    stage_turn();
    CHECK(stage.batch != NULL, "the offer is with the store");
    return link;
}

static void fill(struct connect_link *link)
{
    link->outbox_left = 0;
}

static void empty(struct connect_link *link)
{
    link->outbox_left = UINT32_MAX;
    link->is_put_refused = true;
}

/* What was begun meanwhile meets a full disk. */
static void lose_batches(void)
{
    stage_turn();
    while (stage_job())
        ;
    while (stage_commit(true))
        stage_turn();
}

static struct stage_request *withdraw(void)
{
    char number[BASE_NUMBER_SIZE];

    base_number_format(1, stage.engine->now.day, number);
    return stage_ask(FRONT_APPLICATION_WITHDRAW, number, NULL, "{\"reason\":\"no longer\"}");
}

static void go_on(void)
{
    stage_drain();
    stage_tick();
    stage_drain();
}

static void check_task(enum core_task_state state, uint32_t epoch, unsigned attempt, unsigned index, const char *why)
{
    struct engine_application *application = stage_read(1);
    const struct core_task *task = &application->core->tasks[index];

    CHECK_I64(state, task->state, why);
    CHECK_I64(epoch, task->epoch, why);
    CHECK_I64(attempt, task->attempt, why);
    engine_application_destroy(application);
}

/* The session has the task, once, and the place that it takes. */
static void check_offered(struct connect_link *link, unsigned index)
{
    const struct stage_held *held = stage_held(link, base_task_handle(1, index));
    const struct engine_department *department = link->data;

    check_task(CORE_TASK_OFFERED, link->epoch, 1, index, "offered, says the disk");
    CHECK(held != NULL && held->holding == STAGE_OFFERED, "and the session has it");
    CHECK_I64(1, stage.offers - offers_before, "once");
    CHECK_I64(1, link->in_hand, "one credit");
    CHECK_I64(0, department->reserved, "no place is reserved any more");
    CHECK_I64(0, department->unsent, "nothing is on its way");
    stage_report(link, BASE_ITEM_ACCEPT, base_task_handle(1, index), "{}");
    stage_drain();
    CHECK_I64(0, link->in_hand, "the credit comes back");
}

static void test_no_room(void **state)
{
    struct connect_link *market = record_offer(STAND, "market");

    (void)state;
    fill(market);
    stage_commit(false);
    lose_batches();
    CHECK_I64(0, stage.offers, "not yet");
    empty(market);
    stage_drain(); /* no tick: room is enough */
    check_offered(market, 0);
}

static void test_withdrawn_in_vain(void **state)
{
    struct connect_link *market = record_offer(STAND, "market");
    struct stage_request *asked = withdraw();

    (void)state;
    stage_commit(false);
    lose_batches();
    CHECK_I64(503, asked->status, "the withdrawal was not stored");
    go_on();
    check_offered(market, 0);
}

static void test_withdrawn(void **state)
{
    struct connect_link *market = record_offer(STAND, "market");
    struct stage_request *asked = withdraw();

    (void)state;
    stage_commit(false);
    go_on();
    CHECK_I64(200, asked->status, "withdrawn");
    CHECK_I64(0, stage.offers, "never offered");
    CHECK_I64(0, market->in_hand, "no credit");
    CHECK_I64(0, ((struct engine_department *)market->data)->reserved, "no place is reserved any more");
    CHECK_I64(0, ((struct engine_department *)market->data)->unsent, "nothing is on its way");
}

static void test_too_large(void **state)
{
    struct connect_link *market = record_offer(STAND, "market");

    (void)state;
    market->is_put_too_large = true;
    stage_commit(false);
    lose_batches();
    market->is_put_too_large = false; /* and that was not so after all */
    go_on();
    check_offered(market, 0);
}

static void test_too_large_for_ever(void **state)
{
    struct connect_link *market = record_offer(STAND, "market");

    (void)state;
    market->is_put_too_large = true;
    stage_commit(false);
    go_on();
    check_task(CORE_TASK_PARKED, 0, 1, 0, "an officer sees to it");
    CHECK_I64(0, ((struct engine_department *)market->data)->reserved, "no place is reserved any more");
    CHECK_I64(0, ((struct engine_department *)market->data)->unsent, "nothing is on its way");
}

/* A late word about an earlier attempt takes nothing that was not given yet. */
static void test_word_before_the_offer(void **state)
{
    static const struct { uint8_t kind; const char *payload; } words[] = {
        {BASE_ITEM_ACCEPT, "{}"},
        {BASE_ITEM_FAIL, "{\"effect\":\"unknown\"}"},
        {BASE_ITEM_GIVE_BACK, "{}"},
        {BASE_ITEM_NEED_INPUT, "{\"text\":\"more\"}"},
        {BASE_ITEM_PAUSE, "{\"kind\":\"inspection\"}"},
    };
    struct connect_link *market = record_offer(STAND, "market");

    (void)state;
    fill(market);
    stage_commit(false);
    for (size_t i = 0; i < COUNT(words); i++)
        stage_report(market, words[i].kind, base_task_handle(1, 0), words[i].payload);
    go_on();
    check_task(CORE_TASK_OFFERED, market->epoch, 1, 0, "still to be given");
    empty(market);
    stage_drain();
    check_offered(market, 0);
}

/* The offer leaves with the batch that answers the word: the answer comes after it, and takes it from nobody. */
static void test_word_beside_the_offer(void **state)
{
    struct connect_link *market = record_offer(STAND, "market");

    (void)state;
    market->credits = 4;
    stage_drain();
    stage_report(market, BASE_ITEM_FAIL, base_task_handle(1, 0), "{\"effect\":\"none\"}");
    stage.monotonic_ms += 5000;
    offers_before = stage.offers;
    stage_tick();
    stage_report(market, BASE_ITEM_PAUSE, base_task_handle(1, 0), "{\"kind\":\"inspection\"}");
    stage_drain();
    CHECK_I64(STAGE_OFFERED, stage_held(market, base_task_handle(1, 0))->holding, "it has the offer");
    check_task(CORE_TASK_OFFERED, market->epoch, 2, 0, "offered again");
    CHECK_I64(1, stage.offers - offers_before, "once");
}

/* Accepted in the session before; the next one's resume reads the document. */
static struct connect_link *record_resume(void)
{
    struct connect_link *market = record_offer(STAND, "market");

    stage_drain();
    stage_report(market, BASE_ITEM_ACCEPT, base_task_handle(1, 0), "{}");
    stage_drain();
    stage_link_lose(market, false, 0);
    stage_link_ready(market);
    while (stage_job())
        ;
    stage_turn();
    CHECK(stage_commit(false), "the resume is recorded");
    CHECK(stage.job_count > 0, "and its document is read");
    return market;
}

static void test_resume_withdrawn_in_vain(void **state)
{
    struct connect_link *market = record_resume();
    struct stage_request *asked = withdraw();

    (void)state;
    lose_batches();
    CHECK_I64(503, asked->status, "the withdrawal was not stored");
    CHECK_I64(0, stage.resumes, "not resumed in between");
    go_on();
    check_task(CORE_TASK_ACCEPTED, market->epoch, 1, 0, "the session has it, says the disk");
    CHECK_I64(1, stage.resumes, "and it was told, once");
    CHECK_I64(STAGE_ACCEPTED, stage_held(market, base_task_handle(1, 0))->holding, "it has it");
}

/* It fails while the document is read, and is resumed in the same session: told when the disk says so. */
static void test_resumed_again(void **state)
{
    struct connect_link *market = record_resume();

    (void)state;
    stage_report(market, BASE_ITEM_FAIL, base_task_handle(1, 0), "{\"effect\":\"unknown\"}");
    stage_turn();
    CHECK(stage_commit(false), "nobody has it, says the disk");
    stage.monotonic_ms += 5000;
    stage_tick();
    while (stage_job())
        ;
    CHECK_I64(0, stage.resumes, "not before the disk says who has it");
    stage_drain(); /* no tick: the commit is enough */
    check_task(CORE_TASK_ACCEPTED, market->epoch, 1, 0, "the session has it, says the disk");
    CHECK_I64(1, stage.resumes, "and it was told, once");
}

/* The fire department cannot tell repeats apart: what may have reached it is for an officer. */
static struct connect_link *strand(void)
{
    struct connect_link *fire = stage_link("fire"), *market = record_offer(CAFE, "market");

    stage_drain();
    stage_link_ready(fire);
    stage_drain();
    CHECK(stage_held(fire, base_task_handle(1, 1)) == NULL, "not yet");
    stage_report(market, BASE_ITEM_OPINION, base_task_handle(1, 0), "{\"opinion\":\"approve\"}");
    offers_before = stage.offers;
    fill(fire);
    go_on();
    check_task(CORE_TASK_OFFERED, fire->epoch, 1, 1, "recorded");
    CHECK(stage_held(fire, base_task_handle(1, 1)) == NULL, "and not put");
    stage_link_lose(fire, true, 0);
    return fire;
}

static void test_session_ends_first(void **state)
{
    struct connect_link *fire = strand();

    (void)state;
    go_on(); /* taken back ... */
    go_on(); /* ... and that is durable */
    check_task(CORE_TASK_QUEUED, 0, 0, 1, "it never left the hub");
    CHECK_I64(0, ((struct engine_department *)fire->data)->reserved, "no place is reserved any more");
    stage_link_ready(fire);
    stage_drain();
    check_offered(fire, 1);
}

static void test_next_session_comes_first(void **state)
{
    struct connect_link *fire = strand();

    (void)state;
    stage_link_ready(fire);
    fire->credits = 2; /* one place is kept until the next tick */
    stage_drain();
    check_task(CORE_TASK_OFFERED, fire->epoch, 1, 1, "it never left the hub before");
    CHECK_I64(200, (withdraw(), stage_drain(), stage.requests[stage.request_count - 1]->status), "withdrawn");
    const struct stage_held *held = stage_held(fire, base_task_handle(1, 1));
    CHECK(held != NULL && held->holding == STAGE_CANCELLING, "what the last session was not given keeps nothing from this one");
    go_on();
    go_on();
    CHECK_I64(0, ((struct engine_department *)fire->data)->reserved, "no place is reserved any more");
}

static void submit_some(unsigned count)
{
    while (count-- > 0)
        stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
}

/* No more is recorded to be offered than the session takes, however long documents are read. */
static void test_places(void **state)
{
    (void)state;
    submit_some(6);
    stage_drain();
    stage_restart(true); /* their documents are on the disk alone */
    stage_link_ready(stage_link("market"));
    stage_link("market")->credits = 2;
    while (stage_job())
        ;
    stage_turn(); /* the keys are known: now the applications are read */
    while (stage_job())
        ;
    CHECK_I64(2, stage.engine->offers, "as many as it takes");
    submit_some(6); /* theirs are in memory */
    for (unsigned i = 0; i < 10; i++) {
        stage_turn();
        stage_commit(false);
    }
    CHECK_I64(0, stage.offers, "the first ones are still read");
    stage_drain();
    CHECK_I64(2, stage.offers, "as many as it takes");
    CHECK_I64(2, stage.engine->offers, "and none was recorded in vain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_room, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_withdrawn_in_vain, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_withdrawn, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_too_large, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_too_large_for_ever, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_word_before_the_offer, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_word_beside_the_offer, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_resume_withdrawn_in_vain, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_resumed_again, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_session_ends_first, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_next_session_comes_first, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_places, open_stage, close_stage),
    };

    base_log_init("engine_item_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
