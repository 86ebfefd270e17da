/* SPDX-License-Identifier: Apache-2.0 */
/* Text on a terminal: widths of Chinese and Latin letters, colour, and nothing in a
 * text from outside that could steer the terminal. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdio.h>

#include "cli/cli.h"

enum cli_tone {
    CLI_TONE_NONE = 0,
    CLI_TONE_HEAD, /* bold */
    CLI_TONE_GOOD, /* green */
    CLI_TONE_WAIT, /* yellow */
    CLI_TONE_BAD,  /* red */
    CLI_TONE_FAINT,
};

/* Columns that a UTF-8 text takes: 2 of an ideograph or full-width letter, 0 of a
 * combining mark. */
size_t cli_columns(const char *text);

/* Print text, control characters as '?'. NULL prints nothing. */
void cli_put(FILE *file, const char *text);

/* Print in a tone on stdout, padded to columns (0 = no padding). */
void cli_put_toned(const struct cli *cli, enum cli_tone tone, const char *text, size_t columns);

/* Rows of texts in aligned columns; the first row is the head. */
#define CLI_TABLE_COLUMNS_MAX 8

struct cli_table {
    size_t column_count;
    size_t cell_count, cell_max;
    struct cli_cell *cells; /* owned; texts copied */
    bool is_broken;         /* memory ran short; prints what there is */
};

void cli_table_init(struct cli_table *table, size_t column_count);
/* A cell after the last; NULL text = empty. Copied. */
void cli_table_add(struct cli_table *table, enum cli_tone tone, const char *text);
void cli_table_print(const struct cli *cli, const struct cli_table *table);
void cli_table_fini(struct cli_table *table);

#endif
