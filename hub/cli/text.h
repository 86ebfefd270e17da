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

/* Bytes of the first line of text: what fits into columns, cut at a space or beside an
 * ideograph where there is one, never before a mark that closes. At least one letter. */
size_t cli_line_size(const char *text, size_t columns);

/* Bytes of text that fit into columns, cut anywhere between two letters. */
size_t cli_cut_size(const char *text, size_t columns);

/* Print in a tone on stdout, padded to columns (0 = no padding). */
void cli_put_toned(const struct cli *cli, enum cli_tone tone, const char *text, size_t columns);

/* Print in a tone on stdout or stderr: coloured where that one is a terminal. */
void cli_put_toned_on(const struct cli *cli, FILE *file, enum cli_tone tone, const char *text);

/* Print in a tone on stdout, over several lines where the terminal is too narrow. The
 * first begins at column `at`, where the cursor stands; the others at `indent`. */
void cli_put_wrapped(const struct cli *cli, enum cli_tone tone, const char *text, size_t at,
                     size_t indent);

#endif
