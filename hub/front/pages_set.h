/* SPDX-License-Identifier: Apache-2.0 */
/* What all pages of one front share: compiled templates and static files. Private to
 * hub/front. Loop thread only. */
#ifndef FRONT_PAGES_SET_H
#define FRONT_PAGES_SET_H

#include "front/auth.h"
#include "front/template.h"

#define FRONT_PAGES_FILES_MAX 16
#define FRONT_ETAG_SIZE 35 /* quotes, 32 digits, NUL */

/* A file of hub/console as it was at build time; the table is generated. */
struct front_pages_part {
    const char *name; /* "home.html", "style.css", "texts.json" of the catalogue */
    const unsigned char *bytes;
    size_t size;
};
extern const struct front_pages_part front_pages_parts[];
extern const size_t front_pages_part_count;
/* In which languages its texts are: po/LINGUAS, generated. */
extern const struct front_page_language front_pages_languages[];
extern const size_t front_pages_language_count;

/* A part that is served as it is. */
struct front_pages_file {
    const struct front_pages_part *part;
    const char *media_type;
    char etag[FRONT_ETAG_SIZE];
};

struct front_pages {
    struct front_templates *templates;
    struct front_pages_file files[FRONT_PAGES_FILES_MAX];
    size_t file_count;
};

/* Compile what was embedded. Errors: OD_ENOMEM; OD_ESYNTAX, OD_ENOTFOUND ... as
 * front_template_add, with a sentence in fault: a fault of the build, which the tests find. */
OD_MUST_CHECK int front_pages_create(struct front_pages **out,
                                     char fault[FRONT_TEMPLATE_FAULT_SIZE]);
void front_pages_destroy(struct front_pages *pages); /* accepts NULL */

const struct front_pages_file *front_pages_file_find(const struct front_pages *pages,
                                                     const char *name);
void front_pages_etag(const void *bytes, size_t size, char etag[FRONT_ETAG_SIZE]);

#endif
