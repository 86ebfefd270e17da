/* SPDX-License-Identifier: Apache-2.0 */
/* onedoor-seed CONFIG COUNT SERVICE: applications in review by the million, in a store that no hub serves.
 *
 *   catalogue -> store -> batches: the engine's own steps, rows and commits -> store closed
 *
 * Only the doors are left out. The service's tasks must go to departments without a
 * connector: they lie on the worklist afterwards, and a hub that opens the store finds
 * nothing unusual. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "engine/entry.h"
#include "engine/errand.h"

#define BODY_MAX 4096

struct seed {
    struct engine *engine;
    const struct catalog_service *service;
    uint64_t wanted, made;
    char body[BODY_MAX];
    size_t body_size;
    uint8_t body_hash[BASE_HASH_SIZE];
};

static int fail(const char *what, const char *text)
{
    fprintf(stderr, "onedoor-seed: %s: %s\n", what, text);
    return EXIT_FAILURE;
}

/* What a person would have filled in, as long as a real body is. */
static int body_make(struct seed *seed)
{
    int size = snprintf(seed->body, sizeof(seed->body),
                        "{\"service\":\"%s\",\"applicant\":{\"kind\":\"person\",\"name\":\"王小明\",\"id_type\":\"resident_id\","
                        "\"id_number\":\"110101199001010011\",\"phone\":\"+8613800000000\",\"email\":\"wang.xiaoming@example.com\","
                        "\"locale\":\"zh-CN\"},\"form\":{\"area_m2\":312,\"seats\":80,\"trade_name\":\"滨河味缘川菜馆\","
                        "\"address\":\"滨河县柳溪镇沿河路128号一层\",\"staff\":18,\"opening_date\":\"2027-03-01\",\"delivers\":true},"
                        "\"channel\":\"window\",\"window\":\"12\",\"materials\":[]}", seed->service->id);

    if (size <= 0 || (size_t)size >= sizeof(seed->body))
        return OD_ELIMIT;
    seed->body_size = (size_t)size;
    return base_json_canonical_hash(seed->body, seed->body_size, seed->body_hash);
}

static int document_put(struct seed *seed, struct store_write *write)
{
    write->document = base_arena_text(&seed->engine->filling->store->arena, seed->body, seed->body_size);
    write->document_size = (uint32_t)seed->body_size;
    if (write->document == NULL)
        return OD_ENOMEM;
    base_random(write->document_salt, sizeof(write->document_salt));
    base_hash_pair(write->document_salt, sizeof(write->document_salt), write->document, write->document_size,
                   write->document_hash);
    return OD_OK;
}

static void key_put(const struct seed *seed, uint64_t id, struct store_write *write)
{
    char key[32];
    int size = snprintf(key, sizeof(key), "seed-%llu", (unsigned long long)id);

    base_hash(key, (size_t)size, write->key_hash);
    memcpy(write->body_hash, seed->body_hash, BASE_HASH_SIZE);
    write->has_key = true;
}

/* Each is of a person of its own, as a million real ones nearly are. */
static void person_put(const struct engine *engine, uint64_t id, struct store_write *write)
{
    char person[32];
    int size = snprintf(person, sizeof(person), "person-%llu", (unsigned long long)id);

    base_hash_keyed(engine->secret, person, (size_t)size, write->person_hash);
    memcpy(write->bar_hash, write->person_hash, sizeof(write->bar_hash));
    write->has_person = write->has_bar_check = true;
    write->bar_day = engine->now.day;
}

static int receive(struct seed *seed, struct engine_application *application)
{
    struct engine *engine = seed->engine;
    struct core_event event = {.type = CORE_RECEIVED, .time = engine->now,
                               .received = {.id = application->id, .is_complete = true,
                                            .included = ((core_task_set)1 << seed->service->matter_count) - 1}};
    struct base_buffer details = {0};
    char hash[2 * BASE_HASH_SIZE + 1];
    struct store_write *write;
    int rc = engine_write_get(engine, application, &write);

    if (rc == OD_OK)
        rc = store_service(engine->store, seed->service->id, &write->service);
    if (rc == OD_OK)
        rc = document_put(seed, write);
    if (rc != OD_OK)
        return rc;
    write->kind = STORE_WRITE_INTAKE;
    key_put(seed, application->id, write);
    person_put(engine, application->id, write);
    base_hex(write->document_hash, BASE_HASH_SIZE, hash);
    base_json_put_text(&details, "service", seed->service->id);
    base_json_put_text(&details, "catalog_version", catalog_version(engine->catalog));
    base_json_put_text(&details, "document", hash);
    base_json_put_text(&details, "channel", "window");
    rc = engine_apply(engine, application, &event, "bench", base_buffer_text(&details));
    base_buffer_fini(&details);
    return rc;
}

static int application_make(struct seed *seed)
{
    struct engine *engine = seed->engine;
    struct engine_application *application = engine_application_create(seed->service, engine->application_next++);

    if (application == NULL)
        return OD_ENOMEM;
    application->core->task_count = (uint8_t)seed->service->matter_count;
    engine_application_insert(engine, application);
    return receive(seed, application);
}

/* While one batch is written the next one fills. */
static int run(struct seed *seed)
{
    struct engine *engine = seed->engine;
    int rc = OD_OK;

    while (rc == OD_OK && seed->made < seed->wanted) {
        while (rc == OD_OK && seed->made < seed->wanted && engine_batch_has_room(engine)) {
            rc = application_make(seed);
            seed->made++;
        }
        while (engine->committing != NULL)
            uv_run(engine->loop, UV_RUN_ONCE);
        engine_commit_flush(engine);
    }
    while (engine->committing != NULL)
        uv_run(engine->loop, UV_RUN_ONCE);
    return rc;
}

static int catalog_open(struct engine *engine, const char *folder)
{
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    int rc = findings != NULL ? catalog_load(folder, &engine->catalog, findings) : OD_ENOMEM;

    base_free(findings);
    if (rc == OD_OK)
        rc = engine_catalog_keep(engine, engine->catalog);
    return rc == OD_OK ? base_zone_set(catalog_zone(engine->catalog)) : rc;
}

static int engine_open(struct engine *engine, uv_loop_t *loop, const struct engine_config *config, char text[512])
{
    struct store_options options = {.folder = config->data};
    int rc = catalog_open(engine, config->catalog);

    engine->loop = loop;
    engine->wake_next = INT64_MAX;
    base_list_init(&engine->recent);
    base_list_init(&engine->streams);
    if (rc == OD_OK)
        rc = store_open(loop, &options, &engine->store, text);
    if (rc == OD_OK)
        rc = engine_batches_create(engine);
    if (rc == OD_OK)
        rc = engine_entries_start(engine);
    if (rc == OD_OK)
        rc = engine_errands_start(engine);
    if (rc != OD_OK)
        return rc;
    engine->application_next = store_application_next(engine->store);
    engine_time_update(engine);
    return OD_OK;
}

/* The store first: its last commit is over, and nothing asks for the rest any more. */
static void engine_close(struct engine *engine)
{
    store_close(engine->store, NULL, NULL);
    uv_run(engine->loop, UV_RUN_DEFAULT);
    while (!base_list_is_empty(&engine->recent))
        engine_application_drop(engine, BASE_LIST_ENTRY(engine->recent.next, struct engine_application, recent));
    for (size_t i = 0; i < engine->department_count; i++)
        engine_department_destroy(engine->departments[i]);
    base_free(engine->departments);
    engine_errands_fini(engine);
    engine_entries_fini(engine);
    engine_batches_destroy(engine);
    for (size_t i = 0; i < engine->catalog_count; i++)
        catalog_release(engine->catalogs[i]);
    catalog_release(engine->catalog);
    base_buffer_fini(&engine->scratch);
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static struct engine engine;
    struct seed seed = {.engine = &engine};
    struct engine_config config;
    uv_loop_t loop;
    char text[1024] = "";

    if (argc != 4)
        return fail("usage", "onedoor-seed CONFIG COUNT SERVICE");
    if (base_hash_init() != OD_OK || uv_loop_init(&loop) != 0 || engine_config_load(argv[1], &config, text) != OD_OK)
        return fail(argv[1], text);
    if (engine_open(&engine, &loop, &config, text) != OD_OK)
        return fail(config.data, text);
    seed.service = catalog_service_find(engine.catalog, argv[3]);
    if (seed.service == NULL || body_make(&seed) != OD_OK)
        return fail(argv[3], "no such service");
    seed.wanted = strtoull(argv[2], NULL, 10);
    double start = seconds_now();
    if (run(&seed) != OD_OK)
        return fail(config.data, "a batch could not be made");
    double seconds = seconds_now() - start;
    engine_close(&engine);
    engine_config_fini(&config);
    printf("{\"applications\": %llu, \"seconds\": %.2f, \"applications_per_s\": %.0f}\n", (unsigned long long)seed.made,
           seconds, seconds > 0 ? (double)seed.made / seconds : 0);
    return uv_loop_close(&loop) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
