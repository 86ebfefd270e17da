/* SPDX-License-Identifier: Apache-2.0 */
/* What a service says about its intake: who looks, who else may be competent, and which
 * errors are put right on the spot. */
#include <string.h>

#include "catalog/condition.h"

static void check_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_service *out)
{
    static const char *const members[] = {"check"}, *const checks[] = {"automatic", "officer"};
    const struct base_json *intake = base_json_member(json, "intake");
    struct catalog_spot spot = {NULL, "intake", 0};

    if (intake == NULL || !catalog_read_object(loading, intake, &spot, (struct catalog_words){members, 1}))
        return;
    out->is_officer_checked = catalog_read_word(loading, intake, &spot, "check", true, (struct catalog_words){checks, 2}) == 1;
}

static void competence_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                            struct catalog_competence *out)
{
    static const char *const members[] = {"when", "body", "text"};

    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 3}))
        return;
    (void)catalog_need(loading, json, spot, "when");
    out->when = catalog_condition_load(loading, json, spot);
    catalog_read_text(loading, json, spot, "body", true, &out->body);
    catalog_read_text(loading, json, spot, "text", true, &out->text);
}

static void competences_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_service *out)
{
    const struct base_json *list = catalog_read_list(loading, json, NULL, "competence", false, 0, CATALOG_COMPETENCES_MAX);
    struct catalog_spot list_spot = {NULL, "competence", 0};
    size_t count = base_json_count(list), i = 0;

    struct catalog_competence *rows = count > 0 ? catalog_take(loading, count * sizeof(*rows)) : NULL;
    if (rows == NULL)
        return;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        competence_read(loading, item, &spot, &rows[i]);
    }
    out->competences = rows;
    out->competence_count = count;
}

static void fields_check(struct catalog_loading *loading, const struct catalog_names *names, const struct catalog_spot *spot,
                         const struct catalog_service *service)
{
    struct catalog_spot list_spot = {spot, "fields", 0};

    for (size_t i = 0; i < names->count; i++) {
        struct catalog_spot at = {&list_spot, NULL, i};
        if (names->at[i] != NULL && catalog_index_find(&service->tables->fields, names->at[i]) == CATALOG_INDEX_NONE)
            catalog_report_unknown(loading, &at, "form field", names->at[i], &service->tables->fields);
    }
}

static void correction_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                            const struct catalog_service *service, struct catalog_correction *out)
{
    static const char *const members[] = {"id", "when", "fields", "text"};
    struct catalog_names names;

    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 4}))
        return;
    out->id = catalog_read_id(loading, json, spot, "id");
    (void)catalog_need(loading, json, spot, "when");
    out->when = catalog_condition_load(loading, json, spot);
    catalog_read_text(loading, json, spot, "text", true, &out->text);
    catalog_read_ids(loading, json, spot, "fields", true, CATALOG_FIELDS_MAX, &names);
    fields_check(loading, &names, spot, service);
    out->fields = (const char *const *)names.at;
    out->field_count = names.count;
}

static void corrections_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_service *out)
{
    const struct base_json *list = catalog_read_list(loading, json, NULL, "corrections", false, 0, CATALOG_CORRECTIONS_MAX);
    struct catalog_spot list_spot = {NULL, "corrections", 0};
    size_t count = base_json_count(list), i = 0;

    struct catalog_correction *rows = count > 0 ? catalog_take(loading, count * sizeof(*rows)) : NULL;
    if (rows == NULL)
        return;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        correction_read(loading, item, &spot, out, &rows[i]);
        for (size_t j = 0; j < i && rows[i].id != NULL; j++) {
            if (rows[j].id != NULL && strcmp(rows[i].id, rows[j].id) == 0)
                catalog_report(loading, &spot, "correction \"%s\" stands twice; give one of them another id", rows[i].id);
        }
    }
    out->corrections = rows;
    out->correction_count = count;
}

void catalog_intake_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_service *out)
{
    check_read(loading, json, out);
    competences_read(loading, json, out);
    corrections_read(loading, json, out);
}

void catalog_intake_conditions_check(struct catalog_loading *loading, const struct catalog_service *service)
{
    for (size_t i = 0; i < service->competence_count; i++)
        catalog_condition_check(loading, service->competences[i].when, service);
    for (size_t i = 0; i < service->correction_count; i++)
        catalog_condition_check(loading, service->corrections[i].when, service);
}
