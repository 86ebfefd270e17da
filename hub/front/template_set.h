/* SPDX-License-Identifier: Apache-2.0 */
/* What template.c compiles and template_render.c walks. Private to these two. */
#ifndef FRONT_TEMPLATE_SET_H
#define FRONT_TEMPLATE_SET_H

#include "front/template.h"

#define FRONT_TEMPLATE_NO_UNIT UINT32_MAX

enum front_template_kind {
    FRONT_TEMPLATE_NONE = 0,
    FRONT_TEMPLATE_TEXT, /* as it stands */
    FRONT_TEMPLATE_VALUE,
    FRONT_TEMPLATE_SECTION,
    FRONT_TEMPLATE_INVERTED,
    FRONT_TEMPLATE_PART,
    FRONT_TEMPLATE_WORDS,  /* t: */
    FRONT_TEMPLATE_LOCAL,  /* l: */
    FRONT_TEMPLATE_DAY,    /* d: */
    FRONT_TEMPLATE_MOMENT, /* m: */
    FRONT_TEMPLATE_DIGITS, /* s: */
};

/* A piece of a template: literal text, or a tag. Slices are borrowed from the template's text.
 */
struct front_template_node {
    enum front_template_kind kind;
    const char *text; /* the literal, or the name */
    size_t size;
    const char *value; /* of a comparison, the word; of t:, the name behind '@'; NULL = none */
    size_t value_size;
    bool is_both;                    /* a capital tag: in both languages on a bilingual page */
    bool is_test;                    /* of a section: '?' stood behind the name */
    uint32_t end;                    /* of a section: the node behind it */
    uint32_t units[FRONT_PAGE_LANGUAGES_MAX]; /* of a part or a fixed text: where it goes on */
};

/* A compiled template or text: nodes from..until of the set. */
struct front_template_unit {
    const char *name; /* of a template copied and owned; of words the key in texts */
    char *owned;      /* NULL of words */
    unsigned language; /* index among the set's */
    bool is_words;
    uint32_t from, until;
};

struct front_templates {
    const struct front_page_language *languages; /* borrowed */
    size_t language_count;
    struct front_template_node *nodes; /* owned */
    size_t node_count, node_room;
    struct front_template_unit *units; /* owned; sorted once linked */
    size_t unit_count, unit_room;
    struct base_json *texts[FRONT_TEMPLATE_TEXTS_MAX]; /* owned: what the words' nodes borrow from */
    size_t text_count;
};

/* The unit's index, or FRONT_TEMPLATE_NO_UNIT. The set must be linked. */
uint32_t front_template_find(const struct front_templates *set, bool is_words,
                             unsigned language, const char *name, size_t size);

#endif
