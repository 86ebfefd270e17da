/* SPDX-License-Identifier: Apache-2.0 */
/* One version of a connector takes another's place: who holds which task at each step, what a restart makes
 * of each step, and what is refused before anything is done. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/life.h"
#include "engine/replay.h"
#include "engine/stage.h"
#include "lib/check.h"

#define STAND "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}"

static const char *all[] = {"*"};
static int32_t reads_1[] = {1}, reads_2[] = {2}, reads_both[] = {1, 2};
static struct package_secret token[] = {{.name = "api-token"}};

/* "old" writes schema 1, "new" reads both and writes 2, "blind" reads 2 alone, "plain" keeps no state; "greedy" wants a
 * secret and materials. All others are as "old". */
static const struct package_manifest *manifest_of(const char *module)
{
    static const struct package_manifest known[] = {
        {.name = "old", .credits = 4, .dedupe = PACKAGE_DEDUPE_NATIVE, .state_reads = reads_1, .state_read_count = 1, .state_writes = 1,
         .capabilities = {.fields = {.items = all, .count = 1}}},
        {.name = "new", .credits = 4, .state_reads = reads_both, .state_read_count = 2, .state_writes = 2,
         .capabilities = {.fields = {.items = all, .count = 1}}},
        {.name = "blind", .credits = 4, .state_reads = reads_2, .state_read_count = 1, .state_writes = 2,
         .capabilities = {.fields = {.items = all, .count = 1}}},
        {.name = "plain", .credits = 4, .capabilities = {.fields = {.items = all, .count = 1}}},
        {.name = "greedy", .credits = 4, .state_reads = reads_1, .state_read_count = 1, .state_writes = 1,
         .capabilities = {.fields = {.items = all, .count = 1}, .secrets = token, .secret_count = 1, .has_materials = true}},
    };

    for (size_t i = 0; i < COUNT(known); i++)
        if (strcmp(known[i].name, module) == 0)
            return &known[i];
    return &known[0];
}

static int open_stage(void **state)
{
    (void)state;
    stage_open(1);
    stage.manifest_of = manifest_of;
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close();
    return 0;
}

static struct connect_link *link_of(enum connect_role role)
{
    struct connect_link *link = stage.connect->links;

    while (link != NULL && (link->role != role || strcmp(link->id, "market") != 0))
        link = link->next;
    return link;
}

static const struct engine_life *life(void)
{
    return engine_life_find(stage.engine, "market");
}

static int ask(enum front_route route, const char *body)
{
    struct stage_request *asked = stage_ask(route, "market", NULL, body);

    stage_drain();
    CHECK(asked->is_answered, "answered");
    return asked->status;
}

static void submit(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
}

static struct core_task task_of(uint64_t id)
{
    struct engine_application *application = stage_read(id);
    struct core_task task = application->core->tasks[0];

    engine_application_destroy(application);
    return task;
}

static void check_task(uint64_t id, enum core_task_state state, uint32_t epoch, const char *why)
{
    struct core_task task = task_of(id);

    CHECK_I64(state, task.state, why);
    CHECK_I64(epoch, task.epoch, why);
}

static const char *kept(const char *name)
{
    static char text[4096];
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    const void *value;
    size_t size;

    text[0] = '\0';
    if (store_read_setting(reader, name, &arena, &value, &size) == OD_OK)
        snprintf(text, sizeof(text), "%.*s", (int)size, (const char *)value);
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return text;
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static uint64_t handle(uint64_t id)
{
    return base_task_handle(id, 0);
}

/* Version "old" serves; three tasks are accepted, offered, and waiting for room. */
static struct connect_link *serve(void)
{
    struct connect_link *old;

    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"old\",\"bake_ms\":0}"), "from the configuration's version");
    old = link_of(CONNECT_ROLE_NEXT);
    stage_link_ready(old);
    stage_drain();
    stage_link_gone(link_of(CONNECT_ROLE_LEAVING));
    stage_tick();
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_NONE, life()->rollout.step, "over");
    old->credits = 2;
    submit(4);
    stage_report(old, BASE_ITEM_ACCEPT, handle(1), "{\"external_ref\":\"F-1\"}");
    stage_report(old, BASE_ITEM_ACCEPT, handle(2), "{}");
    stage_drain();
    CHECK_I64(2, old->in_hand, "two offers in hand, two accepted");
    return old;
}

static struct connect_link *begin(const char *body)
{
    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, body), "begins");
    struct connect_link *next = link_of(CONNECT_ROLE_NEXT);
    CHECK(next != NULL, "it starts beside the present one");
    next->credits = 4;
    return next;
}

static void nothing_is_given_before_the_switch_is_durable(void **state)
{
    struct connect_link *old = serve(), *next = begin("{\"module\":\"new\"}");
    uint32_t epoch = old->epoch;

    (void)state;
    CHECK(has(kept("rollout/market"), "\"step\":\"starting\""), "kept before it starts");
    CHECK(has(kept("connector/market"), "\"module\":\"old\""), "the route stays");
    stage_link_ready(next);
    next->credits = 4;
    stage_turn(); /* the transaction is with the store */
    CHECK(stage.batch != NULL, "on its way");
    CHECK(link_of(CONNECT_ROLE_CURRENT) == old, "not switched yet");
    check_task(1, CORE_TASK_ACCEPTED, epoch, "held by the old one");
    CHECK_I64(0, next->held_count, "the new one has nothing");
    stage_commit(false);
    CHECK(link_of(CONNECT_ROLE_CURRENT) == next, "switched");
    CHECK(has(kept("connector/market"), "\"module\":\"new\""), "in the same transaction: the route");
    CHECK(has(kept("rollout/market"), "\"step\":\"switched\""), "the step");
    CHECK(has(kept("versions/market"), "[{\"module\":\"new\""), "and the versions");
    stage_drain();
    check_task(1, CORE_TASK_ACCEPTED, next->epoch, "handed over");
    check_task(2, CORE_TASK_ACCEPTED, next->epoch, "handed over");
    CHECK_I64(STAGE_ENDED, stage_held(old, handle(1))->holding, "released by the old one");
    CHECK_I64(STAGE_ACCEPTED, stage_held(next, handle(1))->holding, "resumed by the new one");
    check_task(3, CORE_TASK_OFFERED, epoch, "an offer stays in the old one's hand");
    CHECK(old->is_left, "nothing more is moved away from it");
    stage_report(old, BASE_ITEM_OPINION, handle(3), "{\"opinion\":\"approve\"}");
    stage_report(old, BASE_ITEM_ACCEPT, handle(4), "{\"external_ref\":\"F-4\"}");
    stage_drain();
    check_task(3, CORE_TASK_DONE, 0, "it may answer");
    check_task(4, CORE_TASK_ACCEPTED, next->epoch, "what it still accepts goes over at once");
    CHECK_I64(0, old->in_hand, "its credits come back to it");
    submit(1);
    check_task(5, CORE_TASK_OFFERED, next->epoch, "new tasks go to the new one");
    stage_link_lose(old, false, 0);
    stage_link_gone(old);
    stage_tick();
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_BAKING, life()->rollout.step, "watched");
    stage.monotonic_ms += ENGINE_BAKE_MS;
    stage_tick();
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_NONE, life()->rollout.step, "over");
    CHECK_TEXT("", kept("rollout/market"), "and gone");
    CHECK(has(kept("history/market"), "\"verb\":\"baked\""), "told");
    replay_check(1);
}

static void an_opinion_belongs_to_the_department(void **state)
{
    struct connect_link *old = serve(), *next = begin("{\"module\":\"new\"}");

    (void)state;
    stage_link_ready(next);
    stage_drain();
    stage_report(old, BASE_ITEM_OPINION, handle(1), "{\"opinion\":\"approve\",\"external_ref\":\"F-2\"}");
    stage_drain();
    check_task(1, CORE_TASK_ACCEPTED, next->epoch, "of another matter, from a former owner: stale");
    stage_report(old, BASE_ITEM_PROGRESS, handle(1), "{\"text\":\"half\"}");
    stage_report(old, BASE_ITEM_OPINION, handle(1), "{\"opinion\":\"approve\",\"external_ref\":\"F-1\"}");
    stage_drain();
    check_task(1, CORE_TASK_DONE, 0, "the department's own number matches: it counts");
}

static void what_it_never_answered_is_settled_when_it_has_left(void **state)
{
    struct connect_link *old = serve(), *next = begin("{\"module\":\"old\",\"config\":{\"a\":1}}");

    (void)state;
    stage_link_ready(next);
    next->credits = 8;
    stage_drain();
    stage_report(old, BASE_ITEM_GIVE_BACK, handle(3), "{}");
    stage_drain();
    check_task(3, CORE_TASK_OFFERED, next->epoch, "given back to the other version: no need to wait");
    CHECK_I64(1, task_of(3).attempt, "no attempt is counted for it");
    check_task(4, CORE_TASK_OFFERED, old->epoch, "still in its hand");
    stage_link_lose(old, false, 0);
    stage_link_gone(old);
    stage_drain();
    stage.monotonic_ms += 5000;
    stage_tick();
    stage_drain();
    check_task(4, CORE_TASK_OFFERED, next->epoch, "offered again");
    CHECK(task_of(4).is_redelivered, "as a possible repeat");
}

static void a_version_that_told_no_repeats_apart_leaves_them_to_officers(void **state)
{
    struct connect_link *old = serve(), *next = begin("{\"module\":\"new\"}"); /* new: dedupe none */

    (void)state;
    stage_link_ready(next);
    stage_drain();
    stage_link_lose(old, false, 0);
    stage_link_gone(old);
    stage_drain();
    check_task(3, CORE_TASK_PARKED, 0, "nobody can say whether it was registered");
    CHECK_I64(CORE_PARK_EFFECT_UNKNOWN, task_of(3).park_reason, "and that is why");
}

static void one_that_does_not_start_leaves_the_present_one(void **state)
{
    struct connect_link *old = serve(), *next = begin("{\"module\":\"new\",\"reason\":\"faster\"}");
    uint32_t epoch = old->epoch;

    (void)state;
    stage_link_move(next, CONNECT_BACKOFF);
    stage_drain();
    CHECK(next->is_unloading, "it goes");
    stage_link_gone(next);
    stage_drain();
    CHECK(link_of(CONNECT_ROLE_CURRENT) == old, "the present one stays");
    check_task(1, CORE_TASK_ACCEPTED, epoch, "with all that it has");
    check_task(3, CORE_TASK_OFFERED, epoch, "and all that it was offered");
    CHECK_TEXT("", kept("rollout/market"), "nothing is under way");
    CHECK(has(kept("history/market"), "\"verb\":\"upgrade\",\"from\":\"old\",\"to\":\"new\",\"reason\":\"faster\""), "who, when, why");
    CHECK(has(kept("history/market"), "\"by\":\"hub\",\"verb\":\"reverted\",\"from\":\"new\",\"to\":\"old\",\"reason\":\"it did not start"), "and how it ended");
    CHECK(has(life()->rollout_error, "it did not start"), "shown");
}

static struct connect_link *baking(void)
{
    struct connect_link *old = serve(), *next = begin("{\"module\":\"old\",\"config\":{\"b\":2}}");

    stage_link_ready(next);
    next->credits = 64;
    stage_drain();
    stage_report(old, BASE_ITEM_GIVE_BACK, handle(3), "{}");
    stage_report(old, BASE_ITEM_GIVE_BACK, handle(4), "{}");
    stage_drain();
    stage_link_lose(old, false, 0);
    stage_link_gone(old);
    stage_tick();
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_BAKING, life()->rollout.step, "watched");
    return next;
}

static void expect_back(struct connect_link *bad, const char *reason)
{
    struct connect_link *back = link_of(CONNECT_ROLE_NEXT);

    CHECK(back != NULL, "the version before starts by itself");
    CHECK(has(kept("rollout/market"), "\"step\":\"reverting\""), "kept");
    CHECK(has(kept("history/market"), reason), reason);
    stage_link_ready(back);
    stage_drain();
    CHECK(link_of(CONNECT_ROLE_CURRENT) == back, "it has the route again");
    CHECK_I64(CONNECT_ROLE_LEAVING, bad->role, "the other leaves");
    stage_link_lose(bad, false, 0);
    stage_link_gone(bad);
    stage_tick();
    stage_drain();
    CHECK_TEXT("", kept("rollout/market"), "over, and not watched");
    CHECK(!has(kept("versions/market"), "{\"b\":2}"), "what it led away from is forgotten");
    CHECK(has(kept("connector/market"), "\"config\":{}"), "the route is kept");
    check_task(1, CORE_TASK_ACCEPTED, back->epoch, "and it has its tasks again");
}

static void a_crash_while_it_is_watched_leads_back(void **state)
{
    struct connect_link *next = baking();

    (void)state;
    stage_link_lose(next, true, 0);
    stage_drain();
    expect_back(next, "it failed while it was watched");
}

static void more_failures_than_before_lead_back(void **state)
{
    struct connect_link *next = baking();

    (void)state;
    for (uint64_t id = 5; id < 5 + ENGINE_BAKE_FAILURES_MIN; id++) {
        submit(1);
        CHECK_I64(ENGINE_ROLLOUT_BAKING, life()->rollout.step, "too few to say anything");
        stage_report(next, BASE_ITEM_FAIL, handle(id), "{\"effect\":\"none\"}");
        stage_drain();
        stage_tick();
        stage_drain();
    }
    expect_back(next, "of 5 answers 5 were failures; before it were 0 of a thousand");
}

static void as_many_failures_as_before_are_no_reason(void **state)
{
    struct connect_link *old = serve();

    (void)state;
    old->credits = 64;
    for (uint64_t id = 5; id < 15; id++) {
        submit(1);
        stage_report(old, BASE_ITEM_FAIL, handle(id), "{\"effect\":\"none\",\"retry_after_ms\":-2}");
        stage_drain();
    }
    struct connect_link *next = begin("{\"module\":\"new\"}");
    CHECK(life()->rollout.baseline > 700, "the version before failed as much");
    stage_link_ready(next);
    next->credits = 64;
    stage_drain();
    for (uint64_t id = 15; id < 25; id++) {
        submit(1);
        stage_report(next, BASE_ITEM_FAIL, handle(id), "{\"effect\":\"none\",\"retry_after_ms\":-2}");
        stage_drain();
        stage_tick();
    }
    CHECK_I64(ENGINE_ROLLOUT_SWITCHED, life()->rollout.step, "it goes on");
}

static void a_restart_reverts_or_goes_on(void **state)
{
    struct connect_link *next;

    (void)state;
    serve();
    begin("{\"module\":\"new\"}");
    stage_restart(false);
    CHECK_TEXT("old", stage_link("market")->module, "starting: reverted");
    stage_drain();
    CHECK_TEXT("", kept("rollout/market"), "and over");
    CHECK(has(kept("history/market"), "the hub ended before it had the route"), "told");
    stage_link_ready(stage_link("market"));
    stage_drain();

    next = begin("{\"module\":\"m-1\",\"bake_ms\":3600000}");
    stage_link_ready(next);
    stage_turn();
    stage_restart(true); /* the switch reached the disk, and nobody was told */
    CHECK_TEXT("m-1", stage_link("market")->module, "switched: goes on");
    CHECK_I64(ENGINE_ROLLOUT_SWITCHED, life()->rollout.step, "with its watch");
    stage_link_ready(stage_link("market"));
    stage_drain();
    check_task(1, CORE_TASK_ACCEPTED, stage_link("market")->epoch, "and its tasks");
    stage_link_lose(stage_link("market"), true, 0);
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_REVERTING, life()->rollout.step, "a crash leads back, also after a restart");
    stage_restart(false);
    CHECK_TEXT("old", stage_link("market")->module, "reverting: done at once");
    stage_drain();
    CHECK_TEXT("", kept("rollout/market"), "and over");
    CHECK(has(kept("connector/market"), "\"module\":\"old\""), "kept");
    stage_restart(false);
    CHECK_TEXT("old", stage_link("market")->module, "and again");
}

/* Its department waits for it, until people load another version, go back, or give it up. */
static void one_that_cannot_start_with_the_hub_is_not_given_up(void **state)
{
    static const struct { enum front_route route; const char *body; int status; } refused[] = {
        {FRONT_CONNECTOR_DRAIN, NULL, 409}, {FRONT_CONNECTOR_DISABLE, NULL, 409}, {FRONT_CONNECTOR_ENABLE, NULL, 409},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"missing\"}", 422}, {FRONT_CONNECTOR_LOGS, NULL, 404},
    };

    (void)state;
    serve();
    stage.missing = "old";
    stage_restart(false);
    CHECK(stage_link("market") == NULL, "it does not run");
    struct stage_request *asked = stage_ask(FRONT_CONNECTOR_SHOW, "market", NULL, NULL);
    CHECK_I64(200, asked->status, "and is listed");
    CHECK(has(asked->answer, "\"state\":\"failed\"") && has(asked->answer, "no module old"), asked->answer);
    stage_drain();
    CHECK(!task_of(1).is_by_officer && !task_of(3).is_by_officer, "its tasks wait for it");
    for (size_t i = 0; i < COUNT(refused); i++)
        CHECK_I64(refused[i].status, ask(refused[i].route, refused[i].body), "nothing to act on");
    CHECK_I64(202, ask(FRONT_CONNECTOR_ROLLBACK, NULL), "back to the version before");
    CHECK_TEXT("market-1", stage_link("market")->module, "loaded");
    stage_link_ready(stage_link("market"));
    stage_drain();
    check_task(1, CORE_TASK_ACCEPTED, stage_link("market")->epoch, "resumed");
    CHECK(has(kept("connector/market"), "market-1"), "kept");
    CHECK_I64(1, life()->version_count, "what it led away from is forgotten");
}

static void one_that_is_watched_and_cannot_start_with_the_hub_leads_back(void **state)
{
    struct connect_link *old = serve(), *next = begin("{\"module\":\"m-1\"}");

    (void)state;
    stage_link_ready(next);
    stage_drain();
    CHECK_I64(CONNECT_ROLE_LEAVING, old->role, "switched");
    stage.missing = "m-1";
    stage_restart(false);
    CHECK_TEXT("old", stage_link("market")->module, "the version before is started");
    stage_drain();
    CHECK(has(kept("connector/market"), "\"module\":\"old\""), "and has the route");
    CHECK_TEXT("", kept("rollout/market"), "nothing is under way");
    CHECK(has(kept("history/market"), "\"verb\":\"rolled_back\",\"from\":\"m-1\",\"to\":\"old\",\"reason\":\"no module m-1"), "told");
    stage_link_ready(stage_link("market"));
    stage_drain();
    check_task(1, CORE_TASK_ACCEPTED, stage_link("market")->epoch, "resumed");
    stage.missing = NULL;
    stage_restart(false);
    CHECK_TEXT("old", stage_link("market")->module, "and again");
}

/* What was accepted is nobody's while it waits to be resumed, and it needs no room. */
static void what_was_accepted_does_not_wait_behind_a_backlog(void **state)
{
    struct connect_link *old = serve(), *next;

    (void)state;
    submit(40);
    stage_report(old, BASE_ITEM_OPINION, handle(1), "{\"opinion\":\"approve\"}");
    stage_report(old, BASE_ITEM_OPINION, handle(2), "{\"opinion\":\"approve\"}");
    stage_report(old, BASE_ITEM_ACCEPT, handle(4), "{}");
    stage_drain();
    stage_rooms();
    stage_drain();
    CHECK_I64(CORE_TASK_OFFERED, task_of(5).state, "the next one");
    stage_report(old, BASE_ITEM_ACCEPT, handle(5), "{}");
    stage_restart(false); /* 3 lost its offer and comes first, then 4 and 5, then the backlog */
    old = stage_link("market");
    stage_link_ready(old);
    old->credits = 0;
    stage_drain();
    check_task(3, CORE_TASK_QUEUED, 0, "no room");
    check_task(4, CORE_TASK_ACCEPTED, old->epoch, "resumed all the same");
    check_task(6, CORE_TASK_QUEUED, 0, "nor for the others");
    next = begin("{\"module\":\"m-1\"}");
    stage_link_ready(next);
    next->credits = 0;
    stage_drain();
    check_task(4, CORE_TASK_ACCEPTED, next->epoch, "handed over past the backlog");
    CHECK(old->is_left, "nothing keeps the version before");
    uint64_t jobs = stage.jobs_run;
    for (unsigned i = 0; i < 20; i++)
        stage_drain();
    CHECK_I64(jobs, stage.jobs_run, "and then the hub is at rest");
    next->credits = 1;
    next->is_put_refused = true;
    stage_rooms();
    stage_drain();
    check_task(3, CORE_TASK_OFFERED, next->epoch, "it comes back to the first");
}

static void where_it_cannot_go_back_people_are_told(void **state)
{
    struct connect_link *old = serve(), *next = begin("{\"module\":\"new\"}");

    (void)state;
    stage_link_ready(next);
    stage_drain();
    stage_link_lose(old, false, 0);
    stage_link_gone(old);
    stage_drain();
    CHECK_I64(409, ask(FRONT_CONNECTOR_ROLLBACK, NULL), "it cannot read the state");
    stage_link_lose(next, true, 0);
    stage_drain();
    CHECK(link_of(CONNECT_ROLE_NEXT) == NULL, "nor by itself");
    CHECK_TEXT("", kept("rollout/market"), "it is watched no more");
    CHECK(has(kept("history/market"), "\"verb\":\"rollback_failed\",\"from\":\"new\",\"to\":\"old\",\"reason\":\"old cannot read the state that new writes"), "told");
    CHECK(has(life()->rollout_error, "cannot read the state"), "and shown");
}

static void a_full_disk_changes_nothing(void **state)
{
    struct connect_link *old = serve(), *next;

    (void)state;
    struct stage_request *asked = stage_ask(FRONT_CONNECTOR_UPGRADE, "market", NULL, "{\"module\":\"new\"}");
    stage_turn();
    stage_commit(true);
    CHECK_I64(503, asked->status, "told");
    CHECK_I64(ENGINE_ROLLOUT_NONE, life()->rollout.step, "not begun");
    CHECK(link_of(CONNECT_ROLE_NEXT) == NULL, "nothing starts");
    stage_drain();
    next = begin("{\"module\":\"new\"}");
    stage_link_ready(next);
    stage_turn();
    stage_commit(true);
    CHECK(link_of(CONNECT_ROLE_CURRENT) == old, "not switched");
    CHECK_I64(ENGINE_ROLLOUT_STARTING, life()->rollout.step, "still on its way");
    stage_drain();
    stage_tick();
    stage_drain();
    CHECK(link_of(CONNECT_ROLE_CURRENT) == next, "tried again");
}

static void a_rollback_leads_one_version_back(void **state)
{
    struct connect_link *old = serve(), *back;

    (void)state;
    CHECK_I64(202, ask(FRONT_CONNECTOR_ROLLBACK, "{\"reason\":\"worse\"}"), "to the configuration's version");
    back = link_of(CONNECT_ROLE_NEXT);
    CHECK_TEXT("market-1", back->module, "the one before");
    CHECK_I64(202, ask(FRONT_CONNECTOR_ROLLBACK, NULL), "said twice");
    CHECK_I64(409, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"new\"}"), "one at a time");
    stage_link_ready(back);
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_REVERTING, life()->rollout.step, "until the other has left");
    stage_link_lose(old, false, 0);
    stage_link_gone(old);
    stage_tick();
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_NONE, life()->rollout.step, "over");
    CHECK_I64(409, ask(FRONT_CONNECTOR_ROLLBACK, NULL), "there is none before it");
}

static struct stage_request *roll_back_while_it_switches(struct connect_link *next)
{
    stage_link_ready(next);
    stage_turn(); /* the switch is with the store */
    struct stage_request *asked = stage_ask(FRONT_CONNECTOR_ROLLBACK, "market", NULL, NULL);
    CHECK(!asked->is_answered, "nobody knows yet whether it has switched");
    CHECK_I64(ENGINE_ROLLOUT_STARTING, life()->rollout.step, "and people are not told that it has");
    return asked;
}

static void a_rollback_that_meets_the_switch_waits_for_it(void **state)
{
    struct connect_link *old = serve(), *next = begin("{\"module\":\"m-1\"}");
    struct stage_request *asked = roll_back_while_it_switches(next);

    (void)state;
    stage_commit(true);
    CHECK_I64(503, asked->status, "a full disk");
    CHECK(link_of(CONNECT_ROLE_CURRENT) == old, "nothing has switched");
    stage_link_lose(next, false, 0);
    asked = roll_back_while_it_switches(next);
    stage_commit(false);
    stage_drain();
    CHECK_I64(202, asked->status, "then it is answered");
    CHECK_I64(ENGINE_ROLLOUT_REVERTING, life()->rollout.step, "and leads back");
    CHECK_TEXT("old", link_of(CONNECT_ROLE_NEXT)->module, "to the version before");
}

static void a_rollback_of_what_has_not_switched_is_its_end(void **state)
{
    struct connect_link *old = serve(), *next = begin("{\"module\":\"new\"}");

    (void)state;
    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"new\"}"), "said twice");
    CHECK_I64(409, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"new\",\"config\":{\"x\":1}}"), "another");
    CHECK_I64(409, ask(FRONT_CONNECTOR_DRAIN, NULL), "not meanwhile");
    CHECK_I64(202, ask(FRONT_CONNECTOR_ROLLBACK, NULL), "given up");
    CHECK(next->is_unloading, "it goes");
    CHECK(link_of(CONNECT_ROLE_CURRENT) == old, "the present one stays");
    CHECK_TEXT("", kept("rollout/market"), "over");
    stage_link_gone(next);
}

static void refusals_come_before_acts(void **state)
{
    static const struct { enum front_route route; const char *body; int status; const char *why; } rows[] = {
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"missing\"}", 422, "no such module"},
        {FRONT_CONNECTOR_UPGRADE, "{}", 422, "no module"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"new\",\"config\":[]}", 422, "no object"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"new\",\"bake_ms\":-1}", 422, "below the watch's limit"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"new\",\"bake_ms\":86400001}", 422, "above it"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"new\",\"reason\":1}", 422, "no text"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"blind\"}", 409, "it cannot read the state"},
        {FRONT_CONNECTOR_LOAD, "{\"module\":\"blind\"}", 409, "nor by a PUT"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"plain\"}", 409, "it reads no state at all"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"greedy\"}", 409, "more capabilities, and nobody agreed"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"greedy\",\"approve\":false}", 409, "nobody agreed"},
        {FRONT_CONNECTOR_LOAD, "{\"module\":\"new\",\"department\":\"fire\"}", 409, "another department"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"old\"}", 202, "the same: nothing to do"},
        {FRONT_CONNECTOR_LOAD, "{\"module\":\"old\"}", 202, "the same"},
        {FRONT_CONNECTOR_ENABLE, NULL, 202, "it is"},
    };

    (void)state;
    serve();
    for (size_t i = 0; i < COUNT(rows); i++) {
        char before[4096];

        snprintf(before, sizeof(before), "%s", kept("history/market"));
        CHECK_I64(rows[i].status, ask(rows[i].route, rows[i].body), rows[i].why);
        CHECK_TEXT(before, kept("history/market"), rows[i].why);
        CHECK(link_of(CONNECT_ROLE_NEXT) == NULL, rows[i].why);
        CHECK_I64(ENGINE_ROLLOUT_NONE, life()->rollout.step, rows[i].why);
    }
    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"greedy\",\"approve\":true,\"bake_ms\":86400000}"), "agreed, and as long as it may be");
}

/* Between the look at it and its start somebody changed the module: what was agreed to is not what would run. */
static void what_was_changed_after_the_check_does_not_start(void **state)
{
    struct connect_link *old = serve();
    struct stage_request *asked = stage_ask(FRONT_CONNECTOR_UPGRADE, "market", NULL, "{\"module\":\"m-1\"}");

    (void)state;
    stage.module_bytes++;
    stage_drain();
    CHECK_I64(202, asked->status, "it had begun");
    CHECK(link_of(CONNECT_ROLE_NEXT) == NULL, "nothing of it runs");
    CHECK(link_of(CONNECT_ROLE_CURRENT) == old, "the present one stays");
    CHECK(has(kept("history/market"), "m-1 was changed"), "told");
    CHECK_TEXT("", kept("rollout/market"), "over");
}

static void a_plan_changes_nothing(void **state)
{
    static const struct { enum front_route route; const char *body, *says; } rows[] = {
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"greedy\"}", "\"capabilities\":{\"added\":[\"secret: api-token\",\"materials\"],\"removed\":[]}"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"new\"}", "\"state_schema\":{\"from\":{\"reads\":[1],\"writes\":1},\"to\":{\"reads\":[1,2],\"writes\":2}}"},
        {FRONT_CONNECTOR_ROLLBACK, NULL, "\"in_flight\":2,\"open\":4,"},
        {FRONT_CONNECTOR_DRAIN, NULL, "no more offers; new tasks wait for it"},
        {FRONT_CONNECTOR_DISABLE, NULL, "none goes to the worklist"},
        {FRONT_CONNECTOR_ENABLE, NULL, "\"dry_run\":true"},
        {FRONT_CONNECTOR_UNLOAD, NULL, "on the worklist"},
        {FRONT_CONNECTOR_LOAD, "{\"worklist\":true}", "on the worklist"},
    };
    static const struct front_identity admin = {.key_id = "admin", .roles = UINT32_MAX, .department = ""};

    (void)state;
    serve();
    char before[4096];
    snprintf(before, sizeof(before), "%s", kept("history/market"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage_request *asked = stage_ask_as(&admin, rows[i].route, "market", "dry_run=true", rows[i].body);

        stage_drain();
        CHECK_I64(200, asked->status, rows[i].says);
        CHECK(has(asked->answer, rows[i].says), asked->answer);
        CHECK(has(asked->answer, "\"plan\":[\""), asked->answer);
        CHECK(link_of(CONNECT_ROLE_NEXT) == NULL && !link_of(CONNECT_ROLE_CURRENT)->is_unloading, "nothing is done");
        CHECK_TEXT(before, kept("history/market"), "nor kept");
    }
}

static void drained_it_is_offered_nothing_and_keeps_what_it_has(void **state)
{
    struct connect_link *old = serve();

    (void)state;
    CHECK_I64(202, ask(FRONT_CONNECTOR_DRAIN, "{\"reason\":\"their system is being serviced\"}"), "drain");
    CHECK_I64(202, ask(FRONT_CONNECTOR_DRAIN, NULL), "said twice");
    stage_report(old, BASE_ITEM_GIVE_BACK, handle(3), "{}");
    stage_report(old, BASE_ITEM_OPINION, handle(4), "{\"opinion\":\"approve\"}");
    submit(2);
    stage_link_settle(old);
    CHECK_I64(CONNECT_DRAINED, old->state, "drained");
    stage_restart(false);
    old = stage_link("market");
    CHECK_I64(CONNECT_WISH_DRAIN, old->wish, "after a restart, too");
    stage_link_ready(old);
    stage_drain();
    check_task(1, CORE_TASK_ACCEPTED, old->epoch, "what it accepted is resumed");
    check_task(3, CORE_TASK_QUEUED, 0, "the others wait");
    check_task(5, CORE_TASK_QUEUED, 0, "the others wait");
    CHECK_I64(202, ask(FRONT_CONNECTOR_ENABLE, NULL), "enable");
    stage_link_settle(old);
    stage_link_ready(old);
    old->credits = 8;
    stage_drain();
    stage.monotonic_ms += 5000;
    stage_tick();
    stage_rooms();
    stage_drain();
    check_task(3, CORE_TASK_OFFERED, old->epoch, "and are offered now");
    check_task(6, CORE_TASK_OFFERED, old->epoch, "and are offered now");
}

static void disabled_its_tasks_wait_for_it(void **state)
{
    struct connect_link *old = serve();

    (void)state;
    CHECK_I64(202, ask(FRONT_CONNECTOR_DISABLE, NULL), "disable");
    stage_link_settle(old);
    CHECK_I64(CONNECT_DISABLED, old->state, "no session");
    submit(1);
    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"m-1\"}"), "its version may be changed");
    stage_link_gone(link_of(CONNECT_ROLE_LEAVING));
    CHECK_TEXT("m-1", stage_link("market")->module, "at once: there is nobody to wait for");
    CHECK_I64(CONNECT_DISABLED, stage_link("market")->state, "and it rests");
    stage_tick();
    CHECK_I64(202, ask(FRONT_CONNECTOR_ROLLBACK, NULL), "and changed back");
    stage_link_gone(link_of(CONNECT_ROLE_LEAVING));
    CHECK_TEXT("old", stage_link("market")->module, "at once");
    stage_tick();
    stage_drain();
    CHECK_TEXT("", kept("rollout/market"), "over");
    stage_restart(false);
    old = stage_link("market");
    CHECK_I64(CONNECT_DISABLED, old->state, "after a restart, too");
    stage_drain();
    CHECK(!task_of(5).is_by_officer, "nothing goes to the worklist");
    CHECK_I64(CORE_TASK_QUEUED, task_of(5).state, "it waits");
    CHECK_I64(202, ask(FRONT_CONNECTOR_ENABLE, NULL), "enable");
    stage_link_ready(old);
    old->credits = 8;
    stage_drain();
    check_task(1, CORE_TASK_ACCEPTED, old->epoch, "what it had is resumed");
    check_task(5, CORE_TASK_OFFERED, old->epoch, "what waited is offered");
}

static void a_route_goes_to_officers_and_to_a_remote_connector(void **state)
{
    struct connect_link *old = serve(), *remote;

    (void)state;
    CHECK_I64(202, ask(FRONT_CONNECTOR_LOAD, "{\"remote\":{\"submit_dedupe\":\"native\"}}"), "from a module");
    remote = link_of(CONNECT_ROLE_NEXT);
    check_task(1, CORE_TASK_ACCEPTED, old->epoch, "until it has come, the module serves");
    stage_link_ready(remote);
    stage_drain();
    check_task(1, CORE_TASK_ACCEPTED, remote->epoch, "it took over");
    CHECK(has(kept("connector/market"), "\"remote\":{\"submit_dedupe\":\"native\"}"), "kept");
    stage_report(old, BASE_ITEM_OPINION, handle(3), "{\"opinion\":\"approve\"}");
    stage_report(old, BASE_ITEM_OPINION, handle(4), "{\"opinion\":\"approve\"}");
    stage_drain();
    stage_link_lose(old, false, 0);
    stage_link_gone(old);
    CHECK_I64(202, ask(FRONT_CONNECTOR_LOAD, "{\"worklist\":true}"), "to the officers");
    CHECK_I64(202, ask(FRONT_CONNECTOR_LOAD, "{\"worklist\":true}"), "said twice");
    stage_link_lose(remote, false, 0);
    stage_link_gone(remote);
    stage_drain();
    CHECK(task_of(1).is_by_officer, "they have what was accepted");
    CHECK_I64(CORE_TASK_ACCEPTED, task_of(1).state, "as it was");
    CHECK_TEXT("", kept("rollout/market"), "nothing is under way");
    CHECK_TEXT("", kept("versions/market"), "and its versions are forgotten");
    CHECK_I64(202, ask(FRONT_CONNECTOR_LOAD, "{\"module\":\"new\"}"), "and back to a module");
    CHECK_TEXT("new", stage_link("market")->module, "loaded");
}

/* Their program comes by itself, once, and to whoever has the route. */
static void from_remote_to_remote_the_route_changes_at_once(void **state)
{
    struct connect_link *old = serve(), *first, *second;

    (void)state;
    CHECK_I64(202, ask(FRONT_CONNECTOR_LOAD, "{\"remote\":{}}"), "remote");
    first = link_of(CONNECT_ROLE_NEXT);
    stage_link_ready(first);
    stage_drain();
    stage_link_lose(old, false, 0);
    stage_link_gone(old);
    stage_tick();
    stage.monotonic_ms += ENGINE_BAKE_MS;
    stage_tick();
    stage_drain();
    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, "{\"remote\":{\"credits\":9}}"), "with more credits");
    second = link_of(CONNECT_ROLE_CURRENT);
    CHECK(second != first && second->epoch == 0, "it has the route before anybody came");
    check_task(1, CORE_TASK_ACCEPTED, first->epoch, "and the former session what it had");
    stage_link_lose(first, false, 0);
    stage_link_gone(first);
    stage_link_ready(second);
    stage_drain();
    check_task(1, CORE_TASK_ACCEPTED, second->epoch, "until the program says hello anew");
}

/* Three are kept, and 64 acts; the journal has them all. */
static void what_is_kept_is_bounded(void **state)
{
    static const char *const modules[] = {"old", "m-0", "m-1", "m-2", "m-3"};
    unsigned count = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(modules); i++) {
        char body[64];

        snprintf(body, sizeof(body), "{\"module\":\"%s\",\"bake_ms\":0}", modules[i]);
        CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, body), modules[i]);
        stage_link_ready(link_of(CONNECT_ROLE_NEXT));
        stage_drain();
        stage_link_gone(link_of(CONNECT_ROLE_LEAVING));
        stage_tick();
        stage_drain();
    }
    CHECK_I64(ENGINE_VERSIONS_MAX, life()->version_count, "the limit");
    CHECK_TEXT("m-3", life()->versions[0].module, "the present one first");
    CHECK_TEXT("m-1", life()->versions[2].module, "the third");
    for (unsigned i = 0; i < ENGINE_HISTORY_MAX; i++)
        CHECK_I64(202, ask(i % 2 == 0 ? FRONT_CONNECTOR_DRAIN : FRONT_CONNECTOR_ENABLE, NULL), "one act more");
    for (const char *at = kept("history/market"); (at = strstr(at, "\"verb\"")) != NULL; at++)
        count++;
    CHECK(count <= ENGINE_HISTORY_MAX, "the limit");
    CHECK_I64(ENGINE_HISTORY_MAX, life()->history_count, "as many");
    CHECK(!has(life()->history[0], "upgrade"), "the oldest went");
}

/* T-6: in hand at two crashes. The hub itself may have been started anew between them. */
static void a_task_in_hand_at_two_crashes_is_parked_and_the_module_lives(void **state)
{
    struct connect_link *old = serve();

    (void)state;
    stage_link_lose(old, true, handle(3));
    stage_drain();
    CHECK_I64(1, task_of(3).crashes, "counted before anybody gets it again");
    stage_restart(false);
    old = stage_link("market");
    stage_link_ready(old);
    stage.monotonic_ms += 5000;
    old->credits = 8;
    stage_tick();
    stage_rooms();
    stage_drain();
    check_task(3, CORE_TASK_OFFERED, old->epoch, "once more");
    stage_link_lose(old, true, handle(3));
    stage_drain();
    check_task(3, CORE_TASK_PARKED, 0, "and not again");
    CHECK_I64(CORE_PARK_POISON, task_of(3).park_reason, "with its reason");
    stage_link_ready(old);
    stage_drain();
    CHECK_I64(CONNECT_ACTIVE, old->state, "the module lives");
    check_task(1, CORE_TASK_ACCEPTED, old->epoch, "and so do the others");
}

static void a_crash_while_the_next_session_crashes_is_counted_too(void **state)
{
    struct connect_link *old = serve();

    (void)state;
    stage_link_lose(old, true, handle(3));
    stage_link_ready(old);
    stage_link_lose(old, true, handle(4)); /* before its scan came to the first */
    stage_drain();
    CHECK_I64(1, task_of(3).crashes, "the first");
    CHECK_I64(0, task_of(4).crashes, "that session never had it");
    stage_link_ready(old);
    stage_link_lose(old, true, base_task_handle(999, 63)); /* what a module writes there is its own affair */
    stage_drain();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_given_before_the_switch_is_durable, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(an_opinion_belongs_to_the_department, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_it_never_answered_is_settled_when_it_has_left, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_version_that_told_no_repeats_apart_leaves_them_to_officers, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(one_that_does_not_start_leaves_the_present_one, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_crash_while_it_is_watched_leads_back, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(more_failures_than_before_lead_back, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(as_many_failures_as_before_are_no_reason, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_restart_reverts_or_goes_on, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(one_that_cannot_start_with_the_hub_is_not_given_up, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(one_that_is_watched_and_cannot_start_with_the_hub_leads_back, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_was_accepted_does_not_wait_behind_a_backlog, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(where_it_cannot_go_back_people_are_told, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_full_disk_changes_nothing, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_rollback_leads_one_version_back, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_rollback_that_meets_the_switch_waits_for_it, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_rollback_of_what_has_not_switched_is_its_end, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(refusals_come_before_acts, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_was_changed_after_the_check_does_not_start, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_plan_changes_nothing, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(drained_it_is_offered_nothing_and_keeps_what_it_has, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(disabled_its_tasks_wait_for_it, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_route_goes_to_officers_and_to_a_remote_connector, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(from_remote_to_remote_the_route_changes_at_once, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_is_kept_is_bounded, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_task_in_hand_at_two_crashes_is_parked_and_the_module_lives, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_crash_while_the_next_session_crashes_is_counted_too, open_stage, close_stage),
    };

    base_log_init("engine_rollout_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
