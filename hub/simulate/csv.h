/* SPDX-License-Identifier: Apache-2.0 */
/* CSV as RFC 4180 has it: quoted fields with doubled quotes, line ends inside quotes, CRLF or LF, an optional
 * byte order mark, a head, as many fields in each row as in the head, UTF-8. A file is mapped, not read
 * into memory. Private to hub/simulate. */
#ifndef SIMULATE_CSV_H
#define SIMULATE_CSV_H

#include "base/memory.h"
#include "simulate/simulate.h"

struct simulate_field {
    const char *text; /* no NUL; borrowed until the next row */
    uint32_t size;
    uint32_t column;  /* from 1, in bytes of its line */
    uint64_t line;    /* from 1 */
};

struct simulate_csv {
    const char *path;      /* borrowed */
    const char *bytes;     /* mapped; the whole file */
    size_t size, at;       /* at: the next row */
    uint64_t line, line_next; /* of the last row, and of the next */
    size_t offset;         /* where the last row began */
    struct simulate_field fields[SIMULATE_COLUMNS_MAX];
    size_t field_count;    /* of the last row */
    size_t column_count;   /* of the head; 0 = it was not read yet */
    char scratch[SIMULATE_ROW_SIZE_MAX]; /* fields with doubled quotes, made single */
    size_t scratch_size;
    const char *line_start; /* while a row is read */
    char *text;            /* 512 bytes: what is wrong, with file:line:column and the remedy; borrowed */
};

/* Map the file and read its head. Errors (text says which): OD_ENOTFOUND, OD_EIO, OD_ESYNTAX, OD_ELIMIT. */
OD_MUST_CHECK int simulate_csv_open(struct simulate_csv *csv, const char *path, char text[512]);
void simulate_csv_close(struct simulate_csv *csv); /* accepts a zeroed one */

/* The next row. Errors: OD_ENOTFOUND there is none (text unchanged), OD_ESYNTAX, OD_ELIMIT. Cost: O(row). */
OD_MUST_CHECK int simulate_csv_next(struct simulate_csv *csv);
/* The row that begins at offset, on line. */
OD_MUST_CHECK int simulate_csv_at(struct simulate_csv *csv, size_t offset, uint64_t line);

/* Which column has this head, by its name as a whole; then the others would do as a hint. Errors: OD_ENOTFOUND. */
OD_MUST_CHECK int simulate_csv_column(const struct simulate_csv *csv, const char *head, size_t *column);

#endif
