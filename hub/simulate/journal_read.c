/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/journal_read.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "catalog/calendar.h"
#include "journal/row.h"

#define ARENA_SIZE (1024 * 1024)
#define VERSION_DIGITS (CATALOG_VERSION_SIZE - 1)

static void catalogs_release(struct simulate_book *book)
{
    for (size_t i = 0; i < book->catalog_count; i++)
        catalog_release(book->catalogs[i]);
    book->catalog_count = 0;
    book->generation++;
    book->reigned = NULL;
}

void simulate_book_fini(struct simulate_book *book)
{
    catalogs_release(book);
    for (size_t i = 0; i < book->ran_count; i++)
        catalog_release(book->ran[i].catalog);
    base_free(book->ran);
    book->ran = NULL;
    book->ran_count = 0;
    base_arena_fini(&book->arena);
}

/* -- Catalogues -- */

static int catalog_read(struct simulate_book *book, const char *version, struct catalog **out)
{
    char name[sizeof("catalog/") + CATALOG_VERSION_SIZE];
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    const void *snapshot;
    size_t size;
    int rc = findings != NULL ? OD_OK : OD_ENOMEM;

    snprintf(name, sizeof(name), "catalog/%s", version);
    if (rc == OD_OK)
        rc = store_read_setting(book->reader, name, &book->arena, &snapshot, &size);
    if (rc == OD_OK)
        rc = catalog_restore(snapshot, size, out, findings);
    base_free(findings);
    return rc == OD_ENOMEM ? rc : rc == OD_OK ? OD_OK : OD_ENOTFOUND;
}

static int catalog_find(struct simulate_book *book, const char *version, struct catalog **out)
{
    for (size_t i = 0; i < book->catalog_count; i++)
        if (strcmp(catalog_version(book->catalogs[i]), version) == 0) {
            *out = book->catalogs[i];
            return OD_OK;
        }
    if (book->catalog_count == SIMULATE_CATALOGS_KEPT)
        catalogs_release(book);
    int rc = catalog_read(book, version, out);
    if (rc == OD_OK)
        book->catalogs[book->catalog_count++] = *out;
    return rc;
}

/* -- Calendars: the pinned catalogues follow those of the running one -- */

static int ran_add(struct simulate_book *book, core_ms from_ms, const char *version)
{
    struct catalog *catalog = NULL;
    int rc = catalog_read(book, version, &catalog);

    if (rc != OD_OK || (book->ran_count > 0 && !catalog_calendars_differ(book->ran[book->ran_count - 1].catalog, catalog))) {
        catalog_release(catalog);
        return rc;
    }
    if (book->ran_count == book->ran_room) {
        size_t room = book->ran_room > 0 ? 2 * book->ran_room : 8;
        struct simulate_ran *ran = base_realloc(book->ran, room * sizeof(*ran));

        if (ran == NULL) {
            catalog_release(catalog);
            return OD_ENOMEM;
        }
        book->ran = ran;
        book->ran_room = room;
    }
    book->ran[book->ran_count++] = (struct simulate_ran){from_ms, catalog};
    return OD_OK;
}

struct ran_names {
    struct base_buffer text; /* "ms version\n" each */
};

static int on_ran(void *owner, const char *name, const void *value, size_t size)
{
    struct ran_names *names = owner;

    if (size == VERSION_DIGITS && strlen(name) < 32)
        base_buffer_put_format(&names->text, "%s %.*s\n", name + strlen("ran/"), (int)size, (const char *)value);
    return OD_OK;
}

int simulate_book_open(struct simulate_book *book)
{
    struct ran_names names = {.text = {0}};
    long long from_ms;
    char version[CATALOG_VERSION_SIZE];
    int rc = store_read_settings(book->reader, "ran/", on_ran, &names), used = 0;

    if (rc == OD_OK && names.text.is_broken)
        rc = OD_ENOMEM;
    for (const char *at = base_buffer_text(&names.text); rc == OD_OK && sscanf(at, "%lld %16s\n%n", &from_ms, version, &used) == 2; at += used)
        rc = ran_add(book, from_ms, version);
    base_buffer_fini(&names.text);
    return rc == OD_ENOTFOUND ? OD_EIO : rc;
}

/* Before the first of them the store did not note it: the first one's hold. */
static void on_time(void *owner, core_ms ms)
{
    struct simulate_page *page = owner;
    struct simulate_book *book = page->book;
    size_t i = book->ran_count - 1;

    while (i > 0 && book->ran[i].from_ms > ms)
        i--;
    if (book->reigned == page->service->catalog && book->reign == book->ran[i].catalog)
        return;
    for (size_t k = 0; k < book->catalog_count; k++)
        if (book->catalogs[k] == page->service->catalog)
            catalog_calendars_adopt(book->catalogs[k], book->ran[i].catalog);
    book->reigned = page->service->catalog;
    book->reign = book->ran[i].catalog;
}

struct simulate_reign simulate_page_reign(struct simulate_book *book, struct simulate_page *page)
{
    return (struct simulate_reign){.on_time = book->ran_count > 1 ? on_time : NULL, .owner = page};
}

/* -- Rows -- */

int simulate_page_read(struct simulate_book *book, uint64_t id, struct simulate_page *page)
{
    struct journal_row head;
    struct store_row row;
    struct catalog *catalog;
    unsigned task_count;

    *page = (struct simulate_page){.id = id, .book = book};
    book->detail[0] = '\0';
    if (book->arena.size > ARENA_SIZE) /* not after each: a block serves many */
        base_arena_fini(&book->arena);
    int rc = store_read_application(book->reader, id, &book->arena, &row);
    if (rc != OD_OK)
        return rc == OD_ENOMEM ? rc : OD_EIO;
    if (journal_row_read(row.state, row.state_size, &head) != OD_OK)
        return OD_EIO;
    page->packed = head.packed;
    page->packed_size = head.packed_size;
    snprintf(book->detail, sizeof(book->detail), "%s", head.catalog);
    rc = catalog_find(book, head.catalog, &catalog);
    if (rc != OD_OK)
        return rc;
    page->service = catalog_service_find(catalog, head.service);
    snprintf(book->detail, sizeof(book->detail), "%s: %s", head.catalog, head.service);
    if (page->service == NULL)
        return OD_ENOTFOUND;
    rc = core_application_peek(page->packed, page->packed_size, &task_count);
    return rc == OD_OK && task_count == page->service->matter_count ? OD_OK : OD_EIO;
}

/* -- Journals -- */

static int fold_json(struct simulate_book *book, const struct base_json *json, uint64_t id, struct simulate_fold *fold)
{
    struct core_event event;
    int rc = journal_event_read(json, id, &event);

    if (rc == OD_ENOTFOUND)
        return OD_OK; /* for people alone: "decided", "progress" ... */
    if (rc == OD_OK)
        rc = simulate_fold_event(fold, &event);
    if (rc != OD_OK)
        snprintf(book->detail, sizeof(book->detail), "%.64s: %s", base_json_member_text(json, "type"), base_error_name(rc));
    return rc;
}

static int fold_record(struct simulate_book *book, const struct store_record *record, uint64_t id, struct simulate_fold *fold)
{
    struct base_json_error error;
    struct base_json *root = NULL;
    int rc = base_json_parse(record->record, record->size, &root, &error);

    if (rc != OD_OK) {
        snprintf(book->detail, sizeof(book->detail), "journal %llu", (unsigned long long)record->seq);
        return rc;
    }
    const struct base_json *events = base_json_member(root, "events");
    for (const struct base_json *event = base_json_first(events); event != NULL && rc == OD_OK; event = base_json_next(event))
        rc = fold_json(book, event, id, fold);
    base_json_destroy(root);
    return rc;
}

/* Every change of calendars in the application's time is one to be looked at. */
static int redate(const struct simulate_book *book, core_ms horizon_ms, struct simulate_room *room)
{
    int rc = OD_OK;

    for (size_t i = 1; i < book->ran_count && rc == OD_OK; i++) {
        core_ms until_ms = i + 1 < book->ran_count ? book->ran[i + 1].from_ms : INT64_MAX;
        if (book->ran[i].from_ms > room->recorded->received_ms && book->ran[i].from_ms <= horizon_ms)
            rc = simulate_course_redate(&room->course, book->ran[i].from_ms, until_ms);
    }
    return rc;
}

int simulate_page_fold(struct simulate_book *book, struct simulate_page *page, core_ms horizon_ms, struct simulate_room *room)
{
    struct simulate_fold fold = {.rules = &page->service->rules, .state = room->recorded, .course = &room->course,
                                 .reign = simulate_page_reign(book, page)};
    struct store_record *records;
    size_t count;

    simulate_state_clear(room->recorded);
    simulate_course_clear(&room->course);
    int rc = store_read_history(book->reader, page->id, 0, &book->arena, &records, &count);
    for (size_t i = 0; i < count && rc == OD_OK; i++)
        rc = fold_record(book, &records[i], page->id, &fold);
    if (rc == OD_OK && room->course.act_count == 0)
        rc = OD_ESYNTAX; /* nothing was ever received */
    if (rc == OD_OK)
        rc = simulate_fold_end(&fold, horizon_ms);
    return rc == OD_OK ? redate(book, horizon_ms, room) : rc;
}

/* -- Documents -- */

int simulate_page_included(struct simulate_book *book, const struct simulate_page *page, const struct catalog_service *service,
                           core_day received_day, core_task_set *included)
{
    struct catalog_problems *problems = base_alloc(sizeof(*problems));
    struct catalog_intake *intake = base_alloc(sizeof(*intake));
    struct base_json *body = NULL;
    struct base_json_error error;
    const char *document;
    size_t size;
    int rc = problems != NULL && intake != NULL ? OD_OK : OD_ENOMEM;

    if (rc == OD_OK)
        rc = store_read_document(book->reader, page->id, &book->arena, &document, &size);
    if (rc == OD_OK)
        rc = base_json_parse(document, size, &body, &error);
    if (rc == OD_OK)
        rc = catalog_submission_check(service, body, received_day, problems, intake);
    if (rc == OD_OK)
        *included = intake->included;
    base_json_destroy(body);
    base_free(problems);
    base_free(intake);
    return rc == OD_ESYNTAX || rc == OD_ENOTFOUND ? OD_EIO : rc;
}
