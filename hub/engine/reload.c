/* SPDX-License-Identifier: Apache-2.0 */
/* Another catalogue takes the running one's place; applications stay pinned to theirs, their
 * dates follow its calendars.
 *
 *   reload -> engine_folder_load -> engine_force_take: older versions adopt its calendars -> engine_redate_start
 *     -> durable: answered | not durable: the one before comes back */
#include "engine/key.h"
#include "engine/force.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALENDAR_CHANGES_MAX 64 /* told of one reload */
#define RAN "ran/"

bool engine_zone_fits(const struct engine *engine, const struct catalog *fresh, struct catalog_findings *findings, char text[512])
{
    const char *now = catalog_zone(engine->catalog), *then = catalog_zone(fresh);

    if (strcmp(then, now) == 0)
        return true;
    snprintf(text, 512, "the time zone changed from %.64s to %.64s: put it into the configured folder and restart the hub to take it", now, then);
    findings->items[0] = (struct catalog_finding){.line = 0}; /* of no file */
    findings->count = 1;
    for (unsigned i = 0; i < CATALOG_FINDING_LANGUAGES_MAX; i++)
        snprintf(findings->items[0].text[i], sizeof(findings->items[0].text[i]), "%s", text);
    snprintf(findings->items[0].text[CATALOG_ZH_CN], sizeof(findings->items[0].text[0]),
             "时区由 %.64s 改为 %.64s：请将此目录放入配置的文件夹，再重新启动中枢", now, then);
    return false;
}

int engine_folder_load(struct engine *engine, struct catalog **fresh, struct catalog_findings *findings, struct catalog_sources *kept,
                       char text[512])
{
    struct engine_config config = {.catalog = engine->catalog_folder};
    int rc = catalog_load_keeping(config.catalog, fresh, findings, kept);

    if (rc != OD_OK) {
        engine_findings_tell(&config, rc, findings, text);
    } else if (!engine_zone_fits(engine, *fresh, findings, text)) {
        catalog_sources_fini(kept);
        catalog_release(*fresh);
        *fresh = NULL;
        rc = OD_EINVAL;
    }
    return rc;
}

void engine_put_calendar_changes(struct base_buffer *buffer, const struct catalog *before, const struct catalog *after)
{
    struct catalog_calendar_change changes[CALENDAR_CHANGES_MAX];
    size_t count = catalog_calendars_compare(before, after, changes, CALENDAR_CHANGES_MAX);

    base_json_open(buffer, "calendars", '[');
    for (size_t i = 0; i < count && i < CALENDAR_CHANGES_MAX; i++) {
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "id", changes[i].id);
        base_json_put_text(buffer, "before", changes[i].before);
        base_json_put_text(buffer, "after", changes[i].after);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

/* reason: why it is taken, NULL = not said. */
static void put_summary(struct base_buffer *buffer, const struct engine *engine, const struct catalog *fresh, enum engine_force_source source,
                        const char *reason)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "from_version", catalog_version(engine->catalog));
    base_json_put_text(buffer, "version", catalog_version(fresh));
    engine_put_calendar_changes(buffer, engine->catalog, fresh);
    base_json_put_text(buffer, "source", engine_force_source_name(source));
    if (reason != NULL)
        base_json_put_text(buffer, "reason", reason);
    base_json_close(buffer, '}');
}

static void adopt_all(struct engine *engine)
{
    for (size_t i = 0; i < engine->catalog_count; i++)
        catalog_calendars_adopt(engine->catalogs[i], engine->catalog);
}

/* A version that was there before is the same object again: its applications are pinned to that. */
static int keep(struct engine *engine, struct catalog **fresh)
{
    struct store_reader *reader = store_reader_take(engine->store);
    int rc = engine_catalog_keep(engine, *fresh);

    if (rc == OD_EEXIST) {
        struct catalog *known = catalog_retain(engine_catalog_find(engine, catalog_version(*fresh)));

        catalog_release(*fresh);
        *fresh = known;
        rc = OD_OK;
    }
    if (rc == OD_OK)
        rc = engine_snapshot_put(engine, reader, *fresh);
    store_reader_give(engine->store, reader);
    return rc;
}

struct last_ran {
    char version[CATALOG_VERSION_SIZE];
    long long since_ms;
};

static int on_ran(void *owner, const char *name, const void *value, size_t size)
{
    struct last_ran *last = owner;

    last->since_ms = strtoll(name + strlen(RAN), NULL, 10);
    snprintf(last->version, CATALOG_VERSION_SIZE, "%.*s", size < CATALOG_VERSION_SIZE ? (int)size : CATALOG_VERSION_SIZE - 1, (const char *)value);
    return OD_OK;
}

void engine_ran_note(struct engine *engine)
{
    struct store_reader *reader = store_reader_take(engine->store);
    struct last_ran last = {.since_ms = 0};
    char name[sizeof(RAN) + 20];
    int rc = store_read_settings(reader, RAN, on_ran, &last);

    store_reader_give(engine->store, reader);
    engine_time_update(engine);
    snprintf(name, sizeof(name), RAN "%015lld", (long long)engine->now.ms);
    bool is_same = strcmp(last.version, catalog_version(engine->catalog)) == 0;
    engine->catalog_since_ms = is_same ? last.since_ms : engine->now.ms;
    if (rc == OD_OK && !is_same)
        rc = engine_setting_put(engine, name, catalog_version(engine->catalog), CATALOG_VERSION_SIZE - 1);
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "since when catalogue %s runs could not be kept: a simulation cannot tell its calendars", catalog_version(engine->catalog));
}

/* -- A change -- */

struct change {
    struct catalog *before; /* owned reference */
    struct front_request *request; /* NULL = nobody asked */
    struct base_buffer summary;
    bool is_moved; /* the calendars differ */
    bool is_of_folder;
};

static bool is_of_folder(enum engine_force_source source)
{
    return source == ENGINE_FORCE_SIGNAL || source == ENGINE_FORCE_FOLDER;
}

/* What was noted of the folder may not have become durable: it is noted anew with the next change. */
static void forget(struct engine *engine, bool has_read_folder)
{
    engine->force->noted[0] = '\0';
    if (has_read_folder)
        engine_force_forget_folder(engine);
}

/* catalog, whose reference is taken over, runs from here on. */
static void run(struct engine *engine, struct catalog *catalog, bool is_moved)
{
    engine->catalog = catalog;
    adopt_all(engine);
    engine_ran_note(engine);
    if (is_moved)
        engine_redate_start(engine);
}

static void change_free(struct change *change)
{
    catalog_release(change->before);
    base_buffer_fini(&change->summary);
    base_free(change);
}

static void take_back(struct engine *engine, const struct change *change)
{
    base_log(BASE_LOG_ERROR, "catalogue %s could not be kept: %s is in force again", catalog_version(engine->catalog),
             catalog_version(change->before));
    catalog_release(engine->catalog);
    forget(engine, change->is_of_folder);
    run(engine, catalog_retain(change->before), change->is_moved);
}

static void on_taken(struct engine *engine, void *data, int rc)
{
    struct change *change = data;

    engine->force->is_taking = false;
    if (rc == OD_OK)
        engine_sources_keep(engine);
    else if (change->request != NULL)
        take_back(engine, change);
    else
        engine_force_lose(engine, catalog_version(change->before));
    if (change->request != NULL && rc == OD_OK)
        front_answer(change->request, 200, "application/json", NULL, &change->summary);
    else if (change->request != NULL)
        engine_answer_rc(change->request, OD_EBUSY);
    change_free(change);
}

int engine_force_take(struct engine *engine, const struct engine_taking *taking)
{
    struct change *change = engine->force->is_taking ? NULL : base_alloc(sizeof(*change));
    struct engine_batch_mark mark = engine_batch_mark(engine);
    struct catalog *fresh = taking->fresh;
    int rc;

    if (change == NULL) {
        forget(engine, is_of_folder(taking->source));
        catalog_release(fresh);
        return OD_EBUSY;
    }
    *change = (struct change){.before = catalog_retain(engine->catalog), .request = taking->request, .is_of_folder = is_of_folder(taking->source),
                              .is_moved = catalog_calendars_differ(engine->catalog, fresh)};
    put_summary(&change->summary, engine, fresh, taking->source, taking->reason);
    rc = change->summary.is_broken ? OD_ENOMEM : keep(engine, &fresh);
    if (rc == OD_OK) {
        struct engine_taking known = *taking;

        known.fresh = fresh;
        rc = engine_force_put(engine, &known, engine->catalog, base_buffer_text(&change->summary), on_taken, change);
    }
    if (rc != OD_OK) {
        engine_batch_back(engine, mark);
        forget(engine, is_of_folder(taking->source));
        catalog_release(fresh);
        change_free(change);
        return rc;
    }
    engine->force->is_taking = true;
    catalog_release(engine->catalog);
    run(engine, fresh, change->is_moved);
    return OD_OK;
}

/* -- SIGHUP -- */

/* The folder's catalogue, which was read; its reference and files are taken over. A folder that is what it was is no change:
 * what an admin put in force since then stays. */
static int folder_take(struct engine *engine, struct catalog *fresh, struct catalog_sources *sources)
{
    bool is_same = strcmp(catalog_version(engine->catalog), catalog_version(fresh)) == 0;
    bool is_known = strcmp(engine->force->folder, catalog_version(fresh)) == 0;

    if (is_known && !is_same)
        base_log(BASE_LOG_INFO, "catalogue %s stays in force: the folder holds %s, as when it was last read", catalog_version(engine->catalog),
                 catalog_version(fresh));
    engine_force_note_folder(engine, catalog_version(fresh), sources);
    if (is_known || is_same) {
        catalog_release(fresh);
        return OD_OK;
    }
    return engine_force_take(engine, &(struct engine_taking){.fresh = fresh, .source = ENGINE_FORCE_SIGNAL, .by = "hub"});
}

/* What else a new configuration brings. */
static int config_take(struct engine *engine, const struct engine_config *config, char text[512])
{
    int rc = connect_trust_load(engine->connect, config->trust, text);

    if (rc == OD_OK)
        engine_trust_look(engine);
    if (rc == OD_OK)
        rc = engine_keys_reload(engine, config, text);
    if (rc == OD_OK)
        rc = front_identity_set(engine->front, config->identity);
    if (rc == OD_OK)
        engine->escalation = config->escalation;
    return rc;
}

int engine_reload(struct engine *engine, const struct engine_config *config, char text[512])
{
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    char *folder = base_copy_text(config->catalog, strlen(config->catalog));
    struct catalog_sources sources = {0};
    struct catalog *fresh = NULL;

    if (folder == NULL || findings == NULL) {
        base_free(folder);
        base_free(findings);
        return OD_ENOMEM;
    }
    base_free(engine->catalog_folder);
    engine->catalog_folder = folder;
    int rc = engine_folder_load(engine, &fresh, findings, &sources, text);
    base_free(findings);
    if (rc == OD_OK)
        rc = config_take(engine, config, text);
    if (rc != OD_OK) {
        catalog_sources_fini(&sources);
        catalog_release(fresh);
        return rc;
    }
    rc = folder_take(engine, fresh, &sources);
    if (rc != OD_OK)
        snprintf(text, 512, "the new configuration cannot be kept now: %s", base_error_text(rc));
    return rc;
}

/* -- POST /v1/catalog/reload -- */

static void finding_put(struct base_buffer *line, const struct catalog_finding *found, unsigned language)
{
    if (found->line > 0)
        base_buffer_put_format(line, "%s:%u:%u: ", found->file, found->line, found->column);
    else if (found->file[0] != '\0')
        base_buffer_put_format(line, "%s: ", found->file);
    base_buffer_put_text(line, found->text[language]);
}

void engine_refuse_findings(struct front_request *request, const struct catalog_findings *findings, const char *text)
{
    unsigned language = catalog_finding_language(request->page_language, request->language == FRONT_EN ? CATALOG_EN : CATALOG_ZH_CN);
    struct front_problem_item items[ENGINE_FINDINGS_TOLD_MAX];
    size_t count = findings->count < ENGINE_FINDINGS_TOLD_MAX ? findings->count : ENGINE_FINDINGS_TOLD_MAX;
    struct base_buffer line = {0};

    for (size_t i = 0; i < count; i++) {
        const struct catalog_finding *found = &findings->items[i];

        base_buffer_clear(&line);
        finding_put(&line, found, language);
        if (i + 1 == ENGINE_FINDINGS_TOLD_MAX && findings->count > ENGINE_FINDINGS_TOLD_MAX)
            base_buffer_put_format(&line, " (%zu%s)", findings->count, front_say(request, " 处", " findings"));
        items[i] = (struct front_problem_item){.pointer = found->pointer, .code = "catalog", .line = found->line, .column = found->column,
                                               .detail = base_arena_text(&request->arena, base_buffer_text(&line), line.size)};
    }
    base_buffer_fini(&line);
    if (count == 0)
        items[count++] = (struct front_problem_item){.pointer = "", .code = "catalog", .detail = front_say(request, "目录无法读取。", text)};
    front_answer_problem(request, FRONT_INVALID,
                         front_say(request, "目录没有更换，原目录继续有效。", "The catalogue was not taken; the running one stays."), items, count);
}

bool engine_answer_if_other_version(const struct engine *engine, struct front_request *request)
{
    char tag[CATALOG_VERSION_SIZE + 2];

    snprintf(tag, sizeof(tag), "\"%s\"", catalog_version(engine->catalog));
    return engine_answer_if_other(request, tag);
}

static void answer_same(struct engine *engine, struct front_request *request, struct catalog *fresh)
{
    struct base_buffer summary = {0};

    put_summary(&summary, engine, fresh, ENGINE_FORCE_FOLDER, NULL);
    catalog_release(fresh);
    front_answer(request, 200, "application/json", NULL, &summary);
}

/* The folder, whatever it was before: an admin says so. */
static void folder_reload(struct engine *engine, struct front_request *request, bool is_dry)
{
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    struct catalog_sources sources = {0};
    struct catalog *fresh = NULL;
    char text[512] = "";
    int rc = findings != NULL ? engine_folder_load(engine, &fresh, findings, &sources, text) : OD_ENOMEM;

    if (findings == NULL)
        engine_answer_rc(request, OD_ENOMEM);
    else if (rc != OD_OK)
        engine_refuse_findings(request, findings, text);
    base_free(findings);
    if (rc != OD_OK)
        return;
    if (is_dry) {
        catalog_sources_fini(&sources);
        engine_redate_dry_run(engine, request, fresh);
        return;
    }
    engine_force_note_folder(engine, catalog_version(fresh), &sources);
    if (strcmp(catalog_version(engine->catalog), catalog_version(fresh)) == 0) {
        answer_same(engine, request, fresh);
        return;
    }
    rc = engine_force_take(engine, &(struct engine_taking){.fresh = fresh, .source = ENGINE_FORCE_FOLDER, .by = request->identity.key_id,
                                                             .reason = base_json_member_text(request->body, "reason"), .request = request});
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

void engine_catalog_reload(struct engine *engine, struct front_request *request)
{
    const struct base_json *reason = base_json_member(request->body, "reason"), *version = base_json_member(request->body, "version");
    const char *dry = front_query(request, "dry_run");
    bool is_dry = dry != NULL && strcmp(dry, "true") == 0;

    if (dry != NULL && !is_dry && strcmp(dry, "false") != 0)
        engine_refuse_query(request, "dry_run");
    else if (reason != NULL && (base_json_text(reason) == NULL || strlen(base_json_text(reason)) > ENGINE_CATALOG_REASON_MAX))
        engine_refuse(request, "/reason", "length", "reason 应为不超过 1000 字节的文字。", "reason must be text of at most 1000 bytes.");
    else if (version != NULL && (base_json_text(version) == NULL || !engine_is_version(base_json_text(version))))
        engine_refuse(request, "/version", "format", "version 应为 16 位小写十六进制数字，如申请所记的版本。",
                      "version must be 16 lower-case hexadecimal digits, as applications quote it.");
    else if (engine_answer_if_other_version(engine, request))
        return;
    else if (version != NULL)
        engine_force_reload(engine, request, base_json_text(version), is_dry);
    else
        folder_reload(engine, request, is_dry);
}
