/* SPDX-License-Identifier: Apache-2.0 */
/* One backup while it is made; between backup.c, which says in what order, and backup_content.c, which takes the files. */
#ifndef CLI_BACKUP_MAKE_H
#define CLI_BACKUP_MAKE_H

#include "cli/backup.h"

/* Documents that stand out: all are counted, the first are named. */
struct cli_backup_named {
    uint64_t count;
    struct base_buffer items; /* JSON array elements */
};

struct cli_backup_make {
    const struct cli *cli;
    const char *data, *folder;    /* paths, as given */
    int data_fd, folder_fd, lock_fd, stage_fd;
    int before_fd;                /* the newest backup of before, -1 = none */
    char name[CLI_BACKUP_NAME_SIZE], stage[CLI_BACKUP_NAME_SIZE + 8];
    char stage_path[PATH_MAX];
    struct store_still *still;    /* the copy */
    struct store_reader *live;    /* the store itself, once it was asked; NULL = not yet */
    struct cli_backup_lines lines;
    struct cli_backup_manifest manifest;
    struct cli_backup_fault fault;
    struct cli_progress progress;
    uint64_t document_total;      /* that the copy names */
    uint64_t documents, linked;   /* taken; of them shared with the backup of before */
    struct cli_backup_named erased, missing, damaged, left_out, removed;
};

/* Each takes its files into the stage and the list, in this order. Errors: told in fault. */
OD_MUST_CHECK int cli_backup_take_store(struct cli_backup_make *make);
OD_MUST_CHECK int cli_backup_take_keys(struct cli_backup_make *make);
OD_MUST_CHECK int cli_backup_take_documents(struct cli_backup_make *make);
OD_MUST_CHECK int cli_backup_take_modules(struct cli_backup_make *make);
/* What else lies in the data folder is left out, and named. */
OD_MUST_CHECK int cli_backup_look_round(struct cli_backup_make *make);

void cli_backup_name(struct cli_backup_named *named, const char *text);

#endif
