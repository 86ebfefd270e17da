/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8032 section 7.1, and the journal's chain by a vector of its own. */
#include <string.h>

#include "base/chain.h"
#include "base/sign.h"
#include "lib/check.h"

static void unhex(const char *text, uint8_t *bytes, size_t size)
{
    CHECK_I64(OD_OK, base_unhex(text, bytes, size), text);
}

static void test_rfc_8032(void **state)
{
    static const struct {
        const char *seed, *key, *message, *signature, *why;
    } rows[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
         "test 1: nothing"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
         "test 2: one byte"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
         "test 3: two bytes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct base_sign_pair pair;
        uint8_t key[BASE_SIGN_KEY_SIZE], signature[BASE_SIGN_SIZE], made[BASE_SIGN_SIZE], message[2];
        size_t size = strlen(rows[i].message) / 2;

        unhex(rows[i].seed, pair.seed, sizeof(pair.seed));
        unhex(rows[i].key, key, sizeof(key));
        unhex(rows[i].message, message, size);
        unhex(rows[i].signature, signature, sizeof(signature));
        base_sign_pair_derive(&pair);
        CHECK(memcmp(key, pair.key, sizeof(key)) == 0, rows[i].why);
        base_sign(&pair, message, size, made);
        CHECK(memcmp(signature, made, sizeof(made)) == 0, rows[i].why);
        CHECK(base_sign_is_by(key, message, size, signature), rows[i].why);
        signature[i] ^= 1;
        CHECK(!base_sign_is_by(key, message, size, signature), "another signature");
        base_sign_pair_fini(&pair);
    }
}

static void test_new_pairs(void **state)
{
    struct base_sign_pair a, b;
    uint8_t signature[BASE_SIGN_SIZE];

    (void)state;
    base_sign_pair_create(&a);
    base_sign_pair_create(&b);
    CHECK(memcmp(a.key, b.key, sizeof(a.key)) != 0, "each its own");
    base_sign(&a, "record", 6, signature);
    CHECK(base_sign_is_by(a.key, "record", 6, signature), "the signer's");
    CHECK(!base_sign_is_by(b.key, "record", 6, signature), "not another's");
    CHECK(!base_sign_is_by(a.key, "recorD", 6, signature), "not of other bytes");
    base_sign_pair_fini(&a);
    for (size_t i = 0; i < sizeof(a); i++)
        CHECK(((const uint8_t *)&a)[i] == 0, "wiped");
}

/* printf '\0%.0s' {1..32} ... | sha256sum, by hand. */
static void test_chain(void **state)
{
    struct base_chain chain = {0};
    uint8_t bytes[32 + 24 + 2] = {0}, hash[BASE_HASH_SIZE];

    (void)state;
    bytes[32] = 1;           /* seq */
    bytes[40] = 7;           /* application */
    bytes[48] = 0x02, bytes[49] = 0x01; /* at_ms 258 */
    memcpy(bytes + 56, "{}", 2);
    base_hash(bytes, sizeof(bytes), hash);
    base_chain_step(&chain, 7, 258, "{}", 2);
    CHECK_I64(1, chain.seq, "the first");
    CHECK(memcmp(hash, chain.hash, sizeof(hash)) == 0, "32 zero bytes, then little endian numbers, then the record");
    memcpy(bytes, hash, 32);
    bytes[32] = 2;
    base_hash(bytes, sizeof(bytes), hash);
    base_chain_step(&chain, 7, 258, "{}", 2);
    CHECK(memcmp(hash, chain.hash, sizeof(hash)) == 0, "the second stands upon the first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc_8032),
        cmocka_unit_test(test_new_pairs),
        cmocka_unit_test(test_chain),
    };

    if (base_hash_init() != OD_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
