/* SPDX-License-Identifier: Apache-2.0 */
/* What a change of a concern counts for, and how the journal tells it: the same facts serve both, so that a recount gives
 * again what was counted. Pure. docs/statistics.md, after-care. */
#include "engine/concern.h"

#include <string.h>

#include "engine/statistics.h"

static const uint8_t kinds[] = {ENGINE_ENTRY_INQUIRY, ENGINE_ENTRY_COMPLAINT, ENGINE_ENTRY_EVALUATION, ENGINE_ENTRY_GRIEVANCE};

/* -- Counting -- */

static void add(uint8_t *measures, size_t *count, enum engine_measure measure, bool is_so)
{
    if (is_so)
        measures[(*count)++] = (uint8_t)measure;
}

static void measure_reply(const struct engine_concern_told *told, uint8_t *measures, size_t *count)
{
    bool is_complaint = told->kind == ENGINE_ENTRY_COMPLAINT;

    add(measures, count, is_complaint ? ENGINE_COMPLAINTS_REPLIED : ENGINE_INQUIRIES_REPLIED, true);
    add(measures, count, is_complaint ? ENGINE_COMPLAINTS_ON_TIME : ENGINE_INQUIRIES_ON_TIME, !told->is_late);
    add(measures, count, ENGINE_COMPLAINTS_UPHELD, is_complaint && told->is_positive);
}

static void measure_evaluation(const struct engine_concern_told *told, uint8_t *measures, size_t *count)
{
    bool is_bad = told->attitude <= ENGINE_CONCERN_BAD_MAX || told->ability <= ENGINE_CONCERN_BAD_MAX;

    add(measures, count, ENGINE_EVALUATIONS, true);
    measures[(*count)++] = (uint8_t)(ENGINE_ATTITUDE_1 + told->attitude - 1);
    measures[(*count)++] = (uint8_t)(ENGINE_ABILITY_1 + told->ability - 1);
    add(measures, count, ENGINE_BAD_EVALUATIONS, is_bad);
}

static void measure_made(const struct engine_concern_told *told, uint8_t *measures, size_t *count)
{
    if (told->kind == ENGINE_ENTRY_EVALUATION) {
        measure_evaluation(told, measures, count);
        return;
    }
    if (told->kind == ENGINE_ENTRY_GRIEVANCE)
        return; /* counted once it is confirmed */
    add(measures, count, told->kind == ENGINE_ENTRY_COMPLAINT ? ENGINE_COMPLAINTS : ENGINE_INQUIRIES, true);
    if (told->is_oral)
        measure_reply(told, measures, count);
}

static void measure_settled(const struct engine_concern_told *told, uint8_t *measures, size_t *count)
{
    add(measures, count, ENGINE_CONCERNS_OVERDUE, told->is_found_late);
    if (told->kind == ENGINE_ENTRY_GRIEVANCE) {
        add(measures, count, ENGINE_GRIEVANCES, told->is_positive);
    } else if (told->kind == ENGINE_ENTRY_EVALUATION) {
        add(measures, count, ENGINE_REPAIRS, true);
        add(measures, count, ENGINE_REPAIRS_ON_TIME, !told->is_late);
    } else {
        measure_reply(told, measures, count);
    }
}

size_t engine_concern_measure(const struct engine_concern_told *told, uint8_t *measures)
{
    size_t count = 0;

    switch ((enum engine_concern_change)told->change) {
    case ENGINE_CONCERN_CHANGE_NONE: break;
    case ENGINE_CONCERN_MADE: measure_made(told, measures, &count); break;
    case ENGINE_CONCERN_SETTLED: measure_settled(told, measures, &count); break;
    case ENGINE_CONCERN_LATE: add(measures, &count, ENGINE_CONCERNS_OVERDUE, true); break;
    }
    return count;
}

/* -- In the journal -- */

static bool has_verdict(const struct engine_concern_told *told)
{
    bool is_complaint = told->kind == ENGINE_ENTRY_COMPLAINT, is_settled = told->change == ENGINE_CONCERN_SETTLED;

    return (is_complaint && (is_settled || told->is_oral)) || (told->kind == ENGINE_ENTRY_GRIEVANCE && is_settled);
}

void engine_concern_told_put(struct base_buffer *more, const struct engine_concern_told *told)
{
    if (told->change == ENGINE_CONCERN_CHANGE_NONE)
        return;
    if (told->service != NULL)
        base_json_put_text(more, "service", told->service);
    if (told->window != NULL)
        base_json_put_text(more, "window", told->window);
    if (told->officer != 0)
        base_json_put_i64(more, "officer", told->officer);
    if (told->change == ENGINE_CONCERN_MADE && told->kind != ENGINE_ENTRY_GRIEVANCE && told->kind != ENGINE_ENTRY_EVALUATION)
        base_json_put_text(more, "way", told->is_oral ? "oral" : "written");
    if (told->change == ENGINE_CONCERN_SETTLED && told->kind != ENGINE_ENTRY_GRIEVANCE)
        base_json_put_bool(more, "late", told->is_late);
    if (told->is_found_late)
        base_json_put_bool(more, "found_late", true);
    if (has_verdict(told))
        base_json_put_bool(more, told->kind == ENGINE_ENTRY_COMPLAINT ? "upheld" : "confirmed", told->is_positive);
    if (told->change == ENGINE_CONCERN_MADE && told->kind == ENGINE_ENTRY_EVALUATION) {
        base_json_put_i64(more, "attitude", told->attitude);
        base_json_put_i64(more, "ability", told->ability);
    }
}

static bool is_word(const char *word, const char *text)
{
    return word != NULL && strcmp(word, text) == 0;
}

static bool find_change(const char *type, struct engine_concern_told *told)
{
    for (size_t i = 0; i < sizeof(kinds); i++) {
        const struct engine_concern_kind *kind = engine_concern_kind_of(kinds[i]);

        told->kind = kinds[i];
        told->change = is_word(kind->events.made, type)       ? ENGINE_CONCERN_MADE
                       : is_word(kind->events.answered, type) ? ENGINE_CONCERN_SETTLED
                       : is_word(kind->events.overdue, type)  ? ENGINE_CONCERN_LATE
                                                              : ENGINE_CONCERN_CHANGE_NONE;
        if (told->change != ENGINE_CONCERN_CHANGE_NONE)
            return true;
    }
    return false;
}

static int read_level(const struct base_json *event, const char *key, uint8_t *level)
{
    int64_t value;

    if (base_json_i64(base_json_member(event, key), 1, ENGINE_CONCERN_LEVELS, &value) != OD_OK)
        return OD_ESYNTAX;
    *level = (uint8_t)value;
    return OD_OK;
}

int engine_concern_told_read(const struct base_json *event, struct engine_concern_told *told)
{
    const char *type = base_json_member_text(event, "type"), *way = base_json_member_text(event, "way");
    const struct base_json *officer = base_json_member(event, "officer");
    int64_t number = 0;
    int rc = OD_OK;

    *told = (struct engine_concern_told){0};
    if (type == NULL || !find_change(type, told))
        return OD_ENOTFOUND;
    told->service = base_json_member_text(event, "service");
    told->window = base_json_member_text(event, "window");
    told->is_oral = way != NULL && strcmp(way, "oral") == 0;
    told->is_late = base_json_is_true(base_json_member(event, "late"));
    told->is_found_late = base_json_is_true(base_json_member(event, "found_late"));
    told->is_positive = base_json_is_true(base_json_member(event, told->kind == ENGINE_ENTRY_COMPLAINT ? "upheld" : "confirmed"));
    if (officer != NULL)
        rc = base_json_i64(officer, 1, STORE_WINDOWS_MAX, &number) == OD_OK ? OD_OK : OD_ESYNTAX;
    told->officer = (uint32_t)number;
    if (rc == OD_OK && told->kind == ENGINE_ENTRY_EVALUATION && told->change == ENGINE_CONCERN_MADE) {
        rc = read_level(event, "attitude", &told->attitude);
        if (rc == OD_OK)
            rc = read_level(event, "ability", &told->ability);
    }
    return rc;
}
