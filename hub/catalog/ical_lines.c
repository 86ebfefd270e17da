/* SPDX-License-Identifier: Apache-2.0 */
/* Content lines of an iCalendar file: unfolded, checked, parted at the first colon outside quotes.
 * RFC 5545 section 3.1. LF alone and CRCRLF end a line too, and blank lines are stepped
 * over: many published files are so, and nothing is lost by it. */
#include <string.h>
#include <strings.h>

#include "catalog/ical.h"

static const char mark[] = "\xef\xbb\xbf";

static void fault(struct catalog_ical_lines *lines, const char *at, const char *what)
{
    catalog_report_byte_word(lines->loading, 0, (size_t)(at - lines->text), "", what);
    lines->is_broken = true;
}

void catalog_ical_lines_init(struct catalog_ical_lines *lines, struct catalog_loading *loading)
{
    const struct catalog_source *source = &loading->sources[0];

    *lines = (struct catalog_ical_lines){
        .loading = loading, .text = source->text, .at = source->text, .end = source->text + source->size};
    if (source->size >= 3 && memcmp(source->text, mark, 3) == 0)
        lines->at += 3;
    else if (source->size >= 2 && (memcmp(source->text, "\xff\xfe", 2) == 0 || memcmp(source->text, "\xfe\xff", 2) == 0))
        fault(lines, lines->at, "the file is UTF-16; UTF-8 is needed: iconv -f UTF-16 -t UTF-8");
}

void catalog_ical_lines_fini(struct catalog_ical_lines *lines)
{
    base_buffer_fini(&lines->flat);
}

/* Bytes of the well-formed character at at (RFC 3629), or 0. */
static size_t character_size(const unsigned char *at, const unsigned char *end)
{
    size_t size = *at < 0x80 ? 1 : *at < 0xc2 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : *at < 0xf5 ? 4 : 0;
    unsigned char low = 0x80, high = 0xbf;

    if (size < 2 || (size_t)(end - at) < size)
        return size == 1 ? 1 : 0;
    if (*at == 0xe0)
        low = 0xa0;
    else if (*at == 0xf0)
        low = 0x90;
    else if (*at == 0xed)
        high = 0x9f;
    else if (*at == 0xf4)
        high = 0x8f;
    for (size_t i = 1; i < size; i++) {
        if (at[i] < low || at[i] > high)
            return 0;
        low = 0x80;
        high = 0xbf;
    }
    return size;
}

/* Carriage returns that belong to a line feed: one, or more where a file was converted twice. */
static size_t returns_count(const char *at, const char *end)
{
    size_t count = 0;

    while (at + count < end && at[count] == '\r')
        count++;
    return at + count < end && at[count] == '\n' ? count : 0;
}

/* Where a byte of the unfolded line stands in the file. */
static const char *place_of(const struct catalog_ical_lines *lines, size_t flat_at)
{
    const char *at = lines->start;

    for (size_t flat = 0; at < lines->at; at++) {
        at += returns_count(at, lines->end);
        if (*at == '\n')
            at++; /* and the white space that follows */
        else if (flat++ == flat_at)
            return at;
    }
    return lines->start;
}

/* NUL and control characters are told first: a line with them is no text at all. */
static bool bytes_check(struct catalog_ical_lines *lines)
{
    const unsigned char *bytes = (const unsigned char *)lines->flat.bytes, *end = bytes + lines->flat.size;

    for (const unsigned char *at = bytes; at < end;) {
        size_t size = character_size(at, end);
        const char *what = *at == '\0'                 ? CATALOG_PHRASE("a NUL byte; the file is no text")
                           : *at == '\r'               ? CATALOG_PHRASE("a carriage return without a line feed; lines end with CRLF or LF")
                           : *at < 0x20 && *at != '\t' ? CATALOG_PHRASE("a control character; remove it")
                           : *at == 0x7f               ? CATALOG_PHRASE("a control character; remove it")
                           : size == 0 ? CATALOG_PHRASE("the file is no UTF-8 here; convert it, e.g. with iconv -f GB18030 -t UTF-8 or iconv -f ISO-8859-1 -t UTF-8")
                                       : NULL;
        if (what != NULL) {
            fault(lines, place_of(lines, (size_t)(at - bytes)), what);
            return false;
        }
        at += size;
    }
    return true;
}

/* Append one physical line without its end, and step behind it. */
static void physical_take(struct catalog_ical_lines *lines)
{
    const char *stop = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    const char *next = stop != NULL ? stop + 1 : lines->end;
    const char *last = stop != NULL ? stop : lines->end;

    while (stop != NULL && last > lines->at && last[-1] == '\r')
        last--;
    base_buffer_put(&lines->flat, lines->at, (size_t)(last - lines->at));
    lines->at = next;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* The next line that is not blank, unfolded and checked. */
static bool flat_next(struct catalog_ical_lines *lines)
{
    do {
        if (lines->at == lines->end || lines->is_broken)
            return false;
        base_buffer_clear(&lines->flat);
        lines->start = lines->at;
        if (is_space(*lines->at)) {
            fault(lines, lines->at, "a continuation that has no line before it; a blank line may have cut it off");
            return false;
        }
        physical_take(lines);
        while (lines->flat.size > 0 && lines->at < lines->end && is_space(*lines->at) &&
               lines->flat.size <= CATALOG_ICAL_LINE_MAX) {
            lines->at++;
            physical_take(lines);
        }
    } while (lines->flat.size == 0 && !lines->flat.is_broken);
    if (lines->flat.is_broken) {
        lines->loading->rc = OD_ENOMEM;
        return false;
    }
    if (lines->flat.size > CATALOG_ICAL_LINE_MAX) {
        fault(lines, lines->start, "the line has more than 65536 bytes; an event of a calendar is shorter");
        return false;
    }
    return bytes_check(lines);
}

static bool is_name_byte(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-';
}

/* The colon that ends name and parameters, or NULL. */
static char *colon_find(char *at)
{
    bool is_quoted = false;

    for (; *at != '\0'; at++) {
        if (*at == '"')
            is_quoted = !is_quoted;
        else if (*at == ':' && !is_quoted)
            return at;
    }
    return NULL;
}

/* Every parameter is NAME=value. */
static bool are_parameters(const char *at)
{
    while (*at == ';') {
        size_t size = 1;
        while (is_name_byte(at[size]))
            size++;
        if (size == 1 || at[size] != '=')
            return false;
        bool is_quoted = false;
        for (at += size; *at != '\0' && (is_quoted || *at != ';'); at++)
            is_quoted = is_quoted != (*at == '"');
    }
    return *at == '\0';
}

/* Part lines->flat; false when it is no content line. */
static bool line_part(struct catalog_ical_lines *lines, struct catalog_ical_line *line)
{
    char *text = lines->flat.bytes;
    size_t size = 0;

    base_buffer_put(&lines->flat, "", 1);
    if (lines->flat.is_broken) {
        lines->loading->rc = OD_ENOMEM;
        return false;
    }
    text = lines->flat.bytes;
    while (is_name_byte(text[size]))
        size++;
    char *colon = colon_find(text + size);
    if (size == 0 || size >= sizeof(line->name) || colon == NULL || (text[size] != ';' && text[size] != ':'))
        return false;
    for (size_t i = 0; i < size; i++)
        line->name[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
    line->name[size] = '\0';
    *colon = '\0';
    line->parameters = text + size;
    line->value = colon + 1;
    line->offset = (size_t)(lines->start - lines->text);
    if (colon == text + size)
        line->parameters = "";
    return are_parameters(line->parameters);
}

bool catalog_ical_line_next(struct catalog_ical_lines *lines, struct catalog_ical_line *line)
{
    while (flat_next(lines)) {
        if (line_part(lines, line))
            return true;
        if (lines->loading->rc != OD_OK)
            return false;
        catalog_report_byte(lines->loading, 0, (size_t)(lines->start - lines->text), "",
                            "a line is to be NAME:value or NAME;PARAMETER=value:value; is this the rest of a line that was not folded?");
    }
    return false;
}

bool catalog_ical_parameter(const struct catalog_ical_line *line, const char *name, char *text, size_t size)
{
    size_t name_size = strlen(name);

    for (const char *at = line->parameters; *at == ';';) {
        const char *value = strchr(at, '=') + 1;
        bool is_meant = (size_t)(value - at) == name_size + 2 && strncasecmp(at + 1, name, name_size) == 0;
        bool is_quoted = *value == '"';
        size_t value_size = is_quoted ? strcspn(value + 1, "\"") : strcspn(value, ";,");
        if (is_meant && value_size < size) {
            memcpy(text, value + is_quoted, value_size);
            text[value_size] = '\0';
            return true;
        }
        if (is_meant)
            return false;
        bool is_inside = false;
        for (at = value; *at != '\0' && (is_inside || *at != ';'); at++)
            is_inside = is_inside != (*at == '"');
    }
    return false;
}
