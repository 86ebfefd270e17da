/* SPDX-License-Identifier: Apache-2.0 */
/* Services found by what people type: words of the guide, or the letters of a name's pinyin. */
#include "catalog/pinyin.h"
#include "catalog/search.h"
#include "catalog/tables.h"

#include <ctype.h>
#include <string.h>

#define INITIALS_SIZE 128 /* of one name, cut there */
#define SPELLED_SIZE 512

static size_t add(char *out, size_t size, size_t used, const char *letters)
{
    for (; *letters != '\0' && used + 1 < size; letters++)
        out[used++] = (char)tolower((unsigned char)*letters);
    return used;
}

/* The next character of UTF-8 that passed the gate; *text moves behind it. */
static uint32_t next_character(const unsigned char **text)
{
    const unsigned char *at = *text;
    unsigned more = *at < 0x80 ? 0 : *at < 0xE0 ? 1 : *at < 0xF0 ? 2 : 3;
    uint32_t code = more == 0 ? *at : *at & (0x3Fu >> more);

    for (at++; more > 0 && (*at & 0xC0) == 0x80; at++, more--)
        code = code << 6 | (*at & 0x3Fu);
    *text = at;
    return code;
}

void catalog_pinyin(const char *text, char *initials, size_t initials_size, char *spelled, size_t spelled_size)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t letters = 0, used = 0;

    while (*at != '\0') {
        uint32_t code = next_character(&at);
        char first[2] = {0}, one[2] = {code < 0x80 && isalnum((int)code) ? (char)code : '\0', '\0'};
        const char *syllable = one;

        if (code >= CATALOG_IDEOGRAPH_FIRST && code < CATALOG_IDEOGRAPH_FIRST + CATALOG_IDEOGRAPHS)
            syllable = catalog_syllables[catalog_syllable_of[code - CATALOG_IDEOGRAPH_FIRST]];
        first[0] = *syllable;
        letters = add(initials, initials_size, letters, first);
        used = add(spelled, spelled_size, used, syllable);
    }
    initials[letters] = spelled[used] = '\0';
}

void catalog_search_index(struct base_arena *arena, struct catalog_service *service)
{
    char initials[INITIALS_SIZE], spelled[SPELLED_SIZE];

    if (service->name.in[CATALOG_ZH_CN] == NULL)
        return;
    catalog_pinyin(service->name.in[CATALOG_ZH_CN], initials, sizeof(initials), spelled, sizeof(spelled));
    service->initials = base_arena_text(arena, initials, strlen(initials));
    service->spelled = base_arena_text(arena, spelled, strlen(spelled));
}

static bool has_text(const struct catalog_text *text, const char *wanted)
{
    return strcasestr(text->in[CATALOG_ZH_CN], wanted) != NULL || strcasestr(text->in[CATALOG_EN], wanted) != NULL;
}

/* Letters in the midst of a name: "cy" and "canyin" of 开办餐饮店. */
static bool has_letters(const struct catalog_service *service, const char *wanted)
{
    return strcasestr(service->initials, wanted) != NULL || strcasestr(service->spelled, wanted) != NULL;
}

static bool has_matter(const struct catalog_service *service, const char *wanted)
{
    for (size_t i = 0; i < service->matter_count; i++)
        if (has_text(&service->matters[i]->name, wanted) || has_text(&service->matters[i]->department->name, wanted))
            return true;
    return false;
}

static bool is_text_found(const struct catalog_service *service, const char *wanted)
{
    return strcasestr(service->id, wanted) != NULL || has_text(&service->name, wanted) || has_text(&service->summary, wanted) ||
           has_letters(service, wanted) || has_matter(service, wanted);
}

static bool is_of_department(const struct catalog_service *service, const char *department)
{
    for (size_t i = 0; i < service->matter_count; i++)
        if (strcmp(service->matters[i]->department->id, department) == 0)
            return true;
    return false;
}

bool catalog_service_is_found(const struct catalog_service *service, const struct catalog_search *search)
{
    if (search->initial != '\0' && service->initials[0] != search->initial)
        return false;
    if (search->applicant_kinds != 0 && (service->applicant_kinds & search->applicant_kinds) == 0)
        return false;
    if (search->department != NULL && !is_of_department(service, search->department))
        return false;
    return search->text == NULL || is_text_found(service, search->text);
}
