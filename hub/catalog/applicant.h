/* SPDX-License-Identifier: Apache-2.0 */
/* The applicant of a submission. Private to hub/catalog. */
#ifndef CATALOG_APPLICANT_H
#define CATALOG_APPLICANT_H

#include "catalog/problem.h"

#define CATALOG_PERSON_NAME_LENGTH_MAX 200 /* characters */
#define CATALOG_PERSON_ID_LENGTH_MAX 64
#define CATALOG_PHONE_LENGTH_MAX 32

/* Tell what is wrong with the applicant, "channel" and "window" of a submit body. */
void catalog_applicant_check(const struct catalog_service *service, const struct base_json *body,
                             struct catalog_problems *problems);

/* Who acts for the applicant: "agent", with a power of attorney; "representative", of an organization. */
void catalog_agent_check(const struct base_json *applicant, struct catalog_problems *problems);
void catalog_representative_check(const struct base_json *applicant, struct catalog_problems *problems);

/* Has text the shape of a telephone number? */
bool catalog_is_phone(const char *text);

/* submission.c: name, media type, size and SHA-256 of the document at place. */
void catalog_document_check(const struct base_json *item, struct catalog_place place, struct catalog_problems *problems);

/* Is text free of what could steer a terminal or turn a line around: control characters
 * (C0, DEL, C1) and bidirectional overrides and isolates (U+202A..202E, U+2066..2069)?
 * is_multiline allows tab and line feed. text is UTF-8. Cost: linear in its bytes. */
bool catalog_text_is_plain(const char *text, bool is_multiline);

/* Tell that a text is not plain. name: how people know it, in both languages. */
void catalog_plain_problem(struct catalog_problems *problems, struct catalog_place place,
                           const struct catalog_text *name, bool is_multiline);

/* An optional or required plain text member on one line of at most length_max characters; NULL when
 * absent or wrong. */
const char *catalog_text_check(const struct base_json *object, struct catalog_place place, const char *key,
                               bool is_required, size_t length_max, struct catalog_problems *problems);

/* Characters of a UTF-8 text. */
size_t catalog_text_length(const char *text);

#endif
