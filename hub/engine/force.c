/* SPDX-License-Identifier: Apache-2.0 */
/* Which catalogue is in force at the start, and what stands on record of each change.
 *
 *   start: the folder's -> is there a newest change? -> the folder is as it was: what was in force comes back from the store
 *                                                    -> it is another: it is in force, and the start is a change */
#include "engine/force.h"

#include <stdio.h>
#include <string.h>

#define STATE 1 /* of every entry: they do not change */
#define RAN "ran/"

const char *engine_force_source_name(enum engine_force_source source)
{
    static const char *const names[] = {[ENGINE_FORCE_START] = "start",   [ENGINE_FORCE_SIGNAL] = "signal", [ENGINE_FORCE_FOLDER] = "folder",
                                        [ENGINE_FORCE_UPLOAD] = "upload", [ENGINE_FORCE_EARLIER] = "earlier"};

    return names[source];
}

bool engine_is_version(const char *text)
{
    return strlen(text) == CATALOG_VERSION_SIZE - 1 && strspn(text, "0123456789abcdef") == CATALOG_VERSION_SIZE - 1;
}

void engine_put_catalog_size(struct base_buffer *buffer, const struct catalog *catalog)
{
    base_json_put_i64(buffer, "services", (int64_t)catalog_service_count(catalog));
    base_json_put_i64(buffer, "matters", (int64_t)catalog_matter_count(catalog));
    base_json_put_i64(buffer, "departments", (int64_t)catalog_department_count(catalog));
}

static void version_copy(char to[CATALOG_VERSION_SIZE], const char *from)
{
    snprintf(to, CATALOG_VERSION_SIZE, "%s", from);
}

/* -- The folder -- */

void engine_force_note_folder(struct engine *engine, const char *version, struct catalog_sources *sources)
{
    struct engine_force *force = engine->force;

    version_copy(force->folder_before, force->folder);
    version_copy(force->folder, version);
    version_copy(force->sources_of, version);
    catalog_sources_fini(&force->sources);
    force->sources = *sources;
    *sources = (struct catalog_sources){.at = NULL};
}

void engine_force_forget_folder(struct engine *engine)
{
    version_copy(engine->force->folder, engine->force->folder_before);
}

/* What the folder held stands in the store, so that the next start knows whether it changed. */
static int folder_put(struct engine *engine)
{
    struct engine_force *force = engine->force;

    if (strcmp(force->noted, force->folder) == 0)
        return OD_OK;
    int rc = engine_setting_put(engine, ENGINE_FOLDER, force->folder, strlen(force->folder));
    if (rc == OD_OK)
        version_copy(force->noted, force->folder);
    return rc;
}

/* -- A change -- */

static void body_put(struct base_buffer *body, const struct engine *engine, const struct engine_taking *taking, const struct catalog *before,
                     const char *from)
{
    bool is_due = engine->force->due != ENGINE_FORCE_NONE; /* it began before now */

    base_json_open(body, NULL, '{');
    base_json_put_text(body, "version", catalog_version(taking->fresh));
    base_json_put_text(body, "from_version", from);
    base_json_put_text(body, "source", engine_force_source_name(taking->source));
    base_json_put_text(body, "by", taking->by);
    base_json_put_text(body, "reason", taking->reason);
    base_json_put_text(body, "file", taking->file);
    engine_put_catalog_size(body, taking->fresh);
    if (before != NULL)
        engine_put_catalog_counts(body, "changes", before, taking->fresh);
    else
        base_json_put_null(body, "changes");
    base_json_put_i64(body, "application_from", (int64_t)(is_due ? engine->force->application_from : engine->application_next));
    base_json_close(body, '}');
}

/* The candidate's archive becomes the version's. */
static int candidate_move(struct engine *engine, const struct engine_taking *taking)
{
    char name[ENGINE_FORCE_NAME_SIZE];
    int rc = OD_OK;

    if (taking->candidate == NULL)
        return OD_OK;
    snprintf(name, sizeof(name), ENGINE_SOURCES "%s", catalog_version(taking->fresh));
    if (taking->archive != NULL)
        rc = engine_setting_put(engine, name, taking->archive, taking->archive_size);
    return rc == OD_OK ? engine_candidate_end(engine, taking->candidate, "catalog_candidate_taken", taking->by, NULL, NULL) : rc;
}

/* from: the version before; NULL = none. */
static int change_put(struct engine *engine, const struct engine_taking *taking, const struct catalog *before, const char *from, const char *summary,
                      engine_call_cb on_stored, void *data)
{
    struct store_entry entry = {.kind = ENGINE_ENTRY_CATALOG, .state = STATE, .id = engine_entry_id(engine, ENGINE_ENTRY_CATALOG),
                                .at_ms = engine->now.ms, .wake_minute = INT64_MAX};
    struct base_buffer body = {0}, more = {0};

    if (taking->source == ENGINE_FORCE_START)
        entry.at_ms = engine->catalog_since_ms; /* a store of an earlier build knows since when */
    body_put(&body, engine, taking, before, from);
    base_buffer_put_format(&more, "\"data\":%s", summary);
    entry.body = base_buffer_text(&body);
    entry.body_size = (uint32_t)body.size;
    int rc = body.is_broken || more.is_broken ? OD_ENOMEM : candidate_move(engine, taking);
    if (rc == OD_OK)
        rc = folder_put(engine);
    if (rc == OD_OK)
        rc = engine_entry_put(engine, &entry, &(struct engine_entry_event){.type = "catalog_reloaded", .by = taking->by, .more = base_buffer_text(&more)},
                              on_stored, data);
    base_buffer_fini(&body);
    base_buffer_fini(&more);
    return rc;
}

int engine_force_put(struct engine *engine, const struct engine_taking *taking, const struct catalog *before, const char *summary,
                       engine_call_cb on_stored, void *data)
{
    return change_put(engine, taking, before, catalog_version(before), summary, on_stored, data);
}

/* -- Start -- */

/* Of the newest change. Errors: OD_ENOTFOUND there was none yet. */
static int newest_read(struct store_reader *reader, char version[CATALOG_VERSION_SIZE])
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_CATALOG, .state = -1, .department = -1, .before = UINT64_MAX};
    struct base_arena arena = {0};
    struct base_json_error error;
    struct base_json *body = NULL;
    struct store_entry entry;
    uint64_t next;
    size_t count = 0;
    int rc = store_read_entries(reader, &filter, &arena, &entry, 1, &count, &next);

    if (rc == OD_OK && count == 0)
        rc = OD_ENOTFOUND;
    if (rc == OD_OK)
        rc = base_json_parse(entry.body, entry.body_size, &body, &error);
    const char *text = rc == OD_OK ? base_json_member_text(body, "version") : NULL;
    if (rc == OD_OK && (text == NULL || !engine_is_version(text)))
        rc = OD_EIO;
    if (rc == OD_OK)
        version_copy(version, text);
    base_json_destroy(body);
    base_arena_fini(&arena);
    return rc == OD_ESYNTAX ? OD_EIO : rc;
}

static int noted_read(struct store_reader *reader, char version[CATALOG_VERSION_SIZE])
{
    struct base_arena arena = {0};
    const void *value;
    size_t size;
    int rc = store_read_setting(reader, ENGINE_FOLDER, &arena, &value, &size);

    if (rc == OD_OK)
        snprintf(version, CATALOG_VERSION_SIZE, "%.*s", size < CATALOG_VERSION_SIZE ? (int)size : CATALOG_VERSION_SIZE - 1, (const char *)value);
    base_arena_fini(&arena);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

static int on_other(void *owner, const char *name, const void *value, size_t size)
{
    const struct engine *engine = owner;
    const char *version = catalog_version(engine->catalog);

    (void)name;
    return size == strlen(version) && memcmp(value, version, size) == 0 ? OD_OK : OD_EEXIST;
}

/* A store that never had another catalogue: all its applications are of this one. Else those of before stand in no row. */
static int first_start(struct engine *engine, struct store_reader *reader)
{
    int rc = store_read_settings(reader, RAN, on_other, engine);

    engine->force->due = ENGINE_FORCE_START;
    engine->force->application_from = rc == OD_EEXIST ? engine->application_next : 1;
    return rc == OD_EEXIST ? OD_OK : rc;
}

/* From its snapshot. Errors: OD_ENOTFOUND, OD_EINVAL (this build refuses it), OD_ENOMEM, OD_EIO. */
static int before_restore(struct store_reader *reader, const char *version, struct catalog **out)
{
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    struct base_arena arena = {0};
    char name[ENGINE_FORCE_NAME_SIZE];
    const void *snapshot;
    size_t size;

    snprintf(name, sizeof(name), ENGINE_SNAPSHOT "%s", version);
    int rc = findings != NULL ? store_read_setting(reader, name, &arena, &snapshot, &size) : OD_ENOMEM;
    if (rc == OD_OK)
        rc = catalog_restore(snapshot, size, out, findings);
    base_free(findings);
    base_arena_fini(&arena);
    return rc;
}

/* It is another than before, so it is taken: whoever changed it, and started the hub, wanted that. */
static void folder_win(struct engine *engine)
{
    engine->force->due = ENGINE_FORCE_START;
    engine->force->application_from = engine->application_next;
    base_log(BASE_LOG_WARNING, "catalogue %s of the configured folder takes the place of %s: the folder changed since it was last read",
             catalog_version(engine->catalog), engine->force->before);
}

/* The folder is as it was: what an admin put in force since then goes on. */
static int before_resume(struct engine *engine, struct store_reader *reader, char text[512])
{
    const char *before = engine->force->before;
    struct catalog *catalog = NULL;
    int rc = before_restore(reader, before, &catalog);

    if (rc != OD_OK) {
        snprintf(text, 512, "catalogue %s, which was in force, cannot be taken from the store (%s): go on with the build that wrote it, or change "
                            "the configured folder, whose catalogue is taken then", before, base_error_text(rc));
        return rc == OD_ENOMEM ? rc : OD_EINVAL;
    }
    if (strcmp(catalog_zone(catalog), catalog_zone(engine->catalog)) != 0) { /* a data folder that came under another configuration */
        catalog_release(catalog);
        folder_win(engine);
        return OD_OK;
    }
    base_log(BASE_LOG_INFO, "catalogue %s is in force, as an admin decided; the configured folder holds %s, as when it was last read", before,
             catalog_version(engine->catalog));
    catalog_release(engine->catalog);
    engine->catalog = catalog;
    return OD_OK;
}

int engine_force_start(struct engine *engine, struct store_reader *reader, char text[512])
{
    struct engine_force *force = engine->force;
    int rc = newest_read(reader, force->before);
    bool has_before = rc == OD_OK;

    if (rc == OD_ENOTFOUND)
        rc = first_start(engine, reader);
    if (rc == OD_OK)
        rc = noted_read(reader, force->noted);
    if (rc == OD_OK && has_before && strcmp(force->before, force->folder) != 0) {
        if (strcmp(force->noted, force->folder) == 0)
            rc = before_resume(engine, reader, text);
        else
            folder_win(engine);
    }
    return rc == OD_OK ? engine_catalog_keep(engine, engine->catalog) : rc;
}

static void due_summary_put(struct base_buffer *summary, const struct engine *engine, const char *from)
{
    base_json_open(summary, NULL, '{');
    base_json_put_text(summary, "from_version", from);
    base_json_put_text(summary, "version", catalog_version(engine->catalog));
    base_json_put_text(summary, "source", engine_force_source_name(engine->force->due));
    base_json_close(summary, '}');
}

static void on_due_put(struct engine *engine, void *data, int rc)
{
    const enum engine_force_source *source = data;

    if (rc != OD_OK) { /* there was no room for it: engine_force_renew */
        engine->force->due = *source;
        engine->force->noted[0] = '\0';
    }
    base_free(data);
}

static void due_put(struct engine *engine)
{
    struct engine_force *force = engine->force;
    const struct engine_taking taking = {.fresh = engine->catalog, .source = force->due, .by = "hub"};
    const char *from = force->before[0] != '\0' ? force->before : NULL;
    enum engine_force_source *source = base_alloc(sizeof(*source));
    struct store_reader *reader = store_reader_take(engine->store);
    struct base_buffer summary = {0};
    struct catalog *before = NULL;

    if (from != NULL && before_restore(reader, from, &before) != OD_OK)
        base_log(BASE_LOG_WARNING, "catalogue %s cannot be read: what changed since it is not on record", from);
    store_reader_give(engine->store, reader);
    due_summary_put(&summary, engine, from);
    int rc = summary.is_broken || source == NULL ? OD_ENOMEM : OD_OK;
    if (rc == OD_OK) {
        *source = force->due;
        rc = change_put(engine, &taking, before, from, base_buffer_text(&summary), on_due_put, source);
    }
    if (rc == OD_OK) {
        force->due = ENGINE_FORCE_NONE;
    } else { /* the next start does it */
        base_log(BASE_LOG_WARNING, "that catalogue %s is in force could not be put on record: %s", catalog_version(engine->catalog), base_error_text(rc));
        base_free(source);
    }
    base_buffer_fini(&summary);
    catalog_release(before);
}

void engine_force_lose(struct engine *engine, const char *before)
{
    struct engine_force *force = engine->force;

    if (force->due == ENGINE_FORCE_NONE) { /* else from what is on record */
        version_copy(force->before, before);
        force->application_from = engine->application_next;
    }
    force->due = ENGINE_FORCE_SIGNAL;
    force->noted[0] = '\0';
}

void engine_force_renew(struct engine *engine)
{
    engine->force->noted[0] = '\0'; /* what was noted may be lost with the rest */
    if (engine->force->due != ENGINE_FORCE_NONE)
        due_put(engine);
    else if (folder_put(engine) != OD_OK)
        base_log(BASE_LOG_WARNING, "what the configured folder holds could not be noted");
}

void engine_force_tell_start(struct engine *engine)
{
    engine_entry_on_due(engine, ENGINE_ENTRY_CANDIDATE, engine_candidate_on_due);
    if (engine->force->due != ENGINE_FORCE_NONE)
        due_put(engine);
    else if (folder_put(engine) != OD_OK)
        base_log(BASE_LOG_WARNING, "what the configured folder holds could not be noted");
    engine_sources_keep(engine);
}

int engine_force_create(struct engine *engine)
{
    engine->force = base_alloc(sizeof(*engine->force));
    return engine->force != NULL ? OD_OK : OD_ENOMEM;
}

void engine_force_fini(struct engine *engine)
{
    if (engine->force == NULL)
        return;
    catalog_sources_fini(&engine->force->sources);
    base_free(engine->force);
    engine->force = NULL;
}
