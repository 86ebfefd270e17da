/* SPDX-License-Identifier: Apache-2.0 */
/* In which language a page is read: by its address, else by what the browser keeps, else by what it accepts. Private to
 * hub/front/pages*.c. Loop thread only. */
#ifndef FRONT_PAGES_LANGUAGE_H
#define FRONT_PAGES_LANGUAGE_H

#include "front/pages_visit.h"

/* Choose the language of the page, and with it that of what the page asks; an address that says one is kept for a year. */
void front_page_language_take(struct front_visit *visit);

/* Read on in the language of a tag. False: NULL, or no language of ours; then nothing changes. */
bool front_page_language_set(struct front_visit *visit, const char *tag);

/* "language" and "languages": [{"tag", "name", "link" to this page in it, "is_current"}]. */
void front_page_put_languages(struct base_buffer *buffer, const struct front_visit *visit);

/* key: this page with another value of the parameter name; the rest of the query as it was sent: it passed the front's gate. */
void front_page_put_switch(struct base_buffer *buffer, const char *key, const struct front_visit *visit, const char *name,
                           const char *value);

/* The index of the language that an Accept-Language value (NULL = none) likes best; 0 where it likes none. A longer match
 * beats a shorter one of the same q: "zh-Hant" is met by zh-Hant before zh-CN. */
unsigned front_page_language_choose(const char *accepted, const struct front_page_language *rows, size_t count);

#endif
