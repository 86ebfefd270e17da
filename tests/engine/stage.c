/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/stage.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "catalog/fixture.h"
#include "lib/check.h"
#include "store/crash_vfs.h"

#define QUIET_STEPS_MAX 20000 /* whoever is not quiet by then never will be */

struct stage stage;

/* -- Chance and time: the linker brings the calls of the hub here (--wrap) -- */

int64_t __wrap_base_wall_ms(void);
int64_t __wrap_base_steady_ms(void);
int64_t __wrap_base_monotonic_ms(void);
void __wrap_base_random(void *bytes, size_t size);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb on_timer, uint64_t timeout, uint64_t repeat);
int __wrap_uv_prepare_start(uv_prepare_t *prepare, uv_prepare_cb on_prepare);
int __wrap_uv_queue_work(uv_loop_t *loop, uv_work_t *work, uv_work_cb run, uv_after_work_cb on_done);
int __real_store_open(uv_loop_t *loop, const struct store_options *options, struct store **out, char text[512]);
int __wrap_store_open(uv_loop_t *loop, const struct store_options *options, struct store **out, char text[512]);
int __real_store_commit_start(struct store *store, struct store_batch *batch, store_committed_cb on_committed);
int __wrap_store_commit_start(struct store *store, struct store_batch *batch, store_committed_cb on_committed);

static uint64_t next_dice(void)
{
    stage.dice = stage.dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return stage.dice >> 33;
}

uint32_t stage_roll(uint32_t sides)
{
    return (uint32_t)(next_dice() % sides);
}

void stage_trace(const char *format, ...)
{
    char line[4096];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    for (const char *at = line; *at != '\0'; at++)
        stage.trace = (stage.trace ^ (unsigned char)*at) * UINT64_C(1099511628211);
    if (getenv("OD_SIM_TRACE") != NULL)
        fprintf(stderr, "%s\n", line);
}

void stage_wait(int64_t ms)
{
    stage.wall_ms += ms;
}

/* The steady clock goes with the wall clock, so that the hub believes every wait. */
int64_t __wrap_base_steady_ms(void)
{
    return stage.wall_ms;
}

int64_t __wrap_base_wall_ms(void)
{
    return stage.wall_ms + stage.wall_off_ms;
}

int64_t __wrap_base_monotonic_ms(void)
{
    return stage.monotonic_ms;
}

void __wrap_base_random(void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((unsigned char *)bytes)[i] = (unsigned char)next_dice();
}

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb on_timer, uint64_t timeout, uint64_t repeat)
{
    if (repeat > 0) {
        stage.on_tick = on_timer;
        return 0;
    }
    stage.patience = timer;
    stage.on_patience = on_timer;
    stage.monotonic_ms += (int64_t)timeout - stage.early_ms; /* a batch is held: that time passes at once */
    return 0;
}

int __wrap_uv_prepare_start(uv_prepare_t *prepare, uv_prepare_cb on_prepare)
{
    (void)prepare;
    stage.on_turn = on_prepare;
    return 0;
}

int __wrap_uv_queue_work(uv_loop_t *loop, uv_work_t *work, uv_work_cb run, uv_after_work_cb on_done)
{
    (void)loop;
    assert_true(stage.job_count < STAGE_JOBS_MAX);
    stage.jobs[stage.job_count].work = work;
    stage.jobs[stage.job_count].run = run;
    stage.jobs[stage.job_count++].on_done = on_done;
    return 0;
}

int __wrap_store_open(uv_loop_t *loop, const struct store_options *options, struct store **out, char text[512])
{
    struct store_options in_memory = *options;

    in_memory.vfs = CRASH_VFS;
    in_memory.reader_count = 2;
    in_memory.cache_mib = 1;
    return __real_store_open(loop, &in_memory, out, text);
}

int __wrap_store_commit_start(struct store *store, struct store_batch *batch, store_committed_cb on_committed)
{
    (void)store;
    CHECK(stage.batch == NULL, "one batch at a time");
    stage.batch = batch;
    stage.on_committed = on_committed;
    return OD_OK;
}

/* -- What is under way -- */

void stage_turn(void)
{
    stage.on_turn(&stage.engine->turn);
}

void stage_tick(void)
{
    stage.on_tick(&stage.engine->tick);
}

static bool is_written;

static void on_written(struct store_batch *batch)
{
    (void)batch;
    is_written = true;
}

static void write_batch(struct store_batch *batch)
{
    is_written = false;
    CHECK_I64(OD_OK, __real_store_commit_start(stage.engine->store, batch, on_written), "the store is free");
    while (!is_written)
        uv_run(&stage.loop, UV_RUN_ONCE);
    CHECK_I64(OD_OK, batch->rc, "there is room");
}

static void find_full(struct store_batch *batch)
{
    batch->rc = OD_EFULL;
    for (uint32_t i = 0; i < batch->count; i++)
        batch->writes[i].rc = OD_EFULL;
    stage.full_count++;
}

bool stage_commit(bool is_full)
{
    struct store_batch *batch = stage.batch;

    if (batch == NULL)
        return false;
    stage.batch = NULL;
    if (is_full)
        find_full(batch);
    else
        write_batch(batch);
    if (!stage.is_dead)
        stage_trace("commit of %u: %d", batch->count, batch->rc);
    stage.on_committed(batch);
    return true;
}

bool stage_step(void)
{
    if (stage_roll(2) == 0 ? stage_job() || stage_commit(false) : stage_commit(false) || stage_job())
        return true;
    stage_turn();
    return false;
}

bool stage_job(void)
{
    if (stage.job_count == 0)
        return false;
    size_t index = stage_roll((uint32_t)stage.job_count);
    uv_work_t *work = stage.jobs[index].work;
    uv_work_cb run = stage.jobs[index].run;
    uv_after_work_cb on_done = stage.jobs[index].on_done;

    stage.jobs[index] = stage.jobs[--stage.job_count];
    stage.jobs_run++;
    run(work);
    on_done(work, 0);
    return true;
}

static bool is_quiet(void)
{
    const struct engine_batch *filling = stage.engine->filling;

    return stage.job_count == 0 && stage.batch == NULL && filling->store->count == 0 && filling->deed_count == 0;
}

void stage_drain(void)
{
    for (int step = 0; step < QUIET_STEPS_MAX; step++) {
        stage_turn();
        while (stage_job())
            ;
        stage_commit(stage.is_dead);
        if (stage.connect != NULL && !stage.is_dead)
            stage_rooms();
        if (is_quiet()) {
            stage_turn();
            if (is_quiet())
                return;
        }
    }
    fail_msg("the hub goes on and on without anything from outside");
}

void stage_settle(void)
{
    for (int i = 0; i < 6; i++) {
        stage_drain();
        stage_tick();
        stage_rooms();
    }
    stage_drain();
}

void stage_redate(void)
{
    for (unsigned i = 0; i < 200 && (stage.engine->redate != NULL || i == 0); i++) {
        stage_drain();
        stage_tick();
        stage.monotonic_ms += 250;
    }
    stage_drain();
    CHECK(stage.engine->redate == NULL, "the walk comes to its end");
}

struct connect_link *stage_load(const char *id, const char *body, uint32_t credits)
{
    struct stage_request *asked = stage_ask(FRONT_CONNECTOR_LOAD, id, NULL, body);

    stage_drain();
    CHECK_I64(202, asked->status, body);
    struct connect_link *link = stage_link(id);
    CHECK(link != NULL, "loaded");
    stage_link_ready(link);
    link->credits = credits;
    stage_settle();
    return link;
}

/* -- Life -- */

void stage_start(void)
{
    struct engine_options options = {.config = &stage.config, .host_program = "host", .in_flight_max = stage.in_flight_max,
                                     .has_self_test = stage.has_self_test};
    char text[512];

    CHECK_I64(0, uv_loop_init(&stage.loop), "a loop");
    stage.is_dead = false;
    CHECK_I64(OD_OK, engine_start(&stage.loop, &options, &stage.engine, text), text);
}

static void on_stopped(void *owner)
{
    (void)owner;
    stage.engine = NULL;
}

void stage_stop(void)
{
    stage_trace("stop");
    engine_stop(stage.engine, on_stopped, NULL);
    for (int step = 0; stage.engine != NULL && step < QUIET_STEPS_MAX; step++) {
        if (stage.engine->is_store_closing) {
            stage_tick(); /* the real loop still turns */
            stage_turn();
            uv_run(&stage.loop, UV_RUN_ONCE);
            continue;
        }
        stage_turn();
        while (stage.engine != NULL && stage_job())
            ;
        if (stage.engine != NULL)
            stage_commit(false);
    }
    CHECK(stage.engine == NULL, "it stops");
    uv_run(&stage.loop, UV_RUN_DEFAULT);
    CHECK_I64(0, uv_loop_close(&stage.loop), "nothing is left open");
}

static void free_links(void)
{
    while (stage.connect->links != NULL) {
        struct connect_link *link = stage.connect->links;

        stage.connect->links = link->next;
        free(link);
    }
    free(stage.connect);
    stage.connect = NULL;
}

static void kill_engine(bool is_batch_written)
{
    struct engine *engine = stage.engine;

    if (stage.batch != NULL && is_batch_written)
        write_batch(stage.batch); /* on the disk, and nobody was told */
    stage.is_dead = true;
    engine->is_stopping = true; /* what it holds is let go by its own ways, with every write lost */
    for (struct connect_link *link = stage.connect->links; link != NULL; link = link->next) {
        link->epoch = 0;
        link->state = CONNECT_STOPPED;
    }
    stage_drain();
    uv_close((uv_handle_t *)&engine->tick, NULL);
    uv_close((uv_handle_t *)&engine->patience, NULL);
    uv_close((uv_handle_t *)&engine->turn, NULL);
    store_close(engine->store, NULL, NULL);
    uv_run(&stage.loop, UV_RUN_DEFAULT);
    CHECK_I64(0, uv_loop_close(&stage.loop), "nothing is left open");
    engine_free(engine);
    free_links();
    stage.engine = NULL;
}

void stage_restart(bool is_batch_written)
{
    stage_trace("killed");
    kill_engine(is_batch_written);
    stage_start();
}

void stage_catalog_write(const char *text)
{
    fixture_write(stage.catalog, "catalog.json", text, strlen(text));
}

static void set_up(uint64_t seed, const char *text)
{
    memset(&stage, 0, sizeof(stage));
    stage.dice = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    stage.trace = UINT64_C(14695981039346656037);
    stage.wall_ms = INT64_C(1705280400000); /* Monday 2024-01-15 09:00 in Shanghai */
    stage.monotonic_ms = 1000000;
    snprintf(stage.folder, sizeof(stage.folder), "%s", fixture_folder());
    snprintf(stage.catalog, sizeof(stage.catalog), "%s", fixture_folder());
    stage_catalog_write(text);
    crash_vfs_reset();
    stage.connectors[0] = (struct engine_connector_config){.id = "fire", .department = "fire", .module = "fire-1", .config = "{}"};
    stage.connectors[1] = (struct engine_connector_config){.id = "market", .department = "market", .module = "market-1", .config = "{}"};
    stage.config = (struct engine_config){.listen = "127.0.0.1:0", .data = stage.folder, .catalog = stage.catalog, .modules = stage.folder,
                                          .connectors = stage.connectors, .connector_count = 2,
                                          .escalation = {.yellow = FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD,
                                                         .red = FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR}};
}

void stage_open_text(uint64_t seed, const char *text)
{
    set_up(seed, text);
    stage_start();
}

void stage_open(uint64_t seed)
{
    stage_open_text(seed, fixture_text);
}

void stage_open_catalog(const char *text, bool has_self_test)
{
    set_up(1, text);
    stage.config.connector_count = 0;
    stage.has_self_test = has_self_test;
    stage_start();
}

void stage_close(void)
{
    stage_stop();
    for (size_t i = 0; i < stage.request_count; i++) {
        struct stage_request *asked = stage.requests[i];

        CHECK(asked->is_answered, "every request is answered");
        base_arena_fini(&asked->request.arena);
        base_json_destroy(asked->tree);
        free(asked->body);
        base_free(asked->answer);
        free(asked);
    }
    fixture_remove(stage.folder);
    fixture_remove(stage.catalog);
}

struct engine_application *stage_read(uint64_t id)
{
    struct engine *engine = stage.connect != NULL ? stage.connect->options.owner : stage.engine;
    struct store_reader *reader = store_reader_take(engine->store);
    struct engine_application *application = NULL;
    struct base_arena arena = {0};
    struct store_row row;

    if (store_read_application(reader, id, &arena, &row) == OD_OK)
        CHECK_I64(OD_OK, engine_row_read(engine, id, row.state, row.state_size, &application), "a row on the disk");
    base_arena_fini(&arena);
    store_reader_give(engine->store, reader);
    return application;
}
