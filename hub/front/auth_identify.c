/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks: by the key that came with the request, else by the word of the proxy in front, else by the cookie of a
 * session. What a browser sends by itself (the last two) is marked, for a page of another site can make it send that. */
#include "front/server.h"

#include <string.h>

#include "base/time.h"

#define ROLES_ALL (2u * FRONT_ROLE_CONNECTOR - 1)

/* Whoever asks is the one whose key this is. */
static void identity_take(struct front_call *call, const struct front_key *key)
{
    struct front_identity *identity = &call->request.identity;

    call->keys = front_keys_share(call->front->keys);
    call->key = key;
    identity->key_id = key->id;
    identity->roles = key->roles | FRONT_ROLE_CITIZEN;
    identity->department = key->department;
    identity->connector = key->connector;
}

/* A key that is given must be right, even where none is needed: a typo is told, not hidden. */
static enum front_key_verdict by_key(struct front_call *call, const struct front_arrival *arrival, struct front_key_row **row)
{
    if (arrival->secret == NULL)
        return FRONT_KEY_UNKNOWN;
    enum front_key_verdict verdict = front_keys_meet(call->front->keys, arrival->secret, arrival->secret_size, row);
    if (*row != NULL && !front_key_is_held(&(*row)->key, &call->request))
        return FRONT_KEY_UNKNOWN;
    if (verdict == FRONT_KEY_KNOWN)
        identity_take(call, &(*row)->key);
    return verdict;
}

/* false: the proxy names nobody who has a key here. */
static bool by_proxy(struct front_call *call)
{
    struct front *front = call->front;
    const char *key_id;
    enum front_proxy_verdict verdict = front_proxy_ask(front->proxy, &call->request, &key_id);
    const struct front_key *key = verdict == FRONT_PROXY_NAMED ? front_keys_of_id(front->keys, key_id) : NULL;

    if (key == NULL || !front_key_is_held(key, &call->request)) {
        call->is_stranger = verdict != FRONT_PROXY_SILENT;
        return false;
    }
    identity_take(call, key);
    call->is_ambient = true;
    return true;
}

static void by_session(struct front_call *call)
{
    struct front *front = call->front;
    const char *cookie = front->sessions.count > 0 ? front_cookie(&call->request, FRONT_SESSION_COOKIE) : NULL;
    const struct front_key *key = NULL;

    if (cookie == NULL)
        return;
    const struct front_session *session = front_session_find(&front->sessions, front->keys, cookie, base_monotonic_ms(), &key);
    if (session == NULL || !front_key_is_held(key, &call->request))
        return;
    identity_take(call, key);
    call->is_ambient = true;
    memcpy(call->session, session->id, sizeof(call->session));
}

enum front_key_verdict front_identify(struct front_call *call, const struct front_arrival *arrival,
                                      struct front_key_row **row)
{
    struct front_identity *identity = &call->request.identity;

    *identity =
        (struct front_identity){.key_id = "", .roles = FRONT_ROLE_CITIZEN, .department = "", .connector = ""};
    if (call->front->is_demo) {
        identity->key_id = "demo";
        identity->roles = ROLES_ALL;
        return FRONT_KEY_KNOWN;
    }
    if (arrival->has_credentials)
        return by_key(call, arrival, row);
    if (!by_proxy(call))
        by_session(call);
    return FRONT_KEY_KNOWN;
}
