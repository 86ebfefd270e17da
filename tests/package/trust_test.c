/* SPDX-License-Identifier: Apache-2.0 */
/* trust.json: what it may say, and what a key of it lets run on which day. */
#include "package/maker.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"

#define KEY "{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"gov\"],\"capabilities\":[\"*\"]"
#define FILE_OF(members) "{\"keys\":[" KEY members "}]}"

static void take(const struct maker *maker, const char *capabilities, int sequence, struct package_manifest *manifest)
{
    char *text = maker_manifest(maker, sequence, capabilities), message[PACKAGE_TEXT_SIZE];

    CHECK_I64(OD_OK, package_manifest_read(text, strlen(text), NULL, manifest, message), message);
    free(text);
}

static void faults_are_told(void **state)
{
    static const struct {
        const char *text, *message, *why;
    } rows[] = {
        {"", "trust.json:1:1: ", "nothing"},
        {"[]", "a trust file is a JSON object.", "an array"},
        {"{\"key\":[]}", "trust.json:1:8: \"key\" is not known here; known are keys.", "a slip"},
        {"{\"keys\":{}}", "keys must be an array of at most 256 keys.", "an object"},
        {"{\"keys\":[1]}", "a key must be an object.", "a number"},
        {"{\"keys\":[{\"name\":\"k\"}]}", "public_key must be the line that begins with RW", "no key"},
        {"{\"keys\":[{\"name\":\"\"}]}", "name must be a text of 1 to 64 bytes.", "no name"},
        {FILE_OF(",\"secret\":1"), "\"secret\" is not known here", "an unknown member"},
        {FILE_OF(",\"expires\":\"2028-13-01\""), "expires must be a day, e.g. \"2028-01-01\", or null.", "no such month"},
        {FILE_OF(",\"revoked\":true"), "revoked must be a day", "a Boolean"},
        {FILE_OF(",\"min_sequence\":[]"), "min_sequence must be {\"module id\": lowest sequence}.", "an array"},
        {FILE_OF(",\"min_sequence\":{\"gov.a\":-1}"), "each of min_sequence must be a whole number.", "negative"},
        {"{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"Gov\"],\"capabilities\":[]}]}", "each of prefixes must be", "capital letters"},
        {"{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"gov\"]}]}", "capabilities must be an array", "no capabilities"},
        {"{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"gov\"],\"capabilities\":[\"root\"]}]}", "each of capabilities must be", "no such class"},
        {"{\"keys\":[" KEY "}," KEY "}]}", "this key stands in the file already.", "twice"},
    };
    const struct maker *maker = *state;
    char key[PACKAGE_KEY_TEXT_SIZE];

    package_public_key_put(&maker->key, key);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct package_trust trust = {.key_count = 42};
        char message[PACKAGE_TEXT_SIZE], text[1024] = "";

        for (const char *at = rows[i].text; *at != '\0'; at++) {
            bool is_hole = at[0] == '%' && at[1] == 's';
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%.*s", is_hole ? 56 : 1, is_hole ? key : at);
            at += is_hole;
        }
        CHECK_I64(OD_EINVAL, package_trust_read(text, strlen(text), "trust.json", &trust, message), rows[i].why);
        if (strstr(message, rows[i].message) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, message, rows[i].message);
        CHECK_I64(42, trust.key_count, "unchanged by every error");
    }
}

static void a_trust_file_has_limits(void **state)
{
    struct maker *maker = *state;
    struct package_trust trust = {.keys = NULL};
    char message[PACKAGE_TEXT_SIZE], *big = malloc(PACKAGE_TRUST_MAX + 1);

    assert_non_null(big);
    memset(big, ' ', PACKAGE_TRUST_MAX + 1);
    memcpy(big, "{\"keys\":[]}", 11);
    CHECK_I64(OD_OK, package_trust_read(big, PACKAGE_TRUST_MAX, "t", &trust, message), "limit");
    package_trust_fini(&trust);
    CHECK_I64(OD_ELIMIT, package_trust_read(big, PACKAGE_TRUST_MAX + 1, "t", &trust, message), "limit + 1");
    for (int count = PACKAGE_TRUST_KEYS_MAX; count <= PACKAGE_TRUST_KEYS_MAX + 1; count++) {
        struct package_public_key key = maker->key;
        char text[PACKAGE_KEY_TEXT_SIZE];
        int size = snprintf(big, PACKAGE_TRUST_MAX, "{\"keys\":[");
        for (int i = 0; i < count; i++) {
            key.id[0] = (uint8_t)i;
            key.id[1] = (uint8_t)(i >> 8);
            package_public_key_put(&key, text);
            size += snprintf(big + size, PACKAGE_TRUST_MAX - (size_t)size, "%s{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[],\"capabilities\":[]}",
                             i > 0 ? "," : "", text);
        }
        size += snprintf(big + size, PACKAGE_TRUST_MAX - (size_t)size, "]}");
        int rc = package_trust_read(big, (size_t)size, "t", &trust, message);
        CHECK_I64(count > PACKAGE_TRUST_KEYS_MAX ? OD_EINVAL : OD_OK, rc, message);
        package_trust_fini(&trust);
    }
    free(big);
}

static void a_key_lets_run_what_it_grants(void **state)
{
    static const struct {
        const char *trust, *capabilities;
        int sequence;
        const char *code, *message, *why;
    } rows[] = {
        {FILE_OF(""), TINY_CAPABILITIES, 1, NULL, "", "everything"},
        {"{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"*\"],\"capabilities\":[\"fields\",\"kv\"]}]}", TINY_CAPABILITIES, 1, NULL, "", "just enough"},
        {"{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"gov.tiny\"],\"capabilities\":[]}]}", "{}", 1, NULL, "", "nothing is asked for"},
        {"{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"gov.tin\"],\"capabilities\":[\"*\"]}]}", TINY_CAPABILITIES, 1, "prefix",
         "The key \"k\" may not sign a module named gov.tiny", "half a name is no prefix"},
        {"{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[],\"capabilities\":[\"*\"]}]}", TINY_CAPABILITIES, 1, "prefix", "may not sign", "no prefix"},
        {"{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"gov\"],\"capabilities\":[\"fields\"]}]}", TINY_CAPABILITIES, 1, "capability",
         "The key \"k\" may not grant kv, which gov.tiny-1.0.1 asks for", "more than granted"},
        {"{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"gov\"],\"capabilities\":[\"http\",\"secrets\"]}]}",
         "{\"secrets\":[{\"name\":\"a\",\"reveal\":true}],\"http\":[{\"hosts\":[\"a\"],\"methods\":[\"GET\"],\"private\":true}],\"materials\":true}", 1, "capability",
         "may not grant reveal, materials, private,", "each class is one of its own"},
        {FILE_OF(",\"expires\":\"2024-10-04\""), "{}", 1, NULL, "", "its last day"},
        {FILE_OF(",\"expires\":\"2024-10-03\""), "{}", 1, "expired", "The key \"k\" was trusted up to 2024-10-03", "the day after"},
        {FILE_OF(",\"revoked\":\"2024-10-05\""), "{}", 1, NULL, "", "not yet"},
        {FILE_OF(",\"revoked\":\"2024-10-04\",\"expires\":\"2024-01-01\""), "{}", 1, "revoked", "The key \"k\" was revoked on 2024-10-04", "from that day on"},
        {FILE_OF(",\"revoked\":null,\"expires\":null"), "{}", 1, NULL, "", "neither"},
        {FILE_OF(",\"min_sequence\":{\"gov.other\":9,\"gov.tiny\":3}"), "{}", 3, NULL, "", "the lowest"},
        {FILE_OF(",\"min_sequence\":{\"gov.other\":9,\"gov.tiny\":3}"), "{}", 2, "sequence_minimum",
         "gov.tiny-1.0.2 has the sequence 2, and the trust file asks for 3 at least", "lower"},
    };
    struct maker *maker = *state;
    int32_t today = 0;

    CHECK_I64(OD_OK, base_day_parse("2024-10-04", &today), "a day");
    CHECK_I64(TODAY, today, "of the rows");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct package_manifest manifest = {.root = NULL};
        struct package_refusal refusal = {.code = ""};

        maker_trust(maker, rows[i].trust);
        take(maker, rows[i].capabilities, rows[i].sequence, &manifest);
        const struct package_trust_key *key = package_trust_find(&maker->trust, maker->key.id);
        assert_non_null(key);
        CHECK_I64(rows[i].code == NULL ? OD_OK : OD_EDENIED, package_trust_check(key, &manifest, TODAY, &refusal), rows[i].why);
        CHECK_TEXT(rows[i].code != NULL ? rows[i].code : "", refusal.code, rows[i].why);
        if (strstr(refusal.text, rows[i].message) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, refusal.text, rows[i].message);
        package_manifest_fini(&manifest);
    }
    CHECK(package_trust_find(&maker->trust, maker->other_key.id) == NULL, "unknown");
}

static void memory_may_run_out(void **state)
{
    const struct maker *maker = *state;
    struct package_trust trust = {.key_count = 42};
    char key[PACKAGE_KEY_TEXT_SIZE], text[512], message[PACKAGE_TEXT_SIZE];
    int rc = OD_ENOMEM;

    package_public_key_put(&maker->key, key);
    snprintf(text, sizeof(text), "{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"gov\"],\"capabilities\":[\"*\"],\"min_sequence\":{\"a\":1}}]}", key);
    for (uint64_t at = 1; rc == OD_ENOMEM && at < 1000; at++) {
        base_alloc_fail_at(at);
        rc = package_trust_read(text, strlen(text), "trust.json", &trust, message);
        base_alloc_fail_at(0);
        CHECK(rc == OD_OK || trust.key_count == 42, "unchanged");
    }
    CHECK_I64(OD_OK, rc, "a clean pass in the end");
    package_trust_fini(&trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_told),
        cmocka_unit_test(a_trust_file_has_limits),
        cmocka_unit_test(a_key_lets_run_what_it_grants),
        cmocka_unit_test(memory_may_run_out),
    };

    return cmocka_run_group_tests(tests, maker_open, maker_close);
}
