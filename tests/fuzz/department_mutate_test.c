/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzz target of the connector http on texts of our own and what a fixed random source makes of them: bytes
 * cut, doubled, replaced, words of the format in wrong places. The same runs each time. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/check.h"

#define ROUNDS 30000
#define INPUT_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Template NUL data. */
#define SEED(text) {text, sizeof(text) - 1}
static const struct {
    const char *bytes;
    size_t size;
} seeds[] = {
    SEED("{\"a\":\"{{form.a}}\",\"b\":[\"x {{form.b|text}} {{task}}\",\"{{form.c?}}\"]}\0{\"a\":1,\"b\":\"x\",\"c\":{\"d\":[1,2]}}"),
    SEED("/c/{{external_ref}}/{{form.a}}?x={{input.b}}\0{\"a\":\"p/q\",\"b\":true}"),
    SEED("[\"{{form.a.b.c}}\",[[\"{{ form }}\"]],{\"{{x}}\":null}]\0{\"a\":{\"b\":{\"c\":\"\\u4e2d\\ud83d\\ude00\"}}}"),
    SEED("Sun, 06 Nov 1994 08:49:37 GMT\0{\"r\":{\"id\":\"W\",\"s\":\"c\",\"why\":[\"x\",\" \",\"y\"],\"n\":4}}"),
    SEED("120\0{\"r\":{\"id\":7,\"s\":\"b\",\"why\":\"x\",\"n\":-4e3},\"m\":\"text\"}"),
    SEED("\0 {\"r\" : {\"s\" : \"d\", \"why\" : null}, \"m\" : 7} "),
};

static const char *const words[] = {
    "{{", "}}", "{", "}", "[", "]", "\"", "\\", "\\u0000", "\\ud800", "\\u00e4", ",", ":", "?", "|text", "|", ".", "..", "/", "%", "0", "-", "1e999",
    "null", "true", "form.a", "form", "input", "task", "external_ref", "\"r\":", "\"s\":\"a\"", "\"why\":", "\xff", "\xe4\xb8", "\xe4\xb8\xad", "\n", " ",
    "[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":",
};

static uint64_t state = 88172645463325252u;

static size_t random_below(size_t count)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % count);
}

/* Put size bytes in place of cut bytes at at. */
static size_t splice(char *text, size_t used, size_t at, size_t cut, const char *bytes, size_t size)
{
    if (used - cut + size > INPUT_MAX)
        return used;
    memmove(text + at + size, text + at + cut, used - at - cut);
    memcpy(text + at, bytes, size);
    return used - cut + size;
}

static size_t mutate(char *text, size_t used)
{
    char part[64];
    size_t at = random_below(used + 1), size = random_below(used - at + 1);
    const char *word = words[random_below(sizeof(words) / sizeof(words[0]))];

    if (size > sizeof(part))
        size = sizeof(part);
    switch (random_below(4)) {
    case 0: return splice(text, used, at, size, "", 0);
    case 1: return splice(text, used, at, 0, word, strlen(word));
    case 2: return splice(text, used, at, size < 2 ? size : 1, word, strlen(word));
    default: memcpy(part, text + at, size); return splice(text, used, random_below(used + 1), 0, part, size);
    }
}

static void whatever_the_bytes_nothing_becomes_structure(void **unused)
{
    char text[INPUT_MAX];

    (void)unused;
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t row = round % (sizeof(seeds) / sizeof(seeds[0])), size = seeds[row].size;

        memcpy(text, seeds[row].bytes, size);
        for (size_t times = 1 + random_below(6); times > 0; times--)
            size = mutate(text, size);
        LLVMFuzzerTestOneInput((const uint8_t *)text, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whatever_the_bytes_nothing_becomes_structure)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
