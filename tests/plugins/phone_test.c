/* SPDX-License-Identifier: Apache-2.0 */
/* Telephone numbers and names of files for gammu-smsd: a number is never a path. */
#include <stdio.h>

#include "lib/check.h"
#include "phone.h"

static void test_numbers(void **state)
{
    static const struct {
        const char *text, *phone, *why;
    } rows[] = {
        {"+86 138-0000-0001", "+8613800000001", "as people write it"},
        {"(010) 8888.6666", "01088886666", "brackets and dots"},
        {"110", "110", "the shortest"},
        {"11", NULL, "shorter"},
        {"12345678901234567890", "12345678901234567890", "the longest"},
        {"123456789012345678901", NULL, "one digit more"},
        {"", NULL, "empty"},
        {"+", NULL, "no digit"},
        {"86+138", NULL, "a plus inside"},
        {"../../etc/passwd", NULL, "a path"},
        {"138/0000", NULL, "a slash"},
        {"138_0000", NULL, "what parts a name"},
    };
    char phone[PHONE_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool is_one = phone_read(rows[i].text, phone);

        CHECK_I64(rows[i].phone != NULL, is_one, rows[i].why);
        if (is_one)
            CHECK_TEXT(rows[i].phone, phone, rows[i].why);
    }
}

static void test_names(void **state)
{
    char name[FILE_NAME_SIZE], key[KEY_MAX + 2];

    (void)state;
    CHECK(file_name('C', INT64_C(1709251200000), "+8613800000001", "msg-17", name), "a key");
    CHECK_TEXT("OUTC20240301_000000_00_+8613800000001_msg-17.txt", name, "as the daemon reads it");
    CHECK(file_is_of(name, "msg-17"), "its own");
    CHECK(!file_is_of(name, "msg-7"), "another that ends alike");
    CHECK(!file_is_of(name, "17"), "a part of it");
    CHECK(!file_is_of("x_msg-17.txt", "msg-17"), "no message");
    CHECK(!file_is_of("OUT/../../../etc/x_msg-17.txt", "msg-17"), "a path is no name");
    CHECK(!file_is_of("OUT0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567_msg-17.txt",
                      "msg-17"), "longer than any of ours");
    CHECK(!file_name('C', 0, "110", "../x", name), "a path is no key");
    CHECK(!file_name('C', 0, "110", "", name), "none");
    memset(key, 'k', sizeof(key));
    key[KEY_MAX + 1] = '\0';
    CHECK(!file_name('C', 0, "110", key, name), "limit + 1");
    key[KEY_MAX] = '\0';
    CHECK(file_name('C', 0, "12345678901234567890", key, name), "the longest");
    CHECK(file_is_of(name, key), "and its file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
