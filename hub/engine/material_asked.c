/* SPDX-License-Identifier: Apache-2.0 */
/* What the applicant is asked to hand in: what the notice lists as missing or promised, what a department waits for. */
#include <string.h>

#include "engine/material.h"

static bool is_listed(const struct base_json *notice, const char *material)
{
    for (const struct base_json *item = base_json_first(base_json_member(notice, "missing")); item != NULL; item = base_json_next(item)) {
        const char *id = base_json_member_text(item, "material");

        if (id != NULL && strcmp(id, material) == 0)
            return true;
    }
    return false;
}

/* A request in words alone may mean any document. */
static bool is_requested(const struct base_json *note, const char *material)
{
    const struct base_json *list = base_json_member(note, "materials");

    if (base_json_count(list) + base_json_count(base_json_member(note, "fields")) == 0)
        return true;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item))
        if (base_json_text(item) != NULL && strcmp(base_json_text(item), material) == 0)
            return true;
    return false;
}

static bool finds(const struct engine_text *text, bool (*is_in)(const struct base_json *list, const char *material), const char *material)
{
    struct base_json_error error;
    struct base_json *json = NULL;

    if (text->bytes == NULL || base_json_parse(text->bytes, text->size, &json, &error) != OD_OK)
        return false;
    bool is_found = is_in(json, material);
    base_json_destroy(json);
    return is_found;
}

bool engine_material_is_asked(struct engine_application *application, const char *material)
{
    const struct core_application *core = application->core;
    bool has_list = core->status == CORE_STATUS_INCOMPLETE || core->tolerance.state == CORE_CLOCK_RUNNING;
    core_task_set waiting = core->status == CORE_STATUS_IN_REVIEW ? engine_waiting_tasks(application) : 0;

    if (has_list && finds(&application->notice, is_listed, material))
        return true;
    for (unsigned i = 0; i < core->task_count; i++)
        if ((waiting >> i & 1) != 0 && finds(engine_task_text(application, i, ENGINE_TEXT_NOTE), is_requested, material))
            return true;
    return false;
}
