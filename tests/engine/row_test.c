/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/claim.h"

#include <stdlib.h>

#include "catalog/fixture.h"
#include "journal/row.h"
#include "lib/check.h"

#define ID 4711
#define FLIPS 20000

static uv_loop_t loop;
static struct engine *engine;
static char folder[1024];

static int open_engine(void **state)
{
    char text[512];

    (void)state;
    engine = calloc(1, sizeof(*engine));
    assert_non_null(engine);
    CHECK_I64(0, uv_loop_init(&loop), "a loop");
    snprintf(folder, sizeof(folder), "%s", fixture_folder());
    CHECK_I64(OD_OK, store_open(&loop, &(struct store_options){.folder = folder}, &engine->store, text), text);
    base_list_init(&engine->recent);
    engine->catalog = fixture_catalog();
    CHECK_I64(OD_OK, engine_catalog_keep(engine, engine->catalog), "kept");
    return 0;
}

static int close_engine(void **state)
{
    (void)state;
    store_close(engine->store, NULL, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK_I64(0, uv_loop_close(&loop), "nothing is left open");
    engine_catalogs_fini(engine);
    catalog_release(engine->catalog);
    free(engine);
    fixture_remove(folder);
    return 0;
}

static void step(struct engine_application *application, struct core_event event)
{
    struct core_effects effects;

    event.time = (struct core_time){.ms = 1707350400000, .day = 19761, .minute = 600};
    CHECK_I64(OD_OK, core_step(&application->service->rules, application->core, &event, &effects), "a step");
}

static void set_text(struct engine_text *text, const char *bytes)
{
    CHECK_I64(OD_OK, engine_text_set(text, bytes, strlen(bytes)), "a text");
}

/* One in review, with one task accepted, one blocked, and a text in every place. */
static struct engine_application *create(void)
{
    const struct catalog_service *service = catalog_service_find(engine->catalog, "open-cafe");
    struct engine_application *application = engine_application_create(service, ID);
    char text[64];

    assert_non_null(application);
    application->core->task_count = (uint8_t)service->matter_count;
    step(application, (struct core_event){.type = CORE_RECEIVED,
                                          .received = {.id = ID, .included = 7, .is_complete = true}});
    step(application, (struct core_event){.type = CORE_OFFERED, .offered = {.tasks = 1, .epoch = 9}});
    step(application, (struct core_event){.type = CORE_ACCEPTED, .epoch = 9});
    for (unsigned i = 0; i < service->matter_count; i++)
        for (unsigned kind = 0; kind < ENGINE_TEXT_CLAIM; kind++) {
            snprintf(text, sizeof(text), "\"text %u of task %u \xe5\x8a\x9e\"", kind, i);
            set_text(engine_task_text(application, i, (enum engine_text_kind)kind), text);
        }
    set_text(&application->notice, "{\"missing\":[]}");
    application->window = STORE_WINDOWS_MAX;
    return application;
}

static void check_same(const struct engine_application *a, const struct engine_application *b)
{
    uint8_t bytes[2][CORE_PACKED_MAX];
    size_t sizes[2] = {core_application_pack(a->core, bytes[0], CORE_PACKED_MAX),
                       core_application_pack(b->core, bytes[1], CORE_PACKED_MAX)};

    CHECK_I64(sizes[0], sizes[1], "the core state");
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    CHECK(a->service == b->service, "the pinned service");
    for (unsigned i = 0; i < a->service->matter_count * ENGINE_TEXTS; i++) {
        CHECK_I64(a->texts[i].size, b->texts[i].size, "the size of a text");
        CHECK(a->texts[i].size == 0 || strcmp(a->texts[i].bytes, b->texts[i].bytes) == 0, "a text");
    }
    CHECK_I64(a->notice.size, b->notice.size, "the notice");
    CHECK_I64(a->window, b->window, "the window");
}

static void test_round_trip(void **state)
{
    struct engine_application *application = create(), *read = NULL;
    struct base_buffer row = {0}, again = {0};

    (void)state;
    engine_row_put(&row, application);
    CHECK_I64(OD_OK, engine_row_read(engine, ID, row.bytes, row.size, &read), "a row");
    check_same(application, read);
    CHECK_I64(1, read->owed, "what is accepted is owed; blocked and skipped tasks are not");
    CHECK_I64(0, read->owed_officer, "a connector has it");
    engine_row_put(&again, read);
    CHECK_I64(row.size, again.size, "the same bytes again");
    assert_memory_equal(row.bytes, again.bytes, row.size);
    base_buffer_fini(&row);
    base_buffer_fini(&again);
    engine_application_destroy(read);
    engine_application_destroy(application);
}

/* A row of before windows were counted. */
static void test_first_version(void **state)
{
    struct engine_application *application = create(), *read = NULL;
    struct base_buffer row = {0};

    (void)state;
    engine_row_put(&row, application);
    row.bytes[0] = 1;
    CHECK_I64(OD_EIO, engine_row_read(engine, ID, row.bytes, row.size, &read), "it ends with its texts");
    CHECK_I64(OD_OK, engine_row_read(engine, ID, row.bytes, row.size - 2, &read), "without a window");
    application->window = 0;
    check_same(application, read);
    row.bytes[0] = JOURNAL_ROW_VERSION + 1;
    CHECK_I64(OD_EIO, engine_row_read(engine, ID, row.bytes, row.size, &read), "of a newer hub");
    base_buffer_fini(&row);
    engine_application_destroy(read);
    engine_application_destroy(application);
}

/* A claim stands behind the row, of a task that is with the officers alone: others have none to keep. */
static void test_claims(void **state)
{
    struct engine_application *application = create(), *read = NULL;
    struct engine_claim claim;
    struct journal_row head;
    struct base_buffer plain = {0}, row = {0};

    (void)state;
    engine_row_put(&plain, application);
    CHECK_I64(OD_OK, engine_claim_set(application, 0, "li.na", 1764443123123), "set");
    CHECK(!engine_claim_find(application, 0, &claim), "a connector has it");
    engine_row_put(&row, application);
    CHECK_I64(plain.size, row.size, "nothing of it is written");
    application->core->tasks[0].is_by_officer = true;
    CHECK(engine_claim_find(application, 0, &claim) && strcmp(claim.by, "li.na") == 0 && claim.at_ms == 1764443123123, "an officer has it");
    CHECK_I64(1, application->desk_changed, "its row of the outbox is to be written");
    base_buffer_clear(&row);
    engine_row_put(&row, application);
    CHECK(row.size > plain.size, "it is written");
    CHECK_I64(OD_OK, journal_row_read(row.bytes, row.size, &head), "and its head read by who has no engine: export, replay, simulate");
    CHECK_I64(OD_OK, journal_row_read(plain.bytes, plain.size, &head), "as that of one without");
    CHECK_I64(OD_OK, engine_row_read(engine, ID, row.bytes, row.size, &read), "and read");
    CHECK(engine_claim_find(read, 0, &claim) && strcmp(claim.by, "li.na") == 0 && claim.at_ms == 1764443123123, "the same");
    engine_application_destroy(read);
    for (size_t size = plain.size + 1; size < row.size; size++)
        CHECK_I64(OD_EIO, engine_row_read(engine, ID, row.bytes, size, &read), "cut");
    row.bytes[plain.size] = (char)application->service->matter_count;
    CHECK_I64(OD_EIO, engine_row_read(engine, ID, row.bytes, row.size, &read), "of a task that is not there");
    application->core->tasks[0].is_by_officer = false;
    engine_claims_settle(application);
    CHECK(engine_task_text(application, 0, ENGINE_TEXT_CLAIM)->bytes == NULL, "it ends when the task leaves the officers");
    base_buffer_fini(&plain);
    base_buffer_fini(&row);
    engine_application_destroy(application);
}

/* What milestones say stands there too, of any task, in any state; beside the claims. */
static void test_marks(void **state)
{
    struct engine_application *application = create(), *read = NULL;
    struct base_buffer plain = {0}, row = {0};
    struct engine_claim claim;
    struct journal_row head;
    size_t whole = 0;

    (void)state;
    engine_row_put(&plain, application);
    set_text(engine_task_text(application, 0, ENGINE_TEXT_MARKS), "{\"hearing\":{\"on\":\"2024-02-20\",\"chair\":\"judge\"}}");
    set_text(engine_task_text(application, 2, ENGINE_TEXT_MARKS), "{\"delegated\":{\"to\":\"the town\",\"on\":\"2024-02-08\"}}");
    CHECK_I64(OD_OK, engine_claim_set(application, 0, "li.na", 1764443123123), "set");
    application->core->tasks[0].is_by_officer = true;
    engine_row_put(&row, application);
    CHECK_I64(OD_OK, engine_row_read(engine, ID, row.bytes, row.size, &read), "a row");
    check_same(application, read);
    CHECK(engine_claim_find(read, 0, &claim) && strcmp(claim.by, "li.na") == 0, "the claim, too");
    CHECK_I64(OD_OK, journal_row_read(row.bytes, row.size, &head), "its head is read by who has no engine");
    engine_application_destroy(read);
    read = NULL;
    for (size_t size = plain.size + 1; size < row.size; size++) {
        whole += engine_row_read(engine, ID, row.bytes, size, &read) == OD_OK;
        engine_application_destroy(read);
        read = NULL;
    }
    CHECK_I64(2, whole, "cut between two of them alone it is a row");
    row.bytes[plain.size] = (char)0x80;
    CHECK_I64(OD_EIO, engine_row_read(engine, ID, row.bytes, row.size, &read), "of a kind that is not there");
    base_buffer_fini(&plain);
    base_buffer_fini(&row);
    engine_application_destroy(application);
}

static void test_no_texts(void **state)
{
    const struct catalog_service *service = catalog_service_find(engine->catalog, "open-stand");
    struct engine_application *application = engine_application_create(service, ID), *read = NULL;
    struct base_buffer row = {0};

    (void)state;
    application->core->task_count = 1;
    step(application, (struct core_event){.type = CORE_RECEIVED, .received = {.id = ID, .included = 1, .is_complete = true}});
    engine_row_put(&row, application);
    CHECK_I64(OD_OK, engine_row_read(engine, ID, row.bytes, row.size, &read), "a row");
    check_same(application, read);
    CHECK(read->texts[0].bytes == NULL && read->notice.bytes == NULL, "none stays none");
    base_buffer_fini(&row);
    engine_application_destroy(read);
    engine_application_destroy(application);
}

/* Read a copy that ends where its memory ends. */
static int read_copy(const char *bytes, size_t size, struct engine_application **out)
{
    char *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    int rc = engine_row_read(engine, ID, copy, size, out);
    free(copy);
    return rc;
}

static void test_truncated(void **state)
{
    struct engine_application *application = create(), *read = NULL;
    struct base_buffer row = {0};

    (void)state;
    engine_row_put(&row, application);
    for (size_t size = 0; size < row.size; size++) {
        CHECK_I64(OD_EIO, read_copy(row.bytes, size, &read), "a row that was cut");
        CHECK(read == NULL, "nothing is given");
    }
    base_buffer_put(&row, "", 1);
    CHECK_I64(OD_EIO, read_copy(row.bytes, row.size, &read), "a byte too many");
    base_buffer_fini(&row);
    engine_application_destroy(application);
}

static uint64_t dice;

static uint32_t roll(uint32_t sides)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(dice >> 33) % sides;
}

/* A broken row is refused, or is another row: never anything worse. */
static void test_flipped(void **state)
{
    struct engine_application *application = create();
    struct base_buffer row = {0};
    size_t refused = 0;

    (void)state;
    dice = 1;
    engine_row_put(&row, application);
    for (int i = 0; i < FLIPS; i++) {
        struct engine_application *read = NULL;
        size_t at = roll((uint32_t)row.size);
        char before = row.bytes[at];

        row.bytes[at] = (char)((unsigned char)before ^ (1 + roll(255)));
        int rc = read_copy(row.bytes, row.size, &read);
        CHECK(rc == OD_OK || rc == OD_EIO, "refused as what cannot be read");
        CHECK((rc == OD_OK) == (read != NULL), "given only when it was read");
        refused += rc != OD_OK;
        engine_application_destroy(read);
        row.bytes[at] = before;
    }
    CHECK(refused > FLIPS / 20, "most of what is not text is noticed");
    base_buffer_fini(&row);
    engine_application_destroy(application);
}

static void test_no_memory(void **state)
{
    struct engine_application *application = create(), *read = NULL;
    struct base_buffer row = {0};
    uint64_t at = 0;
    int rc;

    (void)state;
    engine_row_put(&row, application);
    do {
        base_alloc_fail_at(++at);
        rc = engine_row_read(engine, ID, row.bytes, row.size, &read);
        CHECK(rc == OD_OK || (rc == OD_ENOMEM && read == NULL), "no memory");
    } while (rc != OD_OK && at < 1000);
    base_alloc_fail_at(0);
    CHECK_I64(OD_OK, rc, "a clean pass at last");
    check_same(application, read);
    base_buffer_fini(&row);
    engine_application_destroy(read);
    engine_application_destroy(application);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_first_version), cmocka_unit_test(test_claims), cmocka_unit_test(test_marks), cmocka_unit_test(test_no_texts),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_flipped),    cmocka_unit_test(test_no_memory),
    };

    base_log_init("row_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, open_engine, close_engine);
}
