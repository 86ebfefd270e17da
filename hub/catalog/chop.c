/* SPDX-License-Identifier: Apache-2.0 */
/* A catalogue file cut into its objects, so that each is parsed, checked and let go by
 * itself: a file of 100,000 matters never stands in memory as one tree, and the gate's
 * node limit holds per object. The cut is strict about the outer two levels; the gate
 * (base/json.h) is strict about each object. */
#include <string.h>

#include "catalog/loading.h"

struct cut {
    struct catalog_loading *loading;
    uint32_t source;
    const char *text, *at, *end;
    unsigned seen;      /* bits of the members met */
    bool is_broken;     /* a finding was told that ends the file */
};

static void space_skip(struct cut *cut)
{
    while (cut->at < cut->end && (*cut->at == ' ' || *cut->at == '\n' || *cut->at == '\r' || *cut->at == '\t'))
        cut->at++;
}

/* The byte after the string whose opening quote is at at, or NULL. */
static const char *string_end(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\')
            at++;
    }
    return NULL;
}

/* The byte after the value at at, or NULL. Brackets are only counted. */
static const char *value_end(const char *at, const char *end)
{
    size_t depth = 0;

    while (at < end) {
        char byte = *at;
        if (byte == '"') {
            at = string_end(at, end);
            if (at == NULL)
                return NULL;
        } else {
            if (depth == 0 && (byte == ',' || byte == '}' || byte == ']'))
                return at;
            depth += byte == '{' || byte == '[';
            depth -= byte == '}' || byte == ']';
            at++;
        }
        bool is_closed = byte == '"' || byte == '}' || byte == ']';
        if (depth == 0 && is_closed)
            return at;
    }
    return depth == 0 ? at : NULL;
}

/* The text is no JSON at *at. What the gate says about the whole file is told, where
 * it has something to say. */
static void syntax_report(struct cut *cut, const char *expected)
{
    struct base_json_error error = {.offset = 0};
    struct catalog_phrase phrase;
    size_t size = (size_t)(cut->end - cut->text);

    cut->is_broken = true;
    int rc = base_json_check(cut->text, size, &error);
    if (rc == OD_ENOMEM)
        cut->loading->rc = rc;
    else if (rc != OD_OK && strcmp(error.code, "nodes") != 0)
        catalog_report_byte_word(cut->loading, cut->source, error.offset, error.pointer, error.text);
    else
        catalog_report_byte(cut->loading, cut->source, (size_t)(cut->at - cut->text), "", "%p is expected here",
                            catalog_phrase_word(&phrase, expected));
}

static bool byte_take(struct cut *cut, char byte, const char *expected)
{
    space_skip(cut);
    if (cut->at < cut->end && *cut->at == byte) {
        cut->at++;
        return true;
    }
    syntax_report(cut, expected);
    return false;
}

void catalog_item_add(struct catalog_loading *loading, const struct catalog_item *item)
{
    struct catalog_items *items = &loading->items[item->kind];

    if (items->count == items->room) {
        size_t room = items->room * 2 + 16;
        struct catalog_item *at = base_realloc(items->at, room * sizeof(*at));
        if (at == NULL) {
            loading->rc = OD_ENOMEM;
            return;
        }
        items->at = at;
        items->room = room;
    }
    items->at[items->count++] = *item;
}

/* The object at cut->at becomes an item; anything else is skipped with a finding. */
static void item_take(struct cut *cut, enum catalog_item_kind kind, uint32_t ordinal)
{
    const char *end = value_end(cut->at, cut->end);
    struct catalog_item item = {
        .kind = kind, .source = cut->source, .ordinal = ordinal, .offset = (size_t)(cut->at - cut->text)};

    if (end == NULL || end == cut->at) {
        syntax_report(cut, "a value");
        return;
    }
    item.size = (size_t)(end - cut->at);
    if (*cut->at == '{')
        catalog_item_add(cut->loading, &item);
    else
        catalog_report_at(cut->loading, &item, "", "an object {...} is expected here");
    cut->at = end;
}

/* "[", items, "]". */
static void array_take(struct cut *cut, enum catalog_item_kind kind)
{
    if (!byte_take(cut, '[', "an array [...]"))
        return;
    space_skip(cut);
    if (cut->at < cut->end && *cut->at == ']') {
        cut->at++;
        return;
    }
    for (uint32_t ordinal = 0; !cut->is_broken && cut->loading->rc == OD_OK; ordinal++) {
        space_skip(cut);
        item_take(cut, kind, ordinal);
        space_skip(cut);
        if (!cut->is_broken && cut->at < cut->end && *cut->at == ']') {
            cut->at++;
            return;
        }
        if (!cut->is_broken && !byte_take(cut, ',', "\",\" or \"]\""))
            return;
    }
}

static enum catalog_item_kind kind_of(const char *key, size_t size)
{
    for (size_t i = CATALOG_ITEM_CENTER; i <= CATALOG_ITEM_NOTICE; i++) {
        if (strlen(catalog_item_members[i]) == size && memcmp(catalog_item_members[i], key, size) == 0)
            return (enum catalog_item_kind)i;
    }
    return CATALOG_ITEM_NONE;
}

/* The value of a member that has no place here. */
static void unknown_skip(struct cut *cut, const char *key, size_t key_size)
{
    const char *end = value_end(cut->at, cut->end);

    if (end == NULL || end == cut->at) {
        syntax_report(cut, "a value");
        return;
    }
    catalog_report_byte(cut->loading, cut->source, (size_t)(cut->at - cut->text), "",
                        "unknown member \"%.*s\"; a catalogue file has center, calendars, rule_sets, departments, matters, services",
                        (int)(key_size < 64 ? key_size : 64), key);
    cut->at = end;
}

static void member_take(struct cut *cut)
{
    space_skip(cut);
    const char *key = cut->at;
    const char *key_end = cut->at < cut->end && *cut->at == '"' ? string_end(cut->at, cut->end) : NULL;

    if (key_end == NULL) {
        syntax_report(cut, "a member name in quotes");
        return;
    }
    cut->at = key_end;
    if (!byte_take(cut, ':', "\":\""))
        return;
    space_skip(cut);
    size_t key_size = (size_t)(key_end - key) - 2;
    enum catalog_item_kind kind = kind_of(key + 1, key_size);
    if ((cut->seen >> kind & 1) != 0 && kind != CATALOG_ITEM_NONE)
        catalog_report_byte(cut->loading, cut->source, (size_t)(key - cut->text), "",
                            "\"%s\" stands twice in this file; join the two", catalog_item_members[kind]);
    cut->seen |= 1u << kind;
    if (kind == CATALOG_ITEM_NONE)
        unknown_skip(cut, key + 1, key_size);
    else if (kind == CATALOG_ITEM_CENTER)
        item_take(cut, kind, 0);
    else
        array_take(cut, kind);
}

void catalog_chop(struct catalog_loading *loading, uint32_t source)
{
    const char *text = loading->sources[source].text;
    struct cut cut = {.loading = loading, .source = source, .text = text, .at = text,
                      .end = text + loading->sources[source].size};

    if (!byte_take(&cut, '{', "a catalogue file, one object {...},"))
        return;
    space_skip(&cut);
    if (cut.at < cut.end && *cut.at == '}') {
        cut.at++;
    } else {
        do {
            member_take(&cut);
            space_skip(&cut);
        } while (!cut.is_broken && loading->rc == OD_OK && cut.at < cut.end && *cut.at == ',' && cut.at++);
        if (cut.is_broken || loading->rc != OD_OK || !byte_take(&cut, '}', "\",\" or \"}\""))
            return;
    }
    space_skip(&cut);
    if (cut.at != cut.end)
        syntax_report(&cut, "the end of the file");
}

void catalog_compact(struct base_buffer *buffer, const char *text, size_t size)
{
    const char *at = text, *end = text + size;

    if (base_buffer_reserve(buffer, size) != OD_OK)
        return; /* the buffer remembers */
    while (at < end) {
        const char *start = at;
        if (*at == '"')
            at = string_end(at, end);
        else
            while (at < end && *at != '"' && *at != ' ' && *at != '\n' && *at != '\r' && *at != '\t')
                at++;
        base_buffer_put(buffer, start, (size_t)(at - start));
        while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
            at++;
    }
}

struct base_json *catalog_item_parse(struct catalog_loading *loading, const struct catalog_item *item)
{
    const char *text = loading->sources[item->source].text + item->offset;
    struct base_json_error error;
    struct base_json *json = NULL;
    int rc = base_json_parse(text, item->size, &json, &error);

    if (rc == OD_ESYNTAX) {
        char pointer[BASE_JSON_POINTER_MAX * 2];
        loading->has_broken_items = true;
        catalog_item_pointer(item, pointer);
        strcat(pointer, error.pointer);
        catalog_report_byte_word(loading, item->source, item->offset + error.offset, pointer, error.text);
    } else if (rc != OD_OK) {
        loading->rc = rc;
    }
    return rc == OD_OK ? json : NULL;
}

bool catalog_slice(const char *text, size_t size, const char *key, const char **value, size_t *value_size)
{
    const char *at = text + 1, *end = text + size;
    size_t key_size = strlen(key);

    while (at < end && *at == '"') {
        const char *name = at + 1, *name_end = string_end(at, end);
        const char *start = name_end + 1;
        const char *stop = value_end(start, end);
        if ((size_t)(name_end - 1 - name) == key_size && memcmp(name, key, key_size) == 0) {
            *value = start;
            *value_size = (size_t)(stop - start);
            return true;
        }
        at = stop + 1;
    }
    return false;
}
