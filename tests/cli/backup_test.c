/* SPDX-License-Identifier: Apache-2.0 */
/* Files below a folder, the list and the manifest of a backup: what is written is read again, and nothing else is. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/backup.h"
#include "cli/backup_make.h"
#include "engine/entry.h"
#include "engine/material.h"
#include "lib/check.h"
#include "lib/mutate.h"

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static char place[64];
static int root = -1; /* place, opened */
static struct cli_backup_fault fault;

static int set_up(void **state)
{
    (void)state;
    snprintf(place, sizeof(place), "/tmp/onedoor-backup-XXXXXX");
    assert_non_null(mkdtemp(place));
    root = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fault = (struct cli_backup_fault){.kind = CLI_BACKUP_FINE};
    return base_hash_init() == OD_OK && root >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    char name[64];

    (void)state;
    close(root);
    int above = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(name, sizeof(name), "%s", place + strlen("/tmp/"));
    fault = (struct cli_backup_fault){.kind = CLI_BACKUP_FINE};
    assert_int_equal(cli_backup_remove(above, name, &fault), OD_OK);
    close(above);
    return 0;
}

/* The kind of the fault that there was, which is forgotten. */
static enum cli_backup_fault_kind kind_take(void)
{
    enum cli_backup_fault_kind kind = fault.kind;

    fault = (struct cli_backup_fault){.kind = CLI_BACKUP_FINE};
    return kind;
}

static void file_make(const char *path, const char *content)
{
    assert_int_equal(cli_backup_make_way(root, path, &fault), OD_OK);
    assert_int_equal(cli_backup_write(root, path, 0600, content, strlen(content), &fault), OD_OK);
}

static bool is_there(int folder, const char *path)
{
    struct stat about;

    return fstatat(folder, path, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

static int folder_make(const char *name)
{
    assert_int_equal(mkdirat(root, name, 0700), 0);
    return openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* -- Paths -- */

static void a_path_is_one_that_a_backup_has(void **state)
{
    static const struct { const char *path; bool is_valid; const char *why; } rows[] = {
        {"hub.db", true, "the store"},
        {"keys/evidence.key", true, "a key"},
        {"materials/aa/" HEX_A, true, "a document"},
        {"modules/loaded.json", true, "what ran"},
        {"modules/" HEX_A "/vectors/a.json", true, "four names"},
        {"modules/a/b/c/d", false, "five names"},
        {"../hub.db", false, "out of the folder"},
        {"keys/../../etc/passwd", false, "out of it by a detour"},
        {"keys/..", false, "the folder itself"},
        {"keys/.", false, "itself again"},
        {"keys/.hidden", false, "no file of ours is hidden"},
        {"/etc/passwd", false, "absolute"},
        {"keys//a", false, "an empty name"},
        {"keys/", false, "no name"},
        {"keys", false, "no folder is in the list"},
        {"", false, "nothing"},
        {"hub.db-wal", false, "a log would be played into the store"},
        {"hub.db/x", false, "the store is no folder"},
        {"manifest.json", false, "not of the data folder"},
        {"hub.lock", false, "nor this"},
        {"keys/a b", false, "a space"},
        {"keys/a\nb", false, "a line"},
        {"keys/\xe4\xb8\xad", false, "letters that no name of ours has"},
        {"keys/a\\b", false, "a backslash"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK(cli_backup_path_is_valid(rows[i].path) == rows[i].is_valid, rows[i].why);
}

static void a_path_has_a_length(void **state)
{
    char path[CLI_BACKUP_PATH_SIZE + 2] = "keys/";

    (void)state;
    memset(path + 5, 'a', CLI_BACKUP_PATH_SIZE - 1 - 5);
    CHECK(cli_backup_path_is_valid(path), "the limit");
    path[CLI_BACKUP_PATH_SIZE - 1] = 'a';
    CHECK(!cli_backup_path_is_valid(path), "limit + 1");
}

static void a_name_is_that_of_a_backup(void **state)
{
    static const struct { const char *name; bool is_one; } rows[] = {
        {"20261129T223802Z", true}, {"20261129T223802Z_2", true}, {"20261129T223802Z_", false}, {"20261129T223802Z_x", false},
        {"20261129T223802", false}, {".part-20261129T223802Z", false}, {"20261129223802ZZ", false}, {"", false}, {"20261129T223802Zx", false},
        {"20261129T223802Z_123456789012345678901234", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK(cli_backup_is_name(rows[i].name) == rows[i].is_one, rows[i].name);
}

/* By time, and by number in the same second; what is no backup is passed over. */
static void the_newest_is_found(void **state)
{
    static const char *const names[] = {"20261129T223802Z", "20261129T223802Z_02", "20251231T235959Z_03", ".part-20271129T223802Z", "zzz"};
    char name[CLI_BACKUP_NAME_SIZE];

    (void)state;
    assert_int_equal(cli_backup_newest(root, name, &fault), OD_OK);
    CHECK_TEXT("", name, "none");
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(mkdirat(root, names[i], 0700), 0);
    file_make("20281129T223802Z", "no folder");
    assert_int_equal(symlinkat("zzz", root, "20291129T223802Z"), 0);
    assert_int_equal(cli_backup_newest(root, name, &fault), OD_OK);
    CHECK_TEXT("20261129T223802Z_02", name, "the newest");
}

/* -- Files -- */

static void a_file_is_copied_and_hashed(void **state)
{
    struct cli_backup_file file, again;
    uint8_t hash[BASE_HASH_SIZE];
    struct stat about;
    int to = folder_make("to");

    (void)state;
    file_make("modules/x/module.so", "content");
    base_hash("content", 7, hash);
    assert_int_equal(cli_backup_take(root, "modules/x/module.so", to, &file, &fault), OD_OK);
    CHECK_TEXT("modules/x/module.so", file.path, "its path");
    CHECK_I64(7, file.size, "its size");
    assert_memory_equal(file.hash, hash, sizeof(hash));
    assert_int_equal(cli_backup_take(to, "modules/x/module.so", -1, &again, &fault), OD_OK);
    assert_memory_equal(again.hash, hash, sizeof(hash));
    assert_int_equal(fstatat(to, "modules/x/module.so", &about, 0), 0);
    CHECK_I64(0400, about.st_mode & 0777, "nobody changes a module");
    CHECK(cli_backup_take(root, "modules/x/module.so", to, &file, &fault) != OD_OK, "it is there already");
    CHECK_I64(CLI_BACKUP_IO, kind_take(), "it is there already");
    CHECK(is_there(to, "modules/x/module.so"), "and stays");
    close(to);
}

static void odd_files_are_refused(void **state)
{
    struct cli_backup_file file = {.size = 42};
    int to = folder_make("to");

    (void)state;
    file_make("keys/evidence.key", "secret");
    assert_int_equal(symlinkat("evidence.key", root, "keys/link"), 0);
    assert_int_equal(symlinkat("keys", root, "way"), 0);
    assert_int_equal(mkfifoat(root, "keys/pipe", 0600), 0);
    static const struct { const char *path; enum cli_backup_fault_kind kind; const char *why; } rows[] = {
        {"keys/link", CLI_BACKUP_ODD, "a link"},           {"way/evidence.key", CLI_BACKUP_ODD, "a link on the way"},
        {"keys/pipe", CLI_BACKUP_ODD, "a pipe, which would wait for ever"}, {"keys", CLI_BACKUP_ODD, "a folder"},
        {"keys/none", CLI_BACKUP_MISSING, "nothing"},      {"none/none", CLI_BACKUP_MISSING, "no way"},
        {"keys/evidence.key/x", CLI_BACKUP_ODD, "a file on the way"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK(cli_backup_take(root, rows[i].path, to, &file, &fault) != OD_OK, rows[i].why);
        CHECK_TEXT(rows[i].path, fault.path, rows[i].why);
        CHECK_I64(rows[i].kind, kind_take(), rows[i].why);
    }
    CHECK_I64(42, file.size, "unchanged");
    close(to);
}

/* The target of a copy may be spoilt, too. */
static void a_link_is_never_written_through(void **state)
{
    struct cli_backup_file file;
    int to = folder_make("to");

    (void)state;
    file_make("keys/evidence.key", "secret");
    assert_int_equal(mkdirat(root, "outside", 0700), 0);
    assert_int_equal(symlinkat("../outside", to, "keys"), 0);
    CHECK(cli_backup_take(root, "keys/evidence.key", to, &file, &fault) != OD_OK, "a link in place of the folder");
    CHECK_I64(CLI_BACKUP_ODD, kind_take(), "a link in place of the folder");
    CHECK(!is_there(root, "outside/evidence.key"), "nothing went through it");
    close(to);
}

static void what_is_removed_is_not_followed(void **state)
{
    (void)state;
    file_make("outside/kept", "kept");
    file_make("old/deep/er/file", "gone");
    assert_int_equal(symlinkat("../outside", root, "old/link"), 0);
    assert_int_equal(symlinkat("outside", root, "other"), 0);
    assert_int_equal(cli_backup_remove(root, "old", &fault), OD_OK);
    assert_int_equal(cli_backup_remove(root, "other", &fault), OD_OK);
    assert_int_equal(cli_backup_remove(root, "none", &fault), OD_OK);
    CHECK(!is_there(root, "old") && !is_there(root, "other"), "both are gone");
    CHECK(is_there(root, "outside/kept"), "what they led to is not");
}

/* The file may not grow as far as it must: as a disk that gives up in the middle. */
static void a_full_disk_leaves_nothing(void **state)
{
    static char content[300000];
    struct cli_backup_file file;
    struct rlimit before, small;
    int to = folder_make("to");

    (void)state;
    memset(content, 'x', sizeof(content) - 1);
    file_make("keys/large", content);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 100000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int rc = cli_backup_take(root, "keys/large", to, &file, &fault);
    int written = cli_backup_write(to, "whole", 0600, content, sizeof(content) - 1, &(struct cli_backup_fault){.kind = CLI_BACKUP_FINE});
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    CHECK_I64(OD_EFULL, rc, "copied");
    CHECK_I64(OD_EFULL, written, "written");
    CHECK_I64(CLI_BACKUP_FULL, kind_take(), "it is said so");
    CHECK(!is_there(to, "keys/large") && !is_there(to, "whole"), "no half file");
    assert_int_equal(cli_backup_take(root, "keys/large", to, &file, &fault), OD_OK);
    close(to);
}

static void names_come_in_the_order_of_their_paths(void **state)
{
    static const char *const due[] = {"a-b", "a.x", "a", "ab"};
    struct cli_backup_names names = {.items = NULL};

    (void)state;
    file_make("in/a/x", "");
    file_make("in/a-b", "");
    file_make("in/a.x", "");
    file_make("in/ab", "");
    assert_int_equal(cli_backup_list(root, "in", &names, &fault), OD_OK);
    CHECK_I64(COUNT(due), names.count, "all of them");
    for (size_t i = 0; i < names.count; i++)
        CHECK_TEXT(due[i], names.items[i].text, "in/a/x comes behind in/a.x");
    CHECK(names.items[2].is_folder && !names.items[2].is_file && names.items[0].is_file, "what they are");
    cli_backup_names_fini(&names);
    CHECK_I64(OD_ENOTFOUND, cli_backup_list(root, "none", &names, &fault), "no folder");
}

static void the_first_fault_is_told(void **state)
{
    (void)state;
    CHECK_I64(OD_EFULL, cli_backup_fail(&fault, CLI_BACKUP_FULL, "a"), "the code");
    CHECK_I64(OD_ENOTFOUND, cli_backup_fail(&fault, CLI_BACKUP_MISSING, "b"), "the second one's code");
    CHECK_TEXT("a", fault.path, "the first one's path");
    CHECK_I64(CLI_BACKUP_FULL, kind_take(), "the first one");
}

/* The engine's numbers, which this layer may not ask. */
static void documents_have_the_engines_numbers(void **state)
{
    (void)state;
    CHECK_I64(ENGINE_ENTRY_MATERIAL, CLI_BACKUP_MATERIALS, "the register of contents");
    CHECK_I64(ENGINE_MATERIAL_LOOSE, CLI_BACKUP_LOOSE, "handed in");
    CHECK_I64(ENGINE_MATERIAL_KEPT, CLI_BACKUP_KEPT, "named");
}

static void so_many_are_named_and_all_are_counted(void **state)
{
    struct cli_backup_named named = {.count = 0};
    size_t commas = 0;

    (void)state;
    for (unsigned i = 0; i < CLI_BACKUP_NAMED_MAX + 1; i++)
        cli_backup_name(&named, "a");
    CHECK_I64(CLI_BACKUP_NAMED_MAX + 1, named.count, "limit + 1");
    for (const char *at = base_buffer_text(&named.items); *at != '\0'; at++)
        commas += *at == ',';
    CHECK_I64(CLI_BACKUP_NAMED_MAX - 1, commas, "the limit");
    base_buffer_fini(&named.items);
}

/* -- The list and the manifest -- */

static const char *const paths[] = {"hub.db", "keys/evidence.key", "materials/aa/" HEX_A};

static void file_of(size_t i, struct cli_backup_file *file)
{
    *file = (struct cli_backup_file){.size = 100 * i};
    snprintf(file->path, sizeof(file->path), "%s", paths[i]);
    base_hash(paths[i], strlen(paths[i]), file->hash);
}

static void backup_make(struct cli_backup_manifest *manifest)
{
    struct cli_backup_lines lines = {.file = NULL};
    struct cli_backup_file file;

    *manifest = (struct cli_backup_manifest){.made_ms = 1795000000123, .seq = 12, .last_ms = 1795000000001, .application_last = 3, .has_keys = true};
    memset(manifest->hash, 0xab, sizeof(manifest->hash));
    assert_int_equal(cli_backup_lines_create(root, &lines, &fault), OD_OK);
    for (size_t i = 0; i < COUNT(paths); i++) {
        file_of(i, &file);
        assert_int_equal(cli_backup_lines_put(&lines, &file, &fault), OD_OK);
    }
    CHECK(cli_backup_lines_put(&lines, &file, &fault) != OD_OK, "twice the same");
    CHECK_I64(CLI_BACKUP_PATH, kind_take(), "twice the same");
    assert_int_equal(cli_backup_lines_finish(&lines, manifest, &fault), OD_OK);
    cli_backup_lines_fini(&lines);
    assert_int_equal(cli_backup_manifest_write(root, manifest, "\"center\":{\"id\":\"x\"}", &fault), OD_OK);
}

/* Read both to their end. OD_OK: they are what was written. */
static int backup_read(struct cli_backup_manifest *manifest, size_t *count)
{
    struct cli_backup_lines lines = {.file = NULL};
    struct cli_backup_file file, due;
    int rc = cli_backup_manifest_read(root, manifest, &fault);

    *count = 0;
    if (rc == OD_OK)
        rc = cli_backup_lines_open(root, &lines, &fault);
    while (rc == OD_OK && (rc = cli_backup_lines_next(&lines, manifest, &file, &fault)) == OD_OK) {
        file_of(*count < COUNT(paths) ? (*count)++ : 0, &due);
        if (strcmp(file.path, due.path) != 0 || file.size != due.size || memcmp(file.hash, due.hash, BASE_HASH_SIZE) != 0)
            *count = COUNT(paths) + 1; /* another list, whose hash cannot be right */
    }
    cli_backup_lines_fini(&lines);
    return fault.kind == CLI_BACKUP_FINE ? OD_OK : rc;
}

static void what_is_written_is_read_again(void **state)
{
    struct cli_backup_manifest manifest, read = {.root = NULL};
    struct stat about;
    size_t count;

    (void)state;
    backup_make(&manifest);
    assert_int_equal(backup_read(&read, &count), OD_OK);
    CHECK_I64(COUNT(paths), count, "every file");
    CHECK_I64(manifest.made_ms, read.made_ms, "made_at");
    CHECK_I64(manifest.last_ms, read.last_ms, "head.at");
    CHECK_I64(12, read.seq, "head.seq");
    CHECK_I64(3, read.application_last, "application_last");
    CHECK_I64(300, read.byte_count, "files.bytes");
    CHECK(read.has_keys, "keys");
    assert_memory_equal(manifest.hash, read.hash, BASE_HASH_SIZE);
    CHECK_TEXT("x", base_json_member_text(base_json_member(base_json_member(read.root, "backup"), "center"), "id"), "what was added");
    assert_int_equal(fstatat(root, "manifest.json", &about, 0), 0);
    CHECK_I64(0600, about.st_mode & 0777, "for the owner alone");
    cli_backup_manifest_fini(&read);
}

static void text_put(const char *name, const void *text, size_t size)
{
    int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); /* not synced: there are many */

    assert_int_equal(write(fd, text, size), size);
    close(fd);
}

static size_t text_get(const char *name, uint8_t *text, size_t room)
{
    int fd = openat(root, name, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(fd, text, room);

    close(fd);
    return (size_t)size;
}

static void lists_are_refused(void **state)
{
    struct cli_backup_manifest manifest;
    struct cli_backup_lines lines = {.file = NULL};
    struct cli_backup_file file;
    char text[CLI_BACKUP_LINE_MAX + 64];

    (void)state;
    backup_make(&manifest);
    static const struct { const char *text; enum cli_backup_fault_kind kind; const char *why; } rows[] = {
        {"", CLI_BACKUP_LIST, "no line"},
        {"{\"path\":\"../x\",\"size\":1,\"sha256\":\"" HEX_A "\"}\n", CLI_BACKUP_PATH, "out of the folder"},
        {"{\"path\":\"keys/a\",\"size\":-1,\"sha256\":\"" HEX_A "\"}\n", CLI_BACKUP_LIST, "no size"},
        {"{\"path\":\"keys/a\",\"size\":1,\"sha256\":\"aa\"}\n", CLI_BACKUP_LIST, "half a hash"},
        {"{\"path\":\"keys/a\",\"size\":1,\"sha256\":\"" HEX_A "\"}", CLI_BACKUP_LIST, "no end of line"},
        {"{\"path\":1,\"size\":1,\"sha256\":\"" HEX_A "\"}\n", CLI_BACKUP_LIST, "no text"},
        {"{\"path\":\"keys/a\",\"path\":\"keys/b\",\"size\":1,\"sha256\":\"" HEX_A "\"}\n", CLI_BACKUP_LIST, "two paths"},
        {"\n", CLI_BACKUP_LIST, "an empty line"},
        {"not JSON\n", CLI_BACKUP_LIST, "no JSON"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        text_put("files.jsonl", rows[i].text, strlen(rows[i].text));
        assert_int_equal(cli_backup_lines_open(root, &lines, &fault), OD_OK);
        CHECK(cli_backup_lines_next(&lines, &manifest, &file, &fault) != OD_OK, rows[i].why);
        CHECK_I64(rows[i].kind, kind_take(), rows[i].why);
        cli_backup_lines_fini(&lines);
    }
    memset(text, ' ', sizeof(text)); /* white space is JSON, but a line has a length */
    snprintf(text, sizeof(text), "{\"path\":\"keys/a\",\"size\":1,\"sha256\":\"" HEX_A "\"}");
    text[strlen(text)] = ' ';
    for (size_t size = CLI_BACKUP_LINE_MAX; size <= CLI_BACKUP_LINE_MAX + 1; size++) {
        char before = text[size];

        text[size] = '\n';
        text_put("files.jsonl", text, size + 1);
        text[size] = before;
        assert_int_equal(cli_backup_lines_open(root, &lines, &fault), OD_OK);
        CHECK_I64(size == CLI_BACKUP_LINE_MAX ? OD_OK : OD_EIO, cli_backup_lines_next(&lines, &manifest, &file, &fault), "limit, limit + 1");
        cli_backup_lines_fini(&lines);
        (void)kind_take();
    }
}

static void manifests_are_refused(void **state)
{
    static const char whole[] = "{\"backup\":{\"format\":2},\"sha256\":\"%s\"}", backup[] = "{\"format\":2}";
    struct cli_backup_manifest manifest = {.seq = 42};
    char digits[2 * BASE_HASH_SIZE + 1], text[256];
    uint8_t hash[BASE_HASH_SIZE];
    struct base_buffer large = {0};

    (void)state;
    CHECK_I64(OD_ENOTFOUND, cli_backup_manifest_read(root, &manifest, &fault), "none");
    (void)kind_take();
    base_hash(backup, strlen(backup), hash);
    base_hex(hash, sizeof(hash), digits);
    text_put("manifest.json", text, (size_t)snprintf(text, sizeof(text), whole, digits));
    CHECK_I64(OD_EIO, cli_backup_manifest_read(root, &manifest, &fault), "a newer one");
    CHECK_I64(CLI_BACKUP_NEWER, kind_take(), "a newer one");
    assert_int_equal(symlinkat("manifest.json", root, "link"), 0);
    assert_int_equal(renameat(root, "manifest.json", root, "other"), 0);
    assert_int_equal(symlinkat("other", root, "manifest.json"), 0);
    CHECK_I64(OD_EIO, cli_backup_manifest_read(root, &manifest, &fault), "a link");
    CHECK_I64(CLI_BACKUP_ODD, kind_take(), "a link");
    for (size_t i = 0; i <= CLI_BACKUP_MANIFEST_MAX; i += 4096)
        base_buffer_put_format(&large, "%4096s", "");
    assert_int_equal(unlinkat(root, "manifest.json", 0), 0);
    text_put("manifest.json", large.bytes, large.size);
    CHECK_I64(OD_EIO, cli_backup_manifest_read(root, &manifest, &fault), "limit + 1");
    CHECK_I64(CLI_BACKUP_MANIFEST, kind_take(), "limit + 1");
    base_buffer_fini(&large);
    CHECK_I64(42, manifest.seq, "unchanged by every error");
}

/* Whatever is done to either file shows, but for white space and order in the manifest, which mean nothing. */
static void mutations_show(void **state)
{
    static const char *const words[] = {"\"head\"", "\"seq\":1", "{", "}", "hub.db", "../", "\n", "null", "0"}, *const names[] = {"manifest.json", "files.jsonl"};
    static uint8_t good[4096], bad[8192];
    const struct mutation mutation = {.words = words, .word_count = COUNT(words), .cut_max = 40, .room = sizeof(bad)};
    struct cli_backup_manifest manifest, read = {.root = NULL};
    unsigned shown = 0, same = 0;

    (void)state;
    backup_make(&manifest);
    for (unsigned i = 0; i < 600; i++) {
        const char *name = names[i % 2];
        size_t size = text_get(name, good, sizeof(good)), used, count;

        memcpy(bad, good, size);
        used = mutate_once(&mutation, bad, size);
        text_put(name, bad, used);
        int rc = backup_read(&read, &count);
        bool is_same_text = used == size && memcmp(bad, good, size) == 0;
        if (rc == OD_OK) { /* then it says what it said */
            CHECK(i % 2 == 0 || is_same_text, "files.jsonl is hashed byte by byte");
            CHECK(count == COUNT(paths) && read.seq == manifest.seq && read.made_ms == manifest.made_ms, "another manifest passes");
            same++;
        } else {
            shown++;
        }
        cli_backup_manifest_fini(&read);
        (void)kind_take();
        text_put(name, good, size);
    }
    CHECK(shown > 500 && same < 60, "mutations that do something");
}

static void every_allocation_may_fail(void **state)
{
    struct cli_backup_manifest manifest, read = {.root = NULL};
    size_t count;
    int rc = OD_ENOMEM;

    (void)state;
    backup_make(&manifest);
    for (uint64_t n = 1; rc != OD_OK && n < 1000; n++) {
        base_alloc_fail_at(n);
        rc = backup_read(&read, &count);
        base_alloc_fail_at(0);
        if (rc != OD_OK)
            CHECK(read.root == NULL || fault.kind != CLI_BACKUP_FINE, "told");
        (void)kind_take();
        cli_backup_manifest_fini(&read);
    }
    CHECK_I64(OD_OK, rc, "a clean pass");
    CHECK_I64(COUNT(paths), count, "a clean pass");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_path_is_one_that_a_backup_has),
        TEST(a_path_has_a_length),
        TEST(a_name_is_that_of_a_backup),
        TEST(the_newest_is_found),
        TEST(a_file_is_copied_and_hashed),
        TEST(odd_files_are_refused),
        TEST(a_link_is_never_written_through),
        TEST(what_is_removed_is_not_followed),
        TEST(a_full_disk_leaves_nothing),
        TEST(names_come_in_the_order_of_their_paths),
        TEST(the_first_fault_is_told),
        TEST(documents_have_the_engines_numbers),
        TEST(so_many_are_named_and_all_are_counted),
        TEST(what_is_written_is_read_again),
        TEST(lists_are_refused),
        TEST(manifests_are_refused),
        TEST(mutations_show),
        TEST(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
