/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/text.h"

#include <string.h>

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

/* A mark that must not begin a line. */
static bool is_closing(uint32_t point)
{
    static const uint32_t points[] = {0x3001, 0x3002, 0x300b, 0x300d, 0x3011, 0xff01, 0xff09,
                                      0xff0c, 0xff1a, 0xff1b, 0xff1f, 0x201d};

    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        if (points[i] == point)
            return true;
    }
    return false;
}

static bool may_break(uint32_t before, uint32_t point)
{
    bool is_beside_ideograph = point_columns(before) == 2 || point_columns(point) == 2;

    return point == ' ' || (is_beside_ideograph && before != ' ' && !is_closing(point));
}

size_t cli_line_size(const char *text, size_t columns)
{
    const unsigned char *begin = (const unsigned char *)text, *at = begin, *last = NULL;
    size_t used = 0;
    uint32_t before = ' ';

    while (*at != '\0') {
        const unsigned char *here = at;
        uint32_t point = point_next(&at);

        if (here != begin && may_break(before, point))
            last = here;
        used += point_columns(point);
        if (used > columns) {
            here = last != NULL ? last : here != begin ? here : at;
            return (size_t)(here - begin);
        }
        before = point;
    }
    return (size_t)(at - begin);
}

size_t cli_cut_size(const char *text, size_t columns)
{
    const unsigned char *begin = (const unsigned char *)text, *at = begin, *fitting = begin;

    for (size_t used = 0; *at != '\0'; fitting = at) {
        used += point_columns(point_next(&at));
        if (used > columns)
            break;
    }
    return (size_t)(fitting - begin);
}

static void put_bytes(FILE *file, const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size;

    while (at < end) {
        const unsigned char *begin = at;
        if (is_control(point_next(&at)))
            fputc('?', file);
        else
            fwrite(begin, 1, (size_t)(at - begin), file);
    }
}

void cli_put(FILE *file, const char *text)
{
    if (text != NULL)
        put_bytes(file, text, strlen(text));
}

static bool is_colored(const struct cli *cli, const FILE *file)
{
    return file == stderr ? cli->is_err_colored : cli->is_out_colored;
}

static void tone_begin(FILE *file, enum cli_tone tone)
{
    static const char *const codes[] = {
        [CLI_TONE_NONE] = "",         [CLI_TONE_HEAD] = "\033[1m", [CLI_TONE_GOOD] = "\033[32m",
        [CLI_TONE_WAIT] = "\033[33m", [CLI_TONE_BAD] = "\033[31m", [CLI_TONE_FAINT] = "\033[2m",
    };

    fputs(codes[tone], file);
}

static void put_toned_bytes(const struct cli *cli, FILE *file, enum cli_tone tone,
                            const char *text, size_t size)
{
    bool is_toned = is_colored(cli, file) && tone != CLI_TONE_NONE && size > 0;

    if (is_toned)
        tone_begin(file, tone);
    put_bytes(file, text, size);
    if (is_toned)
        fputs("\033[0m", file);
}

void cli_put_toned_on(const struct cli *cli, FILE *file, enum cli_tone tone, const char *text)
{
    if (text != NULL)
        put_toned_bytes(cli, file, tone, text, strlen(text));
}

void cli_put_toned(const struct cli *cli, enum cli_tone tone, const char *text, size_t columns)
{
    if (text == NULL)
        text = "";
    cli_put_toned_on(cli, stdout, tone, text);
    for (size_t used = cli_columns(text); used < columns; used++)
        fputc(' ', stdout);
}

void cli_put_wrapped(const struct cli *cli, enum cli_tone tone, const char *text, size_t at,
                     size_t indent)
{
    if (text == NULL)
        return;
    while (cli->columns > at && cli_columns(text) > cli->columns - at) {
        size_t size = cli_line_size(text, cli->columns - at);
        put_toned_bytes(cli, stdout, tone, text, size);
        text += size;
        text += strspn(text, " ");
        if (*text == '\0')
            return;
        printf("\n%*s", (int)indent, "");
        at = indent;
    }
    cli_put_toned_on(cli, stdout, tone, text);
}
