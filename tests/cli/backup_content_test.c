/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of a backup: those that the copy of the store names, whatever the store has done since. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/backup_make.h"
#include "lib/check.h"
#include "store/store_fixture.h"

#define RELEASED 4 /* a state whose file is to go */

static struct fixture fixture;
static struct cli cli;
static struct cli_backup_make make;
static char copy[128];
static int below; /* the fixture's folder */

static struct {
    char digits[2 * BASE_HASH_SIZE + 1]; /* SHA-256 of the content, which is one byte: '0' + i */
} documents[4];

static void entry_put(size_t i, uint64_t revision, uint8_t state, const char *body)
{
    static const uint8_t salt[STORE_SALT_SIZE] = {1};
    struct store_write *write = fixture_write(&fixture, STORE_WRITE_ENTRY, 0);
    struct store_entry *entry = base_arena_take(&fixture.batch->arena, sizeof(*entry));

    *entry = (struct store_entry){.kind = CLI_BACKUP_MATERIALS, .id = i + 1, .state = state, .name = documents[i].digits, .wake_minute = INT64_MAX,
                                  .revision = revision, .salt = salt, .body = body, .body_size = body != NULL ? (uint32_t)strlen(body) : 0};
    write->entry = entry;
}

static void path_of(size_t i, char path[CLI_BACKUP_PATH_SIZE])
{
    snprintf(path, CLI_BACKUP_PATH_SIZE, "materials/%.2s/%.64s", documents[i].digits, documents[i].digits);
}

/* The content of the i-th document is its number; or another one, of the same size. */
static void file_put(size_t i, char content)
{
    struct cli_backup_fault fault = {.kind = CLI_BACKUP_FINE};
    char path[CLI_BACKUP_PATH_SIZE];

    path_of(i, path);
    assert_int_equal(cli_backup_make_way(below, path, &fault), OD_OK);
    int fd = openat(below, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, &content, 1), 1);
    close(fd);
}

static void file_drop(size_t i)
{
    char path[CLI_BACKUP_PATH_SIZE];

    path_of(i, path);
    assert_int_equal(unlinkat(below, path, 0), 0);
}

static int stage_make(const char *name)
{
    assert_int_equal(mkdirat(below, name, 0700), 0);
    return openat(below, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int set_up(void **state)
{
    char text[512];

    (void)state;
    memset(&fixture, 0, sizeof(fixture));
    fixture_init(&fixture);
    snprintf(copy, sizeof(copy), "%s/copy", fixture.folder);
    below = open(fixture.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < COUNT(documents); i++) {
        uint8_t hash[BASE_HASH_SIZE];
        char content = (char)('0' + i);

        base_hash(&content, 1, hash);
        base_hex(hash, sizeof(hash), documents[i].digits);
        entry_put(i, 0, i % 2 == 0 ? CLI_BACKUP_KEPT : CLI_BACKUP_LOOSE, "{}");
        file_put(i, content);
    }
    fixture_intake(&fixture, 1, 0);
    fixture_commit(&fixture);
    assert_int_equal(store_copy(fixture.folder, copy, NULL, NULL, text), OD_OK);
    make = (struct cli_backup_make){.cli = &cli, .data = fixture.folder, .data_fd = below, .before_fd = -1, .stage_fd = stage_make("stage")};
    assert_int_equal(store_still_open(copy, &make.still, text), OD_OK);
    assert_int_equal(cli_backup_lines_create(make.stage_fd, &make.lines, &make.fault), OD_OK);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"copy", "stage", "before", "materials", "modules"};
    struct cli_backup_fault fault = {.kind = CLI_BACKUP_FINE};

    (void)state;
    store_still_close(make.still);
    store_reader_close(make.live);
    cli_backup_lines_fini(&make.lines);
    base_buffer_fini(&make.erased.items);
    base_buffer_fini(&make.missing.items);
    base_buffer_fini(&make.damaged.items);
    base_buffer_fini(&make.left_out.items);
    close(make.stage_fd);
    if (make.before_fd >= 0)
        close(make.before_fd);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(cli_backup_remove(below, names[i], &fault), OD_OK);
    close(below);
    fixture_fini(&fixture);
    return 0;
}

static bool is_taken(size_t i)
{
    struct stat about;
    char path[CLI_BACKUP_PATH_SIZE];

    path_of(i, path);
    return fstatat(make.stage_fd, path, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

static void all_that_is_named_is_taken(void **state)
{
    (void)state;
    assert_int_equal(cli_backup_take_documents(&make), OD_OK);
    CHECK_I64(COUNT(documents), make.documents, "taken");
    CHECK_I64(COUNT(documents), make.lines.file_count, "listed, so in their order");
    CHECK_I64(0, make.linked + make.erased.count + make.missing.count + make.damaged.count, "nothing stands out");
    for (size_t i = 0; i < COUNT(documents); i++)
        CHECK(is_taken(i), documents[i].digits);
}

/* Between the copy of the store and that of the documents the hub goes on. */
static void what_was_erased_since_is_no_fault(void **state)
{
    char due[2 * sizeof(documents[0].digits) + 16];

    (void)state;
    entry_put(0, 1, 0, NULL); /* erased: the entry is gone, too */
    entry_put(1, 1, RELEASED, "{}"); /* the file is gone, the entry about to */
    fixture_commit(&fixture);
    for (size_t i = 0; i < 3; i++)
        file_drop(i); /* 2: the store still has it */
    file_put(3, 'x');
    assert_int_equal(cli_backup_take_documents(&make), OD_OK);
    CHECK_I64(2, make.erased.count, "erased");
    snprintf(due, sizeof(due), "\"%s\"", documents[2].digits);
    CHECK_TEXT(due, base_buffer_text(&make.missing.items), "lost");
    snprintf(due, sizeof(due), "\"%s\"", documents[3].digits);
    CHECK_TEXT(due, base_buffer_text(&make.damaged.items), "not what it was");
    CHECK_I64(0, make.lines.file_count, "none of them is listed");
    CHECK(!is_taken(3), "what is rotten is not kept, so that it is never shared");
}

static void documents_of_before_are_shared(void **state)
{
    struct stat one, other;
    char path[CLI_BACKUP_PATH_SIZE];

    (void)state;
    make.before_fd = stage_make("before");
    for (size_t i = 0; i < 3; i++) {
        struct cli_backup_file file;

        path_of(i, path);
        assert_int_equal(cli_backup_take(below, path, make.before_fd, &file, &make.fault), OD_OK);
    }
    path_of(1, path); /* one that was cut short there, and a link where a document should be */
    int fd = openat(make.before_fd, path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    close(fd);
    path_of(2, path);
    assert_int_equal(unlinkat(make.before_fd, path, 0), 0);
    assert_int_equal(symlinkat("/etc/hostname", make.before_fd, path), 0);
    assert_int_equal(cli_backup_take_documents(&make), OD_OK);
    CHECK_I64(COUNT(documents), make.documents, "all");
    CHECK_I64(1, make.linked, "the sound one");
    path_of(0, path);
    assert_int_equal(fstatat(make.before_fd, path, &one, 0), 0);
    assert_int_equal(fstatat(make.stage_fd, path, &other, 0), 0);
    CHECK(one.st_ino == other.st_ino, "one file");
    path_of(2, path);
    assert_int_equal(fstatat(make.stage_fd, path, &other, AT_SYMLINK_NOFOLLOW), 0);
    CHECK(S_ISREG(other.st_mode) && other.st_size == 1, "copied anew");
}

static void a_link_in_the_data_folder_is_refused(void **state)
{
    char path[CLI_BACKUP_PATH_SIZE];

    (void)state;
    file_drop(2);
    path_of(2, path);
    assert_int_equal(symlinkat("/etc/hostname", below, path), 0);
    CHECK(cli_backup_take_documents(&make) != OD_OK, "a link");
    CHECK_I64(CLI_BACKUP_ODD, make.fault.kind, "a link");
    CHECK_TEXT(path, make.fault.path, "which one");
}

static void modules_are_taken_and_drafts_are_not(void **state)
{
    struct cli_backup_fault *fault = &make.fault;

    (void)state;
    assert_int_equal(cli_backup_take_modules(&make), OD_OK); /* there are none */
    assert_int_equal(cli_backup_make_way(below, "modules/aa/vectors/x", fault), OD_OK);
    assert_int_equal(cli_backup_write(below, "modules/aa/vectors/x", 0400, "x", 1, fault), OD_OK);
    assert_int_equal(cli_backup_write(below, "modules/aa/module.so", 0400, "x", 1, fault), OD_OK);
    assert_int_equal(cli_backup_write(below, "modules/loaded.json.draft", 0600, "x", 1, fault), OD_OK);
    assert_int_equal(cli_backup_write(below, "modules/loaded.json", 0600, "x", 1, fault), OD_OK);
    assert_int_equal(cli_backup_take_modules(&make), OD_OK);
    CHECK_I64(3, make.lines.file_count, "without the draft");
    assert_int_equal(cli_backup_remove(below, "modules", fault), OD_OK);
    assert_int_equal(cli_backup_make_way(below, "modules/pipe", fault), OD_OK);
    assert_int_equal(mkfifoat(below, "modules/pipe", 0600), 0);
    CHECK(cli_backup_take_modules(&make) != OD_OK, "a pipe");
    CHECK_I64(CLI_BACKUP_ODD, fault->kind, "a pipe");
}

static void what_is_not_the_hubs_is_named(void **state)
{
    (void)state;
    assert_int_equal(cli_backup_look_round(&make), OD_OK);
    CHECK_TEXT("\"copy\",\"stage\"", base_buffer_text(&make.left_out.items), "what this test made");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_that_is_named_is_taken),
        TEST(what_was_erased_since_is_no_fault),
        TEST(documents_of_before_are_shared),
        TEST(a_link_in_the_data_folder_is_refused),
        TEST(modules_are_taken_and_drafts_are_not),
        TEST(what_is_not_the_hubs_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
