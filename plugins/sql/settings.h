/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of one department's tables, and the statements that follow from it. Names
 * of tables and columns are checked and quoted; values are only ever bound. */
#ifndef SQL_SETTINGS_H
#define SQL_SETTINGS_H

#include "../row/answer.h"
#include "../row/column.h"
#include "../row/setting.h"

#define SQL_NAME_MAX 127      /* "schema.table" */
#define SQL_STATEMENT_MAX 16383
#define SQL_PARAMETERS_MAX (COLUMNS_MAX + 1)
#define SQL_ROWS_MAX 100      /* of one look into the outbox */

enum sql_kind {
    SQL_NONE = 0,
    SQL_POSTGRESQL,
    SQL_SQLITE,
};

/* What a row of the outbox is read into, in this order. */
enum sql_cell {
    SQL_ID = 0,
    SQL_KEY,
    SQL_WORD,
    SQL_REASONS,
    SQL_CONDITIONS,
    SQL_DOCUMENT_NO,
    SQL_FIELDS,
    SQL_QUESTION,
    SQL_PROGRESS,
    SQL_PERCENT,
    SQL_CELLS,
};

struct settings {
    enum sql_kind kind;
    char server[300];                 /* postgresql: host:port */
    char database[128], user[128];
    char file[128];                   /* sqlite: within its folder */
    int64_t timeout_ms, poll_ms, poll_max_ms;
    struct columns columns;           /* of the inbox; the first is the key */
    bool has_note;                    /* the outbox has a column that says what became of a row */
    char cells[SQL_CELLS][SQL_NAME_MAX + 1]; /* of the outbox; "" = none */
    struct answer_words words;
    char pause_kind[OD_NAME_MAX + 1];
    /* "INSERT ... ON CONFLICT (key) DO NOTHING"; "" where the configuration names no column for it. */
    char insert[SQL_STATEMENT_MAX + 1], withdraw[1024], answer[1024], look[4096], mark[1024];
};

/* Read host->config. [plugin] Errors (why says which setting and what is allowed): OD_EINVAL. */
OD_MUST_CHECK int settings_read(const struct od_host *host, struct settings *out, char why[SETTING_WHY_SIZE]);

#endif
