/* SPDX-License-Identifier: Apache-2.0 */
#include "package/maker.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "lib/files.h"

#define README "# gov.tiny\n"
#define VECTOR "{\"form\":{}}\n"

static struct maker maker_one;

int maker_open(void **state)
{
    struct maker *maker = &maker_one;
    char path[512];

    *maker = (struct maker){.module = NULL};
    assert_int_equal(OD_OK, base_hash_init());
    const char *build = getenv("OD_BUILD");
    snprintf(path, sizeof(path), "%s/tests/package/module.so", build != NULL ? build : ".");
    maker->module = test_file_read(path, &maker->module_size);
    if (maker->module == NULL)
        fail_msg("%s is missing", path);
    package_key_create(&maker->secret, &maker->key);
    package_key_create(&maker->other_secret, &maker->other_key);
    maker_trust(maker, "{\"keys\":[{\"public_key\":\"%s\",\"name\":\"Gov key\",\"prefixes\":[\"gov\"],\"capabilities\":[\"*\"]}]}");
    *state = maker;
    return 0;
}

int maker_close(void **state)
{
    struct maker *maker = *state;

    package_trust_fini(&maker->trust);
    free(maker->module);
    maker->module = NULL;
    return 0;
}

void maker_trust(struct maker *maker, const char *format)
{
    char key[PACKAGE_KEY_TEXT_SIZE], text[2048], message[PACKAGE_TEXT_SIZE];
    const char *hole = strstr(format, "%s");

    package_public_key_put(&maker->key, key);
    assert_non_null(hole);
    int size = snprintf(text, sizeof(text), "%.*s%s%s", (int)(hole - format), format, key, hole + 2);
    package_trust_fini(&maker->trust);
    int rc = package_trust_read(text, (size_t)size, "trust.json", &maker->trust, message);
    CHECK_I64(OD_OK, rc, message);
}

static void put_file(char *text, size_t size, const char *name, const void *bytes, size_t count)
{
    uint8_t hash[BASE_HASH_SIZE];
    char hex[2 * BASE_HASH_SIZE + 1];

    base_hash(bytes, count, hash);
    base_hex(hash, BASE_HASH_SIZE, hex);
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s\"%s\":{\"sha256\":\"%s\",\"size\":%zu}", text[used - 1] == '{' ? "" : ",", name, hex, count);
}

char *maker_manifest(const struct maker *maker, int sequence, const char *capabilities)
{
    size_t size = 4096;
    char *text = malloc(size);

    assert_non_null(text);
    snprintf(text, size, "{\"id\":\"gov.tiny\",\"version\":\"1.0.%d\",\"sequence\":%d,\"abi\":[1,0],\"matters\":[\"*\"],\"capabilities\":%s,\"files\":{",
             sequence, sequence, capabilities);
    put_file(text, size, "README.md", README, strlen(README));
    put_file(text, size, "module.so", maker->module, maker->module_size);
    put_file(text, size, "vectors/one.json", VECTOR, strlen(VECTOR));
    strcat(text, "}}");
    return text;
}

char *maker_copy(const void *bytes, size_t size)
{
    char *copy = base_alloc(size + 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return copy;
}

static void put(struct package_bundle *bundle, const char *name, const void *bytes, size_t size)
{
    CHECK_I64(OD_OK, package_bundle_put(bundle, name, maker_copy(bytes, size), size), name);
}

void maker_sign(const struct package_secret_key *secret, const char *comment, struct package_bundle *bundle)
{
    const struct package_entry *manifest = package_bundle_find(bundle, PACKAGE_MANIFEST_NAME);
    struct base_buffer buffer = {0};

    CHECK_I64(OD_OK, package_sign(secret, manifest->bytes, manifest->size, true, comment, &buffer), "signed");
    put(bundle, PACKAGE_SIGNATURE_NAME, buffer.bytes, buffer.size);
    base_buffer_fini(&buffer);
}

void maker_bundle(const struct maker *maker, const char *manifest, const struct package_secret_key *secret, struct package_bundle *bundle)
{
    put(bundle, PACKAGE_MANIFEST_NAME, manifest, strlen(manifest));
    put(bundle, PACKAGE_MODULE_NAME, maker->module, maker->module_size);
    put(bundle, "README.md", README, strlen(README));
    put(bundle, "vectors/one.json", VECTOR, strlen(VECTOR));
    if (secret != NULL)
        maker_sign(secret, "timestamp:1\tfile:manifest.json", bundle);
}

void maker_usual(const struct maker *maker, struct package_bundle *bundle)
{
    char *manifest = maker_manifest(maker, 1, TINY_CAPABILITIES);

    maker_bundle(maker, manifest, &maker->secret, bundle);
    free(manifest);
}

const char *maker_folder(void)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    const char *below = getenv("TMPDIR");

    snprintf(path, sizeof(paths[0]), "%s/onedoor-package-XXXXXX", below != NULL ? below : "/tmp");
    assert_non_null(mkdtemp(path));
    return path;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *ftw)
{
    (void)about;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void maker_remove(const char *folder)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void maker_write_file(const char *folder, const char *name, const void *bytes, size_t size)
{
    char path[1024];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(size, write(fd, bytes, size));
    close(fd);
}

void maker_write(const struct package_bundle *bundle, const char *folder)
{
    char path[1024];

    mkdir(folder, 0700);
    snprintf(path, sizeof(path), "%s/vectors", folder);
    mkdir(path, 0700);
    for (size_t i = 0; i < bundle->count; i++)
        maker_write_file(folder, bundle->entries[i].name, bundle->entries[i].bytes, bundle->entries[i].size);
}
