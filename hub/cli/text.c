/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/text.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

/* The next code point, or the byte itself where the text is no UTF-8. */
static uint32_t point_next(const unsigned char **at)
{
    const unsigned char *byte = *at;
    size_t size = *byte < 0xc0 ? 1 : *byte < 0xe0 ? 2 : *byte < 0xf0 ? 3 : 4;
    uint32_t point = size == 1 ? *byte : *byte & (0x7fu >> size);

    for (size_t i = 1; i < size; i++) {
        if ((byte[i] & 0xc0) != 0x80) {
            size = 1;
            point = *byte;
            break;
        }
        point = point << 6 | (byte[i] & 0x3fu);
    }
    *at += size;
    return point;
}

static size_t point_columns(uint32_t point)
{
    static const struct { uint32_t first, last; size_t columns; } ranges[] = {
        {0x0300, 0x036f, 0}, {0x200b, 0x200f, 0},   {0xfe00, 0xfe0f, 0},   {0x1100, 0x115f, 2},
        {0x2e80, 0x303e, 2}, {0x3041, 0x33ff, 2},   {0x3400, 0x4dbf, 2},   {0x4e00, 0x9fff, 2},
        {0xa000, 0xa4cf, 2}, {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe30, 0xfe4f, 2},
        {0xff00, 0xff60, 2}, {0xffe0, 0xffe6, 2},   {0x1f300, 0x1faff, 2}, {0x20000, 0x3fffd, 2},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (point >= ranges[i].first && point <= ranges[i].last)
            return ranges[i].columns;
    }
    return 1;
}

size_t cli_columns(const char *text)
{
    size_t columns = 0;

    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';)
        columns += point_columns(point_next(&at));
    return columns;
}

/* C0, DEL, C1 and the marks that turn the direction of writing. */
static bool is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x202a && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

void cli_put(FILE *file, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (at != NULL && *at != '\0') {
        const unsigned char *begin = at;
        if (is_control(point_next(&at)))
            fputc('?', file);
        else
            fwrite(begin, 1, (size_t)(at - begin), file);
    }
}

void cli_put_toned(const struct cli *cli, enum cli_tone tone, const char *text, size_t columns)
{
    static const char *const codes[] = {
        [CLI_TONE_NONE] = "",       [CLI_TONE_HEAD] = "\033[1m", [CLI_TONE_GOOD] = "\033[32m",
        [CLI_TONE_WAIT] = "\033[33m", [CLI_TONE_BAD] = "\033[31m", [CLI_TONE_FAINT] = "\033[2m",
    };
    bool is_toned = cli->is_out_colored && tone != CLI_TONE_NONE;

    if (text == NULL)
        text = "";
    if (is_toned)
        fputs(codes[tone], stdout);
    cli_put(stdout, text);
    if (is_toned)
        fputs("\033[0m", stdout);
    for (size_t used = cli_columns(text); used < columns; used++)
        fputc(' ', stdout);
}

struct cli_cell {
    char *text; /* owned */
    enum cli_tone tone;
};

void cli_table_init(struct cli_table *table, size_t column_count)
{
    assert(column_count <= CLI_TABLE_COLUMNS_MAX);
    *table = (struct cli_table){.column_count = column_count};
}

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

void cli_table_print(const struct cli *cli, const struct cli_table *table)
{
    size_t widths[CLI_TABLE_COLUMNS_MAX] = {0};

    for (size_t i = 0; i < table->cell_count; i++) {
        size_t columns = cli_columns(table->cells[i].text), column = i % table->column_count;
        widths[column] = columns > widths[column] ? columns : widths[column];
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        bool is_last = i % table->column_count == table->column_count - 1;
        cli_put_toned(cli, table->cells[i].tone, table->cells[i].text,
                      is_last ? 0 : widths[i % table->column_count] + 2);
        if (is_last)
            fputc('\n', stdout);
    }
}

void cli_table_fini(struct cli_table *table)
{
    for (size_t i = 0; i < table->cell_count; i++)
        base_free(table->cells[i].text);
    base_free(table->cells);
    *table = (struct cli_table){0};
}
