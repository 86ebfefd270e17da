/* SPDX-License-Identifier: Apache-2.0 */
/* Letters: what may stand in an address, and that no value becomes a header. */
#include <stdio.h>
#include <stdlib.h>

#include "letter.h"
#include "lib/check.h"

static void test_addresses(void **state)
{
    char longest[LETTER_ADDRESS_MAX + 2], longer[LETTER_ADDRESS_MAX + 2];
    static const struct {
        const char *text;
        bool is_one;
        const char *why;
    } rows[] = {
        {"li@example.org", true, "plain"},
        {"li+tag@example.org", true, "a tag"},
        {"", false, "empty"},
        {"li", false, "no domain"},
        {"@example.org", false, "no local part"},
        {"li@", false, "no domain"},
        {"li@@example.org", false, "two"},
        {"li@example.org\r\nRCPT TO:<x@y>", false, "a line end"},
        {"li@example.org> <x", false, "brackets"},
        {"li li@example.org", false, "a space"},
        {"\"li\"@example.org", false, "quoted"},
        {"\xe6\x9d\x8e@example.org", false, "not ASCII"},
        {"li@.example.org", false, "a dot first"},
        {"li..x@example.org", false, "two dots"},
        {".li@example.org", false, "a dot before"},
        {"li.@example.org", false, "a dot behind"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].is_one, letter_is_address(rows[i].text), rows[i].why);
    memset(longest, 'a', sizeof(longest));
    memcpy(longest + LETTER_ADDRESS_MAX - 4, "@b.c", 5);
    CHECK(letter_is_address(longest), "the longest");
    memset(longer, 'a', sizeof(longer));
    memcpy(longer + LETTER_ADDRESS_MAX - 3, "@b.c", 5);
    CHECK(!letter_is_address(longer), "one byte more");
}

static char *make(const char *name, const char *subject, const char *text, size_t *size)
{
    struct letter letter = {.from = "a@b.c", .from_name = name, .to = "d@e.f", .subject = subject, .text = text, .key = "msg-1",
                            .domain = "b.c", .at_ms = INT64_C(1709251200000)};

    return letter_make(&letter, size);
}

/* The headers of a letter, each once, in this order, whatever the values are. */
static void check_headers(const char *bytes, const char *why)
{
    static const char *const names[] = {"From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ", "Auto-Submitted: ", "MIME-Version: ",
                                        "Content-Type: ", "Content-Transfer-Encoding: "};
    size_t met = 0;

    for (const char *line = bytes; *line != '\r'; line = strstr(line, "\r\n") + 2) {
        if (*line == ' ')
            continue; /* a folded one */
        CHECK(met < COUNT(names) && strncmp(line, names[met], strlen(names[met])) == 0, why);
        met++;
    }
    CHECK_I64(COUNT(names), met, why);
}

static void test_headers(void **state)
{
    static const char *const values[] = {"plain", "\xe6\xb2\xb3\xe6\xbb\xa8", "x\r\nBcc: e@v.il", "=?utf-8?B?eA==?=", "a \"b\" <c@d>", "", "\xff\xfe",
                                         "\xe6\xb2\xb3\xe6\xbb\xa8\xe6\x94\xbf\xe5\x8a\xa1\xe6\x9c\x8d\xe5\x8a\xa1\xe4\xb8\xad\xe5\xbf\x83\xef\xbc\x9a\xe5\xbc\x80\xe5\x8a\x9e\xe9\xa4\x90\xe9\xa6\x86\xe4\xb8\x80\xe4\xbb\xb6\xe6\xb2\xb3\xe6\xbb\xa8"};

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++)
        for (size_t k = 0; k < COUNT(values); k++) {
            size_t size = 0;
            char *bytes = make(values[i], values[k], values[k], &size);

            CHECK(bytes != NULL && strlen(bytes) == size, values[k]);
            check_headers(bytes, values[k]);
            CHECK(strstr(bytes, "\n.") == NULL, "no line begins with a dot");
            for (const char *line = bytes; (line = strchr(line, '\n')) != NULL; line++)
                CHECK(line[-1] == '\r', "every line ends with CRLF");
            free(bytes);
        }
}

static void test_date(void **state)
{
    size_t size;
    char *bytes = make("", "s", "t", &size);

    (void)state;
    CHECK(strstr(bytes, "Date: Fri, 01 Mar 2024 00:00:00 +0000\r\n") != NULL, "the day after a leap day");
    CHECK(strstr(bytes, "Message-ID: <msg-1@b.c>\r\n") != NULL, "the key");
    CHECK(strstr(bytes, "From: <a@b.c>\r\n") != NULL, "without a name");
    CHECK(strstr(bytes, "\r\n\r\ndA==\r\n") != NULL, "the text in base64");
    free(bytes);
}

static void test_size(void **state)
{
    size_t size, most = 180 * 1024;
    char *text = malloc(LETTER_SIZE_MAX + 1);

    (void)state;
    memset(text, 'x', LETTER_SIZE_MAX);
    text[most] = '\0';
    char *bytes = make("", "s", text, &size);
    CHECK(bytes != NULL && size <= LETTER_SIZE_MAX, "a long text");
    free(bytes);
    text[most] = 'x';
    text[LETTER_SIZE_MAX] = '\0';
    CHECK(make("", "s", text, &size) == NULL, "too long");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_addresses), cmocka_unit_test(test_headers), cmocka_unit_test(test_date),
                                       cmocka_unit_test(test_size)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
