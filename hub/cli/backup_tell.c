/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of each fault. */
#include <string.h>

#include "cli/backup.h"
#include "cli/text.h"

static const struct fault_text {
    const char *code;
    enum cli_exit end;
    struct cli_text text;
} faults[CLI_BACKUP_FAULTS] = {
    [CLI_BACKUP_FINE] = {"none", CLI_DONE, {{"", ""}}},
    [CLI_BACKUP_FULL] = {"full", CLI_FAILED,
                         {{"磁盘已满。请腾出空间或换一块磁盘后重来；本次写入的内容已移除，先前的备份不受影响",
                           "the disk is full. Free some space, or choose another disk, and run it again: what this run wrote is removed, earlier backups are as they were"}}},
    [CLI_BACKUP_IO] = {"io", CLI_FAILED, {{"无法读写", "it cannot be read or written"}}},
    [CLI_BACKUP_ODD] = {"odd_file", CLI_REFUSED,
                        {{"此处应为普通文件或文件夹，而不是符号链接、设备等；不予跟随",
                          "a regular file or a folder is due here, no symbolic link, device or the like: it is not followed"}}},
    [CLI_BACKUP_MISSING] = {"missing", CLI_NOT_FOUND, {{"不存在", "it is not there"}}},
    [CLI_BACKUP_CHANGED] = {"changed", CLI_REFUSED,
                            {{"与清单不符：文件已损坏或被改动。请改用另一个备份",
                              "it is not what the list says: the file is damaged or was changed. Use another backup"}}},
    [CLI_BACKUP_PATH] = {"path", CLI_REFUSED, {{"备份中不会有这样的路径", "no backup has such a path, in such a place"}}},
    [CLI_BACKUP_LIST] = {"list", CLI_REFUSED,
                         {{"files.jsonl 与清单所记不符：已损坏或被改动。请改用另一个备份",
                           "files.jsonl is not what the manifest says: it is damaged or was changed. Use another backup"}}},
    [CLI_BACKUP_MANIFEST] = {"manifest", CLI_REFUSED,
                             {{"manifest.json 无法读取，或已损坏、被改动。请改用另一个备份",
                               "manifest.json cannot be read, is damaged or was changed. Use another backup"}}},
    [CLI_BACKUP_NEWER] = {"newer", CLI_REFUSED, {{"备份由更新的版本写成：请用该版本", "a newer version wrote this backup: use that version"}}},
    [CLI_BACKUP_NONE] = {"not_found", CLI_NOT_FOUND, {{"其中没有备份", "there is no backup in it"}}},
    [CLI_BACKUP_BUSY] = {"busy", CLI_FAILED, {{"正在向其中写入另一个备份：请等它结束", "another backup is being written into it: wait for its end"}}},
    [CLI_BACKUP_INSIDE] = {"inside", CLI_USAGE, {{"备份不能放在数据文件夹之内", "backups cannot lie in the data folder: choose a folder outside, on another disk"}}},
    [CLI_BACKUP_TAKEN] = {"in_use", CLI_REFUSED,
                          {{"有中枢（或另一次恢复）正在使用该数据文件夹：请先停止", "a hub, or another restore, is at work in the data folder: stop it first"}}},
    [CLI_BACKUP_NOT_EMPTY] = {"not_empty", CLI_REFUSED,
                              {{"数据文件夹不是空的：请把其中的内容移走（不要删除，直到恢复后的中枢运行正常）",
                                "the data folder is not empty: move what is in it away, and keep that until the restored hub works"}}},
    [CLI_BACKUP_STORE] = {"store", CLI_FAILED, {{"", ""}}},
    [CLI_BACKUP_OTHER] = {"other_store", CLI_REFUSED,
                          {{"数据库的日志末条与清单所记不同：不是同一个备份的", "the store's journal does not end where the manifest says: it is not of this backup"}}},
    [CLI_BACKUP_JOURNAL] = {"journal", CLI_REFUSED, {{"日志不完好，未恢复", "the journal is not sound; nothing was restored"}}},
    [CLI_BACKUP_MEMORY] = {"memory", CLI_FAILED, {{"内存不足", "no memory left"}}},
};

static void text_put(struct base_buffer *text, const struct cli *cli, const struct cli_backup_fault *fault)
{
    const char *said = faults[fault->kind].text.in[cli->language];

    if (fault->path[0] != '\0')
        base_buffer_put_format(text, "%s: ", fault->path);
    base_buffer_put_text(text, said);
    if (fault->kind == CLI_BACKUP_IO && fault->error != 0)
        base_buffer_put_format(text, ": %s", strerror(fault->error));
    if (fault->text[0] != '\0')
        base_buffer_put_format(text, "%s%s", said[0] != '\0' ? ": " : "", fault->text);
}

static void json_print(const struct cli_backup_fault *fault, const char *text)
{
    struct base_buffer json = {0};

    base_json_open(&json, NULL, '{');
    base_json_put_bool(&json, "ok", false);
    base_json_put_text(&json, "code", faults[fault->kind].code);
    base_json_put_text(&json, "text", text);
    base_json_put_text(&json, "path", fault->path[0] != '\0' ? fault->path : NULL);
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

int cli_backup_tell(const struct cli *cli, const struct cli_backup_fault *fault)
{
    struct base_buffer text = {0};

    text_put(&text, cli, fault);
    if (cli->is_json)
        json_print(fault, base_buffer_text(&text));
    fflush(stdout);
    fputs("onedoor: ", stderr);
    cli_put(stderr, base_buffer_text(&text)); /* a path of a list may hold anything */
    fputc('\n', stderr);
    base_buffer_fini(&text);
    return faults[fault->kind].end;
}
