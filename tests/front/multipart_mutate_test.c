/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzz target on small forms of our own and what a fixed random source makes of them. The same runs each time. */
#include "lib/check.h"
#include "lib/mutate.h"

#define ROUNDS 60000
#define INPUT_MAX 2048

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define PART(lines, content) "----x\r\n" lines "\r\n" content "\r\n"
#define FIELD(name, value) PART("Content-Disposition: form-data; name=\"" name "\"\r\n", value)
#define FILE_PART(name, file, type, content) \
    PART("Content-Disposition: form-data; name=\"" name "\"; filename=\"" file "\"\r\nContent-Type: " type "\r\n", content)
#define END "----x--\r\n"

static const char *const seeds[] = {
    "\x01" FIELD("a", "1") END,
    "\x02" FIELD("a", "") FILE_PART("d.plan", "plan.pdf", "application/pdf", "%PDF-1.7\r\n--not\r\n----y\r\n\r\n\r") END,
    "\x03" FILE_PART("d.plan", "", "application/octet-stream", "") FIELD("f.x", "line\r\nline") END,
    "\x04" FILE_PART("d.plan", "\xe5\x9b\xbe%22%0D%0A.pdf", "text/plain; charset=utf-8", "\r\n----\r\n---\r\n--") "----x--",
    "\x05" PART("content-disposition:form-data ; NAME=\"a\"\r\nX-Other: y\r\n", "b") END,
    "\x06" FILE_PART("d.a", "C:\\a.pdf", "image/png", "\x89PNG") FILE_PART("d.a", "../b", "image/png", "\x89PNG") END "more",
};

static const char *const words[] = {
    "\r\n", "\r", "\n", "--", "----x", "\r\n----x", "\r\n----x--", "----x--\r\n", "\"", ";", "=", ":", "%22", "%0a", "\\\"", "\t ", "\xff", "\xe4\xb8", " folded",
    "Content-Disposition: form-data", "; name=\"b\"", "; filename=\"c\"", "; filename*=UTF-8''c", "Content-Type: ", "Content-Transfer-Encoding: base64\r\n",
};

static const struct mutation mutation = {.words = words, .word_count = COUNT(words), .cut_max = 16, .room = INPUT_MAX};

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
