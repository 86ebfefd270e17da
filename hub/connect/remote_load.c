/* SPDX-License-Identifier: Apache-2.0 */
/* A remote connector has no package, so whoever loads it says what a manifest would say. It is
 * put into the words of one and read as one: one place knows what capabilities mean. */
#include "connect/inside.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#define PREFIX "manifest.json:"

static int refuse(char text[512], const char *what)
{
    snprintf(text, 512, "remote: %s", what);
    return OD_EINVAL;
}

static bool is_known(const char *name)
{
    static const char *const names[] = {"submit_dedupe", "credits", "lease_ms", "matters", "fields",
                                        "applicant",     "kv",      "materials", "events"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static int check_members(const struct base_json *remote, uint32_t *lease_ms, char text[512])
{
    const struct base_json *lease = base_json_member(remote, "lease_ms");
    int64_t value = CONNECT_LEASE_MS;
    char what[256];

    if (base_json_type(remote) != BASE_JSON_OBJECT)
        return refuse(text, "it must be an object.");
    for (const struct base_json *member = base_json_first(remote); member != NULL; member = base_json_next(member)) {
        if (is_known(base_json_key(member)))
            continue;
        snprintf(what, sizeof(what), "\"%.64s\" is unknown; known are submit_dedupe, credits, lease_ms, matters, fields, "
                                     "applicant, kv, materials, events.", base_json_key(member));
        return refuse(text, what);
    }
    if (lease != NULL && base_json_i64(lease, CONNECT_LEASE_MIN_MS, CONNECT_LEASE_MAX_MS, &value) != OD_OK) {
        snprintf(what, sizeof(what), "lease_ms must be a whole number from %d to %d.", CONNECT_LEASE_MIN_MS, CONNECT_LEASE_MAX_MS);
        return refuse(text, what);
    }
    *lease_ms = (uint32_t)value;
    return OD_OK;
}

static void put_members(struct base_buffer *out, const struct base_json *remote, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (base_json_member(remote, names[i]) != NULL)
            base_json_put(out, names[i], base_json_member(remote, names[i]));
}

static void put_manifest(struct base_buffer *out, const char *id, const struct base_json *remote)
{
    static const char *const members[] = {"submit_dedupe", "credits"};
    static const char *const capabilities[] = {"fields", "applicant", "kv", "materials", "events"};

    base_json_open(out, NULL, '{');
    base_json_put_text(out, "id", id);
    base_json_put_text(out, "version", "0");
    base_json_put_raw(out, "abi", "[1,0]", 5);
    put_members(out, remote, members, sizeof(members) / sizeof(members[0]));
    if (base_json_member(remote, "matters") != NULL)
        base_json_put(out, "matters", base_json_member(remote, "matters"));
    else
        base_json_put_raw(out, "matters", "[\"*\"]", 5);
    base_json_open(out, "resources", '{');
    base_json_put_i64(out, "concurrency", BASE_CREDITS_MAX); /* credits bound it */
    base_json_close(out, '}');
    base_json_open(out, "capabilities", '{');
    put_members(out, remote, capabilities, sizeof(capabilities) / sizeof(capabilities[0]));
    base_json_close(out, '}');
    base_json_close(out, '}');
}

/* "manifest.json:1:20: what" is about a text that nobody wrote: only what is wrong is told. */
static void tell(char text[512], const char *message)
{
    const char *what = strncmp(message, PREFIX, sizeof(PREFIX) - 1) == 0 ? strstr(message, ": ") : NULL;

    snprintf(text, 512, "remote: %.500s", what != NULL ? what + 2 : message);
}

int connect_remote_manifest_read(const char *id, const char *remote, size_t size, struct package_manifest *manifest,
                                 char text[512])
{
    uint32_t lease_ms;
    char message[PACKAGE_TEXT_SIZE] = "no memory left";
    struct base_json_error error;
    struct base_json *tree = NULL;
    struct base_buffer out = {0};
    int rc = base_json_parse(remote, size, &tree, &error);

    if (rc == OD_ESYNTAX)
        return refuse(text, error.text);
    if (rc == OD_OK)
        rc = check_members(tree, &lease_ms, text);
    if (rc == OD_OK) {
        put_manifest(&out, id, tree);
        rc = out.is_broken ? OD_ENOMEM : package_manifest_read(out.bytes, out.size, NULL, manifest, message);
        if (rc != OD_OK)
            tell(text, message);
    }
    base_buffer_fini(&out);
    base_json_destroy(tree);
    return rc == OD_OK || rc == OD_ENOMEM ? rc : OD_EINVAL;
}

struct connect_remote_link *connect_remote_link_create(const char *text, size_t size)
{
    struct connect_remote_link *remote = base_alloc(sizeof(*remote));
    struct base_json_error error;
    struct base_json *tree = NULL;
    char fault[512];

    if (remote == NULL)
        return NULL;
    base_list_init(&remote->waiting);
    remote->text = base_copy_text(text, size);
    if (remote->text == NULL || base_json_parse(text, size, &tree, &error) != OD_OK ||
        check_members(tree, &remote->lease_ms, fault) != OD_OK) {
        connect_remote_link_free(remote);
        remote = NULL;
    }
    base_json_destroy(tree);
    return remote;
}

void connect_remote_link_free(struct connect_remote_link *remote)
{
    if (remote == NULL)
        return;
    connect_remote_session_reset(remote);
    base_free(remote->text);
    base_free(remote);
}
