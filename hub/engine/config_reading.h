/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read the configuration share. Private to hub/engine/config*.c. */
#ifndef ENGINE_CONFIG_READING_H
#define ENGINE_CONFIG_READING_H

#include <limits.h>

#include "base/json.h"
#include "engine/config.h"

struct engine_reading {
    const char *path;
    char *bytes; /* owned */
    size_t size;
    char folder[PATH_MAX];
    struct engine_config *config;
    char *text; /* 1024 bytes */
};

/* Say what is wrong at the value that pointer names. Returns OD_EINVAL. */
OD_MUST_CHECK int engine_config_refuse(const struct engine_reading *reading, const char *pointer, const char *what);

/* config_put.c: the lines of all settings that root says something of. */
void engine_config_origins_find(struct engine_reading *reading, const struct base_json *root);

/* config_keys.c: the members "escalation" and "keys"; NULL = absent. Errors: OD_EINVAL (told), OD_ENOMEM. */
OD_MUST_CHECK int engine_config_read_escalation(struct engine_reading *reading, const struct base_json *json);
/* config.c: the first member that is not one of known, "a, b, c". */
OD_MUST_CHECK int engine_config_refuse_unknown(struct engine_reading *reading, const struct base_json *object, const char *place,
                                               const char *known);
/* config_identity.c: the member "identity"; NULL = absent. */
OD_MUST_CHECK int engine_config_read_identity(struct engine_reading *reading, const struct base_json *json);
OD_MUST_CHECK int engine_config_read_keys(struct engine_reading *reading, const struct base_json *list);

#endif
