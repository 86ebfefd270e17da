/* SPDX-License-Identifier: Apache-2.0 */
/* Another catalogue takes the running one's place; applications stay pinned to theirs, their
 * dates follow its calendars.
 *
 *   reload -> catalog_load -> older versions adopt its calendars -> engine_redate_start */
#include "engine/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALENDAR_CHANGES_MAX 64 /* told of one reload */
#define RAN "ran/"
#define ENGINE_CATALOG_REASON_MAX 1000 /* bytes of why another catalogue is taken */

/* Load what may take the running catalogue's place. The zone holds for the process, whose threads read it. */
static int load_fresh(struct engine *engine, struct catalog **fresh, char text[512])
{
    struct engine_config config = {.catalog = engine->catalog_folder};
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    int rc = findings != NULL ? catalog_load(config.catalog, fresh, findings) : OD_ENOMEM;

    if (rc != OD_OK)
        engine_findings_tell(&config, rc, findings, text);
    base_free(findings);
    if (rc == OD_OK && strcmp(catalog_zone(*fresh), catalog_zone(engine->catalog)) != 0) {
        snprintf(text, 512, "the time zone changed from %.64s to %.64s: restart the hub to take it", catalog_zone(engine->catalog),
                 catalog_zone(*fresh));
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
static void put_summary(struct base_buffer *buffer, const struct engine *engine, const struct catalog *fresh, const char *reason)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "from_version", catalog_version(engine->catalog));
    base_json_put_text(buffer, "version", catalog_version(fresh));
    engine_put_calendar_changes(buffer, engine->catalog, fresh);
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

/* fresh takes the running one's place; its reference is taken over. by: who, for the journal. */
static int take_over(struct engine *engine, struct catalog *fresh, const char *by, const char *reason, struct base_buffer *summary)
{
    put_summary(summary, engine, fresh, reason);
    bool is_moved = catalog_calendars_differ(engine->catalog, fresh);
    int rc = summary->is_broken ? OD_ENOMEM : keep(engine, &fresh);

    if (rc == OD_OK)
        rc = engine_journal_put(engine, "catalog_reloaded", by, base_buffer_text(summary));
    if (rc != OD_OK) {
        catalog_release(fresh);
        return rc;
    }
    catalog_release(engine->catalog);
    engine->catalog = fresh;
    adopt_all(engine);
    engine_ran_note(engine);
    if (is_moved)
        engine_redate_start(engine);
    return OD_OK;
}

int engine_reload(struct engine *engine, const struct engine_config *config, char text[512])
{
    struct base_buffer summary = {0};
    struct catalog *fresh = NULL;
    char *folder = base_copy_text(config->catalog, strlen(config->catalog));

    if (folder == NULL)
        return OD_ENOMEM;
    base_free(engine->catalog_folder);
    engine->catalog_folder = folder;
    int rc = load_fresh(engine, &fresh, text);
    if (rc == OD_OK)
        rc = connect_trust_load(engine->connect, config->trust, text);
    if (rc == OD_OK)
        engine_trust_look(engine);
    if (rc == OD_OK)
        rc = engine_keys_reload(engine, config, text);
    if (rc == OD_OK)
        rc = front_identity_set(engine->front, config->identity);
    if (rc == OD_OK)
        engine->escalation = config->escalation;
    if (rc != OD_OK || strcmp(catalog_version(engine->catalog), catalog_version(fresh)) == 0) {
        catalog_release(fresh);
        return rc;
    }
    rc = take_over(engine, fresh, "hub", NULL, &summary);
    base_buffer_fini(&summary);
    if (rc != OD_OK)
        snprintf(text, 512, "the new configuration cannot be kept now: %s", base_error_text(rc));
    return rc;
}

/* -- POST /v1/catalog/reload -- */

static void answer_summary(struct engine *engine, void *data, int rc)
{
    struct front_request *request = data;
    struct base_buffer body = {0};

    if (rc != OD_OK) {
        engine_answer_rc(request, OD_EBUSY);
        return;
    }
    base_buffer_put_text(&body, request->engine != NULL ? (const char *)request->engine : "{}");
    (void)engine;
    front_answer(request, 200, "application/json", NULL, &body);
}

static void reload(struct engine *engine, struct front_request *request, struct catalog *fresh)
{
    struct base_buffer summary = {0};
    int rc = OD_OK;

    if (strcmp(catalog_version(engine->catalog), catalog_version(fresh)) == 0) {
        put_summary(&summary, engine, fresh, NULL);
        catalog_release(fresh);
    } else {
        rc = take_over(engine, fresh, request->identity.key_id, base_json_member_text(request->body, "reason"), &summary);
    }
    if (rc == OD_OK) {
        request->engine = base_arena_text(&request->arena, base_buffer_text(&summary), summary.size);
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = answer_summary, .data = request});
    }
    base_buffer_fini(&summary);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

void engine_catalog_reload(struct engine *engine, struct front_request *request)
{
    const char *dry = front_query(request, "dry_run");
    struct catalog *fresh = NULL;
    char text[512] = "";

    if (dry != NULL && strcmp(dry, "true") != 0 && strcmp(dry, "false") != 0) {
        engine_refuse_query(request, "dry_run");
        return;
    }
    const struct base_json *reason = base_json_member(request->body, "reason");
    if (reason != NULL && (base_json_text(reason) == NULL || strlen(base_json_text(reason)) > ENGINE_CATALOG_REASON_MAX)) {
        engine_refuse(request, "/reason", "length", "reason 应为不超过 1000 字节的文字。", "reason must be text of at most 1000 bytes.");
        return;
    }
    int rc = load_fresh(engine, &fresh, text);
    if (rc != OD_OK) {
        struct front_problem_item item = {.pointer = "", .code = "catalog", .detail = text};
        front_answer_problem(request, FRONT_INVALID,
                             front_say(request, "目录没有更换，原目录继续有效。", "The catalogue was not taken; the running one stays."), &item, 1);
        return;
    }
    if (dry != NULL && strcmp(dry, "true") == 0)
        engine_redate_dry_run(engine, request, fresh);
    else
        reload(engine, request, fresh);
}
