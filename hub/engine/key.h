/* SPDX-License-Identifier: Apache-2.0 */
/* Keys made at run time, beside those of the configuration: entries of the register, and the table that the doors ask.
 *
 *   create -> [pool: argon2id of a fresh secret] -> entry -> durable -> the doors know it -> answered, with the secret
 *   revoke, or its last minute -> entry without the hashes -> durable -> the doors forget it
 *
 * An entry's name is the key's id, which stays taken for ever: the journal's "by" is never ambiguous. Loop thread. */
#ifndef ENGINE_KEY_H
#define ENGINE_KEY_H

#include "engine/entry.h"

#define ENGINE_KEYS_MADE_MAX 4096 /* valid at once */
#define ENGINE_KEY_NOTE_MAX 1024  /* bytes of what is noted about a key */
#define ENGINE_KEY_STARTS 9       /* characters of a secret that stay readable, so that one can be told from another */

/* The numbers are stored: only append. */
enum engine_key_state { ENGINE_KEY_NONE = 0, ENGINE_KEY_ACTIVE, ENGINE_KEY_REVOKED, ENGINE_KEY_EXPIRED, ENGINE_KEY_STATES };

const char *engine_key_state_name(uint8_t state);
/* Errors: ENGINE_KEY_NONE. */
enum engine_key_state engine_key_state_find(const char *name);

struct engine_keys {
    struct front_key *rows;  /* owned: those of the configuration, then those made at run time that are valid */
    size_t config_count, count;
    uint8_t tag_key[BASE_HASH_SIZE];
};

/* Read what is kept, beside the keys of the configuration. Errors: OD_EINVAL, with text, two of one id; OD_ENOMEM; OD_EIO. */
OD_MUST_CHECK int engine_keys_start(struct engine *engine, const struct engine_config *config, struct store_reader *reader, char text[512]);
/* Other keys of the configuration; the doors know them afterwards.
 * Errors (nothing changed, text says why): OD_EINVAL, OD_ENOMEM. */
OD_MUST_CHECK int engine_keys_reload(struct engine *engine, const struct engine_config *config, char text[512]);
void engine_keys_fini(struct engine *engine);

/* The key of an id, of either kind; NULL = there is none that is valid. */
const struct front_key *engine_key_find(const struct engine *engine, const char *id);
/* One more at run time. Errors (nothing changed): OD_ELIMIT, OD_ENOMEM, OD_EINVAL two of one hash. */
OD_MUST_CHECK int engine_key_install(struct engine *engine, const struct front_key *key);
/* It is over: the doors forget it. Cannot fail. */
void engine_key_forget(struct engine *engine, const char *id);

/* key_body.c: the body of an entry. */
struct engine_key_body {
    const struct front_key *key;
    const char *note, *starts; /* NULL = none */
    const char *made_by;
    const char *ended_by, *reason; /* NULL = it is not over */
    int64_t made_ms, ended_ms;
};
/* is_over: the hashes are left out, for nobody will ask for them again. */
void engine_key_body_put(struct base_buffer *buffer, const struct engine_key_body *body, bool is_over);
/* The body of an entry, read: key is filled (its hashes zero where they were left out); the other texts are borrowed from
 * root. Errors: OD_EIO it is no key's. */
OD_MUST_CHECK int engine_key_body_read(const struct base_json *root, struct front_key *key, struct engine_key_body *body);
/* What people are shown of a key. entry NULL = it is of the configuration. secret NULL = not now; lost: what to do about that
 * where it is asked for, NULL = it is not. */
void engine_key_view_put(struct base_buffer *buffer, const struct store_entry *entry, const struct engine_key_body *body,
                         const char *secret, const char *lost);
/* Whose it is and for what, into the object that is open: "id" and "roles"; "department", "connector" and "certificate" where it has them. */
void engine_key_scope_put(struct base_buffer *buffer, const struct front_key *key);
/* "roles" as a member. */
void engine_roles_put(struct base_buffer *buffer, const char *key, uint32_t roles);

/* config_keys.c: a role's bit, 0 = none; and 40 hexadecimal digits, with or without colons between the pairs. */
uint32_t engine_role_find(const char *name);
bool engine_certificate_read(const char *text, char certificate[FRONT_CERTIFICATE_SIZE]);

/* staff_session.c: for front_ops. */
void engine_on_session(void *owner, const char *event, const char *key_id, const char *session);

/* key_route.c: POST and GET /v1/keys, POST /v1/keys/{id}/revoke. */
void engine_key_perform(struct engine *engine, struct front_request *request);
/* A key's last minute has come. */
void engine_key_on_due(struct engine *engine, const struct store_entry *entry);

#endif
