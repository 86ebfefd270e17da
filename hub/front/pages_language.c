/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pages_language.h"

#include <string.h>
#include <strings.h>

/* -- What a browser likes best -- */

/* How well a language range ("zh-Hant") names a language: 2 wholly, 1 by its first part, 0 not at all. */
static int match(const char *range, size_t size, const char *tag)
{
    size_t of_range = strcspn(range, "-,; \t"), of_tag = strcspn(tag, "-");

    if (size == strlen(tag) && strncasecmp(range, tag, size) == 0)
        return 2;
    return of_range == of_tag && strncasecmp(range, tag, of_tag) == 0;
}

/* The index of the row that the range names best, or count. */
static size_t best_of(const char *range, const struct front_page_language *rows, size_t count)
{
    size_t size = strcspn(range, ",; \t"), found = count;
    int best = 0;

    for (size_t i = 0; i < count; i++) {
        int score = match(range, size, rows[i].tag);
        if (score <= best)
            continue;
        best = score;
        found = i;
    }
    return found;
}

unsigned front_page_language_choose(const char *accepted, const struct front_page_language *rows, size_t count)
{
    unsigned best = 0, language = 0;

    for (const char *at = accepted; at != NULL && *at != '\0';) {
        at += strspn(at, ", \t");
        size_t size = strcspn(at, ","), found = best_of(at, rows, count);
        unsigned quality = front_accept_quality(at, size);
        if (found < count && quality > best) {
            best = quality;
            language = (unsigned)found;
        }
        at += size;
    }
    return language;
}

/* -- Of this visit -- */

static void language_set(struct front_visit *visit, unsigned language)
{
    visit->language = language;
    visit->request->language = front_pages_languages[language].base;
    visit->request->page_language = front_pages_languages[language].tag;
}

bool front_page_language_set(struct front_visit *visit, const char *tag)
{
    for (unsigned i = 0; tag != NULL && i < front_pages_language_count; i++) {
        if (strcmp(front_pages_languages[i].tag, tag) != 0)
            continue;
        language_set(visit, i);
        return true;
    }
    return false;
}

void front_page_language_take(struct front_visit *visit)
{
    const char *wanted = front_visit_query(visit, "lang");

    language_set(visit, front_page_language_choose(front_header(visit->request, "Accept-Language"), front_pages_languages,
                                                   front_pages_language_count));
    if (front_page_language_set(visit, wanted))
        front_visit_cookie_set(visit, "onedoor_language", wanted, " Path=/; Max-Age=31536000; SameSite=Lax");
    else
        (void)front_page_language_set(visit, front_visit_cookie(visit, "onedoor_language"));
}

/* -- What templates are told -- */

void front_page_put_switch(struct base_buffer *buffer, const char *key, const struct front_visit *visit, const char *name,
                           const char *value)
{
    const char *at = visit->request->query, *end = at + visit->request->query_size;
    size_t size = strlen(name);
    struct base_buffer link = {0};

    base_buffer_put_text(&link, visit->link);
    base_buffer_put_text(&link, "?");
    while (!visit->request->is_post && at != NULL && at < end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));

        stop = stop == NULL ? end : stop;
        if ((size_t)(stop - at) <= size || memcmp(at, name, size) != 0 || at[size] != '=') {
            base_buffer_put(&link, at, (size_t)(stop - at));
            base_buffer_put_text(&link, "&");
        }
        at = stop + 1;
    }
    base_buffer_put_format(&link, "%s=%s", name, value);
    base_json_put_text(buffer, key, base_buffer_text(&link));
    base_buffer_fini(&link);
}

void front_page_put_languages(struct base_buffer *buffer, const struct front_visit *visit)
{
    base_json_put_text(buffer, "language", front_pages_languages[visit->language].tag);
    base_json_open(buffer, "languages", '[');
    for (unsigned i = 0; i < front_pages_language_count; i++) {
        const struct front_page_language *row = &front_pages_languages[i];

        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "tag", row->tag);
        base_json_put_text(buffer, "name", row->name);
        front_page_put_switch(buffer, "link", visit, "lang", row->tag);
        base_json_put_bool(buffer, "is_current", i == visit->language);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}
