/* SPDX-License-Identifier: Apache-2.0 */
/* What departments' systems do in a random life: reports of any kind, sessions that come and go. */
#include "engine/life.h"
#include "engine/sim_parts.h"

#include <stdio.h>

#include "lib/check.h"

static struct connect_link *any_link(void)
{
    struct connect_link *link = connect_first(stage.connect);

    for (uint32_t skip = stage_roll(3); link != NULL && skip > 0 && connect_next(link) != NULL; skip--)
        link = connect_next(link);
    return link;
}

static void report_any(struct connect_link *link, uint64_t handle)
{
    static const struct { uint8_t kind; const char *payload; } reports[] = {
        {BASE_ITEM_ACCEPT, "{\"external_ref\":\"F-1\"}"},
        {BASE_ITEM_ACCEPT, "{}"},
        {BASE_ITEM_ACCEPT, "{\"external_ref\":\"F-1\"}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"approve\",\"external_ref\":\"F-1\"}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"approve\"}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"reject\",\"reasons\":[\"r\"]}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"approve_with_conditions\",\"conditions\":[\"c\"]}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"not_applicable\"}"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"reject\"}"},
        {BASE_ITEM_FAIL, "{\"effect\":\"none\"}"},
        {BASE_ITEM_FAIL, "{\"effect\":\"done\",\"external_ref\":\"F-2\"}"},
        {BASE_ITEM_FAIL, "{\"effect\":\"unknown\"}"},
        {BASE_ITEM_FAIL, "{\"effect\":\"none\",\"retry_after_ms\":-2}"},
        {BASE_ITEM_GIVE_BACK, "{}"},
        {BASE_ITEM_NEED_INPUT, "{\"text\":\"more\"}"},
        {BASE_ITEM_PAUSE, "{\"kind\":\"inspection\"}"},
        {BASE_ITEM_UNPAUSE, "{}"},
        {BASE_ITEM_PROGRESS, "{\"text\":\"half\"}"},
        {BASE_ITEM_CHECKPOINT, "{\"checkpoint\":\"YWJj\"}"},
        {BASE_ITEM_CANCELLED, "{}"},
        {BASE_ITEM_ACCEPT, "[]"},
        {99, "{}"},
    };
    unsigned any = stage_roll(COUNT(reports));

    stage_report(link, reports[any].kind, handle, reports[any].payload);
}

void sim_department_acts(void)
{
    struct connect_link *link = any_link();

    if (link == NULL || link->epoch == 0)
        return;
    if (stage_roll(40) == 0) { /* what it was never given, or does not exist yet */
        report_any(link, base_task_handle(1 + stage_roll((uint32_t)stage.engine->application_next + 1), stage_roll(4)));
        return;
    }
    if (link->held_count == 0)
        return;
    struct stage_held *held = &link->held[stage_roll((uint32_t)link->held_count)];
    if (held->holding != STAGE_ENDED || stage_roll(4) == 0)
        report_any(link, held->handle);
}

static void session_ends(struct connect_link *link)
{
    uint64_t in_hand = link->held_count > 0 ? link->held[stage_roll((uint32_t)link->held_count)].handle : 0;

    stage_link_lose(link, stage_roll(2) == 0, in_hand);
}

void sim_session_acts(void)
{
    struct connect_link *link = any_link();

    if (link == NULL)
        return;
    if (link->is_unloading && stage_roll(2) == 0) {
        if (link->epoch != 0 && stage_roll(3) == 0)
            session_ends(link); /* it crashes on its way out */
        else
            stage_link_lose(link, false, 0);
        stage_link_gone(link);
    } else if (link->epoch == 0 && !link->is_unloading && link->state != CONNECT_DISABLED) {
        if (stage_roll(5) == 0)
            stage_link_move(link, CONNECT_BACKOFF); /* it does not start */
        else
            stage_link_ready(link);
    } else if (link->state == CONNECT_DRAINING && stage_roll(2) == 0) {
        stage_link_settle(link);
    } else if (link->epoch != 0 && stage_roll(4) == 0) {
        session_ends(link);
    } else if (link->epoch != 0) {
        link->outbox_left = stage_roll(3) == 0 ? stage_roll(4) : UINT32_MAX;
        link->is_put_refused = true;
    }
}

/* Any act of an administrator, whether it is allowed now or not. */
void sim_admin_acts(void)
{
    static const char *const ids[] = {"fire", "market", "health"};
    static const struct { enum front_route route; const char *body; } acts[] = {
        {FRONT_CONNECTOR_LOAD, "{\"module\":\"m-1\"}"},
        {FRONT_CONNECTOR_LOAD, "{\"module\":\"m-1\"}"},
        {FRONT_CONNECTOR_LOAD, "{\"module\":\"m-2\",\"bake_ms\":0}"},
        {FRONT_CONNECTOR_LOAD, "{\"remote\":{\"submit_dedupe\":\"native\"},\"bake_ms\":3600000}"},
        {FRONT_CONNECTOR_LOAD, "{\"worklist\":true}"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"m-2\"}"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"m-3\",\"bake_ms\":0}"},
        {FRONT_CONNECTOR_UPGRADE, "{\"module\":\"m-1\",\"bake_ms\":86400000}"},
        {FRONT_CONNECTOR_ROLLBACK, NULL},
        {FRONT_CONNECTOR_ROLLBACK, "{\"reason\":\"it is worse\"}"},
        {FRONT_CONNECTOR_DRAIN, NULL},
        {FRONT_CONNECTOR_ENABLE, NULL},
        {FRONT_CONNECTOR_DISABLE, NULL},
        {FRONT_CONNECTOR_ENABLE, NULL},
        {FRONT_CONNECTOR_UNLOAD, NULL},
    };
    unsigned any = stage_roll(COUNT(acts));

    stage_ask(acts[any].route, ids[stage_roll(3)], NULL, acts[any].body);
}

/* Everybody does what is due, nothing breaks any more. */
void sim_heal_link(struct connect_link *link)
{
    if (link->is_unloading) {
        stage_link_lose(link, false, 0);
        stage_link_gone(link);
        return;
    }
    if (link->role == CONNECT_ROLE_CURRENT && link->wish != CONNECT_WISH_RUN)
        stage_ask(FRONT_CONNECTOR_ENABLE, link->id, NULL, NULL);
    stage_link_settle(link);
    if (link->epoch == 0 && link->state != CONNECT_DISABLED)
        stage_link_ready(link);
    link->outbox_left = UINT32_MAX;
    link->is_put_refused = true;
    for (size_t i = 0; i < link->held_count; i++) {
        struct stage_held *held = &link->held[i];

        if (held->holding == STAGE_OFFERED)
            stage_report(link, BASE_ITEM_ACCEPT, held->handle, "{}");
        else if (held->holding == STAGE_ACCEPTED)
            stage_report(link, BASE_ITEM_OPINION, held->handle, "{\"opinion\":\"approve\",\"external_ref\":\"F-1\"}");
        else if (held->holding == STAGE_PAUSED)
            stage_report(link, BASE_ITEM_UNPAUSE, held->handle, "{}");
        else if (held->holding == STAGE_CANCELLING)
            stage_report(link, BASE_ITEM_CANCELLED, held->handle, "{}");
    }
}

struct kept {
    struct base_json *trees[8]; /* of connector/<id> */
    char ids[8][BASE_ID_MAX + 1];
    size_t count;
};

static int on_rollout(void *owner, const char *name, const void *value, size_t size)
{
    (void)owner;
    fail_msg("%s is under way for ever: %.*s", name, (int)size, (const char *)value);
    return OD_OK;
}

static int on_connector(void *owner, const char *name, const void *value, size_t size)
{
    struct kept *kept = owner;
    struct base_json_error error;

    assert_true(kept->count < COUNT(kept->trees));
    CHECK_I64(OD_OK, base_json_parse(value, size, &kept->trees[kept->count], &error), name);
    snprintf(kept->ids[kept->count++], sizeof(kept->ids[0]), "%s", strchr(name, '/') + 1);
    return OD_OK;
}

static void check_route(const char *id, const struct base_json *kept)
{
    const struct connect_link *link = connect_find(stage.connect, id);
    const char *module = base_json_member(kept, "remote") != NULL ? "remote" : base_json_member_text(kept, "module");

    if (base_json_is_true(base_json_member(kept, "unloaded"))) {
        CHECK(link == NULL, id);
        return;
    }
    CHECK(link != NULL, id);
    CHECK_TEXT(module, link->module, "what runs is what the disk says");
    CHECK(base_json_member(kept, "wish") == NULL, "and it is enabled");
}

void sim_check_connectors(void)
{
    struct store_reader *reader;
    struct kept kept = {.count = 0};

    for (int i = 0; i < 2; i++) { /* no version is watched for longer than a day */
        stage.monotonic_ms += ENGINE_BAKE_MAX_MS;
        stage_tick();
        stage_drain();
    }
    reader = store_reader_take(stage.engine->store);
    CHECK_I64(OD_OK, store_read_settings(reader, "rollout/", on_rollout, NULL), "settings");
    CHECK_I64(OD_OK, store_read_settings(reader, "connector/", on_connector, &kept), "settings");
    store_reader_give(stage.engine->store, reader);
    for (size_t i = 0; i < kept.count; i++) {
        check_route(kept.ids[i], kept.trees[i]);
        base_json_destroy(kept.trees[i]);
    }
    for (const struct connect_link *link = connect_first(stage.connect); link != NULL; link = link->next)
        CHECK_I64(CONNECT_ROLE_CURRENT, link->role, "nothing starts or leaves any more");
}
