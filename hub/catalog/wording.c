/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/wording.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void catalog_wording_trim(char *text)
{
    size_t size = strlen(text), at = size;

    while (at > 0 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
        at--;
    if (at == 0 || ((unsigned char)text[at - 1] & 0x80) == 0)
        return;
    unsigned char lead = (unsigned char)text[at - 1];
    size_t due = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (size - (at - 1) < due)
        text[at - 1] = '\0';
}

/* -- The table -- */

static int order_of_wordings(const void *key, const void *row)
{
    return strcmp(key, ((const struct catalog_wording *)row)->in[CATALOG_EN]);
}

/* What english is in a language; itself where the table does not have it. */
static const char *words_of(const char *english, const struct catalog_wording *row, unsigned language)
{
    return row != NULL && row->in[language] != NULL ? row->in[language] : english;
}

static const struct catalog_wording *wording_find(const char *english)
{
    return bsearch(english, catalog_wordings, catalog_wording_count, sizeof(catalog_wordings[0]), order_of_wordings);
}

unsigned catalog_finding_language(const char *tag, unsigned fallback)
{
    for (unsigned i = 0; i < CATALOG_FINDING_LANGUAGES_MAX && tag != NULL; i++)
        if (catalog_wording_tags[i] != NULL && strcmp(catalog_wording_tags[i], tag) == 0)
            return i;
    return fallback;
}

/* -- A conversion: % [N$] [.N or .* or .*N$] [z, ll] letter -- */

struct conversion {
    unsigned argument; /* from 1; 0 = the next one */
    bool has_precision, is_star;
    size_t precision;
    char length; /* 'z', 'l' (of ll), or '\0' */
    char letter;
    const char *end; /* behind it */
};

static const char *number_take(const char *at, unsigned *number)
{
    for (*number = 0; *at >= '0' && *at <= '9'; at++)
        *number = *number * 10 + (unsigned)(*at - '0');
    return at;
}

/* at: behind the "%". */
static struct conversion conversion_take(const char *at)
{
    struct conversion found = {.length = '\0'};
    unsigned number;
    const char *end = number_take(at, &number);

    if (*end == '$') {
        found.argument = number;
        at = end + 1;
    }
    if (*at == '.') {
        found.has_precision = true;
        found.is_star = at[1] == '*';
        at = number_take(at + 1 + found.is_star, &number);
        found.precision = number;
        at += found.is_star && *at == '$';
    }
    if (*at == 'z' || *at == 'l')
        found.length = *at;
    while (*at == 'z' || *at == 'l')
        at++;
    found.letter = *at;
    found.end = at + 1;
    return found;
}

/* -- The arguments -- */

struct piece {
    const char *text;
    size_t size;
    const struct catalog_phrase *phrase; /* or this */
    char digits[24];
};

struct pieces {
    struct piece at[CATALOG_WORDING_ARGUMENTS_MAX];
    unsigned count;
    va_list list;
};

static void text_take(struct piece *piece, const struct conversion *conversion)
{
    size_t size = conversion->has_precision ? strnlen(piece->text, conversion->precision) : strlen(piece->text);

    while (size > 0 && piece->text[size] != '\0' && ((unsigned char)piece->text[size] & 0xc0) == 0x80)
        size--;
    piece->size = size;
}

static void number_format(struct pieces *pieces, struct piece *piece, const struct conversion *conversion)
{
    if (conversion->letter == 'd') {
        long long value = conversion->length == 'l' ? va_arg(pieces->list, long long) : va_arg(pieces->list, int);
        snprintf(piece->digits, sizeof(piece->digits), "%lld", value);
    } else {
        unsigned long long value = conversion->length == 'z'   ? va_arg(pieces->list, size_t)
                                   : conversion->length == 'l' ? va_arg(pieces->list, unsigned long long)
                                                               : va_arg(pieces->list, unsigned);
        snprintf(piece->digits, sizeof(piece->digits), "%llu", value);
    }
    piece->text = piece->digits;
    piece->size = strlen(piece->digits);
}

static void piece_take(struct pieces *pieces, struct conversion *conversion)
{
    if (conversion->is_star) {
        int precision = va_arg(pieces->list, int);
        pieces->at[pieces->count++] = (struct piece){.text = ""};
        conversion->precision = precision > 0 ? (size_t)precision : 0;
    }
    assert(pieces->count < CATALOG_WORDING_ARGUMENTS_MAX);
    struct piece *piece = &pieces->at[pieces->count++];
    *piece = (struct piece){.text = ""};
    if (conversion->letter == 's') {
        const char *text = va_arg(pieces->list, const char *);
        piece->text = text != NULL ? text : "?"; /* an id that was refused already */
        text_take(piece, conversion);
    } else if (conversion->letter == 'p') {
        piece->phrase = va_arg(pieces->list, const void *);
    } else {
        assert(conversion->letter == 'd' || conversion->letter == 'u');
        number_format(pieces, piece, conversion);
    }
}

static void pieces_take(struct pieces *pieces, const char *format, va_list arguments)
{
    pieces->count = 0;
    va_copy(pieces->list, arguments);
    for (const char *at = format; (at = strchr(at, '%')) != NULL;) {
        struct conversion conversion = conversion_take(at + 1);
        if (conversion.letter != '%')
            piece_take(pieces, &conversion);
        at = conversion.end;
    }
    va_end(pieces->list);
}

/* -- A language -- */

struct line {
    char *text;
    size_t size, used;
    bool is_full;
};

static void line_put(struct line *line, const char *text, size_t size)
{
    size_t room = line->size - 1 - line->used;

    if (line->is_full)
        return;
    line->is_full = size > room;
    size = line->is_full ? room : size;
    memcpy(line->text + line->used, text, size);
    line->used += size;
    line->text[line->used] = '\0';
    if (line->is_full)
        catalog_wording_trim(line->text);
}

static void piece_put(struct line *line, const struct piece *piece, unsigned language)
{
    if (piece->phrase != NULL)
        line_put(line, piece->phrase->in[language], strlen(piece->phrase->in[language]));
    else
        line_put(line, piece->text, piece->size);
}

static void language_print(struct line *line, const char *format, const struct pieces *pieces, unsigned language)
{
    unsigned next = 0;

    while (*format != '\0') {
        size_t plain = strcspn(format, "%");
        line_put(line, format, plain);
        format += plain;
        if (*format == '\0')
            return;
        struct conversion conversion = conversion_take(format + 1);
        format = conversion.end;
        if (conversion.letter == '%') {
            line_put(line, "%", 1);
            continue;
        }
        if (conversion.argument == 0)
            next += 1 + conversion.is_star;
        unsigned argument = conversion.argument != 0 ? conversion.argument : next;
        assert(argument >= 1);
        assert(argument <= pieces->count); /* the build compares the translation's with the English format's */
        piece_put(line, &pieces->at[argument - 1], language);
    }
}

void catalog_wording_print(char *texts, size_t size, const char *format, va_list arguments)
{
    const struct catalog_wording *row = wording_find(format);
    struct pieces pieces;

    pieces_take(&pieces, format, arguments);
    for (unsigned language = 0; language < CATALOG_FINDING_LANGUAGES_MAX; language++) {
        char *text = texts + language * size;
        struct line line = {.text = text, .size = size, .used = strlen(text)};

        language_print(&line, words_of(format, row, language), &pieces, language);
    }
}

/* -- Phrases -- */

const void *catalog_phrase_add(struct catalog_phrase *phrase, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    catalog_wording_print(phrase->in[0], CATALOG_PHRASE_SIZE, format, arguments);
    va_end(arguments);
    return phrase;
}

static void phrase_set(struct catalog_phrase *phrase, unsigned language, const char *text)
{
    snprintf(phrase->in[language], CATALOG_PHRASE_SIZE, "%s", text);
    catalog_wording_trim(phrase->in[language]);
}

const void *catalog_phrase_word(struct catalog_phrase *phrase, const char *word)
{
    const struct catalog_wording *row = wording_find(word);

    for (unsigned language = 0; language < CATALOG_FINDING_LANGUAGES_MAX; language++)
        phrase_set(phrase, language, words_of(word, row, language));
    return phrase;
}

const void *catalog_phrase_texts(struct catalog_phrase *phrase, const char *zh_cn, const char *english)
{
    for (unsigned language = 0; language < CATALOG_FINDING_LANGUAGES_MAX; language++)
        phrase_set(phrase, language, language == CATALOG_ZH_CN ? zh_cn : english);
    return phrase;
}

const void *catalog_phrase_hint(struct catalog_phrase *phrase, const char *nearest, const char *otherwise)
{
    if (nearest == NULL)
        return catalog_phrase_word(phrase, otherwise);
    *phrase = (struct catalog_phrase){.in = {""}};
    return catalog_phrase_add(phrase, "; did you mean \"%s\"?", nearest);
}
