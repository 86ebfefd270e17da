/* SPDX-License-Identifier: Apache-2.0 */
/* What departments' systems do in a random life: reports of any kind, sessions that come and go. */
#include "engine/sim_parts.h"
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

void sim_session_acts(void)
{
    struct connect_link *link = any_link();
    uint64_t in_hand = 0;

    if (link == NULL)
        return;
    if (link->is_unloading && stage_roll(2) == 0) {
        stage_link_lose(link, false, 0);
        stage_link_gone(link);
    } else if (link->epoch == 0 && !link->is_unloading) {
        stage_link_ready(link);
    } else if (link->epoch != 0 && stage_roll(4) == 0) {
        if (link->held_count > 0)
            in_hand = link->held[stage_roll((uint32_t)link->held_count)].handle;
        stage_link_lose(link, stage_roll(2) == 0, in_hand);
    } else if (link->epoch != 0) {
        link->outbox_left = stage_roll(3) == 0 ? stage_roll(4) : UINT32_MAX;
        link->is_put_refused = true;
    }
}

void sim_admin_acts(void)
{
    static const char *const ids[] = {"fire", "market", "health"};
    const char *id = ids[stage_roll(3)];

    if (stage_roll(2) == 0)
        stage_ask(FRONT_CONNECTOR_UNLOAD, id, NULL, NULL);
    else
        stage_ask(FRONT_CONNECTOR_LOAD, id, NULL, "{\"module\":\"m-1\"}");
}

/* Everybody does what is due, nothing breaks any more. */
void sim_heal_link(struct connect_link *link)
{
    if (link->is_unloading) {
        stage_link_lose(link, false, 0);
        stage_link_gone(link);
        return;
    }
    if (link->epoch == 0)
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
