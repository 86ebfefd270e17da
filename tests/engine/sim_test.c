/* SPDX-License-Identifier: Apache-2.0 */
/* Random lives of many applications: people, departments, time, a full disk and death of
 * the process in any order between any two writes. After each life all is healed, and
 * then nothing may be lost: every application comes to its end. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/recount.h"
#include "engine/replay.h"
#include "engine/sim_parts.h"
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

static void people_act(void (*act)(const char *number))
{
    const struct known *known = any_known();

    if (known != NULL)
        act(known->number);
}

/* Somebody tries numbers that were not given yet. */
static void stranger_acts(void)
{
    char number[BASE_NUMBER_SIZE];

    base_number_format(stage.engine->application_next + stage_roll(2) - (stage.engine->application_next > 1 ? 1 : 0),
                       stage.engine->now.day, number);
    stage_ask(stage_roll(2) == 0 ? FRONT_APPLICATION_WITHDRAW : FRONT_APPLICATION_SHOW, number, NULL, NULL);
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
        people_act(dice < 45 ? sim_desk_acts : sim_officer_acts);
    else if (dice < 58)
        stranger_acts();
    else if (dice < 110)
        sim_department_acts();
    else if (dice < 119)
        sim_session_acts();
    else if (dice < 122)
        sim_admin_acts();
    else if (dice < 124)
        time_passes();
    else if (dice < 150)
        stage_job();
    else if (dice < 155)
        stage_tick();
    else if (dice < 156)
        stage_restart(stage_roll(2) == 0);
    else if (dice < 157)
        stage_drain();
    else if (dice < 158)
        sim_calendar_amended();
    else if (dice < 175)
        stage_commit(stage_roll(15) == 0);
    else
        stage_turn();
    if (dice < 118 && stage_roll(3) == 0)
        stage_rooms();
}

/* -- Healing: everybody does what is due, nothing breaks any more -- */

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

    if (core->status == CORE_STATUS_RECEIVED)
        stage_ask(FRONT_APPLICATION_CHECK, known->number, NULL, "{\"outcome\":\"complete\"}");
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
            sim_heal_link(link);
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

/* Whatever was due was looked at, and is not looked at for ever. */
static void check_nothing_due(void)
{
    for (unsigned i = 0; i < HEAL_ROUNDS && (stage.engine->is_waking || stage.engine->wake_next <= stage.engine->now.ms / 60000); i++) {
        stage_tick();
        stage_drain();
    }
    for (size_t i = 0; i < life.known_count; i++) {
        struct engine_application *application = stage_read(life.known[i].id);
        struct core_wake wake = core_application_wake(application->core);

        CHECK(!core_wake_is_due(&wake, &stage.engine->now), "nothing is due any more");
        engine_application_destroy(application);
    }
}

static void check_nothing_left(void)
{
    stage_drain();
    check_nothing_due();
    look_at_answers();
    CHECK_I64(stage.request_count, life.seen, "every request is answered");
    CHECK_I64(0, stage.engine->submits_unsettled, "no submission is counted for ever");
    CHECK_I64(0, stage.engine->jobs_open, "no read is counted for ever");
    CHECK_I64(0, stage.engine->load_count, "no load is counted for ever");
    for (size_t i = 0; i < stage.engine->department_count; i++) {
        CHECK_I64(0, stage.engine->departments[i]->reserved, "no place is reserved for ever");
        CHECK_I64(0, stage.engine->departments[i]->leaving, "no link leaves for ever");
    }
    sim_check_connectors();
    for (struct connect_link *link = connect_first(stage.connect); link != NULL; link = connect_next(link)) {
        CHECK_I64(0, link->in_hand, "no credit is kept for ever");
        for (size_t i = 0; i < STAGE_REPORTS_MAX; i++)
            CHECK(!link->tokens[i].is_open, "every report is answered");
    }
}

static uint64_t live(uint64_t seed, unsigned steps)
{
    memset(&life, 0, sizeof(life));
    stage_open_text(seed, sim_catalog(0));
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
    uint64_t offers = 0, resumes = 0, releases = 0, full = 0, applications = 0, jobs = 0;

    (void)state;
    for (unsigned seed = first; seed < first + count; seed++) {
        if (getenv("OD_SIM_SEED") != NULL || getenv("OD_SIM_SEEDS") != NULL)
            fprintf(stderr, "seed %u\n", seed);
        live(seed, steps);
        offers += stage.offers;
        resumes += stage.resumes;
        releases += stage.releases;
        full += stage.full_count;
        applications += life.known_count;
        jobs += stage.jobs_run;
    }
    if (count < SEEDS)
        return;
    CHECK(applications > count * 10, "many applications lived");
    CHECK(offers > applications, "most were offered to departments");
    CHECK(resumes > 0, "some were resumed");
    CHECK(releases > 0, "some were handed over by another version");
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
        {143, STEPS, "an upgrade that met a disable on its way to the disk"},
        {446, STEPS, "a report of a version that has no route yet"},
        {1015, STEPS, "a switch that followed an unload into the store"},
        {1788, STEPS, "a rollback completed at a start, and a full disk"},
        {4557, STEPS, "a scan that passed by when its session went"},
        {5393, STEPS, "a full disk after an unload"},
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
