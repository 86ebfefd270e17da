/* SPDX-License-Identifier: Apache-2.0 */
/* Archives of a catalogue: read as a folder is, refused by name where something is wrong, and written with the same bytes
 * each time. The tar files are made here, byte by byte, as no program would make them. */
#include "catalog/fixture.h"
#include "catalog/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check.h"
#include "lib/files.h"

#define BLOCK 512
/* 109 bytes */
#define LONG_NAME "x23456789-x23456789-x23456789-x23456789-x23456789-x23456789-x23456789-x23456789-x23456789-x23456789-x23456789"

static void octal_put(char *at, size_t size, unsigned long value)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%0*lo", (int)size - 1, value);
    memcpy(at, digits, size - 1);
}

/* One entry: prefix (NULL = none) "/" name, as ustar says it. */
static void entry_put(struct base_buffer *tar, const char *prefix, const char *name, char type, const char *text, size_t size)
{
    static const char zeros[BLOCK];
    char head[BLOCK] = {0};
    unsigned long sum = 0;

    memcpy(head, name, strlen(name) < 100 ? strlen(name) : 100);
    octal_put(head + 100, 8, 0644);
    octal_put(head + 108, 8, 0);
    octal_put(head + 116, 8, 0);
    octal_put(head + 124, 12, size);
    octal_put(head + 136, 12, 0);
    memset(head + 148, ' ', 8);
    head[156] = type;
    if (type == '1' || type == '2')
        memcpy(head + 157, "a.json", 6);
    memcpy(head + 257, "ustar\00000", 8);
    if (prefix != NULL)
        memcpy(head + 345, prefix, strlen(prefix));
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)head[i];
    octal_put(head + 148, 7, sum);
    head[154] = '\0';
    base_buffer_put(tar, head, BLOCK);
    base_buffer_put(tar, text, size);
    base_buffer_put(tar, zeros, (BLOCK - size % BLOCK) % BLOCK);
}

static void tar_end(struct base_buffer *tar)
{
    static const char zeros[2 * BLOCK];

    base_buffer_put(tar, zeros, sizeof(zeros));
}

static struct catalog_findings findings;

static int unpack_within(struct base_buffer *tar, const struct catalog_archive_limits *limits, struct catalog_sources *sources)
{
    tar_end(tar);
    int rc = catalog_sources_unpack(tar->bytes, tar->size, limits, sources, &findings);
    base_buffer_fini(tar);
    return rc;
}

static int unpack(struct base_buffer *tar, struct catalog_sources *sources)
{
    return unpack_within(tar, &catalog_archive_limits_default, sources);
}

/* What is refused, in whose name, and with which words. */
static void check_refused(struct base_buffer *tar, const char *file, const char *says, const char *why)
{
    struct catalog_sources sources = {0};

    CHECK_I64(OD_EINVAL, unpack(tar, &sources), why);
    CHECK_I64(1, findings.count, why);
    CHECK_TEXT(file, findings.items[0].file, why);
    CHECK(strstr(findings.items[0].text[CATALOG_EN], says) != NULL, findings.items[0].text[CATALOG_EN]);
    CHECK_I64(0, sources.count, "nothing is taken");
    CHECK(sources.at == NULL, "and nothing is kept");
}

static void test_as_a_folder(void **state)
{
    struct base_buffer tar = {0};
    struct catalog_sources sources = {0};

    (void)state;
    entry_put(&tar, NULL, "./", '5', "", 0);
    entry_put(&tar, NULL, "guide/", '5', "", 0);
    entry_put(&tar, NULL, "./guide/b.json", '0', "{}", 2);
    entry_put(&tar, NULL, "guide/README.md", '0', "x", 1);
    entry_put(&tar, NULL, "guide/._b.json", '0', "x", 1);
    entry_put(&tar, NULL, ".git/c.json", '0', "x", 1);
    entry_put(&tar, NULL, "guide/.json", '0', "x", 1);
    entry_put(&tar, NULL, "guide/\xe4\xba\x8b\xe9\xa1\xb9.json", '0', "[1]", 3);
    entry_put(&tar, NULL, "a.json", '0', "", 0);
    CHECK_I64(OD_OK, unpack(&tar, &sources), findings.items[0].text[CATALOG_EN]);
    CHECK_I64(3, sources.count, "*.json alone");
    CHECK_I64(4, sources.left_out, "the others are counted");
    CHECK_TEXT("a.json", sources.at[0].path, "sorted");
    CHECK_I64(0, sources.at[0].size, "an empty file is one");
    CHECK_TEXT("guide/b.json", sources.at[1].path, "without ./");
    CHECK_TEXT("{}", sources.at[1].text, "its bytes");
    CHECK_TEXT("guide/\xe4\xba\x8b\xe9\xa1\xb9.json", sources.at[2].path, "a name in Chinese");
    catalog_sources_fini(&sources);
}

static void test_names(void **state)
{
    static const struct {
        const char *prefix, *name;
        char type;
        const char *file, *says, *why;
    } rows[] = {
        {NULL, "../a.json", '0', "../a.json", "leads out", "a way out"},
        {NULL, "a/../../b.json", '0', "a/../../b.json", "leads out", "the same further down"},
        {NULL, "/etc/a.json", '0', "/etc/a.json", "absolute", "an absolute path"},
        {NULL, "a//b.json", '0', "a//b.json", "nothing between", "an empty part"},
        {NULL, "a/./b.json", '0', "a/./b.json", "nobody sees", "a part that is a dot"},
        {NULL, "a\\b.json", '0', "a\\b.json", "parted by", "another system's path"},
        {NULL, "a\xe2\x80\xae" "b.json", '0', "a???b.json", "turn the writing", "a name that turns the writing"},
        {NULL, "a\x07.json", '0', "a?.json", "nobody sees", "a control character"},
        {NULL, "\xca\xc2\xcf\xee.json", '0', "????.json", "not UTF-8", "a name in GBK"},
        {NULL, "b.json", '2', "b.json", "link", "a symbolic link"},
        {NULL, "b.json", '1', "b.json", "link", "a hard link"},
        {NULL, "b.json", '6', "b.json", "special", "a pipe"},
        {NULL, "b.json", '3', "b.json", "special", "a device"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct base_buffer tar = {0};

        entry_put(&tar, NULL, "a.json", '0', "{}", 2);
        entry_put(&tar, rows[i].prefix, rows[i].name, rows[i].type, "", 0);
        check_refused(&tar, rows[i].file, rows[i].says, rows[i].why);
    }
}

static void test_wholes(void **state)
{
    struct base_buffer tar = {0};
    struct catalog_sources sources = {0};

    (void)state;
    CHECK_I64(OD_EINVAL, catalog_sources_unpack("", 0, &catalog_archive_limits_default, &sources, &findings), "0 bytes");
    CHECK(strstr(findings.items[0].text[CATALOG_EN], "empty") != NULL, findings.items[0].text[CATALOG_EN]);
    CHECK_I64(OD_EINVAL, catalog_sources_unpack("{\"center\": {}}", 14, &catalog_archive_limits_default, &sources, &findings), "JSON itself");
    CHECK(strstr(findings.items[0].text[CATALOG_EN], "into a .zip") != NULL, findings.items[0].text[CATALOG_EN]);
    entry_put(&tar, NULL, "README.md", '0', "x", 1);
    check_refused(&tar, "archive", "no *.json", "no catalogue in it");
    entry_put(&tar, NULL, "a.json", '0', "{}", 2);
    entry_put(&tar, NULL, "b.json", '0', "{}", 2);
    entry_put(&tar, NULL, "./a.json", '0', "[]", 2);
    check_refused(&tar, "a.json", "twice", "one name for two files");
    entry_put(&tar, NULL, "a.json", '0', "{}", 2);
    tar.size -= BLOCK / 2;
    CHECK_I64(OD_EINVAL, catalog_sources_unpack(tar.bytes, tar.size, &catalog_archive_limits_default, &sources, &findings), "cut off");
    CHECK(strstr(findings.items[0].text[CATALOG_EN], "cut off") != NULL, findings.items[0].text[CATALOG_EN]);
    base_buffer_fini(&tar);
}

/* A path of n bytes, in parts of at most 50. */
static void path_fill(char *path, size_t size)
{
    memset(path, 'p', size);
    for (size_t i = 50; i < size - 10; i += 51)
        path[i] = '/';
    memcpy(path + size - 5, ".json", 6);
}

static int unpack_path(size_t size)
{
    struct base_buffer tar = {0};
    struct catalog_sources sources = {0};
    char path[400], prefix[200];

    path_fill(path, size);
    size_t cut = 50 + 51 + 51; /* at a "/" */
    memcpy(prefix, path, cut);
    prefix[cut] = '\0';
    entry_put(&tar, prefix, path + cut + 1, '0', "{}", 2);
    int rc = unpack(&tar, &sources);
    if (rc == OD_OK)
        CHECK_I64(size, strlen(sources.at[0].path), "the whole path");
    catalog_sources_fini(&sources);
    return rc;
}

static int unpack_depth(int folders)
{
    struct base_buffer tar = {0};
    struct catalog_sources sources = {0};
    char path[100] = "";

    for (int i = 0; i < folders; i++)
        strcat(path, "f/");
    strcat(path, "a.json");
    entry_put(&tar, NULL, path, '0', "{}", 2);
    int rc = unpack(&tar, &sources);
    catalog_sources_fini(&sources);
    return rc;
}

static void test_limits_of_paths(void **state)
{
    (void)state;
    CHECK_I64(OD_OK, unpack_path(CATALOG_ARCHIVE_PATH_MAX), "the longest");
    CHECK_I64(OD_EINVAL, unpack_path(CATALOG_ARCHIVE_PATH_MAX + 1), "one more");
    CHECK(strstr(findings.items[0].text[CATALOG_EN], "longer than 240") != NULL, findings.items[0].text[CATALOG_EN]);
    CHECK_I64(OD_OK, unpack_depth(CATALOG_FOLDER_DEPTH_MAX), "the deepest");
    CHECK_I64(OD_EINVAL, unpack_depth(CATALOG_FOLDER_DEPTH_MAX + 1), "one more");
    CHECK(strstr(findings.items[0].text[CATALOG_EN], "deeper than 16") != NULL, findings.items[0].text[CATALOG_EN]);
}

static int unpack_sizes(const struct catalog_archive_limits *limits, size_t kept, size_t left_out)
{
    static char bytes[4096];
    struct base_buffer tar = {0};
    struct catalog_sources sources = {0};

    entry_put(&tar, NULL, "a.json", '0', bytes, kept);
    if (left_out > 0)
        entry_put(&tar, NULL, "b.txt", '0', bytes, left_out);
    int rc = unpack_within(&tar, limits, &sources);
    catalog_sources_fini(&sources);
    return rc;
}

static void test_limits_of_sizes(void **state)
{
    const struct catalog_archive_limits limits = {.unpacked_max = 3000, .entries_max = 2, .file_max = 2000};
    const struct catalog_archive_limits one = {.unpacked_max = 3000, .entries_max = 1, .file_max = 2000};

    (void)state;
    CHECK_I64(OD_OK, unpack_sizes(&limits, 2000, 1000), "all of the room");
    CHECK_I64(OD_EINVAL, unpack_sizes(&limits, 2001, 0), "one byte more of a file");
    CHECK(strstr(findings.items[0].text[CATALOG_EN], "more than 2000 bytes; split") != NULL, findings.items[0].text[CATALOG_EN]);
    CHECK_I64(OD_EINVAL, unpack_sizes(&limits, 2000, 1001), "one byte more of all, in what is left out");
    CHECK(strstr(findings.items[0].text[CATALOG_EN], "more than 3000 bytes") != NULL, findings.items[0].text[CATALOG_EN]);
    CHECK_TEXT("b.txt", findings.items[0].file, "where it ended");
    CHECK_I64(OD_OK, unpack_sizes(&one, 1, 0), "as many entries as may be");
    CHECK_I64(OD_EINVAL, unpack_sizes(&one, 1, 1), "one more");
    CHECK(strstr(findings.items[0].text[CATALOG_EN], "more than 1 files") != NULL, findings.items[0].text[CATALOG_EN]);
}

/* gzip in gzip is a bomb or a mistake. */
static void test_packed_twice(void **state)
{
    struct catalog_sources sources = {0};
    struct base_buffer once = {0}, twice = {0};

    (void)state;
    CHECK_I64(OD_OK, catalog_sources_put(&sources, base_copy_text("a.json", 6), base_copy_text("{}", 2), 2), "a file");
    CHECK_I64(OD_OK, catalog_sources_pack(&sources, &once), "packed");
    catalog_sources_fini(&sources);
    /* A stored block of deflate holds the first archive as it is. */
    const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, (unsigned char)(once.size & 0xff), (unsigned char)(once.size >> 8),
                                  (unsigned char)(~once.size & 0xff), (unsigned char)(~once.size >> 8 & 0xff)};
    CHECK(once.size < 65536, "it fits");
    base_buffer_put(&twice, head, sizeof(head));
    base_buffer_put(&twice, once.bytes, once.size);
    base_buffer_put(&twice, "\0\0\0\0\0\0\0\0", 8);
    CHECK_I64(OD_EINVAL, catalog_sources_unpack(twice.bytes, twice.size, &catalog_archive_limits_default, &sources, &findings), "refused");
    CHECK(strstr(findings.items[0].text[CATALOG_EN], "more than once") != NULL, findings.items[0].text[CATALOG_EN]);
    base_buffer_fini(&once);
    base_buffer_fini(&twice);
}

static void test_there_and_back(void **state)
{
    const char *folder = fixture_folder();
    struct catalog_sources kept = {0}, back = {0};
    struct catalog *catalog = NULL, *again = NULL;
    struct base_buffer one = {0}, two = {0};
    char version[CATALOG_VERSION_SIZE];

    (void)state;
    fixture_write(folder, "\xe7\x9b\xae\xe5\xbd\x95.json", fixture_text, strlen(fixture_text));
    CHECK_I64(OD_OK, catalog_load_keeping(folder, &catalog, &findings, &kept), findings.items[0].text[CATALOG_EN]);
    CHECK_I64(1, kept.count, "its file");
    snprintf(version, sizeof(version), "%s", catalog_version(catalog));
    CHECK_I64(OD_OK, catalog_sources_pack(&kept, &one), "packed");
    CHECK_I64(OD_OK, catalog_sources_unpack(one.bytes, one.size, &catalog_archive_limits_default, &back, &findings), findings.items[0].text[CATALOG_EN]);
    CHECK_TEXT(kept.at[0].path, back.at[0].path, "the same name");
    CHECK_TEXT(kept.at[0].text, back.at[0].text, "the same text");
    CHECK_I64(OD_OK, catalog_sources_pack(&back, &two), "packed again");
    CHECK(one.size == two.size && memcmp(one.bytes, two.bytes, one.size) == 0, "the same bytes");
    CHECK_I64(OD_OK, catalog_sources_load(&back, &again, &findings), findings.items[0].text[CATALOG_EN]);
    CHECK_TEXT(version, catalog_version(again), "the same version");
    CHECK_I64(0, back.count, "its files are used up");
    catalog_release(catalog);
    catalog_release(again);
    catalog_sources_fini(&kept);
    base_buffer_fini(&one);
    base_buffer_fini(&two);
}

/* The files of a version are the same bytes each time, in every release: what was fetched once is compared with what is fetched now.
 * Names that the old form of tar cannot hold, and one in Chinese, are among them. */
static void test_bytes_are_pinned(void **state)
{
    static const char *const rows[][2] = {
        {"center.json", "{}"},
        {"guide/\xe4\xba\x8b\xe9\xa1\xb9.json", "[1]\n"},
        {"guide/empty.json", ""},
        {LONG_NAME ".json", "{\"name\": \"longer than a name of the old form\"}"},
        {LONG_NAME "/" LONG_NAME "/b.json", "{}"},
    };
    struct catalog_sources sources = {0};
    struct base_buffer packed = {0};
    char sum[65];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t size = strlen(rows[i][1]);
        char *path = base_copy_text(rows[i][0], strlen(rows[i][0])), *text = base_copy_text(rows[i][1], size);
        CHECK_I64(OD_OK, catalog_sources_put(&sources, path, text, size), rows[i][0]);
    }
    CHECK_I64(OD_OK, catalog_sources_pack(&sources, &packed), "packed");
    CHECK(memcmp(packed.bytes, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03", 10) == 0, "gzip without name and time, packed best");
    test_unpacked_sum(packed.bytes, packed.size, sum);
    CHECK_TEXT("0bdce48a3d1ee87723634c0ffe6f4785d575b9624897cdd35a6c84ef07518082", sum, "the tar in it");
    catalog_sources_fini(&sources);
    base_buffer_fini(&packed);
}

static void test_findings_name_the_file(void **state)
{
    struct base_buffer tar = {0};
    struct catalog_sources sources = {0};
    struct catalog *catalog = NULL;
    static const char broken[] = "{\n  \"center\": {\n    \"id\": 7\n  }\n}";

    (void)state;
    entry_put(&tar, NULL, "guide/center.json", '0', broken, sizeof(broken) - 1);
    CHECK_I64(OD_OK, unpack(&tar, &sources), findings.items[0].text[CATALOG_EN]);
    CHECK_I64(OD_EINVAL, catalog_sources_load(&sources, &catalog, &findings), "refused as a folder is");
    CHECK_TEXT("guide/center.json", findings.items[0].file, "the file");
    CHECK(findings.items[0].line > 0, "the line");
    CHECK(findings.items[0].column > 0, "the column");
    CHECK(catalog == NULL, "nothing is loaded");
    CHECK_I64(0, sources.count, "and nothing is kept");
}

static void test_no_memory(void **state)
{
    (void)state;
    for (uint64_t at = 1;; at++) {
        struct base_buffer tar = {0};
        struct catalog_sources sources = {0};

        for (char name[] = "a.json"; name[0] < 'z'; name[0]++) /* so many that the table grows */
            entry_put(&tar, NULL, name, '0', "{}", 2);
        tar_end(&tar);
        base_alloc_fail_at(at);
        int rc = catalog_sources_unpack(tar.bytes, tar.size, &catalog_archive_limits_default, &sources, &findings);
        base_alloc_fail_at(0);
        base_buffer_fini(&tar);
        if (rc == OD_OK) {
            CHECK_I64(25, sources.count, "a clean pass");
            catalog_sources_fini(&sources);
            break;
        }
        CHECK_I64(OD_ENOMEM, rc, "no memory");
        CHECK(sources.at == NULL, "nothing is kept");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_a_folder),       cmocka_unit_test(test_names),          cmocka_unit_test(test_wholes),
        cmocka_unit_test(test_limits_of_paths),   cmocka_unit_test(test_limits_of_sizes), cmocka_unit_test(test_packed_twice),
        cmocka_unit_test(test_there_and_back),    cmocka_unit_test(test_findings_name_the_file),
        cmocka_unit_test(test_bytes_are_pinned),  cmocka_unit_test(test_no_memory),
    };

    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
