/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the nearest word of a list. Pure. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

#define CLI_SUGGEST_MAX 48 /* bytes of a word that is compared */

/* Restricted edit distance: a letter added, left out, changed, or swapped with its
 * neighbour counts one. Only the first CLI_SUGGEST_MAX bytes are compared. */
size_t cli_distance(const char *a, const char *b);

/* The nearest word so far; zero it to initialise. */
struct cli_suggestion {
    const char *word; /* borrowed; NULL = none is near */
    size_t distance;
};

/* Take word when it is nearer to wrong than the one before, and near at all: at most
 * a third of its letters differ, or wrong is the start of it. */
void cli_suggest(struct cli_suggestion *best, const char *wrong, const char *word);

#endif
