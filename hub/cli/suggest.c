/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/suggest.h"

#include <string.h>

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t cli_distance(const char *a, const char *b)
{
    size_t rows[3][CLI_SUGGEST_MAX + 1];
    size_t *two_back = rows[0], *back = rows[1], *row = rows[2];
    size_t a_size = strnlen(a, CLI_SUGGEST_MAX), b_size = strnlen(b, CLI_SUGGEST_MAX);

    for (size_t k = 0; k <= b_size; k++)
        back[k] = k;
    for (size_t i = 1; i <= a_size; i++) {
        row[0] = i;
        for (size_t k = 1; k <= b_size; k++) {
            size_t change = back[k - 1] + (a[i - 1] != b[k - 1]);
            row[k] = min(change, min(back[k], row[k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                row[k] = min(row[k], two_back[k - 2] + 1);
        }
        size_t *spare = two_back;
        two_back = back;
        back = row;
        row = spare;
    }
    return back[b_size];
}

void cli_suggest(struct cli_suggestion *best, const char *wrong, const char *word)
{
    size_t size = strlen(wrong);
    size_t distance =
        size >= 2 && strncmp(word, wrong, size) == 0 ? 1 : cli_distance(wrong, word);

    if (distance > (strlen(word) + 2) / 3 || (best->word != NULL && distance >= best->distance))
        return;
    best->word = word;
    best->distance = distance;
}
