/* SPDX-License-Identifier: Apache-2.0 */
/* Every message between hub and remote connector dropped, doubled, delayed and reordered; processes
 * and hub killed, loads side by side: the same final state, whatever the seed. OD_SOAK=true runs
 * 10,000 seeds, OD_SEED=N one alone. */
#include "remote/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define RUNS 300
#define RUNS_SOAK 10000

/* One record and one opinion of each task, whatever came between. */
static void put_wanted(struct base_buffer *out)
{
    for (unsigned i = 0; i < SIM_TASKS; i++)
        base_buffer_put_format(out, "T-%u done %s by 1 opinion\n", i, i % 3 == 0 ? "reject" : "approve");
    base_buffer_put_format(out, "%u records\n", SIM_TASKS);
    for (unsigned i = 0; i < SIM_TASKS; i++)
        base_buffer_put_format(out, "T-%u is W-%u\n", i, i);
}

static uint64_t messages, dropped, doubled, latest_ms;

static void run(uint64_t seed)
{
    struct base_buffer state = {0}, wanted = {0};
    char why[64];

    snprintf(why, sizeof(why), "seed %llu", (unsigned long long)seed);
    sim_clock_reset(seed);
    sim_net_reset();
    sim_engine_reset();
    sim_clients_reset();
    sim_engine_start();
    sim_engine_plan();
    sim_clients_start();
    sim_clients_plan();
    while ((sim_is_trouble() || sim_connect() == NULL || !sim_engine_is_done()) && sim_now_ms < SIM_END_MS)
        CHECK(sim_step(), why);
    CHECK(sim_engine_is_done(), why);
    latest_ms = sim_now_ms > latest_ms ? sim_now_ms : latest_ms;
    sim_clients_stop();
    sim_engine_stop();
    while (sim_step())
        ; /* what is still under way comes to nothing */
    sim_net_fini();
    sim_engine_put_state(&state);
    sim_book_put_state(&state);
    put_wanted(&wanted);
    CHECK_TEXT(base_buffer_text(&wanted), base_buffer_text(&state), why);
    base_buffer_fini(&wanted);
    base_buffer_fini(&state);
    messages += sim_messages;
    dropped += sim_dropped;
    doubled += sim_doubled;
}

static void the_final_state_is_the_same_whatever_the_network_does(void **state)
{
    const char *soak = getenv("OD_SOAK"), *seed = getenv("OD_SEED");
    uint64_t runs = soak != NULL && strcmp(soak, "true") == 0 ? RUNS_SOAK : RUNS;

    (void)state;
    if (seed != NULL) {
        run(strtoull(seed, NULL, 10));
        return;
    }
    for (uint64_t i = 1; i <= runs; i++)
        run(i);
    print_message("%llu runs, %llu messages, %llu of them dropped, %llu doubled; the last was decided at %llu s\n",
                  (unsigned long long)runs, (unsigned long long)messages, (unsigned long long)dropped, (unsigned long long)doubled,
                  (unsigned long long)latest_ms / 1000);
    CHECK(dropped > messages / 20 && doubled > messages / 20, "the network was as bad as it should be");
}

int main(void)
{
    char folder[] = "/tmp/onedoor-chaos-XXXXXX";
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_final_state_is_the_same_whatever_the_network_does)};

    sim_store_folder = mkdtemp(folder);
    assert_non_null(sim_store_folder);
    base_log_init("test", NULL, BASE_LOG_ERROR);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sim_clock_fini();
    rmdir(folder);
    return failed;
}
