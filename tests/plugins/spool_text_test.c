/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check.h"

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>

#include "json_host.h"
#include "spool.h"

#define CONFIG "{\"out\":{\"prefix\":\"od\",\"columns\":{\"area\":\"form.area\"},\"sum\":\"area\"}," \
               "\"in\":{\"prefix\":\"desk\",\"columns\":{\"key\":\"KEY\",\"opinion\":\"WORD\",\"reasons\":\"WHY\"},\"sum\":\"FEE\"}}"
#define HEAD "H,desk,000007,2026-11-29\nC,KEY,WORD,WHY,FEE\n"

static struct settings settings;

static struct file *parsed(const char *text, size_t size, void *decode)
{
    struct file *file = calloc(1, sizeof(*file));

    assert_non_null(file);
    file_parse(&settings, decode, file, text, size);
    return file;
}

static int read_all(void **state)
{
    char why[SETTING_WHY_SIZE];

    (void)state;
    return settings_read(json_host(CONFIG), &settings, why) == OD_OK ? 0 : -1;
}

static void test_amounts(void **state)
{
    static const struct {
        const char *text;
        int rc;
        const char *written, *why;
    } rows[] = {
        {"", OD_OK, "0", "nothing"},
        {"120", OD_OK, "120", "whole"},
        {"-3.50", OD_OK, "-3.5", "negative, with a point"},
        {"0.0001", OD_OK, "0.0001", "the smallest"},
        {"-0.0001", OD_OK, "-0.0001", "the smallest, negative"},
        {"99999999999999.9999", OD_OK, "99999999999999.9999", "the largest"},
        {"100000000000000", OD_EINVAL, NULL, "limit + 1"},
        {"1.00001", OD_EINVAL, NULL, "too fine"},
        {"1.", OD_EINVAL, NULL, "nothing behind the point"},
        {".5", OD_EINVAL, NULL, "nothing before it"},
        {"1e3", OD_EINVAL, NULL, "an exponent"},
        {"1,5", OD_EINVAL, NULL, "a comma"},
        {" 1", OD_EINVAL, NULL, "a blank"},
        {"+1", OD_EINVAL, NULL, "a plus"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t amount = 42;
        char text[CSV_AMOUNT_SIZE];

        CHECK_I64(rows[i].rc, csv_amount_read(rows[i].text, &amount), rows[i].why);
        if (rows[i].rc != OD_OK) {
            CHECK_I64(42, amount, rows[i].why);
            continue;
        }
        csv_amount_write(amount, text);
        CHECK_TEXT(rows[i].written, text, rows[i].why);
    }
    int64_t sum = INT64_MAX - 1;
    CHECK_I64(OD_OK, csv_amount_add(&sum, 1), "limit");
    CHECK_I64(OD_ERANGE, csv_amount_add(&sum, 1), "limit + 1");
    CHECK_I64(INT64_MAX, sum, "unchanged");
}

static void test_cells_come_back_as_they_went(void **state)
{
    static const char *const cells[] = {"plain", "", "a,b", "say \"x\"", "two\nlines", "\r", "\xe7\x8e\x8b", "\"\"", NULL};
    struct out out = {.size_max = 4096};
    struct csv_line line;
    bool is_whole;

    (void)state;
    for (size_t i = 0; cells[i] != NULL; i++)
        csv_cell_put(&out, cells[i], ',', i == 0);
    out_text(&out, "\r\n");
    char *text = out_take(&out), *at = text;
    CHECK_I64(OD_OK, csv_line_read(&at, text + strlen(text), ',', &line, &is_whole), "one line");
    CHECK(is_whole, "its end was there");
    CHECK_I64(COUNT(cells) - 1, line.count, "as many");
    for (size_t i = 0; cells[i] != NULL; i++)
        CHECK_TEXT(cells[i], line.cells[i], "the same");
    free(text);
}

static void test_a_file_is_whole_or_left_alone_or_refused(void **state)
{
    static const struct {
        const char *text;
        enum file_state state;
        const char *fault, *why;
    } rows[] = {
        {HEAD "D,k-1,yes,,120\nD,k-2,no,\"too, large\",3.5\nT,2,123.5\n", FILE_READ, "", "whole"},
        {HEAD "D,k-1,yes,,120\r\nT,1,120.00\r\n", FILE_READ, "", "line ends of another system"},
        {HEAD "T,0,0\n", FILE_READ, "", "no rows"},
        {"\xef\xbb\xbf" HEAD "T,0,0\n", FILE_READ, "", "a byte order mark"},
        {HEAD "D,k-1,yes,,120\nW,k-9\nI,k-8,{}\nR,k-2,yes,,1\nT,4,121\n", FILE_READ, "", "our own batch, filled in"},
        {"", FILE_PARTIAL, "", "nothing yet"},
        {"H,desk,00", FILE_PARTIAL, "", "half a header"},
        {HEAD "D,k-1,yes,,120\n", FILE_PARTIAL, "", "no trailer yet"},
        {HEAD "D,k-1,yes,,120\nT,1,120", FILE_PARTIAL, "", "half a trailer: it may become 1200"},
        {HEAD "D,k-1,\"\nT,1,120\n", FILE_PARTIAL, "", "a trailer within a quote that is not closed"},
        {HEAD "D,k-1,yes,,120\nT,2,120\n", FILE_REFUSED, "counts 2 rows, there are 1", "a row is missing"},
        {HEAD "D,k-1,yes,,120\nD,k-1,yes,,120\nT,1,240\n", FILE_REFUSED, "counts 1 rows, there are 2", "a row too many"},
        {HEAD "D,k-1,yes,,120\nT,1,121\n", FILE_REFUSED, "sum is 121, the rows' is 120", "another sum"},
        {HEAD "D,k-1,yes,,120\nT,1\n", FILE_REFUSED, "no sum", "the sum is agreed"},
        {HEAD "D,k-1,yes,,12x\nT,1,12\n", FILE_REFUSED, "line 3: \"12x\" is no amount", "no amount"},
        {HEAD "D,k-1,yes,120\nT,1,120\n", FILE_REFUSED, "line 3: 3 cells, the columns are 4", "a cell is missing"},
        {HEAD "D,,yes,,1\nT,1,1\n", FILE_REFUSED, "key or opinion is empty", "no key"},
        {HEAD "D,k-1,,,1\nT,1,1\n", FILE_REFUSED, "key or opinion is empty", "no word"},
        {HEAD "X,k-1,yes,,1\nT,1,1\n", FILE_REFUSED, "\"X\" begins no row", "another row"},
        {HEAD "D,k-1,yes,\"a\"b,1\nT,1,1\n", FILE_REFUSED, "middle of a cell", "a quote in the middle"},
        {HEAD "T,0,0\nT,0,0\n", FILE_REFUSED, "behind the trailer", "two trailers"},
        {"H,other,1\nC,KEY,WORD,WHY,FEE\nT,0,0\n", FILE_REFUSED, "the header names \"other\"", "of somebody else"},
        {"H,desk,x\nC,KEY,WORD,WHY,FEE\nT,0,0\n", FILE_REFUSED, "no sequence number", "no number"},
        {"H,desk\nT,0,0\n", FILE_REFUSED, "the header must be", "no number at all"},
        {"H,desk,1\nC,KEY,WORD,FEE\nT,0,0\n", FILE_REFUSED, "there is no column \"WHY\"", "a column is missing"},
        {"H,desk,1\nC,KEY,WORD,WHY\nT,0,0\n", FILE_REFUSED, "which is added up", "the sum's column is missing"},
        {"H,desk,1\nKEY,WORD,WHY,FEE\nT,0,0\n", FILE_REFUSED, "the second line must be C", "no columns"},
        {HEAD "D,k-\xff,yes,,1\nT,1,1\n", FILE_REFUSED, "byte 48: it is not UTF-8", "another encoding"},
        {"H,od,ack\nA,1,2,3.5\nA,2,0,0,again\nT,2\n", FILE_READ, "", "acknowledgements"},
        {"H,od,ack\nA,1,2\nT,1\n", FILE_REFUSED, "an acknowledgement must be", "no sum"},
        {"H,od,ack\nA,1,2,3\nT,2\n", FILE_REFUSED, "counts 2 rows, there are 1", "one is missing"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct file *file = parsed(rows[i].text, strlen(rows[i].text), NULL);

        if (file->state != rows[i].state)
            fail_msg("%s: state %d, not %d (%s)", rows[i].why, file->state, rows[i].state, file->why);
        if (strstr(file->why, rows[i].fault) == NULL)
            CHECK_TEXT(rows[i].fault, file->why, rows[i].why);
        file_free(file);
    }
}

static void test_rows_hold_what_stands_there(void **state)
{
    static const char text[] = HEAD "D,k-1,yes,,120\nD,k-2,no,\"too, \"\"large\"\"\",3.5\nT,2,123.5\n";
    struct file *file = parsed(text, sizeof(text) - 1, NULL);

    (void)state;
    CHECK_I64(7, file->sequence, "its number");
    CHECK_I64(2, file->row_count, "rows");
    CHECK_TEXT("k-1", file->rows[0].cells[SPOOL_KEY], "key");
    CHECK(file->rows[0].cells[SPOOL_REASONS] == NULL, "an empty cell is nothing");
    CHECK_TEXT("too, \"large\"", file->rows[1].cells[SPOOL_REASONS], "quotes");
    CHECK_I64(4, file->rows[1].line, "the line, for the report");
    file_free(file);
}

/* Every start of a file is left alone: whoever writes it may be in the middle of it. */
static void test_every_start_of_a_file_is_left_alone(void **state)
{
    static const char text[] = HEAD "D,k-1,yes,\"one\ntwo\",120\nD,k-2,no,\xe7\x8e\x8b,3.5\nT,2,123.5\n";

    (void)state;
    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        struct file *file = parsed(text, size, NULL);

        if (file->state != FILE_PARTIAL)
            fail_msg("after %zu bytes: state %d (%s)", size, file->state, file->why);
        file_free(file);
    }
}

static void test_another_encoding(void **state)
{
    static const char text[] = HEAD "D,k-1,yes,\xcc\xab\xb4\xf3\xc1\xcb,1\nT,1,1\n", bad[] = HEAD "D,k-1,yes,\xcc\x20,1\nT,1,1\n";
    iconv_t decode = iconv_open("UTF-8", "GB18030");

    (void)state;
    assert_true(decode != (iconv_t)-1);
    struct file *file = parsed(text, sizeof(text) - 1, (void *)decode);
    CHECK_I64(FILE_READ, file->state, file->why);
    CHECK_TEXT("\xe5\xa4\xaa\xe5\xa4\xa7\xe4\xba\x86", file->rows[0].cells[SPOOL_REASONS], "GB18030 becomes UTF-8");
    file_free(file);
    file = parsed(bad, sizeof(bad) - 1, (void *)decode);
    CHECK_I64(FILE_REFUSED, file->state, "half a character");
    CHECK(strstr(file->why, "it is not GB18030") != NULL, file->why);
    file_free(file);
    iconv_close(decode);
}

static void test_limits(void **state)
{
    struct out out = {.size_max = SPOOL_FILE_MAX};

    (void)state;
    for (int more = 0; more <= 1; more++) {
        char trailer[32];

        out_text(&out, HEAD);
        for (int i = 0; i < SPOOL_ROWS_MAX + more; i++)
            out_text(&out, "D,k,yes,,\n");
        snprintf(trailer, sizeof(trailer), "T,%d,0\n", SPOOL_ROWS_MAX + more);
        out_text(&out, trailer);
        size_t size = out.size;
        char *text = out_take(&out);
        struct file *file = parsed(text, size, NULL);
        CHECK_I64(more ? FILE_REFUSED : FILE_READ, file->state, more ? "limit + 1 rows" : "limit");
        file_free(file);
        free(text);
    }
    for (int more = 0; more <= 1; more++) {
        out_text(&out, HEAD "D");
        for (int i = 1; i < CSV_CELLS_MAX + more; i++)
            out_text(&out, ",");
        out_text(&out, "\nT,1,0\n");
        size_t size = out.size;
        char *text = out_take(&out);
        struct file *file = parsed(text, size, NULL);
        CHECK(strstr(file->why, more ? "more than 128 cells" : "the columns are 4") != NULL, file->why);
        file_free(file);
        free(text);
    }
}

static void test_what_cannot_work_is_named(void **state)
{
    static const struct {
        const char *config, *fault;
    } rows[] = {
        {"{}", "out.prefix must be"},
        {"{\"out\":{\"prefix\":\"a/b\"}}", "out.prefix must be"},
        {"{\"out\":{\"prefix\":\"a\",\"folder\":\"..\"}}", "out.folder must be"},
        {"{\"encoding\":\"latin1\"}", "encoding is none of the words"},
        {"{\"separator\":\"x\"}", "separator must be"},
        {"{\"look_ms\":99}", "look_ms is outside its range"},
        {"{\"out\":{\"prefix\":\"a\",\"rows_max\":10001}}", "out.rows_max is outside its range"},
        {"{\"out\":{\"prefix\":\"a\",\"columns\":{},\"sum\":\"x\"}}", "out.sum must be one of the columns"},
        {"{\"out\":{\"prefix\":\"a\"},\"in\":{\"prefix\":\"\"}}", "in.prefix must be"},
        {"{\"out\":{\"prefix\":\"a\"},\"in\":{\"prefix\":\"b\",\"columns\":{\"key\":\"K\"}}}", "in.columns must name"},
    };
    static struct settings read;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char why[SETTING_WHY_SIZE];

        CHECK_I64(OD_EINVAL, settings_read(json_host(rows[i].config), &read, why), rows[i].fault);
        if (strstr(why, rows[i].fault) == NULL)
            CHECK_TEXT(rows[i].fault, why, "the sentence");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_cells_come_back_as_they_went),
        cmocka_unit_test_setup(test_a_file_is_whole_or_left_alone_or_refused, read_all),
        cmocka_unit_test_setup(test_rows_hold_what_stands_there, read_all),
        cmocka_unit_test_setup(test_every_start_of_a_file_is_left_alone, read_all),
        cmocka_unit_test_setup(test_another_encoding, read_all),
        cmocka_unit_test_setup(test_limits, read_all),
        cmocka_unit_test(test_what_cannot_work_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
