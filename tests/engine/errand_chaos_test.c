/* SPDX-License-Identifier: Apache-2.0 */
/* Messages while everything dies: sessions, the hub, the disk that is full. Whatever happens, each notice that is on the disk
 * has one message, each message comes to one end, and no session has one twice (the stage looks). Same seed, same run. */
#include <stdio.h>

#include "catalog/fixture.h"
#include "engine/message.h"
#include "engine/stage.h"
#include "lib/check.h"

#define SEEDS 40
#define STEPS 2000
#define STAND                                                                                                                    \
    "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\",\"phone\":\"110\",\"email\":\"li@example.org\"},\"form\":{}," \
    "\"materials\":[{\"material\":\"id-copy\"}]}"
#define MESSAGES_MAX 512

static const char *const ids[] = {"sms", "email"};

/* A word of the session about something that it was given. */
static void say(struct connect_link *link)
{
    static const char *const ends[] = {"{\"opinion\":\"approve\"}", "{\"opinion\":\"not_applicable\"}", "{\"opinion\":\"reject\",\"reasons\":[\"no\"]}"};
    static const char *const fails[] = {"{\"effect\":\"none\",\"code\":\"x\"}", "{\"effect\":\"unknown\",\"code\":\"x\"}", "{\"effect\":\"done\",\"code\":\"x\"}"};

    if (link->held_count == 0 || link->epoch == 0)
        return;
    const struct stage_held *held = &link->held[stage_roll((uint32_t)link->held_count)];
    if (!engine_errand_is(held->handle) || (held->holding != STAGE_OFFERED && held->holding != STAGE_ACCEPTED))
        return;
    switch (stage_roll(6)) {
    case 0:
    case 1:
        if (held->holding == STAGE_OFFERED)
            stage_report(link, BASE_ITEM_ACCEPT, held->handle, "{\"external_ref\":\"G\"}");
        break;
    case 2: stage_report(link, BASE_ITEM_OPINION, held->handle, ends[stage_roll(3)]); break;
    case 3: stage_report(link, BASE_ITEM_FAIL, held->handle, fails[stage_roll(held->holding == STAGE_OFFERED ? 2 : 3)]); break;
    case 4: stage_report(link, BASE_ITEM_PROGRESS, held->handle, "{\"text\":\"on its way\"}"); break;
    default:
        if (held->holding == STAGE_OFFERED)
            stage_report(link, BASE_ITEM_GIVE_BACK, held->handle, "{}");
        break;
    }
}

static void come_or_go(struct connect_link *link)
{
    if (link == NULL || link->is_unloading)
        return;
    if (link->epoch == 0) {
        stage_link_ready(link);
        link->credits = 1 + stage_roll(4);
    } else if (stage_roll(6) == 0) {
        stage_link_lose(link, stage_roll(2) == 0, 0);
    }
}

static void step(void)
{
    struct connect_link *link = stage_link(ids[stage_roll(2)]);

    switch (stage_roll(24)) {
    case 0:
        if (stage_roll(3) == 0)
            stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
        break;
    case 1: come_or_go(link); break;
    case 2:
        if (stage_roll(16) == 0)
            stage_restart(stage_roll(2) == 0);
        break;
    case 3:
        stage_commit(stage_roll(16) == 0);
        break;
    case 4: stage_tick(); break;
    case 5: stage.monotonic_ms += (int64_t)stage_roll(20000); break;
    case 6: stage_wait((int64_t)stage_roll(20000)); break;
    case 7:
    case 8: stage_rooms(); break;
    case 9:
    case 10:
    case 11:
        if (link != NULL)
            say(link);
        break;
    case 12:
    case 13:
    case 14: stage_commit(false); break;
    default:
        for (uint32_t i = stage_roll(6); i > 0; i--)
            stage_job();
        break;
    }
    stage_turn();
}

static size_t messages(struct store_entry *entries, struct base_arena *arena)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_MESSAGE, .state = -1, .department = -1, .before = UINT64_MAX};
    size_t count = 0;
    uint64_t next;

    CHECK_I64(OD_OK, store_read_entries(reader, &filter, arena, entries, MESSAGES_MAX, &count, &next), "read");
    store_reader_give(stage.engine->store, reader);
    return count;
}

static bool are_over(void)
{
    static struct store_entry entries[MESSAGES_MAX];
    struct base_arena arena = {0};
    size_t count = messages(entries, &arena), open = 0;

    for (size_t i = 0; i < count; i++)
        open += entries[i].state < ENGINE_ERRAND_DONE;
    base_arena_fini(&arena);
    return open == 0;
}

/* Every connector is well, and says that everything arrived. */
static void heal(void)
{
    for (int round = 0; round < 60 && !are_over(); round++) {
        for (size_t i = 0; i < COUNT(ids); i++) {
            struct connect_link *link = stage_link(ids[i]);

            if (link->epoch == 0)
                stage_link_ready(link);
            link->credits = 64;
            stage_drain();
            for (size_t k = 0; k < link->held_count; k++)
                if (link->held[k].holding == STAGE_OFFERED || link->held[k].holding == STAGE_ACCEPTED) {
                    stage_report(link, BASE_ITEM_OPINION, link->held[k].handle, "{\"opinion\":\"approve\"}");
                    stage_drain();
                }
        }
        stage.monotonic_ms += 4000000;
        stage_wait(ENGINE_ERRAND_GRACE_MS + 1000);
        stage_tick();
        stage_rooms();
        stage_drain();
    }
}

/* One message for the acceptance of each application, and none beside. */
static void check_one_each(uint64_t seed)
{
    static struct store_entry entries[MESSAGES_MAX];
    static unsigned met[MESSAGES_MAX];
    struct base_arena arena = {0};
    size_t count = messages(entries, &arena);
    char why[64];

    snprintf(why, sizeof(why), "seed %llu", (unsigned long long)seed);
    memset(met, 0, sizeof(met));
    for (size_t i = 0; i < count; i++) {
        struct engine_errand errand;

        CHECK_I64(OD_OK, engine_errand_read(&entries[i], &errand), why);
        if (errand.state < ENGINE_ERRAND_DONE)
            snprintf(why, sizeof(why), "seed %llu: %s at %s, session %u", (unsigned long long)seed, engine_errand_state_name(errand.state),
                     errand.connector, errand.epoch);
        CHECK(errand.state >= ENGINE_ERRAND_DONE, why);
        CHECK(entries[i].application < MESSAGES_MAX, why);
        if (strcmp(base_json_member_text(engine_errand_member(&errand, "about"), "kind"), "accepted") == 0)
            met[entries[i].application]++;
        engine_errand_fini(&errand);
    }
    base_arena_fini(&arena);
    for (uint64_t id = 1; id < MESSAGES_MAX; id++) {
        struct engine_application *row = stage_read(id);

        CHECK_I64(row != NULL, met[id], why);
        engine_application_destroy(row);
    }
}

static void test_chaos(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        stage_open(seed);
        stage_ask(FRONT_CONNECTOR_LOAD, "sms", NULL, "{\"module\":\"sms-1\",\"serves\":\"messages\"}");
        stage_ask(FRONT_CONNECTOR_LOAD, "email", NULL, "{\"module\":\"email-1\",\"serves\":\"messages\"}");
        stage_drain();
        for (unsigned i = 0; i < STEPS; i++)
            step();
        stage_drain();
        heal();
        check_one_each(seed);
        stage_close();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_chaos)};

    base_log_init("engine_errand_chaos_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
