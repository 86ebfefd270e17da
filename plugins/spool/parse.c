/* SPDX-License-Identifier: Apache-2.0 */
/* decode -> header -> columns -> rows -> trailer. One fault refuses the whole file; a file without its trailer is
 * not whole yet, whatever else stands in it. */
#include <iconv.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../http/json.h"
#include "../row/text.h"
#include "spool.h"

#define DIGITS_MAX 15
#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* what some systems begin a text with */

struct reading {
    const struct settings *settings;
    struct file *file;
    char *at, *end;
    unsigned line;
    int places[SPOOL_CELLS]; /* of the columns in the file; -1 = none */
    int sum_place;
    size_t column_count;
    int64_t rows, sum;
};

/* What was read of it. */
static void file_drop(struct file *file)
{
    for (size_t i = 0; i < file->row_count; i++)
        free(file->rows[i].note);
    free(file->rows);
    free(file->acks);
    free(file->text);
    file->rows = NULL;
    file->acks = NULL;
    file->text = NULL;
    file->row_count = file->row_room = file->ack_count = 0;
}

void file_free(struct file *file)
{
    if (file == NULL)
        return;
    file_drop(file);
    free(file);
}

__attribute__((format(printf, 2, 3))) static bool refuse(struct reading *reading, const char *format, ...)
{
    struct file *file = reading->file;
    va_list arguments;
    char what[SPOOL_WHY_SIZE];

    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    text_format(file->why, sizeof(file->why), "line %u: %s", reading->line, what);
    file->state = FILE_REFUSED;
    return false;
}

static bool is_number(const char *text, int64_t *number)
{
    size_t size = strlen(text);

    if (size == 0 || size > DIGITS_MAX || strspn(text, "0123456789") != size)
        return false;
    *number = strtoll(text, NULL, 10);
    return true;
}

/* -- Decoding -- */

/* A foreign encoding becomes UTF-8. NULL: why. */
static char *decoded(void *decode, const char *bytes, size_t size, size_t *out_size, size_t *bad_at)
{
    size_t room = 2 * size + 16, left = size, free_room = room;
    char *out = malloc(room + 1), *to = out, *from = (char *)(uintptr_t)bytes; /* iconv only reads it */

    if (out == NULL)
        return NULL;
    iconv((iconv_t)decode, NULL, NULL, NULL, NULL);
    if (iconv((iconv_t)decode, &from, &left, &to, &free_room) == (size_t)-1 || left > 0) {
        *bad_at = size - left;
        free(out);
        return NULL;
    }
    *out_size = room - free_room;
    out[*out_size] = '\0';
    return out;
}

/* Where the first byte stands that is no UTF-8. */
static size_t bad_byte(const char *bytes, size_t size)
{
    size_t low = 0, high = size;

    while (low < high) { /* the longest start that is well formed but for a cut character at its end */
        size_t middle = low + (high - low + 1) / 2;

        if (json_is_utf8(bytes, json_cut(bytes, size, middle)))
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static bool decode_all(struct reading *reading, void *decode, const char *bytes, size_t size)
{
    struct file *file = reading->file;
    size_t text_size = size, bad_at = 0;

    if (decode != NULL) {
        file->text = decoded(decode, bytes, size, &text_size, &bad_at);
    } else if (json_is_utf8(bytes, size)) {
        file->text = strndup(bytes, size);
    } else {
        bad_at = bad_byte(bytes, size);
    }
    if (file->text != NULL) {
        bool has_mark = strncmp(file->text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0;

        reading->at = file->text + (has_mark ? strlen(BYTE_ORDER_MARK) : 0);
        reading->end = file->text + text_size;
        return true;
    }
    file->state = FILE_REFUSED;
    snprintf(file->why, sizeof(file->why), "byte %zu: it is not %s", bad_at, decode != NULL ? "GB18030" : "UTF-8 (or holds a NUL)");
    return false;
}

/* -- Lines -- */

/* false: refused, or not whole; then state says which. */
static bool next_line(struct reading *reading, struct csv_line *line)
{
    bool is_whole = false;
    int rc = csv_line_read(&reading->at, reading->end, reading->settings->separator, line, &is_whole);

    reading->line++;
    if (rc == OD_ELIMIT)
        return refuse(reading, "more than %d cells", CSV_CELLS_MAX);
    if (rc == OD_ESYNTAX)
        return refuse(reading, "a quote stands in the middle of a cell");
    if (rc == OD_OK && is_whole)
        return true;
    reading->file->state = FILE_PARTIAL;
    return false;
}

static bool read_header(struct reading *reading)
{
    const struct settings *settings = reading->settings;
    struct csv_line line;

    if (!next_line(reading, &line))
        return false;
    if (line.count < 3 || strcmp(line.cells[0], "H") != 0)
        return refuse(reading, "the header must be H, a prefix and a number");
    reading->file->is_acks = strcmp(line.cells[1], settings->out_prefix) == 0 && strcmp(line.cells[2], "ack") == 0;
    if (reading->file->is_acks)
        return true;
    if (strcmp(line.cells[1], settings->in_prefix) != 0)
        return refuse(reading, "the header names \"%.64s\", not \"%s\"", line.cells[1], settings->in_prefix);
    return is_number(line.cells[2], &reading->file->sequence) || refuse(reading, "\"%.32s\" is no sequence number", line.cells[2]);
}

static int place_of(const struct csv_line *line, const char *name)
{
    for (size_t i = 1; name[0] != '\0' && i < line->count; i++) {
        if (strcmp(line->cells[i], name) == 0)
            return (int)i;
    }
    return -1;
}

static bool read_columns(struct reading *reading)
{
    const struct settings *settings = reading->settings;
    struct csv_line line;

    if (!next_line(reading, &line))
        return false;
    if (strcmp(line.cells[0], "C") != 0)
        return refuse(reading, "the second line must be C and the names of the columns");
    reading->column_count = line.count;
    for (size_t i = 0; i < SPOOL_CELLS; i++) {
        reading->places[i] = place_of(&line, settings->cells[i]);
        if (settings->cells[i][0] != '\0' && reading->places[i] < 0)
            return refuse(reading, "there is no column \"%.64s\"", settings->cells[i]);
    }
    reading->sum_place = place_of(&line, settings->in_sum);
    if (settings->in_sum[0] != '\0' && reading->sum_place < 0)
        return refuse(reading, "there is no column \"%.64s\", which is added up", settings->in_sum);
    return true;
}

static bool count_row(struct reading *reading, const struct csv_line *line)
{
    int64_t amount = 0;

    reading->rows++;
    if (reading->sum_place < 0)
        return true;
    if (csv_amount_read(line->cells[reading->sum_place], &amount) != OD_OK)
        return refuse(reading, "\"%.32s\" is no amount", line->cells[reading->sum_place]);
    return csv_amount_add(&reading->sum, amount) == OD_OK || refuse(reading, "the sum is too large");
}

static bool take_row(struct reading *reading, const struct csv_line *line)
{
    struct file *file = reading->file;

    if (line->count != reading->column_count)
        return refuse(reading, "%zu cells, the columns are %zu", line->count - 1, reading->column_count - 1);
    if (file->row_count == SPOOL_ROWS_MAX)
        return refuse(reading, "more than %d rows", SPOOL_ROWS_MAX);
    if (file->row_count == file->row_room) {
        size_t room = file->row_room > 0 ? 2 * file->row_room : 64;
        struct row *rows = realloc(file->rows, room * sizeof(*rows));

        if (rows == NULL)
            return refuse(reading, "no memory left");
        file->rows = rows;
        file->row_room = room;
    }
    struct row *row = &file->rows[file->row_count++];
    *row = (struct row){.file = file, .line = reading->line};
    for (size_t i = 0; i < SPOOL_CELLS; i++) {
        const char *cell = reading->places[i] >= 0 ? line->cells[reading->places[i]] : "";
        row->cells[i] = cell[0] != '\0' ? cell : NULL;
    }
    if (row->cells[SPOOL_KEY] == NULL || row->cells[SPOOL_WORD] == NULL)
        return refuse(reading, "key or opinion is empty");
    return count_row(reading, line);
}

/* A batch may come back with its columns filled in: what it said of withdrawals and answers is counted and passed over. */
static bool take_any(struct reading *reading, const struct csv_line *line)
{
    const char *kind = line->cells[0];

    if (strcmp(kind, "W") == 0 || strcmp(kind, "I") == 0) {
        reading->rows++;
        return true;
    }
    if (strcmp(kind, "D") == 0 || strcmp(kind, "R") == 0)
        return take_row(reading, line);
    return refuse(reading, "\"%.8s\" begins no row", kind);
}

static bool take_ack(struct reading *reading, const struct csv_line *line)
{
    struct file *file = reading->file;
    struct acknowledgement ack = {.sequence = 0};

    if (line->count < 4 || strcmp(line->cells[0], "A") != 0 || !is_number(line->cells[1], &ack.sequence) ||
        !is_number(line->cells[2], &ack.rows) || csv_amount_read(line->cells[3], &ack.sum) != OD_OK)
        return refuse(reading, "an acknowledgement must be A, the number of the batch, its rows and its sum");
    ack.is_wanted_again = line->count > 4 && strcmp(line->cells[4], "again") == 0;
    if (file->ack_count == SPOOL_SENT_MAX)
        return refuse(reading, "more than %d acknowledgements", SPOOL_SENT_MAX);
    struct acknowledgement *acks = realloc(file->acks, (file->ack_count + 1) * sizeof(*acks));
    if (acks == NULL)
        return refuse(reading, "no memory left");
    file->acks = acks;
    file->acks[file->ack_count++] = ack;
    reading->rows++;
    return true;
}

/* The totals are the word of the department that this is all of it. */
static bool check_totals(struct reading *reading, const struct csv_line *line)
{
    int64_t rows = 0, sum = 0;
    char told[CSV_AMOUNT_SIZE], found[CSV_AMOUNT_SIZE];

    if (line->count < 2 || !is_number(line->cells[1], &rows))
        return refuse(reading, "the trailer must be T and the number of rows, and the sum where one is agreed");
    if (rows != reading->rows)
        return refuse(reading, "the trailer counts %lld rows, there are %lld", (long long)rows, (long long)reading->rows);
    if (reading->sum_place < 0)
        return true;
    if (line->count < 3 || line->cells[2][0] == '\0' || csv_amount_read(line->cells[2], &sum) != OD_OK)
        return refuse(reading, "the trailer has no sum");
    if (sum == reading->sum)
        return true;
    csv_amount_write(sum, told);
    csv_amount_write(reading->sum, found);
    return refuse(reading, "the trailer's sum is %s, the rows' is %s", told, found);
}

static void read_rows(struct reading *reading)
{
    struct csv_line line;
    struct file *file = reading->file;

    while (next_line(reading, &line)) {
        if (strcmp(line.cells[0], "T") == 0) {
            if (check_totals(reading, &line))
                file->state = FILE_READ;
            if (file->state == FILE_READ && reading->at < reading->end)
                refuse(reading, "something stands behind the trailer");
            return;
        }
        if (!(file->is_acks ? take_ack(reading, &line) : take_any(reading, &line)))
            return;
    }
}

/* Is there a trailer at all? Until then no fault counts: the file is being written. Both encodings write it alike. */
static bool has_trailer(const char *bytes, size_t size, char separator)
{
    const char *at = bytes + size;
    const char mark[3] = {'T', separator, '\0'};

    if (size == 0 || at[-1] != '\n')
        return false;
    for (at--; at > bytes && at[-1] != '\n'; at--)
        continue;
    size_t left = (size_t)(bytes + size - at);
    return (left >= 2 && memcmp(at, mark, 2) == 0) || (left >= 3 && memcmp(at, "\"T\"", 3) == 0);
}

uint64_t file_hash(const char *bytes, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

void file_parse(const struct settings *settings, void *decode, struct file *file, const char *bytes, size_t size)
{
    struct reading reading = {.settings = settings, .file = file, .sum_place = -1};

    file->hash = file_hash(bytes, size);
    file->size = (int64_t)size;
    file->state = FILE_PARTIAL;
    if (!has_trailer(bytes, size, settings->separator) || !decode_all(&reading, decode, bytes, size))
        return;
    if (read_header(&reading) && (file->is_acks || read_columns(&reading)))
        read_rows(&reading);
    if (file->state == FILE_PARTIAL)
        file_drop(file); /* it is read anew when it is whole */
}
