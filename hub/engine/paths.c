/* SPDX-License-Identifier: Apache-2.0 */
/* Programs, folders and files that the engine was started with: kept, since the configuration goes. */
#include "engine/internal.h"

#include <string.h>

struct path {
    char **place;
    const char *text; /* NULL = none */
};

int engine_paths_copy(struct engine *engine, const struct engine_options *options)
{
    const struct engine_config *config = options->config;
    const struct path paths[] = {
        {&engine->host_program, options->host_program},     {&engine->module_folder, config->modules},
        {&engine->catalog_folder, config->catalog},         {&engine->data_folder, config->data},
        {&engine->egress_program, options->egress_program}, {&engine->secrets_folder, config->secrets},
        {&engine->folders, config->folders},
        {&engine->egress_ca, config->egress_ca},
    };
    struct base_buffer net = {0};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (paths[i].text == NULL)
            continue;
        *paths[i].place = base_copy_text(paths[i].text, strlen(paths[i].text));
        if (*paths[i].place == NULL)
            return OD_ENOMEM;
    }
    base_buffer_put_format(&net, "%s/net", config->data);
    if (!net.is_broken)
        engine->net_folder = base_copy_text(net.bytes, net.size);
    base_buffer_fini(&net);
    return engine->net_folder != NULL ? engine_config_keep(engine, config, true) : OD_ENOMEM;
}

void engine_paths_free(struct engine *engine)
{
    engine_config_forget(engine);
    base_free(engine->host_program);
    base_free(engine->module_folder);
    base_free(engine->catalog_folder);
    base_free(engine->data_folder);
    base_free(engine->egress_program);
    base_free(engine->secrets_folder);
    base_free(engine->folders);
    base_free(engine->egress_ca);
    base_free(engine->net_folder);
}
