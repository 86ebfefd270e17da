/* SPDX-License-Identifier: Apache-2.0 */
/* A page's form with files: its fields become the visit's form; each file goes, as it comes, to the route that takes
 * documents, so that the same checks hold as for an upload by itself.
 *
 *   take -> on_piece -> go_on: fields are gathered, a file is asked for -> (the route takes it) -> file_taken ... -> answered -> noted
 *        -> on_end -> the form is parsed -> the page
 *
 * Private to hub/front/pages*.c. Loop thread only. */
#ifndef FRONT_PAGES_FILES_H
#define FRONT_PAGES_FILES_H

#include "front/pages_visit.h"

/* The form's own body is read from here on; then page runs, or the visit is answered. route: for its files; the field of a
 * file is "d." and its material. code: the reader's Look-Up-Code, or NULL. */
void front_visit_files_take(struct front_visit *visit, enum front_route route, const char *code, front_visit_cb page);
void front_visit_files_destroy(struct front_visit_files *files); /* accepts NULL */

/* What became of the form's files, in their order. */
const struct front_visit_upload *front_visit_upload_at(const struct front_visit *visit, size_t index); /* NULL = no more */
const struct front_visit_upload *front_visit_upload_find(const struct front_visit *visit, const char *field); /* NULL = none */
bool front_visit_has_refused(const struct front_visit *visit, int *status); /* the status of the first that was */

/* pages_visit.c: the route takes the file, or is done with a piece of it. */
struct front_visit_ask *front_visit_files_slot(struct front_visit_files *files);
void front_visit_file_begun(struct front_visit_files *files, const struct front_taker *taker);
void front_visit_file_taken(struct front_visit_files *files);

#endif
