/* SPDX-License-Identifier: Apache-2.0 */
/* A service's form: the submit body made of what was typed, and the form as its template shows
 * it. Names in the form: "kind", "name" ... of the applicant; "f.<field>"; of a list with
 * choices "f.<field>.<choice>"; "m.<material>" ticked and "n.<material>" its file's name;
 * "d.<material>" a file that is uploaded with the form, "u.<material>" the SHA-256 of one that was, under the name "n.<material>";
 * "p.<material>" promised for the day "until"; "s.<material>" the SHA-256 of a document of before that is taken again;
 * "r.<matter>" the number of an application whose opinion stands for this one, "consent" the applicant's to that;
 * "agent.<member>" and "representative.<member>" of who acts for the applicant.
 * Private to hub/front/pages_apply*.c. */
#ifndef FRONT_PAGES_APPLY_H
#define FRONT_PAGES_APPLY_H

#include "front/pages_files.h"
#include "front/pages_rows.h"

#define FRONT_APPLY_POWER "power-of-attorney" /* stands for a material's id where there is an agent */
#define FRONT_APPLY_KEY_SIZE 33 /* 32 hexadecimal digits and NUL */

/* The submit body of interface.md section 2 for the form as typed. What cannot be the type that
 * the service asks for goes in as text, so that the catalogue says what is wrong with it. */
void front_apply_put_body(struct base_buffer *body, struct front_visit *visit,
                          const struct base_json *service);

/* The members of the view: fields, groups of materials, errors. problem: the refusal, or NULL.
 */
void front_apply_put_view(struct base_buffer *view, struct front_visit *visit,
                          const struct base_json *service, const struct base_json *problem);

/* The next material of the service after *matter, *material (both NULL at first), each id once;
 * NULL at the end. Order of the guide: it gives the index in the body's "materials". */
const struct base_json *front_apply_material_next(const struct base_json *service,
                                                  const struct base_json **matter,
                                                  const struct base_json *material);

/* One field of the service's form: as typed, into a body; with its faults, into a list of the view. */
void front_apply_put_value(struct base_buffer *body, struct front_visit *visit, const struct base_json *field);
void front_apply_put_field(struct base_buffer *view, struct front_visit *visit, const struct base_json *field,
                           const struct base_json *problem);

/* Is the choice of a list field ticked? */
bool front_apply_has_choice(struct front_visit *visit, const char *field, const char *choice);

/* Is the material ticked, or is there a document of it? */
bool front_apply_is_given(struct front_visit *visit, const char *material);

/* What stands for the material: uploaded with this form, uploaded with it before, or of an earlier application. */
struct front_apply_document {
    const char *name, *sha256; /* "" = none */
    bool is_uploaded;          /* with this form, now or before */
};
void front_apply_document(struct front_visit *visit, const char *material, struct front_apply_document *out);

/* A form value by a name of two parts, "" when absent. */
const char *front_apply_value(struct front_visit *visit, const char *prefix, const char *id);

#endif
