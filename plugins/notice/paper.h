/* SPDX-License-Identifier: Apache-2.0 */
/* What is written for somebody outside, piece by piece, up to a size that its writer names. */
#ifndef NOTICE_PAPER_H
#define NOTICE_PAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Zeroed but for most. bytes: the owner's to free, NUL-terminated; NULL = nothing was put. */
struct paper {
    char *bytes;
    size_t size, room;
    size_t most;    /* bytes that it may hold, without the NUL */
    bool is_broken; /* too long, or memory was short: nothing more is put */
};

static inline void paper_put(struct paper *paper, const char *bytes, size_t size)
{
    if (paper->is_broken || size > paper->most - paper->size) {
        paper->is_broken = true;
        return;
    }
    if (paper->size + size + 1 > paper->room) {
        size_t room = 2 * (paper->size + size + 1);
        char *grown = realloc(paper->bytes, room);

        if (grown == NULL) {
            paper->is_broken = true;
            return;
        }
        paper->bytes = grown;
        paper->room = room;
    }
    memcpy(paper->bytes + paper->size, bytes, size);
    paper->size += size;
    paper->bytes[paper->size] = '\0';
}

static inline void paper_put_text(struct paper *paper, const char *text)
{
    paper_put(paper, text, strlen(text));
}

#endif
