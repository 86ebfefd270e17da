/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a spool file: cells with a separator between them, quoted where they must be (RFC
 * 4180), and the control totals at its end. Pure but for memory. */
#ifndef SPOOL_CSV_H
#define SPOOL_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "../http/out.h"

#define CSV_CELLS_MAX 128
#define CSV_AMOUNT_SCALE 10000 /* an amount is counted in so many parts: four digits behind the point */

/* One line, cut into cells in place. */
struct csv_line {
    char *cells[CSV_CELLS_MAX]; /* NUL-terminated, within the text */
    size_t count;
};

/* Cut the next line out of *at, which ends with NUL at end; *at is moved behind its end. is_whole: a line end stood behind
 * it. Errors: OD_ENOTFOUND nothing is left, or a quote is not closed; OD_ESYNTAX something stands behind a quote; OD_ELIMIT. */
OD_MUST_CHECK int csv_line_read(char **at, const char *end, char separator, struct csv_line *line, bool *is_whole);

/* One more cell; NULL or "" = empty. is_first: no separator before it. */
void csv_cell_put(struct out *out, const char *cell, char separator, bool is_first);

/* "120", "-3.50": at most 14 digits before the point and 4 behind it. "" is 0. Errors: OD_EINVAL (*amount unchanged). */
OD_MUST_CHECK int csv_amount_read(const char *text, int64_t *amount);

/* Errors: OD_ERANGE (*sum unchanged). */
OD_MUST_CHECK int csv_amount_add(int64_t *sum, int64_t amount);

#define CSV_AMOUNT_SIZE 32
void csv_amount_write(int64_t amount, char out[CSV_AMOUNT_SIZE]);

#endif
