/* SPDX-License-Identifier: Apache-2.0 */
/* Random lives of many applications: people, departments, time, a full disk and death of
 * the process in any order between any two writes. After each life all is healed, and
 * then nothing may be lost: every application comes to its end. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/recount.h"
#include "engine/replay.h"
#include "engine/stage.h"
#include "lib/check.h"

#define SEEDS 40
#define STEPS 600
#define APPLICATIONS_MAX 512
#define HEAL_ROUNDS 400

struct known {
    uint64_t id;
    char number[BASE_NUMBER_SIZE], key[32];
    unsigned variant;
};

struct life {
    struct known known[APPLICATIONS_MAX]; /* acknowledged */
    size_t known_count;
    size_t seen;  /* answers looked at */
    size_t asked; /* keys used */
    bool is_full;
};

static struct life life;

/* -- What people do -- */

static void put_body(char *body, size_t room, unsigned variant)
{
    static const char *const materials[] = {
        "[{\"material\":\"id-copy\"},{\"material\":\"plan\"},{\"material\":\"certificate\"}]",
        "[{\"material\":\"id-copy\"}]", /* incomplete */
    };

    if (variant % 4 != 0)
        snprintf(body, room, "{\"service\":\"open-cafe\",\"applicant\":{\"kind\":\"person\",\"name\":\"Li %u\"},"
                             "\"channel\":\"window\",\"window\":\"%u\","
                             "\"form\":{\"area_m2\":%u,\"title\":\"t\"%s},\"materials\":%s}",
                 variant, variant % 11, variant % 3 == 0 ? 100 : 312, variant % 5 == 0 ? ",\"foods\":[\"hot\"]" : "", materials[variant % 7 == 0]);
    else
        snprintf(body, room, "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li %u\"},\"form\":{},"
                             "\"materials\":[{\"material\":\"id-copy\"}]}", variant);
}

static void submit(void)
{
    char body[1024], key[32];
    unsigned serial = (unsigned)(life.asked > 0 && stage_roll(5) == 0 ? stage_roll((uint32_t)life.asked) : life.asked++);
    unsigned variant = serial * 7919 % 997;

    if (life.known_count + 64 > APPLICATIONS_MAX)
        return;
    snprintf(key, sizeof(key), "key-%u", serial);
    put_body(body, sizeof(body), variant + (stage_roll(12) == 0)); /* now and then a key with another body */
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, key, body);
}

static const struct known *any_known(void)
{
    return life.known_count > 0 ? &life.known[stage_roll((uint32_t)life.known_count)] : NULL;
}

static void applicant_acts(void)
{
    const struct known *known = any_known();
    static const char *const supplements[] = {
        "{\"materials\":[{\"material\":\"plan\"},{\"material\":\"certificate\"}]}", "{\"materials\":[{\"material\":\"plan\"}]}",
        "{\"text\":\"as you asked\"}"};

    if (known == NULL)
        return;
    switch (stage_roll(6)) {
    case 0: stage_ask(FRONT_APPLICATION_WITHDRAW, known->number, NULL, "{\"reason\":\"no longer\"}"); break;
    case 1: stage_ask(FRONT_APPLICATION_DELIVERY, known->number, NULL, NULL); break;
    case 2: stage_ask(FRONT_APPLICATION_SHOW, known->number, NULL, NULL); break;
    default: stage_ask(FRONT_APPLICATION_SUPPLEMENT, known->number, NULL, supplements[stage_roll(3)]); break;
    }
}

static void officer_acts(void)
{
    static const struct { enum front_route route; const char *body; } acts[] = {
        {FRONT_TASK_TAKE, NULL},
        {FRONT_TASK_OPINION, "{\"opinion\":\"approve\"}"},
        {FRONT_TASK_OPINION, "{\"opinion\":\"reject\",\"reasons\":[\"r\"]}"},
        {FRONT_TASK_PAUSE, "{\"kind\":\"inspection\"}"},
        {FRONT_TASK_RESUME, NULL},
        {FRONT_TASK_ASK, "{\"text\":\"more\"}"},
        {FRONT_TASK_REQUEUE, NULL},
    };
    const struct known *known = any_known();
    char task[BASE_NUMBER_SIZE + 8];
    unsigned act = stage_roll(COUNT(acts));

    if (known == NULL)
        return;
    snprintf(task, sizeof(task), "%s.%u", known->number, 1 + stage_roll(5));
    stage_ask(acts[act].route, task, NULL, acts[act].body);
}

/* Somebody tries numbers that were not given yet. */
static void stranger_acts(void)
{
    char number[BASE_NUMBER_SIZE];

    base_number_format(stage.engine->application_next + stage_roll(2) - (stage.engine->application_next > 1 ? 1 : 0),
                       stage.engine->now.day, number);
    stage_ask(stage_roll(2) == 0 ? FRONT_APPLICATION_WITHDRAW : FRONT_APPLICATION_SHOW, number, NULL, NULL);
}

/* -- What departments do -- */

static struct connect_link *any_link(void)
{
    struct connect_link *link = connect_first(stage.connect);

    for (uint32_t skip = stage_roll(3); link != NULL && skip > 0 && connect_next(link) != NULL; skip--)
        link = connect_next(link);
    return link;
}

static void report_any(struct connect_link *link, uint64_t handle)
{
    static const struct { uint8_t kind; const char *payload; } reports[] = {
        {BASE_ITEM_ACCEPT, "{\"external_ref\":\"F-1\"}"},
        {BASE_ITEM_ACCEPT, "{}"},
        {BASE_ITEM_ACCEPT, "{\"external_ref\":\"F-1\"}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"approve\",\"external_ref\":\"F-1\"}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"approve\"}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"reject\",\"reasons\":[\"r\"]}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"approve_with_conditions\",\"conditions\":[\"c\"]}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"not_applicable\"}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"reject\"}"},
        {BASE_ITEM_FAIL, "{\"effect\":\"none\"}"},
        {BASE_ITEM_FAIL, "{\"effect\":\"done\",\"external_ref\":\"F-2\"}"},
        {BASE_ITEM_FAIL, "{\"effect\":\"unknown\"}"},
        {BASE_ITEM_FAIL, "{\"effect\":\"none\",\"retry_after_ms\":-2}"},
        {BASE_ITEM_GIVE_BACK, "{}"},
        {BASE_ITEM_NEED_INPUT, "{\"text\":\"more\"}"},
        {BASE_ITEM_PAUSE, "{\"kind\":\"inspection\"}"},
        {BASE_ITEM_UNPAUSE, "{}"},
        {BASE_ITEM_PROGRESS, "{\"text\":\"half\"}"},
        {BASE_ITEM_CHECKPOINT, "{\"checkpoint\":\"YWJj\"}"},
        {BASE_ITEM_CANCELLED, "{}"},
        {BASE_ITEM_ACCEPT, "[]"},
        {99, "{}"},
    };
    unsigned any = stage_roll(COUNT(reports));

    stage_report(link, reports[any].kind, handle, reports[any].payload);
}

static void department_acts(void)
{
    struct connect_link *link = any_link();

    if (link == NULL || link->epoch == 0)
        return;
    if (stage_roll(40) == 0) { /* what it was never given, or does not exist yet */
        report_any(link, base_task_handle(1 + stage_roll((uint32_t)stage.engine->application_next + 1), stage_roll(4)));
        return;
    }
    if (link->held_count == 0)
        return;
    struct stage_held *held = &link->held[stage_roll((uint32_t)link->held_count)];
    if (held->holding != STAGE_ENDED || stage_roll(4) == 0)
        report_any(link, held->handle);
}

static void session_acts(void)
{
    struct connect_link *link = any_link();
    uint64_t in_hand = 0;

    if (link == NULL)
        return;
    if (link->is_unloading && stage_roll(2) == 0) {
        stage_link_lose(link, false, 0);
        stage_link_gone(link);
    } else if (link->epoch == 0 && !link->is_unloading) {
        stage_link_ready(link);
    } else if (link->epoch != 0 && stage_roll(4) == 0) {
        if (link->held_count > 0)
            in_hand = link->held[stage_roll((uint32_t)link->held_count)].handle;
        stage_link_lose(link, stage_roll(2) == 0, in_hand);
    } else if (link->epoch != 0) {
        link->outbox_left = stage_roll(3) == 0 ? stage_roll(4) : UINT32_MAX;
        link->is_put_refused = true;
    }
}

static void admin_acts(void)
{
    static const char *const ids[] = {"fire", "market", "health"};
    const char *id = ids[stage_roll(3)];

    if (stage_roll(2) == 0)
        stage_ask(FRONT_CONNECTOR_UNLOAD, id, NULL, NULL);
    else
        stage_ask(FRONT_CONNECTOR_LOAD, id, NULL, "{\"module\":\"m-1\"}");
}

/* -- What is seen -- */

static uint64_t number_in(const char *answer, char number[BASE_NUMBER_SIZE])
{
    struct base_json_error error;
    struct base_json *root = NULL;
    uint64_t id = 0;
    int32_t day;

    CHECK_I64(OD_OK, base_json_parse(answer, strlen(answer), &root, &error), answer);
    const char *text = base_json_member_text(root, "number");
    CHECK(text != NULL && base_number_parse(text, &id, &day) == OD_OK, answer);
    snprintf(number, BASE_NUMBER_SIZE, "%s", text);
    base_json_destroy(root);
    return id;
}

static void acknowledge(const struct stage_request *asked)
{
    struct known *known = &life.known[life.known_count];
    struct engine_application *stored;

    CHECK(life.known_count < APPLICATIONS_MAX, "room for what the test remembers");
    known->id = number_in(asked->answer, known->number);
    snprintf(known->key, sizeof(known->key), "%s", asked->key);
    stored = stage_read(known->id);
    CHECK(stored != NULL, "told before it was durable");
    engine_application_destroy(stored);
    for (size_t i = 0; i < life.known_count; i++) {
        bool is_same_key = strcmp(life.known[i].key, known->key) == 0;

        CHECK_I64(is_same_key, life.known[i].id == known->id, "one key, one application, always");
        if (is_same_key)
            return;
    }
    life.known_count++;
}

static void look_at_answers(void)
{
    size_t seen = life.seen;

    for (; seen < stage.request_count; seen++) {
        const struct stage_request *asked = stage.requests[seen];

        if (!asked->is_answered)
            break; /* the others when it is answered */
        if (asked->request.route == FRONT_APPLICATION_SUBMIT && asked->status == 201)
            acknowledge(asked);
        stage.shed += asked->status == 503;
    }
    life.seen = seen;
}

/* -- One life -- */

static void time_passes(void)
{
    static const int64_t jumps_ms[] = {1000, 60000, 3600000, 86400000, 5 * INT64_C(86400000)};
    int64_t jump_ms = jumps_ms[stage_roll(40) < 3 ? 4 : stage_roll(4)];

    stage_wait(jump_ms);
    stage.monotonic_ms += jump_ms;
    stage_tick();
}

static void step(void)
{
    uint32_t dice = stage_roll(200);

    if (dice < 30)
        submit();
    else if (dice < 40)
        applicant_acts();
    else if (dice < 55)
        officer_acts();
    else if (dice < 58)
        stranger_acts();
    else if (dice < 110)
        department_acts();
    else if (dice < 118)
        session_acts();
    else if (dice < 120)
        admin_acts();
    else if (dice < 124)
        time_passes();
    else if (dice < 150)
        stage_job();
    else if (dice < 155)
        stage_tick();
    else if (dice < 156)
        stage_restart(stage_roll(2) == 0);
    else if (dice < 158)
        stage_drain();
    else if (dice < 175)
        stage_commit(stage_roll(15) == 0);
    else
        stage_turn();
    if (dice < 118 && stage_roll(3) == 0)
        stage_rooms();
}

/* -- Healing: everybody does what is due, nothing breaks any more -- */

static void heal_link(struct connect_link *link)
{
    if (link->is_unloading) {
        stage_link_lose(link, false, 0);
        stage_link_gone(link);
        return;
    }
    if (link->epoch == 0)
        stage_link_ready(link);
    link->outbox_left = UINT32_MAX;
    link->is_put_refused = true;
    for (size_t i = 0; i < link->held_count; i++) {
        struct stage_held *held = &link->held[i];

        if (held->holding == STAGE_OFFERED)
            stage_report(link, BASE_ITEM_ACCEPT, held->handle, "{}");
        else if (held->holding == STAGE_ACCEPTED)
            stage_report(link, BASE_ITEM_OPINION, held->handle, "{\"opinion\":\"approve\",\"external_ref\":\"F-1\"}");
        else if (held->holding == STAGE_PAUSED)
            stage_report(link, BASE_ITEM_UNPAUSE, held->handle, "{}");
        else if (held->holding == STAGE_CANCELLING)
            stage_report(link, BASE_ITEM_CANCELLED, held->handle, "{}");
    }
}

static void heal_task(const struct known *known, const struct core_task *task, unsigned index)
{
    char number[BASE_NUMBER_SIZE + 8];

    snprintf(number, sizeof(number), "%s.%u", known->number, index + 1);
    if (!task->is_by_officer && task->state != CORE_TASK_PARKED)
        return;
    if (task->state == CORE_TASK_PAUSED)
        stage_ask(FRONT_TASK_RESUME, number, NULL, NULL);
    else if (core_task_is_open(task))
        stage_ask(FRONT_TASK_OPINION, number, NULL, "{\"opinion\":\"approve\"}");
}

static bool heal_application(const struct known *known)
{
    struct engine_application *application = stage_read(known->id);
    const struct core_application *core = application->core;
    bool is_waiting = core->status == CORE_STATUS_INCOMPLETE, is_open = core_application_is_open(core);

    for (unsigned i = 0; i < core->task_count; i++) {
        is_waiting = is_waiting || core->tasks[i].state == CORE_TASK_WAITING_APPLICANT;
        is_open = is_open || engine_task_is_owed(&core->tasks[i]);
        heal_task(known, &core->tasks[i], i);
    }
    /* A service takes the materials that it knows: the cafe all of them, the stand the last. */
    if (is_waiting) {
        stage_ask(FRONT_APPLICATION_SUPPLEMENT, known->number, NULL, "{\"materials\":[{\"material\":\"plan\"},{\"material\":\"certificate\"},"
                                                                     "{\"material\":\"id-copy\"}]}");
        stage_ask(FRONT_APPLICATION_SUPPLEMENT, known->number, NULL, "{\"materials\":[{\"material\":\"id-copy\"}]}");
    }
    engine_application_destroy(application);
    return is_open;
}

static void heal(void)
{
    bool is_open = true;

    /* Quiet for some rounds: what was stored and never acknowledged goes its way, too. */
    for (int round = 0, quiet = 0; quiet < 8 && round < HEAL_ROUNDS; round++) {
        stage_drain();
        look_at_answers();
        is_open = false;
        for (struct connect_link *link = connect_first(stage.connect), *next; link != NULL; link = next) {
            next = connect_next(link);
            is_open = is_open || link->in_hand > 0;
            heal_link(link);
        }
        for (size_t i = 0; i < life.known_count; i++)
            is_open = heal_application(&life.known[i]) || is_open;
        quiet = is_open ? 0 : quiet + 1;
        stage.monotonic_ms += 60000; /* retries, but no civil day: nothing is deemed to be over */
        stage_tick();
    }
    for (size_t i = 0; is_open && i < life.known_count; i++)
        replay_tell_open(life.known[i].id);
    CHECK(!is_open, "a task was lost: nobody works on it any more");
}

static void check_nothing_left(void)
{
    stage_drain();
    look_at_answers();
    CHECK_I64(stage.request_count, life.seen, "every request is answered");
    CHECK_I64(0, stage.engine->submits_unsettled, "no submission is counted for ever");
    CHECK_I64(0, stage.engine->jobs_open, "no read is counted for ever");
    CHECK_I64(0, stage.engine->load_count, "no load is counted for ever");
    for (size_t i = 0; i < stage.engine->department_count; i++)
        CHECK_I64(0, stage.engine->departments[i]->reserved, "no place is reserved for ever");
    for (struct connect_link *link = connect_first(stage.connect); link != NULL; link = connect_next(link)) {
        CHECK_I64(0, link->in_hand, "no credit is kept for ever");
        for (size_t i = 0; i < STAGE_REPORTS_MAX; i++)
            CHECK(!link->tokens[i].is_open, "every report is answered");
    }
}

static uint64_t live(uint64_t seed, unsigned steps)
{
    memset(&life, 0, sizeof(life));
    stage_open(seed);
    for (unsigned i = 0; i < steps; i++) {
        step();
        look_at_answers();
    }
    heal();
    check_nothing_left();
    for (size_t i = 0; i < life.known_count; i++)
        replay_check(life.known[i].id);
    recount_check();
    uint64_t trace = stage.trace;
    stage_close();
    return trace;
}

static unsigned setting(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void test_lives(void **state)
{
    unsigned first = setting("OD_SIM_SEED", 1), count = setting("OD_SIM_SEEDS", SEEDS), steps = setting("OD_SIM_STEPS", STEPS);
    uint64_t offers = 0, resumes = 0, full = 0, applications = 0, jobs = 0;

    (void)state;
    for (unsigned seed = first; seed < first + count; seed++) {
        if (getenv("OD_SIM_SEED") != NULL || getenv("OD_SIM_SEEDS") != NULL)
            fprintf(stderr, "seed %u\n", seed);
        live(seed, steps);
        offers += stage.offers;
        resumes += stage.resumes;
        full += stage.full_count;
        applications += life.known_count;
        jobs += stage.jobs_run;
    }
    if (count < SEEDS)
        return;
    CHECK(applications > count * 10, "many applications lived");
    CHECK(offers > applications, "most were offered to departments");
    CHECK(resumes > 0, "some were resumed");
    CHECK(full > count, "the disk was full now and then");
    CHECK(jobs > applications, "some came from the disk");
}

/* Lives in which something was lost once. */
static void test_remembered_lives(void **state)
{
    static const struct { unsigned seed, steps; const char *why; } rows[] = {
        {92, STEPS, "an item met a full outbox"},
        {204, 1500, "a load that a full disk undid"},
        {630, STEPS, "a department that never had a connector"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        live(rows[i].seed, rows[i].steps);
}

static void test_same_seed_same_trace(void **state)
{
    (void)state;
    uint64_t trace = live(5, STEPS);
    CHECK(trace == live(5, STEPS), "the same seed gives the same run");
    CHECK(trace != live(6, STEPS), "another seed gives another");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lives),
        cmocka_unit_test(test_remembered_lives),
        cmocka_unit_test(test_same_seed_same_trace),
    };

    base_log_init("engine_sim_test", NULL, getenv("OD_SIM_TRACE") != NULL ? BASE_LOG_ERROR : BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
