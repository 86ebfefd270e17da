/* SPDX-License-Identifier: Apache-2.0 */
/* restore: a backup into an empty data folder, or with --check nowhere.
 *
 *   backup -> lock -> DATA/.restore: files by their hashes -> SQLite's check -> numbers left out -> journal -> sync -> moved up, hub.db last
 *
 * Without hub.db the folder holds no store, and a hub that starts too early is kept out by the lock. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/backup.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "cli/view.h"
#include "evidence/note.h"
#include "evidence/seal.h"

#define STAGE ".restore"

struct restore {
    const struct cli *cli;
    const char *data;
    char source[PATH_MAX], stage[PATH_MAX]; /* paths of the backup, and of what is being restored */
    int source_fd, data_fd, stage_fd, lock_fd;
    bool is_made;                           /* the data folder is */
    bool is_moving;                         /* some of it may have its place, hub.db has not */
    bool is_current;                        /* the store is of this version's schema */
    struct cli_backup_manifest manifest;
    struct cli_backup_fault fault;
    uint64_t next, lost;
};

static int fail(struct restore *restore, enum cli_backup_fault_kind kind, const char *path)
{
    return cli_backup_fail(&restore->fault, kind, path);
}

/* -- The backup: DIR itself, or the newest in it -- */

static int inner_open(struct restore *restore, const char *folder)
{
    char name[CLI_BACKUP_NAME_SIZE];
    int outer = restore->source_fd;
    int rc = cli_backup_newest(outer, name, &restore->fault);

    if (rc == OD_OK && name[0] == '\0')
        rc = fail(restore, CLI_BACKUP_NONE, folder);
    if (rc == OD_OK && (size_t)snprintf(restore->source, sizeof(restore->source), "%s/%s", folder, name) >= sizeof(restore->source))
        rc = fail(restore, CLI_BACKUP_PATH, name);
    if (rc == OD_OK) {
        restore->source_fd = cli_backup_open(outer, name, O_RDONLY | O_DIRECTORY, 0);
        close(outer);
        if (restore->source_fd < 0)
            rc = cli_backup_fail_errno(&restore->fault, name);
    }
    return rc;
}

static int source_open(struct restore *restore, const char *folder)
{
    struct stat about;

    restore->source_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (restore->source_fd < 0)
        return cli_backup_fail_errno(&restore->fault, folder);
    snprintf(restore->source, sizeof(restore->source), "%s", folder);
    int rc = fstatat(restore->source_fd, "manifest.json", &about, AT_SYMLINK_NOFOLLOW) == 0 ? OD_OK : inner_open(restore, folder);
    return rc == OD_OK ? cli_backup_manifest_read(restore->source_fd, &restore->manifest, &restore->fault) : rc;
}

static int files_take(struct restore *restore, int to)
{
    struct cli_backup_copying copying = {.cli = restore->cli, .folder = restore->source_fd, .to = to, .manifest = &restore->manifest};

    return cli_backup_files_prove(&copying, &restore->fault);
}

/* -- The data folder -- */

/* What may be there: the lock, what an interrupted restore left, and what a file system makes. */
static int content_check(struct restore *restore, const struct cli_backup_names *names, bool *has_lock)
{
    static const char *const allowed[] = {"hub.lock", STAGE, "lost+found"};
    const char *other = NULL;

    *has_lock = false;
    for (size_t i = 0; i < names->count; i++) {
        bool is_allowed = false;

        for (size_t k = 0; k < sizeof(allowed) / sizeof(allowed[0]); k++)
            is_allowed = is_allowed || strcmp(allowed[k], names->items[i].text) == 0;
        *has_lock = *has_lock || strcmp(names->items[i].text, "hub.lock") == 0;
        if (!is_allowed && other == NULL)
            other = names->items[i].text;
    }
    return other == NULL ? OD_OK : fail(restore, CLI_BACKUP_NOT_EMPTY, other);
}

static int lock_take(struct restore *restore)
{
    struct cli_backup_fault *fault = &restore->fault;
    char text[512] = "";
    int rc = store_folder_lock(restore->data, &restore->lock_fd, text);

    if (rc == OD_OK)
        return OD_OK;
    *fault = (struct cli_backup_fault){.kind = CLI_BACKUP_FINE};
    snprintf(fault->text, sizeof(fault->text), "%s", rc == OD_EBUSY ? "" : text);
    return fail(restore, rc == OD_EBUSY ? CLI_BACKUP_TAKEN : CLI_BACKUP_STORE, NULL);
}

/* Nothing is made in a folder of something else; that a hub serves it says more than that it is not empty. */
static int data_open(struct restore *restore)
{
    struct cli_backup_names names = {.items = NULL};
    bool has_lock = false;
    int rc = OD_OK;

    restore->is_made = mkdir(restore->data, 0700) == 0;
    if (!restore->is_made && errno == ENOENT)
        snprintf(restore->fault.text, sizeof(restore->fault.text), "%s",
                 cli_say(restore->cli, "请先建立其上级文件夹", "create the folder that it is to lie in first"));
    if (!restore->is_made && errno != EEXIST)
        return cli_backup_fail_errno(&restore->fault, restore->data);
    restore->data_fd = open(restore->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (restore->data_fd < 0)
        return cli_backup_fail_errno(&restore->fault, restore->data);
    rc = cli_backup_list(restore->data_fd, ".", &names, &restore->fault);
    if (rc == OD_OK)
        rc = content_check(restore, &names, &has_lock);
    cli_backup_names_fini(&names);
    if (rc == OD_OK || has_lock) {
        int taken = lock_take(restore);

        rc = taken != OD_OK ? taken : rc;
    }
    return rc;
}

static int stage_make(struct restore *restore)
{
    int rc = cli_backup_remove(restore->data_fd, STAGE, &restore->fault);

    if (rc == OD_OK && (size_t)snprintf(restore->stage, sizeof(restore->stage), "%s/" STAGE, restore->data) >= sizeof(restore->stage))
        rc = fail(restore, CLI_BACKUP_PATH, restore->data);
    if (rc == OD_OK && mkdirat(restore->data_fd, STAGE, 0700) != 0)
        rc = cli_backup_fail_errno(&restore->fault, STAGE);
    if (rc == OD_OK && (restore->stage_fd = cli_backup_open(restore->data_fd, STAGE, O_RDONLY | O_DIRECTORY, 0)) < 0)
        rc = cli_backup_fail_errno(&restore->fault, STAGE);
    return rc;
}

/* -- Into its place -- */

static int gap_make(struct restore *restore, uint32_t gap)
{
    struct cli_backup_fault *fault = &restore->fault;
    uint32_t kinds = ~(UINT32_C(1) << EVIDENCE_REGISTER | UINT32_C(1)); /* checkpoints are numbered without gaps */
    int rc = store_skip(restore->stage, kinds, gap, &restore->next, fault->text);

    return rc == OD_OK ? rc : fail(restore, rc == OD_EFULL ? CLI_BACKUP_FULL : CLI_BACKUP_STORE, NULL);
}

/* Restored by root into the folder of the hub's user: that one is to read and write it. */
static int owner_give(struct restore *restore)
{
    struct stat about;

    if (geteuid() != 0 || fstat(restore->data_fd, &about) != 0 || (about.st_uid == 0 && about.st_gid == 0))
        return OD_OK;
    if (fchown(restore->lock_fd, about.st_uid, about.st_gid) != 0)
        return cli_backup_fail_errno(&restore->fault, "hub.lock");
    return cli_backup_give(restore->stage_fd, about.st_uid, about.st_gid, &restore->fault);
}

static const char *const tops[] = {"keys", "materials", "modules"};

static int move_up(struct restore *restore)
{
    restore->is_moving = true;
    for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
        if (renameat(restore->stage_fd, tops[i], restore->data_fd, tops[i]) != 0 && errno != ENOENT)
            return cli_backup_fail_errno(&restore->fault, tops[i]);
    if (fsync(restore->data_fd) != 0 || renameat(restore->stage_fd, "hub.db", restore->data_fd, "hub.db") != 0)
        return cli_backup_fail_errno(&restore->fault, "hub.db");
    restore->is_moving = false;
    unlinkat(restore->data_fd, STAGE, AT_REMOVEDIR); /* a hub does not mind it */
    return fsync(restore->data_fd) == 0 ? OD_OK : cli_backup_fail_errno(&restore->fault, restore->data);
}

static int place(struct restore *restore)
{
    int rc = owner_give(restore);

    if (rc == OD_OK && syncfs(restore->stage_fd) != 0)
        rc = cli_backup_fail_errno(&restore->fault, STAGE);
    return rc == OD_OK ? move_up(restore) : rc;
}

/* -- What was done -- */

static void times_format(const struct cli_backup_manifest *manifest, char made[EVIDENCE_TIME_SIZE], char head[160])
{
    char hash[2 * BASE_HASH_SIZE + 1], last[EVIDENCE_TIME_SIZE];

    evidence_time_format(manifest->made_ms, made);
    evidence_time_format(manifest->last_ms, last);
    base_hex(manifest->hash, BASE_HASH_SIZE, hash);
    snprintf(head, 160, "%" PRIu64 " %s %s", manifest->seq, hash, manifest->seq > 0 ? last : "");
}

static void json_print(const struct restore *restore, bool is_check)
{
    const struct cli_backup_manifest *manifest = &restore->manifest;
    struct base_buffer json = {0};
    char hash[2 * BASE_HASH_SIZE + 1], made[EVIDENCE_TIME_SIZE];

    base_hex(manifest->hash, BASE_HASH_SIZE, hash);
    evidence_time_format(manifest->made_ms, made);
    base_json_open(&json, NULL, '{');
    base_json_put_bool(&json, "ok", true);
    base_json_put_text(&json, "backup", restore->source);
    base_json_put_text(&json, "made_at", made);
    base_json_put_text(&json, "data", is_check ? NULL : restore->data);
    base_json_open(&json, "head", '{');
    base_json_put_i64(&json, "seq", (int64_t)manifest->seq);
    base_json_put_text(&json, "hash", hash);
    base_json_close(&json, '}');
    base_json_put_i64(&json, "files", (int64_t)manifest->file_count);
    base_json_put_i64(&json, "bytes", (int64_t)manifest->byte_count);
    base_json_put_bool(&json, "journal_verified", !is_check || restore->is_current);
    base_json_put_bool(&json, "keys", manifest->has_keys);
    base_json_put_i64(&json, "documents_missing", (int64_t)manifest->missing);
    base_json_put_i64(&json, "documents_damaged", (int64_t)manifest->damaged);
    if (!is_check) {
        base_json_put_i64(&json, "application_last", (int64_t)manifest->application_last);
        base_json_put_i64(&json, "application_next", (int64_t)restore->next);
    }
    if (restore->lost > 0)
        base_json_put_i64(&json, "lost_until", (int64_t)restore->lost);
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

static void lost_tell(const struct restore *restore)
{
    if (restore->lost > 0)
        cli_tell(restore->cli, cli_say(restore->cli, "另存的检查点证明日志曾写到记录 %" PRIu64 "：记录 %" PRIu64 " 至 %" PRIu64 " 不在此备份中",
                                       "a checkpoint that was kept attests record %" PRIu64 ": records %" PRIu64 " to %" PRIu64 " are not in this backup"),
                 restore->lost, restore->manifest.seq + 1, restore->lost);
}

static void lines_print(const struct restore *restore)
{
    const struct cli *cli = restore->cli;
    char made[EVIDENCE_TIME_SIZE], head[160];

    times_format(&restore->manifest, made, head);
    cli_view_line(cli, "备份", "backup", restore->source);
    cli_view_line(cli, "制作时间", "made at", made);
    cli_view_line(cli, "日志末条", "journal", head);
}

static void lacks_tell(const struct restore *restore)
{
    const struct cli_backup_manifest *manifest = &restore->manifest;

    if (manifest->missing + manifest->damaged > 0)
        cli_tell(restore->cli, cli_say(restore->cli, "制作备份时已缺少 %" PRIu64 " 份材料、损坏 %" PRIu64 " 份（见 manifest.json）：请从先前的备份找回",
                                       "when the backup was made %" PRIu64 " documents were missing and %" PRIu64 " damaged (manifest.json): look for them in earlier backups"),
                 manifest->missing, manifest->damaged);
}

static int checked_tell(const struct restore *restore)
{
    const struct cli *cli = restore->cli;

    lost_tell(restore);
    lacks_tell(restore);
    if (!restore->is_current)
        cli_tell(cli, "%s", cli_say(cli, "备份来自较早的版本：文件与数据库完好，日志将在恢复时核验",
                                    "the backup is of an earlier version: files and store are sound, its journal is verified when it is restored"));
    if (cli->is_json) {
        json_print(restore, true);
    } else {
        lines_print(restore);
        cli_put_toned(cli, CLI_TONE_GOOD, cli_say(cli, "完好", "sound"), 0);
        printf("\n");
    }
    return CLI_DONE;
}

static void next_tell(const struct restore *restore)
{
    const struct cli *cli = restore->cli;
    const struct cli_backup_manifest *manifest = &restore->manifest;

    cli_tell(cli, cli_say(cli, "记录 %" PRIu64 " 之后确认的事项不在其中：窗口以同一幂等键重试即重新受理，连接器会重新收到未办结的任务",
                          "what was acknowledged after record %" PRIu64 " is not in it: desks that repeat with their idempotency keys are taken anew, connectors are offered what is open again"),
             manifest->seq);
    cli_tell(cli, cli_say(cli, "为免重号，新办件编号从 %" PRIu64 " 起（备份中最后为 %" PRIu64 "）；已有的编号、查询码和密钥照常可用",
                          "so that no number is given twice, applications go on at %" PRIu64 " (the last one here is %" PRIu64 "); numbers, look-up codes and keys of before are good"),
             restore->next, manifest->application_last);
    cli_tell(cli, "%s", cli_say(cli, "备份之后按期清除的数据又回来了：中枢启动当日即会再次清除",
                                "data that was erased by rule after the backup is back: the hub erases it again on the day of its start"));
    if (!manifest->has_keys)
        cli_tell(cli, "%s", cli_say(cli, "备份不含签名密钥：启动前请放回 keys/evidence.key，否则中枢会另生成一个",
                                    "the signing key is not in the backup: put keys/evidence.key back before the start, else the hub makes a new one"));
    cli_tell(cli, "%s", cli_say(cli, "现在可以启动中枢：systemctl start onedoor", "now start the hub: systemctl start onedoor"));
}

static int restored_tell(const struct restore *restore)
{
    lost_tell(restore);
    lacks_tell(restore);
    if (restore->cli->is_json) {
        json_print(restore, false);
    } else {
        lines_print(restore);
        cli_view_line(restore->cli, "已恢复至", "restored to", restore->data);
    }
    next_tell(restore);
    return CLI_DONE;
}

/* -- The verb -- */

static int check(struct restore *restore)
{
    int rc = files_take(restore, -1);

    if (rc == OD_OK)
        rc = cli_backup_store_prove(restore->cli, restore->source, &restore->manifest, &restore->is_current, &restore->fault);
    if (rc != OD_OK)
        return cli_backup_tell(restore->cli, &restore->fault);
    int end = CLI_DONE;
    if (restore->is_current)
        end = cli_backup_journal_prove(restore->cli, restore->source, true, &restore->manifest, &restore->lost);
    return end == CLI_DONE ? checked_tell(restore) : end;
}

/* What was begun goes again. */
static void undo(struct restore *restore)
{
    struct cli_backup_fault passed = {.kind = CLI_BACKUP_FINE};

    if (restore->data_fd >= 0 && restore->lock_fd >= 0)
        (void)!cli_backup_remove(restore->data_fd, STAGE, &passed);
    for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]) && restore->is_moving; i++)
        (void)!cli_backup_remove(restore->data_fd, tops[i], &passed); /* the folder was empty */
    if (!restore->is_made)
        return;
    if (restore->data_fd >= 0)
        unlinkat(restore->data_fd, "hub.lock", 0);
    rmdir(restore->data);
}

static int bring(struct restore *restore, uint32_t gap)
{
    int rc = data_open(restore);

    if (rc == OD_OK)
        rc = stage_make(restore);
    if (rc == OD_OK)
        rc = files_take(restore, restore->stage_fd);
    if (rc == OD_OK)
        rc = cli_backup_store_prove(restore->cli, restore->stage, &restore->manifest, &restore->is_current, &restore->fault);
    return rc == OD_OK ? gap_make(restore, gap) : rc;
}

static int put_back(struct restore *restore, uint32_t gap)
{
    const struct cli *cli = restore->cli;
    int rc = bring(restore, gap), end = CLI_DONE;

    if (rc == OD_OK)
        end = cli_backup_journal_prove(cli, restore->stage, false, &restore->manifest, &restore->lost);
    if (rc == OD_OK && end == CLI_DONE)
        rc = place(restore);
    if (rc == OD_OK && end == CLI_DONE)
        return restored_tell(restore);
    bool is_not_ours = restore->fault.kind == CLI_BACKUP_NOT_EMPTY || restore->fault.kind == CLI_BACKUP_TAKEN;
    if (!is_not_ours)
        undo(restore);
    return rc != OD_OK ? cli_backup_tell(cli, &restore->fault) : end;
}

static int run(struct restore *restore, uint32_t gap)
{
    const struct cli *cli = restore->cli;
    bool is_check = cli_option(cli, "--check") != NULL;

    if (source_open(restore, cli->operands[0]) != OD_OK)
        return cli_backup_tell(cli, &restore->fault);
    return is_check ? check(restore) : put_back(restore, gap);
}

static void restore_fini(struct restore *restore)
{
    const int fds[] = {restore->source_fd, restore->stage_fd, restore->data_fd, restore->lock_fd};

    cli_backup_manifest_fini(&restore->manifest);
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

int cli_restore(struct cli *cli)
{
    bool is_check = cli_option(cli, "--check") != NULL;
    struct restore *restore;
    int64_t gap;

    if (cli_option_integer(cli, "--gap", 0, STORE_GAP_MAX, CLI_BACKUP_GAP, &gap) != OD_OK)
        return CLI_USAGE;
    if (is_check == (cli_option(cli, "--data") != NULL)) {
        cli_tell(cli, "%s", cli_say(cli, "请给出 --data（恢复至何处）或 --check 之一", "give --data, where to restore to, or --check"));
        return CLI_USAGE;
    }
    restore = base_alloc(sizeof(*restore)); /* it has paths */
    if (restore == NULL)
        return CLI_FAILED;
    restore->cli = cli;
    restore->data = cli_option(cli, "--data");
    restore->source_fd = restore->stage_fd = restore->data_fd = restore->lock_fd = -1;
    int end = run(restore, (uint32_t)gap);
    restore_fini(restore);
    base_free(restore);
    return end;
}
