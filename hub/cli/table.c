/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

#define GAP 2          /* columns between two cells */
#define LAST_MIN 16    /* the last cell wraps only where this much is left for it */
#define BELOW_INDENT 4 /* of what stands below its row */

struct cli_cell {
    char *text; /* owned */
    enum cli_tone tone;
};

void cli_table_add(struct cli_table *table, enum cli_tone tone, const char *text)
{
    if (table->cell_count == table->cell_max) {
        size_t max = table->cell_max > 0 ? table->cell_max * 2 : 64;
        struct cli_cell *cells = base_realloc(table->cells, max * sizeof(*cells));
        if (cells == NULL) {
            table->is_broken = true;
            return;
        }
        table->cells = cells;
        table->cell_max = max;
    }
    char *copy = base_copy_text(text != NULL ? text : "", text != NULL ? strlen(text) : 0);
    if (copy == NULL)
        table->is_broken = true;
    else
        table->cells[table->cell_count++] = (struct cli_cell){copy, tone};
}

void cli_table_init(const struct cli *cli, struct cli_table *table,
                    const struct cli_column *columns, size_t column_count)
{
    assert(column_count > 0);
    assert(column_count <= CLI_TABLE_COLUMNS_MAX);
    *table = (struct cli_table){.columns = columns, .column_count = column_count};
    for (size_t i = 0; columns != NULL && i < column_count; i++)
        cli_table_add(table, CLI_TONE_HEAD, columns[i].head.in[cli->language]);
}

/* Where the columns stand; widths[i] 0 = not in the row. */
struct layout {
    size_t widths[CLI_TABLE_COLUMNS_MAX];
    bool is_below[CLI_TABLE_COLUMNS_MAX];
};

static void widths_find(const struct cli_table *table, struct layout *layout)
{
    size_t first = table->columns != NULL ? table->column_count : 0;

    for (size_t i = first; i < table->cell_count; i++) {
        size_t columns = cli_columns(table->cells[i].text),
               *width = &layout->widths[i % table->column_count];
        *width = columns > *width ? columns : *width;
    }
    for (size_t i = 0; i < first; i++) {
        size_t head = cli_columns(table->cells[i].text);
        if (layout->widths[i] > 0 && layout->widths[i] < head)
            layout->widths[i] = head;
    }
}

static size_t width_of_all(const struct cli_table *table, const struct layout *layout)
{
    size_t all = 0;

    for (size_t i = 0; i < table->column_count; i++) {
        if (layout->widths[i] > 0)
            all += layout->widths[i] + (all > 0 ? GAP : 0);
    }
    return all;
}

static void below_choose(const struct cli *cli, const struct cli_table *table,
                         struct layout *layout)
{
    if (table->columns == NULL || cli->columns == 0)
        return;
    for (size_t turn = 1; turn <= CLI_TABLE_COLUMNS_MAX; turn++) {
        for (size_t i = 0; i < table->column_count; i++) {
            if (table->columns[i].below != turn || layout->widths[i] == 0 ||
                width_of_all(table, layout) <= cli->columns)
                continue;
            layout->widths[i] = 0;
            layout->is_below[i] = true;
        }
    }
}

static void cell_print(const struct cli *cli, const struct cli_table *table, size_t column, size_t width,
                       const struct cli_cell *cell)
{
    size_t columns = cli_columns(cell->text);
    bool is_number = (table->numbers >> column & 1) != 0;

    if (is_number && width > columns)
        printf("%*s", (int)(width - columns), "");
    cli_put_toned(cli, cell->tone, cell->text, is_number ? 0 : width);
}

/* The cells of one row that stand in it; the last one takes the lines it needs. */
static void row_print(const struct cli *cli, const struct cli_table *table,
                      const struct layout *layout, const struct cli_cell *cells)
{
    size_t last = 0, at = 0;

    for (size_t i = 0; i < table->column_count; i++)
        last = layout->widths[i] > 0 && cells[i].text[0] != '\0' ? i : last;
    for (size_t i = 0; i < last; i++) {
        if (layout->widths[i] == 0)
            continue;
        cell_print(cli, table, i, layout->widths[i], &cells[i]);
        printf("%*s", GAP, "");
        at += layout->widths[i] + GAP;
    }
    if (layout->widths[last] > 0 && (table->numbers >> last & 1) != 0)
        cell_print(cli, table, last, layout->widths[last], &cells[last]);
    else if (layout->widths[last] > 0 && cli->columns > at + LAST_MIN)
        cli_put_wrapped(cli, cells[last].tone, cells[last].text, at, at);
    else if (layout->widths[last] > 0)
        cli_put_toned(cli, cells[last].tone, cells[last].text, 0);
    putchar('\n');
}

/* What found no room in the row, a line or more each. */
static void below_print(const struct cli *cli, const struct cli_table *table,
                        const struct layout *layout, const struct cli_cell *cells)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (!layout->is_below[i] || cells[i].text[0] == '\0')
            continue;
        printf("%*s", BELOW_INDENT, "");
        cli_put_wrapped(cli, cells[i].tone, cells[i].text, BELOW_INDENT, BELOW_INDENT + 2);
        putchar('\n');
    }
}

void cli_table_print(const struct cli *cli, const struct cli_table *table)
{
    struct layout layout = {0};

    widths_find(table, &layout);
    below_choose(cli, table, &layout);
    for (size_t i = 0; i + table->column_count <= table->cell_count; i += table->column_count) {
        row_print(cli, table, &layout, &table->cells[i]);
        if (i > 0)
            below_print(cli, table, &layout, &table->cells[i]);
    }
}

void cli_table_fini(struct cli_table *table)
{
    for (size_t i = 0; i < table->cell_count; i++)
        base_free(table->cells[i].text);
    base_free(table->cells);
    *table = (struct cli_table){0};
}
