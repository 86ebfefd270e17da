/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints of a journal that lives: so many may wait for one, each is told once, and each finds its records sealed. */
#include <stdlib.h>

#include "engine/desk.h"
#include "engine/entry.h"
#include "engine/seal.h"
#include "lib/check.h"

static unsigned told[ENGINE_SEAL_WAITS_MAX + 2];
static int last_rc;

static void on_sealed(struct engine *engine, void *data, int rc)
{
    (void)engine;
    ++*(unsigned *)data;
    last_rc = rc;
}

static int set_up(void **state)
{
    desk_open(state);
    memset(told, 0, sizeof(told));
    last_rc = 1;
    return 0;
}

/* One record of the journal, durable. */
static void record_write(uint64_t id)
{
    static const struct engine_entry_event event = {.type = "tried", .by = "tester"};
    struct store_entry entry = {.kind = ENGINE_ENTRY_GRIEVANCE, .id = id, .state = 1, .wake_minute = INT64_MAX, .at_ms = stage.engine->now.ms,
                                .body = "{}", .body_size = 2};

    CHECK_I64(OD_OK, engine_entry_put(stage.engine, &entry, &event, NULL, NULL), "a record");
    stage_drain();
}

static void test_so_many_may_wait(void **state)
{
    (void)state;
    record_write(1);
    for (unsigned i = 0; i < ENGINE_SEAL_WAITS_MAX; i++)
        CHECK_I64(OD_OK, engine_seal_want(stage.engine, on_sealed, &told[i]), "one of so many");
    CHECK_I64(OD_EBUSY, engine_seal_want(stage.engine, on_sealed, &told[ENGINE_SEAL_WAITS_MAX]), "one more than may wait");
    stage_drain();
    for (unsigned i = 0; i < ENGINE_SEAL_WAITS_MAX; i++)
        CHECK_I64(1, told[i], "told once");
    CHECK_I64(0, told[ENGINE_SEAL_WAITS_MAX], "refused at once, and never told");
    CHECK_I64(OD_OK, last_rc, "sealed");
    CHECK_I64(OD_OK, engine_seal_want(stage.engine, on_sealed, &told[ENGINE_SEAL_WAITS_MAX + 1]), "there is room again");
    stage_drain();
    CHECK_I64(1, told[ENGINE_SEAL_WAITS_MAX + 1], "and nothing new to seal");
}

static void test_a_death_takes_no_checkpoint(void **state)
{
    (void)state;
    record_write(1);
    CHECK_I64(OD_OK, engine_seal_want(stage.engine, on_sealed, &told[0]), "wanted");
    stage_drain();
    CHECK_I64(1, told[0], "sealed");
    stage_restart(false);
    stage_drain();
    CHECK_I64(OD_OK, engine_seal_want(stage.engine, on_sealed, &told[1]), "after the death");
    stage_drain();
    CHECK_I64(1, told[1], "what was sealed before is sealed still");
    CHECK_I64(OD_OK, last_rc, "and all is well");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_so_many_may_wait, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_death_takes_no_checkpoint, set_up, desk_close),
    };

    return desk_read() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
