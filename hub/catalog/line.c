/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/line.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MAX 9007199254740992.0 /* 2^53 */

void catalog_line_init(struct catalog_line *line)
{
    line->size = 0;
    line->is_cut = false;
    line->text[0] = '\0';
}

size_t catalog_text_cut(const char *text, size_t size_max)
{
    size_t size = strnlen(text, size_max + 1);

    if (size <= size_max)
        return size;
    size = size_max;
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    return size;
}

/* Room is kept for the mark at all times, so that a cut can always be seen. */
void catalog_line_put_max(struct catalog_line *line, const char *text, size_t size_max)
{
    if (line->is_cut)
        return;
    size_t room = CATALOG_LINE_SIZE - sizeof("...") - line->size;
    size_t size = catalog_text_cut(text, size_max < room ? size_max : room);

    memcpy(line->text + line->size, text, size);
    line->size += size;
    if (text[size] != '\0') {
        memcpy(line->text + line->size, "...", 3);
        line->size += 3;
        line->is_cut = line->size >= CATALOG_LINE_SIZE - sizeof("...") || size_max >= room;
    }
    line->text[line->size] = '\0';
}

void catalog_line_put(struct catalog_line *line, const char *text)
{
    catalog_line_put_max(line, text, CATALOG_LINE_SIZE);
}

void catalog_line_put_number(struct catalog_line *line, double number)
{
    char text[40];

    if (fabs(number) < EXACT_MAX && number == trunc(number)) {
        snprintf(text, sizeof(text), "%.0f", number == 0 ? 0.0 : number);
    } else {
        snprintf(text, sizeof(text), "%.15g", number);
        if (strtod(text, NULL) != number)
            snprintf(text, sizeof(text), "%.17g", number);
    }
    catalog_line_put(line, text);
}

void catalog_line_put_between(struct catalog_line *line, size_t start, const char *text)
{
    if (line->size > start)
        catalog_line_put(line, text);
}

const char *catalog_unit_words(const char *unit, enum catalog_language language)
{
    static const struct {
        const char *unit, *words[CATALOG_LANGUAGES];
    } rows[] = {
        {"m2", {"m²", "m²"}}, {"m3", {"m³", "m³"}}, {"km", {"公里", "km"}}, {"t", {"吨", "t"}}, {"days", {"天", "days"}}, {"months", {"个月", "months"}},
        {"persons", {"人", "people"}}, {"seats", {"座", "seats"}}, {"CNY", {"元", "CNY"}}, {"10000 CNY", {"万元", "× 10,000 CNY"}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].unit, unit) == 0)
            return rows[i].words[language];
    return unit;
}
