/* SPDX-License-Identifier: Apache-2.0 */
/* Member readers: check one member, copy it into the arena, tell what is wrong. */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "catalog/applicant.h"
#include "catalog/loading.h"

static const char *const languages[CATALOG_LANGUAGES] = {[CATALOG_ZH_CN] = "zh-CN", [CATALOG_EN] = "en"};

void *catalog_take(struct catalog_loading *loading, size_t size)
{
    void *taken = base_arena_take(loading->arena, size);

    if (taken == NULL)
        loading->rc = OD_ENOMEM;
    return taken;
}

char *catalog_take_text(struct catalog_loading *loading, const char *text)
{
    char *copy = base_arena_text(loading->arena, text, strlen(text));

    if (copy == NULL)
        loading->rc = OD_ENOMEM;
    return copy;
}

/* "a, b, c" of the words, cut to size. */
static void words_join(struct catalog_words words, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < words.count && used < size; i++) {
        if (words.at[i] != NULL)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", words.at[i]);
    }
}

static void unknown_member_report(struct catalog_loading *loading, const struct catalog_spot *spot,
                                  const char *key, struct catalog_words members)
{
    const char *nearest = catalog_word_nearest(members.at, members.count, key);
    struct catalog_phrase hint;
    char allowed[320];

    words_join(members, allowed, sizeof(allowed));
    catalog_report(loading, spot, "unknown member \"%.64s\"%p (allowed: %s)", key, catalog_phrase_hint(&hint, nearest, ""), allowed);
}

static bool has_word(struct catalog_words words, const char *word)
{
    for (size_t i = 0; i < words.count; i++) {
        if (words.at[i] != NULL && strcmp(words.at[i], word) == 0)
            return true;
    }
    return false;
}

bool catalog_read_object(struct catalog_loading *loading, const struct base_json *json,
                         const struct catalog_spot *spot, struct catalog_words members)
{
    if (base_json_type(json) != BASE_JSON_OBJECT) {
        catalog_report(loading, spot, "an object {...} is expected here");
        return false;
    }
    for (const struct base_json *member = base_json_first(json); member != NULL; member = base_json_next(member)) {
        const char *key = base_json_key(member);
        struct catalog_spot at = {spot, key, 0};
        if (!has_word(members, key))
            unknown_member_report(loading, &at, key, members);
    }
    return true;
}

const struct base_json *catalog_need(struct catalog_loading *loading, const struct base_json *object,
                                     const struct catalog_spot *spot, const char *key)
{
    const struct base_json *json = base_json_member(object, key);

    if (json == NULL)
        catalog_report(loading, spot, "\"%s\" is missing; add it", key);
    return json;
}

/* The member; told when it is required and absent. */
static const struct base_json *member_read(struct catalog_loading *loading, const struct base_json *object,
                                           const struct catalog_spot *spot, const char *key, bool is_required)
{
    return is_required ? catalog_need(loading, object, spot, key) : base_json_member(object, key);
}

const struct base_json *catalog_read_list(struct catalog_loading *loading, const struct base_json *object,
                                          const struct catalog_spot *spot, const char *key,
                                          bool is_required, size_t count_min, size_t count_max)
{
    const struct base_json *json = member_read(loading, object, spot, key, is_required);
    struct catalog_spot at = {spot, key, 0};

    if (json == NULL)
        return NULL;
    if (base_json_type(json) != BASE_JSON_ARRAY) {
        catalog_report(loading, &at, "\"%s\" is to be an array [...]", key);
        return NULL;
    }
    size_t count = base_json_count(json);
    if (count < count_min) {
        catalog_report(loading, &at, "\"%s\" is empty; at least %zu is needed", key, count_min);
        return NULL;
    }
    if (count > count_max) {
        catalog_report(loading, &at, "\"%s\" has %zu items, at most %zu are allowed", key, count, count_max);
        return NULL;
    }
    return json;
}

/* What a page or a terminal would take for an order is no text. What was in force once is taken as it was. */
static bool is_plain(struct catalog_loading *loading, const struct catalog_spot *spot, const char *text)
{
    if (loading->is_restored || catalog_text_is_plain(text, true))
        return true;
    catalog_report(loading, spot, "the text holds control characters or such as turn the writing around; take them out");
    return false;
}

static const char *language_read(struct catalog_loading *loading, const struct base_json *json,
                                 const struct catalog_spot *spot, const char *language)
{
    const struct base_json *member = base_json_member(json, language);
    struct catalog_spot at = {spot, language, 0};
    const char *text = base_json_text(member);

    if (member == NULL || (text != NULL && text[strspn(text, " \t\r\n")] == '\0')) {
        catalog_report(loading, member == NULL ? spot : &at,
                       "the text in %s is missing; both zh-CN and en are needed", language);
        return NULL;
    }
    if (text == NULL) {
        catalog_report(loading, &at, "the text in %s is to be a string", language);
        return NULL;
    }
    if (strlen(text) > CATALOG_TEXT_MAX) {
        catalog_report(loading, &at, "the text has %zu bytes, at most %d are allowed", strlen(text),
                       CATALOG_TEXT_MAX);
        return NULL;
    }
    return is_plain(loading, &at, text) ? catalog_take_text(loading, text) : NULL;
}

bool catalog_read_text_value(struct catalog_loading *loading, const struct base_json *json,
                             const struct catalog_spot *spot, struct catalog_text *out)
{
    bool is_whole = true;

    if (base_json_type(json) != BASE_JSON_OBJECT) {
        catalog_report(loading, spot,
                       "a text in both languages is expected here: {\"zh-CN\": \"...\", \"en\": \"...\"}");
        return false;
    }
    if (!catalog_read_object(loading, json, spot, (struct catalog_words){languages, CATALOG_LANGUAGES}))
        return false;
    for (size_t i = 0; i < CATALOG_LANGUAGES; i++) {
        out->in[i] = language_read(loading, json, spot, languages[i]);
        is_whole = is_whole && out->in[i] != NULL;
    }
    return is_whole;
}

bool catalog_read_text(struct catalog_loading *loading, const struct base_json *object,
                       const struct catalog_spot *spot, const char *key, bool is_required,
                       struct catalog_text *out)
{
    const struct base_json *json = member_read(loading, object, spot, key, is_required);
    struct catalog_spot at = {spot, key, 0};

    return json != NULL && catalog_read_text_value(loading, json, &at, out);
}

const char *catalog_read_string(struct catalog_loading *loading, const struct base_json *object,
                                const struct catalog_spot *spot, const char *key, bool is_required,
                                size_t size_max)
{
    const struct base_json *json = member_read(loading, object, spot, key, is_required);
    const char *text = base_json_text(json);
    struct catalog_spot at = {spot, key, 0};

    if (json == NULL)
        return NULL;
    if (text == NULL || text[0] == '\0' || strlen(text) > size_max) {
        catalog_report(loading, &at, "\"%s\" is to be a string of 1 to %zu bytes", key, size_max);
        return NULL;
    }
    return is_plain(loading, &at, text) ? catalog_take_text(loading, text) : NULL;
}

/* [a-z0-9][a-z0-9._-]{0,63} */
static bool is_id(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-");

    return size >= 1 && size <= BASE_ID_MAX && text[size] == '\0' && strchr("._-", text[0]) == NULL;
}

const char *catalog_read_id_value(struct catalog_loading *loading, const struct base_json *json,
                                  const struct catalog_spot *spot)
{
    const char *text = base_json_text(json);

    if (text == NULL) {
        catalog_report(loading, spot, "this is no id: 1 to %d of a-z 0-9 . _ - are allowed, the first a letter or digit", BASE_ID_MAX);
        return NULL;
    }
    if (!is_id(text)) {
        catalog_report(loading, spot, "\"%.64s\" is no id: 1 to %d of a-z 0-9 . _ - are allowed, the first a letter or digit", text,
                       BASE_ID_MAX);
        return NULL;
    }
    return catalog_take_text(loading, text);
}

const char *catalog_read_id(struct catalog_loading *loading, const struct base_json *object,
                            const struct catalog_spot *spot, const char *key)
{
    const struct base_json *json = catalog_need(loading, object, spot, key);
    struct catalog_spot at = {spot, key, 0};

    return json != NULL ? catalog_read_id_value(loading, json, &at) : NULL;
}

void catalog_read_ids(struct catalog_loading *loading, const struct base_json *object,
                      const struct catalog_spot *spot, const char *key, bool is_required,
                      size_t count_max, struct catalog_names *out)
{
    const struct base_json *list = catalog_read_list(loading, object, spot, key, is_required, 0, count_max);
    size_t count = base_json_count(list), i = 0;

    *out = (struct catalog_names){.count = 0};
    if (count == 0)
        return;
    const char **names = catalog_take(loading, count * sizeof(*names));
    if (names == NULL)
        return;
    struct catalog_spot list_spot = {spot, key, 0};
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot at = {&list_spot, NULL, i};
        names[i] = catalog_read_id_value(loading, item, &at);
        for (size_t j = 0; j < i && names[i] != NULL; j++) {
            if (names[j] != NULL && strcmp(names[i], names[j]) == 0)
                catalog_report(loading, &at, "\"%s\" stands twice in the list; remove one", names[i]);
        }
    }
    *out = (struct catalog_names){names, count};
}

bool catalog_read_flag(struct catalog_loading *loading, const struct base_json *object,
                       const struct catalog_spot *spot, const char *key, bool fallback)
{
    const struct base_json *json = base_json_member(object, key);
    struct catalog_spot at = {spot, key, 0};

    if (json == NULL)
        return fallback;
    if (base_json_type(json) != BASE_JSON_BOOL)
        catalog_report(loading, &at, "\"%s\" is to be true or false", key);
    return base_json_is_true(json);
}

int64_t catalog_read_integer(struct catalog_loading *loading, const struct base_json *object,
                             const struct catalog_spot *spot, const char *key, int64_t min,
                             int64_t max, int64_t fallback)
{
    const struct base_json *json = base_json_member(object, key);
    struct catalog_spot at = {spot, key, 0};
    int64_t value = fallback;

    if (json != NULL && base_json_i64(json, min, max, &value) != OD_OK)
        catalog_report(loading, &at, "\"%s\" is to be a whole number from %lld to %lld", key, (long long)min,
                       (long long)max);
    return value;
}

size_t catalog_read_word(struct catalog_loading *loading, const struct base_json *object,
                         const struct catalog_spot *spot, const char *key, bool is_required,
                         struct catalog_words words)
{
    const struct base_json *json = member_read(loading, object, spot, key, is_required);
    const char *text = base_json_text(json);
    struct catalog_spot at = {spot, key, 0};
    struct catalog_phrase hint;
    char allowed[320];

    if (json == NULL)
        return 0;
    for (size_t i = 0; i < words.count && text != NULL; i++) {
        if (words.at[i] != NULL && strcmp(words.at[i], text) == 0)
            return i;
    }
    const char *nearest = text != NULL ? catalog_word_nearest(words.at, words.count, text) : NULL;
    words_join(words, allowed, sizeof(allowed));
    catalog_report(loading, &at, "\"%s\" is to be one of: %s%p", key, allowed, catalog_phrase_hint(&hint, nearest, ""));
    return 0;
}

bool catalog_read_day(struct catalog_loading *loading, const struct base_json *object,
                      const struct catalog_spot *spot, const char *key, bool is_required, core_day *day)
{
    const struct base_json *json = member_read(loading, object, spot, key, is_required);
    struct catalog_spot at = {spot, key, 0};

    if (json == NULL)
        return false;
    if (base_json_text(json) != NULL && base_day_parse(base_json_text(json), day) == OD_OK)
        return true;
    catalog_report(loading, &at, "\"%s\" is to be a date YYYY-MM-DD that exists, from 1970 on", key);
    return false;
}

void catalog_report_unknown(struct catalog_loading *loading, const struct catalog_spot *spot,
                            const char *noun, const char *id, const struct catalog_index *index)
{
    struct catalog_phrase name, hint;

    if (loading->has_broken_items)
        return; /* it may be defined by an object that could not be read */
    catalog_report(loading, spot, "there is no %p \"%s\"%p", catalog_phrase_word(&name, noun), id,
                   catalog_phrase_hint(&hint, catalog_index_nearest(index, id), "; define it or remove the reference"));
}
