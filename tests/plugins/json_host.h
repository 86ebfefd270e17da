/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON readers of a real host, for code of a module that is tested without one. */
#ifndef TESTS_PLUGINS_JSON_HOST_H
#define TESTS_PLUGINS_JSON_HOST_H

#include <string.h>

#include "host/call.h"

static struct host json_host_all;

/* A host with this configuration. */
static inline const struct od_host *json_host(const char *config)
{
    if (json_host_all.table.size == 0 && host_init(&json_host_all, "water") != OD_OK)
        return NULL;
    json_host_all.plugin_thread = pthread_self();
    json_host_all.table.config = config;
    json_host_all.table.config_size = strlen(config);
    host_scratch_clear(&json_host_all.scratch);
    return &json_host_all.table;
}

#endif
