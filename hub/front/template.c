/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling: text -> nodes -> names resolved. Rendering is template_render.c. */
#include "front/template.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/template_set.h"

static const struct front_page_language of_the_api[FRONT_LANGUAGES] = {
    [FRONT_ZH_CN] = {"zh-CN", "中文", FRONT_ZH_CN}, [FRONT_EN] = {"en", "English", FRONT_EN}};

int front_templates_create(struct front_templates **out)
{
    struct front_templates *set = base_alloc(sizeof(*set));

    if (set == NULL)
        return OD_ENOMEM;
    set->languages = of_the_api;
    set->language_count = FRONT_LANGUAGES;
    *out = set;
    return OD_OK;
}

int front_templates_languages_set(struct front_templates *set, const struct front_page_language *rows, size_t count)
{
    assert(set->unit_count == 0);
    if (count < FRONT_LANGUAGES || count > FRONT_PAGE_LANGUAGES_MAX)
        return OD_ELIMIT;
    set->languages = rows;
    set->language_count = count;
    return OD_OK;
}

void front_templates_destroy(struct front_templates *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->unit_count; i++)
        base_free(set->units[i].owned);
    base_free(set->units);
    base_free(set->nodes);
    for (size_t i = 0; i < set->text_count; i++)
        base_json_destroy(set->texts[i]);
    base_free(set);
}

/* -- Compiling -- */

/* One template while it is compiled. */
struct compiler {
    struct front_templates *set;
    const char *name;
    const char *text, *at, *end;
    uint32_t open[FRONT_TEMPLATE_NESTING_MAX]; /* sections not yet closed */
    size_t open_count;
    char *fault;
};

static int refuse(const struct compiler *compiler, int rc, const char *format, ...)
{
    int size =
        snprintf(compiler->fault, FRONT_TEMPLATE_FAULT_SIZE,
                 "%.60s, byte %zu: ", compiler->name, (size_t)(compiler->at - compiler->text));
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(compiler->fault + size, FRONT_TEMPLATE_FAULT_SIZE - (size_t)size, format,
              arguments);
    va_end(arguments);
    return rc;
}

static int node_add(struct compiler *compiler, struct front_template_node node)
{
    struct front_templates *set = compiler->set;

    if (set->node_count == set->node_room) {
        size_t room = set->node_room > 0 ? 2 * set->node_room : 256;
        void *nodes = base_realloc(set->nodes, room * sizeof(set->nodes[0]));
        if (nodes == NULL)
            return refuse(compiler, OD_ENOMEM, "no memory left");
        set->nodes = nodes;
        set->node_room = room;
    }
    for (size_t i = 0; i < FRONT_PAGE_LANGUAGES_MAX; i++)
        node.units[i] = FRONT_TEMPLATE_NO_UNIT;
    set->nodes[set->node_count++] = node;
    return OD_OK;
}

static int literal_add(struct compiler *compiler, const char *text, const char *end)
{
    if (text == end)
        return OD_OK;
    return node_add(compiler, (struct front_template_node){.kind = FRONT_TEMPLATE_TEXT,
                                                           .text = text,
                                                           .size = (size_t)(end - text)});
}

static int section_close(struct compiler *compiler)
{
    if (compiler->open_count == 0)
        return refuse(compiler, OD_ESYNTAX, "{{/}} closes nothing");
    struct front_template_node *section =
        &compiler->set->nodes[compiler->open[--compiler->open_count]];
    section->end = (uint32_t)compiler->set->node_count;
    return OD_OK;
}

static int section_open(struct compiler *compiler, struct front_template_node node)
{
    const char *sign = memchr(node.text, '=', node.size);

    if (compiler->open_count == FRONT_TEMPLATE_NESTING_MAX)
        return refuse(compiler, OD_ELIMIT, "sections nest deeper than %d",
                      FRONT_TEMPLATE_NESTING_MAX);
    if (sign != NULL) {
        node.value = sign + 1;
        node.value_size = node.size - (size_t)(sign + 1 - node.text);
        node.size = (size_t)(sign - node.text);
    }
    if (sign == NULL && node.size > 0 && node.text[node.size - 1] == '?') {
        node.is_test = true;
        node.size--;
    }
    if (node.size == 0 || memchr(node.text, '?', node.size) != NULL)
        return refuse(compiler, OD_ESYNTAX, "a section without a name");
    compiler->open[compiler->open_count++] = (uint32_t)compiler->set->node_count;
    return node_add(compiler, node);
}

static int words_add(struct compiler *compiler, struct front_template_node node)
{
    const char *mark = memchr(node.text, '@', node.size);

    if (mark != NULL) {
        node.value = mark + 1;
        node.value_size = node.size - (size_t)(mark + 1 - node.text);
        node.size = (size_t)(mark - node.text);
        if (node.value_size == 0)
            return refuse(compiler, OD_ESYNTAX, "no name behind '@'");
    }
    return node_add(compiler, node);
}

static enum front_template_kind kind_of(const char *tag, size_t size, size_t *skipped)
{
    static const struct {
        const char *sign;
        enum front_template_kind kind;
    } rows[] = {
        {"#", FRONT_TEMPLATE_SECTION}, {"^", FRONT_TEMPLATE_INVERTED},
        {">", FRONT_TEMPLATE_PART},    {"t:", FRONT_TEMPLATE_WORDS},
        {"l:", FRONT_TEMPLATE_LOCAL},  {"d:", FRONT_TEMPLATE_DAY},
        {"m:", FRONT_TEMPLATE_MOMENT}, {"s:", FRONT_TEMPLATE_DIGITS},
        {"T:", FRONT_TEMPLATE_WORDS},  {"L:", FRONT_TEMPLATE_LOCAL},
        {"D:", FRONT_TEMPLATE_DAY},    {"M:", FRONT_TEMPLATE_MOMENT},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        *skipped = strlen(rows[i].sign);
        if (size >= *skipped && memcmp(tag, rows[i].sign, *skipped) == 0)
            return rows[i].kind;
    }
    *skipped = 0;
    return FRONT_TEMPLATE_VALUE;
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || strchr("._-@=/?", byte) != NULL;
}

static int tag_add(struct compiler *compiler, const char *tag, size_t size)
{
    size_t skipped;

    if (size > 0 && tag[0] == '!')
        return OD_OK;
    if (size > 0 && tag[0] == '/')
        return section_close(compiler);
    struct front_template_node node = {
        .kind = kind_of(tag, size, &skipped), .text = tag + skipped, .size = size - skipped};
    node.is_both = skipped == 2 && tag[0] >= 'A' && tag[0] <= 'Z';
    if (node.size == 0)
        return refuse(compiler, OD_ESYNTAX, "a tag without a name");
    if (node.size > FRONT_TEMPLATE_NAME_MAX)
        return refuse(compiler, OD_ELIMIT, "a name is longer than %d bytes",
                      FRONT_TEMPLATE_NAME_MAX);
    for (size_t i = 0; i < node.size; i++)
        if (node.text[i] == '\0' || !is_name_byte(node.text[i]))
            return refuse(compiler, OD_ESYNTAX, "a name holds letters, digits and ._-/? only");
    if (node.kind == FRONT_TEMPLATE_SECTION || node.kind == FRONT_TEMPLATE_INVERTED)
        return section_open(compiler, node);
    return node.kind == FRONT_TEMPLATE_WORDS ? words_add(compiler, node)
                                             : node_add(compiler, node);
}

static const char *find_pair(const char *at, const char *end, char byte)
{
    while (end - at >= 2) {
        at = memchr(at, byte, (size_t)(end - at) - 1);
        if (at == NULL || at[1] == byte)
            return at;
        at++;
    }
    return NULL;
}

static int compile(struct compiler *compiler)
{
    while (compiler->at < compiler->end) {
        const char *open = find_pair(compiler->at, compiler->end, '{');
        int rc = literal_add(compiler, compiler->at, open == NULL ? compiler->end : open);

        if (rc != OD_OK || open == NULL)
            return rc;
        compiler->at = open;
        const char *close = find_pair(open + 2, compiler->end, '}');
        if (close == NULL)
            return refuse(compiler, OD_ESYNTAX, "a tag is not closed");
        rc = tag_add(compiler, open + 2, (size_t)(close - open) - 2);
        if (rc != OD_OK)
            return rc;
        compiler->at = close + 2;
    }
    return OD_OK;
}

static int unit_add(struct compiler *compiler, bool is_words, unsigned language)
{
    struct front_templates *set = compiler->set;

    if (set->unit_count == set->unit_room) {
        size_t room = set->unit_room > 0 ? 2 * set->unit_room : 64;
        void *units = base_realloc(set->units, room * sizeof(set->units[0]));
        if (units == NULL)
            return refuse(compiler, OD_ENOMEM, "no memory left");
        set->units = units;
        set->unit_room = room;
    }
    char *owned = is_words ? NULL : base_copy_text(compiler->name, strlen(compiler->name));
    if (!is_words && owned == NULL)
        return refuse(compiler, OD_ENOMEM, "no memory left");
    struct front_template_unit *unit = &set->units[set->unit_count++];
    *unit = (struct front_template_unit){.name = is_words ? compiler->name : owned,
                                         .owned = owned,
                                         .language = language,
                                         .is_words = is_words,
                                         .from = (uint32_t)set->node_count};
    int rc = compile(compiler);
    if (rc == OD_OK && compiler->open_count > 0)
        rc = refuse(compiler, OD_ESYNTAX, "a section is not closed");
    unit->until = (uint32_t)set->node_count;
    return rc;
}

int front_template_add(struct front_templates *set, const char *name, const char *text,
                       size_t size, char fault[FRONT_TEMPLATE_FAULT_SIZE])
{
    struct compiler compiler = {
        .set = set, .name = name, .text = text, .at = text, .end = text + size, .fault = fault};

    fault[0] = '\0';
    return unit_add(&compiler, false, 0);
}

static int text_add(struct front_templates *set, const struct base_json *entry, char *fault)
{
    struct compiler compiler = {.set = set, .name = base_json_key(entry), .fault = fault};
    int rc = OD_OK;

    for (size_t i = 0; rc == OD_OK && i < set->language_count; i++) {
        const char *text = base_json_member_text(entry, set->languages[i].tag);

        if (text == NULL)
            return refuse(&compiler, OD_ESYNTAX, "no %s text", set->languages[i].tag);
        compiler.text = compiler.at = text;
        compiler.end = text + strlen(text);
        rc = unit_add(&compiler, true, (unsigned)i);
    }
    return rc;
}

int front_template_texts_add(struct front_templates *set, const char *json, size_t size,
                             char fault[FRONT_TEMPLATE_FAULT_SIZE])
{
    struct base_json_error error;

    fault[0] = '\0';
    if (set->text_count == FRONT_TEMPLATE_TEXTS_MAX) {
        snprintf(fault, FRONT_TEMPLATE_FAULT_SIZE, "texts: more than %d objects of them", FRONT_TEMPLATE_TEXTS_MAX);
        return OD_ELIMIT;
    }
    struct base_json **texts = &set->texts[set->text_count];
    int rc = base_json_parse(json, size, texts, &error);
    set->text_count += rc == OD_OK;
    if (rc == OD_ESYNTAX)
        snprintf(fault, FRONT_TEMPLATE_FAULT_SIZE, "texts, line %u: %s", error.line,
                 error.text);
    for (const struct base_json *entry = rc == OD_OK ? base_json_first(*texts) : NULL;
         rc == OD_OK && entry != NULL; entry = base_json_next(entry))
        rc = text_add(set, entry, fault);
    return rc;
}

/* -- Linking -- */

static int order_of(const struct front_template_unit *unit, bool is_words,
                    unsigned language, const char *name, size_t size)
{
    if (unit->is_words != is_words)
        return unit->is_words ? 1 : -1;
    if (unit->language != language)
        return unit->language > language ? 1 : -1;
    int order = strncmp(unit->name, name, size);
    return order != 0 ? order : unit->name[size] != '\0';
}

static int by_name(const void *a, const void *b)
{
    const struct front_template_unit *left = a, *right = b;

    return order_of(left, right->is_words, right->language, right->name, strlen(right->name));
}

uint32_t front_template_find(const struct front_templates *set, bool is_words,
                             unsigned language, const char *name, size_t size)
{
    size_t low = 0, high = set->unit_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = order_of(&set->units[middle], is_words, language, name, size);

        if (order == 0)
            return (uint32_t)middle;
        if (order > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return FRONT_TEMPLATE_NO_UNIT;
}

static bool resolve(const struct front_templates *set, struct front_template_node *node)
{
    bool is_words = node->kind == FRONT_TEMPLATE_WORDS;

    if ((!is_words && node->kind != FRONT_TEMPLATE_PART) || (is_words && node->value != NULL))
        return true;
    for (size_t i = 0; i < set->language_count; i++) {
        unsigned language = is_words ? (unsigned)i : 0;
        node->units[i] = front_template_find(set, is_words, language, node->text, node->size);
        if (node->units[i] == FRONT_TEMPLATE_NO_UNIT)
            return false;
    }
    return true;
}

int front_templates_link(struct front_templates *set, char fault[FRONT_TEMPLATE_FAULT_SIZE])
{
    fault[0] = '\0';
    if (set->unit_count > 0)
        qsort(set->units, set->unit_count, sizeof(set->units[0]), by_name);
    for (size_t i = 1; i < set->unit_count; i++) {
        if (by_name(&set->units[i - 1], &set->units[i]) == 0) {
            snprintf(fault, FRONT_TEMPLATE_FAULT_SIZE, "there are two of %.60s",
                     set->units[i].name);
            return OD_EEXIST;
        }
    }
    for (size_t i = 0; i < set->unit_count; i++)
        for (uint32_t at = set->units[i].from; at < set->units[i].until; at++) {
            if (resolve(set, &set->nodes[at]))
                continue;
            snprintf(fault, FRONT_TEMPLATE_FAULT_SIZE, "%.60s: there is no %.*s",
                     set->units[i].name, (int)set->nodes[at].size, set->nodes[at].text);
            return OD_ENOTFOUND;
        }
    return OD_OK;
}
