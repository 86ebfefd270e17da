/* SPDX-License-Identifier: Apache-2.0 */
/* The whole journal as a file: whatever is done to its bytes or lines shows, and so does a file that somebody else signed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/stage.h"
#include "lib/check.h"

#define ROUNDS 10000

static struct base_buffer file;

static void a_file_is_sound_as_it_was_written(void **state)
{
    (void)state;
    stage_verify_bytes(file.bytes, file.size, stage.kept, 2);
    CHECK_TEXT("", stage.first.detail, "no finding");
    CHECK(stage.figures.records > 2 * STAGE_APPLICATIONS, "the records");
    CHECK_I64(STAGE_APPLICATIONS, stage.figures.applications, "of all applications");
    CHECK_I64(2, stage.figures.checkpoints, "checkpoints");
    CHECK_I64(2, stage.figures.against, "those that were kept hold");
    CHECK_I64(0, stage.figures.unsealed, "all sealed");
    CHECK(memcmp(stage.figures.key, stage.pair.key, BASE_SIGN_KEY_SIZE) == 0, "by that key");
}

/* Start and bytes of line i, with its LF. */
static const char *line_at(const char *bytes, size_t size, size_t i, size_t *length)
{
    const char *at = bytes;

    while (i-- > 0)
        at = (const char *)memchr(at, '\n', size - (size_t)(at - bytes)) + 1;
    *length = (size_t)((const char *)memchr(at, '\n', size - (size_t)(at - bytes)) - at) + 1;
    return at;
}

static size_t line_count(void)
{
    size_t count = 0;

    for (size_t i = 0; i < file.size; i++)
        count += file.bytes[i] == '\n';
    return count;
}

static void put_line(struct base_buffer *out, size_t i)
{
    size_t length;
    const char *line = line_at(file.bytes, file.size, i, &length);

    base_buffer_put(out, line, length);
}

/* Lines a and b swapped; b left out; b twice. */
static void put_lines(struct base_buffer *out, unsigned way, size_t a, size_t b)
{
    size_t count = line_count();

    for (size_t i = 0; i < count; i++) {
        if (way == 0)
            put_line(out, i == a ? b : i == b ? a : i);
        else if (way == 1 && i != b)
            put_line(out, i);
        else if (way == 2) {
            put_line(out, i);
            if (i == b)
                put_line(out, i);
        }
    }
}

static void mutate(struct base_buffer *out)
{
    uint32_t size = (uint32_t)file.size, at = stage_roll(size), way = stage_roll(8);
    uint8_t byte = (uint8_t)stage_roll(256);

    base_buffer_clear(out);
    if (way < 3) {
        put_lines(out, way, stage_roll((uint32_t)line_count()), stage_roll((uint32_t)line_count()));
        return;
    }
    base_buffer_put(out, file.bytes, file.size);
    switch (way) {
    case 3: out->bytes[at] ^= (char)(1 << stage_roll(8)); break;
    case 4: out->bytes[at] = (char)byte; break;
    case 5: out->size = at; break;
    case 6: /* a byte more */
        base_buffer_put(out, "\n", 1);
        memmove(out->bytes + at + 1, out->bytes + at, size - at);
        out->bytes[at] = (char)byte;
        break;
    default: /* some bytes less */
        memmove(out->bytes + at, out->bytes + at + (size - at) / 2 + 1, size - at - (size - at) / 2 - 1);
        out->size = size - (size - at) / 2 - 1;
        break;
    }
}

static void every_mutation_shows(void **state)
{
    struct base_buffer other = {0};
    unsigned done = 0;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        mutate(&other);
        if (other.size == file.size && memcmp(other.bytes, file.bytes, file.size) == 0)
            continue;
        stage_verify_bytes(other.bytes, other.size, NULL, 0);
        if (stage.figures.findings == 0)
            fail_msg("round %u did not show", round);
        done++;
    }
    CHECK(done > ROUNDS * 9 / 10, "nearly all were mutations");
    base_buffer_fini(&other);
}

/* Somebody makes the file anew, rightly, with another key; or the hub itself, of another journal. */
static void a_file_of_another_key_shows(void **state)
{
    struct base_buffer other = {0};
    struct base_sign_pair pair = stage.pair;

    (void)state;
    memset(stage.pair.seed, 8, sizeof(stage.pair.seed));
    base_sign_pair_derive(&stage.pair);
    stage_export(&other, 0, false);
    stage.pair = pair;
    stage_verify_bytes(other.bytes, other.size, NULL, 0);
    CHECK_I64(EVIDENCE_FAULT_KEY, stage.first.fault, "signed by another key");
    base_buffer_fini(&other);
}

static void a_kept_checkpoint_of_another_journal_shows(void **state)
{
    struct evidence_checkpoint other = stage.kept[1];

    (void)state;
    other.note.hash[0] ^= 1;
    evidence_checkpoint_sign(&stage.pair, &other);
    stage_verify_bytes(file.bytes, file.size, &other, 1);
    CHECK_I64(EVIDENCE_FAULT_CHECKPOINT, stage.first.fault, "another history");
    other = stage.kept[1];
    other.note.last += 5;
    evidence_checkpoint_sign(&stage.pair, &other);
    stage_verify_bytes(file.bytes, file.size, &other, 1);
    CHECK_I64(EVIDENCE_FAULT_TRUNCATED, stage.first.fault, "more than there is");
}

static int set_up(void **state)
{
    (void)state;
    stage_open();
    stage_export(&file, 0, false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    base_buffer_fini(&file);
    stage_close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_sound_as_it_was_written),
        cmocka_unit_test(every_mutation_shows),
        cmocka_unit_test(a_file_of_another_key_shows),
        cmocka_unit_test(a_kept_checkpoint_of_another_journal_shows),
    };

    if (base_hash_init() != OD_OK)
        return 1;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
