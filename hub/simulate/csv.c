/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_SIZE 512

static const char mark[] = "\xef\xbb\xbf"; /* byte order mark */

static int refuse(struct simulate_csv *csv, int rc, const char *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int refuse(struct simulate_csv *csv, int rc, const char *at, const char *format, ...)
{
    int size = snprintf(csv->text, TEXT_SIZE, "%s:%llu:%llu: ", csv->path, (unsigned long long)csv->line_next,
                        (unsigned long long)(at - csv->line_start) + 1);
    va_list arguments;

    va_start(arguments, format);
    if (size > 0 && size < TEXT_SIZE)
        vsnprintf(csv->text + size, (size_t)(TEXT_SIZE - size), format, arguments);
    va_end(arguments);
    return rc;
}

/* -- UTF-8 (RFC 3629) -- */

static size_t letter_size(const unsigned char *at, size_t left)
{
    static const struct { unsigned char first, last, low, high; size_t size; } forms[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
        {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (at[0] < forms[i].first || at[0] > forms[i].last || left < forms[i].size || at[1] < forms[i].low || at[1] > forms[i].high)
            continue;
        for (size_t k = 2; k < forms[i].size; k++)
            if (at[k] < 0x80 || at[k] > 0xbf)
                return 0;
        return forms[i].size;
    }
    return 0;
}

/* The first byte that is no letter of UTF-8 or is a NUL; end when all are fine. */
static const char *find_broken(const char *at, const char *end)
{
    while (at < end) {
        size_t size = (signed char)*at > 0 ? 1 : *at == 0 ? 0 : letter_size((const unsigned char *)at, (size_t)(end - at));
        if (size == 0)
            return at;
        at += size;
    }
    return end;
}

/* -- One row -- */

static const char *end_of(const struct simulate_csv *csv)
{
    return csv->bytes + csv->size;
}

static bool is_line_end(const struct simulate_csv *csv, const char *at)
{
    return at == end_of(csv) || *at == '\n' || (*at == '\r' && (at + 1 == end_of(csv) || at[1] == '\n'));
}

static int take_plain(struct simulate_csv *csv, const char **at, struct simulate_field *field)
{
    const char *start = *at;

    while (!is_line_end(csv, *at) && **at != ',') {
        if (**at == '"')
            return refuse(csv, OD_ESYNTAX, *at, "a quote inside a field that does not begin with one; put the whole field "
                          "in quotes and double the quotes in it (RFC 4180)");
        if (**at == '\r')
            return refuse(csv, OD_ESYNTAX, *at, "a carriage return without a line feed; lines end with LF or CRLF, so convert the file (tr '\\r' '\\n')");
        ++*at;
    }
    field->text = start;
    field->size = (uint32_t)(*at - start);
    return OD_OK;
}

/* Only a field with doubled quotes is copied. */
static void take_content(struct simulate_csv *csv, const char *start, const char *end, bool has_pairs, struct simulate_field *field)
{
    char *copy = csv->scratch + csv->scratch_size;

    field->text = start;
    field->size = (uint32_t)(end - start);
    if (!has_pairs)
        return;
    field->text = copy;
    for (const char *at = start; at < end; at++) {
        *copy++ = *at;
        if (*at == '"')
            at++;
    }
    field->size = (uint32_t)(copy - field->text);
    csv->scratch_size += field->size;
}

static int take_quoted(struct simulate_csv *csv, const char **at, struct simulate_field *field)
{
    const char *start = *at + 1, *quote = *at, *quote_line_start = csv->line_start;
    uint64_t quote_line = csv->line_next;
    bool has_pairs = false;

    for (++*at; *at < end_of(csv); ++*at) {
        if (*at - csv->bytes - (ptrdiff_t)csv->offset > SIMULATE_ROW_SIZE_MAX)
            break;
        if (**at == '\n') {
            csv->line_next++;
            csv->line_start = *at + 1;
        }
        if (**at != '"')
            continue;
        if (*at + 1 == end_of(csv) || (*at)[1] != '"')
            break;
        has_pairs = true;
        ++*at;
    }
    if (*at == end_of(csv) || **at != '"') {
        csv->line_next = quote_line;
        csv->line_start = quote_line_start;
        return refuse(csv, OD_ESYNTAX, quote, "a quoted field that does not end within %d bytes; close it with a quote", SIMULATE_ROW_SIZE_MAX);
    }
    take_content(csv, start, *at, has_pairs, field);
    ++*at;
    if (!is_line_end(csv, *at) && **at != ',')
        return refuse(csv, OD_ESYNTAX, *at, "something between the closing quote of a field and the next comma; double the quotes inside of a quoted field");
    return OD_OK;
}

static int take_field(struct simulate_csv *csv, const char **at)
{
    if (csv->field_count == SIMULATE_COLUMNS_MAX)
        return refuse(csv, OD_ELIMIT, *at, "more than %d columns; leave those away that are not needed", SIMULATE_COLUMNS_MAX);
    struct simulate_field *field = &csv->fields[csv->field_count++];
    *field = (struct simulate_field){.line = csv->line_next, .column = (uint32_t)(*at - csv->line_start) + 1};
    return *at < end_of(csv) && **at == '"' ? take_quoted(csv, at, field) : take_plain(csv, at, field);
}

static int check_row(struct simulate_csv *csv, const char *start, const char *end)
{
    const char *broken = find_broken(start, end);

    if (end - start > SIMULATE_ROW_SIZE_MAX)
        return refuse(csv, OD_ELIMIT, end, "a row of more than %d bytes; a quote may be missing", SIMULATE_ROW_SIZE_MAX);
    if (broken != end) {
        csv->line_next = csv->line; /* where the row begins: the byte may be lines below */
        csv->line_start = start;
        return refuse(csv, OD_ESYNTAX, broken, "byte 0x%02x is no text in UTF-8; convert the file (iconv -t UTF-8)", (unsigned)(unsigned char)*broken);
    }
    if (csv->column_count != 0 && csv->field_count != csv->column_count)
        return refuse(csv, OD_ESYNTAX, end, "%zu fields where the head has %zu; a comma inside a field needs quotes around it",
                      csv->field_count, csv->column_count);
    return OD_OK;
}

static int take_row(struct simulate_csv *csv)
{
    const char *start = csv->bytes + csv->at, *at = start;
    int rc;

    csv->offset = csv->at;
    csv->line = csv->line_next;
    csv->line_start = start;
    csv->field_count = 0;
    csv->scratch_size = 0;
    for (;;) {
        rc = take_field(csv, &at);
        if (rc != OD_OK || is_line_end(csv, at))
            break;
        at++; /* the comma */
    }
    if (rc == OD_OK)
        rc = check_row(csv, start, at);
    if (at < end_of(csv) && *at == '\r')
        at++;
    if (at < end_of(csv) && *at == '\n')
        at++;
    csv->at = (size_t)(at - csv->bytes);
    csv->line_next++;
    return rc;
}

/* A line with nothing on it, where one field would not be enough. */
static bool is_blank(const struct simulate_csv *csv)
{
    return csv->column_count > 1 && is_line_end(csv, csv->bytes + csv->at);
}

int simulate_csv_next(struct simulate_csv *csv)
{
    while (csv->at < csv->size && is_blank(csv)) {
        csv->at += csv->bytes[csv->at] == '\r' && csv->at + 1 < csv->size ? 2 : 1;
        csv->line_next++;
    }
    return csv->at < csv->size ? take_row(csv) : OD_ENOTFOUND;
}

int simulate_csv_at(struct simulate_csv *csv, size_t offset, uint64_t line)
{
    csv->at = offset;
    csv->line_next = line;
    return simulate_csv_next(csv);
}

/* -- The file -- */

static int map(struct simulate_csv *csv, int file)
{
    struct stat status;

    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        snprintf(csv->text, TEXT_SIZE, "%s: not a file; a pipe cannot be read twice, so write it to a file first", csv->path);
        return OD_EIO;
    }
    csv->size = (size_t)status.st_size;
    if (csv->size == 0) {
        snprintf(csv->text, TEXT_SIZE, "%s:1:1: the file is empty; a head with the names of the columns is due", csv->path);
        return OD_ESYNTAX;
    }
    void *bytes = mmap(NULL, csv->size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED) {
        snprintf(csv->text, TEXT_SIZE, "%s: %s", csv->path, strerror(errno));
        return OD_EIO;
    }
    csv->bytes = bytes;
    return OD_OK;
}

static int open_file(struct simulate_csv *csv)
{
    int file = open(csv->path, O_RDONLY | O_CLOEXEC);

    if (file < 0) {
        int reason = errno;
        snprintf(csv->text, TEXT_SIZE, "%s: %s", csv->path, strerror(reason));
        return reason == ENOENT || reason == ENOTDIR ? OD_ENOTFOUND : OD_EIO;
    }
    int rc = map(csv, file);
    close(file);
    return rc;
}

int simulate_csv_open(struct simulate_csv *csv, const char *path, char text[512])
{
    *csv = (struct simulate_csv){.path = path, .text = text, .line_next = 1};
    int rc = open_file(csv);

    if (rc != OD_OK)
        return rc;
    if (csv->size >= sizeof(mark) - 1 && memcmp(csv->bytes, mark, sizeof(mark) - 1) == 0)
        csv->at = sizeof(mark) - 1;
    rc = simulate_csv_next(csv);
    if (rc == OD_ENOTFOUND) {
        snprintf(csv->text, TEXT_SIZE, "%s:1:1: the file is empty; a head with the names of the columns is due", csv->path);
        rc = OD_ESYNTAX;
    }
    csv->column_count = csv->field_count;
    return rc;
}

void simulate_csv_close(struct simulate_csv *csv)
{
    if (csv->bytes != NULL)
        munmap((void *)(uintptr_t)csv->bytes, csv->size);
    csv->bytes = NULL;
}

int simulate_csv_column(const struct simulate_csv *csv, const char *head, size_t *column)
{
    for (size_t i = 0; i < csv->field_count; i++)
        if (csv->fields[i].size == strlen(head) && memcmp(csv->fields[i].text, head, csv->fields[i].size) == 0) {
            *column = i;
            return OD_OK;
        }
    return OD_ENOTFOUND;
}
