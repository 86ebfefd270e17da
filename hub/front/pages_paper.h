/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of papers put beside the document that the API gave: pieces of JSON for the templates paper-*.html.
 * Private to hub/front/pages_paper*.c. Pure. */
#ifndef FRONT_PAGES_PAPER_H
#define FRONT_PAGES_PAPER_H

#include "base/buffer.h"
#include "base/json.h"

/* {"kind", "at", "text", "until", "otherwise", "groups": [...]} of what was last asked for; nothing when nothing was. A
 * group is what one matter lacks: {"matter_name", "department_name", "text", "rule", "items": [{"name", "text"}]}. */
void front_paper_put_asked(struct base_buffer *view, const char *key, const struct base_json *paper);

/* The matters that belong to it, each with what the guide says: {...six disclosures..., "task": {...}, "said": the
 * department's opinion or absent, "is_granted"}. */
void front_paper_put_matters(struct base_buffer *view, const char *key, const struct base_json *paper);

/* {"window", "officer", "attitude", "ability"} of the evaluation block: the newest evaluation, else who took it in; each
 * dimension as five boxes, best first: [{"level": 5, "is_chosen"}, ...]. */
void front_paper_put_rating(struct base_buffer *view, const char *key, const struct base_json *paper);

/* Is kind among the papers that there are? */
bool front_paper_has(const struct base_json *paper, const char *kind);

#endif
