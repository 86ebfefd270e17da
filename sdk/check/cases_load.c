/* SPDX-License-Identifier: Apache-2.0 */
/* Manifest, configuration, opening and closing. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "check/suite.h"
#include "check/verdict.h"
#include "package/schema.h"

#define LOADS 100

static const struct base_json *config_schema(const struct check_subject *subject)
{
    return subject->is_remote ? base_json_member(subject->remote, "config_schema") : subject->manifest.config_schema;
}

static bool is_valid(const struct check_subject *subject, const char *config, char reason[CHECK_REASON_SIZE])
{
    struct base_json_error error;
    struct base_json *json = NULL;
    struct package_schema_fault fault = {.text = ""};
    char *text = check_subject_config(subject, CHECK_DEPARTMENT_URL);
    int rc = text != NULL ? base_json_parse(config != NULL ? config : text, strlen(config != NULL ? config : text),
                                            &json, &error)
                          : OD_ENOMEM;

    if (rc != OD_OK)
        check_fail("", "the configuration is no JSON");
    rc = package_schema_apply(config_schema(subject), json, &fault);
    snprintf(reason, CHECK_REASON_SIZE, "%.200s %.250s", fault.pointer[0] != '\0' ? fault.pointer : "/", fault.text);
    base_json_destroy(json);
    base_free(text);
    return rc == OD_OK;
}

/* The manifest was read strictly before: what is left is what reads well and works badly. */
static void manifest_valid(struct check_hub *hub, const struct check_context *context)
{
    const struct check_subject *subject = context->subject;

    (void)hub;
    if (subject->manifest.capabilities.fields.count == 0)
        check_note("capabilities.fields is absent: the connector sees no field of any form");
    if (!subject->manifest.capabilities.has_events && subject->script.callback != NULL)
        check_fail("add \"events\": true to capabilities in manifest.json",
                   "check.json has a callback of the department, and the manifest does not ask for events");
}

static void config_schema_fits(struct check_hub *hub, const struct check_context *context)
{
    char reason[CHECK_REASON_SIZE] = "";

    (void)hub;
    struct package_schema_fault fault;

    if (config_schema(context->subject) == NULL)
        check_skip("there is no config_schema");
    if (package_schema_check(config_schema(context->subject), &fault) != OD_OK)
        check_fail("docs/connectors/packages.md lists the keywords that a config_schema may use",
                   "its config_schema is none: %s %s", fault.pointer, fault.text);
    if (!is_valid(context->subject, NULL, reason))
        check_fail("make config_schema and the configuration of check.json agree",
                   "config_schema refuses the configuration it is tried with: %s", reason);
    if (base_json_type(base_json_member(config_schema(context->subject), "additionalProperties")) == BASE_JSON_BOOL &&
        is_valid(context->subject, "{\"no-such-setting-of-any-connector\": 1}", reason))
        check_fail("write \"additionalProperties\": false, so that a misspelt setting is refused",
                   "config_schema lets a setting pass that no connector has");
}

static void opens(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    if (!hub->peer->is_virtual)
        check_note("a remote connector");
    else
        check_note("tier %s", hub->tier);
    check_hub_stop(hub);
}

/* What the schema lets pass must open. */
static void opens_bare(struct check_hub *hub, const struct check_context *context)
{
    struct check_subject bare = *context->subject;
    char reason[CHECK_REASON_SIZE], config[] = "{}";

    if (config_schema(context->subject) == NULL || !is_valid(context->subject, config, reason))
        check_skip("its config_schema wants more than an empty configuration");
    bare.config = config;
    hub->subject = &bare;
    if (check_hub_try_start(hub)) {
        check_hub_stop(hub);
        return;
    }
    check_hub_must_live(hub);
    check_fail("give each setting a default, or name it in \"required\" of config_schema",
               "it does not open with {}, which its config_schema accepts");
}

static void loads_often(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    for (int i = 0; i < LOADS; i++) {
        check_hub_start(hub);
        check_hub_stop(hub);
    }
}

static void reconfigures(struct check_hub *hub, const struct check_context *context)
{
    struct base_buffer item = {0};

    (void)context;
    check_hub_start(hub);
    base_json_open(&item, NULL, '{');
    base_json_put_raw(&item, "config", hub->config, strlen(hub->config));
    base_json_close(&item, '}');
    check_hub_item(hub, BASE_ITEM_CONFIGURE, 0, base_buffer_text(&item));
    base_buffer_fini(&item);
    if (!check_hub_settle(hub))
        check_hub_must_live(hub);
    check_add_sound(hub);
    check_must_finish(hub, "after a new configuration");
}

const struct check_case check_load_cases[] = {
    {"manifest.valid", "its manifest is valid and asks for what it uses", CHECK_FOR_MODULE, manifest_valid},
    {"manifest.config", "its config_schema accepts the right configuration and refuses a misspelt one", CHECK_FOR_BOTH,
     config_schema_fits},
    {"load.opens", "opens, says that it is ready, and closes when asked", CHECK_FOR_BOTH, opens},
    {"load.bare", "opens with an empty configuration where its schema allows one", CHECK_FOR_MODULE, opens_bare},
    {"load.hundred", "loads and unloads a hundred times", CHECK_FOR_MODULE, loads_often},
    {"load.reconfigure", "lives through a new configuration", CHECK_FOR_BOTH, reconfigures},
    {.name = NULL},
};
