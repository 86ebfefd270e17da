/* SPDX-License-Identifier: Apache-2.0 */
/* The versions that were in force, and their files.
 *
 *   list: [pool: a page of changes, and of each the applications of its time that are open] -> answer
 *   files: a version that came as an archive has it; the folder's are packed when they are taken; of others there is what
 *   the store keeps for their applications, as one file: [pool] -> answer */
#include "engine/force.h"

#include <stdio.h>
#include <string.h>

#include "store/desk.h"

/* -- GET /v1/catalog/versions -- */

struct listing {
    struct front_request *request;
    struct engine_entry_page page;
    struct store_entry newer;   /* the change after the first of the page */
    bool has_newer;
    uint32_t open[BASE_PAGE_MAX], unlisted; /* open applications, by row; of before the first change ever */
};

/* What a body says; 0 when it does not say it. */
static uint64_t first_application(const struct store_entry *entry)
{
    struct base_json_error error;
    struct base_json *body = NULL;
    int64_t from = 0;

    if (base_json_parse(entry->body, entry->body_size, &body, &error) == OD_OK &&
        base_json_i64(base_json_member(body, "application_from"), 1, INT64_MAX, &from) != OD_OK)
        from = 0;
    base_json_destroy(body);
    return (uint64_t)from;
}

static bool is_of(const struct store_entry *entry, const char *version)
{
    struct base_json_error error;
    struct base_json *body = NULL;
    bool is_same = base_json_parse(entry->body, entry->body_size, &body, &error) == OD_OK && base_json_member_text(body, "version") != NULL &&
                   strcmp(base_json_member_text(body, "version"), version) == 0;

    base_json_destroy(body);
    return is_same;
}

static int open_count(struct listing *listing, struct store_reader *reader)
{
    const struct engine_entry_page *page = &listing->page;
    uint64_t before = listing->has_newer ? first_application(&listing->newer) : UINT64_MAX;
    int rc = OD_OK;

    for (size_t i = 0; i < page->count && rc == OD_OK; i++) {
        uint64_t from = first_application(&page->entries[i]);

        rc = store_count_open_between(reader, from, before, &listing->open[i]);
        before = from;
    }
    if (rc == OD_OK && page->count > 0 && page->next == 0)
        rc = store_count_open_between(reader, 1, before, &listing->unlisted);
    return rc;
}

static void read_page(struct engine_job *job, struct store_reader *reader)
{
    struct listing *listing = job->data;
    struct engine_entry_page *page = &listing->page;
    size_t newer = 0;

    page->entries = base_arena_take(&job->arena, page->room * sizeof(*page->entries));
    job->rc = page->entries == NULL ? OD_ENOMEM : store_reader_hold(reader);
    if (job->rc != OD_OK)
        return;
    job->rc = store_read_entries(reader, &page->filter, &job->arena, page->entries, page->room, &page->count, &page->next);
    if (job->rc == OD_OK && page->count > 0)
        job->rc = store_read_entries_up(reader, ENGINE_ENTRY_CATALOG, page->entries[0].state, page->entries[0].id, &job->arena, &listing->newer, 1, &newer);
    listing->has_newer = newer > 0;
    if (job->rc == OD_OK)
        job->rc = open_count(listing, reader);
    store_reader_release(reader);
}

static void put_members(struct base_buffer *out, const struct store_entry *entry)
{
    static const char *const names[] = {"version", "from_version", "source", "by", "reason", "file", "services", "matters", "departments", "changes"};
    struct base_json_error error;
    struct base_json *body = NULL;

    if (base_json_parse(entry->body, entry->body_size, &body, &error) != OD_OK)
        return;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (base_json_member(body, names[i]) != NULL)
            base_json_put(out, names[i], base_json_member(body, names[i]));
    base_json_destroy(body);
}

/* running: the version that is; the record of a change follows it by a moment. */
static void put_row(struct base_buffer *out, const struct listing *listing, size_t at, const char *running)
{
    const struct store_entry *entry = &listing->page.entries[at];
    const struct store_entry *newer = at > 0 ? &listing->page.entries[at - 1] : listing->has_newer ? &listing->newer : NULL;

    base_json_open(out, NULL, '{');
    base_json_put_i64(out, "id", (int64_t)entry->id);
    put_members(out, entry);
    engine_put_ms(out, "since", entry->at_ms);
    engine_put_ms(out, "until", newer != NULL ? newer->at_ms : 0);
    base_json_put_bool(out, "is_in_force", newer == NULL && is_of(entry, running));
    base_json_put_bool(out, "is_current", is_of(entry, running));
    base_json_put_i64(out, "open_applications", listing->open[at]);
    base_json_close(out, '}');
}

static void on_listed(struct engine_job *job)
{
    struct listing *listing = job->data;
    struct front_request *request = listing->request;
    struct base_buffer body = {0};

    if (job->rc != OD_OK) {
        engine_answer_rc(request, job->rc);
        base_free(listing);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "version", catalog_version(job->engine->catalog));
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < listing->page.count; i++)
        put_row(&body, listing, i, catalog_version(job->engine->catalog));
    base_json_close(&body, ']');
    if (listing->page.next == 0)
        base_json_put_i64(&body, "unlisted_open_applications", listing->unlisted);
    engine_list_answer(request, "/v1/catalog/versions", &body, listing->page.next);
    base_free(listing);
}

void engine_force_list(struct engine *engine, struct front_request *request)
{
    int64_t limit = BASE_PAGE_DEFAULT, cursor = 0;
    struct listing *listing;

    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, &limit)) {
        engine_refuse_query(request, "limit");
        return;
    }
    if (!engine_query_integer(request, "cursor", 1, INT64_MAX, &cursor)) {
        engine_refuse_query(request, "cursor");
        return;
    }
    listing = base_alloc(sizeof(*listing));
    int rc = OD_ENOMEM;
    if (listing != NULL) {
        listing->request = request;
        listing->page.room = (size_t)limit;
        listing->page.filter = (struct store_entry_filter){.kind = ENGINE_ENTRY_CATALOG, .state = -1, .department = -1,
                                                           .before = cursor > 0 ? (uint64_t)cursor : UINT64_MAX};
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_page, .on_done = on_listed, .data = listing});
    }
    if (rc == OD_OK)
        return;
    base_free(listing);
    engine_answer_rc(request, rc);
}

/* -- The files of the folder are kept -- */

struct keeping {
    struct catalog_sources sources; /* owned */
    char name[ENGINE_FORCE_NAME_SIZE];
    struct base_buffer packed;
    bool is_there;
};

static void pack_sources(struct engine_job *job, struct store_reader *reader)
{
    struct keeping *keeping = job->data;
    struct base_arena arena = {0};
    const void *value;
    size_t size;

    job->rc = store_read_setting(reader, keeping->name, &arena, &value, &size);
    base_arena_fini(&arena);
    keeping->is_there = job->rc == OD_OK;
    if (job->rc == OD_ENOTFOUND)
        job->rc = catalog_sources_pack(&keeping->sources, &keeping->packed);
    catalog_sources_fini(&keeping->sources);
}

static void on_sources_kept(struct engine *engine, void *data, int rc)
{
    (void)data;
    (void)rc;
    engine->force->packing[0] = '\0';
}

static void on_packed(struct engine_job *job)
{
    struct keeping *keeping = job->data;
    int rc = job->rc;
    bool is_put = rc == OD_OK && !keeping->is_there;

    if (is_put)
        rc = engine_setting_put(job->engine, keeping->name, keeping->packed.bytes, keeping->packed.size);
    if (!is_put || rc != OD_OK ||
        engine_deed_add(job->engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_sources_kept}) != OD_OK)
        on_sources_kept(job->engine, NULL, rc);
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "the files of catalogue %s could not be kept: it is told as one file", keeping->name + strlen(ENGINE_SOURCES));
    base_buffer_fini(&keeping->packed);
    base_free(keeping);
}

void engine_sources_keep(struct engine *engine)
{
    struct engine_force *force = engine->force;
    bool is_wanted = force->sources.count > 0 && force->packing[0] == '\0' && strcmp(force->sources_of, catalog_version(engine->catalog)) == 0;
    struct keeping *keeping = is_wanted && !engine->is_stopping ? base_alloc(sizeof(*keeping)) : NULL;

    if (keeping != NULL) {
        keeping->sources = force->sources;
        force->sources = (struct catalog_sources){.at = NULL};
        snprintf(keeping->name, sizeof(keeping->name), ENGINE_SOURCES "%s", force->sources_of);
        snprintf(force->packing, sizeof(force->packing), "%s", force->sources_of);
        if (engine_job_start(engine, &(struct engine_job){.run = pack_sources, .on_done = on_packed, .data = keeping}) != OD_OK) {
            catalog_sources_fini(&keeping->sources);
            base_free(keeping);
            force->packing[0] = '\0';
        }
    }
    catalog_sources_fini(&force->sources);
}

/* -- GET /v1/catalog/versions/{version}/sources -- */

struct fetching {
    struct front_request *request;
    char version[CATALOG_VERSION_SIZE];
    struct base_buffer archive;
};

static int setting_take(struct store_reader *reader, const char *prefix, const char *version, struct base_buffer *out)
{
    struct base_arena arena = {0};
    char name[ENGINE_FORCE_NAME_SIZE];
    const void *value;
    size_t size;

    snprintf(name, sizeof(name), "%s%s", prefix, version);
    int rc = store_read_setting(reader, name, &arena, &value, &size);
    if (rc == OD_OK)
        base_buffer_put(out, value, size);
    base_arena_fini(&arena);
    return rc == OD_OK && out->is_broken ? OD_ENOMEM : rc;
}

/* Of a version whose files nobody kept: what the store has for its applications, in one. */
static int snapshot_pack(struct store_reader *reader, const char *version, struct base_buffer *out)
{
    struct catalog_sources sources = {0};
    struct base_buffer snapshot = {0};
    size_t size = 0;
    int rc = setting_take(reader, ENGINE_SNAPSHOT, version, &snapshot);

    if (rc == OD_OK) {
        base_buffer_put(&snapshot, "", 1);
        char *text = base_buffer_take(&snapshot, &size);
        rc = catalog_sources_put(&sources, base_copy_text("catalog.json", strlen("catalog.json")), text, size > 0 ? size - 1 : 0);
    }
    if (rc == OD_OK)
        rc = catalog_sources_pack(&sources, out);
    catalog_sources_fini(&sources);
    base_buffer_fini(&snapshot);
    return rc;
}

static void fetch_sources(struct engine_job *job, struct store_reader *reader)
{
    struct fetching *fetching = job->data;

    job->rc = setting_take(reader, ENGINE_SOURCES, fetching->version, &fetching->archive);
    if (job->rc == OD_ENOTFOUND)
        job->rc = setting_take(reader, ENGINE_CANDIDATE, fetching->version, &fetching->archive);
    if (job->rc == OD_ENOTFOUND)
        job->rc = snapshot_pack(reader, fetching->version, &fetching->archive);
}

static void on_fetched(struct engine_job *job)
{
    struct fetching *fetching = job->data;
    char headers[128];

    snprintf(headers, sizeof(headers), "Content-Disposition: attachment; filename=\"catalogue-%s.tar.gz\"\r\n", fetching->version);
    if (job->rc == OD_OK)
        front_answer(fetching->request, 200, "application/gzip", headers, &fetching->archive);
    else
        engine_answer_rc(fetching->request, job->rc);
    base_buffer_fini(&fetching->archive);
    base_free(fetching);
}

void engine_sources_show(struct engine *engine, struct front_request *request)
{
    struct fetching *fetching = engine_is_version(request->params[0]) ? base_alloc(sizeof(*fetching)) : NULL;
    int rc = engine_is_version(request->params[0]) ? OD_ENOMEM : OD_ENOTFOUND;

    if (strcmp(engine->force->packing, request->params[0]) == 0) { /* what is told of a version is always the same */
        base_free(fetching);
        engine_answer_rc(request, OD_EBUSY);
        return;
    }
    if (fetching != NULL) {
        fetching->request = request;
        snprintf(fetching->version, sizeof(fetching->version), "%s", request->params[0]);
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = fetch_sources, .on_done = on_fetched, .data = fetching});
        if (rc != OD_OK)
            base_free(fetching);
    }
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}
