/* SPDX-License-Identifier: Apache-2.0 */
#include "csv.h"

#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 14
#define DIGITS_BEHIND 4

/* Where the content of a quoted cell ends; doubled quotes become one. NULL = it does not end. */
static char *unquote(char *from, const char *end, char **rest)
{
    char *to = from;

    while (from < end) {
        if (*from != '"') {
            *to++ = *from++;
        } else if (from + 1 < end && from[1] == '"') {
            *to++ = '"';
            from += 2;
        } else {
            *rest = from + 1;
            return to;
        }
    }
    return NULL;
}

static bool is_line_end(const char *at, const char *end)
{
    return at < end && (*at == '\n' || (*at == '\r' && at + 1 < end && at[1] == '\n'));
}

/* The cell that begins at *at; *at is left at what ends it. */
static int cell_cut(char **at, const char *end, char separator, char **cell, char **cell_end)
{
    char *from = *at;

    if (*from == '"') {
        *cell = from + 1;
        *cell_end = unquote(from + 1, end, at);
        if (*cell_end == NULL)
            return OD_ENOTFOUND;
        return *at == end || **at == separator || is_line_end(*at, end) ? OD_OK : OD_ESYNTAX;
    }
    *cell = from;
    while (from < end && *from != separator && !is_line_end(from, end))
        from++;
    *cell_end = *at = from;
    return OD_OK;
}

int csv_line_read(char **at, const char *end, char separator, struct csv_line *line, bool *is_whole)
{
    line->count = 0;
    if (*at >= end)
        return OD_ENOTFOUND;
    for (;;) {
        char *cell, *cell_end;

        if (line->count == CSV_CELLS_MAX)
            return OD_ELIMIT;
        int rc = cell_cut(at, end, separator, &cell, &cell_end);
        if (rc != OD_OK)
            return rc;
        bool is_more = *at < end && **at == separator;
        *is_whole = is_line_end(*at, end);
        char *next = *at + (is_more ? 1 : *is_whole ? (**at == '\r' ? 2 : 1) : 0);
        *cell_end = '\0';
        line->cells[line->count++] = cell;
        *at = next;
        if (!is_more)
            return OD_OK;
        if (*at >= end) { /* a last cell, and empty */
            *is_whole = false;
            return OD_OK;
        }
    }
}

void csv_cell_put(struct out *out, const char *cell, char separator, bool is_first)
{
    const char marks[] = {separator, '"', '\n', '\r', '\0'};

    if (!is_first)
        out_put(out, &separator, 1);
    if (cell == NULL)
        return;
    if (cell[strcspn(cell, marks)] == '\0') {
        out_text(out, cell);
        return;
    }
    out_text(out, "\"");
    for (; *cell != '\0'; cell++)
        out_put(out, *cell == '"' ? "\"\"" : cell, *cell == '"' ? 2 : 1);
    out_text(out, "\"");
}

int csv_amount_read(const char *text, int64_t *amount)
{
    bool is_negative = text[0] == '-';
    const char *at = text + is_negative;
    size_t before = strspn(at, "0123456789"), behind = at[before] == '.' ? strspn(at + before + 1, "0123456789") : 0;
    int64_t value = 0;

    if (text[0] == '\0') {
        *amount = 0;
        return OD_OK;
    }
    if (before == 0 || before > DIGITS_MAX || behind > DIGITS_BEHIND || (at[before] == '.' && behind == 0) ||
        at[before + (behind > 0 ? behind + 1 : 0)] != '\0')
        return OD_EINVAL;
    for (size_t i = 0; i < before; i++)
        value = value * 10 + (at[i] - '0');
    for (size_t i = 0; i < DIGITS_BEHIND; i++)
        value = value * 10 + (i < behind ? at[before + 1 + i] - '0' : 0);
    *amount = is_negative ? -value : value;
    return OD_OK;
}

int csv_amount_add(int64_t *sum, int64_t amount)
{
    int64_t total;

    if (__builtin_add_overflow(*sum, amount, &total))
        return OD_ERANGE;
    *sum = total;
    return OD_OK;
}

void csv_amount_write(int64_t amount, char out[CSV_AMOUNT_SIZE])
{
    uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    int length = snprintf(out, CSV_AMOUNT_SIZE, "%s%llu", amount < 0 ? "-" : "", (unsigned long long)(size / CSV_AMOUNT_SCALE));

    if (size % CSV_AMOUNT_SCALE == 0)
        return;
    length += snprintf(out + length, CSV_AMOUNT_SIZE - (size_t)length, ".%04u", (unsigned)(size % CSV_AMOUNT_SCALE));
    while (out[length - 1] == '0')
        out[--length] = '\0';
}
