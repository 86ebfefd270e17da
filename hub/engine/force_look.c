/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/catalog/reload with a version: a candidate, or one that was in force before.
 *
 *   [pool: the candidate's archive, or the snapshot -> loaded, checked] -> dry run
 *                                                                       -> still the version that was looked at? -> taken */
#include "engine/force.h"

#include <stdio.h>
#include <string.h>

struct looking {
    struct front_request *request;
    char version[CATALOG_VERSION_SIZE];
    bool is_dry, is_candidate, has_sources; /* has_sources: files of this version are kept already, and stay what they are */
    struct store_entry candidate; /* in the job's arena, as archive */
    const void *archive;
    size_t archive_size;
    struct catalog *fresh;        /* owned until it is handed on */
    struct catalog_findings findings;
};

/* -- In the pool -- */

static int candidate_load(struct looking *looking, struct store_reader *reader, struct base_arena *arena)
{
    struct catalog_sources sources = {0};
    char name[ENGINE_FORCE_NAME_SIZE];

    snprintf(name, sizeof(name), ENGINE_SOURCES "%s", looking->version);
    looking->has_sources = store_read_setting(reader, name, arena, &looking->archive, &looking->archive_size) == OD_OK;
    snprintf(name, sizeof(name), ENGINE_CANDIDATE "%s", looking->version);
    int rc = store_read_setting(reader, name, arena, &looking->archive, &looking->archive_size);
    if (rc == OD_OK)
        rc = catalog_sources_unpack(looking->archive, looking->archive_size, &catalog_archive_limits_default, &sources, &looking->findings);
    if (rc == OD_OK)
        rc = catalog_sources_load(&sources, &looking->fresh, &looking->findings);
    catalog_sources_fini(&sources);
    return rc == OD_ENOTFOUND ? OD_EIO : rc;
}

static int snapshot_load(struct looking *looking, struct store_reader *reader)
{
    struct base_arena arena = {0};
    char name[ENGINE_FORCE_NAME_SIZE];
    const void *snapshot;
    size_t size;

    snprintf(name, sizeof(name), ENGINE_SNAPSHOT "%s", looking->version);
    int rc = store_read_setting(reader, name, &arena, &snapshot, &size);
    if (rc == OD_OK)
        rc = catalog_restore(snapshot, size, &looking->fresh, &looking->findings);
    base_arena_fini(&arena);
    return rc;
}

static void load_version(struct engine_job *job, struct store_reader *reader)
{
    struct looking *looking = job->data;

    job->rc = store_read_entry_named(reader, ENGINE_ENTRY_CANDIDATE, looking->version, &job->arena, &looking->candidate);
    looking->is_candidate = job->rc == OD_OK;
    if (looking->is_candidate)
        job->rc = candidate_load(looking, reader, &job->arena);
    else if (job->rc == OD_ENOTFOUND)
        job->rc = snapshot_load(looking, reader);
    if (job->rc == OD_OK && strcmp(catalog_version(looking->fresh), looking->version) != 0)
        job->rc = OD_EIO; /* what is kept under the name is something else */
}

/* -- On the loop -- */

static int take(struct engine *engine, struct looking *looking)
{
    struct base_json_error error;
    struct base_json *body = NULL;
    struct engine_taking taking = {.fresh = looking->fresh, .by = looking->request->identity.key_id, .request = looking->request,
                                   .source = looking->is_candidate ? ENGINE_FORCE_UPLOAD : ENGINE_FORCE_EARLIER,
                                   .reason = base_json_member_text(looking->request->body, "reason")};

    if (looking->is_candidate && base_json_parse(looking->candidate.body, looking->candidate.body_size, &body, &error) == OD_OK)
        taking.file = base_json_member_text(body, "file");
    if (looking->is_candidate) {
        taking.candidate = &looking->candidate;
        taking.archive = looking->has_sources ? NULL : looking->archive;
        taking.archive_size = looking->archive_size;
    }
    looking->fresh = NULL;
    int rc = engine_force_take(engine, &taking);
    base_json_destroy(body);
    return rc;
}

static void refuse_same(struct front_request *request)
{
    front_answer_problem(request, FRONT_CONFLICT,
                         front_say(request, "这一版本正在生效，没有可更换的。", "This version is in force already; there is nothing to change."), NULL, 0);
}

static void refuse_failed(struct looking *looking, int rc, const char *text)
{
    struct front_request *request = looking->request;

    if (rc == OD_ENOTFOUND)
        front_answer_problem(request, FRONT_NOT_FOUND,
                             front_say(request, "没有这一版本：它不是待启用的目录，也未曾生效。候选目录七天后自动删除。",
                                       "There is no such version: it neither waits as a candidate nor was it in force. A candidate goes after seven days."),
                             NULL, 0);
    else if (rc == OD_EINVAL)
        engine_refuse_findings(request, &looking->findings, text);
    else
        engine_answer_rc(request, rc);
}

static void on_loaded(struct engine_job *job)
{
    struct looking *looking = job->data;
    struct engine *engine = job->engine;
    char text[512] = "";
    int rc = job->rc;

    if (rc == OD_OK && !engine_zone_fits(engine, looking->fresh, &looking->findings, text))
        rc = OD_EINVAL;
    if (rc != OD_OK) {
        refuse_failed(looking, rc, text);
    } else if (engine_answer_if_other_version(engine, looking->request)) {
        rc = OD_ESTALE; /* another admin was first */
    } else if (strcmp(catalog_version(engine->catalog), looking->version) == 0) {
        refuse_same(looking->request);
    } else if (looking->is_dry) {
        engine_redate_dry_run(engine, looking->request, looking->fresh);
        looking->fresh = NULL;
    } else if ((rc = take(engine, looking)) != OD_OK) {
        engine_answer_rc(looking->request, rc);
    }
    catalog_release(looking->fresh);
    base_free(looking);
}

void engine_force_reload(struct engine *engine, struct front_request *request, const char *version, bool is_dry)
{
    const char *reason = base_json_member_text(request->body, "reason");
    struct looking *looking;

    if (!is_dry && (reason == NULL || reason[strspn(reason, " \t\n")] == '\0')) {
        engine_refuse(request, "/reason", "required", "请写明原因：它随这一版本留存。", "Say why: it is kept with the version.");
        return;
    }
    if (!is_dry && front_header(request, "if-match") == NULL) {
        engine_refuse(request, "", "if_match", "请用 If-Match 写明试算时生效的版本（from_version），以免与他人的更换相撞。",
                      "Name the version that was in force when you looked (from_version) in If-Match, so that two changes do not cross.");
        return;
    }
    looking = base_alloc(sizeof(*looking));
    int rc = OD_ENOMEM;
    if (looking != NULL) {
        looking->request = request;
        looking->is_dry = is_dry;
        snprintf(looking->version, sizeof(looking->version), "%s", version);
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = load_version, .on_done = on_loaded, .data = looking});
        if (rc != OD_OK)
            base_free(looking);
    }
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}
