/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration says that its own file cannot know to be wrong: addresses that it may
 * not listen on, departments and modules that are not there. Every fault is told. */
#include "engine/config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "catalog/catalog.h"

struct checking {
    const struct engine_config *config;
    engine_fault_cb on_fault;
    void *owner;
    size_t count;
};

static void tell(struct checking *checking, const char *pointer, const char *what)
{
    char line[1024];

    snprintf(line, sizeof(line), "%.64s: %.900s", pointer, what);
    checking->on_fault(checking->owner, line);
    checking->count++;
}

static void check_doors(struct checking *checking)
{
    const struct engine_config *config = checking->config;
    bool has_keys = config->key_count > 0;
    const char *desk = config->nng_front_desk;
    char text[512];

    if (config->listen != NULL && front_listen_check(config->listen, has_keys, false, text) != OD_OK)
        tell(checking, "/listen", text);
    if (desk == NULL || strncmp(desk, "tcp://", 6) != 0)
        return;
    if (front_listen_check(desk + 6, has_keys, false, text) != OD_OK)
        tell(checking, "/nng/front_desk", "plain tcp:// beyond loopback needs keys, and should be tls+tcp://");
}

static void check_keys(struct checking *checking, const struct catalog *catalog)
{
    const struct engine_config *config = checking->config;
    char pointer[64], text[256];

    for (size_t i = 0; i < config->key_count; i++) {
        const struct front_key *key = &config->keys[i];

        snprintf(pointer, sizeof(pointer), "/keys/%zu", i);
        if (key->department[0] != '\0' && catalog_department_find(catalog, key->department) == NULL) {
            snprintf(text, sizeof(text), "the catalogue has no department %s", key->department);
            tell(checking, pointer, text);
        }
        for (size_t k = 0; k < i; k++)
            if (base_hash_equal(config->keys[k].hash, key->hash)) {
                snprintf(text, sizeof(text), "the key of %s again: every key needs a secret of its own", config->keys[k].id);
                tell(checking, pointer, text);
            }
    }
}

static void check_connector(struct checking *checking, size_t index, const struct catalog *catalog)
{
    const struct engine_connector_config *connector = &checking->config->connectors[index];
    char pointer[64], text[512], path[1024];

    snprintf(pointer, sizeof(pointer), "/connectors/%zu", index);
    if (catalog_department_find(catalog, connector->department) == NULL) {
        snprintf(text, sizeof(text), "the catalogue has no department %.64s", connector->department);
        tell(checking, pointer, text);
    }
    for (size_t k = 0; k < index; k++)
        if (strcmp(checking->config->connectors[k].department, connector->department) == 0) {
            snprintf(text, sizeof(text), "department %.64s has the connector %.64s already", connector->department,
                     checking->config->connectors[k].id);
            tell(checking, pointer, text);
        }
    snprintf(path, sizeof(path), "%s/%s/manifest.json", checking->config->modules, connector->module);
    if (access(path, R_OK) != 0) {
        snprintf(text, sizeof(text), "the module folder has no module %.64s", connector->module);
        tell(checking, pointer, text);
    }
}

size_t engine_config_faults(const struct engine_config *config, const struct catalog *catalog,
                            engine_fault_cb on_fault, void *owner)
{
    struct checking checking = {.config = config, .on_fault = on_fault, .owner = owner};

    check_doors(&checking);
    if (catalog == NULL)
        return checking.count;
    check_keys(&checking, catalog);
    for (size_t i = 0; i < config->connector_count; i++)
        check_connector(&checking, i, catalog);
    return checking.count;
}

static void keep_fault(void *owner, const char *text)
{
    base_log(BASE_LOG_ERROR, "configuration %s", text);
    snprintf(owner, 512, "configuration %.480s", text);
}

int engine_doors_check(const struct engine_config *config, const struct catalog *catalog, char text[512])
{
    struct engine_config checked = *config;

    checked.connector_count = 0; /* looked at when it is started: the store may know it better */
    return engine_config_faults(&checked, catalog, keep_fault, text) > 0 ? OD_EINVAL : OD_OK;
}
