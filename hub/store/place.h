/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a matter that grants a limited number, see struct store_place. Reads as in store.h. Errors: OD_ENOMEM, OD_EIO. */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include "store/store.h"

struct store_line {
    uint32_t granted; /* of the whole line */
    uint32_t waiting; /* open places before the task's, or all of them */
    uint64_t first;   /* application of the first of those; 0 = there is none */
};

/* A line, as task of application finds it (0 = as somebody finds it who has no place yet). Neither figure is counted beyond
 * room. Both are of one moment when the reader is held (store_reader_hold). Cost: O(room). */
OD_MUST_CHECK int store_read_line(struct store_reader *reader, const char *line, uint64_t application, uint8_t task, uint32_t room,
                                  struct store_line *out);

#endif
