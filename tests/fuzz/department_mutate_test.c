/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzz target of the connector http on texts of our own and what a fixed random source makes of them: bytes
 * cut, doubled, replaced, words of the format in wrong places. The same runs each time. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/check.h"
#include "lib/mutate.h"

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

static size_t mutate(char *text, size_t used)
{
    char part[64];
    size_t at = mutate_random_below(used + 1), size = mutate_random_below(used - at + 1);
    const char *word = words[mutate_random_below(sizeof(words) / sizeof(words[0]))];

    if (size > sizeof(part))
        size = sizeof(part);
    switch (mutate_random_below(4)) {
    case 0: return mutate_splice(text, used, INPUT_MAX, at, size, "", 0);
    case 1: return mutate_splice(text, used, INPUT_MAX, at, 0, word, strlen(word));
    case 2: return mutate_splice(text, used, INPUT_MAX, at, size < 2 ? size : 1, word, strlen(word));
    default: memcpy(part, text + at, size); return mutate_splice(text, used, INPUT_MAX, mutate_random_below(used + 1), 0, part, size);
    }
}

static void whatever_the_bytes_nothing_becomes_structure(void **unused)
{
    char text[INPUT_MAX];

    (void)unused;
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t row = round % (sizeof(seeds) / sizeof(seeds[0])), size = seeds[row].size;

        memcpy(text, seeds[row].bytes, size);
        for (size_t times = 1 + mutate_random_below(6); times > 0; times--)
            size = mutate(text, size);
        LLVMFuzzerTestOneInput((const uint8_t *)text, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whatever_the_bytes_nothing_becomes_structure)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
