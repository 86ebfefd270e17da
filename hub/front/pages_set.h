/* SPDX-License-Identifier: Apache-2.0 */
/* What all pages of one front share: compiled templates, static files and sessions. Private to
 * hub/front. Loop thread only. */
#ifndef FRONT_PAGES_SET_H
#define FRONT_PAGES_SET_H

#include "front/auth.h"
#include "front/template.h"

#define FRONT_SESSIONS_MAX 1024 /* people signed in at once; one more ends the oldest */
#define FRONT_SESSION_MS (8 * 60 * 60 * 1000) /* from signing in */
#define FRONT_SESSION_ID_SIZE 65              /* 64 hexadecimal digits and NUL */
#define FRONT_PAGES_FILES_MAX 16
#define FRONT_ETAG_SIZE 35 /* quotes, 32 digits, NUL */

/* A file of hub/console as it was at build time; the table is generated. */
struct front_pages_part {
    const char *name; /* "home.html", "style.css", "texts.json" */
    const unsigned char *bytes;
    size_t size;
};
extern const struct front_pages_part front_pages_parts[];
extern const size_t front_pages_part_count;

/* A part that is served as it is. */
struct front_pages_file {
    const struct front_pages_part *part;
    const char *media_type;
    char etag[FRONT_ETAG_SIZE];
};

/* Who is signed in: hashes only, so that the table gives away neither cookie nor key. */
struct front_session {
    uint8_t id_hash[BASE_HASH_SIZE];
    uint8_t key_hash[BASE_HASH_SIZE];
    int64_t until_ms; /* monotonic; 0 = free */
};

struct front_pages {
    struct front_templates *templates;
    struct front_pages_file files[FRONT_PAGES_FILES_MAX];
    size_t file_count;
    struct front_session sessions[FRONT_SESSIONS_MAX];
};

/* Compile what was embedded. Errors: OD_ENOMEM; OD_ESYNTAX, OD_ENOTFOUND ... as
 * front_template_add, with a sentence in fault: a fault of the build, which the tests find. */
OD_MUST_CHECK int front_pages_create(struct front_pages **out,
                                     char fault[FRONT_TEMPLATE_FAULT_SIZE]);
void front_pages_destroy(struct front_pages *pages); /* accepts NULL */

const struct front_pages_file *front_pages_file_find(const struct front_pages *pages,
                                                     const char *name);
void front_pages_etag(const void *bytes, size_t size, char etag[FRONT_ETAG_SIZE]);

/* Begin a session for a key; id is told to the browser. now_ms: monotonic. */
void front_session_start(struct front_pages *pages, const struct front_key *key, int64_t now_ms,
                         char id[FRONT_SESSION_ID_SIZE]);
/* The key of a running session, borrowed from keys; NULL when the session is over or the key is
 * gone from the configuration. Cost O(FRONT_SESSIONS_MAX). */
const struct front_key *front_session_key(struct front_pages *pages,
                                          const struct front_keys *keys, const char *id,
                                          int64_t now_ms);
void front_session_end(struct front_pages *pages, const char *id);

#endif
