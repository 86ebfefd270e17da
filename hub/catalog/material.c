/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken as a document of a material: kinds, size, and how long it may be used again. */
#include <string.h>

#include "catalog/document.h"
#include "catalog/loading.h"
#include "catalog/tables.h"

static void types_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                       struct catalog_material *out)
{
    const struct base_json *list = catalog_read_list(loading, json, spot, "types", false, 1, CATALOG_DOCUMENTS);
    struct catalog_spot list_spot = {spot, "types", 0};
    size_t i = 0;

    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot at = {&list_spot, NULL, i};
        const char *word = base_json_text(item);
        enum catalog_document document = word != NULL ? catalog_document_by_word(word) : CATALOG_DOCUMENT_NONE;

        if (document != CATALOG_DOCUMENT_NONE)
            out->documents |= UINT32_C(1) << document;
        else
            catalog_report(loading, &at, "a kind of document is one of pdf, png, jpeg, tiff, gif, webp, docx, xlsx, pptx, odt, ods, "
                                         "ofd, txt, csv, zip");
    }
}

uint16_t catalog_months_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                             const char *key)
{
    static const char *const members[] = {"months"};
    const struct base_json *validity = base_json_member(json, key);
    struct catalog_spot at = {spot, key, 0};

    if (validity == NULL || !catalog_read_object(loading, validity, &at, (struct catalog_words){members, 1}) ||
        catalog_need(loading, validity, &at, "months") == NULL)
        return 0;
    return (uint16_t)catalog_read_integer(loading, validity, &at, "months", 1, CATALOG_VALID_MONTHS_MAX, 0);
}

void catalog_document_rule_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                                struct catalog_material *out)
{
    types_read(loading, json, spot, out);
    out->size_max = (uint64_t)catalog_read_integer(loading, json, spot, "max_bytes", 1, CATALOG_DOCUMENT_SIZE_MAX, 0);
    out->valid_months = catalog_months_read(loading, json, spot, "valid_for");
}

void catalog_document_limit_read(struct catalog_loading *loading, const struct base_json *json)
{
    static const char *const members[] = {"max_bytes"};
    const struct base_json *materials = base_json_member(json, "materials");
    struct catalog_spot spot = {NULL, "materials", 0};

    if (materials == NULL || !catalog_read_object(loading, materials, &spot, (struct catalog_words){members, 1}))
        return;
    loading->catalog->document_size_max =
        (uint64_t)catalog_read_integer(loading, materials, &spot, "max_bytes", 1, CATALOG_DOCUMENT_SIZE_MAX, 0);
}

static uint64_t size_limit(const struct catalog *catalog, const struct catalog_material *material)
{
    if (material != NULL && material->size_max > 0)
        return material->size_max;
    return catalog->document_size_max > 0 ? catalog->document_size_max : (uint64_t)CATALOG_DOCUMENT_SIZE_DEFAULT;
}

void catalog_document_rule_usual(const struct catalog *catalog, struct catalog_document_rule *rule)
{
    *rule = (struct catalog_document_rule){.documents = CATALOG_DOCUMENTS_USUAL, .size_max = size_limit(catalog, NULL)};
}

/* One more matter asks for it. */
static void narrow(const struct catalog *catalog, const struct catalog_material *material, struct catalog_document_rule *rule)
{
    uint32_t documents = material->documents != 0 ? material->documents : CATALOG_DOCUMENTS_USUAL;
    uint64_t size_max = size_limit(catalog, material);

    if (rule->material == NULL) {
        *rule = (struct catalog_document_rule){.material = material, .documents = documents, .size_max = size_max,
                                               .valid_months = material->valid_months};
        return;
    }
    if ((rule->documents & documents) != 0)
        rule->documents &= documents;
    rule->size_max = size_max < rule->size_max ? size_max : rule->size_max;
    rule->valid_months = material->valid_months < rule->valid_months ? material->valid_months : rule->valid_months;
}

int catalog_document_rule_find(const struct catalog_service *service, core_task_set tasks, const char *material,
                               struct catalog_document_rule *rule)
{
    struct catalog_document_rule found = {.material = NULL};

    for (size_t i = 0; i < service->matter_count; i++) {
        const struct catalog_matter *matter = service->matters[i];

        for (size_t k = 0; (tasks >> i & 1) != 0 && k < matter->material_count; k++)
            if (strcmp(matter->materials[k].id, material) == 0)
                narrow(service->catalog, &matter->materials[k], &found);
    }
    if (found.material == NULL)
        return OD_ENOTFOUND;
    *rule = found;
    return OD_OK;
}

void catalog_put_document_rule(struct base_buffer *buffer, const struct catalog_material *material)
{
    if (material->documents != 0) {
        base_json_open(buffer, "types", '[');
        for (int i = 1; i < CATALOG_DOCUMENTS; i++)
            if (material->documents >> i & 1)
                base_json_put_text(buffer, NULL, catalog_document_word((enum catalog_document)i));
        base_json_close(buffer, ']');
    }
    if (material->size_max > 0)
        base_json_put_i64(buffer, "max_bytes", (int64_t)material->size_max);
    if (material->valid_months > 0) {
        base_json_open(buffer, "valid_for", '{');
        base_json_put_i64(buffer, "months", material->valid_months);
        base_json_close(buffer, '}');
    }
    if (material->same_count > 0) {
        base_json_open(buffer, "same_as", '[');
        for (size_t i = 0; i < material->same_count; i++)
            base_json_put_text(buffer, NULL, material->same_as[i]);
        base_json_close(buffer, ']');
    }
}

static bool is_listed(const struct catalog_material *material, const char *id)
{
    for (size_t i = 0; i < material->same_count; i++)
        if (strcmp(material->same_as[i], id) == 0)
            return true;
    return false;
}

/* The materials of an id may say different things in different matters: what one says is said. */
static bool says_same(const struct catalog_service *service, const char *id, const char *other)
{
    for (size_t i = 0; i < service->matter_count; i++)
        for (size_t k = 0; k < service->matters[i]->material_count; k++)
            if (service->matters[i]->materials[k].same_count > 0 && strcmp(service->matters[i]->materials[k].id, id) == 0 &&
                is_listed(&service->matters[i]->materials[k], other))
                return true;
    return false;
}

static bool has_material(const struct catalog_service *service, const char *id)
{
    return catalog_index_find(&service->tables->materials, id) != CATALOG_INDEX_NONE;
}

static bool has_any(const struct catalog_service *service, const struct catalog_material *material, bool is_counted)
{
    bool is_found = is_counted && has_material(service, material->id);

    for (size_t i = 0; i < material->same_count && !is_found; i++)
        is_found = has_material(service, material->same_as[i]);
    return is_found;
}

bool catalog_service_shares(const struct catalog_service *service, const struct catalog_service *earlier)
{
    for (size_t i = 0; i < service->matter_count; i++) {
        const struct catalog_matter *matter = service->matters[i];

        for (size_t k = 0; matter->opinion_months > 0 && k < earlier->matter_count; k++)
            if (earlier->matters[k] == matter)
                return true;
        for (size_t k = 0; k < matter->material_count; k++)
            if (matter->materials[k].valid_months > 0 && has_any(earlier, &matter->materials[k], true))
                return true;
    }
    for (size_t i = 0; i < earlier->matter_count; i++)
        for (size_t k = 0; k < earlier->matters[i]->material_count; k++)
            if (has_any(service, &earlier->matters[i]->materials[k], false))
                return true;
    return false;
}

bool catalog_material_is_same(const struct catalog_service *service, const char *material, const struct catalog_service *earlier,
                              const char *other)
{
    return strcmp(material, other) == 0 || says_same(service, material, other) || says_same(earlier, other, material);
}
