/* SPDX-License-Identifier: Apache-2.0 */
/* What another catalogue would change for people: services and matters that come, go or are published otherwise, compared
 * by what the guide says of each. */
#include "engine/internal.h"

#include <string.h>

#define MEMBERS_MAX 32 /* told of one that changed */

struct part {
    const char *key;
    size_t (*count)(const struct catalog *catalog);
    const char *(*id)(const struct catalog *catalog, size_t index);
    bool (*has)(const struct catalog *catalog, const char *id);
    bool (*put)(struct base_buffer *buffer, const struct catalog *catalog, const char *id); /* false = there is none */
};

static const char *service_id(const struct catalog *catalog, size_t index)
{
    return catalog_service_at(catalog, index)->id;
}

static bool has_service(const struct catalog *catalog, const char *id)
{
    return catalog_service_find(catalog, id) != NULL;
}

static bool put_service(struct base_buffer *buffer, const struct catalog *catalog, const char *id)
{
    const struct catalog_service *service = catalog_service_find(catalog, id);

    if (service != NULL)
        catalog_put_service(buffer, NULL, service);
    return service != NULL;
}

static const char *matter_id(const struct catalog *catalog, size_t index)
{
    return catalog_matter_at(catalog, index)->id;
}

static bool has_matter(const struct catalog *catalog, const char *id)
{
    return catalog_matter_find(catalog, id) != NULL;
}

static bool put_matter(struct base_buffer *buffer, const struct catalog *catalog, const char *id)
{
    const struct catalog_matter *matter = catalog_matter_find(catalog, id);

    if (matter != NULL)
        catalog_put_matter(buffer, NULL, matter);
    return matter != NULL;
}

static const struct part parts[] = {
    {"services", catalog_service_count, service_id, has_service, put_service},
    {"matters", catalog_matter_count, matter_id, has_matter, put_matter},
};

static struct base_json *tree_of(const struct base_buffer *text)
{
    struct base_json_error error;
    struct base_json *tree = NULL;

    return base_json_parse(text->bytes, text->size, &tree, &error) == OD_OK ? tree : NULL;
}

/* The names of the members that differ, those that are gone too. */
static void put_members(struct base_buffer *buffer, const struct base_json *before, const struct base_json *after)
{
    size_t told = 0;

    base_json_open(buffer, "members", '[');
    for (const struct base_json *member = base_json_first(after); member != NULL && told < MEMBERS_MAX; member = base_json_next(member))
        if (!base_json_is_alike(member, base_json_member(before, base_json_key(member)))) {
            base_json_put_text(buffer, NULL, base_json_key(member));
            told++;
        }
    for (const struct base_json *member = base_json_first(before); member != NULL && told < MEMBERS_MAX; member = base_json_next(member))
        if (base_json_member(after, base_json_key(member)) == NULL) {
            base_json_put_text(buffer, NULL, base_json_key(member));
            told++;
        }
    base_json_close(buffer, ']');
}

static void put_change(struct base_buffer *buffer, const char *id, const struct base_buffer *before, const struct base_buffer *after)
{
    struct base_json *old = before != NULL ? tree_of(before) : NULL, *fresh = after != NULL ? tree_of(after) : NULL;
    const struct base_json *name = base_json_member(fresh != NULL ? fresh : old, "name");

    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "id", id);
    if (name != NULL)
        base_json_put(buffer, "name", name);
    base_json_put_text(buffer, "change", old == NULL ? "added" : fresh == NULL ? "removed" : "changed");
    if (old != NULL && fresh != NULL)
        put_members(buffer, old, fresh);
    base_json_close(buffer, '}');
    base_json_destroy(old);
    base_json_destroy(fresh);
}

/* Each says of which version it is: that differs always, and is no change. */
static void forget_version(struct base_buffer *text, const char *version)
{
    size_t size = strlen(version);

    for (char *at = text->size > 0 ? memmem(text->bytes, text->size, version, size) : NULL; at != NULL;
         at = memmem(at, text->size - (size_t)(at - text->bytes), version, size))
        memset(at, '0', size);
}

/* Bytes may differ where values do not: in the spelling of numbers and letters, in the order of members. */
static bool is_alike(const struct base_buffer *old, const struct base_buffer *fresh)
{
    if (old->size == fresh->size && memcmp(old->bytes, fresh->bytes, old->size) == 0)
        return true;
    struct base_json *before = tree_of(old), *after = tree_of(fresh);
    bool is_alike = before != NULL && after != NULL && base_json_is_alike(before, after);

    base_json_destroy(before);
    base_json_destroy(after);
    return is_alike;
}

/* Returns 1 when it differs. */
static size_t compare(struct base_buffer *buffer, const struct part *part, const char *id, const struct catalog *before,
                      const struct catalog *after, bool may_put)
{
    struct base_buffer old = {0}, fresh = {0};
    bool has_old = part->put(&old, before, id), has_fresh = part->put(&fresh, after, id);
    forget_version(&old, catalog_version(before));
    forget_version(&fresh, catalog_version(after));
    bool differs = has_old != has_fresh || (has_old && !is_alike(&old, &fresh));

    if (differs && may_put)
        put_change(buffer, id, has_old ? &old : NULL, has_fresh ? &fresh : NULL);
    base_buffer_fini(&old);
    base_buffer_fini(&fresh);
    return differs;
}

static void put_part(struct base_buffer *buffer, const struct part *part, const struct catalog *before, const struct catalog *after, bool *is_cut)
{
    struct base_buffer gone = {0};
    size_t told = 0;

    base_json_open(buffer, part->key, '[');
    for (size_t i = 0; i < part->count(after); i++)
        told += compare(buffer, part, part->id(after, i), before, after, told < ENGINE_CATALOG_CHANGES_MAX);
    for (size_t i = 0; i < part->count(before); i++) {
        base_buffer_clear(&gone);
        if (!part->put(&gone, after, part->id(before, i)))
            told += compare(buffer, part, part->id(before, i), before, after, told < ENGINE_CATALOG_CHANGES_MAX);
    }
    base_json_close(buffer, ']');
    base_buffer_fini(&gone);
    *is_cut = *is_cut || told > ENGINE_CATALOG_CHANGES_MAX;
}

static void put_counts(struct base_buffer *buffer, const struct part *part, const struct catalog *before, const struct catalog *after)
{
    int64_t added = 0, removed = 0, changed = 0;

    for (size_t i = 0; i < part->count(after); i++) {
        const char *id = part->id(after, i);

        if (!part->has(before, id))
            added++;
        else
            changed += (int64_t)compare(buffer, part, id, before, after, false);
    }
    for (size_t i = 0; i < part->count(before); i++)
        removed += !part->has(after, part->id(before, i));
    base_json_open(buffer, part->key, '{');
    base_json_put_i64(buffer, "added", added);
    base_json_put_i64(buffer, "removed", removed);
    base_json_put_i64(buffer, "changed", changed);
    base_json_close(buffer, '}');
}

void engine_put_catalog_counts(struct base_buffer *buffer, const char *key, const struct catalog *before, const struct catalog *after)
{
    base_json_open(buffer, key, '{');
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        put_counts(buffer, &parts[i], before, after);
    base_json_close(buffer, '}');
}

void engine_put_catalog_diff(struct base_buffer *buffer, const char *key, const struct catalog *before, const struct catalog *after)
{
    bool is_cut = false;

    base_json_open(buffer, key, '{');
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        put_part(buffer, &parts[i], before, after, &is_cut);
    base_json_put_bool(buffer, "is_cut", is_cut);
    base_json_close(buffer, '}');
}
