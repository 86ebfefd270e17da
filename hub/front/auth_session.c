/* SPDX-License-Identifier: Apache-2.0 */
#include "front/auth_session.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"

static bool is_over(const struct front_session *session, int64_t now_ms)
{
    return session->seen_ms == 0 || now_ms - session->seen_ms >= FRONT_SESSION_IDLE_MS ||
           now_ms - session->started_ms >= FRONT_SESSION_LIFE_MS;
}

/* One that is free or over, else the one that was idle longest. */
static struct front_session *row_take(struct front_sessions *sessions, int64_t now_ms)
{
    struct front_session *idle = &sessions->rows[0];

    for (size_t i = 0; i < sessions->count; i++) {
        if (is_over(&sessions->rows[i], now_ms))
            return &sessions->rows[i];
        if (sessions->rows[i].seen_ms < idle->seen_ms)
            idle = &sessions->rows[i];
    }
    return sessions->count < FRONT_SESSIONS_MAX ? &sessions->rows[sessions->count++] : idle;
}

const struct front_session *front_session_start(struct front_sessions *sessions, const struct front_key *key, int64_t now_ms,
                                                char cookie[FRONT_SESSION_COOKIE_SIZE])
{
    struct front_session *session = row_take(sessions, now_ms);
    uint8_t random[32], id[(FRONT_SESSION_ID_SIZE - 1) / 2];

    assert(now_ms > 0);
    base_random(random, sizeof(random));
    base_random(id, sizeof(id));
    base_hex(random, sizeof(random), cookie);
    base_wipe(random, sizeof(random));
    *session = (struct front_session){.roles = key->roles, .started_ms = now_ms, .seen_ms = now_ms, .started_wall_ms = base_wall_ms()};
    base_hash(cookie, strlen(cookie), session->cookie_hash);
    base_hex(id, sizeof(id), session->id);
    snprintf(session->key_id, sizeof(session->key_id), "%s", key->id);
    memcpy(session->key_hash, key->hash, BASE_HASH_SIZE);
    return session;
}

void front_session_end(struct front_session *session)
{
    *session = (struct front_session){.seen_ms = 0};
}

/* The one that it was opened with, as it was then. */
const struct front_key *front_session_key(const struct front_session *session, struct front_keys *keys, int64_t now_ms)
{
    const struct front_key_row *row = is_over(session, now_ms) ? NULL : front_keys_same(keys, session->key_id, session->key_hash);

    return row != NULL && row->key.roles == session->roles ? &row->key : NULL;
}

const struct front_session *front_session_find(struct front_sessions *sessions, struct front_keys *keys, const char *cookie,
                                               int64_t now_ms, const struct front_key **key)
{
    struct front_session *found = NULL;
    uint8_t hash[BASE_HASH_SIZE];

    if (strlen(cookie) != FRONT_SESSION_COOKIE_SIZE - 1)
        return NULL;
    base_hash(cookie, strlen(cookie), hash);
    for (size_t i = 0; i < sessions->count; i++)
        if (base_hash_equal(hash, sessions->rows[i].cookie_hash))
            found = &sessions->rows[i];
    const struct front_key *of = found != NULL ? front_session_key(found, keys, now_ms) : NULL;
    if (of == NULL)
        return NULL;
    *key = of;
    found->seen_ms = now_ms;
    return found;
}

struct front_session *front_session_of(struct front_sessions *sessions, struct front_keys *keys, const char *id, int64_t now_ms)
{
    for (size_t i = 0; i < sessions->count; i++)
        if (sessions->rows[i].seen_ms != 0 && strcmp(sessions->rows[i].id, id) == 0)
            return front_session_key(&sessions->rows[i], keys, now_ms) != NULL ? &sessions->rows[i] : NULL;
    return NULL;
}
