/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "catalog/line.h"
#include "catalog/loading.h"

struct catalog_place catalog_place_indexed(const char *first, size_t index, const char *third, char number[24])
{
    snprintf(number, 24, "%zu", index);
    return (struct catalog_place){first, number, third};
}

/* vsnprintf may have cut a character in two: only then can a full text end inside one. */
static void detail_trim(char *detail, size_t size)
{
    if (strlen(detail) == size - 1)
        detail[catalog_text_cut(detail, size - 4)] = '\0';
}

struct catalog_problem *catalog_problem_add(struct catalog_problems *problems, struct catalog_place place,
                                            const char *code)
{
    const char *tokens[] = {place.first, place.second, place.third};

    if (problems->count++ >= CATALOG_PROBLEMS_MAX)
        return NULL;
    struct catalog_problem *problem = &problems->items[problems->count - 1];
    problem->code = code;
    problem->pointer[0] = '\0';
    for (size_t i = 0; i < 3 && tokens[i] != NULL; i++)
        catalog_pointer_add(problem->pointer, tokens[i]);
    for (size_t i = 0; i < CATALOG_LANGUAGES; i++)
        problem->detail[i][0] = '\0';
    return problem;
}

void catalog_problem_say(struct catalog_problem *problem, enum catalog_language language, const char *format, ...)
{
    va_list arguments;

    if (problem == NULL)
        return;
    va_start(arguments, format);
    vsnprintf(problem->detail[language], sizeof(problem->detail[0]), format, arguments);
    va_end(arguments);
    detail_trim(problem->detail[language], sizeof(problem->detail[0]));
}
