/* SPDX-License-Identifier: Apache-2.0 */
/* The number of an application: format, parse, and what its check digit catches. */
#include "lib/check.h"

#include <stdio.h>

#include "base/number.h"
#include "base/time.h"

static void a_number_comes_back_as_it_went(void **state)
{
    static const uint64_t ids[] = {1, 123, 999999, 1000000, UINT64_C(123456789012), BASE_APPLICATION_ID_MAX};
    static const char *const dates[] = {"1970-01-01", "2026-11-29", "2028-02-29", "9999-12-31"};

    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        for (size_t k = 0; k < COUNT(dates); k++) {
            char text[BASE_NUMBER_SIZE];
            uint64_t id = 0;
            int32_t day, parsed_day = 0;

            CHECK_I64(OD_OK, base_day_parse(dates[k], &day), dates[k]);
            base_number_format(ids[i], day, text);
            CHECK_I64(OD_OK, base_number_parse(text, &id, &parsed_day), text);
            CHECK_I64(ids[i], id, text);
            CHECK_I64(day, parsed_day, text);
        }
    }
}

static void the_form_is_fixed(void **state)
{
    char text[BASE_NUMBER_SIZE];
    int32_t day;

    (void)state;
    CHECK_I64(OD_OK, base_day_parse("2026-11-29", &day), "date");
    base_number_format(123, day, text);
    CHECK_TEXT("20261129-000123-2", text, "the example of the header");
    base_task_number_format(123, day, 0, text);
    CHECK_TEXT("20261129-000123-2.1", text, "the first task");
    base_task_number_format(BASE_APPLICATION_ID_MAX, day, BASE_TASKS_MAX - 1, text);
    CHECK(strlen(text) < BASE_NUMBER_SIZE - 1, "the longest fits");
}

static void other_texts_are_refused(void **state)
{
    static const struct { const char *text, *why; } rows[] = {
        {"", "empty"},
        {"20261129", "the date alone"},
        {"20261129-", "no serial"},
        {"20261129-000123", "no check digit"},
        {"20261129-000123-", "an empty check digit"},
        {"20261129-000123-3", "a wrong check digit"},
        {"20261129-000123-2 ", "a space after it"},
        {"20261129-000123-22", "a digit too many"},
        {" 20261129-000123-2", "a space before it"},
        {"20261129-00123-2", "five digits"},
        {"20261129-0000123-2", "a zero too many"},
        {"20261129-000000-8", "number zero"},
        {"20261129-1000000000000-0", "thirteen digits"},
        {"20261332-000123-2", "no such date"},
        {"2026-11-29-000123-2", "dashes in the date"},
        {"20261129-000123-x", "a letter"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t id = 42;
        int32_t day = 43;
        CHECK_I64(OD_ESYNTAX, base_number_parse(rows[i].text, &id, &day), rows[i].why);
        CHECK(id == 42 && day == 43, "unchanged");
    }
}

static bool is_accepted(const char *text)
{
    uint64_t id;
    int32_t day;

    return base_number_parse(text, &id, &day) == OD_OK;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Every other digit at every place, the check digit's too. */
static int wrong_digits_try(const char *number)
{
    char text[BASE_NUMBER_SIZE];
    int tried = 0;

    for (size_t i = 0; number[i] != '\0'; i++) {
        for (char digit = '0'; is_digit(number[i]) && digit <= '9'; digit++) {
            if (digit == number[i])
                continue;
            snprintf(text, sizeof(text), "%s", number);
            text[i] = digit;
            CHECK(!is_accepted(text), text);
            tried++;
        }
    }
    return tried;
}

/* Every swap of two neighbouring digits, also across a dash. */
static int swaps_try(const char *number)
{
    char text[BASE_NUMBER_SIZE];
    int tried = 0;

    for (size_t i = 0; number[i] != '\0' && number[i + 1] != '\0'; i++) {
        size_t next = is_digit(number[i + 1]) ? i + 1 : i + 2;
        if (!is_digit(number[i]) || number[i] == number[next])
            continue;
        snprintf(text, sizeof(text), "%s", number);
        text[i] = number[next];
        text[next] = number[i];
        CHECK(!is_accepted(text), text);
        tried++;
    }
    return tried;
}

static void every_slip_of_one_digit_or_swap_is_noticed(void **state)
{
    char text[BASE_NUMBER_SIZE];
    int tried = 0;
    uint64_t random = 1;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u; /* Knuth's MMIX */
        uint64_t id = (random >> 20) % (i % 2 == 0 ? 999999 : BASE_APPLICATION_ID_MAX) + 1;
        base_number_format(id, 11000 + (int32_t)(random >> 33) % 20000, text);
        tried += wrong_digits_try(text) + swaps_try(text);
    }
    CHECK(tried > 400000, "enough slips were tried");
}

static void a_task_number_comes_back_as_it_went(void **state)
{
    (void)state;
    for (unsigned index = 0; index < BASE_TASKS_MAX; index++) {
        char text[BASE_NUMBER_SIZE];
        uint64_t id;
        int32_t day;
        unsigned parsed;

        base_task_number_format(77, 20000, index, text);
        CHECK_I64(OD_OK, base_task_number_parse(text, &id, &day, &parsed), text);
        CHECK(id == 77 && day == 20000 && parsed == index, text);
        CHECK(!is_accepted(text), "a task's number is no application's");
    }
}

static void other_task_texts_are_refused(void **state)
{
    static const struct { const char *text, *why; } rows[] = {
        {"20261129-000123-2", "no index"},
        {"20261129-000123-2.", "an empty index"},
        {"20261129-000123-2.0", "index zero"},
        {"20261129-000123-2.01", "a leading zero"},
        {"20261129-000123-2.65", "limit + 1"},
        {"20261129-000123-2.999999999999999999999", "an index that overflows"},
        {"20261129-000123-2.1x", "a letter behind it"},
        {"20261129-000123-2.-1", "a sign"},
        {"20261129-000123-3.1", "a wrong check digit"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t id = 42;
        int32_t day = 43;
        unsigned index = 44;
        CHECK_I64(OD_ESYNTAX, base_task_number_parse(rows[i].text, &id, &day, &index), rows[i].why);
        CHECK(id == 42 && day == 43 && index == 44, "unchanged");
    }
}

static void a_task_handle_holds_both_parts(void **state)
{
    uint64_t task = base_task_handle(BASE_APPLICATION_ID_MAX, BASE_TASKS_MAX - 1);

    (void)state;
    CHECK_I64(BASE_APPLICATION_ID_MAX, base_task_application(task), "application");
    CHECK_I64(BASE_TASKS_MAX - 1, base_task_index(task), "index");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_comes_back_as_it_went),
        cmocka_unit_test(the_form_is_fixed),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(every_slip_of_one_digit_or_swap_is_noticed),
        cmocka_unit_test(a_task_number_comes_back_as_it_went),
        cmocka_unit_test(other_task_texts_are_refused),
        cmocka_unit_test(a_task_handle_holds_both_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
