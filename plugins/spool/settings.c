/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define ROWS_MAX 10000 /* of one batch */

static bool is_prefix(const char *text)
{
    size_t size = strlen(text);

    return size > 0 && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == size;
}

static int read_prefix(const struct setting *part, const char *key, char out[SPOOL_PREFIX_MAX + 1])
{
    int rc = setting_text(part, key, out, SPOOL_PREFIX_MAX + 1);

    if (rc == OD_OK && !is_prefix(out))
        rc = setting_fault(part, key, "must be 1 to 32 letters, digits and _");
    return rc;
}

static int read_whole(const struct setting *whole, struct settings *out)
{
    static const char *const encodings[] = {"utf-8", "gb18030", NULL};
    char separator[8] = ",";
    int encoding = SPOOL_UTF8, rc = setting_word(whole, "encoding", encodings, &encoding);

    out->encoding = (enum spool_encoding)encoding;
    if (rc == OD_OK)
        rc = setting_text(whole, "separator", separator, sizeof(separator));
    if (rc == OD_OK && (strlen(separator) != 1 || strchr(",;|\t", separator[0]) == NULL))
        rc = setting_fault(whole, "separator", "must be a comma, a semicolon, a bar or a tabulator");
    out->separator = separator[0];
    if (rc == OD_OK)
        rc = setting_number(whole, "look_ms", 100, DAY_MS, &out->look_ms);
    if (rc == OD_OK)
        rc = setting_number(whole, "wait_ms", 1000, 30 * DAY_MS, &out->wait_ms);
    if (rc == OD_OK)
        rc = setting_number(whole, "stale_ms", 1000, 30 * DAY_MS, &out->stale_ms);
    return rc;
}

static bool has_column(const struct columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (strcmp(columns->items[i].name, name) == 0)
            return true;
    }
    return false;
}

/* "HH:MM". */
static int read_time(const struct setting *part, int64_t *at_ms)
{
    char text[8] = "";
    int hour, minute, rc = setting_text(part, "at", text, sizeof(text));

    if (rc != OD_OK || text[0] == '\0')
        return rc;
    bool is_time = strlen(text) == 5 && text[2] == ':' && strspn(text, "0123456789:") == 5 && sscanf(text, "%2d:%2d", &hour, &minute) == 2;
    if (!is_time || hour > 23 || minute > 59)
        return setting_fault(part, "at", "must be a time HH:MM, 00:00 to 23:59");
    *at_ms = ((int64_t)hour * 60 + minute) * 60000;
    return OD_OK;
}

static int read_out(const struct setting *whole, struct settings *out)
{
    struct setting part, list;
    struct columns more;
    struct column key = {.source = COLUMN_KEY, .name = "key"};
    int rc = setting_part(whole, "out", "out.", &part);

    if (rc == OD_OK)
        rc = read_prefix(&part, "prefix", out->out_prefix);
    if (rc == OD_OK)
        rc = read_prefix(&part, "folder", out->out_folder);
    if (rc == OD_OK)
        rc = read_time(&part, &out->at_ms);
    if (rc == OD_OK)
        rc = setting_number(&part, "every_ms", 100, DAY_MS, &out->every_ms);
    if (rc == OD_OK)
        rc = setting_number(&part, "rows_max", 1, ROWS_MAX, &out->rows_max);
    if (rc == OD_OK)
        rc = setting_number(&part, "ack_ms", 0, 30 * DAY_MS, &out->ack_ms);
    if (rc == OD_OK)
        rc = setting_text(&part, "key", key.name, sizeof(key.name));
    if (rc == OD_OK)
        rc = setting_text(&part, "sum", out->out_sum, sizeof(out->out_sum));
    if (rc == OD_OK)
        rc = setting_part(&part, "columns", "out.columns.", &list);
    if (rc == OD_OK)
        rc = columns_read(&list, false, &more);
    if (rc != OD_OK)
        return rc;
    if (more.count == COLUMNS_MAX)
        return setting_fault(&list, "", "names more than 63 columns beside the key");
    out->wants_ack = out->ack_ms > 0;
    out->columns.items[0] = key;
    memcpy(&out->columns.items[1], more.items, more.count * sizeof(more.items[0]));
    out->columns.count = more.count + 1;
    if (out->out_sum[0] != '\0' && !has_column(&out->columns, out->out_sum))
        return setting_fault(&part, "sum", "must be one of the columns");
    return OD_OK;
}

static int read_in(const struct setting *whole, struct settings *out)
{
    static const struct {
        const char *key;
        enum spool_cell cell;
    } cells[] = {
        {"key", SPOOL_KEY},           {"opinion", SPOOL_WORD}, {"reasons", SPOOL_REASONS},   {"conditions", SPOOL_CONDITIONS},
        {"document_no", SPOOL_DOCUMENT_NO}, {"fields", SPOOL_FIELDS}, {"question", SPOOL_QUESTION}, {"progress", SPOOL_PROGRESS},
        {"percent", SPOOL_PERCENT},
    };
    struct setting part, list, values;
    int rc = setting_part(whole, "in", "in.", &part);

    if (rc == OD_OK)
        rc = read_prefix(&part, "prefix", out->in_prefix);
    if (rc == OD_OK)
        rc = read_prefix(&part, "folder", out->in_folder);
    if (rc == OD_OK)
        rc = setting_text(&part, "sum", out->in_sum, sizeof(out->in_sum));
    if (rc == OD_OK)
        rc = setting_text(&part, "pause_kind", out->pause_kind, sizeof(out->pause_kind));
    if (rc == OD_OK)
        rc = setting_part(&part, "columns", "in.columns.", &list);
    for (size_t i = 0; rc == OD_OK && i < sizeof(cells) / sizeof(cells[0]); i++)
        rc = setting_text(&list, cells[i].key, out->cells[cells[i].cell], sizeof(out->cells[0]));
    if (rc == OD_OK && (out->cells[SPOOL_KEY][0] == '\0' || out->cells[SPOOL_WORD][0] == '\0'))
        rc = setting_fault(&part, "columns", "must name the columns of key and opinion");
    if (rc == OD_OK)
        rc = setting_part(&part, "values", "in.values.", &values);
    return rc == OD_OK ? answer_words_read(&values, &out->words) : rc;
}

int settings_read(const struct od_host *host, struct settings *out, char why[SETTING_WHY_SIZE])
{
    struct setting whole = setting_whole(host, why);

    *out = (struct settings){.at_ms = -1, .every_ms = DAY_MS, .look_ms = 60000, .wait_ms = 600000, .stale_ms = DAY_MS, .rows_max = 1000,
                             .pause_kind = "inspection", .out_folder = "out", .in_folder = "in"};
    int rc = read_whole(&whole, out);
    if (rc == OD_OK)
        rc = read_out(&whole, out);
    return rc == OD_OK ? read_in(&whole, out) : rc;
}
