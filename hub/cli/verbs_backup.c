/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of backup and restore. */
#include "cli/verbs.h"

const struct cli_option cli_backup_options[] = {
    {"--data", "DIR", false,
     {{"中枢的数据文件夹（默认 /var/lib/onedoor）；中枢可照常运行", "data folder of the hub (default: /var/lib/onedoor); the hub may run meanwhile"}}},
    {"--keep", "N", false,
     {{"只保留最新的 N 个备份，成功后移除更早的", "keep the newest N backups and remove older ones once this one is whole"}}},
    {"--whole", NULL, false,
     {{"重新复制全部材料，不与上一个备份共用", "copy every document anew and share none with the backup before"}}},
    {"--without-keys", NULL, false,
     {{"不含签名密钥 keys/evidence.key（须另行保存）", "leave the signing key keys/evidence.key out (keep it apart)"}}},
    {.name = NULL},
};

const struct cli_example cli_backup_examples[] = {
    {"onedoor backup /backup/onedoor --data /var/lib/onedoor --keep 30",
     {{"制作一个备份，保留最新的 30 个", "make a backup and keep the newest 30"}}},
    {.line = NULL},
};

const struct cli_option cli_restore_options[] = {
    {"--data", "DIR", false,
     {{"恢复至此文件夹，须为空或不存在", "data folder to restore to: empty, or not there yet"}}},
    {"--check", NULL, false,
     {{"只核验备份，不恢复", "verify the backup and restore nothing"}}},
    {"--against", "FILE", true,
     {{"另行保存的检查点，或较晚备份的 manifest.json", "a checkpoint that was kept elsewhere, or the manifest.json of a later backup"}}},
    {"--key", "KEY", true,
     {{"信任的公钥，或含有它的文件", "public key that is trusted, or a file that holds it"}}},
    {"--gap", "N", false,
     {{"跳过的编号数，以免重号（默认 100000）", "numbers to leave out, so that none is given twice (default: 100000)"}}},
    {.name = NULL},
};

const struct cli_example cli_restore_examples[] = {
    {"onedoor restore /backup/onedoor --check",
     {{"核验其中最新的备份", "verify the newest backup in it"}}},
    {"onedoor restore /backup/onedoor/20261129T223802Z --data /var/lib/onedoor",
     {{"恢复某一个备份，之后启动中枢", "restore a certain one, then start the hub"}}},
    {.line = NULL},
};
