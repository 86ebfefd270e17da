/* SPDX-License-Identifier: Apache-2.0 */
/* Mutations of a text by a fixed random source: the same ones in each run of a program. */
#ifndef LIB_MUTATE_H
#define LIB_MUTATE_H

#include <stdbool.h>
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

/* The target on each seed as it is, then so many times on one that went through one to six mutations; each in memory of its
 * own size, so that a read past it is seen. False: the target did not return 0. */
bool mutate_rounds(int (*target)(const uint8_t *bytes, size_t size), const struct mutation *mutation, const char *const *seeds, size_t seed_count,
                   size_t rounds);

#endif
