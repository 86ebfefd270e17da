/* SPDX-License-Identifier: Apache-2.0 */
/* The connector http is killed after each of its frames, and after each two, with what the frame asked for done
 * or lost: the department, which makes a new record of every submission, ends with one record, and the hub with its
 * opinion. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/base64.h"
#include "sdk/fake_hub.h"

#define NOW_MS INT64_C(1764391084123)
#define STEPS_MAX 100
#define CONFIG \
    "{\"base_url\":\"http://a.example\",\"submit\":{\"path\":\"/cases\",\"body\":{\"key\":\"{{idempotency_key}}\"}}," \
    "\"status\":{\"path\":\"/cases/{{external_ref}}\"},\"lookup\":{\"path\":\"/find/{{idempotency_key}}\"}," \
    "\"poll\":{\"interval_ms\":10,\"interval_max_ms\":10}," \
    "\"answer\":{\"external_ref\":\"/id\",\"status\":\"/status\",\"values\":{\"open\":\"pending\",\"granted\":\"approve\"}}}"

/* When to kill, and whether what the last frame asked for was lost with it. */
struct plan {
    unsigned at[2]; /* frames since the start; 0 = never */
    bool is_lost[2];
};

/* What the department and the hub have on their disks. */
struct world {
    unsigned records, polls;
    bool is_accepted, is_decided;
    unsigned attempt, frames, kills;
    size_t services, reports; /* of the present process, seen already */
};

static void answer(struct fake_hub *hub, size_t index, unsigned status, const char *body)
{
    char text[512], encoded[256] = "";

    host_base64_encode(body, strlen(body), encoded);
    encoded[HOST_BASE64_SIZE(strlen(body))] = '\0';
    snprintf(text, sizeof(text), "{\"status\":%u,\"body\":\"%s\"}", status, encoded);
    fake_hub_answer(hub, index, text);
}

/* The department does what is asked; is_heard: its answer arrives. */
static void serve(struct world *world, struct fake_hub *hub, size_t index, bool is_heard)
{
    const char *asked = hub->services[index].payload;
    const char *record = "{\"id\":\"W-1\",\"status\":\"open\"}";
    unsigned status = 200;

    if (strstr(asked, "\"POST\"") != NULL) {
        world->records++;
    } else if (strstr(asked, "/find/") != NULL) {
        status = world->records > 0 ? 200 : 404;
    } else {
        assert_non_null(strstr(asked, "/cases/W-1\""));
        if (world->polls++ > 0)
            record = "{\"id\":\"W-1\",\"status\":\"granted\"}";
    }
    if (is_heard)
        answer(hub, index, status, record);
}

static void store(struct world *world, const struct fake_report *report)
{
    if (report->kind == BASE_ITEM_ACCEPT)
        world->is_accepted = true;
    if (report->kind == BASE_ITEM_OPINION) {
        assert_non_null(strstr(report->payload, "\"approve\""));
        assert_false(world->is_decided);
        world->is_decided = true;
    }
    assert_int_not_equal(BASE_ITEM_FAIL, report->kind);
}

/* A process that gets the task as the hub knows it. */
static void begin(struct world *world, struct fake_hub *hub)
{
    fake_hub_open(hub, fake_build_path("modules/http-1.0.0"), CONFIG, false, NOW_MS);
    world->services = world->reports = 0;
    world->attempt++;
    if (world->is_accepted)
        fake_hub_item(hub, BASE_ITEM_RESUME, 64,
                      "{\"application\":\"A\",\"task\":\"A.1\",\"idempotency_key\":\"k-64\",\"matter\":\"m\","
                      "\"department\":\"d\",\"service\":\"s\",\"attempt\":1,\"form\":{},\"received_at\":\"\","
                      "\"external_ref\":\"W-1\",\"checkpoint\":null,\"state\":\"accepted\"}");
    else
        fake_hub_offer(hub, 64, world->attempt, "{}");
    fake_hub_send(hub);
}

/* Is this frame the process's last? *is_done: what it asks for is done all the same. */
static bool is_last(struct world *world, const struct plan *plan, bool *is_done)
{
    unsigned next = world->kills;

    world->frames++;
    *is_done = next >= 2 || world->frames != plan->at[next] || !plan->is_lost[next];
    if (next >= 2 || world->frames != plan->at[next])
        return false;
    world->kills++;
    return true;
}

static void end(struct fake_hub *hub)
{
    kill(hub->pid, SIGKILL);
    fake_hub_reap(hub);
    fake_hub_fini(hub);
}

/* Take what has come; true = the process was killed for it. */
static bool take(struct world *world, struct fake_hub *hub, const struct plan *plan)
{
    bool is_done;

    while (world->reports < hub->report_count) {
        const struct fake_report *report = &hub->reports[world->reports++];

        if (report->kind == BASE_ITEM_LOG)
            continue;
        bool is_end = is_last(world, plan, &is_done);
        if (is_done)
            store(world, report);
        if (is_end)
            return true;
    }
    while (world->services < hub->service_count) {
        size_t index = world->services++;
        bool is_end = is_last(world, plan, &is_done);

        if (is_done)
            serve(world, hub, index, !is_end);
        if (is_end)
            return true;
    }
    return false;
}

static void run(struct world *world, const struct plan *plan)
{
    struct fake_hub hub;

    *world = (struct world){.records = 0};
    begin(world, &hub);
    for (unsigned steps = 0; !world->is_decided; steps++) {
        assert_true(steps < STEPS_MAX);
        if (take(world, &hub, plan)) {
            end(&hub);
            if (world->is_decided)
                return;
            begin(world, &hub);
        }
        if (!world->is_decided)
            fake_hub_step(&hub);
    }
    end(&hub);
}

static void check(const struct plan *plan, const struct world *world)
{
    if (world->records != 1)
        fail_msg("%u records after kills at frames %u (%s) and %u (%s)", world->records, plan->at[0],
                 plan->is_lost[0] ? "lost" : "done", plan->at[1], plan->is_lost[1] ? "lost" : "done");
}

static void killed_after_each_frame_the_department_has_one_record(void **state)
{
    struct world world;
    unsigned runs = 0;

    (void)state;
    run(&world, &(struct plan){.at = {0}});
    assert_in_range(world.frames, 5, STEPS_MAX); /* submit, accept, status, status, opinion */
    const unsigned frames = world.frames;
    for (unsigned first = 1; first <= frames; first++) {
        for (unsigned second = 0; second <= frames + 2; second++) {
            for (unsigned lost = 0; lost < 4; lost++) {
                struct plan plan = {.at = {first, second > 0 ? first + second : 0},
                                    .is_lost = {(lost & 1) != 0, (lost & 2) != 0}};

                run(&world, &plan);
                check(&plan, &world);
                assert_in_range(world.kills, 1, 2); /* the second may lie behind the end */
                runs++;
            }
        }
    }
    assert_true(runs >= 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_after_each_frame_the_department_has_one_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
