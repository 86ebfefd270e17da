/* SPDX-License-Identifier: Apache-2.0 */
/* Package files: the same bytes each time, and nothing but what a package may hold is read;
 * then a fixed random source cuts, flips and swaps bytes of one. */
#include "package/maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "lib/files.h"

#define TAR "tar --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner"

static int unpack(const void *bytes, size_t size, struct package_bundle *bundle, struct package_refusal *refusal)
{
    *bundle = (struct package_bundle){.count = 0};
    return package_bundle_unpack(bytes, size, "tiny.odm", PACKAGE_PART_WHOLE, bundle, refusal);
}

static void check_same(const struct package_bundle *a, const struct package_bundle *b)
{
    CHECK_I64(a->count, b->count, "files");
    for (size_t i = 0; i < a->count; i++) {
        CHECK_TEXT(a->entries[i].name, b->entries[i].name, "name");
        CHECK_I64(a->entries[i].size, b->entries[i].size, a->entries[i].name);
        CHECK(memcmp(a->entries[i].bytes, b->entries[i].bytes, a->entries[i].size) == 0, a->entries[i].name);
    }
}

static void a_package_goes_there_and_back(void **state)
{
    const struct maker *maker = *state;
    struct package_bundle bundle = {.count = 0}, back;
    struct package_refusal refusal;
    struct base_buffer one = {0}, two = {0};

    maker_usual(maker, &bundle);
    CHECK_I64(OD_OK, package_bundle_pack(&bundle, &one), "packed");
    CHECK_I64(OD_OK, package_bundle_pack(&bundle, &two), "again");
    CHECK(one.size == two.size && memcmp(one.bytes, two.bytes, one.size) == 0, "the same bytes");
    CHECK_I64(OD_OK, unpack(one.bytes, one.size, &back, &refusal), refusal.text);
    check_same(&bundle, &back);
    package_bundle_fini(&back);
    CHECK_I64(OD_OK, package_bundle_unpack(one.bytes, one.size, "tiny.odm", PACKAGE_PART_MANIFEST, &back, &refusal), refusal.text);
    CHECK_I64(2, back.count, "manifest and signature alone");
    package_bundle_fini(&back);
    package_bundle_fini(&bundle);
    base_buffer_fini(&one);
    base_buffer_fini(&two);
}

/* What was packed and signed before this version must come out of it to the byte. Every kind of name, the longest among them. */
static void the_bytes_of_a_package_are_pinned(void **state)
{
    static const struct {
        const char *name, *bytes;
    } rows[] = {
        {"manifest.json", "{\"id\": \"gov.tiny\"}\n"},
        {"manifest.json.minisig", "untrusted comment: signature\n"},
        {"module.so", "\177ELF"},
        {"README.md", "# tiny\n"},
        {"LICENSE", ""},
        {"vectors/one.json", "[]"},
        {"vectors/a23456789-123456789-123456789-123456789-123456789-123456789-1234", "the longest"},
    };
    struct package_bundle bundle = {.count = 0};
    struct base_buffer packed = {0};
    char sum[65];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(OD_OK, package_bundle_put(&bundle, rows[i].name, maker_copy(rows[i].bytes, strlen(rows[i].bytes)), strlen(rows[i].bytes)), rows[i].name);
    CHECK_I64(OD_OK, package_bundle_pack(&bundle, &packed), "packed");
    CHECK(memcmp(packed.bytes, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03", 10) == 0, "gzip without name and time, packed best");
    test_unpacked_sum(packed.bytes, packed.size, sum);
    CHECK_TEXT("db75dcef383884b29b6e658193641a944c83de9939baa2470486e18f82476283", sum, "the tar in it");
    package_bundle_fini(&bundle);
    base_buffer_fini(&packed);
}

static void a_package_is_read_from_file_or_folder(void **state)
{
    const struct maker *maker = *state;
    const char *folder = maker_folder();
    char path[1024], link[1100];
    struct package_bundle bundle = {.count = 0}, back = {.count = 0};
    struct package_refusal refusal;
    struct base_buffer packed = {0};

    maker_usual(maker, &bundle);
    CHECK_I64(OD_OK, package_bundle_pack(&bundle, &packed), "packed");
    maker_write_file(folder, "tiny.odm", packed.bytes, packed.size);
    snprintf(path, sizeof(path), "%s/tiny.odm", folder);
    CHECK_I64(OD_OK, package_bundle_read(path, "tiny", PACKAGE_PART_WHOLE, &back, &refusal), refusal.text);
    check_same(&bundle, &back);
    package_bundle_fini(&back);
    snprintf(path, sizeof(path), "%s/tiny", folder);
    maker_write(&bundle, path);
    CHECK_I64(OD_OK, package_bundle_read(path, "tiny", PACKAGE_PART_WHOLE, &back, &refusal), refusal.text);
    check_same(&bundle, &back);
    CHECK_TEXT("", back.unknown, "nothing else");
    package_bundle_fini(&back);
    maker_write_file(path, "core", "x", 1);
    CHECK_I64(OD_OK, package_bundle_read(path, "tiny", PACKAGE_PART_WHOLE, &back, &refusal), refusal.text);
    CHECK_TEXT("core", back.unknown, "told to whom it matters");
    package_bundle_fini(&back);
    CHECK_I64(OD_OK, package_bundle_read(path, "tiny", PACKAGE_PART_MANIFEST, &back, &refusal), refusal.text);
    CHECK_I64(2, back.count, "manifest and signature alone");
    package_bundle_fini(&back);
    snprintf(link, sizeof(link), "%s/README.md", path);
    unlink(link);
    assert_int_equal(0, mkfifo(link, 0600));
    CHECK_I64(OD_EIO, package_bundle_read(path, "tiny", PACKAGE_PART_WHOLE, &back, &refusal), "a pipe is not waited for");
    package_bundle_fini(&back);
    CHECK_I64(OD_ENOTFOUND, package_bundle_read("/nonexistent/x", "x", PACKAGE_PART_WHOLE, &back, &refusal), "nothing there");
    CHECK_I64(OD_EIO, package_bundle_read("/dev/null", "x", PACKAGE_PART_WHOLE, &back, &refusal), "a device");
    maker_remove(folder);
    package_bundle_fini(&bundle);
    base_buffer_fini(&packed);
}

/* Files that tar and gzip make; each is refused for a reason of its own. */
static void other_archives_are_refused(void **state)
{
    static const struct {
        const char *command, *code, *why;
    } rows[] = {
        {"tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644 -cf - manifest.json | gzip -n", NULL, "as pack writes it"},
        {"tar --format=ustar --mtime=@5 --owner=0 --group=0 --numeric-owner --mode=0644 -cf - manifest.json | gzip", "entry", "a time"},
        {"tar --format=ustar --mtime=@0 --owner=7 --group=0 --numeric-owner --mode=0644 -cf - manifest.json | gzip", "entry", "an owner"},
        {"tar --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=4755 -cf - manifest.json | gzip", "entry", "a mode"},
        {"tar --format=gnu --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644 -cf - manifest.json | gzip", "entry", "GNU tar"},
        {"tar --format=pax --pax-option=comment:=x --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644 -cf - manifest.json | gzip", "entry", "pax"},
        {"ln -s manifest.json module.so && " TAR " -cf - module.so | gzip", "entry", "a symbolic link"},
        {"ln manifest.json README.md && " TAR " --mode=0644 -cf - manifest.json README.md | gzip", "entry", "a hard link"},
        {"mkfifo module.so && " TAR " -cf - module.so | gzip", "entry", "a pipe"},
        {"mkdir vectors && " TAR " -cf - vectors | gzip", "unknown_file", "a folder"},
        {"touch evil && " TAR " --mode=0644 -cf - evil | gzip", "unknown_file", "another name"},
        {"tar --format=ustar -P --transform='s|^|../|' --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644 -cf - manifest.json | gzip", "unknown_file", "out of the folder"},
        {"tar --format=ustar -P --transform='s|^|/|' --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644 -cf - manifest.json | gzip", "unknown_file", "an absolute path"},
        {"tar --format=ustar --transform='s|^|vectors/.|' --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644 -cf - manifest.json | gzip", "unknown_file", "a hidden vector"},
        {TAR " --mode=0644 --hard-dereference -cf - manifest.json manifest.json | gzip", "duplicate", "twice"},
        {"touch module.so && " TAR " --mode=0644 -cf - module.so manifest.json | gzip", "entry", "out of order"},
        {"head -c 65537 /dev/zero > manifest.json && " TAR " --mode=0644 -cf - manifest.json | gzip", "limit", "limit + 1"},
        {"truncate -s 7000000000 module.so && " TAR " --mode=0644 -cf - module.so 2>/dev/null | head -c 1000000 | gzip", "limit", "a bomb ends at its head"},
        {"printf 'no archive at all, but long enough to be looked at'", "archive", "a text"},
        {"printf ''", "archive", "nothing"},
        {"printf '' | gzip", "archive", "nothing, packed"},
        {TAR " --mode=0644 -cf - manifest.json", "entry", "tar that is not packed"},
        {TAR " --mode=0644 -cf - manifest.json | gzip | gzip", "entry", "packed twice"},
        {TAR " --mode=0644 -cf - manifest.json | head -c 700 | gzip -n", "truncated", "half a file"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *folder = maker_folder();
        char line[2048], path[1024];
        struct package_bundle bundle = {.count = 0};
        struct package_refusal refusal;

        char text[600];
        memset(text, 'x', sizeof(text));
        maker_write_file(folder, "manifest.json", text, sizeof(text));
        snprintf(line, sizeof(line), "cd %s && { %s; } >out.odm", folder, rows[i].command);
        assert_int_equal(0, system(line));
        snprintf(path, sizeof(path), "%s/out.odm", folder);
        int rc = package_bundle_read(path, "out", PACKAGE_PART_WHOLE, &bundle, &refusal);
        if (rc != (rows[i].code == NULL ? OD_OK : OD_EINVAL) || (rows[i].code != NULL && strcmp(rows[i].code, refusal.code) != 0))
            fail_msg("%s: %d %s: %s", rows[i].why, rc, refusal.code, refusal.text);
        package_bundle_fini(&bundle);
        maker_remove(folder);
    }
}

static void a_bundle_has_limits(void **state)
{
    struct package_bundle bundle = {.count = 0};
    char name[64];

    (void)state;
    for (int i = 0; i < PACKAGE_ENTRIES_MAX; i++) {
        snprintf(name, sizeof(name), "vectors/%d", i);
        CHECK_I64(OD_OK, package_bundle_put(&bundle, name, maker_copy("", 0), 0), "up to the limit");
    }
    CHECK_I64(OD_ELIMIT, package_bundle_put(&bundle, "vectors/more", maker_copy("", 0), 0), "limit + 1");
    CHECK_I64(OD_OK, package_bundle_put(&bundle, "vectors/7", maker_copy("x", 1), 1), "in place of another");
    CHECK_I64(1, package_bundle_find(&bundle, "vectors/7")->size, "replaced");
    CHECK_I64(OD_EINVAL, package_bundle_put(&bundle, "vectors/../x", maker_copy("", 0), 0), "no such name");
    CHECK_I64(PACKAGE_ENTRIES_MAX, bundle.count, "unchanged");
    package_bundle_fini(&bundle);
    char *big = base_alloc(PACKAGE_OTHER_SIZE_MAX + 2), *bigger = base_alloc(PACKAGE_OTHER_SIZE_MAX + 2);
    CHECK_I64(OD_OK, package_bundle_put(&bundle, "README.md", big, PACKAGE_OTHER_SIZE_MAX), "limit");
    CHECK_I64(OD_EINVAL, package_bundle_put(&bundle, "README.md", bigger, PACKAGE_OTHER_SIZE_MAX + 1), "limit + 1");
    package_bundle_fini(&bundle);
}

static void a_package_file_has_a_largest_size(void **state)
{
    const char *folder = maker_folder();
    struct package_bundle bundle = {.count = 0};
    struct package_refusal refusal;
    char path[1024];

    (void)state;
    snprintf(path, sizeof(path), "%s/big.odm", folder);
    maker_write_file(folder, "big.odm", "", 0);
    for (long more = 0; more <= 1; more++) {
        assert_int_equal(0, truncate(path, PACKAGE_PACKED_MAX + more));
        CHECK_I64(OD_EINVAL, package_bundle_read(path, "big", PACKAGE_PART_WHOLE, &bundle, &refusal), "zeros are no package");
        CHECK_TEXT(more == 0 ? "archive" : "limit", refusal.code, "limit, limit + 1");
        package_bundle_fini(&bundle);
    }
    maker_remove(folder);
}

static uint64_t source = 88172645463325252u;

static size_t random_below(size_t count)
{
    source ^= source << 13;
    source ^= source >> 7;
    source ^= source << 17;
    return (size_t)(source % count);
}

/* A cut, flips, or a piece moved; sometimes of the tar below the gzip. */
static size_t spoil(char *bytes, size_t size)
{
    size_t flips = 1 + random_below(8);

    if (random_below(4) == 0)
        return random_below(size);
    while (flips-- > 0)
        bytes[random_below(size)] = (char)random_below(256);
    if (random_below(4) == 0 && size > 128) {
        size_t from = random_below(size - 64), to = random_below(size - 64);
        memmove(bytes + to, bytes + from, 64);
    }
    return size;
}

/* Either it is refused or what comes out is within every limit; memory checkers see the rest. */
static void spoilt_packages_end_well(void **state)
{
    const struct maker *maker = *state;
    struct package_bundle bundle = {.count = 0}, back;
    struct package_refusal refusal;
    struct base_buffer packed = {0};
    unsigned refused = 0;

    char *manifest = maker_manifest(maker, 1, TINY_CAPABILITIES);
    CHECK_I64(OD_OK, package_bundle_put(&bundle, PACKAGE_MANIFEST_NAME, maker_copy(manifest, strlen(manifest)), strlen(manifest)), "put");
    CHECK_I64(OD_OK, package_bundle_put(&bundle, "README.md", maker_copy("# x\n", 4), 4), "put");
    CHECK_I64(OD_OK, package_bundle_pack(&bundle, &packed), "packed");
    for (unsigned round = 0; round < 20000; round++) {
        char *bytes = maker_copy(packed.bytes, packed.size);
        size_t size = spoil(bytes, packed.size);
        int rc = unpack(bytes, size, &back, &refusal);

        refused += rc != OD_OK;
        CHECK(rc == OD_OK || refusal.code[0] != '\0', "it is told");
        for (size_t i = 0; i < back.count; i++)
            CHECK(back.entries[i].size <= package_entry_size_max(back.entries[i].name), "within its limit");
        package_bundle_fini(&back);
        base_free(bytes);
    }
    CHECK(refused > 1000, "most are noticed");
    free(manifest);
    package_bundle_fini(&bundle);
    base_buffer_fini(&packed);
}

static void memory_may_run_out(void **state)
{
    const struct maker *maker = *state;
    struct package_bundle bundle = {.count = 0}, back;
    struct package_refusal refusal;
    struct base_buffer packed = {0};
    int rc = OD_ENOMEM;

    maker_usual(maker, &bundle);
    for (uint64_t at = 1; rc == OD_ENOMEM && at < 1000; at++) {
        base_buffer_fini(&packed);
        base_alloc_fail_at(at);
        rc = package_bundle_pack(&bundle, &packed);
        base_alloc_fail_at(0);
    }
    CHECK_I64(OD_OK, rc, "packed in the end");
    rc = OD_ENOMEM;
    for (uint64_t at = 1; rc == OD_ENOMEM && at < 1000; at++) {
        base_alloc_fail_at(at);
        rc = unpack(packed.bytes, packed.size, &back, &refusal);
        base_alloc_fail_at(0);
        if (rc != OD_OK)
            CHECK_TEXT("memory", refusal.code, "told");
        package_bundle_fini(&back);
    }
    CHECK_I64(OD_OK, rc, "unpacked in the end");
    package_bundle_fini(&bundle);
    base_buffer_fini(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_goes_there_and_back),
        cmocka_unit_test(the_bytes_of_a_package_are_pinned),
        cmocka_unit_test(a_package_is_read_from_file_or_folder),
        cmocka_unit_test(other_archives_are_refused),
        cmocka_unit_test(a_bundle_has_limits),
        cmocka_unit_test(a_package_file_has_a_largest_size),
        cmocka_unit_test(spoilt_packages_end_well),
        cmocka_unit_test(memory_may_run_out),
    };

    return cmocka_run_group_tests(tests, maker_open, maker_close);
}
