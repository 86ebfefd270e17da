/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka's assertions with the row's reason in the message. Include this in place
 * of cmocka.h. */
#ifndef TEST_CHECK_H
#define TEST_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define CHECK(condition, why)                                                            \
    do {                                                                                 \
        if (!(condition))                                                                \
            fail_msg("%s: %s", (why), #condition);                                       \
    } while (0)

#define CHECK_I64(expected, actual, why)                                                 \
    do {                                                                                 \
        long long check_expected = (long long)(expected), check_actual = (long long)(actual); \
        if (check_expected != check_actual)                                              \
            fail_msg("%s: %s is %lld, not %lld", (why), #actual, check_actual, check_expected); \
    } while (0)

#define CHECK_TEXT(expected, actual, why)                                                \
    do {                                                                                 \
        const char *check_expected = (expected), *check_actual = (actual);               \
        if (check_actual == NULL || strcmp(check_expected, check_actual) != 0)           \
            fail_msg("%s: %s is \"%s\", not \"%s\"", (why), #actual,                     \
                     check_actual != NULL ? check_actual : "(null)", check_expected);    \
    } while (0)

#endif
