/* SPDX-License-Identifier: Apache-2.0 */
/* The table of problems: code, status, title and what to do next, in both languages.
 * Private to hub/front and its tests. */
#ifndef FRONT_PROBLEM_H
#define FRONT_PROBLEM_H

#include "front/front.h"

struct front_problem_row {
    int status;
    const char *code; /* last part of "type": "/problems/<code>" */
    const char *title[FRONT_LANGUAGES];
    const char *remedy[FRONT_LANGUAGES];
};

/* 0 < problem < FRONT_PROBLEMS. */
const struct front_problem_row *front_problem_row(enum front_problem problem);

/* The sentence, in language, about a JSON text that was refused. */
const char *front_json_fault_text(const struct base_json_error *error,
                                  enum front_language language);

#endif
