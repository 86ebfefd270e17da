/* SPDX-License-Identifier: Apache-2.0 */
#include "letter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "paper.h"

#define WORD_BYTES 45 /* of text in one encoded word: 60 base64 digits, 12 around them */
#define LINE_BYTES 57 /* of text in one line of the body: 76 digits */

static void put_base64(struct paper *paper, const char *text, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < size; i += 3) {
        const unsigned char *at = (const unsigned char *)text + i;
        size_t left = size - i;
        uint32_t triple = (uint32_t)at[0] << 16 | (left > 1 ? (uint32_t)at[1] << 8 : 0) | (left > 2 ? at[2] : 0u);
        char four[4] = {digits[triple >> 18], digits[triple >> 12 & 63], left > 1 ? digits[triple >> 6 & 63] : '=',
                        left > 2 ? digits[triple & 63] : '='};

        paper_put(paper, four, sizeof(four));
    }
}

bool letter_is_address(const char *text)
{
    const char *at = strrchr(text, '@');
    size_t size = strlen(text);

    if (at == NULL || at == text || at[1] == '\0' || size > LETTER_ADDRESS_MAX)
        return false;
    for (const char *byte = text; *byte != '\0'; byte++) {
        bool is_visible = *byte > ' ' && *byte < 0x7f;

        if (!is_visible || strchr("<>()[],;:\\\"", *byte) != NULL || (*byte == '@' && byte != at))
            return false;
    }
    return at[1] != '.' && strstr(text, "..") == NULL && text[0] != '.' && at[-1] != '.';
}

static bool is_plain(const char *text)
{
    for (const char *byte = text; *byte != '\0'; byte++)
        if (*byte < ' ' || *byte > '~' || (*byte == '=' && byte[1] == '?'))
            return false;
    return strlen(text) <= 60;
}

/* The longest start of at most max bytes that ends between characters. */
static size_t cut(const char *text, size_t size, size_t max)
{
    if (size <= max)
        return size;
    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

/* RFC 2047: a text that is not plain ASCII goes in encoded words, one a line. */
static void put_words(struct paper *paper, const char *text)
{
    size_t size = strlen(text);

    if (is_plain(text)) {
        paper_put_text(paper, text);
        return;
    }
    while (size > 0) {
        size_t part = cut(text, size, WORD_BYTES);

        if (part == 0)
            part = size < WORD_BYTES ? size : WORD_BYTES; /* no UTF-8 at all */
        paper_put_text(paper, "=?utf-8?B?");
        put_base64(paper, text, part);
        paper_put_text(paper, "?=");
        text += part;
        size -= part;
        if (size > 0)
            paper_put_text(paper, "\r\n ");
    }
}

static void put_name(struct paper *paper, const char *name)
{
    if (*name == '\0')
        return;
    if (is_plain(name) && strpbrk(name, "()<>[]:;@\\,.\"") == NULL)
        paper_put_text(paper, name);
    else if (is_plain(name) && strpbrk(name, "\\\"") == NULL) {
        paper_put_text(paper, "\"");
        paper_put_text(paper, name);
        paper_put_text(paper, "\"");
    } else {
        put_words(paper, name);
    }
    paper_put_text(paper, " ");
}

static void put_date(struct paper *paper, int64_t at_ms)
{
    static const char *const week[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil civil = civil_of(at_ms);
    char text[96];

    snprintf(text, sizeof(text), "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", week[civil.weekday], civil.day, months[civil.month - 1],
             civil.year, civil.hour, civil.minute, civil.second);
    paper_put_text(paper, text);
}

static void put_body(struct paper *paper, const char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i += LINE_BYTES) {
        put_base64(paper, text + i, size - i < LINE_BYTES ? size - i : LINE_BYTES);
        paper_put_text(paper, "\r\n");
    }
}

char *letter_make(const struct letter *letter, size_t *size)
{
    struct paper paper = {.most = LETTER_SIZE_MAX};

    paper_put_text(&paper, "From: ");
    put_name(&paper, letter->from_name);
    paper_put_text(&paper, "<");
    paper_put_text(&paper, letter->from);
    paper_put_text(&paper, ">\r\nTo: <");
    paper_put_text(&paper, letter->to);
    paper_put_text(&paper, ">\r\nSubject: ");
    put_words(&paper, letter->subject);
    paper_put_text(&paper, "\r\n");
    put_date(&paper, letter->at_ms);
    paper_put_text(&paper, "Message-ID: <");
    paper_put_text(&paper, letter->key);
    paper_put_text(&paper, "@");
    paper_put_text(&paper, letter->domain);
    paper_put_text(&paper, ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    put_body(&paper, letter->text);
    if (paper.is_broken) {
        free(paper.bytes);
        return NULL;
    }
    *size = paper.size;
    return paper.bytes;
}
