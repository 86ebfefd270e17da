/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/document.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define ZIP_HEADER 30 /* bytes of a local file header before its name; PKWARE APPNOTE 4.3.7 */

struct row {
    const char *word, *media_type;
};

static const struct row rows[CATALOG_DOCUMENTS] = {
    [CATALOG_DOCUMENT_NONE] = {"", "application/octet-stream"},
    [CATALOG_DOCUMENT_PDF] = {"pdf", "application/pdf"},
    [CATALOG_DOCUMENT_PNG] = {"png", "image/png"},
    [CATALOG_DOCUMENT_JPEG] = {"jpeg", "image/jpeg"},
    [CATALOG_DOCUMENT_TIFF] = {"tiff", "image/tiff"},
    [CATALOG_DOCUMENT_GIF] = {"gif", "image/gif"},
    [CATALOG_DOCUMENT_WEBP] = {"webp", "image/webp"},
    [CATALOG_DOCUMENT_DOCX] = {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    [CATALOG_DOCUMENT_XLSX] = {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    [CATALOG_DOCUMENT_PPTX] = {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    [CATALOG_DOCUMENT_ODT] = {"odt", "application/vnd.oasis.opendocument.text"},
    [CATALOG_DOCUMENT_ODS] = {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    [CATALOG_DOCUMENT_OFD] = {"ofd", "application/ofd"},
    [CATALOG_DOCUMENT_TEXT] = {"txt", "text/plain"},
    [CATALOG_DOCUMENT_CSV] = {"csv", "text/csv"},
    [CATALOG_DOCUMENT_ZIP] = {"zip", "application/zip"},
};

const char *catalog_document_word(enum catalog_document document)
{
    assert(document < CATALOG_DOCUMENTS);
    return rows[document].word;
}

const char *catalog_document_media_type(enum catalog_document document)
{
    assert(document < CATALOG_DOCUMENTS);
    return rows[document].media_type;
}

enum catalog_document catalog_document_by_word(const char *word)
{
    for (int i = 1; i < CATALOG_DOCUMENTS; i++)
        if (strcmp(rows[i].word, word) == 0)
            return (enum catalog_document)i;
    return CATALOG_DOCUMENT_NONE;
}

enum catalog_document catalog_document_by_media_type(const char *media_type)
{
    size_t size = strcspn(media_type, "; \t");

    for (int i = 1; i < CATALOG_DOCUMENTS; i++)
        if (strlen(rows[i].media_type) == size && strncasecmp(rows[i].media_type, media_type, size) == 0)
            return (enum catalog_document)i;
    return CATALOG_DOCUMENT_NONE;
}

static bool begins(const unsigned char *bytes, size_t size, const char *start, size_t start_size)
{
    return size >= start_size && memcmp(bytes, start, start_size) == 0;
}

/* -- Containers: the members whose local headers lie in the head -- */

/* What the name of one member tells; TEXT stands for "nothing". */
static enum catalog_document member_tells(const unsigned char *name, size_t size, bool *is_office)
{
    static const struct {
        const char *start;
        enum catalog_document document;
    } parts[] = {{"word/", CATALOG_DOCUMENT_DOCX}, {"xl/", CATALOG_DOCUMENT_XLSX}, {"ppt/", CATALOG_DOCUMENT_PPTX},
                 {"OFD.xml", CATALOG_DOCUMENT_OFD}, {"Doc_0/", CATALOG_DOCUMENT_OFD}};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (begins(name, size, parts[i].start, strlen(parts[i].start)))
            return parts[i].document;
    *is_office = *is_office || begins(name, size, "[Content_Types].xml", 19) || begins(name, size, "_rels/", 6) ||
                 begins(name, size, "docProps/", 9);
    return CATALOG_DOCUMENT_NONE;
}

static unsigned short_at(const unsigned char *bytes)
{
    return bytes[0] | (unsigned)bytes[1] << 8;
}

/* An OpenDocument file says its type in its first member, which is stored as it is. */
static enum catalog_document open_document(const unsigned char *head, size_t size)
{
    size_t from = ZIP_HEADER + 8 + short_at(head + 28);

    if (!begins(head + ZIP_HEADER, size - ZIP_HEADER, "mimetype", 8) || from >= size)
        return CATALOG_DOCUMENT_NONE;
    for (int i = CATALOG_DOCUMENT_ODT; i <= CATALOG_DOCUMENT_ODS; i++) {
        size_t length = strlen(rows[i].media_type);

        if (begins(head + from, size - from, rows[i].media_type, length) &&
            (from + length == size || head[from + length] == 'P' || head[from + length] == '\n'))
            return (enum catalog_document)i;
    }
    return CATALOG_DOCUMENT_NONE;
}

static enum catalog_document container_sniff(const unsigned char *head, size_t size, bool *is_office)
{
    if (size < ZIP_HEADER)
        return CATALOG_DOCUMENT_ZIP;
    enum catalog_document document = short_at(head + 26) == 8 ? open_document(head, size) : CATALOG_DOCUMENT_NONE;
    for (size_t at = 0; document == CATALOG_DOCUMENT_NONE && at + ZIP_HEADER < size; at++) {
        if (head[at] != 'P' || !begins(head + at, size - at, "PK\3\4", 4))
            continue;
        size_t name = short_at(head + at + 26), left = size - at - ZIP_HEADER;

        document = member_tells(head + at + ZIP_HEADER, name < left ? name : left, is_office);
    }
    return document != CATALOG_DOCUMENT_NONE ? document : CATALOG_DOCUMENT_ZIP;
}

/* -- All kinds -- */

bool catalog_document_is_text(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == 0x7f || (bytes[i] < 0x20 && bytes[i] != '\t' && bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != '\f'))
            return false;
    return true;
}

enum catalog_document catalog_document_sniff(const unsigned char *head, size_t size, bool *is_office)
{
    static const struct {
        const char *start;
        size_t size;
        enum catalog_document document;
    } marks[] = {
        {"%PDF-", 5, CATALOG_DOCUMENT_PDF},          {"\xef\xbb\xbf%PDF-", 8, CATALOG_DOCUMENT_PDF},
        {"\x89PNG\r\n\x1a\n", 8, CATALOG_DOCUMENT_PNG}, {"\xff\xd8\xff", 3, CATALOG_DOCUMENT_JPEG},
        {"II*\0", 4, CATALOG_DOCUMENT_TIFF},         {"MM\0*", 4, CATALOG_DOCUMENT_TIFF},
        {"II+\0", 4, CATALOG_DOCUMENT_TIFF},         {"MM\0+", 4, CATALOG_DOCUMENT_TIFF},
        {"GIF87a", 6, CATALOG_DOCUMENT_GIF},         {"GIF89a", 6, CATALOG_DOCUMENT_GIF},
    };

    *is_office = false;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (begins(head, size, marks[i].start, marks[i].size))
            return marks[i].document;
    if (size >= 12 && begins(head, size, "RIFF", 4) && begins(head + 8, size - 8, "WEBP", 4))
        return CATALOG_DOCUMENT_WEBP;
    if (begins(head, size, "PK\3\4", 4))
        return container_sniff(head, size, is_office);
    if (begins(head, size, "PK\5\6", 4) || begins(head, size, "PK\7\10", 4))
        return CATALOG_DOCUMENT_ZIP;
    return size > 0 && catalog_document_is_text(head, size) ? CATALOG_DOCUMENT_TEXT : CATALOG_DOCUMENT_NONE;
}

bool catalog_document_agrees(enum catalog_document found, bool is_office, enum catalog_document said)
{
    if (found == said)
        return found != CATALOG_DOCUMENT_NONE;
    if (found == CATALOG_DOCUMENT_TEXT)
        return said == CATALOG_DOCUMENT_CSV;
    return is_office && found == CATALOG_DOCUMENT_ZIP && said >= CATALOG_DOCUMENT_DOCX && said <= CATALOG_DOCUMENT_PPTX;
}

/* -- Names -- */

/* The character at *at, which moves on; 0 = no UTF-8. */
static uint32_t character_take(const unsigned char **at)
{
    const unsigned char *text = *at;
    unsigned more = *text >= 0xf0 ? 3 : *text >= 0xe0 ? 2 : *text >= 0xc0 ? 1 : 0;
    uint32_t character = more == 0 ? *text : *text & (0x3fu >> more);

    if (*text >= 0x80 && *text < 0xc2)
        return 0;
    for (unsigned i = 1; i <= more; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (text[i] & 0x3fu);
    }
    *at = text + more + 1;
    bool is_long = (more == 2 && character < 0x800) || (more == 3 && character < 0x10000);
    return is_long || character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff) ? 0 : character;
}

/* Unicode Bidi_Control, and what ends a line. */
static bool is_unseen(uint32_t character)
{
    return character == 0x61c || character == 0x200e || character == 0x200f || (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0xfeff || character == 0xfffe || character == 0xffff;
}

bool catalog_is_file_name(const char *text)
{
    size_t count = 0;

    if (text[strspn(text, " ")] == '\0' || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
        return false;
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; count++) {
        uint32_t character = character_take(&at);

        if (character < 0x20 || (character >= 0x7f && character < 0xa0) || character == '/' || character == '\\' || is_unseen(character))
            return false;
    }
    return count <= CATALOG_FILE_NAME_LENGTH_MAX;
}
