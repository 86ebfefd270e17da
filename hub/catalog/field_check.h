/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a form against its field. Private to hub/catalog. */
#ifndef CATALOG_FIELD_CHECK_H
#define CATALOG_FIELD_CHECK_H

#include "catalog/problem.h"

/* Tell what is wrong with value at "/form/<field id>". */
void catalog_field_check(const struct catalog_field *field, const struct base_json *value,
                         struct catalog_problems *problems);

/* A required field that is absent, or empty. */
void catalog_field_required(const struct catalog_field *field, struct catalog_problems *problems);

#endif
