/* SPDX-License-Identifier: Apache-2.0 */
/* Archives as such: what is written comes back, and each entry of one that others made says what it is. What a catalogue or a
 * package makes of it is tested there, with the bytes that they have had since the first release. */
#include "base/archive.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "lib/check.h"

#define HUNDRED "x23456789-x23456789-x23456789-x23456789-x23456789-x23456789-x23456789-x23456789-x23456789-x23456789-"

static const struct row {
    const char *path, *text;
    bool is_as_written;
    const char *why;
} rows[] = {
    {"a.json", "{}", true, "a short name"},
    {"empty", "", true, "a file of nothing"},
    {HUNDRED, "x", true, "the longest name of the old form"},
    {HUNDRED "1", "x", false, "one byte more"},
    {"\xe4\xba\x8b\xe9\xa1\xb9.json", "[1]", false, "a name in Chinese"},
};

static int rows_write(struct base_buffer *buffer)
{
    struct base_archive_writer writer;
    int rc = base_archive_writer_begin(&writer, buffer);

    for (size_t i = 0; rc == OD_OK && i < COUNT(rows); i++)
        rc = base_archive_writer_put(&writer, rows[i].path, rows[i].text, strlen(rows[i].text));
    return base_archive_writer_end(&writer, rc);
}

static void row_check(struct base_archive *archive, const struct row *row)
{
    struct base_archive_entry entry;
    char text[16];
    size_t got = 7;

    CHECK_I64(OD_OK, base_archive_next(archive, &entry), row->why);
    CHECK_TEXT(row->path, entry.path, row->why);
    CHECK_I64(BASE_ARCHIVE_FILE, entry.kind, row->why);
    CHECK_I64(strlen(row->text), entry.size, row->why);
    CHECK_I64(row->is_as_written, entry.is_as_written, row->why);
    CHECK(!entry.is_encrypted && !entry.is_packed_twice, row->why);
    CHECK_I64(OD_OK, base_archive_read(archive, text, sizeof(text), &got), row->why);
    CHECK_I64(strlen(row->text), got, row->why);
    CHECK(memcmp(row->text, text, got) == 0, row->why);
    CHECK_I64(OD_OK, base_archive_read(archive, text, sizeof(text), &got), row->why);
    CHECK_I64(0, got, "that was all of it");
}

static void what_is_written_comes_back(void **state)
{
    struct base_buffer one = {0}, two = {0};
    struct base_archive archive;
    struct base_archive_entry entry = {.size = 7};

    (void)state;
    CHECK_I64(OD_OK, rows_write(&one), "written");
    base_buffer_put_text(&two, "before");
    CHECK_I64(OD_OK, rows_write(&two), "to the end of what is there");
    CHECK(two.size == one.size + 6 && memcmp(two.bytes + 6, one.bytes, one.size) == 0, "the same bytes each time");
    CHECK_I64(OD_OK, base_archive_open(&archive, BASE_ARCHIVE_TAR, one.bytes, one.size), "opened");
    for (size_t i = 0; i < COUNT(rows); i++)
        row_check(&archive, &rows[i]);
    CHECK_I64(OD_ENOTFOUND, base_archive_next(&archive, &entry), "the end");
    CHECK_I64(7, entry.size, "unchanged");
    base_archive_close(&archive);
    base_archive_close(&archive); /* twice is once */
    base_buffer_fini(&one);
    base_buffer_fini(&two);
}

static void an_archive_that_ends_too_early_is_told_apart(void **state)
{
    struct base_buffer buffer = {0};
    struct base_archive archive;
    struct base_archive_entry entry;
    static const char text[] = "no archive at all, but long enough to be looked at";

    (void)state;
    CHECK_I64(OD_OK, rows_write(&buffer), "written");
    int rc = base_archive_open(&archive, BASE_ARCHIVE_TAR, buffer.bytes, buffer.size - 40);
    while (rc == OD_OK)
        rc = base_archive_next(&archive, &entry);
    CHECK_I64(OD_EINVAL, rc, "its end is not there");
    CHECK(base_archive_is_cut(&archive), base_archive_why(&archive));
    base_archive_close(&archive);
    rc = base_archive_open(&archive, BASE_ARCHIVE_TAR_OR_ZIP, text, sizeof(text));
    CHECK_I64(OD_EINVAL, rc != OD_OK ? rc : base_archive_next(&archive, &entry), "a text");
    CHECK(!base_archive_is_cut(&archive), "is none");
    base_archive_close(&archive);
    CHECK(base_archive_why(&archive) == NULL && !base_archive_is_cut(&archive), "of what never opened nothing is told");
    base_buffer_fini(&buffer);
}

/* Opens what the command writes to its standard output, in an empty folder with the file f. */
static int open_made(struct base_archive *archive, enum base_archive_form form, const char *command)
{
    char folder[] = "/tmp/onedoor-archive-XXXXXX", line[1024];

    assert_non_null(mkdtemp(folder));
    snprintf(line, sizeof(line), "cd %s && printf x >f && { %s; } >made", folder, command);
    assert_int_equal(0, system(line));
    snprintf(line, sizeof(line), "%s/made", folder);
    int file = open(line, O_RDONLY | O_CLOEXEC), rc = base_archive_open_file(archive, form, file);

    snprintf(line, sizeof(line), "rm -r %s", folder);
    assert_int_equal(0, system(line));
    return rc == OD_OK ? file : rc;
}

static void an_entry_says_what_it_is(void **state)
{
    static const struct {
        const char *command;
        enum base_archive_kind kind;
        bool is_packed_twice;
        const char *why;
    } made[] = {
        {"tar -cf - f", BASE_ARCHIVE_FILE, false, "a file"},
        {"tar -cf - f | gzip", BASE_ARCHIVE_FILE, false, "packed"},
        {"tar -cf - f | gzip | gzip", BASE_ARCHIVE_FILE, true, "packed twice"},
        {"mkdir d && tar -cf - d", BASE_ARCHIVE_FOLDER, false, "a folder"},
        {"ln -s f l && tar -cf - l", BASE_ARCHIVE_OTHER, false, "a symbolic link"},
        {"mkfifo p && tar -cf - p", BASE_ARCHIVE_OTHER, false, "a pipe"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(made); i++) {
        struct base_archive archive;
        struct base_archive_entry entry;
        int file = open_made(&archive, BASE_ARCHIVE_TAR, made[i].command);

        CHECK(file >= 0, made[i].why);
        CHECK_I64(OD_OK, base_archive_next(&archive, &entry), made[i].why);
        CHECK_I64(made[i].kind, entry.kind, made[i].why);
        CHECK_I64(made[i].is_packed_twice, entry.is_packed_twice, made[i].why);
        CHECK(!entry.is_as_written, "with a time, or not packed once");
        base_archive_close(&archive);
        close(file);
    }
}

/* A .zip of one empty file "f", stored. */
static const char zip[] = "PK\3\4\12\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0f"
                          "PK\1\2\12\0\12\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0f"
                          "PK\5\6\0\0\0\0\1\0\1\0\57\0\0\0\37\0\0\0\0\0";

static void a_zip_is_read_where_it_is_asked_for(void **state)
{
    struct base_archive archive;
    struct base_archive_entry entry;

    (void)state;
    CHECK_I64(OD_OK, base_archive_open(&archive, BASE_ARCHIVE_TAR_OR_ZIP, zip, sizeof(zip) - 1), "opened");
    CHECK_I64(OD_OK, base_archive_next(&archive, &entry), "an entry");
    CHECK_TEXT("f", entry.path, "its name");
    CHECK(entry.kind == BASE_ARCHIVE_FILE && !entry.is_packed_twice && !entry.is_as_written, "as it is");
    base_archive_close(&archive);
    int rc = base_archive_open(&archive, BASE_ARCHIVE_TAR, zip, sizeof(zip) - 1);
    CHECK_I64(OD_EINVAL, rc != OD_OK ? rc : base_archive_next(&archive, &entry), "no tar");
    base_archive_close(&archive);
}

static void memory_may_run_out(void **state)
{
    int rc = OD_ENOMEM;

    (void)state;
    for (uint64_t at = 1; rc == OD_ENOMEM && at < 1000; at++) {
        struct base_buffer buffer = {0};

        base_alloc_fail_at(at);
        rc = rows_write(&buffer);
        base_alloc_fail_at(0);
        CHECK_I64(rc != OD_OK, buffer.is_broken, "the buffer knows");
        base_buffer_fini(&buffer);
    }
    CHECK_I64(OD_OK, rc, "written in the end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_comes_back),
        cmocka_unit_test(an_archive_that_ends_too_early_is_told_apart),
        cmocka_unit_test(an_entry_says_what_it_is),
        cmocka_unit_test(a_zip_is_read_where_it_is_asked_for),
        cmocka_unit_test(memory_may_run_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
