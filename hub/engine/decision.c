/* SPDX-License-Identifier: Apache-2.0 */
/* The combined decision as people read it: the outcome that the core computed, with all
 * conditions merged, all reasons reported and, at a rejection, the remedies.
 * Source: domain.md section 4, Licensing Law art. 38. */
#include "catalog/remedy.h"
#include "engine/internal.h"

#include <string.h>

/* {"department", "text"} for each text of list. */
static void put_texts(struct base_buffer *buffer, const struct base_json *list, const char *department)
{
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "department", department);
        base_json_put_text(buffer, "text", base_json_text(item));
        base_json_close(buffer, '}');
    }
}

static void put_merged(struct base_buffer *buffer, const char *key, const struct engine_application *application,
                       struct base_json *const *opinions)
{
    base_json_open(buffer, key, '[');
    for (unsigned i = 0; i < application->core->task_count; i++)
        if (!application->service->rules.matters[i].gives_no_opinion) /* D-13 */
            put_texts(buffer, base_json_member(opinions[i], key), application->service->matters[i]->department->id);
    base_json_close(buffer, ']');
}

static void put_opinions(struct base_buffer *buffer, const struct engine_application *application, struct base_json **opinions)
{
    base_json_open(buffer, "opinions", '[');
    for (unsigned i = 0; i < application->core->task_count; i++) {
        const struct core_task *task = &application->core->tasks[i];

        if (task->opinion == CORE_OPINION_NONE)
            continue;
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "matter", application->service->matters[i]->id);
        base_json_put_text(buffer, "department", application->service->matters[i]->department->id);
        base_json_put_text(buffer, "opinion", core_opinion_name(task->opinion));
        base_json_put_bool(buffer, "deemed", task->is_deemed);
        if (core_task_is_reused(task) && base_json_member(opinions[i], "reused_from") != NULL)
            base_json_put(buffer, "reused_from", base_json_member(opinions[i], "reused_from"));
        if (application->service->rules.matters[i].gives_no_opinion)
            base_json_put_bool(buffer, "counts", false);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

/* The service's own; else those of the departments that refused, each once; else the center's, or the law's. */
static void put_remedies(struct base_buffer *buffer, const struct engine_application *application)
{
    const struct catalog_service *service = application->service;
    const struct catalog_remedies *lists[CORE_TASKS_MAX];
    size_t count = 0;

    for (unsigned i = 0; i < application->core->task_count && service->remedies.count == 0; i++) {
        const struct catalog_remedies *own = &service->matters[i]->department->remedies;
        bool is_new = application->core->tasks[i].opinion == CORE_OPINION_REJECT && own->count > 0;

        for (size_t j = 0; j < count; j++)
            is_new = is_new && lists[j] != own;
        if (is_new)
            lists[count++] = own;
    }
    if (count == 0)
        lists[count++] = catalog_service_remedies(application->catalog, service);
    catalog_put_remedies(buffer, lists, count);
}

static void parse_opinions(const struct engine_application *application, struct base_json **opinions)
{
    struct base_json_error error;

    for (unsigned i = 0; i < application->core->task_count; i++) {
        const struct engine_text *text = engine_task_text(application, i, ENGINE_TEXT_OPINION);

        opinions[i] = NULL;
        if (text->bytes != NULL && base_json_parse(text->bytes, text->size, &opinions[i], &error) != OD_OK)
            opinions[i] = NULL; /* no memory: the opinion itself is still listed */
    }
}

void engine_put_decision(struct base_buffer *buffer, const char *key, const struct engine_application *application)
{
    const struct core_application *core = application->core;
    struct base_json *opinions[CORE_TASKS_MAX];

    if (core->outcome == CORE_OUTCOME_NONE) {
        base_json_put_null(buffer, key);
        return;
    }
    parse_opinions(application, opinions);
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "outcome", core_outcome_name(core->outcome));
    base_json_put_text(buffer, "policy", core_policy_name(application->service->rules.policy));
    engine_put_ms(buffer, "decided_at", core->decided_ms);
    base_json_put_bool(buffer, "deemed", core->is_deemed);
    put_merged(buffer, "conditions", application, opinions);
    put_merged(buffer, "reasons", application, opinions);
    put_opinions(buffer, application, opinions);
    if (core->outcome == CORE_OUTCOME_REJECTED || core->outcome == CORE_OUTCOME_PARTIALLY_APPROVED)
        put_remedies(buffer, application);
    base_json_close(buffer, '}');
    for (unsigned i = 0; i < core->task_count; i++)
        base_json_destroy(opinions[i]);
}
