/* SPDX-License-Identifier: Apache-2.0 */
/* What comes from outside as text - signatures, keys, manifests, trust files, configurations - cut, doubled and
 * swapped by a fixed random source: read or refused, never worse. The same runs each time. */
#include "package/maker.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#define ROUNDS 8000
#define INPUT_MAX 8192

static uint64_t source = 88172645463325252u;

static size_t random_below(size_t count)
{
    source ^= source << 13;
    source ^= source >> 7;
    source ^= source << 17;
    return (size_t)(source % count);
}

static const char *const words[] = {
    "{", "}", "[", "]", ",", ":", "\"", "\\u0000", "null", "true", "1e999", "-1", "9007199254740993", "\"*\"", "\n", "\r\n", "=", "RW", "untrusted comment: ",
    "trusted comment: ", "\"files\":{}", "\"capabilities\":{}", "\"$ref\":\"#/$defs/a\"", "\"$defs\":{\"a\":{\"$ref\":\"#/$defs/a\"}}", "\"type\":\"object\"",
    "\"items\":{}", "\"enum\":[]", "\"default\":1", "\"http\":[{}]", "\"hosts\":[\"*.a.b\"]", "\"net\":[\"[::1]:80\"]", "\xff", "\xe6\xb0",
};

/* One or a few changes; returns the new size. */
static size_t spoil(char *text, size_t size)
{
    for (size_t changes = 1 + random_below(4); changes > 0; changes--) {
        const char *word = words[random_below(COUNT(words))];
        size_t at = random_below(size + 1), length = strlen(word), kind = random_below(4);

        if (kind == 0 && size > 0) {
            text[random_below(size)] = (char)random_below(256);
        } else if (kind == 1) {
            size_t cut = random_below(size - at + 1);
            memmove(text + at, text + at + cut, size - at - cut);
            size -= cut;
        } else if (size + length <= INPUT_MAX) {
            memmove(text + at + length, text + at, size - at);
            memcpy(text + at, word, length);
            size += length;
        }
    }
    return size;
}

typedef int (*read_cb)(const struct maker *maker, const char *text, size_t size);

static int read_signature(const struct maker *maker, const char *text, size_t size)
{
    struct package_signature signature;
    int rc = package_signature_read(text, size, &signature);

    if (rc == OD_OK)
        (void)package_signature_check(&signature, &maker->key, text, size);
    return rc;
}

static int read_key(const struct maker *maker, const char *text, size_t size)
{
    struct package_public_key key;
    struct package_secret_key secret;
    bool needs_password;

    (void)maker;
    int rc = package_secret_key_read(text, size, NULL, &needs_password, &secret);
    CHECK(rc != OD_OK, "a public key is no secret one, however spoilt");
    return package_public_key_read(text, size, &key);
}

static int read_manifest(const struct maker *maker, const char *text, size_t size)
{
    static const char config[] = "{\"base_url\":\"https://a\",\"list\":[1,{\"next\":{}}]}";
    struct package_manifest manifest = {.root = NULL};
    char message[PACKAGE_TEXT_SIZE];
    int rc = package_manifest_read(text, size, NULL, &manifest, message);

    (void)maker;
    CHECK(rc == OD_OK || message[0] != '\0', "it is told");
    if (rc == OD_OK) {
        message[0] = '\0';
        int fits = package_config_check(&manifest, config, sizeof(config) - 1, message);
        CHECK((fits == OD_OK) == (message[0] == '\0'), "it is told");
        (void)package_classes_of(&manifest.capabilities);
    }
    package_manifest_fini(&manifest);
    return rc;
}

static int read_trust(const struct maker *maker, const char *text, size_t size)
{
    struct package_trust trust = {.keys = NULL};
    char message[PACKAGE_TEXT_SIZE];
    int rc = package_trust_read(text, size, "trust.json", &trust, message);

    (void)maker;
    CHECK(rc == OD_OK || message[0] != '\0', "it is told");
    package_trust_fini(&trust);
    return rc;
}

static void run(const struct maker *maker, const char *seed, read_cb read_text, const char *what)
{
    size_t seed_size = strlen(seed);
    unsigned read_count = 0, refused = 0;

    CHECK_I64(OD_OK, read_text(maker, seed, seed_size), what);
    for (unsigned round = 0; round < ROUNDS; round++) {
        static char text[INPUT_MAX];

        memcpy(text, seed, seed_size);
        size_t size = spoil(text, seed_size);
        char *exact = malloc(size + 1); /* no byte beyond: memory checkers see */
        assert_non_null(exact);
        memcpy(exact, text, size);
        int rc = read_text(maker, exact, size);
        read_count += rc == OD_OK;
        refused += rc != OD_OK;
        free(exact);
    }
    CHECK(refused > ROUNDS / 4, what);
    CHECK(read_count > 0, what);
}

static void texts_from_outside(void **state)
{
    const struct maker *maker = *state;
    struct base_buffer signature = {0}, key = {0};
    char trust[1024], line[PACKAGE_KEY_TEXT_SIZE];
    static const char manifest[] =
        "{\"id\":\"gov.a\",\"version\":\"1\",\"sequence\":1,\"abi\":[1,0],\"matters\":[\"*\"],\"state_schema\":{\"reads\":[1],\"writes\":1},"
        "\"capabilities\":{\"fields\":[\"a\"],\"http\":[{\"from_config\":\"/base_url\",\"methods\":[\"GET\"]}],\"secrets\":[\"s\"],\"kv\":{},\"net\":[\"a:1\"]},"
        "\"resources\":{\"threads\":8},\"config_schema\":{\"$defs\":{\"a\":{\"properties\":{\"next\":{\"$ref\":\"#/$defs/a\"}}}},\"type\":\"object\","
        "\"properties\":{\"base_url\":{\"type\":\"string\",\"maxLength\":20},\"list\":{\"items\":{\"enum\":[1,{\"next\":{}}]},\"maxItems\":9}}},"
        "\"files\":{\"module.so\":{\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"size\":1}}}";

    CHECK_I64(OD_OK, package_sign(&maker->secret, "x", 1, true, "timestamp:1\tfile:x", &signature), "signed");
    package_public_key_file_put(&maker->key, &key);
    package_public_key_put(&maker->key, line);
    snprintf(trust, sizeof(trust), "{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"gov\"],\"capabilities\":[\"*\"],\"expires\":\"2028-01-01\","
                                   "\"revoked\":null,\"min_sequence\":{\"gov.a\":3}}]}", line);
    run(maker, base_buffer_text(&signature), read_signature, "signatures");
    run(maker, base_buffer_text(&key), read_key, "keys");
    run(maker, manifest, read_manifest, "manifests");
    run(maker, trust, read_trust, "trust files");
    base_buffer_fini(&signature);
    base_buffer_fini(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts_from_outside)};

    return cmocka_run_group_tests(tests, maker_open, maker_close);
}
