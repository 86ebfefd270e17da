/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes against published vectors; hexadecimal both ways. */
#include "lib/check.h"

#include "base/hash.h"

static void check_hex(const char *expected, const uint8_t hash[BASE_HASH_SIZE], const char *why)
{
    char text[2 * BASE_HASH_SIZE + 1];

    base_hex(hash, BASE_HASH_SIZE, text);
    CHECK_TEXT(expected, text, why);
}

static void sha_256_of_fips_180(void **state)
{
    uint8_t hash[BASE_HASH_SIZE], pair[BASE_HASH_SIZE];

    (void)state;
    base_hash("", 0, hash);
    check_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", hash, "empty");
    base_hash("abc", 3, hash);
    check_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hash, "abc");
    base_hash_pair("a", 1, "bc", 2, pair);
    CHECK(base_hash_equal(hash, pair), "a then bc");
    base_hash_pair("ab", 2, "d", 1, pair);
    CHECK(!base_hash_equal(hash, pair), "another text");
}

/* Wherever it is cut. */
static void sha_256_of_pieces(void **state)
{
    uint8_t whole[BASE_HASH_SIZE], pieces[BASE_HASH_SIZE];
    struct base_hash_stream stream;
    char text[200];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)i;
    base_hash(text, sizeof(text), whole);
    for (size_t cut = 0; cut <= sizeof(text); cut++) {
        base_hash_begin(&stream);
        base_hash_add(&stream, text, cut);
        base_hash_add(&stream, text + cut, sizeof(text) - cut);
        base_hash_end(&stream, pieces);
        CHECK(base_hash_equal(whole, pieces), "cut in two");
    }
    base_hash_begin(&stream);
    base_hash_end(&stream, pieces);
    check_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", pieces, "no piece at all");
}

static void hmac_with_a_key_of_32_bytes(void **state)
{
    uint8_t key[32], hash[BASE_HASH_SIZE];

    (void)state;
    memset(key, 0, sizeof(key));
    memcpy(key, "Jefe", 4); /* RFC 4231 case 2: HMAC pads a short key with zeros */
    base_hash_keyed(key, "what do ya want for nothing?", 28, hash);
    check_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", hash, "RFC 4231, 2");
}

/* RFC 4231: keys shorter than a block, and longer ones, which are hashed first. */
static void hmac_with_a_key_of_any_size(void **state)
{
    uint8_t key[131], hash[BASE_HASH_SIZE];

    (void)state;
    memset(key, 0x0b, sizeof(key));
    base_hash_mac(key, 20, "Hi There", 8, hash);
    check_hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", hash, "case 1");
    base_hash_mac("Jefe", 4, "what do ya want for nothing?", 28, hash);
    check_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", hash, "case 2");
    memset(key, 0xaa, sizeof(key));
    base_hash_mac(key, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54, hash);
    check_hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", hash, "case 6");
}

static void a_password_is_known_by_its_hash_alone(void **state)
{
    static char text[BASE_PASSWORD_SIZE], again[BASE_PASSWORD_SIZE];

    (void)state;
    CHECK_I64(OD_OK, base_password_hash("secret", 6, text), "hashed");
    CHECK(strncmp(text, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0, "the cost stands in it");
    CHECK(strstr(text, "secret") == NULL, "the secret does not");
    CHECK(base_password_is(text, "secret", 6), "right");
    CHECK(!base_password_is(text, "secreT", 6), "wrong");
    CHECK(!base_password_is(text, "secret\0", 7), "one byte more");
    CHECK(!base_password_is("", "secret", 6), "no hash");
    CHECK(!base_password_is("$argon2id$v=19$m=19456", "secret", 6), "half a hash");
    CHECK_I64(OD_OK, base_password_hash("secret", 6, again), "hashed again");
    CHECK(strcmp(text, again) != 0, "each with a salt of its own");
}

/* RFC 4648, section 10, without the padding that whole groups do not need. */
static void base32_of_rfc_4648(void **state)
{
    static const uint8_t ones[5] = {255, 255, 255, 255, 255};
    char text[17] = "unchanged";

    (void)state;
    base_base32((const uint8_t *)"fooba", 5, text);
    CHECK_TEXT("mzxw6ytb", text, "fooba");
    base_base32((const uint8_t *)"foobafooba", 10, text);
    CHECK_TEXT("mzxw6ytbmzxw6ytb", text, "two groups");
    base_base32(ones, 5, text);
    CHECK_TEXT("77777777", text, "the last digit");
    base_base32(ones, 0, text);
    CHECK_TEXT("", text, "nothing");
}

static void random_bytes_differ(void **state)
{
    uint8_t a[32] = {0}, b[32] = {0};

    (void)state;
    base_random(a, sizeof(a));
    base_random(b, sizeof(b));
    CHECK(memcmp(a, b, sizeof(a)) != 0, "two draws of 256 bits");
}

static void hexadecimal_both_ways(void **state)
{
    static const struct { const char *text; int rc; const char *why; } rows[] = {
        {"00ff10Ab", OD_OK, "either case"},
        {"00ff10a", OD_ESYNTAX, "a digit short"},
        {"00ff10abc", OD_ESYNTAX, "a digit too many"},
        {"00ff10ag", OD_ESYNTAX, "no digit"},
        {"00 f10ab", OD_ESYNTAX, "a space"},
        {"", OD_ESYNTAX, "empty"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[4] = {0};
        CHECK_I64(rows[i].rc, base_unhex(rows[i].text, bytes, sizeof(bytes)), rows[i].why);
        if (rows[i].rc == OD_OK) {
            CHECK_I64(0xff, bytes[1], rows[i].why);
            CHECK_I64(0xab, bytes[3], rows[i].why);
        }
    }
}

static int init(void **state)
{
    (void)state;
    return base_hash_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha_256_of_fips_180),
        cmocka_unit_test(sha_256_of_pieces),
        cmocka_unit_test(hmac_with_a_key_of_32_bytes),
        cmocka_unit_test(hmac_with_a_key_of_any_size),
        cmocka_unit_test(a_password_is_known_by_its_hash_alone), cmocka_unit_test(base32_of_rfc_4648),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(hexadecimal_both_ways),
    };

    return cmocka_run_group_tests(tests, init, NULL);
}
