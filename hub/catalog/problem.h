/* SPDX-License-Identifier: Apache-2.0 */
/* Problems of a submission, told in both languages. Private to hub/catalog. */
#ifndef CATALOG_PROBLEM_H
#define CATALOG_PROBLEM_H

#include "catalog/catalog.h"

/* A place in the submit body: up to three reference tokens, NULL ends them. */
struct catalog_place {
    const char *first, *second, *third;
};

/* A place with an index as its second token. */
struct catalog_place catalog_place_indexed(const char *first, size_t index, const char *third, char number[24]);

/* Count a problem and fill its place; code is static. NULL when no more are kept. */
struct catalog_problem *catalog_problem_add(struct catalog_problems *problems, struct catalog_place place,
                                            const char *code);

/* Its detail in one language; problem NULL is accepted. */
void catalog_problem_say(struct catalog_problem *problem, enum catalog_language language, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
