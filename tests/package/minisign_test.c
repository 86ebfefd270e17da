/* SPDX-License-Identifier: Apache-2.0 */
/* minisign's formats: what this program writes minisign reads, and the other way round. Where
 * minisign is not installed those cases are counted as skipped. */
#include "package/maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "lib/files.h"

#define TEXT "the bytes that are signed\n"
/* Made by minisign 0.11 (-G -W, -S -l, -S). */
static const char public_file[] = "untrusted comment: minisign public key D66479B8FA8DF846\n"
                                  "RWRG+I36uHlk1vWqnR6ghlQy/IcJFJA5w5crvyH62G4ByJhSfFzWzAAk\n";
static const char hashed_file[] =
    "untrusted comment: signature from minisign secret key\n"
    "RURG+I36uHlk1vsyb2PXMVHZJd/efS9czjh6bUS9axTMZMTAxMGdEzFogJw2615u7pxs5UK8DZ3sJnjXKv1kAKRakcdc4NHp/A0=\n"
    "trusted comment: hello\n"
    "wG1smgCGMoPfzrp3MApUPkSQBLGMjN8IxtQAZOCTyPPakm9Zr8SV7zrNyKysGTUUmcZA/YmGySSXqvoMgMbRDg==\n";
static const char plain_file[] =
    "untrusted comment: signature from minisign secret key\n"
    "RWRG+I36uHlk1uka9i+w2+4/PtZ4Jsbk/7wyiWTWhjeZyyQo77bpWsDx/xOxtfRZdSBf26iWOQIeFoPtCzPHIvacegxn2n3gYww=\n"
    "trusted comment: hello\n"
    "38E+mGENqgmYaFHcSsrTePEj2JnivaCnCxAu1uXfzjzcUt5KQoJQF4gplmmaO7h2G+beq3iP3Vv19+Me8lf2AQ==\n";

static struct package_public_key read_public(const char *text)
{
    struct package_public_key key;

    CHECK_I64(OD_OK, package_public_key_read(text, strlen(text), &key), text);
    return key;
}

static struct package_signature read_signature(const char *text)
{
    struct package_signature signature;

    CHECK_I64(OD_OK, package_signature_read(text, strlen(text), &signature), text);
    return signature;
}

static void signatures_of_minisign_are_checked(void **state)
{
    struct package_public_key key = read_public(public_file), alone = read_public("RWRG+I36uHlk1vWqnR6ghlQy/IcJFJA5w5crvyH62G4ByJhSfFzWzAAk");
    char text[PACKAGE_KEY_TEXT_SIZE], id[17];

    (void)state;
    CHECK(memcmp(&key, &alone, sizeof(key)) == 0, "file or line");
    package_public_key_put(&key, text);
    CHECK_TEXT("RWRG+I36uHlk1vWqnR6ghlQy/IcJFJA5w5crvyH62G4ByJhSfFzWzAAk", text, "and back");
    package_key_id_put(key.id, id);
    CHECK_TEXT("D66479B8FA8DF846", id, "as minisign shows it");
    const char *const files[] = {hashed_file, plain_file};
    for (size_t i = 0; i < COUNT(files); i++) {
        struct package_signature signature = read_signature(files[i]);

        CHECK_I64(i == 0, signature.is_prehashed, "ED or Ed");
        CHECK_TEXT("hello", signature.comment, "trusted comment");
        CHECK_I64(PACKAGE_SIGNATURE_FINE, package_signature_check(&signature, &key, "x", 1), files[i]);
        CHECK_I64(PACKAGE_SIGNATURE_BYTES, package_signature_check(&signature, &key, "y", 1), "other bytes");
        CHECK_I64(PACKAGE_SIGNATURE_BYTES, package_signature_check(&signature, &key, "x", 0), "no bytes");
        strcpy(signature.comment, "hallo");
        CHECK_I64(PACKAGE_SIGNATURE_COMMENT, package_signature_check(&signature, &key, "x", 1), "another comment");
    }
}

static void keys_are_told_apart(void **state)
{
    const struct maker *maker = *state;
    struct base_buffer buffer = {0};

    CHECK_I64(OD_OK, package_sign(&maker->secret, TEXT, strlen(TEXT), false, "c", &buffer), "signed");
    struct package_signature signature = read_signature(base_buffer_text(&buffer));
    CHECK_I64(PACKAGE_SIGNATURE_FINE, package_signature_check(&signature, &maker->key, TEXT, strlen(TEXT)), "its own key");
    CHECK_I64(PACKAGE_SIGNATURE_OTHER_KEY, package_signature_check(&signature, &maker->other_key, TEXT, strlen(TEXT)), "another");
    struct package_public_key forged = maker->other_key;
    memcpy(forged.id, maker->key.id, sizeof(forged.id));
    CHECK_I64(PACKAGE_SIGNATURE_BYTES, package_signature_check(&signature, &forged, TEXT, strlen(TEXT)), "an id is no key");
    base_buffer_fini(&buffer);
}

static void broken_files_are_refused(void **state)
{
    static const struct {
        const char *text;
        int rc;
        const char *why;
    } rows[] = {
        {"", OD_ESYNTAX, "nothing"},
        {"untrusted comment: x\nRUR=\ntrusted comment: y\nAA==\n", OD_ESYNTAX, "too short"},
        {"comment: x\nA\ntrusted comment: y\nB\n", OD_ESYNTAX, "another head"},
        {"untrusted comment: x\nA\n", OD_ESYNTAX, "half"},
    };
    struct package_signature signature = {.comment = "kept"};
    struct package_public_key key = {.id = {7}};
    char big[PACKAGE_SIGNATURE_MAX + 2];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].rc, package_signature_read(rows[i].text, strlen(rows[i].text), &signature), rows[i].why);
    char extra[sizeof(hashed_file) + 8];
    snprintf(extra, sizeof(extra), "%sx\n", hashed_file);
    CHECK_I64(OD_ESYNTAX, package_signature_read(extra, strlen(extra), &signature), "a fifth line");
    for (size_t cut = 1; cut + 1 < sizeof(hashed_file); cut++)
        CHECK_I64(OD_ESYNTAX, package_signature_read(hashed_file, sizeof(hashed_file) - 2 - cut, &signature), "truncated anywhere");
    for (const char *at = strchr(hashed_file, '\n') + 1; *at != '\n'; at++) {
        char flipped[sizeof(hashed_file)];

        memcpy(flipped, hashed_file, sizeof(flipped));
        flipped[at - hashed_file] = '\xa5';
        CHECK_I64(OD_ESYNTAX, package_signature_read(flipped, sizeof(flipped) - 1, &signature), "a byte that is no character of base64, anywhere");
    }
    memset(big, 'x', sizeof(big));
    CHECK_I64(OD_ESYNTAX, package_signature_read(big, PACKAGE_SIGNATURE_MAX, &signature), "limit");
    CHECK_I64(OD_ELIMIT, package_signature_read(big, PACKAGE_SIGNATURE_MAX + 1, &signature), "limit + 1");
    CHECK_TEXT("kept", signature.comment, "unchanged by every error");
    CHECK_I64(OD_ESYNTAX, package_public_key_read("RUR", 3, &key), "no key");
    CHECK_I64(OD_ESYNTAX, package_public_key_read("RURG+I36uHlk1vWqnR6ghlQy/IcJFJA5w5crvyH62G4ByJhSfFzWzAAk", 56, &key), "another algorithm");
    CHECK_I64(OD_ESYNTAX, package_public_key_read("untrusted comment: x\n", 21, &key), "a comment alone");
    CHECK_I64(7, key.id[0], "unchanged");
}

static void comments_have_a_limit(void **state)
{
    const struct maker *maker = *state;
    struct base_buffer buffer = {0};
    char comment[PACKAGE_COMMENT_MAX + 2];

    memset(comment, 'c', sizeof(comment));
    comment[PACKAGE_COMMENT_MAX] = '\0';
    CHECK_I64(OD_OK, package_sign(&maker->secret, "x", 1, true, comment, &buffer), "limit");
    struct package_signature signature = read_signature(base_buffer_text(&buffer));
    CHECK_I64(PACKAGE_SIGNATURE_FINE, package_signature_check(&signature, &maker->key, "x", 1), "limit");
    const char *text = base_buffer_text(&buffer), *middle = strstr(text, "ccc");
    char longer[PACKAGE_COMMENT_MAX + 512];
    snprintf(longer, sizeof(longer), "%.*sc%s", (int)(middle - text), text, middle);
    comment[PACKAGE_COMMENT_MAX] = 'c';
    comment[PACKAGE_COMMENT_MAX + 1] = '\0';
    base_buffer_clear(&buffer);
    CHECK_I64(OD_EINVAL, package_sign(&maker->secret, "x", 1, true, comment, &buffer), "limit + 1");
    CHECK_I64(OD_EINVAL, package_sign(&maker->secret, "x", 1, true, "a\nb", &buffer), "two lines");
    CHECK_I64(0, buffer.size, "nothing was put");
    CHECK_I64(OD_ELIMIT, package_signature_read(longer, strlen(longer), &signature), "limit + 1, read");
    base_buffer_fini(&buffer);
}

static void secret_keys_go_to_files_and_back(void **state)
{
    const struct maker *maker = *state;
    struct package_secret_key back = {.id = {0}};
    struct base_buffer buffer = {0};
    bool needs_password = true;

    CHECK_I64(OD_OK, package_secret_key_put(&maker->secret, NULL, &buffer), "plain");
    CHECK_I64(OD_OK, package_secret_key_read(buffer.bytes, buffer.size, NULL, &needs_password, &back), "plain");
    CHECK(!needs_password && memcmp(&back, &maker->secret, sizeof(back)) == 0, "the same");
    base_buffer_clear(&buffer);
    CHECK_I64(OD_OK, package_secret_key_put(&maker->secret, "p\xc3\xa4ss", &buffer), "encrypted");
    back = (struct package_secret_key){.id = {9}};
    CHECK_I64(OD_EDENIED, package_secret_key_read(buffer.bytes, buffer.size, NULL, &needs_password, &back), "no password");
    CHECK(needs_password, "it is asked for");
    CHECK_I64(OD_EDENIED, package_secret_key_read(buffer.bytes, buffer.size, "pass", &needs_password, &back), "a wrong one");
    CHECK_I64(9, back.id[0], "unchanged");
    CHECK_I64(OD_OK, package_secret_key_read(buffer.bytes, buffer.size, "p\xc3\xa4ss", &needs_password, &back), "the right one");
    CHECK(memcmp(&back, &maker->secret, sizeof(back)) == 0, "the same");
    CHECK_I64(OD_ESYNTAX, package_secret_key_read(public_file, strlen(public_file), NULL, &needs_password, &back), "a public key");
    base_buffer_fini(&buffer);
}

static bool has_minisign(void)
{
    return system("command -v minisign >/dev/null 2>&1") == 0;
}

static int run(const char *folder, const char *command)
{
    char line[2048];

    snprintf(line, sizeof(line), "cd %s && %s >out 2>&1", folder, command);
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void write_pair(const struct maker *maker, const char *folder, const char *password)
{
    struct base_buffer buffer = {0};

    CHECK_I64(OD_OK, package_secret_key_put(&maker->secret, password, &buffer), "secret");
    maker_write_file(folder, "k.key", buffer.bytes, buffer.size);
    base_buffer_clear(&buffer);
    package_public_key_file_put(&maker->key, &buffer);
    maker_write_file(folder, "k.pub", buffer.bytes, buffer.size);
    base_buffer_fini(&buffer);
}

static char *read_file(const char *folder, const char *name, size_t *size)
{
    char path[1024];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    char *text = test_file_read(path, size);
    assert_non_null(text);
    return text;
}

static void minisign_checks_what_we_sign(void **state)
{
    const struct maker *maker = *state;

    if (!has_minisign())
        skip();
    for (int is_prehashed = 0; is_prehashed <= 1; is_prehashed++) {
        const char *folder = maker_folder();
        struct base_buffer buffer = {0};

        write_pair(maker, folder, NULL);
        CHECK_I64(OD_OK, package_sign(&maker->secret, TEXT, strlen(TEXT), is_prehashed == 1, "timestamp:1\tfile:f", &buffer), "signed");
        maker_write_file(folder, "f", TEXT, strlen(TEXT));
        maker_write_file(folder, "f.minisig", buffer.bytes, buffer.size);
        CHECK_I64(0, run(folder, "minisign -Vm f -p k.pub"), "minisign takes it");
        buffer.bytes[buffer.size - 100] ^= 1; /* in the comment */
        maker_write_file(folder, "f.minisig", buffer.bytes, buffer.size);
        CHECK(run(folder, "minisign -Vm f -p k.pub") != 0, "and refuses what we refuse");
        base_buffer_fini(&buffer);
        maker_remove(folder);
    }
}

static void we_check_what_minisign_signs_with_our_keys(void **state)
{
    const struct maker *maker = *state;
    static const struct {
        const char *password, *command;
        bool is_prehashed;
    } rows[] = {
        {NULL, "minisign -Sm f -s k.key -t 'a comment'", true},
        {NULL, "minisign -Slm f -s k.key -t 'a comment'", false},
        {"secret words", "printf 'secret words\\n' | minisign -Sm f -s k.key -t 'a comment'", true},
    };

    if (!has_minisign())
        skip();
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *folder = maker_folder();
        size_t size;

        write_pair(maker, folder, rows[i].password);
        maker_write_file(folder, "f", TEXT, strlen(TEXT));
        CHECK_I64(0, run(folder, rows[i].command), rows[i].command);
        char *text = read_file(folder, "f.minisig", &size);
        struct package_signature signature = read_signature(text);
        CHECK_I64(rows[i].is_prehashed, signature.is_prehashed, rows[i].command);
        CHECK_TEXT("a comment", signature.comment, rows[i].command);
        CHECK_I64(PACKAGE_SIGNATURE_FINE, package_signature_check(&signature, &maker->key, TEXT, strlen(TEXT)), rows[i].command);
        free(text);
        maker_remove(folder);
    }
}

static void we_read_the_keys_of_minisign(void **state)
{
    static const struct {
        const char *command, *password;
    } rows[] = {
        {"minisign -G -W -p k.pub -s k.key", NULL},
        {"printf 'a b\\na b\\n' | minisign -G -p k.pub -s k.key", "a b"},
    };

    (void)state;
    if (!has_minisign())
        skip();
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *folder = maker_folder();
        struct package_secret_key secret;
        struct base_buffer buffer = {0};
        bool needs_password = false;
        size_t size;

        CHECK_I64(0, run(folder, rows[i].command), rows[i].command);
        char *text = read_file(folder, "k.key", &size);
        CHECK_I64(OD_OK, package_secret_key_read(text, size, rows[i].password, &needs_password, &secret), rows[i].command);
        CHECK_I64(rows[i].password != NULL, needs_password, rows[i].command);
        free(text);
        CHECK_I64(OD_OK, package_sign(&secret, TEXT, strlen(TEXT), true, "c", &buffer), "signed");
        maker_write_file(folder, "f", TEXT, strlen(TEXT));
        maker_write_file(folder, "f.minisig", buffer.bytes, buffer.size);
        CHECK_I64(0, run(folder, "minisign -Vm f -p k.pub"), "its own program takes it");
        base_buffer_fini(&buffer);
        maker_remove(folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_of_minisign_are_checked),
        cmocka_unit_test(keys_are_told_apart),
        cmocka_unit_test(broken_files_are_refused),
        cmocka_unit_test(comments_have_a_limit),
        cmocka_unit_test(secret_keys_go_to_files_and_back),
        cmocka_unit_test(minisign_checks_what_we_sign),
        cmocka_unit_test(we_check_what_minisign_signs_with_our_keys),
        cmocka_unit_test(we_read_the_keys_of_minisign),
    };

    return cmocka_run_group_tests(tests, maker_open, maker_close);
}
