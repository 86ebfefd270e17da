/* SPDX-License-Identifier: Apache-2.0 */
/* The least engine that a session may ask for: what it decides it stores, a moment later it is
 * durable, and only then it is answered and acted on. A crash takes what was not durable. */
#include "remote/sim.h"

#include <stdio.h>
#include <stdlib.h>

#define EPOCHS_MAX 1024
#define REPORTS_MAX 1024 /* report ids of one epoch that are watched */

enum state { ABSENT = 0, QUEUED, OFFERED, ACCEPTED, DONE };

struct task {
    enum state state;
    uint32_t epoch; /* owner; 0 = none */
    bool is_put;    /* the offer lies with the session, a credit of it */
    unsigned opinions;
    bool is_rejected;
    char ref[16];
};

/* One report that is being stored. */
struct deed {
    uint64_t token, report_id;
    size_t index;
    uint32_t epoch;
    uint8_t kind;
    unsigned task;
    char payload[128];
    unsigned life; /* of the hub */
};

const char *sim_store_folder;
static struct connect *hub; /* NULL: it is down */
static struct task tasks[SIM_TASKS];
static struct connect_link *current, *next; /* links */
static uint32_t epoch;
static unsigned life, loads;
static uint8_t taken[EPOCHS_MAX][REPORTS_MAX / 8], durable[EPOCHS_MAX][REPORTS_MAX / 8];
static uint32_t epochs_used;

struct connect *sim_connect(void)
{
    return hub;
}

uint64_t sim_task_handle(unsigned task)
{
    return 65 + task;
}

unsigned sim_task_of(uint64_t handle)
{
    assert_true(handle >= 65 && handle < 65 + SIM_TASKS);
    return (unsigned)(handle - 65);
}

static bool bit(uint8_t bits[EPOCHS_MAX][REPORTS_MAX / 8], uint32_t at, uint64_t id)
{
    assert_true(at < EPOCHS_MAX && id < REPORTS_MAX);
    return bits[at][id / 8] >> id % 8 & 1;
}

static void set_bit(uint8_t bits[EPOCHS_MAX][REPORTS_MAX / 8], uint32_t at, uint64_t id, bool is_set)
{
    if (is_set)
        bits[at][id / 8] |= (uint8_t)(1 << id % 8);
    else
        bits[at][id / 8] &= (uint8_t)~(1 << id % 8);
}

bool sim_report_is_durable(uint32_t at, uint64_t report_id)
{
    return bit(durable, at, report_id);
}

void sim_engine_reset(void)
{
    memset(tasks, 0, sizeof(tasks));
    memset(taken, 0, (epochs_used + 1) * sizeof(taken[0]));
    memset(durable, 0, (epochs_used + 1) * sizeof(durable[0]));
    epoch = epochs_used = 0;
    life = loads = 0;
}

static struct connect_link *link_of(uint32_t at)
{
    for (struct connect_link *link = hub != NULL ? connect_first(hub) : NULL; link != NULL; link = connect_next(link))
        if (at != 0 && connect_link_epoch(link) == at)
            return link;
    return NULL;
}

/* The offer is over, however it ended: its credit comes back once. */
static void end_offer(struct task *task)
{
    struct connect_link *link = link_of(task->epoch);

    if (task->is_put && link != NULL)
        connect_offer_ended(link, task->epoch);
    task->is_put = false;
}

static int put(struct connect_link *link, enum base_frame_kind kind, unsigned index)
{
    char payload[128];
    int size = snprintf(payload, sizeof(payload), "{\"idempotency_key\":\"T-%u\",\"external_ref\":\"%s\"}", index, tasks[index].ref);

    return connect_put_item(link, kind, sim_task_handle(index), payload, (size_t)size);
}

/* What is owed to the session of the current link: the scan of a real engine. */
static void settle(void)
{
    uint32_t own = current != NULL ? connect_link_epoch(current) : 0;

    if (own == 0 || connect_link_state(current) != CONNECT_ACTIVE)
        return;
    for (unsigned i = 0; i < SIM_TASKS; i++) {
        struct task *task = &tasks[i];

        if (task->state == OFFERED && task->epoch != own && link_of(task->epoch) == NULL)
            task->state = QUEUED; /* lost with its session; the department tells repeats apart */
        if (task->state == QUEUED && put(current, BASE_ITEM_OFFER, i) == OD_OK) {
            task->state = OFFERED;
            task->epoch = own;
            task->is_put = true;
        }
        if (task->state == ACCEPTED && task->epoch != own && put(current, BASE_ITEM_RESUME, i) == OD_OK)
            task->epoch = own;
    }
}

static uint32_t take_epoch(void *owner)
{
    (void)owner;
    assert_true(epoch + 1 < EPOCHS_MAX);
    epochs_used = ++epoch;
    return epoch;
}

static int64_t now_ms(void *owner, bool *is_virtual)
{
    (void)owner;
    *is_virtual = false;
    return (int64_t)(UINT64_C(1764391084123) + sim_now_ms);
}

static void on_ready(void *owner, struct connect_link *link)
{
    (void)owner;
    if (link == next) { /* the later load takes over */
        struct connect_link *before = current;
        current = next;
        next = NULL;
        connect_switch(current);
        if (before != NULL)
            connect_left(before);
    }
    settle();
}

static void on_lost(void *owner, struct connect_link *link, uint32_t at, bool is_crash, uint64_t task)
{
    (void)owner;
    (void)link;
    CHECK(!is_crash, "a remote connector does not crash");
    CHECK_I64(0, task, "and has no flight record");
    for (unsigned i = 0; i < SIM_TASKS; i++)
        if (tasks[i].epoch == at)
            tasks[i].is_put = false;
}

static void on_room(void *owner, struct connect_link *link)
{
    (void)owner;
    (void)link;
    settle();
}

static void on_state(void *owner, struct connect_link *link)
{
    (void)owner;
    (void)link;
}

static void on_unloaded(void *owner, struct connect_link *link)
{
    (void)owner;
    if (link == current)
        current = NULL;
    if (link == next)
        next = NULL;
}

static void on_time_seen(void *owner)
{
    (void)owner;
}

static void on_remote_answer(void *owner, void *asker, struct base_buffer *body)
{
    (void)owner;
    sim_net_answered(asker, base_buffer_text(body));
}

static enum base_answer opine(struct task *task, const struct deed *deed)
{
    bool is_reject = strstr(deed->payload, "\"reject\"") != NULL;
    bool is_known = task->ref[0] == '\0' || strstr(deed->payload, task->ref) != NULL;

    if (deed->epoch != task->epoch && !is_known)
        return BASE_ANSWER_STALE;
    if (task->state == DONE)
        return task->is_rejected == is_reject ? BASE_ANSWER_OK : BASE_ANSWER_CONFLICT;
    end_offer(task);
    task->state = DONE;
    task->is_rejected = is_reject;
    task->opinions++;
    return BASE_ANSWER_OK;
}

static enum base_answer apply(struct deed *deed)
{
    struct task *task = &tasks[deed->task];
    char ref[16] = "";

    sscanf(deed->payload, "{\"external_ref\":\"%15[^\"]", ref);
    if (deed->kind == BASE_ITEM_OPINION)
        return opine(task, deed);
    if (deed->epoch != task->epoch || task->state == DONE)
        return deed->kind == BASE_ITEM_ACCEPT && task->state == DONE && deed->epoch == task->epoch ? BASE_ANSWER_OK : BASE_ANSWER_STALE;
    if (deed->kind != BASE_ITEM_ACCEPT)
        return task->state == ACCEPTED ? BASE_ANSWER_OK : BASE_ANSWER_REFUSED;
    end_offer(task);
    task->state = ACCEPTED;
    CHECK(task->ref[0] == '\0' || strcmp(task->ref, ref) == 0, "a department has one number for a task");
    snprintf(task->ref, sizeof(task->ref), "%s", ref);
    return BASE_ANSWER_OK;
}

/* A report becomes durable: only now it counts. */
static void on_durable(void *data)
{
    struct deed *deed = data;

    if (deed->life == life) {
        bool is_full = sim_is_trouble() && sim_chance(5); /* the disk */
        enum base_answer answer = is_full ? BASE_ANSWER_RETRY : apply(deed);

        CHECK(answer != BASE_ANSWER_CONFLICT, "nobody ever says two things about a task");
        set_bit(taken, deed->epoch, deed->report_id, !is_full);
        set_bit(durable, deed->epoch, deed->report_id, !is_full);
        if (link_of(deed->epoch) != NULL)
            connect_answer(link_of(deed->epoch), deed->token, deed->index, answer, answer == BASE_ANSWER_REFUSED ? "not now" : NULL);
        settle();
    }
    free(deed);
}

static void on_report(void *owner, struct connect_link *link, uint64_t token, const struct connect_report *reports, size_t count)
{
    uint64_t delay_ms = 1 + sim_roll(sim_is_trouble() ? 400 : 5);

    (void)owner;
    (void)link;
    for (size_t i = 0; i < count; i++) {
        struct deed *deed = calloc(1, sizeof(*deed));

        assert_non_null(deed);
        CHECK(!bit(taken, reports[i].epoch, reports[i].report_id), "no report comes to the engine twice");
        set_bit(taken, reports[i].epoch, reports[i].report_id, true);
        *deed = (struct deed){.token = token, .index = i, .epoch = reports[i].epoch, .kind = reports[i].kind,
                              .report_id = reports[i].report_id, .task = sim_task_of(reports[i].task), .life = life};
        snprintf(deed->payload, sizeof(deed->payload), "%.*s", (int)reports[i].payload_size, reports[i].payload);
        sim_at(delay_ms, on_durable, deed);
    }
}

/* -- The hub itself -- */

static struct connect_link *load(bool is_beside)
{
    struct connect_loading loading = {.id = "water", .remote = "{\"submit_dedupe\":\"native\",\"credits\":3,\"lease_ms\":10000}",
                                      .config = "{}", .config_size = 2, .is_beside = is_beside};
    struct connect_link *link = NULL;
    char text[512];

    loading.remote_size = strlen(loading.remote);
    int rc = connect_load(hub, &loading, &link, text);
    CHECK_I64(OD_OK, rc, text);
    loads++;
    return link;
}

void sim_engine_start(void)
{
    static uv_loop_t loop;
    const struct connect_options options = {
        .host_program = "none", .module_folder = "none", .store_folder = sim_store_folder,
        .callbacks = {.take_epoch = take_epoch, .now_ms = now_ms, .on_ready = on_ready, .on_lost = on_lost, .on_room = on_room,
                      .on_report = on_report, .on_state = on_state, .on_unloaded = on_unloaded, .on_time_seen = on_time_seen,
                      .on_answer = on_remote_answer}};

    CHECK_I64(OD_OK, connect_create(&loop, &options, &hub), "memory");
    current = load(false);
    next = NULL;
}

static bool is_gone;

static void on_destroyed(void *owner)
{
    (void)owner;
    is_gone = true;
}

static void on_started_again(void *data)
{
    (void)data;
    sim_engine_start();
}

void sim_engine_stop(void)
{
    is_gone = false;
    life++; /* what is not durable is lost */
    struct connect *dying = hub;
    hub = NULL;
    connect_destroy(dying, 0, on_destroyed);
    while (!is_gone)
        assert_true(sim_step());
    current = next = NULL;
    for (unsigned i = 0; i < SIM_TASKS; i++)
        tasks[i].is_put = false;
}

/* kill -9: nobody hears anything of it. */
static void on_crash(void *data)
{
    (void)data;
    if (!sim_is_trouble() || hub == NULL)
        return;
    sim_net_hub_died();
    sim_engine_stop();
    memcpy(taken, durable, (epochs_used + 1) * sizeof(taken[0]));
    sim_at(1 + sim_roll(15000), on_started_again, NULL);
}

static void on_submitted(void *data)
{
    struct task *task = data;

    task->state = QUEUED;
    settle();
}

static void on_upgrade(void *data)
{
    (void)data;
    if (hub != NULL && next == NULL && current != NULL)
        next = load(true);
}

static void on_give_up(void *data)
{
    (void)data;
    if (hub != NULL && next != NULL)
        connect_unload(next);
}

void sim_engine_plan(void)
{
    for (unsigned i = 0; i < SIM_TASKS; i++)
        sim_at(sim_roll(SIM_TROUBLE_MS), on_submitted, &tasks[i]);
    for (unsigned i = sim_roll(4); i > 0; i--)
        sim_at(sim_roll(SIM_TROUBLE_MS), on_crash, NULL);
    for (unsigned i = sim_roll(3); i > 0; i--) {
        uint64_t at_ms = sim_roll(SIM_TROUBLE_MS);
        sim_at(at_ms, on_upgrade, NULL);
        if (sim_chance(30))
            sim_at(at_ms + 1 + sim_roll(2000), on_give_up, NULL);
    }
}

bool sim_engine_is_done(void)
{
    for (unsigned i = 0; i < SIM_TASKS; i++)
        if (tasks[i].state != DONE)
            return false;
    return true;
}

void sim_engine_put_state(struct base_buffer *out)
{
    for (unsigned i = 0; i < SIM_TASKS; i++)
        base_buffer_put_format(out, "T-%u %s %s by %u opinion\n", i, tasks[i].state == DONE ? "done" : "open",
                               tasks[i].is_rejected ? "reject" : "approve", tasks[i].opinions);
}
