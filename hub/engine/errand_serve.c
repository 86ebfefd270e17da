/* SPDX-License-Identifier: Apache-2.0 */
/* Which connector serves which kind of errands: as the configuration or an administrator says, and as it was kept:
 * setting "errand/<pseudo department>" = {"priority", "channel"}. */
#include "engine/errand.h"
#include "engine/life.h"

#include <stdio.h>
#include <string.h>

#define SETTING "errand/"

static bool is_channel(const char *channel)
{
    return strcmp(channel, "sms") == 0 || strcmp(channel, "email") == 0 || strcmp(channel, "webhook") == 0;
}

static const char *channel_of(const char *module)
{
    if (module != NULL && (strcmp(module, "email") == 0 || strncmp(module, "email-", 6) == 0))
        return "email";
    if (module != NULL && (strcmp(module, "webhook") == 0 || strncmp(module, "webhook-", 8) == 0))
        return "webhook";
    return "sms";
}

int engine_serves_set(struct engine *engine, const char *department_id, int32_t priority, const char *channel, const char *module)
{
    struct engine_department *department;
    struct base_buffer value = {0};
    char name[sizeof(SETTING) + BASE_ID_MAX];
    int rc = engine_department_get(engine, department_id, &department);

    if (rc != OD_OK)
        return rc;
    const char *carries = department->serves != ENGINE_ENTRY_MESSAGE ? "" : channel != NULL ? channel : channel_of(module);
    base_json_open(&value, NULL, '{');
    base_json_put_i64(&value, "priority", priority);
    base_json_put_text(&value, "channel", carries);
    base_json_close(&value, '}');
    snprintf(name, sizeof(name), SETTING "%s", department_id);
    rc = value.is_broken ? OD_ENOMEM : engine_setting_put(engine, name, value.bytes, value.size);
    base_buffer_fini(&value);
    if (rc == OD_OK) {
        department->priority = priority;
        snprintf(department->channel, sizeof(department->channel), "%s", carries);
    }
    return rc;
}

static int on_setting(void *owner, const char *name, const void *value, size_t size)
{
    struct engine_department *department;
    struct base_json_error error;
    struct base_json *tree = NULL;
    int64_t priority = 1;
    int rc = base_json_parse(value, size, &tree, &error);

    if (rc == OD_OK)
        rc = engine_department_get(owner, name + strlen(SETTING), &department);
    if (rc == OD_OK) {
        const char *channel = base_json_member_text(tree, "channel");

        if (base_json_i64(base_json_member(tree, "priority"), 1, ENGINE_PRIORITY_MAX, &priority) == OD_OK)
            department->priority = (int32_t)priority;
        snprintf(department->channel, sizeof(department->channel), "%s", channel != NULL ? channel : "");
    }
    base_json_destroy(tree);
    return rc == OD_ENOMEM ? rc : OD_OK;
}

int engine_serves_start(struct engine *engine, struct store_reader *reader)
{
    return store_read_settings(reader, SETTING, on_setting, engine);
}

static bool refuse(struct front_request *request, const char *pointer, const char *zh, const char *en)
{
    engine_refuse(request, pointer, pointer + 1, zh, en);
    return false;
}

bool engine_serves_wanted(struct engine *engine, struct front_request *request, const char **department)
{
    const struct base_json *body = request->body;
    const char *serves = base_json_member_text(body, "serves"), *channel = base_json_member_text(body, "channel");
    const struct base_json *rank = base_json_member(body, "priority");
    char id[BASE_ID_MAX + 1], text[512];
    int64_t priority = 1;

    *department = base_json_member_text(body, "department");
    if (base_json_member(body, "serves") == NULL)
        return true;
    if (*department != NULL || serves == NULL || engine_errand_department_id(serves, request->params[0], id, text) != OD_OK)
        return refuse(request, "/serves", "serves 应为 messages、parcels 或 scans，不能与 department 同用；连接器名称与它合计不超过 62 字节。",
                      "serves must be messages, parcels or scans, never beside department; with the connector's id it may have at most 62 bytes.");
    if (rank != NULL && base_json_i64(rank, 1, ENGINE_PRIORITY_MAX, &priority) != OD_OK)
        return refuse(request, "/priority", "priority 应为 1 至 1000 的整数。", "priority must be an integer from 1 to 1000.");
    if (base_json_member(body, "channel") != NULL && (channel == NULL || !is_channel(channel) || strcmp(serves, "messages") != 0))
        return refuse(request, "/channel", "channel 应为 sms、email 或 webhook，仅用于 messages。",
                      "channel must be sms, email or webhook, and goes with messages alone.");
    *department = base_arena_text(&request->arena, id, strlen(id));
    int rc = *department == NULL ? OD_ENOMEM : OD_OK;
    if (rc == OD_OK && !engine_connector_is_dry_run(request))
        rc = engine_serves_set(engine, id, (int32_t)priority, channel, base_json_member_text(body, "module"));
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
    return rc == OD_OK;
}

void engine_put_serves(struct base_buffer *body, const struct engine_department *department)
{
    const struct engine_errand_kind *kind = department->serves != 0 ? engine_errand_kind_of(department->serves) : NULL;

    base_json_put_text(body, "department", kind == NULL ? department->id : NULL);
    base_json_put_text(body, "serves", kind != NULL ? kind->serves : NULL);
    if (kind == NULL)
        return;
    base_json_put_i64(body, "priority", department->priority);
    if (department->channel[0] != '\0')
        base_json_put_text(body, "channel", department->channel);
}

const char *engine_serves_fault(const struct engine_connector_config *connector)
{
    if (connector->channel != NULL && (!is_channel(connector->channel) || strncmp(connector->department, "@messages.", 10) != 0))
        return "channel must be sms, email or webhook, beside \"serves\": \"messages\"";
    return NULL;
}
