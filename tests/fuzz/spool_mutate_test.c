/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzz target on small files of our own and what a fixed random source makes of them. The same runs each time. */
#include "lib/check.h"
#include "lib/mutate.h"

#define ROUNDS 40000
#define INPUT_MAX 2048
#define HEAD "H,desk,000007,2026-11-29\nC,KEY,WORD,WHY,FEE\n"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *const seeds[] = {
    "\x02" HEAD "D,k-1,yes,,120\nD,k-2,no,\"too, \"\"large\"\"\",3.5\nT,2,123.5\n",
    "\x02\xef\xbb\xbf" HEAD "D,k-1,yes,,120\r\nT,1,120.00\r\n",
    "\x02" HEAD "D,k-1,yes,,120\nW,k-9\nI,k-8,{}\nR,k-2,yes,,1\nT,4,121\n",
    "\x02H,od,ack\nA,1,2,3\nN,2,0,0\nT,2\n",
    "\x03" HEAD "D,k-1,\xcd\xac\xd2\xe2,\xb2\xe2\xca\xd4,120\nT,1,120\n",
    "\x02" HEAD "D,k-1,yes,\"two\nlines\",-0.0001\nT,1,-0.0001\n",
    "\x02,T,``\n\n",
    "\x02" HEAD "T\n",
};

static const char *const words[] = {
    "\n", "\r\n", ",", "\"", "\"\"", "\xef\xbb\xbf", "\xff", "\x81", "\x81\x30\x81\x30", "T,0,0\n", "D,", "H,", "C,KEY,KEY\n", "A,9223372036854775807,1,1\n",
    "99999999999999.9999", "-", ".", "000000000000000000000000007", "k-1", "desk", "W,k-1\n", "\"open",
};

static const struct mutation mutation = {.words = words, .word_count = COUNT(words), .cut_max = 24, .room = INPUT_MAX};

static void holds_on_seeds_and_mutations(void **context)
{
    (void)context;
    CHECK(mutate_rounds(LLVMFuzzerTestOneInput, &mutation, seeds, COUNT(seeds), ROUNDS), "whatever the bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(holds_on_seeds_and_mutations)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
