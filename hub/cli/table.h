/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of texts in aligned columns. A column that finds no room on a narrow terminal
 * goes below its row; one that is empty in every row is left out. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/text.h"

#define CLI_TABLE_COLUMNS_MAX 12

struct cli_column {
    struct cli_text head;
    uint8_t below; /* turn in which it goes below its row; 0 = never */
};

struct cli_table {
    const struct cli_column *columns; /* borrowed; NULL = no head, nothing goes below */
    size_t column_count;
    uint32_t numbers;       /* bits of the columns that stand to the right; 0 at first, the caller's to set */
    size_t cell_count, cell_max;
    struct cli_cell *cells; /* owned; texts copied */
    bool is_broken;         /* memory ran short; prints what there is */
};

/* columns: column_count <= CLI_TABLE_COLUMNS_MAX, or NULL for rows without a head. The
 * heads, in the run's language, become the first row. */
void cli_table_init(const struct cli *cli, struct cli_table *table,
                    const struct cli_column *columns, size_t column_count);
/* A cell after the last; NULL text = empty. Copied. */
void cli_table_add(struct cli_table *table, enum cli_tone tone, const char *text);
/* On stdout; as wide as cli->columns allows (0 = any width). */
void cli_table_print(const struct cli *cli, const struct cli_table *table);
void cli_table_fini(struct cli_table *table);

#endif
