/* SPDX-License-Identifier: Apache-2.0 */
/* What the intake finds over a form and the materials that are there. Private to hub/catalog. */
#ifndef CATALOG_INTAKE_H
#define CATALOG_INTAKE_H

#include "catalog/problem.h"

#define CATALOG_MATERIAL_WORDS (BASE_MATERIALS_MAX / 64)

/* Materials by their index in the service. */
struct catalog_material_set {
    uint64_t bits[CATALOG_MATERIAL_WORDS];
};

bool catalog_material_set_has(const struct catalog_material_set *set, uint32_t index);
void catalog_material_set_add(struct catalog_material_set *set, uint32_t index);

/* What there is to go by. */
struct catalog_evidence {
    const struct base_json *form;
    struct catalog_material_set given, promised;
    core_day until; /* of the promise; 0 = none */
};

/* The matters whose `when` holds. */
core_task_set catalog_included(const struct catalog_service *service, const struct base_json *form);

void catalog_intake_fill(const struct catalog_service *service, const struct catalog_evidence *evidence,
                         struct catalog_intake *intake);

/* Check member "promise" of a submit body, and take its materials and day into *evidence. included: the matters that the
 * form asks for; materials given are in *evidence already. With has_problems only its shape is looked at. */
void catalog_promise_read(const struct catalog_service *service, const struct base_json *promise, core_day today,
                          core_task_set included, struct catalog_evidence *evidence,
                          struct catalog_problems *problems);

#endif
