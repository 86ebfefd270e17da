/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of lists that are whole in memory: limit and cursor of the query, next_cursor and Link of the answer.
 *
 * Of a table that only grows at its end, or changes with its version alone, the cursor is a position; of one whose items come
 * and go it is the key of the last item of the page, and the items ascend by it. Loop thread. */
#ifndef ENGINE_PAGING_H
#define ENGINE_PAGING_H

#include "engine/internal.h"

#define ENGINE_CURSOR_MAX 255 /* bytes of a key */

struct engine_page {
    size_t from, until, count;
    size_t met; /* of a walk that counts as it goes */
};

/* A page of count items, BASE_PAGE_MAX of them when the query names no limit. False: limit or cursor is wrong, which was answered. */
bool engine_page_take(struct front_request *request, size_t count, struct engine_page *page);
/* The same where nobody knows how many there are before all were met. */
bool engine_page_take_open(struct front_request *request, struct engine_page *page);
/* The next one of the walk: does it stand on the page? page NULL = all do. */
bool engine_page_meets(struct engine_page *page);
/* Where a walk that is over goes on, for engine_page_answer; met: how many there are. */
size_t engine_page_next(const struct engine_page *page);
/* Close the answer, whose items are out, and give it. next: where it goes on, 0 = nowhere; count: of all pages. */
void engine_page_answer(struct front_request *request, const char *path, struct base_buffer *body, size_t next, size_t count);

/* "/v1/applications/<number>/<part>" of a request on one, in its arena; "" when there is no memory. */
const char *engine_part_path(struct front_request *request, const char *part);

struct engine_keyset {
    const char *after;   /* key of the page before; NULL = from the start */
    size_t room;         /* items that there is still room for */
    bool has_more;
    char last[ENGINE_CURSOR_MAX + 1]; /* key of the newest item */
};

/* The same of a list with keys, which are made of letters, digits, '.', '_' and '-'. */
bool engine_keyset_take(struct front_request *request, struct engine_keyset *keyset);
/* For each item behind `after`, in their order: does it stand on this page? */
bool engine_keyset_puts(struct engine_keyset *keyset, const char *key);
/* Put next_cursor. Returns the Link header, NULL = none; borrowed from the request. */
const char *engine_keyset_close(const struct engine_keyset *keyset, struct front_request *request, const char *path, struct base_buffer *body);

#endif
