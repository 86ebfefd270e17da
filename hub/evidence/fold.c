/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/fold.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/time.h"
#include "catalog/calendar.h"
#include "core/names.h"
#include "evidence/content.h"

int evidence_fold_init(struct evidence_fold *fold, const struct evidence_fold_ops *ops)
{
    *fold = (struct evidence_fold){.ops = *ops, .core = base_alloc(core_application_size(CORE_TASKS_MAX))};
    return fold->core != NULL ? OD_OK : OD_ENOMEM;
}

void evidence_fold_fini(struct evidence_fold *fold)
{
    for (size_t i = 0; i < fold->catalog_count; i++)
        catalog_release(fold->catalogs[i]);
    catalog_release(fold->lender);
    base_free(fold->core);
    *fold = (struct evidence_fold){.core = NULL};
}

void evidence_fold_begin(struct evidence_fold *fold, uint64_t id)
{
    fold->service = NULL;
    fold->id = id;
    fold->events = 0;
    fold->decided = 0;
    fold->detail[0] = '\0';
}

/* -- Catalogues -- */

static struct catalog *catalog_kept(const struct evidence_fold *fold, const char *version)
{
    for (size_t i = 0; i < fold->catalog_count; i++)
        if (strcmp(catalog_version(fold->catalogs[i]), version) == 0)
            return fold->catalogs[i];
    return NULL;
}

/* A snapshot that gives another version was not kept as it was. */
static int restore(struct evidence_fold *fold, const char *version, struct catalog **out)
{
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    struct catalog *catalog = NULL;
    const char *snapshot;
    size_t size;
    int rc = findings != NULL ? fold->ops.on_snapshot(fold->ops.owner, version, &snapshot, &size) : OD_ENOMEM;

    if (rc == OD_OK)
        rc = catalog_restore(snapshot, size, &catalog, findings);
    base_free(findings);
    if (rc == OD_OK && strcmp(catalog_version(catalog), version) != 0) {
        catalog_release(catalog);
        rc = OD_EINVAL;
    }
    if (rc == OD_OK)
        *out = catalog;
    if (rc != OD_OK && rc != OD_ENOMEM && rc != OD_EIO) {
        snprintf(fold->detail, sizeof(fold->detail), "catalogue %.32s", version);
        rc = OD_ENOTFOUND;
    }
    return rc;
}

static int catalog_get(struct evidence_fold *fold, const char *version, struct catalog **out)
{
    *out = catalog_kept(fold, version);
    if (*out != NULL)
        return OD_OK;
    if (fold->catalog_count == EVIDENCE_CATALOGS_KEPT) { /* applications come in the order of their catalogues */
        catalog_release(fold->catalogs[0]);
        memmove(fold->catalogs, fold->catalogs + 1, (EVIDENCE_CATALOGS_KEPT - 1) * sizeof(fold->catalogs[0]));
        fold->catalog_count--;
    }
    int rc = restore(fold, version, out);
    if (rc == OD_OK)
        fold->catalogs[fold->catalog_count++] = *out;
    return rc;
}

/* The calendars that the event counts by: another version's, or again those of its own catalogue. */
static int calendars_take(struct evidence_fold *fold, const struct base_json *event)
{
    struct catalog *pinned = (struct catalog *)fold->service->catalog, *lender = pinned;
    const char *version = base_json_member_text(event, JOURNAL_CALENDARS_OF);

    if (version != NULL)
        lender = catalog_kept(fold, version);
    if (lender == NULL && fold->lender != NULL && strcmp(catalog_version(fold->lender), version) == 0)
        lender = fold->lender;
    if (lender == NULL) {
        int rc = strlen(version) == CATALOG_VERSION_SIZE - 1 ? restore(fold, version, &lender) : OD_ESYNTAX;

        if (rc != OD_OK)
            return rc;
        catalog_release(fold->lender);
        fold->lender = lender;
    }
    catalog_calendars_adopt(pinned, lender);
    return OD_OK;
}

/* -- Events -- */

/* Service and an empty state, from the members that the intake wrote. */
static int take_received(struct evidence_fold *fold, const struct base_json *event)
{
    const char *version = base_json_member_text(event, "catalog_version"), *id = base_json_member_text(event, "service");
    struct catalog *catalog;

    if (version == NULL || strlen(version) != CATALOG_VERSION_SIZE - 1 || id == NULL)
        return OD_ESYNTAX;
    int rc = catalog_get(fold, version, &catalog);
    if (rc != OD_OK)
        return rc;
    fold->service = catalog_service_find(catalog, id);
    if (fold->service == NULL) {
        snprintf(fold->detail, sizeof(fold->detail), "catalogue %.32s: %.64s", version, id);
        return OD_ENOTFOUND;
    }
    memset(fold->core, 0, core_application_size((unsigned)fold->service->matter_count));
    fold->core->task_count = (uint8_t)fold->service->matter_count;
    return OD_OK;
}

static int step(struct evidence_fold *fold, const struct base_json *json, const struct core_event *event)
{
    struct core_effects effects;
    int rc = OD_OK;

    if (fold->service == NULL)
        rc = event->type == CORE_RECEIVED ? take_received(fold, json) : OD_ESYNTAX;
    if (rc == OD_OK)
        rc = calendars_take(fold, json);
    if (rc == OD_OK)
        rc = core_step(&fold->service->rules, fold->core, event, &effects);
    if (rc != OD_OK)
        return rc;
    fold->events++;
    if (fold->ops.on_event != NULL)
        fold->ops.on_event(fold->ops.owner, json, event, &effects);
    return OD_OK;
}

static int on_event(void *owner, const struct base_json *json)
{
    struct evidence_fold *fold = owner;
    const char *type = base_json_member_text(json, "type");
    struct core_event event;
    int rc = journal_event_read(json, fold->id, &event);

    if (rc == OD_OK)
        rc = step(fold, json, &event);
    else if (rc == OD_ENOTFOUND && type != NULL) { /* "decided", "progress", an entry's ... */
        fold->decided += strcmp(type, "decided") == 0;
        if (fold->ops.on_event != NULL)
            fold->ops.on_event(fold->ops.owner, json, NULL, NULL);
        rc = OD_OK;
    } else if (rc == OD_ENOTFOUND) {
        rc = OD_ESYNTAX;
    }
    if (rc != OD_OK && fold->detail[0] == '\0')
        snprintf(fold->detail, sizeof(fold->detail), "%.64s: %s", type != NULL ? type : "?", base_error_name(rc));
    return rc;
}

int evidence_fold_record(struct evidence_fold *fold, const char *record, size_t size)
{
    struct base_json_error error;
    struct base_json *root = NULL;
    int rc = base_json_parse(record, size, &root, &error);

    if (rc == OD_OK)
        rc = evidence_events(root, on_event, fold);
    base_json_destroy(root);
    return rc;
}

/* -- The state -- */

static void put_due(struct base_buffer *buffer, const char *key, const struct core_clock *clock)
{
    char text[BASE_DATE_SIZE];

    if (clock->state == CORE_CLOCK_NONE || clock->state == CORE_CLOCK_NOT_STARTED) {
        base_json_put_null(buffer, key);
        return;
    }
    base_day_format(clock->due, text);
    base_json_put_text(buffer, key, text);
}

static void put_ms(struct base_buffer *buffer, const char *key, core_ms ms)
{
    char text[EVIDENCE_TIME_SIZE];

    if (ms > 0)
        evidence_time_format(ms, text);
    base_json_put_text(buffer, key, ms > 0 ? text : NULL);
}

static void put_task(struct base_buffer *buffer, const struct catalog_matter *matter, const struct core_task *task)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "matter", matter->id);
    base_json_put_text(buffer, "department", matter->department->id);
    base_json_put_text(buffer, "state", core_task_state_name((enum core_task_state)task->state));
    base_json_put_text(buffer, "opinion", task->opinion != CORE_OPINION_NONE ? core_opinion_name((enum core_opinion)task->opinion) : NULL);
    put_due(buffer, "promised_date", &task->clocks[CORE_CLOCK_PROMISED]);
    put_due(buffer, "statutory_date", &task->clocks[CORE_CLOCK_STATUTORY]);
    base_json_close(buffer, '}');
}

void evidence_state_put(struct base_buffer *buffer, const char *key, const struct catalog_service *service,
                        const struct core_application *core)
{
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "service", service->id);
    base_json_put_text(buffer, "status", core_status_name((enum core_status)core->status));
    base_json_put_i64(buffer, "revision", core->revision);
    put_ms(buffer, "received_at", core->received_ms);
    put_ms(buffer, "accepted_at", core->accepted_ms);
    put_due(buffer, "promised_date", &core->clocks[CORE_CLOCK_PROMISED]);
    put_due(buffer, "statutory_date", &core->clocks[CORE_CLOCK_STATUTORY]);
    put_due(buffer, "delivery_date", &core->delivery);
    put_ms(buffer, "decided_at", core->decided_ms);
    put_ms(buffer, "closed_at", core->closed_ms);
    base_json_put_text(buffer, "outcome", core->outcome != CORE_OUTCOME_NONE ? core_outcome_name((enum core_outcome)core->outcome) : NULL);
    base_json_put_bool(buffer, "deemed", core->is_deemed);
    base_json_open(buffer, "tasks", '[');
    for (unsigned i = 0; i < core->task_count; i++)
        put_task(buffer, service->matters[i], &core->tasks[i]);
    base_json_close(buffer, ']');
    base_json_close(buffer, '}');
}
