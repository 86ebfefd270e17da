/* SPDX-License-Identifier: Apache-2.0 */
/* What former versions of a connector left behind that outlives them, and the end of their rollouts: offers whose
 * effect nobody can tell, and state that a later version has to read. */
#include "engine/life.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int engine_past_keep(struct engine *engine, const struct engine_life *life)
{
    const struct engine_past *past = &life->past;
    struct base_buffer value = {0};
    char name[ENGINE_LIFE_NAME_SIZE];
    int rc;

    snprintf(name, sizeof(name), "past/%s", life->id);
    if (past->doubt_epoch == 0 && past->schema_count == 0)
        return engine_setting_put(engine, name, NULL, 0);
    base_json_open(&value, NULL, '{');
    base_json_put_i64(&value, "doubt", past->doubt_epoch);
    base_json_open(&value, "schemas", '[');
    for (size_t i = 0; i < past->schema_count; i++)
        base_json_put_i64(&value, NULL, past->schemas[i]);
    base_json_close(&value, ']');
    base_json_close(&value, '}');
    rc = value.is_broken ? OD_ENOMEM : engine_setting_put(engine, name, base_buffer_text(&value), value.size);
    base_buffer_fini(&value);
    return rc;
}

int engine_past_read(struct engine_life *life, const struct base_json *tree)
{
    struct engine_past past = {.doubt_epoch = 0};
    int64_t value = 0;
    int rc = base_json_i64(base_json_member(tree, "doubt"), 0, UINT32_MAX, &value);

    past.doubt_epoch = (uint32_t)value;
    for (const struct base_json *item = base_json_first(base_json_member(tree, "schemas"));
         rc == OD_OK && item != NULL && past.schema_count < ENGINE_SCHEMAS_MAX; item = base_json_next(item)) {
        rc = base_json_i64(item, 0, INT32_MAX, &value);
        past.schemas[past.schema_count++] = (int32_t)value;
    }
    if (rc == OD_OK)
        life->past = past;
    return rc;
}

void engine_past_doubt(const struct engine *engine, struct engine_life *life)
{
    const struct connect_link *link = life->department != NULL ? life->department->link : NULL;
    uint32_t present = link != NULL ? connect_link_epoch(link) : 0;
    uint32_t until = present > 0 ? present - 1 : engine->epoch_next - 1;

    if (until > life->past.doubt_epoch)
        life->past.doubt_epoch = until;
}

/* The last session that may have offered something which nobody may offer again; 0 = none. */
static uint32_t left_in_doubt(const struct engine *engine, const struct engine_life *life, const struct engine_department *department)
{
    bool may_repeat = department->link != NULL && connect_link_dedupe(department->link) != PACKAGE_DEDUPE_NONE &&
                      engine_rollout_may_repeat(department, UINT32_MAX);

    if (!may_repeat) /* also one that could not be started: nobody knows what it promised */
        return engine->epoch_next - 1;
    return life->past.doubt_epoch;
}

int engine_past_leave(struct engine *engine, const struct engine_life *life, struct engine_department *department)
{
    uint32_t until = left_in_doubt(engine, life, department);
    char name[sizeof("doubt/") + BASE_ID_MAX], text[sizeof("4294967295")];

    if (until > department->doubt_epoch)
        department->doubt_epoch = until; /* at once: it says nothing that does not hold of the present connector, too */
    if (department->doubt_epoch == 0)
        return OD_OK;
    snprintf(name, sizeof(name), "doubt/%s", department->id);
    int size = snprintf(text, sizeof(text), "%" PRIu32, department->doubt_epoch);
    return engine_setting_put(engine, name, text, (size_t)size);
}

int engine_past_read_left(void *owner, const char *name, const void *value, size_t size)
{
    struct engine *engine = owner;
    struct engine_department *department;
    struct base_json_error error;
    struct base_json *tree = NULL;
    int64_t until = 0;
    int rc = base_json_parse(value, size, &tree, &error);

    if (rc == OD_OK)
        rc = base_json_i64(tree, 0, UINT32_MAX, &until);
    base_json_destroy(tree);
    if (rc != OD_OK && rc != OD_ENOMEM) {
        base_log(BASE_LOG_ERROR, "setting %s cannot be read: what is unanswered there goes to an officer", name);
        until = engine->epoch_next - 1;
        rc = OD_OK;
    }
    if (rc == OD_OK)
        rc = engine_department_get(engine, name + strlen("doubt/"), &department);
    if (rc == OD_OK)
        department->doubt_epoch = (uint32_t)until;
    return rc;
}

static bool has_schema(const struct engine_past *past, int32_t schema)
{
    for (size_t i = 0; i < past->schema_count; i++)
        if (past->schemas[i] == schema)
            return true;
    return false;
}

bool engine_past_add(struct engine_life *life, const struct package_manifest *manifest)
{
    if (manifest->state_read_count == 0 || has_schema(&life->past, manifest->state_writes) || life->past.schema_count == ENGINE_SCHEMAS_MAX)
        return false;
    life->past.schemas[life->past.schema_count++] = manifest->state_writes;
    return true;
}

/* Of the present version alone can be what stands in the store, once all that was accepted has been resumed and ended. */
static bool is_state_over(const struct engine_life *life)
{
    const struct engine_department *department = life->department;
    uint32_t in_flight;
    uint64_t open;

    if (department == NULL || department->link == NULL || !engine_department_is_active(department) || department->is_scanning ||
        department->needs_scan || department->leaving > 0 || department->unsent > 0)
        return false;
    connect_link_counts(department->link, &in_flight, &open);
    return open == 0;
}

void engine_past_settle(struct engine_life *life)
{
    if (!is_state_over(life))
        return;
    life->past.schema_count = 0;
    (void)engine_past_add(life, connect_link_manifest(life->department->link));
}

int engine_past_check(const struct engine_life *life, const struct package_manifest *to, char text[512])
{
    if (is_state_over(life))
        return OD_OK;
    for (size_t i = 0; i < life->past.schema_count; i++)
        if (!package_manifest_reads_state(to, life->past.schemas[i])) {
            snprintf(text, 512, "%.100s cannot read the state of schema %d, which tasks of a version before may still hold: they would be stuck",
                     to->name, (int)life->past.schemas[i]);
            return OD_ESTATE;
        }
    if (life->past.schema_count == ENGINE_SCHEMAS_MAX && !has_schema(&life->past, to->state_writes)) {
        snprintf(text, 512, "the tasks may hold state of %d schemas already; wait until those that are open have ended", ENGINE_SCHEMAS_MAX);
        return OD_ESTATE;
    }
    return OD_OK;
}
