/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint's note: one form only, one key only; keys in the forms in which people hand them on. */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "evidence/note.h"
#include "lib/check.h"

static struct evidence_checkpoint made(struct base_sign_pair *pair)
{
    struct evidence_checkpoint checkpoint = {.note = {.number = 12, .first = 101, .last = 230, .at_ms = INT64_C(1795966166123)}};

    memset(pair->seed, 7, sizeof(pair->seed));
    base_sign_pair_derive(pair);
    memset(checkpoint.note.hash, 0xab, BASE_HASH_SIZE);
    memset(checkpoint.note.root, 0xcd, BASE_HASH_SIZE);
    memset(checkpoint.note.previous, 0xef, BASE_HASH_SIZE);
    evidence_checkpoint_sign(pair, &checkpoint);
    return checkpoint;
}

static void is_written_as_documented(void **state)
{
    struct base_sign_pair pair;
    struct evidence_checkpoint checkpoint = made(&pair);
    char text[EVIDENCE_NOTE_MAX];
    struct evidence_note read;

    (void)state;
    size_t size = evidence_note_put(&checkpoint.note, text);
    CHECK_TEXT("onedoor checkpoint 1\nnumber 12\nrecords 101 230\n"
               "hash abababababababababababababababababababababababababababababababab\n"
               "root cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd\n"
               "time 2026-11-29T15:29:26.123Z\n"
               "previous efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef\n"
               "key 6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n",
               text, "docs/evidence.md");
    CHECK_I64(OD_OK, evidence_note_read(text, size, &read), "read back");
    CHECK(memcmp(&read, &checkpoint.note, sizeof(read)) == 0, "the same");
    CHECK(evidence_checkpoint_is_signed(&checkpoint), "signed");
}

/* Each byte counts. */
static void any_other_byte_is_refused_or_not_signed(void **state)
{
    struct base_sign_pair pair;
    struct evidence_checkpoint checkpoint = made(&pair), other = checkpoint;
    char text[EVIDENCE_NOTE_MAX];
    size_t size = evidence_note_put(&checkpoint.note, text);

    (void)state;
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 8; bit++) {
            text[i] = (char)(text[i] ^ (1 << bit));
            if (evidence_note_read(text, size, &other.note) == OD_OK)
                CHECK(!evidence_checkpoint_is_signed(&other), "another note has another signature");
            text[i] = (char)(text[i] ^ (1 << bit));
        }
    CHECK_I64(OD_ESYNTAX, evidence_note_read(text, size - 1, &other.note), "one byte less");
    text[size] = '\n';
    CHECK_I64(OD_ESYNTAX, evidence_note_read(text, size + 1, &other.note), "one byte more");
    for (size_t i = 0; i < BASE_SIGN_SIZE; i++) {
        other = checkpoint;
        other.signature[i] ^= 1;
        CHECK(!evidence_checkpoint_is_signed(&other), "another signature");
    }
}

static void refuses_what_says_nothing(void **state)
{
    static const struct {
        uint64_t number, first, last;
        const char *why;
    } rows[] = {
        {0, 1, 1, "numbers begin at 1"},
        {1, 0, 1, "records begin at 1"},
        {1, 5, 4, "no record"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct evidence_note note = {.number = rows[i].number, .first = rows[i].first, .last = rows[i].last}, read = {.number = 42};
        char text[EVIDENCE_NOTE_MAX];
        size_t size = evidence_note_put(&note, text);

        CHECK_I64(OD_ESYNTAX, evidence_note_read(text, size, &read), rows[i].why);
        CHECK_I64(42, read.number, "unchanged");
    }
}

/* As it stands in letters: quoted, indented, with the line ends of mail, once more below. */
static void is_found_in_what_people_write(void **state)
{
    static const struct {
        const char *before, *end, *why;
        int rc;
    } rows[] = {
        {"", "\n", "as it is", OD_OK},
        {"> ", "\r\n", "quoted, by CR LF", OD_OK},
        {"    ", "\n\n", "indented, with empty lines", OD_OK},
        {"x", "\n", "a letter before each line", OD_ENOTFOUND},
    };
    struct base_sign_pair pair;
    struct evidence_checkpoint checkpoint = made(&pair), found;
    char note[EVIDENCE_NOTE_MAX];

    (void)state;
    evidence_note_put(&checkpoint.note, note);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct base_buffer text = {0}, signature = {0};
        const char *rest = NULL;

        base_json_put_base64(&signature, NULL, checkpoint.signature, BASE_SIGN_SIZE);
        base_buffer_put_text(&text, "Dear auditor, onedoor checkpoint 1 of many follows.\n");
        for (const char *line = note; *line != '\0'; line = strchr(line, '\n') + 1)
            base_buffer_put_format(&text, "%s%.*s%s", rows[i].before, (int)(strchr(line, '\n') - line), line, rows[i].end);
        base_buffer_put_format(&text, "%ssignature %.*s%sYours\n", rows[i].before, (int)signature.size - 2, signature.bytes + 1, rows[i].end);
        CHECK_I64(rows[i].rc, evidence_checkpoint_find(base_buffer_text(&text), &found, &rest), rows[i].why);
        if (rows[i].rc == OD_OK) {
            CHECK(memcmp(&found, &checkpoint, sizeof(found)) == 0, rows[i].why);
            CHECK(evidence_checkpoint_is_signed(&found), rows[i].why);
            CHECK_I64(OD_ENOTFOUND, evidence_checkpoint_find(rest, &found, &rest), "no more of them");
        }
        base_buffer_fini(&text);
        base_buffer_fini(&signature);
    }
}

static void json_is_read_back(void **state)
{
    struct base_sign_pair pair;
    struct evidence_checkpoint checkpoint = made(&pair), read;
    struct base_json_error error;
    struct base_json *root = NULL;
    struct base_buffer text = {0};

    (void)state;
    evidence_checkpoint_put(&text, NULL, &checkpoint);
    CHECK_I64(OD_OK, base_json_parse(text.bytes, text.size, &root, &error), "strict JSON");
    CHECK_I64(OD_OK, evidence_checkpoint_read(root, &read), "a checkpoint");
    CHECK(memcmp(&read, &checkpoint, sizeof(read)) == 0, "the same");
    base_json_destroy(root);
    base_buffer_fini(&text);
    CHECK_I64(OD_OK, base_json_parse("{\"note\":\"x\",\"signature\":\"\"}", 27, &root, &error), "JSON");
    CHECK_I64(OD_ESYNTAX, evidence_checkpoint_read(root, &read), "no checkpoint");
    base_json_destroy(root);
}

static void keys_come_in_three_forms(void **state)
{
    static const char hex[] = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
                      base64[] = "6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=",
                      pem[] = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n-----END PUBLIC KEY-----\n";
    static const char *const wrong[] = {"", "6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0i==", "6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw",
                                        "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22", "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n"};
    uint8_t keys[4][BASE_SIGN_KEY_SIZE];
    struct base_buffer printed = {0};

    (void)state;
    CHECK_I64(OD_OK, evidence_key_read(hex, strlen(hex), keys[0]), "hexadecimal");
    CHECK_I64(OD_OK, evidence_key_read(base64, strlen(base64), keys[1]), "base64");
    CHECK_I64(OD_OK, evidence_key_read(pem, strlen(pem), keys[2]), "PEM");
    CHECK(memcmp(keys[0], keys[1], sizeof(keys[0])) == 0 && memcmp(keys[0], keys[2], sizeof(keys[0])) == 0, "the same key");
    evidence_key_put_pem(&printed, keys[0]);
    CHECK_TEXT(pem, base_buffer_text(&printed), "as openssl writes it");
    base_buffer_fini(&printed);
    memcpy(keys[3], keys[0], sizeof(keys[0]));
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK_I64(OD_ESYNTAX, evidence_key_read(wrong[i], strlen(wrong[i]), keys[3]), wrong[i]);
    CHECK(memcmp(keys[0], keys[3], sizeof(keys[0])) == 0, "unchanged by every error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_written_as_documented), cmocka_unit_test(any_other_byte_is_refused_or_not_signed),
        cmocka_unit_test(refuses_what_says_nothing), cmocka_unit_test(is_found_in_what_people_write), cmocka_unit_test(json_is_read_back),
        cmocka_unit_test(keys_come_in_three_forms),
    };

    if (base_hash_init() != OD_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
