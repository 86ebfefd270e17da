/* SPDX-License-Identifier: Apache-2.0 */
/* backup: a data folder, whether a hub serves it or not.
 *
 *   folder -> lock -> remove what was interrupted -> .part-NAME: store, keys, documents, modules -> manifest -> sync -> NAME -> --keep
 *
 * Nothing bears the name of a backup before all of it is on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "cli/backup_make.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "cli/view.h"
#include "evidence/seal.h"

#define PART ".part-"
#define KEEP_MAX 100000

/* -- Folders -- */

static int fail(struct cli_backup_make *make, enum cli_backup_fault_kind kind, const char *path)
{
    return cli_backup_fail(&make->fault, kind, path);
}

static int folder_open(struct cli_backup_make *make, const char *path, int *fd)
{
    *fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd >= 0 ? OD_OK : cli_backup_fail_errno(&make->fault, path);
}

/* A backup in the data folder would be lost with it. */
static int place_check(struct cli_backup_make *make)
{
    char *data = realpath(make->data, NULL), *folder = realpath(make->folder, NULL);
    size_t size = data != NULL ? strlen(data) : 0;
    bool is_inside = data != NULL && folder != NULL && strncmp(folder, data, size) == 0 && (folder[size] == '/' || folder[size] == '\0');

    free(data);
    free(folder);
    return is_inside ? fail(make, CLI_BACKUP_INSIDE, make->folder) : OD_OK;
}

static int lock_take(struct cli_backup_make *make)
{
    make->lock_fd = cli_backup_open(make->folder_fd, ".lock", O_RDWR | O_CREAT, 0600);
    if (make->lock_fd < 0)
        return cli_backup_fail_errno(&make->fault, ".lock");
    if (flock(make->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return OD_OK;
    return errno == EWOULDBLOCK ? fail(make, CLI_BACKUP_BUSY, make->folder) : cli_backup_fail_errno(&make->fault, ".lock");
}

/* The lock says that nobody works on them. */
static int interrupted_remove(struct cli_backup_make *make)
{
    struct cli_backup_names names = {.items = NULL};
    int rc = cli_backup_list(make->folder_fd, ".", &names, &make->fault);

    for (size_t i = 0; i < names.count && rc == OD_OK; i++)
        if (strncmp(names.items[i].text, PART, strlen(PART)) == 0)
            rc = cli_backup_remove(make->folder_fd, names.items[i].text, &make->fault);
    cli_backup_names_fini(&names);
    return rc;
}

static int before_open(struct cli_backup_make *make)
{
    char name[CLI_BACKUP_NAME_SIZE];
    int rc = cli_backup_newest(make->folder_fd, name, &make->fault);

    if (rc == OD_OK && name[0] != '\0' && cli_option(make->cli, "--whole") == NULL)
        make->before_fd = cli_backup_open(make->folder_fd, name, O_RDONLY | O_DIRECTORY, 0); /* without it every document is copied */
    return rc;
}

/* By its time in UTC; a second one of the same second gets a number. */
static int name_choose(struct cli_backup_make *make)
{
    time_t seconds = (time_t)(make->manifest.made_ms / 1000);
    struct tm utc;
    struct stat about;
    char stamp[20];

    if (gmtime_r(&seconds, &utc) == NULL || strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc) == 0)
        return fail(make, CLI_BACKUP_IO, NULL);
    snprintf(make->name, sizeof(make->name), "%s", stamp);
    for (unsigned i = 2; fstatat(make->folder_fd, make->name, &about, AT_SYMLINK_NOFOLLOW) == 0; i++)
        snprintf(make->name, sizeof(make->name), "%s_%02u", stamp, i); /* so that it sorts behind the first */
    snprintf(make->stage, sizeof(make->stage), PART "%s", make->name);
    if ((size_t)snprintf(make->stage_path, sizeof(make->stage_path), "%s/%s", make->folder, make->stage) < sizeof(make->stage_path))
        return OD_OK;
    errno = ENAMETOOLONG;
    return cli_backup_fail_errno(&make->fault, NULL);
}

static int begin(struct cli_backup_make *make)
{
    int rc = folder_open(make, make->data, &make->data_fd);

    bool is_made = rc == OD_OK && mkdir(make->folder, 0700) == 0;
    if (rc == OD_OK && !is_made && errno != EEXIST)
        rc = cli_backup_fail_errno(&make->fault, make->folder);
    if (rc == OD_OK && (rc = place_check(make)) != OD_OK && is_made)
        rmdir(make->folder);
    if (rc == OD_OK)
        rc = folder_open(make, make->folder, &make->folder_fd);
    if (rc == OD_OK)
        rc = lock_take(make);
    if (rc == OD_OK)
        rc = interrupted_remove(make);
    if (rc == OD_OK)
        rc = before_open(make);
    return rc == OD_OK ? name_choose(make) : rc;
}

/* -- The manifest -- */

static int facts_take(struct cli_backup_make *make, int64_t *version)
{
    struct store_still_facts facts;

    if (store_still_facts(make->still, &facts) != OD_OK)
        return fail(make, CLI_BACKUP_IO, "hub.db");
    make->manifest.seq = facts.journal_last;
    memcpy(make->manifest.hash, facts.hash, BASE_HASH_SIZE);
    make->manifest.last_ms = facts.last_ms;
    make->manifest.application_last = facts.application_last;
    *version = facts.version;
    return OD_OK;
}

/* The center as the catalogue that ran last says: its id and name. Left out when that cannot be read. */
static void center_put(struct cli_backup_make *make, struct base_buffer *json)
{
    struct base_arena arena = {0};
    struct base_json_error error;
    struct base_json *root = NULL;
    const void *version = NULL, *snapshot = NULL;
    char name[64];
    size_t size = 0;
    int rc = store_still_setting(make->still, "ran/", &arena, &version, &size);

    if (rc == OD_OK) {
        snprintf(name, sizeof(name), "catalog/%.*s", (int)(size < 32 ? size : 32), (const char *)version);
        rc = store_still_setting(make->still, name, &arena, &snapshot, &size);
    }
    if (rc == OD_OK && base_json_parse(snapshot, size, &root, &error) == OD_OK) {
        const struct base_json *center = base_json_member(root, "center");

        base_json_open(json, "center", '{');
        base_json_put_text(json, "id", base_json_member_text(center, "id"));
        base_json_put(json, "name", base_json_member(center, "name"));
        base_json_close(json, '}');
    }
    base_json_destroy(root);
    base_arena_fini(&arena);
}

/* The newest checkpoint of the copy, as the hub gives it. */
static void checkpoint_put(struct cli_backup_make *make, struct base_buffer *json)
{
    struct base_arena arena = {0};
    struct base_json_error error;
    struct base_json *root = NULL;
    struct evidence_checkpoint checkpoint;
    const char *body = NULL;
    size_t size = 0;

    if (store_still_newest(make->still, EVIDENCE_REGISTER, &arena, &body, &size) == OD_OK && base_json_parse(body, size, &root, &error) == OD_OK &&
        evidence_checkpoint_read(root, &checkpoint) == OD_OK)
        evidence_checkpoint_put(json, "checkpoint", &checkpoint);
    else
        base_json_put_null(json, "checkpoint");
    base_json_destroy(root);
    base_arena_fini(&arena);
}

static void named_put(struct base_buffer *json, const char *key, struct cli_backup_named *named)
{
    base_json_open(json, key, '[');
    if (named->count > 0) {
        base_buffer_put(json, named->items.bytes, named->items.size);
        json->has_item = true;
    }
    base_json_close(json, ']');
}

static void documents_put(struct base_buffer *json, struct cli_backup_make *make)
{
    base_json_open(json, "documents", '{');
    base_json_put_i64(json, "count", (int64_t)make->documents);
    base_json_put_i64(json, "shared", (int64_t)make->linked);
    base_json_put_i64(json, "erased_count", (int64_t)make->erased.count);
    named_put(json, "erased", &make->erased);
    base_json_put_i64(json, "missing_count", (int64_t)make->missing.count);
    named_put(json, "missing", &make->missing);
    base_json_put_i64(json, "damaged_count", (int64_t)make->damaged.count);
    named_put(json, "damaged", &make->damaged);
    base_json_close(json, '}');
}

static int manifest_write(struct cli_backup_make *make, int64_t version)
{
    struct base_buffer more = {0};
    int rc = cli_backup_lines_finish(&make->lines, &make->manifest, &make->fault);

    base_json_put_text(&more, "data", make->data);
    base_json_put_i64(&more, "schema", version);
    center_put(make, &more);
    checkpoint_put(make, &more);
    documents_put(&more, make);
    named_put(&more, "left_out", &make->left_out);
    if (rc == OD_OK && more.is_broken)
        rc = fail(make, CLI_BACKUP_MEMORY, NULL);
    if (rc == OD_OK)
        rc = cli_backup_manifest_write(make->stage_fd, &make->manifest, base_buffer_text(&more), &make->fault);
    base_buffer_fini(&more);
    return rc;
}

/* -- Its name, and those of before -- */

/* Each file was synced; this brings the folders and the links, too. */
static int name_give(struct cli_backup_make *make)
{
    if (syncfs(make->stage_fd) != 0)
        return cli_backup_fail_errno(&make->fault, make->stage);
    if (renameat2(make->folder_fd, make->stage, make->folder_fd, make->name, RENAME_NOREPLACE) != 0 &&
        (errno != EINVAL || renameat(make->folder_fd, make->stage, make->folder_fd, make->name) != 0)) /* not every file system knows it */
        return cli_backup_fail_errno(&make->fault, make->name);
    return fsync(make->folder_fd) == 0 ? OD_OK : cli_backup_fail_errno(&make->fault, make->folder);
}

/* Renamed before it is removed, so that half of one is never taken for a backup. */
static int old_remove(struct cli_backup_make *make, const char *name)
{
    char part[NAME_MAX + sizeof(PART) + 1];

    snprintf(part, sizeof(part), PART "%s", name);
    if (renameat(make->folder_fd, name, make->folder_fd, part) != 0)
        return cli_backup_fail_errno(&make->fault, name);
    int rc = cli_backup_remove(make->folder_fd, part, &make->fault);
    if (rc == OD_OK)
        cli_backup_name(&make->removed, name);
    return rc;
}

/* What this one lacks, an earlier one may have: then none of those goes. */
static bool is_whole(const struct cli_backup_make *make)
{
    return make->missing.count == 0 && make->damaged.count == 0;
}

static int old_ones_remove(struct cli_backup_make *make, int64_t keep)
{
    struct cli_backup_names names = {.items = NULL};
    int rc = cli_backup_list(make->folder_fd, ".", &names, &make->fault);
    int64_t count = 0;

    for (size_t i = 0; i < names.count; i++)
        count += names.items[i].is_folder && cli_backup_is_name(names.items[i].text);
    for (size_t i = 0; i < names.count && rc == OD_OK && count > keep; i++) /* a clock that was set back does not cost the one just made */
        if (names.items[i].is_folder && cli_backup_is_name(names.items[i].text) && strcmp(names.items[i].text, make->name) != 0) {
            rc = old_remove(make, names.items[i].text);
            count--;
        }
    cli_backup_names_fini(&names);
    return rc;
}

/* -- What was done -- */

static void made_json(struct cli_backup_make *make)
{
    struct base_buffer json = {0};
    char hash[2 * BASE_HASH_SIZE + 1];

    base_hex(make->manifest.hash, BASE_HASH_SIZE, hash);
    base_json_open(&json, NULL, '{');
    base_json_put_bool(&json, "ok", make->missing.count == 0 && make->damaged.count == 0);
    base_json_put_text(&json, "backup", make->name);
    base_json_open(&json, "head", '{');
    base_json_put_i64(&json, "seq", (int64_t)make->manifest.seq);
    base_json_put_text(&json, "hash", hash);
    base_json_close(&json, '}');
    base_json_put_i64(&json, "files", (int64_t)make->manifest.file_count);
    base_json_put_i64(&json, "bytes", (int64_t)make->manifest.byte_count);
    documents_put(&json, make);
    named_put(&json, "left_out", &make->left_out);
    named_put(&json, "removed", &make->removed);
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

static void made_print(struct cli_backup_make *make)
{
    const struct cli *cli = make->cli;
    char text[PATH_MAX + CLI_BACKUP_NAME_SIZE], hash[2 * BASE_HASH_SIZE + 1];

    base_hex(make->manifest.hash, BASE_HASH_SIZE, hash);
    snprintf(text, sizeof(text), "%s/%s", make->folder, make->name);
    cli_view_line(cli, "备份", "backup", text);
    snprintf(text, sizeof(text), "%" PRIu64 " %s", make->manifest.seq, hash);
    cli_view_line(cli, "日志末条", "journal", text);
    snprintf(text, sizeof(text), cli_say(cli, "%" PRIu64 " 个，%" PRIu64 " 字节", "%" PRIu64 ", %" PRIu64 " bytes"), make->manifest.file_count,
             make->manifest.byte_count);
    cli_view_line(cli, "文件", "files", text);
    snprintf(text, sizeof(text), cli_say(cli, "%" PRIu64 " 份，其中 %" PRIu64 " 份与上一个备份共用", "%" PRIu64 ", %" PRIu64 " of them shared with the backup before"),
             make->documents, make->linked);
    cli_view_line(cli, "材料", "documents", text);
    snprintf(text, sizeof(text), "%" PRIu64, make->removed.count);
    cli_view_line(cli, "已移除旧备份", "removed", make->removed.count > 0 ? text : NULL);
}

static void talk(struct cli_backup_make *make)
{
    const struct cli *cli = make->cli;

    if (make->erased.count > 0)
        cli_tell(cli, cli_say(cli, "%" PRIu64 " 份材料在复制期间按保存期限清除，不在备份中", "%" PRIu64 " documents were erased by rule while the backup was made: they are not in it"),
                 make->erased.count);
    if (make->missing.count > 0)
        cli_tell(cli, cli_say(cli, "数据库所记的 %" PRIu64 " 份材料已不在数据文件夹中（见 manifest.json 的 missing）：请从先前的备份找回",
                              "%" PRIu64 " documents that the store names are not in the data folder (\"missing\" in manifest.json): look for them in earlier backups"),
                 make->missing.count);
    if (make->damaged.count > 0)
        cli_tell(cli, cli_say(cli, "%" PRIu64 " 份材料与其散列不符，未备份（见 manifest.json 的 damaged）：请检查磁盘，并从先前的备份找回",
                              "%" PRIu64 " documents are not what they were and are left out (\"damaged\" in manifest.json): look at the disk, and for them in earlier backups"),
                 make->damaged.count);
    if (make->left_out.count > 0)
        cli_tell(cli, cli_say(cli, "数据文件夹中还有 %" PRIu64 " 项不属于中枢，未备份：[%s]", "left out, since they are not the hub's: %" PRIu64 " in the data folder, [%s]"),
                 make->left_out.count, base_buffer_text(&make->left_out.items));
    if (!make->manifest.has_keys)
        cli_tell(cli, "%s", cli_say(cli, "不含签名密钥 keys/evidence.key：请另行妥善保存", "the signing key keys/evidence.key is not in it: keep that apart, and safe"));
}

/* -- The verb -- */

static int content_take(struct cli_backup_make *make)
{
    int64_t version = 0;
    int rc = cli_backup_take_store(make);

    if (rc == OD_OK)
        rc = facts_take(make, &version);
    if (rc == OD_OK)
        rc = cli_backup_take_keys(make);
    if (rc == OD_OK)
        rc = cli_backup_take_documents(make);
    if (rc == OD_OK)
        rc = cli_backup_take_modules(make);
    if (rc == OD_OK)
        rc = cli_backup_look_round(make);
    return rc == OD_OK ? manifest_write(make, version) : rc;
}

static int run(struct cli_backup_make *make)
{
    int64_t keep;

    if (cli_option_integer(make->cli, "--keep", 1, KEEP_MAX, 0, &keep) != OD_OK)
        return CLI_USAGE;
    int rc = begin(make);
    bool is_staged = rc == OD_OK;
    if (rc == OD_OK)
        rc = content_take(make);
    if (rc == OD_OK)
        rc = name_give(make);
    if (rc == OD_OK && keep > 0 && is_whole(make))
        rc = old_ones_remove(make, keep);
    if (rc != OD_OK) {
        struct cli_backup_fault passed = {.kind = CLI_BACKUP_FINE};

        if (is_staged)
            (void)!cli_backup_remove(make->folder_fd, make->stage, &passed);
        return cli_backup_tell(make->cli, &make->fault);
    }
    talk(make);
    if (make->cli->is_json)
        made_json(make);
    else
        made_print(make);
    return make->missing.count == 0 && make->damaged.count == 0 ? CLI_DONE : CLI_FAILED;
}

static void make_fini(struct cli_backup_make *make)
{
    const int fds[] = {make->data_fd, make->before_fd, make->stage_fd, make->folder_fd, make->lock_fd};
    struct cli_backup_named *const named[] = {&make->erased, &make->missing, &make->damaged, &make->left_out, &make->removed};

    store_still_close(make->still);
    store_reader_close(make->live);
    cli_backup_lines_fini(&make->lines);
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        base_buffer_fini(&named[i]->items);
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

int cli_backup(struct cli *cli)
{
    struct cli_backup_make *make = base_alloc(sizeof(*make)); /* it has a path */
    const char *data = cli_option(cli, "--data");

    if (make == NULL)
        return CLI_FAILED;
    make->cli = cli;
    make->data = data != NULL ? data : CLI_DATA_FOLDER;
    make->folder = cli->operands[0];
    make->data_fd = make->before_fd = make->stage_fd = make->folder_fd = make->lock_fd = -1;
    make->manifest.made_ms = base_wall_ms();
    int end = run(make);
    make_fini(make);
    base_free(make);
    return end;
}
