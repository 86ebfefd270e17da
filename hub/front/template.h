/* SPDX-License-Identifier: Apache-2.0 */
/* Logic-less templates over JSON, compiled once. What a template prints is always escaped
 * (& < > " '); there is no way to print raw text. Private to hub/front. Pure.
 *
 *   {{name}}          a text, number or boolean; a.b.c walks members; {{.}} the item itself
 *   {{#name}}..{{/}}  once per item of a list, once for an object or a true value
 *   {{^name}}..{{/}}  when it is absent, null, false, "" or an empty list
 *   {{#name?}}..{{/}} once when {{#name}} would print anything; the context stays
 *   {{#name=word}}..  when its text equals word; {{^name=word}} when it does not
 *   {{>part}}         another template, in the same context
 *   {{t:key}}         a text of the reader's language, itself a template; {{t:key.@name}} takes
 *                     the last part of the key from the value, which is printed when there is
 * none
 *   {{l:name}}        {"zh-CN", "en"} in the reader's language; else in the base of that, else in the other one
 *   {{d:name}} {{m:name}} {{s:name}}  a date in words, a moment in words, a moment in digits
 *   {{T:key}} {{L:name}} {{D:name}} {{M:name}}  the same; where the document "page" says is_bilingual, the other
 *                     language follows in <span class="other" lang="...">, unless both say the same
 *   {{!words}}        nothing
 *
 * A name is looked up from the innermost object outwards, then among the documents; one that
 * starts with '.' only in the innermost. */
#ifndef FRONT_TEMPLATE_H
#define FRONT_TEMPLATE_H

#include "front/front.h"

#define FRONT_TEMPLATE_NESTING_MAX 16 /* sections open at once in one template */
#define FRONT_TEMPLATE_DEPTH_MAX                                                               \
    32 /* sections, parts and texts entered at once while rendering */
#define FRONT_TEMPLATE_NAME_MAX 96                  /* bytes of a name inside a tag */
#define FRONT_TEMPLATE_TEXTS_MAX 4 /* objects of texts in one set */
#define FRONT_TEMPLATE_FAULT_SIZE 256               /* bytes of a sentence about a fault */
#define FRONT_PAGE_LANGUAGES_MAX 6 /* that pages can be read in */
#define FRONT_TEMPLATE_OUTPUT_MAX (4 * 1024 * 1024) /* bytes of one rendered page */

struct front_templates;

/* A language that pages are read in. The first FRONT_LANGUAGES are those of the API, in its order; any other reads dates, the
 * API's sentences, and data that have no words of its own, in its base. */
struct front_page_language {
    const char *tag;  /* "zh-CN" */
    const char *name; /* in itself: "中文" */
    enum front_language base;
};

/* What a page shows: trees by name. Borrowed. */
struct front_template_document {
    const char *name;
    const struct base_json *json;
};

/* A set in the languages of the API alone. Errors: OD_ENOMEM. */
OD_MUST_CHECK int front_templates_create(struct front_templates **out);
/* Say in which languages, before the first template; rows is borrowed until destroy. Errors: OD_ELIMIT fewer than
 * FRONT_LANGUAGES or more than FRONT_PAGE_LANGUAGES_MAX; the set is then as it was. */
OD_MUST_CHECK int front_templates_languages_set(struct front_templates *set, const struct front_page_language *rows, size_t count);
void front_templates_destroy(struct front_templates *set); /* accepts NULL */

/* Compile one template. name is copied, text borrowed until destroy. fault: an English sentence
 * on error. Errors: OD_ESYNTAX, OD_ELIMIT nesting or a name is too long, OD_ENOMEM. The set is
 * then only good for destroy. */
OD_MUST_CHECK int front_template_add(struct front_templates *set, const char *name,
                                     const char *text, size_t size,
                                     char fault[FRONT_TEMPLATE_FAULT_SIZE]);

/* Compile the texts of a JSON object {"key": {"zh-CN": "...", "en": "..."}}, in every language of the set, which owns them. Errors: as
 * front_template_add; OD_ESYNTAX also when a language is missing, OD_ELIMIT one more than FRONT_TEMPLATE_TEXTS_MAX. */
OD_MUST_CHECK int front_template_texts_add(struct front_templates *set, const char *json,
                                           size_t size, char fault[FRONT_TEMPLATE_FAULT_SIZE]);

/* Resolve parts and texts; to be called once, after all were added. Errors: OD_ENOTFOUND a tag
 * names what is not there, OD_EEXIST two templates have one name; fault says which. */
OD_MUST_CHECK int front_templates_link(struct front_templates *set,
                                       char fault[FRONT_TEMPLATE_FAULT_SIZE]);

/* Render a template of the set behind what out holds, in the language with that index in the set. Errors: OD_ENOTFOUND no such template,
 * OD_ELIMIT it nests too deep or prints too much, OD_ENOMEM. out is then not to be used. Cost
 * O(output). */
OD_MUST_CHECK int front_template_render(const struct front_templates *set, const char *name,
                                        const struct front_template_document *documents,
                                        size_t count, unsigned language,
                                        struct base_buffer *out);

#endif
