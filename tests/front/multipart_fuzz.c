/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a form with files. What must hold: however it is cut into pieces, the same events with the same content
 * come out, and what is told stays within its limits. The first byte says how the rest is cut. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "front/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

/* All that came out, as one hash; neighbouring pieces of content are one. */
struct outcome {
    struct base_hash_stream stream;
    uint64_t content;
    size_t parts, ends;
    enum front_multipart_fault fault;
    int is_whole;
};

static void event_note(struct outcome *outcome, const struct front_multipart *multipart, enum front_multipart_event event)
{
    uint8_t word[2] = {(uint8_t)event, (uint8_t)multipart->is_file};

    if (event == FRONT_MULTIPART_DATA) {
        require(multipart->size > 0);
        base_hash_add(&outcome->stream, multipart->bytes, multipart->size);
        outcome->content += multipart->size;
        return;
    }
    base_hash_add(&outcome->stream, word, sizeof(word));
    if (event != FRONT_MULTIPART_PART) {
        outcome->ends += event == FRONT_MULTIPART_PART_END;
        return;
    }
    outcome->parts++;
    require(strlen(multipart->name) > 0 && strlen(multipart->name) <= FRONT_MULTIPART_NAME_MAX);
    require(strlen(multipart->file_name) <= FRONT_MULTIPART_FILE_NAME_MAX);
    require(strlen(multipart->media_type) <= FRONT_MULTIPART_TYPE_MAX);
    base_hash_add(&outcome->stream, multipart->name, strlen(multipart->name) + 1);
    base_hash_add(&outcome->stream, multipart->file_name, strlen(multipart->file_name) + 1);
    base_hash_add(&outcome->stream, multipart->media_type, strlen(multipart->media_type) + 1);
}

/* Each piece stands in memory of its own, so that nothing is read beside it. */
static int piece_read(struct front_multipart *multipart, const uint8_t *bytes, size_t size, struct outcome *outcome)
{
    char *copy = malloc(size);
    size_t at = 0;
    int is_fine = 1;

    require(copy != NULL);
    memcpy(copy, bytes, size);
    while (at < size && is_fine) {
        size_t used = 0;
        enum front_multipart_event event = front_multipart_next(multipart, copy + at, size - at, &used);

        require(used <= size - at);
        require(event != FRONT_MULTIPART_NONE || used == size - at);
        is_fine = event != FRONT_MULTIPART_FAULT;
        if (is_fine && event != FRONT_MULTIPART_NONE)
            event_note(outcome, multipart, event);
        at += used;
    }
    free(copy);
    return is_fine;
}

static struct outcome read_all(const uint8_t *bytes, size_t size, size_t step)
{
    struct front_multipart *multipart = malloc(sizeof(*multipart));
    struct outcome outcome = {.fault = FRONT_MULTIPART_FINE};

    require(multipart != NULL);
    base_hash_begin(&outcome.stream);
    require(front_multipart_init(multipart, "multipart/form-data; boundary=--x") == OD_OK);
    for (size_t at = 0; at < size; at += step)
        if (!piece_read(multipart, bytes + at, size - at < step ? size - at : step, &outcome))
            break;
    outcome.fault = multipart->fault;
    outcome.is_whole = front_multipart_is_whole(multipart);
    require(outcome.content <= size);
    require(outcome.ends <= outcome.parts && outcome.parts <= FRONT_MULTIPART_PARTS_MAX);
    require(!outcome.is_whole || outcome.ends == outcome.parts);
    free(multipart);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t a[BASE_HASH_SIZE], b[BASE_HASH_SIZE];
    struct front_multipart multipart;
    char type[256];

    if (size < 1)
        return 0;
    size_t step = bytes[0] % 97 + 1;
    struct outcome whole = read_all(bytes + 1, size - 1, size), cut = read_all(bytes + 1, size - 1, step);
    require(whole.fault == cut.fault && whole.is_whole == cut.is_whole && whole.parts == cut.parts && whole.ends == cut.ends);
    require(whole.content == cut.content);
    base_hash_end(&whole.stream, a);
    base_hash_end(&cut.stream, b);
    require(memcmp(a, b, sizeof(a)) == 0);

    size_t take = size < sizeof(type) ? size : sizeof(type) - 1; /* and as a Content-Type */
    memcpy(type, bytes, take);
    type[take] = '\0';
    (void)!front_multipart_init(&multipart, type);
    return 0;
}
