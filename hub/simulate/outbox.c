/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/outbox.h"

#include <string.h>

struct simulate_item {
    struct simulate_item *next;
    bool is_change;
    struct simulate_change change;
    struct simulate_finding finding;
};

static const char *keep(struct simulate_outbox *outbox, const char *text, bool *is_kept)
{
    const char *copy = text != NULL ? base_arena_text(&outbox->arena, text, strlen(text)) : NULL;

    *is_kept = *is_kept && (copy != NULL || text == NULL);
    return copy;
}

static struct simulate_item *item_add(struct simulate_outbox *outbox)
{
    struct simulate_item *item = base_arena_take(&outbox->arena, sizeof(*item));

    if (item == NULL)
        return NULL;
    if (outbox->last != NULL)
        outbox->last->next = item;
    else
        outbox->first = item;
    outbox->last = item;
    return item;
}

/* The words of values are static; every other text may go with its catalogue. */
static int on_change(void *owner, const struct simulate_change *change)
{
    struct simulate_outbox *outbox = owner;
    struct simulate_item *item = item_add(outbox);
    bool is_kept = item != NULL;

    if (item == NULL)
        return OD_ENOMEM;
    item->is_change = true;
    item->change = *change;
    item->change.number = keep(outbox, change->number, &is_kept);
    item->change.of = keep(outbox, change->of, &is_kept);
    item->change.clock = keep(outbox, change->clock, &is_kept);
    return is_kept ? OD_OK : OD_ENOMEM;
}

static int on_finding(void *owner, const struct simulate_finding *finding)
{
    struct simulate_outbox *outbox = owner;
    struct simulate_item *item = item_add(outbox);
    bool is_kept = item != NULL;

    if (item == NULL)
        return OD_ENOMEM;
    item->finding = *finding;
    item->finding.number = keep(outbox, finding->number, &is_kept);
    item->finding.detail = keep(outbox, finding->detail, &is_kept);
    item->finding.file = keep(outbox, finding->file, &is_kept);
    return is_kept ? OD_OK : OD_ENOMEM;
}

struct simulate_report simulate_outbox_report(struct simulate_outbox *outbox)
{
    return (struct simulate_report){.on_change = on_change, .on_finding = on_finding, .owner = outbox};
}

static int tell(const struct simulate_item *item, const struct simulate_report *report)
{
    if (item->is_change)
        return report->on_change != NULL ? report->on_change(report->owner, &item->change) : OD_OK;
    return report->on_finding != NULL ? report->on_finding(report->owner, &item->finding) : OD_OK;
}

int simulate_outbox_flush(struct simulate_outbox *outbox, const struct simulate_report *report)
{
    int rc = OD_OK;

    for (const struct simulate_item *item = outbox->first; item != NULL && rc == OD_OK; item = item->next)
        rc = tell(item, report);
    simulate_outbox_fini(outbox);
    return rc;
}

void simulate_outbox_fini(struct simulate_outbox *outbox)
{
    base_arena_fini(&outbox->arena);
    outbox->first = outbox->last = NULL;
}

static void side_add(struct simulate_side *sum, const struct simulate_side *part)
{
    sum->decided += part->decided;
    sum->open += part->open;
    sum->ended += part->ended;
    sum->deemed += part->deemed;
    sum->kept += part->kept;
    sum->late += part->late;
    sum->open_late += part->open_late;
    sum->days_ms += part->days_ms;
}

void simulate_summary_add(struct simulate_summary *sum, const struct simulate_summary *part)
{
    sum->applications += part->applications;
    sum->left_out += part->left_out;
    sum->both_decided += part->both_decided;
    side_add(&sum->before, &part->before);
    side_add(&sum->after, &part->after);
    sum->dates_earlier += part->dates_earlier;
    sum->dates_later += part->dates_later;
    sum->decided_earlier += part->decided_earlier;
    sum->decided_later += part->decided_later;
    sum->decisions_changed += part->decisions_changed;
    sum->promises_won += part->promises_won;
    sum->promises_lost += part->promises_lost;
    sum->acts_dropped += part->acts_dropped;
    sum->changes += part->changes;
    for (unsigned i = 0; i < SIMULATE_FINDINGS; i++)
        sum->findings[i] += part->findings[i];
    for (size_t i = 0; i < SIMULATE_PATTERNS_MAX; i++) {
        sum->is_parallel_used[i] |= part->is_parallel_used[i];
        sum->is_delay_used[i] |= part->is_delay_used[i];
    }
}
