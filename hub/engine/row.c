/* SPDX-License-Identifier: Apache-2.0 */
/* An application as a row: the packed core state and its texts.
 *
 *   u8 version | 16 bytes catalogue version | u16 size, service id |
 *   u16 size, packed core | texts: for each task and kind, then the notice and the answers:
 *   u32 size, bytes | u16 window (version 2)
 *   | what few tasks have: u8 task (low six bits) and kind, u32 size, bytes: claims (version 3), marks (version 4)
 *   (all little endian)
 *
 * Written with every transition, so it holds what views and offers need and no more. */
#include "engine/claim.h"
#include "engine/quantity.h"
#include "journal/row.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#define ROW_VERSION JOURNAL_ROW_VERSION
#define ROW_VERSION_CLAIMS 3 /* no milestone of it says anything */
#define ROW_VERSION_PLAIN 2  /* nor is anything of it claimed */
#define ROW_VERSION_READ_MIN 1
#define TASK_BITS 0x3fu
#define KIND_SHIFT 6 /* 0 = ENGINE_TEXT_CLAIM, and on */

static_assert(CORE_TASKS_MAX <= TASK_BITS + 1, "a task and a kind share a byte");
#define VERSION_DIGITS (CATALOG_VERSION_SIZE - 1)

static void put_u16(struct base_buffer *buffer, size_t value)
{
    uint16_t wire = htole16((uint16_t)value);

    assert(value <= UINT16_MAX);
    base_buffer_put(buffer, &wire, sizeof(wire));
}

static void put_text(struct base_buffer *buffer, const struct engine_text *text)
{
    uint32_t wire = htole32(text->size);

    base_buffer_put(buffer, &wire, sizeof(wire));
    base_buffer_put(buffer, text->bytes, text->size);
}

/* Of texts in step: those that are seldom stand at the end. */
static bool is_in_body(size_t text)
{
    return text % ENGINE_TEXTS < ENGINE_TEXT_CLAIM;
}

static bool has_text(const struct engine_application *application, unsigned task, enum engine_text_kind kind)
{
    struct engine_claim claim;

    return kind == ENGINE_TEXT_CLAIM ? engine_claim_find(application, task, &claim) : engine_task_text(application, task, kind)->bytes != NULL;
}

static uint8_t version_of(const struct engine_application *application)
{
    uint8_t version = ROW_VERSION_PLAIN;

    for (unsigned i = 0; i < application->core->task_count; i++) {
        if (has_text(application, i, ENGINE_TEXT_MARKS))
            return ROW_VERSION;
        if (has_text(application, i, ENGINE_TEXT_CLAIM))
            version = ROW_VERSION_CLAIMS;
    }
    return version;
}

static void put_seldom(struct base_buffer *buffer, const struct engine_application *application)
{
    for (unsigned i = 0; i < application->core->task_count; i++)
        for (unsigned kind = ENGINE_TEXT_CLAIM; kind < ENGINE_TEXTS; kind++) {
            uint8_t place = (uint8_t)(i | (kind - ENGINE_TEXT_CLAIM) << KIND_SHIFT);

            if (!has_text(application, i, (enum engine_text_kind)kind))
                continue;
            base_buffer_put(buffer, &place, 1);
            put_text(buffer, engine_task_text(application, i, (enum engine_text_kind)kind));
        }
}

void engine_row_put(struct base_buffer *buffer, const struct engine_application *application)
{
    uint8_t packed[CORE_PACKED_MAX], version = version_of(application);
    size_t size = core_application_pack(application->core, packed, sizeof(packed));

    assert(size > 0);
    base_buffer_put(buffer, &version, 1);
    base_buffer_put(buffer, catalog_version(application->catalog), VERSION_DIGITS);
    put_u16(buffer, strlen(application->service->id));
    base_buffer_put_text(buffer, application->service->id);
    put_u16(buffer, size);
    base_buffer_put(buffer, packed, size);
    for (size_t i = 0; i < application->service->matter_count * ENGINE_TEXTS; i++)
        if (is_in_body(i))
            put_text(buffer, &application->texts[i]);
    put_text(buffer, &application->notice);
    put_text(buffer, &application->answers);
    put_u16(buffer, application->window);
    put_seldom(buffer, application);
}

/* A cursor over the row; running past the end is remembered. */
struct cursor {
    const uint8_t *bytes;
    size_t left;
    bool is_broken;
};

static const uint8_t *take(struct cursor *cursor, size_t size)
{
    const uint8_t *bytes = cursor->bytes;

    if (cursor->is_broken || cursor->left < size) {
        cursor->is_broken = true;
        return NULL;
    }
    cursor->bytes += size;
    cursor->left -= size;
    return bytes;
}

static size_t take_u16(struct cursor *cursor)
{
    const uint8_t *bytes = take(cursor, 2);

    return bytes != NULL ? (size_t)(bytes[0] | bytes[1] << 8) : 0;
}

static int take_text(struct cursor *cursor, struct engine_text *text)
{
    const uint8_t *wire = take(cursor, 4);
    uint32_t size = 0;

    if (wire == NULL)
        return OD_ESYNTAX;
    memcpy(&size, wire, sizeof(size));
    size = le32toh(size);
    const uint8_t *bytes = take(cursor, size);
    return bytes != NULL ? engine_text_set(text, (const char *)bytes, size) : OD_ESYNTAX;
}

/* The service that the head of the row names, in its pinned catalogue; NULL when broken or unknown. */
static const struct catalog_service *take_service(struct engine *engine, struct cursor *cursor)
{
    char version[CATALOG_VERSION_SIZE] = "", id[BASE_ID_MAX + 1] = "";
    const uint8_t *row_version = take(cursor, 1), *digits = take(cursor, VERSION_DIGITS);
    size_t size = take_u16(cursor);
    const uint8_t *name = take(cursor, size);

    if (cursor->is_broken || *row_version < ROW_VERSION_READ_MIN || *row_version > ROW_VERSION || size > BASE_ID_MAX)
        return NULL;
    memcpy(version, digits, VERSION_DIGITS);
    memcpy(id, name, size);
    if (strcmp(id, ENGINE_SELF_TEST_SERVICE) == 0)
        return engine_self_test_service(engine);
    struct catalog *catalog = engine_catalog_find(engine, version);
    return catalog != NULL ? catalog_service_find(catalog, id) : NULL;
}

static int read_texts(struct cursor *cursor, struct engine_application *application)
{
    int rc = OD_OK;

    for (size_t i = 0; rc == OD_OK && i < application->service->matter_count * ENGINE_TEXTS; i++)
        if (is_in_body(i))
            rc = take_text(cursor, &application->texts[i]);
    if (rc == OD_OK)
        rc = take_text(cursor, &application->notice);
    return rc == OD_OK ? take_text(cursor, &application->answers) : rc;
}

static int read_seldom(struct cursor *cursor, struct engine_application *application)
{
    int rc = OD_OK;

    while (rc == OD_OK && !cursor->is_broken && cursor->left > 0) {
        const uint8_t *place = take(cursor, 1);
        unsigned task = *place & TASK_BITS, kind = ENGINE_TEXT_CLAIM + (*place >> KIND_SHIFT);

        rc = task >= application->service->matter_count || kind >= ENGINE_TEXTS
                 ? OD_ESYNTAX : take_text(cursor, engine_task_text(application, task, (enum engine_text_kind)kind));
    }
    return rc;
}

bool engine_task_is_owed(const struct core_task *task)
{
    return (core_task_is_open(task) && task->state != CORE_TASK_BLOCKED) || task->is_cancel_owed;
}

bool engine_task_is_for_officer(const struct core_task *task)
{
    return engine_task_is_owed(task) && (task->is_by_officer || task->state == CORE_TASK_PARKED);
}

/* The rows that are owed follow from the state: no need to read them. */
static void derive_owed(struct engine_application *application)
{
    for (unsigned i = 0; i < application->core->task_count; i++) {
        const struct core_task *task = &application->core->tasks[i];
        core_task_set bit = (core_task_set)1 << i;

        if (engine_task_is_owed(task))
            application->owed |= bit;
        if (engine_task_is_for_officer(task))
            application->owed_officer |= bit;
        application->owed_due[i] = task->clocks[CORE_CLOCK_PROMISED].due;
    }
}

int engine_row_read(struct engine *engine, uint64_t id, const void *state, size_t size,
                    struct engine_application **out)
{
    struct cursor cursor = {.bytes = state, .left = size};
    const struct catalog_service *service = take_service(engine, &cursor);
    size_t packed_size = take_u16(&cursor);
    const uint8_t *packed = take(&cursor, packed_size);
    unsigned task_count;

    if (service == NULL || packed == NULL) {
        base_log(BASE_LOG_ERROR, "application %llu: its row or its catalogue version cannot be read",
                 (unsigned long long)id);
        return OD_EIO;
    }
    if (core_application_peek(packed, packed_size, &task_count) != OD_OK || task_count != service->matter_count)
        return OD_EIO;
    struct engine_application *application = engine_application_create(service, id);
    if (application == NULL)
        return OD_ENOMEM;
    int rc = core_application_unpack(application->core, packed, packed_size);
    if (rc == OD_OK)
        rc = read_texts(&cursor, application);
    if (rc == OD_OK && *(const uint8_t *)state >= 2)
        application->window = (uint32_t)take_u16(&cursor);
    if (rc == OD_OK && *(const uint8_t *)state >= ROW_VERSION_CLAIMS)
        rc = read_seldom(&cursor, application);
    if (rc == OD_OK && (cursor.is_broken || cursor.left > 0))
        rc = OD_ESYNTAX;
    if (rc != OD_OK) {
        engine_application_destroy(application);
        return rc == OD_ENOMEM ? rc : OD_EIO;
    }
    derive_owed(application);
    engine_places_derive(application);
    *out = application;
    return OD_OK;
}
