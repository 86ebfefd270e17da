/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of one department's files. */
#ifndef SPOOL_SETTINGS_H
#define SPOOL_SETTINGS_H

#include "../row/answer.h"
#include "../row/column.h"
#include "../row/setting.h"
#include "csv.h"

#define SPOOL_PREFIX_MAX 32

/* What a row of an incoming file is read into. */
enum spool_cell {
    SPOOL_KEY = 0,
    SPOOL_WORD,
    SPOOL_REASONS,
    SPOOL_CONDITIONS,
    SPOOL_DOCUMENT_NO,
    SPOOL_FIELDS,
    SPOOL_QUESTION,
    SPOOL_PROGRESS,
    SPOOL_PERCENT,
    SPOOL_CELLS,
};

enum spool_encoding {
    SPOOL_UTF8 = 0,
    SPOOL_GB18030,
};

struct settings {
    enum spool_encoding encoding;
    char separator;
    int64_t at_ms; /* of the day, by the center's clock on the wall; -1 = every_ms counts */
    int64_t every_ms, look_ms, wait_ms, stale_ms, ack_ms, rows_max;
    bool wants_ack;
    char out_folder[SPOOL_PREFIX_MAX + 1], in_folder[SPOOL_PREFIX_MAX + 1]; /* within its own folder */
    char out_prefix[SPOOL_PREFIX_MAX + 1], in_prefix[SPOOL_PREFIX_MAX + 1];
    struct columns columns;                             /* of a batch; the first is the key */
    char out_sum[COLUMN_NAME_MAX + 1], in_sum[COLUMN_NAME_MAX + 1]; /* the column that is added up; "" = none */
    char cells[SPOOL_CELLS][COLUMN_NAME_MAX + 1];       /* names of columns of incoming files; "" = none */
    struct answer_words words;
    char pause_kind[OD_NAME_MAX + 1];
};

/* Read host->config. [plugin] Errors (why): OD_EINVAL. */
OD_MUST_CHECK int settings_read(const struct od_host *host, struct settings *out, char why[SETTING_WHY_SIZE]);

#endif
