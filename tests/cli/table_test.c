/* SPDX-License-Identifier: Apache-2.0 */
/* Tables: what stays in the row, what goes below it, what is left out. */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/table.h"

static const struct cli_column columns[] = {
    {{{"", "id"}}, 0},
    {{{"", "name"}}, 2},
    {{{"", "matter"}}, 1},
    {{{"", "notes"}}, 3},
};

/* What the table prints on stdout, for a terminal of so many columns. The caller's to free. */
static char *printed_of(const struct cli_column *heads, size_t head_count, uint32_t numbers, enum cli_language language, size_t width,
                        const char *const *cells, size_t count)
{
    struct cli cli = {.language = language, .columns = width};
    struct cli_table table;
    char *bytes = calloc(1, 4096);
    FILE *file = tmpfile();
    int kept = dup(STDOUT_FILENO);

    assert_non_null(bytes);
    assert_non_null(file);
    cli_table_init(&cli, &table, heads, head_count);
    table.numbers = numbers;
    for (size_t i = 0; i < count; i++)
        cli_table_add(&table, CLI_TONE_NONE, cells[i]);
    fflush(stdout);
    dup2(fileno(file), STDOUT_FILENO);
    cli_table_print(&cli, &table);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(file);
    bytes[fread(bytes, 1, 4095, file)] = '\0';
    fclose(file);
    cli_table_fini(&table);
    return bytes;
}

static char *printed(size_t width, const char *const *cells, size_t count)
{
    return printed_of(columns, COUNT(columns), 0, CLI_EN, width, cells, count);
}

static void rows_at_each_width(void **state)
{
    static const char *const cells[] = {"1", "Fire Brigade", "Safety check", "", "2", "Water", "Sewage permit", NULL};
    static const struct { size_t width; const char *expected, *why; } rows[] = {
        {0, "id  name          matter\n1   Fire Brigade  Safety check\n2   Water         Sewage permit\n", "any width"},
        {31, "id  name          matter\n1   Fire Brigade  Safety check\n2   Water         Sewage permit\n", "it just fits"},
        {30, "id  name\n1   Fire Brigade\n    Safety check\n2   Water\n    Sewage permit\n", "one less: the first goes below"},
        {15, "id\n1\n    Fire\n      Brigade\n    Safety\n      check\n2\n    Water\n    Sewage\n      permit\n",
         "both below, and wrapped"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *bytes = printed(rows[i].width, cells, COUNT(cells));
        CHECK_TEXT(rows[i].expected, bytes, rows[i].why);
        free(bytes);
    }
}

static void a_column_with_one_text_is_shown(void **state)
{
    static const char *const cells[] = {"1", "", "", "late", "2", "", "", ""};
    char *bytes = printed(0, cells, COUNT(cells));

    (void)state;
    CHECK_TEXT("id  notes\n1   late\n2\n", bytes, "the empty ones are left out, no spaces at a line's end");
    free(bytes);
}

/* Heads and numbers end in one line, ideographs included. */
static void numbers_stand_to_the_right(void **state)
{
    static const struct cli_column figures[] = {
        {{{"\xe5\xb9\xb4", "year"}}, 0},
        {{{"\xe5\x8f\x97\xe7\x90\x86", "accepted"}}, 0},
        {{{"\xe6\x8c\x89\xe6\x97\xb6", "on time"}}, 0},
    };
    static const char *const cells[] = {"2025", "7", "100.0 %", "2026", "1,234", "98.7 %"};

    (void)state;
    char *bytes = printed_of(figures, COUNT(figures), 6, CLI_EN, 0, cells, COUNT(cells));
    CHECK_TEXT("year  accepted  on time\n2025         7  100.0 %\n2026     1,234   98.7 %\n", bytes, "letters");
    free(bytes);
    bytes = printed_of(figures, COUNT(figures), 6, CLI_ZH_CN, 40, cells, COUNT(cells));
    CHECK_TEXT("\xe5\xb9\xb4     \xe5\x8f\x97\xe7\x90\x86     \xe6\x8c\x89\xe6\x97\xb6\n2025      7  100.0 %\n2026  1,234   98.7 %\n", bytes,
               "ideographs take two");
    free(bytes);
}

static void no_rows_no_crash(void **state)
{
    char *bytes = printed(80, NULL, 0);

    (void)state;
    CHECK_TEXT("\n", bytes, "nothing but the head's line");
    free(bytes);
}

static void memory_that_runs_short(void **state)
{
    struct cli cli = {.language = CLI_EN};
    struct cli_table table;

    (void)state;
    cli_table_init(&cli, &table, NULL, 2);
    base_alloc_fail_at(1);
    cli_table_add(&table, CLI_TONE_NONE, "a");
    base_alloc_fail_at(0);
    CHECK(table.is_broken, "told by the table");
    CHECK_I64(0, table.cell_count, "and nothing was added");
    cli_table_fini(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_at_each_width),
        cmocka_unit_test(a_column_with_one_text_is_shown),
        cmocka_unit_test(numbers_stand_to_the_right),
        cmocka_unit_test(no_rows_no_crash),
        cmocka_unit_test(memory_that_runs_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
