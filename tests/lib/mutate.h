/* SPDX-License-Identifier: Apache-2.0 */
/* Mutations of a text by a fixed random source: the same ones in each run of a program. */
#ifndef LIB_MUTATE_H
#define LIB_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* What the mutations of one format are made of. */
struct mutation {
    const char *const *words; /* of the format, put in wrong places */
    size_t word_count;        /* at least 1 */
    size_t cut_max;           /* bytes that one of them takes out, at least 1 */
    size_t room;              /* bytes that the text has room for */
};

size_t mutate_random_below(size_t count); /* count at least 1 */

/* Put size bytes in place of cut bytes at at; returns what is used then: used itself when there is no room. */
size_t mutate_splice(void *text, size_t used, size_t room, size_t at, size_t cut, const void *bytes, size_t size);

/* One mutation: a byte, the end, a piece, a word, or a piece doubled. Returns what is used then. */
size_t mutate_once(const struct mutation *mutation, uint8_t *text, size_t used);

#endif
