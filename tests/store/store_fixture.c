/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/log.h"

/* SQLite reads the head of the log's index without a lock on purpose and checks
 * it by a checksum; the sanitizer sees only the memcpy of a library it does not know. */
const char *__tsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libsqlite3\n";
}

void fixture_open(struct fixture *fixture)
{
    char text[512] = "";
    struct store_options options = {.folder = fixture->folder, .vfs = fixture->vfs, .cache_mib = 2,
                                    .reader_count = fixture->vfs != NULL ? 1 : 2, .key_merge_count = 8};
    int rc = store_open(&fixture->loop, &options, &fixture->store, text);

    if (rc != OD_OK)
        print_error("store_open: %d %s\n", rc, text);
    assert_int_equal(rc, OD_OK);
}

static void on_closed(void *owner)
{
    struct fixture *fixture = owner;

    fixture->store = NULL;
}

void fixture_close(struct fixture *fixture)
{
    store_close(fixture->store, on_closed, fixture);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_null(fixture->store);
}

void fixture_reopen(struct fixture *fixture)
{
    fixture_close(fixture);
    fixture_open(fixture);
}

void fixture_init(struct fixture *fixture)
{
    base_log_init("store_test", NULL, BASE_LOG_NONE);
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/onedoor-store-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    fixture->batch = store_batch_create();
    assert_non_null(fixture->batch);
    fixture_open(fixture);
}

void fixture_fini(struct fixture *fixture)
{
    static const char *const names[] = {"hub.db", "hub.db-wal", "hub.db-shm", "hub.lock"};
    char path[128];

    if (fixture->store != NULL)
        fixture_close(fixture);
    store_batch_destroy(fixture->batch);
    base_arena_fini(&fixture->arena);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", fixture->folder, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(fixture->folder), 0);
}

int fixture_set_up(void **state)
{
    struct fixture *fixture = *state;

    memset(fixture, 0, sizeof(*fixture));
    fixture_init(fixture);
    return 0;
}

int fixture_tear_down(void **state)
{
    fixture_fini(*state);
    return 0;
}

const char *fixture_text(struct fixture *fixture, const char *format, ...)
{
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    char *copy = base_arena_text(&fixture->batch->arena, text, (size_t)size);
    assert_non_null(copy);
    return copy;
}

void fixture_key(uint32_t key, uint8_t hash[32])
{
    base_hash(&key, sizeof(key), hash);
}

struct store_write *fixture_write(struct fixture *fixture, enum store_write_kind kind, uint64_t application)
{
    struct store_batch *batch = fixture->batch;

    if (batch->owner != NULL) { /* committed: begin anew */
        base_arena_fini(&batch->arena);
        batch->count = 0;
        batch->owner = NULL;
    }
    assert_true(batch->count < STORE_BATCH_WRITES_MAX);
    struct store_write *write = &batch->writes[batch->count++];
    *write = (struct store_write){.kind = kind, .application = application, .due_day = INT32_MAX,
                                  .wake_minute = INT64_MAX, .at_ms = 1000 + (int64_t)application};
    return write;
}

struct store_write *fixture_intake(struct fixture *fixture, uint64_t application, uint32_t key)
{
    struct store_write *write = fixture_write(fixture, STORE_WRITE_INTAKE, application);
    unsigned long long id = application;

    write->service = 1;
    write->status = 2;
    write->state = fixture_text(fixture, "state %llu", id);
    write->state_size = (uint32_t)strlen(write->state);
    write->document = fixture_text(fixture, "{\"document\":%llu}", id);
    write->document_size = (uint32_t)strlen(write->document);
    write->record = fixture_text(fixture, "{\"received\":%llu}", id);
    write->record_size = (uint32_t)strlen(write->record);
    write->has_key = key != 0;
    fixture_key(key, write->key_hash);
    base_hash(write->document, write->document_size, write->body_hash);
    return write;
}

struct store_write *fixture_transition(struct fixture *fixture, uint64_t application, const char *state)
{
    struct store_write *write = fixture_write(fixture, STORE_WRITE_TRANSITION, application);

    write->status = 2;
    write->state = fixture_text(fixture, "%s", state);
    write->state_size = (uint32_t)strlen(state);
    write->record = fixture_text(fixture, "{\"became\":\"%s\"}", state);
    write->record_size = (uint32_t)strlen(write->record);
    return write;
}

static void on_committed(struct store_batch *batch)
{
    struct fixture *fixture = batch->owner;

    fixture->committed++;
    uv_stop(&fixture->loop);
}

void fixture_commit(struct fixture *fixture)
{
    unsigned before = fixture->committed;

    fixture->batch->owner = fixture;
    assert_int_equal(store_commit_start(fixture->store, fixture->batch, on_committed), OD_OK);
    while (fixture->committed == before)
        uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->committed, before + 1);
}
