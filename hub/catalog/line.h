/* SPDX-License-Identifier: Apache-2.0 */
/* A text of bounded size on the caller's stack: what does not fit is cut at a whole
 * character and marked "...". Private to hub/catalog. */
#ifndef CATALOG_LINE_H
#define CATALOG_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/catalog.h"

#define CATALOG_LINE_SIZE 2048

/* Zero it to initialise. text is NUL-terminated at all times. */
struct catalog_line {
    size_t size;
    bool is_cut;
    char text[CATALOG_LINE_SIZE];
};

void catalog_line_init(struct catalog_line *line);
void catalog_line_put(struct catalog_line *line, const char *text);
/* At most size_max bytes of text, "..." when it was longer. */
void catalog_line_put_max(struct catalog_line *line, const char *text, size_t size_max);
/* The number as people write it: no exponent for whole numbers, the fewest digits else. */
void catalog_line_put_number(struct catalog_line *line, double number);
/* "; " and the like before all but the first part of a list. */
void catalog_line_put_between(struct catalog_line *line, size_t start, const char *text);

/* How people read a unit of a form's field, which a catalogue writes as a keyboard can: "m²", "天". Of one that has no words of its
 * own, itself. */
const char *catalog_unit_words(const char *unit, enum catalog_language language);

/* The largest size <= size_max at which text is not cut inside a character. */
size_t catalog_text_cut(const char *text, size_t size_max);

#endif
