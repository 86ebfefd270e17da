/* SPDX-License-Identifier: Apache-2.0 */
/* A key as its entry keeps it, and as people see it. */
#include "engine/key.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    uint32_t role;
} roles[] = {
    {"front_desk", FRONT_ROLE_FRONT_DESK}, {"officer", FRONT_ROLE_OFFICER}, {"head", FRONT_ROLE_HEAD},
    {"supervisor", FRONT_ROLE_SUPERVISOR}, {"admin", FRONT_ROLE_ADMIN},     {"connector", FRONT_ROLE_CONNECTOR},
};

uint32_t engine_role_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(roles) / sizeof(roles[0]); i++)
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].role;
    return FRONT_ROLE_NONE;
}

void engine_roles_put(struct base_buffer *buffer, const char *key, uint32_t bits)
{
    base_json_open(buffer, key, '[');
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if ((bits & roles[i].role) != 0)
            base_json_put_text(buffer, NULL, roles[i].name);
    base_json_close(buffer, ']');
}

void engine_key_scope_put(struct base_buffer *buffer, const struct front_key *key)
{
    base_json_put_text(buffer, "id", key->id);
    engine_roles_put(buffer, "roles", key->roles);
    engine_put_some(buffer, "department", key->department);
    engine_put_some(buffer, "connector", key->connector);
    engine_put_some(buffer, "certificate", key->certificate);
}

static void put_hashes(struct base_buffer *buffer, const struct front_key *key)
{
    char tag[2 * BASE_HASH_SIZE + 1];

    base_hex(key->hash, BASE_HASH_SIZE, tag);
    base_json_put_text(buffer, "tag", tag);
    base_json_put_text(buffer, "password", key->password);
}

void engine_key_body_put(struct base_buffer *buffer, const struct engine_key_body *body, bool is_over)
{
    const struct front_key *key = body->key;

    base_json_open(buffer, NULL, '{');
    engine_key_scope_put(buffer, key);
    base_json_put_i64(buffer, "expires_ms", key->expires_ms);
    engine_put_some(buffer, "note", body->note);
    engine_put_some(buffer, "starts", body->starts);
    base_json_put_text(buffer, "made_by", body->made_by);
    base_json_put_i64(buffer, "made_ms", body->made_ms);
    if (is_over) {
        base_json_put_text(buffer, "ended_by", body->ended_by);
        base_json_put_i64(buffer, "ended_ms", body->ended_ms);
        engine_put_some(buffer, "reason", body->reason);
    } else {
        put_hashes(buffer, key);
    }
    base_json_close(buffer, '}');
}

/* false: it is longer than there is room for. An absent one is "". */
static bool read_text(const struct base_json *root, const char *name, char *room, size_t size)
{
    const char *text = base_json_member_text(root, name);
    int length = snprintf(room, size, "%s", text != NULL ? text : "");

    return length >= 0 && (size_t)length < size;
}

static bool read_roles(const struct base_json *root, uint32_t *bits)
{
    for (const struct base_json *item = base_json_first(base_json_member(root, "roles")); item != NULL; item = base_json_next(item)) {
        uint32_t role = engine_role_find(base_json_text(item));

        if (role == FRONT_ROLE_NONE)
            return false; /* written by another version: not to be guessed at */
        *bits |= role;
    }
    return *bits != 0;
}

static int64_t read_ms(const struct base_json *root, const char *name)
{
    int64_t ms = 0;

    return base_json_i64(base_json_member(root, name), 0, INT64_MAX / 2, &ms) == OD_OK ? ms : 0;
}

int engine_key_body_read(const struct base_json *root, struct front_key *key, struct engine_key_body *body)
{
    const char *tag = base_json_member_text(root, "tag");
    struct front_key read = {.expires_ms = read_ms(root, "expires_ms")};

    if (!read_text(root, "id", read.id, sizeof(read.id)) || read.id[0] == '\0' || !read_roles(root, &read.roles) ||
        !read_text(root, "department", read.department, sizeof(read.department)) ||
        !read_text(root, "connector", read.connector, sizeof(read.connector)) ||
        !read_text(root, "certificate", read.certificate, sizeof(read.certificate)) ||
        !read_text(root, "password", read.password, sizeof(read.password)) ||
        (tag != NULL && base_unhex(tag, read.hash, BASE_HASH_SIZE) != OD_OK))
        return OD_EIO;
    *key = read;
    *body = (struct engine_key_body){.key = key, .note = base_json_member_text(root, "note"),
                                     .starts = base_json_member_text(root, "starts"),
                                     .made_by = base_json_member_text(root, "made_by"),
                                     .ended_by = base_json_member_text(root, "ended_by"),
                                     .reason = base_json_member_text(root, "reason"),
                                     .made_ms = read_ms(root, "made_ms"), .ended_ms = read_ms(root, "ended_ms")};
    return OD_OK;
}

static void put_end(struct base_buffer *buffer, const struct engine_key_body *body)
{
    if (body->ended_by == NULL)
        return;
    engine_put_ms(buffer, "ended_at", body->ended_ms);
    base_json_put_text(buffer, "ended_by", body->ended_by);
    engine_put_some(buffer, "reason", body->reason);
}

void engine_key_view_put(struct base_buffer *buffer, const struct store_entry *entry, const struct engine_key_body *body, const char *secret,
                         const char *lost)
{
    const struct front_key *key = body->key;

    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "id", key->id);
    base_json_put_text(buffer, "origin", entry != NULL ? "runtime" : "configuration");
    base_json_put_text(buffer, "state", entry != NULL ? engine_key_state_name(entry->state) : "active");
    engine_roles_put(buffer, "roles", key->roles);
    base_json_put_text(buffer, "department", key->department[0] != '\0' ? key->department : NULL);
    base_json_put_text(buffer, "connector", key->connector[0] != '\0' ? key->connector : NULL);
    base_json_put_bool(buffer, "is_bound_to_certificate", key->certificate[0] != '\0');
    engine_put_ms(buffer, "expires_at", key->expires_ms);
    if (entry != NULL) {
        base_json_put_text(buffer, "note", body->note);
        base_json_put_text(buffer, "starts", body->starts);
        engine_put_ms(buffer, "created_at", body->made_ms);
        base_json_put_text(buffer, "created_by", body->made_by);
        base_json_put_i64(buffer, "revision", (int64_t)entry->revision);
        put_end(buffer, body);
    }
    if (secret != NULL || lost != NULL)
        base_json_put_text(buffer, "secret", secret);
    engine_put_some(buffer, "remedy", lost);
    base_json_close(buffer, '}');
}
