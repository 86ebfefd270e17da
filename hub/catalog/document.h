/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of document a file is, by its first bytes. Nothing is unpacked and nothing is decoded: a container is known by
 * the names of its first members. Pure. */
#ifndef CATALOG_DOCUMENT_H
#define CATALOG_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CATALOG_DOCUMENT_HEAD 4096      /* first bytes that tell what it is */
#define CATALOG_FILE_NAME_LENGTH_MAX 255 /* characters */

/* The numbers are stored in no file; words and media types are. */
enum catalog_document {
    CATALOG_DOCUMENT_NONE = 0, /* of no kind that is known */
    CATALOG_DOCUMENT_PDF,
    CATALOG_DOCUMENT_PNG,
    CATALOG_DOCUMENT_JPEG,
    CATALOG_DOCUMENT_TIFF,
    CATALOG_DOCUMENT_GIF,
    CATALOG_DOCUMENT_WEBP,
    CATALOG_DOCUMENT_DOCX,
    CATALOG_DOCUMENT_XLSX,
    CATALOG_DOCUMENT_PPTX,
    CATALOG_DOCUMENT_ODT,
    CATALOG_DOCUMENT_ODS,
    CATALOG_DOCUMENT_OFD, /* GB/T 33190 */
    CATALOG_DOCUMENT_TEXT,
    CATALOG_DOCUMENT_CSV,
    CATALOG_DOCUMENT_ZIP, /* an archive: known, so that it can be refused by its name */
    CATALOG_DOCUMENTS,
};

/* Kinds as bits; what is taken where a material says nothing: all but archives. */
#define CATALOG_DOCUMENTS_USUAL (((UINT32_C(1) << CATALOG_DOCUMENT_ZIP) - 1) & ~UINT32_C(1))

/* "pdf" ... in catalogues; "" for NONE. */
const char *catalog_document_word(enum catalog_document document);
/* "application/pdf" ...; "application/octet-stream" for NONE. */
const char *catalog_document_media_type(enum catalog_document document);
enum catalog_document catalog_document_by_word(const char *word);
/* Of a Content-Type; parameters are passed over. */
enum catalog_document catalog_document_by_media_type(const char *media_type);

/* head: the first CATALOG_DOCUMENT_HEAD bytes, or all of a shorter file. CSV is told as TEXT; an office document whose kind the
 * head does not show is told as *is_office with its container, ZIP. */
enum catalog_document catalog_document_sniff(const unsigned char *head, size_t size, bool *is_office);

/* Is a file that looks like found what it is said to be? */
bool catalog_document_agrees(enum catalog_document found, bool is_office, enum catalog_document said);

/* May these bytes stand in a text, UTF-8 or of an older Chinese or European set? No NUL, no control characters. */
bool catalog_document_is_text(const unsigned char *bytes, size_t size);

/* A name is data, shown to people and written into headers, never a path: not blank, not "." or "..", without separators,
 * control characters, line ends and marks that turn the direction of writing; at most CATALOG_FILE_NAME_LENGTH_MAX characters of
 * UTF-8. Emoji and any script are fine. */
bool catalog_is_file_name(const char *text);

#endif
