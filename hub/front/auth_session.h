/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of members of staff: who signed in with a key carries a cookie instead of it.
 *
 *   POST /v1/sessions {key} -> cookie -> requests, each of which moves the end -> idle, its twelve hours, its key or
 *   DELETE /v1/sessions/{id} end it
 *
 * They live in memory alone: a hub that starts anew asks everybody for the key. Private to hub/front. Loop thread. */
#ifndef FRONT_AUTH_SESSION_H
#define FRONT_AUTH_SESSION_H

#include "front/auth.h"

#define FRONT_SESSIONS_MAX 1024 /* people signed in at once; one more ends the one that was idle longest */
#define FRONT_SESSION_IDLE_MS (30 * 60 * 1000)      /* from its last request */
#define FRONT_SESSION_LIFE_MS (12 * 60 * 60 * 1000) /* from signing in */
#define FRONT_SESSION_COOKIE "od_session"
#define FRONT_SESSION_COOKIE_SIZE 65  /* 64 hexadecimal digits and NUL */

struct front_call;

/* Hashes only, so that the table gives away neither cookie nor key. */
struct front_session {
    uint8_t cookie_hash[BASE_HASH_SIZE];
    char id[FRONT_SESSION_ID_SIZE]; /* by which it is listed and ended; opens nothing */
    char key_id[BASE_ID_MAX + 1];
    uint8_t key_hash[BASE_HASH_SIZE];
    uint32_t roles;
    int64_t started_ms, seen_ms; /* monotonic; seen_ms 0 = free */
    int64_t started_wall_ms;
};

/* Zero it to initialise. */
struct front_sessions {
    struct front_session rows[FRONT_SESSIONS_MAX];
    size_t count; /* rows ever used; those behind it are free */
};

/* Begin one for a key; cookie is told to the browser. now_ms: monotonic, not 0. Borrowed until the next call. */
const struct front_session *front_session_start(struct front_sessions *sessions, const struct front_key *key, int64_t now_ms,
                                                char cookie[FRONT_SESSION_COOKIE_SIZE]);
/* The session of a cookie, whose end moves, and its key in keys, borrowed from them; NULL when it is over, or its key is
 * gone or has other roles. Cost O(count). */
const struct front_session *front_session_find(struct front_sessions *sessions, struct front_keys *keys, const char *cookie,
                                               int64_t now_ms, const struct front_key **key);
/* Its key; NULL = it is over. */
const struct front_key *front_session_key(const struct front_session *session, struct front_keys *keys, int64_t now_ms);
/* By its id, if it is not over; its end stays where it is. */
struct front_session *front_session_of(struct front_sessions *sessions, struct front_keys *keys, const char *id, int64_t now_ms);
void front_session_end(struct front_session *session);

/* auth_session_route.c: POST and GET /v1/sessions, DELETE /v1/sessions/{id}. */
void front_session_perform(struct front_call *call);

/* Does the request come from a page of this hub, as far as a browser says? */
bool front_is_own_origin(struct front_request *request);
/* Does it say where it comes from? */
bool front_has_origin(struct front_request *request);

#endif
