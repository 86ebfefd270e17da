/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "base/time.h"

#define DATE_DIGITS 8
#define SERIAL_DIGITS_MIN 6
#define SERIAL_DIGITS_MAX 12

/* Damm's quasigroup of order 10 over the digits of text, other characters passed
 * over. ISO/IEC 7064 MOD 11,10 was left: it misses 20 of the 900 swaps. */
static int check_digit(const char *text, size_t size)
{
    static const uint8_t next[10][10] = {
        {0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3},
        {4, 2, 0, 6, 8, 7, 1, 3, 5, 9}, {1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
        {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
        {5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
        {9, 4, 3, 8, 6, 1, 7, 2, 0, 5}, {2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
    };
    int digit = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] >= '0' && text[i] <= '9')
            digit = next[digit][text[i] - '0'];
    }
    return digit;
}

void base_number_format(uint64_t id, int32_t day, char text[BASE_NUMBER_SIZE])
{
    int year, month, day_of_month;

    assert(id >= 1);
    assert(id <= BASE_APPLICATION_ID_MAX);
    base_day_to_civil(day, &year, &month, &day_of_month);
    unsigned digits = base_digits_count(id);
    char *at = base_digits_put(text, (uint64_t)year, 4);
    at = base_digits_put(at, (uint64_t)month, 2);
    at = base_digits_put(at, (uint64_t)day_of_month, 2);
    *at++ = '-';
    at = base_digits_put(at, id, digits > SERIAL_DIGITS_MIN ? digits : SERIAL_DIGITS_MIN);
    int check = check_digit(text, (size_t)(at - text));
    *at++ = '-';
    *at++ = (char)('0' + check);
    *at = '\0';
}

static bool are_digits(const char *text, size_t size)
{
    return strspn(text, "0123456789") >= size;
}

static int date_parse(const char *text, int32_t *day)
{
    char date[BASE_DATE_SIZE];

    snprintf(date, sizeof(date), "%.4s-%.2s-%.2s", text, text + 4, text + 6);
    return base_day_parse(date, day);
}

/* The number at the start of text; *end is the character after it. */
static int parse_prefix(const char *text, uint64_t *id, int32_t *day, const char **end)
{
    int32_t parsed_day;

    if (!are_digits(text, DATE_DIGITS) || text[DATE_DIGITS] != '-' || date_parse(text, &parsed_day) != OD_OK)
        return OD_ESYNTAX;
    const char *serial = text + DATE_DIGITS + 1;
    size_t digits = strspn(serial, "0123456789");
    if (digits < SERIAL_DIGITS_MIN || digits > SERIAL_DIGITS_MAX || serial[digits] != '-' ||
        (digits > SERIAL_DIGITS_MIN && serial[0] == '0'))
        return OD_ESYNTAX;
    const char *check = serial + digits + 1;
    uint64_t parsed = strtoull(serial, NULL, 10);
    if (parsed == 0 || *check - '0' != check_digit(text, (size_t)(check - text)))
        return OD_ESYNTAX;
    *id = parsed;
    *day = parsed_day;
    *end = check + 1;
    return OD_OK;
}

int base_number_parse(const char *text, uint64_t *id, int32_t *day)
{
    const char *end;
    uint64_t parsed;
    int32_t parsed_day;

    if (parse_prefix(text, &parsed, &parsed_day, &end) != OD_OK || *end != '\0')
        return OD_ESYNTAX;
    *id = parsed;
    *day = parsed_day;
    return OD_OK;
}

void base_task_number_format(uint64_t id, int32_t day, unsigned index, char text[BASE_NUMBER_SIZE])
{
    assert(index < BASE_TASKS_MAX);
    base_number_format(id, day, text);
    char *at = text + strlen(text);
    *at++ = '.';
    at = base_digits_put(at, index + 1, base_digits_count(index + 1));
    *at = '\0';
}

int base_task_number_parse(const char *text, uint64_t *id, int32_t *day, unsigned *index)
{
    const char *end;
    uint64_t parsed;
    int32_t parsed_day;

    if (parse_prefix(text, &parsed, &parsed_day, &end) != OD_OK || *end != '.')
        return OD_ESYNTAX;
    size_t digits = strspn(end + 1, "0123456789");
    unsigned long number = strtoul(end + 1, NULL, 10);
    if (digits < 1 || digits > 2 || end[1] == '0' || end[1 + digits] != '\0' || number > BASE_TASKS_MAX)
        return OD_ESYNTAX;
    *id = parsed;
    *day = parsed_day;
    *index = (unsigned)number - 1;
    return OD_OK;
}
