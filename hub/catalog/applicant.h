/* SPDX-License-Identifier: Apache-2.0 */
/* The applicant of a submission. Private to hub/catalog. */
#ifndef CATALOG_APPLICANT_H
#define CATALOG_APPLICANT_H

#include "catalog/problem.h"

/* Tell what is wrong with the applicant, "channel" and "window" of a submit body. */
void catalog_applicant_check(const struct catalog_service *service, const struct base_json *body,
                             struct catalog_problems *problems);

/* An optional or required text member of 1..length_max characters; NULL when absent or wrong. */
const char *catalog_text_check(const struct base_json *object, struct catalog_place place, const char *key,
                               bool is_required, size_t length_max, struct catalog_problems *problems);

/* Characters of a UTF-8 text. */
size_t catalog_text_length(const char *text);

#endif
