/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/check.h"

#define TEXT_MAX (2 * SIMULATE_ROW_SIZE_MAX)

static char path[] = "/tmp/onedoor-csv-XXXXXX";
static char text[512];
static struct simulate_csv csv;

static void file_put(const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(size, fwrite(bytes, 1, size, file));
    fclose(file);
}

/* Every row as "field|field;" one after another, the head too; or the error. */
static int read_all(char *out, size_t room)
{
    size_t used = 0;
    int rc = simulate_csv_open(&csv, path, text);

    out[0] = '\0';
    while (rc == OD_OK) {
        for (size_t i = 0; i < csv.field_count; i++)
            used += (size_t)snprintf(out + used, room - used, "%.*s%s", (int)csv.fields[i].size, csv.fields[i].text,
                                     i + 1 < csv.field_count ? "|" : ";");
        rc = simulate_csv_next(&csv);
    }
    simulate_csv_close(&csv);
    return rc;
}

static void reads_what_rfc_4180_writes(void **state)
{
    static const struct { const char *bytes, *rows, *why; } rows[] = {
        {"a,b\n1,2\n", "a|b;1|2;", "plain"},
        {"a,b\n1,2", "a|b;1|2;", "no line end at the end"},
        {"a,b\r\n1,2\r\n", "a|b;1|2;", "CRLF"},
        {"a,b\r\n1,2\r", "a|b;1|2;", "cut in the middle of CRLF"},
        {"\xef\xbb\xbf" "a,b\n1,2\n", "a|b;1|2;", "byte order mark"},
        {"a,b\n,\n", "a|b;|;", "empty fields"},
        {"a,b\n\n\r\n1,2\n\n", "a|b;1|2;", "empty lines are passed over"},
        {"a\n\n1\n", "a;;1;", "one column: an empty line is an empty field"},
        {"a,b\n\"1\",\"2\"\n", "a|b;1|2;", "quoted"},
        {"a,b\n\"1,5\",2\n", "a|b;1,5|2;", "comma inside quotes"},
        {"a,b\n\"x\"\"y\"\"\",2\n", "a|b;x\"y\"|2;", "doubled quotes"},
        {"a,b\n\"x\ny\",2\n", "a|b;x\ny|2;", "line end inside quotes"},
        {"a,b\n\"\"\"\",\"\"\n", "a|b;\"|;", "a quote alone, and nothing"},
        {"\"a\",b\n1,\xe6\x9d\xa1\n", "a|b;1|\xe6\x9d\xa1;", "quoted head, UTF-8"},
    };
    char out[256];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        file_put(rows[i].bytes, strlen(rows[i].bytes));
        CHECK_I64(OD_ENOTFOUND, read_all(out, sizeof(out)), rows[i].why);
        CHECK_TEXT(rows[i].rows, out, rows[i].why);
    }
}

static void refuses_with_line_column_and_remedy(void **state)
{
    static const struct { const char *bytes; size_t size; const char *place, *says, *why; } rows[] = {
        {"", 0, ":1:1: ", "empty", "no head"},
        {"\xef\xbb\xbf", 3, ":1:1: ", "empty", "a byte order mark alone"},
        {"a,b\n1\n", 6, ":2:2: ", "1 fields where the head has 2", "too few"},
        {"a,b\n1,2,3\n", 10, ":2:6: ", "3 fields where the head has 2", "too many"},
        {"a,b\n1,x\"y\n", 10, ":2:4: ", "quote inside a field", "a quote too late"},
        {"a,b\n\"1\"x,2\n", 11, ":2:4: ", "between the closing quote", "text after the quote"},
        {"a,b\n1,\"x\ny,2\n", 13, ":2:3: ", "does not end", "never closed: told where it begins"},
        {"a,b\n1,\xff\n", 8, ":2:3: ", "0xff", "not UTF-8"},
        {"a,b\n1,\xc0\x80\n", 9, ":2:3: ", "UTF-8", "overlong"},
        {"a,b\n1,\xed\xa0\x80\n", 10, ":2:3: ", "UTF-8", "a surrogate"},
        {"a,b\n1,\xe6\x9d\n", 9, ":2:3: ", "UTF-8", "cut in the middle of a letter"},
        {"a,b\n1,\0\n", 8, ":2:3: ", "0x00", "a NUL"},
        {"a,b\r1,2\r", 8, ":1:4: ", "carriage return", "line ends of the old Mac"},
        {"a,b\n\"x\ny\",2\n1\n", 14, ":4:2: ", "1 fields", "the line after a field of two lines"},
    };
    char out[256], place[64];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        file_put(rows[i].bytes, rows[i].size);
        CHECK_I64(OD_ESYNTAX, read_all(out, sizeof(out)), rows[i].why);
        snprintf(place, sizeof(place), "%s%s", path, rows[i].place);
        CHECK(strstr(text, place) == text || strstr(text, place) != NULL, text);
        CHECK(strstr(text, rows[i].says) != NULL, text);
    }
}

static void a_missing_file_and_a_folder(void **state)
{
    (void)state;
    CHECK_I64(OD_ENOTFOUND, simulate_csv_open(&csv, "/nowhere/x.csv", text), "no such file");
    CHECK(strstr(text, "/nowhere/x.csv") != NULL, text);
    CHECK_I64(OD_EIO, simulate_csv_open(&csv, "/tmp", text), "a folder");
    simulate_csv_close(&csv);
}

static void limits(void **state)
{
    static char bytes[TEXT_MAX], out[TEXT_MAX];
    size_t size = 0;

    (void)state;
    for (size_t i = 0; i + 1 < SIMULATE_COLUMNS_MAX; i++)
        bytes[size++] = ',';
    file_put(bytes, size);
    CHECK_I64(OD_ENOTFOUND, read_all(out, sizeof(out)), "as many columns as there may be");
    bytes[size++] = ',';
    file_put(bytes, size);
    CHECK_I64(OD_ELIMIT, read_all(out, sizeof(out)), "one more");

    memset(bytes, 'x', sizeof(bytes));
    file_put(bytes, SIMULATE_ROW_SIZE_MAX);
    CHECK_I64(OD_ENOTFOUND, read_all(out, sizeof(out)), "a row as long as it may be");
    file_put(bytes, SIMULATE_ROW_SIZE_MAX + 1);
    CHECK_I64(OD_ELIMIT, read_all(out, sizeof(out)), "one byte more");

    memset(bytes, '"', sizeof(bytes));
    file_put(bytes, SIMULATE_ROW_SIZE_MAX);
    CHECK_I64(OD_ENOTFOUND, read_all(out, sizeof(out)), "quotes alone, a whole row of them");
    file_put(bytes, SIMULATE_ROW_SIZE_MAX + 2);
    assert_int_not_equal(OD_ENOTFOUND, read_all(out, sizeof(out)));
}

static void a_row_is_found_again(void **state)
{
    static const char bytes[] = "a,b\n1,2\n\"x\"\"y\",\"u\nv\"\n5,6\n";
    size_t offset;
    uint64_t line;

    (void)state;
    file_put(bytes, sizeof(bytes) - 1);
    CHECK_I64(OD_OK, simulate_csv_open(&csv, path, text), "open");
    CHECK_I64(OD_OK, simulate_csv_next(&csv), "first");
    CHECK_I64(OD_OK, simulate_csv_next(&csv), "second");
    offset = csv.offset;
    line = csv.line;
    CHECK_I64(OD_OK, simulate_csv_next(&csv), "third");
    CHECK_I64(5, csv.line, "a line inside a field counts");
    CHECK_I64(OD_OK, simulate_csv_at(&csv, offset, line), "the second again");
    CHECK_I64(3, csv.line, "its line");
    CHECK_I64(3, csv.fields[1].size, "its field");
    CHECK(memcmp(csv.fields[0].text, "x\"y", 3) == 0, "unquoted again");
    simulate_csv_close(&csv);
}

/* Whatever the bytes, it ends; and what is refused says where. */
static void broken_files_end(void **state)
{
    static const char sound[] = "case_id,activity,timestamp\r\n\"a\"\"b\",\"x, y\",2011-10-11T13:45:40+02:00\nc,\xe6\x9d\xa1,2011-10-12\n";
    static const char spice[] = {'"', ',', '\r', '\n', '\0', '\xff', '\xe6', 'x'};
    static char out[TEXT_MAX];
    char bytes[sizeof(sound)];

    (void)state;
    srand(4180);
    for (int i = 0; i < 20000; i++) {
        size_t size = (size_t)rand() % sizeof(sound);
        memcpy(bytes, sound, sizeof(sound));
        for (int k = rand() % 4; k > 0; k--)
            bytes[(size_t)rand() % sizeof(bytes)] = spice[(size_t)rand() % sizeof(spice)];
        file_put(bytes, size);
        int rc = read_all(out, sizeof(out));
        CHECK(rc == OD_ENOTFOUND || rc == OD_ESYNTAX, "read, or refused");
        CHECK(rc == OD_ENOTFOUND || strstr(text, path) == text, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_rfc_4180_writes), cmocka_unit_test(refuses_with_line_column_and_remedy),
        cmocka_unit_test(a_missing_file_and_a_folder), cmocka_unit_test(limits), cmocka_unit_test(a_row_is_found_again),
        cmocka_unit_test(broken_files_end)};
    int file = mkstemp(path);

    if (file < 0)
        return 1;
    close(file);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return rc;
}
