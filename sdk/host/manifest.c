/* SPDX-License-Identifier: Apache-2.0 */
#include "host/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/memory.h"

/* The whole file behind fd into text (room for size_max + 1). Errors: OD_EIO, OD_ELIMIT. */
static int file_read(int fd, char *text, size_t size_max, size_t *size)
{
    size_t used = 0;
    ssize_t got = 1;

    while (got > 0 && used <= size_max) {
        got = pread(fd, text + used, size_max + 1 - used, (off_t)used);
        if (got > 0)
            used += (size_t)got;
    }
    if (got < 0)
        return OD_EIO;
    if (used > size_max)
        return OD_ELIMIT;
    *size = used;
    return OD_OK;
}

static int name_copy(const struct base_json *json, const char *key, char *out, size_t size_max,
                     char reason[HOST_REASON_SIZE])
{
    const char *text = base_json_member_text(json, key);

    if (text == NULL || *text == '\0' || strlen(text) > size_max) {
        snprintf(reason, HOST_REASON_SIZE, "manifest.json: \"%s\" must be a text of 1 to %zu bytes", key, size_max);
        return OD_EINVAL;
    }
    memcpy(out, text, strlen(text) + 1);
    return OD_OK;
}

static int abi_read(const struct base_json *json, struct host_manifest *manifest, char reason[HOST_REASON_SIZE])
{
    const struct base_json *major = base_json_first(base_json_member(json, "abi"));
    int64_t numbers[2];

    if (base_json_count(base_json_member(json, "abi")) != 2 ||
        base_json_i64(major, 0, UINT16_MAX, &numbers[0]) != OD_OK ||
        base_json_i64(base_json_next(major), 0, UINT16_MAX, &numbers[1]) != OD_OK) {
        snprintf(reason, HOST_REASON_SIZE, "manifest.json: \"abi\" must be [major, minor], for example [1, 0]");
        return OD_EINVAL;
    }
    manifest->abi_major = (uint16_t)numbers[0];
    manifest->abi_minor = (uint16_t)numbers[1];
    return OD_OK;
}

static int credits_read(const struct base_json *json, struct host_manifest *manifest, char reason[HOST_REASON_SIZE])
{
    const struct base_json *credits = base_json_member(json, "credits");
    int64_t number = HOST_CREDITS_DEFAULT;

    if (credits != NULL && base_json_i64(credits, 1, BASE_CREDITS_MAX, &number) != OD_OK) {
        snprintf(reason, HOST_REASON_SIZE, "manifest.json: \"credits\" must be a number of 1 to %d", BASE_CREDITS_MAX);
        return OD_EINVAL;
    }
    manifest->credits = (uint32_t)number;
    return OD_OK;
}

/* What is declared well is the hub's to judge; here it only decides which extensions there are. */
static void capabilities_read(const struct base_json *json, struct host_manifest *manifest)
{
    const struct base_json *capabilities = base_json_member(json, "capabilities");

    manifest->has_kv = base_json_type(base_json_member(capabilities, "kv")) == BASE_JSON_OBJECT;
    manifest->has_http = base_json_count(base_json_member(capabilities, "http")) > 0;
    manifest->has_secrets = base_json_count(base_json_member(capabilities, "secrets")) > 0;
    manifest->has_materials = base_json_is_true(base_json_member(capabilities, "materials"));
    manifest->has_net = base_json_count(base_json_member(capabilities, "net")) > 0;
}

static int resource_read(const struct base_json *resources, const char *key, int64_t min, int64_t max, int64_t preset,
                         uint32_t *out, char reason[HOST_REASON_SIZE])
{
    const struct base_json *member = base_json_member(resources, key);

    if (member != NULL && base_json_i64(member, min, max, &preset) != OD_OK) {
        snprintf(reason, HOST_REASON_SIZE, "manifest.json: \"resources\": \"%s\" must be a number of %lld to %lld", key,
                 (long long)min, (long long)max);
        return OD_EINVAL;
    }
    *out = (uint32_t)preset;
    return OD_OK;
}

static int folder_read(const struct base_json *json, struct host_manifest *manifest, char reason[HOST_REASON_SIZE])
{
    const struct base_json *folder = base_json_member(base_json_member(json, "capabilities"), "folder");
    const struct base_json *file_mib = base_json_member(folder, "file_mib");
    int64_t number = HOST_FOLDER_MIB_DEFAULT;

    if (folder == NULL)
        return OD_OK;
    if (file_mib != NULL && base_json_i64(file_mib, 1, HOST_FOLDER_MIB_MAX, &number) != OD_OK) {
        snprintf(reason, HOST_REASON_SIZE, "manifest.json: \"folder\": \"file_mib\" must be a number of 1 to %d", HOST_FOLDER_MIB_MAX);
        return OD_EINVAL;
    }
    manifest->folder_mib = (uint32_t)number;
    return OD_OK;
}

static int resources_read(const struct base_json *json, struct host_resources *out, char reason[HOST_REASON_SIZE])
{
    const struct base_json *resources = base_json_member(json, "resources");
    int rc = resource_read(resources, "memory_mib", HOST_MEMORY_MIB_MIN, HOST_MEMORY_MIB_MAX, HOST_MEMORY_MIB_DEFAULT,
                           &out->memory_mib, reason);

    if (rc == OD_OK)
        rc = resource_read(resources, "threads", HOST_THREADS_MIN, HOST_THREADS_MAX, HOST_THREADS_DEFAULT, &out->threads, reason);
    if (rc == OD_OK)
        rc = resource_read(resources, "descriptors", HOST_DESCRIPTORS_MIN, HOST_DESCRIPTORS_MAX, HOST_DESCRIPTORS_DEFAULT,
                           &out->descriptors, reason);
    return rc;
}

static int members_read(const struct base_json *json, struct host_manifest *manifest, char reason[HOST_REASON_SIZE])
{
    int rc = name_copy(json, "id", manifest->id, BASE_ID_MAX, reason);

    if (rc == OD_OK)
        rc = name_copy(json, "version", manifest->version, HOST_VERSION_MAX, reason);
    if (rc == OD_OK)
        rc = abi_read(json, manifest, reason);
    if (rc == OD_OK)
        rc = credits_read(json, manifest, reason);
    if (rc == OD_OK)
        rc = resources_read(json, &manifest->resources, reason);
    if (rc == OD_OK)
        rc = folder_read(json, manifest, reason);
    if (rc == OD_OK)
        capabilities_read(json, manifest);
    return rc;
}

static int text_read(const char *text, size_t size, struct host_manifest *out, char reason[HOST_REASON_SIZE])
{
    struct host_manifest manifest = {.credits = 0};
    struct base_json_error error = {.code = ""};
    struct base_json *json = NULL;
    int rc = base_json_parse(text, size, &json, &error);

    if (rc != OD_OK) {
        snprintf(reason, HOST_REASON_SIZE, "manifest.json, line %u, column %u: %s", error.line, error.column,
                 rc == OD_ENOMEM ? "no memory left" : error.text);
        return rc == OD_ENOMEM ? OD_ENOMEM : OD_EINVAL;
    }
    rc = members_read(json, &manifest, reason);
    base_json_destroy(json);
    if (rc == OD_OK)
        *out = manifest;
    return rc;
}

int host_manifest_take(int fd, const char *path, struct host_manifest *out, char reason[HOST_REASON_SIZE])
{
    size_t size = 0;
    char *text = base_alloc(HOST_MANIFEST_SIZE_MAX + 1);

    if (text == NULL)
        return OD_ENOMEM;
    int rc = file_read(fd, text, HOST_MANIFEST_SIZE_MAX, &size);
    if (rc == OD_OK) {
        rc = text_read(text, size, out, reason);
    } else {
        snprintf(reason, HOST_REASON_SIZE, "%.300s: %s", path,
                 rc == OD_ELIMIT ? "larger than 256 KiB" : strerror(errno));
        rc = OD_EINVAL;
    }
    base_free(text);
    return rc;
}

int host_manifest_read(const char *folder, struct host_manifest *out, char reason[HOST_REASON_SIZE])
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/manifest.json", folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        snprintf(reason, HOST_REASON_SIZE, "%.300s: %s", path, strerror(errno));
        return OD_EINVAL;
    }
    int rc = host_manifest_take(fd, path, out, reason);
    close(fd);
    return rc;
}
